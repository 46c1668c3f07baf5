//! What can come from the outer terminal, as data: keys, mouse, pastes, focus and the terminal's replies.
//!
//! Pure data; knows no bytes.

use super::key::uppercase;
pub use super::key::{KeyCode, KeypadKey, MediaKey, ModifierKey, Modifiers};

/// Something that the outer terminal sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum InputEvent {
    /// A key.
    Key(KeyEvent),
    /// A mouse event.
    Mouse(MouseEvent),
    /// A bracketed paste, as it came (neither decoded nor cleaned).
    Paste(Vec<u8>),
    /// The terminal's window got the focus.
    FocusGained,
    /// The terminal's window lost the focus.
    FocusLost,
    /// The terminal answered a question, or told a change it was asked to tell.
    Reply(TerminalReply),
}

/// A key that was pressed, repeated or released.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct KeyEvent {
    /// Which key. A letter that came as text is that letter (`A`, without `SHIFT`); one that came in a form that names
    /// keys is the unshifted key (`a` with `SHIFT`). `KeyPress` treats both alike.
    pub code: KeyCode,
    /// The modifiers that were down (or on).
    pub modifiers: Modifiers,
    /// Press, repeat or release; terminals that cannot tell send presses.
    pub kind: KeyKind,
    /// The text that the key produced, where the terminal says so (kitty flag 16); never holds controls.
    pub text: Option<String>,
    /// What the key is with Shift, where the terminal says so (kitty flag 4).
    pub shifted: Option<char>,
    /// The key at that place of a US keyboard, where the terminal says so (kitty flag 4).
    pub base: Option<char>,
}

impl KeyEvent {
    /// A press of the key, as a terminal without the kitty protocol tells it.
    pub const fn new(code: KeyCode, modifiers: Modifiers) -> Self {
        Self { code, modifiers, kind: KeyKind::Press, text: None, shifted: None, base: None }
    }

    /// A press of a character without modifiers.
    pub const fn char(c: char) -> Self {
        Self::new(KeyCode::Char(c), Modifiers::NONE)
    }

    /// Whether the key went down (first or repeated).
    pub fn is_down(&self) -> bool {
        self.kind != KeyKind::Release
    }

    /// The text that the key types into a field: `None` for releases, shortcuts (Ctrl, Alt, Super, …) and keys without
    /// text. Prefers what the terminal says over what the key is.
    pub fn typed(&self) -> Option<String> {
        if !self.is_down() {
            return None;
        }
        // Text that the terminal itself reports counts with Alt too: on some layouts that is how `@` is typed.
        let command = Modifiers::CTRL | Modifiers::SUPER | Modifiers::HYPER | Modifiers::META;
        if self.modifiers.intersects(command) {
            return None;
        }
        if let Some(text) = &self.text {
            return Some(text.clone());
        }
        if self.modifiers.contains(Modifiers::ALT) {
            return None;
        }
        match self.code {
            KeyCode::Char(c) => {
                // Caps Lock turns Shift around for letters, and leaves other keys alone.
                let is_caps = self.modifiers.contains(Modifiers::CAPS_LOCK) && uppercase(c) != c;
                let is_shifted = self.modifiers.contains(Modifiers::SHIFT) != is_caps;
                let c = if is_shifted { self.shifted.unwrap_or_else(|| uppercase(c)) } else { c };
                Some(c.to_string())
            }
            KeyCode::Keypad(key) => key.char().map(String::from),
            _ => None,
        }
    }
}

/// What happened to a key.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum KeyKind {
    /// It went down.
    #[default]
    Press,
    /// It is held and comes again.
    Repeat,
    /// It went up.
    Release,
}

/// A mouse event.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct MouseEvent {
    /// What happened.
    pub kind: MouseKind,
    /// Column, from 0.
    pub column: u16,
    /// Row, from 0.
    pub row: u16,
    /// Shift, Alt and Ctrl, as far as the terminal says.
    pub modifiers: Modifiers,
}

