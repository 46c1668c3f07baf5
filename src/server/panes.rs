//! The panes' PTYs: what their processes print comes in, what is typed goes out; each with its journal and its keeper.

use std::collections::BTreeMap;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::unix::AsyncFd;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;

use crate::core::event::Env;
use crate::geometry::Size;
use crate::id::{PaneId, SessionId};
use crate::pty::Master;
use crate::server::event_stream::Subscription;
use crate::server::gather::{self, End, Gatherer};
use crate::server::journal::Journal;
use crate::server::outbox::Outbox;
use crate::server::ready;

/// Most bytes of one pane that the loop reads at once.
const BATCH_BYTES: usize = 64 << 10;

/// A batch of this size or more is a flood's.
const FLOOD_BYTES: usize = 8 << 10;

/// After this many batches of a flood in a row a thread reads on for the loop. Chosen: a burst is read without one.
const FLOOD_BATCHES: u32 = 3;

/// How long a flood waits between two batches while somebody types. A program that prints without end keeps a processor
/// busy together with the server; the key, its echo and their way through four processes need one too. (With two
/// processors the median from key to echo was 2.8 ms beside a flood without this.)
const BREATH: Duration = Duration::from_millis(2);

/// How long the parsing of one batch may take: so long a key may have to wait.
const TURN: Duration = Duration::from_millis(4);

/// The same while somebody types.
const HUSHED_TURN: Duration = Duration::from_micros(500);

/// Most bytes of a batch while somebody types: reading them takes a while, too.
const HUSHED_BYTES: usize = 16 << 10;

/// Fewest bytes of a batch, however slow they are to parse: what a PTY gives at once.
const LEAST_BYTES: usize = 4 << 10;

/// What a pane's process printed, or that it ended.
#[derive(Debug)]
pub struct Printed {
    /// Which pane.
    pub pane: PaneId,
    /// Which launch of it.
    pub epoch: u32,
    /// What; `None` when nothing holds the terminal any more.
    pub bytes: Option<Vec<u8>>,
}

/// What the keeper holds for a pane, besides the descriptors; survives the server, never written to disk.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct KeptPane {
    /// The pane's number.
    pub pane: PaneId,
    /// Its session.
    pub session: SessionId,
    /// Which launch of it.
    pub epoch: u32,
    /// The secret of its hooks.
    pub token: String,
    /// Its environment.
    pub env: Env,
    /// The port on which it serves its events.
    #[serde(default)]
    pub port: Option<u16>,
}

impl KeptPane {
    /// The keeper's key of the pane.
    pub fn key(pane: PaneId) -> String {
        format!("pane-{pane}")
    }
}

/// A pane's PTY as the loop holds it.
#[derive(Debug)]
pub struct PanePty {
    /// The process.
    pub pid: u32,
    /// Which launch of the pane.
    pub epoch: u32,
    /// Its events, where it serves them.
    pub events: Option<Subscription>,
    /// Its journal; `None` where the system gave no memory for one.
    pub journal: Option<Journal>,
    master: Master,
    outbox: Outbox,
    credit: Arc<Credit>,
    tasks: [JoinHandle<()>; 2],
}

/// Lets the reader of a pane go on only when the loop has taken what it read: a flood in one pane cannot queue up in front
/// of the others.
#[derive(Debug)]
struct Credit {
    is_taken: AtomicBool,
    given: Notify,
    /// Whether somebody types: then a flood holds its breath after each batch.
    is_hushed: AtomicBool,
    /// Most bytes of the next batch.
    limit: AtomicUsize,
    /// Whether no more is to be read: another server reads on.
    is_stopped: AtomicBool,
    stopped: Notify,
}

impl Credit {
    fn new() -> Self {
        Self {
            is_taken: AtomicBool::new(false),
            given: Notify::new(),
            is_hushed: AtomicBool::new(false),
            limit: AtomicUsize::new(BATCH_BYTES),
            is_stopped: AtomicBool::new(false),
            stopped: Notify::new(),
        }
    }

    fn stop(&self) {
        self.is_stopped.store(true, Ordering::Relaxed);
        self.stopped.notify_one();
    }

    fn is_stopped(&self) -> bool {
        self.is_stopped.load(Ordering::Relaxed)
    }

    /// Waits until the last batch was taken.
    async fn wait(&self) {
        while self.is_taken.load(Ordering::Relaxed) {
            self.given.notified().await;
        }
    }

    fn is_hushed(&self) -> bool {
        self.is_hushed.load(Ordering::Relaxed)
    }

