//! Arrangements that a tab can be put into whatever its panes are: rows, columns, one main pane, a grid.
//!
//! Pure. A preset keeps the order of the panes; the first of them is the main one.

use crate::geometry::Axis;
use crate::id::PaneId;
use crate::layout::tree::{Child, Node, Tree};

/// Weight of the main pane against that of all others together (chosen: an agent wants 90 of 150 columns).
const MAIN: (u32, u32) = (3, 2);

/// An arrangement.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Preset {
    /// All panes side by side, equally wide.
    EvenHorizontal,
    /// All panes above each other, equally high.
    EvenVertical,
    /// The first pane on the left, the others above each other beside it.
    MainLeft,
    /// The first pane on top, the others side by side below it.
    MainTop,
    /// Rows and columns, as square as it goes.
    Grid,
}

impl Preset {
    /// All presets, in the order in which the key goes through them.
    pub const ALL: [Self; 5] = [Self::EvenHorizontal, Self::EvenVertical, Self::MainLeft, Self::MainTop, Self::Grid];

    /// The panes in this arrangement, in the order given; `None` where there are none, or one is there twice.
    pub fn arrange(self, panes: &[PaneId]) -> Option<Tree> {
        let (first, rest) = panes.split_first()?;
        let main = Node::Pane(*first);
        let root = match self {
            Self::EvenHorizontal => split(Axis::Row, leaves(panes))?,
            Self::EvenVertical => split(Axis::Column, leaves(panes))?,
            Self::MainLeft => beside(Axis::Row, main, split(Axis::Column, leaves(rest))),
            Self::MainTop => beside(Axis::Column, main, split(Axis::Row, leaves(rest))),
            Self::Grid => {
                let n_columns = (1..).find(|n| n * n >= panes.len())?;
                let rows = panes.chunks(n_columns).filter_map(|row| split(Axis::Row, leaves(row)));
                split(Axis::Column, rows.collect())?
            }
        };
        Tree::try_from(root).ok()
    }

    /// What comes after the tree's own arrangement: the next preset that looks different, from the start where the tree is
    /// in none; `None` where the tree is one pane.
    pub fn after(tree: &Tree) -> Option<Self> {
        let panes = tree.panes();
        let is_own = |preset: &Self| preset.arrange(&panes).as_ref() == Some(tree);
        let first = Self::ALL.iter().position(is_own).map_or(0, |at| at + 1);
        let order = Self::ALL.into_iter().cycle().skip(first).take(Self::ALL.len());
        order.filter(|preset| !is_own(preset)).find(|_| panes.len() > 1)
    }
}

fn leaves(panes: &[PaneId]) -> Vec<Node> {
    panes.iter().copied().map(Node::Pane).collect()
}

/// The nodes along the axis, with the same room each; `None` where there are none.
fn split(axis: Axis, mut nodes: Vec<Node>) -> Option<Node> {
    match nodes.len() {
        0 | 1 => nodes.pop(),
        _ => Some(Node::Split { axis, children: nodes.into_iter().map(|node| Child { weight: 1, node }).collect() }),
    }
}

/// The main node with the others beside it.
fn beside(axis: Axis, main: Node, others: Option<Node>) -> Node {
    match others {
        None => main,
        Some(others) => {
            let children = vec![Child { weight: MAIN.0, node: main }, Child { weight: MAIN.1, node: others }];
            Node::Split { axis, children }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Rect;
    use crate::layout::solve::solve;

    fn panes(n: u32) -> Vec<PaneId> {
        (1..=n).filter_map(PaneId::new).collect()
    }

    /// Column, row, width and height of a pane.
    type Place = (u16, u16, u16, u16);

    /// Where each pane lies, in an area of 121×60.
    fn picture(preset: Preset, n: u32) -> Vec<Place> {
        let tree = preset.arrange(&panes(n)).expect("panes");
        let solved = solve(&tree, Rect::new(0, 0, 121, 60));
        solved.panes.iter().map(|p| (p.frame.x, p.frame.y, p.frame.width, p.frame.height)).collect()
    }

    #[test]
    fn each_preset_looks_as_its_name_says() {
        let cases: [(Preset, &[Place]); 5] = [
            (Preset::EvenHorizontal, &[(0, 0, 39, 60), (40, 0, 40, 60), (81, 0, 40, 60)]),
            (Preset::EvenVertical, &[(0, 0, 121, 20), (0, 20, 121, 20), (0, 40, 121, 20)]),
            (Preset::MainLeft, &[(0, 0, 72, 60), (73, 0, 48, 30), (73, 30, 48, 30)]),
            (Preset::MainTop, &[(0, 0, 121, 36), (0, 36, 60, 24), (61, 36, 60, 24)]),
            (Preset::Grid, &[(0, 0, 60, 30), (61, 0, 60, 30), (0, 30, 121, 30)]),
        ];
        for (preset, expected) in cases {
            assert_eq!(picture(preset, 3), expected, "{preset:?}");
        }
    }

    #[test]
    fn every_preset_of_any_number_is_a_tree_with_the_panes_in_their_order() {
        for preset in Preset::ALL {
            for n in 1..=40 {
                let tree = preset.arrange(&panes(n)).expect("panes");
                assert_eq!(tree.check(), Ok(()));
                assert_eq!(tree.panes(), panes(n), "{preset:?} {n}");
            }
            assert_eq!(preset.arrange(&[]), None);
        }
    }

    #[test]
    fn the_key_goes_through_all_that_look_different_and_comes_round() {
        let mut tree = Preset::EvenHorizontal.arrange(&panes(4)).expect("panes");
        let mut seen = Vec::new();
        for _ in 0..5 {
            let next = Preset::after(&tree).expect("another");
            seen.push(next);
            tree = next.arrange(&panes(4)).expect("panes");
        }
        assert_eq!(
            seen,
            [Preset::EvenVertical, Preset::MainLeft, Preset::MainTop, Preset::Grid, Preset::EvenHorizontal]
        );
        assert_eq!(Preset::after(&Tree::single(panes(1)[0])), None);
        let mut own = Tree::single(panes(1)[0]);
        own.split(panes(1)[0], Axis::Row, panes(2)[1]);
        own.split(panes(1)[0], Axis::Column, panes(3)[2]);
        assert_eq!(Preset::after(&own), Some(Preset::EvenHorizontal));
    }
}
