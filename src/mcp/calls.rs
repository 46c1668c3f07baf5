//! What the tools do: arguments in, one request to the workspace's server, JSON out.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::client::{self, ClientError};
use crate::config::{Config, FileDialect};
use crate::keeper::start::{self, StartError};
use crate::paths::Paths;
use crate::protocol::api::{ApiError, ApiRequest, ApiResponse, NewSession, WaitFor};
use crate::provider::Providers;
use crate::server::catalogue::{self, Readers};

/// How long a server has to answer a request that needs no waiting.
const ANSWER_TIME: Duration = Duration::from_secs(15);

/// How long a text may take until it is submitted or given up; longer than `core::submit` takes for both.
const SUBMIT_TIME: Duration = Duration::from_secs(50);

/// How long a new agent has to start.
const START_TIME: Duration = Duration::from_secs(120);

/// How long `wait_for` waits where the program does not say. Chosen: below the 60 s after which clients give up by default.
const WAIT_S: f64 = 50.0;

/// How long it waits at most.
const WAIT_MAX_S: f64 = 600.0;

/// Lines of history that a program gets at most. Chosen: some 200 KiB.
const HISTORY_MAX: usize = 2000;

/// Conversations that are listed where the program does not say.
const CONVERSATIONS: usize = 50;

/// Why a call did not work. The text is for the program's model.
#[derive(Debug, thiserror::Error)]
pub(super) enum CallError {
    /// The settings do not allow it.
    #[error(
        "{tool} is not allowed: the user's config.toml would have to say so, by {right:?} in the list `allow` of [mcp]"
    )]
    NotAllowed {
        /// The tool.
        tool: String,
        /// What is missing.
        right: &'static str,
    },
    /// The arguments are not what the tool takes.
    #[error("wrong arguments: {0}")]
    Arguments(#[source] serde_json::Error),
    /// An argument has a value that makes no sense.
    #[error("{0}")]
    Argument(&'static str),
    /// There is no such agent.
    #[error("no provider {0:?} whose conversations can be listed")]
    NoProvider(String),
    /// No server runs.
    #[error("no server runs for workspace {0:?}; open_session starts one, or the user runs `homing`")]
    NoServer(String),
    /// The server cannot be started.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The server says no.
    #[error(transparent)]
    Refused(#[from] ApiError),
    /// No answer.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// An answer of another kind.
    #[error("the server gave an unexpected answer; `homing restart-server` starts one of this version")]
    Unexpected,
}

/// Where the calls go, and on whose behalf.
pub(super) struct Caller {
    paths: Paths,
    workspace: String,
    /// The environment of the program that started this process.
    env: Vec<(String, String)>,
    is_linked: AtomicBool,
}

impl Caller {
    pub(super) fn new(paths: Paths, workspace: String, env: Vec<(String, String)>) -> Self {
        Self { paths, workspace, env, is_linked: AtomicBool::new(false) }
    }

    /// The settings as they are now.
    pub(super) fn config(&self) -> Config {
        let text = std::fs::read_to_string(self.paths.config_file()).unwrap_or_default();
        crate::config::parse(&text).0
    }

    /// The session in whose pane this runs.
    fn own_session(&self) -> Option<&str> {
        let own = self.env.iter().find(|(name, value)| name == "HOMING_SESSION" && !value.is_empty());
        own.map(|(_, session)| session.as_str())
    }

    /// Once, beside everything else: in a pane, links the pane's session to this connection, which gets an id for it (the
    /// protocol has none over standard input and output).
    pub(super) fn link(self: Arc<Self>) {
        if self.own_session().is_none() || self.is_linked.swap(true, Ordering::Relaxed) {
            return;
        }
        tokio::task::spawn_blocking(move || {
            let Some(session) = self.own_session().map(str::to_owned) else { return };
            let id = uuid::Uuid::new_v4().to_string();
            let request = ApiRequest::Set { session, task_id: None, mcp_session_id: Some(id) };
            // Nothing depends on it, and there is nobody to tell.
            let _ = self.ask(request, ANSWER_TIME);
        });
    }

    /// Waits for a state of a session, whichever server runs meanwhile.
    fn wait(&self, what: (&str, &WaitFor), time: Duration) -> Result<ApiResponse, CallError> {
        match client::wait(&self.paths, &self.workspace, what, Some(time)) {
            Err(ClientError::NotRunning) => Err(CallError::NoServer(self.workspace.clone())),
            response => answer(response),
        }
    }

    fn ask(&self, request: ApiRequest, patience: Duration) -> Result<ApiResponse, CallError> {
        let stream = client::connect_existing(&self.paths, &self.workspace)
            .map_err(|_| CallError::NoServer(self.workspace.clone()))?;
        answer(client::request(stream, request, Some(patience)))
    }
}

fn answer(response: Result<ApiResponse, ClientError>) -> Result<ApiResponse, CallError> {
    match response? {
        ApiResponse::Error(error) => Err(error.into()),
        response => Ok(response),
    }
}

fn to_json(value: &impl serde::Serialize) -> Result<Value, CallError> {
    serde_json::to_value(value).map_err(|_| CallError::Unexpected)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListSessions {
    all: Option<bool>,
}

pub(super) fn list_sessions(caller: &Caller, args: ListSessions) -> Result<Value, CallError> {
    match caller.ask(ApiRequest::List { all: args.all.unwrap_or(false) }, ANSWER_TIME)? {
        ApiResponse::Sessions(rows) => Ok(json!({
            "workspace": caller.workspace, "own_session": caller.own_session(), "sessions": to_json(&rows)?,
        })),
        _ => Err(CallError::Unexpected),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListConversations {
    provider: Option<String>,
    cwd: Option<String>,
    limit: Option<usize>,
}

pub(super) fn list_conversations(caller: &Caller, args: ListConversations) -> Result<Value, CallError> {
    let providers = Providers::with_config(&caller.config()).0;
    let files = |name: String| match providers.find(&name).map(|row| row.files) {
        Ok(files) if files != FileDialect::None => Ok(files),
        Ok(_) | Err(_) => Err(CallError::NoProvider(name)),
    };
    let only = args.provider.map(files).transpose()?;
    let found = catalogue::all(&Readers { providers, env: caller.env.clone(), only }).into_iter();
    let cwd = args.cwd.as_deref().map(Path::new);
    let wanted = found.map(|found| found.conversation).filter(|row| cwd.is_none_or(|cwd| Path::new(&row.cwd) == cwd));
    let rows: Vec<Value> = wanted
        .take(args.limit.unwrap_or(CONVERSATIONS))
        .map(|row| {
            json!({
                "provider": row.provider.to_string(), "id": row.id.to_string(), "title": row.title, "cwd": row.cwd,
                "updated_at_unix_ms": row.updated_at.unix_ms, "first_message": row.first_message,
            })
        })
        .collect();
    Ok(json!({ "conversations": rows }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReadScreen {
    session: String,
    history: Option<usize>,
}

pub(super) fn read_screen(caller: &Caller, args: ReadScreen) -> Result<Value, CallError> {
    let history = args.history.unwrap_or(0).min(HISTORY_MAX);
    match caller.ask(ApiRequest::Screen { session: args.session, history, ansi: false }, ANSWER_TIME)? {
        ApiResponse::Text(text) => Ok(json!({ "text": text })),
        _ => Err(CallError::Unexpected),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Explain {
    session: String,
}

pub(super) fn explain(caller: &Caller, args: Explain) -> Result<Value, CallError> {
    match caller.ask(ApiRequest::Explain { session: args.session }, ANSWER_TIME)? {
        ApiResponse::Explanation(explanation) => to_json(&explanation),
        _ => Err(CallError::Unexpected),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WaitForState {
    session: String,
    until: String,
    timeout_s: Option<f64>,
}

pub(super) fn wait_for(caller: &Caller, args: WaitForState) -> Result<Value, CallError> {
    let until = WaitFor::parse(&args.until)
        .ok_or(CallError::Argument("until takes ready, busy, blocked, exited or text=REGEX"))?;
    let seconds = args.timeout_s.unwrap_or(WAIT_S);
    if !(0.0..=WAIT_MAX_S).contains(&seconds) {
        return Err(CallError::Argument("timeout_s is from 0 to 600"));
    }
    let time = Duration::from_secs_f64(seconds);
    match caller.wait((&args.session, &until), time)? {
        ApiResponse::Session(row) => Ok(json!({ "session": to_json(&row)? })),
        _ => Ok(json!({ "done": true })),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OpenSession {
    provider: String,
    name: Option<String>,
    cwd: Option<String>,
    prompt: Option<String>,
    model: Option<String>,
    task: Option<String>,
}

pub(super) fn open_session(caller: &Caller, args: OpenSession) -> Result<Value, CallError> {
    let own_cwd = || std::env::current_dir().ok().and_then(|cwd| cwd.into_os_string().into_string().ok());
    let cwd = args.cwd.or_else(own_cwd).ok_or(CallError::Argument("cwd is needed: this directory is gone"))?;
    if !Path::new(&cwd).is_absolute() {
        return Err(CallError::Argument("cwd must be an absolute path"));
    }
    let new = NewSession {
        provider: args.provider,
        name: args.name,
        cwd,
        prompt: args.prompt,
        model: args.model,
        task_id: args.task,
        env: caller.env.clone(),
        ..NewSession::default()
    };
    let stream = start::ensure_running(&caller.paths, &caller.workspace)?;
    match answer(client::request(stream, ApiRequest::New(Box::new(new)), Some(START_TIME)))? {
        ApiResponse::Session(row) => Ok(json!({ "session": to_json(&row)? })),
        _ => Err(CallError::Unexpected),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SendPrompt {
    session: String,
    text: String,
    submit: Option<bool>,
}

pub(super) fn send_prompt(caller: &Caller, args: SendPrompt) -> Result<Value, CallError> {
    let enter = args.submit.unwrap_or(true);
    caller.ask(ApiRequest::Send { session: args.session, text: args.text, enter }, SUBMIT_TIME)?;
    Ok(json!({ "done": true }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CloseSession {
    session: String,
}

pub(super) fn close_session(caller: &Caller, args: CloseSession) -> Result<Value, CallError> {
    caller.ask(ApiRequest::Close { session: args.session }, ANSWER_TIME)?;
    Ok(json!({ "done": true }))
}
