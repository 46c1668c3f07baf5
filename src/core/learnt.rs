//! Which keys the user knows: their hints make room for others.

use std::collections::BTreeMap;

use crate::core::Core;
use crate::core::command::{Command, row_of};
use crate::core::effect::Effects;
use crate::core::preferences::LEARNT;
use crate::core::state::State;

/// The commands of the bottom line that are hinted at until they are known, most useful first.
pub const HINTED: [Command; 6] =
    [Command::Launch, Command::Help, Command::Switch, Command::Zoom, Command::Detach, Command::Copy];

/// From so many uses on a key is known. Chosen.
const USES: u32 = 8;

impl State {
    /// Whether the command was used so often that it needs no hint.
    pub fn is_learnt(&self, command: Command) -> bool {
        self.uses().get(row_of(command).id).is_some_and(|n| *n >= USES)
    }

    /// How often commands were used, up to [`USES`]: `launch=3 zoom=8`.
    fn uses(&self) -> BTreeMap<&str, u32> {
        let stored = self.preferences.get(LEARNT, "").unwrap_or_default();
        stored
            .split(' ')
            .filter_map(|entry| entry.split_once('='))
            .filter_map(|(id, n)| Some((id, n.parse().ok()?)))
            .collect()
    }
}

impl Core {
    /// Counts a use of the command by its key.
    pub(super) fn learn(&mut self, command: Command, fx: &mut Effects) {
        if !HINTED.contains(&command) {
            return;
        }
        let id = row_of(command).id;
        let mut uses = self.state.uses();
        let n = uses.entry(id).or_default();
        if *n >= USES {
            return;
        }
        *n += 1;
        let entries: Vec<String> = uses.iter().map(|(id, n)| format!("{id}={n}")).collect();
        let value = entries.join(" ");
        self.prefer(LEARNT, value, String::new(), fx);
    }
}
