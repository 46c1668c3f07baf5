//! How the panes of a tab are arranged: zoom, swap, sizes; and what becomes of a tab when a pane goes.

use crate::core::Core;
use crate::core::effect::{Effect, Effects};
use crate::core::mode::Mode;
use crate::geometry::{Axis, Direction, Rect, Size};
use crate::id::{ClientId, PaneId, SessionId};
use crate::layout::chrome::chrome;
use crate::layout::preset::Preset;
use crate::layout::resize::resize;
use crate::layout::solve::{Solved, arrange, solve};
use crate::layout::tree::Tree;

/// Cells that one press moves a border in resize mode.
const RESIZE_STEP: i32 = 2;

impl Core {
    /// Where the panes of the client's tab lie when none is zoomed.
    pub(super) fn solved(&self, client: ClientId) -> Option<(Solved, Rect)> {
        let view = self.state.clients.get(&client)?;
        let tab = self.state.workspace.tab(view.tab)?;
        let main = chrome(view.size, view.sidebar.shown()).main;
        Some((solve(&tab.tree, main), main))
    }

    pub(super) fn zoom(&mut self, client: ClientId, fx: &mut Effects) {
        let Some(pane) = self.focused(client) else { return };
        let Some(tab) = self.shown_tab(client).and_then(|id| self.state.workspace.tab_mut(id)) else { return };
        tab.zoomed = match tab.zoomed {
            Some(_) => None,
            None => Some(pane),
        };
        self.save_layout(fx);
        self.relayout(fx);
    }

    pub(super) fn swap(&mut self, client: ClientId, other: fn(&Tree, PaneId) -> Option<PaneId>, fx: &mut Effects) {
        let Some(pane) = self.focused(client) else { return };
        let Some(tab) = self.shown_tab(client).and_then(|id| self.state.workspace.tab_mut(id)) else { return };
        if let Some(other) = other(&tab.tree, pane) {
            tab.tree.swap(pane, other);
            self.save_layout(fx);
            self.relayout(fx);
        }
    }

    pub(super) fn equalize(&mut self, client: ClientId, fx: &mut Effects) {
        let Some(tab) = self.shown_tab(client).and_then(|id| self.state.workspace.tab_mut(id)) else { return };
        tab.tree.equalize();
        self.save_layout(fx);
        self.relayout(fx);
    }

    /// Puts the tab into an arrangement; a zoomed pane gives the room back.
    pub(super) fn arrange(&mut self, client: ClientId, preset: Preset, fx: &mut Effects) {
        let Some(tab) = self.shown_tab(client).and_then(|id| self.state.workspace.tab_mut(id)) else { return };
        let Some(tree) = preset.arrange(&tab.tree.panes()) else { return };
        tab.tree = tree;
        tab.zoomed = None;
        self.save_layout(fx);
        self.relayout(fx);
    }

    pub(super) fn next_layout(&mut self, client: ClientId, fx: &mut Effects) {
        let tab = self.shown_tab(client).and_then(|id| self.state.workspace.tab(id));
        match tab.map(|tab| Preset::after(&tab.tree)) {
            Some(Some(preset)) => self.arrange(client, preset, fx),
            Some(None) => self.toast(client, "the tab has one pane", fx),
            None => {}
        }
    }

    pub(super) fn rotate(&mut self, client: ClientId, fx: &mut Effects) {
        let Some(tab) = self.shown_tab(client).and_then(|id| self.state.workspace.tab_mut(id)) else { return };
        if tab.tree.rotate() {
            self.save_layout(fx);
            self.relayout(fx);
        }
    }

    /// Moves the focused pane to a tab of its own, behind the one it was in.
    pub(super) fn break_pane(&mut self, client: ClientId, fx: &mut Effects) {
        let Some(pane) = self.focused(client) else { return };
        let Some(at) = self.state.workspace.tabs.iter().position(|tab| tab.tree.contains(pane)) else { return };
        if self.state.workspace.tabs[at].tree.panes().len() < 2 {
            return self.toast(client, "the pane has a tab of its own already", fx);
        }
        self.forget_focus(pane);
        self.add_tab(pane);
        self.state.workspace.tabs[at + 1..].rotate_right(1);
        self.show_pane(Some(client), pane, fx);
    }

