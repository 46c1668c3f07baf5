//! What an agent reports of itself: its hooks, and its state in-band.

use crate::core::Core;
use crate::core::capture::MAX_MESSAGE_CHARS;
use crate::core::claims::Source;
use crate::core::effect::Effects;
use crate::core::event::{Ancestry, HookReport};
use crate::core::session::Status;
use crate::id::SessionId;
use crate::provider::claim::{Evidence, Origin};
use crate::provider::hook::{HookKind, parse};
use crate::provider::status;
use crate::text;

impl Core {
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
