//! Making notices: which changes are news, each told once, and given to the user's desktop where they are not at hand.
//!
//! The sidebar's marks and the counts do not come from here but from the sessions themselves.

use std::time::Duration;

use crate::config::{FileDialect, HookDialect};
use crate::core::Core;
use crate::core::api::rfc3339;
use crate::core::change::{Change, Durability};
use crate::core::dialog::{Dialog, NoticeItem, NoticeList};
use crate::core::effect::{Effect, Effects};
use crate::core::mode::Mode;
use crate::core::notice::{NOTICES_SHOWN, Notice, NoticeKind};
use crate::core::persist::Pending;
use crate::core::session::{Session, Status};
use crate::core::timer::Timer;
use crate::id::{ClientId, SessionId};
use crate::input::event::{KeyCode, KeyEvent, Modifiers};
use crate::protocol::api::NoticeRow;
use crate::provider::hook::HookKind;
use crate::text;
use crate::time::{Instant, short_age};

/// Longest text of a notice, in characters.
const MAX_CHARS: usize = 200;

/// An agent that still waits this long after an answer did not take it. Chosen.
const ANSWER_TAKES: Duration = Duration::from_secs(2);

/// The same kind of notice of the same session within this time is one event told twice (by a hook and by a registry, say).
const SAME_MICROS: u64 = 1_500_000;

/// A program's own notifications that are told within [`MESSAGES_WINDOW`]; what comes beyond is passed over, or one that floods
/// would fill the store and push everything else off the list. Chosen.
const MESSAGES_MAX: u32 = 5;

/// See [`MESSAGES_MAX`]. Chosen.
const MESSAGES_WINDOW: Duration = Duration::from_secs(10);

/// An end of a turn within this time of the user's Esc or ctrl+c is the user's own doing, and no news.
const OWN_DOING_MICROS: u64 = 3_000_000;

impl Core {
    /// An agent said something about the change of its status that comes with it.
    pub(super) fn note_words(&mut self, session: SessionId, event: &HookKind) {
        let said = match event {
            HookKind::PermissionRequested { tool, summary } => {
                let what = if summary.is_empty() { tool } else { summary };
                (NoticeKind::Permission, what.clone())
            }
            HookKind::QuestionAsked { summary } => (NoticeKind::Question, summary.clone()),
            HookKind::TurnEnded { message } => (NoticeKind::Done, message.clone()),
            HookKind::TurnFailed { message } => (NoticeKind::Failed, message.clone()),
            HookKind::SessionStarted { .. }
            | HookKind::PromptSubmitted { .. }
            | HookKind::ToolStarted
            | HookKind::ToolEnded
            | HookKind::Interrupted
            | HookKind::Idle
            | HookKind::SessionEnded { .. }
            | HookKind::SubAgent
            | HookKind::Other(_) => return,
        };
        self.enrich(session, said.0, &said.1);
        self.state.notices.words.insert(session, said);
    }

    /// A registry or a title may have told of the change before the hook that has the words.
    fn enrich(&mut self, session: SessionId, kind: NoticeKind, words: &str) {
        let now = self.state.now.instant;
        let is_fresh = self.state.notices.last.get(&session).is_some_and(|(_, at)| is_same_event(*at, now));
        let Some(notice) = self.state.notices.list.back_mut().filter(|notice| notice.session == session && is_fresh)
        else {
            return;
        };
        let is_bare = notice.text == notice.kind.words();
        if is_bare && !words.is_empty() && notice.kind.is_wait() == kind.is_wait() {
            notice.kind = kind;
            notice.text = text::one_line(words, MAX_CHARS);
        }
    }

    /// The user stops what the agent does: that it ends then is no news.
    pub(super) fn note_stop(&mut self, session: SessionId) {
        let is_at_work = self
            .state
            .sessions
            .get(&session)
            .is_some_and(|record| matches!(record.status, Status::Busy | Status::Blocked));
        if is_at_work {
            self.state.notices.stopped.insert(session, self.state.now.instant);
        }
    }

    /// Whether what ends now was just stopped by the user.
    pub(super) fn is_own_doing(&self, session: SessionId) -> bool {
        let now = self.state.now.instant;
        let stopped = self.state.notices.stopped.get(&session);
        stopped.is_some_and(|at| now.micros.saturating_sub(at.micros) < OWN_DOING_MICROS)
    }

