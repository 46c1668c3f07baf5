//! Ends what a scenario started, whatever ends the scenario: a process of its own that waits for the test to let go of a
//! pipe, so that a test that is interrupted or killed leaves no agents behind either.

use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Ends every process that has the home in its environment, then removes the directory. An agent may start another while
/// it dies, so it looks until it finds none, and gives up after ten seconds.
const SCRIPT: &str = r#"
trap '' INT TERM HUP
cat >/dev/null
n=0
while [ $n -lt 50 ]; do
    found=$(grep -lszxF "HOME=$1" /proc/[0-9]*/environ)
    [ -n "$found" ] || break
    for file in $found; do
        pid=${file#/proc/}
        kill -9 "${pid%/environ}" 2>/dev/null
    done
    n=$((n + 1))
    sleep 0.2
done
rm -rf "$2"
"#;

/// The process that waits; dropped, it does its work.
#[derive(Debug)]
pub struct Guard(Child);

impl Guard {
    /// Guards a home, and the directory that it and everything else of the scenario lie in.
    pub fn start(home: &Path, directory: &Path) -> io::Result<Self> {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", SCRIPT, "guard"]).arg(home).arg(directory);
        // Without a home of its own: it must not find itself.
        command.env_clear().env("PATH", "/usr/bin:/bin").current_dir("/");
        // What is sent to the test's group is not for it.
        command.process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().map(Self)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn what_has_the_home_is_ended_and_nothing_else() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let home = directory.path().join("home");
        let sleeper = |home: &Path| {
            let mut command = Command::new("/bin/sleep");
            command.arg("600").env("HOME", home).spawn().expect("a process")
        };
        let (mut ours, mut other) = (sleeper(&home), sleeper(&home.join("other")));
        drop(Guard::start(&home, directory.path()).expect("a guard"));
        let ended = super::super::workspace::look_for(Duration::from_secs(10), || ours.try_wait().ok()?);
        let is_other_alive = other.try_wait().expect("our child").is_none();
        other.kill().expect("our child");
        other.wait().expect("our child");
        assert!(ended.is_some(), "it runs on");
        assert!(is_other_alive, "another home's process was ended");
        assert!(!directory.path().exists());
    }
}
