//! What the input recorder gets to see: keys, pastes, clicks and what programs send, and when it must not trust them.

use super::*;
use crate::core::hit::Hit;
use crate::input::event::{MouseButton, MouseEvent, MouseKind};
use crate::input::recorder::MAX_DRAFT_BYTES;
use crate::protocol::api::ApiRequest;

/// An agent that waits for a prompt, asks for mouse clicks and takes pastes in brackets.
fn waiting_agent() -> (World, SessionId, PaneId) {
    let mut world = World::attached(setup());
    let session = world.open("codex").id;
    let pane = world.core.state().pane_of(session).expect("a pane");
    let (id, epoch) = (pane.id, pane.epoch);
    world.step(Event::Output { pane: id, epoch, bytes: b"\x1b[?2004h\x1b[?1000h\x1b[?1006h".to_vec() });
    set_status(&mut world, session, Status::Ready);
    (world, session, id)
}

fn set_status(world: &mut World, session: SessionId, status: Status) {
    world.core.state.sessions.get_mut(&session).expect("a session").status = status;
}

/// The text that the next search for evidence compares with what agents stored.
fn said(world: &mut World, session: SessionId) -> Option<String> {
    world.core.arm_capture(session, &mut Effects::default());
    let mut fx = Effects::default();
    world.core.step(world.now, Event::Timer(Timer::Capture(session)), &mut fx);
    let probe = fx.drain().find_map(|effect| match effect {
        Effect::Probe(probe) => Some(probe),
        _ => None,
    });
    probe.expect("evidence is looked for").said.map(|said| said.text)
}

/// Types at a person's pace.
fn type_slowly(world: &mut World, text: &str) {
    for key in text.split_inclusive(|_| true) {
        world.now.instant.micros += 250_000;
        world.type_keys(key.as_bytes());
    }
}

fn send(world: &mut World, session: SessionId, text: &str, enter: bool) -> Vec<u8> {
    let mut fx = Effects::default();
    let body = ApiRequest::Send { session: session.to_string(), text: text.to_owned(), enter };
    world.core.step(world.now, Event::Request { request: RequestId(1), body }, &mut fx);
    fx.drain()
        .filter_map(|effect| match effect {
            Effect::WritePty { bytes, .. } => Some(bytes),
            _ => None,
        })
        .flatten()
        .collect()
}

/// The agent shows what was sent, and the time until Enter passes.
fn shows(world: &mut World, pane: PaneId, end: &str) {
    let epoch = world.core.state().panes[&pane].epoch;
    world.step(Event::Output { pane, epoch, bytes: end.as_bytes().to_vec() });
    world.now.instant.micros += 1_000_000;
    world.step(Event::Timer(Timer::Submit(pane)));
}

#[test]
fn keys_into_a_dialog_of_the_agents_submit_nothing() {
    let (mut world, session, _) = waiting_agent();
    type_slowly(&mut world, "half");
    set_status(&mut world, session, Status::Blocked);
    type_slowly(&mut world, "2\r");
    let record = &world.core.state().sessions[&session];
    assert_eq!((record.status, record.first_message.as_deref()), (Status::Blocked, None));
    set_status(&mut world, session, Status::Ready);
    type_slowly(&mut world, " done\r");
    assert_eq!(said(&mut world, session), None, "the dialog may have left something in the prompt");
}

#[test]
fn what_is_pasted_into_a_dialog_is_no_draft() {
    let (mut world, session, _) = waiting_agent();
    set_status(&mut world, session, Status::Blocked);
    send(&mut world, session, "because", false);
    set_status(&mut world, session, Status::Ready);
    type_slowly(&mut world, "hello\r");
    assert_eq!(world.core.state().sessions[&session].first_message.as_deref(), Some("hello"));
}

