//! What the core asks to be stored: changes of the store, and how safely they are written. Plain data; `store` carries them out.

use crate::core::claims::EvidenceLog;
use crate::core::ledger::ClaimEnd;
use crate::core::notice::Notice;
use crate::core::preferences::Preference;
use crate::core::session::{Claim, Exit, Session};
use crate::core::workspace::{Scratch, Tab};
use crate::geometry::Size;
use crate::id::{PaneId, ProviderName, SessionId, TabId};
use crate::term::HistoryBlock;
use crate::time::Wall;

/// Names a commit that waits for its result.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Ticket(pub u64);

/// How safe a commit must be before it is reported.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Durability {
    /// On the disk.
    Full,
    /// In the operating system's hands.
    Relaxed,
}

/// A change to the store.
#[derive(Clone, PartialEq, Debug)]
pub enum Change {
    /// The whole layout of the workspace.
    Layout {
        /// Tabs in order.
        tabs: Vec<Tab>,
        /// The tab a client starts in.
        active: TabId,
        /// The scratch shell.
        scratch: Option<Scratch>,
        /// Which pane shows which session.
        panes: Vec<(PaneId, SessionId)>,
    },
    /// A new session.
    NewSession(Box<Session>),
    /// A session's columns, but the claim.
    Session(Box<Session>),
    /// A session is on a conversation.
    Claim {
        /// Which session.
        session: SessionId,
        /// Its provider.
        provider: ProviderName,
        /// The claim.
        claim: Claim,
    },
    /// The user chose something by a key.
    Preference {
        /// What is chosen: a name of `core::preferences`.
        name: &'static str,
        /// The choice.
        entry: Preference,
    },
    /// The user was told something.
    Notice(Box<Notice>),
    /// The user saw notices.
    NoticesSeen {
        /// Their numbers.
        numbers: Vec<u64>,
        /// When.
        at: Wall,
    },
    /// The session's process ended.
    Ended {
        /// Which session.
        session: SessionId,
        /// How.
        exit: Exit,
    },
    /// The session's process was started again.
    Reopened {
        /// Which session.
        session: SessionId,
        /// When.
        at: Wall,
    },
    /// The user wants nothing kept of the session but its id in the ledger.
    Forgotten {
        /// Which session.
        session: SessionId,
    },
    /// The user closed the session.
    Closed {
        /// Which session.
        session: SessionId,
        /// When.
        at: Wall,
    },
    /// The session is on no conversation any more.
    ClaimEnded {
        /// Which session.
        session: SessionId,
        /// When.
        at: Wall,
        /// Why.
        reason: ClaimEnd,
    },
    /// Lines that have left a pane's screen.
    History {
        /// Whose.
        session: SessionId,
        /// New or changed blocks, oldest first; each replaces the stored one of the same first line.
        blocks: Vec<HistoryBlock>,
        /// These are all there are: what is stored goes.
        replaces: bool,
    },
    /// What was seen of a session's conversation.
    Evidence {
        /// Whose.
        session: SessionId,
        /// All of it.
        log: EvidenceLog,
    },
    /// A pane's last screen.
    Screen {
        /// Whose.
        session: SessionId,
        /// When.
        at: Wall,
        /// Its size.
        size: Size,
        /// `Terminal::snapshot`.
        snapshot: Vec<u8>,
    },
}
