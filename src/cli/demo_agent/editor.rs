//! The line editor: keys → text and cursor, and how they lie on the screen. Pure.

use unicode_segmentation::UnicodeSegmentation as _;

use crate::cli::demo_agent::keys::Key;
use crate::text;

/// What stands before the first row, and its columns.
pub(super) const PROMPT: &str = "› ";
const PROMPT_COLUMNS: usize = 2;

/// The text under edit.
#[derive(Debug, Default)]
pub(super) struct Editor {
    text: String,
    /// A byte offset on a grapheme's boundary.
    cursor: usize,
    history: Vec<String>,
    /// Which entry of the history is shown; the length of the history for the draft.
    shown: usize,
    draft: String,
}

/// What a key did.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Edit {
    /// The text or the cursor changed.
    Changed,
    /// Nothing changed.
    Same,
    /// This was submitted; it is not empty.
    Submit(String),
    /// The draft was thrown away.
    Cleared,
    /// ctrl+c without a draft.
    Interrupt,
    /// ctrl+d without a draft.
    EndOfInput,
    /// The screen is to be drawn anew.
    Redraw,
}

/// The text as rows of a screen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Rows {
    /// The rows, with prompt and indent.
    pub rows: Vec<String>,
    /// The cursor's row among them.
    pub row: usize,
    /// The cursor's column, from 0.
    pub column: usize,
}

impl Editor {
    /// What earlier runs submitted, oldest first.
    pub(super) fn with_history(history: Vec<String>) -> Self {
        Self { shown: history.len(), history, ..Self::default() }
    }

    pub(super) fn press(&mut self, key: Key) -> Edit {
        match key {
            Key::Char(c) => self.insert(c.encode_utf8(&mut [0; 4])),
            Key::Paste(text) => self.insert(&text),
            Key::Newline => self.insert("\n"),
            Key::Enter => self.submit(),
            Key::Backspace => self.delete(self.before(), self.cursor),
            Key::Delete => self.delete(self.cursor, self.after()),
            Key::KillToStart => self.delete(0, self.cursor),
            Key::KillToEnd => self.delete(self.cursor, self.text.len()),
            Key::KillWord => self.delete(self.word_before(), self.cursor),
            Key::Left => self.go(self.before()),
            Key::Right => self.go(self.after()),
            Key::WordLeft => self.go(self.word_before()),
            Key::WordRight => self.go(self.word_after()),
            Key::Home => self.go(0),
            Key::End => self.go(self.text.len()),
            Key::Up => self.recall(self.shown.checked_sub(1)),
            Key::Down => self.recall(Some(self.shown + 1)),
            Key::Redraw => Edit::Redraw,
            Key::Escape => Edit::Same,
            Key::Interrupt if self.text.is_empty() => Edit::Interrupt,
            Key::Interrupt => {
                self.set(String::new());
                self.shown = self.history.len();
                Edit::Cleared
            }
            Key::EndOfInput if self.text.is_empty() => Edit::EndOfInput,
            Key::EndOfInput => self.delete(self.cursor, self.after()),
        }
    }

    fn set(&mut self, text: String) {
        self.cursor = text.len();
        self.text = text;
    }

    fn insert(&mut self, text: &str) -> Edit {
        self.text.insert_str(self.cursor, text);
        self.cursor += text.len();
        Edit::Changed
    }

    fn submit(&mut self) -> Edit {
        let text = std::mem::take(&mut self.text);
        self.cursor = 0;
        if text.trim().is_empty() {
            return Edit::Changed;
        }
        if self.history.last() != Some(&text) {
            self.history.push(text.clone());
        }
        self.shown = self.history.len();
        Edit::Submit(text)
    }

    fn delete(&mut self, from: usize, to: usize) -> Edit {
        if from >= to {
            return Edit::Same;
        }
        self.text.replace_range(from..to, "");
        self.cursor = from;
        Edit::Changed
    }

    fn go(&mut self, to: usize) -> Edit {
        let moved = self.cursor != to;
        self.cursor = to;
        if moved { Edit::Changed } else { Edit::Same }
    }

    fn recall(&mut self, to: Option<usize>) -> Edit {
        let Some(to) = to.filter(|to| *to <= self.history.len()) else { return Edit::Same };
        if self.shown == self.history.len() {
            self.draft = self.text.clone();
        }
        self.shown = to;
        let text = self.history.get(to).unwrap_or(&self.draft).clone();
        self.set(text);
        Edit::Changed
    }

    /// The boundary before the cursor.
    fn before(&self) -> usize {
        let head = self.text.get(..self.cursor).unwrap_or_default();
        head.grapheme_indices(true).next_back().map_or(0, |(at, _)| at)
    }

    /// The boundary after the cursor.
    fn after(&self) -> usize {
        let tail = self.text.get(self.cursor..).unwrap_or_default();
        self.cursor + tail.graphemes(true).next().map_or(0, str::len)
    }

    fn word_before(&self) -> usize {
        let head = self.text.get(..self.cursor).unwrap_or_default().trim_end();
        head.rfind(char::is_whitespace).map_or(0, |at| at + head.get(at..).and_then(first_len).unwrap_or(1))
    }

    fn word_after(&self) -> usize {
        let tail = self.text.get(self.cursor..).unwrap_or_default();
        let blanks = tail.len() - tail.trim_start().len();
        let word = tail.trim_start();
        self.cursor + blanks + word.find(char::is_whitespace).unwrap_or(word.len())
    }

