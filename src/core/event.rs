//! Everything that can happen to the core. Plain data, so that a run can be recorded and replayed.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::core::change::Ticket;
use crate::core::conversation::{Conversation, Source};
use crate::core::effect::{RequestId, Seeker};
use crate::core::hit::Hit;
use crate::core::probe::{GuestSighting, Sighting};
use crate::core::session::{Session, Status, WorktreeOf};
use crate::core::settings::{Asker, SettingsFiles};
use crate::core::timer::Timer;
use crate::core::turn_end::TurnEnd;
use crate::core::vitals::{GitState, Reading};
use crate::core::worktrees::{Kept, WorkId, WorktreeRemoval};
use crate::geometry::Size;
use crate::id::{ClientId, ConversationId, PaneId, ProviderName, SessionId};
use crate::input::event::InputEvent;
use crate::protocol::api::{ApiRequest, FoundRow, SessionRow};
use crate::time::Wall;

/// Environment variables as pairs.
pub type Env = Vec<(String, String)>;

/// Something that happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// A client attached.
    ClientAttached {
        /// Which.
        client: ClientId,
        /// Its process.
        pid: Option<u32>,
        /// Its terminal's size.
        size: Size,
        /// Its environment; sessions that it opens run in it.
        env: Env,
        /// Its directory.
        cwd: String,
        /// What to open if the workspace is empty.
        open: Option<String>,
    },
    /// A client's connection ended.
    ClientGone {
        /// Which.
        client: ClientId,
    },
    /// A key, a mouse event, a paste or a reply of a client's terminal.
    ClientInput {
        /// Which.
        client: ClientId,
        /// What.
        input: InputEvent,
        /// For mouse events: what lies under it on the screen that the client sees.
        hit: Option<Hit>,
    },
    /// A client's terminal changed its size.
    ClientResized {
        /// Which.
        client: ClientId,
        /// The new size.
        size: Size,
    },
    /// A program asks something.
    Request {
        /// To be named in the answer.
        request: RequestId,
        /// What.
        body: ApiRequest,
    },
    /// The program that asked is gone; nobody waits for the answer.
    RequestGone {
        /// Which.
        request: RequestId,
    },
    /// A pane's process was started.
    Spawned {
        /// Which pane.
        pane: PaneId,
        /// Which launch of it.
        epoch: u32,
        /// The process.
        pid: u32,
    },
    /// A pane's process could not be started.
    SpawnFailed {
        /// Which pane.
        pane: PaneId,
        /// Which launch of it.
        epoch: u32,
        /// What failed, in plain words.
        message: String,
    },
    /// A pane's process printed.
    Output {
        /// Which pane.
        pane: PaneId,
        /// Which launch of it.
        epoch: u32,
        /// What, at most `server::gather::MOST_BYTES`.
        bytes: Vec<u8>,
    },
    /// Nothing holds the pane's terminal any more.
    OutputEnded {
        /// Which pane.
        pane: PaneId,
        /// Which launch of it.
        epoch: u32,
    },
    /// A process of a pane ended.
    ProcessExited {
        /// Which.
        pid: u32,
        /// Exit code, where known.
        code: Option<i32>,
        /// Signal, where one ended it.
        signal: Option<i32>,
    },
    /// A hook of an agent reported.
    Hook(HookReport),
    /// The events that an agent serves are not heard.
    Unheard {
        /// Whose.
        session: SessionId,
        /// What that means, as a plain sentence without a full stop.
        why: String,
    },
    /// The edges looked for evidence of a session's conversation.
    Seen {
        /// Which session.
        session: SessionId,
        /// Which launch of its pane.
        epoch: u32,
        /// How often the session had been touched when it was asked.
        n_touches: u32,
        /// What they saw, one entry for each place that was looked at.
        sightings: Vec<Sighting>,
    },
    /// An agent wrote into its registry what it is doing.
    Registered(Registered),
    /// How a turn ended.
    TurnEnd {
        /// Whose.
        session: SessionId,
        /// Which launch of its pane.
        epoch: u32,
        /// How.
        end: TurnEnd,
    },
    /// The edges looked for an agent inside of a session's shell.
    GuestSeen {
        /// Which session.
        session: SessionId,
        /// Which launch of its pane.
        epoch: u32,
        /// How often the session had been touched when it was asked.
        n_touches: u32,
        /// The agent, where there is exactly one.
        guest: Option<GuestSighting>,
    },
    /// A process that was seen inside of a shell has ended.
    GuestExited {
        /// Whose guest it was.
        session: SessionId,
        /// The process.
        pid: u32,
    },
    /// The edges gathered what the launch of a pane must know.
    LaunchFacts {
        /// Which pane.
        pane: PaneId,
        /// Which launch of it.
        epoch: u32,
        /// What they found.
        facts: LaunchFacts,
    },
    /// A commit ended.
    Committed {
        /// Which.
        ticket: Ticket,
        /// How.
        result: Result<(), CommitFailure>,
    },
    /// The store's sessions, for a program that asked.
    StoredSessions {
        /// Which request.
        request: RequestId,
        /// The open ones.
        open: Vec<SessionRow>,
        /// The others.
        ended: Vec<Session>,
    },
    /// A text was not given to the clipboard of a client's terminal: it is longer than `clipboard::MAX_CLIPBOARD_BYTES`.
    TooLongForClipboard {
        /// Whose.
        client: ClientId,
    },
    /// A text that a client wants to edit is in a file.
    TextWritten {
        /// Whose.
        client: ClientId,
        /// The file's path; its reader deletes it.
        path: String,
    },
    /// Something that a client asked for could not be done.
    Refused {
        /// Which client.
        client: ClientId,
        /// What failed, in plain words.
        message: String,
    },
    /// Lines of all histories that match.
    Searched {
        /// Who wanted them.
        seeker: Seeker,
        /// They.
        rows: Vec<FoundRow>,
        /// Whether there are more.
        is_cut: bool,
    },
    /// No program waits for the answer, which is that it failed.
    RequestFailed {
        /// Which request.
        request: RequestId,
        /// What failed, in plain words.
        message: String,
    },
    /// The store's answer to a question.
    StoreAnswered {
        /// For which request.
        request: RequestId,
        /// What it found.
        found: Box<crate::core::archive::Found>,
    },
    /// The settings were read.
    SettingsRead {
        /// For whom.
        asker: Asker,
        /// They.
        files: Box<SettingsFiles>,
    },
    /// A worktree that is being made has come to its next step.
    WorktreeStep {
        /// Which work.
        work: WorkId,
        /// What is done.
        step: String,
    },
    /// A worktree is there, or is not.
    WorktreeMade {
        /// Which work.
        work: WorkId,
        /// Its path and what it belongs to, or why there is none.
        made: Result<(String, WorktreeOf), String>,
    },
    /// It was looked whether a worktree can be taken away.
    WorktreeChecked {
        /// Whose.
        removal: Box<WorktreeRemoval>,
        /// Whether it can.
        found: Result<(), Kept>,
    },
    /// A worktree was taken away, or was not.
    WorktreeRemoved {
        /// Who wanted it.
        client: ClientId,
        /// Its path, or what failed.
        removed: Result<String, String>,
    },
    /// A timer rang.
    Timer(Timer),
    /// Directories, each with the repository that it is in; those in none are left out.
    ProjectsFound(Vec<(String, String)>),
    /// What sessions' processes have used and hold.
    UsageRead(Vec<Reading>),
    /// Directories, each with how it stands in git; `None` where it is in no repository.
    GitRead(Vec<(String, Option<GitState>)>),
    /// The agents found on this machine.
    ProvidersFound(Vec<crate::core::state::ProviderChoice>),
    /// The server is to be replaced by this program (`None`: the one it was started from); the agents do not notice.
    Restart {
        /// The program's path.
        exe: Option<String>,
    },
    /// Conversations were found on disk for a client's browser.
    ConversationsFound {
        /// Whose browser.
        client: ClientId,
        /// Which reading.
        generation: u64,
        /// Where.
        source: Arc<Source>,
        /// Which, newest first.
        conversations: Vec<Conversation>,
    },
    /// All conversations on disk have been read for a client's browser.
    ConversationsRead {
        /// Whose browser.
        client: ClientId,
        /// Which reading.
        generation: u64,
        /// The directories and databases that were looked at.
        looked_in: Vec<String>,
    },
    /// The system asks the server to end (SIGTERM, SIGHUP): everything is stored, the agents get what comes.
    Terminate,
}

