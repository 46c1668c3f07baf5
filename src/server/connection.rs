//! One connection to the workspace's socket: handshake, then a client's messages, a program's requests, or one hook report.
//!
//! Runs as a task of its own beside the loop; hands whole messages to it and never touches the state.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::unix::AsyncFd;
use tokio::sync::mpsc;

use crate::protocol::codec::{Decoder, Frame, FrameError, Kind, encode, encode_json};
use crate::protocol::message::{ClientMessage, Hello, PROTOCOL, Reject, Report, Role, ServerMessage, Welcome};
use crate::server::outbox::Outbox;
use crate::server::ready;

/// Names a connection for as long as the server lives.
pub type ConnectionId = u64;

/// After a connection could not be taken, when it is tried again (chosen).
const NO_CONNECTION_PAUSE: Duration = Duration::from_millis(100);

/// What a connection tells the loop.
#[derive(Debug)]
pub enum Inbound {
    /// A connection was made and greeted.
    Opened {
        /// Which.
        connection: ConnectionId,
        /// The process at the other end, where the system tells.
        pid: Option<u32>,
        /// Where answers go.
        outbox: Outbox,
    },
    /// Bytes of a client's terminal.
    Bytes {
        /// Which.
        connection: ConnectionId,
        /// As read.
        bytes: Vec<u8>,
    },
    /// A message.
    Message {
        /// Which.
        connection: ConnectionId,
        /// What.
        message: ClientMessage,
    },
    /// A hook's report.
    Report {
        /// The process that reports, where the system tells.
        pid: Option<u32>,
        /// What.
        report: Report,
        /// Dropped once the report was looked at: the reporting process waits for it, so that its ancestry can be told.
        hold: Option<Arc<AsyncFd<OwnedFd>>>,
    },
    /// The server is to be replaced.
    Restart {
        /// The program to start.
        exe: Option<String>,
    },
    /// The connection ended.
    Closed {
        /// Which.
        connection: ConnectionId,
    },
}

/// Where a connection's messages go.
pub type Sender = mpsc::Sender<Inbound>;

/// A stream as the loop uses it.
pub struct Peer {
    /// The socket, non-blocking.
    pub fd: Arc<AsyncFd<OwnedFd>>,
    /// The process at the other end.
    pub pid: Option<u32>,
    /// Whether it belongs to the same user.
    pub is_same_user: bool,
}

/// Takes connections for as long as the server lives; each is served by a task of its own.
pub async fn accept(listener: std::os::unix::net::UnixListener, inbound: Sender) {
    if let Err(error) = listener.set_nonblocking(true) {
        tracing::error!(%error, "the socket cannot be listened to");
        return;
    }
    let listener = match tokio::net::UnixListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => {
            tracing::error!(%error, "the socket cannot be listened to");
            return;
        }
    };
    let uid = rustix::process::geteuid().as_raw();
    for connection in 1.. {
        match listener.accept().await {
            Ok((stream, _)) => {
                let credentials = stream.peer_cred().ok();
                let pid = credentials.and_then(|c| c.pid()).and_then(|pid| u32::try_from(pid).ok());
                let is_same_user = credentials.is_some_and(|c| c.uid() == uid);
                let fd = stream.into_std().map(OwnedFd::from).and_then(ready::register);
                match fd {
                    Ok(fd) => {
                        let peer = Peer { fd: Arc::new(fd), pid, is_same_user };
                        tokio::task::spawn(serve(connection, peer, inbound.clone()));
                    }
                    Err(error) => tracing::warn!(%error, "a connection was lost"),
                }
            }
            Err(error) => {
                // Out of descriptors, most likely: waiting is all that helps.
                tracing::warn!(%error, "no connection can be taken");
                tokio::time::sleep(NO_CONNECTION_PAUSE).await;
            }
        }
    }
}

/// Serves one connection to its end.
pub async fn serve(connection: ConnectionId, peer: Peer, inbound: Sender) {
    let outbox = Outbox::new(Arc::clone(&peer.fd));
    let drain = tokio::task::spawn(outbox.clone().drain());
    if let Err(error) = converse(connection, &peer, &outbox, &inbound).await {
        tracing::debug!(connection, %error, "connection ended");
    }
    let _ = inbound.send(Inbound::Closed { connection }).await;
    // What is on its way out still goes; the task ends with the descriptor.
    drain.abort();
}

