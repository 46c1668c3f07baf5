use proptest::prelude::*;

use super::*;
use crate::input::event::{InputEvent, KeypadKey, MediaKey, ModifierKey};
use crate::input::parse::InputParser;

const SHIFT: Modifiers = Modifiers::SHIFT;
const ALT: Modifiers = Modifiers::ALT;
const CTRL: Modifiers = Modifiers::CTRL;
const NONE: Modifiers = Modifiers::NONE;
const SUPER: Modifiers = Modifiers::SUPER;

fn encoded(key: &KeyEvent, modes: &Modes) -> String {
    let mut out = Vec::new();
    encode_key(key, modes, &mut out);
    String::from_utf8(out).expect("keys are UTF-8")
}

fn kitty(flags: u8) -> Modes {
    Modes { kitty: flags, ..Modes::default() }
}

fn other_keys(level: u8) -> Modes {
    Modes { modify_other_keys: level, ..Modes::default() }
}

fn check(modes: &Modes, cases: &[(KeyCode, Modifiers, &str)]) {
    for (code, modifiers, bytes) in cases {
        let key = KeyEvent::new(*code, *modifiers);
        assert_eq!(encoded(&key, modes), *bytes, "{key:?} with {modes:?}");
    }
}

fn ch(c: char) -> KeyCode {
    KeyCode::Char(c)
}

#[test]
fn legacy_keys_are_xterms() {
    check(
        &Modes::default(),
        &[
            (ch('a'), NONE, "a"),
            (ch('a'), SHIFT, "A"),
            (ch('A'), NONE, "A"),
            (ch('é'), NONE, "é"),
            (ch('é'), ALT, "\x1bé"),
            (ch('a'), ALT, "\x1ba"),
            (ch('A'), ALT, "\x1bA"),
            (ch('a'), ALT | SHIFT, "\x1bA"),
            (ch('a'), Modifiers::META, "\x1ba"),
            (ch('a'), CTRL, "\x01"),
            (ch('A'), CTRL, "\x01"),
            (ch('z'), CTRL | SHIFT, "\x1a"),
            (ch('a'), CTRL | ALT, "\x1b\x01"),
            (ch(' '), CTRL, "\0"),
            (ch(' '), CTRL | ALT, "\x1b\0"),
            (ch(' '), SHIFT, " "),
            (ch('2'), CTRL, "\0"),
            (ch('3'), CTRL, "\x1b"),
            (ch('['), CTRL, "\x1b"),
            (ch('\\'), CTRL, "\x1c"),
            (ch(']'), CTRL, "\x1d"),
            (ch('^'), CTRL, "\x1e"),
            (ch('/'), CTRL, "\x1f"),
            (ch('_'), CTRL, "\x1f"),
            (ch('8'), CTRL, "\x7f"),
            (ch('?'), CTRL, "\x7f"),
            (ch('1'), CTRL, "1"),
            (ch(';'), CTRL, ";"),
            (ch('a'), SUPER, ""),
            (ch('a'), CTRL | SUPER, ""),
            (ch('a'), Modifiers::NUM_LOCK, "a"),
            (ch('a'), Modifiers::CAPS_LOCK, "A"),
            (ch('a'), Modifiers::CAPS_LOCK | CTRL, "\x01"),
            (KeyCode::Enter, NONE, "\r"),
            (KeyCode::Enter, SHIFT, "\r"),
            (KeyCode::Enter, CTRL, "\r"),
            (KeyCode::Enter, ALT, "\x1b\r"),
            (KeyCode::Tab, NONE, "\t"),
            (KeyCode::Tab, SHIFT, "\x1b[Z"),
            (KeyCode::Tab, CTRL, "\t"),
            (KeyCode::Tab, ALT, "\x1b\t"),
            (KeyCode::Backspace, NONE, "\x7f"),
            (KeyCode::Backspace, SHIFT, "\x7f"),
            (KeyCode::Backspace, CTRL, "\x08"),
            (KeyCode::Backspace, ALT, "\x1b\x7f"),
            (KeyCode::Escape, NONE, "\x1b"),
            (KeyCode::Escape, ALT, "\x1b\x1b"),
            (KeyCode::Up, NONE, "\x1b[A"),
            (KeyCode::Up, Modifiers::NUM_LOCK, "\x1b[A"),
            (KeyCode::Left, CTRL, "\x1b[1;5D"),
            (KeyCode::Right, ALT | SHIFT, "\x1b[1;4C"),
            (KeyCode::Home, NONE, "\x1b[H"),
            (KeyCode::End, SHIFT, "\x1b[1;2F"),
            (KeyCode::PageUp, NONE, "\x1b[5~"),
            (KeyCode::PageDown, CTRL, "\x1b[6;5~"),
            (KeyCode::Insert, NONE, "\x1b[2~"),
            (KeyCode::Delete, ALT, "\x1b[3;3~"),
            (KeyCode::F(1), NONE, "\x1bOP"),
            (KeyCode::F(4), SHIFT, "\x1b[1;2S"),
            (KeyCode::F(3), CTRL, "\x1b[1;5R"),
            (KeyCode::F(5), NONE, "\x1b[15~"),
            (KeyCode::F(12), CTRL | ALT, "\x1b[24;7~"),
            (KeyCode::F(13), NONE, "\x1b[25~"),
            (KeyCode::F(20), NONE, "\x1b[34~"),
            (KeyCode::F(21), NONE, "\x1b[20;2~"),
            (KeyCode::F(25), NONE, "\x1b[1;5P"),
            (KeyCode::Menu, NONE, "\x1b[29~"),
            (KeyCode::Keypad(KeypadKey::Digit(1)), NONE, "1"),
            (KeyCode::Keypad(KeypadKey::Enter), NONE, "\r"),
            (KeyCode::Keypad(KeypadKey::Home), NONE, "\x1b[H"),
            (KeyCode::Keypad(KeypadKey::Begin), NONE, "\x1b[E"),
            (KeyCode::Pause, NONE, ""),
            (KeyCode::CapsLock, NONE, ""),
            (KeyCode::Media(MediaKey::Play), NONE, ""),
            (KeyCode::Modifier(ModifierKey::LeftShift), SHIFT, ""),
        ],
    );
}

