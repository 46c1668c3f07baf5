//! I: two workspaces of homing with the same agents in one directory, told the same words: nothing is claimed across.

use std::mem;

use anyhow::{Result, ensure};

use super::agent::Agent;
use super::given;
use super::outcome::{Outcome, Tally, tell};
use super::process::Signal;
use super::scenario;
use super::stage::{END, Pane, Stage};

const WORKSPACES: [&str; 2] = ["main", "other"];

#[test]
fn two_workspaces_in_one_directory() {
    both_come_back("neighbours", "", Outcome::Right);
}

#[test]
fn two_workspaces_in_one_directory_without_hooks() {
    both_come_back("neighbours, no hooks", "inject_hooks = false\n", Outcome::Asked);
}

/// `worst` is the worst outcome that is let pass.
fn both_come_back(what: &str, settings: &str, worst: Outcome) {
    scenario::run(what, |installed| {
        let mut stage = Stage::new(installed, settings, given::seed())?;
        let agents: Vec<(Agent, usize)> = installed.agents.iter().map(|agent| (*agent, 1)).collect();
        scenario::told(&mut stage, |stage| {
            let mut tally = Tally::default();
            tally.add(&kill_both(stage, &agents)?);
            tell(format!("{what}:\n{tally}"));
            let bad =
                [Outcome::Wrong, Outcome::Lost].into_iter().chain((worst == Outcome::Right).then_some(Outcome::Asked));
            ensure!(tally.n(&bad.collect::<Vec<_>>()) == 0, "not on its conversation");
            Ok(())
        })
    });
}

fn kill_both(stage: &mut Stage, agents: &[(Agent, usize)]) -> Result<Vec<(Agent, Outcome)>> {
    let mut panes: Vec<Vec<Pane>> = Vec::new();
    for name in WORKSPACES {
        stage.workspace.enter(name);
        stage.open(agents)?;
        panes.push(mem::take(&mut stage.panes));
    }
    for (name, of_it) in WORKSPACES.into_iter().zip(&mut panes) {
        stage.workspace.enter(name);
        stage.panes = mem::take(of_it);
        for at in 0..stage.panes.len() {
            stage.say(at, "good morning")?;
        }
        *of_it = mem::take(&mut stage.panes);
    }
    let mut all = Vec::new();
    for name in WORKSPACES {
        stage.workspace.enter(name);
        all.extend(stage.workspace.own_processes()?);
        all.extend(stage.agent_processes()?);
    }
    stage.workspace.signal(&all, Signal::STOP);
    stage.workspace.signal(&all, Signal::KILL);
    stage.workspace.wait_gone(&all, END)?;
    let mut outcomes = Vec::new();
    for (name, of_it) in WORKSPACES.into_iter().zip(panes) {
        stage.workspace.enter(name);
        stage.panes = of_it;
        let fates = stage.relaunch()?;
        outcomes.extend(stage.recall(&fates)?);
    }
    Ok(outcomes)
}
