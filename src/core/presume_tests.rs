//! What is presumed of a submit, and what becomes of it.

use super::*;
use crate::core::session::Session;
use crate::input::event::{KeyCode, KeyEvent};

const TRIAL_MICROS: u64 = 2_100_000;

fn ready(provider: &str) -> (World, SessionId) {
    let mut world = World::new(setup());
    let session = world.open(provider).id;
    let mut fx = Effects::default();
    world.core.set_status(session, Status::Ready, &mut fx);
    world.perform(fx);
    (world, session)
}

fn record(world: &World, session: SessionId) -> &Session {
    &world.core.state().sessions[&session]
}

fn submit(world: &mut World, session: SessionId, text: &str) {
    let mut fx = Effects::default();
    world.core.said(session, capture::Said { text: text.to_owned(), is_exact: true }, &mut fx);
    world.perform(fx);
}

fn tell(world: &mut World, session: SessionId, status: Status) {
    let mut fx = Effects::default();
    world.core.told(session, voice::Voice::InBand, status, "said", &mut fx);
    world.perform(fx);
}

fn due(world: &mut World, timer: Timer, after_micros: u64) {
    world.now.instant.micros += after_micros;
    world.step(Event::Timer(timer));
}

fn n_notices(world: &World) -> usize {
    world.core.state().notices.iter().count()
}

#[test]
fn a_submit_is_busy_at_once_and_a_command_is_not() {
    for (text, status) in [("fix it", Status::Busy), ("/help", Status::Ready)] {
        let (mut world, session) = ready("codex");
        submit(&mut world, session, text);
        assert_eq!(record(&world, session).status, status, "{text}");
    }
}

fn print(world: &mut World, session: SessionId, bytes: &[u8]) {
    let pane = world.core.state().pane_of(session).expect("a pane");
    let (pane, epoch) = (pane.id, pane.epoch);
    world.step(Event::Output { pane, epoch, bytes: bytes.to_vec() });
}

#[test]
fn what_a_speaking_agent_does_not_confirm_is_taken_back_without_a_notice() {
    for before in [Status::Ready, Status::Error] {
        let (mut world, session) = ready("codex");
        tell(&mut world, session, before);
        let told = n_notices(&world);
        submit(&mut world, session, "picked from a list");
        print(&mut world, session, b"the list is gone");
        due(&mut world, Timer::Presumed(session), TRIAL_MICROS);
        assert_eq!((record(&world, session).status, record(&world, session).unseen), (before, false));
        assert_eq!(n_notices(&world), told);
    }
}

/// After how many trials of two seconds a submit that nobody confirms is taken back; `print` is what comes before each.
fn n_trials(provider: &str, is_speaking: bool, mut before_each: impl FnMut(&mut World, SessionId)) -> usize {
    let (mut world, session) = ready(provider);
    if is_speaking {
        tell(&mut world, session, Status::Ready);
    }
    submit(&mut world, session, "fix it");
    for n in 1..60 {
        world.now.instant.micros += TRIAL_MICROS - 500_000;
        before_each(&mut world, session);
        due(&mut world, Timer::Presumed(session), 500_000);
        if record(&world, session).status == Status::Ready {
            return n;
        }
    }
    panic!("busy for good");
}

#[test]
fn a_turn_that_a_slow_agent_has_not_begun_is_not_taken_back() {
    let print_once = |world: &mut World, session| {
        if world.core.state().now.instant.micros < 1_000_000 {
            print(world, session, b"fix it");
        }
    };
    // Printed and fell silent: it has shown what it had to show.
    assert_eq!(n_trials("claude", true, print_once), 2);
    // Nothing at all was printed: the key is still to be taken.
    assert_eq!(n_trials("claude", true, |_, _| {}), 8);
    // Prints on, and says nothing of a turn.
    assert_eq!(n_trials("claude", true, |world, session| print(world, session, b".")), 8);
    // Its events come from the process that is slow.
    assert_eq!(n_trials("opencode", true, print_once), 8);
    // The screen says that it works, for a minute at most.
    let works = |world: &mut World, session| print(world, session, b"\x1b[24;1H  esc interrupt");
    assert_eq!(n_trials("opencode", true, works), 29);
}

