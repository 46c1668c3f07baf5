//! A conversation as it lies on disk, whoever started it: what the conversation browser and `homing conversations` list.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::config::FileDialect;
use crate::id::{ConversationId, ProviderName};
use crate::time::Wall;

/// A conversation found on disk.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Conversation {
    /// Whose it is.
    pub provider: ProviderName,
    /// The provider's id of it.
    pub id: ConversationId,
    /// The agent's own title; one line, stripped of controls.
    pub title: Option<String>,
    /// The directory that it was started in, and in which it is opened again; empty where it is not known.
    pub cwd: String,
    /// When it was started, where known.
    pub created_at: Option<Wall>,
    /// When something was last said in it.
    pub updated_at: Wall,
    /// The first thing the user said; one line, stripped of controls.
    pub first_message: Option<String>,
    /// The last thing that was said in it, by whomever; one line, stripped of controls.
    pub last_message: Option<String>,
}

impl Conversation {
    /// What to call it: its title, else its first message, else its id.
    pub fn label(&self) -> &str {
        self.title.as_deref().or(self.first_message.as_deref()).unwrap_or_else(|| self.id.as_str())
    }
}

/// Where conversations were found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Source {
    /// Whose files they are: two providers may share them (`like = "codex"`), and then they share the conversations.
    pub files: FileDialect,
    /// The variables that lead there (`CODEX_HOME`, …), beyond the environment of whoever looks.
    pub env: BTreeMap<String, String>,
}

/// A conversation with the place where it was found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    /// The conversation.
    pub conversation: Conversation,
    /// Where.
    pub source: Arc<Source>,
}
