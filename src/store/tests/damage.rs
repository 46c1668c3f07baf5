use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Place, at, claim, commit, id, ids, layout, session};
use crate::core::session::{Session, Status};
use crate::store::backup::{self, BackupError};
use crate::store::salvage;
use crate::store::{Change, ClaimEnd, OpenError, Store, StoreWarning};
use crate::time::Wall;

fn backup_at(place: &Place, now: Wall) -> Result<PathBuf, BackupError> {
    let conn = backup::connect(&place.database()).expect("connects");
    backup::write(&conn, &place.database(), now).map(|backup| backup.path)
}

fn overwrite(path: &Path, offset: u64, bytes: &[u8]) {
    let mut file = fs::OpenOptions::new().write(true).open(path).expect("opens");
    file.seek(SeekFrom::Start(offset)).expect("seeks");
    file.write_all(bytes).expect("written");
}

fn history(n: u8, first_line: u64) -> Change {
    Change::AppendHistory { session: id(n), first_line, n_lines: 1, data: vec![7; 3000] }
}

fn aside(warnings: &[StoreWarning]) -> Option<PathBuf> {
    warnings.iter().find_map(|warning| match warning {
        StoreWarning::MovedAside { moved_to } => Some(moved_to.clone()),
        _ => None,
    })
}

#[test]
fn a_damaged_row_costs_only_itself_and_is_reported_once() {
    let place = Place::new();
    place.store(vec![
        Change::InsertSession(session(1)),
        Change::InsertSession(session(2)),
        Change::InsertSession(session(3)),
        claim(2, "a"),
        layout(&[1, 2, 3]),
    ]);
    place.tamper(&format!("UPDATE sessions SET status = 'dancing', options = '{{' WHERE id = '{}'", id(1)));
    place.tamper(&format!(
        "UPDATE sessions SET id = 'nonsense' WHERE id = '{0}'; UPDATE panes SET session = 'nonsense' WHERE session = '{0}'; \
         UPDATE conversations SET session = 'nonsense' WHERE session = '{0}'",
        id(2)
    ));
    let opened = place.open();
    assert_eq!(ids(&opened.loaded), [id(1), id(3)]);
    let repaired = opened.loaded.sessions.first().expect("there are two");
    assert_eq!((repaired.status, repaired.name.as_deref()), (Status::Starting, Some("session 1")));
    assert!(repaired.options.args.is_empty());
    let reported: Vec<String> = opened.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(reported.len(), 3, "{reported:?}");
    assert!(reported.iter().any(|warning| warning.contains("options is not understood, status is not understood")));
    let quarantine = opened.store.reader().quarantine().expect("readable");
    assert!(quarantine.iter().any(|row| row.table == "sessions" && row.row_json.contains("dancing")), "{quarantine:?}");

    let mut store = opened.store;
    commit(&mut store, vec![claim(3, "a")]);
    drop(store);
    assert_eq!(place.open().warnings, []);
}

#[test]
fn a_tab_whose_tree_is_no_json_leaves_its_panes() {
    let place = Place::new();
    place.store(vec![Change::InsertSession(session(1)), layout(&[1])]);
    for damage in ["tree = '{'", "tree = '{}', focus = 0"] {
        place.tamper(&format!("UPDATE tabs SET {damage}"));
        let opened = place.open();
        assert_eq!((opened.loaded.tabs.len(), opened.loaded.active, opened.loaded.panes.len()), (0, None, 1));
        assert_eq!(opened.warnings.len(), 1);
    }
}

#[test]
fn a_screen_with_an_absurd_size_is_left_out() {
    let place = Place::new();
    let screen = Change::SaveScreen { session: id(1), at: at(1), cols: 9, rows: 9, snapshot: vec![0; 99] };
    place.store(vec![Change::InsertSession(session(1)), layout(&[1]), screen]);
    for damage in ["x'ffffffff00'", "x'01'", "x'0a0000000102'"] {
        place.tamper(&format!("UPDATE screens SET snapshot = {damage}"));
        let opened = place.open();
        assert!(opened.loaded.screens.is_empty());
        assert_eq!((ids(&opened.loaded), opened.warnings.len()), (vec![id(1)], 1));
    }
}

#[test]
fn a_file_that_is_no_database_is_kept_and_the_newest_backup_used() {
    let place = Place::new();
    place.store(vec![Change::InsertSession(session(1)), layout(&[1])]);
    backup_at(&place, at(1000)).expect("made");
    place.store(vec![Change::InsertSession(session(2)), layout(&[1, 2])]);
    let newest = backup_at(&place, at(2000)).expect("made");
    fs::write(place.database(), b"this is no database, this is a letter".repeat(300)).expect("written");

    let opened = place.open();
    assert_eq!(ids(&opened.loaded), [id(1), id(2)]);
    assert!(opened.warnings.contains(&StoreWarning::Restored { backup: newest }), "{:?}", opened.warnings);
    let aside = aside(&opened.warnings).expect("named");
    assert!(fs::read(aside).expect("kept").starts_with(b"this is no database"));
    drop(opened);
    assert_eq!(place.open().warnings, [], "recovered for good");
}

