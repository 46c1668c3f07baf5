//! The clients' screens: what of the state each shows, when it is drawn, and what still is on its way.
//!
//! What a key changes is drawn at once: its echo, and the frame that it was meant for; so is what a program prints first, for
//! which somebody opened it. An echo takes nothing else with it: a screen full of a flood beside it would cost more than the
//! echo's whole way. Everything else is drawn at once when the last frame is old enough, and otherwise when it is; one frame at
//! a time is under way, so that a slow client skips frames and the server never queues them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::core::Core;
use crate::core::client::ClientView;
use crate::core::hit::Hit;
use crate::core::mode::Mode;
use crate::core::state::State;
use crate::id::{ClientId, PaneId};
use crate::input::parse::InputParser;
use crate::server::TYPING;
use crate::server::clipboard::Clipboard;
use crate::server::connection::{ConnectionId, send_bytes};
use crate::server::outbox::Outbox;
use crate::server::paint::{Painter, Picture};
use crate::server::tty::Tty;
use crate::term::{Damage, Terminal};
use crate::time::Instant;
use crate::ui::extras::Links;
use crate::ui::{KeyHints, OuterCursor, Scene, Theme};

/// The least time between two frames that no key asked for.
const FRAME: Duration = Duration::from_millis(8);

/// The same after a frame of many bytes: a flood is no easier to read at 120 frames a second than at 60.
const FLOOD_FRAME: Duration = Duration::from_millis(16);

/// The same while somebody types into another pane: a key that comes while a flood is drawn waits for that.
const FLOOD_FRAME_BESIDE: Duration = Duration::from_millis(33);

/// From this many bytes on a frame is a large one.
const LARGE_FRAME: usize = 4096;

/// A frame that is due between a key and its echo waits this long for the echo: most programs answer within a millisecond, and
/// drawing a flood takes one.
const ECHO_WAIT: Duration = Duration::from_millis(2);

/// After a key, this much output of its pane is drawn at once.
const ECHO_WINDOW: Duration = Duration::from_millis(100);

/// More than this at once is no echo.
const ECHO_BYTES: usize = 4096;

/// A program that began a synchronized update and does not end it is drawn after this time all the same.
const SYNC_TIMEOUT: Duration = Duration::from_millis(150);

/// One client's screen.
pub struct Screen {
    /// The client's connection.
    pub connection: ConnectionId,
    /// Reads what its terminal sends.
    pub parser: InputParser,
    outbox: Outbox,
    /// Its terminal, where the server writes to it itself.
    tty: Option<Tty>,
    painter: Painter,
    next: Buffer,
    links: Links,
    scene: Option<Scene>,
    /// Everything is to be composed anew.
    is_stale: bool,
    /// Rows of panes that changed (first, last).
    rows: BTreeMap<PaneId, (u16, u16)>,
    /// Panes of these whose rows wait for nothing.
    echoing: BTreeSet<PaneId>,
    /// The title that its terminal was given.
    title: Option<String>,
    /// Bytes for the terminal itself: bell, modes.
    extra: Vec<u8>,
    /// Texts for its clipboard.
    pub clipboard: Clipboard,
    is_under_way: bool,
    is_urgent: bool,
    drawn_at: Option<Instant>,
    /// How long after that the next one may come.
    pause: Duration,
}

impl Screen {
    /// The screen of a client that has just attached.
    pub fn new(connection: ConnectionId, outbox: Outbox, tty: Option<Tty>, clipboard: Clipboard) -> Self {
        Self {
            connection,
            parser: InputParser::new(),
            outbox,
            tty,
            painter: Painter::new(),
            next: Buffer::empty(Rect::ZERO),
            links: Links::default(),
            scene: None,
            is_stale: true,
            rows: BTreeMap::new(),
            echoing: BTreeSet::new(),
            title: None,
            extra: Vec::new(),
            clipboard,
            is_under_way: false,
            is_urgent: true,
            drawn_at: None,
            pause: FRAME,
        }
    }

