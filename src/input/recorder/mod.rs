//! The input recorder: from the keys and pastes on their way to an agent, what the user submitted.
//!
//! It edits a draft as agents' prompts do. Where agents differ, or where the text comes from somewhere else (history,
//! completion, an editor), it goes on as well as it can and marks the submit as inexact: an inexact text is no evidence.
//! What it holds is the user's own words: never log it. Pure.

mod draft;

use super::event::{KeyCode, KeyEvent, Modifiers, MouseEvent, MouseKind};
use super::keypress::KeyPress;
use draft::{Agreement, Draft, Word};

/// Most bytes of a draft. Chosen: more than people write; what is longer is cut and inexact.
pub const MAX_DRAFT_BYTES: usize = 64 << 10;

/// Bytes from which agents show a paste as a placeholder, which their editing keys treat as one character
/// (Claude Code: over 800 characters or over 2 line breaks; Codex: over 1000 characters).
const PLACEHOLDER_BYTES: usize = 800;
const PLACEHOLDER_LINE_BREAKS: usize = 2;

/// Files that agents attach as images when their paths are pasted (which is what terminals do with a dropped file).
const IMAGE_SUFFIXES: &[&str] = &[".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".svg", ".tif", ".tiff", ".heic"];

/// What the user submitted with Enter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Submit {
    /// The text, with `\n` between lines; never blank. At most `MAX_DRAFT_BYTES`.
    pub text: String,
    /// Whether this is certainly what the agent got. An inexact text must not be taken as evidence.
    pub exact: bool,
}

/// Whether the key is the Enter that submits, runs or picks (and not one that makes a new line).
pub fn is_enter(event: &KeyEvent) -> bool {
    let press = KeyPress::from_event(event);
    let key = (press.code(), press.modifiers());
    event.is_down() && matches!(key, (KeyCode::Enter, Modifiers::NONE) | (KeyCode::Char('m'), Modifiers::CTRL))
}

/// Rebuilds what the user submits in an agent's prompt.
#[derive(Clone, Debug)]
pub struct Recorder {
    draft: Draft,
    exact: bool,
    /// Whether the cursor is surely where the agent's is; if not, the next edit makes the text inexact.
    is_cursor_sure: bool,
    /// Whether the agent may show a part of the draft as a placeholder.
    has_placeholder: bool,
    /// Whether the last key was Esc: a second one opens agents' histories.
    after_escape: bool,
}

impl Default for Recorder {
    fn default() -> Self {
        Self::new()
    }
}

impl Recorder {
    /// A recorder with an empty draft.
    pub fn new() -> Self {
        let draft = Draft::default();
        Self { draft, exact: true, is_cursor_sure: true, has_placeholder: false, after_escape: false }
    }

    /// Takes a key that goes to the agent; tells what was submitted, where the key submitted something. Blank submits
    /// are none, and so are texts that were only recalled: nothing is known of them.
    pub fn key(&mut self, event: &KeyEvent) -> Option<Submit> {
        if !event.is_down() || is_silent(event.code) {
            return None;
        }
        let press = KeyPress::from_event(event);
        let was_after_escape = std::mem::take(&mut self.after_escape);
        if let Some(text) = event.typed() {
            self.type_text(&text);
            return None;
        }
        let (code, modifiers) = (press.code(), press.modifiers());
        match (code, modifiers) {
            (KeyCode::Enter, Modifiers::NONE) | (KeyCode::Char('m'), Modifiers::CTRL) => return self.enter(),
            (KeyCode::Enter, _) | (KeyCode::Char('j'), Modifiers::CTRL) => {
                self.insert("\n");
                // Agents differ in what Enter does with Ctrl or Super.
                self.exact &= modifiers.without(Modifiers::SHIFT | Modifiers::ALT).is_empty() || code != KeyCode::Enter;
            }
            (KeyCode::Escape, _) => self.escape(was_after_escape),
            (KeyCode::Char('c'), Modifiers::CTRL) => self.clear(),
            _ if self.delete(code, modifiers) || self.move_cursor(code, modifiers) => {}
            _ if is_harmless(code, modifiers) => {}
            _ => self.lose_track(),
        }
        None
    }

