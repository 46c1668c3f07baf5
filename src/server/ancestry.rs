//! Where a hook's report comes from, as the process tree tells.

use std::path::Path;

use crate::core::Core;
use crate::core::event::Ancestry;
use crate::id::SessionId;
use crate::watch::{PROC, process};

/// Whether a reporting process descends from the session's own, and from no other agent of its kind on the way. `ancestors`
/// is the chain above the reporter as it read it itself, for it may be gone by now.
pub(super) fn of(core: &Core, session: SessionId, pid: Option<u32>, ancestors: &[u32]) -> Ancestry {
    let record = core.state().sessions.get(&session);
    let (Some(pid), Some((record, pane))) = (pid, record.and_then(|record| Some((record, record.pid?)))) else {
        return Ancestry::Unknown;
    };
    let proc = Path::new(PROC);
    let program = core.providers().get(&record.provider).and_then(|provider| provider.program());
    let below: Vec<u32> = ancestors.iter().copied().take_while(|pid| *pid != pane).chain([pane]).collect();
    match process::is_descendant(proc, pid, pane) {
        _ if program.is_some_and(|program| process::is_nested(proc, &below, program)) => Ancestry::Nested,
        Ok(true) => Ancestry::Inside,
        _ if ancestors.contains(&pane) => Ancestry::Inside,
        Ok(false) => Ancestry::Outside,
        Err(_) => Ancestry::Unknown,
    }
}
