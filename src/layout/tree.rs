//! The split tree: which panes lie beside and above each other, and how they share the room.
//!
//! Owns the shape and its invariants (see [`Tree::check`]); knows no cell sizes. A tree is never empty, and a tree read
//! from outside either keeps the invariants or does not parse.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::geometry::Axis;
use crate::id::PaneId;

/// Deepest nesting of splits. Chosen: halving 500×200 cells by turns ends after 16 levels, and 24 levels stay below
/// the 128 levels at which JSON parsers give up.
pub const MAX_DEPTH: usize = 24;

/// The greatest weight of a child; heavier ones are scaled down. Chosen: far finer than 500 columns.
pub const MAX_WEIGHT: u32 = 1 << 16;

/// A tree of splits with panes as its leaves; never empty, each pane at most once.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(try_from = "Node", into = "Node")]
pub struct Tree {
    pub(in crate::layout) root: Node,
}

/// A pane or a split.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(in crate::layout) enum Node {
    /// A leaf.
    Pane(PaneId),
    /// At least two children along an axis, none of which is a split of the same axis.
    Split { axis: Axis, children: Vec<Child> },
}

/// A part of a split.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(in crate::layout) struct Child {
    /// Its share of the room, relative to its siblings'; 1 to [`MAX_WEIGHT`].
    pub weight: u32,
    pub node: Node,
}

/// What is wrong with a tree.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TreeError {
    /// A split with fewer than two children.
    #[error("a split has fewer than two children")]
    LonelyChild,
    /// A split directly inside a split of the same axis.
    #[error("a split lies in a split of the same axis")]
    SameAxis,
    /// A weight of 0 or above [`MAX_WEIGHT`].
    #[error("a weight is out of range: {0}")]
    Weight(u32),
    /// A pane that is there twice.
    #[error("pane {0} is in the tree twice")]
    Twice(PaneId),
    /// Nested deeper than [`MAX_DEPTH`].
    #[error("splits are nested too deep")]
    Depth,
}

impl TryFrom<Node> for Tree {
    type Error = TreeError;

    fn try_from(root: Node) -> Result<Self, TreeError> {
        let tree = Self { root };
        tree.check()?;
        Ok(tree)
    }
}

impl From<Tree> for Node {
    fn from(tree: Tree) -> Self {
        tree.root
    }
}

impl Tree {
    /// A tree of one pane.
    pub const fn single(pane: PaneId) -> Self {
        Self { root: Node::Pane(pane) }
    }

    /// Whether the pane is a leaf of the tree.
    pub fn contains(&self, pane: PaneId) -> bool {
        self.root.contains(pane)
    }

    /// The leaves from left to right and top to bottom.
    pub fn panes(&self) -> Vec<PaneId> {
        let mut panes = Vec::new();
        self.root.collect(&mut panes);
        panes
    }

    /// Puts `new` right of (or below) `target`, which gives it half of its room; the other panes keep theirs. False, and
    /// nothing changes, where `target` is missing, `new` is there already, or the nesting would exceed [`MAX_DEPTH`].
    pub fn split(&mut self, target: PaneId, axis: Axis, new: PaneId) -> bool {
        if !self.contains(target) || self.contains(new) {
            return false;
        }
        let mut root = self.root.clone();
        root.split(target, axis, new);
        if root.depth() > MAX_DEPTH {
            return false;
        }
        self.root = root;
        true
    }

    /// Takes the pane out; its room goes to the sibling before it (or after it, for the first), so that the others keep
    /// their size. False, and nothing changes, where it is missing or the last one.
    pub fn remove(&mut self, pane: PaneId) -> bool {
        self.root.remove(pane)
    }

    /// Lets two panes change places; sizes stay with the places. False, and nothing changes, unless both are there.
    pub fn swap(&mut self, a: PaneId, b: PaneId) -> bool {
        if !self.contains(a) || !self.contains(b) {
            return false;
        }
        self.root.for_each_pane(&mut |pane| {
            if *pane == a {
                *pane = b;
            } else if *pane == b {
                *pane = a;
            }
        });
        true
    }

