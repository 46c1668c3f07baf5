//! What a tree means for a rectangle: where each pane and each separator lies.
//!
//! Every pane has a title row on top, which is also its upper border; panes side by side are parted by a separator of
//! one column; there is no border on the right and none below.

use crate::geometry::{Axis, Rect};
use crate::id::PaneId;
use crate::layout::tree::{Child, Node, Tree};

/// Columns between two panes side by side.
pub const SEPARATOR_COLUMNS: u16 = 1;
/// Rows of a pane's title.
pub const TITLE_ROWS: u16 = 1;

/// Where everything lies.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Solved {
    /// The panes, in the order of [`Tree::panes`]. Empty where the room does not suffice for all of them.
    pub panes: Vec<PlacedPane>,
    /// The columns between them, each one cell wide, from left to right and top to bottom.
    pub separators: Vec<Rect>,
}

/// Where a pane lies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PlacedPane {
    /// Which pane.
    pub pane: PaneId,
    /// All of it, the title row included.
    pub frame: Rect,
    /// Its terminal; at least 1×1.
    pub inner: Rect,
}

impl PlacedPane {
    /// A pane that fills the frame; `None` where that leaves no cell for its terminal.
    pub fn filling(pane: PaneId, frame: Rect) -> Option<Self> {
        let height = frame.height.checked_sub(TITLE_ROWS)?;
        let inner = Rect::new(frame.x, frame.y + TITLE_ROWS, frame.width, height);
        (!inner.is_empty()).then_some(Self { pane, frame, inner })
    }
}

impl Solved {
    /// Where the pane lies, if it is shown.
    pub fn placed(&self, pane: PaneId) -> Option<&PlacedPane> {
        self.panes.iter().find(|placed| placed.pane == pane)
    }
}

/// Shares the area among all panes of the tree by their weights; every cell belongs to one pane or separator. Empty where
/// the area cannot give each pane a terminal of 1×1 (see [`arrange`]).
pub fn solve(tree: &Tree, area: Rect) -> Solved {
    let mut solved = Solved::default();
    if has_room(tree, area) {
        place(&tree.root, area, &mut solved);
    }
    solved
}

/// What a tab shows: the zoomed pane alone where there is one; else all panes; else, where there is no room for all, the
/// focused one alone. Empty only where the area is too small for one.
pub fn arrange(tree: &Tree, zoomed: Option<PaneId>, focused: PaneId, area: Rect) -> Solved {
    let alone = |pane| Solved { panes: PlacedPane::filling(pane, area).into_iter().collect(), separators: Vec::new() };
    match zoomed.filter(|pane| tree.contains(*pane)) {
        Some(pane) => alone(pane),
        None if has_room(tree, area) => solve(tree, area),
        None => alone(focused),
    }
}

/// Whether the area can give each pane a title and a terminal of 1×1.
pub fn has_room(tree: &Tree, area: Rect) -> bool {
    least(&tree.root, Axis::Row) <= u32::from(area.width) && least(&tree.root, Axis::Column) <= u32::from(area.height)
}

/// The fewest cells along the axis that the node can do with.
pub(in crate::layout) fn least(node: &Node, along: Axis) -> u32 {
    match node {
        Node::Pane(_) => match along {
            Axis::Row => 1,
            Axis::Column => u32::from(TITLE_ROWS) + 1,
        },
        Node::Split { axis, children } if *axis == along => {
            let parts: u32 = children.iter().map(|child| least(&child.node, along)).sum();
            parts + u32::from(separators(*axis, children.len()))
        }
        Node::Split { children, .. } => children.iter().map(|child| least(&child.node, along)).max().unwrap_or(0),
    }
}

/// Columns that the separators of a split take.
pub(in crate::layout) fn separators(axis: Axis, n_children: usize) -> u16 {
    match axis {
        Axis::Row => u16::try_from(n_children.saturating_sub(1)).unwrap_or(u16::MAX) * SEPARATOR_COLUMNS,
        Axis::Column => 0,
    }
}

/// The cells of each child along the axis: shares by weight, none below what it needs, together all of `cells` less the
/// separators.
pub(in crate::layout) fn share(axis: Axis, children: &[Child], cells: u16) -> Vec<u16> {
    let room = u64::from(cells.saturating_sub(separators(axis, children.len())));
    let least: Vec<u64> = children.iter().map(|child| u64::from(least(&child.node, axis))).collect();
    // Those whose share is below their least get the least; that shrinks the others' shares, so look again.
    let mut pinned = vec![false; children.len()];
    let (room, total) = loop {
        let taken: u64 = least.iter().zip(&pinned).filter(|(_, pinned)| **pinned).map(|(least, _)| least).sum();
        let free = room.saturating_sub(taken);
        let weights = children.iter().zip(&pinned).filter(|(_, pinned)| !**pinned);
        let total: u64 = weights.map(|(child, _)| u64::from(child.weight)).sum();
        let short =
            (0..children.len()).find(|&k| !pinned[k] && u64::from(children[k].weight) * free < least[k] * total.max(1));
        match short {
            Some(k) => pinned[k] = true,
            None => break (free, total.max(1)),
        }
    };
    let mut sizes: Vec<u64> = Vec::with_capacity(children.len());
    let (mut weight_so_far, mut cells_so_far) = (0, 0);
    for (k, child) in children.iter().enumerate() {
        if pinned[k] {
            sizes.push(least[k]);
        } else {
            // Rounding the borders, not the sizes: the sum is exact, and none falls below its whole share.
            weight_so_far += u64::from(child.weight);
            let border = room * weight_so_far / total;
            sizes.push(border - cells_so_far);
            cells_so_far = border;
        }
    }
    sizes.into_iter().map(|size| u16::try_from(size).unwrap_or(u16::MAX)).collect()
}

