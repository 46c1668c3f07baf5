//! The events of OpenCode's stream → [`HookEvent`]s. Pure: one [`Events`] a stream remembers what later events refer to.
//!
//! Seen on 1.18.33: an event is `{"id", "type", "properties"}`. The session of a user's message is the one that the pane
//! shows; choosing another in the session list, and `/new`, are silent until the next message. The same `message.updated` of
//! a user's message comes again in the middle of the turn and *after* it, but its parts come once: so a message counts when
//! its first part is heard. Sub-agents have sessions of their own that name their parent.

use std::collections::{BTreeMap, VecDeque};

use serde_json::Value;

use crate::id::{ConversationId, ProviderName};
use crate::provider::hook::{HookEvent, HookKind, StartSource, TEXT_MAX_CHARS};
use crate::provider::is_conversation_id;
use crate::text::one_line;

/// The events that are understood; all others are dropped unread.
const TYPES: &[&str] = &[
    "server.heartbeat",
    "catalog.updated",
    "session.created",
    "session.updated",
    "session.status",
    "session.idle",
    "session.error",
    "message.updated",
    "message.part.updated",
    "permission.asked",
    "permission.replied",
    "question.asked",
    "question.replied",
    "question.rejected",
];

/// How many bytes of an event tell its type: `{"id":"evt_…","type":"…"` takes 80.
pub const HEAD_BYTES: usize = 256;

/// Most sub-agents, messages and open questions that are remembered of each kind; the oldest is forgotten (chosen).
const REMEMBERED: usize = 256;

/// Whether an event that begins like this may be understood. An event whose type does not stand in front is looked into.
pub fn is_wanted(head: &[u8]) -> bool {
    let head = head.get(..HEAD_BYTES).unwrap_or(head);
    let head = String::from_utf8_lossy(head);
    let Some((before, rest)) = head.split_once("\"type\":\"") else { return true };
    // Behind an opened object it is the type of something inside.
    before.matches('{').count() > 1
        || TYPES.iter().any(|name| rest.strip_prefix(name).is_some_and(|rest| rest.starts_with('"')))
}

/// What was heard on a stream so far, as far as later events need it.
#[derive(Clone, Debug)]
pub struct Events {
    provider: ProviderName,
    /// The session that the pane shows, as far as is known.
    current: Option<ConversationId>,
    /// Whether it was said that it takes keys.
    is_up: bool,
    /// Whether a turn of the current session is under way.
    is_at_work: bool,
    /// Sessions of sub-agents.
    children: VecDeque<String>,
    /// Sessions that were created on this stream and in which nothing was said yet, with their creation (Unix ms).
    unspoken: BTreeMap<String, i64>,
    /// The user's messages that were announced and whose parts are still to come, then those that were heard.
    announced: VecDeque<String>,
    heard: VecDeque<String>,
    /// What worked while it was not known what is shown.
    at_work_unknown: Option<String>,
    /// Questions and requests for leave that wait for the user, with their sessions.
    asked: VecDeque<(String, String)>,
    /// The agent's last words in the turn, one line.
    last_words: String,
}

impl Events {
    /// A stream of which nothing was heard yet; `current` is what the session is believed to be on.
    pub fn new(provider: ProviderName, current: Option<ConversationId>) -> Self {
        Self {
            provider,
            current,
            is_up: false,
            is_at_work: false,
            children: VecDeque::new(),
            unspoken: BTreeMap::new(),
            announced: VecDeque::new(),
            heard: VecDeque::new(),
            at_work_unknown: None,
            asked: VecDeque::new(),
            last_words: String::new(),
        }
    }

