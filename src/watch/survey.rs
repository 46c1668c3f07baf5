//! One look at everything that may say which conversation an agent is on, whichever agent it is: the only place that tells
//! the agents' files apart.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use crate::config::FileDialect;
use crate::core::conversation::Conversation;
use crate::core::event::Env;
use crate::core::probe::{Found, Opening, Probe, Sighting};
use crate::core::session::Witness;
use crate::id::{ConversationId, ProviderName};
use crate::watch::codex::LockState;
use crate::watch::{Answer, Finding, claude, codex, copilot, demo, gemini, opencode, opencode_log, qwen, started};

/// What processes and files say now about the session's conversation, strongest first.
pub fn sightings(proc_root: &Path, probe: &Probe) -> Vec<Sighting> {
    match probe.files {
        FileDialect::Claude => claude_sightings(proc_root, probe),
        FileDialect::Codex => codex_sightings(proc_root, probe),
        FileDialect::OpenCode => opencode_sightings(proc_root, probe),
        FileDialect::Gemini => vec![said_in_chats(gemini::finding(probe))],
        FileDialect::Qwen => vec![said_in_chats(qwen::finding(probe))],
        FileDialect::Copilot => copilot_sightings(proc_root, probe),
        FileDialect::Demo | FileDialect::None => Vec::new(),
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
        FileDialect::OpenCode => opencode::has_user_message(&opencode::database(env), conversation),
        FileDialect::Demo => demo::is_on_disk(env, conversation),
        FileDialect::Gemini => gemini::is_on_disk(&gemini::config_dir(env), cwd, conversation),
        FileDialect::Qwen => qwen::is_on_disk(&qwen::config_dir(env), cwd, conversation),
        FileDialect::Copilot => {
            if copilot::is_said(&copilot::config_dir(env), conversation) {
                Answer::Yes
            } else {
                Answer::No
            }
        }
        FileDialect::None => Answer::Unknown("its files are not known".to_owned()),
    }
}

/// Whether the agent would refuse to begin a conversation with this id: after `/clear` Claude Code has a transcript without a
/// word of the user's, which it can neither resume nor begin anew; so has a Gemini that was killed right at its start.
pub fn is_id_used(files: FileDialect, env: &Env, cwd: &str, conversation: &ConversationId) -> bool {
    match files {
        FileDialect::Claude => claude::transcript(&claude::config_dir(env), cwd, conversation).exists,
        FileDialect::Gemini => gemini::is_id_used(&gemini::config_dir(env), cwd, conversation),
        FileDialect::Codex
        | FileDialect::OpenCode
        | FileDialect::Qwen
        | FileDialect::Copilot
        | FileDialect::Demo
        | FileDialect::None => false,
    }
}

/// The process that has the conversation open now, of any pane or none, where that can be told. `own` are the agents of which
/// homing knows better than their command lines do.
pub fn holder(
    proc_root: &Path,
    files: FileDialect,
    env: &Env,
    conversation: &ConversationId,
    own: &[u32],
) -> Option<u32> {
    match files {
        FileDialect::Claude => {
            claude::open_in(proc_root, &claude::config_dir(env), conversation).map(|found| found.pid)
        }
        FileDialect::Codex => match codex::lock_state(proc_root, &codex::home(env), conversation) {
            LockState::Held { pid } => Some(pid),
            LockState::Free | LockState::Unknown(_) => None,
        },
        FileDialect::Copilot => copilot::holder(proc_root, &copilot::config_dir(env), conversation),
        FileDialect::OpenCode | FileDialect::Gemini | FileDialect::Qwen => {
            started::on(proc_root, files, env, conversation, own)
        }
        FileDialect::Demo | FileDialect::None => None,
    }
}

/// Hands out all conversations of a person's that lie on disk where this environment points to, newest first, in batches
/// of some [`BATCH`], until `deliver` says that it has enough; those without a word of the user's, sub-agents' and other
/// hidden ones are left out.
pub fn conversations(
    files: FileDialect,
    env: &Env,
    provider: &ProviderName,
    deliver: &mut dyn FnMut(Vec<Conversation>) -> ControlFlow<()>,
) {
    match files {
        FileDialect::Demo => demo::conversations(env, provider, deliver),
        FileDialect::OpenCode => opencode::conversations(env, provider, deliver),
        FileDialect::Gemini => gemini::conversations(&gemini::config_dir(env), provider, deliver),
        FileDialect::Qwen => qwen::conversations(&qwen::config_dir(env), provider, deliver),
        FileDialect::Copilot => copilot::conversations(&copilot::config_dir(env), provider, deliver),
        FileDialect::Claude => claude::conversations(&claude::config_dir(env), provider, deliver),
        FileDialect::Codex => codex::conversations(&codex::home(env), provider, deliver),
        FileDialect::None => {}
    }
}

/// How many conversations are handed out at once (chosen: a screen or several, read in a few milliseconds).
pub const BATCH: usize = 200;

/// Where the conversations of these files lie by this environment, whether or not anything is there; `None` where homing
/// does not know them. Two environments with the same place have the same conversations.
pub fn place(files: FileDialect, env: &Env) -> Option<PathBuf> {
    match files {
        FileDialect::Claude => Some(claude::config_dir(env)),
        FileDialect::Codex => Some(codex::home(env)),
        FileDialect::OpenCode => Some(opencode::database(env)),
        FileDialect::Gemini => Some(gemini::config_dir(env)),
        FileDialect::Qwen => Some(qwen::config_dir(env)),
        FileDialect::Copilot => Some(copilot::config_dir(env)),
        FileDialect::Demo => demo::directory(env),
        FileDialect::None => None,
    }
}

