//! A look at the health of the database from outside, while a server may be writing it: read-only, nothing is repaired.

use std::path::{Path, PathBuf};

use crate::store::error::ReadError;
use crate::store::{backup, schema};
use crate::time::Wall;

/// What a look at the database found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Checkup {
    /// Size of the file in bytes, without its log.
    pub bytes: u64,
    /// The version of its schema.
    pub schema: i64,
    /// The newest schema that this program knows.
    pub known_schema: i64,
    /// The first fault of its structure.
    pub fault: Option<String>,
    /// Rows that were set aside as damaged.
    pub n_quarantined: u64,
    /// How many backups lie beside it.
    pub n_backups: usize,
    /// When the newest of them was made.
    pub newest_backup: Option<Wall>,
    /// Where they lie.
    pub backups: PathBuf,
}

/// Looks at the database; `None` where there is none yet. Reads the whole file once (structure only, no row's content).
pub fn check_up(database: &Path, now: Wall) -> Result<Option<Checkup>, ReadError> {
    let Ok(meta) = database.metadata() else { return Ok(None) };
    let backups = backup::list(database, now);
    let mut checkup = Checkup {
        bytes: meta.len(),
        schema: 0,
        known_schema: i64::try_from(schema::MIGRATIONS.len()).unwrap_or(i64::MAX),
        fault: None,
        n_quarantined: 0,
        n_backups: backups.len(),
        newest_backup: backups.first().map(|backup| backup.taken_at),
        backups: backup::directory(database),
    };
    let conn = backup::connect(database)?;
    checkup.schema = schema::version(&conn)?;
    match backup::check(&conn) {
        Ok(()) => {}
        Err(fault) => {
            checkup.fault = Some(fault.to_string());
            return Ok(Some(checkup));
        }
    }
    let has_quarantine: bool =
        conn.query_row("SELECT count(*) FROM sqlite_master WHERE name = 'quarantine'", [], |row| row.get(0))?;
    if has_quarantine {
        let n: i64 = conn.query_row("SELECT count(*) FROM quarantine", [], |row| row.get(0))?;
        checkup.n_quarantined = u64::try_from(n).unwrap_or(0);
    }
    Ok(Some(checkup))
}