/// What stands in an agent's registry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Registered {
    /// Which session.
    pub session: SessionId,
    /// Which launch of its pane.
    pub epoch: u32,
    /// The conversation that it shows.
    pub conversation: ConversationId,
    /// What it is doing, where the word is known.
    pub status: Option<Status>,
    /// Since when, where that is told.
    pub since: Option<Wall>,
}

/// What a hook of an agent reported.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct HookReport {
    /// The session that the hook belongs to.
    pub session: SessionId,
    /// The secret of the launch.
    pub token: String,
    /// The provider that the hook was installed for.
    pub provider: ProviderName,
    /// The event's name, where it was given on the command line.
    pub event: Option<String>,
    /// The provider's payload, as it came.
    pub payload: String,
    /// Whether the reporting process descends from the pane's.
    pub ancestry: Ancestry,
    /// The reporting process, where known.
    #[serde(default)]
    pub pid: Option<u32>,
}

/// Whether a reporting process descends from the pane's process.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Ancestry {
    /// It does.
    Inside,
    /// It does, but through another agent of this kind that runs inside of the pane's.
    Nested,
    /// It does not.
    Outside,
    /// It could not be told (the process was gone, or the system does not say).
    Unknown,
}

/// What the edges found out for a launch.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LaunchFacts {
    /// The program's path, where it was found on the PATH of the session's environment.
    pub program: Option<String>,
    /// Whether the directory exists.
    pub has_directory: bool,
    /// Its path without links, where that could be told: two sessions may name one directory in two ways.
    pub directory: Option<String>,
    /// Whether the program knows `--no-daemon` (Codex).
    pub knows_no_daemon: bool,
    /// The program's version, where it told one.
    pub version: Option<String>,
    /// Whether the conversation to be resumed is on disk; `None` where that could not be told.
    pub conversation_on_disk: Option<bool>,
    /// Whether the agent has something under the conversation's id already, be it empty: it could not be given again.
    pub is_id_used: bool,
    /// The process that holds the conversation open right now, where one does.
    pub held_by: Option<u32>,
}

/// Why a commit failed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CommitFailure {
    /// Another live session is on the conversation.
    Held {
        /// Which conversation.
        conversation: ConversationId,
        /// Who holds it, in words.
        holder: String,
    },
    /// The store could not write.
    Store(String),
}
