//! From two buffers to the bytes that turn one screen into the other.
//!
//! Pure. Cells are placed by absolute columns wherever the outer terminal could count a width otherwise, so that one odd
//! emoji cannot shift the rest of a row.

use std::io::Write;
use std::ops::Range;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

use crate::text;

/// Where the outer cursor goes at the end of a frame: column, row and DECSCUSR shape; `None` hides it.
pub type OuterCursor = Option<(u16, u16, u8)>;

/// A frame of fewer bytes than this is written bare: terminals draw it in one go anyway.
const SMALL_FRAME: usize = 512;

/// What a client's terminal is known to show, and how its pen and cursor stand.
#[derive(Debug)]
pub struct Painter {
    shown: Buffer,
    is_known: bool,
    cursor: Option<OuterCursor>,
    cells: Vec<u8>,
}

/// The pen: all that SGR sets.
#[derive(Clone, Copy, PartialEq)]
struct Pen {
    fg: Color,
    bg: Color,
    underline: Color,
    modifier: Modifier,
}

impl Pen {
    fn of(cell: &Cell) -> Self {
        Self { fg: cell.fg, bg: cell.bg, underline: cell.underline_color, modifier: cell.modifier }
    }

    const PLAIN: Self =
        Self { fg: Color::Reset, bg: Color::Reset, underline: Color::Reset, modifier: Modifier::empty() };
}

impl Painter {
    /// A painter for a terminal of whose screen nothing is known.
    pub fn new() -> Self {
        Self { shown: Buffer::empty(ratatui::layout::Rect::ZERO), is_known: false, cursor: None, cells: Vec::new() }
    }

    /// Forgets what the terminal shows: the next frame clears and draws everything.
    pub fn forget(&mut self) {
        self.is_known = false;
    }

    /// Appends the bytes that make the terminal show the rows of `next` (all of them, if nothing is known of it) and
    /// puts the cursor. Appends nothing where nothing differs.
    pub fn frame(&mut self, next: &Buffer, rows: Range<u16>, cursor: OuterCursor, out: &mut Vec<u8>) {
        self.cells.clear();
        let mut cells = std::mem::take(&mut self.cells);
        if !self.is_known || self.shown.area != next.area {
            cells.extend_from_slice(b"\x1b[m\x1b[2J");
            self.shown = Buffer::empty(next.area);
            self.is_known = true;
            self.cursor = None;
            self.rows(next, 0..next.area.height, &mut cells);
        } else {
            self.rows(next, rows.start.min(next.area.height)..rows.end.min(next.area.height), &mut cells);
        }
        let is_small = cells.len() < SMALL_FRAME;
        if !cells.is_empty() || self.cursor != Some(cursor) {
            if !is_small {
                out.extend_from_slice(b"\x1b[?2026h\x1b[?25l");
            }
            out.extend_from_slice(&cells);
            self.put_cursor(cursor, !is_small, out);
            if !is_small {
                out.extend_from_slice(b"\x1b[?2026l");
            }
        }
        self.cells = cells;
    }

    fn put_cursor(&mut self, cursor: OuterCursor, was_hidden: bool, out: &mut Vec<u8>) {
        let before = self.cursor.flatten();
        match cursor {
            Some((x, y, shape)) => {
                move_to(x, y, out);
                if before.map(|(_, _, shape)| shape) != Some(shape) {
                    let _ = write!(out, "\x1b[{shape} q");
                }
                if before.is_none() || was_hidden {
                    out.extend_from_slice(b"\x1b[?25h");
                }
            }
            None if before.is_some() || self.cursor.is_none() => out.extend_from_slice(b"\x1b[?25l"),
            None => {}
        }
        self.cursor = Some(cursor);
    }

