//! A program that floods with events costs nobody anything: not the one who types beside it, not the disk.

use std::fs;
use std::path::Path;

use crate::support::workspace::Workspace;

/// One of each kind of event that a program can cause: a status, twice, a notification, a title, a bell, a directory.
const EVENTS: &str = "\\033]7501;state=working:app=x\\033\\\\\\033]7501;state=idle:app=x\\033\\\\\\033]9;hello\\033\\\\\\033]0;t\\007\\007\\033]7;file:///tmp\\007";

/// How often. Some hundred thousand events.
const TIMES: usize = 20_000;

/// What the flood may leave on the disk: the history of its lines, and nothing for each event.
const LEFT_MAX_BYTES: u64 = 12 << 20;

#[test]
fn a_flood_of_events_neither_hinders_typing_nor_fills_the_disk() {
    let workspace = Workspace::new();
    workspace.ok(&["new", "shell", "--name", "flood"]);
    workspace.ok(&["new", "shell", "--name", "typing"]);
    workspace.wait("flood", "text=\\$");
    workspace.wait("typing", "text=\\$");
    workspace.ok(&["send", "flood", "go=yes"]);
    let command = format!("while test $go; do printf '{EVENTS}'; done");
    workspace.ok(&["send", "flood", &command]);
    for n in 1..=5 {
        workspace.ok(&["send", "typing", &format!("echo typed-$(({n}+0))")]);
        workspace.wait("typing", &format!("text=(?m)^typed-{n}"));
    }
    workspace.ok(&["keys", "flood", "ctrl+c"]);
    workspace.ok(&["send", "flood", &format!("yes \"$(printf '{EVENTS}')\" | head -n {TIMES}; echo all-to''ld")]);
    workspace.wait("flood", "text=all-told");
    let events = workspace.ok(&["events"]);
    assert!(events.lines().count() < 1500, "{} events are kept of it", events.lines().count());
    workspace.ok(&["stop"]);
    let left = size(&workspace.home());
    assert!(left < LEFT_MAX_BYTES, "{left} bytes are left");
}

fn size(directory: &Path) -> u64 {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let sizes = entries.map(|entry| match entry.metadata() {
        Ok(meta) if meta.is_dir() => size(&entry.path()),
        Ok(meta) => meta.len(),
        Err(_) => 0,
    });
    sizes.sum()
}
