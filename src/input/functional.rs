//! The keys without a character, by the numbers and final bytes of the kitty keyboard protocol and of xterm.
//!
//! Pure tables, used by the parser and the encoder alike. Source: the "Functional key definitions" of
//! <https://sw.kovidgoyal.net/kitty/keyboard-protocol/> and xterm's `ctlseqs`.

use super::event::{KeyCode, KeypadKey, MediaKey, ModifierKey};

/// How the kitty protocol writes a key: `CSI number ; … final`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Form {
    /// The first parameter; 1 is left out where no other follows.
    pub number: u32,
    /// The final byte: a letter, `~` or `u`.
    pub terminator: u8,
}

/// Keys whose final byte says which they are (`CSI A`, `CSI 1;5A`, `SS3 A`).
pub(super) const LETTERS: &[(u8, KeyCode)] = &[
    (b'A', KeyCode::Up),
    (b'B', KeyCode::Down),
    (b'C', KeyCode::Right),
    (b'D', KeyCode::Left),
    (b'H', KeyCode::Home),
    (b'F', KeyCode::End),
    (b'E', KeyCode::Keypad(KeypadKey::Begin)),
    (b'P', KeyCode::F(1)),
    (b'Q', KeyCode::F(2)),
    (b'R', KeyCode::F(3)),
    (b'S', KeyCode::F(4)),
];

/// Keys written `CSI number ~`; the first row of a key is the one that is sent. The numbers from 25 on are xterm's own
/// for F13 to F20 (the kitty protocol has others for those).
pub(super) const TILDES: &[(u32, KeyCode)] = &[
    (2, KeyCode::Insert),
    (3, KeyCode::Delete),
    (5, KeyCode::PageUp),
    (6, KeyCode::PageDown),
    (1, KeyCode::Home),
    (4, KeyCode::End),
    (7, KeyCode::Home),
    (8, KeyCode::End),
    (11, KeyCode::F(1)),
    (12, KeyCode::F(2)),
    (13, KeyCode::F(3)),
    (14, KeyCode::F(4)),
    (15, KeyCode::F(5)),
    (17, KeyCode::F(6)),
    (18, KeyCode::F(7)),
    (19, KeyCode::F(8)),
    (20, KeyCode::F(9)),
    (21, KeyCode::F(10)),
    (23, KeyCode::F(11)),
    (24, KeyCode::F(12)),
    (25, KeyCode::F(13)),
    (26, KeyCode::F(14)),
    (28, KeyCode::F(15)),
    (29, KeyCode::F(16)),
    (31, KeyCode::F(17)),
    (32, KeyCode::F(18)),
    (33, KeyCode::F(19)),
    (34, KeyCode::F(20)),
    (57427, KeyCode::Keypad(KeypadKey::Begin)),
];

/// Keys written `CSI number u` that have a place of their own in the private use area, in the table's order from 57358.
const PRIVATE: &[KeyCode] =
    &[KeyCode::CapsLock, KeyCode::ScrollLock, KeyCode::NumLock, KeyCode::PrintScreen, KeyCode::Pause, KeyCode::Menu];

/// From 57409, after F13 to F35 and the keypad's digits.
const KEYPAD: &[KeypadKey] = &[
    KeypadKey::Decimal,
    KeypadKey::Divide,
    KeypadKey::Multiply,
    KeypadKey::Subtract,
    KeypadKey::Add,
    KeypadKey::Enter,
    KeypadKey::Equal,
    KeypadKey::Separator,
    KeypadKey::Left,
    KeypadKey::Right,
    KeypadKey::Up,
    KeypadKey::Down,
    KeypadKey::PageUp,
    KeypadKey::PageDown,
    KeypadKey::Home,
    KeypadKey::End,
    KeypadKey::Insert,
    KeypadKey::Delete,
    KeypadKey::Begin,
];

/// From 57428.
const MEDIA: &[MediaKey] = &[
    MediaKey::Play,
    MediaKey::Pause,
    MediaKey::PlayPause,
    MediaKey::Reverse,
    MediaKey::Stop,
    MediaKey::FastForward,
    MediaKey::Rewind,
    MediaKey::TrackNext,
    MediaKey::TrackPrevious,
    MediaKey::Record,
    MediaKey::LowerVolume,
    MediaKey::RaiseVolume,
    MediaKey::MuteVolume,
];

/// From 57441.
const MODIFIER: &[ModifierKey] = &[
    ModifierKey::LeftShift,
    ModifierKey::LeftControl,
    ModifierKey::LeftAlt,
    ModifierKey::LeftSuper,
    ModifierKey::LeftHyper,
    ModifierKey::LeftMeta,
    ModifierKey::RightShift,
    ModifierKey::RightControl,
    ModifierKey::RightAlt,
    ModifierKey::RightSuper,
    ModifierKey::RightHyper,
    ModifierKey::RightMeta,
    ModifierKey::IsoLevel3Shift,
    ModifierKey::IsoLevel5Shift,
];

/// The first fourteen numbers of the private use area: keys that the protocol now writes otherwise, but that early
/// versions and some terminals send with these numbers.
const EARLY: &[KeyCode] = &[
    KeyCode::Escape,
    KeyCode::Enter,
    KeyCode::Tab,
    KeyCode::Backspace,
    KeyCode::Insert,
    KeyCode::Delete,
    KeyCode::Left,
    KeyCode::Right,
    KeyCode::Up,
    KeyCode::Down,
    KeyCode::PageUp,
    KeyCode::PageDown,
    KeyCode::Home,
    KeyCode::End,
];

