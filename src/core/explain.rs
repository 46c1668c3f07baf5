//! Why a session is on its conversation: the answer to `homing explain`.

use crate::core::Core;
use crate::core::api::rfc3339;
use crate::core::claims::LogEntry;
use crate::core::dialog::{Dialog, ExplanationView, Line, LineKind};
use crate::core::effect::Effects;
use crate::core::mode::Mode;
use crate::core::resume::{self, short_id};
use crate::core::voice::{Outcome, Word};
use crate::id::{ClientId, ConversationId, SessionId};
use crate::protocol::api::{DoubtRow, EvidenceRow, Explanation, WordRow};
use crate::time::{Wall, short_age};

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
        let status_by = self.voices.standing(session).map(word_row);
        let words = self.voices.words(session).map(word_row).collect();
        Some(Explanation { session: self.session_row(session)?, doubt, evidence, status_by, words })
    }

    /// Shows a client the explanation of its focused session.
    pub(super) fn open_explanation(&mut self, client: ClientId, fx: &mut Effects) {
        let focused = self.focused(client).and_then(|pane| self.state.session_of(pane)).map(|session| session.id);
        let Some(lines) = focused.and_then(|session| self.explanation_lines(session)) else { return };
        self.set_mode(client, Mode::Dialog(Dialog::Explanation(ExplanationView::new(lines))), fx);
    }

    /// The newest first: that is what one looks for.
    fn explanation_lines(&self, session: SessionId) -> Option<Vec<Line>> {
        let record = self.state.sessions.get(&session)?;
        let ago = |at: Wall| short_age(self.state.now.wall.since(at));
        let line = |kind, text: String| Line { kind, text, age: String::new() };
        let mut lines = Vec::new();
        let standing = match &record.claim {
            Some(claim) => format!("{} {} ({})", record.provider, claim.conversation, claim.witness.as_str()),
            None => format!("{}: no conversation is known", record.provider),
        };
        let since = record.claim.as_ref().map(|claim| ago(claim.since)).unwrap_or_default();
        lines.push(Line { kind: LineKind::Standing, text: standing, age: since });
        let after = resume::resumable(record, self.provider_of(session));
        lines.push(line(LineKind::Detail, format!("after a restart: {}", after.why)));
        if let Some(doubt) = &record.doubt {
            lines.push(Line { kind: LineKind::Doubt, text: doubt.reason.clone(), age: ago(doubt.since) });
            lines.extend(doubt.candidates.iter().map(|id| line(LineKind::Detail, format!("it may be {id}"))));
        }
        let by = match self.voices.standing(session) {
            Some(word) => Line {
                kind: LineKind::Detail,
                text: format!("{}, by {}: {}", record.status.as_str(), word.voice.as_str(), word.what),
                age: ago(word.at),
            },
            None => line(LineKind::Detail, format!("{}, since before this server", record.status.as_str())),
        };
        lines.push(by);
        for entry in self.evidence_log(session).into_iter().flat_map(|log| log.entries().rev()) {
            let kind = if entry.counted { LineKind::Counted } else { LineKind::Ignored };
            lines.push(Line { kind, text: entry.source.clone(), age: ago(entry.last_at) });
            let names: Vec<String> = entry.names.iter().map(short_id).collect();
            let names = if names.is_empty() { String::new() } else { format!("{}: ", names.join(", ")) };
            let times = if entry.times > 1 { format!(" ({} times)", entry.times) } else { String::new() };
            lines.push(line(LineKind::Detail, format!("{names}{}{times}", entry.outcome)));
        }
        Some(lines)
    }
}

fn word_row(word: &Word) -> WordRow {
    WordRow {
        at: rfc3339(word.at),
        last_at: rfc3339(word.last_at),
        times: word.times,
        voice: word.voice.as_str().to_owned(),
        what: word.what.clone(),
        status: word.status.map(|status| status.as_str().to_owned()),
        counted: word.outcome == Outcome::Counted,
        outcome: word.outcome.describe(),
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