    /// The text on a screen of that many columns; rows are cut by us, so that the terminal never wraps.
    pub(super) fn rows(&self, columns: usize) -> Rows {
        let columns = columns.max(PROMPT_COLUMNS + 2);
        let indent = " ".repeat(PROMPT_COLUMNS);
        let mut rows = vec![PROMPT.to_owned()];
        let mut used = PROMPT_COLUMNS;
        let mut place = (0, PROMPT_COLUMNS);
        for (at, grapheme) in self.text.grapheme_indices(true) {
            let width = text::width(grapheme);
            let breaks = grapheme == "\n";
            if !breaks && used + width > columns {
                rows.push(indent.clone());
                used = PROMPT_COLUMNS;
            }
            if at == self.cursor {
                place = (rows.len() - 1, used);
            }
            if breaks {
                rows.push(indent.clone());
                used = PROMPT_COLUMNS;
            } else if let Some(row) = rows.last_mut() {
                row.push_str(grapheme);
                used += width;
            }
        }
        if self.cursor == self.text.len() {
            if used >= columns {
                rows.push(indent);
                used = PROMPT_COLUMNS;
            }
            place = (rows.len() - 1, used);
        }
        Rows { rows, row: place.0, column: place.1 }
    }
}

/// The length of the first character.
fn first_len(text: &str) -> Option<usize> {
    text.chars().next().map(char::len_utf8)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Types a text in which `<name>` is a key, and returns the draft with `|` for the cursor.
    fn edited(script: &str) -> String {
        let mut editor = Editor::with_history(vec!["first".into(), "second one".into()]);
        let mut rest = script;
        while let Some(c) = rest.chars().next() {
            let (key, length) = match rest.strip_prefix('<').and_then(|inner| inner.split_once('>')) {
                Some((name, _)) => (named(name), name.len() + 2),
                None => (Key::Char(c), c.len_utf8()),
            };
            editor.press(key);
            rest = &rest[length..];
        }
        let mut text = editor.text.clone();
        text.insert(editor.cursor, '|');
        text
    }

    fn named(name: &str) -> Key {
        match name {
            "left" => Key::Left,
            "right" => Key::Right,
            "wl" => Key::WordLeft,
            "wr" => Key::WordRight,
            "home" => Key::Home,
            "end" => Key::End,
            "up" => Key::Up,
            "down" => Key::Down,
            "bs" => Key::Backspace,
            "del" => Key::Delete,
            "u" => Key::KillToStart,
            "k" => Key::KillToEnd,
            "w" => Key::KillWord,
            "c" => Key::Interrupt,
            "enter" => Key::Enter,
            "nl" => Key::Newline,
            "paste" => Key::Paste("p q\nr".into()),
            other => panic!("{other}"),
        }
    }

    #[test]
    fn keys_edit_the_draft() {
        let cases = [
            ("abc<left>X", "abX|c"),
            ("漢字<bs>x", "漢x|"),
            ("e\u{301}👍🏽<bs><bs>x", "x|"),
            ("👍🏽a<home><right>x", "👍🏽x|a"),
            ("one two  <w>", "one |"),
            ("one\u{3000}two<w>", "one\u{3000}|"),
            ("one two<wl><wl><wr>", "one| two"),
            ("one two<wl><k>", "one |"),
            ("one two<wl><u>", "|two"),
            ("ab<home><del>", "|b"),
            ("ab<end><del><right>", "ab|"),
            ("x<paste>y", "xp q\nry|"),
            ("a<nl>b", "a\nb|"),
            ("draft<up>", "second one|"),
            ("draft<up><up><up>", "first|"),
            ("draft<up><up><down><down>", "draft|"),
            ("draft<down>", "draft|"),
            ("draft<c>", "|"),
            ("go<enter><up>", "go|"),
        ];
        for (script, expected) in cases {
            assert_eq!(edited(script), expected, "{script}");
        }
    }

    #[test]
    fn only_a_text_is_submitted_and_only_an_empty_line_ends() {
        let mut editor = Editor::default();
        assert_eq!(editor.press(Key::Enter), Edit::Changed);
        assert_eq!(editor.press(Key::Interrupt), Edit::Interrupt);
        assert_eq!(editor.press(Key::EndOfInput), Edit::EndOfInput);
        editor.press(Key::Char('x'));
        assert_eq!(editor.press(Key::EndOfInput), Edit::Same);
        assert_eq!(editor.press(Key::Enter), Edit::Submit("x".into()));
    }

    #[test]
    fn rows_never_exceed_the_screen_and_know_the_cursor() {
        let rows = |text: &str, columns| {
            let mut editor = Editor::default();
            editor.press(Key::Paste(text.into()));
            editor.rows(columns)
        };
        assert_eq!(rows("", 10), Rows { rows: vec!["› ".into()], row: 0, column: 2 });
        assert_eq!(rows("abcdef", 6), Rows { rows: vec!["› abcd".into(), "  ef".into()], row: 1, column: 4 });
        assert_eq!(rows("abcd", 6), Rows { rows: vec!["› abcd".into(), "  ".into()], row: 1, column: 2 });
        assert_eq!(rows("漢字漢", 7), Rows { rows: vec!["› 漢字".into(), "  漢".into()], row: 1, column: 4 });
        assert_eq!(rows("a\nb", 7), Rows { rows: vec!["› a".into(), "  b".into()], row: 1, column: 3 });
        let mut editor = Editor::default();
        editor.press(Key::Paste("abcdef".into()));
        editor.press(Key::Home);
        assert_eq!((editor.rows(6).row, editor.rows(6).column), (0, 2));
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(128))]
        #[test]
        fn no_keys_bring_the_cursor_off_a_boundary(script in "(<(left|right|wl|wr|home|end|up|down|bs|del|u|k|w|enter|nl)>|[a ]|漢|👍🏽|e\u{301}|\u{200d}){0,30}") {
            edited(&script);
        }
    }
}
