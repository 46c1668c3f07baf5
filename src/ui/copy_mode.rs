//! A pane in copy mode: its document, what is selected and found in it, the line for a pattern.

use ratatui::buffer::Buffer;
use ratatui::style::Style;

use crate::core::copy::CopyMode;
use crate::core::copy::seek::{Seek, Tally};
use crate::core::copy::view::{Page, RowAt};
use crate::core::pane::Pane;
use crate::core::state::State;
use crate::geometry::Rect;
use crate::term::lines::LineText;
use crate::term::search::{Direction, MAX_MATCHES};
use crate::term::selection::Shape;
use crate::ui::canvas::{clear, put, put_right, restyle};
use crate::ui::cells::{OuterCursor, RowWriter};
use crate::ui::theme::Theme;

/// A row on the screen: where in the document, where in the pane, which cells.
struct Row<'a> {
    at: RowAt,
    y: u16,
    text: &'a LineText,
    cells: (usize, usize),
}

/// Draws the pane's document.
pub fn draw(pane: &Pane, copy: &CopyMode, inner: Rect, theme: &Theme, buf: &mut Buffer) {
    clear(buf, inner, Style::new());
    let mut copy = copy.clone();
    // What was dropped from the history since the last key.
    copy.settle(&pane.terminal);
    let page = copy.page(&pane.terminal);
    let (mut line, mut skipped, mut y) = (copy.top.line, copy.top.row, 0);
    while y < inner.height && line <= page.document.last() {
        let text = page.document.text(line);
        let rows = text.rows(page.size.cols());
        let area = Rect::new(inner.x, inner.y + y, inner.width, inner.height - y);
        draw_line(pane, &page, RowAt { line, row: skipped }, &text, area, buf);
        for row in skipped..rows.len() {
            if y >= inner.height {
                break;
            }
            let cells = (rows[row], rows.get(row + 1).copied().unwrap_or(text.n_cells()));
            mark(&copy, &page, &Row { at: RowAt { line, row }, y: inner.y + y, text: &text, cells }, inner, theme, buf);
            y += 1;
        }
        (line, skipped) = (line + 1, 0);
    }
    draw_prompt(&copy, inner, theme, buf);
}

/// Draws the cells of the rows of a line that are shown: from one of them on.
fn draw_line(pane: &Pane, page: &Page<'_>, from: RowAt, text: &LineText, area: Rect, buf: &mut Buffer) {
    // Where the rows begin, in columns of the line; blanks with a background behind the text belong to the last one.
    let starts: Vec<usize> = text.rows(page.size.cols()).iter().map(|cell| text.columns(0, *cell)).collect();
    let target = |row: usize| {
        let below = row.checked_sub(from.row).and_then(|below| u16::try_from(below).ok());
        let below = below.filter(|below| *below < area.height)?;
        Some(Rect::new(area.x, area.y + below, area.width, 1))
    };
    let Some(first) = target(from.row) else { return };
    let mut writer = RowWriter::new(first, pane.is_dimmed(), buf);
    let (mut row, mut column) = (0, 0);
    page.document.draw(from.line, |cell| {
        if starts.get(row + 1).is_some_and(|start| column >= *start) {
            row += 1;
            if row > from.row
                && let Some(next) = target(row)
            {
                writer.restart(next);
            }
        }
        if target(row).is_some() {
            let start = starts.get(row).copied().unwrap_or(0);
            writer.write(u16::try_from(column - start).unwrap_or(u16::MAX), cell);
        }
        column += usize::from(cell.width);
    });
}

/// Marks what of a row is found and what is selected.
fn mark(copy: &CopyMode, page: &Page<'_>, row: &Row<'_>, inner: Rect, theme: &Theme, buf: &mut Buffer) {
    let (start, end) = row.cells;
    let mut paint = |cells: std::ops::Range<usize>, style: Style| {
        let (from, to) = (cells.start.clamp(start, end), cells.end.clamp(start, end));
        let columns = |cell| u16::try_from(row.text.columns(start, cell)).unwrap_or(u16::MAX);
        let (left, right) = (columns(from), columns(to).min(inner.width));
        if from < to && left < right {
            restyle(buf, Rect::new(inner.x + left, row.y, right - left, 1), style);
        }
    };
    if let Some(seek) = &copy.seek {
        for cells in seek.pattern.matches(row.text) {
            let is_current = row.at.line == copy.cursor.line && cells.contains(&copy.cursor.cell);
            paint(cells, if is_current { theme.current_match() } else { theme.found() });
        }
    }
    if let Some(selection) = copy.selection() {
        let cells = selection.of_row(&page.document, row.at.line, row.text, row.cells, inner.width);
        paint(cells, theme.marked());
        let is_whole = selection.shape == Shape::Lines && row.text.n_cells() == 0;
        let (first, last) = selection.ends();
        // An empty line in the selection shows that it is.
        if (is_whole || (first.line < row.at.line && row.at.line < last.line))
            && row.text.n_cells() == 0
            && (first.line..=last.line).contains(&row.at.line)
        {
            restyle(buf, Rect::new(inner.x, row.y, 1, 1), theme.marked());
        }
    }
}

