//! The pane's terminal as its users see it: bytes in; rows, cursor, modes, answers, events and history out.
//!
//! Owns the parts and their order: scanner, filter (`filter`, `csi`, `edit`, `osc`, `report`), the two screens, the flood's
//! shortcut, damage. Pure.

use std::collections::VecDeque;

use super::charset::Charsets;
use super::damage::DamageTracker;
use super::history::{self, History, HistoryError, HistoryExport, HistoryMark};
use super::modes::{Flag, ModeState};
use super::osc::Titles;
use super::outbox::Outbox;
use super::palette::Palette;
use super::scanner::Scanner;
use super::screen::Screen;
use super::settings::Settings;
use super::sgr;
use super::sink::Archive;
use super::style::{Attributes, Style};
use super::tables::{LinkTable, StyleTable};
use super::tabs::TabStops;
use super::{CellView, Cursor, Damage, Modes, TermEvent, TerminalOptions};
use crate::geometry::Size;
use crate::text::char_width;

/// Prompts that are remembered. Chosen: as many as lines of history by default.
pub const MAX_PROMPTS: usize = 10_000;

/// A pane's terminal.
#[derive(Debug)]
pub struct Terminal {
    pub(super) size: Size,
    pub(super) options: TerminalOptions,
    pub(super) scanner: Scanner,
    pub(super) main: Screen,
    pub(super) alternate: Option<Screen>,
    pub(super) shown: Shown,
    pub(super) pen: Pen,
    pub(super) modes: ModeState,
    pub(super) settings: Settings,
    pub(super) palette: Palette,
    pub(super) tabs: TabStops,
    pub(super) titles: Titles,
    pub(super) outbox: Outbox,
    pub(super) damage: DamageTracker,
    /// Numbers of the lines where a prompt began (OSC 133 A), oldest first.
    pub(super) prompts: VecDeque<u64>,
    /// What the chunk at hand may still cost beyond its bytes, in cells.
    pub(super) budget: usize,
    /// What it may still cost in cells moved between margins.
    pub(super) scroll_budget: usize,
}

/// Which screen is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Shown {
    Main,
    Alternate,
}

/// What a program prints with.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Pen {
    pub(super) style: Style,
    pub(super) charsets: Charsets,
    /// The character printed last, for REP.
    pub(super) last_char: Option<char>,
}

impl Pen {
    /// Remembers the last character of the text that takes a column.
    pub(super) fn note_last_char(&mut self, text: &[u8]) {
        let Some(last) = text.iter().rposition(|b| *b >= 0x20 && *b != 0x7f) else { return };
        if text[last] < 0x80 {
            self.last_char = Some(char::from(text[last]));
            return;
        }
        // Characters without a width, and bytes that are none, may follow one that has.
        let mut end = last + 1;
        while end > 0 {
            let from = end.saturating_sub(64);
            // No character is cut: at most three bytes stand behind its first.
            let is_first = |at: &usize| text[*at] & 0xc0 != 0x80;
            let start = (from.saturating_sub(3)..=from).rev().find(is_first).unwrap_or(from);
            let piece = String::from_utf8_lossy(&text[start..end]);
            if let Some(c) = piece.chars().rev().find(|&c| char_width(c) > 0 && c != char::REPLACEMENT_CHARACTER) {
                self.last_char = Some(c);
                return;
            }
            end = start;
        }
    }
}

/// Cells that one chunk may print beyond its bytes (REP, DECALN, SU), in screens. Chosen: at most some 10 ms.
const BUDGET_SCREENS: usize = 32;
/// Cells that one chunk may move between left and right margins, in screens. Chosen: at most some 300 ms for the worst chunk, and
/// more line feeds than 64 KiB of text with lines of a hundred characters hold.
const SCROLL_BUDGET_SCREENS: usize = 640;

impl Terminal {
    /// An empty terminal.
    pub fn new(size: Size, options: TerminalOptions) -> Self {
        let archive = Archive {
            history: History::new(options.history_lines, options.history_bytes),
            styles: StyleTable::default(),
            links: LinkTable::default(),
            keeps_rows: options.history_lines > 0,
            scratch: Vec::new(),
        };
        Self {
            size,
            options,
            scanner: Scanner::default(),
            main: Screen::new(size, Some(Box::new(archive))),
            alternate: None,
            shown: Shown::Main,
            pen: Pen::default(),
            modes: ModeState::default(),
            settings: Settings::default(),
            palette: Palette::default(),
            tabs: TabStops::default(),
            titles: Titles::default(),
            outbox: Outbox::default(),
            damage: DamageTracker::default(),
            prompts: VecDeque::new(),
            budget: 0,
            scroll_budget: 0,
        }
    }

