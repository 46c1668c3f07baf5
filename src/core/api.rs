//! What programs ask for (`homing ls`, `send`, …), answered from the state.

use crate::config::suggest;
use crate::core::Core;
use crate::core::applicable::obstacle;
use crate::core::archive::{Errand, Links};
use crate::core::command::{self, COMMANDS, Command};
use crate::core::effect::{Effect, Effects, RequestId};
use crate::core::ledger::LedgerEntry;
use crate::core::open::{OpenSpec, failed};
use crate::core::pane::Phase;
use crate::core::resume::{self, Cause};
use crate::core::session::{Exit, Session};
use crate::core::settings;
use crate::core::several::Sender;
use crate::core::submit::Asker;
use crate::id::{PaneId, SessionId};
use crate::input::encode::{ShiftEnter, encode_key_with};
use crate::input::event::KeyEvent;
use crate::input::keypress::KeyPress;
use crate::protocol::api::{
    ApiError, ApiErrorKind, ApiRequest, ApiResponse, ClientRow, ExitRow, LedgerRow, NewSession, Resumable, SessionRow,
    StatusRow,
};
use crate::time::Wall;

/// Most lines of history in one answer.
const MAX_HISTORY_LINES: usize = 100_000;

/// The shortest beginning of an id that is an address (chosen: shorter ones are pane numbers or typing errors).
pub const ID_PREFIX_CHARS: usize = 4;

impl Core {
    pub(super) fn request(&mut self, request: RequestId, body: ApiRequest, fx: &mut Effects) {
        match self.answer(request, body, fx) {
            Ok(Some(response)) => fx.push(Effect::Respond { request, response: Box::new(response) }),
            Ok(None) => {}
            Err(error) => fx.push(Effect::Respond { request, response: Box::new(ApiResponse::Error(error)) }),
        }
    }

