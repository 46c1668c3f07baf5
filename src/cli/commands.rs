//! What each command does.

use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::CommandFactory;

use crate::cli::args::{Args, Command, ConfigCommand, IntegrationsCommand};
use crate::cli::integrations::{self, Consent};
use crate::cli::layout::{Act, Then};
use crate::cli::lifecycle::{Asks, milliseconds};
use crate::cli::{Failure, completions, conversations, demo_agent, doctor, print};
use crate::client::{self, ClientError};
use crate::core::dialog::Placement;
use crate::core::worktrees::Discard;
use crate::keeper::start;
use crate::paths::Paths;
use crate::protocol::api::{
    ApiError, ApiErrorKind, ApiRequest, ApiResponse, GcRequest, NewSession, RestoreReport, SearchSyntax, SessionRow,
    WaitFor,
};

/// How long a server has to answer a request that needs no waiting.
const ANSWER_TIME: Duration = Duration::from_secs(15);

/// How long a text may take until it is submitted or given up; longer than `core::submit` takes for both.
const SUBMIT_TIME: Duration = Duration::from_secs(50);

/// How long agents have to come back before `homing start` reports what it knows.
const RESTORE_TIME: Duration = Duration::from_secs(120);

/// The default workspace.
const MAIN: &str = "main";

/// What listed sessions are linked to; `None` is anything.
struct Links {
    task_id: Option<String>,
    mcp_session_id: Option<String>,
}

impl Links {
    fn fit(&self, row: &SessionRow) -> bool {
        let is = |wanted: &Option<String>, found: &Option<String>| wanted.is_none() || wanted == found;
        is(&self.task_id, &row.task_id) && is(&self.mcp_session_id, &row.mcp_session_id)
    }
}

/// Where the CLI looks, and for which workspace.
pub(super) struct Place {
    pub(super) paths: Paths,
    pub(super) workspace: String,
}

/// Runs a command; the exit code.
pub fn run(args: Args) -> Result<u8, Failure> {
    match args.command {
        Some(Command::Hook { provider, event, rest }) => {
            crate::hook::send::run(&provider, event.as_deref().or(rest.last().map(String::as_str)));
            return Ok(0);
        }
        Some(Command::Completions { shell }) => {
            print!("{}", completions::script(shell));
            return Ok(0);
        }
        Some(Command::Skill) => {
            print!("{}", crate::cli::skill::TEXT);
            return Ok(0);
        }
        Some(Command::Man { command }) => return manual(command.as_deref()),
        _ => {}
    }
    let paths = Paths::from_env().map_err(Failure::failed)?;
    let inside = std::env::var("HOMING_WORKSPACE").ok().filter(|name| !name.is_empty());
    let workspace = args.workspace.or(inside).unwrap_or_else(|| MAIN.to_owned());
    crate::paths::check_workspace_name(&workspace).map_err(Failure::usage)?;
    let place = Place { paths, workspace };
    match args.command {
        None => place.attach(args.open),
        Some(command) => place.run(command),
    }
}

