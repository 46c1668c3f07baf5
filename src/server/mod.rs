//! The server: one task owns the state; everything else brings it events and carries out its effects.
//!
//! tokio, current-thread. `perform` is the only match on `Effect`.

mod ancestry;
pub mod boot;
pub mod catalogue;
mod clipboard;
pub mod connection;
pub mod desktop;
mod editing;
pub mod event_stream;
pub mod facts;
mod gather;
mod inbound;
pub mod journal;
pub mod log;
pub mod memory;
pub mod outbox;
pub mod paint;
pub mod panes;
pub mod perform;
mod ready;
mod registries;
pub mod screens;
mod searching;
mod settings;
pub mod storing;
pub mod themes;
pub mod timers;
mod tty;
mod vitals;
mod worktrees;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use crate::core::Core;
use crate::core::effect::{Effects, QuitReason};
use crate::core::event::Event;
use crate::id::{ClientId, PaneId};
use crate::keeper::link::{KeeperLink, Notice};
use crate::server::connection::ConnectionId;
use crate::server::inbound::{Connected, HookAnswer};
use crate::server::panes::{Printed, Ptys, Taken};
use crate::server::perform::Hints;
use crate::server::registries::{Registries, Said};
use crate::server::screens::Screens;
use crate::server::timers::Timers;
use crate::store::StoreHandle;
use crate::time::{Instant, Now, Wall};
use crate::watch::gemini_copies::Copies;

/// Most messages of connections that wait for the loop; beyond it the connections wait.
const INBOUND_MESSAGES: usize = 256;

/// After the end of a pane's output, how long the parent of its process has to tell how that ended (chosen).
const TOLD_BY_PARENT: Duration = Duration::from_millis(250);

/// Longest pause between two looks for a process that closed its terminal and runs on (chosen).
const SLOWEST_LOOK: Duration = Duration::from_secs(4);

/// Somebody types for this long after a key: pauses between two keys are often longer than a second.
const TYPING: Duration = Duration::from_millis(1500);

/// The same for the pane that the key went to: its flood may be what the key asked for.
const TYPING_THERE: Duration = Duration::from_millis(150);

/// What ran beside the loop and is done.
#[derive(Debug)]
pub enum Done {
    /// An event for the core.
    Event(Box<Event>),
    /// The keeper says something.
    Keeper(Notice),
    /// A file of a registry changed.
    Registry {
        /// The directory, as the system numbers it.
        watch: i32,
        /// The file.
        name: String,
        /// How long its transcript was waited for.
        waited: Duration,
    },
    /// The moment after a client's lone ESC is over.
    Escape(ClientId),
    /// What waited for a client's terminal was written to it.
    Shown(ClientId),
    /// A commit ended.
    Committed(crate::store::Ticket, Result<(), crate::store::CommitError>),
}

/// The server's clock: the monotonic one counts from its start.
#[derive(Debug)]
struct Clock {
    start: std::time::Instant,
}

impl Clock {
    fn now(&self) -> Now {
        let micros = u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX);
        let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let unix_ms = i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX);
        Now { instant: Instant { micros }, wall: Wall { unix_ms } }
    }
}

/// Everything that the loop holds.
pub struct Server {
    core: Core,
    fx: Effects,
    clock: Clock,
    ptys: Ptys,
    screens: Screens,
    timers: Timers,
    registries: Registries,
    store: StoreHandle,
    readings: catalogue::Readings,
    keeper: Option<KeeperLink>,
    connections: BTreeMap<ConnectionId, Connected>,
    n_requests: u64,
    /// When somebody last typed or clicked.
    typed_at: Option<Instant>,
    /// Lines of history stored since memory was given back.
    n_lines_stored: usize,
    /// The last commit asked for, and the last one that ended: the store takes them in order.
    last_ticket: u64,
    last_committed: u64,
    /// Hooks that are answered once what they reported is stored: until then they can report it to another server.
    answers: Vec<HookAnswer>,
    done: mpsc::UnboundedSender<Done>,
    copies: Copies,
    listener: std::os::unix::net::UnixListener,
    /// The agents that this server started and that have not ended.
    children: BTreeSet<u32>,
    /// Worktrees that are being made.
    works: worktrees::Works,
    /// Where the settings are.
    settings_places: settings::SettingsPlaces,
    quit: Option<QuitReason>,
}

