//! The keeper: parent of the server, holder of a duplicate of every PTY master, and of the listening socket.
//!
//! A few hundred lines and no state but a table of descriptors, so that there is little in it that could fail. It parses
//! nothing that agents print. Single-threaded, no runtime.

pub mod link;
pub mod start;
pub mod wire;

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGKILL, SIGTERM};

use crate::keeper::wire::{ToKeeper, ToServer, Wire, pair};
use crate::paths::Paths;
use crate::protocol::codec::{Decoder, Kind, encode_json};
use crate::protocol::message::{Hello, Reject, Role};
use crate::pty::wait::reap_all;

/// This many crashes of the server …
const CRASHES: usize = 5;

/// … within this time are a crash loop.
const CRASH_WINDOW: Duration = Duration::from_secs(10);

/// How long ago a server was told of an end that the next one is told of again: it may have died before it took that in. Chosen.
const TELLS_AGAIN: Duration = Duration::from_secs(5);

/// The first wait before a server is started again; the first restart waits for nothing.
const FIRST_BACK_OFF: Duration = Duration::from_millis(100);

/// How long a server has to end when the system asks.
const TERMINATE_TIME: Duration = Duration::from_secs(10);

/// How long a keeper that gave up and holds nothing waits for somebody to tell.
const LINGER: Duration = Duration::from_secs(10);

/// How long somebody who connects to a keeper that gave up has to say who it is.
const HELLO_TIME: Duration = Duration::from_millis(500);

/// What the keeper process is told.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct KeeperArgs {
    /// Take the place of a keeper that died: its server is on standard input
    #[arg(long)]
    pub adopt: bool,
}

/// Why a keeper could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum KeeperError {
    /// The socket could not be bound.
    #[error("the socket {path} cannot be bound: {source}")]
    Bind {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Anything else that the system refused.
    #[error("the keeper cannot run: {0}")]
    System(#[from] io::Error),
}

/// What is held for one process.
struct HeldEntry {
    pid: u32,
    meta: String,
    fds: Vec<OwnedFd>,
}

/// The server as the keeper knows it.
struct ServerProcess {
    /// `None` for a server that started this keeper.
    child: Option<Child>,
    wire: Wire,
    wants: Wants,
    /// Whether it has told that it serves.
    serves: bool,
    /// The signal that ended it, as far as it was reaped.
    signal: Option<i32>,
}

/// What the server said of its end.
#[derive(Default)]
enum Wants {
    /// Nothing: an end is a crash.
    #[default]
    Nothing,
    Restart,
    Stop,
    GiveUp(String),
}

/// How a process whose server had died ended.
struct Exit {
    pid: u32,
    status: crate::pty::wait::ExitStatus,
    /// When a server was told.
    told_at: Option<Instant>,
}

impl Exit {
    /// Whether the server that was told may have died before it took it in.
    fn is_recent(&self) -> bool {
        self.told_at.is_none_or(|at| at.elapsed() < TELLS_AGAIN)
    }

    fn tell(&mut self, server: &Wire) -> io::Result<()> {
        let Self { pid, status, .. } = *self;
        server.send(&ToServer::Exited { pid, code: status.code, signal: status.signal }, &[])?;
        self.told_at = Some(Instant::now());
        Ok(())
    }
}

struct Keeper {
    paths: Paths,
    workspace: String,
    exe: PathBuf,
    listener: UnixListener,
    held: BTreeMap<String, HeldEntry>,
    exits: Vec<Exit>,
    generation: u32,
    crashes: VecDeque<Instant>,
    server: Option<ServerProcess>,
    children: UnixStream,
    terminate: UnixStream,
}

/// Runs a keeper to its end.
pub fn run(args: KeeperArgs, paths: &Paths, workspace: &str) -> Result<(), KeeperError> {
    // Already a session leader: harmless.
    let _ = rustix::process::setsid();
    #[cfg(target_os = "linux")]
    rustix::process::set_child_subreaper(Some(rustix::process::getpid())).map_err(io::Error::from)?;
    let children = signal_pipe(&[SIGCHLD])?;
    let terminate = signal_pipe(&[SIGTERM, SIGHUP, SIGINT])?;
    let exe = std::env::current_exe()?;
    let (listener, server, generation) = if args.adopt {
        let mut wire = Wire::new(io::stdin().as_fd().try_clone_to_owned()?);
        let (listener, generation) = adopt(&mut wire)?;
        (
            listener,
            Some(ServerProcess { child: None, wire, wants: Wants::Nothing, serves: true, signal: None }),
            generation,
        )
    } else {
        let listener = bind(paths, workspace)?;
        (listener, None, 0)
    };
    let mut keeper = Keeper {
        paths: paths.clone(),
        workspace: workspace.to_owned(),
        exe,
        listener,
        held: BTreeMap::new(),
        exits: Vec::new(),
        generation,
        crashes: VecDeque::new(),
        server,
        children,
        terminate,
    };
    if keeper.server.is_none() {
        keeper.start_server()?;
    }
    // Whoever started this keeper waits for this line, not for the server.
    println!("bound");
    let _ = io::stdout().flush();
    release_stdio()?;
    keeper.keep();
    Ok(())
}

fn signal_pipe(signals: &[i32]) -> io::Result<UnixStream> {
    let (reader, writer) = UnixStream::pair()?;
    reader.set_nonblocking(true)?;
    for signal in signals {
        signal_hook::low_level::pipe::register(*signal, writer.try_clone()?)?;
    }
    Ok(reader)
}

/// Binds the workspace's socket; one that nobody listens to is left over from a keeper that died, and goes.
fn bind(paths: &Paths, workspace: &str) -> Result<UnixListener, KeeperError> {
    let path = paths.socket(workspace);
    let failed = |source| KeeperError::Bind { path: path.clone(), source };
    if let Some(parent) = path.parent() {
        crate::paths::make_private(parent).map_err(|error| failed(io::Error::other(error)))?;
    }
    if path.exists() {
        if UnixStream::connect(&path).is_ok() {
            return Err(failed(io::Error::new(io::ErrorKind::AddrInUse, "a server listens to it already")));
        }
        std::fs::remove_file(&path).map_err(failed)?;
    }
    let listener = UnixListener::bind(&path).map_err(failed)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).map_err(failed)?;
    Ok(listener)
}

