//! Panes with agents in them: what was said in each, and what must come back.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::agent::{Act, Agent, Move};
use super::dice::Dice;
use super::given::Installed;
use super::model::rule::{Turn, turn_numbers};
use super::outcome::Outcome;
use super::process::{self, Signal};
use super::workspace::{Workspace, finish, look_for, pid};

/// How long an agent may take to be ready: ten at once on two cores need most of a minute.
const READY: Duration = Duration::from_secs(150);

/// How long a message may take to the model; with ten agents at work.
const HEARD: Duration = Duration::from_secs(15);

/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(60);

/// How long a screen may take to follow a key.
const SCREEN: Duration = Duration::from_secs(20);

/// How many rows from the bottom of a screen an agent's prompt is in.
const PROMPT_ROWS: usize = 8;

/// How long a list may take to close after Enter.
const CLOSES: Duration = Duration::from_secs(3);

/// What Codex (0.169.0) says of a command that comes while it is still ending a turn: some 0.2 s after its hook has said that
/// the turn is over. Its user types it again.
const REFUSED: &str = "is disabled while a task is in progress";

/// How often a refusal is taken.
const REFUSALS_MAX: usize = 5;

/// How long everything may take to end.
pub const END: Duration = Duration::from_secs(30);

/// How everything ends before it comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// `homing stop`.
    Stop,
    /// SIGKILL to keeper, server and all agents: power is lost.
    Kill,
    /// SIGHUP to all of them: the machine is shut down.
    HangUp,
    /// SIGKILL to one agent; the others run on.
    KillOne,
}

impl Ending {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Stop, Self::Kill, Self::HangUp, Self::KillOne];
    /// Those after which homing itself is gone.
    pub const OF_EVERYTHING: [Self; 3] = [Self::Stop, Self::Kill, Self::HangUp];
}

/// A pane with an agent.
#[derive(Debug)]
pub struct Pane {
    pub agent: Agent,
    /// The session's name.
    pub name: String,
    /// What was said first.
    first: Option<String>,
    /// The turns of each conversation that the pane was on.
    conversations: Vec<Vec<u32>>,
    /// The conversation that it shows, in `conversations`.
    at: usize,
}

impl Pane {
    /// The turns of the conversation that it shows.
    pub fn turns(&self) -> &[u32] {
        self.conversations.get(self.at).map_or(&[], Vec::as_slice)
    }

    fn heard(&mut self, turn: u32) {
        if let Some(turns) = self.conversations.get_mut(self.at) {
            turns.push(turn);
        }
    }

    fn moved(&mut self, to: Move) {
        match to {
            Move::New => self.conversations.push(Vec::new()),
            Move::Fork => self.conversations.push(self.turns().to_vec()),
            Move::Older => {
                self.at = 0;
                return;
            }
        }
        self.at = self.conversations.len() - 1;
    }
}

/// A workspace with panes in it.
pub struct Stage {
    pub workspace: Workspace,
    pub panes: Vec<Pane>,
    pub dice: Dice,
    /// What homing could do better, though the conversation is right.
    pub findings: Vec<String>,
    n_recalls: usize,
    /// The conversations by the names of the sessions, as homing knew them before the last end.
    ids_before_end: BTreeMap<String, String>,
}

impl Stage {
    /// An empty one.
    pub fn new(installed: &Installed, settings: &str, seed: u64) -> Result<Self> {
        let workspace = Workspace::new(installed, settings)?;
        Ok(Self {
            workspace,
            panes: Vec::new(),
            dice: Dice::new(seed),
            findings: Vec::new(),
            n_recalls: 0,
            ids_before_end: BTreeMap::new(),
        })
    }

