//! What the caller gives: where the agents are, how many rounds, which seed, how many panes.

use std::env;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use super::agent::Agent;

/// The agents that are installed.
#[derive(Debug, Clone)]
pub struct Installed {
    /// The directory of their commands.
    pub bin: PathBuf,
    pub agents: Vec<Agent>,
}

impl Installed {
    /// Those below `HOMING_AGENTS` (a directory into which npm installed them, or the directory of their commands itself);
    /// `None` if it is not set.
    pub fn find() -> Option<Self> {
        let given = PathBuf::from(env::var_os("HOMING_AGENTS").filter(|given| !given.is_empty())?);
        let below = given.join("node_modules/.bin");
        let bin = if below.is_dir() { below } else { given };
        let bin = bin.canonicalize().unwrap_or(bin);
        let agents = Agent::ALL.into_iter().filter(|agent| bin.join(agent.name()).exists()).collect();
        Some(Self { bin, agents })
    }

    /// `PATH` of a workspace: the agents, `node` for those that need it, and the system's programs.
    pub fn path(&self) -> String {
        format!("{}:{}", show(&self.bin), self.path_without_agents())
    }

    /// The same without the agents.
    pub fn path_without_agents(&self) -> String {
        let node = env::var_os("PATH")
            .and_then(|path| env::split_paths(&path).find(|directory| directory.join("node").is_file()));
        let system = ["/usr/local/bin", "/usr/bin", "/bin"].map(PathBuf::from);
        let all: Vec<PathBuf> = node.into_iter().chain(system).collect();
        let all: Vec<String> = all.iter().map(|directory: &PathBuf| show(directory)).collect();
        all.join(":")
    }
}

fn show(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Number of rounds: `HOMING_ROUNDS`, or one.
pub fn n_rounds() -> u64 {
    number("HOMING_ROUNDS").unwrap_or(1)
}

/// The seed of the first round: `HOMING_SEED`, or another one each time.
pub fn seed() -> u64 {
    number("HOMING_SEED").unwrap_or_else(|| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        now.as_secs() % 1_000_000
    })
}

/// How long a change of the status may take after its cause, ms: `HOMING_LIMIT_MS`, or what issue 4 asks for on an idle machine.
pub fn limit_ms() -> i64 {
    number("HOMING_LIMIT_MS").and_then(|ms| i64::try_from(ms).ok()).unwrap_or(300)
}

/// Turns of `siblings`: `HOMING_TURNS`, or a few.
pub fn n_turns() -> u64 {
    number("HOMING_TURNS").unwrap_or(12)
}

/// Whether a part of a scenario is to run: those whose name contains `HOMING_ONLY`, or all.
pub fn is_chosen(name: &str) -> bool {
    env::var("HOMING_ONLY").map_or(true, |only| name.contains(&only))
}

fn number(name: &str) -> Option<u64> {
    let text = env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name}={text} is no number")))
}

/// What the issue asks for, opened within two seconds.
const PANES: &str = "codex=3,claude=3,opencode=2,gemini=2";

/// How many panes of which agent are open together: `HOMING_PANES`, or ten of four kinds; agents that are not installed
/// are left out.
pub fn panes(installed: &Installed) -> Vec<(Agent, usize)> {
    let text = env::var("HOMING_PANES").unwrap_or_else(|_| PANES.to_owned());
    let row = |part: &str| {
        let (name, n) = part.split_once('=')?;
        Some((Agent::named(name.trim())?, n.trim().parse().ok()?))
    };
    let rows: Option<Vec<(Agent, usize)>> = text.split(',').map(row).collect();
    let rows = rows.unwrap_or_else(|| panic!("HOMING_PANES={text} is not like {PANES}"));
    rows.into_iter().filter(|(agent, _)| installed.agents.contains(agent)).collect()
}
