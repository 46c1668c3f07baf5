//! Blocks of history: the one under way, and full ones, which are compressed sooner or later.
//!
//! Pure. Text is UTF-8: lines end with `\n`, each starts in the default style; styles are SGR sequences, links are marks
//! (`ESC ] N BEL`: the block's Nth link from here on, 0 = none).

use std::borrow::Cow;
use std::ops::Range;

use super::super::sgr;
use super::super::style::Style;
use super::super::wire::{self, Reader, WireError};
use super::{BLOCK_BYTES, FIRST_LINK, MAX_BLOCK_LINKS};

/// Of the stored form.
const VERSION: u8 = 1;
/// The block was not full yet.
const OPEN: u8 = 1;
/// Its last line goes on.
const UNFINISHED: u8 = 2;
/// No block is larger: one line over the size of a block.
const MAX_RAW_BYTES: usize = 1 << 20;

/// A block in its stored form.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HistoryBlock {
    /// The number of its first line; names the block.
    pub first_line: u64,
    /// Lines in it.
    pub n_lines: usize,
    /// What `Terminal::load_history_block` takes.
    pub bytes: Vec<u8>,
}

/// Why a stored block was not taken.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// It was written by a later version.
    #[error("history block has version {0}, this program reads {VERSION}")]
    Version(u8),
    /// Its bytes are damaged.
    #[error("history block is damaged")]
    Damaged(#[from] WireError),
    /// Its text cannot be decompressed.
    #[error("history block does not decompress")]
    Compression(#[from] lz4_flex::block::DecompressError),
    /// It does not come after what is there.
    #[error("history block starts at line {first_line}, but line {next} comes next")]
    Order {
        /// The block's first line.
        first_line: u64,
        /// What the history expects at least.
        next: u64,
    },
}

/// A block that is full.
#[derive(Clone, Debug)]
pub(super) struct Block {
    number: u64,
    n_lines: usize,
    /// Lines in the blocks before it, counted from one that may be gone.
    n_before: usize,
    text: Text,
    first_link: u32,
    links: Box<[Box<str>]>,
}

/// A block's text.
#[derive(Clone, Debug)]
enum Text {
    /// As it came.
    Plain(Vec<u8>),
    /// Compressed, and its length before that.
    Packed(Box<[u8]>, usize),
}

impl Text {
    fn raw_len(&self) -> usize {
        match self {
            Self::Plain(text) => text.len(),
            Self::Packed(_, raw_len) => *raw_len,
        }
    }

    fn packed(&self) -> Cow<'_, [u8]> {
        match self {
            Self::Plain(text) => Cow::Owned(lz4_flex::block::compress(text)),
            Self::Packed(data, _) => Cow::Borrowed(data),
        }
    }
}

impl Block {
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    pub(super) fn n_lines(&self) -> usize {
        self.n_lines
    }

    /// Where its lines are among those of all blocks, counted from the same on as those of the block before it.
    pub(super) fn lines(&self) -> Range<usize> {
        self.n_before..self.n_before + self.n_lines
    }

    /// It stands behind another.
    pub(super) fn follow(&mut self, before: &Self) {
        self.n_before = before.lines().end;
    }

    pub(super) fn raw_len(&self) -> usize {
        self.text.raw_len()
    }

    /// Whether it takes as much room as its text.
    pub(super) fn is_plain(&self) -> bool {
        matches!(self.text, Text::Plain(_))
    }

    /// Compresses its text, if that was not done yet.
    pub(super) fn pack(&mut self) {
        if let Text::Plain(text) = &self.text {
            self.text = Text::Packed(lz4_flex::block::compress(text).into_boxed_slice(), text.len());
        }
    }

    pub(super) fn first_link(&self) -> u32 {
        self.first_link
    }

    pub(super) fn end_link(&self) -> u32 {
        self.first_link.saturating_add(u32::try_from(self.links.len()).unwrap_or(u32::MAX))
    }

    pub(super) fn link(&self, id: u32) -> Option<&str> {
        link_of(&self.links, self.first_link, id)
    }

    /// Bytes it takes: text, links, itself.
    pub(super) fn bytes(&self) -> usize {
        let text = match &self.text {
            Text::Plain(text) => text.capacity(),
            Text::Packed(data, _) => data.len(),
        };
        text + self.links.iter().map(|uri| uri.len() + size_of::<Box<str>>()).sum::<usize>() + size_of::<Self>()
    }

    pub(super) fn decode(&self) -> Vec<u8> {
        let mut text = Vec::new();
        self.decode_into(&mut text);
        text
    }

    /// Replaces the text by the block's.
    pub(super) fn decode_into(&self, text: &mut Vec<u8>) {
        match &self.text {
            Text::Plain(plain) => plain.clone_into(text),
            Text::Packed(data, raw_len) => {
                text.resize(*raw_len, 0);
                let n_bytes = lz4_flex::block::decompress_into(data, text).unwrap_or(0);
                text.truncate(n_bytes);
            }
        }
    }

