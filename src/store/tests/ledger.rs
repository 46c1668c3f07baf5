use std::sync::{Arc, Barrier};
use std::thread;

use super::{Place, at, claim, claim_at, commit, held_claim, id, layout, memory, session, stored};
use crate::core::session::{Claim, Session, Status, Witness};
use crate::id::{ConversationId, ProviderName};
use crate::store::{Change, ClaimEnd, CommitError, Durability, Scope, Store};
use crate::time::Wall;

/// Conversation, end, and whether something was said.
type Entry = (String, Option<(Wall, ClaimEnd)>, bool);

/// The session's entries.
fn entries(store: &Store, n: u8) -> Vec<Entry> {
    let ledger = store.reader().ledger(id(n)).expect("readable");
    ledger.into_iter().map(|entry| (entry.conversation.to_string(), entry.ended, entry.spoken)).collect()
}

fn two_sessions() -> Store {
    let mut store = memory();
    commit(&mut store, vec![Change::InsertSession(session(1)), Change::InsertSession(session(2))]);
    store
}

fn is_held_by(result: &Result<(), CommitError>, n: u8) -> bool {
    matches!(result, Err(CommitError::Held { holder, .. }) if holder.session == id(n))
}

#[test]
fn moving_to_another_conversation_keeps_the_one_before_in_the_ledger() {
    let mut store = two_sessions();
    commit(&mut store, vec![claim_at(1, "a", 10), Change::MarkSpoken { session: id(1) }, claim_at(1, "b", 20)]);
    let moved = Some((at(20), ClaimEnd::Moved));
    assert_eq!(entries(&store, 1), [("a".to_owned(), moved, true), ("b".to_owned(), None, false)]);
    assert_eq!(stored(&store, 1).session.claim, Some(held_claim("b", 20)));
}

#[test]
fn a_repeated_claim_keeps_its_time_and_what_was_said() {
    let mut store = two_sessions();
    commit(&mut store, vec![claim_at(1, "a", 10), Change::MarkSpoken { session: id(1) }]);
    let again = Change::Claim {
        session: id(1),
        provider: ProviderName::new("claude"),
        conversation: ConversationId::new("a"),
        witness: Witness::Assigned,
        at: at(99),
        spoken: false,
    };
    commit(&mut store, vec![again]);
    let expected = Claim { witness: Witness::Assigned, spoken: true, ..held_claim("a", 10) };
    assert_eq!(stored(&store, 1).session.claim, Some(expected));
    assert_eq!(entries(&store, 1).len(), 1);
}

#[test]
fn a_conversation_that_was_spoken_in_is_so_when_the_session_comes_back_to_it() {
    let mut store = two_sessions();
    commit(&mut store, vec![claim(1, "a"), Change::MarkSpoken { session: id(1) }, claim(1, "b"), claim(1, "a")]);
    assert_eq!(stored(&store, 1).session.claim.map(|claim| claim.spoken), Some(true));
}

#[test]
fn a_held_conversation_is_refused_by_name_and_nothing_changes() {
    let mut store = two_sessions();
    commit(&mut store, vec![claim(1, "a"), claim(2, "b")]);
    let result = store
        .commit(vec![Change::UpdateSession(Session { unseen: false, ..session(2) }), claim(2, "a")], Durability::Full);
    match result {
        Err(CommitError::Held { conversation, holder }) => {
            assert_eq!(conversation.as_str(), "a");
            assert_eq!((holder.session, holder.to_string().as_str()), (id(1), "session 1 (workspace main)"));
        }
        other => panic!("not refused: {other:?}"),
    }
    assert_eq!(entries(&store, 2), [("b".to_owned(), None, false)]);
    assert!(stored(&store, 2).session.unseen);
}

#[test]
fn another_providers_conversation_may_have_the_same_id() {
    let mut store = two_sessions();
    let codex = Session { provider: ProviderName::new("codex"), claim: Some(held_claim("a", 1)), ..session(3) };
    commit(&mut store, vec![claim(1, "a"), Change::InsertSession(codex)]);
    let holder = store.reader().holder(&ProviderName::new("codex"), &ConversationId::new("a")).expect("readable");
    assert_eq!(holder.map(|holder| holder.session), Some(id(3)));
}

#[test]
fn a_new_session_on_a_held_conversation_is_not_inserted() {
    let mut store = two_sessions();
    commit(&mut store, vec![claim(1, "a")]);
    let third = Session { claim: Some(held_claim("a", 1)), ..session(3) };
    assert!(is_held_by(&store.commit(vec![Change::InsertSession(third)], Durability::Full), 1));
    assert_eq!(store.reader().session(id(3)).expect("readable"), None);
}

