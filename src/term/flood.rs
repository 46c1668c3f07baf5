//! Skip-ahead: lines of a flood that cannot be on the screen at its end go to the history without passing through vt100.
//!
//! A stretch is *linear* if it holds printable characters, tabs, CR LF and SGR only. Where one runs on the main screen with a full
//! scroll region, its first lines bring the cursor to the last row, the present screen is scrolled out, the lines but the last
//! go to the history as they are, and the last ones are printed onto the blank screen. Screen and history are the same as without
//! (that is what the tests compare); what could make them differ (a background at a line's end, overlong lines, …) is not skipped.

use super::history::MAX_LINE_BYTES;
use super::line::{Cluster, Joined, is_dropped};
use super::modes::Flag;
use super::screen::Position;
use super::style::{Color, Style};
use super::{Shown, Terminal, sgr};
use crate::text::char_width;

/// Chunks below this are not looked at: a screen's worth of lines is printed anyway. Measured: 16 KiB chunks hardly gain.
const LEAST_CHUNK: usize = 12 << 10;
/// What must be skipped at least to be worth scrolling out the screen.
const LEAST_GAIN: usize = 6 << 10;
/// What is fed plainly before the next try.
const PIECE: usize = 4 << 10;
/// A stretch is looked at in blocks of this size; one with a byte that is not linear ends it.
const BLOCK: usize = 1 << 10;

impl Terminal {
    /// Skips what can be skipped off the front; how many bytes of what is left then are to be fed plainly before the next try.
    pub(super) fn skip_ahead(&mut self, rest: &mut &[u8]) -> usize {
        if rest.len() < LEAST_CHUNK {
            return rest.len();
        }
        if !self.can_skip() {
            return PIECE;
        }
        let stretch = &rest[..linear_prefix(rest)];
        let at = self.main.settle();
        let rows = usize::from(self.main.rows());
        let feeds = |n: usize| memchr::memchr_iter(b'\n', stretch).nth(n).map(|at| at + 1);
        let lead = feeds(rows - 1 - usize::from(at.row));
        let tail = last_lines(stretch, rows - 1, usize::from(self.main.cols()));
        let (Some(lead), Some((tail, n_last))) = (lead, tail) else { return stretch.len().max(PIECE).min(rest.len()) };
        if tail < lead + LEAST_GAIN {
            return stretch.len().max(PIECE).min(rest.len());
        }
        self.feed_plainly(&stretch[..lead]);
        let at = self.main.settle();
        let (middle, last_lines) = stretch[lead..].split_at(tail - lead);
        *rest = &rest[lead..];
        let blank = Position { row: self.main.rows() - 1, col: 0 };
        let mut lines = Lines::new(self.pen.style, self.main.cols());
        let taken = if at == blank && !self.has_fill() { lines.take(middle, last_lines, n_last, rows - 1) } else { 0 };
        if taken < LEAST_GAIN {
            return (taken + PIECE).min(rest.len());
        }
        self.scroll_out();
        let skipped = &middle[..taken];
        let archive = self.archive_mut();
        if archive.keeps_rows {
            archive.history.push_lines(lines.bytes.as_deref().unwrap_or(skipped));
        }
        self.pen.style = lines.pen;
        self.pen.note_last_char(skipped);
        *rest = &rest[taken..];
        if taken == middle.len() { last_lines.len() } else { PIECE.min(rest.len()) }
    }

    fn can_skip(&self) -> bool {
        self.shown == Shown::Main
            && self.scanner.is_at_rest()
            && self.modes.has(Flag::Autowrap)
            && !self.modes.has(Flag::Insert)
            && !self.modes.has(Flag::Newline)
            && self.tabs.is_default()
            && self.pen.charsets.is_plain()
            && self.pen.style.link == 0
            && self.main.is_region_full()
    }

    /// With the cursor on the blank last row: every row above leaves, the cursor is at the top of a blank screen.
    fn scroll_out(&mut self) {
        let feeds = vec![b'\n'; usize::from(self.main.rows()) - 1];
        self.main.send(&feeds);
        self.main.place(Position::default());
        self.main.flush();
        self.damage.all();
        self.damage.moved_to(0);
    }
}

