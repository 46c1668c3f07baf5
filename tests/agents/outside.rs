//! B: agents that homing did not start, or does not own alone: Codex's background server, an agent in a shell.

use std::io::{Read, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use homing::geometry::Size;
use homing::term::{Terminal, TerminalOptions};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use super::agent::Agent;
use super::given;
use super::outcome::{Outcome, Tally, tell};
use super::process::{self, Signal};
use super::scenario;
use super::stage::{Ending, Stage};
use super::workspace::{Workspace, look_for};

/// How long Codex may take to copy its background server (400 MB) into its home and start it.
const DAEMON: Duration = Duration::from_secs(90);

/// How long a screen may take.
const SCREEN: Duration = Duration::from_secs(60);

/// A server that all Codex processes of a home share would mix up panes: homing's panes must keep out of it.
#[test]
fn codex_is_right_beside_its_background_server() {
    scenario::run("codex beside its background server", |installed| {
        if !installed.agents.contains(&Agent::Codex) {
            tell("codex beside its background server: skipped, it is not installed");
            return Ok(());
        }
        let mut stage = Stage::new(installed, "", given::seed())?;
        let outcomes = scenario::told(&mut stage, |stage| {
            let _outside = Outside::start(&stage.workspace, Agent::Codex.name(), &[])?;
            let lock = stage.workspace.home().join(".codex/app-server-daemon/daemon.pid");
            look_for(DAEMON, || lock.exists().then_some(())).context("codex has started no background server")?;
            stage.open(&[(Agent::Codex, 2)])?;
            stage.say(0, "good morning")?;
            stage.say(1, "good morning")?;
            let fates = stage.come_back(Ending::Stop)?;
            stage.recall(&fates)
        })?;
        let mut tally = Tally::default();
        tally.add(&outcomes);
        tell(format!("codex beside its background server\n{tally}"));
        ensure!(tally.n(&[Outcome::Wrong, Outcome::Lost]) == 0, "not on its conversation");
        Ok(())
    });
}

/// A program in a terminal that is not homing's.
pub struct Outside {
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    screen: Arc<Mutex<Terminal>>,
    _master: Box<dyn MasterPty + Send>,
}

impl Outside {
    /// Starts a program.
    pub fn start(workspace: &Workspace, program: &str, args: &[String]) -> Result<Self> {
        let pair = native_pty_system().openpty(PtySize { rows: 24, cols: 80, pixel_width: 0, pixel_height: 0 })?;
        let mut command = CommandBuilder::new(program);
        command.args(args);
        command.env_clear();
        for (name, value) in workspace.env() {
            command.env(name, value);
        }
        command.cwd(workspace.project());
        let child = pair.slave.spawn_command(command)?;
        let mut reader = pair.master.try_clone_reader()?;
        let screen = Arc::new(Mutex::new(Terminal::new(Size::new(80, 24), TerminalOptions::default())));
        let shown = screen.clone();
        // Agents wait for nobody's answers, but for room in their terminal.
        thread::spawn(move || {
            let mut bytes = vec![0; 16 << 10];
            while let Ok(n @ 1..) = reader.read(&mut bytes) {
                shown.lock().unwrap_or_else(PoisonError::into_inner).feed(&bytes[..n]);
            }
        });
        let keys = pair.master.take_writer()?;
        Ok(Self { child, keys, screen, _master: pair.master })
    }

    /// Types bytes as they are.
    pub fn press(&mut self, keys: &[u8]) -> Result<()> {
        self.keys.write_all(keys)?;
        Ok(self.keys.flush()?)
    }

    /// What it shows.
    pub fn screen(&self) -> String {
        self.screen.lock().unwrap_or_else(PoisonError::into_inner).screen_text()
    }

    /// Ends it, with what it started.
    pub fn end(&mut self) {
        let Some(root) = self.child.process_id() else { return };
        for pid in [process::descendants(root), vec![root]].concat() {
            process::kill(pid, Signal::KILL);
        }
        let _ = self.child.wait();
    }
}

impl Drop for Outside {
    fn drop(&mut self) {
        self.end();
    }
}

/// An agent in a shell pane is the shell's: it can be suspended, and comes back by the user's hand only.
#[test]
fn an_agent_in_a_shell_is_suspended_and_goes_on() {
    scenario::run("an agent in a shell", |installed| {
        if !installed.agents.contains(&Agent::Claude) {
            tell("an agent in a shell: skipped, claude is not installed");
            return Ok(());
        }
        let mut stage = Stage::new(installed, "", given::seed())?;
        scenario::told(&mut stage, suspend_and_go_on)
    });
}

fn suspend_and_go_on(stage: &mut Stage) -> Result<()> {
    const SHELL: &str = "by-hand";
    stage.open(&[(Agent::Claude, 1)])?;
    stage.say(0, "good morning")?;
    let first = {
        let workspace = &stage.workspace;
        let see = |pattern: &str| workspace.wait(SHELL, &format!("text={pattern}"), SCREEN);
        workspace.homing(&["new", "shell", "--name", SHELL, "--split", "tab"])?;
        see("\\$")?;
        workspace.homing(&["send", SHELL, "claude"])?;
        see("shortcuts")?;
        let first = say_by_hand(workspace, SHELL, "good evening")?;
        workspace.homing(&["keys", SHELL, "ctrl+z"])?;
        see("suspended|Stopped")?;
        workspace.homing(&["send", SHELL, "fg"])?;
        see("shortcuts")?;
        first
    };
    let second = say_by_hand(&stage.workspace, SHELL, "still there")?;
    let history = |number: u32| stage.workspace.model.turns().into_iter().find(|turn| turn.number == number);
    let turn = history(second).context("a turn that the model knows")?;
    ensure!(turn.history == [first], "after fg it is on another conversation: {turn:?}");
    let fates = stage.come_back(Ending::Stop)?;
    let is_back = fates.get(SHELL).is_some_and(|fate| fate.starts_with("resumed: claude in its shell"));
    ensure!(is_back, "the shell came back otherwise: {fates:?}");
    stage.workspace.wait(SHELL, "text=shortcuts", SCREEN)?;
    let third = say_by_hand(&stage.workspace, SHELL, "back again")?;
    let turns = stage.workspace.model.turns();
    let turn = turns.into_iter().find(|turn| turn.number == third).context("a turn that the model knows")?;
    ensure!(turn.history == [first, second], "it came back on another conversation: {turn:?}");
    let outcomes = stage.recall(&fates)?;
    ensure!(outcomes.iter().all(|(_, outcome)| *outcome == Outcome::Right), "its neighbour is not right");
    Ok(())
}

/// Says something to an agent that homing takes for a part of the shell; the turn of the answer.
fn say_by_hand(workspace: &Workspace, name: &str, text: &str) -> Result<u32> {
    let since = workspace.model.last_turn();
    workspace.homing(&["send", name, text, "--no-enter"])?;
    workspace.wait(name, &format!("text={text}"), SCREEN)?;
    workspace.homing(&["keys", name, "enter"])?;
    let answer = look_for(SCREEN, || {
        let turn = workspace.model.turns().into_iter().find(|turn| turn.number > since && turn.prompt == text)?;
        workspace.screen(name).ok()?.contains(&format!("(turn-{})", turn.number)).then_some(turn.number)
    });
    answer.with_context(|| format!("{name}: no answer to {text:?}"))
}