impl Place {
    fn run(self, command: Command) -> Result<u8, Failure> {
        match command {
            Command::Start { json } => self.start(json.json),
            Command::New { provider, name, cwd, worktree, split, prompt, model, task, json, args } => {
                let mut cwd = absolute(cwd.as_deref())?;
                let mut of = None;
                if let Some(branch) = worktree {
                    let (path, repository) = self.in_worktree(&cwd, &branch)?;
                    (cwd, of) = (path, Some(repository));
                }
                let new = NewSession {
                    provider,
                    name,
                    cwd,
                    placement: split.map(Into::into),
                    prompt,
                    model,
                    task_id: task,
                    args,
                    worktree: of,
                    env: environment(),
                };
                self.new_session(new, json.json)
            }
            Command::SessionNames => self.session_names(),
            Command::Ls { all, task, mcp_session, json } => {
                let links = Links { task_id: task, mcp_session_id: mcp_session };
                self.list(all, &links, json.json)
            }
            Command::Show { session, json } => {
                let row = session_row(self.ask(ApiRequest::Show { session })?)?;
                print::session(&row, json.json)
            }
            Command::Send { words, no_enter, to, all, json } => {
                let several = all || !to.is_empty();
                let (session, text) = match (words.as_slice(), several) {
                    ([text], true) => (None, text),
                    ([session, text], false) => (Some(session), text),
                    (_, true) => return Err(Failure::usage("with --to or --all give the text alone, as one word")),
                    (_, false) => return Err(Failure::usage("give a session and a text, or --to or --all and a text")),
                };
                let text = if text == "-" { standard_input()? } else { text.clone() };
                match session.cloned() {
                    Some(session) => self.submit(ApiRequest::Send { session, text, enter: !no_enter }).map(|_| 0),
                    None => self.send_to_several(to, all, text, json.json),
                }
            }
            Command::Keys { session, keys } => self.tell(ApiRequest::Keys { session, keys }),
            Command::Screen { session, history, ansi, json } => {
                match self.ask(ApiRequest::Screen { session, history, ansi })? {
                    ApiResponse::Text(text) => print::text(&text, json.json),
                    other => Err(unexpected(&other)),
                }
            }
            Command::Wait { session, until, timeout, json } => self.wait(session, &until, timeout, json.json),
            Command::Focus { session } => self.tell(ApiRequest::Focus { session }),
            Command::Run { command: Some(command), client, .. } => self.tell(ApiRequest::Run { command, client }),
            Command::Run { command: None, json, .. } => print::commands(json.json),
            Command::Close { session, remove_worktree: false, .. } => self.tell(ApiRequest::Close { session }),
            Command::Close { session, remove_worktree: true, discard } => {
                let discard = if discard { Discard::Changes } else { Discard::Nothing };
                self.close_with_worktree(&session, discard)
            }
            Command::Reopen { session, json } => self.reopen(session, json.json),
            Command::Rename { session, name } => self.tell(ApiRequest::Rename { session, name }),
            Command::Set { session, task, mcp_session } => {
                self.tell(ApiRequest::Set { session, task_id: task, mcp_session_id: mcp_session })
            }
            Command::Explain { session, json } => match self.ask(ApiRequest::Explain { session })? {
                ApiResponse::Explanation(explanation) => print::explanation(&explanation, json.json),
                other => Err(unexpected(&other)),
            },
            Command::Notices { unread, json } => match self.ask(ApiRequest::Notices { unread })? {
                ApiResponse::Notices(rows) => print::notices(&rows, json.json),
                other => Err(unexpected(&other)),
            },
            Command::Search { text, regex, json } => {
                let syntax = if regex { SearchSyntax::Regex } else { SearchSyntax::Text };
                match self.ask(ApiRequest::Search { text, syntax })? {
                    ApiResponse::Found { rows, is_cut } => {
                        if is_cut {
                            eprintln!("homing: there are more lines than {}; a longer text finds fewer", rows.len());
                        }
                        print::found(&rows, json.json)
                    }
                    other => Err(unexpected(&other)),
                }
            }
            Command::Events { follow } => self.events(follow),
            Command::Conversations { provider, cwd, limit, json } => {
                let cwd = cwd.as_deref().map(|cwd| absolute(Some(cwd))).transpose()?;
                conversations::list(&self.paths, provider.as_deref(), cwd.as_deref(), limit, json.json)
            }
            Command::Open { provider, id, split, json } => self.open(&provider, &id, split.map(Into::into), json.json),
            Command::Layout { command } => self.layout(command),
            Command::Up { file, dry_run, detach, json } => {
                let then = if detach || json.json { Then::Leave } else { Then::Attach };
                self.up(file, Act::of(dry_run), then, json.json)
            }
            Command::Status { json } => match self.ask(ApiRequest::Status)? {
                ApiResponse::Status(row) => print::status(&row, json.json),
                other => Err(unexpected(&other)),
            },
            Command::Stop => self.stop(),
            Command::RestartServer => self.restart_server(),
            Command::Demo => self.demo(),
            Command::Doctor { json } => doctor::run(&self.paths, &self.workspace, json.json),
            Command::Mcp => {
                crate::mcp::serve(self.paths, self.workspace, environment()).map(|()| 0).map_err(Failure::failed)
            }
            Command::Config { command } => self.config(command),
            Command::Integrations { command } => integrate(&command),
            Command::DemoAgent(args) => {
                let code = demo_agent::run(args, &self.paths.data_dir().join("demo"));
                Ok(u8::try_from(code).unwrap_or(1))
            }
            Command::Server => self.server(),
            Command::Keeper(args) => {
                crate::keeper::run(args, &self.paths, &self.workspace).map(|()| 0).map_err(Failure::failed)
            }
            Command::Hook { .. } | Command::Completions { .. } | Command::Skill | Command::Man { .. } => Ok(0),
            Command::Forget { session, yes } => self.forget(session, if yes { Asks::Never } else { Asks::OnTerminal }),
            Command::Stats { all, json } => self.stats(all, json.json),
            Command::Gc { idle, ended, dry_run, json } => {
                let request = GcRequest { idle_ms: idle.map(milliseconds), ended_ms: ended.map(milliseconds), dry_run };
                self.gc(request, json.json)
            }
        }
    }

