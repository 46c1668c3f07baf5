//! Applies changes inside a transaction.

use rusqlite::{ToSql, Transaction, named_params, params};

use crate::core::ledger::ClaimEnd;
use crate::core::session::{Claim, Exit, Session};
use crate::core::workspace::Scratch;
use crate::id::{PaneId, SessionId, TabId};
use crate::store::change::Change;
use crate::store::clock;
use crate::store::error::CommitError;
use crate::store::history::HistoryUse;
use crate::store::ledger;
use crate::store::record::{HistoryBlock, NoticeRecord, PaneRecord, StoredScreen, TabRecord};
use crate::time::Wall;

/// Notices kept per workspace. Chosen: some weeks of busy use.
pub const NOTICES_KEPT: u32 = 1000;

/// Sets all columns that `UpdateSession` sets. The time spent busy is added up when a turn ends. What a closed session
/// was at its end stays: an update that was made before the close may arrive after it.
const UPDATE_SESSION: &str = "UPDATE sessions SET provider = :provider, name = :name, title = :title, \
     first_message = :first_message, cwd = :cwd, options = :options, unseen = :unseen, task_id = :task_id, \
     mcp_session_id = :mcp_session_id, doubt = :doubt, guest = :guest, pin = :pin, created_at = :created_at, last_activity_at = :last_activity_at, \
     status = iif(closed_at IS NULL, :status, status), pid = iif(closed_at IS NULL, :pid, pid), \
     exit_code = iif(closed_at IS NULL, :exit_code, exit_code), \
     exit_signal = iif(closed_at IS NULL, :exit_signal, exit_signal), \
     exit_reason = iif(closed_at IS NULL, :exit_reason, exit_reason), \
     exit_at = iif(closed_at IS NULL, :exit_at, exit_at), \
     busy_ms = CAST(busy_ms + iif(:status <> 'busy' AND busy_since IS NOT NULL, max(0, :last_activity_at - busy_since), 0) \
     AS INTEGER), \
     busy_since = iif(:status = 'busy' AND closed_at IS NULL, coalesce(busy_since, :last_activity_at), NULL) \
     WHERE id = :id AND forgotten_at IS NULL";

const INSERT_SESSION: &str = "INSERT INTO sessions (id, workspace, provider, name, title, first_message, cwd, options, \
     status, unseen, pid, exit_code, exit_signal, exit_reason, exit_at, task_id, mcp_session_id, created_at, \
     last_activity_at, doubt, guest, pin, busy_since) VALUES (:id, :workspace, :provider, :name, :title, :first_message, :cwd, :options, \
     :status, :unseen, :pid, :exit_code, :exit_signal, :exit_reason, :exit_at, :task_id, :mcp_session_id, :created_at, \
     :last_activity_at, :doubt, :guest, :pin, iif(:status = 'busy', :last_activity_at, NULL))";

/// Ends the process of a session, once (an end that turns out to have been a shutdown's is corrected: the session is to come
/// back); the turn under way counts as busy until then.
const END_SESSION: &str = "UPDATE sessions SET status = 'terminated', pid = NULL, exit_code = :code, exit_signal = :signal, \
     exit_reason = :reason, exit_at = :exit_at, last_activity_at = :at, \
     busy_ms = CAST(busy_ms + iif(busy_since IS NOT NULL, max(0, :at - busy_since), 0) AS INTEGER), busy_since = NULL \
     WHERE id = :id AND (exit_reason IS NULL OR (:reason = 'shutdown' AND exit_reason IN ('exited', 'killed'))) \
     AND forgotten_at IS NULL";

const CLOSE_SESSION: &str = "UPDATE sessions SET status = 'terminated', pid = NULL, exit_reason = 'closed', \
     exit_at = coalesce(exit_at, :at), closed_at = :at, last_activity_at = :at, \
     busy_ms = CAST(busy_ms + iif(busy_since IS NOT NULL, max(0, :at - busy_since), 0) AS INTEGER), busy_since = NULL \
     WHERE id = :id AND closed_at IS NULL AND forgotten_at IS NULL";

const REOPEN_SESSION: &str = "UPDATE sessions SET status = 'starting', pid = NULL, exit_code = NULL, exit_signal = NULL, \
     exit_reason = NULL, exit_at = NULL, closed_at = NULL, last_activity_at = :at \
     WHERE id = :id AND forgotten_at IS NULL";

