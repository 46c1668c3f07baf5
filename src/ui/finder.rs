//! Draws the finder: lines of all sessions' histories, each with whose it is.

use ratatui::buffer::Buffer;

use crate::core::dialog::Finder;
use crate::geometry::Rect;
use crate::text;
use crate::ui::canvas::{columns_of, put};
use crate::ui::dialog_layout::DialogLayout;
use crate::ui::dialogs::{draw_empty, mark_selected, narrowed, put_marked, rows};
use crate::ui::theme::{Signal, Theme};

/// Most columns of a session's name.
const LABEL_COLUMNS: u16 = 20;

pub(super) fn draw(finder: &Finder, layout: &DialogLayout, theme: &Theme, buf: &mut Buffer) {
    let widest = finder.lines.iter().map(|found| columns_of(&found.label)).max().unwrap_or(0);
    for (line, index, positions, row) in rows(layout, &finder.list) {
        let Some(found) = finder.lines.get(index) else { continue };
        let label_width = widest.min(LABEL_COLUMNS).min(line.width / 3);
        if !found.is_open {
            put(buf, line.x, line.y, 1, theme.sign(Signal::Ended), theme.signal(Signal::Ended));
        }
        let label = text::truncate(&found.label, usize::from(label_width));
        put(buf, line.x + 2, line.y, label_width, &label, theme.muted());
        let indent = label_width + 2;
        let rest = Rect::new(line.x + indent, line.y, line.width.saturating_sub(indent), 1);
        put_marked(buf, narrowed(rest, rest.width), &found.text, &positions, theme.text(), theme);
        mark_selected(buf, line, row == finder.list.selected_row(), "", theme);
    }
    draw_empty(finder.list.matches().is_empty(), finder.state(), layout, theme, buf);
}
