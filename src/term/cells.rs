//! Cells taken off the screen and put back elsewhere: what vt100 cannot move by itself (columns, rectangles) is read and printed
//! anew.
//!
//! Part of `Terminal`. Slow beside vt100's own operations (tens of nanoseconds a cell), and used only where those do not do.

use super::Terminal;
use super::pen::{self, Look};
use super::screen::Position;
use super::style::{Attributes, Style};

/// One column of a row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Taken {
    /// Empty for a blank and for the second half of a wide character.
    pub text: String,
    /// 1 or 2; 0 for the second half of a wide character.
    pub width: u8,
    /// How it looks.
    pub look: Look,
}

impl Taken {
    /// An erased cell.
    pub(super) fn blank(look: Look) -> Self {
        let look = match look {
            Look::Text(Style { bg, .. }) | Look::Fill(bg) => Look::Fill(bg),
        };
        Self { text: String::new(), width: 1, look }
    }

    /// Whether selective erasing spares it.
    pub(super) fn is_protected(&self) -> bool {
        matches!(self.look, Look::Text(style) if !self.text.is_empty() && style.attributes.has(Attributes::PROTECTED))
    }
}

/// Where cells go: towards the first or towards the last column or row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Towards {
    /// Left or up.
    Start,
    /// Right or down.
    End,
}

/// Moves the entries by `n`; what goes over the end is gone, what comes in is `filler`.
pub(super) fn shift<T: Clone>(entries: &mut [T], n: usize, towards: Towards, filler: &T) {
    let n = n.min(entries.len());
    match towards {
        Towards::Start => {
            entries.rotate_left(n);
            let kept = entries.len() - n;
            entries[kept..].fill(filler.clone());
        }
        Towards::End => {
            entries.rotate_right(n);
            entries[..n].fill(filler.clone());
        }
    }
}

impl Terminal {
    /// The columns `left..=right` of a row, one entry each. Everything sent must have been handed over to vt100.
    pub(super) fn take_cells(&self, row: u16, left: u16, right: u16) -> Vec<Taken> {
        let (screen, archive) = (self.screen(), self.archive());
        let taken = |col| {
            let Some(cell) = screen.cell(row, col) else { return Taken::blank(Look::Fill(Default::default())) };
            let look = pen::decode(&pen::native_of(cell), &archive.styles);
            if cell.is_wide_continuation() {
                Taken { text: String::new(), width: 0, look }
            } else if !cell.has_contents() {
                match look {
                    // Blanks that vt100 itself made keep the text's style; nothing but its background shows.
                    Look::Text(style) if style == Style::default() => Taken { text: String::new(), width: 1, look },
                    Look::Text(_) | Look::Fill(_) => Taken::blank(look),
                }
            } else {
                Taken { text: cell.contents().to_owned(), width: if cell.is_wide() { 2 } else { 1 }, look }
            }
        };
        (left..=right).map(taken).collect()
    }

    /// Puts entries into a row, from a column on; halves of wide characters become blanks. vt100's cursor is anywhere after this.
    pub(super) fn put_cells(&mut self, row: u16, left: u16, cells: &[Taken]) {
        self.screen_mut().send_csi(row + 1, b'd');
        let mut col = left;
        let mut rest = cells.iter();
        while let Some(cell) = rest.next() {
            let second_half = rest.as_slice().first().is_some_and(|next| next.width == 0);
            let is_whole = cell.width == 1 || (cell.width == 2 && second_half);
            self.screen_mut().send_csi(col + 1, b'G');
            if cell.text.is_empty() || !is_whole {
                let look =
                    if cell.text.is_empty() && cell.width == 1 { cell.look } else { Taken::blank(cell.look).look };
                self.send_look(look);
                self.screen_mut().send(b"\x1b[X");
                col += 1;
            } else {
                self.send_look(cell.look);
                self.screen_mut().send_text(cell.text.as_bytes());
                col += u16::from(cell.width);
                if cell.width == 2 {
                    rest.next();
                }
            }
        }
    }

    /// Changes the columns `left..=right` of the rows `top..=bottom`, each row in turn; the cursor stays.
    pub(super) fn edit_rows(&mut self, area: super::screen::Region, mut edit: impl FnMut(&mut Vec<Taken>)) {
        let at: Position = self.screen_mut().settle();
        let pending = self.screen().wrap_pending_at;
        for row in area.top..=area.bottom {
            let mut cells = self.take_cells(row, area.left, area.right);
            let before = cells.clone();
            edit(&mut cells);
            if cells != before {
                self.put_cells(row, area.left, &cells);
            }
        }
        self.damage.all();
        self.place(at);
        self.screen_mut().wrap_pending_at = pending;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_shifted_either_way() {
        let shifted = |n, towards| {
            let mut entries = vec![1, 2, 3, 4];
            shift(&mut entries, n, towards, &0);
            entries
        };
        assert_eq!(shifted(1, Towards::Start), [2, 3, 4, 0]);
        assert_eq!(shifted(3, Towards::End), [0, 0, 0, 1]);
        assert_eq!(shifted(9, Towards::Start), [0; 4]);
    }
}
