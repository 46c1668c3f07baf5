//! Why a session is on its conversation, as a list to read; typing narrows it. Enter leaves, as Esc does.

use crate::core::dialog::filter_list::{Entry, FilterList};
use crate::core::dialog::{DialogKey, Outcome};

/// A line of the explanation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    /// What it is.
    pub kind: LineKind,
    /// Its text.
    pub text: String,
    /// What stands at its right end: how long ago.
    pub age: String,
}

/// What a line of the explanation is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LineKind {
    /// Where the session stands.
    Standing,
    /// What is in doubt.
    Doubt,
    /// Something seen that counted.
    Counted,
    /// Something seen that did not count.
    Ignored,
    /// What belongs to the line above.
    Detail,
}

/// The explanation.
#[derive(Clone, PartialEq, Debug)]
pub struct ExplanationView {
    /// Its lines, in order; `list` refers to them by index.
    pub lines: Vec<Line>,
    /// The list.
    pub list: FilterList,
}

impl ExplanationView {
    /// Shows the lines in this order.
    pub fn new(lines: Vec<Line>) -> Self {
        let list = FilterList::new(lines.iter().map(|line| Entry { text: line.text.clone(), tier: 0 }).collect());
        Self { lines, list }
    }

    /// Arrows read on; Enter leaves.
    pub fn key(&mut self, key: DialogKey) -> Outcome {
        match key {
            DialogKey::Enter => return Outcome::Cancel,
            other => self.list.key(other),
        }
        Outcome::Stay
    }
}
