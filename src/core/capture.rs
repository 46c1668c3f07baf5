//! Looking for evidence of the conversation that a session is on: when it is looked for, and what comes in. What it is worth
//! is decided in `core::claims`.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::config::{FileDialect, HookDialect};
use crate::core::Core;
use crate::core::claims::Source;
use crate::core::effect::{Effect, Effects, Timer};
use crate::core::event::{Ancestry, HookReport};
use crate::core::ledger::ClaimEnd;
use crate::core::probe::{Found, Probe, Sighting, Submitted};
use crate::core::session::{Claim, Doubt, Session, Status, Witness};
use crate::id::{ConversationId, SessionId};
use crate::input::event::{KeyCode, KeyEvent, Modifiers};
use crate::input::recorder::is_enter;
use crate::provider::claim::{Evidence, HookStanding, Origin, Sight};
use crate::provider::hook::{HookKind, parse};
use crate::provider::{Provider, status};
use crate::text;
use crate::time::Wall;

/// When evidence is looked for after a submit (DESIGN §7).
pub const ATTEMPTS: [Duration; 4] =
    [Duration::from_millis(250), Duration::from_secs(1), Duration::from_millis(2500), Duration::from_secs(5)];

/// Longest text kept that the recorder is not sure of. Chosen: it is kept for one comparison.
const ROUGH_BYTES_MAX: usize = 4 << 10;

/// Commands after which an agent shows a new conversation.
const RESETS: [&str; 2] = ["/new", "/clear"];

/// The title that OpenCode (1.18.33) gives the terminal while no conversation is on the screen, or one without a title.
const OPENCODE_START: &str = "OpenCode";

/// How long after an Enter the title of the terminal may still be that of the screen before. Chosen: ten times what OpenCode
/// takes on an idle machine.
const TITLE_LAG_MS: i64 = 2000;

/// Commands that open a list of conversations, or show another one at once. A menu may complete what is typed of them.
const SWITCHES: [&str; 5] = ["/resume", "/continue", "/sessions", "/chat", "/fork"];

/// Two sessions that submit the same text within this time cannot be told apart by where the text stands. Chosen: longer
/// than an agent takes to write it down.
const TWIN_MS: i64 = 10_000;

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

/// What is known of a session's process, for weighing what is seen of it.
#[derive(Clone, Debug, Default)]
struct Standing {
    /// When it was started, where this server started it.
    launched_at: Option<Wall>,
    /// The attempt that comes next; none while nothing is looked for.
    next_attempt: Option<usize>,
    /// When the user last pressed Enter (or the button of the mouse) in it: what it shows may be another conversation since.
    touched_at: Option<Wall>,
    /// What was submitted then, where the recorder is sure of it.
    said: Option<Submitted>,
    /// What was submitted then as the recorder saw it, where it is not sure: it counts only where it stands so in an agent's
    /// own files, letter by letter.
    rough: Option<Submitted>,
    /// When the user last asked for a new conversation, if that was the last thing submitted.
    reset_at: Option<Wall>,
    /// The title that its agent has given the terminal in this launch, and when.
    title: Option<(String, Wall)>,
    /// Whether its agent has sent a hook in this launch.
    is_heard: bool,
    /// When a hook last named the conversation that it shows.
    hook_at: Option<Wall>,
    /// When anything last named it for certain.
    named_at: Option<Wall>,
    /// What its process had open at the last look.
    held: Vec<ConversationId>,
    /// The same before the user's last Enter.
    held_before: Vec<ConversationId>,
}

impl Standing {
    fn is_since_touched(&self, at: Option<Wall>) -> bool {
        match (at, self.touched_at) {
            (Some(at), Some(touched)) => at >= touched,
            (Some(_), None) => true,
            (None, _) => false,
        }
    }

    /// The title of the terminal, if it is up to date: just after an Enter it may still be that of the screen before.
    fn current_title(&self, now: Wall) -> Option<String> {
        let (title, set_at) = self.title.as_ref()?;
        let lasted_ms = self.touched_at.map_or(i64::MAX, |touched| now.unix_ms - touched.unix_ms);
        (self.is_since_touched(Some(*set_at)) || lasted_ms >= TITLE_LAG_MS).then(|| title.clone())
    }

