//! One prompt to several demo agents, from a script and by keys.

use crate::support::terminal::Terminal;
use crate::support::workspace::Workspace;

#[test]
fn one_prompt_reaches_all_that_have_no_draft() {
    let workspace = Workspace::new();
    for name in ["one", "two", "three"] {
        workspace.demo(&["--name", name]);
    }
    let rows = workspace.json(&["send", "--to", "one,two", "hello both"]);
    let is_submitted = |row: &serde_json::Value| row["submitted"] == true;
    assert!(rows.as_array().expect("a list").iter().all(is_submitted), "{rows:#}");
    for name in ["one", "two"] {
        workspace.wait(name, "text=You said: hello both");
        workspace.wait(name, "ready");
    }
    assert!(!workspace.ok(&["screen", "three"]).contains("hello both"));

    workspace.ok(&["send", "three", "my own words", "--no-enter"]);
    let ran = workspace.run(&["send", "--all", "to all"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stdout.contains("has a draft"), "{}", ran.stdout);
    workspace.wait("one", "text=You said: to all");
    workspace.wait("two", "text=You said: to all");
    let untouched = workspace.ok(&["screen", "three"]);
    assert!(untouched.contains("my own words") && !untouched.contains("to all"), "{untouched}");

    workspace.fails(3, &["send", "--to", "one,nobody", "x"]);
    workspace.fails(2, &["send", "--to", "one", "two", "words"]);
    workspace.fails(2, &["send", "one"]);
    workspace.wait("one", "ready");
    workspace.wait("two", "ready");

    let mut terminal = Terminal::attached(&workspace, 120, 30, &[]);
    workspace.ok(&["keys", "three", "ctrl+u"]);
    workspace.ok(&["focus", "one"]);
    terminal.press("\u{2}M");
    workspace.ok(&["focus", "three"]);
    terminal.press("\u{2}M");
    terminal.wait_for_text("prompt marked");
    terminal.press("\u{2}S");
    terminal.wait_for_text("sends it to 2 sessions");
    terminal.press("by keys\r");
    terminal.wait_for_text("sent to 2 sessions");
    for name in ["one", "three"] {
        workspace.wait(name, "text=You said: by keys");
    }
}
