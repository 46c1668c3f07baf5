//! How long `homing hook` takes beside a busy server: 500 reports of a demo agent while another pane prints without end.
//!
//! `cargo build --release && cargo run --release --example hook_bench [REPORTS]`. Goal: p99 below 20 ms.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

/// What each report says: a tool of some size has run.
const PAYLOAD_BYTES: usize = 4 << 10;

fn main() -> Result<()> {
    let n_reports = std::env::args().nth(1).map_or(Ok(500), |n| n.parse())?;
    let bench = Bench::start()?;
    let env = bench.agent_env()?;
    let payload = serde_json::json!({
        "session_id": "x", "hook_event_name": "PostToolUse", "tool_response": "x".repeat(PAYLOAD_BYTES),
    });
    let payload = payload.to_string();
    let mut times = Vec::new();
    for _ in 0..n_reports {
        times.push(bench.report(&env, &payload)?);
    }
    times.sort_unstable();
    let at = |part: usize| times.get((times.len() * part / 100).min(times.len() - 1)).copied().unwrap_or_default();
    println!("{n_reports} reports: p50 {:.1?}, p99 {:.1?}, longest {:.1?}", at(50), at(99), at(100));
    Ok(())
}

/// A workspace with a demo agent and a flood; ended when this is dropped.
struct Bench {
    homing: PathBuf,
    home: tempfile::TempDir,
}

impl Bench {
    fn start() -> Result<Self> {
        // Examples lie in a directory of their own beside the program.
        let here = std::env::current_exe()?;
        let homing = here.parent().and_then(Path::parent).context("a build directory")?.join("homing");
        ensure!(homing.is_file(), "{} is not built", homing.display());
        let bench = Self { homing, home: tempfile::tempdir()? };
        bench.run(&["new", "demo", "--name", "agent"])?;
        bench.run(&["wait", "agent", "--until", "ready", "--timeout", "30"])?;
        bench.run(&["new", "shell", "--name", "flood"])?;
        bench.run(&["send", "flood", "yes a line of a flood that goes on and on"])?;
        Ok(bench)
    }

    fn run(&self, args: &[&str]) -> Result<String> {
        let mut command = Command::new(&self.homing);
        command.args(args).env_clear().envs([("PATH", "/usr/bin:/bin"), ("SHELL", "/bin/sh")]).stdin(Stdio::null());
        let home = self.home.path();
        let output = command.env("HOME", home).env("HOMING_HOME", home.join("homing")).current_dir(home).output()?;
        ensure!(output.status.success(), "homing {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// The environment in which the agent's hooks run.
    fn agent_env(&self) -> Result<BTreeMap<String, String>> {
        let row: serde_json::Value = serde_json::from_str(&self.run(&["show", "agent", "--json"])?)?;
        let env = fs::read(format!("/proc/{}/environ", row["pid"]))?;
        let pairs = env.split(|byte| *byte == 0).filter_map(|pair| std::str::from_utf8(pair).ok()?.split_once('='));
        Ok(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    fn report(&self, env: &BTreeMap<String, String>, payload: &str) -> Result<Duration> {
        let started = Instant::now();
        let mut command = Command::new(&self.homing);
        let mut child =
            command.args(["hook", "demo", "PostToolUse"]).env_clear().envs(env).stdin(Stdio::piped()).spawn()?;
        child.stdin.take().context("a pipe")?.write_all(payload.as_bytes())?;
        child.wait()?;
        Ok(started.elapsed())
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _ = self.run(&["stop"]);
    }
}
