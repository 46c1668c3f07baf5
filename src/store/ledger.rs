//! The ledger of conversations: who is on which, and who was. Entries are added and ended, never deleted.

use rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE;
use rusqlite::{Connection, OptionalExtension, params};

use crate::core::ledger::{ClaimEnd, Holder, LedgerEntry};
use crate::core::session::Claim;
use crate::id::{ConversationId, PaneId, ProviderName, SessionId};
use crate::store::error::{CommitError, ReadError};
use crate::store::row::{self, Reading};
use crate::time::Wall;

/// Whether the store knows the session, forgotten ones included.
pub(super) fn is_known(conn: &Connection, session: SessionId) -> rusqlite::Result<bool> {
    conn.prepare_cached("SELECT 1 FROM sessions WHERE id = ?1")?.exists([session.to_string()])
}

/// Refuses a session that the store does not know.
pub(super) fn require(conn: &Connection, session: SessionId) -> Result<(), CommitError> {
    if is_known(conn, session)? { Ok(()) } else { Err(CommitError::NoSession { session }) }
}

/// Puts the session on the conversation (see `Change::Claim`).
pub(super) fn claim(
    conn: &Connection,
    session: SessionId,
    provider: &ProviderName,
    claim: &Claim,
) -> Result<(), CommitError> {
    require(conn, session)?;
    let id = session.to_string();
    let current: Option<(i64, String, String)> = conn
        .prepare_cached("SELECT id, provider, conversation FROM conversations WHERE session = ?1 AND until IS NULL")?
        .query_row([&id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    if let Some((entry, current_provider, conversation)) = current {
        if current_provider == provider.as_str() && conversation == claim.conversation.as_str() {
            conn.prepare_cached("UPDATE conversations SET witness = ?2, spoken = max(spoken, ?3) WHERE id = ?1")?
                .execute(params![entry, claim.witness.as_str(), claim.spoken])?;
            return Ok(());
        }
        end(conn, session, claim.since, ClaimEnd::Moved)?;
    }
    let is_closed =
        conn.prepare_cached("SELECT 1 FROM sessions WHERE id = ?1 AND closed_at IS NOT NULL")?.exists([&id])?;
    let until = is_closed.then_some(claim.since.unix_ms);
    let reason = is_closed.then_some(ClaimEnd::Closed.as_str());
    let inserted = conn
        .prepare_cached(
            "INSERT INTO conversations (session, provider, conversation, witness, since, until, end_reason, spoken) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, max(?8, coalesce(\
             (SELECT max(spoken) FROM conversations WHERE provider = ?2 AND conversation = ?3), 0)))",
        )?
        .execute(params![
            id,
            provider.as_str(),
            claim.conversation.as_str(),
            claim.witness.as_str(),
            claim.since.unix_ms,
            until,
            reason,
            claim.spoken
        ]);
    match inserted {
        Ok(_) => Ok(()),
        Err(error) if error.sqlite_extended_error_code() == Some(SQLITE_CONSTRAINT_UNIQUE) => {
            Err(held(conn, provider, &claim.conversation, error))
        }
        Err(error) => Err(error.into()),
    }
}

/// Names the holder of the conversation.
fn held(
    conn: &Connection,
    provider: &ProviderName,
    conversation: &ConversationId,
    refusal: rusqlite::Error,
) -> CommitError {
    match holder(conn, provider, conversation) {
        Ok(Some(holder)) => CommitError::Held { conversation: conversation.clone(), holder },
        Ok(None) | Err(_) => refusal.into(),
    }
}

/// A user message was seen under the session's conversation.
pub(super) fn mark_spoken(conn: &Connection, session: SessionId) -> Result<(), CommitError> {
    conn.prepare_cached("UPDATE conversations SET spoken = 1 WHERE session = ?1 AND until IS NULL")?
        .execute([session.to_string()])?;
    Ok(())
}

/// Ends the session's open entry, if it has one.
pub(super) fn end(conn: &Connection, session: SessionId, at: Wall, reason: ClaimEnd) -> Result<(), CommitError> {
    conn.prepare_cached("UPDATE conversations SET until = ?2, end_reason = ?3 WHERE session = ?1 AND until IS NULL")?
        .execute(params![session.to_string(), at.unix_ms, reason.as_str()])?;
    Ok(())
}

/// The claim that a closed session had when it was closed.
pub(super) fn claim_at_close(conn: &Connection, session: SessionId) -> rusqlite::Result<Option<(ProviderName, Claim)>> {
    let mut statement = conn.prepare_cached(
        "SELECT c.session, c.provider, c.conversation, c.witness, c.since, c.until, c.end_reason, c.spoken \
         FROM conversations AS c JOIN sessions AS s ON s.id = c.session WHERE c.session = ?1 AND c.end_reason = 'closed' \
         AND c.until >= s.closed_at ORDER BY c.id DESC LIMIT 1",
    )?;
    let mut rows = statement.query([session.to_string()])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    Ok(row::ledger_entry(&mut Reading::new(row)).map(|entry| {
        let LedgerEntry { provider, conversation, witness, since, spoken, .. } = entry;
        (provider, Claim { conversation, witness, since, spoken })
    }))
}

/// All entries of a session, oldest first; entries that cannot be read are left out.
pub(super) fn entries(conn: &Connection, session: SessionId) -> Result<Vec<LedgerEntry>, ReadError> {
    let mut statement = conn.prepare_cached("SELECT * FROM conversations WHERE session = ?1 ORDER BY id")?;
    let mut rows = statement.query([session.to_string()])?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        entries.extend(row::ledger_entry(&mut Reading::new(row)));
    }
    Ok(entries)
}

/// The session that is on the conversation now, of any workspace.
pub(super) fn holder(
    conn: &Connection,
    provider: &ProviderName,
    conversation: &ConversationId,
) -> Result<Option<Holder>, ReadError> {
    let mut statement = conn.prepare_cached(
        "SELECT c.session, w.name AS workspace, coalesce(s.name, s.title, s.first_message, s.id) AS name, \
         (SELECT p.id FROM panes AS p WHERE p.session = s.id) AS pane FROM conversations AS c \
         JOIN sessions AS s ON s.id = c.session JOIN workspaces AS w ON w.id = s.workspace \
         WHERE c.provider = ?1 AND c.conversation = ?2 AND c.until IS NULL",
    )?;
    let mut rows = statement.query([provider.as_str(), conversation.as_str()])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let mut reading = Reading::new(row);
    let session = reading.meaning("session", |text| text.parse().ok());
    Ok(session.map(|session| Holder {
        session,
        workspace: reading.text("workspace").unwrap_or_default(),
        name: reading.text("name").unwrap_or_else(|| session.to_string()),
        pane: reading.optional_number("pane").map(PaneId),
    }))
}
