//! `homing doctor`: looks at the terminal, the agents, the store and the server, says what is not as it should be, and what
//! to do about it.
//!
//! Asks agents for their version and options only: it starts none for work and reads no credentials. Each look has a time
//! limit, all of them run at the same time. What is tried beyond that, and only if asked for, is [`probe`]'s.

mod agents;
mod ask;
mod place;
mod probe;
mod terminal;

use std::sync::mpsc;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::cli::Failure;
use crate::paths::Paths;

/// How long one look may take. From the task of a check-up: a person waits for it.
const LOOK_TIME: Duration = Duration::from_secs(5);

/// How long all of them may take: agents wait for each other (see `ask`). Chosen: four that hang on two processors.
const ALL_TIME: Duration = Duration::from_secs(30);

/// How good something is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Grade {
    /// As it should be.
    Ok,
    /// Not known: it could not be tried.
    Untested,
    /// Something is lost or may go wrong.
    Warn,
    /// Something does not work.
    Bad,
}

/// One line of the report.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Finding {
    /// `terminal`, `agents`, `store`, `server`, `config`, `machine` or `probe`.
    pub area: &'static str,
    /// What was looked at.
    pub name: String,
    /// How good it is.
    pub grade: Grade,
    /// What was found.
    pub found: String,
    /// What to do; nothing where all is well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

impl Finding {
    fn new(area: &'static str, name: &str, grade: Grade, found: impl Into<String>) -> Self {
        Self { area, name: name.to_owned(), grade, found: crate::text::one_line(&found.into(), 300), advice: None }
    }

    fn ok(area: &'static str, name: &str, found: impl Into<String>) -> Self {
        Self::new(area, name, Grade::Ok, found)
    }

    fn untested(area: &'static str, name: &str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { advice: Some(advice.into()), ..Self::new(area, name, Grade::Untested, found) }
    }

    fn warn(area: &'static str, name: &str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { advice: Some(advice.into()), ..Self::new(area, name, Grade::Warn, found) }
    }

    fn bad(area: &'static str, name: &str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { advice: Some(advice.into()), ..Self::new(area, name, Grade::Bad, found) }
    }
}

/// The report as `--json` prints it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Report {
    /// homing's version.
    pub version: String,
    /// The worst of all.
    pub grade: Grade,
    /// In the order of areas.
    pub findings: Vec<Finding>,
}

/// One look: its area and name for the case that it does not come back, and its work.
struct Look {
    area: &'static str,
    name: String,
    work: Box<dyn FnOnce() -> Vec<Finding> + Send>,
}

impl Look {
    fn new(area: &'static str, name: &str, work: impl FnOnce() -> Vec<Finding> + Send + 'static) -> Self {
        Self { area, name: name.to_owned(), work: Box::new(work) }
    }
}

/// Looks at everything and prints what was found; with names (or an empty list, for all) it tries agents, too. The exit
/// code: 0 if nothing is bad, else 1.
pub fn run(paths: &Paths, workspace: &str, tried: Option<&[String]>, as_json: bool) -> Result<u8, Failure> {
    let mut looks = vec![Look::new("terminal", "terminal", terminal::look)];
    looks.extend(agents::looks(paths));
    looks.extend(place::looks(paths, workspace));
    let mut findings = all(looks, ALL_TIME);
    if let Some(names) = tried {
        findings.extend(probe::run(paths, names)?);
    }
    let report = report(findings);
    let code = u8::from(report.grade == Grade::Bad);
    if as_json {
        println!("{}", serde_json::to_string_pretty(&report).map_err(Failure::failed)?);
    } else {
        print!("{}", text(&report));
    }
    Ok(code)
}

