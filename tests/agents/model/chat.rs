//! OpenAI's Chat Completions protocol, which OpenCode speaks to providers of the user (`POST …/chat/completions`).

use serde_json::{Value, json};

use super::ask::{Ask, Said, Tool, list, text, texts};
use super::frame::{Content, Frame};

/// Reads a request.
pub fn read(body: &Value) -> Ask {
    let mut ask = Ask {
        model: text(body, "model").to_owned(),
        wants_events: body["stream"] == true,
        schema: body["response_format"]["json_schema"].get("schema").cloned(),
        ..Ask::default()
    };
    for message in list(body, "messages") {
        let said = texts(&message["content"]);
        match text(message, "role") {
            "user" => ask.add_user(said),
            "assistant" => ask.add_model(said.concat()),
            "tool" => ask.said.push(Said::ToolResult(said.concat())),
            _ => {}
        }
    }
    ask.tools = list(body, "tools")
        .iter()
        .map(|offered| Tool {
            name: text(&offered["function"], "name").to_owned(),
            namespace: None,
            properties: offered["function"]["parameters"]["properties"].clone(),
        })
        .collect();
    ask
}

fn calls(name: &str, arguments: &Value, number: u32) -> Value {
    json!([{"index": 0, "id": format!("call_{number}"), "type": "function",
        "function": {"name": name, "arguments": arguments.to_string()}}])
}

fn finish(content: &Content) -> &'static str {
    match content {
        Content::Text { .. } => "stop",
        Content::Call { .. } => "tool_calls",
    }
}

fn usage() -> Value {
    json!({"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110})
}

/// The whole answer.
pub fn whole(ask: &Ask, content: &Content, number: u32) -> Value {
    let message = match content {
        Content::Text { pieces, .. } => json!({"role": "assistant", "content": pieces.concat()}),
        Content::Call { name, arguments, .. } => {
            json!({"role": "assistant", "content": null, "tool_calls": calls(name, arguments, number)})
        }
    };
    json!({"id": format!("chatcmpl-{number}"), "object": "chat.completion", "created": 0, "model": ask.model,
        "choices": [{"index": 0, "message": message, "finish_reason": finish(content)}], "usage": usage()})
}

/// The answer as events.
pub fn frames(ask: &Ask, content: &Content, number: u32) -> Vec<Frame> {
    let chunk = |choices: Value| {
        json!({"id": format!("chatcmpl-{number}"), "object": "chat.completion.chunk", "created": 0,
            "model": ask.model, "choices": choices})
    };
    let delta = |delta: Value, finish: Value| {
        Frame::unnamed(chunk(json!([{"index": 0, "delta": delta, "finish_reason": finish}])))
    };
    let mut frames = vec![delta(json!({"role": "assistant", "content": ""}), Value::Null)];
    match content {
        Content::Text { pieces, .. } => {
            frames.extend(pieces.iter().map(|piece| delta(json!({"content": piece}), Value::Null).paced(content)));
        }
        Content::Call { name, arguments, .. } => {
            frames.push(delta(json!({"tool_calls": calls(name, arguments, number)}), Value::Null));
        }
    }
    frames.push(delta(json!({}), json!(finish(content))));
    let mut last = chunk(json!([]));
    last["usage"] = usage();
    frames.push(Frame::unnamed(last));
    frames.push(Frame::done());
    frames
}
