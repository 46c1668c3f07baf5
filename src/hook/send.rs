//! One report: read the payload, write one frame, done.

use std::ffi::OsString;
use std::io::{self, IsTerminal as _, Write as _};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect, socket_with};
use serde_json::{Value, json};

use crate::hook::ancestry;

/// The kind byte of a report frame (`protocol::codec`).
const KIND_REPORT: u8 = 3;
/// How long everything may take (DESIGN §9): the agent waits for its hook.
const BUDGET: Duration = Duration::from_millis(200);
/// How much of it the payload is waited for. Chosen: what is left is enough for a server that lives.
const READ_BUDGET: Duration = Duration::from_millis(100);
/// What one try to connect and to write may take of it: a server that does not accept is not tried again.
const SEND_BUDGET: Duration = Duration::from_millis(50);
/// What is read of a payload. All of it is wanted, so that what is sent is whole JSON; agents put tool output of any size
/// into it.
const READ_MAX_BYTES: usize = 8 << 20;
/// What is sent of a payload as it is; beyond, long texts in it are cut. A frame holds at most 1 MiB.
const WHOLE_MAX_BYTES: usize = 64 << 10;
/// What a text of a cut payload keeps, in characters.
const CUT_MAX_CHARS: usize = 2000;

/// What a server answers to a report.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reply {
    /// What came of it: `counted`, `ignored: sub-agent`, …
    Words(String),
    /// Nothing yet; it was sent, and is read when the server comes to it.
    Later,
}

/// Where and as whom a process reports.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Address {
    /// The server's socket.
    pub socket: PathBuf,
    /// The session's id.
    pub session: String,
    /// The launch's token.
    pub token: String,
}

impl Address {
    /// What the environment of a pane says; `None` outside of one.
    pub fn from_env() -> Option<Self> {
        Self::from_vars(|name| std::env::var_os(name))
    }

    fn from_vars(var: impl Fn(&str) -> Option<OsString>) -> Option<Self> {
        let text = |name| var(name).and_then(|value| value.into_string().ok()).filter(|value| !value.is_empty());
        let socket = var("HOMING_SOCKET").filter(|value| !value.is_empty())?;
        Some(Self { socket: socket.into(), session: text("HOMING_SESSION")?, token: text("HOMING_TOKEN")? })
    }
}

/// What `homing hook PROVIDER [EVENT]` does. Codex's `notify` passes its payload as the last argument: an "event" that
/// begins like JSON is the payload. Never fails, prints nothing, takes at most 200 ms.
pub fn run(provider: &str, event: Option<&str>) {
    let Some(address) = Address::from_env() else { return };
    let until = Instant::now() + BUDGET;
    let (event, payload) = match event {
        Some(payload) if payload.trim_start().starts_with('{') => (None, payload.to_owned()),
        event => (event, read_stdin()),
    };
    // Nobody is left to tell about an error, and the agent must not notice one.
    let _ = report_until(&address, provider, event, &payload, until);
}

/// Sends one report. Errors are for tests and for callers that want to know; the frame is sent whole or not at all.
///
/// The server answers with one byte, and a few words, once it has looked at the report. A connection that ends without it was that of a server
/// that died just then: the report goes to the one that takes over.
pub fn report(address: &Address, provider: &str, event: Option<&str>, payload: &str) -> io::Result<Reply> {
    report_until(address, provider, event, payload, Instant::now() + BUDGET)
}

fn report_until(
    address: &Address,
    provider: &str,
    event: Option<&str>,
    payload: &str,
    until: Instant,
) -> io::Result<Reply> {
    let frame = frame(address, provider, event, &fit(payload))?;
    send(&address.socket, &frame, SEND_BUDGET, until)
}

fn send(socket: &Path, frame: &[u8], send_budget: Duration, until: Instant) -> io::Result<Reply> {
    loop {
        let mut stream = connect_within(socket, send_budget)?;
        stream.write_all(frame)?;
        let left = until.saturating_duration_since(Instant::now());
        // No time at all would be taken for no limit.
        stream.set_read_timeout(Some(left.max(Duration::from_millis(1))))?;
        let mut answer = [0; 256];
        match io::Read::read(&mut stream, &mut answer) {
            // The server that was told died just then.
            Ok(0) => {}
            Ok(n) => {
                let words = answer.get(1..n).unwrap_or_default();
                return Ok(Reply::Words(String::from_utf8_lossy(words).into_owned()));
            }
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => {}
            // The report waits in the socket for the server.
            Err(_) => return Ok(Reply::Later),
        }
        if left.is_zero() {
            return Err(io::Error::from(io::ErrorKind::TimedOut));
        }
    }
}

