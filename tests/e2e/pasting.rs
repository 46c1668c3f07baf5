//! A paste reaches the program whole, however large it is.

use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::support::terminal::Terminal;
use crate::support::workspace::Workspace;

/// What `cksum` says of the bytes.
fn checksum(bytes: &[u8]) -> String {
    let mut child =
        Command::new("cksum").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("cksum is in POSIX");
    child.stdin.take().expect("a pipe").write_all(bytes).expect("it reads");
    String::from_utf8(child.wait_with_output().expect("it ends").stdout).expect("numbers").trim().to_owned()
}

#[test]
fn a_paste_of_a_megabyte_arrives_whole() {
    let workspace = Workspace::new();
    let mut terminal = Terminal::attached(&workspace, 80, 24, &["--open", "shell"]);
    terminal.wait_for_text("$");
    let text: String = (0..)
        .map(|n: u32| format!("{n:x}."))
        .scan(0, |length, word| {
            *length += word.len();
            (*length <= 1 << 20).then_some(word)
        })
        .collect();
    terminal.press(&format!("stty raw -echo; echo rea''dy; head -c {} | cksum; stty sane\r", text.len()));
    terminal.wait_for_text("ready");
    terminal.press(&format!("\x1b[200~{text}\x1b[201~"));
    terminal.wait_for_text(&checksum(text.as_bytes()));
}
