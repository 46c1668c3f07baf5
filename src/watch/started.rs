//! Agents that keep no record of who has a conversation open (OpenCode, Gemini CLI, Qwen Code): what is left is the command
//! line on which one was started. It does not tell of an agent that moved to the conversation later.

use std::path::Path;

use crate::config::FileDialect;
use crate::core::event::Env;
use crate::id::ConversationId;
use crate::watch::process;
use crate::watch::survey::place;

/// The process outside of `own` and their descendants that was started on the conversation, and keeps it in the same place
/// as this environment.
pub fn on(proc_root: &Path, files: FileDialect, env: &Env, conversation: &ConversationId, own: &[u32]) -> Option<u32> {
    let program = match files {
        FileDialect::OpenCode => "opencode",
        FileDialect::Gemini => "gemini",
        FileDialect::Qwen => "qwen",
        FileDialect::Claude | FileDialect::Codex | FileDialect::Copilot | FileDialect::Demo | FileDialect::None => {
            return None;
        }
    };
    let names_it = |word: &String| {
        let value = word.split_once('=').filter(|(flag, _)| flag.starts_with('-')).map_or(word.as_str(), |(_, id)| id);
        value == conversation.as_str()
    };
    let is_there = |pid: u32| {
        let theirs = process::environment(proc_root, pid);
        theirs.map_or(true, |theirs| place(files, &theirs) == place(files, env))
    };
    let is_own = |pid: u32| own.iter().any(|own| process::is_descendant(proc_root, pid, *own).unwrap_or(true));
    process::all(proc_root).ok()?.into_iter().find(|pid| {
        let Ok(arguments) = process::arguments(proc_root, *pid) else { return false };
        let is_on_it = process::arguments_of(&arguments, program).is_some_and(|rest| rest.iter().any(names_it));
        is_on_it && is_there(*pid) && !is_own(*pid)
    })
}
