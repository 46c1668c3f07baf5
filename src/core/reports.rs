//! A hook's report: whose it is, what it says, what comes of it. Each gets a reply in a few words, which is also kept for
//! `homing explain`.

use crate::core::Core;
use crate::core::arrival::EARLY;
use crate::core::capture::MAX_MESSAGE_CHARS;
use crate::core::claims::Source;
use crate::core::effect::Effects;
use crate::core::event::{Ancestry, HookReport};
use crate::core::session::Status;
use crate::core::voice::{Outcome, Voice};
use crate::id::SessionId;
use crate::provider::claim::{Evidence, Origin};
use crate::provider::hook::{HookEvent, HookKind, parse};
use crate::provider::status;
use crate::text;

impl Core {
    /// A hook reported; what came of it, in a few words for its reply and the log.
    pub(super) fn hook(&mut self, report: &HookReport, fx: &mut Effects) {
        self.hook_reply = self.take_report(report, fx);
    }

    fn take_report(&mut self, report: &HookReport, fx: &mut Effects) -> String {
        let session = report.session;
        let Some((event, origin)) = self.own_report(report) else {
            tracing::info!(%session, "hook ignored: not of this launch");
            return Outcome::Ignored("not of this launch").describe();
        };
        let Some(current) = self.state.sessions.get(&session).map(|record| record.status) else {
            return Outcome::Ignored("no such session").describe();
        };
        let what = match report.pid {
            Some(pid) => format!("{} (process {pid})", event.kind.name()),
            None => event.kind.name().to_owned(),
        };
        let is_own = matches!(origin, Origin::Pane | Origin::Unknown);
        let next = status::after(current, &event);
        let is_early = is_own && next == Some(Status::Ready) && !self.is_there(session, Voice::Hook, fx);
        let next = next.filter(|_| !is_early);
        let outcome = match origin {
            Origin::Outside => Outcome::Ignored("not a process of this pane"),
            Origin::Nested => Outcome::Ignored("another agent inside of the pane's"),
            Origin::Pane | Origin::Unknown if is_early => Outcome::Ignored(EARLY),
            Origin::Pane | Origin::Unknown if next.is_some() => Outcome::Counted,
            Origin::Pane | Origin::Unknown if event.is_subagent => Outcome::Ignored("sub-agent"),
            Origin::Pane | Origin::Unknown => Outcome::Known,
        };
        self.heard(session, Voice::Hook, what, next.or_else(|| status::named(&event.kind)), outcome);
        if is_own {
            self.captures.heard(session);
            self.hook_spoke(session, &event.kind);
        }
        if let Some(evidence) = Evidence::from_hook(&event, self.state.now.wall, origin) {
            let source = Source::Hook { what: event.kind.name(), pid: report.pid };
            self.consider(session, source, &evidence, fx);
        }
        if is_own {
            self.act_on_hook(session, &event, next, fx);
        }
        tracing::debug!(%session, event = event.kind.name(), outcome = outcome.describe(), "hook");
        outcome.describe()
    }

    /// What a report of the session's launch says, and where it comes from.
    fn own_report(&self, report: &HookReport) -> Option<(HookEvent, Origin)> {
        let launch = self.launches.get(&report.session)?;
        let is_own = !launch.token.is_empty() && launch.token == report.token;
        let record = self.state.sessions.get(&report.session).filter(|_| is_own)?;
        let provider = self.providers.get(&record.provider).filter(|row| row.name == report.provider)?;
        let origin = match report.ancestry {
            Ancestry::Inside => Origin::Pane,
            Ancestry::Outside => Origin::Outside,
            Ancestry::Nested => Origin::Nested,
            Ancestry::Unknown => Origin::Unknown,
        };
        Some((parse(provider, report.event.as_deref(), &report.payload), origin))
    }

    fn act_on_hook(&mut self, session: SessionId, event: &HookEvent, next: Option<Status>, fx: &mut Effects) {
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
        let Some(status) = status::of_agent_state(payload) else { return };
        let what = format!("{payload:?}");
        if status == Status::Busy && self.is_untouched(session) {
            return self.heard(
                session,
                Voice::InBand,
                what,
                Some(status),
                Outcome::Ignored("nothing was submitted yet"),
            );
        }
        self.told(session, Voice::InBand, status, &what, fx);
    }

    /// Whether nothing can have begun a turn in this launch. While Codex 0.169.0 sets itself up on a busy machine it says for a
    /// moment that it works.
    fn is_untouched(&self, session: SessionId) -> bool {
        let is_fresh =
            self.launches.get(&session).is_some_and(|launch| launch.started_at.is_some() && !launch.is_prompted);
        is_fresh && self.captures.touched_at(session).is_none()
    }
}
