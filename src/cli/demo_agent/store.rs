//! The demo agent's conversations: one file of JSON lines each, `<dir>/<id>.jsonl`.
//!
//! The file appears with the first message, and each message is on disk before it is answered, as with real agents. A line
//! that was cut by a crash is skipped; what comes after it begins on a line of its own.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// The longest id that becomes a file's name (chosen; a UUID has 36).
const ID_MAX_BYTES: usize = 64;

/// Who said it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Role {
    User,
    Agent,
}

/// One line of the file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Line {
    /// The first one.
    Conversation { id: String, cwd: String, at: u64 },
    /// All others; `at` in milliseconds since the Unix epoch.
    Message { role: Role, text: String, at: u64 },
}

/// What can be wrong with a conversation.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The id could not be a file's name.
    #[error("not a valid session id: {0:?} (letters, digits, - and _)")]
    NotAnId(String),
    /// There is no conversation of this id with a message in it.
    #[error("No conversation found with session ID: {0}")]
    NotFound(String),
    /// There is one already.
    #[error("Session ID {0} is already in use.")]
    InUse(String),
    /// The file could not be read or written.
    #[error("cannot use {path}: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// A conversation and its file.
#[derive(Debug)]
pub(super) struct Conversation {
    pub id: String,
    path: PathBuf,
    file: Option<File>,
    messages: Vec<(Role, String)>,
}

impl Conversation {
    /// A new one; nothing is written yet. An id whose file holds no message can be taken again.
    pub(super) fn create(dir: &Path, id: &str) -> Result<Self, StoreError> {
        let conversation = Self::load(dir, id)?;
        if conversation.messages.is_empty() { Ok(conversation) } else { Err(StoreError::InUse(id.to_owned())) }
    }

    /// One that exists.
    pub(super) fn open(dir: &Path, id: &str) -> Result<Self, StoreError> {
        let conversation = Self::load(dir, id)?;
        if conversation.messages.is_empty() { Err(StoreError::NotFound(id.to_owned())) } else { Ok(conversation) }
    }

    fn load(dir: &Path, id: &str) -> Result<Self, StoreError> {
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if id.is_empty() || id.len() > ID_MAX_BYTES || id.starts_with('-') || !id.chars().all(is_name) {
            return Err(StoreError::NotAnId(id.to_owned()));
        }
        let path = dir.join(format!("{id}.jsonl"));
        let mut bytes = Vec::new();
        match File::open(&path).and_then(|mut file| file.read_to_end(&mut bytes)) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(StoreError::File { path, source }),
        }
        let text = String::from_utf8_lossy(&bytes);
        let messages = text.lines().filter_map(|line| match serde_json::from_str(line) {
            Ok(Line::Message { role, text, .. }) => Some((role, text)),
            Ok(Line::Conversation { .. }) | Err(_) => None,
        });
        Ok(Self { id: id.to_owned(), path, file: None, messages: messages.collect() })
    }

    /// Adds a message; it is on disk when this returns.
    pub(super) fn say(&mut self, role: Role, text: &str, cwd: &str, unix_ms: u64) -> Result<(), StoreError> {
        let result = self.append(role, text, cwd, unix_ms);
        result.map_err(|source| StoreError::File { path: self.path.clone(), source })?;
        self.messages.push((role, text.to_owned()));
        Ok(())
    }

    fn append(&mut self, role: Role, text: &str, cwd: &str, at: u64) -> io::Result<()> {
        let mut bytes = Vec::new();
        let mut push = |line: &Line| {
            bytes.extend(serde_json::to_vec(line)?);
            bytes.push(b'\n');
            Ok::<(), io::Error>(())
        };
        let file = match &mut self.file {
            Some(file) => file,
            none => {
                if let Some(dir) = self.path.parent() {
                    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
                }
                let mut file = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(&self.path)?;
                match ends_with_newline(&mut file)? {
                    None => push(&Line::Conversation { id: self.id.clone(), cwd: cwd.to_owned(), at })?,
                    Some(true) => {}
                    Some(false) => file.write_all(b"\n")?,
                }
                none.insert(file)
            }
        };
        push(&Line::Message { role, text: text.to_owned(), at })?;
        file.write_all(&bytes)?;
        file.sync_data()
    }

    /// What the user said, oldest first.
    pub(super) fn prompts(&self) -> impl Iterator<Item = &str> {
        self.messages.iter().filter(|(role, _)| *role == Role::User).map(|(_, text)| text.as_str())
    }

    /// The last `n` messages.
    pub(super) fn last(&self, n: usize) -> &[(Role, String)] {
        self.messages.get(self.messages.len().saturating_sub(n)..).unwrap_or_default()
    }

    /// How many messages there are.
    pub(super) fn n_messages(&self) -> usize {
        self.messages.len()
    }
}

/// `None` for an empty file.
fn ends_with_newline(file: &mut File) -> io::Result<Option<bool>> {
    use std::io::{Seek as _, SeekFrom};
    if file.metadata()?.len() == 0 {
        return Ok(None);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(Some(last == [b'\n']))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "7c2e7c2e-1111-4111-8111-111111111112";

    #[test]
    fn what_was_said_is_there_again() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().join("new/demo");
        let mut conversation = Conversation::create(&dir, ID).unwrap();
        assert!(!dir.exists(), "nothing is written before the first message");
        conversation.say(Role::User, "hello\nyou \"there\"", "/src", 1).unwrap();
        conversation.say(Role::Agent, "hi", "/src", 2).unwrap();
        let again = Conversation::open(&dir, ID).unwrap();
        assert_eq!(again.messages, conversation.messages);
        assert_eq!(again.prompts().collect::<Vec<_>>(), ["hello\nyou \"there\""]);
        assert_eq!(again.last(1), [(Role::Agent, "hi".to_owned())]);
    }

    #[test]
    fn an_id_in_use_cannot_be_taken_and_an_unknown_one_not_resumed() {
        let dir = tempfile::tempdir().unwrap();
        let mut conversation = Conversation::create(dir.path(), ID).unwrap();
        assert!(matches!(Conversation::open(dir.path(), ID), Err(StoreError::NotFound(_))));
        conversation.say(Role::User, "x", "/", 0).unwrap();
        assert!(matches!(Conversation::create(dir.path(), ID), Err(StoreError::InUse(_))));
        for id in ["", "../x", "a/b", "-x", "é", &"x".repeat(65)] {
            assert!(matches!(Conversation::open(dir.path(), id), Err(StoreError::NotAnId(_))), "{id}");
        }
    }

    #[test]
    fn a_line_that_was_cut_costs_only_itself() {
        let dir = tempfile::tempdir().unwrap();
        let mut conversation = Conversation::create(dir.path(), ID).unwrap();
        conversation.say(Role::User, "one", "/", 0).unwrap();
        let path = dir.path().join(format!("{ID}.jsonl"));
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(b"{\"kind\":\"message\",\"role\":\"ag\xff").unwrap();
        let mut again = Conversation::open(dir.path(), ID).unwrap();
        again.say(Role::User, "two", "/", 0).unwrap();
        assert_eq!(Conversation::open(dir.path(), ID).unwrap().prompts().collect::<Vec<_>>(), ["one", "two"]);
    }
}
