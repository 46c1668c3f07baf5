//! Any bytes, any cut, any size: no panic, and the same screen however the bytes were cut.

use proptest::prelude::*;

use super::*;

/// Pieces of output that are hard on an emulator.
const PIECES: &[&str] = &[
    "a",
    "Z",
    " ",
    "word ",
    "\r\n",
    "\n",
    "\r",
    "\t",
    "\x08",
    "\x07",
    "\x0b",
    "日",
    "本語",
    "😀",
    "⚠\u{fe0f}",
    "❤\u{fe0f}",
    "\u{fe0f}",
    "1\u{fe0f}\u{20e3}",
    "e\u{301}",
    "\u{200d}",
    "👩\u{200d}💻",
    "🇩🇪",
    "\u{17d8}",
    "\u{85}",
    "\u{ad}",
    "\u{fffd}",
    "\x1b[m",
    "\x1b[31m",
    "\x1b[44m",
    "\x1b[7m",
    "\x1b[9;4:3m",
    "\x1b[38;2;1;2;3m",
    "\x1b[1;2m",
    "\x1b[48;5;200m",
    "\x1b[H",
    "\x1b[2;3H",
    "\x1b[99;99H",
    "\x1b[A",
    "\x1b[3B",
    "\x1b[C",
    "\x1b[2D",
    "\x1b[5G",
    "\x1b[3d",
    "\x1b[E",
    "\x1b[F",
    "\x1b[K",
    "\x1b[1K",
    "\x1b[2K",
    "\x1b[J",
    "\x1b[1J",
    "\x1b[2J",
    "\x1b[3J",
    "\x1b[@",
    "\x1b[3P",
    "\x1b[L",
    "\x1b[2M",
    "\x1b[S",
    "\x1b[2T",
    "\x1b[3X",
    "\x1b[b",
    "\x1b[50b",
    "\x1b[I",
    "\x1b[Z",
    "\x1b[2;4r",
    "\x1b[r",
    "\x1bM",
    "\x1bD",
    "\x1bE",
    "\x1bH",
    "\x1b[g",
    "\x1b[3g",
    "\x1b7",
    "\x1b8",
    "\x1b[s",
    "\x1b[u",
    "\x1b[?6h",
    "\x1b[?6l",
    "\x1b[?7l",
    "\x1b[?7h",
    "\x1b[4h",
    "\x1b[4l",
    "\x1b[20h",
    "\x1b[20l",
    "\x1b[?25l",
    "\x1b[?25h",
    "\x1b[?1049h",
    "\x1b[?1049l",
    "\x1b[?47h",
    "\x1b[?47l",
    "\x1b[?1047h",
    "\x1b[?1047l",
    "\x1b[?1002;1006h",
    "\x1b[?1002l",
    "\x1b[?2004h",
    "\x1b[?1h",
    "\x1b=",
    "\x1b>",
    "\x1b[>1u",
    "\x1b[<u",
    "\x1b[>4;1m",
    "\x1b(0",
    "\x1b(B",
    "\x1b)0",
    "\x0e",
    "\x0f",
    "qqx",
    "\x1b]0;title;x\x07",
    "\x1b]8;;http://a/b\x1b\\",
    "\x1b]8;;\x07",
    "\x1b#8",
    "\x1b[!p",
    "\x1b[5 q",
    "\x1bc",
    "\x1b[22t",
    "\x1b[23t",
    "\x1b[6n",
    "\x1b[?69h",
    "\x1b[?69l",
    "\x1b[2;6s",
    "\x1b[3;4s",
    "\x1b[?45h",
    "\x1b[?41h",
    "\x1b[?5h",
    "\x1b[?40;3h",
    "\x1b6",
    "\x1b9",
    "\x1b['}",
    "\x1b[2'~",
    "\x1b[ @",
    "\x1b[2 A",
    "\x1b[1\"q",
    "\x1b[\"q",
    "\x1bV",
    "\x1bW",
    "\x1b[?J",
    "\x1b[?1K",
    "\x1b[63\"p",
    "\x1b[1;1;2;4;1;2;2;1$v",
    "\x1b[33;1;2;2;5$x",
    "\x1b[1;3;3;4$z",
    "\x1b[1;1;3;9${",
    "\x1b[1;2;2;3;1$r",
    "\x1b[1;2;2;3;7$t",
    "\x1b[2*x",
    "\x1b[1;0;1;1;9;9*y",
    "\x1b[9#y",
    "\x1b[?7;69s",
    "\x1b[?7;69r",
    "\x1b]4;1;#123\x07",
    "\x1b]11;rgb:1/2/3\x07",
    "\x1b]104\x07",
    "\x1b[",
    "\x1b",
    "\x1b]",
    "\x1bP",
    "\x18",
];

