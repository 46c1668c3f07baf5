//! `homing search` and the finder: a text in the histories of all sessions, those without a pane too.
//!
//! What is stored is read by the store's thread; the search itself runs on a thread of its own, so that nothing waits for it.

use std::sync::Arc;

use tokio::sync::mpsc::UnboundedSender;

use crate::core::effect::{OpenHistory, Seeker};
use crate::core::event::Event;
use crate::geometry::Size;
use crate::protocol::api::FoundRow;
use crate::server::Done;
use crate::store::{Reader, Scope, SessionFilter, StoreHandle};
use crate::term::lines::KeptDocument;
use crate::term::search::{Pattern, lines_with};
use crate::term::{Terminal, TerminalOptions};

/// Lines that one search answers with. Chosen: a megabyte or two.
const MAX_ROWS: usize = 10_000;

/// The history of one session.
struct Shelf {
    session: String,
    label: String,
    /// Whether it has a pane.
    is_open: bool,
    lines: Lines,
}

/// Where its lines are.
enum Lines {
    /// Here.
    Kept(KeptDocument),
    /// In what is stored: blocks, oldest first, and the last screen, snapshot and size.
    Stored { blocks: Vec<Vec<u8>>, screen: Option<(Vec<u8>, Size)> },
}

/// Searches the open sessions and all that the store knows; the answer comes as an event.
pub fn search(
    seeker: Seeker,
    pattern: Arc<Pattern>,
    open: Vec<OpenHistory>,
    store: &StoreHandle,
    done: &UnboundedSender<Done>,
) {
    let done = done.clone();
    store.query(move |reader| {
        let mut shelves: Vec<Shelf> = stored(reader, &open);
        shelves.extend(open.into_iter().map(|open| Shelf {
            session: open.session.to_string(),
            label: open.label,
            is_open: true,
            lines: Lines::Kept(open.document),
        }));
        let work = move || {
            let mut rows = Vec::new();
            for shelf in shelves {
                look_through(shelf, &pattern, &mut rows);
            }
            let is_cut = rows.len() >= MAX_ROWS;
            let _ = done.send(Done::Event(Box::new(Event::Searched { seeker, rows, is_cut })));
        };
        if let Err(error) = std::thread::Builder::new().name("search".to_owned()).spawn(work) {
            tracing::error!(%error, "a search could not be started");
        }
    });
}

/// The sessions of the workspace that have no pane.
fn stored(reader: &Reader<'_>, open: &[OpenHistory]) -> Vec<Shelf> {
    let sessions = reader.sessions(Scope::Workspace, SessionFilter::All).unwrap_or_else(|error| {
        tracing::error!(%error, "the stored sessions cannot be read");
        Vec::new()
    });
    let closed = sessions.into_iter().filter(|row| !open.iter().any(|open| open.session == row.session.id));
    let shelf = |row: crate::store::StoredSession| {
        let id = row.session.id;
        let blocks = reader.history(id).unwrap_or_else(|error| {
            tracing::error!(session = %id, %error, "a stored history cannot be read");
            Vec::new()
        });
        let screen = reader.screen(id).ok().flatten();
        Shelf {
            session: id.to_string(),
            label: row.session.label().to_owned(),
            is_open: false,
            lines: Lines::Stored {
                blocks: blocks.into_iter().map(|block| block.data).collect(),
                screen: screen.map(|screen| (screen.snapshot, Size::new(screen.cols, screen.rows))),
            },
        }
    };
    closed.map(shelf).collect()
}

fn look_through(shelf: Shelf, pattern: &Pattern, rows: &mut Vec<FoundRow>) {
    let document = match shelf.lines {
        Lines::Kept(document) => document,
        Lines::Stored { blocks, screen } => read(&shelf.session, &blocks, screen),
    };
    let found = lines_with(pattern, &document.document(), MAX_ROWS.saturating_sub(rows.len()));
    rows.extend(found.into_iter().map(|(line, text)| FoundRow {
        session: shelf.session.clone(),
        label: shelf.label.clone(),
        is_open: shelf.is_open,
        line,
        text,
    }));
}

/// What is stored of a session.
fn read(session: &str, blocks: &[Vec<u8>], screen: Option<(Vec<u8>, Size)>) -> KeptDocument {
    let options =
        TerminalOptions { history_lines: usize::MAX / 2, history_bytes: usize::MAX / 2, ..TerminalOptions::default() };
    let restored = screen.and_then(|(snapshot, size)| Terminal::restore(&snapshot, size, options).ok());
    let mut terminal = restored.unwrap_or_else(|| Terminal::new(Size::HEADLESS, options));
    for block in blocks {
        if let Err(error) = terminal.load_history_block(block) {
            tracing::warn!(%session, %error, "a part of the history is not searched");
        }
    }
    KeptDocument::new(&terminal, Arc::new(terminal.freeze()))
}
