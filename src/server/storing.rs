//! The core's changes in the store's words, and what the store loaded in the core's.

use crate::core::api::ID_PREFIX_CHARS;
use crate::core::archive::{Archived, Found, Question};
use crate::core::change::{Change, Durability};
use crate::core::claims::EvidenceLog;
use crate::core::event::CommitFailure;
use crate::core::notice::{Notice, NoticeKind, Notices};
use crate::core::session::Session;
use crate::core::setup::LastScreen;
use crate::core::workspace::Tab;
use crate::id::SessionId;
use crate::layout::tree::Tree;
use crate::store;
use crate::store::{
    CommitError, NoticeRecord, PaneRecord, ReadError, Reader, Scope, SessionFilter, StoredScreen, StoredSession,
    TabRecord,
};
use crate::time::Wall;

/// Changes in the store's words.
pub fn all_to_store(changes: Vec<Change>) -> Vec<store::Change> {
    let mut all = Vec::with_capacity(changes.len());
    for change in changes {
        match change {
            Change::History { session, blocks, replaces } => {
                all.extend(replaces.then_some(store::Change::ClearHistory { session }));
                all.extend(blocks.into_iter().map(|block| store::Change::AppendHistory {
                    session,
                    first_line: block.first_line,
                    n_lines: u32::try_from(block.n_lines).unwrap_or(u32::MAX),
                    data: block.bytes,
                }))
            }
            change => all.extend(to_store(change)),
        }
    }
    all
}

/// A change in the store's words; `None` for one that is several there.
fn to_store(change: Change) -> Option<store::Change> {
    Some(match change {
        Change::History { .. } => return None,
        Change::Layout { tabs, active, scratch, panes } => store::Change::SaveLayout {
            tabs: tabs.into_iter().zip(0..).map(|(tab, position)| tab_record(tab, position)).collect(),
            active: Some(active),
            scratch,
            panes: panes.into_iter().map(|(id, session)| PaneRecord { id, session }).collect(),
        },
        Change::NewSession(session) => store::Change::InsertSession(*session),
        Change::Session(session) => store::Change::UpdateSession(*session),
        Change::Claim { session, provider, claim } => store::Change::Claim {
            session,
            provider,
            conversation: claim.conversation,
            witness: claim.witness,
            at: claim.since,
            spoken: claim.spoken,
        },
        Change::Notice(notice) => store::Change::InsertNotice(NoticeRecord {
            number: notice.number,
            session: Some(notice.session),
            kind: notice.kind.as_str().to_owned(),
            text: notice.text,
            at: notice.at,
            seen_at: notice.seen_at,
        }),
        Change::Preference { name, entry } => store::Change::SavePreference { name: name.to_owned(), entry },
        Change::NoticesSeen { numbers, at } => store::Change::MarkNoticesSeen { numbers, at },
        Change::Ended { session, exit } => store::Change::EndSession { session, exit, at: exit.at },
        Change::Reopened { session, at } => store::Change::ReopenSession { session, at },
        Change::ClaimEnded { session, at, reason } => store::Change::EndClaim { session, at, reason },
        Change::Forgotten { session } => store::Change::ForgetSession { session },
        Change::Closed { session, at } => store::Change::CloseSession { session, at },
        Change::Evidence { session, log } => {
            let log_json = serde_json::to_string(&log).expect("a log of texts is always JSON");
            store::Change::SaveEvidence { session, log_json }
        }
        Change::Screen { session, at, size, snapshot } => {
            store::Change::SaveScreen { session, at, cols: size.cols(), rows: size.rows(), snapshot }
        }
    })
}

fn tab_record(tab: Tab, position: u32) -> TabRecord {
    let tree_json = serde_json::to_string(&tab.tree).expect("a tree of numbers is always JSON");
    TabRecord { id: tab.id, position, name: tab.name, tree_json, focus: tab.focus, zoomed: tab.zoomed }
}

