//! A terminal as bytes: everything it needs to go on exactly where it was, but for the history.
//!
//! Pure. A version byte, then numbers and strings (`wire`). Cells are stored as runs of one style, so a snapshot does not depend
//! on how styles travel through vt100. Reading builds the screens by printing, because vt100 takes nothing else.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;

use super::charset::Charsets;
use super::modes::{KittyStack, ModeState};
use super::pen::{self, Look, Native};
use super::screen::{Position, SavedCursor, Screen, grid_size};
use super::settings::{AttributeExtent, ChecksumRules, HIGHEST_LEVEL, Protection};
use super::sink::Archive;
use super::style::{Attributes, Color, Style, Underline};
use super::tables::StyleHasher;
use super::tabs::TabStops;
use super::wire::{self, Reader, WireError};
use super::{Shown, Terminal, TerminalOptions};
use crate::geometry::Size;

const VERSION: u8 = 2;
/// More styles or links than cells cannot be.
const MAX_ENTRIES: usize = 1 << 22;

/// Why a snapshot was not taken.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SnapshotError {
    /// It was written by another version.
    #[error("terminal snapshot has version {0}, this program reads {VERSION}")]
    Version(u8),
    /// Its bytes are damaged.
    #[error("terminal snapshot is damaged")]
    Damaged(#[from] WireError),
}

/// What a run of cells is.
const END: u8 = 0;
const TEXT: u8 = 1;
const FILL: u8 = 2;
/// Blanks that kept the look of text: a mark without a width that joins one shows it.
const BLANK: u8 = 3;

const UNDERLINES: [Underline; 6] =
    [Underline::None, Underline::Single, Underline::Double, Underline::Curly, Underline::Dotted, Underline::Dashed];

/// The styles of a snapshot, by number.
#[derive(Default)]
struct StyleList {
    styles: Vec<Style>,
    numbers: HashMap<Style, u64, BuildHasherDefault<StyleHasher>>,
}

impl StyleList {
    fn number(&mut self, style: Style) -> u64 {
        let next = self.styles.len() as u64;
        *self.numbers.entry(style).or_insert_with(|| {
            self.styles.push(style);
            next
        })
    }
}

impl Terminal {
    /// Everything but the history, as bytes for `restore`. Exact while `is_at_rest`; a sequence or character under way is lost.
    pub fn snapshot(&self) -> Vec<u8> {
        let mut styles = StyleList::default();
        let mut body = Vec::new();
        wire::put(styles.number(self.pen.style), &mut body);
        body.push(self.pen.charsets.to_bits());
        wire::put(self.pen.last_char.map_or(0, u64::from), &mut body);
        for n in self.modes.to_numbers() {
            wire::put(u64::from(n), &mut body);
        }
        match self.tabs.custom() {
            None => body.push(0),
            Some(stops) => {
                body.push(1);
                wire::put(stops.len() as u64, &mut body);
                stops.iter().for_each(|&stop| wire::put(u64::from(stop), &mut body));
            }
        }
        wire::put(self.titles.stack.len() as u64, &mut body);
        for title in self.titles.stack.iter().chain([&self.titles.current]) {
            body.push(u8::from(title.is_some()));
            wire::put_bytes(title.as_deref().unwrap_or("").as_bytes(), &mut body);
        }
        write_settings(self, &mut body);
        wire::put(self.history().next_line_number(), &mut body);
        body.push(u8::from(self.shown == Shown::Alternate));
        write_screen(&self.main, self.archive(), &mut styles, &mut body);
        body.push(u8::from(self.alternate.is_some()));
        if let Some(screen) = &self.alternate {
            write_screen(screen, self.archive(), &mut styles, &mut body);
        }
        let mut out = vec![VERSION];
        wire::put(u64::from(self.size.cols()), &mut out);
        wire::put(u64::from(self.size.rows()), &mut out);
        write_styles(&styles.styles, self.archive(), &mut out);
        out.extend_from_slice(&body);
        out
    }

