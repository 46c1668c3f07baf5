use std::fs;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use super::{World, conversation};
use crate::config::FileDialect;
use crate::core::conversation::Conversation;
use crate::core::probe::{Found, Probe, Submitted};
use crate::core::turn_end::TurnEnd;
use crate::id::{ProviderName, SessionId};
use crate::time::Wall;
use crate::watch::Answer;
use crate::watch::gemini::{Project, config_dir, conversations, finding, is_id_used, is_on_disk, project, turn_end};
use crate::watch::gemini_copies::Copies;

const A: &str = "aaaaaaaa-1111-4111-8111-111111111111";
const B: &str = "bbbbbbbb-1111-4111-8111-111111111111";
const C: &str = "cccccccc-1111-4111-8111-111111111111";

/// 2026-11-21T05:42:00Z.
const T: i64 = 1_795_239_720_000;

/// A first record and what Gemini 0.61.0 writes at once after it.
fn header(id: &str) -> String {
    header_at(id, 0)
}

fn header_at(id: &str, second: i64) -> String {
    format!(
        "{{\"sessionId\":\"{id}\",\"projectHash\":\"35f7\",\"startTime\":\"{}\",\"kind\":\"main\"}}\n{{\"$set\":{{\"messages\":[{}]}}}}\n",
        at(second),
        message("c", second, "user", "<session_context>\\nThis is the Gemini CLI.")
    )
}

fn at(second: i64) -> String {
    jiff::Timestamp::from_millisecond(T + second * 1000).expect("a time").to_string()
}

fn message(id: &str, second: i64, kind: &str, text: &str) -> String {
    format!(
        "{{\"id\":\"{id}\",\"timestamp\":\"{}\",\"type\":\"{kind}\",\"content\":[{{\"text\":\"{text}\"}}]}}",
        at(second)
    )
}

fn user(second: i64, text: &str) -> String {
    format!(
        "{}\n{{\"$set\":{{\"lastUpdated\":\"{}\"}}}}\n",
        message(&format!("u{second}{text}"), second, "user", text),
        at(second)
    )
}

struct Gemini {
    world: World,
    project: Project,
    copies: Copies,
}

impl Gemini {
    fn new() -> Self {
        let world = World::new();
        let root = world.directory.path().join("my.project");
        fs::create_dir(&root).expect("made");
        let root = root.canonicalize().expect("there").to_str().expect("text").to_owned();
        world.file(".gemini/projects.json", &format!("{{\"projects\":{{\"{root}\":\"my-project\"}}}}"));
        let chats = world.home().join(".gemini/tmp/my-project/chats");
        fs::create_dir_all(&chats).expect("made");
        let copies = Copies::below(&world.directory.path().join("data"));
        Self { project: Project { chats, root }, world, copies }
    }

    fn path(&self, minute: u32, id: &str) -> PathBuf {
        self.project.chats.join(format!("session-2026-11-21T05-{minute}-{}.jsonl", &id[..8]))
    }

    fn chat(&self, minute: u32, id: &str, text: &str) -> PathBuf {
        let path = self.path(minute, id);
        fs::write(&path, text).expect("written");
        path
    }

    fn env(&self) -> Vec<(String, String)> {
        vec![("HOME".to_owned(), self.world.home().to_str().expect("text").to_owned())]
    }

    fn probe(&self, claimed: &str, said: Option<(&str, i64)>) -> Probe {
        let wall = |second: i64| Wall { unix_ms: T + second * 1000 };
        Probe {
            session: SessionId::new(1, [0; 10]),
            epoch: 1,
            n_touches: 0,
            files: FileDialect::Gemini,
            pid: 10,
            cwd: self.project.root.clone(),
            env: self.env(),
            claimed: Some(conversation(claimed)),
            launched_at: wall(0),
            said: said.map(|(text, second)| Submitted { text: text.to_owned(), at: wall(second) }),
            rough: None,
            twins: Vec::new(),
            touched_at: None,
            reset_at: None,
            may_show_before: false,
            title: None,
            held_before: None,
        }
    }

    fn is_resumable(&self, id: &str) -> bool {
        is_on_disk(&self.world.home().join(".gemini"), &self.project.root, &conversation(id)) == Answer::Yes
    }

    fn before_start(&self, resumed: Option<&str>) {
        let id = resumed.map(conversation);
        self.copies.before_start(&self.project, id.as_ref(), later()).expect("copied");
    }

    fn after_turn(&self, id: &str) {
        self.copies.after_turn(&self.project, &conversation(id), later()).expect("copied");
    }

