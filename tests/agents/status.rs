//! C: what an agent does, and what homing says of it: one scripted session of each agent, with hooks and without. Each change
//! of the status is compared with what the script expects, and timed against what caused it: a key, or the model's answer.

use std::fmt::Write as _;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::agent::Agent;
use super::given::{self, Installed};
use super::outcome::tell;
use super::process::{self, Signal};
use super::scenario;
use super::stage::Stage;
use super::workspace::look_for;

/// How long a change is waited for.
const CHANGE: Duration = Duration::from_secs(20);

/// How long the end of a turn that fails is waited for: agents try a request again, OpenCode for more than a minute.
const FAILURE: Duration = Duration::from_secs(100);

/// After a change: how long it must stay, so that a false state behind it is seen.
const STAYS: Duration = Duration::from_millis(1200);

/// How far into a turn the user stops it.
const INTO_TURN: Duration = Duration::from_millis(2500);

/// What happens in a step.
#[derive(Debug, Clone, Copy)]
enum Do {
    /// Types a text, sees it, presses Enter.
    Submit(&'static str),
    /// Submits what the model fails on: HTTP 500; with Gemini 400, as it tries again for minutes after the former.
    Fail,
    /// Presses Enter.
    Enter,
    /// Stops the turn, as its user would.
    Stop,
    /// Ends the agent, as its user would.
    Quit,
    /// SIGKILL to the server while a turn is under way; the next is up again.
    KillServer,
    /// Nothing but time.
    Wait(Duration),
}

/// What a change of the status is timed against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cause {
    /// The key of the step; where the agent quits, the end of its process.
    Key,
    /// The model's last answer.
    Answer,
}

/// What must be seen in a step.
#[derive(Debug, Clone, Copy)]
struct Step {
    what: &'static str,
    act: Do,
    /// The changes of the status, in order; no other may be seen.
    then: &'static [(&'static str, Cause)],
    /// The notices.
    notices: &'static [&'static str],
}

const fn step(
    what: &'static str,
    act: Do,
    then: &'static [(&'static str, Cause)],
    notices: &'static [&'static str],
) -> Step {
    Step { what, act, then, notices }
}

/// The script of the issue, then what must not leave an agent busy.
const SCRIPT: &[Step] = &[
    step("a turn", Do::Submit("hello"), &[("busy", Cause::Key), ("ready", Cause::Answer)], &["done"]),
    step(
        "asks for leave",
        Do::Submit("tool! touch made-by-the-test"),
        &[("busy", Cause::Key), ("blocked", Cause::Answer)],
        &["permission"],
    ),
    step("is allowed", Do::Enter, &[("busy", Cause::Key), ("ready", Cause::Answer)], &["done"]),
    step("a long turn", Do::Submit("slow 30"), &[("busy", Cause::Key)], &[]),
    step("works on", Do::Wait(INTO_TURN), &[], &[]),
    step("is interrupted", Do::Stop, &[("ready", Cause::Key)], &[]),
    step("fails", Do::Fail, &[("busy", Cause::Key), ("error", Cause::Answer)], &["failed"]),
    step("after the error", Do::Submit("good day"), &[("busy", Cause::Key), ("ready", Cause::Answer)], &["done"]),
    step("empty Enter", Do::Enter, &[], &[]),
    step("server dies", Do::KillServer, &[], &[]),
    step("is interrupted", Do::Stop, &[("ready", Cause::Key)], &[]),
    step("a turn after that", Do::Submit("hello again"), &[("busy", Cause::Key), ("ready", Cause::Answer)], &["done"]),
    step("quits", Do::Quit, &[("terminated", Cause::Key)], &["exited"]),
];

#[test]
fn the_status_of_claude_is_right() {
    with_and_without_hooks(Agent::Claude);
}

#[test]
fn the_status_of_codex_is_right() {
    with_and_without_hooks(Agent::Codex);
}

#[test]
fn the_status_of_opencode_is_right() {
    with_and_without_hooks(Agent::OpenCode);
}

#[test]
fn the_status_of_gemini_is_right() {
    with_and_without_hooks(Agent::Gemini);
}