    /// The answer, or `None` if it comes later.
    fn answer(
        &mut self,
        request: RequestId,
        body: ApiRequest,
        fx: &mut Effects,
    ) -> Result<Option<ApiResponse>, ApiError> {
        if self.stopping.is_some() && !matches!(body, ApiRequest::Status | ApiRequest::Stop) {
            return Err(failed("the workspace is being stopped".to_owned()));
        }
        match body {
            ApiRequest::New(new) => self.open_for(request, *new, fx),
            ApiRequest::List { all: false } => Ok(Some(ApiResponse::Sessions(self.session_rows()))),
            ApiRequest::List { all: true } => {
                fx.push(Effect::ListStored { request, open: self.session_rows() });
                Ok(None)
            }
            ApiRequest::Show { session } => {
                match self.find(&session)? {
                    Some(id) => self.show(request, id, fx),
                    None => self.among_closed(request, session, Errand::Show, fx),
                }
                Ok(None)
            }
            ApiRequest::Explain { session } => {
                let id = self.resolve(&session)?;
                Ok(self.explanation(id).map(|explanation| ApiResponse::Explanation(Box::new(explanation))))
            }
            ApiRequest::Notices { unread } => Ok(Some(ApiResponse::Notices(self.notice_rows(unread)))),
            ApiRequest::Search { text, syntax } => self.search_all(request, &text, syntax, fx),
            ApiRequest::Events { after, wait } => Ok(self.events(request, after, wait)),
            ApiRequest::Send { session, text, enter } => self.send(request, &session, &text, enter, fx),
            ApiRequest::SendToSeveral { to, all, own, text } => {
                let to = self.recipients(&to, all, own.as_deref())?;
                self.send_to_several(&to, &text, Sender::Program(request), fx);
                Ok(None)
            }
            ApiRequest::Keys { session, keys } => self.send_keys(&session, &keys, fx),
            ApiRequest::Screen { session, history, ansi } => self.screen(&session, history, ansi),
            ApiRequest::Wait { session, until, timeout_ms } => {
                let id = self.resolve(&session)?;
                self.wait(request, id, until, timeout_ms, fx)?;
                Ok(None)
            }
            ApiRequest::Focus { session } => {
                let pane = self.resolve_pane(&session)?;
                self.show_pane(self.client_typed_last(), pane, fx);
                Ok(Some(ApiResponse::Done))
            }
            ApiRequest::Run { command, client } => self.run_for(request, &command, client, fx),
            ApiRequest::Scratch { cwd, env } => self.scratch_for(request, (env, cwd), fx),
            ApiRequest::Close { session } => {
                let pane = self.resolve_pane(&session)?;
                self.close_pane(pane, fx);
                Ok(Some(ApiResponse::Done))
            }
            ApiRequest::Reopen { session, env } => match self.find(&session)? {
                Some(id) => self.reopen(request, id, fx),
                None => {
                    self.among_closed(request, session, Errand::Reopen(env), fx);
                    Ok(None)
                }
            },
            ApiRequest::Rename { session, name } => {
                let Some(id) = self.find(&session)? else {
                    self.among_closed(request, session, Errand::Rename(name), fx);
                    return Ok(None);
                };
                self.rename_session(id, Some(name), fx);
                Ok(Some(ApiResponse::Done))
            }
            ApiRequest::Set { session, task_id, mcp_session_id } => {
                let links = Links { task_id, mcp_session_id };
                let Some(id) = self.find(&session)? else {
                    self.among_closed(request, session, Errand::Link(links), fx);
                    return Ok(None);
                };
                self.link(id, links, fx);
                Ok(Some(ApiResponse::Done))
            }
            ApiRequest::Restore => {
                self.restore_killed(fx);
                Ok(Some(ApiResponse::Restored(self.restore_report())))
            }
            ApiRequest::Restored => Ok(Some(ApiResponse::Restored(self.restore_report()))),
            ApiRequest::OpenConversation { conversation, env, placement } => {
                self.open_for_program(request, *conversation, env, placement, fx)
            }
            ApiRequest::OpenPlan { plan, scope, env, dry_run: false } => {
                self.open_plan(&plan, scope, &env, request, fx)
            }
            ApiRequest::OpenPlan { plan, scope, dry_run: true, .. } => self.preview_plan(&plan, scope),
            ApiRequest::Layout { tab, all } => self.written_down(tab.as_deref(), all),
            ApiRequest::Status => Ok(Some(ApiResponse::Status(Box::new(self.status_row())))),
            ApiRequest::Stop => {
                self.stop(Some(request), fx);
                Ok(None)
            }
            ApiRequest::Forget { session } => {
                match self.find(&session)? {
                    Some(id) => self.forget(request, id, fx)?,
                    None => self.among_closed(request, session, Errand::Forget, fx),
                }
                Ok(None)
            }
            ApiRequest::Stats { all } => {
                let workspace = (!all).then(|| self.state.workspace.name.clone());
                self.stats(request, workspace, fx);
                Ok(None)
            }
            ApiRequest::Gc(ages) => {
                self.gc(request, ages.into(), fx);
                Ok(None)
            }
        }
    }

    /// Does what a command does when its key is pressed in a client.
    fn run_for(
        &mut self,
        request: RequestId,
        id: &str,
        pid: Option<u32>,
        fx: &mut Effects,
    ) -> Result<Option<ApiResponse>, ApiError> {
        let Some(command) = command::by_id(id) else {
            let hint = suggest::hint(id, COMMANDS.iter().map(|row| row.id));
            return Err(usage(format!("no command {id:?}{hint}; `homing run` lists them")));
        };
        if command == Command::ReloadConfig && pid.is_none() {
            // It needs no client, and what is wrong with the settings is for whoever asks.
            fx.push(Effect::ReadSettings { asker: settings::Asker::Program(request) });
            return Ok(None);
        }
        let client = match pid {
            Some(pid) => self.state.clients.values().find(|view| view.pid == Some(pid)).map(|view| view.id),
            None => self.client_typed_last(),
        };
        let Some(view) = client.and_then(|client| self.state.clients.get(&client)) else {
            let which =
                pid.map_or("no client is attached".to_owned(), |pid| format!("no client has the process {pid}"));
            return Err(failed(format!("{which}; `homing` attaches one, `homing status` shows them")));
        };
        if let Some(why) = obstacle(&self.state, view, command) {
            return Err(failed(format!("{id} can do nothing now: {why}")));
        }
        self.command(view.id, command, fx);
        Ok(Some(ApiResponse::Done))
    }

