//! The outer terminal's bytes → events, incrementally: a cut anywhere in the stream changes nothing.
//!
//! This file owns the state machine that finds where a sequence ends; `csi` and `reply` say what it means. Sequences
//! that nobody knows are swallowed whole, so that they never reach an agent as text. Pure: the caller has the timer.

mod csi;
mod mouse;
mod reply;

use memchr::memmem;

use super::event::{InputEvent, KeyCode, KeyEvent, Modifiers, MouseButton};

/// How long a lone ESC or an unfinished sequence is waited for before `InputParser::timeout` is due, in milliseconds.
/// Longer than the gap between two reads of one sequence, and not to be felt: tmux's own since its version 3.5.
pub const ESCAPE_DELAY_MS: u64 = 10;

/// Most bytes of one `InputEvent::Paste`. A longer paste comes as several events, cut between characters, so that
/// nothing is lost and a missing end mark cannot take all memory.
pub const MAX_PASTE_BYTES: usize = 64 << 20;

/// Most bytes kept of a reply (OSC, DCS, APC); what is longer is swallowed unread. Chosen.
const MAX_REPLY_BYTES: usize = 64 << 10;

/// Most bytes kept of a CSI sequence; what is longer is swallowed unread. Chosen: far above any key with its text.
const MAX_CSI_BYTES: usize = 1024;

/// Time-outs in a row after which an unfinished sequence is given up: 1 s, for links that pause inside one.
const PATIENCE: u8 = 40;

const ESC: u8 = 0x1b;
const BEL: u8 = 0x07;
const PASTE_END: &[u8] = b"\x1b[201~";

/// What the bytes so far are the beginning of.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum State {
    /// Nothing.
    #[default]
    Ground,
    /// A character of several bytes.
    Utf8,
    /// ESC.
    Escape,
    /// ESC ESC: two presses, or Alt with a key that has a sequence.
    EscapeEscape,
    /// CSI.
    Csi,
    /// `CSI [`: a function key of the Linux console, one byte to come.
    ConsoleKey,
    /// `CSI M`: a mouse event as three bytes.
    MouseBytes,
    /// SS3.
    Ss3,
    /// OSC, DCS, APC, PM or SOS; the byte after ESC tells which.
    Text(u8),
    /// The same, after an ESC that may be the first half of its end.
    TextEscape(u8),
    /// A bracketed paste.
    Paste,
}

/// Turns the outer terminal's bytes into events.
#[derive(Debug, Default)]
pub struct InputParser {
    state: State,
    /// The unfinished sequence, character or paste, without its introducer.
    buffer: Vec<u8>,
    /// Whether an ESC before the sequence or character means Alt.
    alt: bool,
    /// Time-outs since the last byte.
    timeouts: u8,
    /// The button that is down: X10 bytes do not say which one went up.
    held: Option<MouseButton>,
    /// Cursor position reports that were asked for and did not come yet.
    expected_positions: u8,
}

impl InputParser {
    /// A parser that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes and appends what they complete. Any cut of the stream gives the same events, as long as no
    /// `timeout` falls between.
    pub fn feed(&mut self, bytes: &[u8], out: &mut Vec<InputEvent>) {
        self.timeouts = 0;
        let mut rest = bytes;
        while let Some((byte, after)) = rest.split_first() {
            if self.state == State::Paste {
                rest = self.paste(rest, MAX_PASTE_BYTES, out);
            } else {
                self.byte(*byte, out);
                rest = after;
            }
        }
    }

    /// Whether a lone ESC or an unfinished sequence is held back. The caller waits `ESCAPE_DELAY_MS` for further bytes,
    /// calls `timeout`, and starts over while this stays true. A paste without its end does not count: cutting it
    /// short would turn its rest into keys.
    pub fn is_waiting(&self) -> bool {
        !matches!(self.state, State::Ground | State::Utf8 | State::Paste)
    }

    /// Nothing came for `ESCAPE_DELAY_MS`: what can be a key press by itself becomes one; what can only be a piece of a
    /// sequence is waited for a little longer, then dropped.
    pub fn timeout(&mut self, out: &mut Vec<InputEvent>) {
        match self.state {
            State::Ground | State::Utf8 | State::Paste => return,
            State::Escape => out.push(escape_key()),
            State::EscapeEscape => out.extend([escape_key(), escape_key()]),
            State::Csi if self.buffer.is_empty() => self.alt_introducer('[', out),
            State::Ss3 if self.buffer.is_empty() => self.alt_introducer('O', out),
            State::Text(introducer) if self.buffer.is_empty() => self.alt_introducer(char::from(introducer), out),
            _ => {
                self.timeouts = self.timeouts.saturating_add(1);
                if self.timeouts < PATIENCE {
                    return;
                }
            }
        }
        self.reset();
    }

