//! The terminal's cells on the screen: styles, wide characters, rows, history.
//!
//! This is the hot path: a row is written in one pass, without allocation for ordinary text.

use std::num::NonZeroU16;
use std::ops::{Range, RangeInclusive};

use ratatui::buffer::{Buffer, Cell, CellDiffOption};
use ratatui::style::{Color, Modifier};

use crate::core::pane::Pane;
use crate::geometry::Rect;
use crate::layout::solve::PlacedPane;
use crate::term::style::{Attributes, Color as TermColor, Style};
use crate::term::{CellView, Cursor};
use crate::text;
use crate::ui::canvas::to_ratatui;
use crate::ui::extras;
use crate::ui::foot::foot_rows;

/// Where the outer terminal's cursor stands and how it looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OuterCursor {
    /// Column, from 0.
    pub x: u16,
    /// Row, from 0.
    pub y: u16,
    /// DECSCUSR parameter, as in [`Cursor::shape`].
    pub shape: u8,
}

/// Draws these rows of the pane's terminal (numbered as in the terminal) and nothing else, as long as the pane shows its
/// live screen; for panes that are read back and after changes of any other kind the whole screen is drawn. The foot of a pane that
/// does not run stays as it is.
pub fn draw_pane_rows(pane: &Pane, placed: &PlacedPane, rows: RangeInclusive<u16>, buf: &mut Buffer) {
    let inner = placed.inner;
    // A terminal higher than its pane is shown around its cursor, which may have moved: all rows then.
    let is_whole = first_row(pane, inner) > 0;
    for (y, row) in visible_rows(pane, inner) {
        if is_whole || rows.contains(&row) {
            draw_screen_row(pane, row, Rect::new(inner.x, y, inner.width, 1), buf);
        }
    }
}

/// Which rows of the pane's terminal are in sight, and where on the screen: (y, row).
pub fn visible_rows(pane: &Pane, inner: Rect) -> impl Iterator<Item = (u16, u16)> + use<> {
    let first = first_row(pane, inner);
    let n_lines = inner.height - foot_rows(pane, inner).min(inner.height);
    (0..n_lines).map(move |line| (inner.y + line, first + line))
}

/// Where the pane's cursor stands on the screen; `None` where its program hides it or it lies outside of the pane.
pub fn pane_cursor(pane: &Pane, placed: &PlacedPane) -> Option<OuterCursor> {
    let Cursor { row, col, visible, shape } = pane.terminal.cursor();
    let line = row.checked_sub(first_row(pane, placed.inner))?;
    let inner = placed.inner;
    let is_inside = line < inner.height - foot_rows(pane, inner).min(inner.height) && col < inner.width;
    (visible && pane.is_live() && is_inside).then(|| OuterCursor { x: inner.x + col, y: inner.y + line, shape })
}

/// The terminal's row at the upper edge of the pane: 0, unless another client's screen made the terminal higher than this
/// pane; then the cursor's row stays in sight.
pub fn first_row(pane: &Pane, inner: Rect) -> u16 {
    let rows = pane.terminal.size().rows();
    if rows <= inner.height { 0 } else { (pane.terminal.cursor().row + 1).saturating_sub(inner.height) }
}

fn draw_screen_row(pane: &Pane, row: u16, target: Rect, buf: &mut Buffer) {
    let mut writer = RowWriter::new(target, pane.is_dimmed(), buf);
    if row < pane.terminal.size().rows() {
        pane.terminal.row(row, |col, view| writer.write(col, view));
    }
}

/// Writes the cells of one row; what is not written is blank.
pub(super) struct RowWriter<'a> {
    buf: &'a mut Buffer,
    cells: Range<usize>,
    dim: Modifier,
}

impl<'a> RowWriter<'a> {
    pub(super) fn new(target: Rect, is_dimmed: bool, buf: &'a mut Buffer) -> Self {
        let dim = if is_dimmed { Modifier::DIM } else { Modifier::empty() };
        let mut writer = Self { buf, cells: 0..0, dim };
        writer.restart(target);
        writer
    }

    /// Goes to another row, and empties it.
    pub(super) fn restart(&mut self, target: Rect) {
        let target = to_ratatui(target).intersection(*self.buf.area());
        self.cells = 0..0;
        if !target.is_empty() {
            let start = self.buf.index_of(target.x, target.y);
            self.cells = start..start + usize::from(target.width);
        }
        self.row().iter_mut().for_each(Cell::reset);
    }

    fn row(&mut self) -> &mut [Cell] {
        self.buf.content.get_mut(self.cells.clone()).unwrap_or_default()
    }

