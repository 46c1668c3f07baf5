use super::super::style::Color;
use super::*;
use crate::geometry::Size;
use crate::term::{Terminal, TerminalOptions};

fn red() -> Style {
    Style { fg: Color::Indexed(1), ..Style::default() }
}

fn push(history: &mut History, text: &str) {
    history.push_text(text, &Style::default(), None);
    history.end_row(RowEnd::Line);
}

#[test]
fn wrapped_rows_are_one_line() {
    let mut history = History::new(100, 1 << 20);
    history.push_text("ab", &red(), None);
    history.end_row(RowEnd::Wrapped);
    assert!(history.continues_on_screen());
    assert_eq!((history.n_lines(), history.text(0)), (1, "ab".into()));
    history.push_text("cd", &red(), None);
    history.end_row(RowEnd::Line);
    push(&mut history, "");
    assert_eq!((history.n_lines(), history.text(0), history.text(1)), (2, "abcd".into(), String::new()));
    assert_eq!(history.line(0), [Span { text: "abcd".into(), style: red() }]);
    assert_eq!(history.ansi(0), "\x1b[0;31mabcd\x1b[m");
}

#[test]
fn lines_keep_their_numbers_while_old_ones_go() {
    let mut history = History::new(1000, 8 << 20);
    for n in 0..20_000 {
        push(&mut history, &format!("line {n} {}", "x".repeat(40)));
    }
    assert_eq!(history.n_lines(), 1000);
    assert_eq!(history.first_line_number(), 19_000);
    assert!(history.text(0).starts_with("line 19000 ") && history.text(999).starts_with("line 19999 "));
    assert_eq!(history.index_of(19_500), Some(500));
    assert_eq!((history.index_of(18_999), history.index_of(20_000)), (None, None));
    assert_eq!(history.line_number(500), 19_500);
    assert_eq!(history.text(1000), "");
}

#[test]
fn bytes_are_bounded_too() {
    let mut history = History::new(1_000_000, 100_000);
    let mut state = 1u64;
    for _ in 0..20_000 {
        let mut text = String::new();
        for _ in 0..8 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            text += &format!("{state:x}");
        }
        push(&mut history, &text);
    }
    assert!(history.sealed_bytes <= 100_000 && history.n_lines() > 500, "{}", history.n_lines());
}

#[test]
fn a_line_without_end_is_cut() {
    let mut history = History::new(100, 1 << 20);
    for _ in 0..1000 {
        history.push_text(&"y".repeat(100), &Style::default(), None);
        history.end_row(RowEnd::Wrapped);
    }
    assert_eq!(history.n_lines(), 4);
    assert_eq!((0..4).map(|i| history.text(i).len()).sum::<usize>(), 100_000);
}

#[test]
fn stored_blocks_load_with_numbers_links_and_the_line_under_way() {
    let mut history = History::new(10_000, 8 << 20);
    let mut mark = HistoryMark::default();
    let mut store = std::collections::BTreeMap::new();
    for n in 0..3000 {
        history.push_text(&format!("{n} "), &red(), None);
        let link = Style { link: 7, ..Style::default() };
        history.push_text("link", &link, Some(&format!("http://x/{}", n / 2)));
        history.end_row(if n == 2999 { RowEnd::Wrapped } else { RowEnd::Line });
        if n % 500 == 0 || n == 2999 {
            let export = history.export(mark);
            mark = export.mark;
            store.extend(export.blocks.into_iter().map(|block| (block.first_line, block.bytes)));
            assert_eq!(history.export(mark).blocks, [], "nothing is exported twice");
        }
    }
    let mut loaded = History::new(10_000, 8 << 20);
    for bytes in store.values() {
        loaded.load(bytes).expect("a block that was exported loads");
    }
    assert_eq!((loaded.n_lines(), loaded.continues_on_screen()), (3000, true));
    assert_eq!(loaded.export(loaded.mark()).blocks, [], "what was loaded is stored already");
    for (index, link) in [(0, 0), (1501, 750), (2999, 1499)] {
        assert_eq!(loaded.text(index), history.text(index));
        let id = loaded.line(index)[1].style.link;
        assert_eq!(loaded.link(id), Some(format!("http://x/{link}").as_str()));
        let id = history.line(index)[1].style.link;
        assert_eq!(history.link(id), Some(format!("http://x/{link}").as_str()));
    }
    push(&mut loaded, " and its end");
    assert_eq!((loaded.n_lines(), loaded.text(2999).as_str()), (3000, "2999 link and its end"));
    assert_eq!(loaded.next_line_number(), 3000);
}

