//! Busy from the submit on: what the user sends is taken for the begin of a turn, until the agent's own word confirms it.
//!
//! A submit may have been none: Enter also picks from lists and runs what the agent does by itself. So a presumption that
//! nothing confirms is taken back, without a notice; not while it may only be slow. Of an agent that never says what it is
//! doing the screen is all there is: while it works, it prints.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::config::HookDialect;
use crate::core::Core;
use crate::core::arrival::EARLY;
use crate::core::claims::Source;
use crate::core::effect::{Effect, Effects};
use crate::core::notice::NoticeKind;
use crate::core::session::Status;
use crate::core::timer::Timer;
use crate::core::voice::{Outcome, Voice};
use crate::id::SessionId;
use crate::provider::hook::HookKind;
use crate::provider::status;
use crate::time::{Instant, Wall};

/// How long a submit may go without the agent's word. The slowest word seen is Claude Code's registry on a busy machine,
/// 0.4 s (2.1.197); chosen with room.
const TRIAL: Duration = Duration::from_secs(2);

/// How long a turn may go unseen in an agent that seems to be slow: OpenCode's first one took up to 15 s on a busy machine
/// (1.18.33).
const UNSEEN_MAX: Duration = Duration::from_secs(15);

/// The same while its screen says that it works. Chosen: an answer that quotes such words must not leave it busy for good.
const SHOWN_MAX: Duration = Duration::from_secs(60);

/// An agent that was at rest may say so just after the submit, of what was before it: Codex 0.169.0 does when a key is typed
/// after an error. Chosen.
const STALE: Duration = Duration::from_millis(150);

/// By this time after a submit that the agent took, its hooks have spoken: they are called before the model is asked. Chosen
/// for a machine on which ten agents start.
const HOOKS_SPEAK: Duration = Duration::from_secs(5);

/// A submit that nothing has confirmed yet.
#[derive(Clone, Copy, Debug)]
struct Presumption {
    /// What it was before.
    before: Status,
    /// When it was submitted.
    since: Instant,
    /// The same, as agents write it down.
    since_wall: Wall,
    /// When its process last printed; `None` while it has not since.
    printed_at: Option<Instant>,
}

/// The presumptions, and whose word can be waited for.
#[derive(Debug, Default)]
pub struct Presumptions {
    open: BTreeMap<SessionId, Presumption>,
    /// Sessions whose agent has said in this launch what it is doing, by whatever means.
    speaking: BTreeSet<SessionId>,
}

impl Presumptions {
    /// A new process, or none: nothing was heard of it.
    pub(super) fn forget(&mut self, session: SessionId) {
        self.open.remove(&session);
        self.speaking.remove(&session);
    }

    /// The session's process printed something.
    pub(super) fn printed(&mut self, session: SessionId, at: Instant) {
        if let Some(presumption) = self.open.get_mut(&session) {
            presumption.printed_at = Some(at);
        }
    }

    /// The session's agent has said what it is doing, or its screen has.
    pub(super) fn spoke(&mut self, session: SessionId) {
        self.speaking.insert(session);
    }

    /// Whether something was submitted that nothing has confirmed yet.
    pub(super) fn is_open(&self, session: SessionId) -> bool {
        self.open.contains_key(&session)
    }

    /// When the user submitted what nothing has confirmed yet.
    fn submitted_at(&self, session: SessionId) -> Option<Wall> {
        self.open.get(&session).map(|open| open.since_wall)
    }
}

