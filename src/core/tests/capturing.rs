//! Looks for evidence and what they answer: out of date, too early for a new conversation, at the last moment.

use super::*;
use crate::core::effect::{AgentSignal, RequestId};
use crate::protocol::api::ApiRequest;

/// The probe that a session's next look would be.
fn next_look(world: &mut World, session: SessionId) -> probe::Probe {
    let mut fx = Effects::default();
    world.core.look(session, &mut fx);
    let probe = fx.drain().find_map(|effect| match effect {
        Effect::Probe(probe) => Some(*probe),
        _ => None,
    });
    probe.expect("it is looked at")
}

fn doubt(world: &World, session: SessionId) -> Option<String> {
    world.core.state().sessions[&session].doubt.as_ref().map(|doubt| doubt.reason.clone())
}

/// What the edges see, and whether the pane's process holds it.
fn sighting(found: Found) -> Vec<Sighting> {
    vec![Sighting { witness: Witness::Process, found, source: "locks".to_owned(), held: Vec::new() }]
}

#[test]
fn an_answer_to_a_look_from_before_the_last_enter_is_dropped() {
    let mut world = World::attached(setup());
    let session = world.open("codex").id;
    let epoch = world.core.state().pane_of(session).expect("a pane").epoch;
    let early = next_look(&mut world, session).n_touches;
    world.type_slowly("hello\r");
    let mut sees = |n_touches, id: &str| {
        world.step(Event::Seen { session, epoch, n_touches, sightings: sighting(exact(id)) });
        conversation(&world, session)
    };
    assert_eq!(sees(early, "one-1"), None);
    assert_eq!(sees(early + 1, "two-2").as_deref(), Some("two-2"));

    let shell = world.open("shell").id;
    let epoch = world.core.state().pane_of(shell).expect("a pane").epoch;
    world.type_slowly("claude\r");
    world.step(Event::GuestSeen { session: shell, epoch, n_touches: 0, guest: Some(guest(&[], exact("three-3"))) });
    assert_eq!(conversation(&world, shell), None);
}

#[test]
fn a_new_conversation_is_in_doubt_until_something_names_it() {
    for (agent, command) in [("codex", "/new"), ("codex", "/cl"), ("claude", "/clear")] {
        let mut world = World::attached(setup());
        let session = world.open(agent).id;
        let old = match conversation(&world, session) {
            Some(assigned) => assigned,
            None => "old-1".to_owned(),
        };
        world.report(session, "UserPromptSubmit", &old, Ancestry::Inside);
        world.report(session, "Stop", &old, Ancestry::Inside);
        world.type_slowly(&format!("{command}\r"));
        assert!(doubt(&world, session).is_some_and(|why| why.contains(command)), "{agent}: it is stored at once");
        assert!(next_look(&mut world, session).may_show_before);
        // A second Enter, in a question of the agent's, does not end that.
        world.type_slowly("\r");
        assert!(next_look(&mut world, session).may_show_before);
        see(&mut world, session, Witness::Process, exact("new-2"));
        assert_eq!((conversation(&world, session).as_deref(), doubt(&world, session)), (Some("new-2"), None));
        assert!(!next_look(&mut world, session).may_show_before);
    }
}

#[test]
fn a_pick_from_a_list_is_in_doubt_until_something_names_it() {
    let mut world = World::attached(setup());
    let session = world.open("codex").id;
    let later = |world: &mut World| {
        world.now.wall.unix_ms += 3000;
        world.step(Event::Timer(Timer::Capture(session)));
    };
    see(&mut world, session, Witness::Process, exact("old-1"));
    world.type_slowly("/resume\r");
    assert!(doubt(&world, session).is_some_and(|why| why.contains("/resume")));
    assert!(next_look(&mut world, session).may_show_before);

    // The list stays open for a while: nothing has changed.
    later(&mut world);
    assert!(!next_look(&mut world, session).may_show_before);
    see(&mut world, session, Witness::Process, exact("old-1"));
    assert_eq!(doubt(&world, session), None);

    for is_moved in [false, true] {
        world.type_slowly("\x1b[B\r");
        assert!(doubt(&world, session).is_some_and(|why| why.contains("pick")), "stored before it is followed");
        assert!(next_look(&mut world, session).may_show_before);
        if is_moved {
            see(&mut world, session, Witness::Process, exact("new-2"));
        } else {
            later(&mut world);
            see(&mut world, session, Witness::Process, exact("old-1"));
        }
        assert_eq!(doubt(&world, session), None);
    }
    assert_eq!(conversation(&world, session).as_deref(), Some("new-2"));

    world.type_slowly("\x1b[B\r");
    assert_eq!(doubt(&world, session), None, "the list is closed");
}

