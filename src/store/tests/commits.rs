use std::collections::BTreeMap;
use std::time::Duration;

use super::{Place, at, claim, commit, exit, id, layout, memory, session, stored};
use crate::core::preferences::{Preference, Preferences};
use crate::core::session::{EndReason, Exit, Session, Status};
use crate::store::{
    Change, ClaimEnd, CommitError, Durability, NOTICES_KEPT, NoticeRecord, Scope, SessionFilter, Store, StoredScreen,
};

fn update(n: u8, status: Status, now: i64) -> Change {
    Change::UpdateSession(Session { status, last_activity_at: at(now), ..session(n) })
}

fn notice(number: u64, n: Option<u8>) -> NoticeRecord {
    NoticeRecord {
        number,
        session: n.map(id),
        kind: "done".to_owned(),
        text: format!("notice {number}"),
        at: at(1),
        seen_at: None,
    }
}

fn screen(n: u8, byte: u8) -> Change {
    Change::SaveScreen { session: id(n), at: at(9), cols: 80, rows: 24, snapshot: vec![byte; 5000] }
}

fn history(n: u8, first_line: u64, n_bytes: usize) -> Change {
    Change::AppendHistory { session: id(n), first_line, n_lines: 10, data: vec![1; n_bytes] }
}

fn history_lines(store: &Store, n: u8) -> Vec<u64> {
    store.reader().history(id(n)).expect("readable").iter().map(|block| block.first_line).collect()
}

#[test]
fn a_commit_with_one_impossible_change_changes_nothing() {
    let mut store = memory();
    let result = store.commit(
        vec![Change::InsertSession(session(1)), Change::CloseSession { session: id(9), at: at(1) }],
        Durability::Full,
    );
    assert!(matches!(result, Err(CommitError::NoSession { session }) if session == id(9)));
    assert_eq!(store.reader().session(id(1)).expect("readable"), None);
}

#[test]
fn a_session_cannot_be_inserted_twice() {
    let mut store = memory();
    commit(&mut store, vec![Change::InsertSession(session(1))]);
    let result = store.commit(vec![Change::InsertSession(session(1))], Durability::Relaxed);
    assert!(matches!(result, Err(CommitError::Exists { .. })));
}

#[test]
fn the_first_end_of_a_session_counts() {
    let mut store = memory();
    commit(&mut store, vec![Change::InsertSession(session(1)), claim(1, "c")]);
    commit(&mut store, vec![Change::EndSession { session: id(1), exit: exit(3), at: at(5000) }]);
    let killed = Exit { code: None, signal: Some(9), reason: EndReason::Killed, at: at(6000) };
    commit(&mut store, vec![Change::EndSession { session: id(1), exit: killed, at: at(6000) }]);
    let found = stored(&store, 1).session;
    assert_eq!((found.status, found.pid, found.exit), (Status::Terminated, None, Some(exit(3))));
    assert_eq!(found.claim.map(|claim| claim.conversation.to_string()).as_deref(), Some("c"), "still held");
}

#[test]
fn an_end_that_was_a_shutdowns_is_corrected_and_one_by_the_user_is_not() {
    let mut store = memory();
    commit(&mut store, vec![Change::InsertSession(session(1)), Change::InsertSession(session(2))]);
    commit(&mut store, vec![Change::EndSession { session: id(1), exit: exit(0), at: at(5000) }]);
    commit(&mut store, vec![Change::CloseSession { session: id(2), at: at(5000) }]);
    for n in [1, 2] {
        let shutdown = Exit { code: Some(0), signal: None, reason: EndReason::Shutdown, at: at(5000) };
        commit(&mut store, vec![Change::EndSession { session: id(n), exit: shutdown, at: at(5000) }]);
    }
    let reason = |n| stored(&store, n).session.exit.map(|exit| exit.reason);
    assert_eq!((reason(1), reason(2)), (Some(EndReason::Shutdown), Some(EndReason::Closed)));
}