    /// An empty terminal whose history is that of another: what was exported of it need not be exported again.
    pub fn behind(old: &Self, size: Size, options: TerminalOptions) -> Self {
        let mut terminal = Self::new(size, options);
        terminal.archive_mut().history = old.history().clone();
        terminal.limit_history(options.history_lines, options.history_bytes);
        terminal.prompts.clone_from(&old.prompts);
        terminal
    }

    /// Takes output of the program: any bytes, cut anywhere. Never panics: should vt100 panic, its part of the chunk is lost and
    /// `n_contained_panics` counts it.
    pub fn feed(&mut self, bytes: &[u8]) {
        let n_cells = usize::from(self.main.cols()) * usize::from(self.main.rows());
        self.budget = BUDGET_SCREENS * n_cells;
        self.scroll_budget = SCROLL_BUDGET_SCREENS * n_cells;
        let cursor = self.cursor();
        let (scrolled, bells) = self.scrolled_and_bells();
        self.damage.moved_to(self.screen().position().row);
        let mut rest = bytes;
        while !rest.is_empty() {
            let piece = self.skip_ahead(&mut rest).min(rest.len());
            self.feed_plainly(&rest[..piece]);
            rest = &rest[piece..];
        }
        self.main.flush();
        let row = self.screen_mut().settle().row;
        self.damage.settled(row);
        let (scrolled_now, bells_now) = self.scrolled_and_bells();
        if scrolled_now != scrolled {
            self.damage.all();
        }
        if bells_now != bells {
            self.outbox.event(TermEvent::Bell);
        }
        let cursor_now = self.cursor();
        if cursor_now != cursor {
            self.damage.rows(cursor_now.row, cursor_now.row);
        }
        self.mend();
        self.collect_tables();
    }

    fn scrolled_and_bells(&self) -> (u64, u32) {
        let sum = |screen: &Screen| (screen.sink().n_scrolled, screen.sink().n_bells);
        let (scrolled, bells) = sum(&self.main);
        let (more_scrolled, more_bells) = self.alternate.as_ref().map(sum).unwrap_or_default();
        (scrolled + more_scrolled, bells.wrapping_add(more_bells))
    }

    pub(super) fn feed_plainly(&mut self, bytes: &[u8]) {
        let mut scanner = std::mem::take(&mut self.scanner);
        let mut rest = bytes;
        while let Some(token) = scanner.next(&mut rest) {
            self.handle(token);
        }
        self.scanner = scanner;
    }

    pub(super) fn screen(&self) -> &Screen {
        match (self.shown, &self.alternate) {
            (Shown::Alternate, Some(screen)) => screen,
            _ => &self.main,
        }
    }

    pub(super) fn screen_mut(&mut self) -> &mut Screen {
        match (self.shown, &mut self.alternate) {
            (Shown::Alternate, Some(screen)) => screen,
            _ => &mut self.main,
        }
    }

    pub(super) fn archive(&self) -> &Archive {
        // The main screen is made with an archive and keeps it.
        self.main.sink().archive.as_ref().expect("the main screen has the archive")
    }

    pub(super) fn archive_mut(&mut self) -> &mut Archive {
        self.main.sink_mut().archive.as_mut().expect("the main screen has the archive")
    }

    /// Its size in cells.
    pub fn size(&self) -> Size {
        self.size
    }

    /// What the program is told of the outer terminal's colours from now on.
    pub fn set_colors(&mut self, foreground: (u8, u8, u8), background: (u8, u8, u8)) {
        self.options.foreground = foreground;
        self.options.background = background;
    }

    /// Panics of vt100 that were caught.
    pub fn n_contained_panics(&self) -> u32 {
        self.main.n_panics() + self.alternate.as_ref().map_or(0, Screen::n_panics)
    }

    /// Answers for the program, in the order of its questions; none are left after this.
    pub fn take_replies(&mut self) -> Vec<u8> {
        self.outbox.take_replies()
    }

