//! One request of a program, and its answer.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use crate::client::ClientError;
use crate::paths::Paths;
use crate::protocol::api::{ApiRequest, ApiResponse, WaitFor};
use crate::protocol::codec::{Decoder, Kind, encode_json};
use crate::protocol::message::{ClientMessage, Hello, Reject, Role, ServerMessage};

/// How long a server has to answer that the time of a wait is over.
const ANSWER_TIME: Duration = Duration::from_secs(15);

/// Before the server that follows one that is gone is asked. Whoever connects before it is there waits in the queue.
const NEXT_SERVER: Duration = Duration::from_millis(20);

/// How long a server has to store everything and let go.
const RESTART_TIME: Duration = Duration::from_secs(10);

/// A connection to a server that runs.
pub fn connect_existing(paths: &Paths, workspace: &str) -> Result<UnixStream, ClientError> {
    UnixStream::connect(paths.socket(workspace)).map_err(|_| ClientError::NotRunning)
}

/// Asks and waits for the answer, at most for `patience`.
pub fn request(
    mut stream: UnixStream,
    request: ApiRequest,
    patience: Option<Duration>,
) -> Result<ApiResponse, ClientError> {
    let mut bytes = Vec::new();
    encode_json(Kind::Hello, &Hello::new(Role::Api), &mut bytes);
    encode_json(Kind::Message, &ClientMessage::Request { id: 1, request }, &mut bytes);
    // A server that refuses may have closed its end; its reason can still be read.
    let _ = stream.write_all(&bytes);
    let until = patience.map(|patience| Instant::now() + patience);
    let mut decoder = Decoder::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        let left = until.map(|until| until.saturating_duration_since(Instant::now()));
        if left.is_some_and(|left| left.is_zero()) {
            return Err(ClientError::TimedOut);
        }
        stream.set_read_timeout(left)?;
        match stream.read(&mut buffer) {
            Ok(0) => return Err(ClientError::Gone),
            Ok(n) => decoder.feed(&buffer[..n]),
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                return Err(ClientError::TimedOut);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return Err(ClientError::Gone),
        }
        while let Some(frame) = decoder.next_frame() {
            let frame = frame?;
            match frame.kind {
                Kind::Message => {
                    if let ServerMessage::Response { response, .. } =
                        serde_json::from_slice(&frame.payload).map_err(io::Error::from)?
                    {
                        return Ok(response);
                    }
                }
                Kind::Reject => {
                    let Reject { reason, hint } = serde_json::from_slice(&frame.payload).map_err(io::Error::from)?;
                    return Err(ClientError::Rejected { reason, hint });
                }
                Kind::Hello | Kind::Bytes | Kind::Report => {}
            }
        }
    }
}

/// Waits for a state of a session; `None` waits for ever. A server that is replaced meanwhile is no end: the next one is asked.
pub fn wait(
    paths: &Paths,
    workspace: &str,
    (session, until): (&str, &WaitFor),
    time: Option<Duration>,
) -> Result<ApiResponse, ClientError> {
    let deadline = time.map(|time| Instant::now() + time);
    loop {
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let timeout_ms = left.map(|left| u64::try_from(left.as_millis()).unwrap_or(u64::MAX));
        let question = ApiRequest::Wait { session: session.to_owned(), until: until.clone(), timeout_ms };
        let stream = connect_existing(paths, workspace)?;
        match request(stream, question, left.map(|left| left + ANSWER_TIME)) {
            Err(ClientError::Gone) => std::thread::sleep(NEXT_SERVER),
            answer => return answer,
        }
    }
}

/// Tells a server of any version to make room for this program, and waits until it has let go.
pub fn order_restart(mut stream: UnixStream, exe: Option<String>) -> Result<(), ClientError> {
    let mut bytes = Vec::new();
    encode_json(Kind::Hello, &Hello { exe, ..Hello::new(Role::Restart) }, &mut bytes);
    stream.write_all(&bytes)?;
    stream.set_read_timeout(Some(RESTART_TIME))?;
    match stream.read(&mut [0]) {
        Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
            Err(ClientError::TimedOut)
        }
        // The connection ends with the server.
        _ => Ok(()),
    }
}

/// Waits until nobody listens to the workspace's socket any more.
pub fn wait_until_gone(paths: &Paths, workspace: &str, patience: Duration) -> Result<(), ClientError> {
    let until = Instant::now() + patience;
    while connect_existing(paths, workspace).is_ok() {
        if Instant::now() > until {
            return Err(ClientError::TimedOut);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}