const FORGET_SESSION: &str = "UPDATE sessions SET name = NULL, title = NULL, first_message = NULL, cwd = '', options = '{}', \
     status = 'terminated', pid = NULL, task_id = NULL, mcp_session_id = NULL, doubt = NULL, guest = NULL, pin = NULL, closed_at = coalesce(closed_at, :at), \
     busy_since = NULL, forgotten_at = :at WHERE id = :id AND forgotten_at IS NULL";

/// Applies changes to one workspace.
pub(super) struct Applier<'t> {
    pub(super) tx: &'t Transaction<'t>,
    pub(super) workspace: i64,
    pub(super) history: &'t mut HistoryUse,
}

impl Applier<'_> {
    /// Applies one change. After an error the transaction must be rolled back.
    pub(super) fn apply(&mut self, change: Change) -> Result<(), CommitError> {
        match change {
            Change::SaveLayout { tabs, active, scratch, panes } => {
                self.save_layout(&tabs, &panes)?;
                self.save_shown(&tabs, active, scratch)
            }
            Change::InsertSession(session) => self.insert_session(&session),
            Change::UpdateSession(session) => self.update_session(&session),
            Change::Claim { session, provider, conversation, witness, at, spoken } => {
                let claim = Claim { conversation, witness, since: at, spoken };
                ledger::claim(self.tx, session, &provider, &claim)
            }
            Change::MarkSpoken { session } => ledger::mark_spoken(self.tx, session),
            Change::EndClaim { session, at, reason } => ledger::end(self.tx, session, at, reason),
            Change::EndSession { session, exit, at } => self.end_session(session, exit, at),
            Change::CloseSession { session, at } => self.close_session(session, at),
            Change::ReopenSession { session, at } => self.reopen_session(session, at),
            Change::ForgetSession { session } => self.forget_session(session),
            Change::SaveScreen { session, at, cols, rows, snapshot } => {
                self.save_screen(session, &StoredScreen { at, cols, rows, snapshot })
            }
            Change::SaveEvidence { session, log_json } => self.save_evidence(session, &log_json),
            Change::AppendHistory { session, first_line, n_lines, data } => {
                Ok(self.history.append(self.tx, session, &HistoryBlock { first_line, n_lines, data })?)
            }
            Change::ClearHistory { session } => Ok(self.history.clear(self.tx, session)?),
            Change::InsertNotice(notice) => self.insert_notice(&notice),
            Change::MarkNoticesSeen { numbers, at } => self.mark_notices_seen(&numbers, at),
            Change::SavePreference { name, entry } => {
                let sql = "INSERT OR REPLACE INTO preferences (name, value, over) VALUES (?1, ?2, ?3)";
                self.tx.prepare_cached(sql)?.execute(params![name, entry.value, entry.over])?;
                Ok(())
            }
            Change::CacheBinary { path, mtime_ms, size, version, facts_json } => {
                let sql = "INSERT OR REPLACE INTO binaries (path, mtime_ms, size, version, facts) VALUES (?1, ?2, ?3, ?4, ?5)";
                self.tx.prepare_cached(sql)?.execute(params![path, mtime_ms, integer(size), version, facts_json])?;
                Ok(())
            }
        }
    }

    fn save_layout(&self, tabs: &[TabRecord], panes: &[PaneRecord]) -> Result<(), CommitError> {
        self.tx.prepare_cached("DELETE FROM tabs WHERE workspace = ?1")?.execute([self.workspace])?;
        self.tx.prepare_cached("DELETE FROM panes WHERE workspace = ?1")?.execute([self.workspace])?;
        let mut insert_tab = self.tx.prepare_cached(
            "INSERT INTO tabs (workspace, id, position, name, tree, focus, zoomed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?;
        for tab in tabs {
            let zoomed = tab.zoomed.map(PaneId::get);
            insert_tab.execute(params![
                self.workspace,
                tab.id.0,
                tab.position,
                tab.name,
                tab.tree_json,
                tab.focus.get(),
                zoomed
            ])?;
        }
        let mut insert_pane =
            self.tx.prepare_cached("INSERT INTO panes (workspace, id, session) VALUES (?1, ?2, ?3)")?;
        for pane in panes {
            ledger::require(self.tx, pane.session)?;
            insert_pane.execute(params![self.workspace, pane.id.get(), pane.session.to_string()])?;
        }
        Ok(())
    }

    /// What of the layout a client sees first.
    fn save_shown(
        &self,
        tabs: &[TabRecord],
        active: Option<TabId>,
        scratch: Option<Scratch>,
    ) -> Result<(), CommitError> {
        let last_tab = tabs.iter().map(|tab| tab.id.0).max().unwrap_or(0);
        let (pane, is_shown) = (scratch.map(|scratch| scratch.pane.get()), scratch.is_some_and(|it| it.is_shown));
        let sql = "UPDATE workspaces SET active_tab = ?2, last_tab = max(last_tab, ?3), scratch = ?4, scratch_shown = ?5 \
             WHERE id = ?1";
        self.tx.prepare_cached(sql)?.execute(params![
            self.workspace,
            active.map(|tab| tab.0),
            last_tab,
            pane,
            is_shown
        ])?;
        Ok(())
    }

    fn insert_session(&self, session: &Session) -> Result<(), CommitError> {
        if ledger::is_known(self.tx, session.id)? {
            return Err(CommitError::Exists { session: session.id });
        }
        self.write_session(INSERT_SESSION, session, Some(self.workspace))?;
        match &session.claim {
            Some(claim) => ledger::claim(self.tx, session.id, &session.provider, claim),
            None => Ok(()),
        }
    }

    fn update_session(&self, session: &Session) -> Result<(), CommitError> {
        let n_updated = self.write_session(UPDATE_SESSION, session, None)?;
        if n_updated == 0 && !ledger::is_known(self.tx, session.id)? {
            self.write_session(INSERT_SESSION, session, Some(self.workspace))?;
        }
        Ok(())
    }

    /// Runs a statement over the columns of a session; returns how many rows it changed.
    fn write_session(&self, sql: &str, session: &Session, workspace: Option<i64>) -> Result<usize, CommitError> {
        let id = session.id.to_string();
        let options = serde_json::to_string(&session.options)
            .map_err(|source| rusqlite::Error::ToSqlConversionFailure(Box::new(source)))?;
        let (provider, status) = (session.provider.as_str(), session.status.as_str());
        let doubt = session.doubt.as_ref().and_then(|doubt| serde_json::to_string(doubt).ok());
        let guest = session.guest.as_ref().and_then(|guest| serde_json::to_string(guest).ok());
        let exit = session.exit;
        let (code, signal) = (exit.and_then(|exit| exit.code), exit.and_then(|exit| exit.signal));
        let reason = exit.map(|exit| exit.reason.as_str());
        let exit_at = exit.map(|exit| exit.at.unix_ms);
        let mut columns: Vec<(&str, &dyn ToSql)> = named_params! {
            ":id": id,
            ":provider": provider,
            ":name": session.name,
            ":title": session.title,
            ":first_message": session.first_message,
            ":cwd": session.cwd,
            ":options": options,
            ":status": status,
            ":unseen": session.unseen,
            ":pid": session.pid,
            ":exit_code": code,
            ":exit_signal": signal,
            ":exit_reason": reason,
            ":exit_at": exit_at,
            ":task_id": session.task_id,
            ":mcp_session_id": session.mcp_session_id,
            ":doubt": doubt,
            ":guest": guest,
            ":pin": session.pin,
            ":created_at": session.created_at.unix_ms,
            ":last_activity_at": session.last_activity_at.unix_ms,
        }
        .to_vec();
        if let Some(workspace) = &workspace {
            columns.push((":workspace", workspace));
        }
        Ok(self.tx.prepare_cached(sql)?.execute(columns.as_slice())?)
    }

    fn end_session(&self, session: SessionId, exit: Exit, at: Wall) -> Result<(), CommitError> {
        ledger::require(self.tx, session)?;
        self.tx.prepare_cached(END_SESSION)?.execute(named_params! {
            ":id": session.to_string(),
            ":code": exit.code,
            ":signal": exit.signal,
            ":reason": exit.reason.as_str(),
            ":exit_at": exit.at.unix_ms,
            ":at": at.unix_ms,
        })?;
        Ok(())
    }

    fn close_session(&self, session: SessionId, at: Wall) -> Result<(), CommitError> {
        ledger::require(self.tx, session)?;
        let id = session.to_string();
        self.tx.prepare_cached(CLOSE_SESSION)?.execute(named_params! { ":id": id, ":at": at.unix_ms })?;
        self.tx.prepare_cached("DELETE FROM panes WHERE session = ?1")?.execute([&id])?;
        ledger::end(self.tx, session, at, ClaimEnd::Closed)
    }

    fn reopen_session(&self, session: SessionId, at: Wall) -> Result<(), CommitError> {
        ledger::require(self.tx, session)?;
        // The entry is looked up first: it is found by the time of the close.
        let last = ledger::claim_at_close(self.tx, session)?;
        let n_reopened = self
            .tx
            .prepare_cached(REOPEN_SESSION)?
            .execute(named_params! { ":id": session.to_string(), ":at": at.unix_ms })?;
        match last {
            Some((provider, claim)) if n_reopened > 0 => {
                ledger::claim(self.tx, session, &provider, &Claim { since: at, ..claim })
            }
            _ => Ok(()),
        }
    }

    fn forget_session(&mut self, session: SessionId) -> Result<(), CommitError> {
        let id = session.to_string();
        let now = clock::now();
        self.tx.prepare_cached(FORGET_SESSION)?.execute(named_params! { ":id": id, ":at": now.unix_ms })?;
        for sql in [
            "DELETE FROM panes WHERE session = ?1",
            "DELETE FROM screens WHERE session = ?1",
            "DELETE FROM evidence WHERE session = ?1",
            "DELETE FROM notices WHERE session = ?1",
            "DELETE FROM quarantine WHERE row_key = ?1",
        ] {
            self.tx.prepare_cached(sql)?.execute([&id])?;
        }
        self.history.clear(self.tx, session)?;
        ledger::end(self.tx, session, now, ClaimEnd::Forgotten)
    }

    fn save_screen(&self, session: SessionId, screen: &StoredScreen) -> Result<(), CommitError> {
        let packed = lz4_flex::compress_prepend_size(&screen.snapshot);
        self.tx
            .prepare_cached(
                "INSERT OR REPLACE INTO screens (session, at, cols, rows, snapshot) SELECT ?1, ?2, ?3, ?4, ?5 \
                 WHERE EXISTS (SELECT 1 FROM sessions WHERE id = ?1 AND forgotten_at IS NULL)",
            )?
            .execute(params![session.to_string(), screen.at.unix_ms, screen.cols, screen.rows, packed])?;
        Ok(())
    }

    fn save_evidence(&self, session: SessionId, log_json: &str) -> Result<(), CommitError> {
        self.tx
            .prepare_cached(
                "INSERT OR REPLACE INTO evidence (session, log) SELECT ?1, ?2 \
                 WHERE EXISTS (SELECT 1 FROM sessions WHERE id = ?1 AND forgotten_at IS NULL)",
            )?
            .execute(params![session.to_string(), log_json])?;
        Ok(())
    }

    fn insert_notice(&self, notice: &NoticeRecord) -> Result<(), CommitError> {
        let session = notice.session.map(|session| session.to_string());
        // A notice about a session that the store does not know (any more) is kept without it.
        self.tx
            .prepare_cached(
                "INSERT OR REPLACE INTO notices (workspace, number, session, kind, text, at, seen_at) \
                 VALUES (?1, ?2, (SELECT id FROM sessions WHERE id = ?3), ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                self.workspace,
                integer(notice.number),
                session,
                notice.kind,
                notice.text,
                notice.at.unix_ms,
                notice.seen_at.map(|seen_at| seen_at.unix_ms)
            ])?;
        self.tx
            .prepare_cached(
                "DELETE FROM notices WHERE workspace = ?1 AND number <= \
                 (SELECT number FROM notices WHERE workspace = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)",
            )?
            .execute(params![self.workspace, NOTICES_KEPT])?;
        Ok(())
    }

    fn mark_notices_seen(&self, numbers: &[u64], at: Wall) -> Result<(), CommitError> {
        let mut mark = self.tx.prepare_cached(
            "UPDATE notices SET seen_at = ?3 WHERE workspace = ?1 AND number = ?2 AND seen_at IS NULL",
        )?;
        for number in numbers {
            mark.execute(params![self.workspace, integer(*number), at.unix_ms])?;
        }
        Ok(())
    }
}

/// SQLite's integers end at 2^63; what is larger is stored as the largest.
fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
