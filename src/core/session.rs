//! A session: homing's durable record of one agent (or shell) at work.
//!
//! Owns the record and its words (status, claim, witness, exit). Never touches a process. Imports id and time.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::{ConversationId, ProviderName, SessionId};
use crate::time::Wall;

/// The provider of plain shells.
pub const SHELL: &str = "shell";

/// What an agent is doing, as far as the evidence says.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Its process is being started or has shown nothing yet.
    Starting,
    /// It waits for a prompt.
    Ready,
    /// It works.
    Busy,
    /// It waits for an answer of the user's (permission, question, plan).
    Blocked,
    /// Its last turn failed.
    Error,
    /// Its process has ended.
    Terminated,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Starting, Self::Ready, Self::Busy, Self::Blocked, Self::Error, Self::Terminated];

    /// The word used in `--json` and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Ready => "ready",
            Self::Busy => "busy",
            Self::Blocked => "blocked",
            Self::Error => "error",
            Self::Terminated => "terminated",
        }
    }

    /// The status with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }
}

/// What proves a claim; ordered from weak to strong (DESIGN §7).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Witness {
    /// The agent's own exit line in this pane.
    Farewell,
    /// Exactly one conversation in the provider's store fits.
    Store,
    /// A process of the pane's tree holds the conversation's lock or file.
    Process,
    /// A hook of this launch reported it.
    Hook,
    /// homing chose the id at launch.
    Assigned,
}

impl Witness {
    /// The word used in `--json` and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Farewell => "farewell",
            Self::Store => "store",
            Self::Process => "process",
            Self::Hook => "hook",
            Self::Assigned => "assigned",
        }
    }

    /// The witness with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Farewell, Self::Store, Self::Process, Self::Hook, Self::Assigned]
            .into_iter()
            .find(|witness| witness.as_str() == word)
    }
}

/// "This session is on that conversation", with what proves it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Claim {
    /// The provider's id of the conversation.
    pub conversation: ConversationId,
    /// What proves it.
    pub witness: Witness,
    /// When it was first claimed.
    pub since: Wall,
    /// Whether a user message was seen under it: only then is there something to resume.
    pub spoken: bool,
}

/// Why it is not certain which conversation a session is on: a relaunch asks.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Doubt {
    /// What is in the way, in a few words for people.
    pub reason: String,
    /// The conversations that it may be on, as far as something names them.
    pub candidates: Vec<ConversationId>,
    /// Since when.
    pub since: Wall,
}

/// How well it is known which conversation a session is on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
    /// By its id.
    Exact,
    /// Something speaks against it, or names more than one: homing would ask.
    Asked,
    /// Nothing is known.
    None,
}

impl Standing {
    /// The word used in `--json` and on the screen.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Asked => "asked",
            Self::None => "none",
        }
    }
}

/// Why a session is over.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EndReason {
    /// The process ended by itself with a status of its own.
    Exited,
    /// The process was ended by a signal that the system sends for a fault of the program (SIGSEGV, SIGABRT, …).
    Crashed,
    /// The process was ended by any other signal that homing did not send.
    Killed,
    /// The process ended because the machine or homing went down: to be resumed.
    Shutdown,
    /// The user closed the pane.
    Closed,
}

/// SIGILL, SIGTRAP, SIGABRT, SIGFPE and SIGSEGV have the same numbers everywhere (POSIX); SIGBUS is 7 on Linux and 10 on
/// macOS, SIGSYS 31 and 12.
const FAULTS: &[i32] = if cfg!(target_os = "macos") { &[4, 5, 6, 8, 10, 11, 12] } else { &[4, 5, 6, 7, 8, 11, 31] };

impl EndReason {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Exited, Self::Crashed, Self::Killed, Self::Shutdown, Self::Closed];

    /// The word used in `--json` and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exited => "exited",
            Self::Crashed => "crashed",
            Self::Killed => "killed",
            Self::Shutdown => "shutdown",
            Self::Closed => "closed",
        }
    }

    /// The reason with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == word)
    }

    /// Why a process that homing did not end is over: by its status.
    pub fn of_status(code: Option<i32>, signal: Option<i32>) -> Self {
        match (code, signal) {
            (_, Some(signal)) if FAULTS.contains(&signal) => Self::Crashed,
            (_, Some(_)) | (None, None) => Self::Killed,
            (Some(_), None) => Self::Exited,
        }
    }
}