#[test]
fn application_modes_change_only_keys_without_modifiers() {
    let modes = Modes { application_cursor: true, application_keypad: true, newline: true, ..Modes::default() };
    check(
        &modes,
        &[
            (KeyCode::Up, NONE, "\x1bOA"),
            (KeyCode::End, NONE, "\x1bOF"),
            (KeyCode::Up, SHIFT, "\x1b[1;2A"),
            (KeyCode::F(1), NONE, "\x1bOP"),
            (KeyCode::Insert, NONE, "\x1b[2~"),
            (KeyCode::Keypad(KeypadKey::Digit(0)), NONE, "\x1bOp"),
            (KeyCode::Keypad(KeypadKey::Digit(9)), NONE, "\x1bOy"),
            (KeyCode::Keypad(KeypadKey::Digit(9)), Modifiers::NUM_LOCK, "9"),
            (KeyCode::Keypad(KeypadKey::Enter), NONE, "\x1bOM"),
            (KeyCode::Keypad(KeypadKey::Add), NONE, "\x1bOk"),
            (KeyCode::Keypad(KeypadKey::Left), NONE, "\x1bOD"),
            (KeyCode::Enter, NONE, "\r\n"),
        ],
    );
}

#[test]
fn shift_enter_is_what_the_provider_chose_where_the_modes_cannot_say_it() {
    let key = KeyEvent::new(KeyCode::Enter, SHIFT);
    let cases = [
        (Modes::default(), ShiftEnter::Cr, "\r"),
        (Modes::default(), ShiftEnter::EscCr, "\x1b\r"),
        (Modes::default(), ShiftEnter::Newline, "\n"),
        (other_keys(1), ShiftEnter::EscCr, "\x1b[27;2;13~"),
        (other_keys(2), ShiftEnter::Newline, "\x1b[27;2;13~"),
        (kitty(1), ShiftEnter::EscCr, "\x1b[13;2u"),
        (kitty(7), ShiftEnter::Cr, "\x1b[13;2u"),
    ];
    for (modes, policy, bytes) in cases {
        let mut out = Vec::new();
        encode_key_with(&key, &modes, policy, &mut out);
        assert_eq!(out, bytes.as_bytes(), "{policy:?} with {modes:?}");
    }
}

