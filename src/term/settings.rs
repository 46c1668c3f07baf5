//! What programs set that is neither a mode nor part of a screen: conformance level, protection, checksum rules, saved modes.
//!
//! Pure.

/// Most private modes saved by XTSAVE; more are not saved. Chosen: more than there are.
const MAX_SAVED_MODES: usize = 64;

/// The highest level that DECSCL can set: VT420.
pub const HIGHEST_LEVEL: u8 = 4;

/// What protected cells are protected from, told by how they were protected last.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Protection {
    /// Nothing was protected yet.
    #[default]
    Never,
    /// DECSCA: from DECSED, DECSEL and DECSERA.
    Dec,
    /// SPA: from ED, EL and ECH.
    Iso,
}

/// DECSACE: what DECCARA and DECRARA change.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum AttributeExtent {
    /// From the first position to the last, line by line.
    #[default]
    Stream,
    /// The rectangle.
    Rectangle,
}

/// XTCHECKSUM's bits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ChecksumRules(u16);

impl Default for ChecksumRules {
    /// Negated, without attributes, without blanks at a row's end.
    fn default() -> Self {
        Self(0b10)
    }
}

impl ChecksumRules {
    /// The rules that a program asked for.
    pub fn new(bits: u16) -> Self {
        Self(bits)
    }

    /// For a snapshot.
    pub fn bits(self) -> u16 {
        self.0
    }

    fn has(self, bit: u16) -> bool {
        self.0 >> bit & 1 == 1
    }

    /// Whether the sum is not negated.
    pub fn is_positive(self) -> bool {
        self.has(0)
    }

    /// Whether video attributes count.
    pub fn counts_attributes(self) -> bool {
        !self.has(1)
    }

    /// Whether blanks count wherever they are.
    pub fn counts_blanks(self) -> bool {
        self.has(2)
    }

    /// Whether cells without a character do not count at all.
    pub fn skips_erased(self) -> bool {
        self.has(3)
    }

    /// What a character counts.
    pub fn value_of(self, c: char) -> u16 {
        let value = u16::try_from(u32::from(c) & 0xffff).unwrap_or(0);
        if self.has(4) { value } else { value & 0xff }
    }
}

/// The settings.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settings {
    /// DECSCL, 1 to `HIGHEST_LEVEL`.
    pub level: u8,
    /// DECSCA or SPA.
    pub protection: Protection,
    /// DECSACE.
    pub extent: AttributeExtent,
    /// XTCHECKSUM.
    pub checksum: ChecksumRules,
    saved_modes: Vec<(u16, bool)>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            level: HIGHEST_LEVEL,
            protection: Protection::default(),
            extent: AttributeExtent::default(),
            checksum: ChecksumRules::default(),
            saved_modes: Vec::new(),
        }
    }
}

impl Settings {
    /// XTSAVE of one mode.
    pub fn save_mode(&mut self, mode: u16, is_set: bool) {
        if let Some(saved) = self.saved_modes.iter_mut().find(|(saved, _)| *saved == mode) {
            saved.1 = is_set;
        } else if self.saved_modes.len() < MAX_SAVED_MODES {
            self.saved_modes.push((mode, is_set));
        }
    }

    /// Modes and whether they were set, for a snapshot.
    pub fn saved_modes(&self) -> &[(u16, bool)] {
        &self.saved_modes
    }

    /// What XTSAVE kept of the mode.
    pub fn saved_mode(&self, mode: u16) -> Option<bool> {
        self.saved_modes.iter().find(|(saved, _)| *saved == mode).map(|(_, is_set)| *is_set)
    }
}