#[test]
fn closing_frees_the_conversation_and_reopening_takes_it_back() {
    let mut store = two_sessions();
    commit(&mut store, vec![claim_at(1, "a", 10), Change::MarkSpoken { session: id(1) }, layout(&[1, 2])]);
    commit(&mut store, vec![Change::CloseSession { session: id(1), at: at(50) }]);
    assert_eq!(entries(&store, 1), [("a".to_owned(), Some((at(50), ClaimEnd::Closed)), true)]);
    let closed = stored(&store, 1);
    assert_eq!(closed.session.claim, Some(Claim { spoken: true, ..held_claim("a", 10) }), "as it was when closed");

    commit(&mut store, vec![claim_at(2, "a", 60)]);
    let reopen = || vec![Change::ReopenSession { session: id(1), at: at(70) }];
    assert!(is_held_by(&store.commit(reopen(), Durability::Full), 2));
    assert_eq!(stored(&store, 1).closed_at, Some(at(50)));

    commit(&mut store, vec![Change::CloseSession { session: id(2), at: at(80) }]);
    commit(&mut store, reopen());
    let reopened = stored(&store, 1);
    assert_eq!(reopened.session.claim, Some(Claim { spoken: true, ..held_claim("a", 70) }));
    assert_eq!((reopened.session.status, reopened.session.exit, reopened.closed_at), (Status::Starting, None, None));
    commit(&mut store, reopen());
    assert_eq!(entries(&store, 1).len(), 2, "what is open is not reopened");
}

#[test]
fn a_claim_that_ended_before_the_close_is_not_the_claim_at_the_close() {
    let mut store = two_sessions();
    commit(&mut store, vec![claim_at(1, "a", 10)]);
    commit(&mut store, vec![Change::EndClaim { session: id(1), at: at(20), reason: ClaimEnd::Withdrawn }]);
    assert_eq!(stored(&store, 1).session.claim, None);
    commit(&mut store, vec![Change::CloseSession { session: id(1), at: at(30) }]);
    assert_eq!(stored(&store, 1).session.claim, None);
    commit(&mut store, vec![Change::ReopenSession { session: id(1), at: at(40) }]);
    assert_eq!(stored(&store, 1).session.claim, None);
    assert_eq!(entries(&store, 1), [("a".to_owned(), Some((at(20), ClaimEnd::Withdrawn)), false)]);
}

#[test]
fn a_claim_that_comes_after_the_close_is_recorded_but_holds_nothing() {
    let mut store = two_sessions();
    commit(&mut store, vec![Change::CloseSession { session: id(1), at: at(50) }, claim_at(1, "a", 60)]);
    assert_eq!(entries(&store, 1), [("a".to_owned(), Some((at(60), ClaimEnd::Closed)), false)]);
    commit(&mut store, vec![claim_at(2, "a", 70)]);
}

#[test]
fn a_conversation_held_in_another_workspace_is_refused() {
    let place = Place::new();
    let mut main = place.open().store;
    let mut other = place.open_as("other").store;
    commit(&mut main, vec![Change::InsertSession(Session { name: None, ..session(1) }), claim(1, "a"), layout(&[1])]);
    commit(&mut other, vec![Change::InsertSession(session(2))]);
    match other.commit(vec![claim(2, "a")], Durability::Full) {
        Err(CommitError::Held { holder, .. }) => {
            assert_eq!((holder.session, holder.workspace.as_str(), holder.pane), (id(1), "main", Some(super::pane(1))));
            assert_eq!(holder.name, id(1).to_string(), "without a name it is called by its id");
        }
        result => panic!("not refused: {result:?}"),
    }
    assert_eq!(other.reader().metrics(Scope::Store, at(1)).expect("readable").n_sessions, 2);
    assert_eq!(other.reader().metrics(Scope::Workspace, at(1)).expect("readable").n_sessions, 1);
}

#[test]
fn of_two_servers_racing_for_a_conversation_exactly_one_wins() {
    let place = Place::new();
    let barrier = Arc::new(Barrier::new(2));
    for round in 0..8u8 {
        let racers = [(1 + 2 * round, "left"), (2 + 2 * round, "right")].map(|(n, workspace)| {
            let mut store = place.open_as(workspace).store;
            commit(&mut store, vec![Change::InsertSession(session(n))]);
            let barrier = Arc::clone(&barrier);
            thread::spawn(move || {
                barrier.wait();
                (n, store.commit(vec![claim(n, &format!("c{round}"))], Durability::Full))
            })
        });
        let results = racers.map(|racer| racer.join().expect("no panic"));
        let winner = results.iter().find(|(_, result)| result.is_ok()).map(|(n, _)| *n).expect("one wins");
        let refused = results.iter().filter(|(_, result)| is_held_by(result, winner)).count();
        assert_eq!(refused, 1, "the other is told who: {results:?}");
    }
}