fn with_and_without_hooks(agent: Agent) {
    let ways = [("hooks", ""), ("no hooks", "inject_hooks = false\n")];
    let ways = ways.map(|(how, settings)| (format!("status of {}, {how}", agent.name()), settings));
    scenario::run(&format!("status of {}", agent.name()), |installed| {
        let chosen = ways.iter().filter(|(what, _)| given::is_chosen(what));
        let failed: Vec<String> = chosen
            .filter_map(|(what, settings)| whole(installed, agent, what, settings).err())
            .map(|error| format!("{error:#}"))
            .collect();
        ensure!(failed.is_empty(), "{}", failed.join("\n"));
        Ok(())
    });
}

fn whole(installed: &Installed, agent: Agent, what: &str, settings: &str) -> Result<()> {
    if !installed.agents.contains(&agent) {
        tell(format!("{what}: skipped, it is not installed"));
        return Ok(());
    }
    let mut stage = Stage::new(installed, settings, given::seed())?;
    let faults = scenario::told(&mut stage, |stage| {
        stage.open(&[(agent, 1)])?;
        let mut run =
            Run { stage, agent, name: format!("{}-1", agent.name()), table: String::new(), faults: Vec::new() };
        thread::sleep(STAYS);
        let result = SCRIPT.iter().try_for_each(|step| run.go(step).with_context(|| step.what));
        tell(format!("{what}\n{:<20}{:<12}{:<14}{:>6}  notices\n{}", "step", "expected", "seen", "ms", run.table));
        result?;
        Ok(run.faults)
    })?;
    ensure!(faults.is_empty(), "{what}: {}", faults.join("; "));
    Ok(())
}

/// A run through the script.
struct Run<'a> {
    stage: &'a mut Stage,
    agent: Agent,
    name: String,
    table: String,
    faults: Vec<String>,
}

/// A change of the status: what it became, and when (Unix ms).
type Change = (String, i64);

