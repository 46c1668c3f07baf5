//! Floods: skipping ahead shows and keeps the same as printing everything.

use proptest::prelude::*;

use super::robustness::chunks;
use super::*;

const WORDS: &[&str] = &[
    "word ",
    "x",
    "a longer piece of text, ",
    "0123456789",
    "\t",
    "日本",
    "é",
    "e\u{301}",
    "❤\u{fe0f}",
    "⚠\u{fe0f} ",
    "😀",
    "👩\u{200d}💻",
    "\u{fffd}",
    "\u{85}",
    "\u{ad}",
    "  ",
    "\x1b[31m",
    "\x1b[m",
    "\x1b[0m",
    "\x1b[1;4:3;58;5;2m",
    "\x1b[9m",
    "\x1b[7m",
    "\x1b[38;2;1;2;3m",
    "\x1b[44m",
    "\x1b[49m",
    "\x1b[0;2m",
];

/// Lines as a program prints them that never moves the cursor; now and then something else.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let word = prop::sample::select(WORDS).prop_map(str::to_owned);
    let line = prop_oneof![
        10 => prop::collection::vec(word.clone(), 0..8).prop_map(|words| words.concat()),
        4 => Just("plain text only".to_owned()),
        1 => prop::collection::vec(word, 20..60).prop_map(|words| words.concat()),
        1 => prop::sample::select(&["\x1b[H", "\x07", "a\rb", "a\nb", "\x1b]8;;http://x\x07l\x1b]8;;\x07", "\x1b[?1049h\x1b[?1049l", "\x1b[2;4r", "\x1b[r", "\x1b[K", "\x1b[3J"][..])
            .prop_map(str::to_owned),
    ];
    // Lines come in runs, so that there is something to skip.
    prop::collection::vec((prop::collection::vec(line, 1..12), 1..40usize), 1..8).prop_map(|runs| {
        let mut out = Vec::new();
        for (lines, times) in runs {
            for _ in 0..times {
                for line in &lines {
                    out.extend_from_slice(line.as_bytes());
                    out.extend_from_slice(b"\r\n");
                }
            }
        }
        out
    })
}

/// Feeds in pieces too small to skip anything.
fn fed_plainly(bytes: &[u8], size: Size) -> Terminal {
    let mut terminal = Terminal::new(size, TerminalOptions::default());
    bytes.chunks(4096).for_each(|chunk| terminal.feed(chunk));
    terminal
}

proptest! {
    #![proptest_config(config(16))]

    #[test]
    fn skipping_ahead_changes_nothing(bytes in stream(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..3), cols in 3u16..60, rows in 2u16..12) {
        let size = Size::new(cols, rows);
        let mut skipping = Terminal::new(size, TerminalOptions::default());
        for chunk in chunks(&bytes, &cuts) {
            skipping.feed(chunk);
        }
        let mut plain = fed_plainly(&bytes, size);
        assert_same(&picture(&plain), &picture(&skipping), "skipped");
        // The state behind it is the same too: pen, last character, cursor.
        plain.feed(b"\x1b[2bz\tq");
        skipping.feed(b"\x1b[2bz\tq");
        assert_same(&picture(&plain), &picture(&skipping), "after it");
    }
}

#[test]
fn a_flood_is_skipped() {
    let bytes: String = (0..4000).map(|n| format!("line {n} of a flood \x1b[32mok\x1b[0m\r\n")).collect();
    let size = Size::new(80, 24);
    let mut terminal = Terminal::new(size, TerminalOptions::default());
    terminal.feed(bytes.as_bytes());
    let n_through_vt100 = terminal.main.sink().n_scrolled;
    assert!(n_through_vt100 < 200, "{n_through_vt100} rows went through vt100");
    assert_same(&picture(&fed_plainly(bytes.as_bytes(), size)), &picture(&terminal), "flood");
    assert_eq!(terminal.history().next_line_number(), 4000 - 23);
}

#[test]
fn a_wide_character_that_does_not_fit_ends_the_line_in_both_ways() {
    let bytes = "0123456日本日本日本 and more\r\n".repeat(2000);
    let size = Size::new(10, 4);
    let mut terminal = Terminal::new(size, TerminalOptions::default());
    terminal.feed(bytes.as_bytes());
    assert_same(&picture(&fed_plainly(bytes.as_bytes(), size)), &picture(&terminal), "wide");
}
