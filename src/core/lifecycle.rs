//! A pane's process from its start to its end: output, status, exit, closing.

use std::time::Duration;

use crate::core::Core;
use crate::core::change::{Change, Durability};
use crate::core::effect::{AgentSignal, Effect, Effects};
use crate::core::notice::NoticeKind;
use crate::core::pane::Phase;
use crate::core::persist::Pending;
use crate::core::resume::Cause;
use crate::core::session::{EndReason, Exit, Status};
use crate::core::submit::Asker;
use crate::core::timer::Timer;
use crate::core::voice::{Outcome, Voice};
use crate::id::{PaneId, SessionId};
use crate::protocol::api::ApiResponse;
use crate::provider::status;
use crate::term::TermEvent;
use crate::text;

/// An agent that ends within this time of a resume, with a failure, could not be resumed.
const RESUME_TRIAL: Duration = Duration::from_secs(5);

/// How long an agent has to end by itself once its pane is closed (chosen). OpenCode 1.18.33 with a port ends on SIGHUP only
/// when its turn is over, and works on until then.
const CLOSE_GRACE: Duration = Duration::from_secs(3);

/// Longest title taken from an agent, in characters.
const MAX_TITLE_CHARS: usize = 120;

impl Core {
    pub(super) fn spawned(&mut self, pane: PaneId, epoch: u32, pid: u32, fx: &mut Effects) {
        let Some(session) = self.state.panes.get(&pane).filter(|pane| pane.epoch == epoch).map(|pane| pane.session)
        else {
            // The pane was closed while its process started.
            fx.push(Effect::Signal { pid, signal: AgentSignal::HangUp });
            return;
        };
        let mut was_ended = false;
        if let Some(record) = self.state.sessions.get_mut(&session) {
            record.pid = Some(pid);
            was_ended = record.exit.take().is_some();
        }
        if was_ended {
            let change = Change::Reopened { session, at: self.state.now.wall };
            self.commit(vec![change], Durability::Relaxed, Pending::Nothing, fx);
        }
        let request = self.launches.get_mut(&session).and_then(|launch| {
            launch.started_at = Some(self.state.now.instant);
            launch.request.take()
        });
        if let Some(request) = request
            && let Some(row) = self.session_row(session)
        {
            fx.push(Effect::Respond { request, response: Box::new(ApiResponse::Session(Box::new(row))) });
        }
        self.recorders.remove(&session);
        self.captures.begin(session, self.state.now.wall);
        self.presumptions.forget(session);
        self.turn_ends.forget(session);
        self.glances.forget(session);
        self.arrivals.forget(session);
        self.voices.begin(session);
        self.arm_capture(session, fx);
        // What the argv could not carry of the first prompt.
        let typed = self.launches.get_mut(&session).and_then(|launch| launch.typed_prompt.take());
        if let Some(text) = typed {
            self.submit(pane, &text, Asker::Launch, fx);
        }
        self.save_session_soon(session, fx);
        self.look_at_vitals(fx);
        fx.redraw_all();
    }

    /// The hot path: bytes of a pane's process to its terminal.
    pub(super) fn output(&mut self, pane: PaneId, epoch: u32, bytes: &[u8], fx: &mut Effects) {
        let options = self.terminal_options();
        let Some(entry) = self.state.panes.get_mut(&pane).filter(|pane| pane.epoch == epoch) else { return };
        let is_first = matches!(entry.phase, Phase::Starting { .. });
        if is_first {
            // The last screen belongs to a process that is gone: the new one starts on an empty terminal.
            entry.renew_terminal(options);
            entry.phase = Phase::Live;
        }
        entry.n_unsaved += bytes.len();
        entry.printed_at = self.state.now.wall;
        entry.terminal.feed(bytes);
        let replies = entry.terminal.take_replies();
        let events = entry.terminal.take_events();
        let session = entry.session;
        self.presumptions.printed(session, self.state.now.instant);
        self.glance_soon(session, fx);
        if !replies.is_empty() {
            fx.push(Effect::WritePty { pane, bytes: replies });
        }
        for event in events {
            self.terminal_event(session, event, fx);
        }
        self.save_screen_soon(pane, fx);
        if is_first {
            self.went_live(pane, session, fx);
        }
    }

