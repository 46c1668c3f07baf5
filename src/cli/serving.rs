//! The commands about the server itself: attach, start, stop, replace, the demo.

use std::time::{Duration, Instant};

use crate::cli::asking::{ANSWER_TIME, unexpected};
use crate::cli::caller::{absolute, environment};
use crate::cli::commands::Place;
use crate::cli::{Failure, print};
use crate::client::{self, ClientError};
use crate::core::dialog::Placement;
use crate::core::workspace::MAIN;
use crate::keeper::start;
use crate::protocol::api::{ApiRequest, ApiResponse, NewSession, RestoreReport};

/// How long agents have to come back before `homing start` reports what it knows.
pub(super) const RESTORE_TIME: Duration = Duration::from_secs(120);

impl Place {
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

    pub(super) fn start(&self, json: bool) -> Result<u8, Failure> {
        let stream = start::ensure_running(&self.paths, &self.workspace).map_err(Failure::failed)?;
        let deadline = Instant::now() + RESTORE_TIME;
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
            if report.is_complete || Instant::now() > deadline {
                return print::restored(&report, json);
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(200));
            answer = self.ask(ApiRequest::Restored);
        }
    }

    pub(super) fn stop(&self) -> Result<u8, Failure> {
        let Ok(stream) = self.connect() else {
            println!("no server runs for workspace {:?}; nothing to stop", self.workspace);
            return Ok(0);
        };
        let answer = client::request(stream, ApiRequest::Stop, Some(ANSWER_TIME));
        self.checked(answer)?;
        client::wait_until_gone(&self.paths, &self.workspace, ANSWER_TIME).map_err(|error| self.failure(error))?;
        Ok(0)
    }

    pub(super) fn restart_server(&self) -> Result<u8, Failure> {
        let exe = std::env::current_exe().ok().and_then(|path| path.to_str().map(str::to_owned));
        client::order_restart(self.connect()?, exe).map_err(|error| self.failure(error))?;
        // The next connection is answered by the new server.
        self.tell(ApiRequest::Status)
    }

    /// A workspace of its own with two demo agents, opened and attached to.
    pub(super) fn demo(mut self) -> Result<u8, Failure> {
        client::check_terminal().map_err(Failure::usage)?;
        if self.workspace == MAIN {
            self.workspace = "demo".to_owned();
        }
        let stream = start::ensure_running(&self.paths, &self.workspace).map_err(Failure::failed)?;
        let answer = client::request(stream, ApiRequest::List { all: false }, Some(ANSWER_TIME));
        let is_empty = matches!(self.checked(answer)?, ApiResponse::Sessions(rows) if rows.is_empty());
        if is_empty {
            for (name, split) in [("first demo", None), ("second demo", Some(Placement::Right))] {
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

    pub(super) fn server(self) -> Result<u8, Failure> {
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
}

fn restore_report(response: ApiResponse) -> Result<RestoreReport, Failure> {
    match response {
        ApiResponse::Restored(report) => Ok(report),
        other => Err(unexpected(&other)),
    }
}
