//! One prompt to several sessions: who is marked, what is sent to whom, and what came of each.
//!
//! A prompt line that holds a draft of the user's gets nothing: the two would be sent as one.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::core::Core;
use crate::core::attend::Tone;
use crate::core::dialog::{Dialog, Prompt, SwitchFor, Switcher, switch_items};
use crate::core::effect::{Effect, Effects, RequestId};
use crate::core::mode::Mode;
use crate::core::submit::{Asker, Outcome};
use crate::core::timer::Timer;
use crate::id::{ClientId, PaneId, SessionId};
use crate::input::recorder::Held;
use crate::protocol::api::{ApiResponse, SentRow};

/// After this long nobody waits for the rest. Above what `core::submit` takes where no other text is in the way.
const DECIDED: Duration = Duration::from_millis(21_500);

/// How long it is shown whom a prompt did not reach.
const TOLD: Duration = Duration::from_secs(12);

/// Names what was sent to several sessions at once.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct BatchId(pub u64);

/// Who sent it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Sender {
    /// A program, which is answered.
    Program(RequestId),
    /// A user, who is told.
    Client(ClientId),
}

/// What was sent and is not decided yet.
#[derive(Debug, Default)]
pub struct Batches {
    n_batches: u64,
    open: BTreeMap<BatchId, Batch>,
}

#[derive(Debug)]
struct Batch {
    sender: Sender,
    recipients: Vec<Recipient>,
}

#[derive(Debug)]
struct Recipient {
    session: SessionId,
    pane: Option<PaneId>,
    label: String,
    /// Whether it was submitted, or why not; `None` while it is not decided.
    outcome: Option<Result<(), &'static str>>,
}

impl Core {
    /// Sends a text to each of the sessions; the sender is told when all are decided, exactly once.
    pub(super) fn send_to_several(&mut self, to: &[SessionId], text: &str, sender: Sender, fx: &mut Effects) {
        self.batches.n_batches += 1;
        let id = BatchId(self.batches.n_batches);
        let recipient = |session: &SessionId| {
            let record = self.state.sessions.get(session)?;
            let pane = self.state.pane_of(*session).map(|pane| pane.id);
            let outcome = self.refusal(*session).map(Err);
            Some(Recipient { session: *session, pane, label: record.label().to_owned(), outcome })
        };
        let recipients: Vec<Recipient> = to.iter().filter_map(recipient).collect();
        let open = recipients.iter().filter(|recipient| recipient.outcome.is_none());
        let panes: Vec<PaneId> = open.filter_map(|recipient| recipient.pane).collect();
        self.batches.open.insert(id, Batch { sender, recipients });
        fx.push(Effect::SetTimer { timer: Timer::Several(id), at: self.state.now.instant + DECIDED });
        for pane in panes {
            self.submit(pane, text, Asker::Several(id), fx);
        }
        self.finish_batch(id, fx);
    }

