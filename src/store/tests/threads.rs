use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use super::{Place, at, claim, id, ids, layout, memory, session};
use crate::store::{Change, CommitError, Durability, QUEUE_COMMITS, Scope, SessionFilter, Store, StoreHandle, Ticket};
use crate::store::{backup, clock, writer};

type Done = (Ticket, Result<(), CommitError>);

fn spawn(store: Store) -> (StoreHandle, Receiver<Done>) {
    let (sender, done) = channel();
    let handle = store.spawn(move |ticket, result| {
        // A test that has seen enough hangs up.
        let _ = sender.send((ticket, result));
    });
    (handle, done)
}

fn next(done: &Receiver<Done>) -> Done {
    done.recv_timeout(Duration::from_secs(10)).expect("the writer answers")
}

#[test]
fn commits_are_done_in_their_order_and_failures_are_told() {
    let (handle, done) = spawn(memory());
    handle.commit(Ticket(1), vec![Change::InsertSession(session(1))], Durability::Full);
    handle.commit(Ticket(2), vec![Change::CloseSession { session: id(9), at: at(1) }], Durability::Relaxed);
    handle.commit(Ticket(3), vec![claim(1, "a")], Durability::Relaxed);
    assert!(matches!(next(&done), (Ticket(1), Ok(()))));
    assert!(matches!(next(&done), (Ticket(2), Err(CommitError::NoSession { .. }))));
    assert!(matches!(next(&done), (Ticket(3), Ok(()))));
}

#[test]
fn a_question_sees_what_was_committed_before_it() {
    let (handle, _done) = spawn(memory());
    handle.commit(Ticket(1), vec![Change::InsertSession(session(1))], Durability::Relaxed);
    let (sender, answer) = channel();
    handle.query(move |reader| {
        let _ = sender.send(reader.sessions(Scope::Store, SessionFilter::Live).map(|found| found.len()));
    });
    let found = answer.recv_timeout(Duration::from_secs(10)).expect("answered");
    assert_eq!(found.expect("readable"), 1);
}

#[test]
fn closing_stores_what_is_queued_and_folds_the_log() {
    let place = Place::new();
    let (handle, _done) = spawn(place.open().store);
    for n in 1..=50 {
        handle.commit(Ticket(u64::from(n)), vec![Change::InsertSession(session(n))], Durability::Relaxed);
    }
    handle.commit(Ticket(99), vec![layout(&[1, 50])], Durability::Relaxed);
    handle.close();
    assert!(!std::path::Path::new(&format!("{}-wal", place.database().display())).exists());
    let loaded = place.open().loaded;
    assert_eq!((ids(&loaded), loaded.unplaced.len()), (vec![id(1), id(50)], 48));
}

#[test]
fn an_idle_writer_makes_the_backup_that_is_due_and_no_other() {
    let place = Place::new();
    place.store(vec![Change::InsertSession(session(1)), layout(&[1])]);
    let (sender, done) = channel();
    let report = move |ticket, result| {
        let _ = sender.send((ticket, result));
    };
    let handle = writer::spawn(place.open().store, report, Duration::from_millis(1));
    let backups = || backup::list(&place.database(), clock::now());
    let started = Instant::now();
    while backups().is_empty() {
        assert!(started.elapsed() < Duration::from_secs(10), "no backup was made");
        std::thread::yield_now();
    }
    handle.commit(Ticket(1), vec![Change::MarkSpoken { session: id(1) }], Durability::Relaxed);
    assert!(matches!(next(&done), (Ticket(1), Ok(()))));
    handle.close();
    let made = backups();
    assert_eq!(made.len(), 1, "once a day");
    let copy = Store::open(&made[0].path, "main").expect("a backup is a database");
    assert_eq!(ids(&copy.loaded), [id(1)]);
    assert_eq!(fs::metadata(&made[0].path).expect("is there").permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_full_queue_refuses_commits_and_says_so() {
    let (handle, done) = spawn(memory());
    let (release, wait) = channel::<()>();
    let (entered, inside) = channel();
    handle.query(move |_| {
        let _ = entered.send(());
        let _ = wait.recv();
    });
    inside.recv_timeout(Duration::from_secs(10)).expect("the writer is held up");
    let n_commits = QUEUE_COMMITS as u64 + 3;
    for ticket in 0..n_commits {
        handle.commit(Ticket(ticket), vec![Change::MarkSpoken { session: id(1) }], Durability::Relaxed);
    }
    release.send(()).expect("the writer waits");
    let (mut stored, mut refused) = (0, Vec::new());
    for _ in 0..n_commits {
        match next(&done) {
            (_, Ok(())) => stored += 1,
            (ticket, Err(CommitError::Backlogged)) => refused.push(ticket.0),
            (ticket, Err(error)) => panic!("{ticket:?}: {error}"),
        }
    }
    assert_eq!(stored, QUEUE_COMMITS);
    assert_eq!(refused, [n_commits - 3, n_commits - 2, n_commits - 1]);
}
