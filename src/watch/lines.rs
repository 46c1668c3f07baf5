//! Files of one JSON value a line, to which agents append: their start, their end, and the times in them.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use serde_json::Value;

use crate::core::probe::Submitted;
use crate::time::Wall;

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

/// The first `max` bytes of the file, as whole lines where they fit; an incomplete last line is left out unless it ends the file.
pub(super) fn head(path: &Path, max: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut file = File::open(path)?;
    let is_whole = file.metadata()?.len() <= max;
    file.by_ref().take(max).read_to_end(&mut bytes)?;
    if !is_whole {
        let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        bytes.truncate(end);
    }
    Ok(bytes)
}

/// The last `max` bytes of the file, from the start of a line on.
pub(super) fn tail(path: &Path, max: u64) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let start = file.metadata()?.len().saturating_sub(max);
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.take(max).read_to_end(&mut bytes)?;
    if start > 0 {
        let first = bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |end| end + 1);
        bytes.drain(..first);
    }
    Ok(bytes)
}

/// Whether the file may hold something that was written after the Enter.
pub(super) fn is_touched_since(path: &Path, said: &Submitted) -> bool {
    let modified = path.metadata().and_then(|found| found.modified());
    modified.is_ok_and(|time| wall_of(time).unix_ms >= said.at.unix_ms - EARLY_MS)
}

/// Whether one of the file's last lines holds the text, as the user's, from about the time at which it was submitted.
/// `message` reads a line; lines are asked from the last one back.
pub(super) fn holds(path: &Path, said: &Submitted, message: impl Fn(&Value) -> Option<Message>) -> io::Result<bool> {
    let from = said.at.unix_ms - EARLY_MS;
    let until = said.at.unix_ms + LATE_MS;
    let bytes = tail(path, RECENT_BYTES)?;
    for line in bytes.rsplit(|byte| *byte == b'\n') {
        // Lines of other kinds may stand out of order by some ms; messages do not.
        let Ok(value) = serde_json::from_slice::<Value>(line) else { continue };
        match message(&value) {
            Some(message) if message.at.unix_ms < from => return Ok(false),
            Some(message) if message.at.unix_ms <= until && message.text.trim() == said.text.trim() => return Ok(true),
            Some(_) | None => {}
        }
    }
    Ok(false)
}

/// The line's `timestamp`, as both Claude Code and Codex write it (RFC 3339, UTC).
pub(super) fn timestamp(line: &Value) -> Option<Wall> {
    let time: jiff::Timestamp = line.get("timestamp")?.as_str()?.parse().ok()?;
    Some(Wall { unix_ms: time.as_millisecond() })
}

/// A file's time as a moment of the wall clock.
pub(super) fn wall_of(time: std::time::SystemTime) -> Wall {
    let since = time.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Wall { unix_ms: i64::try_from(since.as_millis()).unwrap_or(i64::MAX) }
}
