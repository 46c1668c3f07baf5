//! Writing into a buffer without ever leaving it.

use ratatui::buffer::{Buffer, CellWidth};
use ratatui::style::Style;

use crate::geometry::Rect;
use crate::text;
use crate::ui::theme::{Sides, Theme};

/// ratatui's form of a rectangle.
pub fn to_ratatui(rect: Rect) -> ratatui::layout::Rect {
    ratatui::layout::Rect::new(rect.x, rect.y, rect.width, rect.height)
}

/// Writes the text into at most `columns` cells from (x, y), cut with `…` where it is longer. The column after it.
pub fn put(buf: &mut Buffer, x: u16, y: u16, columns: u16, content: &str, style: Style) -> u16 {
    let area = *buf.area();
    if x < area.x || x >= area.right() || y < area.y || y >= area.bottom() {
        return x;
    }
    let columns = columns.min(area.right() - x);
    let cut = text::truncate(content, usize::from(columns));
    buf.set_stringn(x, y, cut, usize::from(columns), style).0
}

/// Writes the text so that it ends before column `right`; nothing where it would begin before `left`. The column of its
/// first cell, or `right` where nothing was written.
pub fn put_right(buf: &mut Buffer, left: u16, right: u16, y: u16, content: &str, style: Style) -> u16 {
    let width = columns_of(content);
    match right.checked_sub(width) {
        Some(x) if x >= left && width > 0 => {
            put(buf, x, y, width, content, style);
            x
        }
        Some(_) | None => right,
    }
}

/// Columns that the text takes.
pub fn columns_of(content: &str) -> u16 {
    u16::try_from(text::width(content)).unwrap_or(u16::MAX)
}

/// Empties the cells of the area and gives them the style. A wide character that would reach into the area goes too.
pub fn clear(buf: &mut Buffer, area: Rect, style: Style) {
    let area = buf.area().intersection(to_ratatui(area));
    for y in area.top()..area.bottom() {
        if let Some(before) = area.x.checked_sub(1)
            && let Some(cell) = buf.cell_mut((before, y))
            && cell.cell_width() > 1
        {
            cell.set_symbol(" ");
        }
        for x in area.left()..area.right() {
            if let Some(cell) = buf.cell_mut((x, y)) {
                cell.reset();
                cell.set_style(style);
            }
        }
    }
}

/// Gives the cells of the area the style on top of what they have.
pub fn restyle(buf: &mut Buffer, area: Rect, style: Style) {
    buf.set_style(to_ratatui(area), style);
}

/// Draws a box along the edge of the area, with a title in its upper side, and empties its inside.
pub fn frame(buf: &mut Buffer, area: Rect, title: &str, theme: &Theme) {
    clear(buf, area, theme.text());
    if area.width < 2 || area.height < 2 {
        return;
    }
    let (last_x, last_y) = (area.right() - 1, area.bottom() - 1);
    let line = theme.accent();
    for y in area.y..=last_y {
        for x in area.x..=last_x {
            let vertical = x == area.x || x == last_x;
            let horizontal = y == area.y || y == last_y;
            if !vertical && !horizontal {
                continue;
            }
            let sides = Sides {
                up: vertical && y > area.y,
                down: vertical && y < last_y,
                left: horizontal && x > area.x,
                right: horizontal && x < last_x,
            };
            put(buf, x, y, 1, theme.junction(sides), line);
        }
    }
    let title = format!(" {} ", text::truncate(title, usize::from(area.width.saturating_sub(6))));
    put(buf, area.x + 2, area.y, area.width.saturating_sub(4), &title, theme.accent());
}
