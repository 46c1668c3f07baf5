//! Rectangles and protected cells: copying, filling, erasing, changing attributes, checksums.
//!
//! Part of `Terminal`. VT420 and VT510 programmer references (DECCRA, DECFRA, DECERA, DECSERA, DECCARA, DECRARA, DECSACE, DECRQCRA,
//! DECSCA, DECSED, DECSEL), xterm's ctlseqs (XTCHECKSUM), ECMA-48 (SPA, EPA).

use super::Terminal;
use super::cells::Taken;
use super::csi::Csi;
use super::pen::Look;
use super::screen::Region;
use super::settings::{AttributeExtent, Protection};
use super::sgr;
use super::style::{Attributes, Style, Underline};

/// Which cells are erased.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Erase {
    All,
    Unprotected,
}

impl Terminal {
    /// The rectangle in four parameters from `first` on: top, left, bottom, right, counted from the origin; `None` if it is none.
    fn rectangle(&self, csi: &Csi<'_>, first: usize) -> Option<Region> {
        let screen = self.screen();
        let whole = Region::whole(screen.size());
        let bounds = if screen.origin { screen.region } else { whole };
        let at = |index, default: u16, base: u16, most: u16| match csi.get(first + index, 0) {
            0 => default,
            n => base.saturating_add(n - 1).min(most),
        };
        let from = |index, base: u16| base.saturating_add(csi.get(first + index, 1) - 1);
        let area = Region {
            top: from(0, bounds.top),
            left: from(1, bounds.left),
            bottom: at(2, bounds.bottom, bounds.top, bounds.bottom),
            right: at(3, bounds.right, bounds.left, bounds.right),
        };
        (area.top <= area.bottom && area.left <= area.right).then_some(area)
    }

    fn spend_area(&mut self, area: Region) -> bool {
        self.spend((usize::from(area.bottom - area.top) + 1) * (usize::from(area.right - area.left) + 1))
    }

    /// `CSI … $ F`.
    pub(super) fn rectangle_operation(&mut self, csi: &Csi<'_>) {
        match csi.last {
            b'v' => self.copy_rectangle(csi),
            b'x' => self.fill_rectangle(csi),
            b'z' => self.erase_rectangle(csi, Erase::All),
            b'{' if self.settings.protection == Protection::Dec => self.erase_rectangle(csi, Erase::Unprotected),
            b'{' => self.erase_rectangle(csi, Erase::All),
            b'r' => self.change_attributes(csi, change),
            b't' => self.change_attributes(csi, reverse),
            _ => {}
        }
    }

    /// DECCRA. Pages are ignored: there is one.
    fn copy_rectangle(&mut self, csi: &Csi<'_>) {
        let Some(source) = self.rectangle(csi, 0) else { return };
        let screen = self.screen();
        let whole = Region::whole(screen.size());
        let bounds = if screen.origin { screen.region } else { whole };
        let top = bounds.top.saturating_add(csi.get(5, 1) - 1);
        let left = bounds.left.saturating_add(csi.get(6, 1) - 1);
        if top > whole.bottom || left > whole.right || !self.spend_area(source) {
            return;
        }
        let at = self.screen_mut().settle();
        let room = usize::from(whole.right - left) + 1;
        let rows: Vec<Vec<Taken>> =
            (source.top..=source.bottom).map(|row| self.take_cells(row, source.left, source.right)).collect();
        for (row, cells) in (top..=whole.bottom).zip(&rows) {
            self.put_cells(row, left, cells.get(..room).unwrap_or(cells));
        }
        self.damage.all();
        self.place(at);
    }

    /// DECFRA: with a character of Latin-1.
    fn fill_rectangle(&mut self, csi: &Csi<'_>) {
        let Ok(code @ (32..=126 | 160..=255)) = u8::try_from(csi.get(0, 0)) else { return };
        let Some(area) = self.rectangle(csi, 1) else { return };
        if self.spend_area(area) {
            let cell = Taken { text: char::from(code).to_string(), width: 1, look: Look::Text(self.pen.style) };
            self.edit_rows(area, |cells| cells.fill(cell.clone()));
        }
    }

    /// DECERA and DECSERA.
    fn erase_rectangle(&mut self, csi: &Csi<'_>, which: Erase) {
        if let Some(area) = self.rectangle(csi, 0) {
            self.erase_area(area, which);
        }
    }

    fn erase_area(&mut self, area: Region, which: Erase) {
        if !self.spend_area(area) {
            return;
        }
        let blank = Taken::blank(Look::Fill(self.pen.style.bg));
        self.edit_rows(area, |cells| {
            let mut spared = false;
            for cell in cells {
                // The second half shares the fate of the first.
                spared = if cell.width == 0 { spared } else { which == Erase::Unprotected && cell.is_protected() };
                if !spared {
                    *cell = blank.clone();
                }
            }
        });
    }

    /// DECSED and ED: what is protected stays. 0 to the end, 1 from the start, 2 all.
    pub(super) fn erase_display_selectively(&mut self, what: u16) {
        let at = self.screen_mut().settle_inside();
        let whole = Region::whole(self.screen().size());
        if what != 1 && what != 0 {
            return self.erase_area(whole, Erase::Unprotected);
        }
        self.erase_line_selectively(what);
        if what == 0 && at.row < whole.bottom {
            self.erase_area(Region { top: at.row + 1, ..whole }, Erase::Unprotected);
        } else if what == 1 && at.row > 0 {
            self.erase_area(Region { bottom: at.row - 1, ..whole }, Erase::Unprotected);
        }
    }

