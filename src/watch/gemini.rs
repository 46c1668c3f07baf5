//! The chat files of the Gemini CLI. Facts seen on 0.61.0.
//!
//! - `.gemini/projects.json` maps each project's directory to a short name; `.gemini/tmp/<name>/chats/` holds its chats:
//!   `session-<UTC minute>-<first 8 of the id>.jsonl`, one record a line. The first has `sessionId` and `projectHash`; then come messages,
//!   `$set` (which may replace all messages) and `$rewindTo`.
//! - The file is written at the start and not held open. `/clear` begins a new one, a resume from inside goes on in an old one.
//! - A resume in a later minute makes a second file of the same id in which nothing is ever said.
//! - Only a chat in which something was said can be resumed, and only from the directory in which it began.

use std::collections::BTreeSet;
use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::core::conversation::Conversation;
use crate::core::probe::{Found, Probe};
use crate::core::turn_end::TurnEnd;
use crate::id::{ConversationId, ProviderName};
use crate::text::one_line;
use crate::time::Wall;
use crate::watch::chats::{self, ChatFile, Heard};
use crate::watch::{Answer, directory_of, is_file_name_safe, jsonl};

/// How chat files are called.
pub const FILE_PREFIX: &str = "session-";

/// A longer chat file is not read as a whole. Chosen.
pub const CHAT_BYTES_MAX: u64 = 64 << 20;

/// How much of a chat's beginning and end is read for a list. Chosen: the first message follows a list of the project's files.
const HEAD_BYTES: u64 = 128 << 10;
const TAIL_BYTES: u64 = 32 << 10;

/// Longest text of a conversation that is listed, in characters.
const LINE_CHARS: usize = 200;

/// Gemini's directory for a session with this environment: `.gemini` in `GEMINI_CLI_HOME`, else in the user's home.
pub fn config_dir(env: &[(String, String)]) -> PathBuf {
    directory_of(env, "GEMINI_CLI_HOME", "").join(".gemini")
}

/// The directory of a project's chats and the name under which Gemini knows the project; `None` where it does not know it yet.
pub fn project(config_dir: &Path, cwd: &str) -> Option<Project> {
    let registry = registry(config_dir);
    let resolved = fs::canonicalize(cwd).ok().and_then(|path| path.into_os_string().into_string().ok());
    let roots = [resolved, Some(cwd.trim_end_matches('/').to_owned())];
    roots.into_iter().flatten().find_map(|root| {
        let (_, slug) = registry.iter().find(|(known, _)| *known == root)?;
        Some(Project { chats: config_dir.join("tmp").join(slug).join("chats"), root })
    })
}

/// A project of Gemini's.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Project {
    /// Where its chats are.
    pub chats: PathBuf,
    /// Its directory, as Gemini writes it.
    pub root: String,
}

/// All projects: directory and short name.
fn registry(config_dir: &Path) -> Vec<(String, String)> {
    let text = jsonl::head(&config_dir.join("projects.json"), 16 << 20).unwrap_or_default();
    let registry: Value = serde_json::from_str(&text).unwrap_or_default();
    let projects = registry.get("projects").and_then(Value::as_object).into_iter().flatten();
    let named = projects.filter_map(|(root, slug)| Some((root.clone(), slug.as_str()?.to_owned())));
    named.filter(|(_, slug)| is_slug(slug)).collect()
}

/// Whether the text can be a directory's name and leads nowhere else.
fn is_slug(slug: &str) -> bool {
    !slug.is_empty() && !slug.starts_with('.') && !slug.contains(['/', '\0'])
}

/// The first eight characters of an id, which end the names of its files.
pub fn short_of(id: &ConversationId) -> Option<&str> {
    id.as_str().get(..8).filter(|_| is_file_name_safe(id.as_str()))
}

/// The short id at the end of a chat file's name.
pub fn short_in(name: &str) -> Option<&str> {
    let short = name.strip_prefix(FILE_PREFIX)?.strip_suffix(".jsonl")?.rsplit('-').next()?;
    (short.len() == 8).then_some(short)
}

