//! How often the user and the store are told of a session: what floods (a program that changes its status, or notifies, ten thousand
//! times a second) is told a few times, then passed over until it has calmed down. The status itself is always right.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::core::Core;
use crate::core::effect::{Effect, Effects};
use crate::core::timer::Timer;
use crate::id::SessionId;
use crate::time::Instant;

/// Changes of a session's status that are told and stored at once within [`FLICKER_WINDOW`]. Chosen: a person who allows tools as
/// fast as they are asked for makes five a second.
const CHANGES_MAX: u32 = 20;

/// See [`CHANGES_MAX`]. Chosen.
const FLICKER_WINDOW: Duration = Duration::from_secs(2);

/// How much has happened since a window began.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pace {
    since: Instant,
    n: u32,
}

impl Pace {
    /// Counts one more; whether it is among the first `max` of a window.
    pub fn allows(&mut self, now: Instant, max: u32, window: Duration) -> bool {
        if self.n == 0 || now.since(self.since) >= window {
            *self = Self { since: now, n: 0 };
        }
        self.n = self.n.saturating_add(1);
        self.n <= max
    }
}

/// The changes of all sessions' statuses.
#[derive(Debug, Default)]
pub struct Flicker {
    paces: BTreeMap<SessionId, Pace>,
    /// Sessions with a change that was not told.
    untold: BTreeSet<SessionId>,
}

impl Flicker {
    /// Whether the session's last change was not told.
    pub(super) fn is_untold(&self, session: SessionId) -> bool {
        self.untold.contains(&session)
    }

    /// Forgets a session that has no pane any more.
    pub(super) fn forget(&mut self, session: SessionId) {
        self.paces.remove(&session);
        self.untold.remove(&session);
    }
}

impl Core {
    /// Whether a change of the session's status is told; one that is not is told later, unless others have followed.
    pub(super) fn tells_change(&mut self, session: SessionId, fx: &mut Effects) -> bool {
        let now = self.state.now.instant;
        if self.flicker.paces.entry(session).or_default().allows(now, CHANGES_MAX, FLICKER_WINDOW) {
            self.flicker.untold.remove(&session);
            return true;
        }
        if self.flicker.untold.insert(session) {
            tracing::info!(%session, "its status flickers; what it is will be told when that is over");
            fx.push(Effect::SetTimer { timer: Timer::Calm(session), at: now + FLICKER_WINDOW });
        }
        false
    }

    /// The status that a session has after it flickered.
    pub(super) fn calm_due(&mut self, session: SessionId, fx: &mut Effects) {
        let Some(status) = self.state.sessions.get(&session).map(|record| record.status) else { return };
        if self.flicker.untold.contains(&session) && self.tells_change(session, fx) {
            self.save_session_now(session, fx);
            self.feed(session, "status", status.as_str());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_has_its_share_and_the_next_has_another() {
        let mut pace = Pace::default();
        let mut allowed =
            |ms| (0..5).filter(|_| pace.allows(Instant::from_millis(ms), 3, Duration::from_secs(1))).count();
        assert_eq!((allowed(5), allowed(1004), allowed(1005)), (3, 0, 3));
    }
}
