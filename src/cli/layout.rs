//! Layouts as text: `homing layout export|apply` and `homing up`.
//!
//! A layout is opened at the user's command only, and what it starts is printed: it may come with somebody else's project.

use std::fs;
use std::io::IsTerminal;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use crate::cli::args::LayoutCommand;
use crate::cli::asking::unexpected;
use crate::cli::caller::{absolute, environment, standard_input};
use crate::cli::commands::Place;
use crate::cli::{Failure, print};
use crate::client;
use crate::config::plan_text;
use crate::core::plan::{Plan, PlanScope};
use crate::keeper::start;
use crate::protocol::api::{ApiRequest, ApiResponse};

/// The name of a project's layout.
const FILE: &str = ".homing.toml";

/// How long a server has to open everything: it answers before the agents are up.
const OPEN_TIME: Duration = Duration::from_secs(30);

/// Whether something is done or only told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Act {
    /// It is done.
    Do,
    /// It is told.
    Tell,
}

impl Act {
    /// By the flag `--dry-run`.
    pub fn of(dry_run: bool) -> Self {
        if dry_run { Self::Tell } else { Self::Do }
    }
}

/// What comes after the layout is open.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Then {
    /// Attach, where this is a terminal outside of homing.
    Attach,
    /// Nothing.
    Leave,
}

impl Place {
    pub(super) fn layout(&self, command: LayoutCommand) -> Result<u8, Failure> {
        match command {
            LayoutCommand::Export { tab, all, json } => self.export(tab, all, json.json),
            LayoutCommand::Apply { file, dry_run, json } => {
                let (text, name, base) = if file == Path::new("-") {
                    (standard_input()?, "standard input".to_owned(), PathBuf::from(absolute(None)?))
                } else {
                    read(&file)?
                };
                let plan = self.plan(&text, &name, &base)?;
                self.open_plan(plan, PlanScope::All, Act::of(dry_run), json.json)
            }
        }
    }

    fn export(&self, tab: Option<String>, all: bool, json: bool) -> Result<u8, Failure> {
        let mut plan = match self.ask(ApiRequest::Layout { tab, all })? {
            ApiResponse::Layout(plan) => *plan,
            other => return Err(unexpected(&other)),
        };
        if json {
            return print::json(&plan);
        }
        let base = PathBuf::from(absolute(None)?);
        let home = std::env::var_os("HOME").map(PathBuf::from).filter(|home| home.is_absolute());
        for tab in &mut plan.tabs {
            tab.panes.for_each_leaf(&mut |pane| {
                pane.dir = pane.dir.take().and_then(|dir| shortened(Path::new(&dir), &base, home.as_deref()));
            });
        }
        print!("{}", plan_text::print(&plan));
        Ok(0)
    }

    pub(super) fn up(&self, file: Option<PathBuf>, act: Act, then: Then, json: bool) -> Result<u8, Failure> {
        let file = match file {
            Some(file) => file,
            None => find(Path::new(&absolute(None)?), rustix::process::geteuid().as_raw())?,
        };
        let (text, name, base) = read(&file)?;
        let plan = self.plan(&text, &name, &base)?;
        let code = self.open_plan(plan, PlanScope::Missing, act, json)?;
        let is_inside = std::env::var_os("HOMING_SESSION").is_some();
        let is_terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
        if act == Act::Do && then == Then::Attach && is_terminal && !is_inside {
            return self.attach(None);
        }
        Ok(code)
    }

    /// The layout in a text, with absolute directories that are there.
    fn plan(&self, text: &str, name: &str, base: &Path) -> Result<Plan, Failure> {
        let mut plan = plan_text::parse(text).map_err(|diagnostics| {
            let lines: Vec<String> = diagnostics.iter().map(|diagnostic| diagnostic.in_file(name)).collect();
            Failure::failed(lines.join("\nhoming: "))
        })?;
        let home = std::env::var_os("HOME").map(PathBuf::from);
        let mut missing = Vec::new();
        for tab in &mut plan.tabs {
            tab.panes.for_each_leaf(&mut |pane| {
                let dir = resolved(pane.dir.as_deref().unwrap_or("."), base, home.as_deref());
                if !dir.is_dir() {
                    missing.push(dir.display().to_string());
                }
                pane.dir = Some(dir.display().to_string());
            });
        }
        if missing.is_empty() {
            return Ok(plan);
        }
        Err(Failure::failed(format!("{name}: no such directory: {}; nothing is opened", missing.join(", "))))
    }

