//! Opening a layout that somebody wrote down, and writing down the one that is open.
//!
//! A session is taken for a pane of the plan if its kind, its directory, its command and (where the plan gives one) its name are the same:
//! so the same plan opened twice opens nothing twice.

use std::collections::BTreeSet;

use crate::core::Core;
use crate::core::api::usage;
use crate::core::effect::{Effect, Effects, RequestId};
use crate::core::event::Env;
use crate::core::open::{MAX_NAME_CHARS, MAX_PANES, OpenSpec, durability_of_opening, failed};
use crate::core::persist::Pending;
use crate::core::plan::{PanePlan, Plan, PlanScope, Shape, TabPlan};
use crate::core::session::Session;
use crate::core::workspace::Tab;
use crate::id::{PaneId, TabId};
use crate::layout::tree::Tree;
use crate::protocol::api::{ApiError, ApiResponse, PlannedRow};
use crate::text;

/// What becomes of a pane of the plan.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    /// It is open.
    Open(PaneId),
    /// It gets this number.
    New(PaneId),
}

impl Place {
    fn pane(self) -> PaneId {
        match self {
            Self::Open(pane) | Self::New(pane) => pane,
        }
    }

    /// The pane, where it is opened now.
    fn opened(self) -> Option<PaneId> {
        match self {
            Self::New(pane) => Some(pane),
            Self::Open(_) => None,
        }
    }
}

impl Core {
    /// Opens what a plan names and is not open yet, and shows its first tab. The directories are absolute.
    pub(super) fn open_plan(
        &mut self,
        plan: &Plan,
        scope: PlanScope,
        env: &Env,
        request: RequestId,
        fx: &mut Effects,
    ) -> Result<Option<ApiResponse>, ApiError> {
        let places = self.places(plan, scope)?;
        let rows = self.planned_rows(plan, &places, "opened");
        let mut opened = Vec::new();
        let mut changes = Vec::new();
        for (tab, places) in plan.tabs.iter().zip(&places) {
            self.lay_out(tab, places)?;
            for (pane, place) in tab.panes.leaves().into_iter().zip(places) {
                if let Some(id) = place.opened() {
                    changes.extend(self.enter_session(id, spec(pane, env))?);
                    opened.push(id);
                }
            }
        }
        self.relayout(fx);
        if !opened.is_empty() {
            changes.push(self.layout_change());
            let durability = durability_of_opening(&changes);
            self.commit(changes, durability, Pending::Open(opened), fx);
        }
        // Shown after the commit: what is stored of the layout then names sessions that are stored.
        if let Some(first) = places.first().and_then(|places| places.first()) {
            self.show_pane(self.client_typed_last(), first.pane(), fx);
        }
        fx.push(Effect::Respond { request, response: Box::new(ApiResponse::Planned(self.with_ids(rows, &places))) });
        Ok(None)
    }

    /// What opening the plan would do.
    pub(super) fn preview_plan(&self, plan: &Plan, scope: PlanScope) -> Result<Option<ApiResponse>, ApiError> {
        let places = self.places(plan, scope)?;
        let rows = self.planned_rows(plan, &places, "would open");
        Ok(Some(ApiResponse::Planned(self.with_ids(rows, &places))))
    }

    /// The open tabs as a plan: the one that an address names, the one shown, or all.
    pub(super) fn written_down(&self, tab: Option<&str>, all: bool) -> Result<Option<ApiResponse>, ApiError> {
        let tabs = &self.state.workspace.tabs;
        let shown = self.client_typed_last().and_then(|client| self.shown_tab(client));
        let wanted: Vec<&Tab> = match tab {
            _ if all => tabs.iter().collect(),
            Some(address) => vec![self.tab_named(address)?],
            None => tabs.iter().filter(|tab| tab.id == shown.unwrap_or(self.state.workspace.active)).collect(),
        };
        if wanted.is_empty() {
            return Err(failed("nothing is open".to_owned()));
        }
        let tab = |tab: &&Tab| TabPlan {
            name: tab.name.clone(),
            panes: tab.tree.shape().map(&mut |pane| self.pane_plan(*pane)),
        };
        Ok(Some(ApiResponse::Layout(Box::new(Plan { tabs: wanted.iter().map(tab).collect() }))))
    }

