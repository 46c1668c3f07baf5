//! The scratch shell: where it is, what it takes of the keys, what puts it away.

use super::*;
use crate::core::dialog::{Dialog, switch_items};
use crate::core::hit::Hit;
use crate::core::mode::Mode;
use crate::core::steering::listed;
use crate::input::event::{Modifiers, MouseButton, MouseEvent, MouseKind};
use crate::protocol::api::ApiRequest;

/// The focused pane, the scratch shell's, and whether it floats.
fn places(world: &World) -> (u32, Option<u32>, bool) {
    let state = world.core.state();
    let view = &state.clients[&CLIENT];
    let focus = state.focused_pane(view).map_or(0, PaneId::get);
    let scratch = state.workspace.scratch.map(|scratch| (scratch.pane.get(), scratch.is_shown));
    assert_eq!(scratch.is_some_and(|(_, is_shown)| is_shown), view.shows_scratch);
    (focus, scratch.map(|(pane, _)| pane), view.shows_scratch)
}

/// Two panes side by side, the second focused.
fn two() -> World {
    let mut world = World::attached(setup());
    world.type_keys(b"\x02t\x02%");
    world
}

fn typed_into(world: &mut World, keys: &[u8]) -> Vec<u32> {
    world.asked.clear();
    world.type_keys(keys);
    let written = world.asked.iter().filter_map(|effect| match effect {
        Effect::WritePty { pane, .. } => Some(pane.get()),
        _ => None,
    });
    written.collect()
}

#[test]
fn a_key_opens_it_shows_it_and_puts_it_away() {
    let mut world = two();
    world.core.state.sessions.values_mut().for_each(|session| session.cwd = "/srv".to_owned());
    world.type_keys(b"\x02f");
    assert_eq!(places(&world), (3, Some(3), true));
    assert_eq!(typed_into(&mut world, b"x"), [3]);
    let session = world.core.state().session_of(PaneId::new(3).expect("not zero")).expect("a session");
    assert_eq!((session.cwd.as_str(), session.label()), ("/srv", "scratch"));
    world.type_keys(b"\x02f");
    assert_eq!(places(&world), (2, Some(3), false));
    assert_eq!(typed_into(&mut world, b"x"), [2]);
    world.type_keys(b"\x02f");
    assert_eq!((places(&world), world.spawned.len()), ((3, Some(3), true), 3), "it is the same");
}

#[test]
fn it_is_in_no_tab_and_in_no_list() {
    let mut world = two();
    world.type_keys(b"\x02f");
    let state = world.core.state();
    assert_eq!(state.workspace.tabs.len(), 1);
    assert_eq!(state.workspace.tabs[0].tree.panes().len(), 2);
    assert_eq!(listed(state, &state.clients[&CLIENT]).len(), 2);
    assert_eq!(switch_items(state).len(), 2);
    let rows = world.core.session_rows();
    assert_eq!(
        rows.iter().map(|row| (row.tab, row.scratch)).collect::<Vec<_>>()[1..],
        [(Some(1), false), (None, true)]
    );
}

#[test]
fn whatever_is_about_the_tab_puts_it_away_and_the_rest_leaves_it() {
    let cases: &[(&[u8], (u32, bool))] = &[
        (b"\x02h", (1, false)),
        (b"\x02z", (2, false)),
        (b"\x02%", (4, false)),
        (b"\x02t", (4, false)),
        (b"\x021", (2, false)),
        (b"\x02[q", (3, true)),
        (b"\x02?\x1b", (3, true)),
        (b"\x02e", (3, true)),
        (b"\x02s\r", (2, false)),
    ];
    for (keys, (focus, floats)) in cases {
        let mut world = two();
        world.type_keys(b"\x02f");
        world.type_keys(keys);
        assert_eq!(places(&world), (*focus, Some(3), *floats), "{:?}", String::from_utf8_lossy(keys));
    }
}

#[test]
fn a_click_beside_it_puts_it_away_and_one_on_its_frame_does_not() {
    let mut world = two();
    world.type_keys(b"\x02f");
    let mut click = |hit| {
        let kind = MouseKind::Press(MouseButton::Left);
        let event = MouseEvent { kind, column: 1, row: 1, modifiers: Modifiers::NONE };
        world.step(Event::ClientInput { client: CLIENT, input: InputEvent::Mouse(event), hit: Some(hit) });
        places(&world)
    };
    let pane = |n| PaneId::new(n).expect("not zero");
    assert_eq!(click(Hit::ScratchFrame), (3, Some(3), true));
    assert_eq!(click(Hit::Pane { pane: pane(3), x: 1, y: 1 }), (3, Some(3), true));
    assert_eq!(click(Hit::Pane { pane: pane(2), x: 1, y: 1 }), (2, Some(3), false));
}

#[test]
fn its_end_takes_it_away_and_the_next_key_opens_another() {
    let mut world = two();
    world.type_keys(b"\x02f");
    let pid = world.pids;
    world.step(Event::ProcessExited { pid, code: Some(0), signal: None });
    assert_eq!(places(&world), (2, None, false));
    world.type_keys(b"\x02f");
    assert_eq!(places(&world), (3, Some(3), true));
    world.type_keys(b"\x02xy");
    assert_eq!(places(&world), (2, None, false), "closed like any pane");
}

#[test]
fn it_floats_over_an_empty_workspace_too() {
    let mut world = World::attached(setup());
    world.type_keys(b"\x02f");
    assert_eq!(places(&world), (1, Some(1), true));
    assert_eq!(typed_into(&mut world, b"x"), [1]);
    world.type_keys(b"\x02f\x02c");
    assert!(matches!(world.core.state().clients[&CLIENT].mode, Mode::Dialog(Dialog::Launcher(_))));
    let pid = world.pids;
    world.step(Event::ProcessExited { pid, code: Some(0), signal: None });
    assert_eq!(places(&world), (0, None, false));
}

#[test]
fn the_next_server_brings_it_back_as_it_was() {
    for is_shown in [true, false] {
        let mut world = two();
        world.type_keys(if is_shown { b"\x02f".as_slice() } else { b"\x02f\x02f" });
        let next = World::attached(relaunched(&world));
        assert_eq!(places(&next), (if is_shown { 3 } else { 2 }, Some(3), is_shown));
        assert_eq!(next.spawned.len(), 3);
    }
}

#[test]
fn a_program_opens_it_where_nobody_is_attached() {
    let mut world = World::new(setup());
    let ask = |world: &mut World| {
        let body = ApiRequest::Scratch { cwd: "/tmp".to_owned(), env: Vec::new() };
        world.step(Event::Request { request: RequestId(1), body });
        let state = world.core.state();
        state
            .workspace
            .scratch
            .map(|scratch| (state.session_of(scratch.pane).expect("a session").cwd.clone(), scratch.is_shown))
    };
    assert_eq!(ask(&mut world), Some(("/tmp".to_owned(), false)));
    assert_eq!(ask(&mut world), Some(("/tmp".to_owned(), false)));
    assert_eq!(world.spawned.len(), 1);
}