    /// Moves each pane to the place of the next one in the order of [`Tree::panes`], the last one to the first place; sizes
    /// stay with the places. False where there is one pane.
    pub fn rotate(&mut self) -> bool {
        let panes = self.panes();
        let mut order = panes.iter().cycle().skip(panes.len().saturating_sub(1));
        self.root.for_each_pane(&mut |pane| {
            if let Some(moved) = order.next() {
                *pane = *moved;
            }
        });
        panes.len() > 1
    }

    /// The pane after this one in the order of [`Tree::panes`], round the end; `None` where it is missing.
    pub fn next_after(&self, pane: PaneId) -> Option<PaneId> {
        let panes = self.panes();
        let at = panes.iter().position(|p| *p == pane)?;
        panes.iter().cycle().nth(at + 1).copied()
    }

    /// The pane before this one in the order of [`Tree::panes`], round the start; `None` where it is missing.
    pub fn previous_before(&self, pane: PaneId) -> Option<PaneId> {
        let panes = self.panes();
        let at = panes.iter().position(|p| *p == pane)?;
        panes.iter().cycle().nth(at + panes.len() - 1).copied()
    }

    /// Gives all panes along each split the same room: a child weighs as much as it has panes side by side along that
    /// axis.
    pub fn equalize(&mut self) {
        self.root.equalize();
    }

    /// Checks the invariants: splits have two children or more, none of their own axis; weights are in range; no pane is
    /// there twice; nesting is bounded.
    ///
    /// # Errors
    /// The first violation found.
    pub fn check(&self) -> Result<(), TreeError> {
        // The depth comes first: the other walks may then recurse without fear.
        if self.root.depth() > MAX_DEPTH {
            return Err(TreeError::Depth);
        }
        self.root.check(&mut BTreeSet::new())
    }
}

impl Node {
    pub(in crate::layout) fn contains(&self, wanted: PaneId) -> bool {
        match self {
            Self::Pane(pane) => *pane == wanted,
            Self::Split { children, .. } => children.iter().any(|child| child.node.contains(wanted)),
        }
    }

    fn collect(&self, panes: &mut Vec<PaneId>) {
        match self {
            Self::Pane(pane) => panes.push(*pane),
            Self::Split { children, .. } => children.iter().for_each(|child| child.node.collect(panes)),
        }
    }

    fn for_each_pane(&mut self, change: &mut impl FnMut(&mut PaneId)) {
        match self {
            Self::Pane(pane) => change(pane),
            Self::Split { children, .. } => children.iter_mut().for_each(|child| child.node.for_each_pane(change)),
        }
    }

    fn depth(&self) -> usize {
        match self {
            Self::Pane(_) => 0,
            Self::Split { children, .. } => 1 + children.iter().map(|child| child.node.depth()).max().unwrap_or(0),
        }
    }

    fn split(&mut self, target: PaneId, new_axis: Axis, new: PaneId) {
        match self {
            Self::Pane(pane) if *pane == target => {
                let children = [target, new].map(|pane| Child { weight: 1, node: Self::Pane(pane) });
                *self = Self::Split { axis: new_axis, children: children.into() };
            }
            Self::Pane(_) => {}
            Self::Split { axis, children } => {
                let at = children.iter().position(|child| child.node == Self::Pane(target));
                match at {
                    Some(at) if *axis == new_axis => {
                        let mut weights: Vec<u64> = children.iter().map(|child| u64::from(child.weight) * 2).collect();
                        weights[at] /= 2;
                        weights.insert(at + 1, weights[at]);
                        children.insert(at + 1, Child { weight: 1, node: Self::Pane(new) });
                        set_weights(children, &weights);
                    }
                    _ => children.iter_mut().for_each(|child| child.node.split(target, new_axis, new)),
                }
            }
        }
    }

    fn remove(&mut self, pane: PaneId) -> bool {
        let Self::Split { children, .. } = self else { return false };
        let Some(at) = children.iter().position(|child| child.node.contains(pane)) else { return false };
        if children[at].node == Self::Pane(pane) {
            let freed = children.remove(at).weight;
            let heir = at.saturating_sub(1);
            let mut weights: Vec<u64> = children.iter().map(|child| u64::from(child.weight)).collect();
            weights[heir] += u64::from(freed);
            set_weights(children, &weights);
        } else {
            children[at].node.remove(pane);
        }
        self.flatten();
        true
    }

