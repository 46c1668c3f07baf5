//! Copy mode: keys, the mouse and changes of size while output goes on beneath.

use homing::core::copy::mouse::Clicks;
use homing::core::copy::{CopyMode, Entry};
use homing::core::input::dialog_key;
use homing::geometry::Size;
use homing::id::PaneId;
use homing::input::event::KeyEvent;
use homing::input::keypress::KeyPress;
use homing::term::lines::Point;
use homing::term::{Terminal, TerminalOptions};
use homing::time::Instant;

/// In the data: the three bytes behind it say what the reader does.
pub const ACT: u8 = 0xff;

/// Keys of copy mode.
const KEYS: &[&str] = &[
    "h",
    "j",
    "k",
    "l",
    "w",
    "b",
    "e",
    "W",
    "B",
    "E",
    "0",
    "^",
    "$",
    "{",
    "}",
    "H",
    "M",
    "L",
    "g",
    "G",
    "ctrl+u",
    "ctrl+d",
    "ctrl+b",
    "ctrl+f",
    "ctrl+y",
    "ctrl+e",
    "z",
    "t",
    "f",
    "F",
    "T",
    ";",
    ",",
    "%",
    "[",
    "]",
    "p",
    "/",
    "?",
    "n",
    "N",
    "*",
    "#",
    "u",
    "U",
    "v",
    "V",
    "ctrl+v",
    "o",
    "y",
    "Y",
    "i",
    "enter",
    "esc",
    "backspace",
    "1",
    "9",
    "a",
    ".",
    "\\",
    "(",
    "left",
    "up",
    "pageup",
    "home",
];

/// Feeds the data to a terminal and obeys the marks in it.
pub fn reading(data: &[u8]) {
    let [cols, rows, rest @ ..] = data else { return };
    let size = Size::new(u16::from(cols % 40) + 1, u16::from(rows % 12) + 1);
    let options = TerminalOptions { history_lines: 20, ..TerminalOptions::default() };
    let mut terminal = Terminal::new(size, options);
    let mut copy = CopyMode::new(PaneId::new(1).expect("not zero"), &terminal, size, Entry::Key);
    let mut rest = rest;
    while !rest.is_empty() {
        if let [ACT, act, x, y, behind @ ..] = rest {
            rest = behind;
            read(&mut copy, &mut terminal, [*act, *x, *y]);
            check(&copy, &terminal);
        } else {
            let end = rest.iter().skip(1).position(|byte| *byte == ACT).map_or(rest.len(), |at| at + 1);
            terminal.feed(&rest[..end]);
            rest = &rest[end..];
        }
    }
    check(&copy, &terminal);
}

fn read(copy: &mut CopyMode, terminal: &mut Terminal, [act, x, y]: [u8; 3]) {
    copy.settle(terminal);
    let place = (i32::from(x) - 20, i32::from(y) - 5);
    match act % 8 {
        0 => {
            let size = Size::new(u16::from(x % 40) + 1, u16::from(y % 12) + 1);
            terminal.resize(size);
            copy.resize(terminal, size);
        }
        1 => {
            let pressed = copy.cell_under(terminal, (i32::from(x % 40), i32::from(y % 12)));
            copy.press(terminal, pressed, [Clicks::One, Clicks::Two, Clicks::Three][usize::from(y % 3)]);
            let beyond = copy.drag(terminal, pressed, place);
            copy.drag_on(terminal, beyond);
            let _ = copy.release(terminal);
        }
        2 => copy.scroll(terminal, isize::from(x) - isize::from(y)),
        3 => *copy = CopyMode::new(copy.pane, terminal, copy.size, Entry::Wheel),
        _ => {
            let key: KeyPress = KEYS[usize::from(x) % KEYS.len()].parse().expect("a key");
            let event: KeyEvent = key.to_event();
            let _ = copy.key(&event, dialog_key(&event), terminal);
            while copy.is_searching() {
                copy.search_on(terminal, Instant::default());
            }
        }
    }
}

/// Cursor and page lie in the document, and what is selected can be taken.
fn check(copy: &CopyMode, terminal: &Terminal) {
    let mut copy = copy.clone();
    copy.settle(terminal);
    let page = copy.page(terminal);
    let lines = page.document.first()..=page.document.last();
    let Point { line, cell } = copy.cursor;
    assert!(lines.contains(&line) && lines.contains(&copy.top.line), "{:?} {:?} in {lines:?}", copy.cursor, copy.top);
    let text = page.document.text(line);
    assert!(cell <= text.n_cells(), "cell {cell} of {}", text.n_cells());
    if let Some(selection) = copy.selection() {
        let _ = selection.text(&page.document, page.size.cols());
    }
    let mut drawn = 0;
    page.document.draw(line, |cell| drawn += usize::from(cell.width));
    assert!(drawn >= text.columns(0, text.n_cells()));
}
