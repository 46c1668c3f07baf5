use std::ops::ControlFlow;
use std::path::PathBuf;

use super::{World, conversation};
use crate::core::conversation::Conversation;
use crate::id::ProviderName;
use crate::watch::{Answer, Finding, copilot, qwen};

const A: &str = "aaaaaaaa-1111-4111-8111-111111111111";
const B: &str = "bbbbbbbb-1111-4111-8111-111111111111";

fn all(list: impl Fn(&mut dyn FnMut(Vec<Conversation>) -> ControlFlow<()>)) -> Vec<Conversation> {
    let mut found = Vec::new();
    list(&mut |batch| {
        found.extend(batch);
        ControlFlow::Continue(())
    });
    found
}

fn qwen_record(kind: &str, text: &str) -> String {
    format!(
        "{{\"sessionId\":\"{A}\",\"timestamp\":\"2026-11-21T05:47:25.905Z\",\"type\":\"{kind}\",\"cwd\":\"/no/where.x\",\"message\":{{\"role\":\"{kind}\",\"parts\":[{{\"text\":\"{text}\"}}]}}}}\n"
    )
}

#[test]
fn qwens_chats_are_found_by_directory_and_id() {
    let world = World::new();
    let home = world.home();
    let file = format!("projects/-no-where-x/chats/{A}.jsonl");
    world.file(&file, &qwen_record("user", "/clear"));
    assert_eq!(qwen::is_on_disk(&home, "/no/where.x", &conversation(A)), Answer::No);
    world.file(&file, &(qwen_record("user", "hello") + &qwen_record("assistant", "hi")));
    assert_eq!(qwen::is_on_disk(&home, "/no/where.x", &conversation(A)), Answer::Yes);
    assert_eq!(qwen::is_on_disk(&home, "/no/where.x", &conversation("../x")), Answer::No);
    let listed = all(|deliver| qwen::conversations(&home, &ProviderName::new("qwen"), deliver));
    assert_eq!(listed.len(), 1);
    assert_eq!((listed[0].cwd.as_str(), listed[0].id.as_str()), ("/no/where.x", A));
    assert_eq!((listed[0].first_message.as_deref(), listed[0].last_message.as_deref()), (Some("hello"), Some("hi")));
}

fn copilot_session(world: &World, id: &str, lock: Option<u32>) -> PathBuf {
    let directory = format!("session-state/{id}");
    world.file(
        &format!("{directory}/workspace.yaml"),
        "cwd: /p\nname: \"a name\"\ncreated_at: 2026-11-21T05:46:57.981Z\n",
    );
    if let Some(pid) = lock {
        world.file(&format!("{directory}/inuse.{pid}.lock"), &format!("{pid}\n"));
    }
    world.file(&format!("{directory}/events.jsonl"), "{\"type\":\"session.start\",\"data\":{}}\n")
}

#[test]
fn copilots_lock_names_the_session_of_the_pane() {
    let world = World::new();
    world.process(1, 0, &["init"]);
    world.process(10, 1, &["sh"]);
    world.process(11, 10, &["/usr/bin/copilot"]);
    world.process(12, 1, &["vim"]);
    let events = copilot_session(&world, A, Some(11));
    copilot_session(&world, B, Some(12));
    let (proc, home) = (world.proc(), world.home());
    assert_eq!(copilot::open_in_tree(&proc, &home, 10), Finding::Exact(conversation(A)));
    assert!(matches!(copilot::open_in_tree(&proc, &home, 12), Finding::Exact(id) if id == conversation(B)));
    assert_eq!(copilot::holder(&proc, &home, &conversation(A)), Some(11));
    // Left over: another program has the number now.
    assert_eq!(copilot::holder(&proc, &home, &conversation(B)), None);
    assert!(!copilot::is_said(&home, &conversation(A)));
    let said = "{\"type\":\"user.message\",\"data\":{\"content\":\"hello\"}}\n";
    std::fs::write(&events, said).expect("written");
    assert!(copilot::is_said(&home, &conversation(A)));
    let listed = all(|deliver| copilot::conversations(&home, &ProviderName::new("copilot"), deliver));
    assert_eq!(listed.len(), 1);
    assert_eq!((listed[0].title.as_deref(), listed[0].cwd.as_str()), (Some("a name"), "/p"));
}
