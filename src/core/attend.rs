//! The attached clients: coming and going, their modes, toasts, and what they have looked at.

use std::time::Duration;

use crate::core::Core;
use crate::core::client::{ClientView, Toast};
use crate::core::effect::{Effect, Effects};
use crate::core::event::Env;
use crate::core::mode::Mode;
use crate::core::open::OpenSpec;
use crate::core::sidebar::SidebarView;
use crate::core::start::StartPage;
use crate::core::steering::first_view;
use crate::core::timer::Timer;
use crate::geometry::Size;
use crate::id::{ClientId, SessionId};
use crate::layout::chrome::SidebarPlace;

/// How long a toast is shown.
const TOAST: Duration = Duration::from_secs(4);

/// What a toast is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Tone {
    /// Something happened.
    News,
    /// Something went wrong.
    Trouble,
}

impl Core {
    #[expect(clippy::too_many_arguments, reason = "the fields of one event")]
    pub(super) fn client_attached(
        &mut self,
        client: ClientId,
        pid: Option<u32>,
        size: Size,
        env: Env,
        cwd: String,
        open: Option<String>,
        fx: &mut Effects,
    ) {
        let view = ClientView {
            id: client,
            pid,
            size,
            env,
            cwd,
            tab: self.state.workspace.active,
            focus: std::collections::BTreeMap::new(),
            last_focus: None,
            shows_scratch: self.state.workspace.scratch.is_some_and(|scratch| scratch.is_shown),
            mode: Mode::Normal,
            sidebar: first_view(&self.state),
            scheme: None,
            marks: std::collections::BTreeSet::new(),
            toast: None,
            start: StartPage::default(),
            held: None,
            has_focus: true,
            typed_at: self.state.now.instant,
        };
        self.state.clients.insert(client, view);
        if let Some(provider) = open.filter(|_| self.state.is_empty()) {
            let (env, cwd) = self.client_place(client);
            let spec = OpenSpec { provider, cwd, env, client: Some(client), ..OpenSpec::default() };
            if let Err(error) = self.open(spec, fx) {
                self.toast(client, &error.message, fx);
            }
        } else if self.state.is_empty() {
            self.begin_start(client, fx);
        }
        self.tell_restored(client, fx);
        self.relayout(fx);
        fx.push(Effect::Repaint { client });
    }

    pub(super) fn client_gone(&mut self, client: ClientId, fx: &mut Effects) {
        self.stop_reading(client, fx);
        self.pointers.remove(&client);
        self.state.clients.remove(&client);
        self.relayout(fx);
    }

    pub(super) fn client_resized(&mut self, client: ClientId, size: Size, fx: &mut Effects) {
        let Some(view) = self.state.clients.get_mut(&client) else { return };
        view.size = size;
        self.relayout(fx);
        fx.push(Effect::Repaint { client });
    }

    /// The client that typed (or attached) last.
    pub(super) fn client_typed_last(&self) -> Option<ClientId> {
        self.state.clients.values().max_by_key(|view| (view.typed_at, view.id)).map(|view| view.id)
    }

    pub(super) fn view_size(&self, client: Option<ClientId>) -> (Size, Option<SidebarPlace>) {
        let view = client.or_else(|| self.client_typed_last()).and_then(|id| self.state.clients.get(&id));
        view.map_or((self.state.last_size, SidebarView::default().shown()), |view| (view.size, view.sidebar.shown()))
    }

    /// The environment and the directory in which the client's new sessions run: its own, and its focused session's.
    pub(super) fn client_place(&self, client: ClientId) -> (Env, String) {
        let Some(view) = self.state.clients.get(&client) else { return (Env::new(), String::from("/")) };
        let focused = self.state.focused_pane(view).and_then(|pane| self.state.session_of(pane));
        (view.env.clone(), focused.map_or_else(|| view.cwd.clone(), |session| session.cwd.clone()))
    }

    pub(super) fn set_mode(&mut self, client: ClientId, mode: Mode, fx: &mut Effects) {
        self.stop_reading(client, fx);
        if let Some(view) = self.state.clients.get_mut(&client) {
            view.mode = mode;
            fx.redraw(client);
        }
    }

    pub(super) fn toast(&mut self, client: ClientId, text: &str, fx: &mut Effects) {
        let until = self.state.now.instant + TOAST;
        self.show_toast(client, Toast { text: crate::text::one_line(text, 300), is_error: true, until }, fx);
    }

    /// The same for what went well.
    pub(super) fn say(&mut self, client: ClientId, text: &str, fx: &mut Effects) {
        let until = self.state.now.instant + TOAST;
        self.show_toast(client, Toast { text: crate::text::one_line(text, 300), is_error: false, until }, fx);
    }

    /// The same for this long.
    pub(super) fn tell(&mut self, client: ClientId, text: &str, tone: Tone, time: Duration, fx: &mut Effects) {
        let (until, is_error) = (self.state.now.instant + time, tone == Tone::Trouble);
        self.show_toast(client, Toast { text: crate::text::one_line(text, 300), is_error, until }, fx);
    }

    fn show_toast(&mut self, client: ClientId, toast: Toast, fx: &mut Effects) {
        if let Some(view) = self.state.clients.get_mut(&client) {
            fx.push(Effect::SetTimer { timer: Timer::Toast(client), at: toast.until });
            view.toast = Some(toast);
            fx.redraw(client);
        }
    }

    pub(super) fn toast_all(&mut self, text: &str, fx: &mut Effects) {
        self.toast_for(text, TOAST, fx);
    }

    pub(super) fn toast_for(&mut self, text: &str, time: Duration, fx: &mut Effects) {
        self.tell_all(text, Tone::News, time, fx);
    }

    /// Shows every client a line for a while.
    pub(super) fn tell_all(&mut self, text: &str, tone: Tone, time: Duration, fx: &mut Effects) {
        let until = self.state.now.instant + time;
        let is_error = tone == Tone::Trouble;
        for (client, view) in &mut self.state.clients {
            view.toast = Some(Toast { text: crate::text::one_line(text, 300), is_error, until });
            fx.push(Effect::SetTimer { timer: Timer::Toast(*client), at: until });
        }
        fx.redraw_all();
    }

    pub(super) fn toast_due(&mut self, client: ClientId, fx: &mut Effects) {
        let now = self.state.now.instant;
        if let Some(view) = self.state.clients.get_mut(&client)
            && view.toast.as_ref().is_some_and(|toast| toast.until <= now)
        {
            view.toast = None;
            fx.redraw(client);
        }
    }

    /// Whether a client with the window focus looks at the session.
    pub(super) fn is_watched(&self, session: SessionId) -> bool {
        let Some(pane) = self.state.pane_of(session).map(|pane| pane.id) else { return false };
        self.state.clients.values().any(|view| view.has_focus && self.state.focused_pane(view) == Some(pane))
    }

    pub(super) fn mark_seen(&mut self, session: SessionId, fx: &mut Effects) {
        self.notices_seen(Some(session), fx);
        if let Some(record) = self.state.sessions.get_mut(&session).filter(|record| record.unseen) {
            record.unseen = false;
            self.save_session_soon(session, fx);
            fx.redraw_all();
        }
    }

    pub(super) fn mark_all_seen(&mut self, fx: &mut Effects) {
        let unseen: Vec<SessionId> =
            self.state.sessions.values().filter(|session| session.unseen).map(|session| session.id).collect();
        for session in unseen {
            self.mark_seen(session, fx);
        }
        self.notices_seen(None, fx);
    }
}