    fn hooks(&self) -> HookStanding {
        match (self.is_heard, self.is_since_touched(self.hook_at)) {
            (_, true) => HookStanding::Latest,
            (true, false) => HookStanding::Earlier,
            (false, false) => HookStanding::Silent,
        }
    }
}

/// The captures under way: at most one schedule a session.
#[derive(Debug, Default)]
pub struct Captures {
    sessions: BTreeMap<SessionId, Standing>,
}

impl Captures {
    /// Ends a session's schedule.
    pub(super) fn end(&mut self, session: SessionId) {
        if let Some(standing) = self.sessions.get_mut(&session) {
            standing.next_attempt = None;
        }
    }

    /// Forgets a session that has no pane any more.
    pub(super) fn forget(&mut self, session: SessionId) {
        self.sessions.remove(&session);
    }

    /// A new process: nothing was heard of it yet.
    pub(super) fn begin(&mut self, session: SessionId, at: Wall) {
        self.sessions.insert(session, Standing { launched_at: Some(at), named_at: Some(at), ..Standing::default() });
    }

    /// What the hooks of the session's launch have said.
    pub(super) fn hooks(&self, session: SessionId) -> HookStanding {
        self.sessions.get(&session).map_or(HookStanding::Silent, Standing::hooks)
    }

    /// Whether something has named the conversation on the screen since the user last touched it.
    pub(super) fn is_settled(&self, session: SessionId) -> bool {
        let standing = self.sessions.get(&session);
        standing.is_none_or(|standing| standing.touched_at.is_none() || standing.is_since_touched(standing.named_at))
    }

    /// Something named the conversation on the screen.
    pub(super) fn named(&mut self, session: SessionId, sight: Sight, at: Wall) {
        let standing = self.sessions.entry(session).or_default();
        standing.named_at = Some(at);
        if matches!(sight, Sight::Opened(_) | Sight::Prompt) {
            standing.hook_at = Some(at);
        }
    }

    /// Whether no further attempt will be made.
    pub(super) fn is_over(&self, session: SessionId) -> bool {
        self.sessions.get(&session).is_none_or(|standing| standing.next_attempt.is_none())
    }

    pub(super) fn said(&self, session: SessionId) -> Option<&Submitted> {
        self.sessions.get(&session)?.said.as_ref()
    }

    /// When the user asked for a new conversation, if that was the last thing submitted.
    fn reset_at(&self, session: SessionId) -> Option<Wall> {
        self.sessions.get(&session)?.reset_at
    }

    fn said_or_rough(&self, session: SessionId) -> Option<&Submitted> {
        let standing = self.sessions.get(&session)?;
        standing.said.as_ref().or(standing.rough.as_ref())
    }
}

impl Core {
    pub(super) fn provider_of(&self, session: SessionId) -> Option<&Provider> {
        self.providers.get(&self.state.sessions.get(&session)?.provider)
    }

    /// Starts a session's schedule, or starts it over.
    pub(super) fn arm_capture(&mut self, session: SessionId, fx: &mut Effects) {
        self.captures.sessions.entry(session).or_default().next_attempt = Some(0);
        fx.push(Effect::SetTimer { timer: Timer::Capture(session), at: self.state.now.instant + ATTEMPTS[0] });
    }

    pub(super) fn capture_due(&mut self, session: SessionId, fx: &mut Effects) {
        let Some(standing) = self.captures.sessions.get(&session) else { return };
        let Some(attempt) = standing.next_attempt else { return };
        let Some(record) = self.state.sessions.get(&session) else { return self.captures.forget(session) };
        // A hook that has spoken since leaves nothing to look for, once something was said.
        let is_spoken = record.claim.as_ref().is_some_and(|claim| claim.spoken);
        let is_known = standing.hooks() == HookStanding::Latest && is_spoken && standing.touched_at.is_some();
        let (Some(pid), Some(pane), false) = (record.pid, self.state.pane_of(session), is_known) else {
            return self.captures.end(session);
        };
        let epoch = pane.epoch;
        if self.provider_of(session).is_some_and(|provider| !provider.is_agent) {
            self.probe_guest(session, epoch, pid, fx);
            return self.arm_next(session, attempt, fx);
        }
        self.follow(session, fx);
        self.look(session, fx);
        self.arm_next(session, attempt, fx);
    }

