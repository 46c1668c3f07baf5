//! A line that the user edits.
//!
//! The cursor moves by graphemes, so an accent or a joined emoji is one step. Controls never get in.

use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation};

use crate::core::dialog::DialogKey;
use crate::text;

/// Most bytes that a field takes. Chosen: a first prompt becomes one argument of a program, and Linux takes 128 KiB for
/// one (`MAX_ARG_STRLEN`).
const MAX_BYTES: usize = 100 << 10;

/// Whether a field keeps the line breaks of a paste.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Breaks {
    /// They become blanks.
    #[default]
    Blank,
    /// They stay (a first prompt of several lines).
    Keep,
}

/// A line that the user edits.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TextField {
    text: String,
    /// A byte offset, always at a grapheme boundary of `text`.
    cursor: usize,
    breaks: Breaks,
}

/// What of a field fits into some columns.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Window {
    /// The part that is shown; line breaks stand as `⏎`.
    pub text: String,
    /// The column of the cursor in it.
    pub cursor: usize,
}

impl TextField {
    /// A field with this text and the cursor at its end.
    pub fn new(text: &str) -> Self {
        let mut field = Self::default();
        field.paste(text);
        field
    }

    /// An empty field that keeps the line breaks of a paste.
    pub fn with_breaks() -> Self {
        Self { breaks: Breaks::Keep, ..Self::default() }
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text without blanks at its ends; `None` where nothing is left.
    pub fn value(&self) -> Option<&str> {
        let value = self.text.trim();
        (!value.is_empty()).then_some(value)
    }

    /// Does what the key does in a line of text. Whether it did anything to the text or the cursor.
    pub fn key(&mut self, key: DialogKey) -> bool {
        let before = (self.text.len(), self.cursor);
        match key {
            DialogKey::Char(c) => self.insert(c),
            DialogKey::Backspace => self.delete_to(self.previous()),
            DialogKey::Delete => self.delete_to(self.next()),
            DialogKey::DeleteWord => self.delete_to(self.word_left()),
            DialogKey::KillLine => self.delete_to(0),
            DialogKey::KillToEnd => self.delete_to(self.text.len()),
            DialogKey::Left => self.cursor = self.previous(),
            DialogKey::Right => self.cursor = self.next(),
            DialogKey::WordLeft => self.cursor = self.word_left(),
            DialogKey::WordRight => self.cursor = self.word_right(),
            DialogKey::Home => self.cursor = 0,
            DialogKey::End => self.cursor = self.text.len(),
            DialogKey::Enter
            | DialogKey::Tab
            | DialogKey::BackTab
            | DialogKey::Up
            | DialogKey::Down
            | DialogKey::PageUp
            | DialogKey::PageDown
            | DialogKey::SplitRight
            | DialogKey::SplitDown
            | DialogKey::Escape
            | DialogKey::Allow
            | DialogKey::Deny
            | DialogKey::Mark => {}
        }
        (self.text.len(), self.cursor) != before
    }

    /// Inserts pasted text at the cursor; line breaks become blanks (or stay, see [`TextField::with_breaks`]), other
    /// controls go.
    pub fn paste(&mut self, text: &str) {
        let text = text.replace("\r\n", "\n");
        let text = match self.breaks {
            Breaks::Keep => text,
            Breaks::Blank => text.trim_matches(['\n', '\r']).to_owned(),
        };
        let mut room = MAX_BYTES.saturating_sub(self.text.len());
        let kept: String = text
            .chars()
            .filter_map(|c| match (c, self.breaks) {
                ('\n' | '\r', Breaks::Keep) => Some('\n'),
                ('\n' | '\r' | '\t', _) => Some(' '),
                (c, _) => (!c.is_control()).then_some(c),
            })
            .take_while(|c| {
                let fits = c.len_utf8() <= room;
                room = room.saturating_sub(c.len_utf8());
                fits
            })
            .collect();
        self.insert_str(&kept);
    }

    /// What of the text to show in so many columns, at least 1: always the part with the cursor.
    pub fn window(&self, columns: usize) -> Window {
        let shown = |part: &str| part.replace('\n', "⏎");
        let (before, after) = (shown(&self.text[..self.cursor]), shown(&self.text[self.cursor..]));
        let mut start = before.len();
        let mut cursor = 0;
        for (at, grapheme) in before.grapheme_indices(true).rev() {
            let width = text::width(grapheme);
            if cursor + width + 1 > columns {
                break;
            }
            cursor += width;
            start = at;
        }
        let mut visible = before[start..].to_owned();
        let mut used = cursor;
        for grapheme in after.graphemes(true) {
            used += text::width(grapheme);
            if used > columns {
                break;
            }
            visible.push_str(grapheme);
        }
        Window { text: visible, cursor }
    }

    fn insert(&mut self, c: char) {
        if !c.is_control() && self.text.len() + c.len_utf8() <= MAX_BYTES {
            self.insert_str(c.encode_utf8(&mut [0; 4]));
        }
    }

    fn insert_str(&mut self, inserted: &str) {
        self.text.insert_str(self.cursor, inserted);
        self.settle(self.cursor + inserted.len());
    }

    /// Puts the cursor at the first grapheme boundary from `wanted` on: what was typed may have joined what follows it.
    fn settle(&mut self, wanted: usize) {
        let mut cursor = GraphemeCursor::new(wanted, self.text.len(), true);
        self.cursor = match cursor.is_boundary(&self.text, 0) {
            Ok(true) => wanted,
            Ok(false) | Err(_) => cursor.next_boundary(&self.text, 0).ok().flatten().unwrap_or(self.text.len()),
        };
    }

    fn delete_to(&mut self, other: usize) {
        let (from, to) = (self.cursor.min(other), self.cursor.max(other));
        self.text.drain(from..to);
        self.settle(from);
    }

    fn previous(&self) -> usize {
        self.text[..self.cursor].grapheme_indices(true).next_back().map_or(0, |(at, _)| at)
    }

    fn next(&self) -> usize {
        self.text[self.cursor..].graphemes(true).next().map_or(self.cursor, |grapheme| self.cursor + grapheme.len())
    }

    /// Words end at blanks and at `/`: directories are typed here.
    fn word_left(&self) -> usize {
        let mut inside = false;
        let mut start = self.cursor;
        for (at, grapheme) in self.text[..self.cursor].grapheme_indices(true).rev() {
            if is_word_break(grapheme) && inside {
                break;
            }
            inside |= !is_word_break(grapheme);
            start = at;
        }
        start
    }

    fn word_right(&self) -> usize {
        let mut inside = false;
        let mut end = self.cursor;
        for grapheme in self.text[self.cursor..].graphemes(true) {
            if is_word_break(grapheme) && inside {
                break;
            }
            inside |= !is_word_break(grapheme);
            end += grapheme.len();
        }
        end
    }
}

fn is_word_break(grapheme: &str) -> bool {
    grapheme.starts_with(|c: char| c.is_whitespace() || c == '/')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Strategy, any, prop, prop_assert, proptest};