#[test]
fn damaged_and_misplaced_blocks_are_errors() {
    let mut history = History::new(100, 1 << 20);
    (0..50).for_each(|n| push(&mut history, &format!("line {n}")));
    let export = history.export(HistoryMark::default());
    let bytes = &export.blocks[0].bytes;
    for cut in 0..bytes.len() {
        let mut fresh = History::new(100, 1 << 20);
        assert!(fresh.load(&bytes[..cut]).is_err(), "cut at {cut}");
        let mut damaged = bytes.clone();
        damaged[cut] ^= 0x55;
        let _ = fresh.load(&damaged);
    }
    assert!(matches!(history.load(bytes), Err(HistoryError::Order { first_line: 0, next: 50 })));
    let mut later = bytes.clone();
    later[0] = 9;
    assert!(matches!(History::new(1, 1).load(&later), Err(HistoryError::Version(9))));
}

#[test]
fn cleared_lines_are_gone_and_numbers_go_on() {
    let mut history = History::new(100, 1 << 20);
    (0..50).for_each(|n| push(&mut history, &format!("line {n}")));
    history.clear();
    assert_eq!((history.n_lines(), history.next_line_number()), (0, 50));
    push(&mut history, "new");
    assert_eq!((history.first_line_number(), history.text(0)), (50, "new".into()));
    assert_eq!(history.export(HistoryMark::default()).oldest, 50);
}

#[test]
fn no_history_keeps_nothing() {
    let mut history = History::new(0, 1 << 20);
    (0..5000).for_each(|_| push(&mut history, &"x".repeat(50)));
    assert!(history.is_empty() && history.blocks.is_empty());
}

#[test]
fn stored_blocks_go_into_a_restored_terminal() {
    let mut alive = Terminal::new(Size::new(20, 3), TerminalOptions::default());
    for i in 0..20_000 {
        alive.feed(format!("line {i}\r\n").as_bytes());
    }
    let stored = alive.take_history_blocks(HistoryMark::default()).blocks;
    assert!(stored.len() > 2);
    alive.feed(b"more\r\nand more\r\n");
    let mut restored =
        Terminal::restore(&alive.snapshot(), Size::new(20, 3), TerminalOptions::default()).expect("ours");
    for block in &stored {
        restored.load_history_block(&block.bytes).expect("in order");
    }
    restored.feed(b"after\r\nthe\r\nrestart\r\n\n\n\n");
    let lines = restored.history().n_lines();
    let texts: Vec<String> = (lines - 6..lines).map(|index| restored.history().text(index)).collect();
    assert!(texts.iter().any(|text| text == "after"), "{texts:?}");
    assert!(restored.history().text(10).starts_with("line "));
}

#[test]
fn the_next_process_begins_on_an_empty_screen_behind_the_history_and_exports_what_is_new() {
    let size = Size::new(20, 3);
    let mut old = Terminal::new(size, TerminalOptions::default());
    (0..9_000).for_each(|n| old.feed(format!("line {n}\r\n").as_bytes()));
    old.feed(b"\x1b]133;A\x07$ ");
    old.end_here("the end");
    let export = old.take_history_blocks(HistoryMark::default());
    let mut next = Terminal::behind(&old, size, TerminalOptions { history_lines: 5_000, ..TerminalOptions::default() });
    assert_eq!(
        (next.screen_text(), next.cursor().row),
        (Terminal::new(size, TerminalOptions::default()).screen_text(), 0)
    );
    assert!(next.prompt_lines().eq(old.prompt_lines()) && next.prompt_lines().count() == 1);
    let (lines, before) = (next.history().n_lines(), old.history().n_lines());
    assert_eq!(lines, 5_000);
    assert_eq!(next.history().text(lines - 1), old.history().text(before - 1));
    next.feed(b"new\r\n\r\n\r\n\r\n");
    let new = next.take_history_blocks(export.mark);
    assert!(export.blocks.len() > 1 && new.blocks.len() == 1 && !new.replaces, "{}", new.blocks.len());
    assert_eq!(next.history().text(next.history().n_lines() - 2), "new");
    assert_eq!(old.history().n_lines(), before);
}

