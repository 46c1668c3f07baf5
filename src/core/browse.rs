//! Conversations on disk: browsing them, opening one in a pane, putting a session on one.
//!
//! A conversation is opened as a resume is: its claim is stored before anything is started, and one that another session
//! holds is refused with that session's name.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crate::config::FileDialect;
use crate::core::Core;
use crate::core::change::{Change, Durability};
use crate::core::conversation::{Conversation, Found, Source};
use crate::core::dialog::browser::OpenConversations;
use crate::core::dialog::{Action, Browser, BrowserView, Confirm, Dialog, OpenIn, Placement};
use crate::core::effect::{AgentSignal, Effect, Effects, RequestId};
use crate::core::event::Env;
use crate::core::mode::Mode;
use crate::core::open::{OpenSpec, failed, found_claim};
use crate::core::pane::Phase;
use crate::core::persist::Pending;
use crate::core::resume::{Cause, short_id};
use crate::core::session::Claim;
use crate::core::timer::Timer;
use crate::id::{ClientId, ConversationId, PaneId, ProviderName, SessionId};
use crate::protocol::api::{ApiError, ApiResponse};

/// How long an agent has to end before its session goes on with another conversation (as at a stop of the workspace).
const GRACE: Duration = Duration::from_secs(3);

/// What is under way.
#[derive(Debug, Default)]
pub struct Browsing {
    n_readings: u64,
    /// Sessions whose agent was asked to end, and which go on with another conversation once it has.
    ending: BTreeSet<SessionId>,
}

impl Browsing {
    /// The session is gone.
    pub(super) fn forget(&mut self, session: SessionId) {
        self.ending.remove(&session);
    }
}

impl Core {
    pub(super) fn open_browser(&mut self, client: ClientId, fx: &mut Effects) {
        let (env, here) = self.client_place(client);
        let browser = Browser::new(self.browser_view(here));
        self.show_browser(client, browser, env, None, fx);
    }

    /// Lets the user pick the conversation for a pane's session; `candidates` stand on top.
    pub(super) fn pick_conversation(
        &mut self,
        client: ClientId,
        pane: PaneId,
        candidates: Vec<ConversationId>,
        fx: &mut Effects,
    ) {
        let Some(record) = self.state.session_of(pane) else { return };
        let (session, here, chosen) = (record.id, record.cwd.clone(), record.options.env.clone());
        let files = self.files_of(&record.provider);
        if files == FileDialect::None || !self.provider_of(session).is_some_and(|row| row.can_resume()) {
            let message = format!("the conversations of {} cannot be listed", record.provider);
            return self.toast(client, &message, fx);
        }
        let (mut env, _) = self.client_place(client);
        env.retain(|(name, _)| !chosen.contains_key(name));
        env.extend(chosen);
        let browser = Browser::for_session(session, files, candidates, self.browser_view(here));
        self.show_browser(client, browser, env, Some(files), fx);
    }

    fn show_browser(
        &mut self,
        client: ClientId,
        browser: Browser,
        env: Env,
        only: Option<FileDialect>,
        fx: &mut Effects,
    ) {
        let generation = browser.view.generation;
        self.set_mode(client, Mode::Dialog(Dialog::Browser(Box::new(browser))), fx);
        fx.push(Effect::ReadConversations { client, generation, env, only });
    }

    /// The number of the next reading.
    pub(super) fn next_reading(&mut self) -> u64 {
        self.browsing.n_readings += 1;
        self.browsing.n_readings
    }

    fn browser_view(&mut self, here: String) -> BrowserView {
        BrowserView {
            generation: self.next_reading(),
            here,
            home: self.state.home.clone(),
            now: self.state.now.wall,
            open: self.open_conversations(),
        }
    }

    fn files_of(&self, provider: &ProviderName) -> FileDialect {
        self.providers.get(provider).map_or(FileDialect::None, |row| row.files)
    }

    fn open_conversations(&self) -> OpenConversations {
        let open = self.state.panes.values().filter_map(|pane| {
            let session = self.state.sessions.get(&pane.session)?;
            let conversation = session.claim.as_ref()?.conversation.clone();
            Some(((self.files_of(&session.provider), conversation), OpenIn { session: session.id, pane: pane.id }))
        });
        open.collect()
    }

