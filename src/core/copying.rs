//! Copy mode in the workspace: entering and leaving it, what its keys and the mouse bring about, the copied texts.
//!
//! The mode itself is `core::copy`.

use std::sync::Arc;
use std::time::Duration;

use crate::core::Core;
use crate::core::api::usage;
use crate::core::command::Command;
use crate::core::copied::CopiedText;
use crate::core::copy::mouse::Clicks;
use crate::core::copy::{CopyMode, CopyOutcome, Entry, link_at};
use crate::core::dialog::Placement;
use crate::core::effect::{Effect, Effects, OpenHistory, RequestId, Seeker};
use crate::core::input::dialog_key;
use crate::core::mode::Mode;
use crate::core::open::OpenSpec;
use crate::core::timer::Timer;
use crate::geometry::{Rect, Size};
use crate::id::{ClientId, PaneId};
use crate::input::event::{KeyCode, KeyEvent, Modifiers, MouseButton, MouseEvent, MouseKind};
use crate::input::keypress::KeyPress;
use crate::layout::chrome::chrome;
use crate::layout::float::floating;
use crate::layout::solve::arrange;
use crate::protocol::api::{ApiError, ApiResponse, SearchSyntax};
use crate::term::Terminal;
use crate::term::lines::{KeptDocument, Point};
use crate::term::search::{Direction, Pattern};
use crate::time::Instant;

/// Lines that one notch of the wheel scrolls (xterm's and most terminals' three).
const WHEEL_ROWS: isize = 3;
/// A second press at the same place within this time is a double click (GTK's and Windows' default is 400 and 500 ms).
const DOUBLE_CLICK: Duration = Duration::from_millis(400);
/// How often the page moves on while the pointer is held beyond an edge.
const DRAG_PAUSE: Duration = Duration::from_millis(50);
/// The fastest that it moves on, in rows.
const DRAG_ROWS: i32 = 10;
/// Longest text of a toast that shows what was copied, in characters.
const SHOWN_CHARS: usize = 40;

/// What a client's mouse is about in a pane.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Pointer {
    pane: PaneId,
    /// Where the button went down, in cells of the pane.
    place: (u16, u16),
    at: Instant,
    clicks: Clicks,
    held: Held,
    /// Where the pointer is now, in cells of the pane, and how far beyond its edge.
    now: (i32, i32),
    beyond: i32,
}

/// What the button does while it is down.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Held {
    /// It selects; from this cell, once something is.
    Selecting(Option<Point>),
    /// It opened a link: its release is nobody's business.
    Opening,
    /// It is up again.
    Up,
}

impl Core {
    /// The inside of a pane on a client's screen.
    fn inside_of(&self, client: ClientId, pane: PaneId) -> Option<Rect> {
        let view = self.state.clients.get(&client)?;
        let main = chrome(view.size, view.sidebar.shown().filter(|_| !self.state.is_empty())).main;
        if self.state.floating(view) == Some(pane) {
            return floating(pane, main).map(|placed| placed.inner);
        }
        let tab = self.state.workspace.tab(view.tab)?;
        let solved = arrange(&tab.tree, tab.zoomed, self.state.focused_in_tab(view)?, main);
        solved.placed(pane).map(|placed| placed.inner)
    }

    /// Puts a client into copy mode of a pane; nothing where it is there already or the pane is not shown.
    pub(super) fn enter_copy(&mut self, client: ClientId, pane: PaneId, entry: Entry, fx: &mut Effects) {
        if self.copy_of(client).is_some_and(|(copy, _)| copy.pane == pane) {
            return;
        }
        let Some(inner) = self.inside_of(client, pane) else { return };
        let Some(terminal) = self.state.panes.get(&pane).map(|entry| &entry.terminal) else { return };
        let copy = CopyMode::new(pane, terminal, Size::new(inner.width, inner.height), entry);
        self.set_mode(client, Mode::Copy(Box::new(copy)), fx);
        // The keys of the mode stand where the toast is.
        if let Some(view) = self.state.clients.get_mut(&client) {
            view.toast = None;
        }
    }