    fn n_chats(&self) -> usize {
        fs::read_dir(&self.project.chats).expect("there").count()
    }
}

/// Long after anything that was started now.
fn later() -> SystemTime {
    SystemTime::now() + Duration::from_secs(60)
}

fn exact(id: &str) -> Found {
    Found::Exact { conversation: conversation(id), spoken: true }
}

#[test]
fn the_project_is_found_by_its_directory_and_by_a_link_to_it() {
    let gemini = Gemini::new();
    let link = gemini.world.directory.path().join("link");
    std::os::unix::fs::symlink(&gemini.project.root, &link).expect("linked");
    let config = gemini.world.home().join(".gemini");
    assert_eq!(project(&config, &gemini.project.root), Some(gemini.project.clone()));
    assert_eq!(project(&config, link.to_str().expect("text")), Some(gemini.project.clone()));
    assert_eq!(project(&config, "/elsewhere"), None);
    gemini.world.file(".gemini/projects.json", "{\"projects\":{\"/p\":\"../../x\"}}");
    assert_eq!(project(&config, "/p"), None);
}

#[test]
fn the_chat_that_holds_what_was_submitted_is_the_sessions() {
    let gemini = Gemini::new();
    gemini.chat(42, A, &(header(A) + &user(5, "first")));
    // After /clear: a new file. An older chat has the same words at an earlier time.
    gemini.chat(43, B, &(header(B) + &user(3, "again") + &user(60, "again")));
    assert_eq!(finding(&gemini.probe(A, Some(("first", 5)))), exact(A));
    assert_eq!(finding(&gemini.probe(A, Some((" again\n", 60)))), exact(B));
    gemini.chat(42, A, &(header(A) + &user(5, "first") + &user(6, "again")));
    assert_eq!(finding(&gemini.probe(A, Some(("again", 60)))), exact(B));
    let both = Found::Ambiguous(vec![conversation(A), conversation(B)]);
    assert_eq!(finding(&gemini.probe(A, Some(("again", 3)))), both);
    assert!(matches!(finding(&gemini.probe(A, Some(("never", 3)))), Found::Silent(_)));
}

/// What Gemini writes into a chat that it goes back to.
fn taken_up_at(id: &str, second: i64) -> String {
    let said = message("m", 0, "user", "hello");
    let anew = format!("{{\"$set\":{{\"messages\":[{said}],\"lastUpdated\":\"{}\"}}}}\n", at(second));
    format!("{{\"$set\":{{\"sessionId\":\"{id}\"}}}}\n{anew}")
}

#[test]
fn a_chat_that_was_gone_back_to_since_the_last_enter_is_told() {
    let gemini = Gemini::new();
    let summary = "{\"$set\":{\"summary\":\"A greeting\"}}\n";
    let said = header(A) + &user(1, "hello");
    gemini.chat(43, B, &(header(B) + &user(2, "bye")));
    let found = |text: &str, since: i64| {
        gemini.chat(42, A, text);
        let touched_at = Some(Wall { unix_ms: T + since * 1000 });
        finding(&Probe { touched_at, ..gemini.probe(B, None) })
    };
    let gone_back = Found::TakenUp(vec![conversation(A)]);
    assert_eq!(found(&(said.clone() + &taken_up_at(A, 10)), 9), gone_back);
    assert_eq!(found(&(said.clone() + &taken_up_at(A, 10) + summary), 9), gone_back);
    assert_eq!(found(&(said.clone() + &taken_up_at(A, 10) + &taken_up_at(A, 20)), 19), gone_back);
    let nothing = [
        (said.clone() + &taken_up_at(A, 10), 11),
        (said.clone() + &taken_up_at(A, 10) + summary, 11),
        (said.clone() + &taken_up_at(A, 10) + &user(11, "more"), 9),
        // A start on it, in the same minute.
        (said.clone() + &header(A) + &taken_up_at(A, 10), 9),
        (said.clone() + summary, 9),
        (said, 0),
    ];
    for (text, since) in nothing {
        assert!(matches!(found(&text, since), Found::Silent(_)), "{text}");
    }
}