impl Run<'_> {
    fn go(&mut self, step: &Step) -> Result<()> {
        let seen_before = self.changes()?.len();
        let told_before = self.notices()?.len();
        let (at, seen_before) = self.act(step.act, seen_before)?;
        let until = match step.act {
            Do::Fail => FAILURE,
            Do::Submit(_) | Do::Enter | Do::Stop | Do::Quit if !step.then.is_empty() => CHANGE,
            Do::Submit(_) | Do::Enter | Do::Stop | Do::Quit | Do::KillServer | Do::Wait(_) => STAYS,
        };
        let news = || self.changes().map(|all| all.into_iter().skip(seen_before).collect::<Vec<Change>>());
        let last = step.then.last().map(|(status, _)| *status);
        look_for(until, || news().ok()?.iter().any(|(status, _)| Some(status.as_str()) == last).then_some(()));
        thread::sleep(STAYS);
        let (seen, answered) = (news()?, self.stage.workspace.model.answered_at());
        let notices: Vec<String> = self.notices()?.into_iter().skip(told_before).collect();
        self.compare(step, &seen, at, answered, &notices);
        Ok(())
    }

    /// Acts; when (Unix ms), and how many changes there were before.
    fn act(&self, act: Do, seen_before: usize) -> Result<(i64, usize)> {
        let workspace = &self.stage.workspace;
        let press = |keys: &[&str]| workspace.homing(&[&["keys", &self.name], keys].concat()).map(drop);
        let submit = |text: &str| {
            self.type_in(text)?;
            let at = now_ms();
            press(&["enter"])?;
            Ok((at, seen_before))
        };
        let at = now_ms();
        match act {
            Do::Submit(text) => return submit(text),
            Do::Fail => return submit(if self.agent == Agent::Gemini { "fail 400" } else { "fail" }),
            Do::Enter => press(&["enter"])?,
            Do::Stop => match self.agent {
                Agent::OpenCode => press(&["escape", "escape"])?,
                Agent::Codex | Agent::Claude | Agent::Gemini => press(&["escape"])?,
            },
            Do::Quit => {
                let pid = workspace.session(&self.name)?["pid"].as_u64().and_then(|pid| u32::try_from(pid).ok());
                let pid = pid.context("a process")?;
                match self.agent {
                    Agent::Codex | Agent::OpenCode => press(&["ctrl+c"])?,
                    Agent::Claude | Agent::Gemini => press(&["ctrl+c", "ctrl+c"])?,
                }
                // What it takes to end is its own affair: OpenCode some 0.4 s.
                let until = Instant::now() + CHANGE;
                while process::is_alive(pid) {
                    ensure!(Instant::now() < until, "it does not end");
                    thread::sleep(Duration::from_millis(2));
                }
                return Ok((now_ms(), seen_before));
            }
            Do::KillServer => {
                self.type_in("slow 60")?;
                let at = now_ms();
                press(&["enter"])?;
                // Until the agent itself has begun.
                thread::sleep(INTO_TURN);
                let was = workspace.json(&["status"])?["server_pid"].as_u64().and_then(|pid| u32::try_from(pid).ok());
                let was = was.context("a server")?;
                workspace.signal(&[was], Signal::KILL);
                workspace.wait_gone(&[was], CHANGE)?;
                let back = look_for(CHANGE, || workspace.json(&["status"]).ok());
                ensure!(back.is_some(), "no server came back");
                let status = workspace.session(&self.name)?["status"].clone();
                ensure!(status == "busy", "after the server came back it is {status}");
                // The next server counts its events anew, and has nothing to tell of what has not changed.
                thread::sleep(INTO_TURN);
                let status = workspace.session(&self.name)?["status"].clone();
                ensure!(status == "busy", "some time after the server came back it is {status}");
                return Ok((at, 0));
            }
            Do::Wait(time) => thread::sleep(time),
        }
        Ok((at, seen_before))
    }

    fn type_in(&self, text: &str) -> Result<()> {
        let workspace = &self.stage.workspace;
        workspace.homing(&["send", &self.name, text, "--no-enter"])?;
        workspace.wait(&self.name, &format!("text={text}"), CHANGE)?;
        // Agents take an Enter right behind a text for a part of a paste.
        thread::sleep(Duration::from_millis(600));
        Ok(())
    }

    fn compare(&mut self, step: &Step, seen: &[Change], at: i64, answered: i64, notices: &[String]) {
        let expected: Vec<&str> = step.then.iter().map(|(status, _)| *status).collect();
        let words: Vec<&str> = seen.iter().map(|(status, _)| status.as_str()).collect();
        let mut delays = Vec::new();
        for ((_, cause), (status, when)) in step.then.iter().zip(seen) {
            let delay = when - if *cause == Cause::Key { at } else { answered };
            delays.push(delay.to_string());
            if delay > given::limit_ms() {
                self.faults.push(format!("{}: {status} after {delay} ms", step.what));
            }
        }
        let is_right = expected == words;
        if !is_right {
            self.faults.push(format!("{}: expected {expected:?}, seen {words:?}", step.what));
        }
        if notices != step.notices {
            self.faults.push(format!("{}: notices {notices:?}, not {:?}", step.what, step.notices));
        }
        let (expected, words) = (expected.join(" "), words.join(" "));
        let _ = writeln!(
            self.table,
            "{:<20}{expected:<14}{words:<20}{:>9}  {}{}",
            step.what,
            delays.join(" "),
            notices.join(" "),
            if is_right { "" } else { "   <-- wrong" }
        );
    }

    fn changes(&self) -> Result<Vec<Change>> {
        let text = self.stage.workspace.homing(&["events"])?;
        let rows = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let change = |row: Value| {
            let is_own = row["event"] == "status" && row["label"].as_str().is_some();
            let at: jiff::Timestamp = row["at"].as_str()?.parse().ok()?;
            is_own.then_some(())?;
            Some((row["value"].as_str()?.to_owned(), at.as_millisecond()))
        };
        Ok(rows.filter_map(change).collect())
    }

    fn notices(&self) -> Result<Vec<String>> {
        let rows = self.stage.workspace.json(&["notices"])?;
        let mut rows: Vec<(u64, String)> = rows
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|row| Some((row["number"].as_u64()?, row["kind"].as_str()?.to_owned())))
            .collect();
        rows.sort();
        Ok(rows.into_iter().map(|(_, kind)| kind).collect())
    }
}

fn now_ms() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or(i64::MAX)
}
