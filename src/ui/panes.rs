//! Panes with their frames: titles, the lines between them, what their terminals show.

use ratatui::buffer::Buffer;

use crate::core::client::ClientView;
use crate::core::copy::CopyMode;
use crate::core::dialog::switcher::short_directory;
use crate::core::mode::Mode;
use crate::core::pane::Pane;
use crate::core::scratch::SCRATCH;
use crate::core::session::Session;
use crate::core::state::State;
use crate::geometry::Rect;
use crate::layout::solve::PlacedPane;
use crate::text;
use crate::ui::canvas::{columns_of, frame, put, put_right};
use crate::ui::cells::draw_pane_rows;
use crate::ui::copy_mode;
use crate::ui::foot::draw_foot;
use crate::ui::scene::Scene;
use crate::ui::signal::{is_inexact, signal_of};
use crate::ui::theme::{Sides, Signal, Theme};

/// Draws all panes of the scene and the lines around them.
pub fn draw(state: &State, client: &ClientView, scene: &Scene, theme: &Theme, buf: &mut Buffer) {
    for placed in &scene.solved.panes {
        let Some(pane) = state.panes.get(&placed.pane) else { continue };
        draw_title(state, client, scene, placed, theme, buf);
        match copy_of(client, pane) {
            Some(copy) => copy_mode::draw(pane, copy, placed.inner, theme, buf),
            None => {
                draw_pane_rows(pane, placed, 0..=u16::MAX, buf);
                draw_foot(pane, placed.inner, theme, buf);
            }
        }
    }
    draw_lines(scene, theme, buf);
}

/// Draws the scratch shell over the panes, where it floats.
pub fn draw_float(state: &State, client: &ClientView, scene: &Scene, theme: &Theme, buf: &mut Buffer) {
    let Some(placed) = &scene.float else { return };
    let Some(pane) = state.panes.get(&placed.pane) else { return };
    frame(buf, placed.frame, SCRATCH, theme);
    if let Some(copy) = copy_of(client, pane) {
        let (above, n_lines) = copy.position(&pane.terminal);
        let Rect { x, y, .. } = placed.frame;
        let mark = format!(" [{above}/{n_lines}] ");
        let left = x + 2 + columns_of(SCRATCH) + 2;
        put_right(buf, left, placed.frame.right().saturating_sub(2), y, &mark, theme.accent());
        return copy_mode::draw(pane, copy, placed.inner, theme, buf);
    }
    draw_pane_rows(pane, placed, 0..=u16::MAX, buf);
    draw_foot(pane, placed.inner, theme, buf);
}

/// The client's copy mode, where it is one of this pane.
fn copy_of<'a>(client: &'a ClientView, pane: &Pane) -> Option<&'a CopyMode> {
    match &client.mode {
        Mode::Copy(copy) if copy.pane == pane.id => Some(copy),
        _ => None,
    }
}

