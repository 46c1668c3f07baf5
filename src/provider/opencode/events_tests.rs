use super::*;

const FIRST_PROMPT: &str = include_str!("../testdata/opencode/first_prompt.jsonl");
const PERMISSION_ALLOWED: &str = include_str!("../testdata/opencode/permission_allowed.jsonl");
const PERMISSION_REFUSED: &str = include_str!("../testdata/opencode/permission_refused.jsonl");
const ABORTED: &str = include_str!("../testdata/opencode/aborted.jsonl");
const MODEL_ERROR: &str = include_str!("../testdata/opencode/model_error.jsonl");
const RETRIES: &str = include_str!("../testdata/opencode/retries.jsonl");
const SUB_AGENT: &str = include_str!("../testdata/opencode/sub_agent.jsonl");
const QUESTION: &str = include_str!("../testdata/opencode/question.jsonl");
const PICKED_ANOTHER: &str = include_str!("../testdata/opencode/picked_another.jsonl");

/// The sessions of the recordings, by short names.
const SESSIONS: &[(&str, &str)] = &[
    ("ses_e03691055ffeBQhNNX0qstRFCB", "A"),
    ("ses_e0366faebffeCYnKuQUDT7AGVL", "B"),
    ("ses_e0366ebedffe6k6HPDc9D1HF6M", "sub"),
];

fn events(current: Option<&str>) -> Events {
    Events::new(ProviderName::new("opencode"), current.map(ConversationId::new))
}

fn shown(event: &HookEvent) -> String {
    let id = event.conversation.as_ref().map_or("-", |id| id.as_str());
    let id = SESSIONS.iter().find(|(long, _)| *long == id).map_or(id, |(_, short)| short);
    let what = match &event.kind {
        HookKind::SessionStarted { source } => format!("started {source}"),
        HookKind::PromptSubmitted { prompt } => format!("prompt {prompt:?}"),
        HookKind::ToolStarted => "works".to_owned(),
        HookKind::ToolEnded => "answered".to_owned(),
        HookKind::PermissionRequested { tool, summary } => format!("asks leave {tool} {summary:?}"),
        HookKind::QuestionAsked { summary } => format!("asks {summary:?}"),
        HookKind::TurnEnded { message } => format!("ended {message:?}"),
        HookKind::TurnFailed { message } => format!("failed {message:?}"),
        HookKind::Interrupted => "interrupted".to_owned(),
        other => format!("{other:?}"),
    };
    format!("{id} {what}")
}

/// What recordings say, one after the other on one stream; what only says again that it works is left out.
fn check(events: &mut Events, recordings: &[&str], expected: &[&str]) {
    let lines = recordings.iter().flat_map(|recording| recording.lines());
    let mut said: Vec<String> = lines
        .filter(|line| is_wanted(line.as_bytes()))
        .filter_map(|line| events.take(line))
        .map(|event| shown(&event))
        .collect();
    said.dedup();
    assert_eq!(said, expected);
}

#[test]
fn the_first_prompt_says_which_conversation_it_is() {
    let expected = ["B prompt \"second conversation\"", "B works", "B ended \"You said: second conversation\""];
    check(&mut events(None), &[FIRST_PROMPT], &expected);
}

#[test]
fn it_is_blocked_while_it_waits_for_leave() {
    let expected = [
        "A prompt \"tool touch x\"",
        "A works",
        "A asks leave bash \"touch x\"",
        "A answered",
        "A works",
        "A ended \"Tool result: (no output)\"",
    ];
    check(&mut events(None), &[PERMISSION_ALLOWED], &expected);
    let expected =
        ["B prompt \"tool touch y\"", "B works", "B asks leave bash \"touch y\"", "B answered", "B ended \"\""];
    check(&mut events(None), &[PERMISSION_REFUSED], &expected);
}

#[test]
fn a_question_blocks_until_its_answer() {
    let mut stream = events(Some("ses_e0366faebffeCYnKuQUDT7AGVL"));
    let said: Vec<String> = QUESTION.lines().filter_map(|line| stream.take(line)).map(|event| shown(&event)).collect();
    let at = said.iter().position(|line| line == "B asks \"Which colour?\"").unwrap();
    assert_eq!(said[at + 1], "B answered");
}

