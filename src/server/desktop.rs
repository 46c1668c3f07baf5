//! Telling the user's desktop: through the outer terminals, by a sound, and by a command of the user's.

use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::config::{Desktop, Notify};
use crate::core::event::Env;
use crate::core::notice::Notice;
use crate::server::facts;
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

/// Programs that play a file and end, with what makes them do only that.
const PLAYERS: &[(&str, &[&str])] = &[
    ("paplay", &[]),
    ("pw-play", &[]),
    ("afplay", &[]),
    ("aplay", &["-q"]),
    ("ffplay", &["-nodisp", "-autoexit", "-loglevel", "quiet"]),
    ("mpv", &["--no-video", "--really-quiet"]),
];

/// Plays a sound file; nothing waits for its end.
pub fn play(file: &str, env: &Env) {
    let found = PLAYERS.iter().find_map(|(name, args)| Some((facts::find_program(name, env)?, args)));
    let Some((player, args)) = found else {
        return tracing::warn!("no player is on PATH for the sound of notices");
    };
    let mut command = Command::new(player);
    command.args(*args).arg(file).stdin(Stdio::null());
    beside(command, env, String::new());
}

/// Runs the user's command with the notice as JSON on its standard input. It ends by itself; nothing waits for it.
pub fn run(command: &str, notice: &Notice, provider: &str, env: &Env) {
    let json = serde_json::json!({
        "number": notice.number, "session": notice.session.to_string(), "label": notice.label,
        "kind": notice.kind.as_str(), "text": notice.text, "provider": provider,
    });
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", command]).stdin(Stdio::piped());
    beside(shell, env, format!("{json}\n"));
}

/// Runs a program with this on its standard input, beside the loop.
fn beside(mut command: Command, env: &Env, input: String) {
    if N_COMMANDS.fetch_add(1, Ordering::Relaxed) >= COMMANDS_MAX {
        N_COMMANDS.fetch_sub(1, Ordering::Relaxed);
        return tracing::warn!(COMMANDS_MAX, "so many programs of notices run already; a notice was not given to one");
    }
    command.env_clear().envs(env.iter().map(|(name, value)| (name, value)));
    command.stdout(Stdio::null()).stderr(Stdio::null());
    tokio::task::spawn_blocking(move || {
        match command.spawn() {
            Ok(mut child) => {
                // A program that reads nothing is no mistake.
                let _ = child.stdin.take().map(|mut stdin| stdin.write_all(input.as_bytes()));
                let _ = child.wait();
            }
            Err(error) => tracing::warn!(%error, "a program of a notice cannot be started"),
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

    #[tokio::test]
    async fn a_sound_is_played_by_the_first_player_that_is_there() {
        let dir = tempfile::tempdir().expect("a directory");
        let here = dir.path().display().to_string();
        let player = dir.path().join("aplay");
        // Written elsewhere first: whoever looks sees all of it.
        std::fs::write(&player, "#!/bin/sh\necho \"$@\" > \"$HERE/new\"\nmv \"$HERE/new\" \"$HERE/played\"\n")
            .expect("written");
        std::fs::set_permissions(&player, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("set");
        let path = format!("{here}:/usr/bin:/bin");
        let env = vec![("PATH".to_owned(), path), ("HERE".to_owned(), here)];
        // With no other player beside it: the system's own come later on PATH, but earlier in the list.
        let is_first = PLAYERS.iter().take(3).all(|(name, _)| facts::find_program(name, &env).is_none());
        if !is_first {
            return;
        }
        play("/sounds/ping.oga", &env);
        let played = dir.path().join("played");
        while !played.exists() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        assert_eq!(std::fs::read_to_string(played).expect("played"), "-q /sounds/ping.oga\n");
    }

    #[tokio::test]
    async fn the_users_command_gets_the_notice_as_one_line_of_json() {
        let dir = tempfile::tempdir().expect("a directory");
        let here = dir.path().display().to_string();
        let env = vec![("PATH".to_owned(), "/usr/bin:/bin".to_owned()), ("HERE".to_owned(), here)];
        run("cat > \"$HERE/new\"; mv \"$HERE/new\" \"$HERE/given\"", &notice(), "claude", &env);
        let given = dir.path().join("given");
        while !given.exists() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        let text = std::fs::read_to_string(given).expect("given");
        let row: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!((row["kind"].as_str(), row["provider"].as_str()), (Some("done"), Some("claude")));
        assert_eq!((row["number"].as_u64(), text.lines().count()), (Some(7), 1));
    }

    #[test]
    fn the_bell_is_rung_where_it_is_wanted() {
        let notify = Notify { bell: true, desktop: Desktop::Off, ..Notify::default() };
        assert_eq!(sequence(&notice(), &notify, &Env::new()), b"\x07");
    }
}
