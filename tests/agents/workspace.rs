//! A throw-away home with agents, a model server and a workspace of the homing under test; dropped, nothing of it runs on.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail, ensure};
use serde_json::Value;
use tempfile::TempDir;

use super::given::Installed;
use super::guard::Guard;
use super::model::Model;
use super::process::{self, Signal};

/// How long a command of homing may take; a start waits for all agents.
const COMMAND: Duration = Duration::from_secs(240);

/// Pause between two looks at what nothing announces. A look is a process, on a machine that starts ten agents.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// Looks until the condition holds; `None` after the time.
pub fn look_for<T>(time: Duration, mut look: impl FnMut() -> Option<T>) -> Option<T> {
    let until = Instant::now() + time;
    loop {
        if let Some(found) = look() {
            return Some(found);
        }
        if Instant::now() > until {
            return None;
        }
        thread::sleep(LOOK_AGAIN);
    }
}

/// The workspace.
pub struct Workspace {
    /// Dropped before the directory.
    _guard: Guard,
    directory: TempDir,
    env: Vec<(String, String)>,
    /// The workspace of homing that commands are about; `None` is its default.
    entered: Option<&'static str>,
    pub model: Model,
}

impl Workspace {
    /// An empty one, with the settings of all installed agents and these of homing.
    pub fn new(installed: &Installed, settings: &str) -> Result<Self> {
        let directory = tempfile::Builder::new().prefix("homing-agents-").tempdir()?;
        let root = directory.path().canonicalize()?;
        let (home, project, store) = (root.join("home"), root.join("project"), root.join("homing"));
        for made in [&home, &project, &store] {
            fs::create_dir_all(made)?;
        }
        let guard = Guard::start(&home, &root)?;
        fs::write(store.join("config.toml"), settings)?;
        let model = Model::start()?;
        let mut env: Vec<(String, String)> = [
            ("HOME", home.to_string_lossy().into_owned()),
            ("HOMING_HOME", store.to_string_lossy().into_owned()),
            ("PATH", installed.path()),
            ("TERM", "xterm-256color".to_owned()),
            ("LANG", "C.UTF-8".to_owned()),
            ("SHELL", "/bin/sh".to_owned()),
            ("PS1", "$ ".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        for agent in &installed.agents {
            agent.set_up(&home, &project, model.port())?;
            env.extend(agent.env(model.port()).into_iter().map(|(name, value)| (name.to_owned(), value)));
        }
        Ok(Self { _guard: guard, directory, env, entered: None, model })
    }

    fn below(&self, name: &str) -> PathBuf {
        let root = self.directory.path();
        root.canonicalize().unwrap_or_else(|_| root.to_path_buf()).join(name)
    }

    /// `HOME` of everything here.
    pub fn home(&self) -> PathBuf {
        self.below("home")
    }

    /// The directory in which all agents work.
    pub fn project(&self) -> PathBuf {
        self.below("project")
    }

    /// `HOMING_HOME`.
    pub fn store(&self) -> PathBuf {
        self.below("homing")
    }

    /// The environment of everything that is started here.
    pub fn env(&self) -> &[(String, String)] {
        &self.env
    }

    /// Sets a variable for everything that is started from now on, or takes it away; what it was.
    pub fn set_env(&mut self, name: &str, value: Option<String>) -> Option<String> {
        let before = self.env.iter().position(|(known, _)| known == name).map(|at| self.env.remove(at).1);
        self.env.extend(value.map(|value| (name.to_owned(), value)));
        before
    }

    /// A program in the environment of the workspace, not started yet.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>, args: &[&str]) -> Command {
        let mut command = Command::new(program);
        let env = self.env.iter().map(|(name, value)| (name, value));
        let project = Some(self.project()).filter(|project| project.is_dir());
        let directory = project.unwrap_or_else(|| self.home());
        command.args(args).env_clear().envs(env).current_dir(directory).stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// From now on commands are about this workspace of homing; all have one store.
    pub fn enter(&mut self, name: &'static str) {
        self.entered = Some(name);
    }

    /// Starts a command of homing.
    pub fn start(&self, args: &[&str]) -> Result<Child> {
        let about = self.entered.map_or(vec![], |name| vec!["--workspace", name]);
        self.command(env!("CARGO_BIN_EXE_homing"), &[&about, args].concat()).spawn().context("homing does not start")
    }

    /// Runs a command of homing that must work; what it printed.
    pub fn homing(&self, args: &[&str]) -> Result<String> {
        finish(self.start(args)?).with_context(|| format!("homing {}", args.join(" ")))
    }

    /// The same, for a command that prints JSON.
    pub fn json(&self, args: &[&str]) -> Result<Value> {
        let text = self.homing(&[args, &["--json"]].concat())?;
        serde_json::from_str(&text).with_context(|| format!("homing {args:?} printed {text:?}"))
    }

    /// The session of a name.
    pub fn session(&self, name: &str) -> Result<Value> {
        self.json(&["show", name])
    }

    /// The text of a pane's screen.
    pub fn screen(&self, name: &str) -> Result<String> {
        self.homing(&["screen", name])
    }

    /// Waits for a session, with `homing wait`.
    pub fn wait(&self, name: &str, until: &str, time: Duration) -> Result<()> {
        let seconds = time.as_secs().to_string();
        self.homing(&["wait", name, "--until", until, "--timeout", &seconds]).map(drop)
    }

    /// The processes of homing itself: keeper and server.
    pub fn own_processes(&self) -> Result<Vec<u32>> {
        let status = self.json(&["status"])?;
        Ok(["keeper_pid", "server_pid"].iter().filter_map(|name| pid(&status[name])).collect())
    }

    /// Sends a signal to each of these processes.
    pub fn signal(&self, pids: &[u32], signal: Signal) {
        for pid in pids {
            process::kill(*pid, signal);
        }
    }

    /// Waits until none of these runs.
    pub fn wait_gone(&self, pids: &[u32], time: Duration) -> Result<()> {
        let gone = look_for(time, || pids.iter().all(|pid| !process::is_alive(*pid)).then_some(()));
        let left: Vec<String> = pids.iter().filter(|pid| process::is_alive(**pid)).map(|pid| words(*pid)).collect();
        ensure!(gone.is_some(), "still running after {time:?}: {left:?}");
        Ok(())
    }

    /// What a failure's reader needs: screens, sessions, the end of each log.
    pub fn diagnosis(&self) -> String {
        let mut text = String::new();
        let sessions = self.json(&["ls"]).unwrap_or(Value::Null);
        for session in sessions.as_array().into_iter().flatten() {
            let id = session["id"].as_str().unwrap_or_default();
            let screen = self.screen(id).unwrap_or_else(|error| format!("{error:#}"));
            let lines: Vec<&str> = screen.lines().filter(|line| !line.trim().is_empty()).collect();
            text.push_str(&format!("--- screen of {}\n{}\n", session["name"], lines.join("\n")));
            let explained = self.homing(&["explain", id]).unwrap_or_else(|error| format!("{error:#}"));
            text.push_str(&format!("--- explain\n{explained}\n"));
        }
        text.push_str(&format!("--- ls --json\n{sessions:#}\n"));
        for turn in self.model.turns() {
            text.push_str(&format!("--- model: {turn:?}\n"));
        }
        for strange in self.model.strange() {
            text.push_str(&format!("--- model did not understand: {strange}\n"));
        }
        text + &log_tail(&self.store())
    }
}

/// Waits for a command; what it printed. It is ended if it takes too long.
pub fn finish(mut child: Child) -> Result<String> {
    let until = Instant::now() + COMMAND;
    let out = reading(child.stdout.take().context("a pipe")?);
    let err = reading(child.stderr.take().context("a pipe")?);
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if Instant::now() > until {
            child.kill()?;
            child.wait()?;
            bail!("no end after {COMMAND:?}");
        }
        thread::sleep(Duration::from_millis(5));
    };
    let text = |read: Reading| read.join().map_err(|_| anyhow!("not read"))?.context("what it printed");
    let (out, err) = (text(out)?, text(err)?);
    ensure!(status.success(), "{status}: {}", err.trim());
    Ok(out.trim_end().to_owned())
}

/// What comes out of a pipe, read beside: a full pipe would hold up who prints into it.
type Reading = thread::JoinHandle<io::Result<String>>;

fn reading(mut pipe: impl Read + Send + 'static) -> Reading {
    thread::spawn(move || {
        let mut text = String::new();
        pipe.read_to_string(&mut text).map(|_| text)
    })
}

/// A process id in JSON.
pub fn pid(value: &Value) -> Option<u32> {
    u32::try_from(value.as_u64()?).ok()
}

/// The command line of a process.
fn words(pid: u32) -> String {
    let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let line = String::from_utf8_lossy(&line).replace('\0', " ");
    format!("{pid} {}", line.chars().take(120).collect::<String>())
}

/// The last lines of each log below `HOMING_HOME`.
fn log_tail(store: &Path) -> String {
    const LINES: usize = 40;
    let mut tail = String::new();
    for entry in fs::read_dir(store.join("log")).into_iter().flatten().flatten() {
        let text = fs::read_to_string(entry.path()).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        tail.push_str(&format!("--- {}\n", entry.file_name().to_string_lossy()));
        tail.push_str(&lines[lines.len().saturating_sub(LINES)..].join("\n"));
        tail.push('\n');
    }
    tail
}
