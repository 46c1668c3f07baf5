//! Finding the server of a workspace, or starting its keeper. No polling: the keeper says when its socket is bound.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use rustix::fs::{FlockOperation, flock};

use crate::paths::Paths;

/// Why no server could be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The lock against two starts at once.
    #[error("the lock {path} cannot be taken: {source}")]
    Lock {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The keeper could not be started.
    #[error("the keeper could not be started: {0}")]
    Spawn(#[source] io::Error),
    /// The keeper ended before its socket was bound.
    #[error("{0}")]
    Keeper(String),
    /// The socket does not answer.
    #[error("the server's socket {path} cannot be reached: {source}")]
    Connect {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// A connection to the workspace's server, which is started if none runs. Two starts at once start one.
pub fn ensure_running(paths: &Paths, workspace: &str) -> Result<UnixStream, StartError> {
    let socket = paths.socket(workspace);
    if let Ok(stream) = UnixStream::connect(&socket) {
        return Ok(stream);
    }
    let path = paths.start_lock(workspace);
    let locked = |source| StartError::Lock { path: path.clone(), source };
    let lock = File::options().create(true).truncate(false).write(true).open(&path).map_err(locked)?;
    flock(&lock, FlockOperation::LockExclusive).map_err(|errno| locked(errno.into()))?;
    if let Ok(stream) = UnixStream::connect(&socket) {
        return Ok(stream);
    }
    start_keeper(workspace)?;
    UnixStream::connect(&socket).map_err(|source| StartError::Connect { path: socket, source })
}

fn start_keeper(workspace: &str) -> Result<(), StartError> {
    let mut child = Command::new(std::env::current_exe().map_err(StartError::Spawn)?)
        .args(["keeper", "--workspace", workspace])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .current_dir("/")
        .spawn()
        .map_err(StartError::Spawn)?;
    let mut line = String::new();
    if let Some(stdout) = child.stdout.take() {
        BufReader::new(stdout).read_line(&mut line).map_err(StartError::Spawn)?;
    }
    if line.trim() == "bound" {
        return Ok(());
    }
    let mut said = String::new();
    if let Some(stderr) = child.stderr.take() {
        let _ = io::Read::read_to_string(&mut io::Read::take(stderr, 4096), &mut said);
    }
    let _ = child.wait();
    let said = said.trim().trim_start_matches("homing: ");
    let message = if said.is_empty() { "the keeper ended before it was ready" } else { said };
    Err(StartError::Keeper(message.to_owned()))
}
