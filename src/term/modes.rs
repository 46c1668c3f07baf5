//! The modes that programs set and reset, and the kitty keyboard protocol's stacks.
//!
//! Pure. Numbers as in xterm's ctlseqs; 2026, 2027, 2031, 2048 as in contour's and kitty's specifications.

use super::{MouseEncoding, MouseMode};

/// Most entries of a kitty stack; the oldest are dropped (the protocol asks for a limit). Chosen.
const MAX_KITTY_ENTRIES: usize = 16;
/// The flags that the protocol knows.
const KITTY_FLAGS: u8 = 0b1_1111;

/// Private modes that are one bit of ours.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Flag {
    /// 1, DECCKM.
    ApplicationCursor,
    /// 66, DECNKM; `ESC =`.
    ApplicationKeypad,
    /// 7, DECAWM.
    Autowrap,
    /// 12, att610.
    CursorBlink,
    /// 25, DECTCEM.
    CursorVisible,
    /// 1004.
    FocusEvents,
    /// 1007.
    AlternateScroll,
    /// 2004.
    BracketedPaste,
    /// 2026.
    Synchronized,
    /// 2031.
    ColorSchemeReports,
    /// 2048.
    SizeReports,
    /// 4 (ANSI), IRM.
    Insert,
    /// 20 (ANSI), LNM.
    Newline,
    /// 45 and 1045: moving back from the first column goes to the row above.
    ReverseWrap,
    /// 41: a tab behind the last column wraps first.
    TabWraps,
    /// 69, DECLRMM: `CSI s` sets the left and the right margin.
    SideMargins,
    /// 5, DECSCNM: the whole screen inverse.
    ReverseVideo,
    /// 40: DECCOLM counts.
    AllowColumns,
    /// 3, DECCOLM. A pane keeps its width; the screen is cleared.
    Columns132,
    /// 4, DECSCLM. Remembered only: nothing here scrolls smoothly.
    SmoothScroll,
    /// 18, DECPFF. Remembered only: there is no printer.
    PrintFormFeed,
    /// 19, DECPEX. Remembered only.
    PrintExtent,
    /// 42, DECNRCM. Remembered only: national sets are read as ASCII.
    NationalSets,
    /// 67, DECBKM. Remembered only.
    BackarrowSendsBackspace,
    /// 2 (ANSI), KAM. Remembered only: a program cannot lock the user out.
    KeyboardLock,
    /// 12 (ANSI), SRM. Remembered only: echo is the program's.
    SendReceive,
}

/// Private modes by number.
const PRIVATE: [(u16, Flag); 23] = [
    (1, Flag::ApplicationCursor),
    (3, Flag::Columns132),
    (4, Flag::SmoothScroll),
    (5, Flag::ReverseVideo),
    (7, Flag::Autowrap),
    (12, Flag::CursorBlink),
    (18, Flag::PrintFormFeed),
    (19, Flag::PrintExtent),
    (25, Flag::CursorVisible),
    (40, Flag::AllowColumns),
    (41, Flag::TabWraps),
    (42, Flag::NationalSets),
    (45, Flag::ReverseWrap),
    (66, Flag::ApplicationKeypad),
    (67, Flag::BackarrowSendsBackspace),
    (69, Flag::SideMargins),
    (1045, Flag::ReverseWrap),
    (1004, Flag::FocusEvents),
    (1007, Flag::AlternateScroll),
    (2004, Flag::BracketedPaste),
    (2026, Flag::Synchronized),
    (2031, Flag::ColorSchemeReports),
    (2048, Flag::SizeReports),
];

const ANSI: [(u16, Flag); 4] =
    [(2, Flag::KeyboardLock), (4, Flag::Insert), (12, Flag::SendReceive), (20, Flag::Newline)];

/// ANSI modes of ECMA-48 that terminals have reset for good (GATM, SRTM, VEM, HEM, PUM, FEAM, FETM, MATM, TTM, SATM, TSM, EBM).
const ALWAYS_RESET: [u16; 12] = [1, 5, 7, 10, 11, 13, 14, 15, 16, 17, 18, 19];

/// Private modes that are known and can never be set: cursor coupling (DECHCCM, DECVCCM, DECPCCM), as no page is larger than the pane.
const PRIVATE_ALWAYS_RESET: [u16; 3] = [60, 61, 64];

