//! Draws the command palette.

use ratatui::buffer::Buffer;

use crate::core::dialog::Palette;
use crate::geometry::Rect;
use crate::ui::canvas::{columns_of, put_right};
use crate::ui::dialog_layout::DialogLayout;
use crate::ui::dialogs::{draw_empty, mark_selected, narrowed, put_marked, rows};
use crate::ui::theme::Theme;

/// Draws the list: name and purpose on the left; the keys on the right, or why the command can do nothing now.
pub(super) fn draw(palette: &Palette, layout: &DialogLayout, theme: &Theme, buf: &mut Buffer) {
    for (line, index, positions, row) in rows(layout, &palette.list) {
        let Some(shown) = palette.rows.get(index) else { continue };
        let (style, right, right_style) = match &shown.obstacle {
            Some(why) => (theme.muted(), why, theme.muted()),
            None => (theme.text(), &shown.keys, theme.key()),
        };
        // The name stays readable on the narrowest screen.
        let left = line.x + 2 + line.width / 3;
        let end = match columns_of(right) {
            0 => line.right(),
            _ => put_right(buf, left, line.right(), line.y, right, right_style).saturating_sub(2),
        };
        let text = Rect::new(line.x, line.y, end.saturating_sub(line.x), 1);
        put_marked(buf, narrowed(text, text.width), &shown.text, &positions, style, theme);
        mark_selected(buf, line, row == palette.list.selected_row(), theme.pick("›", ">"), theme);
    }
    draw_empty(palette.list.matches().is_empty(), "no such command", layout, theme, buf);
}
