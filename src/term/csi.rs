//! Control sequences: what goes to vt100 as it is, what is rewritten, and what is ours alone.
//!
//! Part of `Terminal`. xterm's ctlseqs is the reference; deviations say so.

use super::modes;
use super::screen::{Region, Screen};
use super::{Shown, Terminal, sgr};

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
            (0, b"!") if csi.last == b'p' => self.soft_reset(),
            (0, b"$") if csi.last == b'p' => self.report_ansi_mode(csi.get(0, 0)),
            (b'?', b"$") if csi.last == b'p' => self.report_private_mode(csi.get(0, 0)),
            _ => {}
        }
    }

    fn plain_csi(&mut self, csi: &Csi<'_>) {
        match csi.last {
            b'A'..=b'F' | b'a' | b'e' | b'j' | b'k' => self.move_by(csi),
            b'G' | b'`' => self.screen_mut().send_csi(csi.count(), b'G'),
            b'H' | b'f' | b'd' => self.move_to(csi),
            b'I' => self.tab(csi.count()),
            b'Z' => self.tab_back(csi.count()),
            b'J' => self.erase_display(csi.get(0, 0)),
            b'K' if csi.get(0, 0) <= 2 => {
                self.send_fill();
                self.damage.here();
                self.screen_mut().send_csi(csi.get(0, 0), b'K');
            }
            b'X' => {
                self.send_fill();
                self.damage.here();
                self.screen_mut().send_csi(csi.count(), b'X');
            }
            b'@' | b'P' => self.shift_cells(csi),
            b'L' | b'M' => self.shift_lines(csi),
            b'S' | b'^' => self.scroll(csi),
            b'T' if csi.values().len() <= 1 => self.scroll(csi),
            b'b' => self.repeat(csi.count()),
            b'g' => self.clear_tabs(csi.get(0, 0)),
            b'h' | b'l' => self.set_ansi_modes(csi),
            b'r' => self.set_margins(csi),
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
            // Selective erase: nothing is ever protected here.
            b'J' => self.erase_display(csi.get(0, 0)),
            b'K' if csi.get(0, 0) <= 2 => {
                self.send_fill();
                self.damage.here();
                self.screen_mut().send_csi(csi.get(0, 0), b'K');
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

    /// CUP, HVP and VPA.
    fn move_to(&mut self, csi: &Csi<'_>) {
        let row = csi.count();
        let col = match csi.last {
            b'd' => self.screen_mut().settle_inside().col + 1,
            _ => csi.get(1, 1),
        };
        let screen = self.screen_mut();
        screen.send_csi_2(row, col, b'H');
        let (bottom, top) = (screen.rows() - 1, if screen.origin { screen.region.top } else { 0 });
        self.damage.moved_to((top.saturating_add(row - 1)).min(bottom));
    }

    fn clear_tabs(&mut self, what: u16) {
        let cols = self.screen().cols();
        match what {
            0 => {
                let col = self.screen_mut().settle_inside().col;
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
            self.screen_mut().send(b"\x1b[H");
            let row = if self.screen().origin { top - 1 } else { 0 };
            self.damage.moved_to(row);
        }
    }

    /// Sets the scroll region; the cursor is anywhere after this.
    pub(super) fn set_region(&mut self, top: u16, bottom: u16) {
        let screen = self.screen_mut();
        screen.region = Region { top, bottom };
        screen.send_csi_2(top + 1, bottom + 1, b'r');
    }

    fn set_private(&mut self, mode: u16) {
        match mode {
            6 => {
                self.set_origin(true);
                self.screen_mut().send(b"\x1b[H");
                self.damage.moved_to(self.screen().region.top);
            }
            47 | 1047 => self.enter_alternate(),
            1048 => self.save_cursor(),
            1049 => {
                if self.shown == Shown::Main {
                    self.save_cursor();
                    self.drop_alternate();
                    self.enter_alternate();
                }
            }
            _ => {
                if let Some(flag) = modes::private_flag(mode) {
                    self.modes.set(flag);
                } else {
                    self.modes.set_mouse(mode);
                }
                if mode == 7 {
                    self.screen_mut().settle_inside();
                }
                if mode == 2048 {
                    self.report_size();
                }
            }
        }
    }

    fn reset_private(&mut self, mode: u16) {
        match mode {
            6 => {
                self.set_origin(false);
                self.screen_mut().send(b"\x1b[H");
                self.damage.moved_to(0);
            }
            47 => self.leave_alternate(),
            1047 => {
                self.leave_alternate();
                self.drop_alternate();
            }
            1048 => self.restore_cursor(),
            1049 => {
                let was = self.shown;
                self.leave_alternate();
                self.drop_alternate();
                if was == Shown::Alternate {
                    self.restore_cursor();
                }
            }
            _ => {
                if let Some(flag) = modes::private_flag(mode) {
                    self.modes.reset(flag);
                } else {
                    self.modes.reset_mouse(mode);
                }
            }
        }
    }

    /// Shows the alternate screen; the cursor keeps its place, as in xterm.
    fn enter_alternate(&mut self) {
        if self.shown == Shown::Alternate {
            return;
        }
        let at = self.main.settle();
        let size = self.size;
        self.alternate.get_or_insert_with(|| Screen::new(size, None));
        self.shown = Shown::Alternate;
        self.place(at);
        self.damage.all();
    }

    /// Forgets what is on the alternate screen, while it is not shown.
    pub(super) fn drop_alternate(&mut self) {
        if let Some(mut screen) = self.alternate.take() {
            screen.flush();
            let (n_scrolled, n_bells) = (screen.sink().n_scrolled, screen.sink().n_bells);
            self.main.count(n_scrolled, n_bells, screen.n_panics());
        }
    }

    /// Shows the main screen; the cursor keeps its place.
    pub(super) fn leave_alternate(&mut self) {
        if self.shown == Shown::Main {
            return;
        }
        let at = self.screen_mut().settle();
        self.shown = Shown::Main;
        self.place(at);
        self.damage.all();
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
