//! Sessions that have no pane any more: found in the store, brought back, forgotten, cleaned up by age.

use std::time::Duration;

use crate::core::Core;
use crate::core::api::{no_session, usage};
use crate::core::effect::{Change, Durability, Effect, Effects, RequestId};
use crate::core::open::{OpenSpec, failed};
use crate::core::pane::{Pane, Phase};
use crate::core::persist::Pending;
use crate::core::resume::Cause;
use crate::core::session::{Session, Status};
use crate::id::{PaneId, SESSION_PREFIX, SessionId};
use crate::protocol::api::{ApiError, ApiResponse, Cleaned, CleanedRow, SessionRow};

/// Why the store's sessions are asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Wanted {
    /// All of them, to be listed.
    List,
    /// The one of this address, to be opened again.
    Reopen(String),
    /// The one of this address, to be forgotten.
    Forget(String),
    /// Those that are old.
    Old {
        /// Open sessions that were idle for so long are ended.
        idle: Option<Duration>,
        /// Ended sessions of this age are forgotten.
        ended: Option<Duration>,
        /// Nothing is done; it is only told.
        is_dry: bool,
    },
}

impl Core {
    /// The store's sessions have come: `open` has a row for each that has a pane, `ended` are the others.
    pub(super) fn stored_sessions(
        &mut self,
        request: RequestId,
        wanted: Wanted,
        mut open: Vec<SessionRow>,
        ended: &[Session],
        fx: &mut Effects,
    ) {
        let answer = match wanted {
            Wanted::List => {
                open.extend(ended.iter().map(|session| self.row_of(session)));
                Ok(Some(ApiResponse::Sessions(open)))
            }
            Wanted::Reopen(address) => find(&address, ended)
                .and_then(|session| self.reopen_closed(session.clone(), request, fx).map(|()| None)),
            Wanted::Forget(address) => find(&address, ended).map(|session| {
                self.forget(session.id, fx);
                Some(ApiResponse::Done)
            }),
            Wanted::Old { idle, ended: age, is_dry } => Ok(Some(self.clean(ended, idle, age, is_dry, fx))),
        };
        let response = match answer {
            Ok(Some(response)) => response,
            // Answered once its process runs.
            Ok(None) => return,
            Err(error) => ApiResponse::Error(error),
        };
        fx.push(Effect::Respond { request, response: Box::new(response) });
    }

    /// A closed session comes back in a pane of its own, on its conversation. The store says whether that is still free.
    fn reopen_closed(&mut self, session: Session, request: RequestId, fx: &mut Effects) -> Result<(), ApiError> {
        if self.providers.get(&session.provider).is_none() {
            return Err(failed(format!("the provider {} is not known any more", session.provider)));
        }
        let (id, at) = (session.id, self.state.now.wall);
        let pane = self.place_pane(&OpenSpec::default(), fx);
        let options = self.terminal_options();
        let phase = Phase::Waiting { note: String::new() };
        self.state.panes.insert(pane, Pane::new(pane, id, phase, options));
        self.await_launch(pane, id, Cause::Reopen, fx);
        if let Some(launch) = self.launches.get_mut(&id) {
            launch.request = Some(request);
        }
        self.state.sessions.insert(id, Session { status: Status::Starting, exit: None, pid: None, ..session });
        self.feed(id, "opened", "again");
        self.relayout(fx);
        let changes = vec![Change::Reopened { session: id, at }, self.layout_change()];
        self.commit(changes, Durability::Full, Pending::Reopen(pane), fx);
        Ok(())
    }

    /// The store refused: the session stays closed, as it was.
    pub(super) fn reopen_refused(&mut self, pane: PaneId, message: String, fx: &mut Effects) {
        let session = self.state.panes.get(&pane).map(|pane| pane.session);
        let request = session.and_then(|session| self.launches.get_mut(&session)?.request.take());
        self.remove_pane(pane, fx);
        if let Some(request) = request {
            fx.push(Effect::Respond { request, response: Box::new(ApiResponse::Error(failed(message))) });
        }
    }

    fn forget(&mut self, session: SessionId, fx: &mut Effects) {
        self.commit(vec![Change::Forgotten { session }], Durability::Full, Pending::Nothing, fx);
    }

    /// Ends what was idle, forgets what is old; says what it did, or would do.
    fn clean(
        &mut self,
        ended: &[Session],
        idle: Option<Duration>,
        age: Option<Duration>,
        is_dry: bool,
        fx: &mut Effects,
    ) -> ApiResponse {
        let now = self.state.now.wall;
        let row = |session: &Session, what: &str| CleanedRow {
            session: session.id.to_string(),
            label: session.label().to_owned(),
            what: what.to_owned(),
        };
        let at_rest = |session: &&Session| matches!(session.status, Status::Ready | Status::Error);
        let is_idle = |session: &&Session| idle.is_some_and(|idle| now.since(session.last_activity_at) >= idle);
        let to_end: Vec<Session> = self.state.sessions.values().filter(at_rest).filter(is_idle).cloned().collect();
        let ended_at = |session: &Session| session.exit.map_or(session.last_activity_at, |exit| exit.at);
        let is_old = |session: &&Session| age.is_some_and(|age| now.since(ended_at(session)) >= age);
        let to_forget: Vec<&Session> = ended.iter().filter(is_old).collect();
        let mut rows: Vec<CleanedRow> = to_end.iter().map(|session| row(session, "ended")).collect();
        rows.extend(to_forget.iter().map(|session| row(session, "forgotten")));
        if !is_dry {
            for session in &to_end {
                if let Some(pane) = self.state.pane_of(session.id).map(|pane| pane.id) {
                    self.close_pane(pane, fx);
                }
            }
            for session in to_forget {
                self.forget(session.id, fx);
            }
        }
        ApiResponse::Cleaned(Cleaned { is_dry, sessions: rows })
    }
}

/// The ended session that the address names: an id, a unique prefix of one, or a name; of several with a name the newest.
fn find<'s>(address: &str, ended: &'s [Session]) -> Result<&'s Session, ApiError> {
    let named = ended.iter().filter(|session| session.name.as_deref() == Some(address));
    if let Some(newest) = named.max_by_key(|session| session.last_activity_at) {
        return Ok(newest);
    }
    let is_meant = |session: &&Session| {
        let id = session.id.to_string();
        let bare = id.trim_start_matches(SESSION_PREFIX);
        address.len() >= 4 && (id.starts_with(address) || bare.starts_with(address))
    };
    let found: Vec<&Session> = ended.iter().filter(is_meant).collect();
    match found[..] {
        [one] => Ok(one),
        [] => Err(no_session(address)),
        _ => Err(usage(format!("{} sessions answer to {address:?}; use a longer id", found.len()))),
    }
}
