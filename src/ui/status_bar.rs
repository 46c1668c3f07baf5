//! The last row: the keys that are useful now, or a toast; at the right how much a relaunch would bring back.

use ratatui::buffer::Buffer;

use crate::core::client::ClientView;
use crate::core::command::{Command, row_of};
use crate::core::learnt::HINTED;
use crate::core::mode::Mode;
use crate::core::state::State;
use crate::geometry::Rect;
use crate::text;
use crate::ui::canvas::{columns_of, put, put_right};
use crate::ui::copy_mode;
use crate::ui::hints::{KeyHints, first_key, key_after_prefix, short_keys};
use crate::ui::scene::{Scene, Screen};
use crate::ui::signal::resume_health;
use crate::ui::theme::{Signal, Theme};

/// Below so many columns the keys need all the room.
const NARROW: u16 = 60;

/// A key with what it does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hint {
    /// Where it stands.
    pub rect: Rect,
    /// What a click on it does; `None` where it is not a command.
    pub command: Option<Command>,
    keys: String,
    words: String,
}

/// The hints that fit, from left to right; none while a toast is shown.
pub fn hints(state: &State, client: &ClientView, scene: &Scene, keys: &dyn KeyHints, theme: &Theme) -> Vec<Hint> {
    let row = scene.chrome.status;
    if toast(state, client).is_some() {
        return Vec::new();
    }
    let right = row.right().saturating_sub(columns_of(&health(state, row)) + 3);
    let mut x = row.x + 1;
    let mut hints = Vec::new();
    for (command, keys, words) in wanted(state, client, scene, keys, theme) {
        let width = columns_of(&keys) + 1 + columns_of(&words);
        if x + width > right {
            break;
        }
        hints.push(Hint { rect: Rect::new(x, row.y, width, 1), command, keys, words });
        x += width + 3;
    }
    hints
}

/// Draws the row.
pub fn draw(state: &State, client: &ClientView, scene: &Scene, keys: &dyn KeyHints, theme: &Theme, buf: &mut Buffer) {
    let row = scene.chrome.status;
    if let Some(toast) = toast(state, client) {
        let style = if toast.is_error { theme.error() } else { theme.strong() };
        put(buf, row.x + 1, row.y, row.width.saturating_sub(2), &toast.text, style);
        return;
    }
    let health = health(state, row);
    let (n_safe, n_all) = resume_health(state);
    let style = if under_way(state).is_some() {
        theme.signal(Signal::Busy)
    } else if n_safe < n_all {
        theme.signal(Signal::NeedsYou)
    } else {
        theme.muted()
    };
    put_right(buf, row.x, row.right().saturating_sub(1), row.y, &health, style);
    for (k, hint) in hints(state, client, scene, keys, theme).iter().enumerate() {
        let Rect { x, y, width, .. } = hint.rect;
        if k > 0 {
            put(buf, x - 2, y, 1, theme.pick("·", "-"), theme.muted());
        }
        let end = put(buf, x, y, width, &hint.keys, theme.key());
        put(buf, end + 1, y, width, &hint.words, theme.muted());
    }
}

fn toast<'a>(state: &State, client: &'a ClientView) -> Option<&'a crate::core::client::Toast> {
    client.toast.as_ref().filter(|toast| toast.until > state.now.instant)
}

/// What is under way, else how many agents a relaunch would bring back; a narrow row keeps that to itself as long as all is well.
fn health(state: &State, row: Rect) -> String {
    if let Some(words) = under_way(state) {
        return text::truncate(&words, usize::from(row.width / 2));
    }
    match resume_health(state) {
        (_, 0) => String::new(),
        (n_safe, n_all) if n_safe == n_all && row.width < NARROW => String::new(),
        (n_safe, n_all) => format!("resumable {n_safe}/{n_all}"),
    }
}

/// What is done beside the loop just now.
fn under_way(state: &State) -> Option<String> {
    let work = state.works.last().map(|work| format!("{}: {}", work.label, work.step));
    let restoring = state.restoring.map(|(left, all)| format!("restoring {} of {all}", all - left));
    work.or(restoring)
}

/// The hints of the mode, most useful first.
fn wanted(
    state: &State,
    client: &ClientView,
    scene: &Scene,
    keys: &dyn KeyHints,
    theme: &Theme,
) -> Vec<(Option<Command>, String, String)> {
    let plain = |list: &[(&str, &str)]| {
        list.iter().map(|(key, words)| (None, (*key).to_owned(), (*words).to_owned())).collect::<Vec<_>>()
    };
    let plain_owned =
        |list: Vec<(String, String)>| list.into_iter().map(|(key, words)| (None, key, words)).collect::<Vec<_>>();
    let arrows = theme.pick("←↑↓→", "arrows");
    match &client.mode {
        Mode::Normal => commands(state, client, scene)
            .iter()
            .filter_map(|command| {
                let key = first_key(keys, *command, theme.glyphs)?;
                let is_putting_away = *command == Command::Scratch && state.floating(client).is_some();
                let words = if is_putting_away { "put away" } else { row_of(*command).hint };
                Some((Some(*command), key, words.to_owned()))
            })
            .collect(),
        Mode::Prefix { .. } => {
            let prefix = short_keys(&keys.prefix(), theme.glyphs);
            let all = key_after_prefix(keys, Command::Help, theme.glyphs).unwrap_or_default();
            let mut hints = plain(&[(&prefix, theme.pick("and …", "and ..."))]);
            hints.push((Some(Command::Help), all, "all keys".to_owned()));
            hints.extend(plain(&[("Esc", "cancels")]));
            hints
        }
        Mode::Resize => plain(&[(arrows, "move the border"), ("Enter", "done")]),
        Mode::Sidebar(_) => plain(&[
            ("Enter", "goes there"),
            (theme.pick("↑↓", "up/down"), "select"),
            ("Esc", "leaves"),
            ("M-p", "pin"),
            (theme.pick("M-↑↓", "M-up/down"), "move"),
            ("M-r", "rename"),
            (theme.pick("M-←→", "M-left/right"), "width"),
        ]),
        Mode::Copy(copy) => plain_owned(copy_mode::hints(copy)),
        Mode::Dialog(_) => plain(&[("Esc", "leaves")]),
    }
}

/// The commands worth a hint while keys go to a pane.
fn commands(state: &State, client: &ClientView, scene: &Scene) -> Vec<Command> {
    let counts = state.counts();
    let mut commands = Vec::new();
    if state.floating(client).is_some() {
        commands.push(Command::Scratch);
    }
    if counts.blocked + counts.done + counts.failed > 0 {
        commands.push(Command::NextAttention);
    }
    if under_way(state).is_some() {
        commands.push(Command::CancelWork);
    }
    if !client.marks.is_empty() {
        commands.push(Command::SendMarked);
    }
    if scene.screen == Screen::Start {
        commands.extend([Command::Launch, Command::NewTab, Command::Help, Command::Detach]);
        return commands;
    }
    let is_zoomed = state.workspace.tabs.iter().any(|tab| tab.zoomed.is_some() && tab.zoomed == scene.focused);
    let can_zoom = scene.solved.panes.len() > 1 || is_zoomed;
    let is_wanted = |command: &Command| match command {
        // It leads to all others.
        Command::Help => true,
        Command::Zoom if !can_zoom => false,
        command => !state.is_learnt(*command),
    };
    commands.extend(HINTED.into_iter().filter(is_wanted));
    commands
}