/// Runs the looks at the same time; what does not come back in time is said.
fn all(looks: Vec<Look>, time: Duration) -> Vec<Finding> {
    let until = Instant::now() + time;
    let waiting: Vec<_> = looks
        .into_iter()
        .map(|look| {
            let (sender, receiver) = mpsc::sync_channel(1);
            let started = std::thread::Builder::new()
                .name(format!("doctor-{}", look.name))
                .spawn(move || drop(sender.send((look.work)())));
            (look.area, look.name, started.is_ok(), receiver)
        })
        .collect();
    let mut findings = Vec::new();
    for (area, name, is_started, receiver) in waiting {
        match receiver.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(found) => findings.extend(found),
            Err(mpsc::RecvTimeoutError::Disconnected) if !is_started => {
                findings.push(Finding::bad(area, &name, "no thread could be started", "end some processes"));
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => {
                findings.push(Finding::bad(area, &name, "the check itself failed", "report this as a bug"));
            }
            Err(mpsc::RecvTimeoutError::Timeout) => {
                let advice = "run `homing doctor` again on a machine that is less busy";
                findings.push(Finding::warn(area, &name, "no answer in time", advice));
            }
        }
    }
    findings
}

fn report(findings: Vec<Finding>) -> Report {
    let grade = findings.iter().map(|finding| finding.grade).max().unwrap_or(Grade::Ok);
    Report { version: env!("CARGO_PKG_VERSION").to_owned(), grade, findings }
}

/// The report for people: one line a finding, what to do below it.
fn text(report: &Report) -> String {
    let mut text = format!("homing {}\n", report.version);
    let mut area = "";
    for finding in &report.findings {
        if finding.area != area {
            area = finding.area;
            text.push_str(&format!("\n{area}\n"));
        }
        let mark = match finding.grade {
            Grade::Ok => "ok  ",
            Grade::Untested => "?   ",
            Grade::Warn => "warn",
            Grade::Bad => "BAD ",
        };
        text.push_str(&format!("  {mark}  {:<20}  {}\n", finding.name, finding.found));
        if let Some(advice) = &finding.advice {
            text.push_str(&format!("        {:<20}  → {advice}\n", ""));
        }
    }
    let count = |grade| report.findings.iter().filter(|finding| finding.grade == grade).count();
    let (n_bad, n_warn) = (count(Grade::Bad), count(Grade::Warn));
    text.push_str(&match (n_bad, n_warn) {
        (0, 0) => "\nall is well".to_owned(),
        (0, n) => format!("\nnothing is broken, {n} to know about"),
        (bad, n) => format!("\n{bad} broken, {n} to know about"),
    });
    text.push_str(&match count(Grade::Untested) {
        0 => "\n".to_owned(),
        n => format!(", {n} not tested\n"),
    });
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_that_does_not_come_back_is_said_and_costs_the_others_nothing() {
        let told = |looks, time| -> Vec<(String, Grade)> {
            all(looks, time).into_iter().map(|finding| (finding.name, finding.grade)).collect()
        };
        let others = vec![
            Look::new("store", "fine", || vec![Finding::ok("store", "fine", "read")]),
            Look::new("store", "broken", || panic!("a mistake of the check's own")),
        ];
        let found = told(others, ALL_TIME);
        assert_eq!(found, [("fine".to_owned(), Grade::Ok), ("broken".to_owned(), Grade::Bad)]);
        let (hold, held) = mpsc::channel::<()>();
        let stuck = vec![Look::new("agents", "stuck", move || {
            let _ = held.recv();
            Vec::new()
        })];
        assert_eq!(told(stuck, Duration::from_millis(1)), [("stuck".to_owned(), Grade::Warn)]);
        drop(hold);
    }

    #[test]
    fn every_line_that_is_not_fine_says_what_to_do() {
        let report = report(vec![
            Finding::ok("agents", "codex", "0.169.0\x1b[31m"),
            Finding::warn("server", "server", "another version", "`homing restart-server`"),
        ]);
        assert_eq!(report.grade, Grade::Warn);
        let text = text(&report);
        assert!(text.contains("→ `homing restart-server`") && !text.contains('\x1b'), "{text}");
        assert!(text.ends_with("nothing is broken, 1 to know about\n"));
    }
}
