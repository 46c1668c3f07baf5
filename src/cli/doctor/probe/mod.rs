//! `homing doctor --probe`: each agent is started by homing, told one line and brought back, in a home and a workspace of
//! their own: whether hooks and resume work as of now, with this version of the agent.
//!
//! Nothing of the user's is touched and nothing is spent: the trial knows no login and no key, and its models lie where nobody
//! listens. Of the user's settings only the rows of the providers count, without their `env`.

mod home;
mod place;

use std::time::Duration;

use serde_json::Value;

use crate::cli::Failure;
use crate::cli::caller::environment;
use crate::cli::doctor::Finding;
use crate::cli::doctor::probe::place::Place;
use crate::config::HookDialect;
use crate::config::excerpt::of_providers;
use crate::paths::Paths;
use crate::provider::{Provider, Providers};
use crate::server::facts::find_program;

const AREA: &str = "probe";

/// How long an agent has to take its first prompt: the slowest that is known needs 6 s on two busy processors. Chosen.
const READY_TIME: Duration = Duration::from_secs(30);

/// How long a hook and a conversation have to be seen once the line is said. Chosen: the longest look of the search is at 5 s.
const SEEN_TIME: Duration = Duration::from_secs(12);

/// How long its turn may take, which fails for want of a model: only then all of it is on disk. Chosen for agents that try again.
const TURN_TIME: Duration = Duration::from_secs(20);

/// What each agent is told. It reaches no model.
const LINE: &str = "homing probe: no answer is needed";

/// Tries the agents of these names; without a name all that are installed, and the demo agent, which shows how far homing
/// itself is sound.
pub(super) fn run(paths: &Paths, names: &[String]) -> Result<Vec<Finding>, Failure> {
    let text = std::fs::read_to_string(paths.config_file()).unwrap_or_default();
    let (config, _) = crate::config::parse(&text);
    let providers = Providers::with_config(&config).0;
    if let Some(unknown) = names.iter().find(|name| providers.find(name).is_err()) {
        return Err(Failure::usage(format!("no provider {unknown:?}; `homing doctor` lists those that are installed")));
    }
    let settings = of_providers(&text);
    let env = environment();
    let is_there = |row: &&Provider| row.program().is_none_or(|program| find_program(program, &env).is_some());
    let is_wanted = |row: &&Provider| match names {
        [] => row.is_agent && is_there(row),
        names => names.iter().any(|name| name == row.name.as_str()),
    };
    let mut findings = Vec::new();
    for row in providers.iter().filter(is_wanted) {
        eprintln!("homing: trying {} (up to a minute)", row.name);
        let trial = Place::new(row.files, &settings);
        match trial {
            Ok(place) => findings.extend(Trial { row, place, injects: row.injects_hooks(&config) }.run()),
            Err(error) => findings.push(Finding::bad(
                AREA,
                row.name.as_str(),
                format!("no home for the trial: {error}"),
                "is the temporary directory writable?",
            )),
        }
    }
    Ok(findings)
}

/// One agent in its place.
struct Trial<'a> {
    row: &'a Provider,
    place: Place,
    injects: bool,
}