    /// A session's status changed: what of it is news?
    pub(super) fn notice_of_status(&mut self, session: SessionId, before: Status, after: Status, fx: &mut Effects) {
        let words = self.state.notices.words.remove(&session);
        let is_own_doing = self.is_own_doing(session);
        let kind = match (before, after) {
            (_, Status::Blocked) => match &words {
                Some((NoticeKind::Question, _)) => NoticeKind::Question,
                _ => NoticeKind::Permission,
            },
            (Status::Busy | Status::Blocked, Status::Ready) if !is_own_doing => NoticeKind::Done,
            (_, Status::Error) if !is_own_doing => NoticeKind::Failed,
            _ => return,
        };
        let said = words.filter(|(of, _)| *of == kind).map(|(_, words)| words).unwrap_or_default();
        self.notice(session, kind, &said, fx);
    }

    /// Tells the user something about a session: stored, and given to the desktop; nothing where the user looks at it.
    pub(super) fn notice(&mut self, session: SessionId, kind: NoticeKind, words: &str, fx: &mut Effects) {
        if self.is_watched(session) {
            return;
        }
        let Some(record) = self.state.sessions.get(&session) else { return };
        let now = self.state.now;
        let is_told = |(told, at): &(NoticeKind, Instant)| *told == kind && is_same_event(*at, now.instant);
        if kind != NoticeKind::Message && self.state.notices.last.get(&session).is_some_and(is_told) {
            return;
        }
        let said = text::one_line(words, MAX_CHARS);
        let label = record.label().to_owned();
        let text = if said.is_empty() { kind.words().to_owned() } else { said };
        let notices = &mut self.state.notices;
        notices.n_told += 1;
        let notice = Notice { number: notices.n_told, session, label, kind, text, at: now.wall, seen_at: None };
        notices.last.insert(session, (kind, now.instant));
        if notices.list.len() >= NOTICES_SHOWN {
            notices.list.pop_front();
        }
        notices.list.push_back(notice.clone());
        self.persist.late.push(Change::Notice(Box::new(notice.clone())));
        self.save_session_soon(session, fx);
        self.feed(session, "notice", &format!("{}: {}", kind.as_str(), notice.text));
        self.deliver(&notice, fx);
        fx.redraw_all();
    }

    /// A program's own notification (OSC 9, 777): news of what has no better way to tell. An agent that reports by hooks or
    /// in-band would tell everything twice.
    pub(super) fn program_says(&mut self, session: SessionId, words: &str, fx: &mut Effects) {
        let tells = self
            .provider_of(session)
            .is_some_and(|provider| provider.hooks != HookDialect::None || provider.files != FileDialect::None);
        if !tells && self.may_say_more(session) {
            self.notice(session, NoticeKind::Message, words, fx);
        }
    }

    /// Counts one more notification of the session's program, unless it had its share in this window.
    fn may_say_more(&mut self, session: SessionId) -> bool {
        let now = self.state.now.instant;
        self.state.notices.messages.entry(session).or_default().allows(now, MESSAGES_MAX, MESSAGES_WINDOW)
    }

    /// Outside of homing: not while a client's window has the focus, and not when the user asked for quiet.
    fn deliver(&self, notice: &Notice, fx: &mut Effects) {
        let is_here = self.state.clients.values().any(|view| view.has_focus);
        let of_provider = self.provider_of(notice.session).and_then(|provider| provider.notify.as_ref());
        let is_wanted = of_provider.unwrap_or(&self.state.config.notify.kinds).contains(&notice.kind);
        if self.state.notices.is_quiet || is_here || !is_wanted {
            return;
        }
        let provider = self.state.sessions.get(&notice.session).map(|record| record.provider.to_string());
        fx.push(Effect::Notify { notice: Box::new(notice.clone()), provider: provider.unwrap_or_default() });
    }

    /// The user looks at a session: what was told of it is seen.
    pub(super) fn notices_seen(&mut self, session: Option<SessionId>, fx: &mut Effects) {
        let at = self.state.now.wall;
        let unseen = self
            .state
            .notices
            .list
            .iter_mut()
            .filter(|notice| notice.seen_at.is_none() && session.is_none_or(|session| notice.session == session));
        let numbers: Vec<u64> = unseen
            .map(|notice| {
                notice.seen_at = Some(at);
                notice.number
            })
            .collect();
        if !numbers.is_empty() {
            let change = Change::NoticesSeen { numbers, at };
            self.commit(vec![change], Durability::Relaxed, Pending::Nothing, fx);
            fx.redraw_all();
        }
    }

