use std::os::unix::fs::MetadataExt;

use super::{World, conversation};
use crate::config::FileDialect;
use crate::core::probe::{Found, Opening, Probe, Sighting, Submitted};
use crate::core::session::Witness;
use crate::id::SessionId;
use crate::store::ForeignWriter;
use crate::time::Wall;
use crate::watch::claude::project_name;
use crate::watch::survey::sightings;

const A: &str = "019ae001-0000-7000-8000-00000000000a";
const B: &str = "019ae001-0000-7000-8000-00000000000b";
const C: &str = "019ae001-0000-7000-8000-00000000000c";

/// When the user pressed Enter: 2030-01-01, before which files that tests write are not touched; so their times are set.
const SAID_MS: i64 = 1_893_456_000_000;

/// Ten minutes before the Enter, and half a second after it.
const BEFORE: &str = "2029-12-31T23:50:00.000Z";
const AFTER: &str = "2030-01-01T00:00:00.500Z";

fn world(program: &str) -> World {
    let world = World::new();
    for (pid, parent) in [(1, 0), (10, 1), (50, 1)] {
        world.process(pid, parent, &[program]);
    }
    world
}

fn probe(world: &World, files: FileDialect, said: Option<&str>) -> Probe {
    let home = world.home().to_string_lossy().into_owned();
    Probe {
        session: SessionId::new(1, [1; 10]),
        epoch: 1,
        n_touches: 0,
        files,
        pid: 10,
        cwd: "/p".to_owned(),
        env: vec![("CODEX_HOME".to_owned(), home.clone()), ("CLAUDE_CONFIG_DIR".to_owned(), home)],
        claimed: None,
        launched_at: Wall { unix_ms: SAID_MS - 60_000 },
        said: said.map(|text| Submitted { text: text.to_owned(), at: Wall { unix_ms: SAID_MS } }),
        rough: None,
        held_before: None,
        twins: Vec::new(),
        touched_at: None,
        reset_at: None,
        may_show_before: false,
        title: None,
    }
}

fn seen(world: &World, probe: &Probe) -> Vec<(Witness, Found)> {
    let seen = sightings(&world.proc(), probe).into_iter();
    seen.map(|Sighting { witness, found, source, .. }| (witness, reasonless(found, &source))).collect()
}

/// The words of a reason are looked at where they matter.
fn reasonless(found: Found, source: &str) -> Found {
    assert!(!source.is_empty());
    match found {
        Found::Silent(_) => silent(),
        other => other,
    }
}

fn silent() -> Found {
    Found::Silent(String::new())
}

fn exact(id: &str, spoken: bool) -> Found {
    Found::Exact { conversation: conversation(id), spoken }
}

fn ambiguous(ids: &[&str]) -> Found {
    Found::Ambiguous(ids.iter().map(|id| conversation(id)).collect())
}

/// A file that was written to just after the Enter.
fn fresh_file(world: &World, path: &str, content: &str) {
    let file = std::fs::File::options().append(true).open(world.file(path, content)).expect("opens");
    let ms = u64::try_from(SAID_MS).expect("positive") + 500;
    file.set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_millis(ms)).expect("set");
}

fn rollout(world: &World, id: &str, said: &[(&str, &str)]) {
    let line = |(at, text): &(&str, &str)| {
        format!(
            "{{\"timestamp\":\"{at}\",\"type\":\"response_item\",\"payload\":{{\"type\":\"message\",\"role\":\"user\",\
             \"content\":[{{\"type\":\"input_text\",\"text\":\"{text}\"}}]}}}}\n"
        )
    };
    let text: String = said.iter().map(line).collect();
    fresh_file(world, &format!("sessions/2029/12/31/rollout-2029-12-31T23-00-00-{id}.jsonl"), &text);
}

fn lock(world: &World, id: &str) {
    world.open(10, &world.file(&format!("thread-writer-locks/{id}.lock"), ""));
}

