//! Which key means which command: the table's default keys with the user's in place of them.
//!
//! Pure; `core::command` owns the commands, `config` reads the user's keys.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;

use super::event::{KeyCode, KeyEvent, Modifiers};
pub use super::keypress::{KeyPress, ParseKeyError};
use crate::core::command::{COMMANDS, Command};

/// What a key text begins with when the key needs no prefix.
const DIRECT: &str = "direct ";

/// A key of a command.
///
/// As text: the key alone where it is pressed after the prefix (`c`), `direct alt+c` where it is pressed by itself.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Binding {
    /// Pressed after the prefix.
    Prefixed(KeyPress),
    /// Pressed by itself, and so never sent to a pane.
    Direct(KeyPress),
}

impl Binding {
    /// The key.
    pub fn key(&self) -> KeyPress {
        match self {
            Self::Prefixed(key) | Self::Direct(key) => *key,
        }
    }
}

impl fmt::Display for Binding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Prefixed(key) => write!(f, "{key}"),
            Self::Direct(key) => write!(f, "{DIRECT}{key}"),
        }
    }
}

impl FromStr for Binding {
    type Err = ParseKeyError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.trim_start().split_at_checked(DIRECT.len()) {
            Some((word, key)) if word.eq_ignore_ascii_case(DIRECT) => Ok(Self::Direct(key.parse()?)),
            _ => Ok(Self::Prefixed(text.parse()?)),
        }
    }
}

/// Who has a key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeyOwner {
    /// The prefix itself; after the prefix, the same key sends it to the pane.
    Prefix,
    /// A command.
    Command(Command),
    /// The pane: a key that types text has to reach it.
    Typing,
}

/// A key that could not be given to a command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KeyConflict {
    /// The key.
    pub binding: Binding,
    /// Who has it.
    pub kept_by: KeyOwner,
    /// The command that goes without.
    pub lost_by: Command,
}

impl fmt::Display for KeyConflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { binding, kept_by, lost_by } = self;
        let lost = id_of(*lost_by);
        match kept_by {
            KeyOwner::Prefix => write!(f, "key \"{binding}\" is the prefix; {lost} goes without it"),
            KeyOwner::Command(command) => {
                write!(f, "key \"{binding}\" belongs to {}; {lost} goes without it", id_of(*command))
            }
            KeyOwner::Typing => write!(f, "key \"{binding}\" types text; {lost} can have it only after the prefix"),
        }
    }
}

fn id_of(command: Command) -> &'static str {
    crate::core::command::row_of(command).id
}

/// Which key means which command.
#[derive(Clone, Debug)]
pub struct Keymap {
    prefix: KeyPress,
    prefixed: HashMap<KeyPress, Command>,
    direct: HashMap<KeyPress, Command>,
    /// What each command ended up with, in the order of the table and of the user's list.
    keys: HashMap<Command, Vec<Binding>>,
}

impl Default for Keymap {
    /// The table's keys after `ctrl+b`.
    fn default() -> Self {
        Self::new(KeyPress::new(KeyCode::Char('b'), Modifiers::CTRL), &[]).0
    }
}

impl Keymap {
    /// The table's keys, with those of `overrides` in place of them (an empty list: the command has no key; of two lists
    /// for one command the last counts).
    ///
    /// Where two want a key, the prefix goes first, then the overrides in their order, then the table; what lost is
    /// returned. A command whose default keys were all taken by overrides is among it: the user should know.
    pub fn new(prefix: KeyPress, overrides: &[(Command, Vec<Binding>)]) -> (Self, Vec<KeyConflict>) {
        let mut keymap = Self { prefix, prefixed: HashMap::new(), direct: HashMap::new(), keys: HashMap::new() };
        let mut conflicts = Vec::new();
        let is_overridden = |command| overrides.iter().any(|(overridden, _)| *overridden == command);
        for (n, (command, bindings)) in overrides.iter().enumerate() {
            if overrides[n + 1..].iter().any(|(later, _)| later == command) {
                continue;
            }
            for binding in bindings {
                conflicts.extend(keymap.bind(*command, *binding));
            }
        }
        for row in COMMANDS.iter().filter(|row| !is_overridden(row.command)) {
            let mut lost = Vec::new();
            for key in row.keys.iter().filter_map(|text| text.parse().ok()) {
                lost.extend(keymap.bind(row.command, Binding::Prefixed(key)));
            }
            // A second default key that went elsewhere is no loss worth a message.
            if keymap.keys_of(row.command).is_empty() {
                conflicts.extend(lost);
            }
        }
        (keymap, conflicts)
    }

