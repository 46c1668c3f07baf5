//! The launcher: which agent to open, where, under which name, with which first prompt.

use crate::core::dialog::filter_list::{Entry, FilterList};
use crate::core::dialog::text_field::TextField;
use crate::core::dialog::{Action, DialogKey, Outcome, Placement};
use crate::core::state::ProviderChoice;
use crate::text;

/// Most characters of a name.
pub(super) const NAME_CHARS: usize = 200;

/// Which part of the launcher has the keys.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LauncherFocus {
    /// The list of agents, narrowed by typing.
    List,
    /// The directory.
    Directory,
    /// The name.
    Name,
    /// The first prompt.
    Prompt,
    /// Where the pane goes.
    Placement,
}

impl LauncherFocus {
    /// All parts in the order of Tab.
    pub const ALL: [Self; 5] = [Self::List, Self::Directory, Self::Name, Self::Prompt, Self::Placement];

    fn moved(self, by: usize) -> Self {
        let at = Self::ALL.iter().position(|part| *part == self).unwrap_or(0);
        Self::ALL[(at + by) % Self::ALL.len()]
    }
}

/// The launcher.
#[derive(Clone, PartialEq, Debug)]
pub struct Launcher {
    /// What is offered, in the order given; `list` refers to it by index.
    pub choices: Vec<ProviderChoice>,
    /// The list: those found first, then those that are not installed. Until something is typed or it is unfolded, the latter
    /// are one row, whose index is behind the choices.
    pub list: FilterList,
    is_unfolded: bool,
    /// Which part has the keys.
    pub focus: LauncherFocus,
    /// The directory, as typed.
    pub directory: TextField,
    /// The name.
    pub name: TextField,
    /// The first prompt; may hold line breaks.
    pub prompt: TextField,
    /// Where the pane goes.
    pub placement: Placement,
    /// What an emptied directory means.
    default_directory: String,
}

/// All choices, or those installed and a row for the rest.
fn list_of(choices: &[ProviderChoice], is_folded: bool) -> FilterList {
    let entry = |choice: &ProviderChoice| Entry {
        text: format!("{} {}", choice.title, choice.name),
        tier: u64::from(!choice.is_installed),
    };
    let mut entries: Vec<Entry> = choices.iter().map(entry).collect();
    if is_folded {
        entries.push(Entry { text: String::new(), tier: 1 });
    }
    let mut list = FilterList::new(entries);
    if is_folded {
        list.leave_out(|index| choices.get(index).is_some_and(|choice| !choice.is_installed));
    }
    list
}

/// The same with something typed; nothing typed leaves the list as it is made.
fn list_with(choices: &[ProviderChoice], typed: &str, is_folded: bool) -> FilterList {
    let mut list = list_of(choices, is_folded);
    if !typed.is_empty() {
        list.paste(typed);
    }
    list
}

impl Launcher {
    /// Offers the choices; `cwd` is the directory unless the user types another.
    pub fn new(choices: &[ProviderChoice], cwd: &str, placement: Placement) -> Self {
        let has_missing = choices.iter().any(|choice| !choice.is_installed);
        Self {
            choices: choices.to_vec(),
            list: list_of(choices, has_missing),
            is_unfolded: false,
            focus: LauncherFocus::List,
            directory: TextField::new(cwd),
            name: TextField::default(),
            prompt: TextField::with_breaks(),
            placement,
            default_directory: cwd.to_owned(),
        }
    }

    /// Takes choices that were found meanwhile; what was typed and selected stays.
    pub fn set_choices(&mut self, choices: &[ProviderChoice]) {
        if self.choices == choices {
            return;
        }
        let selected = self.selected().map(|choice| choice.name.clone());
        let typed = self.list.input.text().to_owned();
        self.choices = choices.to_vec();
        self.list = list_with(choices, &typed, self.is_folded(&typed));
        let is_selected =
            |index: usize| self.choices.get(index).is_some_and(|choice| Some(&choice.name) == selected.as_ref());
        if let Some(row) = self.list.matches().iter().position(|found| is_selected(found.index)) {
            self.list.select(row);
        }
    }

    fn is_folded(&self, typed: &str) -> bool {
        !self.is_unfolded && typed.is_empty() && self.choices.iter().any(|choice| !choice.is_installed)
    }

    /// The most rows that the list has without anything typed.
    pub fn n_rows(&self) -> usize {
        let n_missing = self.choices.iter().filter(|choice| !choice.is_installed).count();
        if self.is_folded("") { self.choices.len() - n_missing + 1 } else { self.choices.len() }
    }

    /// How many agents an entry of the list stands for, where it is the row of those that are not installed.
    pub fn n_folded(&self, index: usize) -> Option<usize> {
        (index == self.choices.len()).then(|| self.choices.iter().filter(|choice| !choice.is_installed).count())
    }

