use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::{Place, at, claim, commit, id, ids, layout, session};
use crate::id::TabId;
use crate::store::open::open_in_memory;
use crate::store::{Change, Durability, HistoryBlock, LoadedWorkspace, OpenError, PaneRecord, Store, schema};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("is there").permissions().mode() & 0o777
}

#[test]
fn a_fresh_database_is_for_its_user_only() {
    let place = Place::new();
    let mut opened = place.open();
    commit(&mut opened.store, vec![Change::InsertSession(session(1))]);
    assert_eq!(opened.warnings, []);
    assert_eq!(mode(place.database().parent().expect("has one")), 0o700);
    for suffix in ["", "-wal", "-shm", ".lock"] {
        let name = format!("{}{suffix}", place.database().display());
        assert_eq!(mode(Path::new(&name)), 0o600, "{name}");
    }
}

#[test]
fn a_database_that_others_can_read_is_closed_to_them() {
    let place = Place::new();
    place.store(vec![]);
    fs::set_permissions(place.database(), fs::Permissions::from_mode(0o644)).expect("set");
    place.open();
    assert_eq!(mode(&place.database()), 0o600);
}

#[test]
fn a_fresh_workspace_is_empty() {
    let opened = open_in_memory("main").expect("opens");
    assert_eq!(opened.loaded, LoadedWorkspace { next_tab: 1, next_notice: 1, ..LoadedWorkspace::default() });
}

#[test]
fn migrations_are_run_once_each_and_by_one_only() {
    let mut conn = rusqlite::Connection::open_in_memory().expect("opens");
    let first = schema::MIGRATIONS;
    let second = [first, &["ALTER TABLE tabs ADD COLUMN colour TEXT"]].concat();
    schema::migrate(&mut conn, first).expect("migrates");
    schema::migrate(&mut conn, &second).expect("migrates");
    schema::migrate(&mut conn, &second).expect("a second time changes nothing");
    let n = i64::try_from(first.len()).expect("few");
    assert_eq!(schema::version(&conn).expect("readable"), n + 1);
    let refused = schema::migrate(&mut conn, first);
    assert!(matches!(refused, Err(schema::MigrateError::Newer { found, known }) if (found, known) == (n + 1, n)));
}

#[test]
fn a_migration_that_fails_leaves_the_file_as_it_was() {
    let mut conn = rusqlite::Connection::open_in_memory().expect("opens");
    let first = schema::MIGRATIONS;
    schema::migrate(&mut conn, first).expect("migrates");
    let broken = [first, &["ALTER TABLE tabs ADD COLUMN colour TEXT; SELECT nonsense"]].concat();
    assert!(schema::migrate(&mut conn, &broken).is_err());
    assert_eq!(schema::version(&conn).expect("readable"), i64::try_from(first.len()).expect("few"));
    assert!(conn.prepare("SELECT colour FROM tabs").is_err());
}

#[test]
fn a_newer_schema_is_refused_with_what_to_do_and_not_touched() {
    let place = Place::new();
    place.store(vec![Change::InsertSession(session(1))]);
    place.tamper("PRAGMA journal_mode = DELETE; PRAGMA user_version = 99");
    let before = fs::read(place.database()).expect("readable");
    let error = Store::open(&place.database(), "main").expect_err("refused");
    assert!(matches!(error, OpenError::Newer { found: 99, .. }));
    let message = error.to_string();
    assert!(message.contains("homing.db") && message.contains("upgrade homing"), "{message}");
    assert!(fs::read(place.database()).expect("readable") == before, "the file was changed");
}

#[test]
fn what_is_in_the_way_is_named() {
    let place = Place::new();
    fs::create_dir_all(place.database()).expect("made");
    let error = Store::open(&place.database(), "main").expect_err("refused");
    assert!(matches!(&error, OpenError::NotAFile { path } if *path == place.database()), "{error}");

    let below_a_file = place.directory.path().join("file/data/homing.db");
    fs::write(place.directory.path().join("file"), "").expect("written");
    let error = Store::open(&below_a_file, "main").expect_err("refused");
    assert!(matches!(&error, OpenError::Directory { .. }), "{error}");
    assert!(error.to_string().contains("HOMING_HOME"), "{error}");
}

#[test]
fn an_unwritable_directory_is_named() {
    let place = Place::new();
    let directory = place.directory.path().join("locked");
    fs::create_dir(&directory).expect("made");
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o500)).expect("set");
    // The superuser may write anywhere but into the kernel's file systems.
    let directory = if rustix::process::geteuid().is_root() { Path::new("/proc/self").to_owned() } else { directory };
    let error = Store::open(&directory.join("homing.db"), "main").expect_err("refused");
    assert!(error.to_string().contains(&*directory.to_string_lossy()), "{error}");
    assert!(error.to_string().contains("HOMING_HOME"), "{error}");
}

