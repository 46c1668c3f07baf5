//! Breaking a sentence into lines.

use unicode_segmentation::UnicodeSegmentation;

use crate::text;

/// Breaks the text at blanks into at most `max_lines` lines of at most `columns` columns; what does not fit ends in `…`.
/// Words longer than a line are cut across lines.
pub fn wrap(content: &str, columns: usize, max_lines: usize) -> Vec<String> {
    if columns == 0 || max_lines == 0 {
        return Vec::new();
    }
    let mut lines: Vec<String> = vec![String::new()];
    let mut used = 0;
    for word in content.split_whitespace() {
        let width = text::width(word);
        let gap = usize::from(used > 0);
        if used + gap + width <= columns {
            push(&mut lines, if gap == 1 { " " } else { "" });
            push(&mut lines, word);
            used += gap + width;
            continue;
        }
        if used > 0 {
            lines.push(String::new());
            used = 0;
        }
        for grapheme in word.graphemes(true) {
            let width = text::width(grapheme);
            if used > 0 && used + width > columns {
                lines.push(String::new());
                used = 0;
            }
            push(&mut lines, grapheme);
            used += width;
        }
    }
    if lines.len() > max_lines {
        let rest = lines.split_off(max_lines - 1).join(" ");
        lines.push(text::truncate(&rest, columns));
    }
    lines
}

fn push(lines: &mut [String], part: &str) {
    if let Some(line) = lines.last_mut() {
        line.push_str(part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_break_at_blanks_and_end_in_an_ellipsis() {
        let cases: [(&str, usize, usize, &[&str]); 6] = [
            ("one two three", 7, 3, &["one two", "three"]),
            ("one two three", 7, 1, &["one tw…"]),
            ("abcdefgh", 3, 5, &["abc", "def", "gh"]),
            ("漢字漢字", 5, 5, &["漢字", "漢字"]),
            ("", 5, 5, &[""]),
            ("x", 0, 5, &[]),
        ];
        for (content, columns, max_lines, expected) in cases {
            assert_eq!(wrap(content, columns, max_lines), expected, "{content}");
        }
    }
}
