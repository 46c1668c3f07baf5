//! The functional core: `Core::step(now, event, effects)` is the only thing that changes `State`.
//!
//! Pure: no files, sockets, processes, threads, clocks, tokio, rusqlite or crossterm. Events and effects are data; an effect
//! that can fail has an event for its failure.

pub mod api;
pub mod applicable;
pub mod archive;
pub mod arrange;
pub mod arrival;
pub mod ask;
pub mod attend;
pub mod browse;
pub mod capture;
pub mod captures;
pub mod change;
pub mod claims;
pub mod client;
pub mod clipboard;
pub mod command;
pub mod conversation;
pub mod copied;
pub mod copy;
pub mod copying;
pub mod dialog;
pub mod effect;
pub mod entropy;
pub mod event;
pub mod explain;
pub mod feed;
pub mod finding;
pub mod gc;
pub mod glance;
pub mod guest;
pub mod hit;
pub mod hold;
pub mod input;
pub mod invariant;
pub mod launch;
pub mod learnt;
pub mod ledger;
pub mod lifecycle;
pub mod metrics;
pub mod mode;
pub mod mouse;
pub mod navigate;
pub mod notice;
pub mod offer;
pub mod open;
pub mod pace;
pub mod pane;
pub mod persist;
pub mod plan;
pub mod planning;
pub mod preferences;
pub mod presume;
pub mod probe;
pub mod reports;
pub mod restore;
pub mod resume;
pub mod scratch;
pub mod session;
pub mod settings;
pub mod setup;
pub mod several;
pub mod shown;
pub mod sidebar;
pub mod sightings;
pub mod start;
pub mod state;
pub mod steering;
pub mod stop;
pub mod submit;
pub mod tell;
pub mod timer;
pub mod turn_end;
pub mod vitals;
pub mod voice;
pub mod wait;
pub mod workspace;
pub mod worktrees;

use std::collections::BTreeMap;

use crate::core::archive::Archive;
use crate::core::arrival::Arrivals;
use crate::core::browse::Browsing;
use crate::core::captures::Captures;
use crate::core::claims::EvidenceLog;
use crate::core::copied::CopiedText;
use crate::core::copying::Pointer;
use crate::core::effect::{Effect, Effects, RequestId, Seeker};
use crate::core::entropy::Entropy;
use crate::core::event::{Env, Event};
use crate::core::feed::Feed;
use crate::core::glance::Glances;
use crate::core::launch::Launch;
use crate::core::pace::Flicker;
use crate::core::persist::Persist;
use crate::core::presume::Presumptions;
use crate::core::restore::Restore;
use crate::core::several::Batches;
use crate::core::state::State;
use crate::core::stop::Stopping;
use crate::core::submit::{Asker, Submits};
use crate::core::timer::Timer;
use crate::core::turn_end::TurnEnds;
use crate::core::vitals::Looks;
use crate::core::voice::Voices;
use crate::core::wait::Wait;
use crate::core::worktrees::Openings;
use crate::id::{ClientId, PaneId, SessionId};
use crate::input::keymap::Keymap;
use crate::input::recorder::Recorder;
use crate::protocol::api::ApiResponse;
use crate::provider::Providers;
use crate::term::TerminalOptions;
use crate::time::Now;

/// What the core knows of where it runs; never changes.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// The path of the homing program, for hooks and built-in agents.
    pub exe: String,
    /// The workspace's socket, for `HOMING_SOCKET`.
    pub socket: String,
    /// This server's process.
    pub server_pid: u32,
    /// How many servers this workspace had before, since its keeper started.
    pub generation: u32,
    /// The environment for sessions that come back at a relaunch.
    pub env: Env,
}

