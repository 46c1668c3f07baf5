//! What a client's keys mean now.
//!
//! Pure data; `core::step` moves between the modes.

use crate::core::copy::CopyMode;
use crate::core::dialog::Dialog;
use crate::core::steering::Steering;
use crate::time::Instant;

/// What a client's keys mean now.
#[derive(Clone, PartialEq, Debug, Default)]
#[expect(clippy::large_enum_variant, reason = "there is one mode per client, and no list of modes")]
pub enum Mode {
    /// Keys go to the focused pane; the prefix key enters `Prefix`.
    #[default]
    Normal,
    /// The prefix was pressed at this moment; the next key is a command.
    Prefix {
        /// When: the which-key panel rises 400 ms later.
        since: Instant,
    },
    /// Arrow keys move the focused pane's borders; Enter or Esc ends it.
    Resize,
    /// The focused pane is read back: its keys move, select and search.
    Copy(Box<CopyMode>),
    /// The sidebar has the keys: typing filters it.
    Sidebar(Steering),
    /// A dialog has the keys.
    Dialog(Dialog),
}
