//! Draws the dialogs.

use std::collections::BTreeSet;

use ratatui::buffer::Buffer;
use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation;

use crate::core::dialog::{
    Confirm, Dialog, ExplanationView, FilterList, Help, Launcher, LauncherFocus, LineKind, NoticeList, Prompt,
    PromptTarget, SwitchFor, Switcher, TextField,
};
use crate::core::notice::NoticeKind;
use crate::core::session::Status;
use crate::core::start::missing_words;
use crate::geometry::Rect;
use crate::id::SessionId;
use crate::text;
use crate::ui::browser;
use crate::ui::canvas::{columns_of, frame, put, put_right, restyle};
use crate::ui::dialog_layout::{
    DialogLayout, FIELD_LABEL_COLUMNS, INPUT_SIGN_COLUMNS, ListItem, detail_lines, inside, placement_words, prompt_note,
};
use crate::ui::finder;
use crate::ui::footer;
use crate::ui::palette;
use crate::ui::theme::{Signal, Theme};
use crate::ui::theme_picker;

/// Draws the dialog over what is there.
pub fn draw(dialog: &Dialog, marks: &BTreeSet<SessionId>, layout: &DialogLayout, theme: &Theme, buf: &mut Buffer) {
    frame(buf, layout.rect, title(dialog), theme);
    if let Some(input) = input_of(dialog) {
        let sign_x = layout.input.x.saturating_sub(INPUT_SIGN_COLUMNS);
        put(buf, sign_x, layout.input.y, 1, theme.pick("›", ">"), theme.accent());
        put_field(buf, layout.input, input, theme.text(), theme);
    }
    match dialog {
        Dialog::Launcher(launcher) => draw_launcher(launcher, layout, theme, buf),
        Dialog::Switcher(switcher) => draw_switcher(switcher, marks, layout, theme, buf),
        Dialog::Browser(browser) => browser::draw(browser, layout, theme, buf),
        Dialog::Palette(palette) => palette::draw(palette, layout, theme, buf),
        Dialog::Help(help) => draw_help(help, layout, theme, buf),
        Dialog::Explanation(view) => draw_explanation(view, layout, theme, buf),
        Dialog::Notices(notices) => draw_notices(notices, layout, theme, buf),
        Dialog::Prompt(prompt) => {
            if let Some(note) = prompt_note(prompt) {
                let row = layout.input;
                put(buf, row.x, row.y + 1, row.width, note, theme.muted());
            }
        }
        Dialog::Confirm(confirm) => draw_confirm(confirm, layout, theme, buf),
        Dialog::Finder(finder) => finder::draw(finder, layout, theme, buf),
        Dialog::Themes(picker) => theme_picker::draw(picker, layout, theme, buf),
    }
    footer::draw(layout, theme, buf);
    draw_more(layout, theme, buf);
}

fn title(dialog: &Dialog) -> &'static str {
    match dialog {
        Dialog::Browser(browser) => browser::title(browser),
        Dialog::Launcher(_) => "open",
        Dialog::Switcher(Switcher { purpose: SwitchFor::Go, .. }) => "go to",
        Dialog::Switcher(Switcher { purpose: SwitchFor::Join, .. }) => "bring here",
        Dialog::Switcher(Switcher { purpose: SwitchFor::Prompt, .. }) => "prompt to",
        Dialog::Palette(_) => "commands",
        Dialog::Help(_) => "keys",
        Dialog::Explanation(_) => "which conversation, and why",
        Dialog::Notices(_) => "what happened",
        Dialog::Prompt(Prompt { target: PromptTarget::Session(_), .. }) => "rename session",
        Dialog::Prompt(Prompt { target: PromptTarget::Tab(_), .. }) => "rename tab",
        Dialog::Prompt(Prompt { target: PromptTarget::Sessions(_), .. }) => "one prompt to several",
        Dialog::Prompt(Prompt { target: PromptTarget::Branch(_), .. }) => "branch of the new worktree",
        Dialog::Confirm(_) => "sure?",
        Dialog::Themes(_) => "theme",
        Dialog::Finder(_) => "find in all sessions",
    }
}

fn input_of(dialog: &Dialog) -> Option<&TextField> {
    match dialog {
        Dialog::Launcher(launcher) => Some(&launcher.list.input),
        Dialog::Switcher(switcher) => Some(&switcher.list.input),
        Dialog::Palette(palette) => Some(&palette.list.input),
        Dialog::Help(help) => Some(&help.list.input),
        Dialog::Explanation(view) => Some(&view.list.input),
        Dialog::Notices(notices) => Some(&notices.list.input),
        Dialog::Browser(browser) => Some(&browser.list.input),
        Dialog::Prompt(prompt) => Some(&prompt.field),
        Dialog::Themes(picker) => Some(&picker.list.input),
        Dialog::Finder(finder) => Some(&finder.list.input),
        Dialog::Confirm(_) => None,
    }
}

