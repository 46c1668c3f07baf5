//! Which conversation a session is on: hooks, probes and what the user was seen to submit, weighed into claims.
//!
//! Never "the latest", never by position. A claim is in memory only after the store has it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::config::{FileDialect, HookDialect};
use crate::core::Core;
use crate::core::effect::{Change, Durability, Effect, Effects, SpawnRequest, Timer};
use crate::core::event::{Ancestry, HookReport};
use crate::core::ledger::ClaimEnd;
use crate::core::persist::Pending;
use crate::core::probe::{Found, Probe, Sighting, Submitted};
use crate::core::session::{Claim, Session, Status, Witness};
use crate::id::{ConversationId, SessionId};
use crate::provider::Provider;
use crate::provider::claim::{Evidence, Origin, Scene, Sight, Verdict, weigh};
use crate::provider::hook::{HookKind, parse};
use crate::provider::status;
use crate::text;
use crate::time::Wall;

/// When evidence is looked for after a submit (DESIGN §7).
pub const ATTEMPTS: [Duration; 4] =
    [Duration::from_millis(250), Duration::from_secs(1), Duration::from_millis(2500), Duration::from_secs(5)];

/// Longest first message kept as a label, in characters.
const MAX_MESSAGE_CHARS: usize = 120;

/// What a user submitted, as the input recorder saw it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Said {
    /// The text.
    pub text: String,
    /// Whether it is certain, letter by letter.
    pub is_exact: bool,
}

/// The capture schedules under way: at most one a session.
#[derive(Debug, Default)]
pub struct Captures {
    next_attempt: BTreeMap<SessionId, usize>,
    /// Sessions whose agent has sent a hook in this launch.
    hooks_heard: BTreeSet<SessionId>,
    /// When each session's process was started.
    launched_at: BTreeMap<SessionId, Wall>,
    /// What the user submitted last in this launch, where the recorder is sure of it.
    said: BTreeMap<SessionId, Submitted>,
}

impl Captures {
    /// Ends a session's schedule.
    pub(super) fn end(&mut self, session: SessionId) {
        self.next_attempt.remove(&session);
    }

    /// A new process: nothing was heard of it yet.
    pub(super) fn begin(&mut self, session: SessionId, at: Wall) {
        self.hooks_heard.remove(&session);
        self.said.remove(&session);
        self.launched_at.insert(session, at);
    }
}

impl Core {
    pub(super) fn provider_of(&self, session: SessionId) -> Option<&Provider> {
        self.providers.get(&self.state.sessions.get(&session)?.provider)
    }

    /// Starts a session's schedule, or starts it over.
    pub(super) fn arm_capture(&mut self, session: SessionId, fx: &mut Effects) {
        if !self.provider_of(session).is_some_and(|provider| provider.is_agent) {
            return;
        }
        self.captures.next_attempt.insert(session, 0);
        fx.push(Effect::SetTimer { timer: Timer::Capture(session), at: self.state.now.instant + ATTEMPTS[0] });
    }

    pub(super) fn capture_due(&mut self, session: SessionId, fx: &mut Effects) {
        let Some(attempt) = self.captures.next_attempt.get(&session).copied() else { return };
        let Some(record) = self.state.sessions.get(&session) else { return self.captures.end(session) };
        let is_settled = record.claim.as_ref().is_some_and(|claim| claim.spoken || record.first_message.is_none());
        let (Some(pid), Some(pane), false) = (record.pid, self.state.pane_of(session), is_settled) else {
            return self.captures.end(session);
        };
        let base = self.launches.get(&session).map(|launch| launch.env.clone()).unwrap_or_default();
        fx.push(Effect::Probe(Box::new(Probe {
            session,
            epoch: pane.epoch,
            files: self.provider_of(session).map_or(FileDialect::None, |provider| provider.files),
            pid,
            cwd: record.cwd.clone(),
            env: merged(base, record),
            claimed: record.claim.as_ref().map(|claim| claim.conversation.clone()),
            launched_at: self.captures.launched_at.get(&session).copied().unwrap_or(record.created_at),
            said: self.captures.said.get(&session).cloned(),
        })));
        match (ATTEMPTS.get(attempt), ATTEMPTS.get(attempt + 1)) {
            (Some(this), Some(next)) => {
                self.captures.next_attempt.insert(session, attempt + 1);
                let at = self.state.now.instant + next.saturating_sub(*this);
                fx.push(Effect::SetTimer { timer: Timer::Capture(session), at });
            }
            _ => self.captures.end(session),
        }
    }

