//! Pseudo-terminals: opening one, starting a process in it, telling it its size.
//!
//! The only importer of portable-pty. Owns descriptors, never reads or writes them: the server does, without blocking.

pub mod wait;

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use filedescriptor::FileDescriptor;
use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::geometry::Size;

/// The master end of a PTY.
#[derive(Debug)]
pub struct Master(OwnedFd);

impl Master {
    /// Tells the terminal its size; its foreground processes get SIGWINCH if it changed.
    pub fn resize(&self, size: Size) -> io::Result<()> {
        let size = Winsize { ws_row: size.rows(), ws_col: size.cols(), ws_xpixel: 0, ws_ypixel: 0 };
        Ok(tcsetwinsize(&self.0, size)?)
    }

    /// Makes reads and writes return at once.
    pub fn set_nonblocking(&self) -> io::Result<()> {
        Ok(rustix::io::ioctl_fionbio(&self.0, true)?)
    }
}

impl From<OwnedFd> for Master {
    fn from(fd: OwnedFd) -> Self {
        Self(fd)
    }
}

impl AsFd for Master {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// A process in a new PTY.
#[derive(Debug)]
pub struct Spawned {
    /// The master end.
    pub master: Master,
    /// The process; leader of a session and a process group of its own. A child of this process.
    pub pid: u32,
}

/// Why a process could not be started.
#[derive(Debug, thiserror::Error)]
pub enum SpawnError {
    /// There is nothing to start.
    #[error("there is no program to start")]
    NoProgram,
    /// The directory does not exist.
    #[error("the directory {} is gone", .0.display())]
    NoDirectory(PathBuf),
    /// The system gave no PTY.
    #[error("no terminal could be opened: {0}")]
    Open(String),
    /// The program could not be started.
    #[error("{program} could not be started: {reason}")]
    Start {
        /// Which.
        program: String,
        /// Why.
        reason: String,
    },
}

/// Opens a PTY and starts a process in it, with exactly this environment.
pub fn spawn(argv: &[String], env: &[(String, String)], cwd: &Path, size: Size) -> Result<Spawned, SpawnError> {
    let program = argv.first().ok_or(SpawnError::NoProgram)?;
    if !cwd.is_dir() {
        return Err(SpawnError::NoDirectory(cwd.to_path_buf()));
    }
    let open = |error: &dyn std::fmt::Display| SpawnError::Open(error.to_string());
    let size = PtySize { rows: size.rows(), cols: size.cols(), pixel_width: 0, pixel_height: 0 };
    let pair = native_pty_system().openpty(size).map_err(|error| open(&error))?;
    let mut command = CommandBuilder::from_argv(argv.iter().map(Into::into).collect());
    command.env_clear();
    for (key, value) in env {
        command.env(key, value);
    }
    command.cwd(cwd);
    let start = |reason: String| SpawnError::Start { program: program.clone(), reason };
    let child = pair.slave.spawn_command(command).map_err(|error| start(format!("{error:#}")))?;
    let pid = child.process_id().ok_or_else(|| start("it has no process".to_owned()))?;
    let raw = pair.master.as_raw_fd().ok_or_else(|| open(&"it has no descriptor"))?;
    let master = FileDescriptor::dup(&raw).map_err(|error| open(&error))?;
    Ok(Spawned { master: Master(owned(master).map_err(|error| open(&error))?), pid })
}

/// The descriptor of a `FileDescriptor`, which does not give up its own.
fn owned(fd: FileDescriptor) -> io::Result<OwnedFd> {
    Ok(fd.as_file().map_err(io::Error::other)?.into())
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn env() -> Vec<(String, String)> {
        vec![("PATH".to_owned(), "/usr/bin:/bin".to_owned()), ("ONLY".to_owned(), "this".to_owned())]
    }

    fn argv(script: &str) -> Vec<String> {
        ["/bin/sh", "-c", script].map(str::to_owned).to_vec()
    }

    fn output(spawned: Spawned) -> String {
        let mut text = Vec::new();
        // The last read of a PTY fails with EIO.
        let _ = std::fs::File::from(spawned.master.0).read_to_end(&mut text);
        String::from_utf8_lossy(&text).into_owned()
    }

    #[test]
    fn a_process_gets_its_size_its_environment_and_nothing_else() {
        let script =
            "stty size; env | grep -v -e ^PWD -e ^SHELL= -e ^SHLVL -e ^_= -e ^OLDPWD | sort; ls /proc/self/fd | wc -l";
        let text = output(spawn(&argv(script), &env(), Path::new("/"), Size::new(91, 17)).expect("started"));
        let lines: Vec<&str> = text.lines().collect();
        // ls itself has 0, 1, 2 and the directory that it reads.
        assert_eq!(lines, ["17 91", "ONLY=this", "PATH=/usr/bin:/bin", "4"]);
    }

    #[test]
    fn what_cannot_be_started_says_what_and_why() {
        let error = spawn(&["/no/such/program".to_owned()], &env(), Path::new("/"), Size::HEADLESS).expect_err("none");
        assert!(error.to_string().contains("/no/such/program"), "{error}");
        let error = spawn(&argv("true"), &env(), Path::new("/no/such/dir"), Size::HEADLESS).expect_err("none");
        assert_eq!(error.to_string(), "the directory /no/such/dir is gone");
    }
}