    /// A client's copy mode and the terminal that it reads.
    fn copy_of(&mut self, client: ClientId) -> Option<(&mut CopyMode, &Terminal)> {
        let Mode::Copy(copy) = &mut self.state.clients.get_mut(&client)?.mode else { return None };
        let terminal = &self.state.panes.get(&copy.pane)?.terminal;
        Some((copy, terminal))
    }

    pub(super) fn command_copy(&mut self, client: ClientId, fx: &mut Effects) {
        if let Some(pane) = self.focused(client) {
            self.enter_copy(client, pane, Entry::Key, fx);
        }
    }

    /// Copy mode with the line for a pattern open, looking upwards.
    pub(super) fn command_search(&mut self, client: ClientId, fx: &mut Effects) {
        self.command_copy(client, fx);
        self.key_in_copy(client, &KeyEvent::char('?'), fx);
    }

    pub(super) fn key_in_copy(&mut self, client: ClientId, key: &KeyEvent, fx: &mut Effects) {
        let press = KeyPress::from_event(key);
        let is_page_up = key.code == KeyCode::Char('b') && key.modifiers.contains(Modifiers::CTRL);
        let is_typing = self.copy_of(client).is_some_and(|(copy, _)| copy.prompt.is_some());
        if press == self.keymap.prefix() && !is_page_up && !is_typing {
            // Where the prefix is no key of copy mode it works here too.
            self.set_mode(client, Mode::Normal, fx);
            return self.key_in_normal(client, key, fx);
        }
        let Some((copy, terminal)) = self.copy_of(client) else { return };
        let outcome = copy.key(key, dialog_key(key), terminal);
        self.search_later(client, fx);
        self.copy_outcome(client, outcome, fx);
    }

    /// Text pasted while a client is in copy mode: into the pattern, else nowhere.
    pub(super) fn paste_in_copy(&mut self, client: ClientId, text: &str, fx: &mut Effects) {
        if let Some((copy, terminal)) = self.copy_of(client) {
            copy.paste(text, terminal);
        }
        self.search_later(client, fx);
        fx.redraw(client);
    }

    /// The rest of a search is done in slices, each after what clients typed meanwhile.
    fn search_later(&mut self, client: ClientId, fx: &mut Effects) {
        let at = self.state.now.instant;
        if self.copy_of(client).is_some_and(|(copy, _)| copy.is_searching()) {
            fx.push(Effect::SetTimer { timer: Timer::Search(client), at });
        }
    }

    pub(super) fn search_due(&mut self, client: ClientId, fx: &mut Effects) {
        let now = self.state.now.instant;
        let Some((copy, terminal)) = self.copy_of(client) else { return };
        if copy.is_searching() {
            copy.search_on(terminal, now);
            fx.redraw(client);
        }
        self.search_later(client, fx);
    }

    /// A copy mode whose pane is shown at another size now.
    pub(super) fn refit_copies(&mut self) {
        let clients: Vec<ClientId> = self.state.clients.keys().copied().collect();
        for client in clients {
            let Some(pane) = self.copy_of(client).map(|(copy, _)| copy.pane) else { continue };
            let Some(inner) = self.inside_of(client, pane) else { continue };
            if let Some((copy, terminal)) = self.copy_of(client) {
                copy.resize(terminal, Size::new(inner.width, inner.height));
            }
        }
    }

    fn copy_outcome(&mut self, client: ClientId, outcome: CopyOutcome, fx: &mut Effects) {
        match outcome {
            CopyOutcome::Stay => fx.redraw(client),
            CopyOutcome::Leave => self.set_mode(client, Mode::Normal, fx),
            CopyOutcome::Copy(text) => {
                self.set_mode(client, Mode::Normal, fx);
                self.copied(client, text, fx);
            }
            CopyOutcome::Open(uri) => self.open_link(client, &uri, fx),
            CopyOutcome::Edit(text) => {
                self.set_mode(client, Mode::Normal, fx);
                fx.push(Effect::WriteText { client, text });
            }
            CopyOutcome::Say(words) => self.toast(client, words, fx),
        }
    }

