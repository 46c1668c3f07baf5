//! What sessions cost and how their directories stand in git: columns of the sidebar that are off unless asked for.
//!
//! Looked at only while a client sees the sidebar whole: processes every [`PACE`], git when something may have changed (a
//! session opened, a turn ended, the focus moved), one question at a time.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::core::Core;
use crate::core::effect::{Effect, Effects};
use crate::core::timer::Timer;
use crate::id::SessionId;
use crate::layout::chrome::{SidebarForm, chrome};
use crate::time::Instant;

/// Between two looks at the processes. Chosen: as `top` does with -d 2; a look reads one file for each process there is.
const PACE: Duration = Duration::from_secs(2);

/// How a directory stands in git.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GitState {
    /// The branch, or the beginning of the commit's id where none is checked out.
    pub branch: String,
    /// Lines added since the last commit, staged or not.
    pub added: u32,
    /// Lines removed.
    pub removed: u32,
}

/// What a session's processes use.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Usage {
    /// Of one processor, since the look before; `None` at the first one.
    pub cpu_percent: Option<u64>,
    /// Resident memory.
    pub memory_mib: u64,
}

/// What was read of a session's processes: the processor time of those that live in ms, and their memory in KiB.
pub type Reading = (SessionId, u64, u64);

/// What the columns show.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Vitals {
    /// By session.
    pub usage: BTreeMap<SessionId, Usage>,
    /// By directory.
    pub git: BTreeMap<String, GitState>,
}

/// Where the looks at processes stand.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Pace {
    /// Nobody looks.
    #[default]
    Idle,
    /// The edges were asked.
    Asked,
    /// The timer for the next look is set.
    Waiting,
}

/// What the looks are about.
#[derive(Debug, Default)]
pub struct Looks {
    pace: Pace,
    /// Processor time, and when it was read.
    before: BTreeMap<SessionId, (u64, Instant)>,
    is_git_asked: bool,
    /// Directories that git was asked about.
    known: BTreeSet<String>,
    /// Directories that git is to be asked about.
    due: BTreeSet<String>,
}

impl Core {
    /// Whether a client sees the columns, if they are on.
    fn sees_columns(&self) -> bool {
        let is_whole = |form| form == SidebarForm::Whole;
        let mut views = self.state.clients.values();
        !self.state.is_empty()
            && self.stopping.is_none()
            && views.any(|view| is_whole(chrome(view.size, view.sidebar.shown()).form))
    }

    /// Looks at what is shown and not known yet, and goes on looking while it is shown.
    pub(super) fn look_at_vitals(&mut self, fx: &mut Effects) {
        self.look_at_usage(fx);
        if self.state.config.sidebar.git {
            let directories = self.state.listed_sessions().map(|session| directory_of(&session.cwd));
            let new: Vec<String> = directories.filter(|it| !self.looks.known.contains(it)).collect();
            self.looks.due.extend(new);
            self.look_at_git(fx);
        }
    }

    fn look_at_usage(&mut self, fx: &mut Effects) {
        if !self.state.config.sidebar.usage || self.looks.pace != Pace::Idle || !self.sees_columns() {
            return;
        }
        let processes: Vec<_> =
            self.state.listed_sessions().filter_map(|session| Some((session.id, session.pid?))).collect();
        if !processes.is_empty() {
            self.looks.pace = Pace::Asked;
            fx.push(Effect::ReadUsage { processes });
        }
    }

    /// Time for the next look.
    pub(super) fn vitals_due(&mut self, fx: &mut Effects) {
        self.looks.pace = Pace::Idle;
        self.look_at_usage(fx);
    }

    pub(super) fn usage_read(&mut self, readings: Vec<Reading>, fx: &mut Effects) {
        let now = self.state.now.instant;
        let mut usage = BTreeMap::new();
        let mut before = BTreeMap::new();
        for (session, cpu_ms, memory_kib) in readings {
            let cpu_percent = self.looks.before.get(&session).and_then(|(then_ms, then)| {
                let elapsed_ms = u64::try_from(now.since(*then).as_millis()).unwrap_or(u64::MAX);
                (cpu_ms.saturating_sub(*then_ms) * 100).checked_div(elapsed_ms)
            });
            before.insert(session, (cpu_ms, now));
            usage.insert(session, Usage { cpu_percent, memory_mib: memory_kib / 1024 });
        }
        self.looks.before = before;
        if usage != self.state.vitals.usage {
            self.state.vitals.usage = usage;
            fx.redraw_all();
        }
        self.looks.pace = Pace::Idle;
        if self.state.config.sidebar.usage && self.sees_columns() {
            self.looks.pace = Pace::Waiting;
            fx.push(Effect::SetTimer { timer: Timer::Vitals, at: now + PACE });
        }
    }

    /// Something in the session's directory may be another than before.
    pub(super) fn directory_touched(&mut self, session: SessionId, fx: &mut Effects) {
        if !self.state.config.sidebar.git {
            return;
        }
        if let Some(session) = self.state.sessions.get(&session) {
            self.looks.due.insert(directory_of(&session.cwd));
            self.look_at_git(fx);
        }
    }

    fn look_at_git(&mut self, fx: &mut Effects) {
        if self.looks.is_git_asked || self.looks.due.is_empty() || !self.sees_columns() {
            return;
        }
        let directories = std::mem::take(&mut self.looks.due);
        self.looks.known.extend(directories.iter().cloned());
        self.looks.is_git_asked = true;
        fx.push(Effect::ReadGit { directories: directories.into_iter().collect() });
    }

    pub(super) fn git_read(&mut self, found: Vec<(String, Option<GitState>)>, fx: &mut Effects) {
        self.looks.is_git_asked = false;
        for (directory, state) in found {
            let git = &mut self.state.vitals.git;
            let before = match state.clone() {
                Some(state) => git.insert(directory, state),
                None => git.remove(&directory),
            };
            if before != state {
                fx.redraw_all();
            }
        }
        if self.state.config.sidebar.git {
            self.look_at_git(fx);
        }
    }
}

/// A directory as the columns know it.
pub fn directory_of(cwd: &str) -> String {
    cwd.trim_end_matches('/').to_owned()
}