#[test]
fn modify_other_keys_1_spares_what_has_a_legacy_form() {
    check(
        &other_keys(1),
        &[
            (ch('a'), NONE, "a"),
            (ch('a'), CTRL, "\x01"),
            (ch('a'), ALT, "\x1ba"),
            (ch('1'), CTRL, "\x1b[27;5;49~"),
            (ch(';'), CTRL, "\x1b[27;5;59~"),
            (ch('/'), CTRL, "\x1f"),
            (ch('é'), CTRL, "\x1b[27;5;233~"),
            (KeyCode::Enter, NONE, "\r"),
            (KeyCode::Enter, SHIFT, "\x1b[27;2;13~"),
            (KeyCode::Enter, CTRL, "\x1b[27;5;13~"),
            (KeyCode::Enter, ALT, "\x1b\r"),
            (KeyCode::Tab, SHIFT, "\x1b[Z"),
            (KeyCode::Tab, CTRL, "\x1b[27;5;9~"),
            (KeyCode::Backspace, CTRL, "\x08"),
            (KeyCode::Up, CTRL, "\x1b[1;5A"),
            (ch('a'), SUPER, ""),
        ],
    );
}

#[test]
fn modify_other_keys_2_writes_all_modified_keys() {
    check(
        &other_keys(2),
        &[
            (ch('a'), NONE, "a"),
            (ch('a'), SHIFT, "A"),
            (ch('a'), CTRL, "\x1b[27;5;97~"),
            (ch('a'), CTRL | SHIFT, "\x1b[27;6;65~"),
            (ch('a'), ALT, "\x1b[27;3;97~"),
            (ch('a'), ALT | SHIFT, "\x1b[27;4;65~"),
            (ch(' '), CTRL, "\x1b[27;5;32~"),
            (KeyCode::Enter, NONE, "\r"),
            (KeyCode::Enter, ALT, "\x1b[27;3;13~"),
            (KeyCode::Tab, SHIFT, "\x1b[Z"),
            (KeyCode::Escape, SHIFT, "\x1b[27;2;27~"),
            (KeyCode::Backspace, CTRL, "\x1b[27;5;127~"),
            (KeyCode::Keypad(KeypadKey::Enter), CTRL, "\x1b[27;5;13~"),
            (KeyCode::Up, SHIFT, "\x1b[1;2A"),
        ],
    );
}

#[test]
fn kitty_disambiguation_leaves_text_alone() {
    check(
        &Modes { application_cursor: true, application_keypad: true, ..kitty(1) },
        &[
            (ch('a'), NONE, "a"),
            (ch('a'), SHIFT, "A"),
            (ch('A'), NONE, "A"),
            (ch('a'), Modifiers::CAPS_LOCK, "A"),
            (ch('a'), CTRL, "\x1b[97;5u"),
            (ch('a'), CTRL | SHIFT, "\x1b[97;6u"),
            (ch('a'), CTRL | Modifiers::NUM_LOCK, "\x1b[97;5u"),
            (ch('A'), ALT, "\x1b[97;4u"),
            (ch('a'), SUPER, "\x1b[97;9u"),
            (ch(' '), CTRL, "\x1b[32;5u"),
            (KeyCode::Escape, NONE, "\x1b[27u"),
            (KeyCode::Enter, NONE, "\r"),
            (KeyCode::Enter, Modifiers::NUM_LOCK, "\r"),
            (KeyCode::Enter, ALT, "\x1b[13;3u"),
            (KeyCode::Tab, NONE, "\t"),
            (KeyCode::Tab, SHIFT, "\x1b[9;2u"),
            (KeyCode::Backspace, NONE, "\x7f"),
            (KeyCode::Backspace, CTRL, "\x1b[127;5u"),
            (KeyCode::Up, NONE, "\x1b[A"),
            (KeyCode::Up, CTRL, "\x1b[1;5A"),
            (KeyCode::Up, Modifiers::NUM_LOCK, "\x1b[1;129A"),
            (ch('A'), CTRL, "\x1b[97;5u"),
            (KeyCode::F(1), NONE, "\x1b[P"),
            (KeyCode::F(3), NONE, "\x1b[13~"),
            (KeyCode::F(3), SHIFT, "\x1b[13;2~"),
            (KeyCode::F(5), NONE, "\x1b[15~"),
            (KeyCode::F(13), NONE, "\x1b[57376u"),
            (KeyCode::Delete, SHIFT, "\x1b[3;2~"),
            (KeyCode::Menu, NONE, "\x1b[57363u"),
            (KeyCode::Keypad(KeypadKey::Digit(1)), NONE, "1"),
            (KeyCode::Keypad(KeypadKey::Digit(1)), CTRL, "\x1b[57400;5u"),
            (KeyCode::Keypad(KeypadKey::Enter), NONE, "\x1b[57414u"),
            (KeyCode::Keypad(KeypadKey::Left), NONE, "\x1b[57417u"),
            (KeyCode::Modifier(ModifierKey::LeftShift), NONE, ""),
            (KeyCode::NumLock, NONE, ""),
        ],
    );
}