    fn open_for(
        &mut self,
        request: RequestId,
        new: NewSession,
        fx: &mut Effects,
    ) -> Result<Option<ApiResponse>, ApiError> {
        let spec = OpenSpec {
            provider: new.provider,
            name: new.name,
            cwd: new.cwd,
            placement: new.placement,
            prompt: new.prompt,
            command: None,
            worktree: new.worktree,
            is_behind: false,
            is_scratch: false,
            model: new.model,
            task_id: new.task_id,
            args: new.args,
            first_args: Vec::new(),
            env: new.env,
            client: None,
            request: Some(request),
            conversation: None,
        };
        self.open(spec, fx)?;
        Ok(None)
    }

    /// Starts a session with a pane again, and answers once its process runs or cannot; one without is brought back by
    /// `core::archive`.
    fn reopen(
        &mut self,
        request: RequestId,
        session: SessionId,
        fx: &mut Effects,
    ) -> Result<Option<ApiResponse>, ApiError> {
        let gone = || no_session(&session.to_string());
        let pane = self.state.pane_of(session).ok_or_else(gone)?;
        let (pane, is_live, is_coming) = (pane.id, pane.is_live(), matches!(pane.phase, Phase::Waiting { .. }));
        if is_live || is_coming {
            let how = if is_live { "runs" } else { "is starting" };
            return Err(failed(format!("the session {how} already; `homing focus {pane}` shows it")));
        }
        self.relaunch(pane, Cause::Reopen, fx);
        if let Some(launch) = self.launches.get_mut(&session) {
            launch.request = Some(request);
        }
        Ok(None)
    }

