use std::sync::Arc;

use super::*;
use crate::config::FileDialect;
use crate::core::conversation::{Conversation, Found, Source};
use crate::core::dialog::{Browser, Dialog};
use crate::core::effect::{AgentSignal, RequestId};
use crate::core::mode::Mode;
use crate::id::ProviderName;
use crate::protocol::api::{ApiRequest, ApiResponse};

fn conversation(provider: &str, id: &str, cwd: &str) -> Conversation {
    Conversation {
        provider: ProviderName::new(provider),
        id: ConversationId::new(id),
        title: Some(format!("title of {id}")),
        cwd: cwd.to_owned(),
        created_at: None,
        updated_at: Wall { unix_ms: 1 },
        first_message: Some("first words".to_owned()),
        last_message: None,
    }
}

impl World {
    fn browser(&self) -> Option<&Browser> {
        match &self.core.state().clients[&CLIENT].mode {
            Mode::Dialog(Dialog::Browser(browser)) => Some(browser),
            _ => None,
        }
    }

    /// Lets the edges find conversations for the browser that is open.
    fn find(&mut self, files: FileDialect, env: &[(&str, &str)], conversations: Vec<Conversation>) {
        let generation = self.browser().expect("a browser").view.generation;
        let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let source = Arc::new(Source { files, env });
        self.step(Event::ConversationsFound { client: CLIENT, generation, source, conversations });
    }

    fn toast(&self) -> String {
        self.core.state().clients[&CLIENT].toast.as_ref().map(|toast| toast.text.clone()).unwrap_or_default()
    }

    fn record(&self, conversation: &str) -> Option<&Session> {
        let is_on = |s: &&Session| s.claim.as_ref().is_some_and(|claim| claim.conversation.as_str() == conversation);
        self.core.state().sessions.values().find(is_on)
    }
}

#[test]
fn a_conversation_is_opened_in_its_directory_with_its_claim_stored_before_its_process_starts() {
    let mut world = World::attached(setup());
    world.type_keys(b"\x02o");
    assert!(matches!(world.asked.last(), Some(Effect::ReadConversations { only: None, .. })));
    world.find(FileDialect::Codex, &[("CODEX_HOME", "/other")], vec![conversation("codex", "thread-1", "/src/api")]);
    world.type_keys(b"\r");
    assert!(world.asked.iter().any(|effect| matches!(effect, Effect::StopReading { .. })));
    let record = world.record("thread-1").expect("opened");
    assert_eq!((record.cwd.as_str(), record.title.as_deref()), ("/src/api", Some("title of thread-1")));
    assert_eq!(record.options.env.get("CODEX_HOME").map(String::as_str), Some("/other"));
    let claim = record.claim.clone().expect("claimed");
    assert!(claim.spoken);
    let is_claim = |change: &Change| matches!(change, Change::Claim { claim: stored, .. } if *stored == claim);
    assert!(world.stored.iter().any(is_claim));
    let argv = world.spawned.last().expect("started");
    assert!(argv.windows(2).any(|words| words == ["resume", "thread-1"]), "{argv:?}");
}

#[test]
fn a_conversation_that_is_open_is_gone_to() {
    let mut world = World::attached(setup());
    let first = world.open("claude").id;
    let id = world.core.state().sessions[&first].claim.clone().expect("assigned").conversation;
    world.type_keys(b"\x02t");
    let n_panes = world.core.state().panes.len();
    world.type_keys(b"\x02o");
    world.find(FileDialect::Claude, &[], vec![conversation("claude", id.as_str(), "/home/me")]);
    world.type_keys(b"\r");
    let state = world.core.state();
    let focused = state.focused_pane(&state.clients[&CLIENT]).and_then(|pane| state.session_of(pane)).expect("a pane");
    assert_eq!((focused.id, state.panes.len()), (first, n_panes));
    let body = ApiRequest::OpenConversation {
        conversation: Box::new(conversation("claude", id.as_str(), "/home/me")),
        env: Vec::new(),
        placement: None,
    };
    world.step(Event::Request { request: RequestId(1), body });
    let is_told = |effect: &Effect| matches!(effect, Effect::Respond { response, .. } if matches!(&**response, ApiResponse::AlreadyOpen(_)));
    assert!(world.asked.iter().any(is_told));
}

#[test]
fn what_cannot_be_opened_says_why_and_leaves_nothing() {
    let mut world = World::attached(setup());
    world.gone.push("/gone".to_owned());
    let cases = [
        (conversation("claude", "one", "/gone"), "the directory /gone is gone"),
        (conversation("claude", "two", ""), "is not known"),
    ];
    for (conversation, expected) in cases {
        world.type_keys(b"\x02o");
        world.find(FileDialect::Claude, &[], vec![conversation]);
        world.type_keys(b"\r");
        assert!(world.toast().contains(expected), "{:?}", world.toast());
        assert!(world.core.state().panes.is_empty() && world.spawned.is_empty());
    }
}