#[derive(Debug, thiserror::Error)]
enum ConversationError {
    #[error("reading: {0}")]
    Read(#[from] io::Error),
    #[error("{0}")]
    Frame(#[from] FrameError),
    #[error("a message is not understood: {0}")]
    Message(#[from] serde_json::Error),
    #[error("a frame out of place: {0:?}")]
    OutOfPlace(Kind),
    #[error("another user")]
    Stranger,
    #[error("another version")]
    Version,
    #[error("the server ends")]
    Ending,
}

async fn converse(
    connection: ConnectionId,
    peer: &Peer,
    outbox: &Outbox,
    inbound: &Sender,
) -> Result<(), ConversationError> {
    if !peer.is_same_user {
        reject(outbox, "this workspace belongs to another user", "start your own with `homing`");
        return Err(ConversationError::Stranger);
    }
    let mut decoder = Decoder::new();
    let mut buffer = vec![0; 64 << 10];
    let mut is_greeted = false;
    loop {
        let n = read(&peer.fd, &mut buffer).await?;
        if n == 0 {
            return Ok(());
        }
        decoder.feed(&buffer[..n]);
        while let Some(frame) = decoder.next_frame() {
            let frame = match frame {
                Ok(frame) => frame,
                Err(error) => {
                    reject(outbox, &error.to_string(), "it was not sent by homing, or by another version of it");
                    return Err(error.into());
                }
            };
            if let Some(message) = take(connection, peer, outbox, &mut is_greeted, frame)? {
                inbound.send(message).await.map_err(|_| ConversationError::Ending)?;
            }
        }
    }
}

fn take(
    connection: ConnectionId,
    peer: &Peer,
    outbox: &Outbox,
    is_greeted: &mut bool,
    frame: Frame,
) -> Result<Option<Inbound>, ConversationError> {
    let pid = peer.pid;
    match frame.kind {
        Kind::Hello => {
            let hello: Hello = serde_json::from_slice(&frame.payload)?;
            if hello.role == Role::Restart {
                return Ok(Some(Inbound::Restart { exe: hello.exe }));
            }
            if hello.protocol != PROTOCOL {
                let reason = format!("this is homing {}, the server is {}", hello.version, env!("CARGO_PKG_VERSION"));
                reject(outbox, &reason, "`homing restart-server` starts a server of this version; the agents run on");
                return Err(ConversationError::Version);
            }
            *is_greeted = true;
            let version = env!("CARGO_PKG_VERSION").to_owned();
            let welcome = Welcome { version, protocol: PROTOCOL, server_pid: std::process::id() };
            send(outbox, Kind::Hello, &welcome);
            Ok(Some(Inbound::Opened { connection, pid, outbox: outbox.clone() }))
        }
        Kind::Report => {
            let report = serde_json::from_slice(&frame.payload)?;
            Ok(Some(Inbound::Report { pid, report, hold: Some(Arc::clone(&peer.fd)) }))
        }
        Kind::Bytes if *is_greeted => Ok(Some(Inbound::Bytes { connection, bytes: frame.payload })),
        Kind::Message if *is_greeted => {
            let message = serde_json::from_slice(&frame.payload)?;
            Ok(Some(Inbound::Message { connection, message }))
        }
        kind => Err(ConversationError::OutOfPlace(kind)),
    }
}

async fn read(fd: &AsyncFd<OwnedFd>, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        let mut ready = fd.readable().await?;
        if let Ok(result) = ready.try_io(|fd| Ok(rustix::io::read(fd.get_ref(), &mut *buffer)?)) {
            // A socket that gave less had no more: asking it once more is a key's way longer. (tokio's own sockets do the same.)
            if matches!(result, Ok(n) if n < buffer.len()) {
                ready.clear_ready();
            }
            return result;
        }
    }
}

fn reject(outbox: &Outbox, reason: &str, hint: &str) {
    send(outbox, Kind::Reject, &Reject { reason: reason.to_owned(), hint: hint.to_owned() });
}

fn send(outbox: &Outbox, kind: Kind, value: &impl serde::Serialize) {
    let mut bytes = Vec::new();
    encode_json(kind, value, &mut bytes);
    // A peer that does not read is found by its connection.
    let _ = outbox.push(&bytes);
}

/// Sends a message to a client or a program.
pub fn send_message(outbox: &Outbox, message: &ServerMessage) {
    send(outbox, Kind::Message, message);
}

/// Sends bytes for a client's terminal; `false` if they were refused.
pub fn send_bytes(outbox: &Outbox, bytes: &[u8]) -> bool {
    let mut frame = Vec::with_capacity(bytes.len() + 8);
    encode(Kind::Bytes, bytes, &mut frame);
    outbox.push(&frame).is_ok()
}
