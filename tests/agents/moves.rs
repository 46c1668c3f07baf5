//! B: the user moves inside the agent; after a relaunch the pane is on the conversation that it showed last. A second pane
//! of the same agent in the same directory stays where it is, so that there is always a conversation to be confused with.

use std::thread;
use std::time::Duration;

use anyhow::Result;

use super::agent::{Agent, Move};
use super::given::{self, Installed};
use super::outcome::{Outcome, Tally, tell};
use super::scenario;
use super::stage::{Ending, Stage};

/// A step in the first pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Says something and waits for the answer.
    Say,
    /// Makes a move.
    Go(Move),
    /// Says something in the pane that stays.
    SayThere,
    /// Makes a move in the pane that stays, which does not then.
    GoThere(Move),
    /// `homing restart-server`.
    Restart,
    /// One second goes by, which is all that the issue grants homing; then SIGKILL to everything.
    KillAfterOneSecond,
    /// Picks an older conversation; SIGKILL to everything at most so many ms later. To ask is right then, and so is the one that was picked.
    PickAndKill(usize),
}

use Step::{Go, GoThere, KillAfterOneSecond, PickAndKill, Restart, Say, SayThere};

/// The ways that are gone, each with each agent that has all of its moves.
const WAYS: &[(&str, &[Step])] = &[
    ("new", &[Say, Go(Move::New), Say]),
    ("new, nothing said", &[Say, Go(Move::New)]),
    ("new before any message", &[Go(Move::New), Say]),
    ("older", &[Say, Go(Move::New), Say, Go(Move::Older), Say]),
    ("older, nothing said", &[Say, Go(Move::New), Say, Go(Move::Older)]),
    ("fork", &[Say, Go(Move::Fork), Say]),
    ("new twice", &[Say, Go(Move::New), Say, Go(Move::New), Say]),
    ("older and new", &[Say, Go(Move::New), Say, Go(Move::Older), Go(Move::New), Say]),
    ("new, killed", &[Say, Go(Move::New), Say, KillAfterOneSecond]),
    ("new, nothing said, killed", &[Say, Go(Move::New), KillAfterOneSecond]),
    ("older, killed", &[Say, Go(Move::New), Say, Go(Move::Older), KillAfterOneSecond]),
    ("older, killed at once", &[Say, Go(Move::New), Say, PickAndKill(50)]),
    ("older, killed a moment later", &[Say, Go(Move::New), Say, PickAndKill(400)]),
    ("both new", &[Say, Go(Move::New), GoThere(Move::New), SayThere, Say]),
    ("both new, nothing said there", &[Say, GoThere(Move::New), Go(Move::New), Say, KillAfterOneSecond]),
    ("new, restart", &[Say, Go(Move::New), Restart, Say]),
    ("older, restart", &[Say, Go(Move::New), Say, Go(Move::Older), Restart, Say]),
];

#[test]
fn codex_comes_back_where_it_was_moved() {
    all_ways(Agent::Codex);
}

#[test]
fn claude_comes_back_where_it_was_moved() {
    all_ways(Agent::Claude);
}

#[test]
fn opencode_comes_back_where_it_was_moved() {
    all_ways(Agent::OpenCode);
}

#[test]
fn gemini_comes_back_where_it_was_moved() {
    all_ways(Agent::Gemini);
}

fn all_ways(agent: Agent) {
    let what = format!("moves of {}", agent.name());
    scenario::run(&what, |installed| {
        if !installed.agents.contains(&agent) {
            tell(format!("{what}: skipped, it is not installed"));
            return Ok(());
        }
        let mut tally = Tally::default();
        let mut bad = Vec::new();
        let seed = given::seed();
        for (name, way) in WAYS.iter().filter(|(name, _)| given::is_chosen(name)) {
            if way.iter().any(|step| matches!(step, Go(to) | GoThere(to) if agent.acts(*to).is_none())) {
                tell(format!("{what}: {name}: it has no such move"));
                continue;
            }
            match go(installed, agent, way, seed) {
                Ok(outcomes) => {
                    tally.add(&outcomes);
                    let words: Vec<String> = outcomes.iter().map(|(_, outcome)| format!("{outcome:?}")).collect();
                    tell(format!("{what}: {name}: {}", words.join(", ").to_lowercase()));
                    if outcomes.iter().any(|(_, outcome)| matches!(outcome, Outcome::Wrong | Outcome::Lost)) {
                        bad.push(*name);
                    }
                }
                Err(error) => {
                    tell(format!("{what}: {name}: broken off: {error:#}"));
                    bad.push(*name);
                }
            }
        }
        tell(format!("{what}: HOMING_SEED={seed}\n{tally}"));
        anyhow::ensure!(bad.is_empty(), "went wrong: {bad:?}");
        Ok(())
    });
}

/// Goes one way and comes back; the verdicts of the pane that moved and of its neighbour.
fn go(installed: &Installed, agent: Agent, way: &[Step], seed: u64) -> Result<Vec<(Agent, Outcome)>> {
    let mut stage = Stage::new(installed, "", seed)?;
    scenario::told(&mut stage, |stage| {
        stage.open(&[(agent, 2)])?;
        stage.say(1, "sibling")?;
        let mut ending = stage.dice.pick(&Ending::OF_EVERYTHING);
        let words = ["apple", "banana", "cherry", "damson"];
        let mut n_said = 0;
        for step in way {
            match step {
                Say | SayThere => {
                    stage.say(usize::from(*step == SayThere), words[n_said % words.len()])?;
                    n_said += 1;
                }
                Go(to) => stage.make(0, *to)?,
                GoThere(to) => stage.make(1, *to)?,
                Restart => drop(stage.workspace.homing(&["restart-server"])?),
                KillAfterOneSecond => {
                    thread::sleep(Duration::from_secs(1));
                    ending = Ending::Kill;
                }
                PickAndKill(ms) => {
                    stage.pick(0)?;
                    thread::sleep(Duration::from_millis(u64::try_from(stage.dice.roll(*ms))?));
                    ending = Ending::Kill;
                }
            }
        }
        let fates = stage.come_back(ending)?;
        stage.recall(&fates)
    })
}

/// Without hooks only processes and files tell: two Codex and two Claude in one directory begin with the same words, one of
/// each begins anew, and power is lost.
#[test]
fn twins_come_back_without_hooks_after_one_of_each_began_anew() {
    scenario::run("twins, no hooks", |installed| {
        let agents: Vec<(Agent, usize)> = [Agent::Codex, Agent::Claude]
            .into_iter()
            .filter(|agent| installed.agents.contains(agent))
            .map(|agent| (agent, 2))
            .collect();
        let mut stage = Stage::new(installed, "inject_hooks = false\n", given::seed())?;
        let outcomes = scenario::told(&mut stage, |stage| {
            stage.open(&agents)?;
            for at in 0..stage.panes.len() {
                stage.say(at, "good morning")?;
            }
            for at in (0..stage.panes.len()).step_by(2) {
                stage.make(at, Move::New)?;
                stage.say(at, "something else")?;
            }
            let fates = stage.come_back(Ending::Kill)?;
            stage.recall(&fates)
        })?;
        let words: Vec<String> = outcomes.iter().map(|(_, outcome)| format!("{outcome:?}")).collect();
        tell(format!("twins, no hooks: {}", words.join(", ").to_lowercase()));
        let is_bad = outcomes.iter().any(|(_, outcome)| matches!(outcome, Outcome::Wrong | Outcome::Lost));
        anyhow::ensure!(!is_bad, "a twin came back on another conversation");
        Ok(())
    });
}
