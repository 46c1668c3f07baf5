//! The sidebar: every session, grouped by directory; who needs the user floats to the top of its group.

use ratatui::buffer::Buffer;
use ratatui::style::Style;

use crate::core::client::ClientView;
use crate::core::session::{SHELL, Session, Standing};
use crate::core::state::State;
use crate::geometry::Rect;
use crate::id::SessionId;
use crate::layout::chrome::{Chrome, SidebarForm};
use crate::text;
use crate::ui::canvas::{put, put_right};
use crate::ui::signal::{age_of, signal_of};
use crate::ui::theme::{Signal, Theme};

/// Most characters of a group's name. Chosen: wider than the sidebar.
const NAME_CHARS: usize = 80;

/// A row of the sidebar.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SidebarLine {
    /// Where, without the border.
    pub rect: Rect,
    /// What.
    pub item: SidebarItem,
}

/// What a row of the sidebar shows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SidebarItem {
    /// The heading, with the number of sessions.
    Heading(usize),
    /// The directory that the sessions below run in.
    Group(String),
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
    },
    /// Nothing.
    Blank,
}

/// Sessions that run in the same directory.
struct Group<'a> {
    name: String,
    sessions: Vec<&'a Session>,
}

/// Lays out the rows that are visible.
pub fn lay_out(state: &State, client: &ClientView, chrome: &Chrome) -> Vec<SidebarLine> {
    let area = chrome.sidebar;
    let width = area.width.saturating_sub(1);
    if area.height == 0 || width == 0 {
        return Vec::new();
    }
    let groups = groups(state);
    let height = usize::from(area.height);
    let items = match chrome.form {
        SidebarForm::Whole => {
            // The roomiest form that shows everything.
            let forms = [Form::TwoLines, Form::OneLine, Form::Dense].map(|form| compose(&groups, form));
            let [.., dense] = &forms;
            forms.iter().find(|items| items.len() < height).unwrap_or(dense).clone()
        }
        SidebarForm::Strip => {
            groups.iter().flat_map(|group| group.sessions.iter().map(|session| SidebarItem::Sign(session.id))).collect()
        }
        SidebarForm::Hidden => Vec::new(),
    };
    let heading = (chrome.form == SidebarForm::Whole).then_some(SidebarItem::Heading(state.sessions.len()));
    let room = height.saturating_sub(usize::from(heading.is_some()));
    let scroll = usize::from(client.sidebar.scroll).min(items.len().saturating_sub(room));
    let shown = heading.into_iter().chain(cut(state, &items[scroll..], room));
    (area.y..area.bottom())
        .zip(shown)
        .map(|(y, item)| SidebarLine { rect: Rect::new(area.x, y, width, 1), item })
        .collect()
}

/// The first `room` rows; where that is not all, the last one tells what is missing.
fn cut(state: &State, items: &[SidebarItem], room: usize) -> Vec<SidebarItem> {
    if items.len() <= room || room == 0 {
        return items.iter().take(room).cloned().collect();
    }
    let (shown, hidden) = items.split_at(room - 1);
    let sessions: Vec<&Session> = hidden
        .iter()
        .filter_map(|item| match item {
            SidebarItem::Session(id) | SidebarItem::Sign(id) => state.sessions.get(id),
            _ => None,
        })
        .collect();
    let needs_you = sessions.iter().any(|session| signal_of(state, session) == Signal::NeedsYou);
    let more = SidebarItem::More { n_sessions: sessions.len(), needs_you };
    shown.iter().cloned().chain([more]).collect()
}

/// Draws the rows; the border is the panes' affair (it meets theirs).
pub fn draw(state: &State, client: &ClientView, lines: &[SidebarLine], theme: &Theme, buf: &mut Buffer) {
    let focused = state.focused_pane(client).and_then(|pane| state.session_of(pane)).map(|session| session.id);
    for line in lines {
        let Rect { x, y, width, .. } = line.rect;
        match &line.item {
            SidebarItem::Heading(n) => {
                let end = put_right(buf, x + 10, line.rect.right() - 1, y, &n.to_string(), theme.muted());
                put(buf, x + 1, y, end.saturating_sub(x + 1), "SESSIONS", theme.muted());
            }
            SidebarItem::Group(name) => _ = put(buf, x + 1, y, width.saturating_sub(2), name, theme.strong()),
            SidebarItem::Session(id) => {
                if let Some(session) = state.sessions.get(id) {
                    draw_session(state, session, focused == Some(*id), line.rect, theme, buf);
                }
            }
            SidebarItem::Detail(id) => {
                if let Some(session) = state.sessions.get(id) {
                    draw_detail(session, line.rect, theme, buf);
                }
            }
            SidebarItem::Sign(id) => {
                if let Some(session) = state.sessions.get(id) {
                    draw_sign(state, session, focused == Some(*id), line.rect, theme, buf);
                }
            }
            SidebarItem::More { n_sessions, needs_you } => {
                let style = if *needs_you { theme.signal(Signal::NeedsYou) } else { theme.muted() };
                let arrow = theme.pick("↓", "v");
                put(buf, x + 1, y, 1, arrow, style);
                put(buf, x + 3, y, width.saturating_sub(4), &format!("{n_sessions} more"), style);
            }
            SidebarItem::Blank => {}
        }
    }
}