    fn bind(&mut self, command: Command, binding: Binding) -> Option<KeyConflict> {
        let key = binding.key();
        let taken = match binding {
            _ if key == self.prefix => Some(KeyOwner::Prefix),
            Binding::Direct(_) if types_text(key) => Some(KeyOwner::Typing),
            Binding::Prefixed(_) => self.prefixed.get(&key).copied().map(KeyOwner::Command),
            Binding::Direct(_) => self.direct.get(&key).copied().map(KeyOwner::Command),
        };
        match taken {
            // The same key twice for one command.
            Some(KeyOwner::Command(owner)) if owner == command => return None,
            Some(kept_by) => return Some(KeyConflict { binding, kept_by, lost_by: command }),
            None => {}
        }
        match binding {
            Binding::Prefixed(_) => self.prefixed.insert(key, command),
            Binding::Direct(_) => self.direct.insert(key, command),
        };
        self.keys.entry(command).or_default().push(binding);
        None
    }

    /// The key that starts a command.
    pub fn prefix(&self) -> KeyPress {
        self.prefix
    }

    /// The command of a key pressed after the prefix. The prefix itself has none: pressed twice it goes to the pane.
    pub fn lookup_prefixed(&self, key: &KeyPress) -> Option<Command> {
        self.prefixed.get(key).copied()
    }

    /// The command of a key event after the prefix: of the key, or else of the key at its place of a US keyboard, so
    /// that the table's keys work on keyboards that are not Latin (where the terminal tells the place).
    pub fn lookup_prefixed_event(&self, event: &KeyEvent) -> Option<Command> {
        let place = || {
            let base = event.base.filter(|_| !matches!(event.code, KeyCode::Char(c) if c.is_ascii()))?;
            let event = KeyEvent::new(KeyCode::Char(base), event.modifiers);
            self.lookup_prefixed(&KeyPress::from_event(&event))
        };
        self.lookup_prefixed(&KeyPress::from_event(event)).or_else(place)
    }

    /// The command of a key pressed by itself.
    pub fn lookup_direct(&self, key: &KeyPress) -> Option<Command> {
        self.direct.get(key).copied()
    }

    /// The same in the short form of the screen: `^b c`.
    pub fn short_keys(&self, command: Command) -> Vec<String> {
        let shown = |binding: Binding| match binding {
            Binding::Prefixed(key) => format!("{} {}", self.prefix.short(), key.short()),
            Binding::Direct(key) => key.short(),
        };
        self.keys_of(command).into_iter().map(shown).collect()
    }

    /// The command's keys as they are pressed, the prefix included, parted by a blank (`ctrl+b c`, `alt+left`).
    pub fn shown_keys(&self, command: Command) -> Vec<String> {
        let shown = |binding: Binding| match binding {
            Binding::Prefixed(key) => format!("{} {key}", self.prefix),
            Binding::Direct(key) => key.to_string(),
        };
        self.keys_of(command).into_iter().map(shown).collect()
    }

    /// The keys of a command, the first of them the one to show; empty where it has none.
    pub fn keys_of(&self, command: Command) -> Vec<Binding> {
        self.keys.get(&command).cloned().unwrap_or_default()
    }
}

