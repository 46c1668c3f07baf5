//! The sidebar by keys: its filter, its width and side, what it is grouped and sorted by; pinned sessions; the session above
//! and below.

use crate::config::SidebarSide;
use crate::core::Core;
use crate::core::client::ClientView;
use crate::core::dialog::TextField;
use crate::core::effect::{Effect, Effects};
use crate::core::input::dialog_key;
use crate::core::mode::Mode;
use crate::core::preferences;
use crate::core::sidebar::rows::first_row;
use crate::core::sidebar::{COLUMNS, Grouping, SidebarView, Sorting, groups};
use crate::core::state::State;
use crate::id::{ClientId, SessionId};
use crate::input::event::{KeyCode, KeyEvent, Modifiers, MouseEvent, MouseKind};
use crate::layout::chrome::{Side, SidebarForm, chrome};

/// Columns by which a key changes the width. Chosen.
pub(super) const STEP: i32 = 2;

/// The sidebar has the keys: typing filters it.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Steering {
    /// What was typed.
    pub filter: TextField,
    /// The session that Enter goes to, as long as it is listed; else the first.
    pub selected: Option<SessionId>,
}

impl Steering {
    /// The session that Enter goes to, of those listed.
    pub fn target(&self, listed: &[SessionId]) -> Option<SessionId> {
        self.selected.filter(|selected| listed.contains(selected)).or_else(|| listed.first().copied())
    }
}

/// The sessions in the order of the client's sidebar.
pub fn listed(state: &State, view: &ClientView) -> Vec<SessionId> {
    let filter = match &view.mode {
        Mode::Sidebar(steering) => steering.filter.text(),
        _ => "",
    };
    groups(state, &view.sidebar, filter).into_iter().flat_map(|group| group.sessions).collect()
}

/// The sidebar that a client starts with: by the settings, and by what the user chose by keys since.
pub(super) fn first_view(state: &State) -> SidebarView {
    let configured = &state.config.sidebar;
    let chosen = |name: &str, word: &str| state.preferences.get(name, word).map(str::to_owned);
    let side = chosen(preferences::SIDEBAR_SIDE, side_word(side_of(configured.side)));
    let grouping = chosen(preferences::SIDEBAR_GROUP, configured.group.as_str());
    let sorting = chosen(preferences::SIDEBAR_SORT, configured.sort.as_str());
    let columns = chosen(preferences::SIDEBAR_COLUMNS, &configured.columns.to_string());
    let wanted = chosen(preferences::SIDEBAR_SHOW, &configured.show.to_string());
    SidebarView {
        wanted: wanted.map_or(configured.show, |word| word == "true"),
        columns: columns.and_then(|word| word.parse().ok()).unwrap_or(configured.columns).clamp(COLUMNS.0, COLUMNS.1),
        side: match side.as_deref() {
            Some("left") => Side::Left,
            Some("right") => Side::Right,
            _ => side_of(configured.side),
        },
        grouping: Grouping::ALL
            .into_iter()
            .find(|known| grouping.as_deref() == Some(known.as_str()))
            .unwrap_or(configured.group),
        sorting: Sorting::ALL
            .into_iter()
            .find(|known| sorting.as_deref() == Some(known.as_str()))
            .unwrap_or(configured.sort),
        ..SidebarView::default()
    }
}

/// The settings' word for an edge.
pub(super) const fn side_of(side: SidebarSide) -> Side {
    match side {
        SidebarSide::Left => Side::Left,
        SidebarSide::Right => Side::Right,
    }
}

const fn side_word(side: Side) -> &'static str {
    match side {
        Side::Left => "left",
        Side::Right => "right",
    }
}

fn next_of<T: Copy + PartialEq>(all: &[T], now: T) -> T {
    let at = all.iter().position(|known| *known == now).unwrap_or(0);
    all.get(at + 1).or(all.first()).copied().unwrap_or(now)
}

