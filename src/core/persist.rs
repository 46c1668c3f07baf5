//! What must reach the store, and what waits for it: claims, new sessions and ends at once; the rest within a second.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::core::Core;
use crate::core::archive::Returning;
use crate::core::change::{Change, Durability, Ticket};
use crate::core::conversation::Found;
use crate::core::effect::{Effect, Effects, RequestId, SpawnRequest};
use crate::core::event::CommitFailure;
use crate::core::open::failed;
use crate::core::pane::Pane;
use crate::core::session::Claim;
use crate::core::timer::Timer;
use crate::id::{ConversationId, PaneId, SessionId};
use crate::protocol::api::ApiResponse;
use crate::term::HistoryExport;
use crate::time::Wall;

/// How long changes are gathered before they are written (chosen: DESIGN §1.3 asks for "within about a second").
const SAVE_DELAY: Duration = Duration::from_millis(500);

/// Most cells of screens that are written at once, but for the last screen's: some milliseconds of work, so that no key waits for a
/// hundred screens (measured: 0.25 ms for one of 226 × 67 cells).
const CELLS_AT_ONCE: usize = 100_000;

/// How long the loop has for everything else before the next screens are written (chosen).
const PORTION_PAUSE: Duration = Duration::from_millis(10);

/// A pane that printed more than this between two writes is flooding.
const FLOOD_BYTES: usize = 1 << 20;

/// What is done when a commit has ended.
#[derive(Clone, PartialEq, Debug)]
pub enum Pending {
    /// Nothing.
    Nothing,
    /// The first processes of new sessions are launched.
    Open(Vec<PaneId>),
    /// The session is on the conversation.
    Claim(SessionId, Claim),
    /// The session is on the conversation that the user picked; its pane is launched on it.
    PutOn(SessionId, Claim, Box<Found>),
    /// The session is on the conversation, and its process is started.
    ClaimAndSpawn(Claim, Box<SpawnRequest>),
    /// The session is on this conversation no more.
    Unclaim(SessionId, ConversationId),
    /// A closed session gets a pane and is launched.
    Reopen(Box<Returning>),
    /// A program is answered.
    Answer(RequestId, Box<ApiResponse>),
}

/// What must still be written, and what waits for the store.
#[derive(Debug, Default)]
pub struct Persist {
    n_tickets: u64,
    pending: BTreeMap<Ticket, Pending>,
    sessions: BTreeSet<SessionId>,
    screens: BTreeSet<PaneId>,
    /// The screens whose turn has come.
    due_screens: BTreeSet<PaneId>,
    evidence: BTreeSet<SessionId>,
    /// Changes that go with the next write whatever else does.
    pub(super) late: Vec<Change>,
    is_timer_set: bool,
}

impl Persist {
    /// Whether a session's conversation is on its way into the store.
    pub(super) fn is_claiming(&self) -> bool {
        self.pending.values().any(|pending| matches!(pending, Pending::Claim(..)))
    }
}

impl Core {
    /// Writes changes as one transaction; `pending` is done when they are written.
    pub(super) fn commit(&mut self, changes: Vec<Change>, durability: Durability, pending: Pending, fx: &mut Effects) {
        self.persist.n_tickets += 1;
        let ticket = Ticket(self.persist.n_tickets);
        if pending != Pending::Nothing {
            self.persist.pending.insert(ticket, pending);
        }
        fx.push(Effect::Commit { ticket, changes, durability });
    }

    /// Writes the layout and what is focused in it: a client whose server dies finds itself where it was.
    pub(super) fn save_layout(&mut self, fx: &mut Effects) {
        let change = self.layout_change();
        self.commit(vec![change], Durability::Relaxed, Pending::Nothing, fx);
    }

    pub(super) fn save_session_soon(&mut self, session: SessionId, fx: &mut Effects) {
        self.persist.sessions.insert(session);
        self.set_save_timer(SAVE_DELAY, fx);
    }

    /// Writes a session without the delay: what a lost status hides (a turn that ended) is not told a second time.
    pub(super) fn save_session_now(&mut self, session: SessionId, fx: &mut Effects) {
        self.persist.sessions.remove(&session);
        if let Some(record) = self.state.sessions.get(&session) {
            let change = Change::Session(Box::new(record.clone()));
            self.commit(vec![change], Durability::Relaxed, Pending::Nothing, fx);
        }
    }

    pub(super) fn save_evidence_soon(&mut self, session: SessionId, fx: &mut Effects) {
        self.persist.evidence.insert(session);
        self.set_save_timer(SAVE_DELAY, fx);
    }

    pub(super) fn save_screen_soon(&mut self, pane: PaneId, fx: &mut Effects) {
        if self.persist.screens.insert(pane) {
            self.set_save_timer(SAVE_DELAY, fx);
        }
    }

    fn set_save_timer(&mut self, delay: Duration, fx: &mut Effects) {
        if !self.persist.is_timer_set {
            self.persist.is_timer_set = true;
            fx.push(Effect::SetTimer { timer: Timer::Save, at: self.state.now.instant + delay });
        }
    }

    pub(super) fn save_due(&mut self, fx: &mut Effects) {
        self.persist.is_timer_set = false;
        if self.persist.due_screens.is_empty() {
            self.persist.due_screens = std::mem::take(&mut self.persist.screens);
        }
        let changes = self.unsaved(CELLS_AT_ONCE);
        if !self.persist.due_screens.is_empty() {
            self.set_save_timer(PORTION_PAUSE, fx);
        } else if !self.persist.screens.is_empty() {
            self.set_save_timer(SAVE_DELAY, fx);
        }
        if !changes.is_empty() {
            self.commit(changes, Durability::Relaxed, Pending::Nothing, fx);
        }
    }

