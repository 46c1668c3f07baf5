//! D: what is wrong when homing starts again: nothing was ever said, the conversation was deleted, its directory moved, the
//! program is gone, the conversation is open elsewhere, the agent's directory is another one. The pane says what it is and
//! claims nothing else; once it is mended, the pane is on its conversation again.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::agent::Agent;
use super::given::{self, Installed};
use super::outcome::{Outcome, tell};
use super::outside::Outside;
use super::scenario;
use super::stage::{Ending, Stage};
use super::workspace::look_for;

/// How long an agent may take to open a conversation.
const OPENS: Duration = Duration::from_secs(60);

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    NeverSpokenTo,
    Deleted,
    DirectoryMoved,
    ProgramGone,
    OpenElsewhere,
    OtherHome,
}

const FAULTS: [Fault; 6] = [
    Fault::NeverSpokenTo,
    Fault::Deleted,
    Fault::DirectoryMoved,
    Fault::ProgramGone,
    Fault::OpenElsewhere,
    Fault::OtherHome,
];

impl Fault {
    /// How the pane's fate begins, and what it says.
    fn fate(self, agent: Agent) -> (&'static str, &'static str) {
        match self {
            // homing has a copy of its chats, and puts it back.
            Self::Deleted if agent == Agent::Gemini => ("resumed", "exact"),
            Self::NeverSpokenTo => ("fresh", "never prompted"),
            Self::Deleted | Self::OtherHome => ("failed", "has no conversation"),
            Self::DirectoryMoved => ("failed", "is gone"),
            Self::ProgramGone => ("failed", "was not found on PATH"),
            Self::OpenElsewhere => ("held", "process"),
        }
    }
}

#[test]
fn codex_says_what_is_wrong_and_goes_on() {
    all_faults(Agent::Codex);
}

#[test]
fn claude_says_what_is_wrong_and_goes_on() {
    all_faults(Agent::Claude);
}

#[test]
fn opencode_says_what_is_wrong_and_goes_on() {
    all_faults(Agent::OpenCode);
}

#[test]
fn gemini_says_what_is_wrong_and_goes_on() {
    all_faults(Agent::Gemini);
}

fn all_faults(agent: Agent) {
    let what = format!("faults of {}", agent.name());
    scenario::run(&what, |installed| {
        if !installed.agents.contains(&agent) {
            tell(format!("{what}: skipped, it is not installed"));
            return Ok(());
        }
        let mut bad = Vec::new();
        for fault in FAULTS.into_iter().filter(|fault| given::is_chosen(&format!("{fault:?}"))) {
            let mut stage = Stage::new(installed, "", given::seed())?;
            match scenario::told(&mut stage, |stage| go(stage, installed, agent, fault)) {
                Ok(fate) => tell(format!("{what}: {fault:?}: {fate}")),
                Err(error) => {
                    tell(format!("{what}: {fault:?}: {error:#}"));
                    bad.push(fault);
                }
            }
        }
        ensure!(bad.is_empty(), "went wrong: {bad:?}");
        Ok(())
    });
}

/// Lets a pane end, makes something wrong, starts again, mends it; what homing said of the pane.
fn go(stage: &mut Stage, installed: &Installed, agent: Agent, fault: Fault) -> Result<String> {
    stage.open(&[(agent, 1)])?;
    let name = stage.panes[0].name.clone();
    if fault == Fault::NeverSpokenTo {
        return never_spoken_to(stage, &name);
    }
    stage.say(0, "good morning")?;
    let id = conversation(stage, &name)?;
    stage.end(Ending::Stop)?;
    let mut damage = Damage::make(stage, installed, agent, fault, &id)?;
    let fate = stage.relaunch()?.remove(&name).context("it is in the report")?;
    let (outcome, words) = fault.fate(agent);
    ensure!(fate.starts_with(outcome) && fate.contains(words), "it says: {fate}");
    ensure!(conversation(stage, &name)? == id, "its claim is another one");
    if outcome != "resumed" {
        damage.mend(stage)?;
        if damage.is_of_environment() {
            // Only another start of the server has another environment.
            stage.end(Ending::Stop)?;
            stage.relaunch()?;
        } else {
            stage.workspace.homing(&["reopen", &name])?;
            stage.workspace.wait(&name, "ready", OPENS)?;
        }
    }
    let fates = BTreeMap::from([(name, "resumed: mended".to_owned())]);
    let outcomes = stage.recall(&fates)?;
    ensure!(outcomes.iter().all(|(_, outcome)| *outcome == Outcome::Right), "{fate}; then {outcomes:?}");
    Ok(fate)
}

