use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use super::{World, conversation};
use crate::store::ForeignWriter;
use crate::watch::codex::{
    LockState, StateError, has_user_message, held_conversations, home, lock_state, rollout_exists, threads_in,
    without_subagents,
};
use crate::watch::{Answer, Finding, PROC};

const A: &str = "019ae001-0000-7000-8000-00000000000a";
const B: &str = "019ae001-0000-7000-8000-00000000000b";

/// The columns that are read, and one that is not; as in codex-cli 0.169.0.
const SCHEMA: &str = "CREATE TABLE threads (id TEXT PRIMARY KEY, cwd TEXT, source TEXT, first_user_message TEXT, \
     created_at_ms INTEGER, thread_source TEXT, title TEXT); \
     CREATE TABLE thread_spawn_edges (parent_thread_id TEXT, child_thread_id TEXT PRIMARY KEY, status TEXT);";

/// A pane (10) with the wrapper and the native process (12) in it, and a process elsewhere (50).
fn world() -> World {
    let world = World::new();
    for (pid, parent) in [(1, 0), (10, 1), (11, 10), (12, 11), (50, 1)] {
        world.process(pid, parent, &["codex"]);
    }
    world
}

fn lock_file(world: &World, id: &str) -> PathBuf {
    world.file(&format!("thread-writer-locks/{id}.lock"), "")
}

fn held(world: &World) -> Finding {
    held_conversations(&world.proc(), &world.home(), 10)
}

fn exact(id: &str) -> Finding {
    Finding::Exact(conversation(id))
}

fn reason(finding: &Finding) -> &str {
    match finding {
        Finding::Silent(reason) => reason,
        other => panic!("not silent: {other:?}"),
    }
}

/// A state database whose rows lie in the log of a writer that is still at work, as Codex's do.
fn state(world: &World, name: &str, sql: &str) -> ForeignWriter {
    let writer = ForeignWriter::open(&world.file(name, ""));
    writer.run(&format!("{SCHEMA} {sql}"));
    writer
}

fn thread(id: &str, message: &str, rest: &str) -> String {
    format!("INSERT INTO threads VALUES ('{id}', '/p', 'cli', '{message}', 5, {rest}, NULL);")
}

#[test]
fn the_one_lock_open_in_the_pane_names_the_conversation() {
    let world = world();
    world.open(12, &lock_file(&world, A));
    world.open(12, Path::new("/dev/null"));
    world.open(50, &lock_file(&world, B));
    assert_eq!(held(&world), exact(A));
}

#[test]
fn the_same_lock_open_twice_is_one_and_two_locks_are_ambiguous() {
    let world = world();
    world.open(11, &lock_file(&world, B));
    world.open(11, &lock_file(&world, B));
    assert_eq!(held(&world), exact(B));
    world.open(11, &lock_file(&world, A));
    assert_eq!(held(&world), Finding::Ambiguous(vec![conversation(A), conversation(B)]));
}

#[test]
fn a_pane_without_locks_or_process_is_silent_and_says_why() {
    let world = world();
    world.open(12, Path::new("/elsewhere/other.lock"));
    assert!(reason(&held(&world)).contains("none of the pane's 3 processes"));
    assert!(reason(&held_conversations(&world.proc(), &world.home(), 77)).contains("no process 77"));
    let nowhere = held_conversations(Path::new("/nowhere"), &world.home(), 10);
    assert!(reason(&nowhere).contains("on this system"));
}

#[test]
fn the_lock_of_a_codex_that_codex_started_does_not_count() {
    let world = world();
    world.process(13, 12, &["sh"]);
    world.process(14, 13, &["codex"]);
    world.open(12, &lock_file(&world, A));
    world.open(14, &lock_file(&world, B));
    assert_eq!(held(&world), exact(A));
}

#[test]
fn a_codex_without_a_screen_or_below_another_agent_does_not_count() {
    for arguments in [&["codex", "exec", "x"][..], &["codex", "-c", "a=b", "-m", "m", "e"], &["codex", "review"]] {
        let world = world();
        world.process(12, 11, arguments);
        world.open(12, &lock_file(&world, A));
        assert!(reason(&held(&world)).contains("none of the pane's"), "{arguments:?}");
    }
    for arguments in [&["codex", "-m", "exec"][..], &["codex", "resume", "exec"], &["codex", "--search"]] {
        let world = world();
        world.process(12, 11, arguments);
        world.open(12, &lock_file(&world, A));
        assert_eq!(held(&world), exact(A), "{arguments:?}");
    }
    let world = world();
    world.process(11, 10, &["claude"]);
    world.open(12, &lock_file(&world, A));
    assert!(reason(&held(&world)).contains("none of the pane's"));
}

