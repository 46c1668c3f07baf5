//! Everything a person can do, a program can do.

use std::process::Stdio;

use serde_json::Value;

use crate::support::terminal::Terminal;
use crate::support::workspace::Workspace;

/// What every row of `ls --json` carries (documented as stable).
const FIELDS: &[&str] = &[
    "id",
    "name",
    "provider",
    "provider_session_id",
    "witness",
    "status",
    "unseen",
    "title",
    "cwd",
    "pid",
    "tab",
    "pane",
    "created_at",
    "last_activity_at",
    "resumable",
    "task_id",
    "mcp_session_id",
    "exit",
];

#[test]
fn a_reader_that_goes_away_ends_a_command_without_a_word() {
    let workspace = Workspace::new();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let ran = workspace.command(&["config", "default"]).stdout(writer).stderr(Stdio::piped()).output().unwrap();
    assert_eq!((ran.status.code(), String::from_utf8_lossy(&ran.stderr).as_ref()), (Some(0), ""));
}

#[test]
fn a_script_can_drive_everything() {
    let workspace = Workspace::new();
    let project = workspace.project().display().to_string();
    let args = ["new", "demo", "--name", "worker", "--cwd", &project, "--task", "T-1", "--prompt", "the first prompt"];
    let worker = workspace.ok(&args);
    assert!(worker.starts_with("hm_"), "{worker}");
    workspace.wait("worker", "text=You said: the first prompt");
    workspace.wait("worker", "ready");
    let row = workspace.session("worker");
    for field in FIELDS {
        assert!(row.get(field).is_some(), "{field} is missing: {row:#}");
    }
    for (field, value) in [
        ("id", worker.as_str()),
        ("name", "worker"),
        ("provider", "demo"),
        ("status", "ready"),
        ("cwd", &project),
        ("task_id", "T-1"),
        ("first_message", "the first prompt"),
    ] {
        assert_eq!(row[field], value, "{row:#}");
    }
    assert_eq!((row["tab"].as_u64(), row["pane"].as_u64()), (Some(1), Some(1)));
    assert_eq!((&row["exit"], &row["resumable"]["ok"]), (&Value::Null, &Value::Bool(true)), "{row:#}");
    assert!(row["provider_session_id"].is_string() && row["witness"].is_string(), "{row:#}");

    // A session answers to its number, its name, its id and the beginning of it.
    for address in ["1", "worker", &worker, &worker[..worker.len() - 1]] {
        assert_eq!(workspace.session(address)["id"], worker.as_str());
    }

    // Blocked, answered by a key, ready again.
    workspace.ok(&["send", "worker", "permission"]);
    workspace.wait("worker", "blocked");
    // A text is no answer.
    workspace.fails(1, &["send", "worker", "2"]);
    workspace.ok(&["keys", "worker", "1"]);
    workspace.wait("worker", "text=Allowed: touch demo-file");
    workspace.wait("worker", "ready");
    // Busy, interrupted.
    workspace.ok(&["send", "worker", "slow 600"]);
    workspace.wait("worker", "busy");
    workspace.ok(&["keys", "worker", "esc"]);
    workspace.wait("worker", "text=interrupted");
    workspace.wait("worker", "ready");

    // Text without Enter; several lines as one message; the screen, with history and with colours.
    workspace.ok(&["send", "worker", "half", "--no-enter"]);
    workspace.wait("worker", "text=› half");
    workspace.ok(&["keys", "worker", "ctrl+u"]);
    workspace.say("worker", "two\nlines", r"You said: two\s+lines");
    workspace.say("worker", "big 200", "Printed 200 lines");
    assert!(!workspace.ok(&["screen", "worker"]).contains("line 1 of 200"));
    assert!(workspace.ok(&["screen", "worker", "--history", "1000"]).contains("line 1 of 200"));
    assert!(workspace.ok(&["screen", "worker", "--ansi"]).contains("\x1b["));
    assert!(workspace.json(&["screen", "worker"])["text"].as_str().is_some_and(|text| text.contains("Printed 200")));

    arrange(&workspace);
    end_and_reopen(&workspace);
}

/// Places, names, focus, links.
fn arrange(workspace: &Workspace) {
    for (name, split) in [("right", "right"), ("down", "down"), ("tab", "tab")] {
        workspace.ok(&["new", "shell", "--name", name, "--split", split]);
    }
    let place = |name: &str| workspace.session(name)["tab"].as_u64();
    assert_eq!([place("worker"), place("right"), place("down"), place("tab")], [Some(1), Some(1), Some(1), Some(2)]);

    let terminal = Terminal::attached(workspace, 100, 30, &[]);
    workspace.ok(&["send", "tab", "echo this is $((1 + 1)) tab"]);
    workspace.ok(&["focus", "worker"]);
    terminal.wait_for_text("Printed 200 lines");
    workspace.ok(&["focus", "tab"]);
    terminal.wait_for_text("this is 2 tab");

    workspace.ok(&["rename", "right", "renamed"]);
    workspace.fails(3, &["show", "right"]);
    workspace.ok(&["rename", "renamed", ""]);
    workspace.fails(3, &["show", "renamed"]);
    assert_eq!(workspace.session("2")["name"], Value::Null);
    workspace.ok(&["set", "2", "--task", "T-2", "--mcp-session", "M-3"]);
    let row = workspace.session("2");
    assert_eq!((row["task_id"].as_str(), row["mcp_session_id"].as_str()), (Some("T-2"), Some("M-3")));

    workspace.ok(&["close", "2"]);
    workspace.ok(&["close", "down"]);
    workspace.ok(&["close", "tab"]);
    assert_eq!(workspace.sessions().len(), 1);
}

/// An end with its status, and the same conversation again.
fn end_and_reopen(workspace: &Workspace) {
    let before = workspace.session("worker");
    workspace.ok(&["send", "worker", "exit"]);
    workspace.wait("worker", "exited");
    let ended = workspace.session("worker");
    assert_eq!((&ended["exit"]["code"], &ended["status"]), (&Value::from(0), &Value::from("terminated")), "{ended:#}");
    assert_eq!(ended["pid"], Value::Null);
    workspace.fails(1, &["send", "worker", "x"]);
    workspace.ok(&["reopen", "worker"]);
    workspace.wait("worker", "ready");
    workspace.say("worker", "recall", "First message: the first prompt");
    let after = workspace.session("worker");
    assert_eq!(after["provider_session_id"], before["provider_session_id"]);
    assert_eq!(after["exit"], Value::Null);
    assert_eq!(workspace.json(&["status"])["sessions"], 1);

    workspace.ok(&["restart-server"]);
    workspace.wait("worker", "ready");
    assert_eq!(workspace.session("worker")["pid"], after["pid"]);
}
