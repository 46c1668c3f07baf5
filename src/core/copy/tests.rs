//! Copy mode as tables: what a terminal printed, keys, and what comes of it.

use proptest::prelude::{Just, Strategy, any, prop, prop_assert, prop_assert_eq, prop_oneof, proptest};

use super::*;
use crate::core::dialog::DialogKey;
use crate::core::input::dialog_key;
use crate::input::event::{KeyCode, KeyEvent};
use crate::input::keypress::KeyPress;
use crate::term::TerminalOptions;
use crate::term::links::{addresses, is_openable};
use crate::time::Instant;
use mouse::Clicks;

fn terminal(size: Size, printed: &str) -> Terminal {
    let mut terminal = Terminal::new(size, TerminalOptions::default());
    terminal.feed(printed.replace('\n', "\r\n").as_bytes());
    terminal
}

/// Keys as words between blanks; a word of several characters that is no key's name is typed.
fn press(copy: &mut CopyMode, terminal: &Terminal, keys: &str) -> CopyOutcome {
    let mut outcome = CopyOutcome::Stay;
    for word in keys.split(' ').filter(|word| !word.is_empty()) {
        let events: Vec<KeyEvent> = match word.parse::<KeyPress>() {
            Ok(press) => vec![press.to_event()],
            Err(_) => word.chars().map(|c| KeyEvent::char(if c == '·' { ' ' } else { c })).collect(),
        };
        for event in events {
            outcome = copy.key(&event, dialog_key(&event), terminal);
            while copy.is_searching() {
                copy.search_on(terminal, Instant::default());
            }
        }
    }
    outcome
}

const TEXT: &str = "fn refresh(&mut self) {\n    let x = self.old;\n\n    // see (a[1]) there\n}\n\nlast words";

/// The cursor after the keys, as line and cell, on `TEXT` from its first cell.
fn cursor_after(keys: &str) -> (u64, usize) {
    let terminal = terminal(Size::new(40, 10), TEXT);
    let mut copy = CopyMode::new(PaneId::new(1).expect("not zero"), &terminal, Size::new(40, 10), Entry::Key);
    press(&mut copy, &terminal, "g");
    press(&mut copy, &terminal, keys);
    (copy.cursor.line, copy.cursor.cell)
}

#[test]
fn motions_go_where_vi_goes() {
    let cases: &[(&str, (u64, usize))] = &[
        ("", (0, 0)),
        ("l l l", (0, 3)),
        ("5l", (0, 5)),
        ("99l", (0, 22)),
        ("3l 2h", (0, 1)),
        ("w", (0, 3)),
        ("w w", (0, 10)),
        ("W W", (0, 16)),
        ("e", (0, 1)),
        ("e e", (0, 9)),
        ("E E", (0, 14)),
        ("4w", (0, 16)),
        ("j ^", (1, 4)),
        ("j $", (1, 20)),
        ("$ j", (1, 20)),
        ("$ j 0", (1, 0)),
        ("10l j j j", (3, 10)),
        ("2j w", (3, 4)),
        ("j 0 b", (0, 22)),
        ("3j ^ b", (2, 0)),
        ("}", (2, 0)),
        ("} }", (5, 0)),
        ("} } }", (7, 0)),
        ("G {", (5, 0)),
        ("G", (6, 0)),
        ("3G", (2, 0)),
        ("fs", (0, 8)),
        ("2fs", (0, 16)),
        ("fe ; ,", (0, 4)),
        ("te ;", (0, 6)),
        ("$ Fr", (0, 6)),
        ("$ Tr", (0, 7)),
        ("fz", (0, 0)),
        ("3j f( %", (3, 16)),
        ("%", (0, 20)),
        ("$ %", (4, 0)),
        ("L", (9, 0)),
        ("M", (5, 0)),
        ("G H", (0, 0)),
        ("g G g g", (0, 0)),
        ("down right end home", (1, 0)),
    ];
    for (keys, expected) in cases {
        assert_eq!(cursor_after(keys), *expected, "{keys:?}");
    }
}