fn draw_sign(state: &State, session: &Session, is_focused: bool, rect: Rect, theme: &Theme, buf: &mut Buffer) {
    let signal = signal_of(state, session);
    if is_focused {
        put(buf, rect.x, rect.y, 1, theme.pick("▌", ">"), theme.accent());
    }
    // In a strip of signs a session at rest still needs a place to see and click.
    let sign = if signal == Signal::Rest { theme.pick("·", ":") } else { theme.sign(signal) };
    put(buf, rect.x + 1, rect.y, rect.width.saturating_sub(1), sign, theme.signal(signal));
}

fn draw_session(state: &State, session: &Session, is_focused: bool, rect: Rect, theme: &Theme, buf: &mut Buffer) {
    let signal = signal_of(state, session);
    if is_focused {
        put(buf, rect.x, rect.y, 1, theme.pick("▌", ">"), theme.accent());
    }
    put(buf, rect.x + 1, rect.y, 1, theme.sign(signal), theme.signal(signal));
    let mut end = rect.right().saturating_sub(1);
    let label_x = rect.x + 3;
    if session.standing() == Standing::Asked {
        end = put_right(buf, label_x + 6, end, rect.y, "?", standing_style(session, theme)).saturating_sub(1);
    }
    let label_end = put_right(buf, label_x + 6, end, rect.y, &age_of(state, session), theme.muted());
    let mut style: Style = if is_focused { theme.accent() } else { theme.text() };
    if session.unseen {
        style = style.patch(theme.strong());
    }
    let columns = label_end.saturating_sub(label_x).saturating_sub(u16::from(label_end < end));
    put(buf, label_x, rect.y, columns, session.label(), style);
}

/// Provider, and in a word whether a restart would find the session's conversation; a shell has none to find. The directory
/// is the group's heading.
fn draw_detail(session: &Session, rect: Rect, theme: &Theme, buf: &mut Buffer) {
    let end = rect.right().saturating_sub(1);
    let mut x = rect.x + 3;
    let mut write = |text: &str, style: Style| x = put(buf, x, rect.y, end.saturating_sub(x), text, style);
    write(session.provider.as_str(), theme.muted());
    if session.provider.as_str() != SHELL {
        write(&format!(" {} ", theme.pick("·", "-")), theme.muted());
        write(session.standing().as_str(), standing_style(session, theme));
    }
}

fn standing_style(session: &Session, theme: &Theme) -> Style {
    match session.standing() {
        Standing::Asked => theme.signal(Signal::NeedsYou),
        Standing::Exact | Standing::None => theme.muted(),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    TwoLines,
    OneLine,
    Dense,
}

fn compose(groups: &[Group<'_>], form: Form) -> Vec<SidebarItem> {
    let mut items = Vec::new();
    for group in groups {
        if form != Form::Dense {
            items.push(SidebarItem::Blank);
        }
        items.push(SidebarItem::Group(group.name.clone()));
        for session in &group.sessions {
            items.push(SidebarItem::Session(session.id));
            if form == Form::TwoLines {
                items.push(SidebarItem::Detail(session.id));
            }
        }
    }
    items
}

/// Groups by directory in the order of their oldest session; two directories of the same name show their parent too.
fn groups(state: &State) -> Vec<Group<'_>> {
    let mut by_directory: Vec<(&str, Vec<&Session>)> = Vec::new();
    for session in state.sessions.values() {
        let directory = session.cwd.trim_end_matches('/');
        match by_directory.iter_mut().find(|(known, _)| *known == directory) {
            Some((_, sessions)) => sessions.push(session),
            None => by_directory.push((directory, vec![session])),
        }
    }
    let names: Vec<String> = by_directory.iter().map(|(directory, _)| tail(directory, 1, &state.home)).collect();
    let mut groups = Vec::new();
    for (k, (directory, mut sessions)) in by_directory.into_iter().enumerate() {
        let is_shared = names.iter().filter(|name| **name == names[k]).count() > 1;
        let name = if is_shared { tail(directory, 2, &state.home) } else { names[k].clone() };
        sessions.sort_by_key(|session| match signal_of(state, session) {
            Signal::NeedsYou => 0,
            Signal::Failed => 1,
            Signal::Busy | Signal::Done | Signal::Rest | Signal::Starting | Signal::Ended => 2,
        });
        groups.push(Group { name, sessions });
    }
    groups
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

    #[test]
    fn a_directory_is_called_by_its_last_components() {
        let cases = [("/a/b", 1, "b"), ("/a/b", 2, "a/b"), ("/a", 2, "a"), ("", 1, "/"), ("/home/me", 1, "~")];
        for (directory, n, name) in cases {
            assert_eq!(tail(directory, n, "/home/me/"), name, "{directory}");
        }
    }
}
