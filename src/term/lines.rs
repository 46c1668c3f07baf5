//! Reading back: lines of the history and, beneath them, the screen as it was when the reading began, by stable numbers.
//!
//! Pure. What is read never changes under the reader: history lines keep their number and their text, and the screen's lines are
//! a copy. Lines are what the program wrote as one line; rows that the screen wrapped are joined.

use std::ops::RangeInclusive;
use std::sync::Arc;

use unicode_segmentation::UnicodeSegmentation;

use super::plain::Plain;
use super::style::Style;
use super::{CellView, History, Terminal, line};
use crate::text::lone_width;

/// A cell of a line: wide characters and clusters are one cell.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Point {
    /// The line's number.
    pub line: u64,
    /// Which of its cells, from 0; 0 in an empty line.
    pub cell: usize,
}

/// A line's text and where its cells are in it; blanks at its end do not count.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct LineText {
    text: String,
    /// Where each cell's text starts, and its columns.
    cells: Vec<(u32, u8)>,
}

impl LineText {
    fn push(&mut self, text: &str, width: u8) {
        // A line has at most 64 KiB (`MAX_LINE_BYTES` of history, or rows of a screen).
        let Ok(start) = u32::try_from(self.text.len()) else { return };
        self.cells.push((start, width));
        self.text.push_str(text);
    }

    /// The line of a history's text with its sequences, where each of its characters stands alone; the quick way.
    fn of_lone(line: &str) -> Option<Self> {
        let mut text = String::with_capacity(line.len());
        line::strip(line, &mut text);
        text.truncate(text.trim_end_matches(' ').len());
        let mut cells = Vec::with_capacity(text.len());
        for (start, c) in text.char_indices() {
            cells.push((u32::try_from(start).ok()?, lone_width(c)?));
        }
        Some(Self { text, cells })
    }

    /// All cells are there: blanks at the end go, and characters that people see as one become one cell (emoji of several parts,
    /// which programs are told to count part by part).
    fn finish(&mut self) {
        let end = self.text.trim_end_matches(' ').len();
        self.cells.truncate(self.cells.partition_point(|(start, _)| (*start as usize) < end));
        self.text.truncate(end);
        if self.text.is_ascii() {
            return;
        }
        let mut clusters = self.text.grapheme_indices(true).map(|(start, _)| start).peekable();
        let mut whole: Vec<(u32, u8)> = Vec::with_capacity(self.cells.len());
        for (start, width) in &self.cells {
            while clusters.peek().is_some_and(|cluster| *cluster < *start as usize) {
                clusters.next();
            }
            let is_start = clusters.peek() == Some(&(*start as usize));
            match whole.last_mut().filter(|_| !is_start) {
                Some((_, columns)) => *columns = columns.saturating_add(*width),
                None => whole.push((*start, *width)),
            }
        }
        self.cells = whole;
    }

    /// The cell that covers a column, counted from the line's start; behind the end the number of cells.
    pub fn cell_at_column(&self, column: usize) -> usize {
        let mut right = 0;
        let covers = |(_, width): &(u32, u8)| {
            right += usize::from(*width);
            column < right
        };
        self.cells.iter().position(covers).unwrap_or(self.cells.len())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// How many cells it has.
    pub fn n_cells(&self) -> usize {
        self.cells.len()
    }

    /// The last cell, or 0 in an empty line.
    pub fn last_cell(&self) -> usize {
        self.cells.len().saturating_sub(1)
    }

    /// The cell's text; empty behind the end.
    pub fn cell(&self, index: usize) -> &str {
        self.slice(index, index + 1)
    }

    /// The text of the cells from `start` to before `end`.
    pub fn slice(&self, start: usize, end: usize) -> &str {
        let byte = |cell: usize| self.cells.get(cell).map_or(self.text.len(), |(start, _)| *start as usize);
        self.text.get(byte(start)..byte(end.max(start))).unwrap_or("")
    }

    /// The columns that the cell takes; 1 behind the end.
    pub fn width(&self, index: usize) -> usize {
        self.cells.get(index).map_or(1, |(_, width)| usize::from(*width))
    }

    /// The columns before the cell, counted from a cell before it.
    pub fn columns(&self, from: usize, to: usize) -> usize {
        (from..to).map(|cell| self.width(cell)).sum()
    }

    /// The cell that has the byte.
    pub fn cell_of_byte(&self, byte: usize) -> usize {
        self.cells.partition_point(|(start, _)| *start as usize <= byte).saturating_sub(1)
    }

    /// The first cell of each row when it is shown at this width; the first row is there in an empty line too.
    pub fn rows(&self, columns: u16) -> Vec<usize> {
        let mut rows = vec![0];
        let mut column = 0;
        for (index, (_, width)) in self.cells.iter().enumerate() {
            if column + u32::from(*width) > u32::from(columns.max(1)) && column > 0 {
                rows.push(index);
                column = 0;
            }
            column += u32::from(*width);
        }
        rows
    }
}

/// A cell of the screen as it was.
#[derive(Clone, PartialEq, Eq, Debug)]
struct FrozenCell {
    text: Box<str>,
    width: u8,
    style: Style,
    link: Option<Arc<str>>,
}

/// A screen as it was at one moment, as lines.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FrozenScreen {
    first: u64,
    lines: Vec<(Vec<FrozenCell>, LineText)>,
    /// Where the program's cursor was.
    cursor: Point,
    /// The screen's first cell: a line may have begun above it.
    origin: Point,
}

