use std::path::Path;

use super::{World, conversation};
use crate::watch::Finding;
use crate::watch::claude::{Activity, Registration, Registry, config_dir, open_in, project_name, registry, transcript};

const A: &str = "5b1ff1f0-2a0a-4d36-9a3e-00000000000a";
const B: &str = "5b1ff1f0-2a0a-4d36-9a3e-00000000000b";

/// A pane (10) with a shell and Claude (11) in it, and a Claude elsewhere (50).
fn world() -> World {
    let world = World::new();
    for (pid, parent) in [(1, 0), (10, 1), (11, 10), (50, 1)] {
        world.process(pid, parent, &["claude"]);
    }
    world
}

fn register(world: &World, pid: u32, id: &str, start: &str) {
    let entry = format!(
        r#"{{"pid":{pid},"sessionId":"{id}","cwd":"/p","procStart":{start},"startedAt":1,"kind":"x","status":"waiting","waitingFor":"permission prompt","updatedAt":2,"statusUpdatedAt":3}}"#
    );
    world.file(&format!("sessions/{pid}.json"), &entry);
}

fn asked(world: &World) -> Registry {
    registry(&world.proc(), &world.home(), 10)
}

fn reason(world: &World) -> String {
    match asked(world) {
        Registry::Silent(reason) => reason,
        other => panic!("not silent: {other:?}"),
    }
}

fn registered(pid: u32, id: &str) -> Registration {
    let waiting_for = Some("permission prompt".to_owned());
    let since = Some(crate::time::Wall { unix_ms: 3 });
    Registration { pid, session_id: conversation(id), status: Activity::Waiting, since, waiting_for }
}

#[test]
fn the_entry_of_a_process_of_the_pane_names_conversation_and_status() {
    for start in ["1011", "\"1011\""] {
        let world = world();
        register(&world, 11, A, start);
        register(&world, 50, B, "1050");
        assert_eq!(asked(&world), Registry::One(registered(11, A)));
        assert_eq!(asked(&world).finding(), Finding::Exact(conversation(A)));
    }
}

#[test]
fn an_entry_of_an_earlier_process_with_the_same_pid_does_not_count() {
    let world = world();
    register(&world, 11, A, "999");
    assert!(reason(&world).contains("earlier process"));
    register(&world, 11, A, "null");
    assert!(reason(&world).contains("does not say when"));
}

#[test]
fn an_unregistered_pane_is_silent_and_damaged_entries_are_named() {
    let world = world();
    assert!(reason(&world).contains("no process of the pane is registered"));
    for damaged in ["{", "{}", r#"{"pid":12,"sessionId":"x","procStart":1011}"#, r#"{"pid":11,"sessionId":"../x"}"#] {
        world.file("sessions/11.json", damaged);
        assert!(reason(&world).contains("11.json"), "{damaged}");
    }
}

#[test]
fn a_claude_that_claude_started_does_not_count_and_two_side_by_side_are_ambiguous() {
    let world = world();
    world.process(12, 11, &["sh"]);
    world.process(13, 12, &["claude"]);
    register(&world, 11, A, "1011");
    register(&world, 13, B, "1013");
    assert_eq!(asked(&world), Registry::One(registered(11, A)));
    world.process(14, 10, &["claude"]);
    register(&world, 14, B, "1014");
    assert_eq!(asked(&world), Registry::Several(vec![registered(11, A), registered(14, B)]));
    assert_eq!(asked(&world).finding(), Finding::Ambiguous(vec![conversation(A), conversation(B)]));
}

