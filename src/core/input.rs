//! What a client types and pastes: to a dialog, a command, or the focused pane.

use std::time::Duration;

use crate::config::FileDialect;
use crate::core::Core;
use crate::core::capture::Said;
use crate::core::client::ClientView;
use crate::core::dialog::{DialogKey, Outcome};
use crate::core::effect::{Effect, Effects};
use crate::core::hit::Hit;
use crate::core::mode::Mode;
use crate::core::offer::Offer;
use crate::core::pane::Phase;
use crate::core::session::Status;
use crate::core::timer::Timer;
use crate::geometry::Direction;
use crate::id::{ClientId, PaneId, SessionId};
use crate::input::encode::{Focus, encode_focus, encode_key_with, encode_paste};
use crate::input::event::{ColorScheme, InputEvent, KeyCode, KeyEvent, KeyKind, Modifiers, TerminalReply};
use crate::input::keypress::KeyPress;
use crate::input::recorder::{EditDialect, Recorder};

/// How long the prefix is pressed before the which-key panel rises (SCREEN.md).
pub const WHICH_KEY_DELAY: Duration = Duration::from_millis(400);

impl Core {
    pub(super) fn client_input(&mut self, client: ClientId, input: &InputEvent, hit: Option<Hit>, fx: &mut Effects) {
        let now = self.state.now.instant;
        let latest = self.client_typed_last();
        let Some(view) = self.state.clients.get_mut(&client) else { return };
        match input {
            InputEvent::Key(key) => {
                view.typed_at = now;
                self.take_over(client, latest, fx);
                self.key(client, key, fx);
            }
            InputEvent::Paste(bytes) => {
                view.typed_at = now;
                self.take_over(client, latest, fx);
                self.paste(client, bytes, fx);
            }
            InputEvent::Mouse(mouse) => self.mouse(client, mouse, hit, fx),
            InputEvent::FocusGained => self.window_focus(client, true, fx),
            InputEvent::FocusLost => self.window_focus(client, false, fx),
            InputEvent::Reply(reply) => self.terminal_reply(client, reply, fx),
        }
    }

    /// The panes follow the client that typed last.
    fn take_over(&mut self, client: ClientId, latest: Option<ClientId>, fx: &mut Effects) {
        if latest != Some(client) {
            self.relayout(fx);
        }
    }

    fn key(&mut self, client: ClientId, key: &KeyEvent, fx: &mut Effects) {
        let Some(view) = self.state.clients.get(&client) else { return };
        if key.kind == KeyKind::Release || matches!(key.code, KeyCode::Modifier(_)) {
            // Only a pane that asked for them sees releases and bare modifiers.
            if view.mode == Mode::Normal {
                self.key_to_pane(client, key, fx);
            }
            return;
        }
        match &view.mode {
            Mode::Normal => self.key_in_normal(client, key, fx),
            Mode::Prefix { .. } => self.key_after_prefix(client, key, fx),
            Mode::Resize => self.key_in_resize(client, key, fx),
            Mode::Copy(_) => self.key_in_copy(client, key, fx),
            Mode::Sidebar(_) => self.key_in_sidebar(client, key, fx),
            Mode::Dialog(_) => self.key_in_dialog(client, key, fx),
        }
    }

    pub(super) fn is_prefix(&self, key: &KeyEvent) -> bool {
        KeyPress::from_event(key) == self.keymap.prefix()
    }

    pub(super) fn key_in_normal(&mut self, client: ClientId, key: &KeyEvent, fx: &mut Effects) {
        let press = KeyPress::from_event(key);
        if self.is_prefix(key) {
            let since = self.state.now.instant;
            self.set_mode(client, Mode::Prefix { since }, fx);
            fx.push(Effect::SetTimer { timer: Timer::WhichKey(client), at: since + WHICH_KEY_DELAY });
        } else if let Some(command) = self.keymap.lookup_direct(&press) {
            self.command(client, command, fx);
        } else {
            self.key_to_pane(client, key, fx);
        }
    }