/// What the keys copy.
fn copied(size: Size, printed: &str, keys: &str) -> Option<String> {
    let terminal = terminal(size, printed);
    let mut copy = CopyMode::new(PaneId::new(1).expect("not zero"), &terminal, size, Entry::Key);
    press(&mut copy, &terminal, "g");
    match press(&mut copy, &terminal, keys) {
        CopyOutcome::Copy(text) => Some(text.as_str().to_owned()),
        _ => None,
    }
}

#[test]
fn selections_are_copied_as_they_look() {
    let wide = "漢字 text\nab👍🏽cd";
    let long = "abcdefghijklmnopqrstuvwxyz\nsecond";
    let size = Size::new(40, 10);
    let narrow = Size::new(10, 6);
    let cases: &[(Size, &str, &str, Option<&str>)] = &[
        (size, TEXT, "v e y", Some("fn")),
        (size, TEXT, "v enter", Some("f")),
        (size, TEXT, "w v 0 y", Some("fn r")),
        (size, TEXT, "v j y", Some("fn refresh(&mut self) {\n ")),
        (size, TEXT, "V j y", Some("fn refresh(&mut self) {\n    let x = self.old;\n")),
        (size, TEXT, "Y", Some("fn refresh(&mut self) {\n")),
        (size, TEXT, "j ^ ctrl+v 2j 3l y", Some("let\n\n// s")),
        (size, TEXT, "v e o l y", Some("n")),
        (size, TEXT, "v V y", Some("fn refresh(&mut self) {\n")),
        (size, TEXT, "v v y", None),
        (size, TEXT, "v esc y", None),
        (size, wide, "v y", Some("漢")),
        (size, wide, "l v y", Some("字")),
        (size, wide, "l ctrl+v j l y", Some("字 te\n👍🏽c")),
        // A wrapped line is one line.
        (narrow, long, "v $ y", Some("abcdefghijklmnopqrstuvwxyz")),
        (narrow, long, "v j y", Some("abcdefghijk")),
        (narrow, long, "V y", Some("abcdefghijklmnopqrstuvwxyz\n")),
        (narrow, long, "ctrl+v j l y", Some("ab\nkl")),
        // Part of it has left the screen.
        (Size::new(10, 2), long, "v $ y", Some("abcdefghijklmnopqrstuvwxyz")),
    ];
    for (size, printed, keys, expected) in cases {
        assert_eq!(copied(*size, printed, keys).as_deref(), *expected, "{printed:?} {keys:?}");
    }
}

#[test]
fn searches_find_what_is_typed() {
    let text = "alpha Beta\ngamma beta\nalpha.x alphax\nthe end of a long wrapped line here\nBETA";
    let cases: &[(&str, (u64, usize))] = &[
        ("/ beta enter", (0, 6)),
        ("/ Beta enter", (0, 6)),
        ("/ BETA enter", (4, 0)),
        ("/ beta enter n", (1, 6)),
        ("/ beta enter n n n", (0, 6)),
        ("/ beta enter N", (4, 0)),
        ("? beta enter", (4, 0)),
        ("? beta enter n", (1, 6)),
        ("? beta enter n N", (4, 0)),
        ("/ alpha\\.x enter", (2, 0)),
        ("/ lpha. enter", (0, 1)),
        ("/ alpha( enter", (0, 0)),
        ("/ x$ enter", (2, 13)),
        ("/ ^ga enter", (1, 0)),
        ("/ nowhere enter", (0, 0)),
        ("/ beta esc", (0, 0)),
        ("/ beta backspace backspace backspace backspace backspace", (0, 0)),
        ("/ wrapped enter", (3, 18)),
        ("/ beta enter G / enter", (0, 6)),
        ("*", (2, 0)),
        ("#", (2, 8)),
    ];
    for (keys, expected) in cases {
        let terminal = terminal(Size::new(24, 4), text);
        let mut copy = CopyMode::new(PaneId::new(1).expect("not zero"), &terminal, Size::new(24, 4), Entry::Key);
        press(&mut copy, &terminal, "g");
        press(&mut copy, &terminal, keys);
        assert_eq!((copy.cursor.line, copy.cursor.cell), *expected, "{keys:?}");
    }
}

