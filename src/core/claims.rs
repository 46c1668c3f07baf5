//! Evidence weighed into claims: what is written to the ledger, what stays in doubt, and the log that `homing explain` shows.
//!
//! Never "the latest", never by position. A claim is in memory only after the store has it.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::core::Core;
use crate::core::change::{Change, Durability};
use crate::core::effect::{Effects, SpawnRequest};
use crate::core::ledger::ClaimEnd;
use crate::core::notice::NoticeKind;
use crate::core::persist::Pending;
use crate::core::session::{Claim, Doubt, Session, Witness};
use crate::id::{ConversationId, SessionId};
use crate::provider::claim::{Evidence, Reason, Scene, Sight, Verdict, weigh};
use crate::time::Wall;

/// How many entries of its log a session keeps; the oldest go. Chosen: some twenty prompts' worth.
pub const LOG_ENTRIES: usize = 64;

/// Where a piece of evidence came from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Source {
    /// homing's own launch.
    Launch,
    /// A hook of the agent's.
    Hook {
        /// What it reported.
        what: &'static str,
        /// The reporting process, where known.
        pid: Option<u32>,
    },
    /// A place that the edges looked at.
    Seen(String),
    /// The agent's exit line.
    Farewell,
}

impl Source {
    fn describe(&self) -> String {
        match self {
            Self::Launch => "homing's launch".to_owned(),
            Self::Hook { what, pid: Some(pid) } => format!("hook: {what} (process {pid})"),
            Self::Hook { what, pid: None } => format!("hook: {what}"),
            Self::Seen(place) => place.clone(),
            Self::Farewell => "its exit line".to_owned(),
        }
    }
}

/// One entry of a session's log of evidence.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LogEntry {
    /// When it was seen first.
    pub at: Wall,
    /// When it was seen last: the same again is one entry.
    pub last_at: Wall,
    /// How often it was seen in a row.
    pub times: u32,
    /// Where it came from, for people.
    pub source: String,
    /// The conversations that it names.
    pub names: Vec<ConversationId>,
    /// Whether it counted: made, moved or confirmed the claim.
    pub counted: bool,
    /// What came of it, for people.
    pub outcome: String,
}

/// A session's log of evidence; at most [`LOG_ENTRIES`].
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct EvidenceLog {
    entries: VecDeque<LogEntry>,
}

impl EvidenceLog {
    /// All entries, oldest first.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = &LogEntry> + '_ {
        self.entries.iter()
    }

    /// Adds an entry; where the same was said within the last few, that one counts up instead.
    fn add(&mut self, entry: LogEntry) {
        let is_same = |old: &&mut LogEntry| {
            (&old.source, &old.names, &old.outcome) == (&entry.source, &entry.names, &entry.outcome)
        };
        // What is looked for several times after each submit comes in the same few forms again and again.
        if let Some(old) = self.entries.iter_mut().rev().take(4).find(is_same) {
            old.last_at = entry.at;
            old.times = old.times.saturating_add(1);
            return;
        }
        if self.entries.len() >= LOG_ENTRIES {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
    }
}

impl Core {
    /// What was seen of the session's conversation, and what came of it.
    pub fn evidence_log(&self, session: SessionId) -> Option<&EvidenceLog> {
        self.evidence.get(&session)
    }

    pub(super) fn note(
        &mut self,
        session: SessionId,
        source: &Source,
        names: &[ConversationId],
        counted: bool,
        outcome: String,
        fx: &mut Effects,
    ) {
        let at = self.state.now.wall;
        let entry =
            LogEntry { at, last_at: at, times: 1, source: source.describe(), names: names.to_vec(), counted, outcome };
        self.evidence.entry(session).or_default().add(entry);
        self.save_evidence_soon(session, fx);
    }

    /// A place that was looked at shows nothing.
    pub(super) fn note_silence(&mut self, session: SessionId, source: Source, reason: String, fx: &mut Effects) {
        tracing::debug!(%session, reason, "no evidence");
        self.note(session, &source, &[], false, reason, fx);
    }

    /// Those of the conversations that no other live session of this agent holds.
    pub(super) fn not_held(&self, session: SessionId, conversations: Vec<ConversationId>) -> Vec<ConversationId> {
        conversations.into_iter().filter(|id| self.holder_among(session, std::slice::from_ref(id)).is_none()).collect()
    }

