//! homing: a terminal workspace for coding agents.
//!
//! The map is in `docs/architecture.md`. Modules import only downward in the order below; those marked P are pure (no files,
//! sockets, processes, threads, environment, clocks; no tokio, rusqlite, crossterm).

pub mod geometry; // P
pub mod id; // P
pub mod text; // P
pub mod time; // P

pub mod config; // P
pub mod core; // P
pub mod input; // P
pub mod layout; // P
pub mod protocol; // P
pub mod provider; // P
pub mod term; // P, the only importer of vt100
pub mod ui; // P

pub mod hook;
pub mod pty;
pub mod store;
pub mod watch;
pub mod worktree;

pub mod paths;

pub mod client;
pub mod keeper;
pub mod server;

pub mod mcp;

pub mod cli;