fn adopt(wire: &mut Wire) -> io::Result<(UnixListener, u32)> {
    match wire.receive()? {
        Some(ToKeeper::Adopt { generation, .. }) => {
            let fd = wire.take_fds(1).pop().ok_or_else(|| io::Error::other("the listening socket did not come"))?;
            Ok((UnixListener::from(fd), generation))
        }
        _ => Err(io::Error::other("the server did not say that it wants a keeper")),
    }
}

/// Lets go of the descriptors of whoever started this process.
fn release_stdio() -> io::Result<()> {
    let null = std::fs::File::options().read(true).write(true).open("/dev/null")?;
    rustix::stdio::dup2_stdin(&null)?;
    rustix::stdio::dup2_stdout(&null)?;
    rustix::stdio::dup2_stderr(&null)?;
    Ok(())
}

impl Keeper {
    /// Keeps until the server ends on purpose.
    fn keep(&mut self) {
        loop {
            let Some(server) = &self.server else { return };
            let mut fds = [
                PollFd::new(&server.wire, PollFlags::IN),
                PollFd::new(&self.children, PollFlags::IN),
                PollFd::new(&self.terminate, PollFlags::IN),
            ];
            if let Err(error) = poll(&mut fds, None)
                && error != rustix::io::Errno::INTR
            {
                return;
            }
            let [said, child, asked] = fds.map(|fd| !fd.revents().is_empty());
            if asked {
                return self.terminate();
            }
            if child {
                drain(&self.children);
                self.reap();
            }
            if said && !self.listen_to_server() && self.server_ended().is_err() {
                return;
            }
        }
    }

