use proptest::prelude::*;

use super::*;

fn wall(unix_ms: i64) -> Wall {
    Wall { unix_ms }
}

fn messages(at: &[i64]) -> Vec<(i64, ConversationId)> {
    at.iter().enumerate().map(|(number, at)| (*at, ConversationId::new(&format!("c{number}")))).collect()
}

#[test]
fn a_message_from_before_the_others_enter_is_the_own_one() {
    // Enters (the own one first), messages, which of them is its.
    let cases: &[(&[i64], &[i64], Option<usize>)] = &[
        (&[10, 50], &[20, 60], Some(0)),
        (&[50, 10], &[20, 60], Some(1)),
        (&[10, 50], &[60, 20], Some(1)),
        // Both are stored after both Enters, or at the very moment of the second.
        (&[10, 50], &[60, 70], None),
        (&[10, 50], &[50, 60], None),
        (&[10, 10], &[20, 30], None),
        // One is not stored yet, or somebody else said it too.
        (&[10, 50], &[20], None),
        (&[10, 50], &[20, 60, 70], None),
        // Of three, two are mixed up, and the third is certain all the same.
        (&[90, 10, 50], &[60, 70, 95], Some(2)),
        (&[10, 50, 90], &[60, 70, 95], None),
        (&[10, 50, 90], &[20, 95, 99], Some(0)),
        // Before any Enter of theirs.
        (&[10, 50], &[5, 60], None),
    ];
    for (enters, stored, expected) in cases {
        let others: Vec<Wall> = enters[1..].iter().map(|at| wall(*at)).collect();
        let found = match_by_time(wall(enters[0]), &others, messages(stored)).ok();
        assert_eq!(found, expected.map(|at| ConversationId::new(&format!("c{at}"))), "{enters:?} {stored:?}");
    }
}

proptest! {
    /// Whatever the delays: what is named is the pane's own.
    #[test]
    fn what_is_named_is_never_anothers(panes in proptest::collection::vec((0..60_i64, 0..40_i64), 1..6)) {
        let stored: Vec<i64> = panes.iter().map(|(enter, delay)| enter + delay).collect();
        for (own, (enter, _)) in panes.iter().enumerate() {
            let others: Vec<Wall> =
                panes.iter().enumerate().filter(|(at, _)| *at != own).map(|(_, (enter, _))| wall(*enter)).collect();
            if let Ok(found) = match_by_time(wall(*enter), &others, messages(&stored)) {
                prop_assert_eq!(found, ConversationId::new(&format!("c{own}")));
            }
        }
    }
}
