//! What the mouse holds: a border between panes, a pane's title, the sidebar's edge.

use crate::core::Core;
use crate::core::effect::Effects;
use crate::core::hit::Hit;
use crate::geometry::Direction;
use crate::id::{ClientId, PaneId, TabId};
use crate::input::event::{MouseButton, MouseEvent, MouseKind};
use crate::layout::chrome::Side;
use crate::layout::resize::drag;
use crate::layout::tree::Tree;

/// What a client's mouse holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Held {
    /// The line right of a pane.
    Separator {
        /// The pane.
        pane: PaneId,
    },
    /// A pane's title, which is also the border above it.
    Title {
        /// The pane.
        pane: PaneId,
        /// The tab it is in.
        tab: TabId,
        /// The tab's tree when the mouse took hold: a title that is let go on another one swaps the panes, and then no
        /// border shall have moved.
        before: Tree,
    },
    /// The sidebar's edge.
    Sidebar,
}

impl Core {
    /// Takes hold, moves what is held, lets go. Whether the event is spent: a press that takes hold of a title focuses the
    /// pane as well.
    pub(super) fn held_by_mouse(
        &mut self,
        client: ClientId,
        mouse: &MouseEvent,
        hit: Option<Hit>,
        fx: &mut Effects,
    ) -> bool {
        match mouse.kind {
            MouseKind::Press(MouseButton::Left) => {
                let held = hit.and_then(|hit| self.holdable(hit));
                let is_spent = matches!(held, Some(Held::Separator { .. } | Held::Sidebar));
                if let Some(view) = self.state.clients.get_mut(&client) {
                    view.held = held;
                }
                is_spent
            }
            MouseKind::Drag(MouseButton::Left) => {
                let Some(held) = self.state.clients.get(&client).and_then(|view| view.held.clone()) else {
                    return false;
                };
                self.drag_held(client, &held, mouse, fx);
                true
            }
            MouseKind::Release(MouseButton::Left) => {
                let Some(view) = self.state.clients.get_mut(&client) else { return false };
                let Some(held) = view.held.take() else { return false };
                if held == Held::Sidebar {
                    self.keep_sidebar_columns(client, fx);
                }
                if let (Held::Title { pane, tab, before }, Some(Hit::PaneTitle(other))) = (held, hit)
                    && other != pane
                {
                    self.swap_dropped(tab, before, (pane, other), fx);
                }
                true
            }
            _ => false,
        }
    }

    fn holdable(&self, hit: Hit) -> Option<Held> {
        match hit {
            Hit::Separator { pane } => Some(Held::Separator { pane }),
            Hit::PaneTitle(pane) => {
                let tab = self.state.workspace.tab_of(pane)?;
                Some(Held::Title { pane, tab: tab.id, before: tab.tree.clone() })
            }
            Hit::SidebarBorder => Some(Held::Sidebar),
            Hit::Session(_)
            | Hit::Sidebar
            | Hit::SidebarHeading
            | Hit::SidebarGroup(_)
            | Hit::SidebarMore { .. }
            | Hit::Pane { .. }
            | Hit::ScratchFrame
            | Hit::Tab(_)
            | Hit::NewTab
            | Hit::StatusHint(_)
            | Hit::StartItem(_)
            | Hit::DialogRow(_)
            | Hit::DialogField(_)
            | Hit::Dialog
            | Hit::OutsideDialog => None,
        }
    }

    /// Moves the border to where the mouse is. Each move is counted from where the border lies now, so that one that was
    /// stopped by a small neighbour is caught up with when the mouse comes back.
    fn drag_held(&mut self, client: ClientId, held: &Held, mouse: &MouseEvent, fx: &mut Effects) {
        match held {
            Held::Sidebar => {
                let Some(view) = self.state.clients.get(&client) else { return };
                let columns = match view.sidebar.side {
                    Side::Left => mouse.column.saturating_add(1),
                    Side::Right => view.size.cols().saturating_sub(mouse.column),
                };
                self.set_sidebar_columns(client, columns, fx);
            }
            Held::Separator { pane } => {
                self.drag_border(client, *pane, Direction::Right, i32::from(mouse.column), fx);
            }
            Held::Title { pane, .. } => self.drag_border(client, *pane, Direction::Up, i32::from(mouse.row), fx),
        }
    }

    /// Moves the pane's border on that side to a column or row of the screen.
    fn drag_border(&mut self, client: ClientId, pane: PaneId, side: Direction, to: i32, fx: &mut Effects) {
        let Some((solved, main)) = self.solved(client) else { return };
        let Some(frame) = solved.placed(pane).map(|placed| placed.frame) else { return };
        let cells = match side {
            Direction::Right => to - i32::from(frame.right()),
            Direction::Left => i32::from(frame.x) - to,
            Direction::Up => i32::from(frame.y) - to,
            Direction::Down => to - i32::from(frame.bottom()),
        };
        let Some(tab) = self.shown_tab(client).and_then(|id| self.state.workspace.tab_mut(id)) else { return };
        if tab.zoomed.is_none() && cells != 0 && drag(&mut tab.tree, pane, side, cells, main) {
            self.save_layout(fx);
            self.relayout(fx);
        }
    }

    /// Swaps two panes, with the borders where they were before the drag; where a pane came or went meanwhile, where they are.
    fn swap_dropped(&mut self, tab: TabId, before: Tree, (a, b): (PaneId, PaneId), fx: &mut Effects) {
        let Some(tab) = self.state.workspace.tab_mut(tab) else { return };
        if before.panes() == tab.tree.panes() {
            tab.tree = before;
        }
        if tab.tree.swap(a, b) {
            self.save_layout(fx);
            self.relayout(fx);
        }
    }
}
