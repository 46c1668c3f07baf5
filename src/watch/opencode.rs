//! What OpenCode leaves behind: its database. Facts seen on 1.18.33.
//!
//! - One database for all projects of a user; what is new lies in its log (WAL). Tables: `session` (one a conversation;
//!   sub-agents' name their `parent_id`), `message` and `part`, whose `data` is JSON: a message has a `role`, a part of the
//!   type `text` has the words. Times are ms since the Unix epoch. Ids of messages and parts grow with time.
//! - A session appears with its first message. Nothing here says which process has one open; what its process was prompted
//!   in stands in the log (`opencode_log`).

use std::collections::BTreeSet;
use std::ops::{ControlFlow, RangeInclusive};
use std::path::{Path, PathBuf};

use crate::core::conversation::Conversation;
use crate::core::event::Env;
use crate::core::probe::{Found, Submitted};
use crate::core::turn_end::TurnEnd;
use crate::id::{ConversationId, ProviderName};
use crate::provider::is_conversation_id;
use crate::store::{ForeignDatabase, ReadError};
use crate::text::one_line;
use crate::time::Wall;
use crate::watch::{Answer, Finding, directory_of};

/// The columns that are read, by table.
const COLUMNS: [(&str, &[&str]); 3] = [
    ("session", &["id", "parent_id", "directory", "title", "time_created", "time_updated", "time_archived"]),
    ("message", &["id", "session_id", "time_created", "data"]),
    ("part", &["id", "message_id", "session_id", "data"]),
];

/// How far apart an Enter and the message that it made may lie, ms: the message was written 20 to 150 ms after the key in
/// tests; a busy machine takes longer (chosen).
const SUBMIT_WINDOW_MS: i64 = 5_000;

/// How much earlier than its Enter a message may seem to be: both clocks are the machine's (chosen).
const CLOCK_SLACK_MS: i64 = 250;

/// Conversations that are handed on at once.
const BATCH: usize = 200;

/// Longest title and message of a conversation that is listed, in characters (chosen).
const LINE_MAX_CHARS: usize = 200;

/// Longest text that is taken out of the database for such a line, in characters: room for blanks that are folded.
const READ_MAX_CHARS: usize = 600;

/// Why the database tells nothing.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// There is none.
    #[error("there is no database {}", path.display())]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// It is not laid out as known.
    #[error("table {table} of {} has no column {column}: this version of OpenCode is not known", path.display())]
    Schema {
        /// The database.
        path: PathBuf,
        /// The table.
        table: &'static str,
        /// What it lacks.
        column: &'static str,
    },
    /// It cannot be read now.
    #[error("{}: {source}", path.display())]
    Unreadable {
        /// The database.
        path: PathBuf,
        /// What was reported.
        source: ReadError,
    },
}

/// How the title of OpenCode's terminal begins while it shows a conversation.
const TITLE_PREFIX: &str = "OC | ";

/// The database of a session with this environment: `OPENCODE_DB` (a path, or a name in the data directory), else
/// `opencode.db` in `opencode` below `XDG_DATA_HOME`, which is `.local/share` in the user's home where it is not set.
pub fn database(env: &[(String, String)]) -> PathBuf {
    let data = directory_of(env, "XDG_DATA_HOME", ".local/share").join("opencode");
    let named = env.iter().rev().find(|(name, value)| name == "OPENCODE_DB" && !value.is_empty());
    // An absolute path replaces the directory.
    data.join(named.map_or("opencode.db", |(_, value)| value.as_str()))
}

/// The conversation in the directory in which the user said this at this time. Sub-agents' do not count.
pub fn said_in(database: &Path, cwd: &str, said: &Submitted) -> Found {
    match find_said(database, cwd, said) {
        Ok(Finding::Exact(conversation)) => Found::Exact { conversation, spoken: true },
        Ok(Finding::Ambiguous(candidates)) => Found::Ambiguous(candidates),
        Ok(Finding::Silent(reason)) => Found::Silent(reason),
        Err(error) => Found::Silent(error.to_string()),
    }
}

fn find_said(database: &Path, cwd: &str, said: &Submitted) -> Result<Finding, DatabaseError> {
    let (from, to) = (said.at.unix_ms - CLOCK_SLACK_MS, said.at.unix_ms + SUBMIT_WINDOW_MS);
    let fitting: BTreeSet<ConversationId> =
        holding(&Database::open(database)?, cwd, &said.text, from..=to)?.into_iter().map(|(_, id)| id).collect();
    Ok(Finding::of(fitting, || "no conversation of the directory holds what was said at that time".to_owned()))
}

