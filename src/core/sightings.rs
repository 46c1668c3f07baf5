//! What the edges saw of a session's conversation, from their form into evidence: looks at processes and stores, titles,
//! registries, exit lines.

use crate::config::FileDialect;
use crate::core::Core;
use crate::core::claims::Source;
use crate::core::effect::Effects;
use crate::core::event::Registered;
use crate::core::ledger::ClaimEnd;
use crate::core::probe::{Found, Sighting};
use crate::core::session::{Session, Witness};
use crate::id::{ConversationId, SessionId};
use crate::provider::claim::{Evidence, Origin, Sight};
use crate::time::Wall;

/// The title that OpenCode (1.18.33) gives the terminal while no conversation is on the screen, or one without a title.
const OPENCODE_START: &str = "OpenCode";

/// Two sessions that submit the same text within this time cannot be told apart by where the text stands. Chosen: longer
/// than an agent takes to write it down.
const TWIN_MS: i64 = 10_000;

/// Sessions that were told the same as another one, at about the same time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Twins {
    /// These, by when they were told; none, most of the time.
    Known(Vec<Wall>),
    /// There may be some: nobody knows what was said in them.
    Unknown,
}

impl Twins {
    /// When they were told, where that is known of all.
    pub(super) fn known(self) -> Vec<Wall> {
        match self {
            Self::Known(at) => at,
            Self::Unknown => Vec::new(),
        }
    }
}

impl Core {
    /// What the edges saw of the session's conversation, strongest first. What the process shows for certain leaves nothing
    /// to ask of the store; where it shows several, the store may single one of them out.
    pub(super) fn seen(
        &mut self,
        session: SessionId,
        epoch: u32,
        n_touches: u32,
        sightings: Vec<Sighting>,
        fx: &mut Effects,
    ) {
        let is_current = self.state.pane_of(session).is_some_and(|pane| pane.epoch == epoch);
        // Before the last Enter it may have shown another conversation; that Enter has looks of its own.
        if is_current && !self.captures.is_outdated(session, n_touches) {
            if let Some(sighting) = sightings.iter().find(|sighting| !sighting.held.is_empty()) {
                self.captures.sessions.entry(session).or_default().held.clone_from(&sighting.held);
            }
            self.weigh_all(session, sightings, fx);
        }
        self.last_look_answered(session, fx);
    }

    pub(super) fn weigh_all(&mut self, session: SessionId, sightings: Vec<Sighting>, fx: &mut Effects) {
        let mut open: Option<(Source, Vec<ConversationId>)> = None;
        for Sighting { witness, found, source, held: _ } in sightings {
            let source = Source::Seen(source);
            let sight = |spoken| match witness {
                Witness::Store => Sight::Store { spoken },
                _ => Sight::Process { spoken },
            };
            match found {
                // The own title may reach the database after that of a sibling to whom the same was said.
                Found::Titled(_) if self.has_twin(session) => {}
                Found::Titled(several) => {
                    let claimed = self.state.sessions.get(&session).and_then(|record| record.claim.as_ref());
                    let is_own = claimed.is_some_and(|claim| several.contains(&claim.conversation));
                    if several.len() == 1 || !is_own {
                        let free = if is_own { several } else { self.not_held(session, several) };
                        return self.consider_own(session, source, Sight::Titled, free, fx);
                    }
                }
                Found::TakenUp(several) => {
                    let free = self.not_held(session, several);
                    if free.len() == 1 && !self.is_another_unsettled(session) {
                        return self.consider_own(session, source, Sight::Store { spoken: true }, free, fx);
                    }
                    let reason = format!("{} were gone back to, by this pane or another", free.len());
                    self.note_silence(session, source, reason, fx);
                }
                Found::Matched(conversation) => {
                    return self.consider_own(session, source, Sight::Matched, vec![conversation], fx);
                }
                Found::Silent(reason) => self.note_silence(session, source, reason, fx),
                Found::Exact { conversation, spoken } => {
                    let is_singled_out = open.as_ref().is_some_and(|(_, several)| several.contains(&conversation));
                    let sight = if is_singled_out { Sight::Process { spoken } } else { sight(spoken) };
                    return self.consider_own(session, source, sight, vec![conversation], fx);
                }
                Found::Ambiguous(several) if witness == Witness::Store => {
                    let free = self.not_held(session, several);
                    let spoken = self.captures.reset_at(session).is_none();
                    return match open.take() {
                        Some((source, several)) => {
                            self.consider_own(session, source, Sight::Process { spoken: false }, several, fx);
                        }
                        None => self.consider_own(session, source, Sight::Store { spoken }, free, fx),
                    };
                }
                Found::Ambiguous(several) => open = Some((source, several)),
            }
        }
        if let Some((source, several)) = open {
            self.consider_own(session, source, Sight::Process { spoken: false }, several, fx);
        }
    }

    /// Its agent gave the terminal another title. OpenCode's is that of the conversation on the screen, at once.
    pub(super) fn retitled(&mut self, session: SessionId, title: &str, fx: &mut Effects) {
        if self.provider_of(session).is_none_or(|provider| provider.files != FileDialect::OpenCode) {
            return;
        }
        let now = self.state.now.wall;
        let standing = self.captures.sessions.entry(session).or_default();
        if standing.title.as_ref().is_some_and(|(known, _)| known == title) {
            return;
        }
        standing.title = Some((title.to_owned(), now));
        if title == OPENCODE_START && standing.reset_at.is_some() {
            let source = Source::Seen("title of its terminal".to_owned());
            self.note(
                session,
                &source,
                &[],
                true,
                "it shows a new conversation, in which nothing is said".to_owned(),
                fx,
            );
            if let Some(claim) = self.state.sessions.get(&session).and_then(|record| record.claim.clone()) {
                self.leave_conversation(session, claim.conversation, ClaimEnd::Moved, fx);
            }
            return;
        }
        self.look(session, fx);
    }