#[test]
fn a_workspace_comes_back_as_it_was_and_others_stay_out_of_it() {
    let place = Place::new();
    let block = HistoryBlock { first_line: 7, n_lines: 2, data: vec![1, 2, 3] };
    let HistoryBlock { first_line, n_lines, data } = block.clone();
    place.store(vec![
        Change::InsertSession(session(1)),
        Change::InsertSession(session(2)),
        claim(1, "a"),
        layout(&[1, 2]),
        Change::AppendHistory { session: id(1), first_line, n_lines, data },
    ]);
    let mut other = place.open_as("other").store;
    commit(&mut other, vec![Change::InsertSession(session(3)), layout(&[3])]);

    let opened = place.open();
    assert_eq!(opened.warnings, []);
    let loaded = opened.loaded;
    assert_eq!(ids(&loaded), [id(1), id(2)]);
    assert_eq!(loaded.panes.iter().map(|pane| pane.session).collect::<Vec<_>>(), [id(1), id(2)]);
    assert_eq!((loaded.active, loaded.tabs.len(), loaded.next_tab), (Some(TabId(1)), 1, 2));
    assert_eq!(loaded.sessions.first().and_then(|found| found.claim.clone()), Some(super::held_claim("a", 3000)));
    assert_eq!(loaded.histories.load(id(1)).expect("readable"), [block]);
    assert_eq!(loaded.histories.load(id(2)).expect("readable"), []);
    assert_eq!(ids(&place.open_as("other").loaded), [id(3)]);
    assert_eq!(opened.store.reader().workspaces().expect("readable"), ["main", "other"]);
}

#[test]
fn a_session_stored_before_its_layout_is_not_lost() {
    let place = Place::new();
    place.store(vec![Change::InsertSession(session(1)), layout(&[1]), Change::InsertSession(session(2))]);
    let loaded = place.open().loaded;
    assert_eq!(ids(&loaded), [id(1)]);
    assert_eq!(loaded.unplaced.iter().map(|session| session.id).collect::<Vec<_>>(), [id(2)]);
}

#[test]
fn a_tab_id_is_not_used_again() {
    let place = Place::new();
    place.store(vec![Change::InsertSession(session(1)), layout(&[1])]);
    place.store(vec![Change::SaveLayout { tabs: vec![], active: None, scratch: None, panes: vec![] }]);
    let loaded = place.open().loaded;
    assert_eq!((loaded.tabs.len(), loaded.next_tab), (0, 2));
}

#[test]
fn a_pane_can_change_its_session_in_one_layout() {
    let place = Place::new();
    place.store(vec![Change::InsertSession(session(1)), Change::InsertSession(session(2)), layout(&[1, 2])]);
    let panes = [(1, 2), (2, 1)].map(|(pane, n)| PaneRecord { id: super::pane(pane), session: id(n) }).to_vec();
    place.store(vec![Change::SaveLayout { tabs: vec![], active: None, scratch: None, panes: panes.clone() }]);
    assert_eq!(place.open().loaded.panes, panes);
}

/// What a kill at any instant leaves: the file and its log, cut anywhere.
#[test]
fn a_log_cut_anywhere_opens_with_the_commits_before_the_cut() {
    let place = Place::new();
    place.store(vec![Change::InsertSession(session(1))]);
    let mut store = place.open().store;
    for title in ["a", "b", "c"] {
        let changed = crate::core::session::Session { title: Some(title.to_owned()), ..session(1) };
        let screen =
            Change::SaveScreen { session: id(1), at: at(1), cols: 1, rows: 1, snapshot: title.as_bytes().to_vec() };
        store.commit(vec![Change::UpdateSession(changed), screen], Durability::Full).expect("commits");
    }
    let file = fs::read(place.database()).expect("readable");
    let log = fs::read(format!("{}-wal", place.database().display())).expect("readable");
    assert!(log.len() > 3 * 4096);

    let mut seen = Vec::new();
    for cut in (0..=log.len()).step_by(1000).chain([log.len()]) {
        let copy = Place::new();
        fs::create_dir_all(copy.database().parent().expect("has one")).expect("made");
        fs::write(copy.database(), &file).expect("written");
        fs::write(format!("{}-wal", copy.database().display()), &log[..cut]).expect("written");
        let opened = copy.open();
        assert_eq!(opened.warnings, [], "cut at {cut}");
        let title = opened.loaded.unplaced.first().and_then(|session| session.title.clone());
        let screen = opened.loaded.screens.get(&id(1)).map(|screen| screen.snapshot.clone());
        assert_eq!(title.as_deref().map(str::as_bytes), screen.as_deref(), "half a commit at {cut}");
        seen.push(title);
    }
    assert!(seen.is_sorted(), "{seen:?}");
    assert_eq!(seen.last().cloned().flatten().as_deref(), Some("c"), "a finished commit is there");
}

#[test]
fn a_binarys_facts_are_replaced_by_newer_ones() {
    let place = Place::new();
    let binary = |version: &str| Change::CacheBinary {
        path: "/bin/claude".to_owned(),
        mtime_ms: 5,
        size: u64::MAX,
        version: Some(version.to_owned()),
        facts_json: "{}".to_owned(),
    };
    place.store(vec![binary("1"), binary("2")]);
    let binaries = place.open().loaded.binaries;
    assert_eq!(binaries.iter().map(|binary| binary.version.as_deref()).collect::<Vec<_>>(), [Some("2")]);
}
