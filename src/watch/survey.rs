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
        FileDialect::Claude => claude::conversations(&claude::config_dir(env), provider, each),
        FileDialect::Codex => codex::conversations(&codex::home(env), provider, each),
        FileDialect::OpenCode
        | FileDialect::Gemini
        | FileDialect::Qwen
        | FileDialect::Copilot
        | FileDialect::Demo
        | FileDialect::None => {}
    }
}

fn claude_sightings(proc_root: &Path, probe: &Probe) -> Vec<Sighting> {
    let directory = claude::config_dir(&probe.env);
    let spoken = |id: &ConversationId| claude::transcript(&directory, &probe.cwd, id).has_user_message;
    let registered = found(claude::registry(proc_root, &directory, probe.pid).finding(), spoken);
    let is_silent = matches!(registered, Found::Silent(_));
    let mut seen = vec![process(registered, "registry of running processes")];
    if is_silent {
        let stored = found(claude::stored_conversations(proc_root, &directory, probe), |_| true);
        seen.push(match (&stored, &probe.claimed) {
            // Says nothing of what is on the screen: only that the claimed conversation can be resumed.
            (Found::Silent(_), Some(claimed)) if spoken(claimed) => {
                let found = Found::Exact { conversation: claimed.clone(), spoken: true };
                store(found, "a message of yours in the transcript of the claimed conversation")
            }
            (Found::Exact { .. } | Found::Ambiguous(_) | Found::Silent(_), _) => {
                store(stored, "transcripts of the directory that hold what you submitted")
            }
        });
    }
    seen
}

fn codex_sightings(proc_root: &Path, probe: &Probe) -> Vec<Sighting> {
    let home = codex::home(&probe.env);
    let held = codex::held_conversations(proc_root, &home, probe.pid);
    let held = codex::narrowed(&home, held, probe.said.as_ref());
    let held = found(held, |id| codex::has_user_message(&home, id).known() == Some(true));
    let is_silent = matches!(held, Found::Silent(_));
    let mut seen = vec![process(held, "lock files of the pane's processes")];
    if is_silent {
        let stored = found(codex::stored_conversations(proc_root, &home, probe), |_| true);
        seen.push(store(stored, "conversations of the directory that hold what you submitted"));
    }
    seen
}

fn process(found: Found, source: &str) -> Sighting {
    Sighting { witness: Witness::Process, found, source: source.to_owned() }
}

fn store(found: Found, source: &str) -> Sighting {
    Sighting { witness: Witness::Store, found, source: source.to_owned() }
}

/// What a finding shows.
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
