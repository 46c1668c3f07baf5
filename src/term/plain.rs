//! Lines as plain text: a block of history is decoded once for all its lines.

use std::ops::RangeInclusive;

use super::lines::Document;

/// Lines without styles and without blanks at their ends.
#[derive(Default, Debug)]
pub struct Plain {
    /// A line feed after each.
    text: String,
    /// Where each line ends: at its line feed.
    ends: Vec<usize>,
}

impl Plain {
    /// With room for so many lines and bytes.
    pub fn with_capacity(n_lines: usize, n_bytes: usize) -> Self {
        Self { text: String::with_capacity(n_bytes), ends: Vec::with_capacity(n_lines) }
    }

    /// Goes on with the line under way.
    pub fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// The line under way is over.
    pub fn end_line(&mut self) {
        let start = self.start_of(self.ends.len());
        let line = &self.text.as_bytes()[start..];
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let n_blanks = line.iter().rev().take_while(|byte| **byte == b' ').count();
        self.text.truncate(start + line.len() - n_blanks);
        self.ends.push(self.text.len());
        self.text.push('\n');
    }

    /// All lines, a line feed after each.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The line at an index, or empty.
    pub fn line(&self, index: usize) -> &str {
        self.ends.get(index).and_then(|end| self.text.get(self.start_of(index)..*end)).unwrap_or("")
    }

    /// The index of the line that has the byte.
    pub fn line_of(&self, at: usize) -> usize {
        self.ends.partition_point(|end| *end < at)
    }

    fn start_of(&self, index: usize) -> usize {
        index.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |end| end + 1)
    }
}

/// Reads lines of a document as plain text.
pub struct PlainLines<'a> {
    document: Document<'a>,
    /// The number of the first line of the block at hand.
    first: u64,
    /// Lines of the block that count.
    n_lines: usize,
    block: Plain,
}

impl<'a> PlainLines<'a> {
    /// Nothing is read yet.
    pub fn new(document: Document<'a>) -> Self {
        Self { document, first: 0, n_lines: 0, block: Plain::default() }
    }

    /// The line's text; empty where there is no such line (any more).
    pub fn get(&mut self, number: u64) -> &str {
        match self.index_of(number).or_else(|| self.read(number)) {
            Some(index) => self.block.line(index),
            None => "",
        }
    }

    /// Appends the lines with a line feed each; where there is no such line (any more), an empty one.
    pub fn push_lines(&mut self, lines: RangeInclusive<u64>, out: &mut String) {
        let (mut number, last) = lines.into_inner();
        while number <= last {
            let Some(index) = self.index_of(number).or_else(|| self.read(number)) else {
                out.push('\n');
                number += 1;
                continue;
            };
            let n_more = usize::try_from(last - number).unwrap_or(usize::MAX);
            let end = index.saturating_add(n_more).saturating_add(1).min(self.n_lines);
            let bytes = self.block.start_of(index)..self.block.start_of(end);
            out.push_str(self.block.text.get(bytes).unwrap_or(""));
            number += (end - index) as u64;
        }
    }

    fn index_of(&self, number: u64) -> Option<usize> {
        usize::try_from(number.checked_sub(self.first)?).ok().filter(|index| *index < self.n_lines)
    }

    /// Takes the block that has the line.
    fn read(&mut self, number: u64) -> Option<usize> {
        let chunk = self.document.chunk(number)?;
        self.first = chunk.first();
        self.block = chunk.plain();
        // What left the screen since it was frozen is the frozen screen's business.
        let n_lines = usize::try_from(chunk.last() + 1 - self.first).unwrap_or(usize::MAX);
        self.n_lines = n_lines.min(self.block.ends.len());
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
        for range in [0..=0, 0..=2999, 17..=2222, 2990..=document.last() + 3] {
            let mut pushed = String::new();
            lines.push_lines(range.clone(), &mut pushed);
            let expected: String = range.map(|number| format!("{}\n", document.text(number).as_str())).collect();
            assert_eq!(pushed, expected);
        }
    }
    #[test]
    fn what_is_frozen_is_read_as_it_was_after_it_left_the_screen() {
        let mut terminal = Terminal::new(Size::new(30, 4), TerminalOptions::default());
        terminal.feed(b"one\r\ntwo\r\nthree\r\nfour\r\nfive");
        let frozen = terminal.freeze();
        terminal.feed(b"\x1b[Hchanged\x1b[4;1H\r\n6\r\n7\r\n8\r\n9");
        let document = Document::new(&terminal, &frozen);
        let mut text = String::new();
        PlainLines::new(document).push_lines(document.first()..=document.last(), &mut text);
        assert_eq!(text, "one\ntwo\nthree\nfour\nfive\n");
    }
}
