//! Emoji that terminals may join: cells which one terminal shows as one sign and another as several.
//!
//! Which of them the client's terminal does cannot be known. So the cells of a sign are written at once, as the program printed them,
//! onto blanks; what follows is placed by its column. Pure.

use std::ops::Range;

use ratatui::buffer::Cell;
use ratatui::style::Modifier;

use crate::server::paint::cell_width;

/// Marks a cell of which it is not known how the terminal shows it; no cell of a buffer has it.
const UNKNOWN: Modifier = Modifier::from_bits_retain(1 << 15);

/// No sign that is joined from several is shorter than this, in bytes of its first cell.
const LEAST_BYTES: usize = 4;

const JOINER: char = '\u{200d}';

/// Makes the cell differ from all others.
pub fn forget(cell: &mut Cell) {
    cell.modifier.insert(UNKNOWN);
}

/// Columns of the sign that begins in this column, if terminals may join it from several cells.
pub fn joined(row: &[Cell], x: usize) -> Option<Range<usize>> {
    let first = row.get(x).filter(|cell| cell.symbol().len() >= LEAST_BYTES)?;
    let mut end = x + cell_width(first);
    let mut last = first;
    let mut n_flags = usize::from(is_flag_letter(last));
    while let Some(next) = row.get(end) {
        let joins = last.symbol().ends_with(JOINER)
            || next.symbol().starts_with(is_skin_tone)
            || (n_flags == 1 && is_flag_letter(next));
        if !joins || next.symbol() == " " {
            break;
        }
        n_flags = if n_flags == 1 { 2 } else { 0 };
        end += cell_width(next);
        last = next;
    }
    let end = end.min(row.len());
    (end > x + cell_width(first)).then_some(x..end)
}

/// A sign of which one cell differs is forgotten whole: the old ones, because a terminal that joined them shows nothing in their other
/// cells; the new ones, because they are written at once.
pub fn forget_torn(new: &[Cell], old: &mut [Cell]) {
    let is_candidate = |cell: &Cell| cell.symbol().len() >= LEAST_BYTES;
    if !new.iter().any(is_candidate) && !old.iter().any(is_candidate) {
        return;
    }
    for columns in signs(old).into_iter().chain(signs(new)) {
        if new[columns.clone()] != old[columns.clone()] {
            old[columns].iter_mut().for_each(forget);
        }
    }
}

fn signs(row: &[Cell]) -> Vec<Range<usize>> {
    let mut signs = Vec::new();
    let mut x = 0;
    while x < row.len() {
        match joined(row, x) {
            Some(columns) => {
                x = columns.end;
                signs.push(columns);
            }
            None => x += cell_width(&row[x]),
        }
    }
    signs
}

/// U+1F3FB to U+1F3FF change the emoji before them.
fn is_skin_tone(c: char) -> bool {
    ('\u{1f3fb}'..='\u{1f3ff}').contains(&c)
}

/// Two regional indicators are a flag.
fn is_flag_letter(cell: &Cell) -> bool {
    cell.symbol().starts_with(|c| ('\u{1f1e6}'..='\u{1f1ff}').contains(&c))
}
