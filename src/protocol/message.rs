//! The messages of the workspace's socket. Plain data.

use serde::{Deserialize, Serialize};

use crate::protocol::api::{ApiRequest, ApiResponse};

/// The version of everything in this module; another number is another language.
pub const PROTOCOL: u32 = 2;

/// What a connection is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// A person's terminal.
    Attach,
    /// A program's requests.
    Api,
    /// The server is to be replaced: the whole request is in the hello, for it must work between any two versions.
    Restart,
}

/// The first thing that a connection says.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Hello {
    /// homing's version.
    pub version: String,
    /// The language that it speaks.
    pub protocol: u32,
    /// What it is for.
    pub role: Role,
    /// For `restart`: the program to start.
    #[serde(default)]
    pub exe: Option<String>,
}

impl Hello {
    /// This program's.
    pub fn new(role: Role) -> Self {
        Self { version: env!("CARGO_PKG_VERSION").to_owned(), protocol: PROTOCOL, role, exe: None }
    }
}

/// The server's answer to a hello.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Welcome {
    /// The server's version.
    pub version: String,
    /// The language that it speaks.
    pub protocol: u32,
    /// Its process.
    pub server_pid: u32,
}

/// The server refuses.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Reject {
    /// Why.
    pub reason: String,
    /// What to do.
    pub hint: String,
}

/// Names a terminal, so that another process can open it and be sure that it is the same.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TtyName {
    /// Its path, below /dev.
    pub path: String,
    /// The device that the path lies on (`st_dev`): that of another container is another one.
    pub filesystem: u64,
    /// The number of the terminal's own device (`st_rdev`).
    pub device: u64,
}

/// What a client or a program says.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "snake_case")]
pub enum ClientMessage {
    /// Show me the workspace.
    Attach {
        /// Columns of the terminal.
        cols: u16,
        /// Rows of the terminal.
        rows: u16,
        /// The client's environment.
        env: Vec<(String, String)>,
        /// The client's directory.
        cwd: String,
        /// What to open if the workspace is empty.
        open: Option<String>,
        /// Its terminal, where that has a name.
        #[serde(default)]
        tty: Option<TtyName>,
    },
    /// The terminal has another size.
    Resize {
        /// Columns.
        cols: u16,
        /// Rows.
        rows: u16,
    },
    /// The last bytes are on the terminal (of a client whose terminal the server does not write to itself).
    Shown,
    /// A request.
    Request {
        /// Comes back in the answer.
        id: u64,
        /// What.
        request: ApiRequest,
    },
}

/// What the server says.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "snake_case")]
pub enum ServerMessage {
    /// Leave, and print this.
    Exit {
        /// One line.
        reason: String,
        /// The exit code.
        code: i32,
    },
    /// Open a link where the client runs.
    Open {
        /// Its target.
        uri: String,
    },
    /// A new server is about to take over: connect again.
    Restarting,
    /// An answer.
    Response {
        /// The request's.
        id: u64,
        /// The answer.
        response: ApiResponse,
    },
}

/// What a hook says; one frame, no handshake.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Report {
    /// homing's id of the session.
    pub session: String,
    /// The secret of the launch.
    pub token: String,
    /// Which provider's hook.
    pub provider: String,
    /// The event's name, where the command line gave it.
    #[serde(default)]
    pub event: Option<String>,
    /// The provider's payload, as it came.
    pub payload: String,
    /// The reporting process and its ancestors, as it read them itself.
    #[serde(default)]
    pub ancestors: Vec<u32>,
}
