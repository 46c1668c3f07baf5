//! Sessions of which only the store knows: shown, linked, brought back, forgotten.
//!
//! Owns what was asked of the store for a program, and the closed sessions whose processes are still ending. An address that
//! no open session answers to is looked up among the closed ones of the workspace.

use std::collections::BTreeMap;

use crate::core::Core;
use crate::core::api::{ledger_rows, no_session, usage};
use crate::core::change::{Change, Durability};
use crate::core::effect::{Effect, Effects, RequestId};
use crate::core::event::Env;
use crate::core::gc::Ages;
use crate::core::launch::Launch;
use crate::core::ledger::{LedgerEntry, StoredSession};
use crate::core::metrics::Metrics;
use crate::core::open::{MAX_NAME_CHARS, MAX_PANES, OpenSpec, failed};
use crate::core::pane::Phase;
use crate::core::persist::Pending;
use crate::core::resume::Cause;
use crate::core::session::{Session, Status};
use crate::core::setup::stored_pane;
use crate::id::SessionId;
use crate::protocol::api::{ApiError, ApiResponse};
use crate::text;

/// What is asked of the store. All but `Metrics` is about the server's workspace.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Question {
    /// The closed sessions that answer to an address. Found alone, one comes with its ledger, screen and history.
    Closed(String),
    /// All closed sessions.
    AllClosed,
    /// What a session was on.
    Ledger(SessionId),
    /// Counts and times.
    Metrics {
        /// Of all workspaces.
        all: bool,
    },
}

/// What the store found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Found {
    /// These sessions, oldest first.
    Sessions(Vec<StoredSession>),
    /// The one that answers to the address.
    One(Box<Archived>),
    /// What a session was on, oldest first.
    Ledger(Vec<LedgerEntry>),
    /// Counts and times.
    Metrics(Box<Metrics>),
    /// It could not be read.
    Failed(String),
}

/// A closed session with all that its pane is made of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Archived {
    /// The record.
    pub stored: StoredSession,
    /// What it was on, oldest first.
    pub ledger: Vec<LedgerEntry>,
    /// Its last screen (`Terminal::snapshot`).
    pub screen: Option<Vec<u8>>,
    /// Its history (`Terminal::load_history_block`), oldest block first.
    pub history: Vec<Vec<u8>>,
}

/// A closed session on its way back.
#[derive(Clone, PartialEq, Debug)]
pub struct Returning {
    /// What is known of it.
    pub archived: Archived,
    /// The environment of whoever brings it back.
    pub env: Env,
    /// The request to answer once its process runs.
    pub request: RequestId,
}

/// What is to be done to the closed session that answers to an address.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Errand {
    /// It is shown.
    Show,
    /// It comes back, in this environment.
    Reopen(Env),
    /// It is forgotten.
    Forget,
    /// It gets this name; an empty one takes its name away.
    Rename(String),
    /// It is linked.
    Link(Links),
}

/// What a session is to be linked to. What is `None` stays as it is, an empty text takes the link away.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Links {
    /// The user's task id.
    pub task_id: Option<String>,
    /// An MCP session id.
    pub mcp_session_id: Option<String>,
}

impl Links {
    /// Links the session.
    pub(super) fn apply(self, session: &mut Session) {
        let changed = |to: Option<String>, from: Option<String>| to.or(from).filter(|id| !id.is_empty());
        session.task_id = changed(self.task_id, session.task_id.take());
        session.mcp_session_id = changed(self.mcp_session_id, session.mcp_session_id.take());
    }
}

/// Why the store was asked.
#[derive(Debug)]
enum Wanted {
    /// An open session is shown, with its ledger.
    Show(SessionId),
    /// What was asked is done to the closed session that answers to the address.
    Closed(String, Errand),
    Stats {
        workspace: Option<String>,
    },
    Gc(Ages),
}

/// What was asked of the store, and who waits to come back.
#[derive(Debug, Default)]
pub struct Archive {
    wanted: BTreeMap<RequestId, Wanted>,
    /// Sessions that come back as soon as the process that they had is gone.
    returning: Vec<Returning>,
}

impl Archive {
    /// The program that asked is gone.
    pub(super) fn withdraw(&mut self, request: RequestId) {
        self.wanted.remove(&request);
        self.returning.retain(|returning| returning.request != request);
    }
}

impl Core {
    fn ask_store(&mut self, request: RequestId, question: Question, wanted: Wanted, fx: &mut Effects) {
        self.archive.wanted.insert(request, wanted);
        fx.push(Effect::AskStore { request, question });
    }

