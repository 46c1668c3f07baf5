//! Keys, pastes and changes of focus → the bytes that a pane's program expects by its modes.
//!
//! Owns the choice between the three ways to write a key: the kitty protocol where the program asked for any of its
//! flags, else xterm's modifyOtherKeys, else the legacy form. Pure.

mod kitty;
mod legacy;
mod other_keys;

use super::event::{KeyCode, KeyEvent, KeyKind, KeypadKey, Modifiers};
use super::functional::Form;
use super::key::{lowercase, uppercase};
use crate::term::Modes;

pub(super) use legacy::arrow;

/// What Shift+Enter sends to a program whose modes cannot say it (neither the kitty protocol nor modifyOtherKeys).
///
/// A plain terminal sends CR for Enter with any modifier but Alt, so a shell gets `Cr`. Agents let the user write
/// several lines and document Shift+Enter for it, which works only where a terminal was configured to send something
/// else: all of them take ESC CR (what Alt+Enter sends everywhere) or LF (Ctrl+J) as a line break. The provider's row
/// chooses.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum ShiftEnter {
    /// Carriage return, as Enter.
    #[default]
    Cr,
    /// Escape, carriage return, as Alt+Enter.
    EscCr,
    /// Line feed, as Ctrl+J.
    Newline,
}

/// Whether a pane has the user's attention now.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Focus {
    /// It got it.
    Gained,
    /// It lost it.
    Lost,
}

/// Appends what the key sends to a program with these modes; nothing where it has no form there (releases and modifier
/// keys that were not asked for). In legacy modes Shift+Enter is Enter; see `encode_key_with`.
pub fn encode_key(key: &KeyEvent, modes: &Modes, out: &mut Vec<u8>) {
    encode_key_with(key, modes, ShiftEnter::Cr, out);
}

/// As `encode_key`, with a choice of what Shift+Enter sends in legacy modes.
pub fn encode_key_with(key: &KeyEvent, modes: &Modes, shift_enter: ShiftEnter, out: &mut Vec<u8>) {
    let press = Press::new(key);
    if modes.kitty & kitty::ALL != 0 {
        kitty::encode(&press, key, modes, out);
        return;
    }
    if key.kind == KeyKind::Release {
        return;
    }
    // What a key types (with AltGr, Option, Caps Lock or an input method) is text, not a shortcut.
    if let Some(text) = key.typed().filter(|_| !matches!(key.code, KeyCode::Keypad(_))) {
        out.extend_from_slice(text.as_bytes());
        return;
    }
    if press.code == KeyCode::Enter && press.modifiers == Modifiers::SHIFT && modes.modify_other_keys == 0 {
        match shift_enter {
            ShiftEnter::Cr => {}
            ShiftEnter::EscCr => return out.extend_from_slice(b"\x1b\r"),
            ShiftEnter::Newline => return out.push(b'\n'),
        }
    }
    if !other_keys::encode(&press, modes, out) {
        legacy::encode(&press, modes, out);
    }
}

/// A key in one form, whatever terminal it came from: letters by their lower-case key with Shift, and what the key is
/// with Shift where that is known.
struct Press {
    code: KeyCode,
    /// Without the locks.
    modifiers: Modifiers,
    locks: Modifiers,
    shifted: Option<char>,
    /// The key at that place of a US keyboard, where the terminal says so.
    base: Option<char>,
}

impl Press {
    fn new(key: &KeyEvent) -> Self {
        let locks = Modifiers::from_bits(key.modifiers.bits() & Modifiers::LOCKS.bits());
        let mut press = Self {
            code: key.code,
            modifiers: key.modifiers.without(Modifiers::LOCKS),
            locks,
            shifted: key.shifted,
            base: key.base,
        };
        if let KeyCode::Char(c) = key.code {
            let lower = lowercase(c);
            if lower != c {
                press.code = KeyCode::Char(lower);
                press.shifted = Some(c);
                // Ctrl with a capital letter and no Shift is how some notations write Ctrl with the letter.
                if !press.modifiers.intersects(Modifiers::CTRL) {
                    press.modifiers |= Modifiers::SHIFT;
                }
            } else if press.shifted.is_none() && press.has(Modifiers::SHIFT) {
                let upper = uppercase(c);
                press.shifted = (upper != c).then_some(upper);
            }
        }
        press
    }

