//! Sessions in git worktrees: opened by key, and closed with theirs.

use super::*;
use crate::core::session::WorktreeOf;
use crate::core::worktrees::{Discard, Kept, WorkId, WorktreeRemoval, WorktreeRequest};

fn of(branch: &str) -> WorktreeOf {
    WorktreeOf { repository: "/src/shop".to_owned(), branch: branch.to_owned() }
}

fn asked_for(world: &World) -> Option<WorktreeRequest> {
    world.asked.iter().find_map(|effect| match effect {
        Effect::MakeWorktree(request) => Some((**request).clone()),
        _ => None,
    })
}

fn checked(world: &World) -> Option<WorktreeRemoval> {
    world.asked.iter().find_map(|effect| match effect {
        Effect::CheckWorktree(removal) => Some((**removal).clone()),
        _ => None,
    })
}

fn is_removed(world: &World) -> bool {
    world.asked.iter().any(|effect| matches!(effect, Effect::RemoveWorktree(_)))
}

/// A session in a worktree, focused.
fn in_worktree() -> (World, SessionId) {
    let mut world = World::attached(setup());
    world.open("codex");
    world.type_keys(b"\x02Wfix/cart\r");
    let work = asked_for(&world).expect("a request").work;
    let made = Ok(("/src/shop-fix-cart".to_owned(), of("fix/cart")));
    world.step(Event::WorktreeMade { work, made });
    let state = world.core.state();
    let session = state.sessions.values().find(|session| session.options.worktree.is_some()).expect("a session").id;
    world.asked.clear();
    (world, session)
}

#[test]
fn a_branch_is_asked_for_and_the_same_kind_of_agent_opens_in_its_worktree() {
    let (world, session) = in_worktree();
    let state = world.core.state();
    let record = &state.sessions[&session];
    assert_eq!((record.provider.as_str(), record.name.as_deref()), ("codex", Some("fix/cart")));
    assert_eq!((record.cwd.as_str(), &record.options.worktree), ("/src/shop-fix-cart", &Some(of("fix/cart"))));
    let focused = state.focused_pane(&state.clients[&CLIENT]).and_then(|pane| state.session_of(pane));
    assert_eq!(focused.map(|session| session.id), Some(session));
    assert!(state.works.is_empty());
    assert!(
        world.stored.iter().any(
            |change| matches!(change, Change::NewSession(stored) if stored.options.worktree == Some(of("fix/cart")))
        )
    );
}

#[test]
fn whoever_types_on_is_not_taken_away() {
    let mut world = World::attached(setup());
    let here = world.open("codex").id;
    world.type_keys(b"\x02Wfix/cart\r");
    let work = asked_for(&world).expect("a request").work;
    world.step(Event::WorktreeStep { work, step: "npm ci".to_owned() });
    assert_eq!(world.core.state().works[0].step, "npm ci");
    world.type_keys(b"go on");
    world.step(Event::WorktreeMade { work, made: Ok(("/src/shop-fix-cart".to_owned(), of("fix/cart"))) });
    let state = world.core.state();
    let focused = state.focused_pane(&state.clients[&CLIENT]).and_then(|pane| state.session_of(pane));
    assert_eq!(focused.map(|session| session.id), Some(here));
    assert_eq!(state.workspace.tabs.len(), 2);
    let toast = state.clients[&CLIENT].toast.as_ref().expect("a toast");
    assert_eq!(toast.text, "worktree fix/cart is ready, in tab 2");
}

