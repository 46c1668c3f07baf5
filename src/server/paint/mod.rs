//! From two buffers to the bytes that turn one screen into the other.
//!
//! Pure. Cells are placed by absolute columns wherever the outer terminal could count a width otherwise, so that one odd
//! emoji cannot shift the rest of a row.

mod joined;
mod pen;

use std::borrow::Cow;
use std::io::Write;
use std::ops::Range;

use ratatui::buffer::{Buffer, Cell, CellDiffOption};

use crate::server::paint::pen::{Pen, number, write_pen};
use crate::text;
use crate::ui::extras::{LINKED, LinkSpan, Links};

/// Where the outer cursor goes at the end of a frame: column, row and DECSCUSR shape; `None` hides it.
pub type OuterCursor = Option<(u16, u16, u8)>;

/// A frame of fewer bytes than this is written bare: terminals draw it in one go anyway.
const SMALL_FRAME: usize = 512;

/// What makes text of one cell an emoji of two columns where it stands alone.
const EMOJI_SELECTOR: char = '\u{fe0f}';

/// What a frame shows.
#[derive(Clone, Copy)]
pub struct Picture<'a> {
    /// The cells.
    pub cells: &'a Buffer,
    /// What of them is linked.
    pub links: &'a Links,
    /// The cursor.
    pub cursor: OuterCursor,
}

/// What a client's terminal is known to show, and how its pen and cursor stand.
#[derive(Debug)]
pub struct Painter {
    shown: Buffer,
    links: Links,
    is_known: bool,
    cursor: Option<OuterCursor>,
    cells: Vec<u8>,
}

impl Painter {
    /// A painter for a terminal of whose screen nothing is known.
    pub fn new() -> Self {
        Self {
            shown: Buffer::empty(ratatui::layout::Rect::ZERO),
            links: Links::default(),
            is_known: false,
            cursor: None,
            cells: Vec::new(),
        }
    }

    /// Forgets what the terminal shows: the next frame clears and draws everything.
    pub fn forget(&mut self) {
        self.is_known = false;
    }

