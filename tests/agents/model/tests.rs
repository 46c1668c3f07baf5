//! Each protocol, as its agent speaks it: the same conversation is understood and answered alike.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use super::Model;

/// Sends a request and reads the answer to its end.
fn post(model: &Model, path: &str, body: &Value) -> String {
    let body = body.to_string();
    let mut stream = TcpStream::connect(("127.0.0.1", model.port())).expect("the server listens");
    let head = format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", body.len());
    stream.write_all((head + &body).as_bytes()).expect("the request is taken");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer that ends");
    answer
}

/// A request with this conversation: user, model, user …
fn request(protocol: &str, said: &[&str]) -> (&'static str, Value) {
    let roles = ["user", "assistant"].into_iter().cycle();
    let messages = |kind: fn(&str, &str) -> Value| -> Value {
        said.iter().zip(roles.clone()).map(|(text, role)| kind(role, text)).collect()
    };
    match protocol {
        "responses" => {
            let input = messages(|role, text| {
                let kind = if role == "user" { "input_text" } else { "output_text" };
                json!({"type": "message", "role": role, "content": [{"type": kind, "text": text}]})
            });
            ("/v1/responses", json!({"model": "fake-model", "stream": true, "input": input}))
        }
        "messages" => {
            let messages = messages(|role, text| json!({"role": role, "content": [{"type": "text", "text": text}]}));
            ("/v1/messages", json!({"model": "fake-model", "stream": true, "messages": messages}))
        }
        "chat" => {
            let messages = messages(|role, text| json!({"role": role, "content": text}));
            ("/v1/chat/completions", json!({"model": "fake-model", "stream": true, "messages": messages}))
        }
        _ => {
            let contents = messages(|role, text| {
                let role = if role == "user" { "user" } else { "model" };
                json!({"role": role, "parts": [{"text": text}]})
            });
            ("/v1beta/models/fake-model:streamGenerateContent", json!({"contents": contents}))
        }
    }
}

/// All text in the events of an answer, whatever the protocol calls it.
fn said(answer: &str) -> String {
    let events = answer.lines().filter_map(|line| line.strip_prefix("data: "));
    let values = events.filter_map(|data| serde_json::from_str::<Value>(data).ok());
    let piece = |event: Value| {
        let places = ["/delta", "/delta/text", "/choices/0/delta/content", "/candidates/0/content/parts/0/text"];
        places.iter().find_map(|place| event.pointer(place)?.as_str().map(str::to_owned))
    };
    values.filter_map(piece).collect()
}

#[test]
fn every_protocol_gives_the_same_answers() {
    for protocol in ["responses", "messages", "chat", "gemini"] {
        let model = Model::start().expect("a free port");
        let (path, body) = request(protocol, &["hello"]);
        let first = said(&post(&model, path, &body));
        assert_eq!(first, "You said: hello (turn-1)", "{protocol}");
        let (path, body) = request(protocol, &["hello", &first, "recall"]);
        assert_eq!(said(&post(&model, path, &body)), "First message: hello (turn-2)", "{protocol}");
        let last = model.turns().pop().expect("a turn");
        assert_eq!((last.prompt.as_str(), last.history), ("recall", vec![1]), "{protocol}");
    }
}

#[test]
fn what_is_not_understood_is_refused_and_kept() {
    let model = Model::start().expect("a free port");
    let answer = post(&model, "/v1/telemetry", &json!({}));
    assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
    assert_eq!(model.strange(), ["POST /v1/telemetry (2 bytes, plain)"]);
    assert_eq!(model.last_turn(), 0);
}

#[test]
fn failing_is_an_answer_too() {
    let model = Model::start().expect("a free port");
    let (path, body) = request("messages", &["fail"]);
    assert!(post(&model, path, &body).starts_with("HTTP/1.1 500"));
}
