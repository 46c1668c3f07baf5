//! Lines of a document as plain text, one after the other: a block of history is decoded once for all its lines.

use super::lines::Document;

/// Reads lines of a document as plain text: without styles, without blanks at their ends.
pub struct PlainLines<'a> {
    document: Document<'a>,
    /// The number of the first line of the block at hand.
    first: u64,
    /// Its lines with a line feed each.
    text: String,
    /// Where each line ends: at its line feed.
    ends: Vec<usize>,
}

impl<'a> PlainLines<'a> {
    /// Nothing is read yet.
    pub fn new(document: Document<'a>) -> Self {
        Self { document, first: 0, text: String::new(), ends: Vec::new() }
    }

    /// The line's text; empty where there is no such line (any more).
    pub fn get(&mut self, number: u64) -> &str {
        let index = match self.index_of(number) {
            Some(index) => Some(index),
            None => self.read(number),
        };
        let Some(index) = index else { return "" };
        let start = index.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |end| end + 1);
        self.ends.get(index).and_then(|end| self.text.get(start..*end)).unwrap_or("")
    }

    fn index_of(&self, number: u64) -> Option<usize> {
        usize::try_from(number.checked_sub(self.first)?).ok().filter(|index| *index < self.ends.len())
    }

    /// Takes the block that has the line.
    fn read(&mut self, number: u64) -> Option<usize> {
        let chunk = self.document.chunk(number)?;
        self.first = chunk.first();
        self.text = chunk.plain();
        self.ends.clear();
        self.ends.extend(memchr::memchr_iter(b'\n', self.text.as_bytes()));
        self.index_of(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Size;
    use crate::term::{Terminal, TerminalOptions};

    #[test]
    fn lines_are_the_same_as_cell_by_cell() {
        let mut terminal = Terminal::new(Size::new(30, 4), TerminalOptions::default());
        for line in 0..3000 {
            let text = ["", "plain", "\x1b[31mred\x1b[m  ", "漢字 and a line that is longer than the screen"][line % 4];
            terminal.feed(
                format!("{text} {}\r\n", if line % 4 == 0 { String::new() } else { line.to_string() }).as_bytes(),
            );
        }
        terminal.feed(b"the last");
        let frozen = terminal.freeze();
        let document = Document::new(&terminal, &frozen);
        let mut lines = PlainLines::new(document);
        for number in
            (document.first()..=document.last() + 1).chain((document.first()..=document.last()).rev().step_by(7))
        {
            assert_eq!(lines.get(number), document.text(number).as_str(), "line {number}");
        }
    }
}
