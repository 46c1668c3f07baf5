//! Where the parts of a dialog lie: one look for all of them: centred, input on top, list below, keys in the last line.

use crate::core::command::Group;
use crate::core::dialog::{Confirm, Dialog, FilterList, Launcher, LauncherFocus, Placement, Prompt, PromptTarget};
use crate::geometry::{Rect, Size};
use crate::ui::browser;
use crate::ui::canvas::columns_of;
use crate::ui::footer::{self, FooterKey};
use crate::ui::wrap::wrap;

/// Widest dialog (SCREEN.md: 60–90 columns).
const WIDEST: u16 = 90;
/// Columns of a question or a name.
const NARROW: u16 = 60;
/// Columns of the names of the launcher's fields.
pub const FIELD_LABEL_COLUMNS: u16 = 11;
/// Columns of the sign before the input.
pub const INPUT_SIGN_COLUMNS: u16 = 2;

/// Columns of the answers yes and no, and the gap behind them.
const ANSWERS_COLUMNS: u16 = 23;
/// Most lines that say what yes means.
const MOST_DETAIL_LINES: usize = 4;

/// Where the parts of a dialog lie.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DialogLayout {
    /// All of it, the border included.
    pub rect: Rect,
    /// The line that is typed into, its sign not included; empty where there is none.
    pub input: Rect,
    /// The visible lines of the list.
    pub lines: Vec<ListLine>,
    /// How many matches there are above and below the visible ones.
    pub n_hidden: (usize, usize),
    /// The values of the launcher's fields, in the order of [`LauncherFocus::ALL`] without the list.
    pub fields: Vec<Rect>,
    /// What is told of the selected conversation; empty where there is no room.
    pub preview: Rect,
    /// The answers of a question: yes and no.
    pub answers: Vec<Rect>,
    /// The line of keys.
    pub footer: Rect,
    /// The keys in it.
    pub keys: Vec<FooterKey>,
    /// Where the cursor stands.
    pub cursor: Option<(u16, u16)>,
}

/// A line of a dialog's list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ListLine {
    /// Where.
    pub rect: Rect,
    /// What.
    pub item: ListItem,
}

/// What a line of a dialog's list shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ListItem {
    /// A heading of the help overlay.
    Heading(Group),
    /// The n-th match.
    Row(usize),
    /// Nothing.
    Blank,
}

/// Lays out the dialog for a screen of this size, at least 40×12.
pub fn lay_out(dialog: &Dialog, size: Size) -> DialogLayout {
    let mut layout = without_keys(dialog, size);
    layout.keys = footer::lay_out(dialog, layout.footer);
    layout
}

fn without_keys(dialog: &Dialog, size: Size) -> DialogLayout {
    match dialog {
        Dialog::Launcher(launcher) => lay_out_launcher(launcher, size),
        Dialog::Switcher(switcher) => {
            let items = (0..switcher.list.matches().len()).map(ListItem::Row).collect();
            lay_out_list(&switcher.list, items, switcher.items.len(), size)
        }
        Dialog::Palette(palette) => {
            let items = (0..palette.list.matches().len()).map(ListItem::Row).collect();
            lay_out_list(&palette.list, items, palette.rows.len(), size)
        }
        Dialog::Help(help) => {
            let is_filtered = !help.list.input.text().trim().is_empty();
            let group_of =
                |row: usize| help.list.matches().get(row).and_then(|m| help.rows.get(m.index)).map(|r| r.group);
            let mut items = Vec::new();
            for row in 0..help.list.matches().len() {
                let group = group_of(row);
                if !is_filtered && (row == 0 || group_of(row - 1) != group) {
                    items.extend((row > 0).then_some(ListItem::Blank));
                    items.extend(group.map(ListItem::Heading));
                }
                items.push(ListItem::Row(row));
            }
            // Two lines for each heading; the size does not change with what is typed.
            lay_out_list(&help.list, items, help.rows.len() + 2 * Group::ALL.len(), size)
        }
        Dialog::Explanation(view) => {
            let items = (0..view.list.matches().len()).map(ListItem::Row).collect();
            lay_out_list(&view.list, items, view.lines.len(), size)
        }
        Dialog::Notices(notices) => {
            let items = (0..notices.list.matches().len()).map(ListItem::Row).collect();
            lay_out_list(&notices.list, items, notices.items.len(), size)
        }
        Dialog::Themes(picker) => {
            let items = (0..picker.list.matches().len()).map(ListItem::Row).collect();
            lay_out_list(&picker.list, items, picker.items.len(), size)
        }
        Dialog::Finder(finder) => {
            let items = (0..finder.list.matches().len()).map(ListItem::Row).collect();
            // As tall as can be: the size does not change with what is found.
            lay_out_list(&finder.list, items, usize::from(u16::MAX), size)
        }
        Dialog::Browser(browser) => browser::lay_out(browser, size),
        Dialog::Prompt(prompt) => {
            let is_explained = prompt_note(prompt).is_some();
            let mut layout = boxed(size, NARROW, 4 + u16::from(is_explained));
            let inside = inside(layout.rect);
            layout.input = input_line(inside, 0);
            let cursor = prompt.field.window(usize::from(layout.input.width)).cursor;
            layout.cursor = Some(cursor_in(layout.input, cursor));
            layout
        }
        Dialog::Confirm(confirm) => lay_out_question(confirm, size),
    }
}