#[test]
fn a_queued_submit_is_no_evidence() {
    let (mut world, session, _) = waiting_agent();
    type_slowly(&mut world, "first\r");
    assert_eq!(said(&mut world, session).as_deref(), Some("first"));
    set_status(&mut world, session, Status::Busy);
    type_slowly(&mut world, "queued\r");
    assert_eq!(said(&mut world, session), None);
    set_status(&mut world, session, Status::Ready);
    type_slowly(&mut world, "later\r");
    assert_eq!(said(&mut world, session).as_deref(), Some("later"));
}

#[test]
fn a_click_into_the_prompt_makes_the_submit_inexact() {
    let (mut world, session, pane) = waiting_agent();
    let click = |kind| InputEvent::Mouse(MouseEvent { kind, column: 3, row: 3, modifiers: Default::default() });
    let hit = Some(Hit::Pane { pane, x: 3, y: 3 });
    world.step(Event::ClientInput { client: CLIENT, input: click(MouseKind::ScrollUp), hit });
    type_slowly(&mut world, "ab\r");
    assert_eq!(said(&mut world, session).as_deref(), Some("ab"));
    set_status(&mut world, session, Status::Ready);
    type_slowly(&mut world, "ab");
    world.step(Event::ClientInput { client: CLIENT, input: click(MouseKind::Press(MouseButton::Left)), hit });
    type_slowly(&mut world, "c\r");
    assert_eq!(said(&mut world, session), None);
}

#[test]
fn a_wheel_that_became_arrow_keys_makes_the_submit_inexact() {
    let (mut world, session, pane) = waiting_agent();
    let epoch = world.core.state().pane_of(session).expect("a pane").epoch;
    world.step(Event::Output { pane, epoch, bytes: b"\x1b[?1000l\x1b[?1049h\x1b[?1007h".to_vec() });
    let wheel = MouseEvent { kind: MouseKind::ScrollUp, column: 3, row: 3, modifiers: Default::default() };
    let hit = Some(Hit::Pane { pane, x: 3, y: 3 });
    world.step(Event::ClientInput { client: CLIENT, input: InputEvent::Mouse(wheel), hit });
    type_slowly(&mut world, "more\r");
    assert_eq!(said(&mut world, session), None);
}

#[test]
fn what_a_program_sends_is_pasted_and_recorded() {
    let (mut world, session, pane) = waiting_agent();
    let bytes = send(&mut world, session, "one\ntwo\x1b[A\x03", true);
    assert_eq!(bytes, b"\x1b[200~one\ntwo[A\x1b[201~");
    shows(&mut world, pane, "two[A");
    assert_eq!(said(&mut world, session).as_deref(), Some("one\ntwo[A"));
}

#[test]
fn a_text_sent_without_enter_stays_in_the_draft() {
    let (mut world, session, _) = waiting_agent();
    send(&mut world, session, "half ", false);
    assert_eq!(world.core.state().sessions[&session].first_message, None);
    type_slowly(&mut world, "done\r");
    assert_eq!(said(&mut world, session).as_deref(), Some("half done"));
}

#[test]
fn a_megabyte_is_sent_whole_and_recorded_as_inexact() {
    let (mut world, session, pane) = waiting_agent();
    let text = "x".repeat(1 << 20);
    let bytes = send(&mut world, session, &text, true);
    assert_eq!(bytes.len(), text.len() + b"\x1b[200~\x1b[201~".len());
    shows(&mut world, pane, "[Pasted Content 1048576 chars]");
    assert!(text.len() > MAX_DRAFT_BYTES);
    assert_eq!(said(&mut world, session), None);
    assert!(world.core.state().sessions[&session].first_message.is_some());
}

#[test]
fn a_paste_that_arrives_as_keys_is_inexact() {
    let (mut world, session, pane) = waiting_agent();
    let epoch = world.core.state().pane_of(session).expect("a pane").epoch;
    world.step(Event::Output { pane, epoch, bytes: b"\x1b[?2004l".to_vec() });
    send(&mut world, session, "one\ntwo", true);
    world.now.instant.micros += 3_000_000;
    world.step(Event::Timer(Timer::Submit(pane)));
    shows(&mut world, pane, "one\r\ntwo");
    assert_eq!(said(&mut world, session), None);
}
