//! Sessions in git worktrees of their own, by key: a branch is asked for, the worktree is made beside the loop, and the session
//! opens when it is ready. Closing one offers to take its worktree away, which never loses work without saying so.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::config::Worktrees;
use crate::core::Core;
use crate::core::attend::Tone;
use crate::core::dialog::{Confirm, Dialog, Placement, Prompt};
use crate::core::effect::{Effect, Effects};
use crate::core::event::Env;
use crate::core::mode::Mode;
use crate::core::open::OpenSpec;
use crate::core::session::{SHELL, Session, WorktreeOf};
use crate::id::{ClientId, PaneId, SessionId};
use crate::time::Instant;

/// How long a failure is shown.
const TOLD: Duration = Duration::from_secs(12);

/// Names something that is under way beside the loop.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct WorkId(pub u64);

/// Something under way, as it is shown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Work {
    /// Which.
    pub id: WorkId,
    /// What it is (`worktree fix/cart`).
    pub label: String,
    /// What is done just now.
    pub step: String,
}

/// What may be lost with a worktree.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Discard {
    /// Nothing.
    Nothing,
    /// What is not committed.
    Changes,
}

/// A worktree to be made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WorktreeRequest {
    /// Names the work.
    pub work: WorkId,
    /// A directory of the repository.
    pub cwd: String,
    /// The branch.
    pub branch: String,
    /// Where it is made and how it is set up.
    pub settings: Worktrees,
}

/// A worktree to be taken away, once its session is closed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WorktreeRemoval {
    /// Who wants it.
    pub client: ClientId,
    /// The session.
    pub session: SessionId,
    /// A directory of the worktree.
    pub cwd: String,
    /// The session's process, which must be gone first.
    pub pid: Option<u32>,
    /// What may be lost.
    pub discard: Discard,
}

/// Why a worktree is not taken away.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Kept {
    /// So many files have changes that are not committed.
    Dirty(usize),
    /// Another reason, in words.
    Because(String),
}

/// What waits for a worktree.
#[derive(Debug)]
struct Opening {
    client: ClientId,
    provider: String,
    branch: String,
    env: Env,
    since: Instant,
}

/// The sessions that wait for their worktrees.
#[derive(Debug, Default)]
pub struct Openings {
    n_works: u64,
    waiting: BTreeMap<WorkId, Opening>,
}

impl Core {
    /// Asks for the branch of a new worktree.
    pub(super) fn ask_branch(&mut self, client: ClientId, fx: &mut Effects) {
        let focused = self.focused(client).and_then(|pane| self.state.session_of(pane));
        let provider = focused.map_or_else(|| SHELL.to_owned(), |session| session.provider.to_string());
        self.set_mode(client, Mode::Dialog(Dialog::Prompt(Prompt::branch(&provider))), fx);
    }

    /// Makes the worktree of a branch; a session of this kind opens in it when it is ready.
    pub(super) fn make_worktree(&mut self, client: ClientId, branch: String, provider: String, fx: &mut Effects) {
        if let Err(error) = self.provider_named(&provider) {
            return self.toast(client, &error.message, fx);
        }
        let (env, cwd) = self.client_place(client);
        self.openings.n_works += 1;
        let work = WorkId(self.openings.n_works);
        let label = format!("worktree {branch}");
        self.state.works.push(Work { id: work, label, step: "begins".to_owned() });
        let settings = self.state.config.worktrees.clone();
        let request = WorktreeRequest { work, cwd, branch: branch.clone(), settings };
        fx.push(Effect::MakeWorktree(Box::new(request)));
        self.openings.waiting.insert(work, Opening { client, provider, branch, env, since: self.state.now.instant });
        fx.redraw_all();
    }

    /// The work has come to its next step.
    pub(super) fn worktree_step(&mut self, work: WorkId, step: &str, fx: &mut Effects) {
        if let Some(work) = self.state.works.iter_mut().find(|known| known.id == work) {
            work.step = crate::text::one_line(step, 200);
            fx.redraw_all();
        }
    }

