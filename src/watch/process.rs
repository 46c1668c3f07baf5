//! Processes, as Linux shows them in `/proc` (proc(5)). Elsewhere every question is answered [`ProcessError::Unsupported`].

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// Ancestors followed at most. Chosen: deeper than any real tree; ends a walk whose links were read at different times.
const ANCESTORS_MAX: usize = 1024;

/// What follows the path of a file that was removed while open (proc(5)).
const DELETED: &[u8] = b" (deleted)";

/// Programs that run agents' scripts, as agents are installed.
const INTERPRETERS: [&str; 7] = ["node", "bun", "deno", "python", "python3", "sh", "bash"];

/// Why a process could not be looked at.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// There is no such process (any more).
    #[error("there is no process {pid}")]
    Gone {
        /// The process.
        pid: u32,
    },
    /// The system does not show its processes there.
    #[error("processes cannot be looked at on this system: there is no {}", root.display())]
    Unsupported {
        /// Where they were looked for.
        root: PathBuf,
    },
    /// The system does not let this user look.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file does not say what proc(5) says it would.
    #[error("{} is not understood", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
    },
}

/// What the system says of a process.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Stat {
    parent: u32,
    group: u32,
    /// The group that has the terminal; -1 where there is no terminal.
    foreground: i64,
    start_time: u64,
    /// State Z or X.
    has_ended: bool,
}

/// The process's parent; 0 for the first process and for one whose parent is outside the pid namespace.
pub fn parent_of(proc_root: &Path, pid: u32) -> Result<u32, ProcessError> {
    Ok(stat(proc_root, pid)?.parent)
}

/// When the process started, in clock ticks since boot (field 22 of `stat`). With the pid it names a process for good: pids
/// are used again.
///
/// A process that has ended and waits for its parent to notice is gone: it holds and shows nothing any more.
pub fn start_time(proc_root: &Path, pid: u32) -> Result<u64, ProcessError> {
    let stat = stat(proc_root, pid)?;
    if stat.has_ended { Err(ProcessError::Gone { pid }) } else { Ok(stat.start_time) }
}

/// The process's own group, and the group that has its terminal, if it has one.
pub fn groups(proc_root: &Path, pid: u32) -> Result<Groups, ProcessError> {
    let stat = stat(proc_root, pid)?;
    Ok(Groups { own: stat.group, foreground: u32::try_from(stat.foreground).ok() })
}

/// Where a process stands on its terminal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Groups {
    /// Its process group.
    pub own: u32,
    /// The group in the foreground of its terminal.
    pub foreground: Option<u32>,
}

/// Whether the process is `ancestor` or descends from it.
pub fn is_descendant(proc_root: &Path, pid: u32, ancestor: u32) -> Result<bool, ProcessError> {
    let mut current = pid;
    for _ in 0..ANCESTORS_MAX {
        if current == ancestor {
            // Also says whether it still lives, where the first step finds it.
            return stat(proc_root, current).map(|_| true);
        }
        match parent_of(proc_root, current)? {
            0 => return Ok(false),
            parent => current = parent,
        }
    }
    Ok(false)
}

/// All descendants of the process, itself left out, parents before their children, siblings by pid.
///
/// All processes are looked at (some 10 µs each): the shorter way over `children` may miss one while another exits.
pub fn descendants(proc_root: &Path, pid: u32) -> Result<Vec<u32>, ProcessError> {
    let mut children: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    for process in all(proc_root)? {
        // One that is gone by now has no children either: they have another parent.
        if let Ok(stat) = stat(proc_root, process) {
            children.entry(stat.parent).or_default().insert(process);
        }
    }
    let mut found = Vec::new();
    let mut seen = BTreeSet::from([pid]);
    let mut queue = VecDeque::from([pid]);
    while let Some(parent) = queue.pop_front() {
        for child in children.remove(&parent).unwrap_or_default() {
            if seen.insert(child) {
                found.push(child);
                queue.push_back(child);
            }
        }
    }
    Ok(found)
}

/// The program that the process runs; where it was replaced or removed since, the path that it had.
pub fn executable(proc_root: &Path, pid: u32) -> Result<PathBuf, ProcessError> {
    let link = read_link(proc_root, pid, "exe")?;
    Ok(match link.as_os_str().as_bytes().strip_suffix(DELETED) {
        Some(path) => PathBuf::from(OsString::from_vec(path.to_vec())),
        None => link,
    })
}

/// The directory that the process is in.
pub fn cwd_of(proc_root: &Path, pid: u32) -> Result<PathBuf, ProcessError> {
    read_link(proc_root, pid, "cwd")
}

/// The process's arguments, its name first; bad UTF-8 is replaced.
pub fn arguments(proc_root: &Path, pid: u32) -> Result<Vec<String>, ProcessError> {
    let path = directory(proc_root, pid).join("cmdline");
    let bytes = fs::read(&path).map_err(|source| error(proc_root, pid, path, source))?;
    let words = bytes.strip_suffix(b"\0").unwrap_or(&bytes).split(|byte| *byte == 0);
    Ok(words.map(|word| String::from_utf8_lossy(word).into_owned()).collect())
}

