//! A key as people write it: `ctrl+b`, `alt+shift+left`, `%`, `f5`, `space`.
//!
//! Owns the notation and the normal form in which a key is compared, whatever protocol the terminal speaks. Pure.

use std::fmt;
use std::str::FromStr;

use super::event::{KeyCode, KeyEvent, Modifiers};
use super::key::{lowercase, uppercase};

/// Names of keys; the first row of a key is the one that is shown.
const NAMES: &[(&str, KeyCode)] = &[
    ("space", KeyCode::Char(' ')),
    ("enter", KeyCode::Enter),
    ("return", KeyCode::Enter),
    ("tab", KeyCode::Tab),
    ("esc", KeyCode::Escape),
    ("escape", KeyCode::Escape),
    ("backspace", KeyCode::Backspace),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pageup", KeyCode::PageUp),
    ("pgup", KeyCode::PageUp),
    ("pagedown", KeyCode::PageDown),
    ("pgdn", KeyCode::PageDown),
    ("pgdown", KeyCode::PageDown),
    ("insert", KeyCode::Insert),
    ("ins", KeyCode::Insert),
    ("delete", KeyCode::Delete),
    ("del", KeyCode::Delete),
    ("plus", KeyCode::Char('+')),
    ("minus", KeyCode::Char('-')),
    ("menu", KeyCode::Menu),
    ("pause", KeyCode::Pause),
    ("printscreen", KeyCode::PrintScreen),
    ("capslock", KeyCode::CapsLock),
    ("scrolllock", KeyCode::ScrollLock),
    ("numlock", KeyCode::NumLock),
];

/// Names of modifiers; the first row of a modifier is the one that is shown, in this order.
const MODIFIERS: &[(&str, Modifiers)] = &[
    ("ctrl", Modifiers::CTRL),
    ("control", Modifiers::CTRL),
    ("alt", Modifiers::ALT),
    ("opt", Modifiers::ALT),
    ("option", Modifiers::ALT),
    ("shift", Modifiers::SHIFT),
    ("super", Modifiers::SUPER),
    ("cmd", Modifiers::SUPER),
    ("win", Modifiers::SUPER),
    ("hyper", Modifiers::HYPER),
    ("meta", Modifiers::META),
];

/// What a US keyboard's keys other than letters are with Shift: the notation `shift+%` says no more than `%`.
const SHIFTED_SYMBOLS: &str = "~!@#$%^&*()_+{}|:\"<>?";

/// The highest function key that the kitty protocol knows.
const LAST_FUNCTION_KEY: u8 = 35;

/// A key with its modifiers, in normal form: equal where a person means the same key, however a terminal tells it.
///
/// A letter with Shift alone (or Shift and Alt) is the capital letter; with Ctrl or Super it is the small one, with
/// `SHIFT` only if Shift is said. Symbols never carry the Shift that makes them, as far as it is known. The keys of the
/// keypad are the others of the same meaning. Ctrl with a key that shares its control byte is the one that is written
/// for that byte (Ctrl+/ is Ctrl+_, Ctrl+2 is Ctrl+Space): a legacy terminal cannot tell them apart.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct KeyPress {
    code: KeyCode,
    modifiers: Modifiers,
}

/// A text that names no key.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ParseKeyError {
    /// There is no text.
    #[error("no key given; write for example \"ctrl+b\", \"alt+left\", \"f5\" or \"%\"")]
    Empty,
    /// A modifier is not known.
    #[error("unknown modifier {modifier:?} in {text:?}; known are ctrl, alt, shift, super, hyper and meta")]
    Modifier {
        /// What stands before a `+`.
        modifier: String,
        /// The whole text.
        text: String,
    },
    /// A key is not known.
    #[error("unknown key {key:?} in {text:?}; write one character, or a name such as space, enter, tab, esc, left, f5")]
    Key {
        /// What stands where the key should.
        key: String,
        /// The whole text.
        text: String,
    },
}

impl KeyPress {
    /// The key in normal form.
    pub fn new(code: KeyCode, modifiers: Modifiers) -> Self {
        Self::normal(code, modifiers, None)
    }

