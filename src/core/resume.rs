//! What happens to a pane at a relaunch: a pure function of the stored session, its provider and what the edges found.
//!
//! Never "the latest", never the newest file, never position: a conversation is resumed by its exact id or not at all.

use crate::config::FileDialect;
use crate::core::event::LaunchFacts;
use crate::core::session::{EndReason, Session};
use crate::id::ConversationId;
use crate::protocol::api::Resumable;
use crate::provider::Provider;

/// Why a launch is decided.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cause {
    /// The session is new.
    First,
    /// The workspace is being restored.
    Relaunch,
    /// The user asked for this pane to be started again on its conversation.
    Reopen,
    /// The user opened a conversation that was found on disk.
    Found,
    /// The user asked for a fresh start in this pane.
    Fresh,
}

/// What is to be done with a pane.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Decision {
    /// Start the agent on exactly this conversation.
    Resume {
        /// Which.
        conversation: ConversationId,
        /// What proves it, for people.
        why: String,
    },
    /// Start it without a conversation.
    Fresh {
        /// The id that it is to take, where the provider takes ids and one was chosen before.
        reuse: Option<ConversationId>,
        /// Why there is nothing to resume.
        why: String,
    },
    /// Start nothing: the user decides.
    Hold {
        /// Why.
        why: String,
    },
    /// Start nothing: which conversation it was on is not certain, and the user says.
    Ask {
        /// What is in doubt, and what can be done.
        why: String,
    },
    /// It cannot be started.
    Fail {
        /// What is wrong and what to do, in plain words.
        message: String,
    },
}

/// Decides about one pane.
pub fn decide(session: &Session, provider: &Provider, facts: &LaunchFacts, cause: Cause) -> Decision {
    if !facts.has_directory {
        return Decision::Fail { message: format!("the directory {} is gone", session.cwd) };
    }
    if facts.program.is_none() {
        return Decision::Fail { message: missing_program(provider) };
    }
    if cause == Cause::First {
        let assigned = session.claim.as_ref().map(|claim| claim.conversation.clone());
        return Decision::Fresh { reuse: assigned, why: "new".to_owned() };
    }
    if cause == Cause::Fresh {
        return Decision::Fresh { reuse: None, why: "as asked".to_owned() };
    }
    if !provider.is_agent {
        return decide_shell(session, facts, cause);
    }
    if cause == Cause::Relaunch && ended_by_itself(session) {
        return Decision::Hold { why: format!("{} had ended by itself", provider.title) };
    }
    decide_conversation(session, provider, facts, cause)
}

/// A shell comes back with the agent that ran inside of it, if its conversation can be resumed; else without.
fn decide_shell(session: &Session, facts: &LaunchFacts, cause: Cause) -> Decision {
    let fresh = |why: &str| Decision::Fresh { reuse: None, why: why.to_owned() };
    let (Some(guest), Some(claim), true) = (&session.guest, &session.claim, cause != Cause::Fresh) else {
        return fresh("a shell has no conversation");
    };
    match facts {
        _ if session.doubt.is_some() => fresh("the conversation of the agent in it is in doubt"),
        LaunchFacts { held_by: Some(_), .. } => fresh("the conversation of the agent in it is open elsewhere"),
        LaunchFacts { conversation_on_disk: Some(false), .. } => fresh("nothing was said to the agent in it"),
        _ if !claim.spoken && facts.conversation_on_disk != Some(true) => fresh("nothing was said to the agent in it"),
        _ => Decision::Resume {
            conversation: claim.conversation.clone(),
            why: format!("{} in its shell, {}", guest.provider, claim.witness.as_str()),
        },
    }
}

