//! A text that was copied. A long one is read when somebody needs it, so that the key that copied it waits for nothing.
//!
//! Pure: what is read does not change any more, so it does not matter who reads it, and when.

use std::fmt;
use std::sync::{Arc, LazyLock};

use crate::term::Terminal;
use crate::term::lines::{Document, FrozenScreen, KeptDocument};
use crate::term::selection::Selection;

/// A selection is read at once if the blocks that have its lines are no larger. Chosen: a millisecond or two.
const SHORT_BYTES: usize = 1 << 20;

/// A text that was copied; clones are the same one.
#[derive(Clone, Debug)]
pub enum CopiedText {
    /// It is here.
    Short(Arc<str>),
    /// It is read by whoever needs it first; who needs it meanwhile waits.
    Long(Arc<LongText>),
}

/// What is selected of a long document.
pub struct LongText {
    n_lines: u64,
    text: LazyLock<String, Box<dyn FnOnce() -> String + Send>>,
}

impl fmt::Debug for LongText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LongText").field("n_lines", &self.n_lines).finish_non_exhaustive()
    }
}

impl CopiedText {
    /// What is selected of a terminal's history above a screen that was frozen earlier, shown at this width.
    pub fn of(selection: Selection, terminal: &Terminal, frozen: &Arc<FrozenScreen>, columns: u16) -> Self {
        let document = Document::new(terminal, frozen);
        let long = selection.lines(&document).filter(|lines| document.room(lines) > SHORT_BYTES);
        let Some(lines) = long else { return selection.text(&document, columns).into() };
        let document = KeptDocument::new(terminal, Arc::clone(frozen));
        let read = move || selection.text(&document.document(), columns);
        Self::Long(Arc::new(LongText { n_lines: lines.end() - lines.start() + 1, text: LazyLock::new(Box::new(read)) }))
    }

    /// The text. A long one is read first, where nobody did: 20 ms for 10 MB.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Short(text) => text,
            Self::Long(long) => &long.text,
        }
    }

    /// How many lines it has; of what was read in a long document, those that the program wrote, whatever the rows.
    pub fn n_lines(&self) -> u64 {
        match self {
            Self::Short(text) => text.lines().count() as u64,
            Self::Long(long) => long.n_lines,
        }
    }
}

impl From<String> for CopiedText {
    fn from(text: String) -> Self {
        Self::Short(text.into())
    }
}

/// Equal texts, however they came.
impl PartialEq for CopiedText {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::copy::{CopyMode, CopyOutcome, Entry};
    use crate::geometry::Size;
    use crate::id::PaneId;
    use crate::input::event::KeyEvent;
    use crate::term::TerminalOptions;
    use crate::term::lines::Point;
    use crate::term::selection::Shape;

    const SIZE: Size = Size::new(160, 4);

    fn terminal(n_lines: usize) -> Terminal {
        let mut terminal = Terminal::new(SIZE, TerminalOptions::default());
        let words = "words ".repeat(20);
        (0..n_lines).for_each(|n| terminal.feed(format!("\x1b[3{}mline {n}\x1b[m 漢字 {words}\r\n", n % 8).as_bytes()));
        terminal
    }

    #[test]
    fn a_long_text_is_what_was_there_when_it_was_copied() {
        let mut terminal = terminal(9_000);
        let frozen = Arc::new(terminal.freeze());
        let whole =
            |shape| Selection { anchor: Point { line: 3, cell: 2 }, head: Point { line: 8_999, cell: 3 }, shape };
        let texts = [Shape::Cells, Shape::Lines, Shape::Block].map(|shape| {
            let text = whole(shape).text(&Document::new(&terminal, &frozen), SIZE.cols());
            (CopiedText::of(whole(shape), &terminal, &frozen, SIZE.cols()), text)
        });
        // What was shared is compressed, dropped and cut meanwhile.
        terminal.take_history_blocks(crate::term::HistoryMark::default());
        (0..20_000).for_each(|_| terminal.feed(b"something else\r\n"));
        terminal.feed(b"\x1b[3J\x1b[2J");
        for (copied, text) in texts {
            assert!(matches!(copied, CopiedText::Long(_)));
            assert_eq!(copied.n_lines(), 8_997);
            assert_eq!(copied.as_str(), text);
            assert_eq!(text.lines().count(), 8_997);
        }
    }

    #[test]
    fn only_a_long_selection_is_read_later() {
        for (n_lines, is_long) in [(2_000, false), (90_000, true)] {
            let options = TerminalOptions { history_lines: 100_000, ..TerminalOptions::default() };
            let mut terminal = Terminal::new(SIZE, options);
            terminal.feed("some words of a line\r\n".repeat(n_lines).as_bytes());
            let mut copy = CopyMode::new(PaneId::new(1).expect("not zero"), &terminal, SIZE, Entry::Key);
            for key in "gVG".chars() {
                copy.key(&KeyEvent::char(key), None, &terminal);
            }
            let CopyOutcome::Copy(text) = copy.key(&KeyEvent::char('y'), None, &terminal) else { panic!("it copies") };
            assert_eq!(matches!(text, CopiedText::Long(_)), is_long);
            assert_eq!((text.n_lines(), text.as_str().lines().count()), (n_lines as u64, n_lines));
        }
    }
}
