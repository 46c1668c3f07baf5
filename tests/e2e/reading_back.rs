//! Copy mode through a real client: what is read stays, what is selected arrives on the clipboard and in the paste.

use crate::support::terminal::Terminal;
use crate::support::workspace::Workspace;

#[test]
fn what_is_found_and_copied_is_on_the_clipboard_and_can_be_pasted_and_searched_for_when_closed() {
    let workspace = Workspace::new();
    let mut terminal = Terminal::attached(&workspace, 80, 24, &["--open", "shell"]);
    terminal.wait_for_text("$");
    terminal.press("for i in $(seq 1 300); do echo \"line $i of it\"; done; echo end-$((1+1))\r");
    terminal.wait_for_text("end-2");
    let before = terminal.n_bytes();
    terminal.press("\x02[?line 12[34]\r");
    terminal.wait_for_text("2/2");
    terminal.press("V");
    terminal.press("y");
    terminal.wait_for_text("copied: line 124 of it");
    // base64 of "line 124 of it\n".
    terminal.wait_for_bytes(before, "the clipboard's sequence", |bytes| {
        String::from_utf8_lossy(bytes).contains("\x1b]52;c;bGluZSAxMjQgb2YgaXQK\x1b\\")
    });
    terminal.press("echo '\x02]'\r");
    terminal.wait_for("the paste's echo", |screen| screen.contents().contains("echo 'line 124 of it"));
    let open = workspace.json(&["search", "LINE 77 of"]);
    assert_eq!(open.as_array().map(Vec::len), Some(0));
    let open = workspace.json(&["search", "line 77 of"]);
    assert_eq!(open[0]["text"], "line 77 of it");
    assert_eq!(open[0]["is_open"], true);
    let session = open[0]["session"].as_str().expect("an id").to_owned();
    workspace.ok(&["close", &session]);
    let closed = workspace.wait_until("the closed session's history", || {
        let rows = workspace.try_json(&["search", "line 7[78] of", "--regex"])?;
        (rows.as_array()?.len() == 2).then_some(rows)
    });
    assert_eq!((closed[1]["text"].as_str(), closed[1]["is_open"].as_bool()), (Some("line 78 of it"), Some(false)));
    workspace.fails(2, &["search", "(", "--regex"]);
}
