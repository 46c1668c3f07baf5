//! What is kept of sessions beyond their records: the ledger of their conversations, and those that have no pane any more.
//!
//! Plain data; the store reads and writes it. Imports id, time and session.

use crate::core::session::{Session, Witness};
use crate::id::{ConversationId, PaneId, ProviderName, SessionId};
use crate::time::Wall;
use std::time::Duration;

/// Why a session left a conversation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ClaimEnd {
    /// The agent moved to another conversation.
    Moved,
    /// The session goes on without it: the agent in a shell was left, or its user asked for a new conversation and said nothing.
    Left,
    /// The user had the session started fresh.
    Replaced,
    /// The user closed the session.
    Closed,
    /// The user had the session forgotten.
    Forgotten,
    /// The conversation is gone from the provider's store.
    Gone,
    /// The evidence turned out to be wrong.
    Withdrawn,
}

impl ClaimEnd {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Moved, Self::Left, Self::Replaced, Self::Closed, Self::Forgotten, Self::Gone, Self::Withdrawn];

    /// The word used in `--json` and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Moved => "moved",
            Self::Left => "left",
            Self::Replaced => "replaced",
            Self::Closed => "closed",
            Self::Forgotten => "forgotten",
            Self::Gone => "gone",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The reason with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|end| end.as_str() == word)
    }
}

/// A row of the ledger: a session was on a conversation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LedgerEntry {
    /// The session.
    pub session: SessionId,
    /// The session's kind of agent.
    pub provider: ProviderName,
    /// The conversation.
    pub conversation: ConversationId,
    /// What proved it.
    pub witness: Witness,
    /// From when.
    pub since: Wall,
    /// Until when and why; `None` while the session is on it.
    pub ended: Option<(Wall, ClaimEnd)>,
    /// Whether a user message was seen under it.
    pub spoken: bool,
}

/// A session with what the store knows beyond the record itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredSession {
    /// The record. For a closed session, its claim is the one it had when it was closed.
    pub session: Session,
    /// Its workspace.
    pub workspace: String,
    /// Its pane, while it has one.
    pub pane: Option<PaneId>,
    /// When the user closed it.
    pub closed_at: Option<Wall>,
    /// How long it was busy, all turns that ended together.
    pub busy: Duration,
}

/// The live session that is on a conversation, wherever it is open.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Holder {
    /// The session.
    pub session: SessionId,
    /// Its workspace.
    pub workspace: String,
    /// What it is called: its name, else its title, first message or id.
    pub name: String,
    /// Its pane, while it has one.
    pub pane: Option<PaneId>,
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.pane {
            Some(pane) => write!(f, "{} (pane {pane} of workspace {})", self.name, self.workspace),
            None => write!(f, "{} (workspace {})", self.name, self.workspace),
        }
    }
}
