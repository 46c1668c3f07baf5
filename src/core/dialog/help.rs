//! The help overlay: all commands with their keys. Typing narrows it, Enter does what is selected.

use crate::core::command::{COMMANDS, Command, Group};
use crate::core::dialog::filter_list::{Entry, FilterList};
use crate::core::dialog::{Action, DialogKey, Outcome};

/// A command in the help overlay.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HelpRow {
    /// What Enter does.
    pub command: Command,
    /// Its heading.
    pub group: Group,
    /// Its keys as they are to be pressed (`^b c`), several parted by two blanks; empty where it has none.
    pub keys: String,
    /// What it does, one line.
    pub help: String,
}

/// All commands with the keys that `keys_of` gives them, in the order of the command table.
pub fn help_rows(keys_of: impl Fn(Command) -> Vec<String>) -> Vec<HelpRow> {
    let row = |row: &crate::core::command::Row| HelpRow {
        command: row.command,
        group: row.group,
        keys: keys_of(row.command).join("  "),
        help: row.help.to_owned(),
    };
    COMMANDS.iter().map(row).collect()
}

/// The help overlay.
#[derive(Clone, PartialEq, Debug)]
pub struct Help {
    /// The commands, in the order given; `list` refers to them by index.
    pub rows: Vec<HelpRow>,
    /// The list.
    pub list: FilterList,
}

impl Help {
    /// Shows the rows, grouped by heading as long as nothing is typed.
    pub fn new(rows: Vec<HelpRow>) -> Self {
        let tier = |group: Group| Group::ALL.iter().position(|g| *g == group).and_then(|at| u64::try_from(at).ok());
        let entry = |row: &HelpRow| Entry {
            text: format!("{} {} {}", row.help, row.keys, row.group.title()),
            tier: tier(row.group).unwrap_or(u64::MAX),
        };
        let list = FilterList::new(rows.iter().map(entry).collect());
        Self { rows, list }
    }

    /// Enter does what the selected row says.
    pub fn key(&mut self, key: DialogKey) -> Outcome {
        match key {
            DialogKey::Enter => match self.list.selected().and_then(|index| self.rows.get(index)) {
                Some(row) => return Outcome::Done(Action::Run(row.command)),
                None => return Outcome::Stay,
            },
            other => self.list.key(other),
        }
        Outcome::Stay
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_row_and_enter_runs_the_one_found() {
        let mut help = Help::new(help_rows(|_| vec!["^b x".to_owned()]));
        assert_eq!(help.rows.len(), COMMANDS.len());
        help.list.paste("detach");
        help.list.key(DialogKey::KillLine);
        help.list.paste("agents run on");
        assert_eq!(help.key(DialogKey::Enter), Outcome::Done(Action::Run(Command::Detach)));
    }
}
