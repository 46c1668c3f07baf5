use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use super::{World, conversation};
use crate::core::conversation::Conversation;
use crate::core::probe::{Found, Submitted};
use crate::core::turn_end::TurnEnd;
use crate::id::ProviderName;
use crate::store::ForeignWriter;
use crate::time::Wall;
use crate::watch::Answer;
use crate::watch::opencode::{
    conversations, database, has_user_message, matched, of_persons, said_in, titled as titled_in, turn_end,
};
use crate::watch::opencode_log::prompted;

/// The columns that are read, and their indexes; as in 1.18.33.
const SCHEMA: &str = "CREATE TABLE session (id text PRIMARY KEY, parent_id text, directory text NOT NULL, title text NOT NULL, \
     time_created integer NOT NULL, time_updated integer NOT NULL, time_archived integer); \
     CREATE TABLE message (id text PRIMARY KEY, session_id text NOT NULL, time_created integer NOT NULL, data text NOT NULL); \
     CREATE TABLE part (id text PRIMARY KEY, message_id text NOT NULL, session_id text NOT NULL, data text NOT NULL); \
     CREATE INDEX message_idx ON message (session_id, time_created, id); \
     CREATE INDEX part_idx ON part (message_id, id);";

/// A database at its usual place; its rows lie in the log of a writer that is still at work.
fn written(world: &World, sql: &str) -> ForeignWriter {
    let path = path(world);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let writer = ForeignWriter::open(&path);
    writer.run(&format!("{SCHEMA} {sql}"));
    writer
}

fn path(world: &World) -> PathBuf {
    world.home().join(".local/share/opencode/opencode.db")
}

fn session(id: &str, parent: &str, at: i64) -> String {
    format!("INSERT INTO session VALUES ('{id}', {parent}, '/p', 'about {id}', {at}, {at}, NULL);")
}

fn said(session: &str, role: &str, at: i64, text: &str) -> String {
    let data = format!("json_object('type', 'text', 'text', '{text}')");
    format!(
        "INSERT INTO message VALUES ('m{session}{at}', '{session}', {at}, '{{\"role\":\"{role}\"}}'); \
         INSERT INTO part VALUES ('p{session}{at}', 'm{session}{at}', '{session}', {data});"
    )
}

fn exact(id: &str) -> Found {
    Found::Exact { conversation: conversation(id), spoken: true }
}

fn check_said(sql: &str, text: &str, at: i64, expected: &Found) {
    let world = World::new();
    let _writer = written(&world, sql);
    let submitted = Submitted { text: text.to_owned(), at: Wall { unix_ms: at } };
    assert_eq!(said_in(&path(&world), "/p", &submitted), *expected, "{text:?} at {at}");
}

#[test]
fn the_conversation_that_holds_what_was_said_then_is_it() {
    let nothing = Found::Silent("no conversation of the directory holds what was said at that time".to_owned());
    let two = format!(
        "{}{}{}{}{}",
        session("a", "NULL", 10_400),
        session("b", "NULL", 10_300),
        said("a", "user", 10_100, "hello"),
        said("b", "user", 10_200, "hello there"),
        said("b", "assistant", 10_300, "hello"),
    );
    check_said(&two, "hello", 10_000, &exact("a"));
    check_said(&two, "hello there", 10_000, &exact("b"));
    // Too late, too early, somewhere in it, and what was never said.
    check_said(&two, "hello", 4_000, &nothing);
    check_said(&two, "hello", 11_000, &nothing);
    check_said(&two, "there", 10_000, &nothing);
}

#[test]
fn a_directory_behind_a_link_is_the_directory() {
    let world = World::new();
    let real = world.directory.path().join("my shop ä");
    fs::create_dir(&real).unwrap();
    let link = world.directory.path().join("link");
    std::os::unix::fs::symlink(&real, &link).unwrap();
    let real = real.canonicalize().unwrap();
    let row = session("a", "NULL", 10_400).replace("/p", real.to_str().unwrap());
    let _writer = written(&world, &(row + &said("a", "user", 10_100, "hello")));
    let submitted = Submitted { text: "hello".to_owned(), at: Wall { unix_ms: 10_000 } };
    for cwd in [&real, &link] {
        let cwd = cwd.to_str().unwrap();
        assert_eq!(said_in(&path(&world), cwd, &submitted), exact("a"), "{cwd}");
        assert!(titled_in(&path(&world), cwd, "OC | about a").is_some(), "{cwd}");
    }
}

