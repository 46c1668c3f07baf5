//! The start page: what an empty workspace offers. Arrow keys select, Enter opens, and nothing needs the prefix.

use std::sync::Arc;

use crate::core::Core;
use crate::core::client::ClientView;
use crate::core::conversation::{Conversation, Found, Source};
use crate::core::dialog::Placement;
use crate::core::effect::{Effect, Effects};
use crate::core::open::OpenSpec;
use crate::core::state::{ProviderChoice, State};
use crate::id::{ClientId, ProviderName};
use crate::input::event::{KeyCode, KeyEvent};

/// Most conversations of the client's directory that are offered. Chosen: they fit beside the agents in 24 rows.
const MOST_RECENT: usize = 5;

/// What the page shows to one client.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct StartPage {
    /// Which reading its conversations come from.
    pub generation: u64,
    /// The item that Enter is about.
    pub selected: usize,
    /// Whether the agents that are not installed are listed.
    pub is_unfolded: bool,
    /// The newest conversations of the client's directory, newest first.
    pub recent: Vec<Found>,
}

/// What can be selected.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StartItem<'a> {
    /// An agent or a shell that can be opened.
    Open(&'a ProviderChoice),
    /// A conversation of the client's directory.
    GoOn(&'a Found),
    /// So many agents are not installed: lists them, or no more.
    Missing(usize),
    /// One of those; says how to install it.
    Absent(&'a ProviderChoice),
}

/// So many agents are not installed, in words.
pub fn missing_words(n: usize) -> String {
    if n == 1 { "1 agent is not installed".to_owned() } else { format!("{n} agents are not installed") }
}

/// What the page offers, in order.
pub fn items<'a>(state: &'a State, view: &'a ClientView) -> Vec<StartItem<'a>> {
    let (found, missing): (Vec<_>, Vec<_>) = state.choices.iter().partition(|choice| choice.is_installed);
    let mut items: Vec<StartItem<'a>> = found.into_iter().map(StartItem::Open).collect();
    items.extend(view.start.recent.iter().map(StartItem::GoOn));
    if !missing.is_empty() {
        items.push(StartItem::Missing(missing.len()));
    }
    if view.start.is_unfolded {
        items.extend(missing.into_iter().map(StartItem::Absent));
    }
    items
}

impl Core {
    /// Looks for agents, and for conversations of the client's directory.
    pub(super) fn begin_start(&mut self, client: ClientId, fx: &mut Effects) {
        self.find_providers(client, fx);
        let (env, _) = self.client_place(client);
        let generation = self.next_reading();
        if let Some(view) = self.state.clients.get_mut(&client) {
            view.start = StartPage { generation, ..StartPage::default() };
            fx.push(Effect::ReadConversations { client, generation, env, only: None });
        }
    }

    /// Keeps the newest conversations of the client's directory, as long as the page is shown.
    pub(super) fn recent_found(
        &mut self,
        client: ClientId,
        generation: u64,
        source: &Arc<Source>,
        conversations: Vec<Conversation>,
        fx: &mut Effects,
    ) {
        let is_shown = self.state.is_empty();
        let Some(view) = self.state.clients.get_mut(&client).filter(|view| view.start.generation == generation) else {
            return;
        };
        if !is_shown {
            return fx.push(Effect::StopReading { generation });
        }
        let here = view.cwd.trim_end_matches('/');
        let of_here = conversations.into_iter().filter(|found| found.cwd.trim_end_matches('/') == here);
        let recent = &mut view.start.recent;
        recent.extend(of_here.map(|conversation| Found { conversation, source: source.clone() }));
        recent.sort_by_key(|found| std::cmp::Reverse(found.conversation.updated_at));
        recent.dedup_by(|a, b| a.conversation.id == b.conversation.id);
        recent.truncate(MOST_RECENT);
        fx.redraw(client);
    }

    pub(super) fn key_in_start(&mut self, client: ClientId, key: &KeyEvent, fx: &mut Effects) {
        let Some(view) = self.state.clients.get(&client) else { return };
        let (n, selected) = (items(&self.state, view).len(), view.start.selected);
        let next = match key.code {
            KeyCode::Down | KeyCode::Tab | KeyCode::Char('j') => (selected + 1) % n.max(1),
            KeyCode::Up | KeyCode::Char('k') => (selected + n.max(1) - 1) % n.max(1),
            KeyCode::Enter => return self.choose_start(client, selected, fx),
            _ => return,
        };
        if let Some(view) = self.state.clients.get_mut(&client) {
            view.start.selected = next;
            fx.redraw(client);
        }
    }

    /// Does what the n-th item is about.
    pub(super) fn choose_start(&mut self, client: ClientId, n: usize, fx: &mut Effects) {
        let Some(view) = self.state.clients.get_mut(&client) else { return };
        view.start.selected = n;
        let Some(view) = self.state.clients.get(&client) else { return };
        match items(&self.state, view).get(n).copied() {
            Some(StartItem::Open(choice)) => {
                let provider = choice.name.clone();
                self.open_from_start(client, &provider, fx);
            }
            Some(StartItem::GoOn(found)) => {
                let found = found.clone();
                self.open_found(client, &found, Placement::Tab, fx);
            }
            Some(StartItem::Missing(_)) => {
                if let Some(view) = self.state.clients.get_mut(&client) {
                    view.start.is_unfolded = !view.start.is_unfolded;
                    fx.redraw(client);
                }
            }
            Some(StartItem::Absent(choice)) => {
                let hint = choice.install_hint.as_deref().map(|hint| format!(": {hint}")).unwrap_or_default();
                let said = format!("{} is not installed{hint}", choice.title);
                self.say(client, &said, fx);
            }
            None => {}
        }
    }

    fn open_from_start(&mut self, client: ClientId, provider: &ProviderName, fx: &mut Effects) {
        let (env, cwd) = self.client_place(client);
        let spec = OpenSpec {
            provider: provider.as_str().to_owned(),
            cwd,
            placement: Some(Placement::Tab),
            env,
            client: Some(client),
            ..OpenSpec::default()
        };
        if let Err(error) = self.open(spec, fx) {
            self.toast(client, &error.message, fx);
        }
    }
}
