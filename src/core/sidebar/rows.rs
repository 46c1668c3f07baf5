//! The rows of the sidebar, and which of them are in sight.

use crate::core::client::ClientView;
use crate::core::mode::Mode;
use crate::core::session::Status;
use crate::core::sidebar::{Group, groups};
use crate::core::state::State;
use crate::id::SessionId;
use crate::layout::chrome::{Chrome, SidebarForm, chrome};

/// What a row of the sidebar shows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SidebarItem {
    /// The heading: of so many sessions so many are listed. While the sidebar has the keys it holds the filter.
    Heading {
        /// How many there are.
        n_sessions: usize,
        /// How many pass the filter.
        n_listed: usize,
    },
    /// What the sessions below have in common.
    Group {
        /// Which group, from 0.
        index: usize,
        /// Its name.
        name: String,
        /// How many sessions it has.
        n_sessions: usize,
        /// Whether only the name is shown.
        is_folded: bool,
        /// Whether a session of it waits for the user.
        needs_you: bool,
    },
    /// A session's first line.
    Session(SessionId),
    /// A session's second line.
    Detail(SessionId),
    /// A session as one sign.
    Sign(SessionId),
    /// Sessions that the rows do not reach.
    More {
        /// How many.
        n_sessions: usize,
        /// Whether one of them waits for the user.
        needs_you: bool,
        /// Whether they stand above.
        is_above: bool,
    },
    /// Nothing is listed.
    NoMatch,
    /// Nothing.
    Blank,
}

/// How much is shown of each session.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    TwoLines,
    OneLine,
    Dense,
}

/// All rows, and what of them is in sight.
struct Rows {
    heading: Option<SidebarItem>,
    items: Vec<SidebarItem>,
    /// Rows for items.
    room: usize,
    first: usize,
}

/// The rows in sight, from the top.
pub fn rows_in_sight(state: &State, client: &ClientView, chrome: &Chrome) -> Vec<SidebarItem> {
    let rows = rows(state, client, chrome);
    let last = (rows.first + rows.room).min(rows.items.len());
    let mut shown: Vec<SidebarItem> = rows.items[rows.first..last].to_vec();
    if last < rows.items.len() && !shown.is_empty() {
        let hidden = &rows.items[last - 1..];
        shown.pop();
        shown.push(more(state, hidden, false));
    }
    if rows.first > 0 && !shown.is_empty() {
        shown[0] = more(state, &rows.items[..=rows.first], true);
    }
    rows.heading.into_iter().chain(shown).collect()
}

/// The first row in sight, counted without the heading, and the lowest that may be the first.
pub fn first_row(state: &State, client: &ClientView) -> (usize, usize) {
    let rows = rows(state, client, &chrome(client.size, client.sidebar.shown()));
    (rows.first, rows.items.len().saturating_sub(rows.room))
}

fn rows(state: &State, client: &ClientView, chrome: &Chrome) -> Rows {
    let (filter, selected) = match &client.mode {
        Mode::Sidebar(steering) => (steering.filter.text(), steering.selected),
        _ => ("", None),
    };
    let groups = groups(state, &client.sidebar, filter);
    let height = usize::from(chrome.sidebar.height);
    let n_listed = groups.iter().map(|group| group.sessions.len()).sum();
    let items = match chrome.form {
        SidebarForm::Whole if n_listed == 0 => vec![SidebarItem::Blank, SidebarItem::NoMatch],
        SidebarForm::Whole => {
            // The roomiest form that shows everything.
            let forms = [Form::TwoLines, Form::OneLine, Form::Dense];
            let fits = |form: &Form| compose(state, client, &groups, *form).len() < height;
            compose(state, client, &groups, forms.into_iter().find(fits).unwrap_or(Form::Dense))
        }
        SidebarForm::Strip => {
            groups.iter().flat_map(|group| group.sessions.iter().copied().map(SidebarItem::Sign)).collect()
        }
        SidebarForm::Hidden => Vec::new(),
    };
    let heading = (chrome.form == SidebarForm::Whole && height > 0)
        .then_some(SidebarItem::Heading { n_sessions: state.listed_sessions().count(), n_listed });
    let room = height.saturating_sub(usize::from(heading.is_some()));
    let lowest = items.len().saturating_sub(room);
    let followed = || {
        let focused = state.focused_in_tab(client).and_then(|pane| state.session_of(pane)).map(|session| session.id);
        let followed = selected.or(focused)?;
        let is_it =
            |item: &SidebarItem| matches!(item, SidebarItem::Session(id) | SidebarItem::Sign(id) if *id == followed);
        items.iter().position(is_it)
    };
    let first = match client.sidebar.scroll {
        Some(first) => usize::from(first),
        // In sight without scrolling, or in the middle.
        None => followed().filter(|at| at + 2 > room).map_or(0, |at| at.saturating_sub(room / 2)),
    };
    Rows { heading, room, first: first.min(lowest), items }
}

