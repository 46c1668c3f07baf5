//! What agents' hooks report: payload → [`HookEvent`].
//!
//! Payloads come from outside: missing fields are tolerated, unknown events are kept as [`HookKind::Other`], and nothing
//! here panics. Which event of which program means what is one table, [`MEANINGS`]; facts in `docs/providers.md`.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::config::HookDialect;
use crate::id::{ConversationId, ProviderName};
use crate::provider::row::Provider;
use crate::provider::{is_conversation_id, opencode};
use crate::text::one_line;

/// The longest message or prompt that is kept, in characters (chosen: a notice shows one line, a title less).
pub const TEXT_MAX_CHARS: usize = 400;

/// A report, understood.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct HookEvent {
    /// Whose hook it was.
    pub provider: ProviderName,
    /// What happened.
    pub kind: HookKind,
    /// The conversation that it names. None where it names none, or one that could not be an id.
    pub conversation: Option<ConversationId>,
    /// The directory that it names.
    pub cwd: Option<String>,
    /// Whether it happened in a sub-agent (it then names the *parent's* conversation).
    pub is_subagent: bool,
}

/// What happened. Texts are one line, without controls, at most [`TEXT_MAX_CHARS`] long.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum HookKind {
    /// A conversation was opened.
    SessionStarted {
        /// How.
        source: StartSource,
    },
    /// The user submitted a prompt.
    PromptSubmitted {
        /// The prompt.
        prompt: String,
    },
    /// A tool is about to run.
    ToolStarted,
    /// A tool has run.
    ToolEnded,
    /// The agent asks for leave.
    PermissionRequested {
        /// For which tool, where it says so.
        tool: String,
        /// What the tool would do: a command, a file, or the agent's own words.
        summary: String,
    },
    /// The agent asks the user something.
    QuestionAsked {
        /// The question, where it says so.
        summary: String,
    },
    /// The turn is over.
    TurnEnded {
        /// The agent's last words, where it says so.
        message: String,
    },
    /// The turn ended with an error.
    TurnFailed {
        /// The error, where it says so.
        message: String,
    },
    /// The user stopped the turn.
    Interrupted,
    /// The agent has been waiting for a prompt for a while.
    Idle,
    /// A conversation was closed; the id that it names is never taken (`providers.md`, trap 5).
    SessionEnded {
        /// Why.
        reason: String,
    },
    /// A sub-agent started or ended.
    SubAgent,
    /// Anything else, by its name.
    Other(String),
}

impl HookKind {
    /// What happened, in a few words.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::SessionStarted { source: StartSource::Startup | StartSource::Unknown } => "conversation opened",
            Self::SessionStarted { source: StartSource::Resume } => "conversation resumed",
            Self::SessionStarted { source: StartSource::Clear } => "conversation cleared",
            Self::SessionStarted { source: StartSource::Compact } => "conversation compacted",
            Self::SessionStarted { source: StartSource::Fork } => "conversation forked",
            Self::PromptSubmitted { .. } => "prompt submitted",
            Self::ToolStarted => "tool started",
            Self::ToolEnded => "tool ended",
            Self::PermissionRequested { .. } => "permission requested",
            Self::QuestionAsked { .. } => "question asked",
            Self::TurnEnded { .. } => "turn ended",
            Self::TurnFailed { .. } => "turn failed",
            Self::Interrupted => "interrupted",
            Self::Idle => "idle",
            Self::SessionEnded { .. } => "conversation closed",
            Self::SubAgent => "sub-agent",
            Self::Other(_) => "another event",
        }
    }
}

/// How a conversation was opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum StartSource {
    /// With the agent's process, or by `/new`.
    Startup,
    /// An earlier one was resumed.
    Resume,
    /// By `/clear`.
    Clear,
    /// It was forked from another.
    Fork,
    /// It goes on after a compaction.
    Compact,
    /// It does not say.
    Unknown,
}

impl StartSource {
    fn from_word(word: &str) -> Self {
        match word {
            "startup" | "new" => Self::Startup,
            "resume" => Self::Resume,
            "clear" => Self::Clear,
            "fork" => Self::Fork,
            "compact" => Self::Compact,
            _ => Self::Unknown,
        }
    }
}

impl fmt::Display for StartSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Startup => "startup",
            Self::Resume => "resume",
            Self::Clear => "clear",
            Self::Fork => "fork",
            Self::Compact => "compact",
            Self::Unknown => "unknown",
        })
    }
}

