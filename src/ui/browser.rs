//! The conversation browser: a list, and beside or below it what is known of the selected conversation.

use ratatui::buffer::Buffer;
use ratatui::style::Style;

use crate::core::conversation::Found;
use crate::core::dialog::browser::label;
use crate::core::dialog::{Browser, Purpose, Range};
use crate::geometry::{Rect, Size};
use crate::text;
use crate::time::short_age;
use crate::ui::canvas::{put, put_right};
use crate::ui::dialog_layout::{DialogLayout, ListItem, boxed, cursor_in, input_line, inside, place_lines, tallest};
use crate::ui::dialogs::{draw_empty, mark_selected, narrowed, put_marked, rows};
use crate::ui::theme::{Signal, Theme};
use crate::ui::wrap::wrap;

/// Widest browser: a list and a preview, each as wide as reads well (chosen).
const WIDEST: u16 = 150;
/// Highest browser (chosen: more is not taken in at once).
const HIGHEST: u16 = 44;
/// From this width on, the preview stands beside the list.
const BESIDE: u16 = 100;
/// From this height on, the preview stands below the list where it does not stand beside it.
const BELOW: u16 = 16;
/// Rows of the preview below the list.
const BELOW_ROWS: u16 = 6;
/// Most lines of a message in the preview.
const MESSAGE_LINES: usize = 12;
/// Columns of the names in the preview.
const NAME_COLUMNS: u16 = 9;
/// Columns of an age with the blank before it (`short_age`: at most four).
const AGE_COLUMNS: u16 = 5;

/// Its title.
pub(super) fn title(browser: &Browser) -> &'static str {
    match (&browser.purpose, browser.range) {
        (Purpose::Open, Range::Everywhere) => "conversations",
        (Purpose::Open, Range::Here) => "conversations of this directory",
        (Purpose::Pick { .. }, Range::Everywhere) => "pick its conversation",
        (Purpose::Pick { .. }, Range::Here) => "pick its conversation, of this directory",
    }
}

/// Lays it out. Its size depends on the screen alone, so that nothing moves while conversations come in.
pub(super) fn lay_out(browser: &Browser, size: Size) -> DialogLayout {
    let mut layout = boxed(size, WIDEST, tallest(size).min(HIGHEST));
    let inside = inside(layout.rect);
    layout.input = input_line(inside, 0);
    // A blank line below the input, and the line of keys at the end.
    let mut list = Rect::new(inside.x, inside.y + 2, inside.width, inside.height.saturating_sub(3));
    if inside.width >= BESIDE {
        let width = inside.width * 2 / 5;
        list.width -= width + 3;
        layout.preview = Rect::new(list.right() + 3, list.y, width, list.height);
    } else if list.height >= BELOW - 3 {
        list.height -= BELOW_ROWS + 1;
        layout.preview = Rect::new(list.x, list.bottom() + 1, list.width, BELOW_ROWS);
    }
    let items: Vec<ListItem> = (0..browser.list.matches().len()).map(ListItem::Row).collect();
    place_lines(&mut layout, &items, browser.list.selected_row(), list);
    let cursor = browser.list.input.window(usize::from(layout.input.width)).cursor;
    layout.cursor = Some(cursor_in(layout.input, cursor));
    layout
}

/// Draws it.
pub(super) fn draw(browser: &Browser, layout: &DialogLayout, theme: &Theme, buf: &mut Buffer) {
    for (line, index, positions, row) in rows(layout, &browser.list) {
        let Some(found) = browser.row(index) else { continue };
        draw_row(browser, found, line, &positions, theme, buf);
        mark_selected(buf, line, row == browser.list.selected_row(), theme.pick("›", ">"), theme);
    }
    draw_count(browser, layout, theme, buf);
    draw_nothing(browser, layout, theme, buf);
    if let Some(found) = browser.selected() {
        draw_preview(browser, found, layout, theme, buf);
    }
}