impl Core {
    /// Gives the keys to the sidebar; where a narrow screen does not show it whole, the switcher does the same.
    pub(super) fn steer(&mut self, client: ClientId, fx: &mut Effects) {
        let Some(view) = self.state.clients.get_mut(&client) else { return };
        if matches!(view.mode, Mode::Sidebar(_)) {
            return;
        }
        view.sidebar.wanted = true;
        if chrome(view.size, view.sidebar.shown()).form != SidebarForm::Whole {
            return self.open_switcher(client, fx);
        }
        let selected = self.focused(client).and_then(|pane| self.state.session_of(pane)).map(|session| session.id);
        self.scroll_to_selected(client);
        self.set_mode(client, Mode::Sidebar(Steering { selected, ..Steering::default() }), fx);
        self.relayout(fx);
    }

    pub(super) fn key_in_sidebar(&mut self, client: ClientId, key: &KeyEvent, fx: &mut Effects) {
        let has_alt = key.modifiers.contains(Modifiers::ALT);
        let target = self.steered(client);
        self.scroll_to_selected(client);
        match key.code {
            KeyCode::Left if has_alt => return self.resize_sidebar(client, -STEP, fx),
            KeyCode::Right if has_alt => return self.resize_sidebar(client, STEP, fx),
            KeyCode::Up if has_alt => return self.move_pinned(target, -1, fx),
            KeyCode::Down if has_alt => return self.move_pinned(target, 1, fx),
            KeyCode::Char('p') if has_alt => return self.pin(target, fx),
            KeyCode::Char('r') if has_alt => return self.ask_name_of(client, target, fx),
            KeyCode::Up => return self.select_beside(client, -1, fx),
            KeyCode::Down | KeyCode::Tab => return self.select_beside(client, 1, fx),
            KeyCode::Escape => return self.set_mode(client, Mode::Normal, fx),
            KeyCode::Enter => {
                self.set_mode(client, Mode::Normal, fx);
                return target.into_iter().for_each(|session| self.go(client, session, fx));
            }
            _ => {}
        }
        if self.is_prefix(key) {
            self.set_mode(client, Mode::Normal, fx);
            return self.key_in_normal(client, key, fx);
        }
        let Some(key) = dialog_key(key) else { return };
        if let Some(Mode::Sidebar(steering)) = self.state.clients.get_mut(&client).map(|view| &mut view.mode) {
            steering.filter.key(key);
            fx.redraw(client);
        }
    }

    pub(super) fn click_session(&mut self, client: ClientId, session: SessionId, fx: &mut Effects) {
        self.leave_sidebar(client, fx);
        self.go(client, session, fx);
    }

    /// Takes the keys from the sidebar, if it has them.
    pub(super) fn leave_sidebar(&mut self, client: ClientId, fx: &mut Effects) {
        if self.state.clients.get(&client).is_some_and(|view| matches!(view.mode, Mode::Sidebar(_))) {
            self.set_mode(client, Mode::Normal, fx);
        }
    }

    /// The wheel over the sidebar.
    pub(super) fn scroll_sidebar(&mut self, client: ClientId, mouse: &MouseEvent, fx: &mut Effects) {
        match mouse.kind {
            MouseKind::ScrollUp => self.scroll_sidebar_by(client, -1, fx),
            MouseKind::ScrollDown => self.scroll_sidebar_by(client, 1, fx),
            _ => {}
        }
    }

    /// A page up or down.
    pub(super) fn page_sidebar(&mut self, client: ClientId, is_above: bool, fx: &mut Effects) {
        let Some(view) = self.state.clients.get(&client) else { return };
        let page = isize::try_from(view.size.rows().saturating_sub(6).max(1)).unwrap_or(1);
        self.scroll_sidebar_by(client, if is_above { -page } else { page }, fx);
    }

    fn scroll_sidebar_by(&mut self, client: ClientId, rows: isize, fx: &mut Effects) {
        let Some(view) = self.state.clients.get(&client) else { return };
        let (first, lowest) = first_row(&self.state, view);
        let first = isize::try_from(first).unwrap_or(isize::MAX).saturating_add(rows).max(0).unsigned_abs();
        let scroll = u16::try_from(first.min(lowest)).unwrap_or(u16::MAX);
        if let Some(view) = self.state.clients.get_mut(&client) {
            view.sidebar.scroll = Some(scroll);
        }
        fx.redraw(client);
    }

    pub(super) fn paste_in_sidebar(&mut self, client: ClientId, text: &str, fx: &mut Effects) {
        if let Some(Mode::Sidebar(steering)) = self.state.clients.get_mut(&client).map(|view| &mut view.mode) {
            steering.filter.paste(text);
            fx.redraw(client);
        }
    }