    /// Folds or unfolds, as what is typed asks for.
    fn refold(&mut self, was_folded: bool) {
        let typed = self.list.input.text().to_owned();
        if self.is_folded(&typed) != was_folded {
            self.list = list_with(&self.choices, &typed, self.is_folded(&typed));
        }
    }

    /// The choice that Enter opens, or cannot open because it is not installed.
    pub fn selected(&self) -> Option<&ProviderChoice> {
        self.choices.get(self.list.selected()?)
    }

    /// Enter opens from every part; Tab goes through the parts.
    pub fn key(&mut self, key: DialogKey) -> Outcome {
        match (key, self.focus) {
            (DialogKey::Enter, _) => return self.open(),
            (DialogKey::Tab, _) => self.focus = self.focus.moved(1),
            (DialogKey::BackTab, _) => self.focus = self.focus.moved(LauncherFocus::ALL.len() - 1),
            (DialogKey::Right, LauncherFocus::List) if self.is_on_fold() => self.unfold(),
            (_, LauncherFocus::List) => {
                let was_folded = self.is_folded(self.list.input.text());
                self.list.key(key);
                self.refold(was_folded);
            }
            (DialogKey::Down, LauncherFocus::Placement) => {}
            (DialogKey::Down, _) => self.focus = self.focus.moved(1),
            (DialogKey::Up, _) => self.focus = self.focus.moved(LauncherFocus::ALL.len() - 1),
            (DialogKey::Left, LauncherFocus::Placement) => self.placement = self.placement.previous(),
            (DialogKey::Right | DialogKey::Char(' '), LauncherFocus::Placement) => {
                self.placement = self.placement.next();
            }
            (_, LauncherFocus::Placement) => {}
            (_, LauncherFocus::Directory) => _ = self.directory.key(key),
            (_, LauncherFocus::Name) => _ = self.name.key(key),
            (_, LauncherFocus::Prompt) => _ = self.prompt.key(key),
        }
        Outcome::Stay
    }

    pub(super) fn paste(&mut self, text: &str) {
        match self.focus {
            LauncherFocus::List => {
                let was_folded = self.is_folded(self.list.input.text());
                self.list.paste(text);
                self.refold(was_folded);
            }
            LauncherFocus::Directory => self.directory.paste(text),
            LauncherFocus::Name => self.name.paste(text),
            LauncherFocus::Prompt => self.prompt.paste(text),
            LauncherFocus::Placement => {}
        }
    }

    /// Selects the row; whether it was selected before.
    pub(super) fn click_row(&mut self, row: usize) -> bool {
        let was_selected = self.list.selected_row() == row;
        self.list.select(row) && was_selected
    }

    pub(super) fn click_field(&mut self, field: usize) {
        let Some(part) = LauncherFocus::ALL.get(field + 1) else { return };
        if *part == LauncherFocus::Placement && self.focus == *part {
            self.placement = self.placement.next();
        }
        self.focus = *part;
    }

    /// Whether the row of those that are not installed is selected.
    pub fn is_on_fold(&self) -> bool {
        self.list.selected() == Some(self.choices.len())
    }

    fn unfold(&mut self) {
        let row = self.list.selected_row();
        self.is_unfolded = true;
        self.list = list_of(&self.choices, false);
        self.list.select(row);
    }

    fn open(&mut self) -> Outcome {
        if self.is_on_fold() {
            self.unfold();
            return Outcome::Stay;
        }
        match self.selected() {
            Some(choice) if choice.is_installed => Outcome::Done(Action::Launch {
                provider: choice.name.clone(),
                cwd: self.directory.value().unwrap_or(&self.default_directory).to_owned(),
                name: self.name.value().map(|name| text::one_line(name, NAME_CHARS)).filter(|name| !name.is_empty()),
                prompt: self.prompt.value().map(str::to_owned),
                placement: self.placement,
            }),
            Some(_) | None => Outcome::Stay,
        }
    }
}

impl Placement {
    /// All placements, in the order of the launcher.
    pub const ALL: [Self; 3] = [Self::Right, Self::Down, Self::Tab];

    const fn next(self) -> Self {
        match self {
            Self::Right => Self::Down,
            Self::Down => Self::Tab,
            Self::Tab => Self::Right,
        }
    }