    use super::*;

    fn typed(field: &mut TextField, text: &str) {
        for c in text.chars() {
            field.key(DialogKey::Char(c));
        }
    }

    /// The text with the cursor drawn as `|`.
    fn picture(field: &TextField) -> String {
        format!("{}|{}", &field.text[..field.cursor], &field.text[field.cursor..])
    }

    #[test]
    fn keys_edit_the_line() {
        use DialogKey::{
            Backspace, Delete, DeleteWord, End, Home, KillLine, KillToEnd, Left, Right, WordLeft, WordRight,
        };
        let cases: &[(&str, &[DialogKey], &str)] = &[
            ("abc", &[Left, Backspace], "a|c"),
            ("abc", &[Home, Delete], "|bc"),
            ("abc", &[Home, Right, KillToEnd], "a|"),
            ("abc", &[Left, KillLine], "|c"),
            ("one two", &[DeleteWord], "one |"),
            ("~/src/homing", &[DeleteWord, DeleteWord], "~/|"),
            ("one two", &[WordLeft, WordLeft, WordRight], "one| two"),
            ("one two", &[Home, WordRight, WordRight, WordRight], "one two|"),
            ("e\u{301}x", &[Left, Backspace], "|x"),
            ("👩‍👩‍👧", &[Backspace], "|"),
            ("漢字", &[Left], "漢|字"),
            ("", &[Backspace, Delete, DeleteWord, Left, Right, Home, End], "|"),
        ];
        for (text, keys, expected) in cases {
            let mut field = TextField::default();
            typed(&mut field, text);
            for key in *keys {
                field.key(*key);
            }
            assert_eq!(picture(&field), *expected, "{text} {keys:?}");
        }
    }