#[test]
fn a_lock_below_another_home_does_not_count_and_a_home_behind_a_link_does() {
    let world = world();
    world.open(12, &world.directory.path().join("other/thread-writer-locks").join(format!("{A}.lock")));
    assert!(reason(&held(&world)).contains("none of the pane's"));
    world.open(12, &lock_file(&world, B).canonicalize().expect("is there"));
    let link = world.directory.path().join("link");
    std::os::unix::fs::symlink(world.home(), &link).expect("linked");
    assert_eq!(held_conversations(&world.proc(), &link, 10), exact(B));
}

#[test]
fn two_codexes_side_by_side_in_a_pane_are_ambiguous() {
    let world = world();
    world.process(13, 10, &["codex"]);
    world.open(12, &lock_file(&world, A));
    world.open(13, &lock_file(&world, B));
    assert!(matches!(held(&world), Finding::Ambiguous(_)));
}

#[test]
fn the_shared_daemon_says_nothing_about_the_pane_that_it_was_started_from() {
    let world = world();
    world.process(13, 12, &["codex", "app-server", "--listen", "unix://x", "--managed-daemon"]);
    world.open(13, &lock_file(&world, B));
    assert!(reason(&held(&world)).contains("app-server"));
}

#[test]
fn a_lock_file_that_is_open_but_locked_outside_of_the_pane_does_not_count() {
    let world = world();
    let file = lock_file(&world, A);
    world.open(12, &file);
    world.lock(50, &file);
    assert!(reason(&held(&world)).contains("outside of the pane"));
}

#[test]
fn a_process_that_hides_its_files_still_shows_its_lock() {
    let world = world();
    world.lock(12, &lock_file(&world, A));
    // What cannot be listed: a file in the place of the directory.
    std::fs::remove_dir(world.proc().join("12/fd")).expect("removed");
    std::fs::write(world.proc().join("12/fd"), "").expect("written");
    assert_eq!(held(&world), exact(A));
}

