//! What Codex's store says of a pane whose process tells nothing.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::core::probe::{Probe, Submitted};
use crate::watch::codex::state::{State, StateError, Thread};
use crate::watch::codex::{LOCKS, is_shared_daemon, rollout};
use crate::watch::locks::Locks;
use crate::watch::{Finding, process};

/// A conversation is created before its first message, but no earlier than this before the launch: clocks are read in coarse
/// steps. Chosen.
const BEFORE_LAUNCH_MS: i64 = 2_000;

/// A conversation is created at most so long after its first message was submitted. Chosen.
const AFTER_SUBMIT_MS: i64 = 5_000;

/// Which conversation of the store fits what the user submitted in the pane: in its directory, a person's, not written by a
/// process outside of the pane, and with the text in it from about that time.
pub fn stored_conversations(proc_root: &Path, codex_home: &Path, probe: &Probe) -> Finding {
    let Some(said) = probe.submitted() else {
        return Finding::Silent("nothing was submitted that could be looked for".to_owned());
    };
    match fitting(proc_root, codex_home, probe, said) {
        Ok(finding) => finding,
        Err(error) => Finding::Silent(error.to_string()),
    }
}

fn fitting(proc_root: &Path, codex_home: &Path, probe: &Probe, said: &Submitted) -> Result<Finding, StateError> {
    let state = State::open(codex_home)?;
    let mut threads = state.threads_in(&probe.cwd)?;
    // Codex stores the directory as the system tells it, with links resolved.
    let resolved = fs::canonicalize(&probe.cwd).ok().and_then(|path| path.into_os_string().into_string().ok());
    if let Some(resolved) = resolved.filter(|resolved| *resolved != probe.cwd) {
        threads.extend(state.threads_in(&resolved)?);
    }
    let n_threads = threads.len();
    let locks = Locks::read(proc_root);
    let mut fitting = BTreeSet::new();
    for thread in threads {
        let fits = thread.is_persons() && is_said_in(codex_home, &thread, probe, said);
        if fits && !is_held_elsewhere(proc_root, codex_home, &locks, &thread, probe.pid) {
            fitting.insert(thread.id);
        }
    }
    Ok(Finding::of(fitting, || {
        format!("none of the {n_threads} conversations of {} holds what was submitted", probe.cwd)
    }))
}

/// By its rollout; where that cannot be found, by its first message and the time of its creation.
fn is_said_in(codex_home: &Path, thread: &Thread, probe: &Probe, said: &Submitted) -> bool {
    match rollout::find(codex_home, &thread.id) {
        Some(path) => rollout::holds(&path, said),
        None => {
            let from = probe.launched_at.unix_ms - BEFORE_LAUNCH_MS;
            let until = said.at.unix_ms + AFTER_SUBMIT_MS;
            (from..=until).contains(&thread.created_at_ms) && thread.first_user_message.trim() == said.text.trim()
        }
    }
}

/// Whether a process that is not the pane's writes it; the server that several terminals share writes for the pane too.
fn is_held_elsewhere(proc_root: &Path, codex_home: &Path, locks: &Locks, thread: &Thread, pane_pid: u32) -> bool {
    let file = codex_home.join(LOCKS).join(format!("{}.lock", thread.id));
    let Ok(Some(holder)) = locks.holder(proc_root, &file) else { return false };
    !is_shared_daemon(proc_root, holder) && !process::is_descendant(proc_root, holder, pane_pid).unwrap_or(false)
}