    /// Takes an event's JSON; what it says, if it says something. What is no event says nothing.
    pub fn take(&mut self, json: &str) -> Option<HookEvent> {
        // The parts of what the agent does come by the hundred; of these only texts are of interest.
        if self.announced.is_empty() && json.contains("\"message.part.updated\"") && !json.contains("\"type\":\"text\"")
        {
            return None;
        }
        let event: Value = serde_json::from_str(json).ok()?;
        let properties = event.get("properties")?;
        let session = text(properties, "/sessionID");
        match text(&event, "/type") {
            "catalog.updated" | "server.heartbeat" => self.up(),
            "session.created" => {
                self.created(session, properties);
                None
            }
            "session.updated" => self.updated(session, properties),
            "session.status" => self.status(session, text(properties, "/status/type")),
            "session.idle" => self.status(session, "idle"),
            "session.error" => self.error(session, properties),
            "message.updated" => self.message(session, properties),
            "message.part.updated" => self.part(session, properties.get("part")?),
            "permission.asked" | "question.asked" => Some(self.ask(session, properties)),
            "permission.replied" | "question.replied" | "question.rejected" => self.answered(session, properties),
            _ => None,
        }
    }

    /// The server answers a second before the screen takes keys: what is typed before the models are known is lost. That
    /// they are is said within 0.4 s of the first screen; a heartbeat comes ten seconds after the start of the stream.
    fn up(&mut self) -> Option<HookEvent> {
        let was_up = std::mem::replace(&mut self.is_up, true);
        (!was_up).then(|| self.say("", HookKind::SessionStarted { source: StartSource::Unknown }))
    }

    fn created(&mut self, session: &str, properties: &Value) {
        if text(properties, "/info/parentID").is_empty() {
            if self.unspoken.len() >= REMEMBERED {
                self.unspoken.clear();
            }
            self.unspoken.insert(session.to_owned(), number(properties, "/info/time/created"));
        } else {
            remember(&mut self.children, session.to_owned());
        }
    }

    /// A first prompt that was given with the launch may be said before anybody listens. What works in a pane that shows
    /// nothing yet, and is no sub-agent's, is what it shows. (Sessions change by being renamed in the list, too.)
    fn updated(&mut self, session: &str, properties: &Value) -> Option<HookEvent> {
        let is_root = properties.get("info").is_some() && text(properties, "/info/parentID").is_empty();
        if self.current.is_some() || !is_root || self.at_work_unknown.as_deref() != Some(session) {
            return None;
        }
        self.current = conversation(session);
        Some(self.say(session, HookKind::SessionStarted { source: StartSource::Resume }))
    }

    /// A turn begins, goes on, waits for another try (`retry`), or is over. Only the session that is shown counts: one that
    /// works on behind it says nothing about what the user looks at.
    fn status(&mut self, session: &str, status: &str) -> Option<HookEvent> {
        if self.current.is_none() && status == "busy" && !self.is_child(session) {
            self.at_work_unknown = Some(session.to_owned());
        }
        if !self.is_current(session) {
            self.asked.retain(|(_, asker)| status != "idle" || asker != session);
            return None;
        }
        match status {
            "busy" | "retry" if self.asked.is_empty() => {
                self.is_at_work = true;
                Some(self.say(session, HookKind::ToolStarted))
            }
            "idle" if std::mem::take(&mut self.is_at_work) => {
                self.asked.clear();
                let message = std::mem::take(&mut self.last_words);
                Some(self.say(session, HookKind::TurnEnded { message }))
            }
            _ => None,
        }
    }

    /// An error ends the turn; the `idle` that follows says nothing more.
    fn error(&mut self, session: &str, properties: &Value) -> Option<HookEvent> {
        if !session.is_empty() && !self.is_current(session) {
            return None;
        }
        self.is_at_work = false;
        self.asked.clear();
        let kind = match text(properties, "/error/name") {
            "MessageAbortedError" => HookKind::Interrupted,
            name => {
                let said = text(properties, "/error/data/message");
                HookKind::TurnFailed { message: line(if said.is_empty() { name } else { said }) }
            }
        };
        Some(self.say(session, kind))
    }

