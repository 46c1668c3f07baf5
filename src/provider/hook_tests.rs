use serde_json::json;

use super::*;
use crate::provider::row::Providers;

const ID: &str = "7c2e7c2e-1111-4111-8111-111111111112";

fn parsed(provider: &str, event: Option<&str>, payload: &str) -> HookEvent {
    parse(Providers::default().find(provider).unwrap(), event, payload)
}

/// What an event with these further fields means.
fn kind_of(provider: &str, event: &str, mut fields: Value) -> HookKind {
    let object = fields.as_object_mut().unwrap();
    object.insert("session_id".into(), ID.into());
    object.insert("hook_event_name".into(), event.into());
    parsed(provider, None, &fields.to_string()).kind
}

#[test]
fn events_mean_the_same_for_all_who_send_them() {
    let text = |text: &str| text.to_owned();
    let cases = [
        (
            "claude",
            "SessionStart",
            json!({"source": "startup"}),
            HookKind::SessionStarted { source: StartSource::Startup },
        ),
        ("claude", "SessionStart", json!({"source": "clear"}), HookKind::SessionStarted { source: StartSource::Clear }),
        ("codex", "SessionStart", json!({"source": "fork"}), HookKind::SessionStarted { source: StartSource::Fork }),
        ("codex", "SessionStart", json!({}), HookKind::SessionStarted { source: StartSource::Unknown }),
        (
            "claude",
            "UserPromptSubmit",
            json!({"prompt": "fix\n\x1b[2Jit"}),
            HookKind::PromptSubmitted { prompt: text("fix [2Jit") },
        ),
        ("gemini", "BeforeAgent", json!({"prompt": "x"}), HookKind::PromptSubmitted { prompt: text("x") }),
        ("codex", "PreToolUse", json!({"tool_name": "exec_command"}), HookKind::ToolStarted),
        ("claude", "PostToolUse", json!({}), HookKind::ToolEnded),
        ("claude", "PostToolUseFailure", json!({"is_interrupt": true}), HookKind::Interrupted),
        ("claude", "PostToolUseFailure", json!({"is_interrupt": false}), HookKind::ToolEnded),
        (
            "claude",
            "PermissionRequest",
            json!({"tool_name": "Bash", "tool_input": {"command": "touch x", "description": "d"}}),
            HookKind::PermissionRequested { tool: text("Bash"), summary: text("touch x") },
        ),
        (
            "codex",
            "PermissionRequest",
            json!({"tool_name": "shell", "tool_input": {"command": ["cargo", "test"]}}),
            HookKind::PermissionRequested { tool: text("shell"), summary: text("cargo test") },
        ),
        (
            "claude",
            "PermissionRequest",
            json!({"tool_name": "Edit", "tool_input": {"file_path": "/a/b"}}),
            HookKind::PermissionRequested { tool: text("Edit"), summary: text("/a/b") },
        ),
        (
            "claude",
            "Notification",
            json!({"notification_type": "permission_prompt", "message": "Claude needs your permission"}),
            HookKind::PermissionRequested { tool: text(""), summary: text("Claude needs your permission") },
        ),
        (
            "gemini",
            "Notification",
            json!({"notification_type": "ToolPermission", "message": "m", "details": {}}),
            HookKind::PermissionRequested { tool: text(""), summary: text("m") },
        ),
        ("claude", "Notification", json!({"notification_type": "idle_prompt"}), HookKind::Idle),
        (
            "claude",
            "Notification",
            json!({"notification_type": "auth_success"}),
            HookKind::Other(text("Notification auth_success")),
        ),
        (
            "claude",
            "PreToolUse",
            json!({"tool_name": "AskUserQuestion", "tool_input": {"questions": [{"question": "Which one?"}]}}),
            HookKind::QuestionAsked { summary: text("Which one?") },
        ),
        ("claude", "Stop", json!({"last_assistant_message": "done"}), HookKind::TurnEnded { message: text("done") }),
        ("gemini", "AfterAgent", json!({}), HookKind::TurnEnded { message: text("") }),
        ("demo", "StopFailure", json!({"error": "no model"}), HookKind::TurnFailed { message: text("no model") }),
        ("codex", "Interrupt", json!({}), HookKind::Interrupted),
        ("claude", "SessionEnd", json!({"reason": "clear"}), HookKind::SessionEnded { reason: text("clear") }),
        ("claude", "SubagentStop", json!({}), HookKind::SubAgent),
        ("codex", "PreCompact", json!({}), HookKind::Other(text("PreCompact"))),
    ];
    for (provider, event, fields, kind) in cases {
        assert_eq!(kind_of(provider, event, fields), kind, "{provider} {event}");
    }
}

