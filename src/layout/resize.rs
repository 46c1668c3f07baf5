//! Moving the border next to a pane.

use crate::geometry::{Axis, Direction, Rect};
use crate::id::PaneId;
use crate::layout::solve::{has_room, least, parts, share};
use crate::layout::tree::{Node, Tree, set_weights};

/// Moves the pane's nearest border that lies in the direction by `cells` towards it (negative: away from it); a pane that
/// has none on that side moves the one on its opposite side. The border stops where a neighbour would become smaller than
/// its least. `area` is what the whole tree has. Whether anything moved.
pub fn resize(tree: &mut Tree, pane: PaneId, direction: Direction, cells: i32, area: Rect) -> bool {
    let sides = if direction.is_forward() { [Side::After, Side::Before] } else { [Side::Before, Side::After] };
    for side in sides {
        match move_side(tree, pane, direction, side, cells, area) {
            Found::Moved => return true,
            // A border that is there but cannot move is not exchanged for the one behind the pane.
            Found::Blocked => return false,
            Found::Nothing => {}
        }
    }
    false
}

/// Moves the pane's border on that side, and no other, by `cells` towards it (negative: away from it): what a mouse does
/// that holds it. Whether it moved.
pub fn drag(tree: &mut Tree, pane: PaneId, direction: Direction, cells: i32, area: Rect) -> bool {
    let side = if direction.is_forward() { Side::After } else { Side::Before };
    move_side(tree, pane, direction, side, cells, area) == Found::Moved
}

fn move_side(tree: &mut Tree, pane: PaneId, direction: Direction, side: Side, cells: i32, area: Rect) -> Found {
    if !has_room(tree, area) {
        return Found::Nothing;
    }
    let towards = if direction.is_forward() { cells } else { cells.saturating_neg() };
    move_border(&mut tree.root, pane, direction.axis(), side, towards, area)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Before,
    After,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    Nothing,
    Blocked,
    Moved,
}

/// Looks for the innermost split of the axis in which the pane has a border on that side.
fn move_border(node: &mut Node, pane: PaneId, axis: Axis, side: Side, towards: i32, area: Rect) -> Found {
    let Node::Split { axis: own, children } = node else { return Found::Nothing };
    let rects = parts(*own, children, area);
    let Some(at) = children.iter().position(|child| child.node.contains(pane)) else { return Found::Nothing };
    let inner = move_border(&mut children[at].node, pane, axis, side, towards, rects[at]);
    if inner != Found::Nothing || *own != axis {
        return inner;
    }
    let first = match side {
        Side::Before => at.checked_sub(1),
        Side::After => (at + 1 < children.len()).then_some(at),
    };
    let Some(first) = first else { return Found::Nothing };
    let cells = match axis {
        Axis::Row => area.width,
        Axis::Column => area.height,
    };
    let mut sizes = share(axis, children, cells);
    let spare = |k: usize| i64::from(sizes[k]) - i64::from(least(&children[k].node, axis));
    let step = i64::from(towards).clamp(-spare(first), spare(first + 1));
    if step == 0 {
        return Found::Blocked;
    }
    let moved = |size: u16, by: i64| u16::try_from(i64::from(size) + by).unwrap_or(1);
    sizes[first] = moved(sizes[first], step);
    sizes[first + 1] = moved(sizes[first + 1], -step);
    set_weights(children, &sizes.iter().copied().map(u64::from).collect::<Vec<_>>());
    Found::Moved
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::solve::solve;

    const AREA: Rect = Rect::new(0, 0, 81, 24);

    fn pane(n: u32) -> PaneId {
        PaneId::new(n).expect("not zero")
    }

    /// 1 | (2 over 3)
    fn tree() -> Tree {
        let mut tree = Tree::single(pane(1));
        assert!(tree.split(pane(1), Axis::Row, pane(2)));
        assert!(tree.split(pane(2), Axis::Column, pane(3)));
        tree
    }

    fn frame(tree: &Tree, n: u32) -> Rect {
        solve(tree, AREA).placed(pane(n)).expect("placed").frame
    }

    #[test]
    fn the_border_moves_by_exactly_the_cells_asked_for() {
        let cases = [
            (1, Direction::Right, 3, 1, 43, 24),
            (1, Direction::Right, -3, 1, 37, 24),
            (2, Direction::Left, 5, 1, 35, 24),
            (2, Direction::Down, 2, 2, 40, 14),
            (3, Direction::Up, 2, 3, 40, 14),
        ];
        for (of, direction, cells, seen, width, height) in cases {
            let mut tree = tree();
            assert!(resize(&mut tree, pane(of), direction, cells, AREA));
            let frame = frame(&tree, seen);
            assert_eq!((frame.width, frame.height), (width, height), "{of} {direction:?} {cells}");
        }
    }

    #[test]
    fn at_the_edge_the_opposite_border_moves() {
        let mut tree = tree();
        assert!(resize(&mut tree, pane(2), Direction::Right, 4, AREA));
        assert_eq!(frame(&tree, 2).width, 36);
    }

    #[test]
    fn a_border_stops_at_the_neighbours_least() {
        let mut tree = tree();
        assert!(resize(&mut tree, pane(1), Direction::Right, 1000, AREA));
        assert_eq!(frame(&tree, 2).width, 1);
        assert!(!resize(&mut tree, pane(1), Direction::Right, 1, AREA));
        assert!(resize(&mut tree, pane(2), Direction::Down, i32::MAX, AREA));
        assert_eq!(frame(&tree, 3).height, 2);
    }

    #[test]
    fn dragging_moves_the_border_that_is_held_and_no_other() {
        let mut tree = tree();
        assert!(!drag(&mut tree, pane(2), Direction::Up, 1, AREA));
        assert!(drag(&mut tree, pane(3), Direction::Up, -2, AREA));
        assert_eq!(frame(&tree, 3).height, 10);
    }

    #[test]
    fn a_pane_without_a_border_on_the_axis_moves_nothing() {
        let mut tree = tree();
        assert!(!resize(&mut tree, pane(1), Direction::Up, 1, AREA));
        assert!(!resize(&mut Tree::single(pane(1)), pane(1), Direction::Right, 1, AREA));
    }
}