    fn key_after_prefix(&mut self, client: ClientId, key: &KeyEvent, fx: &mut Effects) {
        self.set_mode(client, Mode::Normal, fx);
        let press = KeyPress::from_event(key);
        if press == self.keymap.prefix() {
            self.key_to_pane(client, key, fx);
        } else if key.code == KeyCode::Escape {
        } else if let Some(command) = self.keymap.lookup_prefixed_event(key) {
            self.learn(command, fx);
            self.command(client, command, fx);
        } else {
            let message =
                format!("{} {} is not bound; {} ? shows the keys", self.keymap.prefix(), press, self.keymap.prefix());
            self.toast(client, &message, fx);
        }
    }

    fn key_in_resize(&mut self, client: ClientId, key: &KeyEvent, fx: &mut Effects) {
        let direction = match key.code {
            KeyCode::Left | KeyCode::Char('h') => Direction::Left,
            KeyCode::Right | KeyCode::Char('l') => Direction::Right,
            KeyCode::Up | KeyCode::Char('k') => Direction::Up,
            KeyCode::Down | KeyCode::Char('j') => Direction::Down,
            _ => return self.set_mode(client, Mode::Normal, fx),
        };
        self.resize_focused(client, direction, fx);
    }

    fn key_in_dialog(&mut self, client: ClientId, key: &KeyEvent, fx: &mut Effects) {
        let Some(key) = dialog_key(key) else { return };
        let Some(ClientView { mode: Mode::Dialog(dialog), .. }) = self.state.clients.get_mut(&client) else { return };
        let outcome = dialog.key(key);
        self.dialog_outcome(client, outcome, fx);
    }

    pub(super) fn dialog_outcome(&mut self, client: ClientId, outcome: Outcome, fx: &mut Effects) {
        match outcome {
            Outcome::Stay => {
                self.find_on(client, fx);
                fx.redraw(client);
            }
            Outcome::Also(action) => {
                self.act(client, action, fx);
                fx.redraw(client);
            }
            Outcome::Cancel => self.set_mode(client, Mode::Normal, fx),
            Outcome::Done(action) => {
                self.set_mode(client, Mode::Normal, fx);
                self.act(client, action, fx);
            }
        }
    }

    /// A key for the focused pane: to its process, or to the offers of a pane without one.
    fn key_to_pane(&mut self, client: ClientId, key: &KeyEvent, fx: &mut Effects) {
        let Some(pane) = self.focused(client) else {
            if key.kind != KeyKind::Release {
                self.key_in_start(client, key, fx);
            }
            return;
        };
        let Some(entry) = self.state.panes.get(&pane) else { return };
        if matches!(entry.phase, Phase::Held { .. } | Phase::Ended(_) | Phase::Failed { .. }) {
            if let Some(offer) = Offer::of_key(key.code).filter(|_| key.kind == KeyKind::Press) {
                self.take_offer(client, pane, offer, fx);
            }
            return;
        }
        let mut bytes = Vec::new();
        encode_key_with(key, &entry.terminal.modes(), self.shift_enter(entry.session), &mut bytes);
        if bytes.is_empty() {
            return;
        }
        let session = entry.session;
        fx.push(Effect::WritePty { pane, bytes });
        self.key_went(session, key, fx);
    }

    /// Shows the recorder a key that went to a session's process. While the agent waits for an answer the key went into
    /// its dialog: an Enter there submits no prompt. While it works a submit waits in its queue, where agents let it be
    /// edited or join it with the next: it is no evidence.
    pub(super) fn record_key(&mut self, session: SessionId, key: &KeyEvent) -> Option<Said> {
        if self.has_status(session, Status::Blocked) {
            self.recorder(session).doubt();
            return None;
        }
        let now = self.state.now.instant;
        let is_queued = self.has_status(session, Status::Busy);
        let submit = self.recorder(session).key(key, now)?;
        Some(Said { text: submit.text, is_exact: submit.exact && !is_queued })
    }

    fn has_status(&self, session: SessionId, status: Status) -> bool {
        self.state.sessions.get(&session).is_some_and(|record| record.status == status)
    }

