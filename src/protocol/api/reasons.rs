//! Why a session is on its conversation and has its status: what was seen and said, and what counted. Plain data.

use serde::{Deserialize, Serialize};

use crate::protocol::api::SessionRow;

/// Why a session is on its conversation, as `homing explain --json` prints it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Explanation {
    /// The session.
    pub session: SessionRow,
    /// What is in doubt.
    pub doubt: Option<DoubtRow>,
    /// What was seen, oldest first; at most `core::claims::LOG_ENTRIES`.
    pub evidence: Vec<EvidenceRow>,
    /// The word by which its status is what it is; none where the status is older than this server.
    #[serde(default)]
    pub status_by: Option<WordRow>,
    /// What was said of its status, oldest first; at most `core::voice::WORDS_KEPT`.
    #[serde(default)]
    pub words: Vec<WordRow>,
}

/// What is in doubt about a session's conversation.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DoubtRow {
    /// What is in the way.
    pub reason: String,
    /// The conversations that it may be on.
    pub candidates: Vec<String>,
    /// Since when.
    pub since: String,
}

/// One thing that was seen of a session's conversation.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct EvidenceRow {
    /// When it was seen first.
    pub at: String,
    /// When it was seen last.
    pub last_at: String,
    /// How often in a row.
    pub times: u32,
    /// Where it came from.
    pub source: String,
    /// The conversations that it names.
    pub names: Vec<String>,
    /// Whether it counted.
    pub counted: bool,
    /// What came of it, and why.
    pub outcome: String,
}

/// One thing that was said of a session's status.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct WordRow {
    /// When it was said first.
    pub at: String,
    /// When it was said last.
    pub last_at: String,
    /// How often in a row.
    pub times: u32,
    /// Who said it: `hook`, `registry`, `in-band`, `files`, `screen`, `title`, `recorder` or `process`.
    pub voice: String,
    /// What was said.
    pub what: String,
    /// The status that it names.
    pub status: Option<String>,
    /// Whether the status changed by it.
    pub counted: bool,
    /// What came of it, and why.
    pub outcome: String,
}
