//! `homing conversations`, and what `homing open` needs of it: reads the agents' files directly, with or without a server.

use serde::Serialize;

use crate::cli::caller::environment;
use crate::cli::{Failure, print};
use crate::config::FileDialect;
use crate::core::conversation::{Conversation, Found};
use crate::paths::Paths;
use crate::provider::{Provider, Providers};
use crate::server::catalogue::{self, Readers};
use crate::time::Wall;

/// Shortest beginning of an id that stands for it, in characters.
const SHORTEST_PREFIX: usize = 4;

/// A conversation as `homing conversations --json` prints it. Times are RFC 3339 in UTC.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ConversationRow {
    /// Whose it is.
    pub provider: String,
    /// The provider's id of it.
    pub id: String,
    /// The agent's own title.
    pub title: Option<String>,
    /// The directory that it was started in.
    pub cwd: String,
    /// When it was started, where known.
    pub created_at: Option<String>,
    /// When something was last said in it.
    pub updated_at: String,
    /// The first thing the user said.
    pub first_message: Option<String>,
    /// The last thing that was said.
    pub last_message: Option<String>,
}

impl From<Conversation> for ConversationRow {
    fn from(conversation: Conversation) -> Self {
        Self {
            provider: conversation.provider.to_string(),
            id: conversation.id.to_string(),
            title: conversation.title,
            cwd: conversation.cwd,
            created_at: conversation.created_at.map(rfc3339),
            updated_at: rfc3339(conversation.updated_at),
            first_message: conversation.first_message,
            last_message: conversation.last_message,
        }
    }
}

/// Prints the conversations, newest first.
pub fn list(
    paths: &Paths,
    provider: Option<&str>,
    cwd: Option<&str>,
    limit: Option<usize>,
    as_json: bool,
) -> Result<u8, Failure> {
    let providers = providers(paths)?;
    let only = provider.map(|name| files_of(&providers, name)).transpose()?;
    let found = catalogue::all(&Readers { providers, env: environment(), only });
    let is_in = |found: &Found| cwd.is_none_or(|cwd| same_directory(&found.conversation.cwd, cwd));
    let rows = found.into_iter().filter(is_in).take(limit.unwrap_or(usize::MAX));
    let rows: Vec<ConversationRow> = rows.map(|found| found.conversation.into()).collect();
    print::conversations(&rows, as_json)
}

/// The conversation of the provider with this id, or with the only id that begins so.
pub fn find(paths: &Paths, provider: &str, id: &str) -> Result<Found, Failure> {
    let providers = providers(paths)?;
    let name = row_of(&providers, provider)?.name.clone();
    let only = Some(files_of(&providers, provider)?);
    let mut found = catalogue::all(&Readers { providers, env: environment(), only });
    let is_it = |found: &Found| found.conversation.id.as_str() == id;
    if let Some(at) = found.iter().position(is_it) {
        return Ok(of_provider(found.swap_remove(at), &name));
    }
    let begins = |found: &Found| id.len() >= SHORTEST_PREFIX && found.conversation.id.as_str().starts_with(id);
    found.retain(begins);
    match found.len() {
        1 => Ok(of_provider(found.swap_remove(0), &name)),
        0 => Err(Failure::failed(format!(
            "{provider} has no conversation {id:?} on disk; `homing conversations --provider {provider}` lists them"
        ))),
        n => Err(Failure::usage(format!("{n} conversations of {provider} begin with {id:?}; give more of the id"))),
    }
}

/// Two providers may share their files: the one that was asked for is the one that is started.
fn of_provider(mut found: Found, provider: &crate::id::ProviderName) -> Found {
    found.conversation.provider.clone_from(provider);
    found
}

fn providers(paths: &Paths) -> Result<Providers, Failure> {
    let path = paths.config_file();
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(Failure::failed(format!("{} cannot be read: {error}", path.display()))),
    };
    let (config, _) = crate::config::parse(&text);
    Ok(Providers::with_config(&config).0)
}

fn row_of<'a>(providers: &'a Providers, name: &str) -> Result<&'a Provider, Failure> {
    providers.find(name).map_err(|nearest| {
        let hint = nearest.map(|nearest| format!("; did you mean {nearest:?}?")).unwrap_or_default();
        Failure::usage(format!("no provider {name:?}{hint}"))
    })
}

fn files_of(providers: &Providers, name: &str) -> Result<FileDialect, Failure> {
    match row_of(providers, name)?.files {
        FileDialect::None => Err(Failure::failed(format!("the conversations of {name} cannot be listed"))),
        files => Ok(files),
    }
}

fn same_directory(one: &str, other: &str) -> bool {
    one.trim_end_matches('/') == other.trim_end_matches('/')
}

fn rfc3339(at: Wall) -> String {
    jiff::Timestamp::from_millisecond(at.unix_ms).map(|at| at.to_string()).unwrap_or_default()
}
