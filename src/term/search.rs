//! Searching a document: patterns, and a sweep over the history that can be done in slices.
//!
//! Pure. A sweep starts at a place and goes round the document once, block by block, so that the match that is wanted is found
//! first, and no slice takes longer than a key may ([`Slices`]).

use std::ops::Range;
use std::time::Duration;

use regex::{Regex, RegexBuilder};

use super::lines::{Document, LineText, Point};
use super::plain::Plain;
use crate::time::Instant;

/// Compiled size of a pattern at most; beyond it is taken literally. Chosen: room for `\w{8}`, and what is larger takes longer than a key
/// may before it has looked at anything (`(.{1,30}){1,20}`: 22 ms).
const MAX_PATTERN_BYTES: usize = 512 << 10;
/// Matches kept: the count stops there. Chosen: 4 MiB.
pub const MAX_MATCHES: usize = 100_000;
/// What the first slice of a sweep reads, and every one at least, in bytes of text. Chosen: 20 us with most patterns, 6 ms with the worst.
pub const FIRST_SLICE_BYTES: usize = 16 << 10;
/// What one slice reads at most. Chosen: about 4 ms with most patterns.
const MAX_SLICE_BYTES: usize = 1 << 20;
/// Slices become larger below this time, with what is done between them, and smaller above the other. Chosen: half of what a key may
/// take is left to the key.
const QUICK_SLICE: Duration = Duration::from_millis(4);
const SLOW_SLICE: Duration = Duration::from_millis(8);
/// What a line that matches costs beside one that does not, as a multiple of its bytes (measured: 15 ns a byte against 1).
const MATCH_COST: usize = 16;

/// What is looked for.
#[derive(Clone, Debug)]
pub struct Pattern {
    source: String,
    line: Regex,
    /// Finds lines in many lines; may find too many, never too few.
    lines: Regex,
    kind: Kind,
}

/// How a pattern is taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Expression,
    /// As it stands, as it was to be.
    Text,
    /// As it stands, because it is no valid expression.
    Fallback,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source && self.kind == other.kind
    }
}

impl Pattern {
    /// A regular expression (syntax of the regex crate), or the text itself where it is none. Upper and lower case differ only
    /// where the pattern has an upper-case letter. `None` for an empty text.
    pub fn new(source: &str) -> Option<Self> {
        if source.is_empty() {
            return None;
        }
        Self::compile(source, source, Kind::Expression)
            .or_else(|| Self::compile(source, &regex::escape(source), Kind::Fallback))
    }

    /// The text itself, with the same rule for upper and lower case. `None` for an empty text.
    pub fn literal(source: &str) -> Option<Self> {
        if source.is_empty() { None } else { Self::compile(source, &regex::escape(source), Kind::Text) }
    }

    fn compile(source: &str, expression: &str, kind: Kind) -> Option<Self> {
        let is_literal = kind != Kind::Expression;
        let is_sensitive = if is_literal { source.chars().any(char::is_uppercase) } else { has_upper_case(source) };
        let build = |expression: &str| {
            RegexBuilder::new(expression)
                .case_insensitive(!is_sensitive)
                .multi_line(true)
                .size_limit(MAX_PATTERN_BYTES)
                .build()
                .ok()
        };
        let line = build(expression)?;
        // The ends of the text are the ends of a line for `line` only: with them any line may match.
        let has_text_ends = !is_literal && (source.contains("\\A") || source.contains("\\z"));
        let lines = if has_text_ends { build("^")? } else { line.clone() };
        Some(Self { source: source.to_owned(), line, lines, kind })
    }

    /// What was typed.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether it was to be a regular expression, and is none: then it is looked for as it stands.
    pub fn is_fallback(&self) -> bool {
        self.kind == Kind::Fallback
    }

