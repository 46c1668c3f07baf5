//! The fuzz targets' bodies as property tests, and the corpus that is kept for them.

mod bodies;

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

fn data() -> impl Strategy<Value = Vec<u8>> {
    let mark = prop_oneof![
        (any::<u8>(), any::<u8>()).prop_map(|(cols, rows)| vec![bodies::RESIZE, cols, rows]),
        prop::sample::select(&[bodies::READ, bodies::RESTORE, bodies::CLEAR][..]).prop_map(|mark| vec![mark]),
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

proptest! {
    #![proptest_config(config())]

    #[test]
    fn anything_leaves_a_screen_that_can_be_read(data in data()) {
        bodies::screen(&data);
    }

    #[test]
    fn where_output_is_cut_makes_no_difference(data in data()) {
        bodies::cuts(&data);
    }
}

#[test]
fn the_corpus_passes() {
    let corpus = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    for (name, body) in [("screen", bodies::screen as fn(&[u8])), ("cuts", bodies::cuts)] {
        let entries = std::fs::read_dir(corpus.join(name)).expect("the corpus is committed");
        for entry in entries {
            body(&std::fs::read(entry.expect("an entry").path()).expect("a file"));
        }
    }
}