    const fn previous(self) -> Self {
        self.next().next()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::dialog::Dialog;
    use crate::id::ProviderName;

    fn choice(name: &str, is_installed: bool) -> ProviderChoice {
        ProviderChoice {
            name: ProviderName::new(name),
            title: name.to_uppercase(),
            is_installed,
            version: None,
            install_hint: None,
        }
    }

    fn launcher() -> Launcher {
        let choices = [choice("gemini", false), choice("claude", true), choice("codex", true), choice("shell", true)];
        Launcher::new(&choices, "/work", Placement::Right)
    }

    fn press(launcher: &mut Launcher, keys: &[DialogKey]) -> Outcome {
        let mut outcome = Outcome::Stay;
        for key in keys {
            outcome = launcher.key(*key);
        }
        outcome
    }

    fn launch(provider: &str, cwd: &str, name: Option<&str>, prompt: Option<&str>, placement: Placement) -> Outcome {
        Outcome::Done(Action::Launch {
            provider: ProviderName::new(provider),
            cwd: cwd.to_owned(),
            name: name.map(str::to_owned),
            prompt: prompt.map(str::to_owned),
            placement,
        })
    }

    #[test]
    fn enter_opens_the_first_installed_one_at_once() {
        let opened = press(&mut launcher(), &[DialogKey::Enter]);
        assert_eq!(opened, launch("claude", "/work", None, None, Placement::Right));
    }

    #[test]
    fn typing_filters_by_title_or_name() {
        let opened = press(&mut launcher(), &[DialogKey::Char('c'), DialogKey::Char('o'), DialogKey::Enter]);
        assert_eq!(opened, launch("codex", "/work", None, None, Placement::Right));
    }

    #[test]
    fn what_is_not_installed_is_one_row_until_it_is_unfolded_or_typed() {
        let shown = |launcher: &Launcher| launcher.list.matches().iter().map(|found| found.index).collect::<Vec<_>>();
        let mut launcher = launcher();
        assert_eq!(shown(&launcher), [1, 2, 3, 4]);
        assert_eq!((launcher.n_folded(4), launcher.n_folded(3)), (Some(1), None));
        assert_eq!(press(&mut launcher, &[DialogKey::Up, DialogKey::Enter]), Outcome::Stay);
        assert_eq!(shown(&launcher), [1, 2, 3, 0]);
        assert_eq!(launcher.selected().map(|choice| choice.name.as_str()), Some("gemini"), "the first of them");
        let mut typed = self::launcher();
        typed.paste("gem");
        assert_eq!(shown(&typed), [0]);
        typed.key(DialogKey::KillLine);
        assert_eq!(shown(&typed), [1, 2, 3, 4], "folded again");
    }

    #[test]
    fn choices_that_come_later_leave_the_first_one_selected() {
        let mut launcher = Launcher::new(&[], "/work", Placement::Right);
        launcher.set_choices(&[choice("gemini", false), choice("claude", true), choice("codex", true)]);
        assert_eq!(launcher.selected().map(|choice| choice.name.as_str()), Some("claude"));
        press(&mut launcher, &[DialogKey::Down]);
        launcher.set_choices(&[
            choice("gemini", false),
            choice("amp", true),
            choice("claude", true),
            choice("codex", true),
        ]);
        assert_eq!(launcher.selected().map(|choice| choice.name.as_str()), Some("codex"));
    }

    #[test]
    fn what_is_not_installed_is_not_opened() {
        let mut launcher = launcher();
        launcher.paste("gem");
        assert_eq!(launcher.selected().map(|c| c.name.as_str()), Some("gemini"));
        assert_eq!(launcher.key(DialogKey::Enter), Outcome::Stay);
        launcher.paste("zzz");
        assert_eq!(launcher.key(DialogKey::Enter), Outcome::Stay);
    }

    #[test]
    fn the_fields_go_into_the_launch() {
        use DialogKey::{Enter, KillLine, Right, Tab};
        let mut launcher = launcher();
        press(&mut launcher, &[Tab, KillLine]);
        launcher.paste("~/src");
        press(&mut launcher, &[Tab]);
        launcher.paste(" auth ");
        press(&mut launcher, &[Tab]);
        launcher.paste("fix\nit");
        let opened = press(&mut launcher, &[Tab, Right, Right, Enter]);
        assert_eq!(opened, launch("claude", "~/src", Some("auth"), Some("fix\nit"), Placement::Tab));
    }

    #[test]
    fn an_emptied_directory_means_the_default() {
        let opened = press(&mut launcher(), &[DialogKey::Tab, DialogKey::KillLine, DialogKey::Enter]);
        assert_eq!(opened, launch("claude", "/work", None, None, Placement::Right));
    }

    #[test]
    fn the_first_click_on_a_row_selects_it_and_the_second_opens_it() {
        let mut dialog = Dialog::Launcher(launcher());
        assert_eq!(dialog.click_row(1), Outcome::Stay);
        assert_eq!(dialog.click_row(1), launch("codex", "/work", None, None, Placement::Right));
        assert_eq!(dialog.click_row(99), Outcome::Stay);
    }

    #[test]
    fn tab_goes_round_both_ways() {
        let mut launcher = launcher();
        press(&mut launcher, &[DialogKey::BackTab]);
        assert_eq!(launcher.focus, LauncherFocus::Placement);
        press(&mut launcher, &[DialogKey::Tab]);
        assert_eq!(launcher.focus, LauncherFocus::List);
        press(&mut launcher, &[DialogKey::Tab, DialogKey::Up]);
        assert_eq!(launcher.focus, LauncherFocus::List);
    }
}