/// The environment that the process was started with; bad UTF-8 is replaced.
pub fn environment(proc_root: &Path, pid: u32) -> Result<Vec<(String, String)>, ProcessError> {
    let path = directory(proc_root, pid).join("environ");
    let bytes = fs::read(&path).map_err(|source| error(proc_root, pid, path, source))?;
    let pairs = bytes.split(|byte| *byte == 0).map(|pair| String::from_utf8_lossy(pair).into_owned());
    Ok(pairs.filter_map(|pair| pair.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()))).collect())
}

/// What the process has open, as far as it has a path; files that were removed since are left out.
pub fn open_files(proc_root: &Path, pid: u32) -> Result<Vec<PathBuf>, ProcessError> {
    let path = directory(proc_root, pid).join("fd");
    let entries = fs::read_dir(&path).map_err(|source| error(proc_root, pid, path, source))?;
    let links = entries.flatten().filter_map(|entry| fs::read_link(entry.path()).ok());
    Ok(links.filter(|link| link.is_absolute() && !link.as_os_str().as_bytes().ends_with(DELETED)).collect())
}

/// Whether another process of the program lies between the reporter and the pane's own: `chain` goes from the reporter up to
/// the pane's process. A program that starts itself again (a launcher and its child) is one; processes that are gone by now
/// are passed over.
pub fn is_nested(proc_root: &Path, chain: &[u32], program: &str) -> bool {
    let runs_it =
        |pid: &u32| arguments(proc_root, *pid).ok().map(|arguments| arguments_of(&arguments, program).is_some());
    let known: Vec<bool> = chain.iter().filter_map(runs_it).collect();
    let n_runs = known.chunk_by(|a, b| a == b).filter(|run| run.first() == Some(&true)).count();
    n_runs > 1
}

/// What follows the program in the arguments, where it is this one: its own file, or an interpreter's with its script.
pub fn arguments_of<'a>(arguments: &'a [String], program: &str) -> Option<&'a [String]> {
    match arguments {
        [own, rest @ ..] if stem(own) == program => Some(rest),
        [interpreter, script, rest @ ..] if INTERPRETERS.contains(&stem(interpreter)) && stem(script) == program => {
            Some(rest)
        }
        _ => None,
    }
}

/// The name of a program's file without directory and ending.
fn stem(word: &str) -> &str {
    let name = word.rsplit('/').next().unwrap_or(word);
    name.split('.').next().unwrap_or(name)
}

/// The numbers of all processes.
pub(super) fn all(proc_root: &Path) -> Result<Vec<u32>, ProcessError> {
    let entries = fs::read_dir(proc_root).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => ProcessError::Unsupported { root: proc_root.to_owned() },
        _ => ProcessError::Unreadable { path: proc_root.to_owned(), source },
    })?;
    Ok(entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect())
}

fn stat(proc_root: &Path, pid: u32) -> Result<Stat, ProcessError> {
    let path = directory(proc_root, pid).join("stat");
    let text = fs::read(&path).map_err(|source| error(proc_root, pid, path.clone(), source))?;
    parse_stat(&text).ok_or(ProcessError::Malformed { path })
}

/// `pid (name) state parent …`: the name may hold blanks and parentheses, so the fields are counted from the last one.
fn parse_stat(text: &[u8]) -> Option<Stat> {
    let after_name = text.iter().rposition(|byte| *byte == b')')?;
    let fields: Vec<&str> = std::str::from_utf8(text.get(after_name + 1..)?).ok()?.split_ascii_whitespace().collect();
    // The first of these is field 3, the state.
    let has_ended = matches!(*fields.first()?, "Z" | "X");
    Some(Stat {
        parent: fields.get(1)?.parse().ok()?,
        group: fields.get(2)?.parse().ok()?,
        foreground: fields.get(5)?.parse().ok()?,
        start_time: fields.get(19)?.parse().ok()?,
        has_ended,
    })
}

fn read_link(proc_root: &Path, pid: u32, name: &str) -> Result<PathBuf, ProcessError> {
    let path = directory(proc_root, pid).join(name);
    fs::read_link(&path).map_err(|source| error(proc_root, pid, path, source))
}

fn directory(proc_root: &Path, pid: u32) -> PathBuf {
    proc_root.join(pid.to_string())
}

/// ESRCH is what reading the file of a process that ended meanwhile gives.
fn error(proc_root: &Path, pid: u32, path: PathBuf, source: io::Error) -> ProcessError {
    let is_gone = source.kind() == io::ErrorKind::NotFound
        || source.raw_os_error() == Some(rustix::io::Errno::SRCH.raw_os_error());
    match is_gone {
        true if !proc_root.is_dir() => ProcessError::Unsupported { root: proc_root.to_owned() },
        true => ProcessError::Gone { pid },
        false => ProcessError::Unreadable { path, source },
    }
}
