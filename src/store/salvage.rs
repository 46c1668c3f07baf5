//! Reads what can still be read of a damaged database into its successor.

use std::path::Path;

use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, Transaction, params_from_iter};

/// What was read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Saved {
    pub(super) n_sessions: usize,
    pub(super) n_conversations: usize,
}

/// Where the rows of a table that can be read go.
enum Merge {
    /// Each replaces the row with its key.
    Rows,
    /// All together replace the table, and only if all could be read.
    Table,
}

/// Rows of a table, as far as they can be read.
struct Readable {
    columns: Vec<String>,
    rows: Vec<Vec<Value>>,
    is_whole: bool,
}

/// Parents before children, so that foreign keys hold.
const TABLES: [(&str, Merge); 10] = [
    ("workspaces", Merge::Rows),
    ("sessions", Merge::Rows),
    ("conversations", Merge::Rows),
    ("tabs", Merge::Table),
    ("panes", Merge::Table),
    ("screens", Merge::Rows),
    ("evidence", Merge::Rows),
    ("history", Merge::Rows),
    ("notices", Merge::Rows),
    ("preferences", Merge::Rows),
];

/// Copies all readable rows of `damaged` over those of `target`. A row that does not fit (its session could not be read)
/// is left out: it stays in the damaged file.
pub(super) fn salvage(damaged: &Path, target: &mut Connection) -> rusqlite::Result<Saved> {
    let source = Connection::open_with_flags(damaged, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let tx = target.transaction()?;
    let mut saved = Saved::default();
    for (table, merge) in &TABLES {
        let readable = match read(&source, table) {
            Ok(readable) => readable,
            Err(error) => {
                tracing::warn!(table, %error, "a table of the damaged database cannot be read");
                continue;
            }
        };
        let n_written = match merge {
            Merge::Table if !readable.is_whole => 0,
            Merge::Table => {
                tx.execute(&format!("DELETE FROM {table}"), [])?;
                write(&tx, table, &readable)?
            }
            Merge::Rows => write(&tx, table, &readable)?,
        };
        match *table {
            "sessions" => saved.n_sessions = n_written,
            "conversations" => saved.n_conversations = n_written,
            _ => {}
        }
    }
    tx.commit()?;
    Ok(saved)
}

/// Reads the table from its start up to the first fault, then from its end back to the last.
fn read(source: &Connection, table: &str) -> rusqlite::Result<Readable> {
    let has_rowid = source.prepare(&format!("SELECT rowid FROM {table}")).is_ok();
    let order = if has_rowid { "rowid" } else { "1" };
    let statement = source.prepare(&format!("SELECT * FROM {table}"))?;
    let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let mut rows = Vec::new();
    let is_whole = read_in_order(source, table, order, "ASC", &mut rows);
    if !is_whole {
        read_in_order(source, table, order, "DESC", &mut rows);
    }
    Ok(Readable { columns, rows, is_whole })
}

/// Returns whether all rows could be read.
fn read_in_order(source: &Connection, table: &str, order: &str, direction: &str, rows: &mut Vec<Vec<Value>>) -> bool {
    let sql = format!("SELECT * FROM {table} NOT INDEXED ORDER BY {order} {direction}");
    let Ok(mut statement) = source.prepare(&sql) else { return false };
    let n_columns = statement.column_count();
    let Ok(mut found) = statement.query([]) else { return false };
    loop {
        match found.next() {
            Ok(Some(row)) => {
                let values: Result<Vec<Value>, _> = (0..n_columns).map(|column| row.get(column)).collect();
                // A value that is no UTF-8 costs its row only.
                rows.extend(values);
            }
            Ok(None) => return true,
            Err(_) => return false,
        }
    }
}

fn write(tx: &Transaction<'_>, table: &str, readable: &Readable) -> rusqlite::Result<usize> {
    let columns = readable.columns.join(", ");
    let places = vec!["?"; readable.columns.len()].join(", ");
    let Ok(mut insert) = tx.prepare(&format!("INSERT OR REPLACE INTO {table} ({columns}) VALUES ({places})")) else {
        return Ok(0);
    };
    let mut n_written = 0;
    for row in &readable.rows {
        if table == "conversations" {
            make_way(tx, &readable.columns, row)?;
        }
        match insert.execute(params_from_iter(row)) {
            Ok(_) => n_written += 1,
            Err(error) => tracing::warn!(table, %error, "a row of the damaged database does not fit"),
        }
    }
    Ok(n_written)
}

/// Ends the entries of the ledger that an open one excludes; otherwise it would take their place and their ids be lost.
fn make_way(tx: &Transaction<'_>, columns: &[String], row: &[Value]) -> rusqlite::Result<()> {
    let value = |name: &str| columns.iter().position(|column| column == name).and_then(|index| row.get(index));
    let (Some(id), Some(session), Some(provider), Some(conversation), Some(since), Some(Value::Null)) =
        (value("id"), value("session"), value("provider"), value("conversation"), value("since"), value("until"))
    else {
        return Ok(());
    };
    tx.execute(
        "UPDATE conversations SET until = ?5, end_reason = 'moved' WHERE until IS NULL AND id <> ?1 \
         AND (session = ?2 OR (provider = ?3 AND conversation = ?4))",
        params_from_iter([id, session, provider, conversation, since]),
    )?;
    Ok(())
}
