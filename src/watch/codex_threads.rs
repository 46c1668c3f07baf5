//! Codex's threads by what was said in them: which one holds a text just submitted, and the list of all. Facts seen on
//! codex-cli 0.169.0.
//!
//! - A rollout has one record a line, each with its time; what the user said is a `message` of role `user` with `input_text`.
//! - The rows of `threads` in the state database have title, directory, times and the first message.

use std::ops::ControlFlow;
use std::path::Path;

use serde_json::Value;

use crate::core::conversation::Conversation;
use crate::core::probe::{Found, Probe, Submitted};
use crate::id::{ConversationId, ProviderName};
use crate::text::one_line;
use crate::time::Wall;
use crate::watch::codex;
use crate::watch::jsonl;
use crate::watch::survey::BATCH;

/// How much of a rollout's end is looked through for a message just submitted. Chosen: many tool calls may follow it.
const TAIL_BYTES: u64 = 4 << 20;

/// How much of a rollout's end is read for the last message of a list. Chosen.
const LAST_BYTES: u64 = 32 << 10;

/// How much earlier than its Enter a message may be dated: clocks are read at different moments.
const SLACK_MS: i64 = 1000;

/// Longest text of a conversation that is listed, in characters.
const LINE_CHARS: usize = 200;

/// Those of the threads in which the text was submitted since its Enter.
pub fn holding(codex_home: &Path, threads: &[ConversationId], said: &Submitted) -> Vec<ConversationId> {
    threads.iter().filter(|id| holds(codex_home, id, said)).cloned().collect()
}

fn holds(codex_home: &Path, id: &ConversationId, said: &Submitted) -> bool {
    let Some(rollout) = codex::rollout(codex_home, id) else { return false };
    let Ok(tail) = jsonl::tail(&rollout, TAIL_BYTES) else { return false };
    jsonl::values(&tail).rev().any(|record| {
        let is_since = jsonl::time_of(&record, "timestamp").is_some_and(|at| at.unix_ms >= said.at.unix_ms - SLACK_MS);
        is_since && message(&record, "user").is_some_and(|text| text.trim() == said.text.trim())
    })
}

/// Which thread of the directory holds what the user just submitted, where no process of the pane shows what it has open.
pub fn finding(codex_home: &Path, probe: &Probe) -> Found {
    let Some(said) = probe.submitted() else {
        return Found::Silent("nothing was submitted that is certain".to_owned());
    };
    let threads = match codex::threads_in(codex_home, &probe.cwd) {
        Ok(threads) => threads,
        Err(error) => return Found::Silent(error.to_string()),
    };
    let own: Vec<ConversationId> =
        threads.into_iter().filter(|thread| !thread.is_subagent).map(|thread| thread.id).collect();
    let mut found = holding(codex_home, &own, said);
    match (found.len(), found.pop()) {
        (1, Some(conversation)) => Found::Exact { conversation, spoken: true },
        (_, None) => Found::Silent("what was submitted stands in no thread of the directory yet".to_owned()),
        (_, Some(last)) => {
            found.push(last);
            Found::Ambiguous(found)
        }
    }
}

/// Hands over all threads of a person's, newest first.
pub fn conversations(
    codex_home: &Path,
    provider: &ProviderName,
    deliver: &mut dyn FnMut(Vec<Conversation>) -> ControlFlow<()>,
) {
    let rows = match codex::list(codex_home) {
        Ok(rows) => rows,
        Err(codex::StateError::Missing { .. }) => return,
        Err(error) => return tracing::info!(%error, "conversations are not listed"),
    };
    for batch in rows.chunks(BATCH) {
        let batch = batch.iter().filter_map(|row| conversation(codex_home, row, provider)).collect();
        if deliver(batch).is_break() {
            return;
        }
    }
}

fn conversation(codex_home: &Path, row: &codex::Listed, provider: &ProviderName) -> Option<Conversation> {
    let line = |text: &str| Some(one_line(text, LINE_CHARS)).filter(|line| !line.is_empty());
    let first_message = Some(line(&row.first_user_message)?);
    let path = row.rollout_path.clone().or_else(|| codex::rollout(codex_home, &row.id));
    let tail = path.and_then(|path| jsonl::tail(&path, LAST_BYTES).ok()).unwrap_or_default();
    let last = jsonl::values(&tail).rev().find_map(|record| {
        message(&record, "assistant").or_else(|| message(&record, "user").filter(|text| !text.starts_with('<')))
    });
    Some(Conversation {
        provider: provider.clone(),
        id: row.id.clone(),
        title: row.title.as_deref().and_then(line).filter(|title| Some(title) != first_message.as_ref()),
        cwd: row.cwd.clone(),
        created_at: Some(Wall { unix_ms: row.created_at_ms }),
        updated_at: Wall { unix_ms: row.updated_at_ms },
        first_message,
        last_message: last.as_deref().and_then(line),
    })
}

/// The text of a message of this role, where the record is one.
fn message(record: &Value, role: &str) -> Option<String> {
    let payload = record.get("payload")?;
    if jsonl::text_of(payload, "type")? != "message" || jsonl::text_of(payload, "role")? != role {
        return None;
    }
    let parts = payload.get("content")?.as_array()?;
    let text: String = parts.iter().filter_map(|part| jsonl::text_of(part, "text")).collect();
    (!text.trim().is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "01a1fcb3-bc16-7813-bf76-5c71534b9001";
    const TWO: &str = "01a1fcb3-bc16-7813-bf76-5c71534b9002";

    fn record(at: &str, role: &str, text: &str) -> String {
        format!(
            r#"{{"timestamp":"{at}","type":"response_item","payload":{{"type":"message","role":"{role}","content":[{{"type":"input_text","text":"{text}"}}]}}}}"#
        )
    }

    fn home(rollouts: &[(&str, Vec<String>)]) -> tempfile::TempDir {
        let home = tempfile::tempdir().expect("a directory");
        let day = home.path().join("sessions/2026/11/21");
        std::fs::create_dir_all(&day).expect("made");
        for (id, records) in rollouts {
            std::fs::write(day.join(format!("rollout-2026-11-21T06-00-00-{id}.jsonl")), records.join("\n") + "\n")
                .expect("written");
        }
        home
    }

    #[test]
    fn a_text_is_found_where_it_was_said_since_its_enter() {
        let home = home(&[
            (
                ONE,
                vec![
                    record("2026-11-21T06:00:00Z", "user", "hello"),
                    record("2026-11-21T06:00:09Z", "assistant", "hi"),
                ],
            ),
            (
                TWO,
                vec![record("2026-11-21T06:00:05Z", "user", "hello"), record("2026-11-21T06:00:06Z", "user", "other")],
            ),
        ]);
        let ids = [ConversationId::new(ONE), ConversationId::new(TWO)];
        let at = |text: &str| Wall { unix_ms: text.parse::<jiff::Timestamp>().expect("a time").as_millisecond() };
        let cases = [
            ("hello", "2026-11-21T06:00:04Z", vec![TWO]),
            ("hello", "2026-11-21T05:59:59Z", vec![ONE, TWO]),
            ("other", "2026-11-21T06:00:06Z", vec![TWO]),
            ("hi", "2026-11-21T06:00:00Z", vec![]),
            ("hell", "2026-11-21T06:00:00Z", vec![]),
        ];
        for (text, since, expected) in cases {
            let said = Submitted { text: text.to_owned(), at: at(since) };
            let found = holding(home.path(), &ids, &said);
            assert_eq!(found.iter().map(ConversationId::as_str).collect::<Vec<_>>(), expected, "{text} {since}");
        }
    }
}
