//! What a pane's cells know beyond ratatui's: kinds of underlines, overlines, hyperlinks; as bits of the modifier that ratatui
//! does not use and hands on.

use std::collections::BTreeMap;
use std::ops::{Range, RangeInclusive};
use std::sync::Arc;

use ratatui::style::Modifier;

use crate::core::pane::Pane;
use crate::geometry::Rect;
use crate::layout::solve::PlacedPane;
use crate::term::style::Underline;
use crate::ui::cells::visible_rows;

/// A line above the text.
pub const OVERLINED: Modifier = Modifier::from_bits_retain(1 << 12);

/// The cell belongs to a link: [`Links`] says to which.
pub const LINKED: Modifier = Modifier::from_bits_retain(1 << 13);

/// The kind of an underline is a number in these bits; 0 is the plain line.
const KIND_SHIFT: u16 = 9;
const KIND_BITS: u16 = 7 << KIND_SHIFT;

/// An underline as modifier bits.
pub fn underline(underline: Underline) -> Modifier {
    let kind = match underline {
        Underline::None => return Modifier::empty(),
        Underline::Single => 0,
        Underline::Double => 1,
        Underline::Curly => 2,
        Underline::Dotted => 3,
        Underline::Dashed => 4,
    };
    Modifier::UNDERLINED | Modifier::from_bits_retain(kind << KIND_SHIFT)
}

/// The parameter behind `4:` for the underline of these bits (2 to 5); `None` for a plain one and for none.
pub fn underline_kind(modifier: Modifier) -> Option<u16> {
    let kind = (modifier.bits() & KIND_BITS) >> KIND_SHIFT;
    (modifier.contains(Modifier::UNDERLINED) && kind > 0).then_some(kind + 1)
}

/// Cells of one row that belong to one link.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LinkSpan {
    /// Columns of the screen.
    pub columns: Range<u16>,
    /// Joins the parts of a link in several rows.
    pub name: String,
    /// The target.
    pub uri: Arc<str>,
}

/// The links on a client's screen.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Links {
    rows: BTreeMap<u16, Vec<LinkSpan>>,
}

impl Links {
    /// Forgets all.
    pub fn clear(&mut self) {
        self.rows.clear();
    }

    /// The links of a row, in no order.
    pub fn row(&self, y: u16) -> &[LinkSpan] {
        self.rows.get(&y).map_or(&[], Vec::as_slice)
    }

    /// Takes over the links of a row.
    pub fn copy_row(&mut self, other: &Self, y: u16) {
        match other.rows.get(&y) {
            Some(spans) => _ = self.rows.insert(y, spans.clone()),
            None => _ = self.rows.remove(&y),
        }
    }

    /// These links and no others.
    #[cfg(test)]
    pub fn of(spans: impl IntoIterator<Item = (u16, LinkSpan)>) -> Self {
        let mut links = Self::default();
        for (y, span) in spans {
            links.rows.entry(y).or_default().push(span);
        }
        links
    }

    /// Notes what is linked in these rows of the pane's terminal, as far as it is shown live.
    pub fn take_rows(&mut self, pane: &Pane, placed: &PlacedPane, rows: RangeInclusive<u16>) {
        let inner = placed.inner;
        for (y, row) in visible_rows(pane, inner) {
            if !rows.contains(&row) {
                continue;
            }
            if let Some(spans) = self.rows.get_mut(&y) {
                spans.retain(|span| span.columns.end <= inner.x || inner.right() <= span.columns.start);
            }
            let spans = linked(pane, row, inner);
            if !spans.is_empty() {
                self.rows.entry(y).or_default().extend(spans);
            }
        }
    }
}

/// What is linked in a row of the pane's terminal.
fn linked(pane: &Pane, row: u16, inner: Rect) -> Vec<LinkSpan> {
    let terminal = &pane.terminal;
    let mut spans: Vec<LinkSpan> = Vec::new();
    if !terminal.has_links() || row >= terminal.size().rows() {
        return spans;
    }
    let mut last = 0;
    terminal.row(row, |col, cell| {
        let (link, x) = (cell.style.link, inner.x.saturating_add(col));
        if col >= inner.width {
            return;
        }
        match spans.last_mut() {
            Some(span) if link != 0 && link == last => span.columns.end = x + 1,
            _ => {
                let uri = terminal.link(link);
                spans.extend(uri.map(|uri| LinkSpan {
                    columns: x..x + 1,
                    name: format!("{}.{link}", pane.id),
                    uri: uri.into(),
                }));
            }
        }
        last = link;
    });
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_underline_has_its_parameter() {
        let kinds = [
            (Underline::None, None),
            (Underline::Single, None),
            (Underline::Double, Some(2)),
            (Underline::Curly, Some(3)),
            (Underline::Dotted, Some(4)),
            (Underline::Dashed, Some(5)),
        ];
        for (kind, parameter) in kinds {
            assert_eq!(underline_kind(underline(kind)), parameter);
            assert_eq!(underline(kind).contains(Modifier::UNDERLINED), kind != Underline::None);
        }
    }
}
