//! Conversations that were started outside of homing are found, opened where they were held, and gone to when open.

use crate::support::terminal::Terminal;
use crate::support::workspace::Workspace;

#[test]
fn a_conversation_that_was_started_outside_is_found_and_opened_in_its_own_directory() {
    let workspace = Workspace::new();
    let elsewhere = workspace.project().join("elsewhere");
    std::fs::create_dir(&elsewhere).expect("a directory");
    talk_outside(&workspace, &elsewhere);

    let rows = workspace.json(&["conversations"]);
    let row = &rows.as_array().expect("a list")[0];
    assert_eq!((row["provider"].as_str(), row["first_message"].as_str()), (Some("demo"), Some("said outside")));
    assert_eq!(row["cwd"].as_str(), elsewhere.to_str());
    let here = workspace.project().display().to_string();
    assert_eq!(workspace.json(&["conversations", "--cwd", &here]).as_array().map(Vec::len), Some(0));
    assert!(workspace.ok(&["conversations", "--provider", "demo", "--limit", "1"]).contains("said outside"));
    let id = row["id"].as_str().expect("an id").to_owned();

    // By keys, from a client.
    let mut terminal = Terminal::attached(&workspace, 100, 30, &["--open", "shell"]);
    terminal.wait_for_text("$");
    terminal.press("\x02o");
    terminal.wait_for_text("said outside");
    terminal.press("outside\r");
    // The list shows the answer as well: what tells is the session, and its screen.
    let opened = || workspace.sessions().into_iter().find(|row| row["provider"] == "demo");
    let session = workspace.wait_until("the conversation is opened", opened);
    terminal.wait_for_text("You said: said outside");
    assert_eq!((session["provider_session_id"].as_str(), session["cwd"].as_str()), (Some(&*id), elsewhere.to_str()));
    assert_eq!(session["resumable"]["ok"], true);

    // By a program: it is there already, so it is shown.
    let ran = workspace.run(&["open", "demo", &id[..8]]);
    assert_eq!((ran.code, Some(ran.stdout.trim_end())), (0, session["id"].as_str()), "{}", ran.stderr);
    assert!(ran.stderr.contains("already open in pane 2"), "{}", ran.stderr);
    workspace.ok(&["close", "2"]);
    let again = workspace.json(&["open", "demo", &id]);
    assert_eq!(again["provider_session_id"].as_str(), Some(&*id));
    workspace.fails(1, &["open", "demo", "no-such-conversation"]);
    workspace.fails(2, &["open", "no-such-provider", &id]);

    // Its directory is gone: nothing is opened.
    workspace.ok(&["close", again["id"].as_str().expect("an id")]);
    std::fs::remove_dir_all(&elsewhere).expect("removed");
    let told = workspace.fails(1, &["open", "demo", &id]);
    assert!(told.contains("is gone"), "{told}");
    assert_eq!(workspace.sessions().len(), 1);
}

/// Talks to a demo agent in a terminal that homing has nothing to do with, and leaves it.
fn talk_outside(workspace: &Workspace, directory: &std::path::Path) {
    let mut terminal = Terminal::new(workspace, 80, 24);
    terminal.start_in(workspace, directory, &["demo-agent", "said outside"]);
    terminal.wait_for_text("You said: said outside");
    terminal.press("/exit\r");
    assert_eq!(terminal.wait_for_exit(), 0);
}