    /// The way to the client.
    pub fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// Composes everything anew with the next frame.
    pub fn redraw(&mut self) {
        self.is_stale = true;
    }

    /// A key came: what it changed on the frame is drawn at once, like an echo.
    pub fn answer_key(&mut self) {
        self.is_urgent |= self.is_stale;
    }

    /// Forgets what the terminal shows.
    pub fn repaint(&mut self) {
        self.is_stale = true;
        self.painter.forget();
    }

    /// Writes bytes to the terminal with the next frame.
    pub fn to_terminal(&mut self, bytes: &[u8]) {
        self.extra.extend_from_slice(bytes);
    }

    /// Sends what is for the terminal's clipboard.
    fn send_clipboard(&mut self) {
        if self.clipboard.is_empty() {
            return;
        }
        let terminal = self.tty.as_ref().map(|tty| tty.outbox().clone());
        let client = self.outbox.clone();
        self.clipboard.send(move |sequence| {
            // A terminal that is gone is found by the client.
            let _ = match &terminal {
                Some(terminal) => terminal.push(sequence).is_ok(),
                None => send_bytes(&client, sequence),
            };
        });
    }

    /// The last frame is on the terminal.
    pub fn shown(&mut self) {
        self.is_under_way = false;
    }

    /// What lies under a cell of the screen that the client sees.
    pub fn hit(&self, x: u16, y: u16) -> Option<Hit> {
        self.scene.as_ref()?.hit(x, y)
    }

    fn has_work(&self) -> bool {
        self.is_stale || !self.rows.is_empty() || !self.extra.is_empty() || !self.clipboard.is_empty()
    }

    /// When the next frame may be drawn; `None` if there is nothing to draw or one is under way. `typed` is when a key went to a
    /// pane that has not answered it.
    fn due(&self, now: Instant, typed: Option<Instant>) -> Option<Instant> {
        if !self.has_work() || self.is_under_way {
            return None;
        }
        match self.drawn_at {
            Some(at) if !self.is_urgent && self.echoing.is_empty() => {
                let at = at + self.pause;
                Some(typed.map_or(at, |typed| (typed + ECHO_WAIT).clamp(at, at + ECHO_WAIT)))
            }
            _ => Some(now),
        }
    }

    fn shows(&self, pane: PaneId) -> bool {
        self.scene.as_ref().is_some_and(|scene| scene.placed(pane).is_some())
    }
}

/// All clients' screens.
#[derive(Default)]
pub struct Screens {
    screens: BTreeMap<ClientId, Screen>,
    /// When a key went to a pane.
    typed: BTreeMap<PaneId, Instant>,
    /// The last of these, while the pane has printed nothing since.
    awaited: Option<(PaneId, Instant)>,
    /// Panes whose programs have printed nothing yet.
    silent: BTreeSet<PaneId>,
    /// When a pane that is in a synchronized update began it.
    held: BTreeMap<PaneId, Instant>,
}

impl Screens {
    /// A client's screen.
    pub fn get_mut(&mut self, client: ClientId) -> Option<&mut Screen> {
        self.screens.get_mut(&client)
    }

    /// Adds a client's screen.
    pub fn insert(&mut self, client: ClientId, screen: Screen) {
        self.screens.insert(client, screen);
    }

    /// Removes a client's screen.
    pub fn remove(&mut self, client: ClientId) -> Option<Screen> {
        self.screens.remove(&client)
    }

