//! The keys of copy mode: vi's, as tmux has them, and the arrow keys.

use super::motion::{self, Find, Step, Stop, Word};
use super::view::RowAt;
use super::{Begun, CopyMode, CopyOutcome};
use crate::core::copied::CopiedText;
use crate::core::dialog::DialogKey;
use crate::input::event::{KeyCode, KeyEvent, Modifiers};
use crate::term::Terminal;
use crate::term::lines::Point;
use crate::term::links::links_of;
use crate::term::search::{Direction, Pattern};
use crate::term::selection::{Selection, Shape};

/// Counts stop growing here. Chosen: with more a key could take longer than it may.
const MAX_COUNT: usize = 5_000;
/// Lines that the way to the next link may have. Chosen: some milliseconds.
const LINK_LINES: usize = 2_000;

/// A key by what it types and whether ctrl or alt is down.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Chord {
    Plain(char),
    Ctrl(char),
    Alt(KeyCode),
    Code(KeyCode),
}

fn chord(key: &KeyEvent) -> Option<Chord> {
    if key.modifiers.contains(Modifiers::CTRL) {
        return match key.code {
            KeyCode::Char(c) => Some(Chord::Ctrl(c.to_ascii_lowercase())),
            code => Some(Chord::Code(code)),
        };
    }
    if key.modifiers.contains(Modifiers::ALT) {
        return Some(Chord::Alt(key.code));
    }
    match key.typed().and_then(|text| text.chars().next()) {
        Some(c) => Some(Chord::Plain(c)),
        None => Some(Chord::Code(key.code)),
    }
}

impl CopyMode {
    /// What a key does. `field_key` is the same key as a line of text understands it.
    pub fn key(&mut self, key: &KeyEvent, field_key: Option<DialogKey>, terminal: &Terminal) -> CopyOutcome {
        self.settle(terminal);
        if self.prompt.is_some() {
            if let Some(key) = field_key {
                self.key_in_prompt(key, terminal);
            }
            return CopyOutcome::Stay;
        }
        let Some(chord) = chord(key) else { return CopyOutcome::Stay };
        if let Some(begun) = self.begun.take() {
            self.end_begun(begun, chord, terminal);
            return CopyOutcome::Stay;
        }
        if let Chord::Plain(digit @ '0'..='9') = chord
            && (digit != '0' || self.count.is_some())
        {
            let value = digit.to_digit(10).map_or(0, |value| value as usize);
            self.count = Some((self.count.unwrap_or(0) * 10 + value).min(MAX_COUNT));
            return CopyOutcome::Stay;
        }
        let count = self.count.take();
        if self.begins(chord, count) {
            return CopyOutcome::Stay;
        }
        if self.motion(chord, count, terminal) || self.movement(chord, count, terminal) {
            return CopyOutcome::Stay;
        }
        self.action(chord, terminal)
    }

    /// The second key of two.
    fn end_begun(&mut self, begun: Begun, chord: Chord, terminal: &Terminal) {
        let n = self.count.take().unwrap_or(1);
        match (begun, chord) {
            (Begun::Find(find), Chord::Plain(wanted)) => {
                let find = Find { wanted, ..find };
                self.last_find = Some(find);
                let to = motion::find(self.document(terminal), self.cursor, find, n);
                self.go(terminal, to);
            }
            (Begun::PromptUp, Chord::Plain('p')) => self.go_to_prompt(Direction::Backward, n, terminal),
            (Begun::PromptDown, Chord::Plain('p')) => self.go_to_prompt(Direction::Forward, n, terminal),
            (Begun::Place, Chord::Plain(place @ ('z' | 't' | 'b'))) => {
                let page = self.page(terminal);
                let rows = isize::try_from(self.size.rows()).unwrap_or(1);
                let above = match place {
                    't' => 0,
                    'b' => rows - 1,
                    _ => rows / 2,
                };
                let top = page.moved(page.row_of(self.cursor), -above).min(page.lowest_top());
                self.top = top;
            }
            (Begun::Find(_) | Begun::PromptUp | Begun::PromptDown | Begun::Place, _) => {}
        }
    }

    /// Keys that wait for another one.
    fn begins(&mut self, chord: Chord, count: Option<usize>) -> bool {
        let find = |direction, stop| Begun::Find(Find { wanted: ' ', direction, stop });
        let begun = match chord {
            Chord::Plain('f') => find(Direction::Forward, Stop::On),
            Chord::Plain('F') => find(Direction::Backward, Stop::On),
            Chord::Plain('t') => find(Direction::Forward, Stop::Before),
            Chord::Plain('T') => find(Direction::Backward, Stop::Before),
            Chord::Plain('[') => Begun::PromptUp,
            Chord::Plain(']') => Begun::PromptDown,
            Chord::Plain('z') => Begun::Place,
            _ => return false,
        };
        (self.begun, self.count) = (Some(begun), count);
        true
    }

