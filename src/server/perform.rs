//! Carrying out what the core asks for: the only match on `Effect`.

use std::os::fd::AsFd;

use crate::core::Core;
use crate::core::archive::{Found, Question};
use crate::core::change::{Change, Ticket};
use crate::core::command::Command;
use crate::core::effect::{AgentSignal, Effect, QuitReason, RequestId, SpawnRequest};
use crate::core::event::Event;
use crate::core::notice::Notice;
use crate::id::{ClientId, PaneId};
use crate::keeper::link::KeeperLink;
use crate::protocol::api::{ApiResponse, SessionRow};
use crate::protocol::message::ServerMessage;
use crate::server::connection::send_message;
use crate::server::event_stream::{self, Source};
use crate::server::journal::Journal;
use crate::server::panes::{KeptPane, PanePty};
use crate::server::{Done, Server, storing};
use crate::server::{catalogue, desktop, editing, facts, memory, searching, settings, vitals, worktrees};
use crate::store::{self, CommitError};
use crate::ui::KeyHints;

/// What a client's terminal is asked when it attaches: its colours, whether it speaks the kitty keyboard protocol (flag 1 is
/// pushed when it does); and told: modified keys in full (xterm), focus, pastes in brackets, mouse, and to say when it turns
/// light or dark. The client undoes it all.
pub const GREETING: &[u8] =
    b"\x1b[?u\x1b]10;?\x1b\\\x1b]11;?\x1b\\\x1b[>4;2m\x1b[?1004h\x1b[?2004h\x1b[?1000h\x1b[?1002h\x1b[?1006h\x1b[?2031h";

/// The key map as the drawing sees it.
pub struct Hints<'a>(pub &'a Core);

impl KeyHints for Hints<'_> {
    fn keys_of(&self, command: Command) -> Vec<String> {
        self.0.keymap().shown_keys(command)
    }

    fn prefix(&self) -> String {
        self.0.keymap().prefix().to_string()
    }
}

/// After so many lines stored, which are compressed then, what the terminals need no more is given back to the system. Chosen: ten
/// thousand long lines in each of 16 panes left holes of 12 MiB.
const GIVES_BACK_LINES: usize = 1000;

/// How many lines of history a change stores.
fn n_lines_of(change: &Change) -> usize {
    match change {
        Change::History { blocks, .. } => blocks.iter().map(|block| block.n_lines).sum(),
        _ => 0,
    }
}