    /// A terminal from a snapshot, then resized. Its history is empty, but goes on with the line numbers.
    ///
    /// # Errors
    /// If the bytes are damaged or of another version.
    pub fn restore(snapshot: &[u8], size: Size, options: TerminalOptions) -> Result<Self, SnapshotError> {
        let mut terminal = Self::restore_as_it_was(snapshot, options)?;
        terminal.resize(size);
        Ok(terminal)
    }

    /// A terminal from a snapshot, of the size that it had: stored history must be loaded before the first resize, which may send
    /// rows to the history.
    ///
    /// # Errors
    /// If the bytes are damaged or of another version.
    pub fn restore_as_it_was(snapshot: &[u8], options: TerminalOptions) -> Result<Self, SnapshotError> {
        let mut reader = Reader::new(snapshot);
        let version = reader.byte()?;
        if version != VERSION {
            return Err(SnapshotError::Version(version));
        }
        let (cols, rows) = (reader.number()?, reader.number()?);
        let stored = Size::new(cols, rows);
        if cols == 0 || rows == 0 || usize::from(grid_size(stored).rows()) > snapshot.len() {
            return Err(reader.error().into());
        }
        let mut terminal = Self::new(stored, options);
        let styles = read_styles(&mut reader, &mut terminal)?;
        terminal.read_state(&mut reader, &styles)?;
        terminal.mend();
        terminal.outbox.take_replies();
        Ok(terminal)
    }

    fn read_state(&mut self, reader: &mut Reader<'_>, styles: &[Style]) -> Result<(), WireError> {
        self.pen.style = read_style_number(reader, styles)?;
        self.pen.charsets = Charsets::from_bits(reader.byte()?);
        self.pen.last_char = char::from_u32(reader.number()?).filter(|&c| c != '\0');
        let mut numbers = [0u32; 5];
        for n in &mut numbers {
            *n = reader.number()?;
        }
        self.modes = ModeState::from_numbers(numbers);
        if reader.byte()? != 0 {
            let n: u16 = reader.number()?;
            let mut stops = (0..n).map(|_| reader.number()).collect::<Result<Vec<u16>, _>>()?;
            stops.sort_unstable();
            self.tabs = TabStops::from_custom(Some(stops));
        }
        let n_titles: u8 = reader.number()?;
        for _ in 0..n_titles {
            let title = read_title(reader)?;
            self.titles.stack.push(title);
        }
        self.titles.current = read_title(reader)?;
        self.read_settings(reader)?;
        let next_line = reader.number()?;
        self.archive_mut().history.start_at(next_line);
        let shown = reader.byte()?;
        read_screen(&mut self.main, None, reader, styles)?;
        if reader.byte()? != 0 {
            let mut screen = Screen::new(self.size, None);
            let archive = self.main.sink_mut().archive.as_deref_mut();
            read_screen(&mut screen, archive, reader, styles)?;
            self.alternate = Some(screen);
            if shown != 0 {
                self.shown = Shown::Alternate;
            }
        }
        if reader.is_empty() { Ok(()) } else { Err(reader.error()) }
    }

    fn read_settings(&mut self, reader: &mut Reader<'_>) -> Result<(), WireError> {
        self.settings.level = reader.byte()?.clamp(1, HIGHEST_LEVEL);
        self.settings.protection = match reader.byte()? {
            1 => Protection::Dec,
            2 => Protection::Iso,
            _ => Protection::Never,
        };
        self.settings.extent = if reader.byte()? == 0 { AttributeExtent::Stream } else { AttributeExtent::Rectangle };
        self.settings.checksum = ChecksumRules::new(reader.number()?);
        let n_modes: u8 = reader.number()?;
        for _ in 0..n_modes {
            let mode = reader.number()?;
            self.settings.save_mode(mode, reader.byte()? != 0);
        }
        let n_colors: u16 = reader.number()?;
        for _ in 0..n_colors {
            let slot = reader.number()?;
            self.palette.restore(slot, (reader.byte()?, reader.byte()?, reader.byte()?));
        }
        Ok(())
    }

