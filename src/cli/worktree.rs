//! Git worktrees for sessions: made beside the repository, filled and set up as the settings say, and taken away only where
//! nothing is lost. All of it is done by `git` itself, in its own words where it fails.

use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::cli::Failure;
use crate::cli::commands::{Place, session_row};
use crate::config::Worktrees;
use crate::protocol::api::{ApiRequest, ApiResponse, SessionRow};

/// How long the processes of a closed session have to be gone from its worktree. A session that does not end by itself is
/// killed 3 s after it was closed.
const ENDS: Duration = Duration::from_secs(6);

/// Why a worktree could not be made or taken away.
#[derive(Debug, thiserror::Error)]
pub enum WorktreeError {
    /// `git` could not be run.
    #[error("git could not be run: {0}; install it, or leave --worktree out")]
    NoGit(std::io::Error),
    /// `git` refused.
    #[error("git {what}: {said}")]
    Git {
        /// What it was asked to do.
        what: String,
        /// Its own words, the last line.
        said: String,
    },
    /// The directory is in no repository.
    #[error("{} is in no git repository", .0.display())]
    NoRepository(PathBuf),
    /// The name of the branch cannot be one.
    #[error("{0:?} cannot be the name of a branch")]
    BadBranch(String),
    /// Something else is where the worktree would be.
    #[error("{} is there already, and is no worktree of {branch:?}; move it, or set [worktrees] directory", path.display())]
    Taken {
        /// Where.
        path: PathBuf,
        /// For which branch.
        branch: String,
    },
    /// The setting leads out of the repository.
    #[error("[worktrees] copy: {0:?} does not lie in the repository")]
    BadCopy(String),
    /// A file could not be copied.
    #[error("{} could not be copied: {source}; the worktree is kept", path.display())]
    Copy {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The set-up command failed.
    #[error("[worktrees] setup failed ({status}) in {}; the worktree is kept", path.display())]
    Setup {
        /// Where it ran.
        path: PathBuf,
        /// How it ended.
        status: String,
    },
    /// The directory is no worktree that was made beside a repository.
    #[error("{} is no worktree of its own; nothing is removed", .0.display())]
    NotAWorktree(PathBuf),
    /// Changes would be lost.
    #[error("{} has {n} files with changes that are not committed: commit them, or add --discard", path.display())]
    Dirty {
        /// Which worktree.
        path: PathBuf,
        /// How many.
        n: usize,
    },
}

/// The worktree of a branch for the repository around `cwd`: the one that is there, or a new one, in a branch that is made
/// where there is none. What takes time says so on stderr.
pub fn prepare(cwd: &Path, branch: &str, settings: &Worktrees) -> Result<PathBuf, WorktreeError> {
    let main = main_worktree(cwd)?;
    if branch.starts_with('-') || git(&main, &["check-ref-format", "--branch", branch]).is_err() {
        return Err(WorktreeError::BadBranch(branch.to_owned()));
    }
    if let Some(path) = worktree_of(&main, branch)? {
        return Ok(path);
    }
    let path = place(&main, branch, &settings.directory);
    if path.exists() {
        return Err(WorktreeError::Taken { path, branch: branch.to_owned() });
    }
    let copies = settings.copy.iter().map(|name| inside(name)).collect::<Result<Vec<_>, _>>()?;
    let text = path.to_string_lossy();
    let is_known = git(&main, &["rev-parse", "--verify", "--quiet", &format!("refs/heads/{branch}")]).is_ok();
    let add: &[&str] =
        if is_known { &["worktree", "add", &text, branch] } else { &["worktree", "add", "-b", branch, &text] };
    eprintln!("homing: worktree {text} on {branch}");
    git(cwd, add)?;
    for name in copies.iter().filter(|name| main.join(name).exists()) {
        copy(&main.join(name), &path.join(name))?;
    }
    set_up(&main, &path, settings.setup.as_deref())?;
    Ok(path)
}

/// Makes sure that nothing would be lost with the worktree around `cwd`; its top directory.
pub fn check_removable(cwd: &Path, discard: Discard) -> Result<PathBuf, WorktreeError> {
    let top = PathBuf::from(git(cwd, &["rev-parse", "--show-toplevel"]).map_err(|error| or_no_repository(error, cwd))?);
    if top == main_worktree(cwd)? {
        return Err(WorktreeError::NotAWorktree(top));
    }
    let changed = git(&top, &["status", "--porcelain"])?.lines().count();
    match discard {
        Discard::Nothing if changed > 0 => Err(WorktreeError::Dirty { path: top, n: changed }),
        Discard::Nothing | Discard::Changes => Ok(top),
    }
}

/// Takes the worktree away; its branch and commits stay. `git` looks once more whether something would be lost.
pub fn remove(top: &Path, discard: Discard) -> Result<(), WorktreeError> {
    let main = main_worktree(top)?;
    let text = top.to_string_lossy();
    match discard {
        Discard::Nothing => git(&main, &["worktree", "remove", &text])?,
        Discard::Changes => git(&main, &["worktree", "remove", "--force", &text])?,
    };
    Ok(())
}

/// What may be lost with a worktree.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Discard {
    /// Nothing.
    Nothing,
    /// What is not committed.
    Changes,
}

