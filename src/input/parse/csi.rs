//! What a CSI or SS3 sequence means: a key, a mouse event, a change of focus or a reply.
//!
//! Sources: xterm's `ctlseqs`, <https://sw.kovidgoyal.net/kitty/keyboard-protocol/>.

use super::{InputParser, mouse, reply};
use crate::input::event::{InputEvent, KeyCode, KeyEvent, KeyKind, KeypadKey, Modifiers, TerminalReply};
use crate::input::functional::{LETTERS, TILDES, key_of_number};

/// A whole CSI sequence.
pub(super) struct Sequence<'a> {
    /// `<`, `=`, `>` or `?`, where the sequence begins with it.
    prefix: Option<u8>,
    parameters: Parameters<'a>,
    intermediates: &'a [u8],
    terminator: u8,
    /// Whether an ESC before it means Alt.
    alt: bool,
}

/// Numbers between `;`, each with further ones between `:`.
#[derive(Clone, Copy)]
pub(super) struct Parameters<'a>(&'a [u8]);

impl Parameters<'_> {
    /// How many fields there are; an empty text has one.
    fn count(self) -> usize {
        self.0.split(|b| *b == b';').count()
    }

    /// The sub-fields of a field; empty and malformed ones are `None`.
    fn field(self, field: usize) -> impl Iterator<Item = Option<u32>> {
        self.0.split(|b| *b == b';').nth(field).unwrap_or_default().split(|b| *b == b':').map(decimal)
    }

    /// A sub-field, both counted from 0.
    pub(super) fn get(self, field: usize, sub_field: usize) -> Option<u32> {
        self.field(field).nth(sub_field).flatten()
    }

    /// The first sub-fields of all fields; missing ones are 0.
    pub(super) fn numbers(self) -> impl Iterator<Item = u32> {
        (0..self.count()).map(move |field| self.get(field, 0).unwrap_or(0))
    }
}

/// A decimal number; too large ones become `u32::MAX`.
pub(super) fn decimal(digits: &[u8]) -> Option<u32> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0u32, |number, digit| {
        let digit = char::from(*digit).to_digit(10)?;
        Some(number.saturating_mul(10).saturating_add(digit))
    })
}

impl<'a> Sequence<'a> {
    /// Takes the bytes between `CSI` and the final one.
    pub(super) fn new(bytes: &'a [u8], terminator: u8, alt: bool) -> Self {
        let (prefix, bytes) = match bytes.split_first() {
            Some((b'<'..=b'?', rest)) => (bytes.first().copied(), rest),
            _ => (None, bytes),
        };
        let split = bytes.iter().position(|b| (0x20..0x30).contains(b)).unwrap_or(bytes.len());
        let (parameters, intermediates) = bytes.split_at(split);
        Self { prefix, parameters: Parameters(parameters), intermediates, terminator, alt }
    }

    /// Appends what it means; nothing where nobody knows it.
    pub(super) fn interpret(&self, parser: &mut InputParser, out: &mut Vec<InputEvent>) {
        match (self.prefix, self.intermediates, self.terminator) {
            (None, [], terminator) => self.unprefixed(terminator, parser, out),
            (Some(b'<'), [], b'M' | b'm') => {
                let event = mouse::from_sgr(self.parameters, self.terminator, &mut parser.held);
                out.extend(event.map(InputEvent::Mouse));
            }
            (Some(prefix), intermediates, terminator) => {
                if let Some(reply) = reply::from_csi(prefix, self.parameters, intermediates, terminator) {
                    if matches!(reply, TerminalReply::CursorPosition { .. }) {
                        parser.expected_positions = parser.expected_positions.saturating_sub(1);
                    }
                    out.push(InputEvent::Reply(reply));
                }
            }
            (None, [b'$'], b'y') => out.push(InputEvent::Reply(TerminalReply::Other)),
            (None, _, _) => {}
        }
    }

    fn unprefixed(&self, terminator: u8, parser: &mut InputParser, out: &mut Vec<InputEvent>) {
        match terminator {
            b'I' if self.parameters.0.is_empty() => out.push(InputEvent::FocusGained),
            b'O' if self.parameters.0.is_empty() => out.push(InputEvent::FocusLost),
            b'R' if self.is_cursor_position(parser) => {
                parser.expected_positions = parser.expected_positions.saturating_sub(1);
                out.push(InputEvent::Reply(reply::cursor_position(self.parameters)));
            }
            b'u' => self.unicode_key(out),
            b'~' => self.tilde_key(out),
            b'Z' => {
                let mut key = self.key(KeyCode::Tab);
                key.modifiers |= Modifiers::SHIFT;
                out.push(InputEvent::Key(key));
            }
            b'M' => {
                let event = mouse::from_urxvt(self.parameters, &mut parser.held);
                out.extend(event.map(InputEvent::Mouse));
            }
            b'c' | b'n' | b't' | b'x' => out.push(InputEvent::Reply(TerminalReply::Other)),
            _ => {
                if let Some((_, code)) = LETTERS.iter().find(|(letter, _)| *letter == terminator) {
                    out.push(InputEvent::Key(self.key(*code)));
                }
            }
        }
    }