    pub(super) fn write(&mut self, col: u16, view: CellView<'_>) {
        let (col, dim) = (usize::from(col), self.dim);
        // The half of a wide character that is left at the edge is a blank.
        let is_cut = view.width == 2 && col + 1 >= self.cells.len();
        let Some(cell) = self.row().get_mut(col) else { return };
        if view.width == 0 || view.text.is_empty() || is_cut {
            cell.set_symbol(" ");
        } else {
            cell.set_symbol(view.text);
            // Where the terminal counted other columns than the drawing library would, the terminal is right: it is what
            // the program laid its screen out by.
            if view.text.len() > 1 && text::width(view.text) != usize::from(view.width) {
                cell.diff_option =
                    NonZeroU16::new(u16::from(view.width)).map_or(CellDiffOption::None, CellDiffOption::ForcedWidth);
            }
        }
        let style = &view.style;
        cell.fg = color(style.fg);
        cell.bg = color(style.bg);
        cell.underline_color = color(style.underline_color);
        cell.modifier = modifier(style) | dim;
    }
}

fn color(color: TermColor) -> Color {
    match color {
        TermColor::Default => Color::Reset,
        TermColor::Indexed(index) => Color::Indexed(index),
        TermColor::Rgb(red, green, blue) => Color::Rgb(red, green, blue),
    }
}

fn modifier(style: &Style) -> Modifier {
    const PAIRS: [(u16, Modifier); 8] = [
        (Attributes::BOLD, Modifier::BOLD),
        (Attributes::DIM, Modifier::DIM),
        (Attributes::ITALIC, Modifier::ITALIC),
        (Attributes::BLINK, Modifier::SLOW_BLINK),
        (Attributes::INVERSE, Modifier::REVERSED),
        (Attributes::HIDDEN, Modifier::HIDDEN),
        (Attributes::STRIKE, Modifier::CROSSED_OUT),
        (Attributes::OVERLINE, extras::OVERLINED),
    ];
    let mut modifier = Modifier::empty();
    if style.attributes != Attributes::default() {
        for (bit, flag) in PAIRS {
            if style.attributes.has(bit) {
                modifier |= flag;
            }
        }
    }
    if style.link != 0 {
        modifier |= extras::LINKED;
    }
    modifier | extras::underline(style.underline)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::term::style::Underline;

    fn written(width: u16, views: &[CellView<'_>]) -> Buffer {
        let mut buf = Buffer::filled(ratatui::layout::Rect::new(0, 0, 8, 1), Cell::new("#"));
        let mut row = RowWriter::new(Rect::new(1, 0, width, 1), false, &mut buf);
        for (col, view) in (0..).zip(views) {
            row.write(col, *view);
        }
        buf
    }

    fn symbols(buf: &Buffer) -> String {
        buf.content.iter().map(Cell::symbol).collect()
    }

    fn view(text: &str, width: u8) -> CellView<'_> {
        CellView { text, width, style: Style::default() }
    }

    #[test]
    fn a_row_stays_inside_its_pane_and_blanks_the_rest() {
        assert_eq!(symbols(&written(3, &[view("a", 1)])), "#a  ####");
        assert_eq!(symbols(&written(2, &[view("a", 1), view("b", 1), view("c", 1)])), "#ab#####");
    }

    #[test]
    fn a_wide_character_cut_by_the_edge_is_a_blank() {
        assert_eq!(symbols(&written(2, &[view("a", 1), view("漢", 2), view("", 0)])), "#a #####");
        assert_eq!(symbols(&written(3, &[view("漢", 2), view("", 0), view("x", 1)])), "#漢 x####");
    }

    #[test]
    fn a_width_that_the_terminal_counted_differently_is_forced() {
        let buf = written(3, &[view("\u{2764}\u{fe0f}", 1), view("x", 1)]);
        let one = NonZeroU16::new(1).expect("not zero");
        assert_eq!(buf.content[1].diff_option, CellDiffOption::ForcedWidth(one));
        assert_eq!(buf.content[2].diff_option, CellDiffOption::None);
    }

    #[test]
    fn every_attribute_reaches_the_screen() {
        let cases = [
            (Attributes::BOLD, Modifier::BOLD),
            (Attributes::DIM, Modifier::DIM),
            (Attributes::ITALIC, Modifier::ITALIC),
            (Attributes::BLINK, Modifier::SLOW_BLINK),
            (Attributes::INVERSE, Modifier::REVERSED),
            (Attributes::HIDDEN, Modifier::HIDDEN),
            (Attributes::STRIKE, Modifier::CROSSED_OUT),
            (Attributes::OVERLINE, extras::OVERLINED),
        ];
        for (bit, flag) in cases {
            let style = Style { attributes: Attributes(bit), ..Style::default() };
            assert_eq!(modifier(&style), flag);
        }
        let curly = modifier(&Style { underline: Underline::Curly, ..Style::default() });
        assert_eq!(extras::underline_kind(curly), Some(3));
        assert_eq!(modifier(&Style { link: 1, ..Style::default() }), extras::LINKED);
        assert_eq!(color(TermColor::Indexed(9)), Color::Indexed(9));
        assert_eq!(color(TermColor::Rgb(1, 2, 3)), Color::Rgb(1, 2, 3));
    }
}
