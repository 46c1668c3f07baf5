//! The demo agent's terminal: raw mode, keys, signals, the edited line at the foot, text above it. Where stdin is no
//! terminal it reads lines and draws no line editor.

use std::collections::VecDeque;
use std::io::{self, IsTerminal as _, Write as _};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use signal_hook::consts::{SIGHUP, SIGTERM, SIGWINCH};

use crate::cli::demo_agent::editor::{Edit, Editor, Rows};
use crate::cli::demo_agent::keys::{Key, KeyParser, Source};

/// How long a lone Escape is held back in case it begins a sequence (as `input::parse` does).
const ESCAPE_DELAY: Duration = Duration::from_millis(25);

/// Why the agent ends.
#[derive(Debug)]
pub(super) enum End {
    /// The user left, or the input ended.
    Exit,
    /// The terminal went away (SIGHUP).
    Hangup,
    /// SIGTERM.
    Terminated,
    /// A conversation could not be kept.
    Failed(String),
}

impl End {
    /// The exit code that real agents give.
    pub(super) const fn code(&self) -> i32 {
        match self {
            Self::Exit => 0,
            Self::Failed(_) => 1,
            Self::Hangup => 129,
            Self::Terminated => 143,
        }
    }
}

impl From<io::Error> for End {
    /// Nobody reads what is written, or writes what is read, any more.
    fn from(_: io::Error) -> Self {
        Self::Hangup
    }
}

/// How a wait ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Waited {
    /// The time is over.
    Over,
    /// The user pressed Esc or ctrl+c.
    Interrupted,
}

enum Input {
    Key(Key),
    Resized,
    TimedOut,
    Closed,
}

/// Signals, as flags and a pipe that wakes a poll.
struct Signals {
    wake: UnixStream,
    hangup: Arc<AtomicBool>,
    terminate: Arc<AtomicBool>,
    resized: Arc<AtomicBool>,
}

impl Signals {
    fn register() -> io::Result<Self> {
        let (wake, raised) = UnixStream::pair()?;
        wake.set_nonblocking(true)?;
        let flag = |signal| -> io::Result<Arc<AtomicBool>> {
            let flag = Arc::new(AtomicBool::new(false));
            signal_hook::flag::register(signal, Arc::clone(&flag))?;
            signal_hook::low_level::pipe::register(signal, raised.try_clone()?)?;
            Ok(flag)
        };
        Ok(Self { hangup: flag(SIGHUP)?, terminate: flag(SIGTERM)?, resized: flag(SIGWINCH)?, wake })
    }
}

/// The terminal (or the pipe) the agent talks to.
pub(super) struct Console {
    source: Source,
    parser: KeyParser,
    /// When what the parser holds back is Escape after all.
    escape_at: Option<Instant>,
    /// Keys that were read and not used yet.
    ahead: VecDeque<Key>,
    signals: Signals,
    is_closed: bool,
    /// The row of the cursor in the line editor as last drawn.
    drawn_row: usize,
    has_raw_mode: bool,
}

impl Console {
    /// Takes the terminal into raw mode, if stdin is one.
    pub(super) fn open() -> io::Result<Self> {
        let is_terminal = io::stdin().is_terminal();
        let source = if is_terminal { Source::Terminal } else { Source::Lines };
        let signals = Signals::register()?;
        if is_terminal {
            crossterm::terminal::enable_raw_mode()?;
            write_all("\x1b[?2004h")?;
        }
        Ok(Self {
            source,
            parser: KeyParser::new(source),
            escape_at: None,
            ahead: VecDeque::new(),
            signals,
            is_closed: false,
            drawn_row: 0,
            has_raw_mode: is_terminal,
        })
    }

    /// Gives the terminal back. Errors are of no use any more: the terminal may be gone.
    pub(super) fn close(&mut self) {
        if std::mem::take(&mut self.has_raw_mode) {
            let _ = write_all("\x1b[?2004l\x1b[0m");
            let _ = crossterm::terminal::disable_raw_mode();
        }
    }

    /// Writes text; `\n` begins a new line in raw mode too.
    pub(super) fn print(&mut self, text: &str) -> io::Result<()> {
        if self.has_raw_mode { write_all(&text.replace('\n', "\r\n")) } else { write_all(text) }
    }