    /// Has the edges look which conversation the session's agent shows now.
    pub(super) fn look(&self, session: SessionId, fx: &mut Effects) {
        let (Some(record), Some(standing)) = (self.state.sessions.get(&session), self.captures.sessions.get(&session))
        else {
            return;
        };
        let (Some(pid), Some(pane)) = (record.pid, self.state.pane_of(session)) else { return };
        let epoch = pane.epoch;
        let base = self.launches.get(&session).map(|launch| launch.env.clone()).unwrap_or_default();
        // What a hook has told needs no text: a sibling's file may hold the same words before the own one does.
        let is_text_needed = standing.hooks() != HookStanding::Latest;
        fx.push(Effect::Probe(Box::new(Probe {
            session,
            epoch,
            files: self.provider_of(session).map_or(FileDialect::None, |provider| provider.files),
            pid,
            cwd: record.cwd.clone(),
            env: merged(base, record),
            claimed: record.claim.as_ref().map(|claim| claim.conversation.clone()),
            launched_at: standing.launched_at.unwrap_or(record.created_at),
            said: standing.said.clone().filter(|_| is_text_needed),
            rough: standing.rough.clone().filter(|_| is_text_needed),
            reset_at: standing.reset_at,
            title: standing.current_title(self.state.now.wall),
            held_before: (record.status == Status::Ready && !standing.held_before.is_empty())
                .then(|| standing.held_before.clone()),
        })));
    }

    fn arm_next(&mut self, session: SessionId, attempt: usize, fx: &mut Effects) {
        let next = ATTEMPTS.get(attempt).zip(ATTEMPTS.get(attempt + 1));
        if let Some(standing) = self.captures.sessions.get_mut(&session) {
            standing.next_attempt = next.map(|_| attempt + 1);
        }
        if let Some((this, next)) = next {
            let at = self.state.now.instant + next.saturating_sub(*this);
            fx.push(Effect::SetTimer { timer: Timer::Capture(session), at });
        }
    }

    /// A key went to the session's process. Enter may submit a prompt, run a command or pick from a list: after it the agent
    /// may be on another conversation. While it waits for an answer of the user's, Enter is that answer.
    pub(super) fn key_went(&mut self, session: SessionId, key: &KeyEvent, fx: &mut Effects) {
        let said = self.record_key(session, key);
        if matches!(key.code, KeyCode::Escape) || (key.code == KeyCode::Char('c') && key.modifiers == Modifiers::CTRL) {
            self.note_stop(session);
        }
        let is_answer = self.state.sessions.get(&session).is_some_and(|record| record.status == Status::Blocked);
        if is_enter(key) && !is_answer {
            self.touched(session, fx);
        }
        if let Some(said) = said {
            self.said(session, said, fx);
        }
    }

    /// The user did something after which the agent may be on another conversation.
    pub(super) fn touched(&mut self, session: SessionId, fx: &mut Effects) {
        let now = self.state.now.wall;
        let standing = self.captures.sessions.entry(session).or_default();
        standing.touched_at = Some(now);
        standing.said = None;
        standing.rough = None;
        standing.reset_at = None;
        standing.held_before.clone_from(&standing.held);
        self.arm_capture(session, fx);
    }