    /// Shows a session with its ledger.
    pub(super) fn show(&mut self, request: RequestId, session: SessionId, fx: &mut Effects) {
        self.ask_store(request, Question::Ledger(session), Wanted::Show(session), fx);
    }

    /// Does what was asked to the closed session of this address.
    pub(super) fn among_closed(&mut self, request: RequestId, address: String, errand: Errand, fx: &mut Effects) {
        self.ask_store(request, Question::Closed(address.clone()), Wanted::Closed(address, errand), fx);
    }

    /// Counts sessions.
    pub(super) fn stats(&mut self, request: RequestId, workspace: Option<String>, fx: &mut Effects) {
        let question = Question::Metrics { all: workspace.is_none() };
        self.ask_store(request, question, Wanted::Stats { workspace }, fx);
    }

    /// Cleans up by age, once it is known which sessions are closed.
    pub(super) fn gc(&mut self, request: RequestId, ages: Ages, fx: &mut Effects) {
        self.ask_store(request, Question::AllClosed, Wanted::Gc(ages), fx);
    }

    pub(super) fn store_answered(&mut self, request: RequestId, found: Found, fx: &mut Effects) {
        let Some(wanted) = self.archive.wanted.remove(&request) else { return };
        match self.found(request, wanted, found, fx) {
            Ok(Some(response)) => fx.push(Effect::Respond { request, response: Box::new(response) }),
            Ok(None) => {}
            Err(error) => fx.push(Effect::Respond { request, response: Box::new(ApiResponse::Error(error)) }),
        }
    }

    /// The answer to the program, or `None` if it comes later.
    fn found(
        &mut self,
        request: RequestId,
        wanted: Wanted,
        found: Found,
        fx: &mut Effects,
    ) -> Result<Option<ApiResponse>, ApiError> {
        match (wanted, found) {
            (_, Found::Failed(message)) => Err(failed(format!("the store cannot be read: {message}"))),
            (Wanted::Show(session), Found::Ledger(ledger)) => {
                let mut row = self.session_row(session).ok_or_else(|| no_session(&session.to_string()))?;
                row.conversations = Some(ledger_rows(&ledger));
                Ok(Some(ApiResponse::Session(Box::new(row))))
            }
            (Wanted::Stats { workspace }, Found::Metrics(metrics)) => {
                Ok(Some(ApiResponse::Stats(Box::new(metrics.to_row(workspace)))))
            }
            (Wanted::Gc(ages), Found::Sessions(closed)) => {
                self.sweep(request, ages, &closed, fx);
                Ok(None)
            }
            (Wanted::Closed(_, errand), Found::One(archived)) => self.with_closed(request, errand, *archived, fx),
            (Wanted::Closed(address, _), Found::Sessions(several)) => Err(not_one(&address, &several)),
            (wanted, found) => {
                tracing::error!(?wanted, ?found, "an answer to another question");
                Err(failed("the store gave an unexpected answer".to_owned()))
            }
        }
    }

    /// Does what was asked to a closed session.
    fn with_closed(
        &mut self,
        request: RequestId,
        errand: Errand,
        archived: Archived,
        fx: &mut Effects,
    ) -> Result<Option<ApiResponse>, ApiError> {
        let mut session = archived.stored.session.clone();
        if self.state.sessions.contains_key(&session.id) {
            return Err(failed(format!("session {} was opened again meanwhile", session.id)));
        }
        match errand {
            Errand::Show => {
                let mut row = self.row_of(&session);
                row.conversations = Some(ledger_rows(&archived.ledger));
                return Ok(Some(ApiResponse::Session(Box::new(row))));
            }
            Errand::Reopen(env) => {
                if self.archive.returning.iter().any(|returning| returning.archived.stored.session.id == session.id) {
                    return Err(failed(format!("session {} is being opened already", session.label())));
                }
                self.bring_back(Returning { archived, env, request }, fx);
                return Ok(None);
            }
            Errand::Forget => {
                self.commit_and_answer(vec![Change::Forgotten { session: session.id }], request, ApiResponse::Done, fx);
                return Ok(None);
            }
            Errand::Rename(name) => {
                session.name = Some(text::one_line(&name, MAX_NAME_CHARS)).filter(|name| !name.is_empty());
            }
            Errand::Link(links) => links.apply(&mut session),
        }
        let change = Change::Session(Box::new(session));
        self.commit_and_answer(vec![change], request, ApiResponse::Done, fx);
        Ok(None)
    }