    fn browser_of(&mut self, client: ClientId, generation: u64) -> Option<&mut Browser> {
        match &mut self.state.clients.get_mut(&client)?.mode {
            Mode::Dialog(Dialog::Browser(browser)) if browser.view.generation == generation => Some(browser),
            _ => None,
        }
    }

    pub(super) fn conversations_found(
        &mut self,
        client: ClientId,
        generation: u64,
        source: &Arc<Source>,
        conversations: Vec<Conversation>,
        fx: &mut Effects,
    ) {
        if let Some(browser) = self.browser_of(client, generation) {
            browser.take(source, conversations);
            return fx.redraw(client);
        }
        self.recent_found(client, generation, source, conversations, fx);
    }

    pub(super) fn conversations_read(
        &mut self,
        client: ClientId,
        generation: u64,
        looked_in: Vec<String>,
        fx: &mut Effects,
    ) {
        if let Some(browser) = self.browser_of(client, generation) {
            browser.looked_in = Some(looked_in);
            fx.redraw(client);
        }
    }

    /// The client is about to leave its browser, if it has one open: nothing more is read for it.
    pub(super) fn stop_reading(&mut self, client: ClientId, fx: &mut Effects) {
        if let Some(Mode::Dialog(Dialog::Browser(browser))) = self.state.clients.get(&client).map(|view| &view.mode) {
            fx.push(Effect::StopReading { generation: browser.view.generation });
        }
    }

    /// The session with a pane that is on the conversation.
    fn holder_of(&self, provider: &ProviderName, conversation: &ConversationId) -> Option<SessionId> {
        let files = self.files_of(provider);
        let is_same =
            |other: &ProviderName| other == provider || (files != FileDialect::None && self.files_of(other) == files);
        let is_on = |claim: &Option<Claim>| claim.as_ref().is_some_and(|claim| claim.conversation == *conversation);
        self.state.sessions.values().find(|session| is_on(&session.claim) && is_same(&session.provider)).map(|s| s.id)
    }

    /// Opens a conversation in a pane of its own, or goes to the session that is on it.
    pub(super) fn open_found(&mut self, client: ClientId, found: &Found, placement: Placement, fx: &mut Effects) {
        let conversation = &found.conversation;
        if let Some(holder) = self.holder_of(&conversation.provider, &conversation.id) {
            return self.go(client, holder, fx);
        }
        let (mut env, _) = self.client_place(client);
        env.retain(|(name, _)| !found.source.env.contains_key(name));
        env.extend(found.source.env.clone());
        let spec = OpenSpec { client: Some(client), placement: Some(placement), env, ..OpenSpec::default() };
        if let Err(error) = self.open_conversation(conversation.clone(), spec, fx) {
            self.toast(client, &error.message, fx);
        }
    }

    /// A program opens a conversation; the answer comes when it runs.
    pub(super) fn open_for_program(
        &mut self,
        request: RequestId,
        conversation: Conversation,
        env: Env,
        placement: Option<Placement>,
        fx: &mut Effects,
    ) -> Result<Option<ApiResponse>, ApiError> {
        if let Some(holder) = self.holder_of(&conversation.provider, &conversation.id) {
            if let Some(pane) = self.state.pane_of(holder).map(|pane| pane.id) {
                self.show_pane(self.client_typed_last(), pane, fx);
            }
            return Ok(self.session_row(holder).map(|row| ApiResponse::AlreadyOpen(Box::new(row))));
        }
        let spec = OpenSpec { request: Some(request), placement, env, ..OpenSpec::default() };
        self.open_conversation(conversation, spec, fx)?;
        Ok(None)
    }

    fn open_conversation(
        &mut self,
        conversation: Conversation,
        spec: OpenSpec,
        fx: &mut Effects,
    ) -> Result<PaneId, ApiError> {
        let short = short_id(&conversation.id);
        if conversation.cwd.is_empty() {
            return Err(failed(format!(
                "the directory of conversation {short} is not known, and it is opened only there"
            )));
        }
        if self.providers.get(&conversation.provider).is_some_and(|row| !row.can_resume()) {
            return Err(failed(format!("{} cannot go on with a conversation by its id", conversation.provider)));
        }
        let (provider, cwd) = (conversation.provider.as_str().to_owned(), conversation.cwd.clone());
        self.open(OpenSpec { provider, cwd, conversation: Some(Box::new(conversation)), ..spec }, fx)
    }

