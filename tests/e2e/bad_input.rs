//! What users and strangers get wrong: each mistake has its exit code and a line that says what to do; none costs anything.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::process::{Child, Stdio};
use std::time::Duration;

use homing::protocol::codec::{Decoder, Frame, Kind, encode, encode_json};
use homing::protocol::message::{Hello, PROTOCOL, Reject, Role};

use crate::support::process::{self, Signal};
use crate::support::workspace::{Workspace, ran};

#[test]
fn mistakes_have_their_exit_codes_and_say_what_to_do() {
    let workspace = Workspace::new();
    // No server: 5, and none is started by asking.
    for args in [&["ls"][..], &["status"], &["send", "1", "x"], &["wait", "1", "--until", "ready"], &["close", "1"]] {
        let said = workspace.fails(5, args);
        assert!(said.contains("homing start"), "{said}");
    }
    assert!(!workspace.socket().exists());
    let said = workspace.ok(&["stop"]);
    assert!(said.contains("nothing to stop"), "{said}");

    workspace.demo(&[]);
    for (code, args, says) in [
        (2, &["new", "cladue"][..], "claude"),
        (2, &["new", "nothing-like-it"], "known are: "),
        (2, &["frobnicate"], "frobnicate"),
        (2, &["new"], "PROVIDER"),
        (2, &["wait", "1", "--until", "bored"], "text=REGEX"),
        (2, &["wait", "1", "--until", "text=("], "regular expression"),
        (2, &["wait", "1", "--until", "ready", "--timeout=-1"], "--timeout"),
        (2, &["-w", "no/path", "ls"], "workspace name"),
        (2, &["keys", "1", "ctrl+nonsense"], "ctrl+nonsense"),
        (3, &["send", "99", "x"], "homing ls"),
        (3, &["show", "nobody"], "homing ls"),
        (3, &["focus", "hm_0000"], "homing ls"),
        (4, &["wait", "1", "--until", "exited", "--timeout", "0.05"], "timed out"),
        (4, &["wait", "1", "--until", "text=never", "--timeout", "0.05"], "timed out"),
        (5, &["-w", "other", "ls"], "\"other\""),
        (1, &["new", "shell", "--cwd", "/no/such/directory"], "/no/such/directory"),
    ] {
        let said = workspace.fails(code, args);
        assert!(said.contains(says), "homing {args:?}: {said}");
    }
    // Not a terminal.
    let said = workspace.fails(2, &[]);
    assert!(said.contains("homing start"), "{said}");
    assert_eq!(workspace.sessions().len(), 1, "nothing that failed left a pane");
}

#[test]
fn a_provider_that_is_not_installed_is_named() {
    let workspace = Workspace::new();
    let mut command = workspace.command(&["new", "codex"]);
    let ran = ran(command.env("PATH", ""));
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.to_lowercase().contains("codex"), "{ran:?}");
    assert_eq!(workspace.sessions().len(), 0, "a pane for nothing");
}

/// What the server answers to bytes, until it closes the connection.
fn answer(workspace: &Workspace, bytes: &[u8]) -> Vec<Frame> {
    let mut stream = UnixStream::connect(workspace.socket()).expect("a server");
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a time-out");
    // The server may close before it has read everything.
    let _ = stream.write_all(bytes);
    let mut decoder = Decoder::new();
    let mut buffer = [0; 4096];
    let mut frames = Vec::new();
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return frames,
            Ok(n) => decoder.feed(&buffer[..n]),
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => return frames,
            Err(error) => panic!("the connection stays open: {error}"),
        }
        while let Some(frame) = decoder.next_frame() {
            frames.push(frame.expect("the server sends frames"));
        }
    }
}

fn reject(frames: &[Frame]) -> Reject {
    let frame = frames.iter().find(|frame| frame.kind == Kind::Reject).expect("a reject");
    serde_json::from_slice(&frame.payload).expect("a reject")
}

