//! The commands about open sessions: new, open, list, wait, events, a text to several.

use std::time::Duration;

use crate::cli::asking::{session_row, unexpected};
use crate::cli::caller::{absolute, environment};
use crate::cli::commands::Place;
use crate::cli::serving::RESTORE_TIME;
use crate::cli::{Failure, completions, conversations, print};
use crate::client;
use crate::core::dialog::Placement;
use crate::keeper::start;
use crate::protocol::api::{ApiRequest, ApiResponse, NewSession, SessionRow, WaitFor};

/// What listed sessions are linked to; `None` is anything.
pub(super) struct Links {
    pub(super) task_id: Option<String>,
    pub(super) mcp_session_id: Option<String>,
}

impl Links {
    fn fit(&self, row: &SessionRow) -> bool {
        let is = |wanted: &Option<String>, found: &Option<String>| wanted.is_none() || wanted == found;
        is(&self.task_id, &row.task_id) && is(&self.mcp_session_id, &row.mcp_session_id)
    }
}

impl Place {
    pub(super) fn new_session(&self, new: NewSession, json: bool) -> Result<u8, Failure> {
        let stream = start::ensure_running(&self.paths, &self.workspace).map_err(Failure::failed)?;
        let answer = client::request(stream, ApiRequest::New(Box::new(new)), Some(RESTORE_TIME));
        let row = session_row(self.checked(answer)?)?;
        if json {
            return print::session(&row, true);
        }
        println!("{}", row.id);
        Ok(0)
    }

    /// Shows the scratch shell or puts it away.
    pub(super) fn scratch(&self, json: bool) -> Result<u8, Failure> {
        let stream = start::ensure_running(&self.paths, &self.workspace).map_err(Failure::failed)?;
        let request = ApiRequest::Scratch { cwd: absolute(None)?, env: environment() };
        let row = session_row(self.checked(client::request(stream, request, Some(RESTORE_TIME)))?)?;
        if json {
            return print::session(&row, true);
        }
        println!("{}", row.id);
        Ok(0)
    }

    /// Opens a conversation on disk; one that is open already is shown.
    pub(super) fn open(
        &self,
        provider: &str,
        id: &str,
        placement: Option<Placement>,
        json: bool,
    ) -> Result<u8, Failure> {
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

    pub(super) fn list(&self, all: bool, links: &Links, json: bool) -> Result<u8, Failure> {
        match self.ask(ApiRequest::List { all })? {
            ApiResponse::Sessions(mut rows) => {
                rows.retain(|row| links.fit(row));
                let columns = if all { print::Columns::WithIds } else { print::Columns::Few };
                print::sessions(&rows, columns, json)
            }
            other => Err(unexpected(&other)),
        }
    }

    pub(super) fn wait(&self, session: String, until: &str, timeout: Option<f64>, json: bool) -> Result<u8, Failure> {
        let until =
            WaitFor::parse(until).ok_or(Failure::usage("--until takes ready, busy, blocked, exited or text=REGEX"))?;
        let time = timeout.map(Duration::try_from_secs_f64).transpose();
        let time = time.map_err(|_| Failure::usage("--timeout takes seconds"))?;
        let answer = client::wait(&self.paths, &self.workspace, (&session, &until), time);
        match self.checked(answer)? {
            ApiResponse::Session(row) if json => print::session(&row, true),
            _ => Ok(0),
        }
    }

    /// Prints events; with `follow` until interrupted or the reader is gone. A server that is replaced meanwhile goes on.
    pub(super) fn events(&self, follow: bool) -> Result<u8, Failure> {
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

    /// Sends a text to several sessions; fails where one of them did not get it.
    pub(super) fn send_to_several(&self, to: Vec<String>, all: bool, text: String, json: bool) -> Result<u8, Failure> {
        let own = std::env::var("HOMING_SESSION").ok().filter(|own| !own.is_empty());
        match self.submit(ApiRequest::SendToSeveral { to, all, own, text })? {
            ApiResponse::Sent(rows) => print::sent(&rows, json),
            other => Err(unexpected(&other)),
        }
    }

    /// For completions: without a server there are no names.
    pub(super) fn session_names(&self) -> Result<u8, Failure> {
        if let ApiResponse::Sessions(rows) = self.ask(ApiRequest::List { all: false })? {
            print!("{}", completions::names(&rows));
        }
        Ok(0)
    }
}
