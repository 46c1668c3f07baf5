//! What keeper and server say to each other: JSON lines with a length in front, descriptors beside them (SCM_RIGHTS).
//!
//! Stays readable across versions: a keeper outlives many servers, and an upgrade changes only the server.

use std::collections::VecDeque;
use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
    recvmsg, sendmsg,
};
use serde::{Deserialize, Serialize};

/// Most descriptors that go with one message: a PTY and a journal.
const MAX_FDS: usize = 4;

/// Longest message; a pane's description holds its environment.
const MAX_MESSAGE: usize = 8 << 20;

/// Server to keeper.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "snake_case")]
pub enum ToKeeper {
    /// Hold these descriptors for a process.
    Hold {
        /// Names them; what was held under the name is let go.
        key: String,
        /// The process.
        pid: u32,
        /// The server's own words about them.
        meta: String,
        /// How many descriptors come with this.
        n_fds: usize,
    },
    /// Let go of what is held under a name.
    Drop {
        /// The name.
        key: String,
    },
    /// I have started and serve.
    Serving,
    /// I end; start another server.
    Restart {
        /// Which program; `None` for the same path as before.
        #[serde(default)]
        exe: Option<String>,
    },
    /// I end; so should you.
    Stop,
    /// I cannot start, and another try would not help.
    Failed {
        /// Why, for people.
        message: String,
    },
    /// You take the place of a keeper that died: this is the listening socket, and these are your numbers.
    Adopt {
        /// The server that says so.
        server_pid: u32,
        /// How many servers there were before it.
        generation: u32,
    },
}

/// Keeper to server.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "snake_case")]
pub enum ToServer {
    /// I hold this.
    Held {
        /// Its name.
        key: String,
        /// The process.
        pid: u32,
        /// An earlier server's words about it.
        meta: String,
        /// How many descriptors come with this.
        n_fds: usize,
    },
    /// That was all; the listening socket comes with this.
    Ready {
        /// How many servers there were before you.
        generation: u32,
    },
    /// A process whose server had died ended.
    Exited {
        /// Which.
        pid: u32,
        /// Exit code.
        code: Option<i32>,
        /// Signal.
        signal: Option<i32>,
    },
}

/// One end of the link.
#[derive(Debug)]
pub struct Wire {
    fd: OwnedFd,
    bytes: Vec<u8>,
    fds: VecDeque<OwnedFd>,
}

impl Wire {
    /// Over a connected stream socket.
    pub fn new(fd: OwnedFd) -> Self {
        Self { fd, bytes: Vec::new(), fds: VecDeque::new() }
    }

    /// A handle on the same socket, to send by; what has come already stays here.
    pub fn try_clone(&self) -> io::Result<Self> {
        Ok(Self::new(self.fd.try_clone()?))
    }

    /// Sends a message and the descriptors that go with it. Blocks while the other end does not read.
    pub fn send(&self, message: &impl Serialize, fds: &[BorrowedFd<'_>]) -> io::Result<()> {
        let body = serde_json::to_vec(message)?;
        let length = u32::try_from(body.len()).map_err(io::Error::other)?;
        let mut bytes = length.to_le_bytes().to_vec();
        bytes.extend_from_slice(&body);
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_FDS))];
        let mut sent = 0;
        while sent < bytes.len() {
            let mut ancillary = SendAncillaryBuffer::new(&mut space);
            if sent == 0 && !fds.is_empty() && !ancillary.push(SendAncillaryMessage::ScmRights(fds)) {
                return Err(io::Error::other("too many descriptors for one message"));
            }
            let flags = SendFlags::NOSIGNAL;
            match sendmsg(&self.fd, &[IoSlice::new(&bytes[sent..])], &mut ancillary, flags) {
                Ok(n) => sent += n,
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// The next message, waiting for it; `None` when the other end is gone.
    pub fn receive<T: for<'de> Deserialize<'de>>(&mut self) -> io::Result<Option<T>> {
        loop {
            if let Some(message) = self.take()? {
                return Ok(Some(message));
            }
            if !self.read()? {
                return Ok(None);
            }
        }
    }

    /// Descriptors that came with the messages taken so far, in order.
    pub fn take_fds(&mut self, n: usize) -> Vec<OwnedFd> {
        let n = n.min(self.fds.len());
        self.fds.drain(..n).collect()
    }

    /// A message that has come already.
    pub fn take<T: for<'de> Deserialize<'de>>(&mut self) -> io::Result<Option<T>> {
        let Some(length) = self.bytes.first_chunk().map(|bytes| u32::from_le_bytes(*bytes) as usize) else {
            return Ok(None);
        };
        if length > MAX_MESSAGE {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a message is too long"));
        }
        let Some(body) = self.bytes.get(4..4 + length) else { return Ok(None) };
        let message = serde_json::from_slice(body)?;
        self.bytes.drain(..4 + length);
        Ok(Some(message))
    }

    /// Reads what has come, waiting for the first byte; `false` when the other end is gone.
    pub fn read(&mut self) -> io::Result<bool> {
        let mut buffer = [0; 64 << 10];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_FDS))];
        let mut ancillary = RecvAncillaryBuffer::new(&mut space);
        let received = loop {
            let mut slices = [IoSliceMut::new(&mut buffer)];
            match recvmsg(&self.fd, &mut slices, &mut ancillary, RecvFlags::CMSG_CLOEXEC) {
                Err(rustix::io::Errno::INTR) => {}
                Err(rustix::io::Errno::CONNRESET) => return Ok(false),
                result => break result?.bytes,
            }
        };
        for message in ancillary.drain() {
            if let RecvAncillaryMessage::ScmRights(fds) = message {
                self.fds.extend(fds);
            }
        }
        self.bytes.extend_from_slice(&buffer[..received]);
        Ok(received > 0)
    }
}

impl AsFd for Wire {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// Two connected ends.
pub fn pair() -> io::Result<(OwnedFd, OwnedFd)> {
    use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
    Ok(socketpair(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)?)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use super::*;

    #[test]
    fn descriptors_arrive_with_their_message() {
        let (left, right) = pair().expect("a pair");
        let (left, mut right) = (Wire::new(left), Wire::new(right));
        for text in ["first", "second"] {
            let (mut reader, writer) = std::io::pipe().expect("a pipe");
            let hold = ToKeeper::Hold { key: text.to_owned(), pid: 7, meta: "m".repeat(100_000), n_fds: 1 };
            let sender = std::thread::scope(|scope| {
                let sending = scope.spawn(|| left.send(&hold, &[writer.as_fd()]));
                let received: ToKeeper = right.receive().expect("readable").expect("a message");
                assert_eq!(received, hold);
                sending.join()
            });
            sender.expect("no panic").expect("sent");
            drop(writer);
            let fd = right.take_fds(1).pop().expect("a descriptor");
            std::fs::File::from(fd).write_all(text.as_bytes()).expect("written");
            let mut back = String::new();
            reader.read_to_string(&mut back).expect("read");
            assert_eq!(back, text);
        }
    }

    #[test]
    fn the_end_of_the_other_side_is_told() {
        let (left, right) = pair().expect("a pair");
        drop(left);
        assert!(Wire::new(right).receive::<ToServer>().expect("readable").is_none());
    }
}
