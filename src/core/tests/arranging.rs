//! Arrangements, panes that change tabs, and the palette, by keys.

use super::*;
use crate::core::applicable::obstacle;
use crate::core::command::Command;

/// The panes of each tab, in their order.
fn tabs(world: &World) -> Vec<Vec<u32>> {
    let tabs = &world.core.state().workspace.tabs;
    tabs.iter().map(|tab| tab.tree.panes().into_iter().map(PaneId::get).collect()).collect()
}

fn focus(world: &World) -> Option<u32> {
    let state = world.core.state();
    state.focused_pane(&state.clients[&CLIENT]).map(PaneId::get)
}

/// Three panes side by side, the last one focused.
fn three() -> World {
    let mut world = World::attached(setup());
    world.type_keys(b"\x02t\x02%\x02%");
    world
}

#[test]
fn a_pane_leaves_for_a_tab_of_its_own_and_is_brought_back() {
    let mut world = three();
    world.type_keys(b"\x02t\x021\x02!");
    assert_eq!(tabs(&world), [vec![1, 2], vec![3], vec![4]]);
    assert_eq!(focus(&world), Some(3));
    world.type_keys(b"\x02!");
    assert_eq!(tabs(&world).len(), 3, "it has a tab of its own already");
    world.type_keys(b"\x021\x02h\x02@");
    let state = world.core.state();
    assert!(matches!(state.clients[&CLIENT].mode, crate::core::mode::Mode::Dialog(_)));
    world.type_keys(b"\x1b[B\r");
    let tabs = tabs(&world);
    assert_eq!(tabs.len(), 2);
    assert_eq!(tabs[0].len(), 3);
    assert_eq!(focus(&world), Some(tabs[0][1]), "beside the focused one, and focused");
}

#[test]
fn arrangements_give_the_programs_their_new_sizes() {
    let mut world = three();
    world.asked.clear();
    world.type_keys(b"\x02\x1b2");
    let resized = world.asked.iter().filter(|effect| matches!(effect, Effect::ResizePty { .. })).count();
    assert_eq!(resized, 3);
    assert_eq!(tabs(&world), [[1, 2, 3]]);
    world.type_keys(b"\x02\x0f");
    assert_eq!(tabs(&world), [[3, 1, 2]]);
    assert_eq!(focus(&world), Some(3), "the focus goes with the pane");
}

#[test]
fn the_palette_runs_what_is_typed_and_says_what_cannot_be_run() {
    let mut world = three();
    world.type_keys(b"\x02:break-pane\r");
    assert_eq!(tabs(&world), [vec![1, 2], vec![3]]);
    let state = world.core.state();
    let why = |command| obstacle(state, &state.clients[&CLIENT], command);
    assert_eq!(why(Command::BreakPane).as_deref(), Some("the tab has one pane"));
    assert_eq!(why(Command::Tab(3)).as_deref(), Some("there is no tab 3"));
    assert_eq!(why(Command::JoinPane), None);
}