#[test]
fn a_registry_that_still_has_the_conversation_before_settles_nothing() {
    let mut world = World::attached(setup());
    let session = world.open("claude").id;
    let old = conversation(&world, session).expect("assigned");
    world.report(session, "UserPromptSubmit", &old, Ancestry::Inside);
    world.type_slowly("/clear\r");
    let epoch = world.core.state().pane_of(session).expect("a pane").epoch;
    let registered = |world: &mut World, id: &str| {
        let conversation = ConversationId::new(id);
        let status = Some(Status::Ready);
        world.step(Event::Registered(Registered { session, epoch, conversation, status, since: None }));
    };
    registered(&mut world, &old);
    assert!(doubt(&world, session).is_some());
    registered(&mut world, "new-2");
    assert_eq!((conversation(&world, session).as_deref(), doubt(&world, session)), (Some("new-2"), None));
}

/// A stop goes on until it hangs up; after so many further looks.
fn hung_up(world: &mut World) -> usize {
    let is_hung_up = |effect: &Effect| matches!(effect, Effect::Signal { signal: AgentSignal::HangUp, .. });
    for n in 0..20 {
        if world.asked.iter().any(is_hung_up) {
            return n;
        }
        world.step(Event::Timer(Timer::HangUp));
    }
    panic!("a stop that never ends");
}

#[test]
fn a_stop_just_after_a_prompt_looks_until_all_have_told() {
    let stopped = |tells_after: Option<usize>| {
        let mut world = World::attached(setup());
        let session = world.open("codex").id;
        see(&mut world, session, Witness::Process, exact("one-1"));
        world.type_slowly("hello\r");
        world.step(Event::Request { request: RequestId(1), body: ApiRequest::Stop });
        if let Some(n_silent) = tells_after {
            (0..n_silent).for_each(|_| world.step(Event::Timer(Timer::HangUp)));
            see(&mut world, session, Witness::Process, exact("one-1"));
        }
        (hung_up(&mut world), doubt(&world, session))
    };
    assert_eq!(stopped(Some(0)), (1, None), "at the end of its first look");
    assert_eq!(stopped(Some(2)), (1, None), "the third look has told");
    let (n_looks, doubt) = stopped(None);
    assert_eq!(n_looks, 4, "they are not waited for without end");
    assert!(doubt.is_some());
}

#[test]
fn a_stop_just_after_a_prompt_looks_once_more_into_shells_too() {
    for is_seen in [true, false] {
        let mut before = World::attached(setup());
        let session = before.open("shell").id;
        let mut unspoken = guest(&[], Found::Exact { conversation: ConversationId::new("one-1"), spoken: false });
        see_guest(&mut before, session, Some(unspoken.clone()));
        before.type_slowly("hello\r");
        before.step(Event::Request { request: RequestId(1), body: ApiRequest::Stop });
        assert!(before.asked.iter().any(|effect| matches!(effect, Effect::ProbeGuest(_))));
        if is_seen {
            unspoken.sightings = sighting(exact("one-1"));
            see_guest(&mut before, session, Some(unspoken));
        }
        hung_up(&mut before);
        let world = World::new(relaunched(&before));
        let is_resumed = world.spawned[0].ends_with(&["--resume".to_owned(), "one-1".to_owned()]);
        assert_eq!(is_resumed, is_seen, "{:?}", world.spawned);
    }
}

#[test]
fn an_agent_started_in_a_shell_just_before_a_stop_is_seen() {
    let mut world = World::attached(setup());
    let session = world.open("shell").id;
    world.type_slowly("claude\r");
    world.step(Event::Request { request: RequestId(1), body: ApiRequest::Stop });
    assert!(world.asked.iter().any(|effect| matches!(effect, Effect::ProbeGuest(_))));
    see_guest(&mut world, session, Some(guest(&[], exact("one-1"))));
    assert_eq!(conversation(&world, session).as_deref(), Some("one-1"));
}

