//! Bytes of a terminal in raw mode (or of a pipe) → keys of the line editor. Pure.

/// What ends a bracketed paste.
const PASTE_END: &[u8] = b"\x1b[201~";
/// The longest paste that is kept, in bytes (chosen).
const PASTE_MAX_BYTES: usize = 1 << 20;

/// Something the user did.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Key {
    /// A printable character.
    Char(char),
    /// A paste, as it is.
    Paste(String),
    Enter,
    /// A line break that does not submit: Alt+Enter, Shift+Enter, ctrl+j.
    Newline,
    Backspace,
    Delete,
    Left,
    Right,
    WordLeft,
    WordRight,
    Home,
    End,
    Up,
    Down,
    /// ctrl+u
    KillToStart,
    /// ctrl+k
    KillToEnd,
    /// ctrl+w, Alt+Backspace
    KillWord,
    /// ctrl+l
    Redraw,
    /// ctrl+c
    Interrupt,
    /// ctrl+d
    EndOfInput,
    Escape,
}

/// Where the bytes come from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Source {
    /// A terminal in raw mode: Enter is CR.
    Terminal,
    /// Lines of a pipe or file: Enter is LF, and there are no control keys.
    Lines,
}

/// Understands bytes as they come; what is not complete waits for more.
#[derive(Debug)]
pub(super) struct KeyParser {
    source: Source,
    waiting: Vec<u8>,
}

impl KeyParser {
    pub(super) const fn new(source: Source) -> Self {
        Self { source, waiting: Vec::new() }
    }

    /// Takes bytes in, appends the keys that are complete.
    pub(super) fn feed(&mut self, bytes: &[u8], keys: &mut Vec<Key>) {
        self.waiting.extend(bytes);
        let mut at = 0;
        while let Some(rest) = self.waiting.get(at..).filter(|rest| !rest.is_empty()) {
            let Some((key, n)) = self.next(rest) else { break };
            keys.extend(key);
            at += n;
        }
        self.waiting.drain(..at.min(self.waiting.len()));
    }

    /// Whether something waits for more bytes: a lone Escape is one only if nothing follows for a while.
    pub(super) fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Nothing followed: what waits is Escape, or nothing that is known.
    pub(super) fn time_out(&mut self, keys: &mut Vec<Key>) {
        // A paste in the middle goes on.
        if self.waiting.starts_with(b"\x1b[200~") {
            return;
        }
        if self.waiting.first() == Some(&0x1b) {
            keys.push(Key::Escape);
        }
        self.waiting.clear();
    }

    /// The first key and its length; `None` where more bytes are needed. The key is `None` where the bytes mean nothing.
    fn next(&self, bytes: &[u8]) -> Option<(Option<Key>, usize)> {
        let first = *bytes.first()?;
        if self.source == Source::Lines {
            return match first {
                b'\n' => Some((Some(Key::Enter), 1)),
                0..0x20 | 0x7f => Some((None, 1)),
                _ => character(bytes),
            };
        }
        let key = match first {
            0x1b => return escape(bytes),
            b'\r' => Key::Enter,
            b'\n' => Key::Newline,
            0x7f | 0x08 => Key::Backspace,
            0x01 => Key::Home,
            0x02 => Key::Left,
            0x03 => Key::Interrupt,
            0x04 => Key::EndOfInput,
            0x05 => Key::End,
            0x06 => Key::Right,
            0x0b => Key::KillToEnd,
            0x0c => Key::Redraw,
            0x0e => Key::Down,
            0x10 => Key::Up,
            0x15 => Key::KillToStart,
            0x17 => Key::KillWord,
            0..0x20 => return Some((None, 1)),
            _ => return character(bytes),
        };
        Some((Some(key), 1))
    }
}

/// A character of UTF-8; a byte that cannot begin or go on one means nothing.
fn character(bytes: &[u8]) -> Option<(Option<Key>, usize)> {
    let length = match bytes.first()? {
        0x00..0x80 => 1,
        0xc2..0xe0 => 2,
        0xe0..0xf0 => 3,
        0xf0..0xf5 => 4,
        _ => return Some((None, 1)),
    };
    let Some(head) = bytes.get(..length) else {
        let is_cut = bytes.iter().skip(1).all(|byte| (0x80..0xc0).contains(byte));
        return if is_cut { None } else { Some((None, 1)) };
    };
    match std::str::from_utf8(head).ok().and_then(|text| text.chars().next()) {
        Some(c) => Some((Some(Key::Char(c)), length)),
        None => Some((None, 1)),
    }
}

