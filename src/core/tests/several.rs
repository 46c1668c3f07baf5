//! One prompt to several sessions.

use std::time::Duration;

use super::*;
use crate::core::effect::RequestId;
use crate::core::several::BatchId;
use crate::protocol::api::{ApiRequest, ApiResponse, SentRow};

/// Three agents that take input, in the order of their panes.
fn three() -> (World, [SessionId; 3]) {
    let mut world = World::attached(setup());
    let sessions = ["codex", "claude", "codex"].map(|provider| world.open(provider).id);
    for session in sessions {
        prints(&mut world, session, "\x1b[?2004h> ");
        world.core.state.sessions.get_mut(&session).expect("a session").status = Status::Ready;
    }
    (world, sessions)
}

fn pane(world: &World, session: SessionId) -> PaneId {
    world.core.state().pane_of(session).expect("a pane").id
}

fn prints(world: &mut World, session: SessionId, text: &str) {
    let pane = pane(world, session);
    let epoch = world.core.state().panes[&pane].epoch;
    world.step(Event::Output { pane, epoch, bytes: text.as_bytes().to_vec() });
}

/// The agent shows what it got, and Enter follows.
fn takes(world: &mut World, session: SessionId, text: &str) {
    prints(world, session, text);
    world.now.instant.micros += 1_000_000;
    let pane = pane(world, session);
    world.step(Event::Timer(Timer::Submit(pane)));
}

fn sends(world: &mut World, to: &[SessionId], all: bool) {
    world.asked.clear();
    let to = to.iter().map(ToString::to_string).collect();
    let body = ApiRequest::SendToSeveral { to, all, own: None, text: "commit it".to_owned() };
    world.step(Event::Request { request: RequestId(5), body });
}

fn written(world: &World, session: SessionId) -> String {
    let own = pane(world, session);
    let bytes = world.asked.iter().filter_map(|effect| match effect {
        Effect::WritePty { pane, bytes } if *pane == own => Some(bytes.clone()),
        _ => None,
    });
    String::from_utf8(bytes.flatten().collect()).expect("text")
}

fn answer(world: &World) -> Option<Vec<SentRow>> {
    let mut answers = world.asked.iter().filter_map(|effect| match effect {
        Effect::Respond { request: RequestId(5), response } => Some(response.as_ref().clone()),
        _ => None,
    });
    let answer = answers.next();
    assert!(answers.next().is_none(), "one answer");
    match answer {
        Some(ApiResponse::Sent(rows)) => Some(rows),
        None => None,
        other => panic!("{other:?}"),
    }
}

fn whys(world: &World) -> Vec<Option<String>> {
    answer(world).expect("an answer").into_iter().map(|row| row.why).collect()
}

#[test]
fn each_agent_gets_it_and_the_answer_comes_when_all_are_decided() {
    let (mut world, [one, two, three]) = three();
    sends(&mut world, &[one, two, one], false);
    assert_eq!(written(&world, one), "\x1b[200~commit it\x1b[201~");
    assert_eq!(written(&world, three), "");
    takes(&mut world, two, "commit it");
    assert_eq!(answer(&world), None);
    takes(&mut world, one, "commit it");
    let rows = answer(&world).expect("an answer");
    assert_eq!(rows.iter().map(|row| row.session.clone()).collect::<Vec<_>>(), [one.to_string(), two.to_string()]);
    assert!(rows.iter().all(|row| row.submitted), "{rows:?}");
    assert!(written(&world, one).ends_with('\r'));
}

#[test]
fn a_draft_gets_nothing_mixed_in() {
    let (mut world, [one, two, three]) = three();
    // The third has the focus.
    world.type_slowly("my own words");
    sends(&mut world, &[one, two, three], false);
    assert_eq!(written(&world, three), "");
    takes(&mut world, one, "commit it");
    takes(&mut world, two, "commit it");
    let whys = whys(&world);
    assert_eq!((&whys[0], &whys[1]), (&None, &None));
    assert!(whys[2].as_ref().is_some_and(|why| why.contains("has a draft")), "{whys:?}");
}

#[test]
fn what_may_have_been_recalled_counts_as_a_draft() {
    let (mut world, [_, _, three]) = three();
    world.type_keys(b"\x1b[A");
    sends(&mut world, &[three], false);
    assert!(whys(&world)[0].as_ref().is_some_and(|why| why.contains("may have a draft")));
}