#[test]
fn an_abort_is_an_interrupt_and_an_error_ends_the_turn_once() {
    let expected = ["A prompt \"slow 20\"", "A works", "A interrupted"];
    check(&mut events(None), &[ABORTED], &expected);
    let expected = ["A prompt \"fail 400\"", "A works", "A failed \"fake-model was told to fail\""];
    check(&mut events(None), &[MODEL_ERROR], &expected);
    let expected = ["A prompt \"fail 500\"", "A works", "A failed \"fake-model was told to fail\""];
    check(&mut events(None), &[RETRIES], &expected);
}

#[test]
fn a_sub_agent_is_never_the_conversation() {
    let mut stream = events(None);
    let said: Vec<HookEvent> = SUB_AGENT.lines().filter_map(|line| stream.take(line)).collect();
    assert!(said.iter().all(|event| shown(event).starts_with("B ")), "{said:#?}");
    let turns = said.iter().filter(|event| matches!(event.kind, HookKind::TurnEnded { .. })).count();
    assert_eq!(turns, 1, "its end is not the turn's");
}

#[test]
fn a_sub_agents_wait_for_leave_is_told_as_its_own() {
    let mut stream = events(None);
    SUB_AGENT.lines().for_each(|line| drop(stream.take(line)));
    let ask = PERMISSION_ALLOWED.lines().find(|line| line.contains("permission.asked")).unwrap();
    let ask = ask.replace("ses_e03691055ffeBQhNNX0qstRFCB", "ses_e0366ebedffe6k6HPDc9D1HF6M");
    let event = stream.take(&ask).unwrap();
    assert_eq!((shown(&event), event.is_subagent), ("sub asks leave bash \"touch x\"".to_owned(), true));
}

#[test]
fn a_prompt_in_another_session_moves_and_the_one_behind_it_is_not_heard() {
    let mut stream = events(None);
    let expected = ["B prompt \"second conversation\"", "B works", "B ended \"You said: second conversation\""];
    check(&mut stream, &[FIRST_PROMPT], &expected);
    check(&mut stream, &[PICKED_ANOTHER], &["A prompt \"back again\"", "A works", "A ended \"You said: back again\""]);
    // What B says again about its message after its turn is no prompt, and its turns are not the pane's.
    let behind: Vec<&str> = FIRST_PROMPT.lines().skip(3).collect();
    check(&mut stream, &[&behind.join("\n")], &[]);
}

#[test]
fn a_first_prompt_that_nobody_heard_is_known_by_its_turn() {
    let late: Vec<&str> = FIRST_PROMPT.lines().skip(3).collect();
    let expected = ["B started resume", "B works", "B ended \"You said: second conversation\""];
    check(&mut events(None), &[&late.join("\n")], &expected);
    // A session that only changes is none that is shown, and neither is a sub-agent's that works.
    let changes: Vec<&str> = FIRST_PROMPT.lines().filter(|line| line.contains("session.updated")).collect();
    check(&mut events(None), &[&changes.join("\n")], &[]);
    let is_childs = |line: &&str| line.contains("\"sessionID\":\"ses_e0366ebedffe6k6HPDc9D1HF6M\"");
    let of_the_child: Vec<&str> = SUB_AGENT
        .lines()
        .filter(is_childs)
        .filter(|line| line.contains("session.status") || line.contains("session.updated"))
        .collect();
    assert!(of_the_child.len() > 4);
    check(&mut events(None), &[&of_the_child.join("\n")], &[]);
}

#[test]
fn a_message_that_is_said_again_to_a_new_listener_is_no_prompt() {
    let late: Vec<&str> = FIRST_PROMPT.lines().skip(3).collect();
    check(&mut events(Some("ses_e03691055ffeBQhNNX0qstRFCB")), &[&late.join("\n")], &[]);
}

fn message(session: &str, id: &str, created: i64) -> String {
    format!(
        r#"{{"type":"message.updated","properties":{{"sessionID":"{session}","info":{{"id":"{id}","role":"user","time":{{"created":{created}}}}}}}}}"#
    )
}

