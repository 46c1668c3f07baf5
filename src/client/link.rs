//! Opening a link on the machine where the client runs, by the program that the desktop has for it.

use std::process::{Command, Stdio};

use crate::term::links::is_openable;

/// The desktop's own way to open something.
const OPENER: &str = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };

/// Opens the link, if its scheme is one that may be opened: no shell, no terminal, nothing waits for it. What goes wrong is the
/// desktop's to tell; without an opener nothing happens.
pub fn open(uri: &str) {
    if !is_openable(uri) {
        return;
    }
    let spawned =
        Command::new(OPENER).arg(uri).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    if let Ok(mut child) = spawned {
        // Some openers stay as long as what they opened: their end is taken when it comes.
        let _ = std::thread::Builder::new().name("link".to_owned()).spawn(move || child.wait());
    }
}