    /// Starts a server and hands everything to it.
    fn start_server(&mut self) -> io::Result<()> {
        let (ours, theirs) = pair()?;
        let child = Command::new(&self.exe)
            .args(["server", "--workspace", &self.workspace])
            .stdin(Stdio::from(theirs))
            .stdout(Stdio::null())
            .stderr(self.error_file())
            .current_dir("/")
            .spawn()?;
        let wire = Wire::new(ours);
        for (key, entry) in &self.held {
            let held =
                ToServer::Held { key: key.clone(), pid: entry.pid, meta: entry.meta.clone(), n_fds: entry.fds.len() };
            let fds: Vec<_> = entry.fds.iter().map(AsFd::as_fd).collect();
            wire.send(&held, &fds)?;
        }
        wire.send(&ToServer::Ready { generation: self.generation }, &[self.listener.as_fd()])?;
        self.exits.retain(Exit::is_recent);
        for exit in &mut self.exits {
            exit.tell(&wire)?;
        }
        self.generation += 1;
        self.server =
            Some(ServerProcess { child: Some(child), wire, wants: Wants::Nothing, serves: false, signal: None });
        Ok(())
    }

    /// Where the server's last words go if it panics before it can log.
    fn error_file(&self) -> Stdio {
        let path = self.paths.log_dir().join(format!("{}.stderr", self.workspace));
        let _ = std::fs::create_dir_all(self.paths.log_dir());
        std::fs::File::options().create(true).append(true).open(path).map_or_else(|_| Stdio::null(), Stdio::from)
    }

    /// Takes what the server said; `false` when it is gone.
    fn listen_to_server(&mut self) -> bool {
        let Some(server) = &mut self.server else { return false };
        if !matches!(server.wire.read(), Ok(true)) {
            return false;
        }
        loop {
            match server.wire.take() {
                Ok(Some(ToKeeper::Hold { key, pid, meta, n_fds })) => {
                    let fds = server.wire.take_fds(n_fds);
                    self.held.insert(key, HeldEntry { pid, meta, fds });
                }
                Ok(Some(ToKeeper::Drop { key })) => {
                    self.held.remove(&key);
                }
                Ok(Some(ToKeeper::Restart { exe })) => {
                    server.wants = Wants::Restart;
                    self.exe = exe.map_or_else(|| self.exe.clone(), PathBuf::from);
                }
                Ok(Some(ToKeeper::Serving)) => server.serves = true,
                Ok(Some(ToKeeper::Stop)) => server.wants = Wants::Stop,
                Ok(Some(ToKeeper::Failed { message })) => server.wants = Wants::GiveUp(message),
                Ok(Some(ToKeeper::Adopt { .. })) => {}
                Ok(None) => return true,
                Err(_) => return false,
            }
        }
    }

    /// Takes the exit statuses of processes whose server had died, and tells the one that lives.
    fn reap(&mut self) {
        for (pid, status) in reap_all() {
            let server = self.server.as_mut().filter(|s| s.child.as_ref().is_some_and(|child| child.id() == pid));
            if let Some(server) = server {
                server.signal = status.signal;
                continue;
            }
            let mut exit = Exit { pid, status, told_at: None };
            if let Some(server) = &self.server {
                // One that cannot be told is dead; the next one is told.
                let _ = exit.tell(&server.wire);
            }
            self.exits.retain(Exit::is_recent);
            self.exits.push(exit);
        }
    }

    /// The server is gone: on purpose, or it is started again. `Err` ends the keeper.
    fn server_ended(&mut self) -> Result<(), ()> {
        let Some(mut server) = self.server.take() else { return Err(()) };
        // The link closes with the process; its status may have been reaped already.
        let status = server.child.as_mut().and_then(|child| child.wait().ok());
        let signal = server.signal.or_else(|| status.and_then(|status| status.signal()));
        let was_killed = server.serves && (server.child.is_none() || signal == Some(SIGKILL));
        match server.wants {
            Wants::Stop => {
                self.remove_socket();
                Err(())
            }
            Wants::Restart => self.start_or_give_up(),
            Wants::GiveUp(message) => self.give_up(&message),
            Wants::Nothing => {
                // A server that served and was killed did not crash: somebody ended it, and it comes back at once.
                if !was_killed && self.is_crash_loop() {
                    let log = self.paths.log_dir();
                    let message = format!(
                        "the server crashed {CRASHES} times in {} s; its log is in {}",
                        CRASH_WINDOW.as_secs(),
                        log.display()
                    );
                    return self.give_up(&message);
                }
                self.start_or_give_up()
            }
        }
    }