    fn went_live(&mut self, pane: PaneId, session: SessionId, fx: &mut Effects) {
        let is_agent = self.provider_of(session).is_some_and(|provider| provider.is_agent);
        if !is_agent {
            self.heard(session, Voice::Process, "it printed", Some(Status::Ready), Outcome::Counted);
            self.set_status(session, Status::Ready, fx);
            self.mark_seen(session, fx);
        }
        self.start_next_restored(pane, fx);
        fx.redraw_all();
    }

    /// A launch that printed nothing for a while is shown as it is; an agent that said nothing of its state is ready.
    pub(super) fn undim_due(&mut self, pane: PaneId, fx: &mut Effects) {
        let Some(entry) = self.state.panes.get_mut(&pane) else { return };
        let session = entry.session;
        if matches!(entry.phase, Phase::Starting { .. })
            && self.state.sessions.get(&session).is_some_and(|s| s.pid.is_some())
        {
            entry.renew_terminal(crate::core::setup::terminal_options(&self.state.config));
            entry.phase = Phase::Live;
            self.went_live(pane, session, fx);
        }
        let is_starting = self.state.sessions.get(&session).is_some_and(|s| s.status == Status::Starting);
        let is_live = self.state.panes.get(&pane).is_some_and(|pane| pane.phase == Phase::Live);
        let will_say = self.launches.get(&session).is_some_and(|launch| launch.serves_events);
        if self.awaits_arrival(pane, session, fx) {
            return;
        }
        if is_starting && is_live && !will_say {
            self.heard(session, Voice::Process, "it says nothing of its state", Some(Status::Ready), Outcome::Counted);
            self.set_status(session, Status::Ready, fx);
            self.mark_seen(session, fx);
        }
    }

    fn terminal_event(&mut self, session: SessionId, event: TermEvent, fx: &mut Effects) {
        match event {
            TermEvent::Title(title) => self.titled(session, &title, fx),
            TermEvent::AgentState(payload) => self.agent_state(session, &payload, fx),
            TermEvent::Clipboard(text) => self.put_on_clipboard(session, text, fx),
            TermEvent::Notification(text) => self.program_says(session, &text, fx),
            TermEvent::Bell | TermEvent::Directory(_) | TermEvent::Progress(_) | TermEvent::PromptMark(_) => {}
        }
    }

    /// A program set the terminal's title: a title of the session's, what the agent is doing, or both.
    fn titled(&mut self, session: SessionId, title: &str, fx: &mut Effects) {
        let (Some(record), Some(provider)) = (self.state.sessions.get(&session), self.provider_of(session)) else {
            return;
        };
        let directory = record.cwd.rsplit('/').next().unwrap_or_default();
        let reading = status::of_title(provider, title, directory);
        let raw = title;
        let title =
            reading.title.map(|title| text::one_line(&title, MAX_TITLE_CHARS)).filter(|title| !title.is_empty());
        if record.title != title
            && let Some(record) = self.state.sessions.get_mut(&session)
        {
            record.title = title;
            self.save_session_soon(session, fx);
            fx.redraw_all();
        }
        let words = || format!("{:?}", text::one_line(raw.trim(), MAX_TITLE_CHARS));
        match reading.status {
            Some(Status::Ready) => {
                self.rests(session, Voice::Title, &words(), fx);
            }
            Some(told) => drop(self.told(session, Voice::Title, told, &words(), fx)),
            None => {}
        }
        self.retitled(session, raw, fx);
    }

    pub(super) fn set_phase(&mut self, pane: PaneId, phase: Phase, fx: &mut Effects) {
        if let Some(entry) = self.state.panes.get_mut(&pane) {
            entry.phase = phase;
            fx.redraw_all();
        }
    }

    pub(super) fn set_status(&mut self, session: SessionId, status: Status, fx: &mut Effects) {
        let Some(before) = self.change_status(session, status, fx) else { return };
        if !self.flicker.is_untold(session) {
            self.notice_of_status(session, before, status, fx);
        }
    }

