//! One request to the server of a workspace, and how its answer becomes a success or a failure.

use std::os::unix::net::UnixStream;
use std::time::Duration;

use crate::cli::Failure;
use crate::cli::commands::Place;
use crate::client::{self, ClientError};
use crate::protocol::api::{ApiError, ApiErrorKind, ApiRequest, ApiResponse, SessionRow};

/// How long a server has to answer a request that needs no waiting.
pub(super) const ANSWER_TIME: Duration = Duration::from_secs(15);

/// How long a text may take until it is submitted or given up; longer than `core::submit` takes for both.
const SUBMIT_TIME: Duration = Duration::from_secs(50);

impl Place {
    pub(super) fn connect(&self) -> Result<UnixStream, Failure> {
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
    pub(super) fn submit(&self, request: ApiRequest) -> Result<ApiResponse, Failure> {
        let stream = self.connect()?;
        self.checked(client::request(stream, request, Some(SUBMIT_TIME)))
    }

    pub(super) fn checked(&self, answer: Result<ApiResponse, ClientError>) -> Result<ApiResponse, Failure> {
        match answer.map_err(|error| self.failure(error))? {
            ApiResponse::Error(error) => Err(of_api(error)),
            response => Ok(response),
        }
    }

    pub(super) fn failure(&self, error: ClientError) -> Failure {
        match error {
            ClientError::NotRunning => Failure::no_server(&self.workspace),
            ClientError::TimedOut => Failure { code: 4, message: "the server did not answer in time".to_owned() },
            other => Failure::failed(other),
        }
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

fn of_api(error: ApiError) -> Failure {
    let code = match error.kind {
        ApiErrorKind::Failed => 1,
        ApiErrorKind::Usage => 2,
        ApiErrorKind::NoSuchSession => 3,
        ApiErrorKind::TimedOut => 4,
    };
    Failure { code, message: error.message }
}
