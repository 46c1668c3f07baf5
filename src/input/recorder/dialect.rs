//! Where agents' prompts differ, as a table of what was seen.
//!
//! Each answer was typed into the real program and compared with its own store (`tests/recordings/typing`): Claude Code
//! 2.1.197, Codex 0.169.0, OpenCode 1.18.33, gemini-cli 0.61.0. A prompt that nobody tried gets the most doubtful answer.

use super::draft::Agreement;

/// Bytes from which a paste may become a placeholder in OpenCode, with a blank of its own after it. Seen with two line
/// breaks; chosen low for a single line.
const OPENCODE_PASTE_BYTES: usize = 140;

/// Whose prompt it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum EditDialect {
    /// One that nobody tried.
    #[default]
    Unknown,
    /// Claude Code's.
    Claude,
    /// Codex's.
    Codex,
    /// OpenCode's.
    OpenCode,
    /// Gemini CLI's.
    Gemini,
}

/// What Enter after a backslash does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum BackslashEnter {
    /// The backslash becomes a line break.
    BreaksLine,
    /// It submits, backslash and all.
    Submits,
    /// One of the two.
    Unknown,
}

impl EditDialect {
    /// The text as the agent stores it: some cut the white space at its ends. `None` where that is not known.
    pub(super) fn stored(self, text: &str) -> Option<&str> {
        match self {
            Self::Claude => Some(text.trim_end()),
            Self::Codex | Self::Gemini => Some(text.trim()),
            Self::OpenCode => Some(text),
            Self::Unknown => (text == text.trim()).then_some(text),
        }
    }

    pub(super) fn backslash_enter(self) -> BackslashEnter {
        match self {
            Self::Claude | Self::Gemini => BackslashEnter::BreaksLine,
            Self::Codex | Self::OpenCode => BackslashEnter::Submits,
            Self::Unknown => BackslashEnter::Unknown,
        }
    }

    /// Whether Home and End move in the line; OpenCode scrolls the conversation with them.
    pub(super) fn has_home_and_end(self) -> bool {
        matches!(self, Self::Claude | Self::Codex | Self::Gemini)
    }

    /// Whether Ctrl+B and Ctrl+F move like the arrows; Gemini has other uses for them.
    pub(super) fn has_control_arrows(self) -> bool {
        matches!(self, Self::Claude | Self::Codex | Self::OpenCode)
    }

    /// Whether Ctrl+H is Backspace; OpenCode does nothing.
    pub(super) fn has_control_h(self) -> bool {
        matches!(self, Self::Claude | Self::Codex | Self::Gemini)
    }

    /// Whether one key press takes a whole grapheme, of however many characters. Gemini takes one character of them,
    /// OpenCode leaves an accent behind.
    pub(super) fn graphemes(self) -> Agreement {
        Agreement::of(matches!(self, Self::Claude | Self::Codex))
    }

    /// Whether the paste may be stored as something else.
    pub(super) fn changes_paste(self, text: &str) -> bool {
        match self {
            Self::OpenCode => text.contains('\n') || text.len() > OPENCODE_PASTE_BYTES,
            Self::Unknown | Self::Claude | Self::Codex | Self::Gemini => false,
        }
    }

    /// Whether an `@` within a word (a mail address) is just a character. In OpenCode the Enter after it was lost.
    pub(super) fn takes_at_sign_in_word(self) -> bool {
        matches!(self, Self::Claude | Self::Codex | Self::Gemini)
    }

    /// Whether what is typed at a machine's pace counts as a paste, and the Enter after it as a line break. Codex does
    /// that; Claude Code and Gemini CLI mix up keys that come while they still draw the ones before.
    pub(super) fn joins_bursts(self) -> bool {
        matches!(self, Self::Claude | Self::Codex | Self::Gemini)
    }

    /// Whether Enter soon after a paste may be lost.
    pub(super) fn is_slow_to_paste(self) -> bool {
        matches!(self, Self::Gemini)
    }

    /// Whether keys soon after a submit may be lost.
    pub(super) fn loses_keys_after_submit(self) -> bool {
        matches!(self, Self::OpenCode)
    }

    /// Whether killing a word takes the blanks after it too; OpenCode kills just the blanks.
    pub(super) fn kills_word_with_blanks(self) -> bool {
        matches!(self, Self::Claude | Self::Codex | Self::Gemini)
    }

    /// Whether Ctrl+C surely leaves an empty draft. Claude Code keeps what was typed shortly before.
    pub(super) fn clears_by_control_c(self) -> bool {
        matches!(self, Self::Codex)
    }

    /// Whether a single Esc leaves the draft alone.
    pub(super) fn keeps_draft_on_escape(self) -> bool {
        match self {
            Self::Claude | Self::Codex | Self::OpenCode | Self::Gemini => true,
            Self::Unknown => false,
        }
    }
}