#[test]
fn a_faulty_backup_is_passed_over() {
    let place = Place::new();
    place.store(vec![Change::InsertSession(session(1)), layout(&[1])]);
    let good = backup_at(&place, at(1000)).expect("made");
    let faulty = backup_at(&place, at(2000)).expect("made");
    fs::write(faulty, b"no database".repeat(300)).expect("written");
    fs::write(place.database(), b"no database".repeat(300)).expect("written");
    let opened = place.open();
    assert_eq!(ids(&opened.loaded), [id(1)]);
    assert!(opened.warnings.contains(&StoreWarning::Restored { backup: good }));
}

#[test]
fn a_backup_with_a_fault_inside_is_passed_over() {
    let place = Place::new();
    let blocks = (0..64).map(|n| history(1, n));
    place.store([Change::InsertSession(session(1)), layout(&[1])].into_iter().chain(blocks).collect());
    let good = backup_at(&place, at(1000)).expect("made");
    let faulty = backup_at(&place, at(2000)).expect("made");
    let length = fs::metadata(&faulty).expect("is there").len();
    overwrite(&faulty, (length / 4096 / 2) * 4096, &[0xff; 4096]);
    fs::write(place.database(), b"no database".repeat(300)).expect("written");
    assert!(place.open().warnings.contains(&StoreWarning::Restored { backup: good }));
}

#[test]
fn a_row_that_breaks_a_rule_keeps_no_backup_from_being_made_or_used() {
    let place = Place::new();
    place.store(vec![Change::InsertSession(session(1)), claim(1, "a"), layout(&[1])]);
    place.tamper("UPDATE conversations SET end_reason = 'moved'");
    let backup = backup_at(&place, at(1000)).expect("made");
    fs::write(place.database(), b"no database".repeat(300)).expect("written");
    assert!(place.open().warnings.contains(&StoreWarning::Restored { backup }));
}

/// The damaged file lacks the entry that the session had when the backup was made, and has the one after it.
#[test]
fn a_recovered_entry_of_the_ledger_ends_the_one_that_it_excludes() {
    let (damaged, successor) = (Place::new(), Place::new());
    let before = vec![Change::InsertSession(session(1)), claim(1, "a")];
    successor.store(before.clone());
    damaged.store(before);
    damaged.store(vec![claim(1, "b")]);
    damaged.tamper("DELETE FROM conversations WHERE conversation = 'a'");
    let mut store = successor.open().store;
    let saved = salvage::salvage(&damaged.database(), &mut store.conn).expect("salvages");
    assert_eq!((saved.n_sessions, saved.n_conversations), (1, 1));
    let ledger = store.reader().ledger(id(1)).expect("readable");
    let entries: Vec<_> =
        ledger.iter().map(|entry| (entry.conversation.as_str(), entry.ended.map(|(_, end)| end))).collect();
    assert_eq!(entries, [("a", Some(ClaimEnd::Moved)), ("b", None)]);
}

#[test]
fn without_a_backup_the_workspace_starts_empty_and_can_be_used() {
    let place = Place::new();
    place.store(vec![Change::InsertSession(session(1))]);
    fs::write(place.database(), b"no database".repeat(300)).expect("written");
    let mut opened = place.open();
    assert!(opened.warnings.contains(&StoreWarning::StartedEmpty));
    commit(&mut opened.store, vec![Change::InsertSession(session(1))]);
}

#[test]
fn an_emptied_file_is_restored_from_its_backup() {
    let place = Place::new();
    place.store(vec![Change::InsertSession(session(1)), layout(&[1])]);
    backup_at(&place, at(1000)).expect("made");
    fs::write(place.database(), b"").expect("written");
    assert_eq!(ids(&place.open().loaded), [id(1)]);
}

#[test]
fn a_schema_with_tables_missing_is_recovered_from() {
    let place = Place::new();
    place.store(vec![Change::InsertSession(session(1)), layout(&[1])]);
    place.tamper("DROP TABLE notices");
    let opened = place.open();
    assert_eq!(ids(&opened.loaded), [id(1)], "{:?}", opened.warnings);
    assert_eq!(opened.store.reader().notices().expect("readable"), []);
}