#[test]
fn kitty_reports_all_keys_where_asked() {
    check(
        &kitty(8),
        &[
            (ch('a'), NONE, "\x1b[97u"),
            (ch('a'), SHIFT, "\x1b[97;2u"),
            (ch('A'), NONE, "\x1b[97;2u"),
            (ch('a'), Modifiers::CAPS_LOCK, "\x1b[97;65u"),
            (KeyCode::Enter, NONE, "\x1b[13u"),
            (KeyCode::Tab, NONE, "\x1b[9u"),
            (KeyCode::Backspace, NONE, "\x1b[127u"),
            (KeyCode::Escape, NONE, "\x1b[27u"),
            (KeyCode::Modifier(ModifierKey::LeftShift), SHIFT, "\x1b[57441;2u"),
            (KeyCode::CapsLock, NONE, "\x1b[57358u"),
            (KeyCode::Keypad(KeypadKey::Digit(1)), NONE, "\x1b[57400u"),
        ],
    );
}

#[test]
fn without_disambiguation_kitty_keys_stay_legacy_where_they_can() {
    check(
        &kitty(4),
        &[
            (ch('a'), CTRL, "\x01"),
            (KeyCode::Escape, NONE, "\x1b"),
            (KeyCode::Up, NONE, "\x1b[A"),
            (ch('a'), SUPER, "\x1b[97;9u"),
            (KeyCode::Pause, NONE, "\x1b[57362u"),
        ],
    );
}

fn full(code: char, modifiers: Modifiers, shifted: Option<char>, base: Option<char>, text: Option<&str>) -> KeyEvent {
    KeyEvent { shifted, base, text: text.map(str::to_owned), ..KeyEvent::new(ch(code), modifiers) }
}

#[test]
fn kitty_kinds_alternates_and_text_are_sent_where_asked() {
    let release = |key: KeyEvent| KeyEvent { kind: KeyKind::Release, ..key };
    let repeat = |key: KeyEvent| KeyEvent { kind: KeyKind::Repeat, ..key };
    let a = || KeyEvent::char('a');
    let enter = || KeyEvent::new(KeyCode::Enter, NONE);
    let up = || KeyEvent::new(KeyCode::Up, NONE);
    let cases = [
        // Releases and repeats.
        (0, release(a()), ""),
        (0, repeat(a()), "a"),
        (1, release(up()), ""),
        (1, repeat(up()), "\x1b[A"),
        (2, repeat(up()), "\x1b[1;1:2A"),
        (2, release(up()), "\x1b[1;1:3A"),
        (3, release(KeyEvent::new(ch('a'), CTRL)), "\x1b[97;5:3u"),
        (3, repeat(a()), "a"),
        (3, release(a()), ""),
        (3, release(enter()), ""),
        (3, repeat(enter()), "\r"),
        (3, release(KeyEvent::new(KeyCode::Escape, NONE)), "\x1b[27;1:3u"),
        (10, a(), "\x1b[97u"),
        (10, repeat(a()), "\x1b[97;1:2u"),
        (10, release(a()), "\x1b[97;1:3u"),
        (10, release(enter()), "\x1b[13;1:3u"),
        (8, release(a()), ""),
        // Alternates.
        (5, full('a', CTRL | SHIFT, Some('A'), None, None), "\x1b[97:65;6u"),
        (5, KeyEvent::new(ch('a'), CTRL | SHIFT), "\x1b[97:65;6u"),
        (5, full('с', CTRL, None, Some('c'), None), "\x1b[1089::99;5u"),
        (5, full('с', CTRL | SHIFT, Some('С'), Some('c'), None), "\x1b[1089:1057:99;6u"),
        (5, full('a', CTRL, Some('A'), Some('a'), None), "\x1b[97;5u"),
        (1, full('a', CTRL | SHIFT, Some('A'), None, None), "\x1b[97;6u"),
        (12, full('5', SHIFT, Some('%'), None, None), "\x1b[53:37;2u"),
        (5, full('5', CTRL | SHIFT, Some('5'), Some('5'), None), "\x1b[53;6u"),
        (5, KeyEvent::new(KeyCode::Up, CTRL), "\x1b[1;5A"),
        // Text.
        (24, full('a', SHIFT, None, None, Some("A")), "\x1b[97;2;65u"),
        (24, a(), "\x1b[97;;97u"),
        (24, full('a', ALT, None, None, Some("å")), "\x1b[97;3;229u"),
        (24, KeyEvent::new(ch('a'), CTRL), "\x1b[97;5u"),
        (24, enter(), "\x1b[13u"),
        (24, up(), "\x1b[A"),
        (26, release(a()), "\x1b[97;1:3u"),
        (31, repeat(full('a', SHIFT, Some('A'), None, Some("A"))), "\x1b[97:65;2:2;65u"),
        (31, KeyEvent::char('A'), "\x1b[97:65;2;65u"),
        (31, KeyEvent::char('é'), "\x1b[233;;233u"),
        (16, a(), "a"),
        // Ctrl on a keyboard that is not Latin.
        (0, full('с', CTRL, None, Some('c'), None), "\x03"),
        (0, full('с', CTRL | ALT, None, Some('c'), None), "\x1b\x03"),
        (0, full('с', ALT, None, Some('c'), None), "\x1bс"),
        (0, full('\'', CTRL, None, Some('q'), None), "'"),
        // Text that Alt or AltGr produced is text.
        (0, full('l', ALT, None, None, Some("@")), "@"),
        (1, full('l', ALT, None, None, Some("@")), "@"),
        (0, full('5', SHIFT, Some('%'), None, None), "%"),
        (1, full('5', SHIFT, Some('%'), None, None), "%"),
    ];
    for (flags, key, bytes) in cases {
        assert_eq!(encoded(&key, &kitty(flags)), bytes, "{key:?} with flags {flags}");
    }
}

