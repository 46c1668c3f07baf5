//! The table of tools: name, what it needs the right for, what it takes, what it does.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::config::McpRight;
use crate::mcp::calls::{self, CallError, Caller};

/// One tool.
pub(super) struct ToolRow {
    /// Its name.
    pub(super) name: &'static str,
    /// What it does, for the program's model.
    pub(super) help: &'static str,
    /// The rights that a call with these arguments needs.
    pub(super) rights: fn(&Map<String, Value>) -> Vec<McpRight>,
    /// The JSON schema of its arguments.
    pub(super) schema: fn() -> Map<String, Value>,
    /// The call with these arguments, if they are what it takes.
    pub(super) prepare: fn(Map<String, Value>) -> Result<Call, CallError>,
}

/// A call that only lacks where it goes; its answer is a JSON object.
pub(super) type Call = Box<dyn FnOnce(&Caller) -> Result<Value, CallError>>;

/// The row of a tool whose arguments have a type of their own.
macro_rules! row {
    ($name:literal, $help:literal, $rights:expr, $args:ty, $call:path, [$($required:literal),*], $properties:tt) => {
        ToolRow {
            name: $name,
            help: $help,
            rights: $rights,
            schema: || object(json!($properties), &[$($required),*]),
            prepare: |arguments| {
                let args: $args = parse(arguments)?;
                Ok(Box::new(move |caller| $call(caller, args)))
            },
        }
    };
}

/// All tools, those that change nothing first.
pub(super) const TOOLS: &[ToolRow] = &[
    row!(
        "list_sessions",
        "Lists the sessions: id, name, provider, status (starting, ready, busy, blocked, error, terminated), directory, \
         conversation, pane.",
        |_| vec![McpRight::List],
        calls::ListSessions,
        calls::list_sessions,
        [],
        { "all": { "type": "boolean", "description": "ended ones too" } }
    ),
    row!(
        "list_conversations",
        "Lists the conversations that agents have on disk, newest first.",
        |_| vec![McpRight::List],
        calls::ListConversations,
        calls::list_conversations,
        [],
        {
            "provider": { "type": "string", "description": "only of this provider (claude, codex, ...)" },
            "cwd": { "type": "string", "description": "only of this directory, absolute" },
            "limit": { "type": "integer", "minimum": 1, "description": "at most so many, 50 if left out" }
        }
    ),
    row!(
        "read_screen",
        "Reads what a session's screen shows, with lines of history above it if wanted.",
        |_| vec![McpRight::Read],
        calls::ReadScreen,
        calls::read_screen,
        ["session"],
        {
            "session": { "type": "string", "description": "id, unique beginning of it, name, or pane number" },
            "history": { "type": "integer", "minimum": 0, "description": "lines above the screen, at most 2000" }
        }
    ),
    row!(
        "explain",
        "Says why a session is on its conversation: what was seen, when, and what counted.",
        |_| vec![McpRight::Read],
        calls::Explain,
        calls::explain,
        ["session"],
        { "session": { "type": "string", "description": "id, unique beginning of it, name, or pane number" } }
    ),
    row!(
        "wait_for",
        "Waits until a session is ready, busy, blocked or exited, or its screen matches text=REGEX.",
        |_| vec![McpRight::Read],
        calls::WaitForState,
        calls::wait_for,
        ["session", "until"],
        {
            "session": { "type": "string", "description": "id, unique beginning of it, name, or pane number" },
            "until": { "type": "string", "description": "ready, busy, blocked, exited or text=REGEX" },
            "timeout_s": { "type": "number", "minimum": 0, "maximum": 600, "description": "50 if left out" }
        }
    ),
    row!(
        "open_session",
        "Opens an agent or a shell in a new pane and returns its session; a first prompt \
         needs the right to send too.",
        |arguments| match arguments.get("prompt") {
            None | Some(Value::Null) => vec![McpRight::Open],
            Some(_) => vec![McpRight::Open, McpRight::Send],
        },
        calls::OpenSession,
        calls::open_session,
        ["provider"],
        {
            "provider": { "type": "string", "description": "claude, codex, opencode, gemini, shell, ..." },
            "name": { "type": "string", "description": "the session's name" },
            "cwd": { "type": "string", "description": "its directory, absolute; that of this server if left out" },
            "prompt": { "type": "string", "description": "the first prompt" },
            "model": { "type": "string", "description": "the model" },
            "task": { "type": "string", "description": "a task id to link it to" }
        }
    ),
    row!(
        "send_prompt",
        "Types a text into a session as one paste and submits it.",
        |_| vec![McpRight::Send],
        calls::SendPrompt,
        calls::send_prompt,
        ["session", "text"],
        {
            "session": { "type": "string", "description": "id, unique beginning of it, name, or pane number" },
            "text": { "type": "string", "description": "the prompt" },
            "submit": { "type": "boolean", "description": "false leaves it unsent in the input line" }
        }
    ),
    row!(
        "close_session",
        "Ends a session and closes its pane; its conversation stays and can be opened again.",
        |_| vec![McpRight::Close],
        calls::CloseSession,
        calls::close_session,
        ["session"],
        { "session": { "type": "string", "description": "id, unique beginning of it, name, or pane number" } }
    ),
];

fn object(properties: Value, required: &[&str]) -> Map<String, Value> {
    let schema =
        json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false });
    match schema {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn parse<T: DeserializeOwned>(arguments: Map<String, Value>) -> Result<T, CallError> {
    serde_json::from_value(Value::Object(arguments)).map_err(CallError::Arguments)
}
