//! Sizes, rectangles and directions in terminal cells.
//!
//! Pure arithmetic; imports nothing of homing.

use std::num::NonZeroU16;

use serde::{Deserialize, Serialize};

/// A size in cells; neither side is ever zero.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Size {
    cols: NonZeroU16,
    rows: NonZeroU16,
}

impl Size {
    /// What a workspace without a client uses (DESIGN §12).
    pub const HEADLESS: Self = Self::new(80, 24);

    /// A size of at least 1×1: zero becomes one.
    pub const fn new(cols: u16, rows: u16) -> Self {
        const fn at_least_one(n: u16) -> NonZeroU16 {
            match NonZeroU16::new(n) {
                Some(n) => n,
                None => NonZeroU16::MIN,
            }
        }
        Self { cols: at_least_one(cols), rows: at_least_one(rows) }
    }

    /// Columns, at least 1.
    pub const fn cols(self) -> u16 {
        self.cols.get()
    }

    /// Rows, at least 1.
    pub const fn rows(self) -> u16 {
        self.rows.get()
    }
}

/// A rectangle in cells; may be empty.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, Serialize, Deserialize)]
pub struct Rect {
    /// Column of the left edge, from 0.
    pub x: u16,
    /// Row of the upper edge, from 0.
    pub y: u16,
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

impl Rect {
    /// A rectangle by its corner and its sides.
    pub const fn new(x: u16, y: u16, width: u16, height: u16) -> Self {
        Self { x, y, width, height }
    }

    /// The column right of the right edge.
    pub const fn right(self) -> u16 {
        self.x.saturating_add(self.width)
    }

    /// The row below the lower edge.
    pub const fn bottom(self) -> u16 {
        self.y.saturating_add(self.height)
    }

    /// Whether it holds no cell.
    pub const fn is_empty(self) -> bool {
        self.width == 0 || self.height == 0
    }

    /// Whether the cell lies inside.
    pub const fn contains(self, x: u16, y: u16) -> bool {
        x >= self.x && x < self.right() && y >= self.y && y < self.bottom()
    }

    /// The part of both.
    pub fn intersection(self, other: Self) -> Self {
        let x = self.x.max(other.x);
        let y = self.y.max(other.y);
        let right = self.right().min(other.right());
        let bottom = self.bottom().min(other.bottom());
        Self { x, y, width: right.saturating_sub(x), height: bottom.saturating_sub(y) }
    }

    /// Its size, at least 1×1.
    pub const fn size(self) -> Size {
        Size::new(self.width, self.height)
    }
}

/// Where to look or move from a pane.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Towards column 0.
    Left,
    /// Towards the last column.
    Right,
    /// Towards row 0.
    Up,
    /// Towards the last row.
    Down,
}

/// How the children of a split lie.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Axis {
    /// Side by side, from left to right.
    Row,
    /// One above the other, from top to bottom.
    Column,
}

impl Direction {
    /// The axis along which the direction moves.
    pub const fn axis(self) -> Axis {
        match self {
            Self::Left | Self::Right => Axis::Row,
            Self::Up | Self::Down => Axis::Column,
        }
    }

    /// Whether it moves towards higher coordinates.
    pub const fn is_forward(self) -> bool {
        matches!(self, Self::Right | Self::Down)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_never_empty() {
        assert_eq!(Size::new(0, 0), Size::new(1, 1));
    }

    #[test]
    fn rectangles_apart_share_nothing() {
        assert!(Rect::new(0, 0, 5, 5).intersection(Rect::new(5, 0, 5, 5)).is_empty());
    }
}
