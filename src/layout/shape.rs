//! The form of a split tree with anything at its leaves, so that a tree can be described, stored as text and built at once.

use serde::{Deserialize, Serialize};

use crate::geometry::Axis;
use crate::id::PaneId;
use crate::layout::tree::{Child, Node, Tree, TreeError, set_weights};

/// A leaf, or parts along an axis.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape<T> {
    /// A place.
    Leaf(T),
    /// Two or more parts along an axis; none of them is a split of the same axis.
    Split {
        /// The axis.
        axis: Axis,
        /// The parts, each with its share of the room relative to the others', at least 1.
        parts: Vec<(u32, Shape<T>)>,
    },
}

impl<T> Shape<T> {
    /// The leaves, from left to right and top to bottom.
    pub fn leaves(&self) -> Vec<&T> {
        match self {
            Self::Leaf(leaf) => vec![leaf],
            Self::Split { parts, .. } => parts.iter().flat_map(|(_, part)| part.leaves()).collect(),
        }
    }

    /// The same form with other leaves, made in the order of [`Shape::leaves`].
    pub fn map<U>(&self, make: &mut impl FnMut(&T) -> U) -> Shape<U> {
        match self {
            Self::Leaf(leaf) => Shape::Leaf(make(leaf)),
            Self::Split { axis, parts } => {
                let parts = parts.iter().map(|(share, part)| (*share, part.map(make))).collect();
                Shape::Split { axis: *axis, parts }
            }
        }
    }

    /// The same form with leaves changed in place.
    pub fn for_each_leaf(&mut self, change: &mut impl FnMut(&mut T)) {
        match self {
            Self::Leaf(leaf) => change(leaf),
            Self::Split { parts, .. } => parts.iter_mut().for_each(|(_, part)| part.for_each_leaf(change)),
        }
    }

    /// The axis of the innermost split in which a leaf stands; `None` for one that stands alone.
    pub fn axis_at(&self, leaf: usize) -> Option<Axis> {
        let Self::Split { axis, parts } = self else { return None };
        let mut before = 0;
        for (_, part) in parts {
            let n = part.leaves().len();
            if leaf < before + n {
                return Some(part.axis_at(leaf - before).unwrap_or(*axis));
            }
            before += n;
        }
        None
    }
}

impl TryFrom<Shape<PaneId>> for Tree {
    type Error = TreeError;

    fn try_from(shape: Shape<PaneId>) -> Result<Self, TreeError> {
        Self::try_from(node(shape))
    }
}

fn node(shape: Shape<PaneId>) -> Node {
    match shape {
        Shape::Leaf(pane) => Node::Pane(pane),
        Shape::Split { axis, parts } => {
            let weights: Vec<u64> = parts.iter().map(|(share, _)| u64::from(*share)).collect();
            let mut children: Vec<Child> =
                parts.into_iter().map(|(_, part)| Child { weight: 1, node: node(part) }).collect();
            set_weights(&mut children, &weights);
            Node::Split { axis, children }
        }
    }
}

impl Tree {
    /// Its form.
    pub fn shape(&self) -> Shape<PaneId> {
        shape(&self.root)
    }
}

fn shape(node: &Node) -> Shape<PaneId> {
    match node {
        Node::Pane(pane) => Shape::Leaf(*pane),
        Node::Split { axis, children } => {
            let parts = children.iter().map(|child| (child.weight, shape(&child.node))).collect();
            Shape::Split { axis: *axis, parts }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pane(n: u32) -> PaneId {
        PaneId::new(n).expect("not zero")
    }

    /// 1 | (2 over 3), the left one three times as wide.
    fn tree() -> Tree {
        let column =
            Shape::Split { axis: Axis::Column, parts: vec![(1, Shape::Leaf(pane(2))), (1, Shape::Leaf(pane(3)))] };
        let row = Shape::Split { axis: Axis::Row, parts: vec![(6, Shape::Leaf(pane(1))), (2, column)] };
        Tree::try_from(row).expect("a tree")
    }

    #[test]
    fn a_form_becomes_a_tree_and_back() {
        let shape = tree().shape();
        assert_eq!(Tree::try_from(shape.clone()), Ok(tree()));
        let Shape::Split { parts, .. } = &shape else { panic!("a split") };
        assert_eq!(parts.iter().map(|(share, _)| *share).collect::<Vec<_>>(), [3, 1]);
        assert_eq!(shape.leaves(), [&pane(1), &pane(2), &pane(3)]);
    }

    #[test]
    fn a_leaf_knows_the_axis_in_which_it_stands() {
        let shape = tree().shape();
        let axes: Vec<_> = (0..4).map(|leaf| shape.axis_at(leaf)).collect();
        assert_eq!(axes, [Some(Axis::Row), Some(Axis::Column), Some(Axis::Column), None]);
        assert_eq!(Shape::Leaf(()).axis_at(0), None);
    }

    #[test]
    fn a_form_that_is_no_tree_is_refused() {
        let twice = Shape::Split { axis: Axis::Row, parts: vec![(1, Shape::Leaf(pane(1))), (1, Shape::Leaf(pane(1)))] };
        assert_eq!(Tree::try_from(twice), Err(TreeError::Twice(pane(1))));
    }
}
