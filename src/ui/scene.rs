//! What a client's screen consists of and where: the one thing that both drawing and the mouse go by.
//!
//! A scene is made from the state anew for each drawing and never changed; it holds no text of agents but tab labels.

use crate::core::client::ClientView;
use crate::core::command::Command;
use crate::core::hit::Hit;
use crate::core::mode::Mode;
use crate::core::state::State;
use crate::geometry::{Rect, Size};
use crate::id::PaneId;
use crate::layout::chrome::{Chrome, SidebarForm, chrome, is_supported};
use crate::layout::float::floating;
use crate::layout::solve::{PlacedPane, Solved, arrange};
use crate::ui::cells::{OuterCursor, pane_cursor};
use crate::ui::copy_mode;
use crate::ui::dialog_layout::{self, DialogLayout, ListItem};
use crate::ui::hints::KeyHints;
use crate::ui::sidebar::{self, SidebarItem, SidebarLine};
use crate::ui::start::{self, StartLine, StartPart};
use crate::ui::status_bar::{self, Hint};
use crate::ui::theme::{Signal, Theme};
use crate::ui::top_line::{self, TopLine};

/// What kind of screen is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Screen {
    /// Panes.
    Panes,
    /// Nothing is open: the agents that were found, and keys.
    Start,
    /// The terminal is smaller or larger than homing supports.
    Unsupported,
}

/// What a client's screen consists of.
#[derive(Clone, PartialEq, Debug)]
pub struct Scene {
    /// The client's terminal.
    pub size: Size,
    /// What kind of screen is shown.
    pub screen: Screen,
    /// Top line, sidebar, main area, status bar.
    pub chrome: Chrome,
    /// The panes that are visible, and the lines between them.
    pub solved: Solved,
    /// The scratch shell, where it floats over the panes.
    pub float: Option<PlacedPane>,
    /// The pane that has the focus.
    pub focused: Option<PaneId>,
    /// The first row.
    pub top_line: TopLine,
    /// The visible rows of the sidebar.
    pub sidebar: Vec<SidebarLine>,
    /// The lines of the start page.
    pub start: Vec<StartLine>,
    /// The dialog, where one is open.
    pub dialog: Option<DialogLayout>,
    /// Where the outer cursor stands; `None` where it is hidden.
    pub cursor: Option<OuterCursor>,
    hints: Vec<Hint>,
}

/// Lays out the client's screen.
pub fn scene(state: &State, client: &ClientView) -> Scene {
    let size = client.size;
    let chrome = chrome(size, client.sidebar.shown().filter(|_| !state.is_empty()));
    let mut scene = Scene {
        size,
        screen: Screen::Unsupported,
        chrome,
        solved: Solved::default(),
        float: None,
        focused: None,
        top_line: TopLine::default(),
        sidebar: Vec::new(),
        start: Vec::new(),
        dialog: None,
        cursor: None,
        hints: Vec::new(),
    };
    if !is_supported(size) {
        return scene;
    }
    scene.screen = Screen::Start;
    scene.top_line = top_line::lay_out(state, client, chrome.top);
    scene.sidebar = sidebar::lay_out(state, client, &chrome);
    if let (Some(tab), Some(focused)) = (state.workspace.tab(client.tab), state.focused_in_tab(client)) {
        scene.screen = Screen::Panes;
        scene.focused = Some(focused);
        scene.solved = arrange(&tab.tree, tab.zoomed, focused, chrome.main);
    } else {
        scene.start = start::lay_out(state, client, chrome.main);
    }
    if let Some(scratch) = state.floating(client) {
        scene.float = floating(scratch, chrome.main);
        scene.focused = Some(scratch);
    }
    match &client.mode {
        Mode::Dialog(dialog) => {
            let layout = dialog_layout::lay_out(dialog, size);
            scene.cursor = layout.cursor.map(|(x, y)| OuterCursor { x, y, shape: 0 });
            scene.dialog = Some(layout);
        }
        Mode::Normal | Mode::Prefix { .. } | Mode::Resize => {
            let placed = scene.focused.and_then(|pane| scene.placed(pane));
            scene.cursor = placed.and_then(|placed| pane_cursor(state.panes.get(&placed.pane)?, placed));
        }
        Mode::Sidebar(steering) => {
            let at = sidebar::cursor(steering, &scene.sidebar);
            scene.cursor = at.map(|(x, y)| OuterCursor { x, y, shape: 0 });
        }
        Mode::Copy(copy) => {
            scene.cursor = scene.placed(copy.pane).and_then(|placed| copy_mode::cursor(state, copy, placed.inner));
        }
    }
    scene
}

impl Scene {
    /// Adds the places of the status bar's hints, which depend on the keys, so that [`Scene::hit`] knows them.
    #[must_use]
    pub fn with_hints(mut self, state: &State, client: &ClientView, keys: &dyn KeyHints, theme: &Theme) -> Self {
        if self.screen != Screen::Unsupported {
            self.hints = status_bar::hints(state, client, &self, keys, theme);
        }
        self
    }

    /// Where the pane lies, if it is shown.
    pub fn placed(&self, pane: PaneId) -> Option<&PlacedPane> {
        self.float.as_ref().filter(|placed| placed.pane == pane).or_else(|| self.solved.placed(pane))
    }

