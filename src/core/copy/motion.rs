//! Where the cursor of copy mode goes: the motions of vi on lines of cells.
//!
//! Pure: `(document, cell) → cell`. No motion leaves the document, and one that finds nothing stays where it is.

use crate::term::lines::{Document, LineText, Point};
use crate::term::plain::PlainLines;
use crate::term::search::Direction;

/// Lines that a motion looks at in one go, so that a key stays quick in any history. Chosen: some 10 ms.
const MAX_LINES: usize = 5_000;

/// The same for motions that look at lines as they stand in the history's blocks, which is some ten times as quick.
const MAX_PLAIN_LINES: usize = 50_000;

/// What counts as a word.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Word {
    /// Letters, digits and underscores; or other characters that are no blanks (`w`).
    Small,
    /// Everything between blanks (`W`).
    Big,
}

/// What a cell is to a word motion.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Class {
    Blank,
    Punctuation,
    Word,
}

/// What `f`, `F`, `t` and `T` look for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Find {
    /// The character.
    pub wanted: char,
    /// To the right or to the left.
    pub direction: Direction,
    /// On it, or just before it.
    pub stop: Stop,
}

/// Where a find ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stop {
    /// On the character (`f`).
    On,
    /// Before it (`t`).
    Before,
}

fn class(cell: &str, word: Word) -> Class {
    match cell.chars().next() {
        None => Class::Blank,
        Some(c) if c.is_whitespace() => Class::Blank,
        Some(c) if word == Word::Big || c.is_alphanumeric() || c == '_' => Class::Word,
        Some(_) => Class::Punctuation,
    }
}

/// A walk over the cells of a document, line by line.
struct Walk<'a> {
    document: Document<'a>,
    at: Point,
    text: LineText,
    word: Word,
    n_lines: usize,
}

impl<'a> Walk<'a> {
    fn new(document: Document<'a>, at: Point, word: Word) -> Self {
        Self { document, at, text: document.text(at.line), word, n_lines: 0 }
    }

    fn class(&self) -> Class {
        class(self.text.cell(self.at.cell), self.word)
    }

    fn is_on_empty_line(&self) -> bool {
        self.text.n_cells() == 0
    }

    fn go(&mut self, line: u64) -> bool {
        self.n_lines += 1;
        if self.n_lines > MAX_LINES {
            return false;
        }
        self.text = self.document.text(line);
        self.at = Point { line, cell: 0 };
        true
    }

    /// To the next cell; a line's end is crossed. Whether there was one.
    fn forward(&mut self) -> bool {
        if self.at.cell < self.text.last_cell() {
            self.at.cell += 1;
            return true;
        }
        self.at.line < self.document.last() && self.go(self.at.line + 1)
    }

    fn backward(&mut self) -> bool {
        if self.at.cell > 0 {
            self.at.cell -= 1;
            return true;
        }
        if self.at.line <= self.document.first() || !self.go(self.at.line - 1) {
            return false;
        }
        self.at.cell = self.text.last_cell();
        true
    }
}

/// Where a motion by words goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    /// `w`: to the start of the next word; an empty line counts as one.
    Next,
    /// `e`: to the end of this word, or of the next one.
    End,
    /// `b`: to the start of this word, or of the one before; an empty line counts as one.
    Previous,
}

/// `w`, `e`, `b` and their big sisters, `n` times over: one walk for all, which reads a line once whatever its words.
pub fn words(document: Document<'_>, from: Point, word: Word, step: Step, n: usize) -> Point {
    let mut walk = Walk::new(document, from, word);
    for _ in 0..n {
        let before = walk.at;
        let has_found = match step {
            Step::Next => walk.next_word(),
            Step::End => walk.word_end(),
            Step::Previous => walk.previous_word(),
        };
        if !has_found {
            return match step {
                // Never behind text that is there.
                Step::Next | Step::End if walk.is_on_empty_line() => before,
                Step::Next | Step::End => walk.at.max(before),
                Step::Previous => Point { line: walk.at.line, cell: 0 },
            };
        }
    }
    walk.at
}

impl Walk<'_> {
    fn next_word(&mut self) -> bool {
        let (start, line) = (self.class(), self.at.line);
        let mut is_out = start == Class::Blank || self.is_on_empty_line();
        while self.forward() {
            let is_new_line = self.at.line != line && self.at.cell == 0;
            let class = self.class();
            is_out |= class != start || is_new_line;
            if (is_new_line && self.is_on_empty_line()) || (is_out && class != Class::Blank) {
                return true;
            }
        }
        false
    }

    fn word_end(&mut self) -> bool {
        while self.forward() {
            if self.class() == Class::Blank {
                continue;
            }
            let is_last = self.at.cell == self.text.last_cell();
            if is_last || class(self.text.cell(self.at.cell + 1), self.word) != self.class() {
                return true;
            }
        }
        false
    }

    fn previous_word(&mut self) -> bool {
        while self.backward() {
            if self.is_on_empty_line() {
                return true;
            }
            if self.class() == Class::Blank {
                continue;
            }
            if self.at.cell == 0 || class(self.text.cell(self.at.cell - 1), self.word) != self.class() {
                return true;
            }
        }
        false
    }
}