    /// Makes a screen anew in which vt100 panicked: its cells may contradict each other, which would make it panic again.
    pub(super) fn mend(&mut self) {
        if self.main.damaged {
            let bytes = screen_alone(&self.main, self.archive());
            let mut fresh = Screen::new(self.main.size(), self.main.sink_mut().archive.take());
            fresh.take_over(&self.main);
            self.main = fresh;
            self.reread_main(&bytes);
            self.damage.all();
        }
        if let Some(mut old) = self.alternate.take_if(|screen| screen.damaged) {
            let bytes = screen_alone(&old, self.archive());
            let mut fresh = Screen::new(old.size(), None);
            fresh.take_over(&old);
            old.damaged = false;
            let styles = bytes.0;
            let archive = self.main.sink_mut().archive.as_deref_mut();
            // What cannot be read back stays blank: the program draws it anew.
            let _ = read_screen(&mut fresh, archive, &mut Reader::new(&bytes.1), &styles);
            fresh.damaged = false;
            self.alternate = Some(fresh);
            self.damage.all();
        }
    }

    fn reread_main(&mut self, (styles, bytes): &(Vec<Style>, Vec<u8>)) {
        let _ = read_screen(&mut self.main, None, &mut Reader::new(bytes), styles);
        self.main.damaged = false;
    }
}

fn screen_alone(screen: &Screen, archive: &Archive) -> (Vec<Style>, Vec<u8>) {
    let mut styles = StyleList::default();
    let mut bytes = Vec::new();
    write_screen(screen, archive, &mut styles, &mut bytes);
    (styles.styles, bytes)
}

fn write_settings(terminal: &Terminal, out: &mut Vec<u8>) {
    let Terminal { settings, palette, .. } = terminal;
    out.push(settings.level);
    out.push(match settings.protection {
        Protection::Never => 0,
        Protection::Dec => 1,
        Protection::Iso => 2,
    });
    out.push(u8::from(settings.extent == AttributeExtent::Rectangle));
    wire::put(u64::from(settings.checksum.bits()), out);
    wire::put(settings.saved_modes().len() as u64, out);
    for (mode, is_set) in settings.saved_modes() {
        wire::put(u64::from(*mode), out);
        out.push(u8::from(*is_set));
    }
    wire::put(palette.entries().len() as u64, out);
    for (slot, (r, g, b)) in palette.entries() {
        wire::put(u64::from(slot), out);
        out.extend_from_slice(&[r, g, b]);
    }
}

fn write_color(color: Color, out: &mut Vec<u8>) {
    wire::put(
        match color {
            Color::Default => 0,
            Color::Indexed(i) => 1 + u64::from(i),
            Color::Rgb(r, g, b) => 257 + u64::from(u32::from_be_bytes([0, r, g, b])),
        },
        out,
    );
}

fn read_color(reader: &mut Reader<'_>) -> Result<Color, WireError> {
    let n: u32 = reader.number()?;
    Ok(match n {
        0 => Color::Default,
        1..=256 => Color::Indexed(u8::try_from(n - 1).unwrap_or(0)),
        _ => {
            let [_, r, g, b] = (n - 257).to_be_bytes();
            Color::Rgb(r, g, b)
        }
    })
}

fn write_styles(styles: &[Style], archive: &Archive, out: &mut Vec<u8>) {
    wire::put(styles.len() as u64, out);
    for style in styles {
        write_color(style.fg, out);
        write_color(style.bg, out);
        write_color(style.underline_color, out);
        out.push(u8::try_from(UNDERLINES.iter().position(|u| *u == style.underline).unwrap_or(0)).unwrap_or(0));
        wire::put(u64::from(style.attributes.0), out);
        let link = archive.links.link(style.link);
        wire::put_bytes(link.map_or("", |link| &link.uri).as_bytes(), out);
        if let Some(link) = link {
            wire::put_bytes(link.name.as_bytes(), out);
        }
    }
}

