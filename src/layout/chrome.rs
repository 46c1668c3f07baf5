//! The frame around the panes: top line, sidebar, status bar, and the area that is left for a tab.
//!
//! The core sizes its terminals by it and the screen is drawn by it, so the two cannot disagree.

use crate::geometry::{Rect, Size};

/// The smallest screen on which homing works.
pub const SMALLEST: Size = Size::new(40, 12);
/// The largest screen on which homing works.
pub const LARGEST: Size = Size::new(500, 200);
/// Fewest columns with which the sidebar is shown whole (SCREEN.md).
pub const WHOLE_FROM: u16 = 90;
/// Fewest columns with which a strip of the sidebar is shown (SCREEN.md).
pub const STRIP_FROM: u16 = 60;
/// Columns of the sidebar as a strip, its border included.
pub const STRIP_COLUMNS: u16 = 3;
/// Fewest columns that a whole sidebar leaves to the panes. Chosen: half of a classic terminal.
const LEAST_MAIN: u16 = 40;

/// An edge of the screen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Side {
    /// The left one.
    #[default]
    Left,
    /// The right one.
    Right,
}

/// Where the user wants the sidebar.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SidebarPlace {
    /// Its columns when shown whole, its border included.
    pub columns: u16,
    /// At which edge it stands.
    pub side: Side,
}

/// How the sidebar is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SidebarForm {
    /// Titles and ages.
    Whole,
    /// One signal per session.
    Strip,
    /// Not at all.
    Hidden,
}

/// Where the parts of the screen lie.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Chrome {
    /// Workspace, tabs and counts: the first row.
    pub top: Rect,
    /// The sidebar, its border towards the panes included; empty where hidden.
    pub sidebar: Rect,
    /// At which edge it stands.
    pub side: Side,
    /// How the sidebar is shown.
    pub form: SidebarForm,
    /// What the panes of a tab share.
    pub main: Rect,
    /// Keys and health: the last row.
    pub status: Rect,
}

impl Chrome {
    /// The line between the sidebar and the panes; `None` where it is hidden.
    pub fn sidebar_border(&self) -> Option<Rect> {
        let x = match self.side {
            Side::Left => self.sidebar.right().saturating_sub(1),
            Side::Right => self.sidebar.x,
        };
        (self.form != SidebarForm::Hidden).then(|| Rect::new(x, self.sidebar.y, 1, self.sidebar.height))
    }

    /// The sidebar without its border.
    pub fn sidebar_inside(&self) -> Rect {
        let x = if self.side == Side::Left { self.sidebar.x } else { self.sidebar.x + 1 };
        Rect::new(x, self.sidebar.y, self.sidebar.width.saturating_sub(1), self.sidebar.height)
    }
}

/// Whether the screen is one that homing works on.
pub fn is_supported(size: Size) -> bool {
    size.cols() >= SMALLEST.cols()
        && size.rows() >= SMALLEST.rows()
        && size.cols() <= LARGEST.cols()
        && size.rows() <= LARGEST.rows()
}

/// Divides a screen. The sidebar stands where the user wants it, if they want one; a narrow screen shows less of it.
pub fn chrome(size: Size, wanted: Option<SidebarPlace>) -> Chrome {
    let (cols, rows) = (size.cols(), size.rows());
    let form = match wanted {
        Some(_) if cols >= WHOLE_FROM => SidebarForm::Whole,
        Some(_) if cols >= STRIP_FROM => SidebarForm::Strip,
        _ => SidebarForm::Hidden,
    };
    let sidebar_width = match form {
        SidebarForm::Whole => wanted.map_or(0, |place| place.columns).clamp(STRIP_COLUMNS, cols - LEAST_MAIN),
        SidebarForm::Strip => STRIP_COLUMNS,
        SidebarForm::Hidden => 0,
    };
    let top = Rect::new(0, 0, cols, 1);
    let height = rows.saturating_sub(2);
    let side = wanted.map_or(Side::Left, |place| place.side);
    let (sidebar_x, main_x) = match side {
        Side::Left => (0, sidebar_width),
        Side::Right => (cols - sidebar_width, 0),
    };
    Chrome {
        top,
        sidebar: Rect::new(sidebar_x, 1, sidebar_width, height),
        side,
        form,
        main: Rect::new(main_x, 1, cols - sidebar_width, height),
        status: Rect::new(0, rows - 1, cols, if rows > 1 { 1 } else { 0 }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sidebar_gives_way_as_the_screen_narrows() {
        let cases = [
            (120, Some(24), SidebarForm::Whole, 24),
            (90, Some(60), SidebarForm::Whole, 50),
            (89, Some(24), SidebarForm::Strip, 3),
            (60, Some(24), SidebarForm::Strip, 3),
            (59, Some(24), SidebarForm::Hidden, 0),
            (200, None, SidebarForm::Hidden, 0),
        ];
        for (cols, wanted, form, width) in cases {
            let at = |side| wanted.map(|columns| SidebarPlace { columns, side });
            let left = chrome(Size::new(cols, 24), at(Side::Left));
            assert_eq!((left.form, left.sidebar.width), (form, width), "{cols} {wanted:?}");
            assert_eq!(left.main, Rect::new(width, 1, cols - width, 22));
            let right = chrome(Size::new(cols, 24), at(Side::Right));
            assert_eq!((right.form, right.main), (form, Rect::new(0, 1, cols - width, 22)));
            let x = if wanted.is_some() { cols - width } else { 0 };
            assert_eq!(right.sidebar, Rect::new(x, 1, width, 22));
        }
    }

    #[test]
    fn the_supported_sizes_are_those_promised() {
        for (cols, rows, is) in [(40, 12, true), (39, 12, false), (40, 11, false), (500, 200, true), (501, 200, false)]
        {
            assert_eq!(is_supported(Size::new(cols, rows)), is, "{cols}x{rows}");
        }
    }

    #[test]
    fn a_screen_of_one_cell_has_no_room_for_panes() {
        assert!(chrome(Size::new(1, 1), Some(SidebarPlace { columns: 24, side: Side::Right })).main.is_empty());
    }
}