/// The conversation in which the user said this, where other sessions were told the same at these times: a message is
/// stored after its Enter, and each Enter stores one.
pub fn matched(database: &Path, cwd: &str, said: &Submitted, twins: &[Wall]) -> Found {
    let all = || twins.iter().copied().chain([said.at]);
    let (Some(first), Some(last)) = (all().min(), all().max()) else {
        return Found::Silent("nothing was said".to_owned());
    };
    let window = first.unix_ms..=last.unix_ms + SUBMIT_WINDOW_MS;
    match Database::open(database).and_then(|database| holding(&database, cwd, &said.text, window)) {
        Ok(messages) => match match_by_time(said.at, twins, messages) {
            Ok(conversation) => Found::Matched(conversation),
            Err(several) if several.len() > 1 => Found::Ambiguous(several),
            Err(_) => Found::Silent("not all that was said at that time is stored".to_owned()),
        },
        Err(error) => Found::Silent(error.to_string()),
    }
}

/// Which of the messages is that of an Enter at `own`, if each Enter (`own` and `others`) has one and there is only one way to
/// give them out; else their conversations. Sorted by time the first Enters have the first messages, and no Enter has one from
/// before it: so it is certain where the message before came before this Enter, and the own one before the next.
fn match_by_time(
    own: Wall,
    others: &[Wall],
    mut messages: Vec<(i64, ConversationId)>,
) -> Result<ConversationId, Vec<ConversationId>> {
    messages.sort();
    let mut enters: Vec<i64> = others.iter().chain([&own]).map(|at| at.unix_ms).collect();
    enters.sort_unstable();
    let own = own.unix_ms;
    let place = enters.iter().position(|at| *at == own).unwrap_or_default();
    let is_complete =
        enters.len() == messages.len() && enters.iter().zip(&messages).all(|(at, (stored, _))| at <= stored);
    let is_after_others =
        place.checked_sub(1).is_none_or(|before| messages.get(before).is_some_and(|(at, _)| *at < own));
    let is_before_others = match (messages.get(place), enters.get(place + 1)) {
        (Some((stored, _)), Some(next)) => stored < next,
        (Some(_), None) => true,
        (None, _) => false,
    };
    let ids: BTreeSet<&ConversationId> = messages.iter().map(|(_, id)| id).collect();
    if is_complete && is_after_others && is_before_others && ids.len() == messages.len() {
        return Ok(messages.swap_remove(place).1);
    }
    Err(ids.into_iter().cloned().collect())
}

/// The messages of the user's with exactly this text that were stored in the directory in this time, in no order. Sub-agents'
/// do not count.
fn holding(
    database: &Database,
    cwd: &str,
    text: &str,
    within: RangeInclusive<i64>,
) -> Result<Vec<(i64, ConversationId)>, DatabaseError> {
    // Only sessions that were touched since can hold it.
    let sql = "SELECT s.id, m.time_created, p.data FROM session s \
        JOIN message m ON m.session_id = s.id AND m.time_created BETWEEN CAST(?2 AS INTEGER) AND CAST(?3 AS INTEGER) \
        JOIN part p ON p.message_id = m.id \
        WHERE s.directory IN (?1, ?4) AND s.parent_id IS NULL AND s.time_updated >= CAST(?2 AS INTEGER) \
        AND json_valid(m.data) AND json_extract(m.data, '$.role') = 'user' \
        AND json_valid(p.data) AND json_extract(p.data, '$.type') = 'text' \
        AND coalesce(json_extract(p.data, '$.synthetic'), 0) = 0 \
        ORDER BY p.id";
    let rows = database.rows(sql, &[cwd, &within.start().to_string(), &within.end().to_string(), &resolved(cwd)])?;
    let fits = rows.into_iter().filter_map(|row| {
        let [id, at, data] = <[Option<String>; 3]>::try_from(row).ok()?;
        let data: serde_json::Value = serde_json::from_str(&data?).ok()?;
        let is_it = data.get("text")?.as_str()?.trim() == text.trim();
        let id = id.filter(|id| is_conversation_id(id) && is_it)?;
        Some((at?.parse().ok()?, ConversationId::new(&id)))
    });
    Ok(fits.collect())
}

/// The conversations of the directory that the title of OpenCode's terminal stands for; `None` where it names none. The title
/// follows what the screen shows at once: `OC | ` and the title of the conversation, of which 37 characters and `…` are left
/// where it has more than 40; `OpenCode` on the start screen and before a conversation has a title (1.18.33).
pub fn titled(database: &Path, cwd: &str, title: &str) -> Option<Found> {
    let name = title.strip_prefix(TITLE_PREFIX)?;
    match find_titled(database, cwd, name) {
        Ok(ids) if ids.is_empty() => None,
        Ok(ids) => Some(Found::Titled(ids)),
        Err(error) => Some(Found::Silent(error.to_string())),
    }
}