    /// Tells that a cursor position was asked for (`CSI 6 n`): the next `CSI 1;n R`, which is also how F3 with modifiers
    /// is written, is the answer. Without this, only reports that cannot be F3 are taken for one.
    pub fn expect_cursor_position(&mut self) {
        self.expected_positions = self.expected_positions.saturating_add(1);
    }

    fn reset(&mut self) {
        self.state = State::Ground;
        self.buffer.clear();
        self.alt = false;
        self.timeouts = 0;
    }

    fn start(&mut self, state: State) {
        self.state = state;
        self.buffer.clear();
    }

    fn alt_introducer(&self, c: char, out: &mut Vec<InputEvent>) {
        if self.alt {
            out.push(escape_key());
        }
        out.push(InputEvent::Key(KeyEvent::new(KeyCode::Char(c), Modifiers::ALT)));
    }

    fn byte(&mut self, byte: u8, out: &mut Vec<InputEvent>) {
        match self.state {
            State::Ground | State::Paste => self.ground(byte, out),
            State::Utf8 => self.utf8(byte, out),
            State::Escape => self.escape(byte, out),
            State::EscapeEscape => self.escape_escape(byte, out),
            State::Csi => self.csi(byte, out),
            State::Ss3 => self.ss3(byte, out),
            State::ConsoleKey => {
                if self.is_interrupted_by(byte, out) {
                    return;
                }
                csi::console_key(byte, self.alt, out);
                self.reset();
            }
            State::MouseBytes => self.mouse_bytes(byte, out),
            State::Text(introducer) => self.text(introducer, byte, out),
            State::TextEscape(introducer) => {
                if byte == b'\\' {
                    self.end_text(introducer, out);
                } else {
                    self.reset();
                    self.escape(byte, out);
                }
            }
        }
    }

    /// A control byte inside a sequence ends it: terminals send none there, so it is a key of the user's.
    fn is_interrupted_by(&mut self, byte: u8, out: &mut Vec<InputEvent>) -> bool {
        if (0x20..0x7f).contains(&byte) {
            return false;
        }
        self.reset();
        self.ground(byte, out);
        true
    }

    fn ground(&mut self, byte: u8, out: &mut Vec<InputEvent>) {
        match byte {
            ESC => self.start(State::Escape),
            0..0x20 | 0x7f => self.key(control_key(byte), out),
            0x20..0x7f => self.key(KeyEvent::char(char::from(byte)), out),
            // Continuation bytes without a beginning and bytes that UTF-8 never has are dropped.
            0xc2..=0xf4 => {
                self.start(State::Utf8);
                self.buffer.push(byte);
            }
            _ => self.reset(),
        }
    }

    fn key(&mut self, mut key: KeyEvent, out: &mut Vec<InputEvent>) {
        if self.alt {
            key.modifiers |= Modifiers::ALT;
        }
        self.reset();
        out.push(InputEvent::Key(key));
    }

    fn utf8(&mut self, byte: u8, out: &mut Vec<InputEvent>) {
        if byte & 0xc0 != 0x80 {
            self.reset();
            return self.ground(byte, out);
        }
        self.buffer.push(byte);
        let length = match self.buffer.first() {
            Some(..0xe0) => 2,
            Some(0xe0..0xf0) => 3,
            _ => 4,
        };
        if self.buffer.len() < length {
            return;
        }
        let c = std::str::from_utf8(&self.buffer).ok().and_then(|text| text.chars().next());
        match c.filter(|c| !c.is_control()) {
            Some(c) => self.key(KeyEvent::char(c), out),
            None => self.reset(),
        }
    }

    fn escape(&mut self, byte: u8, out: &mut Vec<InputEvent>) {
        match byte {
            ESC => self.start(State::EscapeEscape),
            b'[' => self.start(State::Csi),
            b'O' => self.start(State::Ss3),
            b']' | b'P' | b'_' | b'^' | b'X' => self.start(State::Text(byte)),
            _ => {
                self.state = State::Ground;
                self.alt = true;
                self.ground(byte, out);
            }
        }
    }

    fn escape_escape(&mut self, byte: u8, out: &mut Vec<InputEvent>) {
        match byte {
            // Alt with a key that has a sequence, as rxvt, iTerm2 and the Linux console write it.
            b'[' | b'O' => {
                self.alt = true;
                self.start(if byte == b'[' { State::Csi } else { State::Ss3 });
            }
            _ => {
                out.push(escape_key());
                self.state = State::Escape;
                self.escape(byte, out);
            }
        }
    }

