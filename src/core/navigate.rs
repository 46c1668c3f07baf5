//! Focus, tabs and attention: what a command does.

use crate::core::Core;
use crate::core::client::Need;
use crate::core::command::Command;
use crate::core::dialog::Placement;
use crate::core::effect::{Effect, Effects};
use crate::core::mode::Mode;
use crate::core::scratch::is_about_the_tab;
use crate::core::session::Status;
use crate::core::settings::Asker;
use crate::core::steering::STEP;
use crate::geometry::Direction;
use crate::id::{ClientId, PaneId, SessionId, TabId};
use crate::layout::focus::neighbour;
use crate::layout::tree::Tree;

impl Core {
    /// Does what a key or a click asks for.
    pub(super) fn command(&mut self, client: ClientId, command: Command, fx: &mut Effects) {
        if is_about_the_tab(command) {
            self.hide_scratch(client, fx);
        }
        match command {
            Command::Scratch => self.toggle_scratch(client, fx),
            Command::Launch => self.open_launcher(client, fx),
            Command::SplitRight => self.open_shell(client, Placement::Right, fx),
            Command::SplitDown => self.open_shell(client, Placement::Down, fx),
            Command::NewTab => self.open_shell(client, Placement::Tab, fx),
            Command::FocusLeft => self.focus_direction(client, Direction::Left, fx),
            Command::FocusRight => self.focus_direction(client, Direction::Right, fx),
            Command::FocusUp => self.focus_direction(client, Direction::Up, fx),
            Command::FocusDown => self.focus_direction(client, Direction::Down, fx),
            Command::FocusNext => self.focus_next(client, fx),
            Command::FocusLast => self.focus_last(client, fx),
            Command::Resize => self.set_mode(client, Mode::Resize, fx),
            Command::Zoom => self.zoom(client, fx),
            Command::SwapNext => self.swap(client, Tree::next_after, fx),
            Command::SwapPrevious => self.swap(client, Tree::previous_before, fx),
            Command::Equalize => self.equalize(client, fx),
            Command::Arrange(preset) => self.arrange(client, preset, fx),
            Command::NextLayout => self.next_layout(client, fx),
            Command::Rotate => self.rotate(client, fx),
            Command::BreakPane => self.break_pane(client, fx),
            Command::JoinPane => self.ask_join(client, fx),
            Command::Close => self.ask_close(client, fx),
            Command::NextTab => self.step_tab(client, 1, fx),
            Command::PreviousTab => self.step_tab(client, -1, fx),
            Command::Tab(n) => self.nth_tab(client, usize::from(n), fx),
            Command::NextAttention => self.next_attention(client, fx),
            Command::Switch => self.open_switcher(client, fx),
            Command::Browse => self.open_browser(client, fx),
            Command::RenameSession => self.ask_session_name(client, fx),
            Command::RenameTab => self.ask_tab_name(client, fx),
            Command::ToggleSidebar => self.toggle_sidebar(client, fx),
            Command::FilterSidebar => self.steer(client, fx),
            Command::FlipSidebar => self.flip_sidebar(client, fx),
            Command::NarrowSidebar => self.resize_sidebar(client, -STEP, fx),
            Command::WidenSidebar => self.resize_sidebar(client, STEP, fx),
            Command::GroupSidebar => self.next_grouping(client, fx),
            Command::SortSidebar => self.next_sorting(client, fx),
            Command::Pin => self.pin_focused(client, fx),
            Command::PinUp => self.move_focused_pin(client, -1, fx),
            Command::PinDown => self.move_focused_pin(client, 1, fx),
            Command::NextSession => self.step_session(client, 1, fx),
            Command::PreviousSession => self.step_session(client, -1, fx),
            Command::Copy => self.command_copy(client, fx),
            Command::Search => self.command_search(client, fx),
            Command::Paste => self.paste_copied(client, fx),
            Command::Find => self.open_finder(client, fx),
            Command::TakeClipboard => self.take_offered(client, fx),
            Command::Palette => self.open_palette(client, fx),
            Command::Theme => self.open_themes(client, fx),
            Command::Help => self.open_help(client, fx),
            Command::Notices => self.open_notices(client, fx),
            Command::MarkSeen => self.mark_all_seen(fx),
            Command::Quiet => self.toggle_quiet(fx),
            Command::Explain => self.open_explanation(client, fx),
            Command::Detach => {
                let reason = format!("[detached: everything runs on; `{}` comes back]", self.state.workspace.command());
                fx.push(Effect::Release { client, reason });
            }
            Command::Stop => self.ask_stop(client, fx),
            Command::Worktree => self.ask_branch(client, fx),
            Command::CancelWork => self.stop_work(client, fx),
            Command::Mark => self.mark_focused(client, fx),
            Command::SendMarked => self.ask_prompt_to_marked(client, fx),
            Command::ReloadConfig => fx.push(Effect::ReadSettings { asker: Asker::Client(client) }),
            Command::Redraw => fx.push(Effect::Repaint { client }),
        }
    }

    pub(super) fn focused(&self, client: ClientId) -> Option<PaneId> {
        self.state.clients.get(&client).and_then(|view| self.state.focused_pane(view))
    }

    pub(super) fn shown_tab(&self, client: ClientId) -> Option<TabId> {
        self.state.clients.get(&client).map(|view| view.tab)
    }

