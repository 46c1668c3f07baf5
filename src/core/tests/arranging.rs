//! Arrangements, panes that change tabs, and the palette, by keys.

use super::*;
use crate::core::applicable::obstacle;
use crate::core::command::Command;
use crate::core::hit::Hit;
use crate::input::event::{Modifiers, MouseButton, MouseEvent, MouseKind};

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

#[test]
fn every_command_of_the_table_is_run_by_key_by_the_palette_and_by_a_program() {
    for row in COMMANDS {
        // Two of three tabs hold two panes; the middle one is shown, its right pane focused, the left one focused before.
        let world = || {
            let mut world = three();
            world.type_keys(b"\x02t\x02%\x02h\x02l\x02t\x022");
            world
        };
        let mode = |world: &World| {
            let view = world.core.state().clients.get(&CLIENT)?;
            let dialog = match &view.mode {
                crate::core::mode::Mode::Dialog(dialog) => format!("{:?}", std::mem::discriminant(dialog)),
                mode => format!("{mode:?}"),
            };
            let tab = world.core.state().workspace.tab(view.tab).map(|tab| (tab.id, tab.zoomed));
            Some((dialog, tab, tabs(world), focus(world), view.sidebar, view.toast.as_ref().map(|t| t.text.clone())))
        };
        let by_program = |world: &mut World, client| {
            world.asked.clear();
            let body = crate::protocol::api::ApiRequest::Run { command: row.id.to_owned(), client };
            let request = crate::core::effect::RequestId(9);
            world.step(Event::Request { request, body });
            let asker = crate::core::settings::Asker::Program(request);
            if world.asked.iter().any(|effect| matches!(effect, Effect::ReadSettings { asker: by } if *by == asker)) {
                let files = crate::core::settings::SettingsFiles {
                    name: String::new(),
                    text: Ok(String::new()),
                    themes: Themes::default(),
                    theme_faults: Vec::new(),
                };
                world.step(Event::SettingsRead { asker, files: Box::new(files) });
            }
            let answer = world.asked.iter().find_map(|effect| match effect {
                Effect::Respond { response, .. } => Some(response.as_ref().clone()),
                _ => None,
            });
            answer.expect("an answer at once")
        };
        let mut asked = world();
        let answer = by_program(&mut asked, None);
        let view = &world().core.state().clients[&CLIENT].clone();
        if let Some(why) = obstacle(world().core.state(), view, row.command) {
            let crate::protocol::api::ApiResponse::Error(error) = answer else { panic!("{}: {answer:?}", row.id) };
            assert!(error.message.contains(&why), "{}: {}", row.id, error.message);
            continue;
        }
        assert_eq!(answer, crate::protocol::api::ApiResponse::Done, "{}", row.id);
        let keys = row.keys.first().expect("a default key");
        let mut pressed = world();
        pressed.type_keys(&[&[2], key_bytes(keys).as_slice()].concat());
        assert_eq!(mode(&asked), mode(&pressed), "{} by its key", row.id);
        if row.command != Command::Palette {
            let mut picked = world();
            picked.type_keys(format!("\x02:{}\r", row.id).as_bytes());
            assert_eq!(mode(&asked), mode(&picked), "{} by the palette", row.id);
        }
        let missing = by_program(&mut world(), Some(4_000_000));
        assert!(matches!(missing, crate::protocol::api::ApiResponse::Error(_)), "{missing:?}");
    }
}

fn mouse(kind: MouseKind, column: u16, row: u16) -> InputEvent {
    InputEvent::Mouse(MouseEvent { kind, column, row, modifiers: Modifiers::NONE })
}

/// Presses at `from`, goes to `to`, lets go there.
fn drag(world: &mut World, (from, at): (Hit, (u16, u16)), (to, end): (Option<Hit>, (u16, u16))) {
    let left = MouseButton::Left;
    let events = [
        (mouse(MouseKind::Press(left), at.0, at.1), Some(from)),
        (mouse(MouseKind::Drag(left), end.0, end.1), to),
        (mouse(MouseKind::Release(left), end.0, end.1), to),
    ];
    for (input, hit) in events {
        world.step(Event::ClientInput { client: CLIENT, input, hit });
    }
}

#[test]
fn a_border_follows_the_mouse_and_a_title_dropped_on_another_swaps_without_moving_one() {
    let mut world = World::attached(setup());
    world.type_keys(b"\x02t\x02%\x02\"");
    let [one, two, three] = [1, 2, 3].map(|n| PaneId::new(n).expect("not zero"));
    let frame = |world: &World, pane| {
        let (solved, _) = world.core.solved(CLIENT).expect("a tab");
        solved.placed(pane).expect("shown").frame
    };
    let x = frame(&world, one).right();
    drag(&mut world, (Hit::Separator { pane: one }, (x, 5)), (None, (x + 7, 5)));
    assert_eq!(frame(&world, one).right(), x + 7);
    let y = frame(&world, three).y;
    drag(&mut world, (Hit::PaneTitle(three), (x + 9, y)), (Some(Hit::PaneTitle(three)), (x + 9, y - 4)));
    assert_eq!(frame(&world, three).y, y - 4);
    let (below, above) = (frame(&world, three), frame(&world, two));
    drag(&mut world, (Hit::PaneTitle(three), (x + 9, y - 4)), (Some(Hit::PaneTitle(two)), (x + 9, above.y)));
    assert_eq!((frame(&world, two), frame(&world, three)), (below, above));
    drag(&mut world, (Hit::SidebarBorder, (23, 5)), (None, (2, 5)));
    assert_eq!(world.core.state().clients[&CLIENT].sidebar.columns, 16);
    assert_eq!(world.core.state().clients[&CLIENT].held, None);
}
