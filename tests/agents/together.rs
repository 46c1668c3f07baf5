//! A: many agents of each kind in one directory, opened at once, some with the same first message; ended in one of four
//! ways; each comes back on its own conversation.

use anyhow::Result;

use super::given::{self, Installed};
use super::outcome::{Outcome, Tally, tell};
use super::scenario;
use super::stage::{Ending, Stage};

/// With hooks, as homing is shipped.
#[test]
fn each_comes_back_on_its_own() {
    scenario::run("together", |installed| rounds(installed, "together", ""));
}

/// Without hooks the other witnesses must do; where they cannot, homing asks.
#[test]
fn each_comes_back_on_its_own_without_hooks() {
    scenario::run("together, no hooks", |installed| rounds(installed, "together, no hooks", "inject_hooks = false\n"));
}

fn rounds(installed: &Installed, what: &str, settings: &str) -> Result<()> {
    let panes = given::panes(installed);
    let first = given::seed();
    let mut tally = Tally::default();
    let mut bad = Vec::new();
    for seed in first..first + given::n_rounds() {
        let mut stage = Stage::new(installed, settings, seed)?;
        let ending = stage.dice.pick(&Ending::ALL);
        let outcomes = scenario::told(&mut stage, |stage| round(stage, &panes, ending));
        match outcomes {
            Ok(outcomes) => {
                tally.add(&outcomes);
                let n_right = outcomes.iter().filter(|(_, outcome)| *outcome == Outcome::Right).count();
                tell(format!("{what}: seed {seed}, {ending:?}: {n_right} of {} right", outcomes.len()));
                if outcomes.iter().any(|(_, outcome)| matches!(outcome, Outcome::Wrong | Outcome::Lost)) {
                    bad.push(seed);
                    tell(stage.workspace.diagnosis());
                }
            }
            Err(error) => {
                tell(format!("{what}: seed {seed}, {ending:?}: broken off: {error:#}"));
                bad.push(seed);
            }
        }
    }
    tell(format!("{what}: {} rounds from HOMING_SEED={first}\n{tally}", given::n_rounds()));
    anyhow::ensure!(bad.is_empty(), "rounds that went wrong, by HOMING_SEED: {bad:?}");
    Ok(())
}

fn round(
    stage: &mut Stage,
    panes: &[(super::agent::Agent, usize)],
    ending: Ending,
) -> Result<Vec<(super::agent::Agent, Outcome)>> {
    stage.open(panes)?;
    let mut order: Vec<usize> = (0..stage.panes.len()).collect();
    stage.dice.shuffle(&mut order);
    let mut asked = Vec::new();
    for at in order {
        // The first two of each kind say the same.
        let name = stage.panes[at].name.clone();
        let is_twin = name.ends_with("-1") || name.ends_with("-2");
        let text = if is_twin { "good morning".to_owned() } else { format!("good morning from {name}") };
        asked.push(stage.submit(at, &text)?);
    }
    for asked in &asked {
        stage.answered(asked)?;
    }
    let fates = stage.come_back(ending)?;
    stage.recall(&fates)
}
