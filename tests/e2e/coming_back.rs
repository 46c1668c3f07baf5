//! After a stop, a power cut or a shutdown, every pane comes back on its own conversation.

use serde_json::Value;

use crate::support::process::{self, Signal};
use crate::support::terminal::Terminal;
use crate::support::workspace::Workspace;

/// What must be the same after a start: identity, place, name and conversation of every session.
fn identities(sessions: &[Value]) -> Vec<Value> {
    let fields = ["id", "name", "provider", "provider_session_id", "cwd", "tab", "pane", "first_message"];
    sessions.iter().map(|row| fields.iter().map(|field| row[field].clone()).collect()).collect()
}

/// Starts again; asserts that every demo agent was resumed.
fn start_again(workspace: &Workspace) {
    let report = workspace.json(&["start"]);
    for row in report["panes"].as_array().expect("a list") {
        let provider = workspace.session(&row["pane"].to_string())["provider"].clone();
        let outcome = if provider == "demo" { "resumed" } else { "fresh" };
        assert_eq!(row["outcome"], outcome, "{report:#}\n{}", workspace.log());
    }
    assert_eq!(report["panes"].as_array().map(Vec::len), Some(workspace.sessions().len()), "{report:#}");
}

#[test]
fn a_stopped_workspace_comes_back() {
    let workspace = Workspace::new();
    let mut terminal = Terminal::attached(&workspace, 100, 30, &["--open", "demo"]);
    terminal.wait_for_text("homing demo agent");
    workspace.wait("1", "ready");
    terminal.press("the first thing\r");
    terminal.wait_for_text("You said: the first thing");
    terminal.press("\x02%");
    workspace.wait_until("a second pane", || (workspace.sessions().len() == 2).then_some(()));
    workspace.demo(&["--split", "tab", "--name", "in a tab"]);
    workspace.say("in a tab", "something else", "You said: something else");
    workspace.ok(&["rename", "1", "the first"]);
    let before = workspace.sessions();
    workspace.ok(&["stop"]);
    assert_eq!(terminal.wait_for_exit(), 0);
    for session in &before {
        assert!(!process::is_alive(crate::support::workspace::number(&session["pid"])));
    }

    start_again(&workspace);
    assert_eq!(identities(&workspace.sessions()), identities(&before));
    workspace.say("the first", "recall", "First message: the first thing");
    workspace.say("in a tab", "recall", "First message: something else");
}

/// Two demo agents in one directory, told different things.
fn two_agents() -> (Workspace, Vec<Value>) {
    let workspace = Workspace::new();
    let one = workspace.demo(&["--name", "one"]);
    let two = workspace.demo(&["--name", "two"]);
    workspace.say(&one, "first agent", "You said: first agent");
    workspace.say(&two, "second agent", "You said: second agent");
    let before = workspace.sessions();
    (workspace, before)
}

fn assert_both_remember(workspace: &Workspace, before: &[Value]) {
    start_again(workspace);
    assert_eq!(identities(&workspace.sessions()), identities(before));
    workspace.say("one", "recall", "First message: first agent");
    workspace.say("two", "recall", "First message: second agent");
}

#[test]
fn a_power_cut_loses_nothing() {
    let (workspace, before) = two_agents();
    let everything: Vec<u32> = [workspace.keeper(), workspace.server()].into_iter().chain(workspace.agents()).collect();
    // A power cut is one moment: none of them may see another's end and start what takes its place.
    for pid in &everything {
        process::kill(*pid, Signal::STOP);
    }
    for pid in &everything {
        process::kill(*pid, Signal::KILL);
    }
    workspace.wait_until("the end of all", || (!everything.iter().any(|pid| process::is_alive(*pid))).then_some(()));
    assert_both_remember(&workspace, &before);
}

#[test]
fn a_shutdown_loses_nothing() {
    let (workspace, before) = two_agents();
    let (keeper, server) = (workspace.keeper(), workspace.server());
    for agent in workspace.agents() {
        for pid in process::descendants(agent).into_iter().chain([agent]) {
            process::kill(pid, Signal::HUP);
        }
    }
    for session in ["one", "two"] {
        workspace.wait(session, "exited");
    }
    process::kill(server, Signal::TERM);
    process::kill(keeper, Signal::TERM);
    workspace
        .wait_until("the end of both", || (!process::is_alive(server) && !process::is_alive(keeper)).then_some(()));
    assert_both_remember(&workspace, &before);
}
