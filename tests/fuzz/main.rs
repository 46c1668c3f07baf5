//! The fuzz targets' bodies as property tests, and the corpus that is kept for them. (`PROPTEST_CASES` sets the number of cases.)

mod bodies;

use bodies::{input, reading, terminal, texts, wire};
use proptest::prelude::*;

/// Sequences with something to lose, for the generated data.
const PIECES: &[&str] = &[
    "text ",
    "0123456789",
    "\r\n",
    "\n",
    "\t",
    "\x08",
    "日",
    "⚠\u{fe0f}",
    "e\u{301}",
    "👩\u{200d}💻",
    "🇩🇪",
    "\x1b[31;9m",
    "\x1b[44m",
    "\x1b[m",
    "\x1b[H",
    "\x1b[99;99H",
    "\x1b[5G",
    "\x1b[K",
    "\x1b[J",
    "\x1b[2J",
    "\x1b[3@",
    "\x1b[2P",
    "\x1b[L",
    "\x1b[M",
    "\x1b[2S",
    "\x1b[T",
    "\x1b[4h",
    "\x1b[?7l",
    "\x1b[?6h",
    "\x1b[2;4r",
    "\x1b[?69h",
    "\x1b[3;9s",
    "\x1b6",
    "\x1b9",
    "\x1b['}",
    "\x1b[1\"q",
    "\x1b[?J",
    "\x1b[1;1;3;3;1;2;2;1$v",
    "\x1b[33;1;1;9;9$x",
    "\x1b[$z",
    "\x1b[?1049h",
    "\x1b[?1049l",
    "\x1b[?47h",
    "\x1bc",
    "\x1b#8",
    "\x1bM",
    "\x1b7",
    "\x1b8",
    "\x1b]8;;http://a\x07",
    "\x1b]4;1;#123\x07",
    "\x1b[40b",
    "\x1b[",
    "\x1bP$q",
    "\x1b\\",
    "\u{fe0f}",
];

/// Output with marks in it.
fn output() -> impl Strategy<Value = Vec<u8>> {
    let mark = prop_oneof![
        (any::<u8>(), any::<u8>()).prop_map(|(cols, rows)| vec![terminal::RESIZE, cols, rows]),
        prop::sample::select(&[terminal::READ, terminal::RESTORE, terminal::CLEAR][..]).prop_map(|mark| vec![mark]),
    ];
    let piece = prop_oneof![
        20 => prop::sample::select(PIECES).prop_map(|piece| piece.as_bytes().to_vec()),
        2 => prop::collection::vec(any::<u8>(), 1..8),
        2 => mark,
    ];
    (any::<[u8; 3]>(), prop::collection::vec(piece, 1..80))
        .prop_map(|(head, pieces)| [head.to_vec(), pieces.concat()].concat())
}

fn config() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(96);
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// Pieces, now and then some bytes that are none.
fn pieces(pieces: &'static [&'static str], most: usize) -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        8 => prop::sample::select(pieces).prop_map(|piece| piece.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 1..6),
    ];
    prop::collection::vec(piece, 1..most).prop_map(|pieces| pieces.concat())
}

/// What terminals send.
const TYPED: &[&str] = &[
    "a",
    "ß",
    "日",
    "\r",
    "\t",
    "\x7f",
    "\x1b",
    "\x1b[A",
    "\x1bOP",
    "\x1b[1;5C",
    "\x1b[3~",
    "\x1b[27;6;97~",
    "\x1b[97;5:3u",
    "\x1b[57358;1;98u",
    "\x1b[<0;10;10M",
    "\x1b[<0;10;10m",
    "\x1b[M !!",
    "\x1b[200~",
    "\x1b[201~",
    "\x1b[I",
    "\x1b[O",
    "\x1b[?1;2c",
    "\x1b[12;40R",
    "\x1b]11;rgb:1/2/3\x1b\\",
    "\x1b]52;c;YQ==\x07",
    "\x1bP>|x(1)\x1b\\",
    "\x1b[?62u",
    "\x1b[",
];

