//! Notices: what happened while the user looked elsewhere. One for each event, none for the pane in view.
//!
//! Plain data; `core::tell` makes them.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use crate::core::pace::Pace;
use crate::id::SessionId;
use crate::time::{Instant, Wall};

/// How many notices are kept in memory; the store keeps more.
pub const NOTICES_SHOWN: usize = 200;

/// What kind of thing a notice tells.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NoticeKind {
    /// An agent asks for leave.
    Permission,
    /// An agent asks a question.
    Question,
    /// A turn ended.
    Done,
    /// A turn failed.
    Failed,
    /// A process ended by itself.
    Exited,
    /// Which conversation a session is on is in doubt.
    Claim,
    /// A program's own notification.
    Message,
}

impl NoticeKind {
    /// All kinds.
    pub const ALL: [Self; 7] =
        [Self::Permission, Self::Question, Self::Done, Self::Failed, Self::Exited, Self::Claim, Self::Message];

    /// The word used in `--json`, in the settings and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Permission => "permission",
            Self::Question => "question",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Exited => "exited",
            Self::Claim => "claim",
            Self::Message => "message",
        }
    }

    /// The kind with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// Whether an agent waits for the user.
    pub const fn is_wait(self) -> bool {
        matches!(self, Self::Permission | Self::Question)
    }

    /// What it says where the agent said nothing.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Permission => "asks for permission",
            Self::Question => "asks you something",
            Self::Done => "is done",
            Self::Failed => "failed",
            Self::Exited => "ended",
            Self::Claim => "its conversation is in doubt",
            Self::Message => "says something",
        }
    }
}

/// Something the user is told.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Notice {
    /// Its number, ascending in the workspace.
    pub number: u64,
    /// The session it is about.
    pub session: SessionId,
    /// What the session was called.
    pub label: String,
    /// What kind of thing it tells.
    pub kind: NoticeKind,
    /// One line, stripped of controls.
    pub text: String,
    /// When.
    pub at: Wall,
    /// When the user saw it.
    pub seen_at: Option<Wall>,
}

/// The notices, and what is needed to make them.
#[derive(Debug, Default)]
pub struct Notices {
    /// The newest, oldest first; at most [`NOTICES_SHOWN`].
    pub(super) list: VecDeque<Notice>,
    pub(super) n_told: u64,
    /// What each session's agent said about the change that is coming.
    pub(super) words: BTreeMap<SessionId, (NoticeKind, String)>,
    /// The last notice of each session: what, and when.
    pub(super) last: BTreeMap<SessionId, (NoticeKind, Instant)>,
    /// The programs' own notifications of each session.
    pub(super) messages: BTreeMap<SessionId, Pace>,
    /// When the user last pressed Esc or ctrl+c in a session that was at work.
    pub(super) stopped: BTreeMap<SessionId, Instant>,
    /// Do not disturb: nothing leaves homing.
    pub(super) is_quiet: bool,
}

impl Notices {
    /// Those that are stored, oldest first.
    pub fn stored(list: Vec<Notice>, next_number: u64) -> Self {
        let skip = list.len().saturating_sub(NOTICES_SHOWN);
        let list = list.into_iter().skip(skip).collect();
        Self { list, n_told: next_number.saturating_sub(1), ..Self::default() }
    }

    /// All, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Notice> + '_ {
        self.list.iter()
    }

    /// How many the user has not seen.
    pub fn n_unread(&self) -> usize {
        self.list.iter().filter(|notice| notice.seen_at.is_none()).count()
    }

    /// Whether the user does not want to be disturbed.
    pub fn is_quiet(&self) -> bool {
        self.is_quiet
    }
}