/// What a store holds after the exports: blocks by their first lines.
fn store(history: &mut History, since: &mut HistoryMark, stored: &mut std::collections::BTreeMap<u64, Vec<u8>>) {
    let export = history.export(*since);
    *since = export.mark;
    if export.replaces {
        stored.clear();
    }
    stored.extend(export.blocks.into_iter().map(|block| (block.first_line, block.bytes)));
}

fn loaded(stored: &std::collections::BTreeMap<u64, Vec<u8>>) -> History {
    let mut history = History::new(10_000, 8 << 20);
    stored.values().for_each(|block| history.load(block).expect("in order"));
    history
}

fn texts(history: &History) -> Vec<String> {
    (0..history.n_lines()).map(|index| history.text(index)).collect()
}

#[test]
fn what_was_cleared_is_not_in_the_store_any_more() {
    let (mut history, mut since, mut stored) =
        (History::new(10_000, 8 << 20), HistoryMark::default(), Default::default());
    push(&mut history, "secret");
    store(&mut history, &mut since, &mut stored);
    assert_eq!(texts(&loaded(&stored)), ["secret"]);
    history.clear();
    store(&mut history, &mut since, &mut stored);
    assert_eq!(texts(&loaded(&stored)), [""; 0]);
    push(&mut history, "later");
    store(&mut history, &mut since, &mut stored);
    assert_eq!(texts(&loaded(&stored)), ["later"]);
}

#[test]
fn lines_that_are_printed_again_stand_there_once() {
    let line = |n: u64| format!("line {n} {}", "x".repeat(60));
    for cut in [0, 1, 700, 3000, 4999, 5000, 6000] {
        let (mut before, mut since, mut stored) =
            (History::new(10_000, 8 << 20), HistoryMark::default(), Default::default());
        (0..5000).for_each(|n| push(&mut before, &line(n)));
        store(&mut before, &mut since, &mut stored);
        let mut history = loaded(&stored);
        let mut since = history.loaded_mark();
        history.cut_at(cut);
        (cut.min(5000)..5100).for_each(|n| push(&mut history, &line(n)));
        let expected: Vec<String> = (0..5100).map(line).collect();
        assert_eq!(texts(&history), expected, "cut at {cut}");
        assert_eq!(history.index_of(5099), Some(5099));
        store(&mut history, &mut since, &mut stored);
        assert_eq!(texts(&loaded(&stored)), expected, "stored after a cut at {cut}");
    }
}

#[test]
fn full_blocks_are_compressed_when_they_are_many_or_exported() {
    let mut history = History::new(1_000_000, 8 << 20);
    let line = |n: usize| format!("line {n} {}", "x".repeat(90));
    let is_consistent = |history: &History| {
        let plain = history.blocks.iter().filter(|block| block.is_plain());
        assert_eq!(history.plain_bytes, plain.map(|block| block.bytes()).sum::<usize>());
        assert_eq!(history.sealed_bytes, history.blocks.iter().map(|block| block.bytes()).sum::<usize>());
    };
    (0..100_000).for_each(|n| push(&mut history, &line(n)));
    is_consistent(&history);
    assert!(history.plain_bytes > MAX_PLAIN_BYTES / 2 && history.plain_bytes <= MAX_PLAIN_BYTES);
    assert!(!history.blocks[0].is_plain() && history.blocks[history.blocks.len() - 1].is_plain());
    let export = history.export(HistoryMark::default());
    assert_eq!(history.plain_bytes, 0);
    is_consistent(&history);

    let mut loaded = History::new(1_000_000, 8 << 20);
    export.blocks.iter().for_each(|block| loaded.load(&block.bytes).expect("own block"));
    for n in (0..100_000).step_by(997) {
        assert_eq!((history.text(n), loaded.text(n)), (line(n), line(n)));
    }
    history.cut_at(99_000);
    is_consistent(&history);
    (0..10_000).for_each(|n| push(&mut loaded, &line(n)));
    is_consistent(&loaded);
    history.clear();
    assert_eq!((history.plain_bytes, history.sealed_bytes), (0, 0));
}
