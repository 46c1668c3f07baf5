//! Git worktrees for sessions: made beside the repository, filled and set up as the settings say, and taken away only where
//! nothing is lost. All of it is done by `git` itself, in its own words where it fails.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::process::CommandExt;
use std::path::{Component, Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::config::Worktrees;
use crate::core::session::WorktreeOf;
use crate::core::worktrees::Discard;

/// How long the processes of a closed session have to be gone from its worktree. A session that does not end by itself is
/// killed 3 s after it was closed.
const ENDS: Duration = Duration::from_secs(6);

/// Between two looks at a process that may be cancelled, or should end.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// Takes back what is under way.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Takes it back: what runs is killed, and what was made is taken away.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn check(&self) -> Result<(), WorktreeError> {
        if self.0.load(Ordering::Relaxed) { Err(WorktreeError::Cancelled) } else { Ok(()) }
    }
}

/// For whom a worktree is made.
pub enum Audience<'a> {
    /// A person at a terminal, who reads standard error and presses ctrl+c.
    Terminal,
    /// Somebody who is told each step and may take it back; output is kept for the case of a failure.
    Told(&'a dyn Fn(&str), &'a Cancel),
}

impl Audience<'_> {
    fn tell(&self, step: &str) {
        match self {
            Self::Terminal => eprintln!("homing: {step}"),
            Self::Told(tell, _) => tell(step),
        }
    }

    fn check(&self) -> Result<(), WorktreeError> {
        match self {
            Self::Terminal => Ok(()),
            Self::Told(_, cancel) => cancel.check(),
        }
    }
}

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
    #[error("[worktrees] setup failed ({status}) in {}; the worktree is kept{}", path.display(), said_words(said))]
    Setup {
        /// Where it ran.
        path: PathBuf,
        /// How it ended.
        status: String,
        /// The last line that it printed, where that was kept.
        said: Option<String>,
    },
    /// It was taken back.
    #[error("cancelled; nothing is left of it")]
    Cancelled,
    /// The directory is no worktree that was made beside a repository.
    #[error("{} is no worktree of its own; nothing is removed", .0.display())]
    NotAWorktree(PathBuf),
    /// Changes would be lost.
    #[error("{} has {n} files with changes that are not committed", path.display())]
    Dirty {
        /// Which worktree.
        path: PathBuf,
        /// How many.
        n: usize,
    },
}

impl WorktreeError {
    /// The message; where changes would be lost, with what to do if they may be.
    pub fn with_advice(&self, lose_them: &str) -> String {
        match self {
            Self::Dirty { .. } => format!("{self}: commit them, or {lose_them}"),
            other => other.to_string(),
        }
    }
}

/// The worktree of a branch for the repository around `cwd`: the one that is there, or a new one, in a branch that is made
/// where there is none.
pub fn prepare(
    cwd: &Path,
    branch: &str,
    settings: &Worktrees,
    audience: &Audience<'_>,
) -> Result<(PathBuf, WorktreeOf), WorktreeError> {
    let main = main_worktree(cwd)?;
    let of = WorktreeOf { repository: main.display().to_string(), branch: branch.to_owned() };
    let is_name = !branch.starts_with('-') && is_accepted(git(&main, &["check-ref-format", "--branch", branch]))?;
    if !is_name {
        return Err(WorktreeError::BadBranch(branch.to_owned()));
    }
    if let Some(path) = worktree_of(&main, branch)? {
        return Ok((path, of));
    }
    let path = place(&main, branch, &settings.directory);
    if path.exists() {
        return Err(WorktreeError::Taken { path, branch: branch.to_owned() });
    }
    let copies = settings.copy.iter().map(|name| inside(name)).collect::<Result<Vec<_>, _>>()?;
    let is_known = git(&main, &["rev-parse", "--verify", "--quiet", &format!("refs/heads/{branch}")]).is_ok();
    let made = make(cwd, &path, (branch, is_known), audience)
        .and_then(|()| fill(&main, &path, &copies, audience))
        .and_then(|()| set_up(&main, &path, settings.setup.as_deref(), audience));
    if matches!(made, Err(WorktreeError::Cancelled)) {
        // As far as there is something to take away.
        let _ = git(&main, &["worktree", "remove", "--force", &path.to_string_lossy()]);
        let _ = fs::remove_dir_all(&path);
        let _ = git(&main, &["worktree", "prune"]);
        if !is_known {
            let _ = git(&main, &["branch", "-D", branch]);
        }
    }
    made.map(|()| (path, of))
}

