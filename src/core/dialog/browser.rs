//! The conversation browser: all conversations on disk, whoever started them, narrowed by typing; and the picker, the same
//! list for one session that does not know its conversation.
//!
//! Rows come in batches while it is open, and are gone with it: nothing is kept or watched afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::config::FileDialect;
use crate::core::conversation::{Conversation, Found, Source};
use crate::core::dialog::filter_list::{Entry, FilterList};
use crate::core::dialog::switcher::short_directory;
use crate::core::dialog::{Action, DialogKey, Outcome, Placement};
use crate::id::{ConversationId, PaneId, SessionId};
use crate::text;
use crate::time::Wall;

/// Most characters of a label that are shown and matched (chosen: wider than any row).
const LABEL_CHARS: usize = 120;

/// Most characters of a first message below a title that typing is matched against (chosen: its beginning is what people
/// remember, and the time of a key grows with it).
const MESSAGE_CHARS: usize = 80;

/// Bits of a tier that hold the age.
const AGE_BITS: u32 = 60;

/// What the browser is for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// Open a conversation in a new pane.
    Open,
    /// Put a session on a conversation.
    Pick {
        /// Which session.
        session: SessionId,
        /// Whose conversations can be picked.
        files: FileDialect,
        /// Those between which the evidence could not tell: they stand on top.
        candidates: Vec<ConversationId>,
    },
}

/// Which conversations are listed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Range {
    /// Those of all directories.
    Everywhere,
    /// Those of the directory from which the browser was opened.
    Here,
}

/// A session that is on a conversation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OpenIn {
    /// Which session.
    pub session: SessionId,
    /// Its pane.
    pub pane: PaneId,
}

/// Conversations that are open in this workspace, by whose they are and their id.
pub type OpenConversations = BTreeMap<(FileDialect, ConversationId), OpenIn>;

/// From where the browser is looked at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BrowserView {
    /// Names this reading; batches of another one are not taken.
    pub generation: u64,
    /// The directory from which it was opened.
    pub here: String,
    /// The user's home directory, shown as `~`.
    pub home: String,
    /// When it was opened: ages are counted from then, and nothing ticks.
    pub now: Wall,
    /// What is open already.
    pub open: OpenConversations,
}

/// The conversation browser.
#[derive(Clone, PartialEq, Debug)]
pub struct Browser {
    /// What it is for.
    pub purpose: Purpose,
    /// From where it is looked at.
    pub view: BrowserView,
    /// The list; its indices go through [`Browser::row`].
    pub list: FilterList,
    /// Which conversations are listed.
    pub range: Range,
    /// Where was looked, once all has been read; `None` while conversations are still being read.
    pub looked_in: Option<Vec<String>>,
    /// What was found, in the order in which it came.
    rows: Vec<Found>,
    /// Index in the list → index in `rows`.
    listed: Vec<usize>,
    seen: BTreeSet<(FileDialect, ConversationId)>,
}

impl Browser {
    /// A browser that opens conversations; still empty.
    pub fn new(view: BrowserView) -> Self {
        Self::with_purpose(Purpose::Open, view)
    }

    /// A picker for one session: only conversations of its files, `candidates` on top, then those of its directory.
    pub fn for_session(
        session: SessionId,
        files: FileDialect,
        candidates: Vec<ConversationId>,
        view: BrowserView,
    ) -> Self {
        Self::with_purpose(Purpose::Pick { session, files, candidates }, view)
    }

    fn with_purpose(purpose: Purpose, view: BrowserView) -> Self {
        Self {
            purpose,
            view,
            list: FilterList::new(Vec::new()),
            range: Range::Everywhere,
            looked_in: None,
            rows: Vec::new(),
            listed: Vec::new(),
            seen: BTreeSet::new(),
        }
    }

