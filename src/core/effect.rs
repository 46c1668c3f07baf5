//! Everything that the core can ask of the edges. Plain data; `server::perform` is the only match on it.

use std::sync::Arc;

use crate::config::FileDialect;
use crate::core::change::{Change, Durability, Ticket};
use crate::core::copied::CopiedText;
use crate::core::event::Env;
use crate::core::notice::Notice;
use crate::core::probe::{GuestProbe, Probe};
use crate::core::timer::Timer;
use crate::core::turn_end::TurnQuestion;
use crate::core::worktrees::{WorkId, WorktreeRemoval, WorktreeRequest};
use crate::geometry::Size;
use crate::id::{ClientId, ConversationId, PaneId, SessionId};
use crate::protocol::api::{ApiResponse, SessionRow};
use crate::term::lines::KeptDocument;
use crate::term::search::Pattern;
use crate::time::Instant;

/// Names a request that waits for its answer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RequestId(pub u64);

/// What is to be started in a pane.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SpawnRequest {
    /// Which pane.
    pub pane: PaneId,
    /// Which launch of it.
    pub epoch: u32,
    /// Whose.
    pub session: SessionId,
    /// Program and arguments.
    pub argv: Vec<String>,
    /// The index in `argv` of the port on which the process is to serve its events: a free one is put there, and listened to.
    pub port_at: Option<usize>,
    /// The whole environment.
    pub env: Env,
    /// The directory.
    pub cwd: String,
    /// The terminal's size.
    pub size: Size,
}

/// What a launch must know before it can be made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FactsRequest {
    /// Which pane.
    pub pane: PaneId,
    /// Which launch of it.
    pub epoch: u32,
    /// Whose files and processes are looked at.
    pub files: FileDialect,
    /// The program that is looked for.
    pub program: String,
    /// The agent that is asked what it can: the program, or the one inside of the shell.
    pub agent: String,
    /// The directory.
    pub cwd: String,
    /// The session's environment (PATH, HOME, CODEX_HOME, …).
    pub env: Env,
    /// The conversation to be resumed.
    pub conversation: Option<ConversationId>,
    /// The processes of this workspace's agents: which conversations these have open is known.
    pub own: Vec<u32>,
}

/// Who looks for a text in all histories.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Seeker {
    /// A program, by this request.
    Program(RequestId),
    /// The finder of a client.
    Client(ClientId),
}

/// The history of a session that has a pane.
#[derive(Clone, Debug)]
pub struct OpenHistory {
    /// Which session.
    pub session: SessionId,
    /// What it is called.
    pub label: String,
    /// Its lines.
    pub document: KeptDocument,
}

