//! C: ten relaunches in a row: the same conversations, and no new ones left behind on disk.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::{Result, ensure};

use super::given;
use super::outcome::{Outcome, Tally, tell};
use super::scenario;
use super::stage::{Ending, Stage};

/// What the issue asks for.
const RELAUNCHES: usize = 10;

#[test]
fn ten_relaunches_leave_nothing_behind() {
    scenario::run("relaunches", |installed| {
        let mut failed = Vec::new();
        for agent in &installed.agents {
            if !given::is_chosen(agent.name()) {
                continue;
            }
            let seed = given::seed();
            let mut stage = Stage::new(installed, "", seed)?;
            if let Err(error) = scenario::told(&mut stage, |stage| relaunches(stage, *agent)) {
                tell(format!("relaunches of {}: {error:#}", agent.name()));
                failed.push(agent.name());
            }
        }
        ensure!(failed.is_empty(), "went wrong: {failed:?}");
        Ok(())
    });
}

/// The conversation of each session in which something was said, by name.
fn ids(stage: &Stage) -> Result<BTreeMap<String, String>> {
    let said = |row: &&serde_json::Value| row["first_message"].is_string();
    let row = |row: &serde_json::Value| (row["name"].to_string(), row["provider_session_id"].to_string());
    Ok(stage.sessions()?.iter().filter(said).map(row).collect())
}

fn relaunches(stage: &mut Stage, agent: super::agent::Agent) -> Result<()> {
    // The third pane is never prompted.
    stage.open(&[(agent, 3)])?;
    stage.say(0, "good morning")?;
    stage.say(1, "good morning")?;
    let files = |stage: &Stage| -> BTreeSet<PathBuf> {
        agent.conversation_files(&stage.workspace.home()).into_iter().collect()
    };
    let (ids_before, files_before) = (ids(stage)?, files(stage));
    for n in 1..=RELAUNCHES {
        let ending = stage.dice.pick(&Ending::OF_EVERYTHING);
        stage.come_back(ending)?;
        let ids_now = ids(stage)?;
        ensure!(ids_now == ids_before, "relaunch {n}, {ending:?}: {ids_before:?} became {ids_now:?}");
    }
    let fates = stage.come_back(Ending::Stop)?;
    let left: Vec<PathBuf> = files(stage).difference(&files_before).cloned().collect();
    let outcomes = stage.recall(&fates)?;
    let mut tally = Tally::default();
    tally.add(&outcomes);
    tell(format!("relaunches of {}: {} new files\n{tally}", agent.name(), left.len()));
    ensure!(tally.n(&[Outcome::Wrong, Outcome::Lost]) == 0, "not on its conversation after {RELAUNCHES} relaunches");
    ensure!(left.is_empty(), "left behind on disk: {left:?}");
    Ok(())
}
