//! Starting a pane's process: facts, decision, argv and environment.

use std::time::Duration;

use crate::core::Core;
use crate::core::effect::{Effect, Effects, FactsRequest, RequestId, SpawnRequest};
use crate::core::event::{Env, LaunchFacts};
use crate::core::guest;
use crate::core::ledger::ClaimEnd;
use crate::core::open::failed;
use crate::core::pane::Phase;
use crate::core::resume::{self, Cause, Decision};
use crate::core::session::{Claim, Session, Status};
use crate::core::timer::Timer;
use crate::core::voice::{Outcome, Voice};
use crate::id::{ConversationId, PaneId, SessionId};
use crate::protocol::api::ApiResponse;
use crate::provider::{self, BinaryFacts, HookContext, LaunchRequest, Provider};
use crate::time::Instant;

/// After this long a launch that printed nothing is shown as it is.
const UNDIM_DELAY: Duration = Duration::from_secs(3);

/// How often, and how long apart, it is looked again whether a conversation that a program wants back is still held by a
/// process (chosen: together a little less than agents have to end after a hang-up).
const LOOKS: u32 = 5;
const LOOK_DELAY: Duration = Duration::from_millis(500);

/// What a session was launched with. In memory only: the environment is never stored.
#[derive(Clone, Debug)]
pub struct Launch {
    /// The environment of whoever opened it.
    pub env: Env,
    /// The secret of this launch, with which its hooks report.
    pub token: String,
    /// Why it is launched.
    pub cause: Cause,
    /// What is for its next process only.
    pub once: Once,
    /// The same of the process that runs: it is for the next one again where that one comes to nothing.
    pub handed: Once,
    /// A prompt that the argv could not carry: typed once the agent is ready.
    pub typed_prompt: Option<String>,
    /// Whether it began with a prompt, so that its agent works without a key of the user's.
    pub is_prompted: bool,
    /// The request to answer once the process runs, or cannot.
    pub request: Option<RequestId>,
    /// Whether its pane was there before it was asked for: then it stays, whatever comes of the launch.
    pub keeps_pane: bool,
    /// When the process was started.
    pub started_at: Option<Instant>,
    /// Whether it serves events of its own: then these say when it is ready.
    pub serves_events: bool,
    /// Whether hooks were given to it, and none has spoken yet.
    pub expects_hooks: bool,
    /// What the edges found for it.
    pub facts: Option<LaunchFacts>,
    /// How often they were asked again because another process held the conversation.
    pub n_looks: u32,
}

/// What is handed to one process of a session, and to none after it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Once {
    /// The first prompt.
    pub prompt: Option<String>,
    /// What a shell runs first.
    pub command: Option<String>,
    /// The arguments as given; later processes use what the session keeps of them.
    pub args: Option<Vec<String>>,
}

/// Variables of other terminals and multiplexers, and of an agent around homing: in a pane they would be lies.
const FOREIGN_VARIABLES: &[&str] = &[
    "TMUX",
    "TMUX_PANE",
    "STY",
    "WINDOW",
    "ZELLIJ",
    "ZELLIJ_SESSION_NAME",
    "ZELLIJ_PANE_ID",
    "HERDR",
    "KITTY_WINDOW_ID",
    "KITTY_PID",
    "KITTY_LISTEN_ON",
    "KITTY_PUBLIC_KEY",
    "WEZTERM_PANE",
    "WEZTERM_UNIX_SOCKET",
    "WEZTERM_EXECUTABLE",
    "ALACRITTY_SOCKET",
    "ALACRITTY_LOG",
    "ALACRITTY_WINDOW_ID",
    "GHOSTTY_RESOURCES_DIR",
    "GHOSTTY_BIN_DIR",
    "GHOSTTY_SHELL_FEATURES",
    "ITERM_SESSION_ID",
    "ITERM_PROFILE",
    "TERM_SESSION_ID",
    "WT_SESSION",
    "WT_PROFILE_ID",
    "VTE_VERSION",
    "KONSOLE_VERSION",
    "KONSOLE_DBUS_SESSION",
    "WINDOWID",
    "COLUMNS",
    "LINES",
    "TERMCAP",
    "TERMINFO",
    "CLAUDECODE",
    "CLAUDE_CODE_ENTRYPOINT",
    "CLAUDE_CODE_SESSION_ID",
    "CODEX_THREAD_ID",
    "CODEX_SESSION_ID",
    "HOMING_KEEPER_FD",
    "HOMING_LISTENER_FD",
    "HOMING_GENERATION",
    "HOMING_NEST",
];

