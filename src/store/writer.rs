//! The writer thread: commits one after the other, each as one transaction; makes backups when nothing is to be done.

use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rusqlite::InterruptHandle;

use crate::store::change::{Change, Durability, Ticket};
use crate::store::error::CommitError;
use crate::store::reader::Reader;
use crate::store::{Store, backup, clock};

/// Commits that may wait for the writer. Beyond that a commit is refused ([`CommitError::Backlogged`]): the loop that
/// hands them in must not be held up, and it is told. Chosen: a debounced workspace makes a few per second, so that
/// this many mean a disk that has stood still for minutes.
pub const QUEUE_COMMITS: usize = 1024;

/// How long no commit came before the file is tidied and backed up. Chosen.
pub(super) const IDLE_AFTER: Duration = Duration::from_secs(30);

/// How long after the start a file that was made without syncs is synced; a commit that needs it does it before. Chosen: until
/// then the first shell has its prompt.
const SYNC_AFTER: Duration = Duration::from_secs(1);

/// Pages given back to the file system at a time (4 KiB each). Chosen: some milliseconds.
const PAGES_FREED: u32 = 1024;

type Query = Box<dyn FnOnce(&Reader<'_>) + Send>;

enum Request {
    Commit { ticket: Ticket, changes: Vec<Change>, durability: Durability },
    Query(Query),
    Close,
}

/// Hands commits and questions to the writer thread. Dropping it without [`StoreHandle::close`] lets the thread finish on
/// its own.
pub struct StoreHandle {
    requests: SyncSender<Request>,
    refused: Arc<Mutex<Vec<Ticket>>>,
    thread: Option<JoinHandle<()>>,
}

impl StoreHandle {
    /// Queues a commit; never blocks. `done` of [`Store::spawn`] is called with the ticket when it is on the disk, or
    /// failed as a whole.
    pub fn commit(&self, ticket: Ticket, changes: Vec<Change>, durability: Durability) {
        match self.requests.try_send(Request::Commit { ticket, changes, durability }) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => {
                self.refused.lock().unwrap_or_else(PoisonError::into_inner).push(ticket);
            }
            Err(TrySendError::Disconnected(_)) => {
                tracing::error!(?ticket, "the store's thread has ended: nothing is stored any more");
            }
        }
    }

    /// Queues a question, answered after all commits queued before it; never blocks. Where the queue is full or the thread
    /// has ended, the question is dropped uncalled, and with it whatever it would have answered through.
    pub fn query(&self, question: impl FnOnce(&Reader<'_>) + Send + 'static) {
        if self.requests.try_send(Request::Query(Box::new(question))).is_err() {
            tracing::warn!("a question to the store was dropped");
        }
    }

    /// Waits until all that was queued is stored, writes the log back into the file, and ends the thread.
    pub fn close(self) {
        // A thread that has ended already needs no request; the join tells.
        let _ = self.requests.send(Request::Close);
        if self.thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the store's thread panicked");
        }
    }
}

/// What the writer thread owns.
struct Writer<F> {
    store: Store,
    done: F,
    idle_after: Duration,
    refused: Arc<Mutex<Vec<Ticket>>>,
    backup: Option<BackupJob>,
}

/// What the thread does when it is asked for nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Chore {
    /// Syncing a file that was made without syncs.
    Sync,
    /// Tidying, and a backup.
    Tidy,
    /// Nothing until something is stored again.
    None,
}

/// A backup under way.
struct BackupJob {
    interrupt: InterruptHandle,
    thread: JoinHandle<()>,
}

/// Starts the writer thread.
pub(super) fn spawn(
    store: Store,
    done: impl Fn(Ticket, Result<(), CommitError>) + Send + 'static,
    idle_after: Duration,
) -> StoreHandle {
    let (requests, queue) = sync_channel(QUEUE_COMMITS);
    let refused = Arc::new(Mutex::new(Vec::new()));
    let writer = Writer { store, done, idle_after, refused: Arc::clone(&refused), backup: None };
    let thread = thread::Builder::new().name("homing-store".to_owned()).spawn(move || writer.run(&queue));
    if let Err(error) = &thread {
        tracing::error!(%error, "cannot start the store's thread: nothing is stored");
    }
    StoreHandle { requests, refused, thread: thread.ok() }
}