#[test]
fn what_is_looked_at_for_an_agent_in_a_shell_is_what_its_own_environment_names() {
    let mut before = World::attached(setup());
    let session = before.open("shell").id;
    let mut seen = guest(&[], exact("one-1"));
    seen.env = vec![("CLAUDE_CONFIG_DIR".to_owned(), "/elsewhere".to_owned())];
    see_guest(&mut before, session, Some(seen));
    let mut fx = Effects::default();
    let core = Core::new(relaunched(&before), before.now, &mut fx);
    drop(core);
    let asks = fx.drain().find_map(|effect| match effect {
        Effect::GatherFacts(request) => Some(request.env),
        _ => None,
    });
    let named = ("CLAUDE_CONFIG_DIR".to_owned(), "/elsewhere".to_owned());
    assert!(asks.expect("facts are gathered").contains(&named));
}

#[test]
fn what_is_looked_at_is_what_the_agent_means_by_a_relative_directory() {
    let mut world = World::attached(setup());
    let session = world.open("codex").id;
    let pwd = |env: &event::Env| env.iter().filter(|(name, _)| name == "PWD").map(|(_, value)| value.clone()).collect();
    let named: Vec<String> = pwd(&next_look(&mut world, session).env);
    assert_eq!(named, ["/home/me"], "the session's directory, not the server's");
}

#[test]
fn twins_are_told_apart_by_the_times_of_all_of_them_or_not_at_all() {
    let mut world = World::attached(setup());
    let first = world.open("opencode").id;
    world.type_slowly("hello\r");
    let second = world.open("opencode").id;
    world.type_slowly("hello\r");
    let at = world.core.captures.said(second).expect("it is known").at;
    assert_eq!(next_look(&mut world, first).twins, [at]);
    see(&mut world, first, Witness::Store, Found::Matched(ConversationId::new("ses_1")));
    see(&mut world, second, Witness::Store, Found::Matched(ConversationId::new("ses_2")));
    assert_eq!(conversation(&world, first).as_deref(), Some("ses_1"));
    assert_eq!((conversation(&world, second).as_deref(), doubt(&world, second)), (Some("ses_2"), None));
    // A third of which nobody knows what was said in it.
    world.open("opencode");
    world.type_keys(b"\x1b[A\r");
    assert!(next_look(&mut world, second).twins.is_empty());
    assert!(world.core.has_twin(second));
}

#[test]
fn a_sibling_in_the_same_directory_under_another_name_is_a_twin() {
    let mut world = World::attached(setup());
    let first = world.open("codex").id;
    world.type_slowly("hello\r");
    let second = world.open("codex").id;
    world.type_slowly("hello\r");
    let record = world.core.state.sessions.get_mut(&second).expect("a session");
    record.cwd = "/link".to_owned();
    assert!(!world.core.has_twin(first));
    for session in [first, second] {
        let launch = world.core.launches.get_mut(&session).expect("launched");
        let facts = launch.facts.get_or_insert_default();
        facts.directory = Some("/real".to_owned());
    }
    assert!(world.core.has_twin(first));
}

/// A stop whose agent has not ended in time; whether it was killed, and what to go on with.
fn stopped_late(provider: &str, is_in_doubt: bool) -> (World, SessionId, bool) {
    let mut world = World::attached(setup());
    let session = world.open(provider).id;
    if is_in_doubt {
        let both = vec![ConversationId::new("ses_1a2b"), ConversationId::new("ses_3c4d")];
        see(&mut world, session, Witness::Store, Found::Ambiguous(both));
    }
    world.step(Event::Request { request: RequestId(1), body: ApiRequest::Stop });
    hung_up(&mut world);
    world.step(Event::Timer(Timer::KillStragglers));
    let is_killed = is_killed(&world);
    (world, session, is_killed)
}

fn is_killed(world: &World) -> bool {
    let kill = |effect: &Effect| matches!(effect, Effect::Signal { signal: AgentSignal::Kill, .. });
    world.asked.iter().any(kill)
}

