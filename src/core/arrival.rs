//! When an agent that was started is there. "Ready" is a promise that it takes a prompt now, and its own word alone does not
//! keep it: OpenCode's stream opens up to 2 s before its screen stands, and what is typed into it then is lost (1.18.33).
//!
//! So, of an agent whose row says what its prompt looks like (`prompt_shown`), both are waited for: the word, from wherever it
//! comes, and the prompt on the screen. After a while one of the two is enough: users restyle prompts and switch titles off.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::core::Core;
use crate::core::effect::{AgentSignal, Effect, Effects};
use crate::core::pane::Phase;
use crate::core::resume::Cause;
use crate::core::session::Status;
use crate::core::timer::Timer;
use crate::core::voice::{Outcome, Voice};
use crate::id::{PaneId, SessionId};
use crate::provider::status;

/// How long the word is waited for once the prompt is shown. Chosen: twice what was seen while other programs had the machine.
const WORD_MAX: Duration = Duration::from_secs(10);

/// How long the prompt is waited for after the word. Chosen: a prompt is typed into it then, and OpenCode took more than 5 s
/// on a machine with ten builds.
const PROMPT_MAX: Duration = Duration::from_secs(15);

/// By when an agent that does neither counts as ready. Gemini CLI 0.61.0 takes half a minute while ten agents start.
pub(super) const NEITHER_MAX: Duration = Duration::from_secs(60);

/// How long an agent may print nothing at all. Chosen: twice what OpenCode takes while ten agents start. One of two OpenCodes
/// (1.18.33) that begin in a new home at the same moment prints nothing at times, and answers nobody, for good.
pub(super) const BLANK_MAX: Duration = Duration::from_secs(30);

/// Why a word that an agent is ready does not count yet.
pub(super) const EARLY: &str = "its screen shows no prompt yet";

/// The first of the two, while the second is waited for.
#[derive(Clone, Copy, Debug)]
enum First {
    /// It was said that it is ready, and by whom.
    Said(Voice),
    /// Its screen shows the prompt.
    Shown,
}

/// How far an agent that printed nothing is with being started again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Again {
    /// The one that printed nothing is ending.
    Ending,
    /// It was started again, and is not a third time.
    Started,
}

/// The agents that are on their way.
#[derive(Debug, Default)]
pub struct Arrivals {
    sessions: BTreeMap<SessionId, First>,
    again: BTreeMap<SessionId, Again>,
}

impl Arrivals {
    /// A new process, or none.
    pub(super) fn forget(&mut self, session: SessionId) {
        self.sessions.remove(&session);
    }

    /// The session has no pane any more.
    pub(super) fn leave(&mut self, session: SessionId) {
        self.forget(session);
        self.again.remove(&session);
    }
}

impl Core {
    /// Whether the session's agent is starting, and its prompt is waited for.
    pub(super) fn awaits_prompt(&self, session: SessionId) -> bool {
        self.state.sessions.get(&session).is_some_and(|record| record.status == Status::Starting)
            && self.provider_of(session).is_some_and(|provider| !provider.prompt_shown.is_empty())
    }

    /// Something says that the session's agent is ready: is it there? Always, once it was.
    pub(super) fn is_there(&mut self, session: SessionId, voice: Voice, fx: &mut Effects) -> bool {
        if !self.awaits_prompt(session) {
            return true;
        }
        // Said again, in a flood perhaps: the next look at the screen tells.
        let is_said = matches!(self.arrivals.sessions.get(&session), Some(First::Said(_)));
        if !is_said && self.shows_prompt(session) {
            self.arrivals.forget(session);
            return true;
        }
        self.came_first(session, First::Said(voice), fx);
        false
    }

    /// The screen of an agent that starts was printed on.
    pub(super) fn look_for_prompt(&mut self, session: SessionId, fx: &mut Effects) {
        if !self.awaits_prompt(session) || !self.shows_prompt(session) {
            return;
        }
        match self.arrivals.sessions.get(&session) {
            Some(First::Said(_)) => self.arrived(session, Voice::Screen, "it shows its prompt", fx),
            Some(First::Shown) => {}
            None => self.came_first(session, First::Shown, fx),
        }
    }