    fn go_to_prompt(&mut self, direction: Direction, n: usize, terminal: &Terminal) {
        for _ in 0..n {
            let to = motion::prompt(self.document(terminal), terminal.prompt_lines(), self.cursor, direction);
            self.go(terminal, to);
        }
    }

    /// Keys that move by text.
    fn motion(&mut self, chord: Chord, count: Option<usize>, terminal: &Terminal) -> bool {
        let frozen = std::sync::Arc::clone(&self.frozen);
        let document = crate::term::lines::Document::new(terminal, &frozen);
        let n = count.unwrap_or(1);
        let signed = isize::try_from(n).unwrap_or(isize::MAX);
        let from = self.cursor;
        let repeat = |step: &dyn Fn(Point) -> Point| {
            let mut at = from;
            for _ in 0..n {
                let next = step(at);
                if next == at {
                    break;
                }
                at = next;
            }
            at
        };
        let to = match chord {
            Chord::Plain('h') | Chord::Ctrl('h') | Chord::Code(KeyCode::Left | KeyCode::Backspace) => {
                motion::sideways(document, from, -signed)
            }
            Chord::Plain('l') | Chord::Code(KeyCode::Right) => motion::sideways(document, from, signed),
            Chord::Plain('w') => motion::words(document, from, Word::Small, Step::Next, n),
            Chord::Plain('W') => motion::words(document, from, Word::Big, Step::Next, n),
            Chord::Plain('b') => motion::words(document, from, Word::Small, Step::Previous, n),
            Chord::Plain('B') => motion::words(document, from, Word::Big, Step::Previous, n),
            Chord::Plain('e') => motion::words(document, from, Word::Small, Step::End, n),
            Chord::Plain('E') => motion::words(document, from, Word::Big, Step::End, n),
            Chord::Plain('}') => motion::paragraph(document, from, Direction::Forward, n),
            Chord::Plain('{') => motion::paragraph(document, from, Direction::Backward, n),
            Chord::Plain('0') | Chord::Code(KeyCode::Home) => motion::line_start(from),
            Chord::Plain('^') => motion::first_text(document, from),
            Chord::Plain('$') | Chord::Code(KeyCode::End) => motion::line_end(document, from),
            Chord::Plain('%') => motion::bracket(document, from),
            Chord::Plain('g') => Point { line: document.first(), cell: 0 },
            Chord::Plain('G') => match count {
                Some(n) => Point { line: document.first() + (n as u64).saturating_sub(1), cell: 0 },
                None => motion::last_text(document),
            },
            Chord::Plain(';' | ',') => {
                let Some(mut find) = self.last_find else { return true };
                if chord == Chord::Plain(',') {
                    find.direction = find.direction.reversed();
                }
                motion::find_again(document, from, find, n)
            }
            Chord::Plain('u') => repeat(&|at| next_link(document, at, Direction::Forward)),
            Chord::Plain('U') => repeat(&|at| next_link(document, at, Direction::Backward)),
            _ => return false,
        };
        self.go(terminal, to);
        if chord == Chord::Plain('$') || chord == Chord::Code(KeyCode::End) {
            // From here up and down go along the ends of lines.
            self.column = Some(usize::from(u16::MAX));
        }
        true
    }

    /// Keys that move by rows, pages, matches and prompts.
    fn movement(&mut self, chord: Chord, count: Option<usize>, terminal: &Terminal) -> bool {
        let n = isize::try_from(count.unwrap_or(1)).unwrap_or(1);
        let rows = isize::try_from(self.size.rows()).unwrap_or(1);
        // Two rows of the page before stay in sight, as in vi.
        let (page, half) = ((rows - 2).max(1), (rows / 2).max(1));
        match chord {
            Chord::Plain('j') | Chord::Ctrl('n') | Chord::Code(KeyCode::Down) => self.move_rows(terminal, n),
            Chord::Plain('k') | Chord::Ctrl('p') | Chord::Code(KeyCode::Up) => self.move_rows(terminal, -n),
            Chord::Ctrl('d') => self.move_page(terminal, n * half),
            Chord::Ctrl('u') => self.move_page(terminal, -n * half),
            Chord::Ctrl('f') | Chord::Code(KeyCode::PageDown) => self.move_page(terminal, n * page),
            Chord::Ctrl('b') | Chord::Code(KeyCode::PageUp) => self.move_page(terminal, -n * page),
            Chord::Ctrl('e') => self.scroll(terminal, n),
            Chord::Ctrl('y') => self.scroll(terminal, -n),
            Chord::Plain('H') => self.go_to_row(terminal, n - 1),
            Chord::Plain('M') => self.go_to_row(terminal, rows / 2),
            Chord::Plain('L') => self.go_to_row(terminal, rows - n),
            Chord::Alt(KeyCode::Up) => self.go_to_prompt(Direction::Backward, n.unsigned_abs(), terminal),
            Chord::Alt(KeyCode::Down) => self.go_to_prompt(Direction::Forward, n.unsigned_abs(), terminal),
            Chord::Plain(key @ ('n' | 'N')) => {
                let Some(direction) = self.seek.as_ref().map(|seek| seek.direction) else { return false };
                let direction = if key == 'n' { direction } else { direction.reversed() };
                for _ in 0..n {
                    self.next_match(terminal, direction);
                }
            }
            _ => return false,
        }
        true
    }

