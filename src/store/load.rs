//! Reads a workspace back. One bad row never costs the rest: it is set aside in the table `quarantine` and reported.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::core::preferences::{Preference, Preferences};
use crate::core::session::Session;
use crate::core::workspace::Scratch;
use crate::id::{PaneId, SessionId, TabId};
use crate::store::clock;
use crate::store::error::StoreWarning;
use crate::store::history::HistoryLoader;
use crate::store::record::{BinaryRecord, LoadedWorkspace, NoticeRecord, PaneRecord, StoredScreen, TabRecord};
use crate::store::row::{self, Reading, SESSION_COLUMNS, SESSION_FROM};
use crate::time::Wall;

/// A screen larger than this when unpacked is damaged. Chosen: a 1000 × 1000 screen with styles is below 16 MiB.
const SCREEN_BYTES_MAX: usize = 64 << 20;

/// A row that could not be read whole.
struct Damaged {
    table: &'static str,
    key: String,
    raw: String,
    reason: String,
    is_lost: bool,
}

/// Reads rows and keeps the damaged ones apart.
struct Loader<'c> {
    conn: &'c Connection,
    workspace: i64,
    damaged: Vec<Damaged>,
}

/// The workspace's number; the workspace is created where it is not known.
pub(super) fn workspace_number(conn: &Connection, name: &str) -> rusqlite::Result<i64> {
    let find =
        || conn.query_row("SELECT id FROM workspaces WHERE name = ?1", [name], |row| row.get::<_, i64>(0)).optional();
    if let Some(number) = find()? {
        return Ok(number);
    }
    conn.execute("INSERT OR IGNORE INTO workspaces (name) VALUES (?1)", [name])?;
    find()?.ok_or(rusqlite::Error::QueryReturnedNoRows)
}

/// Reads the workspace. An error means that the file itself is damaged or cannot be read.
pub(super) fn load(
    conn: &Connection,
    workspace: i64,
    histories: HistoryLoader,
) -> rusqlite::Result<(LoadedWorkspace, Vec<StoreWarning>)> {
    let mut loader = Loader { conn, workspace, damaged: Vec::new() };
    let (active, next_tab, scratch) = loader.shown()?;
    let tabs = loader.tabs()?;
    let known = loader.sessions()?;
    let panes: Vec<PaneRecord> = loader.panes()?.into_iter().filter(|pane| known.contains_key(&pane.session)).collect();
    let placed: BTreeSet<SessionId> = panes.iter().map(|pane| pane.session).collect();
    let (sessions, unplaced) = known.into_values().partition(|session| placed.contains(&session.id));
    let screens = loader.screens()?;
    let (notices, next_notice) = loader.notices()?;
    let binaries = loader.binaries()?;
    let evidence = loader.evidence()?;
    let preferences = loader.preferences()?;
    let warnings = loader.set_aside()?;
    let loaded = LoadedWorkspace {
        next_tab: next_tab.max(tabs.iter().map(|tab| tab.id.0.saturating_add(1)).max().unwrap_or(0)),
        active: active.filter(|active| tabs.iter().any(|tab| tab.id == *active)),
        scratch,
        tabs,
        panes,
        sessions,
        unplaced,
        screens,
        evidence,
        histories,
        notices,
        next_notice,
        binaries,
        preferences,
    };
    Ok((loaded, warnings))
}

