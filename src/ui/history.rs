//! Lines that have left a pane's screen, as the drawing needs them.

use crate::term::{CellView, Terminal};

/// A source of lines, the oldest at index 0.
pub trait History {
    /// How many lines there are.
    fn n_lines(&self) -> usize;
    /// Calls `draw` for the columns of the line, from left to right.
    fn draw_line(&self, index: usize, draw: &mut dyn FnMut(u16, CellView<'_>));
}

impl History for Terminal {
    fn n_lines(&self) -> usize {
        self.history().n_lines()
    }

    fn draw_line(&self, index: usize, draw: &mut dyn FnMut(u16, CellView<'_>)) {
        self.history().draw_line(index, draw);
    }
}
