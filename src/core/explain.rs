//! Why a session is on its conversation: the answer to `homing explain`.

use crate::core::Core;
use crate::core::api::rfc3339;
use crate::core::claims::LogEntry;
use crate::id::{ConversationId, SessionId};
use crate::protocol::api::{DoubtRow, EvidenceRow, Explanation};

impl Core {
    /// What was seen of the session's conversation, and what came of it.
    pub(super) fn explanation(&self, session: SessionId) -> Option<Explanation> {
        let record = self.state.sessions.get(&session)?;
        let doubt = record.doubt.as_ref().map(|doubt| DoubtRow {
            reason: doubt.reason.clone(),
            candidates: doubt.candidates.iter().map(ConversationId::to_string).collect(),
            since: rfc3339(doubt.since),
        });
        let evidence = self.evidence_log(session).into_iter().flat_map(|log| log.entries()).map(evidence_row).collect();
        Some(Explanation { session: self.session_row(session)?, doubt, evidence })
    }
}

fn evidence_row(entry: &LogEntry) -> EvidenceRow {
    EvidenceRow {
        at: rfc3339(entry.at),
        last_at: rfc3339(entry.last_at),
        times: entry.times,
        source: entry.source.clone(),
        names: entry.names.iter().map(ConversationId::to_string).collect(),
        counted: entry.counted,
        outcome: entry.outcome.clone(),
    }
}
