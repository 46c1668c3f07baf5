//! The command palette: every command by its name, with what it does, its keys, and why it can do nothing now.

use crate::core::command::{COMMANDS, Command};
use crate::core::dialog::filter_list::{Entry, FilterList};
use crate::core::dialog::{Action, DialogKey, Outcome};

/// A command in the palette.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PaletteRow {
    /// What Enter does.
    pub command: Command,
    /// Its name, padded to the longest one, and what it does; what typing is matched against.
    pub text: String,
    /// Its keys as they are to be pressed (`^b c`), several parted by two blanks; empty where it has none.
    pub keys: String,
    /// Why it would do nothing now; `None` where it does something.
    pub obstacle: Option<String>,
}

/// All commands but the palette itself, in the order of the command table.
pub fn palette_rows(
    keys_of: impl Fn(Command) -> Vec<String>,
    obstacle: impl Fn(Command) -> Option<String>,
) -> Vec<PaletteRow> {
    let widest = COMMANDS.iter().map(|row| row.id.len()).max().unwrap_or(0);
    let row = |row: &crate::core::command::Row| PaletteRow {
        command: row.command,
        text: format!("{:widest$}  {}", row.id, row.help),
        keys: keys_of(row.command).join("  "),
        obstacle: obstacle(row.command),
    };
    COMMANDS.iter().filter(|row| row.command != Command::Palette).map(row).collect()
}

/// The command palette.
#[derive(Clone, PartialEq, Debug)]
pub struct Palette {
    /// The commands, in the order given; `list` refers to them by index.
    pub rows: Vec<PaletteRow>,
    /// The list.
    pub list: FilterList,
}

impl Palette {
    /// Offers the rows: those that can do something first.
    pub fn new(rows: Vec<PaletteRow>) -> Self {
        let entry = |row: &PaletteRow| Entry { text: row.text.clone(), tier: u64::from(row.obstacle.is_some()) };
        let list = FilterList::new(rows.iter().map(entry).collect());
        Self { rows, list }
    }

    /// The selected command.
    pub fn selected(&self) -> Option<&PaletteRow> {
        self.list.selected().and_then(|index| self.rows.get(index))
    }

    /// Enter runs the selected command, where nothing stands in its way.
    pub fn key(&mut self, key: DialogKey) -> Outcome {
        if key != DialogKey::Enter {
            self.list.key(key);
            return Outcome::Stay;
        }
        match self.selected().filter(|row| row.obstacle.is_none()) {
            Some(row) => Outcome::Done(Action::Run(row.command)),
            None => Outcome::Stay,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn palette(blocked: Command) -> Palette {
        let obstacle = |command| (command == blocked).then(|| "not now".to_owned());
        Palette::new(palette_rows(|_| vec!["^b x".to_owned()], obstacle))
    }

    #[test]
    fn every_command_is_run_by_typing_its_name() {
        for row in COMMANDS.iter().filter(|row| row.command != Command::Palette) {
            let mut palette = palette(Command::Palette);
            row.id.chars().for_each(|c| assert_eq!(palette.key(DialogKey::Char(c)), Outcome::Stay));
            assert_eq!(palette.key(DialogKey::Enter), Outcome::Done(Action::Run(row.command)), "{}", row.id);
        }
    }

    #[test]
    fn what_can_do_nothing_now_comes_last_and_enter_does_not_run_it() {
        let mut palette = palette(Command::Launch);
        let last = palette.list.matches().last().and_then(|found| palette.rows.get(found.index));
        assert_eq!(last.map(|row| row.command), Some(Command::Launch));
        palette.list.paste("launch");
        assert_eq!(palette.selected().map(|row| row.command), Some(Command::Launch));
        assert_eq!(palette.key(DialogKey::Enter), Outcome::Stay);
    }

    #[test]
    fn a_command_is_found_by_what_it_does() {
        let mut palette = palette(Command::Palette);
        palette.list.paste("agents run on");
        assert_eq!(palette.key(DialogKey::Enter), Outcome::Done(Action::Run(Command::Detach)));
    }
}