pub fn output(n: usize) -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        12 => prop::sample::select(PIECES).prop_map(|p| p.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 1..6),
        1 => (0..70_000u32, 0..200u32, prop::sample::select(b"@ABCDEFGHIJKLMPSTXZ`abcdefghjklmnpqrstu".as_slice()))
            .prop_map(|(a, b, last)| format!("\x1b[{a};{b}{}", char::from(last)).into_bytes()),
    ];
    prop::collection::vec(piece, 1..n).prop_map(|pieces| pieces.concat())
}

/// Cuts bytes at some places.
pub fn chunks<'a>(bytes: &'a [u8], cuts: &[prop::sample::Index]) -> Vec<&'a [u8]> {
    let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).chain([0, bytes.len()]).collect();
    places.sort_unstable();
    places.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect()
}

fn read_all(terminal: &mut Terminal) {
    let _ = (
        picture(terminal),
        terminal.screen_text(),
        terminal.screen_ansi(),
        terminal.take_replies(),
        terminal.take_events(),
    );
}

#[test]
fn a_character_that_is_broken_off_is_never_completed_by_what_comes_later() {
    // Between them stands what does not reach vt100: a selector that is held back, a tab with the cursor at the margin.
    for between in ["\u{fe0f}", "\t", "\x08\t"] {
        for cols in 1..6 {
            let bytes = [b"####\xe6\xe6\x83".as_slice(), between.as_bytes(), b"\x8f"].concat();
            let mut terminal = Terminal::new(Size::new(cols, 2), TerminalOptions::default());
            terminal.feed(&bytes);
            assert!(!terminal.screen_text().contains('惏'), "{between:?} in {cols} columns");
            let mut cut = Terminal::new(Size::new(cols, 2), TerminalOptions::default());
            bytes.iter().for_each(|byte| cut.feed(&[*byte]));
            assert_eq!(cut.screen_text(), terminal.screen_text(), "{between:?} in {cols} columns");
        }
    }
}

proptest! {
    #![proptest_config(config(96))]

    #[test]
    fn cuts_change_nothing(bytes in output(80), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12), cols in 1u16..40, rows in 1u16..8) {
        let size = Size::new(cols, rows);
        let mut whole = Terminal::new(size, TerminalOptions::default());
        whole.feed(&bytes);
        let mut pieces = Terminal::new(size, TerminalOptions::default());
        for chunk in chunks(&bytes, &cuts) {
            pieces.feed(chunk);
        }
        assert_same(&picture(&whole), &picture(&pieces), "cut");
        prop_assert_eq!(whole.take_replies(), pieces.take_replies());
        prop_assert_eq!(whole.n_contained_panics(), 0);
    }

    /// A drawer that repaints only what `take_damage` names shows the same as one that repaints everything.
    #[test]
    fn damage_covers_all_that_changes(chunks in prop::collection::vec(output(12), 1..12), cols in 3u16..40, rows in 2u16..8) {
        let mut terminal = Terminal::new(Size::new(cols, rows), TerminalOptions::default());
        let look = |terminal: &Terminal| (0..rows).map(|row| cells(terminal, row)).collect::<Vec<_>>();
        let mut shown = look(&terminal);
        terminal.take_damage();
        for chunk in chunks {
            terminal.feed(&chunk);
            let now = look(&terminal);
            let (from, to) = match terminal.take_damage() {
                Damage::None => (1, 0),
                Damage::Rows(from, to) => (from, to),
                Damage::All => (0, rows - 1),
            };
            for row in from..=to {
                shown[usize::from(row)] = now[usize::from(row)].clone();
            }
            prop_assert_eq!(&shown, &now, "after {}", chunk.escape_ascii());
        }
    }

    #[test]
    fn nothing_panics_while_the_size_changes(steps in prop::collection::vec((output(20), 1u16..60, 1u16..12), 1..8)) {
        let mut terminal = Terminal::new(Size::new(20, 5), TerminalOptions::default());
        for (bytes, cols, rows) in steps {
            terminal.feed(&bytes);
            terminal.resize(Size::new(cols, rows));
            read_all(&mut terminal);
        }
        prop_assert_eq!(terminal.n_contained_panics(), 0);
    }
}

