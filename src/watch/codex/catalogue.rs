//! All of a person's conversations with Codex, for the browser.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::core::conversation::Conversation;
use crate::id::{ConversationId, ProviderName};
use crate::time::Wall;
use crate::watch::codex::rollout::{self, Role};
use crate::watch::codex::state::{State, StateError};
use crate::watch::{in_batches, is_file_name_safe, jsonl, line};

/// How much of a rollout's end is searched for the last words. Chosen: the lines after an answer have some 2 KiB.
const TAIL_BYTES: u64 = 16 << 10;

/// How much of a rollout's start is read for its first message. Chosen: instructions of 20 to 60 KiB stand before it.
const HEAD_BYTES: u64 = 256 << 10;

/// Columns that the catalogue shows where the database has them, each with what stands in for it.
const OPTIONAL: [(&str, &str); 5] = [
    ("name", "NULL"),
    ("title", "NULL"),
    ("updated_at_ms", "created_at_ms"),
    ("rollout_path", "NULL"),
    ("archived", "0"),
];

/// Hands on all conversations, newest first: from the state database; where that tells nothing, from the rollouts.
pub fn conversations(
    codex_home: &Path,
    provider: &ProviderName,
    each: &mut dyn FnMut(Vec<Conversation>) -> ControlFlow<()>,
) {
    match rows(codex_home) {
        Ok(rows) => in_batches(&rows, |row| of_row(row, provider), each),
        Err(error) => {
            tracing::debug!(%error, "conversations are read from the rollouts");
            in_batches(&newest_rollouts(codex_home), |path| of_rollout(path, provider), each);
        }
    }
}

fn rows(codex_home: &Path) -> Result<Vec<Vec<Option<String>>>, StateError> {
    let state = State::open(codex_home)?;
    let columns = state.columns("threads")?;
    let [name, title, updated, path, archived] =
        OPTIONAL.map(|(column, instead)| if columns.iter().any(|found| found == column) { column } else { instead });
    // Titles and first messages may be pages long; a line of them is shown.
    let sql = format!(
        "SELECT id, cwd, substr({name}, 1, 400), substr({title}, 1, 400), substr(first_user_message, 1, 800), \
         created_at_ms, {updated}, {path} FROM threads \
         WHERE first_user_message <> '' AND source IN ('cli', 'vscode') AND coalesce(thread_source, 'user') <> 'subagent' \
         AND coalesce({archived}, 0) = 0 ORDER BY {updated} DESC, id DESC"
    );
    state.rows(&sql, &[])
}

fn of_row(row: &[Option<String>], provider: &ProviderName) -> Option<Conversation> {
    let [id, cwd, name, title, first, created, updated, path] = row else { return None };
    let id = id.as_deref().filter(|id| is_file_name_safe(id))?;
    let ms = |text: &Option<String>| text.as_deref()?.parse().ok().map(|unix_ms| Wall { unix_ms });
    let first_message = line(first.as_deref().unwrap_or_default());
    // Without a name of its own, a conversation's title is its first message.
    let title = [name, title].into_iter().filter_map(|text| line(text.as_deref()?)).next();
    Some(Conversation {
        provider: provider.clone(),
        id: ConversationId::new(id),
        title: title.filter(|title| Some(title) != first_message.as_ref()),
        cwd: cwd.clone().unwrap_or_default(),
        created_at: created_at(id).or_else(|| ms(created)),
        updated_at: ms(updated).or_else(|| ms(created)).unwrap_or_default(),
        first_message,
        last_message: path.as_deref().and_then(|path| last_message(Path::new(path))),
    })
}

/// The ids hold the time of creation (UUID version 7, RFC 9562); what the database has changes on a resume.
fn created_at(id: &str) -> Option<Wall> {
    let (seconds, nanos) = uuid::Uuid::parse_str(id).ok()?.get_timestamp()?.to_unix();
    let ms = seconds.checked_mul(1000)?.checked_add(u64::from(nanos) / 1_000_000)?;
    Some(Wall { unix_ms: i64::try_from(ms).ok()? })
}

fn last_message(path: &Path) -> Option<String> {
    let text = jsonl::tail(path, TAIL_BYTES).ok()?;
    jsonl::values(&text)
        .rev()
        .filter_map(|value| rollout::message(&value))
        .filter(is_shown)
        .find_map(|(_, text)| line(&text))
}

/// Codex says things in the user's name; these stand in tags or under a heading of its own.
fn is_shown((role, text): &(Role, String)) -> bool {
    let text = text.trim_start();
    match role {
        Role::Agent => true,
        Role::User => !text.starts_with('<') && !text.starts_with("# AGENTS.md instructions"),
    }
}

fn newest_rollouts(codex_home: &Path) -> Vec<PathBuf> {
    let mut found: Vec<_> =
        rollout::all(codex_home).into_iter().filter_map(|path| Some((jsonl::written_at(&path)?, path))).collect();
    found.sort_unstable_by(|a, b| b.cmp(a));
    found.into_iter().map(|(_, path)| path).collect()
}

fn of_rollout(path: &Path, provider: &ProviderName) -> Option<Conversation> {
    let text = jsonl::head(path, HEAD_BYTES).ok()?;
    let mut values = jsonl::values(&text);
    let meta = values.find(|value| value.get("type").and_then(Value::as_str) == Some("session_meta"))?;
    let meta = meta.get("payload")?;
    if !matches!(meta.get("source").and_then(Value::as_str), Some("cli" | "vscode")) {
        return None;
    }
    let id = meta.get("id").and_then(Value::as_str).filter(|id| is_file_name_safe(id))?;
    let said = |value: Value| rollout::message(&value).filter(|said| said.0 == Role::User && is_shown(said));
    let first_message = values.filter_map(said).find_map(|(_, text)| line(&text))?;
    Some(Conversation {
        provider: provider.clone(),
        id: ConversationId::new(id),
        title: None,
        cwd: meta.get("cwd").and_then(Value::as_str).unwrap_or_default().to_owned(),
        created_at: created_at(id).or_else(|| jsonl::time_of(meta, "timestamp")),
        updated_at: jsonl::written_at(path).unwrap_or_default(),
        first_message: Some(first_message),
        last_message: last_message(path),
    })
}
