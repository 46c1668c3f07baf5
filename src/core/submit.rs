//! Texts that are typed into an agent and submitted by homing: `homing send`, and a first prompt that no argument carries.
//!
//! An Enter that comes before the agent has taken the text is lost, or answers something else. So a text waits until its
//! agent takes input, is pasted, and Enter follows only when the screen shows the end of the text. Texts for one pane go one
//! after the other.
//!
//! How to use it: `core.submit(pane, text, asker, fx)`. It never fails; the outcome comes to `Core::submit_ended` with the
//! [`Asker`], at once or later, and exactly once. Who wants to hear in another way (of several sessions, in a client) adds a
//! variant to `Asker` and an arm there. The core owns the state; it is moved on at the end of each step, so output, a status
//! or `Timer::Submit` do it alike.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use crate::config::{FileDialect, PasteStyle, ShiftEnter};
use crate::core::Core;
use crate::core::effect::{Effect, Effects, RequestId};
use crate::core::notice::NoticeKind;
use crate::core::pane::Phase;
use crate::core::session::Status;
use crate::core::several::BatchId;
use crate::core::shown::{needle, times_shown};
use crate::core::timer::Timer;
use crate::id::PaneId;
use crate::input::event::{KeyCode, KeyEvent, Modifiers};
use crate::protocol::api::{ApiError, ApiErrorKind, ApiResponse};
use crate::provider::Provider;
use crate::time::Instant;

/// How long a program's text waits for its agent to take input. Chosen: several times what the slowest start takes (OpenCode,
/// 4 s); with the rest below the 60 s after which clients of MCP give up.
const READY_TIME: Duration = Duration::from_secs(30);

/// The same for a text to several: they are answered together, when the slowest is decided. Chosen.
const READY_TIME_OF_SEVERAL: Duration = Duration::from_secs(10);

/// How long an agent that is ready may take to ask for bracketed pastes; then it has none, and gets keys. Chosen.
const PASTE_MODE_TIME: Duration = Duration::from_secs(2);

/// How long a text may take to appear. Chosen: an idle machine needs less than 100 ms; one that starts ten agents, seconds.
const SHOW_TIME: Duration = Duration::from_secs(10);

/// Time between the text's appearance and Enter: agents that watch for pastes take an Enter that comes with the text as part
/// of it (Copilot needs 200 ms).
const ENTER_DELAY: Duration = Duration::from_millis(200);

/// The same for Gemini CLI, which on a busy machine loses an Enter that comes 200 ms after a paste (seen on 0.61.0); above the
/// time in which the recorder doubts it.
const SLOW_ENTER_DELAY: Duration = Duration::from_millis(750);

/// Texts that wait for one pane at most (chosen).
const MAX_WAITING: usize = 32;

/// Who wants to know what came of a text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Asker {
    /// A program, which is answered.
    Program(RequestId),
    /// The launch of the session: the text is its first prompt.
    Launch,
    /// Who sent it to several sessions.
    Several(BatchId),
}

/// What came of a text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// The agent showed it, and Enter was pressed.
    Submitted,
    /// The agent took no input in time; nothing was typed.
    NotReady,
    /// It was typed and the agent did not show it in time; Enter was not pressed.
    NotShown,
    /// The agent waits for an answer, which Enter would have been; it was not pressed.
    Asked {
        /// Whether the text had been typed by then.
        is_typed: bool,
    },
    /// The agent takes one line at a time; nothing was typed.
    SeveralLines,
    /// Too many texts wait for this agent; nothing was typed.
    Crowded,
    /// Its process ended first.
    Ended,
}

impl Outcome {
    /// Why the text was not submitted, and what to do, for who sees no screen; `None` where it was.
    pub fn failure(self) -> Option<&'static str> {
        Some(match self {
            Self::Submitted => return None,
            Self::NotReady => "not sent: the agent takes no input yet; `homing screen` shows what it waits for",
            Self::NotShown => {
                "not submitted: the agent does not show the text; `homing screen` shows where it is, \
                 `homing keys SESSION enter` submits what is in its prompt"
            }
            Self::Asked { is_typed: false } => {
                "not sent: the agent waits for an answer; `homing screen` shows what it asks, `homing keys` answers"
            }
            Self::Asked { is_typed: true } => {
                "not submitted: the agent asks something meanwhile; `homing screen` shows what, `homing keys` answers, \
                 then `homing keys SESSION enter` submits what is in its prompt"
            }
            Self::SeveralLines => "not sent: the agent takes no pastes, and its row in the settings has no shift_enter",
            Self::Crowded => "not sent: too many texts wait for this agent; `homing wait` waits until it is ready",
            Self::Ended => "not submitted: the agent has ended; `homing reopen` starts it again",
        })
    }
}

