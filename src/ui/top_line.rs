//! The first row: workspace, tabs, and the counts that matter.

use ratatui::buffer::Buffer;

use crate::core::client::ClientView;
use crate::core::state::State;
use crate::core::workspace::Tab;
use crate::geometry::Rect;
use crate::id::TabId;
use crate::layout::chrome::WHOLE_FROM;
use crate::text;
use crate::ui::canvas::{columns_of, put};
use crate::ui::signal::signal_of;
use crate::ui::theme::{Signal, Theme};

/// Most columns of a tab's label. Chosen: four of them fit beside the counts in 120 columns.
const LABEL_COLUMNS: usize = 20;
/// Most columns of the workspace's name.
const WORKSPACE_COLUMNS: usize = 16;

/// What the first row holds.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TopLine {
    workspace: String,
    /// The tabs that fit, in order; always the active one.
    pub tabs: Vec<TabSpot>,
    /// The mark of hidden tabs before those shown, where there are some.
    pub before: Option<Rect>,
    /// The mark of hidden tabs behind those shown, where there are some.
    pub after: Option<Rect>,
    /// The `+` that opens a tab, where there is room.
    pub new_tab: Option<Rect>,
    /// The counts at the right, in order.
    pub counts: Vec<CountSpot>,
}

/// A tab in the tab bar.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TabSpot {
    /// Which tab.
    pub tab: TabId,
    /// Where, a blank on both sides included.
    pub rect: Rect,
    label: String,
    is_active: bool,
    signal: Signal,
}

/// A count at the right end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CountSpot {
    /// What is counted.
    pub signal: Signal,
    /// Where.
    pub rect: Rect,
    text: String,
}

/// Lays out the first row.
pub fn lay_out(state: &State, client: &ClientView, row: Rect) -> TopLine {
    let mut line =
        TopLine { workspace: text::truncate(&state.workspace.name, WORKSPACE_COLUMNS), ..TopLine::default() };
    line.counts = lay_out_counts(state, row);
    let left = row.x + 1 + columns_of(&line.workspace) + 3;
    let right = line.counts.first().map_or(row.right(), |count| count.rect.x.saturating_sub(1));
    let labels: Vec<String> =
        state.workspace.tabs.iter().enumerate().map(|(k, tab)| label(state, client, k, tab)).collect();
    let widths: Vec<u16> = labels.iter().map(|label| columns_of(label) + 3).collect();
    let active = state.workspace.tabs.iter().position(|tab| tab.id == client.tab).unwrap_or(0);
    // The `+` takes two columns, the marks of hidden tabs one before and two after.
    let shown = window(&widths, active, right.saturating_sub(left).saturating_sub(5));
    let (has_before, has_after) = (shown.start > 0, shown.end < widths.len());
    line.before = has_before.then(|| Rect::new(left, row.y, 1, 1));
    let mut x = left + u16::from(has_before);
    for (k, tab) in state.workspace.tabs.iter().enumerate().take(shown.end).skip(shown.start) {
        let width = widths[k].min(right.saturating_sub(x));
        line.tabs.push(TabSpot {
            tab: tab.id,
            rect: Rect::new(x, row.y, width, 1),
            label: labels[k].clone(),
            is_active: k == active,
            signal: tab_signal(state, tab),
        });
        x += width;
    }
    line.after = has_after.then(|| Rect::new(x, row.y, 2, 1));
    x += 2 * u16::from(has_after);
    line.new_tab = (x + 2 <= right).then(|| Rect::new(x, row.y, 2, 1));
    line
}

/// Draws the first row.
pub fn draw(line: &TopLine, row: Rect, theme: &Theme, buf: &mut Buffer) {
    let x = put(buf, row.x + 1, row.y, columns_of(&line.workspace), &line.workspace, theme.strong());
    put(buf, x + 1, row.y, 1, theme.pick("▸", ">"), theme.muted());
    for tab in &line.tabs {
        let style = match (tab.is_active, tab.signal) {
            (true, _) => theme.accent(),
            (false, Signal::NeedsYou | Signal::Failed) => theme.signal(tab.signal),
            (false, _) => theme.text(),
        };
        let sign = match tab.signal {
            Signal::NeedsYou | Signal::Failed if !tab.is_active => theme.sign(tab.signal),
            _ => " ",
        };
        put(buf, tab.rect.x, row.y, tab.rect.width.min(1), sign, style);
        put(buf, tab.rect.x + 1, row.y, tab.rect.width.saturating_sub(2), &tab.label, style);
        if tab.is_active && theme.accent().fg.is_none() {
            let label = Rect::new(tab.rect.x + 1, row.y, tab.rect.width.saturating_sub(3), 1);
            crate::ui::canvas::restyle(buf, label, theme.selected());
        }
    }
    for (rect, mark) in [(line.before, theme.pick("‹", "<")), (line.after, theme.pick("›", ">"))] {
        if let Some(rect) = rect {
            put(buf, rect.x, rect.y, 1, mark, theme.muted());
        }
    }
    if let Some(rect) = line.new_tab {
        put(buf, rect.x, row.y, 1, "+", theme.muted());
    }
    for count in &line.counts {
        let x = put(buf, count.rect.x, row.y, 1, theme.sign(count.signal), theme.signal(count.signal));
        put(buf, x, row.y, count.rect.right().saturating_sub(x), &count.text, theme.text());
    }
}

