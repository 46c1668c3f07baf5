//! A workspace in a directory of its own; dropped, nothing of it runs on.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use super::process::{self, Signal};
use super::{DEADLINE, look_for};

/// What a command said.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// A throw-away home with its workspace.
pub struct Workspace {
    dir: TempDir,
}

impl Workspace {
    /// An empty one.
    pub fn new() -> Self {
        let dir = tempfile::Builder::new().prefix("homing-e2e-").tempdir().expect("a temporary directory");
        fs::create_dir(dir.path().join("project")).expect("a project");
        Self { dir }
    }

    /// `HOMING_HOME` and `HOME`.
    pub fn home(&self) -> PathBuf {
        self.dir.path().join("home")
    }

    /// The directory in which commands run.
    pub fn project(&self) -> PathBuf {
        self.dir.path().join("project")
    }

    /// The socket of the default workspace.
    pub fn socket(&self) -> PathBuf {
        self.home().join("run/main.sock")
    }

    /// The environment of everything that is started here.
    pub fn env(&self) -> Vec<(&'static str, String)> {
        let home = self.home().display().to_string();
        let fixed = [
            ("PATH", "/usr/bin:/bin"),
            ("TERM", "xterm-256color"),
            ("LANG", "C.UTF-8"),
            ("SHELL", "/bin/sh"),
            ("PS1", "$ "),
        ];
        let mut env: Vec<_> = fixed.map(|(name, value)| (name, value.to_owned())).into();
        env.extend([("HOME", home.clone()), ("HOMING_HOME", home)]);
        env
    }

    /// A command, not started yet.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_homing"));
        command.args(args).env_clear().envs(self.env()).current_dir(self.project()).stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, args: &[&str]) -> Ran {
        ran(&mut self.command(args))
    }

    /// Runs a command that must work; what it printed, without the last line end.
    pub fn ok(&self, args: &[&str]) -> String {
        let ran = self.run(args);
        assert_eq!(ran.code, 0, "homing {args:?}: {}\n{}", ran.stderr, self.log());
        ran.stdout.trim_end().to_owned()
    }

    /// Runs a command that must fail with a code and a line on standard error; what it said. (Usage is told by clap, at length.)
    pub fn fails(&self, code: i32, args: &[&str]) -> String {
        let ran = self.run(args);
        assert_eq!(ran.code, code, "homing {args:?}: {ran:?}");
        let last = ran.stderr.lines().last().unwrap_or_default();
        assert!(last.starts_with("homing: ") || code == 2, "homing {args:?}: {:?}", ran.stderr);
        ran.stderr.trim_end().to_owned()
    }

    /// Runs a command that must work and print JSON.
    pub fn json(&self, args: &[&str]) -> Value {
        let text = self.ok(&[args, &["--json"]].concat());
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("homing {args:?}: {error}: {text}"))
    }

    /// The sessions with a pane, in the order of the layout.
    pub fn sessions(&self) -> Vec<Value> {
        self.json(&["ls"]).as_array().expect("a list").clone()
    }

    /// One session.
    pub fn session(&self, address: &str) -> Value {
        self.json(&["show", address])
    }

    /// The server; waits for one that is being replaced.
    pub fn status(&self) -> Value {
        look_for(DEADLINE, || self.try_json(&["status"])).unwrap_or_else(|| panic!("no server\n{}", self.log()))
    }

    /// Like `json`, but a failure is no end.
    pub fn try_json(&self, args: &[&str]) -> Option<Value> {
        let ran = self.run(&[args, &["--json"]].concat());
        (ran.code == 0).then(|| serde_json::from_str(&ran.stdout).expect("JSON"))
    }

    /// The server's process.
    pub fn server(&self) -> u32 {
        number(&self.status()["server_pid"])
    }

    /// The keeper's process.
    pub fn keeper(&self) -> u32 {
        number(&self.status()["keeper_pid"])
    }

    /// The processes of the sessions, in the order of the layout.
    pub fn agents(&self) -> Vec<u32> {
        self.sessions().iter().map(|session| number(&session["pid"])).collect()
    }

    /// Opens a demo agent and waits until it can be talked to; its session's id.
    pub fn demo(&self, args: &[&str]) -> String {
        let id = self.ok(&[&["new", "demo"], args].concat());
        self.wait(&id, "ready");
        id
    }

    /// Waits for a session with `homing wait`.
    pub fn wait(&self, session: &str, until: &str) {
        let ran = self.run(&["wait", session, "--until", until, "--timeout", "20"]);
        if ran.code != 0 {
            let screen = self.run(&["screen", session]).stdout;
            panic!("{session} is not {until}: {}\n{screen}\n{}", ran.stderr, self.log());
        }
    }

    /// Says something to a demo agent and waits until its screen shows a text.
    pub fn say(&self, session: &str, text: &str, answer: &str) {
        self.ok(&["send", session, text]);
        self.wait(session, &format!("text={answer}"));
        self.wait(session, "ready");
    }

    /// Waits for a condition on the workspace.
    pub fn wait_until<T>(&self, what: &str, mut look: impl FnMut() -> Option<T>) -> T {
        look_for(DEADLINE, &mut look).unwrap_or_else(|| {
            panic!("{what}: not within {DEADLINE:?}\n{}\n{}", self.run(&["ls", "--json"]).stdout, self.log())
        })
    }

    /// Kills the server and waits for the next; its process.
    pub fn kill_server(&self) -> u32 {
        let old = self.server();
        process::kill(old, Signal::KILL);
        self.wait_until("a new server", || {
            self.try_json(&["status"]).map(|status| number(&status["server_pid"])).filter(|new| *new != old)
        })
    }

    /// The end of each log.
    pub fn log(&self) -> String {
        log_tail(&self.home())
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        let sockets = fs::read_dir(self.home().join("run")).into_iter().flatten().flatten();
        let names = sockets.filter_map(|entry| Some(entry.file_name().to_str()?.strip_suffix(".sock")?.to_owned()));
        for name in names.collect::<Vec<_>>() {
            let _ = self.command(&["stop", "--workspace", &name]).output();
        }
        // Whatever a test did to the server: what runs with this home is ours, and nobody else's.
        for pid in process::with_variable("HOMING_HOME", &self.home()) {
            process::kill(pid, Signal::KILL);
        }
    }
}

/// Runs a command to its end.
pub fn ran(command: &mut Command) -> Ran {
    let output = command.output().expect("homing starts");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ran { code: output.status.code().unwrap_or(-1), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// A process id in JSON.
pub fn number(value: &Value) -> u32 {
    value.as_u64().and_then(|n| u32::try_from(n).ok()).unwrap_or_else(|| panic!("{value} is no process"))
}

/// The last lines of every log under a home.
pub fn log_tail(home: &Path) -> String {
    const LINES: usize = 25;
    let mut tail = String::new();
    for entry in fs::read_dir(home.join("log")).into_iter().flatten().flatten() {
        let text = fs::read_to_string(entry.path()).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        tail.push_str(&format!("--- {}\n", entry.path().display()));
        tail.push_str(&lines[lines.len().saturating_sub(LINES)..].join("\n"));
        tail.push('\n');
    }
    tail
}
