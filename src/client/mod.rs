//! The client: a terminal in raw mode at one end, the workspace's socket at the other. Bytes in; bytes out where the server does
//! not write to the terminal itself.
//!
//! Knows nothing of panes. Restores the terminal on every way out, and connects again by itself when the server restarts.

mod link;
pub mod request;
pub mod tty;

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGTERM, SIGWINCH};

use crate::client::tty::RawTerminal;
use crate::keeper::start::{self, StartError};
use crate::paths::Paths;
use crate::protocol::codec::{Decoder, FrameError, Kind, encode, encode_json};
use crate::protocol::message::{ClientMessage, Hello, Reject, Role, ServerMessage};

pub use request::{connect_existing, order_restart, request, wait, wait_until_gone};

/// How long a client tries to reach a server that went away.
const RECONNECT_TIME: Duration = Duration::from_secs(30);

/// How long a client that was asked to end waits for its server to let go of the terminal (chosen; it takes less than 1 ms).
const PART_TIME: Duration = Duration::from_millis(300);

/// Pause between two tries.
const RECONNECT_PAUSE: Duration = Duration::from_millis(50);

/// What a client shows, and where.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where everything lies.
    pub paths: Paths,
    /// Which workspace.
    pub workspace: String,
    /// The environment in which its new sessions run.
    pub env: Vec<(String, String)>,
    /// The directory in which its first session runs.
    pub cwd: String,
    /// What to open if the workspace is empty.
    pub open: Option<String>,
}

/// Why a client left.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Left {
    /// One line for the normal screen.
    pub reason: String,
    /// The exit code.
    pub code: i32,
}

/// Why a client or a request failed.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// No server runs.
    #[error("no server runs")]
    NotRunning,
    /// There is no terminal.
    #[error("homing needs a terminal: standard input and output must be one; `homing start` works without")]
    NotATerminal,
    /// homing in a pane of homing.
    #[error(
        "this is a pane of homing already; commands like `homing new` work here, HOMING_NEST=1 attaches all the same"
    )]
    Nested,
    /// The server refuses.
    #[error("{reason}; {hint}")]
    Rejected {
        /// Why.
        reason: String,
        /// What to do.
        hint: String,
    },
    /// The server sent what is no frame.
    #[error("the server sent {0}; `homing restart-server` starts one of this version")]
    Frame(#[from] FrameError),
    /// No answer in time.
    #[error("the server did not answer in time")]
    TimedOut,
    /// The server is gone.
    #[error("the server is gone; `homing` connects again")]
    Gone,
    /// It could not be started again.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The system refused.
    #[error("{0}")]
    System(#[from] io::Error),
}

/// Whether a client can run here.
pub fn check_terminal() -> Result<(), ClientError> {
    use std::io::IsTerminal;
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return Err(ClientError::NotATerminal);
    }
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if is_set("HOMING_SESSION") && !is_set("HOMING_NEST") {
        return Err(ClientError::Nested);
    }
    Ok(())
}

/// How one connection ended.
enum Ended {
    Left(Left),
    /// The server went away: try again.
    Lost,
}

/// Shows the workspace until the user or the server ends it.
pub fn attach(stream: UnixStream, options: &Options) -> Result<Left, ClientError> {
    let mut signals = Signals::new()?;
    let mut terminal = RawTerminal::enter()?;
    let mut open = options.open.clone();
    let mut stream = stream;
    loop {
        let mut connection = Connection::new(stream, options, open.take())?;
        match connection.serve(&mut signals)? {
            Ended::Left(left) => {
                terminal.leave();
                return Ok(left);
            }
            Ended::Lost => stream = reconnect(options, &mut signals)?,
        }
    }
}

