//! Mouse events → the bytes that a pane's program expects by its modes.
//!
//! Source: xterm's `ctlseqs`, "Mouse Tracking". Pure.

use super::encode::arrow;
use super::event::{KeyCode, Modifiers, MouseButton, MouseEvent, MouseKind};
use crate::term::{Modes, MouseEncoding, MouseMode};

/// Arrow keys per step of the wheel on the alternate screen (mode 1007); xterm's and VTE's number.
const ARROWS_PER_STEP: usize = 3;

/// The code of "some button went up", where the encoding cannot say which.
const RELEASED: u32 = 3;

/// Appends what a mouse event sends to a program with these modes and tells whether it sends anything; where not, the
/// event is ours (selection, scrolling). The position is the pane's own, from 0.
pub fn encode_mouse(event: &MouseEvent, modes: &Modes, out: &mut Vec<u8>) -> bool {
    if modes.mouse == MouseMode::Off {
        return scroll_by_arrows(event, modes, out);
    }
    if !is_wanted(event.kind, modes.mouse) {
        return false;
    }
    let mut code = code_of(event.kind);
    let mut position = [u32::from(event.column) + 1, u32::from(event.row) + 1];
    let is_release = matches!(event.kind, MouseKind::Release(_));
    if modes.mouse != MouseMode::Press {
        code += modifier_bits(event.modifiers);
    }
    if modes.mouse_encoding == MouseEncoding::Sgr {
        let [column, row] = position;
        let terminator = if is_release { 'm' } else { 'M' };
        out.extend_from_slice(format!("\x1b[<{code};{column};{row}{terminator}").as_bytes());
        return true;
    }
    if is_release {
        code = RELEASED + modifier_bits(event.modifiers);
    }
    code += 32;
    position = position.map(|n| n + 32);
    match modes.mouse_encoding {
        MouseEncoding::Utf8 => push_characters([code, position[0], position[1]], out),
        MouseEncoding::Default | MouseEncoding::Sgr => push_bytes([code, position[0], position[1]], out),
    }
}

/// The wheel on the alternate screen of a program that knows no mouse: arrow keys, so that pagers scroll.
fn scroll_by_arrows(event: &MouseEvent, modes: &Modes, out: &mut Vec<u8>) -> bool {
    if !(modes.alternate_screen && modes.alternate_scroll) {
        return false;
    }
    let code = match event.kind {
        MouseKind::ScrollUp => KeyCode::Up,
        MouseKind::ScrollDown => KeyCode::Down,
        _ => return false,
    };
    for _ in 0..ARROWS_PER_STEP {
        arrow(code, modes, out);
    }
    true
}

fn is_wanted(kind: MouseKind, mode: MouseMode) -> bool {
    match kind {
        MouseKind::Press(MouseButton::Left | MouseButton::Middle | MouseButton::Right) => true,
        MouseKind::ScrollUp | MouseKind::ScrollDown => true,
        MouseKind::ScrollLeft | MouseKind::ScrollRight | MouseKind::Press(_) | MouseKind::Release(_) => {
            mode != MouseMode::Press
        }
        MouseKind::Drag(_) => matches!(mode, MouseMode::ButtonMotion | MouseMode::AnyMotion),
        MouseKind::Move => mode == MouseMode::AnyMotion,
    }
}

fn code_of(kind: MouseKind) -> u32 {
    const MOTION: u32 = 32;
    let button = |button| match button {
        MouseButton::Left => 0,
        MouseButton::Middle => 1,
        MouseButton::Right => 2,
        MouseButton::Extra(n) => 128 + u32::from(n.clamp(8, 11) - 8),
    };
    match kind {
        MouseKind::Press(b) | MouseKind::Release(b) => button(b),
        MouseKind::Drag(b) => button(b) + MOTION,
        MouseKind::Move => RELEASED + MOTION,
        MouseKind::ScrollUp => 64,
        MouseKind::ScrollDown => 65,
        MouseKind::ScrollLeft => 66,
        MouseKind::ScrollRight => 67,
    }
}

fn modifier_bits(modifiers: Modifiers) -> u32 {
    let bits = [(Modifiers::SHIFT, 4), (Modifiers::ALT, 8), (Modifiers::CTRL, 16)];
    bits.iter().filter(|(modifier, _)| modifiers.contains(*modifier)).map(|(_, bit)| bit).sum()
}

/// Three bytes; a position beyond column or row 223 has none, and the event is not sent.
fn push_bytes(values: [u32; 3], out: &mut Vec<u8>) -> bool {
    let [Ok(code), Ok(column), Ok(row)] = values.map(u8::try_from) else { return false };
    out.extend_from_slice(&[0x1b, b'[', b'M', code, column, row]);
    true
}

