//! What a program can ask of a running server, and what it answers: one request, one response.
//!
//! Plain data; the CLI and the server share it. Times are RFC 3339 texts in UTC.

mod counts;
mod happenings;
mod reasons;
mod sessions;

pub use counts::{ClientRow, ConversationStats, GcReport, GcRow, ProviderStats, StatsRow, StatusRow};
pub use happenings::{EventBatch, EventRow, FoundRow, NoticeRow, SearchSyntax};
pub use reasons::{DoubtRow, EvidenceRow, Explanation, WordRow};
pub use sessions::{ExitRow, LedgerRow, PlannedRow, RestoreReport, RestoreRow, Resumable, SentRow, SessionRow};

use serde::{Deserialize, Serialize};

use crate::core::conversation::Conversation;
use crate::core::dialog::Placement;
use crate::core::plan::{Plan, PlanScope};
use crate::core::session::WorktreeOf;

/// What a session is addressed by: an id or a unique prefix of it, a pane number, or the session's name.
pub type Address = String;

/// A request to a running server.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum ApiRequest {
    /// Open a session.
    New(Box<NewSession>),
    /// List the sessions that have a pane, or all that the store knows.
    List {
        /// Ended ones too.
        all: bool,
    },
    /// One session.
    Show {
        /// Which.
        session: Address,
    },
    /// Type a text into the session as one paste, and submit it unless told otherwise.
    Send {
        /// Which.
        session: Address,
        /// What.
        text: String,
        /// Whether Enter follows.
        enter: bool,
    },
    /// Type a text into several sessions and submit it in each.
    SendToSeveral {
        /// Which.
        to: Vec<Address>,
        /// All agents that run, too.
        all: bool,
        /// The session that asks: `all` does not mean it.
        own: Option<Address>,
        /// What.
        text: String,
    },
    /// Press keys in the session.
    Keys {
        /// Which.
        session: Address,
        /// In the notation of the key map (`ctrl+c`, `enter`, `a`).
        keys: Vec<String>,
    },
    /// The text of the session's screen.
    Screen {
        /// Which.
        session: Address,
        /// How many lines of history stand above it.
        history: usize,
        /// Whether colours come as SGR sequences.
        ansi: bool,
    },
    /// Answer once the session is in a state.
    Wait {
        /// Which.
        session: Address,
        /// Which state.
        until: WaitFor,
        /// Give up after this many milliseconds; `None` never.
        timeout_ms: Option<u64>,
    },
    /// Show the session to the client that typed last and give it the focus.
    Focus {
        /// Which.
        session: Address,
    },
    /// End the session and close its pane.
    Close {
        /// Which.
        session: Address,
    },
    /// Start an ended, held or closed session again, on its conversation.
    Reopen {
        /// Which.
        session: Address,
        /// The caller's environment, for one that was closed.
        #[serde(default)]
        env: Vec<(String, String)>,
    },
    /// Rename the session; an empty name takes the name away.
    Rename {
        /// Which.
        session: Address,
        /// To what.
        name: String,
    },
    /// Link a session to a task or an MCP session.
    Set {
        /// Which.
        session: Address,
        /// The task's id.
        task_id: Option<String>,
        /// The MCP session's id.
        mcp_session_id: Option<String>,
    },
    /// Bring back the panes whose agents were ended by a signal (not those that ended by themselves); answers as `Restored`.
    Restore,
    /// What happened to each pane at the start of the server.
    Restored,
    /// What was seen of the session's conversation, and what came of it.
    Explain {
        /// Which.
        session: Address,
    },
    /// What happened while the user looked elsewhere.
    Notices {
        /// Only those that the user has not seen.
        unread: bool,
    },
    /// Lines of all histories.
    Search {
        /// What is looked for.
        text: String,
        /// How it is taken.
        syntax: SearchSyntax,
    },
    /// What changed, after the event of this number.
    Events {
        /// 0 for all that are kept.
        after: u64,
        /// Whether the answer waits until there is something.
        wait: bool,
    },
    /// The server itself.
    Status,
    /// Do what a command of the key map does, in an attached client.
    Run {
        /// The command's id, as in the config's key map.
        command: String,
        /// The client's process id; `None`: the client that typed last.
        client: Option<u32>,
    },
    /// Show the scratch shell to the client that typed last, or put it away; it is opened where there is none.
    Scratch {
        /// The caller's directory, for one that is opened.
        cwd: String,
        /// The caller's environment, for the same.
        env: Vec<(String, String)>,
    },
    /// End all agents and the server.
    Stop,
    /// Open a conversation found on disk, or go to the session that is on it.
    OpenConversation {
        /// Which.
        conversation: Box<Conversation>,
        /// The caller's environment, with the variables that lead to where it was found.
        env: Vec<(String, String)>,
        /// Where the pane goes; `None` lets the server choose.
        placement: Option<Placement>,
    },
    /// Open a layout that somebody wrote down.
    OpenPlan {
        /// What; its directories are absolute.
        plan: Box<Plan>,
        /// How much of it.
        scope: PlanScope,
        /// The caller's environment.
        env: Vec<(String, String)>,
        /// Only say what would be done.
        dry_run: bool,
    },
    /// The open layout, as it could be written down.
    Layout {
        /// A tab's number or name; `None`: the one that is shown.
        tab: Option<String>,
        /// All tabs.
        all: bool,
    },
    /// Erase all that is known of an ended or closed session.
    Forget {
        /// Which.
        session: Address,
    },
    /// Counts and times over all sessions that the store knows.
    Stats {
        /// Of all workspaces, not of the server's only.
        all: bool,
    },
    /// End sessions that have been idle for long, and forget those that ended long ago.
    Gc(GcRequest),
}

