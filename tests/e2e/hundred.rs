//! A hundred sessions: how long a key takes in the sidebar's filter and in the switcher, how long until all screens are back, what
//! an idle workspace costs. Figures, not a verdict: a loaded machine is slow.
//! `cargo test --release --test e2e -- --ignored --nocapture hundred`

use std::time::{Duration, Instant};

use crate::support::terminal::Terminal;
use crate::support::workspace::Workspace;

/// How long the workspace has to become idle.
const SETTLES: Duration = Duration::from_secs(3);

/// How long the idle workspace is watched.
const WATCHED: Duration = Duration::from_secs(10);

#[test]
#[ignore = "takes a minute and prints figures"]
fn a_hundred_sessions_are_no_burden() {
    let workspace = Workspace::new();
    for n in 0..100 {
        workspace.ok(&["new", "demo", "--split", "tab", "--name", &format!("task {n}")]);
    }
    let mut terminal = Terminal::attached(&workspace, 250, 70, &[]);
    terminal.wait_for_text("SESSIONS");
    terminal.wait_for_text("homing demo agent");
    typed(&mut terminal, "\x02w", "goes there", "sidebar filter");
    typed(&mut terminal, "\x02s", "go to", "switcher");
    // What the last key has set off is drawn and stored.
    std::thread::sleep(SETTLES);
    let before = cpu_ms(workspace.server());
    std::thread::sleep(WATCHED);
    let used = cpu_ms(workspace.server()) - before;
    println!("idle: {:.2} ms of CPU a second", used / WATCHED.as_secs_f64());
    workspace.ok(&["stop"]);
    terminal.wait_for_exit();
    let started = Instant::now();
    terminal.start(&workspace, &[]);
    terminal.wait_for("the sidebar and the last screen", |screen| {
        let text = screen.contents();
        text.contains("SESSIONS") && text.contains("homing demo agent")
    });
    println!("restore: all screens after {:.0} ms", started.elapsed().as_secs_f64() * 1000.0);
}

/// Types a filter, and prints how long each key took to be seen.
fn typed(terminal: &mut Terminal, open: &str, is_open: &str, what: &str) {
    terminal.press(open);
    terminal.wait_for_text(is_open);
    let mut times = Vec::new();
    for key in "task 7".chars() {
        let n = terminal.n_bytes();
        let started = Instant::now();
        terminal.press(&key.to_string());
        times.push(terminal.wait_for_more(n) - started);
        std::thread::sleep(Duration::from_millis(50));
    }
    let longest = times.iter().max().copied().unwrap_or_default();
    println!("{what}: {:.1} ms a key at most, of {}", longest.as_secs_f64() * 1000.0, times.len());
    // Each in its own time: an ESC right before another key is that key with alt.
    terminal.press("\x1b");
    terminal.wait_for("the filter is left", |screen| !screen.contents().contains(is_open));
}

/// Processor time of a process so far, in ms (proc(5), 100 ticks a second).
fn cpu_ms(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("it runs");
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks: f64 = fields[11..13].iter().map(|field| field.parse::<f64>().expect("a number")).sum();
    ticks * 10.0
}
