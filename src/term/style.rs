//! How a cell looks: colours and attributes, all that terminals know of them.
//!
//! Pure data.

/// A colour as a program named it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Color {
    /// The terminal's own.
    #[default]
    Default,
    /// One of the 256.
    Indexed(u8),
    /// 24 bits.
    Rgb(u8, u8, u8),
}

/// How a cell is underlined.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Underline {
    /// Not.
    #[default]
    None,
    /// By a line.
    Single,
    /// By two.
    Double,
    /// By a wave.
    Curly,
    /// By dots.
    Dotted,
    /// By dashes.
    Dashed,
}

/// Attributes as bits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Attributes(pub u16);

impl Attributes {
    /// SGR 1.
    pub const BOLD: u16 = 1;
    /// SGR 2.
    pub const DIM: u16 = 2;
    /// SGR 3.
    pub const ITALIC: u16 = 4;
    /// SGR 5 and 6.
    pub const BLINK: u16 = 8;
    /// SGR 7.
    pub const INVERSE: u16 = 16;
    /// SGR 8.
    pub const HIDDEN: u16 = 32;
    /// SGR 9.
    pub const STRIKE: u16 = 64;
    /// SGR 53.
    pub const OVERLINE: u16 = 128;
    /// DECSCA and SPA: not erased by selective erasing. Never part of what is drawn.
    pub const PROTECTED: u16 = 256;
    /// What can be seen.
    pub const VISIBLE: u16 = 255;

    /// Whether all of `bits` are set.
    pub const fn has(self, bits: u16) -> bool {
        self.0 & bits == bits
    }
}

/// How a cell looks.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Style {
    /// Text colour.
    pub fg: Color,
    /// Background colour.
    pub bg: Color,
    /// Underline colour; the default follows the text.
    pub underline_color: Color,
    /// Underline.
    pub underline: Underline,
    /// The rest.
    pub attributes: Attributes,
    /// Index of the hyperlink (OSC 8) in the terminal's link table; 0 for none.
    pub link: u32,
}