#[test]
fn strangers_on_the_socket_are_rejected_and_cost_nothing() {
    let workspace = Workspace::new();
    let demo = workspace.demo(&[]);
    let server = workspace.server();
    // Garbage, a length of 4 GiB, a hello that is too long, a frame of length 0.
    let mut hello_too_long = (100_u32 << 10).to_le_bytes().to_vec();
    hello_too_long.push(0);
    for bytes in [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".as_slice(), &[0xff; 64], &hello_too_long, &[0; 16]] {
        let reject = reject(&answer(&workspace, bytes));
        assert!(!reject.reason.is_empty() && !reject.hint.is_empty());
    }
    // Another version.
    let mut bytes = Vec::new();
    let hello = Hello { version: "99.0.0".to_owned(), protocol: PROTOCOL + 1, ..Hello::new(Role::Attach) };
    encode_json(Kind::Hello, &hello, &mut bytes);
    let rejected = reject(&answer(&workspace, &bytes));
    assert!(rejected.reason.contains("99.0.0"), "{rejected:?}");
    assert!(rejected.hint.contains("homing restart-server"), "{rejected:?}");
    // Messages before the handshake, and what is no JSON after it.
    let mut early = Vec::new();
    encode(Kind::Bytes, b"x", &mut early);
    answer(&workspace, &early);
    let mut broken = Vec::new();
    encode_json(Kind::Hello, &Hello::new(Role::Api), &mut broken);
    encode(Kind::Message, b"{ not json", &mut broken);
    answer(&workspace, &broken);

    assert_eq!(workspace.server(), server);
    workspace.say(&demo, "unharmed", "You said: unharmed");
}

#[test]
fn a_program_of_another_version_can_replace_the_server() {
    let workspace = Workspace::new();
    let demo = workspace.demo(&[]);
    let (server, agents) = (workspace.server(), workspace.agents());
    let mut bytes = Vec::new();
    let hello = Hello {
        version: "99.0.0".to_owned(),
        protocol: PROTOCOL + 1,
        exe: Some(env!("CARGO_BIN_EXE_homing").to_owned()),
        ..Hello::new(Role::Restart)
    };
    encode_json(Kind::Hello, &hello, &mut bytes);
    answer(&workspace, &bytes);
    assert_ne!(workspace.server(), server);
    assert_eq!(workspace.agents(), agents);
    workspace.say(&demo, "unharmed", "You said: unharmed");
}

#[test]
fn a_socket_that_nobody_listens_to_is_replaced() {
    let workspace = Workspace::new();
    workspace.fails(5, &["ls"]);
    drop(UnixListener::bind(workspace.socket()).expect("a socket"));
    workspace.fails(5, &["ls"]);
    workspace.demo(&[]);
    assert_eq!(workspace.sessions().len(), 1);
}

#[test]
fn a_config_with_mistakes_starts_and_is_reported_by_line() {
    let workspace = Workspace::new();
    workspace.fails(5, &["ls"]);
    let config = workspace.home().join("config.toml");
    fs::write(&config, "history_lines = 500\nno_such_key = 1\n\n[ui]\nglyphs = \"runes\"\n").expect("written");
    let said = workspace.fails(1, &["config", "check"]);
    assert!(said.contains("config.toml:2:1: no_such_key"), "{said}");
    assert!(said.contains("config.toml:5:10: ui.glyphs"), "{said}");
    workspace.demo(&[]);
    let warnings = workspace.status()["warnings"].to_string();
    assert!(warnings.contains("no_such_key") && warnings.contains("runes"), "{warnings}");

    // Not even TOML.
    workspace.ok(&["stop"]);
    fs::write(&config, "history_lines = = 3\n[[[").expect("written");
    workspace.fails(1, &["config", "check"]);
    workspace.ok(&["start"]);
    assert_eq!(workspace.sessions().len(), 1);
    assert!(!workspace.status()["warnings"].as_array().expect("a list").is_empty());
}

