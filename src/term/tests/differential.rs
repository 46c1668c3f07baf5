//! The same bytes through alacritty_terminal: text, colours, attributes and cursor must be equal.
//!
//! Streams are drawn from a weighted grammar of what programs send; what the two see differently for a reason is kept out of the
//! grammar and listed in `docs/terminal.md`. `HOMING_DIFFERENTIAL_CASES` sets the number of streams.

use alacritty_terminal::event::VoidListener;
use alacritty_terminal::grid::Dimensions;
use alacritty_terminal::index::{Column, Line};
use alacritty_terminal::term::cell::{Cell, Flags};
use alacritty_terminal::term::test::TermSize;
use alacritty_terminal::term::{Config, Term};
use alacritty_terminal::vte::ansi::{self, NamedColor};
use proptest::prelude::*;

use super::robustness::RECORDINGS;
use super::*;

struct Reference {
    term: Term<VoidListener>,
    parser: ansi::Processor,
}

impl Reference {
    fn new(size: Size) -> Self {
        let config = Config { scrolling_history: 1000, kitty_keyboard: true, ..Config::default() };
        let size = TermSize::new(usize::from(size.cols()), usize::from(size.rows()));
        Self { term: Term::new(config, &size, VoidListener), parser: ansi::Processor::new() }
    }

    fn feed(&mut self, bytes: &[u8]) {
        self.parser.advance(&mut self.term, bytes);
        // Ours applies a synchronized update at once; it is the drawer that waits.
        self.parser.stop_sync(&mut self.term);
    }

    /// The screen as lines of cells, then the cursor.
    fn picture(&self) -> Picture {
        let mut out = Picture::default();
        let (rows, cols) = (self.term.screen_lines(), self.term.columns());
        for row in 0..rows {
            for col in 0..cols {
                let line = i32::try_from(row).expect("a small screen");
                let cell = &self.term.grid()[Line(line)][Column(col)];
                let flags = |col: usize| {
                    let is_inside = col < cols;
                    if is_inside { self.term.grid()[Line(line)][Column(col)].flags } else { Flags::empty() }
                };
                let is_second_half = cell.flags.contains(Flags::WIDE_CHAR_SPACER);
                if is_second_half && col > 0 && flags(col - 1).contains(Flags::WIDE_CHAR) {
                    continue;
                }
                let is_half = is_second_half
                    || (cell.flags.contains(Flags::WIDE_CHAR) && !flags(col + 1).contains(Flags::WIDE_CHAR_SPACER));
                // Tabs are kept in blank cells.
                if is_half || cell.flags.contains(Flags::LEADING_WIDE_CHAR_SPACER) {
                    // Halves of wide characters stay where something cut them; ours are blanks. The column that a wide
                    // character did not fit into takes the pen's look; ours keeps what was there, as xterm's does.
                    out.unlike.push((row, col));
                    out.cell(" ", Style::default());
                    continue;
                }
                let mut text = if cell.c == '\t' { " ".to_owned() } else { cell.c.to_string() };
                text.extend(cell.zerowidth().unwrap_or_default());
                out.cell(&text, style(cell));
            }
            out.end_row();
        }
        let cursor = &self.term.grid().cursor;
        out.text += &format!("{:?} {:?} {}", cursor.point.line.0, cursor.point.column.0, cursor.input_needs_wrap);
        out
    }
}

fn color(color: ansi::Color) -> Color {
    match color {
        ansi::Color::Named(NamedColor::Foreground | NamedColor::Background) => Color::Default,
        ansi::Color::Named(name) => Color::Indexed(u8::try_from(name as usize).expect("a cell has one of the sixteen")),
        ansi::Color::Spec(rgb) => Color::Rgb(rgb.r, rgb.g, rgb.b),
        ansi::Color::Indexed(i) => Color::Indexed(i),
    }
}

fn style(cell: &Cell) -> Style {
    const ATTRIBUTES: [(Flags, u16); 6] = [
        (Flags::BOLD, Attributes::BOLD),
        (Flags::DIM, Attributes::DIM),
        (Flags::ITALIC, Attributes::ITALIC),
        (Flags::INVERSE, Attributes::INVERSE),
        (Flags::HIDDEN, Attributes::HIDDEN),
        (Flags::STRIKEOUT, Attributes::STRIKE),
    ];
    const UNDERLINES: [(Flags, Underline); 5] = [
        (Flags::UNDERLINE, Underline::Single),
        (Flags::DOUBLE_UNDERLINE, Underline::Double),
        (Flags::UNDERCURL, Underline::Curly),
        (Flags::DOTTED_UNDERLINE, Underline::Dotted),
        (Flags::DASHED_UNDERLINE, Underline::Dashed),
    ];
    let bits = ATTRIBUTES.iter().filter(|(flag, _)| cell.flags.contains(*flag)).fold(0, |bits, (_, bit)| bits | bit);
    let underline = UNDERLINES.iter().find(|(flag, _)| cell.flags.contains(*flag)).map_or(Underline::None, |u| u.1);
    Style {
        fg: color(cell.fg),
        bg: color(cell.bg),
        underline_color: cell.underline_color().map_or(Color::Default, color),
        underline,
        attributes: Attributes(bits),
        link: 0,
    }
}

