//! Closed sessions: brought back, forgotten, cleaned up.

use std::time::Duration;

use super::*;
use crate::core::archive::{Archived, Found, Question};
use crate::core::event::CommitFailure;
use crate::core::ledger::StoredSession;
use crate::protocol::api::{ApiRequest, ApiResponse, GcReport, GcRequest};

/// Steps without carrying anything out; what is asked for.
fn asks(world: &mut World, event: Event) -> Vec<Effect> {
    world.now.wall.unix_ms += 1;
    let mut fx = Effects::default();
    world.core.step(world.now, event, &mut fx);
    assert_eq!(invariant::broken(world.core.state()), None);
    fx.drain().collect()
}

/// Carries out what was asked for.
fn carry_out(world: &mut World, effects: Vec<Effect>) {
    let mut fx = Effects::default();
    effects.into_iter().for_each(|effect| fx.push(effect));
    world.perform(fx);
}

fn request(n: u64, body: ApiRequest) -> Event {
    Event::Request { request: RequestId(n), body }
}

fn answers(effects: &[Effect]) -> Vec<ApiResponse> {
    let response = |effect: &Effect| match effect {
        Effect::Respond { response, .. } => Some((**response).clone()),
        _ => None,
    };
    effects.iter().filter_map(response).collect()
}

fn error_of(effects: &[Effect]) -> String {
    match answers(effects).as_slice() {
        [ApiResponse::Error(error)] => error.message.clone(),
        other => panic!("no error: {other:?}"),
    }
}

/// A claude session that was spoken to and closed: its record, and its process if that still runs.
fn closed(world: &mut World) -> (Session, u32) {
    let id = world.open("claude").id;
    let conversation = world.core.state().sessions[&id].claim.clone().expect("assigned").conversation;
    world.report(id, "UserPromptSubmit", conversation.as_str(), Ancestry::Inside);
    let record = world.core.state().sessions[&id].clone();
    let pid = record.pid.expect("runs");
    let effects = asks(world, request(90, ApiRequest::Close { session: id.to_string() }));
    carry_out(world, effects);
    assert!(!world.core.state().sessions.contains_key(&id));
    (record, pid)
}

fn found(session: &Session) -> Found {
    let stored = StoredSession {
        session: session.clone(),
        workspace: "main".to_owned(),
        pane: None,
        closed_at: Some(session.last_activity_at),
        busy: Duration::ZERO,
    };
    Found::One(Box::new(Archived { stored, ledger: Vec::new(), screen: None, history: Vec::new() }))
}

fn reopen(world: &mut World, session: &Session) -> Vec<Effect> {
    let body = ApiRequest::Reopen { session: session.id.to_string(), env: Vec::new() };
    let effects = asks(world, request(1, body));
    let is_question = |effect: &Effect| matches!(effect, Effect::AskStore { question: Question::Closed(address), .. } if *address == session.id.to_string());
    assert!(effects.iter().any(is_question), "{effects:?}");
    asks(world, Event::StoreAnswered { request: RequestId(1), found: Box::new(found(session)) })
}

#[test]
fn what_was_on_the_screen_is_stored_with_the_close() {
    let mut world = World::attached(setup());
    closed(&mut world);
    let position = |is: fn(&Change) -> bool| world.stored.iter().rposition(is);
    let screen = position(|change| matches!(change, Change::Screen { .. }));
    let close = position(|change| matches!(change, Change::Closed { .. }));
    assert!(screen.is_some() && screen < close, "{screen:?} {close:?}");
}

#[test]
fn a_closed_session_comes_back_on_its_conversation_once_its_process_is_gone() {
    let mut world = World::attached(setup());
    let (record, pid) = closed(&mut world);
    let waiting = reopen(&mut world, &record);
    assert!(waiting.is_empty(), "{waiting:?}");
    // One that does not end by itself is ended.
    let killed = asks(&mut world, Event::Timer(Timer::KillClosed(pid)));
    assert!(matches!(killed.as_slice(), [Effect::Signal { pid: of, .. }] if *of == pid), "{killed:?}");

    let effects = asks(&mut world, Event::ProcessExited { pid, code: Some(0), signal: None });
    carry_out(&mut world, effects);
    let back = &world.core.state().sessions[&record.id];
    let conversation = |session: &Session| session.claim.clone().map(|claim| claim.conversation);
    assert_eq!(conversation(back), conversation(&record));
    assert_eq!((back.exit, &back.cwd, &back.options), (None, &record.cwd, &record.options));
    let argv = world.spawned.last().expect("started");
    assert!(argv.contains(&"--resume".to_owned()), "{argv:?}");
    assert!(asks(&mut world, Event::Timer(Timer::KillClosed(pid))).is_empty(), "a late timer kills nothing");
}

