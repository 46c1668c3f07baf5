//! xterm's 256 colours, for programs that ask (the drawer leaves indexed colours to the outer terminal), and the colours that a
//! program sets itself (OSC 4, 5, 10 to 19).
//!
//! Pure. xterm's ctlseqs; colour specifications as in X11's `XParseColor`.

use std::collections::BTreeMap;

use super::style::{Color, Style};

/// Red, green, blue.
pub type Rgb = (u8, u8, u8);

/// What a colour is for: 0 to 255 the palette, 256 to 260 xterm's special colours, from 300 on the dynamic ones (OSC 10 is 300).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Slot(u16);

impl Slot {
    const N_SPECIAL: u16 = 5;
    /// The highest number of OSC 5; beyond it only OSC 4 has colours.
    pub const LAST_SPECIAL_INDEX: u16 = Self::N_SPECIAL - 1;
    const FIRST_SPECIAL: u16 = 256;
    const FIRST_DYNAMIC: u16 = 300;

    /// One of the palette (OSC 4); from 256 on a special colour.
    pub fn indexed(index: u16) -> Option<Self> {
        (index < Self::FIRST_SPECIAL + Self::N_SPECIAL).then_some(Self(index))
    }

    /// A special colour (OSC 5): bold, underline, blink, reverse, italic.
    pub fn special(index: u16) -> Option<Self> {
        (index < Self::N_SPECIAL).then_some(Self(Self::FIRST_SPECIAL + index))
    }

    /// A dynamic colour by its OSC number, 10 to 19.
    pub fn dynamic(osc: u16) -> Option<Self> {
        (10..=19).contains(&osc).then(|| Self(Self::FIRST_DYNAMIC + osc - 10))
    }
}

/// The colours that a program set.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Palette {
    colors: BTreeMap<Slot, Rgb>,
}

impl Palette {
    /// Whether none is set.
    pub fn is_empty(&self) -> bool {
        self.colors.is_empty()
    }

    /// What a program set for the slot.
    pub fn get(&self, slot: Slot) -> Option<Rgb> {
        self.colors.get(&slot).copied()
    }

    /// Sets a colour.
    pub fn set(&mut self, slot: Slot, rgb: Rgb) {
        self.colors.insert(slot, rgb);
    }

    /// Forgets one colour.
    pub fn reset(&mut self, slot: Slot) {
        self.colors.remove(&slot);
    }

    /// OSC 104 without parameters: forgets the palette.
    pub fn reset_indexed(&mut self) {
        self.colors.retain(|slot, _| slot.0 >= Slot::FIRST_SPECIAL);
    }

    /// OSC 105 without parameters: forgets the special colours.
    pub fn reset_special(&mut self) {
        self.colors.retain(|slot, _| !(Slot::FIRST_SPECIAL..Slot::FIRST_DYNAMIC).contains(&slot.0));
    }

    /// The style with the program's colours in it.
    pub fn apply(&self, style: Style) -> Style {
        let or = |color: Color, dynamic: u16| {
            let slot = match color {
                Color::Default => Slot::dynamic(dynamic),
                Color::Indexed(i) => Slot::indexed(u16::from(i)),
                Color::Rgb(..) => None,
            };
            slot.and_then(|slot| self.get(slot)).map_or(color, |(r, g, b)| Color::Rgb(r, g, b))
        };
        let underline_color = match style.underline_color {
            Color::Default => Color::Default,
            color => or(color, 10),
        };
        Style { fg: or(style.fg, 10), bg: or(style.bg, 11), underline_color, ..style }
    }

    /// For a snapshot: slot and colour.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = (u16, Rgb)> + '_ {
        self.colors.iter().map(|(slot, rgb)| (slot.0, *rgb))
    }

    /// An entry of a snapshot; slots that do not exist are ignored.
    pub fn restore(&mut self, slot: u16, rgb: Rgb) {
        let known =
            Slot::indexed(slot).or_else(|| Slot::dynamic(slot.checked_sub(Slot::FIRST_DYNAMIC)?.checked_add(10)?));
        if let Some(slot) = known {
            self.set(slot, rgb);
        }
    }
}

