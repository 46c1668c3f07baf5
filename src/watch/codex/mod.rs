//! What Codex leaves behind: lock files, rollouts, its state database. Facts seen on codex-cli 0.169.0.
//!
//! - `thread-writer-locks/<id>.lock` is open and flocked by the process that writes the conversation, from its start on,
//!   before anything is said. After `/new`, `/clear` or a pick from the list the old one stays open too, for a minute or more;
//!   one in which nothing was said stays open for good. Sub-agents have their own.
//! - Opening a conversation from the list takes its lock anew, also where it is loaded still: the file is made again, with the
//!   same inode number and another time. But going to one that is loaded (agents view) leaves no trace at all. So neither the
//!   newest lock nor the one without a rollout names what is on the screen: what was said does, and a lock that was taken
//!   since the last Enter.
//! - A daemon that several terminals share may hold the locks instead of the terminal's own process: then they say nothing
//!   about a pane, also where the daemon was started from it.
//! - `sessions/YYYY/MM/DD/rollout-<time>-<id>.jsonl` and the row of `threads` in `state_N.sqlite` appear with the first
//!   user message.

mod catalogue;
mod rollout;
mod state;
mod stored;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::core::probe::{Opening, Submitted};
use crate::id::ConversationId;
use crate::watch::locks::Locks;
use crate::watch::nesting;
use crate::watch::process::{self, ProcessError};
use crate::watch::{Answer, Finding, directory_of, is_file_name_safe};

pub use catalogue::conversations;
use state::State;
pub use state::{StateError, Thread};
pub use stored::stored_conversations;

/// The directory of the lock files below Codex's home.
const LOCKS: &str = "thread-writer-locks";

/// Commands of `codex` that work without a screen (`codex --help`, 0.169.0); the shared server is told apart by itself.
const WITHOUT_TERMINAL: [&str; 4] = ["exec", "e", "review", "mcp-server"];

/// Flags of `codex` before a command that take the next word as their value (`codex --help`, 0.169.0).
const FLAGS_WITH_VALUE: [&str; 20] = [
    "-c",
    "--config",
    "-m",
    "--model",
    "-p",
    "--profile",
    "-s",
    "--sandbox",
    "-a",
    "--ask-for-approval",
    "-C",
    "--cd",
    "--add-dir",
    "-i",
    "--image",
    "--enable",
    "--disable",
    "--remote",
    "--local-provider",
    "--remote-auth-token-env",
];

/// Codex's home for a session with this environment: `CODEX_HOME`, else `.codex` in the user's home.
pub fn home(env: &[(String, String)]) -> PathBuf {
    directory_of(env, "CODEX_HOME", ".codex")
}

/// Whether the conversation is being written to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LockState {
    /// No process holds its lock.
    Free,
    /// This process does.
    Held {
        /// The process.
        pid: u32,
    },
    /// It cannot be told, and why.
    Unknown(String),
}

/// The conversations whose lock files are open in the pane's process tree. A Codex that an agent of the tree started does not
/// count, one that runs without a terminal (`codex exec`) neither, nor do locks below another home.
pub fn held_conversations(proc_root: &Path, codex_home: &Path, pane_pid: u32) -> Finding {
    let mut tree = match process::descendants(proc_root, pane_pid) {
        Ok(descendants) => descendants,
        Err(error) => return Finding::Silent(error.to_string()),
    };
    if let Err(error) = process::parent_of(proc_root, pane_pid) {
        return Finding::Silent(error.to_string());
    }
    tree.insert(0, pane_pid);
    let found = Holders::find(proc_root, codex_home, &tree);
    found.finding(proc_root, pane_pid, tree.len())
}

/// The conversations that a process has open, each with the time of its lock file.
pub fn openings(codex_home: &Path, ids: &[ConversationId]) -> Vec<Opening> {
    let since = |id: &ConversationId| {
        let lock = fs::metadata(codex_home.join(LOCKS).join(format!("{id}.lock"))).ok()?;
        Some(i128::from(lock.ctime()) * 1_000_000_000 + i128::from(lock.ctime_nsec()))
    };
    ids.iter().map(|id| Opening { conversation: id.clone(), since_ns: since(id) }).collect()
}

/// Who in a process tree holds which conversation.
#[derive(Default)]
struct Holders {
    held: BTreeMap<u32, BTreeSet<ConversationId>>,
    n_elsewhere: usize,
    n_unreadable: usize,
    has_daemon: bool,
}