    fn rows(&mut self, next: &Buffer, rows: Range<u16>, out: &mut Vec<u8>) {
        let width = usize::from(next.area.width);
        let mut pen = None;
        for y in rows {
            let at = usize::from(y) * width;
            let (Some(new), Some(old)) = (next.content.get(at..at + width), self.shown.content.get_mut(at..at + width))
            else {
                return;
            };
            paint_row(y, new, old, &mut pen, out);
        }
        if pen.is_some_and(|pen| pen != Pen::PLAIN) {
            out.extend_from_slice(b"\x1b[m");
        }
    }
}

impl Default for Painter {
    fn default() -> Self {
        Self::new()
    }
}

/// Writes what differs in one row and makes `old` equal to `new`.
fn paint_row(y: u16, new: &[Cell], old: &mut [Cell], pen: &mut Option<Pen>, out: &mut Vec<u8>) {
    let mut x = 0;
    // The column at which the terminal's cursor is for certain, if it is in this row.
    let mut cursor = None;
    // Columns below this one were half of a wide character that was overwritten.
    let mut spoilt = 0;
    while x < new.len() {
        let cell = &new[x];
        let width = symbol_width(cell.symbol()).clamp(1, new.len() - x);
        if new[x..x + width] == old[x..x + width] && x >= spoilt {
            x += width;
            continue;
        }
        for (column, before) in old.iter().enumerate().skip(x).take(width) {
            spoilt = spoilt.max(column + symbol_width(before.symbol()));
        }
        if cursor != Some(x) {
            move_to(u16::try_from(x).unwrap_or(u16::MAX), y, out);
        }
        let wanted = Pen::of(cell);
        if *pen != Some(wanted) {
            write_pen(wanted, out);
            *pen = Some(wanted);
        }
        let symbol = if cell.symbol().is_empty() { " " } else { cell.symbol() };
        out.extend_from_slice(symbol.as_bytes());
        old[x..x + width].clone_from_slice(&new[x..x + width]);
        x += width;
        cursor = is_certain(symbol).then_some(x);
    }
}

/// Columns that a symbol takes.
fn symbol_width(symbol: &str) -> usize {
    if symbol.len() == 1 { 1 } else { text::width(symbol) }
}

/// Whether every terminal agrees on the symbol's width: one character, and not an emoji.
fn is_certain(symbol: &str) -> bool {
    let mut chars = symbol.chars();
    let Some(first) = chars.next() else { return false };
    chars.next().is_none() && ((first as u32) < 0x1100 || ('\u{2500}'..='\u{257f}').contains(&first))
}

fn move_to(x: u16, y: u16, out: &mut Vec<u8>) {
    out.extend_from_slice(b"\x1b[");
    number(y + 1, out);
    if x > 0 {
        out.push(b';');
        number(x + 1, out);
    }
    out.push(b'H');
}