    /// Takes conversations that were found; those known already are dropped, and what is selected stays selected.
    pub fn take(&mut self, source: &Arc<Source>, conversations: Vec<Conversation>) {
        if matches!(&self.purpose, Purpose::Pick { files, .. } if *files != source.files) {
            return;
        }
        let first = self.rows.len();
        for conversation in conversations {
            if self.seen.insert((source.files, conversation.id.clone())) {
                self.rows.push(Found { conversation, source: source.clone() });
            }
        }
        self.list_rows(first);
    }

    /// How many conversations were found.
    pub fn n_found(&self) -> usize {
        self.rows.len()
    }

    /// The conversation with this index in the list.
    pub fn row(&self, index: usize) -> Option<&Found> {
        self.rows.get(*self.listed.get(index)?)
    }

    /// The selected conversation.
    pub fn selected(&self) -> Option<&Found> {
        self.row(self.list.selected()?)
    }

    /// Where a conversation is open already.
    pub fn open_in(&self, found: &Found) -> Option<OpenIn> {
        self.view.open.get(&(found.source.files, found.conversation.id.clone())).copied()
    }

    /// Whether the evidence says that the session may be on this conversation.
    pub fn is_candidate(&self, found: &Found) -> bool {
        match &self.purpose {
            Purpose::Open => false,
            Purpose::Pick { candidates, .. } => candidates.contains(&found.conversation.id),
        }
    }

    /// The conversation's directory, with `~` for the home directory.
    pub fn directory(&self, conversation: &Conversation) -> String {
        short_directory(&conversation.cwd, &self.view.home)
    }

    /// Enter opens (or picks, or goes to where it is open); Ctrl-R and Ctrl-S open beside; Tab changes the range.
    pub fn key(&mut self, key: DialogKey) -> Outcome {
        match key {
            DialogKey::Enter => self.choose(Placement::Tab),
            DialogKey::SplitRight => self.choose(Placement::Right),
            DialogKey::SplitDown => self.choose(Placement::Down),
            DialogKey::Tab | DialogKey::BackTab => {
                self.change_range();
                Outcome::Stay
            }
            other => {
                self.list.key(other);
                Outcome::Stay
            }
        }
    }

    /// Selects the row; whether it was selected before.
    pub(super) fn click_row(&mut self, row: usize) -> bool {
        let was_selected = self.list.selected_row() == row;
        self.list.select(row) && was_selected
    }

    fn choose(&self, placement: Placement) -> Outcome {
        let Some(found) = self.selected() else { return Outcome::Stay };
        let open = self.open_in(found);
        Outcome::Done(match (&self.purpose, open) {
            (Purpose::Pick { session, .. }, Some(open)) if open.session == *session => {
                Action::PutOn(*session, Box::new(found.clone()))
            }
            (_, Some(open)) => Action::Go(open.session),
            (Purpose::Pick { session, .. }, None) => Action::PutOn(*session, Box::new(found.clone())),
            (Purpose::Open, None) => Action::OpenConversation { found: Box::new(found.clone()), placement },
        })
    }

    fn change_range(&mut self) {
        self.range = match self.range {
            Range::Everywhere => Range::Here,
            Range::Here => Range::Everywhere,
        };
        let selected = self.list.selected().and_then(|index| self.listed.get(index).copied());
        let typed = self.list.input.clone();
        self.list = FilterList::new(Vec::new());
        self.listed.clear();
        self.list_rows(0);
        self.list.set_input(typed);
        let is_selected = |index: usize| selected.is_some() && self.listed.get(index).copied() == selected;
        if let Some(row) = self.list.matches().iter().position(|found| is_selected(found.index)) {
            self.list.select(row);
        }
    }

    /// Lists the rows from this one on, as far as they are in the range.
    fn list_rows(&mut self, first: usize) {
        let mut entries = Vec::new();
        for (index, found) in self.rows.iter().enumerate().skip(first) {
            if self.range == Range::Everywhere || self.is_here(&found.conversation) {
                self.listed.push(index);
                entries.push(Entry { text: self.matched_text(found), tier: self.tier(found) });
            }
        }
        if !entries.is_empty() {
            self.list.extend(entries);
        }
    }