#[test]
fn a_store_of_a_newer_homing_is_left_alone() {
    let workspace = Workspace::new();
    workspace.demo(&[]);
    workspace.ok(&["stop"]);
    let path = workspace.home().join("homing.db");
    let conn = rusqlite::Connection::open(&path).expect("the store");
    conn.pragma_update(None, "journal_mode", "delete").expect("one file");
    conn.pragma_update(None, "user_version", 9999).expect("a version");
    drop(conn);
    let before = fs::read(&path).expect("the store");
    let ran = workspace.run(&["start"]);
    assert_ne!(ran.code, 0, "{ran:?}");
    assert!(ran.stderr.contains("newer homing"), "{ran:?}\n{}", workspace.log());
    assert!(fs::read(&path).expect("the store") == before, "the file was touched");

    // Once it is of this version again, everything is there.
    let conn = rusqlite::Connection::open(&path).expect("the store");
    conn.pragma_update(None, "user_version", user_version_of_a_new_store()).expect("a version");
    drop(conn);
    workspace.wait_until("the last keeper has ended", || (workspace.run(&["start"]).code == 0).then_some(()));
    assert_eq!(workspace.sessions().len(), 1);
}

fn user_version_of_a_new_store() -> i64 {
    let workspace = Workspace::new();
    workspace.ok(&["start"]);
    let conn = rusqlite::Connection::open(workspace.home().join("homing.db")).expect("a store");
    conn.pragma_query_value(None, "user_version", |row| row.get(0)).expect("a version")
}

#[test]
fn a_damaged_store_is_kept_aside_and_the_workspace_starts() {
    let workspace = Workspace::new();
    let demo = workspace.demo(&[]);
    workspace.say(&demo, "before the damage", "You said: before the damage");
    workspace.ok(&["stop"]);
    let path = workspace.home().join("homing.db");
    for ending in ["-wal", "-shm"] {
        let _ = fs::remove_file(format!("{}{ending}", path.display()));
    }
    let damaged = b"this is no database at all ".repeat(1000);
    fs::write(&path, &damaged).expect("damaged");
    workspace.ok(&["start"]);
    let warnings = workspace.status()["warnings"].to_string();
    assert!(warnings.contains("damaged"), "{warnings}");
    let is_kept = |entry: fs::DirEntry| fs::read(entry.path()).is_ok_and(|bytes| bytes == damaged);
    assert!(walk(&workspace.home()).into_iter().any(is_kept), "the damaged file is gone");
    workspace.demo(&["--name", "after"]);
}

/// All files below a directory.
fn walk(directory: &std::path::Path) -> Vec<fs::DirEntry> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => files.extend(walk(&entry.path())),
            Ok(kind) if kind.is_file() => files.push(entry),
            _ => {}
        }
    }
    files
}

fn start(workspace: &Workspace) -> Child {
    workspace.command(&["start"]).stdout(Stdio::null()).spawn().expect("homing starts")
}

#[test]
fn two_starts_at_once_start_one_server() {
    let workspace = Workspace::new();
    workspace.fails(5, &["ls"]);
    let starts: Vec<_> = (0..8).map(|_| start(&workspace)).collect();
    for mut start in starts {
        assert!(start.wait().expect("our child").success());
    }
    let keeper = workspace.keeper();
    let all = process::with_variable("HOMING_HOME", &workspace.home());
    let expected: BTreeSet<u32> = [keeper, workspace.server()].into();
    assert_eq!(all.into_iter().collect::<BTreeSet<_>>(), expected);

    // After a power cut as well: the old socket lies there, and nobody may take another's away.
    for pid in &expected {
        process::kill(*pid, Signal::KILL);
    }
    workspace.wait_until("the end of both", || (!expected.iter().any(|pid| process::is_alive(*pid))).then_some(()));
    let starts: Vec<_> = (0..8).map(|_| start(&workspace)).collect();
    for mut start in starts {
        assert!(start.wait().expect("our child").success());
    }
    let expected: BTreeSet<u32> = [workspace.keeper(), workspace.server()].into();
    let all = process::with_variable("HOMING_HOME", &workspace.home());
    assert_eq!(all.into_iter().filter(|pid| process::is_alive(*pid)).collect::<BTreeSet<_>>(), expected);
}
