//! Moving, printing and scrolling inside margins: DECSTBM, DECSLRM, origin mode, reverse wraparound.
//!
//! Part of `Terminal`. vt100 does not confine the cursor to the rows of its scroll region and has no left and right margins; where
//! either matters, the column and row are computed here. The reference is xterm (`cursor.c`, `charproc.c`) and DEC STD 070.

use super::Terminal;
use super::cells::{Taken, Towards, shift};
use super::line::is_dropped;
use super::modes::Flag;
use super::pen::Look;
use super::screen::{Position, Region};
use crate::text::char_width;

impl Terminal {
    /// Whether cursor movements must be computed here.
    pub(super) fn is_confined(&self) -> bool {
        self.screen().origin || !self.screen().is_region_full()
    }

    /// Moves the cursor; a wrap that was pending is not any more.
    pub(super) fn go(&mut self, row: u16, col: u16) {
        self.screen_mut().wrap_pending_at = None;
        self.place(Position { row, col });
    }

    /// The cursor's place in origin mode's count, from 0.
    fn origin(&self) -> Position {
        let screen = self.screen();
        if screen.origin { Position { row: screen.region.top, col: screen.region.left } } else { Position::default() }
    }

    /// To the first place that the origin mode allows.
    pub(super) fn go_home(&mut self) {
        let Position { row, col } = self.origin();
        self.go(row, col);
    }

    /// The rightmost column that the cursor reaches from a column.
    pub(super) fn right_limit(&self, col: u16) -> u16 {
        let right = self.screen().region.right;
        if col <= right { right } else { self.screen().cols() - 1 }
    }

    /// Where CR takes the cursor from a column: left of the left margin it goes to the first one.
    fn carriage_col(&self, col: u16) -> u16 {
        let Region { left, .. } = self.screen().region;
        if col >= left || self.screen().origin { left } else { 0 }
    }

    fn is_in_sides(&self, col: u16) -> bool {
        let region = self.screen().region;
        (region.left..=region.right).contains(&col)
    }

    /// CUU, CUD, CUF, CUB, CNL, CPL, HPR, VPR, HPB, VPB inside margins.
    pub(super) fn move_by_confined(&mut self, last: u8, n: u16) {
        let at = self.screen_mut().settle_inside();
        let Region { top, bottom, .. } = self.screen().region;
        let up = at.row.saturating_sub(n).max(if at.row >= top { top } else { 0 });
        let last_row = self.screen().rows() - 1;
        let down = at.row.saturating_add(n).min(if at.row <= bottom { bottom } else { last_row });
        match last {
            b'A' | b'k' => self.go(up, at.col),
            b'B' => self.go(down, at.col),
            b'C' => self.go(at.row, at.col.saturating_add(n).min(self.right_limit(at.col))),
            b'E' => self.go(down, self.carriage_col(at.col)),
            b'F' => self.go(up, self.carriage_col(at.col)),
            // HPR and VPR know of margins in origin mode only.
            b'a' => {
                let right = if self.screen().origin { self.screen().region.right } else { self.screen().cols() - 1 };
                self.go(at.row, at.col.saturating_add(n).min(right));
            }
            b'e' => self.go(at.row.saturating_add(n).min(if self.screen().origin { bottom } else { last_row }), at.col),
            _ => self.back(n),
        }
    }

    /// CUP, HVP, VPA, CHA and HPA inside margins or with them as origin. Row and column from 1; `None` keeps it.
    pub(super) fn move_to_confined(&mut self, row: Option<u16>, col: Option<u16>) {
        let at = self.screen_mut().settle_inside();
        let Position { row: first_row, col: first_col } = self.origin();
        let screen = self.screen();
        let whole = Region::whole(screen.size());
        let Region { bottom, right, .. } = if screen.origin { screen.region } else { whole };
        let row = row.map_or(at.row, |row| first_row.saturating_add(row - 1).min(bottom));
        let col = col.map_or(at.col, |col| first_col.saturating_add(col - 1).min(right));
        self.go(row, col);
    }

