//! Ending: `homing stop`, a signal of the system, or a new server that takes over.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::core::Core;
use crate::core::change::{Change, Durability};
use crate::core::effect::{AgentSignal, Effect, Effects, QuitReason, RequestId};
use crate::core::persist::Pending;
use crate::core::session::{EndReason, Session};
use crate::core::timer::Timer;
use crate::id::{ClientId, SessionId};
use crate::protocol::api::ApiResponse;

/// How long agents have to end by themselves after the hang-up (chosen: they write their transcripts in far less).
const GRACE: Duration = Duration::from_secs(3);

/// How long those have besides whose conversation is in doubt, and who say at their end which one it was. Chosen: OpenCode takes
/// more than 3 s on a machine where ten agents end.
const FAREWELL_GRACE: Duration = Duration::from_secs(7);

/// How long after each look at agents whose user has just pressed Enter it is seen whether they have told which conversation
/// they are on; after the last of them they are hung up as they are. Chosen: the edges answer in some 20 ms, and Codex opens a
/// new thread within 200 ms; on a machine where ten agents work, Gemini CLI writes its first line after more than a second.
const LAST_LOOKS: [Duration; 4] =
    [Duration::from_millis(400), Duration::from_millis(400), Duration::from_millis(700), Duration::from_millis(1000)];

/// An agent that was at work this shortly before a stop is given the first of these pauses, to write down what was said. Chosen:
/// Claude Code 2.1.197, hung up 0.3 s after its first answer on a busy machine, had kept nothing of it.
const WRITES: Duration = Duration::from_millis(600);

/// A session that ended this shortly before the system ended the server was ended by the same shutdown.
const SHUTDOWN_WINDOW: Duration = Duration::from_secs(10);

/// The end under way.
#[derive(Debug)]
pub struct Stopping {
    reason: QuitReason,
    request: Option<RequestId>,
    /// How often it was looked at agents that may be on another conversation.
    n_looks: usize,
    /// Whether nothing but farewells is waited for.
    awaits_farewells: bool,
    /// Sessions whose agents have ended, and whose files are still looked at.
    last_looks: BTreeSet<SessionId>,
}

impl Stopping {
    fn new(reason: QuitReason, request: Option<RequestId>) -> Self {
        Self { reason, request, n_looks: 0, awaits_farewells: false, last_looks: BTreeSet::new() }
    }
}

impl Core {
    /// Ends all agents, then the server. Everything is stored; the next start brings it back.
    pub(super) fn stop(&mut self, request: Option<RequestId>, fx: &mut Effects) {
        if self.stopping.is_some() {
            return;
        }
        self.stopping = Some(Stopping::new(QuitReason::Stop, request));
        self.toast_all("ending the agents…", fx);
        self.hang_up_due(fx);
    }

    /// The agents are hung up once all have told which conversation they are on, or have had their time to.
    pub(super) fn hang_up_due(&mut self, fx: &mut Effects) {
        let Some(stopping) = &mut self.stopping else { return };
        let (is_first, pause) = (stopping.n_looks == 0, LAST_LOOKS.get(stopping.n_looks).copied());
        stopping.n_looks += 1;
        let unsettled = self.unsettled();
        let is_awaited = !unsettled.is_empty() || (is_first && self.has_just_worked());
        let Some(pause) = pause.filter(|_| is_awaited) else { return self.hang_up(fx) };
        for session in unsettled {
            self.look(session, fx);
        }
        fx.push(Effect::SetTimer { timer: Timer::HangUp, at: self.state.now.instant + pause });
    }

    /// Whether an agent took in or said something a moment ago.
    fn has_just_worked(&self) -> bool {
        let now = self.state.now.wall;
        let is_fresh = |session: &Session| {
            let is_agent =
                self.providers.get(session.conversation_provider()).is_some_and(|provider| provider.is_agent);
            let is_spoken = session.claim.as_ref().is_some_and(|claim| claim.spoken);
            session.pid.is_some() && is_agent && is_spoken && now.since(session.last_activity_at) < WRITES
        };
        self.state.sessions.values().any(is_fresh)
    }

    /// The agents get their hang-up; what is still not known of them is a doubt.
    fn hang_up(&mut self, fx: &mut Effects) {
        self.doubt_unsettled(fx);
        self.store_everything(fx);
        for pid in self.state.sessions.values().filter_map(|session| session.pid) {
            fx.push(Effect::Signal { pid, signal: AgentSignal::HangUp });
        }
        fx.push(Effect::SetTimer { timer: Timer::KillStragglers, at: self.state.now.instant + GRACE });
        self.stop_progress(fx);
    }

