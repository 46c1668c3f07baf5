//! Lines as plain text: a block of history is decoded once for all its lines.

use std::ops::{Range, RangeInclusive};

use super::line;
use super::lines::Document;

/// A stretch of lines without styles and without blanks at their ends: a block of history, or the screen. What it takes is taken again
/// for the next one.
#[derive(Default, Debug)]
pub struct Plain {
    /// The number of the first line.
    first: u64,
    /// A line feed after each.
    text: String,
    /// Where each line ends: at its line feed.
    ends: Vec<usize>,
    /// The block as it is kept.
    raw: Vec<u8>,
}

impl Plain {
    /// Becomes a block of history, whose text goes into the vector: lines with sequences in them (see `line`).
    pub(super) fn read_block(&mut self, first: u64, decode: impl FnOnce(&mut Vec<u8>)) {
        let mut raw = std::mem::take(&mut self.raw);
        raw.clear();
        decode(&mut raw);
        self.restart(first);
        // Blocks are UTF-8; this looks several times as fast as `str`'s own.
        let text = simdutf8::basic::from_utf8(&raw).unwrap_or("");
        self.text.reserve(text.len() + 1);
        // Behind what is read already.
        let mut start = 0;
        for at in memchr::memchr2_iter(b'\n', b'\x1b', text.as_bytes()) {
            if at < start {
                continue;
            }
            self.text.push_str(&text[start..at]);
            let rest = &text.as_bytes()[at..];
            if rest[0] == b'\n' {
                self.end_line();
                start = at + 1;
            } else {
                start = at + line::sequence_len(rest);
            }
        }
        if !text.is_empty() && !text.ends_with('\n') {
            self.text.push_str(&text[start..]);
            self.end_line();
        }
        self.raw = raw;
    }

    /// Becomes these lines.
    pub(super) fn read_lines<'t>(&mut self, first: u64, lines: impl IntoIterator<Item = &'t str>) {
        self.restart(first);
        for line in lines {
            self.text.push_str(line);
            self.end_line();
        }
    }

    fn restart(&mut self, first: u64) {
        self.first = first;
        self.text.clear();
        self.ends.clear();
    }

    /// The line under way is over.
    fn end_line(&mut self) {
        let start = self.start_of(self.ends.len());
        let line = &self.text.as_bytes()[start..];
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let n_blanks = line.iter().rev().take_while(|byte| **byte == b' ').count();
        self.text.truncate(start + line.len() - n_blanks);
        self.ends.push(self.text.len());
        self.text.push('\n');
    }

    /// Forgets the lines from a number on.
    pub(super) fn cut_at(&mut self, number: u64) {
        self.ends.truncate(self.index(number));
        self.text.truncate(self.start_of(self.ends.len()));
    }

    /// The numbers of its lines.
    pub(super) fn lines(&self) -> Range<u64> {
        self.first..self.first + self.ends.len() as u64
    }

    /// The last line of those from this one on that have about so many bytes together; at least this one, which is there.
    pub(super) fn last_within(&self, from: u64, bytes: usize) -> u64 {
        let limit = self.start_of(self.index(from)).saturating_add(bytes);
        let n_lines = self.ends.partition_point(|end| *end < limit) as u64;
        (self.first + n_lines).saturating_sub(1).max(from)
    }

    /// The first line of those up to this one that have about so many bytes together; at least this one, which is there.
    pub(super) fn first_within(&self, to: u64, bytes: usize) -> u64 {
        let limit = self.start_of(self.index(to) + 1).saturating_sub(bytes);
        (self.first + self.ends.partition_point(|end| *end < limit) as u64).min(to)
    }

    /// The lines of those that are here, a line feed after each, and where they begin.
    pub(super) fn text_of(&self, lines: &RangeInclusive<u64>) -> (usize, &str) {
        let indices = self.index(*lines.start())..self.index(lines.end().saturating_add(1));
        (self.start_of(indices.start), self.slice(indices))
    }

    fn index(&self, number: u64) -> usize {
        usize::try_from(number.saturating_sub(self.first)).unwrap_or(usize::MAX)
    }

    /// The number of the line that has the byte.
    pub(super) fn line_of(&self, at: usize) -> u64 {
        self.first + self.ends.partition_point(|end| *end < at) as u64
    }

    fn start_of(&self, index: usize) -> usize {
        index.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |end| end + 1)
    }

    /// The lines of a range of indices, a line feed after each.
    fn slice(&self, indices: Range<usize>) -> &str {
        self.text.get(self.start_of(indices.start)..self.start_of(indices.end)).unwrap_or("")
    }
}

