//! A pane's terminal: any bytes, with changes of size, reading and snapshots between them.

use homing::geometry::Size;
use homing::term::{Terminal, TerminalOptions};

/// In the data: the two bytes behind it are a new size.
pub const RESIZE: u8 = 0xff;
/// In the data: everything is read.
pub const READ: u8 = 0xfe;
/// In the data: a snapshot is taken and restored, and the restored terminal goes on.
pub const RESTORE: u8 = 0xfd;
/// In the data: the history is cleared, as a user can.
pub const CLEAR: u8 = 0xf8;

fn size(cols: u8, rows: u8) -> Size {
    Size::new(u16::from(cols % 100) + 1, u16::from(rows % 30) + 1)
}

/// Feeds the data, obeying the marks in it, and checks what must always hold.
pub fn screen(data: &[u8]) {
    let [cols, rows, rest @ ..] = data else { return };
    let mut terminal = Terminal::new(size(*cols, *rows), TerminalOptions::default());
    let mut rest = rest;
    while let [first, behind @ ..] = rest {
        rest = behind;
        match *first {
            RESIZE => {
                if let [cols, rows, behind @ ..] = rest {
                    terminal.resize(size(*cols, *rows));
                    rest = behind;
                }
            }
            READ => check(&terminal),
            RESTORE => {
                let restored = Terminal::restore(&terminal.snapshot(), terminal.size(), TerminalOptions::default());
                let restored = restored.expect("our own snapshot");
                if terminal.is_at_rest() {
                    assert_eq!(restored.screen_ansi(), terminal.screen_ansi(), "restored");
                    assert_eq!(restored.cursor(), terminal.cursor(), "restored");
                }
                terminal = restored;
            }
            CLEAR => terminal.clear_history(),
            byte => {
                let end = rest.iter().position(|b| matches!(*b, RESIZE | READ | RESTORE | CLEAR)).unwrap_or(rest.len());
                let mut bytes = vec![byte];
                bytes.extend_from_slice(&rest[..end]);
                terminal.feed(&bytes);
                rest = &rest[end..];
            }
        }
    }
    check(&terminal);
}

/// Feeds the data whole and in pieces as long as its first byte says: the screen must not tell the difference.
pub fn cuts(data: &[u8]) {
    let [cols, rows, length, rest @ ..] = data else { return };
    let mut whole = Terminal::new(size(*cols, *rows), TerminalOptions::default());
    whole.feed(rest);
    let mut cut = Terminal::new(size(*cols, *rows), TerminalOptions::default());
    rest.chunks(usize::from(*length).max(1)).for_each(|piece| cut.feed(piece));
    assert_eq!(whole.screen_ansi(), cut.screen_ansi());
    assert_eq!((whole.cursor(), whole.modes()), (cut.cursor(), cut.modes()));
    assert_eq!(whole.history().n_lines(), cut.history().n_lines());
    check(&whole);
}

/// Takes the data for a snapshot. What is accepted is a terminal that can go on, whatever it shows.
pub fn snapshot(data: &[u8]) {
    let options = TerminalOptions::default();
    let Ok(mut terminal) = Terminal::restore(data, Size::new(12, 4), options) else { return };
    terminal.feed(b"x\r\n\x1b[?1049l\x1b[2;3Hy");
    let again = Terminal::restore(&terminal.snapshot(), terminal.size(), options).expect("our own snapshot");
    assert_eq!(again.screen_text(), terminal.screen_text());
}

/// No panic of vt100 was caught, every row is exactly as wide as the screen, and everything can be read.
fn check(terminal: &Terminal) {
    assert_eq!(terminal.n_contained_panics(), 0, "vt100 panicked");
    let (size, cursor) = (terminal.size(), terminal.cursor());
    assert!(cursor.row < size.rows() && cursor.col < size.cols(), "{cursor:?} outside {size:?}");
    for row in 0..size.rows() {
        let (mut columns, mut next) = (0, 0);
        terminal.row(row, |col, cell| {
            assert_eq!(col, next, "columns in order");
            next += 1;
            columns += u16::from(cell.width);
            assert!(!cell.text.chars().any(char::is_control), "a control character in a cell: {:?}", cell.text);
            assert_eq!(cell.text.is_empty(), cell.width == 0, "only second halves are empty");
        });
        assert_eq!((columns, next), (size.cols(), size.cols()), "row {row} of {size:?}");
    }
    for line in 0..terminal.history().n_lines() {
        let mut text = String::new();
        terminal.history().draw_line(line, |_, cell| text.push_str(cell.text));
        assert_eq!(text, terminal.history().text(line), "line {line} of the history");
    }
    assert!(!terminal.screen_text().contains('\x1b'));
}