    /// Appends the bytes that make the terminal show the rows of the picture (all of them, if nothing is known of it) and
    /// puts the cursor. Appends nothing where nothing differs.
    pub fn frame(&mut self, picture: Picture<'_>, rows: Range<u16>, out: &mut Vec<u8>) {
        let Picture { cells: next, links, cursor } = picture;
        self.cells.clear();
        let mut cells = std::mem::take(&mut self.cells);
        if !self.is_known || self.shown.area != next.area {
            cells.extend_from_slice(b"\x1b[m\x1b[2J");
            self.shown = Buffer::empty(next.area);
            self.links.clear();
            self.is_known = true;
            self.cursor = None;
            self.rows(next, links, 0..next.area.height, &mut cells);
        } else {
            let rows = rows.start.min(next.area.height)..rows.end.min(next.area.height);
            self.rows(next, links, rows, &mut cells);
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

    fn rows(&mut self, next: &Buffer, links: &Links, rows: Range<u16>, out: &mut Vec<u8>) {
        let width = usize::from(next.area.width);
        let mut pen = None;
        for y in rows {
            let at = usize::from(y) * width;
            let (Some(new), Some(old)) = (next.content.get(at..at + width), self.shown.content.get_mut(at..at + width))
            else {
                return;
            };
            if self.links.row(y) != links.row(y) {
                self.links.copy_row(links, y);
                old.iter_mut().filter(|cell| cell.modifier.contains(LINKED)).for_each(joined::forget);
                let linked = old.iter_mut().zip(new).filter(|(_, cell)| cell.modifier.contains(LINKED));
                linked.for_each(|(cell, _)| joined::forget(cell));
            }
            joined::forget_torn(new, old);
            let mut row = RowPainter { y, links: links.row(y), link: None, pen: &mut pen, out };
            row.paint(new, old);
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

/// Writes one row.
struct RowPainter<'a> {
    y: u16,
    links: &'a [LinkSpan],
    /// The link that what is written belongs to.
    link: Option<&'a LinkSpan>,
    pen: &'a mut Option<Pen>,
    out: &'a mut Vec<u8>,
}

impl RowPainter<'_> {
    /// Writes what differs and makes `old` equal to `new`.
    fn paint(&mut self, new: &[Cell], old: &mut [Cell]) {
        let mut x = 0;
        // The column at which the terminal's cursor is for certain, if it is in this row.
        let mut cursor = None;
        // Columns below this one were half of a wide character that was overwritten.
        let mut spoilt = 0;
        while x < new.len() {
            let plain = plain_byte(&new[x]);
            let sign = if plain.is_some() { None } else { joined::joined(new, x) };
            let width = match (plain, &sign) {
                (Some(_), _) => 1,
                (None, Some(columns)) => columns.len(),
                (None, None) => cell_width(&new[x]),
            }
            .clamp(1, new.len() - x);
            if x >= spoilt && is_shown(plain, &new[x..x + width], &old[x..x + width]) {
                x += width;
                continue;
            }
            for (column, before) in old.iter().enumerate().skip(x).take(width) {
                spoilt = spoilt.max(column + cell_width(before));
            }
            if cursor != Some(x) {
                move_to(column(x), self.y, self.out);
            }
            cursor = match (plain, sign) {
                (Some(byte), _) => {
                    self.take_pen(&new[x], column(x));
                    self.out.push(byte);
                    Some(x + 1)
                }
                (None, Some(_)) => {
                    self.write_sign(&new[x..x + width], column(x));
                    None
                }
                (None, None) => {
                    let symbol = shown_symbol(&new[x]);
                    self.take_pen(&new[x], column(x));
                    self.out.extend_from_slice(symbol.as_bytes());
                    is_certain(&symbol).then_some(x + width)
                }
            };
            old[x..x + width].clone_from_slice(&new[x..x + width]);
            x += width;
        }
        self.take_link(None);
    }

    /// Writes the cells of a sign that terminals may join, from the column where the cursor is.
    fn write_sign(&mut self, cells: &[Cell], x: u16) {
        let Some(first) = cells.first() else { return };
        self.take_pen(first, x);
        self.out.resize(self.out.len() + cells.len(), b' ');
        move_to(x, self.y, self.out);
        let mut at = 0;
        while let Some(cell) = cells.get(at) {
            self.out.extend_from_slice(cell.symbol().as_bytes());
            at += cell_width(cell);
        }
    }

    fn take_pen(&mut self, cell: &Cell, x: u16) {
        let wanted = Pen::of(cell);
        if *self.pen != Some(wanted) {
            write_pen(wanted, self.out);
            *self.pen = Some(wanted);
        }
        let is_linked = cell.modifier.contains(LINKED);
        self.take_link(self.links.iter().find(|span| is_linked && span.columns.contains(&x)));
    }
}

impl<'a> RowPainter<'a> {
    fn take_link(&mut self, link: Option<&'a LinkSpan>) {
        if self.link == link {
            return;
        }
        let _ = match link {
            Some(LinkSpan { name, uri, .. }) => write!(self.out, "\x1b]8;id={name};{uri}\x1b\\"),
            None => self.out.write_all(b"\x1b]8;;\x1b\\"),
        };
        self.link = link;
    }
}

/// The byte of a cell that is nothing but a printable ASCII character: most are.
fn plain_byte(cell: &Cell) -> Option<u8> {
    match *cell.symbol().as_bytes() {
        [byte @ b' '..=b'~'] if cell.diff_option == CellDiffOption::None => Some(byte),
        _ => None,
    }
}

/// Whether the terminal shows these cells; `plain` is what the first is, where it is just that.
fn is_shown(plain: Option<u8>, new: &[Cell], old: &[Cell]) -> bool {
    let is_other = |old: &Cell| matches!(*old.symbol().as_bytes(), [byte] if Some(byte) != plain);
    if plain.is_some() && old.first().is_some_and(is_other) {
        // Cells are costly to compare, and of most that changed this is what did.
        return false;
    }
    new == old
}

fn column(x: usize) -> u16 {
    u16::try_from(x).unwrap_or(u16::MAX)
}

/// Columns that a cell takes.
fn cell_width(cell: &Cell) -> usize {
    match cell.diff_option {
        CellDiffOption::ForcedWidth(width) => usize::from(width.get()),
        _ if cell.symbol().len() == 1 => 1,
        _ => text::width(cell.symbol()).max(1),
    }
}

/// What is written for a cell: what takes no more columns than the cell has.
fn shown_symbol(cell: &Cell) -> Cow<'_, str> {
    let symbol = cell.symbol();
    let CellDiffOption::ForcedWidth(width) = cell.diff_option else {
        return if symbol.is_empty() { " ".into() } else { symbol.into() };
    };
    let width = usize::from(width.get());
    if text::width(symbol) <= width {
        return symbol.into();
    }
    let text = symbol.replace(EMOJI_SELECTOR, "");
    if text::width(&text) <= width { text.into() } else { " ".into() }
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

    fn frame(painter: &mut Painter, cells: &Buffer, links: &Links, cursor: OuterCursor, out: &mut Vec<u8>) {
        painter.frame(Picture { cells, links, cursor }, 0..cells.area.height, out);
    }

    /// What the second picture costs after the first.
    fn difference(first: (&Buffer, &Links), second: (&Buffer, &Links)) -> String {
        let mut painter = Painter::new();
        let mut out = Vec::new();
        frame(&mut painter, first.0, first.1, None, &mut out);
        out.clear();
        frame(&mut painter, second.0, second.1, None, &mut out);
        String::from_utf8(out).expect("text")
    }

    fn linked(lines: &[&str], columns: Range<u16>, uri: &str) -> (Buffer, Links) {
        let mut buffer = buffer(lines, 20);
        for x in columns.clone() {
            buffer[(x, 0)].modifier.insert(LINKED);
        }
        let span = LinkSpan { columns, name: "1.1".into(), uri: uri.into() };
        (buffer, Links::of([(0, span)]))
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
        frame(&mut painter, &buffer(&["$ l"], 20), &Links::default(), Some((3, 0, 0)), &mut out);
        out.clear();
        frame(&mut painter, &buffer(&["$ ls"], 20), &Links::default(), Some((4, 0, 0)), &mut out);
        assert_eq!(String::from_utf8_lossy(&out), "\x1b[1;4H\x1b[0ms\x1b[1;5H");
    }

    #[test]
    fn nothing_is_written_where_nothing_differs() {
        let mut painter = Painter::new();
        let mut out = Vec::new();
        frame(&mut painter, &buffer(&["same"], 20), &Links::default(), None, &mut out);
        out.clear();
        frame(&mut painter, &buffer(&["same"], 20), &Links::default(), None, &mut out);
        assert!(out.is_empty());
    }

    #[test]
    fn half_a_wide_character_does_not_stay() {
        let mut painter = Painter::new();
        let mut out = Vec::new();
        frame(&mut painter, &buffer(&["漢字x"], 10), &Links::default(), None, &mut out);
        frame(&mut painter, &buffer(&["ab字x"], 10), &Links::default(), None, &mut out);
        frame(&mut painter, &buffer(&["a漢bx"], 10), &Links::default(), None, &mut out);
        assert_eq!(screen(&out, 1, 10), ["a漢bx"]);
    }

    #[test]
    fn a_link_is_opened_and_closed_around_its_cells() {
        let (plain, none) = (buffer(&["see here now"], 20), Links::default());
        let (cells, links) = linked(&["see here now"], 4..8, "http://x/1");
        assert_eq!(
            difference((&plain, &none), (&cells, &links)),
            "\x1b[1;5H\x1b[0m\x1b]8;id=1.1;http://x/1\x1b\\here\x1b]8;;\x1b\\"
        );
        // The same text with another target, and without one.
        let (other, target) = linked(&["see here now"], 4..8, "http://x/2");
        assert!(difference((&cells, &links), (&other, &target)).contains(";http://x/2\x1b\\here\x1b]8;;"));
        assert_eq!(difference((&cells, &links), (&plain, &none)), "\x1b[1;5H\x1b[0mhere");
        assert_eq!(difference((&cells, &links), (&cells, &links)), "");
    }

    /// Cells as the emulator counts them: one for each part of a sign.
    fn signs(parts: &[&str]) -> Buffer {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 1));
        let mut x = 0;
        for part in parts {
            buffer[(x, 0)].set_symbol(part);
            x += u16::try_from(text::width(part)).expect("short");
        }
        buffer
    }

