//! What the mouse does: it goes to what lies under it, to what it holds, or to the program in the pane.

use crate::core::Core;
use crate::core::client::ClientView;
use crate::core::command::Command;
use crate::core::dialog::{Dialog, DialogKey, Outcome};
use crate::core::effect::{Effect, Effects};
use crate::core::hit::Hit;
use crate::core::mode::Mode;
use crate::id::{ClientId, PaneId};
use crate::input::event::{Modifiers, MouseButton, MouseEvent, MouseKind};
use crate::input::pointer::encode_mouse;
use crate::term::MouseMode;

impl Core {
    pub(super) fn mouse(&mut self, client: ClientId, mouse: &MouseEvent, hit: Option<Hit>, fx: &mut Effects) {
        let is_press = matches!(mouse.kind, MouseKind::Press(_));
        let is_left = mouse.kind == MouseKind::Press(MouseButton::Left);
        let in_dialog = self.state.clients.get(&client).is_some_and(|view| matches!(view.mode, Mode::Dialog(_)));
        if !in_dialog && !is_press && self.pointer_moves(client, mouse, fx) {
            return;
        }
        let is_sidebars = matches!(
            hit,
            Some(Hit::Sidebar | Hit::Session(_) | Hit::SidebarGroup(_) | Hit::SidebarMore { .. } | Hit::SidebarHeading)
        );
        if is_press && !is_sidebars {
            self.leave_sidebar(client, fx);
        }
        match hit {
            Some(hit @ (Hit::DialogRow(_) | Hit::DialogField(_) | Hit::DialogKey(_))) if is_left => {
                self.click_dialog(client, hit, fx)
            }
            Some(Hit::DialogRow(_) | Hit::DialogField(_) | Hit::DialogKey(_) | Hit::Dialog) => {
                self.wheel_in_dialog(client, mouse, fx)
            }
            Some(Hit::OutsideDialog) if is_left => self.set_mode(client, Mode::Normal, fx),
            _ if in_dialog || self.held_by_mouse(client, mouse, hit, fx) => {}
            Some(Hit::Pane { pane, x, y }) => self.mouse_in_pane(client, pane, (x, y), mouse, fx),
            Some(Hit::PaneOffer { pane, offer }) if is_left => {
                self.show_pane(Some(client), pane, fx);
                self.take_offer(client, pane, offer, fx);
            }
            Some(Hit::PaneTitle(pane)) if is_left => self.show_pane(Some(client), pane, fx),
            Some(Hit::Session(session)) if is_left => self.click_session(client, session, fx),
            Some(Hit::SidebarGroup(group)) if is_left => self.fold_group(client, group, fx),
            Some(Hit::SidebarMore { is_above }) if is_left => self.page_sidebar(client, is_above, fx),
            Some(Hit::SidebarHeading) if is_left => self.steer(client, fx),
            Some(Hit::Tab(tab)) if is_left => self.show_tab(client, tab, fx),
            Some(Hit::Tab(_) | Hit::NewTab) if mouse.kind == MouseKind::ScrollUp => {
                self.command(client, Command::PreviousTab, fx);
            }
            Some(Hit::Tab(_) | Hit::NewTab) if mouse.kind == MouseKind::ScrollDown => {
                self.command(client, Command::NextTab, fx);
            }
            Some(Hit::StartItem(n)) if is_left => self.choose_start(client, n, fx),
            Some(Hit::NewTab) if is_left => self.command(client, Command::Launch, fx),
            Some(Hit::StatusHint(command)) if is_left => self.command(client, command, fx),
            Some(_) if is_sidebars => self.scroll_sidebar(client, mouse, fx),
            _ => {}
        }
    }

    /// A notch of the wheel moves the selection of a list.
    fn wheel_in_dialog(&mut self, client: ClientId, mouse: &MouseEvent, fx: &mut Effects) {
        let key = match mouse.kind {
            MouseKind::ScrollUp => DialogKey::Up,
            MouseKind::ScrollDown => DialogKey::Down,
            _ => return,
        };
        let Some(ClientView { mode: Mode::Dialog(dialog), .. }) = self.state.clients.get_mut(&client) else { return };
        if !matches!(dialog, Dialog::Prompt(_) | Dialog::Confirm(_)) {
            let outcome = dialog.key(key);
            self.dialog_outcome(client, outcome, fx);
        }
    }

    fn click_dialog(&mut self, client: ClientId, hit: Hit, fx: &mut Effects) {
        let Some(ClientView { mode: Mode::Dialog(dialog), .. }) = self.state.clients.get_mut(&client) else { return };
        let outcome = match hit {
            Hit::DialogRow(row) => dialog.click_row(row),
            Hit::DialogKey(key) => dialog.key(key),
            Hit::DialogField(field) => {
                dialog.click_field(field);
                Outcome::Stay
            }
            _ => return,
        };
        self.dialog_outcome(client, outcome, fx);
    }

    /// A press focuses the pane and ctrl+click opens a link; the rest is the program's where it wants the mouse, and else reads back.
    fn mouse_in_pane(&mut self, client: ClientId, pane: PaneId, at: (u16, u16), mouse: &MouseEvent, fx: &mut Effects) {
        if matches!(mouse.kind, MouseKind::Press(_)) {
            self.show_pane(Some(client), pane, fx);
        }
        let is_ctrl_click =
            mouse.kind == MouseKind::Press(MouseButton::Left) && mouse.modifiers.contains(Modifiers::CTRL);
        if is_ctrl_click && self.click_link(client, pane, at, fx) {
            return;
        }
        let Some(entry) = self.state.panes.get(&pane) else { return };
        let modes = entry.terminal.modes();
        let is_read = self
            .state
            .clients
            .get(&client)
            .is_some_and(|view| matches!(&view.mode, Mode::Copy(copy) if copy.pane == pane));
        let wants = entry.is_live() && (modes.mouse != MouseMode::Off || modes.alternate_screen) && !is_read;
        if wants {
            let local = MouseEvent { column: at.0, row: at.1, ..*mouse };
            let mut bytes = Vec::new();
            if encode_mouse(&local, &modes, &mut bytes) {
                let session = entry.session;
                fx.push(Effect::WritePty { pane, bytes });
                match modes.mouse {
                    // The wheel became arrow keys, with which agents recall earlier messages.
                    MouseMode::Off => self.recorder(session).doubt(),
                    MouseMode::Press | MouseMode::PressRelease | MouseMode::ButtonMotion | MouseMode::AnyMotion => {
                        self.recorder(session).mouse(&local);
                        if matches!(local.kind, MouseKind::Press(_)) {
                            self.touched(session, fx);
                        }
                    }
                }
            }
            if modes.mouse != MouseMode::Off {
                return;
            }
        }
        self.mouse_reads(client, pane, at, mouse, fx);
    }
}
