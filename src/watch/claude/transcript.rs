//! Claude's transcripts: `projects/<directory>/<id>.jsonl` below its directory.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use crate::id::ConversationId;
use crate::watch::is_file_name_safe;
use crate::watch::jsonl;
use crate::watch::said::Message;

/// A line of a transcript longer than this is not read (a pasted picture is one line). Chosen.
const LINE_BYTES_MAX: u64 = 32 << 20;

/// Names of project directories up to this length are surely not shortened. Chosen: file names end at 255 bytes, and
/// something must be left to tell shortened names apart.
const NAME_BYTES_SURE: usize = 180;

/// What is on disk of a conversation.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Transcript {
    /// Whether there is a transcript.
    pub exists: bool,
    /// Whether the user said anything in it.
    pub has_user_message: bool,
    /// Where it is.
    pub path: Option<PathBuf>,
    /// Whether it belongs to the directory that was asked for; otherwise a resume from there fails.
    pub is_in_cwd: bool,
}

/// What is on disk of the conversation: first looked for under the directory's own name, then under all others.
pub fn transcript(config_dir: &Path, cwd: impl AsRef<Path>, id: &ConversationId) -> Transcript {
    let cwd = &*cwd.as_ref().to_string_lossy();
    if !is_file_name_safe(id.as_str()) {
        return Transcript::default();
    }
    let projects = config_dir.join("projects");
    let name = format!("{id}.jsonl");
    let resolved = fs::canonicalize(cwd).ok().and_then(|path| path.into_os_string().into_string().ok());
    let own = [Some(cwd.to_owned()), resolved].into_iter().flatten();
    let own = own.map(|cwd| projects.join(project_name(&cwd)).join(&name)).find(|path| path.is_file());
    let is_own = own.is_some();
    match own.or_else(|| find_transcript(&projects, &name)) {
        Some(path) => {
            let is_in_cwd = is_own || is_shortened(&path, cwd);
            let has_user_message = File::open(&path).is_ok_and(|file| has_user_message(BufReader::new(file)));
            Transcript { exists: true, has_user_message, path: Some(path), is_in_cwd }
        }
        None => Transcript::default(),
    }
}

/// How Claude names the directory of a project: all but letters and digits of ASCII become `-`, per UTF-16 unit.
pub fn project_name(cwd: &str) -> String {
    let mut name = String::with_capacity(cwd.len());
    for c in cwd.chars() {
        if c.is_ascii_alphanumeric() {
            name.push(c);
        } else {
            name.extend(std::iter::repeat_n('-', c.len_utf16()));
        }
    }
    name
}

/// Whether the transcript lies in a directory whose name is the shortened one of `cwd`. How long names are shortened was
/// not seen; the same long start is taken for the same directory, so that a resume is at least tried.
fn is_shortened(transcript: &Path, cwd: &str) -> bool {
    let own = project_name(cwd);
    let found = transcript.parent().and_then(Path::file_name).and_then(|name| name.to_str());
    match (own.get(..NAME_BYTES_SURE), found.and_then(|name| name.get(..NAME_BYTES_SURE))) {
        (Some(own), Some(found)) => own == found,
        _ => false,
    }
}

fn find_transcript(projects: &Path, name: &str) -> Option<PathBuf> {
    let directories = fs::read_dir(projects).ok()?.flatten();
    directories.map(|directory| directory.path().join(name)).find(|path| path.is_file())
}

/// The directories below `projects` in which conversations of the directory lie.
pub(super) fn directories_of(config_dir: &Path, cwd: &str) -> Vec<PathBuf> {
    let projects = config_dir.join("projects");
    let resolved = fs::canonicalize(cwd).ok().and_then(|path| path.into_os_string().into_string().ok());
    let mut found: Vec<PathBuf> =
        [Some(cwd.to_owned()), resolved].into_iter().flatten().map(|cwd| projects.join(project_name(&cwd))).collect();
    found.dedup();
    found
}

