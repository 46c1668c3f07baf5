//! Programs that wait for a session to be in a state (`homing wait`).

use std::time::Duration;

use crate::core::Core;
use crate::core::effect::{Effect, Effects, RequestId};
use crate::core::session::Status;
use crate::core::timer::Timer;
use crate::id::SessionId;
use crate::protocol::api::{ApiError, ApiErrorKind, ApiResponse, WaitFor};

/// A program that waits.
#[derive(Debug)]
pub struct Wait {
    session: SessionId,
    until: Condition,
}

#[derive(Debug)]
enum Condition {
    Status(Status),
    Text(regex::Regex),
}

impl Core {
    pub(super) fn wait(
        &mut self,
        request: RequestId,
        session: SessionId,
        until: WaitFor,
        timeout_ms: Option<u64>,
        fx: &mut Effects,
    ) -> Result<(), ApiError> {
        let until = match until {
            WaitFor::Ready => Condition::Status(Status::Ready),
            WaitFor::Busy => Condition::Status(Status::Busy),
            WaitFor::Blocked => Condition::Status(Status::Blocked),
            WaitFor::Exited => Condition::Status(Status::Terminated),
            WaitFor::Text(pattern) => Condition::Text(regex::Regex::new(&pattern).map_err(|error| ApiError {
                kind: ApiErrorKind::Usage,
                message: format!("{pattern:?} is not a regular expression: {error}"),
            })?),
        };
        self.waits.insert(request, Wait { session, until });
        if let Some(ms) = timeout_ms {
            let at = self.state.now.instant + Duration::from_millis(ms);
            fx.push(Effect::SetTimer { timer: Timer::Wait(request), at });
        }
        Ok(())
    }

    /// Answers the waits whose state has come.
    pub(super) fn check_waits(&mut self, fx: &mut Effects) {
        if self.waits.is_empty() {
            return;
        }
        let met: Vec<_> =
            self.waits.iter().filter(|(_, wait)| self.is_met(wait)).map(|(id, wait)| (*id, wait.session)).collect();
        for (request, session) in met {
            self.waits.remove(&request);
            let response = match self.session_row(session) {
                Some(row) => ApiResponse::Session(Box::new(row)),
                None => ApiResponse::Done,
            };
            fx.push(Effect::Respond { request, response: Box::new(response) });
        }
    }

    /// A session that is gone has exited; every other wait for it can never be met and is answered all the same.
    fn is_met(&self, wait: &Wait) -> bool {
        let Some(session) = self.state.sessions.get(&wait.session) else { return true };
        match &wait.until {
            Condition::Status(status) => session.status == *status,
            Condition::Text(pattern) => {
                self.state.pane_of(wait.session).is_some_and(|pane| pattern.is_match(&pane.terminal.screen_text()))
            }
        }
    }

    pub(super) fn wait_timed_out(&mut self, request: RequestId, fx: &mut Effects) {
        if let Some(wait) = self.waits.remove(&request) {
            let status = self.state.sessions.get(&wait.session).map_or("gone", |session| session.status.as_str());
            let message = format!("timed out; the session is {status}");
            let error = ApiError { kind: ApiErrorKind::TimedOut, message };
            fx.push(Effect::Respond { request, response: Box::new(ApiResponse::Error(error)) });
        }
    }
}
