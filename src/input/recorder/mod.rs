//! The input recorder: from the keys and pastes on their way to an agent, what the user submitted.
//!
//! It edits a draft as agents' prompts do. Where agents differ, or where the text comes from somewhere else (history,
//! completion, an editor), it goes on as well as it can and marks the submit as inexact: an inexact text is no evidence.
//! What it holds is the user's own words: never log it. Pure.

mod dialect;
mod draft;
mod pace;

use super::event::{KeyCode, KeyEvent, Modifiers, MouseEvent, MouseKind};
use super::keypress::KeyPress;
use crate::time::Instant;
pub use dialect::EditDialect;

use dialect::BackslashEnter;
use draft::{Agreement, Draft, Word};
use pace::Pace;

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
    /// The text as the agent stores it, with `\n` between lines; never blank. At most `MAX_DRAFT_BYTES`.
    pub text: String,
    /// Whether this is certainly what the agent got. An inexact text must not be taken as evidence.
    pub exact: bool,
}

/// What an agent's prompt holds that was not submitted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Held {
    /// Nothing.
    Nothing,
    /// A draft.
    Draft,
    /// Perhaps a draft: something may have been recalled or picked into it.
    Perhaps,
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
    dialect: EditDialect,
    draft: Draft,
    exact: bool,
    /// What is left of earlier doubts.
    aftermath: Aftermath,
    /// Whether the cursor is surely where the agent's is; if not, the next edit makes the text inexact.
    is_cursor_sure: bool,
    /// Whether the agent may show a part of the draft as a placeholder.
    has_placeholder: bool,
    /// Whether the prompt may hold more than the draft: what a key recalled, completed or picked.
    may_hold_more: bool,
    /// Whether a list or a menu of the agent's may be open, in which Enter picks: after a command, a key that opens one, or at
    /// the start.
    may_show_list: bool,
    /// Whether the last key was Esc: a second one opens agents' histories.
    after_escape: bool,
    pace: Pace,
}

/// What a doubtful submit leaves behind.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Aftermath {
    /// Nothing: the agent's draft is as empty as ours.
    None,
    /// The Enter may have picked from a list, or have been refused: the agent's draft may go on.
    Draft,
    /// The prompt may be a shell's now, and stays one over many submits.
    Mode,
}

impl Recorder {
    /// A recorder with an empty draft, for the prompt of such an agent.
    pub fn of(dialect: EditDialect) -> Self {
        Self {
            dialect,
            draft: Draft::default(),
            exact: true,
            aftermath: Aftermath::None,
            is_cursor_sure: true,
            has_placeholder: false,
            may_hold_more: false,
            may_show_list: true,
            after_escape: false,
            pace: Pace::default(),
        }
    }

    /// Takes a key that goes to the agent at such a time; tells what was submitted, where the key submitted something.
    /// Blank submits are none, and so are texts that were only recalled: nothing is known of them.
    pub fn key(&mut self, event: &KeyEvent, at: Instant) -> Option<Submit> {
        if !event.is_down() || is_silent(event.code) {
            return None;
        }
        let press = KeyPress::from_event(event);
        let was_after_escape = std::mem::take(&mut self.after_escape);
        if let Some(text) = event.typed() {
            self.exact &= !(self.dialect.loses_keys_after_submit() && self.pace.is_just_submitted(at));
            self.pace.typed(at);
            self.type_text(&text);
            return None;
        }
        let (code, modifiers) = (press.code(), press.modifiers());
        self.may_show_list |= !matches!(code, KeyCode::Enter | KeyCode::Backspace);
        match (code, modifiers) {
            (KeyCode::Enter, Modifiers::NONE) | (KeyCode::Char('m'), Modifiers::CTRL) => {
                self.exact &= !(self.dialect.joins_bursts() && self.pace.is_burst(at));
                self.exact &= !(self.dialect.is_slow_to_paste() && self.pace.is_just_pasted(at));
                let submit = self.enter();
                self.may_show_list |= submit.is_some();
                self.pace.submitted_at = submit.as_ref().map(|_| at);
                return submit;
            }
            (KeyCode::Enter, _) | (KeyCode::Char('j'), Modifiers::CTRL) => {
                self.insert("\n");
                // Agents differ in what Enter does with Ctrl or Super.
                self.exact &= modifiers.without(Modifiers::SHIFT | Modifiers::ALT).is_empty() || code != KeyCode::Enter;
            }
            (KeyCode::Escape, _) => self.escape(was_after_escape),
            (KeyCode::Char('c'), Modifiers::CTRL) => self.control_c(),
            _ if self.delete(code, modifiers) || self.move_cursor(code, modifiers) => {}
            _ if is_harmless(code, modifiers) => {}
            _ => self.recall(),
        }
        None
    }

