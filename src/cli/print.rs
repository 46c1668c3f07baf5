//! What commands print: tables for people, JSON for programs.

use std::io::Write;

use crate::cli::Failure;
use crate::cli::conversations::ConversationRow;
use crate::core::command::{COMMANDS, Row};
use crate::protocol::api::{
    EventRow, Explanation, FoundRow, NoticeRow, PlannedRow, RestoreReport, SentRow, SessionRow, StatusRow,
};
use crate::text;

pub(super) fn json(value: &impl serde::Serialize) -> Result<u8, Failure> {
    let text = serde_json::to_string_pretty(value).map_err(Failure::failed)?;
    println!("{text}");
    Ok(0)
}

/// Columns of the list of sessions.
const N_COLUMNS: usize = 7;

/// One session.
pub fn session(row: &SessionRow, as_json: bool) -> Result<u8, Failure> {
    if as_json {
        return json(row);
    }
    let label = row.name.as_deref().or(row.title.as_deref()).or(row.first_message.as_deref()).unwrap_or("-");
    let conversation = match (&row.provider_session_id, &row.witness) {
        (Some(id), Some(witness)) => format!("{id} ({witness})"),
        _ => "-".to_owned(),
    };
    let place = match (row.tab, row.pane) {
        (Some(tab), Some(pane)) => format!("tab {tab}, pane {pane}"),
        _ => "-".to_owned(),
    };
    let resumable = format!("{} ({})", if row.resumable.ok { "yes" } else { "no" }, row.resumable.why);
    let rows: [(&str, String); 10] = [
        ("id", row.id.clone()),
        ("provider", row.provider.clone()),
        ("label", label.to_owned()),
        ("status", row.status.clone()),
        ("conversation", conversation),
        ("resumable", resumable),
        ("directory", row.cwd.clone()),
        ("place", place),
        ("process", row.pid.map_or_else(|| "-".to_owned(), |pid| pid.to_string())),
        ("opened", row.created_at.clone()),
    ];
    for (key, value) in rows {
        println!("{key:<13} {value}");
    }
    if let Some(exit) = &row.exit {
        let status = match (exit.code, exit.signal) {
            (_, Some(signal)) => format!(", signal {signal}"),
            (Some(code), None) => format!(", code {code}"),
            (None, None) => String::new(),
        };
        println!("{:<13} {}{status}, {}", "ended", exit.reason, exit.at);
    }
    for entry in row.conversations.iter().flatten() {
        let end = match (&entry.until, &entry.end_reason) {
            (Some(until), Some(reason)) => format!("until {until} ({reason})"),
            _ => "now".to_owned(),
        };
        let spoken = if entry.spoken { "" } else { ", nothing said" };
        println!(
            "{:<13} {} {} since {} {end}, {}{spoken}",
            "was on", entry.provider, entry.id, entry.since, entry.witness
        );
    }
    Ok(0)
}

/// Which columns a list has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Columns {
    /// Those of sessions that a pane number names.
    Few,
    /// The id, too: closed sessions have no other address that is sure.
    WithIds,
}

/// Why a session is on its conversation.
pub fn explanation(explanation: &Explanation, as_json: bool) -> Result<u8, Failure> {
    if as_json {
        return json(explanation);
    }
    let row = &explanation.session;
    let conversation = row.provider_session_id.as_deref().unwrap_or("none");
    println!("{} is on conversation {conversation}", row.provider);
    println!("  {}; after a restart: {}", row.standing, row.resumable.why);
    if let Some(doubt) = &explanation.doubt {
        println!("  in doubt since {}: {}", doubt.since, doubt.reason);
        for candidate in &doubt.candidates {
            println!("    it may be {candidate}");
        }
    }
    println!("  {}{}", row.status, status_reason(explanation));
    println!();
    if explanation.evidence.is_empty() {
        println!("nothing was seen yet that would tell");
    }
    for entry in &explanation.evidence {
        let sign = if entry.counted { "+" } else { "-" };
        let times =
            if entry.times > 1 { format!(" ({} times, last {})", entry.times, entry.last_at) } else { String::new() };
        println!("{sign} {}  {}{times}", entry.at, entry.source);
        for name in &entry.names {
            println!("    names {name}");
        }
        println!("    {}", entry.outcome);
    }
    if !explanation.words.is_empty() {
        println!("\nits status");
    }
    for word in &explanation.words {
        let sign = if word.counted { "+" } else { "-" };
        let status = word.status.as_deref().unwrap_or("-");
        let times =
            if word.times > 1 { format!(" ({} times, last {})", word.times, word.last_at) } else { String::new() };
        println!("{sign} {}  {:<10} {:<9} {}: {}{times}", word.at, status, word.voice, word.what, word.outcome);
    }
    Ok(0)
}

