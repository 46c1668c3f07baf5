//! Anthropic's Messages protocol, which Claude Code speaks (`POST …/messages`).

use serde_json::{Value, json};

use super::ask::{Ask, Said, Tool, list, text, texts};
use super::frame::{Content, Frame};

/// Reads a request.
pub fn read(body: &Value) -> Ask {
    let formats = [&body["output_config"]["format"], &body["output_format"]];
    let mut ask = Ask {
        model: text(body, "model").to_owned(),
        wants_events: body["stream"] == true,
        schema: formats.iter().find_map(|format| format.get("schema")).cloned(),
        ..Ask::default()
    };
    for message in list(body, "messages") {
        if message["role"] != "user" {
            ask.add_model(texts(&message["content"]).concat());
            continue;
        }
        for block in list(message, "content").iter().filter(|block| block["type"] == "tool_result") {
            ask.said.push(Said::ToolResult(texts(&block["content"]).concat()));
        }
        // Claude Code sends what was said after a failure as further blocks of one message.
        for said in texts(&message["content"]) {
            ask.add_user([said]);
        }
    }
    ask.tools = list(body, "tools")
        .iter()
        .map(|offered| Tool {
            name: text(offered, "name").to_owned(),
            namespace: None,
            properties: offered["input_schema"]["properties"].clone(),
        })
        .collect();
    ask
}

fn block(content: &Content, number: u32) -> Value {
    match content {
        Content::Text { pieces, .. } => json!({"type": "text", "text": pieces.concat()}),
        Content::Call { name, arguments, .. } => {
            json!({"type": "tool_use", "id": format!("toolu_{number}"), "name": name, "input": arguments})
        }
    }
}

fn stop_reason(content: &Content) -> &'static str {
    match content {
        Content::Text { .. } => "end_turn",
        Content::Call { .. } => "tool_use",
    }
}

/// The whole answer.
pub fn whole(ask: &Ask, content: &Content, number: u32) -> Value {
    json!({
        "id": format!("msg_{number}"), "type": "message", "role": "assistant", "model": ask.model,
        "content": [block(content, number)], "stop_reason": stop_reason(content), "stop_sequence": null,
        "usage": {"input_tokens": 100, "output_tokens": 10,
            "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0},
    })
}

/// The answer as events.
pub fn frames(ask: &Ask, content: &Content, number: u32) -> Vec<Frame> {
    let event = |name: &'static str, mut data: Value| {
        data["type"] = json!(name);
        Frame::named(name, data)
    };
    let mut message = whole(ask, content, number);
    message["content"] = json!([]);
    message["stop_reason"] = Value::Null;
    let mut opening = block(content, number);
    let deltas: Vec<Value> = match content {
        Content::Text { pieces, .. } => {
            opening["text"] = json!("");
            pieces.iter().map(|piece| json!({"type": "text_delta", "text": piece})).collect()
        }
        Content::Call { arguments, .. } => {
            opening["input"] = json!({});
            vec![json!({"type": "input_json_delta", "partial_json": arguments.to_string()})]
        }
    };
    let mut frames = vec![
        event("message_start", json!({"message": message})),
        event("content_block_start", json!({"index": 0, "content_block": opening})),
    ];
    for delta in deltas {
        frames.push(event("content_block_delta", json!({"index": 0, "delta": delta})).paced(content));
    }
    let ending = json!({"stop_reason": stop_reason(content), "stop_sequence": null});
    frames.push(event("content_block_stop", json!({"index": 0})));
    frames.push(event("message_delta", json!({"delta": ending, "usage": {"output_tokens": 10}})));
    frames.push(event("message_stop", json!({})));
    frames
}