    /// Columns that a line may have.
    pub(super) fn columns(&self) -> usize {
        if self.has_raw_mode { screen_size().0 } else { usize::MAX }
    }

    /// Sets the window's title.
    pub(super) fn set_title(&mut self, title: &str) -> io::Result<()> {
        if io::stdout().is_terminal() { write_all(&format!("\x1b]0;{title}\x07")) } else { Ok(()) }
    }

    /// Lets the user edit until something is submitted, and takes the editor away. `hint` is shown when ctrl+c finds nothing
    /// to clear.
    pub(super) fn read_line(&mut self, editor: &mut Editor, hint: &str) -> Result<String, End> {
        self.draw(editor)?;
        loop {
            let edit = match self.next(None)? {
                Input::Key(key) => editor.press(key),
                Input::Resized => Edit::Changed,
                Input::TimedOut => Edit::Same,
                // The last line of a file needs no line break.
                Input::Closed => match editor.press(Key::Enter) {
                    Edit::Submit(text) => return Ok(text),
                    _ => return Err(End::Exit),
                },
            };
            match edit {
                // Of keys that came together only the last is drawn.
                Edit::Changed | Edit::Cleared if self.ahead.is_empty() => self.draw(editor)?,
                Edit::Changed | Edit::Cleared | Edit::Same => {}
                Edit::Redraw => {
                    if self.has_raw_mode {
                        write_all("\x1b[2J\x1b[H")?;
                        self.drawn_row = 0;
                    }
                    self.draw(editor)?;
                }
                Edit::Submit(text) => {
                    self.erase()?;
                    return Ok(text);
                }
                Edit::Interrupt => {
                    self.erase()?;
                    self.print(&format!("{hint}\n"))?;
                    self.draw(editor)?;
                }
                Edit::EndOfInput => {
                    self.erase()?;
                    return Err(End::Exit);
                }
            }
        }
    }

    /// One key of an answer; `None` for Escape, ctrl+c and the end of the input.
    pub(super) fn read_answer(&mut self) -> Result<Option<char>, End> {
        loop {
            match self.next(None)? {
                Input::Key(Key::Char(c)) => return Ok(Some(c.to_ascii_lowercase())),
                Input::Key(Key::Enter) if self.source == Source::Terminal => return Ok(Some('\n')),
                Input::Key(Key::Escape | Key::Interrupt | Key::EndOfInput) | Input::Closed => return Ok(None),
                Input::Key(_) | Input::Resized | Input::TimedOut => {}
            }
        }
    }

    /// Works for a while. What is typed meanwhile is kept for the line editor.
    pub(super) fn wait(&mut self, time: Duration) -> Result<Waited, End> {
        let deadline = Instant::now() + time;
        // What was typed before belongs to the line editor and cannot interrupt this work.
        let mut kept = std::mem::take(&mut self.ahead);
        let waited = loop {
            match self.next(Some(deadline))? {
                Input::Key(Key::Escape | Key::Interrupt) => break Waited::Interrupted,
                Input::Key(key) => kept.push_back(key),
                Input::Resized => {}
                Input::TimedOut => break Waited::Over,
                // A pipe was read to its end; the work goes on without an input.
                Input::Closed => self.is_closed = true,
            }
        };
        kept.append(&mut self.ahead);
        self.ahead = kept;
        Ok(waited)
    }

    fn next(&mut self, deadline: Option<Instant>) -> Result<Input, End> {
        if let Some(key) = self.ahead.pop_front() {
            return Ok(Input::Key(key));
        }
        self.poll_input(deadline)
    }

