//! All of a person's conversations with Claude, for the browser: from the start and the end of each transcript.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::Deserialize;
use serde_json::Value;

use crate::core::conversation::Conversation;
use crate::id::{ConversationId, ProviderName};
use crate::time::Wall;
use crate::watch::claude::transcript::{self, Line};
use crate::watch::{in_batches, line, lines};

/// How much of a transcript's start is read at first. Chosen: of those seen, the first message ends before 8 KiB.
const HEAD_BYTES: u64 = 16 << 10;

/// How much of a transcript's start is read where that holds no message of the user's: a picture comes before it. Chosen.
const LONG_HEAD_BYTES: u64 = 8 << 20;

/// How much of a transcript's end is read for title and last words. Chosen: the lines after an answer have some 2 KiB.
const TAIL_BYTES: u64 = 16 << 10;

/// A transcript that was found.
struct Found {
    modified: SystemTime,
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
            let modified = fs::metadata(&path).and_then(|found| found.modified()).ok()?;
            Some(Found { modified, id, path })
        })
        .collect();
    found.sort_unstable_by(|a, b| (b.modified, &b.id).cmp(&(a.modified, &a.id)));
    in_batches(&found, |found| read(found, provider), each);
}

fn read(found: &Found, provider: &ProviderName) -> Option<Conversation> {
    let mut digest = Digest::default();
    digest.read(&lines::head(&found.path, HEAD_BYTES).ok()?);
    if !digest.is_said && fs::metadata(&found.path).is_ok_and(|found| found.len() > HEAD_BYTES) {
        digest = Digest::default();
        digest.read(&lines::head(&found.path, LONG_HEAD_BYTES).ok()?);
    }
    if !digest.is_said || digest.is_without_screen {
        return None;
    }
    digest.read(&lines::tail(&found.path, TAIL_BYTES).ok()?);
    Some(Conversation {
        provider: provider.clone(),
        id: found.id.clone(),
        title: digest.titles.into_iter().flatten().next(),
        cwd: digest.cwd.unwrap_or_default(),
        created_at: digest.first_at,
        updated_at: digest.last_at.unwrap_or_else(|| lines::wall_of(found.modified)),
        first_message: digest.first_message,
        last_message: digest.last_message,
    })
}

impl Digest {
    /// Reads lines, later ones after earlier ones.
    fn read(&mut self, bytes: &[u8]) {
        let values = bytes.split(|byte| *byte == b'\n').filter_map(|text| serde_json::from_slice::<Value>(text).ok());
        values.for_each(|value| self.take(&value));
    }

    fn take(&mut self, value: &Value) {
        let text = |name: &str| value.get(name).and_then(Value::as_str);
        let title = match text("type") {
            Some("custom-title") => Some((0, "customTitle")),
            Some("ai-title") => Some((1, "aiTitle")),
            Some("summary") => Some((2, "summary")),
            _ => None,
        };
        if let Some((rank, name)) = title
            && let (Some(slot), Some(title)) = (self.titles.get_mut(rank), text(name).and_then(line))
        {
            *slot = Some(title);
            return;
        }
        if let Some(at) = lines::timestamp(value) {
            self.first_at = self.first_at.or(Some(at));
        }
        let Ok(said) = Line::deserialize(value) else { return };
        if !said.is_users() && !said.is_answer() {
            return;
        }
        // Only what was said counts as use: opening a conversation writes notes to it.
        self.last_at = lines::timestamp(value).max(self.last_at);
        self.cwd = self.cwd.take().or_else(|| text("cwd").map(str::to_owned));
        let words = line(&said.text());
        if said.is_users() && !self.is_said {
            self.is_said = true;
            self.is_without_screen = said.is_without_screen();
        }
        if said.is_users() && self.first_message.is_none() {
            self.first_message.clone_from(&words);
        }
        self.last_message = words.or(self.last_message.take());
    }
}
