use std::collections::BTreeMap;

use super::*;
use crate::core::session::{Claim, Doubt, Exit, Guest, LaunchOptions, Status, Witness};
use crate::id::{ProviderName, SessionId};
use crate::provider::Providers;
use crate::time::Wall;

const ID: &str = "7c2e1a90-aaaa-4bbb-8ccc-000000000001";

/// A session that was spoken to and is on its conversation.
fn session(provider: &str) -> Session {
    Session {
        id: SessionId::new(1, [1; 10]),
        provider: ProviderName::new(provider),
        name: None,
        title: None,
        first_message: Some("hello".to_owned()),
        cwd: "/src".to_owned(),
        options: LaunchOptions { args: Vec::new(), model: None, env: BTreeMap::new(), command: None, worktree: None },
        status: Status::Ready,
        unseen: false,
        pin: None,
        guest: None,
        claim: Some(claim(true)),
        doubt: None,
        pid: None,
        exit: None,
        task_id: None,
        mcp_session_id: None,
        created_at: Wall::default(),
        last_activity_at: Wall::default(),
    }
}

fn claim(spoken: bool) -> Claim {
    Claim { conversation: ConversationId::new(ID), witness: Witness::Hook, since: Wall::default(), spoken }
}

/// What the edges find when all is well.
fn well() -> LaunchFacts {
    LaunchFacts {
        program: Some("/bin/agent".to_owned()),
        has_directory: true,
        conversation_on_disk: Some(true),
        ..LaunchFacts::default()
    }
}

/// The decision in one line: its kind, the conversation, and why.
fn decided(session: &Session, facts: &LaunchFacts, cause: Cause) -> String {
    let providers = Providers::default();
    let provider = providers.get(&session.provider).expect("a built-in row");
    match decide(session, provider, facts, cause) {
        Decision::Resume { conversation, why } => format!("resume {}: {why}", short_id(&conversation)),
        Decision::Fresh { reuse: Some(id), why } => format!("fresh as {}: {why}", short_id(&id)),
        Decision::Fresh { reuse: None, why } => format!("fresh: {why}"),
        Decision::Hold { why } => format!("hold: {why}"),
        Decision::Ask { why } => format!("ask: {why}"),
        Decision::Fail { message } => format!("fail: {message}"),
    }
}

#[test]
fn what_is_known_exactly_is_resumed_and_nothing_else() {
    let relaunched = |session: &Session, facts: &LaunchFacts| decided(session, facts, Cause::Relaunch);
    assert_eq!(relaunched(&session("codex"), &well()), "resume 7c2e1a90…: exact, hook");
    let unspoken = Session { claim: Some(claim(false)), first_message: None, ..session("claude") };
    let nothing_on_disk = LaunchFacts { conversation_on_disk: Some(false), ..well() };
    assert_eq!(relaunched(&unspoken, &nothing_on_disk), "fresh as 7c2e1a90…: never prompted");
    let used = LaunchFacts { is_id_used: true, ..nothing_on_disk };
    assert_eq!(relaunched(&unspoken, &used), "fresh: never prompted");
    assert_eq!(relaunched(&unspoken, &well()), "resume 7c2e1a90…: exact, hook", "its files know of a message");
    let said = Session { claim: Some(claim(false)), ..session("claude") };
    assert_eq!(relaunched(&said, &used), "fresh: Claude Code had kept nothing of what was said");
    let unreadable = LaunchFacts { conversation_on_disk: None, ..well() };
    assert_eq!(relaunched(&said, &unreadable), "resume 7c2e1a90…: exact, hook", "the agent will say");
    assert_eq!(relaunched(&unspoken, &unreadable), "fresh as 7c2e1a90…: never prompted");
    let unknown = Session { claim: None, ..session("codex") };
    assert_eq!(relaunched(&unknown, &well()), "ask: which conversation? its own was never seen for certain");
    assert_eq!(
        decided(&unknown, &well(), Cause::Reopen),
        "ask: which conversation? its own was never seen for certain",
        "a reopened pane is no fresh start"
    );
    let untouched = Session { first_message: None, ..unknown };
    assert_eq!(relaunched(&untouched, &well()), "fresh: never prompted");
}