/// Whether the key is one that typing in a pane cannot do without.
fn types_text(key: KeyPress) -> bool {
    let is_plain = key.modifiers().without(Modifiers::SHIFT).is_empty();
    is_plain && matches!(key.code(), KeyCode::Char(_) | KeyCode::Enter | KeyCode::Backspace)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> KeyPress {
        text.parse().expect(text)
    }

    fn bindings(texts: &[&str]) -> Vec<Binding> {
        texts.iter().map(|text| text.parse().expect(text)).collect()
    }

    fn shown(keymap: &Keymap, command: Command) -> Vec<String> {
        keymap.keys_of(command).iter().map(Binding::to_string).collect()
    }

    fn told(conflicts: &[KeyConflict]) -> Vec<String> {
        conflicts.iter().map(KeyConflict::to_string).collect()
    }

    #[test]
    fn every_default_key_parses_and_finds_its_command() {
        let (keymap, conflicts) = Keymap::new(key("ctrl+b"), &[]);
        assert_eq!(conflicts, []);
        for row in COMMANDS {
            assert_eq!(keymap.keys_of(row.command).len(), row.keys.len(), "{}", row.id);
            for text in row.keys {
                assert_eq!(keymap.lookup_prefixed(&key(text)), Some(row.command), "{text}");
                assert_eq!(keymap.lookup_direct(&key(text)), None);
            }
        }
        assert_eq!(Keymap::default().prefix(), key("ctrl+b"));
    }

    #[test]
    fn the_users_keys_replace_the_tables() {
        let overrides = [(Command::Zoom, bindings(&["v", "direct alt+z"])), (Command::Stop, vec![])];
        let (keymap, conflicts) = Keymap::new(key("ctrl+a"), &overrides);
        assert_eq!(conflicts, []);
        assert_eq!(keymap.lookup_prefixed(&key("v")), Some(Command::Zoom));
        assert_eq!(keymap.lookup_direct(&key("alt+z")), Some(Command::Zoom));
        assert_eq!(keymap.lookup_prefixed(&key("z")), None);
        assert_eq!(keymap.lookup_prefixed(&key("Q")), None);
        assert_eq!(shown(&keymap, Command::Zoom), ["v", "direct alt+z"]);
        assert_eq!(shown(&keymap, Command::Stop), [""; 0]);
    }

    #[test]
    fn of_two_that_want_a_key_one_gets_it_and_the_other_is_told() {
        type Keys = (Command, &'static [&'static str]);
        let cases: &[(&str, &[Keys], &[&str])] = &[
            ("ctrl+l", &[], &["key \"ctrl+l\" is the prefix; redraw goes without it"]),
            ("ctrl+b", &[(Command::Zoom, &["n"])], &["key \"n\" belongs to zoom; next-attention goes without it"]),
            ("ctrl+b", &[(Command::Zoom, &["h"])], &[]),
            ("ctrl+b", &[(Command::Zoom, &["n"]), (Command::NextAttention, &["g"])], &[]),
            (
                "ctrl+b",
                &[(Command::Zoom, &["v"]), (Command::Close, &["v", "b"])],
                &["key \"v\" belongs to zoom; close goes without it"],
            ),
            ("ctrl+b", &[(Command::Zoom, &["v", "Y", "v"])], &[]),
            (
                "ctrl+b",
                &[(Command::Zoom, &["direct ctrl+b"])],
                &["key \"direct ctrl+b\" is the prefix; zoom goes without it"],
            ),
            (
                "ctrl+b",
                &[(Command::Zoom, &["direct z"])],
                &["key \"direct z\" types text; zoom can have it only after the prefix"],
            ),
        ];
        for (prefix, overrides, expected) in cases {
            let overrides: Vec<_> = overrides.iter().map(|(command, keys)| (*command, bindings(keys))).collect();
            let (_, conflicts) = Keymap::new(key(prefix), &overrides);
            assert_eq!(told(&conflicts), *expected, "{overrides:?}");
        }
    }

    #[test]
    fn on_a_keyboard_that_is_not_latin_the_place_of_a_key_counts_where_its_character_has_no_command() {
        let event = |c, base, modifiers| KeyEvent { base, ..KeyEvent::new(KeyCode::Char(c), modifiers) };
        let keymap = Keymap::default();
        let cases = [
            (event('с', Some('c'), Modifiers::NONE), Some(Command::Launch)),
            (event('С', Some('t'), Modifiers::SHIFT), Some(Command::RenameTab)),
            (event('с', None, Modifiers::NONE), None),
            (event('b', Some('c'), Modifiers::NONE), None),
            (event('c', Some('i'), Modifiers::NONE), Some(Command::Launch)),
        ];
        for (event, command) in cases {
            assert_eq!(keymap.lookup_prefixed_event(&event), command, "{event:?}");
        }
    }

    #[test]
    fn the_last_list_of_a_command_counts() {
        let overrides = [(Command::Zoom, bindings(&["v"])), (Command::Zoom, bindings(&["b"]))];
        let (keymap, _) = Keymap::new(key("ctrl+b"), &overrides);
        assert_eq!(shown(&keymap, Command::Zoom), ["b"]);
        assert_eq!(keymap.lookup_prefixed(&key("v")), None);
    }

    #[test]
    fn a_binding_is_read_back_from_its_text() {
        for text in ["c", "direct alt+c", "%", "direct f5"] {
            assert_eq!(text.parse::<Binding>().expect(text).to_string(), text);
        }
        assert!("direct nope".parse::<Binding>().is_err());
        assert!("direct".parse::<Binding>().is_err());
    }
}