impl Loader<'_> {
    /// Reads all rows of a query; those of which nothing can be used are left out, damaged ones are noted.
    fn rows<T>(
        &mut self,
        table: &'static str,
        key: &str,
        sql: &str,
        mut read: impl FnMut(&mut Reading<'_>) -> Option<T>,
    ) -> rusqlite::Result<Vec<T>> {
        let mut statement = self.conn.prepare(sql)?;
        let mut rows = statement.query([self.workspace])?;
        let mut records = Vec::new();
        while let Some(row) = rows.next()? {
            let mut reading = Reading::new(row);
            let record = read(&mut reading);
            if let Some(reason) = reading.damage() {
                let is_lost = record.is_none();
                self.damaged.push(Damaged {
                    table,
                    key: key_of(row, key),
                    raw: row::raw_json(row, table),
                    reason,
                    is_lost,
                });
            }
            records.extend(record);
        }
        Ok(records)
    }

    /// What a client sees first: the tab, the number of the next one, the scratch shell.
    fn shown(&mut self) -> rusqlite::Result<(Option<TabId>, u32, Option<Scratch>)> {
        let sql = "SELECT name, active_tab, last_tab, scratch, scratch_shown FROM workspaces WHERE id = ?1";
        let rows = self.rows("workspaces", "name", sql, |reading| {
            let active = reading.optional_number("active_tab").map(TabId);
            let last: u32 = reading.number("last_tab").unwrap_or(0);
            let pane = reading.optional_number("scratch").map(PaneId);
            let is_shown = reading.optional_number::<u32>("scratch_shown") == Some(1);
            Some((active, last.saturating_add(1), pane.map(|pane| Scratch { pane, is_shown })))
        })?;
        Ok(rows.into_iter().next().unwrap_or((None, 1, None)))
    }

    fn tabs(&mut self) -> rusqlite::Result<Vec<TabRecord>> {
        let sql = "SELECT id, position, name, tree, focus, zoomed FROM tabs WHERE workspace = ?1 ORDER BY position, id";
        self.rows("tabs", "id", sql, |reading| {
            let id = reading.number("id").map(TabId);
            let position = reading.number("position").unwrap_or(u32::MAX);
            let name = reading.optional_text("name");
            let tree = reading.meaning("tree", |text| {
                serde_json::from_str::<serde_json::Value>(text).is_ok().then(|| text.to_owned())
            });
            let focus = reading.number("focus").map(PaneId);
            let zoomed = reading.optional_number("zoomed").map(PaneId);
            Some(TabRecord { id: id?, position, name, tree_json: tree?, focus: focus?, zoomed })
        })
    }

    /// Those of all workspaces.
    fn preferences(&mut self) -> rusqlite::Result<Preferences> {
        let rows =
            self.rows("preferences", "name", "SELECT name, value, over FROM preferences WHERE ?1 > 0", |reading| {
                let name = reading.text("name");
                let value = reading.text("value");
                let over = reading.text("over");
                Some((name?, Preference { value: value?, over: over? }))
            })?;
        Ok(Preferences::stored(rows))
    }

    fn panes(&mut self) -> rusqlite::Result<Vec<PaneRecord>> {
        let sql = "SELECT id, session FROM panes WHERE workspace = ?1 ORDER BY id";
        self.rows("panes", "id", sql, |reading| {
            let id = reading.number("id").map(PaneId);
            let session = reading.meaning("session", |text| text.parse().ok());
            Some(PaneRecord { id: id?, session: session? })
        })
    }

    /// All sessions that are neither closed nor forgotten, and those that a pane still shows.
    fn sessions(&mut self) -> rusqlite::Result<BTreeMap<SessionId, Session>> {
        let sql = format!(
            "SELECT {SESSION_COLUMNS} FROM {SESSION_FROM} WHERE s.workspace = ?1 AND s.forgotten_at IS NULL AND \
             (s.closed_at IS NULL OR s.id IN (SELECT p.session FROM panes AS p WHERE p.workspace = ?1))"
        );
        let sessions = self.rows("sessions", "id", &sql, row::session)?;
        Ok(sessions.into_iter().map(|session| (session.id, session)).collect())
    }

    fn screens(&mut self) -> rusqlite::Result<BTreeMap<SessionId, StoredScreen>> {
        let sql = "SELECT session, at, cols, rows, snapshot FROM screens WHERE session IN \
             (SELECT s.id FROM sessions AS s WHERE s.workspace = ?1 AND s.closed_at IS NULL AND s.forgotten_at IS NULL)";
        Ok(self.rows("screens", "session", sql, keyed_screen)?.into_iter().collect())
    }

    fn evidence(&mut self) -> rusqlite::Result<BTreeMap<SessionId, String>> {
        let sql = "SELECT session, log FROM evidence WHERE session IN \
             (SELECT s.id FROM sessions AS s WHERE s.workspace = ?1 AND s.closed_at IS NULL AND s.forgotten_at IS NULL)";
        let logs = self.rows("evidence", "session", sql, |reading| {
            let session = reading.meaning("session", |text| text.parse().ok());
            let log = reading.text("log");
            Some((session?, log?))
        })?;
        Ok(logs.into_iter().collect())
    }

    fn notices(&mut self) -> rusqlite::Result<(Vec<NoticeRecord>, u64)> {
        let sql = "SELECT number, session, kind, text, at, seen_at FROM notices WHERE workspace = ?1 ORDER BY number";
        let notices = self.rows("notices", "number", sql, notice)?;
        let next = notices.last().map_or(1, |notice| notice.number.saturating_add(1));
        Ok((notices, next))
    }

    fn binaries(&mut self) -> rusqlite::Result<Vec<BinaryRecord>> {
        // `?1` keeps the shape of the other queries: binaries belong to all workspaces.
        let sql = "SELECT path, mtime_ms, size, version, facts FROM binaries WHERE ?1 IS NOT NULL ORDER BY path";
        self.rows("binaries", "path", sql, |reading| {
            let path = reading.text("path");
            let mtime_ms = reading.number("mtime_ms");
            let size = reading.number("size");
            let version = reading.optional_text("version");
            let facts = reading.text("facts");
            Some(BinaryRecord { path: path?, mtime_ms: mtime_ms?, size: size?, version, facts_json: facts? })
        })
    }

    /// Copies the damaged rows to the quarantine; those that it has already are not reported again. A session that
    /// cannot be used holds no conversation, so that it can be opened elsewhere.
    fn set_aside(self) -> rusqlite::Result<Vec<StoreWarning>> {
        let mut warnings = Vec::new();
        for Damaged { table, key, raw, reason, is_lost } in self.damaged {
            if is_lost && table == "sessions" {
                self.conn.execute(
                    "UPDATE conversations SET until = ?2, end_reason = 'withdrawn' WHERE session = ?1 AND until IS NULL",
                    params![key, clock::now().unix_ms],
                )?;
            }
            let n_new = self.conn.execute(
                "INSERT OR IGNORE INTO quarantine (at, source_table, row_key, row, reason) VALUES (?1, ?2, ?3, ?4, ?5)",
                params![clock::now().unix_ms, table, key, raw, reason],
            )?;
            if n_new > 0 {
                warnings.push(StoreWarning::Quarantined { table, key, reason });
            }
        }
        Ok(warnings)
    }
}