fn part(session: &str, message: &str, rest: &str) -> String {
    format!(
        r#"{{"type":"message.part.updated","properties":{{"sessionID":"{session}","part":{{"messageID":"{message}",{rest}}}}}}}"#
    )
}

fn created(session: &str, created: i64) -> String {
    format!(
        r#"{{"type":"session.created","properties":{{"sessionID":"{session}","info":{{"time":{{"created":{created}}}}}}}}}"#
    )
}

#[test]
fn messages_that_a_fork_copies_open_a_conversation_but_submit_nothing() {
    let text = r#""type":"text","text":"old""#;
    let stream = [created("f", 100), message("f", "m1", 50), part("f", "m1", text), message("f", "m2", 60)];
    check(&mut events(Some("o")), &[&stream.join("\n")], &["f started resume"]);
}

#[test]
fn what_opencode_says_in_the_users_name_moves_nothing() {
    let going_on = r#""type":"text","synthetic":true,"text":"Continue""#;
    let stream = [message("behind", "m1", 50), part("behind", "m1", going_on)];
    check(&mut events(Some("shown")), &[&stream.join("\n")], &[]);
    let compaction = [message("behind", "m2", 50), part("behind", "m2", r#""type":"compaction""#)];
    check(&mut events(Some("shown")), &[&compaction.join("\n")], &[]);
    // But what a shell command of the user's opens is a conversation.
    let opened = [created("new", 40), message("new", "m3", 50), part("new", "m3", going_on)];
    check(&mut events(Some("shown")), &[&opened.join("\n")], &["new prompt \"\""]);
}

#[test]
fn a_prompt_of_files_only_is_a_prompt() {
    let stream = [message("s", "m", 5), part("s", "m", r#""type":"file","url":"data:image/png;base64,""#)];
    check(&mut events(None), &[&stream.join("\n")], &["s prompt \"\""]);
}

#[test]
fn it_is_up_once_its_models_are_known_or_it_has_been_there_for_a_while() {
    for name in ["catalog.updated", "server.heartbeat"] {
        let stream = ["server.connected", name, name, "server.heartbeat"]
            .map(|name| format!(r#"{{"id":"e","type":"{name}","properties":{{}}}}"#));
        check(&mut events(None), &[&stream.join("\n")], &["- started unknown"]);
    }
}

#[test]
fn rubbish_says_nothing() {
    let rubbish = [
        "",
        "{",
        "[]",
        r#"{"type":5,"properties":{}}"#,
        r#"{"type":"session.status"}"#,
        r#"{"type":"session.status","properties":{"sessionID":7,"status":{"type":"busy"}}}"#,
        r#"{"type":"message.part.updated","properties":{"part":"\"type\":\"text\""}}"#,
        r#"{"type":"session.error","properties":{"sessionID":"other","error":null}}"#,
    ];
    for json in rubbish {
        assert_eq!(events(Some("x")).take(json), None, "{json}");
    }
    let flag = [message("--yolo", "m", 5), part("--yolo", "m", r#""type":"text","text":"x""#)];
    check(&mut events(None), &[&flag.join("\n")], &["- prompt \"x\""]);
}

#[test]
fn what_is_remembered_has_a_limit() {
    let mut stream = events(None);
    for n in 0..REMEMBERED * 2 {
        stream.take(&message("s", &format!("m{n}"), 5));
        stream.take(&created(&format!("s{n}"), 5));
    }
    assert_eq!(stream.announced.len(), REMEMBERED);
    assert!(stream.unspoken.len() <= REMEMBERED);
}

#[test]
fn only_events_that_are_understood_are_wanted() {
    for (head, wanted) in [
        (r#"{"id":"evt_1","type":"session.idle","properties":{}}"#, true),
        (r#"{"id":"evt_1","type":"message.part.delta","properties":{}}"#, false),
        (r#"{"id":"evt_1","type":"session.idle_not","properties":{}}"#, false),
        // The type stands behind: it is looked into.
        (r#"{"id":"evt_1","properties":{"part":{"type":"text"}},"type":"session.idle"}"#, true),
        (r#"{"id":"evt_1"}"#, true),
    ] {
        assert_eq!(is_wanted(head.as_bytes()), wanted, "{head}");
    }
}
