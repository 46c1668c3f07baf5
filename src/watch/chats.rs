//! What the chat files of a project say about a session: in which of them the text stands that its user just submitted, and
//! the list of those that can be opened again. Shared by the agents that keep one file of JSON lines per conversation.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::core::conversation::Conversation;
use crate::core::probe::{Found, Probe};
use crate::id::ConversationId;
use crate::time::Wall;
use crate::watch::{is_file_name_safe, jsonl};

/// How much of a file's end is looked through for a message just submitted. Chosen: an answer of many tool calls may follow it.
pub(super) const TAIL_BYTES: u64 = 4 << 20;

/// How much earlier than the key that submitted it a message may be dated: clocks are read at different moments.
const SLACK_MS: i64 = 1000;

/// How many conversations are handed over at a time. Chosen: more than a screen shows.
const BATCH: usize = 64;

/// A chat file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ChatFile {
    /// Where it is.
    pub path: PathBuf,
    /// When it was last written.
    pub written_at: Wall,
}

/// Something the user said, as it stands in a chat file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Heard {
    /// In which conversation.
    pub conversation: ConversationId,
    /// When it was taken in.
    pub at: Wall,
    /// The words.
    pub text: String,
}

/// The files of the directory whose names are as asked; in no order.
pub fn files_in(directory: &Path, is_asked: impl Fn(&str) -> bool) -> Vec<ChatFile> {
    let Ok(entries) = std::fs::read_dir(directory) else { return Vec::new() };
    let paths = entries.flatten().filter(|entry| entry.file_name().to_str().is_some_and(&is_asked));
    let files = paths.map(|entry| entry.path()).filter_map(|path| {
        let written_at = jsonl::written_at(&path)?;
        Some(ChatFile { path, written_at })
    });
    files.collect()
}

/// Which conversation the session is on: the one in which the words that its user just submitted stand as said since; words
/// said in several name several.
pub fn finding(probe: &Probe, files: &[ChatFile], heard: impl Fn(&Path, &str) -> Vec<Heard>) -> Found {
    let Some(submitted) = probe.submitted() else {
        return Found::Silent("nothing was submitted that could be looked for".to_owned());
    };
    let since = Wall { unix_ms: submitted.at.unix_ms.saturating_sub(SLACK_MS) };
    let written_since = files.iter().filter(|file| file.written_at >= since);
    let all =
        written_since.flat_map(|file| heard(&file.path, &jsonl::tail(&file.path, TAIL_BYTES).unwrap_or_default()));
    let said = all.filter(|heard| heard.at >= since && heard.text.trim() == submitted.text.trim());
    let ids: BTreeSet<ConversationId> = said.map(|heard| heard.conversation).collect();
    let nothing = "what was submitted stands in no chat file of the directory yet";
    found(ids, true).unwrap_or_else(|| Found::Silent(nothing.to_owned()))
}

/// One conversation is exact, several are ambiguous; `None` without any.
pub fn found(ids: BTreeSet<ConversationId>, spoken: bool) -> Option<Found> {
    let mut ids: Vec<ConversationId> = ids.into_iter().collect();
    match ids.len() {
        0 => None,
        1 => ids.pop().map(|conversation| Found::Exact { conversation, spoken }),
        _ => Some(Found::Ambiguous(ids)),
    }
}

/// The id in the name of a file that is called after its conversation.
pub fn id_in(name: &str) -> Option<&str> {
    name.strip_suffix(".jsonl").filter(|id| is_file_name_safe(id))
}

/// What the user said in the end of a file that is called after its conversation; `said` reads a record.
pub fn heard_in(path: &Path, tail: &str, said: impl Fn(&Value) -> Option<String>) -> Vec<Heard> {
    let Some(id) = path.file_name().and_then(|name| id_in(name.to_str()?)).map(ConversationId::new) else {
        return Vec::new();
    };
    let heard = jsonl::values(tail).filter_map(|record| {
        let (at, text) = (jsonl::time_of(&record, "timestamp")?, said(&record)?);
        Some(Heard { conversation: id.clone(), at, text })
    });
    heard.collect()
}

/// Reads the files from the newest to the oldest and hands their conversations over in batches; of several with one id, the
/// newest counts. Ends where `deliver` says so.
pub fn deliver(
    mut files: Vec<ChatFile>,
    read: impl Fn(&ChatFile) -> Option<Conversation>,
    deliver: &mut dyn FnMut(Vec<Conversation>) -> ControlFlow<()>,
) {
    files.sort_unstable_by(|a, b| b.written_at.cmp(&a.written_at).then_with(|| a.path.cmp(&b.path)));
    let mut seen: BTreeSet<ConversationId> = BTreeSet::new();
    let mut batch = Vec::new();
    for file in &files {
        let Some(conversation) = read(file) else { continue };
        if !seen.insert(conversation.id.clone()) {
            continue;
        }
        batch.push(conversation);
        if batch.len() == BATCH && deliver(std::mem::take(&mut batch)).is_break() {
            return;
        }
    }
    if !batch.is_empty() {
        let _ = deliver(batch);
    }
}