    /// The *other* live session of this agent that is on one of the conversations.
    fn holder_among(&self, session: SessionId, conversations: &[ConversationId]) -> Option<SessionId> {
        let provider = self.state.sessions.get(&session)?.conversation_provider();
        let is_on =
            |other: &&Session| other.claim.as_ref().is_some_and(|claim| conversations.contains(&claim.conversation));
        let others = self
            .state
            .sessions
            .values()
            .filter(|other| other.id != session && other.conversation_provider() == provider);
        others.into_iter().find(is_on).map(|other| other.id)
    }

    /// Weighs evidence against the session's claim; a new claim holds once the store has it.
    pub(super) fn consider(&mut self, session: SessionId, source: Source, evidence: &Evidence, fx: &mut Effects) {
        let Some(record) = self.state.sessions.get(&session) else { return };
        let Some(provider) = self.providers.get(record.conversation_provider()) else { return };
        let scene = Scene {
            provider,
            hooks: self.captures.hooks(session),
            is_settled: self.captures.is_settled(session),
            has_twin: matches!(evidence.sight, Sight::Store { .. }) && self.has_twin(session),
            holder: self.holder_among(session, &evidence.candidates),
        };
        let verdict = weigh(record.claim.as_ref(), evidence, &scene);
        let now = self.state.now.wall;
        let (counted, outcome) = match &verdict {
            Verdict::Claim(claim) if record.claim.is_none() => (true, format!("claimed{}", spoken_word(claim))),
            Verdict::Claim(claim) => (true, format!("confirmed{}", spoken_word(claim))),
            Verdict::Move(claim) => (true, format!("moved here{}", spoken_word(claim))),
            Verdict::Keep(Reason::Known) => (true, "confirmed".to_owned()),
            Verdict::Keep(reason) | Verdict::Refuse(reason) => (false, format!("ignored: {reason}")),
        };
        self.note(session, &source, &evidence.candidates, counted, outcome, fx);
        if matches!(verdict, Verdict::Move(_)) {
            self.captures.moved(session);
        }
        match verdict {
            Verdict::Claim(claim) | Verdict::Move(claim) => {
                self.captures.named(session, evidence.sight, now);
                self.write_claim(session, claim, fx);
                self.look_at_twins(session, fx);
            }
            Verdict::Keep(Reason::Known) if evidence.sight.names_the_screen() => {
                self.captures.named(session, evidence.sight, now);
                self.set_doubt(session, None, fx);
            }
            Verdict::Keep(reason) => tracing::debug!(%session, %reason, "claim kept"),
            Verdict::Refuse(reason) if reason.is_doubt() => {
                tracing::warn!(%session, %reason, "evidence refused");
                let doubt = Doubt { reason: reason.to_string(), candidates: reason.candidates(), since: now };
                self.set_doubt(session, Some(doubt), fx);
                self.tell_doubt(session, fx);
            }
            Verdict::Refuse(reason) => tracing::info!(%session, %reason, "evidence refused"),
        }
    }

    /// Which conversation the session is on is in doubt, or is no longer. It is stored: a relaunch asks instead of guessing.
    pub(super) fn set_doubt(&mut self, session: SessionId, doubt: Option<Doubt>, fx: &mut Effects) {
        let Some(record) = self.state.sessions.get_mut(&session) else { return };
        let is_same = match (&record.doubt, &doubt) {
            (Some(old), Some(new)) => (&old.reason, &old.candidates) == (&new.reason, &new.candidates),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        };
        if !is_same {
            record.doubt = doubt;
            self.save_session_now(session, fx);
            fx.redraw_all();
        }
    }

    /// A doubt that the schedule under way may still settle is not worth a word.
    fn tell_doubt(&mut self, session: SessionId, fx: &mut Effects) {
        if !self.captures.is_over(session) {
            return;
        }
        let told = self.state.sessions.get(&session).and_then(|record| {
            let doubt = record.doubt.as_ref()?;
            Some((record.label().to_owned(), doubt.reason.clone()))
        });
        if let Some((label, reason)) = told {
            self.toast_all(&format!("{label}: {reason}"), fx);
            self.notice(session, NoticeKind::Claim, &reason, fx);
        }
    }

    /// Claims an id that homing chose, before the process that gets it starts.
    pub(super) fn claim_assigned(
        &mut self,
        session: SessionId,
        conversation: ConversationId,
        launch: SpawnRequest,
        fx: &mut Effects,
    ) {
        let Some(provider) = self.state.sessions.get(&session).map(|record| record.conversation_provider().clone())
        else {
            return;
        };
        let claim = Claim { conversation, witness: Witness::Assigned, since: self.state.now.wall, spoken: false };
        self.note(session, &Source::Launch, std::slice::from_ref(&claim.conversation), true, "assigned".to_owned(), fx);
        let change = Change::Claim { session, provider, claim: claim.clone() };
        self.commit(vec![change], Durability::Full, Pending::ClaimAndSpawn(claim, Box::new(launch)), fx);
    }

