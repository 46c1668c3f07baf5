//! Who has the database open: a lock file beside it, because SQLite's own locks do not tell. Every open store holds it
//! shared; a damaged file is only replaced by one that holds it alone.
//!
//! (The database itself is never opened by other means than SQLite: closing such a file would drop SQLite's locks.)

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};

/// A held lock; let go when dropped.
#[derive(Debug)]
pub(super) struct OpenLock {
    file: File,
    is_alone: bool,
}

impl OpenLock {
    /// Takes the lock, alone if no other store is open, shared otherwise. Waits for one that holds it alone, at most
    /// `patience`; `None` if that was not enough.
    pub(super) fn take(database: &Path, patience: Duration) -> io::Result<Option<Self>> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(lock_path(database))?;
        let started = Instant::now();
        loop {
            if flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok() {
                return Ok(Some(Self { file, is_alone: true }));
            }
            match flock(&file, FlockOperation::NonBlockingLockShared) {
                Ok(()) => return Ok(Some(Self { file, is_alone: false })),
                Err(rustix::io::Errno::WOULDBLOCK) => {}
                // A file system without locks: as if others were there, so that nothing is replaced under them.
                Err(_) => return Ok(Some(Self { file, is_alone: false })),
            }
            if started.elapsed() >= patience {
                return Ok(None);
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Whether no other store has the database open.
    pub(super) fn is_alone(&self) -> bool {
        self.is_alone
    }

    /// Lets others open the database too.
    pub(super) fn share(&mut self) {
        // Where this fails the lock stays exclusive, and others say that the file is locked.
        let _ = flock(&self.file, FlockOperation::NonBlockingLockShared);
        self.is_alone = false;
    }
}

fn lock_path(database: &Path) -> PathBuf {
    let mut name: OsString = database.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}