    /// Changes the status and nothing else; what it was, or `None` where it is that already.
    pub(super) fn change_status(&mut self, session: SessionId, status: Status, fx: &mut Effects) -> Option<Status> {
        let is_watched = self.is_watched(session);
        let now = self.state.now.wall;
        let record = self.state.sessions.get_mut(&session).filter(|record| record.status != status)?;
        let before = record.status;
        let was_at_work = matches!(before, Status::Busy | Status::Blocked);
        record.status = status;
        record.last_activity_at = now;
        match status {
            Status::Ready if was_at_work => record.unseen = !is_watched,
            Status::Blocked | Status::Error => record.unseen = !is_watched,
            Status::Busy | Status::Starting => record.unseen = false,
            Status::Ready | Status::Terminated => {}
        }
        fx.redraw_all();
        if was_at_work {
            self.directory_touched(session, fx);
        }
        if was_at_work && matches!(status, Status::Ready | Status::Error) {
            self.look_after_turn(session, fx);
        }
        if self.tells_change(session, fx) {
            self.save_session_now(session, fx);
            self.feed(session, "status", status.as_str());
        } else {
            self.save_session_soon(session, fx);
        }
        Some(before)
    }

    pub(super) fn process_exited(&mut self, pid: u32, code: Option<i32>, signal: Option<i32>, fx: &mut Effects) {
        self.left(pid, fx);
        let Some(session) = self.state.sessions.values().find(|s| s.pid == Some(pid)).map(|s| s.id) else {
            return;
        };
        // Whatever its status: what ends after homing's own hang-up did not end by anybody's wish.
        let reason = if self.stopping.is_some() { EndReason::Shutdown } else { EndReason::of_status(code, signal) };
        let exit = Exit { code, signal, reason, at: self.state.now.wall };
        if let Some(record) = self.state.sessions.get_mut(&session) {
            record.pid = None;
            record.exit = Some(exit);
        }
        self.look_for_farewell(session, fx);
        self.look_after_end(session, pid, fx);
        if let Some(pane) = self.state.pane_of(session).map(|pane| pane.id) {
            self.submits_lost(pane, fx);
        }
        self.heard(session, Voice::Process, ended_words(exit), Some(Status::Terminated), Outcome::Counted);
        self.set_status(session, Status::Terminated, fx);
        self.captures.end(session);
        self.presumptions.forget(session);
        self.turn_ends.forget(session);
        self.commit(vec![Change::Ended { session, exit }], Durability::Full, Pending::Nothing, fx);
        if let Some(pane) = self.state.pane_of(session).map(|pane| pane.id)
            && !self.go_on_elsewhere(pane, session, fx)
            && !self.starts_again(pane, session, fx)
        {
            self.show_end(pane, session, exit, fx);
        }
        self.stop_progress(fx);
    }

    /// An agent's events are not heard: the user is told, once a launch. Its screen tells then when it is ready; one that tells
    /// nothing counts as ready.
    pub(super) fn unheard(&mut self, session: SessionId, why: &str, fx: &mut Effects) {
        let Some(label) = self.state.sessions.get(&session).map(|record| record.label().to_owned()) else { return };
        self.toast_all(&format!("{label}: {why}"), fx);
        if let Some(launch) = self.launches.get_mut(&session) {
            launch.serves_events = false;
        }
        let is_starting = self.state.sessions.get(&session).is_some_and(|record| record.status == Status::Starting);
        if is_starting && !self.awaits_prompt(session) {
            self.heard(session, Voice::Process, why, Some(Status::Ready), Outcome::Counted);
            self.set_status(session, Status::Ready, fx);
        }
    }