/// Length of the linear stretch at the front (within a block's precision).
fn linear_prefix(bytes: &[u8]) -> usize {
    // Most floods are linear all through: looked at in whole blocks, and the sequences in them one after the other. (Between the
    // sequences of coloured output lie a few bytes each.)
    let blocks = (0..bytes.len()).step_by(BLOCK).map(|start| (start, (start + BLOCK).min(bytes.len())));
    let good = blocks.take_while(|&(start, end)| is_linear_block(bytes, start, end)).last().map_or(0, |(_, end)| end);
    let mut at = 0;
    for start in memchr::memchr_iter(0x1b, &bytes[..good]) {
        match sgr_length(&bytes[start..]) {
            Some(length) => at = start + length,
            None => return start,
        }
    }
    linear_end(bytes, at.max(good))
}

/// The end of the linear stretch that goes on at a place outside of sequences: up to the sequence that ends it, where one does.
fn linear_end(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() {
        let end = memchr::memchr(0x1b, &bytes[at..]).map_or(bytes.len(), |n| at + n);
        for start in (at..end).step_by(BLOCK) {
            if !is_linear_block(bytes, start, (start + BLOCK).min(end)) {
                return start;
            }
        }
        if end == bytes.len() {
            return end;
        }
        match sgr_length(&bytes[end..]) {
            Some(length) => at = end + length,
            None => return end,
        }
    }
    bytes.len()
}

/// Whether a stretch is linear; the byte before and the byte after take part: a CR must have its LF, an LF its CR.
fn is_linear_block(bytes: &[u8], start: usize, end: usize) -> bool {
    is_linear(&bytes[start.saturating_sub(1)..end.saturating_add(1).min(bytes.len())])
}

/// Whether the bytes are printable, tabs, or CR and LF in pairs (but for a half at either end). ESC counts as printable here.
fn is_linear(bytes: &[u8]) -> bool {
    let stray = |b: u8| (b < 0x20) & (b != b'\n') & (b != b'\r') & (b != b'\t') & (b != 0x1b) | (b == 0x7f);
    let strays = bytes.iter().fold(false, |bad, &b| bad | stray(b));
    let halves =
        bytes.iter().zip(bytes.iter().skip(1)).fold(false, |bad, (&a, &b)| bad | ((a == b'\r') ^ (b == b'\n')));
    !strays & !halves
}

/// Where the last whole lines of a stretch begin that make at least `n_rows` rows, and how many lines they are.
fn last_lines(stretch: &[u8], n_rows: usize, cols: usize) -> Option<(usize, usize)> {
    let mut end = memchr::memrchr(b'\n', stretch)?;
    let (mut n_lines, mut rows) = (0, 0);
    loop {
        let start = memchr::memrchr(b'\n', &stretch[..end])? + 1;
        let line = &stretch[start..end];
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        n_lines += 1;
        // Of other lines the width is not known yet; one row is the least.
        rows += if is_plain(line) { line.len().div_ceil(cols).max(1) } else { 1 };
        if rows >= n_rows {
            return Some((start, n_lines));
        }
        end = start - 1;
    }
}

/// Length of the SGR sequence at the front.
fn sgr_length(bytes: &[u8]) -> Option<usize> {
    let body = bytes.strip_prefix(b"\x1b[")?;
    let length = body.iter().position(|b| !matches!(b, b'0'..=b';'))?;
    (body.get(length) == Some(&b'm')).then_some(length + 3)
}

/// Lines on their way to the history.
struct Lines {
    /// The lines as the history takes them; `None` where they can be taken as they came.
    bytes: Option<Vec<u8>>,
    /// The pen behind them.
    pen: Style,
    cols: usize,
}

/// Where a line ended.
#[derive(Clone, Copy, Default)]
struct Mark {
    taken: usize,
    out: usize,
    pen: Style,
}

impl Lines {
    fn new(pen: Style, cols: u16) -> Self {
        Self { bytes: None, pen, cols: usize::from(cols) }
    }

