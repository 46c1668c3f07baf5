//! The picker of themes: the one that is selected is tried on the whole frame.

use crate::config::theme::{AUTO, Themes};
use crate::core::dialog::filter_list::{Entry, FilterList};
use crate::core::dialog::{Action, DialogKey, Outcome};
use crate::input::event::ColorScheme;

/// A theme as the picker shows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ThemeItem {
    /// Its name, or [`AUTO`].
    pub name: String,
    /// What it is made for, in a few words.
    pub note: &'static str,
    /// Whether it is the one in use.
    pub is_used: bool,
}

/// The picker.
#[derive(Clone, PartialEq, Debug)]
pub struct ThemePicker {
    /// What there is, in the order given; `list` refers to it by index.
    pub items: Vec<ThemeItem>,
    /// The list.
    pub list: FilterList,
}

impl ThemePicker {
    /// Offers all themes; the one in use is selected.
    pub fn new(themes: &Themes, used: &str) -> Self {
        let item = |name: &str, note| ThemeItem { name: name.to_owned(), note, is_used: name == used };
        let mut items = vec![item(AUTO, "theme_dark or theme_light, as the terminal is")];
        items.extend(themes.iter().map(|theme| {
            item(
                &theme.name,
                match theme.scheme {
                    Some(ColorScheme::Dark) => "dark",
                    Some(ColorScheme::Light) => "light",
                    None => "the terminal's own colours",
                },
            )
        }));
        let entries =
            items.iter().map(|item| Entry { text: format!("{} {}", item.name, item.note), tier: 0 }).collect();
        let mut list = FilterList::new(entries);
        if let Some(at) = items.iter().position(|item| item.is_used) {
            list.select(at);
        }
        Self { items, list }
    }

    /// The theme that is tried.
    pub fn selected(&self) -> Option<&ThemeItem> {
        self.list.selected().and_then(|index| self.items.get(index))
    }

    /// Selects the row; whether it was selected before.
    pub(super) fn click_row(&mut self, row: usize) -> bool {
        let was_selected = self.list.selected_row() == row;
        self.list.select(row) && was_selected
    }

    /// Enter keeps the selected theme.
    pub fn key(&mut self, key: DialogKey) -> Outcome {
        match (key, self.selected()) {
            (DialogKey::Enter, Some(item)) => return Outcome::Done(Action::UseTheme(item.name.clone())),
            (DialogKey::Enter, None) => {}
            _ => self.list.key(key),
        }
        Outcome::Stay
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_theme_in_use_is_selected_and_enter_keeps_what_is() {
        let mut picker = ThemePicker::new(&Themes::default(), "paper");
        assert_eq!(picker.selected().map(|item| item.name.as_str()), Some("paper"));
        picker.list.paste("nord");
        assert_eq!(picker.key(DialogKey::Enter), Outcome::Done(Action::UseTheme("nord".to_owned())));
        picker.list.paste("nothing of the kind");
        assert_eq!(picker.key(DialogKey::Enter), Outcome::Stay);
    }
}