#[test]
fn subagents_are_sorted_out_by_the_state_database() {
    let world = world();
    let both = [conversation(A), conversation(B)];
    let state = state(&world, "state_5.sqlite", &(thread(A, "hello", "'user'") + &thread(B, "look", "'subagent'")));
    assert_eq!(without_subagents(&world.home(), &both).expect("readable"), exact(A));
    state.run(&format!("DELETE FROM threads WHERE id = '{B}'"));
    assert!(matches!(without_subagents(&world.home(), &both), Ok(Finding::Ambiguous(_))));
    state.run(&format!("INSERT INTO thread_spawn_edges VALUES ('{A}', '{B}', 'open')"));
    assert_eq!(without_subagents(&world.home(), &both).expect("readable"), exact(A));
    state.run(r#"UPDATE threads SET source = '{"subagent":{"thread_spawn":{}}}'"#);
    assert!(matches!(without_subagents(&world.home(), &both), Ok(Finding::Silent(_))));
}

#[test]
fn a_rollout_or_a_row_is_something_to_resume() {
    let world = world();
    assert_eq!(rollout_exists(&world.home(), &conversation(A)), Answer::No);
    world.file(&format!("sessions/2026/11/20/rollout-2026-11-20T23-59-59-{A}.jsonl"), "{}\n");
    world.file(&format!("sessions/2026/11/21/rollout-2026-11-21T00-00-00-{B}x.jsonl"), "{}\n");
    assert_eq!(rollout_exists(&world.home(), &conversation(A)), Answer::Yes);
    assert_eq!(rollout_exists(&world.home(), &conversation(B)), Answer::No);
    let _writer = state(&world, "state_5.sqlite", &thread(B, "hello", "'user'"));
    assert_eq!(rollout_exists(&world.home(), &conversation(B)), Answer::Yes);
    assert_eq!(rollout_exists(&world.home(), &conversation("../../etc/passwd")), Answer::No);
}

#[test]
fn what_the_user_said_is_found_in_the_newest_state_database() {
    let world = world();
    let _old = state(&world, "state_4.sqlite", "");
    let _writer = state(&world, "state_10.sqlite", &(thread(A, "it''s", "'user'") + &thread(B, "", "'user'")));
    assert_eq!(has_user_message(&world.home(), &conversation(A)), Answer::Yes);
    assert_eq!(has_user_message(&world.home(), &conversation(B)), Answer::No);
    world.file(&format!("sessions/2026/11/20/rollout-2026-11-20T23-59-59-{B}.jsonl"), "{}\n");
    assert_eq!(has_user_message(&world.home(), &conversation(B)), Answer::Yes, "the rollout tells too");
    let threads = threads_in(&world.home(), "/p").expect("readable");
    let said: Vec<&str> = threads.iter().map(|thread| thread.first_user_message.as_str()).collect();
    assert_eq!(said, ["it's", ""]);
    assert_eq!(threads_in(&world.home(), "/other").expect("readable"), []);
}

#[test]
fn a_database_that_is_not_as_known_is_not_guessed_about() {
    let world = world();
    assert!(matches!(threads_in(&world.home(), "/p"), Err(StateError::Missing { .. })));
    world.file("state_5.sqlite", &"no database ".repeat(100));
    assert!(matches!(threads_in(&world.home(), "/p"), Err(StateError::Unreadable { .. })));
    assert!(matches!(has_user_message(&world.home(), &conversation(A)), Answer::Unknown(_)));
    assert!(matches!(rollout_exists(&world.home(), &conversation(A)), Answer::Unknown(_)));
    let writer = state(&world, "state_6.sqlite", "ALTER TABLE threads DROP COLUMN thread_source");
    assert!(matches!(threads_in(&world.home(), "/p"), Err(StateError::Schema { column: "thread_source", .. })));
    writer.run("DROP TABLE threads");
    assert!(matches!(threads_in(&world.home(), "/p"), Err(StateError::Schema { column: "id", .. })));
}

#[test]
fn a_database_under_a_writers_lock_is_read_and_never_changed() {
    let world = world();
    let writer = state(&world, "state_5.sqlite", &thread(A, "hello", "'user'"));
    writer.run("BEGIN IMMEDIATE; DELETE FROM threads");
    assert_eq!(threads_in(&world.home(), "/p").expect("readable").len(), 1);
    writer.run("ROLLBACK");
    drop(writer);
    // Closed in good order: the log is gone, as after Codex has ended.
    let content = || std::fs::read(world.home().join("state_5.sqlite")).expect("readable");
    let before = content();
    assert_eq!(threads_in(&world.home(), "/p").expect("readable").len(), 1);
    assert!(content() == before, "the file was changed");
}

#[test]
fn a_lock_is_held_only_while_a_process_holds_it() {
    let world = world();
    let state = |id: &str| lock_state(&world.proc(), &world.home(), &conversation(id));
    assert!(matches!(state(A), LockState::Free), "there is no such file");
    let file = lock_file(&world, A);
    assert!(matches!(state(A), LockState::Unknown(_)), "there is no list of locks");
    world.lock(50, &lock_file(&world, B));
    assert_eq!(state(A), LockState::Free, "left over from a killed process");
    world.lock(12, &file);
    assert_eq!(state(A), LockState::Held { pid: 12 });
}

#[test]
fn a_lock_shown_under_another_device_is_known_by_the_holders_open_file() {
    let world = world();
    let file = lock_file(&world, A);
    let inode = std::os::unix::fs::MetadataExt::ino(&std::fs::metadata(&file).expect("is there"));
    world.lock_as(12, &format!("ff:ff:{inode}"));
    let state = || lock_state(&world.proc(), &world.home(), &conversation(A));
    assert_eq!(state(), LockState::Free);
    world.open(12, &file);
    assert_eq!(state(), LockState::Held { pid: 12 });
}

#[cfg(target_os = "linux")]
#[test]
fn a_real_lock_is_seen_without_being_taken() {
    let world = world();
    let file = std::fs::File::open(lock_file(&world, A)).expect("opens");
    let state = || lock_state(Path::new(PROC), &world.home(), &conversation(A));
    assert_eq!(state(), LockState::Free);
    flock(&file, FlockOperation::NonBlockingLockExclusive).expect("locked");
    assert_eq!(state(), LockState::Held { pid: std::process::id() });
    let held = held_conversations(Path::new(PROC), &world.home(), std::process::id());
    assert_eq!(held, exact(A));
    drop(file);
    assert_eq!(state(), LockState::Free);
}

#[test]
fn codexs_home_is_what_the_session_was_given() {
    let env = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    };
    let user = ("HOME", "/home/u");
    assert_eq!(home(&env(&[("CODEX_HOME", "/first"), user, ("CODEX_HOME", "/given")])), Path::new("/given"));
    assert_eq!(home(&env(&[user, ("CODEX_HOME", "")])), Path::new("/home/u/.codex"));
    assert_eq!(home(&env(&[user])), Path::new("/home/u/.codex"));
}