    /// Takes a paste that goes to the agent. The recorder takes it for a bracketed one: agents ask for those.
    pub fn paste(&mut self, bytes: &[u8], at: Instant) {
        self.pace.pasted_at = Some(at);
        self.after_escape = false;
        // Twice, as line ends of two bytes become one; what follows would not fit.
        let kept = bytes.get(..2 * MAX_DRAFT_BYTES).unwrap_or(bytes);
        self.exact &= kept.len() == bytes.len();
        let text = String::from_utf8_lossy(kept).replace("\r\n", "\n").replace('\r', "\n");
        let clean: String = text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
        if clean.is_empty() {
            // A paste of nothing makes agents look for an image in the clipboard.
            return self.recall();
        }
        // Some agents turn tabs into blanks; bytes that are no text are anybody's guess.
        if is_image(&clean) || clean.contains(['\t', char::REPLACEMENT_CHARACTER]) {
            self.exact = false;
        }
        self.insert(&clean);
        let is_long = clean.len() > PLACEHOLDER_BYTES || clean.matches('\n').count() > PLACEHOLDER_LINE_BREAKS;
        self.has_placeholder |= is_long;
        self.exact &= !self.dialect.changes_paste(&clean);
    }

    /// Takes a mouse event that goes to the agent: a click may move its cursor or pick from a list.
    pub fn mouse(&mut self, event: &MouseEvent) {
        if let MouseKind::Press(_) = event.kind {
            self.may_show_list = true;
            self.doubt();
        }
    }

    /// Says that the agent's draft may be anything now: keys went into a dialog of the agent's, or arrived as other keys.
    pub fn doubt(&mut self) {
        self.exact = false;
        self.is_cursor_sure = false;
    }

    /// What the prompt holds.
    pub fn held(&self) -> Held {
        match (self.draft.is_empty(), self.may_hold_more) {
            (false, _) => Held::Draft,
            (true, true) => Held::Perhaps,
            (true, false) => Held::Nothing,
        }
    }

    /// Whether an Enter now does nothing: since a turn began nothing was typed that still stands, and no key was pressed that
    /// could have opened a list.
    pub fn is_enter_blank(&self) -> bool {
        self.draft.is_empty() && !self.may_hold_more && !self.may_show_list
    }

    /// The agent begins a turn: it has taken what its prompt held. What was typed since is a draft all the same.
    pub fn turn_began(&mut self) {
        self.may_hold_more = false;
        self.may_show_list = false;
    }

    /// The agent may put a text into its prompt.
    fn recall(&mut self) {
        self.doubt();
        self.may_hold_more = true;
        self.may_show_list = true;
    }

    /// Forgets the draft: for a new process in the pane.
    pub fn clear(&mut self) {
        *self = Self::of(self.dialect);
    }

    /// An empty draft, after the agent took the last one or threw it away.
    fn begin(&mut self) {
        let (aftermath, pace, may_show_list) = (self.aftermath, self.pace, self.may_show_list);
        *self = Self { aftermath, pace, may_show_list, ..Self::of(self.dialect) };
    }

    fn enter(&mut self) -> Option<Submit> {
        if self.draft.before().ends_with('\\') {
            match self.dialect.backslash_enter() {
                BackslashEnter::Submits => {}
                doubtful_or_not @ (BackslashEnter::BreaksLine | BackslashEnter::Unknown) => {
                    self.draft.delete_left();
                    self.insert("\n");
                    self.exact &= doubtful_or_not == BackslashEnter::BreaksLine;
                    return None;
                }
            }
        }
        let typed = self.draft.take();
        let is_blank = typed.trim().is_empty();
        let stored = self.dialect.stored(&typed);
        // White space at the end of a placeholder's text is not cut everywhere.
        let is_cut_sure = stored.is_some_and(|stored| stored.len() == typed.len() || !self.has_placeholder);
        // Enter picked something, or was refused: then the prompt goes on.
        let goes_on = !self.exact && !is_blank;
        let exact = self.exact && self.aftermath == Aftermath::None && is_cut_sure;
        let text = stored.unwrap_or(&typed).to_owned();
        // A blank Enter in a sure draft does nothing, so what was doubtful before it still is.
        if !self.exact || !is_blank {
            self.aftermath = match self.aftermath {
                Aftermath::Mode => Aftermath::Mode,
                _ if typed.starts_with('!') => Aftermath::Mode,
                Aftermath::None | Aftermath::Draft if !self.exact => Aftermath::Draft,
                Aftermath::None | Aftermath::Draft => Aftermath::None,
            };
        }
        self.begin();
        self.may_hold_more = goes_on;
        (!is_blank).then_some(Submit { text, exact })
    }

