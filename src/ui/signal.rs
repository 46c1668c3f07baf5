//! What a session's state means for the user: its sign, whether it would come back, how old its last change is.

use crate::core::pane::Phase;
use crate::core::session::{Session, Status, Witness};
use crate::core::state::State;
use crate::time::short_age;
use crate::ui::theme::Signal;

/// The sign of a session; a pane whose process does not run says more than the session's status.
pub fn signal_of(state: &State, session: &Session) -> Signal {
    match state.pane_of(session.id).map(|pane| &pane.phase) {
        Some(Phase::Failed { .. }) => return Signal::Failed,
        Some(Phase::Ended(_)) => return Signal::Ended,
        Some(Phase::Waiting { .. } | Phase::Held { .. } | Phase::Starting { .. }) => return Signal::Starting,
        Some(Phase::Live) | None => {}
    }
    match session.status {
        Status::Blocked => Signal::NeedsYou,
        Status::Busy => Signal::Busy,
        Status::Error => Signal::Failed,
        Status::Ready if session.unseen => Signal::Done,
        Status::Ready => Signal::Rest,
        Status::Starting => Signal::Starting,
        Status::Terminated => Signal::Ended,
    }
}

/// Whether the session has a conversation of its own to come back to: shells and demo agents have none.
pub fn has_conversations(session: &Session) -> bool {
    !matches!(session.provider.as_str(), "shell" | "demo")
}

/// Whether something was said and no exact claim says where it went: the `?` on the pane's border.
pub fn is_inexact(session: &Session) -> bool {
    let was_spoken_to = session.first_message.is_some() || session.claim.as_ref().is_some_and(|claim| claim.spoken);
    let is_exact = session.claim.as_ref().is_some_and(|claim| claim.witness >= Witness::Process);
    has_conversations(session) && was_spoken_to && !is_exact
}

/// Of how many agents a relaunch would lose nothing, and of how many in all.
pub fn resume_health(state: &State) -> (usize, usize) {
    let agents = || state.sessions.values().filter(|session| has_conversations(session));
    (agents().filter(|session| !is_inexact(session)).count(), agents().count())
}

/// The age of the session's last change; less than a minute is `now`, because the screen is not redrawn to count seconds.
pub fn age_of(state: &State, session: &Session) -> String {
    let age = state.now.wall.since(session.last_activity_at);
    if age.as_secs() < 60 { "now".to_owned() } else { short_age(age) }
}
