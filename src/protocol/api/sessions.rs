//! Sessions as programs see them, and what became of them at a start, a layout, a text to several. Plain data.

use serde::{Deserialize, Serialize};

/// A session as `homing ls --json` prints it (DESIGN §12).
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SessionRow {
    /// homing's id.
    pub id: String,
    /// The user's name for it.
    pub name: Option<String>,
    /// Provider's name.
    pub provider: String,
    /// The provider's own id of the conversation.
    pub provider_session_id: Option<String>,
    /// What proves it.
    pub witness: Option<String>,
    /// How well it is known: `exact`, `asked` (in doubt: a relaunch asks) or `none`.
    pub standing: String,
    /// `starting`, `ready`, `busy`, `blocked`, `error` or `terminated`.
    pub status: String,
    /// Whether something happened that the user has not looked at.
    pub unseen: bool,
    /// The agent's own title.
    pub title: Option<String>,
    /// The first thing the user said.
    pub first_message: Option<String>,
    /// Its directory.
    pub cwd: String,
    /// Its process.
    pub pid: Option<u32>,
    /// The place of its tab, from 1.
    pub tab: Option<u32>,
    /// Its pane's number.
    pub pane: Option<u32>,
    /// Whether it is the scratch shell, whose pane is in no tab.
    #[serde(default)]
    pub scratch: bool,
    /// When it was opened.
    pub created_at: String,
    /// When its status last changed.
    pub last_activity_at: String,
    /// Whether a restart brings its conversation back.
    pub resumable: Resumable,
    /// The user's task id.
    pub task_id: Option<String>,
    /// The linked MCP session.
    pub mcp_session_id: Option<String>,
    /// How its process ended.
    pub exit: Option<ExitRow>,
    /// Every conversation that it was on, oldest first; only where one session was asked for (`homing show`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversations: Option<Vec<LedgerRow>>,
}

/// Whether a restart brings a session's conversation back, and why.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Resumable {
    /// Whether.
    pub ok: bool,
    /// Why, in a few words.
    pub why: String,
}

/// How a process ended.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ExitRow {
    /// Exit code.
    pub code: Option<i32>,
    /// Signal number.
    pub signal: Option<i32>,
    /// `exited`, `crashed`, `killed`, `shutdown` or `closed`.
    pub reason: String,
    /// When.
    pub at: String,
}

/// A row of the ledger: a session was on a conversation.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LedgerRow {
    /// The session's kind of agent at that time.
    pub provider: String,
    /// The provider's own id of the conversation.
    pub id: String,
    /// What proved it.
    pub witness: String,
    /// From when.
    pub since: String,
    /// Until when; `None` while the session is on it.
    pub until: Option<String>,
    /// `moved`, `left`, `replaced`, `closed`, `forgotten`, `gone` or `withdrawn`; `None` while the session is on it.
    pub end_reason: Option<String>,
    /// Whether a user message was seen under it.
    pub spoken: bool,
}

/// What came of a text that was sent to several sessions, in one of them.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SentRow {
    /// The session's id.
    pub session: String,
    /// Its pane's number.
    pub pane: Option<u32>,
    /// What it is called.
    pub label: String,
    /// Provider's name.
    pub provider: String,
    /// Whether it was submitted.
    pub submitted: bool,
    /// Why not.
    pub why: Option<String>,
}

/// A pane of a layout, and what became of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PlannedRow {
    /// The tab's name, or its number in the layout.
    pub tab: String,
    /// `opened`, `would open` or `open already`.
    pub outcome: String,
    /// Provider's name.
    pub provider: String,
    /// The session's name.
    pub name: Option<String>,
    /// Its directory.
    pub dir: String,
    /// Further arguments.
    pub args: Vec<String>,
    /// The first prompt, or a shell's command.
    pub starts_with: Option<String>,
    /// The pane's number, where it is open.
    pub pane: Option<u32>,
    /// The session's id, where it is open.
    pub session: Option<String>,
}

/// What happened to each pane at the start of the server.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct RestoreReport {
    /// Whether all panes have been dealt with.
    pub is_complete: bool,
    /// One row a pane.
    pub panes: Vec<RestoreRow>,
}

/// What happened to one pane.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct RestoreRow {
    /// The pane's number.
    pub pane: u32,
    /// The session's id.
    pub session: String,
    /// What it is called.
    pub label: String,
    /// `resumed`, `fresh`, `asked`, `held`, `alive` or `failed`.
    pub outcome: String,
    /// Why, in a few words.
    pub why: String,
}