/// The conversations in a directory of transcripts, each with its file. Sub-agents' lie deeper.
pub(super) fn in_directory(directory: &Path) -> Vec<(ConversationId, PathBuf)> {
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    let named = entries.flatten().filter_map(|entry| {
        let name = entry.file_name().into_string().ok()?;
        let id = name.strip_suffix(".jsonl").filter(|id| is_file_name_safe(id) && !id.starts_with("agent-"))?;
        Some((ConversationId::new(id), entry.path()))
    });
    named.collect()
}

/// Reads up to the first line that the user said.
fn has_user_message(mut lines: impl BufRead) -> bool {
    let mut line = Vec::new();
    loop {
        line.clear();
        match lines.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return false,
            Ok(_) if is_said(&line) => return true,
            // The rest of an overlong line is read as lines of their own, which are no JSON.
            Ok(_) => {}
        }
    }
}

fn is_said(line: &[u8]) -> bool {
    serde_json::from_slice::<Line>(line).is_ok_and(|line| line.is_users())
}

/// A line of a transcript, as far as it is read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Line {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    is_meta: bool,
    #[serde(default)]
    is_sidechain: bool,
    #[serde(default)]
    is_compact_summary: bool,
    #[serde(default)]
    entrypoint: String,
    #[serde(default)]
    message: Value,
}

impl Line {
    /// Whether the user said it: not a tool's result, not a note of Claude's own, not a local command, not a sub-agent's task.
    pub(super) fn is_users(&self) -> bool {
        let is_own = self.is_meta || self.is_sidechain || self.is_compact_summary;
        !is_own
            && self.kind == "user"
            && match self.message.get("content") {
                Some(Value::String(text)) => is_users_text(text),
                Some(Value::Array(parts)) => parts.iter().any(is_users_part),
                _ => false,
            }
    }

    /// Whether Claude answered in it, to the user.
    pub(super) fn is_answer(&self) -> bool {
        self.kind == "assistant" && !self.is_sidechain && !self.is_meta
    }

    /// Whether it was written by a Claude without a screen: `claude -p`, or a program that drives it.
    pub(super) fn is_without_screen(&self) -> bool {
        is_without_screen(&self.entrypoint)
    }

    /// What it says, pictures and Claude's own additions left out.
    pub(super) fn text(&self) -> String {
        match self.message.get("content") {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Array(parts)) => {
                let texts = parts.iter().filter(|part| part.get("type").and_then(Value::as_str) == Some("text"));
                let texts = texts.filter_map(|part| part.get("text").and_then(Value::as_str));
                texts.filter(|text| is_users_text(text)).collect::<Vec<&str>>().join("\n")
            }
            _ => String::new(),
        }
    }
}

/// What the user said in the line, at a screen.
pub(super) fn user_message(value: &Value) -> Option<Message> {
    let line = Line::deserialize(value).ok()?;
    let is_persons = line.is_users() && !line.is_without_screen();
    is_persons.then(|| Some(Message { text: line.text(), at: jsonl::time_of(value, "timestamp")? }))?
}

/// `sdk-cli` was seen of `claude -p` (2.1.197), `cli` of one at a screen; older versions say nothing.
pub(super) fn is_without_screen(entrypoint: &str) -> bool {
    entrypoint.starts_with("sdk")
}

fn is_users_part(part: &Value) -> bool {
    match part.get("type").and_then(Value::as_str) {
        Some("text") => part.get("text").and_then(Value::as_str).is_some_and(is_users_text),
        Some("image" | "document") => true,
        _ => false,
    }
}

/// Commands that Claude carries out itself (`/clear`, `/model`) leave such lines too, and so does an interruption.
fn is_users_text(text: &str) -> bool {
    const OWN: [&str; 5] =
        ["<command-name>", "<local-command-", "<system-reminder>", "<task-notification>", "[Request interrupted"];
    let text = text.trim_start();
    !text.is_empty() && !OWN.iter().any(|start| text.starts_with(start))
}
