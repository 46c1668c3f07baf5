//! Everything that looks clickable is: what lies under the mouse × what the mouse does → what comes of it.

use super::*;
use crate::core::command::Command;
use crate::core::hit::Hit;
use crate::core::mode::Mode;
use crate::core::offer::Offer;
use crate::input::event::{Modifiers, MouseButton, MouseEvent, MouseKind};

const LEFT: MouseKind = MouseKind::Press(MouseButton::Left);

fn with(world: &mut World, hit: Hit, kind: MouseKind) {
    let event = MouseEvent { kind, column: 1, row: 1, modifiers: Modifiers::NONE };
    world.step(Event::ClientInput { client: CLIENT, input: InputEvent::Mouse(event), hit: Some(hit) });
}

/// What can be seen of a click.
fn seen(world: &World) -> String {
    let state = world.core.state();
    let view = &state.clients[&CLIENT];
    let mode = match &view.mode {
        Mode::Dialog(dialog) => format!("{:?}", dialog).split(['(', ' ', '{']).next().unwrap_or_default().to_owned(),
        Mode::Sidebar(_) => "Sidebar".to_owned(),
        Mode::Normal => String::new(),
        mode => format!("{mode:?}"),
    };
    let focus = state.focused_pane(view).map_or(0, PaneId::get);
    format!("pane {focus} scroll {:?} folded {} {mode}", view.sidebar.scroll, view.sidebar.folded.len())
        .trim()
        .to_owned()
}

/// Three tabs with a shell each; the middle one is shown.
fn three() -> World {
    let mut world = World::attached(setup());
    world.type_keys(b"\x02t\x02t\x02t\x022");
    world
}

#[test]
fn every_place_does_what_it_looks_like() {
    let world = three();
    let session = |n: u32| world.core.state().session_of(PaneId::new(n).expect("not zero")).expect("there").id;
    let (first, third) = (world.core.state().workspace.tabs[0].id, world.core.state().workspace.tabs[2].id);
    let pane = PaneId::new(2).expect("not zero");
    let right = MouseKind::Press(MouseButton::Right);
    let cases = [
        (Hit::Tab(first), LEFT, "pane 1 scroll None folded 0"),
        (Hit::Tab(third), right, "pane 2 scroll None folded 0"),
        (Hit::Tab(first), MouseKind::ScrollDown, "pane 3 scroll None folded 0"),
        (Hit::NewTab, MouseKind::ScrollUp, "pane 1 scroll None folded 0"),
        (Hit::NewTab, LEFT, "pane 2 scroll None folded 0 Launcher"),
        (Hit::Session(session(3)), LEFT, "pane 3 scroll None folded 0"),
        (Hit::Session(session(3)), right, "pane 2 scroll None folded 0"),
        (Hit::Session(session(3)), MouseKind::ScrollDown, "pane 2 scroll Some(0) folded 0"),
        (Hit::SidebarGroup(0), LEFT, "pane 2 scroll None folded 1"),
        (Hit::SidebarGroup(9), LEFT, "pane 2 scroll None folded 0"),
        (Hit::SidebarHeading, LEFT, "pane 2 scroll None folded 0 Sidebar"),
        (Hit::SidebarMore { is_above: false }, LEFT, "pane 2 scroll Some(0) folded 0"),
        (Hit::StatusHint(Command::Switch), LEFT, "pane 2 scroll None folded 0 Switcher"),
        (Hit::StatusHint(Command::PreviousTab), LEFT, "pane 1 scroll None folded 0"),
        (Hit::PaneTitle(pane), LEFT, "pane 2 scroll None folded 0"),
        (Hit::Sidebar, LEFT, "pane 2 scroll None folded 0"),
    ];
    for (hit, kind, expected) in cases {
        let mut world = three();
        with(&mut world, hit, kind);
        assert_eq!(seen(&world), expected, "{hit:?} {kind:?}");
    }
}

#[test]
fn the_wheel_moves_the_selection_of_a_list_and_only_the_first_button_picks() {
    let mut world = three();
    world.type_keys(b"\x02s");
    with(&mut world, Hit::DialogRow(0), MouseKind::ScrollDown);
    with(&mut world, Hit::DialogRow(0), MouseKind::Press(MouseButton::Right));
    with(&mut world, Hit::OutsideDialog, MouseKind::Press(MouseButton::Right));
    let view = &world.core.state().clients[&CLIENT];
    let Mode::Dialog(crate::core::dialog::Dialog::Switcher(switcher)) = &view.mode else { panic!("{:?}", view.mode) };
    assert_eq!(switcher.list.selected_row(), 1);
    with(&mut world, Hit::OutsideDialog, LEFT);
    assert_eq!(seen(&world), "pane 2 scroll None folded 0");
    // A question is not answered by the wheel.
    world.type_keys(b"\x02Q");
    with(&mut world, Hit::Dialog, MouseKind::ScrollDown);
    assert!(seen(&world).ends_with("Confirm"), "{}", seen(&world));
}

#[test]
fn a_click_elsewhere_takes_the_keys_from_the_sidebar() {
    let mut world = three();
    world.type_keys(b"\x02wx");
    with(&mut world, Hit::SidebarHeading, LEFT);
    assert!(seen(&world).ends_with("Sidebar"), "what was typed stays");
    with(&mut world, Hit::Pane { pane: PaneId::new(2).expect("not zero"), x: 0, y: 0 }, LEFT);
    assert_eq!(seen(&world), "pane 2 scroll None folded 0");
}

#[test]
fn an_offer_is_taken_by_a_click_and_only_where_it_stands() {
    let mut world = three();
    let pane = PaneId::new(2).expect("not zero");
    let click = |world: &mut World, offer| with(world, Hit::PaneOffer { pane, offer }, LEFT);
    click(&mut world, Offer::Close);
    click(&mut world, Offer::Reopen);
    assert_eq!((seen(&world).as_str(), world.spawned.len()), ("pane 2 scroll None folded 0", 3), "it runs");
    let pid = world.core.state().session_of(pane).and_then(|session| session.pid).expect("a process");
    world.step(Event::ProcessExited { pid, code: None, signal: Some(9) });
    click(&mut world, Offer::Reopen);
    assert_eq!(world.spawned.len(), 4);
    let pid = world.core.state().session_of(pane).and_then(|session| session.pid).expect("a process");
    world.step(Event::ProcessExited { pid, code: None, signal: Some(9) });
    click(&mut world, Offer::Close);
    assert_eq!(seen(&world), "pane 1 scroll None folded 0");
}