/// The question, what yes means in as many lines as it needs, and the answers; the third one below where the line is short.
fn lay_out_question(confirm: &Confirm, size: Size) -> DialogLayout {
    let widest = columns_of(&confirm.question).max(columns_of(&confirm.detail)).saturating_add(4);
    let width = widest.clamp(NARROW, WIDEST).min(size.cols().saturating_sub(2));
    let columns = width.saturating_sub(4);
    let third = confirm.other.as_ref().map(|(_, words, _)| columns_of(words) + 2);
    let is_below = third.is_some_and(|third| ANSWERS_COLUMNS + third > columns);
    let n_details = u16::try_from(detail_lines(confirm, columns).len()).unwrap_or(1);
    let mut layout = boxed(size, width, 4 + n_details + 1 + u16::from(is_below));
    let row = inside(layout.rect);
    let y = layout.footer.y - u16::from(is_below);
    layout.answers = vec![Rect::new(row.x, y, 11.min(row.width), 1)];
    let second = row.x + 13;
    layout.answers.push(Rect::new(second, y, row.right().saturating_sub(second).min(8), 1));
    if let Some(third) = third {
        let x = if is_below { row.x } else { row.x + ANSWERS_COLUMNS };
        layout.answers.push(Rect::new(x, layout.footer.y, row.right().saturating_sub(x).min(third), 1));
    }
    layout
}

/// What yes means, in lines of so many columns.
pub(super) fn detail_lines(confirm: &Confirm, columns: u16) -> Vec<String> {
    wrap(&confirm.detail, usize::from(columns), MOST_DETAIL_LINES)
}

fn lay_out_launcher(launcher: &Launcher, size: Size) -> DialogLayout {
    let n_fields = u16::try_from(LauncherFocus::ALL.len() - 1).unwrap_or(u16::MAX);
    // Border, input, fields, keys; a blank line around the list where there is room.
    let fixed = 2 + 1 + n_fields + 1;
    let wanted = u16::try_from(launcher.n_rows()).unwrap_or(u16::MAX).max(1);
    let room = tallest(size).saturating_sub(fixed);
    let blanks = if wanted.saturating_add(2) <= room { 1 } else { 0 };
    let list_rows = wanted.min(room.saturating_sub(2 * blanks));
    let mut layout = boxed(size, WIDEST, fixed + list_rows + 2 * blanks);
    let inside = inside(layout.rect);
    layout.input = input_line(inside, 0);
    let list = Rect::new(inside.x, inside.y + 1 + blanks, inside.width, list_rows);
    let items = (0..launcher.list.matches().len()).map(ListItem::Row).collect::<Vec<_>>();
    place_lines(&mut layout, &items, launcher.list.selected_row(), list);
    let first = list.bottom() + blanks;
    let width = inside.width.saturating_sub(FIELD_LABEL_COLUMNS);
    layout.fields = (0..n_fields).map(|k| Rect::new(inside.x + FIELD_LABEL_COLUMNS, first + k, width, 1)).collect();
    let (field, at) = match launcher.focus {
        LauncherFocus::List => (&launcher.list.input, layout.input),
        LauncherFocus::Directory => (&launcher.directory, layout.fields[0]),
        LauncherFocus::Name => (&launcher.name, layout.fields[1]),
        LauncherFocus::Prompt => (&launcher.prompt, layout.fields[2]),
        LauncherFocus::Placement => return layout,
    };
    layout.cursor = Some(cursor_in(at, field.window(usize::from(at.width)).cursor));
    layout
}

