//! Copies of the chats of homing's Gemini sessions, because Gemini itself deletes them: each start of it (0.61.0, default
//! settings) takes away every chat file of the project in which nothing was said, and with it *all* files whose names end in the same eight
//! characters. A pane without a message loses its file so, and a pane that was resumed loses its whole transcript to the empty
//! second file that the resume had made. The running agent does not notice and goes on in a file without its first record,
//! which cannot be resumed (exit code 42).
//!
//! Four things are done, only for chats that homing hosts, and nothing is ever written over what is newer:
//! - before a start, and after each turn, the chats are copied to homing's own directory;
//! - before a start, empty second files (nothing said, another file of the same conversation has content) are taken away, so that the
//!   clean-up has no reason to touch that conversation;
//! - before a conversation is begun again in which nothing was said, its empty file is taken away, as Gemini does itself when it ends: one
//!   that was killed leaves it behind, and the next refuses the id (exit code 42);
//! - a chat of a running session, or of the one about to be resumed, that is gone or has lost its first record is put back from its copy, with
//!   what was said since.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use serde_json::json;
use sha2::{Digest, Sha256};

use crate::id::ConversationId;
use crate::watch::chats::{ChatFile, files_in};
use crate::watch::gemini::{self, CHAT_BYTES_MAX, Chat, Project, short_in, short_of};

/// How many files are kept, of all projects; the longest untouched go. Chosen: far more sessions than anybody has open.
pub const COPIES_MAX: usize = 512;

/// How large all copies are together, in bytes; the longest untouched go. Chosen.
pub const COPIES_BYTES_MAX: u64 = 512 << 20;

/// For so long after a start an agent may still be about to write to its empty second file. A start took 2 s. Chosen.
const SETTLED: Duration = Duration::from_secs(10);

/// Where the copies are.
#[derive(Clone, Debug)]
pub struct Copies {
    directory: PathBuf,
    /// When each conversation, by its short id, was last about to be started. Whoever holds it works alone: several panes start at
    /// once. Other servers are kept apart by renames, which are whole or not at all.
    started: Arc<Mutex<BTreeMap<String, SystemTime>>>,
}

/// How far an agent is with a conversation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stage {
    /// It may be about to write to its empty second file.
    Starting,
    /// It does not run, or is past its start.
    Settled,
}

/// One conversation's files, in Gemini's directory and among the copies.
struct Kept<'a> {
    project: &'a Project,
    copies: PathBuf,
    short: &'a str,
}

impl Copies {
    /// The copies below homing's directory for data.
    pub fn below(data_dir: &Path) -> Self {
        Self { directory: data_dir.join("gemini"), started: Arc::default() }
    }

    /// Before a Gemini is started in the project: copies what homing hosts there, takes away empty second files, and puts
    /// back the conversation that is about to be resumed.
    pub fn before_start(&self, project: &Project, resumed: Option<&ConversationId>, now: SystemTime) -> io::Result<()> {
        let mut started = self.started.lock().unwrap_or_else(PoisonError::into_inner);
        let known = files_in(&self.of(project), |name| short_in(name).is_some());
        let mut shorts: BTreeSet<String> = known.iter().filter_map(short_of_file).collect();
        shorts.extend(resumed.and_then(short_of).map(str::to_owned));
        for short in &shorts {
            let kept = self.kept(project, short);
            match resumed.filter(|id| short_of(id) == Some(short.as_str())) {
                // It does not run yet: what is empty now is left over.
                Some(own) => {
                    kept.settle(Some(own), Stage::Settled)?;
                    started.insert(short.clone(), now);
                }
                None => kept.settle(None, stage(&started, short, now))?,
            }
        }
        self.bound()
    }

    /// Before a Gemini begins a conversation again on which none runs: takes its files away if nothing was said in them.
    pub fn clear_unsaid(&self, project: &Project, id: &ConversationId) -> io::Result<()> {
        let _alone = self.started.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(short) = short_of(id) else { return Ok(()) };
        let of_it = |directory: &Path| files_in(directory, |name| short_in(name) == Some(short));
        let (files, copies) = (of_it(&project.chats), of_it(&self.of(project)));
        let is_unsaid = |file: &ChatFile| {
            gemini::read(&file.path).is_ok_and(|chat| chat.id.as_ref() == Some(id) && !chat.is_said())
        };
        if files.iter().chain(&copies).all(is_unsaid) {
            for file in files.iter().chain(&copies) {
                remove_if_there(&file.path)?;
            }
        }
        Ok(())
    }

