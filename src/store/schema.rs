//! The schema and its versions: `user_version` counts the migrations that a file has had.

use rusqlite::{Connection, TransactionBehavior};

/// All migrations, oldest first. A new one is added at the end and only adds to the schema (see 0001_first.sql).
pub(super) const MIGRATIONS: &[&str] = &[
    include_str!("../../assets/migrations/0001_first.sql"),
    include_str!("../../assets/migrations/0002_doubt.sql"),
    include_str!("../../assets/migrations/0003_preferences.sql"),
    include_str!("../../assets/migrations/0004_pin.sql"),
    include_str!("../../assets/migrations/0005_scratch.sql"),
];

/// The tables without which a file is not usable.
const TABLES: [&str; 12] = [
    "workspaces",
    "sessions",
    "conversations",
    "tabs",
    "panes",
    "screens",
    "evidence",
    "history",
    "notices",
    "binaries",
    "preferences",
    "quarantine",
];

/// Why a file's schema could not be brought up to date.
#[derive(Debug)]
pub(super) enum MigrateError {
    /// A later version of homing wrote it.
    Newer { found: i64, known: i64 },
    /// Tables are missing although the version says otherwise.
    Incomplete,
    /// What SQLite reported.
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for MigrateError {
    fn from(source: rusqlite::Error) -> Self {
        Self::Sqlite(source)
    }
}

/// The version of the file's schema; 0 for an empty file.
pub(super) fn version(conn: &Connection) -> rusqlite::Result<i64> {
    conn.query_row("PRAGMA user_version", [], |row| row.get(0))
}

/// The version of the file's schema, if it is not newer than the migrations.
pub(super) fn check(conn: &Connection, migrations: &[&str]) -> Result<i64, MigrateError> {
    let known = number_of(migrations);
    match version(conn)? {
        found if found > known => Err(MigrateError::Newer { found, known }),
        found => Ok(found),
    }
}

/// Runs the migrations that the file has not had, in one transaction.
pub(super) fn migrate(conn: &mut Connection, migrations: &[&str]) -> Result<(), MigrateError> {
    let known = number_of(migrations);
    if check(conn, migrations)? < known {
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        // Another server may have migrated the file while this one waited for the lock.
        let found = version(&tx)?;
        for sql in migrations.iter().skip(usize::try_from(found).unwrap_or(0)) {
            tx.execute_batch(sql)?;
        }
        tx.pragma_update(None, "user_version", known.max(found))?;
        tx.commit()?;
    }
    if is_complete(conn)? { Ok(()) } else { Err(MigrateError::Incomplete) }
}

fn number_of(migrations: &[&str]) -> i64 {
    i64::try_from(migrations.len()).unwrap_or(i64::MAX)
}

fn is_complete(conn: &Connection) -> rusqlite::Result<bool> {
    let mut statement = conn.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")?;
    let names = statement.query_map([], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    Ok(TABLES.iter().all(|table| names.iter().any(|name| name == table)))
}
