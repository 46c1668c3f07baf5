//! The filter in front of vt100: text and ESC sequences. What vt100 lacks is rewritten into what it has.
//!
//! Part of `Terminal`; `csi` holds the control sequences, `osc` and `report` what a terminal answers and tells.

use unicode_width::UnicodeWidthChar;

use super::cells::Towards;
use super::line::is_dropped;
use super::modes::Flag;
use super::pen::Look;
use super::scanner::{Token, whole_characters};
use super::screen::{Position, SavedCursor};
use super::settings::Protection;
use super::style::{Attributes, Color};
use super::tabs::TabStops;
use super::{Shown, Terminal};

const BACKSPACE: u8 = 0x08;

impl Terminal {
    pub(super) fn handle(&mut self, token: Token<'_>) {
        match token {
            Token::Text(text) if self.pen.charsets.is_plain() => self.text(text),
            Token::Text(text) => {
                let translated = self.pen.charsets.translate(text);
                self.text(&translated);
            }
            Token::Shift(set) => self.pen.charsets.shift(set),
            Token::Escape(body) => self.escape(body),
            Token::Csi(body) => self.csi(body),
            Token::Osc(body, terminator) => self.osc(body, terminator),
            Token::Dcs(body) => self.dcs(body),
        }
    }

    /// Makes vt100's pen the program's.
    pub(super) fn send_pen(&mut self) {
        self.send_look(Look::Text(self.pen.style));
    }

    /// Makes vt100's pen one for erasing: the program's background and nothing else.
    pub(super) fn send_fill(&mut self) {
        self.send_look(Look::Fill(self.pen.style.bg));
    }

    pub(super) fn send_look(&mut self, look: Look) {
        match (self.shown, &mut self.alternate) {
            (Shown::Alternate, Some(screen)) => {
                if let Some(archive) = &mut self.main.sink_mut().archive {
                    screen.set_look(look, archive);
                }
            }
            _ => self.main.set_own_look(look),
        }
    }

    pub(super) fn has_fill(&self) -> bool {
        self.pen.style.bg != Color::Default
    }

    /// Characters and C0 controls.
    pub(super) fn text(&mut self, text: &[u8]) {
        self.pen.note_last_char(text);
        let has_feeds = || memchr::memchr3(b'\n', 0x0b, 0x0c, text).is_some();
        let plain = !self.modes.has(Flag::Insert)
            && self.modes.has(Flag::Autowrap)
            && !(self.modes.has(Flag::Newline) && has_feeds())
            && !(self.has_fill() && (has_feeds() || self.may_reach_bottom(text)))
            && memchr::memchr2(BACKSPACE, b'\t', text).is_none()
            && !self.screen().is_narrow();
        if plain {
            self.send_text(text);
        } else {
            self.text_by_pieces(text);
        }
    }

    fn may_reach_bottom(&self, text: &[u8]) -> bool {
        let screen = self.screen();
        let n = text.len() / usize::from(screen.cols()) + 1;
        usize::from(self.damage.lowest_row()) + n > usize::from(screen.region.bottom)
    }

    /// Text that vt100 treats as we want it.
    fn send_text(&mut self, text: &[u8]) {
        self.send_pen();
        let (cols, rows) = (self.screen().cols(), self.screen().rows());
        self.damage.text(text, cols, rows);
        let region = self.screen().region;
        if region.top > 0 && self.damage.lowest_row() >= region.bottom {
            // vt100 tells of rows that leave at the top of the screen only.
            self.damage.all();
        }
        self.screen_mut().send_text(text);
    }

    fn text_by_pieces(&mut self, text: &[u8]) {
        let mut rest = text;
        while let Some(&first) = rest.first() {
            let is_control = |b: &u8| *b < 0x20;
            if is_control(&first) {
                self.control(first);
                rest = &rest[1..];
            } else {
                let end = rest.iter().position(is_control).unwrap_or(rest.len());
                // Not every control reaches vt100, where it would end a character that is broken off.
                self.graphic(whole_characters(&rest[..end]));
                rest = &rest[end..];
            }
        }
    }

    fn control(&mut self, byte: u8) {
        match byte {
            b'\n' | 0x0b | 0x0c => {
                self.index();
                if self.modes.has(Flag::Newline) {
                    self.control(b'\r');
                }
            }
            b'\t' => self.tab(1),
            b'\r' if self.screen().is_narrow() => self.carriage_return(),
            BACKSPACE if self.screen().is_narrow() || self.modes.has(Flag::ReverseWrap) => self.back(1),
            BACKSPACE => {
                // At the right margin the cursor is *in* the last column, whatever waits behind it.
                self.screen_mut().settle_inside();
                self.screen_mut().send(b"\x08");
            }
            _ => self.send_text(&[byte]),
        }
    }

    /// A line feed; a row that scrolls in has the pen's background.
    pub(super) fn index(&mut self) {
        if self.screen().is_narrow() {
            return self.index_narrow();
        }
        let fill = self.has_fill();
        if fill {
            let screen = self.screen_mut();
            let at = screen.settle();
            if at.row == screen.region.bottom {
                screen.send(b"\n");
                self.send_fill();
                self.screen_mut().send(b"\x1b[2K");
                self.damage.all();
                return;
            }
        }
        self.send_text(b"\n");
    }

