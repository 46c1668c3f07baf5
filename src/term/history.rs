//! What left the screen at its top: lines with stable numbers, in blocks that are compressed.
//!
//! Owns the lines as text with SGR sequences in it (see `line`). A line here is what the program wrote as one line: rows that
//! the screen wrapped are joined again. Pure; persisting the blocks is the caller's.

mod block;

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use super::style::Style;
use super::{CellView, line, sgr};
use block::{Block, OpenBlock};
pub use block::{HistoryBlock, HistoryError};

/// A block is full when its text has this size: 64 KiB (terminal.md §2: 23 µs to decode, within 5 % of larger blocks).
const BLOCK_BYTES: usize = 64 << 10;
/// So much text in full blocks is not compressed at once. What a flood prints is most often gone again before anybody reads
/// it, and compressing it took a quarter of the server's time; what is left is compressed with the next export, that is
/// when it is stored. Chosen: the default number of lines with 200 characters each.
const MAX_PLAIN_BYTES: usize = 2 << 20;
/// A line is cut when it has this many bytes, so that columns fit 16 bits and blocks stay bounded. Chosen.
pub const MAX_LINE_BYTES: usize = 32 << 10;
/// Most links a block names; text under more is not linked. Chosen.
const MAX_BLOCK_LINKS: usize = 4096;
/// Decoded blocks kept for reading: a view spans at most two.
const CACHED_BLOCKS: usize = 2;
/// Link ids from here on are history's; below are the screen's.
pub const FIRST_LINK: u32 = 1 << 31;

/// What of a history was exported already; the default is nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct HistoryMark {
    /// Blocks from this line number on are to be exported (again).
    from: u64,
    /// The history's revision at that time.
    revision: u64,
    /// How often lines had been taken away.
    n_cuts: u32,
}

impl HistoryMark {
    /// The mark for another history that took over all blocks of this one.
    pub fn carried_over(self, history: &History) -> Self {
        let n_cuts = if self.n_cuts == history.n_cuts { 0 } else { u32::MAX };
        Self { from: self.from, revision: u64::MAX, n_cuts }
    }
}

/// Blocks to store; see `Terminal::take_history_blocks`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HistoryExport {
    /// New or changed blocks, oldest first; each replaces the stored one of the same `first_line`.
    pub blocks: Vec<HistoryBlock>,
    /// Lines were taken away since: the blocks are all there is, and what is stored goes.
    pub replaces: bool,
    /// Stored blocks whose lines all lie below this number are gone and can be deleted.
    pub oldest: u64,
    /// What to pass next time.
    pub mark: HistoryMark,
}

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
struct Decoded {
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

/// Lines that left the screen, oldest first.
#[derive(Debug)]
pub struct History {
    blocks: VecDeque<Block>,
    open: OpenBlock,
    /// Lines in `blocks`.
    n_sealed: usize,
    /// Bytes in `blocks`.
    sealed_bytes: usize,
    /// Those of them in blocks that are not compressed yet.
    plain_bytes: usize,
    max_lines: usize,
    max_bytes: usize,
    /// Changes with every change.
    revision: u64,
    /// How often lines were taken away that had been there for good.
    n_cuts: u32,
    /// The mark of what was loaded.
    loaded: HistoryMark,
    cache: RefCell<Vec<Arc<Decoded>>>,
}

impl History {
    pub(super) fn new(max_lines: usize, max_bytes: usize) -> Self {
        Self {
            blocks: VecDeque::new(),
            open: OpenBlock::default(),
            n_sealed: 0,
            sealed_bytes: 0,
            plain_bytes: 0,
            max_lines,
            max_bytes,
            revision: 0,
            n_cuts: 0,
            loaded: HistoryMark::default(),
            cache: RefCell::default(),
        }
    }

    /// Lines that can be read; at most the option's `history_lines`.
    pub fn n_lines(&self) -> usize {
        (self.n_sealed + self.open.n_readable()).min(self.max_lines)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.n_lines() == 0
    }

    /// The number of the oldest line that can be read: lines keep their number for the session's life.
    pub fn first_line_number(&self) -> u64 {
        self.line_number(0)
    }

    /// The number that the next line to leave the screen will have; where `continues_on_screen`, the number of the last line.
    pub fn next_line_number(&self) -> u64 {
        self.open.next_number()
    }

    /// Whether the last line goes on in the screen's first row (the screen wrapped it).
    pub fn continues_on_screen(&self) -> bool {
        self.open.is_unfinished()
    }

    /// The number of the line at an index (0 = oldest).
    pub fn line_number(&self, index: usize) -> u64 {
        let mut n = index + self.hidden();
        for block in &self.blocks {
            if n < block.n_lines() {
                return block.number() + n as u64;
            }
            n -= block.n_lines();
        }
        self.open.number() + n as u64
    }

    /// The index of the line with a number; `None` if it is not there (any more).
    pub fn index_of(&self, number: u64) -> Option<usize> {
        let mut before = 0;
        for (start, n) in
            self.blocks.iter().map(|b| (b.number(), b.n_lines())).chain([(self.open.number(), self.open.n_readable())])
        {
            if let Some(at) = number.checked_sub(start)
                && at < n as u64
            {
                return (before + usize::try_from(at).ok()?).checked_sub(self.hidden());
            }
            before += n;
        }
        None
    }

