//! Opening a session: its record, its pane, its place in the layout. The launch itself is `core::launch`.

use crate::core::Core;
use crate::core::change::{Change, Durability};
use crate::core::conversation::Conversation;
use crate::core::dialog::Placement;
use crate::core::effect::{Effect, Effects, RequestId};
use crate::core::event::Env;
use crate::core::launch::{Launch, Once};
use crate::core::pane::{Pane, Phase};
use crate::core::persist::Pending;
use crate::core::resume::Cause;
use crate::core::session::{Claim, LaunchOptions, Session, Status, Witness, WorktreeOf};
use crate::core::workspace::{Scratch, Tab};
use crate::geometry::{Axis, Size};
use crate::id::{ClientId, ConversationId, PaneId, TabId};
use crate::layout::chrome::chrome;
use crate::layout::solve::solve;
use crate::layout::tree::Tree;
use crate::protocol::api::{ApiError, ApiErrorKind, ApiResponse};
use crate::provider::Provider;
use crate::provider::strip::{Choice, strip};
use crate::text;
use crate::time::Wall;

/// Smallest pane that an unasked-for split makes; beyond it a new tab is opened (chosen: agents need about this much).
const COMFORTABLE: Size = Size::new(60, 12);

/// Most panes of a workspace (chosen: each holds a process, a terminal and a few file descriptors).
pub const MAX_PANES: usize = 500;

/// Longest name of a session or tab, in characters.
pub const MAX_NAME_CHARS: usize = 80;

/// What is to be opened, and for whom.
#[derive(Clone, Debug, Default)]
pub struct OpenSpec {
    /// Provider's name.
    pub provider: String,
    /// The user's name for it.
    pub name: Option<String>,
    /// Absolute directory.
    pub cwd: String,
    /// Where its pane goes; `None`: a comfortable split, else a new tab.
    pub placement: Option<Placement>,
    /// The first prompt.
    pub prompt: Option<String>,
    /// What a shell runs first.
    pub command: Option<String>,
    /// The model.
    pub model: Option<String>,
    /// The worktree that was made for it.
    pub worktree: Option<WorktreeOf>,
    /// The user's task id.
    pub task_id: Option<String>,
    /// Further arguments.
    pub args: Vec<String>,
    /// Further arguments of the first launch alone.
    pub first_args: Vec<String>,
    /// Whether it opens in a tab that nobody is taken to.
    pub is_behind: bool,
    /// Whether it is the scratch shell.
    pub is_scratch: bool,
    /// The environment of whoever opens it.
    pub env: Env,
    /// The client that opens it.
    pub client: Option<ClientId>,
    /// The request to answer once its process runs.
    pub request: Option<RequestId>,
    /// The conversation on disk that it goes on with.
    pub conversation: Option<Box<Conversation>>,
}

impl Core {
    /// Opens a session; its pane is there at once, its process after the commit.
    pub(super) fn open(&mut self, spec: OpenSpec, fx: &mut Effects) -> Result<PaneId, ApiError> {
        self.provider_named(&spec.provider)?;
        if self.state.panes.len() >= MAX_PANES {
            return Err(failed(format!("{MAX_PANES} panes are open already; close some first")));
        }
        let pane = self.place_pane(&spec, fx);
        let mut changes = self.enter_session(pane, spec)?;
        self.relayout(fx);
        changes.push(self.layout_change());
        let durability = durability_of_opening(&changes);
        self.commit(changes, durability, Pending::Open(vec![pane]), fx);
        Ok(pane)
    }

    /// Makes the record of a new session, in a pane that has its place already; what is to be stored of it.
    pub(super) fn enter_session(&mut self, pane: PaneId, spec: OpenSpec) -> Result<Vec<Change>, ApiError> {
        let provider = self.provider_named(&spec.provider)?;
        let session = self.new_session(&provider, &spec);
        let id = session.id;
        let token = self.entropy.token();
        let launch = Launch {
            token,
            cause: if spec.conversation.is_some() { Cause::Found } else { Cause::First },
            once: Once {
                prompt: spec.prompt,
                command: spec.command,
                args: Some([spec.args, spec.first_args].concat()),
            },
            request: spec.request,
            ..Launch::restored(spec.env)
        };
        self.launches.insert(id, launch);
        let options = self.terminal_options();
        self.state.panes.insert(pane, Pane::new(pane, id, Phase::Starting { note: String::new() }, options));
        self.state.sessions.insert(id, session.clone());
        self.feed(id, "opened", session.provider.as_str());
        let mut changes = vec![Change::NewSession(Box::new(session.clone()))];
        if let Some(claim) = session.claim {
            changes.push(Change::Claim { session: id, provider: session.provider, claim });
        }
        Ok(changes)
    }

    pub(super) fn provider_named(&self, name: &str) -> Result<Provider, ApiError> {
        self.providers.find(name).cloned().map_err(|nearest| {
            let hint = match nearest {
                Some(nearest) => format!("did you mean {nearest:?}?"),
                None => {
                    let known: Vec<_> = self.providers.iter().map(|row| row.name.as_str()).collect();
                    format!("known are: {}", known.join(", "))
                }
            };
            ApiError { kind: ApiErrorKind::Usage, message: format!("no provider {name:?}; {hint}") }
        })
    }

