//! What git says of a directory: its branch, and how much is not committed. Asks `git`, which takes no lock and runs nothing
//! of the repository's own.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::core::vitals::GitState;

/// How long one question may take. Chosen: a column of the sidebar is worth no more.
const TIME: Duration = Duration::from_secs(2);

/// Between two looks at whether it has answered.
const PAUSE: Duration = Duration::from_millis(5);

/// The state of the repository that the directory is in; `None` where it is in none or git does not answer in time.
pub fn state_of(directory: &Path) -> Option<GitState> {
    let status = ask(directory, &["status", "--porcelain=v2", "--branch", "--untracked-files=no"])?;
    let (added, removed) = match has_changes(&status) {
        true => lines_of(&ask(directory, &["diff", "--shortstat", "--no-ext-diff", "--no-textconv", "HEAD"])?),
        false => (0, 0),
    };
    Some(GitState { branch: branch_of(&status)?, added, removed })
}

/// The branch, or the commit where none is checked out.
fn branch_of(status: &str) -> Option<String> {
    let header = |name: &str| status.lines().find_map(|line| line.strip_prefix("# branch.")?.strip_prefix(name));
    match header("head ")? {
        "(detached)" => header("oid ").map(|commit| commit.chars().take(8).collect()),
        branch => Some(branch.to_owned()),
    }
}

fn has_changes(status: &str) -> bool {
    status.lines().any(|line| !line.starts_with('#'))
}

/// ` 3 files changed, 12 insertions(+), 1 deletion(-)`, each part where there is such a thing.
fn lines_of(shortstat: &str) -> (u32, u32) {
    let count = |word: &str| {
        let part = shortstat.split(',').find(|part| part.contains(word))?;
        part.split_whitespace().next()?.parse().ok()
    };
    (count("insertion").unwrap_or(0), count("deletion").unwrap_or(0))
}

fn ask(directory: &Path, args: &[&str]) -> Option<String> {
    let mut command = Command::new("git");
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR"] {
        command.env_remove(name);
    }
    command.args(["--no-optional-locks", "-c", "core.fsmonitor=false", "-C"]).arg(directory).args(args);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().ok()?;
    let mut printed = child.stdout.take()?;
    // Read beside, so that a long answer does not block git.
    let reader = std::thread::spawn(move || {
        let mut text = Vec::new();
        std::io::Read::read_to_end(&mut printed, &mut text).map(|_| text)
    });
    let until = Instant::now() + TIME;
    let status = loop {
        match child.try_wait().ok()? {
            Some(status) => break status,
            None if Instant::now() > until => {
                let _ = child.kill();
                let _ = child.wait();
                return None;
            }
            None => std::thread::sleep(PAUSE),
        }
    };
    let text = reader.join().ok()?.ok()?;
    status.success().then(|| String::from_utf8_lossy(&text).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branch_and_lines_are_those_of_git_and_elsewhere_there_are_none() {
        let dir = tempfile::tempdir().expect("a directory");
        let git = |args: &[&str]| {
            let mut command = Command::new("git");
            command.args(["-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main", "-C"]);
            let output = command.arg(dir.path()).args(args).env("GIT_CONFIG_GLOBAL", "/dev/null").output();
            assert!(output.expect("git").status.success(), "{args:?}");
        };
        assert_eq!(state_of(&dir.path().join("none")), None);
        git(&["init", "-q"]);
        let file = dir.path().join("a");
        std::fs::write(&file, "1\n2\n3\n").expect("written");
        git(&["add", "a"]);
        git(&["commit", "-qm", "first"]);
        git(&["checkout", "-qb", "fix/cart"]);
        let state = |added, removed| Some(GitState { branch: "fix/cart".to_owned(), added, removed });
        assert_eq!(state_of(dir.path()), state(0, 0));
        std::fs::write(&file, "1\nzwei\n3\n4\n").expect("written");
        assert_eq!(state_of(dir.path()), state(2, 1));
        git(&["checkout", "-qf", "--detach"]);
        assert_eq!(state_of(dir.path()).map(|state| state.branch.len()), Some(8));
    }

    #[test]
    fn what_git_prints_is_read() {
        assert_eq!(lines_of(" 1 file changed, 1 insertion(+)\n"), (1, 0));
        assert_eq!(lines_of(" 3 files changed, 12 insertions(+), 40 deletions(-)\n"), (12, 40));
        assert_eq!(lines_of(""), (0, 0));
        assert_eq!(branch_of("# branch.oid (initial)\n# branch.head main\n").as_deref(), Some("main"));
    }
}
