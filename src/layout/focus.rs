//! Which pane lies next to another.

use crate::geometry::{Direction, Rect};
use crate::id::PaneId;
use crate::layout::solve::{SEPARATOR_COLUMNS, Solved};

/// The pane that lies next to this one in the direction: of those that touch it (or its separator), the one that shares
/// most of its border; the first of equals. `None` at the edge.
pub fn neighbour(solved: &Solved, pane: PaneId, direction: Direction) -> Option<PaneId> {
    let from = solved.placed(pane)?.frame;
    let mut best: Option<(u16, PaneId)> = None;
    for other in &solved.panes {
        let shared = shared_border(from, other.frame, direction);
        if shared > best.map_or(0, |(most, _)| most) {
            best = Some((shared, other.pane));
        }
    }
    best.map(|(_, pane)| pane)
}

/// How many cells of its border `from` shares with `to`, if `to` lies next to it in the direction.
fn shared_border(from: Rect, to: Rect, direction: Direction) -> u16 {
    let touches = match direction {
        Direction::Left => to.right() + SEPARATOR_COLUMNS == from.x,
        Direction::Right => from.right() + SEPARATOR_COLUMNS == to.x,
        Direction::Up => to.bottom() == from.y,
        Direction::Down => from.bottom() == to.y,
    };
    if !touches {
        return 0;
    }
    match direction {
        Direction::Left | Direction::Right => from.bottom().min(to.bottom()).saturating_sub(from.y.max(to.y)),
        // A narrow pane may lie over nothing but a separator: both at its sides are its neighbours.
        Direction::Up | Direction::Down => {
            let (left, right) = (from.x.saturating_sub(SEPARATOR_COLUMNS), from.right() + SEPARATOR_COLUMNS);
            right.min(to.right()).saturating_sub(left.max(to.x))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Axis;
    use crate::layout::solve::solve;
    use crate::layout::tree::Tree;

    #[test]
    fn focus_moves_to_the_pane_that_shares_most_of_the_border() {
        let pane = |n| PaneId::new(n).expect("not zero");
        // 1 | (2 over 3), 3 higher than 2: 1's right neighbour is 3.
        let mut tree = Tree::single(pane(1));
        assert!(tree.split(pane(1), Axis::Row, pane(2)));
        assert!(tree.split(pane(2), Axis::Column, pane(3)));
        let solved = solve(&tree, Rect::new(0, 0, 80, 25));
        let cases = [
            (1, Direction::Right, Some(3)),
            (1, Direction::Left, None),
            (2, Direction::Left, Some(1)),
            (3, Direction::Left, Some(1)),
            (2, Direction::Down, Some(3)),
            (3, Direction::Up, Some(2)),
            (2, Direction::Up, None),
            (3, Direction::Right, None),
            (9, Direction::Right, None),
        ];
        for (from, direction, to) in cases {
            assert_eq!(neighbour(&solved, pane(from), direction), to.map(pane), "{from} {direction:?}");
        }
    }
}
