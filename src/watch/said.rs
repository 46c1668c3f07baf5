//! Whether a file of JSON lines, to which an agent appends, holds what the user submitted just now.

use std::io;
use std::path::Path;

use serde_json::Value;

use crate::core::probe::Submitted;
use crate::time::Wall;
use crate::watch::jsonl;

/// How much of a file's end is searched for what was said just now. Chosen: some seconds of the fastest model, and a picture.
const RECENT_BYTES: u64 = 16 << 20;

/// A message is stored no earlier than its Enter; this much is left for clocks that are read in coarse steps. Chosen.
const EARLY_MS: i64 = 250;

/// A message counts as the submitted one if it was stored so long after its Enter. Chosen: evidence is looked for during 5 s,
/// and a busy machine may be late.
const LATE_MS: i64 = 10_000;

/// What was said in a line, by the user.
pub(super) struct Message {
    /// The text.
    pub(super) text: String,
    /// When it was stored.
    pub(super) at: Wall,
}

/// Whether the file may hold something that was written after the Enter.
pub(super) fn is_touched_since(path: &Path, said: &Submitted) -> bool {
    jsonl::written_at(path).is_some_and(|at| at.unix_ms >= said.at.unix_ms.saturating_sub(EARLY_MS))
}

/// Whether one of the file's last lines holds the text, as the user's, from about the time at which it was submitted.
/// `message` reads a line; lines are asked from the last one back.
pub(super) fn holds(path: &Path, said: &Submitted, message: impl Fn(&Value) -> Option<Message>) -> io::Result<bool> {
    let from = said.at.unix_ms.saturating_sub(EARLY_MS);
    let until = said.at.unix_ms.saturating_add(LATE_MS);
    let text = jsonl::tail(path, RECENT_BYTES)?;
    // Lines of other kinds may stand out of order by some ms; messages do not.
    for value in jsonl::values(&text).rev() {
        match message(&value) {
            Some(message) if message.at.unix_ms < from => return Ok(false),
            Some(message) if message.at.unix_ms <= until && message.text.trim() == said.text.trim() => return Ok(true),
            Some(_) | None => {}
        }
    }
    Ok(false)
}