    /// Prints events; with `follow` until interrupted or the reader is gone. A server that is replaced meanwhile goes on.
    fn events(&self, follow: bool) -> Result<u8, Failure> {
        let mut after = if follow { self.newest_event()? } else { 0 };
        loop {
            let batch = match self.ask(ApiRequest::Events { after, wait: follow }) {
                Ok(ApiResponse::Events(batch)) => batch,
                Ok(other) => return Err(unexpected(&other)),
                // The server may just be replaced; the next question starts over with the new one's count.
                Err(_) if follow && after > 0 => {
                    after = self.newest_event()?.saturating_sub(1);
                    continue;
                }
                Err(failure) => return Err(failure),
            };
            if !print::events(&batch.events)? || !follow {
                return Ok(0);
            }
            after = batch.last;
        }
    }

    fn newest_event(&self) -> Result<u64, Failure> {
        match self.ask(ApiRequest::Events { after: 0, wait: false })? {
            ApiResponse::Events(batch) => Ok(batch.last),
            other => Err(unexpected(&other)),
        }
    }

    /// Attaches, after starting a server if none runs.
    pub(super) fn attach(&self, open: Option<String>) -> Result<u8, Failure> {
        client::check_terminal().map_err(Failure::usage)?;
        let stream = start::ensure_running(&self.paths, &self.workspace).map_err(Failure::failed)?;
        let options = client::Options {
            paths: self.paths.clone(),
            workspace: self.workspace.clone(),
            env: environment(),
            cwd: absolute(None)?,
            open,
        };
        let left = client::attach(stream, &options).map_err(|error| self.failure(error))?;
        println!("{}", left.reason);
        Ok(u8::try_from(left.code).unwrap_or(1))
    }

    fn start(&self, json: bool) -> Result<u8, Failure> {
        let stream = start::ensure_running(&self.paths, &self.workspace).map_err(Failure::failed)?;
        let deadline = std::time::Instant::now() + RESTORE_TIME;
        let mut pause = Duration::from_millis(5);
        // On this connection: a keeper whose server cannot start tells why once.
        let mut first = client::request(stream, ApiRequest::Restore, Some(ANSWER_TIME));
        if matches!(first, Err(ClientError::Gone)) {
            // The socket was that of a server whose threads had not all ended yet.
            let stream = start::ensure_running(&self.paths, &self.workspace).map_err(Failure::failed)?;
            first = client::request(stream, ApiRequest::Restore, Some(ANSWER_TIME));
        }
        let mut answer = self.checked(first);
        loop {
            let report = restore_report(answer?)?;
            if report.is_complete || std::time::Instant::now() > deadline {
                return print::restored(&report, json);
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(200));
            answer = self.ask(ApiRequest::Restored);
        }
    }