/// The state and everything that moves it.
#[derive(Debug)]
pub struct Core {
    state: State,
    surroundings: Surroundings,
    providers: Providers,
    keymap: Keymap,
    entropy: Entropy,
    /// What each session was launched with; in memory only, never stored.
    launches: BTreeMap<SessionId, Launch>,
    recorders: BTreeMap<SessionId, Recorder>,
    submits: Submits,
    batches: Batches,
    openings: Openings,
    captures: Captures,
    presumptions: Presumptions,
    turn_ends: TurnEnds,
    glances: Glances,
    arrivals: Arrivals,
    voices: Voices,
    looks: Looks,
    flicker: Flicker,
    /// What came of the last hook's report.
    hook_reply: String,
    evidence: BTreeMap<SessionId, EvidenceLog>,
    persist: Persist,
    restore: Restore,
    browsing: Browsing,
    /// The text that was copied last; every client pastes it.
    copied: Option<CopiedText>,
    finding: finding::Finding,
    /// What each client's mouse is about.
    pointers: BTreeMap<ClientId, Pointer>,
    waits: BTreeMap<RequestId, Wait>,
    /// What was asked of the store, and closed sessions that wait to come back.
    archive: Archive,
    feed: Feed,
    stopping: Option<Stopping>,
    /// Processes whose panes were closed and that have not ended yet.
    closing: BTreeMap<u32, SessionId>,
    warnings: Vec<String>,
    /// What was wrong with the settings when they were read last.
    setting_warnings: Vec<String>,
}

impl Core {
    /// All that is known.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The terminal of a pane, for the edges that drain its damage and write its journal.
    pub fn terminal_mut(&mut self, pane: PaneId) -> Option<&mut crate::term::Terminal> {
        self.state.panes.get_mut(&pane).map(|pane| &mut pane.terminal)
    }

    /// The key map, for hints.
    pub fn keymap(&self) -> &Keymap {
        &self.keymap
    }

    /// How many servers this workspace had before this one.
    pub fn generation(&self) -> u32 {
        self.surroundings.generation
    }

    /// What is wrong with settings and store, one sentence each.
    pub fn warnings(&self) -> impl Iterator<Item = &String> {
        self.setting_warnings.iter().chain(&self.warnings)
    }

    /// The provider table.
    pub fn providers(&self) -> &Providers {
        &self.providers
    }

    /// What came of the last hook's report, in a few words for its reply.
    pub fn hook_reply(&self) -> &str {
        &self.hook_reply
    }

    /// What a session was launched with.
    pub fn launch(&self, session: SessionId) -> Option<&Launch> {
        self.launches.get(&session)
    }

