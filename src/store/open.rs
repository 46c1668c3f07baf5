//! Opens the database: makes it, migrates it, reads the workspace, and recovers from a damaged file.

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::Path;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::store::error::{OpenError, StoreWarning};
use crate::store::history::HistoryLoader;
use crate::store::lock::OpenLock;
use crate::store::schema::{self, MIGRATIONS, MigrateError};
use crate::store::{BUSY_TIMEOUT, Opened, Store, backup, blank, clock, load, recover};

/// Bytes to which the write-ahead log is cut back after a checkpoint. Chosen: a busy second's worth.
const LOG_BYTES: i64 = 4 << 20;

/// KiB of pages that SQLite keeps in memory, instead of its 2000: after thousands of lines of history were stored it would hold the
/// last of them, which nobody reads again. Chosen.
const CACHED_KIB: i64 = 512;

/// Statements kept compiled: all of them.
const STATEMENTS: usize = 64;

/// Why one attempt at a file failed.
pub(super) enum Failure {
    /// The file is damaged: another may do.
    Damaged(rusqlite::Error),
    /// It is no use to try another.
    Final(OpenError),
}

/// Opens the database file and reads the workspace.
pub(super) fn open(path: &Path, workspace: &str) -> Result<Opened, OpenError> {
    make_directory(path)?;
    let mut lock = OpenLock::take(path, BUSY_TIMEOUT)
        .map_err(|source| file_error(path, source))?
        .ok_or_else(|| OpenError::Locked { path: path.to_owned() })?;
    let is_new = make_file(path)?;
    let lost_its_content = !is_new && fs::metadata(path).is_ok_and(|file| file.len() == 0);
    let first = if lost_its_content && !backup::list(path, clock::now()).is_empty() {
        Err(Failure::Damaged(rusqlite::Error::QueryReturnedNoRows))
    } else {
        connect(path).and_then(|conn| finish(conn, path, workspace))
    };
    let mut opened = match first {
        Ok(opened) => opened,
        Err(Failure::Final(error)) => return Err(error),
        Err(Failure::Damaged(_)) if !lock.is_alone() => {
            return Err(OpenError::DamagedAndInUse { path: path.to_owned() });
        }
        Err(Failure::Damaged(fault)) => {
            tracing::error!(path = %path.display(), %fault, "the database is damaged");
            recover::replace(path, workspace)?
        }
    };
    lock.share();
    opened.store.lock = Some(lock);
    Ok(opened)
}

/// Opens an empty database in memory.
pub(super) fn open_in_memory(workspace: &str) -> Result<Opened, OpenError> {
    let path = Path::new(":memory:");
    let attempt = || {
        let mut conn = Connection::open_in_memory().map_err(|source| failure(path, source))?;
        set_up(&mut conn, path)?;
        assemble(conn, None, workspace, Vec::new()).map_err(|source| failure(path, source))
    };
    attempt().map_err(|failure| match failure {
        Failure::Final(error) => error,
        Failure::Damaged(source) => OpenError::Sqlite { path: path.to_owned(), source },
    })
}

/// Connects to the file and brings its schema up to date.
pub(super) fn connect(path: &Path) -> Result<Connection, Failure> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut conn = Connection::open_with_flags(path, flags).map_err(|source| failure(path, source))?;
    set_up(&mut conn, path)?;
    Ok(conn)
}

/// Reads the workspace over a connection.
pub(super) fn finish(conn: Connection, path: &Path, workspace: &str) -> Result<Opened, Failure> {
    let mode: String = conn.pragma_query_value(None, "journal_mode", |row| row.get(0)).map_err(|e| failure(path, e))?;
    let warnings = if mode == "wal" { Vec::new() } else { vec![StoreWarning::NoWriteAheadLog { mode }] };
    assemble(conn, Some(path), workspace, warnings).map_err(|source| failure(path, source))
}