    /// Everything that is not written yet.
    pub(super) fn all_unsaved(&mut self) -> Vec<Change> {
        self.persist.due_screens.append(&mut self.persist.screens);
        self.unsaved(usize::MAX)
    }

    /// What is not written yet; of the screens those whose turn has come, up to so many cells.
    fn unsaved(&mut self, most_cells: usize) -> Vec<Change> {
        let mut changes = std::mem::take(&mut self.persist.late);
        for id in std::mem::take(&mut self.persist.sessions) {
            if let Some(session) = self.state.sessions.get(&id) {
                changes.push(Change::Session(Box::new(session.clone())));
            }
        }
        for session in std::mem::take(&mut self.persist.evidence) {
            if let Some(log) = self.evidence.get(&session).filter(|_| self.state.sessions.contains_key(&session)) {
                changes.push(Change::Evidence { session, log: log.clone() });
            }
        }
        let mut n_cells = 0;
        while n_cells < most_cells {
            let Some(id) = self.persist.due_screens.pop_first() else { break };
            let Some(pane) = self.state.panes.get_mut(&id) else { continue };
            let size = pane.terminal.size();
            n_cells += usize::from(size.cols()) * usize::from(size.rows());
            changes.push(screen_of(pane, self.state.now.wall));
            // What a flood pushes out is pushed out of the history too: it is stored once the flood ebbs.
            if std::mem::take(&mut pane.n_unsaved) > FLOOD_BYTES {
                self.persist.screens.insert(id);
                continue;
            }
            changes.extend(new_history_of(pane));
        }
        changes
    }

    /// What is not written yet of a pane that goes: its session's record, its screen and its history.
    pub(super) fn unsaved_of(&mut self, pane: PaneId) -> Vec<Change> {
        let Some(entry) = self.state.panes.get_mut(&pane) else { return Vec::new() };
        self.persist.screens.remove(&pane);
        self.persist.due_screens.remove(&pane);
        self.persist.sessions.remove(&entry.session);
        let mut changes = vec![screen_of(entry, self.state.now.wall)];
        changes.extend(new_history_of(entry));
        changes
            .extend(self.state.sessions.get(&entry.session).map(|session| Change::Session(Box::new(session.clone()))));
        changes
    }

    /// The whole layout as it is now.
    pub(super) fn layout_change(&self) -> Change {
        Change::Layout {
            tabs: self.state.workspace.tabs.clone(),
            active: self.state.workspace.active,
            scratch: self.state.workspace.scratch,
            panes: self.state.panes.values().map(|pane| (pane.id, pane.session)).collect(),
        }
    }

    pub(super) fn committed(&mut self, ticket: Ticket, result: Result<(), CommitFailure>, fx: &mut Effects) {
        let pending = self.persist.pending.remove(&ticket).unwrap_or(Pending::Nothing);
        if let Err(failure) = result {
            self.commit_failed(pending, failure, fx);
            return self.stop_progress(fx);
        }
        match pending {
            Pending::Nothing => {}
            Pending::Open(panes) => panes.into_iter().for_each(|pane| self.begin_launch(pane, fx)),
            Pending::Claim(session, claim) => self.claim_written(session, claim, fx),
            Pending::PutOn(session, claim, found) => self.put_on_written(session, claim, &found, fx),
            Pending::ClaimAndSpawn(claim, request) => {
                self.claim_written(request.session, claim, fx);
                fx.push(Effect::Spawn(request));
            }
            Pending::Unclaim(session, conversation) => self.conversation_left(session, &conversation, fx),
            Pending::Reopen(returning) => self.brought_back(*returning, fx),
            Pending::Answer(request, response) => fx.push(Effect::Respond { request, response }),
        }
        self.stop_progress(fx);
    }

    fn commit_failed(&mut self, pending: Pending, failure: CommitFailure, fx: &mut Effects) {
        let message = match failure {
            CommitFailure::Held { conversation, holder } => {
                format!(
                    "conversation {} is already open in {holder}; close it there first",
                    crate::core::resume::short_id(&conversation)
                )
            }
            CommitFailure::Store(message) => format!("not stored: {message}"),
        };
        match pending {
            Pending::Open(panes) => {
                panes.into_iter().for_each(|pane| self.open_failed(pane, message.clone(), fx));
            }
            Pending::Claim(session, claim) | Pending::PutOn(session, claim, _) => {
                self.claim_refused(session, &claim, &message, fx)
            }
            Pending::ClaimAndSpawn(_, request) => self.launch_failed(request.pane, request.epoch, message, fx),
            Pending::Reopen(returning) => refuse(returning.request, message, fx),
            Pending::Answer(request, _) => refuse(request, message, fx),
            Pending::Nothing | Pending::Unclaim(..) => self.toast_all(&message, fx),
        }
    }
}

fn refuse(request: RequestId, message: String, fx: &mut Effects) {
    fx.push(Effect::Respond { request, response: Box::new(ApiResponse::Error(failed(message))) });
}

fn screen_of(pane: &Pane, at: Wall) -> Change {
    Change::Screen { session: pane.session, at, size: pane.terminal.size(), snapshot: pane.terminal.snapshot() }
}

/// The lines that left the screen since the last write.
fn new_history_of(pane: &mut Pane) -> Option<Change> {
    let export = pane.terminal.take_history_blocks(pane.history_mark);
    pane.history_mark = export.mark;
    let HistoryExport { blocks, replaces, .. } = export;
    (replaces || !blocks.is_empty()).then_some(Change::History { session: pane.session, blocks, replaces })
}
