//! The picture in the README: a screen as it is drawn, as SVG. `HOMING_PICTURE=write cargo test --lib picture` makes it anew.

use std::fmt::Write;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

use crate::config::theme::Themes;
use crate::core::session::Status;
use crate::geometry::Axis;
use crate::text;
use crate::ui::fixture::Fixture;
use crate::ui::theme::{Depth, Glyphs, Theme};
use crate::ui::views::fill;

/// Pixels of a cell, and of the frame around the screen.
const CELL: (f32, f32) = (8.4, 18.0);
const EDGE: (f32, f32) = (14.0, 42.0);

const GROUND: &str = "#1a1a24";
const INK: &str = "#d6d3e0";

/// The 16 colours, as a terminal with the picture's theme might have them.
const ANSI: [&str; 8] = ["#45435a", "#f07178", "#8fce8f", "#f2cc60", "#7fb2e5", "#c99be8", "#6cc7c0", INK];

/// Two projects: one agent waits for a permission, another works, a shell below.
fn shown() -> Fixture {
    let mut it = Fixture::empty(120, 32);
    let first = it.tab("claude", Some("refactor the auth middleware"), "/home/me/src/homing", Status::Busy);
    let second = it.split(first, Axis::Row, "codex", Some("flaky test in ci"), "/home/me/src/homing", Status::Blocked);
    it.split(second, Axis::Column, "shell", None, "/home/me/src/web", Status::Ready);
    let docs = it.tab("claude", Some("docs for resume"), "/home/me/src/homing", Status::Ready);
    it.session(docs).unseen = true;
    it.tab("opencode", Some("migrate to vite"), "/home/me/src/web", Status::Busy);
    it.tab("claude", Some("a11y pass"), "/home/me/src/web", Status::Ready);
    for (tab, name) in it.state.workspace.tabs.iter_mut().zip(["api", "docs", "web", "a11y"]) {
        tab.name = Some(name.to_owned());
    }
    it.theme = Theme::of(Themes::default().get("dusk").expect("built in"), Depth::True, Glyphs::Unicode);
    fill(&mut it);
    it
}

fn svg(buf: &Buffer) -> String {
    let (cols, rows) = (f32::from(buf.area.width), f32::from(buf.area.height));
    let (width, height) = (cols * CELL.0 + 2.0 * EDGE.0, rows * CELL.1 + EDGE.1 + EDGE.0);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\" \
         role=\"img\" aria-label=\"homing in a terminal of {cols} by {rows} cells\">\n\
         <style>text{{font-family:\"JetBrains Mono\",\"Cascadia Mono\",\"DejaVu Sans Mono\",Menlo,Consolas,monospace;font-size:14px;\
         white-space:pre}}.b{{font-weight:700}}.d{{opacity:.6}}.i{{font-style:italic}}.u{{text-decoration:underline}}</style>\n\
         <rect width=\"100%\" height=\"100%\" rx=\"9\" fill=\"{GROUND}\"/>\n"
    );
    for (x, color) in [(20, ANSI[1]), (40, ANSI[3]), (60, ANSI[2])] {
        let _ = writeln!(out, "<circle cx=\"{x}\" cy=\"21\" r=\"6\" fill=\"{color}\"/>");
    }
    for y in 0..buf.area.height {
        row(buf, y, &mut out);
    }
    out.push_str("</svg>\n");
    out
}

/// A row as runs of one look.
fn row(buf: &Buffer, y: u16, out: &mut String) {
    let mut x = 0;
    while x < buf.area.width {
        let first = &buf[(x, y)];
        let (mut symbols, start) = (String::new(), x);
        while x < buf.area.width && is_alike(first, &buf[(x, y)]) {
            let symbol = buf[(x, y)].symbol();
            symbols.push_str(symbol);
            x += u16::try_from(text::width(symbol).max(1)).unwrap_or(1);
        }
        run(first, &symbols, (start, y), x - start, out);
    }
}

fn is_alike(a: &Cell, b: &Cell) -> bool {
    let is_line = |cell: &Cell| lines(cell.symbol()).is_some();
    (a.fg, a.bg, a.modifier, is_line(a)) == (b.fg, b.bg, b.modifier, is_line(b))
}

