//! Mouse events as terminals write them: SGR (1006), urxvt (1015) and X10 bytes.
//!
//! Source: xterm's `ctlseqs`, "Mouse Tracking".

use super::csi::Parameters;
use crate::input::event::{Modifiers, MouseButton, MouseEvent, MouseKind};

/// Whether the event's final byte tells a press from a release.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Transition {
    Down,
    Up,
    /// Button 3 means that some button went up.
    InCode,
}

/// `CSI < code ; column ; row M` (down) or `m` (up).
pub(super) fn from_sgr(
    parameters: Parameters<'_>,
    terminator: u8,
    held: &mut Option<MouseButton>,
) -> Option<MouseEvent> {
    let code = parameters.get(0, 0)?;
    let transition = if terminator == b'm' { Transition::Up } else { Transition::Down };
    event(code, [parameters.get(1, 0)?, parameters.get(2, 0)?], transition, held)
}

/// `CSI code + 32 ; column ; row M`.
pub(super) fn from_urxvt(parameters: Parameters<'_>, held: &mut Option<MouseButton>) -> Option<MouseEvent> {
    let code = parameters.get(0, 0)?.checked_sub(32)?;
    event(code, [parameters.get(1, 0)?, parameters.get(2, 0)?], Transition::InCode, held)
}

/// `CSI M` and three bytes, each 32 more than what it means.
pub(super) fn from_bytes(bytes: [u8; 3], held: &mut Option<MouseButton>) -> Option<MouseEvent> {
    let [code, column, row] = bytes.map(|byte| u32::from(byte.saturating_sub(32)));
    event(code, [column, row], Transition::InCode, held)
}

fn event(
    code: u32,
    [column, row]: [u32; 2],
    transition: Transition,
    held: &mut Option<MouseButton>,
) -> Option<MouseEvent> {
    let mut modifiers = Modifiers::NONE;
    for (bit, modifier) in [(4, Modifiers::SHIFT), (8, Modifiers::ALT), (16, Modifiers::CTRL)] {
        if code & bit != 0 {
            modifiers |= modifier;
        }
    }
    let kind = kind(code, transition, held)?;
    // Positions count from 1.
    let cell = |position: u32| u16::try_from(position.saturating_sub(1)).unwrap_or(u16::MAX);
    Some(MouseEvent { kind, column: cell(column), row: cell(row), modifiers })
}

fn kind(code: u32, transition: Transition, held: &mut Option<MouseButton>) -> Option<MouseKind> {
    const MOTION: u32 = 32;
    const GROUP: u32 = 64 | 128;
    let low = code & 3;
    if code & GROUP == 64 {
        let wheel = [MouseKind::ScrollUp, MouseKind::ScrollDown, MouseKind::ScrollLeft, MouseKind::ScrollRight];
        // A wheel has no release; some terminals send one.
        return wheel.get(usize::try_from(low).ok()?).copied().filter(|_| transition != Transition::Up);
    }
    let button = match (code & GROUP, low) {
        (0, 0) => Some(MouseButton::Left),
        (0, 1) => Some(MouseButton::Middle),
        (0, 2) => Some(MouseButton::Right),
        (128, _) => Some(MouseButton::Extra(8 + u8::try_from(low).ok()?)),
        (0, _) => None,
        _ => return None,
    };
    match button {
        Some(button) if code & MOTION != 0 => Some(MouseKind::Drag(button)),
        None if code & MOTION != 0 => Some(MouseKind::Move),
        Some(button) if transition == Transition::Up => {
            *held = None;
            Some(MouseKind::Release(button))
        }
        Some(button) => {
            *held = Some(button);
            Some(MouseKind::Press(button))
        }
        None => Some(MouseKind::Release(held.take().unwrap_or(MouseButton::Left))),
    }
}
