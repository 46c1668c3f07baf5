//! How long copy mode keeps a key waiting in a long history: the slowest of each key, and the time to the first match; and how long
//! what was copied is read beside the keys.
//!
//! `cargo run --release --example copy_bench [LINES] [wide] [KEYS]`. The history is generated, with `wide` in characters of two
//! columns; KEYS (`g V`) leaves out what does not begin with them. Goals: a key within 16 ms, a match within 50 ms.

use std::time::{Duration, Instant};

use homing::core::copy::{CopyMode, CopyOutcome, Entry};
use homing::core::input::dialog_key;
use homing::geometry::Size;
use homing::id::PaneId;
use homing::input::event::KeyEvent;
use homing::input::keypress::KeyPress;
use homing::term::{Terminal, TerminalOptions};
use homing::time::Instant as Clock;

const SIZE: (u16, u16) = (200, 50);

/// Keys, from the bottom of the history. A word that is no key's name is typed.
const KEYS: &[&[&str]] = &[
    &["g"],
    &["G"],
    &["5000k"],
    &["50000G"],
    &["ctrl+b"],
    &["ctrl+u"],
    &["{"],
    &["99{"],
    &["g", "}"],
    &["g", "99}"],
    &["g", "9999}"],
    &["9999w"],
    &["9999b"],
    &["g", "9999W"],
    &["$", "%"],
    &["[", "p"],
    &["g", "V", "G"],
    &["g", "V", "G", "y"],
    &["g", "ctrl+v", "G", "y"],
    &["g", "ctrl+v", "G", "99l", "y"],
    &["g", "v", "G", "i"],
    &["*"],
    &["#"],
    &["u"],
    &["U"],
    &["?", "line", "enter", "n", "N"],
    &["/", "nowhere", "enter"],
    &["?", "line 7\\b", "enter"],
    &["?", "(a|b)+c", "enter"],
    &["?", "(\\w+\\s+){5,10}x", "enter"],
    &["?", "\\w{30}\\d", "enter"],
    &["?", "[\\p{L}\\s]{40,60}7", "enter"],
    &["?", ".*a.*b.*c.*d.*7$", "enter"],
    &["?", "(.{1,30}){1,20}z", "enter"],
];

/// What the agent says.
const WORDS: &str = "the agent (wrote) src/main.rs error[E0308] unused variable ";
const WIDE_WORDS: &str = "代理程式（寫入）檔案 src/main.rs 錯誤[E0308] 未使用的變數 ";

fn history(lines: usize, words: &str) -> Terminal {
    let options = TerminalOptions { history_lines: lines, history_bytes: 256 << 20, ..TerminalOptions::default() };
    let mut terminal = Terminal::new(Size::new(SIZE.0, SIZE.1), options);
    for line in 0..lines + usize::from(SIZE.1) {
        let blank = if line % 40 == 0 { "\r\n" } else { "" };
        let words = words.repeat(line % 3);
        terminal.feed(format!("{blank}\x1b[3{}mline {line}\x1b[m {words}\r\n", line % 8).as_bytes());
    }
    terminal
}

fn events(word: &str) -> Vec<KeyEvent> {
    match word.parse::<KeyPress>() {
        Ok(press) => vec![press.to_event()],
        Err(_) => word.chars().map(KeyEvent::char).collect(),
    }
}

/// Times of one run.
#[derive(Clone, Copy, Default)]
struct Times {
    /// The slowest key.
    key: Duration,
    /// From the key on until something is found.
    first_match: Duration,
    /// Reading what was copied.
    text: Duration,
}

fn run(terminal: &Terminal, words: &[&str]) -> Times {
    let mut copy = CopyMode::new(PaneId::new(1).expect("not zero"), terminal, Size::new(SIZE.0, SIZE.1), Entry::Key);
    let mut times = Times::default();
    for word in words {
        for event in events(word) {
            let since = Instant::now();
            let outcome = copy.key(&event, dialog_key(&event), terminal);
            let page = copy.page(terminal);
            // A frame is part of what the key costs.
            for line in copy.top.line..(copy.top.line + u64::from(SIZE.1)).min(page.document.last()) {
                page.document.draw(line, |cell| {
                    std::hint::black_box(cell);
                });
            }
            times.key = times.key.max(since.elapsed());
            if let CopyOutcome::Copy(text) | CopyOutcome::Edit(text) = outcome {
                let since = Instant::now();
                std::hint::black_box(text.as_str());
                times.text = since.elapsed();
            }
            while copy.is_searching() {
                let slice = Instant::now();
                copy.search_on(terminal, Clock { micros: u64::try_from(since.elapsed().as_micros()).unwrap_or(0) });
                times.key = times.key.max(slice.elapsed());
                let has_match = copy.seek.as_ref().is_some_and(|seek| seek.tally(copy.cursor).n_matches > 0);
                if has_match && times.first_match.is_zero() {
                    times.first_match = since.elapsed();
                }
            }
        }
    }
    times
}

fn main() {
    let lines = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(100_000);
    let is_wide = std::env::args().nth(2).is_some_and(|word| word == "wide");
    let only = std::env::args().nth(3).unwrap_or_default();
    let terminal = history(lines, if is_wide { WIDE_WORDS } else { WORDS });
    println!("{} lines of history", terminal.history().n_lines());
    println!("{:32} {:>12} {:>14} {:>14}", "keys", "slowest key", "first match", "text read");
    let ms = |time: Duration| match time {
        Duration::ZERO => String::new(),
        time => format!("{:.2} ms", time.as_secs_f64() * 1000.0),
    };
    for words in KEYS.iter().filter(|words| words.join(" ").starts_with(&only)) {
        let runs: Vec<_> = (0..3).map(|_| run(&terminal, words)).collect();
        let least = |of: fn(&Times) -> Duration| ms(runs.iter().map(of).min().unwrap_or_default());
        let (key, found, text) = (least(|run| run.key), least(|run| run.first_match), least(|run| run.text));
        println!("{:32} {key:>12} {found:>14} {text:>14}", words.join(" "));
    }
}