impl Core {
    /// Starts the launch of a pane: the edges find out what it must know.
    pub(super) fn begin_launch(&mut self, pane: PaneId, fx: &mut Effects) {
        self.ask_projects(fx);
        let Some((session, epoch)) = self.next_epoch(pane) else { return };
        let Some(record) = self.state.sessions.get(&session) else { return };
        let Some(provider) = self.providers.get(&record.provider) else {
            let message = format!("the provider {} is not known any more; add its row to config.toml", record.provider);
            return self.launch_failed(pane, epoch, message, fx);
        };
        let Some(launch) = self.launches.get(&session) else { return };
        let env = self.session_env(session, &launch.env);
        let conversation = record.claim.as_ref().map(|claim| claim.conversation.clone());
        let whose = self.providers.get(record.conversation_provider()).unwrap_or(provider);
        let guest = record.guest.as_ref().filter(|_| launch.cause != Cause::Fresh);
        let guest_cwd = guest.map(|guest| &guest.cwd);
        let cwd = guest_cwd.unwrap_or(&record.cwd).clone();
        let mut env = env;
        let theirs = guest.into_iter().flat_map(|guest| guest.options.env.clone());
        for (name, value) in theirs.chain([("PWD".to_owned(), cwd.clone())]) {
            env.retain(|(set, _)| *set != name);
            env.push((name, value));
        }
        let is_agents = |record: &&Session| self.providers.get(&record.provider).is_some_and(|row| row.is_agent);
        let own = self.state.sessions.values().filter(is_agents).filter_map(|record| record.pid).collect();
        let request = FactsRequest {
            pane,
            epoch,
            files: whose.files,
            program: self.program_of(provider, &env),
            agent: self.program_of(whose, &env),
            cwd,
            env,
            conversation: conversation.filter(|_| launch.cause != Cause::First),
            own,
        };
        fx.push(Effect::GatherFacts(Box::new(request)));
    }

    fn next_epoch(&mut self, pane: PaneId) -> Option<(SessionId, u32)> {
        let pane = self.state.panes.get_mut(&pane)?;
        pane.epoch += 1;
        Some((pane.session, pane.epoch))
    }

    fn program_of(&self, provider: &Provider, env: &Env) -> String {
        match provider.command.first().map(String::as_str) {
            Some("{shell}") => self.shell(env),
            Some("{homing}") => self.surroundings.exe.clone(),
            Some(program) => program.to_owned(),
            None => String::new(),
        }
    }

    /// The user's shell: config, else SHELL, else /bin/sh.
    fn shell(&self, env: &Env) -> String {
        let of_env = || env.iter().find(|(key, value)| key == "SHELL" && !value.is_empty()).map(|(_, value)| value);
        self.state.config.default_shell.as_ref().or_else(of_env).cloned().unwrap_or_else(|| "/bin/sh".to_owned())
    }