/// Cells as text with SGR parameters where the style changes.
#[derive(Default)]
struct Picture {
    text: String,
    last: Style,
    /// Rows and columns that are not compared.
    unlike: Vec<(usize, usize)>,
}

impl Picture {
    fn cell(&mut self, text: &str, style: Style) {
        // What alacritty_terminal does not know.
        let known = style.attributes.0 & !(Attributes::BLINK | Attributes::OVERLINE);
        let style = Style { attributes: Attributes(known), link: 0, ..style };
        if style != self.last {
            let mut parameters = Vec::new();
            super::super::sgr::write_parameters(&style, &mut parameters);
            self.text += &format!("<{}>", String::from_utf8_lossy(&parameters));
            self.last = style;
        }
        self.text += text;
    }

    fn end_row(&mut self) {
        self.text += "|\n";
    }
}

fn picture_of_ours(terminal: &mut Terminal, unlike: &[(usize, usize)]) -> String {
    let mut out = Picture::default();
    for row in 0..terminal.size().rows() {
        terminal.row(row, |col, cell| {
            if unlike.contains(&(usize::from(row), usize::from(col))) {
                out.cell(" ", Style::default());
            } else if cell.width > 0 {
                out.cell(cell.text, cell.style);
            }
        });
        out.end_row();
    }
    let (row, col) = position(terminal);
    let waits = terminal.is_wrap_pending();
    out.text + &format!("{row} {col} {waits}")
}

/// Feeds the pieces to both, with changes of size between them, and compares after each.
fn compare(pieces: &[&[u8]], sizes: &[Size], what: &str) {
    let mut sizes = sizes.iter().copied();
    let mut size = sizes.next().expect("a size");
    let mut ours = Terminal::new(size, TerminalOptions::default());
    let mut reference = Reference::new(size);
    let mut fed = Vec::new();
    for piece in pieces {
        ours.feed(piece);
        reference.feed(piece);
        fed.extend_from_slice(piece);
        let what = format!("{what} at {}x{} after {}", size.cols(), size.rows(), fed.escape_ascii());
        let Picture { text, unlike, .. } = reference.picture();
        assert_same(&text, &picture_of_ours(&mut ours, &unlike), &what);
        if let Some(next) = sizes.next() {
            size = next;
            ours.resize(size);
            reference.term.resize(TermSize::new(usize::from(size.cols()), usize::from(size.rows())));
        }
    }
}

/// What is printed and controlled in any stream.
const COMMON: &[&str] = &[
    "a",
    "Z",
    " ",
    "word ",
    "some text, ",
    "0123456789",
    "\r\n",
    "\n",
    "é",
    "e\u{301}",
    "│",
    "─",
    "\x1b[m",
    "\x1b[0;1m",
    "\x1b[2m",
    "\x1b[3;4m",
    "\x1b[7m",
    "\x1b[27m",
    "\x1b[8m",
    "\x1b[9m",
    "\x1b[22;23;24;28;29m",
    "\x1b[31m",
    "\x1b[92m",
    "\x1b[44m",
    "\x1b[103m",
    "\x1b[38;5;200m",
    "\x1b[48;5;17m",
    "\x1b[38;2;1;2;3m",
    "\x1b[48:2::9:8:7m",
    "\x1b[39;49m",
    "\x1b[4:3;58;5;9m",
    "\x1b[4:2m",
    "\x1b[59m",
];

/// What moves, erases and shifts.
const SCREEN: &[&str] = &[
    "\x1b[H",
    "\x1b[2;3H",
    "\x1b[99;99H",
    "\x1b[4;1f",
    "\x1b[C",
    "\x1b[2D",
    "\x1b[5G",
    "\x1b[3d",
    "\x1b[K",
    "\x1b[1K",
    "\x1b[2K",
    "\x1b[J\r",
    "\x1b[2J",
    "\x1b[@\r",
    "\x1b[P\r",
    "\x1b[L\r",
    "\x1b[2M\r",
    "\x1b[S",
    "\x1b[2T",
    "\x1b[3X\r",
    "\x1b[r",
    "\x1bM\r",
    "\x1bD",
    "\x1bE",
    "\x1b7",
    "\x1b8",
    "\x1b[s",
    "\x1b[u",
    "\x1b[?7l",
    "\x1b[?7h\r",
    "\x1b[4h",
    "\x1b[4l",
    "\x1b[?1049h",
    "\x1b[?1049l",
    "\x1b(0",
    "\x1b(B",
    "\x1b)0\x0elqqk\x0f",
    "lqqk",
    "\x1b]0;title\x07",
    "\x1b]8;;http://a\x07",
    "\x1b]8;;\x07",
    "\x1bPq\x1b\\",
    "\x1b[?2026h",
    "\x1b[?2026l",
    "\x1b[6n",
    "\x1b[c",
    "\x1b[?25l",
    "\x1bc",
    "\r\t",
    "\x1bH",
    "\x1b[g",
    "\x1b[3g",
    "\x1b[I",
];

