//! What happened: notices, events, lines of histories. Plain data.

use serde::{Deserialize, Serialize};

/// A notice as `homing notices --json` prints it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct NoticeRow {
    /// Its number, ascending.
    pub number: u64,
    /// When.
    pub at: String,
    /// The session's id.
    pub session: String,
    /// What the session was called.
    pub label: String,
    /// `permission`, `question`, `done`, `failed`, `exited`, `claim` or `message`.
    pub kind: String,
    /// What it says.
    pub text: String,
    /// When the user saw it.
    pub seen_at: Option<String>,
}

/// Events as they come.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct EventBatch {
    /// Oldest first; at most `core::feed::EVENTS_KEPT`.
    pub events: Vec<EventRow>,
    /// The number of the newest event, for the next question.
    pub last: u64,
}

/// An event as `homing events` prints it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct EventRow {
    /// Its number; a new server counts anew.
    pub number: u64,
    /// When.
    pub at: String,
    /// `opened`, `status`, `conversation`, `notice` or `closed`.
    pub event: String,
    /// The session's id.
    pub session: String,
    /// What the session is called.
    pub label: String,
    /// The kind of agent.
    pub provider: String,
    /// The new status, the conversation's id, the notice.
    pub value: String,
}

/// How the text of a search is taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SearchSyntax {
    /// As it stands.
    Text,
    /// As a regular expression.
    Regex,
}

/// A line of a history as `homing search --json` prints it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FoundRow {
    /// The session's id.
    pub session: String,
    /// What it is called.
    pub label: String,
    /// Whether it has a pane.
    pub is_open: bool,
    /// The line's number, which it keeps for the session's life.
    pub line: u64,
    /// The line, without styles.
    pub text: String,
}