    #[test]
    fn a_paste_is_one_line_without_controls() {
        let mut field = TextField::default();
        field.paste("one\r\ntwo\x1b[31m\tthree\n");
        assert_eq!(field.text(), "one two[31m three");
    }

    #[test]
    fn a_field_with_breaks_keeps_the_lines_of_a_paste() {
        let mut field = TextField::with_breaks();
        field.paste("one\r\ntwo");
        assert_eq!(field.value(), Some("one\ntwo"));
        assert_eq!(field.window(20).text, "one⏎two");
    }

    #[test]
    fn the_window_follows_the_cursor() {
        let mut field = TextField::new("abcdefgh");
        assert_eq!(field.window(4), Window { text: "fgh".to_owned(), cursor: 3 });
        field.key(DialogKey::Home);
        assert_eq!(field.window(4), Window { text: "abcd".to_owned(), cursor: 0 });
        assert_eq!(TextField::new("漢字漢字").window(4), Window { text: "字".to_owned(), cursor: 2 });
    }

    #[test]
    fn a_field_takes_no_more_than_an_argument_may_hold() {
        let mut field = TextField::with_breaks();
        field.paste(&"漢".repeat(MAX_BYTES));
        assert!(field.text().len() <= MAX_BYTES && field.text().len() > MAX_BYTES - 3);
        field.key(DialogKey::Char('漢'));
        assert!(field.text().len() <= MAX_BYTES);
    }

    #[test]
    fn an_empty_value_is_none() {
        assert_eq!(TextField::new("  ").value(), None);
        assert_eq!(TextField::new(" a ").value(), Some("a"));
    }

    fn any_key() -> impl Strategy<Value = DialogKey> {
        use DialogKey::{
            Backspace, Delete, DeleteWord, End, Home, KillLine, KillToEnd, Left, Right, WordLeft, WordRight,
        };
        let moves =
            vec![Backspace, Delete, DeleteWord, KillLine, KillToEnd, Left, Right, WordLeft, WordRight, Home, End];
        proptest::prop_oneof![
            2 => any::<char>().prop_map(DialogKey::Char),
            1 => prop::sample::select(vec!['\u{301}', '\u{200d}', '👩', '漢', '\u{fe0f}', '/', ' ']).prop_map(DialogKey::Char),
            3 => prop::sample::select(moves),
        ]
    }

    proptest! {
        #[test]
        fn any_keys_leave_the_cursor_on_a_boundary_and_in_the_window(
            keys in prop::collection::vec(any_key(), 0..60), columns in 1..30_usize,
        ) {
            let mut field = TextField::default();
            for key in keys {
                field.key(key);
                let is_boundary = field.cursor == field.text.len()
                    || field.text.grapheme_indices(true).any(|(at, _)| at == field.cursor);
                prop_assert!(is_boundary);
                let window = field.window(columns);
                prop_assert!(window.cursor < columns);
                prop_assert!(text::width(&window.text) <= columns);
            }
        }
    }
}