    /// Brings a session's pane from another tab to the side of the focused one.
    pub(super) fn join(&mut self, client: ClientId, session: SessionId, fx: &mut Effects) {
        let Some(pane) = self.state.pane_of(session).map(|pane| pane.id) else { return };
        let Some(target) = self.focused(client).filter(|target| *target != pane) else { return };
        let axis = self.split_axis(None, target, Some(client)).unwrap_or(Axis::Row);
        let Some(tab) = self.state.workspace.tab_of(target).filter(|tab| !tab.tree.contains(pane)) else { return };
        let (id, mut tree) = (tab.id, tab.tree.clone());
        if !tree.split(target, axis, pane) {
            return self.toast(client, "the tab is split too deep for another pane here", fx);
        }
        self.forget_focus(pane);
        if let Some(tab) = self.state.workspace.tab_mut(id) {
            tab.tree = tree;
            tab.zoomed = None;
        }
        self.show_pane(Some(client), pane, fx);
    }

    pub(super) fn resize_focused(&mut self, client: ClientId, direction: Direction, fx: &mut Effects) {
        let (Some(pane), Some((_, main))) = (self.focused(client), self.solved(client)) else { return };
        let Some(tab) = self.shown_tab(client).and_then(|id| self.state.workspace.tab_mut(id)) else { return };
        resize(&mut tab.tree, pane, direction, RESIZE_STEP, main);
        self.save_layout(fx);
        self.relayout(fx);
    }

    /// Forgets a pane that is gone: the tree, the focus and the zoom.
    pub(super) fn forget_focus(&mut self, pane: PaneId) {
        if self.state.workspace.is_scratch(pane) {
            return self.forget_scratch(pane);
        }
        let Some(at) = self.state.workspace.tabs.iter().position(|tab| tab.tree.contains(pane)) else { return };
        let tab = &mut self.state.workspace.tabs[at];
        let next = tab.tree.previous_before(pane).filter(|next| *next != pane);
        match next {
            Some(next) => {
                tab.tree.remove(pane);
                if tab.focus == pane {
                    tab.focus = next;
                }
                if tab.zoomed == Some(pane) {
                    tab.zoomed = None;
                }
            }
            None => self.remove_tab(at),
        }
        for view in self.state.clients.values_mut() {
            view.focus.retain(|_, focused| *focused != pane);
            view.last_focus = view.last_focus.filter(|last| *last != pane);
            if matches!(&view.mode, Mode::Copy(copy) if copy.pane == pane) {
                view.mode = Mode::Normal;
            }
        }
    }

    pub(super) fn remove_tab(&mut self, at: usize) {
        let gone = self.state.workspace.tabs.remove(at).id;
        let next = self.state.workspace.tabs.get(at.saturating_sub(1)).map_or(gone, |tab| tab.id);
        if self.state.workspace.active == gone {
            self.state.workspace.active = next;
        }
        for view in self.state.clients.values_mut() {
            view.focus.remove(&gone);
            if view.tab == gone {
                view.tab = next;
            }
        }
    }

    /// Gives every pane the size that the client that typed last shows it at, and draws anew.
    pub(super) fn relayout(&mut self, fx: &mut Effects) {
        let latest = self.client_typed_last();
        let (size, sidebar) = self.view_size(latest);
        self.state.last_size = size;
        let mut targets: Vec<(PaneId, Size)> = Vec::new();
        for tab in &self.state.workspace.tabs {
            let viewer = self
                .state
                .clients
                .values()
                .filter(|view| view.tab == tab.id)
                .max_by_key(|view| (view.typed_at, view.id));
            let (size, sidebar) = viewer.map_or((size, sidebar), |view| (view.size, view.sidebar.shown()));
            let focused = viewer.and_then(|view| self.state.focused_in_tab(view)).unwrap_or(tab.focus);
            let main = chrome(size, sidebar).main;
            let solved = arrange(&tab.tree, tab.zoomed, focused, main);
            targets.extend(solved.panes.iter().map(|placed| (placed.pane, placed.inner.size())));
        }
        targets.extend(self.scratch_size());
        for (id, size) in targets {
            let Some(pane) = self.state.panes.get_mut(&id) else { continue };
            if pane.pty_size != size {
                pane.pty_size = size;
                pane.terminal.resize(size);
                fx.push(Effect::ResizePty { pane: id, size });
                self.save_screen_soon(id, fx);
            }
        }
        self.refit_copies();
        fx.redraw_all();
    }
}
