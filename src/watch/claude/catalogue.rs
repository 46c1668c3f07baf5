//! All of a person's conversations with Claude, for the browser: from the start and the end of each transcript.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use memchr::memmem;
use serde::Deserialize;
use serde_json::Value;

use crate::core::conversation::Conversation;
use crate::id::{ConversationId, ProviderName};
use crate::time::Wall;
use crate::watch::claude::transcript::{self, Line};
use crate::watch::{in_batches, jsonl, line};

/// How much of a transcript's start is read at first. Chosen: of those seen, the first message ends before 8 KiB.
const HEAD_BYTES: u64 = 16 << 10;

/// How much of a transcript's start is read where that holds no message of the user's: a picture comes before it. Chosen.
const LONG_HEAD_BYTES: u64 = 8 << 20;

/// How much of a transcript's end is read for title and last words. Chosen: the lines after an answer have some 2 KiB.
const TAIL_BYTES: u64 = 16 << 10;

/// A line with a title is no longer than this. Chosen: those seen have some 100 bytes.
const TITLE_LINE_BYTES_MAX: usize = 4 << 10;

/// A transcript that was found.
struct Found {
    modified: Wall,
    id: ConversationId,
    path: PathBuf,
}

/// What is read of a transcript's lines.
#[derive(Default)]
struct Digest {
    /// By rank: what the user called it, what Claude did, the summary of older versions.
    titles: [Option<String>; 3],
    cwd: Option<String>,
    first_at: Option<Wall>,
    last_at: Option<Wall>,
    first_message: Option<String>,
    last_message: Option<String>,
    is_said: bool,
    is_without_screen: bool,
}

/// Hands on all conversations, newest first.
pub fn conversations(
    config_dir: &Path,
    provider: &ProviderName,
    each: &mut dyn FnMut(Vec<Conversation>) -> ControlFlow<()>,
) {
    let Ok(projects) = fs::read_dir(config_dir.join("projects")) else { return };
    let transcripts = projects.flatten().flat_map(|project| transcript::in_directory(&project.path()));
    let mut found: Vec<Found> = transcripts
        .filter_map(|(id, path)| {
            let modified = jsonl::written_at(&path)?;
            Some(Found { modified, id, path })
        })
        .collect();
    found.sort_unstable_by(|a, b| (b.modified, &b.id).cmp(&(a.modified, &a.id)));
    in_batches(&found, |found| read(found, provider), each);
}

fn read(found: &Found, provider: &ProviderName) -> Option<Conversation> {
    let mut digest = Digest::default();
    let mut head = jsonl::head(&found.path, HEAD_BYTES).ok()?;
    digest.read_start(&head);
    if !digest.is_said && fs::metadata(&found.path).is_ok_and(|found| found.len() > HEAD_BYTES) {
        head = jsonl::head(&found.path, LONG_HEAD_BYTES).ok()?;
        digest.read_start(&head);
    }
    if !digest.is_said || digest.is_without_screen {
        return None;
    }
    digest.read_end(&jsonl::tail(&found.path, TAIL_BYTES).ok()?);
    digest.read_titles(&head);
    Some(Conversation {
        provider: provider.clone(),
        id: found.id.clone(),
        title: digest.titles.into_iter().flatten().next(),
        cwd: digest.cwd.unwrap_or_default(),
        created_at: digest.first_at,
        updated_at: digest.last_at.unwrap_or(found.modified),
        first_message: digest.first_message,
        last_message: digest.last_message,
    })
}

impl Digest {
    /// Reads up to the first message of the user's.
    fn read_start(&mut self, text: &str) {
        for value in jsonl::values(text) {
            self.first_at = self.first_at.or_else(|| jsonl::time_of(&value, "timestamp"));
            let Ok(said) = Line::deserialize(&value) else { continue };
            if !said.is_users() {
                continue;
            }
            self.is_said = true;
            self.is_without_screen = said.is_without_screen();
            self.cwd = value.get("cwd").and_then(Value::as_str).map(str::to_owned);
            self.first_message = line(&said.text());
            return;
        }
    }

    /// Reads back to the last words that were said, then only for titles. Only what was said counts as use: opening a
    /// conversation writes notes to it.
    fn read_end(&mut self, text: &str) {
        for value in jsonl::values(text).rev() {
            if self.last_message.is_some() {
                break;
            }
            let Ok(said) = Line::deserialize(&value) else { continue };
            if said.is_users() || said.is_answer() {
                self.last_at = self.last_at.or_else(|| jsonl::time_of(&value, "timestamp"));
                self.last_message = line(&said.text());
            }
        }
        self.read_titles(text);
    }

    /// Takes the last title of each kind that is not known yet. Lines are long and titles few: others are not parsed.
    fn read_titles(&mut self, text: &str) {
        let hints = [memmem::Finder::new("-title\""), memmem::Finder::new("\"summary\"")];
        let lines = text.lines().rev().filter(|text| text.len() <= TITLE_LINE_BYTES_MAX);
        let hinted = lines.filter(|text| hints.iter().any(|hint| hint.find(text.as_bytes()).is_some()));
        for value in hinted.filter_map(|text| serde_json::from_str::<Value>(text).ok()) {
            let text = |name: &str| value.get(name).and_then(Value::as_str);
            let (rank, name) = match text("type") {
                Some("custom-title") => (0, "customTitle"),
                Some("ai-title") => (1, "aiTitle"),
                Some("summary") => (2, "summary"),
                _ => continue,
            };
            if let Some(slot @ None) = self.titles.get_mut(rank) {
                *slot = text(name).and_then(line);
            }
        }
    }
}