fn find_titled(database: &Path, cwd: &str, name: &str) -> Result<Vec<ConversationId>, DatabaseError> {
    let database = Database::open(database)?;
    let sql = "SELECT s.id, s.title FROM session s WHERE s.directory IN (?1, ?3) AND s.parent_id IS NULL AND s.title LIKE ?2 ESCAPE '\\' \
        AND EXISTS (SELECT 1 FROM message m WHERE m.session_id = s.id)";
    let start = name.strip_suffix('…').unwrap_or(name);
    let pattern = start.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_") + "%";
    let fits = database.rows(sql, &[cwd, &pattern, &resolved(cwd)])?.into_iter().filter_map(|row| {
        let [id, title] = <[Option<String>; 2]>::try_from(row).ok()?;
        let id = id.filter(|id| is_conversation_id(id) && title.is_some_and(|title| shown(&title) == name))?;
        Some(ConversationId::new(&id))
    });
    Ok(fits.collect())
}

/// The directory without links: under that name OpenCode may know it.
fn resolved(cwd: &str) -> String {
    let resolved = std::fs::canonicalize(cwd).ok().and_then(|path| path.into_os_string().into_string().ok());
    resolved.unwrap_or_else(|| cwd.to_owned())
}

/// A conversation's title as OpenCode shows it: it counts UTF-16 units.
fn shown(title: &str) -> String {
    let units: Vec<u16> = title.encode_utf16().collect();
    match units.get(..37) {
        Some(start) if units.len() > 40 => String::from_utf16_lossy(start) + "…",
        _ => title.to_owned(),
    }
}

/// Those of the conversations that a person leads, not an agent.
pub fn of_persons(database: &Path, ids: BTreeSet<ConversationId>) -> Vec<ConversationId> {
    let Some(database) = (!ids.is_empty()).then(|| Database::open(database).ok()).flatten() else { return Vec::new() };
    let sql = "SELECT 1 FROM session WHERE id = ?1 AND parent_id IS NULL";
    let is_persons = |id: &ConversationId| database.rows(sql, &[id.as_str()]).is_ok_and(|rows| !rows.is_empty());
    ids.into_iter().filter(is_persons).collect()
}

/// How the turn ended that began then, by the conversation's last answer; `None` while none stands there that is complete.
pub fn turn_end(database: &Path, id: &ConversationId, since: Wall) -> Option<TurnEnd> {
    let sql = "SELECT json_extract(m.data, '$.error.name'), \
        coalesce(json_extract(m.data, '$.error.data.message'), json_extract(m.data, '$.error.name')) FROM message m \
        WHERE m.session_id = ?1 AND m.time_created >= CAST(?2 AS INTEGER) AND json_valid(m.data) \
        AND json_extract(m.data, '$.role') = 'assistant' \
        AND (json_extract(m.data, '$.time.completed') IS NOT NULL OR json_extract(m.data, '$.error') IS NOT NULL) \
        ORDER BY m.time_created DESC, m.id DESC LIMIT 1";
    let from = (since.unix_ms - CLOCK_SLACK_MS).to_string();
    let rows = Database::open(database).and_then(|database| database.rows(sql, &[id.as_str(), &from])).ok()?;
    let [name, message] = <[Option<String>; 2]>::try_from(rows.into_iter().next()?).ok()?;
    match name.as_deref() {
        None | Some("MessageAbortedError") => Some(TurnEnd::Well),
        Some(_) => Some(TurnEnd::Failed(one_line(&message.unwrap_or_default(), LINE_MAX_CHARS))),
    }
}

/// Whether the conversation is there with something said in it.
pub fn has_user_message(database: &Path, id: &ConversationId) -> Answer {
    let found = Database::open(database).and_then(|database| {
        let sql = "SELECT 1 FROM session s JOIN message m ON m.session_id = s.id WHERE s.id = ?1 \
            AND json_valid(m.data) AND json_extract(m.data, '$.role') = 'user' LIMIT 1";
        database.rows(sql, &[id.as_str()])
    });
    match found {
        Ok(rows) if rows.is_empty() => Answer::No,
        Ok(_) => Answer::Yes,
        Err(DatabaseError::Missing { .. }) => Answer::No,
        Err(error) => Answer::Unknown(error.to_string()),
    }
}

