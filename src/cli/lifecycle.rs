//! The commands about sessions that ended: forget, stats, gc; and what they print.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use crate::cli::Failure;
use crate::cli::asking::unexpected;
use crate::cli::caller::environment;
use crate::cli::commands::Place;
use crate::cli::print;
use crate::protocol::api::{ApiRequest, ApiResponse, GcReport, GcRequest, GcRow, StatsRow};
use crate::time::short_age;

/// Whether a person is asked before something is erased.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Asks {
    /// If there is one.
    OnTerminal,
    /// No.
    Never,
}

impl Place {
    /// Starts a session again; prints its id.
    pub(super) fn reopen(&self, session: String, as_json: bool) -> Result<u8, Failure> {
        match self.ask(ApiRequest::Reopen { session, env: environment() })? {
            ApiResponse::Session(row) if as_json => print::session(&row, true),
            ApiResponse::Session(row) => {
                println!("{}", row.id);
                Ok(0)
            }
            other => Err(unexpected(&other)),
        }
    }

    /// Erases a session, after a question where a person can answer it.
    pub(super) fn forget(&self, session: String, asks: Asks) -> Result<u8, Failure> {
        if asks == Asks::OnTerminal && std::io::stdin().is_terminal() && !self.is_meant(&session)? {
            return Err(Failure::failed("nothing was forgotten"));
        }
        self.tell(ApiRequest::Forget { session })
    }

    fn is_meant(&self, session: &str) -> Result<bool, Failure> {
        let ApiResponse::Session(row) = self.ask(ApiRequest::Show { session: session.to_owned() })? else {
            return Ok(false);
        };
        let label = row.name.or(row.title).or(row.first_message).unwrap_or(row.provider);
        eprint!("forget {label:?} ({})? its screen, history and notices are erased for good [y/N] ", row.id);
        std::io::stderr().flush().map_err(Failure::failed)?;
        let mut answer = String::new();
        std::io::stdin().read_line(&mut answer).map_err(Failure::failed)?;
        Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
    }

    pub(super) fn stats(&self, all: bool, as_json: bool) -> Result<u8, Failure> {
        match self.ask(ApiRequest::Stats { all })? {
            ApiResponse::Stats(row) if as_json => print::json(&row),
            ApiResponse::Stats(row) => {
                print_stats(&row);
                Ok(0)
            }
            other => Err(unexpected(&other)),
        }
    }

    pub(super) fn gc(&self, request: GcRequest, as_json: bool) -> Result<u8, Failure> {
        match self.ask(ApiRequest::Gc(request))? {
            ApiResponse::Gc(report) if as_json => print::json(&report),
            ApiResponse::Gc(report) => {
                print_gc(&report);
                Ok(0)
            }
            other => Err(unexpected(&other)),
        }
    }
}

/// An age in whole milliseconds.
pub(super) fn milliseconds(age: Duration) -> u64 {
    u64::try_from(age.as_millis()).unwrap_or(u64::MAX)
}

fn print_stats(row: &StatsRow) {
    let counted = |counts: &std::collections::BTreeMap<String, usize>| {
        let parts: Vec<String> =
            counts.iter().filter(|(_, n)| **n > 0).map(|(word, n)| format!("{n} {word}")).collect();
        if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) }
    };
    let time = |ms: u64| short_age(Duration::from_millis(ms));
    println!("workspace      {}", row.workspace.as_deref().unwrap_or("all"));
    println!("sessions       {}", row.total);
    println!("active         {}, {} busy, {} blocked, {} with errors", row.active, row.busy, row.blocked, row.errors);
    println!("ended          {}{}", row.ended, counted(&row.ended_by_reason));
    println!("conversations  {}", row.conversations.total);
    println!("duration       {} on average, 95 % below {}", time(row.mean_duration_ms), time(row.p95_duration_ms));
    println!("busy           {}", time(row.busy_ms));
    for (name, stats) in &row.by_provider {
        println!("{name:<14} {} sessions, {} active, {} busy", stats.total, stats.active, time(stats.busy_ms));
    }
}

fn print_gc(report: &GcReport) {
    let (close, forget) = if report.dry_run { ("would close", "would forget") } else { ("closed", "forgot") };
    let line = |verb: &str, what: &str, row: &GcRow| {
        println!("{verb} {} {} ({}, {what} for {})", row.id, row.label, row.provider, age_of(row));
    };
    for row in &report.ended {
        line(close, "idle", row);
    }
    for row in &report.forgotten {
        line(forget, "ended", row);
    }
    println!("{close} {} and {forget} {} sessions", report.ended.len(), report.forgotten.len());
}

fn age_of(row: &GcRow) -> String {
    short_age(Duration::from_millis(row.age_ms))
}
