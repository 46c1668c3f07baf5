//! A new database, ready made: as the migrations leave an empty file. Running them takes 3 ms, a seventh of a first start.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::store::recover;

/// The file, compressed: an lz4 block behind its length.
const BLANK: &[u8] = include_bytes!("../../assets/blank.db.lz4");

/// Makes the file, for its user only, where there is none: under another name first, so that it is never there by half. A log
/// that a file of this name left behind is not this one's.
pub(super) fn write(path: &Path) -> io::Result<()> {
    recover::remove_companions(path)?;
    let unfinished = recover::with_suffix(path, "-new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&unfinished)?;
    file.write_all(&lz4_flex::decompress_size_prepended(BLANK).map_err(io::Error::other)?)?;
    std::fs::rename(&unfinished, path)
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;
    use crate::store::open;

    /// What makes two empty databases the same: their settings, and everything in the schema.
    fn description(conn: &Connection) -> Vec<String> {
        let settings = ["user_version", "auto_vacuum", "page_size", "encoding", "journal_mode", "integrity_check"];
        let mut description: Vec<String> = settings
            .iter()
            .map(|name| {
                let value = conn.pragma_query_value(None, name, |row| row.get::<_, rusqlite::types::Value>(0));
                format!("{name}: {:?}", value.expect("a setting"))
            })
            .collect();
        let mut tables =
            conn.prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY 1, 2").expect("prepared");
        let rows = tables.query_map([], |row| {
            let sql: Option<String> = row.get(3)?;
            Ok(format!(
                "{} {} {}: {sql:?}",
                row.get::<_, String>(0)?,
                row.get::<_, String>(1)?,
                row.get::<_, String>(2)?
            ))
        });
        description.extend(rows.expect("read").map(|row| row.expect("a row")));
        description
    }

    #[test]
    fn a_log_of_a_file_that_is_gone_is_not_read_into_a_new_one() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("homing.db");
        write(&path).expect("made");
        let conn = open::connect(&path).unwrap_or_else(|_| panic!("opens"));
        conn.execute("INSERT INTO preferences VALUES ('a', 'b', 'c')", []).expect("written to the log");
        let log = std::fs::read(recover::with_suffix(&path, "-wal")).expect("a log");
        conn.close().expect("closed");
        std::fs::remove_file(&path).expect("removed");
        std::fs::write(recover::with_suffix(&path, "-wal"), log).expect("left behind");
        write(&path).expect("made");
        let conn = open::connect(&path).unwrap_or_else(|_| panic!("opens"));
        let n: i64 = conn.query_row("SELECT count(*) FROM preferences", [], |row| row.get(0)).expect("read");
        assert_eq!(n, 0);
    }

    #[test]
    fn a_blank_database_is_what_the_migrations_make() {
        let dir = tempfile::tempdir().expect("a directory");
        let migrated = dir.path().join("migrated.db");
        std::fs::File::create(&migrated).expect("made");
        let conn = open::connect(&migrated).unwrap_or_else(|_| panic!("migrates"));
        let expected = description(&conn);
        conn.close().expect("closed");
        if std::env::var("HOMING_BLANK").is_ok_and(|what| what == "write") {
            let bytes = std::fs::read(&migrated).expect("read");
            let asset = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/blank.db.lz4");
            std::fs::write(asset, lz4_flex::compress_prepend_size(&bytes)).expect("written");
            return;
        }
        let blank = dir.path().join("blank.db");
        write(&blank).expect("made");
        let conn = Connection::open(&blank).expect("opens");
        assert_eq!(description(&conn), expected, "`HOMING_BLANK=write cargo test --lib blank` makes it anew");
    }
}