fn draw_launcher(launcher: &Launcher, layout: &DialogLayout, theme: &Theme, buf: &mut Buffer) {
    let title_width = launcher.choices.iter().map(|choice| columns_of(&choice.title)).max().unwrap_or(0).min(24);
    for (line, index, positions, row) in rows(layout, &launcher.list) {
        if let Some(n) = launcher.n_folded(index) {
            let words = format!("{} {}", theme.pick("▸", ">"), missing_words(n));
            put(buf, line.x + 2, line.y, line.width.saturating_sub(2), &words, theme.muted());
            mark_selected(buf, line, row == launcher.list.selected_row(), theme.pick("›", ">"), theme);
            continue;
        }
        let Some(choice) = launcher.choices.get(index) else { continue };
        let style = if choice.is_installed { theme.text() } else { theme.muted() };
        put_marked(buf, narrowed(line, title_width), &choice.title, &positions, style, theme);
        let note = match (choice.is_installed, &choice.version, &choice.install_hint) {
            (true, version, _) => version.clone().unwrap_or_default(),
            (false, _, Some(hint)) => format!("not found; {hint}"),
            (false, _, None) => "not found".to_owned(),
        };
        let note_x = line.x + 2 + title_width + 2;
        put(buf, note_x, line.y, line.right().saturating_sub(note_x), &note, theme.muted());
        mark_selected(buf, line, row == launcher.list.selected_row(), theme.pick("›", ">"), theme);
    }
    draw_empty(launcher.list.matches().is_empty(), "no agent of this name", layout, theme, buf);
    let parts = [
        (LauncherFocus::Directory, "directory", Some(&launcher.directory), "where it runs"),
        (LauncherFocus::Name, "name", Some(&launcher.name), "as the agent titles it"),
        (LauncherFocus::Prompt, "prompt", Some(&launcher.prompt), "none"),
        (LauncherFocus::Placement, "opens", None, ""),
    ];
    for ((part, label, field, empty), rect) in parts.into_iter().zip(&layout.fields) {
        let has_focus = launcher.focus == part;
        let label_style = if has_focus { theme.accent() } else { theme.muted() };
        put(buf, rect.x - FIELD_LABEL_COLUMNS, rect.y, FIELD_LABEL_COLUMNS - 1, label, label_style);
        match field {
            Some(field) if field.text().is_empty() && !has_focus => {
                _ = put(buf, rect.x, rect.y, rect.width, empty, theme.muted());
            }
            Some(field) => put_field(buf, *rect, field, theme.text(), theme),
            None => draw_placements(launcher, *rect, theme, buf),
        }
    }
}

fn draw_placements(launcher: &Launcher, rect: Rect, theme: &Theme, buf: &mut Buffer) {
    let mut x = rect.x;
    for (placement, word) in placement_words() {
        let is_chosen = placement == launcher.placement;
        let shown = if is_chosen { format!("[{word}]") } else { format!(" {word} ") };
        let style = match (is_chosen, launcher.focus == LauncherFocus::Placement) {
            (true, true) => theme.accent(),
            (true, false) => theme.text(),
            (false, _) => theme.muted(),
        };
        x = put(buf, x, rect.y, rect.right().saturating_sub(x), &shown, style);
    }
}

fn draw_switcher(
    switcher: &Switcher,
    marks: &BTreeSet<SessionId>,
    layout: &DialogLayout,
    theme: &Theme,
    buf: &mut Buffer,
) {
    for (line, index, positions, row) in rows(layout, &switcher.list) {
        let Some(item) = switcher.items.get(index) else { continue };
        let signal = match item.status {
            Status::Blocked => Signal::NeedsYou,
            Status::Busy => Signal::Busy,
            Status::Error => Signal::Failed,
            Status::Ready if item.unseen => Signal::Done,
            Status::Ready => Signal::Rest,
            Status::Starting => Signal::Starting,
            Status::Terminated => Signal::Ended,
        };
        put(buf, line.x, line.y, 1, theme.sign(signal), theme.signal(signal));
        if marks.contains(&item.session) {
            put(buf, line.x + 1, line.y, 1, "+", theme.key());
        }
        let style = if item.unseen { theme.strong() } else { theme.text() };
        let where_ = format!("{} {} {}", item.provider, theme.pick("·", "-"), item.directory);
        let where_ = text::truncate(&where_, usize::from(line.width / 2));
        let end = put_right(buf, line.x + 12, line.right() - 1, line.y, &where_, theme.muted());
        let room = end.saturating_sub(line.x + 2).saturating_sub(2);
        put_marked(buf, narrowed(line, room), &item.label, &positions, style, theme);
        mark_selected(buf, line, row == switcher.list.selected_row(), "", theme);
    }
    let nothing = if switcher.items.is_empty() { "no session is open" } else { "no session like this" };
    draw_empty(switcher.list.matches().is_empty(), nothing, layout, theme, buf);
}