    /// Whether something of the frame lies over the pane, so that its rows cannot be drawn alone.
    pub fn is_covered(&self, pane: PaneId) -> bool {
        self.float.is_some_and(|float| float.pane != pane)
    }

    /// What lies under the cell; `None` where there is nothing to click. A dialog covers everything else.
    pub fn hit(&self, x: u16, y: u16) -> Option<Hit> {
        if self.screen == Screen::Unsupported {
            return None;
        }
        if let Some(dialog) = &self.dialog {
            return Some(hit_dialog(dialog, x, y));
        }
        if self.chrome.top.contains(x, y) {
            return self.hit_top_line(x, y);
        }
        if self.chrome.status.contains(x, y) {
            let hint = self.hints.iter().find(|hint| hint.rect.contains(x, y))?;
            return hint.command.map(Hit::StatusHint);
        }
        if let Some(float) = self.float.filter(|float| float.frame.contains(x, y)) {
            return Some(hit_float(&float, x, y));
        }
        if self.chrome.sidebar.contains(x, y) {
            return Some(self.hit_sidebar(x, y));
        }
        if let Some(line) = self.start.iter().find(|line| line.rect.contains(x, y)) {
            return match line.part {
                StartPart::Item(n) => Some(Hit::StartItem(n)),
                StartPart::Title | StartPart::Open | StartPart::GoOn | StartPart::Keys | StartPart::Blank => None,
            };
        }
        self.hit_panes(x, y)
    }

    fn hit_top_line(&self, x: u16, y: u16) -> Option<Hit> {
        if let Some(spot) = self.top_line.tabs.iter().find(|spot| spot.rect.contains(x, y)) {
            return Some(Hit::Tab(spot.tab));
        }
        if self.top_line.new_tab.is_some_and(|rect| rect.contains(x, y)) {
            return Some(Hit::NewTab);
        }
        for (rect, command) in [(self.top_line.before, Command::PreviousTab), (self.top_line.after, Command::NextTab)] {
            if rect.is_some_and(|rect| rect.contains(x, y)) {
                return Some(Hit::StatusHint(command));
            }
        }
        let count = self.top_line.counts.iter().find(|count| count.rect.contains(x, y))?;
        // Who works needs nobody: they are picked from the list.
        let command = if count.signal == Signal::Busy { Command::Switch } else { Command::NextAttention };
        Some(Hit::StatusHint(command))
    }

    fn hit_sidebar(&self, x: u16, y: u16) -> Hit {
        let on_border = self.chrome.sidebar_border().is_some_and(|border| border.contains(x, y));
        if self.chrome.form == SidebarForm::Whole && on_border {
            return Hit::SidebarBorder;
        }
        match self.sidebar.iter().find(|line| line.rect.contains(x, y)).map(|line| &line.item) {
            Some(SidebarItem::Session(id) | SidebarItem::Detail(id) | SidebarItem::Sign(id)) => Hit::Session(*id),
            Some(SidebarItem::Heading { .. }) => Hit::SidebarHeading,
            Some(SidebarItem::Group { index, .. }) => Hit::SidebarGroup(*index),
            Some(SidebarItem::More { is_above, .. }) => Hit::SidebarMore { is_above: *is_above },
            Some(SidebarItem::Blank | SidebarItem::NoMatch) | None => Hit::Sidebar,
        }
    }

    fn hit_panes(&self, x: u16, y: u16) -> Option<Hit> {
        for placed in &self.solved.panes {
            if placed.inner.contains(x, y) {
                return Some(Hit::Pane { pane: placed.pane, x: x - placed.inner.x, y: y - placed.inner.y });
            }
            if placed.frame.contains(x, y) {
                return Some(Hit::PaneTitle(placed.pane));
            }
        }
        let left =
            |placed: &&PlacedPane| placed.frame.right() == x && (placed.frame.y..placed.frame.bottom()).contains(&y);
        self.solved.panes.iter().find(left).map(|placed| Hit::Separator { pane: placed.pane })
    }
}

fn hit_float(float: &PlacedPane, x: u16, y: u16) -> Hit {
    match float.inner.contains(x, y) {
        true => Hit::Pane { pane: float.pane, x: x - float.inner.x, y: y - float.inner.y },
        false => Hit::ScratchFrame,
    }
}

fn hit_dialog(dialog: &DialogLayout, x: u16, y: u16) -> Hit {
    if !dialog.rect.contains(x, y) {
        return Hit::OutsideDialog;
    }
    let at = |rects: &[Rect]| rects.iter().position(|rect| rect.contains(x, y));
    if let Some(answer) = at(&dialog.answers) {
        return Hit::DialogRow(answer);
    }
    // The field's name before it counts too.
    if let Some(field) = dialog.fields.iter().position(|rect| rect.y == y) {
        return Hit::DialogField(field);
    }
    let line = dialog.lines.iter().find(|line| line.rect.contains(x, y));
    match line.map(|line| line.item) {
        Some(ListItem::Row(row)) => Hit::DialogRow(row),
        Some(ListItem::Heading(_) | ListItem::Blank) | None => Hit::Dialog,
    }
}