/// The repository's first working directory, to which all worktrees belong.
fn main_worktree(cwd: &Path) -> Result<PathBuf, WorktreeError> {
    let list = git(cwd, &["worktree", "list", "--porcelain"]).map_err(|error| or_no_repository(error, cwd))?;
    let first = list.lines().find_map(|line| line.strip_prefix("worktree "));
    first.map(PathBuf::from).ok_or_else(|| WorktreeError::NoRepository(cwd.to_owned()))
}

fn or_no_repository(error: WorktreeError, cwd: &Path) -> WorktreeError {
    match error {
        WorktreeError::Git { .. } => WorktreeError::NoRepository(cwd.to_owned()),
        other => other,
    }
}

/// The worktree that is on the branch.
fn worktree_of(main: &Path, branch: &str) -> Result<Option<PathBuf>, WorktreeError> {
    let list = git(main, &["worktree", "list", "--porcelain"])?;
    let mut path = None;
    for line in list.lines() {
        if let Some(at) = line.strip_prefix("worktree ") {
            path = Some(PathBuf::from(at));
        } else if line.strip_prefix("branch refs/heads/") == Some(branch) {
            return Ok(path);
        }
    }
    Ok(None)
}

/// Where the worktree of a branch lies. In the setting, `{repo}` is the name of the repository's directory and `{branch}` that
/// of the branch, with `-` for `/`; a relative path counts from the repository.
fn place(main: &Path, branch: &str, setting: &str) -> PathBuf {
    let repo = main.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let path = setting.replace("{repo}", &repo).replace("{branch}", &branch.replace('/', "-"));
    let mut place = PathBuf::new();
    for part in main.join(path).components() {
        match part {
            Component::ParentDir => drop(place.pop()),
            Component::CurDir => {}
            part => place.push(part),
        }
    }
    place
}

/// A relative path that stays where it is joined to.
fn inside(name: &str) -> Result<PathBuf, WorktreeError> {
    let path = Path::new(name);
    let is_inside = path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if is_inside { Ok(path.to_owned()) } else { Err(WorktreeError::BadCopy(name.to_owned())) }
}

/// Copies a file or a directory with all that is in it; what is there already stays.
fn copy(from: &Path, to: &Path) -> Result<(), WorktreeError> {
    let failed = |source| WorktreeError::Copy { path: from.to_owned(), source };
    if from.is_dir() {
        fs::create_dir_all(to).map_err(failed)?;
        for entry in fs::read_dir(from).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            copy(&entry.path(), &to.join(entry.file_name()))?;
        }
        return Ok(());
    }
    if to.exists() {
        return Ok(());
    }
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent).map_err(failed)?;
    }
    fs::copy(from, to).map(drop).map_err(failed)
}

