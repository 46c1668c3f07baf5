//! Providers: the kinds of agent CLIs (and the shell) that homing can host, as rows of a table.
//!
//! Owns what is known about each: how it is launched and resumed ([`launch`]), which arguments choose a conversation
//! ([`strip`]), what its hooks say ([`hook`], [`status`]), and how evidence becomes a claim ([`claim`]). Everything is a
//! function of plain data: nothing here reads a file, an environment or a clock. Imports id, time, text, config and
//! `core::session`.

pub mod claim;
pub mod claude;
pub mod codex;
pub mod farewell;
pub mod gemini;
pub mod hook;
pub mod launch;
pub mod opencode;
pub mod row;
pub mod status;
pub mod strip;

pub use crate::config::{Arity, Confidence, FileDialect, FlagRole, FlagRow, HookDialect, PromptStyle, ShiftEnter};
pub use crate::core::session::SHELL;
pub use launch::{BinaryFacts, HookContext, Launch, LaunchRequest, fresh, resume};
pub use row::{Provider, Providers};

/// The longest conversation id that is taken, in bytes (chosen: the longest seen are UUIDs and OpenCode's `ses_…`, 36).
pub const CONVERSATION_ID_MAX_BYTES: usize = 200;

/// Whether a text of outside origin may be used as a conversation's id. It becomes an argument of the agent, so it must not
/// look like a flag; and it is shown, so it holds no blanks and no controls.
pub fn is_conversation_id(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= CONVERSATION_ID_MAX_BYTES
        && !text.starts_with('-')
        && text.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '\'' | '"' | '`' | '\\' | '$'))
}

/// A word as a POSIX shell takes it unchanged.
pub fn shell_quote(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_could_be_a_flag_or_a_command_is_none() {
        for id in ["7c2e7c2e-1111-4111-8111-111111111112", "ses_1a2b", "20251108_1"] {
            assert!(is_conversation_id(id), "{id}");
        }
        let long = "x".repeat(CONVERSATION_ID_MAX_BYTES + 1);
        for id in ["", "--yolo", "-r", "a b", "a\nb", "$(reboot)", "`x`", "é", &long] {
            assert!(!is_conversation_id(id), "{id}");
        }
    }

    #[test]
    fn quotes_survive_the_shell() {
        assert_eq!(shell_quote("/opt/it's/homing"), r"'/opt/it'\''s/homing'");
    }
}
