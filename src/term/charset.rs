//! Character sets: G0 to G3 as ASCII or DEC line drawing, and which of them is in use.
//!
//! Pure. VT220 programmer reference, chapters 2 and 4 (national sets are read as ASCII, as UTF-8 terminals do).

/// The characters of the DEC special graphics set from 0x5f to 0x7e.
const GRAPHICS: [&str; 32] = [
    " ", "◆", "▒", "␉", "␌", "␍", "␊", "°", "±", "␤", "␋", "┘", "┐", "┌", "└", "┼", "⎺", "⎻", "─", "⎼", "⎽", "├", "┤",
    "┴", "┬", "│", "≤", "≥", "π", "≠", "£", "·",
];

/// The four sets and the locking shift.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Charsets {
    /// Whether G0 to G3 hold line drawing.
    graphics: [bool; 4],
    /// The set in GL: 0 to 3.
    in_use: usize,
    /// SS2 or SS3: the set of the next character alone.
    single: Option<usize>,
}

impl Charsets {
    /// `ESC ( X` and its kin: `set` is 0 to 3, `designator` the final byte.
    pub fn designate(&mut self, set: usize, designator: u8) {
        if let Some(graphics) = self.graphics.get_mut(set) {
            *graphics = designator == b'0';
        }
    }

    /// SI, SO, LS2, LS3: `set` is 0 to 3.
    pub fn shift(&mut self, set: usize) {
        self.in_use = set & 3;
    }

    /// SS2, SS3.
    pub fn single_shift(&mut self, set: usize) {
        self.single = Some(set & 3);
    }

    /// Whether text goes through unchanged.
    pub fn is_plain(&self) -> bool {
        self.single.is_none() && !self.graphics[self.in_use]
    }

    /// The text with line drawing characters put in.
    pub fn translate(&mut self, text: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(text.len() * 3);
        for &byte in text {
            let graphics = match self.single {
                Some(set) if byte >= 0x20 => {
                    self.single = None;
                    self.graphics[set]
                }
                _ => self.graphics[self.in_use],
            };
            match byte {
                0x5f..=0x7e if graphics => {
                    out.extend_from_slice(GRAPHICS[usize::from(byte - 0x5f)].as_bytes());
                }
                _ => out.push(byte),
            }
        }
        out
    }

    /// One byte for a snapshot, the pending single shift (2 or 3; 0 for none) included.
    pub fn to_bits(self) -> u8 {
        let graphics = self.graphics.iter().rev().fold(0, |bits, &g| bits << 1 | u8::from(g));
        let single = self.single.map_or(0, |set| u8::try_from(set & 3).unwrap_or(0));
        graphics | u8::try_from(self.in_use).unwrap_or(0) << 4 | single << 6
    }

    /// The reverse of `to_bits`; any byte is one.
    pub fn from_bits(bits: u8) -> Self {
        let single = usize::from(bits >> 6 & 3);
        Self {
            graphics: std::array::from_fn(|i| bits >> i & 1 == 1),
            in_use: usize::from(bits >> 4 & 3),
            single: (single > 0).then_some(single),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_drawing_is_shifted_in_and_out() {
        let mut sets = Charsets::default();
        sets.designate(1, b'0');
        assert!(sets.is_plain());
        sets.shift(1);
        assert_eq!(sets.translate(b"lqk A"), "┌─┐ A".as_bytes());
        sets.shift(0);
        assert!(sets.is_plain());
    }

    #[test]
    fn a_single_shift_holds_for_one_character() {
        let mut sets = Charsets::default();
        sets.designate(2, b'0');
        sets.single_shift(2);
        assert_eq!(sets.translate(b"\nqq"), "\n─q".as_bytes());
        assert!(sets.is_plain());
    }

    #[test]
    fn a_snapshot_keeps_the_sets() {
        let mut sets = Charsets::default();
        sets.designate(3, b'0');
        sets.shift(3);
        assert_eq!(Charsets::from_bits(sets.to_bits()), sets);
    }
}
