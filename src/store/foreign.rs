//! Other programs' SQLite files, read without disturbing them: read-only, with a short wait for locks, and never as
//! `immutable`, because what is new lies in their log.

use std::path::Path;
use std::time::Duration;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, params_from_iter};

use crate::store::error::ReadError;

/// How long another program's lock is waited for. Codex 0.169.0 never held one for longer in tests with 250 ms.
const PATIENCE: Duration = Duration::from_millis(250);

/// A database that belongs to another program.
#[derive(Debug)]
pub struct ForeignDatabase {
    conn: Connection,
}

impl ForeignDatabase {
    /// Opens the file; that it is a database is only noticed when it is read.
    pub fn open(path: &Path) -> Result<Self, ReadError> {
        let conn =
            Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        conn.busy_timeout(PATIENCE)?;
        Ok(Self { conn })
    }

    /// The names of the table's columns; none if there is no such table.
    pub fn columns(&self, table: &str) -> Result<Vec<String>, ReadError> {
        let mut statement = self.conn.prepare("SELECT name FROM pragma_table_info(?1)")?;
        Ok(statement.query_map([table], |row| row.get(0))?.collect::<Result<_, _>>()?)
    }

    /// The rows of a query, all values as text: numbers in decimal, NULL and blobs as `None`, bad UTF-8 replaced.
    pub fn rows(&self, sql: &str, params: &[&str]) -> Result<Vec<Vec<Option<String>>>, ReadError> {
        let mut statement = self.conn.prepare(sql)?;
        let n_columns = statement.column_count();
        let mut rows = statement.query(params_from_iter(params))?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            found.push((0..n_columns).map(|column| Ok(text(row.get_ref(column)?))).collect::<Result<_, ReadError>>()?);
        }
        Ok(found)
    }
}

fn text(value: ValueRef<'_>) -> Option<String> {
    match value {
        ValueRef::Null | ValueRef::Blob(_) => None,
        ValueRef::Integer(number) => Some(number.to_string()),
        ValueRef::Real(number) => Some(number.to_string()),
        ValueRef::Text(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
    }
}

/// The program to which a foreign database belongs, in tests: writes it and keeps it open.
#[cfg(test)]
pub(crate) struct ForeignWriter {
    conn: Connection,
}

#[cfg(test)]
impl ForeignWriter {
    pub(crate) fn open(path: &Path) -> Self {
        let conn = Connection::open(path).expect("the database opens");
        conn.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(())).expect("has a log");
        Self { conn }
    }

    pub(crate) fn run(&self, sql: &str) {
        self.conn.execute_batch(sql).expect("the statements are right");
    }
}
