//! A question before something ends.

use crate::core::dialog::{Action, DialogKey, Outcome};
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
}

impl Confirm {
    /// Asks before a pane is closed whose agent is at work; `label` is what the session is called.
    pub fn close(pane: PaneId, label: &str) -> Self {
        Self {
            question: format!("close {label}?"),
            detail: "it is at work; closing ends it, its conversation stays".to_owned(),
            action: Action::Close(pane),
        }
    }

    /// Asks before all agents and the server end; `n_busy` of them are at work.
    pub fn stop(n_busy: usize) -> Self {
        let detail = match n_busy {
            0 => "all sessions are stored and come back".to_owned(),
            1 => "1 agent is at work; all sessions are stored and come back".to_owned(),
            n => format!("{n} agents are at work; all sessions are stored and come back"),
        };
        Self { question: "end all agents and stop?".to_owned(), detail, action: Action::Stop }
    }

    /// Asks before an agent that runs is ended to put its session, which is called `label`, on another conversation.
    pub fn put_on(label: &str, action: Action) -> Self {
        Self {
            question: format!("end the agent of {label}?"),
            detail: "it is started again on the conversation you picked".to_owned(),
            action,
        }
    }

    /// `y` or Enter does it, `n` leaves; everything else is no answer.
    pub fn key(&mut self, key: DialogKey) -> Outcome {
        match key {
            DialogKey::Enter | DialogKey::Char('y' | 'Y') => Outcome::Done(self.action.clone()),
            DialogKey::Char('n' | 'N' | 'q') => Outcome::Cancel,
            _ => Outcome::Stay,
        }
    }

    /// Clicks an answer: 0 is yes, 1 is no.
    pub(super) fn answer(&self, row: usize) -> Outcome {
        match row {
            0 => Outcome::Done(self.action.clone()),
            1 => Outcome::Cancel,
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
    fn a_paste_answers_no_question() {
        let mut dialog = Dialog::Confirm(Confirm::stop(2));
        let before = dialog.clone();
        dialog.paste("y\n");
        assert_eq!(dialog, before);
    }
}