fn draw_help(help: &Help, layout: &DialogLayout, theme: &Theme, buf: &mut Buffer) {
    let keys_width = help.rows.iter().map(|row| columns_of(&row.keys)).max().unwrap_or(0).min(16);
    for line in &layout.lines {
        if let ListItem::Heading(group) = line.item {
            put(buf, line.rect.x, line.rect.y, line.rect.width, group.title(), theme.strong());
        }
    }
    for (line, index, positions, row) in rows(layout, &help.list) {
        let Some(shown) = help.rows.get(index) else { continue };
        put(buf, line.x + 2, line.y, keys_width.min(line.width.saturating_sub(3)), &shown.keys, theme.key());
        let indent = keys_width + 2;
        let rest = Rect::new(line.x + indent, line.y, line.width.saturating_sub(indent), 1);
        put_marked(buf, narrowed(rest, rest.width), &shown.help, &positions, theme.text(), theme);
        mark_selected(buf, line, row == help.list.selected_row(), theme.pick("›", ">"), theme);
    }
    draw_empty(help.list.matches().is_empty(), "no key does this", layout, theme, buf);
}

fn draw_notices(notices: &NoticeList, layout: &DialogLayout, theme: &Theme, buf: &mut Buffer) {
    let label_width = notices.items.iter().map(|item| columns_of(&item.label)).max().unwrap_or(0);
    for (line, index, _, row) in rows(layout, &notices.list) {
        let Some(item) = notices.items.get(index) else { continue };
        let signal = match item.kind {
            NoticeKind::Permission | NoticeKind::Question | NoticeKind::Claim => Signal::NeedsYou,
            NoticeKind::Done | NoticeKind::Message => Signal::Done,
            NoticeKind::Failed => Signal::Failed,
            NoticeKind::Exited => Signal::Ended,
        };
        // What waits no longer is history.
        let is_past = item.kind.is_wait() && !item.is_open;
        let style = if is_past || !item.is_unread { theme.muted() } else { theme.text() };
        let sign_style = if is_past { theme.muted() } else { theme.signal(signal) };
        put(buf, line.x + 2, line.y, 1, theme.sign(signal), sign_style);
        let end = put_right(buf, line.x + 20, line.right(), line.y, &item.age, theme.muted());
        let label_width = label_width.min(line.width / 3);
        put(buf, line.x + 4, line.y, label_width, &item.label, if item.is_unread { theme.strong() } else { style });
        let x = line.x + 4 + label_width + 2;
        put(buf, x, line.y, end.saturating_sub(x + 1), &item.text, style);
        mark_selected(buf, line, row == notices.list.selected_row(), theme.pick("›", ">"), theme);
    }
    let nothing =
        if notices.items.is_empty() { "nothing happened while you looked elsewhere" } else { "no such notice" };
    draw_empty(notices.list.matches().is_empty(), nothing, layout, theme, buf);
}

fn draw_explanation(view: &ExplanationView, layout: &DialogLayout, theme: &Theme, buf: &mut Buffer) {
    for (line, index, positions, row) in rows(layout, &view.list) {
        let Some(shown) = view.lines.get(index) else { continue };
        let (sign, style) = match shown.kind {
            LineKind::Standing => (" ", theme.strong()),
            LineKind::Doubt => ("?", theme.signal(Signal::NeedsYou)),
            LineKind::Counted => ("+", theme.text()),
            LineKind::Ignored => ("-", theme.muted()),
            LineKind::Detail => (" ", theme.muted()),
        };
        let indent = if shown.kind == LineKind::Detail { 4 } else { 2 };
        put(buf, line.x + 2, line.y, 1, sign, style);
        let end = put_right(buf, line.x + 20, line.right(), line.y, &shown.age, theme.muted());
        let text = Rect::new(line.x + indent, line.y, end.saturating_sub(line.x + indent + 1), 1);
        put_marked(buf, narrowed(text, text.width), &shown.text, &positions, style, theme);
        mark_selected(buf, line, row == view.list.selected_row(), theme.pick("›", ">"), theme);
    }
    draw_empty(view.list.matches().is_empty(), "nothing of this was seen", layout, theme, buf);
}