    /// Every screen.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (ClientId, &mut Screen)> {
        self.screens.iter_mut().map(|(id, screen)| (*id, screen))
    }

    /// Something was typed into a pane: its answer is urgent.
    pub fn typed(&mut self, pane: PaneId, now: Instant) {
        self.typed.insert(pane, now);
        self.awaited = Some((pane, now));
    }

    /// A program was started in a pane: the first that it prints is urgent.
    pub fn started(&mut self, pane: PaneId) {
        self.silent.insert(pane);
    }

    /// The pane that something was typed into last, and when.
    pub fn last_typed(&self) -> Option<(PaneId, Instant)> {
        self.typed.iter().max_by_key(|(_, at)| **at).map(|(pane, at)| (*pane, *at))
    }

    /// A pane is gone.
    pub fn forget(&mut self, pane: PaneId) {
        self.typed.remove(&pane);
        self.silent.remove(&pane);
        self.held.remove(&pane);
    }

    /// Takes the damage that `n` new bytes did to a pane to the screens that show it.
    pub fn printed(&mut self, pane: PaneId, terminal: &mut Terminal, n: usize, now: Instant) {
        if terminal.modes().synchronized {
            self.held.entry(pane).or_insert(now);
            return;
        }
        self.held.remove(&pane);
        self.awaited = self.awaited.filter(|(awaited, _)| *awaited != pane);
        let rows = match terminal.take_damage() {
            Damage::None => return,
            Damage::Rows(first, last) => (first, last),
            Damage::All => (0, u16::MAX),
        };
        let is_echo = n <= ECHO_BYTES && self.typed.get(&pane).is_some_and(|at| now.since(*at) < ECHO_WINDOW);
        let is_first = self.silent.remove(&pane);
        for screen in self.screens.values_mut().filter(|screen| screen.shows(pane)) {
            screen.rows.entry(pane).and_modify(|all| *all = (all.0.min(rows.0), all.1.max(rows.1))).or_insert(rows);
            if is_echo || is_first {
                screen.echoing.insert(pane);
            }
        }
    }

    /// When something must be done: the earliest frame, or the end of an update that takes too long.
    pub fn next_moment(&self, now: Instant) -> Option<Instant> {
        let typed = self.awaited.map(|(_, at)| at);
        let frames = self.screens.values().filter_map(|screen| screen.due(now, typed));
        let held = self.held.values().map(|at| *at + SYNC_TIMEOUT);
        frames.chain(held).min()
    }

    /// Shows the panes whose synchronized update takes too long.
    pub fn release_held(&mut self, core: &mut Core, now: Instant) {
        let late: Vec<PaneId> =
            self.held.iter().filter(|(_, at)| now.since(**at) >= SYNC_TIMEOUT).map(|(pane, _)| *pane).collect();
        for pane in late {
            self.held.remove(&pane);
            let Some(terminal) = core.terminal_mut(pane) else { continue };
            terminal.take_damage();
            for screen in self.screens.values_mut().filter(|screen| screen.shows(pane)) {
                screen.rows.insert(pane, (0, u16::MAX));
            }
        }
    }

    /// Draws every screen that is due.
    pub fn draw(&mut self, core: &Core, hints: &dyn KeyHints, now: Instant) {
        let typed = self.awaited.map(|(_, at)| at);
        let typing = self.last_typed().filter(|(_, at)| now.since(*at) < TYPING).map(|(pane, _)| pane);
        for (client, screen) in &mut self.screens {
            if screen.due(now, typed).is_some_and(|at| at <= now) {
                draw(*client, screen, core.state(), hints, now, typing);
            }
        }
    }
}