#[test]
fn the_matches_are_counted_from_the_oldest() {
    let printed: String = (0..17).map(|n| format!("item {n}\n")).collect();
    let terminal = terminal(Size::new(20, 5), &printed);
    let size = Size::new(20, 5);
    let mut copy = CopyMode::new(PaneId::new(1).expect("not zero"), &terminal, size, Entry::Key);
    let mut ranks = Vec::new();
    for keys in ["? item enter", "n", "N", "N", "g / item enter"] {
        press(&mut copy, &terminal, keys);
        let tally = copy.seek.as_ref().expect("a search").tally(copy.cursor);
        assert_eq!((tally.n_matches, tally.is_complete), (17, true));
        ranks.push(tally.rank);
    }
    assert_eq!(ranks, [Some(17), Some(16), Some(17), Some(1), Some(2)]);
}

#[test]
fn what_is_read_stays_while_output_goes_on() {
    let size = Size::new(20, 5);
    let mut terminal = terminal(size, &(0..30).map(|n| format!("line {n}\n")).collect::<String>());
    let mut copy = CopyMode::new(PaneId::new(1).expect("not zero"), &terminal, size, Entry::Key);
    press(&mut copy, &terminal, "10k V 2j");
    let page = |copy: &CopyMode, terminal: &Terminal| {
        let document = copy.document(terminal);
        (document.first()..=document.last()).map(|line| document.text(line).as_str().to_owned()).collect::<Vec<_>>()
    };
    let before = (copy.clone(), page(&copy, &terminal));
    terminal.feed("more and more\r\n".repeat(500).as_bytes());
    terminal.feed(b"\x1b[2J\x1b[Hnew");
    copy.settle(&terminal);
    assert_eq!((copy.clone(), page(&copy, &terminal)), before);
    let outcome = press(&mut copy, &terminal, "y");
    assert_eq!(outcome, CopyOutcome::Copy("line 20\nline 21\nline 22\n".to_owned().into()));
}

#[test]
fn a_history_that_is_gone_leaves_the_screen() {
    let size = Size::new(20, 5);
    let mut terminal = terminal(size, &(0..30).map(|n| format!("line {n}\n")).collect::<String>());
    let mut copy = CopyMode::new(PaneId::new(1).expect("not zero"), &terminal, size, Entry::Key);
    press(&mut copy, &terminal, "g v");
    terminal.feed(b"\x1b[3J");
    assert_eq!(press(&mut copy, &terminal, "k k y"), CopyOutcome::Copy("l".to_owned().into()));
}

#[test]
fn prompts_are_found() {
    let prompt = |n: u32| format!("\x1b]133;A\x07$ {n}\nout\nout\n");
    let printed: String = (0..10).map(prompt).collect();
    let size = Size::new(20, 5);
    let terminal = terminal(size, &printed);
    let mut copy = CopyMode::new(PaneId::new(1).expect("not zero"), &terminal, size, Entry::Key);
    let lines: Vec<u64> = ["[p", "[p", "alt+up", "]p", "2[p", "alt+down"]
        .into_iter()
        .map(|keys| {
            press(&mut copy, &terminal, keys);
            copy.cursor.line
        })
        .collect();
    assert_eq!(lines, [27, 24, 21, 24, 18, 21]);
}

#[test]
fn links_are_gone_to_and_opened() {
    let printed = "see https://a.example/x, or (http://b.example/y(1)).\n\x1b]8;;mailto:c@d\x07write\x1b]8;;\x07 \
                   \x1b]8;;javascript:alert(1)\x07no\x1b]8;;\x07";
    let terminal = terminal(Size::new(60, 5), printed);
    let mut copy = CopyMode::new(PaneId::new(1).expect("not zero"), &terminal, Size::new(60, 5), Entry::Key);
    press(&mut copy, &terminal, "g");
    let opened: Vec<_> = ["u enter", "u enter", "u enter", "U enter"]
        .into_iter()
        .map(|keys| match press(&mut copy, &terminal, keys) {
            CopyOutcome::Open(uri) => uri.to_string(),
            other => format!("{other:?}"),
        })
        .collect();
    assert_eq!(opened, ["https://a.example/x", "http://b.example/y(1)", "mailto:c@d", "http://b.example/y(1)"]);
}

