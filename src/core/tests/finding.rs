//! The finder: what is typed is searched for, a line is gone to, a session without a pane comes back for it.

use super::*;
use crate::core::archive::Question;
use crate::core::dialog::Dialog;
use crate::core::effect::Seeker;
use crate::core::mode::Mode;
use crate::protocol::api::FoundRow;

/// A shell that printed forty lines, with the finder on it.
fn searching() -> World {
    let mut world = World::attached(setup());
    world.type_keys(b"\x02t");
    let pane = world.core.state().panes.values().next().expect("a pane");
    let (pane, epoch) = (pane.id, pane.epoch);
    let lines: String = (0..80).map(|n| format!("line {n}\r\n")).collect();
    world.step(Event::Output { pane, epoch, bytes: lines.into_bytes() });
    world.asked.clear();
    world.type_keys(b"\x02Fline");
    world
}

fn n_searches(world: &World) -> usize {
    let is_search = |effect: &&Effect| matches!(effect, Effect::SearchAll { seeker: Seeker::Client(CLIENT), .. });
    world.asked.iter().filter(is_search).count()
}

fn answer(world: &mut World, session: SessionId, is_open: bool, line: u64) {
    let row =
        FoundRow { session: session.to_string(), label: "shell".into(), is_open, line, text: format!("line {line}") };
    world.step(Event::Searched { seeker: Seeker::Client(CLIENT), rows: vec![row], is_cut: false });
}

#[test]
fn what_was_typed_while_a_search_ran_is_searched_for_after_it() {
    let mut world = searching();
    assert_eq!(n_searches(&world), 1, "for \"li\"; the rest was typed meanwhile");
    let session = world.core.state().sessions.values().next().expect("a session").id;
    answer(&mut world, session, true, 3);
    assert_eq!(n_searches(&world), 2);
    answer(&mut world, session, true, 3);
    assert_eq!(n_searches(&world), 2, "nothing new was typed");
}

#[test]
fn a_line_of_an_open_session_is_read_where_it_stands() {
    let mut world = searching();
    let session = world.core.state().sessions.values().next().expect("a session").id;
    answer(&mut world, session, true, 3);
    world.type_keys(b"\r");
    let Mode::Copy(copy) = &world.core.state().clients[&CLIENT].mode else { panic!("copy mode") };
    assert_eq!(copy.cursor.line, 3);
    assert!(copy.seek.is_some());
}

#[test]
fn a_line_of_an_ended_session_brings_it_back_or_says_why_not() {
    let mut world = searching();
    let gone = SessionId::new(77, [7; 10]);
    answer(&mut world, gone, false, 3);
    world.type_keys(b"\r");
    let asked = world.asked.iter().find_map(|effect| match effect {
        Effect::AskStore { request, question: Question::Closed(address) } if *address == gone.to_string() => {
            Some(*request)
        }
        _ => None,
    });
    let request = asked.expect("the store is asked for it");
    world.step(Event::RequestFailed { request, message: "it is gone".to_owned() });
    let view = &world.core.state().clients[&CLIENT];
    assert!(!matches!(view.mode, Mode::Dialog(Dialog::Finder(_))));
    assert_eq!(view.toast.as_ref().map(|toast| toast.text.as_str()), Some("it is gone"));
}
