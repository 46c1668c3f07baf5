//! Whether an agent shows a text that was typed into it: its end is looked for on the screen, without what a prompt adds.

use crate::term::Terminal;

/// How many characters of a text's last line must be seen: fewer than the narrowest prompt shows of a long line. Chosen.
const NEEDLE_CHARS: usize = 32;

/// What agents show in place of a long paste, without blanks and in lower case: `[Pasted text #1 +20 lines]` (Claude Code),
/// `[Pasted Content 1234 chars]` (Codex), `[Pasted ~3 lines]` (OpenCode), `[Pasted Text: 12 lines]` (Gemini CLI).
const PLACEHOLDER: &str = "[pasted";

/// How often a screen shows a needle. Where the cursor stands behind it, it counts once more: so it is seen to arrive there
/// even while the same words leave the screen above.
pub fn times_shown(terminal: &Terminal, needle: &str) -> usize {
    if needle.is_empty() {
        return 0;
    }
    let (mut screen, mut before_cursor) = (String::new(), 0);
    let cursor = terminal.cursor();
    for row in 0..terminal.size().rows() {
        terminal.row(row, |column, cell| {
            if (row, column) == (cursor.row, cursor.col) {
                before_cursor = screen.len();
            }
            squash(cell.text, &mut screen);
        });
    }
    let is_at_cursor = screen.get(..before_cursor).is_some_and(|before| before.ends_with(needle));
    let n_placeholders = screen.to_lowercase().matches(PLACEHOLDER).count();
    screen.matches(needle).count() + n_placeholders + usize::from(is_at_cursor)
}

/// The end of the text's last line that is not blank, as [`squash`] leaves it.
pub fn needle(text: &str) -> String {
    let squashed = text.lines().rev().map(|line| {
        let mut line_text = String::new();
        squash(line, &mut line_text);
        line_text
    });
    let line = { squashed }.find(|line| !line.is_empty()).unwrap_or_default();
    let from = line.char_indices().rev().nth(NEEDLE_CHARS - 1).map_or(0, |(at, _)| at);
    line[from..].to_owned()
}

/// Adds a text without what a prompt adds or leaves out: blanks, line breaks, frames (box drawing and block elements), controls,
/// and characters that have no cell of their own.
fn squash(text: &str, out: &mut String) {
    let is_kept = |c: &char| {
        !c.is_whitespace()
            && !c.is_control()
            && !matches!(*c, '\u{2500}'..='\u{259f}' | '\u{fe00}'..='\u{fe0f}' | '\u{200b}'..='\u{200f}')
    };
    out.extend(text.chars().filter(is_kept));
}