#[test]
fn after_a_clear_the_only_chat_that_has_begun_since_is_the_sessions() {
    let gemini = Gemini::new();
    let cleared = |second: i64| Probe { reset_at: Some(Wall { unix_ms: T + second * 1000 }), ..gemini.probe(A, None) };
    gemini.chat(42, A, &(header(A) + &user(5, "first")));
    assert!(matches!(finding(&cleared(10)), Found::Silent(_)), "it has not begun one yet");
    gemini.chat(43, B, &header_at(B, 11));
    assert_eq!(finding(&cleared(10)), Found::Exact { conversation: conversation(B), spoken: false });
    assert!(matches!(finding(&cleared(12)), Found::Silent(_)), "it began before");
    gemini.chat(44, C, &header_at(C, 12));
    assert_eq!(finding(&cleared(10)), Found::Ambiguous(vec![conversation(B), conversation(C)]));
}

#[test]
fn only_a_chat_with_a_first_record_and_something_said_can_be_resumed() {
    let gemini = Gemini::new();
    let cases = [
        (header(A), false),
        (header(A) + &user(1, "/help"), false),
        (header(A) + &user(1, "hello"), true),
        (user(1, "hello"), false),
        (header(A) + &user(1, "hello") + "{\"$rewindTo\":\"u1hello\"}\n", false),
        (header(B) + &user(1, "hello"), false),
        ("not JSON\n".to_owned() + &header(A) + &user(1, "hello"), true),
        (header(A) + &message("g", 1, "gemini", "hi") + "\n", true),
    ];
    for (text, is_resumable) in cases {
        gemini.chat(42, A, &text);
        assert_eq!(gemini.is_resumable(A), is_resumable, "{text}");
    }
    let home = gemini.world.home().join(".gemini");
    let is_used = |id: &str| is_id_used(&home, &gemini.project.root, &conversation(id));
    assert!(is_used(A), "what a start leaves that was killed");
    assert!(!is_used(B) && !is_used("aaaaaaaa-2222-4111-8111-111111111111"));
    // The empty second file of a resume takes nothing away.
    gemini.chat(42, A, &(header(A) + &user(1, "hello")));
    gemini.chat(43, A, &header(A));
    assert!(gemini.is_resumable(A));
}

#[test]
fn what_a_killed_start_leaves_is_taken_away_before_the_next_and_nothing_else() {
    let gemini = Gemini::new();
    let others = gemini.chat(42, B, &header(B));
    let cases = [
        (vec![header(A)], false),
        (vec![header(A) + &user(1, "/help")], false),
        (vec![header(A) + &user(1, "hello")], true),
        (vec![header(A) + &user(1, "hello"), header(A)], true),
        // Its first eight characters only.
        (vec![header("aaaaaaaa-2222-4111-8111-111111111111")], true),
        (vec!["not JSON".to_owned()], true),
    ];
    for (files, stays) in cases {
        let paths: Vec<PathBuf> = (43..).zip(&files).map(|(minute, text)| gemini.chat(minute, A, text)).collect();
        gemini.copies.clear_unsaid(&gemini.project, &conversation(A)).expect("done");
        assert!(paths.iter().all(|path| path.exists() == stays) && others.exists(), "{files:?}");
        paths.iter().for_each(|path| drop(fs::remove_file(path)));
    }
}

#[test]
fn chats_are_listed_newest_first_and_once_with_what_they_are_about() {
    let gemini = Gemini::new();
    gemini.chat(
        42,
        A,
        &(header(A) + &user(1, "hello") + "{\"$set\":{\"summary\":\"A greeting\"}}\n" + &user(2, "bye")),
    );
    gemini.chat(43, A, &header(A));
    gemini.chat(44, B, &header(B));
    let mut all: Vec<Conversation> = Vec::new();
    conversations(&gemini.world.home().join(".gemini"), &ProviderName::new("gemini"), &mut |batch| {
        all.extend(batch);
        ControlFlow::Continue(())
    });
    assert_eq!(all.len(), 1);
    let found = &all[0];
    assert_eq!((found.id.as_str(), found.title.as_deref()), (A, Some("A greeting")));
    assert_eq!((found.first_message.as_deref(), found.last_message.as_deref()), (Some("hello"), Some("bye")));
    assert_eq!((found.cwd.as_str(), found.updated_at.unix_ms), (gemini.project.root.as_str(), T + 2000));
}

#[test]
fn a_transcript_deleted_by_a_siblings_start_is_put_back_at_the_resume() {
    let gemini = Gemini::new();
    let text = header(A) + &user(1, "hello");
    let path = gemini.chat(42, A, &text);
    gemini.after_turn(A);
    fs::remove_file(&path).expect("deleted");
    // Somebody may have deleted it on purpose: only the one that is wanted is put back.
    gemini.before_start(Some(B));
    assert!(!path.exists());
    gemini.before_start(Some(A));
    assert_eq!(fs::read_to_string(&path).expect("back"), text);
}