fn number(n: u16, out: &mut Vec<u8>) {
    let mut digits = [0; 5];
    let mut at = digits.len();
    let mut rest = n;
    loop {
        at -= 1;
        digits[at] = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

const MODIFIERS: [(Modifier, &[u8]); 9] = [
    (Modifier::BOLD, b";1"),
    (Modifier::DIM, b";2"),
    (Modifier::ITALIC, b";3"),
    (Modifier::UNDERLINED, b";4"),
    (Modifier::SLOW_BLINK, b";5"),
    (Modifier::RAPID_BLINK, b";6"),
    (Modifier::REVERSED, b";7"),
    (Modifier::HIDDEN, b";8"),
    (Modifier::CROSSED_OUT, b";9"),
];

fn write_pen(pen: Pen, out: &mut Vec<u8>) {
    out.extend_from_slice(b"\x1b[0");
    for (modifier, code) in MODIFIERS {
        if pen.modifier.contains(modifier) {
            out.extend_from_slice(code);
        }
    }
    color(pen.fg, 30, out);
    color(pen.bg, 40, out);
    color(pen.underline, 50, out);
    out.push(b'm');
}

/// Appends a colour; `base` is 30 for text, 40 for the background, 50 for underlines (which have no short form).
fn color(color: Color, base: u16, out: &mut Vec<u8>) {
    let mut short = |n: u16| {
        out.push(b';');
        if base == 50 {
            out.extend_from_slice(b"58;5;");
            number(n, out);
        } else if n < 8 {
            number(base + n, out);
        } else {
            number(base + 52 + n, out);
        }
    };
    match color {
        Color::Reset => {}
        Color::Black => short(0),
        Color::Red => short(1),
        Color::Green => short(2),
        Color::Yellow => short(3),
        Color::Blue => short(4),
        Color::Magenta => short(5),
        Color::Cyan => short(6),
        Color::Gray => short(7),
        Color::DarkGray => short(8),
        Color::LightRed => short(9),
        Color::LightGreen => short(10),
        Color::LightYellow => short(11),
        Color::LightBlue => short(12),
        Color::LightMagenta => short(13),
        Color::LightCyan => short(14),
        Color::White => short(15),
        Color::Indexed(n) => {
            out.push(b';');
            number(base + 8, out);
            out.extend_from_slice(b";5;");
            number(u16::from(n), out);
        }
        Color::Rgb(r, g, b) => {
            out.push(b';');
            number(base + 8, out);
            out.extend_from_slice(b";2");
            for channel in [r, g, b] {
                out.push(b';');
                number(u16::from(channel), out);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;

    fn buffer(lines: &[&str], width: u16) -> Buffer {
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, lines.len() as u16));
        for (y, line) in lines.iter().enumerate() {
            buffer.set_string(0, y as u16, line, Style::default());
        }
        buffer
    }

    fn screen(bytes: &[u8], rows: u16, cols: u16) -> Vec<String> {
        let nz = |n| std::num::NonZeroU16::new(n).expect("not zero");
        let mut parser = vt100::Parser::new(nz(rows), nz(cols), 0);
        parser.process(bytes);
        parser.screen().rows(0, cols).map(|row| row.trim_end().to_owned()).collect()
    }

    #[test]
    fn the_echo_of_a_key_is_a_few_bytes() {
        let mut painter = Painter::new();
        let mut out = Vec::new();
        painter.frame(&buffer(&["$ l"], 20), 0..1, Some((3, 0, 0)), &mut out);
        out.clear();
        painter.frame(&buffer(&["$ ls"], 20), 0..1, Some((4, 0, 0)), &mut out);
        assert_eq!(String::from_utf8_lossy(&out), "\x1b[1;4H\x1b[0ms\x1b[1;5H");
    }

    #[test]
    fn nothing_is_written_where_nothing_differs() {
        let mut painter = Painter::new();
        let mut out = Vec::new();
        painter.frame(&buffer(&["same"], 20), 0..1, None, &mut out);
        out.clear();
        painter.frame(&buffer(&["same"], 20), 0..1, None, &mut out);
        assert!(out.is_empty());
    }

    #[test]
    fn half_a_wide_character_does_not_stay() {
        let mut painter = Painter::new();
        let mut out = Vec::new();
        painter.frame(&buffer(&["漢字x"], 10), 0..1, None, &mut out);
        painter.frame(&buffer(&["ab字x"], 10), 0..1, None, &mut out);
        painter.frame(&buffer(&["a漢bx"], 10), 0..1, None, &mut out);
        assert_eq!(screen(&out, 1, 10), ["a漢bx"]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn the_terminal_shows_the_last_buffer(frames in prop::collection::vec(prop::collection::vec("[a-c漢字 ]{0,9}", 3), 1..5)) {
            let mut painter = Painter::new();
            let mut out = Vec::new();
            let mut last = Vec::new();
            for lines in &frames {
                let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
                let next = buffer(&lines, 20);
                painter.frame(&next, 0..3, None, &mut out);
                last = lines.iter().map(|line| line.trim_end().to_owned()).collect();
            }
            prop_assert_eq!(screen(&out, 3, 20), last);
        }
    }
}