    fn limit(&self) -> usize {
        self.limit.load(Ordering::Relaxed)
    }
}

/// How the loop took a batch.
#[derive(Clone, Copy, Debug)]
pub struct Taken {
    /// Its bytes.
    pub n_bytes: usize,
    /// How long they kept the loop busy.
    pub took: Duration,
    /// Whether somebody types into another pane right now.
    pub is_hushed: bool,
}

impl Taken {
    /// Most bytes of the next batch: as many as are parsed in one turn at the speed of this one.
    fn limit(self) -> usize {
        let (turn, most) = if self.is_hushed { (HUSHED_TURN, HUSHED_BYTES) } else { (TURN, gather::MOST_BYTES) };
        if self.n_bytes < LEAST_BYTES {
            // Too few to tell a speed.
            return most.min(BATCH_BYTES);
        }
        let fit = self.n_bytes as u128 * turn.as_nanos() / self.took.as_nanos().max(1);
        usize::try_from(fit).unwrap_or(usize::MAX).clamp(LEAST_BYTES, most)
    }
}

impl Drop for PanePty {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

/// All PTYs.
#[derive(Debug)]
pub struct Ptys {
    panes: BTreeMap<PaneId, PanePty>,
    printed: mpsc::UnboundedSender<Printed>,
}

impl Ptys {
    /// No PTYs; what they print will go to `printed`, at most one batch a pane at a time.
    pub fn new(printed: mpsc::UnboundedSender<Printed>) -> Self {
        Self { panes: BTreeMap::new(), printed }
    }

    /// Starts to serve a PTY.
    pub fn serve(
        &mut self,
        pane: PaneId,
        epoch: u32,
        pid: u32,
        master: Master,
        journal: Option<Journal>,
    ) -> std::io::Result<()> {
        master.set_nonblocking()?;
        let fd = Arc::new(ready::register(master.as_fd().try_clone_to_owned()?)?);
        let outbox = Outbox::new(Arc::clone(&fd));
        let credit = Arc::new(Credit::new());
        let output = Output { pane, epoch, credit: Arc::clone(&credit), printed: self.printed.clone() };
        let reader = tokio::task::spawn(output.read(fd));
        let drain = outbox.clone().drain();
        let writer = tokio::task::spawn(async move {
            if let Err(error) = drain.await {
                tracing::debug!(%pane, %error, "nobody reads what is typed");
            }
        });
        let entry = PanePty { pid, epoch, events: None, journal, master, outbox, credit, tasks: [reader, writer] };
        self.panes.insert(pane, entry);
        Ok(())
    }

    /// The PTY of a pane.
    pub fn get_mut(&mut self, pane: PaneId) -> Option<&mut PanePty> {
        self.panes.get_mut(&pane)
    }

    /// Lets go of a pane's PTY.
    pub fn close(&mut self, pane: PaneId) {
        self.panes.remove(&pane);
    }

    /// Reads no more. What was read already still comes; then what they printed ends.
    pub fn stop_reading(&mut self) {
        self.panes.values().for_each(|pty| pty.credit.stop());
        // The readers have the other senders.
        self.printed = mpsc::unbounded_channel().0;
    }

    /// Every PTY.
    pub fn iter(&self) -> impl Iterator<Item = (PaneId, &PanePty)> {
        self.panes.iter().map(|(id, pty)| (*id, pty))
    }
}

impl PanePty {
    /// Types into the pane.
    pub fn write(&self, pane: PaneId, bytes: &[u8]) {
        if self.outbox.push(bytes).is_err() {
            tracing::warn!(%pane, n = bytes.len(), "input dropped: the program does not read");
        }
    }

    /// Tells the process its size.
    pub fn resize(&self, pane: PaneId, size: Size) {
        if let Err(error) = self.master.resize(size) {
            tracing::debug!(%pane, %error, "size not told");
        }
    }

    /// The PTY.
    pub fn master(&self) -> &Master {
        &self.master
    }

    /// The loop has taken the last batch.
    pub fn taken(&self, taken: Taken) {
        self.credit.is_hushed.store(taken.is_hushed, Ordering::Relaxed);
        self.credit.limit.store(taken.limit(), Ordering::Relaxed);
        self.credit.is_taken.store(false, Ordering::Relaxed);
        self.credit.given.notify_one();
    }
}

/// What a pane prints, on its way to the loop.
struct Output {
    pane: PaneId,
    epoch: u32,
    credit: Arc<Credit>,
    printed: mpsc::UnboundedSender<Printed>,
}

/// Nothing more is to be read: the loop is gone, or hands over to another server.
struct Ended;

impl Output {
    /// Reads a PTY until nothing holds it any more.
    async fn read(self, fd: Arc<AsyncFd<OwnedFd>>) {
        if self.read_all(fd).await.is_ok() {
            let _ = self.send(None);
        }
    }