fn place(node: &Node, area: Rect, solved: &mut Solved) {
    match node {
        Node::Pane(pane) => solved.panes.extend(PlacedPane::filling(*pane, area)),
        Node::Split { axis, children } => {
            for (k, (child, part)) in children.iter().zip(parts(*axis, children, area)).enumerate() {
                if *axis == Axis::Row && k > 0 {
                    let x = part.x - SEPARATOR_COLUMNS;
                    solved.separators.push(Rect::new(x, area.y, SEPARATOR_COLUMNS, area.height));
                }
                place(&child.node, part, solved);
            }
        }
    }
}

/// The rectangles of the children of a split that has this area.
pub(in crate::layout) fn parts(axis: Axis, children: &[Child], area: Rect) -> Vec<Rect> {
    match axis {
        Axis::Row => {
            let mut x = area.x;
            let widths = share(axis, children, area.width).into_iter();
            widths
                .map(|width| {
                    let part = Rect::new(x, area.y, width, area.height);
                    x += width + SEPARATOR_COLUMNS;
                    part
                })
                .collect()
        }
        Axis::Column => {
            let mut y = area.y;
            let heights = share(axis, children, area.height).into_iter();
            heights
                .map(|height| {
                    let part = Rect::new(area.x, y, area.width, height);
                    y += height;
                    part
                })
                .collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pane(n: u32) -> PaneId {
        PaneId::new(n).expect("not zero")
    }

    fn side_by_side() -> Tree {
        let mut tree = Tree::single(pane(1));
        assert!(tree.split(pane(1), Axis::Row, pane(2)));
        tree
    }

    #[test]
    fn a_single_pane_has_a_title_and_the_rest() {
        let solved = solve(&Tree::single(pane(1)), Rect::new(3, 1, 20, 10));
        assert_eq!(solved.panes[0].inner, Rect::new(3, 2, 20, 9));
        assert!(solved.separators.is_empty());
    }

    #[test]
    fn panes_side_by_side_are_parted_by_one_column() {
        let solved = solve(&side_by_side(), Rect::new(0, 0, 21, 5));
        assert_eq!(solved.panes[0].frame, Rect::new(0, 0, 10, 5));
        assert_eq!(solved.separators, [Rect::new(10, 0, 1, 5)]);
        assert_eq!(solved.panes[1].frame, Rect::new(11, 0, 10, 5));
    }

    #[test]
    fn without_room_for_all_the_focused_pane_is_shown_alone() {
        let tree = side_by_side();
        let area = Rect::new(0, 0, 2, 5);
        assert!(!has_room(&tree, area));
        assert_eq!(solve(&tree, area), Solved::default());
        let shown = arrange(&tree, None, pane(2), area);
        assert_eq!(shown.panes.iter().map(|p| p.pane).collect::<Vec<_>>(), [pane(2)]);
        assert_eq!(shown.panes[0].frame, area);
    }

    #[test]
    fn a_zoomed_pane_is_shown_alone() {
        let shown = arrange(&side_by_side(), Some(pane(1)), pane(1), Rect::new(0, 0, 80, 24));
        assert_eq!(shown.panes[0].frame, Rect::new(0, 0, 80, 24));
        assert_eq!(shown.panes.len(), 1);
    }

    #[test]
    fn a_zoomed_pane_that_is_gone_zooms_nothing() {
        assert_eq!(arrange(&side_by_side(), Some(pane(9)), pane(1), Rect::new(0, 0, 80, 24)).panes.len(), 2);
    }

    #[test]
    fn a_light_child_keeps_its_least() {
        // Twenty panes above each other in 40 rows: each gets exactly its two.
        let mut tree = Tree::single(pane(1));
        for n in 2..=20 {
            assert!(tree.split(pane(1), Axis::Column, pane(n)));
        }
        let solved = solve(&tree, Rect::new(0, 0, 10, 40));
        assert_eq!(solved.panes.len(), 20);
        assert!(solved.panes.iter().all(|placed| placed.frame.height == 2));
    }
}
