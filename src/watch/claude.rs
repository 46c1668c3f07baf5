//! What Claude Code leaves behind: its registry of running processes and its transcripts. Facts seen on 2.1.197.
//!
//! - `sessions/<PID>.json` below its directory: written at the start, rewritten on `/clear` and on a resume from inside,
//!   removed on a clean exit, left behind by a kill. `procStart` guards against a pid that is used again.
//! - `projects/<directory>/<id>.jsonl`: the transcript, from the first message on. `--resume` finds it only in the directory
//!   that it was started in.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use crate::id::ConversationId;
use crate::watch::process;
use crate::watch::{Finding, directory_of, is_file_name_safe};

/// A line of a transcript longer than this is not read (a pasted picture is one line). Chosen.
const LINE_BYTES_MAX: u64 = 32 << 20;

/// Names of project directories up to this length are surely not shortened. Chosen: file names end at 255 bytes, and
/// something must be left to tell shortened names apart.
const NAME_BYTES_SURE: usize = 180;

/// A registry file longer than this is none. Chosen: those seen have some 300 bytes.
const ENTRY_BYTES_MAX: u64 = 64 << 10;

/// Claude's directory for a session with this environment: `CLAUDE_CONFIG_DIR`, else `.claude` in the user's home.
pub fn config_dir(env: &[(String, String)]) -> PathBuf {
    directory_of(env, "CLAUDE_CONFIG_DIR", ".claude")
}

/// What a running Claude says of itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Registration {
    /// Its process.
    pub pid: u32,
    /// The conversation that it shows.
    pub session_id: ConversationId,
    /// What it is doing.
    pub status: Activity,
    /// What it waits for, in its own words (`permission prompt`).
    pub waiting_for: Option<String>,
}

/// What a running Claude is doing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Activity {
    /// It waits for a prompt.
    Idle,
    /// It works.
    Busy,
    /// It waits for an answer.
    Waiting,
    /// A word that is not known, or none.
    Other(String),
}

/// What the registry says of a pane.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Registry {
    /// One running Claude.
    One(Registration),
    /// Several side by side, at least two; by pid.
    Several(Vec<Registration>),
    /// None, and why.
    Silent(String),
}

impl Registry {
    /// Which conversation it names.
    pub fn finding(&self) -> Finding {
        match self {
            Self::One(one) => Finding::Exact(one.session_id.clone()),
            Self::Several(several) => {
                let ids: BTreeSet<ConversationId> = several.iter().map(|one| one.session_id.clone()).collect();
                Finding::of(ids, || "the registry is empty".to_owned())
            }
            Self::Silent(reason) => Finding::Silent(reason.clone()),
        }
    }
}

/// What is on disk of a conversation.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Transcript {
    /// Whether there is a transcript.
    pub exists: bool,
    /// Whether the user said anything in it, or was answered.
    pub has_user_message: bool,
    /// Where it is.
    pub path: Option<PathBuf>,
    /// Whether it belongs to the directory that was asked for; otherwise a resume from there fails.
    pub is_in_cwd: bool,
}

/// A registry file, as far as it is read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    pid: u32,
    session_id: String,
    #[serde(default)]
    proc_start: Value,
    #[serde(default)]
    status: String,
    #[serde(default)]
    waiting_for: Option<String>,
}

/// What the registry says of the pane's process tree. A Claude that another Claude of the tree started does not count.
pub fn registry(proc_root: &Path, config_dir: &Path, pane_pid: u32) -> Registry {
    let mut tree = match process::descendants(proc_root, pane_pid) {
        Ok(descendants) => descendants,
        Err(error) => return Registry::Silent(error.to_string()),
    };
    tree.insert(0, pane_pid);
    let directory = config_dir.join("sessions");
    let mut reasons = Vec::new();
    let mut found: Vec<Registration> = Vec::new();
    for pid in tree {
        match registration(proc_root, &directory, pid) {
            Ok(Some(one)) => found.push(one),
            Ok(None) => {}
            Err(reason) => reasons.push(reason),
        }
    }
    let pids: Vec<u32> = found.iter().map(|one| one.pid).collect();
    found.retain(|one| {
        let mut others = pids.iter().filter(|other| **other != one.pid);
        !others.any(|other| process::is_descendant(proc_root, one.pid, *other).unwrap_or(false))
    });
    match (found.len(), found.pop()) {
        (1, Some(one)) => Registry::One(one),
        (_, Some(last)) => {
            found.push(last);
            found.sort_unstable_by_key(|one| one.pid);
            Registry::Several(found)
        }
        (_, None) if reasons.is_empty() => {
            Registry::Silent(format!("no process of the pane is registered in {}", directory.display()))
        }
        (_, None) => Registry::Silent(reasons.join("; ")),
    }
}

