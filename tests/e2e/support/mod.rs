//! What the tests of the real binary need: a workspace in a directory of its own, a terminal, and a look at processes.

pub mod process;
pub mod terminal;
pub mod workspace;

use std::time::{Duration, Instant};

/// How long anything may take before a test gives up.
pub const DEADLINE: Duration = Duration::from_secs(20);

/// Pause between two looks at a condition that nothing announces.
const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// Looks until the condition holds; `None` after the time.
pub fn look_for<T>(time: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let until = Instant::now() + time;
    loop {
        if let Some(found) = look() {
            return Some(found);
        }
        if Instant::now() > until {
            return None;
        }
        std::thread::sleep(LOOK_AGAIN);
    }
}
