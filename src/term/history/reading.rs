//! Reading a history: its blocks decoded, the last ones kept; lines as text, as stretches of one style, as cells.

use std::borrow::Cow;
use std::ops::{Range, RangeInclusive};
use std::sync::Arc;

use super::{History, Place};
use crate::term::plain::Plain;
use crate::term::style::Style;
use crate::term::{CellView, line, sgr};

/// Decoded blocks kept for reading: a view spans at most two.
const CACHED_BLOCKS: usize = 2;

/// A stretch of text of one style.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Span {
    /// The text.
    pub text: String,
    /// How it looks; its link is resolved by `Terminal::link`.
    pub style: Style,
}

/// A decoded block.
#[derive(Debug)]
pub(super) struct Decoded {
    /// The block's first line number, and its number of bytes (an open block grows).
    key: (u64, usize),
    text: String,
    /// Where each line starts.
    starts: Vec<u32>,
    first_link: u32,
}

impl Decoded {
    fn line(&self, n: usize) -> &str {
        let start = self.starts.get(n).map_or(self.text.len(), |&start| start as usize);
        let end = self.starts.get(n + 1).map_or(self.text.len(), |&end| end as usize);
        let line = self.text.get(start..end).unwrap_or("");
        line.strip_suffix('\n').unwrap_or(line)
    }
}

impl History {
    /// The block that holds a line, decoded, and the line's place in it.
    fn decoded(&self, index: usize) -> Option<(Arc<Decoded>, usize)> {
        if index >= self.n_lines() {
            return None;
        }
        Some(match self.place(index) {
            Place::Sealed(block, n) => {
                let key = (block.number(), block.raw_len());
                (self.cached(key, block.first_link(), || block.decode()), n)
            }
            Place::Open(n) => {
                let key = (self.open.number(), self.open.text().len());
                (self.cached(key, self.open.first_link(), || self.open.text().to_vec()), n)
            }
        })
    }

    /// Reads the block that holds a line, for what reads all of it: apart, so that it does not push the view out of the cache. Whether
    /// there is such a line.
    pub(in crate::term) fn read_plain(&self, number: u64, plain: &mut Plain) -> bool {
        if self.index_of(number).is_none() {
            return false;
        }
        match self.block_of(number) {
            Some(block) => plain.read_block(block.number(), |raw| block.decode_into(raw)),
            None => plain.read_block(self.open.number(), |raw| raw.extend_from_slice(self.open.text())),
        }
        true
    }

    /// Bytes of the blocks that have the lines, with their sequences: no less than the lines take as plain text.
    pub(in crate::term) fn raw_len(&self, lines: &RangeInclusive<u64>) -> usize {
        let from = self.blocks.partition_point(|block| block.number() <= *lines.start()).saturating_sub(1);
        let blocks = self.blocks.range(from..).take_while(|block| block.number() <= *lines.end());
        blocks.map(|block| block.raw_len()).sum::<usize>() + self.open.text().len()
    }

    fn cached(&self, key: (u64, usize), first_link: u32, text: impl FnOnce() -> Vec<u8>) -> Arc<Decoded> {
        let mut cache = self.cache.borrow_mut();
        if let Some(found) = cache.iter().find(|decoded| decoded.key == key) {
            return Arc::clone(found);
        }
        let bytes = text();
        // Blocks are UTF-8; this looks several times as fast as `str`'s own.
        let text = simdutf8::basic::from_utf8(&bytes)
            .map_or_else(|_| String::from_utf8_lossy(&bytes), Cow::Borrowed)
            .into_owned();
        let ends = memchr::memchr_iter(b'\n', text.as_bytes()).map(|end| end + 1).filter(|&end| end < text.len());
        let starts = std::iter::once(0).chain(ends).filter_map(|start| u32::try_from(start).ok()).collect();
        let decoded = Arc::new(Decoded { key, text, starts, first_link });
        // An older state of the same block is of no use any more.
        cache.retain(|other| other.key.0 != key.0);
        if cache.len() >= CACHED_BLOCKS {
            cache.remove(0);
        }
        cache.push(Arc::clone(&decoded));
        decoded
    }

    /// Calls `draw` for each column of the line at an index (0 = oldest), from left to right, as far as it has text.
    pub fn draw_line(&self, index: usize, draw: impl FnMut(u16, CellView<'_>)) {
        if let Some((block, n)) = self.decoded(index) {
            line::draw(block.line(n), block.first_link, draw);
        }
    }

    /// Reads the line at an index (0 = oldest) as it is kept: text with sequences in it (see `line`).
    pub(in crate::term) fn with_line<T>(&self, index: usize, read: impl FnOnce(&str) -> T) -> Option<T> {
        self.decoded(index).map(|(block, n)| read(block.line(n)))
    }

    /// The text of the line at an index (0 = oldest); empty if there is none.
    pub fn text(&self, index: usize) -> String {
        self.decoded(index).map(|(block, n)| line::text(block.line(n))).unwrap_or_default()
    }

    /// Calls `visit` with index and text of each line of a range, in order; the cheap way to search.
    pub fn for_each_text(&self, range: Range<usize>, mut visit: impl FnMut(usize, &str)) {
        for index in range.start..range.end.min(self.n_lines()) {
            visit(index, &self.text(index));
        }
    }

    /// The line at an index (0 = oldest), as stretches of one style; none if there is no such line.
    pub fn line(&self, index: usize) -> Vec<Span> {
        let mut spans: Vec<Span> = Vec::new();
        self.draw_line(index, |_, cell| match spans.last_mut() {
            Some(span) if span.style == cell.style => span.text.push_str(cell.text),
            _ => spans.push(Span { text: cell.text.to_owned(), style: cell.style }),
        });
        spans
    }

    /// The line at an index (0 = oldest) with SGR sequences.
    pub fn ansi(&self, index: usize) -> String {
        let mut out = Vec::new();
        let mut styled = false;
        for span in self.line(index) {
            if styled || span.style != Style::default() {
                sgr::write(&span.style, &mut out);
            }
            styled = span.style != Style::default();
            out.extend_from_slice(span.text.as_bytes());
        }
        if styled {
            out.extend_from_slice(b"\x1b[m");
        }
        String::from_utf8(out).unwrap_or_default()
    }

    /// The target of one of history's link ids.
    pub(in crate::term) fn link(&self, id: u32) -> Option<&str> {
        if id >= self.open.first_link() {
            return self.open.link(id);
        }
        let at = self.blocks.partition_point(|block| block.first_link() <= id);
        self.blocks.get(at.checked_sub(1)?)?.link(id)
    }
}