/// Reaches the server that takes over, or starts one.
fn reconnect(options: &Options, signals: &mut Signals) -> Result<UnixStream, ClientError> {
    let since = Instant::now();
    let mut is_told = false;
    loop {
        match start::ensure_running(&options.paths, &options.workspace) {
            Ok(stream) => return Ok(stream),
            Err(error) if since.elapsed() > RECONNECT_TIME => return Err(error.into()),
            Err(_) => {}
        }
        if !is_told && since.elapsed() > Duration::from_millis(500) {
            is_told = true;
            print_raw(b"\x1b[m\x1b[2J\x1b[H homing: the server is gone; connecting again (ctrl+c gives up)\r\n")?;
        }
        if signals.take().ends {
            return Err(ClientError::Gone);
        }
        std::thread::sleep(RECONNECT_PAUSE);
        let mut key = [0; 16];
        let mut fds = [PollFd::from_borrowed_fd(rustix::stdio::stdin(), PollFlags::IN)];
        let now = rustix::event::Timespec { tv_sec: 0, tv_nsec: 0 };
        if is_told
            && matches!(poll(&mut fds, Some(&now)), Ok(1..))
            && matches!(rustix::io::read(rustix::stdio::stdin(), &mut key), Ok(n) if key[..n].contains(&3))
        {
            return Err(ClientError::Gone);
        }
    }
}

/// The signals that a client listens to, as a pipe.
struct Signals {
    pipe: UnixStream,
    flags: [std::sync::Arc<std::sync::atomic::AtomicBool>; 2],
}

/// What the signals said.
struct Signalled {
    /// The terminal has another size, or the process was stopped and goes on.
    resized: bool,
    /// The process is asked to end.
    ends: bool,
}

impl Signals {
    fn new() -> io::Result<Self> {
        let (pipe, writer) = UnixStream::pair()?;
        pipe.set_nonblocking(true)?;
        let flags: [std::sync::Arc<std::sync::atomic::AtomicBool>; 2] = Default::default();
        for (signal, flag) in [(SIGWINCH, 0), (SIGCONT, 0), (SIGTERM, 1), (SIGHUP, 1), (SIGINT, 1)] {
            signal_hook::flag::register(signal, flags[flag].clone())?;
            signal_hook::low_level::pipe::register(signal, writer.try_clone()?)?;
        }
        Ok(Self { pipe, flags })
    }

    fn take(&mut self) -> Signalled {
        let mut buffer = [0; 64];
        while matches!(self.pipe.read(&mut buffer), Ok(1..)) {}
        let [resized, ends] = [0, 1].map(|at| self.flags[at].swap(false, std::sync::atomic::Ordering::Relaxed));
        Signalled { resized, ends }
    }
}

/// One connection to a server.
struct Connection {
    stream: UnixStream,
    decoder: Decoder,
    buffer: Vec<u8>,
}

impl Connection {
    fn new(stream: UnixStream, options: &Options, open: Option<String>) -> Result<Self, ClientError> {
        let size = tty::size()?;
        let mut bytes = Vec::new();
        encode_json(Kind::Hello, &Hello::new(Role::Attach), &mut bytes);
        let attach = ClientMessage::Attach {
            cols: size.cols(),
            rows: size.rows(),
            env: options.env.clone(),
            cwd: options.cwd.clone(),
            open,
            tty: tty::name(),
        };
        encode_json(Kind::Message, &attach, &mut bytes);
        let mut connection = Self { stream, decoder: Decoder::new(), buffer: vec![0; 64 << 10] };
        // A server that is gone is found by the first read.
        let _ = connection.stream.write_all(&bytes);
        Ok(connection)
    }

