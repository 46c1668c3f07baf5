//! Reading an agent's status off the foot of its screen, by its row's `screen_status`: only where the agent does not report by
//! itself in this launch (no hook, registry or in-band state was heard), as on screens that ask for trust or a login.
//!
//! A pane's screen is read at most 17 times a second, and only after it printed. What ends a question or a turn must be seen
//! twice in a row: between two of its screens an agent may show neither.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::core::Core;
use crate::core::effect::{Effect, Effects};
use crate::core::session::Status;
use crate::core::timer::Timer;
use crate::core::voice::Voice;
use crate::id::SessionId;
use crate::provider::status;

/// How long after a process printed its screen is read. Chosen: two looks, and a question to the files of the agent, are within the 300 ms that a change may take.
const LAG: Duration = Duration::from_millis(60);

/// What is said of a status that was read.
const FOOT: &str = "the foot of its screen";

/// How a session's screen was read.
#[derive(Clone, Copy, Debug, Default)]
struct Glance {
    /// Whether the next look is due.
    is_due: bool,
    /// What the last look showed.
    last: Option<Status>,
    /// Whether the screen was seen to show a question, and not seen without it twice since.
    is_question: bool,
}

/// The looks at all screens.
#[derive(Debug, Default)]
pub struct Glances {
    sessions: BTreeMap<SessionId, Glance>,
}

impl Glances {
    /// A new process, or none: what its screen showed is over.
    pub(super) fn forget(&mut self, session: SessionId) {
        self.sessions.remove(&session);
    }

    /// Whether the session's screen shows a question, by the provider's rules.
    pub(super) fn shows_question(&self, session: SessionId) -> bool {
        self.sessions.get(&session).is_some_and(|glance| glance.is_question)
    }
}

impl Core {
    /// A session's process printed: its screen is read in a moment, if it is worth reading.
    pub(super) fn glance_soon(&mut self, session: SessionId, fx: &mut Effects) {
        let is_due = self.glances.sessions.get(&session).is_some_and(|glance| glance.is_due);
        let is_read = !self.will_report(session)
            && !self.voices.is_reported(session)
            && self.provider_of(session).is_some_and(|provider| !provider.screen_status.is_empty());
        if is_due || !(is_read || self.awaits_prompt(session)) {
            return;
        }
        self.glances.sessions.entry(session).or_default().is_due = true;
        fx.push(Effect::SetTimer { timer: Timer::Glance(session), at: self.state.now.instant + LAG });
    }

    /// Whether its agent serves events, so that its screen tells nothing better.
    fn will_report(&self, session: SessionId) -> bool {
        self.launches.get(&session).is_some_and(|launch| launch.serves_events)
    }

    /// What the foot of the session's screen says now, by the provider's rules.
    pub(super) fn screen_says(&self, session: SessionId) -> Option<Status> {
        let (provider, pane) = (self.provider_of(session)?, self.state.pane_of(session)?);
        if provider.screen_status.is_empty() {
            return None;
        }
        status::of_screen(provider, &pane.terminal.screen_text())
    }

    pub(super) fn glance_due(&mut self, session: SessionId, fx: &mut Effects) {
        self.look_for_prompt(session, fx);
        let shown = self.screen_says(session).filter(|_| !self.will_report(session));
        let Some(glance) = self.glances.sessions.get_mut(&session) else { return };
        glance.is_due = false;
        let was_seen = std::mem::replace(&mut glance.last, shown) == shown;
        let was_question = glance.is_question;
        glance.is_question = shown == Some(Status::Blocked) || (was_question && !was_seen);
        if self.voices.is_reported(session) || self.will_report(session) {
            return;
        }
        let current = self.state.sessions.get(&session).map(|record| record.status);
        match shown {
            // A turn that was only presumed is confirmed.
            Some(status @ (Status::Blocked | Status::Busy))
                if current != Some(status) || self.presumptions.is_open(session) =>
            {
                self.told(session, Voice::Screen, status, FOOT, fx);
            }
            Some(Status::Blocked | Status::Busy) => {}
            // Nothing is shown of a turn, or of the question that was there.
            Some(_) | None if !was_seen => self.glance_again(session, fx),
            Some(_) if current != Some(Status::Ready) => self.rests(session, Voice::Screen, FOOT, fx),
            None if was_question && current == Some(Status::Blocked) => {
                self.told(session, Voice::Screen, Status::Ready, "its question is gone", fx);
            }
            Some(_) | None => {}
        }
    }

    fn glance_again(&mut self, session: SessionId, fx: &mut Effects) {
        self.glances.sessions.entry(session).or_default().is_due = true;
        fx.push(Effect::SetTimer { timer: Timer::Glance(session), at: self.state.now.instant + LAG });
    }
}
