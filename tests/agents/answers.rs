//! G: a permission is answered from the list of notices, by a user who looks at another pane and goes on looking at it.

use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::agent::Agent;
use super::given;
use super::outcome::tell;
use super::outside::Outside;
use super::scenario;
use super::stage::Stage;
use super::workspace::{Workspace, look_for};

/// How long a change may take.
const CHANGE: Duration = Duration::from_secs(60);

/// The prefix, the list of notices, and its key for yes; and for no.
const ALLOW: &[u8] = b"\x02a\x19";
const DENY: &[u8] = b"\x02a\x18";

#[test]
fn a_permission_is_answered_from_the_list_claude() {
    answered(Agent::Claude);
}

#[test]
fn a_permission_is_answered_from_the_list_codex() {
    answered(Agent::Codex);
}

#[test]
fn a_permission_is_answered_from_the_list_opencode() {
    answered(Agent::OpenCode);
}

#[test]
fn a_permission_is_answered_from_the_list_gemini() {
    answered(Agent::Gemini);
}

fn answered(agent: Agent) {
    let what = format!("answers to {}", agent.name());
    scenario::run(&what, |installed| {
        if !installed.agents.contains(&agent) {
            tell(format!("{what}: skipped, it is not installed"));
            return Ok(());
        }
        let mut stage = Stage::new(installed, "", given::seed())?;
        scenario::told(&mut stage, |stage| from_the_list(stage, agent))
    });
}

fn from_the_list(stage: &mut Stage, agent: Agent) -> Result<()> {
    stage.open(&[(agent, 1)])?;
    let (workspace, name) = (&stage.workspace, stage.panes[0].name.clone());
    workspace.homing(&["new", "shell", "--name", "elsewhere", "--split", "tab"])?;
    let mut screen = Attached::open(workspace)?;
    workspace.homing(&["focus", "elsewhere"])?;
    for (keys, is_made) in [(ALLOW, true), (DENY, false)] {
        let made = workspace.project().join(if is_made { "allowed" } else { "denied" });
        let file = made.file_name().and_then(|name| name.to_str()).context("a name")?;
        workspace.homing(&["send", &name, &format!("tool! touch {file}")])?;
        workspace.wait(&name, "blocked", CHANGE)?;
        // Agents draw a question before they take keys.
        thread::sleep(Duration::from_millis(800));
        screen.press(keys)?;
        let went_on = look_for(CHANGE, || {
            let status = workspace.session(&name).ok()?["status"].as_str()?.to_owned();
            (status != "blocked" && status != "busy").then_some(status)
        });
        ensure!(went_on.is_some(), "it still waits after the answer");
        ensure!(made.exists() == is_made, "{file} is there: {}", made.exists());
        let typed = workspace.screen("elsewhere")?;
        ensure!(typed.trim() == "$", "the pane in view got something: {typed:?}");
    }
    Ok(())
}

/// homing in a terminal of its own.
struct Attached(Outside);

impl Attached {
    fn open(workspace: &Workspace) -> Result<Self> {
        let client = Outside::start(workspace, env!("CARGO_BIN_EXE_homing"), &[])?;
        let attached = || {
            let status = workspace.json(&["status"]).ok()?;
            (!status["clients"].as_array()?.is_empty()).then_some(())
        };
        look_for(CHANGE, attached).context("no client is attached")?;
        Ok(Self(client))
    }

    /// Presses keys one by one, as a person does.
    fn press(&mut self, keys: &[u8]) -> Result<()> {
        for key in keys {
            self.0.press(&[*key])?;
            thread::sleep(Duration::from_millis(150));
        }
        Ok(())
    }
}
