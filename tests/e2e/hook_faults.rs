//! `homing hook` where everything is broken: it ends with 0, says nothing, and soon. An agent must not notice.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::process::{self, Signal};
use crate::support::workspace::{Ran, Workspace, number};

/// Its own limits sum up to 200 ms (`hook::send`); beyond this it hangs, however slow the machine.
const SOON: Duration = Duration::from_secs(10);

const STOP: &[u8] = br#"{"session_id":"x","hook_event_name":"Stop"}"#;

/// A workspace with an agent, and what a hook of the agent's has in its environment.
struct Pane {
    workspace: Workspace,
    session: String,
    env: BTreeMap<String, String>,
}

impl Pane {
    fn new() -> Self {
        Self::of(Workspace::new())
    }

    /// In a workspace whose server may run already.
    fn of(workspace: Workspace) -> Self {
        let session = workspace.demo(&[]);
        let pid = number(&workspace.session(&session)["pid"]);
        let env = fs::read(format!("/proc/{pid}/environ")).expect("our own process");
        let pairs = env.split(|byte| *byte == 0).filter_map(|pair| std::str::from_utf8(pair).ok()?.split_once('='));
        let env: BTreeMap<String, String> = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        assert!(env.contains_key("HOMING_TOKEN"), "{:?}", env.keys());
        Self { workspace, session, env }
    }

    /// Runs the hook with this on its standard input.
    fn hook(&self, payload: &[u8]) -> Ran {
        let mut command = Command::new(env!("CARGO_BIN_EXE_homing"));
        command.args(["hook", "demo", "Stop"]);
        self.run(command, payload)
    }

    fn run(&self, mut command: Command, payload: &[u8]) -> Ran {
        command.env_clear().envs(&self.env).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let started = Instant::now();
        let mut child = command.spawn().expect("it starts");
        // It may end before it has read everything.
        let _ = child.stdin.take().expect("a pipe").write_all(payload);
        let output = child.wait_with_output().expect("it ends");
        assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Ran { code: output.status.code().unwrap_or(-1), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// The agent lives and homing answers.
    fn is_well(&self) {
        self.workspace.say(&self.session, "still there?", "You said: still there");
    }
}

#[track_caller]
fn silent(ran: &Ran) {
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (0, "", ""));
}

#[test]
fn a_hook_without_a_server_is_silent() {
    let pane = Pane::new();
    let (server, keeper) = (pane.workspace.server(), pane.workspace.keeper());
    // The socket stays, and nobody listens.
    for pid in [keeper, server] {
        process::kill(pid, Signal::KILL);
    }
    pane.workspace.wait_until("an end", || (!process::is_alive(server)).then_some(()));
    silent(&pane.hook(STOP));
    let _ = fs::remove_file(pane.workspace.socket());
    silent(&pane.hook(STOP));
}

#[test]
fn a_hook_with_nothing_or_with_garbage_on_its_input_is_silent() {
    let pane = Pane::new();
    silent(&pane.hook(b""));
    silent(&pane.hook(&vec![0xf5; 10 << 20]));
    let mut long = br#"{"session_id":"x","prompt":""#.to_vec();
    long.resize(10 << 20, b'a');
    silent(&pane.hook(&long));
    let mut closed = Command::new("/bin/sh");
    closed.args(["-c", "exec \"$0\" hook demo Stop <&-", env!("CARGO_BIN_EXE_homing")]);
    silent(&pane.run(closed, b""));
    pane.is_well();
}

#[test]
fn a_hook_beside_a_server_that_hangs_is_silent_and_counts_later() {
    let pane = Pane::new();
    let server = pane.workspace.server();
    process::kill(server, Signal::STOP);
    for _ in 0..3 {
        silent(&pane.hook(STOP));
    }
    process::kill(server, Signal::CONT);
    let told = || pane.workspace.ok(&["explain", &pane.session]).matches("turn ended").count();
    pane.workspace.wait_until("the reports are read", || (told() > 0).then_some(()));
    pane.is_well();
}

/// How a server is started that a file limit does not kill: it meets failing writes, as on a full disk.
const START: &str = "trap '' XFSZ; exec \"$0\" start";

/// What a file may grow to then. The database and its journal are larger already.
const FILE_BYTES_MAX: u64 = 32 << 10;

#[test]
fn a_hook_where_nothing_can_be_written_is_silent() {
    let workspace = Workspace::new();
    let mut start = Command::new("/bin/sh");
    start.args(["-c", START, env!("CARGO_BIN_EXE_homing")]).env_clear().envs(workspace.env());
    start.current_dir(workspace.project()).stdin(Stdio::null());
    assert!(start.output().expect("a shell").status.success(), "{}", workspace.log());
    let pane = Pane::of(workspace);
    pane.is_well();
    process::limit_files(pane.workspace.server(), FILE_BYTES_MAX);
    silent(&pane.hook(STOP));
    silent(&pane.hook(&vec![b'x'; 1 << 20]));
    pane.is_well();
    pane.workspace.wait_until("a write that failed", || pane.workspace.log().contains("not committed").then_some(()));
}