    /// The system ends the server. The agents get their hang-up from it or from the terminals that close.
    pub(super) fn terminate(&mut self, fx: &mut Effects) {
        if self.stopping.is_some() {
            return;
        }
        let now = self.state.now.wall;
        for session in self.state.sessions.values_mut() {
            if let Some(exit) = session.exit.as_mut().filter(|exit| now.since(exit.at) < SHUTDOWN_WINDOW) {
                exit.reason = EndReason::Shutdown;
                // Its end is stored already, and the first one counts: the record takes its place.
                self.persist.late.push(Change::Session(Box::new(session.clone())));
            }
        }
        self.stopping = Some(Stopping::new(QuitReason::Terminate, None));
        for session in self.unsettled() {
            self.look(session, fx);
        }
        self.hang_up(fx);
    }

    /// A new server takes over; the agents do not notice.
    pub(super) fn restart_server(&mut self, exe: Option<String>, fx: &mut Effects) {
        self.store_everything(fx);
        fx.push(Effect::Quit(QuitReason::Restart { exe }));
    }

    fn store_everything(&mut self, fx: &mut Effects) {
        let mut changes = self.all_unsaved();
        changes.push(self.layout_change());
        self.commit(changes, Durability::Full, Pending::Nothing, fx);
    }

    /// The files of an agent that has ended are looked at.
    pub(super) fn await_last_look(&mut self, session: SessionId) {
        if let Some(stopping) = &mut self.stopping {
            stopping.last_looks.insert(session);
        }
    }

    /// The look has been answered.
    pub(super) fn last_look_answered(&mut self, session: SessionId, fx: &mut Effects) {
        let was_awaited = self.stopping.as_mut().is_some_and(|stopping| stopping.last_looks.remove(&session));
        if was_awaited {
            self.stop_progress(fx);
        }
    }

    /// Quits once the last agent has ended, and the store has what its farewell and its files said.
    pub(super) fn stop_progress(&mut self, fx: &mut Effects) {
        let have_ended = self.state.sessions.values().all(|session| session.pid.is_none());
        let is_done = self.stopping.as_ref().is_some_and(|stopping| stopping.last_looks.is_empty());
        if is_done && have_ended && !self.persist.is_claiming() {
            self.quit(fx);
        }
    }

    /// Agents that outlive their grace are killed: a stop that hangs would be worse. Whoever will say which conversation it
    /// was on has a little more, where that is in doubt.
    pub(super) fn kill_stragglers(&mut self, fx: &mut Effects) {
        let Some(stopping) = &mut self.stopping else { return };
        let was_extended = std::mem::replace(&mut stopping.awaits_farewells, true);
        let is_awaited = |session: &Session| {
            let provider = self.providers.get(session.conversation_provider());
            !was_extended && session.doubt.is_some() && provider.is_some_and(|provider| !provider.farewell.is_empty())
        };
        let running = self.state.sessions.values().filter_map(|session| Some((session.pid?, is_awaited(session))));
        let (awaited, late): (Vec<_>, Vec<_>) = running.partition(|(_, is_awaited)| *is_awaited);
        for (pid, _) in late {
            fx.push(Effect::Signal { pid, signal: AgentSignal::Kill });
        }
        if awaited.is_empty() {
            return self.quit(fx);
        }
        fx.push(Effect::SetTimer { timer: Timer::KillStragglers, at: self.state.now.instant + FAREWELL_GRACE });
    }

    fn quit(&mut self, fx: &mut Effects) {
        let Some(stopping) = self.stopping.take() else { return };
        self.store_everything(fx);
        let n = self.state.sessions.len();
        let plural = if n == 1 { "" } else { "s" };
        let command = self.state.workspace.command();
        let words = format!("[stopped: {n} session{plural} stored; `{command}` brings them back]");
        let clients: Vec<ClientId> = self.state.clients.keys().copied().collect();
        for client in clients {
            fx.push(Effect::Release { client, reason: words.clone() });
        }
        if let Some(request) = stopping.request {
            fx.push(Effect::Respond { request, response: Box::new(ApiResponse::Done) });
        }
        fx.push(Effect::Quit(stopping.reason));
    }
}
