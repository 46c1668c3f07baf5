use std::ops::ControlFlow;

use super::World;
use crate::config::FileDialect;
use crate::core::conversation::Conversation;
use crate::id::ProviderName;
use crate::store::ForeignWriter;
use crate::time::Wall;
use crate::watch::survey::conversations;

const A: &str = "019ae001-0000-7000-8000-00000000000a";
const B: &str = "019ae002-0000-7000-8000-00000000000b";
const C: &str = "019ae003-0000-7000-8000-00000000000c";

fn provider() -> ProviderName {
    ProviderName::new("mine")
}

fn batches(world: &World, files: FileDialect, n_wanted: usize) -> Vec<Vec<Conversation>> {
    let home = world.home().to_string_lossy().into_owned();
    let env = vec![("CODEX_HOME".to_owned(), home.clone()), ("CLAUDE_CONFIG_DIR".to_owned(), home)];
    let mut found = Vec::new();
    conversations(files, &env, &provider(), &mut |batch| {
        found.push(batch);
        if found.len() < n_wanted { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    found
}

fn all(world: &World, files: FileDialect) -> Vec<Conversation> {
    batches(world, files, usize::MAX).into_iter().flatten().collect()
}

fn ids(found: &[Conversation]) -> Vec<&str> {
    found.iter().map(|one| one.id.as_str()).collect()
}

fn said(at: &str, kind: &str, text: &str) -> String {
    format!(
        "{{\"type\":\"{kind}\",\"timestamp\":\"{at}\",\"cwd\":\"/p\",\"message\":{{\"content\":[{{\"type\":\"text\",\
         \"text\":\"{text}\"}}]}}}}\n"
    )
}

fn wall(text: &str) -> Wall {
    Wall { unix_ms: text.parse::<jiff::Timestamp>().expect("a time").as_millisecond() }
}

const T1: &str = "2026-11-20T10:00:00.000Z";
const T2: &str = "2026-11-20T11:00:00.000Z";

#[test]
fn a_claude_conversation_is_told_by_the_ends_of_its_transcript() {
    let world = World::new();
    let filler = "{\"type\":\"progress\"}\n".repeat(20_000);
    let text = "{\"type\":\"ai-title\",\"aiTitle\":\"Guessed\"}\n".to_owned()
        + &said(T1, "user", "first\\nwords")
        + &said(T1, "assistant", "an answer")
        + &filler
        + "{\"type\":\"custom-title\",\"customTitle\":\"Given\"}\n"
        + &said(T2, "assistant", "last words")
        + "{\"type\":\"system\",\"timestamp\":\"2026-11-20T12:00:00.000Z\"}\n";
    world.file(&format!("projects/-p/{A}.jsonl"), &text);
    let found = all(&world, FileDialect::Claude);
    let expected = Conversation {
        provider: provider(),
        id: super::conversation(A),
        title: Some("Given".to_owned()),
        cwd: "/p".to_owned(),
        created_at: Some(wall(T1)),
        updated_at: wall(T2),
        first_message: Some("first words".to_owned()),
        last_message: Some("last words".to_owned()),
    };
    assert_eq!(found, [expected]);
}

#[test]
fn what_nobody_said_anything_in_or_no_person_started_is_left_out() {
    let world = World::new();
    let spoken = said(T1, "user", "hello");
    world.file(&format!("projects/-p/{A}.jsonl"), &spoken);
    world.file(&format!("projects/-p/{B}.jsonl"), "{\"type\":\"summary\",\"summary\":\"x\"}\n");
    world.file(
        &format!("projects/-p/{C}.jsonl"),
        &spoken.replace("\"type\":\"user\"", "\"type\":\"user\",\"entrypoint\":\"sdk-cli\""),
    );
    world.file("projects/-p/agent-a1.jsonl", &spoken);
    world.file(&format!("projects/-p/{A}/subagents/agent-a2.jsonl"), &spoken);
    world.file("projects/-p/memory/notes.md", "x");
    world.file("projects/stray.jsonl", &spoken);
    assert_eq!(ids(&all(&world, FileDialect::Claude)), [A]);
}

#[test]
fn a_first_message_behind_a_picture_is_found() {
    let world = World::new();
    let picture = format!("{{\"type\":\"attachment\",\"data\":\"{}\"}}\n", "x".repeat(100_000));
    world.file(&format!("projects/-p/{A}.jsonl"), &(picture + &said(T1, "user", "look")));
    assert_eq!(all(&world, FileDialect::Claude)[0].first_message.as_deref(), Some("look"));
}

#[test]
fn many_come_in_batches_newest_first_until_nobody_wants_more() {
    let world = World::new();
    for number in 0..300_u64 {
        let path = world.file(&format!("projects/-p{}/c{number:03}.jsonl", number % 7), &said(T1, "user", "hello"));
        let file = std::fs::File::options().append(true).open(path).expect("opens");
        let at = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000 + number);
        file.set_modified(at).expect("set");
    }
    let found = batches(&world, FileDialect::Claude, usize::MAX);
    assert_eq!(found.iter().map(Vec::len).collect::<Vec<_>>(), [60, 200, 40]);
    assert!(found[0].iter().any(|one| one.id.as_str() == "c299"));
    assert!(found[2].iter().any(|one| one.id.as_str() == "c000"));
    assert_eq!(batches(&world, FileDialect::Claude, 1).len(), 1);
    assert!(batches(&World::new(), FileDialect::Claude, 1).is_empty());
}

fn rollout(world: &World, id: &str, source: &str) -> String {
    let line = |at: &str, role: &str, text: &str| {
        format!(
            "{{\"timestamp\":\"{at}\",\"type\":\"response_item\",\"payload\":{{\"type\":\"message\",\"role\":\"{role}\",\
             \"content\":[{{\"text\":\"{text}\"}}]}}}}\n"
        )
    };
    let text =
        format!("{{\"type\":\"session_meta\",\"payload\":{{\"id\":\"{id}\",\"cwd\":\"/p\",\"source\":{source}}}}}\n")
            + &line(T1, "user", "<environment_context>x</environment_context>")
            + &line(T1, "user", "hello")
            + &line(T2, "assistant", "an answer");
    let path = world.file(&format!("sessions/2026/11/20/rollout-2026-11-20T10-00-00-{id}.jsonl"), &text);
    path.to_string_lossy().into_owned()
}

#[test]
fn codex_conversations_are_read_from_the_state_database() {
    let world = World::new();
    let path = rollout(&world, A, "\"cli\"");
    let writer = ForeignWriter::open(&world.file("state_5.sqlite", ""));
    writer.run(
        "CREATE TABLE threads (id TEXT PRIMARY KEY, cwd TEXT, source TEXT, first_user_message TEXT, created_at_ms INTEGER, \
         thread_source TEXT, title TEXT, name TEXT, updated_at_ms INTEGER, rollout_path TEXT, archived INTEGER)",
    );
    let row = |id: &str, rest: &str| writer.run(&format!("INSERT INTO threads VALUES ('{id}', '/p', {rest})"));
    row(A, &format!("'cli', 'hello', 99, 'user', 'hello', NULL, 1000, '{path}', 0"));
    row(B, "'vscode', 'hi', 99, NULL, 'hi', 'A name', 2000, NULL, 0");
    row(C, "'cli', '', 99, 'user', '', NULL, 3000, NULL, 0");
    row("d", "'exec', 'x', 99, 'user', 'x', NULL, 3000, NULL, 0");
    row("e", "'cli', 'x', 99, 'user', 'x', NULL, 3000, NULL, 1");
    row("f", "'{\"subagent\":{}}', 'x', 99, 'subagent', 'x', NULL, 3000, NULL, 0");
    row("../g", "'cli', 'x', 99, 'user', 'x', NULL, 3000, NULL, 0");
    let found = all(&world, FileDialect::Codex);
    assert_eq!(ids(&found), [B, A]);
    assert_eq!(found[0].title.as_deref(), Some("A name"));
    assert_eq!(found[0].updated_at, Wall { unix_ms: 2000 });
    assert_eq!((found[1].title.as_deref(), found[1].first_message.as_deref()), (None, Some("hello")));
    assert_eq!(found[1].last_message.as_deref(), Some("an answer"));
    assert_eq!(found[1].created_at, Some(Wall { unix_ms: 0x019a_e001_0000 }), "the id says when");
}

#[test]
fn without_a_state_database_the_rollouts_tell() {
    let world = World::new();
    rollout(&world, A, "\"cli\"");
    rollout(&world, B, "\"exec\"");
    rollout(&world, C, "{\"subagent\":{}}");
    world.file("sessions/2026/11/20/rollout-2026-11-20T10-00-00-x.jsonl", "{");
    let found = all(&world, FileDialect::Codex);
    assert_eq!(ids(&found), [A]);
    assert_eq!(found[0].first_message.as_deref(), Some("hello"));
    assert_eq!((found[0].cwd.as_str(), found[0].last_message.as_deref()), ("/p", Some("an answer")));
}

/// A file of Claude's as it may lie there: whether a person spoke at a screen, and its lines.
fn transcripts() -> impl proptest::strategy::Strategy<Value = Vec<(bool, Vec<String>)>> {
    use proptest::prelude::{Just, Strategy, any, prop, prop_oneof};
    let noise = prop_oneof![
        Just("{\"type\":\"progress\"}".to_owned()),
        Just("{\"type\":\"assistant\",\"message\":{\"content\":\"an answer\"}}".to_owned()),
        Just("{\"type\":\"user\",\"isMeta\":true,\"message\":{\"content\":\"a note\"}}".to_owned()),
        Just("{\"type\":\"user\",\"isSidechain\":true,\"message\":{\"content\":\"a task\"}}".to_owned()),
        Just("{\"type\":\"user\",\"message\":{\"content\":\"<command-name>/clear</command-name>\"}}".to_owned()),
        "[^\n]{0,30}",
    ];
    let kind = prop_oneof![Just(None), Just(Some("cli")), Just(Some("sdk-cli"))];
    let one = (kind, prop::collection::vec(noise, 0..6), any::<prop::sample::Index>());
    let one = one.prop_map(|(kind, mut lines, at)| {
        if let Some(entrypoint) = kind {
            let users =
                format!("{{\"type\":\"user\",\"entrypoint\":\"{entrypoint}\",\"message\":{{\"content\":\"words\"}}}}");
            lines.insert(at.index(lines.len() + 1), users);
        }
        (kind == Some("cli"), lines)
    });
    prop::collection::vec(one, 0..12)
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(48))]

    /// Whatever else lies in the tree: exactly those in which a person spoke at a screen are listed, each once.
    #[test]
    fn of_any_tree_exactly_what_persons_said_is_listed(tree in transcripts()) {
        let world = World::new();
        let mut expected = Vec::new();
        for (number, (is_persons, lines)) in tree.iter().enumerate() {
            let id = format!("c{number}");
            world.file(&format!("projects/-p{}/{id}.jsonl", number % 3), &(lines.join("\n") + "\n"));
            world.file(&format!("projects/-p{}/{id}/subagents/agent-{number}.jsonl", number % 3), &said(T1, "user", "x"));
            if *is_persons {
                expected.push(id);
            }
        }
        let listed = all(&world, FileDialect::Claude);
        let mut listed = ids(&listed);
        listed.sort_unstable();
        expected.sort_unstable();
        proptest::prop_assert_eq!(listed, expected);
    }
}