fn run(look: &Cell, symbols: &str, (x, y): (u16, u16), columns: u16, out: &mut String) {
    let (left, top) = (EDGE.0 + f32::from(x) * CELL.0, EDGE.1 + f32::from(y) * CELL.1);
    let width = f32::from(columns) * CELL.0;
    let is_reversed = look.modifier.contains(Modifier::REVERSED);
    let (ink, ground) = match is_reversed {
        true => (color(look.bg, GROUND), color(look.fg, INK)),
        false => (color(look.fg, INK), color(look.bg, GROUND)),
    };
    if ground != GROUND {
        let _ = writeln!(
            out,
            "<rect x=\"{left:.1}\" y=\"{top:.0}\" width=\"{width:.1}\" height=\"{:.0}\" fill=\"{ground}\"/>",
            CELL.1
        );
    }
    if lines(look.symbol()).is_some() {
        let path = symbols.chars().zip(0_u8..).map(|(c, k)| strokes(c, left + f32::from(k) * CELL.0, top));
        let path: String = path.collect();
        let _ = writeln!(out, "<path d=\"{path}\" stroke=\"{ink}\" fill=\"none\"/>");
        return;
    }
    let trimmed = symbols.trim_end();
    if trimmed.is_empty() {
        return;
    }
    let blanks = trimmed.chars().take_while(|c| *c == ' ').count();
    let left = left + blanks as f32 * CELL.0;
    let shown = trimmed.trim_start();
    let classes: Vec<&str> =
        [(Modifier::BOLD, "b"), (Modifier::DIM, "d"), (Modifier::ITALIC, "i"), (Modifier::UNDERLINED, "u")]
            .into_iter()
            .filter(|(modifier, _)| look.modifier.contains(*modifier))
            .map(|(_, class)| class)
            .collect();
    let class = if classes.is_empty() { String::new() } else { format!(" class=\"{}\"", classes.join(" ")) };
    let length = text::width(shown) as f32 * CELL.0;
    let escaped = shown.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let _ = writeln!(
        out,
        "<text x=\"{left:.1}\" y=\"{:.0}\" textLength=\"{length:.1}\" fill=\"{ink}\"{class}>{escaped}</text>",
        top + 13.5
    );
}

fn color(color: Color, default: &str) -> String {
    match color {
        Color::Rgb(r, g, b) => format!("#{r:02x}{g:02x}{b:02x}"),
        Color::Indexed(n) => ANSI[usize::from(n % 8)].to_owned(),
        _ => default.to_owned(),
    }
}

/// The sides to which a line goes from the middle of its cell: up, right, down, left. Fonts leave gaps between such signs, so
/// they are drawn.
fn lines(symbol: &str) -> Option<[bool; 4]> {
    let sides = match symbol {
        "─" => [false, true, false, true],
        "│" => [true, false, true, false],
        "┌" => [false, true, true, false],
        "┐" => [false, false, true, true],
        "└" => [true, true, false, false],
        "┘" => [true, false, false, true],
        "├" => [true, true, true, false],
        "┤" => [true, false, true, true],
        "┬" => [false, true, true, true],
        "┴" => [true, true, false, true],
        "┼" => [true; 4],
        _ => return None,
    };
    Some(sides)
}

fn strokes(c: char, left: f32, top: f32) -> String {
    let (x, y) = (left + CELL.0 / 2.0, top + CELL.1 / 2.0);
    let ends = [(x, top), (left + CELL.0, y), (x, top + CELL.1), (left, y)];
    let sides = lines(c.encode_utf8(&mut [0; 4])).unwrap_or_default();
    let strokes = sides.into_iter().zip(ends).filter(|(is_there, _)| *is_there);
    strokes.map(|(_, (end_x, end_y))| format!("M{x:.1} {y:.1}L{end_x:.1} {end_y:.1}")).collect()
}

#[test]
fn the_readme_shows_the_screen_as_it_is() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/screen.svg");
    let drawn = svg(&shown().buffer());
    if std::env::var_os("HOMING_PICTURE").is_some() {
        std::fs::write(path, &drawn).expect("the picture is written");
    }
    let kept = std::fs::read_to_string(path).expect("assets/screen.svg");
    assert!(kept == drawn, "run `HOMING_PICTURE=write cargo test --lib picture` and look at assets/screen.svg");
}
