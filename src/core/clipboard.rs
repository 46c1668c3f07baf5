//! Text that programs put on the clipboard (OSC 52), as far as the user lets them. Reading it is never answered (`term`).

use crate::config::ClipboardPolicy;
use crate::core::Core;
use crate::core::command::Command;
use crate::core::effect::{Effect, Effects};
use crate::id::{ClientId, SessionId};

/// Longest text that a terminal is given for its clipboard, so that it is one message to the client (16 MiB, in base64). Programs
/// in panes give less (`term`).
pub const MAX_CLIPBOARD_BYTES: usize = 10 << 20;

/// Characters of a text that are shown before it is taken. Chosen.
const SHOWN_CHARS: usize = 40;

/// A program's text that waits for the user.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Offer {
    /// What the session is called.
    pub label: String,
    /// The text.
    pub text: String,
}

impl Core {
    /// A program in a pane puts a text on the clipboard: it goes to the terminal of the client that typed last, at once or when the
    /// user takes it. No question is asked that a key meant for the pane could answer.
    pub(super) fn put_on_clipboard(&mut self, session: SessionId, text: String, fx: &mut Effects) {
        match self.state.config.clipboard {
            ClipboardPolicy::Allow => {
                if let Some(client) = self.client_typed_last() {
                    fx.push(Effect::SetClipboard { client, text: text.into() });
                }
            }
            ClipboardPolicy::Ask => {
                let label = self.state.sessions.get(&session).map_or_else(String::new, |s| s.label().to_owned());
                let key = self.keymap().shown_keys(Command::TakeClipboard).into_iter().next();
                let key = key.map(|key| format!(" · {key} lets it")).unwrap_or_default();
                let shown = crate::text::one_line(&text, SHOWN_CHARS);
                self.toast_all(&format!("{label} copies \"{shown}\"{key}"), fx);
                self.state.offered = Some(Offer { label, text });
            }
            ClipboardPolicy::Deny => {}
        }
    }

    /// The user takes what a program put on the clipboard.
    pub(super) fn take_offered(&mut self, client: ClientId, fx: &mut Effects) {
        let Some(Offer { label, text }) = self.state.offered.take() else { return };
        fx.push(Effect::SetClipboard { client, text: text.into() });
        self.say(client, &format!("copied from {label}"), fx);
    }
}
