//! A model server for real agents, on loopback: speaks four protocols, answers by fixed rules (`rule`), and remembers every
//! turn that it was asked for. What it remembers is the oracle of the tests: which conversation an agent is on is told by
//! what the agent itself sends, not by anything that homing looks at.

mod ask;
mod chat;
mod frame;
mod gemini;
mod http;
mod messages;
mod responses;
pub mod rule;

use std::io::{self, BufReader};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use ask::Ask;
use frame::{Content, Frame};
use rule::{Answer, Turn};

/// Pause before each piece of a slow answer.
const TICK: Duration = Duration::from_millis(250);

/// A running server; dropped, it takes no more connections.
pub struct Model {
    port: u16,
    memory: Arc<Memory>,
}

#[derive(Default)]
struct Memory {
    n_turns: AtomicU32,
    turns: Mutex<Vec<Turn>>,
    /// Requests that were not understood.
    strange: Mutex<Vec<String>>,
    is_closed: AtomicBool,
    /// When the last answer of a conversation was given (Unix ms).
    answered_at: AtomicI64,
}

impl Model {
    /// Starts one on a free port.
    pub fn start() -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let port = listener.local_addr()?.port();
        let memory = Arc::new(Memory::default());
        let shared = Arc::clone(&memory);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if shared.is_closed.load(Ordering::Acquire) {
                    return;
                }
                let memory = Arc::clone(&shared);
                // A connection that breaks is the agent's affair: it was stopped or killed.
                thread::spawn(move || stream.and_then(|stream| serve(stream, &memory)));
            }
        });
        Ok(Self { port, memory })
    }

    /// Where it listens, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The number of the last turn; 0 before the first.
    pub fn last_turn(&self) -> u32 {
        self.memory.n_turns.load(Ordering::Acquire)
    }

    /// All turns so far, in the order in which they were asked for.
    pub fn turns(&self) -> Vec<Turn> {
        self.memory.turns.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// When the last answer of a conversation was given, to its last byte (Unix ms); 0 before the first.
    pub fn answered_at(&self) -> i64 {
        self.memory.answered_at.load(Ordering::Acquire)
    }

    /// Requests that were not understood, for a failure's report.
    pub fn strange(&self) -> Vec<String> {
        self.memory.strange.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        self.memory.is_closed.store(true, Ordering::Release);
        // Wakes the listener, so that it sees that it is closed.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

/// Who speaks which protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Protocol {
    Responses,
    Messages,
    Chat,
    Gemini,
}

/// A request's meaning, by its path.
fn understand(path: &str, body: &Value) -> Option<(Protocol, Ask)> {
    if path.ends_with("/responses") {
        return Some((Protocol::Responses, responses::read(body)));
    }
    if path.ends_with("/messages") {
        return Some((Protocol::Messages, messages::read(body)));
    }
    if path.ends_with("/chat/completions") {
        return Some((Protocol::Chat, chat::read(body)));
    }
    let (model, verb) = path.rsplit_once("/models/")?.1.split_once(':')?;
    let wants_events = match verb {
        "generateContent" => false,
        "streamGenerateContent" => true,
        _ => return None,
    };
    Some((Protocol::Gemini, gemini::read(model, wants_events, body)))
}

/// What is no turn and no side job: lists of models, counts of tokens.
fn formality(method: &str, path: &str) -> Option<Value> {
    const MODELS: [&str; 2] = ["fake-model", rule::SMALL_MODEL];
    match (method, path) {
        ("GET" | "HEAD", "/") => Some(json!({})),
        ("GET", path) if path.ends_with("/models") => Some(json!({
            "object": "list", "has_more": false,
            "data": MODELS.map(|id| json!({"id": id, "object": "model", "type": "model", "display_name": id, "created": 0})),
            "models": MODELS.map(|id| json!({"name": format!("models/{id}"),
                "supportedGenerationMethods": ["generateContent", "countTokens"]})),
        })),
        ("POST", path) if path.ends_with("/count_tokens") => Some(json!({"input_tokens": 100})),
        ("POST", path) if path.ends_with(":countTokens") => Some(json!({"totalTokens": 100})),
        _ => None,
    }
}

fn serve(stream: TcpStream, memory: &Memory) -> io::Result<()> {
    let mut to = stream.try_clone()?;
    let Some(request) = http::read(&mut BufReader::new(stream))? else { return Ok(()) };
    if let Some(value) = formality(&request.method, &request.path) {
        return http::write_json(&mut to, 200, &value);
    }
    let body = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
    let understood = if body.is_object() { understand(&request.path, &body) } else { None };
    let Some((protocol, ask)) = understood else {
        let encoding = request.encoding.as_deref().unwrap_or("plain");
        let what = format!("{} {} ({} bytes, {encoding})", request.method, request.path, request.body.len());
        memory.strange.lock().unwrap_or_else(PoisonError::into_inner).push(what);
        return http::write_json(&mut to, 404, &json!({"error": {"type": "not_found", "message": "not known here"}}));
    };
    let (number, answer) = decide(&ask, memory);
    reply(&mut to, protocol, &ask, number, answer)?;
    if number > 0 {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        memory.answered_at.store(i64::try_from(now.as_millis()).unwrap_or(i64::MAX), Ordering::Release);
    }
    Ok(())
}

fn decide(ask: &Ask, memory: &Memory) -> (u32, Answer) {
    if let Some(answer) = rule::side_job(ask) {
        return (0, answer);
    }
    let mut turns = memory.turns.lock().unwrap_or_else(PoisonError::into_inner);
    let number = memory.n_turns.fetch_add(1, Ordering::AcqRel) + 1;
    turns.push(rule::turn(ask, number));
    (number, rule::answer(ask, number))
}

fn reply(to: &mut TcpStream, protocol: Protocol, ask: &Ask, number: u32, answer: Answer) -> io::Result<()> {
    match answer {
        Answer::Fail(status) => {
            let error = json!({"type": "api_error", "code": status, "status": "INTERNAL", "message": "told to fail"});
            return http::write_json(to, status, &json!({"type": "error", "error": error}));
        }
        Answer::Hang => {
            // Until the agent gives up: it sends nothing more, so the read ends when it closes.
            io::copy(&mut to.try_clone()?, &mut io::sink())?;
            return Ok(());
        }
        Answer::Text(_) | Answer::Slowly(_) | Answer::Call { .. } => {}
    }
    let Some(content) = Content::of(answer) else { return Ok(()) };
    if !ask.wants_events {
        let whole = match protocol {
            Protocol::Responses => responses::whole(ask, &content, number),
            Protocol::Messages => messages::whole(ask, &content, number),
            Protocol::Chat => chat::whole(ask, &content, number),
            Protocol::Gemini => gemini::whole(ask, &content, number),
        };
        return http::write_json(to, 200, &whole);
    }
    let frames: Vec<Frame> = match protocol {
        Protocol::Responses => responses::frames(ask, &content, number),
        Protocol::Messages => messages::frames(ask, &content, number),
        Protocol::Chat => chat::frames(ask, &content, number),
        Protocol::Gemini => gemini::frames(ask, &content, number),
    };
    http::begin_events(to)?;
    for frame in frames {
        if frame.is_paced {
            thread::sleep(TICK);
        }
        http::write_event(to, frame.name, &frame.data)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
