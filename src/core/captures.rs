//! What is known of each session's process beside its claim: when it was touched, what was said in it, what named its
//! conversation since. Plain data; `core::capture` and `core::sightings` fill and read it.

use std::collections::BTreeMap;

use crate::core::probe::{Opening, Submitted};
use crate::id::SessionId;
use crate::provider::claim::{HookStanding, Sight};
use crate::time::Wall;

/// How long after an Enter the title of the terminal may still be that of the screen before. Chosen: ten times what OpenCode
/// takes on an idle machine.
const TITLE_LAG_MS: i64 = 2000;

/// How long an agent that was asked for another conversation may still have only the one before. Chosen: ten times what Codex
/// and Claude Code take on an idle machine.
const SWITCH_LAG_MS: i64 = 2000;

/// What is known of a session's process, for weighing what is seen of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Standing {
    /// When it was started, where this server started it.
    pub(super) launched_at: Option<Wall>,
    /// The attempt that comes next; none while nothing is looked for.
    pub(super) next_attempt: Option<usize>,
    /// When the user last pressed Enter (or the button of the mouse) in it: what it shows may be another conversation since.
    pub(super) touched_at: Option<Wall>,
    /// What was submitted then, where the recorder is sure of it.
    pub(super) said: Option<Submitted>,
    /// What was submitted then as the recorder saw it, where it is not sure: it counts only where it stands so in an agent's
    /// own files, letter by letter.
    pub(super) rough: Option<Submitted>,
    /// When the user last asked for a new conversation, if that was the last thing submitted.
    pub(super) reset_at: Option<Wall>,
    /// The title that its agent has given the terminal in this launch, and when.
    pub(super) title: Option<(String, Wall)>,
    /// Whether its agent has sent a hook in this launch.
    pub(super) is_heard: bool,
    /// When a hook last named the conversation that it shows.
    pub(super) hook_at: Option<Wall>,
    /// When anything last named it for certain.
    pub(super) named_at: Option<Wall>,
    /// Whether the user asked Codex or Claude Code for a new conversation, and nothing has named one since: what its process
    /// had open before may be all that it shows for a while.
    pub(super) asked_new: bool,
    /// When the user last asked for another conversation, or may have picked one from a list, if that was the last Enter.
    pub(super) switched_at: Option<Wall>,
    /// How many of the next Enters may pick a conversation from a list.
    pub(super) picks_left: u8,
    /// How often it was touched: an answer to a look from before the last touch is out of date.
    pub(super) n_touches: u32,
    /// What its process had open at the last look.
    pub(super) held: Vec<Opening>,
    /// The same before the user's last Enter.
    pub(super) held_before: Vec<Opening>,
}

impl Standing {
    pub(super) fn is_since_touched(&self, at: Option<Wall>) -> bool {
        match (at, self.touched_at) {
            (Some(at), Some(touched)) => at >= touched,
            (Some(_), None) => true,
            (None, _) => false,
        }
    }

    /// Whether its process may still have only a conversation that it does not show any more.
    pub(super) fn may_show_before(&self, now: Wall) -> bool {
        self.asked_new || self.switched_at.is_some_and(|at| now.unix_ms - at.unix_ms < SWITCH_LAG_MS)
    }

    /// The title of the terminal, if it is up to date: just after an Enter it may still be that of the screen before.
    pub(super) fn current_title(&self, now: Wall) -> Option<String> {
        let (title, set_at) = self.title.as_ref()?;
        let lasted_ms = self.touched_at.map_or(i64::MAX, |touched| now.unix_ms - touched.unix_ms);
        (self.is_since_touched(Some(*set_at)) || lasted_ms >= TITLE_LAG_MS).then(|| title.clone())
    }

    pub(super) fn hooks(&self) -> HookStanding {
        match (self.is_heard, self.is_since_touched(self.hook_at)) {
            (_, true) => HookStanding::Latest,
            (true, false) => HookStanding::Earlier,
            (false, false) => HookStanding::Silent,
        }
    }
}

