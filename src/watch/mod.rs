//! What the system and the agents' own files say about who is on which conversation: `/proc`, lock files, pid registries,
//! transcripts, state databases.
//!
//! Owns the knowledge of where to look. Only reads (but for `gemini_copies`, which puts back what Gemini deletes), takes no lock, and never disturbs an agent. Findings come with reasons
//! and are not weighed here: what they mean for a claim is decided in `provider::claim` and `core`. Every function is
//! synchronous and takes milliseconds at most; those that look at processes take the root of the process file system
//! ([`PROC`], or a tree made by a test). Imports id, the plain data of core, store for reading SQLite files,
//! and paths for where the demo agent keeps its conversations.

mod chats;
pub mod claude;
pub mod codex;
pub mod copilot;
pub mod demo;
pub mod gemini;
pub mod gemini_copies;
pub mod git;
pub mod guest;
mod jsonl;
pub mod last_turn;
mod locks;
mod nesting;
pub mod opencode;
mod opencode_log;
pub mod process;
pub mod project;
pub mod qwen;
mod said;
mod started;
pub mod survey;
#[cfg(test)]
mod tests;
pub mod usage;

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::PathBuf;

use crate::core::conversation::Conversation;
use crate::id::ConversationId;
use crate::text;

/// Where Linux shows its processes (proc(5)).
pub const PROC: &str = "/proc";

/// Which conversation the evidence names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Finding {
    /// Exactly this one.
    Exact(ConversationId),
    /// These, and nothing singles one out; at least two, sorted.
    Ambiguous(Vec<ConversationId>),
    /// None, and why, as a plain sentence without a full stop.
    Silent(String),
}

impl Finding {
    /// One conversation is exact, several are ambiguous, none is silent for the given reason.
    fn of(conversations: BTreeSet<ConversationId>, silence: impl FnOnce() -> String) -> Self {
        let mut conversations: Vec<ConversationId> = conversations.into_iter().collect();
        match conversations.len() {
            0 => Self::Silent(silence()),
            1 => Self::Exact(conversations.remove(0)),
            _ => Self::Ambiguous(conversations),
        }
    }
}

/// Rows of the first batch of a catalogue, the smallest, so that something is soon to be seen. Chosen: more than a screen shows.
const FIRST_BATCH: usize = 60;

/// Longest title or message of a catalogue, in characters. Chosen: more than a line shows.
const LINE_CHARS: usize = 200;

/// Cuts what was found into batches, turns each item into a row, and hands the rows on until told to stop.
fn in_batches<T>(
    found: &[T],
    row: impl Fn(&T) -> Option<Conversation>,
    each: &mut dyn FnMut(Vec<Conversation>) -> ControlFlow<()>,
) {
    let (first, rest) = found.split_at(found.len().min(FIRST_BATCH));
    for batch in std::iter::once(first).chain(rest.chunks(survey::BATCH)) {
        let mut rows: Vec<Conversation> = batch.iter().filter_map(&row).collect();
        // The files' own times order the batches; within one, the times that stand in them are better.
        rows.sort_by_key(|row| std::cmp::Reverse(row.updated_at));
        if !rows.is_empty() && each(rows).is_break() {
            return;
        }
    }
}

/// A title or message as a line of a catalogue; none where nothing is left.
fn line(text: &str) -> Option<String> {
    Some(text::one_line(text, LINE_CHARS)).filter(|line| !line.is_empty())
}

/// Whether something is so, as far as can be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answer {
    /// It is.
    Yes,
    /// It is not.
    No,
    /// It cannot be told, and why, as a plain sentence without a full stop.
    Unknown(String),
}

impl Answer {
    /// Yes or no, where it can be told.
    pub fn known(&self) -> Option<bool> {
        match self {
            Self::Yes => Some(true),
            Self::No => Some(false),
            Self::Unknown(_) => None,
        }
    }
}

/// The directory in the variable; else `name` in the user's home, as the environment tells it (or, if that names none, the
/// system).
fn directory_of(env: &[(String, String)], variable: &str, name: &str) -> PathBuf {
    let home = || named_in(env, "HOME").or_else(std::env::home_dir).unwrap_or_default();
    named_in(env, variable).unwrap_or_else(|| home().join(name))
}

/// The path in the variable; a relative one is the agent's, whose directory is in `PWD`.
fn named_in(env: &[(String, String)], variable: &str) -> Option<PathBuf> {
    let value = |variable: &str| {
        let set = env.iter().rev().find(|(key, _)| key == variable);
        set.map(|(_, value)| PathBuf::from(value)).filter(|value| !value.as_os_str().is_empty())
    };
    value(variable).map(|path| value("PWD").unwrap_or_default().join(path))
}

/// Whether a text can be the id of a conversation and part of a file's name.
fn is_file_name_safe(id: &str) -> bool {
    !id.is_empty() && id.len() <= 200 && id.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}
