//! What is selected of a document: which cells, and the text that is copied.
//!
//! Pure. A selection is two cells and a shape; lines that the screen wrapped are copied as one.

use std::ops::{Range, RangeInclusive};

use super::lines::{Document, LineText, Point};
use super::plain::PlainLines;
use crate::text::{beyond, is_lone, max_columns};

/// The shape of a selection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Shape {
    /// From one cell to the other, in reading order.
    Cells,
    /// Whole lines.
    Lines,
    /// The rectangle between two corners, as the lines are shown.
    Block,
}

/// What is selected; both ends are in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Selection {
    /// Where it began.
    pub anchor: Point,
    /// Where it ends now.
    pub head: Point,
    /// Its shape.
    pub shape: Shape,
}

/// A rectangle's place across: columns of the rows as they are shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Band {
    left: usize,
    right: usize,
}

impl Selection {
    /// Both ends in reading order.
    pub fn ends(&self) -> (Point, Point) {
        if self.anchor <= self.head { (self.anchor, self.head) } else { (self.head, self.anchor) }
    }

    /// Which cells of a row of a line are selected: the row has the cells from `start` to before `end` of `text`. `columns` is the
    /// width at which the document is shown.
    pub fn of_row(
        &self,
        document: &Document<'_>,
        number: u64,
        text: &LineText,
        (start, end): (usize, usize),
        columns: u16,
    ) -> Range<usize> {
        let (first, last) = self.ends();
        if number < first.line || number > last.line {
            return 0..0;
        }
        match self.shape {
            Shape::Lines => start..end,
            Shape::Cells => {
                let from = if number == first.line { first.cell } else { 0 };
                let to = if number == last.line { last.cell + 1 } else { usize::MAX };
                from.clamp(start, end)..to.clamp(start, end)
            }
            Shape::Block => self.of_band(self.band(document, columns), number, text, (start, end)),
        }
    }

    /// The cells of a row that lie in a rectangle.
    fn of_band(&self, band: Band, number: u64, text: &LineText, (start, end): (usize, usize)) -> Range<usize> {
        if self.is_beyond(number, text, (start, end)) {
            return 0..0;
        }
        let mut column = 0;
        let mut cells = end..end;
        for cell in start..end {
            let width = text.width(cell);
            // A wide character that lies half inside is inside.
            if column + width > band.left && column <= band.right {
                cells.start = cells.start.min(cell);
                cells.end = cell + 1;
            }
            column += width;
        }
        cells.start.min(cells.end)..cells.end
    }

    /// Whether a row of the first or the last line lies above or below the rectangle.
    fn is_beyond(&self, number: u64, text: &LineText, (start, end): (usize, usize)) -> bool {
        let (first, last) = self.ends();
        let is_above = number == first.line && end <= first.cell && end < text.n_cells();
        let is_below = number == last.line && start > last.cell;
        is_above || is_below
    }

    fn band(&self, document: &Document<'_>, columns: u16) -> Band {
        let place = |point: Point| {
            let text = document.text(point.line);
            let rows = text.rows(columns);
            let row = rows.partition_point(|start| *start <= point.cell).saturating_sub(1);
            let left = text.columns(rows.get(row).copied().unwrap_or(0), point.cell);
            (left, left + text.width(point.cell).max(1) - 1)
        };
        let (anchor, head) = (place(self.anchor), place(self.head));
        Band { left: anchor.0.min(head.0), right: anchor.1.max(head.1) }
    }

    /// The lines that it touches and that are there: a selection from before the history's oldest line was dropped begins with that
    /// now. `None` where none is left.
    pub fn lines(&self, document: &Document<'_>) -> Option<RangeInclusive<u64>> {
        let (first, last) = self.ends();
        let (first, last) = (first.line.max(document.first()), last.line.min(document.last()));
        (first <= last).then_some(first..=last)
    }

    /// How many lines it touches.
    pub fn n_lines(&self) -> u64 {
        self.anchor.line.abs_diff(self.head.line) + 1
    }

    /// The selected text: a line feed after each line (or row of a rectangle) but the last; whole lines end with one. Blanks at the
    /// ends of lines are left out.
    pub fn text(&self, document: &Document<'_>, columns: u16) -> String {
        let Some(lines) = self.lines(document) else { return String::new() };
        // Text that grows moves, and new memory costs more than what is written there.
        let mut out = String::with_capacity(document.room(&lines));
        match self.shape {
            Shape::Lines => PlainLines::new(*document).push_lines(lines, &mut out),
            Shape::Cells => self.push_cells(document, columns, lines, &mut out),
            Shape::Block => self.push_block(document, columns, lines, &mut out),
        }
        if self.shape != Shape::Lines {
            out.pop();
        }
        out.shrink_to_fit();
        out
    }

    /// Part of the first line and of the last, and all of those between.
    fn push_cells(&self, document: &Document<'_>, columns: u16, lines: RangeInclusive<u64>, out: &mut String) {
        let (first, last) = self.ends();
        let part = |number: u64, out: &mut String| {
            let text = document.text(number);
            let cells = self.of_row(document, number, &text, (0, text.n_cells()), columns);
            out.push_str(text.slice(cells.start, cells.end));
            out.push('\n');
        };
        let (mut from, to) = lines.into_inner();
        if from == first.line {
            part(from, out);
            from += 1;
        }
        let is_cut = to == last.line && from <= to;
        PlainLines::new(*document).push_lines(from..=to - u64::from(is_cut), out);
        if is_cut {
            part(to, out);
        }
    }