    /// CUB and BS; with reverse wraparound over the left margin to the right one of the row above.
    pub(super) fn back(&mut self, n: u16) {
        let reverses = self.modes.has(Flag::ReverseWrap) && self.modes.has(Flag::Autowrap);
        let waits = self.is_wrap_pending();
        let Position { mut row, mut col } = self.screen_mut().settle_inside();
        let Region { top, bottom, left, right } = self.screen().region;
        let mut n = n;
        if waits && reverses {
            n -= 1;
        }
        loop {
            let room = if col >= left { col - left } else { col };
            if n <= room || !reverses {
                col -= n.min(room);
                break;
            }
            n -= room + 1;
            col = right;
            row = if row == top { bottom } else { row.checked_sub(1).unwrap_or(self.screen().rows() - 1) };
        }
        self.go(row, col);
    }

    /// Whether the next character wraps before it is printed.
    pub(super) fn is_wrap_pending(&mut self) -> bool {
        let at = self.screen_mut().settle();
        at.col >= self.screen().cols() || self.screen().wrap_pending_at == Some(at)
    }

    /// CR inside margins.
    pub(super) fn carriage_return(&mut self) {
        let at = self.screen_mut().settle_inside();
        self.go(at.row, self.carriage_col(at.col));
    }

    /// A line feed where there are left and right margins: at the bottom margin the columns between them scroll.
    pub(super) fn index_narrow(&mut self) {
        let at = self.screen_mut().settle_inside();
        if at.row == self.screen().region.bottom {
            if self.is_in_sides(at.col) {
                self.scroll_columns(self.screen().region, 1, Towards::Start);
            }
            self.go(at.row, at.col);
        } else {
            self.go(at.row.saturating_add(1), at.col);
        }
    }

    /// RI with left and right margins.
    pub(super) fn reverse_index_narrow(&mut self) {
        let at = self.screen_mut().settle_inside();
        if at.row == self.screen().region.top {
            if self.is_in_sides(at.col) {
                self.scroll_columns(self.screen().region, 1, Towards::End);
            }
            self.go(at.row, at.col);
        } else {
            self.go(at.row.saturating_sub(1), at.col);
        }
    }

    /// Scrolls an area up or down; the rows that come in have the pen's background.
    fn scroll_columns(&mut self, area: Region, n: u16, towards: Towards) {
        let n_rows = usize::from(area.bottom - area.top) + 1;
        let n_cols = usize::from(area.right - area.left) + 1;
        if !self.spend_scrolling(n_rows * n_cols) {
            return;
        }
        let at = self.screen_mut().settle();
        let mut rows: Vec<Vec<Taken>> =
            (area.top..=area.bottom).map(|row| self.take_cells(row, area.left, area.right)).collect();
        let before = rows.clone();
        let blank = vec![Taken::blank(Look::Fill(self.pen.style.bg)); n_cols];
        shift(&mut rows, usize::from(n), towards, &blank);
        for ((row, cells), old) in (area.top..).zip(&rows).zip(&before) {
            if cells != old {
                self.put_cells(row, area.left, cells);
            }
        }
        self.damage.all();
        self.place(at);
    }

    /// Moves the columns of an area sideways; what comes in has the pen's background.
    pub(super) fn shift_columns(&mut self, area: Region, n: u16, towards: Towards) {
        let cells = (usize::from(area.bottom - area.top) + 1) * (usize::from(area.right - area.left) + 1);
        if !self.spend_scrolling(cells) {
            return;
        }
        let blank = Taken::blank(Look::Fill(self.pen.style.bg));
        self.edit_rows(area, |cells| shift(cells, usize::from(n), towards, &blank));
    }

    /// ICH and DCH with left and right margins.
    pub(super) fn shift_cells_narrow(&mut self, n: u16, towards: Towards) {
        let at = self.screen_mut().settle_inside();
        let Region { right, .. } = self.screen().region;
        self.screen_mut().wrap_pending_at = None;
        if self.is_in_sides(at.col) {
            self.shift_columns(Region { top: at.row, bottom: at.row, left: at.col, right }, n, towards);
        }
    }

