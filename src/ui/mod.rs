//! The screen: `(&State, &ClientView)` → [`Scene`] (where everything is) → a ratatui buffer (how it looks).
//!
//! Pure: reads no clock and changes no state. Imports core, layout, term's data types, text; ratatui for buffers and
//! styles only.

pub mod browser;
mod canvas;
pub mod cells;
mod copy_mode;
pub mod dialog_layout;
mod dialogs;
pub mod extras;
mod finder;
mod foot;
pub mod hints;
mod outer_title;
mod palette;
mod panes;
pub mod scene;
pub mod sidebar;
pub mod signal;
mod start;
pub mod status_bar;
pub mod theme;
mod theme_picker;
pub mod top_line;
pub mod which_key;
mod wrap;

#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod picture;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod views;

pub use crate::core::hit::Hit;
pub use cells::{OuterCursor, draw_pane_rows, pane_cursor};
pub use hints::KeyHints;
pub use outer_title::outer_title;
pub use scene::{Scene, Screen, scene};
pub use theme::{Depth, Glyphs, Theme};

use ratatui::buffer::Buffer;

use crate::core::client::ClientView;
use crate::core::mode::Mode;
use crate::core::state::State;
use crate::id::PaneId;

/// Whether the pane shows its live screen with nothing over it, so that [`draw_pane_rows`] may update rows of it; else
/// the whole screen is drawn.
pub fn shows_live_rows(state: &State, client: &ClientView, scene: &Scene, pane: PaneId) -> bool {
    let is_read = matches!(&client.mode, Mode::Copy(copy) if copy.pane == pane);
    scene.placed(pane).is_some()
        && !scene.is_covered(pane)
        && scene.dialog.is_none()
        && !is_read
        && !which_key::is_due(state, client)
}

/// Draws the client's whole screen. `scene` is that of the same state and client, `buf` has the client's size (what lies
/// outside of it is not drawn); what it held before does not matter.
pub fn draw(state: &State, client: &ClientView, scene: &Scene, theme: &Theme, keymap: &dyn KeyHints, buf: &mut Buffer) {
    buf.reset();
    buf.set_style(*buf.area(), theme.text());
    match scene.screen {
        Screen::Unsupported => return start::draw_unsupported(scene.size, theme, buf),
        Screen::Start => start::draw_start(state, client, &scene.start, keymap, theme, buf),
        Screen::Panes => {}
    }
    sidebar::draw(state, client, &scene.sidebar, theme, buf);
    panes::draw(state, client, scene, theme, buf);
    panes::draw_float(state, client, scene, theme, buf);
    top_line::draw(&scene.top_line, scene.chrome.top, theme, buf);
    status_bar::draw(state, client, scene, keymap, theme, buf);
    if which_key::is_due(state, client) {
        which_key::draw(scene.chrome.status, scene.size.rows(), keymap, theme, buf);
    }
    if let (Mode::Dialog(dialog), Some(layout)) = (&client.mode, &scene.dialog) {
        dialogs::draw(dialog, &client.marks, layout, theme, buf);
    }
    if theme.glyphs == Glyphs::Ascii {
        replace_ellipses(scene, buf);
    }
}

/// Cuts of the frame's own text show as `~` where only ASCII is wanted; what agents print stays as it is.
fn replace_ellipses(scene: &Scene, buf: &mut Buffer) {
    let is_agents = |x: u16, y: u16| {
        let is_frames = scene.float.is_some_and(|float| float.frame.contains(x, y) && !float.inner.contains(x, y));
        scene.solved.panes.iter().chain(&scene.float).any(|placed| placed.inner.contains(x, y))
            && !is_frames
            && !scene.dialog.as_ref().is_some_and(|dialog| dialog.rect.contains(x, y))
    };
    for index in 0..buf.content.len() {
        if buf.content[index].symbol() == "…" {
            let (x, y) = buf.pos_of(index);
            if !is_agents(x, y) {
                buf.content[index].set_symbol("~");
            }
        }
    }
}
