//! The pane's terminal: PTY bytes in; a screen, replies, events and history out.
//!
//! Owns everything that knows vt100; never touches a PTY. Imports id, geometry, text. See `docs/architecture.md`.

mod cells;
mod charset;
mod csi;
mod damage;
mod decset;
mod edit;
mod ending;
mod filter;
mod flood;
mod history;
mod line;
pub mod lines;
pub mod links;
mod margins;
mod modes;
mod osc;
mod outbox;
mod palette;
mod pen;
pub mod plain;
mod rectangle;
mod report;
mod resize;
mod scanner;
mod screen;
pub mod search;
pub mod selection;
mod settings;
mod sgr;
mod sink;
mod snapshot;
pub mod style;
mod tables;
mod tabs;
mod terminal;
mod wire;

pub use history::{History, HistoryBlock, HistoryError, HistoryExport, HistoryMark, Span};
pub use snapshot::SnapshotError;
use style::Style;
pub use terminal::Terminal;
use terminal::{Pen, Shown};

/// One cell of a terminal's screen, as it is to be drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CellView<'a> {
    /// Its text; a blank for an empty cell, empty for the second half of a wide character.
    pub text: &'a str,
    /// Its columns: 1 or 2; 0 for the second half of a wide character.
    pub width: u8,
    /// How it looks.
    pub style: Style,
}

/// Where the cursor is and how it looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cursor {
    /// Row, from 0.
    pub row: u16,
    /// Column, from 0, always inside the screen.
    pub col: u16,
    /// Whether the program shows it.
    pub visible: bool,
    /// DECSCUSR parameter: 0 default, 1/2 block, 3/4 underline, 5/6 bar (odd = blinking).
    pub shape: u8,
}

/// Which rows changed since the damage was last taken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Damage {
    /// Nothing, not even the cursor.
    None,
    /// These rows (from, to; both included), and perhaps the cursor.
    Rows(u16, u16),
    /// Everything.
    All,
}

/// What a program told its terminal that is not on the screen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TermEvent {
    /// A new window title (OSC 0/2), stripped of controls.
    Title(String),
    /// BEL.
    Bell,
    /// Working directory (OSC 7), a path.
    Directory(String),
    /// OSC 9 / 777: a notification's text, stripped of controls.
    Notification(String),
    /// OSC 9;4: progress; `None` when it ended.
    Progress(Option<u8>),
    /// OSC 52: text for the clipboard, decoded.
    Clipboard(String),
    /// OSC 7501: an agent's own state, the payload as it came (`state=working:app=codex`).
    AgentState(String),
    /// OSC 133: a prompt mark (`A`, `B`, `C`, `D`).
    PromptMark(char),
}

/// How the program wants its keys and mouse.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Modes {
    /// DECCKM: arrows as SS3.
    pub application_cursor: bool,
    /// DECKPAM.
    pub application_keypad: bool,
    /// 2004.
    pub bracketed_paste: bool,
    /// 1004.
    pub focus_events: bool,
    /// 1007, where the alternate screen is on: the wheel sends arrows.
    pub alternate_scroll: bool,
    /// Which mouse events it wants.
    pub mouse: MouseMode,
    /// How it wants them written.
    pub mouse_encoding: MouseEncoding,
    /// Kitty keyboard flags in force (0 = legacy).
    pub kitty: u8,
    /// xterm modifyOtherKeys level (0 = off).
    pub modify_other_keys: u8,
    /// Whether the alternate screen is shown.
    pub alternate_screen: bool,
    /// 2026: an update is under way; do not draw (time-out is the drawer's).
    pub synchronized: bool,
    /// LNM: Enter sends CR LF.
    pub newline: bool,
}

/// Which mouse events a program wants.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum MouseMode {
    /// None.
    #[default]
    Off,
    /// 9: presses only.
    Press,
    /// 1000: presses and releases.
    PressRelease,
    /// 1002: and motion while a button is down.
    ButtonMotion,
    /// 1003: and all motion.
    AnyMotion,
}

/// How a program wants mouse events written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum MouseEncoding {
    /// X10 bytes.
    #[default]
    Default,
    /// 1005.
    Utf8,
    /// 1006.
    Sgr,
}

/// What a new terminal needs to know.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TerminalOptions {
    /// Most lines kept as history; 0 keeps none.
    pub history_lines: usize,
    /// Most compressed bytes kept as history.
    pub history_bytes: usize,
    /// What OSC 10 answers, 8 bits a channel.
    pub foreground: (u8, u8, u8),
    /// What OSC 11 answers.
    pub background: (u8, u8, u8),
}

impl Default for TerminalOptions {
    /// 10 000 lines (tmux users' usual choice), 8 MiB, a dark terminal's colours.
    fn default() -> Self {
        Self {
            history_lines: 10_000,
            history_bytes: 8 << 20,
            foreground: (0xd0, 0xd0, 0xd0),
            background: (0x10, 0x10, 0x10),
        }
    }
}

#[cfg(test)]
mod tests;