    fn scroll_to_selected(&mut self, client: ClientId) {
        if let Some(view) = self.state.clients.get_mut(&client) {
            view.sidebar.scroll = None;
        }
    }

    /// The session that the sidebar's keys are about.
    fn steered(&self, client: ClientId) -> Option<SessionId> {
        let view = self.state.clients.get(&client)?;
        match &view.mode {
            Mode::Sidebar(steering) => steering.target(&listed(&self.state, view)),
            _ => self.state.focused_in_tab(view).and_then(|pane| self.state.session_of(pane)).map(|session| session.id),
        }
    }

    fn beside(&self, client: ClientId, step: isize) -> Option<SessionId> {
        let listed = listed(&self.state, self.state.clients.get(&client)?);
        let now = self.steered(client)?;
        let at = listed.iter().position(|session| *session == now)?;
        let next = (at as isize + step).rem_euclid(listed.len() as isize) as usize;
        listed.get(next).copied()
    }

    fn select_beside(&mut self, client: ClientId, step: isize, fx: &mut Effects) {
        let next = self.beside(client, step);
        if let Some(Mode::Sidebar(steering)) = self.state.clients.get_mut(&client).map(|view| &mut view.mode) {
            steering.selected = next;
            fx.redraw(client);
        }
    }

    /// Goes to the session below or above in the sidebar, and from the last to the first.
    pub(super) fn step_session(&mut self, client: ClientId, step: isize, fx: &mut Effects) {
        if let Some(next) = self.beside(client, step) {
            self.go(client, next, fx);
        }
    }

    pub(super) fn resize_sidebar(&mut self, client: ClientId, by: i32, fx: &mut Effects) {
        let Some(view) = self.state.clients.get(&client) else { return };
        let columns = u16::try_from(i32::from(view.sidebar.columns) + by).unwrap_or(0);
        self.set_sidebar_columns(client, columns, fx);
        self.keep_sidebar_columns(client, fx);
    }

    pub(super) fn set_sidebar_columns(&mut self, client: ClientId, columns: u16, fx: &mut Effects) {
        let Some(view) = self.state.clients.get_mut(&client) else { return };
        let columns = columns.clamp(COLUMNS.0, COLUMNS.1);
        if view.sidebar.columns != columns {
            view.sidebar.columns = columns;
            self.relayout(fx);
        }
    }

    /// The width that a client has now is the one that the next starts with.
    pub(super) fn keep_sidebar_columns(&mut self, client: ClientId, fx: &mut Effects) {
        let Some(view) = self.state.clients.get(&client) else { return };
        let value = view.sidebar.columns.to_string();
        let configured = self.state.config.sidebar.columns.to_string();
        self.prefer(preferences::SIDEBAR_COLUMNS, value, configured, fx);
    }

    pub(super) fn toggle_sidebar(&mut self, client: ClientId, fx: &mut Effects) {
        let Some(view) = self.state.clients.get_mut(&client) else { return };
        view.sidebar.wanted = !view.sidebar.wanted;
        let value = view.sidebar.wanted.to_string();
        let configured = self.state.config.sidebar.show.to_string();
        self.prefer(preferences::SIDEBAR_SHOW, value, configured, fx);
        self.relayout(fx);
    }

    pub(super) fn flip_sidebar(&mut self, client: ClientId, fx: &mut Effects) {
        let Some(view) = self.state.clients.get_mut(&client) else { return };
        view.sidebar.side = next_of(&[Side::Left, Side::Right], view.sidebar.side);
        let value = side_word(view.sidebar.side).to_owned();
        let configured = side_word(side_of(self.state.config.sidebar.side)).to_owned();
        self.prefer(preferences::SIDEBAR_SIDE, value, configured, fx);
        self.relayout(fx);
    }

    pub(super) fn next_grouping(&mut self, client: ClientId, fx: &mut Effects) {
        let Some(view) = self.state.clients.get_mut(&client) else { return };
        view.sidebar.grouping = next_of(&Grouping::ALL, view.sidebar.grouping);
        view.sidebar.scroll = None;
        let word = view.sidebar.grouping.as_str();
        let configured = self.state.config.sidebar.group.as_str().to_owned();
        self.prefer(preferences::SIDEBAR_GROUP, word.to_owned(), configured, fx);
        let said = if word == "none" { "sessions are not grouped".to_owned() } else { format!("sessions by {word}") };
        self.say(client, &said, fx);
    }