    /// While a Gemini runs, after a turn of its: copies its conversation, and puts it back where another's start has
    /// deleted it.
    pub fn after_turn(&self, project: &Project, id: &ConversationId, now: SystemTime) -> io::Result<()> {
        let started = self.started.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(short) = short_of(id) else { return Ok(()) };
        self.kept(project, short).settle(Some(id), stage(&started, short, now))?;
        self.bound()
    }

    /// Where the copies of a project's chats are.
    fn of(&self, project: &Project) -> PathBuf {
        let name: String = sha256(&project.chats.to_string_lossy()).chars().take(16).collect();
        self.directory.join(name)
    }

    fn kept<'a>(&self, project: &'a Project, short: &'a str) -> Kept<'a> {
        Kept { project, copies: self.of(project), short }
    }

    /// Keeps the copies within their limits.
    fn bound(&self) -> io::Result<()> {
        let projects = fs::read_dir(&self.directory).into_iter().flatten().flatten().map(|entry| entry.path());
        let mut files: Vec<ChatFile> = projects.flat_map(|project| files_in(&project, |_| true)).collect();
        files.sort_unstable_by_key(|file| std::cmp::Reverse(file.written_at));
        let mut bytes = 0;
        for (at, file) in files.iter().enumerate() {
            bytes += file.path.metadata().map_or(0, |meta| meta.len());
            if at >= COPIES_MAX || bytes > COPIES_BYTES_MAX {
                fs::remove_file(&file.path)?;
            }
        }
        Ok(())
    }
}

