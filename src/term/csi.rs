//! Control sequences: what goes to vt100 as it is, what is rewritten, and what is ours alone.
//!
//! Part of `Terminal`. xterm's ctlseqs is the reference; deviations say so.

use super::cells::Towards;
use super::modes::{self, Flag};
use super::screen::Region;
use super::settings::{AttributeExtent, ChecksumRules, HIGHEST_LEVEL, Protection};
use super::{Terminal, sgr};

/// Parameters beyond this are ignored.
const MAX_PARAMETERS: usize = 32;

/// A control sequence, taken apart.
pub(super) struct Csi<'a> {
    /// `?`, `>`, `=` or `<`; 0 if none.
    pub private: u8,
    values: [u16; MAX_PARAMETERS],
    n: usize,
    /// Bytes between parameters and final byte.
    pub intermediates: &'a [u8],
    /// The final byte.
    pub last: u8,
}

impl<'a> Csi<'a> {
    pub(super) fn parse(body: &'a [u8]) -> Option<Self> {
        let (&last, rest) = body.split_last()?;
        let (private, rest) = match rest {
            [p @ b'<'..=b'?', rest @ ..] => (*p, rest),
            _ => (0, rest),
        };
        let end = rest.iter().position(|b| *b < 0x30).unwrap_or(rest.len());
        let (parameters, intermediates) = rest.split_at(end);
        let mut csi = Self { private, values: [0; MAX_PARAMETERS], n: 0, intermediates, last };
        csi.n = usize::from(!parameters.is_empty());
        // Of sub-parameters only the first counts.
        let mut in_sub = false;
        for &byte in parameters {
            match byte {
                b'0'..=b'9' if in_sub || csi.n > MAX_PARAMETERS => {}
                b'0'..=b'9' => {
                    let value = &mut csi.values[csi.n - 1];
                    *value = value.saturating_mul(10).saturating_add(u16::from(byte - b'0'));
                }
                b';' => {
                    csi.n += usize::from(csi.n <= MAX_PARAMETERS);
                    in_sub = false;
                }
                b':' => in_sub = true,
                _ => return None,
            }
        }
        csi.n = csi.n.min(MAX_PARAMETERS);
        Some(csi)
    }

    /// The parameters as given.
    pub(super) fn values(&self) -> &[u16] {
        &self.values[..self.n]
    }

    /// The parameter at an index; `default` if it is missing or zero.
    pub(super) fn get(&self, index: usize, default: u16) -> u16 {
        match self.values().get(index) {
            None | Some(0) => default,
            Some(&n) => n,
        }
    }

    /// The first parameter as a count.
    pub(super) fn count(&self) -> u16 {
        self.get(0, 1)
    }
}

impl Terminal {
    pub(super) fn csi(&mut self, body: &[u8]) {
        if let [parameters @ .., b'm'] = body
            && parameters.iter().all(|b| matches!(b, b'0'..=b';'))
        {
            sgr::apply(parameters, &mut self.pen.style);
            return;
        }
        let Some(csi) = Csi::parse(body) else { return };
        match (csi.private, csi.intermediates) {
            (0, b"") => self.plain_csi(&csi),
            (b'?', b"") => self.private_csi(&csi),
            (_, b"") => self.other_csi(&csi),
            (0, b" ") if csi.last == b'q' => {
                let shape = csi.get(0, 0);
                if let Ok(shape @ 0..=6) = u8::try_from(shape) {
                    self.modes.cursor_shape = shape;
                }
            }
            (0, b" ") if matches!(csi.last, b'@' | b'A') => {
                let towards = if csi.last == b'@' { Towards::Start } else { Towards::End };
                self.shift_columns(self.screen().region, csi.count(), towards);
            }
            (0, b"!") if csi.last == b'p' => self.soft_reset(),
            (0, b"\"") if csi.last == b'p' => self.set_level(csi.get(0, 0)),
            (0, b"\"") if csi.last == b'q' => match csi.get(0, 0) {
                1 => self.protect(Protection::Dec),
                0 | 2 => self.unprotect(),
                _ => {}
            },
            // DECRQM came with the VT300.
            (0, b"$") if csi.last == b'p' && self.settings.level > 2 => self.report_ansi_mode(csi.get(0, 0)),
            (b'?', b"$") if csi.last == b'p' && self.settings.level > 2 => self.report_private_mode(csi.get(0, 0)),
            (0, b"$") => self.rectangle_operation(&csi),
            (0, b"*") if csi.last == b'y' => self.report_checksum(&csi),
            (0, b"*") if csi.last == b'x' => {
                let is_rectangle = csi.get(0, 0) == 2;
                self.settings.extent = if is_rectangle { AttributeExtent::Rectangle } else { AttributeExtent::Stream };
            }
            (0, b"#") if csi.last == b'y' => self.settings.checksum = ChecksumRules::new(csi.get(0, 0)),
            (0, b"'") if csi.last == b'}' => self.change_columns(csi.count(), Towards::End),
            (0, b"'") if csi.last == b'~' => self.change_columns(csi.count(), Towards::Start),
            _ => {}
        }
    }

