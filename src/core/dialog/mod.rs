//! Dialogs: what they hold and what a key does in them. Pure: `(dialog, key) → outcome`; `ui::dialogs` draws them.
//!
//! In all of them typing filters or fills in, Esc leaves, and Enter does what the first line of keys says.

pub mod browser;
pub mod confirm;
pub mod explanation;
pub mod filter_list;
pub mod finder;
pub mod help;
pub mod launcher;
pub mod notices;
pub mod palette;
pub mod prompt;
pub mod switcher;
pub mod text_field;
pub mod theme_picker;

pub use browser::{Browser, BrowserView, OpenIn, Purpose, Range};
pub use confirm::Confirm;
pub use explanation::{ExplanationView, Line, LineKind};
pub use filter_list::{Entry, FilterList, Match};
pub use finder::{Finder, FoundLine};
pub use help::{Help, HelpRow, help_rows};
pub use launcher::{Launcher, LauncherFocus};
pub use notices::{NoticeItem, NoticeList};
pub use palette::{Palette, PaletteRow, palette_rows};
pub use prompt::{Prompt, PromptTarget};
pub use switcher::{SwitchFor, SwitchItem, Switcher, switch_items};
pub use text_field::{TextField, Window};
pub use theme_picker::{ThemeItem, ThemePicker};

use crate::core::command::Command;
use crate::core::conversation::Found;
use crate::core::worktrees::Discard;
use crate::id::{PaneId, ProviderName, SessionId, TabId};

/// A dialog that has a client's keys.
#[derive(Clone, PartialEq, Debug)]
pub enum Dialog {
    /// Open an agent or a shell.
    Launcher(Launcher),
    /// Go to a session.
    Switcher(Switcher),
    /// Rename something.
    Prompt(Prompt),
    /// Yes or no.
    Confirm(Confirm),
    /// Pick a command.
    Palette(Palette),
    /// All commands with their keys.
    Help(Help),
    /// Why a session is on its conversation.
    Explanation(ExplanationView),
    /// What happened while the user looked elsewhere.
    Notices(NoticeList),
    /// All conversations on disk.
    Browser(Box<Browser>),
    /// Pick a theme.
    Themes(ThemePicker),
    /// A text in all histories.
    Finder(Box<Finder>),
}

/// A key as a dialog understands it; the core maps key events to it and drops those without a meaning here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DialogKey {
    /// A typed character.
    Char(char),
    /// Enter.
    Enter,
    /// Tab.
    Tab,
    /// Shift and Tab.
    BackTab,
    /// Deletes the character before the cursor.
    Backspace,
    /// Deletes the character at the cursor.
    Delete,
    /// Deletes the word before the cursor (Ctrl-W, Alt-Backspace).
    DeleteWord,
    /// Deletes everything before the cursor (Ctrl-U).
    KillLine,
    /// Deletes everything from the cursor on (Ctrl-K).
    KillToEnd,
    /// Left arrow.
    Left,
    /// Right arrow.
    Right,
    /// To the start of the word before the cursor (Ctrl-Left, Alt-b).
    WordLeft,
    /// To the end of the word after the cursor (Ctrl-Right, Alt-f).
    WordRight,
    /// Home (Ctrl-A).
    Home,
    /// End (Ctrl-E).
    End,
    /// Up arrow (Ctrl-P), or a notch of the wheel.
    Up,
    /// Down arrow (Ctrl-N), or a notch of the wheel.
    Down,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// Ctrl-Y: allows what the selected session asks for.
    Allow,
    /// Ctrl-X: refuses it.
    Deny,
    /// Ctrl-T: marks the selected session, or takes its mark away.
    Mark,
    /// Enter, but to the right (Ctrl-R).
    SplitRight,
    /// Enter, but below (Ctrl-S).
    SplitDown,
    /// Esc.
    Escape,
}

/// What a key did.
#[derive(Clone, PartialEq, Debug)]
pub enum Outcome {
    /// The dialog stays (and may look different).
    Stay,
    /// It goes and nothing is done.
    Cancel,
    /// It goes and this is done.
    Done(Action),
    /// It stays and this is done.
    Also(Action),
}

/// Where a new pane goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Placement {
    /// Right of the focused pane.
    Right,
    /// Below the focused pane.
    Down,
    /// In a tab of its own.
    Tab,
}

