//! A workspace: a named set of tabs, each a tree of panes, and a shell that floats over them.
//!
//! Owns the order of tabs and what is focused and zoomed in each. Imports id and layout.

use serde::{Deserialize, Serialize};

use crate::id::{PaneId, TabId};
use crate::layout::tree::Tree;

/// The workspace where none is named.
pub const MAIN: &str = "main";

/// A tree of panes with a place in the tab bar.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Tab {
    /// Its id.
    pub id: TabId,
    /// The user's name for it; without one it is called after its focused session.
    pub name: Option<String>,
    /// Its panes; never empty.
    pub tree: Tree,
    /// The pane that has the focus for a client that has not chosen one itself; always one of the tree.
    pub focus: PaneId,
    /// The pane that fills the tab, if one does.
    pub zoomed: Option<PaneId>,
}

/// The shell that floats over the tabs; its pane is in none of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Scratch {
    /// Its pane.
    pub pane: PaneId,
    /// Whether a client that attaches sees it: a client whose server dies types on where it was.
    pub is_shown: bool,
}

/// All tabs of a workspace, in the order of the tab bar, and its scratch shell.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Workspace {
    /// Its name; [`MAIN`] unless `-w` says otherwise.
    pub name: String,
    /// The tabs; empty only when no session is open.
    pub tabs: Vec<Tab>,
    /// The tab a client starts in.
    pub active: TabId,
    /// The scratch shell, while there is one.
    pub scratch: Option<Scratch>,
}

impl Workspace {
    /// What a person types to come back to it.
    pub fn command(&self) -> String {
        if self.name == MAIN { "homing".to_owned() } else { format!("homing -w {}", self.name) }
    }

    /// The tab with this id.
    pub fn tab(&self, id: TabId) -> Option<&Tab> {
        self.tabs.iter().find(|tab| tab.id == id)
    }

    /// The tab with this id.
    pub fn tab_mut(&mut self, id: TabId) -> Option<&mut Tab> {
        self.tabs.iter_mut().find(|tab| tab.id == id)
    }

    /// The tab in which the pane lies.
    pub fn tab_of(&self, pane: PaneId) -> Option<&Tab> {
        self.tabs.iter().find(|tab| tab.tree.contains(pane))
    }

    /// All panes, tab by tab, in the order of their trees; the scratch shell last.
    pub fn panes(&self) -> impl Iterator<Item = PaneId> + '_ {
        self.tabs.iter().flat_map(|tab| tab.tree.panes()).chain(self.scratch.map(|scratch| scratch.pane))
    }

    /// Whether the pane is the scratch shell's.
    pub fn is_scratch(&self, pane: PaneId) -> bool {
        self.scratch.is_some_and(|scratch| scratch.pane == pane)
    }
}
