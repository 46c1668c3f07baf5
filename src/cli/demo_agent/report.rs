//! The demo agent's hooks: the same events, with the same fields, that real agents send; in this process instead of a child.

use serde_json::{Map, Value};

use crate::hook::send::{self, Address};

/// Where reports go; nowhere outside of a pane.
#[derive(Debug)]
pub(super) struct Reporter {
    address: Option<Address>,
    cwd: String,
}

impl Reporter {
    pub(super) fn new(address: Option<Address>, cwd: &str) -> Self {
        Self { address, cwd: cwd.to_owned() }
    }

    /// Reports an event of a conversation. A workspace that cannot be reached is no concern of an agent's.
    pub(super) fn send(&self, event: &str, conversation: &str, fields: &[(&str, &str)]) {
        if let Some(address) = &self.address {
            let _ = send::report(address, "demo", Some(event), &self.payload(event, conversation, fields));
        }
    }

    fn payload(&self, event: &str, conversation: &str, fields: &[(&str, &str)]) -> String {
        let common = [("session_id", conversation), ("hook_event_name", event), ("cwd", &self.cwd)];
        let fields = common.iter().chain(fields).map(|(name, value)| ((*name).to_owned(), Value::from(*value)));
        Value::Object(fields.collect::<Map<String, Value>>()).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::Providers;
    use crate::provider::hook::{HookKind, StartSource, parse};

    #[test]
    fn what_is_sent_is_understood() {
        let reporter = Reporter::new(None, "/src");
        let providers = Providers::default();
        let kind = |event: &str, fields: &[(&str, &str)]| {
            let event = parse(providers.find("demo").unwrap(), None, &reporter.payload(event, "c-1", fields));
            assert_eq!(event.conversation.as_ref().map(|id| id.as_str()), Some("c-1"));
            assert_eq!(event.cwd.as_deref(), Some("/src"));
            event.kind
        };
        let text = str::to_owned;
        assert_eq!(
            kind("SessionStart", &[("source", "clear")]),
            HookKind::SessionStarted { source: StartSource::Clear }
        );
        assert_eq!(kind("UserPromptSubmit", &[("prompt", "x")]), HookKind::PromptSubmitted { prompt: text("x") });
        let asked = HookKind::PermissionRequested { tool: text("Bash"), summary: text("ls") };
        assert_eq!(kind("PermissionRequest", &[("tool_name", "Bash"), ("message", "ls")]), asked);
        assert_eq!(kind("Elicitation", &[("message", "which?")]), HookKind::QuestionAsked { summary: text("which?") });
        assert_eq!(kind("Stop", &[("last_assistant_message", "y")]), HookKind::TurnEnded { message: text("y") });
        assert_eq!(kind("StopFailure", &[("error", "e")]), HookKind::TurnFailed { message: text("e") });
        assert_eq!(kind("Interrupt", &[]), HookKind::Interrupted);
        assert_eq!(kind("SessionEnd", &[("reason", "exit")]), HookKind::SessionEnded { reason: text("exit") });
    }
}