/// The frame: u32 (little-endian) length of the rest, the kind, JSON.
fn frame(address: &Address, provider: &str, event: Option<&str>, payload: &str) -> io::Result<Vec<u8>> {
    let ancestors = ancestry::chain();
    let body = json!({
        "session": address.session,
        "token": address.token,
        "provider": provider,
        "event": event,
        "pid": std::process::id(),
        "ancestors": ancestors,
        "payload": payload,
    })
    .to_string();
    let length = u32::try_from(body.len() + 1).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
    let mut bytes = Vec::with_capacity(body.len() + 5);
    bytes.extend(length.to_le_bytes());
    bytes.push(KIND_REPORT);
    bytes.extend(body.into_bytes());
    Ok(bytes)
}

/// The payload, with its long texts cut where it is too long as a whole. What is no JSON is cut at the end.
fn fit(payload: &str) -> String {
    if payload.len() <= WHOLE_MAX_BYTES {
        return payload.to_owned();
    }
    let Ok(mut value) = serde_json::from_str::<Value>(payload) else {
        return payload.chars().take(WHOLE_MAX_BYTES / 4).collect();
    };
    cut(&mut value);
    let text = value.to_string();
    if text.len() <= WHOLE_MAX_BYTES {
        return text;
    }
    // Many short texts: only the plain fields at the top matter then (session, event, directory, prompt).
    if let Value::Object(fields) = &mut value {
        fields.retain(|_, field| !field.is_array() && !field.is_object());
        let text = value.to_string();
        if text.len() <= WHOLE_MAX_BYTES {
            return text;
        }
    }
    String::new()
}

fn cut(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Some((at, _)) = text.char_indices().nth(CUT_MAX_CHARS) {
                text.truncate(at);
            }
        }
        Value::Array(values) => values.iter_mut().for_each(cut),
        Value::Object(fields) => fields.values_mut().for_each(cut),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Connects and sets the time limits; a server that does not accept (stopped, backlog full) costs `limit`, not more.
