//! A pane: a rectangle with a terminal that shows one session.
//!
//! Owns the pane's phases. Imports id, term and session.

use crate::core::session::Exit;
use crate::geometry::Size;
use crate::id::{PaneId, SessionId};
use crate::term::{HistoryMark, Terminal, TerminalOptions};
use crate::time::Wall;

/// Stands in the history between the output of one process and that of the next.
const ENDED: &str = "── the process before ended here ──";

/// Where a pane's process stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Phase {
    /// Restored with its last screen; its turn to start has not come. `note` says what will happen
    /// (`resuming 7c2e… (exact, hook)`).
    Waiting {
        /// One line for the pane's foot.
        note: String,
    },
    /// Restored with its last screen and not started by itself: the user decides.
    Held {
        /// One line for the pane's foot: why.
        note: String,
    },
    /// The process is being spawned or has printed nothing yet; the last screen stays, dimmed, until it does.
    Starting {
        /// One line for the pane's foot.
        note: String,
    },
    /// The process runs and its screen is shown.
    Live,
    /// The process ended; its last screen stays.
    Ended(Exit),
    /// The process could not be started, or died at once after a resume.
    Failed {
        /// What failed, with what, in plain words.
        message: String,
    },
}

/// A pane and its terminal.
#[derive(Debug)]
pub struct Pane {
    /// Its number.
    pub id: PaneId,
    /// The session that it shows.
    pub session: SessionId,
    /// The emulator: screen, modes, history.
    pub terminal: Terminal,
    /// Where its process stands.
    pub phase: Phase,
    /// Counts the launches in this pane; events of an older launch are ignored.
    pub epoch: u32,
    /// The size last told to the process.
    pub pty_size: Size,
    /// What of its history is stored.
    pub history_mark: HistoryMark,
    /// Bytes that it printed since its screen was last stored.
    pub n_unsaved: usize,
    /// When it printed last, or was given its process.
    pub printed_at: Wall,
}

impl Pane {
    /// A pane in which nothing has run yet.
    pub fn new(id: PaneId, session: SessionId, phase: Phase, options: TerminalOptions) -> Self {
        Self {
            id,
            session,
            terminal: Terminal::new(Size::HEADLESS, options),
            phase,
            epoch: 0,
            pty_size: Size::HEADLESS,
            history_mark: HistoryMark::default(),
            n_unsaved: 0,
            printed_at: Wall::default(),
        }
    }

    /// An empty terminal in the place of this one: a new process starts on an empty screen. What was there is its history.
    pub fn renew_terminal(&mut self, options: TerminalOptions) {
        self.terminal.end_here(ENDED);
        self.terminal = Terminal::behind(&self.terminal, self.pty_size, options);
    }

    /// Whether a process runs in it.
    pub fn is_live(&self) -> bool {
        matches!(self.phase, Phase::Live | Phase::Starting { .. })
    }

    /// Whether its screen is a memory: drawn dimmed, with the phase's note at the foot.
    pub fn is_dimmed(&self) -> bool {
        matches!(self.phase, Phase::Waiting { .. } | Phase::Held { .. } | Phase::Starting { .. })
    }
}
