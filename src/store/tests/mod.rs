//! Tests of the store, by concern; the sessions and claims that they share.

mod commits;
mod damage;
mod files;
mod ledger;
mod round_trip;
mod threads;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::core::session::{Claim, EndReason, Exit, LaunchOptions, Session, Status, Witness};
use crate::id::{ConversationId, PaneId, ProviderName, SessionId, TabId};
use crate::store::{Change, Durability, LoadedWorkspace, Opened, PaneRecord, Store, StoredSession, TabRecord};
use crate::time::Wall;

fn at(unix_ms: i64) -> Wall {
    Wall { unix_ms }
}

fn id(n: u8) -> SessionId {
    SessionId::new(1_700_000_000_000 + u64::from(n), [n; 10])
}

fn session(n: u8) -> Session {
    Session {
        id: id(n),
        provider: ProviderName::new("claude"),
        name: Some(format!("session {n}")),
        title: None,
        first_message: None,
        cwd: "/project".to_owned(),
        options: LaunchOptions {
            args: vec!["--verbose".to_owned()],
            model: Some("opus".to_owned()),
            env: BTreeMap::from([("CLAUDE_CONFIG_DIR".to_owned(), "/c".to_owned())]),
            command: Some("npm start".to_owned()),
            worktree: None,
        },
        status: Status::Ready,
        unseen: true,
        claim: None,
        guest: None,
        pin: None,
        doubt: None,
        pid: Some(77),
        exit: None,
        task_id: Some("T-1".to_owned()),
        mcp_session_id: None,
        created_at: at(1000),
        last_activity_at: at(2000),
    }
}

fn claim(n: u8, conversation: &str) -> Change {
    claim_at(n, conversation, 3000)
}

fn claim_at(n: u8, conversation: &str, since: i64) -> Change {
    Change::Claim {
        session: id(n),
        provider: ProviderName::new("claude"),
        conversation: ConversationId::new(conversation),
        witness: Witness::Hook,
        at: at(since),
        spoken: false,
    }
}

fn held_claim(conversation: &str, since: i64) -> Claim {
    Claim { conversation: ConversationId::new(conversation), witness: Witness::Hook, since: at(since), spoken: false }
}

fn exit(code: i32) -> Exit {
    Exit { code: Some(code), signal: None, reason: EndReason::Exited, at: at(5000) }
}

/// A layout of one tab in which every session has the pane of its number.
fn layout(sessions: &[u8]) -> Change {
    let panes: Vec<PaneRecord> = sessions.iter().map(|n| PaneRecord { id: pane(*n), session: id(*n) }).collect();
    let tabs = sessions
        .first()
        .map(|first| TabRecord {
            id: TabId(1),
            position: 0,
            name: None,
            tree_json: r#"{"panes":[1]}"#.to_owned(),
            focus: pane(*first),
            zoomed: None,
        })
        .into_iter()
        .collect();
    Change::SaveLayout { tabs, active: Some(TabId(1)), scratch: None, panes }
}

fn pane(n: u8) -> PaneId {
    PaneId::new(u32::from(n)).expect("test panes count from 1")
}

fn memory() -> Store {
    Store::open_in_memory("main").expect("memory").store
}

/// A directory with room for a database.
struct Place {
    directory: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { directory: tempfile::tempdir().expect("a temporary directory") }
    }

    fn database(&self) -> PathBuf {
        self.directory.path().join("data").join("homing.db")
    }

    fn open(&self) -> Opened {
        self.open_as("main")
    }

    fn open_as(&self, workspace: &str) -> Opened {
        Store::open(&self.database(), workspace).expect("the database opens")
    }

    /// Stores the changes and closes the database.
    fn store(&self, changes: Vec<Change>) {
        let mut store = self.open().store;
        commit(&mut store, changes);
        store.finish().expect("the database closes");
    }

    /// Changes the database as nobody should.
    fn tamper(&self, sql: &str) {
        tamper(&self.database(), sql);
    }
}

fn tamper(path: &Path, sql: &str) {
    let conn = rusqlite::Connection::open(path).expect("opens");
    conn.execute_batch("PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON").expect("pragmas");
    conn.execute_batch(sql).expect("the tampering works");
}

fn commit(store: &mut Store, changes: Vec<Change>) {
    store.commit(changes, Durability::Relaxed).expect("the commit succeeds");
}

/// What the store has of the session.
fn stored(store: &Store, n: u8) -> StoredSession {
    store.reader().session(id(n)).expect("readable").expect("known")
}

fn ids(loaded: &LoadedWorkspace) -> Vec<SessionId> {
    loaded.sessions.iter().map(|session| session.id).collect()
}
