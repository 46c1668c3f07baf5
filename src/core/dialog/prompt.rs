//! A one-line question: the new name of a session or a tab, or a prompt to several sessions.

use crate::core::dialog::launcher::NAME_CHARS;
use crate::core::dialog::text_field::TextField;
use crate::core::dialog::{Action, DialogKey, Outcome};
use crate::id::{SessionId, TabId};
use crate::text;

/// What gets the text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PromptTarget {
    /// A session, as its name.
    Session(SessionId),
    /// A tab, as its name.
    Tab(TabId),
    /// Sessions, as a prompt.
    Sessions(Vec<SessionId>),
    /// A new worktree, as its branch; with the kind of agent that opens in it.
    Branch(String),
}

/// A one-line question.
#[derive(Clone, PartialEq, Debug)]
pub struct Prompt {
    /// What gets the text.
    pub target: PromptTarget,
    /// The text, as far as typed.
    pub field: TextField,
}

impl Prompt {
    /// Asks for the session's name; `current` stands there already.
    pub fn rename_session(session: SessionId, current: &str) -> Self {
        Self { target: PromptTarget::Session(session), field: TextField::new(current) }
    }

    /// Asks for the tab's name; `current` stands there already.
    pub fn rename_tab(tab: TabId, current: &str) -> Self {
        Self { target: PromptTarget::Tab(tab), field: TextField::new(current) }
    }

    /// Asks for a prompt to these sessions.
    pub fn to_sessions(sessions: Vec<SessionId>) -> Self {
        Self { target: PromptTarget::Sessions(sessions), field: TextField::new("") }
    }

    /// Asks for the branch of a worktree in which an agent of this kind opens.
    pub fn branch(provider: &str) -> Self {
        Self { target: PromptTarget::Branch(provider.to_owned()), field: TextField::new("") }
    }

    /// Enter takes the text; an empty name takes the name away, an empty prompt is none.
    pub fn key(&mut self, key: DialogKey) -> Outcome {
        if key == DialogKey::Enter {
            let name =
                || self.field.value().map(|name| text::one_line(name, NAME_CHARS)).filter(|name| !name.is_empty());
            return Outcome::Done(match &self.target {
                PromptTarget::Session(session) => Action::RenameSession(*session, name()),
                PromptTarget::Tab(tab) => Action::RenameTab(*tab, name()),
                PromptTarget::Branch(provider) => {
                    // No branch has a blank in its name: what follows one is the kind of agent.
                    let mut words = self.field.text().split_whitespace();
                    let Some(branch) = words.next() else { return Outcome::Stay };
                    let provider = words.next().unwrap_or(provider).to_owned();
                    Action::Worktree { branch: branch.to_owned(), provider }
                }
                PromptTarget::Sessions(sessions) => match self.field.value() {
                    Some(prompt) => Action::Prompt(sessions.clone(), prompt.to_owned()),
                    None => return Outcome::Stay,
                },
            });
        }
        self.field.key(key);
        Outcome::Stay
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_current_name_is_edited() {
        let mut prompt = Prompt::rename_tab(TabId(3), "api");
        prompt.key(DialogKey::Char('2'));
        let renamed = Outcome::Done(Action::RenameTab(TabId(3), Some("api2".to_owned())));
        assert_eq!(prompt.key(DialogKey::Enter), renamed);
    }

    #[test]
    fn a_prompt_goes_to_all_and_an_empty_one_to_none() {
        let session = SessionId::new(1, [1; 10]);
        let mut prompt = Prompt::to_sessions(vec![session]);
        assert_eq!(prompt.key(DialogKey::Enter), Outcome::Stay);
        prompt.key(DialogKey::Char('x'));
        assert_eq!(prompt.key(DialogKey::Enter), Outcome::Done(Action::Prompt(vec![session], "x".to_owned())));
    }

    #[test]
    fn a_branch_may_be_followed_by_the_kind_of_agent() {
        for (typed, kind) in [("fix/cart", "claude"), (" fix/cart  codex ", "codex")] {
            let mut prompt = Prompt::branch("claude");
            assert_eq!(prompt.key(DialogKey::Enter), Outcome::Stay);
            prompt.field.paste(typed);
            let action = Action::Worktree { branch: "fix/cart".to_owned(), provider: kind.to_owned() };
            assert_eq!(prompt.key(DialogKey::Enter), Outcome::Done(action), "{typed}");
        }
    }

    #[test]
    fn an_empty_name_takes_the_name_away() {
        let session = SessionId::new(1, [1; 10]);
        let mut prompt = Prompt::rename_session(session, "api");
        prompt.key(DialogKey::KillLine);
        assert_eq!(prompt.key(DialogKey::Enter), Outcome::Done(Action::RenameSession(session, None)));
    }
}
