//! The store: one SQLite file for all workspaces, in which layout, sessions, the ledger of conversations, screens, history
//! and notices outlive every process.
//!
//! Owns the file, its schema, its backups and its recovery. Never decides what is stored: it is handed lists of changes, each
//! stored as one transaction or not at all, so that a kill at any instant leaves a state that was meant. The only importer
//! of rusqlite, and so also the place from which other programs' databases are read ([`ForeignDatabase`]). Imports id, time and
//! the data types of core (session, ledger, metrics).
//!
//! ```text
//! Store::open ──► Opened { store, loaded, warnings }       synchronous, at the start
//!                   └─ store.spawn(done) ──► StoreHandle    commit(ticket, changes, durability) … done(ticket, result)
//! ```

mod backup;
mod blank;
mod change;
mod checkup;
mod clock;
mod commit;
mod error;
mod foreign;
mod history;
mod ledger;
mod load;
mod lock;
mod open;
mod reader;
mod record;
mod recover;
mod row;
mod salvage;
mod schema;
#[cfg(test)]
mod tests;
mod writer;

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};

use crate::store::commit::Applier;
use crate::store::history::HistoryUse;
use crate::store::lock::OpenLock;

pub use crate::core::ledger::{ClaimEnd, Holder, LedgerEntry, StoredSession};
pub use crate::core::metrics::{Metrics, ProviderMetrics};
pub use crate::store::change::{Change, Durability, Ticket};
pub use crate::store::checkup::{Checkup, check_up};
pub use crate::store::commit::NOTICES_KEPT;
pub use crate::store::error::{CommitError, OpenError, ReadError, StoreWarning};
pub use crate::store::foreign::ForeignDatabase;
#[cfg(test)]
pub(crate) use crate::store::foreign::ForeignWriter;
pub use crate::store::history::{HISTORY_BYTES_PER_SESSION, HistoryLoader};
pub use crate::store::reader::{Reader, Scope, SessionFilter};
pub use crate::store::record::{
    BinaryRecord, HistoryBlock, LoadedWorkspace, NoticeRecord, PaneRecord, QuarantinedRow, StoredScreen, TabRecord,
};
pub use crate::store::writer::{QUEUE_COMMITS, StoreHandle};

/// How long a connection waits for another process's lock. From the design: 5 s.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// An opened database and what it holds of one workspace.
#[derive(Debug)]
pub struct Opened {
    /// The database.
    pub store: Store,
    /// The workspace as it was stored.
    pub loaded: LoadedWorkspace,
    /// What the user should hear about.
    pub warnings: Vec<StoreWarning>,
}

/// An open database, for one workspace.
#[derive(Debug)]
pub struct Store {
    conn: Connection,
    path: Option<PathBuf>,
    workspace: i64,
    durability: Durability,
    /// Whether the file itself was once synced by this store; the log alone is of no use without it.
    is_file_durable: bool,
    history: HistoryUse,
    /// Dropped after the connection: fields are dropped in their order.
    lock: Option<OpenLock>,
}

impl Store {
    /// Opens the file, made together with its directory where it is not there (0600 in 0700), and reads the workspace,
    /// which need not be known. A damaged file is kept under another name and replaced by the newest good backup and
    /// what can still be read; the warnings say so.
    pub fn open(path: &Path, workspace: &str) -> Result<Opened, OpenError> {
        open::open(path, workspace)
    }

    /// Opens an empty database that is gone with the store.
    pub fn open_in_memory(workspace: &str) -> Result<Opened, OpenError> {
        open::open_in_memory(workspace)
    }

    fn new(conn: Connection, path: Option<PathBuf>, workspace: i64) -> Self {
        let history = HistoryUse::new(HISTORY_BYTES_PER_SESSION);
        Self { conn, path, workspace, durability: Durability::Relaxed, is_file_durable: false, history, lock: None }
    }

    /// Keeps at most that many bytes of history per session, as stored, instead of [`HISTORY_BYTES_PER_SESSION`].
    #[must_use]
    pub fn with_history_bytes(mut self, bytes_max: u64) -> Self {
        self.history = HistoryUse::new(bytes_max);
        self
    }

    /// Moves the database to a thread of its own. `done` is called there, once for each commit, in their order (refused
    /// ones excepted); it must not block.
    pub fn spawn(self, done: impl Fn(Ticket, Result<(), CommitError>) + Send + 'static) -> StoreHandle {
        writer::spawn(self, done, writer::IDLE_AFTER)
    }

    /// Stores the changes in one transaction; on an error none of them.
    pub fn commit(&mut self, changes: Vec<Change>, durability: Durability) -> Result<(), CommitError> {
        self.set_durability(durability)?;
        let result = self.transact(changes);
        if result.is_err() {
            self.history.recount();
        }
        result
    }

    /// What can be asked of the database.
    pub fn reader(&self) -> Reader<'_> {
        Reader { conn: &self.conn, workspace: self.workspace }
    }

    fn transact(&mut self, changes: Vec<Change>) -> Result<(), CommitError> {
        // IMMEDIATE: the lock is waited for at the start, where waiting is possible, and not in the middle.
        let tx = self.conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut applier = Applier { tx: &tx, workspace: self.workspace, history: &mut self.history };
        for change in changes {
            applier.apply(change)?;
        }
        Ok(tx.commit()?)
    }

    fn set_durability(&mut self, durability: Durability) -> rusqlite::Result<()> {
        if self.durability != durability {
            let synchronous = match durability {
                Durability::Full => "FULL",
                Durability::Relaxed => "NORMAL",
            };
            self.conn.pragma_update(None, "synchronous", synchronous)?;
            self.durability = durability;
        }
        if durability == Durability::Full && !self.is_file_durable {
            self.make_durable()?;
        }
        Ok(())
    }

    /// Syncs the file, once: a fresh one is made without syncs. A checkpoint syncs the log, then the file.
    fn make_durable(&mut self) -> rusqlite::Result<()> {
        self.conn.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?;
        self.is_file_durable = true;
        Ok(())
    }

    fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Writes the log back into the file as far as readers allow, and gives free pages back.
    fn tidy(&self, n_pages: u32) -> rusqlite::Result<()> {
        self.conn.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?;
        self.conn.execute_batch(&format!("PRAGMA incremental_vacuum({n_pages})"))
    }

    /// Writes the log back into the file and closes it.
    fn finish(self) -> rusqlite::Result<()> {
        self.conn.flush_prepared_statement_cache();
        self.conn.close().map_err(|(_, error)| error)
    }
}
