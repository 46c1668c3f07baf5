//! Clients: killed, detached, of several sizes; whatever happens, the terminal is as it was.

use rustix::termios::Termios;
use serde_json::Value;

use crate::support::process::{self, Signal};
use crate::support::terminal::Terminal;
use crate::support::workspace::Workspace;

/// What a client must have sent on its way out: mouse, focus and pastes off, the cursor shown, the normal screen.
const RESTORED: &[&str] =
    &["\x1b[?1000l", "\x1b[?1002l", "\x1b[?1006l", "\x1b[?1004l", "\x1b[?2004l", "\x1b[?25h", "\x1b[?1049l"];

/// Line settings as they can be compared.
fn modes(settings: &Termios) -> impl PartialEq + std::fmt::Debug + use<> {
    (settings.input_modes, settings.output_modes, settings.control_modes, settings.local_modes)
}

fn n_clients(workspace: &Workspace) -> usize {
    workspace.status()["clients"].as_array().map_or(0, Vec::len)
}

fn assert_restored(terminal: &Terminal, from: usize) {
    terminal.wait_for_bytes(from, "the terminal is given back", |bytes| {
        let text = String::from_utf8_lossy(bytes);
        RESTORED.iter().all(|sequence| text.contains(sequence))
    });
}

#[test]
fn a_client_that_is_killed_leaves_the_workspace_and_a_usable_terminal() {
    let workspace = Workspace::new();
    let demo = workspace.demo(&[]);
    let agents = workspace.agents();
    let mut terminal = Terminal::new(&workspace, 80, 24);
    let before = modes(&terminal.settings());

    // Killed: nobody can restore the terminal then, but the workspace does not care, and the next client starts as usual.
    let mut other = Terminal::attached(&workspace, 80, 24, &[]);
    other.wait_for_text("homing demo agent");
    process::kill(other.client(), Signal::KILL);
    other.wait_for_exit();
    workspace.wait_until("no clients", || (n_clients(&workspace) == 0).then_some(()));
    other.start(&workspace, &[]);
    other.wait_for_text("homing demo agent");
    assert_eq!(workspace.agents(), agents);

    // Detached by its keys.
    terminal.start(&workspace, &[]);
    terminal.wait_for_text("homing demo agent");
    assert_ne!(modes(&terminal.settings()), before, "a client needs raw keys");
    let n = terminal.n_bytes();
    terminal.press("\x02d");
    assert_eq!(terminal.wait_for_exit(), 0);
    assert_eq!(modes(&terminal.settings()), before);
    assert_restored(&terminal, n);
    terminal.wait_for_text("[detached");

    // Ended by the system.
    for signal in [Signal::TERM, Signal::HUP, Signal::INT] {
        terminal.start(&workspace, &[]);
        terminal.wait_for_text("homing demo agent");
        let n = terminal.n_bytes();
        process::kill(terminal.client(), signal);
        terminal.wait_for_exit();
        assert_eq!(modes(&terminal.settings()), before, "{signal:?}");
        assert_restored(&terminal, n);
    }
    workspace.say(&demo, "still here", "You said: still here");
    assert_eq!(workspace.agents(), agents);
}

#[test]
fn nothing_is_drawn_any_more_once_a_client_has_given_its_terminal_back() {
    let workspace = Workspace::new();
    workspace.demo(&["--name", "flood"]);
    // Without end, for as long as this takes.
    workspace.ok(&["send", "flood", "big 10000000"]);
    for signal in [Signal::TERM, Signal::INT].into_iter().cycle().take(12) {
        let mut terminal = Terminal::attached(&workspace, 80, 24, &[]);
        terminal.wait_for_text("demo · flood");
        let n = terminal.n_bytes();
        terminal.wait_for_bytes(n, "the flood is drawn", |bytes| bytes.len() > 20_000);
        process::kill(terminal.client(), signal);
        terminal.wait_for_exit();
        let end = "[detached by a signal]\r\n";
        terminal.wait_for_bytes(n, "it says why", |bytes| String::from_utf8_lossy(bytes).contains(end.trim_end()));
        let all = String::from_utf8_lossy(&terminal.bytes_since(n)).into_owned();
        let rest = all.split("\x1b[?1049l").last().expect("a last part");
        assert!(rest.ends_with(end) && rest.len() < 64, "{rest:?}");
    }
}