/// Hands on the conversations of the user's own, newest first, in batches, until `found` breaks off. Sub-agents', archived
/// ones and those without a word of the user's are left out. A database that cannot be read holds none; why is logged.
pub fn conversations(env: &Env, provider: &ProviderName, found: &mut dyn FnMut(Vec<Conversation>) -> ControlFlow<()>) {
    let path = database(env);
    let mut behind = None;
    loop {
        let rows = match Database::open(&path).and_then(|database| page(&database, behind.as_ref())) {
            Ok(rows) => rows,
            Err(DatabaseError::Missing { .. }) => return,
            Err(error) => return tracing::info!(%error, "conversations are not listed"),
        };
        let is_last = rows.len() < BATCH;
        behind = rows.last().and_then(|row| Some((row.get(4)?.clone()?, row.first()?.clone()?)));
        let batch: Vec<Conversation> = rows.into_iter().filter_map(|row| listed(row, provider)).collect();
        let is_over = !batch.is_empty() && found(batch).is_break();
        if is_over || is_last || behind.is_none() {
            return;
        }
    }
}

/// The next sessions behind (time of the last change, id), with their first and last words. Each page is read anew: nothing
/// of OpenCode's is kept open while somebody looks at the list.
fn page(database: &Database, behind: Option<&(String, String)>) -> Result<Vec<Vec<Option<String>>>, DatabaseError> {
    let text_of = |order: &str, role: &str| {
        format!(
            "(SELECT substr(json_extract(p.data, '$.text'), 1, {READ_MAX_CHARS}) FROM message m \
             JOIN part p ON p.message_id = m.id \
             WHERE m.session_id = s.id AND json_valid(m.data) AND json_extract(m.data, '$.role') {role} \
             AND json_valid(p.data) AND json_extract(p.data, '$.type') = 'text' \
             AND coalesce(json_extract(p.data, '$.synthetic'), 0) = 0 \
             ORDER BY m.time_created {order}, m.id {order}, p.id {order} LIMIT 1)"
        )
    };
    let sql = format!(
        // Chosen first, then looked into: in one step SQLite would read the words of all before it sorts them.
        "SELECT s.id, s.directory, s.title, s.time_created, s.time_updated, {}, {} FROM \
         (SELECT * FROM session WHERE parent_id IS NULL AND time_archived IS NULL \
         AND (time_updated, id) < (CAST(?1 AS INTEGER), ?2) ORDER BY time_updated DESC, id DESC LIMIT {BATCH}) s \
         ORDER BY s.time_updated DESC, s.id DESC",
        text_of("ASC", "= 'user'"),
        text_of("DESC", "IN ('user', 'assistant')"),
    );
    let (time, id) = behind.map_or((i64::MAX.to_string(), String::new()), Clone::clone);
    database.rows(&sql, &[&time, &id])
}

/// A row of [`page`]; `None` where nothing of the user's was said, or its id could not be one.
fn listed(row: Vec<Option<String>>, provider: &ProviderName) -> Option<Conversation> {
    let [id, cwd, title, created, updated, first, last] = <[Option<String>; 7]>::try_from(row).ok()?;
    let time = |text: Option<String>| text.and_then(|ms| ms.parse().ok()).map(|unix_ms| Wall { unix_ms });
    let line = |text: Option<String>| text.map(|text| one_line(&text, LINE_MAX_CHARS)).filter(|line| !line.is_empty());
    let first_message = Some(line(first)?);
    Some(Conversation {
        provider: provider.clone(),
        id: id.filter(|id| is_conversation_id(id)).map(|id| ConversationId::new(&id))?,
        title: line(title).filter(|title| !title.starts_with("New session - ")),
        cwd: cwd.unwrap_or_default(),
        created_at: time(created),
        updated_at: time(updated)?,
        first_message,
        last_message: line(last),
    })
}

/// The database, its layout checked.
struct Database {
    path: PathBuf,
    database: ForeignDatabase,
}

impl Database {
    fn open(path: &Path) -> Result<Self, DatabaseError> {
        if !path.is_file() {
            return Err(DatabaseError::Missing { path: path.to_owned() });
        }
        let unreadable = |source| DatabaseError::Unreadable { path: path.to_owned(), source };
        let database = ForeignDatabase::open(path).map_err(unreadable)?;
        for (table, wanted) in COLUMNS {
            let columns = database.columns(table).map_err(unreadable)?;
            if let Some(column) = wanted.iter().copied().find(|column| columns.iter().all(|known| known != column)) {
                return Err(DatabaseError::Schema { path: path.to_owned(), table, column });
            }
        }
        Ok(Self { path: path.to_owned(), database })
    }

    fn rows(&self, sql: &str, params: &[&str]) -> Result<Vec<Vec<Option<String>>>, DatabaseError> {
        let unreadable = |source| DatabaseError::Unreadable { path: self.path.clone(), source };
        self.database.rows(sql, params).map_err(unreadable)
    }
}

#[cfg(test)]
#[path = "opencode_times_tests.rs"]
mod times_tests;
