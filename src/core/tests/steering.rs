//! The sidebar by keys.

use super::*;
use crate::config::SidebarSide;
use crate::core::sidebar::{Grouping, SidebarView, Sorting};
use crate::core::steering::listed;
use crate::layout::chrome::Side;

fn sidebar(world: &World) -> &SidebarView {
    &world.core.state().clients[&CLIENT].sidebar
}

fn focus(world: &World) -> Option<u32> {
    let state = world.core.state();
    state.focused_pane(&state.clients[&CLIENT]).map(PaneId::get)
}

/// The panes of the sessions, as the sidebar lists them.
fn order(world: &World) -> Vec<u32> {
    let state = world.core.state();
    let pane = |id| state.pane_of(id).map_or(0, |pane| pane.id.get());
    listed(state, &state.clients[&CLIENT]).into_iter().map(pane).collect()
}

/// Four shells in tabs of their own, called as in the alphabet from the last to the first; the first is focused.
fn four() -> World {
    let mut world = World::attached(setup());
    for name in ["delta", "charlie", "bravo", "alpha"] {
        world.type_keys(b"\x02t\x02,");
        world.type_keys(name.as_bytes());
        world.type_keys(b"\r");
    }
    world.type_keys(b"\x021");
    world
}

#[test]
fn typing_filters_the_sidebar_and_enter_goes_to_what_is_selected() {
    let mut world = four();
    world.type_keys(b"\x02wlph");
    assert_eq!(order(&world), [4]);
    world.type_keys(b"\r");
    assert_eq!((focus(&world), order(&world)), (Some(4), vec![1, 2, 3, 4]));
    world.type_keys(b"\x02w\x1b[B\x1b[B\r");
    assert_eq!(focus(&world), Some(2), "from the focused one down, and round");
    world.type_keys(b"\x02wzzz\r");
    assert_eq!(focus(&world), Some(2), "nothing is listed, nowhere is gone to");
    world.type_keys(b"\x02w\x1b");
    assert_eq!(world.core.state().clients[&CLIENT].mode, crate::core::mode::Mode::Normal);
}

#[test]
fn what_is_typed_into_the_sidebar_does_not_reach_the_agent() {
    let mut world = four();
    world.asked.clear();
    world.type_keys(b"\x02wx\x1b[200~pasted\x1b[201~");
    let went = |effect: &Effect| matches!(effect, Effect::WritePty { .. });
    assert!(!world.asked.iter().any(went), "{:?}", world.asked);
    // The prefix works from here too.
    world.type_keys(b"\x022");
    assert_eq!(focus(&world), Some(2));
}

#[test]
fn grouping_sorting_side_and_width_go_round_and_are_kept_for_the_next_client() {
    let mut world = four();
    world.type_keys(b"\x02G\x02O\x02O\x02E\x02\x1b[1;3C");
    let expected = (Grouping::Tab, Sorting::Name, Side::Right, 26);
    let of = |view: &SidebarView| (view.grouping, view.sorting, view.side, view.columns);
    assert_eq!(of(sidebar(&world)), expected);
    let second = ClientId(2);
    world.step(Event::ClientAttached {
        client: second,
        pid: None,
        size: Size::new(120, 40),
        env: Vec::new(),
        cwd: "/".to_owned(),
        open: None,
    });
    assert_eq!(of(&world.core.state().clients[&second].sidebar), expected);
    world.type_keys(b"\x02G\x02G\x02O\x02E\x02\x1b[1;3D");
    let defaults = SidebarView::default();
    assert_eq!(of(sidebar(&world)), of(&defaults));
}

#[test]
fn the_settings_say_how_the_sidebar_starts() {
    let mut setup = setup();
    setup.config.sidebar.side = SidebarSide::Right;
    setup.config.sidebar.group = Grouping::None;
    setup.config.sidebar.sort = Sorting::Recent;
    let world = World::attached(setup);
    let view = sidebar(&world);
    assert_eq!((view.side, view.grouping, view.sorting), (Side::Right, Grouping::None, Sorting::Recent));
}

#[test]
fn a_pinned_session_stands_first_is_moved_and_stored() {
    let mut world = four();
    world.type_keys(b"\x023\x02*\x024\x02*");
    assert_eq!(order(&world), [3, 4, 1, 2]);
    world.type_keys(b"\x02\x1b[1;3A");
    assert_eq!(order(&world), [4, 3, 1, 2]);
    world.type_keys(b"\x02\x1b[1;3A");
    assert_eq!(order(&world), [4, 3, 1, 2], "there is none above");
    world.step(Event::Timer(Timer::Save));
    let pins: BTreeMap<_, _> = world
        .stored
        .iter()
        .filter_map(|change| match change {
            Change::Session(session) => Some((session.label().to_owned(), session.pin)),
            _ => None,
        })
        .collect();
    assert_eq!((pins["alpha"], pins["bravo"]), (Some(1), Some(2)));
    world.type_keys(b"\x02*");
    assert_eq!(order(&world), [3, 1, 2, 4]);
}

#[test]
fn the_next_and_the_previous_session_are_those_of_the_sidebar() {
    let mut world = four();
    world.type_keys(b"\x02O\x02O");
    assert_eq!(order(&world), [4, 3, 2, 1]);
    world.type_keys(b"\x02(");
    assert_eq!(focus(&world), Some(2));
    world.type_keys(b"\x02)\x02)");
    assert_eq!(focus(&world), Some(4), "from the last to the first");
}

#[test]
fn a_narrow_screen_filters_in_the_switcher() {
    let mut world = four();
    world.step(Event::ClientResized { client: CLIENT, size: Size::new(70, 20) });
    world.type_keys(b"\x02w");
    let mode = &world.core.state().clients[&CLIENT].mode;
    assert!(matches!(mode, mode::Mode::Dialog(dialog::Dialog::Switcher(_))), "{mode:?}");
}

#[test]
fn repositories_are_asked_for_once_and_group_the_sessions() {
    let mut world = four();
    let asked: Vec<_> = world.asked.iter().filter(|effect| matches!(effect, Effect::FindProjects { .. })).collect();
    assert_eq!(asked.len(), 1, "{asked:?}");
    let directory = world.core.state().sessions.values().next().expect("there").cwd.clone();
    world.step(Event::ProjectsFound(vec![(directory.trim_end_matches('/').to_owned(), "/src/shop".to_owned())]));
    let state = world.core.state();
    let groups = crate::core::sidebar::groups(state, &SidebarView::default(), "");
    assert_eq!(groups.iter().map(|group| group.name.as_str()).collect::<Vec<_>>(), ["shop"]);
}