    /// The worktree is there, or is not.
    pub(super) fn worktree_made(&mut self, work: WorkId, made: Result<(String, WorktreeOf), String>, fx: &mut Effects) {
        self.state.works.retain(|known| known.id != work);
        fx.redraw_all();
        let Some(opening) = self.openings.waiting.remove(&work) else { return };
        let Opening { client, provider, branch, env, since } = opening;
        let (cwd, worktree) = match made {
            Ok(made) => made,
            Err(why) => {
                let told = format!("worktree {branch}: {why}");
                return self.tell(client, &told, Tone::Trouble, TOLD, fx);
            }
        };
        // Whoever went on typing meanwhile is not torn away from it.
        let has_typed = self.state.clients.get(&client).is_none_or(|view| view.typed_at > since);
        let spec = OpenSpec {
            provider,
            name: Some(branch.clone()),
            cwd,
            worktree: Some(worktree),
            placement: has_typed.then_some(Placement::Tab),
            is_behind: has_typed,
            env,
            client: Some(client),
            ..OpenSpec::default()
        };
        match self.open(spec, fx) {
            Ok(_) if has_typed => {
                let tab = self.state.workspace.tabs.len();
                self.say(client, &format!("worktree {branch} is ready, in tab {tab}"), fx);
            }
            Ok(_) => {}
            Err(error) => self.toast(client, &error.message, fx),
        }
    }

    /// Stops what is under way: the newest work, or the rest of a restore.
    pub(super) fn stop_work(&mut self, client: ClientId, fx: &mut Effects) {
        if let Some(work) = self.state.works.last_mut() {
            "is being cancelled".clone_into(&mut work.step);
            let work = work.id;
            fx.push(Effect::CancelWork { work });
            return fx.redraw_all();
        }
        match self.hold_rest(fx) {
            0 => self.toast(client, "nothing is under way", fx),
            n => self.say(client, &format!("{n} wait for you now; Enter starts one"), fx),
        }
    }

    /// The question before a session in a worktree of its own is closed; `None` where it has none, or shares it.
    pub(super) fn worktree_question(&self, pane: PaneId) -> Option<Confirm> {
        let session = self.state.session_of(pane)?;
        let worktree = session.options.worktree.as_ref()?;
        let is_in_it = |other: &Session| other.id != session.id && other.cwd == session.cwd;
        if self.state.sessions.values().any(is_in_it) {
            return None;
        }
        Some(Confirm::close_worktree(pane, session.label(), &worktree.branch))
    }

    /// Looks whether the session's worktree can go; only then the session is closed.
    pub(super) fn close_with_worktree(&mut self, client: ClientId, pane: PaneId, discard: Discard, fx: &mut Effects) {
        let Some(session) = self.state.session_of(pane) else { return };
        let (session, cwd, pid) = (session.id, session.cwd.clone(), session.pid);
        fx.push(Effect::CheckWorktree(Box::new(WorktreeRemoval { client, session, cwd, pid, discard })));
    }

    /// It was looked whether a worktree can go.
    pub(super) fn worktree_checked(&mut self, removal: WorktreeRemoval, found: Result<(), Kept>, fx: &mut Effects) {
        let Some(pane) = self.state.pane_of(removal.session).map(|pane| pane.id) else { return };
        let client = removal.client;
        match found {
            Ok(()) => {
                self.close_pane(pane, fx);
                fx.push(Effect::RemoveWorktree(Box::new(removal)));
            }
            Err(Kept::Dirty(n)) => {
                let label = self.state.session_of(pane).map(|session| session.label().to_owned()).unwrap_or_default();
                let confirm = Confirm::lose_changes(pane, &label, n);
                self.set_mode(client, Mode::Dialog(Dialog::Confirm(confirm)), fx);
            }
            Err(Kept::Because(why)) => self.tell(client, &why, Tone::Trouble, TOLD, fx),
        }
    }

    /// A worktree was taken away, or was not.
    pub(super) fn worktree_removed(&mut self, client: ClientId, removed: Result<String, String>, fx: &mut Effects) {
        match removed {
            Ok(path) => self.say(client, &format!("{path} is removed; its branch stays"), fx),
            Err(why) => self.tell(client, &format!("the session is closed, but {why}"), Tone::Trouble, TOLD, fx),
        }
    }
}
