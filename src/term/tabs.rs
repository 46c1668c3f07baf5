//! Tab stops.
//!
//! Pure. Eight columns apart until a program sets its own (HTS) or clears them (TBC).

/// vt100 moves by eight columns itself.
const STEP: u16 = 8;

/// Where a tab goes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TabStops {
    /// The program's own stops, sorted; `None` as long as the usual ones hold.
    custom: Option<Vec<u16>>,
}

impl TabStops {
    /// Whether no program changed them.
    pub fn is_default(&self) -> bool {
        self.custom.is_none()
    }

    /// The program's own stops.
    pub fn custom(&self) -> Option<&[u16]> {
        self.custom.as_deref()
    }

    /// Stops as a snapshot told them.
    pub fn from_custom(custom: Option<Vec<u16>>) -> Self {
        Self { custom }
    }

    fn own(&mut self, cols: u16) -> &mut Vec<u16> {
        self.custom.get_or_insert_with(|| (0..cols).step_by(usize::from(STEP)).collect())
    }

    /// HTS: a stop at the column, on a screen of `cols` columns.
    pub fn set(&mut self, col: u16, cols: u16) {
        let stops = self.own(cols);
        if let Err(at) = stops.binary_search(&col) {
            stops.insert(at, col);
        }
    }

    /// TBC 0: no stop at the column.
    pub fn clear(&mut self, col: u16, cols: u16) {
        self.own(cols).retain(|&stop| stop != col);
    }

    /// TBC 3: no stops at all.
    pub fn clear_all(&mut self) {
        self.custom = Some(Vec::new());
    }

    /// The stop after the column, at most the last column.
    pub fn next(&self, col: u16, cols: u16) -> u16 {
        let last = cols.saturating_sub(1);
        let next = match &self.custom {
            None => (col / STEP).saturating_add(1).saturating_mul(STEP),
            Some(stops) => stops.iter().copied().find(|&stop| stop > col).unwrap_or(last),
        };
        next.min(last)
    }

    /// The stop before the column, or column 0.
    pub fn previous(&self, col: u16) -> u16 {
        match &self.custom {
            None => col.saturating_sub(1) / STEP * STEP,
            Some(stops) => stops.iter().rev().copied().find(|&stop| stop < col).unwrap_or(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stops_can_be_set_and_cleared() {
        let mut tabs = TabStops::default();
        assert_eq!((tabs.next(0, 80), tabs.next(8, 80), tabs.next(79, 80), tabs.previous(8)), (8, 16, 79, 0));
        tabs.set(5, 80);
        tabs.clear(8, 80);
        assert_eq!((tabs.next(0, 80), tabs.next(5, 80), tabs.previous(16)), (5, 16, 5));
        tabs.clear_all();
        assert_eq!((tabs.next(0, 80), tabs.previous(40)), (79, 0));
    }
}
