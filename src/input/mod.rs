//! Keys, mouse and pastes: from the outer terminal's bytes to events, from events to commands and to a pane's bytes,
//! and from what went to a pane to what the user submitted.
//!
//! Pure: bytes and modes come in, bytes and events go out. Owns no tty and no timer (the caller asks `is_waiting` and
//! calls `timeout`). Imports `core::command` (the table of commands) and the data types of `term`.

pub mod encode;
pub mod event;
mod functional;
mod key;
pub mod keymap;
pub mod keypress;
pub mod parse;
pub mod pointer;
pub mod recorder;

pub use encode::{Focus, ShiftEnter, encode_focus, encode_key, encode_key_with, encode_paste};
pub use event::{
    ColorScheme, InputEvent, KeyCode, KeyEvent, KeyKind, KeypadKey, MediaKey, ModifierKey, Modifiers, MouseButton,
    MouseEvent, MouseKind, TerminalReply,
};
pub use keymap::{Binding, KeyConflict, KeyOwner, Keymap};
pub use keypress::{KeyPress, ParseKeyError};
pub use parse::{ESCAPE_DELAY_MS, InputParser};
pub use pointer::encode_mouse;
pub use recorder::{EditDialect, Recorder, Submit};