/// The texts that are not submitted yet.
#[derive(Debug, Default)]
pub struct Submits {
    panes: BTreeMap<PaneId, VecDeque<Pending>>,
}

#[derive(Debug)]
struct Pending {
    text: String,
    asker: Asker,
    stage: Stage,
}

/// How far a text has come. Only the first of a pane is beyond `Waiting`.
#[derive(Clone, Copy, Debug)]
enum Stage {
    /// The agent takes no input yet.
    Waiting { until: Option<Instant>, keys_at: Option<Instant> },
    /// It was typed; the screen has shown its end so often at least.
    Typed { n_seen: usize, until: Instant },
    /// The screen shows it.
    Shown { enter_at: Instant },
}

/// Whether a pane takes a text now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Reception {
    /// It has no process.
    Gone,
    /// Its agent starts, or asks something.
    NotYet,
    /// It does, but has not asked for bracketed pastes.
    Keys,
    /// It does.
    Paste,
}

impl Submits {
    /// Nobody waits for these texts any more: what was not typed yet is left alone.
    pub(super) fn withdraw(&mut self, asker: Asker) {
        let is_wanted = |pending: &Pending| pending.asker != asker || !matches!(pending.stage, Stage::Waiting { .. });
        for waiting in self.panes.values_mut() {
            waiting.retain(is_wanted);
        }
        self.panes.retain(|_, waiting| !waiting.is_empty());
    }

    /// Whether a text is on its way to the pane.
    pub(super) fn is_under_way(&self, pane: PaneId) -> bool {
        self.panes.contains_key(&pane)
    }

    fn stage(&self, pane: PaneId) -> Option<Stage> {
        Some(self.panes.get(&pane)?.front()?.stage)
    }
}

impl Core {
    /// Types a text into a pane and submits it once its agent shows it. A shell gets it at once. See the module's page.
    pub(super) fn submit(&mut self, pane: PaneId, text: &str, asker: Asker, fx: &mut Effects) {
        if self.submitting_provider(pane).is_none_or(|provider| !provider.is_agent) {
            self.paste_to_pane(pane, text.as_bytes(), fx);
            self.press(pane, &KeyEvent::new(KeyCode::Enter, Modifiers::NONE), fx);
            return self.submit_ended(pane, "", asker, Outcome::Submitted, fx);
        }
        if asker != Asker::Launch && self.is_asking(pane) {
            return self.submit_ended(pane, text, asker, Outcome::Asked { is_typed: false }, fx);
        }
        let patience = match asker {
            Asker::Program(_) => Some(READY_TIME),
            Asker::Several(_) => Some(READY_TIME_OF_SEVERAL),
            Asker::Launch => None,
        };
        let until = patience.map(|patience| self.state.now.instant + patience);
        let waiting = self.submits.panes.entry(pane).or_default();
        if waiting.len() >= MAX_WAITING {
            return self.submit_ended(pane, text, asker, Outcome::Crowded, fx);
        }
        let stage = Stage::Waiting { until, keys_at: None };
        waiting.push_back(Pending { text: text.to_owned(), asker, stage });
        if let Some(at) = until {
            fx.push(Effect::SetTimer { timer: Timer::Submit(pane), at });
        }
    }

