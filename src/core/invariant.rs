//! What must hold of the state after every step; checked by the tests.

use crate::core::state::State;

/// The first broken invariant, in words; `None` if all hold.
pub fn broken(state: &State) -> Option<String> {
    for tab in &state.workspace.tabs {
        let leaves = tab.tree.panes();
        if leaves.is_empty() {
            return Some(format!("tab {:?} is empty", tab.id));
        }
        if !leaves.contains(&tab.focus) {
            return Some(format!("tab {:?} has its focus on pane {} that is not in it", tab.id, tab.focus));
        }
        if tab.zoomed.is_some_and(|zoomed| !leaves.contains(&zoomed)) {
            return Some(format!("tab {:?} has zoomed a pane that is not in it", tab.id));
        }
        if let Some(pane) = leaves.iter().find(|pane| !state.panes.contains_key(pane)) {
            return Some(format!("pane {pane} is in the layout but does not exist"));
        }
    }
    for pane in state.panes.values() {
        let n = state.workspace.tabs.iter().filter(|tab| tab.tree.contains(pane.id)).count();
        if n != usize::from(!state.workspace.is_scratch(pane.id)) {
            return Some(format!("pane {} is in {n} tabs", pane.id));
        }
        if !state.sessions.contains_key(&pane.session) {
            return Some(format!("pane {} shows a session that does not exist", pane.id));
        }
    }
    if state.workspace.scratch.is_some_and(|scratch| !state.panes.contains_key(&scratch.pane)) {
        return Some("the scratch shell has no pane".to_owned());
    }
    if state.sessions.len() != state.panes.len() {
        return Some(format!("{} sessions in {} panes", state.sessions.len(), state.panes.len()));
    }
    if !state.workspace.tabs.is_empty() && state.workspace.tab(state.workspace.active).is_none() {
        return Some("the active tab does not exist".to_owned());
    }
    for view in state.clients.values() {
        if !state.workspace.tabs.is_empty() && state.workspace.tab(view.tab).is_none() {
            return Some(format!("client {:?} looks at a tab that does not exist", view.id));
        }
    }
    None
}