/// Reads lines of a document as plain text.
pub struct PlainLines<'a> {
    document: Document<'a>,
    /// The stretch at hand.
    plain: Plain,
}

impl<'a> PlainLines<'a> {
    /// Nothing is read yet.
    pub fn new(document: Document<'a>) -> Self {
        Self { document, plain: Plain::default() }
    }

    /// The line's text; empty where there is no such line (any more).
    pub fn get(&mut self, number: u64) -> &str {
        let Some(index) = self.index_of(number) else { return "" };
        let line = self.plain.slice(index..index + 1);
        line.strip_suffix('\n').unwrap_or(line)
    }

    /// Appends the lines with a line feed each; where there is no such line (any more), an empty one.
    pub fn push_lines(&mut self, lines: RangeInclusive<u64>, out: &mut String) {
        let (mut number, last) = lines.into_inner();
        while number <= last {
            let Some(index) = self.index_of(number) else {
                out.push('\n');
                number += 1;
                continue;
            };
            let n_lines = (last - number + 1).min(self.plain.lines().end - number);
            out.push_str(self.plain.slice(index..index + usize::try_from(n_lines).unwrap_or(0)));
            number += n_lines;
        }
    }

    /// Where the line is in the stretch at hand, which becomes the one that has it.
    fn index_of(&mut self, number: u64) -> Option<usize> {
        let has_it = self.plain.lines().contains(&number) || self.document.read_plain(number, &mut self.plain);
        has_it.then(|| self.plain.index(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Size;
    use crate::term::{Terminal, TerminalOptions};

    #[test]
    fn a_block_reads_as_its_lines_do_one_by_one() {
        let lines = [
            "plain",
            "",
            "\x1b[31mred\x1b[m and not  ",
            "\x1b]2\x07link\x1b]0\x07",
            "carriage return\r",
            "cut \x1b[31",
            "cut \x1b]2",
            "unknown \x1bX gone",
            "  ",
            "the last\x1b[1m",
        ];
        let text = lines.join("\n").into_bytes();
        let mut plain = Plain::default();
        for end in [lines.len(), lines.len() - 1] {
            let n_bytes = lines[..end].iter().map(|line| line.len() + 1).sum::<usize>().min(text.len());
            let expected: Vec<_> =
                lines[..end].iter().map(|line| line::text(line).trim_end_matches(' ').to_owned()).collect();
            plain.read_block(7, |raw| raw.extend_from_slice(&text[..n_bytes]));
            let last = 7 + end as u64 - 1;
            assert_eq!(plain.lines(), 7..last + 1);
            assert_eq!(plain.text_of(&(7..=last)), (0, (expected.join("\n") + "\n").as_str()));
            let (from, text) = plain.text_of(&(9..=10));
            assert_eq!(text, expected[2..4].join("\n") + "\n");
            assert_eq!(
                [from - 1, from, from + text.len() - 1, from + text.len()].map(|at| plain.line_of(at)),
                [8, 9, 10, 11]
            );
            for n_bytes in [0, 1, 10, 30, 1000] {
                let n_bytes_of = |lines: RangeInclusive<u64>| plain.text_of(&lines).1.len();
                let (forward, backward) = (9..=plain.last_within(9, n_bytes), plain.first_within(12, n_bytes)..=12);
                assert!(n_bytes_of(forward.clone()) <= n_bytes.max(n_bytes_of(9..=9)), "{n_bytes}: {forward:?}");
                assert!(
                    *forward.end() == last || n_bytes_of(9..=forward.end() + 1) > n_bytes,
                    "{n_bytes}: {forward:?}"
                );
                let further = backward.start() + 1..=12;
                assert!(further.is_empty() || n_bytes_of(further) <= n_bytes, "{n_bytes}: {backward:?}");
                assert!(*backward.start() == 7 || n_bytes_of(backward.clone()) >= n_bytes, "{n_bytes}: {backward:?}");
            }
        }
    }

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