    fn is_here(&self, conversation: &Conversation) -> bool {
        let trimmed = |directory: &str| directory.trim_end_matches('/').to_owned();
        trimmed(&conversation.cwd) == trimmed(&self.view.here)
    }

    /// The label comes first: what of it matched is marked.
    fn matched_text(&self, found: &Found) -> String {
        let conversation = &found.conversation;
        let label = label(conversation);
        let message = match &conversation.first_message {
            Some(message) if conversation.title.is_some() => text::one_line(message, MESSAGE_CHARS),
            Some(_) | None => String::new(),
        };
        let directory = self.directory(conversation);
        format!("{label} {} {directory} {message} {}", conversation.provider, conversation.id)
    }

    /// The newest first; in a picker the candidates above all, then those of the session's directory.
    fn tier(&self, found: &Found) -> u64 {
        let class: u64 = match &self.purpose {
            Purpose::Open => 0,
            Purpose::Pick { .. } if self.is_candidate(found) => 0,
            Purpose::Pick { .. } if self.is_here(&found.conversation) => 1,
            Purpose::Pick { .. } => 2,
        };
        let most = (1 << AGE_BITS) - 1;
        let at = u64::try_from(found.conversation.updated_at.unix_ms).unwrap_or(0).min(most);
        (class << AGE_BITS) | (most - at)
    }
}

