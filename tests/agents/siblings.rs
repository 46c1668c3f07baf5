//! D: two agents of a kind in one directory, their turns interleaved at random: nothing that happens to one is ever told of
//! the other.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::agent::Agent;
use super::given::{self, Installed};
use super::outcome::tell;
use super::scenario;
use super::stage::Stage;

/// How long a status may take to come: on a machine with ten agents.
const CHANGE: Duration = Duration::from_secs(60);

#[test]
fn siblings_are_told_apart_claude() {
    both_ways(Agent::Claude);
}

#[test]
fn siblings_are_told_apart_codex() {
    both_ways(Agent::Codex);
}

#[test]
fn siblings_are_told_apart_opencode() {
    both_ways(Agent::OpenCode);
}

#[test]
fn siblings_are_told_apart_gemini() {
    both_ways(Agent::Gemini);
}

fn both_ways(agent: Agent) {
    for (how, settings) in [("hooks", ""), ("no hooks", "inject_hooks = false\n")] {
        let what = format!("siblings of {}, {how}", agent.name());
        if given::is_chosen(&what) {
            scenario::run(&what, |installed| run(installed, agent, &what, settings));
        }
    }
}

fn run(installed: &Installed, agent: Agent, what: &str, settings: &str) -> Result<()> {
    if !installed.agents.contains(&agent) {
        tell(format!("{what}: skipped, it is not installed"));
        return Ok(());
    }
    let seed = given::seed();
    let mut stage = Stage::new(installed, settings, seed)?;
    scenario::told(&mut stage, |stage| {
        stage.open(&[(agent, 2)])?;
        let mut n_turns = 0;
        while n_turns < given::n_turns() {
            n_turns += round(stage).with_context(|| format!("HOMING_SEED={seed}, after {n_turns} turns"))?;
        }
        tell(format!("{what}: {n_turns} turns, HOMING_SEED={seed}: none told of the sibling"));
        Ok(())
    })
}

/// One of the two works, rests, or waits for leave, while the other has a turn from its begin to its end. How many turns.
fn round(stage: &mut Stage) -> Result<u64> {
    let busy = stage.dice.roll(2);
    let other = 1 - busy;
    let before = [changes(stage, 0)?.len(), changes(stage, 1)?.len()];
    let meanwhile = stage.dice.pick(&["slow 600", "tool! touch made-by-the-test", ""]);
    let (held, at_end): (&[&str], &str) = match meanwhile {
        "" => (&[], "ready"),
        "slow 600" => (&["busy"], "busy"),
        _ => (&["busy", "blocked"], "blocked"),
    };
    if !meanwhile.is_empty() {
        let name = stage.panes[busy].name.clone();
        submit(stage, &name, meanwhile)?;
        stage.workspace.wait(&name, at_end, CHANGE)?;
    }
    let name = stage.panes[other].name.clone();
    let text = format!("hello from {name}");
    submit(stage, &name, &text)?;
    stage.workspace.wait(&name, &format!("text=You said: {text}"), CHANGE)?;
    stage.workspace.wait(&name, "ready", CHANGE)?;
    let new = |stage: &Stage, at: usize| -> Result<Vec<String>> {
        Ok(changes(stage, at)?.into_iter().skip(before[at]).collect())
    };
    let (seen_held, seen_other) = (new(stage, busy)?, new(stage, other)?);
    ensure!(seen_held == held, "{meanwhile:?} in {}: {seen_held:?}, not {held:?}", stage.panes[busy].name);
    ensure!(seen_other == ["busy", "ready"], "{text:?}: {seen_other:?}");
    if !meanwhile.is_empty() {
        let name = stage.panes[busy].name.clone();
        let keys: &[&str] = match stage.panes[busy].agent {
            Agent::OpenCode => &["escape", "escape"],
            Agent::Codex | Agent::Claude | Agent::Gemini => &["escape"],
        };
        stage.workspace.homing(&[&["keys", &name], keys].concat())?;
        stage.workspace.wait(&name, "ready", CHANGE)?;
        ensure!(
            new(stage, other)? == ["busy", "ready"],
            "the end of {meanwhile:?} was told of {}",
            stage.panes[other].name
        );
    }
    Ok(1 + u64::from(!meanwhile.is_empty()))
}

fn submit(stage: &Stage, name: &str, text: &str) -> Result<()> {
    stage.workspace.homing(&["send", name, text]).map(drop)
}

/// All changes of the pane's status, oldest first.
fn changes(stage: &Stage, at: usize) -> Result<Vec<String>> {
    let id = stage.workspace.session(&stage.panes[at].name)?["id"].clone();
    let text = stage.workspace.homing(&["events"])?;
    let rows = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let own = rows.filter(|row| row["event"] == "status" && row["session"] == id);
    Ok(own.filter_map(|row| Some(row["value"].as_str()?.to_owned())).collect())
}
