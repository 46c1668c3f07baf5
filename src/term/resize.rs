//! A change of size: the main screen's lines are wrapped anew, the alternate screen is cut or padded (its program redraws it).
//!
//! Part of `Terminal`.

use super::Terminal;
use super::modes::Flag;
use super::pen::{self, Look};
use super::screen::{Position, Screen, grid_size};
use super::sink::Archive;
use super::style::{Color, Style};
use crate::geometry::Size;

/// A cell that was read from a screen.
struct Cell {
    /// Empty for a blank.
    text: String,
    width: u16,
    style: Style,
}

/// A line as the program wrote it, over one row or more.
#[derive(Default)]
struct Line {
    cells: Vec<Cell>,
    /// The background of the blanks at its end.
    tail: Color,
    /// Columns up to the cursor, if it is in this line.
    cursor: Option<usize>,
}

impl Line {
    fn trim(&mut self) {
        let is_text = |cell: &Cell| !cell.text.is_empty();
        if let Some(last) = self.cells.last().filter(|cell| !is_text(cell)) {
            self.tail = last.style.bg;
        }
        let end = self.cells.iter().rposition(is_text).map_or(0, |at| at + 1);
        self.cells.truncate(end);
    }

    /// Its rows at a width of `cols`, and where the cursor is in them.
    fn layout(&self, cols: u16) -> (u16, Option<Position>) {
        let mut at = Position::default();
        let mut before = 0;
        let mut cursor = None;
        for cell in &self.cells {
            if at.col + cell.width > cols {
                at = Position { row: at.row.saturating_add(1), col: 0 };
            }
            if self.cursor.is_some_and(|cursor| cursor < before + usize::from(cell.width)) {
                cursor.get_or_insert(at);
            }
            before += usize::from(cell.width);
            at.col += cell.width;
        }
        if let (Some(col), None) = (self.cursor, cursor) {
            let beyond = u16::try_from(col - before).unwrap_or(u16::MAX);
            // Behind the text the cursor stays in its row.
            let most = if beyond == 0 { cols } else { cols - 1 };
            cursor = Some(Position { row: at.row, col: at.col.saturating_add(beyond).min(most) });
        }
        (at.row.saturating_add(1), cursor)
    }
}

impl Terminal {
    /// Changes the size. Lines of the main screen that were wrapped are wrapped anew, what does not fit any more goes to the history
    /// from the top; blank rows come in at the foot only. Tells the program, if it asked to be told (mode 2048).
    pub fn resize(&mut self, size: Size) {
        if size == self.size {
            return;
        }
        self.size = size;
        let grid = grid_size(size);
        if grid.cols() != self.main.cols() {
            self.reflow(grid);
        } else if grid != self.main.size() {
            self.main.set_grid_size(grid);
        }
        if let Some(screen) = &mut self.alternate
            && grid != screen.size()
        {
            screen.set_grid_size(grid);
        }
        self.damage.all();
        if self.modes.has(Flag::SizeReports) {
            self.report_size();
        }
        self.mend();
    }

    fn reflow(&mut self, size: Size) {
        let lines = read_lines(&self.main, self.archive());
        let mut screen = Screen::new(size, self.main.sink_mut().archive.take());
        screen.take_over(&self.main);
        let (mut n_rows, mut cursor) = (0u16, Position::default());
        for (n, line) in lines.iter().enumerate() {
            if n > 0 {
                screen.send(b"\r\n");
            }
            write_line(line, &mut screen);
            let (rows, at) = line.layout(size.cols());
            if let Some(at) = at {
                cursor = Position { row: n_rows.saturating_add(at.row), col: at.col };
            }
            n_rows = n_rows.saturating_add(rows);
        }
        let gone = n_rows.saturating_sub(size.rows());
        let origin = self.main.origin;
        self.main = screen;
        if origin {
            self.main.origin = true;
            self.main.send(b"\x1b[?6h");
        }
        self.main.place(Position { row: cursor.row.saturating_sub(gone), col: cursor.col });
        self.main.flush();
    }
}

/// The screen's lines, down to the last that holds something or the cursor.
fn read_lines(screen: &Screen, archive: &Archive) -> Vec<Line> {
    let cursor = screen.position();
    let mut lines = Vec::new();
    let mut line = Line::default();
    let mut n_rows = 0;
    let mut used = 0;
    for row in 0..screen.rows() {
        if row == cursor.row {
            line.cursor = Some(n_rows * usize::from(screen.cols()) + usize::from(cursor.col));
        }
        read_row(screen, archive, row, &mut line.cells);
        n_rows += 1;
        if screen.is_wrapped(row) && row + 1 < screen.rows() {
            continue;
        }
        line.trim();
        if line.cursor.is_some() || !line.cells.is_empty() || line.tail != Color::Default {
            used = lines.len() + 1;
        }
        lines.push(std::mem::take(&mut line));
        n_rows = 0;
    }
    lines.truncate(used);
    lines
}

fn read_row(screen: &Screen, archive: &Archive, row: u16, cells: &mut Vec<Cell>) {
    for col in 0..screen.cols() {
        let Some(cell) = screen.cell(row, col) else { continue };
        if cell.is_wide_continuation() {
            continue;
        }
        let style = match pen::decode(&pen::native_of(cell), &archive.styles) {
            Look::Text(style) if cell.has_contents() => style,
            Look::Text(Style { bg, .. }) | Look::Fill(bg) => pen::fill(bg),
        };
        let width = if cell.is_wide() && col + 1 < screen.cols() { 2 } else { 1 };
        let text = if cell.is_wide() && width == 1 { String::new() } else { cell.contents().to_owned() };
        cells.push(Cell { text, width, style });
    }
}

fn write_line(line: &Line, screen: &mut Screen) {
    for cell in &line.cells {
        screen.set_own_look(Look::Text(cell.style));
        screen.send_text(if cell.text.is_empty() { b" " } else { cell.text.as_bytes() });
    }
    if line.tail != Color::Default {
        screen.set_own_look(Look::Fill(line.tail));
        screen.send(b"\x1b[K");
    }
}