    fn new_session(&self, new: NewSession, json: bool) -> Result<u8, Failure> {
        let stream = start::ensure_running(&self.paths, &self.workspace).map_err(Failure::failed)?;
        let answer = client::request(stream, ApiRequest::New(Box::new(new)), Some(RESTORE_TIME));
        let row = session_row(self.checked(answer)?)?;
        if json {
            return print::session(&row, true);
        }
        println!("{}", row.id);
        Ok(0)
    }

    /// Opens a conversation on disk; one that is open already is shown.
    fn open(&self, provider: &str, id: &str, placement: Option<Placement>, json: bool) -> Result<u8, Failure> {
        let found = conversations::find(&self.paths, provider, id)?;
        let mut env = environment();
        env.retain(|(name, _)| !found.source.env.contains_key(name));
        env.extend(found.source.env.clone());
        let stream = start::ensure_running(&self.paths, &self.workspace).map_err(Failure::failed)?;
        let conversation = Box::new(found.conversation);
        let request = ApiRequest::OpenConversation { conversation, env, placement };
        let row = match self.checked(client::request(stream, request, Some(RESTORE_TIME)))? {
            ApiResponse::AlreadyOpen(row) => {
                let place = row.pane.map(|pane| format!(" in pane {pane}")).unwrap_or_default();
                eprintln!("homing: it is already open{place}");
                row
            }
            other => Box::new(session_row(other)?),
        };
        if json {
            return print::session(&row, true);
        }
        println!("{}", row.id);
        Ok(0)
    }

    fn list(&self, all: bool, links: &Links, json: bool) -> Result<u8, Failure> {
        match self.ask(ApiRequest::List { all })? {
            ApiResponse::Sessions(mut rows) => {
                rows.retain(|row| links.fit(row));
                let columns = if all { print::Columns::WithIds } else { print::Columns::Few };
                print::sessions(&rows, columns, json)
            }
            other => Err(unexpected(&other)),
        }
    }

    fn wait(&self, session: String, until: &str, timeout: Option<f64>, json: bool) -> Result<u8, Failure> {
        let until = match until {
            "ready" => WaitFor::Ready,
            "busy" => WaitFor::Busy,
            "blocked" => WaitFor::Blocked,
            "exited" => WaitFor::Exited,
            other => match other.strip_prefix("text=") {
                Some(pattern) => WaitFor::Text(pattern.to_owned()),
                None => return Err(Failure::usage("--until takes ready, busy, blocked, exited or text=REGEX")),
            },
        };
        let time = timeout.map(Duration::try_from_secs_f64).transpose();
        let time = time.map_err(|_| Failure::usage("--timeout takes seconds"))?;
        let answer = client::wait(&self.paths, &self.workspace, (&session, &until), time);
        match self.checked(answer)? {
            ApiResponse::Session(row) if json => print::session(&row, true),
            _ => Ok(0),
        }
    }

    fn stop(&self) -> Result<u8, Failure> {
        let Ok(stream) = self.connect() else {
            println!("no server runs for workspace {:?}; nothing to stop", self.workspace);
            return Ok(0);
        };
        let answer = client::request(stream, ApiRequest::Stop, Some(ANSWER_TIME));
        self.checked(answer)?;
        client::wait_until_gone(&self.paths, &self.workspace, ANSWER_TIME).map_err(|error| self.failure(error))?;
        Ok(0)
    }

    fn restart_server(&self) -> Result<u8, Failure> {
        let exe = std::env::current_exe().ok().and_then(|path| path.to_str().map(str::to_owned));
        client::order_restart(self.connect()?, exe).map_err(|error| self.failure(error))?;
        // The next connection is answered by the new server.
        self.tell(ApiRequest::Status)
    }

