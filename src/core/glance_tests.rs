//! What is read off a screen, and what is asked of the files when a turn ends.

use super::*;
use crate::core::turn_end::TurnEnd;

fn opened(provider: &str, settings: &str) -> (World, SessionId) {
    let mut setup = setup();
    setup.config = crate::config::parse::parse(settings).0;
    let mut world = World::new(setup);
    let session = world.open(provider).id;
    (world, session)
}

fn status(world: &World, session: SessionId) -> Status {
    world.core.state().sessions[&session].status
}

/// The pane's process clears the screen and prints this at its foot; the screen is looked at until nothing is due.
fn show(world: &mut World, session: SessionId, foot: &str) {
    let pane = world.core.state().pane_of(session).expect("a pane");
    let (pane, epoch) = (pane.id, pane.epoch);
    let bytes = format!("\x1b[2J\x1b[H{foot}").into_bytes();
    world.step(Event::Output { pane, epoch, bytes });
    for _ in 0..3 {
        world.now.instant.micros += 100_000;
        world.step(Event::Timer(Timer::Glance(session)));
    }
}

fn title(world: &mut World, session: SessionId, title: &str) {
    let pane = world.core.state().pane_of(session).expect("a pane");
    let (pane, epoch) = (pane.id, pane.epoch);
    world.step(Event::Output { pane, epoch, bytes: format!("\x1b]0;{title}\x07").into_bytes() });
}

fn kinds(world: &World) -> Vec<NoticeKind> {
    world.core.state().notices.iter().map(|notice| notice.kind).collect()
}

const TRUST: &str = "Quick safety check: \r\n Enter to confirm";

#[test]
fn a_screen_that_asks_for_trust_needs_the_user_until_it_is_gone() {
    let (mut world, session) = opened("claude", "");
    show(&mut world, session, TRUST);
    assert_eq!((status(&world, session), kinds(&world)), (Status::Blocked, vec![NoticeKind::Permission]));
    show(&mut world, session, "welcome");
    assert_eq!(status(&world, session), Status::Ready);
}

#[test]
fn the_screen_of_an_agent_that_reports_is_not_read() {
    let (mut world, session) = opened("claude", "");
    let id = world.core.state().sessions[&session].claim.as_ref().expect("assigned").conversation.to_string();
    show(&mut world, session, "❯ ");
    world.report(session, "SessionStart", &id, Ancestry::Inside);
    show(&mut world, session, TRUST);
    assert_eq!((status(&world, session), kinds(&world)), (Status::Ready, vec![]));
}

#[test]
fn a_title_that_says_ready_does_not_hide_the_question_on_the_screen() {
    let (mut world, session) = opened("gemini", "");
    title(&mut world, session, "◇  Ready (proj)");
    show(&mut world, session, "1. Trust folder\r\n3. Don't trust");
    title(&mut world, session, "◇  Ready (proj) ");
    assert_eq!(status(&world, session), Status::Blocked);
    show(&mut world, session, "Type your message");
    assert_eq!(status(&world, session), Status::Ready);
}

/// OpenCode without its event stream, in a turn of a conversation that is known.
fn opencode_at_work() -> (World, SessionId) {
    let (mut world, session) = opened("opencode", "inject_hooks = false\n");
    show(&mut world, session, "ctrl+p commands");
    assert_eq!(status(&world, session), Status::Ready);
    let mut fx = Effects::default();
    world.core.touched(session, &mut fx);
    world.core.said(session, capture::Said { text: "hello".to_owned(), is_exact: true }, &mut fx);
    world.perform(fx);
    show(&mut world, session, "ctrl+p commands");
    assert_eq!(status(&world, session), Status::Busy, "not begun yet");
    show(&mut world, session, "esc interrupt  ctrl+p commands");
    let conversation = ConversationId::new("ses_1");
    let found = Found::Exact { conversation, spoken: true };
    let sighting = Sighting { witness: Witness::Store, found, source: "database".to_owned(), held: Vec::new() };
    let epoch = world.core.state().pane_of(session).expect("a pane").epoch;
    let n_touches = world.core.captures.n_touches(session);
    world.step(Event::Seen { session, epoch, n_touches, sightings: vec![sighting] });
    assert_eq!(kinds(&world), []);
    (world, session)
}

#[test]
fn how_a_turn_ended_is_asked_before_the_status_changes() {
    let failed = || TurnEnd::Failed("no such model".to_owned());
    let cases = [
        (TurnEnd::Well, Status::Ready, NoticeKind::Done, "is done"),
        (TurnEnd::Unknown, Status::Ready, NoticeKind::Done, "is done"),
        (failed(), Status::Error, NoticeKind::Failed, "no such model"),
    ];
    for (end, after, kind, text) in cases {
        let (mut world, session) = opencode_at_work();
        world.asked.clear();
        show(&mut world, session, "ctrl+p commands");
        let n_asked = world.asked.iter().filter(|effect| matches!(effect, Effect::AskTurnEnd(_))).count();
        assert_eq!((status(&world, session), n_asked), (Status::Busy, 1));
        let epoch = world.core.state().pane_of(session).expect("a pane").epoch;
        world.step(Event::TurnEnd { session, epoch, end: end.clone() });
        let told: Vec<_> = world.core.state().notices.iter().map(|n| (n.kind, n.text.as_str())).collect();
        assert_eq!((status(&world, session), told), (after, vec![(kind, text)]), "{end:?}");
    }
}

#[test]
fn an_answer_that_comes_after_the_next_word_is_not_taken() {
    let (mut world, session) = opencode_at_work();
    show(&mut world, session, "ctrl+p commands");
    show(&mut world, session, "Permission required\r\n Allow once");
    let epoch = world.core.state().pane_of(session).expect("a pane").epoch;
    world.step(Event::TurnEnd { session, epoch, end: TurnEnd::Well });
    assert_eq!(status(&world, session), Status::Blocked);
}

#[test]
fn explain_says_whose_word_the_status_is_and_why_others_did_not_count() {
    let (mut world, session) = opened("claude", "");
    let id = world.core.state().sessions[&session].claim.as_ref().expect("assigned").conversation.to_string();
    show(&mut world, session, "❯ ");
    world.report(session, "SessionStart", &id, Ancestry::Inside);
    world.report(session, "UserPromptSubmit", &id, Ancestry::Nested);
    assert_eq!(world.core.hook_reply(), "ignored: another agent inside of the pane's");
    world.report(session, "UserPromptSubmit", &id, Ancestry::Outside);
    world.report(session, "UserPromptSubmit", &id, Ancestry::Inside);
    assert_eq!(world.core.hook_reply(), "counted");
    world.report(session, "SubagentStop", &id, Ancestry::Inside);
    assert_eq!(world.core.hook_reply(), "ignored: sub-agent");
    let explained = world.core.explanation(session).expect("an explanation");
    let by = explained.status_by.expect("a word");
    assert_eq!((by.voice.as_str(), by.status.as_deref()), ("hook", Some("busy")));
    let outcomes: Vec<&str> = explained.words.iter().map(|word| word.outcome.as_str()).collect();
    assert_eq!(
        outcomes,
        [
            "counted",
            "counted",
            "ignored: another agent inside of the pane's",
            "ignored: not a process of this pane",
            "counted",
            "ignored: sub-agent"
        ]
    );
}