impl FrozenScreen {
    /// Where the program's cursor was.
    pub fn cursor(&self) -> Point {
        self.cursor
    }

    /// The cell at the screen's upper left corner.
    pub fn origin(&self) -> Point {
        self.origin
    }

    fn line(&self, number: u64) -> Option<&(Vec<FrozenCell>, LineText)> {
        self.lines.get(usize::try_from(number.checked_sub(self.first)?).ok()?)
    }

    fn last(&self) -> u64 {
        self.first + (self.lines.len() as u64).saturating_sub(1)
    }
}

fn columns_of(line: &[FrozenCell]) -> usize {
    line.iter().map(|cell| usize::from(cell.width)).sum()
}

impl Terminal {
    /// A copy of the shown screen as lines with the numbers that they have, or will have once they leave it.
    pub fn freeze(&self) -> FrozenScreen {
        let history = self.history();
        let first = history.next_line_number();
        let mut line: Vec<FrozenCell> = Vec::new();
        if history.continues_on_screen() && !self.modes().alternate_screen {
            history.draw_line(history.n_lines().saturating_sub(1), |_, cell| self.freeze_cell(cell, &mut line));
        }
        let mut frozen = FrozenScreen {
            first,
            lines: Vec::new(),
            cursor: Point { line: first, cell: 0 },
            // Columns at first; they become cells with their line.
            origin: Point { line: first, cell: columns_of(&line) },
        };
        let cursor = self.cursor();
        let rows = self.size().rows();
        for row in 0..rows {
            let row_start = line.len();
            if row == cursor.row {
                let column = columns_of(&line) + usize::from(cursor.col);
                frozen.cursor = Point { line: first + frozen.lines.len() as u64, cell: column };
            }
            self.row(row, |_, cell| self.freeze_cell(cell, &mut line));
            if self.is_row_wrapped(row) && row + 1 < rows {
                // A wide character that had no room left a blank that nobody wrote.
                let mut next_width = 1;
                self.row(row + 1, |col, cell| {
                    if col == 0 {
                        next_width = cell.width;
                    }
                });
                if next_width == 2 && line.len() > row_start && line.last().is_some_and(|cell| &*cell.text == " ") {
                    line.pop();
                }
                continue;
            }
            let mut text = LineText::default();
            line.iter().for_each(|cell| text.push(&cell.text, cell.width));
            text.finish();
            let kept = line.iter().rposition(|cell| cell.style != Style::default()).map_or(0, |at| at + 1);
            let n_shown = line.iter().rposition(|cell| &*cell.text != " ").map_or(0, |at| at + 1);
            if frozen.lines.is_empty() {
                frozen.origin.cell = text.cell_at_column(frozen.origin.cell);
            }
            if frozen.cursor.line == first + frozen.lines.len() as u64 {
                frozen.cursor.cell = text.cell_at_column(frozen.cursor.cell).min(text.last_cell());
            }
            line.truncate(kept.max(n_shown));
            frozen.lines.push((std::mem::take(&mut line), text));
        }
        frozen
    }

    fn freeze_cell(&self, cell: CellView<'_>, line: &mut Vec<FrozenCell>) {
        if cell.width == 0 {
            return;
        }
        let link = (cell.style.link != 0).then(|| self.link(cell.style.link)).flatten();
        // Neighbours most often share the link.
        let before = line.last().and_then(|cell| cell.link.as_ref()).filter(|before| Some(&***before) == link);
        let link = before.cloned().or_else(|| link.map(Arc::from));
        line.push(FrozenCell { text: cell.text.into(), width: cell.width, style: cell.style, link });
    }
}

/// What a reader sees: the history above a frozen screen.
#[derive(Clone, Copy, Debug)]
pub struct Document<'a> {
    history: &'a History,
    frozen: &'a FrozenScreen,
}

/// A document of its own, which the terminal's output does not reach any more: for reading beside the terminal's thread.
#[derive(Clone, Debug)]
pub struct KeptDocument {
    history: History,
    frozen: Arc<FrozenScreen>,
}

impl KeptDocument {
    /// The terminal's history as it is now above a screen that was frozen earlier. Costs no more than its last block: full ones are
    /// held together with the terminal.
    pub fn new(terminal: &Terminal, frozen: Arc<FrozenScreen>) -> Self {
        Self { history: terminal.history().clone(), frozen }
    }

    /// The document.
    pub fn document(&self) -> Document<'_> {
        Document { history: &self.history, frozen: &self.frozen }
    }
}

