//! The place where homing lives: database, settings, server and keeper, the disk.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::cli::doctor::{Finding, LOOK_TIME, Look};
use crate::client::{self, ClientError};
use crate::hook::send::{Address, Reply, report};
use crate::paths::Paths;
use crate::protocol::api::{ApiRequest, ApiResponse, StatusRow};
use crate::store::{Checkup, check_up};
use crate::time::{Wall, short_age};

/// Less free room than this, in bytes, and the store cannot be written for long. Chosen.
const DISK_BAD_BYTES: u64 = 100 << 20;

/// Less than this, in bytes, is worth knowing. Chosen: agents fill a gigabyte in a day.
const DISK_LOW_BYTES: u64 = 1 << 30;

/// Diagnostics of the settings that are listed. Chosen: the rest is in `homing config check`.
const DIAGNOSTICS_MAX: usize = 10;

pub(super) fn looks(paths: &Paths, workspace: &str) -> Vec<Look> {
    let of = |paths: &Paths| (paths.clone(), workspace.to_owned());
    let (store, (served, name), config, disk) = (paths.clone(), of(paths), paths.clone(), paths.clone());
    let themed = paths.clone();
    vec![
        Look::new("store", "database", move || database(&store)),
        Look::new("server", "server", move || server(&served, &name)),
        Look::new("config", "config.toml", move || settings(&config)),
        Look::new("config", "themes", move || themes(&themed)),
        Look::new("machine", "disk", move || vec![free_disk(&disk)]),
    ]
}

fn database(paths: &Paths) -> Vec<Finding> {
    let path = paths.database();
    match check_up(&path, wall_now()) {
        Ok(None) => vec![Finding::ok("store", "database", format!("none yet ({})", path.display()))],
        Ok(Some(checkup)) => judge(&checkup, &path.display().to_string(), wall_now()),
        Err(error) => {
            let advice = "stop homing and start it again: what can be read is recovered, the damaged file is kept";
            vec![Finding::bad("store", "database", format!("{}: {error}", path.display()), advice)]
        }
    }
}

fn judge(checkup: &Checkup, path: &str, now: Wall) -> Vec<Finding> {
    let megabytes = checkup.bytes.div_ceil(1 << 20);
    let mut findings = vec![match &checkup.fault {
        Some(fault) => {
            let advice = "`homing stop`, then `homing start`: the last good backup is used, the damaged file is kept";
            Finding::bad("store", "database", fault.clone(), advice)
        }
        None => Finding::ok("store", "database", format!("sound, {megabytes} MiB, {path}")),
    }];
    if checkup.schema > checkup.known_schema {
        let found = format!("version {}, this homing knows {}", checkup.schema, checkup.known_schema);
        findings.push(Finding::bad("store", "schema", found, "a newer homing wrote it: install that one"));
    }
    if checkup.n_quarantined > 0 {
        let found = format!("{} damaged rows were set aside", checkup.n_quarantined);
        let advice = "they are kept in the table `quarantine` of the database; everything else works";
        findings.push(Finding::warn("store", "quarantine", found, advice));
    }
    let place = checkup.backups.display();
    findings.push(match checkup.newest_backup {
        Some(at) => {
            let age = short_age(now.since(at));
            Finding::ok("store", "backups", format!("{}, the newest {age} old, {place}", checkup.n_backups))
        }
        None => Finding::ok("store", "backups", "none yet: a server makes one a day"),
    });
    findings
}

fn server(paths: &Paths, workspace: &str) -> Vec<Finding> {
    let Ok(stream) = client::connect_existing(paths, workspace) else {
        return vec![Finding::ok("server", "server", format!("none runs for workspace {workspace:?}"))];
    };
    let status = match client::request(stream, ApiRequest::Status, Some(LOOK_TIME)) {
        Ok(ApiResponse::Status(status)) => status,
        Ok(_) => return vec![Finding::warn("server", "server", "an odd answer", "`homing restart-server`")],
        Err(error @ ClientError::Rejected { .. }) => {
            return vec![Finding::bad("server", "server", error.to_string(), "`homing restart-server`; agents run on")];
        }
        Err(error) => {
            let advice =
                "its log says more (docs/troubleshooting.md); `homing restart-server` replaces it, agents run on";
            return vec![Finding::bad("server", "server", error.to_string(), advice)];
        }
    };
    let mut findings = judge_server(&status, workspace);
    findings.push(hooks(paths, workspace));
    findings
}