    /// The open session that an address names; `None` if no open one answers to it.
    fn find(&self, address: &str) -> Result<Option<SessionId>, ApiError> {
        match self.resolve(address) {
            Ok(id) => Ok(Some(id)),
            Err(error) if error.kind == ApiErrorKind::NoSuchSession => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn send(
        &mut self,
        request: RequestId,
        session: &str,
        text: &str,
        enter: bool,
        fx: &mut Effects,
    ) -> Result<Option<ApiResponse>, ApiError> {
        let pane = self.resolve_live(session)?;
        if !enter {
            self.paste_to_pane(pane, text.as_bytes(), fx);
            return Ok(Some(ApiResponse::Done));
        }
        self.submit(pane, text, Asker::Program(request), fx);
        Ok(None)
    }

    /// The sessions that addresses name, each once; with `all` every agent that runs but the caller's own.
    fn recipients(&self, to: &[String], all: bool, own: Option<&str>) -> Result<Vec<SessionId>, ApiError> {
        let mut found = Vec::new();
        let named = to.iter().map(|address| self.resolve(address)).collect::<Result<Vec<_>, _>>()?;
        let own = own.and_then(|own| self.resolve(own).ok());
        let live = self.state.workspace.panes().filter(|_| all).filter_map(|pane| self.state.panes.get(&pane));
        let agents = live.filter(|pane| pane.is_live()).map(|pane| pane.session);
        let is_agent = |session: &SessionId| {
            let record = self.state.sessions.get(session);
            let provider = record.and_then(|record| self.providers.get(record.conversation_provider()));
            provider.is_some_and(|provider| provider.is_agent) && Some(*session) != own
        };
        for session in named.into_iter().chain(agents.filter(is_agent)) {
            if !found.contains(&session) {
                found.push(session);
            }
        }
        if found.is_empty() { Err(failed("no agent runs; `homing new` starts one".to_owned())) } else { Ok(found) }
    }

    fn send_keys(&mut self, session: &str, keys: &[String], fx: &mut Effects) -> Result<Option<ApiResponse>, ApiError> {
        let pane = self.resolve_live(session)?;
        let presses: Vec<KeyPress> = keys
            .iter()
            .map(|key| key.parse().map_err(|error: crate::input::keypress::ParseKeyError| usage(error.to_string())))
            .collect::<Result<_, ApiError>>()?;
        for press in presses {
            self.press(pane, &press.to_event(), fx);
        }
        Ok(Some(ApiResponse::Done))
    }

    pub(super) fn press(&mut self, pane: PaneId, key: &KeyEvent, fx: &mut Effects) {
        let Some(entry) = self.state.panes.get(&pane) else { return };
        let mut bytes = Vec::new();
        encode_key_with(key, &entry.terminal.modes(), self.shift_enter(entry.session), &mut bytes);
        if bytes.is_empty() {
            return;
        }
        let session = entry.session;
        fx.push(Effect::WritePty { pane, bytes });
        self.key_went(session, key, fx);
    }

    fn screen(&self, session: &str, history: usize, ansi: bool) -> Result<Option<ApiResponse>, ApiError> {
        let pane = self.resolve_pane(session)?;
        let terminal = &self.state.panes.get(&pane).ok_or_else(|| no_session(session))?.terminal;
        let lines = terminal.history();
        let from = lines.n_lines().saturating_sub(history.min(MAX_HISTORY_LINES));
        let mut text = String::new();
        for index in from..lines.n_lines() {
            text.push_str(&if ansi { lines.ansi(index) } else { lines.text(index) });
            text.push('\n');
        }
        text.push_str(&if ansi { terminal.screen_ansi() } else { terminal.screen_text() });
        Ok(Some(ApiResponse::Text(text)))
    }

    fn link(&mut self, session: SessionId, links: Links, fx: &mut Effects) {
        if let Some(record) = self.state.sessions.get_mut(&session) {
            links.apply(record);
        }
        self.save_session_soon(session, fx);
    }

    /// The session that an address names: a pane number, an id or a unique prefix of one, or a name.
    fn resolve(&self, address: &str) -> Result<SessionId, ApiError> {
        if let Some(pane) = address.parse().ok().and_then(PaneId::new)
            && let Some(pane) = self.state.panes.get(&pane)
        {
            return Ok(pane.session);
        }
        let named: Vec<_> =
            self.state.sessions.values().filter(|session| session.name.as_deref() == Some(address)).collect();
        let by_prefix = |session: &&Session| {
            let id = session.id.to_string();
            let bare = id.trim_start_matches(crate::id::SESSION_PREFIX);
            address.len() >= ID_PREFIX_CHARS && (id.starts_with(address) || bare.starts_with(address))
        };
        let candidates: Vec<_> =
            if named.is_empty() { self.state.sessions.values().filter(by_prefix).collect() } else { named };
        match candidates.as_slice() {
            [one] => Ok(one.id),
            [] => Err(no_session(address)),
            several => Err(usage(format!(
                "{} sessions answer to {address:?}; use a pane number or a longer id",
                several.len()
            ))),
        }
    }

    fn resolve_pane(&self, address: &str) -> Result<PaneId, ApiError> {
        let session = self.resolve(address)?;
        self.state.pane_of(session).map(|pane| pane.id).ok_or_else(|| no_session(address))
    }

    fn resolve_live(&self, address: &str) -> Result<PaneId, ApiError> {
        let pane = self.resolve_pane(address)?;
        let is_live = self.state.panes.get(&pane).is_some_and(crate::core::pane::Pane::is_live);
        if is_live {
            Ok(pane)
        } else {
            Err(failed(format!("session {address} has no running process; reopen it first")))
        }
    }

    pub(super) fn session_rows(&self) -> Vec<SessionRow> {
        self.state.workspace.panes().filter_map(|pane| self.session_row(self.state.panes.get(&pane)?.session)).collect()
    }

    pub(super) fn session_row(&self, id: SessionId) -> Option<SessionRow> {
        Some(self.row_of(self.state.sessions.get(&id)?))
    }

    /// Answers with the open sessions and those that ended.
    pub(super) fn stored_sessions(
        &self,
        request: RequestId,
        mut open: Vec<SessionRow>,
        ended: &[Session],
        fx: &mut Effects,
    ) {
        open.extend(ended.iter().map(|session| self.row_of(session)));
        fx.push(Effect::Respond { request, response: Box::new(ApiResponse::Sessions(open)) });
    }

    pub(super) fn row_of(&self, session: &Session) -> SessionRow {
        let pane = self.state.pane_of(session.id).map(|pane| pane.id);
        let tab = pane.and_then(|pane| self.state.workspace.tabs.iter().position(|tab| tab.tree.contains(pane)));
        SessionRow {
            id: session.id.to_string(),
            name: session.name.clone(),
            provider: session.provider.to_string(),
            provider_session_id: session.claim.as_ref().map(|claim| claim.conversation.to_string()),
            witness: session.claim.as_ref().map(|claim| claim.witness.as_str().to_owned()),
            standing: session.standing().as_str().to_owned(),
            status: session.status.as_str().to_owned(),
            unseen: session.unseen,
            title: session.title.clone(),
            first_message: session.first_message.clone(),
            cwd: session.cwd.clone(),
            pid: session.pid,
            tab: tab.and_then(|tab| u32::try_from(tab + 1).ok()),
            pane: pane.map(PaneId::get),
            scratch: pane.is_some_and(|pane| self.state.workspace.is_scratch(pane)),
            created_at: rfc3339(session.created_at),
            last_activity_at: rfc3339(session.last_activity_at),
            resumable: self.resumable(session),
            task_id: session.task_id.clone(),
            mcp_session_id: session.mcp_session_id.clone(),
            exit: session.exit.map(exit_row),
            conversations: None,
        }
    }

    /// Whether a restart would bring the conversation back; what the last attempt failed of stands until the next.
    fn resumable(&self, session: &Session) -> Resumable {
        match self.state.pane_of(session.id).map(|pane| &pane.phase) {
            Some(Phase::Failed { message }) => Resumable { ok: false, why: message.clone() },
            _ => resume::resumable(session, self.providers.get(&session.provider)),
        }
    }

    fn status_row(&self) -> StatusRow {
        let clients = self.state.clients.values().map(|view| ClientRow {
            pid: view.pid,
            cols: view.size.cols(),
            rows: view.size.rows(),
            focused: view.has_focus,
        });
        StatusRow {
            workspace: self.state.workspace.name.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            server_pid: self.surroundings.server_pid,
            keeper_pid: None,
            uptime_s: self.state.now.instant.micros / 1_000_000,
            generation: self.surroundings.generation,
            clients: clients.collect(),
            sessions: self.state.sessions.len(),
            warnings: self.warnings().cloned().collect(),
        }
    }

    pub(super) fn shift_enter(&self, session: SessionId) -> ShiftEnter {
        self.provider_of(session).map_or(ShiftEnter::Cr, |provider| provider.shift_enter)
    }
}

/// The ledger as it is printed.
pub(super) fn ledger_rows(ledger: &[LedgerEntry]) -> Vec<LedgerRow> {
    let row = |entry: &LedgerEntry| LedgerRow {
        provider: entry.provider.to_string(),
        id: entry.conversation.to_string(),
        witness: entry.witness.as_str().to_owned(),
        since: rfc3339(entry.since),
        until: entry.ended.map(|(until, _)| rfc3339(until)),
        end_reason: entry.ended.map(|(_, reason)| reason.as_str().to_owned()),
        spoken: entry.spoken,
    };
    ledger.iter().map(row).collect()
}

pub(super) fn no_session(address: &str) -> ApiError {
    ApiError {
        kind: ApiErrorKind::NoSuchSession,
        message: format!("no session {address:?}; `homing ls --all` shows them all"),
    }
}

pub(super) fn usage(message: String) -> ApiError {
    ApiError { kind: ApiErrorKind::Usage, message }
}

fn exit_row(exit: Exit) -> ExitRow {
    ExitRow { code: exit.code, signal: exit.signal, reason: exit.reason.as_str().to_owned(), at: rfc3339(exit.at) }
}

/// RFC 3339 in UTC, to the millisecond.
pub(super) fn rfc3339(at: Wall) -> String {
    jiff::Timestamp::from_millisecond(at.unix_ms).map(|at| at.to_string()).unwrap_or_default()
}