    /// An agent wrote into its registry what it is doing: right also where no hook tells (after an interrupt).
    pub(super) fn registered(&mut self, entry: Registered, fx: &mut Effects) {
        let Registered { session, epoch, conversation, status, since } = entry;
        if self.state.pane_of(session).is_none_or(|pane| pane.epoch != epoch) {
            return;
        }
        let claimed = self.state.sessions.get(&session).and_then(|record| record.claim.as_ref());
        let is_before = claimed.is_some_and(|claim| claim.conversation == conversation);
        if !(is_before && self.captures.may_show_before(session, self.state.now.wall)) {
            let source = Source::Seen("registry of running processes".to_owned());
            self.consider_own(session, source, Sight::Process { spoken: false }, vec![conversation], fx);
        }
        if let Some(status) = status {
            self.registry_says(session, status, since, fx);
        }
    }

    /// Weighs what was seen of the session's own process or files.
    fn consider_own(
        &mut self,
        session: SessionId,
        source: Source,
        sight: Sight,
        candidates: Vec<ConversationId>,
        fx: &mut Effects,
    ) {
        let Some(record) = self.state.sessions.get(&session) else { return };
        let provider = record.conversation_provider().clone();
        let evidence = Evidence { provider, sight, candidates, at: self.state.now.wall, origin: Origin::Pane };
        self.consider(session, source, &evidence, fx);
    }

    /// Whether another session of this agent and directory submitted the same text at about the same time.
    pub(super) fn has_twin(&self, session: SessionId) -> bool {
        self.twins(session) != Twins::Known(Vec::new())
    }

    /// The other sessions of this agent and directory that submitted the same text at about the same time.
    pub(super) fn twins(&self, session: SessionId) -> Twins {
        let none = || Twins::Known(Vec::new());
        let Some(record) = self.state.sessions.get(&session) else { return none() };
        let is_close = |a: Wall, b: Wall| (a.unix_ms - b.unix_ms).abs() <= TWIN_MS;
        if let Some(mine) = self.captures.reset_at(session) {
            let asked_too = |other: &Session| self.captures.reset_at(other.id).is_some_and(|at| is_close(mine, at));
            return if self.siblings(record).any(asked_too) { Twins::Unknown } else { none() };
        }
        let Some(said) = self.captures.said_or_rough(session) else { return none() };
        let mut at = Vec::new();
        for other in self.siblings(record) {
            match self.captures.said_or_rough(other.id) {
                Some(theirs) if theirs.text == said.text && is_close(theirs.at, said.at) => at.push(theirs.at),
                Some(_) => {}
                // What a sibling submitted without certainty may be the same, unless its own conversation is known since.
                None => {
                    let touched = self.captures.touched_at(other.id);
                    if touched.is_some_and(|touched| is_close(touched, said.at)) && !self.captures.is_settled(other.id)
                    {
                        return Twins::Unknown;
                    }
                }
            }
        }
        Twins::Known(at)
    }

    /// Whether in another session of this agent and directory Enter was pressed at about this time, and nothing tells yet what it
    /// did: it may have been a pick from a list.
    fn is_another_unsettled(&self, session: SessionId) -> bool {
        let Some(record) = self.state.sessions.get(&session) else { return false };
        let since = Wall { unix_ms: self.state.now.wall.unix_ms - TWIN_MS };
        let is_unsettled = |other: &Session| {
            let touched = self.captures.touched_at(other.id).is_some_and(|at| at >= since);
            touched && !self.captures.is_settled(other.id)
        };
        self.siblings(record).any(is_unsettled)
    }

    /// A session has found its conversation: those of this agent and directory that have not, and had the same to choose from,
    /// are looked at again.
    pub(super) fn look_at_twins(&mut self, session: SessionId, fx: &mut Effects) {
        let Some(record) = self.state.sessions.get(&session) else { return };
        let is_searching = |other: &&Session| {
            let is_unknown = other.claim.is_none() || other.doubt.is_some();
            other.pid.is_some() && is_unknown && self.captures.touched_at(other.id).is_some()
        };
        let twins: Vec<SessionId> = self.siblings(record).filter(is_searching).map(|other| other.id).collect();
        for twin in twins {
            self.arm_capture(twin, fx);
        }
    }

    /// The other sessions of this agent and directory.
    fn siblings<'a>(&'a self, record: &'a Session) -> impl Iterator<Item = &'a Session> {
        let directory = self.directory_of(record);
        let is_beside = move |other: &&Session| {
            other.id != record.id && other.provider == record.provider && self.directory_of(other) == directory
        };
        self.state.sessions.values().filter(is_beside)
    }

    /// A session's directory, without links where that is known.
    fn directory_of<'a>(&'a self, record: &'a Session) -> &'a str {
        let facts = self.launches.get(&record.id).and_then(|launch| launch.facts.as_ref());
        facts.and_then(|facts| facts.directory.as_deref()).unwrap_or(&record.cwd)
    }

    /// An agent has ended: its exit line may name the conversation that it was on.
    pub(super) fn look_for_farewell(&mut self, session: SessionId, fx: &mut Effects) {
        let (Some(pane), Some(provider)) = (self.state.pane_of(session), self.provider_of(session)) else { return };
        let found = crate::provider::farewell::find(provider, &pane.terminal.line_text());
        if !found.is_empty() {
            self.consider_own(session, Source::Farewell, Sight::Farewell, found, fx);
        }
    }
}