    /// IL and DL with left and right margins; the cursor goes to the left one.
    pub(super) fn shift_lines_narrow(&mut self, n: u16, towards: Towards) {
        let at = self.screen_mut().settle_inside();
        let region = self.screen().region;
        if (region.top..=region.bottom).contains(&at.row) && self.is_in_sides(at.col) {
            self.scroll_columns(Region { top: at.row, ..region }, n, towards);
            self.go(at.row, region.left);
        }
    }

    /// SU and SD with left and right margins.
    pub(super) fn scroll_narrow(&mut self, n: u16, towards: Towards) {
        self.scroll_columns(self.screen().region, n, towards);
    }

    /// DECIC and DECDC: columns from the cursor on, in all rows of the region.
    pub(super) fn change_columns(&mut self, n: u16, towards: Towards) {
        let at = self.screen_mut().settle_inside();
        let region = self.screen().region;
        self.screen_mut().wrap_pending_at = None;
        if (region.top..=region.bottom).contains(&at.row) && self.is_in_sides(at.col) {
            self.shift_columns(Region { left: at.col, ..region }, n, towards);
        }
    }

    /// DECFI and DECBI: the cursor goes one column on; at the margin the columns scroll instead.
    pub(super) fn index_sideways(&mut self, towards: Towards) {
        let at = self.screen_mut().settle_inside();
        let region = self.screen().region;
        let last = self.screen().cols() - 1;
        let (margin, next) = match towards {
            Towards::Start => (region.right, at.col.saturating_add(1).min(last)),
            Towards::End => (region.left, at.col.saturating_sub(1)),
        };
        if at.col != margin {
            self.go(at.row, next);
        } else if (region.top..=region.bottom).contains(&at.row) {
            self.shift_columns(region, 1, towards);
        }
    }

    /// Characters between left and right margins.
    pub(super) fn graphic_narrow(&mut self, text: &[u8]) {
        for c in String::from_utf8_lossy(text).chars().filter(|&c| !is_dropped(c)) {
            let width = u16::try_from(char_width(c).min(2)).unwrap_or(0);
            if width == 0 {
                self.mark_narrow(c);
            } else {
                self.character_narrow(c, width);
            }
        }
    }

    /// A character without a width joins the one before the cursor: in the margin that is the one under it.
    fn mark_narrow(&mut self, c: char) {
        let waits = self.is_wrap_pending();
        let at = self.screen_mut().settle();
        // Widened it would stand across the margin.
        if c == '\u{fe0f}' && (waits || at.col > self.right_limit(at.col)) {
            return;
        }
        if waits && at.col < self.screen().cols() {
            self.screen_mut().send_csi(at.col + 2, b'G');
        }
        self.send_pen();
        self.screen_mut().send_text(c.encode_utf8(&mut [0; 4]).as_bytes());
        self.damage.rows(at.row, at.row);
        if waits {
            self.place(at);
        }
    }

    fn character_narrow(&mut self, c: char, width: u16) {
        let wraps = self.modes.has(Flag::Autowrap);
        let waits = self.is_wrap_pending();
        let mut at = self.screen_mut().settle_inside();
        let mut limit = self.right_limit(at.col);
        if wraps && (waits || at.col + width > limit + 1) {
            self.carriage_return();
            self.index_narrow();
            at = self.screen_mut().settle_inside();
            limit = self.right_limit(at.col);
        }
        let col = at.col.min((limit + 1).saturating_sub(width));
        self.go(at.row, col);
        if self.modes.has(Flag::Insert) {
            self.shift_cells_narrow(width, Towards::End);
        }
        self.send_pen();
        self.screen_mut().send_text(c.encode_utf8(&mut [0; 4]).as_bytes());
        self.damage.rows(at.row, at.row);
        if col + width > limit {
            // At the grid's end vt100 waits behind the last column by itself, which is the same.
            self.go(at.row, limit);
            self.screen_mut().wrap_pending_at = Some(Position { row: at.row, col: limit });
        }
    }
}
