//! The last line of a dialog: keys with what they do. A click on one is as good as the key.

use ratatui::buffer::Buffer;

use crate::core::dialog::{
    Dialog, DialogKey, Finder, Launcher, LauncherFocus, NoticeItem, NoticeList, Palette, Prompt, PromptTarget,
    SwitchFor, Switcher,
};
use crate::core::notice::NoticeKind;
use crate::core::several::sessions;
use crate::geometry::Rect;
use crate::ui::browser;
use crate::ui::canvas::{columns_of, put};
use crate::ui::dialog_layout::DialogLayout;
use crate::ui::theme::Theme;

/// Columns between two keys: ` · `.
const GAP_COLUMNS: u16 = 3;

/// A key at its place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FooterKey {
    /// Where it stands, its words included; cut at the end of the line.
    pub rect: Rect,
    /// What a click on it presses; `None` where it is no key.
    pub press: Option<DialogKey>,
    label: &'static str,
    words: String,
}

/// The keys of the dialog in this line, as far as they fit; none for a question, whose answers stand there.
pub fn lay_out(dialog: &Dialog, row: Rect) -> Vec<FooterKey> {
    let mut keys = Vec::new();
    let mut x = row.x;
    let wanted = keys_of(dialog);
    // Where the line is short the longest words are cut, so that the way out at the end is seen.
    let gaps = GAP_COLUMNS * u16::try_from(wanted.len().saturating_sub(1)).unwrap_or(0);
    let all: u16 = wanted.iter().map(width_of).sum::<u16>() + gaps;
    let missing = all.saturating_sub(row.width);
    let longest = wanted.iter().map(width_of).max().unwrap_or(0);
    let mut is_cut = missing == 0;
    for (label, words) in wanted {
        let mut width = width_of(&(label, words.clone()));
        if !is_cut && width == longest && width > missing + columns_of(label) + 2 {
            width -= missing;
            is_cut = true;
        }
        if x >= row.right() {
            break;
        }
        let rect = Rect::new(x, row.y, width.min(row.right() - x), 1);
        x += width + GAP_COLUMNS;
        keys.push(FooterKey { rect, press: press(label), label, words });
    }
    keys
}

fn width_of((label, words): &(&'static str, String)) -> u16 {
    columns_of(label) + 1 + columns_of(words)
}

/// Draws them.
pub fn draw(layout: &DialogLayout, theme: &Theme, buf: &mut Buffer) {
    for (k, key) in layout.keys.iter().enumerate() {
        let Rect { x, y, .. } = key.rect;
        if k > 0 {
            put(buf, x - GAP_COLUMNS + 1, y, 1, theme.pick("·", "-"), theme.muted());
        }
        let room = |x: u16| key.rect.right().saturating_sub(x);
        let end = put(buf, x, y, room(x), key.label, theme.key());
        put(buf, end + 1, y, room(end + 1), &key.words, theme.muted());
    }
}

/// The key of a label.
fn press(label: &str) -> Option<DialogKey> {
    Some(match label {
        "Enter" => DialogKey::Enter,
        "Esc" => DialogKey::Escape,
        "Tab" => DialogKey::Tab,
        "Space" => DialogKey::Char(' '),
        "^y" => DialogKey::Allow,
        "^x" => DialogKey::Deny,
        "^t" => DialogKey::Mark,
        "^r" => DialogKey::SplitRight,
        "^s" => DialogKey::SplitDown,
        _ => return None,
    })
}

fn keys_of(dialog: &Dialog) -> Vec<(&'static str, String)> {
    let plain = |keys: &[(&'static str, &str)]| keys.iter().map(|(key, words)| (*key, (*words).to_owned())).collect();
    match dialog {
        Dialog::Launcher(launcher) => plain(of_launcher(launcher)),
        Dialog::Switcher(Switcher { purpose, .. }) => {
            let enter = match purpose {
                SwitchFor::Go => "goes there",
                SwitchFor::Join => "brings it here",
                SwitchFor::Prompt => "asks for the prompt",
            };
            plain(&[("Enter", enter), ("^t", "marks"), ("Esc", "leaves")])
        }
        Dialog::Palette(palette) => plain(of_palette(palette)),
        Dialog::Help(_) => plain(&[("Enter", "does it"), ("Esc", "leaves")]),
        Dialog::Explanation(_) => plain(&[("Esc", "leaves")]),
        Dialog::Notices(notices) => plain(of_notices(notices)),
        Dialog::Themes(_) => plain(&[("Enter", "keeps it"), ("Esc", "as before")]),
        Dialog::Finder(finder) => of_finder(finder),
        Dialog::Browser(browser) => plain(&browser::keys(browser)),
        Dialog::Prompt(prompt) => vec![("Enter", of_prompt(prompt)), ("Esc", "leaves".to_owned())],
        Dialog::Confirm(_) => Vec::new(),
    }
}

fn of_launcher(launcher: &Launcher) -> &'static [(&'static str, &'static str)] {
    match (launcher.focus, launcher.selected().is_some_and(|choice| choice.is_installed)) {
        (LauncherFocus::Placement, true) => &[("Enter", "opens"), ("Space", "changes"), ("Esc", "leaves")],
        (_, true) => &[("Enter", "opens"), ("Tab", "next field"), ("Esc", "leaves")],
        (_, false) if launcher.is_on_fold() => &[("Enter", "lists them"), ("Esc", "leaves")],
        (_, false) => &[("Tab", "next field"), ("Esc", "leaves")],
    }
}

fn of_palette(palette: &Palette) -> &'static [(&'static str, &'static str)] {
    match palette.selected() {
        Some(row) if row.obstacle.is_none() => &[("Enter", "does it"), ("Esc", "leaves")],
        Some(_) | None => &[("Esc", "leaves")],
    }
}

fn of_notices(notices: &NoticeList) -> &'static [(&'static str, &'static str)] {
    let is_asked = |item: &NoticeItem| item.is_open && item.kind == NoticeKind::Permission;
    match notices.selected().is_some_and(is_asked) {
        true => &[("Enter", "goes there"), ("^y", "allows"), ("^x", "refuses"), ("Esc", "leaves")],
        false => &[("Enter", "goes there"), ("Esc", "leaves")],
    }
}

fn of_finder(finder: &Finder) -> Vec<(&'static str, String)> {
    let enter = match finder.selected() {
        Some(found) if !found.is_open => "brings it back and goes there",
        Some(_) | None => "goes there",
    };
    let mut keys = vec![("Enter", enter.to_owned()), ("Esc", "leaves".to_owned())];
    if finder.is_cut {
        keys.push(("type", "more: not all are listed".to_owned()));
    }
    keys
}

fn of_prompt(prompt: &Prompt) -> String {
    match &prompt.target {
        PromptTarget::Branch(provider) => format!("opens {provider} in it"),
        PromptTarget::Sessions(to) => format!("sends it to {}", sessions(to.len())),
        PromptTarget::Session(_) | PromptTarget::Tab(_) if prompt.field.value().is_none() => {
            "takes the name away".to_owned()
        }
        PromptTarget::Session(_) | PromptTarget::Tab(_) => "renames".to_owned(),
    }
}
