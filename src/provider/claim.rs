//! Evidence → claims: which conversation a session is on, and when to say that nobody knows (DESIGN §7).
//!
//! The rules, in the order in which they are asked:
//! 1. What is not about this session's conversation counts for nothing: another provider's report, a sub-agent's, one from
//!    outside of the pane's process tree or from a nested run, a `SessionEnd`, a witness that the provider does not have.
//! 2. Several candidates are no claim, and neither is a text that could not be an id.
//! 3. A conversation that another live session holds is refused, naming the holder.
//! 4. What agrees with the claim confirms it: the stronger witness stays, and once spoken is spoken.
//! 5. What names another conversation *moves* the session only if it is later than the claim and
//!    - comes from homing's own launch, or from a hook that opens a conversation or submits a prompt (a turn that ends in the
//!      background does not say what is on the screen), or from the title that the agent gives its terminal; or
//!    - is what the agent's process shows, or its exit line, and no hook has spoken since the user last pressed Enter; or
//!    - is the text just submitted, found in that conversation alone, or the only conversation that began after the user asked
//!      for a new one; and nothing stronger has spoken since: unless a session beside this one did the same at the same
//!      time, for then it tells neither.
//! 6. Anything else that names another conversation is a disagreement: the claim stays, and the user is told.

use std::fmt;

use crate::config::FileDialect;
use crate::core::session::{Claim, Witness};
use crate::id::{ConversationId, ProviderName, SessionId};
use crate::provider::hook::{HookEvent, HookKind, StartSource};
use crate::provider::is_conversation_id;
use crate::provider::row::Provider;
use crate::time::Wall;

/// Something that was seen and may say which conversation a session is on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Evidence {
    /// Whose conversation it names.
    pub provider: ProviderName,
    /// What was seen.
    pub sight: Sight,
    /// The conversations that it names. One is evidence; more are ambiguity.
    pub candidates: Vec<ConversationId>,
    /// When it was seen.
    pub at: Wall,
    /// Where it came from.
    pub origin: Origin,
}

/// What was seen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sight {
    /// homing launched the agent on it.
    Launch,
    /// A hook: a conversation was opened.
    Opened(StartSource),
    /// A hook: the user submitted a prompt in it.
    Prompt,
    /// A hook: something happened in a turn of its.
    Turn,
    /// A hook: it was closed.
    Closed,
    /// A hook: a sub-agent did something.
    SubAgent,
    /// A process of the pane's tree holds its lock or file, or the provider's pid registry names it.
    Process {
        /// Whether a message of the user's is known to be in it.
        spoken: bool,
    },
    /// It fits in the provider's store.
    Store {
        /// Whether a message of the user's is in it.
        spoken: bool,
    },
    /// It fits in the provider's store, and of several that were told the same the times leave only this one.
    Matched,
    /// It stands in the provider's store under the title that the agent gives its terminal.
    Titled,
    /// The agent's exit line named it.
    Farewell,
}

impl Sight {
    /// What it is as a witness.
    pub const fn witness(self) -> Witness {
        match self {
            Self::Launch => Witness::Assigned,
            Self::Opened(_) | Self::Prompt | Self::Turn | Self::Closed | Self::SubAgent => Witness::Hook,
            Self::Process { .. } => Witness::Process,
            Self::Store { .. } | Self::Matched | Self::Titled => Witness::Store,
            Self::Farewell => Witness::Farewell,
        }
    }

    /// Whether it shows that the user has said something in it: only then can it be resumed. Agents resume, fork and
    /// compact only conversations with a message, and name only such when they leave.
    const fn is_spoken(self) -> bool {
        match self {
            Self::Prompt | Self::Turn | Self::Matched | Self::Titled | Self::Farewell => true,
            Self::Opened(source) => matches!(source, StartSource::Resume | StartSource::Compact),
            Self::Process { spoken } | Self::Store { spoken } => spoken,
            Self::Launch | Self::Closed | Self::SubAgent => false,
        }
    }

