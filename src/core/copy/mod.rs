//! Copy mode: reading back in a pane, selecting, searching. `CopyMode::key(key, terminal) → outcome`.
//!
//! Pure. Owns what one client's copy mode holds; what an outcome does to the rest is `core::copying`'s.

pub mod keys;
pub mod motion;
pub mod mouse;
pub mod seek;
pub mod view;

use std::sync::Arc;

use crate::core::copied::CopiedText;
use crate::geometry::Size;
use crate::id::PaneId;
use crate::term::Terminal;
use crate::term::lines::{Document, FrozenScreen, Point};
use crate::term::links::links_of;
use crate::term::selection::{Selection, Shape};
use motion::Find;
use seek::{Prompt, Seek};
use view::{Page, RowAt};

/// How copy mode was entered: what the wheel began, the wheel ends at the bottom.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Entry {
    /// By a key.
    Key,
    /// By the wheel.
    Wheel,
    /// By the mouse, for one selection: its end is copied.
    Drag,
}

/// What a key means together with the one before it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Begun {
    /// `f`, `F`, `t`, `T`: the next character is looked for.
    Find(Find),
    /// `[`: a prompt further up.
    PromptUp,
    /// `]`: a prompt further down.
    PromptDown,
    /// `z`: where the cursor's row is to stand.
    Place,
}

/// What a key did.
#[derive(Clone, PartialEq, Debug)]
pub enum CopyOutcome {
    /// Copy mode stays (and may look different).
    Stay,
    /// It ends.
    Leave,
    /// It ends, and this is copied.
    Copy(CopiedText),
    /// Open this link; copy mode stays.
    Open(Arc<str>),
    /// Open this text in the user's editor; copy mode ends.
    Edit(CopiedText),
    /// Say this; copy mode stays.
    Say(&'static str),
}

/// One client's copy mode.
#[derive(Clone, PartialEq, Debug)]
pub struct CopyMode {
    /// The pane that is read.
    pub pane: PaneId,
    /// Its screen when the reading began.
    pub frozen: Arc<FrozenScreen>,
    /// The room in which it is shown.
    pub size: Size,
    /// How it was entered.
    pub entry: Entry,
    /// The cursor.
    pub cursor: Point,
    /// The row at the top.
    pub top: RowAt,
    /// The column that `j` and `k` keep to.
    column: Option<usize>,
    /// Where the selection began.
    selected: Option<(Point, Shape)>,
    count: Option<usize>,
    begun: Option<Begun>,
    last_find: Option<Find>,
    /// The search that `n` goes on with.
    pub seek: Option<Seek>,
    /// The pattern that is being typed.
    pub prompt: Option<Prompt>,
}

impl CopyMode {
    /// Copy mode of a pane whose terminal this is, shown in so much room.
    pub fn new(pane: PaneId, terminal: &Terminal, size: Size, entry: Entry) -> Self {
        let frozen = Arc::new(terminal.freeze());
        let cursor = frozen.cursor();
        let mut mode = Self {
            pane,
            frozen,
            size,
            entry,
            cursor,
            top: RowAt::default(),
            column: None,
            selected: None,
            count: None,
            begun: None,
            last_find: None,
            seek: None,
            prompt: None,
        };
        let page = mode.page(terminal).lowest_top();
        mode.top = page;
        mode.show_cursor(terminal);
        mode
    }

    /// The document.
    pub fn document<'a>(&'a self, terminal: &'a Terminal) -> Document<'a> {
        Document::new(terminal, &self.frozen)
    }

    /// What is selected, as a text; a long one is still to be read.
    fn copied(&self, selection: Selection, terminal: &Terminal) -> CopiedText {
        CopiedText::of(selection, terminal, &self.frozen, self.size.cols())
    }

    /// The document in its room.
    pub fn page<'a>(&'a self, terminal: &'a Terminal) -> Page<'a> {
        Page { document: self.document(terminal), size: self.size }
    }

    /// What is selected.
    pub fn selection(&self) -> Option<Selection> {
        self.selected.map(|(anchor, shape)| Selection { anchor, head: self.cursor, shape })
    }

    /// The count typed so far.
    pub fn count(&self) -> Option<usize> {
        self.count
    }