impl Core {
    /// The user submitted something that is no command.
    pub(super) fn presume_busy(&mut self, session: SessionId, fx: &mut Effects) {
        let now = self.state.now.instant;
        // What was stopped before is another turn.
        self.state.notices.stopped.remove(&session);
        if self.launches.get(&session).is_some_and(|launch| launch.expects_hooks) {
            fx.push(Effect::SetTimer { timer: Timer::HooksSilent(session), at: now + HOOKS_SPEAK });
        }
        let Some(before) = self.state.sessions.get(&session).map(|record| record.status) else { return };
        match before {
            Status::Ready | Status::Error => {}
            Status::Starting | Status::Busy | Status::Blocked | Status::Terminated => return,
        }
        self.heard(session, Voice::Recorder, "you submitted something", Some(Status::Busy), Outcome::Counted);
        self.set_status(session, Status::Busy, fx);
        let presumption = Presumption { before, since: now, since_wall: self.state.now.wall, printed_at: None };
        self.presumptions.open.insert(session, presumption);
        fx.push(Effect::SetTimer { timer: Timer::Presumed(session), at: now + TRIAL });
    }

    /// The time for the agent's word is over. One that never says anything is busy while it prints.
    pub(super) fn presumption_due(&mut self, session: SessionId, fx: &mut Effects) {
        let Some(presumption) = self.presumptions.open.get(&session).copied() else { return };
        let now = self.state.now.instant;
        if self.may_be_unseen(session, &presumption) {
            return fx.push(Effect::SetTimer { timer: Timer::Presumed(session), at: now + TRIAL });
        }
        let printed_at = presumption.printed_at.unwrap_or(presumption.since);
        let is_speaking = self.presumptions.speaking.contains(&session);
        let quiet_at = printed_at + TRIAL;
        if !is_speaking && now < quiet_at {
            return fx.push(Effect::SetTimer { timer: Timer::Presumed(session), at: quiet_at });
        }
        self.presumptions.open.remove(&session);
        if is_speaking || printed_at.since(presumption.since) < TRIAL {
            return self.take_back(session, presumption.before, fx);
        }
        if self.state.sessions.get(&session).is_some_and(|record| record.status == Status::Busy) {
            self.turn_began(session);
            self.heard(session, Voice::Recorder, "it prints no more", Some(Status::Ready), Outcome::Counted);
            self.set_status(session, Status::Ready, fx);
        }
    }

    /// The agent has taken what its prompt held.
    fn turn_began(&mut self, session: SessionId) {
        self.recorder(session).turn_began();
    }

    /// Whether the agent may work on what was submitted and only be slow to say so.
    fn may_be_unseen(&self, session: SessionId, presumption: &Presumption) -> bool {
        let now = self.state.now.instant;
        let age = now.since(presumption.since);
        if self.screen_says(session) == Some(Status::Busy) {
            return age < SHOWN_MAX;
        }
        let has_not_moved = presumption.printed_at.is_none();
        let is_speaking = self.presumptions.speaking.contains(&session);
        let prints_on = is_speaking && presumption.printed_at.is_some_and(|at| now.since(at) < TRIAL);
        // It serves its events itself: while it is slow, they are.
        let is_slow = is_speaking && self.provider_of(session).is_some_and(|row| row.hooks == HookDialect::OpenCode);
        age < UNSEEN_MAX && (has_not_moved || prints_on || is_slow)
    }

    /// The agent's own word on what it is doing, by other means than a hook; whether it changed the status.
    pub(super) fn told(
        &mut self,
        session: SessionId,
        voice: Voice,
        told: Status,
        what: &str,
        fx: &mut Effects,
    ) -> bool {
        let Some(current) = self.state.sessions.get(&session).map(|record| record.status) else { return false };
        let next = status::after_told(current, told);
        let is_early = told == Status::Ready && !self.is_there(session, voice, fx);
        if let Some(why) = is_early.then_some(EARLY).or_else(|| self.refused_word(session, voice, told)) {
            self.heard(session, voice, what, Some(told), Outcome::Ignored(why));
            return false;
        }
        if told == Status::Busy {
            self.turn_began(session);
        }
        self.presumptions.speaking.insert(session);
        self.presumptions.open.remove(&session);
        self.turn_ends.forget(session);
        let outcome = if next.is_some() { Outcome::Counted } else { Outcome::Known };
        self.heard(session, voice, what, Some(told), outcome);
        if let Some(next) = next {
            self.set_status(session, next, fx);
        }
        next.is_some()
    }