/// Which conversation the session is on, by what its user said.
pub fn finding(probe: &Probe) -> Found {
    let Some(project) = project(&config_dir(&probe.env), &probe.cwd) else {
        return Found::Silent("Gemini does not know the directory yet".to_owned());
    };
    let files = chats::files_in(&project.chats, |name| short_in(name).is_some());
    match probe.reset_at {
        Some(since) => begun(&files, since),
        None => match (chats::finding(probe, &files, heard), probe.touched_at) {
            (Found::Silent(reason), Some(since)) => taken_up(&files, since).unwrap_or(Found::Silent(reason)),
            (found, _) => found,
        },
    }
}

/// The conversations to which a Gemini has gone back since then: at a pick from `/resume` it writes all that was said anew
/// behind a record that has nothing but the id. A start on a conversation does that too, behind a first record of its own
/// where it goes on in the same file.
fn taken_up(files: &[ChatFile], since: Wall) -> Option<Found> {
    let written_since = files.iter().filter(|file| file.written_at >= since);
    let tails = written_since.filter_map(|file| jsonl::tail(&file.path, chats::TAIL_BYTES).ok());
    let ids: BTreeSet<ConversationId> = tails.filter_map(|tail| taken_up_in(&tail, since)).collect();
    (!ids.is_empty()).then(|| Found::TakenUp(ids.into_iter().collect()))
}

fn taken_up_in(tail: &str, since: Wall) -> Option<ConversationId> {
    let mut records = jsonl::values(tail).rev();
    let is_anew = |record: &Value| {
        let fields = record.get("$set");
        let at = fields.and_then(|fields| jsonl::time_of(fields, "lastUpdated"));
        fields.is_some_and(|fields| fields.get("messages").is_some()) && at >= Some(since)
    };
    // What comes behind (a summary of another Gemini's) says nothing; a message does.
    records.by_ref().take_while(|record| Message::of(record).is_none()).find(is_anew)?;
    let id = ConversationId::new(jsonl::text_of(records.next()?.get("$set")?, "sessionId")?);
    let before = records.find(|record| Message::of(record).is_some() || header_id(record).is_some());
    let is_start = before.is_some_and(|record| header_id(&record).is_some());
    (!is_start).then_some(id)
}

/// The conversation that began since the user asked for a new one: Gemini writes its file at once.
fn begun(files: &[ChatFile], since: Wall) -> Found {
    let written_since = files.iter().filter(|file| file.written_at >= since);
    let chats = written_since.map(|file| Chat::of(&jsonl::head(&file.path, HEAD_BYTES).unwrap_or_default()));
    let begun = chats.filter(|chat| !chat.is_subagent && chat.started_at >= Some(since));
    let ids: BTreeSet<ConversationId> = begun.filter_map(|chat| chat.id).collect();
    let nothing = "no chat file of the directory has begun since the user asked for a new conversation";
    chats::found(ids, false).unwrap_or_else(|| Found::Silent(nothing.to_owned()))
}

/// What the user said in the file, by the records of its end; its conversation is the one that its first records name.
fn heard(path: &Path, tail: &str) -> Vec<Heard> {
    let header = jsonl::head(path, HEAD_BYTES).unwrap_or_default();
    let Some(conversation) = jsonl::values(&header).find_map(|record| header_id(&record)) else { return Vec::new() };
    let messages = jsonl::values(tail).filter_map(|record| Message::of(&record));
    let said = messages.filter(|message| message.is_users && message.is_said);
    let heard = said
        .filter_map(|message| Some(Heard { conversation: conversation.clone(), at: message.at?, text: message.text }));
    heard.collect()
}

/// How the turn ended that began then, by the last record of the conversation's files; `None` while nothing of its end stands
/// there. A failed one ends with a record of the type `error`, one that was stopped with an `info` (0.61.0).
pub fn turn_end(config_dir: &Path, cwd: &str, id: &ConversationId, since: Wall) -> Option<TurnEnd> {
    let (project, short) = (project(config_dir, cwd)?, short_of(id)?);
    let files = chats::files_in(&project.chats, |name| short_in(name) == Some(short));
    let tails = files.iter().filter_map(|file| jsonl::tail(&file.path, TAIL_BYTES).ok());
    let ends = tails.filter_map(|tail| end_of(&tail, since));
    ends.max_by_key(|(at, _)| *at).map(|(_, end)| end)
}

