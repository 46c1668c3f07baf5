//! Changes of size.

use proptest::prelude::*;

use super::*;

fn resized(text: &str, from: (u16, u16), to: &[(u16, u16)]) -> Terminal {
    let mut terminal = terminal(from.0, from.1, text);
    to.iter().for_each(|&(cols, rows)| terminal.resize(Size::new(cols, rows)));
    terminal
}

#[test]
fn lines_are_wrapped_anew() {
    let text = "0123456789ABCDEFGHIJ\r\nshort\r\n\x1b[31m$ \x1b[m";
    let narrow = resized(text, (20, 6), &[(10, 6)]);
    assert_eq!(narrow.screen_text(), "0123456789\nABCDEFGHIJ\nshort\n$");
    assert_eq!((position(&narrow), narrow.is_row_wrapped(0)), ((3, 2), true));
    assert_eq!(cell(&narrow, 3, 0).1.fg, Color::Indexed(1));
    let wide = resized(text, (20, 6), &[(10, 6), (7, 6), (20, 6)]);
    assert_eq!((wide.screen_text().as_str(), position(&wide)), ("0123456789ABCDEFGHIJ\nshort\n$", (2, 2)));
}

#[test]
fn what_does_not_fit_any_more_goes_to_the_history() {
    let text = "first line of text\r\nsecond\r\n3\r\n4";
    let terminal = resized(text, (20, 4), &[(9, 4)]);
    assert_eq!(history(&terminal), ["first lin"]);
    assert_eq!((terminal.screen_text().as_str(), position(&terminal)), ("e of text\nsecond\n3\n4", (3, 1)));
}

#[test]
fn a_line_cut_by_the_top_goes_on_in_the_history() {
    let mut terminal = resized("abcdefghijklmnop", (20, 3), &[(4, 3)]);
    assert_eq!((history(&terminal), terminal.history().continues_on_screen()), (vec!["abcd".to_owned()], true));
    terminal.feed(b"\r\n\n\n\n");
    assert_eq!(history(&terminal)[0], "abcdefghijklmnop");
}

#[test]
fn height_comes_and_goes_without_loss() {
    let text = "1\r\n2\r\n3\r\n4\r\n5\r\n$ ";
    let small = resized(text, (10, 6), &[(10, 3)]);
    assert_eq!((history(&small).join(""), small.screen_text()), ("123".into(), "4\n5\n$".into()));
    let tall = resized(text, (10, 6), &[(10, 3), (10, 6)]);
    assert_eq!((tall.screen_text().as_str(), position(&tall), history(&tall).len()), ("4\n5\n$", (2, 2), 3));
}

#[test]
fn blanks_with_a_background_are_not_wrapped() {
    let terminal = resized("a\x1b[44m\x1b[K\x1b[m\r\nb", (20, 4), &[(8, 4)]);
    assert_eq!(terminal.screen_text(), "a\nb");
    assert_eq!(cell(&terminal, 0, 7).1.bg, Color::Indexed(4));
}

#[test]
fn the_alternate_screen_is_cut_and_the_main_one_wrapped_behind_it() {
    let mut terminal = resized("0123456789\x1b[?1049h\x1b[HABCDEFGHIJ", (10, 3), &[(5, 3)]);
    assert_eq!(terminal.screen_text(), "ABCDE");
    terminal.feed(b"\x1b[?1049l");
    assert_eq!(terminal.screen_text(), "01234\n56789");
}

#[test]
fn tiny_and_huge_sizes_are_clipped_and_padded() {
    let terminal = resized("ab日c", (10, 3), &[(1, 1)]);
    assert_eq!((terminal.size(), cells(&terminal, 0).len()), (Size::new(1, 1), 1));
    let terminal = resized("ab", (10, 3), &[(5000, 2000)]);
    assert_eq!((cells(&terminal, 0).len(), cells(&terminal, 1999).len()), (5000, 5000));
    assert_eq!(terminal.screen_text(), "ab");
}

#[test]
fn size_reports_come_when_asked_for() {
    let mut terminal = resized("\x1b[?2048h", (10, 3), &[(12, 4)]);
    assert_eq!(terminal.take_replies(), b"\x1b[48;3;10;48;80t\x1b[48;4;12;64;96t");
}

proptest! {
    #![proptest_config(config(64))]

    #[test]
    fn no_text_is_lost(lines in prop::collection::vec("[a-z ]{0,30}[a-z]", 1..20), sizes in prop::collection::vec((3u16..40, 2u16..12), 1..5)) {
        let mut terminal = Terminal::new(Size::new(20, 6), TerminalOptions::default());
        terminal.feed(lines.join("\r\n").as_bytes());
        for (cols, rows) in sizes {
            terminal.resize(Size::new(cols, rows));
        }
        terminal.feed(b"\r\n".repeat(12).as_slice());
        prop_assert_eq!(history(&terminal)[..lines.len().min(history(&terminal).len())].concat(), lines[..lines.len().min(history(&terminal).len())].concat());
        prop_assert!(history(&terminal).len() + 12 >= lines.len());
    }
}
