//! What one attached client sees: its size, its tab and focus, its mode.
//!
//! Owns the per-client part of the state; two clients of one workspace may look at different tabs. Imports id,
//! geometry, core::mode, data types of input.

use std::collections::{BTreeMap, BTreeSet};

use crate::core::dialog::Dialog;
use crate::core::event::Env;
use crate::core::hold::Held;
use crate::core::mode::Mode;
use crate::core::sidebar::SidebarView;
use crate::core::start::StartPage;
use crate::geometry::Size;
use crate::id::{ClientId, PaneId, SessionId, TabId};
use crate::input::event::ColorScheme;
use crate::time::Instant;

/// A line that is shown for a while above the status bar.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Toast {
    /// One line.
    pub text: String,
    /// Whether it reports something that went wrong.
    pub is_error: bool,
    /// When it goes.
    pub until: Instant,
}

/// What one attached client sees.
#[derive(Clone, Debug)]
pub struct ClientView {
    /// Which client.
    pub id: ClientId,
    /// Its process.
    pub pid: Option<u32>,
    /// Its terminal's size.
    pub size: Size,
    /// Its environment; sessions that it opens run in it.
    pub env: Env,
    /// Its directory; sessions that it opens in an empty workspace start there.
    pub cwd: String,
    /// The tab that it shows.
    pub tab: TabId,
    /// The pane it has focused in each tab it has visited.
    pub focus: BTreeMap<TabId, PaneId>,
    /// The pane that had its focus before.
    pub last_focus: Option<PaneId>,
    /// Whether the scratch shell, where there is one, floats over its tab and has its focus.
    pub shows_scratch: bool,
    /// What its keys mean now.
    pub mode: Mode,
    /// Its sidebar.
    pub sidebar: SidebarView,
    /// What an empty workspace shows it.
    pub start: StartPage,
    /// The sessions that it has marked, to send them one prompt.
    pub marks: BTreeSet<SessionId>,
    /// What its mouse holds.
    pub held: Option<Held>,
    /// Whether its terminal is light or dark, once it said.
    pub scheme: Option<ColorScheme>,
    /// A line for a while.
    pub toast: Option<Toast>,
    /// Whether its terminal window has the focus; true until it says otherwise.
    pub has_focus: bool,
    /// When it typed last; the pane sizes follow the client that typed last.
    pub typed_at: Instant,
}

impl ClientView {
    /// The theme under the cursor of the client's picker.
    pub fn tried_theme(&self) -> Option<&str> {
        match &self.mode {
            Mode::Dialog(Dialog::Themes(picker)) => picker.selected().map(|item| item.name.as_str()),
            _ => None,
        }
    }
}
