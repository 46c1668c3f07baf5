//! How processes ended.

use std::collections::BTreeSet;

use rustix::process::{Pid, WaitOptions, wait, waitpid};

/// How a process ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ExitStatus {
    /// Its exit code, if it ended by itself.
    pub code: Option<i32>,
    /// The signal, if one ended it.
    pub signal: Option<i32>,
}

/// Takes the exit statuses of those of these children that have ended, and takes them out of the set; never blocks. Other
/// children are left to whoever started them and waits for them.
pub fn reap(children: &mut BTreeSet<u32>) -> Vec<(u32, ExitStatus)> {
    let mut ended = Vec::new();
    children.retain(|&child| {
        let pid = i32::try_from(child).ok().and_then(Pid::from_raw);
        match waitpid(pid, WaitOptions::NOHANG) {
            Ok(None) => true,
            Ok(Some((_, status))) => {
                ended.push((child, ExitStatus { code: status.exit_status(), signal: status.terminating_signal() }));
                false
            }
            Err(_) => false,
        }
    });
    ended
}

/// Takes the exit statuses of all children that have ended; never blocks. Only for a process that waits for none itself.
pub fn reap_all() -> Vec<(u32, ExitStatus)> {
    let mut ended = Vec::new();
    while let Ok(Some((pid, status))) = wait(WaitOptions::NOHANG) {
        if let Ok(pid) = u32::try_from(pid.as_raw_nonzero().get()) {
            ended.push((pid, ExitStatus { code: status.exit_status(), signal: status.terminating_signal() }));
        }
    }
    ended
}

/// Whether there is no such process any more, not even one that nobody has waited for.
pub fn is_gone(pid: u32) -> bool {
    let pid = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw);
    pid.is_none_or(|pid| rustix::process::test_kill_process(pid) == Err(rustix::io::Errno::SRCH))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn only_the_named_children_are_taken() {
        let started = || Command::new("/bin/sh").args(["-c", "exit 3"]).spawn().expect("a shell");
        let (mine, mut other) = (started(), started());
        let mut children = BTreeSet::from([mine.id()]);
        let ended = loop {
            let ended = reap(&mut children);
            if !ended.is_empty() {
                break ended;
            }
            std::thread::yield_now();
        };
        assert_eq!(ended, [(mine.id(), ExitStatus { code: Some(3), signal: None })]);
        assert!(children.is_empty());
        assert_eq!(other.wait().expect("its starter waits for it").code(), Some(3));
    }
}
