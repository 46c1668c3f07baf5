//! SGR parameters to a style, and a style to SGR parameters.
//!
//! Pure. ECMA-48 §8.3.117, xterm's control sequences (ctlseqs) for 38/48 and aixterm colours, kitty's for `4:n` and 58.

use super::style::{Attributes, Color, Style, Underline};

/// More parameters than this are ignored. vte (vt100's parser) takes 32.
const MAX_PARAMETERS: usize = 48;

/// Applies the parameters of one `CSI … m` (digits, `;` and `:`) to the pen. Anything unknown is skipped; the link stays.
pub fn apply(parameters: &[u8], pen: &mut Style) {
    let mut values = [0u16; MAX_PARAMETERS];
    // Bit i: parameter i was joined to the one before it by a colon.
    let mut joined = 0u64;
    let mut n = 0;
    let mut current: u32 = 0;
    for &byte in parameters {
        match byte {
            b'0'..=b'9' => current = (current * 10 + u32::from(byte - b'0')).min(0xffff),
            b';' | b':' => {
                if n + 1 >= MAX_PARAMETERS {
                    break;
                }
                values[n] = u16::try_from(current).unwrap_or(u16::MAX);
                n += 1;
                joined |= u64::from(byte == b':') << n;
                current = 0;
            }
            _ => return,
        }
    }
    values[n] = u16::try_from(current).unwrap_or(u16::MAX);
    n += 1;
    let mut i = 0;
    while i < n {
        let mut end = i + 1;
        while end < n && joined >> end & 1 == 1 {
            end += 1;
        }
        i = if end - i == 1 && matches!(values[i], 38 | 48 | 58) {
            let (color, used) = color_after(&values[end..n]);
            set_color(values[i], color, pen);
            end + used
        } else {
            apply_one(&values[i..end], pen);
            end
        };
    }
}

/// The colour in parameters joined by `;`, and how many of them it takes.
fn color_after(values: &[u16]) -> (Option<Color>, usize) {
    match values {
        [5, index, ..] => (byte(*index).map(Color::Indexed), 2),
        [2, r, g, b, ..] => (rgb(*r, *g, *b), 4),
        _ => (None, values.len()),
    }
}

fn byte(value: u16) -> Option<u8> {
    u8::try_from(value).ok()
}

fn rgb(r: u16, g: u16, b: u16) -> Option<Color> {
    Some(Color::Rgb(byte(r)?, byte(g)?, byte(b)?))
}

fn set_color(which: u16, color: Option<Color>, pen: &mut Style) {
    let Some(color) = color else { return };
    match which {
        38 => pen.fg = color,
        48 => pen.bg = color,
        _ => pen.underline_color = color,
    }
}

/// One parameter with its sub-parameters (at least one value).
fn apply_one(values: &[u16], pen: &mut Style) {
    let attributes = &mut pen.attributes.0;
    match *values {
        [0, ..] => {
            let attributes = Attributes(*attributes & Attributes::PROTECTED);
            *pen = Style { link: pen.link, attributes, ..Style::default() };
        }
        [1, ..] => *attributes |= Attributes::BOLD,
        [2, ..] => *attributes |= Attributes::DIM,
        [3, ..] => *attributes |= Attributes::ITALIC,
        [4, kind, ..] => {
            pen.underline = match kind {
                0 => Underline::None,
                2 => Underline::Double,
                3 => Underline::Curly,
                4 => Underline::Dotted,
                5 => Underline::Dashed,
                _ => Underline::Single,
            }
        }
        [4] => pen.underline = Underline::Single,
        [5 | 6, ..] => *attributes |= Attributes::BLINK,
        [7, ..] => *attributes |= Attributes::INVERSE,
        [8, ..] => *attributes |= Attributes::HIDDEN,
        [9, ..] => *attributes |= Attributes::STRIKE,
        [21, ..] => pen.underline = Underline::Double,
        [22, ..] => *attributes &= !(Attributes::BOLD | Attributes::DIM),
        [23, ..] => *attributes &= !Attributes::ITALIC,
        [24, ..] => pen.underline = Underline::None,
        [25, ..] => *attributes &= !Attributes::BLINK,
        [27, ..] => *attributes &= !Attributes::INVERSE,
        [28, ..] => *attributes &= !Attributes::HIDDEN,
        [29, ..] => *attributes &= !Attributes::STRIKE,
        [53, ..] => *attributes |= Attributes::OVERLINE,
        [55, ..] => *attributes &= !Attributes::OVERLINE,
        [n @ 30..=37, ..] => pen.fg = indexed(n - 30),
        [n @ 90..=97, ..] => pen.fg = indexed(n - 82),
        [39, ..] => pen.fg = Color::Default,
        [n @ 40..=47, ..] => pen.bg = indexed(n - 40),
        [n @ 100..=107, ..] => pen.bg = indexed(n - 92),
        [49, ..] => pen.bg = Color::Default,
        [59, ..] => pen.underline_color = Color::Default,
        [which @ (38 | 48 | 58), 5, index, ..] => set_color(which, byte(index).map(Color::Indexed), pen),
        // `38:2:SPACE:r:g:b`; the colour space may be left empty, and older programs leave it out altogether.
        [which @ (38 | 48 | 58), 2, _, r, g, b, ..] => set_color(which, rgb(r, g, b), pen),
        [which @ (38 | 48 | 58), 2, r, g, b] => set_color(which, rgb(r, g, b), pen),
        _ => {}
    }
}

