//! What the parts of homing that take bytes from outside are put through: by the property tests here, and by the fuzz targets under
//! `fuzz/`. Each body takes any bytes and panics where a promise is broken.

pub mod input;
pub mod reading;
pub mod terminal;
pub mod texts;
pub mod wire;

/// A body.
pub type Body = fn(&[u8]);

/// All bodies by the names of their targets and of the directories of their corpus.
pub const ALL: &[(&str, Body)] = &[
    ("screen", terminal::screen),
    ("cuts", terminal::cuts),
    ("snapshot", terminal::snapshot),
    ("reading", reading::reading),
    ("typed", input::typed),
    ("frames", wire::frames),
    ("report", texts::report),
    ("settings", texts::settings),
];