    /// To the first text of a row of the page.
    fn go_to_row(&mut self, terminal: &Terminal, row: isize) {
        let page = self.page(terminal);
        let last = isize::try_from(self.size.rows()).unwrap_or(1) - 1;
        let at: RowAt = page.moved(self.top, row.clamp(0, last));
        let to = page.cell_at(at, 0);
        self.go(terminal, to);
    }

    /// Keys that select, copy, search, open and leave.
    fn action(&mut self, chord: Chord, terminal: &Terminal) -> CopyOutcome {
        match chord {
            Chord::Plain('v' | ' ') => self.select(Shape::Cells),
            Chord::Plain('V') => self.select(Shape::Lines),
            Chord::Ctrl('v') => self.select(Shape::Block),
            Chord::Plain('o') => {
                if let Some((anchor, shape)) = self.selected {
                    self.selected = Some((self.cursor, shape));
                    self.go(terminal, anchor);
                }
            }
            Chord::Plain('/') => self.ask_pattern(Direction::Forward),
            Chord::Plain('?') => self.ask_pattern(Direction::Backward),
            Chord::Plain('n' | 'N') => return CopyOutcome::Say("nothing was searched for yet: / or ? begins"),
            Chord::Plain('*') => self.search_word(Direction::Forward, terminal),
            Chord::Plain('#') => self.search_word(Direction::Backward, terminal),
            Chord::Plain('y') | Chord::Code(KeyCode::Enter) => return self.take(chord, terminal),
            Chord::Plain('Y') => {
                let line = Selection { anchor: self.cursor, head: self.cursor, shape: Shape::Lines };
                let shape = self.selection().map_or(line, |selection| Selection { shape: Shape::Lines, ..selection });
                return CopyOutcome::Copy(self.copied(shape, terminal));
            }
            Chord::Plain('i') => return CopyOutcome::Edit(self.text_to_edit(terminal)),
            Chord::Code(KeyCode::Escape) if self.selected.is_some() => self.selected = None,
            Chord::Plain('q') | Chord::Ctrl('c') | Chord::Code(KeyCode::Escape) => return CopyOutcome::Leave,
            _ => {}
        }
        CopyOutcome::Stay
    }

    /// The same key again ends the selection, another one changes its shape.
    fn select(&mut self, shape: Shape) {
        self.selected = match self.selected {
            Some((_, before)) if before == shape => None,
            Some((anchor, _)) => Some((anchor, shape)),
            None => Some((self.cursor, shape)),
        };
    }

    /// `y` and Enter: the selection is copied; without one Enter opens the link at the cursor.
    fn take(&self, chord: Chord, terminal: &Terminal) -> CopyOutcome {
        if let Some(selection) = self.selection() {
            return CopyOutcome::Copy(self.copied(selection, terminal));
        }
        if chord == Chord::Plain('y') {
            return CopyOutcome::Say("nothing is selected: v, V or ctrl+v selects, Y takes the line");
        }
        self.link_here(terminal).map_or(CopyOutcome::Leave, CopyOutcome::Open)
    }

    fn search_word(&mut self, direction: Direction, terminal: &Terminal) {
        let document = self.document(terminal);
        let (start, end) = motion::word_at(document, self.cursor, Word::Small);
        let text = document.text(self.cursor.line);
        let word = text.slice(start.cell, end.cell + 1).trim().to_owned();
        if let Some(pattern) = Pattern::literal(&word) {
            self.search(pattern, direction, terminal);
        }
    }

    /// The selection, or everything.
    fn text_to_edit(&self, terminal: &Terminal) -> CopiedText {
        let document = self.document(terminal);
        let whole = Selection {
            anchor: Point { line: document.first(), cell: 0 },
            head: motion::last_text(document),
            shape: Shape::Lines,
        };
        self.copied(self.selection().unwrap_or(whole), terminal)
    }
}

/// The first cell of the next link; none stays.
fn next_link(document: crate::term::lines::Document<'_>, from: Point, direction: Direction) -> Point {
    let starts = |line: u64| {
        let text = document.text(line);
        links_of(&document, line, &text).into_iter().map(move |link| Point { line, cell: link.cells.start })
    };
    for far in 0..LINK_LINES as u64 {
        let found = match direction {
            Direction::Forward if from.line + far <= document.last() => {
                starts(from.line + far).find(|start| *start > from)
            }
            Direction::Backward if from.line >= document.first() + far => {
                starts(from.line - far).filter(|start| *start < from).last()
            }
            Direction::Forward | Direction::Backward => return from,
        };
        if let Some(found) = found {
            return found;
        }
    }
    from
}
