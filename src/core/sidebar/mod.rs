//! The sidebar: which sessions it lists, in which groups and order, for one client. `ui::sidebar` draws it; the keys that go
//! from one session to the next follow it too.

pub mod rows;

use std::collections::BTreeSet;

use crate::core::pane::Phase;
use crate::core::session::{Session, Status};
use crate::core::state::State;
use crate::id::SessionId;
use crate::layout::chrome::{Side, SidebarPlace};
use crate::text;

/// Fewest and most columns of a whole sidebar.
pub const COLUMNS: (u16, u16) = (16, 60);

/// Most characters of a group's name. Chosen: wider than the sidebar.
const NAME_CHARS: usize = 80;

/// By what sessions are grouped.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Grouping {
    /// By project: the repository that the directory is in, else the directory.
    #[default]
    Project,
    /// By tab.
    Tab,
    /// Not at all.
    None,
}

impl Grouping {
    /// All of them, in the order of the key.
    pub const ALL: [Self; 3] = [Self::Project, Self::Tab, Self::None];

    /// The word in settings.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Project => "project",
            Self::Tab => "tab",
            Self::None => "none",
        }
    }
}

/// In which order sessions of a group stand.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Sorting {
    /// Those that need the user first.
    #[default]
    Attention,
    /// Those that changed last first.
    Recent,
    /// By what they are called.
    Name,
}

impl Sorting {
    /// All of them, in the order of the key.
    pub const ALL: [Self; 3] = [Self::Attention, Self::Recent, Self::Name];

    /// The word in settings.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Attention => "attention",
            Self::Recent => "recent",
            Self::Name => "name",
        }
    }
}

/// How the sidebar is shown to one client.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SidebarView {
    /// Whether the user wants it; narrow screens collapse or hide it all the same.
    pub wanted: bool,
    /// Its columns when shown whole, [`COLUMNS`].
    pub columns: u16,
    /// At which edge it stands.
    pub side: Side,
    /// By what sessions are grouped.
    pub grouping: Grouping,
    /// In which order they stand.
    pub sorting: Sorting,
    /// Rows scrolled down by the wheel; `None` follows the session that is selected, or has the focus.
    pub scroll: Option<u16>,
    /// The groups of which only the name is shown.
    pub folded: BTreeSet<String>,
}

impl SidebarView {
    /// Where the user wants it; `None` where it is not wanted.
    pub fn shown(&self) -> Option<SidebarPlace> {
        self.wanted.then_some(SidebarPlace { columns: self.columns, side: self.side })
    }
}

impl Default for SidebarView {
    /// 24 columns (chosen: SCREEN.md asks for 22–28).
    fn default() -> Self {
        Self {
            wanted: true,
            columns: 24,
            side: Side::Left,
            grouping: Grouping::Project,
            sorting: Sorting::Attention,
            scroll: None,
            folded: BTreeSet::new(),
        }
    }
}

/// Sessions under one heading.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Group {
    /// The heading; empty where there is none.
    pub name: String,
    /// The sessions, in order.
    pub sessions: Vec<SessionId>,
}

/// The heading of the pinned sessions.
pub const PINNED: &str = "pinned";

/// The groups in order: the pinned sessions, then the rest. Of the sessions only those in which every word of the filter
/// occurs (capitals count where the word has one); groups without any are left out.
pub fn groups(state: &State, view: &SidebarView, filter: &str) -> Vec<Group> {
    let shown: Vec<&Session> = state.listed_sessions().filter(|session| matches(session, filter)).collect();
    let (mut pinned, rest): (Vec<&Session>, Vec<&Session>) =
        shown.into_iter().partition(|session| session.pin.is_some());
    pinned.sort_by_key(|session| session.pin);
    let mut groups = vec![(PINNED.to_owned(), pinned)];
    groups.extend(match view.grouping {
        Grouping::Project => by_project(state, rest, view.sorting),
        Grouping::Tab => by_tab(state, &rest),
        Grouping::None => vec![(String::new(), rest)],
    });
    for (name, sessions) in &mut groups {
        if name != PINNED {
            sort(state, sessions, view.sorting);
        }
    }
    let ids = |sessions: Vec<&Session>| sessions.iter().map(|session| session.id).collect();
    let groups = groups.into_iter().filter(|(_, sessions)| !sessions.is_empty());
    groups.map(|(name, sessions)| Group { name, sessions: ids(sessions) }).collect()
}

