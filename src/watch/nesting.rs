//! Agents that an agent started: their tools, hooks and servers run `claude -p`, `codex exec` and the like in the pane's own
//! process tree, and these have conversations of their own.

use std::path::Path;

use crate::watch::process;

/// Programs that are agents, by the name of the file. A script of the shell that bears such a name is none: people wrap them.
const AGENTS: [&str; 9] = ["amp", "claude", "codex", "copilot", "cursor-agent", "gemini", "opencode", "qwen", "crush"];

/// Programs that run the file that is their first argument.
const INTERPRETERS: [&str; 4] = ["node", "bun", "deno", "python3"];

/// Whether the process was started, over whatever steps, by an agent of the tree below (and with) the pane's process.
///
/// A launcher of the same agent that is its direct parent (`node codex` → `codex`) is part of it; with a shell between, or
/// another agent, it is a run inside of a run.
pub(super) fn is_nested(proc_root: &Path, pane_pid: u32, pid: u32) -> bool {
    let own = agent(proc_root, pid);
    let mut is_launcher = own.is_some();
    let mut current = pid;
    while current != pane_pid {
        let Ok(parent @ 1..) = process::parent_of(proc_root, current) else { return false };
        match agent(proc_root, parent) {
            found @ Some(_) if is_launcher && found == own => {}
            Some(_) => return true,
            None => is_launcher = false,
        }
        current = parent;
    }
    false
}

/// The process's arguments from the first one of the agent's own on; none where they cannot be read.
pub(super) fn agent_arguments(proc_root: &Path, pid: u32) -> Vec<String> {
    let arguments = process::arguments(proc_root, pid).unwrap_or_default();
    let n_skipped = match arguments.first() {
        Some(program) if INTERPRETERS.contains(&name_of(program)) => 2,
        _ => 1,
    };
    arguments.into_iter().skip(n_skipped).collect()
}

/// Which agent the process runs, if it is one.
fn agent(proc_root: &Path, pid: u32) -> Option<&'static str> {
    let arguments = process::arguments(proc_root, pid).ok()?;
    let program = name_of(arguments.first()?);
    let name = if INTERPRETERS.contains(&program) { name_of(arguments.get(1)?) } else { program };
    AGENTS.into_iter().find(|agent| *agent == name)
}

/// The name of the program in a path: `codex` of `/x/codex.js`.
fn name_of(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    [".js", ".mjs", ".cjs", ".exe"].iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name)
}