    /// A text was copied: it is kept for pasting, and goes to the clipboard of the client's terminal.
    pub(super) fn copied(&mut self, client: ClientId, text: CopiedText, fx: &mut Effects) {
        let what = match text.n_lines() {
            0 => return self.toast(client, "there is no text there: nothing was copied", fx),
            1 => crate::text::one_line(text.as_str(), SHOWN_CHARS),
            n => format!("{n} lines"),
        };
        fx.push(Effect::SetClipboard { client, text: text.clone() });
        self.copied = Some(text);
        self.say(client, &format!("copied: {what}"), fx);
    }

    /// The clipboard of the client's terminal did not get the text that was copied.
    pub(super) fn too_long_for_clipboard(&mut self, client: ClientId, fx: &mut Effects) {
        let key = self.keymap().shown_keys(Command::Paste).into_iter().next();
        let key = key.map(|key| format!(": {key} pastes it")).unwrap_or_default();
        self.toast(client, &format!("copied, but too long for the terminal's clipboard{key}"), fx);
    }

    /// Keeps a text for pasting.
    pub(super) fn keep_text(&mut self, text: String) {
        self.copied = Some(text.into());
    }

    /// Pastes what was copied last into the focused pane.
    pub(super) fn paste_copied(&mut self, client: ClientId, fx: &mut Effects) {
        let Some(pane) = self.focused(client) else { return };
        match self.copied.clone() {
            Some(text) => self.paste_to_pane(pane, text.as_str().as_bytes(), fx),
            None => self.toast(client, "nothing was copied yet", fx),
        }
    }

    /// A program looks for a text in all histories.
    pub(super) fn search_all(
        &mut self,
        request: RequestId,
        text: &str,
        syntax: SearchSyntax,
        fx: &mut Effects,
    ) -> Result<Option<ApiResponse>, ApiError> {
        let pattern = match syntax {
            SearchSyntax::Text => Pattern::literal(text),
            SearchSyntax::Regex => Pattern::new(text).filter(|pattern| !pattern.is_fallback()),
        };
        let Some(pattern) = pattern else {
            return Err(usage(match text {
                "" => "an empty text is in every line; give some".to_owned(),
                _ => format!("{text:?} is no valid regular expression; without --regex it is taken as it stands"),
            }));
        };
        let open = self.open_histories();
        fx.push(Effect::SearchAll { seeker: Seeker::Program(request), pattern: Arc::new(pattern), open });
        Ok(None)
    }

    /// The histories of the sessions that have a pane.
    pub(super) fn open_histories(&self) -> Vec<OpenHistory> {
        let sessions = &self.state.sessions;
        let open = self.state.panes.values().filter_map(|pane| {
            let record = sessions.get(&pane.session)?;
            Some(OpenHistory {
                session: record.id,
                label: record.label().to_owned(),
                document: KeptDocument::new(&pane.terminal, Arc::new(pane.terminal.freeze())),
            })
        });
        open.collect()
    }

    /// Reads back in the focused pane, from a line on; the text is looked for as if it had been typed.
    pub(super) fn read_line(&mut self, client: ClientId, line: u64, text: &str, fx: &mut Effects) {
        self.command_copy(client, fx);
        let Some((copy, terminal)) = self.copy_of(client) else { return };
        // Upwards from the line's end: its own match is the nearest.
        copy.go(terminal, Point { line, cell: usize::MAX });
        if let Some(pattern) = Pattern::literal(text) {
            copy.search(pattern, Direction::Backward, terminal);
        }
        self.search_later(client, fx);
    }

    fn open_link(&mut self, client: ClientId, uri: &str, fx: &mut Effects) {
        fx.push(Effect::OpenLink { client, uri: uri.to_owned() });
        self.say(client, &format!("opened: {uri}"), fx);
    }