/// How and when a session's process ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Exit {
    /// The exit code, where the process ended by itself and its status is known.
    pub code: Option<i32>,
    /// The signal that ended it, where one did.
    pub signal: Option<i32>,
    /// Why.
    pub reason: EndReason,
    /// When it was noticed.
    pub at: Wall,
}

/// What the user chose for a session at its launch; stored and replayed on resume. Flags that choose a conversation
/// and the first prompt are not in it.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LaunchOptions {
    /// Further arguments for the agent, as given after `--`.
    pub args: Vec<String>,
    /// The model, where one was chosen.
    pub model: Option<String>,
    /// Environment that decides where the agent keeps its things (`CODEX_HOME`, `CLAUDE_CONFIG_DIR`, …).
    pub env: BTreeMap<String, String>,
    /// What a shell of a layout ran first; it is not run again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// The git worktree that was made for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worktree: Option<WorktreeOf>,
}

/// What a git worktree belongs to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct WorktreeOf {
    /// The repository's first working directory.
    pub repository: String,
    /// The branch for which it was made.
    pub branch: String,
}

/// An agent that the user started by hand in a shell's pane.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Guest {
    /// Its kind.
    pub provider: ProviderName,
    /// Absolute directory in which it runs.
    pub cwd: String,
    /// How it was started, without what chose a conversation.
    pub options: LaunchOptions,
    /// Its process, when it was last seen.
    pub pid: u32,
}

/// homing's durable record of one agent at work.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Session {
    /// homing's own id.
    pub id: SessionId,
    /// The kind of agent.
    pub provider: ProviderName,
    /// The user's name for it.
    pub name: Option<String>,
    /// The agent's own title for what it does, stripped of controls.
    pub title: Option<String>,
    /// The first thing the user said, one line, stripped of controls.
    pub first_message: Option<String>,
    /// Absolute directory in which it runs.
    pub cwd: String,
    /// What the user chose at launch.
    pub options: LaunchOptions,
    /// What it is doing.
    pub status: Status,
    /// Whether it became ready, blocked or failed since the user last looked at it.
    pub unseen: bool,
    /// Where it stands among the sessions that the user pinned above all others.
    #[serde(default)]
    pub pin: Option<u32>,
    /// The agent that runs inside of its shell.
    #[serde(default)]
    pub guest: Option<Guest>,
    /// Which conversation it is on; a shell's is its guest's.
    pub claim: Option<Claim>,
    /// Why that is not certain, where it is not.
    #[serde(default)]
    pub doubt: Option<Doubt>,
    /// Its process, while one lives.
    pub pid: Option<u32>,
    /// How its last process ended.
    pub exit: Option<Exit>,
    /// The user's task id, linked by `homing new --task` or `homing set`.
    pub task_id: Option<String>,
    /// An MCP session id, linked by `homing set`.
    pub mcp_session_id: Option<String>,
    /// When it was opened.
    pub created_at: Wall,
    /// When its status last changed or its user last spoke.
    pub last_activity_at: Wall,
}

impl Session {
    /// The kind of agent whose conversation it is on: its own, or its guest's.
    pub fn conversation_provider(&self) -> &ProviderName {
        self.guest.as_ref().map_or(&self.provider, |guest| &guest.provider)
    }

    /// How well it is known which conversation it is on.
    pub fn standing(&self) -> Standing {
        match (&self.doubt, &self.claim, &self.first_message) {
            (Some(_), _, _) | (None, None, Some(_)) => Standing::Asked,
            (None, Some(_), _) => Standing::Exact,
            (None, None, None) => Standing::None,
        }
    }

    /// What to call it: the user's name, else the agent's title, else the first message, else the provider.
    pub fn label(&self) -> &str {
        self.name
            .as_deref()
            .or(self.title.as_deref())
            .or(self.first_message.as_deref())
            .unwrap_or_else(|| self.provider.as_str())
    }
}