    /// Takes a paste that goes to the agent. The recorder takes it for a bracketed one: agents ask for those.
    pub fn paste(&mut self, bytes: &[u8]) {
        self.after_escape = false;
        // Twice, as line ends of two bytes become one; what follows would not fit.
        let kept = bytes.get(..2 * MAX_DRAFT_BYTES).unwrap_or(bytes);
        self.exact &= kept.len() == bytes.len();
        let text = String::from_utf8_lossy(kept).replace("\r\n", "\n").replace('\r', "\n");
        let clean: String = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
        if clean.is_empty() {
            // A paste of nothing makes agents look for an image in the clipboard.
            return self.lose_track();
        }
        // Some agents turn tabs into blanks; bytes that are no text are anybody's guess.
        if is_image(&clean) || clean.contains(['\t', char::REPLACEMENT_CHARACTER]) {
            self.exact = false;
        }
        self.insert(&clean);
        self.has_placeholder |=
            clean.len() > PLACEHOLDER_BYTES || clean.matches('\n').count() > PLACEHOLDER_LINE_BREAKS;
    }

    /// Takes a mouse event that goes to the agent: a click may move its cursor or pick from a list.
    pub fn mouse(&mut self, event: &MouseEvent) {
        if let MouseKind::Press(_) = event.kind {
            self.lose_track();
        }
    }

    /// Forgets the draft: for a new process in the pane, or when keys went into a dialog of the agent's.
    pub fn clear(&mut self) {
        *self = Self::new();
    }

    fn enter(&mut self) -> Option<Submit> {
        if self.draft.before().ends_with('\\') {
            // Claude Code and others take a backslash before Enter for a line break, Codex submits.
            self.draft.delete_left();
            self.insert("\n");
            self.exact = false;
            return None;
        }
        // Enter may have picked a file instead, and then the agent's draft goes on.
        let may_go_on = self.draft.before().split_whitespace().next_back().is_some_and(|word| word.starts_with('@'))
            && !self.draft.before().ends_with(char::is_whitespace);
        let submit = Submit { text: self.draft.take(), exact: self.exact };
        self.clear();
        self.exact = !may_go_on;
        (!submit.text.trim().is_empty()).then_some(submit)
    }

    fn escape(&mut self, was_after_escape: bool) {
        self.after_escape = true;
        if !self.draft.is_empty() {
            // Some agents clear the draft, some close a list or ask for a second Esc.
            self.clear();
            self.after_escape = true;
            self.exact = false;
        } else if was_after_escape {
            // Agents offer to go back to an earlier message and put that into the prompt.
            self.lose_track();
        }
    }

    fn type_text(&mut self, text: &str) {
        let is_start = self.draft.is_empty();
        let is_word_start = self.draft.before().chars().next_back().is_none_or(char::is_whitespace);
        self.insert(text);
        // Lists of files and commands, shell mode and help open: what then happens to the text is the agent's business.
        self.exact &= match text {
            "@" => !is_word_start,
            "/" | "!" | "?" => !is_start,
            _ => true,
        };
    }

    fn insert(&mut self, text: &str) {
        self.exact &= self.is_cursor_sure;
        self.exact &= self.draft.insert(text, MAX_DRAFT_BYTES);
    }

    /// The keys that delete; tells whether it was one.
    fn delete(&mut self, code: KeyCode, modifiers: Modifiers) -> bool {
        use Modifiers as M;
        let draft = &mut self.draft;
        let before = draft.text().len();
        let agreement = match (code, modifiers) {
            (KeyCode::Backspace, M::NONE | M::SHIFT) | (KeyCode::Char('h'), M::CTRL) => {
                draft.delete_left();
                Agreement::Full
            }
            (KeyCode::Delete, M::NONE) | (KeyCode::Char('d'), M::CTRL) => {
                draft.delete_right();
                Agreement::Full
            }
            (KeyCode::Char('u'), M::CTRL) => draft.kill_to_line_start(),
            (KeyCode::Char('k'), M::CTRL) => draft.kill_to_line_end(),
            (KeyCode::Char('w'), M::CTRL) => draft.kill_word_left(Word::Blank),
            (KeyCode::Backspace, M::ALT | M::CTRL) => draft.kill_word_left(Word::Alphanumeric),
            (KeyCode::Delete, M::ALT | M::CTRL) | (KeyCode::Char('d'), M::ALT) => {
                draft.kill_word_right(Word::Alphanumeric)
            }
            _ => return false,
        };
        let is_sure = agreement == Agreement::Full && self.is_cursor_sure && !self.has_placeholder;
        let did_nothing = before == self.draft.text().len() && self.is_cursor_sure;
        self.exact &= is_sure || did_nothing && agreement == Agreement::Full;
        true
    }

