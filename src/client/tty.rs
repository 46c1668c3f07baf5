//! The outer terminal: raw mode and the alternate screen on the way in; everything undone on every way out.

use std::io::{self, Write};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::terminal::{disable_raw_mode, enable_raw_mode};

use crate::geometry::Size;
use crate::protocol::message::TtyName;

/// Whether the terminal is ours now; asked by the panic hook.
static IS_RAW: AtomicBool = AtomicBool::new(false);

/// Undoes all that a server may have asked of the terminal: pen, synchronized output, mouse, focus, pastes, colour reports,
/// kitty keys, xterm's modified keys, cursor shape; shows the cursor, leaves the alternate screen, and takes the window's title
/// back from xterm's stack (XTWINOPS 23).
const RESTORE: &[u8] = b"\x1b[m\x1b[?2026l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1004l\x1b[?2004l\x1b[?2031l\x1b[<u\x1b[>4m\x1b[0 q\x1b[?25h\x1b[?1049l\x1b[23;2t";

/// A terminal in raw mode, on its alternate screen; dropped, it is as it was.
#[derive(Debug)]
pub struct RawTerminal {
    is_left: bool,
}

impl RawTerminal {
    /// Takes the terminal over.
    pub fn enter() -> io::Result<Self> {
        static HOOK: Once = Once::new();
        HOOK.call_once(|| {
            let before = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |info| {
                restore();
                before(info);
            }));
        });
        enable_raw_mode()?;
        IS_RAW.store(true, Ordering::SeqCst);
        let mut stdout = io::stdout().lock();
        stdout.write_all(b"\x1b[22;2t\x1b[?1049h\x1b[H")?;
        stdout.flush()?;
        Ok(Self { is_left: false })
    }

    /// Gives the terminal back.
    pub fn leave(&mut self) {
        if !std::mem::replace(&mut self.is_left, true) {
            restore();
        }
    }
}

impl Drop for RawTerminal {
    fn drop(&mut self) {
        self.leave();
    }
}

fn restore() {
    if IS_RAW.swap(false, Ordering::SeqCst) {
        let mut stdout = io::stdout().lock();
        let _ = stdout.write_all(RESTORE);
        let _ = stdout.flush();
        // Answers that are still on their way would be typed into the shell.
        let _ = rustix::termios::tcflush(rustix::stdio::stdin(), rustix::termios::QueueSelector::IFlush);
        let _ = disable_raw_mode();
    }
}

/// The terminal's name; `None` where it has none.
pub fn name() -> Option<TtyName> {
    let path = rustix::termios::ttyname(rustix::stdio::stdout(), Vec::new()).ok()?.into_string().ok()?;
    let stat = rustix::fs::fstat(rustix::stdio::stdout()).ok()?;
    Some(TtyName { path, filesystem: stat.st_dev, device: stat.st_rdev })
}

/// The terminal's size; 80×24 where it does not say.
pub fn size() -> io::Result<Size> {
    let size = rustix::termios::tcgetwinsize(rustix::stdio::stdout())?;
    if size.ws_col == 0 || size.ws_row == 0 {
        return Ok(Size::HEADLESS);
    }
    Ok(Size::new(size.ws_col, size.ws_row))
}