    /// The text that is to be edited is in a file: opens the user's editor on it in a pane of its own. The shell runs it,
    /// because `EDITOR` may hold arguments; the file goes with the editor.
    pub(super) fn edit_text(&mut self, client: ClientId, path: &str, fx: &mut Effects) {
        let (env, cwd) = self.client_place(client);
        let chosen = ["VISUAL", "EDITOR"].into_iter().find_map(|name| {
            env.iter().find(|(key, value)| key == name && !value.trim().is_empty()).map(|(_, value)| value.clone())
        });
        let editor = chosen.unwrap_or_else(|| "vi".to_owned());
        let quoted = format!("'{}'", path.replace('\'', "'\\''"));
        let spec = OpenSpec {
            provider: crate::provider::SHELL.to_owned(),
            name: Some("text".to_owned()),
            cwd,
            placement: Some(Placement::Tab),
            first_args: vec!["-c".to_owned(), format!("{editor} {quoted}; rm -f {quoted}")],
            env,
            client: Some(client),
            ..OpenSpec::default()
        };
        if let Err(error) = self.open(spec, fx) {
            self.toast(client, &error.message, fx);
        }
    }

    /// The mouse in a pane whose program does not want it (or that is in copy mode): the wheel reads back, a drag selects.
    pub(super) fn mouse_reads(
        &mut self,
        client: ClientId,
        pane: PaneId,
        place: (u16, u16),
        mouse: &MouseEvent,
        fx: &mut Effects,
    ) {
        match mouse.kind {
            MouseKind::ScrollUp => {
                let is_alternate =
                    self.state.panes.get(&pane).is_some_and(|entry| entry.terminal.modes().alternate_screen);
                if !is_alternate {
                    self.enter_copy(client, pane, Entry::Wheel, fx);
                }
                self.wheel(client, pane, -WHEEL_ROWS, fx);
            }
            MouseKind::ScrollDown => self.wheel(client, pane, WHEEL_ROWS, fx),
            MouseKind::Press(MouseButton::Left) => self.pointer_down(client, pane, place, fx),
            MouseKind::Press(_)
            | MouseKind::Release(_)
            | MouseKind::Drag(_)
            | MouseKind::Move
            | MouseKind::ScrollLeft
            | MouseKind::ScrollRight => {}
        }
    }

    fn wheel(&mut self, client: ClientId, pane: PaneId, rows: isize, fx: &mut Effects) {
        let Some((copy, terminal)) = self.copy_of(client).filter(|(copy, _)| copy.pane == pane) else { return };
        copy.settle(terminal);
        copy.scroll(terminal, rows);
        // What the wheel began ends at the bottom, at once where there is nothing above.
        let is_over = copy.entry == Entry::Wheel
            && copy.is_at_bottom(terminal)
            && copy.selection().is_none()
            && copy.prompt.is_none();
        if is_over {
            self.set_mode(client, Mode::Normal, fx);
        }
        fx.redraw(client);
    }

    fn pointer_down(&mut self, client: ClientId, pane: PaneId, place: (u16, u16), fx: &mut Effects) {
        let now = self.state.now.instant;
        let before = self.pointers.get(&client);
        let again =
            before.filter(|before| before.pane == pane && before.place == place && now.since(before.at) < DOUBLE_CLICK);
        let clicks = again.map_or(Clicks::One, |before| before.clicks.more());
        if clicks != Clicks::One {
            self.enter_copy(client, pane, Entry::Drag, fx);
        }
        let here = (i32::from(place.0), i32::from(place.1));
        let mut pressed = None;
        if let Some((copy, terminal)) = self.copy_of(client).filter(|(copy, _)| copy.pane == pane) {
            let at = copy.cell_under(terminal, here);
            copy.press(terminal, at, clicks);
            pressed = Some(at);
            fx.redraw(client);
        }
        let held = Held::Selecting(pressed);
        self.pointers.insert(client, Pointer { pane, place, at: now, clicks, held, now: here, beyond: 0 });
    }

    /// A move or a release of a button that went down in a pane that is being read, wherever the pointer is now. Whether
    /// that is what it was.
    pub(super) fn pointer_moves(&mut self, client: ClientId, mouse: &MouseEvent, fx: &mut Effects) -> bool {
        let Some(pointer) = self.pointers.get(&client).copied() else { return false };
        match (pointer.held, mouse.kind) {
            (Held::Selecting(pressed), MouseKind::Drag(MouseButton::Left)) => {
                self.drag(client, pointer, pressed, mouse, fx);
                true
            }
            (Held::Selecting(_), MouseKind::Release(MouseButton::Left)) => {
                self.pointer_holds(client, Held::Up, 0);
                if let Some((copy, terminal)) = self.copy_of(client).filter(|(copy, _)| copy.pane == pointer.pane) {
                    let outcome = copy.release(terminal);
                    self.copy_outcome(client, outcome, fx);
                }
                true
            }
            (Held::Opening, MouseKind::Release(_)) => {
                self.pointer_holds(client, Held::Up, 0);
                true
            }
            (Held::Opening, MouseKind::Drag(_)) => true,
            (Held::Selecting(_) | Held::Opening | Held::Up, _) => false,
        }
    }