    pub(super) fn launch_facts(&mut self, pane: PaneId, epoch: u32, facts: LaunchFacts, fx: &mut Effects) {
        let Some(session) = self.state.panes.get(&pane).filter(|pane| pane.epoch == epoch).map(|pane| pane.session)
        else {
            return;
        };
        let (Some(record), Some(launch)) = (self.state.sessions.get(&session), self.launches.get_mut(&session)) else {
            return;
        };
        let Some(provider) = self.providers.get(&record.provider) else { return };
        if facts.held_by.is_some() && launch.request.is_some() && launch.n_looks < LOOKS {
            // Somebody closed it elsewhere to have it here, and the agent there has not ended yet.
            launch.n_looks += 1;
            fx.push(Effect::SetTimer { timer: Timer::LookAgain(pane), at: self.state.now.instant + LOOK_DELAY });
            return;
        }
        let decision = resume::decide(record, provider, &facts, launch.cause);
        launch.facts = Some(facts);
        self.note_decision(pane, &decision, fx);
        match decision {
            Decision::Resume { conversation, why } => {
                let note = format!("resuming {} ({why})", resume::short_id(&conversation));
                self.spawn(pane, Start::Resume { spoken: true }, note, fx);
            }
            Decision::Fresh { reuse, why } => {
                if self.state.sessions.get(&session).is_some_and(|record| record.guest.is_some()) {
                    self.leave_guest(session, fx);
                }
                let is_first = self.launches.get(&session).is_some_and(|launch| launch.cause == Cause::First);
                let note = if is_first { String::new() } else { format!("starting fresh ({why})") };
                let start = match reuse {
                    Some(_) if !is_first => Start::Resume { spoken: false },
                    reuse => Start::Fresh(reuse),
                };
                self.spawn(pane, start, note, fx);
            }
            Decision::Hold { why } | Decision::Ask { why } => self.hold(pane, why, fx),
            Decision::Fail { message } => self.launch_failed(pane, epoch, message, fx),
        }
    }

    /// The time to look again has come, if the launch still waits for it.
    pub(super) fn look_again(&mut self, pane: PaneId, fx: &mut Effects) {
        let launch = self.state.panes.get(&pane).and_then(|pane| self.launches.get(&pane.session));
        if launch.is_some_and(|launch| launch.n_looks > 0 && launch.request.is_some()) {
            self.begin_launch(pane, fx);
        }
    }

    fn spawn(&mut self, pane: PaneId, start: Start, note: String, fx: &mut Effects) {
        let Some(entry) = self.state.panes.get(&pane) else { return };
        let (session, epoch, size) = (entry.session, entry.epoch, entry.pty_size);
        let Some(record) = self.state.sessions.get(&session).cloned() else { return };
        let random = self.entropy.uuid_v4();
        let Some(launch) = self.launches.get_mut(&session) else { return };
        let Some(provider) = self.providers.get(&record.provider) else { return };
        let facts = launch.facts.clone().unwrap_or_default();
        launch.handed = std::mem::take(&mut launch.once);
        let Once { prompt, command, args } = launch.handed.clone();
        launch.is_prompted = prompt.is_some();
        let mut options = record.options.clone();
        if let Some(args) = args {
            options.args = args;
        }
        let base = launch.env.clone();
        let hooks = HookContext {
            homing: self.surroundings.exe.clone(),
            socket: self.surroundings.socket.clone(),
            session,
            token: launch.token.clone(),
            inject: provider.injects_hooks(&self.state.config),
        };
        let binary = BinaryFacts { version: facts.version, has_no_daemon: facts.knows_no_daemon };
        let chosen = match &start {
            Start::Fresh(Some(id)) => id.as_str(),
            _ => &random,
        };
        let request = LaunchRequest {
            provider,
            options: &options,
            prompt: prompt.as_deref(),
            random_id: uuid::Uuid::try_parse(chosen).unwrap_or_default(),
            shell: facts.program.as_deref().unwrap_or("/bin/sh"),
            hooks: &hooks,
            facts: &binary,
        };
        let mut built = match (&start, &record.claim, &record.guest) {
            (Start::Resume { .. }, Some(claim), Some(guest)) => {
                guest::guest_launch(&self.providers, guest, claim, &request)
            }
            (Start::Resume { spoken }, Some(claim), None) => {
                let claim = Claim { spoken: *spoken, ..claim.clone() };
                provider::launch::resume(&request, &claim)
            }
            _ => provider::launch::fresh(&request),
        };
        if let Some(command) = command {
            built.argv = with_command(command, built.argv);
        }
        for note in &built.notes {
            tracing::info!(%session, note, "launch");
        }
        launch.typed_prompt = built.typed_prompt;
        launch.serves_events = built.port_at.is_some();
        launch.expects_hooks = built.has_hooks;
        let is_new_id = matches!(start, Start::Fresh(None));
        if let Some(claim) = record.claim.filter(|_| is_new_id) {
            self.leave_conversation(session, claim.conversation, ClaimEnd::Replaced, fx);
        }
        let is_guests = matches!(start, Start::Resume { .. });
        let guest_cwd = record.guest.as_ref().filter(|_| is_guests).map(|guest| guest.cwd.clone());
        let cwd = guest_cwd.unwrap_or(record.cwd);
        let mut env = self.session_env(session, &base);
        env.retain(|(name, _)| !built.env_remove.contains(name) && built.env.iter().all(|(set, _)| set != name));
        env.extend(built.env);
        let port_at = built.port_at;
        let request = SpawnRequest { pane, epoch, session, argv: built.argv, port_at, env, cwd, size };
        match built.assigned.filter(|_| is_new_id) {
            // The id is in the store before the agent can use it.
            Some(id) => self.claim_assigned(session, id, request, fx),
            None => fx.push(Effect::Spawn(Box::new(request))),
        }
        self.set_phase(pane, Phase::Starting { note }, fx);
        self.heard(session, Voice::Process, "it is started", Some(Status::Starting), Outcome::Counted);
        self.set_status(session, Status::Starting, fx);
        fx.push(Effect::SetTimer { timer: Timer::Undim(pane), at: self.state.now.instant + UNDIM_DELAY });
    }

