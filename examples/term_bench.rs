//! How fast the pane terminal is: MB/s per kind of output and chunk size, the hot reads, and memory per line of history.
//!
//! `cargo run --release --example term_bench [MIB]`. The output is generated; figures are medians of three runs.

use std::time::Instant;

use homing::geometry::Size;
use homing::term::{Terminal, TerminalOptions};

const WORDS: [&str; 16] = [
    "the",
    "agent",
    "wrote",
    "src/main.rs",
    "error[E0308]",
    "fn",
    "let",
    "warning:",
    "unused",
    "variable",
    "Option<String>",
    "match",
    "passed",
    "12:34:56",
    "INFO",
    "{",
];
const WIDE: [&str; 10] = ["日本語", "端末", "처리량", "ошибка", "größe", "→", "✓", "│", "🚀", "e\u{301}"];

/// A small generator of pseudo-random numbers.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % n as u64).unwrap_or(0)
    }

    fn pick<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len())]
    }
}

fn plain(cols: usize, longest: usize, bytes: usize) -> Vec<u8> {
    let mut numbers = Numbers(1);
    let mut out = String::new();
    while out.len() < bytes {
        let length = 8 + numbers.below(longest.max(cols));
        let start = out.len();
        while out.len() - start < length {
            out += numbers.pick(&WORDS);
            out += " ";
        }
        out += "\r\n";
    }
    out.into_bytes()
}

fn wide(cols: usize, bytes: usize) -> Vec<u8> {
    let mut numbers = Numbers(2);
    let mut out = String::new();
    while out.len() < bytes {
        for _ in 0..3 + numbers.below(cols / 6) {
            out += if numbers.below(3) == 0 { numbers.pick(&WORDS) } else { numbers.pick(&WIDE) };
            out += " ";
        }
        out += "\r\n";
    }
    out.into_bytes()
}

fn coloured(cols: usize, bytes: usize) -> Vec<u8> {
    let mut numbers = Numbers(3);
    let mut out = String::new();
    while out.len() < bytes {
        let mut width = 0;
        while width + 16 < cols {
            let word = numbers.pick(&WORDS);
            out += &match numbers.below(4) {
                0 => format!("\x1b[{}m", 30 + numbers.below(8)),
                1 => format!("\x1b[38;5;{}m", numbers.below(256)),
                2 => format!("\x1b[38;2;{};200;{}m", numbers.below(256), numbers.below(256)),
                _ => "\x1b[2;4;9m".to_owned(),
            };
            out += word;
            out += "\x1b[0m ";
            width += word.len() + 1;
        }
        out += "\r\n";
    }
    out.into_bytes()
}

fn redraw(cols: usize, rows: usize, bytes: usize) -> Vec<u8> {
    let mut numbers = Numbers(4);
    let mut out = String::new();
    while out.len() < bytes {
        out += "\x1b[?2026h\x1b[?25l";
        for _ in 0..40 {
            let (row, col) = (1 + numbers.below(rows), 1 + numbers.below(cols - 12));
            out += &format!("\x1b[{row};{col}H\x1b[1;36m{}\x1b[0m\x1b[K", numbers.pick(&WORDS));
        }
        out += "\x1b[?25h\x1b[?2026l";
    }
    out.into_bytes()
}

fn median(mut runs: Vec<f64>) -> f64 {
    runs.sort_by(f64::total_cmp);
    runs[runs.len() / 2]
}

fn megabytes_per_second(bytes: &[u8], chunk: usize, size: Size) -> f64 {
    median(
        (0..3)
            .map(|_| {
                let mut terminal = Terminal::new(size, TerminalOptions::default());
                let start = Instant::now();
                bytes.chunks(chunk).for_each(|chunk| terminal.feed(chunk));
                std::hint::black_box(terminal.history().n_lines());
                bytes.len() as f64 / 1e6 / start.elapsed().as_secs_f64()
            })
            .collect(),
    )
}

fn micros(times: u32, mut action: impl FnMut()) -> f64 {
    let start = Instant::now();
    (0..times).for_each(|_| action());
    start.elapsed().as_secs_f64() * 1e6 / f64::from(times)
}

fn main() {
    let mib: usize = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(16);
    let bytes = mib << 20;
    let (cols, rows) = (200, 50);
    let size = Size::new(200, 50);
    let corpora = [
        ("plain", plain(cols, 0, bytes)),
        ("long lines", plain(cols, 2400, bytes)),
        ("wide", wide(cols, bytes)),
        ("coloured", coloured(cols, bytes)),
        ("redraw", redraw(cols, rows, bytes)),
    ];
    println!("MB/s at {cols}x{rows}, {mib} MiB");
    println!("{:<12}{:>8}{:>8}{:>8}", "chunks of", "4 KiB", "64 KiB", "256 KiB");
    for (name, bytes) in &corpora {
        print!("{name:<12}");
        for chunk in [4 << 10, 64 << 10, 256 << 10] {
            print!("{:>8.0}", megabytes_per_second(bytes, chunk, size));
        }
        println!();
    }
    for (name, bytes) in &corpora[..4] {
        let options =
            TerminalOptions { history_lines: 1_000_000, history_bytes: 1 << 30, ..TerminalOptions::default() };
        let mut terminal = Terminal::new(size, options);
        bytes.chunks(64 << 10).for_each(|chunk| terminal.feed(chunk));
        let history = terminal.history();
        println!("history, {name}: {:.0} B/line", history.bytes() as f64 / history.n_lines() as f64);
    }
    let mut terminal = Terminal::new(size, TerminalOptions::default());
    terminal.feed(&corpora[3].1[..64 << 10]);
    let n = std::cell::Cell::new(0);
    println!("row: {:.2} µs", micros(20_000, || terminal.row(25, |_, cell| n.set(n.get() + cell.text.len()))));
    println!("snapshot: {:.0} µs, {} bytes", micros(200, || n.set(terminal.snapshot().len())), n.get());
    let snapshot = terminal.snapshot();
    let restore = || drop(std::hint::black_box(Terminal::restore(&snapshot, size, TerminalOptions::default())));
    println!("restore: {:.0} µs", micros(200, restore));
    println!("key echo: {:.2} µs", micros(20_000, || terminal.feed(b"x\x08")));
    let mut wider = false;
    let resize = micros(100, || {
        wider = !wider;
        terminal.resize(Size::new(if wider { 201 } else { 200 }, 50));
    });
    println!("resize with reflow: {resize:.0} µs");
}
