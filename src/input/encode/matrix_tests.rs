//! The keyboard from end to end: what an outer terminal sends for a key × what a program with some modes gets of it.

use super::*;
use crate::input::event::InputEvent;
use crate::input::parse::InputParser;

/// A key: its name, what outer terminals send for it (kitty with alternates, modifyOtherKeys 2 or legacy; the same key all), and
/// what programs get: legacy, modifyOtherKeys 1 and 2, kitty with flags 1, 3, 15 and 31.
type Row<'a> = (&'a str, &'a [&'a str], [&'a str; 7]);

const COLUMNS: [(u8, u8); 7] = [(0, 0), (0, 1), (0, 2), (1, 0), (3, 0), (15, 0), (31, 0)];

const MATRIX: &[Row<'_>] = &[
    (
        "shift+enter",
        &["\x1b[13;2u", "\x1b[27;2;13~"],
        ["\r", "\x1b[27;2;13~", "\x1b[27;2;13~", "\x1b[13;2u", "\x1b[13;2u", "\x1b[13;2u", "\x1b[13;2u"],
    ),
    (
        "ctrl+enter",
        &["\x1b[13;5u", "\x1b[27;5;13~"],
        ["\r", "\x1b[27;5;13~", "\x1b[27;5;13~", "\x1b[13;5u", "\x1b[13;5u", "\x1b[13;5u", "\x1b[13;5u"],
    ),
    (
        "alt+enter",
        &["\x1b[13;3u", "\x1b[27;3;13~", "\x1b\r"],
        ["\x1b\r", "\x1b\r", "\x1b[27;3;13~", "\x1b[13;3u", "\x1b[13;3u", "\x1b[13;3u", "\x1b[13;3u"],
    ),
    (
        "ctrl+shift+enter",
        &["\x1b[13;6u", "\x1b[27;6;13~"],
        ["\r", "\x1b[27;6;13~", "\x1b[27;6;13~", "\x1b[13;6u", "\x1b[13;6u", "\x1b[13;6u", "\x1b[13;6u"],
    ),
    ("alt+left", &["\x1b[1;3D"], ["\x1b[1;3D"; 7]),
    ("alt+up", &["\x1b[1;3A"], ["\x1b[1;3A"; 7]),
    ("ctrl+right", &["\x1b[1;5C"], ["\x1b[1;5C"; 7]),
    ("ctrl+shift+end", &["\x1b[1;6F"], ["\x1b[1;6F"; 7]),
    (
        "ctrl+shift+t",
        &["\x1b[116:84;6u", "\x1b[27;6;84~"],
        ["\x14", "\x14", "\x1b[27;6;84~", "\x1b[116;6u", "\x1b[116;6u", "\x1b[116:84;6u", "\x1b[116:84;6u"],
    ),
    (
        "ctrl+i, which is no tab",
        &["\x1b[105;5u", "\x1b[27;5;105~"],
        ["\t", "\t", "\x1b[27;5;105~", "\x1b[105;5u", "\x1b[105;5u", "\x1b[105;5u", "\x1b[105;5u"],
    ),
    (
        "ctrl+;",
        &["\x1b[59;5u", "\x1b[27;5;59~"],
        [";", "\x1b[27;5;59~", "\x1b[27;5;59~", "\x1b[59;5u", "\x1b[59;5u", "\x1b[59;5u", "\x1b[59;5u"],
    ),
    (
        "ctrl+c",
        &["\x1b[99;5u", "\x1b[27;5;99~", "\x03"],
        ["\x03", "\x03", "\x1b[27;5;99~", "\x1b[99;5u", "\x1b[99;5u", "\x1b[99;5u", "\x1b[99;5u"],
    ),
    (
        "alt+b",
        &["\x1b[98;3u", "\x1b[27;3;98~", "\x1bb"],
        ["\x1bb", "\x1bb", "\x1b[27;3;98~", "\x1b[98;3u", "\x1b[98;3u", "\x1b[98;3u", "\x1b[98;3u"],
    ),
    ("escape", &["\x1b[27u", "\x1b"], ["\x1b", "\x1b", "\x1b", "\x1b[27u", "\x1b[27u", "\x1b[27u", "\x1b[27u"]),
    (
        "shift+tab",
        &["\x1b[9;2u", "\x1b[Z"],
        ["\x1b[Z", "\x1b[Z", "\x1b[Z", "\x1b[9;2u", "\x1b[9;2u", "\x1b[9;2u", "\x1b[9;2u"],
    ),
    (
        "ctrl+backspace",
        &["\x1b[127;5u", "\x1b[27;5;127~"],
        ["\x08", "\x08", "\x1b[27;5;127~", "\x1b[127;5u", "\x1b[127;5u", "\x1b[127;5u", "\x1b[127;5u"],
    ),
    ("f1", &["\x1b[P", "\x1bOP"], ["\x1bOP", "\x1bOP", "\x1bOP", "\x1b[P", "\x1b[P", "\x1b[P", "\x1b[P"]),
    ("shift+f5", &["\x1b[15;2~"], ["\x1b[15;2~"; 7]),
    ("ctrl+f12", &["\x1b[24;5~"], ["\x1b[24;5~"; 7]),
    ("a", &["a"], ["a", "a", "a", "a", "a", "\x1b[97u", "\x1b[97;;97u"]),
    ("A", &["A"], ["A", "A", "A", "A", "A", "\x1b[97:65;2u", "\x1b[97:65;2;65u"]),
    ("a key of an input method", &["漢"], ["漢", "漢", "漢", "漢", "漢", "\x1b[28450u", "\x1b[28450;;28450u"]),
    ("the release of an arrow", &["\x1b[1;1:3A"], ["", "", "", "", "\x1b[1;1:3A", "\x1b[1;1:3A", "\x1b[1;1:3A"]),
    ("the release of ctrl+a", &["\x1b[97;5:3u"], ["", "", "", "", "\x1b[97;5:3u", "\x1b[97;5:3u", "\x1b[97;5:3u"]),
];

fn keys(bytes: &str) -> Vec<InputEvent> {
    let (mut parser, mut out) = (InputParser::new(), Vec::new());
    parser.feed(bytes.as_bytes(), &mut out);
    parser.timeout(&mut out);
    out
}

fn sent(events: &[InputEvent], modes: &Modes) -> String {
    let mut out = Vec::new();
    for event in events {
        let InputEvent::Key(key) = event else { panic!("{event:?} is no key") };
        encode_key(key, modes, &mut out);
    }
    String::from_utf8(out).expect("keys are UTF-8")
}

#[test]
fn every_key_reaches_every_program_from_every_terminal() {
    for (name, outer, expected) in MATRIX {
        for outer in *outer {
            let events = keys(outer);
            let got = COLUMNS.map(|(kitty, modify_other_keys)| {
                sent(&events, &Modes { kitty, modify_other_keys, ..Modes::default() })
            });
            assert_eq!(got, *expected, "{name} as {outer:?}: {events:?}");
        }
    }
}

#[test]
fn with_any_flags_a_program_can_tell_the_keys_apart() {
    for flags in 1..=31 {
        let modes = Modes { kitty: flags, ..Modes::default() };
        let (is_exact, has_kinds) = (flags & 9 != 0, flags & 2 != 0);
        for (name, outer, _) in MATRIX {
            let events = keys(outer[0]);
            let InputEvent::Key(key) = &events[0] else { panic!("{events:?}") };
            let got = sent(&events, &modes);
            if key.kind == KeyKind::Release && !has_kinds {
                assert_eq!(got, "", "{name} with flags {flags}");
            } else if is_exact {
                let read = keys(&got);
                let [InputEvent::Key(read)] = read.as_slice() else { panic!("{name} with flags {flags}: {got:?}") };
                let (is, was) = (Press::new(read), Press::new(key));
                assert_eq!((is.code, is.modifiers, read.kind), (was.code, was.modifiers, key.kind), "{name}: {got:?}");
            } else {
                assert!(!got.is_empty(), "{name} with flags {flags}");
            }
        }
    }
}