/// Runs the user's own command in the new worktree; what it prints goes to stderr.
fn set_up(main: &Path, path: &Path, setup: Option<&str>) -> Result<(), WorktreeError> {
    let Some(setup) = setup else { return Ok(()) };
    eprintln!("homing: {setup}");
    let mut command = Command::new("/bin/sh");
    command.args(["-c", setup]).current_dir(path).env("HOMING_REPOSITORY", main).stdin(Stdio::null());
    let status = command.stdout(std::io::stderr()).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(WorktreeError::Setup { path: path.to_owned(), status: status.to_string() }),
        Err(error) => Err(WorktreeError::Setup { path: path.to_owned(), status: error.to_string() }),
    }
}

/// Runs `git` and takes what it prints, without the last line break.
fn git(directory: &Path, args: &[&str]) -> Result<String, WorktreeError> {
    let mut command = Command::new("git");
    // A hook or an alias that calls `homing` passes its own repository on.
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR"] {
        command.env_remove(name);
    }
    let output = command.arg("-C").arg(directory).args(args).stdin(Stdio::null()).output();
    let output = output.map_err(WorktreeError::NoGit)?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it failed without a word").to_owned();
    Err(WorktreeError::Git { what: args.iter().take(2).copied().collect::<Vec<_>>().join(" "), said })
}

impl Place {
    /// The directory of a session that is opened in a worktree of the branch.
    pub(super) fn in_worktree(&self, cwd: &str, branch: &str) -> Result<String, Failure> {
        let text = fs::read_to_string(self.paths.config_file()).unwrap_or_default();
        let (config, _) = crate::config::parse(&text);
        let path = prepare(Path::new(cwd), branch, &config.worktrees).map_err(Failure::failed)?;
        path.into_os_string().into_string().map_err(|path| Failure::failed(format!("{path:?} is not UTF-8")))
    }

    /// Closes a session and takes its worktree away: not while another session is in it, and not if something would be lost.
    pub(super) fn close_with_worktree(&self, session: &str, discard: Discard) -> Result<u8, Failure> {
        let row = session_row(self.ask(ApiRequest::Show { session: session.to_owned() })?)?;
        let top = check_removable(Path::new(&row.cwd), discard).map_err(Failure::failed)?;
        if let Some(other) = self.open_in(&top)?.into_iter().find(|other| other.id != row.id) {
            let label = other.name.or(other.title).unwrap_or(other.id);
            return Err(Failure::failed(format!("{label} is in {} too; close it first", top.display())));
        }
        self.tell(ApiRequest::Close { session: row.id })?;
        let started = Instant::now();
        while row.pid.is_some_and(|pid| Path::new("/proc").join(pid.to_string()).exists()) && started.elapsed() < ENDS {
            std::thread::sleep(Duration::from_millis(20));
        }
        remove(&top, discard).map_err(|error| Failure::failed(format!("the session is closed, but {error}")))?;
        eprintln!("homing: {} is removed; its branch stays", top.display());
        Ok(0)
    }

    fn open_in(&self, top: &Path) -> Result<Vec<SessionRow>, Failure> {
        match self.ask(ApiRequest::List { all: false })? {
            ApiResponse::Sessions(rows) => {
                Ok(rows.into_iter().filter(|row| Path::new(&row.cwd).starts_with(top)).collect())
            }
            other => Err(crate::cli::commands::unexpected(&other)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worktree_lies_beside_its_repository_under_the_names_of_both() {
        let at = |setting: &str| place(Path::new("/src/shop"), "fix/cart", setting).display().to_string();
        assert_eq!(at("../{repo}-{branch}"), "/src/shop-fix-cart");
        assert_eq!(at("/trees/{branch}"), "/trees/fix-cart");
        assert_eq!(at(".worktrees/./{branch}"), "/src/shop/.worktrees/fix-cart");
    }

    #[test]
    fn only_what_lies_in_the_repository_is_copied() {
        assert!(inside(".env").is_ok() && inside("config/local.toml").is_ok());
        for outside in ["/etc/passwd", "../other/.env", "a/../../b"] {
            assert!(matches!(inside(outside), Err(WorktreeError::BadCopy(_))), "{outside}");
        }
    }
}
