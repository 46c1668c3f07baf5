//! Texts on their way to the clipboard of a client's terminal.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

/// OSC 52: what puts a text on the clipboard of the terminal that gets it.
pub fn sequence(text: &str) -> String {
    const BEGIN: &str = "\x1b]52;c;";
    const END: &str = "\x1b\\";
    let mut out = String::with_capacity(BEGIN.len() + text.len().div_ceil(3) * 4 + END.len());
    out.push_str(BEGIN);
    BASE64.encode_string(text, &mut out);
    out.push_str(END);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::clipboard::MAX_CLIPBOARD_BYTES;
    use crate::protocol::codec::{Decoder, Kind, encode};

    #[test]
    fn the_sequence_holds_the_text_in_base64() {
        assert_eq!(sequence("h\u{e9}"), "\x1b]52;c;aMOp\x1b\\");
        assert_eq!(sequence("").capacity(), sequence("").len());
    }

    #[test]
    fn the_longest_text_is_one_frame() {
        let mut bytes = Vec::new();
        encode(Kind::Bytes, sequence(&"x".repeat(MAX_CLIPBOARD_BYTES)).as_bytes(), &mut bytes);
        let mut decoder = Decoder::new();
        decoder.feed(&bytes);
        assert!(matches!(decoder.next_frame(), Some(Ok(_))));
    }
}