fn judge_server(status: &StatusRow, workspace: &str) -> Vec<Finding> {
    let own = env!("CARGO_PKG_VERSION");
    let what = format!("{workspace}: process {}, {} sessions", status.server_pid, status.sessions);
    let mut findings = vec![if status.version == own {
        Finding::ok("server", "server", format!("{what}, version {own}"))
    } else {
        let found = format!("{what}, version {}, this program is {own}", status.version);
        Finding::warn("server", "server", found, "`homing restart-server` takes the new one; agents run on")
    }];
    findings.push(match status.keeper_pid {
        Some(pid) => {
            Finding::ok("server", "keeper", format!("process {pid}, {} restarts of the server", status.generation))
        }
        None => {
            let advice = "agents end with the server until it has one: `homing restart-server`";
            Finding::bad("server", "keeper", "none: nobody keeps the agents if the server dies", advice)
        }
    });
    let warnings = status.warnings.iter();
    findings.extend(
        warnings.map(|warning| Finding::warn("server", "warning", warning.clone(), "see docs/troubleshooting.md")),
    );
    findings
}

/// Sends a report that belongs to no session, as an agent's hook would: the server must answer, and will not count it.
fn hooks(paths: &Paths, workspace: &str) -> Finding {
    let address = Address {
        socket: paths.socket(workspace),
        session: "hm_00000000000000000000000000000000".to_owned(),
        token: "0".repeat(32),
    };
    let started = Instant::now();
    let result = report(&address, "doctor", Some("Doctor"), "{}");
    let ms = started.elapsed().as_millis();
    match result {
        Ok(Reply::Words(_)) => Finding::ok("server", "hook endpoint", format!("answers, {ms} ms")),
        Ok(Reply::Later) => {
            Finding::warn("server", "hook endpoint", "does not answer in time", "is the machine busy? try again")
        }
        Err(error) => {
            Finding::bad("server", "hook endpoint", error.to_string(), "`homing restart-server`; agents run on")
        }
    }
}

fn settings(paths: &Paths) -> Vec<Finding> {
    let path = paths.config_file();
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let found = format!("none ({}): the defaults apply", path.display());
            return vec![Finding::ok("config", "config.toml", found)];
        }
        Err(error) => {
            let found = format!("{}: {error}", path.display());
            return vec![Finding::bad(
                "config",
                "config.toml",
                found,
                "make it readable; the defaults apply till then",
            )];
        }
    };
    let diagnostics = crate::config::keys::check(&text);
    if diagnostics.is_empty() {
        return vec![Finding::ok("config", "config.toml", format!("fine, {}", path.display()))];
    }
    let rows = diagnostics.iter().take(DIAGNOSTICS_MAX);
    let line = |found: String| {
        Finding::warn("config", "config.toml", found, "`homing config check` lists all; defaults apply")
    };
    rows.map(|diagnostic| line(diagnostic.to_string())).collect()
}

fn themes(paths: &Paths) -> Vec<Finding> {
    let (themes, faults) = crate::server::themes::read(&paths.themes_dir());
    // A config.toml that cannot be read is told where it is looked at.
    let text = std::fs::read_to_string(paths.config_file()).unwrap_or_default();
    let (config, _) = crate::config::parse(&text);
    let named = themes.check(&config.ui, &config.places);
    if faults.is_empty() && named.is_empty() {
        let n = themes.iter().count();
        return vec![Finding::ok("config", "themes", format!("{n}, \"{}\" is set", config.ui.theme))];
    }
    let faults = faults
        .into_iter()
        .map(|fault| Finding::warn("config", "themes", fault, "mend the file; the terminal's own theme applies there"));
    let named = named.iter().map(|diagnostic| {
        Finding::warn("config", "themes", diagnostic.to_string(), "`ctrl+b C` shows the themes there are")
    });
    named.chain(faults).take(DIAGNOSTICS_MAX).collect()
}

