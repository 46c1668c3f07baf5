//! How the last turn in a transcript of Claude Code's ended (2.1.197): a failed one ends with an answer marked
//! `isApiErrorMessage`, where its registry only says that it is idle.

use std::path::Path;

use serde_json::Value;

use crate::watch::jsonl;

/// How much of the end is read. Chosen: what follows a failed answer has some 2 KiB.
const TAIL_BYTES: u64 = 64 << 10;

/// Whether the last thing said is an error of the model's service.
pub fn has_failed(transcript: &Path) -> bool {
    jsonl::tail(transcript, TAIL_BYTES).is_ok_and(|tail| ends_in_error(&tail))
}

fn ends_in_error(tail: &str) -> bool {
    let said = jsonl::values(tail).rev().find(|record| {
        let is_said = matches!(jsonl::text_of(record, "type"), Some("user" | "assistant"));
        is_said && record.get("isSidechain").and_then(Value::as_bool) != Some(true)
    });
    said.and_then(|record| record.get("isApiErrorMessage")?.as_bool()) == Some(true)
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
            assert_eq!(ends_in_error(&lines.join("\n")), failed, "{lines:?}");
        }
    }
}