fn decide_conversation(session: &Session, provider: &Provider, facts: &LaunchFacts, cause: Cause) -> Decision {
    if let (Some(doubt), Cause::Relaunch) = (&session.doubt, cause) {
        let claimed = session.claim.as_ref().filter(|claim| claim.spoken).map(|claim| short_id(&claim.conversation));
        let offer = claimed.map(|short| format!("; r resumes {short}")).unwrap_or_default();
        return Decision::Ask { why: format!("which conversation? {}{offer}", doubt.reason) };
    }
    let Some(claim) = &session.claim else {
        return match (&session.first_message, cause) {
            (None, _) => Decision::Fresh { reuse: None, why: "never prompted".to_owned() },
            (Some(_), _) if !provider.can_resume() => {
                Decision::Fresh { reuse: None, why: format!("{} cannot resume by id", provider.title) }
            }
            (Some(_), _) => Decision::Ask { why: "which conversation? its own was never seen for certain".to_owned() },
        };
    };
    let short = short_id(&claim.conversation);
    if let Some(pid) = facts.held_by {
        // Of these nothing but their command line tells.
        let is_told_by_start =
            matches!(provider.files, FileDialect::OpenCode | FileDialect::Gemini | FileDialect::Qwen);
        let why = match is_told_by_start {
            true => format!("process {pid} was started on conversation {short}, and still runs"),
            false => format!("conversation {short} is open in process {pid}"),
        };
        return Decision::Hold { why };
    }
    // Where its files cannot be read, what was typed counts: the id is exact, and the agent says if it has no such conversation.
    let spoken = claim.spoken || facts.conversation_on_disk.unwrap_or(session.first_message.is_some());
    if !spoken {
        let reuse = (!facts.is_id_used).then(|| claim.conversation.clone());
        let why = match &session.first_message {
            None => "never prompted".to_owned(),
            // It was killed before it wrote down what was said (Claude Code 2.1.197 on a busy machine).
            Some(_) => format!("{} had kept nothing of what was said", provider.title),
        };
        return Decision::Fresh { reuse, why };
    }
    if facts.conversation_on_disk == Some(false) {
        return Decision::Fail { message: format!("{} has no conversation {short} any more", provider.title) };
    }
    if !provider.can_resume() {
        return Decision::Fresh { reuse: None, why: format!("{} cannot resume by id", provider.title) };
    }
    Decision::Resume { conversation: claim.conversation.clone(), why: format!("exact, {}", claim.witness.as_str()) }
}

/// Whether a restart would bring the session's conversation back, as told before any restart.
pub fn resumable(session: &Session, provider: Option<&Provider>) -> Resumable {
    let row = |ok: bool, why: &str| Resumable { ok, why: why.to_owned() };
    let Some(provider) = provider else { return row(false, "its provider is not known any more") };
    if !provider.is_agent {
        return match (&session.guest, &session.claim, &session.doubt) {
            (Some(guest), Some(claim), None) if claim.spoken => {
                row(true, &format!("{} in its shell: exact, {}", guest.provider, claim.witness.as_str()))
            }
            _ => row(false, "a shell starts fresh in its directory"),
        };
    }
    if let Some(doubt) = session.doubt.as_ref().filter(|_| provider.can_resume()) {
        return row(false, &format!("in doubt: {}", doubt.reason));
    }
    match &session.claim {
        _ if !provider.can_resume() => row(false, "this agent cannot resume by id"),
        Some(claim) if claim.spoken => row(true, &format!("exact, {}", claim.witness.as_str())),
        Some(_) => row(true, "never prompted: comes back fresh"),
        None if session.first_message.is_none() => row(true, "never prompted: comes back fresh"),
        None => row(false, "its conversation was not seen for certain yet"),
    }
}

/// The first eight characters of an id, with `…`, as shown to people.
pub fn short_id(conversation: &ConversationId) -> String {
    let id = conversation.as_str();
    match id.char_indices().nth(8) {
        Some((end, _)) => format!("{}…", &id[..end]),
        None => id.to_owned(),
    }
}

/// An end with a status of its own is the user's wish (or the agent's); signals and shutdowns are not.
fn ended_by_itself(session: &Session) -> bool {
    session.exit.is_some_and(|exit| exit.reason == EndReason::Exited && exit.code.is_some_and(|code| code < 128))
}

fn missing_program(provider: &Provider) -> String {
    let hint = provider.install_hint.as_deref().map(|hint| format!("; install it with: {hint}")).unwrap_or_default();
    format!("{} was not found on PATH{hint}", provider.title)
}

#[cfg(test)]
#[path = "resume_tests.rs"]
mod tests;
