//! One look at everything that may say which conversation an agent is on, whichever agent it is: the only place that tells
//! the agents' files apart.

use std::ops::ControlFlow;
use std::path::Path;

use crate::config::FileDialect;
use crate::core::conversation::Conversation;
use crate::core::event::Env;
use crate::core::probe::{Found, Probe, Sighting};
use crate::core::session::Witness;
use crate::id::{ConversationId, ProviderName};
use crate::watch::codex::LockState;
use crate::watch::{Answer, Finding, claude, codex};

/// What processes and files say now about the session's conversation, strongest first.
pub fn sightings(proc_root: &Path, probe: &Probe) -> Vec<Sighting> {
    match probe.files {
        FileDialect::Claude => claude_sightings(proc_root, probe),
        FileDialect::Codex => codex_sightings(proc_root, probe),
        FileDialect::OpenCode
        | FileDialect::Gemini
        | FileDialect::Qwen
        | FileDialect::Copilot
        | FileDialect::Demo
        | FileDialect::None => Vec::new(),
    }
}

/// Whether the conversation is on disk with something said in it, so that a resume from the directory finds it.
pub fn is_on_disk(files: FileDialect, env: &Env, cwd: &str, conversation: &ConversationId) -> Answer {
    match files {
        FileDialect::Claude => {
            let transcript = claude::transcript(&claude::config_dir(env), cwd, conversation);
            if transcript.exists && transcript.has_user_message { Answer::Yes } else { Answer::No }
        }
        FileDialect::Codex => codex::rollout_exists(&codex::home(env), conversation),
        FileDialect::OpenCode
        | FileDialect::Gemini
        | FileDialect::Qwen
        | FileDialect::Copilot
        | FileDialect::Demo
        | FileDialect::None => Answer::Unknown("its files are not known".to_owned()),
    }
}

/// The process that has the conversation open now, of any pane or none, where that can be told.
pub fn holder(proc_root: &Path, files: FileDialect, env: &Env, conversation: &ConversationId) -> Option<u32> {
    match files {
        FileDialect::Claude => {
            claude::open_in(proc_root, &claude::config_dir(env), conversation).map(|found| found.pid)
        }
        FileDialect::Codex => match codex::lock_state(proc_root, &codex::home(env), conversation) {
            LockState::Held { pid } => Some(pid),
            LockState::Free | LockState::Unknown(_) => None,
        },
        FileDialect::OpenCode
        | FileDialect::Gemini
        | FileDialect::Qwen
        | FileDialect::Copilot
        | FileDialect::Demo
        | FileDialect::None => None,
    }
}

/// All conversations of a person's that lie on disk where this environment points to, handed on in batches of at most some
/// 200, newest first over all of them; those without a word of the user's, sub-agents' and other hidden ones are left out.
/// Reading ends when `each` breaks.
pub fn conversations(
    files: FileDialect,
    env: &Env,
    provider: &ProviderName,
    each: &mut dyn FnMut(Vec<Conversation>) -> ControlFlow<()>,
) {
    match files {
        FileDialect::Claude
        | FileDialect::Codex
        | FileDialect::OpenCode
        | FileDialect::Gemini
        | FileDialect::Qwen
        | FileDialect::Copilot
        | FileDialect::Demo
        | FileDialect::None => {
            // An empty batch is handed on all the same: whoever listens learns that the search is over.
            tracing::debug!(%provider, n_variables = env.len(), "its conversations are not listed");
            let _ = each(Vec::new());
        }
    }
}

fn claude_sightings(proc_root: &Path, probe: &Probe) -> Vec<Sighting> {
    let directory = claude::config_dir(&probe.env);
    let finding = claude::registry(proc_root, &directory, probe.pid).finding();
    let spoken = |id: &ConversationId| claude::transcript(&directory, &probe.cwd, id).has_user_message;
    let found = match (finding, &probe.claimed) {
        (Finding::Silent(_), Some(claimed)) if spoken(claimed) => {
            Found::Exact { conversation: claimed.clone(), spoken: true }
        }
        (finding, _) => found(finding, spoken),
    };
    vec![Sighting { witness: Witness::Process, found, source: "registry of running processes".to_owned() }]
}

fn codex_sightings(proc_root: &Path, probe: &Probe) -> Vec<Sighting> {
    let home = codex::home(&probe.env);
    let finding = codex::held_conversations(proc_root, &home, probe.pid);
    let found = found(finding, |id| codex::has_user_message(&home, id).known() == Some(true));
    vec![Sighting { witness: Witness::Process, found, source: "lock files of the pane's processes".to_owned() }]
}

/// What a finding of the processes shows.
fn found(finding: Finding, spoken: impl Fn(&ConversationId) -> bool) -> Found {
    match finding {
        Finding::Exact(conversation) => {
            let spoken = spoken(&conversation);
            Found::Exact { conversation, spoken }
        }
        Finding::Ambiguous(candidates) => Found::Ambiguous(candidates),
        Finding::Silent(reason) => Found::Silent(reason),
    }
}