    /// Lets something happen: changes the state and says what the edges are to do.
    pub fn step(&mut self, now: Now, event: Event, fx: &mut Effects) {
        self.state.now = now;
        match event {
            Event::ClientAttached { client, pid, size, env, cwd, open } => {
                self.client_attached(client, pid, size, env, cwd, open, fx);
            }
            Event::ClientGone { client } => self.client_gone(client, fx),
            Event::ClientInput { client, input, hit } => self.client_input(client, &input, hit, fx),
            Event::ClientResized { client, size } => self.client_resized(client, size, fx),
            Event::Request { request, body } => self.request(request, body, fx),
            Event::RequestGone { request } => {
                self.waits.remove(&request);
                self.submits.withdraw(Asker::Program(request));
                self.withdraw_batch(request);
                self.archive.withdraw(request);
                self.stop_feeding(request);
            }
            Event::Spawned { pane, epoch, pid } => self.spawned(pane, epoch, pid, fx),
            Event::SpawnFailed { pane, epoch, message } => self.launch_failed(pane, epoch, message, fx),
            Event::Output { pane, epoch, bytes } => self.output(pane, epoch, &bytes, fx),
            Event::OutputEnded { pane, epoch } => self.output_ended(pane, epoch, fx),
            Event::ProcessExited { pid, code, signal } => self.process_exited(pid, code, signal, fx),
            Event::Hook(report) => self.hook(&report, fx),
            Event::Unheard { session, why } => self.unheard(session, &why, fx),
            Event::Seen { session, epoch, n_touches, sightings } => {
                self.seen(session, epoch, n_touches, sightings, fx);
            }
            Event::Registered(entry) => self.registered(entry, fx),
            Event::TurnEnd { session, epoch, end } => self.turn_ended(session, epoch, end, fx),
            Event::GuestSeen { session, epoch, n_touches, guest } => {
                self.guest_seen(session, epoch, n_touches, guest, fx);
            }
            Event::GuestExited { session, pid } => self.guest_exited(session, pid, fx),
            Event::LaunchFacts { pane, epoch, facts } => self.launch_facts(pane, epoch, facts, fx),
            Event::Committed { ticket, result } => self.committed(ticket, result, fx),
            Event::StoredSessions { request, open, ended } => self.stored_sessions(request, open, &ended, fx),
            Event::StoreAnswered { request, found } => self.store_answered(request, *found, fx),
            Event::Timer(timer) => self.timer(timer, fx),
            Event::ProjectsFound(found) => self.projects_found(found, fx),
            Event::UsageRead(readings) => self.usage_read(readings, fx),
            Event::GitRead(found) => self.git_read(found, fx),
            Event::ProvidersFound(choices) => self.providers_found(choices, fx),
            Event::ConversationsFound { client, generation, source, conversations } => {
                self.conversations_found(client, generation, &source, conversations, fx);
            }
            Event::ConversationsRead { client, generation, looked_in } => {
                self.conversations_read(client, generation, looked_in, fx);
            }
            Event::Searched { seeker: Seeker::Program(request), rows, is_cut } => {
                fx.push(Effect::Respond { request, response: Box::new(ApiResponse::Found { rows, is_cut }) });
            }
            Event::Searched { seeker: Seeker::Client(client), rows, is_cut } => {
                self.lines_found(client, rows, is_cut, fx);
            }
            Event::RequestFailed { request, message } => self.bring_back_failed(request, &message, fx),
            Event::TooLongForClipboard { client } => self.too_long_for_clipboard(client, fx),
            Event::TextWritten { client, path } => self.edit_text(client, &path, fx),
            Event::Refused { client, message } => self.toast(client, &message, fx),
            Event::SettingsRead { asker, files } => self.settings_read(asker, *files, fx),
            Event::WorktreeStep { work, step } => self.worktree_step(work, &step, fx),
            Event::WorktreeMade { work, made } => self.worktree_made(work, made, fx),
            Event::WorktreeChecked { removal, found } => self.worktree_checked(*removal, found, fx),
            Event::WorktreeRemoved { client, removed } => self.worktree_removed(client, removed, fx),
            Event::Restart { exe } => self.restart_server(exe, fx),
            Event::Terminate => self.terminate(fx),
        }
        self.move_submits_on(fx);
        self.check_waits(fx);
        self.feed_waiting(fx);
    }

    fn timer(&mut self, timer: Timer, fx: &mut Effects) {
        match timer {
            Timer::WhichKey(client) => fx.redraw(client),
            Timer::Toast(client) => self.toast_due(client, fx),
            Timer::Save => self.save_due(fx),
            Timer::Capture(session) => self.capture_due(session, fx),
            Timer::Wait(request) => self.wait_timed_out(request, fx),
            Timer::KillStragglers => self.kill_stragglers(fx),
            Timer::KillClosed(pid) => self.kill_closed(pid, fx),
            Timer::Undim(pane) => self.undim_due(pane, fx),
            // Every step moves the texts on.
            Timer::Submit(_) => {}
            Timer::LookAgain(pane) => self.look_again(pane, fx),
            Timer::HangUp => self.hang_up_due(fx),
            Timer::GuestGone(session) => self.guest_gone(session, fx),
            Timer::Presumed(session) => self.presumption_due(session, fx),
            Timer::Calm(session) => self.calm_due(session, fx),
            Timer::Arrival(session) => self.arrival_due(session, fx),
            Timer::Glance(session) => self.glance_due(session, fx),
            Timer::HooksSilent(session) => self.hooks_silent(session, fx),
            Timer::Answered(session) => self.answered_due(session, fx),
            Timer::PutOn(session) => self.put_on_overdue(session, fx),
            Timer::Search(client) => self.search_due(client, fx),
            Timer::Several(batch) => self.batch_overdue(batch, fx),
            Timer::DragOn(client) => self.drag_due(client, fx),
            Timer::Vitals => self.vitals_due(fx),
        }
    }

    fn terminal_options(&self) -> TerminalOptions {
        setup::terminal_options(&self.state.config)
    }
}

#[cfg(test)]
mod tests;
