//! Draws the sidebar: what is listed is `core::sidebar`'s affair.

use ratatui::buffer::Buffer;
use ratatui::style::Style;

use crate::core::client::ClientView;
use crate::core::mode::Mode;
use crate::core::session::{SHELL, Session, Standing};
pub use crate::core::sidebar::rows::SidebarItem;
use crate::core::sidebar::rows::rows_in_sight;
use crate::core::state::State;
use crate::core::steering::{Steering, listed};
use crate::core::vitals::{Usage, directory_of};
use crate::geometry::Rect;
use crate::layout::chrome::Chrome;
use crate::ui::canvas::{columns_of, put, put_right, restyle};
use crate::ui::signal::{age_of, signal_of};
use crate::ui::theme::{Signal, Theme};

/// A row of the sidebar.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SidebarLine {
    /// Where, without the border.
    pub rect: Rect,
    /// What.
    pub item: SidebarItem,
}

/// Lays out the rows that are visible.
pub fn lay_out(state: &State, client: &ClientView, chrome: &Chrome) -> Vec<SidebarLine> {
    let area = chrome.sidebar_inside();
    if area.height == 0 || area.width == 0 {
        return Vec::new();
    }
    let rows = rows_in_sight(state, client, chrome);
    (area.y..area.bottom())
        .zip(rows)
        .map(|(y, item)| SidebarLine { rect: Rect::new(area.x, y, area.width, 1), item })
        .collect()
}

/// Where the cursor stands while the sidebar has the keys; none where it is too narrow for the filter.
pub fn cursor(steering: &Steering, lines: &[SidebarLine]) -> Option<(u16, u16)> {
    let heading = lines.iter().find(|line| matches!(line.item, SidebarItem::Heading { .. }))?;
    let field = Some(field_of(heading.rect)).filter(|field| !field.is_empty())?;
    let column = u16::try_from(steering.filter.window(usize::from(field.width)).cursor).unwrap_or(0);
    Some((field.x + column.min(field.width - 1), field.y))
}

/// The part of the heading that holds the filter.
fn field_of(heading: Rect) -> Rect {
    Rect::new(heading.x + 3, heading.y, heading.width.saturating_sub(3 + COUNT_COLUMNS), 1)
}

/// Columns of the count in the heading: up to `100/100`.
const COUNT_COLUMNS: u16 = 8;

/// Draws the rows; the border is the panes' affair (it meets theirs).
pub fn draw(state: &State, client: &ClientView, lines: &[SidebarLine], theme: &Theme, buf: &mut Buffer) {
    let steering = match &client.mode {
        Mode::Sidebar(steering) => Some(steering),
        _ => None,
    };
    let focused = state.focused_in_tab(client).and_then(|pane| state.session_of(pane)).map(|session| session.id);
    let selected = steering.and_then(|steering| steering.target(&listed(state, client)));
    for line in lines {
        let Rect { x, y, width, .. } = line.rect;
        match &line.item {
            SidebarItem::Heading { n_sessions, n_listed } => {
                draw_heading(steering, (*n_listed, *n_sessions), line.rect, theme, buf);
            }
            SidebarItem::Group { name, n_sessions, is_folded, needs_you, .. } => {
                let style = if *is_folded && *needs_you { theme.signal(Signal::NeedsYou) } else { theme.strong() };
                let count = n_sessions.to_string();
                let end = match is_folded {
                    true => put_right(buf, x + 4, line.rect.right().saturating_sub(1), y, &count, theme.muted()) - 1,
                    false => line.rect.right().saturating_sub(1),
                };
                let mark = if *is_folded { theme.pick("▸ ", "> ") } else { "" };
                let from = put(buf, x + 1, y, columns_of(mark), mark, theme.muted());
                put(buf, from, y, end.saturating_sub(from), name, style);
            }
            SidebarItem::Session(id) => {
                if let Some(session) = state.sessions.get(id) {
                    draw_session(state, session, focused == Some(*id), line.rect, theme, buf);
                    if selected == Some(*id) {
                        restyle(buf, line.rect, theme.selected());
                    }
                    if client.marks.contains(id) {
                        put(buf, x + 2, y, 1, "+", theme.key());
                    }
                }
            }
            SidebarItem::Detail(id) => {
                if let Some(session) = state.sessions.get(id) {
                    draw_detail(session, line.rect, theme, buf);
                }
            }
            SidebarItem::Vitals(id) => {
                if let Some(session) = state.sessions.get(id) {
                    draw_vitals(state, session, line.rect, theme, buf);
                }
            }
            SidebarItem::Sign(id) => {
                if let Some(session) = state.sessions.get(id) {
                    draw_sign(state, session, focused == Some(*id), line.rect, theme, buf);
                    if client.marks.contains(id) {
                        put(buf, x + 2, y, width.saturating_sub(2).min(1), "+", theme.key());
                    }
                }
            }
            SidebarItem::More { n_sessions, needs_you, is_above } => {
                let style = if *needs_you { theme.signal(Signal::NeedsYou) } else { theme.muted() };
                let arrow = if *is_above { theme.pick("↑", "^") } else { theme.pick("↓", "v") };
                put(buf, x + 1, y, 1, arrow, style);
                put(buf, x + 3, y, width.saturating_sub(4), &format!("{n_sessions} more"), style);
            }
            SidebarItem::NoMatch => {
                _ = put(buf, x + 1, y, width.saturating_sub(2), "no session like this", theme.muted())
            }
            SidebarItem::Blank => {}
        }
    }
}

