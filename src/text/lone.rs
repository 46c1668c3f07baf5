//! Characters of which everybody knows that they stand alone. Most text consists of them; its columns are counted without a look at
//! one character after the other, in loops over bytes that compile to vector instructions.
//!
//! Pure. What makes it possible: such a character takes two columns where its first byte is E3 or more, one otherwise.

/// Bytes looked at together.
const CHUNK: usize = 32;
/// With the two behind them, which belong to the last character.
const SIGHT: usize = CHUNK + 2;

/// Columns of a character of which everybody knows that it stands alone: never one cell with such a one before or behind it.
/// For all others it takes the tables of Unicode.
pub fn lone_width(c: char) -> Option<u8> {
    match c {
        ' '..='~' => Some(1),
        '\u{4e00}'..='\u{9fff}' | '\u{3041}'..='\u{3096}' | '\u{ac00}'..='\u{d7a3}' => Some(2),
        '\u{3000}'..='\u{3029}' | '\u{309b}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{ff01}'..='\u{ff60}' => {
            Some(2)
        }
        '\u{a0}'..='\u{ac}' | '\u{ae}'..='\u{2ff}' | '\u{400}'..='\u{482}' | '\u{48a}'..='\u{52f}' => Some(1),
        '\u{2010}'..='\u{2027}' | '\u{2190}'..='\u{2199}' | '\u{2500}'..='\u{259f}' | '\u{2800}'..='\u{28ff}' => {
            Some(1)
        }
        _ => None,
    }
}

/// Whether each character of the text stands alone (`lone_width`).
pub fn is_lone(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut last = [b' '; SIGHT];
    (0..bytes.len()).step_by(CHUNK).all(|start| {
        let rest = &bytes[start..];
        let sight = rest.first_chunk().unwrap_or_else(|| {
            last[..rest.len()].copy_from_slice(rest);
            last[rest.len()..].fill(b' ');
            &last
        });
        is_lone_at_sight(sight) || is_lone_from(text, start, start + CHUNK)
    })
}

