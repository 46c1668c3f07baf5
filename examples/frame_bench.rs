//! What a frame costs: from a pane's terminal to the cells of the screen, and from there to bytes.
//!
//! `cargo run --release --example frame_bench`. A pane of 103 x 48 on a screen of 206 x 50, every line of which changes from frame to frame.

use std::time::{Duration, Instant};

use homing::core::pane::{Pane, Phase};
use homing::geometry::{Rect, Size};
use homing::id::{PaneId, SessionId};
use homing::layout::solve::PlacedPane;
use homing::server::paint::{Painter, Picture};
use homing::term::{Terminal, TerminalOptions};
use homing::ui::draw_pane_rows;
use homing::ui::extras::Links;
use ratatui::buffer::Buffer;

const FRAMES: usize = 2000;

/// Screens that a frame shows one after the other.
fn screens(line: impl Fn(usize) -> String) -> Vec<Terminal> {
    (0..8)
        .map(|n| {
            let mut terminal = Terminal::new(Size::new(103, 48), TerminalOptions::default());
            (0..48).for_each(|row| terminal.feed(format!("\r\n{}", line(n * 48 + row)).as_bytes()));
            terminal
        })
        .collect()
}

fn main() {
    let plain = |n: usize| {
        format!(
            "{n:>6} {}",
            &"the quick brown fox jumps over the lazy dog and runs on and on until the line is full".repeat(2)
                [n % 20..n % 20 + 90]
        )
    };
    let coloured = |n: usize| {
        let words = ["fn", "let", "struct", "match", "return"];
        (0..12).map(|word| format!("\x1b[38;5;{}m{}\x1b[0m ", (n + word) % 200 + 16, words[(n + word) % 5])).collect()
    };
    let wide = |n: usize| format!("{n:>6} {}", "代理程式寫入檔案".repeat(5));
    println!("{:<10}{:>12}{:>12}{:>12}", "", "cells, us", "bytes, us", "bytes");
    for (name, screens) in [("plain", screens(plain)), ("coloured", screens(coloured)), ("wide", screens(wide))] {
        let id = PaneId::new(1).expect("not zero");
        let inner = Rect::new(103, 1, 103, 48);
        let placed = PlacedPane { pane: id, frame: inner, inner };
        let mut panes: Vec<Pane> = screens
            .into_iter()
            .map(|terminal| {
                let mut pane = Pane::new(id, SessionId::new(0, [0; 10]), Phase::Live, TerminalOptions::default());
                pane.terminal = terminal;
                pane
            })
            .collect();
        let mut next = Buffer::empty(ratatui::layout::Rect::new(0, 0, 206, 50));
        let (mut painter, links) = (Painter::new(), Links::default());
        let mut out = Vec::new();
        let (mut cells, mut bytes, mut n_bytes) = (Vec::new(), Vec::new(), 0);
        for _ in 0..FRAMES {
            panes.rotate_left(1);
            let began = Instant::now();
            draw_pane_rows(&panes[0], &placed, 0..=47, &mut next);
            let drawn = Instant::now();
            out.clear();
            painter.frame(Picture { cells: &next, links: &links, cursor: Some((0, 0, 0)) }, 1..49, &mut out);
            bytes.push(drawn.elapsed());
            cells.push(drawn - began);
            n_bytes = out.len();
        }
        let median = |mut times: Vec<Duration>| {
            times.sort_unstable();
            times[times.len() / 2].as_micros()
        };
        println!("{name:<10}{:>12}{:>12}{n_bytes:>12}", median(cells), median(bytes));
    }
}
