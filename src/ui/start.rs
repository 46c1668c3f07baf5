//! The screens without panes: a workspace in which nothing is open, and a terminal of a size that does not do.

use ratatui::buffer::Buffer;
use ratatui::style::Style;

use crate::core::client::ClientView;
use crate::core::command::Command;
use crate::core::conversation::Found;
use crate::core::dialog::switcher::short_directory;
use crate::core::start::{StartItem, items, missing_words};
use crate::core::state::{ProviderChoice, State};
use crate::geometry::{Rect, Size};
use crate::layout::chrome::{LARGEST, SMALLEST};
use crate::text;
use crate::time::short_age;
use crate::ui::canvas::{columns_of, put, put_right, restyle};
use crate::ui::hints::{KeyHints, first_key};
use crate::ui::theme::Theme;
use crate::ui::wrap::wrap;

/// Most columns of the page.
const WIDEST: u16 = 72;

/// Columns that titles of agents take before their notes.
const TITLE_COLUMNS: u16 = 20;

/// A line of the page.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StartLine {
    /// Where.
    pub rect: Rect,
    /// What.
    pub part: StartPart,
}

/// What a line of the page shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StartPart {
    /// The program's name, and what this is.
    Title,
    /// Above what can be opened.
    Open,
    /// Above the conversations of the directory.
    GoOn,
    /// The n-th of [`items`].
    Item(usize),
    /// What else there is.
    Keys,
    /// Nothing.
    Blank,
}

/// Lays out the page; where it is too high, the lines around the selected item.
pub fn lay_out(state: &State, client: &ClientView, main: Rect) -> Vec<StartLine> {
    let items = items(state, client);
    let mut parts = vec![StartPart::Title, StartPart::Blank];
    let mut was_open = false;
    for (n, item) in items.iter().enumerate() {
        match item {
            StartItem::Open(_) if n == 0 => parts.push(StartPart::Open),
            StartItem::GoOn(_) if was_open || n == 0 => parts.extend([StartPart::Blank, StartPart::GoOn]),
            StartItem::Missing(_) => parts.push(StartPart::Blank),
            StartItem::Open(_) | StartItem::GoOn(_) | StartItem::Absent(_) => {}
        }
        was_open = matches!(item, StartItem::Open(_));
        parts.push(StartPart::Item(n));
    }
    parts.extend([StartPart::Blank, StartPart::Keys]);
    let height = usize::from(main.height);
    if parts.len() > height {
        // The air goes first.
        parts.retain(|part| *part != StartPart::Blank);
    }
    let selected = parts.iter().position(|part| *part == StartPart::Item(client.start.selected)).unwrap_or(0);
    let first = (selected + 2).saturating_sub(height).min(parts.len().saturating_sub(height));
    let width = main.width.saturating_sub(2).min(WIDEST);
    let n_shown = u16::try_from(parts.len().min(height)).unwrap_or(main.height);
    let top = main.y + (main.height - n_shown) / 2;
    let x = main.x + (main.width - width) / 2;
    let lines = parts.into_iter().skip(first).zip(top..top + n_shown);
    lines.map(|(part, y)| StartLine { rect: Rect::new(x, y, width, 1), part }).collect()
}

/// Draws what an empty workspace shows.
pub fn draw_start(
    state: &State,
    client: &ClientView,
    lines: &[StartLine],
    keys: &dyn KeyHints,
    theme: &Theme,
    buf: &mut Buffer,
) {
    let items = items(state, client);
    for line in lines {
        let Rect { x, y, width, .. } = line.rect;
        match line.part {
            StartPart::Title => {
                let end = put(buf, x, y, width, "homing", theme.accent());
                let rest = (x + width).saturating_sub(end + 2);
                put(buf, end + 2, y, rest, "nothing is open here yet", theme.muted());
            }
            StartPart::Open => _ = put(buf, x, y, width, "Open", theme.strong()),
            StartPart::GoOn => {
                let end = put(buf, x, y, width, "Go on", theme.strong());
                let place = format!("in {}", short_directory(&client.cwd, &state.home));
                put(buf, end + 1, y, (x + width).saturating_sub(end + 1), &place, theme.muted());
            }
            StartPart::Item(n) => {
                if let Some(item) = items.get(n) {
                    draw_item(state, client, *item, line.rect, theme, buf);
                }
                if n == client.start.selected {
                    put(buf, x, y, 1, theme.pick("›", ">"), theme.accent());
                    restyle(buf, line.rect, theme.selected());
                }
            }
            StartPart::Keys => draw_ways(line.rect, keys, theme, buf),
            StartPart::Blank => {}
        }
    }
}