    /// Opens panes with these agents, all at once, in an order of chance, and waits until all take prompts.
    pub fn open(&mut self, agents: &[(Agent, usize)]) -> Result<()> {
        let mut names: Vec<(Agent, String)> = Vec::new();
        for (agent, n) in agents {
            names.extend((1..=*n).map(|at| (*agent, format!("{}-{at}", agent.name()))));
        }
        let mut order: Vec<usize> = (0..names.len()).collect();
        self.dice.shuffle(&mut order);
        let mut opening = Vec::new();
        for at in order {
            let (agent, name) = &names[at];
            opening.push(self.workspace.start(&["new", agent.name(), "--name", name, "--split", "tab"])?);
        }
        for child in opening {
            finish(child).context("homing new")?;
        }
        for (agent, name) in names {
            self.wait_ready(agent, &name)?;
            self.panes.push(Pane { agent, name, first: None, conversations: vec![Vec::new()], at: 0 });
        }
        Ok(())
    }

    /// Waits until homing says that an agent is ready, and until its screen shows that it is.
    fn wait_ready(&mut self, agent: Agent, name: &str) -> Result<()> {
        let status = look_for(READY, || {
            let session = self.workspace.session(name).ok()?;
            let status = session["status"].as_str()?.to_owned();
            matches!(status.as_str(), "ready" | "terminated" | "error").then_some(status)
        });
        if status.as_deref() != Some("ready") {
            let screen = self.workspace.screen(name)?;
            let lines: Vec<&str> = screen.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
            bail!("{name} is {status:?}: {}", lines.join(" | "));
        }
        let shown = regex::Regex::new(agent.prompt_box())?;
        if !shown.is_match(&self.workspace.screen(name)?) {
            self.findings.push(format!("{name}: `ready` before its screen takes prompts"));
            self.workspace.wait(name, &format!("text={}", agent.prompt_box()), READY)?;
        }
        Ok(())
    }

    /// Types a message into a pane and submits it; what `answered` needs to find the answer. A message that homing would not
    /// submit is a finding: `answered` does it.
    pub fn submit(&mut self, at: usize, text: &str) -> Result<Asked> {
        let since = self.workspace.model.last_turn();
        let pane = &mut self.panes[at];
        pane.first.get_or_insert_with(|| text.to_owned());
        if let Err(error) = self.workspace.homing(&["send", &pane.name, text]) {
            self.findings.push(format!("{error:#}"));
        }
        Ok(Asked { at, text: text.to_owned(), since })
    }

    /// Waits until a message is answered on the pane's screen; the turn, as the model saw it.
    pub fn answered(&mut self, asked: &Asked) -> Result<Turn> {
        let name = self.panes[asked.at].name.clone();
        if look_for(HEARD, || self.was_heard(asked).then_some(())).is_none() {
            self.findings.push(format!("{name}: `send` did not submit {:?}", asked.text));
            self.submit_by_hand(&name, &asked.text)?;
        }
        let turn = self.look_for_answer(&name, asked).with_context(|| match self.was_heard(asked) {
            true => format!("{name}: the answer to {:?} is not on its screen", asked.text),
            false => format!("{name}: {:?} never reached the model", asked.text),
        })?;
        self.panes[asked.at].heard(turn.number);
        if self.workspace.wait(&name, "ready", SCREEN).is_err() {
            let status = self.workspace.session(&name)?["status"].clone();
            self.findings.push(format!("{name}: {status} though it has answered"));
        }
        Ok(turn)
    }

    /// Does what a person would: presses Enter where the prompt has the text, and types it again where the agent dropped it.
    fn submit_by_hand(&self, name: &str, text: &str) -> Result<()> {
        let screen = self.workspace.screen(name)?;
        let is_typed = screen.lines().rev().take(PROMPT_ROWS).any(|line| line.contains(text));
        let again: &[&str] = if is_typed { &["keys", name, "enter"] } else { &["send", name, text] };
        self.workspace.homing(again)?;
        Ok(())
    }