/// Label, where it is open or in which directory it lies, whose it is, its age.
fn draw_row(browser: &Browser, found: &Found, line: Rect, positions: &[u32], theme: &Theme, buf: &mut Buffer) {
    let conversation = &found.conversation;
    let age = short_age(browser.view.now.since(conversation.updated_at));
    put_right(buf, line.x + 2, line.right(), line.y, &age, theme.muted());
    let mut end = line.right().saturating_sub(AGE_COLUMNS);
    let room = usize::from(line.width);
    if room >= 34 {
        let provider = text::truncate(conversation.provider.as_str(), 8);
        let x = end.saturating_sub(8);
        put(buf, x, line.y, 8, &provider, theme.muted());
        end = x.saturating_sub(1);
    }
    let (place, style) = match browser.open_in(found) {
        Some(open) => (format!("pane {}", open.pane), theme.accent()),
        None if browser.is_candidate(found) => ("possible".to_owned(), theme.signal(Signal::NeedsYou)),
        None => (end_of(&browser.directory(conversation), room / 3, theme), theme.muted()),
    };
    if room >= 50 || style != theme.muted() {
        end = put_right(buf, line.x + 8, end, line.y, &place, style).saturating_sub(1);
    }
    let rest = Rect::new(line.x, line.y, end.saturating_sub(line.x), 1);
    let style = if conversation.title.is_some() { theme.strong() } else { theme.text() };
    put_marked(buf, narrowed(rest, rest.width), &label(conversation), positions, style, theme);
}

/// The last columns of a directory: its end tells more than its beginning.
fn end_of(directory: &str, columns: usize, theme: &Theme) -> String {
    if text::width(directory) <= columns {
        return directory.to_owned();
    }
    let mut rest = directory;
    while text::width(rest) + 1 > columns {
        let mut characters = rest.chars();
        if characters.next().is_none() {
            break;
        }
        rest = characters.as_str();
    }
    format!("{}{rest}", theme.pick("…", "~"))
}

/// How many there are, on the lower border: the list below it never moves.
fn draw_count(browser: &Browser, layout: &DialogLayout, theme: &Theme, buf: &mut Buffer) {
    let (n_found, n_listed) = (browser.n_found(), browser.list.matches().len());
    let words = match &browser.looked_in {
        None => format!(" reading{} {} ", theme.pick("…", "..."), grouped(n_found)),
        Some(_) if n_found == 0 => return,
        Some(_) if n_listed < n_found => format!(" {} of {} ", grouped(n_listed), grouped(n_found)),
        Some(_) => format!(" {} ", grouped(n_found)),
    };
    let rect = layout.rect;
    put(buf, rect.x + 2, rect.bottom().saturating_sub(1), rect.width.saturating_sub(16), &words, theme.muted());
}