    /// Tells who asked what came of a text. The first prompt of a launch is kept in the paste buffer.
    fn submit_ended(&mut self, pane: PaneId, text: &str, asker: Asker, outcome: Outcome, fx: &mut Effects) {
        let failure = outcome.failure();
        match (asker, failure) {
            (Asker::Several(batch), _) => self.one_of_several_ended(batch, pane, outcome, fx),
            (Asker::Launch, None) => {}
            (Asker::Launch, Some(why)) => {
                let Some(record) = self.state.session_of(pane) else { return };
                let (session, label) = (record.id, record.label().to_owned());
                let why = why.split(';').next().unwrap_or_default();
                self.keep_text(text.to_owned());
                self.toast_all(&format!("{label}: its first prompt was {why}; it is in the paste buffer"), fx);
                self.notice(session, NoticeKind::Failed, &format!("its first prompt was {why}"), fx);
            }
            (Asker::Program(request), None) => {
                fx.push(Effect::Respond { request, response: Box::new(ApiResponse::Done) });
            }
            (Asker::Program(request), Some(why)) => {
                let kind = match outcome {
                    Outcome::NotReady | Outcome::NotShown => ApiErrorKind::TimedOut,
                    _ => ApiErrorKind::Failed,
                };
                let error = ApiError { kind, message: why.to_owned() };
                fx.push(Effect::Respond { request, response: Box::new(ApiResponse::Error(error)) });
            }
        }
    }

    /// Moves all texts on as far as they go now.
    pub(super) fn move_submits_on(&mut self, fx: &mut Effects) {
        let panes: Vec<PaneId> = self.submits.panes.keys().copied().collect();
        for pane in panes {
            while let Some(stage) = self.submits.stage(pane)
                && self.move_submit_on(pane, stage, fx)
            {}
        }
    }

    /// The pane's process has ended, or the pane is closed: its texts reach nobody.
    pub(super) fn submits_lost(&mut self, pane: PaneId, fx: &mut Effects) {
        for pending in self.submits.panes.remove(&pane).unwrap_or_default() {
            self.submit_ended(pane, &pending.text, pending.asker, Outcome::Ended, fx);
        }
    }

    /// Moves a pane's first text on; whether there may be more to do.
    fn move_submit_on(&mut self, pane: PaneId, stage: Stage, fx: &mut Effects) -> bool {
        let now = self.state.now.instant;
        match (stage, self.reception(pane)) {
            (_, Reception::Gone) => {
                self.submits_lost(pane, fx);
                false
            }
            (Stage::Waiting { until, .. }, Reception::NotYet) => match until {
                Some(until) if now >= until => self.end_submit(pane, Outcome::NotReady, fx),
                _ => false,
            },
            (Stage::Waiting { .. }, Reception::Paste) => self.type_submit(pane, Reception::Paste, fx),
            (Stage::Waiting { until, keys_at }, Reception::Keys) => {
                match keys_at.or_else(|| self.keys_from_now(pane)) {
                    Some(at) if now >= at => self.type_submit(pane, Reception::Keys, fx),
                    None => self.set_stage(pane, Stage::Waiting { until, keys_at: Some(now + PASTE_MODE_TIME) }, fx),
                    Some(_) => false,
                }
            }
            (Stage::Typed { n_seen, until }, _) => match self.times_seen(pane) {
                n if n > n_seen => {
                    let is_slow = self.submitting_provider(pane).is_some_and(|row| row.files == FileDialect::Gemini);
                    let delay = if is_slow { SLOW_ENTER_DELAY } else { ENTER_DELAY };
                    self.set_stage(pane, Stage::Shown { enter_at: now + delay }, fx)
                }
                _ if now >= until => self.end_submit(pane, Outcome::NotShown, fx),
                // The same words from before may leave the screen, as they scroll.
                n if n < n_seen => self.set_stage(pane, Stage::Typed { n_seen: n, until }, fx),
                _ => false,
            },
            (Stage::Shown { enter_at }, _) if now < enter_at => false,
            (Stage::Shown { .. }, _) if self.is_asking(pane) => {
                self.end_submit(pane, Outcome::Asked { is_typed: true }, fx)
            }
            (Stage::Shown { .. }, _) => {
                self.press(pane, &KeyEvent::new(KeyCode::Enter, Modifiers::NONE), fx);
                self.end_submit(pane, Outcome::Submitted, fx)
            }
        }
    }

