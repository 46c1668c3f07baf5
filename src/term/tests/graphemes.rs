//! Which columns clusters take. The rule is in `docs/terminal.md`: a character has its own width, marks and joiners belong to the cell
//! before them, and U+FE0F makes an emoji two columns wide.

use proptest::prelude::*;

use super::*;

/// Clusters, and the texts of the cells they fill with their widths.
const CLUSTERS: &[(&str, &[(&str, u8)])] = &[
    ("a", &[("a", 1)]),
    ("e\u{301}", &[("e\u{301}", 1)]),
    ("日", &[("日", 2)]),
    ("日\u{301}", &[("日\u{301}", 2)]),
    ("\u{1100}\u{1161}\u{11a8}", &[("\u{1100}\u{1161}\u{11a8}", 2)]),
    ("❤", &[("❤", 1)]),
    ("❤\u{fe0f}", &[("❤\u{fe0f}", 2)]),
    ("⚠\u{fe0f}", &[("⚠\u{fe0f}", 2)]),
    ("❤\u{fe0e}", &[("❤\u{fe0e}", 1)]),
    ("1\u{fe0f}\u{20e3}", &[("1\u{fe0f}\u{20e3}", 2)]),
    ("😀", &[("😀", 2)]),
    ("👍🏽", &[("👍", 2), ("🏽", 2)]),
    ("👩\u{200d}💻", &[("👩\u{200d}", 2), ("💻", 2)]),
    ("🇩🇪", &[("🇩", 1), ("🇪", 1)]),
    ("ก\u{e47}", &[("ก\u{e47}", 1)]),
    ("क\u{94d}ष", &[("क\u{94d}", 1), ("ष", 1)]),
];

proptest! {
    #![proptest_config(config(64))]

    #[test]
    fn clusters_fill_their_cells_and_shift_nothing(picks in prop::collection::vec(prop::sample::select(CLUSTERS), 1..30), chunk in 1usize..20) {
        let text: String = picks.iter().map(|(cluster, _)| *cluster).chain(["|"]).collect();
        let mut terminal = Terminal::new(Size::new(200, 2), TerminalOptions::default());
        text.as_bytes().chunks(chunk).for_each(|piece| terminal.feed(piece));
        let expected: Vec<(&str, u8)> = picks.iter().flat_map(|(_, cells)| cells.iter().copied()).chain([("|", 1)]).collect();
        let columns: u16 = expected.iter().map(|(_, width)| u16::from(*width)).sum();
        prop_assert_eq!(position(&terminal), (0, columns));
        let mut cells = Vec::new();
        terminal.row(0, |col, cell| {
            if col < columns && cell.width > 0 {
                cells.push((cell.text.to_owned(), cell.width));
            }
        });
        let expected: Vec<_> = expected.into_iter().map(|(text, width)| (text.to_owned(), width)).collect();
        prop_assert_eq!(cells, expected);
    }

    /// In the history and after a change of width they are the same cells.
    #[test]
    fn clusters_stay_whole_in_the_history(picks in prop::collection::vec(prop::sample::select(CLUSTERS), 1..30)) {
        let text: String = picks.iter().map(|(cluster, _)| *cluster).collect();
        let mut terminal = Terminal::new(Size::new(100, 2), TerminalOptions::default());
        terminal.feed(format!("{text}\r\n\n\n").as_bytes());
        prop_assert_eq!(terminal.history().text(0), text.clone());
        let mut widths = 0;
        terminal.history().draw_line(0, |_, cell| widths += u16::from(cell.width));
        let expected: u16 = picks.iter().flat_map(|(_, cells)| cells.iter()).map(|(_, width)| u16::from(*width)).sum();
        prop_assert_eq!(widths, expected);
    }
}

#[test]
fn what_does_not_fit_wraps_whole_and_a_selector_in_the_last_column_widens_nothing() {
    let wide = terminal(4, 2, "abc日");
    assert_eq!((wide.screen_text().as_str(), position(&wide)), ("abc\n日", (1, 2)));
    let emoji = terminal(4, 2, "abc❤\u{fe0f}x");
    assert_eq!((emoji.screen_text().as_str(), position(&emoji)), ("abc❤\nx", (1, 1)));
}

#[test]
fn grapheme_mode_is_not_claimed() {
    let mut terminal = terminal(10, 2, "\x1b[?2027h\x1b[?2027$p👍🏽");
    assert_eq!((terminal.take_replies(), position(&terminal)), (b"\x1b[?2027;0$y".to_vec(), (0, 4)));
}