const MOUSE: [(u16, MouseMode); 4] = [
    (9, MouseMode::Press),
    (1000, MouseMode::PressRelease),
    (1002, MouseMode::ButtonMotion),
    (1003, MouseMode::AnyMotion),
];

const ENCODINGS: [(u16, MouseEncoding); 2] = [(1005, MouseEncoding::Utf8), (1006, MouseEncoding::Sgr)];

fn find<T: Copy>(table: &[(u16, T)], number: u16) -> Option<T> {
    table.iter().find(|(n, _)| *n == number).map(|(_, value)| *value)
}

/// The flag of a private mode.
pub fn private_flag(number: u16) -> Option<Flag> {
    find(&PRIVATE, number)
}

/// Whether an ANSI mode is known and can never be set.
pub fn is_always_reset(number: u16) -> bool {
    ALWAYS_RESET.contains(&number)
}

/// Whether a private mode is known and can never be set.
pub fn is_private_always_reset(number: u16) -> bool {
    PRIVATE_ALWAYS_RESET.contains(&number)
}

/// The flag of an ANSI mode.
pub fn ansi_flag(number: u16) -> Option<Flag> {
    find(&ANSI, number)
}

/// The modes in force.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ModeState {
    flags: u32,
    /// Mouse events wanted.
    pub mouse: MouseMode,
    /// How they are written.
    pub encoding: MouseEncoding,
    /// modifyOtherKeys, 0 to 3.
    pub modify_other_keys: u8,
    /// DECSCUSR, 0 to 6.
    pub cursor_shape: u8,
}

impl Default for ModeState {
    fn default() -> Self {
        let mut modes = Self {
            flags: 0,
            mouse: MouseMode::Off,
            encoding: MouseEncoding::Default,
            modify_other_keys: 0,
            cursor_shape: 0,
        };
        // 1007 is on from the start, as in most terminals of today: the wheel moves in `less`.
        for flag in [Flag::Autowrap, Flag::CursorVisible, Flag::AlternateScroll] {
            modes.set(flag);
        }
        modes
    }
}

impl ModeState {
    /// Whether the flag is set.
    pub fn has(&self, flag: Flag) -> bool {
        self.flags >> flag as u8 & 1 == 1
    }

    /// Sets the flag.
    pub fn set(&mut self, flag: Flag) {
        self.flags |= 1 << flag as u8;
    }

    /// Resets the flag.
    pub fn reset(&mut self, flag: Flag) {
        self.flags &= !(1 << flag as u8);
    }

    /// DECSET of a mouse mode; whether it is one.
    pub fn set_mouse(&mut self, number: u16) -> bool {
        if let Some(mode) = find(&MOUSE, number) {
            self.mouse = mode;
        } else if let Some(encoding) = find(&ENCODINGS, number) {
            self.encoding = encoding;
        } else {
            return false;
        }
        true
    }

    /// DECRST of a mouse mode; whether it is one. As in xterm, resetting any of them ends mouse events.
    pub fn reset_mouse(&mut self, number: u16) -> bool {
        if find(&MOUSE, number).is_some() {
            self.mouse = MouseMode::Off;
        } else if let Some(encoding) = find(&ENCODINGS, number) {
            if self.encoding == encoding {
                self.encoding = MouseEncoding::Default;
            }
        } else {
            return false;
        }
        true
    }

    /// Whether a private mode is set, for DECRQM; `None` for modes that are not ours.
    pub fn is_private_set(&self, number: u16) -> Option<bool> {
        private_flag(number)
            .map(|flag| self.has(flag))
            .or_else(|| find(&MOUSE, number).map(|mode| self.mouse == mode))
            .or_else(|| find(&ENCODINGS, number).map(|encoding| self.encoding == encoding))
    }

    /// DECSTR's part: cursor shown, numeric keypad, no insert mode, no left and right margins.
    pub fn soft_reset(&mut self) {
        for flag in [
            Flag::ApplicationCursor,
            Flag::ApplicationKeypad,
            Flag::Insert,
            Flag::ReverseWrap,
            Flag::SideMargins,
            Flag::NationalSets,
            Flag::KeyboardLock,
        ] {
            self.reset(flag);
        }
        for flag in [Flag::CursorVisible, Flag::Autowrap] {
            self.set(flag);
        }
    }

