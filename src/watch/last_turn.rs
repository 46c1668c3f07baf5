//! How the last turn in a transcript of Claude Code's ended (2.1.197): a failed one ends with an answer marked
//! `isApiErrorMessage`, where its registry only says that it is idle.

use std::path::Path;

use serde_json::Value;

use crate::time::Wall;
use crate::watch::jsonl;

/// How much of the end is read. Chosen: what follows a failed answer has some 2 KiB.
const TAIL_BYTES: u64 = 64 << 10;

/// What Claude Code puts in the user's mouth when the user stops a turn; ` for tool use]` may follow.
const INTERRUPTED: &str = "[Request interrupted by user";

/// The last thing that was said in a transcript.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LastSaid {
    /// When; `None` where nothing was said.
    pub at: Option<Wall>,
    /// What it says of the turn.
    pub turn: LastTurn,
}

/// How far the transcript is with the last turn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LastTurn {
    /// Nothing of its end is written: the last thing is what the user, or a tool, said.
    Open,
    /// It ended with an answer, or the user stopped it; or there was none.
    Over,
    /// It ended with an error of the model's service.
    Failed,
}

/// The last thing that was said.
pub fn of(transcript: &Path) -> LastSaid {
    last_said(&jsonl::tail(transcript, TAIL_BYTES).unwrap_or_default())
}

fn last_said(tail: &str) -> LastSaid {
    let said = jsonl::values(tail).rev().find(|record| {
        let is_said = matches!(jsonl::text_of(record, "type"), Some("user" | "assistant"));
        is_said && record.get("isSidechain").and_then(Value::as_bool) != Some(true)
    });
    let Some(said) = said else { return LastSaid { at: None, turn: LastTurn::Over } };
    let content = said.pointer("/message/content");
    let is_answer = jsonl::text_of(&said, "type") == Some("assistant");
    let turn = match is_answer {
        _ if said.get("isApiErrorMessage").and_then(Value::as_bool) == Some(true) => LastTurn::Failed,
        true if parts(content).any(|part| jsonl::text_of(part, "type") == Some("tool_use")) => LastTurn::Open,
        true => LastTurn::Over,
        false if texts(content).any(|text| text.starts_with(INTERRUPTED)) => LastTurn::Over,
        false => LastTurn::Open,
    };
    LastSaid { at: jsonl::time_of(&said, "timestamp"), turn }
}

fn parts(content: Option<&Value>) -> impl Iterator<Item = &Value> {
    content.and_then(Value::as_array).into_iter().flatten()
}

fn texts(content: Option<&Value>) -> impl Iterator<Item = &str> {
    let whole = content.and_then(Value::as_str);
    whole.into_iter().chain(parts(content).filter_map(|part| jsonl::text_of(part, "text")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_thing_said_tells() {
        let error = r#"{"type":"assistant","isSidechain":false,"isApiErrorMessage":true}"#;
        let answer = r#"{"type":"assistant","isSidechain":false,"message":{"content":[{"type":"text","text":"yes"}]}}"#;
        let tool = r#"{"type":"assistant","message":{"content":[{"type":"tool_use","id":"1"}]}}"#;
        let result = r#"{"type":"user","message":{"content":[{"type":"tool_result","tool_use_id":"1"}]}}"#;
        let aside = r#"{"type":"assistant","isSidechain":true}"#;
        let user = r#"{"type":"user","message":{"content":"hello"}}"#;
        let stop = r#"{"type":"user","message":{"content":[{"type":"text","text":"[Request interrupted by user]"}]}}"#;
        let notes = r#"{"type":"system"}"#;
        let cases = [
            (vec![user, error, notes], LastTurn::Failed),
            (vec![user, error, aside, notes, ""], LastTurn::Failed),
            (vec![error, user], LastTurn::Open),
            (vec![error, user, aside, notes], LastTurn::Open),
            (vec![error, user, answer, notes], LastTurn::Over),
            (vec![user, tool], LastTurn::Open),
            (vec![user, tool, result], LastTurn::Open),
            (vec![user, tool, result, answer], LastTurn::Over),
            (vec![user, stop, notes], LastTurn::Over),
            (vec![r#"ssistant","isApiErrorMessage":true}"#, notes], LastTurn::Over),
            (vec![], LastTurn::Over),
        ];
        for (lines, end) in cases {
            assert_eq!(last_said(&lines.join("\n")).turn, end, "{lines:?}");
        }
    }
}