#[test]
fn a_conversation_that_is_held_meanwhile_is_refused_by_name_and_nothing_changes() {
    let mut world = World::attached(setup());
    let (record, pid) = closed(&mut world);
    world.step(Event::ProcessExited { pid, code: Some(0), signal: None });
    let effects = reopen(&mut world, &record);
    let Some(Effect::Commit { ticket, changes, .. }) = effects.first() else { panic!("{effects:?}") };
    assert!(matches!(changes.as_slice(), [Change::Reopened { session, .. }] if *session == record.id));
    let conversation = record.claim.expect("claimed").conversation;
    let failure = CommitFailure::Held { conversation, holder: "other (pane 3 of workspace b)".to_owned() };
    let refused = asks(&mut world, Event::Committed { ticket: *ticket, result: Err(failure) });
    assert!(error_of(&refused).contains("already open in other (pane 3 of workspace b)"), "{}", error_of(&refused));
    assert!(world.core.state().panes.is_empty());
}

#[test]
fn a_session_that_cannot_be_started_again_is_closed_as_before() {
    let mut world = World::attached(setup());
    let (record, pid) = closed(&mut world);
    world.step(Event::ProcessExited { pid, code: Some(0), signal: None });
    let effects = reopen(&mut world, &record);
    let Some(Effect::Commit { ticket, .. }) = effects.first() else { panic!("{effects:?}") };
    let started = asks(&mut world, Event::Committed { ticket: *ticket, result: Ok(()) });
    let mut held = started;
    for n_looks in 0.. {
        let gather = held.iter().find_map(|effect| match effect {
            Effect::GatherFacts(request) => Some((request.pane, request.epoch)),
            _ => None,
        });
        let (pane, epoch) = gather.expect("it is looked whether it can be launched");
        let program = Some("/bin/claude".to_owned());
        let facts = LaunchFacts { program, has_directory: true, held_by: Some(77), ..LaunchFacts::default() };
        held = asks(&mut world, Event::LaunchFacts { pane, epoch, facts });
        if !answers(&held).is_empty() {
            assert_eq!(n_looks, 5, "its holder may be ending");
            break;
        }
        held = asks(&mut world, Event::Timer(Timer::LookAgain(pane)));
    }
    assert!(error_of(&held).contains("open in process 77"), "{}", error_of(&held));
    assert!(world.core.state().panes.is_empty());
    let closes = |effect: &Effect| {
        let is_close = |change: &Change| matches!(change, Change::Closed { session, .. } if *session == record.id);
        matches!(effect, Effect::Commit { changes, .. } if changes.iter().any(is_close))
    };
    assert!(held.iter().any(closes), "{held:?}");
}

#[test]
fn addresses_of_several_or_no_closed_sessions_are_told() {
    let mut world = World::attached(setup());
    let (record, _) = closed(&mut world);
    let Found::One(one) = found(&record) else { panic!("one") };
    for (several, words) in [(vec![], "no session"), (vec![one.stored.clone(), one.stored], "2 closed sessions answer")]
    {
        asks(&mut world, request(1, ApiRequest::Show { session: "name".to_owned() }));
        let found = Box::new(Found::Sessions(several));
        let told = asks(&mut world, Event::StoreAnswered { request: RequestId(1), found });
        assert!(error_of(&told).contains(words), "{}", error_of(&told));
    }
    // Who asked is gone: nobody is answered.
    asks(&mut world, request(2, ApiRequest::Show { session: "name".to_owned() }));
    asks(&mut world, Event::RequestGone { request: RequestId(2) });
    let late = Event::StoreAnswered { request: RequestId(2), found: Box::new(Found::Sessions(Vec::new())) };
    assert!(asks(&mut world, late).is_empty());
}

