//! What the terminal answers: who it is, where the cursor is, which modes and settings are in force.
//!
//! Part of `Terminal`. Answers are truthful: what is not supported is not claimed. xterm's ctlseqs; kitty and contour for theirs.

use super::csi::Csi;
use super::palette::Slot;
use super::settings::AttributeExtent;
use super::style::Attributes;
use super::{Terminal, modes, palette, sgr};

/// A cell's size in pixels for programs that ask; homing draws no pixels. Chosen: a usual one.
const CELL_PIXELS: (u32, u32) = (8, 16);
/// DA1: VT220 class, ANSI colour (22), clipboard (52).
const DEVICE_ATTRIBUTES: &[u8] = b"\x1b[?62;22;52c";
/// DA2: what programs take for an xterm of today, which is what the terminal's type says too.
const SECONDARY_ATTRIBUTES: &[u8] = b"\x1b[>41;354;0c";
/// Answers to `CSI ? n n`: no printer, user keys unlocked, a North American keyboard that is ready, no locator (twice asked), of
/// unknown kind, no data errors, one session.
const DEVICE_STATUS: [(u16, &str); 8] =
    [(15, "13"), (25, "20"), (26, "27;1;0;0"), (53, "50"), (55, "50"), (56, "57;0"), (75, "70"), (85, "83")];
/// DECMSR: no room for macros.
const NO_MACRO_SPACE: &[u8] = b"\x1b[0*{";
/// DA3: a unit without number.
const TERTIARY_ATTRIBUTES: &[u8] = b"\x1bP!|00000000\x1b\\";
/// What XTGETTCAP tells: names and values. Neither is hex encoded here.
const CAPABILITIES: [(&str, &str); 4] = [("Co", "256"), ("colors", "256"), ("RGB", "8/8/8"), ("TN", "xterm-256color")];
/// XTGETTCAP names in one question beyond this are not answered.
const MAX_NAMES: usize = 64;

impl Terminal {
    pub(super) fn report(&mut self, csi: &Csi<'_>) {
        let first = csi.get(0, 0);
        match (csi.private, csi.last, first) {
            (0, b'c', 0) => self.report_attributes(),
            (b'>', b'c', 0) => self.outbox.reply(SECONDARY_ATTRIBUTES),
            (b'=', b'c', 0) => self.outbox.reply(TERTIARY_ATTRIBUTES),
            (b'>', b'q', 0) => {
                let version = format!("\x1bP>|homing({})\x1b\\", env!("CARGO_PKG_VERSION"));
                self.outbox.reply(version.as_bytes());
            }
            (0, b'n', 5) => self.outbox.reply(b"\x1b[0n"),
            (0, b'n', 6) => self.report_cursor(""),
            // Without the page that a VT400 adds: Claude Code takes no third number.
            (b'?', b'n', 6) => self.report_cursor("?"),
            (b'?', b'n', 62) => self.outbox.reply(NO_MACRO_SPACE),
            (b'?', b'n', 63) => {
                let id = csi.get(1, 0);
                self.outbox.reply(format!("\x1bP{id}!~0000\x1b\\").as_bytes());
            }
            (b'?', b'n', 15 | 25 | 26 | 53 | 55 | 56 | 75 | 85) => {
                if let Some((_, status)) = DEVICE_STATUS.iter().find(|(question, _)| *question == first) {
                    self.outbox.reply(format!("\x1b[?{status}n").as_bytes());
                }
            }
            (b'?', b'n', 996) => {
                let background = Slot::dynamic(11).and_then(|slot| self.palette.get(slot));
                let scheme = if palette::is_light(background.unwrap_or(self.options.background)) { 2 } else { 1 };
                self.outbox.reply(format!("\x1b[?997;{scheme}n").as_bytes());
            }
            (b'?', b'u', _) => {
                let flags = self.screen().kitty.flags();
                self.outbox.reply(format!("\x1b[?{flags}u").as_bytes());
            }
            (b'?', b'm', 4) => {
                let level = self.modes.modify_other_keys;
                self.outbox.reply(format!("\x1b[>4;{level}m").as_bytes());
            }
            (0, b't', _) => self.window_operation(first, csi.get(1, 0)),
            _ => {}
        }
    }

    fn report_cursor(&mut self, mark: &str) {
        let at = self.screen_mut().settle();
        let screen = self.screen();
        let (top, left) = if screen.origin { (screen.region.top, screen.region.left) } else { (0, 0) };
        let col = at.col.min(self.size.cols() - 1).saturating_sub(left) + 1;
        let row = at.row.saturating_sub(top) + 1;
        self.outbox.reply(format!("\x1b[{mark}{row};{col}R").as_bytes());
    }

    fn window_operation(&mut self, operation: u16, what: u16) {
        let (cols, rows) = (u32::from(self.size.cols()), u32::from(self.size.rows()));
        let (width, height) = CELL_PIXELS;
        let answer = match operation {
            11 => "\x1b[1t".to_owned(),
            13 => "\x1b[3;0;0t".to_owned(),
            14 => format!("\x1b[4;{};{}t", rows * height, cols * width),
            15 => format!("\x1b[5;{};{}t", rows * height, cols * width),
            16 => format!("\x1b[6;{height};{width}t"),
            18 => format!("\x1b[8;{rows};{cols}t"),
            19 => format!("\x1b[9;{rows};{cols}t"),
            // The titles: a program could type what it set itself into a shell. Empty, as in xterm by default.
            20 => "\x1b]L\x1b\\".to_owned(),
            21 => "\x1b]l\x1b\\".to_owned(),
            22 if what != 1 => return self.titles.push(),
            23 if what != 1 => {
                if self.titles.pop() {
                    let title = self.titles.current.clone().unwrap_or_default();
                    self.outbox.event(super::TermEvent::Title(title));
                }
                return;
            }
            _ => return,
        };
        self.outbox.reply(answer.as_bytes());
    }

