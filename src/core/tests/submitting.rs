//! Texts that programs submit: when they are typed, when Enter follows, and what the program is told.

use std::time::Duration;

use super::*;
use crate::core::effect::RequestId;
use crate::protocol::api::{ApiErrorKind, ApiRequest, ApiResponse};

const REQUEST: RequestId = RequestId(1);

/// An agent that was just started, and its pane.
struct Scene {
    world: World,
    session: SessionId,
    pane: PaneId,
}

impl Scene {
    fn of(provider: &str) -> Self {
        let mut world = World::attached(setup());
        let session = world.open(provider).id;
        let pane = world.core.state().pane_of(session).expect("a pane").id;
        Self { world, session, pane }
    }

    /// One that takes input.
    fn ready(provider: &str) -> Self {
        let mut scene = Self::of(provider);
        scene.prints("\x1b[?2004h> ");
        scene.is(Status::Ready);
        scene
    }

    fn is(&mut self, status: Status) {
        self.world.core.state.sessions.get_mut(&self.session).expect("a session").status = status;
        self.passes(Duration::ZERO);
    }

    fn prints(&mut self, text: &str) {
        let epoch = self.world.core.state().panes[&self.pane].epoch;
        self.world.step(Event::Output { pane: self.pane, epoch, bytes: text.as_bytes().to_vec() });
    }

    fn passes(&mut self, time: Duration) {
        self.world.now.instant.micros += u64::try_from(time.as_micros()).expect("short");
        self.world.step(Event::Timer(Timer::Submit(self.pane)));
    }

    fn sends(&mut self, text: &str) {
        let body = ApiRequest::Send { session: self.session.to_string(), text: text.to_owned(), enter: true };
        self.world.step(Event::Request { request: REQUEST, body });
    }

    /// What was written to the process since the last look.
    fn written(&mut self) -> String {
        let mut bytes = Vec::new();
        self.world.asked.retain(|effect| match effect {
            Effect::WritePty { bytes: some, .. } => {
                bytes.extend_from_slice(some);
                false
            }
            _ => true,
        });
        String::from_utf8(bytes).expect("text")
    }

    /// The answers to programs since the last look: `Ok`, or the kind of failure with its words.
    fn answers(&mut self) -> Vec<Result<(), (ApiErrorKind, String)>> {
        let mut answers = Vec::new();
        self.world.asked.retain(|effect| match effect {
            Effect::Respond { response, .. } => {
                answers.push(match response.as_ref() {
                    ApiResponse::Error(error) => Err((error.kind, error.message.clone())),
                    _ => Ok(()),
                });
                false
            }
            _ => true,
        });
        answers
    }

    fn is_refused(&mut self, kind: ApiErrorKind, words: &str) {
        match self.answers().as_slice() {
            [Err((is, why))] => assert!(*is == kind && why.contains(words), "{is:?}: {why}"),
            other => panic!("{other:?}"),
        }
    }
}

const A_WHILE: Duration = Duration::from_secs(1);

#[test]
fn enter_follows_a_text_only_once_the_agent_shows_it() {
    let mut scene = Scene::ready("codex");
    scene.sends("fix it");
    assert_eq!(scene.written(), "\x1b[200~fix it\x1b[201~");
    scene.passes(A_WHILE);
    scene.prints("\r\nthinking");
    scene.passes(A_WHILE);
    assert_eq!((scene.written().as_str(), scene.answers()), ("", vec![]));
    scene.prints("\r\n> fix it");
    scene.passes(Duration::from_millis(100));
    assert_eq!(scene.written(), "", "an agent takes an Enter that comes with the text as part of it");
    scene.passes(Duration::from_millis(150));
    assert_eq!((scene.written().as_str(), scene.answers()), ("\r", vec![Ok(())]));
}

#[test]
fn the_same_words_from_before_are_not_the_text() {
    let mut scene = Scene::ready("codex");
    scene.prints("go on\r\ndone\r\n> ");
    scene.sends("go on");
    scene.passes(A_WHILE);
    assert_eq!(scene.written(), "\x1b[200~go on\x1b[201~");
    scene.prints("go on");
    scene.passes(A_WHILE);
    assert_eq!(scene.written(), "\r");
}

#[test]
fn the_same_words_may_scroll_away_meanwhile() {
    let mut scene = Scene::ready("codex");
    scene.prints("go on\r\n");
    scene.sends("go on");
    scene.written();
    scene.prints("\x1b[2J\x1b[H");
    scene.prints("answer\r\ngo on\x1b[H");
    scene.passes(A_WHILE);
    assert_eq!(scene.written(), "\r");
}

#[test]
fn a_long_paste_is_known_by_what_stands_for_it() {
    let mut scene = Scene::ready("claude");
    scene.sends("one\ntwo\nthree\n");
    scene.prints("[Pasted text #1 +2 lines]");
    scene.passes(A_WHILE);
    assert_eq!(scene.answers(), [Ok(())]);
}

#[test]
fn a_text_that_is_not_shown_is_not_submitted() {
    let mut scene = Scene::ready("codex");
    scene.sends("fix it");
    scene.written();
    scene.passes(Duration::from_secs(11));
    assert_eq!(scene.written(), "");
    scene.is_refused(ApiErrorKind::TimedOut, "does not show the text");
}

