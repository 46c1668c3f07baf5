//! When evidence of the conversation that a session is on is looked for: after each Enter, a few times. What comes in is taken
//! by `core::sightings` and `core::reports`; what it is worth is decided in `core::claims`.

use std::time::Duration;

use crate::config::{FileDialect, HookDialect};
use crate::core::Core;
use crate::core::effect::{Effect, Effects};
use crate::core::event::Env;
use crate::core::probe::{Probe, Submitted};
use crate::core::session::{Claim, Doubt, Session, Status};
use crate::core::timer::Timer;
use crate::id::SessionId;
use crate::input::event::{KeyCode, KeyEvent, Modifiers};
use crate::input::recorder::{Recorder, is_enter};
use crate::provider::Provider;
use crate::provider::claim::HookStanding;
use crate::text;

/// When evidence is looked for after a submit (DESIGN §7).
pub const ATTEMPTS: [Duration; 4] =
    [Duration::from_millis(250), Duration::from_secs(1), Duration::from_millis(2500), Duration::from_secs(5)];

/// Longest text kept that the recorder is not sure of. Chosen: it is kept for one comparison.
const ROUGH_BYTES_MAX: usize = 4 << 10;

/// Commands after which an agent shows a new conversation.
const RESETS: [&str; 2] = ["/new", "/clear"];

/// Commands that open a list of conversations, or show another one at once. A menu may complete what is typed of them.
const SWITCHES: [&str; 6] = ["/resume", "/continue", "/sessions", "/chat", "/fork", "/branch"];

/// How many Enters after such a command may pick from its list. Chosen: Codex asks for the directory after the pick.
const PICKS: u8 = 2;

/// Longest first message kept as a label, in characters.
pub(super) const MAX_MESSAGE_CHARS: usize = 120;

/// What a user submitted, as the input recorder saw it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Said {
    /// The text.
    pub text: String,
    /// Whether it is certain, letter by letter.
    pub is_exact: bool,
}

impl Core {
    pub(super) fn provider_of(&self, session: SessionId) -> Option<&Provider> {
        self.providers.get(&self.state.sessions.get(&session)?.provider)
    }

    /// The environment in which the session's agent looks for its own things.
    pub(super) fn env_of(&self, session: SessionId) -> Env {
        let base = self.launches.get(&session).map(|launch| launch.env.clone()).unwrap_or_default();
        self.state.sessions.get(&session).map_or_else(Env::new, |record| merged(base, record))
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
        if record.pid.is_none() || self.state.pane_of(session).is_none() || is_known {
            if is_known && self.holds_what_it_left(session) {
                self.look(session, fx);
            }
            return self.captures.end(session);
        }
        self.follow(session, fx);
        self.look(session, fx);
        self.arm_next(session, attempt, fx);
    }

    /// Whether its agent keeps open what it does not show any more: what it had open before tells which is new.
    fn holds_what_it_left(&self, session: SessionId) -> bool {
        self.provider_of(session).is_some_and(|provider| provider.files == FileDialect::Codex)
    }

    /// Has the edges look which conversation the session's agent shows now; a shell's is the agent inside of it.
    pub(super) fn look(&self, session: SessionId, fx: &mut Effects) {
        let Some(pid) = self.state.sessions.get(&session).and_then(|record| record.pid) else { return };
        if self.provider_of(session).is_some_and(|provider| !provider.is_agent) {
            return self.probe_guest(session, pid, fx);
        }
        if let Some(probe) = self.probe(session, pid) {
            fx.push(Effect::Probe(Box::new(probe)));
        }
    }

    /// Its process has ended, and all that it writes is written: what it had not told by then, its files may. Those of Gemini
    /// are copied with it.
    pub(super) fn look_after_end(&mut self, session: SessionId, pid: u32, fx: &mut Effects) {
        let Some(probe) = self.probe(session, pid) else { return };
        let is_wanted = match probe.files {
            FileDialect::None | FileDialect::Demo => false,
            FileDialect::Gemini => true,
            _ => !self.captures.is_settled(session),
        };
        if is_wanted {
            fx.push(Effect::Probe(Box::new(probe)));
            self.await_last_look(session);
        }
    }

