//! Which rows a chunk of output may have changed: never too few, sometimes too many.
//!
//! Pure. Follows the cursor's row by estimate while bytes are on their way to vt100, because asking vt100 after each sequence
//! would cost more than it saves.

use super::Damage;

/// The estimate.
#[derive(Debug)]
pub struct DamageTracker {
    damage: Damage,
    /// The cursor's row lies between these.
    low: u16,
    high: u16,
    /// The rows between them changed, but that is not noted yet: the end may still turn out to be higher.
    touched: bool,
}

impl Default for DamageTracker {
    /// A new screen is to be drawn.
    fn default() -> Self {
        Self { damage: Damage::All, low: 0, high: 0, touched: false }
    }
}

impl DamageTracker {
    /// What changed so far.
    pub fn damage(&self) -> &Damage {
        &self.damage
    }

    /// What changed so far; nothing has after this.
    pub fn take(&mut self) -> Damage {
        std::mem::replace(&mut self.damage, Damage::None)
    }

    /// Everything changed.
    pub fn all(&mut self) {
        self.damage = Damage::All;
    }

    /// These rows changed.
    pub fn rows(&mut self, from: u16, to: u16) {
        self.damage = match self.damage {
            Damage::None => Damage::Rows(from, to),
            Damage::Rows(a, b) => Damage::Rows(a.min(from), b.max(to)),
            Damage::All => Damage::All,
        };
    }

    fn note(&mut self) {
        if std::mem::take(&mut self.touched) {
            self.rows(self.low, self.high);
        }
    }

    /// vt100 told the cursor's row, after nothing but text since the last move.
    pub fn settled(&mut self, row: u16) {
        self.high = row.max(self.low);
        self.note();
        (self.low, self.high) = (row, row);
    }

    /// The cursor was moved to a row.
    pub fn moved_to(&mut self, row: u16) {
        self.note();
        (self.low, self.high) = (row, row);
    }

    /// The cursor moved up by at most `n`.
    pub fn up(&mut self, n: u16) {
        self.note();
        self.low = self.low.saturating_sub(n);
    }

    /// The cursor moved down by at most `n`, on a screen of `rows`.
    pub fn down(&mut self, n: u16, rows: u16) {
        self.note();
        self.high = self.high.saturating_add(n).min(rows.saturating_sub(1));
    }

    /// The cursor's row changed.
    pub fn here(&mut self) {
        self.touched = true;
    }

    /// The lowest row that the cursor may be in.
    pub fn lowest_row(&self) -> u16 {
        self.high
    }

    /// The highest row that the cursor may be in.
    pub fn highest_row(&self) -> u16 {
        self.low
    }

    /// Text went out: it may have gone on for some rows.
    pub fn text(&mut self, text: &[u8], cols: u16, rows: u16) {
        let n = memchr::memchr3_iter(b'\n', 0x0b, 0x0c, text).count() + text.len() / usize::from(cols.max(1)) + 1;
        self.high = self.high.saturating_add(u16::try_from(n).unwrap_or(u16::MAX)).min(rows.saturating_sub(1));
        self.touched = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_add_up_until_they_are_taken() {
        let mut tracker = DamageTracker::default();
        assert_eq!(tracker.take(), Damage::All);
        tracker.moved_to(5);
        tracker.text(b"a\r\nb", 80, 24);
        tracker.moved_to(2);
        assert_eq!(tracker.damage(), &Damage::Rows(5, 7));
        tracker.text(b"abc", 80, 24);
        tracker.settled(2);
        assert_eq!(tracker.take(), Damage::Rows(2, 7));
        tracker.text(b"abc", 80, 24);
        tracker.settled(2);
        assert_eq!(tracker.take(), Damage::Rows(2, 2));
        assert_eq!(tracker.take(), Damage::None);
        tracker.all();
        tracker.here();
        tracker.settled(3);
        assert_eq!(tracker.take(), Damage::All);
    }
}