/// The captures under way: at most one schedule a session.
#[derive(Debug, Default)]
pub struct Captures {
    pub(super) sessions: BTreeMap<SessionId, Standing>,
}

impl Captures {
    /// Ends a session's schedule.
    pub(super) fn end(&mut self, session: SessionId) {
        if let Some(standing) = self.sessions.get_mut(&session) {
            standing.next_attempt = None;
        }
    }

    /// Forgets a session that has no pane any more.
    pub(super) fn forget(&mut self, session: SessionId) {
        self.sessions.remove(&session);
    }

    /// A new process: nothing was heard of it yet.
    pub(super) fn begin(&mut self, session: SessionId, at: Wall) {
        self.sessions.insert(session, Standing { launched_at: Some(at), named_at: Some(at), ..Standing::default() });
    }

    /// A hook of the session's launch has spoken.
    pub(super) fn heard(&mut self, session: SessionId) {
        self.sessions.entry(session).or_default().is_heard = true;
    }

    /// What the hooks of the session's launch have said.
    pub(super) fn hooks(&self, session: SessionId) -> HookStanding {
        self.sessions.get(&session).map_or(HookStanding::Silent, Standing::hooks)
    }

    /// Whether something has named the conversation on the screen since the user last touched it.
    pub(super) fn is_settled(&self, session: SessionId) -> bool {
        let standing = self.sessions.get(&session);
        standing.is_none_or(|standing| standing.touched_at.is_none() || standing.is_since_touched(standing.named_at))
    }

    /// Something named the conversation on the screen.
    pub(super) fn named(&mut self, session: SessionId, sight: Sight, at: Wall) {
        let standing = self.sessions.entry(session).or_default();
        standing.named_at = Some(at);
        standing.asked_new = false;
        if matches!(sight, Sight::Opened(_) | Sight::Prompt) {
            standing.hook_at = Some(at);
            standing.picks_left = 0;
        }
    }

    /// The session was moved to another conversation: its list is closed.
    pub(super) fn moved(&mut self, session: SessionId) {
        if let Some(standing) = self.sessions.get_mut(&session) {
            standing.picks_left = 0;
        }
    }

    /// Whether no further attempt will be made.
    pub(super) fn is_over(&self, session: SessionId) -> bool {
        self.sessions.get(&session).is_none_or(|standing| standing.next_attempt.is_none())
    }

    /// How often the session was touched.
    pub(super) fn n_touches(&self, session: SessionId) -> u32 {
        self.sessions.get(&session).map_or(0, |standing| standing.n_touches)
    }

    /// Whether a look was asked for before the session was last touched.
    pub(super) fn is_outdated(&self, session: SessionId, n_touches: u32) -> bool {
        self.n_touches(session) != n_touches
    }

    /// Whether its process may still have only a conversation that it does not show any more.
    pub(super) fn may_show_before(&self, session: SessionId, now: Wall) -> bool {
        self.sessions.get(&session).is_some_and(|standing| standing.may_show_before(now))
    }

    /// When its process was started, where this server started it.
    pub(super) fn launched_at(&self, session: SessionId) -> Option<Wall> {
        self.sessions.get(&session)?.launched_at
    }

    /// When the user last pressed Enter in it.
    pub(super) fn touched_at(&self, session: SessionId) -> Option<Wall> {
        self.sessions.get(&session)?.touched_at
    }

    pub(super) fn said(&self, session: SessionId) -> Option<&Submitted> {
        self.sessions.get(&session)?.said.as_ref()
    }

    /// When the user asked for a new conversation, if that was the last thing submitted.
    pub(super) fn reset_at(&self, session: SessionId) -> Option<Wall> {
        self.sessions.get(&session)?.reset_at
    }

    pub(super) fn said_or_rough(&self, session: SessionId) -> Option<&Submitted> {
        let standing = self.sessions.get(&session)?;
        standing.said.as_ref().or(standing.rough.as_ref())
    }
}