    /// The user submitted something: a first label, busy until the agent says otherwise, and evidence is looked for.
    pub(super) fn said(&mut self, session: SessionId, said: Said, fx: &mut Effects) {
        let Some(provider) = self.provider_of(session) else { return };
        if !provider.is_agent {
            return;
        }
        let is_command = said.text.trim_start().starts_with('/');
        let now = self.state.now.wall;
        match said.is_exact && !is_command {
            true => self.captures.said.insert(session, Submitted { text: said.text.clone(), at: now }),
            false => self.captures.said.remove(&session),
        };
        if let Some(record) = self.state.sessions.get_mut(&session) {
            record.last_activity_at = now;
            if record.first_message.is_none() && !is_command && record.status == Status::Ready {
                let line = text::one_line(&said.text, MAX_MESSAGE_CHARS);
                record.first_message = (!line.is_empty()).then_some(line);
                fx.redraw_all();
            }
        }
        self.save_session_soon(session, fx);
        if !is_command {
            self.spoken_without_witness(session, fx);
        }
        self.arm_capture(session, fx);
    }

    /// An agent that reports nothing and whose files homing does not read: what the user submitted is all there is to say
    /// that its assigned conversation holds something. Without it a relaunch would hand out an id that is taken.
    fn spoken_without_witness(&mut self, session: SessionId, fx: &mut Effects) {
        let is_mute = self.provider_of(session).is_some_and(|provider| provider.hooks == HookDialect::None);
        let claim = self.state.sessions.get(&session).and_then(|record| record.claim.clone());
        if let Some(claim) = claim.filter(|claim| is_mute && !claim.spoken) {
            self.write_claim(session, Claim { spoken: true, ..claim }, fx);
        }
    }

    pub(super) fn seen(&mut self, session: SessionId, epoch: u32, sightings: Vec<Sighting>, fx: &mut Effects) {
        if self.state.pane_of(session).is_none_or(|pane| pane.epoch != epoch) {
            return;
        }
        for sighting in sightings {
            let sight = |spoken| match sighting.witness {
                Witness::Store => Sight::Store,
                _ => Sight::Process { spoken },
            };
            match sighting.found {
                Found::Exact { conversation, spoken } => {
                    self.consider_sight(session, sight(spoken), vec![conversation], fx);
                }
                Found::Ambiguous(candidates) => self.consider_sight(session, sight(false), candidates, fx),
                Found::Silent(reason) => tracing::debug!(%session, reason, "no evidence"),
            }
        }
    }

    pub(super) fn hook(&mut self, report: &HookReport, fx: &mut Effects) {
        let session = report.session;
        let Some(launch) = self.launches.get(&session) else { return };
        if launch.token.is_empty() || launch.token != report.token {
            tracing::info!(%session, "hook ignored: not of this launch");
            return;
        }
        let Some(record) = self.state.sessions.get(&session) else { return };
        if record.provider != report.provider {
            return;
        }
        let Some(provider) = self.providers.get(&record.provider) else { return };
        if report.ancestry == Ancestry::Outside {
            tracing::info!(%session, "hook ignored: reported from outside the pane's process tree");
            return;
        }
        let event = parse(provider, report.event.as_deref(), &report.payload);
        if let Some(next) = status::after(record.status, &event) {
            self.set_status(session, next, fx);
        }
        let origin = match report.ancestry {
            Ancestry::Inside => Origin::Pane,
            Ancestry::Outside => Origin::Outside,
            Ancestry::Unknown => Origin::Unknown,
        };
        if let Some(evidence) = Evidence::from_hook(&event, self.state.now.wall, origin) {
            self.consider(session, &evidence, fx);
        }
        self.captures.hooks_heard.insert(session);
        if let HookKind::PromptSubmitted { prompt } = &event.kind
            && !event.is_subagent
        {
            self.first_message(session, prompt, fx);
        }
    }

    fn first_message(&mut self, session: SessionId, prompt: &str, fx: &mut Effects) {
        let Some(record) = self.state.sessions.get_mut(&session) else { return };
        if record.first_message.is_none() {
            let line = text::one_line(prompt, MAX_MESSAGE_CHARS);
            record.first_message = (!line.is_empty()).then_some(line);
            self.save_session_soon(session, fx);
            fx.redraw_all();
        }
    }

    /// What an agent says of itself in-band (OSC 7501).
    pub(super) fn agent_state(&mut self, session: SessionId, payload: &str, fx: &mut Effects) {
        let Some(current) = self.state.sessions.get(&session).map(|record| record.status) else { return };
        if let Some(status) = status::of_agent_state(current, payload) {
            self.set_status(session, status, fx);
        }
    }