/// Whose word made the status what it is.
fn status_reason(explanation: &Explanation) -> String {
    match &explanation.status_by {
        Some(word) => format!(" since {}, by its {}: {}", word.at, word.voice, word.what),
        None => ", since before this server".to_owned(),
    }
}

/// The table of commands: name, default keys (pressed after the prefix), what each does.
pub fn commands(as_json: bool) -> Result<u8, Failure> {
    if as_json {
        let row = |row: &Row| serde_json::json!({ "id": row.id, "keys": row.keys, "help": row.help });
        return json(&COMMANDS.iter().map(row).collect::<Vec<_>>());
    }
    for row in COMMANDS {
        println!("{:<16} {:<10} {}", row.id, row.keys.join(" "), row.help);
    }
    Ok(0)
}

/// Notices.
pub fn notices(rows: &[NoticeRow], as_json: bool) -> Result<u8, Failure> {
    if as_json {
        return json(&rows);
    }
    for row in rows {
        let sign = if row.seen_at.is_none() { "*" } else { " " };
        println!("{sign} {}  {:<10}  {}: {}", row.at, row.kind, row.label, row.text);
    }
    Ok(0)
}

/// Lines of histories; controls that text from a store could hold are left out.
pub fn found(rows: &[FoundRow], as_json: bool) -> Result<u8, Failure> {
    if as_json {
        return json(&rows);
    }
    let mut out = std::io::stdout().lock();
    for row in rows {
        let text: String = row.text.chars().filter(|c| !c.is_control()).collect();
        let short: String = row.session.chars().take(SHORT_ID).collect();
        if writeln!(out, "{short} {}:{}: {text}", row.label, row.line).is_err() {
            break;
        }
    }
    Ok(0)
}

/// Characters of a session's id in a list: `hm_` and enough of it to be one session's.
const SHORT_ID: usize = 16;

/// Events, one JSON object a line; `false` if nobody reads them any more.
pub fn events(rows: &[EventRow]) -> Result<bool, Failure> {
    let mut out = std::io::stdout().lock();
    for row in rows {
        let line = serde_json::to_string(row).map_err(Failure::failed)?;
        if writeln!(out, "{line}").is_err() {
            return Ok(false);
        }
    }
    Ok(out.flush().is_ok())
}

/// Several sessions.
pub fn sessions(rows: &[SessionRow], columns: Columns, as_json: bool) -> Result<u8, Failure> {
    if as_json {
        return json(&rows);
    }
    if rows.is_empty() {
        println!("no sessions; `homing new claude` (or codex, shell, demo) opens one");
        return Ok(0);
    }
    let cells: Vec<[String; N_COLUMNS]> = rows
        .iter()
        .map(|row| {
            let label = row.name.as_deref().or(row.title.as_deref()).or(row.first_message.as_deref()).unwrap_or("-");
            [
                row.pane.map_or_else(|| "-".to_owned(), |pane| pane.to_string()),
                row.provider.clone(),
                row.status.clone(),
                text::truncate(label, 40),
                if row.resumable.ok { "yes".to_owned() } else { "no".to_owned() },
                row.cwd.clone(),
                if columns == Columns::WithIds { row.id.clone() } else { String::new() },
            ]
        })
        .collect();
    let id = if columns == Columns::WithIds { "ID" } else { "" };
    table(["PANE", "PROVIDER", "STATUS", "LABEL", "RESUMABLE", "DIRECTORY", id], &cells);
    Ok(0)
}

/// Conversations on disk.
pub fn conversations(rows: &[ConversationRow], as_json: bool) -> Result<u8, Failure> {
    if as_json {
        return json(&rows);
    }
    if rows.is_empty() {
        println!("no conversations");
        return Ok(0);
    }
    let last = |row: &ConversationRow| row.updated_at.get(..16).unwrap_or_default().replace('T', " ");
    let label = |row: &ConversationRow| row.title.clone().or_else(|| row.first_message.clone()).unwrap_or_default();
    let cells = rows
        .iter()
        .map(|row| {
            let label = text::truncate(&label(row), 48);
            [last(row), row.provider.clone(), row.id.clone(), label, text::one_line(&row.cwd, 400)]
        })
        .collect::<Vec<_>>();
    table(["LAST (UTC)", "PROVIDER", "ID", "TITLE", "DIRECTORY"], &cells);
    Ok(0)
}

