//! The core as it starts: from the store, and from the processes that outlived the last server.

use std::collections::BTreeMap;

use crate::config::{Config, ResumePolicy};
use crate::core::capture::Captures;
use crate::core::claims::EvidenceLog;
use crate::core::effect::Effects;
use crate::core::entropy::Entropy;
use crate::core::event::Env;
use crate::core::feed::Feed;
use crate::core::launch::Launch;
use crate::core::notice::Notices;
use crate::core::pane::{Pane, Phase};
use crate::core::persist::Persist;
use crate::core::restore::Restore;
use crate::core::session::{Session, Status};
use crate::core::state::{OuterColors, State};
use crate::core::workspace::{Tab, Workspace};
use crate::core::{Core, Surroundings};
use crate::geometry::Size;
use crate::id::{PaneId, SessionId, TabId};
use crate::input::keymap::Keymap;
use crate::provider::Providers;
use crate::term::{Terminal, TerminalOptions};
use crate::time::Now;

/// All that a core starts from.
#[derive(Debug)]
pub struct Setup {
    /// The workspace's name.
    pub workspace: String,
    /// The stored tabs, in order.
    pub tabs: Vec<Tab>,
    /// The stored active tab.
    pub active: Option<TabId>,
    /// Which pane shows which session.
    pub panes: Vec<(PaneId, SessionId)>,
    /// The sessions that have a pane.
    pub sessions: Vec<Session>,
    /// What the user was told.
    pub notices: Notices,
    /// The last screens (`Terminal::snapshot`).
    pub screens: BTreeMap<SessionId, Vec<u8>>,
    /// What was seen of the sessions' conversations.
    pub evidence: BTreeMap<SessionId, EvidenceLog>,
    /// The stored histories (`Terminal::load_history_block`), oldest block first.
    pub histories: BTreeMap<SessionId, Vec<Vec<u8>>>,
    /// The processes that outlived the last server.
    pub adopted: Vec<Adopted>,
    /// The user's settings.
    pub config: Config,
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
    /// What was wrong with settings and store, one sentence each.
    pub warnings: Vec<String>,
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
    pub fn new(setup: Setup, now: Now, fx: &mut Effects) -> Self {
        let options = terminal_options(&setup.config);
        let sessions: BTreeMap<_, _> = setup.sessions.into_iter().map(|session| (session.id, session)).collect();
        let panes = setup.panes.iter().filter(|(_, session)| sessions.contains_key(session)).map(|(id, session)| {
            let mut terminal = setup
                .screens
                .get(session)
                .and_then(|snapshot| Terminal::restore(snapshot, Size::HEADLESS, options).ok())
                .unwrap_or_else(|| Terminal::new(Size::HEADLESS, options));
            load_history(&mut terminal, setup.histories.get(session));
            let phase = Phase::Waiting { note: "waiting for its turn".to_owned() };
            let pane = Pane {
                id: *id,
                session: *session,
                history_mark: terminal.history().mark(),
                terminal,
                phase,
                epoch: 0,
                pty_size: Size::HEADLESS,
                n_unsaved: 0,
            };
            (*id, pane)
        });
        let panes: BTreeMap<_, _> = panes.collect();
        let active = setup.active.or_else(|| setup.tabs.first().map(|tab| tab.id)).unwrap_or(TabId(1));
        let workspace = Workspace { name: setup.workspace, tabs: setup.tabs, active };
        let mut core = Self {
            state: State {
                workspace,
                sessions,
                panes,
                clients: BTreeMap::new(),
                choices: Vec::new(),
                now,
                home: setup.home,
                notices: setup.notices,
                last_size: Size::HEADLESS,
                colors: OuterColors { foreground: options.foreground, background: options.background },
                config: setup.config,
            },
            surroundings: setup.surroundings,
            providers: setup.providers,
            keymap: setup.keymap,
            entropy: Entropy::new(setup.seed),
            launches: BTreeMap::new(),
            recorders: BTreeMap::new(),
            submits: BTreeMap::new(),
            captures: Captures::default(),
            evidence: setup.evidence,
            persist: Persist::default(),
            restore: Restore::default(),
            browsing: crate::core::browse::Browsing::default(),
            buffers: crate::core::copying::Buffers::default(),
            pointers: BTreeMap::new(),
            waits: BTreeMap::new(),
            feed: Feed::default(),
            stopping: None,
            closing: std::collections::BTreeSet::new(),
            warnings: setup.warnings,
        };
        core.mend_layout();
        for adopted in setup.adopted {
            core.adopt(adopted);
        }
        for session in core.state.sessions.keys().copied().collect::<Vec<_>>() {
            core.follow(session, fx);
        }
        core.relayout(fx);
        core.wake_panes(fx);
        core
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
        let lost: Vec<PaneId> =
            self.state.panes.keys().filter(|pane| self.state.workspace.tab_of(**pane).is_none()).copied().collect();
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
        if let Some(terminal) = adopted.terminal {
            pane.pty_size = terminal.size();
            pane.history_mark = terminal.history().mark();
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
            let Some(pane) = self.state.panes.get_mut(&id) else { continue };
            if let Some(exit) = ended.filter(|_| is_restart) {
                pane.phase = Phase::Ended(exit);
            } else if self.state.config.resume == ResumePolicy::Ask {
                pane.phase = Phase::Held { note: "not started: resume = \"ask\"".to_owned() };
            }
            if let Some(session) = self.state.sessions.get_mut(&session) {
                session.pid = None;
                session.status = if ended.is_some() && is_restart { Status::Terminated } else { Status::Starting };
            }
            if let Some(launch) = self.launches.get_mut(&session) {
                launch.token = self.entropy.token();
            }
        }
        self.begin_restore(fx);
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