    /// Restores the shape after a child lost a pane: an only child takes its parent's place, and a split that came to lie
    /// in one of the same axis hands its children up.
    fn flatten(&mut self) {
        let Self::Split { axis, children } = self else { return };
        if children.len() == 1
            && let Some(only) = children.pop()
        {
            *self = only.node;
            return;
        }
        let same = |child: &Child| matches!(&child.node, Self::Split { axis: inner, .. } if inner == axis);
        let Some(at) = children.iter().position(same) else { return };
        let outer = children.remove(at);
        let Self::Split { children: inner, .. } = outer.node else { return };
        let total: u64 = inner.iter().map(|child| u64::from(child.weight)).sum();
        let mut weights: Vec<u64> = children.iter().map(|child| u64::from(child.weight) * total).collect();
        let handed = inner.iter().map(|child| u64::from(child.weight) * u64::from(outer.weight));
        weights.splice(at..at, handed);
        children.splice(at..at, inner);
        set_weights(children, &weights);
    }

    fn equalize(&mut self) {
        if let Self::Split { axis, children } = self {
            for child in children {
                child.weight = child.node.n_along(*axis).clamp(1, MAX_WEIGHT);
                child.node.equalize();
            }
        }
    }

    /// Panes that share the room along the axis: they add up along it and overlay each other across it.
    fn n_along(&self, wanted: Axis) -> u32 {
        match self {
            Self::Pane(_) => 1,
            Self::Split { axis, children } => {
                let counts = children.iter().map(|child| child.node.n_along(wanted));
                if *axis == wanted { counts.sum() } else { counts.max().unwrap_or(1) }
            }
        }
    }

    fn check(&self, seen: &mut BTreeSet<PaneId>) -> Result<(), TreeError> {
        match self {
            Self::Pane(pane) if seen.insert(*pane) => Ok(()),
            Self::Pane(pane) => Err(TreeError::Twice(*pane)),
            Self::Split { children, .. } if children.len() < 2 => Err(TreeError::LonelyChild),
            Self::Split { axis, children } => {
                for child in children {
                    if !(1..=MAX_WEIGHT).contains(&child.weight) {
                        return Err(TreeError::Weight(child.weight));
                    }
                    if matches!(&child.node, Self::Split { axis: inner, .. } if inner == axis) {
                        return Err(TreeError::SameAxis);
                    }
                    child.node.check(seen)?;
                }
                Ok(())
            }
        }
    }
}

/// Stores the weights, divided by what they have in common and scaled into 1 to [`MAX_WEIGHT`].
pub(in crate::layout) fn set_weights(children: &mut [Child], weights: &[u64]) {
    let common = weights.iter().copied().fold(0, gcd).max(1);
    let heaviest = weights.iter().max().copied().unwrap_or(1) / common;
    let scale = heaviest.div_ceil(u64::from(MAX_WEIGHT)).max(1);
    for (child, weight) in children.iter_mut().zip(weights) {
        let scaled = (weight / common / scale).clamp(1, u64::from(MAX_WEIGHT));
        child.weight = u32::try_from(scaled).unwrap_or(MAX_WEIGHT);
    }
}