fn end_of(tail: &str, since: Wall) -> Option<(Wall, TurnEnd)> {
    jsonl::values(tail).rev().find_map(|record| {
        let at = jsonl::time_of(&record, "timestamp").filter(|at| *at >= since)?;
        let words = || record.get("content").map(parts_text).unwrap_or_default();
        match jsonl::text_of(&record, "type")? {
            "error" => Some((at, TurnEnd::Failed(one_line(&words(), LINE_CHARS)))),
            "gemini" => Some((at, TurnEnd::Well)),
            // What follows an error explains it.
            "info" if words().starts_with("Request cancelled") => Some((at, TurnEnd::Well)),
            _ => None,
        }
    })
}

/// Whether a resume from the directory finds the conversation.
pub fn is_on_disk(config_dir: &Path, cwd: &str, id: &ConversationId) -> Answer {
    let (Some(project), Some(short)) = (project(config_dir, cwd), short_of(id)) else { return Answer::No };
    let files = chats::files_in(&project.chats, |name| short_in(name) == Some(short));
    let mut unread = None;
    for file in files {
        match read(&file.path) {
            Ok(chat) if chat.id.as_ref() == Some(id) && chat.is_said() => return Answer::Yes,
            Ok(_) => {}
            Err(error) => unread = Some(format!("{}: {error}", file.path.display())),
        }
    }
    unread.map_or(Answer::No, Answer::Unknown)
}

/// Whether Gemini has a chat of this id, be it empty, and would not begin one: the file of a start that was killed before
/// anything was said stays, while one that ends by itself takes it away.
pub fn is_id_used(config_dir: &Path, cwd: &str, id: &ConversationId) -> bool {
    let (Some(project), Some(short)) = (project(config_dir, cwd), short_of(id)) else { return false };
    let files = chats::files_in(&project.chats, |name| short_in(name) == Some(short));
    files.iter().any(|file| Chat::of(&jsonl::head(&file.path, HEAD_BYTES).unwrap_or_default()).id.as_ref() == Some(id))
}

/// Hands over all conversations of all projects, newest first.
pub fn conversations(
    config_dir: &Path,
    provider: &ProviderName,
    deliver: &mut dyn FnMut(Vec<Conversation>) -> ControlFlow<()>,
) {
    let mut files = Vec::new();
    for (root, slug) in registry(config_dir) {
        let chats = config_dir.join("tmp").join(slug).join("chats");
        files.extend(
            chats::files_in(&chats, |name| short_in(name).is_some()).into_iter().map(|file| (root.clone(), file)),
        );
    }
    let roots: std::collections::BTreeMap<PathBuf, String> =
        files.iter().map(|(root, file)| (file.path.clone(), root.clone())).collect();
    let files = files.into_iter().map(|(_, file)| file).collect();
    chats::deliver(files, |file| conversation(file, roots.get(&file.path)?, provider), deliver);
}

/// What a list shows of the chat; `None` where nothing was said, or by a sub-agent.
fn conversation(file: &ChatFile, root: &str, provider: &ProviderName) -> Option<Conversation> {
    let head = Chat::of(&jsonl::head(&file.path, HEAD_BYTES).ok()?);
    let tail = Chat::of(&jsonl::tail(&file.path, TAIL_BYTES).ok()?);
    let line = |message: &Message| one_line(&message.text, LINE_CHARS);
    let first = head.messages.iter().chain(&tail.messages).find(|message| message.is_users && message.is_said)?;
    let last = tail.messages.iter().rev().find(|message| message.is_said && !message.text.trim().is_empty());
    (!head.is_subagent).then_some(())?;
    Some(Conversation {
        provider: provider.clone(),
        id: head.id.filter(|id| is_file_name_safe(id.as_str()))?,
        title: tail
            .summary
            .or(head.summary)
            .map(|title| one_line(&title, LINE_CHARS))
            .filter(|title| !title.is_empty()),
        cwd: root.to_owned(),
        created_at: head.started_at,
        updated_at: last.and_then(|message| message.at).unwrap_or(file.written_at),
        first_message: Some(line(first)).filter(|text| !text.is_empty()),
        last_message: last.map(line).filter(|text| !text.is_empty()),
    })
}