/// Whether the characters stand alone that begin at a byte of a stretch.
#[cold]
fn is_lone_from(text: &str, start: usize, end: usize) -> bool {
    let boundary = |from: usize| (from..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
    text[boundary(start)..boundary(end)].chars().all(|c| lone_width(c).is_some())
}

/// Whether the characters that begin in a chunk stand alone; not all that do are known at sight.
fn is_lone_at_sight(sight: &[u8; SIGHT]) -> bool {
    // Two looks, because the first is three times as fast.
    all(sight, is_common) || all(sight, |byte, next, last| is_common(byte, next, last) | is_further(byte, next, last))
}

/// Whether it holds for each byte of a chunk with the two behind it. No branches, so that bytes are looked at together.
fn all(sight: &[u8; SIGHT], holds: impl Fn(u8, u8, u8) -> bool) -> bool {
    (0..CHUNK).fold(true, |all, i| all & holds(sight[i], sight[i + 1], sight[i + 2]))
}

/// ASCII, han (U+4000 to U+9FFF but the hexagrams), full-width forms (U+FF01 to U+FF3F), and what follows a first byte.
fn is_common(byte: u8, next: u8, last: u8) -> bool {
    let is_plain = (byte >= b' ') & (byte != 0x7f) & (byte < 0xc0);
    let is_han = (0xe4..=0xe9).contains(&byte) & ((byte != 0xe4) | (next != 0xb7));
    let is_full_width = (byte == 0xef) & (next == 0xbc) & (last != 0x80);
    is_plain | is_han | is_full_width
}

/// Kana and CJK punctuation, hangul, Latin letters, Cyrillic, the lines of boxes.
fn is_further(byte: u8, next: u8, last: u8) -> bool {
    // U+3000 to U+3027, U+3041 to U+3096, U+309B to U+30FF.
    let is_kana = (byte == 0xe3)
        & (((next == 0x80) & (last < 0xa8))
            | ((next == 0x81) & (last != 0x80))
            | ((next == 0x82) & !(0x97..=0x9a).contains(&last))
            | (next == 0x83));
    // U+AC00 to U+D77F.
    let is_hangul =
        (0xea..=0xed).contains(&byte) & ((byte != 0xea) | (next >= 0xb0)) & ((byte != 0xed) | (next < 0x9e));
    // U+00C0 to U+02FF, U+0400 to U+047F, U+2500 to U+257F.
    let is_letter = (0xc3..=0xcb).contains(&byte) | (byte == 0xd0) | (byte == 0xd1);
    let is_box = (byte == 0xe2) & ((next == 0x94) | (next == 0x95));
    is_kana | is_hangul | is_letter | is_box
}

/// No text takes more columns than this, of whatever characters it consists: two for each, one for ASCII.
pub fn max_columns(text: &str) -> usize {
    let columns = |byte: &u8| u8::from(begins(*byte)) + u8::from(*byte >= 0xc0);
    text.as_bytes().chunks(CHUNK).map(|chunk| usize::from(chunk.iter().map(columns).sum::<u8>())).sum()
}

/// Where the first character begins that reaches beyond so many columns, of a text in which each stands alone; its end if there is none.
pub fn beyond(text: &str, columns: usize) -> usize {
    let bytes = text.as_bytes();
    let (at, left) = skip::<CHUNK>(bytes, 0, columns);
    let (at, mut left) = skip::<8>(bytes, at, left);
    let reaches = |byte: &u8| match left.checked_sub(usize::from(columns_at(*byte))) {
        Some(less) => {
            left = less;
            false
        }
        None => true,
    };
    bytes[at..].iter().position(reaches).map_or(bytes.len(), |n| at + n)
}

/// Goes on as long as whole chunks fit into the columns left: where it comes to, and what is left there.
fn skip<const N: usize>(bytes: &[u8], mut at: usize, mut left: usize) -> (usize, usize) {
    for chunk in bytes[at..].chunks_exact(N) {
        let columns: u8 = chunk.iter().map(|byte| columns_at(*byte)).sum();
        let Some(less) = left.checked_sub(usize::from(columns)) else { break };
        (at, left) = (at + N, less);
    }
    (at, left)
}

/// Columns of the character that begins with the byte, if it stands alone; none where none begins.
fn columns_at(byte: u8) -> u8 {
    u8::from(begins(byte)) + u8::from(byte >= 0xe3)
}

/// Whether a character begins with the byte.
fn begins(byte: u8) -> bool {
    !(0x80..0xc0).contains(&byte)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_segmentation::UnicodeSegmentation;

    use super::*;
    use crate::text::{char_width, width};

    fn all_lone() -> impl Iterator<Item = char> {
        ('\0'..=char::MAX).filter(|c| lone_width(*c).is_some())
    }

    #[test]
    fn characters_that_stand_alone_have_the_width_and_the_borders_of_the_tables() {
        assert!(all_lone().count() > 40_000);
        for c in all_lone() {
            assert_eq!(lone_width(c).map(usize::from), Some(char_width(c)), "{c:?}");
        }
        // Beside itself and beside one of each script.
        for c in all_lone() {
            for other in [c, 'a', 'é', '代', '한', 'カ', '│', '→'] {
                let text: String = [other, c, other].iter().collect();
                assert_eq!(text.graphemes(true).count(), 3, "{text:?}");
                assert_eq!(width(&text), 2 * char_width(other) + char_width(c), "{text:?}");
            }
        }
    }

    #[test]
    fn what_is_known_at_sight_stands_alone() {
        let mut n_known = 0;
        for c in '\0'..=char::MAX {
            let mut sight = [b' '; SIGHT];
            c.encode_utf8(&mut sight);
            if is_lone_at_sight(&sight) {
                assert!(lone_width(c).is_some(), "{c:?}");
                n_known += 1;
            }
            assert_eq!(is_lone(c.encode_utf8(&mut [0; 4])), lone_width(c).is_some(), "{c:?}");
        }
        for n in 0..3 * CHUNK {
            for (text, expected) in
                [("a".repeat(n), true), ("a".repeat(n) + "\x7f", false), ("a".repeat(n) + "e\u{301}", false)]
            {
                assert_eq!(is_lone(&text), expected, "{text:?}");
            }
        }
        assert!(n_known > 36_000, "{n_known}");
    }

    proptest! {
        #[test]
        fn a_text_is_measured_as_its_characters_are(text in "([a-z ]{0,40}|[代理한（。カぁé│…]{0,40}|.{0,8}){0,5}", columns in 0usize..200) {
            let widths: Option<Vec<_>> = text.chars().map(|c| lone_width(c).map(usize::from)).collect();
            prop_assert_eq!(is_lone(&text), widths.is_some());
            prop_assert!(max_columns(&text) >= width(&text));
            if let Some(widths) = widths {
                let ends = widths.iter().scan(0, |column, width| {
                    *column += width;
                    Some(*column)
                });
                let n_within = ends.take_while(|end| *end <= columns).count();
                let expected = text.char_indices().nth(n_within).map_or(text.len(), |(at, _)| at);
                prop_assert_eq!(beyond(&text, columns), expected);
            }
        }
    }
}