    /// Kept lines over the limit: whole blocks are dropped, so the oldest may still hold some.
    fn hidden(&self) -> usize {
        (self.n_sealed + self.open.n_readable()).saturating_sub(self.max_lines)
    }

    /// Bytes held, most of them compressed, and those of the block under way.
    pub fn bytes(&self) -> usize {
        self.sealed_bytes + self.open.text().len()
    }

    /// The block that holds a line, decoded, and the line's place in it.
    fn decoded(&self, index: usize) -> Option<(Arc<Decoded>, usize)> {
        if index >= self.n_lines() {
            return None;
        }
        let mut n = index + self.hidden();
        for block in &self.blocks {
            if n < block.n_lines() {
                let key = (block.number(), block.raw_len());
                return Some((self.cached(key, block.first_link(), || block.decode()), n));
            }
            n -= block.n_lines();
        }
        let key = (self.open.number(), self.open.text().len());
        Some((self.cached(key, self.open.first_link(), || self.open.text().to_vec()), n))
    }

    /// The block that holds a line, for searching: decoded apart, so that a search does not push the view out of the cache.
    pub(super) fn chunk(&self, number: u64) -> Option<Chunk> {
        self.index_of(number)?;
        let found = self.blocks.iter().find(|b| (b.number()..b.number() + b.n_lines() as u64).contains(&number));
        let (first, n_lines, text) = match found {
            Some(block) => (block.number(), block.n_lines(), block.decode()),
            None => (self.open.number(), self.open.n_readable(), self.open.text().to_vec()),
        };
        Some(Chunk { first, n_lines, text })
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
    pub(super) fn with_line<T>(&self, index: usize, read: impl FnOnce(&str) -> T) -> Option<T> {
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
    pub(super) fn link(&self, id: u32) -> Option<&str> {
        if id >= self.open.first_link() {
            return self.open.link(id);
        }
        let at = self.blocks.partition_point(|block| block.first_link() <= id);
        self.blocks.get(at.checked_sub(1)?)?.link(id)
    }

    /// Appends text in a style to the line under way.
    pub(super) fn push_text(&mut self, text: &str, style: &Style, link: Option<&str>) {
        self.open.set_style(style, link);
        self.open.push_text(text);
    }

    /// Appends text in the style of what came before it.
    #[inline]
    pub(super) fn push_more(&mut self, text: &str) {
        self.open.push_text(text);
    }

    /// Ends the line, unless it goes on in the next row.
    pub(super) fn end_row(&mut self, end: RowEnd) {
        self.revision += 1;
        if end == RowEnd::Line || self.open.line_bytes() >= MAX_LINE_BYTES {
            self.open.end_line();
            self.seal_if_full();
        } else {
            self.open.continue_line();
        }
    }

    /// Appends finished lines as they came from the program; each starts in the default style and ends with `\n` or `\r\n`.
    pub(super) fn push_lines(&mut self, lines: &[u8]) {
        self.revision += 1;
        let mut rest = lines;
        while !rest.is_empty() {
            let room = BLOCK_BYTES.saturating_sub(self.open.text().len()).max(1);
            let from = room.min(rest.len()) - 1;
            let end = memchr::memchr(b'\n', &rest[from..]).map_or(rest.len(), |at| from + at + 1);
            self.open.push_lines(&rest[..end]);
            rest = &rest[end..];
            self.seal_if_full();
        }
    }

    fn seal_if_full(&mut self) {
        if self.open.text().len() >= BLOCK_BYTES {
            self.seal();
        }
    }

    fn seal(&mut self) {
        if let Some(block) = self.open.seal() {
            self.add(block);
        }
    }

    fn add(&mut self, block: Block) {
        self.n_sealed += block.n_lines();
        self.sealed_bytes += block.bytes();
        self.plain_bytes += if block.is_plain() { block.bytes() } else { 0 };
        self.blocks.push_back(block);
        self.evict();
        self.pack(MAX_PLAIN_BYTES);
    }

    /// Compresses blocks, oldest first, until at most so many bytes are left that are not.
    pub(super) fn pack(&mut self, max_plain_bytes: usize) {
        if self.plain_bytes <= max_plain_bytes {
            return;
        }
        for block in self.blocks.iter_mut().filter(|block| block.is_plain()) {
            if self.plain_bytes <= max_plain_bytes {
                break;
            }
            let before = block.bytes();
            block.pack();
            self.plain_bytes -= before;
            self.sealed_bytes = self.sealed_bytes + block.bytes() - before;
        }
    }

    /// Takes a block out of the numbers.
    fn discount(&mut self, block: &Block) {
        self.n_sealed -= block.n_lines();
        self.sealed_bytes -= block.bytes();
        self.plain_bytes -= if block.is_plain() { block.bytes() } else { 0 };
    }

    /// Keeps at most so much from now on.
    pub(super) fn limit(&mut self, max_lines: usize, max_bytes: usize) {
        (self.max_lines, self.max_bytes) = (max_lines, max_bytes);
        self.evict();
        self.revision += 1;
    }

    /// Drops the oldest blocks without which enough is kept.
    fn evict(&mut self) {
        if self.sealed_bytes > self.max_bytes {
            self.pack(0);
        }
        while let Some(oldest) = self.blocks.front() {
            let too_many = self.n_sealed - oldest.n_lines() >= self.max_lines;
            if !too_many && self.sealed_bytes <= self.max_bytes {
                break;
            }
            if let Some(oldest) = self.blocks.pop_front() {
                self.discount(&oldest);
            }
        }
    }

    /// Forgets every line; numbers go on.
    pub(super) fn clear(&mut self) {
        self.n_cuts += 1;
        self.blocks.clear();
        self.n_sealed = 0;
        self.sealed_bytes = 0;
        self.plain_bytes = 0;
        self.open.forget();
        self.revision += 1;
        self.cache.borrow_mut().clear();
    }

    /// Forgets the lines from a number on: they will be printed again.
    pub(super) fn cut_at(&mut self, number: u64) {
        if self.open.number() + self.open.n_readable() as u64 <= number {
            return;
        }
        self.n_cuts += 1;
        self.revision += 1;
        self.cache.borrow_mut().clear();
        while self.open.number() > number {
            let Some(last) = self.blocks.pop_back() else { return self.open.restart_at(number) };
            self.discount(&last);
            self.open = last.reopen();
        }
        self.open.cut_at(number);
    }

    /// The number of the first line to come, for a history without lines.
    pub(super) fn start_at(&mut self, number: u64) {
        self.open.start_at(number);
    }

    /// The mark of an export made now; after loading stored blocks it keeps them from being exported again.
    pub fn mark(&self) -> HistoryMark {
        HistoryMark { from: self.open.number(), revision: self.revision, n_cuts: self.n_cuts }
    }

    /// The mark of what was loaded last: what came or went since is not stored.
    pub fn loaded_mark(&self) -> HistoryMark {
        self.loaded
    }

    pub(super) fn export(&mut self, since: HistoryMark) -> HistoryExport {
        self.pack(0);
        let oldest = self.blocks.front().map_or(self.open.number(), Block::number);
        let mark = self.mark();
        let mut blocks = Vec::new();
        let replaces = since.n_cuts != self.n_cuts;
        if since.revision != self.revision || since == HistoryMark::default() {
            let sealed = self.blocks.iter().filter(|block| replaces || block.number() >= since.from);
            blocks.extend(sealed.map(Block::export).chain(self.open.export()));
        }
        HistoryExport { blocks, replaces, oldest, mark }
    }

    pub(super) fn load(&mut self, bytes: &[u8]) -> Result<(), HistoryError> {
        if self.open.is_unfinished() {
            self.open.end_line();
        }
        let is_empty = self.open.n_readable() == 0 && self.blocks.is_empty();
        let next = if is_empty { 0 } else { self.open.next_number() };
        self.seal();
        let first_link = self.open.first_link();
        let (block, open) = block::load(bytes, next, first_link)?;
        self.revision += 1;
        let end = block.number() + block.n_lines() as u64;
        if is_empty {
            // A snapshot's line numbers give way to those of the lines that are there.
            self.open.renumber(end);
        } else {
            self.open.start_at(end);
        }
        self.open.start_links_at(block.end_link());
        match open {
            Some(open) => self.open = open,
            None => self.add(block),
        }
        self.loaded = self.mark();
        Ok(())
    }
}

/// A decoded block.
#[derive(Debug)]
pub(super) struct Chunk {
    first: u64,
    n_lines: usize,
    text: Vec<u8>,
}

impl Chunk {
    /// The number of its first line.
    pub(super) fn first(&self) -> u64 {
        self.first
    }

    /// The number of its last line.
    pub(super) fn last(&self) -> u64 {
        self.first + (self.n_lines as u64).saturating_sub(1)
    }

    /// Its lines with a line feed each, without styles, marks and blanks at their ends.
    pub(super) fn plain(&self) -> String {
        let Ok(text) = simdutf8::basic::from_utf8(&self.text) else { return String::new() };
        let bytes = &self.text;
        let is_plain =
            memchr::memchr2(b'\x1b', b'\r', bytes).is_none() && memchr::memmem::find(bytes, b" \n").is_none();
        if is_plain {
            return text.to_owned();
        }
        let mut plain = String::with_capacity(text.len());
        let mut start = 0;
        for end in memchr::memchr_iter(b'\n', bytes).chain([bytes.len()]) {
            if start >= bytes.len() {
                break;
            }
            line::strip(text.get(start..end).unwrap_or(""), &mut plain);
            plain.truncate(plain.trim_end_matches(' ').len());
            plain.push('\n');
            start = end + 1;
        }
        plain
    }
}

/// What follows a row that left the screen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum RowEnd {
    /// Another line.
    Line,
    /// The rest of the line: the screen wrapped it.
    Wrapped,
}

#[cfg(test)]
mod tests;