fn make(
    cwd: &Path,
    path: &Path,
    (branch, is_known): (&str, bool),
    audience: &Audience<'_>,
) -> Result<(), WorktreeError> {
    let text = path.to_string_lossy();
    let add: &[&str] =
        if is_known { &["worktree", "add", &text, branch] } else { &["worktree", "add", "-b", branch, &text] };
    audience.tell(&format!("worktree {text} on {branch}"));
    if matches!(audience, Audience::Terminal) {
        return git(cwd, add).map(drop);
    }
    let mut command = git_command(cwd, add);
    let ran = run(&mut command, audience).map_err(|failed| failed.or(WorktreeError::NoGit))?;
    if ran.is_success {
        Ok(())
    } else {
        Err(WorktreeError::Git { what: "worktree add".to_owned(), said: ran.last_line() })
    }
}

fn fill(main: &Path, path: &Path, copies: &[PathBuf], audience: &Audience<'_>) -> Result<(), WorktreeError> {
    for name in copies.iter().filter(|name| main.join(name).exists()) {
        audience.check()?;
        audience.tell(&format!("copies {}", name.display()));
        copy(&main.join(name), &path.join(name))?;
    }
    Ok(())
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

/// Waits until a session's process is gone, so that nothing is written into its worktree any more.
pub fn await_end(pid: u32) {
    let started = Instant::now();
    while Path::new("/proc").join(pid.to_string()).exists() && started.elapsed() < ENDS {
        std::thread::sleep(LOOK_AGAIN);
    }
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

/// Runs the user's own command in the new worktree.
fn set_up(main: &Path, path: &Path, setup: Option<&str>, audience: &Audience<'_>) -> Result<(), WorktreeError> {
    let Some(setup) = setup else { return Ok(()) };
    audience.tell(setup);
    let mut command = Command::new("/bin/sh");
    command.args(["-c", setup]).current_dir(path).env("HOMING_REPOSITORY", main);
    let failed = |status: String, said| WorktreeError::Setup { path: path.to_owned(), status, said };
    match run(&mut command, audience) {
        Ok(ran) if ran.is_success => Ok(()),
        Ok(ran) => {
            let said = matches!(audience, Audience::Told(..)).then(|| ran.last_line());
            Err(failed(ran.status, said))
        }
        Err(Failed::Cancelled) => Err(WorktreeError::Cancelled),
        Err(Failed::NotRun(error)) => Err(failed(error.to_string(), None)),
    }
}

fn said_words(said: &Option<String>) -> String {
    said.as_ref().map(|said| format!(": {said}")).unwrap_or_default()
}

/// How a command ended.
struct Ran {
    is_success: bool,
    status: String,
    /// What it printed, where that was kept.
    output: String,
}

impl Ran {
    fn last_line(&self) -> String {
        let line = self.output.lines().rfind(|line| !line.trim().is_empty());
        line.unwrap_or("it failed without a word").trim().to_owned()
    }
}

/// Why a command has no end of its own.
enum Failed {
    Cancelled,
    NotRun(std::io::Error),
}

impl Failed {
    fn or(self, other: impl FnOnce(std::io::Error) -> WorktreeError) -> WorktreeError {
        match self {
            Self::Cancelled => WorktreeError::Cancelled,
            Self::NotRun(error) => other(error),
        }
    }
}

/// Runs a command that may take long; its output goes to whom it is for.
fn run(command: &mut Command, audience: &Audience<'_>) -> Result<Ran, Failed> {
    command.stdin(Stdio::null());
    let Audience::Told(_, cancel) = audience else {
        let status = command.stdout(std::io::stderr()).status().map_err(Failed::NotRun)?;
        return Ok(Ran { is_success: status.success(), status: status.to_string(), output: String::new() });
    };
    cancel.check().map_err(|_| Failed::Cancelled)?;
    let mut kept = tempfile::tempfile().map_err(Failed::NotRun)?;
    let output = || kept.try_clone().map_err(Failed::NotRun);
    command.stdout(output()?).stderr(output()?).process_group(0);
    let mut child = command.spawn().map_err(Failed::NotRun)?;
    let status = loop {
        match child.try_wait().map_err(Failed::NotRun)? {
            Some(status) => break status,
            None if cancel.check().is_err() => {
                end_group(&mut child);
                return Err(Failed::Cancelled);
            }
            None => std::thread::sleep(LOOK_AGAIN),
        }
    };
    Ok(Ran { is_success: status.success(), status: status.to_string(), output: read_back(&mut kept) })
}

/// Kills a child and all that it started, and waits for it.
fn end_group(child: &mut Child) {
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        let _ = kill_process_group(group, Signal::KILL);
    }
    let _ = child.wait();
}

fn read_back(file: &mut File) -> String {
    let mut bytes = Vec::new();
    let _ = file.seek(SeekFrom::Start(0));
    let _ = file.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

fn git_command(directory: &Path, args: &[&str]) -> Command {
    let mut command = Command::new("git");
    // A hook or an alias that calls `homing` passes its own repository on.
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR"] {
        command.env_remove(name);
    }
    command.arg("-C").arg(directory).args(args);
    command
}

/// Whether `git` said yes; that it could not be asked is no answer.
fn is_accepted(answer: Result<String, WorktreeError>) -> Result<bool, WorktreeError> {
    match answer {
        Ok(_) => Ok(true),
        Err(WorktreeError::Git { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Runs `git` and takes what it prints, without the last line break.
fn git(directory: &Path, args: &[&str]) -> Result<String, WorktreeError> {
    let output = git_command(directory, args).stdin(Stdio::null()).output().map_err(WorktreeError::NoGit)?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it failed without a word").to_owned();
    Err(WorktreeError::Git { what: args.iter().take(2).copied().collect::<Vec<_>>().join(" "), said })
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
    fn what_is_taken_back_is_killed_with_all_that_it_started() {
        let cancel = Cancel::default();
        let dir = tempfile::tempdir().expect("a directory");
        let started = dir.path().join("started");
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "sleep 1000 & echo $! > started; wait"]).current_dir(dir.path());
        let other = cancel.clone();
        let file = started.clone();
        let canceller = std::thread::spawn(move || {
            // Until the process below is there.
            let pid = loop {
                let text = fs::read_to_string(&file).unwrap_or_default();
                match text.trim().parse::<u32>() {
                    Ok(pid) => break pid,
                    Err(_) => std::thread::yield_now(),
                }
            };
            other.cancel();
            pid
        });
        let ran = run(&mut command, &Audience::Told(&|_| {}, &cancel));
        assert!(matches!(ran, Err(Failed::Cancelled)));
        let pid = canceller.join().expect("a process");
        let stat = || fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let is_gone = || stat().rsplit_once(") ").is_none_or(|(_, rest)| rest.starts_with('Z'));
        while !is_gone() {
            std::thread::yield_now();
        }
    }

    #[test]
    fn only_what_lies_in_the_repository_is_copied() {
        assert!(inside(".env").is_ok() && inside("config/local.toml").is_ok());
        for outside in ["/etc/passwd", "../other/.env", "a/../../b"] {
            assert!(matches!(inside(outside), Err(WorktreeError::BadCopy(_))), "{outside}");
        }
    }
}