    /// The environment of a session's process: the opener's, less what would be lies in a pane, plus what the user chose
    /// for the session and homing's own.
    fn session_env(&self, session: SessionId, base: &Env) -> Env {
        let mut env: std::collections::BTreeMap<&str, &str> =
            base.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        for name in FOREIGN_VARIABLES {
            env.remove(name);
        }
        let id = session.to_string();
        if let Some(record) = self.state.sessions.get(&session) {
            env.extend(record.options.env.iter().map(|(key, value)| (key.as_str(), value.as_str())));
        }
        // xterm-256color is in every terminfo database, here and on the far side of ssh.
        env.insert("TERM", "xterm-256color");
        env.insert("COLORTERM", "truecolor");
        env.insert("TERM_PROGRAM", "homing");
        env.insert("TERM_PROGRAM_VERSION", env!("CARGO_PKG_VERSION"));
        env.insert("HOMING_SOCKET", &self.surroundings.socket);
        env.insert("HOMING_WORKSPACE", &self.state.workspace.name);
        env.insert("HOMING_SESSION", &id);
        if let Some(launch) = self.launches.get(&session) {
            env.insert("HOMING_TOKEN", &launch.token);
        }
        if let Some(record) = self.state.sessions.get(&session) {
            env.insert("PWD", &record.cwd);
        }
        env.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
    }

    pub(super) fn hold(&mut self, pane: PaneId, why: String, fx: &mut Effects) {
        let Some(session) = self.state.panes.get(&pane).map(|pane| pane.session) else { return };
        if self.is_unopened(session) {
            return self.not_opened(pane, session, why, fx);
        }
        self.not_started(session, &why, fx);
        self.heard(session, Voice::Process, why.clone(), Some(Status::Terminated), Outcome::Counted);
        self.set_phase(pane, Phase::Held { note: why }, fx);
        self.set_status(session, Status::Terminated, fx);
        self.start_next_restored(pane, fx);
    }