    /// A user's message is announced, or said again. One that is older than its session was copied into it by a fork: its
    /// session is shown, but nothing was submitted.
    fn message(&mut self, session: &str, properties: &Value) -> Option<HookEvent> {
        let id = text(properties, "/info/id");
        let is_new = |ids: &VecDeque<String>| ids.iter().all(|known| known != id);
        if text(properties, "/info/role") != "user" || self.is_child(session) || !is_new(&self.heard) {
            return None;
        }
        let created = number(properties, "/info/time/created");
        if self.unspoken.get(session).is_some_and(|born| created < *born) {
            remember(&mut self.heard, id.to_owned());
            let is_news = !self.is_current(session);
            self.current = conversation(session);
            return is_news.then(|| self.say(session, HookKind::SessionStarted { source: StartSource::Resume }));
        }
        if is_new(&self.announced) {
            remember(&mut self.announced, id.to_owned());
        }
        None
    }

    fn part(&mut self, session: &str, part: &Value) -> Option<HookEvent> {
        let (message, kind) = (text(part, "/messageID"), text(part, "/type"));
        let said = if kind == "text" { text(part, "/text") } else { "" };
        if !self.announced.iter().any(|known| known == message) {
            if !said.is_empty() && self.is_current(session) {
                self.last_words = line(said);
            }
            return None;
        }
        // What OpenCode says in the user's name: to go on after a compaction, and what `!` ran. It may come in a session
        // behind the one that is shown; only in one that it opens is it the user's doing.
        let is_synthetic = part.get("synthetic") == Some(&Value::Bool(true)) || kind == "compaction";
        if is_synthetic && !self.unspoken.contains_key(session) {
            return None;
        }
        self.announced.retain(|known| known != message);
        remember(&mut self.heard, message.to_owned());
        self.unspoken.remove(session);
        self.current = conversation(session);
        self.is_at_work = true;
        self.last_words.clear();
        let prompt = if is_synthetic { String::new() } else { line(said) };
        Some(self.say(session, HookKind::PromptSubmitted { prompt }))
    }

    fn ask(&mut self, session: &str, properties: &Value) -> HookEvent {
        remember(&mut self.asked, (text(properties, "/id").to_owned(), session.to_owned()));
        let question = text(properties, "/questions/0/question");
        if !question.is_empty() || properties.get("questions").is_some() {
            return self.say(session, HookKind::QuestionAsked { summary: line(question) });
        }
        let command = text(properties, "/metadata/command");
        let patterns = properties.get("patterns").and_then(Value::as_array).into_iter().flatten();
        let patterns: Vec<&str> = patterns.filter_map(Value::as_str).collect();
        let summary = if command.is_empty() { line(&patterns.join(" ")) } else { line(command) };
        self.say(session, HookKind::PermissionRequested { tool: line(text(properties, "/permission")), summary })
    }

    /// An answer was given; while another is waited for, nothing changes.
    fn answered(&mut self, session: &str, properties: &Value) -> Option<HookEvent> {
        let id = text(properties, "/requestID");
        self.asked.retain(|(asked, _)| asked != id);
        self.asked.is_empty().then(|| self.say(session, HookKind::ToolEnded))
    }

    fn is_current(&self, session: &str) -> bool {
        self.current.as_ref().is_some_and(|current| current.as_str() == session)
    }

    fn is_child(&self, session: &str) -> bool {
        self.children.iter().any(|child| child == session)
    }

    fn say(&self, session: &str, kind: HookKind) -> HookEvent {
        HookEvent {
            provider: self.provider.clone(),
            kind,
            conversation: conversation(session),
            cwd: None,
            is_subagent: self.is_child(session),
        }
    }
}

fn conversation(session: &str) -> Option<ConversationId> {
    is_conversation_id(session).then(|| ConversationId::new(session))
}

fn remember<T>(list: &mut VecDeque<T>, entry: T) {
    if list.len() >= REMEMBERED {
        list.pop_front();
    }
    list.push_back(entry);
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn number(value: &Value, pointer: &str) -> i64 {
    value.pointer(pointer).and_then(Value::as_i64).unwrap_or_default()
}

fn line(text: &str) -> String {
    one_line(text, TEXT_MAX_CHARS)
}

#[cfg(test)]
#[path = "events_tests.rs"]
mod tests;
