//! Tests of what is watched, on made-up processes and files.

mod catalogue;
mod chats;
mod claude;
mod codex;
mod gemini;
mod opencode;
mod process;
mod started;
mod survey;

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::id::ConversationId;

/// A process file system and a home, made up.
struct World {
    directory: TempDir,
}

impl World {
    fn new() -> Self {
        let world = Self { directory: tempfile::tempdir().expect("a temporary directory") };
        fs::create_dir(world.proc()).expect("made");
        world
    }

    fn proc(&self) -> PathBuf {
        self.directory.path().join("proc")
    }

    fn home(&self) -> PathBuf {
        self.directory.path().join("home")
    }

    /// Adds a process; its start time is 1000 + its pid.
    fn process(&self, pid: u32, parent: u32, arguments: &[&str]) {
        let directory = self.proc().join(pid.to_string());
        fs::create_dir_all(directory.join("fd")).expect("made");
        let name = arguments.first().copied().unwrap_or("x");
        let fields = ["0"; 17].join(" ");
        let stat = format!("{pid} ({name}) S {parent} {fields} {} 0 0\n", 1000 + pid);
        fs::write(directory.join("stat"), stat).expect("written");
        let cmdline: String = arguments.iter().flat_map(|argument| [argument, "\0"]).collect();
        fs::write(directory.join("cmdline"), cmdline).expect("written");
    }

    /// Gives the process an environment.
    fn environment(&self, pid: u32, env: &[(&str, &str)]) {
        let text: String = env.iter().map(|(name, value)| format!("{name}={value}\0")).collect();
        fs::write(self.proc().join(pid.to_string()).join("environ"), text).expect("written");
    }

    /// Lets the process have the file open.
    fn open(&self, pid: u32, file: &Path) {
        let fds = self.proc().join(pid.to_string()).join("fd");
        let number = fs::read_dir(&fds).expect("readable").count();
        symlink(file, fds.join(number.to_string())).expect("linked");
    }

    /// Lets the process hold the lock on the file.
    fn lock(&self, pid: i64, file: &Path) {
        let found = fs::metadata(file).expect("is there");
        let (major, minor) = (rustix::fs::major(found.dev()), rustix::fs::minor(found.dev()));
        self.lock_as(pid, &format!("{major:02x}:{minor:02x}:{}", found.ino()));
    }

    fn lock_as(&self, pid: i64, place: &str) {
        let path = self.proc().join("locks");
        let before = fs::read_to_string(&path).unwrap_or_default();
        fs::write(&path, format!("{before}1: FLOCK  ADVISORY  WRITE {pid} {place} 0 EOF\n")).expect("written");
    }

    /// Writes a file below the home; returns its path.
    fn file(&self, path: &str, content: &str) -> PathBuf {
        let path = self.home().join(path);
        fs::create_dir_all(path.parent().expect("has one")).expect("made");
        fs::write(&path, content).expect("written");
        path
    }
}

fn conversation(id: &str) -> ConversationId {
    ConversationId::new(id)
}
