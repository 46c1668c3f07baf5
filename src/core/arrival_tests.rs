//! When an agent that was started is there: its word and its prompt.

use super::*;
use crate::core::arrival::{BLANK_MAX, EARLY, NEITHER_MAX};
use crate::core::effect::AgentSignal;
use crate::core::voice::Voice;
use crate::protocol::api::ApiRequest;

const PROMPT: &str = " >   Type your message or @path/to/file";
const TITLE: &str = "\x1b]0;◇  Ready (proj)\x07";

fn starting() -> (World, SessionId) {
    let mut world = World::attached(setup());
    let session = world.open("gemini").id;
    (world, session)
}

fn status(world: &World, session: SessionId) -> Status {
    world.core.state().sessions[&session].status
}

fn prints(world: &mut World, session: SessionId, bytes: &str) {
    let pane = world.core.state().pane_of(session).expect("a pane");
    let (pane, epoch) = (pane.id, pane.epoch);
    world.step(Event::Output { pane, epoch, bytes: bytes.as_bytes().to_vec() });
    world.now.instant.micros += 100_000;
    world.step(Event::Timer(Timer::Glance(session)));
}

#[test]
fn an_agent_is_ready_once_it_says_so_and_shows_its_prompt() {
    for order in [[TITLE, PROMPT], [PROMPT, TITLE]] {
        let (mut world, session) = starting();
        prints(&mut world, session, order[0]);
        assert_eq!(status(&world, session), Status::Starting, "{order:?}");
        prints(&mut world, session, order[1]);
        assert_eq!(status(&world, session), Status::Ready, "{order:?}");
        assert!(!world.core.state().sessions[&session].unseen);
    }
}

#[test]
fn after_a_while_one_of_the_two_is_enough() {
    for (first, voice) in [(TITLE, "title"), (PROMPT, "screen")] {
        let (mut world, session) = starting();
        prints(&mut world, session, first);
        world.now.instant.micros += 10_000_000;
        world.step(Event::Timer(Timer::Arrival(session)));
        assert_eq!(status(&world, session), Status::Ready, "{first:?}");
        let by = world.core.explanation(session).expect("an explanation").status_by.expect("a word");
        assert_eq!(by.voice, voice);
    }
}

#[test]
fn an_agent_that_is_slow_to_start_is_not_called_ready_for_its_silence() {
    let (mut world, session) = starting();
    let pane = world.core.state().pane_of(session).expect("a pane").id;
    prints(&mut world, session, "loading");
    world.step(Event::Timer(Timer::Undim(pane)));
    assert_eq!(status(&world, session), Status::Starting);
    world.now.instant = world.now.instant + NEITHER_MAX;
    world.step(Event::Timer(Timer::Undim(pane)));
    assert_eq!(status(&world, session), Status::Ready);
}

#[test]
fn a_prompt_on_the_last_screen_of_the_process_before_is_none() {
    let (mut world, session) = starting();
    prints(&mut world, session, TITLE);
    prints(&mut world, session, PROMPT);
    let (pane, pid) = {
        let state = world.core.state();
        (state.pane_of(session).expect("a pane").id, state.sessions[&session].pid.expect("runs"))
    };
    world.step(Event::ProcessExited { pid, code: Some(0), signal: None });
    let mut fx = Effects::default();
    world.core.relaunch(pane, crate::core::resume::Cause::Reopen, &mut fx);
    world.perform(fx);
    assert_eq!(status(&world, session), Status::Starting);
    let mut fx = Effects::default();
    assert!(!world.core.is_there(session, Voice::Title, &mut fx));
}

#[test]
fn a_hook_that_comes_before_the_prompt_is_kept_with_its_reason() {
    let mut world = World::attached(setup());
    let session = world.open("claude").id;
    let id = world.core.state().sessions[&session].claim.as_ref().expect("assigned").conversation.to_string();
    world.report(session, "SessionStart", &id, Ancestry::Inside);
    assert_eq!(world.core.hook_reply(), format!("ignored: {EARLY}"));
    assert_eq!(status(&world, session), Status::Starting);
    prints(&mut world, session, "❯ ");
    assert_eq!(status(&world, session), Status::Ready);
    world.report(session, "UserPromptSubmit", &id, Ancestry::Inside);
    assert_eq!(status(&world, session), Status::Busy);
}

/// An agent that prints nothing is opened with a prompt; after its time it is looked at.
fn blank() -> (World, SessionId, PaneId) {
    let mut world = World::attached(setup());
    world.is_blank = true;
    let new = crate::protocol::api::NewSession {
        provider: "opencode".to_owned(),
        cwd: "/home/me".to_owned(),
        prompt: Some("hello".to_owned()),
        args: vec!["--print-logs".to_owned()],
        ..Default::default()
    };
    world.step(Event::Request { request: RequestId(1), body: ApiRequest::New(Box::new(new)) });
    let pane = world.core.state().panes.values().next().expect("a pane");
    let (pane, session) = (pane.id, pane.session);
    world.step(Event::Timer(Timer::Undim(pane)));
    world.now.instant = world.now.instant + BLANK_MAX;
    (world, session, pane)
}

fn is_kill(effect: &Effect) -> bool {
    matches!(effect, Effect::Signal { signal: AgentSignal::Kill, .. })
}

#[test]
fn an_agent_that_prints_nothing_is_started_again_once_with_all_that_it_was_given() {
    let (mut world, session, pane) = blank();
    world.step(Event::Timer(Timer::Undim(pane)));
    assert!(world.asked.iter().any(is_kill));
    let pid = world.core.state().sessions[&session].pid.expect("runs");
    world.step(Event::ProcessExited { pid, code: None, signal: Some(9) });
    let record = &world.core.state().sessions[&session];
    assert_ne!(record.pid, Some(pid));
    assert_eq!((record.status, record.exit), (Status::Starting, None));
    let [first, second] = world.spawned.as_slice() else { panic!("{:?}", world.spawned) };
    assert_eq!(first, second);
    assert!(second.contains(&"--prompt=hello".to_owned()) && second.contains(&"--print-logs".to_owned()), "{second:?}");

    world.asked.clear();
    world.step(Event::Unheard { session, why: String::new() });
    world.now.instant = world.now.instant + NEITHER_MAX;
    world.step(Event::Timer(Timer::Undim(pane)));
    assert!(!world.asked.iter().any(is_kill), "not a third time");
    assert_eq!(status(&world, session), Status::Ready);
}

#[test]
fn an_agent_that_printed_anything_is_left_alone() {
    let (mut world, session, pane) = blank();
    prints(&mut world, session, "loading");
    world.step(Event::Timer(Timer::Undim(pane)));
    assert!(!world.asked.iter().any(is_kill));
    assert_eq!(status(&world, session), Status::Starting);
}