    /// Carries bytes both ways until one side ends.
    fn serve(&mut self, signals: &mut Signals) -> Result<Ended, ClientError> {
        loop {
            let stdin = rustix::stdio::stdin();
            let mut fds = [
                PollFd::new(&self.stream, PollFlags::IN),
                PollFd::from_borrowed_fd(stdin, PollFlags::IN),
                PollFd::from_borrowed_fd(signals.pipe.as_fd(), PollFlags::IN),
            ];
            match poll(&mut fds, None) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(io::Error::from(error).into()),
            }
            let [from_server, typed, signalled] = fds.map(|fd| !fd.revents().is_empty());
            if typed && !self.forward_typed()? {
                return Ok(Ended::Left(Left { reason: "[the terminal is gone]".to_owned(), code: 0 }));
            }
            if signalled {
                let signalled = signals.take();
                if signalled.ends {
                    self.part();
                    return Ok(Ended::Left(Left { reason: "[detached by a signal]".to_owned(), code: 0 }));
                }
                if signalled.resized {
                    let size = tty::size()?;
                    self.say(&ClientMessage::Resize { cols: size.cols(), rows: size.rows() });
                }
            }
            if from_server && let Some(ended) = self.take_from_server()? {
                return Ok(ended);
            }
        }
    }

    /// Sends what was typed; `false` when the terminal is gone.
    fn forward_typed(&mut self) -> Result<bool, ClientError> {
        match rustix::io::read(rustix::stdio::stdin(), &mut self.buffer) {
            Ok(0) | Err(rustix::io::Errno::IO) => Ok(false),
            Ok(n) => {
                let mut frame = Vec::with_capacity(n + 8);
                encode(Kind::Bytes, &self.buffer[..n], &mut frame);
                // A server that is gone is found by the next read.
                let _ = self.stream.write_all(&frame);
                Ok(true)
            }
            Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => Ok(true),
            Err(error) => Err(io::Error::from(error).into()),
        }
    }

    fn take_from_server(&mut self) -> Result<Option<Ended>, ClientError> {
        match self.stream.read(&mut self.buffer) {
            Ok(0) => return Ok(Some(Ended::Lost)),
            Ok(n) => self.decoder.feed(&self.buffer[..n]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(None),
            Err(_) => return Ok(Some(Ended::Lost)),
        }
        while let Some(frame) = self.decoder.next_frame() {
            let frame = frame?;
            match frame.kind {
                Kind::Bytes => {
                    print_raw(&frame.payload)?;
                    self.say(&ClientMessage::Shown);
                }
                Kind::Message => match serde_json::from_slice(&frame.payload).map_err(io::Error::from)? {
                    ServerMessage::Exit { reason, code } => return Ok(Some(Ended::Left(Left { reason, code }))),
                    ServerMessage::Restarting => return Ok(Some(Ended::Lost)),
                    ServerMessage::Open { uri } => link::open(&uri),
                    ServerMessage::Response { .. } => {}
                },
                Kind::Reject => {
                    let Reject { reason, hint } = serde_json::from_slice(&frame.payload).map_err(io::Error::from)?;
                    return Err(ClientError::Rejected { reason, hint });
                }
                Kind::Hello | Kind::Report => {}
            }
        }
        Ok(None)
    }

    /// Waits until the server has let go of the terminal, to which it may write itself.
    fn part(&mut self) {
        let until = Instant::now() + PART_TIME;
        let _ = self.stream.shutdown(Shutdown::Write);
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || self.stream.set_read_timeout(Some(left)).is_err() {
                return;
            }
            if !matches!(self.stream.read(&mut self.buffer), Ok(1..)) {
                return;
            }
        }
    }

    fn say(&mut self, message: &ClientMessage) {
        let mut bytes = Vec::new();
        encode_json(Kind::Message, message, &mut bytes);
        let _ = self.stream.write_all(&bytes);
    }
}

/// Writes all bytes to the terminal.
fn print_raw(bytes: &[u8]) -> io::Result<()> {
    let stdout = rustix::stdio::stdout();
    let mut rest = bytes;
    while !rest.is_empty() {
        match rustix::io::write(stdout, rest) {
            Ok(n) => rest = &rest[n..],
            Err(rustix::io::Errno::INTR) => {}
            Err(rustix::io::Errno::AGAIN) => {
                // Somebody else made the terminal non-blocking: wait until it takes more.
                let mut fds = [PollFd::from_borrowed_fd(stdout, PollFlags::OUT)];
                poll(&mut fds, None)?;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