    /// The user submitted something: a first label, busy until the agent says otherwise, and evidence is looked for.
    pub(super) fn said(&mut self, session: SessionId, said: Said, fx: &mut Effects) {
        let is_command = said.text.trim_start().starts_with('/');
        let now = self.state.now.wall;
        if !is_command {
            let standing = self.captures.sessions.entry(session).or_default();
            let submitted = Submitted { text: said.text.clone(), at: now };
            match said.is_exact {
                true => standing.said = Some(submitted),
                false => standing.rough = Some(submitted).filter(|rough| rough.text.len() <= ROUGH_BYTES_MAX),
            }
        }
        if !self.provider_of(session).is_some_and(|provider| provider.is_agent) {
            return;
        }
        self.doubt_after_move(session, said.text.trim(), fx);
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
            self.presume_busy(session, fx);
        }
    }

    /// After such a command the agent shows another conversation, or a list of them. Claude Code and Codex show at once which;
    /// of the others nothing may tell before the next message.
    fn doubt_after_move(&mut self, session: SessionId, command: &str, fx: &mut Effects) {
        let files = self.provider_of(session).map_or(FileDialect::None, |provider| provider.files);
        let is_silent = matches!(files, FileDialect::Gemini | FileDialect::Qwen | FileDialect::OpenCode);
        let word = command.split_whitespace().next().unwrap_or_default();
        let may_be = |known: &&str| word.len() > 1 && known.starts_with(word);
        if !is_silent || !RESETS.iter().chain(&SWITCHES).any(may_be) {
            return;
        }
        if RESETS.contains(&command) {
            self.captures.sessions.entry(session).or_default().reset_at = Some(self.state.now.wall);
        }
        let claimed = self.state.sessions.get(&session).and_then(|record| record.claim.clone());
        if let Some(claim) = claimed {
            let reason = format!("since {word} nothing names its conversation");
            let doubt = Doubt { reason, candidates: vec![claim.conversation], since: self.state.now.wall };
            self.set_doubt(session, Some(doubt), fx);
        }
    }

    /// Sessions whose user pressed Enter since anything last named the conversation on the screen.
    pub(super) fn unsettled(&self) -> Vec<SessionId> {
        let is_open = |session: &&Session| {
            session.pid.is_some()
                && session.claim.is_some()
                && session.doubt.is_none()
                && !self.captures.is_settled(session.id)
        };
        self.state.sessions.values().filter(is_open).map(|session| session.id).collect()
    }

    /// Nothing has told in time: a relaunch asks.
    pub(super) fn doubt_unsettled(&mut self, fx: &mut Effects) {
        for session in self.unsettled() {
            let candidates = self.state.sessions.get(&session).and_then(|record| record.claim.clone());
            let candidates = candidates.map(|claim| claim.conversation).into_iter().collect();
            let reason = "it ended before anything told which conversation it showed".to_owned();
            self.set_doubt(session, Some(Doubt { reason, candidates, since: self.state.now.wall }), fx);
        }
    }

    /// An agent that reports nothing and whose files homing does not read: what the user submitted is all there is to say
    /// that its assigned conversation holds something. Without it a relaunch would hand out an id that is taken.
    fn spoken_without_witness(&mut self, session: SessionId, fx: &mut Effects) {
        let is_mute = self
            .provider_of(session)
            .is_some_and(|row| row.hooks == HookDialect::None && row.files == FileDialect::None);
        let claim = self.state.sessions.get(&session).and_then(|record| record.claim.clone());
        if let Some(claim) = claim.filter(|claim| is_mute && !claim.spoken) {
            self.write_claim(session, Claim { spoken: true, ..claim }, fx);
        }
    }

    /// What the edges saw of the session's conversation, strongest first. What the process shows for certain leaves nothing
    /// to ask of the store; where it shows several, the store may single one of them out.
    pub(super) fn seen(&mut self, session: SessionId, epoch: u32, sightings: Vec<Sighting>, fx: &mut Effects) {
        if self.state.pane_of(session).is_none_or(|pane| pane.epoch != epoch) {
            return;
        }
        if let Some(sighting) = sightings.iter().find(|sighting| !sighting.held.is_empty()) {
            self.captures.sessions.entry(session).or_default().held.clone_from(&sighting.held);
        }
        self.weigh_all(session, sightings, fx);
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

    /// Has the edges follow what the session's agent writes into its registry, if it is one that does.
    pub(super) fn follow(&self, session: SessionId, fx: &mut Effects) {
        let is_registered = self.provider_of(session).is_some_and(|provider| provider.files == FileDialect::Claude);
        let (Some(record), Some(pane), true) =
            (self.state.sessions.get(&session), self.state.pane_of(session), is_registered)
        else {
            return;
        };
        if let Some(pid) = record.pid {
            let base = self.launches.get(&session).map(|launch| launch.env.clone()).unwrap_or_default();
            let cwd = record.cwd.clone();
            fx.push(Effect::Follow { session, epoch: pane.epoch, pid, cwd, env: merged(base, record) });
        }
    }

    /// An agent wrote into its registry what it is doing: right also where no hook tells (after an interrupt).
    pub(super) fn registered(
        &mut self,
        session: SessionId,
        epoch: u32,
        conversation: ConversationId,
        status: Option<Status>,
        fx: &mut Effects,
    ) {
        if self.state.pane_of(session).is_none_or(|pane| pane.epoch != epoch) {
            return;
        }
        let source = Source::Seen("registry of running processes".to_owned());
        self.consider_own(session, source, Sight::Process { spoken: false }, vec![conversation], fx);
        if let Some(status) = status {
            self.told(session, status, fx);
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
        let Some(record) = self.state.sessions.get(&session) else { return false };
        let is_beside =
            |other: &Session| other.id != session && other.provider == record.provider && other.cwd == record.cwd;
        let is_close = |a: Wall, b: Wall| (a.unix_ms - b.unix_ms).abs() <= TWIN_MS;
        if let Some(mine) = self.captures.reset_at(session) {
            let theirs = |other: &Session| self.captures.reset_at(other.id);
            let asked_too = |other: &Session| theirs(other).is_some_and(|theirs| is_close(mine, theirs));
            return self.state.sessions.values().any(|other| is_beside(other) && asked_too(other));
        }
        let Some(said) = self.captures.said_or_rough(session) else { return false };
        let is_near = |at: Wall| is_close(at, said.at);
        // What a sibling submitted without certainty may be the same, unless its own conversation is known since.
        let says_the_same = |other: &Session| match self.captures.said_or_rough(other.id) {
            Some(theirs) => theirs.text == said.text && is_near(theirs.at),
            None => {
                let touched = self.captures.sessions.get(&other.id).and_then(|standing| standing.touched_at);
                touched.is_some_and(is_near) && !self.captures.is_settled(other.id)
            }
        };
        self.state.sessions.values().any(|other| is_beside(other) && says_the_same(other))
    }

    /// An agent has ended: its exit line may name the conversation that it was on.
    pub(super) fn look_for_farewell(&mut self, session: SessionId, fx: &mut Effects) {
        let (Some(pane), Some(provider)) = (self.state.pane_of(session), self.provider_of(session)) else { return };
        let found = crate::provider::farewell::find(provider, &pane.terminal.screen_text());
        if !found.is_empty() {
            self.consider_own(session, Source::Farewell, Sight::Farewell, found, fx);
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
        let event = parse(provider, report.event.as_deref(), &report.payload);
        let origin = match report.ancestry {
            Ancestry::Inside => Origin::Pane,
            Ancestry::Outside => Origin::Outside,
            Ancestry::Nested => Origin::Nested,
            Ancestry::Unknown => Origin::Unknown,
        };
        let evidence = Evidence::from_hook(&event, self.state.now.wall, origin);
        let source = Source::Hook { what: event.kind.name(), pid: report.pid };
        let is_own = matches!(origin, Origin::Pane | Origin::Unknown);
        let next = status::after(record.status, &event).filter(|_| is_own);
        if is_own {
            self.captures.sessions.entry(session).or_default().is_heard = true;
            self.hook_spoke(session, &event.kind);
        }
        if let Some(evidence) = evidence {
            self.consider(session, source, &evidence, fx);
        }
        if !is_own {
            return;
        }
        if !event.is_subagent || matches!(next, Some(Status::Blocked)) {
            self.note_words(session, &event.kind);
        }
        if let Some(next) = next {
            self.set_status(session, next, fx);
        }
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
        if let Some(status) = status::of_agent_state(payload) {
            self.told(session, status, fx);
        }
    }
}

/// The environment that the session's process got, as far as the agents' directories are concerned.
fn merged(mut env: crate::core::event::Env, record: &Session) -> crate::core::event::Env {
    env.retain(|(key, _)| !record.options.env.contains_key(key));
    env.extend(record.options.env.iter().map(|(key, value)| (key.clone(), value.clone())));
    env
}