#[test]
fn of_several_panes_told_the_same_each_finds_its_own_by_the_times_of_all() {
    let sql = [
        session("a", "NULL", 10_400),
        session("b", "NULL", 12_400),
        said("a", "user", 10_100, "hello"),
        said("b", "user", 12_100, "hello"),
    ];
    let world = World::new();
    let _writer = written(&world, &sql.concat());
    let wall = |unix_ms| Wall { unix_ms };
    let found = |own: i64, twins: &[i64]| {
        let twins: Vec<Wall> = twins.iter().copied().map(wall).collect();
        matched(&path(&world), "/p", &Submitted { text: "hello".to_owned(), at: wall(own) }, &twins)
    };
    assert_eq!(found(10_000, &[12_000]), Found::Matched(conversation("a")));
    assert_eq!(found(12_000, &[10_000]), Found::Matched(conversation("b")));
    assert_eq!(found(10_050, &[10_000]), Found::Ambiguous(vec![conversation("a"), conversation("b")]));
    assert!(matches!(found(10_000, &[12_000, 11_000]), Found::Ambiguous(_)), "a third is not stored yet");
}

#[test]
fn the_title_of_the_terminal_names_the_conversations_of_that_title() {
    let long = "a title that is longer than forty characters";
    let titled = |id: &str, parent: &str, title: &str| session(id, parent, 10).replace(&format!("about {id}"), title);
    let sql = [
        titled("a", "NULL", "apple"),
        titled("b", "NULL", "twin"),
        titled("c", "NULL", "twin"),
        titled("d", "NULL", long),
        titled("e", "'a'", "a child"),
        titled("f", "NULL", "50%_off"),
        titled("g", "NULL", "50 per cent off"),
        titled("h", "NULL", "nothing said"),
    ];
    let words = ["a", "b", "c", "d", "e", "f", "g"].map(|id| said(id, "user", 10, "hello"));
    let world = World::new();
    let _writer = written(&world, &(sql.concat() + &words.concat()));
    let check = |title: &str, expected: &[&str]| {
        let expected = expected.iter().map(|id| conversation(id)).collect::<Vec<_>>();
        let expected = (!expected.is_empty()).then_some(Found::Titled(expected));
        assert_eq!(titled_in(&path(&world), "/p", title), expected, "{title}");
    };
    check("OC | apple", &["a"]);
    check("OC | twin", &["b", "c"]);
    check("OC | a title that is longer than forty cha…", &["d"]);
    check("OC | 50%_off", &["f"]);
    for nothing in ["OC | a child", "OC | nothing said", "OC | ", "OpenCode", "apple", "OC | Apple", "OC | app…"] {
        check(nothing, &[]);
    }
    assert_eq!(titled_in(&path(&world), "/elsewhere", "OC | apple"), None);
}

#[test]
fn two_conversations_that_fit_are_ambiguous() {
    let sql = format!(
        "{}{}{}{}",
        session("a", "NULL", 10_100),
        session("b", "NULL", 10_100),
        said("a", "user", 10_100, "it''s"),
        said("b", "user", 10_100, "it''s"),
    );
    check_said(&sql, "it's", 10_000, &Found::Ambiguous(vec![conversation("a"), conversation("b")]));
}

#[test]
fn sub_agents_other_directories_and_words_in_the_users_name_do_not_count() {
    let nothing = Found::Silent("no conversation of the directory holds what was said at that time".to_owned());
    let sub = format!("{}{}", session("a", "'x'", 10_100), said("a", "user", 10_100, "hi"));
    check_said(&sub, "hi", 10_000, &nothing);
    let elsewhere = format!("{} UPDATE session SET directory = '/q', parent_id = NULL;", sub);
    check_said(&elsewhere, "hi", 10_000, &nothing);
    let synthetic = format!(
        "{} UPDATE session SET parent_id = NULL; UPDATE part SET data = json_set(data, '$.synthetic', json('true'));",
        sub
    );
    check_said(&synthetic, "hi", 10_000, &nothing);
    let broken = format!("{} UPDATE session SET parent_id = NULL; UPDATE part SET data = '{{';", sub);
    check_said(&broken, "hi", 10_000, &nothing);
}