/// The line with the pattern, over the last row.
fn draw_prompt(copy: &CopyMode, inner: Rect, theme: &Theme, buf: &mut Buffer) {
    let Some(prompt) = &copy.prompt else { return };
    let Some(y) = inner.bottom().checked_sub(1).filter(|y| *y >= inner.y) else { return };
    clear(buf, Rect::new(inner.x, y, inner.width, 1), theme.text());
    let x = put(buf, inner.x, y, inner.width, sign(prompt.direction), theme.key());
    let found = copy.seek.as_ref().map(|seek| found_words(seek, seek.tally(copy.cursor))).unwrap_or_default();
    let right = put_right(buf, x + LEAST_FIELD.min(inner.width), inner.right(), y, &found, theme.muted());
    let room = right.saturating_sub(x + 1);
    let window = prompt.field.window(usize::from(room.max(1)));
    put(buf, x, y, room, &window.text, theme.strong());
}

/// Columns that the pattern keeps where the count would take them.
const LEAST_FIELD: u16 = 8;

fn sign(direction: Direction) -> &'static str {
    match direction {
        Direction::Forward => "/",
        Direction::Backward => "?",
    }
}

/// How many matches there are, and which one the cursor is on: `3/17`.
fn found_words(seek: &Seek, tally: Tally) -> String {
    let count = match tally {
        Tally { rank: Some(rank), n_matches, .. } => format!("{rank}/{n_matches}"),
        Tally { n_matches: 0, is_complete: true, .. } => "not found".to_owned(),
        Tally { n_matches, is_complete: true, .. } => format!("{n_matches} found"),
        Tally { n_matches, is_complete: false, .. } => format!("{n_matches}+"),
    };
    let count = if tally.is_complete && tally.n_matches >= MAX_MATCHES { format!("{count}+") } else { count };
    if seek.pattern.is_fallback() { format!("{count} (no valid expression: taken literally)") } else { count }
}

/// Where the outer cursor stands: in the pattern, or on the cursor's cell.
pub fn cursor(state: &State, copy: &CopyMode, inner: Rect) -> Option<OuterCursor> {
    if let Some(prompt) = &copy.prompt {
        let window = prompt.field.window(usize::from(inner.width.saturating_sub(1).max(1)));
        let x = inner.x + 1 + u16::try_from(window.cursor).unwrap_or(0);
        return Some(OuterCursor {
            x: x.min(inner.right().saturating_sub(1)),
            y: inner.bottom().saturating_sub(1),
            shape: 0,
        });
    }
    let terminal = &state.panes.get(&copy.pane)?.terminal;
    let mut copy = copy.clone();
    copy.settle(terminal);
    let page = copy.page(terminal);
    let height = isize::try_from(inner.height).unwrap_or(isize::MAX);
    let below = page.distance(copy.top, page.row_of(copy.cursor), height);
    let y = u16::try_from(below).ok().filter(|y| *y < inner.height)?;
    let x = u16::try_from(page.column_of(copy.cursor)).ok().filter(|x| *x < inner.width)?;
    Some(OuterCursor { x: inner.x + x, y: inner.y + y, shape: 0 })
}

/// The keys worth a hint, after what is searched for.
pub fn hints(copy: &CopyMode) -> Vec<(String, String)> {
    let mut hints = Vec::new();
    let mut hint = |key: &str, words: &str| hints.push((key.to_owned(), words.to_owned()));
    if copy.prompt.is_some() {
        hint("Enter", "search");
        hint("Esc", "back");
        return hints;
    }
    if let Some(count) = copy.count() {
        hint(&count.to_string(), "times");
    }
    if let Some(seek) = &copy.seek {
        let pattern = crate::text::truncate(seek.pattern.source(), PATTERN_COLUMNS);
        let found = found_words(seek, seek.tally(copy.cursor));
        hint(&format!("{}{pattern}", sign(seek.direction)), &found);
        hint("n N", "next, previous");
    }
    if copy.selection().is_some() {
        hint("y", "copy");
        hint("o", "other end");
        hint("i", "editor");
        hint("Esc", "no selection");
    } else {
        hint("v V ^v", "select");
        hint("/ ?", "search");
        hint("u", "links");
        hint("i", "editor");
        hint("q", "leave");
    }
    hints
}

/// Columns of a pattern in the status line. Chosen.
const PATTERN_COLUMNS: usize = 24;
