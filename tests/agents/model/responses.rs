//! OpenAI's Responses protocol, which Codex speaks (`POST …/responses`).

use serde_json::{Value, json};

use super::ask::{Ask, Said, Tool, list, text, texts};
use super::frame::{Content, Frame};

/// Reads a request.
pub fn read(body: &Value) -> Ask {
    let mut ask = Ask {
        model: text(body, "model").to_owned(),
        wants_events: body["stream"] == true,
        schema: body["text"]["format"].get("schema").cloned(),
        ..Ask::default()
    };
    if let Some(prompt) = body["input"].as_str() {
        ask.add_user([prompt]);
    }
    for item in list(body, "input") {
        match (item["type"].as_str().unwrap_or("message"), text(item, "role")) {
            ("message", "user") => ask.add_user(texts(&item["content"])),
            ("message", "assistant") => ask.add_model(texts(&item["content"]).concat()),
            (kind, _) if kind.ends_with("_output") => {
                let output = item["output"].as_str().unwrap_or_else(|| text(&item["output"], "content"));
                ask.said.push(Said::ToolResult(output.to_owned()));
            }
            _ => {}
        }
    }
    for offered in list(body, "tools") {
        if offered["type"] == "namespace" {
            let group = Some(text(offered, "name").to_owned());
            ask.tools.extend(list(offered, "tools").iter().map(|inner| tool(inner, group.clone())));
        } else {
            ask.tools.push(tool(offered, None));
        }
    }
    ask
}

fn tool(offered: &Value, namespace: Option<String>) -> Tool {
    Tool { name: text(offered, "name").to_owned(), namespace, properties: offered["parameters"]["properties"].clone() }
}

/// The item that an answer consists of.
fn item(content: &Content, number: u32) -> Value {
    match content {
        Content::Text { pieces, .. } => json!({
            "type": "message", "id": format!("msg_{number}"), "role": "assistant", "status": "completed",
            "content": [{"type": "output_text", "text": pieces.concat(), "annotations": []}],
        }),
        Content::Call { name, namespace, arguments } => {
            let mut item = json!({
                "type": "function_call", "id": format!("fc_{number}"), "call_id": format!("call_{number}"),
                "name": name, "arguments": arguments.to_string(), "status": "completed",
            });
            if let Some(namespace) = namespace {
                item["namespace"] = json!(namespace);
            }
            item
        }
    }
}

/// The whole answer.
pub fn whole(ask: &Ask, content: &Content, number: u32) -> Value {
    json!({
        "id": format!("resp_{number}"), "object": "response", "created_at": 0, "model": ask.model,
        "status": "completed", "output": [item(content, number)],
        "usage": {
            "input_tokens": 100, "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": 10, "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 110,
        },
    })
}

/// The answer as events.
pub fn frames(ask: &Ask, content: &Content, number: u32) -> Vec<Frame> {
    let event = |name: &'static str, mut data: Value| {
        data["type"] = json!(name);
        Frame::named(name, data)
    };
    let begun = json!({"id": format!("resp_{number}"), "object": "response", "created_at": 0, "model": ask.model,
        "status": "in_progress", "output": []});
    let mut opening = item(content, number);
    let mut frames = vec![event("response.created", json!({"response": begun}))];
    if let Content::Text { pieces, .. } = content {
        opening["status"] = json!("in_progress");
        opening["content"] = json!([]);
        frames.push(event("response.output_item.added", json!({"output_index": 0, "item": opening})));
        for piece in pieces {
            let delta =
                json!({"item_id": format!("msg_{number}"), "output_index": 0, "content_index": 0, "delta": piece});
            frames.push(event("response.output_text.delta", delta).paced(content));
        }
    } else {
        frames.push(event("response.output_item.added", json!({"output_index": 0, "item": opening})));
    }
    let done = json!({"output_index": 0, "item": item(content, number)});
    frames.push(event("response.output_item.done", done));
    frames.push(event("response.completed", json!({"response": whole(ask, content, number)})));
    frames
}