    fn look_for_answer(&self, name: &str, asked: &Asked) -> Option<Turn> {
        look_for(ANSWER, || {
            let screen = self.workspace.screen(name).ok()?;
            let newest = turn_numbers(&screen).into_iter().filter(|number| *number > asked.since).max()?;
            let turn = self.workspace.model.turns().into_iter().find(|turn| turn.number == newest)?;
            (turn.prompt == asked.text).then_some(turn)
        })
    }

    fn was_heard(&self, asked: &Asked) -> bool {
        let turns = self.workspace.model.turns();
        turns.iter().any(|turn| turn.number > asked.since && turn.prompt == asked.text)
    }

    /// Says something in a pane and waits for the answer.
    pub fn say(&mut self, at: usize, text: &str) -> Result<Turn> {
        let asked = self.submit(at, text)?;
        self.answered(&asked)
    }

    /// Makes a move inside the agent, as its user would.
    pub fn make(&mut self, at: usize, to: Move) -> Result<()> {
        let pane = &self.panes[at];
        let acts = pane.agent.acts(to).with_context(|| format!("{} cannot {to:?}", pane.agent.name()))?;
        for act in acts {
            self.act(at, *act).with_context(|| format!("{to:?} in {}, {act:?}", self.panes[at].name))?;
        }
        self.panes[at].moved(to);
        Ok(())
    }

    /// Picks an older conversation of the pane's agent from its list; what comes of it is not waited for.
    pub fn pick(&mut self, at: usize) -> Result<()> {
        for act in self.panes[at].agent.acts(Move::Older).context("it has no list")? {
            if matches!(act, Act::Choose(_)) {
                self.act(at, Act::Press("enter"))?;
                break;
            }
            self.act(at, *act)?;
        }
        self.panes[at].moved(Move::Older);
        Ok(())
    }

    fn act(&self, at: usize, act: Act) -> Result<()> {
        let pane = &self.panes[at];
        let name = &pane.name;
        let workspace = &self.workspace;
        let numbers = || workspace.screen(name).map(|screen| turn_numbers(&screen));
        match act {
            Act::Command(command) => {
                let n_refused = || workspace.screen(name).map(|screen| screen.matches(REFUSED).count());
                for _ in 0..REFUSALS_MAX {
                    let before = n_refused()?;
                    choose_command(workspace, name, command)?;
                    if n_refused()? <= before {
                        return Ok(());
                    }
                }
                bail!("it is refused")
            }
            Act::TypeFirstMessage => type_keys(workspace, name, pane.first.as_deref().unwrap_or_default()),
            Act::Choose(list) => {
                let list = regex::Regex::new(list)?;
                let is_gone = || {
                    workspace.homing(&["keys", name, "enter"]).ok()?;
                    let gone = || (!list.is_match(&workspace.screen(name).ok()?)).then_some(());
                    look_for(CLOSES, gone)
                };
                ensure!(look_for(SCREEN, is_gone).is_some(), "the list is still shown");
                Ok(())
            }
            Act::Press(key) => workspace.homing(&["keys", name, key]).map(drop),
            Act::See(pattern) => workspace.wait(name, &format!("text={pattern}"), SCREEN),
            Act::SeeCleared => {
                let cleared = look_for(SCREEN, || numbers().ok()?.is_empty().then_some(()));
                ensure!(cleared.is_some(), "the old conversation is still shown");
                workspace.wait(name, &format!("text={}", pane.agent.prompt_box()), SCREEN)
            }
            Act::SeeFirstAnswer => {
                let wanted = pane.conversations.first().and_then(|turns| turns.first()).copied().unwrap_or_default();
                let shown = look_for(SCREEN, || numbers().ok()?.contains(&wanted).then_some(()));
                ensure!(shown.is_some(), "the first answer is not shown");
                Ok(())
            }
        }
    }

