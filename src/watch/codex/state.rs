//! Codex's state database: `state_N.sqlite` in its home. Read-only, with a short wait, its layout checked.

use std::fs;
use std::path::{Path, PathBuf};

use crate::id::ConversationId;
use crate::store::{ForeignDatabase, ReadError};

/// The columns of `threads` that are read.
pub(super) const THREAD_COLUMNS: [&str; 6] =
    ["id", "cwd", "source", "first_user_message", "created_at_ms", "thread_source"];

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
    /// Where it comes from, in Codex's words: `cli`, `vscode` (also the shared server), `exec`; else a description.
    pub source: String,
}

impl Thread {
    /// Whether a person talks in it at a screen: not a sub-agent, not `codex exec`.
    pub fn is_persons(&self) -> bool {
        !self.is_subagent && matches!(self.source.as_str(), "cli" | "vscode")
    }
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

/// The state database, its layout checked.
pub(super) struct State {
    path: PathBuf,
    database: ForeignDatabase,
}

impl State {
    pub(super) fn open(codex_home: &Path) -> Result<Self, StateError> {
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

    pub(super) fn columns(&self, table: &str) -> Result<Vec<String>, StateError> {
        self.database.columns(table).map_err(|source| self.unreadable(source))
    }

    pub(super) fn rows(&self, sql: &str, params: &[&str]) -> Result<Vec<Vec<Option<String>>>, StateError> {
        self.database.rows(sql, params).map_err(|source| self.unreadable(source))
    }

    pub(super) fn thread(&self, id: &ConversationId) -> Result<Option<Thread>, StateError> {
        let sql = format!("SELECT {} FROM threads WHERE id = ?1", THREAD_COLUMNS.join(", "));
        Ok(self.rows(&sql, &[id.as_str()])?.into_iter().find_map(Thread::read))
    }

    /// The conversations that were started in the directory; oldest first.
    pub(super) fn threads_in(&self, cwd: &str) -> Result<Vec<Thread>, StateError> {
        let columns = THREAD_COLUMNS.join(", ");
        let sql = format!("SELECT {columns} FROM threads WHERE cwd = ?1 ORDER BY created_at_ms, id");
        Ok(self.rows(&sql, &[cwd])?.into_iter().filter_map(Thread::read).collect())
    }

    fn unreadable(&self, source: ReadError) -> StateError {
        StateError::Unreadable { path: self.path.clone(), source }
    }
}

impl Thread {
    /// Reads a row of [`THREAD_COLUMNS`].
    pub(super) fn read(row: Vec<Option<String>>) -> Option<Self> {
        let [id, cwd, source, first_user_message, created_at_ms, thread_source] =
            <[Option<String>; 6]>::try_from(row).ok()?;
        Some(Self {
            id: ConversationId::new(&id?),
            cwd: cwd.unwrap_or_default(),
            first_user_message: first_user_message.unwrap_or_default(),
            created_at_ms: created_at_ms.and_then(|ms| ms.parse().ok()).unwrap_or(0),
            is_subagent: thread_source.as_deref() == Some("subagent")
                || source.as_deref().is_some_and(|source| source.starts_with("{\"subagent\"")),
            source: source.unwrap_or_default(),
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