    fn probe(&self, session: SessionId, pid: u32) -> Option<Probe> {
        let (record, standing) = (self.state.sessions.get(&session)?, self.captures.sessions.get(&session)?);
        // What a hook has told needs no text: a sibling's file may hold the same words before the own one does.
        let is_text_needed = standing.hooks() != HookStanding::Latest;
        // What was presumed from an Enter may be a pick from a list.
        let is_at_rest = record.status == Status::Ready || self.presumptions.is_open(session);
        Some(Probe {
            session,
            epoch: self.state.pane_of(session)?.epoch,
            n_touches: standing.n_touches,
            files: self.provider_of(session).filter(|provider| provider.is_agent)?.files,
            pid,
            cwd: record.cwd.clone(),
            env: self.env_of(session),
            claimed: record.claim.as_ref().map(|claim| claim.conversation.clone()),
            launched_at: standing.launched_at.unwrap_or(record.created_at),
            said: standing.said.clone().filter(|_| is_text_needed),
            rough: standing.rough.clone().filter(|_| is_text_needed),
            twins: self.twins(session).known(),
            touched_at: standing.touched_at,
            reset_at: standing.reset_at,
            may_show_before: standing.may_show_before(self.state.now.wall),
            title: standing.current_title(self.state.now.wall),
            held_before: (is_at_rest && !standing.held_before.is_empty()).then(|| standing.held_before.clone()),
        })
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
    /// may be on another conversation. While it waits for an answer of the user's, Enter is that answer; in an empty prompt it is
    /// nothing.
    pub(super) fn key_went(&mut self, session: SessionId, key: &KeyEvent, fx: &mut Effects) {
        let is_blank = self.recorders.get(&session).is_some_and(Recorder::is_enter_blank);
        let said = self.record_key(session, key);
        if matches!(key.code, KeyCode::Escape) || (key.code == KeyCode::Char('c') && key.modifiers == Modifiers::CTRL) {
            self.note_stop(session);
        }
        let is_answer = self.state.sessions.get(&session).is_some_and(|record| record.status == Status::Blocked);
        if is_enter(key) && !is_answer && !is_blank {
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
        standing.n_touches = standing.n_touches.wrapping_add(1);
        standing.held_before.clone_from(&standing.held);
        let may_pick = standing.picks_left > 0;
        standing.picks_left = standing.picks_left.saturating_sub(1);
        standing.switched_at = may_pick.then_some(now);
        if may_pick {
            self.doubt_claim(session, "since a pick from its list nothing names its conversation".to_owned(), fx);
        }
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

    /// After such a command the agent shows another conversation, or a list of them; which, tells a moment later, or not before
    /// the next message.
    fn doubt_after_move(&mut self, session: SessionId, command: &str, fx: &mut Effects) {
        let files = self.provider_of(session).map_or(FileDialect::None, |provider| provider.files);
        let word = command.split_whitespace().next().unwrap_or_default();
        let may_be = |known: &&str| word.len() > 1 && known.starts_with(word);
        let (may_reset, may_switch) = (RESETS.iter().any(may_be), SWITCHES.iter().any(may_be));
        let is_followed = !matches!(files, FileDialect::Copilot | FileDialect::Demo | FileDialect::None);
        if !is_followed || !(may_reset || may_switch) {
            return;
        }
        let tells_soon = matches!(files, FileDialect::Claude | FileDialect::Codex);
        let now = self.state.now.wall;
        let standing = self.captures.sessions.entry(session).or_default();
        standing.asked_new |= may_reset && tells_soon;
        if may_switch {
            standing.switched_at = Some(now);
            standing.picks_left = PICKS;
        }
        if RESETS.contains(&command) && !tells_soon {
            standing.reset_at = Some(now);
        }
        self.doubt_claim(session, format!("since {word} nothing names its conversation"), fx);
    }

    fn doubt_claim(&mut self, session: SessionId, reason: String, fx: &mut Effects) {
        let claimed = self.state.sessions.get(&session).and_then(|record| record.claim.clone());
        if let Some(claim) = claimed {
            let doubt = Doubt { reason, candidates: vec![claim.conversation], since: self.state.now.wall };
            self.set_doubt(session, Some(doubt), fx);
        }
    }

    /// Sessions whose user pressed Enter since anything last named the conversation on the screen; of those on none, shells
    /// in which an agent may just have been started.
    pub(super) fn unsettled(&self) -> Vec<SessionId> {
        let may_host = |session: &Session| {
            let is_shell = self.providers.get(&session.provider).is_some_and(|provider| !provider.is_agent);
            is_shell && !self.captures.is_over(session.id)
        };
        let is_open = |session: &&Session| {
            let has_process = session.pid.is_some();
            has_process && (session.claim.is_some() || may_host(session)) && !self.captures.is_settled(session.id)
        };
        self.state.sessions.values().filter(is_open).map(|session| session.id).collect()
    }

    /// Nothing has told in time: a relaunch asks.
    pub(super) fn doubt_unsettled(&mut self, fx: &mut Effects) {
        for session in self.unsettled() {
            let record = self.state.sessions.get(&session).filter(|record| record.doubt.is_none());
            let Some(claim) = record.and_then(|record| record.claim.clone()) else { continue };
            let candidates = vec![claim.conversation];
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

    /// Has the edges follow what the session's agent writes into its registry, if it is one that does.
    pub(super) fn follow(&self, session: SessionId, fx: &mut Effects) {
        let is_registered = self.provider_of(session).is_some_and(|provider| provider.files == FileDialect::Claude);
        let (Some(record), Some(pane), true) =
            (self.state.sessions.get(&session), self.state.pane_of(session), is_registered)
        else {
            return;
        };
        if let Some(pid) = record.pid {
            let (cwd, env) = (record.cwd.clone(), self.env_of(session));
            fx.push(Effect::Follow { session, epoch: pane.epoch, pid, cwd, env });
        }
    }
}

/// The environment that the session's process got, as far as the agents' directories are concerned.
fn merged(mut env: Env, record: &Session) -> Env {
    env.retain(|(key, _)| !record.options.env.contains_key(key) && key != "PWD");
    env.push(("PWD".to_owned(), record.cwd.clone()));
    env.extend(record.options.env.iter().map(|(key, value)| (key.clone(), value.clone())));
    env
}
