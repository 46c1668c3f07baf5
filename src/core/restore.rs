//! Bringing panes back: staged, the focused one first, with a report of what happened to each.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use crate::core::Core;
use crate::core::effect::Effects;
use crate::core::pane::{Pane, Phase};
use crate::core::resume::{Cause, Decision};
use crate::core::session::EndReason;
use crate::id::{ClientId, PaneId, SessionId};
use crate::protocol::api::{RestoreReport, RestoreRow};

/// How long the summary of a restore is shown.
const SUMMARY: Duration = Duration::from_secs(6);

/// The panes that come back, and how far they are.
#[derive(Debug, Default)]
pub struct Restore {
    queue: VecDeque<PaneId>,
    running: BTreeSet<PaneId>,
    rows: BTreeMap<PaneId, RestoreRow>,
    is_under_way: bool,
    /// How many panes come back this time.
    n_all: usize,
    /// What came of it, until a client was told.
    untold: Option<String>,
}

impl Core {
    /// Queues all waiting panes, the focused one of the active tab first, and starts as many as may start at once.
    pub(super) fn begin_restore(&mut self, fx: &mut Effects) {
        let active = self.state.workspace.tab(self.state.workspace.active).map(|tab| tab.focus);
        let waiting = |id: &PaneId| self.state.panes.get(id).is_some_and(|p| matches!(p.phase, Phase::Waiting { .. }));
        let mut order: Vec<PaneId> = self.state.workspace.panes().filter(waiting).collect();
        order.sort_by_key(|pane| Some(*pane) != active);
        self.restore.is_under_way = !order.is_empty();
        self.restore.n_all = order.len();
        self.restore.queue = order.into();
        self.start_restored(fx);
    }

    /// Queues the panes whose processes were ended by a signal while the workspace ran on: nobody wished that.
    pub(super) fn restore_killed(&mut self, fx: &mut Effects) {
        let is_killed = |pane: &&Pane| match pane.phase {
            Phase::Ended(exit) => matches!(exit.reason, EndReason::Killed | EndReason::Crashed | EndReason::Shutdown),
            _ => false,
        };
        let killed: Vec<(PaneId, SessionId)> =
            self.state.panes.values().filter(is_killed).map(|pane| (pane.id, pane.session)).collect();
        for (pane, session) in killed {
            self.await_launch(pane, session, Cause::Relaunch, fx);
            self.restore.rows.remove(&pane);
            self.restore.queue.push_back(pane);
            self.restore.n_all = if self.restore.is_under_way { self.restore.n_all + 1 } else { 1 };
            self.restore.is_under_way = true;
        }
        self.start_restored(fx);
    }

    /// Lets what has not begun to come back wait for the user; how many that are.
    pub(super) fn hold_rest(&mut self, fx: &mut Effects) -> usize {
        let rest: Vec<PaneId> = self.restore.queue.drain(..).collect();
        for pane in &rest {
            self.note_outcome(*pane, "held", "the restore was cancelled".to_owned());
            self.hold(*pane, "not started: the restore was cancelled".to_owned(), fx);
        }
        self.start_restored(fx);
        rest.len()
    }

    /// Shows how far it is.
    fn count_restored(&mut self, fx: &mut Effects) {
        let left = self.restore.queue.len() + self.restore.running.len();
        let restoring = (left > 0).then_some((left, self.restore.n_all.max(left)));
        if self.state.restoring != restoring {
            self.state.restoring = restoring;
            fx.redraw_all();
        }
    }

    fn start_restored(&mut self, fx: &mut Effects) {
        while self.restore.running.len() < self.state.config.restore_at_once.max(1) {
            let Some(pane) = self.restore.queue.pop_front() else { break };
            self.restore.running.insert(pane);
            self.begin_launch(pane, fx);
        }
        self.count_restored(fx);
        if self.restore.is_under_way && self.restore.running.is_empty() && self.restore.queue.is_empty() {
            self.restore.is_under_way = false;
            let summary = self.restore_summary();
            self.toast_for(&summary, SUMMARY, fx);
            self.restore.untold = self.state.clients.is_empty().then_some(summary);
        }
    }

    /// Tells a client that attached after the last pane had come back.
    pub(super) fn tell_restored(&mut self, client: ClientId, fx: &mut Effects) {
        if let Some(summary) = self.restore.untold.take() {
            self.toast(client, &summary, fx);
        }
    }

    /// A restored pane is live, held, failed or gone: the next may start.
    pub(super) fn start_next_restored(&mut self, pane: PaneId, fx: &mut Effects) {
        let was_queued = self.restore.queue.iter().position(|id| *id == pane).map(|at| self.restore.queue.remove(at));
        if self.restore.running.remove(&pane) || was_queued.is_some() {
            self.start_restored(fx);
        }
    }

    pub(super) fn note_decision(&mut self, pane: PaneId, decision: &Decision, _fx: &mut Effects) {
        if !self.restore.running.contains(&pane) {
            return;
        }
        let (outcome, why) = match decision {
            Decision::Resume { why, .. } => ("resumed", why),
            Decision::Fresh { why, .. } => ("fresh", why),
            Decision::Hold { why } => ("held", why),
            Decision::Ask { why } => ("asked", why),
            Decision::Fail { message } => ("failed", message),
        };
        self.note_outcome(pane, outcome, why.clone());
    }

    pub(super) fn note_outcome(&mut self, pane: PaneId, outcome: &str, why: String) {
        let Some(session) = self.state.session_of(pane) else { return };
        let row = RestoreRow {
            pane: pane.get(),
            session: session.id.to_string(),
            label: session.label().to_owned(),
            outcome: outcome.to_owned(),
            why,
        };
        self.restore.rows.insert(pane, row);
    }

    /// What happened to each pane at the start of the server.
    pub fn restore_report(&self) -> RestoreReport {
        RestoreReport { is_complete: !self.restore.is_under_way, panes: self.restore.rows.values().cloned().collect() }
    }

    fn restore_summary(&self) -> String {
        let rows = &self.restore.rows;
        let count = |outcome: &str| rows.values().filter(|row| row.outcome == outcome).count();
        let mut parts = Vec::new();
        for (outcome, words) in [
            ("resumed", "resumed exactly"),
            ("fresh", "fresh"),
            ("asked", "asking which conversation"),
            ("held", "waiting for you"),
            ("failed", "could not be started"),
        ] {
            let n = count(outcome);
            if n > 0 {
                parts.push(format!("{n} {words}"));
            }
        }
        let plural = if rows.len() == 1 { "" } else { "s" };
        format!("{} session{plural}: {}", rows.len(), parts.join(", "))
    }
}