    fn csi(&mut self, byte: u8, out: &mut Vec<InputEvent>) {
        match byte {
            b'[' if self.buffer.is_empty() => self.start(State::ConsoleKey),
            b'M' if self.buffer.is_empty() => self.start(State::MouseBytes),
            0x20..0x40 => {
                if self.buffer.len() <= MAX_CSI_BYTES {
                    self.buffer.push(byte);
                }
            }
            b'~' if self.buffer == b"200" => self.start(State::Paste),
            0x40..0x7f => {
                let buffer = std::mem::take(&mut self.buffer);
                if buffer.len() <= MAX_CSI_BYTES {
                    csi::Sequence::new(&buffer, byte, self.alt).interpret(self, out);
                }
                self.buffer = buffer;
                self.reset();
            }
            _ => _ = self.is_interrupted_by(byte, out),
        }
    }

    fn ss3(&mut self, byte: u8, out: &mut Vec<InputEvent>) {
        if self.is_interrupted_by(byte, out) {
            return;
        }
        if matches!(byte, b'0'..=b'9' | b';') {
            if self.buffer.len() <= MAX_CSI_BYTES {
                self.buffer.push(byte);
            }
            return;
        }
        csi::ss3_key(&self.buffer, byte, self.alt, out);
        self.reset();
    }

    fn mouse_bytes(&mut self, byte: u8, out: &mut Vec<InputEvent>) {
        if byte < 0x20 {
            self.reset();
            return self.ground(byte, out);
        }
        self.buffer.push(byte);
        if let [button, column, row] = self.buffer[..] {
            let event = mouse::from_bytes([button, column, row], &mut self.held);
            out.extend(event.map(InputEvent::Mouse));
            self.reset();
        }
    }

    fn text(&mut self, introducer: u8, byte: u8, out: &mut Vec<InputEvent>) {
        match byte {
            BEL => self.end_text(introducer, out),
            ESC => self.state = State::TextEscape(introducer),
            0..0x20 => _ = self.is_interrupted_by(byte, out),
            _ => {
                if self.buffer.len() <= MAX_REPLY_BYTES {
                    self.buffer.push(byte);
                }
            }
        }
    }

    fn end_text(&mut self, introducer: u8, out: &mut Vec<InputEvent>) {
        if self.buffer.len() <= MAX_REPLY_BYTES {
            out.extend(reply::from_text(introducer, &self.buffer).map(InputEvent::Reply));
        }
        self.reset();
    }

    /// Takes paste bytes and returns what follows the paste. Each byte is looked at once, however the stream is cut.
    fn paste<'a>(&mut self, bytes: &'a [u8], limit: usize, out: &mut Vec<InputEvent>) -> &'a [u8] {
        // An end mark may begin in what came before.
        let tail_start = self.buffer.len().saturating_sub(PASTE_END.len() - 1);
        let tail_length = self.buffer.len() - tail_start;
        let mut seam = self.buffer[tail_start..].to_vec();
        seam.extend(bytes.iter().take(PASTE_END.len() - 1));
        let (paste_bytes, rest) = if let Some(at) = memmem::find(&seam, PASTE_END) {
            self.buffer.truncate(tail_start + at);
            (&[][..], bytes.get(at + PASTE_END.len() - tail_length..))
        } else if let Some(at) = memmem::find(bytes, PASTE_END) {
            (&bytes[..at], bytes.get(at + PASTE_END.len()..))
        } else {
            (bytes, None)
        };
        self.buffer.extend_from_slice(paste_bytes);
        // The end mark's bytes that may be there already stay behind.
        while self.buffer.len() >= limit + PASTE_END.len() {
            let cut = (limit.saturating_sub(3)..=limit).rev().find(|at| self.buffer[*at] & 0xc0 != 0x80);
            let next = self.buffer.split_off(cut.unwrap_or(limit).max(1));
            out.push(InputEvent::Paste(std::mem::replace(&mut self.buffer, next)));
        }
        match rest {
            Some(rest) => {
                out.push(InputEvent::Paste(std::mem::take(&mut self.buffer)));
                self.reset();
                rest
            }
            None => &[],
        }
    }
}

fn escape_key() -> InputEvent {
    InputEvent::Key(KeyEvent::new(KeyCode::Escape, Modifiers::NONE))
}

/// The key behind a control byte. Where several share one, the one that sends it back: `0x1f` is Ctrl+_ (also Ctrl+/),
/// `0x08` Ctrl+H (also Ctrl+Backspace), `0x0a` Ctrl+J.
fn control_key(byte: u8) -> KeyEvent {
    let ctrl = |c: char| KeyEvent::new(KeyCode::Char(c), Modifiers::CTRL);
    match byte {
        0x00 => ctrl(' '),
        b'\t' => KeyEvent::new(KeyCode::Tab, Modifiers::NONE),
        b'\r' => KeyEvent::new(KeyCode::Enter, Modifiers::NONE),
        0x7f => KeyEvent::new(KeyCode::Backspace, Modifiers::NONE),
        0x1c..=0x1f => ctrl(char::from(byte | 0x40)),
        _ => ctrl(char::from(byte | 0x60)),
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
