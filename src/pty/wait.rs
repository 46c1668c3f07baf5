//! How processes ended.

use rustix::process::{WaitOptions, wait};

/// How a process ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ExitStatus {
    /// Its exit code, if it ended by itself.
    pub code: Option<i32>,
    /// The signal, if one ended it.
    pub signal: Option<i32>,
}

/// Takes the exit statuses of all children that have ended; never blocks.
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
