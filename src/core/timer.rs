//! What the core asks to be woken for. Plain data; `Core::timer` is the only match on it.

use crate::core::effect::RequestId;
use crate::core::several::BatchId;
use crate::id::{ClientId, PaneId, SessionId};

/// A timer of the core. Setting one that is set moves it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Timer {
    /// The which-key panel rises.
    WhichKey(ClientId),
    /// A client's toast goes.
    Toast(ClientId),
    /// What changed is written.
    Save,
    /// A capture attempt for a session is due.
    Capture(SessionId),
    /// A wait of a program gives up.
    Wait(RequestId),
    /// Agents that have not ended by now are killed.
    KillStragglers,
    /// A process whose pane was closed is killed if it has not ended by now.
    KillClosed(u32),
    /// A launch that printed nothing until now is shown as it is.
    Undim(PaneId),
    /// A text typed by a program is submitted.
    Submit(PaneId),
    /// It is looked again whether a conversation is still held.
    LookAgain(PaneId),
    /// A look before a stop is over: the agents are hung up, or looked at once more.
    HangUp,
    /// An agent inside of a shell has ended: is the shell still there?
    GuestGone(SessionId),
    /// What was submitted should have been confirmed by now.
    Presumed(SessionId),
    /// A session's screen is read.
    Glance(SessionId),
    /// An agent that starts has said that it is ready, or shown its prompt: one of the two is enough by now.
    Arrival(SessionId),
    /// What a session's status is after it flickered is told.
    Calm(SessionId),
    /// The hooks of the launch should have spoken by now.
    HooksSilent(SessionId),
    /// A permission was answered from afar: did the agent take the answer?
    Answered(SessionId),
    /// A search goes on.
    Search(ClientId),
    /// A pane is scrolled while the pointer is held beyond its edge.
    DragOn(ClientId),
    /// The next look at what sessions use.
    Vitals,
    /// What was sent to several sessions should have been decided by now.
    Several(BatchId),
    /// An agent that was asked to end, so that its session can go on with another conversation, is killed.
    PutOn(SessionId),
}