/// What an event's name means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Meaning {
    SessionStarted,
    PromptSubmitted,
    ToolStarted,
    ToolEnded,
    PermissionRequested,
    Notified,
    QuestionAsked,
    TurnEnded,
    TurnFailed,
    Interrupted,
    SessionEnded,
    SubAgent,
}

/// The events of Claude Code (2.1.197), Codex (0.169.0), the demo agent and Gemini CLI (0.61.0, where the user has
/// installed a hook). Their names do not contradict each other, so rows of the user's need not say which they speak.
const MEANINGS: &[(&str, Meaning)] = &[
    ("SessionStart", Meaning::SessionStarted),
    ("UserPromptSubmit", Meaning::PromptSubmitted),
    ("BeforeAgent", Meaning::PromptSubmitted),
    ("PreToolUse", Meaning::ToolStarted),
    ("BeforeTool", Meaning::ToolStarted),
    ("PostToolUse", Meaning::ToolEnded),
    ("PostToolUseFailure", Meaning::ToolEnded),
    ("AfterTool", Meaning::ToolEnded),
    ("PermissionRequest", Meaning::PermissionRequested),
    ("Notification", Meaning::Notified),
    ("Elicitation", Meaning::QuestionAsked),
    ("ElicitationResult", Meaning::ToolEnded),
    ("Stop", Meaning::TurnEnded),
    ("AfterAgent", Meaning::TurnEnded),
    ("StopFailure", Meaning::TurnFailed),
    ("Interrupt", Meaning::Interrupted),
    ("SessionEnd", Meaning::SessionEnded),
    ("SubagentStart", Meaning::SubAgent),
    ("SubagentStop", Meaning::SubAgent),
];

/// Tools by which an agent asks the user something (Claude Code).
const QUESTION_TOOLS: &[&str] = &["AskUserQuestion"];

/// Understands a report. `event` is the name given on the hook's command line, which is ours and so counts more than the
/// payload's `hook_event_name`. A payload that is not a JSON object is an [`HookKind::Other`] event without an id.
pub fn parse(provider: &Provider, event: Option<&str>, payload: &str) -> HookEvent {
    if provider.hooks == HookDialect::OpenCode
        && let Some(event) = opencode::understood(provider, payload)
    {
        return event;
    }
    let value: Value = serde_json::from_str(payload).unwrap_or(Value::Null);
    let fields = Fields(&value);
    let event = event.filter(|name| !name.is_empty()).unwrap_or_else(|| fields.text("hook_event_name"));
    if event.is_empty() {
        return unnamed(provider, &fields);
    }
    // The parent's id with `agent_id` is how Claude Code and Codex mark what a sub-agent does; OpenCode has `parentID`.
    let is_subagent = ["agent_id", "parent_id", "parentID"].iter().any(|name| !fields.text(name).is_empty());
    let kind = kind(event, &fields);
    HookEvent {
        provider: provider.name.clone(),
        is_subagent: is_subagent || kind == HookKind::SubAgent,
        kind,
        conversation: conversation(&fields),
        cwd: Some(fields.text("cwd")).filter(|cwd| cwd.starts_with('/')).map(str::to_owned),
    }
}

/// A report without an event's name: Codex's `notify`. It comes for hidden title threads too and cannot be told apart from
/// them (`providers.md`, trap 2), so its id is not taken.
fn unnamed(provider: &Provider, fields: &Fields<'_>) -> HookEvent {
    let name = match (provider.hooks, fields.text("type")) {
        (HookDialect::Codex, name) if !name.is_empty() => name,
        _ => "unnamed",
    };
    HookEvent {
        provider: provider.name.clone(),
        kind: HookKind::Other(one_line(name, 80)),
        conversation: None,
        cwd: None,
        is_subagent: false,
    }
}

fn conversation(fields: &Fields<'_>) -> Option<ConversationId> {
    let names = ["session_id", "sessionId", "sessionID", "conversation_id"];
    let id = names.iter().map(|name| fields.text(name)).find(|id| !id.is_empty())?;
    is_conversation_id(id).then(|| ConversationId::new(id))
}

