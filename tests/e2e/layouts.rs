//! Layouts as text: a project's file is opened once, however often it is asked for.

use std::fs;

use serde_json::Value;

use crate::support::terminal::Terminal;
use crate::support::workspace::Workspace;

const LAYOUT: &str = r#"
[[tab]]
name = "shop"
panes = [
  { size = 3, provider = "demo", name = "cart", prompt = "remember 4711" },
  { size = 1, split = "down", panes = [
    { dir = "web", command = "echo dev; echo server" },
    { dir = "web" },
  ] },
]

[[tab]]
panes = [{ provider = "demo", name = "reviews" }]
"#;

fn column<'a>(rows: &'a Value, name: &str) -> Vec<&'a str> {
    rows.as_array().expect("a list").iter().filter_map(|row| row[name].as_str()).collect()
}

#[test]
fn a_layout_is_opened_once_and_what_was_closed_comes_back_where_it_was() {
    let workspace = Workspace::new();
    let project = workspace.project();
    fs::create_dir(project.join("web")).expect("a directory");
    workspace.fails(1, &["up"]);
    fs::write(project.join(".homing.toml"), LAYOUT).expect("written");

    let told = workspace.json(&["up", "--dry-run"]);
    assert_eq!(column(&told, "outcome"), ["would open"; 4]);
    assert_eq!(column(&told, "starts_with"), ["remember 4711", "echo dev; echo server"]);
    assert!(workspace.sessions().is_empty());

    let opened = workspace.json(&["up"]);
    assert_eq!(column(&opened, "outcome"), ["opened"; 4]);
    workspace.wait("cart", "text=4711");
    workspace.wait("reviews", "ready");
    let shell = opened[1]["session"].as_str().expect("an id");
    workspace.wait(shell, "text=dev\\s+server");
    assert_eq!(workspace.session(shell)["cwd"], project.join("web").display().to_string());
    // The command ran before the shell, and the shell is there.
    workspace.ok(&["send", shell, "echo still $((40 + 2))"]);
    workspace.wait(shell, "text=still 42");

    let again = workspace.json(&["up"]);
    assert_eq!(column(&again, "outcome"), ["open already"; 4]);
    assert_eq!(column(&again, "session"), column(&opened, "session"));

    workspace.ok(&["close", shell]);
    let back = workspace.json(&["up"]);
    assert_eq!(column(&back, "outcome"), ["open already", "opened", "open already", "open already"]);
    assert_eq!(workspace.session(back[1]["session"].as_str().expect("an id"))["tab"], 1);

    let beside = workspace.json(&["layout", "apply", ".homing.toml"]);
    assert_eq!(column(&beside, "outcome"), ["opened"; 4]);
    assert_eq!(workspace.sessions().len(), 8);
}

#[test]
fn the_open_tabs_are_written_down_and_opened_from_there() {
    let workspace = Workspace::new();
    fs::create_dir(workspace.project().join("web")).expect("a directory");
    fs::write(workspace.project().join("layout"), LAYOUT).expect("written");
    workspace.ok(&["layout", "apply", "layout"]);
    let text = workspace.ok(&["layout", "export", "--all"]);
    let expected = r#"[[tab]]
name = "shop"
split = "right"
panes = [
  { size = 3, provider = "demo", name = "cart" },
  { size = 1, split = "down", panes = [
    { provider = "shell", dir = "web", command = "echo dev; echo server" },
    { provider = "shell", dir = "web" },
  ] },
]

[[tab]]
panes = [{ provider = "demo", name = "reviews" }]"#;
    assert!(text.ends_with(expected), "{text}");
    assert!(!workspace.ok(&["layout", "export", "2"]).contains("shop"));
    assert!(workspace.ok(&["layout", "export", "shop"]).contains("shop"));
    fs::write(workspace.project().join("copy"), &text).expect("written");
    let told = workspace.json(&["-w", "other", "up", "copy"]);
    assert_eq!(column(&told, "outcome"), ["opened"; 4]);
    assert_eq!(workspace.ok(&["-w", "other", "layout", "export", "--all"]), text);
}

#[test]
fn a_layout_with_a_mistake_opens_nothing_and_says_where() {
    let workspace = Workspace::new();
    let file = workspace.project().join(".homing.toml");
    let cases = [
        ("[[tab]]\npanes = [{ provider = 3 }]\n", ".homing.toml:2:23: tab 1, pane 1: provider"),
        ("[[tab]\n", ".homing.toml:1:"),
        ("[[tab]]\npanes = [{ dir = \"gone\" }]\n", "no such directory"),
        ("[[tab]]\npanes = [{}, { provider = \"cluade\" }]\n", "did you mean \"claude\""),
    ];
    for (text, why) in cases {
        fs::write(&file, text).expect("written");
        let ran = workspace.run(&["up"]);
        assert!(ran.code == 1 || ran.code == 2, "{ran:?}");
        assert!(ran.stderr.contains(why), "{text}: {}", ran.stderr);
    }
    assert!(workspace.sessions().is_empty());
}

#[test]
fn on_a_terminal_up_attaches() {
    let workspace = Workspace::new();
    fs::write(
        workspace.project().join(".homing.toml"),
        "[[tab]]\nname = \"mine\"\npanes = [{ provider = \"demo\" }]\n",
    )
    .expect("written");
    let mut terminal = Terminal::attached(&workspace, 100, 30, &["up"]);
    terminal.wait_for("the tab of the layout", |screen| {
        screen.contents().contains("mine") && screen.contents().contains("homing demo agent")
    });
    terminal.press("\u{2}d");
    assert_eq!(terminal.wait_for_exit(), 0);
}
