//! xterm's modifyOtherKeys: `CSI 27 ; modifiers ; code ~` for keys whose legacy form loses modifiers.
//!
//! Level 1 leaves alone what has a well-known legacy form; level 2 writes all keys with modifiers so, except Shift with
//! a character, which is that character. Source: xterm's manual, and
//! <https://invisible-island.net/xterm/modified-keys.html>.

use super::legacy::control_byte;
use super::{Press, push_number};
use crate::input::event::{KeyCode, Modifiers};
use crate::term::Modes;

/// Appends the key's form and tells so, or leaves it to the legacy form.
pub(super) fn encode(press: &Press, modes: &Modes, out: &mut Vec<u8>) -> bool {
    let press = press.without_keypad();
    let code = match press.code {
        KeyCode::Char(_) => match press.character() {
            Some(c) => u32::from(c),
            None => return false,
        },
        KeyCode::Enter => 13,
        KeyCode::Tab => 9,
        KeyCode::Escape => 27,
        KeyCode::Backspace => 127,
        _ => return false,
    };
    let wanted = match modes.modify_other_keys {
        0 => false,
        1 => is_wanted_at_level_1(&press),
        _ => is_wanted_at_level_2(&press),
    };
    // xterm knows no Super and no Hyper, and writes Meta as the fourth bit.
    if !wanted || press.is_super() {
        return false;
    }
    let mut bits = u32::from(press.modifiers.bits() & 7);
    if press.has(Modifiers::META) {
        bits |= 8;
    }
    out.extend_from_slice(b"\x1b[27;");
    push_number(bits + 1, out);
    out.push(b';');
    push_number(code, out);
    out.push(b'~');
    true
}

fn is_wanted_at_level_1(press: &Press) -> bool {
    let ctrl = press.has(Modifiers::CTRL);
    let shift = press.has(Modifiers::SHIFT);
    match press.code {
        KeyCode::Char(_) => ctrl && press.character().is_some_and(|c| control_byte(press, c).is_none()),
        KeyCode::Enter | KeyCode::Escape => ctrl || shift,
        KeyCode::Tab => ctrl,
        _ => false,
    }
}

fn is_wanted_at_level_2(press: &Press) -> bool {
    match press.code {
        KeyCode::Char(_) => !press.modifiers.without(Modifiers::SHIFT).is_empty(),
        // Shift+Tab keeps the form that every program knows.
        KeyCode::Tab => !press.modifiers.is_empty() && press.modifiers != Modifiers::SHIFT,
        _ => !press.modifiers.is_empty(),
    }
}
