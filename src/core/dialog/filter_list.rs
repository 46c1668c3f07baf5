//! A list that typing narrows: an input line on top of entries, ranked by how well they match.

use nucleo_matcher::pattern::{AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use crate::core::dialog::DialogKey;
use crate::core::dialog::text_field::TextField;

/// Rows that page up and page down move. Chosen: the list's height is the screen's affair, and ten are seen everywhere.
const PAGE: usize = 10;

/// Something to pick.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// What typing is matched against.
    pub text: String,
    /// Lower tiers stand above higher ones as long as nothing is typed; then the better match comes first, whatever its
    /// tier (Enter must not open something else than what was typed).
    pub tier: u8,
}

/// An entry that matches.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Match {
    /// Its index in the order given.
    pub index: usize,
    /// Which graphemes of [`Entry::text`] matched, in ascending order; empty while nothing is typed.
    pub positions: Vec<u32>,
}

/// A list that typing narrows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FilterList {
    /// What was typed.
    pub input: TextField,
    entries: Vec<Entry>,
    matches: Vec<Match>,
    selected: usize,
}

impl FilterList {
    /// A list with nothing typed: all entries by tier, in the order given.
    pub fn new(entries: Vec<Entry>) -> Self {
        let mut list = Self { input: TextField::default(), entries, matches: Vec::new(), selected: 0 };
        list.rank();
        list
    }

    /// The entries that match, best first.
    pub fn matches(&self) -> &[Match] {
        &self.matches
    }

    /// The row of the selected match; 0 where there is none.
    pub fn selected_row(&self) -> usize {
        self.selected
    }

    /// The index (in the order given) of the selected entry; `None` where nothing matches.
    pub fn selected(&self) -> Option<usize> {
        self.matches.get(self.selected).map(|found| found.index)
    }

    /// Selects the row; false where there is none.
    pub fn select(&mut self, row: usize) -> bool {
        let is_there = row < self.matches.len();
        if is_there {
            self.selected = row;
        }
        is_there
    }

    /// Arrows and pages move the selection, everything else edits the input.
    pub fn key(&mut self, key: DialogKey) {
        let last = self.matches.len().saturating_sub(1);
        match key {
            DialogKey::Up if self.selected == 0 => self.selected = last,
            DialogKey::Up => self.selected -= 1,
            DialogKey::Down if self.selected >= last => self.selected = 0,
            DialogKey::Down => self.selected += 1,
            DialogKey::PageUp => self.selected = self.selected.saturating_sub(PAGE),
            DialogKey::PageDown => self.selected = (self.selected + PAGE).min(last),
            other => {
                let before = self.input.text().to_owned();
                self.input.key(other);
                if self.input.text() != before {
                    self.rank();
                }
            }
        }
    }

    /// Takes pasted text into the input.
    pub fn paste(&mut self, text: &str) {
        self.input.paste(text);
        self.rank();
    }

    fn rank(&mut self) {
        self.selected = 0;
        let pattern =
            Pattern::new(self.input.text().trim(), CaseMatching::Smart, Normalization::Smart, AtomKind::Fuzzy);
        let mut config = Config::DEFAULT;
        config.prefer_prefix = true;
        let mut matcher = Matcher::new(config);
        let mut characters = Vec::new();
        let mut scored: Vec<(u8, u32, Match)> = Vec::new();
        for (index, entry) in self.entries.iter().enumerate() {
            let mut positions = Vec::new();
            let haystack = Utf32Str::new(&entry.text, &mut characters);
            if let Some(score) = pattern.indices(haystack, &mut matcher, &mut positions) {
                positions.sort_unstable();
                positions.dedup();
                scored.push((entry.tier, score, Match { index, positions }));
            }
        }
        // Without a pattern all scores are equal, and the tier decides.
        scored.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)).then(a.2.index.cmp(&b.2.index)));
        self.matches = scored.into_iter().map(|(_, _, found)| found).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(entries: &[(&str, u8)]) -> FilterList {
        FilterList::new(entries.iter().map(|(text, tier)| Entry { text: (*text).to_owned(), tier: *tier }).collect())
    }

    fn order(list: &FilterList) -> Vec<usize> {
        list.matches().iter().map(|found| found.index).collect()
    }

    #[test]
    fn nothing_typed_lists_all_by_tier() {
        assert_eq!(order(&list(&[("a", 1), ("b", 0), ("c", 0)])), [1, 2, 0]);
    }

    #[test]
    fn typing_narrows_and_the_better_match_comes_first() {
        let mut list = list(&[("fix class layout", 0), ("claude", 0), ("codex", 0)]);
        list.paste("cla");
        assert_eq!(order(&list), [1, 0]);
        assert_eq!(list.matches()[0].positions, [0, 1, 2]);
        list.paste("zzz");
        assert_eq!(list.selected(), None);
        list.key(DialogKey::KillLine);
        assert_eq!(order(&list).len(), 3);
    }

    #[test]
    fn words_match_in_any_order_and_signs_of_a_query_language_are_just_text() {
        let mut list = list(&[("auth claude", 0), ("!x ^y", 0)]);
        list.paste("cla auth");
        assert_eq!(order(&list), [0]);
        list.key(DialogKey::KillLine);
        list.paste("^y");
        assert_eq!(order(&list), [1]);
    }

    #[test]
    fn the_better_match_wins_over_the_lower_tier_and_the_tier_decides_among_equals() {
        let mut list = list(&[("demo agent demo", 0), ("gemini", 1), ("gemini", 0)]);
        list.paste("gem");
        assert_eq!(order(&list), [2, 1, 0]);
    }

    #[test]
    fn the_selection_goes_round_and_returns_to_the_top_when_typing() {
        let mut list = list(&[("aa", 0), ("ab", 0), ("ac", 0)]);
        list.key(DialogKey::Up);
        assert_eq!(list.selected(), Some(2));
        list.key(DialogKey::Down);
        assert_eq!(list.selected(), Some(0));
        list.key(DialogKey::PageDown);
        assert_eq!(list.selected(), Some(2));
        list.key(DialogKey::Char('a'));
        assert_eq!(list.selected_row(), 0);
    }

    #[test]
    fn an_empty_list_survives_every_move() {
        let mut list = list(&[]);
        for key in [DialogKey::Up, DialogKey::Down, DialogKey::PageUp, DialogKey::PageDown, DialogKey::Char('x')] {
            list.key(key);
        }
        assert_eq!(list.selected(), None);
        assert!(!list.select(0));
    }
}
