//! When keys came: some agents take what comes at a machine's pace, or while they are still at work on the last thing, for
//! something else.

use crate::time::Instant;

/// Time between two typed characters below which they come from a machine, and time after such a burst in which agents take
/// Enter for a line break of a paste. Seen in Codex with text and Enter in one write, not at 12 ms a character; the bounds
/// are chosen with room, as keys reach the agent spread otherwise than they come by here.
const BURST_MICROS: u64 = 20_000;
const BURST_ENTER_MICROS: u64 = 200_000;

/// Time after a paste in which Gemini CLI may lose an Enter (seen after 200 ms on a busy machine; not after 700 ms).
const SLOW_PASTE_MICROS: u64 = 700_000;

/// Time after a submit in which OpenCode may lose keys: it changes from its start screen to the conversation (seen after one
/// second on a busy machine; chosen with room).
const SLOW_SUBMIT_MICROS: u64 = 3_000_000;

/// How fast characters come.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pace {
    /// When the last one was typed.
    typed_at: Option<Instant>,
    /// When the last one came that can only be a machine's.
    burst_at: Option<Instant>,
    pub(super) pasted_at: Option<Instant>,
    pub(super) submitted_at: Option<Instant>,
}

impl Pace {
    pub(super) fn typed(&mut self, at: Instant) {
        if self.typed_at.is_some_and(|last| at.micros.saturating_sub(last.micros) < BURST_MICROS) {
            self.burst_at = Some(at);
        }
        self.typed_at = Some(at);
    }

    pub(super) fn is_burst(&self, at: Instant) -> bool {
        self.burst_at.is_some_and(|last| at.micros.saturating_sub(last.micros) < BURST_ENTER_MICROS)
    }

    pub(super) fn is_just_submitted(&self, at: Instant) -> bool {
        self.submitted_at.is_some_and(|last| at.micros.saturating_sub(last.micros) < SLOW_SUBMIT_MICROS)
    }

    pub(super) fn is_just_pasted(&self, at: Instant) -> bool {
        self.pasted_at.is_some_and(|last| at.micros.saturating_sub(last.micros) < SLOW_PASTE_MICROS)
    }
}