    /// DECSEL and EL: what is protected stays.
    pub(super) fn erase_line_selectively(&mut self, what: u16) {
        let at = self.screen_mut().settle_inside();
        let right = self.screen().cols() - 1;
        let (left, right) = match what {
            0 => (at.col, right),
            1 => (0, at.col),
            _ => (0, right),
        };
        self.erase_area(Region { top: at.row, bottom: at.row, left, right }, Erase::Unprotected);
    }

    /// ECH where SPA protects.
    pub(super) fn erase_characters_selectively(&mut self, n: u16) {
        let at = self.screen_mut().settle_inside();
        let right = at.col.saturating_add(n - 1).min(self.screen().cols() - 1);
        self.erase_area(Region { top: at.row, bottom: at.row, left: at.col, right }, Erase::Unprotected);
    }

    /// DECCARA and DECRARA: `apply` changes a style by one parameter.
    fn change_attributes(&mut self, csi: &Csi<'_>, apply: fn(&mut Style, u16)) {
        let Some(area) = self.rectangle(csi, 0) else { return };
        let parameters = csi.values().get(4..).unwrap_or_default();
        let parameters = if parameters.is_empty() { &[0][..] } else { parameters };
        if !self.spend_area(area) {
            return;
        }
        let is_stream = self.settings.extent == AttributeExtent::Stream && area.top < area.bottom;
        let last_col = self.screen().cols() - 1;
        for row in area.top..=area.bottom {
            let left = if is_stream && row > area.top { 0 } else { area.left };
            let right = if is_stream && row < area.bottom { last_col } else { area.right };
            let area = Region { top: row, bottom: row, left, right };
            self.edit_rows(area, |cells| {
                for cell in cells {
                    if let (Look::Text(style), false) = (&mut cell.look, cell.text.is_empty()) {
                        parameters.iter().for_each(|&parameter| apply(style, parameter));
                    }
                }
            });
        }
    }

    /// DECRQCRA: `CSI id ; page ; top ; left ; bottom ; right * y`. As xterm, except that attributes do not count until XTCHECKSUM
    /// asks for them: that is what programs that read the screen this way expect.
    pub(super) fn report_checksum(&mut self, csi: &Csi<'_>) {
        let id = csi.get(0, 0);
        self.screen_mut().flush();
        let sum = match self.rectangle(csi, 2) {
            Some(area) if self.spend_area(area) => self.checksum(area),
            _ => 0,
        };
        self.outbox.reply(format!("\x1bP{id}!~{sum:04X}\x1b\\").as_bytes());
    }

    fn checksum(&self, area: Region) -> u16 {
        let rules = self.settings.checksum;
        let mut total: u16 = 0;
        let mut is_first = true;
        for row in area.top..=area.bottom {
            // Blanks count only when something follows them in the row; the rectangle's first cell always does.
            let mut blanks: u16 = 0;
            for cell in self.take_cells(row, area.left, area.right).iter().filter(|cell| cell.width > 0) {
                let is_drawn = !cell.text.is_empty();
                if !is_drawn && rules.skips_erased() {
                    continue;
                }
                let mut value = cell.text.chars().next().map_or(32, |c| rules.value_of(c));
                if let (Look::Text(style), true) = (cell.look, rules.counts_attributes()) {
                    value = value.wrapping_add(attribute_value(&style));
                }
                if value == 32 && !is_first && !rules.counts_blanks() {
                    blanks = blanks.wrapping_add(value);
                } else {
                    total = total.wrapping_add(blanks).wrapping_add(value);
                    blanks = 0;
                }
                is_first = false;
            }
        }
        if rules.is_positive() { total } else { total.wrapping_neg() }
    }
}

/// What a cell's attributes add to a checksum (xterm, `xtermCheckRect`).
fn attribute_value(style: &Style) -> u16 {
    const VALUES: [(u16, u16); 5] = [
        (Attributes::PROTECTED, 0x04),
        (Attributes::HIDDEN, 0x08),
        (Attributes::INVERSE, 0x20),
        (Attributes::BLINK, 0x40),
        (Attributes::BOLD, 0x80),
    ];
    let underline = if style.underline == Underline::None { 0 } else { 0x10 };
    VALUES.iter().filter(|(bit, _)| style.attributes.has(*bit)).fold(underline, |sum, (_, value)| sum + value)
}

/// DECCARA: SGR.
fn change(style: &mut Style, parameter: u16) {
    sgr::apply(parameter.to_string().as_bytes(), style);
}

/// DECRARA: turns round what the parameter names; 0 names all that it knows.
fn reverse(style: &mut Style, parameter: u16) {
    const ALL: u16 = Attributes::BOLD | Attributes::BLINK | Attributes::INVERSE | Attributes::HIDDEN;
    style.attributes.0 ^= match parameter {
        0 => ALL,
        1 => Attributes::BOLD,
        5 => Attributes::BLINK,
        7 => Attributes::INVERSE,
        8 => Attributes::HIDDEN,
        _ => 0,
    };
    if matches!(parameter, 0 | 4) {
        style.underline = if style.underline == Underline::None { Underline::Single } else { Underline::None };
    }
}