    /// What the program told, in order; none are left after this.
    pub fn take_events(&mut self) -> Vec<TermEvent> {
        self.outbox.take_events()
    }

    /// What changed on the screen since this was last called: never too little, sometimes too much.
    pub fn take_damage(&mut self) -> Damage {
        self.damage.take()
    }

    /// What `take_damage` would say.
    pub fn damage(&self) -> &Damage {
        self.damage.damage()
    }

    /// How the program wants its keys and mouse.
    pub fn modes(&self) -> Modes {
        let has = |flag| self.modes.has(flag);
        let alternate_screen = self.shown == Shown::Alternate;
        Modes {
            application_cursor: has(Flag::ApplicationCursor),
            application_keypad: has(Flag::ApplicationKeypad),
            bracketed_paste: has(Flag::BracketedPaste),
            focus_events: has(Flag::FocusEvents),
            alternate_scroll: has(Flag::AlternateScroll) && alternate_screen,
            mouse: self.modes.mouse,
            mouse_encoding: self.modes.encoding,
            kitty: self.screen().kitty.flags(),
            modify_other_keys: self.modes.modify_other_keys,
            alternate_screen,
            synchronized: has(Flag::Synchronized),
            newline: has(Flag::Newline),
        }
    }

    /// Where the cursor is and how it looks.
    pub fn cursor(&self) -> Cursor {
        let at = self.screen().position();
        Cursor {
            row: at.row.min(self.size.rows() - 1),
            col: at.col.min(self.size.cols() - 1),
            visible: self.modes.has(Flag::CursorVisible),
            shape: self.modes.cursor_shape,
        }
    }

    /// Calls `draw` for each column of the row, from left to right (the second half of a wide character too); a row beyond the
    /// screen is blank.
    pub fn row(&self, row: u16, mut draw: impl FnMut(u16, CellView<'_>)) {
        let is_reverse = self.modes.has(Flag::ReverseVideo);
        if self.palette.is_empty() && !is_reverse {
            return self.screen().draw_row(row, self.size.cols(), self.archive(), draw);
        }
        self.screen().draw_row(row, self.size.cols(), self.archive(), |col, cell| {
            let mut style = self.palette.apply(cell.style);
            if is_reverse {
                style.attributes.0 ^= Attributes::INVERSE;
            }
            draw(col, CellView { style, ..cell });
        });
    }

    /// The row's text without blanks at its end.
    pub fn row_text(&self, row: u16) -> String {
        let mut text = String::new();
        self.row(row, |_, cell| text.push_str(cell.text));
        text.truncate(text.trim_end_matches(' ').len());
        text
    }

    /// The rows' text, joined by line feeds, without blank rows at the end.
    pub fn screen_text(&self) -> String {
        let rows: Vec<String> = (0..self.size.rows()).map(|row| self.row_text(row)).collect();
        let text = rows.join("\n");
        text.trim_end_matches('\n').to_owned()
    }

    /// The text of the lines that programs wrote: rows that the screen wrapped are joined.
    pub fn line_text(&self) -> String {
        let mut text = String::new();
        for row in 0..self.size.rows() {
            if self.is_row_wrapped(row) {
                self.row(row, |_, cell| text.push_str(cell.text));
            } else {
                text.push_str(&self.row_text(row));
                text.push('\n');
            }
        }
        text
    }

    /// The rows' text with SGR sequences; blanks with a background count as text. Each row begins and ends in the default style.
    pub fn screen_ansi(&self) -> String {
        let mut out = Vec::new();
        let mut end = 0;
        for row in 0..self.size.rows() {
            let mut style = Style::default();
            // Where the row's text ends so far, and the style in force there.
            let mut row_end = (out.len(), style);
            self.row(row, |_, cell| {
                if cell.style != style {
                    style = cell.style;
                    sgr::write(&style, &mut out);
                }
                out.extend_from_slice(cell.text.as_bytes());
                if cell.text != " " || style != Style::default() {
                    row_end = (out.len(), style);
                }
            });
            let is_blank = out.len() - usize::from(self.size.cols()) == row_end.0 && row_end.1 == Style::default();
            out.truncate(row_end.0);
            if row_end.1 != Style::default() {
                out.extend_from_slice(b"\x1b[m");
            }
            if !is_blank {
                end = out.len();
            }
            out.push(b'\n');
        }
        out.truncate(end);
        String::from_utf8(out).unwrap_or_default()
    }

    /// Whether the row's text goes on in the next row: the screen wrapped it.
    pub fn is_row_wrapped(&self, row: u16) -> bool {
        self.screen().is_wrapped(row)
    }

    /// Whether anything on the screens may be linked.
    pub fn has_links(&self) -> bool {
        !self.archive().links.is_empty()
    }

    /// The target of a `Style`'s link.
    pub fn link(&self, id: u32) -> Option<&str> {
        let archive = self.archive();
        if id >= history::FIRST_LINK { archive.history.link(id) } else { archive.links.get(id) }
    }

    /// Numbers of the lines where a prompt began (OSC 133 A), oldest first; at most [`MAX_PROMPTS`].
    pub fn prompt_lines(&self) -> impl DoubleEndedIterator<Item = u64> + '_ {
        self.prompts.iter().copied()
    }

