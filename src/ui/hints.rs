//! How keys are written on the screen.

use crate::core::command::Command;
use crate::ui::theme::{Depth, Glyphs, Theme};

/// Which keys do what; the key map answers.
pub trait KeyHints {
    /// The command's keys as they are pressed, the prefix included, parted by a blank (`ctrl+b c`, `alt+left`); in the
    /// notation of `input::keymap` or already short (`^b c`). The first one is the one to show.
    fn keys_of(&self, command: Command) -> Vec<String>;
    /// The prefix key, in the same notation.
    fn prefix(&self) -> String;
}

/// The keys in the short form of the screen: `^b c` for `ctrl+b c`, an arrow for `left`. Short forms stay as they are.
pub fn short_keys(keys: &str, glyphs: Glyphs) -> String {
    keys.split(' ').map(|key| short_key(key, glyphs)).collect::<Vec<_>>().join(" ")
}

/// The command's first key, short; `None` where it has none.
pub fn first_key(keys: &dyn KeyHints, command: Command, glyphs: Glyphs) -> Option<String> {
    keys.keys_of(command).first().map(|key| short_keys(key, glyphs))
}

/// The command's first key after the prefix, without the prefix, short; `None` where it has none.
pub fn key_after_prefix(keys: &dyn KeyHints, command: Command, glyphs: Glyphs) -> Option<String> {
    let prefix = format!("{} ", keys.prefix());
    keys.keys_of(command).iter().find_map(|key| key.strip_prefix(&prefix).map(|rest| short_keys(rest, glyphs)))
}

fn short_key(key: &str, glyphs: Glyphs) -> String {
    let theme = Theme::new(Depth::Ansi, glyphs);
    let mut parts: Vec<&str> = key.split('+').collect();
    // A `+` that is itself the key (`+`, `ctrl++`) leaves two empty parts at the end.
    if key.ends_with('+') {
        parts.truncate(parts.len() - 2);
        parts.push("+");
    }
    let Some((base, modifiers)) = parts.split_last() else { return key.to_owned() };
    let mut out = String::new();
    for modifier in modifiers {
        match *modifier {
            "ctrl" => out.push('^'),
            "alt" => out.push_str("M-"),
            "shift" => out.push_str("S-"),
            other => {
                out.push_str(other);
                out.push('+');
            }
        }
    }
    out.push_str(match *base {
        "left" => theme.pick("←", "left"),
        "right" => theme.pick("→", "right"),
        "up" => theme.pick("↑", "up"),
        "down" => theme.pick("↓", "down"),
        "tab" => "Tab",
        "enter" => "Enter",
        "escape" | "esc" => "Esc",
        "space" => "Space",
        "backspace" => "Bksp",
        "pageup" => "PgUp",
        "pagedown" => "PgDn",
        other => other,
    });
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_written_short() {
        let cases = [
            ("ctrl+b c", "^b c"),
            ("^b c", "^b c"),
            ("ctrl+b %", "^b %"),
            ("left", "←"),
            ("alt+shift+left", "M-S-←"),
            ("+", "+"),
            ("ctrl++", "^+"),
            ("f5", "f5"),
            ("", ""),
        ];
        for (keys, short) in cases {
            assert_eq!(short_keys(keys, Glyphs::Unicode), short, "{keys}");
        }
        assert_eq!(short_keys("left", Glyphs::Ascii), "left");
    }
}