    /// The next thing that happens. With input closed only signals and the deadline are left to wait for.
    fn poll_input(&mut self, deadline: Option<Instant>) -> Result<Input, End> {
        loop {
            if self.signals.hangup.load(Ordering::Relaxed) {
                return Err(End::Hangup);
            }
            if self.signals.terminate.load(Ordering::Relaxed) {
                return Err(End::Terminated);
            }
            if self.signals.resized.swap(false, Ordering::Relaxed) {
                return Ok(Input::Resized);
            }
            if self.is_closed && deadline.is_none() {
                return Ok(Input::Closed);
            }
            let until = [deadline, self.escape_at].into_iter().flatten().min();
            let is_over = |moment: Option<Instant>| moment.is_some_and(|moment| Instant::now() >= moment);
            let mut keys = Vec::new();
            match self.poll_once(until, &mut keys)? {
                Polled::Bytes => self.escape_at = self.parser.is_waiting().then(|| Instant::now() + ESCAPE_DELAY),
                Polled::Nothing if is_over(self.escape_at) => {
                    self.escape_at = None;
                    self.parser.time_out(&mut keys);
                }
                Polled::Nothing if is_over(deadline) => return Ok(Input::TimedOut),
                Polled::Nothing => {}
                Polled::Closed if self.source == Source::Terminal => return Err(End::Hangup),
                Polled::Closed => return Ok(Input::Closed),
            }
            let mut keys = keys.into_iter();
            if let Some(first) = keys.next() {
                // The rest comes after it and before what comes later.
                let later: Vec<Key> = keys.collect();
                for key in later.into_iter().rev() {
                    self.ahead.push_front(key);
                }
                return Ok(Input::Key(first));
            }
        }
    }

    fn poll_once(&mut self, until: Option<Instant>, keys: &mut Vec<Key>) -> Result<Polled, End> {
        let left = until.map(|until| until.saturating_duration_since(Instant::now()));
        let timeout = left.and_then(|left| Timespec::try_from(left).ok());
        let stdin = io::stdin();
        let mut fds = [PollFd::new(&self.signals.wake, PollFlags::IN), PollFd::new(&stdin, PollFlags::IN)];
        let n_polled = if self.is_closed { 1 } else { 2 };
        match poll(fds.get_mut(..n_polled).unwrap_or_default(), timeout.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(io::Error::from(error).into()),
        }
        let [wake, input] = fds.map(|fd| fd.revents());
        if !wake.is_empty() {
            let mut drained = [0; 64];
            while io::Read::read(&mut &self.signals.wake, &mut drained).is_ok_and(|n| n > 0) {}
        }
        if self.is_closed || input.is_empty() {
            return Ok(Polled::Nothing);
        }
        let mut chunk = [0; 64 << 10];
        match rustix::io::read(&stdin, &mut chunk) {
            Ok(0) => Ok(Polled::Closed),
            Ok(n) => {
                self.parser.feed(chunk.get(..n).unwrap_or_default(), keys);
                Ok(Polled::Bytes)
            }
            Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => Ok(Polled::Nothing),
            // EIO: the terminal was hung up.
            Err(_) => Ok(Polled::Closed),
        }
    }

    /// Draws the line editor in place of what was drawn before.
    fn draw(&mut self, editor: &Editor) -> io::Result<()> {
        if !self.has_raw_mode {
            return Ok(());
        }
        let (columns, screen_rows) = screen_size();
        let rows = fit(editor.rows(columns), screen_rows);
        let mut out = self.erasing();
        out.push_str(&rows.rows.join("\r\n"));
        let up = rows.rows.len() - 1 - rows.row;
        if up > 0 {
            out.push_str(&format!("\x1b[{up}A"));
        }
        out.push_str(&format!("\r\x1b[{}C", rows.column));
        self.drawn_row = rows.row;
        write_all(&out)
    }

    /// Takes the line editor away; the cursor stands where it began.
    fn erase(&mut self) -> io::Result<()> {
        if !self.has_raw_mode {
            return Ok(());
        }
        let out = self.erasing();
        self.drawn_row = 0;
        write_all(&out)
    }

    fn erasing(&self) -> String {
        if self.drawn_row > 0 { format!("\r\x1b[{}A\x1b[J", self.drawn_row) } else { "\r\x1b[J".to_owned() }
    }
}

enum Polled {
    Bytes,
    Nothing,
    Closed,
}

/// Columns and rows of the terminal.
fn screen_size() -> (usize, usize) {
    let (columns, rows) = crossterm::terminal::size().unwrap_or((80, 24));
    (usize::from(columns), usize::from(rows))
}

/// The part of the rows around the cursor that a screen can show.
fn fit(rows: Rows, screen_rows: usize) -> Rows {
    let most = screen_rows.max(1);
    if rows.rows.len() <= most {
        return rows;
    }
    let first = rows.row.saturating_sub(most - 1).min(rows.rows.len() - most);
    let kept = rows.rows.into_iter().skip(first).take(most).collect();
    Rows { rows: kept, row: rows.row - first, column: rows.column }
}

fn write_all(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}