    /// Mode 2048: the size, now and at each change.
    pub(super) fn report_size(&mut self) {
        let (cols, rows) = (u32::from(self.size.cols()), u32::from(self.size.rows()));
        let (width, height) = CELL_PIXELS;
        let text = format!("\x1b[48;{rows};{cols};{};{}t", rows * height, cols * width);
        self.outbox.reply(text.as_bytes());
    }

    /// DECRQM for ANSI modes.
    pub(super) fn report_ansi_mode(&mut self, mode: u16) {
        let state = match modes::ansi_flag(mode) {
            None if modes::is_always_reset(mode) => ALWAYS_RESET,
            flag => mode_state(flag.map(|flag| self.modes.has(flag))),
        };
        self.outbox.reply(format!("\x1b[{mode};{state}$y").as_bytes());
    }

    /// DECRQM for private modes.
    pub(super) fn report_private_mode(&mut self, mode: u16) {
        let state = match self.is_private_mode_set(mode) {
            None if modes::is_private_always_reset(mode) => ALWAYS_RESET,
            set => mode_state(set),
        };
        self.outbox.reply(format!("\x1b[?{mode};{state}$y").as_bytes());
    }

    /// Whether a private mode is set; `None` for one that is not known.
    pub(super) fn is_private_mode_set(&self, mode: u16) -> Option<bool> {
        match mode {
            6 => Some(self.screen().origin),
            47 | 1047 | 1049 => Some(self.shown == super::Shown::Alternate),
            1048 => Some(true),
            _ => self.modes.is_private_set(mode),
        }
    }

    /// DA1 and DECID.
    pub(super) fn report_attributes(&mut self) {
        self.outbox.reply(DEVICE_ATTRIBUTES);
    }

    pub(super) fn dcs(&mut self, body: &[u8]) {
        if let Some(setting) = body.strip_prefix(b"$q") {
            self.report_setting(setting);
        } else if let Some(names) = body.strip_prefix(b"+q") {
            for name in names.split(|&b| b == b';').take(MAX_NAMES) {
                self.report_capability(name);
            }
        }
    }

    /// DECRQSS.
    fn report_setting(&mut self, setting: &[u8]) {
        let mut answer = b"\x1bP1$r".to_vec();
        match setting {
            b"m" => {
                let before = answer.len();
                sgr::write_parameters(&self.pen.style, &mut answer);
                if answer.len() == before {
                    answer.push(b'0');
                }
            }
            b"r" => {
                let region = self.screen().region;
                answer.extend_from_slice(format!("{};{}", region.top + 1, region.bottom + 1).as_bytes());
            }
            b" q" => answer.extend_from_slice(self.modes.cursor_shape.to_string().as_bytes()),
            b"s" => {
                let region = self.screen().region;
                answer.extend_from_slice(format!("{};{}", region.left + 1, region.right + 1).as_bytes());
            }
            b"t" | b"*|" => answer.extend_from_slice(self.size.rows().to_string().as_bytes()),
            b"\"p" => answer.extend_from_slice(format!("6{};1", self.settings.level).as_bytes()),
            b"\"q" => {
                let is_protected = self.pen.style.attributes.has(Attributes::PROTECTED);
                answer.push(if is_protected { b'1' } else { b'0' });
            }
            b"*x" => {
                let is_rectangle = self.settings.extent == AttributeExtent::Rectangle;
                answer.push(if is_rectangle { b'2' } else { b'0' });
            }
            // DECSASD and DECSSDT: there is no status line.
            b"$}" | b"$~" => answer.push(b'0'),
            _ => return self.outbox.reply(b"\x1bP0$r\x1b\\"),
        }
        answer.extend_from_slice(setting);
        answer.extend_from_slice(b"\x1b\\");
        self.outbox.reply(&answer);
    }

    /// XTGETTCAP: one name, hex encoded.
    fn report_capability(&mut self, name: &[u8]) {
        let known = CAPABILITIES.iter().find(|(known, _)| hex(known).as_bytes().eq_ignore_ascii_case(name));
        let name: String = name.iter().filter(|b| b.is_ascii_hexdigit()).map(|&b| char::from(b)).collect();
        let answer = match known {
            Some((_, value)) => format!("\x1bP1+r{name}={}\x1b\\", hex(value)),
            None => format!("\x1bP0+r{name}\x1b\\"),
        };
        self.outbox.reply(answer.as_bytes());
    }
}

/// DECRPM's number for a mode that is known and cannot be set.
const ALWAYS_RESET: u8 = 4;

/// DECRPM's number: 0 not recognized, 1 set, 2 reset.
fn mode_state(set: Option<bool>) -> u8 {
    match set {
        None => 0,
        Some(true) => 1,
        Some(false) => 2,
    }
}

fn hex(text: &str) -> String {
    text.bytes().map(|b| format!("{b:02x}")).collect()
}