    fn plain_csi(&mut self, csi: &Csi<'_>) {
        match csi.last {
            b'A'..=b'F' | b'a' | b'e' | b'j' | b'k' => self.move_by(csi),
            b'G' | b'`' if self.is_confined() => self.move_to_confined(None, Some(csi.count())),
            b'G' | b'`' => self.screen_mut().send_csi(csi.count(), b'G'),
            b'H' | b'f' if self.is_confined() => self.move_to_confined(Some(csi.count()), Some(csi.get(1, 1))),
            b'd' if self.is_confined() => self.move_to_confined(Some(csi.count()), None),
            b'H' | b'f' | b'd' => self.move_to(csi),
            b'I' => self.tab(csi.count()),
            b'Z' => self.tab_back(csi.count()),
            b'J' => self.erase_display(csi.get(0, 0)),
            b'K' if csi.get(0, 0) <= 2 => self.erase_line(csi.get(0, 0)),
            b'X' => self.erase_characters(csi.count()),
            b'@' | b'P' => self.shift_cells(csi),
            b'L' | b'M' => self.shift_lines(csi),
            b'S' | b'^' => self.scroll(csi),
            b'T' if csi.values().len() <= 1 => self.scroll(csi),
            b'b' => self.repeat(csi.count()),
            b'g' => self.clear_tabs(csi.get(0, 0)),
            b'h' | b'l' => self.set_ansi_modes(csi),
            b'r' => self.set_margins(csi),
            b's' if self.modes.has(Flag::SideMargins) => self.set_side_margins(csi),
            b's' if csi.values().is_empty() => self.save_cursor(),
            b'u' if csi.values().is_empty() => self.restore_cursor(),
            b'c' | b'n' | b't' => self.report(csi),
            _ => {}
        }
    }

    fn private_csi(&mut self, csi: &Csi<'_>) {
        match csi.last {
            b'h' => csi.values().iter().for_each(|&mode| self.set_private(mode)),
            b'l' => csi.values().iter().for_each(|&mode| self.reset_private(mode)),
            b'J' | b'K' if self.settings.protection == Protection::Never => self.plain_csi(csi),
            b'J' if csi.get(0, 0) <= 2 => self.erase_display_selectively(csi.get(0, 0)),
            b'K' if csi.get(0, 0) <= 2 => self.erase_line_selectively(csi.get(0, 0)),
            b's' => {
                for &mode in csi.values() {
                    if let Some(is_set) = self.is_private_mode_set(mode) {
                        self.settings.save_mode(mode, is_set);
                    }
                }
            }
            b'r' => {
                for &mode in csi.values() {
                    match self.settings.saved_mode(mode) {
                        Some(true) => self.set_private(mode),
                        Some(false) => self.reset_private(mode),
                        None => {}
                    }
                }
            }
            b'n' | b'u' | b'm' => self.report(csi),
            _ => {}
        }
    }

    fn other_csi(&mut self, csi: &Csi<'_>) {
        let flags = csi.get(0, 0);
        match (csi.private, csi.last) {
            (b'>', b'u') => self.screen_mut().kitty.push(flags),
            (b'<', b'u') => self.screen_mut().kitty.pop(csi.count()),
            (b'=', b'u') => self.screen_mut().kitty.change(flags, csi.get(1, 1)),
            (b'>', b'm') if flags == 4 || csi.values().is_empty() => {
                self.modes.modify_other_keys = u8::try_from(csi.get(1, 0)).map_or(0, |level| level.min(3));
            }
            (b'>', b'n') if flags == 4 => self.modes.modify_other_keys = 0,
            (b'>' | b'=', b'c') | (b'>', b'q') => self.report(csi),
            _ => {}
        }
    }