    #[test]
    fn an_emoji_of_several_cells_is_written_at_once_onto_blanks() {
        let blank = signs(&[]);
        let none = Links::default();
        let cases: [(&[&str], &str); 4] = [
            (&["👩\u{200d}", "💻", "x"], "\x1b[1H\x1b[0m    \x1b[1H👩\u{200d}💻\x1b[1;5Hx"),
            (&["a", "👍", "🏽"], "\x1b[1H\x1b[0ma    \x1b[1;2H👍🏽"),
            (&["🇩", "🇪", "🇫", "🇷"], "\x1b[1H\x1b[0m  \x1b[1H🇩🇪\x1b[1;3H  \x1b[1;3H🇫🇷"),
            (&["👩", "💻"], "\x1b[1H\x1b[0m👩\x1b[1;3H💻"),
        ];
        for (parts, expected) in cases {
            assert_eq!(difference((&blank, &none), (&signs(parts), &none)), expected, "{parts:?}");
        }
    }

    #[test]
    fn what_is_left_of_a_joined_emoji_is_written_anew() {
        let none = Links::default();
        // A terminal that joined the two shows nothing in the columns of the second.
        let joined = signs(&["👩\u{200d}", "💻"]);
        assert_eq!(difference((&joined, &none), (&signs(&["ab", "💻"]), &none)).matches("💻").count(), 1);
        assert_eq!(difference((&joined, &none), (&signs(&["👩\u{200d}", "ab"]), &none)).matches("👩").count(), 1);
        assert_eq!(difference((&joined, &none), (&joined, &none)), "");
    }

    #[test]
    fn a_cell_never_takes_more_columns_than_it_has() {
        let one = std::num::NonZeroU16::new(1).expect("not zero");
        let mut cells = buffer(&["a|"], 20);
        cells[(0, 0)].set_symbol("\u{2764}\u{fe0f}").diff_option = CellDiffOption::ForcedWidth(one);
        let none = Links::default();
        let bytes = difference((&buffer(&[""], 20), &none), (&cells, &none));
        assert_eq!(bytes, "\x1b[1H\x1b[0m\u{2764}\x1b[1;2H|");
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
                frame(&mut painter, &next, &Links::default(), None, &mut out);
                last = lines.iter().map(|line| line.trim_end().to_owned()).collect();
            }
            prop_assert_eq!(screen(&out, 3, 20), last);
        }
    }
}