    fn consider_sight(&mut self, session: SessionId, sight: Sight, candidates: Vec<ConversationId>, fx: &mut Effects) {
        let Some(record) = self.state.sessions.get(&session) else { return };
        let provider = record.provider.clone();
        let evidence = Evidence { provider, sight, candidates, at: self.state.now.wall, origin: Origin::Pane };
        self.consider(session, &evidence, fx);
    }

    /// Weighs evidence against the session's claim; a new claim holds once the store has it.
    fn consider(&mut self, session: SessionId, evidence: &Evidence, fx: &mut Effects) {
        let Some(record) = self.state.sessions.get(&session) else { return };
        let Some(provider) = self.providers.get(&record.provider) else { return };
        let is_held = |other: &&Session| {
            let on = other.claim.as_ref().map(|claim| &claim.conversation);
            other.id != session
                && other.provider == record.provider
                && on.is_some_and(|id| evidence.candidates.contains(id))
        };
        let scene = Scene {
            provider,
            hooks_heard: self.captures.hooks_heard.contains(&session),
            holder: self.state.sessions.values().find(is_held).map(|other| other.id),
        };
        match weigh(record.claim.as_ref(), evidence, &scene) {
            Verdict::Claim(claim) | Verdict::Move(claim) => self.write_claim(session, claim, fx),
            Verdict::Keep(reason) => tracing::debug!(%session, %reason, "claim kept"),
            Verdict::Refuse(reason) if reason.is_doubt() => {
                tracing::warn!(%session, %reason, "evidence refused");
                let label = record.label().to_owned();
                self.toast_all(&format!("{label}: {reason}"), fx);
            }
            Verdict::Refuse(reason) => tracing::info!(%session, %reason, "evidence refused"),
        }
    }

    /// Claims an id that homing chose, before the process that gets it starts.
    pub(super) fn claim_assigned(
        &mut self,
        session: SessionId,
        conversation: ConversationId,
        launch: SpawnRequest,
        fx: &mut Effects,
    ) {
        let Some(provider) = self.state.sessions.get(&session).map(|record| record.provider.clone()) else { return };
        let claim = Claim { conversation, witness: Witness::Assigned, since: self.state.now.wall, spoken: false };
        let change = Change::Claim { session, provider, claim: claim.clone() };
        self.commit(vec![change], Durability::Full, Pending::ClaimAndSpawn(claim, Box::new(launch)), fx);
    }

    fn write_claim(&mut self, session: SessionId, claim: Claim, fx: &mut Effects) {
        let Some(provider) = self.state.sessions.get(&session).map(|record| record.provider.clone()) else { return };
        let change = Change::Claim { session, provider, claim: claim.clone() };
        self.commit(vec![change], Durability::Full, Pending::Claim(session, claim), fx);
    }

    pub(super) fn claim_written(&mut self, session: SessionId, claim: Claim, fx: &mut Effects) {
        if let Some(record) = self.state.sessions.get_mut(&session) {
            record.claim = Some(claim);
            fx.redraw_all();
        }
    }

    /// The session is started fresh: it leaves its conversation, which is free for others and stays in the ledger.
    pub(super) fn replace_claim(&mut self, session: SessionId, conversation: ConversationId, fx: &mut Effects) {
        let change = Change::ClaimEnded { session, at: self.state.now.wall, reason: ClaimEnd::Replaced };
        self.commit(vec![change], Durability::Full, Pending::Unclaim(session, conversation), fx);
    }

    pub(super) fn claim_replaced(&mut self, session: SessionId, conversation: &ConversationId, fx: &mut Effects) {
        let Some(record) = self.state.sessions.get_mut(&session) else { return };
        if record.claim.as_ref().is_some_and(|claim| claim.conversation == *conversation) {
            record.claim = None;
            // What was said in it would be a false name for what comes now.
            record.first_message = None;
            record.title = None;
            self.save_session_soon(session, fx);
            fx.redraw_all();
        }
    }

    pub(super) fn claim_refused(&mut self, session: SessionId, claim: &Claim, message: &str, fx: &mut Effects) {
        tracing::warn!(%session, conversation = %claim.conversation, message, "claim refused");
        let label = self.state.sessions.get(&session).map(|record| record.label().to_owned()).unwrap_or_default();
        self.toast_all(&format!("{label}: {message}"), fx);
    }
}

/// The environment that the session's process got, as far as the agents' directories are concerned.
fn merged(mut env: crate::core::event::Env, record: &Session) -> crate::core::event::Env {
    env.retain(|(key, _)| !record.options.env.contains_key(key));
    env.extend(record.options.env.iter().map(|(key, value)| (key.clone(), value.clone())));
    env
}