    /// CUU, CUD, CUF, CUB, CNL, CPL and HPR, VPR, HPB, VPB.
    fn move_by(&mut self, csi: &Csi<'_>) {
        let n = csi.count();
        if self.is_confined() || (self.modes.has(Flag::ReverseWrap) && matches!(csi.last, b'D' | b'j')) {
            return self.move_by_confined(csi.last, n);
        }
        let last = match csi.last {
            b'a' => b'C',
            b'e' => b'B',
            b'j' => b'D',
            b'k' => b'A',
            last => last,
        };
        let rows = self.screen().rows();
        match last {
            b'A' | b'B' | b'D' => {
                self.screen_mut().settle_inside();
            }
            _ => {}
        }
        match last {
            b'A' | b'F' => self.damage.up(n),
            b'B' | b'E' => self.damage.down(n, rows),
            _ => {}
        }
        self.screen_mut().send_csi(n, last);
    }

    /// CUP, HVP and VPA, where nothing confines the cursor.
    fn move_to(&mut self, csi: &Csi<'_>) {
        let row = csi.count();
        let col = match csi.last {
            b'd' => self.screen_mut().settle_inside().col + 1,
            _ => csi.get(1, 1),
        };
        let screen = self.screen_mut();
        screen.send_csi_2(row, col, b'H');
        let bottom = screen.rows() - 1;
        self.damage.moved_to((row - 1).min(bottom));
    }

    fn clear_tabs(&mut self, what: u16) {
        let cols = self.screen().cols();
        match what {
            0 => {
                let col = self.screen_mut().settle().col.min(cols - 1);
                self.tabs.clear(col, cols);
            }
            3 => self.tabs.clear_all(),
            _ => {}
        }
    }

    fn set_ansi_modes(&mut self, csi: &Csi<'_>) {
        for flag in csi.values().iter().filter_map(|&mode| modes::ansi_flag(mode)) {
            if csi.last == b'h' { self.modes.set(flag) } else { self.modes.reset(flag) }
        }
    }

    /// DECSTBM. A region of less than two rows is none.
    fn set_margins(&mut self, csi: &Csi<'_>) {
        let rows = self.screen().rows();
        let (top, bottom) = (csi.get(0, 1), csi.get(1, rows).min(rows));
        if top < bottom {
            self.set_region(top - 1, bottom - 1);
            self.go_home();
        }
    }

    /// DECSLRM. Margins less than two columns apart are none.
    fn set_side_margins(&mut self, csi: &Csi<'_>) {
        let cols = self.screen().cols();
        let (left, right) = (csi.get(0, 1), csi.get(1, cols).min(cols));
        if left < right {
            let region = &mut self.screen_mut().region;
            region.left = left - 1;
            region.right = right - 1;
            self.go_home();
        }
    }

    /// No left and right margins on either screen.
    pub(super) fn reset_sides(&mut self) {
        for screen in [Some(&mut self.main), self.alternate.as_mut()].into_iter().flatten() {
            screen.wrap_pending_at = None;
            screen.region.left = 0;
            screen.region.right = screen.cols() - 1;
        }
    }

    /// DECSCL: the level, and a soft reset. 7 bit and 8 bit answers are the same here: UTF-8 leaves no room for 8 bit ones.
    fn set_level(&mut self, level: u16) {
        if let Ok(level @ 61..) = u8::try_from(level) {
            self.settings.level = (level - 60).min(HIGHEST_LEVEL);
            self.soft_reset();
        }
    }

    /// Sets the scroll region; the cursor is anywhere after this.
    pub(super) fn set_region(&mut self, top: u16, bottom: u16) {
        let screen = self.screen_mut();
        screen.region = Region { top, bottom, ..screen.region };
        screen.send_csi_2(top + 1, bottom + 1, b'r');
    }

    /// Forgets the lines of the history from a number on: they will be printed again.
    pub fn cut_history_at(&mut self, number: u64) {
        self.archive_mut().history.cut_at(number);
    }

    /// Forgets every line that left the screen (`CSI 3 J`, or the user's wish); the screen stays.
    pub fn clear_history(&mut self) {
        self.main.flush();
        if let Some(archive) = &mut self.main.sink_mut().archive {
            archive.history.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_are_taken_apart() {
        let csi = Csi::parse(b"?1;;70000:9$p").expect("it is one");
        assert_eq!(
            (csi.private, csi.values(), csi.intermediates, csi.last),
            (b'?', &[1, 0, 65535][..], &b"$"[..], b'p')
        );
        assert_eq!((csi.get(1, 7), csi.get(9, 3)), (7, 3));
        let many = Csi::parse(format!("{}H", "7;".repeat(100)).as_bytes()).map(|csi| csi.values().len());
        assert_eq!(many, Some(MAX_PARAMETERS));
        assert!(Csi::parse(b"").is_none() && Csi::parse(b"1?2h").is_none());
    }
}