    fn new_session(&mut self, provider: &Provider, spec: &OpenSpec) -> Session {
        let now = self.state.now.wall;
        let stripped = strip(provider, &spec.args);
        let pairs = spec.env.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        let env = provider.remembered(pairs);
        let one_line = |text: &str| text::one_line(text, MAX_NAME_CHARS);
        let found = spec.conversation.as_deref();
        let claim = match found {
            Some(found) => Some(found_claim(found, now)),
            None => self.first_claim(provider, &stripped.choice, now),
        };
        Session {
            id: self.entropy.session_id(now),
            provider: provider.name.clone(),
            name: spec.name.as_deref().map(one_line).filter(|name| !name.is_empty()),
            title: found.and_then(|found| found.title.clone()),
            first_message: found.and_then(|found| found.first_message.clone()),
            cwd: spec.cwd.clone(),
            options: LaunchOptions {
                args: stripped.kept,
                model: spec.model.clone(),
                env,
                command: spec.command.clone(),
                worktree: spec.worktree.clone(),
            },
            status: Status::Starting,
            unseen: false,
            guest: None,
            pin: None,
            claim,
            doubt: None,
            pid: None,
            exit: None,
            task_id: spec.task_id.clone(),
            mcp_session_id: None,
            created_at: now,
            last_activity_at: now,
        }
    }

    /// What is claimed before the process starts: the id that homing hands to the agent, or the one that the user's own
    /// arguments name.
    fn first_claim(&mut self, provider: &Provider, choice: &Choice, since: Wall) -> Option<Claim> {
        let witness = Witness::Assigned;
        match choice {
            Choice::Exact(id) => Some(Claim { conversation: id.clone(), witness, since, spoken: true }),
            Choice::None if provider.assign.is_some() => {
                let conversation = ConversationId::new(&self.entropy.uuid_v4());
                Some(Claim { conversation, witness, since, spoken: false })
            }
            Choice::None | Choice::Open => None,
        }
    }

    /// Takes a pane number and puts it into the layout, focused.
    pub(super) fn place_pane(&mut self, spec: &OpenSpec, fx: &mut Effects) -> PaneId {
        let pane = self.free_pane_number();
        let client = spec.client.or_else(|| self.client_typed_last());
        let target = client
            .and_then(|id| self.state.clients.get(&id))
            .and_then(|view| self.state.focused_in_tab(view))
            .or_else(|| self.state.workspace.tab(self.state.workspace.active).map(|tab| tab.focus));
        let axis = target.and_then(|target| self.split_axis(spec.placement, target, client));
        match (target, axis) {
            _ if spec.is_scratch => self.state.workspace.scratch = Some(Scratch { pane, is_shown: false }),
            (Some(target), Some(axis)) => {
                for tab in &mut self.state.workspace.tabs {
                    if tab.tree.split(target, axis, pane) {
                        tab.zoomed = None;
                    }
                }
            }
            _ => self.add_tab(pane),
        }
        if !spec.is_behind {
            self.show_pane(client, pane, fx);
        }
        pane
    }

    /// The axis along which the target is split; `None` for a new tab.
    pub(super) fn split_axis(
        &self,
        placement: Option<Placement>,
        target: PaneId,
        client: Option<ClientId>,
    ) -> Option<Axis> {
        match placement {
            Some(Placement::Right) => Some(Axis::Row),
            Some(Placement::Down) => Some(Axis::Column),
            Some(Placement::Tab) => None,
            None => {
                let tab = self.state.workspace.tab_of(target)?;
                let (size, sidebar) = self.view_size(client);
                let main = chrome(size, sidebar).main;
                let placed = solve(&tab.tree, main).panes.into_iter().find(|placed| placed.pane == target)?;
                let (cols, rows) = (placed.inner.width, placed.inner.height);
                if cols > 2 * COMFORTABLE.cols() {
                    Some(Axis::Row)
                } else if rows > 2 * COMFORTABLE.rows() {
                    Some(Axis::Column)
                } else {
                    None
                }
            }
        }
    }

    pub(super) fn add_tab(&mut self, pane: PaneId) {
        let id = TabId(self.state.workspace.tabs.iter().map(|tab| tab.id.0).max().unwrap_or(0) + 1);
        let tab = Tab { id, name: None, tree: Tree::single(pane), focus: pane, zoomed: None };
        self.state.workspace.tabs.push(tab);
    }

    fn free_pane_number(&self) -> PaneId {
        (1..).filter_map(PaneId::new).find(|id| !self.state.panes.contains_key(id)).expect("fewer panes than numbers")
    }

    /// Puts a pane back that the layout does not know (its process lives, its row was lost), in a tab of its own.
    pub(super) fn adopt_into_layout(&mut self, pane: PaneId) {
        if self.state.workspace.tab_of(pane).is_none() {
            self.add_tab(pane);
        }
    }

    /// The commit of a new session failed: nothing was started, so nothing stays.
    pub(super) fn open_failed(&mut self, pane: PaneId, message: String, fx: &mut Effects) {
        let session = self.state.panes.get(&pane).map(|pane| pane.session);
        let request = session.and_then(|id| self.launches.get_mut(&id)).and_then(|launch| launch.request.take());
        match request {
            Some(request) => {
                fx.push(Effect::Respond { request, response: Box::new(ApiResponse::Error(failed(message))) });
            }
            None => self.toast_all(&message, fx),
        }
        self.remove_pane(pane, fx);
    }
}

/// The claim on a conversation that the user chose by its id: it is on disk, so something was said in it.
pub(super) fn found_claim(found: &Conversation, since: Wall) -> Claim {
    Claim { conversation: found.id.clone(), witness: Witness::Assigned, since, spoken: true }
}

/// What the commit of new sessions must survive before their processes start. Only a claim is a promise that an agent is given;
/// a session without one (a shell) need not wait for the disk, and the first claim takes it there.
pub(super) fn durability_of_opening(changes: &[Change]) -> Durability {
    let has_claim = changes.iter().any(|change| matches!(change, Change::Claim { .. }));
    if has_claim { Durability::Full } else { Durability::Relaxed }
}

/// An error of kind `Failed`.
pub(super) fn failed(message: String) -> ApiError {
    ApiError { kind: ApiErrorKind::Failed, message }
}
