//! What the edges are asked about a session's conversation, and what they answer. Plain data; what it means for a claim is
//! decided in `provider::claim`.

use crate::config::FileDialect;
use crate::core::event::Env;
use crate::core::session::Witness;
use crate::id::{ConversationId, SessionId};
use crate::time::Wall;

/// A question to the edges: what says *now* which conversation the session is on?
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Probe {
    /// Which session.
    pub session: SessionId,
    /// Which launch of its pane.
    pub epoch: u32,
    /// Whose files and processes are looked at.
    pub files: FileDialect,
    /// The pane's process.
    pub pid: u32,
    /// The session's directory.
    pub cwd: String,
    /// The session's environment.
    pub env: Env,
    /// The conversation that it is believed to be on.
    pub claimed: Option<ConversationId>,
    /// When the pane's process was started.
    pub launched_at: Wall,
    /// What the user submitted last, where the recorder is sure of every letter.
    pub said: Option<Submitted>,
}

/// A text that the user submitted.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Submitted {
    /// The text, exact.
    pub text: String,
    /// When its Enter was pressed.
    pub at: Wall,
}

/// What one place that was looked at shows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sighting {
    /// What it is as a witness: [`Witness::Process`] or [`Witness::Store`].
    pub witness: Witness,
    /// What it shows.
    pub found: Found,
    /// What was looked at, in a few words for people: `lock files of process 4711`.
    pub source: String,
}

/// Which conversations a place names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Found {
    /// Exactly this one.
    Exact {
        /// Which.
        conversation: ConversationId,
        /// Whether a user message was seen in it.
        spoken: bool,
    },
    /// More than one, and nothing singles one out.
    Ambiguous(Vec<ConversationId>),
    /// None, and why, as a plain sentence without a full stop.
    Silent(String),
}
