//! Takes the rows that leave vt100's screen and puts them into the history.
//!
//! vt100 hands a row out only as text with SGR differences, written piece by piece: escape codes by `write_str`, `;` and `m` by
//! `write_char`, the contents of a cell by one `write_str`, and blanks (cells never written, or erased) by `write_char(' ')`.
//! Blanks that were never written come *before* the SGR of the cell after them, so they must not take the style of the text
//! before them; erased cells carry `pen`'s mark. (A gap right behind erased cells cannot be told from them and takes their
//! background.) Read in vt100 0.18.1, `capture.rs` and `row.rs`.

use std::fmt;

use vt100::capture::{BasicFormattedCaptureState, RowContents};

use super::history::{History, RowEnd};
use super::pen::{self, Look, Native};
use super::style::{Color, Style};
use super::tables::{LinkTable, StyleTable};

/// What cells and rows refer to; one for both screens.
#[derive(Debug)]
pub struct Archive {
    /// Lines that left the main screen.
    pub history: History,
    /// Styles that cells name by number.
    pub styles: StyleTable,
    /// Links that styles name by number.
    pub links: LinkTable,
    /// Whether rows are kept at all.
    pub keeps_rows: bool,
    /// Room for the parameters of a sequence, kept from row to row.
    pub scratch: Vec<u8>,
}

/// vt100's callbacks.
#[derive(Debug, Default)]
pub struct Sink {
    /// Where rows go; the alternate screen's go nowhere.
    pub archive: Option<Box<Archive>>,
    /// Rows that left the screen so far.
    pub n_scrolled: u64,
    /// Bells so far.
    pub n_bells: u32,
}

impl vt100::Callbacks for Sink {
    fn audible_bell(&mut self, _: &mut vt100::Screen) {
        self.n_bells = self.n_bells.saturating_add(1);
    }

    fn on_scroll(&mut self, row: RowContents<'_>, _: bool) {
        self.n_scrolled += 1;
        let Some(archive) = self.archive.as_mut().filter(|archive| archive.keeps_rows) else { return };
        let mut state = BasicFormattedCaptureState::default();
        // Neither writer reports an error of its own, and an incomplete row is all there is to lose.
        let mut writer = RowWriter::new(archive);
        let _ = row.write_formatted_basic(&mut writer, &mut state);
        let scratch = std::mem::take(&mut writer.sgr);
        archive.scratch = scratch;
        let mut probe = Probe(None);
        let _ = row.write_formatted_basic(&mut probe, &mut state);
        archive.history.end_row(probe.0.unwrap_or(RowEnd::Wrapped));
    }
}

/// Asks vt100 whether the row written before was wrapped: if not, a line feed is the first thing written for the next.
struct Probe(Option<RowEnd>);

impl fmt::Write for Probe {
    fn write_str(&mut self, _: &str) -> fmt::Result {
        self.0.get_or_insert(RowEnd::Wrapped);
        Err(fmt::Error)
    }

    fn write_char(&mut self, c: char) -> fmt::Result {
        self.0.get_or_insert(if c == '\n' { RowEnd::Line } else { RowEnd::Wrapped });
        Err(fmt::Error)
    }
}

/// Which style the history has in force, as far as this row knows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum InForce {
    /// Not known, or another one.
    Other,
    /// The text's.
    Text,
    /// That of cells never written.
    Gap,
}

struct RowWriter<'a> {
    archive: &'a mut Archive,
    native: Native,
    look: Look,
    in_force: InForce,
    /// Parameters of the sequence under way.
    sgr: Vec<u8>,
    in_sgr: bool,
    /// No cell was written since the last sequence.
    after_sgr: bool,
}

impl<'a> RowWriter<'a> {
    fn new(archive: &'a mut Archive) -> Self {
        let sgr = std::mem::take(&mut archive.scratch);
        Self {
            archive,
            native: Native::default(),
            look: Look::Text(Style::default()),
            in_force: InForce::Other,
            sgr,
            in_sgr: false,
            after_sgr: false,
        }
    }

    fn sequence_done(&mut self) {
        pen::apply_native(&self.sgr, &mut self.native);
        self.sgr.clear();
        self.in_sgr = false;
        self.look = pen::decode(&self.native, &self.archive.styles);
        self.in_force = InForce::Other;
        self.after_sgr = true;
    }

    fn push(&mut self, text: &str, style: Style, in_force: InForce) {
        let Archive { history, links, .. } = &mut *self.archive;
        if self.in_force == in_force {
            history.push_more(text);
        } else {
            self.in_force = in_force;
            history.push_text(text, &Style { link: 0, ..style }, links.get(style.link));
        }
        self.after_sgr = false;
    }

    fn contents(&mut self, text: &str) {
        match self.look {
            Look::Text(style) => self.push(text, style, InForce::Text),
            Look::Fill(bg) => self.push(text, pen::fill(bg), InForce::Text),
        }
    }
}

impl fmt::Write for RowWriter<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if !self.in_sgr && self.in_force == InForce::Text && !text.starts_with('\x1b') {
            self.archive.history.push_more(text);
        } else if self.in_sgr {
            self.sgr.extend_from_slice(text.as_bytes());
        } else if text == "\x1b[m" {
            self.sequence_done();
        } else if text == "\x1b[" {
            self.in_sgr = true;
        } else {
            self.contents(text);
        }
        Ok(())
    }

    fn write_char(&mut self, c: char) -> fmt::Result {
        match (self.in_sgr, c) {
            (true, 'm') => self.sequence_done(),
            (true, c) => self.sgr.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            (false, '\n') => {}
            (false, _) => match self.look {
                Look::Fill(bg) => self.push(" ", pen::fill(bg), InForce::Text),
                // The rest of an overwritten wide character: erased by vt100 itself, without the mark.
                Look::Text(Style { bg, .. }) if self.after_sgr && bg != Color::Default => {
                    self.in_force = InForce::Other;
                    self.push(" ", pen::fill(bg), InForce::Other);
                }
                Look::Text(_) => self.push(" ", Style::default(), InForce::Gap),
            },
        }
        Ok(())
    }
}