    pub(super) fn write_claim(&mut self, session: SessionId, claim: Claim, fx: &mut Effects) {
        let Some(provider) = self.state.sessions.get(&session).map(|record| record.conversation_provider().clone())
        else {
            return;
        };
        let change = Change::Claim { session, provider, claim: claim.clone() };
        self.commit(vec![change], Durability::Full, Pending::Claim(session, claim), fx);
    }

    /// The session leaves its conversation, which is free for others and stays in the ledger. On none, it comes back fresh.
    pub(super) fn leave_conversation(
        &mut self,
        session: SessionId,
        conversation: ConversationId,
        reason: ClaimEnd,
        fx: &mut Effects,
    ) {
        let change = Change::ClaimEnded { session, at: self.state.now.wall, reason };
        self.commit(vec![change], Durability::Full, Pending::Unclaim(session, conversation), fx);
    }

    pub(super) fn conversation_left(&mut self, session: SessionId, conversation: &ConversationId, fx: &mut Effects) {
        let Some(record) = self.state.sessions.get_mut(&session) else { return };
        if record.claim.as_ref().is_some_and(|claim| claim.conversation == *conversation) {
            record.claim = None;
            // What was said in it would be a false name for what comes now.
            record.first_message = None;
            record.title = None;
            record.doubt = None;
            self.save_session_now(session, fx);
            fx.redraw_all();
        }
    }

    pub(super) fn claim_written(&mut self, session: SessionId, claim: Claim, fx: &mut Effects) {
        if let Some(record) = self.state.sessions.get_mut(&session) {
            let is_news = record.claim.as_ref().map(|old| &old.conversation) != Some(&claim.conversation);
            let conversation = claim.conversation.to_string();
            record.claim = Some(claim);
            if is_news {
                self.feed(session, "conversation", &conversation);
            }
            fx.redraw_all();
        }
        // Since it was seen the user may have gone elsewhere.
        if self.captures.is_settled(session) {
            self.set_doubt(session, None, fx);
        }
    }

    /// The store refused: the conversation is held, here or in another workspace.
    pub(super) fn claim_refused(&mut self, session: SessionId, claim: &Claim, message: &str, fx: &mut Effects) {
        tracing::warn!(%session, conversation = %claim.conversation, message, "claim refused");
        let names = vec![claim.conversation.clone()];
        self.note(session, &Source::Seen("the store".to_owned()), &names, false, format!("refused: {message}"), fx);
        let doubt = Doubt { reason: message.to_owned(), candidates: names, since: self.state.now.wall };
        self.set_doubt(session, Some(doubt), fx);
        let label = self.state.sessions.get(&session).map(|record| record.label().to_owned()).unwrap_or_default();
        self.toast_all(&format!("{label}: {message}"), fx);
        self.notice(session, NoticeKind::Claim, message, fx);
    }
}

fn spoken_word(claim: &Claim) -> &'static str {
    if claim.spoken { ", a message of yours is in it" } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(outcome: &str, at: i64) -> LogEntry {
        let at = Wall { unix_ms: at };
        let names = vec![ConversationId::new("a")];
        let (source, outcome) = ("hook: prompt".to_owned(), outcome.to_owned());
        LogEntry { at, last_at: at, times: 1, source, names, counted: true, outcome }
    }

    #[test]
    fn the_same_again_is_one_entry() {
        let mut log = EvidenceLog::default();
        for (outcome, at) in [("claimed", 1), ("confirmed", 2), ("confirmed", 3), ("moved", 4)] {
            log.add(entry(outcome, at));
        }
        let seen: Vec<_> = log.entries().map(|e| (e.outcome.as_str(), e.times, e.last_at.unix_ms)).collect();
        assert_eq!(seen, [("claimed", 1, 1), ("confirmed", 2, 3), ("moved", 1, 4)]);
    }

    #[test]
    fn a_full_log_lets_the_oldest_go() {
        let mut log = EvidenceLog::default();
        for at in 0..2 * LOG_ENTRIES as i64 {
            log.add(entry(&at.to_string(), at));
        }
        assert_eq!(log.entries().count(), LOG_ENTRIES);
        assert_eq!(log.entries().next().map(|entry| entry.at.unix_ms), Some(LOG_ENTRIES as i64));
    }
}