impl Server {
    /// Carries out everything that is asked for, and what follows from it.
    pub(super) fn perform_all(&mut self) {
        while !self.fx.is_empty() {
            let effects: Vec<Effect> = self.fx.drain().collect();
            for effect in effects {
                self.perform(effect);
            }
        }
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Spawn(request) => self.spawn(&request),
            Effect::GatherFacts(request) => facts::gather(*request, &self.copies, &self.done),
            Effect::WritePty { pane, bytes } => {
                let now = self.clock.now().instant;
                self.screens.typed(pane, now);
                if let Some(pty) = self.ptys.get_mut(pane) {
                    pty.write(pane, &bytes);
                }
            }
            Effect::ResizePty { pane, size } => {
                if let Some(pty) = self.ptys.get_mut(pane) {
                    pty.resize(pane, size);
                }
                self.snapshot_journal(pane);
            }
            Effect::Signal { pid, signal } => send_signal(pid, signal),
            Effect::ClosePty { pane } => self.close_pty(pane),
            Effect::AskTurnEnd(question) => facts::turn_end(*question, &self.done),
            Effect::Probe(probe) => facts::probe(*probe, &self.copies, &self.done),
            Effect::Follow { session, epoch, pid, cwd, env } => {
                self.registries.follow(session, epoch, pid, &cwd, &env, &self.done);
            }
            Effect::Unfollow { session } => self.registries.forget(session),
            Effect::ProbeGuest(probe) => facts::probe_guest(*probe, &self.done),
            Effect::WatchGuest { session, pid } => facts::watch_guest(session, pid, &self.done),
            Effect::Commit { ticket, changes, durability } => {
                self.last_ticket = ticket.0;
                self.n_lines_stored += changes.iter().map(n_lines_of).sum::<usize>();
                let changes = storing::all_to_store(changes);
                self.store.commit(store::Ticket(ticket.0), changes, storing::durability(durability));
            }
            Effect::SetTimer { timer, at } => self.timers.set(timer, at),
            Effect::Respond { request, response } => self.respond(request, *response),
            Effect::Redraw { client } => {
                for (id, screen) in self.screens.iter_mut() {
                    if client.is_none_or(|client| client == id) {
                        screen.redraw();
                    }
                }
            }
            Effect::Repaint { client } => {
                if let Some(screen) = self.screens.get_mut(client) {
                    screen.repaint();
                }
            }
            Effect::ToTerminal { client, bytes } => {
                if let Some(screen) = self.screens.get_mut(client) {
                    screen.to_terminal(&bytes);
                }
            }
            Effect::SetClipboard { client, text } => {
                if let Some(screen) = self.screens.get_mut(client) {
                    screen.clipboard.push(text);
                }
            }
            Effect::OpenLink { client, uri } => {
                if let Some(screen) = self.screens.get_mut(client) {
                    send_message(screen.outbox(), &ServerMessage::Open { uri });
                }
            }
            Effect::WriteText { client, text } => editing::write(client, text, &self.done),
            Effect::Notify { notice, provider } => self.notify(&notice, &provider),
            Effect::Release { client, reason } => self.release(client, reason),
            Effect::ListStored { request, open } => self.list_stored(request, open),
            Effect::SearchAll { seeker, pattern, open } => {
                searching::search(seeker, pattern, open, &self.store, &self.done);
            }
            Effect::FindProjects { directories } => facts::find_projects(directories, &self.done),
            Effect::ReadUsage { processes } => vitals::read_usage(processes, &self.done),
            Effect::ReadGit { directories } => vitals::read_git(directories, &self.done),
            Effect::FindProviders { env } => facts::find_providers(&self.core, env, &self.done),
            Effect::ReadConversations { client, generation, env, only } => {
                let readers = catalogue::Readers { providers: self.core.providers().clone(), env, only };
                self.readings.begin(client, generation, readers, &self.store, &self.done);
            }
            Effect::StopReading { generation } => self.readings.stop(generation),
            Effect::ReadSettings { asker } => settings::read_for(asker, &self.settings_places, &self.done),
            Effect::MakeWorktree(request) => self.works.make(*request, &self.done),
            Effect::CancelWork { work } => self.works.cancel(work),
            Effect::CheckWorktree(removal) => worktrees::check(*removal, &self.done),
            Effect::RemoveWorktree(removal) => worktrees::remove(*removal, &self.done),
            Effect::Quit(reason) => self.quit = Some(reason),
            Effect::AskStore { request, question } => self.ask_store(request, question),
        }
    }

    fn notify(&mut self, notice: &Notice, provider: &str) {
        let state = self.core.state();
        let notify = &state.config.notify;
        for view in state.clients.values() {
            let bytes = desktop::sequence(notice, notify, &view.env);
            if let Some(screen) = self.screens.get_mut(view.id).filter(|_| !bytes.is_empty()) {
                screen.to_terminal(&bytes);
                screen.redraw();
            }
        }
        if notify.command.is_none() && notify.sound.is_none() {
            return;
        }
        let newest = state.clients.values().max_by_key(|view| view.typed_at).map(|view| view.env.clone());
        let env = newest.unwrap_or_else(|| std::env::vars().collect());
        if let Some(command) = &notify.command {
            desktop::run(command, notice, provider, &env);
        }
        if let Some(file) = &notify.sound {
            desktop::play(file, &env);
        }
    }

    fn spawn(&mut self, request: &SpawnRequest) {
        let (pane, epoch) = (request.pane, request.epoch);
        let event = match self.try_spawn(request) {
            Ok(pid) => Event::Spawned { pane, epoch, pid },
            Err(message) => Event::SpawnFailed { pane, epoch, message },
        };
        self.step(event);
    }

    fn try_spawn(&mut self, request: &SpawnRequest) -> Result<u32, String> {
        let pane = request.pane;
        self.close_pty(pane);
        let cwd = std::path::Path::new(&request.cwd);
        let mut argv = request.argv.clone();
        let port = fill_port(&mut argv, request.port_at);
        let spawned = crate::pty::spawn(&argv, &request.env, cwd, request.size).map_err(|error| error.to_string())?;
        self.children.insert(spawned.pid);
        let options = crate::core::setup::terminal_options(&self.core.state().config);
        let journal = Journal::new(&crate::term::Terminal::new(request.size, options));
        let journal = journal.inspect_err(|error| tracing::warn!(%pane, %error, "no journal")).ok();
        let token = self.core.launch(request.session).map(|launch| launch.token.clone()).unwrap_or_default();
        let env = self.core.launch(request.session).map(|launch| launch.env.clone()).unwrap_or_default();
        let kept = KeptPane { pane, session: request.session, epoch: request.epoch, token, env, port };
        self.ptys
            .serve(pane, request.epoch, spawned.pid, spawned.master, journal)
            .map_err(|error| format!("its terminal cannot be read: {error}"))?;
        self.keep(pane, &kept);
        self.listen(&kept);
        self.screens.started(pane);
        Ok(spawned.pid)
    }

    /// Listens to the events of a pane's agent, where it serves them.
    pub(super) fn listen(&mut self, kept: &KeptPane) {
        let Some(record) = self.core.state().sessions.get(&kept.session) else { return };
        let (Some(port), Some(pty)) = (kept.port, self.ptys.get_mut(kept.pane)) else { return };
        let source = Source {
            session: kept.session,
            provider: record.provider.clone(),
            token: kept.token.clone(),
            port,
            current: record.claim.as_ref().map(|claim| claim.conversation.clone()),
        };
        pty.events = Some(event_stream::subscribe(source, self.done.clone()));
    }

    /// Gives the keeper a pane's descriptors.
    fn keep(&mut self, pane: PaneId, kept: &KeptPane) {
        let (Some(link), Some(pty)) = (&self.keeper, self.ptys.get_mut(pane)) else { return };
        let Ok(meta) = serde_json::to_string(kept) else { return };
        let mut fds = vec![pty.master().as_fd()];
        if let Some(journal) = &pty.journal {
            fds.push(journal.file().as_fd());
        }
        if let Err(error) = link.hold(&KeptPane::key(pane), pty.pid, &meta, &fds) {
            tracing::error!(%pane, %error, "the keeper does not hold this pane: it would not outlive the server");
        }
    }

    /// The keeper died: a new one takes everything over.
    pub(super) fn replace_keeper(&mut self) {
        let done = self.done.clone();
        let generation = self.core.generation() + 1;
        let replaced = KeeperLink::replace(&self.core.state().workspace.name, &self.listener, generation);
        let watched = replaced.and_then(|link| {
            link.watched(move |notice| {
                let _ = done.send(Done::Keeper(notice));
            })
        });
        match watched {
            Ok(link) => {
                self.children.insert(link.pid());
                self.keeper = Some(link);
            }
            Err(error) => {
                tracing::error!(%error, "no keeper: the agents would not outlive this server");
                self.keeper = None;
                return;
            }
        }
        let all: Vec<KeptPane> = self.ptys.iter().filter_map(|(pane, pty)| self.kept(pane, pty)).collect();
        for kept in all {
            self.keep(kept.pane, &kept);
        }
    }

    fn kept(&self, pane: PaneId, pty: &PanePty) -> Option<KeptPane> {
        let session = self.core.state().panes.get(&pane)?.session;
        let launch = self.core.launch(session)?;
        let port = pty.events.as_ref().map(|events| events.port);
        let (token, env) = (launch.token.clone(), launch.env.clone());
        Some(KeptPane { pane, session, epoch: pty.epoch, token, env, port })
    }

    fn close_pty(&mut self, pane: PaneId) {
        self.ptys.close(pane);
        self.screens.forget(pane);
        if let Some(link) = &self.keeper {
            let _ = link.drop_key(&KeptPane::key(pane));
        }
    }

    pub(super) fn tidy_journal(&mut self, pane: PaneId) {
        let Some(terminal) = self.core.state().panes.get(&pane).map(|pane| &pane.terminal) else { return };
        if let Some(journal) = self.ptys.get_mut(pane).and_then(|pty| pty.journal.as_mut())
            && let Err(error) = journal.tidy(terminal)
        {
            tracing::warn!(%pane, %error, "no snapshot");
        }
    }

    fn snapshot_journal(&mut self, pane: PaneId) {
        let Some(terminal) = self.core.state().panes.get(&pane).map(|pane| &pane.terminal) else { return };
        if let Some(journal) = self.ptys.get_mut(pane).and_then(|pty| pty.journal.as_mut())
            && let Err(error) = journal.snapshot(terminal)
        {
            tracing::warn!(%pane, %error, "no snapshot");
        }
    }

    pub(super) fn committed(&mut self, ticket: store::Ticket, result: Result<(), CommitError>) {
        let result = result.map_err(|error| {
            tracing::warn!(%error, "not committed");
            storing::failure(&error)
        });
        self.step(Event::Committed { ticket: Ticket(ticket.0), result });
        self.last_committed = ticket.0;
        self.answer_hooks();
        if self.n_lines_stored >= GIVES_BACK_LINES {
            self.n_lines_stored = 0;
            memory::give_back();
        }
    }

    /// Asks the store's thread for all sessions; the answer comes as an event.
    fn list_stored(&self, request: RequestId, open: Vec<SessionRow>) {
        let done = self.done.clone();
        self.store.query(move |reader| {
            let stored = reader.sessions(store::Scope::Workspace, store::SessionFilter::All).unwrap_or_else(|error| {
                tracing::error!(%error, "the stored sessions cannot be read");
                Vec::new()
            });
            let ended =
                stored.into_iter().filter(|row| !open.iter().any(|known| known.id == row.session.id.to_string()));
            let ended = ended.map(|row| row.session).collect();
            let _ = done.send(Done::Event(Box::new(Event::StoredSessions { request, open, ended })));
        });
    }

    /// Asks the store's thread; the answer comes as an event.
    fn ask_store(&self, request: RequestId, question: Question) {
        let (done, now) = (self.done.clone(), self.clock.now().wall);
        self.store.query(move |reader| {
            let found = storing::answer(reader, question, now).unwrap_or_else(|error| {
                tracing::error!(%error, "the store cannot be read");
                Found::Failed(error.to_string())
            });
            let _ = done.send(Done::Event(Box::new(Event::StoreAnswered { request, found: Box::new(found) })));
        });
    }

    fn respond(&mut self, request: RequestId, mut response: ApiResponse) {
        if let ApiResponse::Status(row) = &mut response {
            row.keeper_pid = self.keeper.as_ref().map(KeeperLink::pid);
        }
        for connected in self.connections.values_mut() {
            if let Some(id) = connected.requests.remove(&request) {
                send_message(&connected.outbox, &ServerMessage::Response { id, response });
                return;
            }
        }
        if let ApiResponse::Error(error) = response {
            self.step(Event::RequestFailed { request, message: error.message });
        }
    }

    fn release(&mut self, client: ClientId, reason: String) {
        if let Some(screen) = self.screens.remove(client) {
            send_message(screen.outbox(), &ServerMessage::Exit { reason, code: 0 });
            if let Some(connected) = self.connections.get_mut(&screen.connection) {
                connected.client = None;
            }
        }
        self.step(Event::ClientGone { client });
    }

    /// The last acts of a server: everything written, the keeper told, the clients let go.
    pub(super) fn finish(mut self) {
        self.perform_all();
        let reason = self.quit.take().unwrap_or(QuitReason::Terminate);
        if matches!(reason, QuitReason::Restart { .. }) {
            for (_, screen) in self.screens.iter_mut() {
                send_message(screen.outbox(), &ServerMessage::Restarting);
            }
        }
        self.store.close();
        if let Some(link) = self.keeper.take() {
            let told = match &reason {
                QuitReason::Restart { exe } => link.restart(exe.as_deref()),
                QuitReason::Stop | QuitReason::Terminate => link.stop(),
            };
            if let Err(error) = told {
                tracing::error!(%error, "the keeper was not told");
            }
        }
    }
}

/// Puts a free port where the arguments want one. Without one the agent takes a port of its own choice, unheard.
fn fill_port(argv: &mut [String], port_at: Option<usize>) -> Option<u16> {
    let word = argv.get_mut(port_at?)?;
    let port = event_stream::free_port()
        .inspect_err(|error| tracing::warn!(%error, "no free port: the agent's events are not heard"))
        .ok()?;
    *word = port.to_string();
    Some(port)
}

/// Signals an agent as its terminal would: the whole process group. SIGCONT goes along, for one that is stopped.
fn send_signal(pid: u32, signal: AgentSignal) {
    use rustix::process::{Pid, Signal, kill_process, kill_process_group};
    let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) else { return };
    let signals: &[Signal] = match signal {
        AgentSignal::HangUp => &[Signal::HUP, Signal::CONT],
        AgentSignal::Kill => &[Signal::KILL],
    };
    for signal in signals {
        if kill_process_group(pid, *signal).is_err() {
            let _ = kill_process(pid, *signal);
        }
    }
}
