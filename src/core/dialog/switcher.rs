//! The switcher: all sessions in one list, picked by typing.

use crate::core::dialog::filter_list::{Entry, FilterList};
use crate::core::dialog::{Action, DialogKey, Outcome};
use crate::core::session::{Session, Status};
use crate::core::state::State;
use crate::id::{ProviderName, SessionId};
use crate::text;

/// Most characters of a directory that are shown. Chosen: wider than any screen would show it.
const DIRECTORY_CHARS: usize = 400;

/// A session as the switcher shows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SwitchItem {
    /// Which session.
    pub session: SessionId,
    /// What it is called.
    pub label: String,
    /// The kind of agent.
    pub provider: ProviderName,
    /// Its directory, with `~` for the home directory.
    pub directory: String,
    /// What it is doing.
    pub status: Status,
    /// Whether it changed since the user looked at it.
    pub unseen: bool,
}

impl SwitchItem {
    /// The session as the switcher shows it; `home` is written `~`.
    pub fn of(session: &Session, home: &str) -> Self {
        Self {
            session: session.id,
            label: session.label().to_owned(),
            provider: session.provider.clone(),
            directory: short_directory(&session.cwd, home),
            status: session.status,
            unseen: session.unseen,
        }
    }
}

/// All sessions: those that wait for the user first, then those with something unseen, then the rest; each kind by the
/// time of its last activity, newest first.
pub fn switch_items(state: &State) -> Vec<SwitchItem> {
    let rank = |session: &Session| match session.status {
        Status::Blocked => 0,
        _ if session.unseen => 1,
        _ => 2,
    };
    let mut sessions: Vec<&Session> = state.listed_sessions().collect();
    sessions.sort_by_key(|session| (rank(session), std::cmp::Reverse(session.last_activity_at)));
    sessions.into_iter().map(|session| SwitchItem::of(session, &state.home)).collect()
}

/// The directory as it is shown: with `~` for `home`, fit for one line (a directory may be called anything).
pub fn short_directory(directory: &str, home: &str) -> String {
    let home = home.trim_end_matches('/');
    let short = match directory.strip_prefix(home) {
        Some(rest) if !home.is_empty() && (rest.is_empty() || rest.starts_with('/')) => format!("~{rest}"),
        Some(_) | None => directory.to_owned(),
    };
    text::one_line(&short, DIRECTORY_CHARS)
}

/// What a session is picked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SwitchFor {
    /// To go to it.
    Go,
    /// To bring its pane to the tab that is shown.
    Join,
    /// To send it a prompt, with all that are marked.
    Prompt,
}

/// The switcher.
#[derive(Clone, PartialEq, Debug)]
pub struct Switcher {
    /// What Enter does.
    pub purpose: SwitchFor,
    /// The sessions, in the order given; `list` refers to them by index.
    pub items: Vec<SwitchItem>,
    /// The list.
    pub list: FilterList,
}

impl Switcher {
    /// Offers to go to one of the sessions, in this order.
    pub fn new(items: Vec<SwitchItem>) -> Self {
        Self::picking(SwitchFor::Go, items)
    }

    /// Offers the sessions in this order.
    pub fn picking(purpose: SwitchFor, items: Vec<SwitchItem>) -> Self {
        let text =
            |item: &SwitchItem| format!("{} {} {} {}", item.label, item.provider, item.directory, item.status.as_str());
        let entries = items.iter().map(|item| Entry { text: text(item), tier: 0 }).collect();
        Self { purpose, items, list: FilterList::new(entries) }
    }

    /// Enter picks the selected session.
    pub fn key(&mut self, key: DialogKey) -> Outcome {
        match key {
            DialogKey::Enter => match self.list.selected().and_then(|index| self.items.get(index)) {
                Some(item) => {
                    return Outcome::Done(match self.purpose {
                        SwitchFor::Go => Action::Go(item.session),
                        SwitchFor::Join => Action::Join(item.session),
                        SwitchFor::Prompt => Action::AskPrompt(item.session),
                    });
                }
                None => return Outcome::Stay,
            },
            DialogKey::Mark => match self.list.selected().and_then(|index| self.items.get(index)) {
                Some(item) => return Outcome::Also(Action::ToggleMark(item.session)),
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

    fn item(n: u8, label: &str, directory: &str) -> SwitchItem {
        SwitchItem {
            session: SessionId::new(u64::from(n), [n; 10]),
            label: label.to_owned(),
            provider: ProviderName::new("claude"),
            directory: directory.to_owned(),
            status: Status::Busy,
            unseen: false,
        }
    }

    #[test]
    fn a_session_is_found_by_label_or_directory() {
        let items = vec![item(1, "auth", "~/src/api"), item(2, "vite", "~/src/web")];
        for (typed, n) in [("aut", 1), ("web", 2), ("busy vite", 2)] {
            let mut switcher = Switcher::new(items.clone());
            switcher.list.paste(typed);
            let expected = Outcome::Done(Action::Go(SessionId::new(n, [n as u8; 10])));
            assert_eq!(switcher.key(DialogKey::Enter), expected, "{typed}");
        }
    }

    #[test]
    fn enter_on_nothing_stays() {
        assert_eq!(Switcher::new(Vec::new()).key(DialogKey::Enter), Outcome::Stay);
    }

    #[test]
    fn the_home_directory_is_a_tilde_only_as_a_whole_component() {
        let cases = [("/home/a", "~"), ("/home/a/x", "~/x"), ("/home/ab", "/home/ab"), ("/", "/"), ("/srv", "/srv")];
        for (directory, shown) in cases {
            assert_eq!(short_directory(directory, "/home/a"), shown);
        }
        assert_eq!(short_directory("/srv", ""), "/srv");
        assert_eq!(short_directory("/srv", "/"), "/srv");
    }
}