fn draw_title(state: &State, client: &ClientView, scene: &Scene, placed: &PlacedPane, theme: &Theme, buf: &mut Buffer) {
    let Rect { x, y, width, .. } = placed.frame;
    let is_focused = scene.focused == Some(placed.pane);
    let line = if is_focused { theme.accent() } else { theme.border() };
    let horizontal = theme.junction(Sides { left: true, right: true, ..Sides::default() });
    for column in x..placed.frame.right() {
        put(buf, column, y, 1, horizontal, line);
    }
    let (Some(pane), Some(session)) = (state.panes.get(&placed.pane), state.session_of(placed.pane)) else { return };
    let signal = signal_of(state, session);
    let mut marks = Vec::new();
    if let Some(copy) = copy_of(client, pane) {
        let (above, n_lines) = copy.position(&pane.terminal);
        marks.push((format!("[{above}/{n_lines}]"), theme.accent()));
    }
    if state.workspace.tab(client.tab).is_some_and(|tab| tab.zoomed == Some(placed.pane)) {
        marks.push(("zoomed".to_owned(), theme.accent()));
    }
    if is_inexact(session) {
        marks.push(("?".to_owned(), theme.signal(Signal::NeedsYou)));
    }
    if signal != Signal::Rest {
        marks.push((theme.sign(signal).to_owned(), theme.signal(signal)));
    }
    // The marks stand at the right end, one column of line after them; they go first where it is narrow.
    let marks_width: u16 = marks.iter().map(|(mark, _)| columns_of(mark) + 1).sum::<u16>() + 1;
    let mut title_width = width.saturating_sub(1);
    if !marks.is_empty() && marks_width + 8 <= width {
        let mut column = placed.frame.right() - 1 - marks_width;
        title_width = column.saturating_sub(x);
        for (mark, style) in marks {
            column = put(buf, column, y, 1, " ", theme.text());
            column = put(buf, column, y, columns_of(&mark), &mark, style);
        }
        put(buf, column, y, 1, " ", theme.text());
    }
    // A blank before the title, and after it unless the marks bring one.
    let title = title(state, placed, session, theme, usize::from(title_width.saturating_sub(1)));
    let end = if columns_of(&title) + 1 < title_width { " " } else { "" };
    let title = format!(" {title}{end}");
    let style = match (is_focused, session.unseen) {
        (true, _) => theme.accent(),
        (false, true) => theme.strong(),
        (false, false) => theme.text(),
    };
    put(buf, x, y, title_width, &title, style);
}

/// Number, provider and what the session is called (a session without a name or title is called by its directory).
fn title(state: &State, placed: &PlacedPane, session: &Session, theme: &Theme, columns: usize) -> String {
    let label = match session.label() {
        label if label == session.provider.as_str() => short_directory(&session.cwd, &state.home),
        label => label.to_owned(),
    };
    let title = format!("{} {} {} {label}", placed.pane, session.provider, theme.pick("·", "-"));
    text::truncate(&title, columns)
}

/// Draws the separators and the sidebar's border, joined where they meet titles.
fn draw_lines(scene: &Scene, theme: &Theme, buf: &mut Buffer) {
    let mut lines = scene.solved.separators.clone();
    lines.extend(scene.chrome.sidebar_border());
    let focused = scene.focused.and_then(|pane| scene.solved.placed(pane)).map(|placed| placed.frame);
    let is_line = |x: u16, y: u16| lines.iter().any(|line| line.contains(x, y));
    let dash = theme.junction(Sides { left: true, right: true, ..Sides::default() });
    for line in &lines {
        let x = line.x;
        let left: Vec<u16> = frames(scene).filter(|frame| frame.right() == x).map(|frame| frame.y).collect();
        let right: Vec<u16> = frames(scene).filter(|frame| frame.x == x + 1).map(|frame| frame.y).collect();
        for y in line.y..line.bottom() {
            let sides = Sides {
                up: y > line.y || (y > 0 && is_line(x, y - 1)),
                down: y + 1 < line.bottom() || is_line(x, y + 1),
                left: left.contains(&y),
                right: right.contains(&y),
            };
            let touches = focused.is_some_and(|f| {
                (f.right() == x || f.x == x + 1) && f.y <= y && y < f.bottom() && frames(scene).count() > 1
            });
            put(buf, x, y, 1, theme.junction(sides), if touches { theme.accent() } else { theme.border() });
        }
        // A title below the line's end takes it up, unless there is text at that place.
        if let Some(cell) = buf.cell_mut((x, line.bottom()))
            && cell.symbol() == dash
            && scene.chrome.main.contains(x, line.bottom())
        {
            cell.set_symbol(theme.junction(Sides { up: true, left: true, right: true, down: false }));
        }
    }
}

fn frames(scene: &Scene) -> impl Iterator<Item = Rect> + '_ {
    scene.solved.panes.iter().map(|placed| placed.frame)
}