    /// The key of an event, in normal form; press, repeat and release are alike, and the locks do not count.
    ///
    /// On a keyboard that is not Latin, a shortcut (with Ctrl, Alt or Super) is the key at the same place of a US
    /// keyboard, where the terminal tells it.
    pub fn from_event(event: &KeyEvent) -> Self {
        let mut code = event.code;
        let mut shifted = event.shifted;
        if let KeyCode::Keypad(key) = code {
            code = key.plain().unwrap_or(code);
        }
        let is_shortcut = !event.modifiers.without(Modifiers::SHIFT | Modifiers::LOCKS).is_empty();
        if let (KeyCode::Char(c), Some(base)) = (code, event.base)
            && !c.is_ascii()
            && is_shortcut
        {
            code = KeyCode::Char(base);
            shifted = None;
        }
        if let (KeyCode::Char(_), false, Some(c)) = (code, is_shortcut, event.text.as_deref().and_then(only_char)) {
            // What the key types (with Shift, AltGr or Caps Lock) is what a terminal without key codes would send.
            return Self::normal(KeyCode::Char(c), event.modifiers.without(Modifiers::SHIFT), None);
        }
        Self::normal(code, event.modifiers, shifted)
    }

    fn normal(code: KeyCode, modifiers: Modifiers, shifted: Option<char>) -> Self {
        let mut modifiers = modifiers.without(Modifiers::LOCKS);
        let KeyCode::Char(mut c) = code else { return Self { code, modifiers } };
        let command = Modifiers::CTRL | Modifiers::SUPER | Modifiers::HYPER | Modifiers::META;
        let is_letter = lowercase(c) != c || uppercase(c) != c;
        if modifiers.intersects(command) && is_letter {
            c = lowercase(c);
        } else if modifiers.contains(Modifiers::SHIFT) {
            let symbol = shifted.or(Some(c).filter(|c| SHIFTED_SYMBOLS.contains(*c)));
            if let Some(with_shift) = symbol.or(is_letter.then(|| uppercase(c))) {
                c = with_shift;
                modifiers = modifiers.without(Modifiers::SHIFT);
            }
        }
        if modifiers.contains(Modifiers::CTRL) && !modifiers.contains(Modifiers::SHIFT) {
            c = match c {
                '/' | '7' => '_',
                '2' | '@' => ' ',
                '4' => '\\',
                '5' => ']',
                '6' | '~' => '^',
                _ => c,
            };
        }
        Self { code: KeyCode::Char(c), modifiers }
    }

    /// Which key.
    pub fn code(&self) -> KeyCode {
        self.code
    }

    /// The modifiers that count.
    pub fn modifiers(&self) -> Modifiers {
        self.modifiers
    }

    /// The event of pressing it.
    pub fn to_event(self) -> KeyEvent {
        KeyEvent::new(self.code, self.modifiers)
    }

    /// As short as it can be read, for hints: `^b` for `ctrl+b`, else as written.
    pub fn short(&self) -> String {
        match self.code {
            KeyCode::Char(c) if self.modifiers == Modifiers::CTRL && c != ' ' => format!("^{c}"),
            _ => self.to_string(),
        }
    }
}

impl fmt::Display for KeyPress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut left = self.modifiers;
        for (name, modifier) in MODIFIERS {
            if left.contains(*modifier) {
                left = left.without(*modifier);
                write!(f, "{name}+")?;
            }
        }
        match self.code {
            KeyCode::Char(c) if c != ' ' => write!(f, "{c}"),
            KeyCode::F(n) => write!(f, "f{n}"),
            code => match NAMES.iter().find(|(_, named)| *named == code) {
                Some((name, _)) => f.write_str(name),
                // Keys without a name cannot be bound; they are still shown in messages.
                None => write!(f, "{}", format!("{code:?}").to_lowercase()),
            },
        }
    }
}

impl FromStr for KeyPress {
    type Err = ParseKeyError;