const fn gcd(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pane(n: u32) -> PaneId {
        PaneId::new(n).expect("not zero")
    }

    fn numbers(tree: &Tree) -> Vec<u32> {
        tree.panes().into_iter().map(PaneId::get).collect()
    }

    fn row_of(n: u32) -> Tree {
        let mut tree = Tree::single(pane(1));
        for k in 1..n {
            assert!(tree.split(pane(k), Axis::Row, pane(k + 1)));
        }
        tree
    }

    #[test]
    fn a_split_in_the_same_axis_joins_the_parent_and_halves_only_the_target() {
        let mut tree = row_of(2);
        assert!(tree.split(pane(1), Axis::Row, pane(3)));
        assert_eq!(numbers(&tree), [1, 3, 2]);
        let Node::Split { children, .. } = &tree.root else { panic!("a split") };
        assert_eq!(children.iter().map(|c| c.weight).collect::<Vec<_>>(), [1, 1, 2]);
    }

    #[test]
    fn what_is_missing_or_there_already_changes_nothing() {
        let mut tree = row_of(2);
        let before = tree.clone();
        assert!(!tree.split(pane(9), Axis::Row, pane(3)));
        assert!(!tree.split(pane(1), Axis::Row, pane(2)));
        assert!(!tree.remove(pane(9)));
        assert!(!tree.swap(pane(1), pane(9)));
        assert_eq!(tree, before);
    }

    #[test]
    fn the_last_pane_stays() {
        let mut tree = Tree::single(pane(1));
        assert!(!tree.remove(pane(1)));
    }

    #[test]
    fn a_removed_pane_leaves_its_room_to_the_one_before_it() {
        let mut tree = row_of(3);
        assert!(tree.remove(pane(3)));
        let Node::Split { children, .. } = &tree.root else { panic!("a split") };
        assert_eq!(children.iter().map(|c| c.weight).collect::<Vec<_>>(), [1, 1]);
    }

    #[test]
    fn a_split_that_loses_its_partner_hands_its_children_up() {
        // 1 | (2 over (3 | 4)): without 2 it is 1 | 3 | 4, and 3 and 4 share what the column had.
        let mut tree = row_of(2);
        assert!(tree.split(pane(2), Axis::Column, pane(3)));
        assert!(tree.split(pane(3), Axis::Row, pane(4)));
        assert!(tree.remove(pane(2)));
        assert_eq!(tree.check(), Ok(()));
        let Node::Split { axis: Axis::Row, children } = &tree.root else { panic!("a row") };
        assert_eq!(children.iter().map(|c| c.weight).collect::<Vec<_>>(), [2, 1, 1]);
    }

    #[test]
    fn next_and_previous_go_round() {
        let tree = row_of(3);
        assert_eq!(tree.next_after(pane(3)), Some(pane(1)));
        assert_eq!(tree.previous_before(pane(1)), Some(pane(3)));
        assert_eq!(tree.next_after(pane(1)), Some(pane(2)));
        assert_eq!(tree.next_after(pane(7)), None);
    }

    #[test]
    fn rotating_moves_each_pane_on_and_the_last_to_the_front() {
        let mut tree = row_of(3);
        assert!(tree.split(pane(2), Axis::Column, pane(4)));
        assert!(tree.rotate());
        assert_eq!(numbers(&tree), [3, 1, 2, 4]);
        assert_eq!(tree.check(), Ok(()));
        assert!(!Tree::single(pane(1)).rotate());
    }

    #[test]
    fn swapping_moves_panes_not_places() {
        let mut tree = row_of(3);
        assert!(tree.swap(pane(1), pane(3)));
        assert_eq!(numbers(&tree), [3, 2, 1]);
    }

    #[test]
    fn a_tree_round_trips_through_json() {
        let mut tree = row_of(3);
        assert!(tree.split(pane(2), Axis::Column, pane(4)));
        let json = serde_json::to_string(&tree).expect("serializes");
        assert_eq!(serde_json::from_str::<Tree>(&json).expect("parses"), tree);
    }

    #[test]
    fn the_deepest_tree_round_trips_and_goes_no_deeper() {
        let mut tree = Tree::single(pane(1));
        let mut n = 1;
        let mut axis = Axis::Row;
        while tree.split(pane(n), axis, pane(n + 1)) {
            n += 1;
            axis = if axis == Axis::Row { Axis::Column } else { Axis::Row };
        }
        assert_eq!(n as usize, MAX_DEPTH + 1);
        let json = serde_json::to_string(&tree).expect("serializes");
        assert_eq!(serde_json::from_str::<Tree>(&json).expect("parses"), tree);
    }

    #[test]
    fn a_damaged_tree_does_not_parse() {
        let cases = [
            r#"{"split":{"axis":"row","children":[]}}"#,
            r#"{"split":{"axis":"row","children":[{"weight":1,"node":{"pane":1}}]}}"#,
            r#"{"split":{"axis":"row","children":[{"weight":0,"node":{"pane":1}},{"weight":1,"node":{"pane":2}}]}}"#,
            r#"{"split":{"axis":"row","children":[{"weight":1,"node":{"pane":1}},{"weight":1,"node":{"pane":1}}]}}"#,
            r#"{"pane":0}"#,
        ];
        for case in cases {
            assert!(serde_json::from_str::<Tree>(case).is_err(), "{case}");
        }
    }
}