    /// A prompt begins at the cursor.
    pub(super) fn note_prompt(&mut self) {
        if self.shown != Shown::Main {
            return;
        }
        let row = self.main.settle().row;
        let above = (0..row).filter(|row| !self.main.is_wrapped(*row)).count() as u64;
        let line = self.history().next_line_number() + above;
        // A prompt that is drawn again stays one; what a clear or a jump upwards overwrote is gone.
        while self.prompts.back().is_some_and(|last| *last >= line) {
            self.prompts.pop_back();
        }
        if self.prompts.len() >= MAX_PROMPTS {
            self.prompts.pop_front();
        }
        self.prompts.push_back(line);
    }

    /// The title that the program set, stripped of controls.
    pub fn title(&self) -> Option<&str> {
        self.titles.current.as_deref()
    }

    /// Lines that left the main screen at its top.
    pub fn history(&self) -> &History {
        &self.archive().history
    }

    /// Blocks of history that are new or changed since a mark (start with the default one), for a store that upserts them by
    /// `first_line`. Nothing new: no blocks.
    pub fn take_history_blocks(&mut self, since: HistoryMark) -> HistoryExport {
        self.archive_mut().history.export(since)
    }

    /// Takes a stored block back; in the order of their first lines, before the first byte is fed. After `restore`, too.
    ///
    /// # Errors
    /// If the block is damaged, of a later version, or does not come after what is there; the history is as before then.
    pub fn load_history_block(&mut self, block: &[u8]) -> Result<(), HistoryError> {
        self.archive_mut().history.load(block)
    }

    /// Keeps at most so much history from now on.
    pub fn limit_history(&mut self, lines: usize, bytes: usize) {
        self.options.history_lines = lines;
        self.options.history_bytes = bytes;
        let archive = self.archive_mut();
        archive.keeps_rows = lines > 0;
        archive.history.limit(lines, bytes);
    }

    /// Whether no sequence and no character is under way: a snapshot taken now is exact.
    pub fn is_at_rest(&self) -> bool {
        self.scanner.is_at_rest()
    }

    /// Drops styles and links that nothing shows any more, once there are many.
    fn collect_tables(&mut self) {
        let archive = self.archive();
        if !archive.styles.wants_collection() && !archive.links.wants_collection() {
            return;
        }
        let (mut styles, mut links) = (archive.styles.flags(), archive.links.flags());
        for screen in [Some(&self.main), self.alternate.as_ref()].into_iter().flatten() {
            screen.mark_styles(&mut styles);
        }
        let named = styles.iter().enumerate().filter(|(_, used)| **used).map(|(id, _)| id);
        let named: Vec<Style> =
            named.filter_map(|id| u32::try_from(id).ok()).map(|id| archive.styles.get(id)).collect();
        let saved = [Some(&self.main), self.alternate.as_ref()].into_iter().flatten().map(|screen| screen.saved.style);
        for style in named.into_iter().chain(saved).chain([self.pen.style]) {
            if let Some(flag) = links.get_mut(style.link as usize) {
                *flag = true;
            }
        }
        let archive = self.archive_mut();
        archive.styles.collect(&styles);
        archive.links.collect(&links);
        self.main.forget_look();
        if let Some(screen) = &mut self.alternate {
            screen.forget_look();
        }
    }
}