    fn push_block(&self, document: &Document<'_>, columns: u16, lines: RangeInclusive<u64>, out: &mut String) {
        let (band, (first, last)) = (self.band(document, columns), self.ends());
        let mut plain = PlainLines::new(*document);
        for number in lines {
            let line = plain.get(number);
            if line.is_ascii() && line.len() <= usize::from(columns) {
                // Most lines: one row, and as many cells and columns as bytes.
                let row = &line[band.left.min(line.len())..(band.right + 1).min(line.len())];
                out.push_str(row.trim_end_matches(' '));
                out.push('\n');
                continue;
            }
            if number > first.line && number < last.line && push_band(line, band, columns, out).is_some() {
                continue;
            }
            let text = document.text(number);
            let rows = text.rows(columns);
            for (row, start) in rows.iter().enumerate() {
                let end = rows.get(row + 1).copied().unwrap_or(text.n_cells());
                if self.is_beyond(number, &text, (*start, end)) {
                    continue;
                }
                let cells = self.of_band(band, number, &text, (*start, end));
                out.push_str(text.slice(cells.start, cells.end).trim_end_matches(' '));
                out.push('\n');
            }
        }
    }
}

/// Appends what of each row of a line lies in a rectangle, with a line feed; nothing and `None` where a character may not stand alone.
fn push_band(line: &str, band: Band, columns: u16, out: &mut String) -> Option<()> {
    let (before, columns) = (out.len(), usize::from(columns));
    let is_one_row = max_columns(line) <= columns;
    let mut rest = line;
    loop {
        // A row has one character at least.
        let row_end = if is_one_row { rest.len() } else { beyond(rest, columns).max(first_len(rest)) };
        let last = beyond(rest, band.right);
        // A wide character that lies half inside is inside.
        let (start, end) = (beyond(rest, band.left).min(row_end), (last + first_len(&rest[last..])).min(row_end));
        // What stands behind may belong to the last.
        let n_known = if is_one_row { end + first_len(&rest[end..]) } else { row_end };
        if !is_lone(&rest[..n_known]) {
            out.truncate(before);
            return None;
        }
        out.push_str(rest[start.min(end)..end].trim_end_matches(' '));
        out.push('\n');
        rest = &rest[row_end..];
        if rest.is_empty() {
            return Some(());
        }
    }
}

/// Bytes of the text's first character.
fn first_len(text: &str) -> usize {
    text.chars().next().map_or(0, char::len_utf8)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::geometry::Size;
    use crate::term::{Terminal, TerminalOptions};

    #[test]
    fn a_long_selection_is_its_parts_one_after_the_other() {
        let mut terminal = Terminal::new(Size::new(30, 4), TerminalOptions::default());
        let n_lines = 8192;
        for line in 0..n_lines {
            let text = if line % 1000 < 2 {
                "some plain text"
            } else {
                ["", "漢字 of all sorts", "e\u{301}"][line as usize % 3]
            };
            terminal.feed(format!("{text} {line}\r\n").as_bytes());
        }
        let frozen = terminal.freeze();
        let document = Document::new(&terminal, &frozen);
        let part = |shape, lines: RangeInclusive<u64>, cells: (usize, usize)| {
            let (anchor, head) =
                (Point { line: *lines.start(), cell: cells.0 }, Point { line: *lines.end(), cell: cells.1 });
            Selection { anchor, head, shape }.text(&document, 30)
        };
        for (shape, end_of_line) in [(Shape::Lines, ""), (Shape::Cells, "\n"), (Shape::Block, "\n")] {
            let (left, right) = (5, 11);
            let middle = if shape == Shape::Cells { (0, 999) } else { (left, right) };
            let parts = [
                part(shape, 1..=2000, (left, middle.1)),
                part(shape, 2001..=4000, middle),
                part(shape, 4001..=6000, middle),
                part(shape, 6001..=8000, (middle.0, right)),
            ];
            assert_eq!(part(shape, 1..=8000, (left, right)), parts.join(end_of_line), "{shape:?}");
        }
    }

    proptest! {
        #[test]
        fn a_rectangle_cuts_text_and_cells_alike(line in "[a-c代理한 é│]{0,80}|.{0,30}", left in 0usize..60, width in 0usize..60, columns in 2u16..160) {
            let mut terminal = Terminal::new(Size::new(200, 2), TerminalOptions::default());
            terminal.feed(format!("{line}\r\n\r\n").as_bytes());
            let frozen = terminal.freeze();
            let document = Document::new(&terminal, &frozen);
            let text = document.text(0);
            let band = Band { left, right: left + width };
            let mut quick = String::new();
            if push_band(text.as_str(), band, columns, &mut quick).is_some() {
                let all = Selection { anchor: Point::default(), head: Point { line: 0, cell: usize::MAX }, shape: Shape::Block };
                let rows = text.rows(columns);
                let mut slow = String::new();
                for (row, start) in rows.iter().enumerate() {
                    let end = rows.get(row + 1).copied().unwrap_or(text.n_cells());
                    let cells = all.of_band(band, 0, &text, (*start, end));
                    slow.push_str(text.slice(cells.start, cells.end).trim_end_matches(' '));
                    slow.push('\n');
                }
                prop_assert_eq!(quick, slow);
            }
        }
    }
}