impl<'a> Document<'a> {
    /// The terminal's history above a screen that was frozen earlier.
    pub fn new(terminal: &'a Terminal, frozen: &'a FrozenScreen) -> Self {
        Self { history: terminal.history(), frozen }
    }

    /// The number of the oldest line.
    pub fn first(&self) -> u64 {
        if self.history.is_empty() {
            self.frozen.first
        } else {
            self.history.first_line_number().min(self.frozen.first)
        }
    }

    /// The number of the last line; at least `first`.
    pub fn last(&self) -> u64 {
        self.frozen.last()
    }

    /// The cell at the upper left corner of the screen when the reading began.
    pub fn origin(&self) -> Point {
        self.frozen.origin
    }

    /// The line's text; empty where there is no such line (any more).
    pub fn text(&self, number: u64) -> LineText {
        if let Some((_, text)) = self.frozen.line(number) {
            return text.clone();
        }
        let index = self.history.index_of(number);
        let lone = index.and_then(|index| self.history.with_line(index, LineText::of_lone).flatten());
        if let Some(text) = lone {
            return text;
        }
        let mut text = LineText::default();
        self.draw(number, |cell| {
            if cell.width > 0 {
                text.push(cell.text, cell.width);
            }
        });
        text.finish();
        text
    }

    /// Calls `draw` for each cell of the line (wide characters once), from left to right.
    pub fn draw(&self, number: u64, mut draw: impl FnMut(CellView<'_>)) {
        if let Some((cells, _)) = self.frozen.line(number) {
            for cell in cells {
                draw(CellView { text: &cell.text, width: cell.width, style: cell.style });
            }
            return;
        }
        if let Some(index) = self.history.index_of(number) {
            self.history.draw_line(index, |_, cell| {
                if cell.width > 0 {
                    draw(cell);
                }
            });
        }
    }

    /// The target of the OSC 8 link under each cell of the line, whose text this is.
    pub fn marked_links(&self, number: u64, text: &LineText) -> Vec<Option<Arc<str>>> {
        let mut links: Vec<(usize, Option<Arc<str>>)> = Vec::new();
        let mut column = 0;
        if let Some((cells, _)) = self.frozen.line(number) {
            for cell in cells {
                links.push((column, cell.link.clone()));
                column += usize::from(cell.width);
            }
        } else {
            self.draw(number, |cell| {
                let link = (cell.style.link != 0).then(|| self.history.link(cell.style.link)).flatten();
                let before = links.last().and_then(|(_, link)| link.as_ref());
                let same = before.filter(|before| Some(&***before) == link);
                let link = same.cloned().or_else(|| link.map(Arc::from));
                links.push((column, link));
                column += usize::from(cell.width);
            });
        }
        // A cell of several parts has the link of its first.
        let mut starts = 0;
        let mut links = links.into_iter().peekable();
        let of_cell = |cell: usize| {
            let start = starts;
            starts += text.width(cell);
            while links.next_if(|(column, _)| *column < start).is_some() {}
            links.peek().filter(|(column, _)| *column == start).and_then(|(_, link)| link.clone())
        };
        (0..text.n_cells()).map(of_cell).collect()
    }

    /// Room for the lines as plain text, without those of the screen.
    pub fn room(&self, lines: &RangeInclusive<u64>) -> usize {
        self.history.raw_len(lines)
    }

    /// Reads the stretch of lines that holds this one, of the history a whole block, or the screen. Whether there is such a line.
    pub(super) fn read_plain(&self, number: u64, plain: &mut Plain) -> bool {
        if self.frozen.line(number).is_some() {
            plain.read_lines(self.frozen.first, self.frozen.lines.iter().map(|(_, text)| text.as_str()));
            return true;
        }
        let is_there = number < self.frozen.first && self.history.read_plain(number, plain);
        // What left the screen since it was frozen is the frozen screen's business.
        plain.cut_at(self.frozen.first);
        is_there && plain.lines().contains(&number)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::geometry::Size;
    use crate::term::TerminalOptions;

    const PARTS: [&str; 12] = [
        "a",
        " ",
        "代",
        "한",
        "カ",
        "e\u{301}",
        "👩\u{200d}💻",
        "❤\u{fe0f}",
        "│",
        "\x1b[31m",
        "\x1b]8;;x:y\x07",
        "\r\n",
    ];

    proptest! {
        #[test]
        fn lines_read_the_quick_way_are_the_same(parts in prop::collection::vec(prop::sample::select(&PARTS[..]), 1..120)) {
            let mut terminal = Terminal::new(Size::new(20, 2), TerminalOptions::default());
            terminal.feed(parts.concat().as_bytes());
            terminal.feed(b"\r\n\r\n\r\n");
            let frozen = terminal.freeze();
            let document = Document::new(&terminal, &frozen);
            for number in document.first()..frozen.first {
                let mut cell_by_cell = LineText::default();
                document.draw(number, |cell| cell_by_cell.push(cell.text, cell.width));
                cell_by_cell.finish();
                prop_assert_eq!(document.text(number), cell_by_cell);
            }
        }
    }
}
