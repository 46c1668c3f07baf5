//! What comes in over connections: clients that attach and type, requests of programs, reports of hooks.

use std::collections::BTreeMap;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::unix::AsyncFd;

use crate::core::effect::RequestId;
use crate::core::event::{Event, HookReport};
use crate::geometry::Size;
use crate::id::{ClientId, ProviderName};
use crate::input::event::InputEvent;
use crate::input::parse::ESCAPE_DELAY_MS;
use crate::protocol::message::{ClientMessage, Report};
use crate::server::clipboard::Clipboard;
use crate::server::connection::{ConnectionId, Inbound};
use crate::server::outbox::Outbox;
use crate::server::screens::Screen;
use crate::server::tty::Tty;
use crate::server::{Done, Server, ancestry, perform};

/// How the answer to a hook begins, once its report was looked at and what came of it was stored; a few words follow.
const ACKNOWLEDGED: &[u8] = b"\x06";

/// A connection as the loop knows it.
pub(super) struct Connected {
    pub(super) outbox: Outbox,
    pub(super) pid: Option<u32>,
    pub(super) client: Option<ClientId>,
    /// The core's name of a request → the program's own.
    pub(super) requests: BTreeMap<RequestId, u64>,
}

/// What a hook waits for.
pub(super) struct HookAnswer {
    /// Once this commit is stored.
    after: u64,
    fd: Arc<AsyncFd<OwnedFd>>,
    /// What came of its report, for whoever wants to know.
    words: String,
}

impl Server {
    pub(super) fn inbound(&mut self, message: Inbound) {
        match message {
            Inbound::Opened { connection, pid, outbox } => {
                self.connections.insert(connection, Connected { outbox, pid, client: None, requests: BTreeMap::new() });
            }
            Inbound::Bytes { connection, bytes } => self.typed(connection, &bytes),
            Inbound::Message { connection, message } => self.message(connection, message),
            Inbound::Report { pid, report, hold } => {
                self.report(pid, report);
                self.perform_all();
                let reply =
                    hold.map(|fd| HookAnswer { after: self.last_ticket, fd, words: self.core.hook_reply().to_owned() });
                self.answers.extend(reply);
                self.answer_hooks();
            }
            Inbound::Restart { exe } => self.step(Event::Restart { exe }),
            Inbound::Closed { connection } => self.closed(connection),
        }
    }

    /// Answers the hooks whose reports have been stored.
    pub(super) fn answer_hooks(&mut self) {
        let committed = self.last_committed;
        self.answers.retain(|answer| {
            let is_stored = answer.after <= committed;
            if is_stored {
                let reply = [ACKNOWLEDGED, answer.words.as_bytes()].concat();
                let _ = rustix::io::write(answer.fd.get_ref(), &reply);
            }
            !is_stored
        });
    }

    /// What a client's terminal sent.
    fn typed(&mut self, connection: ConnectionId, bytes: &[u8]) {
        let Some(client) = self.connections.get(&connection).and_then(|connected| connected.client) else { return };
        let Some(screen) = self.screens.get_mut(client) else { return };
        let mut events = Vec::new();
        screen.parser.feed(bytes, &mut events);
        if screen.parser.is_waiting() {
            self.await_escape(client);
        }
        self.client_inputs(client, events);
    }

    fn client_inputs(&mut self, client: ClientId, events: Vec<InputEvent>) {
        for input in events {
            // What a terminal answers by itself is nobody's typing: a flood need not hold its breath for it.
            if matches!(input, InputEvent::Key(_) | InputEvent::Paste(_) | InputEvent::Mouse(_)) {
                self.typed_at = Some(self.clock.now().instant);
            }
            let hit = match &input {
                InputEvent::Mouse(mouse) => {
                    self.screens.get_mut(client).and_then(|screen| screen.hit(mouse.column, mouse.row))
                }
                _ => None,
            };
            let is_key = matches!(input, InputEvent::Key(_));
            self.step(Event::ClientInput { client, input, hit });
            self.perform_all();
            if let Some(screen) = self.screens.get_mut(client).filter(|_| is_key) {
                screen.answer_key();
            }
        }
    }

    /// A lone ESC is a key if nothing follows it for a moment.
    fn await_escape(&self, client: ClientId) {
        let done = self.done.clone();
        tokio::task::spawn(async move {
            tokio::time::sleep(Duration::from_millis(ESCAPE_DELAY_MS)).await;
            let _ = done.send(Done::Escape(client));
        });
    }

    pub(super) fn escape_over(&mut self, client: ClientId) {
        let Some(screen) = self.screens.get_mut(client) else { return };
        let mut events = Vec::new();
        screen.parser.timeout(&mut events);
        if screen.parser.is_waiting() {
            self.await_escape(client);
        }
        self.client_inputs(client, events);
    }

    fn message(&mut self, connection: ConnectionId, message: ClientMessage) {
        match message {
            ClientMessage::Attach { cols, rows, env, cwd, open, tty } => {
                let Some(connected) = self.connections.get_mut(&connection) else { return };
                let (client, pid) = (ClientId(connection), connected.pid);
                connected.client = Some(client);
                let tty = tty.and_then(|name| {
                    let opened = Tty::open(&name, client, &self.done);
                    opened.inspect_err(|error| tracing::debug!(%error, "the client writes to its terminal")).ok()
                });
                let mut screen =
                    Screen::new(connection, connected.outbox.clone(), tty, Clipboard::new(client, self.done.clone()));
                screen.to_terminal(perform::GREETING);
                self.screens.insert(client, screen);
                let size = Size::new(cols, rows);
                self.step(Event::ClientAttached { client, pid, size, env, cwd, open });
            }
            ClientMessage::Resize { cols, rows } => {
                if let Some(client) = self.connections.get(&connection).and_then(|connected| connected.client) {
                    self.step(Event::ClientResized { client, size: Size::new(cols, rows) });
                }
            }
            ClientMessage::Shown => {
                let client = self.connections.get(&connection).and_then(|connected| connected.client);
                if let Some(client) = client {
                    self.shown(client);
                }
            }
            ClientMessage::Request { id, request: body } => {
                self.n_requests += 1;
                let request = RequestId(self.n_requests);
                if let Some(connected) = self.connections.get_mut(&connection) {
                    connected.requests.insert(request, id);
                    self.step(Event::Request { request, body });
                }
            }
        }
    }

    /// A client's last frame is on its terminal, whoever has written it.
    pub(super) fn shown(&mut self, client: ClientId) {
        if let Some(screen) = self.screens.get_mut(client) {
            screen.shown();
        }
    }

    fn closed(&mut self, connection: ConnectionId) {
        let Some(connected) = self.connections.remove(&connection) else { return };
        for request in connected.requests.into_keys() {
            self.step(Event::RequestGone { request });
        }
        if let Some(client) = connected.client {
            self.screens.remove(client);
            self.step(Event::ClientGone { client });
        }
    }

    /// A hook's report: the reporting process must descend from the pane's.
    fn report(&mut self, pid: Option<u32>, report: Report) {
        let Ok(session) = report.session.parse() else { return };
        let ancestry = ancestry::of(&self.core, session, pid, &report.ancestors);
        self.step(Event::Hook(HookReport {
            session,
            token: report.token,
            provider: ProviderName::new(&report.provider),
            event: report.event,
            payload: report.payload,
            ancestry,
            pid,
        }));
    }
}