impl Kept<'_> {
    /// Brings files and copies together. What homing runs or is about to resume (`wanted`) is put back where it is gone.
    fn settle(&self, wanted: Option<&ConversationId>, stage: Stage) -> io::Result<()> {
        let is_own = |name: &str| short_in(name) == Some(self.short);
        let mut names: BTreeSet<String> = BTreeSet::new();
        for file in files_in(&self.project.chats, is_own).iter().chain(&files_in(&self.copies, is_own)) {
            names.extend(file.path.file_name().and_then(|name| name.to_str()).map(str::to_owned));
        }
        let ids: BTreeSet<ConversationId> = names
            .iter()
            .filter_map(|name| gemini::read(&self.project.chats.join(name)).ok()?.id)
            .chain(wanted.cloned())
            .collect();
        // Two conversations that share eight characters: their files cannot be told apart once one has lost its first record.
        if ids.len() > 1 {
            return Ok(());
        }
        for name in &names {
            self.settle_file(name, wanted)?;
        }
        match stage {
            Stage::Settled => self.clear_empty(&names),
            Stage::Starting => Ok(()),
        }
    }

    fn settle_file(&self, name: &str, wanted: Option<&ConversationId>) -> io::Result<()> {
        let (path, copy_path) = (self.project.chats.join(name), self.copies.join(name));
        let copy = read_whole(&copy_path)?;
        match (read_whole(&path)?, copy) {
            (Some(text), copy) if Chat::of(&text).id.is_some() => self.copy(&copy_path, &text, copy.as_deref()),
            (Some(fragment), copy) => match (copy, wanted) {
                (Some(copy), _) => self.mend(&path, &copy_path, &copy, &fragment),
                // Its file was deleted before it was ever copied: the first record says nothing that is not known.
                (None, Some(id)) => self.mend(&path, &copy_path, &self.first_record(id), &fragment),
                (None, None) => Ok(()),
            },
            (None, Some(copy)) if wanted.is_some() && Chat::of(&copy).is_said() => put_back(&path, &copy),
            (None, _) => Ok(()),
        }
    }

    /// Copies a sound file. One in which nothing was said does not replace a copy in which something was.
    fn copy(&self, copy_path: &Path, text: &str, copy: Option<&str>) -> io::Result<()> {
        let is_worse = || copy.is_some_and(|copy| Chat::of(copy).is_said() && !Chat::of(text).is_said());
        if copy == Some(text) || is_worse() {
            return Ok(());
        }
        fs::create_dir_all(&self.copies)?;
        replace(copy_path, text.as_bytes())
    }

    /// Puts the copy before what was written since the file was deleted. The running agent opens the file anew for each record;
    /// what it wrote between the reading and the renaming is taken over from the old file.
    fn mend(&self, path: &Path, copy_path: &Path, copy: &str, fragment: &str) -> io::Result<()> {
        let mut old = File::open(path)?;
        let mut text = copy.to_owned();
        let known: HashSet<&str> = copy.lines().collect();
        for line in fragment.lines().filter(|line| !known.contains(line)) {
            text.push_str(line);
            text.push('\n');
        }
        // What is left of an empty second file holds nothing that was said, and would replace what was.
        if !Chat::of(&text).is_said() && Chat::of(copy).is_said() {
            return Ok(());
        }
        fs::create_dir_all(&self.copies)?;
        replace(copy_path, text.as_bytes())?;
        replace(path, text.as_bytes())?;
        let mut late = Vec::new();
        old.read_to_end(&mut late)?;
        let late = late.get(fragment.len()..).unwrap_or_default();
        if late.is_empty() { Ok(()) } else { File::options().append(true).open(path)?.write_all(late) }
    }

    /// The first record of a chat, as Gemini writes it.
    fn first_record(&self, id: &ConversationId) -> String {
        let at = jiff::Timestamp::now().to_string();
        let hash = sha256(&self.project.root);
        let record = json!({ "sessionId": id.as_str(), "projectHash": hash, "startTime": at, "lastUpdated": at, "kind": "main" });
        format!("{record}\n")
    }

    /// Takes away files in which nothing was said, where another of the same conversation has content.
    fn clear_empty(&self, names: &BTreeSet<String>) -> io::Result<()> {
        let chats = names.iter().map(|name| (name, self.project.chats.join(name)));
        let chats: Vec<(&String, PathBuf, Chat)> =
            chats.filter_map(|(name, path)| gemini::read(&path).ok().map(|chat| (name, path, chat))).collect();
        let has_content = chats.iter().any(|(_, _, chat)| chat.id.is_some() && chat.is_said());
        for (name, path, _) in chats.iter().filter(|(_, _, chat)| has_content && !chat.is_said()) {
            remove_if_there(path)?;
            remove_if_there(&self.copies.join(name))?;
        }
        Ok(())
    }
}

/// Whether a start of the conversation is under way.
fn stage(started: &BTreeMap<String, SystemTime>, short: &str, now: SystemTime) -> Stage {
    let is_settled = started.get(short).is_none_or(|at| now.duration_since(*at).is_ok_and(|age| age >= SETTLED));
    if is_settled { Stage::Settled } else { Stage::Starting }
}

fn short_of_file(file: &ChatFile) -> Option<String> {
    short_in(file.path.file_name()?.to_str()?).map(str::to_owned)
}

fn sha256(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The file's text; `None` where there is none. One that is too large to copy is an error.
fn read_whole(path: &Path) -> io::Result<Option<String>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    if file.metadata()?.len() > CHAT_BYTES_MAX {
        return Err(io::Error::other(format!("{} is too large to be copied", path.display())));
    }
    let mut bytes = Vec::new();
    file.take(CHAT_BYTES_MAX).read_to_end(&mut bytes)?;
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

/// Writes a file whole or not at all, readable by its user only.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    staged(path, bytes)?.persist(path).map(drop).map_err(|error| error.error)
}

/// Writes a file that is not there; one that has come meanwhile stays.
fn put_back(path: &Path, text: &str) -> io::Result<()> {
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)?;
    }
    match staged(path, text.as_bytes())?.persist_noclobber(path) {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error.error),
    }
}

/// A new file beside the path. Its name is none of a chat's.
fn staged(path: &Path, bytes: &[u8]) -> io::Result<tempfile::NamedTempFile> {
    let directory = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".homing-").tempfile_in(directory)?;
    file.write_all(bytes)?;
    file.as_file().sync_data()?;
    Ok(file)
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