    /// The block as one under way.
    pub(super) fn reopen(self) -> OpenBlock {
        let text = self.decode();
        OpenBlock {
            number: self.number,
            n_lines: self.n_lines,
            line_start: text.len(),
            text,
            written: Style::default(),
            first_link: self.first_link,
            links: self.links.into_vec(),
        }
    }

    pub(super) fn export(&self) -> HistoryBlock {
        let bytes = stored(0, self.number, self.n_lines, self.raw_len(), &self.links, &self.text.packed());
        HistoryBlock { first_line: self.number, n_lines: self.n_lines, bytes }
    }
}

fn link_of(links: &[Box<str>], first: u32, id: u32) -> Option<&str> {
    links.get(id.checked_sub(first)? as usize).map(AsRef::as_ref)
}

fn stored(flags: u8, number: u64, n_lines: usize, raw_len: usize, links: &[Box<str>], data: &[u8]) -> Vec<u8> {
    let mut out = vec![VERSION, flags];
    wire::put(number, &mut out);
    wire::put(n_lines as u64, &mut out);
    wire::put(raw_len as u64, &mut out);
    wire::put(links.len() as u64, &mut out);
    for uri in links {
        wire::put_bytes(uri.as_bytes(), &mut out);
    }
    wire::put_bytes(data, &mut out);
    out
}

/// Reads a stored block. `next` is the least number its first line may have; the block comes as an open one where it was.
pub(super) fn load(bytes: &[u8], next: u64, first_link: u32) -> Result<(Block, Option<OpenBlock>), HistoryError> {
    let mut reader = Reader::new(bytes);
    let version = reader.byte()?;
    if version != VERSION {
        return Err(HistoryError::Version(version));
    }
    let flags = reader.byte()?;
    let number: u64 = reader.number()?;
    let stored_lines: u64 = reader.number()?;
    let raw_len: usize = reader.number()?;
    let n_links: usize = reader.number()?;
    if raw_len > MAX_RAW_BYTES || n_links > MAX_BLOCK_LINKS || number > u64::MAX / 2 {
        return Err(reader.error().into());
    }
    if number < next {
        return Err(HistoryError::Order { first_line: number, next });
    }
    let mut links = Vec::new();
    for _ in 0..n_links {
        links.push(Box::from(reader.text()?));
    }
    let data = reader.bytes()?;
    let text = lz4_flex::block::decompress(data, raw_len)?;
    let unfinished = flags & UNFINISHED != 0;
    let n_lines = memchr::memchr_iter(b'\n', &text).count();
    if n_lines as u64 != stored_lines || std::str::from_utf8(&text).is_err() || text.is_empty() {
        return Err(reader.error().into());
    }
    let line_start = memchr::memrchr(b'\n', &text).map_or(0, |at| at + 1);
    if (line_start < text.len()) != unfinished {
        return Err(reader.error().into());
    }
    let block = Block {
        n_before: 0,
        number,
        n_lines,
        text: Text::Packed(data.into(), raw_len),
        first_link,
        links: links.clone().into_boxed_slice(),
    };
    let open = (flags & OPEN != 0 && text.len() < BLOCK_BYTES * 2).then(|| OpenBlock {
        number,
        n_lines,
        line_start,
        text,
        first_link,
        links,
        ..OpenBlock::default()
    });
    Ok((block, open))
}

/// The block under way.
#[derive(Clone, Debug)]
pub(super) struct OpenBlock {
    number: u64,
    /// Finished lines.
    n_lines: usize,
    text: Vec<u8>,
    /// Where the line under way starts.
    line_start: usize,
    /// The style that the line's text so far leaves in force (its link: the block's mark).
    written: Style,
    first_link: u32,
    links: Vec<Box<str>>,
}

impl Default for OpenBlock {
    fn default() -> Self {
        Self {
            number: 0,
            n_lines: 0,
            text: Vec::new(),
            line_start: 0,
            written: Style::default(),
            first_link: FIRST_LINK,
            links: Vec::new(),
        }
    }
}

impl OpenBlock {
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    pub(super) fn next_number(&self) -> u64 {
        self.number + self.n_lines as u64
    }

    pub(super) fn is_unfinished(&self) -> bool {
        self.line_start < self.text.len()
    }

    /// Lines that can be read: the one under way too.
    pub(super) fn n_readable(&self) -> usize {
        self.n_lines + usize::from(self.is_unfinished())
    }

    pub(super) fn line_bytes(&self) -> usize {
        self.text.len() - self.line_start
    }

    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    pub(super) fn first_link(&self) -> u32 {
        self.first_link
    }

    pub(super) fn link(&self, id: u32) -> Option<&str> {
        link_of(&self.links, self.first_link, id)
    }

