//! The mouse in copy mode: clicks, drags, the page that moves on while the pointer is beyond an edge.

use super::motion::{self, Word};
use super::{CopyMode, CopyOutcome, Entry};
use crate::term::Terminal;
use crate::term::lines::Point;
use crate::term::selection::Shape;

/// How often the button went down at one place.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Clicks {
    /// Once: a drag selects characters.
    One,
    /// Twice: the word.
    Two,
    /// Three times: the line.
    Three,
}

impl Clicks {
    /// One more.
    pub fn more(self) -> Self {
        match self {
            Self::One => Self::Two,
            Self::Two => Self::Three,
            Self::Three => Self::One,
        }
    }
}

impl CopyMode {
    /// The cell shown at a place of the pane, columns and rows from 0; places beyond the edges count as the edge.
    pub fn cell_under(&self, terminal: &Terminal, (column, row): (i32, i32)) -> Point {
        let page = self.page(terminal);
        let row = row.clamp(0, i32::from(self.size.rows()) - 1);
        let column = usize::try_from(column).unwrap_or(0);
        page.cell_at(page.moved(self.top, isize::try_from(row).unwrap_or(0)), column)
    }

    /// The button went down at a cell.
    pub fn press(&mut self, terminal: &Terminal, at: Point, clicks: Clicks) {
        self.settle(terminal);
        let document = self.document(terminal);
        let (anchor, head, shape) = match clicks {
            Clicks::One => (None, at, Shape::Cells),
            Clicks::Two => {
                let (start, end) = motion::word_at(document, at, Word::Small);
                (Some(start), end, Shape::Cells)
            }
            Clicks::Three => (Some(at), at, Shape::Lines),
        };
        self.selected = anchor.map(|anchor| (anchor, shape));
        self.cursor = head;
        self.column = None;
    }

    /// The pointer moved with the button down: from where it went down to here is selected. How many rows it is beyond the
    /// upper (negative) or lower edge.
    pub fn drag(&mut self, terminal: &Terminal, pressed: Point, place: (i32, i32)) -> i32 {
        self.settle(terminal);
        let at = self.cell_under(terminal, place);
        if self.selected.is_none() && at != pressed {
            self.selected = Some((pressed, Shape::Cells));
        }
        if self.selected.is_some() {
            self.cursor = at;
            self.column = None;
        }
        let below = place.1 - (i32::from(self.size.rows()) - 1);
        place.1.min(0) + below.max(0)
    }

    /// The pointer is held beyond an edge: the page moves by so many rows, and the selection with it.
    pub fn drag_on(&mut self, terminal: &Terminal, rows: i32) {
        self.settle(terminal);
        let page = self.page(terminal);
        let top = page.moved(self.top, isize::try_from(rows).unwrap_or(0)).min(page.lowest_top());
        self.top = top;
        let edge = if rows < 0 { 0 } else { i32::from(self.size.rows()) - 1 };
        let column = i32::try_from(self.page(terminal).column_of(self.cursor)).unwrap_or(0);
        self.cursor = self.cell_under(terminal, (column, edge));
    }

    /// The button went up: what is selected is copied.
    pub fn release(&self, terminal: &Terminal) -> CopyOutcome {
        match (self.selection(), self.entry) {
            (Some(selection), _) => CopyOutcome::Copy(self.copied(selection, terminal)),
            (None, Entry::Drag) => CopyOutcome::Leave,
            (None, Entry::Key | Entry::Wheel) => CopyOutcome::Stay,
        }
    }
}
