//! Why sessions ended, and what that means for the next start.

use super::*;
use crate::core::ledger::ClaimEnd;
use crate::core::session::{EndReason, Exit, Witness};
use crate::core::setup::LastScreen;
use crate::protocol::api::ApiRequest;

/// An agent that was spoken to, with its conversation and process.
fn spoken_to(world: &mut World) -> (SessionId, ConversationId, u32) {
    let session = world.open("claude").id;
    let id = world.core.state().sessions[&session].claim.clone().expect("assigned").conversation;
    world.report(session, "UserPromptSubmit", id.as_str(), Ancestry::Inside);
    let pid = world.core.state().sessions[&session].pid.expect("runs");
    (session, id, pid)
}

/// What the store has of the session after all that was committed, as far as its end goes: the first end counts, a record
/// replaces it.
fn stored_exit(world: &World, session: SessionId) -> Option<Exit> {
    let mut exit = None;
    for change in &world.stored {
        match change {
            Change::Ended { session: ended, exit: first } if *ended == session => exit = exit.or(Some(*first)),
            Change::Session(record) if record.id == session => exit = record.exit,
            Change::Reopened { session: again, .. } if *again == session => exit = None,
            _ => {}
        }
    }
    exit
}

/// The workspace as the next server finds it, with the ends that are stored.
fn next_start(world: &World) -> Setup {
    let state = world.core.state();
    let mut after = setup();
    after.tabs = state.workspace.tabs.clone();
    after.active = Some(state.workspace.active);
    after.scratch = state.workspace.scratch;
    after.panes = state.panes.values().map(|pane| (pane.id, pane.session)).collect();
    after.sessions = state.sessions.values().cloned().collect();
    for session in &mut after.sessions {
        session.exit = stored_exit(world, session.id);
    }
    after
}

fn is_resumed(world: &World, id: &ConversationId) -> bool {
    world.spawned.iter().any(|argv| argv.windows(2).any(|words| words == ["--resume", id.as_str()]))
}

#[test]
fn a_hang_up_from_outside_before_the_servers_end_is_a_shutdown_whatever_the_status() {
    for (code, signal) in [(Some(0), None), (Some(129), None), (Some(143), None), (Some(1), None), (None, Some(1))] {
        let mut world = World::attached(setup());
        let (session, id, pid) = spoken_to(&mut world);
        world.report(session, "SessionEnd", id.as_str(), Ancestry::Inside);
        world.step(Event::ProcessExited { pid, code, signal });
        world.now.wall.unix_ms += 5000;
        world.step(Event::Terminate);
        assert_eq!(stored_exit(&world, session).map(|exit| exit.reason), Some(EndReason::Shutdown), "{code:?}");
        let next = World::new(next_start(&world));
        assert!(is_resumed(&next, &id), "{code:?} {signal:?}: {:?}", next.spawned);
    }
}

#[test]
fn a_hang_up_by_homing_is_a_shutdown_whatever_the_status() {
    for event in [Event::Terminate, Event::Request { request: RequestId(1), body: ApiRequest::Stop }] {
        for (code, signal) in [(Some(0), None), (Some(129), None), (Some(143), None), (None, Some(1)), (None, Some(9))]
        {
            let mut world = World::attached(setup());
            let (session, id, pid) = spoken_to(&mut world);
            world.step(event.clone());
            world.report(session, "SessionEnd", id.as_str(), Ancestry::Inside);
            world.step(Event::ProcessExited { pid, code, signal });
            assert_eq!(stored_exit(&world, session).map(|exit| exit.reason), Some(EndReason::Shutdown));
            assert!(is_resumed(&World::new(next_start(&world)), &id), "{code:?} {signal:?}");
        }
    }
}

#[test]
fn what_ended_long_before_the_servers_end_ended_by_itself() {
    let mut world = World::attached(setup());
    let (session, id, pid) = spoken_to(&mut world);
    world.step(Event::ProcessExited { pid, code: Some(0), signal: None });
    world.now.wall.unix_ms += 60_000;
    world.step(Event::Terminate);
    assert_eq!(stored_exit(&world, session).map(|exit| exit.reason), Some(EndReason::Exited));
    assert!(!is_resumed(&World::new(next_start(&world)), &id));
}

#[test]
fn signals_of_faults_are_crashes_and_others_are_kills() {
    for (code, signal, reason) in [
        (None, Some(11), EndReason::Crashed),
        (None, Some(6), EndReason::Crashed),
        (None, Some(9), EndReason::Killed),
        (None, Some(15), EndReason::Killed),
        (None, None, EndReason::Killed),
        (Some(3), None, EndReason::Exited),
    ] {
        let mut world = World::attached(setup());
        let (session, id, pid) = spoken_to(&mut world);
        world.step(Event::ProcessExited { pid, code, signal });
        let record = &world.core.state().sessions[&session];
        assert_eq!(record.exit.map(|exit| exit.reason), Some(reason), "{code:?} {signal:?}");
        let pane = world.core.state().pane_of(session).expect("its pane stays");
        assert!(matches!(pane.phase, Phase::Ended(_)), "{:?}", pane.phase);
        let was_wish = reason == EndReason::Exited;
        assert_eq!(is_resumed(&World::new(next_start(&world)), &id), !was_wish, "{code:?} {signal:?}");
    }
}