/// All keys that the protocol can name.
fn all_codes() -> Vec<KeyCode> {
    let numbers = (32..127).chain([9, 13, 27, 127, 0xe9, 0x6f22]).chain(57358..57364).chain(57376..57455);
    let named = [
        KeyCode::Left,
        KeyCode::Right,
        KeyCode::Up,
        KeyCode::Down,
        KeyCode::Home,
        KeyCode::End,
        KeyCode::PageUp,
        KeyCode::PageDown,
        KeyCode::Insert,
        KeyCode::Delete,
    ];
    numbers
        .filter_map(crate::input::functional::key_of_number)
        .filter(|code| !matches!(code, KeyCode::Char('A'..='Z')))
        .chain(named)
        .chain((1..=12).map(KeyCode::F))
        .collect()
}

fn parsed(bytes: &[u8]) -> Vec<InputEvent> {
    let mut parser = InputParser::new();
    let mut out = Vec::new();
    parser.feed(bytes, &mut out);
    parser.timeout(&mut out);
    out
}

#[test]
fn what_is_written_in_the_kitty_protocol_is_read_back_as_the_same_key() {
    for code in all_codes() {
        for modifiers in [NONE, SHIFT, ALT, CTRL, CTRL | SHIFT, SUPER | ALT, Modifiers::from_bits(255)] {
            for kind in [KeyKind::Press, KeyKind::Repeat, KeyKind::Release] {
                let mut key = KeyEvent { kind, ..KeyEvent::new(code, modifiers) };
                if let KeyCode::Char(c) = code {
                    key.shifted = c.is_alphabetic().then_some(crate::input::key::uppercase(c));
                    key.shifted = key.shifted.filter(|upper| modifiers.contains(SHIFT) && *upper != c);
                    key.base = Some('§');
                }
                key.text = key.typed();
                let mut out = Vec::new();
                encode_key(&key, &kitty(31), &mut out);
                assert_eq!(parsed(&out), [InputEvent::Key(key)], "{:?}", String::from_utf8_lossy(&out));
            }
        }
    }
}