    /// A workspace of its own with two demo agents, opened and attached to.
    fn demo(mut self) -> Result<u8, Failure> {
        client::check_terminal().map_err(Failure::usage)?;
        if self.workspace == MAIN {
            self.workspace = "demo".to_owned();
        }
        let stream = start::ensure_running(&self.paths, &self.workspace).map_err(Failure::failed)?;
        let answer = client::request(stream, ApiRequest::List { all: false }, Some(ANSWER_TIME));
        let is_empty = matches!(self.checked(answer)?, ApiResponse::Sessions(rows) if rows.is_empty());
        if is_empty {
            for (name, split) in [("first demo", None), ("second demo", Some(crate::core::dialog::Placement::Right))] {
                let new = NewSession {
                    provider: "demo".to_owned(),
                    name: Some(name.to_owned()),
                    cwd: absolute(None)?,
                    placement: split,
                    env: environment(),
                    ..NewSession::default()
                };
                self.checked(client::request(self.connect()?, ApiRequest::New(Box::new(new)), Some(ANSWER_TIME)))?;
            }
            self.tell(ApiRequest::Focus { session: "1".to_owned() })?;
        }
        self.attach(None)
    }

    /// For completions: without a server there are no names.
    fn session_names(&self) -> Result<u8, Failure> {
        if let ApiResponse::Sessions(rows) = self.ask(ApiRequest::List { all: false })? {
            print!("{}", completions::names(&rows));
        }
        Ok(0)
    }

    fn config(&self, command: ConfigCommand) -> Result<u8, Failure> {
        let path = self.paths.config_file();
        match command {
            ConfigCommand::Path => println!("{}", path.display()),
            ConfigCommand::Default => print!("{}", crate::config::example()),
            ConfigCommand::Check => return self.check_config(&path),
        }
        Ok(0)
    }

    fn check_config(&self, path: &Path) -> Result<u8, Failure> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                println!("{} does not exist; the defaults apply", path.display());
                return Ok(0);
            }
            Err(error) => return Err(Failure::failed(format!("{} cannot be read: {error}", path.display()))),
        };
        let (themes, of_themes) = crate::server::themes::read(&self.paths.themes_dir());
        let (config, _) = crate::config::parse(&text);
        let named = themes.check(&config.ui, &config.places);
        let diagnostics = crate::config::keys::check(&text).into_iter().chain(named);
        let mut told: Vec<String> =
            diagnostics.map(|diagnostic| diagnostic.in_file(&path.display().to_string())).collect();
        told.extend(of_themes);
        if told.is_empty() {
            println!("{} is fine", path.display());
            return Ok(0);
        }
        told.iter().for_each(|line| eprintln!("{line}"));
        Err(Failure::failed(format!("{} problem(s); the defaults apply there", told.len())))
    }

    fn server(self) -> Result<u8, Failure> {
        crate::server::memory::use_one_arena();
        let _log = crate::server::log::start(&self.paths, &self.workspace);
        let args = crate::server::boot::ServerArgs { workspace: self.workspace, paths: self.paths };
        match crate::server::run(&args) {
            Ok(code) => Ok(u8::try_from(code).unwrap_or(1)),
            Err(error) => {
                tracing::error!(%error, "the server did not start");
                Err(Failure::failed(error))
            }
        }
    }

    fn connect(&self) -> Result<std::os::unix::net::UnixStream, Failure> {
        client::connect_existing(&self.paths, &self.workspace).map_err(|_| Failure::no_server(&self.workspace))
    }

    pub(super) fn ask(&self, request: ApiRequest) -> Result<ApiResponse, Failure> {
        let stream = self.connect()?;
        self.checked(client::request(stream, request, Some(ANSWER_TIME)))
    }

    pub(super) fn tell(&self, request: ApiRequest) -> Result<u8, Failure> {
        self.ask(request).map(|_| 0)
    }

    /// Sends a text: an agent that starts, or a busy machine, may take a while to show it.
    fn submit(&self, request: ApiRequest) -> Result<ApiResponse, Failure> {
        let stream = self.connect()?;
        self.checked(client::request(stream, request, Some(SUBMIT_TIME)))
    }

    /// Sends a text to several sessions; fails where one of them did not get it.
    fn send_to_several(&self, to: Vec<String>, all: bool, text: String, json: bool) -> Result<u8, Failure> {
        let own = std::env::var("HOMING_SESSION").ok().filter(|own| !own.is_empty());
        match self.submit(ApiRequest::SendToSeveral { to, all, own, text })? {
            ApiResponse::Sent(rows) => print::sent(&rows, json),
            other => Err(unexpected(&other)),
        }
    }

    pub(super) fn checked(&self, answer: Result<ApiResponse, ClientError>) -> Result<ApiResponse, Failure> {
        match answer.map_err(|error| self.failure(error))? {
            ApiResponse::Error(error) => Err(of_api(error)),
            response => Ok(response),
        }
    }

    fn failure(&self, error: ClientError) -> Failure {
        match error {
            ClientError::NotRunning => Failure::no_server(&self.workspace),
            ClientError::TimedOut => Failure { code: 4, message: "the server did not answer in time".to_owned() },
            other => Failure::failed(other),
        }
    }
}