#[test]
fn addresses_end_where_the_sentence_goes_on() {
    let cases: &[(&str, &[&str])] = &[
        ("https://a.b/c?d=e&f#g.", &["https://a.b/c?d=e&f#g"]),
        ("[x](https://a.b/c)", &["https://a.b/c"]),
        ("<https://a.b>", &["https://a.b"]),
        ("https://en.wikipedia.org/wiki/A_(b)", &["https://en.wikipedia.org/wiki/A_(b)"]),
        ("ftp://a.b javascript:x data:,x", &[]),
        ("HTTPS://A.B file:///etc/hosts", &["HTTPS://A.B", "file:///etc/hosts"]),
        ("http:// mailto:", &[]),
        ("\"http://a/ü\"", &["http://a/ü"]),
    ];
    for (text, expected) in cases {
        let found: Vec<_> = addresses(text).into_iter().map(|range| &text[range]).collect();
        assert_eq!(found, *expected, "{text:?}");
    }
    assert!(!is_openable("https://a\nb") && !is_openable("-x") && !is_openable("file:relative"));
}

#[test]
fn clicks_select_words_and_lines() {
    let size = Size::new(40, 10);
    let terminal = terminal(size, TEXT);
    let copy = |entry| CopyMode::new(PaneId::new(1).expect("not zero"), &terminal, size, entry);
    let cases = [
        (Clicks::Two, (5, 0), Some("refresh")),
        (Clicks::Two, (8, 1), Some("x")),
        (Clicks::Three, (5, 0), Some("fn refresh(&mut self) {\n")),
        (Clicks::One, (5, 0), None),
    ];
    for (clicks, place, expected) in cases {
        let mut copy = copy(Entry::Drag);
        let at = copy.cell_under(&terminal, place);
        copy.press(&terminal, at, clicks);
        let expected = expected.map_or(CopyOutcome::Leave, |text| CopyOutcome::Copy(text.to_owned().into()));
        assert_eq!(copy.release(&terminal), expected, "{clicks:?} {place:?}");
    }
    let mut dragged = copy(Entry::Drag);
    let pressed = dragged.cell_under(&terminal, (3, 0));
    assert_eq!(dragged.drag(&terminal, pressed, (6, 1)), 0);
    assert_eq!(dragged.release(&terminal), CopyOutcome::Copy("refresh(&mut self) {\n    let".to_owned().into()));
    assert_eq!(dragged.drag(&terminal, pressed, (6, 12)), 3);
    assert_eq!(dragged.drag(&terminal, pressed, (6, -2)), -2);
}

fn printed() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-z .,()]{0,30}",
        "[漢字👩‍👩‍👧é\u{301}\u{fe0f}👍🏽 a]{0,20}",
        Just("\n".to_owned()),
        Just("\x1b]133;A\x07$ ".to_owned()),
        Just("https://a.example/b ".to_owned()),
        "(\\x1b\\[[0-9;]{0,5}[mHJK]|x){0,6}",
        Just("\x1b[?1049h".to_owned()),
        Just("line\n".repeat(40)),
        Just("\x1b[3J".to_owned()),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn key() -> impl Strategy<Value = KeyEvent> {
    let ctrl = prop::sample::select(vec!['d', 'u', 'f', 'b', 'v', 'e', 'y'])
        .prop_map(|c| KeyEvent::new(KeyCode::Char(c), crate::input::event::Modifiers::CTRL));
    let plain = prop::sample::select("hjklwbeWBE{}0^$HMLgGfFtT;,vVoYnN/?*#uU[]pz%5a".chars().collect::<Vec<_>>())
        .prop_map(KeyEvent::char);
    let codes = vec![KeyCode::Enter, KeyCode::Escape, KeyCode::Backspace, KeyCode::PageUp, KeyCode::Up, KeyCode::Down];
    let coded = prop::sample::select(codes).prop_map(|code| KeyEvent::new(code, crate::input::event::Modifiers::NONE));
    prop_oneof![8 => plain, 2 => ctrl, 1 => coded]
}

