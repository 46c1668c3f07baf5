//! The session directories of the GitHub Copilot CLI. Facts seen on 1.0.102.
//!
//! - `.copilot/session-state/<id>/inuse.<PID>.lock`: the session that the process shows. It moves with `/clear`.
//! - `workspace.yaml` beside it has directory, name and times; `events.jsonl` what was said. `--resume=<id>` finds a session from anywhere.

use std::collections::BTreeSet;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::core::conversation::Conversation;
use crate::id::{ConversationId, ProviderName};
use crate::text::one_line;
use crate::time::Wall;
use crate::watch::chats::{self, ChatFile};
use crate::watch::{Finding, directory_of, is_file_name_safe, jsonl, process};

/// How far a first message is looked for. Chosen.
const EVENTS_BYTES_MAX: u64 = 64 << 20;

/// How much of the events' beginning and end is read for a list. The first message precedes the system's, of some 30 KiB.
const PART_BYTES: u64 = 64 << 10;

/// Longest text of a conversation that is listed, in characters.
const LINE_CHARS: usize = 200;

/// Copilot's directory for a session with this environment: `.copilot` in the user's home.
pub fn config_dir(env: &[(String, String)]) -> PathBuf {
    directory_of(env, "COPILOT_HOME", ".copilot")
}

/// The session that the pane's processes have open.
pub fn open_in_tree(proc_root: &Path, config_dir: &Path, pane_pid: u32) -> Finding {
    let mut tree: BTreeSet<u32> = match process::descendants(proc_root, pane_pid) {
        Ok(descendants) => descendants.into_iter().collect(),
        Err(error) => return Finding::Silent(error.to_string()),
    };
    tree.insert(pane_pid);
    let open =
        sessions(config_dir).into_iter().filter(|(_, directory)| lock_pids(directory).any(|pid| tree.contains(&pid)));
    Finding::of(open.map(|(id, _)| id).collect(), || {
        "no process of the pane has a session of Copilot's open".to_owned()
    })
}

/// The process that has the session open, of any pane or none. A lock that is left over names a process that is gone, or
/// another program's.
pub fn holder(proc_root: &Path, config_dir: &Path, id: &ConversationId) -> Option<u32> {
    let directory = directory_of_session(config_dir, id)?;
    let is_copilot = |pid: &u32| {
        let arguments = process::arguments(proc_root, *pid).unwrap_or_default();
        arguments.iter().any(|argument| argument.contains("copilot"))
    };
    lock_pids(&directory).find(is_copilot)
}

/// Whether the user said anything in the session.
pub fn is_said(config_dir: &Path, id: &ConversationId) -> bool {
    let events = directory_of_session(config_dir, id).map(|directory| directory.join("events.jsonl"));
    events.is_some_and(|events| jsonl::has_line(&events, EVENTS_BYTES_MAX, |event| said(event).is_some()))
}

/// Hands over all sessions, newest first.
pub fn conversations(
    config_dir: &Path,
    provider: &ProviderName,
    deliver: &mut dyn FnMut(Vec<Conversation>) -> ControlFlow<()>,
) {
    let events = sessions(config_dir).into_iter().map(|(_, directory)| directory.join("events.jsonl"));
    let files = events.filter_map(|path| {
        let written_at = jsonl::written_at(&path)?;
        Some(ChatFile { path, written_at })
    });
    chats::deliver(files.collect(), |file| conversation(file, provider), deliver);
}

fn conversation(file: &ChatFile, provider: &ProviderName) -> Option<Conversation> {
    let directory = file.path.parent()?;
    let head = jsonl::head(&file.path, PART_BYTES).ok()?;
    let tail = jsonl::tail(&file.path, PART_BYTES).ok()?;
    let first = jsonl::values(&head).find_map(|event| said(&event).map(str::to_owned))?;
    let last = jsonl::values(&tail).rev().find_map(|event| message(&event).map(str::to_owned));
    let about = jsonl::head(&directory.join("workspace.yaml"), PART_BYTES).unwrap_or_default();
    let line = |text: &str| Some(one_line(text, LINE_CHARS)).filter(|line| !line.is_empty());
    let time = |field: &str| {
        let at: jiff::Timestamp = yaml_field(&about, field)?.parse().ok()?;
        Some(Wall { unix_ms: at.as_millisecond() })
    };
    Some(Conversation {
        provider: provider.clone(),
        id: ConversationId::new(directory.file_name()?.to_str()?),
        title: yaml_field(&about, "name").and_then(line),
        cwd: yaml_field(&about, "cwd").unwrap_or_default().to_owned(),
        created_at: time("created_at"),
        updated_at: time("updated_at").unwrap_or(file.written_at),
        first_message: line(&first),
        last_message: last.as_deref().and_then(line),
    })
}

fn directory_of_session(config_dir: &Path, id: &ConversationId) -> Option<PathBuf> {
    is_file_name_safe(id.as_str()).then(|| config_dir.join("session-state").join(id.as_str()))
}

fn sessions(config_dir: &Path) -> Vec<(ConversationId, PathBuf)> {
    let entries = fs::read_dir(config_dir.join("session-state")).into_iter().flatten().flatten();
    let named = entries.filter_map(|entry| {
        let id = entry.file_name().into_string().ok().filter(|name| is_file_name_safe(name))?;
        Some((ConversationId::new(&id), entry.path()))
    });
    named.collect()
}

/// The processes that the session's lock files name.
fn lock_pids(directory: &Path) -> impl Iterator<Item = u32> + use<> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    names.filter_map(|name| name.strip_prefix("inuse.")?.strip_suffix(".lock")?.parse().ok())
}

/// What the user said, if the event is a message of the user's.
fn said(event: &Value) -> Option<&str> {
    message(event).filter(|_| jsonl::text_of(event, "type") == Some("user.message"))
}

/// What was said in the event, by the user or the model.
fn message(event: &Value) -> Option<&str> {
    let is_message = matches!(jsonl::text_of(event, "type"), Some("user.message" | "assistant.message"));
    let text = jsonl::text_of(event.get("data").filter(|_| is_message)?, "content")?;
    (!text.trim().is_empty()).then_some(text)
}

/// A field of a flat YAML file. A value in quotes is given without them; nothing else of YAML is understood.
fn yaml_field<'a>(text: &'a str, field: &str) -> Option<&'a str> {
    let value = text.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'))?.trim();
    let bare = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
    Some(bare.or_else(|| value.strip_prefix('\'').and_then(|value| value.strip_suffix('\''))).unwrap_or(value))
}