    /// The pane has another size now.
    pub fn resize(&mut self, terminal: &Terminal, size: Size) {
        if self.size != size {
            self.size = size;
            self.top = self.page(terminal).clamped(RowAt { row: 0, ..self.top });
            self.show_cursor(terminal);
        }
    }

    /// What of the history was dropped meanwhile is not read any more.
    pub fn settle(&mut self, terminal: &Terminal) {
        let page = self.page(terminal);
        let (cursor, top) = (page.clamped_point(self.cursor), page.clamped(self.top));
        (self.cursor, self.top) = (cursor, top);
    }

    /// Lines above the bottom, and lines there are above the screen: `[1204/10021]`.
    pub fn position(&self, terminal: &Terminal) -> (u64, u64) {
        let document = self.document(terminal);
        let origin = document.origin().line;
        (origin.saturating_sub(self.top.line), origin.saturating_sub(document.first()))
    }

    /// Goes to a cell and shows it.
    pub fn go(&mut self, terminal: &Terminal, to: Point) {
        self.cursor = self.page(terminal).clamped_point(to);
        self.column = None;
        self.show_cursor(terminal);
    }

    /// Scrolls as little as needed to have the cursor in sight; far away it stands in the middle.
    pub(super) fn show_cursor(&mut self, terminal: &Terminal) {
        let page = self.page(terminal);
        let rows = isize::try_from(page.size.rows()).unwrap_or(isize::MAX);
        let at = page.row_of(self.cursor);
        let below = page.distance(self.top, at, 2 * rows);
        let top = if (0..rows).contains(&below) {
            self.top
        } else if below < 0 && below > -rows {
            at
        } else if below >= rows && below < 2 * rows {
            page.moved(at, 1 - rows)
        } else {
            page.moved(at, -(rows / 2))
        };
        self.top = page.clamped(top.min(page.lowest_top()));
    }

    /// Moves the page by rows (negative: up) and keeps the cursor on it.
    pub fn scroll(&mut self, terminal: &Terminal, rows: isize) {
        let page = self.page(terminal);
        let top = page.moved(self.top, rows).min(page.lowest_top());
        let height = isize::try_from(page.size.rows()).unwrap_or(isize::MAX);
        let at = page.row_of(self.cursor);
        let bottom = page.moved(top, height - 1);
        let kept = at.clamp(top, bottom);
        let column = self.column.unwrap_or_else(|| page.column_of(self.cursor));
        let cursor = if kept == at { self.cursor } else { page.cell_at(kept, column) };
        (self.top, self.cursor) = (top, cursor);
        self.column = Some(column);
    }

    /// Whether the page shows the end of the document.
    pub fn is_at_bottom(&self, terminal: &Terminal) -> bool {
        self.top >= self.page(terminal).lowest_top()
    }

    /// The cursor so many rows further down (negative: up), in the same column where there is text.
    fn move_rows(&mut self, terminal: &Terminal, rows: isize) {
        let page = self.page(terminal);
        let column = self.column.unwrap_or_else(|| page.column_of(self.cursor));
        let at = page.moved(page.row_of(self.cursor), rows);
        self.cursor = page.cell_at(at, column);
        self.column = Some(column);
        self.show_cursor(terminal);
    }

    /// A page (or half of one) up or down: the page moves, and the cursor with it.
    fn move_page(&mut self, terminal: &Terminal, rows: isize) {
        let page = self.page(terminal);
        let before = self.top;
        let top = page.moved(self.top, rows).min(page.lowest_top());
        let moved = page.distance(before, top, rows.abs());
        self.top = top;
        // At the end of the document the cursor goes on alone.
        self.move_rows(terminal, if moved == 0 { rows } else { moved });
    }

    /// The link at the cursor.
    fn link_here(&self, terminal: &Terminal) -> Option<Arc<str>> {
        link_at(self.document(terminal), self.cursor)
    }
}

/// The link that has the cell.
pub fn link_at(document: Document<'_>, at: Point) -> Option<Arc<str>> {
    let text = document.text(at.line);
    links_of(&document, at.line, &text).into_iter().find(|link| link.cells.contains(&at.cell)).map(|link| link.uri)
}

#[cfg(test)]
mod tests;