fn draw_heading(
    steering: Option<&Steering>,
    (n_listed, n_sessions): (usize, usize),
    rect: Rect,
    theme: &Theme,
    buf: &mut Buffer,
) {
    let end = rect.right().saturating_sub(1);
    let count = if n_listed == n_sessions { n_sessions.to_string() } else { format!("{n_listed}/{n_sessions}") };
    let count_x = put_right(buf, rect.x + 10, end, rect.y, &count, theme.muted());
    match steering {
        None => _ = put(buf, rect.x + 1, rect.y, count_x.saturating_sub(rect.x + 1), "SESSIONS", theme.muted()),
        Some(steering) => {
            put(buf, rect.x + 1, rect.y, 1, theme.pick("›", ">"), theme.accent());
            let field = field_of(rect);
            let window = steering.filter.window(usize::from(field.width));
            put(buf, field.x, field.y, field.width, &window.text, theme.text());
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

/// The branch with what is not committed, and at the right what the processes use.
fn draw_vitals(state: &State, session: &Session, rect: Rect, theme: &Theme, buf: &mut Buffer) {
    let (left, mut end) = (rect.x + 3, rect.right().saturating_sub(1));
    if let Some(usage) = state.vitals.usage.get(&session.id).filter(|_| state.config.sidebar.usage) {
        end = put_right(buf, left, end, rect.y, &usage_words(*usage), theme.muted()).saturating_sub(1);
    }
    let Some(git) = state.vitals.git.get(&directory_of(&session.cwd)).filter(|_| state.config.sidebar.git) else {
        return;
    };
    let (added, removed) =
        (format!(" +{}", short(git.added)), format!(" {}{}", theme.pick("−", "-"), short(git.removed)));
    let changes = [(added, git.added, theme.signal(Signal::Done)), (removed, git.removed, theme.error())];
    let changes = changes.into_iter().filter(|(_, n, _)| *n > 0).collect::<Vec<_>>();
    let width: u16 = changes.iter().map(|(words, ..)| columns_of(words)).sum();
    let room = end.saturating_sub(left).saturating_sub(width);
    let mut x = put(buf, left, rect.y, room, &git.branch, theme.muted());
    for (words, _, style) in changes {
        x = put(buf, x, rect.y, end.saturating_sub(x), &words, style);
    }
}

/// `999`, `12k`, `3M`: the branch beside it matters more than how many lines exactly.
fn short(n: u32) -> String {
    match n {
        0..1_000 => n.to_string(),
        1_000..1_000_000 => format!("{}k", n / 1_000),
        _ => format!("{}M", n / 1_000_000),
    }
}

/// `25% 340M`, `1.2G`: short enough for a narrow sidebar.
fn usage_words(usage: Usage) -> String {
    let memory = match usage.memory_mib {
        mib @ 0..1000 => format!("{mib}M"),
        mib => format!("{}.{}G", mib / 1024, mib % 1024 * 10 / 1024),
    };
    usage.cpu_percent.map_or(memory.clone(), |percent| format!("{percent}% {memory}"))
}

fn standing_style(session: &Session, theme: &Theme) -> Style {
    match session.standing() {
        Standing::Asked => theme.signal(Signal::NeedsYou),
        Standing::Exact | Standing::None => theme.muted(),
    }
}