/// What `homing gc` asks for. An age that is `None` leaves its kind of session alone.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct GcRequest {
    /// End sessions that have been idle for at least this many milliseconds.
    pub idle_ms: Option<u64>,
    /// Forget sessions that ended at least this many milliseconds ago.
    pub ended_ms: Option<u64>,
    /// Only say what would be done.
    pub dry_run: bool,
}

/// What `homing new` asks for.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct NewSession {
    /// Provider's name.
    pub provider: String,
    /// The user's name for the session.
    pub name: Option<String>,
    /// Absolute directory.
    pub cwd: String,
    /// Where the pane goes; `None` lets the server choose.
    pub placement: Option<Placement>,
    /// The first prompt.
    pub prompt: Option<String>,
    /// The model.
    pub model: Option<String>,
    /// The user's task id.
    pub task_id: Option<String>,
    /// Further arguments for the agent.
    pub args: Vec<String>,
    /// The worktree that was made for it.
    pub worktree: Option<WorktreeOf>,
    /// The caller's environment.
    pub env: Vec<(String, String)>,
}

/// What `homing wait` waits for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitFor {
    /// Status `ready`.
    Ready,
    /// Status `busy`.
    Busy,
    /// Status `blocked`.
    Blocked,
    /// Its process has ended.
    Exited,
    /// The screen holds a text that matches (a plain text, or a regular expression of the CLI's own).
    Text(String),
}

impl WaitFor {
    /// What people and agents write for it: `ready`, `busy`, `blocked`, `exited` or `text=REGEX`; `None` for all else.
    pub fn parse(words: &str) -> Option<Self> {
        Some(match words {
            "ready" => Self::Ready,
            "busy" => Self::Busy,
            "blocked" => Self::Blocked,
            "exited" => Self::Exited,
            other => Self::Text(other.strip_prefix("text=")?.to_owned()),
        })
    }
}

/// The answer to a request.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "answer", content = "value", rename_all = "snake_case")]
pub enum ApiResponse {
    /// Done; nothing to print.
    Done,
    /// One session.
    Session(Box<SessionRow>),
    /// Several sessions.
    Sessions(Vec<SessionRow>),
    /// A text.
    Text(String),
    /// Why a session is on its conversation.
    Explanation(Box<Explanation>),
    /// Notices, oldest first.
    Notices(Vec<NoticeRow>),
    /// Lines of histories, by session and oldest first.
    Found {
        /// They.
        rows: Vec<FoundRow>,
        /// Whether there are more.
        is_cut: bool,
    },
    /// Events, oldest first.
    Events(EventBatch),
    /// The server.
    Status(Box<StatusRow>),
    /// What happened to each pane at the start.
    Restored(RestoreReport),
    /// It did not work.
    Error(ApiError),
    /// Counts and times.
    Stats(Box<StatsRow>),
    /// What a clean-up did, or would do.
    Gc(Box<GcReport>),
    /// What came of a text to several sessions.
    Sent(Vec<SentRow>),
    /// A layout.
    Layout(Box<Plan>),
    /// What became of each pane of a layout.
    Planned(Vec<PlannedRow>),
    /// This session is on the conversation already; it was shown.
    AlreadyOpen(Box<SessionRow>),
}

/// Why a request did not work.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    /// Decides the exit code.
    pub kind: ApiErrorKind,
    /// What failed and what to do next, one line.
    pub message: String,
}

/// Kinds of failure, by exit code.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApiErrorKind {
    /// Exit code 1.
    Failed,
    /// Exit code 2.
    Usage,
    /// Exit code 3.
    NoSuchSession,
    /// Exit code 4.
    TimedOut,
}