#[test]
fn a_session_that_runs_again_can_end_again() {
    let mut store = memory();
    commit(&mut store, vec![Change::InsertSession(session(1))]);
    commit(&mut store, vec![Change::EndSession { session: id(1), exit: exit(3), at: at(5000) }]);
    let again = [update(1, Status::Ready, 6000), Change::ReopenSession { session: id(1), at: at(6000) }];
    for (code, change) in (4..).zip(again) {
        commit(&mut store, vec![change]);
        assert_eq!(stored(&store, 1).session.exit, None);
        commit(&mut store, vec![Change::EndSession { session: id(1), exit: exit(code), at: at(7000) }]);
        assert_eq!(stored(&store, 1).session.exit, Some(exit(code)));
    }
}

#[test]
fn an_update_made_before_the_close_does_not_revive_a_session() {
    let mut store = memory();
    commit(&mut store, vec![Change::InsertSession(session(1)), layout(&[1])]);
    commit(&mut store, vec![Change::CloseSession { session: id(1), at: at(8000) }]);
    let late = Session { name: Some("renamed".to_owned()), status: Status::Busy, ..session(1) };
    commit(&mut store, vec![Change::UpdateSession(late)]);
    let found = stored(&store, 1);
    assert_eq!((found.session.status, found.pane, found.closed_at), (Status::Terminated, None, Some(at(8000))));
    assert_eq!(found.session.exit.map(|exit| exit.reason), Some(EndReason::Closed));
    assert_eq!(found.session.name.as_deref(), Some("renamed"), "a closed session can be renamed");
}

#[test]
fn an_update_of_an_unknown_session_inserts_it() {
    let mut store = memory();
    commit(&mut store, vec![update(1, Status::Busy, 10)]);
    assert_eq!(stored(&store, 1).session.status, Status::Busy);
}

#[test]
fn a_forgotten_session_leaves_nothing_but_its_ledger() {
    let mut store = memory();
    commit(&mut store, vec![Change::InsertSession(session(1)), claim(1, "c"), layout(&[1]), screen(1, 1)]);
    commit(&mut store, vec![history(1, 0, 10), Change::InsertNotice(notice(1, Some(1)))]);
    commit(&mut store, vec![Change::ForgetSession { session: id(1) }]);
    // What was queued before the forgetting arrives after it.
    commit(&mut store, vec![update(1, Status::Busy, 1), screen(1, 2), history(1, 10, 10)]);

    let reader = store.reader();
    assert_eq!(reader.session(id(1)).expect("readable"), None);
    assert_eq!(reader.screen(id(1)).expect("readable"), None);
    assert_eq!(history_lines(&store, 1), Vec::<u64>::new());
    assert_eq!(reader.notices().expect("readable"), []);
    let ledger = reader.ledger(id(1)).expect("readable");
    assert_eq!(ledger.len(), 1);
    let left: String = store
        .conn
        .query_row("SELECT coalesce(name, '') || coalesce(title, '') || cwd || options FROM sessions", [], |row| {
            row.get(0)
        })
        .expect("the row is there");
    assert_eq!(left, "{}");
}

#[test]
fn a_screen_replaces_the_one_before_and_comes_back_as_it_was() {
    let mut store = memory();
    commit(&mut store, vec![Change::InsertSession(session(1)), screen(1, 1), screen(1, 2)]);
    let expected = StoredScreen { at: at(9), cols: 80, rows: 24, snapshot: vec![2; 5000] };
    assert_eq!(store.reader().screen(id(1)).expect("readable"), Some(expected));
}

#[test]
fn history_beyond_the_bound_drops_the_oldest_blocks() {
    let mut store = memory().with_history_bytes(250);
    commit(&mut store, vec![Change::InsertSession(session(1)), Change::InsertSession(session(2)), history(2, 0, 200)]);
    for first_line in [0, 10, 20, 30] {
        commit(&mut store, vec![history(1, first_line, 100)]);
    }
    assert_eq!(history_lines(&store, 1), [20, 30]);
    assert_eq!(history_lines(&store, 2), [0], "every session has its own share");
    commit(&mut store, vec![history(1, 40, 1000)]);
    assert_eq!(history_lines(&store, 1), [40], "the newest block stays, whatever its size");
}

