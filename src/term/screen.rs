//! One screen: a vt100 grid, what is on its way there, and what vt100 does not keep for us.
//!
//! Owns the only calls into vt100's parser. A panic of vt100 is caught here and counted; it costs at most what was on its way.
//! The main and the alternate screen are two vt100s, so that both can be read at any time.

use std::num::NonZeroU16;
use std::panic::{AssertUnwindSafe, catch_unwind};

use unicode_width::UnicodeWidthStr;

use super::charset::Charsets;
use super::pen::{self, Look, Native};
use super::scanner::whole_characters;
use super::sgr::write_number;
use super::sink::{Archive, Sink};
use super::style::{Attributes, Style};
use super::{CellView, modes::KittyStack};
use crate::geometry::Size;

/// What is on its way to vt100 is handed over at this size; larger text goes straight there.
const FLUSH_BYTES: usize = 16 << 10;
/// vt100 is not safe below this (terminal.md §5).
const LEAST: Size = Size::new(3, 2);
/// A greater screen shows blanks beyond: 4096x1024 are 128 MiB of cells.
const MOST: Size = Size::new(4096, 1024);

/// U+FE0F.
const EMOJI_SELECTOR: &[u8] = b"\xef\xb8\x8f";

/// A place on the screen. The column may be the screen's width: a character in the last column was the last thing printed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Position {
    /// From 0.
    pub row: u16,
    /// From 0 to the width.
    pub col: u16,
}

/// What DECSC keeps.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct SavedCursor {
    /// Where.
    pub position: Position,
    /// The pen.
    pub style: Style,
    /// Character sets.
    pub charsets: Charsets,
    /// DECOM.
    pub origin: bool,
}

/// A scroll region: rows and columns from 0, both ends included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Region {
    /// Its first row.
    pub top: u16,
    /// Its last row.
    pub bottom: u16,
    /// Its first column (DECSLRM). vt100 knows nothing of columns: `margins` does what they need.
    pub left: u16,
    /// Its last column.
    pub right: u16,
}

impl Region {
    /// The whole of a grid.
    pub fn whole(size: Size) -> Self {
        Self { top: 0, bottom: size.rows() - 1, left: 0, right: size.cols() - 1 }
    }
}

/// One screen.
pub struct Screen {
    parser: vt100::Parser<Sink>,
    out: Vec<u8>,
    /// What vt100's pen holds once `out` is through; `None` if that is not known.
    sent: Option<Look>,
    size: Size,
    /// DECSTBM and DECSLRM.
    pub region: Region,
    /// The cursor is in this place because a character was printed there, in the right margin: the next one wraps.
    pub wrap_pending_at: Option<Position>,
    /// DECOM.
    pub origin: bool,
    /// DECSC.
    pub saved: SavedCursor,
    /// The kitty keyboard protocol's stack.
    pub kitty: KittyStack,
    n_panics: u32,
    /// vt100 panicked since the screen was last made anew.
    pub damaged: bool,
}

impl std::fmt::Debug for Screen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Screen").field("size", &self.size).field("cursor", &self.position()).finish_non_exhaustive()
    }
}

/// The grid's size for a terminal of this size.
pub fn grid_size(size: Size) -> Size {
    Size::new(size.cols().clamp(LEAST.cols(), MOST.cols()), size.rows().clamp(LEAST.rows(), MOST.rows()))
}

fn non_zero(n: u16) -> NonZeroU16 {
    NonZeroU16::new(n).unwrap_or(NonZeroU16::MIN)
}

impl Screen {
    /// A blank screen for a terminal of this size.
    pub fn new(size: Size, archive: Option<Box<Archive>>) -> Self {
        let size = grid_size(size);
        let sink = Sink { archive, ..Sink::default() };
        Self {
            parser: vt100::Parser::new_with_callbacks(non_zero(size.rows()), non_zero(size.cols()), 0, sink),
            out: Vec::new(),
            sent: Some(Look::Text(Style::default())),
            size,
            region: Region::whole(size),
            wrap_pending_at: None,
            origin: false,
            saved: SavedCursor::default(),
            kitty: KittyStack::default(),
            n_panics: 0,
            damaged: false,
        }
    }

    /// Takes over what is not on the grid from the screen that this one replaces: saved cursor, kitty stack, counts.
    pub fn take_over(&mut self, old: &Self) {
        self.saved = old.saved;
        self.saved.position.row = self.saved.position.row.min(self.rows() - 1);
        self.saved.position.col = self.saved.position.col.min(self.cols());
        self.kitty = old.kitty.clone();
        self.count(old.sink().n_scrolled, old.sink().n_bells, old.n_panics);
    }

    /// Adds what another screen has counted.
    pub fn count(&mut self, n_scrolled: u64, n_bells: u32, n_panics: u32) {
        self.n_panics = self.n_panics.saturating_add(n_panics);
        let sink = self.sink_mut();
        sink.n_scrolled += n_scrolled;
        sink.n_bells = sink.n_bells.saturating_add(n_bells);
    }

    /// Columns of the grid.
    pub fn cols(&self) -> u16 {
        self.size.cols()
    }