    /// The session's recorder, which edits as its agent does.
    pub(super) fn recorder(&mut self, session: SessionId) -> &mut Recorder {
        let files = self.provider_of(session).map_or(FileDialect::None, |provider| provider.files);
        self.recorders.entry(session).or_insert_with(|| Recorder::of(edit_dialect(files)))
    }

    fn paste(&mut self, client: ClientId, bytes: &[u8], fx: &mut Effects) {
        let Some(view) = self.state.clients.get_mut(&client) else { return };
        if let Mode::Dialog(dialog) = &mut view.mode {
            dialog.paste(&String::from_utf8_lossy(bytes));
            return self.dialog_outcome(client, Outcome::Stay, fx);
        }
        match view.mode {
            Mode::Copy(_) => return self.paste_in_copy(client, &String::from_utf8_lossy(bytes), fx),
            Mode::Sidebar(_) => return self.paste_in_sidebar(client, &String::from_utf8_lossy(bytes), fx),
            _ => {}
        }
        let Some(pane) = self.state.clients.get(&client).and_then(|view| self.state.focused_pane(view)) else { return };
        self.paste_to_pane(pane, bytes, fx);
    }

    /// Pastes into a pane, as its program wants pastes.
    pub(super) fn paste_to_pane(&mut self, pane: PaneId, text: &[u8], fx: &mut Effects) {
        let Some(entry) = self.state.panes.get(&pane).filter(|pane| pane.is_live()) else { return };
        let mut bytes = Vec::with_capacity(text.len() + 16);
        let modes = entry.terminal.modes();
        encode_paste(text, &modes, &mut bytes);
        let session = entry.session;
        fx.push(Effect::WritePty { pane, bytes });
        let now = self.state.now.instant;
        let is_blocked = self.has_status(session, Status::Blocked);
        let recorder = self.recorder(session);
        if is_blocked {
            return recorder.doubt();
        }
        if !modes.bracketed_paste {
            // Its line ends arrive as Enter.
            recorder.doubt();
        }
        recorder.paste(text, now);
    }

    fn window_focus(&mut self, client: ClientId, gained: bool, fx: &mut Effects) {
        let Some(view) = self.state.clients.get_mut(&client) else { return };
        view.has_focus = gained;
        let Some(pane) = self.state.clients.get(&client).and_then(|view| self.state.focused_pane(view)) else { return };
        self.tell_focus(pane, gained, fx);
        if gained && let Some(session) = self.state.panes.get(&pane).map(|pane| pane.session) {
            self.mark_seen(session, fx);
        }
    }

    /// Tells a pane's program that it gained or lost the focus, where it asked to be told.
    pub(super) fn tell_focus(&mut self, pane: PaneId, gained: bool, fx: &mut Effects) {
        let Some(entry) = self.state.panes.get(&pane).filter(|pane| pane.is_live()) else { return };
        let mut bytes = Vec::new();
        let focus = if gained { Focus::Gained } else { Focus::Lost };
        encode_focus(focus, &entry.terminal.modes(), &mut bytes);
        if !bytes.is_empty() {
            fx.push(Effect::WritePty { pane, bytes });
        }
    }

    /// What the outer terminal says of itself: its colours are what panes are told when they ask.
    fn terminal_reply(&mut self, client: ClientId, reply: &TerminalReply, fx: &mut Effects) {
        match reply {
            TerminalReply::Foreground(r, g, b) => self.state.colors.foreground = (*r, *g, *b),
            TerminalReply::Background(r, g, b) => {
                self.state.colors.background = (*r, *g, *b);
                self.note_scheme(client, ColorScheme::of_background(*r, *g, *b), fx);
            }
            // Its colours have changed with it: they are asked for again.
            TerminalReply::DarkLight(scheme) => {
                fx.push(Effect::ToTerminal { client, bytes: b"\x1b]10;?\x1b\\\x1b]11;?\x1b\\".to_vec() });
                return self.note_scheme(client, *scheme, fx);
            }
            // Flag 1 tells Shift+Enter from Enter, flag 4 tells the key of a shortcut on a non-Latin layout; the client pops
            // them when it leaves.
            TerminalReply::KittyFlags(_) => {
                fx.push(Effect::ToTerminal { client, bytes: b"\x1b[>5u".to_vec() });
                return;
            }
            _ => return,
        }
        let colors = self.state.colors;
        for pane in self.state.panes.values_mut() {
            pane.terminal.set_colors(colors.foreground, colors.background);
        }
    }

