//! A text with a cursor, edited as line editors do: by graphemes, words and lines.
//!
//! Owns offsets that always lie between characters. Knows no keys.

use unicode_segmentation::UnicodeSegmentation;

/// What an editor takes for a word.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Word {
    /// Anything between white space.
    Blank,
    /// Letters and digits (readline).
    Alphanumeric,
    /// Letters, digits and underscores.
    Identifier,
}

impl Word {
    const ALL: [Self; 3] = [Self::Blank, Self::Alphanumeric, Self::Identifier];

    fn has(self, c: char) -> bool {
        match self {
            Self::Blank => !c.is_whitespace(),
            Self::Alphanumeric => c.is_alphanumeric(),
            Self::Identifier => c.is_alphanumeric() || c == '_',
        }
    }
}

/// Whether all editors do the same with a key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Agreement {
    /// They do.
    Full,
    /// Some do something else.
    Doubtful,
}

impl Agreement {
    pub(super) fn of(all_same: bool) -> Self {
        if all_same { Self::Full } else { Self::Doubtful }
    }

    fn on(grapheme: &str) -> Self {
        Self::of(grapheme.chars().nth(1).is_none())
    }

    /// Full where one is.
    pub(super) fn or(self, other: Self) -> Self {
        Self::of(self == Self::Full || other == Self::Full)
    }

    /// Full where both are.
    pub(super) fn and(self, other: Self) -> Self {
        Self::of(self == Self::Full && other == Self::Full)
    }
}

/// A text with a cursor.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Draft {
    text: String,
    /// Byte offset, at a character's beginning or the end.
    cursor: usize,
}

impl Draft {
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    pub(super) fn is_multi_line(&self) -> bool {
        self.text.contains('\n')
    }

    /// The text before the cursor.
    pub(super) fn before(&self) -> &str {
        &self.text[..self.cursor]
    }

    /// The text after the cursor.
    pub(super) fn after(&self) -> &str {
        &self.text[self.cursor..]
    }

    /// Takes the text and leaves an empty draft.
    pub(super) fn take(&mut self) -> String {
        self.cursor = 0;
        std::mem::take(&mut self.text)
    }

    /// Inserts at the cursor, as far as the text stays within `max_bytes`, and tells whether all of it fitted.
    pub(super) fn insert(&mut self, text: &str, max_bytes: usize) -> bool {
        let room = max_bytes.saturating_sub(self.text.len());
        let mut length = text.len().min(room);
        while !text.is_char_boundary(length) {
            length -= 1;
        }
        self.text.insert_str(self.cursor, &text[..length]);
        self.cursor += length;
        length == text.len()
    }

    /// Moves over a grapheme. Some editors take one of several characters in steps, which makes it doubtful.
    pub(super) fn left(&mut self) -> Agreement {
        let grapheme = self.before().graphemes(true).next_back().unwrap_or_default();
        let (length, agreement) = (grapheme.len(), Agreement::on(grapheme));
        self.cursor -= length;
        agreement
    }

    pub(super) fn right(&mut self) -> Agreement {
        let grapheme = self.after().graphemes(true).next().unwrap_or_default();
        let (length, agreement) = (grapheme.len(), Agreement::on(grapheme));
        self.cursor += length;
        agreement
    }

    pub(super) fn delete_left(&mut self) -> Agreement {
        let end = self.cursor;
        let agreement = self.left();
        self.text.drain(self.cursor..end);
        agreement
    }

    pub(super) fn delete_right(&mut self) -> Agreement {
        let start = self.cursor;
        let agreement = self.right();
        self.text.drain(start..self.cursor);
        self.cursor = start;
        agreement
    }

    /// Moves to the beginning of the line.
    pub(super) fn line_start(&mut self) {
        self.cursor = self.start_of_line();
    }

    /// Moves to the end of the line.
    pub(super) fn line_end(&mut self) {
        self.cursor = self.end_of_line();
    }

    /// Moves to the beginning of the text.
    pub(super) fn text_start(&mut self) {
        self.cursor = 0;
    }

    /// Moves to the end of the text.
    pub(super) fn text_end(&mut self) {
        self.cursor = self.text.len();
    }

    /// Deletes from the beginning of the line. At the beginning of a later line, some editors delete the line break.
    pub(super) fn kill_to_line_start(&mut self) -> Agreement {
        let start = self.start_of_line();
        let agreement = Agreement::of(start < self.cursor || start == 0);
        self.text.drain(start..self.cursor);
        self.cursor = start;
        agreement
    }

    /// Deletes up to the end of the line; at its end the line break, which some editors leave.
    pub(super) fn kill_to_line_end(&mut self) -> Agreement {
        let end = self.end_of_line();
        let is_at_break = end == self.cursor && end < self.text.len();
        self.text.drain(self.cursor..end + usize::from(is_at_break));
        Agreement::of(!is_at_break)
    }

    pub(super) fn word_left(&mut self, word: Word) -> Agreement {
        let agreement = self.agreement_on_left();
        self.cursor = self.start_of_word(word);
        agreement
    }

    /// Moves to the end of the word, as readline does; some editors move to the beginning of the next.
    pub(super) fn word_right(&mut self, word: Word) -> Agreement {
        let agreement = self.agreement_on_right();
        self.cursor = self.end_of_word(word);
        agreement
    }

    pub(super) fn kill_word_left(&mut self, word: Word) -> Agreement {
        let agreement = self.agreement_on_left();
        let start = self.start_of_word(word);
        self.text.drain(start..self.cursor);
        self.cursor = start;
        agreement
    }

    pub(super) fn kill_word_right(&mut self, word: Word) -> Agreement {
        let agreement = self.agreement_on_right();
        let end = self.end_of_word(word);
        self.text.drain(self.cursor..end);
        agreement
    }

    fn start_of_line(&self) -> usize {
        self.before().rfind('\n').map_or(0, |at| at + 1)
    }

    fn end_of_line(&self) -> usize {
        self.after().find('\n').map_or(self.text.len(), |at| self.cursor + at)
    }

    /// Over a line break, some editors go less far.
    fn agreement_on_left(&self) -> Agreement {
        let start = self.start_of_word(Word::Blank);
        let is_in_line = !self.text[start..self.cursor].contains('\n');
        Agreement::of(is_in_line && Word::ALL.iter().all(|word| self.start_of_word(*word) == start))
    }

    fn agreement_on_right(&self) -> Agreement {
        let end = self.end_of_word(Word::Blank);
        let same = |word: &Word| self.end_of_word(*word) == end && self.start_of_next_word(*word) == end;
        let is_in_line = !self.text[self.cursor..end].contains('\n');
        Agreement::of(is_in_line && Word::ALL.iter().all(same))
    }

    fn start_of_word(&self, word: Word) -> usize {
        let before = self.before().trim_end_matches(|c| !word.has(c));
        before.trim_end_matches(|c| word.has(c)).len()
    }

    fn end_of_word(&self, word: Word) -> usize {
        let after = self.after().trim_start_matches(|c| !word.has(c));
        self.text.len() - after.trim_start_matches(|c| word.has(c)).len()
    }

    fn start_of_next_word(&self, word: Word) -> usize {
        let after = self.after().trim_start_matches(|c| word.has(c));
        self.text.len() - after.trim_start_matches(|c| !word.has(c)).len()
    }
}
