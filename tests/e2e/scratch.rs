//! The scratch shell through a real client: keys, a paste and copy mode are its own, it lives on while hidden and survives its
//! server, and a stop brings it back.

use serde_json::Value;

use crate::support::terminal::Terminal;
use crate::support::workspace::{Workspace, number};

fn scratch(workspace: &Workspace) -> Option<Value> {
    workspace.sessions().into_iter().find(|session| session["scratch"] == true)
}

#[test]
fn it_floats_over_the_tab_and_lives_on_while_hidden() {
    let workspace = Workspace::new();
    let mut terminal = Terminal::attached(&workspace, 100, 30, &["--open", "demo"]);
    terminal.wait_for_text("homing demo agent");
    terminal.press("\x02f");
    terminal.wait_for_text("┌─ scratch ─");
    let opened = workspace.wait_until("a scratch shell", || scratch(&workspace));
    assert_eq!((&opened["provider"], &opened["tab"]), (&Value::from("shell"), &Value::Null));
    workspace.wait("scratch", "ready");
    terminal.press("echo in-$((40+2))\r");
    terminal.wait_for_text("in-42");
    terminal.press("\x1b[200~echo pasted-$((1+1))\x1b[201~\r");
    terminal.wait_for_text("pasted-2");
    terminal.press("\x02[?in-42\r");
    terminal.wait_for_text("1/1");
    terminal.press("Y");
    terminal.wait_for_text("copied: in-42");
    terminal.press("\x02f");
    terminal.wait_for("the demo alone", |screen| !screen.contents().contains("┌─ scratch"));
    workspace.ok(&["send", "scratch", "echo while-hidden-$((2*21))"]);
    workspace.wait("scratch", "text=while-hidden-42");
    assert!(!terminal.text().contains("while-hidden"));
    terminal.press("\x02f");
    terminal.wait_for_text("while-hidden-42");

    let pid = number(&opened["pid"]);
    workspace.kill_server();
    terminal.wait_for_text("while-hidden-42");
    terminal.press("echo after-$((6*7))\r");
    terminal.wait_for_text("after-42");
    assert_eq!(scratch(&workspace).map(|row| number(&row["pid"])), Some(pid), "the same process");

    terminal.press("exit\r");
    terminal.wait_for("the demo alone", |screen| !screen.contents().contains("┌─ scratch"));
    workspace.wait_until("its end", || scratch(&workspace).is_none().then_some(()));
    assert_eq!(workspace.sessions().len(), 1);
}

#[test]
fn it_comes_back_after_a_stop_and_is_opened_by_a_command() {
    let workspace = Workspace::new();
    workspace.demo(&[]);
    let id = workspace.ok(&["scratch"]);
    workspace.wait("scratch", "ready");
    workspace.ok(&["stop"]);
    workspace.ok(&["start"]);
    let back = scratch(&workspace).expect("a scratch shell");
    assert_eq!((back["id"].as_str(), &back["tab"]), (Some(id.as_str()), &Value::Null));
    let terminal = Terminal::attached(&workspace, 80, 24, &[]);
    terminal.wait_for_text("homing demo agent");
    assert!(!terminal.text().contains("┌─ scratch"), "it was hidden");
    assert_eq!(workspace.ok(&["scratch"]), id);
    terminal.wait_for_text("┌─ scratch ─");
    workspace.ok(&["run", "scratch"]);
    terminal.wait_for("the demo alone", |screen| !screen.contents().contains("┌─ scratch"));
}