fn free_disk(paths: &Paths) -> Finding {
    let place = paths.data_dir();
    let free = match rustix::fs::statvfs(&place) {
        Ok(fs) => fs.f_bavail.saturating_mul(fs.f_frsize),
        Err(error) => {
            let found = format!("{}: {error}", place.display());
            return Finding::warn("machine", "disk", found, "is the directory there?");
        }
    };
    let found = format!("{} MiB free for {}", free >> 20, place.display());
    if free < DISK_BAD_BYTES {
        return Finding::bad("machine", "disk", found, "make room: what is new cannot be stored soon");
    }
    if free < DISK_LOW_BYTES {
        return Finding::warn("machine", "disk", found, "make room soon");
    }
    Finding::ok("machine", "disk", found)
}

fn wall_now() -> Wall {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Wall { unix_ms: i64::try_from(since.as_millis()).unwrap_or(i64::MAX) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::Grade;

    fn checkup() -> Checkup {
        Checkup {
            bytes: 3 << 20,
            schema: 2,
            known_schema: 2,
            fault: None,
            n_quarantined: 0,
            n_backups: 1,
            newest_backup: Some(Wall { unix_ms: 0 }),
            backups: "/b".into(),
        }
    }

    fn worst(checkup: &Checkup) -> Grade {
        let found = judge(checkup, "/h", Wall { unix_ms: 60_000 });
        found.iter().map(|finding| finding.grade).max().expect("findings")
    }

    #[test]
    fn the_store_is_judged_by_what_it_costs_the_user() {
        assert_eq!(worst(&checkup()), Grade::Ok);
        assert_eq!(worst(&Checkup { n_quarantined: 2, ..checkup() }), Grade::Warn);
        assert_eq!(worst(&Checkup { schema: 3, ..checkup() }), Grade::Bad);
        assert_eq!(worst(&Checkup { fault: Some("*** in database main".to_owned()), ..checkup() }), Grade::Bad);
    }

    #[test]
    fn a_theme_that_is_not_there_and_a_file_with_a_mistake_are_told() {
        let dir = tempfile::tempdir().expect("a directory");
        let paths = Paths::under(dir.path());
        assert_eq!(themes(&paths)[0].grade, Grade::Ok);
        std::fs::create_dir(paths.themes_dir()).expect("made");
        std::fs::write(paths.themes_dir().join("mine.toml"), "[roles]\nbsuy = \"red\"\n").expect("written");
        std::fs::write(paths.config_file(), "[ui]\ntheme = \"nrod\"\n").expect("written");
        let found: Vec<String> = themes(&paths).into_iter().map(|finding| finding.found).collect();
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].contains("line 2") && found[0].contains("\"nrod\""), "{found:?}");
        assert!(found[1].contains("line 2, column 8: unknown role bsuy"), "{found:?}");
    }

    #[test]
    fn a_server_without_a_keeper_is_bad_and_another_version_is_told() {
        let grades = |status: &StatusRow| judge_server(status, "main").iter().map(|f| f.grade).collect::<Vec<_>>();
        let own = env!("CARGO_PKG_VERSION").to_owned();
        let good = StatusRow { version: own, keeper_pid: Some(1), ..StatusRow::default() };
        assert_eq!(grades(&good), [Grade::Ok, Grade::Ok]);
        assert_eq!(grades(&StatusRow { keeper_pid: None, ..good.clone() }), [Grade::Ok, Grade::Bad]);
        let other = StatusRow { version: "9.9.9".to_owned(), warnings: vec!["w".to_owned()], ..good };
        assert_eq!(grades(&other), [Grade::Warn, Grade::Ok, Grade::Warn]);
    }
}
