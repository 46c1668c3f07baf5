//! What a program can ask of a running server, and what it answers: one request, one response.
//!
//! Plain data; the CLI and the server share it. Times are RFC 3339 texts in UTC.

use std::collections::BTreeMap;

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
