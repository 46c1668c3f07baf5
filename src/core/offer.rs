//! What a pane without a process offers, by a key or a click.

use crate::core::Core;
use crate::core::effect::Effects;
use crate::core::pane::Phase;
use crate::core::resume::Cause;
use crate::id::{ClientId, PaneId};
use crate::input::event::KeyCode;

/// What can be done with a pane whose process does not run.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Offer {
    /// Start it again, on its conversation.
    Reopen,
    /// Start it without one.
    Fresh,
    /// Start it on a conversation to be picked.
    Pick,
    /// A shell in its directory.
    Shell,
    /// Close it.
    Close,
}

impl Offer {
    /// What the key asks for.
    pub fn of_key(key: KeyCode) -> Option<Self> {
        Some(match key {
            KeyCode::Enter | KeyCode::Char('r') => Self::Reopen,
            KeyCode::Char('f') => Self::Fresh,
            KeyCode::Char('p') => Self::Pick,
            KeyCode::Char('s') => Self::Shell,
            KeyCode::Char('x') => Self::Close,
            _ => return None,
        })
    }
}

impl Core {
    /// Does what was asked for, where the pane offers it: a click may come when its process runs again.
    pub(super) fn take_offer(&mut self, client: ClientId, pane: PaneId, offer: Offer, fx: &mut Effects) {
        let phase = self.state.panes.get(&pane).map(|pane| &pane.phase);
        if !matches!(phase, Some(Phase::Held { .. } | Phase::Ended(_) | Phase::Failed { .. })) {
            return;
        }
        match offer {
            Offer::Reopen => self.relaunch(pane, Cause::Reopen, fx),
            Offer::Fresh => self.relaunch(pane, Cause::Fresh, fx),
            Offer::Pick => {
                let doubt = self.state.session_of(pane).and_then(|session| session.doubt.as_ref());
                let candidates = doubt.map(|doubt| doubt.candidates.clone()).unwrap_or_default();
                self.pick_conversation(client, pane, candidates, fx);
            }
            Offer::Shell => self.shell_instead(pane, fx),
            Offer::Close => self.close_pane(pane, fx),
        }
    }
}
