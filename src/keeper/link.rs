//! The server's end of the link to its keeper.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixListener;
use std::process::{Command, Stdio};

use crate::keeper::wire::{ToKeeper, ToServer, Wire, pair};

/// What the keeper holds for one process, handed back.
#[derive(Debug)]
pub struct Held {
    /// The name under which it was held.
    pub key: String,
    /// The process.
    pub pid: u32,
    /// An earlier server's words about it.
    pub meta: String,
    /// The descriptors, as they were handed over.
    pub fds: Vec<OwnedFd>,
}

/// What a server starts from.
#[derive(Debug)]
pub struct Inherited {
    /// The workspace's socket.
    pub listener: UnixListener,
    /// What outlived the last server.
    pub held: Vec<Held>,
    /// How many servers there were before this one.
    pub generation: u32,
}

/// What the keeper says while the server runs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Notice {
    /// A process whose server had died ended.
    Exited {
        /// Which.
        pid: u32,
        /// Exit code.
        code: Option<i32>,
        /// Signal.
        signal: Option<i32>,
    },
    /// The keeper is gone.
    Gone,
}

/// The server's end of the link.
#[derive(Debug)]
pub struct KeeperLink {
    wire: Wire,
    pid: u32,
}

impl KeeperLink {
    /// The link on standard input, and all that comes over it before the keeper is ready.
    pub fn from_stdin() -> io::Result<(Self, Inherited)> {
        let mut wire = Wire::new(io::stdin().as_fd().try_clone_to_owned()?);
        let null = std::fs::File::open("/dev/null")?;
        rustix::stdio::dup2_stdin(&null)?;
        let mut held = Vec::new();
        loop {
            match wire.receive()? {
                Some(ToServer::Held { key, pid, meta, n_fds }) => {
                    held.push(Held { key, pid, meta, fds: wire.take_fds(n_fds) });
                }
                Some(ToServer::Ready { generation }) => {
                    let fd = wire.take_fds(1).pop().ok_or_else(|| io::Error::other("no listening socket came"))?;
                    let pid = rustix::process::getppid().map_or(0, |pid| pid.as_raw_nonzero().get().unsigned_abs());
                    let inherited = Inherited { listener: UnixListener::from(fd), held, generation };
                    return Ok((Self { wire, pid }, inherited));
                }
                Some(ToServer::Exited { .. }) => {}
                None => return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the keeper is gone")),
            }
        }
    }

    /// Starts a keeper in the place of one that died. What it is to hold must be handed to it again.
    pub fn replace(workspace: &str, listener: &UnixListener, generation: u32) -> io::Result<Self> {
        let (ours, theirs) = pair()?;
        let mut child = Command::new(std::env::current_exe()?)
            .args(["keeper", "--adopt", "--workspace", workspace])
            .stdin(Stdio::from(theirs))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .current_dir("/")
            .spawn()?;
        let wire = Wire::new(ours);
        let adopt = ToKeeper::Adopt { server_pid: std::process::id(), generation };
        if let Err(error) = wire.send(&adopt, &[listener.as_fd()]) {
            let _ = child.kill();
            return Err(error);
        }
        Ok(Self { wire, pid: child.id() })
    }

    /// Reads the link on a thread of its own, for as long as the keeper lives.
    pub fn watched(self, notify: impl Fn(Notice) + Send + 'static) -> io::Result<Self> {
        let wire = self.wire.try_clone()?;
        let mut reader = self.wire;
        std::thread::Builder::new().name("keeper-link".to_owned()).stack_size(256 << 10).spawn(move || {
            loop {
                match reader.receive() {
                    Ok(Some(ToServer::Exited { pid, code, signal })) => notify(Notice::Exited { pid, code, signal }),
                    Ok(Some(_)) => {}
                    Ok(None) | Err(_) => return notify(Notice::Gone),
                }
            }
        })?;
        Ok(Self { wire, pid: self.pid })
    }

    /// The keeper's process.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Lets the keeper hold descriptors for a process.
    pub fn hold(&self, key: &str, pid: u32, meta: &str, fds: &[BorrowedFd<'_>]) -> io::Result<()> {
        let hold = ToKeeper::Hold { key: key.to_owned(), pid, meta: meta.to_owned(), n_fds: fds.len() };
        self.wire.send(&hold, fds)
    }

    /// Lets the keeper let go of what it holds under a name.
    pub fn drop_key(&self, key: &str) -> io::Result<()> {
        self.wire.send(&ToKeeper::Drop { key: key.to_owned() }, &[])
    }

    /// The server has started.
    pub fn serving(&self) -> io::Result<()> {
        self.wire.send(&ToKeeper::Serving, &[])
    }

    /// The server is about to end; another is to be started.
    pub fn restart(&self, exe: Option<&str>) -> io::Result<()> {
        self.wire.send(&ToKeeper::Restart { exe: exe.map(str::to_owned) }, &[])
    }

    /// The server is about to end; so should the keeper.
    pub fn stop(&self) -> io::Result<()> {
        self.wire.send(&ToKeeper::Stop, &[])
    }

    /// The server cannot start, and another try would not help.
    pub fn failed(&self, message: &str) -> io::Result<()> {
        self.wire.send(&ToKeeper::Failed { message: message.to_owned() }, &[])
    }
}