fn read_styles(reader: &mut Reader<'_>, terminal: &mut Terminal) -> Result<Vec<Style>, WireError> {
    let n: usize = reader.number()?;
    if n > MAX_ENTRIES {
        return Err(reader.error());
    }
    let mut styles = Vec::new();
    for _ in 0..n {
        let (fg, bg, underline_color) = (read_color(reader)?, read_color(reader)?, read_color(reader)?);
        let underline = UNDERLINES.get(usize::from(reader.byte()?)).copied().unwrap_or_default();
        let attributes = Attributes(reader.number::<u16>()? & (Attributes::VISIBLE | Attributes::PROTECTED));
        let uri = reader.text()?;
        let link = if uri.is_empty() { 0 } else { terminal.archive_mut().links.intern(reader.text()?, uri) };
        styles.push(Style { fg, bg, underline_color, underline, attributes, link });
    }
    Ok(styles)
}

fn read_style_number(reader: &mut Reader<'_>, styles: &[Style]) -> Result<Style, WireError> {
    let n: usize = reader.number()?;
    styles.get(n).copied().ok_or(reader.error())
}

fn read_title(reader: &mut Reader<'_>) -> Result<Option<String>, WireError> {
    let is_some = reader.byte()? != 0;
    let text = reader.text()?;
    Ok(is_some.then(|| text.to_owned()))
}

fn write_position(position: Position, out: &mut Vec<u8>) {
    wire::put(u64::from(position.row), out);
    wire::put(u64::from(position.col), out);
}

fn read_position(reader: &mut Reader<'_>) -> Result<Position, WireError> {
    Ok(Position { row: reader.number()?, col: reader.number()? })
}

fn write_screen(screen: &Screen, archive: &Archive, styles: &mut StyleList, out: &mut Vec<u8>) {
    for row in 0..screen.rows() {
        out.push(u8::from(screen.is_wrapped(row)));
        write_row(screen, archive, row, styles, out);
    }
    write_position(screen.position(), out);
    out.push(u8::from(screen.wrap_pending_at.is_some()));
    wire::put(u64::from(screen.region.top), out);
    wire::put(u64::from(screen.region.bottom), out);
    wire::put(u64::from(screen.region.left), out);
    wire::put(u64::from(screen.region.right), out);
    out.push(u8::from(screen.origin));
    write_position(screen.saved.position, out);
    wire::put(styles.number(screen.saved.style), out);
    out.push(screen.saved.charsets.to_bits());
    out.push(u8::from(screen.saved.origin));
    wire::put_bytes(screen.kitty.entries(), out);
}

/// Runs of cells of one style up to the last cell that is not blank, then `END`.
fn write_row(screen: &Screen, archive: &Archive, row: u16, styles: &mut StyleList, out: &mut Vec<u8>) {
    // The run under way: its native look, whether it holds text, its text, its cells.
    let mut run: Option<(Native, bool)> = None;
    let mut text = String::new();
    let mut n_cells: u64 = 0;
    let mut finish = |run: Option<(Native, bool)>, text: &mut String, n_cells: &mut u64| {
        let Some((native, has_text)) = run else { return };
        let (kind, style) = match pen::decode(&native, &archive.styles) {
            Look::Text(style) if has_text => (TEXT, style),
            Look::Text(style) if style.attributes != Attributes::default() => (BLANK, style),
            Look::Text(Style { bg, .. }) | Look::Fill(bg) => (if has_text { TEXT } else { FILL }, pen::fill(bg)),
        };
        out.push(kind);
        wire::put(styles.number(style), out);
        if has_text {
            wire::put_bytes(text.as_bytes(), out);
        } else {
            wire::put(*n_cells, out);
        }
        text.clear();
        *n_cells = 0;
    };
    for col in 0..screen.cols() {
        let Some(cell) = screen.cell(row, col) else { continue };
        if cell.is_wide_continuation() {
            continue;
        }
        // A wide character without its second half is none.
        let has_text = cell.has_contents() && !(cell.is_wide() && col + 1 >= screen.cols());
        let key = (pen::native_of(cell), has_text);
        if run != Some(key) {
            finish(run, &mut text, &mut n_cells);
            run = Some(key);
        }
        if has_text {
            text.push_str(cell.contents());
        }
        n_cells += 1;
    }
    if run.is_some_and(|(native, has_text)| has_text || native != Native::default()) {
        finish(run, &mut text, &mut n_cells);
    }
    out.push(END);
}

