//! A window that is resized two hundred times while a program prints: nothing is lost, nothing is left over, and the program knows its
//! size.

use crate::support::terminal::Terminal;
use crate::support::workspace::Workspace;

/// Prints numbered lines until it is told to stop; notes each size that it is told.
const STREAM: &str = r#"
trap 'stty size >> sizes' WINCH
i=0
until [ -e enough ]; do
    echo "line $i."
    i=$((i + 1))
    sleep 0.01
done
echo "printed $i lines"
until [ -e over ]; do sleep 0.05; done
echo "all is over at $(stty size)"
"#;

/// Sizes between 5×2 and 300×100, the same ones in every run, and a last one.
fn sizes() -> impl Iterator<Item = (u16, u16)> {
    let mut state: u64 = 42;
    let mut below = move |n: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u16::try_from((state >> 33) % n).expect("small")
    };
    (0..200).map(move |_| (5 + below(296), 2 + below(99))).chain([(80, 24)])
}

#[test]
fn two_hundred_sizes_cost_no_line_and_leave_no_trace() {
    let workspace = Workspace::new();
    std::fs::write(workspace.project().join("stream.sh"), STREAM).expect("a script");
    let mut terminal = Terminal::attached(&workspace, 100, 30, &["--open", "shell"]);
    terminal.wait_for_text("$");
    terminal.press("sh stream.sh\r");
    terminal.wait_for_text("line 9.");
    for (n, (cols, rows)) in sizes().enumerate() {
        let before = terminal.n_bytes();
        terminal.resize(cols, rows);
        // Now and then the client gets the time to draw one.
        if n % 4 == 0 {
            terminal.wait_for_bytes(before, "a new screen", |bytes| bytes.windows(4).any(|w| w == b"\x1b[2J"));
        }
    }
    let touch = |name: &str| std::fs::write(workspace.project().join(name), "").expect("a file");
    touch("enough");
    terminal.wait_for("the end of the stream", |screen| screen.contents().contains(" lines"));

    // The size told last is the pane's, and nothing is told after it: the screen of the last size is there already.
    let session = workspace.sessions()[0]["id"].as_str().expect("an id").to_owned();
    touch("over");
    workspace.wait(&session, r"text=all is over at \d+ \d+");
    let screen = workspace.ok(&["screen", &session]);
    let size =
        screen.lines().find_map(|line| line.strip_prefix("all is over at ")).expect("the size").trim().to_owned();
    let told = std::fs::read_to_string(workspace.project().join("sizes")).unwrap_or_default();
    assert_eq!(told.lines().last(), Some(size.as_str()));
    terminal.press("stty size\r");
    // The next prompt too: what is compared below must not change any more.
    terminal.wait_for("the same size", |screen| {
        let text = screen.contents();
        text.matches(&size).count() > 1 && text.lines().any(|line| line.trim_end().ends_with("│$"))
    });
    let told_later = std::fs::read_to_string(workspace.project().join("sizes")).unwrap_or_default();
    assert_eq!(told_later, told);

    // What is on the screen is what a new drawing of it gives.
    let shown = terminal.text();
    let before = terminal.n_bytes();
    terminal.press("\x02\x0c");
    terminal.wait_for_bytes(before, "a new drawing", |bytes| {
        let text = String::from_utf8_lossy(bytes);
        text.rfind("\x1b[2J").is_some_and(|at| text[at..].contains("\x1b[?2026l"))
    });
    assert_eq!(terminal.text(), shown);

    // Every line is in the history once, in its order.
    let all = workspace.ok(&["screen", &session, "--history", "10000"]);
    let printed: Vec<&str> = all.lines().filter(|line| line.starts_with("line ") && line.ends_with('.')).collect();
    let said = all.lines().find_map(|line| line.strip_prefix("printed ")?.strip_suffix(" lines")?.parse().ok());
    let expected: Vec<String> = (0..said.expect("how many")).map(|n: usize| format!("line {n}.")).collect();
    assert_eq!(printed, expected);
}
