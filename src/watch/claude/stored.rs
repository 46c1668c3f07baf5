//! What Claude's transcripts say of a pane whose process is not registered: older versions, and a file that was lost.

use std::collections::BTreeSet;
use std::path::Path;

use crate::core::probe::Probe;
use crate::id::ConversationId;
use crate::watch::claude::{open_in, transcript};
use crate::watch::{Finding, process, said};

/// Which conversation of the session's directory holds what the user submitted in the pane, from about that time, and is not
/// open in a process outside of the pane.
pub fn stored_conversations(proc_root: &Path, config_dir: &Path, probe: &Probe) -> Finding {
    let Some(said) = probe.submitted() else {
        return Finding::Silent("nothing was submitted that could be looked for".to_owned());
    };
    let directories = transcript::directories_of(config_dir, &probe.cwd);
    let transcripts = directories.iter().flat_map(|directory| transcript::in_directory(directory));
    let holding = transcripts.filter(|(_, path)| {
        said::is_touched_since(path, said) && said::holds(path, said, transcript::user_message).unwrap_or(false)
    });
    let is_open_elsewhere = |id: &ConversationId| {
        let running = open_in(proc_root, config_dir, id);
        running.is_some_and(|one| !process::is_descendant(proc_root, one.pid, probe.pid).unwrap_or(false))
    };
    let fitting: BTreeSet<ConversationId> = holding.map(|(id, _)| id).filter(|id| !is_open_elsewhere(id)).collect();
    Finding::of(fitting, || format!("no transcript of {} holds what was submitted", probe.cwd))
}