impl<F: Fn(Ticket, Result<(), CommitError>)> Writer<F> {
    fn run(mut self, queue: &Receiver<Request>) {
        let mut chore = Chore::Sync;
        let began = Instant::now();
        loop {
            let pause = match chore {
                Chore::Sync => Some((began + SYNC_AFTER).saturating_duration_since(Instant::now())),
                Chore::Tidy => Some(self.idle_after),
                Chore::None => None,
            };
            let request = match pause.map(|pause| queue.recv_timeout(pause)) {
                None => queue.recv().unwrap_or(Request::Close),
                Some(Ok(request)) => request,
                Some(Err(RecvTimeoutError::Disconnected)) => Request::Close,
                Some(Err(RecvTimeoutError::Timeout)) => {
                    chore = self.do_chore(chore);
                    continue;
                }
            };
            match request {
                Request::Commit { ticket, changes, durability } => {
                    let result = self.store.commit(changes, durability);
                    (self.done)(ticket, result);
                    if chore == Chore::None {
                        chore = Chore::Tidy;
                    }
                }
                Request::Query(question) => question(&self.store.reader()),
                Request::Close => break,
            }
            self.report_refused();
        }
        self.report_refused();
        self.shut_down();
    }

    /// Does what is due while nobody waits; what is to be done after it.
    fn do_chore(&mut self, chore: Chore) -> Chore {
        match chore {
            Chore::Sync => {
                // Where it fails, the first commit that needs it tries again.
                if let Err(error) = self.store.make_durable() {
                    tracing::warn!(%error, "cannot sync the database");
                }
                Chore::Tidy
            }
            Chore::Tidy => {
                self.tidy();
                Chore::None
            }
            Chore::None => Chore::None,
        }
    }

    fn report_refused(&self) {
        let refused = std::mem::take(&mut *self.refused.lock().unwrap_or_else(PoisonError::into_inner));
        for ticket in refused {
            (self.done)(ticket, Err(CommitError::Backlogged));
        }
    }

    /// What is better done while nobody waits: the log goes back into the file, free pages to the file system, and a
    /// backup is made if one is due.
    fn tidy(&mut self) {
        if let Err(error) = self.store.tidy(PAGES_FREED) {
            tracing::warn!(%error, "cannot tidy the database");
        }
        if self.backup.as_ref().is_some_and(|job| !job.thread.is_finished()) {
            return;
        }
        self.backup = self.store.path().filter(|path| backup::is_due(path, clock::now())).and_then(start_backup);
    }

    fn shut_down(self) {
        if let Some(BackupJob { interrupt, thread }) = self.backup {
            interrupt.interrupt();
            if thread.join().is_err() {
                tracing::error!("the backup's thread panicked");
            }
        }
        if let Err(error) = self.store.finish() {
            tracing::warn!(%error, "cannot write the log back into the database; the next start does");
        }
    }
}

fn start_backup(path: &Path) -> Option<BackupJob> {
    let path = path.to_owned();
    let started = backup::connect(&path).map_err(std::io::Error::other).and_then(|conn| {
        let interrupt = conn.get_interrupt_handle();
        let work = move || match backup::write(&conn, &path, clock::now()) {
            Ok(made) => tracing::info!(path = %made.path.display(), "backup made"),
            Err(error) => tracing::warn!(%error, "no backup made"),
        };
        let thread = thread::Builder::new().name("homing-backup".to_owned()).spawn(work)?;
        Ok(BackupJob { interrupt, thread })
    });
    started.inspect_err(|error| tracing::warn!(%error, "cannot start a backup")).ok()
}
