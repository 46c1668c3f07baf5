//! Draws the picker of themes. What is selected is tried on the whole frame, so the list needs no samples.

use ratatui::buffer::Buffer;

use crate::core::dialog::ThemePicker;
use crate::geometry::Rect;
use crate::ui::canvas::put_right;
use crate::ui::dialog_layout::DialogLayout;
use crate::ui::dialogs::{draw_empty, mark_selected, narrowed, put_marked, rows};
use crate::ui::theme::{Signal, Theme};

/// Columns of a theme's name.
const NAME_COLUMNS: u16 = 20;

pub(super) fn draw(picker: &ThemePicker, layout: &DialogLayout, theme: &Theme, buf: &mut Buffer) {
    for (line, index, positions, row) in rows(layout, &picker.list) {
        let Some(item) = picker.items.get(index) else { continue };
        let name_columns = item.name.chars().count();
        let at = |position: &u32| usize::try_from(*position).unwrap_or(usize::MAX);
        let (in_name, in_note): (Vec<u32>, Vec<u32>) = positions.iter().partition(|k| at(k) < name_columns);
        put_marked(buf, narrowed(line, NAME_COLUMNS.min(line.width)), &item.name, &in_name, theme.text(), theme);
        let end = match item.is_used {
            true => put_right(buf, line.x, line.right(), line.y, "in use", theme.signal(Signal::Done)),
            false => line.right(),
        };
        let x = line.x + NAME_COLUMNS;
        let note = Rect::new(x, line.y, end.saturating_sub(x + 1), 1);
        let before = u32::try_from(name_columns + 1).unwrap_or(u32::MAX);
        let in_note: Vec<u32> = in_note.iter().filter_map(|k| k.checked_sub(before)).collect();
        put_marked(buf, narrowed(note, note.width), item.note, &in_note, theme.muted(), theme);
        mark_selected(buf, line, row == picker.list.selected_row(), theme.pick("›", ">"), theme);
    }
    draw_empty(picker.list.matches().is_empty(), "no theme like this", layout, theme, buf);
}