    /// The keys that move the cursor; tells whether it was one.
    fn move_cursor(&mut self, code: KeyCode, modifiers: Modifiers) -> bool {
        use Modifiers as M;
        if !is_motion(code, modifiers) {
            return false;
        }
        let goes_right = matches!(code, KeyCode::Right | KeyCode::End | KeyCode::Char('f' | 'e'));
        if self.draft.is_empty() && goes_right {
            // Some agents show a suggestion in an empty prompt, which these keys accept.
            self.lose_track();
            return true;
        }
        let is_one_line = !self.draft.is_multi_line();
        let draft = &mut self.draft;
        let agreement = match (code, modifiers) {
            (KeyCode::Left, M::NONE) | (KeyCode::Char('b'), M::CTRL) => {
                draft.left();
                Agreement::Full
            }
            (KeyCode::Right, M::NONE) | (KeyCode::Char('f'), M::CTRL) => {
                draft.right();
                Agreement::Full
            }
            (KeyCode::Home, M::CTRL) => {
                draft.text_start();
                self.is_cursor_sure |= is_one_line;
                if is_one_line { Agreement::Full } else { Agreement::Doubtful }
            }
            (KeyCode::End, M::CTRL) => {
                draft.text_end();
                self.is_cursor_sure |= is_one_line;
                if is_one_line { Agreement::Full } else { Agreement::Doubtful }
            }
            (KeyCode::Home, _) | (KeyCode::Char('a'), _) => {
                // A second press goes up a line in some agents.
                let is_there = draft.before().ends_with('\n');
                draft.line_start();
                self.is_cursor_sure |= is_one_line;
                if is_there { Agreement::Doubtful } else { Agreement::Full }
            }
            (KeyCode::End, _) | (KeyCode::Char('e'), _) => {
                let is_there = draft.after().starts_with('\n');
                draft.line_end();
                self.is_cursor_sure |= is_one_line;
                if is_there { Agreement::Doubtful } else { Agreement::Full }
            }
            (KeyCode::Left, _) | (KeyCode::Char('b'), _) => draft.word_left(Word::Alphanumeric),
            _ => draft.word_right(Word::Alphanumeric),
        };
        self.is_cursor_sure &= agreement == Agreement::Full && !self.has_placeholder;
        true
    }

    /// The agent's draft may be anything now.
    fn lose_track(&mut self) {
        self.exact = false;
        self.is_cursor_sure = false;
    }
}

fn is_motion(code: KeyCode, modifiers: Modifiers) -> bool {
    use Modifiers as M;
    matches!(
        (code, modifiers),
        (KeyCode::Left | KeyCode::Right, M::NONE | M::CTRL | M::ALT)
            | (KeyCode::Home | KeyCode::End, M::NONE | M::CTRL)
            | (KeyCode::Char('a' | 'b' | 'e' | 'f'), M::CTRL)
            | (KeyCode::Char('b' | 'f'), M::ALT)
    )
}

/// Keys that never reach a prompt.
fn is_silent(code: KeyCode) -> bool {
    matches!(
        code,
        KeyCode::Modifier(_)
            | KeyCode::Media(_)
            | KeyCode::CapsLock
            | KeyCode::NumLock
            | KeyCode::ScrollLock
            | KeyCode::PrintScreen
            | KeyCode::Pause
    )
}

/// Keys with which agents scroll, switch modes or show more, and that leave the prompt as it is.
fn is_harmless(code: KeyCode, modifiers: Modifiers) -> bool {
    match code {
        KeyCode::PageUp | KeyCode::PageDown | KeyCode::F(_) | KeyCode::Insert | KeyCode::Menu => true,
        KeyCode::Tab => modifiers == Modifiers::SHIFT,
        KeyCode::Char(c) => modifiers == Modifiers::CTRL && matches!(c, 'l' | 'o'),
        _ => false,
    }
}

/// Whether the paste is the path of an image, as terminals paste a dropped file.
fn is_image(text: &str) -> bool {
    let path = text.trim().trim_matches(['\'', '"']).to_ascii_lowercase();
    !path.contains('\n') && IMAGE_SUFFIXES.iter().any(|suffix| path.ends_with(suffix))
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
