//! Keys as xterm writes them without any extension.
//!
//! Sources: xterm's `ctlseqs` and terminfo entry; the control table is the one of
//! <https://sw.kovidgoyal.net/kitty/keyboard-protocol/#ctrl-mapping>.

use super::{Press, push_char, push_csi};
use crate::input::event::{KeyCode, KeypadKey, Modifiers};
use crate::input::functional::{Form, letter_form, tilde_form};
use crate::term::Modes;

/// Appends the legacy form; nothing for keys that have none (modifier keys, media keys, locks, text keys with Super).
pub(super) fn encode(press: &Press, modes: &Modes, out: &mut Vec<u8>) {
    if let KeyCode::Keypad(key) = press.code {
        if modes.application_keypad && application_keypad(press, key, out) {
            return;
        }
        return encode_plain(&press.without_keypad(), modes, out);
    }
    encode_plain(press, modes, out);
}

fn encode_plain(press: &Press, modes: &Modes, out: &mut Vec<u8>) {
    let ctrl = press.has(Modifiers::CTRL);
    match press.code {
        KeyCode::Char(_) => character(press, out),
        _ if press.is_super() && is_control_key(press.code) => {}
        KeyCode::Enter => {
            push_alt(press, out);
            out.push(b'\r');
            if modes.newline {
                out.push(b'\n');
            }
        }
        KeyCode::Tab => {
            push_alt(press, out);
            out.extend_from_slice(if press.has(Modifiers::SHIFT) { b"\x1b[Z" } else { b"\t" });
        }
        KeyCode::Backspace => {
            push_alt(press, out);
            out.push(if ctrl { 0x08 } else { 0x7f });
        }
        KeyCode::Escape => {
            push_alt(press, out);
            out.push(0x1b);
        }
        KeyCode::F(n @ 21..) => far_function_key(n, press.modifiers, out),
        KeyCode::Menu => push_csi(Form { number: 29, terminator: b'~' }, press.modifiers, out),
        KeyCode::CapsLock
        | KeyCode::ScrollLock
        | KeyCode::NumLock
        | KeyCode::PrintScreen
        | KeyCode::Pause
        | KeyCode::Media(_)
        | KeyCode::Modifier(_) => {}
        code => {
            if let Some(form) = letter_form(code) {
                letter(form, press, modes, out);
            } else if let Some(form) = tilde_form(code) {
                push_csi(form, press.modifiers, out);
            }
        }
    }
}

fn is_control_key(code: KeyCode) -> bool {
    matches!(code, KeyCode::Enter | KeyCode::Tab | KeyCode::Backspace | KeyCode::Escape)
}

fn push_alt(press: &Press, out: &mut Vec<u8>) {
    if press.is_alt() {
        out.push(0x1b);
    }
}

/// Arrows, Home, End and F1 to F4: SS3 in application cursor mode (F1 to F4 always), CSI with modifiers.
fn letter(form: Form, press: &Press, modes: &Modes, out: &mut Vec<u8>) {
    let application = modes.application_cursor || matches!(press.code, KeyCode::F(_));
    if application && press.modifiers.is_empty() {
        out.extend_from_slice(&[0x1b, b'O', form.terminator]);
    } else {
        push_csi(form, press.modifiers, out);
    }
}

/// Appends an arrow key without modifiers (what the wheel becomes on the alternate screen).
pub(in crate::input) fn arrow(code: KeyCode, modes: &Modes, out: &mut Vec<u8>) {
    let press = Press { code, modifiers: Modifiers::NONE, locks: Modifiers::NONE, shifted: None, base: None };
    encode_plain(&press, modes, out);
}

/// F21 to F35 have no sequence of their own in xterm; its terminfo entry writes F13 to F24 as Shift with F1 to F12 and
/// F25 to F36 as Ctrl with F1 to F12.
fn far_function_key(n: u8, modifiers: Modifiers, out: &mut Vec<u8>) {
    let (base, modifier) = if n <= 24 { (n - 12, Modifiers::SHIFT) } else { (n.min(36) - 24, Modifiers::CTRL) };
    let code = KeyCode::F(base);
    if let Some(form) = letter_form(code).or_else(|| tilde_form(code)) {
        push_csi(form, modifiers | modifier, out);
    }
}

/// A key with a character: ESC for Alt, then the control byte or the character.
fn character(press: &Press, out: &mut Vec<u8>) {
    let Some(c) = press.character() else { return };
    if press.is_super() {
        return;
    }
    push_alt(press, out);
    let control = if press.has(Modifiers::CTRL) { control_byte(press, c) } else { None };
    match control {
        Some(byte) => out.push(byte),
        None => push_char(c, out),
    }
}

/// The byte for Ctrl with a key; by the character with Shift where that has one (Ctrl+Shift+2 is Ctrl+@), and on
/// keyboards that are not Latin by the key's place, so that Ctrl+C stays what it is.
pub(super) fn control_byte(press: &Press, c: char) -> Option<u8> {
    let unshifted = match press.code {
        KeyCode::Char(unshifted) => unshifted,
        _ => c,
    };
    let place = || press.base.filter(|_| !unshifted.is_ascii()).and_then(control_of);
    control_of(c).or_else(|| control_of(unshifted)).or_else(place)
}

fn control_of(c: char) -> Option<u8> {
    Some(match c {
        'a'..='z' => u8::try_from(c).ok()? & 0x1f,
        'A'..='Z' => u8::try_from(c).ok()? & 0x1f,
        ' ' | '@' | '2' | '`' => 0x00,
        '[' | '3' | '{' => 0x1b,
        '\\' | '4' | '|' => 0x1c,
        ']' | '5' | '}' => 0x1d,
        '^' | '6' | '~' => 0x1e,
        '_' | '/' | '7' => 0x1f,
        '?' | '8' => 0x7f,
        _ => return None,
    })
}

/// DECKPAM: `SS3` and a letter. With Num Lock or a modifier the keys are themselves, as in xterm.
fn application_keypad(press: &Press, key: KeypadKey, out: &mut Vec<u8>) -> bool {
    if !press.modifiers.is_empty() || press.locks.contains(Modifiers::NUM_LOCK) {
        return false;
    }
    let letter = match key {
        KeypadKey::Digit(n) => b'p' + n.min(9),
        KeypadKey::Multiply => b'j',
        KeypadKey::Add => b'k',
        KeypadKey::Separator => b'l',
        KeypadKey::Subtract => b'm',
        KeypadKey::Decimal => b'n',
        KeypadKey::Divide => b'o',
        KeypadKey::Enter => b'M',
        KeypadKey::Equal => b'X',
        _ => return false,
    };
    out.extend_from_slice(&[0x1b, b'O', letter]);
    true
}