    /// A pane could not be started. A first launch that a program asked for leaves nothing behind; every other one keeps
    /// its pane, its claim and its last screen.
    pub(super) fn launch_failed(&mut self, pane: PaneId, epoch: u32, message: String, fx: &mut Effects) {
        let Some(session) = self.state.panes.get(&pane).filter(|pane| pane.epoch == epoch).map(|pane| pane.session)
        else {
            return;
        };
        if self.is_unopened(session) {
            return self.not_opened(pane, session, message, fx);
        }
        self.not_started(session, &message, fx);
        self.heard(session, Voice::Process, message.clone(), Some(Status::Error), Outcome::Counted);
        self.set_phase(pane, Phase::Failed { message }, fx);
        self.set_status(session, Status::Error, fx);
        self.start_next_restored(pane, fx);
    }

    /// Starts an ended, held or failed pane again.
    pub(super) fn relaunch(&mut self, pane: PaneId, cause: Cause, fx: &mut Effects) {
        let Some(entry) = self.state.panes.get(&pane) else { return };
        if entry.is_live() || matches!(entry.phase, Phase::Waiting { .. }) {
            return;
        }
        let session = entry.session;
        self.await_launch(pane, session, cause, fx);
        // Not only once its process runs: whoever asked for it would wait for what is over.
        self.set_status(session, Status::Starting, fx);
        self.begin_launch(pane, fx);
    }

    /// A pane without a process waits for its next launch, which has a secret of its own.
    pub(super) fn await_launch(&mut self, pane: PaneId, session: SessionId, cause: Cause, fx: &mut Effects) {
        let token = self.entropy.token();
        let env = self.surroundings.env.clone();
        let launch = self.launches.entry(session).or_insert_with(|| Launch::restored(env));
        launch.cause = cause;
        launch.token = token;
        launch.keeps_pane = true;
        self.set_phase(pane, Phase::Waiting { note: "starting".to_owned() }, fx);
    }
}

impl Core {
    /// Whether the session was opened for a conversation on disk and has never run.
    fn is_unopened(&self, session: SessionId) -> bool {
        self.launches.get(&session).is_some_and(|launch| {
            !launch.keeps_pane && launch.request.is_some()
                || (launch.cause == Cause::Found && launch.started_at.is_none())
        })
    }

    /// What somebody waits for cannot be opened: says why, and leaves no pane. The session is closed (again), and holds nothing.
    fn not_opened(&mut self, pane: PaneId, session: SessionId, why: String, fx: &mut Effects) {
        if !self.not_started(session, &why, fx) {
            self.toast_all(&why, fx);
        }
        self.close_pane(pane, fx);
    }

    /// Tells the program that waits for the launch why there is none; whether one did.
    pub(super) fn not_started(&mut self, session: SessionId, why: &str, fx: &mut Effects) -> bool {
        let request = self.launches.get_mut(&session).and_then(|launch| launch.request.take());
        if let Some(request) = request {
            let response = Box::new(ApiResponse::Error(failed(why.to_owned())));
            fx.push(Effect::Respond { request, response });
        }
        request.is_some()
    }
}

/// How a process is started.
enum Start {
    /// On no conversation; on a new one with this id, where the provider takes ids.
    Fresh(Option<ConversationId>),
    /// On the session's conversation; one on which nothing was said is started with its id again.
    Resume { spoken: bool },
}

/// Runs the command first, by `sh`, and then the shell in its place: what ends the command (ctrl+c) does not end both.
fn with_command(command: String, shell: Vec<String>) -> Vec<String> {
    const SCRIPT: &str = "trap : INT; eval \"$0\"; trap - INT; exec \"$@\"";
    let run = ["/bin/sh".to_owned(), "-c".to_owned(), SCRIPT.to_owned(), command];
    run.into_iter().chain(shell).collect()
}

impl Launch {
    /// A launch of a session that comes back at a relaunch.
    pub fn restored(env: Env) -> Self {
        Self {
            env,
            token: String::new(),
            cause: Cause::Relaunch,
            once: Once::default(),
            handed: Once::default(),
            typed_prompt: None,
            is_prompted: false,
            request: None,
            keeps_pane: false,
            started_at: None,
            serves_events: false,
            expects_hooks: false,
            facts: None,
            n_looks: 0,
        }
    }
}
