//! Looking for a text in the histories of all sessions, and going to a line that was found.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::core::Core;
use crate::core::archive::Errand;
use crate::core::dialog::{Dialog, Finder, FoundLine};
use crate::core::effect::{Effect, Effects, RequestId, Seeker};
use crate::core::mode::Mode;
use crate::id::{ClientId, SessionId};
use crate::protocol::api::FoundRow;
use crate::term::search::Pattern;

/// What is under way.
#[derive(Debug, Default)]
pub struct Finding {
    n_asked: u64,
    /// Sessions that come back for a line in them.
    coming: BTreeMap<RequestId, Coming>,
}

/// Where a client goes once the session is back.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Coming {
    client: ClientId,
    line: u64,
    text: String,
}

impl Core {
    pub(super) fn open_finder(&mut self, client: ClientId, fx: &mut Effects) {
        self.set_mode(client, Mode::Dialog(Dialog::Finder(Box::default())), fx);
    }

    fn finder_of(&mut self, client: ClientId) -> Option<&mut Finder> {
        match &mut self.state.clients.get_mut(&client)?.mode {
            Mode::Dialog(Dialog::Finder(finder)) => Some(finder),
            _ => None,
        }
    }

    /// Looks for what is typed in the client's finder, if it shows one and what is typed is new.
    pub(super) fn find_on(&mut self, client: ClientId, fx: &mut Effects) {
        let pattern = self.finder_of(client).and_then(Finder::next_search).and_then(|text| Pattern::literal(&text));
        if let Some(pattern) = pattern {
            let open = self.open_histories();
            fx.push(Effect::SearchAll { seeker: Seeker::Client(client), pattern: Arc::new(pattern), open });
        }
    }

    pub(super) fn lines_found(&mut self, client: ClientId, rows: Vec<FoundRow>, is_cut: bool, fx: &mut Effects) {
        let Some(finder) = self.finder_of(client) else { return };
        let lines = rows.into_iter().filter_map(|row| {
            let session = row.session.parse().ok()?;
            Some(FoundLine { session, label: row.label, is_open: row.is_open, line: row.line, text: row.text })
        });
        finder.take(lines.collect(), is_cut);
        self.find_on(client, fx);
        fx.redraw(client);
    }

    /// Goes to a line; a session without a pane comes back for it.
    pub(super) fn go_to_line(&mut self, client: ClientId, found: &FoundLine, text: String, fx: &mut Effects) {
        if self.state.pane_of(found.session).is_some() {
            self.go(client, found.session, fx);
            return self.read_line(client, found.line, &text, fx);
        }
        self.finding.n_asked += 1;
        // The server counts the requests of programs from below.
        let request = RequestId(u64::MAX - self.finding.n_asked);
        self.finding.coming.insert(request, Coming { client, line: found.line, text });
        let (env, _) = self.client_place(client);
        self.among_closed(request, found.session.to_string(), Errand::Reopen(env), fx);
    }

    /// A session that was closed has its pane again.
    pub(super) fn came_back(&mut self, request: RequestId, session: SessionId, fx: &mut Effects) {
        if let Some(Coming { client, line, text }) = self.finding.coming.remove(&request) {
            self.go(client, session, fx);
            self.read_line(client, line, &text, fx);
        }
    }

    pub(super) fn bring_back_failed(&mut self, request: RequestId, message: &str, fx: &mut Effects) {
        if let Some(coming) = self.finding.coming.remove(&request) {
            self.toast(coming.client, message, fx);
        }
    }
}
