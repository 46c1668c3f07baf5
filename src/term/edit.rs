//! Sequences that erase, insert, delete, scroll and repeat; what comes in has the pen's background (BCE), which vt100 gives to
//! erased cells only.
//!
//! Part of `Terminal`.

use super::Terminal;
use super::cells::Towards;
use super::csi::Csi;
use super::screen::{Position, Region};
use super::settings::Protection;

impl Terminal {
    pub(super) fn erase_display(&mut self, what: u16) {
        if self.settings.protection == Protection::Iso && what <= 2 {
            return self.erase_display_selectively(what);
        }
        let last_row = self.screen().rows() - 1;
        match what {
            0 => {
                // Behind the last column the cursor counts as in it, as in xterm.
                self.screen_mut().settle_inside();
                self.damage.here();
                self.damage.rows(self.damage.highest_row(), last_row);
            }
            1 => {
                self.damage.here();
                self.damage.rows(0, self.damage.lowest_row());
            }
            2 => self.damage.all(),
            3 => return self.clear_history(),
            _ => return,
        }
        self.send_fill();
        self.screen_mut().send_csi(what, b'J');
    }

    /// EL.
    pub(super) fn erase_line(&mut self, what: u16) {
        if self.settings.protection == Protection::Iso {
            return self.erase_line_selectively(what);
        }
        self.send_fill();
        self.damage.here();
        self.screen_mut().send_csi(what, b'K');
    }

    /// ECH.
    pub(super) fn erase_characters(&mut self, n: u16) {
        if self.settings.protection == Protection::Iso {
            return self.erase_characters_selectively(n);
        }
        self.screen_mut().settle_inside();
        self.send_fill();
        self.damage.here();
        self.screen_mut().send_csi(n, b'X');
    }

    /// ICH and DCH: cells that come in have the pen's background.
    pub(super) fn shift_cells(&mut self, csi: &Csi<'_>) {
        let n = csi.count();
        if self.screen().is_narrow() {
            let towards = if csi.last == b'@' { Towards::End } else { Towards::Start };
            return self.shift_cells_narrow(n, towards);
        }
        self.damage.here();
        let cols = self.screen().cols();
        let at = self.screen_mut().settle_inside();
        if self.screen().cell(at.row, at.col).is_some_and(vt100::Cell::is_wide_continuation) {
            // Between the halves of a wide character: it goes, as in xterm. vt100 would leave half of it.
            let screen = self.screen_mut();
            screen.send_csi(at.col, b'G');
            screen.send(b"\x1b[2X");
            screen.send_csi(at.col + 1, b'G');
        }
        self.screen_mut().send_csi(n, csi.last);
        if self.has_fill() {
            self.send_fill();
            let screen = self.screen_mut();
            if csi.last == b'@' {
                screen.send_csi(n, b'X');
            } else {
                let at = screen.settle();
                let n = n.min(cols - at.col.min(cols));
                screen.send_csi(cols - n + 1, b'G');
                screen.send_csi(n.max(1), b'X');
                screen.send_csi(at.col + 1, b'G');
            }
        }
    }

    /// IL and DL: rows that come in have the pen's background. The cursor goes to the first column, as in xterm.
    pub(super) fn shift_lines(&mut self, csi: &Csi<'_>) {
        if self.screen().is_narrow() {
            let towards = if csi.last == b'L' { Towards::End } else { Towards::Start };
            return self.shift_lines_narrow(csi.count(), towards);
        }
        let at = self.screen_mut().settle();
        let Region { top, bottom, .. } = self.screen().region;
        if !(top..=bottom).contains(&at.row) {
            return;
        }
        self.damage.all();
        let n = csi.count().min(bottom - at.row + 1);
        self.screen_mut().send_csi(n, csi.last);
        self.screen_mut().send(b"\r");
        if self.has_fill() {
            let first = if csi.last == b'L' { at.row } else { bottom + 1 - n };
            self.fill_rows(first, n);
            self.place(Position { row: at.row, col: 0 });
        }
    }

    /// SU and SD.
    pub(super) fn scroll(&mut self, csi: &Csi<'_>) {
        let Region { top, bottom, .. } = self.screen().region;
        let n = csi.count().min(bottom - top + 1);
        let up = csi.last == b'S';
        if self.screen().is_narrow() {
            return self.scroll_narrow(n, if up { Towards::Start } else { Towards::End });
        }
        if up && !self.spend(usize::from(n) * usize::from(self.screen().cols())) {
            return;
        }
        self.damage.all();
        let at = self.screen_mut().settle();
        self.screen_mut().send_csi(n, if up { b'S' } else { b'T' });
        if self.has_fill() {
            self.fill_rows(if up { bottom + 1 - n } else { top }, n);
            self.place(at);
        }
    }

    fn fill_rows(&mut self, first: u16, n: u16) {
        self.send_fill();
        let screen = self.screen_mut();
        for row in first..first.saturating_add(n) {
            screen.send_csi(row + 1, b'd');
            screen.send(b"\x1b[2K");
        }
    }

    /// REP, at most one screen full.
    pub(super) fn repeat(&mut self, n: u16) {
        let Some(c) = self.pen.last_char else { return };
        let n = usize::from(n).min(usize::from(self.screen().cols()) * usize::from(self.screen().rows()));
        if self.spend(n) {
            let text = c.to_string().repeat(n);
            self.text(text.as_bytes());
        }
    }
}