/// Prints a stored screen onto a blank one. `archive` is the main screen's, for a screen without one.
fn read_screen(
    screen: &mut Screen,
    mut archive: Option<&mut Archive>,
    reader: &mut Reader<'_>,
    styles: &[Style],
) -> Result<(), WireError> {
    let mut look = |screen: &mut Screen, look: Look| match archive.as_deref_mut() {
        Some(archive) => screen.set_look(look, archive),
        None => screen.set_own_look(look),
    };
    let mut wraps = false;
    for row in 0..screen.rows() {
        let wrapped = reader.byte()? != 0;
        if wraps {
            // The cursor waits behind the last column: the first character printed wraps, and so marks the row before.
            look(screen, Look::Fill(Color::Default));
            screen.send(b" \r\x1b[X");
        } else {
            screen.send_csi(row + 1, b'd');
            screen.send(b"\r");
        }
        loop {
            match reader.byte()? {
                TEXT => {
                    look(screen, Look::Text(read_style_number(reader, styles)?));
                    screen.send_text(reader.text()?.as_bytes());
                }
                FILL => {
                    let bg = read_style_number(reader, styles)?.bg;
                    let n: u16 = reader.number()?;
                    if n > 0 {
                        look(screen, Look::Fill(bg));
                        screen.send_csi(n, b'X');
                        screen.send_csi(n, b'C');
                    }
                }
                BLANK => {
                    look(screen, Look::Text(read_style_number(reader, styles)?));
                    let n: u16 = reader.number()?;
                    if n > 0 {
                        screen.send_csi(n, b'X');
                        screen.send_csi(n, b'C');
                    }
                }
                END => break,
                _ => return Err(reader.error()),
            }
            let at = screen.settle();
            if at.row != row {
                // More cells than columns.
                return Err(reader.error());
            }
        }
        wraps = wrapped && screen.position().col >= screen.cols() && row + 1 < screen.rows();
    }
    let position = read_position(reader)?;
    let is_wrap_pending = reader.byte()? != 0;
    let (top, bottom) = (reader.number::<u16>()?, reader.number::<u16>()?);
    if top < bottom && bottom < screen.rows() {
        screen.region.top = top;
        screen.region.bottom = bottom;
        screen.send_csi_2(top + 1, bottom + 1, b'r');
    }
    let (left, right) = (reader.number::<u16>()?, reader.number::<u16>()?);
    if left < right && right < screen.cols() {
        screen.region.left = left;
        screen.region.right = right;
    }
    let origin = reader.byte()? != 0;
    if origin {
        screen.origin = true;
        screen.send(b"\x1b[?6h");
    }
    let saved_position = read_position(reader)?;
    let style = read_style_number(reader, styles)?;
    let charsets = Charsets::from_bits(reader.byte()?);
    let saved_origin = reader.byte()? != 0;
    screen.saved = SavedCursor { position: saved_position, style, charsets, origin: saved_origin };
    screen.kitty = KittyStack::from_entries(reader.bytes()?);
    screen.place(position);
    screen.flush();
    screen.wrap_pending_at = is_wrap_pending.then_some(screen.position());
    Ok(())
}
