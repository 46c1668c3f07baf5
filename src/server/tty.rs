//! A client's terminal, which the server writes to itself: one process less to wake between an agent's output and the screen.
//!
//! The terminal is opened by its name, so that writing without blocking is nobody else's business: the client and the shell
//! have it open too. Where it cannot be opened (another user's, another container's), frames go through the client.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use rustix::fs::{Mode, OFlags};
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinHandle;

use crate::id::ClientId;
use crate::protocol::message::TtyName;
use crate::server::outbox::Outbox;
use crate::server::{Done, ready};

/// The way to a terminal; closed when dropped.
#[derive(Debug)]
pub struct Tty {
    outbox: Outbox,
    drain: JoinHandle<()>,
}

impl Drop for Tty {
    fn drop(&mut self) {
        self.drain.abort();
    }
}

impl Tty {
    /// Opens the client's terminal, if it is the one that is meant.
    ///
    /// # Errors
    /// The system's own, and one where the name leads to something else. Must be called inside the runtime.
    pub fn open(name: &TtyName, client: ClientId, done: &UnboundedSender<Done>) -> io::Result<Self> {
        // Not the server's controlling terminal: its hang-up is the client's alone.
        let flags = OFlags::WRONLY | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        if !name.path.starts_with("/dev/") {
            return Err(io::Error::other("it is no device"));
        }
        let fd: OwnedFd = rustix::fs::open(&name.path, flags, Mode::empty())?;
        let stat = rustix::fs::fstat(&fd)?;
        let is_same = (stat.st_dev, stat.st_rdev) == (name.filesystem, name.device);
        if !is_same || !rustix::termios::isatty(&fd) {
            return Err(io::Error::other("it is another terminal here"));
        }
        let outbox = Outbox::new(Arc::new(ready::register(fd)?));
        let drain = tokio::task::spawn(drain(outbox.clone(), client, done.clone()));
        Ok(Self { outbox, drain })
    }

    /// The way to it.
    pub fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// Writes a frame; whether some of it waits for room. Then [`Done::Shown`] follows.
    pub fn show(&self, bytes: &[u8]) -> bool {
        // A terminal that is gone is found by the client.
        let _ = self.outbox.push(bytes);
        !self.outbox.is_empty()
    }
}

/// Writes what waits, and says so.
async fn drain(outbox: Outbox, client: ClientId, done: UnboundedSender<Done>) {
    while outbox.drained().await.is_ok() {
        let _ = done.send(Done::Shown(client));
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::os::unix::fs::MetadataExt;

    use tokio::sync::mpsc::unbounded_channel;

    use super::*;

    const CLIENT: ClientId = ClientId(1);

    fn named(path: &str) -> TtyName {
        let metadata = std::fs::metadata(path).expect("it is there");
        TtyName { path: path.to_owned(), filesystem: metadata.dev(), device: metadata.rdev() }
    }

    fn run(test: impl Future<Output = ()>) {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build().expect("a runtime");
        runtime.block_on(test);
    }

    #[test]
    fn a_frame_that_the_terminal_has_no_room_for_is_told_once_it_is_shown() {
        run(async {
            let pair = portable_pty::native_pty_system().openpty(portable_pty::PtySize::default()).expect("a terminal");
            let name = named(pair.master.tty_name().expect("it has a name").to_str().expect("a path"));
            let mut reader = pair.master.try_clone_reader().expect("a reader");
            let (done, mut inbox) = unbounded_channel();
            let tty = Tty::open(&name, CLIENT, &done).expect("it is opened");
            assert!(!tty.show(b"one frame"), "there is room");
            let mut shown = [0; 9];
            reader.read_exact(&mut shown).expect("read");
            assert_eq!(&shown, b"one frame");

            let large = vec![b'x'; 1 << 20];
            assert!(tty.show(&large), "no terminal takes that at once");
            assert!(inbox.try_recv().is_err());
            let reading = std::thread::spawn(move || {
                let mut all = vec![0; 1 << 20];
                reader.read_exact(&mut all).map(|()| all)
            });
            assert!(matches!(inbox.recv().await, Some(Done::Shown(CLIENT))));
            assert_eq!(reading.join().expect("no panic").expect("read"), large);
        });
    }

    #[test]
    fn what_is_not_the_clients_terminal_is_not_written_to() {
        run(async {
            let pair = portable_pty::native_pty_system().openpty(portable_pty::PtySize::default()).expect("a terminal");
            let other =
                portable_pty::native_pty_system().openpty(portable_pty::PtySize::default()).expect("a terminal");
            let path = |pair: &portable_pty::PtyPair| {
                pair.master.tty_name().expect("it has a name").to_str().expect("a path").to_owned()
            };
            let name = named(&path(&pair));
            let (done, _inbox) = unbounded_channel();
            let wrong = [
                TtyName { path: path(&other), ..name.clone() },
                TtyName { filesystem: name.filesystem + 1, ..name.clone() },
                named("/dev/null"),
                TtyName { path: "/tmp/no-device".to_owned(), ..name.clone() },
            ];
            for name in wrong {
                assert!(Tty::open(&name, CLIENT, &done).is_err(), "{name:?}");
            }
            assert!(Tty::open(&name, CLIENT, &done).is_ok());
        });
    }
}