    fn start_or_give_up(&mut self) -> Result<(), ()> {
        match self.start_server() {
            Ok(()) => Ok(()),
            Err(error) => {
                let message = format!("{} cannot be started: {error}", self.exe.display());
                self.give_up(&message)
            }
        }
    }

    /// Notes a crash, and waits after the second and each further one; whether there were too many.
    fn is_crash_loop(&mut self) -> bool {
        let now = Instant::now();
        while self.crashes.front().is_some_and(|at| now.duration_since(*at) > CRASH_WINDOW) {
            self.crashes.pop_front();
        }
        self.crashes.push_back(now);
        let n = self.crashes.len();
        if n >= CRASHES {
            return true;
        }
        if let Some(n_waits) = u32::try_from(n).ok().and_then(|n| n.checked_sub(2)) {
            std::thread::sleep(FIRST_BACK_OFF * 2_u32.pow(n_waits.min(5)));
        }
        false
    }

    /// Holds on to everything and tells whoever connects why there is no server; a request to restart tries again.
    fn give_up(&mut self, message: &str) -> Result<(), ()> {
        let since = Instant::now();
        loop {
            let wait = if self.held.is_empty() { Some(LINGER.saturating_sub(since.elapsed())) } else { None };
            let timeout = wait.and_then(|wait| Timespec::try_from(wait).ok());
            let mut fds = [
                PollFd::new(&self.listener, PollFlags::IN),
                PollFd::new(&self.children, PollFlags::IN),
                PollFd::new(&self.terminate, PollFlags::IN),
            ];
            let n = poll(&mut fds, timeout.as_ref()).unwrap_or(0);
            let [connected, child, asked] = fds.map(|fd| !fd.revents().is_empty());
            if asked || (n == 0 && wait.is_some_and(|wait| wait.is_zero() || since.elapsed() >= LINGER)) {
                self.remove_socket();
                return Err(());
            }
            if child {
                drain(&self.children);
                self.reap();
            }
            if connected && let Ok((stream, _)) = self.listener.accept() {
                if is_told_to_restart(stream, message, self.held.len()) {
                    self.crashes.clear();
                    return self.start_or_give_up();
                }
                if self.held.is_empty() {
                    self.remove_socket();
                    return Err(());
                }
            }
        }
    }

    /// The system ends the keeper: the server first, so that it stores what it has to.
    fn terminate(&mut self) {
        if let Some(server) = &mut self.server {
            match &mut server.child {
                Some(child) => {
                    let pid = rustix::process::Pid::from_child(child);
                    let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
                    let until = Instant::now() + TERMINATE_TIME;
                    while Instant::now() < until && matches!(server.wire.read(), Ok(true)) {}
                }
                // A server that started this keeper is not its child: it goes on and starts another.
                None => return,
            }
        }
        self.remove_socket();
    }

    fn remove_socket(&self) {
        let _ = std::fs::remove_file(self.paths.socket(&self.workspace));
    }
}

fn drain(pipe: &UnixStream) {
    let mut buffer = [0; 64];
    while matches!(rustix::io::read(pipe, &mut buffer), Ok(n) if n > 0) {}
}

/// Answers somebody who connects to a keeper that gave up.
fn is_told_to_restart(stream: UnixStream, message: &str, n_held: usize) -> bool {
    let mut bytes = Vec::new();
    let _ = stream.set_read_timeout(Some(HELLO_TIME));
    let mut decoder = Decoder::new();
    let mut buffer = [0; 16 << 10];
    let mut stream = stream;
    'said: while let Ok(n) = io::Read::read(&mut stream, &mut buffer) {
        if n == 0 {
            break;
        }
        decoder.feed(&buffer[..n]);
        while let Some(Ok(frame)) = decoder.next_frame() {
            let hello = serde_json::from_slice(&frame.payload);
            if let (Kind::Hello, Ok(Hello { role: Role::Restart, .. })) = (frame.kind, hello) {
                return true;
            }
            if frame.kind == Kind::Hello {
                break 'said;
            }
        }
    }
    let alive = if n_held == 0 { String::new() } else { format!("{n_held} agents are alive; ") };
    let reject = Reject { reason: message.to_owned(), hint: format!("{alive}`homing restart-server` tries again") };
    encode_json(Kind::Reject, &reject, &mut bytes);
    let _ = stream.write_all(&bytes);
    false
}