/// The running Claude that shows the conversation, of any pane or none: two that write to one transcript spoil it, and Claude
/// itself does not refuse.
pub fn open_in(proc_root: &Path, config_dir: &Path, id: &ConversationId) -> Option<Registration> {
    let directory = config_dir.join("sessions");
    let names = fs::read_dir(&directory).ok()?.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let pids = names.filter_map(|name| name.strip_suffix(".json")?.parse().ok());
    let mut running = pids.filter_map(|pid| registration(proc_root, &directory, pid).ok().flatten());
    running.find(|one| one.session_id == *id)
}

/// The process's entry; `None` if it has none, the reason if its entry does not count.
fn registration(proc_root: &Path, directory: &Path, pid: u32) -> Result<Option<Registration>, String> {
    let path = directory.join(format!("{pid}.json"));
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("cannot read {}: {error}", path.display())),
    };
    let mut text = String::new();
    file.take(ENTRY_BYTES_MAX).read_to_string(&mut text).map_err(|error| format!("{}: {error}", path.display()))?;
    let entry: Entry = serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    if entry.pid != pid || !is_file_name_safe(&entry.session_id) {
        return Err(format!("{} is not understood", path.display()));
    }
    let started = process::start_time(proc_root, pid).map_err(|error| error.to_string())?;
    match ticks(&entry.proc_start) {
        Some(registered) if registered == started => {}
        Some(_) => return Err(format!("{} is left over from an earlier process", path.display())),
        None => return Err(format!("{} does not say when its process started", path.display())),
    }
    Ok(Some(Registration {
        pid,
        session_id: ConversationId::new(&entry.session_id),
        status: match entry.status.as_str() {
            "idle" => Activity::Idle,
            "busy" => Activity::Busy,
            "waiting" => Activity::Waiting,
            _ => Activity::Other(entry.status),
        },
        waiting_for: entry.waiting_for.filter(|text| !text.is_empty()),
    }))
}

/// Clock ticks, written as a number or as text.
fn ticks(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())
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

/// Reads up to the first line that the user said or the model answered.
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

/// A line of a transcript, as far as it is read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    is_meta: bool,
    #[serde(default)]
    is_sidechain: bool,
    #[serde(default)]
    message: Value,
}

/// Whether the line holds something that was said: not a tool's result, not a note of Claude's own, not a local command.
fn is_said(line: &[u8]) -> bool {
    let Ok(line) = serde_json::from_slice::<Line>(line) else { return false };
    if line.is_meta || line.is_sidechain {
        return false;
    }
    match line.kind.as_str() {
        "assistant" => true,
        "user" => match line.message.get("content") {
            Some(Value::String(text)) => is_users_text(text),
            Some(Value::Array(parts)) => parts.iter().any(is_users_part),
            _ => false,
        },
        _ => false,
    }
}

fn is_users_part(part: &Value) -> bool {
    match part.get("type").and_then(Value::as_str) {
        Some("text") => part.get("text").and_then(Value::as_str).is_some_and(is_users_text),
        Some("image" | "document") => true,
        _ => false,
    }
}

/// Commands that Claude carries out itself (`/clear`, `/model`) leave such lines too.
fn is_users_text(text: &str) -> bool {
    let text = text.trim_start();
    !text.is_empty() && !["<command-name>", "<local-command-"].iter().any(|tag| text.starts_with(tag))
}