    /// The second of the two did not come.
    pub(super) fn arrival_due(&mut self, session: SessionId, fx: &mut Effects) {
        if !self.awaits_prompt(session) {
            return self.arrivals.forget(session);
        }
        match self.arrivals.sessions.get(&session) {
            Some(First::Said(voice)) => self.arrived(session, *voice, "it said that it is ready", fx),
            Some(First::Shown) => self.arrived(session, Voice::Screen, "it shows its prompt", fx),
            None => {}
        }
    }

    /// Whether an agent that has neither said nor shown anything is waited for on. One that has printed nothing at all for too long
    /// is started again, once.
    pub(super) fn awaits_arrival(&mut self, pane: PaneId, session: SessionId, fx: &mut Effects) -> bool {
        let started = self.launches.get(&session).and_then(|launch| launch.started_at);
        let Some(started) = started.filter(|_| self.awaits_prompt(session)) else { return false };
        let may_start_again = self.is_blank(session) && !self.arrivals.again.contains_key(&session);
        let until = started + if may_start_again { BLANK_MAX } else { NEITHER_MAX };
        let is_awaited = self.state.now.instant < until;
        if is_awaited {
            fx.push(Effect::SetTimer { timer: Timer::Undim(pane), at: until });
        } else if may_start_again {
            self.end_blank(session, fx);
        }
        is_awaited || may_start_again
    }

    /// Whether the session's process has printed nothing.
    fn is_blank(&self, session: SessionId) -> bool {
        let launched_at = self.captures.launched_at(session);
        let pane = self.state.pane_of(session);
        pane.zip(launched_at).is_some_and(|(pane, launched_at)| pane.printed_at < launched_at)
    }

    fn end_blank(&mut self, session: SessionId, fx: &mut Effects) {
        let Some(record) = self.state.sessions.get(&session) else { return };
        let Some(pid) = record.pid else { return };
        let what = format!("{} showed nothing for {} s and is started again", record.label(), BLANK_MAX.as_secs());
        tracing::warn!(%session, pid, "{what}");
        self.toast_all(&what, fx);
        self.arrivals.again.insert(session, Again::Ending);
        fx.push(Effect::Signal { pid, signal: AgentSignal::Kill });
    }

    /// The process of a session has ended: starts it again, if it was ended for that. It is given what the first was given.
    pub(super) fn starts_again(&mut self, pane: PaneId, session: SessionId, fx: &mut Effects) -> bool {
        if self.arrivals.again.get(&session) != Some(&Again::Ending) || self.stopping.is_some() {
            return false;
        }
        self.arrivals.again.insert(session, Again::Started);
        let Some(launch) = self.launches.get_mut(&session) else { return false };
        launch.once = std::mem::take(&mut launch.handed);
        // A relaunch holds what has ended by itself, which this has not.
        let cause = if launch.cause == Cause::Relaunch { Cause::Reopen } else { launch.cause };
        self.set_phase(pane, Phase::Held { note: String::new() }, fx);
        self.relaunch(pane, cause, fx);
        true
    }

    fn came_first(&mut self, session: SessionId, first: First, fx: &mut Effects) {
        let is_new = self.arrivals.sessions.insert(session, first).is_none();
        if is_new {
            let patience = match first {
                First::Said(_) => PROMPT_MAX,
                First::Shown => WORD_MAX,
            };
            fx.push(Effect::SetTimer { timer: Timer::Arrival(session), at: self.state.now.instant + patience });
        }
    }

    fn arrived(&mut self, session: SessionId, voice: Voice, what: &str, fx: &mut Effects) {
        self.arrivals.leave(session);
        self.presumptions.spoke(session);
        self.heard(session, voice, what, Some(Status::Ready), Outcome::Counted);
        self.set_status(session, Status::Ready, fx);
        self.mark_seen(session, fx);
    }

    /// Whether the agent's own screen shows its prompt; the last screen of the process before does not count.
    fn shows_prompt(&self, session: SessionId) -> bool {
        let (Some(provider), Some(pane)) = (self.provider_of(session), self.state.pane_of(session)) else {
            return false;
        };
        pane.phase == Phase::Live && status::shows_prompt(provider, &pane.terminal.screen_text())
    }
}