    fn type_submit(&mut self, pane: PaneId, way: Reception, fx: &mut Effects) -> bool {
        let Some(pending) = self.submits.panes.get(&pane).and_then(VecDeque::front) else { return false };
        let text = pending.text.clone();
        let lines: Vec<&str> = text.trim_end_matches(['\n', '\r']).lines().collect();
        let breaks_lines = self.submitting_provider(pane).is_some_and(|row| row.shift_enter != ShiftEnter::Cr);
        if way == Reception::Keys && lines.len() > 1 && !breaks_lines {
            return self.end_submit(pane, Outcome::SeveralLines, fx);
        }
        let now = self.state.now.instant;
        let n_seen = self.times_seen(pane);
        if way == Reception::Keys {
            for (index, line) in lines.iter().enumerate() {
                if index > 0 {
                    self.press(pane, &KeyEvent::new(KeyCode::Enter, Modifiers::SHIFT), fx);
                }
                self.paste_to_pane(pane, line.as_bytes(), fx);
            }
        } else {
            self.paste_to_pane(pane, text.as_bytes(), fx);
        }
        let stage = match needle(&text).is_empty() {
            true => Stage::Shown { enter_at: now + ENTER_DELAY },
            false => Stage::Typed { n_seen, until: now + SHOW_TIME },
        };
        self.set_stage(pane, stage, fx)
    }

    /// Puts the first text of a pane into a stage, and sets the timer that ends it.
    fn set_stage(&mut self, pane: PaneId, stage: Stage, fx: &mut Effects) -> bool {
        if let Some(front) = self.submits.panes.get_mut(&pane).and_then(VecDeque::front_mut) {
            front.stage = stage;
        }
        let at = match stage {
            Stage::Waiting { until, keys_at } => keys_at.or(until),
            Stage::Typed { until, .. } => Some(until),
            Stage::Shown { enter_at } => Some(enter_at),
        };
        if let Some(at) = at {
            fx.push(Effect::SetTimer { timer: Timer::Submit(pane), at });
        }
        true
    }

    fn end_submit(&mut self, pane: PaneId, outcome: Outcome, fx: &mut Effects) -> bool {
        let Some(waiting) = self.submits.panes.get_mut(&pane) else { return false };
        let ended = waiting.pop_front();
        let next = waiting.front().map(|next| next.stage);
        match next {
            // The timer was that of the text before.
            Some(stage) => _ = self.set_stage(pane, stage, fx),
            None => _ = self.submits.panes.remove(&pane),
        }
        if let Some(ended) = ended {
            self.submit_ended(pane, &ended.text, ended.asker, outcome, fx);
        }
        next.is_some()
    }

    /// The agent in the pane: the session's own, or the one that runs in its shell.
    fn submitting_provider(&self, pane: PaneId) -> Option<&Provider> {
        self.providers.get(self.state.session_of(pane)?.conversation_provider())
    }

    fn is_asking(&self, pane: PaneId) -> bool {
        self.state.session_of(pane).is_some_and(|record| record.status == Status::Blocked)
    }

    /// Now, where the agent is known to take keys only.
    fn keys_from_now(&self, pane: PaneId) -> Option<Instant> {
        let is_known = self.submitting_provider(pane).is_some_and(|row| row.paste == PasteStyle::Keys);
        is_known.then_some(self.state.now.instant)
    }

    fn reception(&self, pane: PaneId) -> Reception {
        let (Some(entry), Some(record)) = (self.state.panes.get(&pane), self.state.session_of(pane)) else {
            return Reception::Gone;
        };
        match (&entry.phase, record.status) {
            (Phase::Ended(_) | Phase::Failed { .. } | Phase::Held { .. }, _) => Reception::Gone,
            (Phase::Waiting { .. } | Phase::Starting { .. }, _) => Reception::NotYet,
            (Phase::Live, Status::Starting | Status::Blocked | Status::Terminated) => Reception::NotYet,
            (Phase::Live, Status::Ready | Status::Busy | Status::Error) => {
                if entry.terminal.modes().bracketed_paste {
                    Reception::Paste
                } else {
                    Reception::Keys
                }
            }
        }
    }

    /// How often the pane's screen shows the end of its first text, or what stands for a paste.
    fn times_seen(&self, pane: PaneId) -> usize {
        let text = self.submits.panes.get(&pane).and_then(VecDeque::front).map(|pending| pending.text.as_str());
        match (self.state.panes.get(&pane), text) {
            (Some(entry), Some(text)) => times_shown(&entry.terminal, &needle(text)),
            _ => 0,
        }
    }
}

#[cfg(test)]
#[path = "submit_tests.rs"]
mod tests;