#[test]
fn a_stop_waits_a_little_longer_for_who_says_at_its_end_which_conversation_is_in_doubt() {
    assert!(stopped_late("opencode", false).2);
    assert!(stopped_late("antigravity", true).2, "it has no farewell");
    let (mut world, _, is_killed_at_once) = stopped_late("opencode", true);
    assert!(!is_killed_at_once);
    world.step(Event::Timer(Timer::KillStragglers));
    assert!(is_killed(&world), "not for ever");

    let (mut world, session, _) = stopped_late("opencode", true);
    let (pane, epoch) = world.core.state().pane_of(session).map(|pane| (pane.id, pane.epoch)).expect("a pane");
    let bytes = b"Session  hello\r\nContinue  opencode -s ses_3c4d\r\n".to_vec();
    world.step(Event::Output { pane, epoch, bytes });
    let pid = world.core.state().sessions[&session].pid.expect("runs");
    let mut fx = Effects::default();
    world.core.step(world.now, Event::ProcessExited { pid, code: Some(0), signal: None }, &mut fx);
    let effects: Vec<Effect> = fx.drain().collect();
    let has_quit = |effects: &[Effect]| effects.iter().any(|effect| matches!(effect, Effect::Quit(_)));
    assert!(!has_quit(&effects), "the store does not have it yet");
    for effect in effects {
        let mut fx = Effects::default();
        fx.push(effect);
        world.perform(fx);
    }
    assert_eq!((conversation(&world, session).as_deref(), doubt(&world, session)), (Some("ses_3c4d"), None));
    assert!(has_quit(&world.asked));
}

fn matched(id: &str) -> Found {
    Found::Matched(ConversationId::new(id))
}

/// All attempts of a session's schedule are made.
fn exhausted(world: &mut World, session: SessionId) {
    for _ in capture::ATTEMPTS {
        world.step(Event::Timer(Timer::Capture(session)));
    }
    assert!(world.core.captures.is_over(session));
}

#[test]
fn a_turn_that_ends_is_looked_at_again_where_no_hook_told_whatever_told_of_its_end() {
    for is_heard in [false, true] {
        let mut world = World::attached(setup());
        let session = world.open("opencode").id;
        world.step(Event::Unheard { session, why: String::new() });
        world.type_slowly("hello\r");
        if is_heard {
            world.report(session, "UserPromptSubmit", "ses_1", Ancestry::Inside);
        }
        exhausted(&mut world, session);
        let mut fx = Effects::default();
        world.core.set_status(session, Status::Busy, &mut fx);
        world.core.set_status(session, Status::Ready, &mut fx);
        assert_eq!(world.core.captures.is_over(session), is_heard);
    }
}

#[test]
fn who_could_not_be_told_from_a_twin_is_looked_at_again_once_the_twin_has_its_conversation() {
    let mut world = World::attached(setup());
    let [first, second, elsewhere] = ["opencode", "opencode", "codex"].map(|provider| {
        let session = world.open(provider).id;
        world.step(Event::Unheard { session, why: String::new() });
        world.type_slowly("hello\r");
        exhausted(&mut world, session);
        session
    });
    see(&mut world, second, Witness::Store, matched("ses_2"));
    assert!(!world.core.captures.is_over(first));
    assert!(world.core.captures.is_over(second) && world.core.captures.is_over(elsewhere));
    see(&mut world, first, Witness::Store, matched("ses_1"));
    assert_eq!(conversation(&world, first).as_deref(), Some("ses_1"));
}

#[test]
fn what_an_agent_had_not_told_at_a_shutdown_its_files_tell_once_it_has_ended() {
    for tells in [true, false] {
        let mut world = World::attached(setup());
        let session = world.open("gemini").id;
        let id = conversation(&world, session).expect("assigned");
        world.type_slowly("hello\r");
        world.step(Event::Terminate);
        assert!(doubt(&world, session).is_some());
        let pid = world.core.state().sessions[&session].pid.expect("runs");
        world.asked.clear();
        world.step(Event::ProcessExited { pid, code: None, signal: Some(1) });
        let is_look = |effect: &Effect| matches!(effect, Effect::Probe(probe) if probe.said.is_some());
        assert!(world.asked.iter().any(is_look));
        let has_quit = |world: &World| world.asked.iter().any(|effect| matches!(effect, Effect::Quit(_)));
        assert!(!has_quit(&world), "its files are looked at");
        let found = if tells { exact(&id) } else { Found::Silent("nothing".to_owned()) };
        see(&mut world, session, Witness::Store, found);
        assert_eq!(doubt(&world, session).is_none(), tells);
        assert!(has_quit(&world));
    }
}