    /// Why the session gets nothing, if so.
    fn refusal(&self, session: SessionId) -> Option<&'static str> {
        let pane = self.state.pane_of(session).filter(|pane| pane.is_live());
        let Some(pane) = pane else { return Some("has no running process; `homing reopen` starts it again") };
        // A text of homing's own that is on its way is no draft: this one waits for it.
        let recorder = self.recorders.get(&session).filter(|_| !self.submits.is_under_way(pane.id))?;
        match recorder.held() {
            Held::Nothing => None,
            Held::Draft => Some("has a draft in its prompt line; submit it or clear it first"),
            Held::Perhaps => Some("may have a draft in its prompt line; look at it first"),
        }
    }

    /// One of the texts was submitted, or was not.
    pub(super) fn one_of_several_ended(&mut self, id: BatchId, pane: PaneId, outcome: Outcome, fx: &mut Effects) {
        let Some(batch) = self.batches.open.get_mut(&id) else { return };
        let is_it = |recipient: &&mut Recipient| recipient.pane == Some(pane) && recipient.outcome.is_none();
        if let Some(recipient) = batch.recipients.iter_mut().find(is_it) {
            recipient.outcome = Some(outcome.failure().map_or(Ok(()), Err));
        }
        self.finish_batch(id, fx);
    }

    pub(super) fn batch_overdue(&mut self, id: BatchId, fx: &mut Effects) {
        let Some(batch) = self.batches.open.get_mut(&id) else { return };
        for recipient in batch.recipients.iter_mut().filter(|recipient| recipient.outcome.is_none()) {
            recipient.outcome = Some(Err("was not reached in time; `homing screen` shows what it does"));
        }
        self.submits.withdraw(Asker::Several(id));
        self.finish_batch(id, fx);
    }

    /// A program does not wait any more: what was not typed yet is left alone.
    pub(super) fn withdraw_batch(&mut self, request: RequestId) {
        let of_program = |batch: &Batch| batch.sender == Sender::Program(request);
        let Some(id) = self.batches.open.iter().find(|(_, batch)| of_program(batch)).map(|(id, _)| *id) else { return };
        self.batches.open.remove(&id);
        self.submits.withdraw(Asker::Several(id));
    }

    /// Tells the sender, if all are decided.
    fn finish_batch(&mut self, id: BatchId, fx: &mut Effects) {
        let is_decided = |batch: &Batch| batch.recipients.iter().all(|recipient| recipient.outcome.is_some());
        if !self.batches.open.get(&id).is_some_and(is_decided) {
            return;
        }
        let Some(Batch { sender, recipients }) = self.batches.open.remove(&id) else { return };
        match sender {
            Sender::Program(request) => {
                let rows = recipients.iter().map(|recipient| self.sent_row(recipient)).collect();
                fx.push(Effect::Respond { request, response: Box::new(ApiResponse::Sent(rows)) });
            }
            Sender::Client(client) => self.tell_sent(client, &recipients, fx),
        }
    }

    fn sent_row(&self, recipient: &Recipient) -> SentRow {
        let record = self.state.sessions.get(&recipient.session);
        let why = recipient.outcome.and_then(Result::err);
        SentRow {
            session: recipient.session.to_string(),
            pane: recipient.pane.map(PaneId::get),
            label: recipient.label.clone(),
            provider: record.map(|record| record.provider.to_string()).unwrap_or_default(),
            submitted: why.is_none(),
            why: why.map(str::to_owned),
        }
    }

    /// Those who have it lose their mark, so that the others can be tried again.
    fn tell_sent(&mut self, client: ClientId, recipients: &[Recipient], fx: &mut Effects) {
        let mut failed = Vec::new();
        let mut n_sent = 0;
        for recipient in recipients {
            match recipient.outcome.and_then(Result::err) {
                Some(why) => failed.push(format!("{} {}", recipient.label, why.split(';').next().unwrap_or_default())),
                None => {
                    n_sent += 1;
                    if let Some(view) = self.state.clients.get_mut(&client) {
                        view.marks.remove(&recipient.session);
                    }
                }
            }
        }
        let sent = format!("sent to {}", sessions(n_sent));
        if failed.is_empty() {
            return self.say(client, &sent, fx);
        }
        let told = format!("{sent}, not to {}: {}", failed.len(), failed.join(" · "));
        self.tell(client, &told, Tone::Trouble, TOLD, fx);
    }

    /// Marks the focused session, or takes its mark away.
    pub(super) fn mark_focused(&mut self, client: ClientId, fx: &mut Effects) {
        let session = self.focused(client).and_then(|pane| self.state.session_of(pane)).map(|session| session.id);
        if let Some(session) = session {
            self.toggle_mark(client, session, fx);
        }
    }

    pub(super) fn toggle_mark(&mut self, client: ClientId, session: SessionId, fx: &mut Effects) {
        if let Some(view) = self.state.clients.get_mut(&client) {
            if !view.marks.remove(&session) {
                view.marks.insert(session);
            }
            fx.redraw(client);
        }
    }

    /// The marked sessions that are open, in the order of their panes.
    fn marked(&self, client: ClientId) -> Vec<SessionId> {
        let Some(view) = self.state.clients.get(&client) else { return Vec::new() };
        let open = self.state.workspace.panes().filter_map(|pane| self.state.session_of(pane));
        open.map(|session| session.id).filter(|session| view.marks.contains(session)).collect()
    }

    /// Asks for a prompt to all that are marked; where none is, first for whom.
    pub(super) fn ask_prompt_to_marked(&mut self, client: ClientId, fx: &mut Effects) {
        let marked = self.marked(client);
        if marked.is_empty() {
            let switcher = Switcher::picking(SwitchFor::Prompt, switch_items(&self.state));
            return self.set_mode(client, Mode::Dialog(Dialog::Switcher(switcher)), fx);
        }
        self.ask_prompt(client, marked, fx);
    }

    /// Asks for a prompt to all that are marked, or to this one where none is.
    pub(super) fn ask_prompt_to(&mut self, client: ClientId, session: SessionId, fx: &mut Effects) {
        let marked = self.marked(client);
        self.ask_prompt(client, if marked.is_empty() { vec![session] } else { marked }, fx);
    }

    fn ask_prompt(&mut self, client: ClientId, to: Vec<SessionId>, fx: &mut Effects) {
        self.set_mode(client, Mode::Dialog(Dialog::Prompt(Prompt::to_sessions(to))), fx);
    }
}

/// `1 session`, `3 sessions`.
pub fn sessions(n: usize) -> String {
    if n == 1 { "1 session".to_owned() } else { format!("{n} sessions") }
}