/// Stored notices; those about sessions that are gone, or of a kind that is not known, stay in the store.
pub fn notices(records: Vec<NoticeRecord>, next_number: u64, sessions: &[Session]) -> Notices {
    let known = records.into_iter().filter_map(|record| {
        let session = sessions.iter().find(|session| Some(session.id) == record.session)?;
        Some(Notice {
            number: record.number,
            session: session.id,
            label: session.label().to_owned(),
            kind: NoticeKind::from_word(&record.kind)?,
            text: record.text,
            at: record.at,
            seen_at: record.seen_at,
        })
    });
    Notices::stored(known.collect(), next_number)
}

/// A stored log of evidence; one that is not understood begins anew.
pub fn evidence(log_json: &str) -> EvidenceLog {
    serde_json::from_str(log_json).unwrap_or_else(|error| {
        tracing::warn!(%error, "a stored log of evidence is not understood");
        EvidenceLog::default()
    })
}

/// A stored tab; one whose tree is not understood keeps the pane that had its focus, the others come back in tabs of their
/// own.
pub fn tab(record: TabRecord) -> Tab {
    let tree = serde_json::from_str(&record.tree_json).unwrap_or_else(|error| {
        tracing::warn!(tab = record.id.0, %error, "a stored layout is not understood");
        Tree::single(record.focus)
    });
    Tab { id: record.id, name: record.name, tree, focus: record.focus, zoomed: record.zoomed }
}

/// A stored screen in the core's words.
pub fn last_screen((session, screen): (SessionId, StoredScreen)) -> (SessionId, LastScreen) {
    (session, LastScreen { at: screen.at, snapshot: screen.snapshot })
}

/// A durability in the store's words.
pub fn durability(durability: Durability) -> store::Durability {
    match durability {
        Durability::Full => store::Durability::Full,
        Durability::Relaxed => store::Durability::Relaxed,
    }
}

/// A failed commit in the core's words.
pub fn failure(error: &CommitError) -> CommitFailure {
    match error {
        CommitError::Held { conversation, holder } => {
            CommitFailure::Held { conversation: conversation.clone(), holder: holder.to_string() }
        }
        other => CommitFailure::Store(other.to_string()),
    }
}

/// What the store knows about a question of the core's.
pub fn answer(reader: &Reader<'_>, question: Question, now: Wall) -> Result<Found, ReadError> {
    Ok(match question {
        Question::Closed(address) => {
            let mut found = reader.sessions_called(&address)?;
            found.retain(|stored| stored.closed_at.is_some());
            // As for open ones: a name goes before the beginning of an id, and a short beginning is none.
            let is_named = |stored: &StoredSession| stored.session.name.as_deref() == Some(&address);
            if found.iter().any(is_named) || address.len() < ID_PREFIX_CHARS {
                found.retain(is_named);
            }
            match <[StoredSession; 1]>::try_from(found) {
                Ok([stored]) => Found::One(Box::new(archived(reader, stored)?)),
                Err(found) => Found::Sessions(found),
            }
        }
        Question::AllClosed => {
            let mut found = reader.sessions(Scope::Workspace, SessionFilter::All)?;
            found.retain(|stored| stored.closed_at.is_some());
            Found::Sessions(found)
        }
        Question::Ledger(session) => Found::Ledger(reader.ledger(session)?),
        Question::Metrics { all } => {
            let scope = if all { Scope::Store } else { Scope::Workspace };
            Found::Metrics(Box::new(reader.metrics(scope, now)?))
        }
    })
}

fn archived(reader: &Reader<'_>, stored: StoredSession) -> Result<Archived, ReadError> {
    let session = stored.session.id;
    Ok(Archived {
        stored,
        ledger: reader.ledger(session)?,
        screen: reader.screen(session)?.map(|screen| screen.snapshot),
        history: reader.history(session)?.into_iter().map(|block| block.data).collect(),
    })
}