    /// Modifiers and names in any case; a single character as it is. `^b`, the short form, is read too.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let trimmed = text.trim();
        // A blank by itself is the space bar.
        let trimmed = if trimmed.is_empty() && text == " " { " " } else { trimmed };
        if trimmed.is_empty() {
            return Err(ParseKeyError::Empty);
        }
        if let Some((code, modifiers)) = key_named(trimmed) {
            return Ok(Self::new(code, modifiers));
        }
        // The key is what follows the last `+`, unless the key is `+` itself.
        let (prefix, key) = match trimmed.strip_suffix('+') {
            Some(before) if before.is_empty() || before.ends_with('+') => (before, "+"),
            _ => match trimmed.rfind('+') {
                Some(at) => (&trimmed[..=at], &trimmed[at + 1..]),
                None => ("", trimmed),
            },
        };
        let mut modifiers = Modifiers::NONE;
        for name in prefix.strip_suffix('+').map(|names| names.split('+')).into_iter().flatten() {
            let name = name.trim();
            let (_, modifier) = MODIFIERS
                .iter()
                .find(|(known, _)| known.eq_ignore_ascii_case(name))
                .ok_or_else(|| ParseKeyError::Modifier { modifier: name.to_owned(), text: trimmed.to_owned() })?;
            modifiers |= *modifier;
        }
        let key = if key == " " { key } else { key.trim() };
        let (code, extra) =
            key_named(key).ok_or_else(|| ParseKeyError::Key { key: key.to_owned(), text: trimmed.to_owned() })?;
        Ok(Self::new(code, modifiers | extra))
    }
}

fn only_char(text: &str) -> Option<char> {
    let mut chars = text.chars();
    chars.next().filter(|_| chars.next().is_none())
}