#[test]
fn one_that_asks_or_does_not_run_is_told_at_once() {
    let (mut world, [one, two, three]) = three();
    world.core.state.sessions.get_mut(&one).expect("a session").status = Status::Blocked;
    let pid = world.core.state().sessions[&two].pid.expect("a process");
    world.step(Event::ProcessExited { pid, code: Some(0), signal: None });
    sends(&mut world, &[one, two], false);
    let whys = whys(&world);
    assert!(whys[0].as_ref().is_some_and(|why| why.contains("waits for an answer")), "{whys:?}");
    assert!(whys[1].as_ref().is_some_and(|why| why.contains("no running process")), "{whys:?}");
    assert_eq!(written(&world, three), "");
}

#[test]
fn all_means_the_agents_and_not_the_one_that_asks() {
    let (mut world, [one, two, three]) = three();
    let shell = world.open("shell").id;
    world.asked.clear();
    let body = ApiRequest::SendToSeveral {
        to: Vec::new(),
        all: true,
        own: Some(two.to_string()),
        text: "commit it".to_owned(),
    };
    world.step(Event::Request { request: RequestId(5), body });
    for session in [one, three] {
        takes(&mut world, session, "commit it");
    }
    let sessions: Vec<String> = answer(&world).expect("an answer").into_iter().map(|row| row.session).collect();
    assert_eq!(sessions, [one.to_string(), three.to_string()]);
    assert_eq!(written(&world, shell), "");
}

#[test]
fn nobody_waits_for_ever() {
    let (mut world, [one, two, _]) = three();
    world.core.state.sessions.get_mut(&two).expect("a session").status = Status::Starting;
    sends(&mut world, &[one, two], false);
    let at = world.asked.iter().find_map(|effect| match effect {
        Effect::SetTimer { timer: Timer::Several(BatchId(1)), at } => Some(*at),
        _ => None,
    });
    let patience = at.expect("a timer").since(world.now.instant);
    assert!(patience <= Duration::from_secs(22), "{patience:?}");
    world.step(Event::Timer(Timer::Several(BatchId(1))));
    assert!(whys(&world).iter().all(|why| why.as_ref().is_some_and(|why| why.contains("in time"))));
    // What was not typed by then is not typed later.
    world.core.state.sessions.get_mut(&two).expect("a session").status = Status::Ready;
    prints(&mut world, two, "> ");
    assert_eq!(written(&world, two), "");
}

#[test]
fn an_address_that_is_none_sends_nothing_to_anybody() {
    let (mut world, [one, _, _]) = three();
    world.asked.clear();
    let to = vec![one.to_string(), "nobody".to_owned()];
    let body = ApiRequest::SendToSeveral { to, all: false, own: None, text: "x".to_owned() };
    world.step(Event::Request { request: RequestId(5), body });
    assert_eq!(written(&world, one), "");
    assert!(world.asked.iter().any(|effect| matches!(effect, Effect::Respond { response, .. } if matches!(response.as_ref(), ApiResponse::Error(_)))));
}

#[test]
fn the_marked_get_what_is_typed_once_and_lose_their_marks() {
    let (mut world, [one, two, three]) = three();
    world.type_keys(b"\x02M");
    world.type_keys(b"\x02;\x02M");
    let marks = |world: &World| world.core.state().clients[&CLIENT].marks.len();
    assert_eq!(marks(&world), 2);
    world.asked.clear();
    world.type_keys(b"\x02Scommit it\r");
    let got: Vec<SessionId> = [one, two, three].into_iter().filter(|id| !written(&world, *id).is_empty()).collect();
    assert_eq!(got, [two, three]);
    takes(&mut world, two, "commit it");
    takes(&mut world, three, "commit it");
    assert_eq!(marks(&world), 0);
    let toast = world.core.state().clients[&CLIENT].toast.as_ref().expect("a toast");
    assert_eq!((toast.text.as_str(), toast.is_error), ("sent to 2 sessions", false));
}

#[test]
fn without_marks_the_key_asks_for_whom_and_who_does_not_get_it_stays_marked() {
    let (mut world, [_, _, three]) = three();
    world.type_slowly("a draft");
    // In the list: mark the first two, then on to the prompt.
    world.type_keys(b"\x02S\x14\x1b[B\x14\x1b[B\x14\r");
    assert_eq!(world.core.state().clients[&CLIENT].marks.len(), 3);
    world.type_keys(b"commit it\r");
    let others: Vec<SessionId> = world.core.state().sessions.keys().copied().filter(|id| *id != three).collect();
    for session in others {
        takes(&mut world, session, "commit it");
    }
    let view = &world.core.state().clients[&CLIENT];
    assert_eq!(view.marks.iter().collect::<Vec<_>>(), [&three]);
    let toast = view.toast.as_ref().expect("a toast");
    assert!(toast.is_error && toast.text.starts_with("sent to 2 sessions, not to 1: "), "{}", toast.text);
    assert!(toast.text.ends_with("has a draft in its prompt line"), "{}", toast.text);
}