fn matches(session: &Session, filter: &str) -> bool {
    let texts = [
        session.label(),
        session.provider.as_str(),
        session.cwd.as_str(),
        session.first_message.as_deref().unwrap_or_default(),
        session.status.as_str(),
    ];
    filter.split_whitespace().all(|word| {
        let is_exact = word.chars().any(char::is_uppercase);
        texts.iter().any(|text| if is_exact { text.contains(word) } else { text.to_lowercase().contains(word) })
    })
}

/// How urgently a session wants the user: 0 is the most.
fn urgency(state: &State, session: &Session) -> u8 {
    let has_failed = matches!(state.pane_of(session.id).map(|pane| &pane.phase), Some(Phase::Failed { .. }));
    match session.status {
        Status::Blocked if !has_failed => 0,
        Status::Error => 1,
        _ if has_failed => 1,
        _ => 2,
    }
}

fn sort(state: &State, sessions: &mut [&Session], sorting: Sorting) {
    match sorting {
        Sorting::Attention => sessions.sort_by_cached_key(|session| urgency(state, session)),
        Sorting::Recent => sessions.sort_by_key(|session| std::cmp::Reverse(session.last_activity_at)),
        Sorting::Name => sessions.sort_by_cached_key(|session| session.label().to_lowercase()),
    }
}

/// The directory under which a session is listed: its repository's, else its own.
pub fn project<'a>(state: &'a State, session: &'a Session) -> &'a str {
    let own = session.cwd.trim_end_matches('/');
    state.projects.get(own).map_or(own, String::as_str)
}

/// In the order of their oldest session, or of what the sorting goes by; two directories of the same name show their parent
/// too.
fn by_project<'a>(state: &'a State, sessions: Vec<&'a Session>, sorting: Sorting) -> Vec<(String, Vec<&'a Session>)> {
    let mut by_directory: Vec<(&str, Vec<&Session>)> = Vec::new();
    for session in sessions {
        let directory = project(state, session);
        match by_directory.iter_mut().find(|(known, _)| *known == directory) {
            Some((_, sessions)) => sessions.push(session),
            None => by_directory.push((directory, vec![session])),
        }
    }
    let names: Vec<String> = by_directory.iter().map(|(directory, _)| tail(directory, 1, &state.home)).collect();
    let mut groups = Vec::new();
    for (k, (directory, sessions)) in by_directory.into_iter().enumerate() {
        let is_shared = names.iter().filter(|name| **name == names[k]).count() > 1 || names[k] == PINNED;
        let name = if is_shared { tail(directory, 2, &state.home) } else { names[k].clone() };
        groups.push((name, sessions));
    }
    match sorting {
        Sorting::Attention => {}
        Sorting::Recent => groups.sort_by_key(|(_, sessions)| {
            std::cmp::Reverse(sessions.iter().map(|session| session.last_activity_at).max())
        }),
        Sorting::Name => groups.sort_by_cached_key(|(name, _)| name.to_lowercase()),
    }
    groups
}

/// In the order of the tab bar, sessions by their panes.
fn by_tab<'a>(state: &'a State, sessions: &[&'a Session]) -> Vec<(String, Vec<&'a Session>)> {
    let session_in = |pane| {
        let id = state.panes.get(&pane)?.session;
        sessions.iter().copied().find(|session| session.id == id)
    };
    let tabs = state.workspace.tabs.iter().enumerate();
    tabs.map(|(k, tab)| {
        let name = tab.name.as_deref().or_else(|| state.session_of(tab.focus).map(Session::label)).unwrap_or_default();
        let name = text::one_line(&format!("{} {name}", k + 1), NAME_CHARS);
        (name, tab.tree.panes().into_iter().filter_map(session_in).collect())
    })
    .collect()
}

