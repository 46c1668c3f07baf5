//! What Codex leaves behind: lock files, rollouts, its state database. Facts seen on codex-cli 0.169.0.
//!
//! - `thread-writer-locks/<id>.lock` is open and flocked by the process that writes the conversation, from its start on,
//!   before anything is said. After `/new` or a pick from the list the old one stays open too; sub-agents have their own.
//! - A daemon that several terminals share may hold the locks instead of the terminal's own process: then they say nothing
//!   about a pane, also where the daemon was started from it.
//! - `sessions/YYYY/MM/DD/rollout-<time>-<id>.jsonl` and the row of `threads` in `state_N.sqlite` appear with the first
//!   user message.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::id::ConversationId;
use crate::store::{ForeignDatabase, ReadError};
use crate::watch::locks::Locks;
use crate::watch::process::{self, ProcessError};
use crate::watch::{Answer, Finding, directory_of, is_file_name_safe};

/// The directory of the lock files below Codex's home.
const LOCKS: &str = "thread-writer-locks";

/// Depth of the date directories below `sessions`.
const DATE_LEVELS: usize = 3;

/// The columns of `threads` that are read.
const THREAD_COLUMNS: [&str; 6] = ["id", "cwd", "source", "first_user_message", "created_at_ms", "thread_source"];

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

/// A conversation in Codex's state database; a user message was seen in each.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Thread {
    /// Its id.
    pub id: ConversationId,
    /// The directory it was started in.
    pub cwd: String,
    /// The first thing the user said in it (after a fork: since then).
    pub first_user_message: String,
    /// When it was created, ms since the Unix epoch: before the first message. A resume changes it.
    pub created_at_ms: i64,
    /// Whether it is a sub-agent's.
    pub is_subagent: bool,
}

/// Why the state database tells nothing.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// There is none.
    #[error("there is no state database in {}", home.display())]
    Missing {
        /// Where it was looked for.
        home: PathBuf,
    },
    /// It is not laid out as known.
    #[error("table {table} of {} has no column {column}: this version of Codex is not known", path.display())]
    Schema {
        /// The database.
        path: PathBuf,
        /// The table.
        table: &'static str,
        /// What it lacks.
        column: &'static str,
    },
    /// It cannot be read now.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// The database.
        path: PathBuf,
        /// What was reported.
        source: ReadError,
    },
}

