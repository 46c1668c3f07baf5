//! Google's Gemini protocol, which Gemini CLI speaks (`POST …/models/MODEL:generateContent` and `:streamGenerateContent`).

use serde_json::{Value, json};

use super::ask::{Ask, Said, Tool, list, text};
use super::frame::{Content, Frame};

/// Reads a request; model and way of answering stand in its path.
pub fn read(model: &str, wants_events: bool, body: &Value) -> Ask {
    let settings = &body["generationConfig"];
    let schemas = ["responseJsonSchema", "responseSchema"];
    let mut ask = Ask {
        model: model.to_owned(),
        wants_events,
        schema: schemas.iter().find_map(|name| settings.get(name)).cloned(),
        ..Ask::default()
    };
    for content in list(body, "contents") {
        let parts = list(content, "parts");
        let said = parts.iter().filter_map(|part| part["text"].as_str());
        if content["role"] == "model" {
            ask.add_model(said.collect());
            continue;
        }
        for result in parts.iter().filter_map(|part| part.get("functionResponse")) {
            ask.said.push(Said::ToolResult(result["response"].to_string()));
        }
        // What was cancelled without an answer comes once more, as a part before the next prompt.
        for part in said {
            ask.add_user([part]);
        }
    }
    for offered in list(body, "tools").iter().flat_map(|group| list(group, "functionDeclarations")) {
        let schema = offered.get("parametersJsonSchema").unwrap_or(&offered["parameters"]);
        ask.tools.push(Tool {
            name: text(offered, "name").to_owned(),
            namespace: None,
            properties: schema["properties"].clone(),
        });
    }
    ask
}

fn answer(ask: &Ask, number: u32, parts: Value, finish: Option<&str>) -> Value {
    let mut candidate = json!({"content": {"role": "model", "parts": parts}, "index": 0});
    if let Some(finish) = finish {
        candidate["finishReason"] = json!(finish);
    }
    json!({"candidates": [candidate], "modelVersion": ask.model, "responseId": format!("resp-{number}"),
        "usageMetadata": {"promptTokenCount": 100, "candidatesTokenCount": 10, "totalTokenCount": 110}})
}

fn call(name: &str, arguments: &Value, number: u32) -> Value {
    json!([{"functionCall": {"id": format!("call_{number}"), "name": name, "args": arguments}}])
}

/// The whole answer.
pub fn whole(ask: &Ask, content: &Content, number: u32) -> Value {
    let parts = match content {
        Content::Text { pieces, .. } => json!([{"text": pieces.concat()}]),
        Content::Call { name, arguments, .. } => call(name, arguments, number),
    };
    answer(ask, number, parts, Some("STOP"))
}

/// The answer as events.
pub fn frames(ask: &Ask, content: &Content, number: u32) -> Vec<Frame> {
    match content {
        Content::Text { pieces, .. } => {
            let part = |piece: &String| Frame::unnamed(answer(ask, number, json!([{"text": piece}]), None));
            let mut frames: Vec<Frame> = pieces.iter().map(|piece| part(piece).paced(content)).collect();
            frames.push(Frame::unnamed(answer(ask, number, json!([{"text": ""}]), Some("STOP"))));
            frames
        }
        Content::Call { .. } => vec![Frame::unnamed(whole(ask, content, number))],
    }
}
