//! Rotating backups: whole copies of the database, made by `VACUUM INTO` on a connection and a thread of their own, so
//! that no commit waits for them.

use std::cmp::Reverse;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::time::Wall;

/// Backups kept. Chosen.
pub(super) const GENERATIONS: usize = 3;

/// The least time between two backups. Chosen: the newest loses at most a day, the oldest is at least two days old.
pub(super) const INTERVAL: Duration = Duration::from_secs(24 * 3600);

/// What a backup's file name ends with.
const SUFFIX: &str = ".db";

/// A backup could not be made. The backups there are stay.
#[derive(Debug, thiserror::Error)]
pub(super) enum BackupError {
    /// The file system refused.
    #[error("cannot write a backup: {0}")]
    Io(#[from] io::Error),
    /// SQLite refused; also when the program ends meanwhile.
    #[error("cannot make a backup: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The copy has faults, so the database has: no good backup is rotated away for it.
    #[error("the copy of the database has faults: {0}")]
    Faulty(String),
}

/// A backup on disk.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Backup {
    /// The file.
    pub(super) path: PathBuf,
    /// When it was made; also in its name.
    pub(super) taken_at: Wall,
}

/// Where the backups of a database lie.
pub(super) fn directory(database: &Path) -> PathBuf {
    database.parent().unwrap_or(Path::new(".")).join("backups")
}

/// The backups of the database, newest first. Those dated later than now come last: the clock was set back since, so
/// they are older than they say. Names that are not ours are left alone.
pub(super) fn list(database: &Path, now: Wall) -> Vec<Backup> {
    let Ok(entries) = fs::read_dir(directory(database)) else { return Vec::new() };
    let prefix = prefix(database);
    let mut backups: Vec<Backup> = entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let digits = name.strip_prefix(&prefix)?.strip_suffix(SUFFIX)?;
            Some(Backup { path: entry.path(), taken_at: Wall { unix_ms: digits.parse().ok()? } })
        })
        .collect();
    backups.sort_unstable_by_key(|backup| (backup.taken_at > now, Reverse(backup.taken_at)));
    backups
}

/// Whether no backup was made in the last [`INTERVAL`].
pub(super) fn is_due(database: &Path, now: Wall) -> bool {
    let newest = list(database, now).into_iter().next();
    newest.is_none_or(|newest| newest.taken_at > now || now.since(newest.taken_at) >= INTERVAL)
}

/// Opens a connection for [`write`].
pub(super) fn connect(database: &Path) -> rusqlite::Result<Connection> {
    let conn =
        Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    conn.busy_timeout(super::BUSY_TIMEOUT)?;
    Ok(conn)
}

/// Copies the database, checks the copy, and only then removes the oldest backups.
pub(super) fn write(conn: &Connection, database: &Path, now: Wall) -> Result<Backup, BackupError> {
    let directory = directory(database);
    DirBuilder::new().recursive(true).mode(0o700).create(&directory)?;
    let unfinished = directory.join(format!("{}{}.{}.part", prefix(database), now.unix_ms, std::process::id()));
    let path = directory.join(format!("{}{}{SUFFIX}", prefix(database), now.unix_ms));
    let written = copy_and_check(conn, &unfinished).and_then(|()| Ok(fs::rename(&unfinished, &path)?));
    if let Err(error) = written {
        // What is left of a failed copy is of no use; that it cannot be removed changes nothing about the failure.
        let _ = fs::remove_file(&unfinished);
        return Err(error);
    }
    for old in list(database, now).into_iter().skip(GENERATIONS) {
        fs::remove_file(old.path)?;
    }
    remove_unfinished(database, now);
    Ok(Backup { path, taken_at: now })
}

fn copy_and_check(conn: &Connection, target: &Path) -> Result<(), BackupError> {
    // SQLite takes an empty file as the target; made here, it has the right permissions from the start.
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(target)?;
    let name = target.to_str().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the path is not UTF-8"))?;
    conn.execute("VACUUM INTO ?1", [name])?;
    check(&Connection::open_with_flags(target, OpenFlags::SQLITE_OPEN_READ_ONLY)?)?;
    File::open(target)?.sync_all()?;
    Ok(())
}

/// Looks for faults in the structure of the whole file. Rows that break a rule are no reason against a backup: they are
/// set aside when they are read.
pub(super) fn check(conn: &Connection) -> Result<(), BackupError> {
    let verdict: String = conn.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    // Faults in the structure are reported first, under this heading (SQLite, pragma.html#pragma_integrity_check).
    if verdict.starts_with("*** in database") { Err(BackupError::Faulty(verdict)) } else { Ok(()) }
}

/// Removes what killed processes left half-written, a day later: it might be another server's work under way.
fn remove_unfinished(database: &Path, now: Wall) {
    let Ok(entries) = fs::read_dir(directory(database)) else { return };
    let prefix = prefix(database);
    for entry in entries.flatten() {
        let Ok(name) = entry.file_name().into_string() else { continue };
        let started = name
            .strip_prefix(&prefix)
            .and_then(|rest| rest.strip_suffix(".part"))
            .and_then(|rest| rest.split('.').next()?.parse().ok())
            .map(|unix_ms| Wall { unix_ms });
        if started.is_some_and(|started| now.since(started) >= INTERVAL) {
            // Tried again with the next backup.
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn prefix(database: &Path) -> String {
    let stem = database.file_stem().map_or_else(|| "homing".into(), |stem| stem.to_string_lossy());
    format!("{stem}-")
}