#[test]
fn a_claude_that_prints_and_leaves_or_works_for_another_agent_does_not_count() {
    let world = world();
    let printing = format!(r#"{{"pid":11,"sessionId":"{A}","procStart":1011,"entrypoint":"sdk-cli"}}"#);
    world.file("sessions/11.json", &printing);
    assert!(reason(&world).contains("no process of the pane"));
    world.file("sessions/11.json", &printing.replace("sdk-cli", "cli"));
    assert!(matches!(asked(&world), Registry::One(_)));
    world.process(10, 1, &["node", "/x/bin/codex"]);
    assert!(reason(&world).contains("no process of the pane"), "Codex started it");
    world.process(10, 1, &["bash", "/x/bin/codex"]);
    assert!(matches!(asked(&world), Registry::One(_)), "a script is no agent, whatever it is called");
}

#[test]
fn a_claude_below_one_that_is_not_registered_is_not_taken_for_it() {
    let world = world();
    world.process(12, 11, &["sh", "-c", "claude"]);
    world.process(13, 12, &["claude"]);
    register(&world, 13, B, "1013");
    assert!(reason(&world).contains("no process of the pane"));
}

#[test]
fn who_has_a_menu_open_is_not_waited_for() {
    for (waiting_for, activity) in [
        ("dialog open", Activity::Menu),
        ("permission prompt", Activity::Waiting),
        ("input needed", Activity::Waiting),
        ("sandbox request", Activity::Waiting),
    ] {
        let world = world();
        let entry = format!(
            r#"{{"pid":11,"sessionId":"{A}","procStart":1011,"status":"waiting","waitingFor":"{waiting_for}"}}"#
        );
        world.file("sessions/11.json", &entry);
        match asked(&world) {
            Registry::One(one) => assert_eq!(one.status, activity, "{waiting_for}"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_word_for_the_status_that_is_not_known_is_handed_on() {
    let world = world();
    world.file("sessions/11.json", &format!(r#"{{"pid":11,"sessionId":"{A}","procStart":1011,"status":"dreaming"}}"#));
    match asked(&world) {
        Registry::One(one) => assert_eq!((one.status, one.waiting_for), (Activity::Other("dreaming".to_owned()), None)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_conversation_that_runs_anywhere_is_known_to_be_open() {
    let world = world();
    register(&world, 50, B, "1050");
    register(&world, 11, A, "999");
    register(&world, 77, A, "1077");
    world.file("sessions/notes.txt", "");
    let open = |id: &str| open_in(&world.proc(), &world.home(), &conversation(id));
    assert_eq!(open(B), Some(registered(50, B)));
    assert_eq!(open(A), None, "its processes are gone");
}

#[test]
fn projects_are_named_as_claude_names_them() {
    let cases = [("/home/u/my_app.rs", "-home-u-my-app-rs"), ("/ä/𝄞", "-----"), ("C:\\x", "C--x")];
    for (cwd, name) in cases {
        assert_eq!(project_name(cwd), name, "{cwd}");
    }
}

#[test]
fn a_transcript_counts_as_spoken_in_only_with_words_of_the_user() {
    let cases = [
        ("", false),
        ("{\"type\":\"summary\",\"summary\":\"user\"}\n", false),
        ("{\"type\":\"user\",\"message\":{\"role\":\"user\",\"content\":\"hello\"}}\n", true),
        ("no json\n{\"type\":\"user\",\"message\":{\"content\":[{\"type\":\"text\",\"text\":\"hello\"}]}}", true),
        ("{\"type\":\"user\",\"message\":{\"content\":[{\"type\":\"tool_result\",\"content\":\"x\"}]}}\n", false),
        ("{\"type\":\"user\",\"message\":{\"content\":[{\"type\":\"image\",\"source\":{}}]}}\n", true),
        ("{\"type\":\"user\",\"isMeta\":true,\"message\":{\"content\":\"Caveat\"}}\n", false),
        ("{\"type\":\"user\",\"isSidechain\":true,\"message\":{\"content\":\"hello\"}}\n", false),
        ("{\"type\":\"user\",\"message\":{\"content\":\"<command-name>/clear</command-name>\"}}\n", false),
        ("{\"type\":\"user\",\"message\":{\"content\":\"<local-command-stdout></local-command-stdout>\"}}\n", false),
        ("{\"type\":\"user\",\"message\":{\"content\":\"<b>bold</b> words\"}}\n", true),
        ("{\"type\":\"assistant\",\"message\":{\"content\":[]}}\n", false),
        ("{\"type\":\"user\",\"isCompactSummary\":true,\"message\":{\"content\":\"so far\"}}\n", false),
        ("{\"type\":\"user\",\"message\":{\"content\":\"[Request interrupted by user]\"}}\n", false),
    ];
    for (text, expected) in cases {
        let world = world();
        world.file(&format!("projects/-p/{A}.jsonl"), text);
        let found = transcript(&world.home(), "/p", &conversation(A));
        assert!(found.exists && found.is_in_cwd);
        assert_eq!(found.has_user_message, expected, "{text}");
    }
}

#[test]
fn a_transcript_of_another_directory_is_found_and_told_apart() {
    let world = world();
    let said = "{\"type\":\"user\",\"message\":{\"content\":\"hello\"}}\n";
    let path = world.file(&format!("projects/-elsewhere/{A}.jsonl"), said);
    let found = transcript(&world.home(), "/p", &conversation(A));
    assert_eq!((found.exists, found.is_in_cwd, found.has_user_message), (true, false, true));
    assert_eq!(found.path, Some(path));
    assert!(!transcript(&world.home(), "/p", &conversation(B)).exists);
    assert!(!transcript(&world.home(), "/p", &conversation("../-elsewhere/x")).exists);
}

#[test]
fn a_directory_reached_through_a_link_is_the_same_directory() {
    let world = world();
    let real = world.directory.path().canonicalize().expect("is there").join("real");
    let link = world.directory.path().join("link");
    std::fs::create_dir(&real).expect("made");
    std::os::unix::fs::symlink(&real, &link).expect("linked");
    world.file(&format!("projects/{}/{A}.jsonl", project_name(&real.to_string_lossy())), "");
    assert!(transcript(&world.home(), &link, &conversation(A)).is_in_cwd);
}

#[test]
fn a_shortened_name_of_a_long_directory_is_the_same_directory() {
    let world = world();
    let long = "/deep".repeat(60);
    let shortened = format!("{}-a1b2c3", &project_name(&long)[..200]);
    world.file(&format!("projects/{shortened}/{A}.jsonl"), "");
    assert!(transcript(&world.home(), &long, &conversation(A)).is_in_cwd);
    assert!(!transcript(&world.home(), "/other".repeat(60), &conversation(A)).is_in_cwd);
}

#[test]
fn claudes_directory_is_what_the_session_was_given() {
    let home = ("HOME".to_owned(), "/home/u".to_owned());
    let given = ("CLAUDE_CONFIG_DIR".to_owned(), "/given".to_owned());
    assert_eq!(config_dir(&[home.clone(), given]), Path::new("/given"));
    assert_eq!(config_dir(&[home]), Path::new("/home/u/.claude"));
}
