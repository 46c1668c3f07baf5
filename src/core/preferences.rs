//! What the user chose by keys: it is stored, and holds in the place of the setting until that is changed.
//!
//! The later word counts: a preference remembers what the settings said when it was chosen, and is void where they say
//! something else.

use std::collections::BTreeMap;

use crate::core::Core;
use crate::core::change::Change;
use crate::core::change::Durability;
use crate::core::effect::Effects;
use crate::core::persist::Pending;
use crate::core::state::State;

/// The theme of the frame.
pub const THEME: &str = "theme";

/// How often keys were used whose hints go once they are known.
pub const LEARNT: &str = "learnt";

/// Whether the sidebar is shown.
pub const SIDEBAR_SHOW: &str = "sidebar.show";

/// Its columns.
pub const SIDEBAR_COLUMNS: &str = "sidebar.columns";

/// At which edge it stands.
pub const SIDEBAR_SIDE: &str = "sidebar.side";

/// By what it is grouped.
pub const SIDEBAR_GROUP: &str = "sidebar.group";

/// In which order sessions stand.
pub const SIDEBAR_SORT: &str = "sidebar.sort";

/// A choice.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Preference {
    /// What was chosen.
    pub value: String,
    /// What the settings said then.
    pub over: String,
}

/// The choices, by name.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Preferences(BTreeMap<String, Preference>);

impl Preferences {
    /// The stored choices.
    pub fn stored(entries: impl IntoIterator<Item = (String, Preference)>) -> Self {
        Self(entries.into_iter().collect())
    }

    /// What was chosen in the place of what the settings say.
    pub fn get(&self, name: &str, configured: &str) -> Option<&str> {
        self.0.get(name).filter(|entry| entry.over == configured).map(|entry| entry.value.as_str())
    }
}

impl State {
    /// The theme by key or by settings: a name, or `config::theme::AUTO`.
    pub fn theme_choice(&self) -> &str {
        let configured = &self.config.ui.theme;
        self.preferences.get(THEME, configured).unwrap_or(configured)
    }
}

impl Core {
    /// Takes a choice in the place of what the settings say, and stores it.
    pub(super) fn prefer(&mut self, name: &'static str, value: String, configured: String, fx: &mut Effects) {
        let entry = Preference { value, over: configured };
        if self.state.preferences.0.get(name) == Some(&entry) {
            return;
        }
        self.state.preferences.0.insert(name.to_owned(), entry.clone());
        let change = Change::Preference { name, entry };
        self.commit(vec![change], Durability::Relaxed, Pending::Nothing, fx);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_holds_until_the_settings_say_something_else() {
        let entry = Preference { value: "nord".to_owned(), over: "auto".to_owned() };
        let preferences = Preferences::stored([("theme".to_owned(), entry)]);
        assert_eq!(preferences.get("theme", "auto"), Some("nord"));
        assert_eq!(preferences.get("theme", "paper"), None);
        assert_eq!(preferences.get("other", "auto"), None);
    }
}