/// A sequence that begins with Escape.
fn escape(bytes: &[u8]) -> Option<(Option<Key>, usize)> {
    match bytes.get(1)? {
        b'[' | b'O' => {}
        b'\r' | b'\n' => return Some((Some(Key::Newline), 2)),
        0x7f | 0x08 => return Some((Some(Key::KillWord), 2)),
        b'b' => return Some((Some(Key::WordLeft), 2)),
        b'f' => return Some((Some(Key::WordRight), 2)),
        0x1b => return Some((Some(Key::Escape), 1)),
        _ => return Some((None, 2)),
    }
    let end = bytes.iter().skip(2).position(|byte| (0x40..0x7f).contains(byte))? + 2;
    let (parameters, last) = (bytes.get(2..end)?, *bytes.get(end)?);
    if (parameters, last) == (b"200", b'~') {
        return paste(bytes, end + 1);
    }
    // Modified arrows: `1;3D` is Alt, `1;5D` ctrl; both go by words.
    let by_word = parameters.ends_with(b";3") || parameters.ends_with(b";5");
    let key = match (last, parameters) {
        (b'D', _) if by_word => Key::WordLeft,
        (b'C', _) if by_word => Key::WordRight,
        (b'D', _) => Key::Left,
        (b'C', _) => Key::Right,
        (b'A', _) => Key::Up,
        (b'B', _) => Key::Down,
        (b'H', _) | (b'~', b"1" | b"7") => Key::Home,
        (b'F', _) | (b'~', b"4" | b"8") => Key::End,
        (b'~', b"3") => Key::Delete,
        // Enter with a modifier, as kitty and xterm's modifyOtherKeys write it.
        (b'u', parameters) if parameters.starts_with(b"13;") => Key::Newline,
        (b'~', parameters) if parameters.starts_with(b"27;") && parameters.ends_with(b";13") => Key::Newline,
        _ => return Some((None, end + 1)),
    };
    Some((Some(key), end + 1))
}

fn paste(bytes: &[u8], start: usize) -> Option<(Option<Key>, usize)> {
    let body = bytes.get(start..)?;
    let Some(length) = body.windows(PASTE_END.len()).position(|window| window == PASTE_END) else {
        // One that never ends is taken as it is, so that the editor is not lost.
        return (body.len() > PASTE_MAX_BYTES).then(|| (Some(paste_key(body)), bytes.len()));
    };
    Some((Some(paste_key(body.get(..length)?)), start + length + PASTE_END.len()))
}

fn paste_key(bytes: &[u8]) -> Key {
    let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n").replace('\r', "\n").replace('\t', "    ");
    Key::Paste(text.chars().filter(|c| *c == '\n' || !c.is_control()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(source: Source, bytes: &[u8]) -> Vec<Key> {
        let mut parser = KeyParser::new(source);
        let mut keys = Vec::new();
        parser.feed(bytes, &mut keys);
        if parser.is_waiting() {
            parser.time_out(&mut keys);
        }
        keys
    }

    #[test]
    fn bytes_become_keys() {
        let cases: &[(&[u8], &[Key])] = &[
            ("aé漢👍".as_bytes(), &[Key::Char('a'), Key::Char('é'), Key::Char('漢'), Key::Char('👍')]),
            (b"\r\n", &[Key::Enter, Key::Newline]),
            (b"\x1b\r", &[Key::Newline]),
            (b"\x1b[13;2u", &[Key::Newline]),
            (b"\x1b[27;2;13~", &[Key::Newline]),
            (
                b"\x7f\x15\x17\x01\x05\x0b",
                &[Key::Backspace, Key::KillToStart, Key::KillWord, Key::Home, Key::End, Key::KillToEnd],
            ),
            (b"\x1b[D\x1bOC\x1b[A\x1b[B", &[Key::Left, Key::Right, Key::Up, Key::Down]),
            (b"\x1b[1;5D\x1b[1;3C\x1bb", &[Key::WordLeft, Key::WordRight, Key::WordLeft]),
            (b"\x1b[3~\x1b[H\x1b[4~", &[Key::Delete, Key::Home, Key::End]),
            (b"\x1b", &[Key::Escape]),
            (b"\x1b\x1b", &[Key::Escape, Key::Escape]),
            (b"\x03\x04", &[Key::Interrupt, Key::EndOfInput]),
            (b"\x1b[200~a\r\nb\x1b[Dc\x1b[201~x", &[Key::Paste("a\nb[Dc".into()), Key::Char('x')]),
            (b"\x1b[99;1xz\xffz", &[Key::Char('z'), Key::Char('z')]),
        ];
        for (bytes, expected) in cases {
            assert_eq!(keys(Source::Terminal, bytes), *expected, "{bytes:?}");
        }
    }

    #[test]
    fn a_pipe_holds_lines_and_no_control_keys() {
        let expected = [Key::Char('h'), Key::Char('ï'), Key::Enter, Key::Char('x'), Key::Enter];
        assert_eq!(keys(Source::Lines, "hï\r\n\x03x\x1b\n".as_bytes()), expected);
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(128))]
        #[test]
        fn where_the_bytes_are_cut_does_not_matter(
            parts in proptest::collection::vec(proptest::sample::select(vec![
                &b"a"[..], b"\xc3\xa9", b"\xe6\xbc\xa2", b"\xff", b"\x1b[D", b"\x1b[200~", b"p\rq", b"\x1b[201~", b"\x1bOH", b"\x1b", b"\r", b"\x03",
            ]), 0..12),
            cut in 0usize..40,
        ) {
            let bytes = parts.concat();
            let cut = cut.min(bytes.len());
            let mut parser = KeyParser::new(Source::Terminal);
            let mut apart = Vec::new();
            parser.feed(&bytes[..cut], &mut apart);
            parser.feed(&bytes[cut..], &mut apart);
            parser.time_out(&mut apart);
            proptest::prop_assert_eq!(apart, keys(Source::Terminal, &bytes));
        }
    }
}