fn key_named(name: &str) -> Option<(KeyCode, Modifiers)> {
    let mut chars = name.chars();
    match (chars.next(), chars.next(), chars.next()) {
        (Some(c), None, None) if !c.is_control() => return Some((KeyCode::Char(c), Modifiers::NONE)),
        (Some('^'), Some(c), None) if !c.is_control() => return Some((KeyCode::Char(c), Modifiers::CTRL)),
        _ => {}
    }
    if name.eq_ignore_ascii_case("backtab") {
        return Some((KeyCode::Tab, Modifiers::SHIFT));
    }
    let function_key = name.strip_prefix(['f', 'F']).and_then(|digits| {
        // `parse` would take `+5`.
        let n = digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse::<u8>().ok())??;
        (1..=LAST_FUNCTION_KEY).contains(&n).then_some(KeyCode::F(n))
    });
    let named = || NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, code)| *code);
    Some((function_key.or_else(named)?, Modifiers::NONE))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::event::{InputEvent, KeyKind, KeypadKey};
    use crate::input::parse::InputParser;

    #[test]
    fn keys_are_read_and_shown_in_one_notation() {
        let cases = [
            ("ctrl+b", "ctrl+b", "^b"),
            ("Ctrl+B", "ctrl+b", "^b"),
            ("control+L", "ctrl+l", "^l"),
            ("^b", "ctrl+b", "^b"),
            ("^", "^", "^"),
            ("ctrl+^", "ctrl+^", "^^"),
            ("ctrl+space", "ctrl+space", "ctrl+space"),
            ("alt+shift+left", "alt+shift+left", "alt+shift+left"),
            ("shift+alt+Left", "alt+shift+left", "alt+shift+left"),
            ("ctrl+shift+T", "ctrl+shift+t", "ctrl+shift+t"),
            ("shift+a", "A", "A"),
            ("A", "A", "A"),
            ("alt+shift+a", "alt+A", "alt+A"),
            ("option+x", "alt+x", "alt+x"),
            ("cmd+k", "super+k", "super+k"),
            ("%", "%", "%"),
            ("shift+%", "%", "%"),
            ("\"", "\"", "\""),
            ("+", "+", "+"),
            ("ctrl++", "ctrl++", "^+"),
            ("ctrl+plus", "ctrl++", "^+"),
            ("minus", "-", "-"),
            ("F5", "f5", "f5"),
            ("f35", "f35", "f35"),
            ("f", "f", "f"),
            ("space", "space", "space"),
            (" ", "space", "space"),
            ("Escape", "esc", "esc"),
            ("return", "enter", "enter"),
            ("backtab", "shift+tab", "shift+tab"),
            ("PgUp", "pageup", "pageup"),
            ("ctrl + b", "ctrl+b", "^b"),
            ("é", "é", "é"),
            ("shift+é", "É", "É"),
        ];
        for (text, shown, short) in cases {
            let key: KeyPress = text.parse().unwrap_or_else(|error| panic!("{text:?}: {error}"));
            assert_eq!((key.to_string().as_str(), key.short().as_str()), (shown, short), "{text:?}");
            assert_eq!(shown.parse(), Ok(key), "{shown:?} is read back");
            assert_eq!(short.parse(), Ok(key), "{short:?} is read back");
        }
    }

    #[test]
    fn texts_that_name_no_key_are_told_with_what_is_wrong() {
        let cases = [
            ("", "no key given"),
            ("   ", "no key given"),
            ("ctrl+", "unknown key \"\""),
            ("strg+b", "unknown modifier \"strg\" in \"strg+b\""),
            ("ctrl+foo", "unknown key \"foo\" in \"ctrl+foo\""),
            ("f36", "unknown key \"f36\""),
            ("f+5", "unknown modifier \"f\""),
            ("f0", "unknown key"),
            ("a+b", "unknown modifier \"a\""),
            ("+a", "unknown modifier \"\""),
            ("ab", "unknown key"),
            ("\u{1}", "unknown key"),
            ("fé", "unknown key"),
        ];
        for (text, error) in cases {
            let told = text.parse::<KeyPress>().map_err(|e| e.to_string());
            assert!(told.as_ref().is_err_and(|told| told.starts_with(error)), "{text:?}: {told:?}");
        }
    }

    #[test]
    fn a_key_is_the_same_in_all_protocols() {
        let cases: &[(&str, &[&str])] = &[
            ("ctrl+b", &["\x02", "\x1b[98;5u", "\x1b[98;133u", "\x1b[27;5;98~", "\x1b[98;5:2u", "\x1b[1080::98;5u"]),
            ("ctrl+x", &["\x1b[120::98;5u"]),
            ("ctrl+shift+b", &["\x1b[98;6u", "\x1b[98:66;6u", "\x1b[27;6;66~"]),
            ("A", &["A", "\x1b[97;2u", "\x1b[97:65;2u", "\x1b[97;2;65u"]),
            ("%", &["%", "\x1b[53:37;2u", "\x1b[53;2;37u"]),
            ("[", &["\x1b[91u", "\x1b[56;;91u", "\x1b[53;129;91u"]),
            ("?", &["?", "\x1b[47:63;2u", "\x1b[223:63;2u"]),
            ("alt+x", &["\x1bx", "\x1b[120;3u", "\x1b[27;3;120~"]),
            ("alt+X", &["\x1b[120:88;4u", "\x1b[27;4;88~"]),
            ("space", &[" ", "\x1b[32u"]),
            ("ctrl+space", &["\0", "\x1b[32;5u", "\x1b[50;5u"]),
            ("ctrl+/", &["\x1f", "\x1b[47;5u", "\x1b[45:95;6u"]),
            ("ctrl+\\", &["\x1c", "\x1b[92;5u"]),
            ("enter", &["\r", "\x1b[13u", "\x1b[57414u", "\x1bOM"]),
            ("tab", &["\t", "\x1b[9u"]),
            ("shift+tab", &["\x1b[Z", "\x1b[9;2u"]),
            ("7", &["7", "\x1b[55u", "\x1b[57406u", "\x1b[57406;129u"]),
            ("left", &["\x1b[D", "\x1bOD", "\x1b[1;1D", "\x1b[57417u", "\x1b[1;129D"]),
            ("alt+shift+left", &["\x1b[1;4D"]),
        ];
        for (text, streams) in cases {
            let key: KeyPress = text.parse().expect(text);
            for stream in *streams {
                let mut parser = InputParser::new();
                let mut out = Vec::new();
                parser.feed(stream.as_bytes(), &mut out);
                match out.as_slice() {
                    [InputEvent::Key(event)] => assert_eq!(KeyPress::from_event(event), key, "{text} as {stream:?}"),
                    other => panic!("{stream:?}: {other:?}"),
                }
            }
        }
    }

    #[test]
    fn what_is_not_part_of_the_key_does_not_count() {
        let release = KeyEvent { kind: KeyKind::Release, ..KeyEvent::char('x') };
        assert_eq!(KeyPress::from_event(&release), KeyPress::new(KeyCode::Char('x'), Modifiers::NONE));
        let keypad = KeyEvent::new(KeyCode::Keypad(KeypadKey::Up), Modifiers::NUM_LOCK);
        assert_eq!(KeyPress::from_event(&keypad), KeyPress::new(KeyCode::Up, Modifiers::NONE));
    }
}