fn reason(database: &Path) -> String {
    let submitted = Submitted { text: "x".to_owned(), at: Wall { unix_ms: 1 } };
    match said_in(database, "/p", &submitted) {
        Found::Silent(reason) => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_database_that_is_missing_strange_or_newer_is_silent_and_says_why() {
    let world = World::new();
    assert!(reason(&path(&world)).starts_with("there is no database"), "{}", reason(&path(&world)));
    assert_eq!(has_user_message(&path(&world), &conversation("a")), Answer::No);
    let strange = world.file("strange.db", "no database at all, but long enough to be looked at for a header ........");
    assert!(reason(&strange).contains("not a database"), "{}", reason(&strange));
    let writer = written(&world, "ALTER TABLE session RENAME COLUMN directory TO place;");
    assert!(reason(&path(&world)).contains("has no column directory"), "{}", reason(&path(&world)));
    assert!(matches!(has_user_message(&path(&world), &conversation("a")), Answer::Unknown(_)));
    drop(writer);
}

#[test]
fn a_conversation_is_there_once_the_user_has_said_something() {
    let world = World::new();
    let _writer = written(
        &world,
        &format!(
            "{}{}{}{}",
            session("a", "NULL", 1),
            said("a", "user", 1, "hi"),
            session("b", "NULL", 1),
            said("b", "assistant", 1, "hi")
        ),
    );
    for (id, expected) in [("a", Answer::Yes), ("b", Answer::No), ("c", Answer::No)] {
        assert_eq!(has_user_message(&path(&world), &conversation(id)), expected, "{id}");
    }
}

fn env(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn the_database_is_where_the_environment_says() {
    let cases: &[(&[(&str, &str)], &str)] = &[
        (&[("HOME", "/h")], "/h/.local/share/opencode/opencode.db"),
        (&[("HOME", "/h"), ("XDG_DATA_HOME", "/d")], "/d/opencode/opencode.db"),
        (&[("HOME", "/h"), ("XDG_DATA_HOME", "")], "/h/.local/share/opencode/opencode.db"),
        (&[("HOME", "/h"), ("OPENCODE_DB", "other.db")], "/h/.local/share/opencode/other.db"),
        (&[("HOME", "/h"), ("OPENCODE_DB", "/x/y.db")], "/x/y.db"),
    ];
    for (pairs, expected) in cases {
        assert_eq!(database(&env(pairs)), Path::new(expected), "{pairs:?}");
    }
}

fn listed(world: &World, most: usize) -> Vec<Vec<Conversation>> {
    let home = world.home().display().to_string();
    let mut batches = Vec::new();
    conversations(&env(&[("HOME", &home)]), &ProviderName::new("opencode"), &mut |batch| {
        batches.push(batch);
        if batches.len() < most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    batches
}

#[test]
fn conversations_come_newest_first_with_their_first_and_last_words() {
    let world = World::new();
    assert_eq!(listed(&world, 9), Vec::<Vec<Conversation>>::new());
    let _writer = written(
        &world,
        &[
            session("a", "NULL", 30),
            said("a", "user", 10, "first\nwords"),
            said("a", "assistant", 20, "an answer"),
            said("a", "user", 30, "last"),
            session("sub", "'a'", 50),
            said("sub", "user", 50, "x"),
            session("mute", "NULL", 60),
            session("b", "NULL", 40),
            said("b", "user", 40, "hi"),
            session("--yolo", "NULL", 45),
            said("--yolo", "user", 45, "hi"),
            session("gone", "NULL", 70),
            said("gone", "user", 70, "hi"),
            "UPDATE session SET time_archived = 1 WHERE id = 'gone';".to_owned(),
            "UPDATE session SET title = 'New session - 2026-11-21T05:34:09.172Z' WHERE id = 'b';".to_owned(),
        ]
        .concat(),
    );
    let batches = listed(&world, 9);
    let [batch] = &batches[..] else { panic!("{batches:?}") };
    let rows: Vec<_> = batch.iter().map(|found| (found.id.as_str(), found.label(), found.updated_at.unix_ms)).collect();
    assert_eq!(rows, [("b", "hi", 40), ("a", "about a", 30)]);
    assert_eq!((batch[1].cwd.as_str(), batch[1].created_at), ("/p", Some(Wall { unix_ms: 30 })));
    assert_eq!(batch[1].first_message.as_deref(), Some("first words"));
    assert_eq!(batch[1].last_message.as_deref(), Some("last"));
}

#[test]
fn a_long_list_comes_in_batches_and_ends_when_nobody_wants_more() {
    let world = World::new();
    // All were changed at the same two times: none is lost between two batches, and none comes twice.
    let _writer = written(
        &world,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 450) \
         INSERT INTO session SELECT printf('s%04d', i), NULL, '/p', 't', 1, i % 2, NULL FROM n; \
         INSERT INTO message SELECT 'm' || id, id, 1, '{\"role\":\"user\"}' FROM session; \
         INSERT INTO part SELECT 'p' || id, 'm' || id, id, '{\"type\":\"text\",\"text\":\"hi\"}' FROM session;",
    );
    let batches = listed(&world, 9);
    assert_eq!(batches.iter().map(Vec::len).collect::<Vec<_>>(), [200, 200, 50]);
    let mut ids: Vec<_> = batches.concat().into_iter().map(|found| found.id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 450);
    assert_eq!(listed(&world, 1).len(), 1);
}

#[test]
fn how_a_turn_ended_is_told_by_its_last_complete_answer() {
    let answer = |at: i64, data: &str| format!("INSERT INTO message VALUES ('m{at}', 'a', {at}, '{data}');");
    let error = |name: &str| {
        format!(r#"{{"role":"assistant","error":{{"name":"{name}","data":{{"message":"told to fail"}}}}}}"#)
    };
    let failed = || Some(TurnEnd::Failed("told to fail".to_owned()));
    let complete = r#"{"role":"assistant","time":{"completed":1}}"#;
    let cases = [
        (answer(10_100, complete), Some(TurnEnd::Well)),
        (answer(10_100, &error("APIError")), failed()),
        (answer(10_100, &error("MessageAbortedError")), Some(TurnEnd::Well)),
        (answer(10_100, complete) + &answer(10_200, &error("APIError")), failed()),
        // Still at work; and what was before.
        (answer(10_100, r#"{"role":"assistant"}"#), None),
        (answer(1_000, &error("APIError")), None),
    ];
    for (sql, end) in cases {
        let world = World::new();
        let _writer = written(&world, &sql);
        assert_eq!(turn_end(&path(&world), &conversation("a"), Wall { unix_ms: 10_000 }), end, "{sql}");
    }
}

#[test]
fn a_process_is_told_by_its_place_in_the_log_that_all_share() {
    const A: i64 = 1_700_000_000_000;
    let world = World::new();
    let _writer = written(
        &world,
        &(session("ses_a", "NULL", A) + &session("ses_b", "NULL", A) + &session("ses_c", "'ses_a'", A)),
    );
    let line = |second: i64, run: &str, rest: &str| {
        format!("timestamp=2023-11-14T22:13:{second:02}.500Z level=INFO run={run} {rest}\n")
    };
    let loops = |id: &str, step: u8| format!("message=loop session.id={id} step={step}");
    let text = [
        line(20, "1111aaaa", "message=\"creating instance\" directory=/p"),
        line(21, "2222bbbb", &loops("ses_b", 0)),
        line(22, "1111aaaa", &loops("ses_a", 0)),
        line(22, "1111aaaa", &loops("ses_c", 0)),
        line(23, "2222bbbb", &loops("ses_b", 1)),
        line(24, "1111aaaa", &loops("ses_a", 1)),
        line(25, "2222bbbb", "message=\"exiting loop\" session.id=ses_b"),
    ];
    let log = world.file(".local/share/opencode/log/opencode.log", &text.concat());
    let end_of = |n: usize| text[..n].concat().len();
    for (pid, ends) in [(10, vec![0, end_of(6)]), (20, vec![end_of(7)]), (30, vec![0]), (40, vec![])] {
        world.process(pid, 1, &["opencode"]);
        let directory = world.proc().join(pid.to_string());
        fs::create_dir(directory.join("fdinfo")).unwrap();
        for (fd, end) in ends.into_iter().enumerate() {
            world.open(pid, &log);
            fs::write(directory.join(format!("fdinfo/{fd}")), format!("pos:\t{end}\nflags:\t0102001\n")).unwrap();
        }
    }
    let found = |pid: u32, second: i64| {
        let since = Wall { unix_ms: A + second * 1000 };
        of_persons(&path(&world), prompted(&world.proc(), pid, since))
    };
    assert_eq!(found(10, 0), [conversation("ses_a")]);
    assert_eq!(found(20, 0), [conversation("ses_b")]);
    assert_eq!(found(20, 2), [], "before the last Enter");
    assert_eq!((found(30, 0), found(40, 0)), (vec![], vec![]), "it has written nothing, or has no log open");
}
