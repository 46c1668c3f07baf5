//! A line of history: text with SGR sequences and link marks in it, and how it becomes cells again.
//!
//! Pure. The same rules for width and combining characters as vt100's, so that a line that never went through vt100 (see
//! `flood`) reads the same as one that did.

use unicode_width::UnicodeWidthStr;

use super::style::Style;
use super::{CellView, sgr};
use crate::text::char_width;

/// vt100's cells take no more characters once they hold this many bytes.
const FULL_CELL_BYTES: usize = 18;

/// What comes next in a line's bytes.
pub enum Piece<'a> {
    /// The style of what follows.
    Style,
    /// A character.
    Char(&'a str, char),
}

/// Walks over the characters of a line and keeps the style.
#[derive(Debug)]
pub struct Walk<'a> {
    rest: &'a str,
    /// The style in force.
    pub style: Style,
    /// Ids of the block's links, in the order of their marks.
    first_link: u32,
}

impl<'a> Walk<'a> {
    /// A walk over a line; `first_link` is the id of its block's first link.
    pub fn new(line: &'a str, first_link: u32) -> Self {
        Self { rest: line.strip_suffix('\r').unwrap_or(line), style: Style::default(), first_link }
    }

    /// Reads one escape sequence off the front; whatever it cannot read ends the line.
    fn escape(&mut self) {
        let body = &self.rest[1..];
        if let Some(parameters) = body.strip_prefix('[') {
            let (parameters, rest) = parameters.split_once('m').unwrap_or((parameters, ""));
            sgr::apply(parameters.as_bytes(), &mut self.style);
            self.rest = rest;
        } else if let Some(mark) = body.strip_prefix(']') {
            let (mark, rest) = mark.split_once('\x07').unwrap_or((mark, ""));
            // The mark is the link's place in the block, from 1; 0 ends the link.
            self.style.link = match mark.parse::<u32>() {
                Ok(n @ 1..) => self.first_link.wrapping_add(n - 1),
                _ => 0,
            };
            self.rest = rest;
        } else {
            self.rest = "";
        }
    }
}

impl<'a> Iterator for Walk<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        let c = self.rest.chars().next()?;
        if c == '\x1b' {
            self.escape();
            return Some(Piece::Style);
        }
        let (text, rest) = self.rest.split_at(c.len_utf8());
        self.rest = rest;
        Some(Piece::Char(text, c))
    }
}

/// Puts characters together to cells.
#[derive(Debug, Default)]
pub struct Cluster {
    text: String,
    /// Columns; 0 while there is no character.
    pub width: u8,
}

/// What a character did to the cell before it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Joined {
    /// It begins a cell of its own.
    No,
    /// It went into the cell (or nowhere).
    Yes,
    /// It went into the cell and made it wide (U+FE0F).
    Widened,
}

impl Cluster {
    /// Whether the character joins the cell, and if so puts it there.
    pub fn join(&mut self, c: char) -> Joined {
        if is_dropped(c) {
            return Joined::Yes;
        }
        if char_width(c) > 0 {
            return Joined::No;
        }
        if self.width == 0 || self.text.len() >= FULL_CELL_BYTES {
            return Joined::Yes;
        }
        self.text.push(c);
        if c == '\u{fe0f}' && self.width == 1 && self.text.width() > 1 {
            self.width = 2;
            return Joined::Widened;
        }
        Joined::Yes
    }

    /// Begins a cell; `c` has a width.
    pub fn begin(&mut self, c: char) {
        self.text.clear();
        self.text.push(c);
        // vt100 clamps the one character of width 3.
        self.width = if char_width(c) > 1 { 2 } else { 1 };
    }

    /// The cell's text.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// Characters that vt100 does not print: replacement character, C1 controls.
pub fn is_dropped(c: char) -> bool {
    c == '\u{fffd}' || c.is_control()
}

/// Calls `draw` for each column of the line.
pub fn draw(line: &str, first_link: u32, mut draw: impl FnMut(u16, CellView<'_>)) {
    let mut walk = Walk::new(line, first_link);
    let mut cell = Cluster::default();
    let mut style = Style::default();
    let mut col: u16 = 0;
    let mut put = |cell: &Cluster, style: Style| {
        if cell.width > 0 {
            draw(col, CellView { text: cell.text(), width: cell.width, style });
            if cell.width == 2 {
                draw(col.saturating_add(1), CellView { text: "", width: 0, style });
            }
            col = col.saturating_add(u16::from(cell.width));
        }
    };
    while let Some(piece) = walk.next() {
        if let Piece::Char(_, c) = piece
            && cell.join(c) == Joined::No
        {
            put(&cell, style);
            cell.begin(c);
            style = walk.style;
        }
    }
    put(&cell, style);
}

/// The line's text alone.
pub fn text(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    for piece in Walk::new(line, 0) {
        if let Piece::Char(text, c) = piece
            && !is_dropped(c)
        {
            out.push_str(text);
        }
    }
    out
}

/// Appends the line's text without its sequences; the fast way, which keeps what cells would drop.
pub fn strip(line: &str, out: &mut String) {
    let mut rest = line.strip_suffix('\r').unwrap_or(line);
    while let Some(at) = memchr::memchr(b'\x1b', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        rest = &rest[at + sequence_len(&rest.as_bytes()[at..])..];
    }
    out.push_str(rest);
}

/// Bytes of the sequence with which the text begins. Whatever is not a sequence of ours goes up to the end of its line, as in `Walk`.
pub fn sequence_len(text: &[u8]) -> usize {
    let end = match text.get(1) {
        // Sequences are short.
        Some(b'[') => text.iter().position(|byte| matches!(byte, b'm' | b'\n')),
        Some(b']') => memchr::memchr2(b'\x07', b'\n', text),
        _ => memchr::memchr(b'\n', text),
    };
    end.map_or(text.len(), |end| end + usize::from(text[end] != b'\n'))
}

#[cfg(test)]
mod tests {
    use super::super::style::Color;
    use super::*;

    fn cells(line: &str) -> Vec<(u16, String, u8, Color, u32)> {
        let mut out = Vec::new();
        draw(line, 100, |col, cell| out.push((col, cell.text.to_owned(), cell.width, cell.style.fg, cell.style.link)));
        out
    }

    #[test]
    fn a_line_becomes_cells_with_styles_and_links() {
        let red = Color::Indexed(1);
        let expected = [
            (0, "a", 1, Color::Default, 0),
            (1, "日", 2, red, 0),
            (2, "", 0, red, 0),
            (3, "e\u{301}", 1, red, 101),
            (4, "z", 1, Color::Default, 0),
        ]
        .map(|(col, text, width, fg, link)| (col, text.to_owned(), width, fg, link));
        assert_eq!(cells("a\x1b[31m日\x1b]2\x07e\u{301}\x1b]0\x07\x1b[mz\r"), expected);
        assert_eq!(text("a\x1b[31m日\x1b]2\x07e\u{301}\x1b]0\x07\x1b[mz\r"), "a日e\u{301}z");
    }

    #[test]
    fn an_emoji_selector_widens_and_a_lone_mark_is_dropped() {
        let widths: Vec<_> = cells("\u{301}❤\u{fe0f}x").into_iter().map(|(col, text, w, ..)| (col, text, w)).collect();
        assert_eq!(widths, [(0, "❤\u{fe0f}".into(), 2), (1, String::new(), 0), (2, "x".into(), 1)]);
    }
}