#[test]
fn the_bound_counts_a_replaced_block_once_and_survives_a_rollback() {
    let mut store = memory().with_history_bytes(250);
    commit(&mut store, vec![Change::InsertSession(session(1)), history(1, 0, 100)]);
    commit(&mut store, vec![history(1, 10, 100), history(1, 10, 100), history(1, 10, 100)]);
    assert_eq!(history_lines(&store, 1), [0, 10]);
    let failed = vec![history(1, 20, 200), Change::EndSession { session: id(9), exit: exit(0), at: at(1) }];
    assert!(store.commit(failed, Durability::Relaxed).is_err());
    commit(&mut store, vec![history(1, 20, 50)]);
    assert_eq!(history_lines(&store, 1), [0, 10, 20]);
    commit(&mut store, vec![Change::ClearHistory { session: id(1) }]);
    assert_eq!(history_lines(&store, 1), Vec::<u64>::new());
}

#[test]
fn notices_are_marked_seen_once_and_the_oldest_go() {
    let mut store = memory();
    let n_notices = u64::from(NOTICES_KEPT) + 5;
    commit(&mut store, (1..=n_notices).map(|number| Change::InsertNotice(notice(number, None))).collect());
    let last = n_notices;
    commit(&mut store, vec![Change::MarkNoticesSeen { numbers: vec![last], at: at(50) }]);
    commit(&mut store, vec![Change::MarkNoticesSeen { numbers: vec![last, 1], at: at(60) }]);
    let notices = store.reader().notices().expect("readable");
    assert_eq!(notices.len(), NOTICES_KEPT as usize);
    assert_eq!(notices.first().map(|notice| notice.number), Some(6));
    assert_eq!(notices.last().and_then(|notice| notice.seen_at), Some(at(50)));
}

#[test]
fn a_notice_about_an_unknown_session_is_kept_without_it() {
    let mut store = memory();
    commit(&mut store, vec![Change::InsertNotice(notice(1, Some(9)))]);
    assert_eq!(store.reader().notices().expect("readable"), [notice(1, None)]);
}

#[test]
fn a_layout_names_only_known_sessions() {
    let mut store = memory();
    let result = store.commit(vec![layout(&[1])], Durability::Relaxed);
    assert!(matches!(result, Err(CommitError::NoSession { .. })));
}

#[test]
fn sessions_are_found_by_prefix_and_by_name() {
    let mut store = memory();
    commit(&mut store, vec![Change::InsertSession(session(1)), Change::InsertSession(session(2))]);
    commit(&mut store, vec![Change::CloseSession { session: id(2), at: at(1) }]);
    let text = id(1).to_string();
    let found = |text: &str| {
        let found = store.reader().sessions_called(text).expect("readable");
        found.into_iter().map(|stored| stored.session.id).collect::<Vec<_>>()
    };
    assert_eq!(found(&text[..8]), [id(1), id(2)]);
    assert_eq!(found(&text), [id(1)]);
    assert_eq!(found(&text[3..]), [id(1)]);
    assert_eq!(found("session 2"), [id(2)], "closed ones too");
    assert_eq!(found("session"), []);
    assert_eq!(found("%"), []);
    assert_eq!(found(""), []);
}

#[test]
fn a_closed_session_is_listed_only_among_all() {
    let mut store = memory();
    commit(&mut store, vec![Change::InsertSession(session(1)), Change::InsertSession(session(2))]);
    commit(&mut store, vec![Change::CloseSession { session: id(1), at: at(1) }]);
    let n = |filter| store.reader().sessions(Scope::Workspace, filter).expect("readable").len();
    assert_eq!((n(SessionFilter::Live), n(SessionFilter::All)), (1, 2));
}

#[test]
fn statistics_count_ended_sessions_and_busy_time() {
    let mut store = memory();
    for n in 1..=4 {
        commit(&mut store, vec![Change::InsertSession(Session { created_at: at(0), ..session(n) })]);
    }
    commit(&mut store, vec![update(1, Status::Busy, 2000), update(1, Status::Busy, 2500)]);
    commit(&mut store, vec![update(1, Status::Ready, 3000)]);
    commit(&mut store, vec![update(2, Status::Busy, 3000)]);
    commit(&mut store, vec![Change::EndSession { session: id(2), exit: exit(0), at: at(5000) }]);
    commit(&mut store, vec![update(3, Status::Error, 3000), update(4, Status::Busy, 9000)]);
    commit(&mut store, vec![Change::CloseSession { session: id(1), at: at(9000) }]);
    for n in 1..=4 {
        store.conn.execute("UPDATE sessions SET created_at = 0 WHERE id = ?1", [id(n).to_string()]).expect("set");
    }

    let stats = store.reader().metrics(Scope::Store, at(10_000)).expect("readable");
    assert_eq!((stats.n_sessions, stats.n_active), (4, 2));
    assert_eq!(
        (stats.n_with(Status::Terminated), stats.n_with(Status::Error), stats.n_with(Status::Blocked)),
        (2, 1, 0)
    );
    assert_eq!(stats.mean_duration, Duration::from_millis((9000 + 5000 + 10_000 + 10_000) / 4));
    assert_eq!(stats.p95_duration, Duration::from_millis(10_000));
    assert_eq!(stats.busy, Duration::from_millis(1000 + 2000 + 1000), "a turn under way counts until now");
    assert_eq!(stats.by_reason, BTreeMap::from([("closed".to_owned(), 1), ("exited".to_owned(), 1)]));
    let claude = &stats.by_provider["claude"];
    assert_eq!((claude.n_sessions, claude.n_active, claude.busy), (4, 2, stats.busy));
}

