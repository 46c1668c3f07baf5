//! E: an agent that is started by an agent's tool, or by the user in a shell's pane, changes nothing in the pane that hosts it.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::agent::Agent;
use super::given::{self, Installed};
use super::outcome::tell;
use super::scenario;
use super::stage::Stage;
use super::workspace::look_for;

/// How long a nested run may take; OpenCode's sets itself up.
const RUN: Duration = Duration::from_secs(120);

/// How long a question may take.
const ASKS: Duration = Duration::from_secs(60);

/// How long an answer to a question may take to count.
const TAKES: Duration = Duration::from_secs(2);

/// How each agent is run to print one answer.
fn one_answer(agent: Agent) -> &'static str {
    match agent {
        Agent::Claude => "claude -p nested",
        Agent::Codex => "codex exec --skip-git-repo-check nested",
        Agent::OpenCode => "opencode run nested",
        Agent::Gemini => "gemini -p nested",
    }
}

#[test]
fn an_agent_in_an_agent_changes_nothing_claude() {
    hosted(Agent::Claude);
}

#[test]
fn an_agent_in_an_agent_changes_nothing_codex() {
    hosted(Agent::Codex);
}

#[test]
fn an_agent_in_an_agent_changes_nothing_opencode() {
    hosted(Agent::OpenCode);
}

#[test]
fn an_agent_in_an_agent_changes_nothing_gemini() {
    hosted(Agent::Gemini);
}

/// The agent's own kind is the one that could be mistaken for it.
fn hosted(agent: Agent) {
    let what = format!("{} in {}", agent.name(), agent.name());
    scenario::run(&what, |installed| run(installed, agent, &what));
}

fn run(installed: &Installed, agent: Agent, what: &str) -> Result<()> {
    if !installed.agents.contains(&agent) {
        tell(format!("{what}: skipped, it is not installed"));
        return Ok(());
    }
    let mut stage = Stage::new(installed, "", given::seed())?;
    scenario::told(&mut stage, |stage| {
        stage.open(&[(agent, 1)])?;
        stage.say(0, "good morning")?;
        by_its_tool(stage, agent, &installed.bin)?;
        in_a_shell(stage, agent)
    })
}

/// What homing says of a pane, as far as a nested agent could change it.
fn told(stage: &Stage, name: &str) -> Result<Value> {
    let row = stage.workspace.session(name)?;
    Ok(serde_json::json!([row["provider_session_id"], row["witness"], row["standing"], row["first_message"]]))
}

fn by_its_tool(stage: &Stage, agent: Agent, bin: &Path) -> Result<()> {
    let (workspace, name) = (&stage.workspace, &stage.panes[0].name);
    let before = told(stage, name)?;
    let n_before = events(stage, name)?.len();
    // Codex runs its tools in a login shell, which has a PATH of its own.
    workspace.homing(&["send", name, &format!("tool! {}/{}", bin.display(), one_answer(agent))])?;
    workspace.wait(name, "blocked", ASKS)?;
    let is_asked = || workspace.session(name).is_ok_and(|row| row["status"] == "blocked");
    // It asks before its screen shows the question, and a key that comes between is lost.
    let is_answered = look_for(ASKS, || {
        workspace.homing(&["keys", name, "enter"]).ok()?;
        look_for(TAKES, || (!is_asked()).then_some(()))
    });
    ensure!(is_answered.is_some(), "it takes no answer");
    workspace.wait(name, "text=Tool result", RUN)?;
    workspace.wait(name, "ready", ASKS)?;
    let heard = workspace.model.turns().iter().any(|turn| turn.prompt == "nested");
    ensure!(heard, "the nested agent has not run");
    let seen: Vec<String> = events(stage, name)?.into_iter().skip(n_before).collect();
    ensure!(seen == ["busy", "blocked", "busy", "ready"], "its statuses: {seen:?}");
    let after = told(stage, name)?;
    ensure!(after == before, "{before} became {after}");
    Ok(())
}

fn in_a_shell(stage: &Stage, agent: Agent) -> Result<()> {
    const SHELL: &str = "by-hand";
    let (workspace, host) = (&stage.workspace, &stage.panes[0].name);
    workspace.homing(&["new", "shell", "--name", SHELL, "--split", "tab"])?;
    workspace.wait(SHELL, "text=\\$", ASKS)?;
    let before = (told(stage, host)?, told(stage, SHELL)?);
    let n_before = (events(stage, host)?.len(), events(stage, SHELL)?.len());
    let n_turns = workspace.model.last_turn();
    workspace.homing(&["send", SHELL, &format!("{}; echo it-is-o''ver", one_answer(agent))])?;
    workspace.wait(SHELL, "text=it-is-over", RUN)?;
    look_for(ASKS, || (workspace.model.last_turn() > n_turns).then_some(())).context("it has asked nothing")?;
    let after = (told(stage, host)?, told(stage, SHELL)?);
    ensure!(after == before, "{before:?} became {after:?}");
    let n_after = (events(stage, host)?.len(), events(stage, SHELL)?.len());
    ensure!(n_after == n_before, "changes of a status: {n_before:?}, then {n_after:?}");
    Ok(())
}

/// All changes of a pane's status, oldest first.
fn events(stage: &Stage, name: &str) -> Result<Vec<String>> {
    let id = stage.workspace.session(name)?["id"].clone();
    let text = stage.workspace.homing(&["events"])?;
    let rows = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let own = rows.filter(|row| row["event"] == "status" && row["session"] == id);
    Ok(own.filter_map(|row| Some(row["value"].as_str()?.to_owned())).collect())
}
