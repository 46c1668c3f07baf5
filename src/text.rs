//! Text of unknown origin, made fit for one line of the screen: width, truncation, control and bidi characters.
//!
//! Pure; widths are those of `unicode-width` (Unicode 16 tables, ambiguous = 1), as vt100 counts them.

mod lone;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

pub use lone::{beyond, is_lone, lone_width, max_columns};

/// Columns that the text takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// Columns that the character takes: 0, 1 or 2; controls take 0.
pub fn char_width(c: char) -> usize {
    c.width().unwrap_or(0)
}

/// Cuts the text to at most `columns`, with `…` in the last one where something was cut.
pub fn truncate(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    if columns == 0 {
        return String::new();
    }
    let mut out = String::new();
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        let w = grapheme.width();
        if used + w > columns - 1 {
            break;
        }
        out.push_str(grapheme);
        used += w;
    }
    out.push('…');
    out
}

/// One line without control, bidi-override and zero-width format characters; runs of white space become one blank;
/// at most `max_chars` characters.
pub fn one_line(text: &str, max_chars: usize) -> String {
    let mut out = String::new();
    let mut blank = false;
    let mut n = 0;
    for c in text.chars() {
        if c.is_whitespace() || c.is_control() {
            blank = !out.is_empty();
            continue;
        }
        if is_format(c) {
            continue;
        }
        if n >= max_chars {
            break;
        }
        if blank {
            out.push(' ');
            n += 1;
            blank = false;
        }
        out.push(c);
        n += 1;
    }
    out
}

/// Bidirectional controls, invisible separators and tags: they change how *other* text looks.
/// (U+200D stays: emoji are joined by it.)
fn is_format(c: char) -> bool {
    matches!(c,
        '\u{061c}' | '\u{200b}' | '\u{200c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn truncation_keeps_to_the_width_and_shows_itself() {
        assert_eq!(truncate("session", 7), "session");
        assert_eq!(truncate("session", 4), "ses…");
        assert_eq!(truncate("漢字漢字", 4), "漢…");
        assert_eq!(truncate("x", 0), "");
    }

    #[test]
    fn a_title_cannot_move_the_cursor_or_turn_the_line_around() {
        assert_eq!(one_line("a\x1b[2Jb\n\tc\u{202e}d", 80), "a [2Jb cd");
        assert_eq!(one_line("  lead", 80), "lead");
        assert_eq!(one_line("abcdef", 3), "abc");
    }
}