#[test]
fn batches_of_a_reading_that_nobody_looks_at_are_dropped() {
    let mut world = World::attached(setup());
    world.type_keys(b"\x02o");
    let generation = world.browser().expect("a browser").view.generation;
    world.type_keys(b"\x1b");
    assert!(
        matches!(world.asked.last(), Some(Effect::StopReading { generation: stopped }) if *stopped == generation)
            || world.asked.iter().any(|effect| matches!(effect, Effect::StopReading { .. }))
    );
    world.type_keys(b"\x02o");
    let source = Arc::new(Source { files: FileDialect::Claude, env: BTreeMap::new() });
    let conversations = vec![conversation("claude", "late", "/")];
    world.step(Event::ConversationsFound { client: CLIENT, generation, source, conversations });
    assert_eq!(world.browser().map(Browser::n_found), Some(0));
}

#[test]
fn an_ended_pane_is_put_on_the_picked_conversation() {
    let mut world = World::attached(setup());
    let session = world.open("claude").id;
    let pid = world.core.state().sessions[&session].pid.expect("runs");
    world.step(Event::ProcessExited { pid, code: Some(0), signal: None });
    world.type_keys(b"p");
    assert!(matches!(world.asked.last(), Some(Effect::ReadConversations { only: Some(FileDialect::Claude), .. })));
    world.find(FileDialect::Claude, &[], vec![conversation("claude", "picked", "/src/web")]);
    world.type_keys(b"\r");
    let record = world.record("picked").expect("put on it");
    assert_eq!((record.id, record.cwd.as_str()), (session, "/src/web"));
    let argv = world.spawned.last().expect("started");
    assert!(argv.windows(2).any(|words| words == ["--resume", "picked"]), "{argv:?}");
}

#[test]
fn a_running_agent_is_ended_only_after_a_yes_and_what_it_reports_then_does_not_count() {
    let mut world = World::attached(setup());
    let session = world.open("claude").id;
    let pid = world.core.state().sessions[&session].pid.expect("runs");
    let pane = world.core.state().pane_of(session).expect("a pane").id;
    let old_token = world.core.launch(session).expect("launched").token.clone();
    let mut fx = Effects::default();
    world.core.pick_conversation(CLIENT, pane, Vec::new(), &mut fx);
    world.perform(fx);
    world.find(FileDialect::Claude, &[], vec![conversation("claude", "picked", "/src/web")]);
    world.type_keys(b"\r");
    let is_ended = |world: &World| {
        world
            .asked
            .iter()
            .any(|effect| matches!(effect, Effect::Signal { pid: ended, signal: AgentSignal::HangUp } if *ended == pid))
    };
    assert!(!is_ended(&world) && world.record("picked").is_none());
    world.type_keys(b"y");
    assert!(is_ended(&world) && world.record("picked").is_some());
    let n_spawned = world.spawned.len();
    world.step(Event::Hook(HookReport {
        session,
        token: old_token,
        provider: ProviderName::new("claude"),
        event: None,
        payload: r#"{"session_id":"left","hook_event_name":"UserPromptSubmit","prompt":"hi"}"#.to_owned(),
        ancestry: Ancestry::Inside,
        pid: None,
    }));
    assert!(world.record("left").is_none());
    world.step(Event::ProcessExited { pid, code: None, signal: Some(1) });
    assert_eq!(world.spawned.len(), n_spawned + 1);
    assert!(world.spawned.last().expect("started").windows(2).any(|words| words == ["--resume", "picked"]));
}

#[test]
fn a_conversation_that_another_session_holds_is_refused_with_its_name() {
    let mut world = World::attached(setup());
    let holder = world.open("claude").id;
    let held = world.core.state().sessions[&holder].claim.clone().expect("assigned").conversation;
    let session = world.open("claude").id;
    let before = world.core.state().sessions[&session].claim.clone();
    let source = Arc::new(Source { files: FileDialect::Claude, env: BTreeMap::new() });
    let found = Found { conversation: conversation("claude", held.as_str(), "/"), source };
    let mut fx = Effects::default();
    world.core.put_on(session, found, &mut fx);
    world.perform(fx);
    assert_eq!(world.core.state().sessions[&session].claim, before);
    assert!(world.toast().contains("already open in pane 1"), "{:?}", world.toast());
}