    /// Whether it names the conversation that the pane shows, when it names one that is claimed already.
    pub const fn names_the_screen(self) -> bool {
        self.is_current() || matches!(self, Self::Process { .. } | Self::Store { .. } | Self::Matched | Self::Farewell)
    }

    /// Whether it says which conversation the pane shows *now*.
    const fn is_current(self) -> bool {
        matches!(self, Self::Launch | Self::Opened(_) | Self::Prompt | Self::Titled)
    }
}

/// Where evidence came from, as far as the process tree tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Origin {
    /// From the pane's own agent, or from homing itself.
    Pane,
    /// From a process that does not descend from the pane's.
    Outside,
    /// From an agent that was started by the pane's agent.
    Nested,
    /// The process was gone, or the system does not tell.
    Unknown,
}

impl Evidence {
    /// What a hook shows; `None` where it names no conversation.
    pub fn from_hook(event: &HookEvent, at: Wall, origin: Origin) -> Option<Self> {
        let conversation = event.conversation.clone()?;
        let sight = match &event.kind {
            _ if event.is_subagent => Sight::SubAgent,
            HookKind::SubAgent => Sight::SubAgent,
            HookKind::SessionStarted { source } => Sight::Opened(*source),
            HookKind::PromptSubmitted { .. } => Sight::Prompt,
            HookKind::SessionEnded { .. } => Sight::Closed,
            HookKind::ToolStarted
            | HookKind::ToolEnded
            | HookKind::PermissionRequested { .. }
            | HookKind::QuestionAsked { .. }
            | HookKind::TurnEnded { .. }
            | HookKind::TurnFailed { .. }
            | HookKind::Interrupted => Sight::Turn,
            HookKind::Idle | HookKind::Other(_) => return None,
        };
        Some(Self { provider: event.provider.clone(), sight, candidates: vec![conversation], at, origin })
    }

    /// What homing's own launch shows.
    pub fn from_launch(provider: &Provider, assigned: ConversationId, at: Wall) -> Self {
        let provider = provider.name.clone();
        Self { provider, sight: Sight::Launch, candidates: vec![assigned], at, origin: Origin::Pane }
    }
}

/// What is known beside the claim and the evidence.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// The session's provider.
    pub provider: &'a Provider,
    /// What the hooks of this launch have said.
    pub hooks: HookStanding,
    /// Whether something has named the conversation on the screen for certain since the user last pressed Enter.
    pub is_settled: bool,
    /// Whether another live session of this agent and directory submitted the same text at about the same time.
    pub has_twin: bool,
    /// The *other* live session that holds the conversation of the evidence, if one does.
    pub holder: Option<SessionId>,
}

/// What the hooks of a launch have said so far.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HookStanding {
    /// None was heard.
    Silent,
    /// Some were heard, but none that names the conversation on the screen since the user last pressed Enter.
    Earlier,
    /// One named it since then: nothing else knows better.
    Latest,
}

/// What to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Claim it: the first claim, or the same conversation with more known about it.
    Claim(Claim),
    /// Move the session to it; the old conversation stays in the ledger.
    Move(Claim),
    /// Leave the claim as it is; nothing is wrong.
    Keep(Reason),
    /// Leave the claim as it is, and say why: the evidence counts for nothing or contradicts it.
    Refuse(Reason),
}