#[test]
fn a_turn_that_a_power_cut_ended_counts_until_it_was_seen_last() {
    let mut store = memory();
    commit(&mut store, vec![Change::InsertSession(session(1)), update(1, Status::Busy, 10_000)]);
    // The next server finds it gone, long after, and starts it again.
    let lost = Exit { code: None, signal: None, reason: EndReason::Shutdown, at: at(12_000) };
    commit(&mut store, vec![Change::EndSession { session: id(1), exit: lost, at: at(12_000) }]);
    commit(
        &mut store,
        vec![Change::ReopenSession { session: id(1), at: at(90_000) }, update(1, Status::Ready, 95_000)],
    );
    let stats = store.reader().metrics(Scope::Workspace, at(100_000)).expect("readable");
    assert_eq!((stats.busy, stats.n_active), (Duration::from_millis(2000), 1));
}

#[test]
fn a_turn_of_another_workspace_counts_until_its_screen_was_stored() {
    let place = Place::new();
    let mut other = place.open_as("other").store;
    let seen = Change::SaveScreen { session: id(1), at: at(13_000), cols: 80, rows: 24, snapshot: vec![0; 10] };
    commit(&mut other, vec![Change::InsertSession(session(1)), update(1, Status::Busy, 10_000), seen]);
    let stats = place.open().store.reader().metrics(Scope::Store, at(100_000)).expect("readable");
    assert_eq!(stats.busy, Duration::from_millis(3000), "its server may be gone");
    let stats = other.reader().metrics(Scope::Store, at(100_000)).expect("readable");
    assert_eq!(stats.busy, Duration::from_millis(90_000), "in its own it is known to run");
}

#[test]
fn the_ledger_is_counted_by_reason_also_of_forgotten_sessions() {
    let mut store = memory();
    commit(&mut store, vec![Change::InsertSession(session(1)), claim(1, "a"), claim(1, "b")]);
    commit(&mut store, vec![Change::EndClaim { session: id(1), at: at(9), reason: ClaimEnd::Replaced }, claim(1, "c")]);
    commit(&mut store, vec![Change::ForgetSession { session: id(1) }]);
    let stats = store.reader().metrics(Scope::Workspace, at(10)).expect("readable");
    let expected = ["moved", "replaced", "forgotten"].map(|word| (word.to_owned(), 1));
    assert_eq!((stats.n_sessions, stats.n_conversations, stats.conversations_ended), (0, 3, BTreeMap::from(expected)));
}

#[test]
fn statistics_of_nothing_are_zero() {
    let stats = memory().reader().metrics(Scope::Workspace, at(1)).expect("readable");
    assert_eq!((stats.n_sessions, stats.mean_duration, stats.p95_duration), (0, Duration::ZERO, Duration::ZERO));
}

#[test]
fn a_choice_of_the_user_replaces_the_one_before() {
    let place = Place::new();
    let entry = |value: &str| Preference { value: value.to_owned(), over: "auto".to_owned() };
    let save = |value: &str| Change::SavePreference { name: "theme".to_owned(), entry: entry(value) };
    place.store(vec![save("nord"), save("paper")]);
    // It is known in all workspaces.
    let loaded = place.open_as("other").loaded;
    assert_eq!(loaded.preferences, Preferences::stored([("theme".to_owned(), entry("paper"))]));
}