/// What the mouse did.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum MouseKind {
    /// A button went down.
    Press(MouseButton),
    /// A button went up.
    Release(MouseButton),
    /// The pointer moved while the button was down.
    Drag(MouseButton),
    /// The pointer moved with no button down.
    Move,
    /// The wheel turned away from the user.
    ScrollUp,
    /// The wheel turned towards the user.
    ScrollDown,
    /// The wheel was tilted to the left.
    ScrollLeft,
    /// The wheel was tilted to the right.
    ScrollRight,
}

/// A mouse button.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum MouseButton {
    /// The first.
    Left,
    /// The wheel, pressed.
    Middle,
    /// The other.
    Right,
    /// One of xterm's buttons 8 to 11 (8 back, 9 forward).
    Extra(u8),
}

/// What a terminal answers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TerminalReply {
    /// OSC 10: the text colour, 8 bits a channel.
    Foreground(u8, u8, u8),
    /// OSC 11: the background colour.
    Background(u8, u8, u8),
    /// OSC 4: a colour of the palette.
    Palette {
        /// Which of the 256.
        index: u8,
        /// Its red, green and blue.
        color: (u8, u8, u8),
    },
    /// DA1: the parameters.
    DeviceAttributes(Vec<u16>),
    /// XTVERSION: name and version, without controls, at most 200 characters.
    Version(String),
    /// The kitty keyboard flags in force.
    KittyFlags(u8),
    /// DECRPM: a private mode (`?`) and its state.
    Mode {
        /// The mode.
        mode: u16,
        /// 0 unknown, 1 set, 2 reset, 3 always set, 4 always reset.
        value: u8,
    },
    /// Mode 2031: the user's colour scheme is or became this one.
    DarkLight(ColorScheme),
    /// CPR: where the cursor is.
    CursorPosition {
        /// Column, from 0.
        column: u16,
        /// Row, from 0.
        row: u16,
    },
    /// Some other reply; nobody needs its content.
    Other,
}

/// Whether the user's terminal is dark or light.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ColorScheme {
    /// Light text on a dark background.
    Dark,
    /// Dark text on a light background.
    Light,
}

impl ColorScheme {
    /// What a background is, by the brightness that the eye sees in it (Rec. 601).
    pub fn of_background(red: u8, green: u8, blue: u8) -> Self {
        let luma = 299 * u32::from(red) + 587 * u32::from(green) + 114 * u32::from(blue);
        if luma > 127_500 { Self::Light } else { Self::Dark }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_gets_the_text_of_keys_that_type_and_of_no_others() {
        let shift_5 = KeyEvent { shifted: Some('%'), ..KeyEvent::new(KeyCode::Char('5'), Modifiers::SHIFT) };
        let option_l = KeyEvent { text: Some("@".to_owned()), ..KeyEvent::new(KeyCode::Char('l'), Modifiers::ALT) };
        let release = KeyEvent { kind: KeyKind::Release, ..KeyEvent::char('a') };
        let cases = [
            (KeyEvent::char('é'), Some("é")),
            (KeyEvent::new(KeyCode::Char('a'), Modifiers::SHIFT), Some("A")),
            (KeyEvent::new(KeyCode::Char('a'), Modifiers::NUM_LOCK), Some("a")),
            (KeyEvent::new(KeyCode::Char('a'), Modifiers::CAPS_LOCK), Some("A")),
            (KeyEvent::new(KeyCode::Char('a'), Modifiers::CAPS_LOCK | Modifiers::SHIFT), Some("a")),
            (KeyEvent::new(KeyCode::Char('5'), Modifiers::CAPS_LOCK), Some("5")),
            (shift_5, Some("%")),
            (option_l, Some("@")),
            (KeyEvent::new(KeyCode::Keypad(KeypadKey::Digit(7)), Modifiers::NONE), Some("7")),
            (KeyEvent::new(KeyCode::Char('a'), Modifiers::CTRL), None),
            (KeyEvent::new(KeyCode::Char('a'), Modifiers::ALT), None),
            (KeyEvent::new(KeyCode::Enter, Modifiers::NONE), None),
            (release, None),
        ];
        for (key, text) in cases {
            assert_eq!(key.typed().as_deref(), text, "{key:?}");
        }
    }
}