/// The last `n` components of a directory; `/` and `~` for the root and the home directory.
fn tail(directory: &str, n: usize, home: &str) -> String {
    if directory.is_empty() {
        return "/".to_owned();
    }
    if directory == home.trim_end_matches('/') {
        return "~".to_owned();
    }
    let parts: Vec<&str> = directory.split('/').filter(|part| !part.is_empty()).collect();
    text::one_line(&parts[parts.len().saturating_sub(n)..].join("/"), NAME_CHARS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::fixture::Fixture;

    /// Each group as `name: labels`.
    fn listed(it: &Fixture, view: &SidebarView, filter: &str) -> Vec<String> {
        let label = |id: &SessionId| it.state.sessions[id].label().to_owned();
        let of = |group: &Group| {
            format!("{}: {}", group.name, group.sessions.iter().map(label).collect::<Vec<_>>().join(", "))
        };
        groups(&it.state, view, filter).iter().map(of).collect()
    }

    fn five() -> Fixture {
        let mut it = Fixture::empty(120, 40);
        for (name, cwd, status) in [
            ("Zeta", "/src/api/cart", Status::Busy),
            ("alpha", "/src/api", Status::Ready),
            ("mid", "/src/web", Status::Blocked),
            ("Beta", "/src/api", Status::Blocked),
            ("home", "/home/me", Status::Error),
        ] {
            it.tab("claude", Some(name), cwd, status);
        }
        it.state.projects.insert("/src/api/cart".to_owned(), "/src/api".to_owned());
        it
    }

    #[test]
    fn sessions_are_grouped_by_repository_or_tab_or_not_at_all() {
        let mut it = five();
        let mut view = SidebarView::default();
        assert_eq!(listed(&it, &view, ""), ["api: Beta, Zeta, alpha", "web: mid", "~: home"]);
        view.grouping = Grouping::None;
        assert_eq!(listed(&it, &view, ""), [": mid, Beta, home, Zeta, alpha"]);
        view.grouping = Grouping::Tab;
        it.state.workspace.tabs[1].name = Some("second".to_owned());
        assert_eq!(
            listed(&it, &view, "a"),
            ["1 Zeta: Zeta", "2 second: alpha", "3 mid: mid", "4 Beta: Beta", "5 home: home"]
        );
    }

    #[test]
    fn they_are_sorted_by_attention_time_or_name() {
        let it = five();
        let mut view = SidebarView { sorting: Sorting::Name, ..SidebarView::default() };
        assert_eq!(listed(&it, &view, ""), ["api: alpha, Beta, Zeta", "web: mid", "~: home"]);
        // The fixture's first session is the one that changed last.
        view.sorting = Sorting::Recent;
        assert_eq!(listed(&it, &view, ""), ["api: Zeta, alpha, Beta", "web: mid", "~: home"]);
        view.grouping = Grouping::None;
        assert_eq!(listed(&it, &view, ""), [": Zeta, alpha, mid, Beta, home"]);
    }

    #[test]
    fn the_filter_takes_words_in_any_order_and_minds_capitals_that_are_typed() {
        let it = five();
        let view = SidebarView::default();
        let cases = [
            ("beta", vec!["api: Beta"]),
            ("Beta", vec!["api: Beta"]),
            ("bEta", vec![]),
            ("claude web", vec!["web: mid"]),
            ("blocked api", vec!["api: Beta"]),
            ("zz", vec![]),
        ];
        for (filter, expected) in cases {
            assert_eq!(listed(&it, &view, filter), expected, "{filter}");
        }
    }

    #[test]
    fn pinned_sessions_stand_above_all_in_their_own_order() {
        let mut it = five();
        let ids: Vec<SessionId> = it.state.sessions.keys().copied().collect();
        it.state.sessions.get_mut(&ids[0]).expect("there").pin = Some(2);
        it.state.sessions.get_mut(&ids[4]).expect("there").pin = Some(1);
        let view = SidebarView::default();
        assert_eq!(listed(&it, &view, ""), ["pinned: home, Zeta", "api: Beta, alpha", "web: mid"]);
    }

    #[test]
    fn a_directory_is_called_by_its_last_components() {
        let cases = [("/a/b", 1, "b"), ("/a/b", 2, "a/b"), ("/a", 2, "a"), ("", 1, "/"), ("/home/me", 1, "~")];
        for (directory, n, name) in cases {
            assert_eq!(tail(directory, n, "/home/me/"), name, "{directory}");
        }
    }
}
