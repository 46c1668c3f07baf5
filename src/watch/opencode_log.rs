//! What a running OpenCode writes into the log that all of a user's share (seen on 1.18.33): each line names the run that wrote
//! it, `run=57f648db`, but no process. A process that appends stands in the file just behind its own last line, and the system
//! tells where (`pos` in proc(5)'s `fdinfo`): so its run is known for certain, and with it the conversations in which it took
//! in a prompt: `message=loop session.id=ses_… step=0`, within half a second of the Enter.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::id::ConversationId;
use crate::provider::is_conversation_id;
use crate::time::Wall;
use crate::watch::{jsonl, nesting, process};

/// How much of the log before the process's last line is read. Chosen: some 5000 lines, of all OpenCodes.
const TAIL_BYTES: u64 = 1 << 20;

/// The conversations, sub-agents' too, in which the pane's OpenCode has taken in a prompt since then.
pub fn prompted(proc_root: &Path, pane_pid: u32, since: Wall) -> BTreeSet<ConversationId> {
    let descendants = process::descendants(proc_root, pane_pid).unwrap_or_default();
    let own = [pane_pid].into_iter().chain(descendants).filter(|pid| !nesting::is_nested(proc_root, pane_pid, *pid));
    let texts = own.filter_map(|pid| written_by(proc_root, pid));
    texts.flat_map(|text| prompted_in(&text, since)).collect()
}

/// The end of the log, up to the process's last line; `None` where it has none open.
fn written_by(proc_root: &Path, pid: u32) -> Option<String> {
    let directory = proc_root.join(pid.to_string());
    let open = fs::read_dir(directory.join("fd")).ok()?.flatten();
    let logs = open.filter(|entry| fs::read_link(entry.path()).is_ok_and(|link| is_log(&link)));
    let place = |entry: fs::DirEntry| -> Option<(u64, PathBuf)> {
        let info = fs::read_to_string(directory.join("fdinfo").join(entry.file_name())).ok()?;
        Some((info.lines().find_map(|line| line.strip_prefix("pos:"))?.trim().parse().ok()?, entry.path()))
    };
    let (end, path) = logs.filter_map(place).max()?;
    jsonl::lines_before(File::open(path).ok()?, end, TAIL_BYTES).ok()
}

fn is_log(link: &Path) -> bool {
    let mut names = link.iter().rev();
    names.next().is_some_and(|name| Path::new(name).extension().is_some_and(|ending| ending == "log"))
        && names.next().is_some_and(|name| name == "log")
        && names.next().is_some_and(|name| name == "opencode")
}

fn prompted_in(text: &str, since: Wall) -> Vec<ConversationId> {
    let Some(run) = text.lines().next_back().and_then(|line| field(line, "run")) else { return Vec::new() };
    let id = |line| {
        let is_prompt = field(line, "run") == Some(run)
            && field(line, "message") == Some("loop")
            && field(line, "step") == Some("0")
            && field(line, "timestamp").and_then(jsonl::time) >= Some(since);
        field(line, "session.id").filter(|id| is_prompt && is_conversation_id(id)).map(ConversationId::new)
    };
    text.lines().filter_map(id).collect()
}

/// The value of a field that has no blanks in it.
fn field<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    line.split_ascii_whitespace().find_map(|word| word.strip_prefix(name)?.strip_prefix('='))
}