fn kind(event: &str, fields: &Fields<'_>) -> HookKind {
    let Some((_, meaning)) = MEANINGS.iter().find(|(name, _)| *name == event) else {
        return HookKind::Other(one_line(event, 80));
    };
    let tool = || fields.line("tool_name");
    match meaning {
        Meaning::SessionStarted => HookKind::SessionStarted { source: StartSource::from_word(fields.text("source")) },
        Meaning::PromptSubmitted => HookKind::PromptSubmitted { prompt: fields.line("prompt") },
        Meaning::ToolStarted if QUESTION_TOOLS.contains(&fields.text("tool_name")) => {
            HookKind::QuestionAsked { summary: question(fields) }
        }
        Meaning::ToolStarted => HookKind::ToolStarted,
        // Claude Code has no event for an interrupt, but says so of the tool that was cut off.
        Meaning::ToolEnded if fields.0.get("is_interrupt") == Some(&Value::Bool(true)) => HookKind::Interrupted,
        Meaning::ToolEnded => HookKind::ToolEnded,
        Meaning::PermissionRequested if QUESTION_TOOLS.contains(&fields.text("tool_name")) => {
            HookKind::QuestionAsked { summary: question(fields) }
        }
        Meaning::PermissionRequested => HookKind::PermissionRequested { tool: tool(), summary: tool_summary(fields) },
        Meaning::Notified => notified(fields),
        Meaning::QuestionAsked => HookKind::QuestionAsked { summary: fields.line("message") },
        Meaning::TurnEnded => HookKind::TurnEnded {
            message: fields.first_line(&["last_assistant_message", "last-assistant-message", "prompt_response"]),
        },
        Meaning::TurnFailed => HookKind::TurnFailed {
            message: fields.first_line(&["error", "message", "error_details", "last_assistant_message"]),
        },
        Meaning::Interrupted => HookKind::Interrupted,
        Meaning::SessionEnded => HookKind::SessionEnded { reason: fields.line("reason") },
        Meaning::SubAgent => HookKind::SubAgent,
    }
}

/// A notification's own type says what it is about; where there is none, its text is all there is.
fn notified(fields: &Fields<'_>) -> HookKind {
    let summary = || fields.first_line(&["message", "title", "details"]);
    match fields.text("notification_type") {
        "permission_prompt" | "ToolPermission" => {
            HookKind::PermissionRequested { tool: fields.line("tool_name"), summary: summary() }
        }
        "elicitation_dialog" | "agent_needs_input" => HookKind::QuestionAsked { summary: summary() },
        "idle_prompt" => HookKind::Idle,
        "" if fields.text("message").contains("permission") => {
            HookKind::PermissionRequested { tool: String::new(), summary: summary() }
        }
        "" => HookKind::Other("Notification".to_owned()),
        other => HookKind::Other(one_line(&format!("Notification {other}"), 80)),
    }
}

/// What a tool would do, in the fewest words: its command, its file, its address, or the reason it gives.
fn tool_summary(fields: &Fields<'_>) -> String {
    let input = Fields(fields.0.get("tool_input").unwrap_or(&Value::Null));
    if let Some(Value::Array(words)) = input.0.get("command") {
        let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
        return one_line(&words.join(" "), TEXT_MAX_CHARS);
    }
    let inner = input.first_line(&["command", "file_path", "path", "url", "query", "pattern", "description", "plan"]);
    if inner.is_empty() { fields.first_line(&["message", "description"]) } else { inner }
}

/// The first question of a question tool's input.
fn question(fields: &Fields<'_>) -> String {
    let questions = fields.0.pointer("/tool_input/questions/0/question").and_then(Value::as_str);
    questions.map(|text| one_line(text, TEXT_MAX_CHARS)).unwrap_or_else(|| tool_summary(fields))
}

/// Reads fields of a payload of any shape.
struct Fields<'a>(&'a Value);

impl<'a> Fields<'a> {
    /// The text of a field; empty where it is missing or no text.
    fn text(&self, name: &str) -> &'a str {
        self.0.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    fn line(&self, name: &str) -> String {
        one_line(self.text(name), TEXT_MAX_CHARS)
    }

    /// The first of the fields that holds a text.
    fn first_line(&self, names: &[&str]) -> String {
        names.iter().map(|name| self.line(name)).find(|line| !line.is_empty()).unwrap_or_default()
    }
}

#[cfg(test)]
#[path = "hook_tests.rs"]
mod tests;