fn threads(world: &World, rows: &[(&str, &str, &str, i64)]) -> ForeignWriter {
    let writer = ForeignWriter::open(&world.file("state_5.sqlite", ""));
    writer.run(
        "CREATE TABLE threads (id TEXT PRIMARY KEY, cwd TEXT, source TEXT, first_user_message TEXT, \
         created_at_ms INTEGER, thread_source TEXT); \
         CREATE TABLE thread_spawn_edges (parent_thread_id TEXT, child_thread_id TEXT PRIMARY KEY, status TEXT);",
    );
    for (id, source, said, created) in rows {
        let kind = if source.starts_with('{') { "subagent" } else { "user" };
        writer.run(&format!("INSERT INTO threads VALUES ('{id}', '/p', '{source}', '{said}', {created}, '{kind}')"));
    }
    writer
}

#[test]
fn of_several_codex_locks_the_one_that_took_in_what_was_said_is_on_the_screen() {
    let world = world("codex");
    [A, B, C].iter().for_each(|id| lock(&world, id));
    let _state = threads(
        &world,
        &[(A, "cli", "hi", 5), (B, "cli", "hi", 5), (C, r#"{"subagent":{"thread_spawn":{}}}"#, "hi", 5)],
    );
    rollout(&world, A, &[(BEFORE, "next"), (BEFORE, "other")]);
    rollout(&world, B, &[(BEFORE, "hi"), (AFTER, "next")]);
    rollout(&world, C, &[(AFTER, "next")]);
    let asked = |said| seen(&world, &probe(&world, FileDialect::Codex, said));
    assert_eq!(asked(Some("next")), [(Witness::Process, exact(B, true))]);
    assert_eq!(asked(Some(" next\n")), [(Witness::Process, exact(B, true))], "Codex cuts white space at the ends");
    assert_eq!(asked(Some("hi")), [(Witness::Process, ambiguous(&[A, B]))], "said too long ago");
    assert_eq!(asked(None), [(Witness::Process, ambiguous(&[A, B]))]);
}

#[test]
fn a_lock_from_before_a_new_conversation_does_not_lead_back() {
    let world = world("codex");
    lock(&world, A);
    let _state = threads(&world, &[(A, "cli", "hi", 5)]);
    rollout(&world, A, &[(BEFORE, "hi"), (AFTER, "next")]);
    let asked = |said, may_show_before, held_before: Option<&str>| {
        let claimed = Some(conversation(A));
        let held_before = held_before.map(|id| vec![Opening { conversation: conversation(id), since_ns: None }]);
        let probe = Probe { claimed, may_show_before, held_before, ..probe(&world, FileDialect::Codex, said) };
        seen(&world, &probe)[0].1.clone()
    };
    assert_eq!(asked(None, false, None), exact(A, true));
    assert_eq!(asked(None, true, Some(A)), silent(), "the new one shows late");
    assert_eq!(asked(Some("something"), true, Some(A)), silent());
    assert_eq!(asked(Some("next"), true, Some(A)), exact(A, true), "the user went on in it after all");
    lock(&world, B);
    assert_eq!(asked(None, true, Some(A)), exact(B, false));
}

#[test]
fn a_conversation_that_was_open_already_and_is_opened_again_is_on_the_screen() {
    let world = world("codex");
    [A, B].iter().for_each(|id| lock(&world, id));
    let _state = threads(&world, &[(A, "cli", "hi", 5), (B, "cli", "ho", 5)]);
    let held = sightings(&world.proc(), &probe(&world, FileDialect::Codex, None))[0].held.clone();
    let asked = || {
        let probe = Probe { held_before: Some(held.clone()), ..probe(&world, FileDialect::Codex, None) };
        seen(&world, &probe)
    };
    assert_eq!(asked(), [(Witness::Process, ambiguous(&[A, B]))], "a view of what is loaded opens nothing");
    let path = world.home().join(format!("thread-writer-locks/{A}.lock"));
    let made = || std::fs::metadata(&path).expect("a lock").ctime_nsec();
    let before = made();
    // The clock of files goes in steps of some ms.
    while made() == before {
        std::fs::remove_file(&path).expect("it is there");
        lock(&world, A);
    }
    assert_eq!(asked(), [(Witness::Process, exact(A, true))]);
}

#[test]
fn a_lock_without_a_rollout_beside_others_is_not_guessed_to_be_on_the_screen() {
    let world = world("codex");
    [A, B].iter().for_each(|id| lock(&world, id));
    let _state = threads(&world, &[(A, "cli", "hi", 5)]);
    rollout(&world, A, &[(BEFORE, "hi")]);
    let asked = seen(&world, &probe(&world, FileDialect::Codex, None));
    assert_eq!(asked, [(Witness::Process, ambiguous(&[A, B]))]);
}

#[test]
fn without_a_state_database_what_was_said_still_tells_locks_apart() {
    let world = world("codex");
    [A, B].iter().for_each(|id| lock(&world, id));
    rollout(&world, A, &[(AFTER, "next")]);
    rollout(&world, B, &[(BEFORE, "next")]);
    let asked = seen(&world, &probe(&world, FileDialect::Codex, Some("next")));
    assert_eq!(asked, [(Witness::Process, exact(A, true))]);
}

#[test]
fn without_locks_the_one_stored_conversation_that_holds_what_was_said_fits() {
    let world = world("codex");
    let state = threads(&world, &[(A, "vscode", "next", SAID_MS - 9), (B, "exec", "next", SAID_MS - 9)]);
    let asked = |said| seen(&world, &probe(&world, FileDialect::Codex, said));
    assert_eq!(asked(Some("next")), [(Witness::Process, silent()), (Witness::Store, exact(A, true))], "by its row");
    assert_eq!(asked(None)[1], (Witness::Store, silent()));
    rollout(&world, A, &[(BEFORE, "next")]);
    assert_eq!(asked(Some("next"))[1], (Witness::Store, silent()), "its rollout knows better");
    rollout(&world, A, &[(AFTER, "next")]);
    assert_eq!(asked(Some("next"))[1], (Witness::Store, exact(A, true)));
    state.run(&format!("INSERT INTO threads VALUES ('{C}', '/p', 'cli', 'next', {SAID_MS}, 'user')"));
    assert_eq!(asked(Some("next"))[1], (Witness::Store, ambiguous(&[A, C])));
    state.run(&format!("UPDATE threads SET created_at_ms = {} WHERE id = '{C}'", SAID_MS - 62_001));
    assert_eq!(asked(Some("next"))[1], (Witness::Store, exact(A, true)), "created before the launch");
    state.run("UPDATE threads SET cwd = '/elsewhere'");
    assert_eq!(asked(Some("next"))[1], (Witness::Store, silent()));
}

#[test]
fn a_stored_conversation_that_another_codex_writes_is_not_the_panes_unless_it_is_the_shared_server() {
    let world = world("codex");
    let _state = threads(&world, &[(A, "vscode", "next", SAID_MS - 9)]);
    rollout(&world, A, &[(AFTER, "next")]);
    let file = world.file(&format!("thread-writer-locks/{A}.lock"), "");
    world.lock(50, &file);
    let asked = || seen(&world, &probe(&world, FileDialect::Codex, Some("next")));
    assert_eq!(asked()[1], (Witness::Store, silent()));
    world.process(50, 1, &["codex", "app-server", "--managed-daemon"]);
    assert_eq!(asked()[1], (Witness::Store, exact(A, true)));
}

#[test]
fn a_store_that_cannot_be_read_is_silent_and_says_why() {
    let world = world("codex");
    let reason = || match sightings(&world.proc(), &probe(&world, FileDialect::Codex, Some("next"))).pop() {
        Some(Sighting { witness: Witness::Store, found: Found::Silent(reason), .. }) => reason,
        other => panic!("{other:?}"),
    };
    assert!(reason().contains("no state database"));
    let state = threads(&world, &[(A, "cli", "next", SAID_MS)]);
    state.run("ALTER TABLE threads DROP COLUMN thread_source");
    assert!(reason().contains("thread_source"));
    // One that shuts readers out, as while a version of Codex changes its layout.
    state.run("PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE");
    assert!(reason().contains("locked"), "{}", reason());
}

/// A message in a transcript.
fn users(at: &str, text: &str) -> String {
    format!(
        "{{\"type\":\"user\",\"timestamp\":\"{at}\",\"entrypoint\":\"cli\",\"message\":{{\"content\":\"{text}\"}}}}\n"
    )
}

fn transcript(world: &World, id: &str, lines: &str) {
    fresh_file(world, &format!("projects/{}/{id}.jsonl", project_name("/p")), lines);
}

#[test]
fn an_unregistered_claude_is_known_by_the_one_transcript_that_holds_what_was_said() {
    let world = world("claude");
    transcript(&world, A, &(users(BEFORE, "next") + &users(AFTER, "other")));
    transcript(&world, B, &(users(BEFORE, "hi") + &users(AFTER, "next") + "{\"type\":\"assistant\"}\n{half a li"));
    let asked = |said| seen(&world, &probe(&world, FileDialect::Claude, said));
    assert_eq!(asked(Some("next")), [(Witness::Process, silent()), (Witness::Store, exact(B, true))]);
    assert_eq!(asked(None)[1], (Witness::Store, silent()));
    transcript(&world, C, &users(AFTER, "next").replace("\"cli\"", "\"sdk-cli\""));
    assert_eq!(asked(Some("next"))[1], (Witness::Store, exact(B, true)), "one of `claude -p`");
    transcript(&world, C, &users(AFTER, "next"));
    assert_eq!(asked(Some("next"))[1], (Witness::Store, ambiguous(&[B, C])));
    let entry = format!(r#"{{"pid":50,"sessionId":"{C}","procStart":1050,"entrypoint":"cli"}}"#);
    world.file("sessions/50.json", &entry);
    assert_eq!(asked(Some("next"))[1], (Witness::Store, exact(B, true)), "it is open in another pane");
}

#[test]
fn a_registered_claude_is_not_looked_for_in_the_store() {
    let world = world("claude");
    world.file("sessions/10.json", &format!(r#"{{"pid":10,"sessionId":"{A}","procStart":1010,"entrypoint":"cli"}}"#));
    transcript(&world, B, &users(AFTER, "next"));
    let asked = || seen(&world, &probe(&world, FileDialect::Claude, Some("next")));
    assert_eq!(asked(), [(Witness::Process, exact(A, false))]);
    transcript(&world, A, "{\"type\":\"assistant\",\"message\":{\"content\":\"hello\"}}\n");
    assert_eq!(asked(), [(Witness::Process, exact(A, false))], "an answer is no word of the user's");
    transcript(&world, A, &users(BEFORE, "hi"));
    assert_eq!(asked(), [(Witness::Process, exact(A, true))]);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(48))]

    /// Whatever was said where: what is named holds the words, said since the Enter by a person at a screen, and is open in no
    /// other pane; one is exact, several are ambiguous, none is silent.
    #[test]
    fn of_any_tree_only_what_holds_the_words_is_named(
        tree in proptest::collection::vec((0..3_usize, 0..2_usize, 0..2_usize, 0..2_usize), 0..6),
    ) {
        let world = world("claude");
        let mut expected = Vec::new();
        for (number, (place, moment, text, kind)) in tree.into_iter().enumerate() {
            let id = format!("c{number}");
            let line = users([BEFORE, AFTER][moment], ["next", "other"][text]);
            let line = line.replace("\"cli\"", ["\"cli\"", "\"sdk-cli\""][kind]);
            let directory = if place == 2 { "/elsewhere" } else { "/p" };
            fresh_file(&world, &format!("projects/{}/{id}.jsonl", project_name(directory)), &line);
            let is_open_elsewhere = place == 1 && number == 0;
            if is_open_elsewhere {
                let entry = format!(r#"{{"pid":50,"sessionId":"{id}","procStart":1050,"entrypoint":"cli"}}"#);
                world.file("sessions/50.json", &entry);
            }
            if place != 2 && moment == 1 && text == 0 && kind == 0 && !is_open_elsewhere {
                expected.push(id);
            }
        }
        let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
        let named = match &expected[..] {
            [] => silent(),
            [one] => exact(one, true),
            several => ambiguous(several),
        };
        let asked = seen(&world, &probe(&world, FileDialect::Claude, Some("next")));
        proptest::prop_assert_eq!(asked, [(Witness::Process, silent()), (Witness::Store, named)]);
    }
}
