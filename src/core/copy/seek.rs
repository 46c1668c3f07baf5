//! Searching in copy mode: the pattern being typed, and the search that `n` and `N` go on with.
//!
//! Pure. A search is done in slices (`CopyMode::search_on`), so that a key never waits for a long history.

use std::sync::Arc;

use super::CopyMode;
use super::view::RowAt;
use crate::core::dialog::{DialogKey, TextField};
use crate::term::Terminal;
use crate::term::lines::Point;
use crate::term::search::{Direction, FIRST_SLICE_BYTES, Pattern, Slices, Sweep};
use crate::time::Instant;

/// A pattern that is being typed.
#[derive(Clone, PartialEq, Debug)]
pub struct Prompt {
    /// Which way.
    pub direction: Direction,
    /// What is typed.
    pub field: TextField,
    /// Where the search begins, and what was shown then: Esc goes back there.
    from: (Point, RowAt),
    /// The search before it.
    before: Option<Seek>,
}

/// What the user waits for while not all of the document was looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Wanted {
    /// The first match of a new search.
    Nearest,
    /// The next one from the cursor.
    Next(Direction),
}

/// A search.
#[derive(Clone, PartialEq, Debug)]
pub struct Seek {
    /// What is looked for.
    pub pattern: Arc<Pattern>,
    /// Which way `n` goes.
    pub direction: Direction,
    sweep: Sweep,
    slices: Slices,
    wanted: Option<Wanted>,
}

/// What is known of a search's matches.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tally {
    /// Which match the cursor is on, counted from the oldest, from 1.
    pub rank: Option<usize>,
    /// Matches found so far.
    pub n_matches: usize,
    /// Whether these are all.
    pub is_complete: bool,
}

impl Seek {
    /// What is known of the matches, with the cursor at a place.
    pub fn tally(&self, cursor: Point) -> Tally {
        Tally { rank: self.sweep.rank(cursor), n_matches: self.sweep.n_matches(), is_complete: self.sweep.is_done() }
    }
}

impl CopyMode {
    /// Opens the line for a pattern.
    pub(super) fn ask_pattern(&mut self, direction: Direction) {
        let from = (self.cursor, self.top);
        self.prompt = Some(Prompt { direction, field: TextField::default(), from, before: self.seek.take() });
    }

    /// A key for the line with the pattern: each change searches anew from where the search began.
    pub(super) fn key_in_prompt(&mut self, key: DialogKey, terminal: &Terminal) {
        let Some(prompt) = &mut self.prompt else { return };
        let is_empty = prompt.field.text().is_empty();
        match key {
            DialogKey::Enter => self.take_pattern(terminal),
            DialogKey::Escape => self.drop_pattern(terminal),
            DialogKey::Backspace if is_empty => self.drop_pattern(terminal),
            key => {
                let typed = prompt.field.text().to_owned();
                prompt.field.key(key);
                if prompt.field.text() != typed {
                    self.pattern_changed(terminal);
                }
            }
        }
    }

    /// Text pasted into the line with the pattern.
    pub fn paste(&mut self, text: &str, terminal: &Terminal) {
        if let Some(prompt) = &mut self.prompt {
            prompt.field.paste(text);
            self.pattern_changed(terminal);
        }
    }

    fn pattern_changed(&mut self, terminal: &Terminal) {
        let Some(prompt) = &self.prompt else { return };
        let (from, direction) = (prompt.from, prompt.direction);
        let pattern = Pattern::new(prompt.field.text());
        (self.cursor, self.top) = from;
        self.settle(terminal);
        self.show_cursor(terminal);
        self.column = None;
        self.seek = None;
        if let Some(pattern) = pattern {
            self.search(pattern, direction, terminal);
        }
    }

    /// Enter: the search stays; an empty line repeats the one before.
    fn take_pattern(&mut self, terminal: &Terminal) {
        let Some(prompt) = self.prompt.take() else { return };
        if self.seek.is_none()
            && let Some(before) = prompt.before
        {
            self.seek = Some(Seek { direction: prompt.direction, ..before });
            self.next_match(terminal, prompt.direction);
        }
    }

    fn drop_pattern(&mut self, terminal: &Terminal) {
        if let Some(prompt) = self.prompt.take() {
            (self.cursor, self.top) = prompt.from;
            self.settle(terminal);
            self.show_cursor(terminal);
            self.seek = prompt.before;
        }
    }

    /// Looks for a pattern from the cursor.
    pub fn search(&mut self, pattern: Pattern, direction: Direction, terminal: &Terminal) {
        let sweep = Sweep::new(direction, self.cursor);
        let wanted = Some(Wanted::Nearest);
        self.seek = Some(Seek { pattern: Arc::new(pattern), direction, sweep, slices: Slices::default(), wanted });
        self.look(terminal, FIRST_SLICE_BYTES);
    }

    /// `n` and `N`; whether there is a search to go on with.
    pub(super) fn next_match(&mut self, terminal: &Terminal, direction: Direction) {
        if let Some(seek) = &mut self.seek {
            seek.wanted = Some(Wanted::Next(direction));
        }
        self.go_to_wanted(terminal);
    }

    /// Whether the search has more to look at.
    pub fn is_searching(&self) -> bool {
        self.seek.as_ref().is_some_and(|seek| !seek.sweep.is_done())
    }

    /// Goes on searching for a few milliseconds; again and again, until it is over.
    pub fn search_on(&mut self, terminal: &Terminal, now: Instant) {
        let bytes = self.seek.as_mut().map_or(0, |seek| seek.slices.next(now));
        self.look(terminal, bytes);
    }

    fn look(&mut self, terminal: &Terminal, bytes: usize) {
        let frozen = Arc::clone(&self.frozen);
        let document = crate::term::lines::Document::new(terminal, &frozen);
        if let Some(seek) = &mut self.seek {
            seek.sweep.advance(&seek.pattern, &document, bytes);
        }
        self.go_to_wanted(terminal);
    }

    fn go_to_wanted(&mut self, terminal: &Terminal) {
        let cursor = self.cursor;
        let Some(seek) = &mut self.seek else { return };
        let Some(wanted) = seek.wanted else { return };
        let found = match wanted {
            Wanted::Nearest => seek.sweep.nearest(),
            Wanted::Next(direction) => seek.sweep.next_from(cursor, direction),
        };
        if found.is_some() || seek.sweep.is_done() {
            seek.wanted = None;
        }
        if let Some(found) = found {
            self.go(terminal, found.start);
        }
    }
}
