//! The command line: arguments in, one request or one process out. Exit codes: 0 ok · 1 failed · 2 usage · 3 no such session
//! · 4 timed out · 5 no server.

pub mod age;
pub mod args;
mod asking;
mod caller;
mod closed_pipe;
pub mod commands;
pub mod completions;
pub mod conversations;
pub mod demo_agent;
pub mod doctor;
pub mod integrations;
pub mod layout;
mod lifecycle;
pub mod print;
mod serving;
mod sessions;
mod settings;
pub mod skill;
mod worktree;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::args::{Args, Command};

/// Why a command failed, and with which exit code.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// The exit code.
    pub code: u8,
    /// What failed and what to do next.
    pub message: String,
}

impl Failure {
    /// A failure with exit code 1.
    pub fn failed(message: impl std::fmt::Display) -> Self {
        Self { code: 1, message: message.to_string() }
    }

    /// A failure with exit code 2.
    pub fn usage(message: impl std::fmt::Display) -> Self {
        Self { code: 2, message: message.to_string() }
    }

    /// No server runs.
    pub fn no_server(workspace: &str) -> Self {
        Self { code: 5, message: format!("no server runs for workspace {workspace:?}; `homing start` starts one") }
    }
}

/// Runs the program; the exit code.
pub fn main() -> ExitCode {
    let args = Args::parse();
    if !matches!(args.command, Some(Command::Server | Command::Keeper(_))) {
        closed_pipe::end_quietly();
    }
    let is_quiet = matches!(args.command, Some(Command::Hook { .. }));
    match commands::run(args) {
        Ok(code) => ExitCode::from(code),
        Err(_) if is_quiet => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("homing: {}", failure.message);
            ExitCode::from(failure.code)
        }
    }
}
