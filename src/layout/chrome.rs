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
    /// The sidebar, its border on the right included; empty where hidden.
    pub sidebar: Rect,
    /// How the sidebar is shown.
    pub form: SidebarForm,
    /// What the panes of a tab share.
    pub main: Rect,
    /// Keys and health: the last row.
    pub status: Rect,
}

/// Whether the screen is one that homing works on.
pub fn is_supported(size: Size) -> bool {
    size.cols() >= SMALLEST.cols()
        && size.rows() >= SMALLEST.rows()
        && size.cols() <= LARGEST.cols()
        && size.rows() <= LARGEST.rows()
}

/// Divides a screen. `sidebar_columns` is what the user wants for a whole sidebar (its border included), `None` where the
/// user wants none; a narrow screen shows less.
pub fn chrome(size: Size, sidebar_columns: Option<u16>) -> Chrome {
    let (cols, rows) = (size.cols(), size.rows());
    let form = match sidebar_columns {
        Some(_) if cols >= WHOLE_FROM => SidebarForm::Whole,
        Some(_) if cols >= STRIP_FROM => SidebarForm::Strip,
        _ => SidebarForm::Hidden,
    };
    let sidebar_width = match form {
        SidebarForm::Whole => sidebar_columns.unwrap_or(0).clamp(STRIP_COLUMNS, cols - LEAST_MAIN),
        SidebarForm::Strip => STRIP_COLUMNS,
        SidebarForm::Hidden => 0,
    };
    let top = Rect::new(0, 0, cols, 1);
    let height = rows.saturating_sub(2);
    Chrome {
        top,
        sidebar: Rect::new(0, 1, sidebar_width, height),
        form,
        main: Rect::new(sidebar_width, 1, cols - sidebar_width, height),
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
            let chrome = chrome(Size::new(cols, 24), wanted);
            assert_eq!((chrome.form, chrome.sidebar.width), (form, width), "{cols} {wanted:?}");
            assert_eq!(chrome.main, Rect::new(width, 1, cols - width, 22));
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
        assert!(chrome(Size::new(1, 1), Some(24)).main.is_empty());
    }
}