    async fn read_all(&self, fd: Arc<AsyncFd<OwnedFd>>) -> Result<(), Ended> {
        let mut buffer = vec![0; BATCH_BYTES];
        // Batches of a flood since the last other one.
        let mut n_flooding = 0;
        loop {
            self.credit.wait().await;
            if self.credit.is_stopped() {
                return Err(Ended);
            }
            if n_flooding > 0 && self.credit.is_hushed() {
                tokio::time::sleep(BREATH).await;
            } else if n_flooding >= FLOOD_BATCHES {
                n_flooding = 0;
                if self.gather(&fd).await? == End::Over {
                    return Ok(());
                }
                continue;
            }
            let mut ready = tokio::select! {
                ready = fd.readable() => match ready {
                    Ok(ready) => ready,
                    Err(_) => return Ok(()),
                },
                () = self.credit.stopped.notified() => return Err(Ended),
            };
            let limit = self.credit.limit().min(BATCH_BYTES);
            let (n, is_over) = fill(&fd, &mut buffer[..limit], || ready.clear_ready());
            n_flooding = if n >= FLOOD_BYTES.min(limit) { n_flooding + 1 } else { 0 };
            if n > 0 {
                self.send(Some(buffer[..n].to_vec()))?;
            }
            if is_over {
                return Ok(());
            }
        }
    }

    /// Lets a thread read for as long as the flood lasts and nobody types.
    async fn gather(&self, fd: &AsyncFd<OwnedFd>) -> Result<End, Ended> {
        let gatherer = fd.get_ref().try_clone().and_then(Gatherer::start);
        let Ok(gatherer) = gatherer.inspect_err(|error| tracing::debug!(%error, "no thread for a flood")) else {
            return Ok(End::Quiet);
        };
        loop {
            self.credit.wait().await;
            if self.credit.is_hushed() || self.credit.is_stopped() {
                gatherer.stop();
            }
            let batch = tokio::select! {
                batch = gatherer.batch(self.credit.limit()) => batch,
                () = self.credit.stopped.notified() => continue,
            };
            if !batch.bytes.is_empty() {
                self.send(Some(batch.bytes))?;
            }
            if let Some(end) = batch.end {
                return Ok(end);
            }
        }
    }

    fn send(&self, bytes: Option<Vec<u8>>) -> Result<(), Ended> {
        self.credit.is_taken.store(bytes.is_some(), Ordering::Relaxed);
        self.printed.send(Printed { pane: self.pane, epoch: self.epoch, bytes }).map_err(|_| Ended)
    }
}

/// Reads what there is; how many bytes, and whether nothing holds the terminal any more. `drained` is called where there is no more.
fn fill(fd: &AsyncFd<OwnedFd>, buffer: &mut [u8], mut drained: impl FnMut()) -> (usize, bool) {
    let mut n = 0;
    while n < buffer.len() {
        match rustix::io::read(fd.get_ref(), &mut buffer[n..]) {
            Ok(0) => return (n, true),
            Ok(more) => n += more,
            Err(rustix::io::Errno::INTR) => {}
            Err(rustix::io::Errno::AGAIN) => {
                drained();
                break;
            }
            // EIO: the last process that held the terminal is gone.
            Err(_) => return (n, true),
        }
    }
    (n, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_as_large_as_one_turn_parses() {
        let limit =
            |n_bytes, micros, is_hushed| Taken { n_bytes, took: Duration::from_micros(micros), is_hushed }.limit();
        // 250 MB/s, 16 MB/s, 1 MB/s.
        assert_eq!(limit(250_000, 1000, false), gather::MOST_BYTES);
        assert_eq!(limit(16_000, 1000, false), 64_000);
        assert_eq!(limit(64_000, 64_000, false), LEAST_BYTES);
        assert_eq!(limit(250_000, 1000, true), HUSHED_BYTES);
        assert_eq!(limit(16_000, 1000, true), 8000);
        // An echo says nothing of the speed.
        assert_eq!(limit(1, 1000, false), BATCH_BYTES);
        assert_eq!(limit(1, 0, true), HUSHED_BYTES);
    }
}