impl Trial<'_> {
    fn run(self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let session = match self.start() {
            Ok((session, found)) => {
                findings.push(found);
                session
            }
            Err(found) => return vec![found],
        };
        if let Err(why) = self.place.tell(&["send", &session, LINE]) {
            findings.push(self.untested("hooks and resume", format!("it took no line: {why}")));
            return findings;
        }
        findings.extend(self.hooks(&session));
        self.place.look(TURN_TIME, |place| {
            let row = place.ask(&["show", &session]).ok()?;
            (row["status"] != "busy").then_some(())
        });
        findings.push(self.resume(&session));
        findings
    }

    fn part(&self, what: &str) -> String {
        format!("{} {what}", self.row.name)
    }

    fn untested(&self, what: &str, why: String) -> Finding {
        let advice = format!(
            "try it in your own home: `homing new {0}`, say something, `homing explain` and `homing show` tell",
            self.row.name
        );
        Finding::untested(AREA, &self.part(what), why, advice)
    }

    /// Starts it as homing does; its session's id.
    fn start(&self) -> Result<(String, Finding), Finding> {
        let name = self.part("starts");
        let advice =
            format!("run `{}` yourself; is this version known (docs/providers.md)?", self.row.command.join(" "));
        let opened = self.place.ask(&["new", self.row.name.as_str()]);
        let session = opened.map_err(|why| Finding::bad(AREA, &name, why, advice.clone()))?;
        let session = session["id"].as_str().unwrap_or_default().to_owned();
        let state = self.place.look(READY_TIME, |place| {
            let row = place.ask(&["show", &session]).ok()?;
            let status = row["status"].as_str()?;
            matches!(status, "ready" | "blocked" | "error" | "terminated").then(|| status.to_owned())
        });
        let says = || self.place.last_line(&session);
        match state.as_deref() {
            Some("ready") => {
                let with =
                    if self.injects && self.row.hooks != HookDialect::None { ", with homing's hooks" } else { "" };
                Ok((session, Finding::ok(AREA, &name, format!("takes prompts{with}"))))
            }
            Some("blocked") => Err(self.untested("starts", format!("it asks something first: {}", says()))),
            Some(_) => Err(Finding::bad(AREA, &name, format!("it ended: {}", says()), advice)),
            None => Err(self.untested("starts", format!("not ready in {} s: {}", READY_TIME.as_secs(), says()))),
        }
    }

    /// Whether what it reports arrives. Agents without hooks of one launch are followed by their files.
    fn hooks(&self, session: &str) -> Option<Finding> {
        let name = self.part("hooks");
        if self.row.hooks == HookDialect::None {
            return None;
        }
        if !self.injects {
            let advice = "its status is less exact; `inject_hooks = true` switches them on";
            return Some(Finding::untested(AREA, &name, "switched off by your config", advice));
        }
        let heard = self.place.look(SEEN_TIME, |place| {
            let explanation = place.ask(&["explain", session]).ok()?;
            let words = explanation["words"].as_array()?;
            let word = words.iter().rfind(|word| word["voice"] == "hook")?;
            Some(word["what"].as_str().unwrap_or_default().to_owned())
        });
        Some(match heard {
            Some(what) => Finding::ok(AREA, &name, format!("heard, through the socket ({what})")),
            None => Finding::bad(
                AREA,
                &name,
                format!("none was heard in {} s", SEEN_TIME.as_secs()),
                "files and processes must do; is this version known (docs/providers.md)?",
            ),
        })
    }

    /// Whether it is on its own conversation after everything was ended.
    fn resume(&self, session: &str) -> Finding {
        let name = self.part("resume");
        if !self.row.can_resume() {
            let advice = "a restart starts it fresh; see docs/providers.md for what an agent needs";
            return Finding::untested(AREA, &name, "homing knows no way to resume it by id", advice);
        }
        let known = self.place.look(SEEN_TIME, |place| conversation(&place.ask(&["show", session]).ok()?));
        let Some(id) = known else {
            let row = self.place.ask(&["show", session]).unwrap_or_default();
            let why = row["resumable"]["why"].as_str().unwrap_or("nothing is known of its conversation");
            return self.untested("resume", format!("its conversation was not seen: {why}"));
        };
        let advice = format!("`homing doctor` tells whether `{}` is still in its help", self.row.resume.join(" "));
        let bad = |found: String| Finding::bad(AREA, &name, found, advice.clone());
        let report = match self.place.tell(&["stop"]).and_then(|()| self.place.ask(&["start"])) {
            Ok(report) => report,
            Err(why) => return bad(why),
        };
        let outcome = &report["panes"][0];
        let why = format!("{}: {}", text(&outcome["outcome"]), text(&outcome["why"]));
        match text(&outcome["outcome"]) {
            "resumed" => {}
            "failed" => return bad(why),
            _ => return self.untested("resume", why),
        }
        let back = self.place.look(READY_TIME, |place| {
            let row = place.ask(&["show", session]).ok()?;
            (row["status"] != "starting").then_some(row)
        });
        let says = || self.place.last_line(session);
        match back {
            Some(row) if row["status"] == "terminated" => bad(format!("it ended after the resume: {}", says())),
            Some(row) if row["provider_session_id"] != id.as_str() => {
                bad(format!("it came back on {}, not on {id}", text(&row["provider_session_id"])))
            }
            Some(_) => Finding::ok(AREA, &name, format!("came back on its conversation {id}")),
            None => bad(format!("not ready in {} s: {}", READY_TIME.as_secs(), says())),
        }
    }
}

/// The conversation of a session that would come back on it.
fn conversation(row: &Value) -> Option<String> {
    let id = row["provider_session_id"].as_str()?;
    (row["resumable"]["ok"] == true).then(|| id.to_owned())
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("unknown")
}
