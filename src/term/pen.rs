//! How a style travels through vt100's cells, which know colours, bold, dim, italic, underline and inverse only.
//!
//! A style of those alone, without inverse, is sent as it is. Any other gets a number in the style table and is sent as
//! *inverse* with the number as its RGB foreground (its background stays native, because erased cells keep it). So inverse is
//! the mark of a number, and every colour of a program survives exactly. Number 0 marks erased cells: what a program erases
//! shows the pen's background and nothing else (BCE), and history can tell erased cells from cells never written.

use super::sgr;
use super::style::{Attributes, Color, Style, Underline};
use super::tables::StyleTable;

/// What vt100's pen holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Look {
    /// A style for text.
    Text(Style),
    /// A background for erased cells.
    Fill(Color),
}

/// What vt100 keeps of a cell's look.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Native {
    /// Foreground.
    pub fg: Color,
    /// Background.
    pub bg: Color,
    /// Bold, dim (never both), italic, inverse.
    pub attributes: Attributes,
    /// Underline, single or none.
    pub underline: bool,
}

const NATIVE: u16 = Attributes::BOLD | Attributes::DIM | Attributes::ITALIC;

/// Whether vt100's cells can carry the style themselves.
fn is_native(style: &Style) -> bool {
    style.attributes.0 & !NATIVE == 0
        && !style.attributes.has(Attributes::BOLD | Attributes::DIM)
        && matches!(style.underline, Underline::None | Underline::Single)
        && style.underline_color == Color::Default
        && style.link == 0
}

/// The native part of a style that found no room in the table: inverse is done by hand, the other extras are lost.
fn degraded(style: &Style) -> Style {
    let (fg, bg) = if style.attributes.has(Attributes::INVERSE) { (style.bg, style.fg) } else { (style.fg, style.bg) };
    let mut bits = style.attributes.0 & NATIVE;
    if bits & Attributes::BOLD != 0 {
        bits &= !Attributes::DIM;
    }
    let underline = if style.underline == Underline::None { Underline::None } else { Underline::Single };
    Style { fg, bg, underline, attributes: Attributes(bits), ..Style::default() }
}

/// Appends what brings vt100's pen to the look.
pub fn encode(look: Look, styles: &mut StyleTable, out: &mut Vec<u8>) {
    let (id, bg) = match look {
        Look::Fill(Color::Default) => {
            out.extend_from_slice(b"\x1b[m");
            return;
        }
        Look::Fill(bg) => (0, bg),
        Look::Text(style) if is_native(&style) => {
            sgr::write(&style, out);
            return;
        }
        Look::Text(style) => match styles.intern(style) {
            Some(id) => (id, style.bg),
            None => {
                sgr::write(&degraded(&style), out);
                return;
            }
        },
    };
    let [_, r, g, b] = id.to_be_bytes();
    out.extend_from_slice(b"\x1b[0;7");
    sgr::write_color(b'3', Color::Rgb(r, g, b), out);
    sgr::write_color(b'4', bg, out);
    out.push(b'm');
}

/// The look of a cell.
pub fn decode(native: &Native, styles: &StyleTable) -> Look {
    if native.attributes.has(Attributes::INVERSE) {
        return match style_id(native) {
            0 => Look::Fill(native.bg),
            id => Look::Text(styles.get(id)),
        };
    }
    Look::Text(Style {
        fg: native.fg,
        bg: native.bg,
        underline: if native.underline { Underline::Single } else { Underline::None },
        attributes: native.attributes,
        ..Style::default()
    })
}

/// The number in an inverse cell.
fn style_id(native: &Native) -> u32 {
    match native.fg {
        Color::Rgb(r, g, b) => u32::from_be_bytes([0, r, g, b]),
        _ => 0,
    }
}

/// The table's id for the style of a cell, 0 where it has none.
pub fn id_of(native: &Native) -> u32 {
    if native.attributes.has(Attributes::INVERSE) { style_id(native) } else { 0 }
}

/// A style that shows a background only.
pub fn fill(bg: Color) -> Style {
    Style { bg, ..Style::default() }
}

fn color(color: vt100::Color) -> Color {
    match color {
        vt100::Color::Default => Color::Default,
        vt100::Color::Idx(i) => Color::Indexed(i),
        vt100::Color::Rgb(r, g, b) => Color::Rgb(r, g, b),
    }
}