#[test]
fn known_panics_of_vt100_do_not_happen() {
    let cases = [
        (80, 24, "\x1b[24;80H⚠\u{fe0f}\x1b[23;80HZ".to_owned()),
        (80, 24, format!("\x1b[24;1H{}⚠\u{fe0f} warning\x1b[23;1H{}", "x".repeat(79), "y".repeat(80))),
        (80, 24, "\x1b[1;10r\x1b[10;80H❤\u{fe0f}\x1b[9;80HZ".to_owned()),
        (1, 1, "1\u{fe0f}\u{20e3}☺\u{fe0f}\x1b[@".to_owned()),
    ];
    for (cols, rows, text) in cases {
        for chunk in [1, 1000] {
            let mut terminal = Terminal::new(Size::new(cols, rows), TerminalOptions::default());
            text.as_bytes().chunks(chunk).for_each(|chunk| terminal.feed(chunk));
            read_all(&mut terminal);
            assert_eq!(terminal.n_contained_panics(), 0);
        }
    }
}

#[test]
fn a_damaged_screen_is_made_anew() {
    let mut terminal = terminal(10, 3, "one\r\n\x1b[31mtwo");
    let before = picture(&terminal);
    terminal.main.damaged = true;
    terminal.feed(b"");
    assert_eq!((picture(&terminal), terminal.main.damaged), (before, false));
    terminal.feed(b"X");
    assert_eq!(cell(&terminal, 1, 3).1.fg, Color::Indexed(1));
}

#[test]
fn a_few_bytes_cannot_cost_much() {
    let mut terminal = terminal(200, 50, "x");
    let before = terminal.history().next_line_number();
    terminal.feed("\x1b[65535b\x1b#8\x1b[65535S".repeat(2000).as_bytes());
    assert!(terminal.history().next_line_number() - before < 4000);
}

#[test]
fn recordings_replay_at_several_sizes_and_cuts() {
    for (name, bytes) in RECORDINGS {
        for (cols, rows) in [(80, 24), (200, 50), (20, 5), (1, 1)] {
            let size = Size::new(cols, rows);
            let mut whole = Terminal::new(size, TerminalOptions::default());
            whole.feed(bytes);
            for chunk in [1, 7, 100] {
                let mut cut = Terminal::new(size, TerminalOptions::default());
                bytes.chunks(chunk).for_each(|chunk| cut.feed(chunk));
                assert_same(&picture(&whole), &picture(&cut), &format!("{name} at {cols}x{rows} by {chunk}"));
            }
            assert_eq!(whole.n_contained_panics(), 0, "{name}");
        }
    }
}

/// What real programs send at their start.
pub const RECORDINGS: [(&str, &[u8]); 10] = [
    ("claude", include_bytes!("../../../tests/recordings/claude.raw")),
    ("codex", include_bytes!("../../../tests/recordings/codex.raw")),
    ("fzf", include_bytes!("../../../tests/recordings/fzf.raw")),
    ("gemini", include_bytes!("../../../tests/recordings/gemini.raw")),
    ("htop", include_bytes!("../../../tests/recordings/htop.raw")),
    ("lazygit_like", include_bytes!("../../../tests/recordings/lazygit_like.raw")),
    ("less", include_bytes!("../../../tests/recordings/less.raw")),
    ("opencode", include_bytes!("../../../tests/recordings/opencode.raw")),
    ("top", include_bytes!("../../../tests/recordings/top.raw")),
    ("vim", include_bytes!("../../../tests/recordings/vim.raw")),
];