impl Holders {
    fn find(proc_root: &Path, codex_home: &Path, tree: &[u32]) -> Self {
        let mut holders = Self::default();
        let locks = Locks::read(proc_root);
        // What a process has open is shown with its links resolved.
        let resolved = fs::canonicalize(codex_home).unwrap_or_else(|_| codex_home.to_owned());
        let directories = [codex_home.join(LOCKS), resolved.join(LOCKS)];
        for &pid in tree {
            if !is_terminal(proc_root, pid) {
                continue;
            }
            let held = match process::open_files(proc_root, pid) {
                Ok(files) => files.into_iter().filter_map(|file| Some((lock_of(&file, &directories)?, file))).collect(),
                Err(ProcessError::Gone { .. }) => continue,
                // A process that protects its files still shows its locks.
                Err(_) => {
                    holders.n_unreadable += 1;
                    locked_by(proc_root, &locks, codex_home, pid)
                }
            };
            let is_elsewhere = |file: &Path| {
                let holder = locks.holder(proc_root, file).ok().flatten();
                holder.is_some_and(|holder| !tree.contains(&holder) && process::parent_of(proc_root, holder).is_ok())
            };
            let (elsewhere, own): (Vec<_>, Vec<_>) = held.into_iter().partition(|(_, file)| is_elsewhere(file));
            holders.n_elsewhere += elsewhere.len();
            if own.is_empty() {
                continue;
            }
            if is_shared_daemon(proc_root, pid) {
                holders.has_daemon = true;
            } else {
                holders.held.insert(pid, own.into_iter().map(|(id, _)| id).collect());
            }
        }
        holders
    }

    fn finding(self, proc_root: &Path, pane_pid: u32, n_processes: usize) -> Finding {
        let pids: Vec<u32> = self.held.keys().copied().collect();
        let is_nested = |pid: u32| {
            let mut others = pids.iter().filter(|other| **other != pid);
            nesting::is_nested(proc_root, pane_pid, pid)
                || others.any(|other| process::is_descendant(proc_root, pid, *other).unwrap_or(false))
        };
        let outermost = self.held.into_iter().filter(|(pid, _)| !is_nested(*pid)).flat_map(|(_, ids)| ids).collect();
        Finding::of(outermost, || {
            let reason = if self.has_daemon {
                "the locks are held by the app-server that several terminals share".to_owned()
            } else if self.n_elsewhere > 0 {
                "the lock is held by a process outside of the pane".to_owned()
            } else {
                format!("none of the pane's {n_processes} processes has a Codex lock file open")
            };
            match self.n_unreadable {
                0 => reason,
                n => format!("{reason} ({n} cannot be looked into)"),
            }
        })
    }
}

/// What is held, without sub-agents' where several are; as it is where the database does not tell them apart.
pub fn of_persons(codex_home: &Path, held: Finding) -> Finding {
    let Finding::Ambiguous(candidates) = held else { return held };
    match without_subagents(codex_home, &candidates) {
        Ok(left @ (Finding::Exact(_) | Finding::Ambiguous(_))) => left,
        // Without the database, or with all of them sub-agents', what was said may tell all the same.
        Ok(Finding::Silent(_)) | Err(_) => Finding::Ambiguous(candidates),
    }
}

/// Those of the conversations whose rollouts hold what was just submitted, from about that time.
pub fn holding(codex_home: &Path, conversations: &[ConversationId], said: &Submitted) -> Vec<ConversationId> {
    let holds = |id: &&ConversationId| rollout::find(codex_home, id).is_some_and(|path| rollout::holds(&path, said));
    conversations.iter().filter(holds).cloned().collect()
}

/// Which of the conversations are not sub-agents': these have locks of their own in the same process.
pub fn without_subagents(codex_home: &Path, conversations: &[ConversationId]) -> Result<Finding, StateError> {
    let state = State::open(codex_home)?;
    let has_edges = state.columns("thread_spawn_edges")?.iter().any(|column| column == "child_thread_id");
    let mut left = BTreeSet::new();
    for id in conversations {
        let is_child = has_edges
            && !state.rows("SELECT 1 FROM thread_spawn_edges WHERE child_thread_id = ?1", &[id.as_str()])?.is_empty();
        let is_subagent = is_child || state.thread(id)?.is_some_and(|thread| thread.is_subagent);
        if !is_subagent {
            left.insert(id.clone());
        }
    }
    Ok(Finding::of(left, || "all of them are sub-agents'".to_owned()))
}