/// Why evidence changed nothing; its text is shown by `homing explain`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reason {
    /// It says what is known.
    Known,
    /// It is about an earlier time than the claim.
    Stale,
    /// It names a conversation that works in the background.
    Background(ConversationId),
    /// It names this one, but something that knows better has named another since.
    Outranked(ConversationId),
    /// It names no conversation.
    Nothing,
    /// It is about another provider's conversation.
    OtherProvider(ProviderName),
    /// A sub-agent reported it.
    SubAgent,
    /// It was reported when the conversation was closed.
    Closing,
    /// It came from outside of the pane.
    Outside,
    /// It came from an agent inside of the agent.
    Nested,
    /// The provider has no such witness.
    NotAWitness(Witness),
    /// More than one conversation fits.
    Ambiguous(Vec<ConversationId>),
    /// One of these fits, but another session was told the same at the same time.
    Twin(Vec<ConversationId>),
    /// It could not be an id.
    NotAnId,
    /// Another live session holds the conversation.
    Held {
        /// Which conversation.
        conversation: ConversationId,
        /// By which session.
        holder: SessionId,
    },
    /// A witness names another conversation than the claim.
    Disagrees {
        /// What it names.
        seen: ConversationId,
        /// What it is.
        witness: Witness,
    },
}

impl Reason {
    /// Whether the user has to know: which conversation the session is on is in doubt.
    pub const fn is_doubt(&self) -> bool {
        matches!(self, Self::Ambiguous(_) | Self::Twin(_) | Self::Held { .. } | Self::Disagrees { .. })
    }

    /// The conversations that the session may be on instead of the claimed one.
    pub fn candidates(&self) -> Vec<ConversationId> {
        match self {
            Self::Ambiguous(several) | Self::Twin(several) => several.clone(),
            Self::Held { conversation, .. } => vec![conversation.clone()],
            Self::Disagrees { seen, .. } => vec![seen.clone()],
            _ => Vec::new(),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known => f.write_str("known already"),
            Self::Stale => f.write_str("older than the claim"),
            Self::Background(id) => write!(f, "{id} works in the background"),
            Self::Outranked(id) => write!(f, "it names {id}, but something that knows better has spoken since"),
            Self::Nothing => f.write_str("it names no conversation"),
            Self::OtherProvider(name) => write!(f, "a report of {name}, which this session is not"),
            Self::SubAgent => f.write_str("a sub-agent's report"),
            Self::Closing => f.write_str("the id given at the end of a conversation is never taken"),
            Self::Outside => f.write_str("it came from a process outside of this pane"),
            Self::Nested => f.write_str("it came from an agent that this agent started"),
            Self::NotAWitness(witness) => write!(f, "this provider has no {} witness", witness.as_str()),
            Self::Ambiguous(ids) => write!(f, "{} conversations fit", ids.len()),
            Self::Twin(_) => f.write_str("another pane was told the same at the same time"),
            Self::NotAnId => f.write_str("it could not be a conversation's id"),
            Self::Held { conversation, holder } => write!(f, "{conversation} is open in session {holder}"),
            Self::Disagrees { seen, witness } => write!(f, "the {} witness names {seen} instead", witness.as_str()),
        }
    }
}

/// Weighs one piece of evidence against what is claimed.
pub fn weigh(current: Option<&Claim>, evidence: &Evidence, scene: &Scene<'_>) -> Verdict {
    let witness = evidence.sight.witness();
    if let Some(reason) = irrelevance(evidence, scene) {
        return Verdict::Refuse(reason);
    }
    let mut candidates = evidence.candidates.clone();
    candidates.sort();
    candidates.dedup();
    let conversation = match candidates.as_slice() {
        [] => return Verdict::Keep(Reason::Nothing),
        [one] if is_conversation_id(one.as_str()) => one.clone(),
        [_] => return Verdict::Refuse(Reason::NotAnId),
        _ => return several(current, scene, candidates),
    };
    if let Some(holder) = scene.holder {
        return Verdict::Refuse(Reason::Held { conversation, holder });
    }
    // Agents name a conversation without a word too when they are hung up; their files tell better, where they are known.
    let is_told_by_files = evidence.sight == Sight::Farewell && scene.provider.files != FileDialect::None;
    let spoken = evidence.sight.is_spoken() && !is_told_by_files;
    let claim = Claim { conversation, witness, since: evidence.at, spoken };
    match current {
        None if matches!(evidence.sight, Sight::Store { .. }) && scene.has_twin => {
            Verdict::Refuse(Reason::Twin(vec![claim.conversation]))
        }
        None => Verdict::Claim(claim),
        Some(current) if current.conversation == claim.conversation => confirm(current, witness, spoken),
        Some(current) => other_conversation(current, claim, evidence, scene),
    }
}

