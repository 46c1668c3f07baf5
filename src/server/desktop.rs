//! Telling the user's desktop: through the outer terminals, and by a command of the user's.

use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::config::{Desktop, Notify};
use crate::core::event::Env;
use crate::core::notice::Notice;
use crate::text;

/// Longest text in a notification, in characters. Chosen: desktops show less.
const MAX_CHARS: usize = 160;

/// Commands of the user's that run at the same time at most; a notice that meets so many is not given to another. Chosen.
const COMMANDS_MAX: usize = 8;

static N_COMMANDS: AtomicUsize = AtomicUsize::new(0);

/// The bytes that make a client's terminal show the notice; empty where it is not to.
pub fn sequence(notice: &Notice, notify: &Notify, env: &Env) -> Vec<u8> {
    let title = text::one_line(&notice.label, MAX_CHARS);
    let words = text::one_line(&notice.text, MAX_CHARS);
    let how = if notify.desktop == Desktop::Auto { of_terminal(env) } else { notify.desktop };
    let mut bytes = match how {
        Desktop::Osc9 => format!("\x1b]9;{title}: {words}\x1b\\"),
        // A semicolon would end the title.
        Desktop::Osc777 => format!("\x1b]777;notify;{};{words}\x1b\\", title.replace(';', ",")),
        Desktop::Osc99 => {
            let id = notice.number;
            format!("\x1b]99;i=homing{id}:d=0;{title}\x1b\\\x1b]99;i=homing{id}:d=1:p=body;{words}\x1b\\")
        }
        Desktop::Auto | Desktop::Off => String::new(),
    };
    if notify.bell {
        bytes.push('\x07');
    }
    bytes.into_bytes()
}

/// What the terminal is known to understand, by the variables that it sets. Inside of another multiplexer nothing gets
/// through; what is not known is not tried, for it might be shown as text.
fn of_terminal(env: &Env) -> Desktop {
    let value =
        |name: &str| env.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str()).unwrap_or_default();
    let has = |name: &str| !value(name).is_empty();
    if has("TMUX") || has("STY") || has("ZELLIJ") {
        return Desktop::Off;
    }
    match (value("TERM_PROGRAM"), value("TERM")) {
        _ if has("KITTY_WINDOW_ID") => Desktop::Osc99,
        ("iTerm.app" | "WezTerm" | "ghostty", _) => Desktop::Osc9,
        _ if has("WT_SESSION") => Desktop::Osc9,
        (_, "xterm-kitty") => Desktop::Osc99,
        (_, "xterm-ghostty") => Desktop::Osc9,
        (_, term) if term.starts_with("foot") || term.starts_with("rxvt") => Desktop::Osc777,
        _ if has("VTE_VERSION") => Desktop::Osc777,
        _ => Desktop::Off,
    }
}

/// Runs the user's command with the notice as JSON on its standard input. It ends by itself; nothing waits for it.
pub fn run(command: &str, notice: &Notice, provider: &str, env: &Env) {
    if N_COMMANDS.fetch_add(1, Ordering::Relaxed) >= COMMANDS_MAX {
        N_COMMANDS.fetch_sub(1, Ordering::Relaxed);
        return tracing::warn!(COMMANDS_MAX, "so many notify commands run already; a notice was not given to one");
    }
    let json = serde_json::json!({
        "number": notice.number, "session": notice.session.to_string(), "label": notice.label,
        "kind": notice.kind.as_str(), "text": notice.text, "provider": provider,
    });
    let (command, env) = (command.to_owned(), env.clone());
    tokio::task::spawn_blocking(move || {
        let child = Command::new("/bin/sh")
            .args(["-c", &command])
            .env_clear()
            .envs(env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        match child {
            Ok(mut child) => {
                // A command that reads nothing is no mistake.
                let _ = child.stdin.take().map(|mut stdin| writeln!(stdin, "{json}"));
                let _ = child.wait();
            }
            Err(error) => tracing::warn!(%error, "the notify command cannot be started"),
        }
        N_COMMANDS.fetch_sub(1, Ordering::Relaxed);
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::notice::NoticeKind;
    use crate::id::SessionId;
    use crate::time::Wall;

    fn notice() -> Notice {
        Notice {
            number: 7,
            session: SessionId::new(1, [1; 10]),
            label: "fix; the\x1b]0;tests".to_owned(),
            kind: NoticeKind::Done,
            text: "all\x07 green".to_owned(),
            at: Wall::default(),
            seen_at: None,
        }
    }

    #[test]
    fn each_terminal_is_asked_in_its_own_way_and_texts_cannot_end_the_sequence() {
        let cases = [
            (("KITTY_WINDOW_ID", "1"), "\x1b]99;i=homing7:d=0;"),
            (("TERM_PROGRAM", "WezTerm"), "\x1b]9;"),
            (("VTE_VERSION", "7600"), "\x1b]777;notify;fix, the"),
            (("TERM", "xterm-256color"), ""),
        ];
        for ((name, value), start) in cases {
            let env = vec![(name.to_owned(), value.to_owned())];
            let bytes = String::from_utf8(sequence(&notice(), &Notify::default(), &env)).expect("text");
            assert!(bytes.starts_with(start) && bytes.is_empty() == start.is_empty(), "{name}: {bytes:?}");
            assert!(!bytes.contains('\x07') && bytes.matches("\x1b]").count() == bytes.matches("\x1b\\").count());
        }
        let inside = vec![("KITTY_WINDOW_ID".to_owned(), "1".to_owned()), ("TMUX".to_owned(), "x".to_owned())];
        assert_eq!(sequence(&notice(), &Notify::default(), &inside), b"");
    }

    #[test]
    fn the_bell_is_rung_where_it_is_wanted() {
        let notify = Notify { bell: true, desktop: Desktop::Off, ..Notify::default() };
        assert_eq!(sequence(&notice(), &notify, &Env::new()), b"\x07");
    }
}