const EARLY_FIRST: u32 = 57344;
const PRIVATE_FIRST: u32 = 57358;
const F1: u32 = 57364;
const DIGITS_FIRST: u32 = 57399;
const KEYPAD_FIRST: u32 = 57409;
const MEDIA_FIRST: u32 = 57428;
const MODIFIER_FIRST: u32 = 57441;

/// The key with this number in `CSI number u` or xterm's `CSI 27;m;number ~`; `None` for numbers that name nothing.
pub(super) fn key_of_number(number: u32) -> Option<KeyCode> {
    let nth = |first: u32| usize::try_from(number.checked_sub(first)?).ok();
    Some(match number {
        13 => KeyCode::Enter,
        9 => KeyCode::Tab,
        27 => KeyCode::Escape,
        8 | 127 => KeyCode::Backspace,
        EARLY_FIRST..PRIVATE_FIRST => *EARLY.get(nth(EARLY_FIRST)?)?,
        PRIVATE_FIRST..F1 => *PRIVATE.get(nth(PRIVATE_FIRST)?)?,
        F1..DIGITS_FIRST => KeyCode::F(u8::try_from(number - F1 + 1).ok()?),
        DIGITS_FIRST..KEYPAD_FIRST => KeyCode::Keypad(KeypadKey::Digit(u8::try_from(number - DIGITS_FIRST).ok()?)),
        KEYPAD_FIRST..MEDIA_FIRST => KeyCode::Keypad(*KEYPAD.get(nth(KEYPAD_FIRST)?)?),
        MEDIA_FIRST..MODIFIER_FIRST => KeyCode::Media(*MEDIA.get(nth(MEDIA_FIRST)?)?),
        MODIFIER_FIRST..57455 => KeyCode::Modifier(*MODIFIER.get(nth(MODIFIER_FIRST)?)?),
        57455..=63743 => return None,
        _ => KeyCode::Char(char::from_u32(number).filter(|c| !c.is_control())?),
    })
}

/// How the kitty protocol writes the key; characters by their code point.
pub(super) fn kitty_form(code: KeyCode) -> Form {
    let u = |number: u32| Form { number, terminator: b'u' };
    let place = |index: Option<usize>, first: u32| u(first + index.and_then(|i| u32::try_from(i).ok()).unwrap_or(0));
    match code {
        KeyCode::Char(c) => u(u32::from(c)),
        KeyCode::Enter => u(13),
        KeyCode::Tab => u(9),
        KeyCode::Backspace => u(127),
        KeyCode::Escape => u(27),
        // `CSI R` would look like a cursor position report, so the protocol writes F3 with its number.
        KeyCode::F(3) => Form { number: 13, terminator: b'~' },
        KeyCode::F(n @ 13..) => u(F1 + u32::from(n) - 1),
        KeyCode::Keypad(KeypadKey::Digit(n)) => u(DIGITS_FIRST + u32::from(n.min(9))),
        KeyCode::Keypad(KeypadKey::Begin) => Form { number: 1, terminator: b'E' },
        KeyCode::Keypad(key) => place(KEYPAD.iter().position(|k| *k == key), KEYPAD_FIRST),
        KeyCode::Media(key) => place(MEDIA.iter().position(|k| *k == key), MEDIA_FIRST),
        KeyCode::Modifier(key) => place(MODIFIER.iter().position(|k| *k == key), MODIFIER_FIRST),
        _ => letter_form(code)
            .or_else(|| tilde_form(code))
            .unwrap_or_else(|| place(PRIVATE.iter().position(|k| *k == code), PRIVATE_FIRST)),
    }
}

/// `CSI 1 letter`, for the keys that have one.
pub(super) fn letter_form(code: KeyCode) -> Option<Form> {
    let (letter, _) = LETTERS.iter().find(|(_, key)| *key == code)?;
    Some(Form { number: 1, terminator: *letter })
}

/// `CSI number ~`, for the keys that have one.
pub(super) fn tilde_form(code: KeyCode) -> Option<Form> {
    let (number, _) = TILDES.iter().find(|(_, key)| *key == code)?;
    Some(Form { number: *number, terminator: b'~' })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_at_the_seams_of_the_table_are_the_protocols() {
        let cases = [
            (57358, KeyCode::CapsLock),
            (57363, KeyCode::Menu),
            (57376, KeyCode::F(13)),
            (57398, KeyCode::F(35)),
            (57399, KeyCode::Keypad(KeypadKey::Digit(0))),
            (57408, KeyCode::Keypad(KeypadKey::Digit(9))),
            (57409, KeyCode::Keypad(KeypadKey::Decimal)),
            (57414, KeyCode::Keypad(KeypadKey::Enter)),
            (57426, KeyCode::Keypad(KeypadKey::Delete)),
            (57428, KeyCode::Media(MediaKey::Play)),
            (57440, KeyCode::Media(MediaKey::MuteVolume)),
            (57441, KeyCode::Modifier(ModifierKey::LeftShift)),
            (57452, KeyCode::Modifier(ModifierKey::RightMeta)),
            (57454, KeyCode::Modifier(ModifierKey::IsoLevel5Shift)),
        ];
        for (number, code) in cases {
            assert_eq!(key_of_number(number), Some(code), "{number}");
            assert_eq!(kitty_form(code), Form { number, terminator: b'u' }, "{code:?}");
        }
    }

    #[test]
    fn controls_surrogates_and_free_private_numbers_name_no_key() {
        for number in [0, 1, 26, 0x80, 0xd800, 57455, 63743, 0x11_0000, u32::MAX] {
            assert_eq!(key_of_number(number), None, "{number}");
        }
    }
}