    /// Rows of the grid.
    pub fn rows(&self) -> u16 {
        self.size.rows()
    }

    /// The grid's size.
    pub fn size(&self) -> Size {
        self.size
    }

    /// The sink.
    pub fn sink(&self) -> &Sink {
        self.parser.callbacks()
    }

    /// The sink.
    pub fn sink_mut(&mut self) -> &mut Sink {
        self.parser.callbacks_mut()
    }

    /// Panics caught so far.
    pub fn n_panics(&self) -> u32 {
        self.n_panics
    }

    /// Sends bytes that vt100 understands as they are: text, C0 controls, sequences without parameters of their own.
    pub fn send(&mut self, bytes: &[u8]) {
        if bytes.len() >= FLUSH_BYTES {
            self.flush();
            self.process(bytes);
            return;
        }
        self.out.extend_from_slice(bytes);
        if self.out.len() >= FLUSH_BYTES {
            self.flush();
        }
    }

    /// Sends text. Holds back U+FE0F where it would widen the character in the last column: that makes vt100 0.18.1 panic later
    /// (terminal.md §5).
    pub fn send_text(&mut self, text: &[u8]) {
        if memchr::memchr(EMOJI_SELECTOR[0], text).is_none() {
            return self.send(text);
        }
        let mut from = 0;
        for at in memchr::memmem::find_iter(text, EMOJI_SELECTOR) {
            // Held back it would not end a character that is broken off before it: what follows would complete that.
            self.send(whole_characters(&text[from..at]));
            from = at + EMOJI_SELECTOR.len();
            let at = self.settle();
            if at.col < self.cols() || !self.would_widen(at.row) {
                self.send(EMOJI_SELECTOR);
            }
        }
        self.send(&text[from..]);
    }

    /// Whether U+FE0F would widen the character in the last column.
    fn would_widen(&self, row: u16) -> bool {
        self.cell(row, self.cols() - 1)
            .is_some_and(|cell| !cell.is_wide_continuation() && format!("{}\u{fe0f}", cell.contents()).width() > 1)
    }

    /// Sends `CSI n FINAL`.
    pub fn send_csi(&mut self, n: u16, last: u8) {
        self.out.extend_from_slice(b"\x1b[");
        write_number(n, &mut self.out);
        self.out.push(last);
    }

    /// Sends `CSI a ; b FINAL`.
    pub fn send_csi_2(&mut self, a: u16, b: u16, last: u8) {
        self.out.extend_from_slice(b"\x1b[");
        write_number(a, &mut self.out);
        self.out.push(b';');
        write_number(b, &mut self.out);
        self.out.push(last);
    }

    /// Makes vt100's pen hold the look; `archive` has the style table.
    pub fn set_look(&mut self, look: Look, archive: &mut Archive) {
        if self.sent != Some(look) {
            self.sent = Some(look);
            pen::encode(look, &mut archive.styles, &mut self.out);
        }
    }

    /// The same for the screen that holds the archive itself.
    pub fn set_own_look(&mut self, look: Look) {
        if self.sent != Some(look) {
            self.sent = Some(look);
            if let Some(archive) = &mut self.parser.callbacks_mut().archive {
                pen::encode(look, &mut archive.styles, &mut self.out);
            }
        }
    }

    /// Hands everything over.
    pub fn flush(&mut self) {
        if !self.out.is_empty() {
            let out = std::mem::take(&mut self.out);
            self.process(&out);
            self.out = out;
            self.out.clear();
        }
    }

    fn process(&mut self, bytes: &[u8]) {
        let parser = &mut self.parser;
        if catch_unwind(AssertUnwindSafe(|| parser.process(bytes))).is_err() {
            self.n_panics = self.n_panics.saturating_add(1);
            self.damaged = true;
            self.sent = None;
        }
    }

    /// Where vt100's cursor is, for what was handed over.
    pub fn position(&self) -> Position {
        let (row, col) = self.parser.screen().cursor_position();
        Position { row: row.min(self.rows() - 1), col: col.min(self.cols()) }
    }

    /// Hands everything over and says where the cursor is then.
    pub fn settle(&mut self) -> Position {
        self.flush();
        self.position()
    }

    /// Hands everything over; a cursor that waits behind the last column stands in it after this.
    pub fn settle_inside(&mut self) -> Position {
        let mut position = self.settle();
        if position.col >= self.cols() {
            self.send_csi(self.cols(), b'G');
            self.flush();
            position.col = self.cols() - 1;
        }
        position
    }

    /// Moves the cursor, whatever the origin mode; behind the last column too. The pen is not known after that.
    pub fn place(&mut self, position: Position) {
        self.send_csi(position.row.min(self.rows() - 1).saturating_add(1), b'd');
        self.send_csi(position.col.min(self.cols() - 1).saturating_add(1), b'G');
        if position.col < self.cols() {
            return;
        }
        // Only printing leaves the cursor behind the last column: print what is there already.
        let at = self.settle();
        let (base, text, native) = match self.cell(at.row, self.cols() - 1) {
            Some(cell) if cell.is_wide_continuation() && self.cols() > 1 => {
                let base = self.cols() - 2;
                let cell = self.cell(at.row, base);
                (base, cell.map(|c| c.contents().to_owned()), cell.map(pen::native_of))
            }
            cell => (self.cols() - 1, cell.map(|c| c.contents().to_owned()), cell.map(pen::native_of)),
        };
        self.send_csi(base + 1, b'G');
        self.send_native(&native.unwrap_or_default());
        match text {
            Some(text) if !text.is_empty() => self.send(text.as_bytes()),
            _ => self.send(b" \x1b7\x08\x1b[X\x1b8"),
        }
    }

