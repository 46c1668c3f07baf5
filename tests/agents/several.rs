//! D: one prompt to several agents: each gets it once, and no draft in a prompt line is mixed in.

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::agent::Agent;
use super::outcome::tell;
use super::scenario;
use super::stage::Stage;

#[test]
fn one_prompt_reaches_every_agent_and_no_draft() {
    scenario::run("several", |installed| {
        let agents: Vec<(Agent, usize)> = installed.agents.iter().map(|agent| (*agent, 1)).collect();
        let mut stage = Stage::new(installed, "", super::given::seed())?;
        scenario::told(&mut stage, |stage| several(stage, &agents))
    });
}

/// What came of a prompt in each session, whether all got it or not.
fn send(stage: &Stage, names: &[String], text: &str) -> Result<Vec<Value>> {
    let child = stage.workspace.start(&["send", "--to", &names.join(","), text, "--json"])?;
    let output = child.wait_with_output()?;
    let rows: Value = serde_json::from_slice(&output.stdout).context("JSON")?;
    Ok(rows.as_array().context("a list")?.clone())
}

fn n_heard(stage: &Stage, text: &str) -> usize {
    stage.workspace.model.turns().iter().filter(|turn| turn.prompt == text).count()
}

fn several(stage: &mut Stage, agents: &[(Agent, usize)]) -> Result<()> {
    stage.open(agents)?;
    let names: Vec<String> = stage.panes.iter().map(|pane| pane.name.clone()).collect();
    let text = "one word to all of you";
    let rows = send(stage, &names, text)?;
    ensure!(rows.iter().all(|row| row["submitted"] == true), "not submitted everywhere: {rows:?}");
    for name in &names {
        stage.workspace.wait(name, "text=You said: one word to all", std::time::Duration::from_secs(60))?;
        stage.workspace.wait(name, "ready", std::time::Duration::from_secs(20))?;
    }
    ensure!(n_heard(stage, text) == names.len(), "heard {} times by {} agents", n_heard(stage, text), names.len());

    for name in &names {
        for key in "draft".chars() {
            stage.workspace.homing(&["keys", name, &key.to_string()])?;
        }
        stage.workspace.wait(name, "text=draft", std::time::Duration::from_secs(20))?;
    }
    let other = "this must reach nobody";
    let rows = send(stage, &names, other)?;
    for row in &rows {
        let why = row["why"].as_str().unwrap_or_default();
        ensure!(row["submitted"] == false && why.contains("draft"), "{row}");
    }
    for name in &names {
        let screen = stage.workspace.screen(name)?;
        ensure!(screen.contains("draft") && !screen.contains(other), "{name}: {screen}");
    }
    ensure!(n_heard(stage, other) == 0, "a draft was sent");
    tell(format!("several: {} agents, each once; {} drafts left alone", names.len(), rows.len()));
    Ok(())
}
