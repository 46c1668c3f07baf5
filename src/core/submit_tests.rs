use super::*;
use crate::geometry::Size;
use crate::term::Terminal;
use crate::term::TerminalOptions;

fn screen(cols: u16, text: &str) -> Terminal {
    let mut terminal = Terminal::new(Size::new(cols, 12), TerminalOptions::default());
    terminal.feed(text.as_bytes());
    terminal
}

#[test]
fn a_text_is_found_however_a_prompt_draws_it() {
    let long = "please look at every file of the directory and tell me what is in it, line by line";
    let cases: &[(u16, &str, &str, usize)] = &[
        (40, "fix it", "> fix it", 2),
        (40, "fix it", "> fix it\x1b[1;1H", 1),
        (40, "fix  it\n\n", "╭────╮\r\n│ fix it │\r\n╰────╯", 2),
        (20, long, &format!("┃ {}\r\n┃ {}\x1b[1;1H", &long[30..55], &long[55..]), 1),
        (40, "one\ntwo", "one\r\n  two\x1b[1;1H", 1),
        (40, "日本語 é👍🏽", "› 日本語 é👍🏽\x1b[1;1H", 1),
        (40, "a\nb\nc", "> [Pasted text #1 +2 lines]", 1),
        (40, "fix it", "> Type your message", 0),
        (40, " \n", "> ", 0),
        (40, "fix it", "fix it\r\nfix it done\r\n> fix it", 4),
    ];
    for (cols, text, shown, n) in cases {
        assert_eq!(times_shown(&screen(*cols, shown), &needle(text)), *n, "{text:?} on {shown:?}");
    }
}

#[test]
fn every_outcome_but_one_says_why_and_what_to_do() {
    let failures = [
        Outcome::NotReady,
        Outcome::NotShown,
        Outcome::Asked { is_typed: false },
        Outcome::Asked { is_typed: true },
        Outcome::SeveralLines,
        Outcome::Crowded,
        Outcome::Ended,
    ];
    assert_eq!(Outcome::Submitted.failure(), None);
    for outcome in failures {
        let why = outcome.failure().expect("not submitted");
        assert!(why.starts_with("not ") && why.contains("homing ") || outcome == Outcome::SeveralLines, "{why}");
    }
}