/// Whether there is anything to resume: a rollout on disk, or a row in the state database.
pub fn rollout_exists(codex_home: &Path, id: &ConversationId) -> Answer {
    if !is_file_name_safe(id.as_str()) {
        return Answer::No;
    }
    if rollout::find(codex_home, id).is_some() {
        return Answer::Yes;
    }
    match State::open(codex_home).and_then(|state| state.thread(id)) {
        // A row without its file: what was said is kept in another database too. Whether that is enough, Codex decides.
        Ok(Some(_)) => Answer::Yes,
        Ok(None) | Err(StateError::Missing { .. }) => Answer::No,
        Err(error) => Answer::Unknown(error.to_string()),
    }
}

/// Whether the user said anything in the conversation.
pub fn has_user_message(codex_home: &Path, id: &ConversationId) -> Answer {
    if !is_file_name_safe(id.as_str()) {
        return Answer::No;
    }
    let state = State::open(codex_home).and_then(|state| state.thread(id));
    if matches!(&state, Ok(Some(thread)) if !thread.first_user_message.is_empty()) {
        return Answer::Yes;
    }
    // The rollout appears with the first message; it also tells where the database cannot.
    let rollout = rollout::find(codex_home, id);
    match (rollout.and_then(|path| fs::metadata(path).ok()), state) {
        (Some(file), _) if file.len() > 0 => Answer::Yes,
        (_, Ok(_) | Err(StateError::Missing { .. })) => Answer::No,
        (_, Err(error)) => Answer::Unknown(error.to_string()),
    }
}

/// The conversations that were started in the directory, as the state database has them; oldest first.
pub fn threads_in(codex_home: &Path, cwd: &str) -> Result<Vec<Thread>, StateError> {
    State::open(codex_home)?.threads_in(cwd)
}

/// Whether a living process writes the conversation now; looked up in `/proc/locks`, without trying the lock.
pub fn lock_state(proc_root: &Path, codex_home: &Path, id: &ConversationId) -> LockState {
    if !is_file_name_safe(id.as_str()) {
        return LockState::Free;
    }
    let file = codex_home.join(LOCKS).join(format!("{id}.lock"));
    match Locks::read(proc_root).holder(proc_root, &file) {
        Ok(Some(pid)) => LockState::Held { pid },
        Ok(None) => LockState::Free,
        Err(reason) => LockState::Unknown(reason),
    }
}

/// The conversation whose lock file this is, if it lies in one of the directories.
fn lock_of(file: &Path, directories: &[PathBuf]) -> Option<ConversationId> {
    let id = file.file_name()?.to_str()?.strip_suffix(".lock")?;
    let is_lock = directories.iter().any(|directory| file.parent() == Some(directory)) && is_file_name_safe(id);
    is_lock.then(|| ConversationId::new(id))
}

/// Whether the process may be a Codex with a screen: not one that was given a task and no terminal.
fn is_terminal(proc_root: &Path, pid: u32) -> bool {
    let arguments = nesting::agent_arguments(proc_root, pid);
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        if FLAGS_WITH_VALUE.contains(&word.as_str()) {
            words.next();
        } else if !word.starts_with('-') {
            return !WITHOUT_TERMINAL.contains(&word.as_str());
        }
    }
    true
}

/// The conversations whose lock files the process has locked.
fn locked_by(proc_root: &Path, locks: &Locks, codex_home: &Path, pid: u32) -> Vec<(ConversationId, PathBuf)> {
    let Ok(entries) = fs::read_dir(codex_home.join(LOCKS)) else { return Vec::new() };
    let files = entries.flatten().map(|entry| entry.path());
    let directories = [codex_home.join(LOCKS)];
    files
        .filter_map(|file| Some((lock_of(&file, &directories)?, file)))
        .filter(|(_, file)| locks.holder(proc_root, file) == Ok(Some(pid)))
        .collect()
}

/// Whether the process is the app-server that `codex` starts for all terminals of a home.
fn is_shared_daemon(proc_root: &Path, pid: u32) -> bool {
    process::arguments(proc_root, pid).is_ok_and(|arguments| arguments.iter().any(|argument| argument == "app-server"))
}
