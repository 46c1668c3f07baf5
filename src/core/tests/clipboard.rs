//! What programs put on the clipboard, by the user's policy.

use super::*;
use crate::config::ClipboardPolicy;

/// A shell that puts "secret" on the clipboard.
fn copied(policy: ClipboardPolicy) -> World {
    let mut setup = setup();
    setup.config.clipboard = policy;
    let mut world = World::attached(setup);
    world.type_keys(b"\x02t");
    let pane = world.core.state().panes.values().next().expect("a pane");
    let (pane, epoch) = (pane.id, pane.epoch);
    world.asked.clear();
    world.step(Event::Output { pane, epoch, bytes: b"\x1b]52;c;c2VjcmV0\x07".to_vec() });
    world
}

/// What reached the client's clipboard.
fn reached(world: &World) -> usize {
    let is_copy =
        |effect: &&Effect| matches!(effect, Effect::SetClipboard { client: CLIENT, text } if text.as_str() == "secret");
    world.asked.iter().filter(is_copy).count()
}

fn toast(world: &World) -> String {
    world.core.state().clients[&CLIENT].toast.as_ref().map(|toast| toast.text.clone()).unwrap_or_default()
}

#[test]
fn the_users_policy_decides_over_what_a_program_copies() {
    assert_eq!(reached(&copied(ClipboardPolicy::Allow)), 1);
    let mut denied = copied(ClipboardPolicy::Deny);
    denied.type_keys(b"\x02y");
    assert_eq!((reached(&denied), denied.core.state().offered.is_none()), (0, true));
}

#[test]
fn what_waits_is_shown_and_taken_by_a_key_of_its_own() {
    let mut world = copied(ClipboardPolicy::Ask);
    assert!(toast(&world).contains("copies \"secret\""), "{}", toast(&world));
    assert!(toast(&world).contains("ctrl+b y"), "{}", toast(&world));
    // Keys for the pane take nothing.
    world.type_keys(b"y\r");
    assert_eq!(reached(&world), 0);
    world.type_keys(b"\x02y\x02y");
    assert_eq!(reached(&world), 1, "once");
}

#[test]
fn a_text_too_long_for_a_clipboard_is_kept_for_pasting_and_says_so() {
    let mut world = World::attached(setup());
    let mut fx = Effects::default();
    world.core.copied(CLIENT, "a text\n".to_owned().into(), &mut fx);
    assert_eq!(toast(&world), "copied: a text");
    world.step(Event::TooLongForClipboard { client: CLIENT });
    assert!(toast(&world).contains("too long for the terminal's clipboard: ctrl+b ] pastes it"), "{}", toast(&world));
    assert_eq!(world.core.copied, Some("a text\n".to_owned().into()));
}

#[test]
fn nothing_is_copied_where_there_is_no_text() {
    let mut world = World::attached(setup());
    world.core.copied(CLIENT, String::new().into(), &mut Effects::default());
    assert_eq!((toast(&world).contains("nothing was copied"), &world.core.copied), (true, &None));
}