    pub(super) fn next_sorting(&mut self, client: ClientId, fx: &mut Effects) {
        let Some(view) = self.state.clients.get_mut(&client) else { return };
        view.sidebar.sorting = next_of(&Sorting::ALL, view.sidebar.sorting);
        view.sidebar.scroll = None;
        let sorting = view.sidebar.sorting;
        let configured = self.state.config.sidebar.sort.as_str().to_owned();
        self.prefer(preferences::SIDEBAR_SORT, sorting.as_str().to_owned(), configured, fx);
        let said = match sorting {
            Sorting::Attention => "those that need you stand first",
            Sorting::Recent => "those that changed last stand first",
            Sorting::Name => "sessions stand by name",
        };
        self.say(client, said, fx);
    }

    /// Shows only the name of a group, or all of it again.
    pub(super) fn fold_group(&mut self, client: ClientId, group: usize, fx: &mut Effects) {
        let Some(view) = self.state.clients.get(&client) else { return };
        let filter = match &view.mode {
            Mode::Sidebar(steering) => steering.filter.text(),
            _ => "",
        };
        let Some(name) = groups(&self.state, &view.sidebar, filter).into_iter().nth(group).map(|group| group.name)
        else {
            return;
        };
        if let Some(view) = self.state.clients.get_mut(&client) {
            if !view.sidebar.folded.remove(&name) {
                view.sidebar.folded.insert(name);
            }
            fx.redraw(client);
        }
    }

    pub(super) fn pin_focused(&mut self, client: ClientId, fx: &mut Effects) {
        let target = self.steered(client);
        self.pin(target, fx);
    }

    pub(super) fn move_focused_pin(&mut self, client: ClientId, step: isize, fx: &mut Effects) {
        let target = self.steered(client);
        self.move_pinned(target, step, fx);
    }

    /// Puts the session below those that stand above all, or back into its group.
    fn pin(&mut self, session: Option<SessionId>, fx: &mut Effects) {
        let last = self.state.sessions.values().filter_map(|session| session.pin).max().unwrap_or(0);
        let Some(record) = session.and_then(|id| self.state.sessions.get_mut(&id)) else { return };
        record.pin = if record.pin.is_some() { None } else { Some(last + 1) };
        let id = record.id;
        self.save_session_soon(id, fx);
        fx.redraw_all();
    }

    /// Changes places with the pinned session above or below.
    fn move_pinned(&mut self, session: Option<SessionId>, step: isize, fx: &mut Effects) {
        let mut pinned: Vec<(u32, SessionId)> =
            self.state.sessions.values().filter_map(|session| Some((session.pin?, session.id))).collect();
        pinned.sort_unstable();
        let at = pinned.iter().position(|(_, id)| Some(*id) == session);
        let Some((at, other)) = at.and_then(|at| Some((at, at.checked_add_signed(step)?))) else { return };
        let (Some((rank, id)), Some((other_rank, other_id))) = (pinned.get(at), pinned.get(other)) else { return };
        for (id, rank) in [(*id, *other_rank), (*other_id, *rank)] {
            if let Some(record) = self.state.sessions.get_mut(&id) {
                record.pin = Some(rank);
                self.save_session_soon(id, fx);
            }
        }
        fx.redraw_all();
    }

    /// Asks the edges for the repositories of directories that are not known yet.
    pub(super) fn ask_projects(&mut self, fx: &mut Effects) {
        let directories = self.state.sessions.values().map(|session| session.cwd.trim_end_matches('/'));
        let unknown: std::collections::BTreeSet<String> =
            directories.filter(|directory| !self.state.projects.contains_key(*directory)).map(str::to_owned).collect();
        if !unknown.is_empty() {
            // Until the answer is there each stands for itself.
            self.state.projects.extend(unknown.iter().map(|directory| (directory.clone(), directory.clone())));
            fx.push(Effect::FindProjects { directories: unknown.into_iter().collect() });
        }
    }

    pub(super) fn projects_found(&mut self, found: Vec<(String, String)>, fx: &mut Effects) {
        self.state.projects.extend(found);
        fx.redraw_all();
    }
}