/// What a dialog asks for.
#[derive(Clone, PartialEq, Debug)]
pub enum Action {
    /// Open a session.
    Launch {
        /// Which agent.
        provider: ProviderName,
        /// In which directory, as typed (`~` allowed).
        cwd: String,
        /// The user's name for it.
        name: Option<String>,
        /// The first prompt.
        prompt: Option<String>,
        /// Where its pane goes.
        placement: Placement,
    },
    /// Go to the session.
    Go(SessionId),
    /// Go to a line that was found, looking for this text.
    GoToLine(Box<FoundLine>, String),
    /// Bring the session's pane from another tab to the one shown.
    Join(SessionId),
    /// Allow what the session's agent asks for, from where the user is.
    Allow(SessionId),
    /// Refuse it.
    Deny(SessionId),
    /// Mark the session, or take its mark away.
    ToggleMark(SessionId),
    /// Ask for a prompt to the marked sessions, or to this one where none is marked.
    AskPrompt(SessionId),
    /// Send a prompt to these sessions.
    Prompt(Vec<SessionId>, String),
    /// Rename the session; `None` takes the name away.
    RenameSession(SessionId, Option<String>),
    /// Rename the tab; `None` takes the name away.
    RenameTab(TabId, Option<String>),
    /// Make a worktree of a branch and open a session of this kind in it.
    Worktree {
        /// The branch.
        branch: String,
        /// The kind of agent.
        provider: String,
    },
    /// Close the pane and take its worktree away.
    CloseWithWorktree(PaneId, Discard),
    /// Close the pane and end its session.
    Close(PaneId),
    /// Use the theme.
    UseTheme(String),
    /// End all agents and the server.
    Stop,
    /// Do what the command does (picked in the palette or the help overlay).
    Run(Command),
    /// Open a conversation found on disk in a new pane.
    OpenConversation {
        /// Which.
        found: Box<Found>,
        /// Where its pane goes.
        placement: Placement,
    },
    /// Put a session on a conversation; asks first where that ends a running agent.
    PutOn(SessionId, Box<Found>),
    /// End the session's agent, if it runs, and put the session on a conversation.
    EndAndPutOn(SessionId, Box<Found>),
}

impl Dialog {
    /// What the key does.
    pub fn key(&mut self, key: DialogKey) -> Outcome {
        if key == DialogKey::Escape {
            return Outcome::Cancel;
        }
        match self {
            Self::Launcher(launcher) => launcher.key(key),
            Self::Switcher(switcher) => switcher.key(key),
            Self::Prompt(prompt) => prompt.key(key),
            Self::Confirm(confirm) => confirm.key(key),
            Self::Palette(palette) => palette.key(key),
            Self::Help(help) => help.key(key),
            Self::Explanation(view) => view.key(key),
            Self::Notices(notices) => notices.key(key),
            Self::Browser(browser) => browser.key(key),
            Self::Themes(picker) => picker.key(key),
            Self::Finder(finder) => finder.key(key),
        }
    }

    /// Takes pasted text into the field that has the cursor; where there is none, nothing happens: a paste never
    /// answers a question.
    pub fn paste(&mut self, text: &str) {
        match self {
            Self::Launcher(launcher) => launcher.paste(text),
            Self::Switcher(switcher) => switcher.list.paste(text),
            Self::Prompt(prompt) => prompt.field.paste(text),
            Self::Confirm(_) => {}
            Self::Palette(palette) => palette.list.paste(text),
            Self::Help(help) => help.list.paste(text),
            Self::Explanation(view) => view.list.paste(text),
            Self::Notices(notices) => notices.list.paste(text),
            Self::Browser(browser) => browser.list.paste(text),
            Self::Themes(picker) => picker.list.paste(text),
            Self::Finder(finder) => finder.list.paste(text),
        }
    }

    /// Clicks the n-th row of the list (of the matches, from 0), or the n-th answer of a question: the same as going
    /// there and pressing Enter. In the launcher, which has fields to fill in, and in the browser and the picker of themes, which
    /// show more of what is selected, only a row that is selected already opens.
    pub fn click_row(&mut self, row: usize) -> Outcome {
        let is_there = match self {
            Self::Launcher(launcher) => launcher.click_row(row),
            Self::Switcher(switcher) => switcher.list.select(row),
            Self::Palette(palette) => palette.list.select(row),
            Self::Help(help) => help.list.select(row),
            Self::Notices(notices) => notices.list.select(row),
            Self::Browser(browser) => browser.click_row(row),
            Self::Themes(picker) => picker.click_row(row),
            Self::Finder(finder) => finder.list.select(row),
            Self::Confirm(confirm) => return confirm.answer(row),
            Self::Explanation(view) => {
                view.list.select(row);
                false
            }
            Self::Prompt(_) => false,
        };
        if is_there { self.key(DialogKey::Enter) } else { Outcome::Stay }
    }

    /// Clicks the n-th field of the launcher (directory, name, prompt, placement; from 0): moves the cursor there, and a
    /// second click on the placement changes it.
    pub fn click_field(&mut self, field: usize) {
        if let Self::Launcher(launcher) = self {
            launcher.click_field(field);
        }
    }
}
