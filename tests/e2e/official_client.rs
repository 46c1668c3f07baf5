//! The MCP server, driven by the protocol's official client: list, open, prompt, read, wait; and a refusal with its reason.

use std::fs;
use std::process::Stdio;

use rmcp::ServiceExt;
use rmcp::model::CallToolRequestParams;
use rmcp::service::{RoleClient, RunningService};
use serde_json::{Value, json};

use crate::support::workspace::Workspace;

type Client = RunningService<RoleClient, ()>;

/// What a tool answers, or why it does not.
async fn call(client: &Client, tool: &'static str, arguments: Value) -> Result<Value, String> {
    let mut params = CallToolRequestParams::new(tool);
    params.arguments = arguments.as_object().cloned();
    let result = client.call_tool(params).await.expect("an answer");
    match result.is_error {
        Some(true) => Err(serde_json::to_string(&result.content).expect("JSON")),
        _ => Ok(result.structured_content.expect("structured")),
    }
}

#[test]
fn the_official_client_lists_opens_prompts_reads_and_waits_across_a_restart() {
    let workspace = Workspace::new();
    workspace.demo(&["--name", "first"]);
    let allow = |rights: &str| {
        fs::write(workspace.home().join("config.toml"), format!("[mcp]\nallow = [{rights}]\n")).expect("written");
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let mut command = tokio::process::Command::from(workspace.command(&["mcp"]));
        let mut server = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("homing mcp starts");
        let transport = (server.stdout.take().expect("piped"), server.stdin.take().expect("piped"));
        let client: Client = ().serve(transport).await.expect("they understand each other");

        let tools = client.list_all_tools().await.expect("tools");
        assert!(tools.iter().any(|tool| tool.name == "send_prompt"), "{tools:?}");
        let listed = call(&client, "list_sessions", json!({})).await.expect("allowed by default");
        assert_eq!(listed["sessions"][0]["name"], "first");

        let refused = call(&client, "open_session", json!({ "provider": "demo" })).await.expect_err("not allowed");
        assert!(refused.contains("[mcp]") && refused.contains("open"), "{refused}");
        allow("\"list\", \"read\", \"open\"");
        let refused = call(&client, "send_prompt", json!({ "session": "first", "text": "x" })).await;
        assert!(refused.expect_err("not allowed").contains("send"));

        allow("\"list\", \"read\", \"open\", \"send\"");
        let cwd = workspace.project().display().to_string();
        let opened = call(&client, "open_session", json!({ "provider": "demo", "name": "second", "cwd": cwd })).await;
        let id = opened.expect("opened")["session"]["id"].as_str().expect("an id").to_owned();
        let ready = json!({ "session": id, "until": "ready", "timeout_s": 20 });
        call(&client, "wait_for", ready.clone()).await.expect("ready");
        call(&client, "send_prompt", json!({ "session": "second", "text": "hello there" })).await.expect("sent");
        let said = json!({ "session": id, "until": "text=You said: hello there", "timeout_s": 20 });
        call(&client, "wait_for", said).await.expect("said");
        let screen = call(&client, "read_screen", json!({ "session": id })).await.expect("read");
        assert!(screen.to_string().contains("You said: hello there"), "{screen}");

        // A wait that began before the server was replaced is answered by the next one.
        let later = json!({ "session": id, "until": "text=You said: after it", "timeout_s": 20 });
        let (waited, ()) = tokio::join!(call(&client, "wait_for", later), async {
            call(&client, "list_sessions", json!({})).await.expect("it goes on meanwhile");
            workspace.ok(&["restart-server"]);
            workspace.ok(&["send", "second", "after it"]);
        });
        waited.expect("answered");

        client.cancel().await.expect("it ends");
        assert!(server.wait().await.expect("it ends").success());
    });
}

#[test]
fn a_wait_goes_on_where_the_server_is_replaced() {
    let workspace = Workspace::new();
    workspace.demo(&["--name", "one"]);
    let server = workspace.server();
    let mut wait = workspace.command(&["wait", "one", "--until", "text=You said: later", "--timeout", "20"]);
    let mut wait = wait.spawn().expect("homing starts");
    workspace.kill_server();
    assert_ne!(workspace.server(), server);
    workspace.ok(&["send", "one", "later"]);
    assert!(wait.wait().expect("it ends").success());
    // A workspace that is stopped is waited for no longer.
    let mut wait = workspace.command(&["wait", "one", "--until", "exited"]);
    let mut wait = wait.spawn().expect("homing starts");
    workspace.ok(&["stop"]);
    wait.wait().expect("it ends");
}
