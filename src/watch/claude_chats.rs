//! Claude Code's transcripts by what was said in them: which one of a directory holds a text just submitted, and the list of
//! all. Facts seen on 2.1.197: one file of records a conversation, each with its time; sub-agents' lie below.

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;

use serde_json::Value;

use crate::core::conversation::Conversation;
use crate::core::probe::{Found, Probe};
use crate::id::{ConversationId, ProviderName};
use crate::text::one_line;
use crate::watch::chats::{self, ChatFile, Heard, id_in};
use crate::watch::claude::project_name;
use crate::watch::jsonl;

/// How much of a transcript's beginning and end is read for a list. Chosen.
const PART_BYTES: u64 = 48 << 10;

/// Longest text of a conversation that is listed, in characters.
const LINE_CHARS: usize = 200;

/// Which conversation of the directory the session is on, by what its user said.
pub fn finding(config_dir: &Path, probe: &Probe) -> Found {
    let resolved = fs::canonicalize(&probe.cwd).ok().and_then(|path| path.into_os_string().into_string().ok());
    let directory = config_dir.join("projects").join(project_name(resolved.as_deref().unwrap_or(&probe.cwd)));
    chats::finding(probe, &chats::files_in(&directory, |name| id_in(name).is_some()), heard)
}

/// Hands over all conversations of all directories, newest first.
pub fn conversations(
    config_dir: &Path,
    provider: &ProviderName,
    deliver: &mut dyn FnMut(Vec<Conversation>) -> ControlFlow<()>,
) {
    let projects = fs::read_dir(config_dir.join("projects")).into_iter().flatten().flatten();
    let files = projects.flat_map(|project| chats::files_in(&project.path(), |name| id_in(name).is_some())).collect();
    chats::deliver(files, |file| conversation(file, provider), deliver);
}

fn conversation(file: &ChatFile, provider: &ProviderName) -> Option<Conversation> {
    let head = jsonl::head(&file.path, PART_BYTES).ok()?;
    let tail = jsonl::tail(&file.path, PART_BYTES).ok()?;
    let first = jsonl::values(&head).find(|record| said(record).is_some())?;
    let last = jsonl::values(&tail).rev().find(|record| text_of(record).is_some());
    let title = jsonl::values(&tail).rev().chain(jsonl::values(&head)).find_map(|record| title(&record));
    let line = |text: String| Some(one_line(&text, LINE_CHARS)).filter(|line| !line.is_empty());
    Some(Conversation {
        provider: provider.clone(),
        id: id_in(file.path.file_name()?.to_str()?).map(ConversationId::new)?,
        title: title.and_then(line),
        cwd: jsonl::text_of(&first, "cwd").unwrap_or_default().to_owned(),
        created_at: jsonl::time_of(&first, "timestamp"),
        updated_at: last.as_ref().and_then(|record| jsonl::time_of(record, "timestamp")).unwrap_or(file.written_at),
        first_message: said(&first).and_then(line),
        last_message: last.as_ref().and_then(text_of).and_then(line),
    })
}

fn heard(path: &Path, tail: &str) -> Vec<Heard> {
    chats::heard_in(path, tail, said)
}

/// The agent's own title for the conversation, where the record gives one.
fn title(record: &Value) -> Option<String> {
    let kind = jsonl::text_of(record, "type")?;
    let field = match kind {
        "ai-title" => "aiTitle",
        "custom-title" => "customTitle",
        "summary" => "summary",
        _ => return None,
    };
    jsonl::text_of(record, field).map(str::to_owned)
}

/// What the user said in the record, if it is a message of the user's: commands that Claude carries out itself, interrupts
/// and the like leave records of the user's too.
fn said(record: &Value) -> Option<String> {
    let text = text_of(record).filter(|_| jsonl::text_of(record, "type") == Some("user"))?;
    let own = ["<command-", "<local-command-", "[Request interrupted", "Caveat:"];
    (!own.iter().any(|start| text.trim_start().starts_with(start))).then_some(text)
}

/// The text of a message, the user's or the model's; a sub-agent's is none.
fn text_of(record: &Value) -> Option<String> {
    if record.get("isSidechain").and_then(Value::as_bool) == Some(true)
        || record.get("isMeta").and_then(Value::as_bool) == Some(true)
    {
        return None;
    }
    let text = match record.get("message")?.get("content")? {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().filter_map(|part| jsonl::text_of(part, "text")).collect(),
        _ => return None,
    };
    (!text.trim().is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(records: &[&str]) -> Vec<Conversation> {
        let home = tempfile::tempdir().expect("a directory");
        let project = home.path().join("projects/-home-me");
        fs::create_dir_all(&project).expect("made");
        fs::write(project.join("7c2e.jsonl"), records.join("\n") + "\n").expect("written");
        let mut all = Vec::new();
        conversations(home.path(), &ProviderName::new("claude"), &mut |batch| {
            all.extend(batch);
            ControlFlow::Continue(())
        });
        all
    }

    #[test]
    fn a_transcript_tells_its_title_and_what_was_said_first_and_last() {
        let all = listed(&[
            r#"{"type":"mode"}"#,
            r#"{"type":"user","isSidechain":false,"cwd":"/home/me","timestamp":"2026-11-21T06:00:00Z","message":{"role":"user","content":"<command-name>/model</command-name>"}}"#,
            r#"{"type":"user","isSidechain":false,"cwd":"/home/me","timestamp":"2026-11-21T06:00:01Z","message":{"role":"user","content":"fix the tests"}}"#,
            r#"{"type":"ai-title","aiTitle":"Fix tests","sessionId":"7c2e"}"#,
            r#"{"type":"assistant","isSidechain":true,"timestamp":"2026-11-21T06:00:02Z","message":{"content":[{"type":"text","text":"aside"}]}}"#,
            r#"{"type":"assistant","isSidechain":false,"timestamp":"2026-11-21T06:00:03Z","message":{"content":[{"type":"text","text":"all green"}]}}"#,
            r#"{"type":"system"}"#,
        ]);
        let [one] = &all[..] else { panic!("{all:?}") };
        assert_eq!((one.id.as_str(), one.cwd.as_str(), one.title.as_deref()), ("7c2e", "/home/me", Some("Fix tests")));
        assert_eq!(one.first_message.as_deref(), Some("fix the tests"));
        assert_eq!(one.last_message.as_deref(), Some("all green"));
    }

    #[test]
    fn one_without_a_word_of_the_users_is_not_listed() {
        assert_eq!(
            listed(&[r#"{"type":"user","message":{"content":"<local-command-stdout></local-command-stdout>"}}"#]),
            []
        );
        assert_eq!(listed(&["no json", ""]), []);
    }
}