fn said_in_chats(found: Found) -> Sighting {
    Sighting { witness: Witness::Store, found, source: "chat files of the directory".to_owned(), held: Vec::new() }
}

fn copilot_sightings(proc_root: &Path, probe: &Probe) -> Vec<Sighting> {
    let directory = copilot::config_dir(&probe.env);
    let finding = copilot::open_in_tree(proc_root, &directory, probe.pid);
    let found = found(finding, |id| copilot::is_said(&directory, id));
    vec![Sighting {
        witness: Witness::Process,
        found,
        source: "lock files of the session directories".to_owned(),
        held: Vec::new(),
    }]
}

fn claude_sightings(proc_root: &Path, probe: &Probe) -> Vec<Sighting> {
    let directory = claude::config_dir(&probe.env);
    let spoken = |id: &ConversationId| claude::transcript(&directory, &probe.cwd, id).has_user_message;
    let registered = found(claude::registry(proc_root, &directory, probe.pid).finding(), spoken);
    let registered = if is_from_before(probe, &registered) { silent_about_other() } else { registered };
    let is_silent = matches!(registered, Found::Silent(_));
    let source = "registry of running processes".to_owned();
    let mut sightings = vec![Sighting { witness: Witness::Process, found: registered, source, held: Vec::new() }];
    if is_silent {
        let stored = found(claude::stored_conversations(proc_root, &directory, probe), |_| true);
        sightings.push(said_in_chats(stored));
    }
    sightings
}

/// What the pane's own processes have open is certain as a set; which of several is on the screen is told by the text just
/// submitted, or by one that was opened, perhaps again, since the last look while the agent was at rest (while it works,
/// sub-agents open theirs).
fn codex_sightings(proc_root: &Path, probe: &Probe) -> Vec<Sighting> {
    let home = codex::home(&probe.env);
    let spoken = |id: &ConversationId| codex::has_user_message(&home, id).known() == Some(true);
    let finding = codex::of_persons(&home, codex::held_conversations(proc_root, &home, probe.pid));
    let source = "lock files of the pane's processes".to_owned();
    let ids = match &finding {
        Finding::Exact(one) => vec![one.clone()],
        Finding::Ambiguous(several) => several.clone(),
        Finding::Silent(_) => Vec::new(),
    };
    let held = codex::openings(&home, &ids);
    let found_open = match finding {
        Finding::Ambiguous(several) => singled_out(&home, probe, several, &held, spoken),
        other => found(other, spoken),
    };
    let is_said_there = || probe.submitted().is_some_and(|said| !codex::holding(&home, &ids, said).is_empty());
    let found_open =
        if is_from_before(probe, &found_open) && !is_said_there() { silent_about_other() } else { found_open };
    let is_silent = matches!(found_open, Found::Silent(_));
    let mut sightings = vec![Sighting { witness: Witness::Process, found: found_open, source, held }];
    if is_silent {
        let stored = found(codex::stored_conversations(proc_root, &home, probe), |_| true);
        let source = "threads of the directory".to_owned();
        sightings.push(Sighting { witness: Witness::Store, found: stored, source, held: Vec::new() });
    }
    sightings
}

/// Whether nothing but the conversation from before is to be seen, though the user asked for another: that shows late.
fn is_from_before(probe: &Probe, found: &Found) -> bool {
    matches!(found, Found::Exact { conversation, .. } if probe.may_show_before && probe.claimed.as_ref() == Some(conversation))
}

fn silent_about_other() -> Found {
    Found::Silent("the user asked for another conversation, and only the one before is open so far".to_owned())
}

fn singled_out(
    home: &Path,
    probe: &Probe,
    several: Vec<ConversationId>,
    held: &[Opening],
    spoken: impl Fn(&ConversationId) -> bool,
) -> Found {
    if let Some(said) = probe.submitted()
        && let [one] = &codex::holding(home, &several, said)[..]
    {
        return Found::Exact { conversation: one.clone(), spoken: true };
    }
    if let Some(known) = &probe.held_before {
        let new: Vec<&Opening> = held.iter().filter(|opening| opening.is_newer_than(known)).collect();
        if let [Opening { conversation, .. }] = new[..] {
            return Found::Exact { conversation: conversation.clone(), spoken: spoken(conversation) };
        }
    }
    Found::Ambiguous(several)
}

fn opencode_sightings(proc_root: &Path, probe: &Probe) -> Vec<Sighting> {
    let database = opencode::database(&probe.env);
    let prompted = probe.touched_at.map(|since| opencode_log::prompted(proc_root, probe.pid, since));
    let prompted = opencode::of_persons(&database, prompted.unwrap_or_default());
    let sighting =
        |found, source: &str| Sighting { witness: Witness::Store, found, source: source.to_owned(), held: Vec::new() };
    let titled = probe.title.as_deref().and_then(|title| opencode::titled(&database, &probe.cwd, title));
    let said = match probe.submitted() {
        Some(said) if !probe.twins.is_empty() => opencode::matched(&database, &probe.cwd, said, &probe.twins),
        Some(said) => opencode::said_in(&database, &probe.cwd, said),
        None => Found::Silent("what the user said is not known for certain".to_owned()),
    };
    let titled = titled.map(|found| sighting(found, "title of its terminal"));
    let logged = match &prompted[..] {
        [one] => Some(Sighting {
            witness: Witness::Process,
            found: Found::Exact { conversation: one.clone(), spoken: true },
            source: "log of the pane's process".to_owned(),
            held: Vec::new(),
        }),
        _ => None,
    };
    logged.into_iter().chain(titled).chain([sighting(said, "OpenCode's database")]).collect()
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
