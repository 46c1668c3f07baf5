//! Asking a program one harmless question (`--version`, `--help`), within a time limit.

use std::io::{Read, Seek};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::core::event::Env;

/// What is read of an answer, in bytes. Chosen: the longest help of the agents that are known has 30 KiB.
const ANSWER_MAX_BYTES: u64 = 1 << 20;

/// How many programs run at the same time: all agents at once would keep each other from answering in time (each takes a
/// processor for up to 2 s).
static FREE: Mutex<Option<usize>> = Mutex::new(None);
static FREED: Condvar = Condvar::new();

/// Leave to run one program; dropped, the next may.
struct Turn;

impl Turn {
    fn wait() -> Self {
        let mut free = FREE.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let n = free.get_or_insert_with(|| std::thread::available_parallelism().map_or(1, usize::from));
            if *n > 0 {
                *n -= 1;
                return Self;
            }
            free = FREED.wait(free).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(n) = FREE.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            *n += 1;
        }
        FREED.notify_one();
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum NoAnswer {
    /// It cannot be started.
    #[error("it cannot be started: {0}")]
    Start(#[source] std::io::Error),
    /// It did not end in time, and was ended.
    #[error("it did not answer within {0} s")]
    Late(u64),
    /// It ended with a failure.
    #[error("it failed: {0}")]
    Failed(String),
}

/// Runs the program in a process group of its own and takes what it prints on both channels (OpenCode prints its help as
/// errors). It has no terminal and no input; when the time is over, the whole group is killed.
pub fn ask(program: &str, args: &[&str], env: &Env, time: Duration) -> Result<String, NoAnswer> {
    let _turn = Turn::wait();
    let mut output = tempfile::tempfile().map_err(NoAnswer::Start)?;
    let copy = || output.try_clone().map_err(NoAnswer::Start);
    let mut child = Command::new(program)
        .args(args)
        .env_clear()
        .envs(env.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(copy()?)
        .stderr(copy()?)
        .process_group(0)
        .spawn()
        .map_err(NoAnswer::Start)?;
    let group = rustix::process::Pid::from_child(&child);
    let started = Instant::now();
    let status = loop {
        match child.try_wait().map_err(NoAnswer::Start)? {
            Some(status) => break status,
            None if started.elapsed() > time => {
                // Whatever it started for the answer goes with it.
                let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
                let _ = child.wait();
                return Err(NoAnswer::Late(time.as_secs()));
            }
            None => std::thread::sleep(Duration::from_millis(10)),
        }
    };
    let mut bytes = Vec::new();
    output.rewind().map_err(NoAnswer::Start)?;
    output.take(ANSWER_MAX_BYTES).read_to_end(&mut bytes).map_err(NoAnswer::Start)?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    if status.success() {
        return Ok(text);
    }
    let last = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it said nothing");
    Err(NoAnswer::Failed(format!("{status}; {}", crate::text::one_line(last, 120))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, time: Duration) -> Result<String, NoAnswer> {
        ask("/bin/sh", &["-c", script], &vec![("PATH".to_owned(), "/usr/bin:/bin".to_owned())], time)
    }

    #[test]
    fn both_channels_count_and_a_failure_says_the_last_line() {
        assert_eq!(shell("echo a; echo b >&2", Duration::from_secs(5)).expect("an answer"), "a\nb\n");
        let failed = shell("echo no such option >&2; exit 3", Duration::from_secs(5)).expect_err("a failure");
        assert!(failed.to_string().contains("no such option"), "{failed}");
    }

    #[test]
    fn a_program_that_hangs_is_ended_with_all_that_it_started() {
        let before = Instant::now();
        let late = shell("sleep 60 & sleep 60", Duration::from_millis(50));
        assert!(matches!(late, Err(NoAnswer::Late(_))), "{late:?}");
        assert!(before.elapsed() < Duration::from_secs(30));
    }
}
