//! The core as it starts: from the store, and from the processes that outlived the last server.

use std::collections::BTreeMap;

use crate::config::theme::Themes;
use crate::config::{Config, ResumePolicy};
use crate::core::archive::Archive;
use crate::core::captures::Captures;
use crate::core::change::{Change, Durability};
use crate::core::claims::EvidenceLog;
use crate::core::effect::Effects;
use crate::core::entropy::Entropy;
use crate::core::event::Env;
use crate::core::feed::Feed;
use crate::core::launch::Launch;
use crate::core::notice::Notices;
use crate::core::pane::{Pane, Phase};
use crate::core::persist::{Pending, Persist};
use crate::core::preferences::Preferences;
use crate::core::restore::Restore;
use crate::core::session::{EndReason, Exit, Session, Status};
use crate::core::state::{OuterColors, State};
use crate::core::vitals::Vitals;
use crate::core::workspace::{Scratch, Tab, Workspace};
use crate::core::{Core, Surroundings};
use crate::geometry::Size;
use crate::id::{PaneId, SessionId, TabId};
use crate::input::keymap::Keymap;
use crate::provider::Providers;
use crate::term::{Terminal, TerminalOptions};
use crate::time::{Now, Wall};

/// All that a core starts from.
#[derive(Debug)]
pub struct Setup {
    /// The workspace's name.
    pub workspace: String,
    /// The stored tabs, in order.
    pub tabs: Vec<Tab>,
    /// The stored active tab.
    pub active: Option<TabId>,
    /// The stored scratch shell.
    pub scratch: Option<Scratch>,
    /// Which pane shows which session.
    pub panes: Vec<(PaneId, SessionId)>,
    /// The sessions that have a pane.
    pub sessions: Vec<Session>,
    /// Open sessions whose pane was lost with a damaged row.
    pub unplaced: Vec<Session>,
    /// What the user was told.
    pub notices: Notices,
    /// The last screens.
    pub screens: BTreeMap<SessionId, LastScreen>,
    /// What was seen of the sessions' conversations.
    pub evidence: BTreeMap<SessionId, EvidenceLog>,
    /// The stored histories (`Terminal::load_history_block`), oldest block first.
    pub histories: BTreeMap<SessionId, Vec<Vec<u8>>>,
    /// The processes that outlived the last server.
    pub adopted: Vec<Adopted>,
    /// The user's settings.
    pub config: Config,
    /// What the user chose by keys.
    pub preferences: Preferences,
    /// The built-in themes and the user's.
    pub themes: Themes,
    /// The provider table with the user's rows.
    pub providers: Providers,
    /// The key map.
    pub keymap: Keymap,
    /// The user's home directory.
    pub home: String,
    /// Randomness of the operating system.
    pub seed: [u8; 32],
    /// Where the server runs.
    pub surroundings: Surroundings,
    /// What was wrong with the store, one sentence each.
    pub warnings: Vec<String>,
    /// What was wrong with the settings, one sentence each.
    pub setting_warnings: Vec<String>,
}

/// What a session's screen showed last.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LastScreen {
    /// When: the session's process was alive then.
    pub at: Wall,
    /// `Terminal::snapshot`.
    pub snapshot: Vec<u8>,
}

/// A process that outlived the last server, with its terminal rebuilt.
#[derive(Debug)]
pub struct Adopted {
    /// Its pane.
    pub pane: PaneId,
    /// Its session.
    pub session: SessionId,
    /// The process.
    pub pid: u32,
    /// Which launch of the pane.
    pub epoch: u32,
    /// The secret of its hooks.
    pub token: String,
    /// Its environment.
    pub env: Env,
    /// Its screen as far as it is known.
    pub terminal: Option<Terminal>,
}

