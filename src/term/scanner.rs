//! Cuts a program's output into text and escape sequences, wherever the reads were cut.
//!
//! Owns the bytes of a sequence or character that is still under way; knows nothing of what sequences mean. Pure.
//! Grammar: ECMA-48 and the state machine of DEC's parsers (vt100.net/emu/dec_ansi_parser), for UTF-8 (no 8-bit C1).

use std::ops::Range;

const ESC: u8 = 0x1b;
const BEL: u8 = 0x07;
const CAN: u8 = 0x18;
const SUB: u8 = 0x1a;
const SO: u8 = 0x0e;
const SI: u8 = 0x0f;

/// Longest CSI body; longer ones are swallowed. Chosen: 32 parameters of 5 digits are 192 bytes.
const MAX_CSI_BYTES: usize = 1024;
/// Longest OSC and DCS body; longer ones are swallowed. Chosen.
const MAX_STRING_BYTES: usize = 64 << 10;
/// Longest OSC 52 (clipboard) body. Chosen.
const MAX_CLIPBOARD_BYTES: usize = 1 << 20;
/// What the buffer may keep between sequences.
const KEPT_BYTES: usize = 4 << 10;

/// How an OSC string was ended; answers end the same way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Terminator {
    /// BEL.
    Bell,
    /// ESC \.
    St,
}

