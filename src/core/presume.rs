//! Busy from the submit on: what the user sends is taken for the begin of a turn, until the agent's own word confirms it.
//!
//! A submit may have been none: Enter also picks from lists and runs what the agent does by itself. So a presumption that
//! nothing confirms is taken back, without a notice. Of an agent that never says what it is doing the screen is all there
//! is: while it works, it prints.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::core::Core;
use crate::core::claims::Source;
use crate::core::effect::{Effect, Effects, Timer};
use crate::core::notice::NoticeKind;
use crate::core::session::Status;
use crate::id::SessionId;
use crate::provider::hook::HookKind;
use crate::provider::status;
use crate::time::Instant;

/// How long a submit may go without the agent's word. The slowest word seen is Claude Code's registry on a busy machine,
/// 0.4 s (2.1.197); chosen with room.
const TRIAL: Duration = Duration::from_secs(2);

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
    /// When its process last printed.
    printed_at: Instant,
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
            presumption.printed_at = at;
        }
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
        self.set_status(session, Status::Busy, fx);
        self.presumptions.open.insert(session, Presumption { before, since: now, printed_at: now });
        fx.push(Effect::SetTimer { timer: Timer::Presumed(session), at: now + TRIAL });
    }

    /// The time for the agent's word is over. One that never says anything is busy while it prints.
    pub(super) fn presumption_due(&mut self, session: SessionId, fx: &mut Effects) {
        let Some(presumption) = self.presumptions.open.get(&session).copied() else { return };
        if self.presumptions.speaking.contains(&session) {
            self.presumptions.open.remove(&session);
            return self.take_back(session, presumption.before, fx);
        }
        let quiet_at = presumption.printed_at + TRIAL;
        if self.state.now.instant < quiet_at {
            return fx.push(Effect::SetTimer { timer: Timer::Presumed(session), at: quiet_at });
        }
        self.presumptions.open.remove(&session);
        if presumption.printed_at.since(presumption.since) < TRIAL {
            return self.take_back(session, presumption.before, fx);
        }
        if self.state.sessions.get(&session).is_some_and(|record| record.status == Status::Busy) {
            self.turn_began(session);
            self.set_status(session, Status::Ready, fx);
        }
    }

    /// The agent has taken what its prompt held.
    fn turn_began(&mut self, session: SessionId) {
        if let Some(recorder) = self.recorders.get_mut(&session) {
            recorder.turn_began();
        }
    }

    /// The agent's own word on what it is doing, by other means than a hook; whether it changed the status.
    pub(super) fn told(&mut self, session: SessionId, told: Status, fx: &mut Effects) -> bool {
        let Some(current) = self.state.sessions.get(&session).map(|record| record.status) else { return false };
        self.presumptions.speaking.insert(session);
        let now = self.state.now.instant;
        let is_stale = told == Status::Ready
            && self.presumptions.open.get(&session).is_some_and(|open| now.since(open.since) < STALE);
        if is_stale {
            return false;
        }
        if told == Status::Busy {
            self.turn_began(session);
        }
        self.presumptions.open.remove(&session);
        let next = status::after_told(current, told);
        if let Some(next) = next {
            self.set_status(session, next, fx);
        }
        next.is_some()
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
        if !matches!(kind, HookKind::SessionStarted { .. } | HookKind::Idle | HookKind::Other(_)) {
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
            self.change_status(session, before, fx);
            if let Some(record) = self.state.sessions.get_mut(&session) {
                record.unseen = false;
            }
        }
    }
}