#[test]
fn a_stop_under_a_client_gives_its_terminal_back() {
    let workspace = Workspace::new();
    workspace.demo(&[]);
    let mut terminal = Terminal::new(&workspace, 80, 24);
    let before = modes(&terminal.settings());
    terminal.start(&workspace, &[]);
    terminal.wait_for_text("homing demo agent");
    let n = terminal.n_bytes();
    workspace.ok(&["stop"]);
    assert_eq!(terminal.wait_for_exit(), 0);
    assert_eq!(modes(&terminal.settings()), before);
    assert_restored(&terminal, n);
    terminal.wait_for_text("[stopped: 1 session stored");
}

/// The size that the shell in a pane sees.
fn size_of(workspace: &Workspace, session: &str) -> (u16, u16) {
    workspace.ok(&["send", session, "clear; echo size $(stty size) end"]);
    workspace.wait(session, r"text=size \d+ \d+ end");
    let text = workspace.ok(&["screen", session]);
    let said = text.rsplit("size ").find_map(|rest| {
        let mut words = rest.split_whitespace();
        Some((words.next()?.parse().ok()?, words.next()?.parse().ok()?))
    });
    said.unwrap_or_else(|| panic!("no size in {text}"))
}

#[test]
fn two_clients_of_different_sizes_see_the_same_panes() {
    let workspace = Workspace::new();
    let shell = workspace.ok(&["new", "shell"]);
    let mut large = Terminal::attached(&workspace, 120, 40, &[]);
    let mut small = Terminal::attached(&workspace, 60, 16, &[]);
    workspace.wait_until("two clients", || (n_clients(&workspace) == 2).then_some(()));
    let sizes = |row: &Value| (row["cols"].as_u64(), row["rows"].as_u64());
    let mut clients: Vec<_> = workspace.status()["clients"].as_array().expect("a list").iter().map(sizes).collect();
    clients.sort_unstable();
    assert_eq!(clients, [(Some(60), Some(16)), (Some(120), Some(40))]);

    large.press("echo from the $((1 + 1)) large\r");
    large.wait_for_text("from the 2 large");
    small.wait_for_text("from the 2 large");
    small.press("echo from the $((1 + 2)) small\r");
    small.wait_for_text("from the 3 small");
    large.wait_for_text("from the 3 small");
    // The pane has the size of the client that typed last.
    workspace.wait_until("the small one's size", || {
        let (rows, columns) = size_of(&workspace, &shell);
        (rows < 16 && columns <= 60).then_some(())
    });
    large.press(":\r");
    workspace.wait_until("the large one's size", || (size_of(&workspace, &shell).0 > 16).then_some(()));
    assert_eq!(workspace.sessions().len(), 1);
}

#[test]
fn detach_and_reattach_at_another_size() {
    let workspace = Workspace::new();
    let shell = workspace.ok(&["new", "shell"]);
    let mut terminal = Terminal::attached(&workspace, 100, 30, &[]);
    terminal.press("echo kept $((6 * 7))\r");
    terminal.wait_for_text("kept 42");
    let pid = workspace.agents();
    terminal.press("\x02d");
    terminal.wait_for_exit();
    terminal.resize(50, 12);
    terminal.start(&workspace, &[]);
    terminal.wait_for_text("kept 42");
    workspace.wait_until("the new size", || (size_of(&workspace, &shell).1 <= 50).then_some(()));
    // A size that changes while attached, too.
    terminal.resize(90, 20);
    workspace.wait_until("the newest size", || (size_of(&workspace, &shell).1 > 50).then_some(()));
    assert_eq!(workspace.agents(), pid);
}