#[test]
fn what_is_in_doubt_is_asked_and_resumed_by_the_users_word() {
    let doubt = Doubt { reason: "2 conversations fit".to_owned(), candidates: Vec::new(), since: Wall::default() };
    let doubted = Session { doubt: Some(doubt), ..session("opencode") };
    let asked = "ask: which conversation? 2 conversations fit; r resumes 7c2e1a90…";
    assert_eq!(decided(&doubted, &well(), Cause::Relaunch), asked);
    assert_eq!(decided(&doubted, &well(), Cause::Reopen), "resume 7c2e1a90…: exact, hook");
    assert_eq!(decided(&doubted, &well(), Cause::Fresh), "fresh: as asked");
}

#[test]
fn what_cannot_be_started_says_what_is_missing_and_keeps_everything() {
    let relaunched = |facts: &LaunchFacts| decided(&session("codex"), facts, Cause::Relaunch);
    let cases = [
        (LaunchFacts { has_directory: false, ..well() }, "fail: the directory /src is gone"),
        (
            LaunchFacts { program: None, ..well() },
            "fail: Codex was not found on PATH; install it with: npm install -g @openai/codex",
        ),
        (
            LaunchFacts { conversation_on_disk: Some(false), ..well() },
            "fail: Codex has no conversation 7c2e1a90… any more",
        ),
        (LaunchFacts { held_by: Some(42), ..well() }, "hold: conversation 7c2e1a90… is open in process 42"),
        // Where it cannot be told, the agent itself says.
        (LaunchFacts { conversation_on_disk: None, ..well() }, "resume 7c2e1a90…: exact, hook"),
    ];
    for (facts, expected) in cases {
        assert_eq!(relaunched(&facts), expected);
    }
    let held = LaunchFacts { held_by: Some(42), ..well() };
    let told = "hold: process 42 was started on conversation 7c2e1a90…, and still runs";
    for agent in ["opencode", "gemini", "qwen"] {
        assert_eq!(decided(&session(agent), &held, Cause::Reopen), told);
    }
}

#[test]
fn what_ended_by_itself_waits_for_the_user_and_what_was_ended_comes_back() {
    let ended = |reason, code, signal| {
        let exit = Some(Exit { code, signal, reason, at: Wall::default() });
        decided(&Session { exit, ..session("claude") }, &well(), Cause::Relaunch)
    };
    assert_eq!(ended(EndReason::Exited, Some(0), None), "hold: Claude Code had ended by itself");
    for (reason, code, signal) in [
        (EndReason::Shutdown, Some(0), None),
        (EndReason::Exited, Some(129), None),
        (EndReason::Killed, None, Some(9)),
        (EndReason::Crashed, None, Some(11)),
    ] {
        assert_eq!(ended(reason, code, signal), "resume 7c2e1a90…: exact, hook", "{reason:?} {code:?} {signal:?}");
    }
}

#[test]
fn an_agent_without_a_way_back_starts_fresh_and_says_so() {
    let cases = [
        (Session { claim: None, ..session("aider") }, "fresh: Aider cannot resume by id"),
        (session("shell"), "fresh: a shell has no conversation"),
    ];
    for (session, expected) in cases {
        assert_eq!(decided(&session, &well(), Cause::Relaunch), expected);
    }
}

#[test]
fn an_agent_in_a_shell_comes_back_only_on_what_is_certain() {
    let guest = Guest {
        provider: ProviderName::new("claude"),
        cwd: "/src".to_owned(),
        options: LaunchOptions::default(),
        pid: 1,
    };
    let hosted = Session { guest: Some(guest), ..session("shell") };
    let relaunched = |session: &Session, facts: &LaunchFacts| decided(session, facts, Cause::Relaunch);
    assert_eq!(relaunched(&hosted, &well()), "resume 7c2e1a90…: claude in its shell, hook");
    let unspoken = Session { claim: Some(claim(false)), ..hosted.clone() };
    assert_eq!(relaunched(&unspoken, &well()), "resume 7c2e1a90…: claude in its shell, hook", "the stop came early");
    let unknown = LaunchFacts { conversation_on_disk: None, ..well() };
    assert_eq!(relaunched(&unspoken, &unknown), "fresh: nothing was said to the agent in it");
    let held = LaunchFacts { held_by: Some(42), ..well() };
    assert_eq!(relaunched(&hosted, &held), "fresh: the conversation of the agent in it is open elsewhere");
    assert_eq!(decided(&hosted, &well(), Cause::Fresh), "fresh: as asked");
}