    /// The tab of this number (from 1) or name.
    fn tab_named(&self, address: &str) -> Result<&Tab, ApiError> {
        let tabs = &self.state.workspace.tabs;
        let numbered = address.parse::<usize>().ok().and_then(|n| tabs.get(n.checked_sub(1)?));
        let named = || tabs.iter().find(|tab| tab.name.as_deref() == Some(address));
        numbered.or_else(named).ok_or_else(|| failed(format!("no tab {address:?}; give its number or its name")))
    }

    fn pane_plan(&self, pane: PaneId) -> PanePlan {
        let Some(session) = self.state.session_of(pane) else { return PanePlan::default() };
        PanePlan {
            provider: session.provider.to_string(),
            name: session.name.clone(),
            dir: Some(session.cwd.clone()),
            model: session.options.model.clone(),
            args: session.options.args.clone(),
            prompt: None,
            command: session.options.command.clone(),
        }
    }

    /// For each pane of each tab, the open one that it is, or a free number.
    fn places(&self, plan: &Plan, scope: PlanScope) -> Result<Vec<Vec<Place>>, ApiError> {
        for pane in plan.tabs.iter().flat_map(|tab| tab.panes.leaves()) {
            self.provider_named(&pane.provider)?;
        }
        let mut taken = BTreeSet::new();
        let mut free = (1..).filter_map(PaneId::new).filter(|id| !self.state.panes.contains_key(id));
        let mut places = Vec::new();
        for tab in &plan.tabs {
            let known = self.tab_of_plan(tab);
            let mut of_tab = Vec::new();
            for pane in tab.panes.leaves() {
                let open = match scope {
                    PlanScope::All => None,
                    PlanScope::Missing => self.open_pane(pane, tab, known, &taken),
                };
                taken.extend(open);
                let place = open.map(Place::Open).or_else(|| free.next().map(Place::New));
                of_tab.extend(place);
            }
            tree(tab, &of_tab)?;
            places.push(of_tab);
        }
        let n_new = places.iter().flatten().filter(|place| place.opened().is_some()).count();
        if self.state.panes.len() + n_new > MAX_PANES {
            return Err(failed(format!("the layout would make more than {MAX_PANES} panes; close some first")));
        }
        Ok(places)
    }

    /// The open tab that has the name of a planned one.
    fn tab_of_plan(&self, tab: &TabPlan) -> Option<TabId> {
        let name = tab.name.as_ref()?;
        self.state.workspace.tabs.iter().find(|open| open.name.as_ref() == Some(name)).map(|open| open.id)
    }

    /// The open pane that a planned one is. One without a name is looked for in its own tab, where that has a name: another shell
    /// in the same directory is no reason to do without it.
    fn open_pane(
        &self,
        plan: &PanePlan,
        tab: &TabPlan,
        known: Option<TabId>,
        taken: &BTreeSet<PaneId>,
    ) -> Option<PaneId> {
        let is_it = |session: &Session| {
            session.provider.as_str() == plan.provider
                && plan.dir.as_ref().is_none_or(|dir| *dir == session.cwd)
                && plan.command == session.options.command
                && (plan.name.is_none() || plan.name == session.name)
        };
        let is_free = |pane: &PaneId| !taken.contains(pane) && self.state.session_of(*pane).is_some_and(is_it);
        let here = known.and_then(|id| self.state.workspace.tab(id)).map(|tab| tab.tree.panes()).unwrap_or_default();
        let here = here.into_iter().find(is_free);
        let is_anywhere = plan.name.is_some() || tab.name.is_none();
        here.or_else(|| {
            self.state
                .workspace
                .panes()
                .filter(|_| is_anywhere)
                .find(|pane| is_free(pane) && !self.state.workspace.is_scratch(*pane))
        })
    }