#[test]
fn a_process_that_is_gone_without_a_word_ended_when_it_was_seen_last() {
    let mut world = World::attached(setup());
    let (session, id, _) = spoken_to(&mut world);
    let mut next = next_start(&world);
    let at = Wall { unix_ms: world.now.wall.unix_ms + 700 };
    next.screens.insert(session, LastScreen { at, snapshot: Vec::new() });
    let mut next = World::new(next);
    let exit = Exit { code: None, signal: None, reason: EndReason::Shutdown, at };
    assert!(next.stored.contains(&Change::Ended { session, exit }), "{:?}", next.stored);
    assert!(is_resumed(&next, &id));
    assert_eq!(stored_exit(&next, session), None, "it runs again");
    next.step(Event::Timer(Timer::Save));
    assert_eq!(next.core.state().sessions[&session].exit, None);
}

#[test]
fn a_fresh_start_leaves_the_conversation_in_the_ledger_and_holds_it_no_more() {
    let mut world = World::attached(setup());
    let session = world.open("codex").id;
    world.report(session, "UserPromptSubmit", "conversation-1", Ancestry::Inside);
    let pid = world.core.state().sessions[&session].pid.expect("runs");
    world.step(Event::ProcessExited { pid, code: Some(0), signal: None });
    world.type_keys(b"f");
    let replaced = |change: &Change| matches!(change, Change::ClaimEnded { session: of, reason: ClaimEnd::Replaced, .. } if *of == session);
    assert!(world.stored.iter().any(replaced), "{:?}", world.stored);
    let record = &world.core.state().sessions[&session];
    assert_eq!((&record.claim, &record.first_message), (&None, &None));
    assert!(record.pid.is_some());
    // Another may have it now.
    let other = world.open("codex").id;
    world.report(other, "UserPromptSubmit", "conversation-1", Ancestry::Inside);
    let claim = world.core.state().sessions[&other].claim.clone().expect("free");
    assert_eq!((claim.conversation.as_str(), claim.witness), ("conversation-1", Witness::Hook));
}

#[test]
fn a_session_without_a_pane_is_held_in_a_tab_of_its_own_and_told_once() {
    let mut world = World::attached(setup());
    let (session, id, _) = spoken_to(&mut world);
    world.open("shell");
    let mut next = next_start(&world);
    let (lost, rest) = next.sessions.into_iter().partition(|record| record.id == session);
    (next.unplaced, next.sessions) = (lost, rest);
    next.panes.retain(|(_, of)| *of != session);
    let mut next = World::new(next);
    let pane = next.core.state().pane_of(session).expect("a pane").id;
    assert!(matches!(next.core.state().panes[&pane].phase, Phase::Held { .. }));
    assert_eq!(next.core.state().sessions[&session].status, Status::Terminated);
    assert_eq!(next.core.state().workspace.tab_of(pane).expect("a tab").tree.panes(), [pane]);
    assert_eq!(next.core.warnings().count(), 1, "{:?}", next.core.warnings().collect::<Vec<_>>());
    let has_it = |change: &Change| matches!(change, Change::Layout { panes, .. } if panes.contains(&(pane, session)));
    assert!(next.stored.iter().any(has_it), "the next start finds it in its place");
    let body = ApiRequest::Reopen { session: session.to_string(), env: Vec::new() };
    next.step(Event::Request { request: RequestId(5), body });
    assert!(is_resumed(&next, &id));
}

/// What the program got that asked for it: the session's id, or why not.
fn answer_to(world: &World, asked: RequestId) -> Option<Result<String, String>> {
    world.asked.iter().find_map(|effect| match effect {
        Effect::Respond { request, response } if *request == asked => match response.as_ref() {
            ApiResponse::Session(row) => Some(Ok(row.id.to_string())),
            ApiResponse::Error(error) => Some(Err(error.message.clone())),
            other => panic!("{other:?}"),
        },
        _ => None,
    })
}

#[test]
fn a_program_that_starts_an_open_pane_again_is_told_what_came_of_it() {
    let reopened = |before: &dyn Fn(&mut World, SessionId)| {
        let mut world = World::attached(setup());
        let (session, _, pid) = spoken_to(&mut world);
        world.step(Event::ProcessExited { pid, code: Some(0), signal: None });
        before(&mut world, session);
        let body = ApiRequest::Reopen { session: session.to_string(), env: Vec::new() };
        world.step(Event::Request { request: RequestId(5), body });
        (answer_to(&world, RequestId(5)), world, session)
    };
    let (answer, _, session) = reopened(&|_, _| {});
    assert_eq!(answer, Some(Ok(session.to_string())));

    let (answer, world, session) = reopened(&|world, session| {
        world.gone.push(world.core.state().sessions[&session].cwd.clone());
    });
    let why = answer.expect("answered").expect_err("it has no directory");
    let pane = world.core.state().pane_of(session).expect("the pane stays");
    assert!(matches!(&pane.phase, Phase::Held { note } | Phase::Failed { message: note } if *note == why), "{why}");
}

#[test]
fn an_exit_line_that_a_narrow_pane_wraps_names_the_whole_conversation() {
    for columns in [20, 38, 39, 60] {
        let mut world = World::attached(setup());
        let (session, id, pid) = spoken_to(&mut world);
        let size = Size::new(columns, 24);
        world.step(Event::ClientResized { client: CLIENT, size });
        let (pane, epoch) = world.core.state().pane_of(session).map(|pane| (pane.id, pane.epoch)).expect("a pane");
        let bytes = format!("Resume this session with:\r\nclaude --resume {id}\r\n").into_bytes();
        world.step(Event::Output { pane, epoch, bytes });
        world.step(Event::ProcessExited { pid, code: Some(0), signal: None });
        let record = &world.core.state().sessions[&session];
        assert_eq!(record.doubt, None, "{columns}");
        assert_eq!(record.claim.as_ref().map(|claim| &claim.conversation), Some(&id), "{columns}");
    }
}
