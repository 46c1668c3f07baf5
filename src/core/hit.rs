//! What lies under a cell of a client's screen. Produced by `ui::scene`, used by the core for the mouse. Pure data.

use crate::core::command::Command;
use crate::id::{PaneId, SessionId, TabId};

/// What lies under a cell of the screen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Hit {
    /// A session in the sidebar.
    Session(SessionId),
    /// The sidebar, where no session is.
    Sidebar,
    /// The sidebar's heading.
    SidebarHeading,
    /// The name of a group, counted from 0 (`core::sidebar::groups`).
    SidebarGroup(usize),
    /// The count of the sessions that the sidebar's rows do not reach.
    SidebarMore {
        /// Whether they stand above.
        is_above: bool,
    },
    /// A pane's terminal, with the cell counted from the pane's upper left corner (see [`crate::ui::cells::first_row`]
    /// for panes whose terminal is higher).
    Pane {
        /// Which pane.
        pane: PaneId,
        /// Column, from 0.
        x: u16,
        /// Row, from 0.
        y: u16,
    },
    /// A pane's title; also the border above it: held by the mouse, `layout::resize::drag(tree, pane, Up, …)`.
    PaneTitle(PaneId),
    /// A line between panes; held by the mouse, `layout::resize::drag(tree, pane, Right, …)`.
    Separator {
        /// The pane left of it at this row.
        pane: PaneId,
    },
    /// The line between the sidebar and the panes: drag to change the sidebar's columns.
    SidebarBorder,
    /// The frame of the scratch shell.
    ScratchFrame,
    /// A tab.
    Tab(TabId),
    /// The `+` behind the tabs.
    NewTab,
    /// A hint of the status bar, or a count of the top line, that does this.
    StatusHint(Command),
    /// The n-th item of the start page (`core::start::items`).
    StartItem(usize),
    /// A row of the dialog's list, or an answer of a question: `Dialog::click_row`.
    DialogRow(usize),
    /// A field of the launcher: `Dialog::click_field`.
    DialogField(usize),
    /// The dialog, elsewhere.
    Dialog,
    /// Beside the dialog.
    OutsideDialog,
}