#[test]
fn what_legacy_can_say_is_read_back_as_the_same_key() {
    let special = [
        KeyCode::Left,
        KeyCode::Right,
        KeyCode::Up,
        KeyCode::Down,
        KeyCode::Home,
        KeyCode::End,
        KeyCode::PageUp,
        KeyCode::PageDown,
        KeyCode::Insert,
        KeyCode::Delete,
    ];
    let mut keys = Vec::new();
    for code in special.into_iter().chain((1..=20).map(KeyCode::F)) {
        keys.extend((0..64).map(|bits| KeyEvent::new(code, Modifiers::from_bits(bits))));
    }
    for c in (' '..='~').chain(['é', '漢', '🙂']) {
        keys.push(KeyEvent::char(c));
        if !matches!(c, '[' | 'O' | 'P' | 'X' | ']' | '^' | '_') {
            keys.push(KeyEvent::new(ch(c), ALT));
        }
    }
    // Ctrl+I, +J, +M are Tab, (itself), Enter; Ctrl+[ is Escape.
    for c in ('a'..='z').filter(|c| !"im".contains(*c)).chain([' ', '\\', ']', '^', '_']) {
        keys.extend([CTRL, CTRL | ALT].map(|modifiers| KeyEvent::new(ch(c), modifiers)));
    }
    for code in [KeyCode::Enter, KeyCode::Tab, KeyCode::Backspace] {
        keys.extend([NONE, ALT].map(|modifiers| KeyEvent::new(code, modifiers)));
    }
    keys.push(KeyEvent::new(KeyCode::Escape, NONE));
    keys.extend([SHIFT, SHIFT | ALT].map(|modifiers| KeyEvent::new(KeyCode::Tab, modifiers)));
    for application_cursor in [false, true] {
        let modes = Modes { application_cursor, ..Modes::default() };
        for key in &keys {
            let mut out = Vec::new();
            encode_key(key, &modes, &mut out);
            assert_eq!(parsed(&out), [InputEvent::Key(key.clone())], "{:?}", String::from_utf8_lossy(&out));
        }
    }
}

#[test]
fn a_paste_cannot_press_keys_or_leave_its_brackets() {
    let bracketed = Modes { bracketed_paste: true, ..Modes::default() };
    let cases: &[(&Modes, &[u8], &[u8])] = &[
        (&bracketed, b"a\tb\r\nc\nd", b"\x1b[200~a\tb\r\nc\nd\x1b[201~"),
        (&bracketed, b"a\x1b[201~b\x1b[200~c", b"\x1b[200~abc\x1b[201~"),
        (&bracketed, b"\x1b\x1b[201~[201~x", b"\x1b[200~[201~x\x1b[201~"),
        (&bracketed, b"\x03\x1b[A\x7f\0\x08x", b"\x1b[200~[Ax\x1b[201~"),
        (&bracketed, "é漢🙂\u{9b}201~\u{a0}".as_bytes(), "\x1b[200~é漢🙂201~\u{a0}\x1b[201~".as_bytes()),
        (&bracketed, b"\xc2\x1b\x80x", b"\x1b[200~x\x1b[201~"),
        (&bracketed, b"\xff\xc2", b"\x1b[200~\xff\xc2\x1b[201~"),
        (&bracketed, b"", b"\x1b[200~\x1b[201~"),
        (&Modes::default(), b"a\r\nb\nc\rd\x1b[A\te", b"a\rb\rc\rd[A\te"),
    ];
    for (modes, paste, bytes) in cases {
        let mut out = Vec::new();
        encode_paste(paste, modes, &mut out);
        assert_eq!(out, *bytes, "{:?}", String::from_utf8_lossy(paste));
    }
}

#[test]
fn a_paste_leaves_alone_what_was_written_before_it() {
    let mut out = vec![0xc2];
    encode_paste(b"\x80", &Modes::default(), &mut out);
    assert_eq!(out, [0xc2, 0x80]);
}

#[test]
fn focus_is_told_only_where_asked() {
    let mut out = Vec::new();
    encode_focus(Focus::Gained, &Modes::default(), &mut out);
    assert_eq!(out, b"");
    let modes = Modes { focus_events: true, ..Modes::default() };
    encode_focus(Focus::Gained, &modes, &mut out);
    encode_focus(Focus::Lost, &modes, &mut out);
    assert_eq!(out, b"\x1b[I\x1b[O");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_bracketed_paste_holds_one_end_mark_whatever_is_pasted(
        parts in proptest::collection::vec(
            prop_oneof![
                Just(b"\x1b".to_vec()), Just(b"[201~".to_vec()), Just(b"\x1b[20".to_vec()), Just(b"1~".to_vec()),
                Just(b"\xc2\x9b".to_vec()), Just(b"\xc2".to_vec()), proptest::collection::vec(any::<u8>(), 0..5),
            ],
            0..12,
        ),
    ) {
        let modes = Modes { bracketed_paste: true, ..Modes::default() };
        let mut out = Vec::new();
        encode_paste(&parts.concat(), &modes, &mut out);
        prop_assert_eq!(out.iter().filter(|b| **b == 0x1b).count(), 2);
        prop_assert!(!out.windows(2).any(|pair| pair[0] == 0xc2 && (0x80..0xa0).contains(&pair[1])));
    }
}
