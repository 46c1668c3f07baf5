//! The panes' PTYs: what their processes print comes in, what is typed goes out; each with its journal and its keeper.

use std::collections::BTreeMap;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
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
use crate::server::journal::Journal;
use crate::server::outbox::Outbox;
use crate::server::ready;

/// Most bytes of one pane that the loop takes at once: more would keep a key waiting.
pub const BATCH_BYTES: usize = 64 << 10;

/// A batch of this size or more is a flood's.
const FLOOD_BYTES: usize = 16 << 10;

/// How long a flood waits between two batches while somebody types. A program that prints without end keeps a processor
/// busy together with the server; the key, its echo and their way through four processes need one too. (With two
/// processors the median from key to echo was 2.8 ms beside a flood without this.)
const BREATH: Duration = Duration::from_millis(2);

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
#[derive(Debug, Default)]
struct Credit {
    is_taken: AtomicBool,
    given: Notify,
    /// Whether somebody types: then a flood holds its breath after each batch.
    is_hushed: AtomicBool,
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
        let credit = Arc::<Credit>::default();
        let reader = tokio::task::spawn(read(pane, epoch, fd, Arc::clone(&credit), self.printed.clone()));
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

    /// The loop has taken the last batch; `is_hushed` tells whether somebody types right now.
    pub fn taken(&self, is_hushed: bool) {
        self.credit.is_hushed.store(is_hushed, Ordering::Relaxed);
        self.credit.is_taken.store(false, Ordering::Relaxed);
        self.credit.given.notify_one();
    }
}

/// Reads a PTY until nothing holds it any more.
async fn read(
    pane: PaneId,
    epoch: u32,
    fd: Arc<AsyncFd<OwnedFd>>,
    credit: Arc<Credit>,
    printed: mpsc::UnboundedSender<Printed>,
) {
    let mut buffer = vec![0; BATCH_BYTES];
    let mut was_flood = false;
    loop {
        while credit.is_taken.load(Ordering::Relaxed) {
            credit.given.notified().await;
        }
        if was_flood && credit.is_hushed.load(Ordering::Relaxed) {
            tokio::time::sleep(BREATH).await;
        }
        let Ok(mut ready) = fd.readable().await else { break };
        let mut n = 0;
        let mut is_over = false;
        while n < buffer.len() {
            match rustix::io::read(fd.get_ref(), &mut buffer[n..]) {
                Ok(0) => is_over = true,
                Ok(more) => {
                    n += more;
                    continue;
                }
                Err(rustix::io::Errno::INTR) => continue,
                Err(rustix::io::Errno::AGAIN) => ready.clear_ready(),
                // EIO: the last process that held the terminal is gone.
                Err(_) => is_over = true,
            }
            break;
        }
        was_flood = n >= FLOOD_BYTES;
        if n > 0 {
            credit.is_taken.store(true, Ordering::Relaxed);
            let bytes = Some(buffer[..n].to_vec());
            if printed.send(Printed { pane, epoch, bytes }).is_err() {
                return;
            }
        }
        if is_over {
            break;
        }
    }
    let _ = printed.send(Printed { pane, epoch, bytes: None });
}
