//! The scratch shell: one a workspace, in no tab; a key lets it float over the tab that is shown, and puts it away again. It
//! runs on while nobody sees it.

use crate::core::Core;
use crate::core::command::Command;
use crate::core::effect::{Effects, RequestId};
use crate::core::event::Env;
use crate::core::mode::Mode;
use crate::core::open::OpenSpec;
use crate::geometry::Size;
use crate::id::{ClientId, PaneId};
use crate::layout::chrome::chrome;
use crate::layout::float::floating;
use crate::protocol::api::{ApiError, ApiResponse};
use crate::provider;

/// What its session is called, and the box around it.
pub const SCRATCH: &str = "scratch";

/// Whether the command means the tab's panes, so that the scratch shell gives way to it.
pub(super) fn is_about_the_tab(command: Command) -> bool {
    match command {
        Command::SplitRight
        | Command::SplitDown
        | Command::NewTab
        | Command::Worktree
        | Command::RenameSession
        | Command::RenameTab
        | Command::Explain
        | Command::Mark
        | Command::SendMarked
        | Command::FocusLeft
        | Command::FocusRight
        | Command::FocusUp
        | Command::FocusDown
        | Command::FocusNext
        | Command::FocusLast
        | Command::NextSession
        | Command::PreviousSession
        | Command::NextTab
        | Command::PreviousTab
        | Command::Tab(_)
        | Command::Zoom
        | Command::Resize
        | Command::Equalize
        | Command::SwapNext
        | Command::SwapPrevious
        | Command::NextLayout
        | Command::Arrange(_)
        | Command::Rotate
        | Command::BreakPane
        | Command::JoinPane
        | Command::Pin
        | Command::PinUp
        | Command::PinDown => true,
        Command::Launch
        | Command::Browse
        | Command::Scratch
        | Command::Close
        | Command::NextAttention
        | Command::Notices
        | Command::Switch
        | Command::ToggleSidebar
        | Command::FilterSidebar
        | Command::GroupSidebar
        | Command::SortSidebar
        | Command::FlipSidebar
        | Command::NarrowSidebar
        | Command::WidenSidebar
        | Command::Copy
        | Command::Paste
        | Command::TakeClipboard
        | Command::Search
        | Command::Find
        | Command::MarkSeen
        | Command::Quiet
        | Command::CancelWork
        | Command::Palette
        | Command::Help
        | Command::Theme
        | Command::ReloadConfig
        | Command::Redraw
        | Command::Detach
        | Command::Stop => false,
    }
}

impl Core {
    /// Shows the client the scratch shell, which is opened in the directory of its focused session where there is none; or puts
    /// it away.
    pub(super) fn toggle_scratch(&mut self, client: ClientId, fx: &mut Effects) {
        let is_floating = self.state.clients.get(&client).is_some_and(|view| self.state.floating(view).is_some());
        if is_floating {
            return self.hide_scratch(client, fx);
        }
        if self.state.workspace.scratch.is_some() {
            return self.show_scratch(Some(client), fx);
        }
        let (env, cwd) = self.client_place(client);
        let spec = OpenSpec { client: Some(client), ..scratch_spec(env, cwd) };
        if let Err(error) = self.open(spec, fx) {
            self.toast(client, &error.message, fx);
        }
    }

    /// The same for a program: in the client that typed last; without one it is opened where nobody sees it.
    pub(super) fn scratch_for(
        &mut self,
        request: RequestId,
        (env, cwd): (Env, String),
        fx: &mut Effects,
    ) -> Result<Option<ApiResponse>, ApiError> {
        let client = self.client_typed_last();
        if let Some(scratch) = self.state.workspace.scratch {
            if let Some(client) = client {
                self.toggle_scratch(client, fx);
            }
            let session = self.state.session_of(scratch.pane).and_then(|session| self.session_row(session.id));
            return Ok(session.map(|row| ApiResponse::Session(Box::new(row))));
        }
        let spec = OpenSpec { client, is_behind: client.is_none(), request: Some(request), ..scratch_spec(env, cwd) };
        self.open(spec, fx)?;
        Ok(None)
    }

    /// Lets it float over the client's tab; with no client, over that of the next one.
    pub(super) fn show_scratch(&mut self, client: Option<ClientId>, fx: &mut Effects) {
        let Some(scratch) = &mut self.state.workspace.scratch else { return };
        scratch.is_shown = true;
        let pane = scratch.pane;
        let before = client.and_then(|client| self.focused(client));
        if let Some(view) = client.and_then(|client| self.state.clients.get_mut(&client)) {
            view.shows_scratch = true;
            if matches!(view.mode, Mode::Copy(_)) {
                view.mode = Mode::Normal;
            }
        }
        self.focus_moved(before, pane, fx);
    }

    /// Puts it away; nothing where the client does not see it.
    pub(super) fn hide_scratch(&mut self, client: ClientId, fx: &mut Effects) {
        let Some(view) = self.state.clients.get_mut(&client).filter(|view| view.shows_scratch) else { return };
        let Some(scratch) = &mut self.state.workspace.scratch else { return };
        view.shows_scratch = false;
        scratch.is_shown = false;
        let before = scratch.pane;
        if matches!(&view.mode, Mode::Copy(copy) if copy.pane == before) {
            view.mode = Mode::Normal;
        }
        match self.focused(client) {
            Some(pane) => self.focus_moved(Some(before), pane, fx),
            None => {
                self.tell_focus(before, false, fx);
                self.save_layout(fx);
                self.relayout(fx);
            }
        }
    }

    /// Forgets the scratch shell, whose pane is gone.
    pub(super) fn forget_scratch(&mut self, pane: PaneId) {
        self.state.workspace.scratch = None;
        for view in self.state.clients.values_mut() {
            view.shows_scratch = false;
            if matches!(&view.mode, Mode::Copy(copy) if copy.pane == pane) {
                view.mode = Mode::Normal;
            }
        }
    }

    /// Its pane and the size that it has for the client that typed last of those who see it.
    pub(super) fn scratch_size(&self) -> Option<(PaneId, Size)> {
        let pane = self.state.workspace.scratch?.pane;
        let viewers = self.state.clients.values().filter(|view| view.shows_scratch);
        let viewer = viewers.max_by_key(|view| (view.typed_at, view.id)).map(|view| view.id);
        let (size, sidebar) = self.view_size(viewer);
        let main = chrome(size, sidebar.filter(|_| !self.state.is_empty())).main;
        Some((pane, floating(pane, main)?.inner.size()))
    }
}

fn scratch_spec(env: Env, cwd: String) -> OpenSpec {
    OpenSpec {
        provider: provider::SHELL.to_owned(),
        name: Some(SCRATCH.to_owned()),
        cwd,
        is_scratch: true,
        env,
        ..OpenSpec::default()
    }
}