/// The conversations whose lock files are open in the pane's process tree. A Codex that another Codex of the tree started
/// does not count.
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
    found.finding(proc_root, tree.len())
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
        for &pid in tree {
            let held = match process::open_files(proc_root, pid) {
                Ok(files) => files.into_iter().filter_map(|file| Some((conversation_of(&file)?, file))).collect(),
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

    fn finding(self, proc_root: &Path, n_processes: usize) -> Finding {
        let pids: Vec<u32> = self.held.keys().copied().collect();
        let is_nested = |pid: u32| {
            let mut others = pids.iter().filter(|other| **other != pid);
            others.any(|other| process::is_descendant(proc_root, pid, *other).unwrap_or(false))
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
    if find_rollout(&codex_home.join("sessions"), &rollout_ending(id), DATE_LEVELS).is_some() {
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
    let rollout = find_rollout(&codex_home.join("sessions"), &rollout_ending(id), DATE_LEVELS);
    match (rollout.and_then(|path| fs::metadata(path).ok()), state) {
        (Some(file), _) if file.len() > 0 => Answer::Yes,
        (_, Ok(_) | Err(StateError::Missing { .. })) => Answer::No,
        (_, Err(error)) => Answer::Unknown(error.to_string()),
    }
}

/// The conversations that were started in the directory, as the state database has them; oldest first.
pub fn threads_in(codex_home: &Path, cwd: &str) -> Result<Vec<Thread>, StateError> {
    let sql = format!("SELECT {} FROM threads WHERE cwd = ?1 ORDER BY created_at_ms, id", THREAD_COLUMNS.join(", "));
    let rows = State::open(codex_home)?.rows(&sql, &[cwd])?;
    Ok(rows.into_iter().filter_map(Thread::read).collect())
}

/// A thread as it is listed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Listed {
    /// Its id.
    pub id: ConversationId,
    /// The directory it was started in.
    pub cwd: String,
    /// Codex's own title for it, or the user's.
    pub title: Option<String>,
    /// The first thing the user said in it.
    pub first_user_message: String,
    /// When it was created, ms since the Unix epoch.
    pub created_at_ms: i64,
    /// When something was last said in it, ms since the Unix epoch.
    pub updated_at_ms: i64,
    /// Its rollout, where the database names it.
    pub rollout_path: Option<PathBuf>,
}

/// The columns of `threads` that are listed beside those always read; one that a version lacks is left empty.
const LISTED_COLUMNS: [&str; 5] = ["name", "title", "updated_at_ms", "rollout_path", "archived"];

/// All threads of a person's with a message, the newest first; sub-agents' and archived ones are left out.
pub fn list(codex_home: &Path) -> Result<Vec<Listed>, StateError> {
    let state = State::open(codex_home)?;
    let known = state.columns("threads")?;
    let column =
        |name: &str| if known.iter().any(|column| column == name) { name.to_owned() } else { "NULL".to_owned() };
    let extra = LISTED_COLUMNS.map(column);
    let sql = format!(
        "SELECT {}, {} FROM threads ORDER BY coalesce({}, created_at_ms) DESC, id DESC",
        THREAD_COLUMNS.join(", "),
        extra.join(", "),
        extra[2]
    );
    Ok(state.rows(&sql, &[])?.into_iter().filter_map(listed).collect())
}

fn listed(mut row: Vec<Option<String>>) -> Option<Listed> {
    let extra = row.split_off(THREAD_COLUMNS.len().min(row.len()));
    let thread = Thread::read(row)?;
    let [name, title, updated, rollout, archived] = <[Option<String>; 5]>::try_from(extra).ok()?;
    let is_listed = !thread.is_subagent && archived.as_deref().unwrap_or("0") == "0";
    is_listed.then(|| Listed {
        title: name.filter(|name| !name.is_empty()).or(title.filter(|title| !title.is_empty())),
        updated_at_ms: updated.and_then(|ms| ms.parse().ok()).unwrap_or(thread.created_at_ms),
        rollout_path: rollout.map(PathBuf::from).filter(|path| path.is_file()),
        id: thread.id,
        cwd: thread.cwd,
        first_user_message: thread.first_user_message,
        created_at_ms: thread.created_at_ms,
    })
}

/// The file that keeps the conversation, where there is one.
pub fn rollout(codex_home: &Path, id: &ConversationId) -> Option<PathBuf> {
    is_file_name_safe(id.as_str()).then_some(())?;
    find_rollout(&codex_home.join("sessions"), &rollout_ending(id), DATE_LEVELS)
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

/// The conversation whose lock file this is.
fn conversation_of(file: &Path) -> Option<ConversationId> {
    let id = file.file_name()?.to_str()?.strip_suffix(".lock")?;
    let is_lock = file.parent()?.file_name()? == LOCKS && is_file_name_safe(id);
    is_lock.then(|| ConversationId::new(id))
}

/// The conversations whose lock files the process has locked.
fn locked_by(proc_root: &Path, locks: &Locks, codex_home: &Path, pid: u32) -> Vec<(ConversationId, PathBuf)> {
    let Ok(entries) = fs::read_dir(codex_home.join(LOCKS)) else { return Vec::new() };
    let files = entries.flatten().map(|entry| entry.path());
    files
        .filter_map(|file| Some((conversation_of(&file)?, file)))
        .filter(|(_, file)| locks.holder(proc_root, file) == Ok(Some(pid)))
        .collect()
}

/// Whether the process is the app-server that `codex` starts for all terminals of a home.
fn is_shared_daemon(proc_root: &Path, pid: u32) -> bool {
    process::arguments(proc_root, pid).is_ok_and(|arguments| arguments.iter().any(|argument| argument == "app-server"))
}

fn rollout_ending(id: &ConversationId) -> String {
    format!("-{id}.jsonl")
}

/// Looks for the rollout in the directory and `levels` below it; later dates first.
fn find_rollout(directory: &Path, ending: &str, levels: usize) -> Option<PathBuf> {
    let mut names: Vec<String> =
        fs::read_dir(directory).ok()?.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
    let rollout = names.iter().find(|name| name.starts_with("rollout-") && name.ends_with(ending));
    if let Some(name) = rollout {
        return Some(directory.join(name));
    }
    let below = levels.checked_sub(1)?;
    names.retain(|name| name.bytes().all(|byte| byte.is_ascii_digit()));
    names.sort_unstable_by(|a, b| b.cmp(a));
    names.iter().find_map(|name| find_rollout(&directory.join(name), ending, below))
}

/// The state database, its layout checked.
struct State {
    path: PathBuf,
    database: ForeignDatabase,
}

impl State {
    fn open(codex_home: &Path) -> Result<Self, StateError> {
        let path = state_file(codex_home).ok_or_else(|| StateError::Missing { home: codex_home.to_owned() })?;
        let database =
            ForeignDatabase::open(&path).map_err(|source| StateError::Unreadable { path: path.clone(), source })?;
        let state = Self { path, database };
        let columns = state.columns("threads")?;
        match THREAD_COLUMNS.into_iter().find(|column| !columns.iter().any(|found| found == column)) {
            Some(column) => Err(StateError::Schema { path: state.path, table: "threads", column }),
            None => Ok(state),
        }
    }

    fn columns(&self, table: &str) -> Result<Vec<String>, StateError> {
        self.database.columns(table).map_err(|source| self.unreadable(source))
    }

    fn rows(&self, sql: &str, params: &[&str]) -> Result<Vec<Vec<Option<String>>>, StateError> {
        self.database.rows(sql, params).map_err(|source| self.unreadable(source))
    }

    fn thread(&self, id: &ConversationId) -> Result<Option<Thread>, StateError> {
        let sql = format!("SELECT {} FROM threads WHERE id = ?1", THREAD_COLUMNS.join(", "));
        Ok(self.rows(&sql, &[id.as_str()])?.into_iter().find_map(Thread::read))
    }

    fn unreadable(&self, source: ReadError) -> StateError {
        StateError::Unreadable { path: self.path.clone(), source }
    }
}

impl Thread {
    /// Reads a row of [`THREAD_COLUMNS`].
    fn read(row: Vec<Option<String>>) -> Option<Self> {
        let [id, cwd, source, first_user_message, created_at_ms, thread_source] =
            <[Option<String>; 6]>::try_from(row).ok()?;
        Some(Self {
            id: ConversationId::new(&id?),
            cwd: cwd.unwrap_or_default(),
            first_user_message: first_user_message.unwrap_or_default(),
            created_at_ms: created_at_ms.and_then(|ms| ms.parse().ok()).unwrap_or(0),
            is_subagent: thread_source.as_deref() == Some("subagent")
                || source.is_some_and(|source| source.starts_with("{\"subagent\"")),
        })
    }
}

/// The state database with the highest number: each version of its layout has a file of its own.
fn state_file(codex_home: &Path) -> Option<PathBuf> {
    let names = fs::read_dir(codex_home).ok()?.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let numbered = names.filter_map(|name| {
        let number: u32 = name.strip_prefix("state_")?.strip_suffix(".sqlite")?.parse().ok()?;
        Some((number, name))
    });
    numbered.max().map(|(_, name)| codex_home.join(name))
}
