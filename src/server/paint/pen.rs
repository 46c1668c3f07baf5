//! The pen of a client's terminal: from a cell's looks to the SGR that sets them.

use ratatui::buffer::Cell;
use ratatui::style::{Color, Modifier};

use crate::ui::extras;

/// All that SGR sets.
#[derive(Clone, Copy, PartialEq)]
pub struct Pen {
    fg: Color,
    bg: Color,
    underline: Color,
    modifier: Modifier,
}

impl Pen {
    /// What a reset leaves.
    pub const PLAIN: Self =
        Self { fg: Color::Reset, bg: Color::Reset, underline: Color::Reset, modifier: Modifier::empty() };

    /// The pen that a cell is written with.
    pub fn of(cell: &Cell) -> Self {
        let modifier = cell.modifier.difference(extras::LINKED);
        // Nothing shows the colour of a line that is not there.
        let is_underlined = modifier.contains(Modifier::UNDERLINED);
        let underline = if is_underlined { cell.underline_color } else { Color::Reset };
        Self { fg: cell.fg, bg: cell.bg, underline, modifier }
    }
}

const MODIFIERS: [(Modifier, &[u8]); 10] = [
    (Modifier::BOLD, b";1"),
    (Modifier::DIM, b";2"),
    (Modifier::ITALIC, b";3"),
    (Modifier::UNDERLINED, b";4"),
    (Modifier::SLOW_BLINK, b";5"),
    (Modifier::RAPID_BLINK, b";6"),
    (Modifier::REVERSED, b";7"),
    (Modifier::HIDDEN, b";8"),
    (Modifier::CROSSED_OUT, b";9"),
    (extras::OVERLINED, b";53"),
];

/// Appends what sets the pen. Kinds and colours of underlines go in sequences of their own, with colons: a terminal that does not
/// know them leaves them out, and shows a plain underline.
pub fn write_pen(pen: Pen, out: &mut Vec<u8>) {
    out.extend_from_slice(b"\x1b[0");
    for (modifier, code) in MODIFIERS {
        if pen.modifier.contains(modifier) {
            out.extend_from_slice(code);
        }
    }
    color(pen.fg, 30, out);
    color(pen.bg, 40, out);
    out.push(b'm');
    if let Some(kind) = extras::underline_kind(pen.modifier) {
        out.extend_from_slice(b"\x1b[4:");
        number(kind, out);
        out.push(b'm');
    }
    match pen.underline {
        Color::Reset => {}
        Color::Rgb(red, green, blue) => {
            out.extend_from_slice(b"\x1b[58:2:");
            for channel in [red, green, blue] {
                out.push(b':');
                number(u16::from(channel), out);
            }
            out.push(b'm');
        }
        color => {
            out.extend_from_slice(b"\x1b[58:5:");
            number(index(color).unwrap_or(0), out);
            out.push(b'm');
        }
    }
}

/// The number of one of the 256 colours.
fn index(color: Color) -> Option<u16> {
    Some(match color {
        Color::Reset | Color::Rgb(..) => return None,
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 8,
        Color::LightRed => 9,
        Color::LightGreen => 10,
        Color::LightYellow => 11,
        Color::LightBlue => 12,
        Color::LightMagenta => 13,
        Color::LightCyan => 14,
        Color::White => 15,
        Color::Indexed(n) => u16::from(n),
    })
}

/// Appends a colour; `base` is 30 for text, 40 for the background.
fn color(color: Color, base: u16, out: &mut Vec<u8>) {
    match (color, index(color)) {
        (Color::Rgb(red, green, blue), _) => {
            out.push(b';');
            number(base + 8, out);
            out.extend_from_slice(b";2");
            for channel in [red, green, blue] {
                out.push(b';');
                number(u16::from(channel), out);
            }
        }
        (Color::Indexed(_), Some(n)) => {
            out.push(b';');
            number(base + 8, out);
            out.extend_from_slice(b";5;");
            number(n, out);
        }
        (_, Some(n)) => {
            out.push(b';');
            number(if n < 8 { base + n } else { base + 52 + n }, out);
        }
        (_, None) => {}
    }
}

/// Appends a decimal number.
pub fn number(n: u16, out: &mut Vec<u8>) {
    let mut digits = [0; 5];
    let mut at = digits.len();
    let mut rest = n;
    loop {
        at -= 1;
        digits[at] = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::term::style::Underline;

    fn written(cell: &Cell) -> String {
        let mut out = Vec::new();
        write_pen(Pen::of(cell), &mut out);
        String::from_utf8(out).expect("ASCII")
    }

    #[test]
    fn every_style_has_its_sequence() {
        let cell = |fg, bg, underline_color, modifier| {
            let mut cell = Cell::default();
            (cell.fg, cell.bg, cell.underline_color, cell.modifier) = (fg, bg, underline_color, modifier);
            cell
        };
        let modified = |modifier| cell(Color::Reset, Color::Reset, Color::Reset, modifier);
        let colored = |fg, bg| cell(fg, bg, Color::Reset, Modifier::empty());
        let underlined = |kind, color| cell(Color::Reset, Color::Reset, color, extras::underline(kind));
        let cases = [
            (modified(Modifier::BOLD | Modifier::DIM | Modifier::ITALIC), "\x1b[0;1;2;3m"),
            (modified(Modifier::SLOW_BLINK | Modifier::REVERSED), "\x1b[0;5;7m"),
            (modified(Modifier::HIDDEN | Modifier::CROSSED_OUT | extras::OVERLINED), "\x1b[0;8;9;53m"),
            (modified(extras::LINKED), "\x1b[0m"),
            (colored(Color::Red, Color::LightBlue), "\x1b[0;31;104m"),
            (colored(Color::Indexed(208), Color::Rgb(1, 2, 3)), "\x1b[0;38;5;208;48;2;1;2;3m"),
            (underlined(Underline::Single, Color::Reset), "\x1b[0;4m"),
            (underlined(Underline::Double, Color::Reset), "\x1b[0;4m\x1b[4:2m"),
            (underlined(Underline::Curly, Color::Indexed(9)), "\x1b[0;4m\x1b[4:3m\x1b[58:5:9m"),
            (underlined(Underline::Dotted, Color::Rgb(1, 2, 3)), "\x1b[0;4m\x1b[4:4m\x1b[58:2::1:2:3m"),
            (underlined(Underline::Dashed, Color::Green), "\x1b[0;4m\x1b[4:5m\x1b[58:5:2m"),
            (underlined(Underline::None, Color::Indexed(9)), "\x1b[0m"),
        ];
        for (cell, expected) in cases {
            assert_eq!(written(&cell), expected);
        }
    }
}