/// Runs a server to its end; the exit code.
pub fn run(args: &boot::ServerArgs) -> Result<i32, boot::BootError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        // The descriptors are looked at after every task: a flood must not keep a key waiting for sixty others.
        .event_interval(1)
        .build()
        .map_err(boot::BootError::Runtime)?;
    runtime.block_on(async {
        let boot::Booted { mut server, listener, inbox } = boot::boot(args)?;
        server.serve(listener, inbox).await?;
        server.finish();
        Ok(0)
    })
}

/// What the loop listens to.
pub struct Inbox {
    printed: mpsc::UnboundedReceiver<Printed>,
    done: mpsc::UnboundedReceiver<Done>,
}

impl Server {
    async fn serve(
        &mut self,
        listener: std::os::unix::net::UnixListener,
        mut inbox: Inbox,
    ) -> Result<(), boot::BootError> {
        let (sender, mut inbound) = mpsc::channel(INBOUND_MESSAGES);
        tokio::task::spawn(connection::accept(listener, sender));
        let runtime = boot::BootError::Runtime;
        let mut children = signal(SignalKind::child()).map_err(runtime)?;
        let mut terminate = signal(SignalKind::terminate()).map_err(runtime)?;
        let mut hang_up = signal(SignalKind::hangup()).map_err(runtime)?;
        self.reap();
        if let Some(keeper) = &self.keeper {
            let _ = keeper.serving();
        }
        while self.quit.is_none() {
            // Here, not only when nothing else is ready: panes that flood must not keep what is due from being done.
            self.ring();
            self.perform_all();
            let now = self.clock.now().instant;
            self.screens.release_held(&mut self.core, now);
            self.screens.draw(&self.core, &Hints(&self.core), now);
            if self.quit.is_some() {
                break;
            }
            let next = [self.timers.next_moment(), self.screens.next_moment(now)].into_iter().flatten().min();
            tokio::select! {
                biased;
                Some(message) = inbound.recv() => {
                    self.inbound(message);
                    while let Ok(message) = inbound.try_recv() {
                        self.perform_all();
                        self.inbound(message);
                    }
                }
                _ = terminate.recv() => self.step(Event::Terminate),
                _ = hang_up.recv() => self.step(Event::Terminate),
                _ = children.recv() => self.reap(),
                Some(done) = inbox.done.recv() => self.done(done),
                Some(printed) = inbox.printed.recv() => {
                    self.printed(printed);
                    // What clients typed meanwhile comes first.
                    tokio::task::yield_now().await;
                }
                () = sleep_until(next, now) => self.ring(),
            }
        }
        if matches!(self.quit, Some(QuitReason::Restart { .. })) {
            self.hand_over(&mut inbox.printed).await;
        }
        Ok(())
    }

    /// What was read of the PTYs and not taken yet goes into the journals: the next server reads on behind it.
    async fn hand_over(&mut self, printed: &mut mpsc::UnboundedReceiver<Printed>) {
        self.ptys.stop_reading();
        while let Some(batch) = printed.recv().await {
            // The end of a pane's output is seen again by the next server.
            if batch.bytes.is_some() {
                self.printed(batch);
            }
        }
    }

    fn step(&mut self, event: Event) {
        let now = self.clock.now();
        self.core.step(now, event, &mut self.fx);
    }

    fn ring(&mut self) {
        let now = self.clock.now().instant;
        while let Some(timer) = self.timers.take_due(now) {
            self.step(Event::Timer(timer));
        }
    }