/// A number with a comma before every third digit from the end.
fn grouped(n: usize) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (k, digit) in digits.chars().enumerate() {
        if k > 0 && (digits.len() - k).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Why the list is empty: nothing matches, or nothing is there, and where was looked.
fn draw_nothing(browser: &Browser, layout: &DialogLayout, theme: &Theme, buf: &mut Buffer) {
    let is_empty = browser.list.matches().is_empty();
    let is_narrowed = !browser.list.input.text().trim().is_empty();
    match (&browser.looked_in, browser.n_found(), browser.range) {
        (Some(looked_in), 0, _) => {
            draw_empty(is_empty, "no conversation was found; looked in", layout, theme, buf);
            let row = inside(layout.rect);
            for (y, place) in (layout.input.y + 3..layout.footer.y).zip(looked_in) {
                let place = crate::core::dialog::switcher::short_directory(place, &browser.view.home);
                put(buf, row.x + 4, y, row.width.saturating_sub(4), &place, theme.muted());
            }
        }
        (None, 0, _) => {}
        (_, _, Range::Here) if !is_narrowed => {
            let here = crate::core::dialog::switcher::short_directory(&browser.view.here, &browser.view.home);
            draw_empty(is_empty, &format!("none in {here}; Tab shows all"), layout, theme, buf);
        }
        (_, _, Range::Here | Range::Everywhere) => {
            draw_empty(is_empty, "no conversation like this", layout, theme, buf);
        }
    }
}

/// What is known of a conversation, one thing a line; messages take what room there is.
fn draw_preview(browser: &Browser, found: &Found, layout: &DialogLayout, theme: &Theme, buf: &mut Buffer) {
    let area = layout.preview;
    if area.height == 0 {
        return;
    }
    let conversation = &found.conversation;
    let is_beside = area.y == layout.input.y + 2;
    let line = theme.pick("│", "|");
    if is_beside {
        for y in area.y..area.bottom() {
            put(buf, area.x - 2, y, 1, line, theme.muted());
        }
    } else {
        let dashes = theme.pick("─", "-").repeat(usize::from(area.width));
        put(buf, area.x, area.y - 1, area.width, &dashes, theme.muted());
    }
    let age = |at| format!("{} ago", short_age(browser.view.now.since(at)));
    let mut lines = Lines { area, y: area.y, theme, buf };
    if is_beside {
        lines.plain(&label(conversation), 2, theme.strong());
        lines.y += 1;
    }
    let state = match browser.open_in(found) {
        Some(open) => Some(format!("open in pane {}", open.pane)),
        None if browser.is_candidate(found) => Some("the evidence does not tell these apart".to_owned()),
        None => None,
    };
    if let Some(state) = state {
        lines.named("state", &state, 1, theme.accent());
    }
    let directory = if conversation.cwd.is_empty() { "not known".to_owned() } else { browser.directory(conversation) };
    lines.named("in", &directory, 2, theme.text());
    let last = age(conversation.updated_at);
    let times = match conversation.created_at {
        Some(at) => format!("last {last}, started {}", age(at)),
        None => format!("last {last}"),
    };
    lines.named(conversation.provider.as_str(), &times, 1, theme.text());
    lines.named("id", conversation.id.as_str(), 1, theme.muted());
    let room = usize::from(area.bottom().saturating_sub(lines.y));
    let most = if is_beside { (room.saturating_sub(2) / 2).min(MESSAGE_LINES) } else { 1.max(room / 2) };
    for (name, message) in [("first", &conversation.first_message), ("last", &conversation.last_message)] {
        if let Some(message) = message {
            lines.y += u16::from(is_beside);
            lines.named(name, message, most, theme.text());
        }
    }
}

/// Writes lines one below the other, as far as there is room.
struct Lines<'a> {
    area: Rect,
    y: u16,
    theme: &'a Theme,
    buf: &'a mut Buffer,
}

impl Lines<'_> {
    fn plain(&mut self, words: &str, most: usize, style: Style) {
        self.write(self.area, words, most, style);
    }

    /// A name at the left, and what it stands for beside it.
    fn named(&mut self, name: &str, words: &str, most: usize, style: Style) {
        if self.y < self.area.bottom() {
            put(self.buf, self.area.x, self.y, NAME_COLUMNS - 1, name, self.theme.muted());
        }
        let x = self.area.x + NAME_COLUMNS;
        self.write(Rect::new(x, self.area.y, self.area.right().saturating_sub(x), 1), words, most, style);
    }

    fn write(&mut self, at: Rect, words: &str, most: usize, style: Style) {
        for line in wrap(words, usize::from(at.width), most) {
            if self.y < self.area.bottom() {
                put(self.buf, at.x, self.y, at.width, &line, style);
                self.y += 1;
            }
        }
    }
}

/// The keys that help now.
pub(super) fn keys(browser: &Browser) -> Vec<(&'static str, &'static str)> {
    let range = match browser.range {
        Range::Everywhere => ("Tab", "this directory"),
        Range::Here => ("Tab", "all directories"),
    };
    let mut keys = Vec::new();
    if let Some(found) = browser.selected() {
        match (&browser.purpose, browser.open_in(found)) {
            (Purpose::Pick { session, .. }, Some(open)) if open.session == *session => {
                keys.push(("Enter", "resumes it"))
            }
            (_, Some(_)) => keys.push(("Enter", "goes there")),
            (Purpose::Pick { .. }, None) => keys.push(("Enter", "puts the pane on it")),
            (Purpose::Open, None) => keys.extend([("Enter", "opens"), ("^r", "right"), ("^s", "below")]),
        }
    }
    keys.extend([range, ("Esc", "leaves")]);
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_directories_keep_their_end() {
        for (n, shown) in [(0, "0"), (999, "999"), (1234, "1,234"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(n), shown);
        }
        let theme = Theme::default();
        assert_eq!(end_of("~/src/homing", 20, &theme), "~/src/homing");
        assert_eq!(end_of("~/src/homing", 7, &theme), "…homing");
        assert_eq!(text::width(&end_of("~/漢字漢字", 6, &theme)), 5);
        assert_eq!(end_of("~/x", 0, &theme), "…");
    }
}