    /// Ends everything (or one agent) and starts it again; what became of each pane, by name.
    pub fn come_back(&mut self, ending: Ending) -> Result<BTreeMap<String, String>> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let id = |row: &Value| Some((text(&row["name"])?, text(&row["provider_session_id"])?));
        self.ids_before_end = self.sessions()?.iter().filter_map(id).collect();
        if ending == Ending::KillOne {
            return self.kill_one();
        }
        self.end(ending)?;
        self.relaunch()
    }

    /// Ends everything.
    pub fn end(&self, ending: Ending) -> Result<()> {
        let own = self.workspace.own_processes()?;
        let agents = self.agent_processes()?;
        let all = [own.clone(), agents].concat();
        match ending {
            Ending::Stop => drop(self.workspace.homing(&["stop"])?),
            Ending::Kill => {
                // At one instant, as the power goes: whoever lives on in between brings the others back.
                self.workspace.signal(&all, Signal::STOP);
                self.workspace.signal(&all, Signal::KILL);
            }
            Ending::HangUp | Ending::KillOne => self.workspace.signal(&all, Signal::HUP),
        }
        self.workspace.wait_gone(&all, END)
    }

    /// Starts again after everything has ended; what became of each pane, by name.
    pub fn relaunch(&self) -> Result<BTreeMap<String, String>> {
        let report = self.workspace.json(&["start"])?;
        ensure!(report["is_complete"] == true, "the restore is not complete: {report}");
        let names: BTreeMap<String, String> = self
            .sessions()?
            .iter()
            .filter_map(|row| Some((row["id"].as_str()?.to_owned(), row["name"].as_str()?.to_owned())))
            .collect();
        let rows = report["panes"].as_array().context("panes")?;
        let row = |row: &Value| {
            let name = names.get(row["session"].as_str()?)?;
            Some((name.clone(), format!("{}: {}", row["outcome"].as_str()?, row["why"].as_str()?)))
        };
        Ok(rows.iter().filter_map(row).collect())
    }

    fn kill_one(&mut self) -> Result<BTreeMap<String, String>> {
        let at = self.dice.roll(self.panes.len());
        let name = &self.panes[at].name;
        let root = pid(&self.workspace.session(name)?["pid"]).context("a live agent")?;
        let tree = [vec![root], process::descendants(root)].concat();
        self.workspace.signal(&tree, Signal::KILL);
        self.workspace.wait(name, "exited", END)?;
        let reopened = match self.workspace.homing(&["reopen", name]) {
            Ok(_) => "resumed: reopened".to_owned(),
            Err(error) if format!("{error:#}").contains("which conversation?") => format!("asked: {error:#}"),
            Err(error) => return Err(error),
        };
        let fate = |pane: &Pane| if pane.name == *name { reopened.clone() } else { "alive: it ran on".to_owned() };
        Ok(self.panes.iter().map(|pane| (pane.name.clone(), fate(pane))).collect())
    }

    /// All rows of `homing ls`.
    pub fn sessions(&self) -> Result<Vec<Value>> {
        Ok(self.workspace.json(&["ls"])?.as_array().context("a list")?.clone())
    }

    /// The processes of all agents, with what they started.
    pub fn agent_processes(&self) -> Result<Vec<u32>> {
        let roots: Vec<u32> = self.sessions()?.iter().filter_map(|row| pid(&row["pid"])).collect();
        Ok(roots.iter().flat_map(|root| [vec![*root], process::descendants(*root)].concat()).collect())
    }

    /// Whether a pane is on its conversation, and its agent had kept all but the last answer: by the id that homing knew before
    /// the end, and by what was asked and is not answered.
    fn is_cut_short(&self, at: usize, expected: &[u32], turn: &Turn) -> Result<bool> {
        let Some((last, kept)) = expected.split_last() else { return Ok(false) };
        let name = &self.panes[at].name;
        let id = self.workspace.session(name)?["provider_session_id"].as_str().map(str::to_owned);
        let asked = self.workspace.model.turns().into_iter().find(|turn| turn.number == *last).map(|turn| turn.prompt);
        let is_same = id.is_some() && self.ids_before_end.get(name) == id.as_ref();
        Ok(is_same && turn.history == kept && asked.is_some() && turn.unanswered == asked)
    }

    /// Asks each pane what it remembers, all at once; the verdicts, pane by pane. `fates` is what homing said of them.
    pub fn recall(&mut self, fates: &BTreeMap<String, String>) -> Result<Vec<(Agent, Outcome)>> {
        let mut outcomes = Vec::new();
        let mut asked = Vec::new();
        for at in 0..self.panes.len() {
            let (agent, name) = (self.panes[at].agent, self.panes[at].name.clone());
            let fate = fates.get(&name).with_context(|| format!("{name} is not in the report: {fates:?}"))?.clone();
            if let Some(outcome) = Outcome::without_recall(&fate) {
                self.findings.push(format!("{name}: {fate}"));
                outcomes.push((agent, outcome));
                continue;
            }
            if let Err(error) = self.wait_ready(agent, &name) {
                self.findings.push(format!("{name}: {fate}, but not ready: {error:#}"));
                let is_asked = self.workspace.session(&name)?["standing"] == "asked";
                outcomes.push((agent, if is_asked { Outcome::Asked } else { Outcome::Lost }));
                continue;
            }
            self.n_recalls += 1;
            let text = format!("recall {}", self.n_recalls);
            asked.push((fate, self.submit(at, &text)?));
        }
        for (fate, asked) in asked {
            let (agent, name) = (self.panes[asked.at].agent, self.panes[asked.at].name.clone());
            let expected = self.panes[asked.at].turns().to_vec();
            let turn = self.answered(&asked).with_context(|| fate.clone())?;
            let mut outcome = Outcome::of(&expected, &turn.history);
            if outcome != Outcome::Right && self.is_cut_short(asked.at, &expected, &turn)? {
                self.findings.push(format!("{name}: its agent was killed before it had kept its last answer"));
                outcome = Outcome::Right;
            }
            if outcome != Outcome::Right {
                self.findings.push(format!("{name}: {fate}, expected turns {expected:?}, has {:?}", turn.history));
            }
            outcomes.push((agent, outcome));
        }
        Ok(outcomes)
    }
}