/// `typing` is the pane that somebody types into.
fn draw(
    client: ClientId,
    screen: &mut Screen,
    state: &State,
    hints: &dyn KeyHints,
    now: Instant,
    typing: Option<PaneId>,
) {
    let Some(view) = state.clients.get(&client) else { return };
    let area = Rect::new(0, 0, view.size.cols(), view.size.rows());
    let mut bytes = std::mem::take(&mut screen.extra);
    let is_whole = screen.is_stale || screen.next.area != area || screen.scene.is_none();
    let echoing = std::mem::take(&mut screen.echoing);
    let is_echo = !is_whole && !screen.is_urgent && !echoing.is_empty();
    let (rows, waiting): (BTreeMap<_, _>, BTreeMap<_, _>) =
        std::mem::take(&mut screen.rows).into_iter().partition(|(pane, _)| !is_echo || echoing.contains(pane));
    screen.rows = waiting;
    let is_beside = !is_whole && typing.is_some_and(|pane| !rows.contains_key(&pane));
    // The rows of the screen that were drawn: first, and behind the last.
    let (mut first_row, mut last_row) = (u16::MAX, 0);
    if is_whole {
        let theme = Theme::of_client(state, view);
        let scene = crate::ui::scene(state, view).with_hints(state, view, hints, &theme);
        screen.next.resize(area);
        crate::ui::draw(state, view, &scene, &theme, hints, &mut screen.next);
        take_links(state, view, &scene, &mut screen.links);
        screen.scene = Some(scene);
        screen.is_stale = false;
        retitle(screen, crate::ui::outer_title(state, view, &theme), &mut bytes);
        (first_row, last_row) = (0, area.height);
    } else if let Some(scene) = &screen.scene {
        let read = match &view.mode {
            Mode::Copy(copy) => Some(copy.pane),
            _ => None,
        };
        let is_covered = matches!(view.mode, Mode::Dialog(_) | Mode::Prefix { .. });
        for (pane, (first, last)) in rows {
            let Some(placed) = scene.placed(pane) else { continue };
            let Some(entry) = state.panes.get(&pane) else { continue };
            if read == Some(pane) || is_covered || scene.is_covered(pane) {
                // What is drawn over the pane (a dialog, the which-key panel, the scratch shell) is drawn anew with it; a pane
                // that is read stands still.
                screen.is_stale |= read != Some(pane);
                continue;
            }
            // A terminal higher than its pane is shown around its cursor: any change may move all of it.
            let is_shifted = crate::ui::cells::first_row(entry, placed.inner) > 0;
            let (first, last) = if is_shifted { (0, u16::MAX) } else { (first, last.min(placed.inner.height - 1)) };
            if first > last {
                continue;
            }
            crate::ui::draw_pane_rows(entry, placed, first..=last, &mut screen.next);
            screen.links.take_rows(entry, placed, first..=last);
            first_row = first_row.min(placed.inner.y + first);
            last_row = last_row.max(placed.inner.y + last.min(placed.inner.height - 1) + 1);
        }
    }
    if screen.is_stale && !is_whole {
        screen.extra = bytes;
        return draw(client, screen, state, hints, now, typing);
    }
    let cursor = screen.scene.as_ref().and_then(|scene| cursor(state, view, scene));
    let cursor = cursor.map(|at| (at.x, at.y, at.shape));
    screen.painter.frame(
        Picture { cells: &screen.next, links: &screen.links, cursor },
        first_row..last_row,
        &mut bytes,
    );
    if !is_echo {
        screen.is_urgent = false;
        screen.drawn_at = Some(now);
        screen.pause = match bytes.len() {
            0..LARGE_FRAME => FRAME,
            _ if is_beside => FLOOD_FRAME_BESIDE,
            _ => FLOOD_FRAME,
        };
    }
    if !bytes.is_empty() {
        screen.is_under_way = match &screen.tty {
            Some(tty) => tty.show(&bytes),
            None => send_bytes(&screen.outbox, &bytes),
        };
    }
    screen.send_clipboard();
}

/// What is linked on the whole screen. A pane that is read back shows its links itself.
fn take_links(state: &State, view: &ClientView, scene: &Scene, links: &mut Links) {
    links.clear();
    let read = match &view.mode {
        Mode::Copy(copy) => Some(copy.pane),
        Mode::Normal | Mode::Prefix { .. } | Mode::Resize | Mode::Sidebar(_) | Mode::Dialog(_) => None,
    };
    for placed in scene.solved.panes.iter().chain(&scene.float).filter(|placed| read != Some(placed.pane)) {
        if let Some(pane) = state.panes.get(&placed.pane) {
            links.take_rows(pane, placed, 0..=u16::MAX);
        }
    }
}

/// Gives the terminal its title, where that has changed (OSC 2: the window's, not the icon's).
fn retitle(screen: &mut Screen, title: Option<String>, bytes: &mut Vec<u8>) {
    if let Some(title) = title.filter(|title| screen.title.as_ref() != Some(title)) {
        bytes.extend_from_slice(format!("\x1b]2;{title}\x1b\\").as_bytes());
        screen.title = Some(title);
    }
}

