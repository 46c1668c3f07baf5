//! Claude Code: hooks for one launch by `--settings`, and its hook payloads' peculiarities (2.1.197).

use serde_json::{Map, Value, json};

use crate::provider::launch::{Launch, LaunchRequest, find_value};
use crate::provider::shell_quote;

/// The events that every version since hooks exist in this form knows.
const EVENTS: &[&str] = &[
    "SessionStart",
    "UserPromptSubmit",
    "PreToolUse",
    "PostToolUse",
    "PermissionRequest",
    "Notification",
    "Stop",
    "SubagentStop",
    "SessionEnd",
];

/// Events seen in this version; an older one might refuse settings that name them, so they wait for a known version.
const NEWER_EVENTS: &[&str] = &["StopFailure", "PostToolUseFailure"];
const NEWER_SINCE: [u64; 3] = [2, 1, 197];

/// Seconds that Claude Code waits for a hook; `homing hook` gives up long before (DESIGN §9: 200 ms).
const TIMEOUT_S: u64 = 5;

/// Adds homing's hooks. Claude Code takes one `--settings` only (the last): the user's own is merged with ours where it is
/// given as JSON; where it is a file, ours are left out, because reading it is not ours to do and the user's choice counts
/// more. Then the pid registry and the assigned id are the witnesses.
pub(super) fn inject(request: &LaunchRequest<'_>, args: &mut Vec<String>, launch: &mut Launch) {
    if !request.hooks.inject {
        return;
    }
    let ours = hooks(request);
    if find_value(request.provider, request.provider.command.get(1..).unwrap_or_default(), "--settings").is_some() {
        launch.notes.push("hooks were left out: the provider's command has a --settings of its own".to_owned());
        return;
    }
    let Some(theirs) = find_value(request.provider, args, "--settings") else {
        launch.argv.extend(["--settings".to_owned(), json!({ "hooks": ours }).to_string()]);
        launch.has_hooks = true;
        return;
    };
    let Some(merged) = merge(&theirs.value, ours) else {
        launch.notes.push("hooks were left out: --settings names a file, and only one --settings counts".to_owned());
        return;
    };
    args.drain(theirs.at..theirs.at + theirs.n_words);
    launch.argv.extend(["--settings".to_owned(), merged]);
    launch.has_hooks = true;
}

/// `{EVENT: [{hooks: [{type, command, timeout}]}]}`; without a matcher an entry counts for all tools.
fn hooks(request: &LaunchRequest<'_>) -> Map<String, Value> {
    let newer = if request.facts.is_at_least(NEWER_SINCE) { NEWER_EVENTS } else { &[] };
    let entry = |event: &str| {
        // The row's own name, not its dialect's: a row that is `like` claude reports as itself.
        let command = format!("{} hook {} {event}", shell_quote(&request.hooks.homing), request.provider.name);
        json!([{ "hooks": [{ "type": "command", "command": command, "timeout": TIMEOUT_S }] }])
    };
    EVENTS.iter().chain(newer).map(|event| ((*event).to_owned(), entry(event))).collect()
}

/// The user's settings with ours appended to each event's list; `None` where they are not a JSON object of that shape.
fn merge(theirs: &str, ours: Map<String, Value>) -> Option<String> {
    let mut settings: Map<String, Value> = serde_json::from_str(theirs).ok()?;
    let hooks = settings.entry("hooks").or_insert_with(|| json!({})).as_object_mut()?;
    for (event, entries) in ours {
        let list = hooks.entry(event).or_insert_with(|| json!([])).as_array_mut()?;
        list.extend(entries.as_array().cloned().unwrap_or_default());
    }
    Some(Value::Object(settings).to_string())
}