/// Something the core asks of the edges.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Find the repositories of directories.
    FindProjects {
        /// Which.
        directories: Vec<String>,
    },
    /// Look at what these sessions' processes, each with all that descend from it, have used and hold.
    ReadUsage {
        /// Sessions with their processes.
        processes: Vec<(SessionId, u32)>,
    },
    /// Ask git how directories stand, one after the other.
    ReadGit {
        /// Which.
        directories: Vec<String>,
    },
    /// Start a process in a pane.
    Spawn(Box<SpawnRequest>),
    /// Find out what a launch must know.
    GatherFacts(Box<FactsRequest>),
    /// Write to a pane's process.
    WritePty {
        /// Which pane.
        pane: PaneId,
        /// What.
        bytes: Vec<u8>,
    },
    /// Tell a pane's process its size.
    ResizePty {
        /// Which pane.
        pane: PaneId,
        /// The size.
        size: Size,
    },
    /// Send a signal to the process group of a pane's process.
    Signal {
        /// The process.
        pid: u32,
        /// Which signal.
        signal: AgentSignal,
    },
    /// Let go of a pane's terminal.
    ClosePty {
        /// Which pane.
        pane: PaneId,
    },
    /// Look for evidence of a session's conversation.
    Probe(Box<Probe>),
    /// Look how a turn ended; the answer is an event.
    AskTurnEnd(Box<TurnQuestion>),
    /// Follow what an agent writes into its registry, as `Event::Registered`; where that is done already, look at it again.
    Follow {
        /// Which session.
        session: SessionId,
        /// Which launch of its pane.
        epoch: u32,
        /// The pane's process.
        pid: u32,
        /// The session's directory.
        cwd: String,
        /// The session's environment.
        env: Env,
    },
    /// Follow it no longer.
    Unfollow {
        /// Which session.
        session: SessionId,
    },
    /// Look for an agent inside of a shell.
    ProbeGuest(Box<GuestProbe>),
    /// Tell when the process has ended.
    WatchGuest {
        /// Whose guest it is.
        session: SessionId,
        /// The process.
        pid: u32,
    },
    /// Write to the store, as one transaction.
    Commit {
        /// To be named in the result.
        ticket: Ticket,
        /// What.
        changes: Vec<Change>,
        /// How safe.
        durability: Durability,
    },
    /// Ring a timer at a moment.
    SetTimer {
        /// Which.
        timer: Timer,
        /// When.
        at: Instant,
    },
    /// Answer a program.
    Respond {
        /// Which request.
        request: RequestId,
        /// The answer.
        response: Box<ApiResponse>,
    },
    /// Draw a client's screen anew (`None`: every client's).
    Redraw {
        /// Whose.
        client: Option<ClientId>,
    },
    /// Forget what is on a client's screen, then draw it anew.
    Repaint {
        /// Whose.
        client: ClientId,
    },
    /// Write bytes to a client's terminal with its next frame.
    ToTerminal {
        /// Whose.
        client: ClientId,
        /// What.
        bytes: Vec<u8>,
    },
    /// Put a text on the clipboard of a client's terminal, after its next frame.
    SetClipboard {
        /// Whose.
        client: ClientId,
        /// The text. One of more than `clipboard::MAX_CLIPBOARD_BYTES` is answered with `TooLongForClipboard`.
        text: CopiedText,
    },
    /// Open a link on the machine where a client runs.
    OpenLink {
        /// Whose.
        client: ClientId,
        /// Its target: `term::links::is_openable`.
        uri: String,
    },
    /// Write a text to a file that nobody else can read, for the user's editor.
    WriteText {
        /// For whom.
        client: ClientId,
        /// The text.
        text: CopiedText,
    },
    /// Tell the user's desktop: through the terminals of the clients, and by the user's own command.
    Notify {
        /// What.
        notice: Box<Notice>,
        /// The kind of agent that it is about.
        provider: String,
    },
    /// Let a client go.
    Release {
        /// Which.
        client: ClientId,
        /// What it prints on its normal screen.
        reason: String,
    },
    /// Answer a program with all sessions that the store knows, and these that are open.
    ListStored {
        /// Which request.
        request: RequestId,
        /// The open ones.
        open: Vec<SessionRow>,
    },
    /// Look for lines of all histories that match.
    SearchAll {
        /// Who wants them.
        seeker: Seeker,
        /// What is looked for.
        pattern: Arc<Pattern>,
        /// What is open; the store knows the rest.
        open: Vec<OpenHistory>,
    },
    /// Find the agents on this machine.
    FindProviders {
        /// The environment whose PATH counts.
        env: Env,
    },
    /// Read the conversations on disk for a client's browser: they come in batches, as events.
    ReadConversations {
        /// Whose browser.
        client: ClientId,
        /// Names this reading.
        generation: u64,
        /// The environment that says where they lie.
        env: Env,
        /// Whose files are read; `None` for all.
        only: Option<FileDialect>,
    },
    /// Nobody looks at the conversations any more.
    StopReading {
        /// Which reading.
        generation: u64,
    },
    /// Make a worktree; its steps and its end come as events.
    MakeWorktree(Box<WorktreeRequest>),
    /// Take back what is under way.
    CancelWork {
        /// Which.
        work: WorkId,
    },
    /// Look whether a worktree can be taken away.
    CheckWorktree(Box<WorktreeRemoval>),
    /// Take a worktree away.
    RemoveWorktree(Box<WorktreeRemoval>),
    /// Read the settings; they come as an event.
    ReadSettings {
        /// For whom.
        asker: crate::core::settings::Asker,
    },
    /// End the server: all commits first.
    Quit(QuitReason),
    /// Ask the store something for a program; the answer is an event.
    AskStore {
        /// Which request.
        request: RequestId,
        /// What.
        question: crate::core::archive::Question,
    },
}

/// A signal for an agent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AgentSignal {
    /// SIGHUP, then SIGCONT: as a terminal that closes.
    HangUp,
    /// SIGKILL.
    Kill,
}

/// Why the server ends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum QuitReason {
    /// The user asked (`homing stop`); the keeper ends too.
    Stop,
    /// The system asked (SIGTERM); the keeper ends too.
    Terminate,
    /// A new server takes over; agents run on.
    Restart {
        /// The program to start; `None` for the same path as before.
        exe: Option<String>,
    },
}

/// The effects of a step, in order.
#[derive(Debug, Default)]
pub struct Effects {
    list: Vec<Effect>,
}

impl Effects {
    /// Adds one.
    pub fn push(&mut self, effect: Effect) {
        self.list.push(effect);
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Takes all, in order.
    pub fn drain(&mut self) -> impl Iterator<Item = Effect> + '_ {
        self.list.drain(..)
    }

    /// Draws every client's screen anew.
    pub fn redraw_all(&mut self) {
        self.push(Effect::Redraw { client: None });
    }

    /// Draws one client's screen anew.
    pub fn redraw(&mut self, client: ClientId) {
        self.push(Effect::Redraw { client: Some(client) });
    }
}