/// The text of a rectangle as its cells are marked on the page.
fn block_by_cells(selection: &Selection, document: &Document<'_>, columns: u16) -> String {
    let (first, last) = selection.ends();
    let mut rows = Vec::new();
    for number in first.line.max(document.first())..=last.line {
        let text = document.text(number);
        let starts = text.rows(columns);
        for (row, start) in starts.iter().enumerate() {
            let end = starts.get(row + 1).copied().unwrap_or(text.n_cells());
            let is_above = number == first.line && end <= first.cell && end < text.n_cells();
            if is_above || (number == last.line && *start > last.cell) {
                continue;
            }
            let cells = selection.of_row(document, number, &text, (*start, end), columns);
            rows.push(text.slice(cells.start, cells.end).trim_end_matches(' ').to_owned());
        }
    }
    rows.join("\n")
}

proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(200))]

    /// Whatever is printed, pressed and printed on: the cursor is on the page and in the document, and the copied text is that of
    /// the selected cells.
    #[test]
    fn no_key_leaves_the_document(
        before in printed(),
        keys in prop::collection::vec(key(), 0..40),
        after in printed(),
        size in (3u16..30, 2u16..8),
        resized in (1u16..30, 1u16..8),
        place in (any::<i8>(), any::<i8>()),
    ) {
        let size = Size::new(size.0, size.1);
        let mut terminal = terminal(size, &before);
        let mut copy = CopyMode::new(PaneId::new(1).expect("not zero"), &terminal, size, Entry::Key);
        for (n, key) in keys.iter().enumerate() {
            if n == keys.len() / 2 {
                terminal.feed(after.as_bytes());
                copy.resize(&terminal, Size::new(resized.0, resized.1));
            }
            let field_key: Option<DialogKey> = dialog_key(key);
            copy.key(key, field_key, &terminal);
            if copy.is_searching() {
                copy.search_on(&terminal, Instant::default());
            }
            let pressed = copy.cursor;
            copy.settle(&terminal);
            prop_assert_eq!(pressed, copy.cursor);
            let document = copy.document(&terminal);
            prop_assert!((document.first()..=document.last()).contains(&copy.cursor.line));
            prop_assert!(copy.cursor.cell <= document.text(copy.cursor.line).last_cell());
            if copy.prompt.is_none() && !matches!(key.code, KeyCode::Escape) {
                let page = copy.page(&terminal);
                let below = page.distance(copy.top, page.row_of(copy.cursor), 100);
                prop_assert!((0..isize::try_from(copy.size.rows()).expect("small")).contains(&below), "{:?}", key);
            }
            if let Some(selection) = copy.selection() {
                let text = selection.text(&document, copy.size.cols());
                if selection.shape == Shape::Block {
                    prop_assert_eq!(&text, &block_by_cells(&selection, &document, copy.size.cols()));
                }
                if selection.shape == Shape::Cells {
                    let (first, last) = selection.ends();
                    let mut cells = String::new();
                    for line in first.line.max(document.first())..=last.line {
                        let line_text = document.text(line);
                        let from = if line == first.line { first.cell } else { 0 };
                        let to = if line == last.line { last.cell } else { line_text.n_cells() };
                        (from..=to).for_each(|cell| cells.push_str(line_text.cell(cell)));
                        if line < last.line {
                            cells.push('\n');
                        }
                    }
                    prop_assert_eq!(text, cells);
                }
            }
        }
        let pressed = copy.cell_under(&terminal, (i32::from(place.0), i32::from(place.1)));
        copy.press(&terminal, pressed, Clicks::One);
        let beyond = copy.drag(&terminal, pressed, (i32::from(place.1), i32::from(place.0)));
        copy.drag_on(&terminal, beyond);
        let document = copy.document(&terminal);
        prop_assert!((document.first()..=document.last()).contains(&copy.cursor.line));
    }
}
