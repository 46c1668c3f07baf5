//! When an agent that was started is there. "Ready" is a promise that it takes a prompt now, and its own word alone does not
//! keep it: OpenCode's stream opens up to 2 s before its screen stands, and what is typed into it then is lost (1.18.33).
//!
//! So, of an agent whose row says what its prompt looks like (`prompt_shown`), both are waited for: the word, from wherever it
//! comes, and the prompt on the screen. After a while one of the two is enough: users restyle prompts and switch titles off.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::core::Core;
use crate::core::effect::{Effect, Effects};
use crate::core::pane::Phase;
use crate::core::session::Status;
use crate::core::timer::Timer;
use crate::core::voice::{Outcome, Voice};
use crate::id::SessionId;
use crate::provider::status;

/// How long the word is waited for once the prompt is shown. Chosen: more than twice what was seen on a busy machine.
const WORD_MAX: Duration = Duration::from_secs(5);

/// How long the prompt is waited for after the word. Chosen: a prompt is typed into it then, and OpenCode took more than 5 s
/// on a machine with ten builds.
const PROMPT_MAX: Duration = Duration::from_secs(15);

/// By when an agent that does neither counts as ready. Gemini CLI 0.61.0 takes half a minute while ten agents start.
pub(super) const NEITHER_MAX: Duration = Duration::from_secs(60);

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

/// The agents that are on their way.
#[derive(Debug, Default)]
pub struct Arrivals {
    sessions: BTreeMap<SessionId, First>,
}

impl Arrivals {
    /// A new process, or none.
    pub(super) fn forget(&mut self, session: SessionId) {
        self.sessions.remove(&session);
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
        if self.shows_prompt(session) {
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
        self.arrivals.forget(session);
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
