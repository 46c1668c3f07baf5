//! The chat files of Qwen Code. Facts seen on 0.15.10.
//!
//! - `.qwen/projects/<directory>/chats/<id>.jsonl`, from the first message on; each record names its session, directory, time.
//!   All but letters and digits of the directory become `-`.
//! - `/clear` begins a new one, a resume goes on in the old one. Nothing is cleaned up at a start.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::core::conversation::Conversation;
use crate::core::probe::{Found, Probe};
use crate::id::{ConversationId, ProviderName};
use crate::text::one_line;
use crate::watch::chats::{self, ChatFile, Heard, id_in};
use crate::watch::claude::project_name;
use crate::watch::{Answer, directory_of, is_file_name_safe, jsonl, named_in};

/// How far a first message is looked for. Chosen.
const CHAT_BYTES_MAX: u64 = 64 << 20;

/// How much of a chat's beginning and end is read for a list. Chosen.
const PART_BYTES: u64 = 32 << 10;

/// Longest text of a conversation that is listed, in characters.
const LINE_CHARS: usize = 200;

/// Qwen's directory for a session with this environment: `QWEN_RUNTIME_DIR`, else `QWEN_HOME`, else `.qwen` in the user's home.
pub fn config_dir(env: &[(String, String)]) -> PathBuf {
    named_in(env, "QWEN_RUNTIME_DIR").unwrap_or_else(|| directory_of(env, "QWEN_HOME", ".qwen"))
}

fn chats_dir(config_dir: &Path, cwd: &str) -> PathBuf {
    let resolved = fs::canonicalize(cwd).ok().and_then(|path| path.into_os_string().into_string().ok());
    config_dir.join("projects").join(project_name(resolved.as_deref().unwrap_or(cwd))).join("chats")
}

/// Which conversation the session is on, by what its user said.
pub fn finding(probe: &Probe) -> Found {
    let directory = chats_dir(&config_dir(&probe.env), &probe.cwd);
    chats::finding(probe, &chats::files_in(&directory, |name| id_in(name).is_some()), heard)
}

/// Whether a resume from the directory finds the conversation.
pub fn is_on_disk(config_dir: &Path, cwd: &str, id: &ConversationId) -> Answer {
    if !is_file_name_safe(id.as_str()) {
        return Answer::No;
    }
    let file = chats_dir(config_dir, cwd).join(format!("{id}.jsonl"));
    let is_said = jsonl::has_line(&file, CHAT_BYTES_MAX, |record| said(record).is_some());
    if is_said { Answer::Yes } else { Answer::No }
}

/// Hands over all conversations of all projects, newest first.
pub fn conversations(
    config_dir: &Path,
    provider: &ProviderName,
    deliver: &mut dyn FnMut(Vec<Conversation>) -> ControlFlow<()>,
) {
    let projects = fs::read_dir(config_dir.join("projects")).into_iter().flatten().flatten();
    let chats = projects.map(|project| project.path().join("chats"));
    let files = chats.flat_map(|chats| chats::files_in(&chats, |name| id_in(name).is_some())).collect();
    chats::deliver(files, |file| conversation(file, provider), deliver);
}

fn conversation(file: &ChatFile, provider: &ProviderName) -> Option<Conversation> {
    let head = jsonl::head(&file.path, PART_BYTES).ok()?;
    let tail = jsonl::tail(&file.path, PART_BYTES).ok()?;
    let first = jsonl::values(&head).find(|record| said(record).is_some())?;
    let last = jsonl::values(&tail).rev().find(|record| text_of(record).is_some());
    let line = |text: String| Some(one_line(&text, LINE_CHARS)).filter(|line| !line.is_empty());
    Some(Conversation {
        provider: provider.clone(),
        id: id_in(file.path.file_name()?.to_str()?).map(ConversationId::new)?,
        title: None,
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

/// What the user said in the record, if it is a message of the user's.
fn said(record: &Value) -> Option<String> {
    let text = text_of(record).filter(|_| jsonl::text_of(record, "type") == Some("user"))?;
    let own = ["/", "?", "<"];
    (!own.iter().any(|start| text.trim_start().starts_with(start))).then_some(text)
}

/// The text of a message, the user's or the model's.
fn text_of(record: &Value) -> Option<String> {
    let parts = record.get("message")?.get("parts")?.as_array()?;
    let text: String = parts.iter().filter_map(|part| jsonl::text_of(part, "text")).collect();
    (!text.trim().is_empty()).then_some(text)
}