    /// Writes changes and answers when they are written.
    pub(super) fn commit_and_answer(
        &mut self,
        changes: Vec<Change>,
        request: RequestId,
        response: ApiResponse,
        fx: &mut Effects,
    ) {
        self.commit(changes, Durability::Full, Pending::Answer(request, Box::new(response)), fx);
    }

    /// Brings a closed session back: the store first, which may refuse its conversation. While the process that it had is
    /// still ending, it waits: two agents on one conversation would spoil it.
    fn bring_back(&mut self, returning: Returning, fx: &mut Effects) {
        let session = returning.archived.stored.session.id;
        if self.is_closing(session) {
            return self.archive.returning.push(returning);
        }
        let change = Change::Reopened { session, at: self.state.now.wall };
        self.commit(vec![change], Durability::Full, Pending::Reopen(Box::new(returning)), fx);
    }

    /// Whether a process of the closed session has not ended yet. It is killed if it takes too long.
    fn is_closing(&self, session: SessionId) -> bool {
        self.closing.values().any(|closing| *closing == session)
    }

    /// A process ended; if it was the last one of a closed session that is wanted back, it comes back now.
    pub(super) fn left(&mut self, pid: u32, fx: &mut Effects) {
        let Some(session) = self.closing.remove(&pid) else { return };
        if !self.is_closing(session) {
            let all = std::mem::take(&mut self.archive.returning);
            let (ready, rest) = all.into_iter().partition(|of| of.archived.stored.session.id == session);
            self.archive.returning = rest;
            for returning in Vec::from_iter::<Vec<Returning>>(ready) {
                self.bring_back(returning, fx);
            }
        }
    }

    /// The store has the session open again: it gets a pane with its last screen, and its agent is started.
    pub(super) fn brought_back(&mut self, returning: Returning, fx: &mut Effects) {
        let Returning { archived, env, request } = returning;
        let Archived { stored: StoredSession { mut session, .. }, screen, history, .. } = archived;
        let (id, now) = (session.id, self.state.now.wall);
        if self.state.panes.len() >= MAX_PANES {
            let change = Change::Closed { session: id, at: now };
            let message = format!("{MAX_PANES} panes are open already; close some first");
            return self.commit_and_answer(vec![change], request, ApiResponse::Error(failed(message)), fx);
        }
        session.status = Status::Starting;
        session.pid = None;
        session.exit = None;
        session.last_activity_at = now;
        if let Some(claim) = &mut session.claim {
            claim.since = now;
        }
        let pane = self.place_pane(&OpenSpec::default(), fx);
        let options = self.terminal_options();
        let mut entry = stored_pane(pane, id, screen.as_deref(), Some(&history), options);
        entry.phase = Phase::Starting { note: "coming back".to_owned() };
        self.state.panes.insert(pane, entry);
        self.state.sessions.insert(id, session);
        let token = self.entropy.token();
        let launch = Launch { cause: Cause::Reopen, token, request: Some(request), ..Launch::restored(env) };
        self.launches.insert(id, launch);
        self.feed(id, "opened", "again");
        self.relayout(fx);
        self.save_layout(fx);
        self.begin_launch(pane, fx);
        self.came_back(request, id, fx);
    }

    /// Forgets an open session, if its process has ended.
    pub(super) fn forget(&mut self, request: RequestId, session: SessionId, fx: &mut Effects) -> Result<(), ApiError> {
        let Some(pane) = self.state.pane_of(session).filter(|pane| !is_in_use(&pane.phase)).map(|pane| pane.id) else {
            let label = self.state.sessions.get(&session).map(|session| session.label().to_owned());
            let label = label.unwrap_or_default();
            return Err(failed(format!("session {label:?} is open; close it first (`homing close`)")));
        };
        self.remove_pane(pane, fx);
        let changes = vec![Change::Forgotten { session }, self.layout_change()];
        self.commit_and_answer(changes, request, ApiResponse::Done, fx);
        Ok(())
    }
}

/// Whether a pane has a process, or is about to have one.
fn is_in_use(phase: &Phase) -> bool {
    match phase {
        Phase::Waiting { .. } | Phase::Starting { .. } | Phase::Live => true,
        Phase::Held { .. } | Phase::Ended(_) | Phase::Failed { .. } => false,
    }
}

/// No closed session answers to the address, or more than one does.
fn not_one(address: &str, found: &[StoredSession]) -> ApiError {
    if found.is_empty() {
        return no_session(address);
    }
    let ids: Vec<String> = found.iter().map(|stored| stored.session.id.to_string()).collect();
    usage(format!("{} closed sessions answer to {address:?}; use a longer id: {}", ids.len(), ids.join(", ")))
}