    fn note_scheme(&mut self, client: ClientId, scheme: ColorScheme, fx: &mut Effects) {
        if let Some(view) = self.state.clients.get_mut(&client)
            && view.scheme.replace(scheme) != Some(scheme)
        {
            fx.redraw(client);
        }
    }
}

/// How the agent whose files these are edits its prompt.
fn edit_dialect(files: FileDialect) -> EditDialect {
    match files {
        FileDialect::Claude => EditDialect::Claude,
        FileDialect::Codex => EditDialect::Codex,
        FileDialect::OpenCode => EditDialect::OpenCode,
        FileDialect::Gemini => EditDialect::Gemini,
        FileDialect::None | FileDialect::Qwen | FileDialect::Copilot | FileDialect::Demo => EditDialect::Unknown,
    }
}

/// A key as dialogs know it.
pub fn dialog_key(key: &KeyEvent) -> Option<DialogKey> {
    let ctrl = key.modifiers.contains(Modifiers::CTRL);
    let alt = key.modifiers.contains(Modifiers::ALT);
    Some(match key.code {
        KeyCode::Char('c' | 'g') if ctrl => DialogKey::Escape,
        KeyCode::Char('n') if ctrl => DialogKey::Down,
        KeyCode::Char('p') if ctrl => DialogKey::Up,
        KeyCode::Char('a') if ctrl => DialogKey::Home,
        KeyCode::Char('e') if ctrl => DialogKey::End,
        KeyCode::Char('b') if ctrl => DialogKey::Left,
        KeyCode::Char('f') if ctrl => DialogKey::Right,
        KeyCode::Char('w') if ctrl => DialogKey::DeleteWord,
        KeyCode::Char('u') if ctrl => DialogKey::KillLine,
        KeyCode::Char('k') if ctrl => DialogKey::KillToEnd,
        KeyCode::Char('h') if ctrl => DialogKey::Backspace,
        KeyCode::Char('d') if ctrl => DialogKey::Delete,
        KeyCode::Char('y') if ctrl => DialogKey::Allow,
        KeyCode::Char('x') if ctrl => DialogKey::Deny,
        KeyCode::Char('t') if ctrl => DialogKey::Mark,
        KeyCode::Char('r') if ctrl => DialogKey::SplitRight,
        KeyCode::Char('s') if ctrl => DialogKey::SplitDown,
        KeyCode::Backspace if alt || ctrl => DialogKey::DeleteWord,
        KeyCode::Char(_) if ctrl || alt => return None,
        KeyCode::Char(c) => DialogKey::Char(key.typed().and_then(|text| text.chars().next()).unwrap_or(c)),
        KeyCode::Enter => DialogKey::Enter,
        KeyCode::Tab if key.modifiers.contains(Modifiers::SHIFT) => DialogKey::BackTab,
        KeyCode::Tab => DialogKey::Tab,
        KeyCode::Backspace => DialogKey::Backspace,
        KeyCode::Delete => DialogKey::Delete,
        KeyCode::Left => DialogKey::Left,
        KeyCode::Right => DialogKey::Right,
        KeyCode::Home => DialogKey::Home,
        KeyCode::End => DialogKey::End,
        KeyCode::Up => DialogKey::Up,
        KeyCode::Down => DialogKey::Down,
        KeyCode::PageUp => DialogKey::PageUp,
        KeyCode::PageDown => DialogKey::PageDown,
        KeyCode::Escape => DialogKey::Escape,
        _ => return None,
    })
}
