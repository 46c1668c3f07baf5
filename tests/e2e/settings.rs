//! Settings that change under a running workspace.

use std::fs;

use crate::support::terminal::Terminal;
use crate::support::workspace::Workspace;

#[test]
fn a_saved_change_counts_at_once_and_a_broken_file_stops_nothing() {
    let workspace = Workspace::new();
    let mut terminal = Terminal::attached(&workspace, 100, 30, &["--open", "demo"]);
    terminal.wait_for_text("homing demo agent");
    let file = workspace.home().join("config.toml");

    fs::write(&file, "prefix = \"ctrl+a\"\n[ui]\nglyphs = \"ascii\"\n").expect("written");
    terminal.wait_for_text("the settings have been read again");
    terminal.wait_for("the new prefix in the hints and frames of ASCII", |screen| {
        screen.contents().contains("^a") && !screen.contents().contains('│')
    });
    terminal.press("\u{1}?settings");
    terminal.wait_for_text("read the settings again");
    terminal.press("\u{1b}");

    // As editors write: into another file that takes the name.
    fs::write(workspace.home().join("new"), "prefix = \"ctrl+x\"\nresume =\n").expect("written");
    fs::rename(workspace.home().join("new"), &file).expect("moved");
    terminal.wait_for_text("config.toml:2:");
    assert!(workspace.status()["warnings"][0].as_str().is_some_and(|told| told.contains("config.toml:2:")));
    let told = workspace.fails(1, &["run", "reload-config"]);
    assert!(told.contains("config.toml:2:") && told.contains("stay as they are"), "{told}");
    terminal.press("\u{1}:");
    terminal.wait_for_text("open an agent or a shell");
    terminal.press("\u{1b}");

    fs::remove_file(&file).expect("removed");
    terminal.wait_for("the default prefix", |screen| screen.contents().contains("^b"));
    assert_eq!(workspace.status()["warnings"].as_array().map(Vec::len), Some(0));
    workspace.ok(&["run", "reload-config"]);
}