fn assemble(
    conn: Connection,
    path: Option<&Path>,
    workspace: &str,
    mut warnings: Vec<StoreWarning>,
) -> rusqlite::Result<Opened> {
    let number = load::workspace_number(&conn, workspace)?;
    let histories = HistoryLoader { path: path.map(Path::to_owned) };
    let (loaded, damaged) = load::load(&conn, number, histories)?;
    warnings.extend(damaged);
    let store = Store::new(conn, path.map(Path::to_owned), number);
    Ok(Opened { store, loaded, warnings })
}

/// A newer schema is noticed before anything is written.
fn set_up(conn: &mut Connection, path: &Path) -> Result<(), Failure> {
    conn.busy_timeout(BUSY_TIMEOUT)
        .map_err(MigrateError::from)
        .and_then(|()| {
            let found = schema::check(conn, MIGRATIONS)?;
            configure(conn, found)?;
            schema::migrate(conn, MIGRATIONS)?;
            Ok(conn.pragma_update(None, "synchronous", "NORMAL")?)
        })
        .map_err(|error| match error {
            MigrateError::Newer { found, known } => {
                Failure::Final(OpenError::Newer { path: path.to_owned(), found, known })
            }
            MigrateError::Incomplete => Failure::Damaged(rusqlite::Error::QueryReturnedNoRows),
            MigrateError::Sqlite(source) => failure(path, source),
        })
}

fn configure(conn: &Connection, version: i64) -> rusqlite::Result<()> {
    conn.set_prepared_statement_cache_capacity(STATEMENTS);
    conn.pragma_update(None, "foreign_keys", true)?;
    conn.pragma_update(None, "cache_size", -CACHED_KIB)?;
    if version == 0 {
        // Making the tables takes ten syncs, which no start should wait for; `Store::make_durable` makes up for them.
        conn.pragma_update(None, "synchronous", "OFF")?;
        // Pages of dropped history go back to the file system; can only be chosen before the first table.
        conn.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    }
    conn.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    conn.pragma_update_and_check(None, "journal_size_limit", LOG_BYTES, |_| Ok(()))
}

/// Makes the directory of the database, for its user only; one that is there stays as it is.
fn make_directory(path: &Path) -> Result<(), OpenError> {
    let Some(directory) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) else { return Ok(()) };
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
        .map_err(|source| OpenError::Directory { path: directory.to_owned(), source })
}

/// Makes the file, for its user only, if it is not there; returns whether it was made. One that others could read is
/// closed to them: it holds screens.
pub(super) fn make_file(path: &Path) -> Result<bool, OpenError> {
    if fs::symlink_metadata(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
        return blank::write(path).map(|()| true).map_err(|source| file_error(path, source));
    }
    let found = fs::metadata(path).map_err(|source| file_error(path, source))?;
    if !found.is_file() {
        return Err(OpenError::NotAFile { path: path.to_owned() });
    }
    if found.permissions().mode() & 0o077 != 0 {
        let closed = Permissions::from_mode(found.permissions().mode() & 0o7700);
        if let Err(error) = fs::set_permissions(path, closed) {
            tracing::warn!(path = %path.display(), %error, "others can read the database");
        }
    }
    Ok(false)
}

fn file_error(path: &Path, source: io::Error) -> OpenError {
    let path = path.to_owned();
    match source.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => OpenError::ReadOnly { path },
        io::ErrorKind::StorageFull => OpenError::DiskFull { path },
        _ => OpenError::File { path, source },
    }
}

/// Sorts what SQLite reports by what can be done about it.
pub(super) fn failure(path: &Path, source: rusqlite::Error) -> Failure {
    let path = path.to_owned();
    Failure::Final(match source.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => return Failure::Damaged(source),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => OpenError::Locked { path },
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => OpenError::ReadOnly { path },
        Some(ErrorCode::DiskFull) => OpenError::DiskFull { path },
        _ => OpenError::Sqlite { path, source },
    })
}