/// What vt100 keeps of the cell's look.
#[inline]
pub fn native_of(cell: &vt100::Cell) -> Native {
    let bits = (u16::from(cell.bold()) * Attributes::BOLD)
        | (u16::from(cell.dim()) * Attributes::DIM)
        | (u16::from(cell.italic()) * Attributes::ITALIC)
        | (u16::from(cell.inverse()) * Attributes::INVERSE);
    Native {
        fg: color(cell.fgcolor()),
        bg: color(cell.bgcolor()),
        attributes: Attributes(bits),
        underline: cell.underline(),
    }
}

/// Reads vt100's own SGR differences back: the parameters of one sequence.
pub fn apply_native(parameters: &[u8], native: &mut Native) {
    let mut style = Style {
        fg: native.fg,
        bg: native.bg,
        underline: if native.underline { Underline::Single } else { Underline::None },
        attributes: native.attributes,
        ..Style::default()
    };
    const INTENSITY: u16 = Attributes::BOLD | Attributes::DIM;
    // vt100 writes a change of intensity as 1 or 2 alone, meaning that and not the other.
    let before = style.attributes.0 & INTENSITY;
    style.attributes.0 &= !INTENSITY;
    sgr::apply(parameters, &mut style);
    if before != 0 && style.attributes.0 & INTENSITY == 0 {
        // Did it say nothing of intensity, or 22?
        let mut bright = Style { attributes: Attributes(INTENSITY), ..Style::default() };
        sgr::apply(parameters, &mut bright);
        if bright.attributes.has(INTENSITY) {
            style.attributes.0 |= before;
        }
    }
    *native = Native {
        fg: style.fg,
        bg: style.bg,
        attributes: style.attributes,
        underline: style.underline != Underline::None,
    };
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::sgr::tests::any_style;
    use super::*;

    /// The look of a cell that vt100 has after it printed `x` with the look.
    fn through_vt100(look: Look, styles: &mut StyleTable) -> Look {
        let mut parser = vt100::Parser::default();
        let mut out = Vec::new();
        encode(look, styles, &mut out);
        out.push(b'x');
        parser.process(&out);
        decode(&native_of(parser.screen().cell(0, 0).expect("the first cell is there")), styles)
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]
        #[test]
        fn every_style_survives_vt100(style in any_style()) {
            let mut styles = StyleTable::default();
            prop_assert_eq!(through_vt100(Look::Text(style), &mut styles), Look::Text(style));
        }

        #[test]
        fn differences_of_vt100_are_read_as_it_means_them(first in any_style(), second in any_style()) {
            let mut styles = StyleTable::default();
            let mut parser = vt100::Parser::default();
            let mut out = Vec::new();
            for style in [first, second] {
                encode(Look::Text(style), &mut styles, &mut out);
                out.push(b'x');
            }
            parser.process(&out);
            let text = parser.screen().contents_formatted_basic();
            let mut native = Native::default();
            let mut looks = Vec::new();
            for piece in text.split_inclusive(['m', 'x']) {
                match piece.strip_prefix("\x1b[").and_then(|p| p.strip_suffix('m')) {
                    Some(parameters) => apply_native(parameters.as_bytes(), &mut native),
                    None if piece == "x" => looks.push(decode(&native, &styles)),
                    None => {}
                }
            }
            prop_assert_eq!(looks, [Look::Text(first), Look::Text(second)]);
        }

        #[test]
        fn a_fill_is_told_from_text(style in any_style()) {
            prop_assume!(style.bg != Color::Default);
            let mut styles = StyleTable::default();
            prop_assert_eq!(through_vt100(Look::Fill(style.bg), &mut styles), Look::Fill(style.bg));
        }
    }

    #[test]
    fn a_full_table_costs_the_extras_and_keeps_the_colours() {
        let mut styles = StyleTable::default();
        let mut n = 0u32;
        while styles.intern(Style { link: n, ..Style::default() }).is_some() {
            n += 1;
        }
        let style = Style {
            fg: Color::Indexed(1),
            bg: Color::Indexed(2),
            attributes: Attributes(Attributes::INVERSE | Attributes::STRIKE | Attributes::BOLD),
            ..Style::default()
        };
        let expected = Style {
            fg: Color::Indexed(2),
            bg: Color::Indexed(1),
            attributes: Attributes(Attributes::BOLD),
            ..Style::default()
        };
        assert_eq!(through_vt100(Look::Text(style), &mut styles), Look::Text(expected));
    }
}
