//! The picker of themes, and following the terminal's light and dark.

use super::*;
use crate::input::event::ColorScheme;

/// The theme that the client sees.
fn shown(world: &World) -> String {
    let state = world.core.state();
    let view = &state.clients[&CLIENT];
    let choice = view.tried_theme().unwrap_or_else(|| state.theme_choice());
    state.themes.choose(choice, &state.config.ui, view.scheme).name.clone()
}

fn preferred(world: &World) -> Vec<&Change> {
    world.stored.iter().filter(|change| matches!(change, Change::Preference { .. })).collect()
}

#[test]
fn a_theme_is_tried_while_it_is_selected_and_kept_by_enter() {
    let mut world = World::attached(setup());
    assert_eq!(shown(&world), "terminal");
    world.type_keys(b"\x02Cnord");
    assert_eq!(shown(&world), "nord", "tried");
    world.type_keys(b"\x1b");
    assert_eq!(shown(&world), "terminal", "Esc leaves all as it was");
    assert!(preferred(&world).is_empty());
    world.type_keys(b"\x02Cnord\r");
    assert_eq!(shown(&world), "nord", "kept");
    assert_eq!(preferred(&world).len(), 1);
    world.type_keys(b"\x02C\r");
    assert_eq!(preferred(&world).len(), 1, "the one in use is selected, and nothing changes");
}

#[test]
fn a_kept_theme_comes_back_until_the_settings_name_another() {
    let mut world = World::attached(setup());
    world.type_keys(b"\x02Cnord\r");
    let Change::Preference { name, entry } = preferred(&world)[0].clone() else { panic!("a choice") };
    let stored = Preferences::stored([(name.to_owned(), entry)]);
    let mut next = setup();
    next.preferences = stored.clone();
    assert_eq!(shown(&World::attached(next)), "nord");
    let mut changed = setup();
    changed.preferences = stored;
    changed.config.ui.theme = "paper".to_owned();
    assert_eq!(shown(&World::attached(changed)), "paper");
}

#[test]
fn the_theme_follows_the_terminal() {
    let mut world = setup();
    world.config.ui.theme_dark = "dusk".to_owned();
    world.config.ui.theme_light = "paper".to_owned();
    let mut world = World::attached(world);
    assert_eq!(shown(&world), "dusk", "a terminal that says nothing is taken for dark");
    world.type_keys(b"\x1b]11;rgb:ffff/ffff/eeee\x1b\\");
    assert_eq!(shown(&world), "paper");
    world.asked.clear();
    world.type_keys(b"\x1b[?997;1n");
    assert_eq!(shown(&world), "dusk");
    let asks =
        |effect: &Effect| matches!(effect, Effect::ToTerminal { bytes, .. } if bytes.ends_with(b"\x1b]11;?\x1b\\"));
    assert!(world.asked.iter().any(asks), "panes are to be told the new colours: {:?}", world.asked);
    assert_eq!(ColorScheme::of_background(0xfd, 0xf6, 0xe3), ColorScheme::Light);
    assert_eq!(ColorScheme::of_background(0x00, 0x2b, 0x36), ColorScheme::Dark);
}
