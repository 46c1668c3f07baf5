//! What can be changed in the store.

use crate::core::ledger::ClaimEnd;
use crate::core::preferences::Preference;
use crate::core::session::{Exit, Session, Witness};
use crate::core::workspace::Scratch;
use crate::id::{ConversationId, ProviderName, SessionId, TabId};
use crate::store::record::{NoticeRecord, PaneRecord, TabRecord};
use crate::time::Wall;

/// Names a commit; given by the caller and handed back when it is done.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Ticket(pub u64);

/// What a commit survives once it is reported as done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Durability {
    /// Also a power cut: it is on the disk (`synchronous=FULL`), and so is every commit before it.
    Full,
    /// The end of the process at any instant; a power cut may take it and those after it (`synchronous=NORMAL`).
    Relaxed,
}

/// A change to the store. Every list of changes is stored as a whole or not at all.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Change {
    /// Replaces the layout of the workspace.
    SaveLayout {
        /// All tabs.
        tabs: Vec<TabRecord>,
        /// The tab that is shown.
        active: Option<TabId>,
        /// The scratch shell.
        scratch: Option<Scratch>,
        /// All panes; their sessions must be known.
        panes: Vec<PaneRecord>,
    },
    /// Stores a new session, with its claim if it has one (which can be refused, see `Claim`).
    InsertSession(Session),
    /// Stores all but the claim of a session. A session that the store does not know is inserted, without its claim; one
    /// that was forgotten stays so; of one that was closed the status, process and exit stay.
    UpdateSession(Session),
    /// Puts the session on the conversation. If it is on another, that entry of the ledger ends ("moved").
    /// Refused with [`super::CommitError::Held`] where another live session holds the conversation. A session that was
    /// closed meanwhile gets an entry that has ended already: the id is kept, nothing is held.
    Claim {
        /// The session.
        session: SessionId,
        /// Its kind of agent.
        provider: ProviderName,
        /// The conversation.
        conversation: ConversationId,
        /// What proves it.
        witness: Witness,
        /// When.
        at: Wall,
        /// Whether a user message was seen under it. Once true it stays true, also if the session leaves the
        /// conversation and comes back.
        spoken: bool,
    },
    /// A user message was seen under the session's conversation.
    MarkSpoken {
        /// The session.
        session: SessionId,
    },
    /// Takes the session off its conversation.
    EndClaim {
        /// The session.
        session: SessionId,
        /// When.
        at: Wall,
        /// Why.
        reason: ClaimEnd,
    },
    /// The session's process ended. The first end counts. The conversation stays held: the pane can resume it.
    EndSession {
        /// The session.
        session: SessionId,
        /// How and why.
        exit: Exit,
        /// When.
        at: Wall,
    },
    /// The user closed the session: its conversation is free again and its pane is gone.
    CloseSession {
        /// The session.
        session: SessionId,
        /// When.
        at: Wall,
    },
    /// The session runs again: status `starting` and no exit. One that was closed is open again, and on the conversation it
    /// had when it was closed (which can be refused, see `Claim`); its pane comes with the next layout.
    ReopenSession {
        /// The session.
        session: SessionId,
        /// When.
        at: Wall,
    },
    /// Erases all that is known of a session but its id and its entries in the ledger.
    ForgetSession {
        /// The session.
        session: SessionId,
    },
    /// Replaces the last screen of a session; without effect on one that is unknown or forgotten.
    SaveScreen {
        /// The session.
        session: SessionId,
        /// When it was taken.
        at: Wall,
        /// Its columns.
        cols: u16,
        /// Its rows.
        rows: u16,
        /// The screen, opaque to the store and not compressed.
        snapshot: Vec<u8>,
    },
    /// Replaces the log of evidence of a session; without effect on one that is unknown or forgotten.
    SaveEvidence {
        /// The session.
        session: SessionId,
        /// The log as JSON, opaque to the store.
        log_json: String,
    },
    /// Adds a block of history, or replaces the one with the same first line; without effect on a session that is unknown
    /// or forgotten. The oldest blocks go where the session has more than its share.
    AppendHistory {
        /// The session.
        session: SessionId,
        /// The stable number of the first line.
        first_line: u64,
        /// How many lines.
        n_lines: u32,
        /// The lines, opaque to the store, compressed by the caller.
        data: Vec<u8>,
    },
    /// Deletes the history of a session.
    ClearHistory {
        /// The session.
        session: SessionId,
    },
    /// Stores a notice, or replaces the one with the same number. The oldest go beyond [`super::NOTICES_KEPT`].
    InsertNotice(NoticeRecord),
    /// Stores a choice of the user, in place of the one of the same name.
    SavePreference {
        /// What is chosen.
        name: String,
        /// The choice.
        entry: Preference,
    },
    /// The user saw these notices.
    MarkNoticesSeen {
        /// Their numbers.
        numbers: Vec<u64>,
        /// When.
        at: Wall,
    },
    /// Stores what a probe of a binary told, in place of what is known of the same path.
    CacheBinary {
        /// The binary, symlinks resolved.
        path: String,
        /// Its modification time, ms since the Unix epoch.
        mtime_ms: i64,
        /// Its size in bytes.
        size: u64,
        /// The version it told.
        version: Option<String>,
        /// What else was probed, as JSON; opaque to the store.
        facts_json: String,
    },
}
