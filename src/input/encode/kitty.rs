//! Keys as the kitty keyboard protocol writes them, by the flags that the program set.
//!
//! Source: <https://sw.kovidgoyal.net/kitty/keyboard-protocol/>.

use super::{Press, legacy, push_number};
use crate::input::event::{KeyCode, KeyEvent, KeyKind, Modifiers};
use crate::input::functional::kitty_form;
use crate::term::Modes;

const DISAMBIGUATE: u8 = 1;
const EVENT_TYPES: u8 = 2;
const ALTERNATES: u8 = 4;
const ALL_KEYS: u8 = 8;
const TEXT: u8 = 16;

/// All flags that the protocol has; with none of them keys are legacy.
pub(super) const ALL: u8 = 31;

/// Appends the key; nothing for releases and modifier keys that were not asked for.
pub(super) fn encode(press: &Press, key: &KeyEvent, modes: &Modes, out: &mut Vec<u8>) {
    let has = |flag: u8| modes.kitty & flag != 0;
    if is_modifier(press.code) && !has(ALL_KEYS) {
        return;
    }
    if key.kind == KeyKind::Release && !has(EVENT_TYPES) {
        return;
    }
    if !has(ALL_KEYS) {
        // Keys with text are that text, and so have neither locks nor releases; so the three keys with which a user
        // types `reset` after a program crashed.
        if is_text(press, key) {
            if let Some(text) = key.typed() {
                out.extend_from_slice(text.as_bytes());
            }
            return;
        }
        if matches!(press.code, KeyCode::Enter | KeyCode::Tab | KeyCode::Backspace) {
            if key.kind == KeyKind::Release {
                return;
            }
            if press.modifiers.is_empty() {
                return legacy::encode(press, modes, out);
            }
        }
    }
    let kind_matters = has(EVENT_TYPES) && key.kind != KeyKind::Press;
    if !has(DISAMBIGUATE | ALL_KEYS) {
        let before = out.len();
        if !kind_matters {
            legacy::encode(press, modes, out);
        }
        if out.len() == before {
            push_form(&press.without_keypad(), key, modes.kitty, out);
        }
        return;
    }
    push_form(press, key, modes.kitty, out);
}

fn is_modifier(code: KeyCode) -> bool {
    matches!(code, KeyCode::Modifier(_) | KeyCode::CapsLock | KeyCode::NumLock | KeyCode::ScrollLock)
}

/// Whether the key's press is text and no shortcut; the same for its release.
fn is_text(press: &Press, key: &KeyEvent) -> bool {
    let command = press.modifiers.without(Modifiers::SHIFT);
    if command.is_empty() {
        return press.character().is_some();
    }
    command == Modifiers::ALT && key.text.is_some()
}

/// `CSI code:shifted:base ; modifiers:kind ; text final`, without what is not asked for or is the default.
fn push_form(press: &Press, key: &KeyEvent, flags: u8, out: &mut Vec<u8>) {
    let has = |flag: u8| flags & flag != 0;
    let form = kitty_form(press.code);
    let modifiers = reported_modifiers(press, flags);
    let alternates = if has(ALTERNATES) { alternates(press, key) } else { [None, None] };
    let kind = match key.kind {
        KeyKind::Repeat if has(EVENT_TYPES) => 2,
        KeyKind::Release if has(EVENT_TYPES) => 3,
        _ => 1,
    };
    let text = if has(TEXT) { key.typed().unwrap_or_default() } else { String::new() };
    let has_second = !modifiers.is_empty() || kind != 1;

    out.extend_from_slice(b"\x1b[");
    if form.number != 1 || has_second || !text.is_empty() {
        push_number(form.number, out);
    }
    if alternates != [None, None] {
        out.push(b':');
        push_codes(alternates[0], out);
        if alternates[1].is_some() {
            out.push(b':');
            push_codes(alternates[1], out);
        }
    }
    if has_second || !text.is_empty() {
        out.push(b';');
    }
    if has_second {
        push_number(u32::from(modifiers.bits()) + 1, out);
    }
    if kind != 1 {
        out.push(b':');
        push_number(kind, out);
    }
    if !text.is_empty() {
        out.push(b';');
        push_codes(text.chars(), out);
    }
    out.push(form.terminator);
}

/// The code points between `:`.
fn push_codes(chars: impl IntoIterator<Item = char>, out: &mut Vec<u8>) {
    for (n, c) in chars.into_iter().enumerate() {
        if n > 0 {
            out.push(b':');
        }
        push_number(u32::from(c), out);
    }
}

/// The locks count for keys without text, and for all where all keys are reported.
fn reported_modifiers(press: &Press, flags: u8) -> Modifiers {
    let types = press.character().is_some()
        || matches!(press.code, KeyCode::Enter | KeyCode::Tab | KeyCode::Backspace | KeyCode::Escape);
    if types && flags & ALL_KEYS == 0 { press.modifiers } else { press.modifiers | press.locks }
}

/// The shifted key, only with Shift, and the key of a US keyboard, only where it is another one.
fn alternates(press: &Press, key: &KeyEvent) -> [Option<char>; 2] {
    let KeyCode::Char(c) = press.code else { return [None, None] };
    let shifted = press.shifted.filter(|shifted| press.has(Modifiers::SHIFT) && *shifted != c);
    [shifted, key.base.filter(|base| *base != c)]
}