    /// The matches in a line, as cells; empty matches do not count.
    pub fn matches(&self, text: &LineText) -> Vec<Range<usize>> {
        let found = self.line.find_iter(text.as_str()).filter(|found| !found.is_empty());
        found.map(|found| text.cell_of_byte(found.start())..text.cell_of_byte(found.end() - 1) + 1).collect()
    }

    /// Which of the lines of a text may match, as byte offsets of their starts.
    pub fn candidate_lines<'a>(&'a self, text: &'a str) -> impl Iterator<Item = usize> + 'a {
        let mut from = 0;
        std::iter::from_fn(move || {
            let found = (from < text.len()).then(|| self.lines.find_at(text, from)).flatten()?;
            let start = memchr::memrchr(b'\n', &text.as_bytes()[..found.start()]).map_or(0, |at| at + 1);
            from = memchr::memchr(b'\n', &text.as_bytes()[found.start()..])
                .map_or(text.len(), |at| found.start() + at + 1);
            Some(start)
        })
    }
}

/// Whether the expression has an upper-case letter that is no class (`\S`, `\W`).
fn has_upper_case(expression: &str) -> bool {
    let mut is_escaped = false;
    expression.chars().any(|c| {
        let counts = !is_escaped && c.is_uppercase();
        is_escaped = !is_escaped && c == '\\';
        counts
    })
}

/// The lines that match, oldest first, with their numbers; at most so many.
pub fn lines_with(pattern: &Pattern, document: &Document<'_>, limit: usize) -> Vec<(u64, String)> {
    let mut sweep = Sweep::new(Direction::Forward, Point { line: document.first(), cell: 0 });
    while !sweep.is_done() {
        sweep.advance(pattern, document, MAX_SLICE_BYTES);
    }
    let mut lines: Vec<u64> = sweep.in_order().map(|found| found.start.line).collect();
    lines.dedup();
    lines.truncate(limit);
    lines.into_iter().map(|line| (line, document.text(line).as_str().to_owned())).collect()
}

/// Which way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    /// To the newer lines, and to the right.
    Forward,
    /// To the older lines, and to the left.
    Backward,
}

impl Direction {
    /// The other one.
    pub fn reversed(self) -> Self {
        match self {
            Self::Forward => Self::Backward,
            Self::Backward => Self::Forward,
        }
    }
}

/// A match.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Match {
    /// Its first cell.
    pub start: Point,
    /// Behind its last cell, in the same line.
    pub end: usize,
}

/// How much the slices of a sweep read: patterns differ a hundredfold in what a byte costs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Slices {
    bytes: usize,
    /// When the last one began.
    began: Option<Instant>,
}

impl Default for Slices {
    fn default() -> Self {
        Self { bytes: FIRST_SLICE_BYTES, began: None }
    }
}

impl Slices {
    /// Bytes for a slice that begins now, right after the last one.
    pub fn next(&mut self, now: Instant) -> usize {
        match self.began.replace(now) {
            Some(began) if now < began + QUICK_SLICE => self.bytes *= 2,
            Some(began) if now > began + SLOW_SLICE => self.bytes /= 2,
            _ => {}
        }
        self.bytes = self.bytes.clamp(FIRST_SLICE_BYTES, MAX_SLICE_BYTES);
        self.bytes
    }
}

/// Where a sweep is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Leg {
    /// Between the start and the end of the document that lies ahead.
    Ahead,
    /// Between its other end and the start.
    Around,
    /// All is known.
    Done,
}

/// A search that goes round the document once.
#[derive(Clone, PartialEq, Debug)]
pub struct Sweep {
    direction: Direction,
    start: Point,
    leg: Leg,
    /// The line to be looked at next.
    next: u64,
    /// Matches behind the start, in the direction; then those found after going round. Each in the order in which it was found.
    ahead: Vec<Match>,
    around: Vec<Match>,
}

impl Sweep {
    /// A sweep that first finds what comes after `start` in this direction.
    pub fn new(direction: Direction, start: Point) -> Self {
        Self { direction, start, leg: Leg::Ahead, next: start.line, ahead: Vec::new(), around: Vec::new() }
    }