/// What a row is called: title, first message or id, fit for one line.
pub fn label(conversation: &Conversation) -> String {
    text::one_line(conversation.label(), LABEL_CHARS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::ProviderName;

    const NOW: i64 = 1_700_000_000_000;

    fn conversation(id: &str, title: &str, cwd: &str, age_ms: i64) -> Conversation {
        Conversation {
            provider: ProviderName::new("claude"),
            id: ConversationId::new(id),
            title: (!title.is_empty()).then(|| title.to_owned()),
            cwd: cwd.to_owned(),
            created_at: None,
            updated_at: Wall { unix_ms: NOW - age_ms },
            first_message: Some(format!("please {id}")),
            last_message: None,
        }
    }

    fn view() -> BrowserView {
        let open = OpenIn { session: session(9), pane: PaneId::new(3).expect("not zero") };
        BrowserView {
            generation: 1,
            here: "/src/api".to_owned(),
            home: "/home/me".to_owned(),
            now: Wall { unix_ms: NOW },
            open: OpenConversations::from([((FileDialect::Claude, ConversationId::new("held")), open)]),
        }
    }

    fn session(n: u8) -> SessionId {
        SessionId::new(u64::from(n), [n; 10])
    }

    fn source(files: FileDialect) -> Arc<Source> {
        Arc::new(Source { files, env: BTreeMap::new() })
    }

    fn listed(browser: &Browser) -> Vec<&str> {
        let ids = browser.list.matches().iter().filter_map(|found| browser.row(found.index));
        ids.map(|found| found.conversation.id.as_str()).collect()
    }

    fn filled(mut browser: Browser) -> Browser {
        let claude = source(FileDialect::Claude);
        browser.take(&claude, vec![conversation("b", "fix auth", "/src/api/", 20), conversation("d", "", "/x", 40)]);
        browser.take(&claude, vec![conversation("a", "", "/src/web", 10), conversation("held", "", "/src/api", 30)]);
        browser
    }

    #[test]
    fn batches_of_several_readers_are_merged_newest_first_and_each_conversation_is_there_once() {
        let mut browser = filled(Browser::new(view()));
        browser.take(&source(FileDialect::Claude), vec![conversation("a", "again", "/", 0)]);
        browser.take(&source(FileDialect::Codex), vec![conversation("a", "another's", "/", 25)]);
        assert_eq!(listed(&browser), ["a", "b", "a", "held", "d"]);
    }

    #[test]
    fn title_directory_message_provider_and_id_are_found() {
        for (typed, id) in [("auth", "b"), ("web", "a"), ("please d", "d"), ("claude held", "held")] {
            let mut browser = filled(Browser::new(view()));
            browser.list.paste(typed);
            assert_eq!(listed(&browser).first(), Some(&id), "{typed}");
        }
    }

    #[test]
    fn tab_keeps_to_the_directory_and_back_with_what_was_typed_and_selected() {
        let mut browser = filled(Browser::new(view()));
        browser.list.paste("please");
        let at = listed(&browser).iter().position(|id| *id == "held").expect("listed");
        browser.list.select(at);
        browser.key(DialogKey::Tab);
        assert_eq!(listed(&browser).len(), 2);
        assert_eq!(browser.selected().map(|found| found.conversation.id.as_str()), Some("held"));
        browser.take(
            &source(FileDialect::Claude),
            vec![conversation("e", "", "/src/api", 0), conversation("f", "", "/y", 0)],
        );
        assert_eq!(listed(&browser).len(), 3);
        browser.key(DialogKey::Tab);
        assert_eq!(listed(&browser).len(), 6);
        assert_eq!(browser.list.input.text(), "please");
    }

    #[test]
    fn enter_opens_what_is_selected_or_goes_to_where_it_is_open() {
        let mut browser = filled(Browser::new(view()));
        for (key, placement) in [
            (DialogKey::Enter, Placement::Tab),
            (DialogKey::SplitRight, Placement::Right),
            (DialogKey::SplitDown, Placement::Down),
        ] {
            let found = Box::new(browser.selected().expect("rows").clone());
            assert_eq!(browser.key(key), Outcome::Done(Action::OpenConversation { found, placement }));
        }
        browser.list.paste("held");
        assert_eq!(browser.key(DialogKey::Enter), Outcome::Done(Action::Go(session(9))));
        assert_eq!(Browser::new(view()).key(DialogKey::Enter), Outcome::Stay);
    }

    #[test]
    fn a_picker_shows_one_agents_conversations_candidates_first_then_those_of_the_directory() {
        let candidates = vec![ConversationId::new("d")];
        let mut browser = filled(Browser::for_session(session(1), FileDialect::Claude, candidates, view()));
        browser.take(&source(FileDialect::Codex), vec![conversation("x", "", "/src/api", 0)]);
        assert_eq!(listed(&browser), ["d", "b", "held", "a"]);
        let found = Box::new(browser.selected().expect("rows").clone());
        assert_eq!(browser.key(DialogKey::Enter), Outcome::Done(Action::PutOn(session(1), found)));
        browser.list.paste("held");
        assert_eq!(browser.key(DialogKey::Enter), Outcome::Done(Action::Go(session(9))));
    }

    /// Prints the time of a key at 10,000 rows: `cargo test --release --lib -- --ignored --nocapture ten_thousand`.
    #[test]
    #[ignore = "measures"]
    fn ten_thousand_rows() {
        let mut browser = Browser::new(view());
        let words = ["refactor", "auth", "middleware", "flaky", "tests", "in", "ci", "vite", "docs", "漢字", "resume"];
        let row = |n: usize| {
            let word = |k: usize| words[(n * 7 + k * k * 3 + n / 11) % words.len()];
            let title: Vec<&str> = (0..6).map(word).collect();
            let mut row = conversation(&format!("{n:08x}-aaaa"), &title.join(" "), "/home/me/src/project", n as i64);
            row.first_message = Some((0..24).map(|k| word(k + n)).collect::<Vec<_>>().join(" "));
            row
        };
        let started = std::time::Instant::now();
        for batch in 0..50 {
            browser.take(&source(FileDialect::Claude), (batch * 200..(batch + 1) * 200).map(row).collect());
        }
        println!("10,000 rows taken in {:?}", started.elapsed());
        for c in "auth mid vi".chars() {
            let started = std::time::Instant::now();
            browser.key(DialogKey::Char(c));
            println!("{c:?}: {:?}, {} match", started.elapsed(), browser.list.matches().len());
        }
        for key in [DialogKey::Backspace, DialogKey::KillLine, DialogKey::Tab] {
            let started = std::time::Instant::now();
            browser.key(key);
            println!("{key:?}: {:?}", started.elapsed());
        }
    }
}
