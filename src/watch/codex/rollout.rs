//! Codex's rollouts: `sessions/YYYY/MM/DD/rollout-<time>-<id>.jsonl`, written from the first message on.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::core::probe::Submitted;
use crate::id::ConversationId;
use crate::watch::is_file_name_safe;
use crate::watch::jsonl;
use crate::watch::said::{self, Message};

/// Depth of the date directories below `sessions`.
const DATE_LEVELS: usize = 3;

/// The conversation's rollout, if there is one.
pub(super) fn find(codex_home: &Path, id: &ConversationId) -> Option<PathBuf> {
    if !is_file_name_safe(id.as_str()) {
        return None;
    }
    find_below(&codex_home.join("sessions"), &format!("-{id}.jsonl"), DATE_LEVELS)
}

/// Looks for the rollout in the directory and `levels` below it; later dates first.
fn find_below(directory: &Path, ending: &str, levels: usize) -> Option<PathBuf> {
    let mut names: Vec<String> =
        fs::read_dir(directory).ok()?.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
    let rollout = names.iter().find(|name| name.starts_with("rollout-") && name.ends_with(ending));
    if let Some(name) = rollout {
        return Some(directory.join(name));
    }
    let below = levels.checked_sub(1)?;
    names.retain(|name| name.bytes().all(|byte| byte.is_ascii_digit()));
    names.sort_unstable_by(|a, b| b.cmp(a));
    names.iter().find_map(|name| find_below(&directory.join(name), ending, below))
}

/// All rollouts, in no order.
pub(super) fn all(codex_home: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut directories = vec![(codex_home.join("sessions"), DATE_LEVELS)];
    while let Some((directory, levels)) = directories.pop() {
        let Ok(entries) = fs::read_dir(directory) else { continue };
        for path in entries.flatten().map(|entry| entry.path()) {
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
            if name.starts_with("rollout-") && name.ends_with(".jsonl") {
                found.push(path);
            } else if let (Some(below), true) = (levels.checked_sub(1), name.bytes().all(|byte| byte.is_ascii_digit()))
            {
                directories.push((path, below));
            }
        }
    }
    found
}

/// Whether the rollout holds the text as a message of the user's from about the time at which it was submitted.
pub(super) fn holds(path: &Path, said: &Submitted) -> bool {
    said::is_touched_since(path, said) && said::holds(path, said, user_message).unwrap_or(false)
}

/// What the user said in the line (or Codex in the user's name: these texts stand in tags).
pub(super) fn user_message(line: &Value) -> Option<Message> {
    let (role, text) = message(line)?;
    (role == Role::User).then_some(Message { text, at: jsonl::time_of(line, "timestamp")? })
}

/// Who says something in a rollout.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Role {
    User,
    Agent,
}

/// What is said in a line, and by whom. Both the form of 0.169.0 and the one of older versions (`user_message`).
pub(super) fn message(line: &Value) -> Option<(Role, String)> {
    let payload = line.get("payload")?;
    let kind = payload.get("type").and_then(Value::as_str)?;
    match (line.get("type").and_then(Value::as_str)?, kind) {
        ("response_item", "message") => {
            let role = match payload.get("role").and_then(Value::as_str)? {
                "user" => Role::User,
                "assistant" => Role::Agent,
                _ => return None,
            };
            let parts = payload.get("content").and_then(Value::as_array)?;
            let texts: Vec<&str> = parts.iter().filter_map(|part| part.get("text").and_then(Value::as_str)).collect();
            Some((role, texts.join("\n")))
        }
        ("event_msg", "user_message") => Some((Role::User, payload.get("message").and_then(Value::as_str)?.to_owned())),
        _ => None,
    }
}