    /// Why a word does not count, if it does not.
    fn refused_word(&self, session: SessionId, voice: Voice, told: Status) -> Option<&'static str> {
        if voice == Voice::Title && told == Status::Ready && self.glances.shows_question(session) {
            return Some("its screen shows a question");
        }
        // Codex sets its title late: after an interrupt it may ask for leave once more.
        if voice == Voice::Title && self.voices.has_spoken(session, Voice::InBand) {
            return Some("its output says so sooner");
        }
        let open = self.presumptions.open.get(&session)?;
        match (voice, told) {
            (_, Status::Ready) if self.state.now.instant.since(open.since) < STALE => Some("said of what was before"),
            // The screen of an agent that has not taken the submit yet shows that it is at rest.
            (Voice::Screen, Status::Ready) => Some("it may not have begun"),
            _ => None,
        }
    }

    /// What a running agent's registry says of it: a state, not an event. It may be looked at before the agent has taken
    /// what was submitted, and a short turn may lie between two looks: since when it says so tells both.
    pub(super) fn registry_says(&mut self, session: SessionId, told: Status, since: Option<Wall>, fx: &mut Effects) {
        let what = "registry of running processes";
        let is_end = matches!(told, Status::Ready | Status::Error);
        let Some(submitted_at) = self.presumptions.submitted_at(session).filter(|_| is_end) else {
            self.told(session, Voice::Registry, told, what, fx);
            return;
        };
        match since {
            Some(since) if since < submitted_at => {
                self.heard(session, Voice::Registry, what, Some(told), Outcome::Ignored("said of what was before"));
            }
            Some(_) => {
                self.presumptions.open.remove(&session);
                self.told(session, Voice::Registry, told, what, fx);
            }
            None => drop(self.told(session, Voice::Registry, told, what, fx)),
        }
    }

    /// A hook of the session's own spoke: what it says counts more than what was presumed.
    pub(super) fn hook_spoke(&mut self, session: SessionId, kind: &HookKind) {
        if matches!(kind, HookKind::PromptSubmitted { .. } | HookKind::SessionStarted { .. }) {
            self.turn_began(session);
        }
        if let Some(launch) = self.launches.get_mut(&session) {
            launch.expects_hooks = false;
        }
        self.presumptions.speaking.insert(session);
        // Codex closes a conversation when it goes to another: that says nothing of what was submitted.
        let says_nothing = matches!(
            kind,
            HookKind::SessionStarted { .. } | HookKind::SessionEnded { .. } | HookKind::Idle | HookKind::Other(_)
        );
        if !says_nothing {
            self.presumptions.open.remove(&session);
        }
    }

    /// Hooks were given to this launch and none has spoken, though the agent works: this version does not take them. The
    /// user is told once a launch; an agent that does not work either has not taken the submit.
    pub(super) fn hooks_silent(&mut self, session: SessionId, fx: &mut Effects) {
        let is_presumed = self.presumptions.open.contains_key(&session);
        let has_spoken = self.presumptions.speaking.contains(&session);
        let Some(launch) = self.launches.get_mut(&session).filter(|launch| launch.expects_hooks) else { return };
        if is_presumed || !has_spoken {
            return;
        }
        launch.expects_hooks = false;
        let why =
            "its hooks are silent: this version does not take them; its status comes from what it shows".to_owned();
        self.notice(session, NoticeKind::Claim, &why, fx);
        self.note_silence(session, Source::Seen("hooks of this launch".to_owned()), why, fx);
    }

    /// A submit that was none: the status is what it was, and nothing is news.
    fn take_back(&mut self, session: SessionId, before: Status, fx: &mut Effects) {
        let is_presumed = self.state.sessions.get(&session).is_some_and(|record| record.status == Status::Busy);
        if is_presumed {
            let what = "nothing confirmed what was submitted";
            self.heard(session, Voice::Recorder, what, Some(before), Outcome::Counted);
            self.change_status(session, before, fx);
            if let Some(record) = self.state.sessions.get_mut(&session) {
                record.unseen = false;
            }
        }
    }
}
