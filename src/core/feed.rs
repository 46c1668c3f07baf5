//! The feed of events for programs (`homing events`): what changed, in order, each with a number.

use std::collections::VecDeque;

use crate::core::Core;
use crate::core::api::rfc3339;
use crate::core::effect::{Effect, Effects, RequestId};
use crate::id::SessionId;
use crate::protocol::api::{ApiResponse, EventBatch, EventRow};

/// How many events are kept for those who ask later; the oldest go. Chosen: an hour of ten busy agents.
pub const EVENTS_KEPT: usize = 2000;

/// The feed, and who waits for more of it.
#[derive(Debug, Default)]
pub struct Feed {
    rows: VecDeque<EventRow>,
    n_rows: u64,
    waiting: Vec<(RequestId, u64)>,
}

#[cfg(test)]
impl Feed {
    /// The last status that was told of a session.
    pub(super) fn last_value(&self, session: SessionId) -> Option<String> {
        let is_own = |row: &&EventRow| row.event == "status" && row.session == session.to_string();
        self.rows.iter().rev().find(is_own).map(|row| row.value.clone())
    }
}

impl Core {
    /// Something changed about a session: what, and the new value in a word or an id.
    pub(super) fn feed(&mut self, session: SessionId, what: &str, value: &str) {
        let record = self.state.sessions.get(&session);
        let (label, provider) =
            record.map(|record| (record.label().to_owned(), record.provider.to_string())).unwrap_or_default();
        let feed = &mut self.feed;
        feed.n_rows += 1;
        if feed.rows.len() >= EVENTS_KEPT {
            feed.rows.pop_front();
        }
        feed.rows.push_back(EventRow {
            number: feed.n_rows,
            at: rfc3339(self.state.now.wall),
            event: what.to_owned(),
            session: session.to_string(),
            label,
            provider,
            value: value.to_owned(),
        });
    }

    /// Answers with what came after that number; where nothing did and the program wants to wait, once something does.
    pub(super) fn events(&mut self, request: RequestId, after: u64, waits: bool) -> Option<ApiResponse> {
        // A number of the future was given by a server that is gone: this one counts anew.
        let after = if after > self.feed.n_rows { 0 } else { after };
        let batch = self.events_after(after);
        if batch.events.is_empty() && waits {
            self.feed.waiting.push((request, after));
            return None;
        }
        Some(ApiResponse::Events(batch))
    }

    fn events_after(&self, after: u64) -> EventBatch {
        let events = self.feed.rows.iter().filter(|row| row.number > after).cloned().collect();
        EventBatch { events, last: self.feed.n_rows }
    }

    /// Answers those who wait.
    pub(super) fn feed_waiting(&mut self, fx: &mut Effects) {
        let n_rows = self.feed.n_rows;
        if self.feed.waiting.iter().all(|(_, after)| *after >= n_rows) {
            return;
        }
        for (request, after) in std::mem::take(&mut self.feed.waiting) {
            if after >= n_rows {
                self.feed.waiting.push((request, after));
                continue;
            }
            let response = Box::new(ApiResponse::Events(self.events_after(after)));
            fx.push(Effect::Respond { request, response });
        }
    }

    pub(super) fn stop_feeding(&mut self, request: RequestId) {
        self.feed.waiting.retain(|(waiting, _)| *waiting != request);
    }
}