fn indexed(n: u16) -> Color {
    Color::Indexed(u8::try_from(n).unwrap_or(0))
}

/// Appends the decimal digits.
pub fn write_number(n: u16, out: &mut Vec<u8>) {
    if n >= 10 {
        write_number(n / 10, out);
    }
    out.push(b'0' + u8::try_from(n % 10).unwrap_or(0));
}

/// Appends `;BASE…` for a colour; nothing for the default. `base` is b'3', b'4' or b'5' (underline; by colons).
pub fn write_color(base: u8, color: Color, out: &mut Vec<u8>) {
    let numbers: &[u8] = match &color {
        Color::Default => return,
        Color::Indexed(i @ 0..8) if base != b'5' => {
            out.extend_from_slice(&[b';', base, b'0' + i]);
            return;
        }
        Color::Indexed(i) => &[5, *i],
        Color::Rgb(r, g, b) if base == b'5' => &[2, 0, *r, *g, *b],
        Color::Rgb(r, g, b) => &[2, *r, *g, *b],
    };
    out.extend_from_slice(&[b';', base, b'8']);
    for &n in numbers {
        out.push(if base == b'5' { b':' } else { b';' });
        write_number(u16::from(n), out);
    }
}

/// Appends the sequence that brings any pen to this style: `ESC [ m`, or `ESC [ 0 ; … m`. The link is not part of it.
pub fn write(style: &Style, out: &mut Vec<u8>) {
    out.extend_from_slice(b"\x1b[");
    write_parameters(style, out);
    out.push(b'm');
}

/// Appends the parameters alone: nothing for the default style.
pub fn write_parameters(style: &Style, out: &mut Vec<u8>) {
    const FLAGS: [(u16, &[u8]); 8] = [
        (Attributes::BOLD, b";1"),
        (Attributes::DIM, b";2"),
        (Attributes::ITALIC, b";3"),
        (Attributes::BLINK, b";5"),
        (Attributes::INVERSE, b";7"),
        (Attributes::HIDDEN, b";8"),
        (Attributes::STRIKE, b";9"),
        (Attributes::OVERLINE, b";53"),
    ];
    if (Style { link: 0, ..*style }) == Style::default() {
        return;
    }
    out.push(b'0');
    for (bit, text) in FLAGS {
        if style.attributes.has(bit) {
            out.extend_from_slice(text);
        }
    }
    out.extend_from_slice(match style.underline {
        Underline::None => b"",
        Underline::Single => b";4",
        Underline::Double => b";4:2",
        Underline::Curly => b";4:3",
        Underline::Dotted => b";4:4",
        Underline::Dashed => b";4:5",
    });
    write_color(b'3', style.fg, out);
    write_color(b'4', style.bg, out);
    write_color(b'5', style.underline_color, out);
}

/// Whether the parameters reset everything: empty, or zeros alone.
pub fn is_reset(parameters: &[u8]) -> bool {
    parameters.iter().all(|&b| b == b'0')
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pen(parameters: &str) -> Style {
        let mut pen = Style::default();
        apply(parameters.as_bytes(), &mut pen);
        pen
    }

    #[test]
    fn colours_come_in_every_spelling() {
        let red = Color::Rgb(255, 0, 1);
        for text in ["38;2;255;0;1", "38:2::255:0:1", "38:2:255:0:1"] {
            assert_eq!(pen(text).fg, red, "{text}");
        }
        assert_eq!(pen("38;5;7").fg, Color::Indexed(7));
        assert_eq!(pen("48:5:200").bg, Color::Indexed(200));
        assert_eq!(pen("93;104"), Style { fg: Color::Indexed(11), bg: Color::Indexed(12), ..Style::default() });
    }

    #[test]
    fn underline_colours_do_not_leak_into_attributes() {
        assert_eq!(pen("58;5;1"), Style { underline_color: Color::Indexed(1), ..Style::default() });
        assert_eq!(pen("58;2;3;4;7;1").attributes, Attributes(Attributes::BOLD));
    }

    #[test]
    fn a_colour_out_of_range_changes_nothing() {
        assert_eq!(pen("31;38;5;999").fg, Color::Indexed(1));
        assert_eq!(pen("38;2;1"), Style::default());
    }

    #[test]
    fn too_many_parameters_are_no_harm() {
        assert_eq!(pen(&"1;".repeat(200)).attributes, Attributes(Attributes::BOLD));
    }

    pub fn any_style() -> impl Strategy<Value = Style> {
        let color = || {
            prop_oneof![
                Just(Color::Default),
                any::<u8>().prop_map(Color::Indexed),
                any::<(u8, u8, u8)>().prop_map(|(r, g, b)| Color::Rgb(r, g, b))
            ]
        };
        let underline = prop_oneof![
            Just(Underline::None),
            Just(Underline::Single),
            Just(Underline::Double),
            Just(Underline::Curly),
            Just(Underline::Dotted),
            Just(Underline::Dashed)
        ];
        (color(), color(), color(), underline, 0u16..256).prop_map(|(fg, bg, underline_color, underline, bits)| Style {
            fg,
            bg,
            underline_color,
            underline,
            attributes: Attributes(bits),
            link: 0,
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]
        #[test]
        fn a_style_written_and_read_is_the_same(style in any_style(), before in any_style()) {
            let mut out = Vec::new();
            write(&style, &mut out);
            let mut read = before;
            apply(&out[2..out.len() - 1], &mut read);
            prop_assert_eq!(read, style);
        }
    }
}