/// Reads a chat as a whole.
pub fn read(path: &Path) -> std::io::Result<Chat> {
    Ok(Chat::of(&jsonl::head(path, CHAT_BYTES_MAX)?))
}

/// A chat, as far as it is read.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Chat {
    /// Its id; `None` where the file has lost its first record, and Gemini does not find it.
    pub id: Option<ConversationId>,
    /// Whether it is a sub-agent's.
    pub is_subagent: bool,
    /// When it began.
    pub started_at: Option<Wall>,
    /// Gemini's own title of it.
    pub summary: Option<String>,
    /// Its messages, in order.
    pub messages: Vec<Message>,
}

/// A message of a chat.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Message {
    id: String,
    at: Option<Wall>,
    is_users: bool,
    /// Whether it counts as something said: only with such a message a chat can be resumed.
    is_said: bool,
    text: String,
}

impl Chat {
    /// Reads the records of a chat, or of a part of it.
    pub fn of(text: &str) -> Self {
        let mut chat = Self::default();
        for record in jsonl::values(text) {
            chat.take(&record);
        }
        chat
    }

    /// Whether anything was said: only then Gemini resumes it.
    pub fn is_said(&self) -> bool {
        self.messages.iter().any(|message| message.is_said)
    }

    fn take(&mut self, record: &Value) {
        if let Some(id) = jsonl::text_of(record, "$rewindTo") {
            let at = self.messages.iter().position(|message| message.id == id).unwrap_or(0);
            self.messages.truncate(at);
        } else if let Some(message) = Message::of(record) {
            // A message is written again when more of it is known.
            match self.messages.iter_mut().rev().find(|known| known.id == message.id) {
                Some(known) => *known = message,
                None => self.messages.push(message),
            }
        } else {
            if let Some(id) = header_id(record) {
                self.id = Some(id);
                self.is_subagent = jsonl::text_of(record, "kind") == Some("subagent");
            }
            let fields = record.get("$set").unwrap_or(record);
            self.started_at = jsonl::time_of(fields, "startTime").or(self.started_at);
            self.summary = jsonl::text_of(fields, "summary").map(str::to_owned).or(self.summary.take());
            if let Some(messages) = fields.get("messages").and_then(Value::as_array) {
                self.messages = messages.iter().filter_map(Message::of).collect();
            }
        }
    }
}

/// The id that a first record names.
fn header_id(record: &Value) -> Option<ConversationId> {
    jsonl::text_of(record, "projectHash")?;
    jsonl::text_of(record, "sessionId").map(ConversationId::new)
}

impl Message {
    fn of(record: &Value) -> Option<Self> {
        let id = jsonl::text_of(record, "id")?.to_owned();
        let text = record.get("content").map(parts_text).unwrap_or_default();
        let kind = jsonl::text_of(record, "type").unwrap_or_default();
        let has_some = |field: &str| record.get(field).and_then(Value::as_array).is_some_and(|all| !all.is_empty());
        let is_said = match kind {
            "user" => is_users_text(text.trim()),
            "gemini" => !text.trim().is_empty() || has_some("toolCalls") || has_some("thoughts"),
            _ => false,
        };
        Some(Self { id, at: jsonl::time_of(record, "timestamp"), is_users: kind == "user", is_said, text })
    }
}

/// Gemini's own rule: commands and what it adds by itself are not said.
fn is_users_text(text: &str) -> bool {
    let own = ["/", "?", "<session_context>", "<hook_context>"];
    !text.is_empty() && !own.iter().any(|start| text.starts_with(start))
}

/// The text of a message's content: a text, a part, or a list of these.
fn parts_text(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().map(parts_text).collect(),
        other => jsonl::text_of(other, "text").unwrap_or_default().to_owned(),
    }
}