    fn done(&mut self, done: Done) {
        match done {
            Done::Event(event) => self.step(*event),
            Done::Keeper(notice) => self.keeper_notice(notice),
            Done::Registry { watch, name, waited } => match self.registries.changed(watch, &name, waited) {
                Some(Said::Event(event)) => self.step(event),
                Some(Said::Unfinished) => registries::look_again(watch, name, waited, &self.done),
                None => {}
            },
            Done::Escape(client) => self.escape_over(client),
            Done::Shown(client) => self.shown(client),
            Done::Committed(ticket, result) => self.committed(ticket, result),
        }
    }

    fn keeper_notice(&mut self, notice: Notice) {
        match notice {
            Notice::Exited { pid, code, signal } => self.step(Event::ProcessExited { pid, code, signal }),
            Notice::Gone => self.replace_keeper(),
        }
    }

    fn reap(&mut self) {
        for (pid, status) in crate::pty::wait::reap(&mut self.children) {
            self.step(Event::ProcessExited { pid, code: status.code, signal: status.signal });
        }
    }

    /// The hot path: what a pane printed goes to its journal, its terminal and the screens that show it.
    fn printed(&mut self, printed: Printed) {
        let Printed { pane, epoch, bytes } = printed;
        let Some(bytes) = bytes else {
            self.await_exit(pane, epoch);
            return self.step(Event::OutputEnded { pane, epoch });
        };
        let n = bytes.len();
        let began = self.clock.now().instant;
        if let Some(pty) = self.ptys.get_mut(pane).filter(|pty| pty.epoch == epoch)
            && let Some(journal) = &mut pty.journal
            && let Err(error) = journal.append(&bytes)
        {
            tracing::warn!(%pane, %error, "the journal is lost; a new server will not know this screen exactly");
            pty.journal = None;
        }
        self.step(Event::Output { pane, epoch, bytes });
        self.tidy_journal(pane);
        let now = self.clock.now().instant;
        if let Some(terminal) = self.core.terminal_mut(pane) {
            self.screens.printed(pane, terminal, n, now);
        }
        let taken = Taken { n_bytes: n, took: now.since(began), is_hushed: self.is_hushed(pane, now) };
        if let Some(pty) = self.ptys.get_mut(pane).filter(|pty| pty.epoch == epoch) {
            pty.taken(taken);
        }
    }

    /// Whether a flood of this pane would disturb somebody who types.
    fn is_hushed(&self, pane: PaneId, now: Instant) -> bool {
        let is_there = self.screens.last_typed().is_some_and(|(last, _)| last == pane);
        let typing = if is_there { TYPING_THERE } else { TYPING };
        self.typed_at.is_some_and(|at| now.since(at) < typing)
    }

    /// A process that outlived its server and its keeper has no parent that would tell of its end: its terminal is closed
    /// and it is gone. Whoever knows how it ended has told so before.
    fn await_exit(&mut self, pane: PaneId, epoch: u32) {
        let Some(pid) = self.ptys.get_mut(pane).filter(|pty| pty.epoch == epoch).map(|pty| pty.pid) else { return };
        let done = self.done.clone();
        tokio::task::spawn(async move {
            let mut pause = TOLD_BY_PARENT;
            loop {
                tokio::time::sleep(pause).await;
                if crate::pty::wait::is_gone(pid) {
                    break;
                }
                pause = (pause * 2).min(SLOWEST_LOOK);
            }
            let exited = Event::ProcessExited { pid, code: None, signal: None };
            let _ = done.send(Done::Event(Box::new(exited)));
        });
    }
}

/// Sleeps until a moment; for ever if there is none.
async fn sleep_until(moment: Option<Instant>, now: Instant) {
    match moment {
        Some(moment) => tokio::time::sleep(moment.since(now)).await,
        None => std::future::pending().await,
    }
}