    /// Shows a pane to a client (and makes it where the next one starts) and gives it the focus.
    pub(super) fn show_pane(&mut self, client: Option<ClientId>, pane: PaneId, fx: &mut Effects) {
        if self.state.workspace.is_scratch(pane) {
            return self.show_scratch(client, fx);
        }
        let Some(tab) = self.state.workspace.tab_of(pane).map(|tab| tab.id) else { return };
        let before = client.and_then(|client| self.focused(client));
        if let Some(entry) = self.state.workspace.tab_mut(tab) {
            entry.focus = pane;
            if entry.zoomed.is_some_and(|zoomed| zoomed != pane) {
                entry.zoomed = None;
            }
        }
        self.state.workspace.active = tab;
        if let Some(scratch) = &mut self.state.workspace.scratch {
            scratch.is_shown = false;
        }
        if let Some(view) = client.and_then(|client| self.state.clients.get_mut(&client)) {
            if view.tab == tab && before == Some(pane) {
                return;
            }
            view.tab = tab;
            view.shows_scratch = false;
            view.sidebar.scroll = None;
            view.focus.insert(tab, pane);
            view.last_focus = before.filter(|before| *before != pane);
            if matches!(view.mode, Mode::Copy(_)) {
                view.mode = Mode::Normal;
            }
        }
        self.focus_moved(before, pane, fx);
    }

    /// Tells the programs of both panes; what the second shows is seen.
    pub(super) fn focus_moved(&mut self, before: Option<PaneId>, pane: PaneId, fx: &mut Effects) {
        if let Some(before) = before.filter(|before| *before != pane) {
            self.tell_focus(before, false, fx);
        }
        self.tell_focus(pane, true, fx);
        let session_in = |pane: &PaneId| self.state.panes.get(pane).map(|pane| pane.session);
        for session in before.iter().chain([&pane]).filter_map(session_in).collect::<Vec<_>>() {
            self.directory_touched(session, fx);
        }
        if let Some(session) = self.state.panes.get(&pane).map(|pane| pane.session) {
            self.mark_seen(session, fx);
        }
        self.save_layout(fx);
        self.relayout(fx);
    }

    pub(super) fn go(&mut self, client: ClientId, session: SessionId, fx: &mut Effects) {
        if let Some(pane) = self.state.pane_of(session).map(|pane| pane.id) {
            self.show_pane(Some(client), pane, fx);
        }
    }

    pub(super) fn show_tab(&mut self, client: ClientId, tab: TabId, fx: &mut Effects) {
        let chosen = self.state.clients.get(&client).and_then(|view| view.focus.get(&tab).copied());
        let Some(entry) = self.state.workspace.tab(tab) else { return };
        let pane = chosen.filter(|pane| entry.tree.contains(*pane)).unwrap_or(entry.focus);
        self.show_pane(Some(client), pane, fx);
    }

    fn step_tab(&mut self, client: ClientId, step: isize, fx: &mut Effects) {
        let tabs = &self.state.workspace.tabs;
        let Some(at) = self.shown_tab(client).and_then(|id| tabs.iter().position(|tab| tab.id == id)) else { return };
        let next = (at as isize + step).rem_euclid(tabs.len() as isize) as usize;
        self.show_tab(client, tabs[next].id, fx);
    }

    fn nth_tab(&mut self, client: ClientId, n: usize, fx: &mut Effects) {
        if let Some(tab) = n.checked_sub(1).and_then(|at| self.state.workspace.tabs.get(at)) {
            self.show_tab(client, tab.id, fx);
        }
    }

    fn focus_direction(&mut self, client: ClientId, direction: Direction, fx: &mut Effects) {
        let Some(pane) = self.focused(client) else { return };
        let next = self.solved(client).and_then(|(solved, _)| neighbour(&solved, pane, direction));
        if let Some(next) = next {
            self.show_pane(Some(client), next, fx);
        }
    }

    fn focus_next(&mut self, client: ClientId, fx: &mut Effects) {
        let Some(pane) = self.focused(client) else { return };
        if let Some(next) = self.state.workspace.tab_of(pane).and_then(|tab| tab.tree.next_after(pane)) {
            self.show_pane(Some(client), next, fx);
        }
    }

    fn focus_last(&mut self, client: ClientId, fx: &mut Effects) {
        if let Some(pane) = self.state.clients.get(&client).and_then(|view| view.last_focus) {
            self.show_pane(Some(client), pane, fx);
        }
    }

    /// The next session that needs the user: those blocked, then those failed, then those done and not seen; each kind in
    /// the order in which they have been waiting. From one of them it goes on to the next, also where that one is seen with the
    /// visit and needs the user no more, and from the last to the first.
    fn next_attention(&mut self, client: ClientId, fx: &mut Effects) {
        let here = self.focused(client);
        let rank = |pane: &PaneId| {
            let session = self.state.session_of(*pane)?;
            let kind = match session.status {
                Status::Blocked => 0,
                Status::Error if session.unseen => 1,
                Status::Ready if session.unseen => 2,
                _ => return None,
            };
            Some((kind, session.last_activity_at, *pane))
        };
        let mut waiting: Vec<_> = self.state.workspace.panes().filter_map(|pane| rank(&pane)).collect();
        waiting.sort_unstable();
        let is_here = |need: &&Need| Some(need.2) == here;
        let visited = self.state.clients.get(&client).and_then(|view| view.visited.as_ref());
        let last = waiting.iter().find(is_here).or(visited.filter(is_here)).copied();
        let elsewhere = || waiting.iter().filter(|need| !is_here(need));
        let next = elsewhere().find(|need| Some(**need) > last).or_else(|| elsewhere().next()).copied();
        if let Some(view) = self.state.clients.get_mut(&client) {
            view.visited = next;
        }
        match next {
            Some((_, _, pane)) => self.show_pane(Some(client), pane, fx),
            None if waiting.iter().any(|need| is_here(&need)) => self.toast(client, "only this one needs you", fx),
            None => self.toast(client, "nobody needs you", fx),
        }
    }
}