    /// Takes as many whole lines off the front as can be skipped; how many bytes that were. The lines behind them, `n_after` that
    /// make at least `n_rows` rows, must be of the same kind: they are printed onto a blank screen, where they scroll nothing.
    fn take(&mut self, middle: &[u8], after: &[u8], n_after: usize, n_rows: usize) -> usize {
        if self.pen == Style::default() && is_plain(middle) && is_plain(after) && is_short(middle) {
            return middle.len();
        }
        let mut out = Vec::with_capacity(middle.len() + middle.len() / 8);
        let mut marks = Vec::with_capacity(middle.len() / 64);
        let mut taken = 0;
        'all: for part in [middle, after] {
            let text = match simdutf8::compat::from_utf8(part) {
                Ok(text) => text,
                Err(error) => std::str::from_utf8(&part[..error.valid_up_to()]).unwrap_or(""),
            };
            let mut start = 0;
            for end in memchr::memchr_iter(b'\n', text.as_bytes()) {
                marks.push(Mark { taken, out: out.len(), pen: self.pen });
                let line = &text[start..end];
                if !self.line(line.strip_suffix('\r').unwrap_or(line), &mut out) {
                    break 'all;
                }
                out.push(b'\n');
                taken += end + 1 - start;
                start = end + 1;
            }
            if text.len() < part.len() {
                break;
            }
        }
        // A mark is in front of each line; the last one that was tried is behind all that are good.
        let all = taken == middle.len() + memchr::memrchr(b'\n', after).map_or(0, |at| at + 1);
        if all {
            marks.push(Mark { taken, out: out.len(), pen: self.pen });
        }
        // Of lines short of the end only the number is known; each makes a row at least.
        let n_kept = if all { n_after } else { n_rows };
        let mark = marks.len().checked_sub(n_kept + 1).and_then(|at| marks.get(at)).copied().unwrap_or_default();
        out.truncate(mark.out);
        self.bytes = Some(out);
        self.pen = mark.pen;
        mark.taken
    }

    /// Appends a line; whether it can be skipped.
    fn line(&mut self, line: &str, out: &mut Vec<u8>) -> bool {
        if line.len() >= MAX_LINE_BYTES / 2 {
            return false;
        }
        if self.pen != Style::default() {
            sgr::write(&self.pen, out);
        }
        let bytes = line.as_bytes();
        let (has_escapes, n_hidden) = match memchr::memchr(0x1b, bytes) {
            None => (false, 0),
            Some(_) => (true, n_hidden(bytes)),
        };
        // A line this short is one row, whatever is in it.
        let is_row = bytes.len() - n_hidden <= self.cols
            || most_columns(bytes) - n_hidden <= self.cols
            || (!has_escapes && bytes.is_ascii() && self.pen.bg == Color::Default);
        if !is_row || memchr::memchr(b'\t', bytes).is_some() {
            if !self.walk(line, out) {
                return false;
            }
        } else {
            out.extend_from_slice(bytes);
            if has_escapes {
                self.follow(bytes);
            }
        }
        // A row that scrolls in would get the background.
        self.pen.bg == Color::Default
    }

    /// Follows the pen through a line's sequences, from the last that resets everything.
    fn follow(&mut self, line: &[u8]) {
        let parameters = |at: usize| {
            let body = &line[at + 2..];
            &body[..memchr::memchr(b'm', body).unwrap_or(body.len())]
        };
        let reset = memchr::memrchr_iter(0x1b, line).find(|&at| sgr::is_reset(parameters(at)));
        let from = reset.unwrap_or(0);
        for at in memchr::memchr_iter(0x1b, &line[from..]) {
            sgr::apply(parameters(from + at), &mut self.pen);
        }
    }

    /// Appends a line character by character, as vt100 would lay it out: tabs become blanks, and where a wide character does not
    /// fit into the last column, the line ends (vt100 does not call that wrapped).
    fn walk(&mut self, line: &str, out: &mut Vec<u8>) -> bool {
        let mut cell = Cluster::default();
        let mut col = 0;
        // Blanks that a tab left, not written before something follows.
        let mut gap = 0;
        let mut rest = line;
        while let Some(c) = rest.chars().next() {
            let length = if c == '\x1b' { sgr_length(rest.as_bytes()).unwrap_or(1) } else { c.len_utf8() };
            let (piece, behind) = rest.split_at(length);
            rest = behind;
            if c == '\x1b' {
                sgr::apply(&piece.as_bytes()[2..length - 1], &mut self.pen);
                out.extend_from_slice(piece.as_bytes());
            } else if c == '\t' {
                let next = (col / 8 + 1) * 8;
                if next >= self.cols {
                    return false;
                }
                gap += next - col;
                col = next;
                cell = Cluster::default();
            } else if is_dropped(c) {
            } else if char_width(c) == 0 {
                if gap > 0 || (c == '\u{fe0f}' && col >= self.cols) {
                    return false;
                }
                if cell.join(c) == Joined::Widened {
                    col += 1;
                }
                out.extend_from_slice(piece.as_bytes());
            } else {
                self.write_gap(&mut gap, out);
                cell.begin(c);
                let width = usize::from(cell.width);
                if col + width > self.cols {
                    if self.pen.bg != Color::Default {
                        return false;
                    }
                    if col < self.cols {
                        out.push(b'\n');
                        if self.pen != Style::default() {
                            sgr::write(&self.pen, out);
                        }
                    }
                    col = 0;
                }
                col += width;
                out.extend_from_slice(piece.as_bytes());
            }
        }
        true
    }

    /// Cells never written have no style.
    fn write_gap(&self, gap: &mut usize, out: &mut Vec<u8>) {
        if *gap == 0 {
            return;
        }
        let styled = self.pen != Style::default();
        if styled {
            out.extend_from_slice(b"\x1b[m");
        }
        out.resize(out.len() + std::mem::take(gap), b' ');
        if styled {
            sgr::write(&self.pen, out);
        }
    }
}