    /// Puts a session on a conversation that the user picked, and asks first where that ends an agent that runs.
    pub(super) fn ask_put_on(&mut self, client: ClientId, session: SessionId, found: Box<Found>, fx: &mut Effects) {
        let Some(record) = self.state.sessions.get(&session) else { return };
        if record.pid.is_none() {
            return self.put_on(session, *found, fx);
        }
        let confirm = Confirm::put_on(record.label(), Action::EndAndPutOn(session, found));
        self.set_mode(client, Mode::Dialog(Dialog::Confirm(confirm)), fx);
    }

    /// Puts a session on a conversation: the claim is stored first, then an agent that runs is ended, then the pane is
    /// launched on the conversation. The user's choice counts as an assigned id. One that another session holds is refused.
    pub(super) fn put_on(&mut self, session: SessionId, found: Found, fx: &mut Effects) {
        let Some(record) = self.state.sessions.get(&session) else { return };
        let provider = record.provider.clone();
        let conversation = &found.conversation;
        if let Some(holder) = self.holder_of(&provider, &conversation.id).filter(|holder| *holder != session) {
            let label = self.state.sessions.get(&holder).map(|holder| holder.label().to_owned()).unwrap_or_default();
            let place = self.state.pane_of(holder).map(|pane| format!(" in pane {}", pane.id)).unwrap_or_default();
            let message = format!("conversation {} is already open{place} ({label})", short_id(&conversation.id));
            return self.toast_all(&message, fx);
        }
        let claim = found_claim(conversation, self.state.now.wall);
        let change = Change::Claim { session, provider, claim: claim.clone() };
        self.commit(vec![change], Durability::Full, Pending::PutOn(session, claim, Box::new(found)), fx);
    }

    pub(super) fn put_on_written(&mut self, session: SessionId, claim: Claim, found: &Found, fx: &mut Effects) {
        let token = self.entropy.token();
        let Some(record) = self.state.sessions.get_mut(&session) else { return };
        let conversation = &found.conversation;
        record.claim = Some(claim);
        record.title.clone_from(&conversation.title);
        record.first_message.clone_from(&conversation.first_message);
        record.options.env.extend(found.source.env.clone());
        if !conversation.cwd.is_empty() {
            record.cwd.clone_from(&conversation.cwd);
        }
        let pid = record.pid;
        self.save_session_now(session, fx);
        // What the agent that ends still reports is about the conversation that is left.
        if let Some(launch) = self.launches.get_mut(&session) {
            launch.token = token;
        }
        self.captures.end(session);
        let Some(pane) = self.state.panes.values_mut().find(|pane| pane.session == session) else { return };
        let id = pane.id;
        let Some(pid) = pid else { return self.relaunch(id, Cause::Reopen, fx) };
        pane.epoch += 1;
        self.browsing.ending.insert(session);
        self.set_phase(id, Phase::Waiting { note: "ending the agent".to_owned() }, fx);
        fx.push(Effect::Signal { pid, signal: AgentSignal::HangUp });
        fx.push(Effect::SetTimer { timer: Timer::PutOn(session), at: self.state.now.instant + GRACE });
    }

    /// An agent that was to make room has not ended: it is killed.
    pub(super) fn put_on_overdue(&mut self, session: SessionId, fx: &mut Effects) {
        let pid = self.state.sessions.get(&session).and_then(|record| record.pid);
        if let Some(pid) = pid.filter(|_| self.browsing.ending.contains(&session)) {
            fx.push(Effect::Signal { pid, signal: AgentSignal::Kill });
        }
    }

    /// The agent of a session has ended: launches the pane on the conversation that was picked, if that is why it ended.
    pub(super) fn go_on_elsewhere(&mut self, pane: PaneId, session: SessionId, fx: &mut Effects) -> bool {
        if !self.browsing.ending.remove(&session) || self.stopping.is_some() {
            return false;
        }
        self.set_phase(pane, Phase::Held { note: String::new() }, fx);
        self.relaunch(pane, Cause::Reopen, fx);
        true
    }
}
