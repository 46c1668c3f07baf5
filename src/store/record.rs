//! What the store keeps, as plain data. The session itself is `core::session::Session`; its ledger
//! and the counts over all sessions are `core::ledger` and `core::metrics`.

use std::collections::BTreeMap;

use crate::core::preferences::Preferences;
use crate::core::session::Session;
use crate::core::workspace::Scratch;
use crate::id::{PaneId, SessionId, TabId};
use crate::store::history::HistoryLoader;
use crate::time::Wall;

/// A tab of the layout.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TabRecord {
    /// Its id.
    pub id: TabId,
    /// Its place in the tab bar, from 0.
    pub position: u32,
    /// The user's name for it.
    pub name: Option<String>,
    /// Its split tree as JSON; the store checks only that it is JSON.
    pub tree_json: String,
    /// The pane with the focus.
    pub focus: PaneId,
    /// The pane that fills the tab, if one does.
    pub zoomed: Option<PaneId>,
}

/// A pane and the session it shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PaneRecord {
    /// Its number.
    pub id: PaneId,
    /// The session.
    pub session: SessionId,
}

/// The last screen of a session.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredScreen {
    /// When it was taken.
    pub at: Wall,
    /// Its columns.
    pub cols: u16,
    /// Its rows.
    pub rows: u16,
    /// Opaque to the store, as it was handed in.
    pub snapshot: Vec<u8>,
}

/// A block of history lines.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HistoryBlock {
    /// The stable number of its first line.
    pub first_line: u64,
    /// How many lines.
    pub n_lines: u32,
    /// Opaque to the store, as it was handed in (compressed by the caller).
    pub data: Vec<u8>,
}

/// Something the user was told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NoticeRecord {
    /// Its number, unique in the workspace, ascending; given by the caller.
    pub number: u64,
    /// The session it is about.
    pub session: Option<SessionId>,
    /// Its kind as a word.
    pub kind: String,
    /// One line, stripped of controls.
    pub text: String,
    /// When.
    pub at: Wall,
    /// When the user saw it.
    pub seen_at: Option<Wall>,
}

/// What a probe of an agent's binary told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BinaryRecord {
    /// The binary, symlinks resolved.
    pub path: String,
    /// Its modification time, ms since the Unix epoch.
    pub mtime_ms: i64,
    /// Its size in bytes.
    pub size: u64,
    /// The version it told.
    pub version: Option<String>,
    /// What else was probed, as JSON; opaque to the store.
    pub facts_json: String,
}

/// A workspace as it was stored.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LoadedWorkspace {
    /// Its tabs, in the order of the tab bar.
    pub tabs: Vec<TabRecord>,
    /// The tab that was shown.
    pub active: Option<TabId>,
    /// The scratch shell; whether its pane is known is not checked.
    pub scratch: Option<Scratch>,
    /// The lowest tab id that was never used.
    pub next_tab: u32,
    /// Its panes, by number. Every one's session is in `sessions`; whether it lies in a tab's tree is not checked.
    pub panes: Vec<PaneRecord>,
    /// The sessions that have a pane.
    pub sessions: Vec<Session>,
    /// Sessions that the user neither closed nor had forgotten, but that have no pane: homing was killed between
    /// storing the session and storing the layout, or the layout's row was damaged. They want a pane.
    pub unplaced: Vec<Session>,
    /// Last screens, of `sessions` and `unplaced`.
    pub screens: BTreeMap<SessionId, StoredScreen>,
    /// Logs of evidence as JSON, of `sessions` and `unplaced`.
    pub evidence: BTreeMap<SessionId, String>,
    /// Reads a session's history when it is first asked for.
    pub histories: HistoryLoader,
    /// The newest notices ([`super::NOTICES_KEPT`] at most), oldest first.
    pub notices: Vec<NoticeRecord>,
    /// The lowest notice number that was never used.
    pub next_notice: u64,
    /// What was probed of agents' binaries.
    pub binaries: Vec<BinaryRecord>,
    /// What the user chose by keys, in any workspace.
    pub preferences: Preferences,
}

/// A damaged row, as it was.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct QuarantinedRow {
    /// When it was found.
    pub at: Wall,
    /// The table it is from.
    pub table: String,
    /// Its key, as far as it can be read.
    pub key: String,
    /// Its columns as JSON.
    pub row_json: String,
    /// What is wrong with it.
    pub reason: String,
}