    /// Characters alone, where modes ask for care.
    fn graphic(&mut self, text: &[u8]) {
        if self.screen().is_narrow() {
            return self.graphic_narrow(text);
        }
        if !self.modes.has(Flag::Autowrap) {
            return self.graphic_without_wrap(text);
        }
        if self.modes.has(Flag::Insert) {
            return self.graphic_inserted(text);
        }
        if !(self.has_fill() && self.may_reach_bottom(text)) {
            self.send_text(text);
        } else if text.is_ascii() && self.screen().region.top == 0 {
            self.graphic_at_foot(text);
        } else {
            // A wide character that does not fit leaves a column, which must be filled before the next row scrolls in. And of rows
            // that leave below the top of the screen vt100 does not tell.
            for c in String::from_utf8_lossy(text).chars() {
                self.graphic_at_foot(c.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
    }

    /// Characters that may wrap at the foot of the screen: what is left of a row that scrolls in gets the pen's background.
    fn graphic_at_foot(&mut self, text: &[u8]) {
        self.screen_mut().flush();
        let screen = self.screen();
        let (before, n_before) = (screen.position(), screen.sink().n_scrolled);
        self.send_text(text);
        let screen = self.screen_mut();
        let at = screen.settle();
        let bottom = screen.region.bottom;
        let has_wrapped = (before.row, at.row) == (bottom, bottom) && at.col < before.col;
        if (has_wrapped || screen.sink().n_scrolled != n_before) && at.col < screen.cols() {
            self.send_fill();
            self.screen_mut().send(b"\x1b[K");
        }
    }

    fn graphic_inserted(&mut self, text: &[u8]) {
        for c in String::from_utf8_lossy(text).chars().filter(|&c| !is_dropped(c)) {
            let width = u16::try_from(c.width().unwrap_or(0).min(2)).unwrap_or(0);
            if width > 0 {
                let screen = self.screen_mut();
                if screen.settle().col + width > screen.cols() {
                    screen.send(b"\r");
                    self.index();
                }
                self.send_fill();
                self.screen_mut().send_csi(width, b'@');
            }
            self.send_text(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }

    /// DECAWM off: what does not fit overwrites the last column. The cursor may wait behind it as usual (marks without a width
    /// still belong to what is there) until the next character comes or autowrap is switched on.
    fn graphic_without_wrap(&mut self, text: &[u8]) {
        let cols = self.screen().cols();
        let mut col = self.screen_mut().settle().col;
        for c in String::from_utf8_lossy(text).chars().filter(|&c| !is_dropped(c)) {
            let width = u16::try_from(c.width().unwrap_or(0).min(2)).unwrap_or(0);
            if c == '\u{fe0f}' {
                // It may widen the character before it.
                self.send_text("\u{fe0f}".as_bytes());
                col = self.screen_mut().settle().col;
                continue;
            }
            if col.saturating_add(width) > cols {
                col = cols - width;
                self.screen_mut().send_csi(col + 1, b'G');
            }
            if width > 0 && self.modes.has(Flag::Insert) {
                self.send_fill();
                self.screen_mut().send_csi(width, b'@');
            }
            self.send_text(c.encode_utf8(&mut [0; 4]).as_bytes());
            col += width;
        }
    }

    /// HT and CHT.
    pub(super) fn tab(&mut self, n: u16) {
        if self.is_wrap_pending() {
            // xterm leaves the cursor there, and the next character wraps; with mode 41 the tab does.
            if !self.modes.has(Flag::TabWraps) || !self.modes.has(Flag::Autowrap) {
                return;
            }
            self.control(b'\r');
            self.index();
        }
        let cols = self.screen().cols();
        let mut col = self.screen_mut().settle_inside().col;
        let limit = self.right_limit(col);
        for _ in 0..n.min(cols) {
            col = self.tabs.next(col, cols).min(limit);
        }
        self.screen_mut().send_csi(col + 1, b'G');
    }

    /// CBT.
    pub(super) fn tab_back(&mut self, n: u16) {
        let cols = self.screen().cols();
        let mut col = self.screen_mut().settle_inside().col;
        for _ in 0..n.min(cols) {
            col = self.tabs.previous(col);
        }
        self.screen_mut().wrap_pending_at = None;
        self.screen_mut().send_csi(col + 1, b'G');
    }

    fn escape(&mut self, body: &[u8]) {
        match body {
            b"6" => self.index_sideways(Towards::End),
            b"9" => self.index_sideways(Towards::Start),
            b"7" => self.save_cursor(),
            b"8" => self.restore_cursor(),
            b"=" => self.modes.set(Flag::ApplicationKeypad),
            b">" => self.modes.reset(Flag::ApplicationKeypad),
            b"c" => self.reset(),
            b"D" => self.index(),
            // In this order: right of the margins nothing scrolls, though the cursor ends at the left one.
            b"E" => {
                self.index();
                self.control(b'\r');
            }
            b"H" => {
                let cols = self.screen().cols();
                let col = self.screen_mut().settle().col.min(cols - 1);
                self.tabs.set(col, cols);
            }
            b"M" if self.screen().is_narrow() => self.reverse_index_narrow(),
            b"M" => self.reverse_index(),
            b"V" => self.protect(Protection::Iso),
            b"W" => self.unprotect(),
            b"Z" => self.report_attributes(),
            b"N" => self.pen.charsets.single_shift(2),
            b"O" => self.pen.charsets.single_shift(3),
            b"n" => self.pen.charsets.shift(2),
            b"o" => self.pen.charsets.shift(3),
            b"#8" => self.alignment_test(),
            [set @ b'('..=b'+', designator] => {
                self.pen.charsets.designate(usize::from(set - b'('), *designator);
            }
            _ => {}
        }
    }

    /// RI; a row that scrolls in has the pen's background.
    fn reverse_index(&mut self) {
        let at = self.screen_mut().settle_inside();
        self.damage.moved_to(at.row);
        let top = self.screen().region.top;
        if at.row == top {
            self.screen_mut().send(b"\x1bM");
            self.damage.all();
            if self.has_fill() {
                self.send_fill();
                self.screen_mut().send(b"\x1b[2K");
            }
        } else if at.row > 0 {
            self.screen_mut().send(b"\x1b[A");
            self.damage.moved_to(at.row - 1);
        }
    }

    /// DECSC.
    pub(super) fn save_cursor(&mut self) {
        let position = self.screen_mut().settle();
        let (style, charsets) = (self.pen.style, self.pen.charsets);
        let screen = self.screen_mut();
        screen.saved = SavedCursor { position, style, charsets, origin: screen.origin };
    }

    /// DECRC.
    pub(super) fn restore_cursor(&mut self) {
        let saved = self.screen().saved;
        self.pen.style = saved.style;
        self.pen.charsets = saved.charsets;
        self.set_origin(saved.origin);
        self.place(saved.position);
    }

    /// Moves the cursor, whatever the origin mode.
    pub(super) fn place(&mut self, position: Position) {
        self.screen_mut().wrap_pending_at = None;
        self.screen_mut().place(position);
        self.damage.moved_to(position.row.min(self.screen().rows() - 1));
    }

    /// DECOM without its move of the cursor.
    pub(super) fn set_origin(&mut self, origin: bool) {
        let screen = self.screen_mut();
        if screen.origin != origin {
            screen.origin = origin;
            screen.send(if origin { b"\x1b[?6h" } else { b"\x1b[?6l" });
        }
    }

    /// RIS. The history, the title and the size stay.
    fn reset(&mut self) {
        self.leave_alternate();
        self.drop_alternate();
        self.main.reset();
        self.pen = super::Pen::default();
        self.modes = super::modes::ModeState::default();
        self.settings = super::settings::Settings::default();
        self.palette = super::palette::Palette::default();
        self.tabs = TabStops::default();
        self.titles.clear_stack();
        self.damage.moved_to(0);
        self.damage.all();
    }

    /// DECSTR. The cursor stays.
    pub(super) fn soft_reset(&mut self) {
        let at = self.screen_mut().settle_inside();
        self.modes.soft_reset();
        self.pen = super::Pen::default();
        self.set_origin(false);
        self.reset_sides();
        self.set_region(0, self.screen().rows() - 1);
        self.settings.protection = Protection::Never;
        self.screen_mut().saved = SavedCursor::default();
        self.place(at);
    }

    /// DECALN.
    fn alignment_test(&mut self) {
        let (cols, rows) = (self.screen().cols(), self.screen().rows());
        if !self.spend(usize::from(cols) * usize::from(rows)) {
            return;
        }
        let keep = std::mem::take(&mut self.pen);
        self.set_origin(false);
        self.reset_sides();
        self.set_region(0, rows - 1);
        self.send_pen();
        let line = vec![b'E'; usize::from(cols)];
        for row in 0..rows {
            let screen = self.screen_mut();
            screen.send_csi(row + 1, b'd');
            screen.send(b"\r");
            screen.send(&line);
        }
        self.pen = keep;
        self.place(Position::default());
        self.damage.all();
    }

    /// DECSCA 1 and SPA: what is printed from now on is spared by selective erasing.
    pub(super) fn protect(&mut self, protection: Protection) {
        self.settings.protection = protection;
        self.pen.style.attributes.0 |= Attributes::PROTECTED;
    }

    /// DECSCA 0 and EPA.
    pub(super) fn unprotect(&mut self) {
        self.pen.style.attributes.0 &= !Attributes::PROTECTED;
    }

    /// The same for cells moved between left and right margins.
    pub(super) fn spend_scrolling(&mut self, cells: usize) -> bool {
        let enough = self.scroll_budget >= cells;
        self.scroll_budget = self.scroll_budget.saturating_sub(cells);
        enough
    }

    /// Takes from what this chunk may still cost beyond its bytes (in cells); whether there was enough.
    pub(super) fn spend(&mut self, cells: usize) -> bool {
        let enough = self.budget >= cells;
        self.budget = self.budget.saturating_sub(cells);
        enough
    }
}
