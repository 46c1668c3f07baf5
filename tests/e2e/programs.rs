//! What programs have of homing beside its commands: the MCP server, the check-up, the texts about itself.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use serde_json::{Value, json};

use crate::support::workspace::Workspace;

/// A program that speaks MCP, written by hand: one JSON-RPC message a line.
struct Program {
    child: Child,
    to: Option<ChildStdin>,
    from: BufReader<ChildStdout>,
    n_requests: u64,
}

impl Program {
    /// Connected, in this session's pane where one is given.
    fn connect(workspace: &Workspace, session: Option<&str>) -> Self {
        let mut command = workspace.command(&["mcp"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        command.envs(session.map(|session| ("HOMING_SESSION", session)));
        let mut child = command.spawn().expect("homing mcp starts");
        let from = BufReader::new(child.stdout.take().expect("piped"));
        let mut program = Self { to: child.stdin.take(), from, child, n_requests: 0 };
        let hello = program.request(
            "initialize",
            json!({
                "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": { "name": "by hand", "version": "1" },
            }),
        );
        assert_eq!(hello["result"]["serverInfo"]["name"], "homing");
        program.write(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }));
        program
    }

    fn write(&mut self, message: &Value) {
        writeln!(self.to.as_mut().expect("open"), "{message}").expect("it reads");
    }

    fn request(&mut self, method: &str, params: Value) -> Value {
        self.n_requests += 1;
        let id = self.n_requests;
        self.write(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        loop {
            let mut line = String::new();
            assert!(self.from.read_line(&mut line).expect("text") > 0, "homing mcp ended");
            let answer: Value = serde_json::from_str(&line).expect("JSON");
            if answer["id"] == id {
                return answer;
            }
        }
    }

    /// What a tool answers, or why it does not.
    fn call(&mut self, tool: &str, arguments: Value) -> Result<Value, String> {
        let answer = self.request("tools/call", json!({ "name": tool, "arguments": arguments }));
        let result = &answer["result"];
        match result["isError"].as_bool() {
            Some(true) => Err(result["content"][0]["text"].as_str().expect("a reason").to_owned()),
            _ => Ok(result["structuredContent"].clone()),
        }
    }

    /// Closes its end; the server must end by itself.
    fn leave(mut self) {
        self.to.take();
        assert!(self.child.wait().expect("it ends").success());
    }
}

#[test]
fn a_program_looks_by_default_and_does_what_the_settings_allow_from_the_next_call_on() {
    let workspace = Workspace::new();
    let id = workspace.demo(&["--name", "first"]);
    let mut program = Program::connect(&workspace, Some(&id));
    let tools = program.request("tools/list", json!({}));
    assert_eq!(tools["result"]["tools"].as_array().map(Vec::len), Some(8));

    let sessions = program.call("list_sessions", json!({})).expect("allowed");
    assert_eq!((&sessions["sessions"][0]["id"], &sessions["own_session"]), (&json!(id), &json!(id)));
    let refused = program.call("send_prompt", json!({ "session": "first", "text": "x" })).expect_err("a refusal");
    assert!(refused.contains("[mcp]") && refused.contains("\"send\""), "{refused}");
    assert!(program.call("open_session", json!({ "provider": "demo" })).is_err());
    assert!(program.call("close_session", json!({ "session": "first" })).is_err());
    assert!(program.call("read_screen", json!({ "session": "nobody" })).expect_err("unknown").contains("nobody"));
    assert!(program.call("read_screen", json!({ "sesion": "first" })).expect_err("a slip").contains("sesion"));
    let linked = || workspace.session("first")["mcp_session_id"].as_str().map(str::to_owned);
    workspace.wait_until("the pane's session is linked", linked);

    std::fs::write(
        workspace.home().join("config.toml"),
        "[mcp]\nallow = [\"list\", \"read\", \"open\", \"send\", \"close\"]\n",
    )
    .expect("written");
    let opened = program
        .call("open_session", json!({ "provider": "demo", "name": "second", "prompt": "said by a program" }))
        .expect("allowed");
    let second = opened["session"]["id"].as_str().expect("an id").to_owned();
    let until = json!({ "session": second, "until": "text=You said: said by a program", "timeout_s": 20 });
    program.call("wait_for", until).expect("it answers");
    program.call("wait_for", json!({ "session": second, "until": "ready", "timeout_s": 20 })).expect("ready");
    program.call("send_prompt", json!({ "session": second, "text": "and more" })).expect("allowed");
    program
        .call("wait_for", json!({ "session": second, "until": "text=said: and more", "timeout_s": 20 }))
        .expect("it answers");
    let screen = program.call("read_screen", json!({ "session": second })).expect("allowed");
    assert!(screen["text"].as_str().is_some_and(|text| text.contains("and more")), "{screen}");
    assert!(program.call("explain", json!({ "session": second })).is_ok());
    assert!(program.call("list_conversations", json!({ "limit": 5 })).is_ok());
    program.call("close_session", json!({ "session": second })).expect("allowed");
    assert_eq!(workspace.sessions().len(), 1);
    program.leave();
}

#[test]
fn the_check_up_finds_a_sound_workspace_sound_and_a_damaged_database_bad() {
    let workspace = Workspace::new();
    workspace.demo(&[]);
    let report = workspace.json(&["doctor"]);
    let findings = report["findings"].as_array().expect("a list").clone();
    let grade = |findings: &[Value], name: &str| {
        let found = findings.iter().find(|finding| finding["name"] == name);
        found.unwrap_or_else(|| panic!("{name}: {findings:#?}"))["grade"].clone()
    };
    for name in ["server", "keeper", "database", "config.toml", "locale"] {
        assert_eq!(grade(&findings, name), "ok", "{name}");
    }
    workspace.ok(&["stop"]);
    std::fs::write(workspace.home().join("homing.db"), "this is no database, but text of some length")
        .expect("written");
    let ran = workspace.run(&["doctor", "--json"]);
    let report: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!((ran.code, grade(report["findings"].as_array().expect("a list"), "database")), (1, json!("bad")));
}

#[test]
fn the_manual_is_roff_and_the_skill_is_a_text() {
    let workspace = Workspace::new();
    let page = workspace.ok(&["man"]);
    assert!(page.contains(".TH homing 1") && page.contains("doctor"), "{page}");
    assert!(workspace.ok(&["man", "new"]).contains("homing-new"));
    workspace.fails(2, &["man", "no-such-command"]);
    assert!(workspace.ok(&["skill"]).starts_with("---\nname: homing\n"));
}
