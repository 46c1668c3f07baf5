//! A workspace of homing's own for one trial: its home, its server, its commands. Dropped, nothing of it is left.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::cli::doctor::probe::home;
use crate::config::FileDialect;

/// Between two looks at something that takes its time. Chosen.
const PAUSE: Duration = Duration::from_millis(150);

/// The place of a trial.
pub(super) struct Place {
    dir: TempDir,
    exe: PathBuf,
    env: Vec<(String, String)>,
}

impl Place {
    /// A furnished one, in which agents start by these settings.
    pub(super) fn new(files: FileDialect, settings: &str) -> io::Result<Self> {
        let dir = tempfile::Builder::new().prefix("homing-probe-").tempdir()?;
        let (home, project, own) = (dir.path().join("home"), dir.path().join("project"), dir.path().join("homing"));
        for directory in [&home, &project] {
            std::fs::create_dir(directory)?;
        }
        home::furnish(files, &home, &project)?;
        crate::paths::make_private(&own).map_err(io::Error::other)?;
        std::fs::write(own.join("config.toml"), settings)?;
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let mut env: Vec<(String, String)> = vec![
            ("HOME".to_owned(), text(&home)),
            ("HOMING_HOME".to_owned(), text(&own)),
            ("TERM".to_owned(), "xterm-256color".to_owned()),
            ("SHELL".to_owned(), "/bin/sh".to_owned()),
        ];
        // What finds and runs programs, and nothing that says who the user is.
        let kept = ["PATH", "LANG", "LC_ALL", "TMPDIR"];
        env.extend(kept.iter().filter_map(|name| Some(((*name).to_owned(), std::env::var(name).ok()?))));
        env.extend(home::env(files).into_iter().map(|(name, value)| (name.to_owned(), value)));
        Ok(Self { dir, exe: std::env::current_exe()?, env })
    }

    /// Runs a command of homing's to its end.
    fn run(&self, args: &[&str]) -> io::Result<Output> {
        let mut command = Command::new(&self.exe);
        command.args(args).env_clear().envs(self.env.iter().map(|(name, value)| (name, value)));
        command.current_dir(self.dir.path().join("project")).stdin(Stdio::null()).output()
    }

    /// Runs a command that must work; else what it said last.
    fn output(&self, args: &[&str]) -> Result<Vec<u8>, String> {
        let output = self.run(args).map_err(|error| error.to_string())?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let said = String::from_utf8_lossy(&output.stderr);
        Err(said.lines().last().unwrap_or("it said nothing").trim_start_matches("homing: ").to_owned())
    }

    /// Runs a command that must work.
    pub(super) fn tell(&self, args: &[&str]) -> Result<(), String> {
        self.output(args).map(drop)
    }

    /// What a command prints as JSON.
    pub(super) fn ask(&self, args: &[&str]) -> Result<Value, String> {
        let printed = self.output(&[args, &["--json"]].concat())?;
        serde_json::from_slice(&printed).map_err(|error| error.to_string())
    }

    /// What a session's screen says, from below: the last line with a word in it.
    pub(super) fn last_line(&self, session: &str) -> String {
        let screen = self.run(&["screen", session]).map(|output| output.stdout).unwrap_or_default();
        let screen = String::from_utf8_lossy(&screen);
        let has_word = |line: &&str| line.chars().filter(|c| c.is_alphabetic()).count() > 2;
        crate::text::one_line(screen.lines().rev().find(has_word).unwrap_or("an empty screen").trim(), 100)
    }

    /// Looks until there is something to be seen.
    pub(super) fn look<T>(&self, time: Duration, mut look: impl FnMut(&Self) -> Option<T>) -> Option<T> {
        let until = Instant::now() + time;
        loop {
            match look(self) {
                Some(found) => return Some(found),
                None if Instant::now() > until => return None,
                None => std::thread::sleep(PAUSE),
            }
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = self.run(&["stop"]);
    }
}