    /// Sends a look as vt100 itself had it.
    fn send_native(&mut self, native: &Native) {
        let style = Style {
            fg: native.fg,
            bg: native.bg,
            attributes: native.attributes,
            underline: if native.underline { super::style::Underline::Single } else { super::style::Underline::None },
            ..Style::default()
        };
        super::sgr::write(&style, &mut self.out);
        self.sent = None;
    }

    /// The cell, as vt100 has it.
    pub fn cell(&self, row: u16, col: u16) -> Option<&vt100::Cell> {
        self.parser.screen().cell(row, col)
    }

    /// Whether the row's text goes on in the next row.
    pub fn is_wrapped(&self, row: u16) -> bool {
        self.parser.screen().row_wrapped(row)
    }

    /// RIS for the grid.
    pub fn reset(&mut self) {
        self.send(b"\x1bc");
        self.flush();
        self.sent = Some(Look::Text(Style::default()));
        self.region = Region::whole(self.size);
        self.wrap_pending_at = None;
        self.origin = false;
        self.saved = SavedCursor::default();
        self.kitty = KittyStack::default();
    }

    /// Whether the scroll region is the whole screen.
    pub fn is_region_full(&self) -> bool {
        self.region == Region::whole(self.size)
    }

    /// Whether there is a left or a right margin.
    pub fn is_narrow(&self) -> bool {
        self.region.left > 0 || self.region.right < self.cols() - 1
    }

    /// Changes the size as vt100 does: rows are cut or padded; when it shrinks, rows above the cursor leave at the top.
    pub fn set_grid_size(&mut self, size: Size) {
        self.flush();
        let size = grid_size(size);
        let before = self.sink().n_scrolled;
        let parser = &mut self.parser;
        // Without this vt100 puts back blanks for rows that its (empty) scrollback would have held.
        parser.screen_mut().clear_scrollback();
        let resized = catch_unwind(AssertUnwindSafe(|| parser.set_size(non_zero(size.rows()), non_zero(size.cols()))));
        if resized.is_err() {
            self.n_panics = self.n_panics.saturating_add(1);
            self.damaged = true;
        }
        self.size = size;
        self.region = Region::whole(size);
        self.wrap_pending_at = None;
        let gone = u16::try_from(self.sink().n_scrolled - before).unwrap_or(u16::MAX);
        self.saved.position.row = self.saved.position.row.saturating_sub(gone).min(size.rows() - 1);
        self.saved.position.col = self.saved.position.col.min(size.cols());
    }

    /// Calls `draw` for the columns of a row, as far as a terminal of `cols` columns shows them.
    pub fn draw_row(&self, row: u16, cols: u16, archive: &Archive, mut draw: impl FnMut(u16, CellView<'_>)) {
        let blank = CellView { text: " ", width: 1, style: Style::default() };
        let mut last = Native::default();
        let mut look = Look::Text(Style::default());
        let mut base = Style::default();
        let screen = self.parser.screen();
        for col in 0..cols {
            let Some(cell) = screen.cell(row, col) else {
                draw(col, blank);
                continue;
            };
            if cell.is_wide_continuation() {
                draw(col, CellView { text: "", width: 0, style: base });
                continue;
            }
            let native = pen::native_of(cell);
            if native != last {
                last = native;
                look = pen::decode(&native, &archive.styles);
            }
            let style = match look {
                Look::Text(style) if cell.has_contents() => {
                    Style { attributes: Attributes(style.attributes.0 & Attributes::VISIBLE), ..style }
                }
                Look::Text(style) => pen::fill(style.bg),
                Look::Fill(bg) => pen::fill(bg),
            };
            base = style;
            if !cell.has_contents() {
                draw(col, CellView { style, ..blank });
            } else if !cell.is_wide() {
                draw(col, CellView { text: cell.contents(), width: 1, style });
            } else if col + 1 < cols {
                draw(col, CellView { text: cell.contents(), width: 2, style });
            } else {
                // Its second half is not shown.
                draw(col, CellView { text: " ", width: 1, style });
            }
        }
    }

    /// Marks the styles that cells name.
    pub fn mark_styles(&self, used: &mut [bool]) {
        for row in 0..self.rows() {
            for col in 0..self.cols() {
                if let Some(cell) = self.cell(row, col)
                    && let Some(flag) = used.get_mut(pen::id_of(&pen::native_of(cell)) as usize)
                {
                    *flag = true;
                }
            }
        }
    }

    /// Forgets what vt100's pen holds: style numbers may have changed.
    pub fn forget_look(&mut self) {
        self.sent = None;
    }
}