    fn control_c(&mut self) {
        self.begin();
        self.exact = self.dialect.clears_by_control_c();
        self.may_hold_more = !self.exact;
    }

    fn escape(&mut self, was_after_escape: bool) {
        if !self.draft.is_empty() {
            // Some agents clear the draft, some close a list or ask for a second Esc.
            if was_after_escape || !self.dialect.keeps_draft_on_escape() {
                self.begin();
                self.may_hold_more = true;
            }
            self.exact = false;
        } else if was_after_escape {
            // Agents offer to go back to an earlier message and put that into the prompt.
            self.recall();
        }
        self.after_escape = true;
    }

    fn type_text(&mut self, text: &str) {
        let is_start = self.draft.is_empty();
        let is_word_start = self.draft.before().chars().next_back().is_none_or(char::is_whitespace);
        self.insert(text);
        // Lists of files and commands, shell mode and help open: what then happens to the text is the agent's business.
        self.exact &= match text {
            "@" => !is_word_start && self.dialect.takes_at_sign_in_word(),
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
        let dialect = self.dialect;
        let draft = &mut self.draft;
        let before = draft.text().len();
        let is_in_blanks = draft.before().ends_with(char::is_whitespace);
        let kills_blanks = Agreement::of(!is_in_blanks || dialect.kills_word_with_blanks());
        let agreement = match (code, modifiers) {
            (KeyCode::Backspace, M::NONE | M::SHIFT) => draft.delete_left().or(dialect.graphemes()),
            (KeyCode::Char('h'), M::CTRL) => {
                draft.delete_left().or(dialect.graphemes()).and(Agreement::of(dialect.has_control_h()))
            }
            (KeyCode::Delete, M::NONE) | (KeyCode::Char('d'), M::CTRL) => draft.delete_right().or(dialect.graphemes()),
            (KeyCode::Char('u'), M::CTRL) => draft.kill_to_line_start(),
            (KeyCode::Char('k'), M::CTRL) => draft.kill_to_line_end(),
            (KeyCode::Char('w'), M::CTRL) => draft.kill_word_left(Word::Blank).and(kills_blanks),
            (KeyCode::Backspace, M::ALT) => draft.kill_word_left(Word::Alphanumeric).and(kills_blanks),
            (KeyCode::Backspace, M::CTRL) => {
                // Where the pane's protocol cannot say Ctrl, it is one character.
                draft.kill_word_left(Word::Alphanumeric).and(Agreement::Doubtful)
            }
            (KeyCode::Char('d'), M::ALT) => draft.kill_word_right(Word::Alphanumeric),
            (KeyCode::Delete, M::ALT | M::CTRL) => {
                // Claude Code deletes one character.
                draft.kill_word_right(Word::Alphanumeric).and(Agreement::Doubtful)
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
            self.recall();
            return true;
        }
        let is_one_line = !self.draft.is_multi_line();
        let has_key = match (code, modifiers) {
            (KeyCode::Home | KeyCode::End, _) => self.dialect.has_home_and_end(),
            (KeyCode::Char('b' | 'f'), M::CTRL) => self.dialect.has_control_arrows(),
            _ => true,
        };
        if !has_key {
            self.is_cursor_sure = false;
            return true;
        }
        let graphemes = self.dialect.graphemes();
        let draft = &mut self.draft;
        let agreement = match (code, modifiers) {
            (KeyCode::Left, M::NONE) | (KeyCode::Char('b'), M::CTRL) => draft.left().or(graphemes),
            (KeyCode::Right, M::NONE) | (KeyCode::Char('f'), M::CTRL) => draft.right().or(graphemes),
            (KeyCode::Home, M::CTRL) => {
                // Claude Code stays where it is, with Ctrl+End too.
                draft.text_start();
                Agreement::Doubtful
            }
            (KeyCode::End, M::CTRL) => {
                draft.text_end();
                Agreement::Doubtful
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

#[cfg(test)]
#[path = "typing_tests.rs"]
mod typing_tests;

#[cfg(test)]
#[path = "editor_tests.rs"]
mod editor_tests;