impl Core {
    /// A core from what was stored and what still lives, and what is to be done first.
    pub fn new(mut setup: Setup, now: Now, fx: &mut Effects) -> Self {
        let options = terminal_options(&setup.config);
        let found_places = find_places(&mut setup);
        let sessions: BTreeMap<_, _> = setup.sessions.into_iter().map(|session| (session.id, session)).collect();
        let panes = setup.panes.iter().filter(|(_, session)| sessions.contains_key(session)).map(|(id, session)| {
            let snapshot = setup.screens.get(session).map(|screen| screen.snapshot.as_slice());
            (*id, stored_pane(*id, *session, snapshot, setup.histories.get(session), options))
        });
        let panes: BTreeMap<_, _> = panes.collect();
        let active = setup.active.or_else(|| setup.tabs.first().map(|tab| tab.id)).unwrap_or(TabId(1));
        let workspace = Workspace { name: setup.workspace, tabs: setup.tabs, active, scratch: setup.scratch };
        let mut core = Self {
            state: State {
                workspace,
                sessions,
                panes,
                clients: BTreeMap::new(),
                choices: Vec::new(),
                works: Vec::new(),
                restoring: None,
                now,
                home: setup.home,
                notices: setup.notices,
                last_size: Size::HEADLESS,
                colors: OuterColors { foreground: options.foreground, background: options.background },
                offered: None,
                config: setup.config,
                preferences: setup.preferences,
                projects: BTreeMap::new(),
                vitals: Vitals::default(),
                themes: setup.themes,
            },
            surroundings: setup.surroundings,
            providers: setup.providers,
            keymap: setup.keymap,
            entropy: Entropy::new(setup.seed),
            launches: BTreeMap::new(),
            recorders: BTreeMap::new(),
            submits: crate::core::submit::Submits::default(),
            openings: crate::core::worktrees::Openings::default(),
            batches: crate::core::several::Batches::default(),
            captures: Captures::default(),
            presumptions: crate::core::presume::Presumptions::default(),
            turn_ends: crate::core::turn_end::TurnEnds::default(),
            glances: crate::core::glance::Glances::default(),
            arrivals: crate::core::arrival::Arrivals::default(),
            voices: crate::core::voice::Voices::default(),
            looks: crate::core::vitals::Looks::default(),
            flicker: crate::core::pace::Flicker::default(),
            hook_reply: String::new(),
            evidence: setup.evidence,
            persist: Persist::default(),
            restore: Restore::default(),
            browsing: crate::core::browse::Browsing::default(),
            copied: None,
            finding: crate::core::finding::Finding::default(),
            pointers: BTreeMap::new(),
            waits: BTreeMap::new(),
            archive: Archive::default(),
            feed: Feed::default(),
            stopping: None,
            closing: BTreeMap::new(),
            warnings: setup.warnings,
            setting_warnings: setup.setting_warnings,
        };
        core.mend_layout();
        for adopted in setup.adopted {
            core.adopt(adopted);
        }
        for session in core.state.sessions.keys().copied().collect::<Vec<_>>() {
            core.follow(session, fx);
        }
        core.relayout(fx);
        core.note_lost(&setup.screens, fx);
        core.hold_unplaced(&found_places, fx);
        core.wake_panes(fx);
        core.ask_projects(fx);
        core
    }

    /// Sessions whose process is not known to have ended and yet is gone: machine and homing went down without a word. They
    /// ended when they were last seen, so that the time until now counts neither as theirs nor as busy.
    fn note_lost(&mut self, screens: &BTreeMap<SessionId, LastScreen>, fx: &mut Effects) {
        let mut changes = Vec::new();
        for pane in self.state.panes.values().filter(|pane| !pane.is_live()) {
            let Some(session) = self.state.sessions.get_mut(&pane.session) else { continue };
            if session.pid.is_none() || session.exit.is_some() {
                continue;
            }
            let seen = screens.get(&session.id).map_or(session.last_activity_at, |screen| screen.at);
            let at = seen.max(session.last_activity_at);
            let exit = Exit { code: None, signal: None, reason: EndReason::Shutdown, at };
            session.exit = Some(exit);
            changes.push(Change::Ended { session: session.id, exit });
        }
        if !changes.is_empty() {
            self.commit(changes, Durability::Relaxed, Pending::Nothing, fx);
        }
    }