/// Reads `rgb:R/G/B` (1 to 4 hexadecimal digits each, scaled) or `#RGB` (1 to 4 digits each, the highest bits of the channel).
pub fn parse(spec: &str) -> Option<Rgb> {
    let channel = |digits: &str| {
        let is_hex = (1..=4).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_hexdigit());
        let value = if is_hex { u32::from_str_radix(digits, 16).ok()? } else { return None };
        Some((value, u32::try_from(digits.len()).ok()?))
    };
    let parts: [&str; 3];
    let to_byte: fn((u32, u32)) -> u32;
    if let Some(channels) = spec.strip_prefix("rgb:") {
        parts = channels.split('/').collect::<Vec<_>>().try_into().ok()?;
        to_byte = |(value, digits)| value * 255 / ((1 << (4 * digits)) - 1);
    } else {
        let digits = spec.strip_prefix('#').filter(|digits| digits.is_ascii() && digits.len() % 3 == 0)?;
        let (first, rest) = digits.split_at(digits.len() / 3);
        let (second, third) = rest.split_at(rest.len() / 2);
        parts = [first, second, third];
        to_byte = |(value, digits)| (value << (4 * (4 - digits))) >> 8;
    }
    let [r, g, b] = parts.map(|part| channel(part).map(to_byte).and_then(|byte| u8::try_from(byte).ok()));
    Some((r?, g?, b?))
}

/// The first sixteen, as in xterm's defaults.
const BASE: [(u8, u8, u8); 16] = [
    (0x00, 0x00, 0x00),
    (0xcd, 0x00, 0x00),
    (0x00, 0xcd, 0x00),
    (0xcd, 0xcd, 0x00),
    (0x00, 0x00, 0xee),
    (0xcd, 0x00, 0xcd),
    (0x00, 0xcd, 0xcd),
    (0xe5, 0xe5, 0xe5),
    (0x7f, 0x7f, 0x7f),
    (0xff, 0x00, 0x00),
    (0x00, 0xff, 0x00),
    (0xff, 0xff, 0x00),
    (0x5c, 0x5c, 0xff),
    (0xff, 0x00, 0xff),
    (0x00, 0xff, 0xff),
    (0xff, 0xff, 0xff),
];

/// One of the 256.
pub fn color(index: u8) -> (u8, u8, u8) {
    let level = |n: u8| if n == 0 { 0 } else { 55 + n * 40 };
    match index {
        0..16 => BASE[usize::from(index)],
        16..232 => {
            let n = index - 16;
            (level(n / 36), level(n / 6 % 6), level(n % 6))
        }
        _ => {
            let gray = 8 + (index - 232) * 10;
            (gray, gray, gray)
        }
    }
}

/// As X11 writes it: `rgb:RRRR/GGGG/BBBB`.
pub fn spec((r, g, b): (u8, u8, u8)) -> String {
    format!("rgb:{r:02x}{r:02x}/{g:02x}{g:02x}/{b:02x}{b:02x}")
}

/// Whether a background is light (by relative luminance).
pub fn is_light((r, g, b): (u8, u8, u8)) -> bool {
    299 * u32::from(r) + 587 * u32::from(g) + 114 * u32::from(b) > 127_500
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_specifications_are_read() {
        let cases = [
            ("rgb:f0f0/8080/0000", Some((0xf0, 0x80, 0))),
            ("rgb:f/8/0", Some((0xff, 0x88, 0))),
            ("rgb:ff/80/0", Some((0xff, 0x80, 0))),
            ("#fff", Some((0xf0, 0xf0, 0xf0))),
            ("#f08000", Some((0xf0, 0x80, 0))),
            ("#f00800000", Some((0xf0, 0x80, 0))),
            ("#f000800000ff", Some((0xf0, 0x80, 0))),
            ("rgb:f/f", None),
            ("rgb:+f/f/f", None),
            ("#ff", None),
            ("#éa", None),
            ("red", None),
        ];
        for (spec, rgb) in cases {
            assert_eq!(parse(spec), rgb, "{spec}");
        }
    }

    #[test]
    fn the_cube_and_the_ramp_are_xterms() {
        assert_eq!((color(16), color(231), color(196)), ((0, 0, 0), (255, 255, 255), (255, 0, 0)));
        assert_eq!((color(232), color(255)), ((8, 8, 8), (238, 238, 238)));
        assert_eq!(spec((1, 2, 255)), "rgb:0101/0202/ffff");
    }
}