/// A message that was submitted.
#[derive(Debug)]
pub struct Asked {
    at: usize,
    text: String,
    /// The last turn before it.
    since: u32,
}

/// Types a command, waits until the agent's menu offers it, and presses Enter.
fn choose_command(workspace: &Workspace, name: &str, command: &str) -> Result<()> {
    let plain = command.trim_start_matches('/');
    // A row of the menu: the command, perhaps its other names, then what it does.
    let row = format!("(?m)^\\W*{plain}( [(\\[][^\n]*)? {{2,}}\\S");
    let letters: Vec<String> = command.chars().map(String::from).collect();
    // At once: a menu that is slow to follow would take Enter for the command that it offered before.
    let keys: Vec<&str> = ["keys", name].into_iter().chain(letters.iter().map(String::as_str)).collect();
    workspace.homing(&keys)?;
    workspace.wait(name, &format!("text={row}"), SCREEN)?;
    workspace.homing(&["keys", name, "enter"])?;
    let row = regex::Regex::new(&row)?;
    let gone = look_for(SCREEN, || (!row.is_match(&workspace.screen(name).ok()?)).then_some(()));
    ensure!(gone.is_some(), "the menu is still shown");
    Ok(())
}

/// Types letter by letter, as a person does: searches take what comes at once for a paste, and leave it out.
fn type_keys(workspace: &Workspace, name: &str, text: &str) -> Result<()> {
    for letter in text.chars() {
        let key = if letter == ' ' { "space".to_owned() } else { letter.to_string() };
        workspace.homing(&["keys", name, &key])?;
    }
    Ok(())
}