    /// Makes what follows have the style; the target of its link comes along, because the screen's ids mean nothing here.
    pub(super) fn set_style(&mut self, style: &Style, link: Option<&str>) {
        let mark = link.map_or(0, |uri| self.mark_of(uri));
        let wanted = Style { link: mark, ..*style };
        if wanted == self.written {
            return;
        }
        if (Style { link: self.written.link, ..wanted }) != self.written {
            sgr::write(&wanted, &mut self.text);
        }
        if wanted.link != self.written.link {
            self.text.extend_from_slice(b"\x1b]");
            self.text.extend_from_slice(mark.to_string().as_bytes());
            self.text.push(0x07);
        }
        self.written = wanted;
    }

    /// The place of a link in the block, from 1; 0 if it has no more room.
    fn mark_of(&mut self, uri: &str) -> u32 {
        // The same link is most often the one used last.
        let at = self.links.iter().rposition(|known| &**known == uri).or_else(|| {
            (self.links.len() < MAX_BLOCK_LINKS).then(|| {
                self.links.push(uri.into());
                self.links.len() - 1
            })
        });
        at.and_then(|at| u32::try_from(at + 1).ok()).unwrap_or(0)
    }

    #[inline]
    pub(super) fn push_text(&mut self, text: &str) {
        match text.as_bytes() {
            // Most cells: a call of memcpy costs more than the byte.
            [byte] => self.text.push(*byte),
            bytes => self.text.extend_from_slice(bytes),
        }
    }

    pub(super) fn push_lines(&mut self, lines: &[u8]) {
        self.text.extend_from_slice(lines);
        self.n_lines += memchr::memchr_iter(b'\n', lines).count();
        self.line_start = self.text.len();
    }

    pub(super) fn end_line(&mut self) {
        self.text.push(b'\n');
        self.n_lines += 1;
        self.line_start = self.text.len();
        self.written = Style::default();
    }

    /// The row is over, the line is not. An empty line cannot go on.
    pub(super) fn continue_line(&mut self) {
        if !self.is_unfinished() {
            self.end_line();
        }
    }

    /// The block so far; this one starts anew after it. A line under way stays here.
    pub(super) fn seal(&mut self) -> Option<Block> {
        if self.n_lines == 0 {
            return None;
        }
        let mut next = Vec::with_capacity(BLOCK_BYTES + BLOCK_BYTES / 8);
        next.extend_from_slice(&self.text[self.line_start..]);
        self.text.truncate(self.line_start);
        let text = std::mem::replace(&mut self.text, next);
        let links: Box<[Box<str>]> = std::mem::take(&mut self.links).into_boxed_slice();
        let block = Block {
            n_before: 0,
            number: self.number,
            n_lines: self.n_lines,
            text: Text::Plain(text),
            first_link: self.first_link,
            links,
        };
        self.number = self.next_number();
        self.first_link = block.end_link();
        self.n_lines = 0;
        self.line_start = 0;
        Some(block)
    }

    /// Forgets the lines from a number on, which is not below the block's own.
    pub(super) fn cut_at(&mut self, number: u64) {
        let n_kept = usize::try_from(number.saturating_sub(self.number)).unwrap_or(usize::MAX).min(self.n_lines);
        let end = match n_kept.checked_sub(1) {
            Some(last) => memchr::memchr_iter(b'\n', &self.text).nth(last).map_or(self.text.len(), |at| at + 1),
            None => 0,
        };
        self.text.truncate(end);
        (self.n_lines, self.line_start, self.written) = (n_kept, end, Style::default());
    }

    /// Forgets its lines; the next one has the number.
    pub(super) fn restart_at(&mut self, number: u64) {
        self.forget();
        self.number = number;
    }

    /// Forgets its lines; numbers go on.
    pub(super) fn forget(&mut self) {
        self.number = self.next_number();
        self.first_link = self.first_link.saturating_add(u32::try_from(self.links.len()).unwrap_or(0));
        (self.n_lines, self.line_start, self.written) = (0, 0, Style::default());
        self.text = Vec::new();
        self.links.clear();
    }

    pub(super) fn start_at(&mut self, number: u64) {
        self.number = self.number.max(number);
    }

    /// The next line's number, of a block without lines.
    pub(super) fn renumber(&mut self, number: u64) {
        self.number = number;
    }

    pub(super) fn start_links_at(&mut self, id: u32) {
        self.first_link = id;
    }

    pub(super) fn export(&self) -> Option<HistoryBlock> {
        if self.text.is_empty() {
            return None;
        }
        let flags = OPEN | if self.is_unfinished() { UNFINISHED } else { 0 };
        let data = lz4_flex::block::compress(&self.text);
        let bytes = stored(flags, self.number, self.n_lines, self.text.len(), &self.links, &data);
        Some(HistoryBlock { first_line: self.number, n_lines: self.n_readable(), bytes })
    }
}
