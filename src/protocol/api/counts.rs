//! The server, counts over all sessions, and what a clean-up did. Plain data.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The server as `homing status --json` prints it.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct StatusRow {
    /// The workspace's name.
    pub workspace: String,
    /// The server's version.
    pub version: String,
    /// The server's process.
    pub server_pid: u32,
    /// The keeper's process.
    pub keeper_pid: Option<u32>,
    /// Seconds since this server process started.
    pub uptime_s: u64,
    /// How many server processes this workspace has had since its keeper started, less one.
    pub generation: u32,
    /// The attached clients.
    pub clients: Vec<ClientRow>,
    /// How many sessions have a pane.
    pub sessions: usize,
    /// What is wrong with settings or store, one sentence each.
    pub warnings: Vec<String>,
}

/// An attached client.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ClientRow {
    /// Its process.
    pub pid: Option<u32>,
    /// Columns of its terminal.
    pub cols: u16,
    /// Rows of its terminal.
    pub rows: u16,
    /// Whether its window has the focus.
    pub focused: bool,
}

/// Counts and times as `homing stats --json` prints them. Every known word is a key of the maps, with 0 if nothing was counted.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct StatsRow {
    /// The workspace; `None` for all of them together.
    pub workspace: Option<String>,
    /// All sessions, ended and closed ones too; only forgotten ones do not count.
    pub total: usize,
    /// Those that have not ended.
    pub active: usize,
    /// Those at work.
    pub busy: usize,
    /// Those that wait for an answer of the user's.
    pub blocked: usize,
    /// Those whose last turn or start failed.
    pub errors: usize,
    /// Those that have ended.
    pub ended: usize,
    /// The ended ones by reason: `exited`, `crashed`, `killed`, `shutdown`, `closed`.
    pub ended_by_reason: BTreeMap<String, usize>,
    /// All by status.
    pub by_status: BTreeMap<String, usize>,
    /// All by provider.
    pub by_provider: BTreeMap<String, ProviderStats>,
    /// The conversations that the sessions were on.
    pub conversations: ConversationStats,
    /// Mean time from opening to end, or until now.
    pub mean_duration_ms: u64,
    /// The 95th percentile of the same.
    pub p95_duration_ms: u64,
    /// Time spent busy, all sessions together.
    pub busy_ms: u64,
}

/// The counts of one provider.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct ProviderStats {
    /// Its sessions.
    pub total: usize,
    /// Those that have not ended.
    pub active: usize,
    /// Those that have.
    pub ended: usize,
    /// Time spent busy.
    pub busy_ms: u64,
}

/// The conversations that sessions were on.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct ConversationStats {
    /// How many different ones.
    pub total: usize,
    /// How often a session left one, by reason: `moved`, `left`, `replaced`, `closed`, `forgotten`, `gone`, `withdrawn`.
    pub ended_by_reason: BTreeMap<String, usize>,
}

/// What `homing gc` did, or would do.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct GcReport {
    /// Whether nothing was done.
    pub dry_run: bool,
    /// The sessions that were idle and are closed now; `homing reopen` brings them back.
    pub ended: Vec<GcRow>,
    /// The sessions that had ended and are forgotten now.
    pub forgotten: Vec<GcRow>,
}

/// A session that was cleaned up.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct GcRow {
    /// homing's id.
    pub id: String,
    /// The user's name for it.
    pub name: Option<String>,
    /// What it is called.
    pub label: String,
    /// Provider's name.
    pub provider: String,
    /// Its pane's number.
    pub pane: Option<u32>,
    /// Since when it was idle, or when it ended.
    pub since: String,
    /// How long ago that was.
    pub age_ms: u64,
}