    /// Panes that were given to sessions without one wait for the user, who may not want them where they are.
    fn hold_unplaced(&mut self, panes: &[PaneId], fx: &mut Effects) {
        for id in panes {
            let Some(pane) = self.state.panes.get_mut(id).filter(|pane| !pane.is_live()) else { continue };
            pane.phase = Phase::Held { note: "its pane was lost".to_owned() };
        }
        if !panes.is_empty() {
            // Otherwise the next start would find them without a place again.
            self.save_layout(fx);
        }
    }

    /// Makes tabs and panes agree, whatever the store held: no leaf without a pane, no pane without a leaf.
    fn mend_layout(&mut self) {
        for tab in &mut self.state.workspace.tabs {
            for pane in tab.tree.panes() {
                if !self.state.panes.contains_key(&pane) && tab.tree.panes().len() > 1 {
                    tab.tree.remove(pane);
                }
            }
        }
        let panes = &self.state.panes;
        self.state.workspace.tabs.retain(|tab| tab.tree.panes().iter().all(|pane| panes.contains_key(pane)));
        for tab in &mut self.state.workspace.tabs {
            let leaves = tab.tree.panes();
            if !leaves.contains(&tab.focus) {
                tab.focus = leaves[0];
            }
            tab.zoomed = tab.zoomed.filter(|zoomed| leaves.contains(zoomed));
        }
        // A scratch shell that a tab knows is a pane like others.
        let workspace = &mut self.state.workspace;
        workspace.scratch = workspace
            .scratch
            .filter(|scratch| panes.contains_key(&scratch.pane) && workspace.tab_of(scratch.pane).is_none());
        let is_lost = |pane: &PaneId| workspace.tab_of(*pane).is_none() && !workspace.is_scratch(*pane);
        let lost: Vec<PaneId> = self.state.panes.keys().copied().filter(is_lost).collect();
        for pane in lost {
            self.adopt_into_layout(pane);
        }
        let shown: Vec<SessionId> = self.state.panes.values().map(|pane| pane.session).collect();
        self.state.sessions.retain(|id, _| shown.contains(id));
        if self.state.workspace.tab(self.state.workspace.active).is_none()
            && let Some(first) = self.state.workspace.tabs.first()
        {
            self.state.workspace.active = first.id;
        }
    }

    fn adopt(&mut self, adopted: Adopted) {
        let Some(session) = self.state.sessions.get_mut(&adopted.session) else { return };
        session.pid = Some(adopted.pid);
        session.exit = None;
        if session.status == Status::Terminated {
            session.status = Status::Ready;
        }
        let mut launch = Launch::restored(adopted.env);
        launch.token = adopted.token;
        self.launches.insert(adopted.session, launch);
        let Some(pane) = self.state.panes.values_mut().find(|pane| pane.session == adopted.session) else { return };
        pane.epoch = adopted.epoch;
        pane.phase = Phase::Live;
        pane.printed_at = self.state.now.wall;
        if let Some(terminal) = adopted.terminal {
            pane.pty_size = terminal.size();
            pane.history_mark = terminal.history().loaded_mark();
            pane.terminal = terminal;
        }
        let id = pane.id;
        self.note_outcome(id, "alive", "it ran on".to_owned());
    }

