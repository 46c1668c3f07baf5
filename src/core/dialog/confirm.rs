//! A question before something ends.

use crate::core::dialog::{Action, DialogKey, Outcome};
use crate::core::worktrees::Discard;
use crate::id::PaneId;

/// A question with yes and no.
#[derive(Clone, PartialEq, Debug)]
pub struct Confirm {
    /// The question, one line.
    pub question: String,
    /// What yes means, one line.
    pub detail: String,
    /// What yes does.
    pub action: Action,
    /// A third answer: its key, its words, and what it does.
    pub other: Option<(char, &'static str, Action)>,
}

impl Confirm {
    /// Asks before a pane is closed whose agent is at work; `label` is what the session is called.
    pub fn close(pane: PaneId, label: &str) -> Self {
        Self {
            question: format!("close {label}?"),
            detail: "it is at work; closing ends it, its conversation stays".to_owned(),
            action: Action::Close(pane),
            other: None,
        }
    }

    /// Asks what becomes of the worktree of a session that is closed.
    pub fn close_worktree(pane: PaneId, label: &str, branch: &str) -> Self {
        let remove = Action::CloseWithWorktree(pane, Discard::Nothing);
        Self {
            question: format!("close {label}?"),
            detail: format!("its worktree of {branch} stays, unless you remove it too; the branch stays"),
            action: Action::Close(pane),
            other: Some(('r', "close and remove the worktree", remove)),
        }
    }

    /// Asks before changes in so many files of a worktree are lost.
    pub fn lose_changes(pane: PaneId, label: &str, n_files: usize) -> Self {
        let files = if n_files == 1 { "1 file has".to_owned() } else { format!("{n_files} files have") };
        Self {
            question: format!("lose what is not committed in {label}?"),
            detail: format!("{files} changes that are in no commit; yes deletes them with the worktree"),
            action: Action::CloseWithWorktree(pane, Discard::Changes),
            other: None,
        }
    }

    /// Asks before all agents and the server end; `n_busy` of them are at work.
    pub fn stop(n_busy: usize) -> Self {
        let detail = match n_busy {
            0 => "all sessions are stored and come back".to_owned(),
            1 => "1 agent is at work; all sessions are stored and come back".to_owned(),
            n => format!("{n} agents are at work; all sessions are stored and come back"),
        };
        Self { question: "end all agents and stop?".to_owned(), detail, action: Action::Stop, other: None }
    }

    /// Asks before an agent that runs is ended to put its session, which is called `label`, on another conversation.
    pub fn put_on(label: &str, action: Action) -> Self {
        Self {
            question: format!("end the agent of {label}?"),
            detail: "it is started again on the conversation you picked".to_owned(),
            action,
            other: None,
        }
    }

    /// `y` or Enter does it, `n` leaves, the third answer has a key of its own; everything else is no answer.
    pub fn key(&mut self, key: DialogKey) -> Outcome {
        match (key, &self.other) {
            (DialogKey::Char(typed), Some((other, _, action))) if typed == *other => Outcome::Done(action.clone()),
            (key, _) => self.plain_key(key),
        }
    }

    fn plain_key(&self, key: DialogKey) -> Outcome {
        match key {
            DialogKey::Enter | DialogKey::Char('y' | 'Y') => Outcome::Done(self.action.clone()),
            DialogKey::Char('n' | 'N' | 'q') => Outcome::Cancel,
            _ => Outcome::Stay,
        }
    }

    /// Clicks an answer: 0 is yes, 1 is no, 2 the third one.
    pub(super) fn answer(&self, row: usize) -> Outcome {
        match row {
            0 => Outcome::Done(self.action.clone()),
            1 => Outcome::Cancel,
            2 => self.other.as_ref().map_or(Outcome::Stay, |(_, _, action)| Outcome::Done(action.clone())),
            _ => Outcome::Stay,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::dialog::Dialog;

    #[test]
    fn only_a_clear_answer_counts() {
        let pane = PaneId::new(1).expect("not zero");
        let cases = [
            (DialogKey::Char('y'), Outcome::Done(Action::Close(pane))),
            (DialogKey::Enter, Outcome::Done(Action::Close(pane))),
            (DialogKey::Char('n'), Outcome::Cancel),
            (DialogKey::Escape, Outcome::Cancel),
            (DialogKey::Char('x'), Outcome::Stay),
            (DialogKey::Tab, Outcome::Stay),
        ];
        for (key, outcome) in cases {
            assert_eq!(Dialog::Confirm(Confirm::close(pane, "auth")).key(key), outcome, "{key:?}");
        }
    }

    #[test]
    fn a_third_answer_has_its_own_key_and_losing_changes_has_none() {
        let pane = PaneId::new(1).expect("not zero");
        let mut ask = Dialog::Confirm(Confirm::close_worktree(pane, "cart", "fix/cart"));
        let removed = Outcome::Done(Action::CloseWithWorktree(pane, Discard::Nothing));
        assert_eq!(ask.key(DialogKey::Char('r')), removed);
        assert_eq!(ask.click_row(2), removed);
        assert_eq!(ask.key(DialogKey::Enter), Outcome::Done(Action::Close(pane)), "Enter keeps the worktree");
        let mut lose = Dialog::Confirm(Confirm::lose_changes(pane, "cart", 3));
        assert_eq!(lose.key(DialogKey::Char('r')), Outcome::Stay);
    }

    #[test]
    fn a_paste_answers_no_question() {
        let mut dialog = Dialog::Confirm(Confirm::stop(2));
        let before = dialog.clone();
        dialog.paste("y\n");
        assert_eq!(dialog, before);
    }
}