    fn open_plan(&self, plan: Plan, scope: PlanScope, act: Act, json: bool) -> Result<u8, Failure> {
        let dry_run = act == Act::Tell;
        let stream = start::ensure_running(&self.paths, &self.workspace).map_err(Failure::failed)?;
        let request = ApiRequest::OpenPlan { plan: Box::new(plan), scope, env: environment(), dry_run };
        match self.checked(client::request(stream, request, Some(OPEN_TIME)))? {
            ApiResponse::Planned(rows) => print::planned(&rows, json),
            other => Err(unexpected(&other)),
        }
    }
}

/// A layout's text, its name for messages, and the directory from which its directories count.
fn read(file: &Path) -> Result<(String, String, PathBuf), Failure> {
    let name = file.display().to_string();
    let text = fs::read_to_string(file).map_err(|error| Failure::failed(format!("{name}: {error}")))?;
    let full = PathBuf::from(absolute(Some(file))?);
    Ok((text, name, full.parent().map_or_else(|| PathBuf::from("/"), Path::to_owned)))
}

/// The layout of the project around a directory: here, or above as far as the repository goes. One that belongs to somebody else
/// is not taken unless it is named: it could be put above anybody's directories.
fn find(here: &Path, uid: u32) -> Result<PathBuf, Failure> {
    let top = here.ancestors().find(|directory| directory.join(".git").exists()).unwrap_or(here);
    let within = here.ancestors().take_while(|directory| directory.starts_with(top));
    let found = within.map(|directory| directory.join(FILE)).find(|file| file.is_file());
    let Some(file) = found else {
        return Err(Failure::failed(format!(
            "no {FILE} here; name a file, or write one: `homing layout export > {FILE}`"
        )));
    };
    match fs::metadata(&file) {
        Ok(of) if of.uid() == uid => Ok(file),
        Ok(_) => Err(Failure::failed(format!("{} belongs to another user; name it if you mean it", file.display()))),
        Err(error) => Err(Failure::failed(format!("{}: {error}", file.display()))),
    }
}

/// A directory of a layout as an absolute path, without `.` and `..`.
fn resolved(dir: &str, base: &Path, home: Option<&Path>) -> PathBuf {
    let path = match (dir.strip_prefix('~'), home) {
        (Some(""), Some(home)) => home.to_owned(),
        (Some(rest), Some(home)) if rest.starts_with('/') => home.join(rest.trim_start_matches('/')),
        _ => base.join(dir),
    };
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain
}

/// A directory as a layout names it: relative where it lies below the layout's, by `~` below the home directory; `None` for the
/// layout's own.
fn shortened(dir: &Path, base: &Path, home: Option<&Path>) -> Option<String> {
    if let Ok(below) = dir.strip_prefix(base) {
        let below = below.display().to_string();
        return (!below.is_empty()).then_some(below);
    }
    let of_home = home.and_then(|home| dir.strip_prefix(home).ok());
    Some(match of_home {
        Some(rest) if rest.as_os_str().is_empty() => "~".to_owned(),
        Some(rest) => format!("~/{}", rest.display()),
        None => dir.display().to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_count_from_the_layout_and_are_written_so() {
        let (base, home) = (Path::new("/src/shop"), Some(Path::new("/home/me")));
        let cases = [
            ("web", "/src/shop/web", Some("web")),
            (".", "/src/shop", None),
            ("../api/./x", "/src/api/x", Some("/src/api/x")),
            ("~", "/home/me", Some("~")),
            ("~/notes", "/home/me/notes", Some("~/notes")),
            ("~other", "/src/shop/~other", Some("~other")),
            ("/opt", "/opt", Some("/opt")),
        ];
        for (written, path, again) in cases {
            let found = resolved(written, base, home);
            assert_eq!(found, Path::new(path), "{written}");
            assert_eq!(shortened(&found, base, home).as_deref(), again, "{written}");
        }
    }

    #[test]
    fn a_layout_is_looked_for_within_the_repository_and_only_the_users_own() {
        let dir = tempfile::tempdir().expect("a directory");
        let deep = dir.path().join("repository/src/deep");
        fs::create_dir_all(&deep).expect("made");
        fs::write(dir.path().join(FILE), "").expect("written");
        let uid = rustix::process::geteuid().as_raw();
        fs::create_dir(dir.path().join("repository/.git")).expect("made");
        assert!(find(&deep, uid).expect_err("none").message.contains("no .homing.toml here"));
        let file = dir.path().join("repository").join(FILE);
        fs::write(&file, "").expect("written");
        assert_eq!(find(&deep, uid).expect("found"), file);
        assert!(find(&deep, uid + 1).expect_err("a stranger's").message.contains("another user"));
        // Outside of a repository only here.
        let outside = dir.path().join("outside");
        fs::create_dir(&outside).expect("made");
        assert!(find(&outside, uid).is_err());
    }
}
