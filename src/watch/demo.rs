//! The built-in demo agent's conversations: `<data>/demo/<id>.jsonl`, one JSON object a line (see `cli::demo_agent::store`,
//! which writes them).

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::Deserialize;

use crate::core::conversation::Conversation;
use crate::core::event::Env;
use crate::id::{ConversationId, ProviderName};
use crate::paths::Paths;
use crate::text;
use crate::time::Wall;
use crate::watch::survey::BATCH;
use crate::watch::{Answer, is_file_name_safe};

/// Longest message that is shown, in characters (chosen: a preview shows a few lines).
const MESSAGE_CHARS: usize = 400;

/// What is read of a line; other fields are of no interest here.
#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Line {
    Conversation { cwd: String, at: i64 },
    Message { role: String, text: String, at: i64 },
}

/// Where the demo agent of this environment keeps its conversations.
pub fn directory(env: &Env) -> Option<PathBuf> {
    Paths::data_dir_in(env).map(|data| data.join("demo"))
}

/// Whether the conversation is there with something said in it by the user.
pub fn is_on_disk(env: &Env, conversation: &ConversationId) -> Answer {
    let Some(directory) = directory(env) else { return Answer::Unknown("no home directory is known".to_owned()) };
    if !is_file_name_safe(conversation.as_str()) {
        return Answer::No;
    }
    let path = directory.join(format!("{conversation}.jsonl"));
    match read(&path, conversation, &ProviderName::new("demo")) {
        Some(_) => Answer::Yes,
        None => Answer::No,
    }
}

/// Hands out the conversations, the file written last first.
pub fn conversations(
    env: &Env,
    provider: &ProviderName,
    deliver: &mut dyn FnMut(Vec<Conversation>) -> ControlFlow<()>,
) {
    let entries = directory(env).and_then(|directory| fs::read_dir(directory).ok());
    let mut files: Vec<(SystemTime, PathBuf)> = entries
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.path().extension().is_some_and(|extension| extension == "jsonl"))
        .filter_map(|entry| Some((entry.metadata().and_then(|meta| meta.modified()).ok()?, entry.path())))
        .collect();
    files.sort_by(|a, b| b.cmp(a));
    for batch in files.chunks(BATCH) {
        let found: Vec<Conversation> = batch
            .iter()
            .filter_map(|(_, path)| {
                let id = path.file_stem()?.to_str().filter(|id| is_file_name_safe(id))?;
                read(path, &ConversationId::new(id), provider)
            })
            .collect();
        if !found.is_empty() && deliver(found).is_break() {
            return;
        }
    }
}

/// Reads a conversation; `None` where the user has said nothing in it. A line that was cut costs only itself.
fn read(path: &Path, id: &ConversationId, provider: &ProviderName) -> Option<Conversation> {
    let mut found = Conversation {
        provider: provider.clone(),
        id: id.clone(),
        title: None,
        cwd: String::new(),
        created_at: None,
        updated_at: Wall::default(),
        first_message: None,
        last_message: None,
    };
    for line in BufReader::new(fs::File::open(path).ok()?).split(b'\n') {
        let Ok(line) = serde_json::from_slice(&line.ok()?) else { continue };
        match line {
            Line::Conversation { cwd, at } => {
                found.cwd = cwd;
                found.created_at = Some(Wall { unix_ms: at });
            }
            Line::Message { role, text, at } => {
                let text = text::one_line(&text, MESSAGE_CHARS);
                found.updated_at = Wall { unix_ms: at };
                if role == "user" && found.first_message.is_none() {
                    found.first_message = Some(text.clone());
                }
                found.last_message = Some(text);
            }
        }
    }
    found.first_message.is_some().then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_demo_agent_wrote_is_listed_newest_first_and_what_nobody_said_anything_in_is_not() {
        let home = tempfile::tempdir().expect("a directory");
        let env = vec![("HOMING_HOME".to_owned(), home.path().display().to_string())];
        let provider = ProviderName::new("demo");
        let mut found = Vec::new();
        let mut take = |batch: Vec<Conversation>| {
            found.extend(batch);
            ControlFlow::Continue(())
        };
        conversations(&env, &provider, &mut take);
        let demo = directory(&env).expect("known");
        fs::create_dir(&demo).expect("made");
        let said = |id: &str, role: &str, at: i64| {
            let text = format!(
                "{{\"kind\":\"conversation\",\"id\":\"{id}\",\"cwd\":\"/src\",\"at\":1}}\n{{\"kind\":\"mess\n\
                 {{\"kind\":\"message\",\"role\":\"{role}\",\"text\":\"hi\\n{id}\",\"at\":{at}}}\n"
            );
            let path = demo.join(format!("{id}.jsonl"));
            fs::write(&path, text).expect("written");
            let file = fs::File::options().append(true).open(path).expect("opened");
            let modified =
                SystemTime::UNIX_EPOCH + std::time::Duration::from_millis(u64::try_from(at).expect("positive"));
            file.set_modified(modified).expect("set");
        };
        said("older", "user", 5_000);
        said("newer", "user", 9_000);
        said("mute", "agent", 7_000);
        fs::write(demo.join("other.txt"), "x").expect("written");
        conversations(&env, &provider, &mut take);
        let rows: Vec<_> =
            found.iter().map(|row| (row.id.as_str(), row.first_message.as_deref(), row.updated_at.unix_ms)).collect();
        assert_eq!(rows, [("newer", Some("hi newer"), 9_000), ("older", Some("hi older"), 5_000)]);
        assert_eq!(found[0].cwd, "/src");
        let is_there = |id: &str| is_on_disk(&env, &ConversationId::new(id));
        assert_eq!((is_there("newer"), is_there("mute"), is_there("../x")), (Answer::Yes, Answer::No, Answer::No));
    }
}
