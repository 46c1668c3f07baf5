//! Bytes on their way to a PTY or a socket: written at once where there is room, kept in order where there is not.

use std::collections::VecDeque;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::unix::AsyncFd;
use tokio::sync::Notify;

/// Most bytes that wait for one receiver; what comes beyond is refused, so that a stuck program cannot eat the memory.
/// (A paste may be 64 MiB, DESIGN's cap on one paste.)
pub const MAX_WAITING_BYTES: usize = 80 << 20;

/// Room for waiting bytes that is kept. Chosen: several screens.
const KEPT_BYTES: usize = 1 << 20;

/// The way out to one file descriptor. Clones share the way.
#[derive(Clone, Debug)]
pub struct Outbox {
    fd: Arc<AsyncFd<OwnedFd>>,
    waiting: Arc<Mutex<VecDeque<u8>>>,
    more: Arc<Notify>,
}

/// The bytes were refused: too many wait already, or nobody reads any more.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the receiver does not read")]
pub struct Refused;

impl Outbox {
    /// A way out to a non-blocking descriptor. `drain` must run beside it.
    pub fn new(fd: Arc<AsyncFd<OwnedFd>>) -> Self {
        Self { fd, waiting: Arc::default(), more: Arc::default() }
    }

    /// Writes what there is room for and keeps the rest.
    pub fn push(&self, bytes: &[u8]) -> Result<(), Refused> {
        let mut waiting = self.waiting();
        let mut rest = bytes;
        if waiting.is_empty() {
            while !rest.is_empty() {
                match rustix::io::write(self.fd.get_ref(), rest) {
                    Ok(n) => rest = &rest[n..],
                    Err(rustix::io::Errno::INTR) => {}
                    Err(rustix::io::Errno::AGAIN) => break,
                    Err(_) => return Err(Refused),
                }
            }
        }
        if waiting.len() + rest.len() > MAX_WAITING_BYTES {
            return Err(Refused);
        }
        if !rest.is_empty() {
            waiting.extend(rest);
            self.more.notify_one();
        }
        Ok(())
    }

    fn waiting(&self) -> MutexGuard<'_, VecDeque<u8>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether everything has been written.
    pub fn is_empty(&self) -> bool {
        self.waiting().is_empty()
    }

    /// Writes what waits whenever there is room; ends when nobody reads any more.
    ///
    /// # Errors
    /// What the system says of the descriptor then.
    pub async fn drain(self) -> io::Result<()> {
        loop {
            self.drained().await?;
        }
    }

    /// Waits until something waits, and writes it all.
    ///
    /// # Errors
    /// What the system says of a descriptor that nobody reads any more.
    pub async fn drained(&self) -> io::Result<()> {
        while self.is_empty() {
            self.more.notified().await;
        }
        while !self.is_empty() {
            let mut ready = self.fd.writable().await?;
            let written = ready.try_io(|fd| {
                let mut waiting = self.waiting();
                let n = rustix::io::write(fd.get_ref(), waiting.as_slices().0)?;
                waiting.drain(..n);
                Ok(())
            });
            match written {
                Ok(Err(error)) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
                _ => {}
            }
        }
        let mut waiting = self.waiting();
        if waiting.is_empty() && waiting.capacity() > KEPT_BYTES {
            *waiting = VecDeque::new();
        }
        Ok(())
    }
}