    /// Whether the whole document was looked at (or there are too many matches).
    pub fn is_done(&self) -> bool {
        self.leg == Leg::Done
    }

    /// Matches found so far.
    pub fn n_matches(&self) -> usize {
        self.ahead.len() + self.around.len()
    }

    /// The first match in the sweep's direction, as soon as it is known.
    pub fn nearest(&self) -> Option<Match> {
        self.ahead.first().or(self.around.first()).copied()
    }

    /// Goes on for about so many bytes of text.
    pub fn advance(&mut self, pattern: &Pattern, document: &Document<'_>, bytes: usize) {
        let mut left = bytes;
        while left > 0 && self.leg != Leg::Done {
            left = left.saturating_sub(self.step(pattern, document, left).max(64));
        }
    }

    /// Looks at lines of one block, of about so many bytes; what it cost.
    fn step(&mut self, pattern: &Pattern, document: &Document<'_>, bytes: usize) -> usize {
        let (oldest, newest) = (document.first(), document.last());
        let end = match (self.direction, self.leg) {
            (Direction::Forward, Leg::Ahead) => newest,
            (Direction::Backward, Leg::Ahead) => oldest,
            (_, Leg::Around | Leg::Done) => self.start.line.clamp(oldest, newest),
        };
        self.next = self.next.clamp(oldest, newest);
        let mut plain = Plain::default();
        // A line that is gone is a stretch of its own, without text.
        let is_there = document.read_plain(self.next, &mut plain);
        let lines = match self.direction {
            _ if !is_there => self.next..=self.next,
            Direction::Forward => self.next..=plain.last_within(self.next, bytes).min(end),
            Direction::Backward => plain.first_within(self.next, bytes).max(end)..=self.next,
        };
        let (from, text) = if is_there { plain.text_of(&lines) } else { (0, "") };
        let mut cost = text.len();
        let mut found = Vec::new();
        for offset in pattern.candidate_lines(text) {
            let number = plain.line_of(from + offset);
            let text = document.text(number);
            cost += MATCH_COST * text.as_str().len();
            let in_line = pattern.matches(&text).into_iter();
            found.extend(
                in_line.map(|cells| Match { start: Point { line: number, cell: cells.start }, end: cells.end }),
            );
        }
        self.take(found);
        let is_last = match self.direction {
            Direction::Forward => *lines.end() >= end || lines.is_empty(),
            Direction::Backward => *lines.start() <= end || lines.is_empty(),
        };
        match self.direction {
            Direction::Forward => self.next = lines.end().saturating_add(1),
            Direction::Backward => self.next = lines.start().saturating_sub(1),
        }
        if is_last {
            (self.leg, self.next) = match (self.leg, self.direction) {
                (Leg::Ahead, Direction::Forward) => (Leg::Around, oldest),
                (Leg::Ahead, Direction::Backward) => (Leg::Around, newest),
                (Leg::Around | Leg::Done, _) => (Leg::Done, self.next),
            };
        }
        if self.n_matches() >= MAX_MATCHES {
            self.leg = Leg::Done;
        }
        cost
    }

    fn take(&mut self, mut found: Vec<Match>) {
        if self.direction == Direction::Backward {
            found.reverse();
        }
        let (start, direction) = (self.start, self.direction);
        let is_ahead = |found: &Match| match direction {
            Direction::Forward => found.start > start,
            Direction::Backward => found.start < start,
        };
        match self.leg {
            Leg::Ahead => self.ahead.extend(found.into_iter().filter(is_ahead)),
            Leg::Around => self.around.extend(found.into_iter().filter(|found| !is_ahead(found))),
            Leg::Done => {}
        }
    }

