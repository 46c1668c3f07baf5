//! The core's timers: at most one of each, ringing in order. Nothing ticks while none is set.

use std::collections::{BTreeMap, BTreeSet};

use crate::core::timer::Timer;
use crate::time::Instant;

/// The timers that are set.
#[derive(Debug, Default)]
pub struct Timers {
    by_moment: BTreeSet<(Instant, Timer)>,
    moments: BTreeMap<Timer, Instant>,
}

impl Timers {
    /// Sets a timer; one that is set moves.
    pub fn set(&mut self, timer: Timer, at: Instant) {
        if let Some(before) = self.moments.insert(timer, at) {
            self.by_moment.remove(&(before, timer));
        }
        self.by_moment.insert((at, timer));
    }

    /// When the next one rings.
    pub fn next_moment(&self) -> Option<Instant> {
        self.by_moment.first().map(|(at, _)| *at)
    }

    /// Takes one that is due.
    pub fn take_due(&mut self, now: Instant) -> Option<Timer> {
        let (at, timer) = self.by_moment.first().copied().filter(|(at, _)| *at <= now)?;
        self.by_moment.remove(&(at, timer));
        self.moments.remove(&timer);
        Some(timer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::PaneId;

    #[test]
    fn a_timer_that_is_set_again_rings_once_at_its_new_moment() {
        let mut timers = Timers::default();
        timers.set(Timer::Save, Instant::from_millis(10));
        timers.set(Timer::Save, Instant::from_millis(30));
        timers.set(Timer::KillStragglers, Instant::from_millis(20));
        assert_eq!(timers.take_due(Instant::from_millis(15)), None);
        assert_eq!(timers.take_due(Instant::from_millis(40)), Some(Timer::KillStragglers));
        assert_eq!(timers.take_due(Instant::from_millis(40)), Some(Timer::Save));
        assert_eq!(timers.next_moment(), None);
    }

    #[test]
    fn timers_of_different_panes_are_different_timers() {
        let mut timers = Timers::default();
        let pane = |n| PaneId::new(n).expect("not zero");
        timers.set(Timer::Undim(pane(1)), Instant::from_millis(1));
        timers.set(Timer::Undim(pane(2)), Instant::from_millis(1));
        assert!(timers.take_due(Instant::from_millis(1)).is_some());
        assert!(timers.take_due(Instant::from_millis(1)).is_some());
    }
}
