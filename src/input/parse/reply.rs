//! What a terminal answers to questions: device attributes, modes, colours, its name and version.
//!
//! Sources: xterm's `ctlseqs`; mode 2031 <https://contour-terminal.org/vt-extensions/color-palette-update-notifications/>.

use super::csi::{Parameters, decimal};
use crate::input::event::{ColorScheme, TerminalReply};
use crate::text::one_line;

/// Most characters kept of a terminal's name and version. Chosen.
const MAX_VERSION_CHARS: usize = 200;

/// A reply written as CSI with a private prefix; `None` for what is no reply that anybody knows.
pub(super) fn from_csi(
    prefix: u8,
    parameters: Parameters<'_>,
    intermediates: &[u8],
    terminator: u8,
) -> Option<TerminalReply> {
    let number = |field| parameters.get(field, 0);
    match (prefix, intermediates, terminator) {
        (b'?', [], b'c') => {
            let attributes = parameters.numbers().map(|n| u16::try_from(n).unwrap_or(u16::MAX)).collect();
            Some(TerminalReply::DeviceAttributes(attributes))
        }
        (b'?', [], b'u') => Some(TerminalReply::KittyFlags(u8::try_from(number(0).unwrap_or(0)).ok()?)),
        (b'?', [b'$'], b'y') => Some(TerminalReply::Mode {
            mode: u16::try_from(number(0)?).ok()?,
            value: u8::try_from(number(1).unwrap_or(0)).ok()?,
        }),
        (b'?', [], b'n') if number(0) == Some(997) => match number(1) {
            Some(1) => Some(TerminalReply::DarkLight(ColorScheme::Dark)),
            Some(2) => Some(TerminalReply::DarkLight(ColorScheme::Light)),
            _ => Some(TerminalReply::Other),
        },
        (b'?', [], b'R') => Some(cursor_position(parameters)),
        (b'?' | b'>' | b'=', _, b'c' | b'n' | b'm' | b'y' | b'S' | b't' | b'q') => Some(TerminalReply::Other),
        _ => None,
    }
}

/// `row ; column`, from 1.
pub(super) fn cursor_position(parameters: Parameters<'_>) -> TerminalReply {
    let cell = |field| {
        let position = parameters.get(field, 0).unwrap_or(1).saturating_sub(1);
        u16::try_from(position).unwrap_or(u16::MAX)
    };
    TerminalReply::CursorPosition { row: cell(0), column: cell(1) }
}

/// A reply written as OSC (`]`), DCS (`P`) or APC (`_`), without its ends; `None` for others.
pub(super) fn from_text(introducer: u8, text: &[u8]) -> Option<TerminalReply> {
    match introducer {
        b']' => Some(from_osc(text).unwrap_or(TerminalReply::Other)),
        b'P' => Some(match text.strip_prefix(b">|") {
            Some(version) => TerminalReply::Version(one_line(&String::from_utf8_lossy(version), MAX_VERSION_CHARS)),
            None => TerminalReply::Other,
        }),
        b'_' => Some(TerminalReply::Other),
        _ => None,
    }
}

fn from_osc(text: &[u8]) -> Option<TerminalReply> {
    let mut fields = text.split(|b| *b == b';');
    let number = decimal(fields.next()?)?;
    match number {
        10 => color(fields.next()?).map(|(r, g, b)| TerminalReply::Foreground(r, g, b)),
        11 => color(fields.next()?).map(|(r, g, b)| TerminalReply::Background(r, g, b)),
        4 => {
            let index = u8::try_from(decimal(fields.next()?)?).ok()?;
            Some(TerminalReply::Palette { index, color: color(fields.next()?)? })
        }
        _ => None,
    }
}

/// `rgb:r/g/b` with 1 to 4 hex digits a channel, `rgba:r/g/b/a`, or `#` with 3, 6, 9 or 12 digits (XParseColor).
fn color(text: &[u8]) -> Option<(u8, u8, u8)> {
    let text = std::str::from_utf8(text).ok()?;
    if let Some(digits) = text.strip_prefix('#') {
        let width = digits.len() / 3;
        if !digits.is_ascii() || digits.len() % 3 != 0 {
            return None;
        }
        let at = |n: usize| channel(digits.get(n * width..(n + 1) * width)?);
        return Some((at(0)?, at(1)?, at(2)?));
    }
    let channels = text.strip_prefix("rgb:").or_else(|| text.strip_prefix("rgba:"))?;
    let mut channels = channels.split('/').map(channel);
    Some((channels.next()??, channels.next()??, channels.next()??))
}

/// A channel of 1 to 4 hex digits, scaled to 8 bits.
fn channel(digits: &str) -> Option<u8> {
    if digits.is_empty() || digits.len() > 4 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let value = u32::from_str_radix(digits, 16).ok()?;
    let max = (1u32 << (4 * digits.len())) - 1;
    u8::try_from((value * 255 + max / 2) / max).ok()
}
