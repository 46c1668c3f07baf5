//! What can be asked of the store.

use std::collections::BTreeMap;
use std::time::Duration;

use rusqlite::{Connection, params};

use crate::core::ledger::{Holder, LedgerEntry, StoredSession};
use crate::core::metrics::{Metrics, UNKNOWN_REASON};
use crate::core::session::Status;
use crate::id::{ConversationId, PaneId, ProviderName, SessionId};
use crate::store::error::ReadError;
use crate::store::record::{HistoryBlock, NoticeRecord, QuarantinedRow, StoredScreen};
use crate::store::row::{self, Reading, SESSION_COLUMNS, SESSION_FROM};
use crate::store::{history, ledger, load};
use crate::time::Wall;

/// Which sessions are asked for. Forgotten ones are never among them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SessionFilter {
    /// Those that the user has not closed.
    Live,
    /// Closed ones too.
    All,
}

/// Of how much of the store something is asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scope {
    /// The workspace that was opened.
    Workspace,
    /// All workspaces in the file.
    Store,
}

/// Reads the store, with all that was committed before.
pub struct Reader<'c> {
    pub(super) conn: &'c Connection,
    pub(super) workspace: i64,
}

impl Reader<'_> {
    /// The sessions, oldest first; those that cannot be read are left out.
    pub fn sessions(&self, scope: Scope, filter: SessionFilter) -> Result<Vec<StoredSession>, ReadError> {
        self.sessions_where(
            "(?1 IS NULL OR s.workspace = ?1) AND (?2 OR s.closed_at IS NULL) AND ?3 IS NULL",
            self.workspace_in(scope),
            filter == SessionFilter::All,
            None,
        )
    }

    /// The session with this id, of any workspace.
    pub fn session(&self, session: SessionId) -> Result<Option<StoredSession>, ReadError> {
        let found = self.sessions_where("?1 IS NULL AND ?2 AND s.id = ?3", None, true, Some(&session.to_string()))?;
        Ok(found.into_iter().next())
    }

    /// The sessions of the workspace, closed ones too, whose id starts with the text (with or without `hm_`) or whose
    /// name is the text; oldest first.
    pub fn sessions_called(&self, text: &str) -> Result<Vec<StoredSession>, ReadError> {
        if text.is_empty() {
            return Ok(Vec::new());
        }
        self.sessions_where(
            "s.workspace = ?1 AND ?2 AND (s.name = ?3 OR substr(s.id, 1, length(?3)) = ?3 \
             OR substr(s.id, 4, length(?3)) = ?3)",
            Some(self.workspace),
            true,
            Some(text),
        )
    }

    /// What the session was on, oldest first.
    pub fn ledger(&self, session: SessionId) -> Result<Vec<LedgerEntry>, ReadError> {
        ledger::entries(self.conn, session)
    }

    /// The live session, of any workspace, that is on the conversation, and where it is open.
    pub fn holder(&self, provider: &ProviderName, conversation: &ConversationId) -> Result<Option<Holder>, ReadError> {
        ledger::holder(self.conn, provider, conversation)
    }

    /// The history of a session, oldest block first.
    pub fn history(&self, session: SessionId) -> Result<Vec<HistoryBlock>, ReadError> {
        history::blocks(self.conn, session)
    }

    /// The last screen of a session.
    pub fn screen(&self, session: SessionId) -> Result<Option<StoredScreen>, ReadError> {
        let mut statement =
            self.conn.prepare_cached("SELECT session, at, cols, rows, snapshot FROM screens WHERE session = ?1")?;
        let mut rows = statement.query([session.to_string()])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        Ok(load::keyed_screen(&mut Reading::new(row)).map(|(_, screen)| screen))
    }

    /// The notices of the workspace, oldest first.
    pub fn notices(&self) -> Result<Vec<NoticeRecord>, ReadError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT number, session, kind, text, at, seen_at FROM notices WHERE workspace = ?1 ORDER BY number",
        )?;
        let mut rows = statement.query([self.workspace])?;
        let mut notices = Vec::new();
        while let Some(row) = rows.next()? {
            notices.extend(load::notice(&mut Reading::new(row)));
        }
        Ok(notices)
    }

    /// The names of all workspaces in the file.
    pub fn workspaces(&self) -> Result<Vec<String>, ReadError> {
        let mut statement = self.conn.prepare_cached("SELECT name FROM workspaces ORDER BY name")?;
        Ok(statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
    }

    /// Rows that were set aside as damaged, oldest first.
    pub fn quarantine(&self) -> Result<Vec<QuarantinedRow>, ReadError> {
        let mut statement =
            self.conn.prepare_cached("SELECT at, source_table, row_key, row, reason FROM quarantine ORDER BY id")?;
        let rows = statement.query_map([], |row| {
            Ok(QuarantinedRow {
                at: Wall { unix_ms: row.get(0)? },
                table: row.get(1)?,
                key: row.get(2)?,
                row_json: row.get(3)?,
                reason: row.get(4)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Counts and times over all sessions that were not forgotten; what has not ended lasts until `now`. A turn under way
    /// counts until `now` in this workspace; in another, whose server may be gone, until its screen was last stored.
    pub fn metrics(&self, scope: Scope, now: Wall) -> Result<Metrics, ReadError> {
        let workspace = self.workspace_in(scope);
        let mut statement = self.conn.prepare_cached(
            "SELECT provider, status, exit_reason, \
             CAST(max(0, coalesce(exit_at, closed_at, ?2) - created_at) AS INTEGER), \
             CAST(busy_ms + iif(busy_since IS NULL, 0, max(0, iif(workspace = ?3, ?2, coalesce(\
             (SELECT at FROM screens WHERE screens.session = sessions.id), last_activity_at)) - busy_since)) AS INTEGER) \
             FROM sessions WHERE (?1 IS NULL OR workspace = ?1) AND forgotten_at IS NULL",
        )?;
        let mut rows = statement.query(params![workspace, now.unix_ms, self.workspace])?;
        let mut metrics = Metrics::default();
        let mut durations = Vec::new();
        while let Some(row) = rows.next()? {
            let (provider, status): (String, String) = (row.get(0)?, row.get(1)?);
            let reason: Option<String> = row.get(2)?;
            let busy = milliseconds(row.get(4)?);
            let of_provider = metrics.by_provider.entry(provider).or_default();
            of_provider.n_sessions += 1;
            of_provider.busy = of_provider.busy.saturating_add(busy);
            if status == Status::Terminated.as_str() {
                let reason = reason.unwrap_or_else(|| UNKNOWN_REASON.to_owned());
                *metrics.by_reason.entry(reason).or_default() += 1;
            } else {
                of_provider.n_active += 1;
                metrics.n_active += 1;
            }
            *metrics.by_status.entry(status).or_default() += 1;
            metrics.busy = metrics.busy.saturating_add(busy);
            durations.push(milliseconds(row.get(3)?));
        }
        durations.sort_unstable();
        metrics.n_sessions = durations.len();
        metrics.mean_duration = mean(&durations);
        metrics.p95_duration = nearest_rank(&durations, 95);
        metrics.n_conversations = self.n_conversations(workspace)?;
        metrics.conversations_ended = self.conversations_ended(workspace)?;
        Ok(metrics)
    }

    fn conversations_ended(&self, workspace: Option<i64>) -> Result<BTreeMap<String, usize>, ReadError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT c.end_reason, count(*) FROM conversations AS c JOIN sessions AS s ON s.id = c.session \
             WHERE c.end_reason IS NOT NULL AND (?1 IS NULL OR s.workspace = ?1) GROUP BY c.end_reason",
        )?;
        let counted = statement.query_map([workspace], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)))?;
        counted
            .map(|row| row.map(|(reason, n)| (reason, usize::try_from(n).unwrap_or(0))))
            .collect::<Result<_, _>>()
            .map_err(Into::into)
    }

    fn n_conversations(&self, workspace: Option<i64>) -> Result<usize, ReadError> {
        let sql = "SELECT count(*) FROM (SELECT DISTINCT c.provider, c.conversation FROM conversations AS c \
             JOIN sessions AS s ON s.id = c.session WHERE ?1 IS NULL OR s.workspace = ?1)";
        let n: i64 = self.conn.prepare_cached(sql)?.query_row([workspace], |row| row.get(0))?;
        Ok(usize::try_from(n).unwrap_or(0))
    }

    fn workspace_in(&self, scope: Scope) -> Option<i64> {
        match scope {
            Scope::Workspace => Some(self.workspace),
            Scope::Store => None,
        }
    }

    /// The sessions for which the condition on `s` holds; ?1 is a workspace, ?2 a truth value, ?3 a text.
    fn sessions_where(
        &self,
        condition: &str,
        workspace: Option<i64>,
        flag: bool,
        text: Option<&str>,
    ) -> Result<Vec<StoredSession>, ReadError> {
        let sql = format!(
            "SELECT {SESSION_COLUMNS}, s.busy_ms, s.closed_at, \
             (SELECT w.name FROM workspaces AS w WHERE w.id = s.workspace) AS workspace_name, \
             (SELECT p.id FROM panes AS p WHERE p.session = s.id) AS pane \
             FROM {SESSION_FROM} WHERE s.forgotten_at IS NULL AND {condition} ORDER BY s.created_at, s.id"
        );
        let mut statement = self.conn.prepare_cached(&sql)?;
        let mut rows = statement.query(params![workspace, flag, text])?;
        let mut sessions = Vec::new();
        while let Some(row) = rows.next()? {
            let mut reading = Reading::new(row);
            let Some(session) = row::session(&mut reading) else { continue };
            sessions.push(StoredSession {
                session,
                workspace: reading.text("workspace_name").unwrap_or_default(),
                pane: reading.optional_number("pane").map(PaneId),
                closed_at: reading.optional_number("closed_at").map(|unix_ms| Wall { unix_ms }),
                busy: milliseconds(reading.number("busy_ms").unwrap_or(0)),
            });
        }
        Ok(sessions)
    }
}

fn milliseconds(ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}

fn mean(durations: &[Duration]) -> Duration {
    let total: u128 = durations.iter().map(Duration::as_millis).sum();
    let n = durations.len().max(1) as u128;
    Duration::from_millis(u64::try_from(total / n).unwrap_or(u64::MAX))
}

/// The smallest of the sorted durations that is not below `percent` of them; zero if there are none.
fn nearest_rank(sorted: &[Duration], percent: usize) -> Duration {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}
