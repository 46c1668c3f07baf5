//! What left the screen at its top: lines with stable numbers, in blocks that are compressed.
//!
//! Owns the lines as text with SGR sequences in it (see `line`). A line here is what the program wrote as one line: rows that
//! the screen wrapped are joined again. Pure; persisting the blocks is the caller's.

mod block;
mod reading;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::Arc;

use super::style::Style;
use block::{Block, OpenBlock};
pub use block::{HistoryBlock, HistoryError};
use reading::Decoded;
pub use reading::Span;

/// A block is full when its text has this size: 64 KiB (terminal.md §2: 23 µs to decode, within 5 % of larger blocks).
const BLOCK_BYTES: usize = 64 << 10;
/// So much text in full blocks is not compressed at once. What a flood prints is most often gone again before anybody reads
/// it, and compressing it took a quarter of the server's time; what is left is compressed with the next export, that is
/// when it is stored. Chosen: the default number of lines with 400 bytes each, 200 columns in many colours.
const MAX_PLAIN_BYTES: usize = 4 << 20;
/// A line is cut when it has this many bytes, so that columns fit 16 bits and blocks stay bounded. Chosen.
pub const MAX_LINE_BYTES: usize = 32 << 10;
/// Most links a block names; text under more is not linked. Chosen.
const MAX_BLOCK_LINKS: usize = 4096;
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

/// Where a line is.
enum Place<'a> {
    /// In a full block, so many lines behind its first.
    Sealed(&'a Block, usize),
    /// In the block under way.
    Open(usize),
}

/// Lines that left the screen, oldest first. A clone holds the full blocks together with the other.
#[derive(Clone, Debug)]
pub struct History {
    blocks: VecDeque<Arc<Block>>,
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
        match self.place(index) {
            Place::Sealed(block, n) => block.number() + n as u64,
            Place::Open(n) => self.open.number() + n as u64,
        }
    }

    /// The index of the line with a number; `None` if it is not there (any more).
    pub fn index_of(&self, number: u64) -> Option<usize> {
        let before = match self.block_of(number) {
            Some(block) => block.lines().start - self.n_gone() + usize::try_from(number - block.number()).ok()?,
            None => {
                let at = usize::try_from(number.checked_sub(self.open.number())?).ok()?;
                (at < self.open.n_readable()).then_some(self.n_sealed + at)?
            }
        };
        before.checked_sub(self.hidden())
    }

    /// The full block that has the line with a number.
    fn block_of(&self, number: u64) -> Option<&Block> {
        let at = self.blocks.partition_point(|block| block.number() <= number);
        let block = self.blocks.get(at.checked_sub(1)?)?;
        (number - block.number() < block.n_lines() as u64).then_some(block)
    }

    /// Where the line at an index (0 = oldest) is.
    fn place(&self, index: usize) -> Place<'_> {
        let n = index + self.hidden();
        if n >= self.n_sealed {
            return Place::Open(n - self.n_sealed);
        }
        let n = n + self.n_gone();
        let at = self.blocks.partition_point(|block| block.lines().end <= n);
        self.blocks.get(at).map_or(Place::Open(0), |block| Place::Sealed(block, n - block.lines().start))
    }

    /// What the oldest block's lines are counted from.
    fn n_gone(&self) -> usize {
        self.blocks.front().map_or(0, |block| block.lines().start)
    }

    /// Kept lines over the limit: whole blocks are dropped, so the oldest may still hold some.
    fn hidden(&self) -> usize {
        (self.n_sealed + self.open.n_readable()).saturating_sub(self.max_lines)
    }

    /// Bytes held, most of them compressed, and those of the block under way.
    pub fn bytes(&self) -> usize {
        self.sealed_bytes + self.open.text().len()
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

    fn add(&mut self, mut block: Block) {
        if let Some(last) = self.blocks.back() {
            block.follow(last);
        }
        self.n_sealed += block.n_lines();
        self.sealed_bytes += block.bytes();
        self.plain_bytes += if block.is_plain() { block.bytes() } else { 0 };
        self.blocks.push_back(Arc::new(block));
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
            Arc::make_mut(block).pack();
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
            self.open = Arc::unwrap_or_clone(last).reopen();
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
        let oldest = self.blocks.front().map_or(self.open.number(), |block| block.number());
        let mark = self.mark();
        let mut blocks = Vec::new();
        let replaces = since.n_cuts != self.n_cuts;
        if since.revision != self.revision || since == HistoryMark::default() {
            let sealed = self.blocks.iter().filter(|block| replaces || block.number() >= since.from);
            blocks.extend(sealed.map(|block| block.export()).chain(self.open.export()));
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
