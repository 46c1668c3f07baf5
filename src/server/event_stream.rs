//! The event stream of an agent that serves one (OpenCode): a task a pane listens to it and brings what it hears as hook
//! reports of that launch.
//!
//! HTTP/1.1 on loopback only, as much of it as such a stream needs. What it hears is foreign: everything has a limit, and
//! what is not understood is dropped. The task lives as long as its pane's PTY.

mod http;
mod lines;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::error::Elapsed;
use tokio::time::{Instant, sleep, timeout};
use uuid::Uuid;

use crate::core::event::{Ancestry, Event, HookReport};
use crate::id::{ConversationId, ProviderName, SessionId};
use crate::provider::opencode::{self, events::Events};
use crate::server::Done;
use crate::server::event_stream::http::{Body, Head, HttpError};
use crate::server::event_stream::lines::Lines;

/// How long a connection and the head of its answer are waited for. OpenCode 1.18.33 takes connections before it is ready to
/// answer them, and never answers those that came too early.
const HEAD_TIME: Duration = Duration::from_secs(2);

/// After this time without an answer it is asked again, beside the first (chosen): the longest that its first words can be
/// missed. At most ten wait at a time.
const NEXT_TRY: Duration = Duration::from_millis(200);

/// A stream that says nothing for so long is dead: OpenCode 1.18.33 sends a heartbeat every ten seconds.
const SILENCE: Duration = Duration::from_secs(45);

/// The agent takes four seconds to be up on a quiet machine; after this time without a word the user is told (chosen).
const PATIENCE: Duration = Duration::from_secs(15);

/// Pauses between two tries: first, and at most (chosen).
const PAUSES: [Duration; 2] = [Duration::from_millis(100), Duration::from_secs(4)];

/// Bytes that are read at once.
const READ_BYTES: usize = 16 << 10;

/// What is listened to, and in whose name.
#[derive(Clone, Debug)]
pub struct Source {
    /// Whose events they are.
    pub session: SessionId,
    /// Its provider.
    pub provider: ProviderName,
    /// The secret of the launch.
    pub token: String,
    /// The port on 127.0.0.1.
    pub port: u16,
    /// The conversation that the session is believed to be on.
    pub current: Option<ConversationId>,
}

/// A stream that is listened to, until this is dropped.
#[derive(Debug)]
pub struct Subscription {
    /// The port on 127.0.0.1.
    pub port: u16,
    task: JoinHandle<()>,
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Why a stream ended, or never began.
#[derive(Debug, thiserror::Error)]
enum StreamError {
    #[error("nobody answers: {0}")]
    Connection(#[from] std::io::Error),
    #[error("no answer in time")]
    Late,
    #[error("it was closed")]
    Closed,
    #[error(transparent)]
    Http(#[from] HttpError),
}

/// Ports that are handed out first: the agent listens seconds after its port was found, and these the system gives to no
/// connection of anybody's meanwhile (Linux gives 32768 and above, macOS 49152 and above). OpenCode 1.18.33 whose port is taken
/// shows nothing, for good.
const QUIET_PORTS: std::ops::Range<u16> = 20_000..32_768;

/// Of those so many are tried, drawn at random: another homing draws too.
const N_DRAWS: usize = 32;

/// A port that is free now, on 127.0.0.1.
///
/// # Errors
/// Where no socket can be bound at all.
pub fn free_port() -> Result<u16, std::io::Error> {
    let is_free = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok();
    let draw = || QUIET_PORTS.start + (Uuid::new_v4().as_u128() % QUIET_PORTS.len() as u128) as u16;
    match std::iter::repeat_with(draw).take(N_DRAWS).find(|port| is_free(*port)) {
        Some(port) => Ok(port),
        None => Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port()),
    }
}

/// Listens to a stream.
pub fn subscribe(source: Source, done: UnboundedSender<Done>) -> Subscription {
    let port = source.port;
    Subscription { port, task: tokio::task::spawn(listen(source, done)) }
}

/// Tries until somebody answers, and again whenever the stream is cut.
async fn listen(source: Source, done: UnboundedSender<Done>) {
    let mut listener = Listener {
        events: Events::new(source.provider.clone(), source.current.clone()),
        source,
        done,
        is_heard: false,
        is_told: false,
    };
    let started = Instant::now();
    let mut pause = PAUSES[0];
    loop {
        let was_heard = std::mem::take(&mut listener.is_heard);
        let error = match listener.stream().await {
            Ok(()) => StreamError::Closed,
            Err(error) => error,
        };
        tracing::debug!(session = %listener.source.session, %error, "event stream");
        if listener.is_heard {
            pause = PAUSES[0];
            listener.is_told = true;
        } else if was_heard || started.elapsed() > PATIENCE {
            pause = (pause * 2).min(PAUSES[1]);
        }
        if !listener.is_told && started.elapsed() > PATIENCE {
            listener.is_told = true;
            listener.complain(&error);
        }
        sleep(pause).await;
    }
}

/// One stream, over all its connections.
struct Listener {
    source: Source,
    events: Events,
    done: UnboundedSender<Done>,
    /// Whether this connection was answered.
    is_heard: bool,
    /// Whether the silence was told of, or there was none.
    is_told: bool,
}

impl Listener {
    /// One connection, from its request to its end.
    async fn stream(&mut self) -> Result<(), StreamError> {
        let Opened { mut connection, mut body, rest } = open_soonest(&self.source).await?;
        self.is_heard = true;
        let mut lines = Lines::default();
        self.hear(&mut body, &mut lines, &rest)?;
        let mut buffer = vec![0; READ_BYTES];
        loop {
            let read = timeout(SILENCE, connection.read(&mut buffer)).await.map_err(|_| StreamError::Late)?;
            let n_bytes = read?;
            match buffer.get(..n_bytes) {
                None | Some([]) => return Ok(()),
                Some(bytes) => self.hear(&mut body, &mut lines, bytes)?,
            }
        }
    }

