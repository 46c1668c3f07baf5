//! Starting a server: settings, store, what the keeper holds, the core.

use std::io::Read;
use std::os::unix::net::UnixListener;

use tokio::sync::mpsc;

use crate::config::Config;
use crate::core::effect::Effects;
use crate::core::setup::{Adopted, Setup, load_history, terminal_options};
use crate::core::{Core, Surroundings};
use crate::id::SessionId;
use crate::keeper::link::{Held, Inherited, KeeperLink};
use crate::paths::Paths;
use crate::server::journal::Journal;
use crate::server::panes::{KeptPane, Ptys};
use crate::server::registries::Registries;
use crate::server::screens::Screens;
use crate::server::settings::SettingsPlaces;
use crate::server::timers::Timers;
use crate::server::{Clock, Done, Inbox, Server, settings, storing};
use crate::store::{LoadedWorkspace, Opened, Store};
use crate::watch::gemini_copies::Copies;

/// What `homing server` is told.
#[derive(Clone, Debug)]
pub struct ServerArgs {
    /// The workspace.
    pub workspace: String,
    /// Where everything lies.
    pub paths: Paths,
}

/// Why a server could not start.
#[derive(Debug, thiserror::Error)]
pub enum BootError {
    /// The keeper's hand-over was not understood, or there is no keeper.
    #[error("a server is started by its keeper (run `homing` or `homing start`); the hand-over failed: {0}")]
    HandOver(#[source] std::io::Error),
    /// The asynchronous runtime could not be made.
    #[error("the event loop could not be started: {0}")]
    Runtime(#[source] std::io::Error),
    /// The store could not be opened.
    #[error(transparent)]
    Store(#[from] crate::store::OpenError),
    /// The system gave no randomness.
    #[error("the system gave no randomness: {0}")]
    Randomness(#[source] std::io::Error),
}

/// A server that is ready to serve.
pub(super) struct Booted {
    pub server: Server,
    pub listener: UnixListener,
    pub inbox: Inbox,
}

/// Starts everything but the loop.
pub(super) fn boot(args: &ServerArgs) -> Result<Booted, BootError> {
    let (link, inherited) = KeeperLink::from_stdin().map_err(BootError::HandOver)?;
    boot_with(args, link, inherited)
}

fn boot_with(args: &ServerArgs, link: KeeperLink, inherited: Inherited) -> Result<Booted, BootError> {
    let Inherited { listener, held, generation } = inherited;
    let (done, done_inbox) = mpsc::unbounded_channel();
    let (printed, printed_inbox) = mpsc::unbounded_channel();
    let opened = Store::open(&args.paths.database(), &args.workspace);
    let Opened { store, loaded, warnings } = opened.inspect_err(|error| {
        // Another try would meet the same file: whoever connects is told instead.
        let _ = link.failed(&error.to_string());
    })?;
    let settings_places = SettingsPlaces { file: args.paths.config_file(), themes: args.paths.themes_dir() };
    let files = settings_places.read();
    let (settings, setting_warnings) = files.at_start();
    let mut ptys = Ptys::new(printed);
    let histories = histories(&loaded);
    let (adopted, kept) = adopt(held, &settings.config, &histories, &mut ptys);
    let warnings: Vec<String> = warnings.iter().map(ToString::to_string).collect();
    let setup = Setup {
        workspace: args.workspace.clone(),
        tabs: loaded.tabs.into_iter().map(storing::tab).collect(),
        active: loaded.active,
        scratch: loaded.scratch,
        panes: loaded.panes.iter().map(|pane| (pane.id, pane.session)).collect(),
        notices: storing::notices(loaded.notices, loaded.next_notice, &loaded.sessions),
        sessions: loaded.sessions,
        unplaced: loaded.unplaced,
        evidence: loaded.evidence.into_iter().map(|(session, log)| (session, storing::evidence(&log))).collect(),
        screens: loaded.screens.into_iter().map(storing::last_screen).collect(),
        histories,
        adopted,
        providers: settings.providers,
        keymap: settings.keymap,
        config: settings.config,
        preferences: loaded.preferences,
        themes: files.themes.clone(),
        home: std::env::var("HOME").unwrap_or_default(),
        seed: seed().map_err(BootError::Randomness)?,
        surroundings: surroundings(args, generation),
        warnings,
        setting_warnings,
    };
    let clock = Clock { start: std::time::Instant::now() };
    let mut fx = Effects::default();
    let now = clock.now();
    let core = Core::new(setup, now, &mut fx);
    for warning in core.warnings() {
        tracing::warn!("{warning}");
    }
    let committed = done.clone();
    let store = store.spawn(move |ticket, result| {
        let _ = committed.send(Done::Committed(ticket, result));
    });
    let notices = done.clone();
    let keeper = link.watched(move |notice| {
        let _ = notices.send(Done::Keeper(notice));
    });
    let keeper = keeper.map_err(BootError::HandOver)?;
    let mut server = Server {
        core,
        fx,
        clock,
        ptys,
        screens: Screens::default(),
        timers: Timers::default(),
        registries: Registries::new(&done),
        store,
        readings: crate::server::catalogue::Readings::default(),
        keeper: Some(keeper),
        connections: std::collections::BTreeMap::new(),
        n_requests: 0,
        typed_at: None,
        n_lines_stored: 0,
        last_ticket: 0,
        last_committed: 0,
        answers: Vec::new(),
        done,
        copies: Copies::below(&args.paths.data_dir()),
        listener: listener.try_clone().map_err(BootError::HandOver)?,
        settings_places,
        children: std::collections::BTreeSet::new(),
        works: crate::server::worktrees::Works::default(),
        quit: None,
    };
    settings::follow(&server.settings_places, files, &server.done);
    kept.iter().for_each(|kept| server.listen(kept));
    Ok(Booted { server, listener, inbox: Inbox { printed: printed_inbox, done: done_inbox } })
}

/// Stored lines by session, oldest block first.
type Histories = std::collections::BTreeMap<SessionId, Vec<Vec<u8>>>;

fn histories(loaded: &LoadedWorkspace) -> Histories {
    let stored = |session: SessionId| match loaded.histories.load(session) {
        Ok(blocks) => blocks.into_iter().map(|block| block.data).collect(),
        Err(error) => {
            tracing::warn!(%session, %error, "its history cannot be read");
            Vec::new()
        }
    };
    let placed = loaded.panes.iter().map(|pane| pane.session);
    let all = placed.chain(loaded.unplaced.iter().map(|session| session.id));
    all.map(|session| (session, stored(session))).collect()
}

/// Takes over the processes that outlived the last server; with what the keeper knew of them.
fn adopt(held: Vec<Held>, config: &Config, histories: &Histories, ptys: &mut Ptys) -> (Vec<Adopted>, Vec<KeptPane>) {
    let mut all_kept = Vec::new();
    let options = terminal_options(config);
    let mut adopted = Vec::new();
    for Held { key, pid, meta, fds } in held {
        let kept: KeptPane = match serde_json::from_str(&meta) {
            Ok(kept) => kept,
            Err(error) => {
                tracing::error!(key, %error, "a pane cannot be taken over: its description is not understood");
                continue;
            }
        };
        let mut fds = fds.into_iter();
        let Some(master) = fds.next() else { continue };
        let journal = fds.next().map(std::fs::File::from).and_then(|file| {
            let stored = histories.get(&kept.session);
            Journal::take_over(file, options, |terminal| {
                // What was printed since the snapshot is printed again; some of its lines may be stored already.
                let next = terminal.history().next_line_number();
                load_history(terminal, stored);
                terminal.cut_history_at(next);
            })
            .inspect_err(|error| tracing::warn!(pane = %kept.pane, %error, "the screen is not known exactly"))
            .ok()
        });
        let (journal, terminal) = journal.unzip();
        if let Err(error) = ptys.serve(kept.pane, kept.epoch, pid, crate::pty::Master::from(master), journal) {
            tracing::error!(pane = %kept.pane, %error, "a pane cannot be taken over");
            continue;
        }
        all_kept.push(kept.clone());
        let KeptPane { pane, session, epoch, token, env, port: _ } = kept;
        adopted.push(Adopted { pane, session, pid, epoch, token, env, terminal });
    }
    (adopted, all_kept)
}

fn surroundings(args: &ServerArgs, generation: u32) -> Surroundings {
    let exe = std::env::current_exe().ok().and_then(|path| path.to_str().map(str::to_owned));
    Surroundings {
        exe: exe.unwrap_or_else(|| "homing".to_owned()),
        socket: args.paths.socket(&args.workspace).display().to_string(),
        server_pid: std::process::id(),
        generation,
        env: std::env::vars_os()
            .filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)))
            .collect(),
    }
}

fn seed() -> Result<[u8; 32], std::io::Error> {
    let mut seed = [0; 32];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut seed)?;
    Ok(seed)
}
