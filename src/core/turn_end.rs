//! How a turn ended, where the word that it is over does not tell: Gemini's title, and OpenCode's screen, say the same of a turn
//! that failed. What the agent wrote to disk is asked before the status changes, so that no false one is shown.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::config::FileDialect;
use crate::core::Core;
use crate::core::effect::{Effect, Effects};
use crate::core::event::Env;
use crate::core::session::Status;
use crate::core::voice::{Outcome, Voice};
use crate::id::{ConversationId, SessionId};
use crate::provider::claim::HookStanding;
use crate::provider::hook::HookKind;
use crate::time::Wall;

/// A question to the edges: how did the turn end that began with this submit? Always answered, within a moment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TurnQuestion {
    /// Which session.
    pub session: SessionId,
    /// Which launch of its pane.
    pub epoch: u32,
    /// Whose files are read.
    pub files: FileDialect,
    /// The session's directory.
    pub cwd: String,
    /// The session's environment.
    pub env: Env,
    /// The conversation that it is on.
    pub conversation: ConversationId,
    /// When the turn began.
    pub since: Wall,
}

/// How a turn ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TurnEnd {
    /// With an answer, or by the user's wish.
    Well,
    /// It failed, and what was said of it.
    Failed(String),
    /// Nothing tells.
    Unknown,
}

/// Turns whose end was asked for: whose word it was, and what it said.
#[derive(Debug, Default)]
pub struct TurnEnds {
    asked: BTreeMap<SessionId, (Voice, String)>,
}

impl TurnEnds {
    /// Something newer was heard.
    pub(super) fn forget(&mut self, session: SessionId) {
        self.asked.remove(&session);
    }
}

impl Core {
    /// A voice says that the agent is at rest: it is, once its files have told how the turn ended.
    pub(super) fn rests(&mut self, session: SessionId, voice: Voice, what: &str, fx: &mut Effects) {
        let Some(question) = self.turn_question(session) else {
            self.told(session, voice, Status::Ready, what, fx);
            return;
        };
        if let Entry::Vacant(unasked) = self.turn_ends.asked.entry(session) {
            unasked.insert((voice, what.to_owned()));
            fx.push(Effect::AskTurnEnd(Box::new(question)));
        }
    }

    /// At the end of a turn all of it is on disk, and where no hook has told nothing else tells on which conversation.
    pub(super) fn look_after_turn(&mut self, session: SessionId, fx: &mut Effects) {
        if self.captures.hooks(session) != HookStanding::Latest {
            self.arm_capture(session, fx);
        }
    }

    /// What is to be asked; `None` where no turn ends, its user has stopped it, or nothing on disk would tell.
    fn turn_question(&self, session: SessionId) -> Option<TurnQuestion> {
        let (record, pane) = (self.state.sessions.get(&session)?, self.state.pane_of(session)?);
        let files = self.provider_of(session)?.files;
        let tells = matches!(files, FileDialect::Gemini | FileDialect::OpenCode);
        let ends = matches!(record.status, Status::Busy | Status::Blocked) && !self.is_own_doing(session);
        let is_open = self.presumptions.is_open(session);
        if !tells || !ends || is_open {
            return None;
        }
        Some(TurnQuestion {
            session,
            epoch: pane.epoch,
            files,
            cwd: record.cwd.clone(),
            env: self.env_of(session),
            conversation: record.claim.as_ref()?.conversation.clone(),
            since: self.captures.touched_at(session)?,
        })
    }

    /// The edges' answer.
    pub(super) fn turn_ended(&mut self, session: SessionId, epoch: u32, end: TurnEnd, fx: &mut Effects) {
        if self.state.pane_of(session).is_none_or(|pane| pane.epoch != epoch) {
            return;
        }
        let Some((voice, what)) = self.turn_ends.asked.remove(&session) else { return };
        match end {
            TurnEnd::Well | TurnEnd::Unknown => {
                self.told(session, voice, Status::Ready, &what, fx);
            }
            TurnEnd::Failed(message) => {
                self.heard(session, voice, what, Some(Status::Ready), Outcome::Known);
                self.note_words(session, &HookKind::TurnFailed { message });
                self.told(session, Voice::Files, Status::Error, "what it wrote of the turn", fx);
            }
        }
    }
}