fn draw_confirm(confirm: &Confirm, layout: &DialogLayout, theme: &Theme, buf: &mut Buffer) {
    let row = inside(layout.rect);
    put(buf, row.x, row.y, row.width, &confirm.question, theme.strong());
    for (y, line) in (row.y + 1..row.bottom()).zip(detail_lines(confirm, row.width)) {
        put(buf, row.x, y, row.width, &line, theme.text());
    }
    let third = confirm.other.as_ref().map(|(key, word, _)| (key.to_string(), *word));
    let answers = [("y Enter".to_owned(), "yes"), ("n Esc".to_owned(), "no")].into_iter().chain(third);
    for (rect, (key, word)) in layout.answers.iter().zip(answers) {
        let x = put(buf, rect.x, rect.y, rect.width, &key, theme.key());
        put(buf, x + 1, rect.y, rect.right().saturating_sub(x + 1), word, theme.text());
    }
}

/// The visible rows, each with the index of its entry, what of that matched, and its number.
pub(super) fn rows(
    layout: &DialogLayout,
    list: &FilterList,
) -> impl Iterator<Item = (Rect, usize, Vec<u32>, usize)> + use<> {
    let shown: Vec<(Rect, usize, usize)> = layout
        .lines
        .iter()
        .filter_map(|line| match line.item {
            ListItem::Row(row) => list.matches().get(row).map(|found| (line.rect, found.index, row)),
            ListItem::Heading(_) | ListItem::Blank => None,
        })
        .collect();
    let positions = list.positions(shown.iter().map(|(_, _, row)| *row));
    shown.into_iter().zip(positions).map(|((rect, index, row), positions)| (rect, index, positions, row))
}

/// The line without its first two columns, at most so wide.
pub(super) fn narrowed(line: Rect, width: u16) -> Rect {
    Rect::new(line.x + 2, line.y, width.min(line.width.saturating_sub(2)), 1)
}

/// Marks the selected line; `sign` stands in its first column where that is free.
pub(super) fn mark_selected(buf: &mut Buffer, line: Rect, is_selected: bool, sign: &str, theme: &Theme) {
    if is_selected {
        put(buf, line.x, line.y, 1, sign, theme.text());
        restyle(buf, line, theme.selected());
    }
}

/// Writes the text with the graphemes at these positions marked.
pub(super) fn put_marked(buf: &mut Buffer, rect: Rect, content: &str, positions: &[u32], style: Style, theme: &Theme) {
    let cut = text::truncate(content, usize::from(rect.width));
    let mut x = rect.x;
    for (k, grapheme) in (0..).zip(cut.graphemes(true)) {
        let style = if positions.binary_search(&k).is_ok() { style.patch(theme.matched()) } else { style };
        x = put(buf, x, rect.y, rect.right().saturating_sub(x), grapheme, style);
    }
}

fn put_field(buf: &mut Buffer, rect: Rect, field: &TextField, style: Style, theme: &Theme) {
    let window = field.window(usize::from(rect.width));
    let shown = window.text.replace('⏎', theme.pick("⏎", "|"));
    put(buf, rect.x, rect.y, rect.width, &shown, style);
}

pub(super) fn draw_empty(is_empty: bool, words: &str, layout: &DialogLayout, theme: &Theme, buf: &mut Buffer) {
    if is_empty && layout.input.y + 1 < layout.footer.y {
        let row = inside(layout.rect);
        let y = (layout.input.y + 2).min(layout.footer.y - 1);
        put(buf, row.x + 2, y, row.width.saturating_sub(2), words, theme.muted());
    }
}

/// Says how many matches lie above and below, on the border.
fn draw_more(layout: &DialogLayout, theme: &Theme, buf: &mut Buffer) {
    let rect = layout.rect;
    let mut show = |n: usize, y: u16, sign: &str| {
        if n > 0 {
            let words = format!(" {sign}{n} ");
            put_right(buf, rect.x + 12, rect.right().saturating_sub(2), y, &words, theme.muted());
        }
    };
    show(layout.n_hidden.0, rect.y, theme.pick("↑", "^"));
    show(layout.n_hidden.1, rect.bottom().saturating_sub(1), theme.pick("↓", "v"));
}