#[test]
fn a_registry_is_a_state_so_a_short_turn_shows_by_its_time_only() {
    for (since_ms, status, told) in [(-1000, Status::Busy, 0), (20, Status::Ready, 1)] {
        let (mut world, session) = ready("claude");
        let epoch = world.core.state().pane_of(session).expect("a pane").epoch;
        let conversation = record(&world, session).claim.as_ref().expect("assigned").conversation.clone();
        submit(&mut world, session, "hello");
        let since = Some(Wall { unix_ms: world.now.wall.unix_ms + since_ms });
        world.now.instant.micros += 60_000;
        world.step(Event::Registered(Registered { session, epoch, conversation, status: Some(Status::Ready), since }));
        assert_eq!((record(&world, session).status, n_notices(&world)), (status, told), "{since_ms}");
    }
}

#[test]
fn the_agents_word_counts_from_the_submit_on_and_a_stale_one_does_not() {
    let (mut world, session) = ready("codex");
    tell(&mut world, session, Status::Ready);
    submit(&mut world, session, "fix it");
    tell(&mut world, session, Status::Ready);
    assert_eq!(record(&world, session).status, Status::Busy, "said before the submit");
    tell(&mut world, session, Status::Busy);
    due(&mut world, Timer::Presumed(session), TRIAL_MICROS);
    assert_eq!(record(&world, session).status, Status::Busy, "confirmed");
    tell(&mut world, session, Status::Ready);
    assert_eq!((record(&world, session).status, n_notices(&world)), (Status::Ready, 1));
}

#[test]
fn an_agent_that_never_says_anything_is_busy_while_it_prints() {
    let (mut world, session) = ready("aider");
    submit(&mut world, session, "fix it");
    let pane = world.core.state().pane_of(session).expect("a pane");
    let (pane, epoch) = (pane.id, pane.epoch);
    for _ in 0..3 {
        world.now.instant.micros += 1_500_000;
        world.step(Event::Output { pane, epoch, bytes: b".".to_vec() });
        due(&mut world, Timer::Presumed(session), 1000);
        assert_eq!(record(&world, session).status, Status::Busy);
    }
    due(&mut world, Timer::Presumed(session), TRIAL_MICROS);
    assert_eq!((record(&world, session).status, n_notices(&world)), (Status::Ready, 1));
}

#[test]
fn silent_hooks_are_told_once_and_only_of_an_agent_that_works() {
    let n_claims = |world: &World| world.core.state().notices.iter().filter(|n| n.kind == NoticeKind::Claim).count();
    for (works, speaks, told) in [(true, false, 1), (false, false, 0), (true, true, 0)] {
        let (mut world, session) = ready("codex");
        submit(&mut world, session, "fix it");
        if works {
            tell(&mut world, session, Status::Busy);
        }
        if speaks {
            world.report(session, "UserPromptSubmit", "01a1fcb3-326f-7c60-b4c6-0eb6be2f69d3", Ancestry::Inside);
        }
        due(&mut world, Timer::HooksSilent(session), 5_000_000);
        due(&mut world, Timer::HooksSilent(session), 5_000_000);
        assert_eq!(n_claims(&world), told, "{works} {speaks}");
        let explained = world.core.explanation(session).expect("an explanation").evidence;
        assert_eq!(explained.iter().filter(|row| row.outcome.contains("silent")).count(), told);
    }
}

#[test]
fn the_end_of_a_turn_is_news_though_the_one_before_was_just_stopped() {
    let (mut world, session) = ready("codex");
    tell(&mut world, session, Status::Busy);
    world.core.note_stop(session);
    tell(&mut world, session, Status::Ready);
    assert_eq!(n_notices(&world), 0);
    submit(&mut world, session, "now this");
    tell(&mut world, session, Status::Busy);
    tell(&mut world, session, Status::Ready);
    assert_eq!(n_notices(&world), 1);
}

