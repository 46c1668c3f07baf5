//! Claude's registry of its running processes: `sessions/<PID>.json` below its directory.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use crate::id::ConversationId;
use crate::time::Wall;
use crate::watch::claude::transcript::is_without_screen;
use crate::watch::{Finding, is_file_name_safe, nesting, process};

/// A registry file longer than this is none. Chosen: those seen have some 300 bytes.
const ENTRY_BYTES_MAX: u64 = 64 << 10;

/// What it says that it waits for while a menu is open. The others are `permission prompt`, `input needed`, `sandbox request` and
/// `worker request` (2.1.197).
const MENU: &str = "dialog open";

/// What a running Claude says of itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Registration {
    /// Its process.
    pub pid: u32,
    /// The conversation that it shows.
    pub session_id: ConversationId,
    /// What it is doing.
    pub status: Activity,
    /// Since when, where it says so.
    pub since: Option<Wall>,
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
    /// A menu of its own is open (`/model`, `/resume`, …): its user is at it, and nobody is waited for.
    Menu,
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

/// A registry file, as far as it is read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    pid: u32,
    session_id: String,
    #[serde(default)]
    proc_start: Value,
    #[serde(default)]
    entrypoint: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    waiting_for: Option<String>,
    #[serde(default)]
    status_updated_at: Option<i64>,
}

/// What the registry says of the pane's process tree. A Claude that an agent of the tree started does not count, and neither
/// does one that prints an answer and leaves (`claude -p`): it is registered as any other, but for its `entrypoint`.
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
            Ok(Some(one)) if !nesting::is_nested(proc_root, pane_pid, pid) => found.push(one),
            Ok(_) => {}
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
    if is_without_screen(&entry.entrypoint) {
        return Ok(None);
    }
    Ok(Some(Registration {
        pid,
        session_id: ConversationId::new(&entry.session_id),
        status: match entry.status.as_str() {
            "idle" => Activity::Idle,
            "busy" => Activity::Busy,
            "waiting" if entry.waiting_for.as_deref() == Some(MENU) => Activity::Menu,
            "waiting" => Activity::Waiting,
            _ => Activity::Other(entry.status),
        },
        since: entry.status_updated_at.map(|unix_ms| Wall { unix_ms }),
        waiting_for: entry.waiting_for.filter(|text| !text.is_empty()),
    }))
}

/// Clock ticks, written as a number or as text.
fn ticks(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())
}