    /// All matches, oldest first; complete once the sweep is done.
    fn in_order(&self) -> impl Iterator<Item = &Match> + '_ {
        let (forward, backward) = match self.direction {
            Direction::Forward => (Some(self.around.iter().chain(&self.ahead)), None),
            Direction::Backward => (None, Some(self.ahead.iter().rev().chain(self.around.iter().rev()))),
        };
        // For a backward sweep `ahead` lies before `around`, both newest first.
        forward.into_iter().flatten().chain(backward.into_iter().flatten())
    }

    /// The match at a place, counted from the oldest, from 1; `None` while not all are known or where there is none.
    pub fn rank(&self, at: Point) -> Option<usize> {
        if !self.is_done() {
            return None;
        }
        self.in_order().position(|found| found.start == at).map(|index| index + 1)
    }

    /// The next match from a place; goes round at the ends. Before the sweep is done it is known only on the way that the
    /// sweep has gone already.
    pub fn next_from(&self, at: Point, direction: Direction) -> Option<Match> {
        if self.is_done() {
            return match direction {
                Direction::Forward => {
                    self.in_order().find(|found| found.start > at).or_else(|| self.in_order().next()).copied()
                }
                Direction::Backward => {
                    let before = self.in_order().take_while(|found| found.start < at).last();
                    before.or_else(|| self.in_order().last()).copied()
                }
            };
        }
        if direction != self.direction {
            return None;
        }
        let is_beyond = |found: &&Match| match direction {
            Direction::Forward => found.start > at,
            Direction::Backward => found.start < at,
        };
        self.ahead.iter().find(is_beyond).copied()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::geometry::Size;
    use crate::term::{Terminal, TerminalOptions};

    #[test]
    fn slices_grow_while_they_are_quick_and_shrink_when_they_are_slow() {
        let mut slices = Slices::default();
        let mut now = Instant::default();
        let mut after = |ms: u64| {
            now = now + Duration::from_millis(ms);
            slices.next(now) / FIRST_SLICE_BYTES
        };
        assert_eq!([0, 1, 1, 5, 1, 1, 1, 1, 1].map(&mut after), [1, 2, 4, 4, 8, 16, 32, 64, 64], "at most a megabyte");
        assert_eq!([9, 5, 9, 9, 9, 9, 9, 9].map(after), [32, 32, 16, 8, 4, 2, 1, 1]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn however_a_sweep_is_cut_it_finds_what_is_there_once(
            lines in prop::collection::vec("[ab漢 ]{0,12}", 1..400),
            pattern in prop::sample::select(vec!["a", "ab+", "^b", "a$", "漢.", "b*", "(a|b) ", "\\Aa", "b\\z"]),
            is_forward in any::<bool>(),
            start in 0u64..400,
            slices in prop::collection::vec(1usize..600, 1..8),
        ) {
            let mut terminal = Terminal::new(Size::new(20, 3), TerminalOptions::default());
            // Some of several blocks.
            let padding = "-".repeat(1000);
            for (n, line) in lines.iter().enumerate() {
                terminal.feed(if n % 4 == 0 { format!("{line}{padding}\r\n") } else { format!("{line}\r\n") }.as_bytes());
            }
            let frozen = terminal.freeze();
            let document = Document::new(&terminal, &frozen);
            let pattern = Pattern::new(pattern).expect("not empty");
            let direction = if is_forward { Direction::Forward } else { Direction::Backward };
            let mut sweep = Sweep::new(direction, Point { line: start.min(document.last()), cell: 0 });
            for bytes in slices.iter().cycle() {
                if sweep.is_done() {
                    break;
                }
                sweep.advance(&pattern, &document, *bytes);
            }
            let found: Vec<_> = sweep.in_order().copied().collect();
            let of_line = |number: u64| {
                let cells = pattern.matches(&document.text(number)).into_iter();
                cells.map(move |cells| Match { start: Point { line: number, cell: cells.start }, end: cells.end })
            };
            prop_assert_eq!(found, (document.first()..=document.last()).flat_map(of_line).collect::<Vec<_>>());
        }
    }
}