    fn pointer_holds(&mut self, client: ClientId, held: Held, beyond: i32) {
        if let Some(pointer) = self.pointers.get_mut(&client) {
            (pointer.held, pointer.beyond) = (held, beyond);
        }
    }

    fn drag(
        &mut self,
        client: ClientId,
        pointer: Pointer,
        pressed: Option<Point>,
        mouse: &MouseEvent,
        fx: &mut Effects,
    ) {
        let Some(inner) = self.inside_of(client, pointer.pane) else { return };
        let place = (i32::from(mouse.column) - i32::from(inner.x), i32::from(mouse.row) - i32::from(inner.y));
        let origin = (i32::from(pointer.place.0), i32::from(pointer.place.1));
        if pressed.is_none() && place == origin {
            return;
        }
        self.enter_copy(client, pointer.pane, Entry::Drag, fx);
        let Some((copy, terminal)) = self.copy_of(client).filter(|(copy, _)| copy.pane == pointer.pane) else { return };
        let pressed = pressed.unwrap_or_else(|| copy.cell_under(terminal, origin));
        let beyond = copy.drag(terminal, pressed, place);
        self.pointer_holds(client, Held::Selecting(Some(pressed)), beyond);
        if let Some(pointer) = self.pointers.get_mut(&client) {
            pointer.now = place;
        }
        if beyond != 0 && pointer.beyond == 0 {
            let at = self.state.now.instant + DRAG_PAUSE;
            fx.push(Effect::SetTimer { timer: Timer::DragOn(client), at });
        }
        fx.redraw(client);
    }

    /// The pointer is still held beyond an edge: the page moves on.
    pub(super) fn drag_due(&mut self, client: ClientId, fx: &mut Effects) {
        let Some(pointer) = self.pointers.get(&client).copied().filter(|pointer| pointer.beyond != 0) else { return };
        if !matches!(pointer.held, Held::Selecting(_)) {
            return;
        }
        let Some((copy, terminal)) = self.copy_of(client).filter(|(copy, _)| copy.pane == pointer.pane) else { return };
        copy.drag_on(terminal, pointer.beyond.clamp(-DRAG_ROWS, DRAG_ROWS));
        let at = self.state.now.instant + DRAG_PAUSE;
        fx.push(Effect::SetTimer { timer: Timer::DragOn(client), at });
        fx.redraw(client);
    }

    /// Opens the link under the pointer, whatever the program wants of its mouse; `false` where there is none.
    pub(super) fn click_link(&mut self, client: ClientId, pane: PaneId, place: (u16, u16), fx: &mut Effects) -> bool {
        let here = (i32::from(place.0), i32::from(place.1));
        let Some(inner) = self.inside_of(client, pane) else { return false };
        let Some(terminal) = self.state.panes.get(&pane).map(|entry| &entry.terminal) else { return false };
        let size = Size::new(inner.width, inner.height);
        let read = match self.state.clients.get(&client).map(|view| &view.mode) {
            Some(Mode::Copy(copy)) if copy.pane == pane => copy.as_ref().clone(),
            _ => CopyMode::new(pane, terminal, size, Entry::Drag),
        };
        let Some(uri) = link_at(read.document(terminal), read.cell_under(terminal, here)) else { return false };
        let (at, clicks) = (self.state.now.instant, Clicks::One);
        let pointer = Pointer { pane, place, at, clicks, held: Held::Opening, now: here, beyond: 0 };
        self.pointers.insert(client, pointer);
        self.open_link(client, &uri, fx);
        true
    }
}
