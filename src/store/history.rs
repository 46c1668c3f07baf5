//! The stored history of a session: bounded, oldest lines first to go, read only when asked for.

use std::collections::HashMap;
use std::path::PathBuf;

use rusqlite::{Connection, OpenFlags, params};

use crate::id::SessionId;
use crate::store::error::ReadError;
use crate::store::record::HistoryBlock;
use crate::store::row::Reading;

/// Bytes of history kept per session, as stored (compressed). Chosen: about ten times what 10 000 lines of a build log
/// take compressed, so that the bound on lines is the terminal's business.
pub const HISTORY_BYTES_PER_SESSION: u64 = 4 << 20;

/// Reads histories on a connection of its own, so that restoring a workspace need not wait for them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct HistoryLoader {
    /// The database; `None` for one in memory, which starts empty.
    pub(super) path: Option<PathBuf>,
}

impl HistoryLoader {
    /// The session's blocks, oldest first; blocks that cannot be read are left out.
    pub fn load(&self, session: SessionId) -> Result<Vec<HistoryBlock>, ReadError> {
        let Some(path) = &self.path else { return Ok(Vec::new()) };
        let conn =
            Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        conn.busy_timeout(super::BUSY_TIMEOUT)?;
        blocks(&conn, session)
    }
}

/// The session's blocks, oldest first.
pub(super) fn blocks(conn: &Connection, session: SessionId) -> Result<Vec<HistoryBlock>, ReadError> {
    let mut statement =
        conn.prepare_cached("SELECT first_line, n_lines, data FROM history WHERE session = ?1 ORDER BY first_line")?;
    let mut rows = statement.query([session.to_string()])?;
    let mut blocks = Vec::new();
    while let Some(row) = rows.next()? {
        let mut reading = Reading::new(row);
        let first_line = reading.number("first_line");
        let n_lines = reading.number("n_lines");
        let data = reading.bytes("data");
        if let (Some(first_line), Some(n_lines), Some(data)) = (first_line, n_lines, data) {
            blocks.push(HistoryBlock { first_line, n_lines, data });
        }
    }
    Ok(blocks)
}

/// How much history each session has; counted once, then kept up to date.
#[derive(Debug)]
pub(super) struct HistoryUse {
    bytes_max: u64,
    bytes: HashMap<SessionId, u64>,
}

impl HistoryUse {
    pub(super) fn new(bytes_max: u64) -> Self {
        Self { bytes_max, bytes: HashMap::new() }
    }

    /// Forgets the counts: a transaction that changed them was rolled back.
    pub(super) fn recount(&mut self) {
        self.bytes.clear();
    }

    /// Adds a block and drops the oldest ones beyond the bound. The newest block stays, whatever its size.
    pub(super) fn append(
        &mut self,
        conn: &Connection,
        session: SessionId,
        block: &HistoryBlock,
    ) -> rusqlite::Result<()> {
        let before = self.used(conn, session)?;
        let id = session.to_string();
        let first_line = i64::try_from(block.first_line).unwrap_or(i64::MAX);
        let replaced: u64 = conn
            .prepare_cached(
                "SELECT coalesce(sum(length(data)), 0) FROM history WHERE session = ?1 AND first_line = ?2",
            )?
            .query_row(params![id, first_line], |row| row.get::<_, i64>(0))?
            .try_into()
            .unwrap_or(0);
        let n_stored = conn
            .prepare_cached(
                "INSERT OR REPLACE INTO history (session, first_line, n_lines, data) SELECT ?1, ?2, ?3, ?4 \
                 WHERE EXISTS (SELECT 1 FROM sessions WHERE id = ?1 AND forgotten_at IS NULL)",
            )?
            .execute(params![id, first_line, block.n_lines, block.data])?;
        if n_stored == 0 {
            return Ok(());
        }
        let mut used = before.saturating_sub(replaced).saturating_add(block.data.len() as u64);
        if used > self.bytes_max {
            used = drop_oldest(conn, &id, used, self.bytes_max)?;
        }
        self.bytes.insert(session, used);
        Ok(())
    }

    /// Deletes the session's history.
    pub(super) fn clear(&mut self, conn: &Connection, session: SessionId) -> rusqlite::Result<()> {
        conn.prepare_cached("DELETE FROM history WHERE session = ?1")?.execute([session.to_string()])?;
        self.bytes.insert(session, 0);
        Ok(())
    }

    fn used(&self, conn: &Connection, session: SessionId) -> rusqlite::Result<u64> {
        if let Some(bytes) = self.bytes.get(&session) {
            return Ok(*bytes);
        }
        let sql = "SELECT coalesce(sum(length(data)), 0) FROM history WHERE session = ?1";
        let bytes: i64 = conn.prepare_cached(sql)?.query_row([session.to_string()], |row| row.get(0))?;
        Ok(u64::try_from(bytes).unwrap_or(0))
    }
}

/// Deletes blocks from the oldest on until the rest fits; returns what the rest takes.
fn drop_oldest(conn: &Connection, session: &str, mut used: u64, bytes_max: u64) -> rusqlite::Result<u64> {
    let mut cut = None;
    {
        let mut statement =
            conn.prepare_cached("SELECT first_line, length(data) FROM history WHERE session = ?1 ORDER BY first_line")?;
        let mut rows = statement.query([session])?;
        let mut oldest: Option<(i64, i64)> = None;
        while let Some(row) = rows.next()? {
            if let Some((first_line, n_bytes)) = oldest {
                if used <= bytes_max {
                    break;
                }
                used = used.saturating_sub(u64::try_from(n_bytes).unwrap_or(0));
                cut = Some(first_line);
            }
            oldest = Some((row.get(0)?, row.get(1)?));
        }
    }
    if let Some(cut) = cut {
        conn.prepare_cached("DELETE FROM history WHERE session = ?1 AND first_line <= ?2")?
            .execute(params![session, cut])?;
    }
    Ok(used)
}
