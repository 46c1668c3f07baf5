//! The finder: a text in the histories of all sessions, those without a pane too; typing searches.
//!
//! One search is under way at a time: what was typed meanwhile is looked for when it has ended.

use crate::core::dialog::filter_list::{Entry, FilterList};
use crate::core::dialog::{Action, DialogKey, Outcome};
use crate::id::SessionId;
use crate::text;

/// Fewer characters are not looked for: they are everywhere.
const LEAST_CHARS: usize = 2;

/// Most characters of a line that are shown and matched (chosen: wider than any row).
const LINE_CHARS: usize = 300;

/// Lines that are listed. Chosen: more are narrowed by typing, not read.
pub const MOST_LINES: usize = 1000;

/// A line that was found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FoundLine {
    /// Whose history it is in.
    pub session: SessionId,
    /// What the session is called.
    pub label: String,
    /// Whether the session has a pane.
    pub is_open: bool,
    /// The line's number.
    pub line: u64,
    /// The line, fit for a row.
    pub text: String,
}

/// The finder.
#[derive(Clone, PartialEq, Debug)]
pub struct Finder {
    /// The lines, in the order given; `list` refers to them by index.
    pub lines: Vec<FoundLine>,
    /// The list; what is typed is looked for.
    pub list: FilterList,
    /// Whether more lines hold the text than are listed.
    pub is_cut: bool,
    /// What was looked for last.
    asked: String,
    is_searching: bool,
}

impl Finder {
    /// Nothing is looked for yet.
    pub fn new() -> Self {
        Self {
            lines: Vec::new(),
            list: FilterList::new(Vec::new()),
            is_cut: false,
            asked: String::new(),
            is_searching: false,
        }
    }

    /// What is to be looked for now, if anything; the answer is given to [`Finder::take`].
    pub fn next_search(&mut self) -> Option<String> {
        let typed = self.list.input.text().trim();
        if self.is_searching || typed == self.asked || typed.chars().count() < LEAST_CHARS {
            return None;
        }
        self.asked = typed.to_owned();
        self.is_searching = true;
        Some(self.asked.clone())
    }

    /// Takes what was found: open sessions first, the newest lines of each on top.
    pub fn take(&mut self, mut lines: Vec<FoundLine>, is_cut: bool) {
        self.is_searching = false;
        lines.sort_by_key(|found| (!found.is_open, found.session, std::cmp::Reverse(found.line)));
        self.is_cut = is_cut || lines.len() > MOST_LINES;
        lines.truncate(MOST_LINES);
        for found in &mut lines {
            found.text = text::one_line(&found.text, LINE_CHARS);
        }
        let entries = lines.iter().map(|found| Entry { text: found.text.clone(), tier: 0 });
        self.list.replace(entries);
        self.lines = lines;
    }

    /// The selected line.
    pub fn selected(&self) -> Option<&FoundLine> {
        self.list.selected().and_then(|index| self.lines.get(index))
    }

    /// What is to be said where no line is listed.
    pub fn state(&self) -> &'static str {
        let n_typed = self.list.input.text().trim().chars().count();
        match (n_typed < LEAST_CHARS, self.is_searching) {
            (true, _) => "type what to look for: in all sessions, ended ones too",
            (false, true) => "looking",
            (false, false) => "no session has this",
        }
    }

    /// Enter goes to the selected line.
    pub fn key(&mut self, key: DialogKey) -> Outcome {
        match key {
            DialogKey::Enter => match self.selected() {
                Some(found) => {
                    return Outcome::Done(Action::GoToLine(Box::new(found.clone()), self.asked.clone()));
                }
                None => return Outcome::Stay,
            },
            other => self.list.key(other),
        }
        Outcome::Stay
    }
}

impl Default for Finder {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(n: u8, line: u64, text: &str, is_open: bool) -> FoundLine {
        let session = SessionId::new(u64::from(n), [n; 10]);
        FoundLine { session, label: format!("session {n}"), is_open, line, text: text.to_owned() }
    }

    #[test]
    fn one_search_is_under_way_at_a_time() {
        let mut finder = Finder::new();
        finder.list.paste("a");
        assert_eq!(finder.next_search(), None, "it is everywhere");
        finder.list.paste("b");
        assert_eq!(finder.next_search().as_deref(), Some("ab"));
        finder.list.paste("c");
        assert_eq!(finder.next_search(), None, "one is under way");
        finder.take(vec![found(1, 7, "xabx", true)], false);
        assert_eq!(finder.list.matches().len(), 0, "what came narrowed meanwhile");
        assert_eq!(finder.next_search().as_deref(), Some("abc"));
        finder.take(Vec::new(), false);
        assert_eq!((finder.next_search(), finder.state()), (None, "no session has this"));
    }

    #[test]
    fn the_newest_line_of_the_open_sessions_is_on_top_and_gone_to() {
        let mut finder = Finder::new();
        finder.list.paste("err");
        assert!(finder.next_search().is_some());
        let lines = [found(2, 9, "err", false), found(1, 3, "err", true), found(1, 5, "err \tnew", true)];
        finder.take(lines.to_vec(), false);
        let expected = Action::GoToLine(Box::new(found(1, 5, "err new", true)), "err".to_owned());
        assert_eq!(finder.key(DialogKey::Enter), Outcome::Done(expected));
        finder.key(DialogKey::Up);
        assert_eq!(finder.selected().map(|found| found.is_open), Some(false));
    }
}
