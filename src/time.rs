//! The two clocks, as plain numbers: a monotonic one for delays and a wall clock for records.
//!
//! Owns no clock; the edges read them and hand `Now` in. Imports nothing of homing.

use std::ops::{Add, Sub};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A moment of the monotonic clock: microseconds since the server started.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
pub struct Instant {
    /// Microseconds since the server started.
    pub micros: u64,
}

impl Instant {
    /// A moment that many milliseconds after the start.
    pub const fn from_millis(ms: u64) -> Self {
        Self { micros: ms * 1000 }
    }

    /// Time since `earlier`; zero if that lies in the future.
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.micros.saturating_sub(earlier.micros))
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    fn add(self, rhs: Duration) -> Self {
        Self { micros: self.micros.saturating_add(u64::try_from(rhs.as_micros()).unwrap_or(u64::MAX)) }
    }
}

impl Sub<Duration> for Instant {
    type Output = Self;

    fn sub(self, rhs: Duration) -> Self {
        Self { micros: self.micros.saturating_sub(u64::try_from(rhs.as_micros()).unwrap_or(u64::MAX)) }
    }
}

/// A moment of the wall clock: milliseconds since the Unix epoch, UTC.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Wall {
    /// Milliseconds since the Unix epoch.
    pub unix_ms: i64,
}

impl Wall {
    /// Time since `earlier`; zero if that lies in the future (clocks are set back).
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.unix_ms.saturating_sub(earlier.unix_ms)).unwrap_or(0))
    }
}

/// Both clocks, read at one moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Now {
    /// For delays and time-outs.
    pub instant: Instant,
    /// For what is stored and shown.
    pub wall: Wall,
}

/// An age in at most three cells and a unit: `8s`, `2m`, `3h`, `5d`, `7w`.
pub fn short_age(age: Duration) -> String {
    let s = age.as_secs();
    match s {
        0..60 => format!("{s}s"),
        60..3600 => format!("{}m", s / 60),
        3600..86_400 => format!("{}h", s / 3600),
        86_400..1_209_600 => format!("{}d", s / 86_400),
        _ => format!("{}w", (s / 604_800).min(999)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_take_the_largest_unit_that_fits() {
        let cases = [(0, "0s"), (59, "59s"), (60, "1m"), (7199, "1h"), (90_000, "1d"), (1_209_600, "2w")];
        for (s, text) in cases {
            assert_eq!(short_age(Duration::from_secs(s)), text);
        }
    }

    #[test]
    fn time_never_runs_backwards() {
        assert_eq!(Instant::from_millis(1).since(Instant::from_millis(2)), Duration::ZERO);
    }
}