/// Why the evidence is not about this session's conversation at all.
fn irrelevance(evidence: &Evidence, scene: &Scene<'_>) -> Option<Reason> {
    let witness = evidence.sight.witness();
    // A resume names a conversation on the command line even where a fresh start cannot: that is no "assigned" witness of
    // the provider's, but it is homing's own doing.
    let is_witness = evidence.sight == Sight::Launch || scene.provider.witnesses.contains(&witness);
    match (evidence.origin, evidence.sight) {
        _ if evidence.provider != scene.provider.name => Some(Reason::OtherProvider(evidence.provider.clone())),
        (_, Sight::SubAgent) => Some(Reason::SubAgent),
        (_, Sight::Closed) => Some(Reason::Closing),
        (Origin::Outside, _) => Some(Reason::Outside),
        (Origin::Nested, _) => Some(Reason::Nested),
        (Origin::Pane | Origin::Unknown, _) if !is_witness => Some(Reason::NotAWitness(witness)),
        (Origin::Pane | Origin::Unknown, _) => None,
    }
}

/// Several candidates, of which the claim may be one: as long as that is known for certain, it is no news.
fn several(current: Option<&Claim>, scene: &Scene<'_>, candidates: Vec<ConversationId>) -> Verdict {
    let is_among = current.is_some_and(|claim| candidates.contains(&claim.conversation));
    match is_among && scene.is_settled {
        true => Verdict::Keep(Reason::Known),
        false => Verdict::Refuse(Reason::Ambiguous(candidates)),
    }
}

fn confirm(current: &Claim, witness: Witness, spoken: bool) -> Verdict {
    let claim = Claim { witness: current.witness.max(witness), spoken: current.spoken || spoken, ..current.clone() };
    if claim == *current { Verdict::Keep(Reason::Known) } else { Verdict::Claim(claim) }
}

fn other_conversation(current: &Claim, claim: Claim, evidence: &Evidence, scene: &Scene<'_>) -> Verdict {
    if evidence.at < current.since {
        return Verdict::Keep(Reason::Stale);
    }
    let is_latest = scene.hooks == HookStanding::Latest;
    match evidence.sight {
        sight if sight.is_current() => Verdict::Move(claim),
        Sight::Turn if current.witness >= Witness::Hook => Verdict::Keep(Reason::Background(claim.conversation)),
        Sight::Turn => Verdict::Move(claim),
        Sight::Process { .. } if is_latest => Verdict::Keep(Reason::Outranked(claim.conversation)),
        Sight::Process { .. } => Verdict::Move(claim),
        Sight::Farewell if !is_latest => Verdict::Move(claim),
        Sight::Store { .. } | Sight::Matched if is_latest || scene.is_settled => {
            Verdict::Keep(Reason::Outranked(claim.conversation))
        }
        Sight::Store { .. } if scene.has_twin => {
            let mut candidates = vec![current.conversation.clone(), claim.conversation];
            candidates.sort();
            Verdict::Refuse(Reason::Twin(candidates))
        }
        Sight::Store { .. } | Sight::Matched => Verdict::Move(claim),
        Sight::Farewell
        | Sight::Launch
        | Sight::Opened(_)
        | Sight::Prompt
        | Sight::Titled
        | Sight::Closed
        | Sight::SubAgent => Verdict::Refuse(Reason::Disagrees { seen: claim.conversation, witness: claim.witness }),
    }
}

#[cfg(test)]
#[path = "claim_tests.rs"]
mod tests;
