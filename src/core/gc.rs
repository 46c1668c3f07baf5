//! Clean-up by age (`homing gc`): which sessions are idle or ended for too long, and ending or forgetting them.
//!
//! Nothing is ever cleaned up that nobody asked for. What is idle is closed, and can be reopened; what had ended is forgotten.

use std::time::Duration;

use crate::core::Core;
use crate::core::api::rfc3339;
use crate::core::change::Change;
use crate::core::effect::{Effect, Effects, RequestId};
use crate::core::ledger::StoredSession;
use crate::core::pane::{Pane, Phase};
use crate::core::session::{EndReason, Session, Status};
use crate::id::{PaneId, SessionId};
use crate::protocol::api::{ApiResponse, GcReport, GcRequest, GcRow};
use crate::time::Wall;

/// From which age on sessions are cleaned up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ages {
    /// Idle sessions; `None` leaves them alone.
    pub idle: Option<Duration>,
    /// Ended sessions; `None` leaves them alone.
    pub ended: Option<Duration>,
    /// Whether something is done.
    pub mode: Sweep,
}

/// Whether something is done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sweep {
    /// Yes.
    Do,
    /// It is only said what would be done.
    DryRun,
}

impl From<GcRequest> for Ages {
    fn from(request: GcRequest) -> Self {
        Self {
            idle: request.idle_ms.map(Duration::from_millis),
            ended: request.ended_ms.map(Duration::from_millis),
            mode: if request.dry_run { Sweep::DryRun } else { Sweep::Do },
        }
    }
}

/// Since when a session with a pane is idle, which was heard of at `heard`; `None` if it is not. An agent at work is not idle,
/// nor is one that waits for an answer: what it was asked to do is not done.
fn idle_since(session: &Session, pane: &Pane, heard: Wall) -> Option<Wall> {
    match (&pane.phase, session.status) {
        (Phase::Live, Status::Ready | Status::Error) => Some(heard),
        (Phase::Live, Status::Starting | Status::Busy | Status::Blocked | Status::Terminated)
        | (
            Phase::Waiting { .. }
            | Phase::Held { .. }
            | Phase::Starting { .. }
            | Phase::Ended(_)
            | Phase::Failed { .. },
            _,
        ) => None,
    }
}

/// Since when a session with a pane has ended; `None` if it has not, or will come back by itself.
fn ended_since(session: &Session, pane: &Pane) -> Option<Wall> {
    let has_no_process = match &pane.phase {
        Phase::Held { .. } | Phase::Ended(_) | Phase::Failed { .. } => true,
        Phase::Waiting { .. } | Phase::Starting { .. } | Phase::Live => false,
    };
    let exit = session.exit.filter(|_| has_no_process)?;
    match exit.reason {
        EndReason::Exited | EndReason::Crashed | EndReason::Killed | EndReason::Closed => Some(exit.at),
        EndReason::Shutdown => None,
    }
}

/// Since when a session without a pane has ended.
fn closed_since(stored: &StoredSession) -> Wall {
    stored.closed_at.unwrap_or(stored.session.last_activity_at)
}

/// Whether something is old enough.
fn is_due(since: Wall, age: Option<Duration>, now: Wall) -> bool {
    age.is_some_and(|age| now.since(since) >= age)
}

fn row(session: &Session, pane: Option<PaneId>, since: Wall, now: Wall) -> GcRow {
    GcRow {
        id: session.id.to_string(),
        name: session.name.clone(),
        label: session.label().to_owned(),
        provider: session.provider.to_string(),
        pane: pane.map(PaneId::get),
        since: rfc3339(since),
        age_ms: u64::try_from(now.since(since).as_millis()).unwrap_or(u64::MAX),
    }
}

/// What is to be done.
#[derive(Debug, Default)]
struct Plan {
    /// Panes whose sessions are closed.
    close: Vec<PaneId>,
    /// Panes that go with the sessions that are forgotten.
    remove: Vec<PaneId>,
    /// Sessions that are forgotten.
    forget: Vec<SessionId>,
    report: GcReport,
}

impl Core {
    /// When a session was last active. Agents say what they do, and many redraw something all the time; of a shell nothing is
    /// known but that something in it prints.
    fn heard_at(&self, session: &Session, pane: &Pane) -> Wall {
        match self.providers.get(&session.provider).filter(|provider| !provider.is_agent) {
            Some(_) => session.last_activity_at.max(pane.printed_at),
            None => session.last_activity_at,
        }
    }

    fn plan_gc(&self, ages: Ages, closed: &[StoredSession]) -> Plan {
        let now = self.state.now.wall;
        let mut plan = Plan::default();
        for pane in self.state.workspace.panes().filter_map(|pane| self.state.panes.get(&pane)) {
            let Some(session) = self.state.sessions.get(&pane.session) else { continue };
            let heard = self.heard_at(session, pane);
            if let Some(since) = idle_since(session, pane, heard).filter(|since| is_due(*since, ages.idle, now)) {
                plan.close.push(pane.id);
                plan.report.ended.push(row(session, Some(pane.id), since, now));
            } else if let Some(since) = ended_since(session, pane).filter(|since| is_due(*since, ages.ended, now)) {
                plan.remove.push(pane.id);
                plan.forget.push(session.id);
                plan.report.forgotten.push(row(session, Some(pane.id), since, now));
            }
        }
        let is_open = |stored: &&StoredSession| self.state.sessions.contains_key(&stored.session.id);
        for stored in closed.iter().filter(|stored| !is_open(stored)) {
            let since = closed_since(stored);
            if is_due(since, ages.ended, now) {
                plan.forget.push(stored.session.id);
                plan.report.forgotten.push(row(&stored.session, None, since, now));
            }
        }
        plan
    }

    /// Cleans up and answers with what was done, once the store has it.
    pub(super) fn sweep(&mut self, request: RequestId, ages: Ages, closed: &[StoredSession], fx: &mut Effects) {
        let Plan { close, remove, forget, mut report } = self.plan_gc(ages, closed);
        if ages.mode == Sweep::DryRun {
            report.dry_run = true;
            fx.push(Effect::Respond { request, response: Box::new(ApiResponse::Gc(Box::new(report))) });
            return;
        }
        for pane in close {
            self.close_pane(pane, fx);
        }
        for pane in remove {
            self.remove_pane(pane, fx);
        }
        let mut changes: Vec<Change> = forget.into_iter().map(|session| Change::Forgotten { session }).collect();
        changes.push(self.layout_change());
        self.commit_and_answer(changes, request, ApiResponse::Gc(Box::new(report)), fx);
    }
}