#[test]
fn an_agent_that_has_ended_is_looked_at_where_its_conversation_is_open_and_a_gemini_always() {
    for (provider, is_settled, is_looked_at) in
        [("gemini", true, true), ("codex", true, false), ("codex", false, true), ("shell", false, false)]
    {
        let mut world = World::attached(setup());
        let session = world.open(provider).id;
        world.type_slowly("hello\r");
        if is_settled {
            see(&mut world, session, Witness::Store, exact("one-1"));
        }
        let pid = world.core.state().sessions[&session].pid.expect("runs");
        world.asked.clear();
        world.step(Event::ProcessExited { pid, code: Some(1), signal: None });
        let n_looks = world.asked.iter().filter(|effect| matches!(effect, Effect::Probe(_))).count();
        assert_eq!(n_looks == 1, is_looked_at, "{provider}, settled: {is_settled}");
    }
}

#[test]
fn what_codex_has_open_is_known_before_it_opens_more_even_where_its_hooks_tell_all() {
    for (provider, is_looked_at) in [("codex", true), ("claude", false)] {
        let mut world = World::attached(setup());
        let session = world.open(provider).id;
        let id = conversation(&world, session).unwrap_or_else(|| "one-1".to_owned());
        world.type_slowly("hello\r");
        world.report(session, "UserPromptSubmit", &id, Ancestry::Inside);
        world.asked.clear();
        world.step(Event::Timer(Timer::Capture(session)));
        assert_eq!(world.asked.iter().any(|effect| matches!(effect, Effect::Probe(_))), is_looked_at, "{provider}");
        assert!(world.core.captures.is_over(session));
    }
}

#[test]
fn a_pick_from_a_list_that_was_searched_is_looked_at_as_an_agents_that_is_at_rest() {
    let mut world = World::attached(setup());
    let session = world.open("codex").id;
    world.report(session, "UserPromptSubmit", "one-1", Ancestry::Inside);
    world.report(session, "Stop", "one-1", Ancestry::Inside);
    let epoch = world.core.state().pane_of(session).expect("a pane").epoch;
    let held = vec![probe::Opening { conversation: ConversationId::new("one-1"), since_ns: Some(1) }];
    let n_touches = world.core.captures.n_touches(session);
    let sightings = vec![Sighting { held: held.clone(), ..sighting(exact("one-1")).remove(0) }];
    world.step(Event::Seen { session, epoch, n_touches, sightings });
    world.type_slowly("apple\r");
    assert_eq!(world.core.state().sessions[&session].status, Status::Busy, "it is presumed");
    assert_eq!(next_look(&mut world, session).held_before, Some(held));
    world.report(session, "UserPromptSubmit", "one-1", Ancestry::Inside);
    assert_eq!(next_look(&mut world, session).held_before, None, "it works, and may open what it does not show");
}

#[test]
fn a_chat_that_was_gone_back_to_is_the_sessions_unless_another_may_have_done_that() {
    let taken_up = |ids: &[&str]| Found::TakenUp(ids.iter().map(|id| ConversationId::new(id)).collect());
    let picks = |is_another_unsettled: bool, is_held: bool| {
        let mut world = World::attached(setup());
        let other = world.open("gemini").id;
        if is_held {
            world.type_slowly("hello\r");
            see(&mut world, other, Witness::Store, exact("older-1"));
        }
        if is_another_unsettled {
            world.type_slowly("/resume\r\r");
        }
        let session = world.open("gemini").id;
        world.type_slowly("/resume\r\r");
        see(&mut world, session, Witness::Store, taken_up(&["older-1"]));
        let is_moved = conversation(&world, session).as_deref() == Some("older-1");
        assert_eq!(doubt(&world, session).is_none(), is_moved);
        is_moved
    };
    assert!(picks(false, false));
    assert!(!picks(true, false));
    assert!(!picks(false, true));
}

#[test]
fn a_claim_that_is_stored_late_does_not_end_a_doubt_that_came_meanwhile() {
    let mut world = World::attached(setup());
    let session = world.open("gemini").id;
    world.type_slowly("hello\r");
    let (pane, n_touches) = (world.core.state().pane_of(session).expect("a pane"), 1);
    let (id, epoch) = (conversation(&world, session).expect("assigned"), pane.epoch);
    let mut fx = Effects::default();
    let sightings = vec![Sighting { witness: Witness::Store, ..sighting(exact(&id)).remove(0) }];
    world.core.step(world.now, Event::Seen { session, epoch, n_touches, sightings }, &mut fx);
    world.type_slowly("/resume\r");
    assert!(doubt(&world, session).is_some());
    world.perform(fx);
    assert!(world.core.state().sessions[&session].claim.as_ref().is_some_and(|claim| claim.spoken), "it is stored");
    assert!(doubt(&world, session).is_some());
}