/// Three characters of at most two bytes: up to column and row 2015.
fn push_characters(values: [u32; 3], out: &mut Vec<u8>) -> bool {
    if values.iter().any(|value| *value > 0x7ff) {
        return false;
    }
    out.extend_from_slice(b"\x1b[M");
    for c in values.into_iter().filter_map(char::from_u32) {
        out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::event::InputEvent;
    use crate::input::parse::InputParser;
    use MouseButton::{Extra, Left, Middle, Right};
    use MouseKind::{Drag, Move, Press, Release, ScrollDown, ScrollLeft, ScrollRight, ScrollUp};

    fn sent(kind: MouseKind, cell: (u16, u16), modifiers: Modifiers, modes: &Modes) -> Option<Vec<u8>> {
        let event = MouseEvent { kind, column: cell.0, row: cell.1, modifiers };
        let mut out = Vec::new();
        let is_sent = encode_mouse(&event, modes, &mut out);
        assert_eq!(is_sent, !out.is_empty());
        is_sent.then_some(out)
    }

    fn modes(mouse: MouseMode, mouse_encoding: MouseEncoding) -> Modes {
        Modes { mouse, mouse_encoding, ..Modes::default() }
    }

    #[test]
    fn each_mode_gets_the_events_it_asked_for() {
        use MouseMode::{AnyMotion, ButtonMotion, Off, PressRelease};
        let all = [Press(Left), ScrollUp, Release(Left), ScrollLeft, Press(Extra(8)), Drag(Left), Move];
        for (mode, n_wanted) in [(Off, 0), (MouseMode::Press, 2), (PressRelease, 5), (ButtonMotion, 6), (AnyMotion, 7)]
        {
            for (n, kind) in all.into_iter().enumerate() {
                let is_sent = sent(kind, (0, 0), Modifiers::NONE, &modes(mode, MouseEncoding::Sgr)).is_some();
                assert_eq!(is_sent, n < n_wanted, "{kind:?} in {mode:?}");
            }
        }
    }

    #[test]
    fn events_are_written_as_xterm_does() {
        use MouseEncoding::{Default, Sgr, Utf8};
        let none = Modifiers::NONE;
        let ctrl_shift = Modifiers::CTRL | Modifiers::SHIFT;
        type Case = (MouseEncoding, MouseKind, (u16, u16), Modifiers, Option<&'static [u8]>);
        let cases: &[Case] = &[
            (Sgr, Press(Left), (0, 0), none, Some(b"\x1b[<0;1;1M")),
            (Sgr, Release(Right), (299, 199), none, Some(b"\x1b[<2;300;200m")),
            (Sgr, Drag(Middle), (4, 5), ctrl_shift, Some(b"\x1b[<53;5;6M")),
            (Sgr, Move, (4, 5), none, Some(b"\x1b[<35;5;6M")),
            (Sgr, ScrollDown, (4, 5), none, Some(b"\x1b[<65;5;6M")),
            (Sgr, Press(Extra(9)), (4, 5), none, Some(b"\x1b[<129;5;6M")),
            (Default, Press(Left), (0, 0), none, Some(b"\x1b[M !!")),
            (Default, Release(Right), (0, 0), Modifiers::ALT, Some(b"\x1b[M+!!")),
            (Default, ScrollUp, (222, 0), none, Some(b"\x1b[M`\xff!")),
            (Default, ScrollUp, (223, 0), none, None),
            (Utf8, Press(Left), (94, 95), none, Some("\x1b[M \u{7f}\u{80}".as_bytes())),
            (Utf8, Press(Left), (2014, 0), none, Some("\x1b[M \u{7ff}!".as_bytes())),
            (Utf8, Press(Left), (2015, 0), none, None),
        ];
        for (encoding, kind, cell, modifiers, bytes) in cases {
            let modes = modes(MouseMode::AnyMotion, *encoding);
            assert_eq!(sent(*kind, *cell, *modifiers, &modes).as_deref(), *bytes, "{kind:?} {encoding:?}");
        }
    }

    #[test]
    fn the_oldest_mode_knows_no_modifiers() {
        let modes = modes(MouseMode::Press, MouseEncoding::Default);
        assert_eq!(sent(Press(Left), (0, 0), Modifiers::CTRL, &modes).as_deref(), Some(&b"\x1b[M !!"[..]));
    }

    #[test]
    fn the_wheel_is_arrows_on_an_alternate_screen_without_mouse() {
        let pager = Modes { alternate_screen: true, alternate_scroll: true, ..Modes::default() };
        let cases = [
            (pager, ScrollUp, Some("\x1b[A\x1b[A\x1b[A")),
            (Modes { application_cursor: true, ..pager }, ScrollDown, Some("\x1bOB\x1bOB\x1bOB")),
            (pager, ScrollRight, None),
            (pager, Press(Left), None),
            (Modes { alternate_scroll: false, ..pager }, ScrollUp, None),
            (Modes { alternate_screen: false, ..pager }, ScrollUp, None),
            (
                Modes { mouse: MouseMode::AnyMotion, mouse_encoding: MouseEncoding::Sgr, ..pager },
                ScrollUp,
                Some("\x1b[<64;1;1M"),
            ),
        ];
        for (modes, kind, bytes) in cases {
            let got = sent(kind, (0, 0), Modifiers::NONE, &modes);
            assert_eq!(got.as_deref(), bytes.map(str::as_bytes), "{kind:?} {modes:?}");
        }
    }

    #[test]
    fn sgr_events_are_read_back_as_the_same() {
        let kinds = [
            Press(Left),
            Press(Extra(11)),
            Release(Middle),
            Drag(Right),
            Drag(Extra(8)),
            Move,
            ScrollUp,
            ScrollDown,
            ScrollLeft,
            ScrollRight,
        ];
        for kind in kinds {
            for bits in 0..8 {
                let event = MouseEvent { kind, column: 300, row: 7, modifiers: Modifiers::from_bits(bits) };
                let mut bytes = Vec::new();
                assert!(encode_mouse(&event, &modes(MouseMode::AnyMotion, MouseEncoding::Sgr), &mut bytes));
                let mut out = Vec::new();
                InputParser::new().feed(&bytes, &mut out);
                assert_eq!(out, [InputEvent::Mouse(event)]);
            }
        }
    }
}