    fn has(&self, modifiers: Modifiers) -> bool {
        self.modifiers.contains(modifiers)
    }

    /// The character that the key produces with its Shift; `None` for keys without one.
    fn character(&self) -> Option<char> {
        match self.code {
            KeyCode::Char(c) if self.has(Modifiers::SHIFT) => Some(self.shifted.unwrap_or(c)),
            KeyCode::Char(c) => Some(c),
            KeyCode::Keypad(key) => key.char(),
            _ => None,
        }
    }

    /// Alt or Meta: both are an ESC before the key in legacy forms, as xterm's metaSendsEscape has it.
    fn is_alt(&self) -> bool {
        self.modifiers.intersects(Modifiers::ALT | Modifiers::META)
    }

    /// Super or Hyper: legacy forms of keys with text cannot say them.
    fn is_super(&self) -> bool {
        self.modifiers.intersects(Modifiers::SUPER | Modifiers::HYPER)
    }

    /// The key that a program gets that cannot tell the keypad's keys from the others.
    fn without_keypad(&self) -> Self {
        let code = match self.code {
            KeyCode::Keypad(KeypadKey::Begin) => self.code,
            KeyCode::Keypad(key) => key.plain().unwrap_or(self.code),
            code => code,
        };
        Self { code, ..*self }
    }
}

/// Appends the number in decimal.
fn push_number(number: u32, out: &mut Vec<u8>) {
    out.extend_from_slice(number.to_string().as_bytes());
}

/// Appends a character as UTF-8.
fn push_char(c: char, out: &mut Vec<u8>) {
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

/// Appends `CSI number ; modifiers final`, leaving out what xterm leaves out.
fn push_csi(form: Form, modifiers: Modifiers, out: &mut Vec<u8>) {
    out.extend_from_slice(b"\x1b[");
    if form.number != 1 || !modifiers.is_empty() {
        push_number(form.number, out);
    }
    if !modifiers.is_empty() {
        out.push(b';');
        push_number(u32::from(modifiers.bits()) + 1, out);
    }
    out.push(form.terminator);
}

/// Appends pasted bytes for a program with these modes.
///
/// Control characters are dropped, as terminals do: an ESC could end a bracketed paste early or press keys, and so could
/// the C1 controls (U+0080 to U+009F). Tab, LF and CR stay; in a paste without brackets line ends become CR, which is
/// what Enter sends. Embedded paste marks are dropped whole. Bytes that are no UTF-8 pass as they are.
pub fn encode_paste(bytes: &[u8], modes: &Modes, out: &mut Vec<u8>) {
    out.reserve(bytes.len() + 12);
    if modes.bracketed_paste {
        out.extend_from_slice(b"\x1b[200~");
    }
    let start = out.len();
    let mut rest = bytes;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            0x1b => {
                if let Some(after) = rest.strip_prefix(b"[201~").or_else(|| rest.strip_prefix(b"[200~")) {
                    rest = after;
                }
            }
            // Looked at from its second byte, so that dropping what lies between two cannot make one.
            0x80..=0x9f if out.len() > start && out.last() == Some(&0xc2) => _ = out.pop(),
            b'\r' if !modes.bracketed_paste => {
                out.push(b'\r');
                rest = rest.strip_prefix(b"\n").unwrap_or(rest);
            }
            b'\n' if !modes.bracketed_paste => out.push(b'\r'),
            b'\t' | b'\n' | b'\r' => out.push(*byte),
            0..0x20 | 0x7f => {}
            _ => out.push(*byte),
        }
    }
    if modes.bracketed_paste {
        out.extend_from_slice(b"\x1b[201~");
    }
}

/// Appends what tells a program of its focus, where it asked for that (mode 1004).
pub fn encode_focus(focus: Focus, modes: &Modes, out: &mut Vec<u8>) {
    if modes.focus_events {
        out.extend_from_slice(match focus {
            Focus::Gained => b"\x1b[I",
            Focus::Lost => b"\x1b[O",
        });
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;

#[cfg(test)]
mod matrix_tests;