/// Where the cursor is now: it moves with every byte of a pane, the scene only changes with the frame around it.
fn cursor(state: &State, view: &ClientView, scene: &Scene) -> Option<OuterCursor> {
    match view.mode {
        Mode::Normal | Mode::Prefix { .. } | Mode::Resize => {
            let placed = scene.focused.and_then(|pane| scene.placed(pane))?;
            crate::ui::pane_cursor(state.panes.get(&placed.pane)?, placed)
        }
        Mode::Copy(_) | Mode::Sidebar(_) | Mode::Dialog(_) => scene.cursor,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::sync::Arc;

    use super::*;
    use crate::core::session::Status;
    use crate::geometry::Size;
    use crate::server::ready;
    use crate::term::TerminalOptions;
    use crate::ui::fixture::{DefaultKeys, Fixture};

    #[test]
    fn what_a_key_changed_waits_for_no_frame() {
        in_a_runtime(|| {
            let mut screen = a_screen_drawn_at(NOW);
            screen.answer_key();
            screen.redraw();
            assert_eq!(screen.due(NOW, None), Some(NOW + FRAME), "the key had changed nothing");
            screen.answer_key();
            assert_eq!(screen.due(NOW, None), Some(NOW));
        });
    }

    #[test]
    fn what_a_program_prints_first_waits_for_no_frame() {
        in_a_runtime(|| {
            let mut it = Fixture::empty(80, 24);
            let pane = it.tab("shell", None, "/", Status::Ready);
            let mut screen = a_screen_drawn_at(NOW);
            screen.scene = Some(it.scene());
            let mut screens = Screens::default();
            screens.insert(ClientId(1), screen);
            let mut terminal = Terminal::new(Size::new(80, 24), TerminalOptions::default());
            screens.started(pane);
            for (text, due) in [("$ ", NOW), ("more", NOW + FRAME)] {
                terminal.feed(text.as_bytes());
                screens.printed(pane, &mut terminal, text.len(), NOW);
                assert_eq!(screens.next_moment(NOW), Some(due), "{text}");
                screens.iter_mut().for_each(|(_, screen)| screen.echoing.clear());
            }
        });
    }

    #[test]
    fn an_echo_takes_nothing_else_with_it() {
        in_a_runtime(|| {
            let (state, id, [typed, flooded]) = two_panes(80, 24);
            let mut screens = Screens::default();
            screens.insert(id, Screen::new(1, an_outbox(), None, a_clipboard()));
            let draw_now = |screens: &mut Screens| {
                let screen = screens.get_mut(id).expect("it is there");
                draw(id, screen, &state, &DefaultKeys, NOW, None);
                screen.shown();
            };
            draw_now(&mut screens);
            let pause = screens.get_mut(id).expect("it is there").pause;
            let print = |screens: &mut Screens, pane| {
                let mut terminal = Terminal::new(Size::new(40, 20), TerminalOptions::default());
                terminal.feed(b"text");
                screens.printed(pane, &mut terminal, 4, NOW);
            };
            print(&mut screens, flooded);
            assert_eq!(screens.next_moment(NOW), Some(NOW + pause));
            screens.typed(typed, NOW);
            print(&mut screens, typed);
            assert_eq!(screens.next_moment(NOW), Some(NOW));
            draw_now(&mut screens);
            assert_eq!(screens.next_moment(NOW), Some(NOW + pause), "the flood waits as it did");
            draw_now(&mut screens);
            assert_eq!(screens.next_moment(NOW), None);
        });
    }

    #[test]
    fn a_frame_that_is_due_between_a_key_and_its_echo_waits_for_the_echo_a_moment() {
        in_a_runtime(|| {
            let mut screen = a_screen_drawn_at(NOW);
            screen.redraw();
            let due = NOW + FRAME;
            for (typed_before, waits) in [(0, 2000), (500, 1500), (2000, 0), (60_000, 0)] {
                let typed = due - Duration::from_micros(typed_before);
                assert_eq!(screen.due(NOW, Some(typed)), Some(due + Duration::from_micros(waits)));
            }
            let later = due + Duration::from_millis(100);
            assert_eq!(screen.due(later, Some(later)), Some(due + ECHO_WAIT), "keys that never end hold nothing up");
        });
    }

    #[test]
    fn a_flood_beside_somebody_who_types_is_drawn_less_often() {
        in_a_runtime(|| {
            let (mut state, id, [typed, flooded]) = two_panes(120, 40);
            let mut screen = Screen::new(1, an_outbox(), None, a_clipboard());
            draw(id, &mut screen, &state, &DefaultKeys, NOW, None);
            for (typing, pause) in [(typed, FLOOD_FRAME_BESIDE), (flooded, FLOOD_FRAME)] {
                let terminal = &mut state.panes.get_mut(&flooded).expect("it is there").terminal;
                let mark = if typing == typed { 'a' } else { 'b' };
                (0..2000).for_each(|n| terminal.feed(format!("\x1b[38;5;{}m{mark}", n % 256).as_bytes()));
                screen.rows.insert(flooded, (0, u16::MAX));
                draw(id, &mut screen, &state, &DefaultKeys, NOW, Some(typing));
                assert_eq!(screen.pause, pause);
            }
        });
    }

    #[test]
    fn a_text_for_the_clipboard_comes_behind_the_frame() {
        let (mut reader, writer) = std::io::pipe().expect("a pipe");
        rustix::io::ioctl_fionbio(&writer, true).expect("it is a pipe");
        in_a_runtime(|| {
            let outbox = Outbox::new(Arc::new(ready::register(writer.into()).expect("registered")));
            let (state, id, _) = two_panes(80, 24);
            let mut screen = Screen::new(1, outbox, None, a_clipboard());
            screen.clipboard.push("xxxxxx".to_owned().into());
            draw(id, &mut screen, &state, &DefaultKeys, NOW, None);
            assert!(!screen.has_work());
        });
        let mut sent = vec![0; 60_000];
        let n = reader.read(&mut sent).expect("it was sent");
        let find = |what: &[u8]| memchr::memmem::find(&sent[..n], what);
        let (frame, text) =
            (find(b"\x1b[?2026l").expect("the frame's end"), find(b"\x1b]52;c;eHh4eHh4").expect("a text"));
        assert!(frame < text);
    }

    fn a_clipboard() -> Clipboard {
        Clipboard::new(ClientId(1), tokio::sync::mpsc::unbounded_channel().0)
    }

    const NOW: Instant = Instant::from_millis(1000);

    /// What a screen's outbox needs around it.
    fn in_a_runtime(test: impl FnOnce()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().expect("a runtime");
        runtime.block_on(async { test() });
    }

    /// A client of this size that sees two panes beside each other.
    fn two_panes(cols: u16, rows: u16) -> (State, ClientId, [PaneId; 2]) {
        let Fixture { mut state, client, .. } = Fixture::busy(cols, rows);
        let id = client.id;
        let panes: Vec<PaneId> = crate::ui::scene(&state, &client).solved.panes.iter().map(|at| at.pane).collect();
        let [first, second, ..] = *panes else { panic!("panes beside each other") };
        state.clients.insert(id, client);
        (state, id, [first, second])
    }

    /// A screen whose last frame was drawn at a moment, with nothing to draw since.
    fn a_screen_drawn_at(at: Instant) -> Screen {
        let mut screen = Screen::new(1, an_outbox(), None, a_clipboard());
        (screen.is_stale, screen.is_urgent, screen.drawn_at) = (false, false, Some(at));
        screen
    }

    fn an_outbox() -> Outbox {
        let (_reader, writer) = std::io::pipe().expect("a pipe");
        Outbox::new(Arc::new(ready::register(writer.into()).expect("registered")))
    }
}