fn connect_within(path: &Path, limit: Duration) -> io::Result<UnixStream> {
    let fd: OwnedFd = socket_with(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    set_socket_timeout(&fd, Timeout::Send, Some(limit))?;
    connect(&fd, &SocketAddrUnix::new(path)?)?;
    Ok(UnixStream::from(fd))
}

fn read_stdin() -> String {
    let stdin = io::stdin();
    if stdin.is_terminal() {
        return String::new();
    }
    String::from_utf8_lossy(&read_within(&stdin, READ_BUDGET)).into_owned()
}

/// What can be read until the end, the limit of time, or [`READ_MAX_BYTES`]; what comes beyond those is read and dropped, so
/// that the agent's write does not fail.
fn read_within(fd: &impl AsFd, limit: Duration) -> Vec<u8> {
    let deadline = Instant::now() + limit;
    let mut bytes = Vec::new();
    let mut chunk = vec![0; 64 << 10];
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let Ok(timeout) = Timespec::try_from(left) else { break };
        let mut fds = [PollFd::new(fd, PollFlags::IN)];
        match poll(&mut fds, Some(&timeout)) {
            Ok(0) => break,
            Ok(_) => {}
            Err(rustix::io::Errno::INTR) => continue,
            Err(_) => break,
        }
        match rustix::io::read(fd, &mut chunk) {
            Ok(0) => break,
            Ok(n) => {
                let room = READ_MAX_BYTES.saturating_sub(bytes.len());
                bytes.extend(chunk.iter().take(n.min(room)));
            }
            Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => {}
            Err(_) => break,
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::os::unix::net::UnixListener;

    use super::*;

    fn address(socket: &Path) -> Address {
        Address { socket: socket.to_owned(), session: "hm_1".to_owned(), token: "t".to_owned() }
    }

    /// What arrives when this is reported.
    fn received(event: Option<&str>, payload: &str) -> Value {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s");
        let listener = UnixListener::bind(&path).unwrap();
        let reader = std::thread::spawn(move || {
            let mut stream = listener.accept().unwrap().0;
            let mut bytes = vec![0; 4];
            stream.read_exact(&mut bytes).unwrap();
            let length = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) as usize;
            bytes.resize(4 + length, 0);
            stream.read_exact(&mut bytes[4..]).unwrap();
            stream.write_all(b"\x06").unwrap();
            bytes
        });
        // No limits that a busy machine could break.
        let frame = frame(&address(&path), "claude", event, &fit(payload)).unwrap();
        let hour = Duration::from_secs(3600);
        send(&path, &frame, hour, Instant::now() + hour).unwrap();
        let bytes = reader.join().unwrap();
        let (length, rest) = bytes.split_at(4);
        assert_eq!(u32::from_le_bytes(length.try_into().unwrap()) as usize, rest.len());
        assert_eq!(rest[0], 3);
        assert!(rest.len() <= 1 << 20);
        serde_json::from_slice(&rest[1..]).unwrap()
    }

    #[test]
    fn one_frame_says_who_reports_what() {
        let frame = received(Some("Stop"), "{\"a\": 1}");
        assert_eq!(frame["session"], "hm_1");
        assert_eq!(frame["token"], "t");
        assert_eq!(frame["provider"], "claude");
        assert_eq!(frame["event"], "Stop");
        assert_eq!(frame["pid"], std::process::id());
        assert_eq!(frame["ancestors"][0], std::process::id());
        assert_eq!(frame["payload"], "{\"a\": 1}", "the payload is passed on as it is");
        assert_eq!(received(None, "x")["event"], Value::Null);
    }

    #[test]
    fn a_long_payload_keeps_what_names_the_conversation() {
        let long = "é\"".repeat(1 << 16);
        let many = vec!["x"; 20_000];
        for response in [json!(long), json!({ "stdout": long }), json!(many)] {
            let payload = json!({ "session_id": "i", "tool_response": response, "prompt": long }).to_string();
            let frame = received(None, &payload);
            let kept: Value = serde_json::from_str(frame["payload"].as_str().unwrap()).unwrap();
            assert_eq!(kept["session_id"], "i");
            assert_eq!(kept["prompt"].as_str().unwrap().chars().count(), CUT_MAX_CHARS);
        }
        received(None, &"not json ".repeat(1 << 14));
    }

    #[test]
    fn without_a_server_it_fails_at_once() {
        let dir = tempfile::tempdir().unwrap();
        assert!(report(&address(&dir.path().join("none")), "claude", None, "").is_err());
        let long = dir.path().join("x".repeat(200));
        assert!(report(&address(&long), "claude", None, "").is_err());
    }

    #[test]
    fn a_server_that_does_not_accept_holds_nobody_up() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s");
        let _listener = UnixListener::bind(&path).unwrap();
        let payload = "x".repeat(WHOLE_MAX_BYTES);
        let before = Instant::now();
        // Nobody accepts: the backlog fills, and then each try ends by its time limit.
        let mut streams = Vec::new();
        while let Ok(stream) = connect_within(&path, Duration::from_millis(5)) {
            streams.push(stream);
            assert!(streams.len() < 10_000);
        }
        assert!(report(&address(&path), "claude", None, &payload).is_err());
        assert!(before.elapsed() < Duration::from_secs(5));
    }

    #[test]
    fn the_answers_words_are_told_and_a_server_that_does_not_answer_is_not_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s");
        let listener = UnixListener::bind(&path).unwrap();
        let server = std::thread::spawn(move || {
            let mut kept = Vec::new();
            for answer in [b"\x06ignored: sub-agent".as_slice(), b""] {
                let (mut stream, _) = listener.accept().unwrap();
                stream.write_all(answer).unwrap();
                kept.push(stream);
            }
            kept
        });
        let ask = |left| report_until(&address(&path), "claude", None, "{}", Instant::now() + left).unwrap();
        assert_eq!(ask(Duration::from_secs(20)), Reply::Words("ignored: sub-agent".to_owned()));
        assert_eq!(ask(Duration::from_millis(10)), Reply::Later);
        drop(server.join().unwrap());
    }

    #[test]
    fn a_payload_that_never_ends_is_read_for_a_while_only() {
        let (reader, writer) = io::pipe().unwrap();
        (&writer).write_all(b"{\"half\":").unwrap();
        assert_eq!(read_within(&reader, Duration::from_millis(10)), b"{\"half\":");
        drop(writer);
        assert_eq!(read_within(&reader, Duration::from_secs(5)), b"");
    }

    #[test]
    fn outside_of_a_pane_there_is_no_address() {
        let vars = |missing: &'static str| {
            move |name: &str| (name != missing).then(|| OsString::from(format!("{name}-value")))
        };
        assert!(Address::from_vars(vars("")).is_some());
        for name in ["HOMING_SOCKET", "HOMING_SESSION", "HOMING_TOKEN"] {
            assert_eq!(Address::from_vars(vars(name)), None);
        }
        assert_eq!(Address::from_vars(|_| Some(OsString::new())), None);
    }
}