#[test]
fn a_text_waits_until_its_agent_takes_input() {
    let mut scene = Scene::of("codex");
    scene.sends("fix it");
    scene.passes(A_WHILE);
    assert_eq!(scene.written(), "");
    scene.prints("\x1b[?2004h> ");
    scene.is(Status::Ready);
    assert_eq!(scene.written(), "\x1b[200~fix it\x1b[201~");
}

#[test]
fn an_agent_that_never_takes_input_gets_nothing() {
    let mut scene = Scene::of("codex");
    scene.sends("fix it");
    scene.passes(Duration::from_secs(31));
    scene.is_refused(ApiErrorKind::TimedOut, "takes no input yet");
    scene.is(Status::Ready);
    assert_eq!(scene.written(), "");
}

#[test]
fn an_agent_that_asks_gets_no_text_and_no_enter() {
    let mut scene = Scene::ready("codex");
    scene.is(Status::Blocked);
    scene.sends("fix it");
    assert_eq!(scene.written(), "");
    scene.is_refused(ApiErrorKind::Failed, "waits for an answer");

    let mut scene = Scene::ready("codex");
    scene.sends("fix it");
    scene.prints("fix it");
    scene.written();
    scene.is(Status::Blocked);
    scene.passes(A_WHILE);
    assert_eq!(scene.written(), "");
    scene.is_refused(ApiErrorKind::Failed, "asks something meanwhile");
}

#[test]
fn several_texts_go_one_after_the_other() {
    let mut scene = Scene::ready("codex");
    scene.sends("first");
    scene.sends("second");
    assert_eq!(scene.written(), "\x1b[200~first\x1b[201~");
    scene.prints("first");
    scene.passes(A_WHILE);
    assert_eq!(scene.written(), "\r\x1b[200~second\x1b[201~");
    scene.prints("\r\nsecond");
    scene.passes(A_WHILE);
    assert_eq!((scene.written().as_str(), scene.answers()), ("\r", vec![Ok(()), Ok(())]));
}

#[test]
fn programs_hear_of_an_end_and_a_program_that_left_sends_nothing() {
    let mut scene = Scene::ready("codex");
    scene.sends("fix it");
    let pid = scene.world.core.state().sessions[&scene.session].pid.expect("runs");
    scene.world.step(Event::ProcessExited { pid, code: Some(1), signal: None });
    scene.is_refused(ApiErrorKind::Failed, "has ended");

    let mut scene = Scene::of("codex");
    scene.sends("fix it");
    scene.world.step(Event::RequestGone { request: REQUEST });
    scene.prints("\x1b[?2004h");
    scene.is(Status::Ready);
    assert_eq!(scene.written(), "");
}

#[test]
fn an_agent_without_pastes_gets_keys_and_its_own_line_breaks() {
    let mut scene = Scene::of("qwen");
    scene.is(Status::Ready);
    scene.sends("one\ntwo");
    assert_eq!(scene.written(), "one\x1b\rtwo");

    // One of which that is not known has two seconds to ask for pastes.
    let mut scene = Scene::of("codex");
    scene.is(Status::Ready);
    scene.sends("one");
    assert_eq!(scene.written(), "");
    scene.passes(Duration::from_secs(3));
    assert_eq!(scene.written(), "one");
}

#[test]
fn several_lines_are_not_sent_where_each_would_be_submitted() {
    let mut scene = Scene::of("aider");
    scene.is(Status::Ready);
    scene.world.core.providers = {
        let text = "[providers.aider]\npaste = \"keys\"\nshift_enter = \"cr\"\n";
        Providers::with_config(&crate::config::parse(text).0).0
    };
    scene.sends("one\ntwo");
    assert_eq!(scene.written(), "");
    scene.is_refused(ApiErrorKind::Failed, "no shift_enter");
}

#[test]
fn a_shell_gets_its_text_at_once() {
    let mut scene = Scene::of("shell");
    scene.sends("ls");
    assert_eq!((scene.written().as_str(), scene.answers()), ("ls\r", vec![Ok(())]));
}

#[test]
fn a_first_prompt_that_no_argument_carries_is_typed_when_the_agent_takes_it_and_kept_if_it_does_not() {
    for is_shown in [true, false] {
        let mut world = World::attached(setup());
        let spec = open::OpenSpec {
            provider: "kimi".to_owned(),
            cwd: "/home/me".to_owned(),
            prompt: Some("fix it".to_owned()),
            ..open::OpenSpec::default()
        };
        let mut fx = Effects::default();
        let pane = world.core.open(spec, &mut fx).expect("a provider");
        world.perform(fx);
        let session = world.core.state().session_of(pane).expect("a session").id;
        let mut scene = Scene { world, session, pane };
        scene.passes(Duration::from_secs(100));
        assert_eq!(scene.written(), "");
        scene.prints("\x1b[?2004h> ");
        scene.is(Status::Ready);
        assert_eq!(scene.written(), "\x1b[200~fix it\x1b[201~");
        if is_shown {
            scene.prints("fix it");
        }
        scene.passes(Duration::from_secs(11));
        let kept = scene.world.core.copied.as_ref().map(|text| text.as_str().to_owned());
        let expected = if is_shown { ("\r", None) } else { ("", Some("fix it".to_owned())) };
        assert_eq!((scene.written().as_str(), kept), expected);
    }
}
