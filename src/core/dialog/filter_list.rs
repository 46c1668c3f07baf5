//! A list that typing narrows: an input line on top of entries, ranked by how well they match.
//!
//! Made for ten thousand entries and a key held down: the texts are prepared once, a character that is appended looks only
//! at what matched before, and where the characters of a match lie is worked out for the rows that are drawn alone.

use nucleo_matcher::pattern::{AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32String};

use crate::core::dialog::DialogKey;
use crate::core::dialog::text_field::TextField;

/// Rows that page up and page down move. Chosen: the list's height is the screen's affair, and ten are seen everywhere.
const PAGE: usize = 10;

/// Most characters whose matches are kept to be taken back (chosen: some MiB at most, for ten thousand entries).
const MOST_WIDER: usize = 24;

/// Something to pick.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// What typing is matched against.
    pub text: String,
    /// Lower tiers stand above higher ones as long as nothing is typed; then the better match comes first, whatever its
    /// tier (Enter must not open something else than what was typed).
    pub tier: u64,
}

/// An entry that matches.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Match {
    /// Its index in the order given.
    pub index: usize,
    /// How well it matches; 0 while nothing is typed.
    score: u32,
}

/// An entry as it is matched.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Prepared {
    text: Utf32String,
    tier: u64,
}

/// A list that typing narrows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FilterList {
    /// What was typed.
    pub input: TextField,
    entries: Vec<Prepared>,
    matches: Vec<Match>,
    selected: usize,
    /// What `matches` were ranked by.
    ranked_by: String,
    /// What matched before each character that narrowed the list: taking it back looks at nothing again.
    wider: Vec<(String, Vec<Match>)>,
}

impl FilterList {
    /// A list with nothing typed: all entries by tier, in the order given.
    pub fn new(entries: Vec<Entry>) -> Self {
        let mut list = Self {
            input: TextField::default(),
            entries: Vec::new(),
            matches: Vec::new(),
            selected: 0,
            ranked_by: String::new(),
            wider: Vec::new(),
        };
        list.extend(entries);
        list
    }

    /// Adds entries behind those given before. The selected entry stays selected wherever it comes to lie; a selection at
    /// the top stays at the top.
    pub fn extend(&mut self, entries: impl IntoIterator<Item = Entry>) {
        let first = self.entries.len();
        self.entries.extend(
            entries.into_iter().map(|entry| Prepared { text: Utf32String::from(entry.text), tier: entry.tier }),
        );
        self.wider.clear();
        let selected = self.selected().filter(|_| self.selected > 0);
        let mut found = self.scored(first..self.entries.len());
        self.matches.append(&mut found);
        self.sort();
        self.selected =
            selected.and_then(|index| self.matches.iter().position(|found| found.index == index)).unwrap_or(0);
    }

    /// Takes these entries instead of those given before; what was typed stays.
    pub fn replace(&mut self, entries: impl IntoIterator<Item = Entry>) {
        self.entries.clear();
        self.matches.clear();
        self.selected = 0;
        self.ranked_by = self.input.text().to_owned();
        self.extend(entries);
    }

    /// The entries that match, best first.
    pub fn matches(&self) -> &[Match] {
        &self.matches
    }