fn compose(state: &State, client: &ClientView, groups: &[Group], form: Form) -> Vec<SidebarItem> {
    let mut items = Vec::new();
    for (index, group) in groups.iter().enumerate() {
        if form != Form::Dense {
            items.push(SidebarItem::Blank);
        }
        let is_folded = !group.name.is_empty() && client.sidebar.folded.contains(&group.name);
        if !group.name.is_empty() {
            items.push(SidebarItem::Group {
                index,
                name: group.name.clone(),
                n_sessions: group.sessions.len(),
                is_folded,
                needs_you: group.sessions.iter().any(|id| waits(state, *id)),
            });
        }
        for session in group.sessions.iter().filter(|_| !is_folded) {
            items.push(SidebarItem::Session(*session));
            if form == Form::TwoLines {
                items.push(SidebarItem::Detail(*session));
            }
        }
    }
    items
}

fn more(state: &State, hidden: &[SidebarItem], is_above: bool) -> SidebarItem {
    let sessions: Vec<SessionId> = hidden
        .iter()
        .filter_map(|item| match item {
            SidebarItem::Session(id) | SidebarItem::Sign(id) => Some(*id),
            _ => None,
        })
        .collect();
    let needs_you = sessions.iter().any(|id| waits(state, *id));
    SidebarItem::More { n_sessions: sessions.len(), needs_you, is_above }
}

fn waits(state: &State, session: SessionId) -> bool {
    state.sessions.get(&session).is_some_and(|session| session.status == Status::Blocked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::fixture::Fixture;

    fn many() -> Fixture {
        let mut it = Fixture::empty(120, 14);
        for n in 0..40 {
            it.tab("claude", Some(&format!("task {n}")), &format!("/work/p{}", n / 4), Status::Ready);
        }
        it
    }

    fn sight(it: &Fixture) -> Vec<SidebarItem> {
        rows_in_sight(&it.state, &it.client, &chrome(it.client.size, it.client.sidebar.shown()))
    }

    fn shown(it: &Fixture, n: usize) -> bool {
        let id = it.state.sessions.keys().copied().nth(n).expect("there");
        sight(it).contains(&SidebarItem::Session(id))
    }

    #[test]
    fn the_focused_session_is_in_sight_and_the_wheel_overrules_it() {
        let mut it = many();
        for n in [0, 7, 20, 39] {
            it.client.tab = it.state.workspace.tabs[n].id;
            assert!(shown(&it, n), "{n}: {:?}", sight(&it));
            assert_eq!(sight(&it).len(), 12);
        }
        it.client.sidebar.scroll = Some(0);
        assert!(shown(&it, 0) && !shown(&it, 39));
        it.client.sidebar.scroll = Some(1000);
        assert!(shown(&it, 39));
        assert_eq!(first_row(&it.state, &it.client), (39, 39), "50 rows, 11 of them in sight");
    }

    #[test]
    fn what_is_out_of_sight_is_counted_above_and_below() {
        let mut it = many();
        it.client.sidebar.scroll = Some(20);
        let sight = sight(&it);
        let hidden: Vec<usize> = sight
            .iter()
            .filter_map(|item| match item {
                SidebarItem::More { n_sessions, .. } => Some(*n_sessions),
                _ => None,
            })
            .collect();
        let n_shown = sight.iter().filter(|item| matches!(item, SidebarItem::Session(_))).count();
        assert_eq!(hidden.len(), 2);
        assert_eq!(hidden.iter().sum::<usize>() + n_shown, 40);
    }

    #[test]
    fn a_folded_group_shows_its_name_and_says_who_waits_in_it() {
        let mut it = many();
        let id = *it.state.sessions.keys().nth(2).expect("there");
        it.state.sessions.get_mut(&id).expect("there").status = Status::Blocked;
        it.client.sidebar.folded.insert("p0".to_owned());
        let sight = sight(&it);
        let folded =
            SidebarItem::Group { index: 0, name: "p0".to_owned(), n_sessions: 4, is_folded: true, needs_you: true };
        assert!(sight.contains(&folded) && !shown(&it, 0) && shown(&it, 4), "{sight:?}");
    }
}
