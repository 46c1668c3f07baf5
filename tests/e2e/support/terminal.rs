//! A terminal with a client in it: what the client draws is parsed as it comes, keys go in.

use std::fs::File;
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, SlavePty, native_pty_system};
use rustix::termios::{Termios, tcgetattr};

use super::workspace::{Workspace, log_tail};
use super::{DEADLINE, look_for};

/// What the terminal shows, and all bytes that it got.
struct Shown {
    parser: vt100::Parser,
    bytes: Vec<u8>,
    /// When the last of them came.
    came_at: Instant,
}

fn cells(n: u16) -> NonZeroU16 {
    NonZeroU16::new(n).expect("a terminal has cells")
}

/// A terminal; clients run in it one after the other.
pub struct Terminal {
    master: Box<dyn MasterPty + Send>,
    slave: Box<dyn SlavePty + Send>,
    keyboard: Box<dyn Write + Send>,
    shown: Arc<(Mutex<Shown>, Condvar)>,
    client: Option<Box<dyn Child + Send + Sync>>,
    home: PathBuf,
}

impl Terminal {
    /// A terminal of this size, with nothing in it.
    pub fn new(workspace: &Workspace, cols: u16, rows: u16) -> Self {
        let size = PtySize { rows, cols, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a terminal");
        let mut reader = pair.master.try_clone_reader().expect("a reader");
        let shown = Shown {
            parser: vt100::Parser::new(cells(rows), cells(cols), 0),
            bytes: Vec::new(),
            came_at: Instant::now(),
        };
        let shown = Arc::new((Mutex::new(shown), Condvar::new()));
        let other = Arc::clone(&shown);
        std::thread::spawn(move || {
            let mut buffer = [0; 64 << 10];
            while let Ok(n @ 1..) = reader.read(&mut buffer) {
                let came_at = Instant::now();
                let (shown, changed) = &*other;
                let mut shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
                shown.parser.process(&buffer[..n]);
                shown.bytes.extend_from_slice(&buffer[..n]);
                shown.came_at = came_at;
                changed.notify_all();
            }
        });
        let keyboard = pair.master.take_writer().expect("a writer");
        Self { master: pair.master, slave: pair.slave, keyboard, shown, client: None, home: workspace.home() }
    }

    /// A terminal of this size with a client in it.
    pub fn attached(workspace: &Workspace, cols: u16, rows: u16, args: &[&str]) -> Self {
        let mut terminal = Self::new(workspace, cols, rows);
        terminal.start(workspace, args);
        terminal
    }

    /// Starts a client.
    pub fn start(&mut self, workspace: &Workspace, args: &[&str]) {
        self.start_in(workspace, &workspace.project(), args);
    }

    /// Starts a homing process in a directory.
    pub fn start_in(&mut self, workspace: &Workspace, directory: &Path, args: &[&str]) {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_homing"));
        command.args(args);
        command.env_clear();
        for (name, value) in workspace.env() {
            command.env(name, value);
        }
        command.cwd(directory);
        self.client = Some(self.slave.spawn_command(command).expect("a client"));
    }

    /// The client's process.
    pub fn client(&self) -> u32 {
        self.client.as_ref().and_then(|client| client.process_id()).expect("a client")
    }

    /// Types bytes as they are.
    pub fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).expect("the terminal takes keys");
        self.keyboard.flush().expect("the terminal takes keys");
    }

    /// Gives the terminal another size, as its window does.
    pub fn resize(&self, cols: u16, rows: u16) {
        self.shown
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .parser
            .screen_mut()
            .set_size(cells(rows), cells(cols));
        let size = PtySize { rows, cols, pixel_width: 0, pixel_height: 0 };
        self.master.resize(size).expect("another size");
    }

    /// Waits until the screen is so.
    pub fn wait_for(&self, what: &str, is_so: impl Fn(&vt100::Screen) -> bool) {
        self.wait_within(DEADLINE, what, is_so);
    }

    /// Waits until the screen shows a text.
    pub fn wait_for_text(&self, text: &str) {
        self.wait_for(text, |screen| screen.contents().contains(text));
    }

    /// Waits until the screen is so; not longer than the time.
    pub fn wait_within(&self, time: Duration, what: &str, is_so: impl Fn(&vt100::Screen) -> bool) {
        let until = Instant::now() + time;
        let (shown, changed) = &*self.shown;
        let mut shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
        while !is_so(shown.parser.screen()) {
            let Some(rest) = until.checked_duration_since(Instant::now()) else {
                let screen = shown.parser.screen().contents();
                panic!("{what:?}: not within {time:?}; the screen is\n{screen}\n{}", log_tail(&self.home));
            };
            shown = changed.wait_timeout(shown, rest).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// The text of the screen.
    pub fn text(&self) -> String {
        self.shown.0.lock().unwrap_or_else(PoisonError::into_inner).parser.screen().contents()
    }

    /// How many bytes have come so far.
    pub fn n_bytes(&self) -> usize {
        self.shown.0.lock().unwrap_or_else(PoisonError::into_inner).bytes.len()
    }

    /// The bytes that have come since there were `n` of them.
    pub fn bytes_since(&self, n: usize) -> Vec<u8> {
        self.shown.0.lock().unwrap_or_else(PoisonError::into_inner).bytes[n..].to_vec()
    }

    /// Waits until what came since there were `n` bytes is so.
    pub fn wait_for_bytes(&self, n: usize, what: &str, is_so: impl Fn(&[u8]) -> bool) {
        let found = look_for(DEADLINE, || is_so(&self.bytes_since(n)).then_some(()));
        let came = String::from_utf8_lossy(&self.bytes_since(n)).into_owned();
        assert!(found.is_some(), "{what}: what came is {came:?}\n{}", log_tail(&self.home));
    }

    /// Waits until more than `n` bytes have come, without the pauses of the other waits; when they came.
    pub fn wait_for_more(&self, n: usize) -> Instant {
        let until = Instant::now() + DEADLINE;
        let (shown, changed) = &*self.shown;
        let mut shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
        while shown.bytes.len() <= n {
            let rest = until.checked_duration_since(Instant::now()).expect("more is shown in time");
            shown = changed.wait_timeout(shown, rest).unwrap_or_else(PoisonError::into_inner).0;
        }
        shown.came_at
    }

    /// Waits for the end of the client; its exit code.
    pub fn wait_for_exit(&mut self) -> u32 {
        let client = self.client.as_mut().expect("a client");
        match look_for(DEADLINE, || client.try_wait().expect("our child")) {
            Some(status) => status.exit_code(),
            None => panic!("the client does not end; the screen is\n{}\n{}", self.text(), log_tail(&self.home)),
        }
    }

    /// The terminal's line settings.
    pub fn settings(&self) -> Termios {
        let path = self.master.tty_name().expect("it has a name");
        tcgetattr(File::open(path).expect("it can be opened")).expect("it is a terminal")
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if let Some(client) = &mut self.client {
            let _ = client.kill();
            let _ = client.wait();
        }
    }
}