#[test]
fn a_transcript_that_lost_its_beginning_gets_it_back_before_what_was_said_since() {
    let gemini = Gemini::new();
    let text = header(A) + &user(1, "hello");
    gemini.chat(42, A, &text);
    gemini.after_turn(A);
    // The running agent goes on in the file that was deleted.
    let since = user(70, "after the loss");
    let path = gemini.chat(42, A, &since);
    assert!(!gemini.is_resumable(A));
    gemini.before_start(None);
    assert_eq!(fs::read_to_string(&path).expect("there"), text.clone() + &since);
    // Again, and the copy knows what was said in between.
    let last = user(90, "after the second loss");
    gemini.chat(42, A, &last);
    gemini.after_turn(A);
    assert_eq!(fs::read_to_string(&path).expect("there"), text + &since + &last);
}

#[test]
fn a_file_deleted_before_it_was_ever_copied_gets_a_first_record() {
    let gemini = Gemini::new();
    gemini.chat(42, A, &user(1, "hello"));
    gemini.after_turn(A);
    assert!(gemini.is_resumable(A));
}

#[test]
fn empty_second_files_of_hosted_chats_are_taken_away_and_nothing_else() {
    let gemini = Gemini::new();
    gemini.chat(42, A, &(header(A) + &user(1, "hello")));
    gemini.after_turn(A);
    let stub = gemini.chat(43, A, &header(A));
    let fresh = gemini.chat(43, B, &header(B));
    // One that is about to be written to stays; one left over from a start a moment ago does not.
    gemini.copies.before_start(&gemini.project, Some(&conversation(A)), later()).expect("copied");
    assert!(!stub.exists());
    gemini.chat(43, A, &header(A));
    gemini.before_start(None);
    assert!(stub.exists());
    gemini.copies.before_start(&gemini.project, None, later() + Duration::from_secs(60)).expect("copied");
    assert!(!stub.exists() && fresh.exists() && gemini.is_resumable(A));
    // What is left of an empty second file must not replace the transcript.
    gemini.chat(44, A, header(A).lines().nth(1).expect("a record"));
    gemini.before_start(Some(A));
    assert!(gemini.is_resumable(A));
    assert_eq!(gemini.n_chats(), 2);
}

#[test]
fn newer_and_foreign_chats_are_left_as_they_are() {
    let gemini = Gemini::new();
    gemini.chat(42, A, &(header(A) + &user(1, "hello")));
    gemini.after_turn(A);
    let newer = header(A) + &user(1, "hello") + &user(2, "more");
    let path = gemini.chat(42, A, &newer);
    gemini.before_start(Some(A));
    assert_eq!(fs::read_to_string(&path).expect("there"), newer);
    // Another conversation whose id begins alike: nobody can tell whose a damaged file is.
    let alike = "aaaaaaaa-2222-4222-8222-222222222222";
    gemini.chat(50, alike, &(header(alike) + &user(1, "x")));
    gemini.chat(42, A, &user(3, "lost"));
    gemini.before_start(Some(A));
    assert_eq!(fs::read_to_string(&path).expect("there"), user(3, "lost"));
}

#[test]
fn a_turn_that_failed_is_told_by_the_last_record_of_its_chat() {
    let info = |second, text: &str| message("i", second, "info", text);
    let error = message("e", 11, "error", "[API Error: 400]");
    let cases = [
        (vec![message("g", 12, "gemini", "hello")], Some(TurnEnd::Well)),
        (vec![error.clone(), info(12, "This request failed.")], Some(TurnEnd::Failed("[API Error: 400]".to_owned()))),
        (vec![info(12, "Request cancelled.")], Some(TurnEnd::Well)),
        // Not written yet; and what was before.
        (vec![], None),
        (vec![message("e", 9, "error", "an old one")], None),
    ];
    for (records, end) in cases {
        let gemini = Gemini::new();
        let chat = format!("{}{}{}\n", header(A), user(10, "hi"), records.join("\n"));
        gemini.world.file(".gemini/tmp/my-project/chats/session-2026-11-21T05-42-aaaaaaaa.jsonl", &chat);
        let env = vec![("HOME".to_owned(), gemini.world.home().display().to_string())];
        let since = Wall { unix_ms: T + 10_000 };
        let id = conversation(A);
        assert_eq!(turn_end(&config_dir(&env), &gemini.project.root, &id, since), end, "{records:?}");
    }
}
