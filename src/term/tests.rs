//! Tests of the whole terminal: bytes in, screen, answers, events and history out.

mod conformance;
mod differential;
mod emulation;
mod graphemes;
mod replies;
mod robustness;
mod sizes;
mod snapshots;
mod streams;

use super::style::{Attributes, Color, Style, Underline};
use super::{CellView, Cursor, Damage, TermEvent, Terminal, TerminalOptions};
use crate::geometry::Size;

/// So many cases, and no files written.
fn config(cases: u32) -> proptest::test_runner::Config {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(cases);
    proptest::test_runner::Config { cases, failure_persistence: None, ..Default::default() }
}

/// A terminal that was fed the text.
fn terminal(cols: u16, rows: u16, text: &str) -> Terminal {
    let mut terminal = Terminal::new(Size::new(cols, rows), TerminalOptions::default());
    terminal.feed(text.as_bytes());
    terminal
}

/// Text and style of each cell; the second half of a wide character is left out.
fn cells(terminal: &Terminal, row: u16) -> Vec<(String, Style)> {
    let mut out = Vec::new();
    terminal.row(row, |_, cell: CellView<'_>| {
        if cell.width > 0 {
            out.push((cell.text.to_owned(), cell.style));
        }
    });
    out
}

fn cell(terminal: &Terminal, row: u16, col: usize) -> (String, Style) {
    cells(terminal, row)[col].clone()
}

fn position(terminal: &Terminal) -> (u16, u16) {
    let Cursor { row, col, .. } = terminal.cursor();
    (row, col)
}

/// Everything that can be seen: cells with link targets, cursor, modes, title, history; styles as SGR parameters.
fn picture(terminal: &Terminal) -> String {
    let mark = |text| CellView { text, width: 1, style: Style::default() };
    let mut out = String::new();
    let mut last = (Style::default(), String::new());
    let mut put = |cell: CellView<'_>| {
        let now = (Style { link: 0, ..cell.style }, terminal.link(cell.style.link).unwrap_or("").to_owned());
        if now != last {
            let mut parameters = Vec::new();
            super::sgr::write_parameters(&now.0, &mut parameters);
            out += &format!("<{} {}>", String::from_utf8_lossy(&parameters), now.1);
            last = now;
        }
        out += if cell.width == 0 { "~" } else { cell.text };
    };
    for row in 0..terminal.size().rows() {
        terminal.row(row, |_, cell| put(cell));
        put(mark(if terminal.is_row_wrapped(row) { "\\\n" } else { "|\n" }));
    }
    for line in 0..terminal.history().n_lines() {
        // Blanks at a line's end that show nothing may or may not be kept.
        let mut end = 0;
        terminal.history().draw_line(line, |col, cell| {
            if cell.text != " " || cell.style != Style::default() {
                end = col + 1;
            }
        });
        terminal.history().draw_line(line, |col, cell| {
            if col < end {
                put(cell);
            }
        });
        put(mark("\n"));
    }
    out + &format!("{:?} {:?} {:?}", terminal.cursor(), terminal.modes(), terminal.title())
}

/// Fails with the first line that differs.
fn assert_same(left: &str, right: &str, what: &str) {
    if let Some((n, (l, r))) = left.lines().zip(right.lines()).enumerate().find(|(_, (l, r))| l != r) {
        panic!("{what}: line {n}:\n{l}\n{r}");
    }
    assert_eq!(left.lines().count(), right.lines().count(), "{what}");
}

/// Lines of history as text.
fn history(terminal: &Terminal) -> Vec<String> {
    (0..terminal.history().n_lines()).map(|line| terminal.history().text(line)).collect()
}
