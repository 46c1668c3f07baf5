//! Screens reach the store in portions, so that nothing waits for all of them.

use super::*;

/// How often each pane's screen was written, in the order of the panes.
fn times_written(world: &World) -> Vec<usize> {
    let n_of = |id| {
        let is_its = |change: &&Change| matches!(change, Change::Screen { session, .. } if *session == id);
        world.stored.iter().filter(is_its).count()
    };
    world.core.state().panes.values().map(|pane| n_of(pane.session)).collect()
}

/// When the next write is due, in ms from now.
fn next_write(world: &mut World) -> Option<u64> {
    let now = world.now.instant;
    let mut due = world.asked.drain(..).filter_map(|effect| match effect {
        Effect::SetTimer { timer: Timer::Save, at } => u64::try_from(at.since(now).as_millis()).ok(),
        _ => None,
    });
    due.next_back()
}

#[test]
fn many_screens_are_written_one_portion_after_the_other_and_each_once() {
    let mut world = World::attached(setup());
    (0..80).for_each(|_| _ = world.open("shell"));
    while next_write(&mut world).is_some() {
        world.step(Event::Timer(Timer::Save));
    }
    world.stored.clear();
    let panes: Vec<(PaneId, u32)> = world.core.state().panes.values().map(|pane| (pane.id, pane.epoch)).collect();
    let print = |world: &mut World, (pane, epoch): (PaneId, u32)| {
        world.step(Event::Output { pane, epoch, bytes: b"a line\r\n".to_vec() });
    };
    panes.iter().for_each(|pane| print(&mut world, *pane));
    world.asked.clear();
    world.step(Event::Timer(Timer::Save));
    let first = times_written(&world).iter().sum::<usize>();
    assert!((1..80).contains(&first), "{first}");
    // What was written and changes again waits for its turn, behind the others.
    print(&mut world, panes[0]);
    let mut delays = Vec::new();
    while times_written(&world).iter().sum::<usize>() < 80 {
        delays.extend(next_write(&mut world));
        world.step(Event::Timer(Timer::Save));
    }
    assert_eq!(times_written(&world), [1; 80]);
    assert!(delays.iter().all(|ms| *ms <= 10), "{delays:?}");
    assert!(next_write(&mut world).is_some_and(|ms| ms > 100));
    world.step(Event::Timer(Timer::Save));
    assert_eq!(times_written(&world)[..2], [2, 1]);
    assert_eq!(next_write(&mut world), None);
}

#[test]
fn a_server_that_goes_writes_all_screens_at_once() {
    let mut world = World::attached(setup());
    (0..80).for_each(|_| _ = world.open("shell"));
    world.stored.clear();
    world.step(Event::Restart { exe: None });
    assert!(times_written(&world).iter().all(|n| *n == 1));
}