#[test]
fn what_fails_is_told_and_leaves_nothing() {
    let mut world = World::attached(setup());
    world.open("codex");
    world.type_keys(b"\x02Wfix/cart nobody\r");
    assert_eq!(asked_for(&world), None, "an agent that nobody knows");
    world.type_keys(b"\x02Wfix/cart claude\r");
    let work = asked_for(&world).expect("a request").work;
    world.type_keys(b"\x02\x03");
    assert!(
        world.asked.iter().any(|effect| matches!(effect, Effect::CancelWork { work: cancelled } if *cancelled == work))
    );
    world.step(Event::WorktreeMade { work, made: Err("cancelled; nothing is left of it".to_owned()) });
    let state = world.core.state();
    assert!(state.works.is_empty() && state.panes.len() == 1);
    let toast = state.clients[&CLIENT].toast.as_ref().expect("a toast");
    assert!(toast.is_error && toast.text.starts_with("worktree fix/cart: cancelled"), "{}", toast.text);
    // A word of work that nobody waits for changes nothing.
    world.step(Event::WorktreeMade { work: WorkId(77), made: Ok(("/x".to_owned(), of("x"))) });
    assert_eq!(world.core.state().panes.len(), 1);
}

#[test]
fn closing_keeps_the_worktree_unless_it_is_to_go() {
    let (mut world, session) = in_worktree();
    world.type_keys(b"\x02xy");
    assert!(!world.core.state().sessions.contains_key(&session));
    assert_eq!((checked(&world), is_removed(&world)), (None, false));

    let (mut world, session) = in_worktree();
    world.type_keys(b"\x02xr");
    let removal = checked(&world).expect("it is looked first");
    assert_eq!((removal.session, removal.discard), (session, Discard::Nothing));
    assert!(world.core.state().sessions.contains_key(&session) && !is_removed(&world));
    world.step(Event::WorktreeChecked { removal: Box::new(removal), found: Ok(()) });
    assert!(!world.core.state().sessions.contains_key(&session) && is_removed(&world));
}

#[test]
fn work_that_is_not_committed_is_lost_only_after_a_second_question() {
    let (mut world, session) = in_worktree();
    world.type_keys(b"\x02xr");
    let removal = checked(&world).expect("it is looked first");
    world.step(Event::WorktreeChecked { removal: Box::new(removal.clone()), found: Err(Kept::Dirty(3)) });
    assert!(world.core.state().sessions.contains_key(&session) && !is_removed(&world));
    world.type_keys(b"n");
    assert!(world.core.state().sessions.contains_key(&session));

    world.step(Event::WorktreeChecked { removal: Box::new(removal), found: Err(Kept::Dirty(3)) });
    world.asked.clear();
    world.type_keys(b"y");
    let removal = checked(&world).expect("it is looked again");
    assert_eq!(removal.discard, Discard::Changes);
    world.step(Event::WorktreeChecked { removal: Box::new(removal), found: Ok(()) });
    assert!(!world.core.state().sessions.contains_key(&session) && is_removed(&world));
}

#[test]
fn a_worktree_that_another_session_is_in_is_not_offered() {
    let (mut world, session) = in_worktree();
    world.type_keys(b"\x02%");
    assert_eq!(world.core.state().sessions.values().filter(|other| other.cwd == "/src/shop-fix-cart").count(), 2);
    world.core.command(CLIENT, crate::core::command::Command::FocusLast, &mut Effects::default());
    world.type_keys(b"\x02x");
    assert_eq!(checked(&world), None);
    assert!(!world.core.state().sessions.contains_key(&session), "closed like any other");
}

#[test]
fn the_rest_of_a_restore_can_be_left_for_later() {
    let mut before = World::attached(setup());
    for _ in 0..4 {
        before.open("shell");
    }
    let state = before.core.state();
    let mut next = setup();
    next.tabs.clone_from(&state.workspace.tabs);
    next.panes = state.panes.values().map(|pane| (pane.id, pane.session)).collect();
    next.sessions = state.sessions.values().cloned().collect();
    next.config.restore_at_once = 1;
    let mut fx = Effects::default();
    let mut core = Core::new(next, before.now, &mut fx);
    assert_eq!(core.state().restoring, Some((4, 4)));
    assert_eq!(core.hold_rest(&mut fx), 3);
    let held = core.state().panes.values().filter(|pane| matches!(pane.phase, Phase::Held { .. }));
    assert_eq!(held.count(), 3);
    assert_eq!(core.state().restoring, Some((1, 4)));
}