/// A piece of output.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Token<'a> {
    /// Characters and C0 controls other than ESC, SO and SI. Never ends inside a UTF-8 character, but may hold invalid bytes.
    Text(&'a [u8]),
    /// SO (1) or SI (0).
    Shift(usize),
    /// Intermediates and the final byte of an ESC sequence.
    Escape(&'a [u8]),
    /// Everything after `ESC [`, final byte included; at least that.
    Csi(&'a [u8]),
    /// Everything between `ESC ]` and the terminator.
    Osc(&'a [u8], Terminator),
    /// Everything between `ESC P` and ST.
    Dcs(&'a [u8]),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum State {
    #[default]
    Ground,
    Escape,
    Csi,
    String(StringKind),
    /// An ESC came inside a string.
    StringEscape(StringKind),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum StringKind {
    Osc,
    Dcs,
    /// APC, PM, SOS: swallowed.
    Other,
}

#[derive(Clone, Copy)]
enum Kind {
    Text,
    Shift(usize),
    Escape,
    Csi,
    Osc(Terminator),
    Dcs,
}

/// Where a token's bytes lie.
enum Found {
    Input(Kind, Range<usize>),
    Buffer(Kind),
}

/// The scanner's state between two reads.
#[derive(Debug, Default)]
pub struct Scanner {
    state: State,
    /// The sequence or character under way, or the token handed out last.
    buffer: Vec<u8>,
    /// The buffer's token was handed out: clear it before anything else.
    spent: bool,
    /// The sequence under way is too long and will be swallowed.
    overflown: bool,
}

impl Scanner {
    /// Whether no sequence and no character is under way.
    pub fn is_at_rest(&self) -> bool {
        self.state == State::Ground && (self.spent || self.buffer.is_empty())
    }

    /// The next piece, taken off the front of `input`; `None` when the input is used up.
    pub fn next<'a, 'i: 'a>(&'a mut self, input: &mut &'i [u8]) -> Option<Token<'a>> {
        if self.spent {
            self.spent = false;
            self.buffer.clear();
            self.buffer.shrink_to(KEPT_BYTES);
        }
        while !input.is_empty() {
            let all: &'i [u8] = input;
            let (used, found) = self.step(all);
            *input = all.get(used..).unwrap_or_default();
            match found {
                None => {}
                Some(Found::Input(kind, range)) => return Some(token(kind, all.get(range).unwrap_or_default())),
                Some(Found::Buffer(kind)) => {
                    self.spent = true;
                    return Some(token(kind, &self.buffer));
                }
            }
        }
        None
    }

    /// One step of the machine over non-empty input: how many bytes it used, and what it found.
    fn step(&mut self, input: &[u8]) -> (usize, Option<Found>) {
        match self.state {
            State::Ground if self.buffer.is_empty() => self.ground(input),
            State::Ground => self.rest_of_character(input),
            State::Escape => self.escape(input),
            State::Csi => self.csi(input),
            State::String(kind) => self.string(kind, input),
            State::StringEscape(kind) => self.string_escape(kind, input),
        }
    }

    fn ground(&mut self, input: &[u8]) -> (usize, Option<Found>) {
        let end = memchr::memchr3(ESC, SO, SI, input).unwrap_or(input.len());
        if end > 0 {
            let text = &input[..end];
            let whole = whole_characters(text).len();
            if end == input.len() {
                self.buffer.extend_from_slice(&text[text.len() - incomplete_tail(text)..]);
            }
            return (end, (whole > 0).then_some(Found::Input(Kind::Text, 0..whole)));
        }
        match input {
            [SO, ..] => (1, Some(Found::Input(Kind::Shift(1), 0..0))),
            [SI, ..] => (1, Some(Found::Input(Kind::Shift(0), 0..0))),
            [_, b'[', body @ ..] => {
                let length = body.iter().position(|b| !(0x20..0x40).contains(b)).unwrap_or(body.len());
                match body.get(length) {
                    Some(0x40..=0x7e) if length <= MAX_CSI_BYTES => {
                        (length + 3, Some(Found::Input(Kind::Csi, 2..length + 3)))
                    }
                    _ => {
                        self.begin(State::Csi);
                        (2, None)
                    }
                }
            }
            _ => {
                self.begin(State::Escape);
                (1, None)
            }
        }
    }

    fn begin(&mut self, state: State) {
        self.state = state;
        self.buffer.clear();
        self.overflown = false;
    }

    fn rest_of_character(&mut self, input: &[u8]) -> (usize, Option<Found>) {
        let needed = character_length(self.buffer[0]);
        let mut used = 0;
        while self.buffer.len() < needed {
            match input.get(used) {
                Some(&b) if b & 0xc0 == 0x80 => self.buffer.push(b),
                Some(_) => {
                    self.buffer.clear();
                    return (used, None);
                }
                None => return (used, None),
            }
            used += 1;
        }
        (used, Some(Found::Buffer(Kind::Text)))
    }

    fn escape(&mut self, input: &[u8]) -> (usize, Option<Found>) {
        let byte = input[0];
        match byte {
            b'[' if self.buffer.is_empty() => self.begin(State::Csi),
            b']' if self.buffer.is_empty() => self.begin(State::String(StringKind::Osc)),
            b'P' if self.buffer.is_empty() => self.begin(State::String(StringKind::Dcs)),
            b'X' | b'^' | b'_' if self.buffer.is_empty() => self.begin(State::String(StringKind::Other)),
            0x20..=0x2f if self.buffer.len() < 4 => self.buffer.push(byte),
            0x30..=0x7e => {
                self.buffer.push(byte);
                self.state = State::Ground;
                return (1, Some(Found::Buffer(Kind::Escape)));
            }
            _ => return self.control_inside(byte),
        }
        (1, None)
    }

    fn csi(&mut self, input: &[u8]) -> (usize, Option<Found>) {
        let length = input.iter().position(|b| !(0x20..0x40).contains(b)).unwrap_or(input.len());
        if length > 0 {
            self.collect(&input[..length], MAX_CSI_BYTES);
            return (length, None);
        }
        let byte = input[0];
        if !(0x40..=0x7e).contains(&byte) {
            return self.control_inside(byte);
        }
        self.state = State::Ground;
        if self.overflown {
            self.buffer.clear();
            return (1, None);
        }
        self.buffer.push(byte);
        (1, Some(Found::Buffer(Kind::Csi)))
    }

    /// A byte that does not belong into an escape or control sequence.
    fn control_inside(&mut self, byte: u8) -> (usize, Option<Found>) {
        match byte {
            ESC => self.begin(State::Escape),
            CAN | SUB => self.begin(State::Ground),
            // The other C0 controls act at once; the sequence goes on.
            0..0x20 if byte != SO && byte != SI => return (1, Some(Found::Input(Kind::Text, 0..1))),
            0x7f | SO | SI => {}
            _ => {
                self.begin(State::Ground);
                return (0, None);
            }
        }
        (1, None)
    }

    fn string(&mut self, kind: StringKind, input: &[u8]) -> (usize, Option<Found>) {
        let length = input.iter().position(|&b| matches!(b, ESC | BEL | CAN | SUB)).unwrap_or(input.len());
        if length > 0 {
            let limit = match kind {
                StringKind::Osc if self.is_clipboard(input) => MAX_CLIPBOARD_BYTES,
                StringKind::Osc | StringKind::Dcs => MAX_STRING_BYTES,
                StringKind::Other => 0,
            };
            self.collect(&input[..length], limit);
            return (length, None);
        }
        match input[0] {
            ESC => self.state = State::StringEscape(kind),
            BEL if kind == StringKind::Osc => return (1, self.string_done(kind, Terminator::Bell)),
            BEL => self.collect(&[BEL], MAX_STRING_BYTES),
            _ => self.begin(State::Ground),
        }
        (1, None)
    }

    fn is_clipboard(&self, input: &[u8]) -> bool {
        const PREFIX: &[u8] = b"52;";
        if self.buffer.len() >= PREFIX.len() { self.buffer.starts_with(PREFIX) } else { input.starts_with(PREFIX) }
    }

    fn string_escape(&mut self, kind: StringKind, input: &[u8]) -> (usize, Option<Found>) {
        let found = self.string_done(kind, Terminator::St);
        if input[0] == b'\\' {
            return (1, found);
        }
        // Any other ESC sequence ends the string too, and counts itself.
        self.state = State::Escape;
        match found {
            // The buffer is still the string's: hand it out first; the byte is read again in the escape state.
            Some(found) => (0, Some(found)),
            None => (0, None),
        }
    }

    fn string_done(&mut self, kind: StringKind, terminator: Terminator) -> Option<Found> {
        self.state = State::Ground;
        if self.overflown || kind == StringKind::Other {
            self.buffer = Vec::new();
            self.overflown = false;
            return None;
        }
        Some(Found::Buffer(if kind == StringKind::Osc { Kind::Osc(terminator) } else { Kind::Dcs }))
    }

    fn collect(&mut self, bytes: &[u8], limit: usize) {
        if self.overflown || self.buffer.len() + bytes.len() > limit {
            self.overflown = true;
            self.buffer = Vec::new();
        } else {
            self.buffer.extend_from_slice(bytes);
        }
    }
}

fn token(kind: Kind, bytes: &[u8]) -> Token<'_> {
    match kind {
        Kind::Text => Token::Text(bytes),
        Kind::Shift(set) => Token::Shift(set),
        Kind::Escape => Token::Escape(bytes),
        Kind::Csi => Token::Csi(bytes),
        Kind::Osc(terminator) => Token::Osc(bytes, terminator),
        Kind::Dcs => Token::Dcs(bytes),
    }
}

/// Bytes of the UTF-8 character that starts with `lead`; 1 where that starts none.
fn character_length(lead: u8) -> usize {
    match lead {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => 1,
    }
}

/// The text without the incomplete characters at its end. Before the last may be others, which nothing will complete any more.
pub fn whole_characters(text: &[u8]) -> &[u8] {
    let mut whole = text;
    loop {
        match incomplete_tail(whole) {
            0 => return whole,
            broken => whole = &whole[..whole.len() - broken],
        }
    }
}

/// How many bytes at the end of the text begin a character that is not complete: 0 to 3.
fn incomplete_tail(text: &[u8]) -> usize {
    for (i, &byte) in text.iter().rev().take(3).enumerate() {
        if byte & 0xc0 != 0x80 {
            return if character_length(byte) > i + 1 { i + 1 } else { 0 };
        }
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(chunks: &[&[u8]]) -> Vec<String> {
        let mut scanner = Scanner::default();
        let mut out = Vec::new();
        for chunk in chunks {
            let mut rest = *chunk;
            while let Some(token) = scanner.next(&mut rest) {
                out.push(match token {
                    Token::Text(t) => format!("text {}", t.escape_ascii()),
                    Token::Shift(n) => format!("shift {n}"),
                    Token::Escape(t) => format!("esc {}", t.escape_ascii()),
                    Token::Csi(t) => format!("csi {}", t.escape_ascii()),
                    Token::Osc(t, end) => format!("osc {} {end:?}", t.escape_ascii()),
                    Token::Dcs(t) => format!("dcs {}", t.escape_ascii()),
                });
            }
        }
        out
    }

    #[test]
    fn every_kind_of_sequence_is_cut_out() {
        let bytes = b"ab\x1b[1;2mc\x1b(0\x0e\x1b]0;t;u\x07\x1bPq1\x1b\\\x1b_G\x1b\\z\x1b]2;x\x1b\\";
        let expected =
            ["text ab", "csi 1;2m", "text c", "esc (0", "shift 1", "osc 0;t;u Bell", "dcs q1", "text z", "osc 2;x St"];
        assert_eq!(scan(&[bytes]), expected);
    }

    #[test]
    fn a_sequence_or_character_cut_by_a_read_is_put_together() {
        let bytes = "é\x1b[31m日\x1b]8;;u\x1b\\".as_bytes();
        let pieces: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(scan(&pieces), ["text \\xc3\\xa9", "csi 31m", "text \\xe6\\x97\\xa5", "osc 8;;u St"]);
    }

    #[test]
    fn a_character_that_was_broken_off_stays_so() {
        assert_eq!(scan(&[b"a\xe2\xf0", b"\x9f\x98\x80"]), ["text a", "text \\xf0\\x9f\\x98\\x80"]);
        assert_eq!(scan(&[b"\xe2\xf0\x1b[mb"]), ["csi m", "text b"]);
    }

    #[test]
    fn controls_inside_a_sequence_act_and_can_cancels() {
        assert_eq!(scan(&[b"\x1b[3\nA\x1b[4\x18B"]), ["text \\n", "csi 3A", "text B"]);
    }

    #[test]
    fn an_escape_ends_a_string_and_begins_a_sequence() {
        assert_eq!(scan(&[b"\x1b]0;t\x1b[mX"]), ["osc 0;t St", "csi m", "text X"]);
    }

    #[test]
    fn strings_over_their_limit_are_swallowed_whole() {
        let mut long = b"\x1b]0;".to_vec();
        long.resize(MAX_STRING_BYTES + 10, b'x');
        long.extend_from_slice(b"\x07after\x1b]52;c;");
        long.resize(long.len() + MAX_STRING_BYTES * 2, b'A');
        long.extend_from_slice(b"\x07");
        let tokens = scan(&long.chunks(5000).collect::<Vec<_>>());
        assert_eq!(tokens[0], "text after");
        assert_eq!(tokens[1].len(), "osc 52;c; Bell".len() + MAX_STRING_BYTES * 2);
    }

    #[test]
    fn it_is_at_rest_only_between_sequences() {
        for (bytes, rest) in [
            (&b"abc"[..], true),
            (b"\x1b", false),
            (b"\x1b[1", false),
            (b"\xe6\x97", false),
            (b"\x1b]0;", false),
            (b"\x1b[m", true),
        ] {
            let mut scanner = Scanner::default();
            let mut input = bytes;
            while scanner.next(&mut input).is_some() {}
            assert_eq!(scanner.is_at_rest(), rest, "{}", bytes.escape_ascii());
        }
    }
}