/// A text.
pub fn text(text: &str, as_json: bool) -> Result<u8, Failure> {
    if as_json {
        return json(&serde_json::json!({ "text": text }));
    }
    println!("{text}");
    Ok(0)
}

/// The server.
pub fn status(row: &StatusRow, as_json: bool) -> Result<u8, Failure> {
    if as_json {
        return json(row);
    }
    println!("workspace  {}", row.workspace);
    println!("version    {}", row.version);
    println!("server     pid {}, up {} s, {} restarts", row.server_pid, row.uptime_s, row.generation);
    println!("keeper     {}", row.keeper_pid.map_or_else(|| "none".to_owned(), |pid| format!("pid {pid}")));
    println!("sessions   {}", row.sessions);
    for client in &row.clients {
        println!("client     pid {}, {}×{}", client.pid.unwrap_or_default(), client.cols, client.rows);
    }
    for warning in &row.warnings {
        println!("warning    {warning}");
    }
    Ok(0)
}

/// What happened to each pane at the start.
pub fn restored(report: &RestoreReport, as_json: bool) -> Result<u8, Failure> {
    if as_json {
        return json(report);
    }
    for row in &report.panes {
        println!("{:>3}  {:<8} {} ({})", row.pane, row.outcome, row.label, row.why);
    }
    let failed = report.panes.iter().filter(|row| row.outcome == "failed").count();
    println!("{} sessions restored, {failed} failed", report.panes.len() - failed);
    Ok(0)
}

/// What came of a text in each of several sessions; exit code 1 where one did not get it.
pub fn sent(rows: &[SentRow], as_json: bool) -> Result<u8, Failure> {
    if as_json {
        json(&rows)?;
    } else {
        let cells: Vec<[String; 4]> = rows
            .iter()
            .map(|row| {
                let pane = row.pane.map(|pane| pane.to_string()).unwrap_or_default();
                let came = row.why.clone().unwrap_or_else(|| "submitted".to_owned());
                [pane, row.provider.clone(), text::truncate(&row.label, 30), came]
            })
            .collect();
        table(["PANE", "PROVIDER", "SESSION", ""], &cells);
    }
    Ok(u8::from(rows.iter().any(|row| !row.submitted)))
}

/// What became of each pane of a layout: all of what is started is told.
pub fn planned(rows: &[PlannedRow], as_json: bool) -> Result<u8, Failure> {
    if as_json {
        return json(&rows);
    }
    let cells: Vec<[String; 5]> = rows
        .iter()
        .map(|row| {
            let args = row.args.iter().map(|arg| format!(" {}", text::one_line(arg, 200)));
            let program = format!("{}{}", row.provider, args.collect::<String>());
            let said = row.starts_with.as_deref().map(|said| text::one_line(said, 200)).unwrap_or_default();
            let name = row.name.as_deref().map(|name| format!(" ({})", text::one_line(name, 80))).unwrap_or_default();
            let tab = text::one_line(&row.tab, 80);
            [tab, row.outcome.clone(), text::one_line(&program, 400) + &name, text::one_line(&row.dir, 400), said]
        })
        .collect();
    table(["TAB", "", "WHAT", "DIRECTORY", "BEGINS WITH"], &cells);
    Ok(0)
}

/// A table with aligned columns.
fn table<const N: usize>(heads: [&str; N], cells: &[[String; N]]) {
    let widths: [usize; N] = std::array::from_fn(|i| {
        cells.iter().map(|row| text::width(&row[i])).chain([heads[i].len()]).max().unwrap_or(0)
    });
    let line = |row: [&str; N]| {
        let mut out = String::new();
        for (i, cell) in row.iter().enumerate() {
            out.push_str(cell);
            out.extend(std::iter::repeat_n(' ', widths[i] + 2 - text::width(cell).min(widths[i])));
        }
        println!("{}", out.trim_end());
    };
    line(heads);
    for row in cells {
        line(std::array::from_fn(|i| row[i].as_str()));
    }
}
