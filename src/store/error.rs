//! What can go wrong with the store, and what is worth telling the user although it went well.

use std::io;
use std::path::PathBuf;

use crate::core::ledger::Holder;
use crate::id::{ConversationId, SessionId};

/// Why the store could not be opened. Nothing was changed or lost.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The directory of the database is not there and cannot be made.
    #[error(
        "cannot create the directory {}: {source}; make it writable or point HOMING_HOME to another directory",
        path.display()
    )]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The database file cannot be opened or created.
    #[error("cannot open {}: {source}; make it writable or point HOMING_HOME to another directory", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The path leads to something that is not a regular file.
    #[error("{} is not a file; move it away or point HOMING_HOME to another directory", path.display())]
    NotAFile {
        /// What was found.
        path: PathBuf,
    },
    /// The file, or its directory, cannot be written.
    #[error("{} cannot be written; make it writable or point HOMING_HOME to another directory", path.display())]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// The disk has no room left.
    #[error("no room left on the disk of {}; free some and start again", path.display())]
    DiskFull {
        /// The file.
        path: PathBuf,
    },
    /// A later version of homing wrote the file. It is left untouched, because what this version would store
    /// could contradict what that one relies on.
    #[error(
        "{} was written by a newer homing (schema {found}, this one knows {known}) and was left untouched; \
         upgrade homing, or point HOMING_HOME to another directory",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The file's schema version.
        found: i64,
        /// The newest schema that this version knows.
        known: i64,
    },
    /// The file is damaged, and a server that has it open keeps it from being replaced.
    #[error(
        "{} is damaged and the homing server of another workspace has it open; end that one (homing stop -w NAME) and \
         start again: what can be read will be recovered",
        path.display()
    )]
    DamagedAndInUse {
        /// The file.
        path: PathBuf,
    },
    /// The damaged file could not be moved aside or replaced.
    #[error("{} is damaged and could not be replaced: {source}; move it away by hand", path.display())]
    Recovery {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another process kept the file locked for longer than the busy timeout.
    #[error("{} is locked by another process; end it or wait for it, and start again", path.display())]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// Anything else that SQLite reported.
    #[error("cannot read {}: {source}", path.display())]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
}

/// Why a commit did not happen. It was rolled back as a whole.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// Another live session is on the conversation.
    #[error("conversation {conversation} is open in session {holder}")]
    Held {
        /// The conversation that was asked for.
        conversation: ConversationId,
        /// The session that has it.
        holder: Holder,
    },
    /// A change names a session that the store does not know.
    #[error("the store knows no session {session}")]
    NoSession {
        /// The session.
        session: SessionId,
    },
    /// There is a session with this id already.
    #[error("there is a session {session} already")]
    Exists {
        /// The session.
        session: SessionId,
    },
    /// More commits wait for the disk than the queue holds ([`super::QUEUE_COMMITS`]); this one was not queued.
    #[error("the disk does not keep up: too many changes wait to be stored")]
    Backlogged,
    /// The disk has no room left.
    #[error("no room left on the disk; free some: changes are not stored until then")]
    DiskFull,
    /// The file or its directory became unwritable.
    #[error("the database cannot be written; make it writable: changes are not stored until then")]
    ReadOnly,
    /// Another process kept the file locked for longer than the busy timeout.
    #[error("the database is locked by another process")]
    Locked,
    /// The file is damaged.
    #[error("the database is damaged ({source}); homing restart-server recovers what can be read")]
    Damaged {
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// Anything else that SQLite reported.
    #[error("cannot store: {source}")]
    Sqlite {
        /// What SQLite said.
        source: rusqlite::Error,
    },
}

impl From<rusqlite::Error> for CommitError {
    fn from(source: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode;
        match source.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull,
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen) => Self::ReadOnly,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged { source },
            _ => Self::Sqlite { source },
        }
    }
}

/// Why something could not be read from the store.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// What SQLite reported.
    #[error("cannot read the database: {0}")]
    Sqlite(#[from] rusqlite::Error),
}

/// Something the user should hear about although the store was opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreWarning {
    /// A row could not be read, in part or at all. It was copied to the table `quarantine`.
    #[error("a damaged row of {table} ({key}) was set aside: {reason}")]
    Quarantined {
        /// The row's table.
        table: &'static str,
        /// The row's key, as far as it can be read.
        key: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A whole table could not be read.
    #[error("the stored {table} could not be read: {reason}")]
    Unreadable {
        /// The table.
        table: &'static str,
        /// What SQLite said.
        reason: String,
    },
    /// The file was damaged; it is kept under another name.
    #[error("the database was damaged; it is kept as {}", moved_to.display())]
    MovedAside {
        /// Where it is now.
        moved_to: PathBuf,
    },
    /// A backup takes the damaged file's place.
    #[error("the backup {} was restored", backup.display())]
    Restored {
        /// The backup.
        backup: PathBuf,
    },
    /// There was no good backup; an empty database takes the damaged file's place.
    #[error("there was no good backup: the workspace starts empty")]
    StartedEmpty,
    /// Rows of the damaged file that could still be read were put into its successor.
    #[error("{n_sessions} sessions and {n_conversations} conversation entries were recovered from the damaged file")]
    Salvaged {
        /// Sessions read from the damaged file.
        n_sessions: usize,
        /// Ledger rows read from the damaged file.
        n_conversations: usize,
    },
    /// The file system cannot do write-ahead logging (some network file systems).
    #[error("the database's file system supports no write-ahead log (journal mode is {mode}); storing is slower")]
    NoWriteAheadLog {
        /// The journal mode in use instead.
        mode: String,
    },
}