    fn hear(&mut self, body: &mut Body, lines: &mut Lines, bytes: &[u8]) -> Result<(), StreamError> {
        let mut plain = Vec::with_capacity(bytes.len());
        body.decode(bytes, &mut plain)?;
        let Self { source, events, done, .. } = self;
        lines.take(&plain, |json| {
            let Some(event) = events.take(json) else { return };
            let Ok(payload) = serde_json::to_string(&event) else { return };
            let report = HookReport {
                session: source.session,
                token: source.token.clone(),
                provider: source.provider.clone(),
                event: None,
                payload,
                // The port and the password are this launch's: nobody else answers there.
                ancestry: Ancestry::Inside,
                pid: None,
            };
            let _ = done.send(Done::Event(Box::new(Event::Hook(report))));
        });
        Ok(())
    }

    fn complain(&self, error: &StreamError) {
        let Source { session, port, .. } = &self.source;
        tracing::warn!(%session, port, %error, "the agent's events are not heard");
        let why = "its events are not heard; what it works on is known from its files only".to_owned();
        let _ = self.done.send(Done::Event(Box::new(Event::Unheard { session: *session, why })));
    }
}

/// A connection whose answer has begun.
struct Opened {
    connection: TcpStream,
    body: Body,
    /// What came behind the head.
    rest: Vec<u8>,
}

/// Asks, and asks again beside it while no answer comes: what is said before the stream is open is never heard, so the first
/// connection that is answered must not wait for the end of an earlier one.
async fn open_soonest(source: &Source) -> Result<Opened, StreamError> {
    let mut tries = JoinSet::new();
    let mut last = StreamError::Late;
    let started = Instant::now();
    while started.elapsed() < HEAD_TIME {
        tries.spawn(timeout(HEAD_TIME, open(source.port, opencode::password(&source.token))));
        if let Ok(opened) = timeout(NEXT_TRY, first_answer(&mut tries, &mut last)).await {
            return Ok(opened);
        }
    }
    Err(last)
}

/// The first of the tries that is answered; never, where none is. Why the others failed goes to `last`.
async fn first_answer(
    tries: &mut JoinSet<Result<Result<Opened, StreamError>, Elapsed>>,
    last: &mut StreamError,
) -> Opened {
    loop {
        match tries.join_next().await {
            Some(Ok(Ok(Ok(opened)))) => return opened,
            Some(Ok(Ok(Err(error)))) => *last = error,
            // It waited for too long, or was aborted with the rest.
            Some(Ok(Err(_)) | Err(_)) => {}
            None => std::future::pending().await,
        }
    }
}

/// Connects, asks, and reads the answer's head.
async fn open(port: u16, password: String) -> Result<Opened, StreamError> {
    let mut connection = TcpStream::connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
    let login = BASE64.encode(format!("{}:{password}", opencode::USER));
    let request = format!(
        "GET {} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Basic {login}\r\nAccept: text/event-stream\r\n\r\n",
        opencode::STREAM_PATH
    );
    connection.write_all(request.as_bytes()).await?;
    let mut received = Vec::new();
    let mut buffer = vec![0; READ_BYTES];
    loop {
        let n_bytes = connection.read(&mut buffer).await?;
        match buffer.get(..n_bytes) {
            None | Some([]) => return Err(StreamError::Closed),
            Some(bytes) => received.extend_from_slice(bytes),
        }
        if let Some(head) = Head::read(&received)? {
            let rest = received.split_off(head.n_bytes);
            return Ok(Opened { connection, body: head.body, rest });
        }
    }
}

#[cfg(test)]
mod tests;
