use proptest::prelude::*;

use super::*;
use crate::input::event::{
    ColorScheme, KeyKind, KeypadKey, MediaKey, ModifierKey, MouseEvent, MouseKind, TerminalReply,
};

const SHIFT: Modifiers = Modifiers::SHIFT;
const ALT: Modifiers = Modifiers::ALT;
const CTRL: Modifiers = Modifiers::CTRL;
const NONE: Modifiers = Modifiers::NONE;

fn parse(bytes: &[u8]) -> Vec<InputEvent> {
    let mut parser = InputParser::new();
    let mut out = Vec::new();
    parser.feed(bytes, &mut out);
    out
}

fn key(code: KeyCode, modifiers: Modifiers) -> InputEvent {
    InputEvent::Key(KeyEvent::new(code, modifiers))
}

fn c(c: char, modifiers: Modifiers) -> InputEvent {
    key(KeyCode::Char(c), modifiers)
}

fn mouse(kind: MouseKind, column: u16, row: u16, modifiers: Modifiers) -> InputEvent {
    InputEvent::Mouse(MouseEvent { kind, column, row, modifiers })
}

#[test]
fn legacy_keys_are_understood() {
    let cases: &[(&[u8], KeyCode, Modifiers)] = &[
        (b"a", KeyCode::Char('a'), NONE),
        (b"A", KeyCode::Char('A'), NONE),
        ("é".as_bytes(), KeyCode::Char('é'), NONE),
        ("漢".as_bytes(), KeyCode::Char('漢'), NONE),
        ("！".as_bytes(), KeyCode::Char('！'), NONE),
        ("🙂".as_bytes(), KeyCode::Char('🙂'), NONE),
        (b"\x1ba", KeyCode::Char('a'), ALT),
        ("\x1bé".as_bytes(), KeyCode::Char('é'), ALT),
        (b"\x1b\x01", KeyCode::Char('a'), CTRL.union(ALT)),
        (b"\x00", KeyCode::Char(' '), CTRL),
        (b"\x01", KeyCode::Char('a'), CTRL),
        (b"\x08", KeyCode::Char('h'), CTRL),
        (b"\t", KeyCode::Tab, NONE),
        (b"\n", KeyCode::Char('j'), CTRL),
        (b"\r", KeyCode::Enter, NONE),
        (b"\x1b\r", KeyCode::Enter, ALT),
        (b"\x1a", KeyCode::Char('z'), CTRL),
        (b"\x1c", KeyCode::Char('\\'), CTRL),
        (b"\x1d", KeyCode::Char(']'), CTRL),
        (b"\x1e", KeyCode::Char('^'), CTRL),
        (b"\x1f", KeyCode::Char('_'), CTRL),
        (b"\x7f", KeyCode::Backspace, NONE),
        (b"\x1b\x7f", KeyCode::Backspace, ALT),
        (b"\x1b[A", KeyCode::Up, NONE),
        (b"\x1bOB", KeyCode::Down, NONE),
        (b"\x1b[1;5C", KeyCode::Right, CTRL),
        (b"\x1b[5D", KeyCode::Left, CTRL),
        (b"\x1b\x1b[A", KeyCode::Up, ALT),
        (b"\x1b\x1bOA", KeyCode::Up, ALT),
        (b"\x1b[H", KeyCode::Home, NONE),
        (b"\x1b[1~", KeyCode::Home, NONE),
        (b"\x1b[7~", KeyCode::Home, NONE),
        (b"\x1b[4~", KeyCode::End, NONE),
        (b"\x1b[8~", KeyCode::End, NONE),
        (b"\x1bOF", KeyCode::End, NONE),
        (b"\x1b[2~", KeyCode::Insert, NONE),
        (b"\x1b[3;5~", KeyCode::Delete, CTRL),
        (b"\x1b[5~", KeyCode::PageUp, NONE),
        (b"\x1b[6;2~", KeyCode::PageDown, SHIFT),
        (b"\x1b[Z", KeyCode::Tab, SHIFT),
        (b"\x1b[1;5Z", KeyCode::Tab, SHIFT.union(CTRL)),
        (b"\x1bOP", KeyCode::F(1), NONE),
        (b"\x1b[1;2P", KeyCode::F(1), SHIFT),
        (b"\x1bO1;5Q", KeyCode::F(2), CTRL),
        (b"\x1bO5S", KeyCode::F(4), CTRL),
        (b"\x1bOR", KeyCode::F(3), NONE),
        (b"\x1b[R", KeyCode::F(3), NONE),
        (b"\x1b[1;5R", KeyCode::F(3), CTRL),
        (b"\x1b[[A", KeyCode::F(1), NONE),
        (b"\x1b[[E", KeyCode::F(5), NONE),
        (b"\x1b[11~", KeyCode::F(1), NONE),
        (b"\x1b[15~", KeyCode::F(5), NONE),
        (b"\x1b[24;6~", KeyCode::F(12), CTRL.union(SHIFT)),
        (b"\x1b[34~", KeyCode::F(20), NONE),
        (b"\x1bOq", KeyCode::Keypad(KeypadKey::Digit(1)), NONE),
        (b"\x1bOM", KeyCode::Keypad(KeypadKey::Enter), NONE),
        (b"\x1bOk", KeyCode::Keypad(KeypadKey::Add), NONE),
        (b"\x1b[E", KeyCode::Keypad(KeypadKey::Begin), NONE),
        (b"\x1b[27;5;49~", KeyCode::Char('1'), CTRL),
        (b"\x1b[27;2;13~", KeyCode::Enter, SHIFT),
        (b"\x1b[27;5;9~", KeyCode::Tab, CTRL),
        (b"\x1b[27;3;127~", KeyCode::Backspace, ALT),
    ];
    for (bytes, code, modifiers) in cases {
        assert_eq!(parse(bytes), [key(*code, *modifiers)], "{:?}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn kitty_keys_are_understood() {
    let plain = |code, modifiers| KeyEvent::new(code, modifiers);
    let kind = |kind, code, modifiers| KeyEvent { kind, ..KeyEvent::new(code, modifiers) };
    let cases: Vec<(&[u8], KeyEvent)> = vec![
        (b"\x1b[97u", plain(KeyCode::Char('a'), NONE)),
        (b"\x1b[97;5u", plain(KeyCode::Char('a'), CTRL)),
        (b"\x1b[13;2u", plain(KeyCode::Enter, SHIFT)),
        (b"\x1b[27u", plain(KeyCode::Escape, NONE)),
        (b"\x1b[9;5u", plain(KeyCode::Tab, CTRL)),
        (b"\x1b[127;5u", plain(KeyCode::Backspace, CTRL)),
        (b"\x1b[97;9u", plain(KeyCode::Char('a'), Modifiers::SUPER)),
        (b"\x1b[97;69u", plain(KeyCode::Char('a'), CTRL | Modifiers::CAPS_LOCK)),
        (b"\x1b[97;1:2u", kind(KeyKind::Repeat, KeyCode::Char('a'), NONE)),
        (b"\x1b[97;1:3u", kind(KeyKind::Release, KeyCode::Char('a'), NONE)),
        (b"\x1b[1;1:3A", kind(KeyKind::Release, KeyCode::Up, NONE)),
        (b"\x1b[1;1:3R", kind(KeyKind::Release, KeyCode::F(3), NONE)),
        (b"\x1b[3;5:2~", kind(KeyKind::Repeat, KeyCode::Delete, CTRL)),
        (b"\x1b[13~", plain(KeyCode::F(3), NONE)),
        (b"\x1b[57441;2u", plain(KeyCode::Modifier(ModifierKey::LeftShift), SHIFT)),
        (b"\x1b[57400u", plain(KeyCode::Keypad(KeypadKey::Digit(1)), NONE)),
        (b"\x1b[57427~", plain(KeyCode::Keypad(KeypadKey::Begin), NONE)),
        (b"\x1b[57430u", plain(KeyCode::Media(MediaKey::PlayPause), NONE)),
        (b"\x1b[57363u", plain(KeyCode::Menu, NONE)),
        (b"\x1b[57398u", plain(KeyCode::F(35), NONE)),
        (b"\x1b[57345u", plain(KeyCode::Enter, NONE)),
        (
            b"\x1b[97:65:99;2;65u",
            KeyEvent {
                text: Some("A".to_owned()),
                shifted: Some('A'),
                base: Some('c'),
                ..plain(KeyCode::Char('a'), SHIFT)
            },
        ),
        (b"\x1b[1089::99;5u", KeyEvent { base: Some('c'), ..plain(KeyCode::Char('с'), CTRL) }),
        (b"\x1b[97;;229u", KeyEvent { text: Some("å".to_owned()), ..plain(KeyCode::Char('a'), NONE) }),
        (b"\x1b[97;;229:770u", KeyEvent { text: Some("å\u{302}".to_owned()), ..plain(KeyCode::Char('a'), NONE) }),
        (b"\x1b[13;;13u", plain(KeyCode::Enter, NONE)),
        (b"\x1b[27;6;65~", KeyEvent { shifted: Some('A'), ..plain(KeyCode::Char('A'), CTRL | SHIFT) }),
    ];
    for (bytes, event) in cases {
        assert_eq!(parse(bytes), [InputEvent::Key(event)], "{:?}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn text_of_an_input_method_comes_as_its_characters() {
    assert_eq!(parse(b"\x1b[0;;28450:23383u"), [c('漢', NONE), c('字', NONE)]);
}

#[test]
fn mouse_events_are_understood_in_all_encodings() {
    use MouseButton::{Extra, Left, Middle, Right};
    use MouseKind::{Drag, Move, Press, Release, ScrollDown, ScrollLeft, ScrollRight, ScrollUp};
    let cases: &[(&[u8], MouseKind, u16, u16, Modifiers)] = &[
        (b"\x1b[<0;1;1M", Press(Left), 0, 0, NONE),
        (b"\x1b[<0;300;200m", Release(Left), 299, 199, NONE),
        (b"\x1b[<1;5;6M", Press(Middle), 4, 5, NONE),
        (b"\x1b[<2;5;6M", Press(Right), 4, 5, NONE),
        (b"\x1b[<32;5;6M", Drag(Left), 4, 5, NONE),
        (b"\x1b[<35;5;6M", Move, 4, 5, NONE),
        (b"\x1b[<64;5;6M", ScrollUp, 4, 5, NONE),
        (b"\x1b[<69;5;6M", ScrollDown, 4, 5, SHIFT),
        (b"\x1b[<66;5;6M", ScrollLeft, 4, 5, NONE),
        (b"\x1b[<67;5;6M", ScrollRight, 4, 5, NONE),
        (b"\x1b[<28;5;6M", Press(Left), 4, 5, SHIFT.union(ALT).union(CTRL)),
        (b"\x1b[<128;5;6M", Press(Extra(8)), 4, 5, NONE),
        (b"\x1b[<0;0;0M", Press(Left), 0, 0, NONE),
        (b"\x1b[<0;99999;1M", Press(Left), u16::MAX, 0, NONE),
        (b"\x1b[M !!", Press(Left), 0, 0, NONE),
        (b"\x1b[M\"\xff\x22", Press(Right), 222, 1, NONE),
        (b"\x1b[M`%&", ScrollUp, 4, 5, NONE),
        (b"\x1b[32;5;6M", Press(Left), 4, 5, NONE),
        (b"\x1b[96;5;6M", ScrollUp, 4, 5, NONE),
    ];
    for (bytes, kind, column, row, modifiers) in cases {
        assert_eq!(parse(bytes), [mouse(*kind, *column, *row, *modifiers)], "{:?}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn a_release_that_does_not_name_its_button_is_of_the_one_that_is_down() {
    let events = parse(b"\x1b[M\"!!\x1b[M#!!");
    let release = mouse(MouseKind::Release(MouseButton::Right), 0, 0, NONE);
    assert_eq!(events, [mouse(MouseKind::Press(MouseButton::Right), 0, 0, NONE), release]);
}

#[test]
fn replies_are_told_from_keys() {
    use TerminalReply::{
        Background, CursorPosition, DarkLight, DeviceAttributes, Foreground, KittyFlags, Mode, Other, Palette, Version,
    };
    let cases: Vec<(&[u8], TerminalReply)> = vec![
        (b"\x1b]10;rgb:ffff/8080/0000\x1b\\", Foreground(255, 128, 0)),
        (b"\x1b]11;rgb:f/8/0\x07", Background(255, 136, 0)),
        (b"\x1b]11;rgb:1e/1e/2e\x07", Background(0x1e, 0x1e, 0x2e)),
        (b"\x1b]11;rgb:fff/800/000\x07", Background(255, 128, 0)),
        (b"\x1b]11;rgba:1e1e/1e1e/2e2e/ffff\x07", Background(0x1e, 0x1e, 0x2e)),
        (b"\x1b]11;#1e1e2e\x07", Background(0x1e, 0x1e, 0x2e)),
        (b"\x1b]4;17;rgb:00/00/5f\x07", Palette { index: 17, color: (0, 0, 0x5f) }),
        (b"\x1b]11;gibberish\x07", Other),
        ("\x1b]11;#é\x07".as_bytes(), Other),
        (b"\x1b]52;c;aGk=\x07", Other),
        (b"\x1b[?62;4c", DeviceAttributes(vec![62, 4])),
        (b"\x1b[?6c", DeviceAttributes(vec![6])),
        (b"\x1b[>1;10;0c", Other),
        (b"\x1bP>|foot(1.2.3)\x1b\\", Version("foot(1.2.3)".to_owned())),
        (b"\x1bP1+r544e=787465726d\x1b\\", Other),
        (b"\x1b_Gi=31;OK\x1b\\", Other),
        (b"\x1b[?31u", KittyFlags(31)),
        (b"\x1b[?0u", KittyFlags(0)),
        (b"\x1b[?2026;2$y", Mode { mode: 2026, value: 2 }),
        (b"\x1b[?997;1n", DarkLight(ColorScheme::Dark)),
        (b"\x1b[?997;2n", DarkLight(ColorScheme::Light)),
        (b"\x1b[0n", Other),
        (b"\x1b[12;40R", CursorPosition { row: 11, column: 39 }),
        (b"\x1b[1;1R", CursorPosition { row: 0, column: 0 }),
        (b"\x1b[?1;5R", CursorPosition { row: 0, column: 4 }),
        (b"\x1b[4;500;800t", Other),
    ];
    for (bytes, reply) in cases {
        assert_eq!(parse(bytes), [InputEvent::Reply(reply)], "{:?}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn an_expected_cursor_position_is_not_f3() {
    let mut parser = InputParser::new();
    let mut out = Vec::new();
    parser.expect_cursor_position();
    parser.feed(b"\x1b[1;5R\x1b[1;5R", &mut out);
    let position = InputEvent::Reply(TerminalReply::CursorPosition { row: 0, column: 4 });
    assert_eq!(out, [position, key(KeyCode::F(3), CTRL)]);
}

#[test]
fn sequences_that_nobody_knows_are_swallowed_whole() {
    let cases: &[&[u8]] = &[
        b"\x1b[99~",
        b"\x1b[?25h",
        b"\x1b[>4;2m",
        b"\x1b[1;2;3;4;5;6;7z",
        b"\x1b[1 q",
        b"\x1b[!p",
        b"\x1b[[Z",
        b"\x1bOz",
        b"\x1b[57999u",
        b"\x1b[55296u",
        b"\x1b[4294967296;9999999999u",
        b"\x1b[<u",
        b"\x1b[<1M",
        b"\x1b^private message\x1b\\",
        b"\x1bXstart of string\x1b\\",
        b"\xff\xfe\x80",
        b"\xc3\x28"[..1].as_ref(),
        "\u{85}".as_bytes(),
    ];
    for bytes in cases {
        let mut events = parse(bytes);
        events.retain(|event| !matches!(event, InputEvent::Reply(TerminalReply::Other)));
        assert_eq!(events, [], "{:?}", String::from_utf8_lossy(bytes));
        assert_eq!(parse(&[bytes, &b"x"[..]].concat()).last(), Some(&c('x', NONE)), "{bytes:?}");
    }
}

#[test]
fn what_is_too_long_is_swallowed_too() {
    let long_csi = [b"\x1b[".to_vec(), vec![b'1'; 5000], b"Ax".to_vec()].concat();
    assert_eq!(parse(&long_csi), [c('x', NONE)]);
    let long_osc = [b"\x1b]11;".to_vec(), vec![b'1'; 200_000], b"\x07x".to_vec()].concat();
    assert_eq!(parse(&long_osc), [c('x', NONE)]);
}

#[test]
fn a_control_byte_gets_the_user_out_of_an_unfinished_sequence() {
    for start in ["\x1b[1;", "\x1b]11;rgb", "\x1bO1", "\x1b[M!"] {
        let bytes = [start.as_bytes(), b"\x03"].concat();
        assert_eq!(parse(&bytes), [c('c', CTRL)], "{start:?}");
    }
    assert_eq!(parse(b"\x1b[1;\x1b[A"), [key(KeyCode::Up, NONE)]);
    assert_eq!(parse(b"\x1b]11;rgb\x1b[A"), [key(KeyCode::Up, NONE)]);
}

#[test]
fn a_paste_is_one_event_and_its_bytes_are_no_keys() {
    let events = parse(b"a\x1b[200~x\x1b[A\r\n\xff\x1b[201~b\x1b[200~\x1b[201~");
    let paste = InputEvent::Paste(b"x\x1b[A\r\n\xff".to_vec());
    assert_eq!(events, [c('a', NONE), paste, c('b', NONE), InputEvent::Paste(Vec::new())]);
}

#[test]
fn an_end_mark_is_found_wherever_it_is_cut() {
    let stream = b"\x1b[200~ab\x1b[20\x1b[201~z";
    for cut in 0..stream.len() {
        for second in cut..stream.len() {
            let mut parser = InputParser::new();
            let mut out = Vec::new();
            for part in [&stream[..cut], &stream[cut..second], &stream[second..]] {
                parser.feed(part, &mut out);
            }
            assert_eq!(out, [InputEvent::Paste(b"ab\x1b[20".to_vec()), c('z', NONE)], "{cut} {second}");
        }
    }
}

#[test]
fn a_large_paste_in_small_chunks_arrives_whole() {
    let text: Vec<u8> = (0..1_500_000u32).map(|n| b'a' + (n % 26) as u8).collect();
    let mut parser = InputParser::new();
    let mut out = Vec::new();
    parser.feed(b"\x1b[200~", &mut out);
    for chunk in text.chunks(7) {
        parser.feed(chunk, &mut out);
    }
    assert!(out.is_empty() && !parser.is_waiting());
    parser.feed(b"\x1b[201~", &mut out);
    assert_eq!(out, [InputEvent::Paste(text)]);
}

#[test]
fn a_paste_over_the_limit_comes_in_pieces_cut_between_characters() {
    let text = "aé漢🙂".repeat(20);
    let mut stream = text.clone().into_bytes();
    stream.extend(PASTE_END);
    for chunk in [1, 5, 1000] {
        let mut parser = InputParser { state: State::Paste, ..InputParser::default() };
        let mut out = Vec::new();
        for bytes in stream.chunks(chunk) {
            let mut rest = bytes;
            while !rest.is_empty() {
                rest = parser.paste(rest, 16, &mut out);
            }
        }
        let pieces: Vec<String> = out
            .into_iter()
            .map(|event| match event {
                InputEvent::Paste(bytes) => String::from_utf8(bytes).expect("cut between characters"),
                other => panic!("{other:?}"),
            })
            .collect();
        assert!(pieces.len() > 3 && pieces.iter().all(|piece| piece.len() <= 16 + PASTE_END.len()));
        assert_eq!(pieces.concat(), text);
    }
}

/// The bytes, then time-outs until nothing is held back.
fn parse_and_wait(bytes: &[u8]) -> Vec<InputEvent> {
    let mut parser = InputParser::new();
    let mut out = Vec::new();
    parser.feed(bytes, &mut out);
    for _ in 0..=PATIENCE {
        if parser.is_waiting() {
            parser.timeout(&mut out);
        }
    }
    assert!(!parser.is_waiting());
    out
}

#[test]
fn after_a_time_out_what_can_be_a_key_is_one() {
    let escape = || key(KeyCode::Escape, NONE);
    let cases: Vec<(&[u8], Vec<InputEvent>)> = vec![
        (b"\x1b", vec![escape()]),
        (b"\x1b\x1b", vec![escape(), escape()]),
        (b"\x1b[", vec![c('[', ALT)]),
        (b"\x1b\x1b[", vec![escape(), c('[', ALT)]),
        (b"\x1bO", vec![c('O', ALT)]),
        (b"\x1b]", vec![c(']', ALT)]),
        (b"\x1bP", vec![c('P', ALT)]),
        (b"\x1b[1;", vec![]),
        (b"\x1b]11;rgb:", vec![]),
        (b"\x1b[M!", vec![]),
    ];
    for (bytes, events) in cases {
        assert_eq!(parse_and_wait(bytes), events, "{:?}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn a_sequence_that_pauses_for_a_moment_is_still_one() {
    let mut parser = InputParser::new();
    let mut out = Vec::new();
    for part in [&b"\x1b[1"[..], b";"] {
        parser.feed(part, &mut out);
        for _ in 1..PATIENCE {
            parser.timeout(&mut out);
        }
    }
    parser.feed(b"5A", &mut out);
    assert_eq!(out, [key(KeyCode::Up, CTRL)]);
}

#[test]
fn escapes_in_one_chunk_are_presses() {
    assert_eq!(parse(b"\x1b\x1bx"), [key(KeyCode::Escape, NONE), c('x', ALT)]);
    assert_eq!(parse_and_wait(b"\x1b\x1b\x1b"), vec![key(KeyCode::Escape, NONE); 3]);
}

/// Pieces of streams, so that random ones reach all states.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    const PIECES: &[&[u8]] = &[
        b"\x1b",
        b"\x1b[",
        b"\x1b[200~",
        b"\x1b[201~",
        b"\x1b]11;",
        b"\x1b\\",
        b"\x1bP>|",
        b"\x1bO",
        b"\x1b[M",
        b"\x1b[<",
        b"0;1;1",
        b"97:65;2:3;65",
        b"A",
        b"u",
        b"~",
        b"M",
        b"R",
        b"\x07",
        b"\xc3",
        b"\xa9",
        b"\xf0\x9f",
        b"\x99\x82",
        b"x",
        b"27;5;97~",
        b"?997;1n",
        b"[",
        b";",
        b"1",
    ];
    prop_oneof![
        3 => (0..PIECES.len()).prop_map(|n| PIECES[n].to_vec()),
        1 => proptest::collection::vec(any::<u8>(), 0..4),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn cutting_a_stream_anywhere_changes_nothing(
        pieces in proptest::collection::vec(piece(), 0..20),
        cuts in proptest::collection::vec(1usize..6, 1..8),
    ) {
        let stream = pieces.concat();
        let whole = parse(&stream);
        let mut parser = InputParser::new();
        let mut out = Vec::new();
        let mut rest = &stream[..];
        for length in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (part, next) = rest.split_at((*length).min(rest.len()));
            parser.feed(part, &mut out);
            rest = next;
        }
        prop_assert_eq!(out, whole);
    }

    #[test]
    fn no_event_holds_a_control_character_and_the_parser_comes_to_rest(
        pieces in proptest::collection::vec(piece(), 0..20),
    ) {
        for event in parse_and_wait(&pieces.concat()) {
            if let InputEvent::Key(key) = event {
                if let KeyCode::Char(c) = key.code {
                    prop_assert!(!c.is_control());
                }
                prop_assert!(!key.text.unwrap_or_default().contains(char::is_control));
            }
        }
    }
}
