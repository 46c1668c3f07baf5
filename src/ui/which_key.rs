//! The panel that rises above the status bar when the prefix was pressed and nothing followed: which keys go on.

use std::time::Duration;

use ratatui::buffer::Buffer;

use crate::core::client::ClientView;
use crate::core::command::{COMMANDS, Command, Group};
use crate::core::mode::Mode;
use crate::core::state::State;
use crate::geometry::Rect;
use crate::ui::canvas::{clear, columns_of, put};
use crate::ui::hints::{KeyHints, key_after_prefix};
use crate::ui::theme::{Sides, Theme};

/// How long the prefix waits before the panel rises (SCREEN.md).
pub const DELAY: Duration = Duration::from_millis(400);
/// Columns between two columns of entries.
const GAP: u16 = 2;

/// Whether the panel is to be seen now.
pub fn is_due(state: &State, client: &ClientView) -> bool {
    matches!(client.mode, Mode::Prefix { since } if state.now.instant.since(since) >= DELAY)
}

/// A line of a column: a heading, or a key with what it does.
enum Entry {
    Heading(&'static str),
    Key { key: String, words: &'static str },
}

impl Entry {
    fn width(&self) -> u16 {
        match self {
            Self::Heading(title) => columns_of(title),
            Self::Key { key, words } => columns_of(key) + 1 + columns_of(words),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Headings {
    Shown,
    Left,
}

/// Draws the panel over the rows above `status`, at most a third of the screen.
pub fn draw(status: Rect, screen_rows: u16, keys: &dyn KeyHints, theme: &Theme, buf: &mut Buffer) {
    let most = usize::from((screen_rows / 3).saturating_sub(1));
    if most == 0 {
        return;
    }
    let columns = arrange(keys, theme, status.width.saturating_sub(2), most);
    let rows = u16::try_from(columns.iter().map(Vec::len).max().unwrap_or(0)).unwrap_or(0);
    let area = Rect::new(status.x, status.y.saturating_sub(rows + 1), status.width, rows + 1);
    clear(buf, area, theme.text());
    let line = theme.junction(Sides { left: true, right: true, ..Sides::default() });
    for x in area.x..area.right() {
        put(buf, x, area.y, 1, line, theme.accent());
    }
    let mut x = area.x + 1;
    for column in &columns {
        let width = width_of(column);
        for (entry, y) in column.iter().zip(area.y + 1..) {
            match entry {
                Entry::Heading(title) => _ = put(buf, x, y, width, title, theme.strong()),
                Entry::Key { key, words } => {
                    let end = put(buf, x, y, width, key, theme.key());
                    put(buf, end + 1, y, (x + width).saturating_sub(end + 1), words, theme.text());
                }
            }
        }
        x += width + GAP;
    }
}

/// The columns of the panel: as few rows as it takes, with headings if they fit; else as many columns as fit.
fn arrange(keys: &dyn KeyHints, theme: &Theme, width: u16, most: usize) -> Vec<Vec<Entry>> {
    for headings in [Headings::Shown, Headings::Left] {
        for rows in 3.min(most)..=most {
            let columns = in_columns(entries(keys, theme, headings), rows);
            let total: u16 = columns.iter().map(|column| width_of(column) + GAP).sum();
            if total.saturating_sub(GAP) <= width {
                return columns;
            }
        }
    }
    let mut used = 0;
    let mut columns = in_columns(entries(keys, theme, Headings::Left), most);
    columns.retain(|column| {
        used += width_of(column) + GAP;
        used <= width + GAP
    });
    columns
}

fn width_of(column: &[Entry]) -> u16 {
    column.iter().map(Entry::width).max().unwrap_or(0)
}

/// All commands that follow the prefix, by group; the nine tabs are one line, the arrangements too; what can be done otherwise
/// is left out.
fn entries(keys: &dyn KeyHints, theme: &Theme, headings: Headings) -> Vec<Entry> {
    let mut entries = Vec::new();
    for group in Group::ALL {
        if headings == Headings::Shown {
            entries.push(Entry::Heading(group.title()));
        }
        for row in COMMANDS.iter().filter(|row| row.group == group) {
            let Some(key) = key_after_prefix(keys, row.command, theme.glyphs) else { continue };
            match row.command {
                Command::Tab(1) => {
                    let last = key_after_prefix(keys, Command::Tab(9), theme.glyphs);
                    let key = last.map_or(key.clone(), |last| format!("{key}-{last}"));
                    entries.push(Entry::Key { key, words: "tab" });
                }
                // Copy mode searches too; the palette and the help tell the single arrangements.
                Command::Tab(_) | Command::Search | Command::Arrange(_) => {}
                _ => entries.push(Entry::Key { key, words: row.hint }),
            }
        }
    }
    entries
}

/// Fills columns of so many rows; a heading never stands alone at the foot of one.
fn in_columns(entries: Vec<Entry>, rows: usize) -> Vec<Vec<Entry>> {
    let mut columns: Vec<Vec<Entry>> = vec![Vec::new()];
    for entry in entries {
        let n = columns.last().map_or(0, Vec::len);
        let is_heading = matches!(entry, Entry::Heading(_));
        if n >= rows || (is_heading && n > 0 && n + 1 >= rows) {
            columns.push(Vec::new());
        }
        if let Some(column) = columns.last_mut() {
            column.push(entry);
        }
    }
    columns
}