#[test]
fn an_enter_in_an_empty_prompt_leaves_no_doubt_about_the_conversation() {
    let (mut world, session) = ready("demo");
    let id = record(&world, session).claim.as_ref().expect("assigned").conversation.to_string();
    let press = |world: &mut World, code| {
        let mut fx = Effects::default();
        world.core.key_went(session, &KeyEvent::new(code, crate::input::event::Modifiers::NONE), &mut fx);
        world.perform(fx);
    };
    for (event, key) in [
        ("UserPromptSubmit", None),
        ("PermissionRequest", Some(KeyCode::Char('1'))),
        ("PostToolUse", Some(KeyCode::Enter)),
        ("Stop", Some(KeyCode::Enter)),
    ] {
        world.now.wall.unix_ms += 1000;
        world.report(session, event, &id, Ancestry::Inside);
        if let Some(key) = key {
            world.now.wall.unix_ms += 1000;
            press(&mut world, key);
        }
        assert!(world.core.captures.is_settled(session), "after {event}");
    }
    // A list may be open now, from which Enter picks.
    press(&mut world, KeyCode::Left);
    press(&mut world, KeyCode::Enter);
    assert!(!world.core.captures.is_settled(session));
}

#[test]
fn a_word_that_it_works_does_not_count_before_anything_was_submitted() {
    let (mut world, session) = ready("codex");
    let says = |world: &mut World, state: &str| {
        print(world, session, format!("\x1b]7501;state={state}:app=codex\x1b\\").as_bytes());
    };
    says(&mut world, "working");
    assert_eq!(record(&world, session).status, Status::Ready);
    says(&mut world, "idle");
    assert_eq!(n_notices(&world), 0);
    let mut fx = Effects::default();
    world.core.touched(session, &mut fx);
    world.perform(fx);
    says(&mut world, "working");
    assert_eq!(record(&world, session).status, Status::Busy);
}

#[test]
fn a_title_that_comes_late_does_not_ask_once_more() {
    let (mut world, session) = ready("codex");
    submit(&mut world, session, "hello");
    let says = |world: &mut World, words: &str| print(world, session, format!("\x1b]{words}\x1b\\").as_bytes());
    says(&mut world, "7501;state=blocked:app=codex:kind=permission");
    assert_eq!(record(&world, session).status, Status::Blocked);
    world.report(session, "Interrupt", "one-1", Ancestry::Inside);
    let told = n_notices(&world);
    says(&mut world, "0;[ ! ] Action Required | fix | proj");
    assert_eq!((record(&world, session).status, n_notices(&world)), (Status::Ready, told));
}

#[test]
fn a_session_that_is_started_again_is_starting_at_once() {
    let (mut world, session) = ready("codex");
    let pid = record(&world, session).pid.expect("runs");
    world.step(Event::ProcessExited { pid, code: Some(0), signal: None });
    let pane = world.core.state().pane_of(session).expect("a pane").id;
    let mut fx = Effects::default();
    world.core.relaunch(pane, crate::core::resume::Cause::Reopen, &mut fx);
    assert_eq!(record(&world, session).status, Status::Starting);
}

#[test]
fn a_pick_from_a_list_is_taken_back_also_where_the_conversation_before_it_is_closed_with_a_hook() {
    let (mut world, session) = ready("codex");
    world.report(session, "UserPromptSubmit", "one-1", Ancestry::Inside);
    world.report(session, "Stop", "one-1", Ancestry::Inside);
    submit(&mut world, session, "picked from a list");
    world.report(session, "SessionEnd", "one-1", Ancestry::Inside);
    print(&mut world, session, b"the list is gone");
    due(&mut world, Timer::Presumed(session), TRIAL_MICROS);
    assert_eq!(record(&world, session).status, Status::Ready);
}