    fn show_end(&mut self, pane: PaneId, session: SessionId, exit: Exit, fx: &mut Effects) {
        let is_agent = self.provider_of(session).is_none_or(|provider| provider.is_agent);
        let by_itself = exit.reason == EndReason::Exited && exit.code.is_some_and(|code| code < 128);
        if !is_agent && by_itself && self.state.config.close_shell_on_exit {
            return self.close_pane(pane, fx);
        }
        let launch = self.launches.get(&session);
        let cause = launch.map(|launch| launch.cause);
        let age = launch.and_then(|launch| launch.started_at).map(|at| self.state.now.instant.since(at));
        let is_trial = cause != Some(Cause::First) && age.is_some_and(|age| age < RESUME_TRIAL);
        let failed = exit.reason == EndReason::Exited && exit.code != Some(0);
        if is_agent && is_trial && failed {
            let code = exit.code.unwrap_or_default();
            let message = format!("it ended at once (exit {code}); its conversation is kept");
            self.set_phase(pane, Phase::Failed { message }, fx);
        } else {
            self.set_phase(pane, Phase::Ended(exit), fx);
        }
        if is_agent && exit.reason != EndReason::Shutdown {
            self.notice(session, NoticeKind::Exited, &ended_words(exit), fx);
        }
        self.start_next_restored(pane, fx);
    }

    pub(super) fn output_ended(&mut self, pane: PaneId, epoch: u32, fx: &mut Effects) {
        let Some(entry) = self.state.panes.get(&pane).filter(|pane| pane.epoch == epoch) else { return };
        let session = entry.session;
        if self.state.sessions.get(&session).is_some_and(|record| record.pid.is_none()) {
            self.look_for_farewell(session, fx);
        }
        fx.push(Effect::ClosePty { pane });
    }

    /// Ends a pane's session and takes the pane away. Its record and its conversations stay in the store.
    pub(super) fn close_pane(&mut self, pane: PaneId, fx: &mut Effects) {
        let Some(session) = self.state.panes.get(&pane).map(|pane| pane.session) else { return };
        let at = self.state.now.wall;
        if let Some(pid) = self.state.sessions.get(&session).and_then(|session| session.pid) {
            fx.push(Effect::Signal { pid, signal: AgentSignal::HangUp });
            self.closing.insert(pid, session);
            fx.push(Effect::SetTimer { timer: Timer::KillClosed(pid), at: self.state.now.instant + CLOSE_GRACE });
        }
        let mut changes = self.unsaved_of(pane);
        self.remove_pane(pane, fx);
        changes.extend([Change::Closed { session, at }, self.layout_change()]);
        self.commit(changes, Durability::Full, Pending::Nothing, fx);
    }

    /// An agent that works on although its terminal is gone is ended.
    pub(super) fn kill_closed(&mut self, pid: u32, fx: &mut Effects) {
        if self.closing.contains_key(&pid) {
            tracing::info!(pid, "killed: it had not ended when its pane was closed");
            fx.push(Effect::Signal { pid, signal: AgentSignal::Kill });
        }
    }

    /// Takes a pane out of the layout, with its session.
    pub(super) fn remove_pane(&mut self, pane: PaneId, fx: &mut Effects) {
        self.submits_lost(pane, fx);
        let Some(entry) = self.state.panes.remove(&pane) else { return };
        fx.push(Effect::ClosePty { pane });
        fx.push(Effect::Unfollow { session: entry.session });
        self.feed(entry.session, "closed", "");
        self.not_started(entry.session, "its pane was closed", fx);
        self.state.sessions.remove(&entry.session);
        self.launches.remove(&entry.session);
        self.browsing.forget(entry.session);
        self.recorders.remove(&entry.session);
        self.captures.forget(entry.session);
        self.presumptions.forget(entry.session);
        self.turn_ends.forget(entry.session);
        self.glances.forget(entry.session);
        self.arrivals.leave(entry.session);
        self.voices.forget(entry.session);
        self.flicker.forget(entry.session);
        self.evidence.remove(&entry.session);
        self.forget_focus(pane);
        self.start_next_restored(pane, fx);
        if self.state.is_empty() && self.stopping.is_none() {
            self.state.clients.keys().copied().collect::<Vec<_>>().into_iter().for_each(|id| self.begin_start(id, fx));
        }
        self.save_layout(fx);
        self.relayout(fx);
    }
}

/// How a process ended, in a few words.
fn ended_words(exit: Exit) -> String {
    match (exit.code, exit.signal) {
        (_, Some(signal)) => format!("ended by signal {signal}"),
        (Some(code), None) => format!("exited {code}"),
        (None, None) => "ended".to_owned(),
    }
}
