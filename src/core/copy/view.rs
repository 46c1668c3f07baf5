//! Which rows of a document a pane shows: lines wrapped at the pane's width, from a top row downwards.
//!
//! Pure. A row is a line's number and the row's place in it.

use crate::geometry::Size;
use crate::term::lines::{Document, LineText, Point};

/// A row of a document as it is shown at some width.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct RowAt {
    /// The line's number.
    pub line: u64,
    /// Which of the rows that the line takes, from 0.
    pub row: usize,
}

/// A document at a size.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    /// What is shown.
    pub document: Document<'a>,
    /// The room for it.
    pub size: Size,
}

impl Page<'_> {
    /// The first cells of the rows that the line takes.
    pub fn rows(&self, line: u64) -> Vec<usize> {
        self.document.text(line).rows(self.size.cols())
    }

    /// The row that shows the cell.
    pub fn row_of(&self, point: Point) -> RowAt {
        let row = self.rows(point.line).partition_point(|start| *start <= point.cell).saturating_sub(1);
        RowAt { line: point.line, row }
    }

    /// The cells of a row: from the first to before the second.
    pub fn cells_of(&self, text: &LineText, row: usize) -> (usize, usize) {
        let rows = text.rows(self.size.cols());
        let start = rows.get(row).copied().unwrap_or(text.n_cells());
        (start, rows.get(row + 1).copied().unwrap_or(text.n_cells()))
    }

    /// The column in which the cell is shown.
    pub fn column_of(&self, point: Point) -> usize {
        let text = self.document.text(point.line);
        let row = self.row_of(point).row;
        text.columns(self.cells_of(&text, row).0, point.cell)
    }

    /// The cell that is shown at a column of a row; the row's last one where it is shorter.
    pub fn cell_at(&self, at: RowAt, column: usize) -> Point {
        let text = self.document.text(at.line);
        let (start, end) = self.cells_of(&text, at.row);
        let mut right = 0;
        for cell in start..end {
            right += text.width(cell);
            if column < right {
                return Point { line: at.line, cell };
            }
        }
        Point { line: at.line, cell: end.saturating_sub(1).max(start).min(text.last_cell()) }
    }

    /// The row so many rows further down (up, where negative); stops at the document's ends.
    pub fn moved(&self, from: RowAt, rows: isize) -> RowAt {
        let (first, last) = (self.document.first(), self.document.last());
        let mut at = self.clamped(from);
        let mut left = rows.unsigned_abs();
        if rows < 0 {
            while left > 0 {
                if at.row >= left {
                    return RowAt { row: at.row - left, ..at };
                }
                if at.line <= first {
                    return RowAt { line: first, row: 0 };
                }
                left -= at.row + 1;
                at.line -= 1;
                at.row = self.rows(at.line).len() - 1;
            }
            return at;
        }
        while left > 0 {
            let below = self.rows(at.line).len() - 1 - at.row;
            if left <= below {
                return RowAt { row: at.row + left, ..at };
            }
            if at.line >= last {
                return RowAt { row: at.row + below, ..at };
            }
            left -= below + 1;
            at = RowAt { line: at.line + 1, row: 0 };
        }
        at
    }

    /// The row itself, or the nearest that exists.
    pub fn clamped(&self, at: RowAt) -> RowAt {
        if at.line < self.document.first() {
            return RowAt { line: self.document.first(), row: 0 };
        }
        let line = at.line.min(self.document.last());
        let last_row = self.rows(line).len() - 1;
        RowAt { line, row: if line < at.line { last_row } else { at.row.min(last_row) } }
    }

    /// The cell itself, or the nearest that exists.
    pub fn clamped_point(&self, point: Point) -> Point {
        if point.line < self.document.first() {
            return Point { line: self.document.first(), cell: 0 };
        }
        let line = point.line.min(self.document.last());
        Point { line, cell: point.cell.min(self.document.text(line).last_cell()) }
    }

    /// The lowest row that may be at the top: with it the last row is at the bottom, or (where there is room for more than the
    /// screen) the screen's first row at the top.
    pub fn lowest_top(&self) -> RowAt {
        let last = self.document.last();
        let bottom = RowAt { line: last, row: self.rows(last).len() - 1 };
        let top = self.moved(bottom, 1 - isize::try_from(self.size.rows()).unwrap_or(1));
        top.max(self.row_of(self.document.origin()))
    }

    /// How many rows lie between two rows, up to a limit; negative where `to` is above `from`.
    pub fn distance(&self, from: RowAt, to: RowAt, limit: isize) -> isize {
        let (upper, lower) = if from <= to { (from, to) } else { (to, from) };
        let mut at = upper;
        let mut n = 0;
        while at < lower && n < limit {
            at = self.moved(at, 1);
            n += 1;
        }
        if from <= to { n } else { -n }
    }
}
