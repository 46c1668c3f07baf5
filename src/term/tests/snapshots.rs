//! A terminal that is killed and restored goes on as if nothing had happened.

use proptest::prelude::*;

use super::robustness::output;
use super::*;

fn restored(terminal: &Terminal) -> Terminal {
    Terminal::restore(&terminal.snapshot(), terminal.size(), TerminalOptions::default()).expect("our own snapshot")
}

/// What can be seen, without the history (a snapshot has none).
fn screen_picture(terminal: &Terminal) -> String {
    let mut copy = restored(terminal);
    copy.clear_history();
    picture(&copy)
}

proptest! {
    #![proptest_config(config(96))]

    #[test]
    fn a_restored_terminal_goes_on_exactly(first in output(60), then in output(40), cols in 3u16..30, rows in 2u16..8) {
        let mut terminal = Terminal::new(Size::new(cols, rows), TerminalOptions::default());
        terminal.feed(&first);
        prop_assume!(terminal.is_at_rest());
        terminal.take_events();
        terminal.take_replies();
        terminal.clear_history();
        let mut copy = restored(&terminal);
        prop_assert_eq!(copy.history().next_line_number(), terminal.history().next_line_number());
        assert_same(&picture(&terminal), &picture(&copy), "restored");
        terminal.feed(&then);
        copy.feed(&then);
        let texts = |t: &Terminal| history(t).iter().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>();
        prop_assert_eq!(texts(&terminal), texts(&copy));
        // Blanks of history: an erased cell behind text of the same look cannot be told from one never written (`sink`).
        terminal.clear_history();
        copy.clear_history();
        assert_same(&picture(&terminal), &picture(&copy), "restored");
        prop_assert_eq!(terminal.take_replies(), copy.take_replies());
        prop_assert_eq!(terminal.take_events(), copy.take_events());
    }

    #[test]
    fn damaged_snapshots_are_errors_or_terminals(bytes in output(40), at in any::<prop::sample::Index>(), with in any::<u8>(), cut in any::<prop::sample::Index>()) {
        let mut terminal = Terminal::new(Size::new(12, 4), TerminalOptions::default());
        terminal.feed(&bytes);
        let snapshot = terminal.snapshot();
        prop_assert!(Terminal::restore(&snapshot[..cut.index(snapshot.len())], terminal.size(), TerminalOptions::default()).is_err());
        let mut damaged = snapshot.clone();
        let at = at.index(damaged.len());
        damaged[at] = with;
        if let Ok(mut terminal) = Terminal::restore(&damaged, Size::new(10, 3), TerminalOptions::default()) {
            terminal.feed(b"x\r\n\x1b[?1049l");
            let _ = picture(&terminal);
        }
    }
}

#[test]
fn both_screens_survive() {
    let mut terminal = terminal(12, 3, "main \x1b[7mtext\x1b[m\r\n0123456789abcdef\x1b[?1049h\x1b[44malt");
    let mut copy = restored(&terminal);
    assert_eq!(picture(&terminal), picture(&copy));
    terminal.feed(b"\x1b[?1049lX");
    copy.feed(b"\x1b[?1049lX");
    assert_eq!(screen_picture(&terminal), screen_picture(&copy));
    assert!(copy.is_row_wrapped(1));
}

/// Half of an inverse wide character that was printed over is blank; a mark without a width that joins it shows its look.
#[test]
fn a_blank_keeps_the_look_that_a_mark_will_show() {
    let mut terminal = terminal(8, 2, "\x1b[7m日\x1b[m\x1b[2Gx");
    let mut copy = restored(&terminal);
    assert_eq!(picture(&terminal), picture(&copy));
    for terminal in [&mut terminal, &mut copy] {
        terminal.feed("\x1b[2G\u{ad}".as_bytes());
    }
    assert_eq!(picture(&terminal), picture(&copy));
}

#[test]
fn another_version_is_refused() {
    let mut snapshot = terminal(5, 5, "x").snapshot();
    snapshot[0] = 99;
    let error = Terminal::restore(&snapshot, Size::new(5, 5), TerminalOptions::default()).expect_err("version 99");
    assert_eq!(error, super::super::SnapshotError::Version(99));
    assert!(Terminal::restore(b"", Size::new(5, 5), TerminalOptions::default()).is_err());
}

#[test]
fn a_snapshot_is_small() {
    let mut text = String::new();
    for n in 0..3000 {
        text += &format!("\x1b[38;5;{}m{}", n % 256, "w日 ");
    }
    let snapshot = terminal(200, 50, &text).snapshot();
    assert!(snapshot.len() < 100_000, "{}", snapshot.len());
}