    /// Gives the new panes of a planned tab their places: in a tab of their own as it was planned, or beside those of the tab that
    /// are open.
    fn lay_out(&mut self, plan: &TabPlan, places: &[Place]) -> Result<(), ApiError> {
        if places.iter().all(|place| place.opened().is_some()) {
            let tree = tree(plan, places)?;
            let Some(focus) = tree.panes().first().copied() else { return Ok(()) };
            self.add_tab(focus);
            if let Some(tab) = self.state.workspace.tabs.last_mut() {
                tab.tree = tree;
                tab.name = plan.name.as_deref().map(|name| text::one_line(name, MAX_NAME_CHARS));
            }
            return Ok(());
        }
        for (at, place) in places.iter().enumerate() {
            let Some(new) = place.opened() else { continue };
            let axis = plan.panes.axis_at(at).unwrap_or(crate::geometry::Axis::Row);
            let is_placed = |place: &&Place| self.state.workspace.tab_of(place.pane()).is_some();
            let before = places[..at].iter().rev().find(is_placed);
            let beside = before.or_else(|| places[at..].iter().find(is_placed)).map(|place| place.pane());
            let tab = beside.and_then(|beside| Some((beside, self.state.workspace.tab_of(beside)?.id)));
            let is_split = tab.is_some_and(|(beside, tab)| {
                self.state.workspace.tab_mut(tab).is_some_and(|tab| tab.tree.split(beside, axis, new))
            });
            if !is_split {
                self.add_tab(new);
            }
        }
        Ok(())
    }

    fn planned_rows(&self, plan: &Plan, places: &[Vec<Place>], opened: &str) -> Vec<PlannedRow> {
        let tabs = plan.tabs.iter().zip(places).enumerate();
        let rows = tabs.flat_map(|(n, (tab, places))| {
            tab.panes.leaves().into_iter().zip(places).map(move |(pane, place)| PlannedRow {
                tab: tab.name.clone().unwrap_or_else(|| (n + 1).to_string()),
                outcome: if place.opened().is_some() { opened } else { "open already" }.to_owned(),
                provider: pane.provider.clone(),
                name: pane.name.clone(),
                dir: pane.dir.clone().unwrap_or_default(),
                args: pane.args.clone(),
                starts_with: pane.command.clone().or_else(|| pane.prompt.clone()),
                pane: None,
                session: None,
            })
        });
        rows.collect()
    }

    /// The rows with what is known of the panes by now.
    fn with_ids(&self, mut rows: Vec<PlannedRow>, places: &[Vec<Place>]) -> Vec<PlannedRow> {
        for (row, place) in rows.iter_mut().zip(places.iter().flatten()) {
            let pane = self.state.panes.get(&place.pane());
            row.pane = pane.map(|pane| pane.id.get());
            row.session = pane.map(|pane| pane.session.to_string());
        }
        rows
    }
}

/// The planned tab as a tree of the panes at its places.
fn tree(plan: &TabPlan, places: &[Place]) -> Result<Tree, ApiError> {
    let mut panes = places.iter().map(|place| place.pane());
    let shape: Shape<PaneId> = plan.panes.map(&mut |_| panes.next().expect("each leaf has its place"));
    Tree::try_from(shape).map_err(|error| usage(format!("the layout is no tree of panes: {error}")))
}

fn spec(pane: &PanePlan, env: &Env) -> OpenSpec {
    OpenSpec {
        provider: pane.provider.clone(),
        name: pane.name.clone(),
        cwd: pane.dir.clone().unwrap_or_else(|| "/".to_owned()),
        prompt: pane.prompt.clone(),
        command: pane.command.clone(),
        model: pane.model.clone(),
        args: pane.args.clone(),
        env: env.clone(),
        ..OpenSpec::default()
    }
}
