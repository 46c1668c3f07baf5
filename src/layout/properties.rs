//! Properties that hold for every tree and every area.

use proptest::prelude::{Strategy, any, prop, prop_assert, prop_assert_eq, proptest};
use proptest::test_runner::TestCaseError;

use crate::geometry::{Axis, Direction, Rect};
use crate::id::PaneId;
use crate::layout::focus::neighbour;
use crate::layout::resize::resize;
use crate::layout::solve::{Solved, has_room, solve};
use crate::layout::tree::Tree;

const AREA: Rect = Rect::new(2, 1, 120, 40);

#[derive(Clone, Debug)]
enum Op {
    Split(u32, Axis),
    Remove(u32),
    Swap(u32, u32),
    Resize(u32, Direction, i32),
    Equalize,
}

fn direction() -> impl Strategy<Value = Direction> {
    prop::sample::select(vec![Direction::Left, Direction::Right, Direction::Up, Direction::Down])
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let pane = 1..14_u32;
    let axis = prop::sample::select(vec![Axis::Row, Axis::Column]);
    let op = proptest::prop_oneof![
        6 => (pane.clone(), axis).prop_map(|(at, axis)| Op::Split(at, axis)),
        2 => pane.clone().prop_map(Op::Remove),
        1 => (pane.clone(), pane.clone()).prop_map(|(a, b)| Op::Swap(a, b)),
        3 => (pane, direction(), -50..50_i32).prop_map(|(at, to, by)| Op::Resize(at, to, by)),
        1 => proptest::prelude::Just(Op::Equalize),
    ];
    prop::collection::vec(op, 0..30)
}

fn grown(ops: &[Op]) -> Result<Tree, TestCaseError> {
    let pane = |n: u32| PaneId::new(n).expect("not zero");
    let mut tree = Tree::single(pane(1));
    let mut next = 2;
    for op in ops {
        match *op {
            Op::Split(at, axis) => {
                if tree.split(pane(at), axis, pane(next)) {
                    next += 1;
                }
            }
            Op::Remove(at) => {
                tree.remove(pane(at));
            }
            Op::Swap(a, b) => {
                tree.swap(pane(a), pane(b));
            }
            Op::Resize(at, to, by) => {
                resize(&mut tree, pane(at), to, by, AREA);
            }
            Op::Equalize => tree.equalize(),
        }
        prop_assert_eq!(tree.check(), Ok(()));
    }
    Ok(tree)
}

/// How often each cell of the area is covered; nothing may lie outside.
fn coverage(solved: &Solved, area: Rect) -> Vec<u8> {
    let mut covered = vec![0; usize::from(area.width) * usize::from(area.height)];
    for rect in solved.panes.iter().map(|placed| placed.frame).chain(solved.separators.iter().copied()) {
        for y in rect.y..rect.bottom() {
            for x in rect.x..rect.right() {
                assert!(area.contains(x, y), "{rect:?} leaves {area:?}");
                covered[usize::from(y - area.y) * usize::from(area.width) + usize::from(x - area.x)] += 1;
            }
        }
    }
    covered
}

proptest! {
    #[test]
    fn every_cell_belongs_to_one_pane_or_separator(ops in ops(), width in 1..200_u16, height in 1..80_u16) {
        let tree = grown(&ops)?;
        let area = Rect::new(5, 7, width, height);
        let solved = solve(&tree, area);
        if has_room(&tree, area) {
            prop_assert_eq!(solved.panes.iter().map(|p| p.pane).collect::<Vec<_>>(), tree.panes());
            prop_assert!(coverage(&solved, area).iter().all(|n| *n == 1));
            prop_assert!(solved.panes.iter().all(|placed| !placed.inner.is_empty()));
            prop_assert!(solved.separators.iter().all(|separator| separator.width == 1));
        } else {
            prop_assert_eq!(solved, Solved::default());
        }
    }

    #[test]
    fn a_tree_survives_its_text(ops in ops()) {
        let tree = grown(&ops)?;
        let json = serde_json::to_string(&tree).expect("serializes");
        prop_assert_eq!(serde_json::from_str::<Tree>(&json).expect("parses"), tree);
    }

    #[test]
    fn a_border_that_moved_changes_the_picture_and_only_along_its_axis(
        ops in ops(), to in direction(), by in any::<i32>(), at in 0..14_usize,
    ) {
        let mut tree = grown(&ops)?;
        let panes = tree.panes();
        let pane = panes[at % panes.len()];
        let before = solve(&tree, AREA);
        let moved = resize(&mut tree, pane, to, by, AREA);
        let after = solve(&tree, AREA);
        prop_assert_eq!(moved, before != after);
        for (old, new) in before.panes.iter().zip(&after.panes) {
            match to.axis() {
                Axis::Row => prop_assert_eq!((old.frame.y, old.frame.height), (new.frame.y, new.frame.height)),
                Axis::Column => prop_assert_eq!((old.frame.x, old.frame.width), (new.frame.x, new.frame.width)),
            }
        }
    }

    #[test]
    fn whoever_has_a_neighbour_is_one(ops in ops(), to in direction()) {
        let solved = solve(&grown(&ops)?, AREA);
        for placed in &solved.panes {
            let at_edge = match to {
                Direction::Left => placed.frame.x == AREA.x,
                Direction::Right => placed.frame.right() == AREA.right(),
                Direction::Up => placed.frame.y == AREA.y,
                Direction::Down => placed.frame.bottom() == AREA.bottom(),
            };
            prop_assert_eq!(neighbour(&solved, placed.pane, to).is_none(), at_edge);
        }
    }
}
