//! All that the server knows, in one place. Only `core::step` changes it; drawing takes it by reference.

use std::collections::BTreeMap;

use crate::config::Config;
use crate::config::theme::Themes;
use crate::core::client::ClientView;
use crate::core::clipboard::Offer;
use crate::core::notice::Notices;
use crate::core::pane::Pane;
use crate::core::preferences::Preferences;
use crate::core::session::{Session, Status};
use crate::core::workspace::Workspace;
use crate::core::worktrees::Work;
use crate::geometry::Size;
use crate::id::{ClientId, PaneId, ProviderName, SessionId};
use crate::time::Now;

/// A provider as the launcher offers it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ProviderChoice {
    /// Its name.
    pub name: ProviderName,
    /// What it is called (`Claude Code`).
    pub title: String,
    /// Whether its program was found on PATH (`shell` and `demo` always are).
    pub is_installed: bool,
    /// Its version, where it told one.
    pub version: Option<String>,
    /// How to install it, where it was not found.
    pub install_hint: Option<String>,
}

/// All that the server knows.
#[derive(Debug)]
pub struct State {
    /// Tabs and panes.
    pub workspace: Workspace,
    /// The sessions that have a pane.
    pub sessions: BTreeMap<SessionId, Session>,
    /// The panes.
    pub panes: BTreeMap<PaneId, Pane>,
    /// The attached clients.
    pub clients: BTreeMap<ClientId, ClientView>,
    /// The user's settings.
    pub config: Config,
    /// What the launcher offers.
    pub choices: Vec<ProviderChoice>,
    /// What is under way beside the loop, oldest first.
    pub works: Vec<Work>,
    /// How many panes are still to come back, and how many there were; `None` when none is.
    pub restoring: Option<(usize, usize)>,
    /// The moment of the step under way.
    pub now: Now,
    /// The user's home directory, shown as `~`.
    pub home: String,
    /// The size of the client that typed last, kept for the time when none is attached.
    pub last_size: Size,
    /// What the user was told.
    pub notices: Notices,
    /// The repositories of sessions' directories; a directory of its own where it is in none, or not known yet.
    pub projects: BTreeMap<String, String>,
    /// What the user chose by keys.
    pub preferences: Preferences,
    /// The themes there are.
    pub themes: Themes,
    /// The outer terminal's colours, which panes are told when they ask.
    pub colors: OuterColors,
    /// What a program would put on the clipboard, if the user let it.
    pub offered: Option<Offer>,
}

/// The outer terminal's own colours, 8 bits a channel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OuterColors {
    /// Of text.
    pub foreground: (u8, u8, u8),
    /// Of the background.
    pub background: (u8, u8, u8),
}

impl State {
    /// The session shown in the pane.
    pub fn session_of(&self, pane: PaneId) -> Option<&Session> {
        self.sessions.get(&self.panes.get(&pane)?.session)
    }

    /// The pane that shows the session.
    pub fn pane_of(&self, session: SessionId) -> Option<&Pane> {
        self.panes.values().find(|pane| pane.session == session)
    }

    /// The pane that has the client's focus: the scratch shell where it floats, else one of the tab that is shown.
    pub fn focused_pane(&self, client: &ClientView) -> Option<PaneId> {
        self.floating(client).or_else(|| self.focused_in_tab(client))
    }

    /// The scratch shell's pane, where the client sees it.
    pub fn floating(&self, client: &ClientView) -> Option<PaneId> {
        self.workspace.scratch.filter(|_| client.shows_scratch).map(|scratch| scratch.pane)
    }

    /// Whether no tab is open: clients see the start page.
    pub fn is_empty(&self) -> bool {
        self.workspace.tabs.is_empty()
    }

    /// The sessions that are listed: all but the scratch shell's, which has a key of its own.
    pub fn listed_sessions(&self) -> impl Iterator<Item = &Session> {
        let scratch =
            self.workspace.scratch.and_then(|scratch| self.session_of(scratch.pane)).map(|session| session.id);
        self.sessions.values().filter(move |session| Some(session.id) != scratch)
    }

    /// The pane that has the client's focus in the tab that it shows.
    pub fn focused_in_tab(&self, client: &ClientView) -> Option<PaneId> {
        let tab = self.workspace.tab(client.tab)?;
        let chosen = client.focus.get(&tab.id).copied().filter(|pane| tab.tree.contains(*pane));
        Some(chosen.unwrap_or(tab.focus))
    }

    /// The session that has waited for the user for longest.
    pub fn waits_longest(&self) -> Option<&Session> {
        let waiting = self.sessions.values().filter(|session| session.status == Status::Blocked);
        waiting.min_by_key(|session| (session.last_activity_at, session.id))
    }

    /// How many sessions need the user, are busy, and are done but not seen.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for session in self.sessions.values() {
            match session.status {
                Status::Blocked => counts.blocked += 1,
                Status::Busy => counts.busy += 1,
                Status::Error => counts.failed += 1,
                Status::Ready if session.unseen => counts.done += 1,
                Status::Ready | Status::Starting | Status::Terminated => {}
            }
        }
        counts
    }
}

/// The counts of the top line.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// Sessions that need the user.
    pub blocked: usize,
    /// Sessions at work.
    pub busy: usize,
    /// Sessions that became ready and were not looked at since.
    pub done: usize,
    /// Sessions whose last turn failed.
    pub failed: usize,
}