    /// The list of notices: on top who waits, longest first, then what happened, newest first.
    pub(super) fn open_notices(&mut self, client: ClientId, fx: &mut Effects) {
        let now = self.state.now.wall;
        let mut waiting: Vec<&Session> =
            self.state.sessions.values().filter(|session| session.status == Status::Blocked).collect();
        waiting.sort_by_key(|session| (session.last_activity_at, session.id));
        // What each of them asks: its newest notice; none was made of one that was asked in view.
        let asks = |session: SessionId| {
            self.state.notices.iter().rev().find(|notice| notice.session == session && notice.kind.is_wait())
        };
        let open = waiting.iter().map(|session| {
            let notice = asks(session.id).filter(|notice| notice.at >= session.last_activity_at);
            NoticeItem {
                session: session.id,
                label: session.label().to_owned(),
                kind: notice.map_or(NoticeKind::Permission, |notice| notice.kind),
                text: notice.map_or_else(|| NoticeKind::Permission.words().to_owned(), |notice| notice.text.clone()),
                age: short_age(now.since(session.last_activity_at)),
                is_unread: notice.is_some_and(|notice| notice.seen_at.is_none()),
                is_open: true,
            }
        });
        let is_over = |notice: &&Notice| {
            let since = waiting.iter().find(|session| session.id == notice.session).map(|one| one.last_activity_at);
            !notice.kind.is_wait() || since.is_none_or(|since| notice.at < since)
        };
        let item = |notice: &Notice| {
            let record = self.state.sessions.get(&notice.session)?;
            Some(NoticeItem {
                session: notice.session,
                label: record.label().to_owned(),
                kind: notice.kind,
                text: notice.text.clone(),
                age: short_age(now.since(notice.at)),
                is_unread: notice.seen_at.is_none(),
                is_open: false,
            })
        };
        let happened = self.state.notices.iter().rev().filter(is_over).filter_map(item);
        let items: Vec<NoticeItem> = open.chain(happened).collect();
        self.set_mode(client, Mode::Dialog(Dialog::Notices(NoticeList::new(items))), fx);
    }

    pub(super) fn notice_rows(&self, unread: bool) -> Vec<NoticeRow> {
        let wanted = self.state.notices.iter().filter(|notice| !unread || notice.seen_at.is_none());
        let row = |notice: &Notice| NoticeRow {
            number: notice.number,
            at: rfc3339(notice.at),
            session: notice.session.to_string(),
            label: notice.label.clone(),
            kind: notice.kind.as_str().to_owned(),
            text: notice.text.clone(),
            seen_at: notice.seen_at.map(rfc3339),
        };
        wanted.map(row).collect()
    }

    /// Answers a permission without going there: the agents take Enter for yes and Esc for no (Claude Code 2.1.197, Codex
    /// 0.169.0, OpenCode 1.18.33, Gemini CLI 0.61.0). Whether the answer was taken is looked at.
    pub(super) fn answer_permission(&mut self, client: ClientId, session: SessionId, key: KeyCode, fx: &mut Effects) {
        let pane = self.state.pane_of(session).map(|pane| pane.id);
        let is_asking = self.state.sessions.get(&session).is_some_and(|record| record.status == Status::Blocked);
        let (Some(pane), true) = (pane, is_asking) else {
            return self.toast(client, "it does not ask any more", fx);
        };
        self.press(pane, &KeyEvent::new(key, Modifiers::NONE), fx);
        let at = self.state.now.instant + ANSWER_TAKES;
        fx.push(Effect::SetTimer { timer: Timer::Answered(session), at });
    }

    pub(super) fn answered_due(&mut self, session: SessionId, fx: &mut Effects) {
        let Some(record) = self.state.sessions.get(&session) else { return };
        if record.status == Status::Blocked {
            let message = format!("{} still waits: look at it", record.label());
            self.toast_all(&message, fx);
        }
    }

    /// Nothing leaves homing until this is done again.
    pub(super) fn toggle_quiet(&mut self, fx: &mut Effects) {
        self.state.notices.is_quiet = !self.state.notices.is_quiet;
        let words = if self.state.notices.is_quiet { "do not disturb: on" } else { "do not disturb: off" };
        self.toast_all(words, fx);
    }
}

fn is_same_event(before: Instant, now: Instant) -> bool {
    now.micros.saturating_sub(before.micros) < SAME_MICROS
}