fn lay_out_list(list: &FilterList, items: Vec<ListItem>, n_lines: usize, size: Size) -> DialogLayout {
    let wanted = u16::try_from(n_lines).unwrap_or(u16::MAX).max(1);
    // Border, input, a blank line, keys.
    let rows = wanted.min(tallest(size).saturating_sub(5));
    let mut layout = boxed(size, WIDEST, rows + 5);
    let inside = inside(layout.rect);
    layout.input = input_line(inside, 0);
    place_lines(&mut layout, &items, list.selected_row(), Rect::new(inside.x, inside.y + 2, inside.width, rows));
    let cursor = list.input.window(usize::from(layout.input.width)).cursor;
    layout.cursor = Some(cursor_in(layout.input, cursor));
    layout
}

/// What must be known to answer, where the title does not say it.
pub(super) fn prompt_note(prompt: &Prompt) -> Option<&'static str> {
    match prompt.target {
        PromptTarget::Branch(_) => Some("a second word: another agent"),
        PromptTarget::Session(_) | PromptTarget::Tab(_) | PromptTarget::Sessions(_) => None,
    }
}

/// Shows the part of the list around the selected row.
pub(super) fn place_lines(layout: &mut DialogLayout, items: &[ListItem], selected: usize, area: Rect) {
    let height = usize::from(area.height);
    let at = items.iter().position(|item| *item == ListItem::Row(selected)).unwrap_or(0);
    let first = at.saturating_sub(height / 2).min(items.len().saturating_sub(height));
    let is_row = |item: &&ListItem| matches!(item, ListItem::Row(_));
    let after = items.get(first + height..).unwrap_or_default();
    layout.n_hidden = (items[..first].iter().filter(is_row).count(), after.iter().filter(is_row).count());
    layout.lines = items
        .iter()
        .skip(first)
        .zip(area.y..area.bottom())
        .map(|(item, y)| ListLine { rect: Rect::new(area.x, y, area.width, 1), item: *item })
        .collect();
}

/// Rows between the top line and the status bar.
pub(super) fn tallest(size: Size) -> u16 {
    size.rows().saturating_sub(2)
}

/// A centred box with its line of keys.
pub(super) fn boxed(size: Size, width: u16, height: u16) -> DialogLayout {
    let width = width.min(size.cols().saturating_sub(2));
    let height = height.min(tallest(size));
    let rect = Rect::new((size.cols() - width) / 2, 1 + (tallest(size) - height) / 2, width, height);
    let row = inside(rect);
    let footer = Rect::new(row.x, row.bottom().saturating_sub(1), row.width, 1);
    DialogLayout {
        rect,
        input: Rect::default(),
        lines: Vec::new(),
        n_hidden: (0, 0),
        fields: Vec::new(),
        preview: Rect::default(),
        answers: Vec::new(),
        footer,
        keys: Vec::new(),
        cursor: None,
    }
}

/// What is inside of the border and a blank column on both sides.
pub fn inside(rect: Rect) -> Rect {
    Rect::new(rect.x + 2, rect.y + 1, rect.width.saturating_sub(4), rect.height.saturating_sub(2))
}

pub(super) fn input_line(inside: Rect, row: u16) -> Rect {
    Rect::new(inside.x + INPUT_SIGN_COLUMNS, inside.y + row, inside.width.saturating_sub(INPUT_SIGN_COLUMNS), 1)
}

pub(super) fn cursor_in(rect: Rect, column: usize) -> (u16, u16) {
    (rect.x + u16::try_from(column).unwrap_or(u16::MAX).min(rect.width.saturating_sub(1)), rect.y)
}

/// What the placements are called, each with the columns it takes in the launcher.
pub fn placement_words() -> [(Placement, &'static str); 3] {
    Placement::ALL.map(|placement| {
        let word = match placement {
            Placement::Right => "right",
            Placement::Down => "below",
            Placement::Tab => "new tab",
        };
        (placement, word)
    })
}