/// Ends in each way; the pane takes a first message all the same, and that is its conversation.
fn never_spoken_to(stage: &mut Stage, name: &str) -> Result<String> {
    let mut fates = BTreeMap::new();
    for ending in Ending::OF_EVERYTHING {
        fates = stage.come_back(ending)?;
        let fate = fates.get(name).context("it is in the report")?;
        let (outcome, words) = Fault::NeverSpokenTo.fate(stage.panes[0].agent);
        ensure!(fate.starts_with(outcome) && fate.contains(words), "after {ending:?}: {fate}");
    }
    let outcomes = stage.recall(&fates)?;
    ensure!(outcomes.iter().all(|(_, outcome)| *outcome == Outcome::Right), "it remembers: {outcomes:?}");
    Ok(fates.remove(name).unwrap_or_default())
}

fn conversation(stage: &Stage, name: &str) -> Result<String> {
    let id = stage.workspace.session(name)?["provider_session_id"].as_str().map(str::to_owned);
    id.context("it is on a conversation")
}

/// What was made wrong, to be mended.
enum Damage {
    /// These are elsewhere now: where they were, and where they are.
    Moved(Vec<(PathBuf, PathBuf)>),
    /// A variable of the workspace's environment had this value, or none.
    Variable(&'static str, Option<String>),
    /// The agent runs in another terminal.
    Elsewhere(Outside),
}

impl Damage {
    fn make(stage: &mut Stage, installed: &Installed, agent: Agent, fault: Fault, id: &str) -> Result<Self> {
        let workspace = &mut stage.workspace;
        Ok(match fault {
            Fault::NeverSpokenTo => Self::Moved(Vec::new()),
            Fault::Deleted => {
                let stores = agent.stores(&workspace.home());
                ensure!(!stores.is_empty(), "it keeps no files");
                Self::move_away(stores, &workspace.store())?
            }
            Fault::DirectoryMoved => Self::move_away(vec![workspace.project()], &workspace.store())?,
            Fault::ProgramGone => {
                Self::Variable("PATH", workspace.set_env("PATH", Some(installed.path_without_agents())))
            }
            Fault::OtherHome => {
                let elsewhere = workspace.store().join("elsewhere");
                fs::create_dir_all(&elsewhere)?;
                let (variable, value) = (agent.home_variable(), elsewhere.to_string_lossy().into_owned());
                Self::Variable(variable, workspace.set_env(variable, Some(value)))
            }
            Fault::OpenElsewhere => {
                let args = agent.resumes(id);
                let outside = Outside::start(workspace, agent.name(), &args)?;
                look_for(OPENS, || outside.screen().contains("(turn-").then_some(()))
                    .with_context(|| format!("it does not open elsewhere: {}", outside.screen()))?;
                Self::Elsewhere(outside)
            }
        })
    }

    fn move_away(paths: Vec<PathBuf>, store: &Path) -> Result<Self> {
        let aside = store.join("aside");
        fs::create_dir_all(&aside)?;
        let moved: Vec<(PathBuf, PathBuf)> =
            paths.into_iter().enumerate().map(|(at, path)| (path, aside.join(at.to_string()))).collect();
        for (path, to) in &moved {
            fs::rename(path, to).with_context(|| path.display().to_string())?;
        }
        Ok(Self::Moved(moved))
    }

    fn is_of_environment(&self) -> bool {
        matches!(self, Self::Variable(..))
    }

    fn mend(&mut self, stage: &mut Stage) -> Result<()> {
        match self {
            Self::Moved(moved) => {
                // What homing or the agent has made in their place meanwhile, a database with what lies beside it.
                let is_moved = |path: &PathBuf| {
                    let path = path.to_string_lossy();
                    moved.iter().any(|(was, _)| path.starts_with(&*was.to_string_lossy()))
                };
                for path in stage.panes[0].agent.stores(&stage.workspace.home()).iter().filter(|path| is_moved(path)) {
                    if path.is_dir() { fs::remove_dir_all(path)? } else { fs::remove_file(path)? }
                }
                for (path, from) in moved.drain(..) {
                    fs::rename(&from, &path).with_context(|| path.display().to_string())?;
                }
            }
            Self::Variable(name, value) => drop(stage.workspace.set_env(name, value.take())),
            Self::Elsewhere(outside) => outside.end(),
        }
        Ok(())
    }
}