    /// `CSI row;column R` is a position, `CSI R` and `CSI 1;modifiers R` are F3. What is left open (row 1, a column that
    /// is also a modifier) is a position only where one was asked for. No terminal writes F3 as `1;1`.
    fn is_cursor_position(&self, parser: &InputParser) -> bool {
        if self.parameters.count() != 2 || self.parameters.field(1).count() != 1 {
            return false;
        }
        let (row, column) = (self.parameters.get(0, 0), self.parameters.get(1, 0).unwrap_or(1));
        parser.expected_positions > 0 || row.unwrap_or(1) != 1 || column == 1 || column > 256
    }

    /// `CSI code:shifted:base ; modifiers:kind ; text u`.
    fn unicode_key(&self, out: &mut Vec<InputEvent>) {
        let number = self.parameters.get(0, 0).unwrap_or(1);
        let text: String =
            self.parameters.field(2).filter_map(|code| char::from_u32(code?)).filter(|c| !c.is_control()).collect();
        if number == 0 {
            // Text without a key, from an input method: as if it had been typed.
            out.extend(text.chars().map(|c| InputEvent::Key(KeyEvent::char(c))));
            return;
        }
        let Some(code) = key_of_number(number) else { return };
        let character = |sub_field| {
            let c = char::from_u32(self.parameters.get(0, sub_field)?)?;
            (!c.is_control()).then_some(c)
        };
        let mut key = self.key(code);
        key.text = (!text.is_empty()).then_some(text);
        key.shifted = character(1);
        key.base = character(2);
        out.push(InputEvent::Key(key));
    }

    fn tilde_key(&self, out: &mut Vec<InputEvent>) {
        let number = self.parameters.get(0, 0).unwrap_or(0);
        if number == 27 && self.parameters.count() == 3 {
            return self.other_key(out);
        }
        if let Some((_, code)) = TILDES.iter().find(|(n, _)| *n == number) {
            out.push(InputEvent::Key(self.key(*code)));
        }
    }

    /// xterm's modifyOtherKeys: `CSI 27 ; modifiers ; code ~`. The code is what the key is *with* Shift.
    fn other_key(&self, out: &mut Vec<InputEvent>) {
        let Some(code) = self.parameters.get(2, 0).and_then(key_of_number) else { return };
        let mut key = self.key(code);
        if let KeyCode::Char(c) = code
            && key.modifiers.contains(Modifiers::SHIFT)
        {
            key.shifted = Some(c);
        }
        out.push(InputEvent::Key(key));
    }

    /// The key with the modifiers and the kind of field 1, or with those of a lone first field (`CSI 5 C`, old xterm).
    fn key(&self, code: KeyCode) -> KeyEvent {
        let lone = self.parameters.count() == 1 && !matches!(self.terminator, b'~' | b'u');
        let field = usize::from(!lone);
        KeyEvent { kind: self.kind(field), ..KeyEvent::new(code, modifiers(self.parameters.get(field, 0), self.alt)) }
    }

    fn kind(&self, field: usize) -> KeyKind {
        match self.parameters.get(field, 1) {
            Some(2) => KeyKind::Repeat,
            Some(3) => KeyKind::Release,
            _ => KeyKind::Press,
        }
    }
}

/// The modifiers behind a parameter (1 + bits; 0 and nothing mean 1).
fn modifiers(parameter: Option<u32>, alt: bool) -> Modifiers {
    let bits = parameter.unwrap_or(1).saturating_sub(1);
    let modifiers = Modifiers::from_bits(u8::try_from(bits & 0xff).unwrap_or(0));
    if alt { modifiers | Modifiers::ALT } else { modifiers }
}

/// A function key of the Linux console: `CSI [ A` to `CSI [ E`.
pub(super) fn console_key(terminator: u8, alt: bool, out: &mut Vec<InputEvent>) {
    if let b'A'..=b'E' = terminator {
        out.push(InputEvent::Key(KeyEvent::new(KeyCode::F(terminator - b'A' + 1), modifiers(None, alt))));
    }
}

/// The application keypad's characters, from `SS3 j` on (xterm, VT220).
const KEYPAD_FROM_J: &[u8] = b"*+,-./0123456789";

/// A key written `SS3 letter`, with modifiers in between as some terminals do (`SS3 5 P`, `SS3 1;5 P`).
pub(super) fn ss3_key(parameters: &[u8], terminator: u8, alt: bool, out: &mut Vec<InputEvent>) {
    let code = match terminator {
        b'M' => Some(KeyCode::Keypad(KeypadKey::Enter)),
        b'X' => Some(KeyCode::Keypad(KeypadKey::Equal)),
        b'I' => Some(KeyCode::Tab),
        b' ' => Some(KeyCode::Char(' ')),
        b'j'..=b'y' => KEYPAD_FROM_J.get(usize::from(terminator - b'j')).and_then(|c| keypad_key(*c)),
        _ => LETTERS.iter().find(|(letter, _)| *letter == terminator).map(|(_, code)| *code),
    };
    let Some(code) = code else { return };
    let parameters = Parameters(parameters);
    let last = parameters.get(parameters.count() - 1, 0);
    out.push(InputEvent::Key(KeyEvent::new(code, modifiers(last, alt))));
}

fn keypad_key(c: u8) -> Option<KeyCode> {
    let key = match c {
        b'0'..=b'9' => KeypadKey::Digit(c - b'0'),
        b'*' => KeypadKey::Multiply,
        b'+' => KeypadKey::Add,
        b',' => KeypadKey::Separator,
        b'-' => KeypadKey::Subtract,
        b'.' => KeypadKey::Decimal,
        b'/' => KeypadKey::Divide,
        _ => return None,
    };
    Some(KeyCode::Keypad(key))
}