    /// Panes without a process: after the death of a server they are as they were; after a stop they come back.
    fn wake_panes(&mut self, fx: &mut Effects) {
        let is_restart = self.surroundings.generation > 0;
        let waiting: Vec<PaneId> =
            self.state.panes.values().filter(|pane| !pane.is_live()).map(|pane| pane.id).collect();
        for id in waiting {
            let Some(session) = self.state.session_of(id).map(|session| session.id) else { continue };
            let env = self.surroundings.env.clone();
            self.launches.insert(session, Launch::restored(env));
            let ended = self.state.sessions.get(&session).and_then(|session| session.exit);
            let ended = ended.filter(|exit| is_restart && exit.reason != EndReason::Shutdown);
            let Some(pane) = self.state.panes.get_mut(&id) else { continue };
            let is_unplaced = matches!(pane.phase, Phase::Held { .. });
            if let Some(exit) = ended {
                pane.phase = Phase::Ended(exit);
            } else if !is_unplaced && self.state.config.resume == ResumePolicy::Ask {
                pane.phase = Phase::Held { note: "not started: resume = \"ask\"".to_owned() };
            }
            let is_waiting = matches!(pane.phase, Phase::Waiting { .. });
            if let Some(session) = self.state.sessions.get_mut(&session) {
                session.pid = None;
                session.status = if is_waiting { Status::Starting } else { Status::Terminated };
            }
            if let Some(launch) = self.launches.get_mut(&session) {
                launch.token = self.entropy.token();
            }
        }
        self.begin_restore(fx);
    }
}

/// Gives the sessions without a pane one each; returns these panes. Where the keeper holds a session's process, it has the
/// number; otherwise one that no tab knows is taken: which of several lost places was whose is not guessed.
fn find_places(setup: &mut Setup) -> Vec<PaneId> {
    let mut given = Vec::new();
    for session in std::mem::take(&mut setup.unplaced) {
        let is_free = |pane: &PaneId| setup.panes.iter().all(|(taken, _)| taken != pane);
        let is_unknown = |pane: &PaneId| setup.tabs.iter().all(|tab| !tab.tree.contains(*pane));
        let kept = setup.adopted.iter().find(|adopted| adopted.session == session.id).map(|adopted| adopted.pane);
        let unknown = || (1..).filter_map(PaneId::new).find(|pane| is_free(pane) && is_unknown(pane));
        let Some(pane) = kept.filter(is_free).or_else(unknown) else { continue };
        setup.warnings.push(format!("session {:?} had lost its pane; it has pane {pane} now", session.label()));
        setup.panes.push((pane, session.id));
        setup.sessions.push(session);
        given.push(pane);
    }
    given
}

/// A pane with what the store has of its session's terminal.
pub(super) fn stored_pane(
    id: PaneId,
    session: SessionId,
    snapshot: Option<&[u8]>,
    history: Option<&Vec<Vec<u8>>>,
    options: TerminalOptions,
) -> Pane {
    let mut terminal = snapshot
        .and_then(|snapshot| Terminal::restore_as_it_was(snapshot, options).ok())
        .unwrap_or_else(|| Terminal::new(Size::HEADLESS, options));
    load_history(&mut terminal, history);
    terminal.resize(Size::HEADLESS);
    Pane {
        id,
        session,
        history_mark: terminal.history().mark(),
        terminal,
        phase: Phase::Waiting { note: "waiting for its turn".to_owned() },
        epoch: 0,
        pty_size: Size::HEADLESS,
        n_unsaved: 0,
        printed_at: Wall::default(),
    }
}

/// Gives a terminal its stored history; what is damaged ends it.
pub fn load_history(terminal: &mut Terminal, blocks: Option<&Vec<Vec<u8>>>) {
    for block in blocks.into_iter().flatten() {
        if let Err(error) = terminal.load_history_block(block) {
            tracing::warn!(%error, "a part of a stored history is not understood");
        }
    }
}

/// What new terminals are told, by the user's settings.
pub fn terminal_options(config: &Config) -> TerminalOptions {
    TerminalOptions {
        history_lines: config.history_lines,
        history_bytes: config.history_mib << 20,
        ..TerminalOptions::default()
    }
}
