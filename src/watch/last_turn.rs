//! How the last turn in a transcript of Claude Code's ended (2.1.197): a failed one ends with an answer marked
//! `isApiErrorMessage`, where its registry only says that it is idle.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use serde_json::Value;

/// How much of the end is read. Chosen: what follows a failed answer has some 2 KiB.
const TAIL_BYTES: u64 = 64 << 10;

/// Whether the last thing said is an error of the model's service.
pub fn has_failed(transcript: &Path) -> bool {
    let tail = || -> std::io::Result<Vec<u8>> {
        let mut file = File::open(transcript)?;
        let start = file.metadata()?.len().saturating_sub(TAIL_BYTES);
        file.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        file.take(TAIL_BYTES).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    tail().is_ok_and(|bytes| ends_in_error(&bytes))
}

/// The first line may be cut off; then it is no JSON and counts for nothing.
fn ends_in_error(tail: &[u8]) -> bool {
    let said = tail.rsplit(|byte| *byte == b'\n').find_map(|line| {
        let line: Value = serde_json::from_slice(line).ok()?;
        let is_said = matches!(line.get("type")?.as_str()?, "user" | "assistant");
        let is_own = line.get("isSidechain").and_then(Value::as_bool) != Some(true);
        (is_said && is_own).then_some(line)
    });
    said.and_then(|line| line.get("isApiErrorMessage")?.as_bool()) == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_thing_said_tells() {
        let error = r#"{"type":"assistant","isSidechain":false,"isApiErrorMessage":true}"#;
        let answer = r#"{"type":"assistant","isSidechain":false}"#;
        let aside = r#"{"type":"assistant","isSidechain":true}"#;
        let user = r#"{"type":"user"}"#;
        let notes = r#"{"type":"system"}"#;
        let cases = [
            (vec![user, error, notes], true),
            (vec![user, error, aside, notes, ""], true),
            (vec![error, user], false),
            (vec![error, user, answer, notes], false),
            (vec![r#"ssistant","isApiErrorMessage":true}"#, notes], false),
            (vec![], false),
        ];
        for (lines, failed) in cases {
            assert_eq!(ends_in_error(lines.join("\n").as_bytes()), failed, "{lines:?}");
        }
    }
}
