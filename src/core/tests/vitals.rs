//! The optional columns of the sidebar: nothing is looked at that nobody sees.

use super::*;
use crate::core::vitals::{GitState, Usage};

/// What was asked of processes and of git since the last look: how often, and which directories.
fn asked(world: &mut World) -> (usize, Vec<Vec<String>>) {
    let asked = std::mem::take(&mut world.asked);
    let n_usage = asked.iter().filter(|effect| matches!(effect, Effect::ReadUsage { .. })).count();
    let git = asked.into_iter().filter_map(|effect| match effect {
        Effect::ReadGit { directories } => Some(directories),
        _ => None,
    });
    (n_usage, git.collect())
}

fn with_columns() -> World {
    let mut setup = setup();
    setup.config.sidebar.git = true;
    setup.config.sidebar.usage = true;
    let mut world = World::attached(setup);
    world.type_keys(b"\x02t");
    world
}

#[test]
fn columns_are_off_unless_asked_for() {
    let mut world = World::attached(setup());
    world.type_keys(b"\x02t");
    assert_eq!(asked(&mut world), (0, Vec::new()));
}

#[test]
fn processes_are_looked_at_again_and_again_while_the_sidebar_is_seen() {
    let mut world = with_columns();
    let session = world.core.state().sessions.keys().copied().next().expect("one");
    assert_eq!(asked(&mut world).0, 1);
    world.step(Event::UsageRead(vec![(session, 1000, 2048)]));
    let usage = |world: &World| world.core.state().vitals.usage[&session];
    assert_eq!(usage(&world), Usage { cpu_percent: None, memory_mib: 2 });
    assert!(world.asked.iter().any(|effect| matches!(effect, Effect::SetTimer { timer: Timer::Vitals, .. })));
    world.now.instant.micros += 1_999_000;
    world.step(Event::Timer(Timer::Vitals));
    assert_eq!(asked(&mut world).0, 1);
    world.step(Event::UsageRead(vec![(session, 1500, 2048)]));
    assert_eq!(usage(&world).cpu_percent.map(|percent| percent.div_ceil(5)), Some(5), "a quarter of a processor");
    world.type_keys(b"\x02e");
    world.step(Event::Timer(Timer::Vitals));
    assert_eq!(asked(&mut world).0, 0, "hidden: nothing is read, and no timer goes on");
    world.type_keys(b"\x02e");
    assert_eq!(asked(&mut world).0, 1);
}

#[test]
fn git_is_asked_once_a_directory_and_again_after_a_turn_one_question_at_a_time() {
    let mut world = with_columns();
    assert_eq!(asked(&mut world).1, [["/home/me"]]);
    let session = world.open("claude").id;
    world.report(session, "UserPromptSubmit", "c", Ancestry::Inside);
    world.report(session, "Stop", "c", Ancestry::Inside);
    assert_eq!(asked(&mut world).1, Vec::<Vec<String>>::new(), "the first question is not answered yet");
    let state = GitState { branch: "main".to_owned(), added: 1, removed: 2 };
    world.step(Event::GitRead(vec![("/home/me".to_owned(), Some(state.clone()))]));
    assert_eq!(world.core.state().vitals.git["/home/me"], state);
    assert_eq!(asked(&mut world).1, [["/home/me"]], "it is asked what became due meanwhile");
    world.step(Event::GitRead(vec![("/home/me".to_owned(), None)]));
    assert!(world.core.state().vitals.git.is_empty());
}