/// Prints the manual page in roff.
fn manual(command: Option<&str>) -> Result<u8, Failure> {
    let mut homing = Args::command().name("homing");
    homing.build();
    let page = match command {
        None => homing,
        Some(name) => match homing.find_subcommand(name) {
            Some(found) => found.clone(),
            None => return Err(Failure::usage(format!("no command {name:?}; `homing --help` lists them"))),
        },
    };
    let mut roff = Vec::new();
    clap_mangen::Man::new(page).render(&mut roff).map_err(Failure::failed)?;
    std::io::Write::write_all(&mut std::io::stdout(), &roff).map_err(Failure::failed)?;
    Ok(0)
}

fn of_api(error: ApiError) -> Failure {
    let code = match error.kind {
        ApiErrorKind::Failed => 1,
        ApiErrorKind::Usage => 2,
        ApiErrorKind::NoSuchSession => 3,
        ApiErrorKind::TimedOut => 4,
    };
    Failure { code, message: error.message }
}

fn restore_report(response: ApiResponse) -> Result<RestoreReport, Failure> {
    match response {
        ApiResponse::Restored(report) => Ok(report),
        other => Err(unexpected(&other)),
    }
}

pub(super) fn session_row(response: ApiResponse) -> Result<SessionRow, Failure> {
    match response {
        ApiResponse::Session(row) => Ok(*row),
        other => Err(unexpected(&other)),
    }
}

pub(super) fn unexpected(response: &ApiResponse) -> Failure {
    tracing::debug!(?response, "an unexpected answer");
    Failure::failed("the server gave an unexpected answer; `homing restart-server` starts one of this version")
}

/// The environment of this process, as far as it is text.
pub(super) fn environment() -> Vec<(String, String)> {
    std::env::vars_os().filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?))).collect()
}

/// A directory as an absolute path; this process's own where none is given.
pub(super) fn absolute(directory: Option<&Path>) -> Result<String, Failure> {
    let directory = match directory {
        Some(directory) => std::path::absolute(directory),
        None => std::env::current_dir(),
    };
    let directory: PathBuf = directory.map_err(|error| Failure::failed(format!("this directory is gone: {error}")))?;
    directory.into_os_string().into_string().map_err(|path| Failure::usage(format!("{path:?} is not UTF-8")))
}

pub(super) fn standard_input() -> Result<String, Failure> {
    let mut text = String::new();
    if std::io::stdin().is_terminal() {
        return Err(Failure::usage("`-` reads standard input; pipe the text in"));
    }
    std::io::stdin().read_to_string(&mut text).map_err(|error| Failure::failed(format!("standard input: {error}")))?;
    Ok(text)
}

/// Hooks in an agent's own settings.
fn integrate(command: &IntegrationsCommand) -> Result<u8, Failure> {
    let consent = |yes: bool| if yes { Consent::Given } else { Consent::Ask };
    match command {
        IntegrationsCommand::Install { provider, yes } => {
            integrations::run(integrations::Act::Install, provider, consent(*yes))
        }
        IntegrationsCommand::Uninstall { provider, yes } => {
            integrations::run(integrations::Act::Uninstall, provider, consent(*yes))
        }
        IntegrationsCommand::Status { provider } => {
            integrations::run(integrations::Act::Status, provider, Consent::Ask)
        }
    }
}
