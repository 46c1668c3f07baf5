//! Agents that the user starts by hand in a shell's pane: the session stays a shell's, but it is on their conversation, and a
//! relaunch brings both back.
//!
//! They get no hooks (homing did not start them), so only what their processes show counts.

use std::time::Duration;

use crate::config::FileDialect;
use crate::core::Core;
use crate::core::change::{Change, Durability};
use crate::core::effect::{Effect, Effects};
use crate::core::ledger::ClaimEnd;
use crate::core::persist::Pending;
use crate::core::probe::{GuestKind, GuestProbe, GuestSighting};
use crate::core::session::{Claim, Guest, LaunchOptions};
use crate::core::timer::Timer;
use crate::id::SessionId;
use crate::provider::launch::Launch;
use crate::provider::strip::strip;
use crate::provider::{self, HookContext, LaunchRequest, Providers};

/// An agent that ends this long before its shell was ended with it, and is to come back. Chosen: longer than a machine or a
/// terminal takes to end all processes.
const SHELL_OUTLIVES: Duration = Duration::from_secs(3);

/// Arguments with which an agent answers once and ends: it holds no conversation of the pane's.
const ANSWERS_ONCE: [&str; 2] = ["-p", "--print"];

impl Core {
    pub(super) fn probe_guest(&self, session: SessionId, pid: u32, fx: &mut Effects) {
        let Some(epoch) = self.state.pane_of(session).map(|pane| pane.epoch) else { return };
        let tells = |files| matches!(files, FileDialect::Claude | FileDialect::Codex);
        let kinds = self.providers.iter().filter(|row| row.can_resume() && tells(row.files)).filter_map(|row| {
            Some(GuestKind {
                provider: row.name.clone(),
                program: row.program()?.rsplit('/').next()?.to_owned(),
                files: row.files,
                remember_env: row.remember_env.clone(),
            })
        });
        let is_known = self.state.sessions.get(&session).is_some_and(|record| record.guest.is_some());
        let said = self.captures.said(session).cloned();
        let n_touches = self.captures.n_touches(session);
        let probe = GuestProbe { session, epoch, n_touches, pid, is_known, kinds: kinds.collect(), said };
        fx.push(Effect::ProbeGuest(Box::new(probe)));
    }

    pub(super) fn guest_seen(
        &mut self,
        session: SessionId,
        epoch: u32,
        n_touches: u32,
        seen: Option<GuestSighting>,
        fx: &mut Effects,
    ) {
        let is_current = self.state.pane_of(session).is_some_and(|pane| pane.epoch == epoch);
        if !is_current || self.captures.is_outdated(session, n_touches) {
            return;
        }
        // Nothing to see is no news: that an agent has ended is told by its process.
        let Some(seen) = seen else { return };
        let Some(provider) = self.providers.get(&seen.provider) else { return };
        let stripped = strip(provider, &seen.args);
        if stripped.is_command || stripped.kept.iter().any(|arg| ANSWERS_ONCE.contains(&arg.as_str())) {
            return;
        }
        let options = LaunchOptions {
            args: stripped.kept,
            model: None,
            env: seen.env.into_iter().collect(),
            ..LaunchOptions::default()
        };
        let guest = Guest { provider: seen.provider, cwd: seen.cwd, options, pid: seen.pid };
        let Some(record) = self.state.sessions.get(&session) else { return };
        let known = record.guest.as_ref();
        if known.is_none_or(|known| known.pid != guest.pid) {
            fx.push(Effect::WatchGuest { session, pid: guest.pid });
        }
        if known.is_some_and(|known| known.provider != guest.provider) {
            self.leave_guest(session, fx);
        }
        if let Some(record) = self.state.sessions.get_mut(&session)
            && record.guest.as_ref() != Some(&guest)
        {
            record.guest = Some(guest);
            self.save_session_now(session, fx);
            fx.redraw_all();
        }
        self.weigh_all(session, seen.sightings, fx);
    }

    /// The shell may be ending too: then the agent is to come back.
    pub(super) fn guest_exited(&mut self, session: SessionId, pid: u32, fx: &mut Effects) {
        let guest = self.state.sessions.get(&session).and_then(|record| record.guest.as_ref());
        if guest.is_some_and(|guest| guest.pid == pid) {
            fx.push(Effect::SetTimer { timer: Timer::GuestGone(session), at: self.state.now.instant + SHELL_OUTLIVES });
        }
    }

    /// The user has left the agent: the shell goes on.
    pub(super) fn guest_gone(&mut self, session: SessionId, fx: &mut Effects) {
        let is_alive = self.state.sessions.get(&session).is_some_and(|record| record.pid.is_some());
        if is_alive && self.stopping.is_none() {
            self.leave_guest(session, fx);
        }
    }

    pub(super) fn leave_guest(&mut self, session: SessionId, fx: &mut Effects) {
        let at = self.state.now.wall;
        let Some(record) = self.state.sessions.get_mut(&session) else { return };
        record.guest = None;
        record.doubt = None;
        // At once: what the next guest shows must not be weighed against it.
        if record.claim.take().is_some() {
            let change = Change::ClaimEnded { session, at, reason: ClaimEnd::Left };
            self.commit(vec![change], Durability::Full, Pending::Nothing, fx);
        }
        self.save_session_now(session, fx);
        fx.redraw_all();
    }
}

/// The shell with its agent on its conversation; when the agent is left, the shell goes on.
pub(super) fn guest_launch(providers: &Providers, guest: &Guest, claim: &Claim, shell: &LaunchRequest<'_>) -> Launch {
    let Some(provider) = providers.get(&guest.provider) else { return provider::launch::fresh(shell) };
    // A guest never had homing's hooks, and so it goes on.
    let hooks = HookContext { inject: false, ..shell.hooks.clone() };
    let request = LaunchRequest { provider, options: &guest.options, hooks: &hooks, ..*shell };
    let mut launch = provider::launch::resume(&request, claim);
    let agent = std::mem::take(&mut launch.argv);
    let run = ["/bin/sh", "-c", "\"$@\"; exec \"$0\"", shell.shell].map(str::to_owned);
    launch.argv = run.into_iter().chain(agent).collect();
    launch
}
