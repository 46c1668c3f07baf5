//! Counts and times over all sessions that the store knows, ended ones too: `homing stats`.
//!
//! The store counts; this says what is counted and in which words it is told. Imports session, ledger and protocol.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::core::ledger::ClaimEnd;
use crate::core::session::{EndReason, Status};
use crate::protocol::api::{ConversationStats, ProviderStats, StatsRow};

/// The key of ended sessions of which no reason is known: they were never started, or their row was damaged.
pub const UNKNOWN_REASON: &str = "unknown";

/// Counts and times of sessions. Forgotten sessions are in none of them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Metrics {
    /// All sessions, closed ones too.
    pub n_sessions: usize,
    /// Those that have not ended.
    pub n_active: usize,
    /// How many have each status, by the word for it.
    pub by_status: BTreeMap<String, usize>,
    /// How many of the ended ones ended for each reason, by the word for it.
    pub by_reason: BTreeMap<String, usize>,
    /// The same counts for each kind of agent.
    pub by_provider: BTreeMap<String, ProviderMetrics>,
    /// Conversations that sessions were on, each counted once.
    pub n_conversations: usize,
    /// Entries of the ledger that have ended, by the word for the reason; those of forgotten sessions count, too.
    pub conversations_ended: BTreeMap<String, usize>,
    /// Mean time from opening to end; for the active ones, until now.
    pub mean_duration: Duration,
    /// The 95th percentile of the same (nearest rank).
    pub p95_duration: Duration,
    /// Time spent busy, all sessions together.
    pub busy: Duration,
}

/// The counts of one kind of agent.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ProviderMetrics {
    /// Its sessions, closed ones too.
    pub n_sessions: usize,
    /// Those that have not ended.
    pub n_active: usize,
    /// Time spent busy.
    pub busy: Duration,
}

impl Metrics {
    /// How many sessions have the status.
    pub fn n_with(&self, status: Status) -> usize {
        self.by_status.get(status.as_str()).copied().unwrap_or(0)
    }

    /// The row that `homing stats` prints, for one workspace or (`None`) for all.
    pub fn to_row(&self, workspace: Option<String>) -> StatsRow {
        let reasons = EndReason::ALL.map(EndReason::as_str);
        let provider = |metrics: &ProviderMetrics| ProviderStats {
            total: metrics.n_sessions,
            active: metrics.n_active,
            ended: metrics.n_sessions - metrics.n_active,
            busy_ms: milliseconds(metrics.busy),
        };
        StatsRow {
            workspace,
            total: self.n_sessions,
            active: self.n_active,
            busy: self.n_with(Status::Busy),
            blocked: self.n_with(Status::Blocked),
            errors: self.n_with(Status::Error),
            ended: self.n_with(Status::Terminated),
            ended_by_reason: with_zeros(&reasons, &self.by_reason),
            by_status: with_zeros(&Status::ALL.map(Status::as_str), &self.by_status),
            by_provider: self.by_provider.iter().map(|(name, metrics)| (name.clone(), provider(metrics))).collect(),
            conversations: ConversationStats {
                total: self.n_conversations,
                ended_by_reason: with_zeros(&ClaimEnd::ALL.map(ClaimEnd::as_str), &self.conversations_ended),
            },
            mean_duration_ms: milliseconds(self.mean_duration),
            p95_duration_ms: milliseconds(self.p95_duration),
            busy_ms: milliseconds(self.busy),
        }
    }
}

/// The counts, with a zero for every word that was not counted: programs need not ask whether a key is there.
fn with_zeros(words: &[&str], counts: &BTreeMap<String, usize>) -> BTreeMap<String, usize> {
    let mut all: BTreeMap<String, usize> = words.iter().map(|word| ((*word).to_owned(), 0)).collect();
    all.extend(counts.iter().map(|(word, n)| (word.clone(), *n)));
    all
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