#[test]
fn what_a_damaged_file_still_tells_is_put_on_top_of_the_backup() {
    let place = Place::new();
    place.store(vec![Change::InsertSession(session(1)), claim(1, "a"), layout(&[1])]);
    backup_at(&place, at(1000)).expect("made");
    let renamed = Session { name: Some("renamed".to_owned()), ..session(1) };
    let blocks = (0..64).map(|n| history(2, n));
    let mut changes =
        vec![Change::UpdateSession(renamed), claim(1, "b"), Change::InsertSession(session(2)), claim(2, "a")];
    changes.push(layout(&[1, 2]));
    changes.extend(blocks);
    place.store(changes);
    // The page on which the layout's tabs lie.
    let page: u64 = {
        let conn = rusqlite::Connection::open(place.database()).expect("opens");
        conn.query_row("SELECT rootpage FROM sqlite_schema WHERE name = 'tabs'", [], |row| row.get::<_, i64>(0))
            .expect("found")
            .try_into()
            .expect("positive")
    };
    overwrite(&place.database(), (page - 1) * 4096, &[0xff; 4096]);

    let opened = place.open();
    assert!(aside(&opened.warnings).is_some(), "{:?}", opened.warnings);
    assert_eq!(ids(&opened.loaded), [id(1), id(2)], "{:?}", opened.warnings);
    let reader = opened.store.reader();
    assert_eq!(opened.loaded.sessions.first().and_then(|session| session.name.as_deref()), Some("renamed"));
    assert_eq!(reader.ledger(id(1)).expect("readable").len(), 2);
    assert_eq!(reader.history(id(2)).expect("readable").len(), 64);
    assert_eq!(opened.loaded.tabs.len(), 1, "the tabs are the backup's");
}

#[test]
fn faults_in_the_middle_of_a_table_cost_only_what_they_hit() {
    let place = Place::new();
    let many = |n: u8| Session { first_message: Some("long ".repeat(400)), ..session(n) };
    let numbers: Vec<u8> = (1..=40).collect();
    let mut changes: Vec<Change> = numbers.iter().map(|n| Change::InsertSession(many(*n))).collect();
    changes.push(layout(&numbers));
    place.store(changes);
    let bytes = fs::read(place.database()).expect("readable");
    let marker = id(20).to_string();
    let hit = bytes.windows(marker.len()).rposition(|window| window == marker.as_bytes()).expect("found");
    overwrite(&place.database(), (hit as u64 / 4096) * 4096, &[0xff; 4096]);

    let opened = place.open();
    let n_saved = opened.loaded.sessions.len() + opened.loaded.unplaced.len();
    assert!((30..40).contains(&n_saved), "{n_saved} {:?}", opened.warnings);
}

#[test]
fn a_damaged_file_is_not_replaced_under_a_server_that_has_it_open() {
    let place = Place::new();
    // Closed once, so that the pages are in the file and not in the log.
    place.store(vec![Change::InsertSession(session(1))]);
    let running = place.open().store;
    fs::write(place.database(), b"no database".repeat(3000)).expect("written");
    let error = Store::open(&place.database(), "other").expect_err("refused");
    assert!(matches!(error, OpenError::DamagedAndInUse { .. }), "{error}");
    assert!(fs::read(place.database()).expect("kept").starts_with(b"no database"));
    drop(running);
    assert!(aside(&place.open_as("other").warnings).is_some());
}

#[test]
fn backups_rotate_and_are_made_once_a_day() {
    let place = Place::new();
    place.store(vec![Change::InsertSession(session(1))]);
    let day = i64::try_from(Duration::from_secs(24 * 3600).as_millis()).expect("fits");
    assert!(backup::is_due(&place.database(), at(0)));
    for n in 1..=5 {
        backup_at(&place, at(n * day)).expect("made");
    }
    let kept: Vec<i64> =
        backup::list(&place.database(), at(5 * day)).iter().map(|backup| backup.taken_at.unix_ms / day).collect();
    assert_eq!(kept, [5, 4, 3]);
    assert!(!backup::is_due(&place.database(), at(6 * day - 1)));
    assert!(backup::is_due(&place.database(), at(6 * day)));
    backup_at(&place, at(2 * day)).expect("made");
    let first = backup::list(&place.database(), at(2 * day)).into_iter().next();
    assert_eq!(first.map(|backup| backup.taken_at), Some(at(2 * day)), "a clock that was set back starves no backup");
}

#[test]
fn a_faulty_database_pushes_out_no_good_backup() {
    let place = Place::new();
    let blocks = (0..64).map(|n| history(1, n));
    place.store([Change::InsertSession(session(1))].into_iter().chain(blocks).collect());
    let good = backup_at(&place, at(1000)).expect("made");
    let length = fs::metadata(place.database()).expect("is there").len();
    overwrite(&place.database(), (length / 4096 / 2) * 4096, &[0xff; 4096]);
    assert!(backup_at(&place, at(2000)).is_err());
    let left: Vec<PathBuf> = fs::read_dir(good.parent().expect("has one"))
        .expect("readable")
        .map(|entry| entry.expect("readable").path())
        .collect();
    assert_eq!(left, [good]);
}
