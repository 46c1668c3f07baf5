//! Replaces a damaged database: it is kept under another name, the newest good backup takes its place, and whatever
//! can still be read of the damaged file is put on top. Only called by one that has the database open alone.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::store::error::{OpenError, StoreWarning};
use crate::store::open::{self, Failure};
use crate::store::{Opened, backup, clock, salvage};

/// What SQLite keeps beside a database.
const COMPANIONS: [&str; 2] = ["-wal", "-shm"];

/// Replaces the damaged file and opens what takes its place.
pub(super) fn replace(path: &Path, workspace: &str) -> Result<Opened, OpenError> {
    let recovery = |source: io::Error| OpenError::Recovery { path: path.to_owned(), source };
    let moved_to = move_aside(path).map_err(recovery)?;
    let mut warnings = vec![StoreWarning::MovedAside { moved_to: moved_to.clone() }];
    let (mut conn, restored) = successor(path)?;
    warnings.push(restored);
    match salvage::salvage(&moved_to, &mut conn) {
        Ok(saved) if saved.n_sessions > 0 || saved.n_conversations > 0 => warnings
            .push(StoreWarning::Salvaged { n_sessions: saved.n_sessions, n_conversations: saved.n_conversations }),
        Ok(_) => {}
        Err(error) => tracing::warn!(%error, "nothing can be read from the damaged database"),
    }
    let mut opened = open::finish(conn, path, workspace).map_err(|failure| into_error(path, failure))?;
    warnings.append(&mut opened.warnings);
    opened.warnings = warnings;
    Ok(opened)
}

/// Puts the newest good backup in the place of the database, or an empty file where there is none.
fn successor(path: &Path) -> Result<(Connection, StoreWarning), OpenError> {
    let recovery = |source: io::Error| OpenError::Recovery { path: path.to_owned(), source };
    for candidate in backup::list(path, clock::now()) {
        fs::copy(&candidate.path, path).and_then(|_| File::open(path)?.sync_all()).map_err(recovery)?;
        match open::connect(path) {
            Ok(conn) if backup::check(&conn).is_ok() => {
                return Ok((conn, StoreWarning::Restored { backup: candidate.path }));
            }
            Ok(_) | Err(Failure::Damaged(_)) => remove(path).map_err(recovery)?,
            Err(Failure::Final(error)) => return Err(error),
        }
    }
    open::make_file(path)?;
    let conn = open::connect(path).map_err(|failure| into_error(path, failure))?;
    Ok((conn, StoreWarning::StartedEmpty))
}

/// Renames the database and its companions to a name with the time; returns the new name.
fn move_aside(path: &Path) -> io::Result<PathBuf> {
    let moved_to = with_suffix(path, &format!(".damaged-{}", clock::now().unix_ms));
    fs::rename(path, &moved_to)?;
    for companion in COMPANIONS {
        match fs::rename(with_suffix(path, companion), with_suffix(&moved_to, companion)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(moved_to)
}

/// Removes a database that turned out to be no good successor.
fn remove(path: &Path) -> io::Result<()> {
    fs::remove_file(path)?;
    remove_companions(path)
}

/// Removes what SQLite left beside a database that is gone.
pub(super) fn remove_companions(path: &Path) -> io::Result<()> {
    for companion in COMPANIONS {
        match fs::remove_file(with_suffix(path, companion)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn into_error(path: &Path, failure: Failure) -> OpenError {
    match failure {
        Failure::Final(error) => error,
        Failure::Damaged(source) => OpenError::Sqlite { path: path.to_owned(), source },
    }
}