/// The screen of a row of `screens`, unpacked.
pub(super) fn keyed_screen(reading: &mut Reading<'_>) -> Option<(SessionId, StoredScreen)> {
    let session = reading.meaning("session", |text| text.parse().ok());
    let at = reading.time("at").unwrap_or_default();
    let cols = reading.number("cols");
    let rows = reading.number("rows");
    let packed = reading.bytes("snapshot");
    let snapshot = reading.unpacked("snapshot", &packed?, SCREEN_BYTES_MAX);
    Some((session?, StoredScreen { at, cols: cols?, rows: rows?, snapshot: snapshot? }))
}

/// The notice of a row of `notices`.
pub(super) fn notice(reading: &mut Reading<'_>) -> Option<NoticeRecord> {
    let number = reading.number("number");
    let kind = reading.text("kind");
    let text = reading.text("text");
    Some(NoticeRecord {
        number: number?,
        session: reading.optional_meaning("session", |text| text.parse().ok()),
        kind: kind?,
        text: text?,
        at: reading.time("at").unwrap_or_default(),
        seen_at: reading.optional_number("seen_at").map(|unix_ms| Wall { unix_ms }),
    })
}

fn key_of(row: &Row<'_>, column: &str) -> String {
    use rusqlite::types::ValueRef;
    match row.get_ref(column) {
        Ok(ValueRef::Integer(number)) => number.to_string(),
        Ok(ValueRef::Text(bytes)) => String::from_utf8_lossy(bytes).into_owned(),
        _ => "?".to_owned(),
    }
}