/// What the tab is called: its name, else its focused session, with its place for the key that goes there.
fn label(state: &State, client: &ClientView, k: usize, tab: &Tab) -> String {
    let focused = client.focus.get(&tab.id).copied().filter(|pane| tab.tree.contains(*pane)).unwrap_or(tab.focus);
    let name = tab.name.as_deref().or_else(|| state.session_of(focused).map(|session| session.label()));
    let zoomed = if tab.zoomed.is_some() { " Z" } else { "" };
    format!("{} {}{zoomed}", k + 1, text::truncate(name.unwrap_or("tab"), LABEL_COLUMNS))
}

/// The most urgent sign of the tab's sessions.
fn tab_signal(state: &State, tab: &Tab) -> Signal {
    let signals: Vec<Signal> = tab
        .tree
        .panes()
        .into_iter()
        .filter_map(|pane| state.session_of(pane))
        .map(|session| signal_of(state, session))
        .collect();
    let urgent = [Signal::NeedsYou, Signal::Failed];
    urgent.into_iter().find(|signal| signals.contains(signal)).unwrap_or(Signal::Rest)
}

/// As many neighbours of the active one as fit, those before it first only where all after it fit.
fn window(widths: &[u16], active: usize, room: u16) -> std::ops::Range<usize> {
    let mut range = active..(active + 1).min(widths.len());
    let mut used = widths.get(active).copied().unwrap_or(0);
    loop {
        let after = widths.get(range.end).copied().filter(|width| used + width <= room);
        let before = range.start.checked_sub(1).map(|k| widths[k]).filter(|width| used + width <= room);
        match (before, after) {
            (_, Some(width)) => {
                used += width;
                range.end += 1;
            }
            (Some(width), None) => {
                used += width;
                range.start -= 1;
            }
            (None, None) => return range,
        }
    }
}

/// On narrow rows the one that has waited for longest is named: the sidebar shows signs only there. Else in words where they
/// take at most half of the row, or signs with numbers.
fn lay_out_counts(state: &State, row: Rect) -> Vec<CountSpot> {
    let counts = state.counts();
    let kinds = [
        (Signal::NeedsYou, counts.blocked, if counts.blocked == 1 { "needs you" } else { "need you" }),
        (Signal::Failed, counts.failed, "failed"),
        (Signal::Busy, counts.busy, "busy"),
        (Signal::Done, counts.done, "done"),
    ];
    let present = || kinds.iter().filter(|(_, n, _)| *n > 0);
    let long: Vec<String> = present().map(|(_, n, word)| format!(" {n} {word}")).collect();
    let short: Vec<String> = present().map(|(_, n, _)| n.to_string()).collect();
    let total = |texts: &[String], gap: u16| texts.iter().map(|text| 1 + columns_of(text) + gap).sum::<u16>();
    let named = named(state, counts.blocked, &short);
    let (texts, gap) = match named.filter(|texts| row.width < WHOLE_FROM && total(texts, 2) <= row.width / 2) {
        Some(texts) => (texts, 2),
        None if total(&long, 2) <= row.width / 2 => (long, 2),
        None => (short, 1),
    };
    let mut x = row.right().saturating_sub(total(&texts, gap));
    let mut spots = Vec::new();
    for ((signal, _, _), text) in present().zip(texts) {
        let width = 1 + columns_of(&text);
        spots.push(CountSpot { signal: *signal, rect: Rect::new(x, row.y, width, 1), text });
        x += width + gap;
    }
    spots
}

/// The counts, with the name of the session that has waited for longest in place of how many wait; they come first.
fn named(state: &State, n_blocked: usize, short: &[String]) -> Option<Vec<String>> {
    let longest = text::truncate(state.waits_longest()?.label(), LABEL_COLUMNS);
    let more = if n_blocked > 1 { format!(" +{}", n_blocked - 1) } else { String::new() };
    let (_, rest) = short.split_first()?;
    Some([vec![format!(" {longest}{more}")], rest.to_vec()].concat())
}