fn draw_item(state: &State, client: &ClientView, item: StartItem<'_>, rect: Rect, theme: &Theme, buf: &mut Buffer) {
    let x = rect.x + 2;
    let room = rect.width.saturating_sub(2);
    match item {
        StartItem::Open(choice) => {
            put(buf, x, rect.y, room, &choice.title, theme.text());
            let note_x = x + TITLE_COLUMNS;
            put(buf, note_x, rect.y, rect.right().saturating_sub(note_x), note_of(choice), theme.muted());
        }
        StartItem::GoOn(found) => draw_conversation(state, found, rect, theme, buf),
        StartItem::Missing(n) => {
            let arrow = if client.start.is_unfolded { theme.pick("▾", "v") } else { theme.pick("▸", ">") };
            put(buf, x, rect.y, room, &format!("{arrow} {}", missing_words(n)), theme.muted());
        }
        StartItem::Absent(choice) => {
            put(buf, x + 2, rect.y, TITLE_COLUMNS.saturating_sub(1), &choice.title, theme.muted());
            let hint = choice.install_hint.as_deref().unwrap_or_default();
            let note_x = x + 2 + TITLE_COLUMNS;
            put(buf, note_x, rect.y, rect.right().saturating_sub(note_x), hint, theme.muted());
        }
    }
}

/// Its version, or what it is for.
fn note_of(choice: &ProviderChoice) -> &str {
    match (choice.name.as_str(), &choice.version) {
        (_, Some(version)) => version,
        ("demo", None) => "to try homing: no account, no network",
        (_, None) => "",
    }
}

fn draw_conversation(state: &State, found: &Found, rect: Rect, theme: &Theme, buf: &mut Buffer) {
    let conversation = &found.conversation;
    let age = short_age(state.now.wall.since(conversation.updated_at));
    let note = format!("{} {} {age}", conversation.provider, theme.pick("·", "-"));
    let x = rect.x + 2;
    let end = put_right(buf, x + 12, rect.right().saturating_sub(1), rect.y, &note, theme.muted());
    put(buf, x, rect.y, end.saturating_sub(x + 2), conversation.label(), theme.text());
}

/// The keys of the page, and the commands that lead on from it, as far as they fit.
fn draw_ways(rect: Rect, keys: &dyn KeyHints, theme: &Theme, buf: &mut Buffer) {
    let mut x = rect.x;
    let mut ways = vec![(theme.pick("↑↓ Enter", "up/down Enter").to_owned(), "opens")];
    let of = |command, words| first_key(keys, command, theme.glyphs).map(|key| (key, words));
    ways.extend(of(Command::Launch, "with a prompt"));
    ways.extend(of(Command::Browse, "all conversations"));
    for (key, words) in ways {
        let width = columns_of(&key) + 1 + columns_of(words);
        if x + width > rect.right() {
            return;
        }
        let end = put(buf, x, rect.y, width, &key, theme.key());
        put(buf, end + 1, rect.y, width, words, theme.muted());
        x += width + 3;
    }
}

/// Draws what a terminal of an unsupported size shows.
pub fn draw_unsupported(size: Size, theme: &Theme, buf: &mut Buffer) {
    let times = theme.pick("×", "x");
    let (cols, rows) = (size.cols(), size.rows());
    let is_small = cols < SMALLEST.cols() || rows < SMALLEST.rows();
    let wanted = if is_small {
        format!("homing needs at least {}{times}{}", SMALLEST.cols(), SMALLEST.rows())
    } else {
        format!("homing draws at most {}{times}{}", LARGEST.cols(), LARGEST.rows())
    };
    let message = format!("{wanted}; this terminal is {cols}{times}{rows}. Your agents run on.");
    let area = Rect::new(0, 0, cols, rows);
    draw_centred(&wrap(&message, usize::from(cols.min(60)), usize::from(rows)), area, theme.strong(), buf);
}

/// Draws the lines as one block in the middle of the area.
fn draw_centred(lines: &[String], area: Rect, style: Style, buf: &mut Buffer) {
    let widest = lines.iter().map(|line| text::width(line)).max().unwrap_or(0);
    let width = u16::try_from(widest).unwrap_or(u16::MAX).min(area.width);
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).min(area.height);
    let top = area.y + (area.height - height) / 2;
    let left = area.x + (area.width - width) / 2;
    for (line, y) in lines.iter().zip(top..top + height) {
        put(buf, left, y, width, line, style);
    }
}
