//! What the edges are asked about a session's conversation, and what they answer. Plain data; what it means for a claim is
//! decided in `provider::claim`.

use crate::config::FileDialect;
use crate::core::event::Env;
use crate::core::session::Witness;
use crate::id::{ConversationId, ProviderName, SessionId};
use crate::time::Wall;

/// A question to the edges: what says *now* which conversation the session is on?
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Probe {
    /// Which session.
    pub session: SessionId,
    /// Which launch of its pane.
    pub epoch: u32,
    /// How often the session had been touched by then, to be named in the answer.
    pub n_touches: u32,
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
    /// What was submitted last as the recorder saw it, where it is not sure: it counts only where it stands so.
    pub rough: Option<Submitted>,
    /// When other sessions of this agent and directory were told the same, at about the same time; empty where that is not
    /// known of all of them.
    pub twins: Vec<Wall>,
    /// When the user last pressed Enter in it.
    pub touched_at: Option<Wall>,
    /// When the user asked for a new conversation, if that was the last thing submitted.
    pub reset_at: Option<Wall>,
    /// Whether the user asked for another conversation, and its process may still have only the claimed one.
    pub may_show_before: bool,
    /// The terminal title that its agent has set, where that names the conversation on the screen.
    pub title: Option<String>,
    /// What its process had open at the last look before this Enter, where the agent is at rest.
    pub held_before: Option<Vec<Opening>>,
}

impl Probe {
    /// The text to be looked for in the agent's own files, where it stands letter by letter or not at all.
    pub fn submitted(&self) -> Option<&Submitted> {
        self.said.as_ref().or(self.rough.as_ref())
    }
}

/// A question to the edges: which agent runs inside of this shell, and on which conversation?
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GuestProbe {
    /// Which session.
    pub session: SessionId,
    /// Which launch of its pane.
    pub epoch: u32,
    /// How often the session had been touched by then, to be named in the answer.
    pub n_touches: u32,
    /// The shell's process.
    pub pid: u32,
    /// Whether one is known already; without one, a shell that waits for a command is not looked into.
    pub is_known: bool,
    /// The agents that are looked for.
    pub kinds: Vec<GuestKind>,
    /// What the user submitted last, where the recorder is sure of every letter.
    pub said: Option<Submitted>,
}

/// A kind of agent that can be told inside of a shell.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GuestKind {
    /// Its name.
    pub provider: ProviderName,
    /// Its program, as a file's name.
    pub program: String,
    /// Whose files and processes are looked at.
    pub files: FileDialect,
    /// The variables that decide where it keeps its things.
    pub remember_env: Vec<String>,
}

/// An agent inside of a shell.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GuestSighting {
    /// Its kind.
    pub provider: ProviderName,
    /// Its process.
    pub pid: u32,
    /// Its arguments, its program not included.
    pub args: Vec<String>,
    /// Its directory.
    pub cwd: String,
    /// Those of its variables that decide where it keeps its things.
    pub env: Env,
    /// Which conversation it is on.
    pub sightings: Vec<Sighting>,
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
    /// All conversations that the process has open, shown or not; empty where that is not told.
    pub held: Vec<Opening>,
}

/// A conversation that a process has open.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Opening {
    /// Which.
    pub conversation: ConversationId,
    /// When its lock file was made, ns since 1970; `None` where that cannot be told.
    pub since_ns: Option<i128>,
}

impl Opening {
    /// Whether the conversation was opened again since, or for the first time.
    pub fn is_newer_than(&self, known: &[Self]) -> bool {
        let before = known.iter().find(|before| before.conversation == self.conversation);
        before.is_none_or(|before| self.since_ns.zip(before.since_ns).is_some_and(|(now, then)| now > then))
    }
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
    /// Several were told the same, and their times leave only this one for the session.
    Matched(ConversationId),
    /// A process has gone back to these since the user's last Enter, as one does that is picked from a list.
    TakenUp(Vec<ConversationId>),
    /// The title that the agent gives its terminal stands over these; the one on the screen is among them.
    Titled(Vec<ConversationId>),
    /// None, and why, as a plain sentence without a full stop.
    Silent(String),
}
