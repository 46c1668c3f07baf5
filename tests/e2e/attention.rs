//! Who needs the user: the key that goes there, the list that answers, and what leaves homing.

use std::fs;

use serde_json::Value;

use crate::support::terminal::Terminal;
use crate::support::workspace::Workspace;

const NEXT: &str = "\u{2}n";
const FOCUS_OUT: &str = "\u{1b}[O";
const FOCUS_IN: &str = "\u{1b}[I";

/// Demo agents of these names, each in a tab of its own, with its name on its screen; in view is a shell.
fn agents(workspace: &Workspace, names: &[&str]) -> Terminal {
    let terminal = Terminal::attached(workspace, 80, 24, &["--open", "shell"]);
    terminal.wait_for_text("$");
    for name in names {
        workspace.demo(&["--name", name, "--split", "tab"]);
        workspace.say(name, &format!("i am {name}"), &format!("You said: i am {name}"));
    }
    workspace.ok(&["focus", "1"]);
    // What was told so far is read.
    workspace.ok(&["run", "mark-seen"]);
    terminal
}

/// Sends it a word after which it waits, or has failed.
fn send(workspace: &Workspace, name: &str, word: &str, status: &str) {
    workspace.ok(&["send", name, word]);
    workspace.wait_until(status, || (workspace.json(&["show", name])["status"] == status).then_some(()));
}

/// Has it work on something until that is done.
fn finish(workspace: &Workspace, name: &str, word: &str) {
    workspace.say(name, word, &format!("You said: {word}"));
}

#[test]
fn next_attention_visits_who_waits_longest_first_and_questions_before_news() {
    let workspace = Workspace::new();
    let mut terminal = agents(&workspace, &["alpha", "beta", "gamma"]);
    send(&workspace, "gamma", "permission", "blocked");
    finish(&workspace, "beta", "hello");
    send(&workspace, "alpha", "question", "blocked");
    for name in ["gamma", "alpha", "beta"] {
        terminal.press(NEXT);
        terminal.wait_for_text(&format!("You said: i am {name}"));
    }
    // Who was only done is seen now; who waits waits on.
    terminal.press(NEXT);
    terminal.wait_for_text("You said: i am gamma");
}

#[test]
fn a_permission_is_answered_from_the_list_without_going_there() {
    let workspace = Workspace::new();
    let mut terminal = agents(&workspace, &["alpha", "beta"]);
    send(&workspace, "alpha", "permission", "blocked");
    terminal.press("\u{2}a");
    terminal.wait_for_text("what happened");
    terminal.press("\u{19}");
    workspace.wait("alpha", "ready");
    terminal.wait_for("no list", |screen| !screen.contents().contains("what happened"));
    terminal.press("echo st''ill here\r");
    terminal.wait_for_text("still here");
}

/// The kinds that the user's command was given so far.
fn given(workspace: &Workspace) -> Vec<String> {
    let text = fs::read_to_string(workspace.home().join("given")).unwrap_or_default();
    let rows = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("a line of JSON"));
    let kind = |row: Value| {
        assert_eq!((row["label"].as_str(), row["provider"].as_str()), (Some("alpha"), Some("demo")), "{row}");
        row["kind"].as_str().expect("a kind").to_owned()
    };
    rows.map(kind).collect()
}

#[test]
fn what_happens_leaves_homing_while_nobody_looks_and_not_when_the_user_wants_quiet() {
    let workspace = Workspace::new();
    fs::create_dir_all(workspace.home()).expect("a home");
    let settings = "[notify]\ndesktop = \"osc777\"\nbell = true\ncommand = \"cat >> $HOME/given\"\n";
    fs::write(workspace.home().join("config.toml"), settings).expect("written");
    let mut terminal = agents(&workspace, &["alpha"]);
    let n = terminal.n_bytes();
    let is_told = |bytes: &[u8], kind: &str| String::from_utf8_lossy(bytes).contains(kind);

    // The window has the focus: the screen tells, and nothing else does.
    finish(&workspace, "alpha", "hello");
    workspace.wait_until("a notice", || {
        let rows = workspace.json(&["notices", "--unread"]);
        (!rows.as_array()?.is_empty()).then_some(())
    });
    terminal.press(FOCUS_OUT);
    workspace.wait_until("no focus", || (workspace.status()["clients"][0]["focused"] == false).then_some(()));
    send(&workspace, "alpha", "permission", "blocked");
    terminal.wait_for_bytes(n, "one notification and a bell", |bytes| {
        is_told(bytes, "\u{1b}]777;notify;alpha;") && bytes.contains(&7)
    });
    workspace.wait_until("the command", || (given(&workspace) == ["permission"]).then_some(()));

    terminal.press("\u{2}u");
    terminal.wait_for_text("do not disturb: on");
    workspace.ok(&["keys", "alpha", "y"]);
    workspace.wait("alpha", "ready");
    send(&workspace, "alpha", "fail", "error");
    terminal.press("\u{2}u");
    terminal.wait_for_text("do not disturb: off");
    finish(&workspace, "alpha", "hello again");
    workspace.wait_until("the command", || (given(&workspace).len() == 2).then_some(()));
    assert_eq!(given(&workspace), ["permission", "done"]);
    let told = String::from_utf8_lossy(&terminal.bytes_since(n)).matches("\u{1b}]777;notify;").count();
    assert_eq!(told, 2);
    terminal.press(FOCUS_IN);
}