#[test]
fn the_id_and_the_directory_are_read() {
    let payload = json!({"session_id": ID, "cwd": "/src", "hook_event_name": "Stop"}).to_string();
    let event = parsed("claude", None, &payload);
    assert_eq!((event.conversation, event.cwd), (Some(ConversationId::new(ID)), Some("/src".to_owned())));
    assert!(!event.is_subagent);
}

#[test]
fn an_id_that_could_be_a_flag_is_not_taken() {
    for id in [json!("--dangerously-skip-permissions"), json!("a b"), json!(""), json!(7), json!(null)] {
        let payload = json!({"session_id": id, "hook_event_name": "Stop"}).to_string();
        assert_eq!(parsed("claude", None, &payload).conversation, None);
    }
}

#[test]
fn what_a_sub_agent_does_is_marked() {
    let payload = json!({"session_id": ID, "agent_id": "a1", "prompt": "x"}).to_string();
    assert!(parsed("codex", Some("UserPromptSubmit"), &payload).is_subagent);
    assert!(parsed("claude", Some("SubagentStop"), "{}").is_subagent);
}

#[test]
fn the_event_of_the_command_line_counts() {
    let payload = json!({"session_id": ID, "hook_event_name": "Stop"}).to_string();
    assert_eq!(parsed("codex", Some("Interrupt"), &payload).kind, HookKind::Interrupted);
}

#[test]
fn codex_notify_names_no_conversation() {
    let payload = json!({"type": "agent-turn-complete", "thread-id": ID, "input-messages": ["hi"]}).to_string();
    let event = parsed("codex", None, &payload);
    assert_eq!((event.kind, event.conversation), (HookKind::Other("agent-turn-complete".to_owned()), None));
}

#[test]
fn what_is_no_json_is_still_an_event() {
    for payload in ["", "nonsense", "[1,2]", "null", "{\"session_id\":"] {
        assert_eq!(parsed("claude", Some("Stop"), payload).kind, HookKind::TurnEnded { message: String::new() });
        assert_eq!(parsed("claude", None, payload).kind, HookKind::Other("unnamed".to_owned()));
    }
}

/// Any JSON, with names that the parser looks for.
fn any_json() -> impl proptest::strategy::Strategy<Value = Value> {
    use proptest::prelude::{Just, Strategy as _, any, prop_oneof};
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        proptest::sample::select(vec!["Stop", "Notification", "PreToolUse", "AskUserQuestion", ID])
            .prop_map(Value::from),
    ];
    let names = vec![
        "session_id",
        "hook_event_name",
        "tool_name",
        "tool_input",
        "command",
        "questions",
        "message",
        "agent_id",
        "x",
    ];
    leaf.prop_recursive(3, 24, 6, move |inner| {
        let names = names.clone();
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((proptest::sample::select(names), inner), 0..6)
                .prop_map(|pairs| pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
        ]
    })
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(128))]
    #[test]
    fn no_payload_makes_the_parser_panic(
        payload in any_json(),
        event in proptest::sample::select(MEANINGS.iter().map(|(name, _)| *name).chain([""]).collect::<Vec<_>>()),
        provider in proptest::sample::select(vec!["claude", "codex", "demo", "gemini"]),
    ) {
        let event = parsed(provider, Some(event), &payload.to_string());
        if let Some(id) = event.conversation {
            proptest::prop_assert!(is_conversation_id(id.as_str()));
        }
    }
}