/// Whether all is ASCII without tabs and sequences.
fn is_plain(bytes: &[u8]) -> bool {
    bytes.iter().fold(true, |plain, &b| plain & (b < 0x80) & (b != 0x1b) & (b != b'\t'))
}

/// Whether no line comes near the history's limit.
fn is_short(bytes: &[u8]) -> bool {
    let mut start = 0;
    memchr::memchr_iter(b'\n', bytes).all(|end| end - std::mem::replace(&mut start, end) < MAX_LINE_BYTES / 2)
}

/// Bytes of a line that are part of a sequence.
fn n_hidden(line: &[u8]) -> usize {
    memchr::memchr_iter(0x1b, line).map(|at| sgr_length(&line[at..]).unwrap_or(0)).sum()
}

/// Columns that the text never has more than: none of the characters of two bytes in UTF-8 is wide, and those of more (the emoji
/// selector, which widens the character before it, is one) are counted as if they were.
fn most_columns(text: &[u8]) -> usize {
    let of_byte = |byte: u8| u8::from(!(0x80..0xc0).contains(&byte)) + u8::from(byte >= 0xe0);
    // Sums of a few dozens fit a byte, which the compiler adds up many at a time.
    text.chunks(64).map(|bytes| usize::from(bytes.iter().fold(0, |sum, byte| sum + of_byte(*byte)))).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_ends_where_it_is_not_linear() {
        let plain = "some text\r\n".repeat(300);
        for (end, kept) in [("\x1b[H", true), ("x\x07", false), ("\rx", false), ("x\ny", false), ("\x1b[31m", true)] {
            let bytes = format!("{plain}{end}");
            let length = linear_prefix(bytes.as_bytes());
            let expected = if end == "\x1b[31m" { bytes.len() } else { plain.len() };
            assert!(
                length <= expected && length + BLOCK > expected && (!kept || length == expected),
                "{end:?} {length}"
            );
        }
        assert_eq!(linear_prefix(b"a\x1b[1;31mb\x1b[0m\tc\r\nd\x1b]0;t\x07"), b"a\x1b[1;31mb\x1b[0m\tc\r\nd".len());
    }
    #[test]
    fn a_sequence_across_blocks_is_whole() {
        for padding in BLOCK - 8..BLOCK + 8 {
            let bytes = format!("{}\x1b[38;5;1mx\x1b[H", "a".repeat(padding));
            assert_eq!(linear_prefix(bytes.as_bytes()), padding + 10, "{padding}");
        }
    }

    #[test]
    fn no_text_has_more_columns_than_it_can() {
        for c in ('\u{20}'..='\u{10ffff}').filter(|c| !c.is_control()) {
            let text = String::from(c);
            assert!(most_columns(text.as_bytes()) >= char_width(c).min(2), "{c:?}");
            let widened = format!("{c}\u{fe0f}");
            let mut cell = Cluster::default();
            cell.begin(c);
            cell.join('\u{fe0f}');
            assert!(most_columns(widened.as_bytes()) >= usize::from(cell.width), "{c:?} widened");
        }
        assert_eq!(most_columns("aé漢🚀".repeat(50).as_bytes()), 300);
    }
}