    /// For a snapshot: flags, mouse, encoding, modifyOtherKeys, cursor shape.
    pub fn to_numbers(self) -> [u32; 5] {
        [
            self.flags,
            self.mouse as u32,
            self.encoding as u32,
            u32::from(self.modify_other_keys),
            u32::from(self.cursor_shape),
        ]
    }

    /// The reverse of `to_numbers`; unknown numbers become the default.
    pub fn from_numbers([flags, mouse, encoding, modify_other_keys, cursor_shape]: [u32; 5]) -> Self {
        let low = |n: u32, most: u32| u8::try_from(if n <= most { n } else { 0 }).unwrap_or(0);
        Self {
            flags,
            mouse: MOUSE.iter().map(|(_, mode)| *mode).find(|mode| *mode as u32 == mouse).unwrap_or_default(),
            encoding: ENCODINGS.iter().map(|(_, e)| *e).find(|e| *e as u32 == encoding).unwrap_or_default(),
            modify_other_keys: low(modify_other_keys, 3),
            cursor_shape: low(cursor_shape, 6),
        }
    }
}

/// The kitty keyboard protocol's stack of flags; the last is in force.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct KittyStack {
    entries: Vec<u8>,
}

impl KittyStack {
    /// A stack as a snapshot told it.
    pub fn from_entries(entries: &[u8]) -> Self {
        Self { entries: entries.iter().rev().take(MAX_KITTY_ENTRIES).rev().map(|e| e & KITTY_FLAGS).collect() }
    }

    /// From the oldest to the one in force.
    pub fn entries(&self) -> &[u8] {
        &self.entries
    }

    /// The flags in force.
    pub fn flags(&self) -> u8 {
        self.entries.last().copied().unwrap_or(0)
    }

    /// `CSI > flags u`.
    pub fn push(&mut self, flags: u16) {
        if self.entries.is_empty() {
            // What was in force before the first push: nothing.
            self.entries.push(0);
        }
        if self.entries.len() >= MAX_KITTY_ENTRIES {
            self.entries.remove(0);
        }
        self.entries.push(known(flags));
    }

    /// `CSI < n u`.
    pub fn pop(&mut self, n: u16) {
        self.entries.truncate(self.entries.len().saturating_sub(usize::from(n.max(1))));
    }

    /// `CSI = flags ; how u`: 1 sets all flags as given, 2 adds, 3 takes away.
    pub fn change(&mut self, flags: u16, how: u16) {
        let (now, flags) = (self.flags(), known(flags));
        let new = match how {
            2 => now | flags,
            3 => now & !flags,
            _ => flags,
        };
        match self.entries.last_mut() {
            Some(last) => *last = new,
            None => self.entries.push(new),
        }
    }
}

fn known(flags: u16) -> u8 {
    u8::try_from(flags & u16::from(KITTY_FLAGS)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kitty_flags_are_pushed_changed_and_popped() {
        let mut stack = KittyStack::default();
        stack.push(1);
        stack.push(5);
        stack.change(2, 2);
        assert_eq!(stack.flags(), 7);
        stack.change(1, 3);
        assert_eq!(stack.flags(), 6);
        stack.pop(0);
        assert_eq!(stack.flags(), 1);
        stack.pop(9);
        assert_eq!(stack.flags(), 0);
        (0..100).for_each(|n| stack.push(n));
        assert_eq!((stack.entries().len(), stack.flags()), (MAX_KITTY_ENTRIES, 99 & KITTY_FLAGS));
    }

    #[test]
    fn modes_survive_a_snapshot() {
        let mut modes = ModeState::default();
        modes.set(Flag::FocusEvents);
        modes.reset(Flag::Autowrap);
        assert!(modes.set_mouse(1003) && modes.set_mouse(1006) && !modes.set_mouse(1016));
        modes.cursor_shape = 6;
        assert_eq!(ModeState::from_numbers(modes.to_numbers()), modes);
        assert!(modes.reset_mouse(1000) && modes.mouse == MouseMode::Off);
    }
}
