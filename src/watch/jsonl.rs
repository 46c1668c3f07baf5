//! Files of one JSON value a line, read within bounds: their beginning, their end, or line by line.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use serde_json::Value;

use crate::time::Wall;

/// The whole lines among the first `bytes_max` bytes.
pub fn head(path: &Path, bytes_max: u64) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(bytes_max).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == bytes_max {
        bytes.truncate(bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1));
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The whole lines among the last `bytes_max` bytes.
pub fn tail(path: &Path, bytes_max: u64) -> io::Result<String> {
    let file = File::open(path)?;
    let end = file.metadata()?.len();
    lines_before(file, end, bytes_max)
}

/// The last lines of a file before this place in it, of at most so many bytes; a line that is cut at the front is left out.
pub fn lines_before(mut file: File, end: u64, bytes_max: u64) -> io::Result<String> {
    let start = end.saturating_sub(bytes_max);
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.take(end - start).read_to_end(&mut bytes)?;
    let cut =
        if start == 0 { 0 } else { bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| at + 1) };
    Ok(String::from_utf8_lossy(bytes.get(cut..).unwrap_or_default()).into_owned())
}

/// Whether a line within the first `bytes_max` bytes is as asked; a line that is cut there is not looked at.
pub fn has_line(path: &Path, bytes_max: u64, is_asked: impl Fn(&Value) -> bool) -> bool {
    let Ok(file) = File::open(path) else { return false };
    let mut lines = BufReader::new(file.take(bytes_max));
    let mut line = Vec::new();
    loop {
        line.clear();
        match lines.read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return false,
            Ok(_) if serde_json::from_slice(&line).is_ok_and(|value| is_asked(&value)) => return true,
            Ok(_) => {}
        }
    }
}

/// The JSON values of the text's lines; what is no JSON is left out.
pub fn values(text: &str) -> impl DoubleEndedIterator<Item = Value> + '_ {
    text.lines().filter_map(|line| serde_json::from_str(line).ok())
}

/// A text field of a value.
pub fn text_of<'a>(value: &'a Value, field: &str) -> Option<&'a str> {
    value.get(field)?.as_str()
}

/// A time as agents' files write it (RFC 3339).
pub fn time(text: &str) -> Option<Wall> {
    let at: jiff::Timestamp = text.parse().ok()?;
    Some(Wall { unix_ms: at.as_millisecond() })
}

/// The time in a field of a value.
pub fn time_of(value: &Value, field: &str) -> Option<Wall> {
    time(text_of(value, field)?)
}

/// When the file was last written.
pub fn written_at(path: &Path) -> Option<Wall> {
    let at = path.metadata().ok()?.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some(Wall { unix_ms: i64::try_from(at.as_millis()).ok()? })
}