#[test]
fn only_what_has_ended_is_forgotten() {
    let mut world = World::attached(setup());
    let id = world.open("claude").id;
    let forget = || request(1, ApiRequest::Forget { session: id.to_string() });
    let refused = asks(&mut world, forget());
    assert!(error_of(&refused).contains("close it first"), "{}", error_of(&refused));
    let pid = world.core.state().sessions[&id].pid.expect("runs");
    world.step(Event::ProcessExited { pid, code: Some(0), signal: None });
    let effects = asks(&mut world, forget());
    assert!(answers(&effects).is_empty(), "not before the store has it");
    assert!(world.core.state().panes.is_empty());
    carry_out(&mut world, effects);
    assert!(world.stored.contains(&Change::Forgotten { session: id }));
}

/// What a clean-up does, and the panes that are left.
fn gc(world: &mut World, ages: GcRequest, closed: Vec<StoredSession>) -> (GcReport, usize) {
    asks(world, request(1, ApiRequest::Gc(ages)));
    let found = Box::new(Found::Sessions(closed));
    let mut effects = asks(world, Event::StoreAnswered { request: RequestId(1), found });
    if answers(&effects).is_empty() {
        let Some(Effect::Commit { ticket, changes, .. }) = effects.pop() else { panic!("no commit: {effects:?}") };
        world.stored.extend(changes);
        effects.extend(asks(world, Event::Committed { ticket, result: Ok(()) }));
    }
    match answers(&effects).pop() {
        Some(ApiResponse::Gc(report)) => (*report, world.core.state().panes.len()),
        other => panic!("no report: {other:?}"),
    }
}

#[test]
fn idle_sessions_are_closed_and_old_ended_ones_forgotten_but_nothing_at_work() {
    const HOUR: u64 = 3_600_000;
    let mut world = World::attached(setup());
    let (old, _) = closed(&mut world);
    let [idle, busy, ended, asked] = [(); 4].map(|()| {
        let id = world.open("codex").id;
        let pane = world.core.state().pane_of(id).expect("a pane").id;
        world.now.instant = world.now.instant + crate::core::arrival::NEITHER_MAX;
        world.step(Event::Timer(Timer::Undim(pane)));
        id
    });
    let shell = world.open("shell").id;
    let pane = world.core.state().pane_of(shell).expect("a pane");
    let (pane, epoch) = (pane.id, pane.epoch);
    world.report(busy, "UserPromptSubmit", "b", Ancestry::Inside);
    world.report(asked, "PermissionRequest", "c", Ancestry::Inside);
    assert_eq!(world.core.state().sessions[&asked].status, Status::Blocked);
    let pid = world.core.state().sessions[&ended].pid.expect("runs");
    world.step(Event::ProcessExited { pid, code: Some(0), signal: None });
    world.now.wall.unix_ms += 2 * HOUR as i64;
    world.step(Event::Output { pane, epoch, bytes: b"still building".to_vec() });

    let Found::One(one) = found(&old) else { panic!("one") };
    let closed = vec![one.stored];
    let both = GcRequest { idle_ms: Some(HOUR), ended_ms: Some(HOUR), dry_run: true };
    let ids = |rows: &[crate::protocol::api::GcRow]| rows.iter().map(|row| row.id.clone()).collect::<Vec<_>>();
    let (dry, n_panes) = gc(&mut world, both, closed.clone());
    assert_eq!((ids(&dry.ended), n_panes, dry.dry_run), (vec![idle.to_string()], 5, true));
    assert_eq!(ids(&dry.forgotten), [ended.to_string(), old.id.to_string()]);
    let young = GcRequest { idle_ms: Some(3 * HOUR), ended_ms: Some(3 * HOUR), dry_run: false };
    let (nothing, n_panes) = gc(&mut world, young, closed.clone());
    assert_eq!((nothing.ended.len(), nothing.forgotten.len(), n_panes), (0, 0, 5));
    let (only_idle, n_panes) = gc(&mut world, GcRequest { ended_ms: None, dry_run: false, ..both }, closed.clone());
    assert_eq!((ids(&only_idle.ended), only_idle.forgotten.len(), n_panes), (ids(&dry.ended), 0, 4));
    let (rest, n_panes) = gc(&mut world, GcRequest { dry_run: false, ..both }, closed);
    assert_eq!((ids(&rest.forgotten), n_panes), (ids(&dry.forgotten), 3));
    assert!(rest.forgotten.iter().all(|row| row.age_ms >= 2 * HOUR), "{rest:?}");
    for session in [ended, old.id] {
        assert!(world.stored.contains(&Change::Forgotten { session }));
    }
}