/// Wide characters, in streams that do not print over them: what becomes of the other half is a matter of taste.
const WIDE: &[&str] =
    &["日", "本語", "😀", "日\u{301}", "漢字 and ", "\x1b[K", "\x1b[J\r\n", "\r\n", "\n", "\x1b[2S", "\x1b[?2026h"];

/// What goes back in a row.
const BACK: &[&str] = &["\r", "\x08", "\x08\x08"];

/// Moves that margins confine, and margins: not in one stream, because alacritty_terminal does not confine them.
const UP_AND_DOWN: &[&str] = &["\x1b[A", "\x1b[3B", "\x1b[2E", "\x1b[F"];
const MARGINS: &[&str] = &["\x1b[2;4r", "\x1b[1;3r", "\x1b[3;4r"];

fn over(other: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        10 => prop::sample::select(COMMON),
        8 => prop::sample::select(SCREEN),
        1 => prop::sample::select(BACK),
        1 => prop::sample::select(other),
    ];
    prop::collection::vec(piece, 1..60).prop_map(|pieces| pieces.concat().into_bytes())
}

fn stream() -> impl Strategy<Value = Vec<u8>> {
    let wide = prop_oneof![1 => prop::sample::select(COMMON), 1 => prop::sample::select(WIDE)];
    let wide = prop::collection::vec(wide, 1..60).prop_map(|pieces| pieces.concat().into_bytes());
    prop_oneof![over(UP_AND_DOWN), over(MARGINS), wide]
}

fn cases() -> u32 {
    std::env::var("HOMING_DIFFERENTIAL_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(256)
}

proptest! {
    #![proptest_config(proptest::test_runner::Config { cases: cases(), ..config(1) })]

    #[test]
    fn generated_streams_look_the_same(bytes in stream(), cols in 3u16..40, rows in 4u16..9) {
        compare(&[&bytes], &[Size::new(cols, rows)], "generated");
    }
}

proptest! {
    #![proptest_config(proptest::test_runner::Config { cases: cases() / 4, ..config(1) })]

    /// Wider only: where lines become more rows, alacritty_terminal sends the first ones to its history though there is room.
    #[test]
    fn lines_are_wrapped_anew_in_the_same_way(
        lines in prop::collection::vec("[a-zé ]{0,20}[a-z]", 1..4),
        mut widths in prop::collection::vec(8u16..40, 2..5),
        more in "[a-z]{1,9}",
    ) {
        widths.sort_unstable();
        let line = |line: &String| format!("\x1b[3{}m{line}\x1b[m\r\n", line.len() % 8);
        let bytes = lines.iter().map(line).collect::<String>() + "$ ";
        let sizes: Vec<Size> = widths.iter().map(|&cols| Size::new(cols, 24)).collect();
        let mut pieces = vec![bytes.as_bytes()];
        pieces.resize(sizes.len(), more.as_bytes());
        compare(&pieces, &sizes, "resized");
    }

    #[test]
    fn the_alternate_screen_is_cut_and_padded_in_the_same_way(bytes in prop::collection::vec(prop::sample::select(COMMON), 1..40), more in prop::collection::vec(prop::sample::select(COMMON), 1..40), sizes in prop::collection::vec((3u16..40, 4u16..9), 2)) {
        let sizes: Vec<Size> = sizes.into_iter().map(|(cols, rows)| Size::new(cols, rows)).collect();
        let first = [b"\x1b[?1049h", bytes.concat().as_bytes(), b"\x1b[H"].concat();
        compare(&[&first, more.concat().as_bytes()], &sizes, "alternate");
    }
}

#[test]
fn recordings_look_the_same_at_several_sizes() {
    for (name, bytes) in RECORDINGS {
        for (cols, rows) in [(80, 24), (200, 50), (40, 10), (20, 5)] {
            compare(&[bytes], &[Size::new(cols, rows)], name);
        }
    }
}

/// Programs on the alternate screen, resized in the middle of what they print: the screen is cut and padded, and they go on.
#[test]
fn full_screen_recordings_look_the_same_when_resized() {
    const SIZES: [(u16, u16); 4] = [(80, 24), (60, 20), (100, 30), (80, 24)];
    for (name, bytes) in RECORDINGS.into_iter().filter(|(name, _)| ["fzf", "htop", "lazygit_like"].contains(name)) {
        let pieces: Vec<&[u8]> = bytes.chunks(bytes.len().div_ceil(SIZES.len())).collect();
        let sizes = SIZES.map(|(cols, rows)| Size::new(cols, rows));
        compare(&pieces, &sizes, name);
    }
}
