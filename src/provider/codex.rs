//! Codex: hooks for one launch by `-c`, already trusted, and no shared daemon (0.169.0).

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::provider::launch::{Launch, LaunchRequest, find_value};
use crate::provider::shell_quote;

/// The events that Codex 0.169.0 knows, with their labels in `hooks.state` and the seconds that it waits for them.
const EVENTS: &[(&str, &str, u64)] = &[
    ("SessionStart", "session_start", 5),
    ("UserPromptSubmit", "user_prompt_submit", 5),
    ("PreToolUse", "pre_tool_use", 5),
    ("PermissionRequest", "permission_request", 5),
    ("PostToolUse", "post_tool_use", 5),
    ("Stop", "stop", 5),
    ("SessionEnd", "session_end", 1),
    ("SubagentStart", "subagent_start", 5),
    ("SubagentStop", "subagent_stop", 5),
    ("PreCompact", "pre_compact", 5),
    ("PostCompact", "post_compact", 5),
    ("Interrupt", "interrupt", 1),
];

/// The layer in which Codex keeps what `-c` says.
const LAYER: &str = "/<session-flags>/config.toml";

/// Adds `--no-daemon` (a shared daemon would run the agent outside of its pane) and homing's hooks. With `--remote` both
/// are left out: the agent runs elsewhere. With hooks of the user's own in `-c` ours are left out: one list per event
/// counts, and the trust of both cannot be given without knowing theirs.
pub(super) fn inject(request: &LaunchRequest<'_>, args: &[String], launch: &mut Launch) {
    let fixed = request.provider.command.get(1..).unwrap_or_default();
    let given: Vec<String> = fixed.iter().chain(args).cloned().collect();
    if find_value(request.provider, &given, "--remote").is_some() {
        launch.notes.push("hooks were left out: --remote runs the agent elsewhere".to_owned());
        return;
    }
    if request.facts.has_no_daemon && !given.iter().any(|word| word == "--no-daemon") {
        launch.argv.push("--no-daemon".to_owned());
    }
    if !request.hooks.inject {
        return;
    }
    if sets_hooks(&given) {
        launch.notes.push("hooks were left out: the arguments set hooks of their own".to_owned());
        return;
    }
    launch.argv.extend(hook_args(request));
    launch.has_hooks = true;
}

/// Whether a `-c hooks…` is among the arguments, in any of its forms.
fn sets_hooks(args: &[String]) -> bool {
    let glued = |word: &str| {
        let value = word.strip_prefix("--config=").or_else(|| word.strip_prefix("-c"));
        value.is_some_and(|value| value.trim_start_matches('=').starts_with("hooks"))
    };
    args.iter().any(|word| glued(word))
        || args.windows(2).any(
            |pair| matches!(pair, [flag, value] if (flag == "-c" || flag == "--config") && value.starts_with("hooks")),
        )
}

/// The `-c` arguments that install `homing hook NAME EVENT` for each event, with the hash that makes Codex trust it.
///
/// Codex trusts a hook whose state holds the SHA-256 of the compact, key-sorted JSON of its definition; hooks given by `-c`
/// live in the layer `/<session-flags>/config.toml`. The token stands in the command, because a hook that a daemon of
/// another pane runs would inherit that pane's environment.
fn hook_args(request: &LaunchRequest<'_>) -> Vec<String> {
    let (token, homing) = (&request.hooks.token, shell_quote(&request.hooks.homing));
    let mut args = Vec::new();
    let mut states = Vec::new();
    for (event, label, timeout_s) in EVENTS {
        let command = format!("HOMING_TOKEN={token} {homing} hook {} {event}", request.provider.name);
        args.push("-c".to_owned());
        args.push(format!(
            "hooks.{event}=[{{hooks=[{{type=\"command\",command={},timeout={timeout_s}}}]}}]",
            toml_string(&command)
        ));
        // serde_json's maps are sorted by key (its `preserve_order` feature is off), as the hash needs them.
        let definition = json!({
            "event_name": label,
            "hooks": [{ "async": false, "command": command, "timeout": timeout_s, "type": "command" }],
        });
        let hash = Sha256::digest(definition.to_string().as_bytes());
        let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        states.push(format!(
            "{}={{trusted_hash={}}}",
            toml_string(&format!("{LAYER}:{label}:0:0")),
            toml_string(&format!("sha256:{hex}"))
        ));
    }
    args.push("-c".to_owned());
    args.push(format!("hooks.state={{{}}}", states.join(",")));
    args
}

/// A basic string of TOML; its escapes are those of JSON, but for DEL, which TOML wants escaped.
fn toml_string(text: &str) -> String {
    Value::from(text).to_string().replace('\u{7f}', "\\u007F")
}