/// The cells of the word at a place, for a double click: first and last. What is no word is a word of its own, and so is an
/// address or a path without blanks in it where `word` is big.
pub fn word_at(document: Document<'_>, at: Point, word: Word) -> (Point, Point) {
    let text = document.text(at.line);
    let wanted = class(text.cell(at.cell), word);
    let is_same = |cell: usize| class(text.cell(cell), word) == wanted;
    let mut start = at.cell;
    while start > 0 && is_same(start - 1) {
        start -= 1;
    }
    let mut end = at.cell;
    while end < text.last_cell() && is_same(end + 1) {
        end += 1;
    }
    (Point { cell: start, ..at }, Point { cell: end, ..at })
}

/// `{` and `}`: the n-th blank line behind text; or the document's end.
pub fn paragraph(document: Document<'_>, from: Point, direction: Direction, n: usize) -> Point {
    let mut lines = PlainLines::new(document);
    let mut line = from.line;
    let mut was_text = !lines.get(line).is_empty();
    let mut n_left = n;
    for _ in 0..MAX_PLAIN_LINES {
        line = match direction {
            Direction::Forward if line < document.last() => line + 1,
            Direction::Backward if line > document.first() => line - 1,
            Direction::Forward => return Point { line, cell: document.text(line).last_cell() },
            Direction::Backward => return Point { line, cell: 0 },
        };
        let is_text = !lines.get(line).is_empty();
        if !is_text && was_text {
            n_left = n_left.saturating_sub(1);
            if n_left == 0 {
                break;
            }
        }
        was_text = is_text;
    }
    Point { line, cell: 0 }
}

/// `0`: the line's first cell.
pub fn line_start(from: Point) -> Point {
    Point { cell: 0, ..from }
}

/// `^`: the line's first cell that is not blank.
pub fn first_text(document: Document<'_>, from: Point) -> Point {
    let text = document.text(from.line);
    let cell = (0..text.n_cells()).find(|cell| class(text.cell(*cell), Word::Big) != Class::Blank);
    Point { cell: cell.unwrap_or(0), ..from }
}

/// `$`: the line's last cell.
pub fn line_end(document: Document<'_>, from: Point) -> Point {
    Point { cell: document.text(from.line).last_cell(), ..from }
}

/// `h` and `l`: so many cells to the left or to the right, within the line.
pub fn sideways(document: Document<'_>, from: Point, cells: isize) -> Point {
    Point { cell: from.cell.saturating_add_signed(cells).min(document.text(from.line).last_cell()), ..from }
}

/// `f`, `F`, `t`, `T`: the n-th such character in the line.
pub fn find(document: Document<'_>, from: Point, find: Find, n: usize) -> Point {
    let text = document.text(from.line);
    let is_wanted = |cell: &usize| text.cell(*cell).starts_with(find.wanted);
    let before = usize::from(find.stop == Stop::Before);
    let nth = n.saturating_sub(1);
    let found = match find.direction {
        Direction::Forward => (from.cell + 1..text.n_cells()).filter(is_wanted).nth(nth).map(|cell| cell - before),
        Direction::Backward => (0..from.cell).rev().filter(is_wanted).nth(nth).map(|cell| cell + before),
    };
    Point { cell: found.unwrap_or(from.cell), ..from }
}

/// `;` and `,`: the same again; a `t` goes on to the next character, not to the one that it stands before.
pub fn find_again(document: Document<'_>, from: Point, again: Find, n: usize) -> Point {
    let beside = match (again.stop, again.direction) {
        (Stop::On, _) => from,
        (Stop::Before, Direction::Forward) => sideways(document, from, 1),
        (Stop::Before, Direction::Backward) => sideways(document, from, -1),
    };
    let found = find(document, beside, again, n);
    if found == beside { from } else { found }
}

/// `%`: the bracket that belongs to the one under the cursor, or to the next one in the line.
pub fn bracket(document: Document<'_>, from: Point) -> Point {
    const PAIRS: [(&str, &str); 3] = [("(", ")"), ("[", "]"), ("{", "}")];
    let text = document.text(from.line);
    let pair_at = |cell: usize| PAIRS.iter().find(|(open, close)| [open, close].contains(&&text.cell(cell)));
    let Some((cell, (open, close))) = (from.cell..text.n_cells()).find_map(|cell| Some((cell, pair_at(cell)?))) else {
        return from;
    };
    let is_open = text.cell(cell) == *open;
    let mut walk = Walk::new(document, Point { cell, ..from }, Word::Big);
    let mut depth = 0usize;
    loop {
        let here = walk.text.cell(walk.at.cell);
        if here == *open || here == *close {
            if (here == *open) == is_open {
                depth += 1;
            } else {
                depth = depth.saturating_sub(1);
            }
        }
        if depth == 0 {
            return walk.at;
        }
        if !(if is_open { walk.forward() } else { walk.backward() }) {
            return from;
        }
    }
}

/// The prompt before or after a line, of those that begin at these lines, oldest first; none stays.
pub fn prompt(
    document: Document<'_>,
    prompts: impl DoubleEndedIterator<Item = u64>,
    from: Point,
    direction: Direction,
) -> Point {
    let mut prompts = prompts.filter(|line| (document.first()..=document.last()).contains(line));
    let found = match direction {
        Direction::Forward => prompts.find(|line| *line > from.line),
        Direction::Backward => prompts.rfind(|line| *line < from.line),
    };
    found.map_or(from, |line| Point { line, cell: 0 })
}

/// `G`: the last line that has text.
pub fn last_text(document: Document<'_>) -> Point {
    let mut line = document.last();
    for _ in 0..MAX_LINES {
        if line <= document.first() || document.text(line).n_cells() > 0 {
            break;
        }
        line -= 1;
    }
    Point { line, cell: 0 }
}