    /// For each of these rows, which graphemes of [`Entry::text`] matched, in ascending order; empty while nothing is typed.
    pub fn positions(&self, rows: impl IntoIterator<Item = usize>) -> Vec<Vec<u32>> {
        let pattern = self.pattern();
        // A matcher is some 100 KiB of scratch memory: none where nothing is typed.
        let mut matcher = (!pattern.atoms.is_empty()).then(matcher);
        rows.into_iter()
            .map(|row| {
                let mut positions = Vec::new();
                let entry = self.matches.get(row).and_then(|found| self.entries.get(found.index));
                if let (Some(entry), Some(matcher)) = (entry, &mut matcher) {
                    pattern.indices(entry.text.slice(..), matcher, &mut positions);
                    positions.sort_unstable();
                    positions.dedup();
                }
                positions
            })
            .collect()
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

    /// Arrows, Tab and pages move the selection, everything else edits the input.
    pub fn key(&mut self, key: DialogKey) {
        let last = self.matches.len().saturating_sub(1);
        match key {
            DialogKey::Up | DialogKey::BackTab if self.selected == 0 => self.selected = last,
            DialogKey::Up | DialogKey::BackTab => self.selected -= 1,
            DialogKey::Down | DialogKey::Tab if self.selected >= last => self.selected = 0,
            DialogKey::Down | DialogKey::Tab => self.selected += 1,
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

    /// Puts what was typed in another list into the input.
    pub(super) fn set_input(&mut self, input: TextField) {
        self.input = input;
        self.rank();
    }

    fn rank(&mut self) {
        self.selected = 0;
        let is_narrower = self.narrows();
        let before = std::mem::replace(&mut self.ranked_by, self.input.text().to_owned());
        if let Some(at) = self.wider.iter().position(|(typed, _)| *typed == self.ranked_by) {
            self.matches = std::mem::take(&mut self.wider[at].1);
            self.wider.truncate(at);
            return;
        }
        if is_narrower {
            let wide = std::mem::take(&mut self.matches);
            self.matches = self.scored(wide.iter().map(|found| found.index));
            if self.wider.len() < MOST_WIDER {
                self.wider.push((before, wide));
            }
        } else {
            self.wider.clear();
            self.matches = self.scored(0..self.entries.len());
        }
        self.sort();
    }

    /// Whether whatever matches now has matched before. A backslash can make a blank part of a word, so with one nothing
    /// is certain.
    fn narrows(&self) -> bool {
        let typed = self.input.text();
        !self.ranked_by.is_empty() && typed.starts_with(&self.ranked_by) && !typed.contains('\\')
    }

    /// Leaves out entries as long as nothing is typed.
    pub(super) fn leave_out(&mut self, is_out: impl Fn(usize) -> bool) {
        self.matches.retain(|found| !is_out(found.index));
        self.selected = 0;
    }

    fn pattern(&self) -> Pattern {
        Pattern::new(self.input.text().trim(), CaseMatching::Smart, Normalization::Smart, AtomKind::Fuzzy)
    }

    /// Those of the entries with these indices that match, in the order given.
    fn scored(&self, indices: impl IntoIterator<Item = usize>) -> Vec<Match> {
        let pattern = self.pattern();
        if pattern.atoms.is_empty() {
            return indices.into_iter().map(|index| Match { index, score: 0 }).collect();
        }
        let mut matcher = matcher();
        indices
            .into_iter()
            .filter_map(|index| {
                let text = self.entries.get(index)?.text.slice(..);
                pattern.score(text, &mut matcher).map(|score| Match { index, score })
            })
            .collect()
    }

    /// The better match first; without a pattern all scores are equal, and the tier decides.
    fn sort(&mut self) {
        let tier = |found: &Match| self.entries.get(found.index).map_or(u64::MAX, |entry| entry.tier);
        self.matches
            .sort_by(|a, b| b.score.cmp(&a.score).then_with(|| tier(a).cmp(&tier(b))).then(a.index.cmp(&b.index)));
    }
}

fn matcher() -> Matcher {
    let mut config = Config::DEFAULT;
    config.prefer_prefix = true;
    Matcher::new(config)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(entries: &[(&str, u64)]) -> FilterList {
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
        assert_eq!(list.positions([0]), [vec![0, 1, 2]]);
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

    #[test]
    fn a_character_more_finds_what_typing_it_all_at_once_finds() {
        let words = ["auth: refresh", "Auth", "au th", "thu a", "a\\ uth", "漢字 auth", "x"];
        let entries: Vec<(&str, u64)> = words.iter().map(|word| (*word, 0)).collect();
        for typed in ["auth", "au th", "a Uth", "a\\ u", " a u", "字a"] {
            let mut by_key = list(&entries);
            typed.chars().for_each(|c| by_key.key(DialogKey::Char(c)));
            let mut at_once = list(&entries);
            at_once.paste(typed);
            assert_eq!(order(&by_key), order(&at_once), "{typed}");
            for n in 1..=typed.chars().count() {
                by_key.key(DialogKey::Backspace);
                at_once.key(DialogKey::Backspace);
                assert_eq!(order(&by_key), order(&at_once), "{typed} less {n}");
            }
        }
    }

    #[test]
    fn entries_that_come_later_take_their_place_and_the_selection_stays() {
        let entry = |text: &str, tier| Entry { text: text.to_owned(), tier };
        let mut growing = list(&[("b", 5), ("d", 7)]);
        growing.extend([entry("a", 1), entry("c", 6)]);
        assert_eq!(order(&growing), [2, 0, 3, 1]);
        assert_eq!(growing.selected(), Some(2), "the top stays the top");
        growing.select(3);
        growing.extend([entry("d2", 0)]);
        assert_eq!(growing.selected(), Some(1));
        growing.paste("d");
        growing.extend([entry("x", 0), entry("dd", 0)]);
        assert!(order(&growing).contains(&6) && !order(&growing).contains(&5));
    }
}