/// What settings are made of.
const SETTINGS: &[&str] = &[
    "prefix = ",
    "\"ctrl+b\"",
    "\n",
    "[keys]\n",
    "close = ",
    "[\"x\", \"alt+y\"]",
    "[providers.x]\n",
    "command = ",
    "[\"x\"]",
    "[providers.claude.flags]\n",
    "history_lines = ",
    "-1",
    "99999999999999999999",
    "true",
    "clipboard = \"ask\"\n",
    "[ui",
    "]",
    "#",
    "[[mcp]]\n",
    "[notify]\n",
    "'",
    "\"\"\"",
    "{ a = 1 }",
    ".",
    "\u{feff}",
    "resume = 'x'\n",
    "=",
    "[sidebar]\ncolumns = 7\n",
];

/// What reports are made of.
const REPORTS: &[&str] = &[
    "{",
    "}",
    "\"hook_event_name\":",
    "\"SessionStart\"",
    "\"PermissionRequest\"",
    "\"Stop\"",
    "\"Notification\"",
    ",",
    "\"session_id\":",
    "\"7c2e7c2e-1111-4111-8111-111111111112\"",
    "\"tool_input\":",
    "\"tool_name\":\"Bash\"",
    "[",
    "]",
    "null",
    "{\"command\":[\"a\",1]}",
    "\"source\":\"clear\"",
    "\"prompt\":\"\\u001b[2J\\n\"",
    "\"agent_id\":\"a\"",
    "\"type\":\"x\"",
    "1e999",
    "\"properties\":",
    "\"event\":",
    "\"info\":{\"id\":\"ses_1\"}",
    "\"sessionID\":\"ses_1\"",
    "\\",
    "\"",
];

proptest! {
    #![proptest_config(config())]

    #[test]
    fn anything_leaves_a_screen_that_can_be_read(data in output()) {
        terminal::screen(&data);
    }

    #[test]
    fn where_output_is_cut_makes_no_difference(data in output()) {
        terminal::cuts(&data);
    }

    #[test]
    fn a_damaged_snapshot_is_an_error_or_a_terminal(data in output(), damage in prop::collection::vec(any::<(prop::sample::Index, u8)>(), 0..4)) {
        let mut terminal = homing::term::Terminal::new(homing::geometry::Size::new(12, 4), homing::term::TerminalOptions::default());
        terminal.feed(&data);
        let mut snapshot = terminal.snapshot();
        for (at, byte) in damage {
            let at = at.index(snapshot.len());
            snapshot[at] = byte;
        }
        terminal::snapshot(&snapshot);
    }

    #[test]
    fn whatever_is_read_back_stays_in_reach(data in output(), keys in prop::collection::vec((any::<prop::sample::Index>(), any::<[u8; 3]>()), 0..60)) {
        let mut data = data;
        for (at, act) in keys {
            let at = at.index(data.len());
            data.splice(at..at, [reading::ACT, act[0], act[1], act[2]]);
        }
        reading::reading(&data);
    }

    #[test]
    fn where_keys_are_cut_makes_no_difference(data in pieces(TYPED, 30), length in any::<u8>()) {
        input::typed(&[&[length], data.as_slice()].concat());
    }

    #[test]
    fn frames_survive_any_cut(data in prop::collection::vec((0u8..7, prop::collection::vec(any::<u8>(), 0..9)), 0..9), length in any::<u8>()) {
        let frames = data.into_iter().flat_map(|(kind, payload)| {
            let n = u32::try_from(payload.len() + 1).expect("short");
            [&n.to_le_bytes(), [kind].as_slice(), payload.as_slice()].concat()
        });
        wire::frames(&[vec![length], frames.collect()].concat());
    }

    #[test]
    fn any_report_is_understood_or_set_aside(data in pieces(REPORTS, 20)) {
        texts::report(&data);
    }

    #[test]
    fn any_settings_are_settings_or_diagnostics(data in pieces(SETTINGS, 20)) {
        texts::settings(&data);
    }
}

#[test]
fn the_corpus_passes() {
    let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    for (name, body) in bodies::ALL {
        let entries = std::fs::read_dir(corpus.join(name)).expect("the corpus is committed");
        for entry in entries {
            body(&std::fs::read(entry.expect("an entry").path()).expect("a file"));
        }
    }
}
