//! What all scenarios share: they need agents, they run one after the other, and a failure is told with all that is known.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use anyhow::Result;

use super::given::Installed;
use super::outcome::tell;
use super::stage::Stage;

/// Agents are large, and machines that run tests are small.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Runs a scenario on the agents that are given; without any it passes and says so.
pub fn run(name: &str, scenario: impl FnOnce(&Installed) -> Result<()>) {
    let Some(installed) = Installed::find() else {
        tell(format!("{name}: skipped, no agents are given (HOMING_AGENTS, see docs/testing.md)"));
        return;
    };
    assert!(!installed.agents.is_empty(), "no agent is installed in {}", installed.bin.display());
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let begun = Instant::now();
    let result = scenario(&installed);
    tell(format!("{name}: {} after {} s", if result.is_ok() { "ok" } else { "FAILED" }, begun.elapsed().as_secs()));
    if let Err(error) = result {
        panic!("{name}: {error:#}");
    }
}

/// Does something on a stage, tells what was found meanwhile, and on failure all that is known.
pub fn told<T>(stage: &mut Stage, act: impl FnOnce(&mut Stage) -> Result<T>) -> Result<T> {
    let result = act(stage);
    for finding in stage.findings.drain(..) {
        tell(format!("  {finding}"));
    }
    if result.is_err() {
        tell(stage.workspace.diagnosis());
    }
    result
}
