//! What can be set, as types. Every `Default` here is what a missing or empty `config.toml` means.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::position::Position;
use crate::config::provider_row::ProviderEntry;
use crate::config::theme;
use crate::core::notice::NoticeKind;
use crate::core::sidebar::{Grouping, Sorting};

/// The user's settings.
#[derive(Clone, PartialEq, Debug)]
pub struct Config {
    /// The key that starts a command, in the notation of `input::keymap`.
    pub prefix: String,
    /// Keys that the user chose instead of a command's default keys, in the order of the file.
    pub keys: Vec<KeyRow>,
    /// What happens to the agents of the last run at a start.
    pub resume: ResumePolicy,
    /// Whether the pane of a shell that ended by itself is closed.
    pub close_shell_on_exit: bool,
    /// Whether agents get homing's hooks at launch.
    pub inject_hooks: bool,
    /// The program of `shell` panes; `None` means `$SHELL`.
    pub default_shell: Option<String>,
    /// Lines of history kept per pane.
    pub history_lines: usize,
    /// Mebibytes of (compressed) history kept per pane.
    pub history_mib: usize,
    /// Agents that are started at the same time after a restart, at least 1.
    pub restore_at_once: usize,
    /// When closing a pane asks first.
    pub confirm_close: ConfirmClose,
    /// What becomes of text that a program in a pane puts on the clipboard.
    pub clipboard: ClipboardPolicy,
    /// The sidebar.
    pub sidebar: Sidebar,
    /// How things look.
    pub ui: Ui,
    /// What the user's desktop is told.
    pub notify: Notify,
    /// Where worktrees of sessions are made, and how they are set up.
    pub worktrees: Worktrees,
    /// What programs may do through `homing mcp`.
    pub mcp: Mcp,
    /// Provider rows that the user adds or changes, in the order of the file.
    pub providers: Vec<ProviderEntry>,
    /// Where in `config.toml` each option is set that is checked later than the file is read.
    pub places: BTreeMap<&'static str, Position>,
}

impl Default for Config {
    /// The values that `config.example.toml` shows (a test compares them).
    fn default() -> Self {
        Self {
            prefix: "ctrl+b".to_owned(),
            keys: Vec::new(),
            resume: ResumePolicy::Auto,
            close_shell_on_exit: true,
            inject_hooks: true,
            default_shell: None,
            history_lines: 10_000,
            history_mib: 8,
            restore_at_once: 4,
            confirm_close: ConfirmClose::Busy,
            clipboard: ClipboardPolicy::Allow,
            sidebar: Sidebar::default(),
            ui: Ui::default(),
            notify: Notify::default(),
            worktrees: Worktrees::default(),
            mcp: Mcp::default(),
            providers: Vec::new(),
            places: BTreeMap::new(),
        }
    }
}

/// One line of `[keys]`: a command's keys as the user wrote them. The texts are checked where keys are understood
/// (`input::keymap`); no keys at all means that the command has none.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeyRow {
    /// A command's id; always one of `core::command::COMMANDS`.
    pub command: String,
    /// The key texts, each with its place.
    pub keys: Vec<(String, Option<Position>)>,
    /// The place of the command's id.
    pub at: Option<Position>,
}

/// What happens to the agents of the last run at a start.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ResumePolicy {
    /// They are resumed where the conversation is certain.
    #[default]
    Auto,
    /// Each pane waits for the user.
    Ask,
}

/// When closing a pane asks first.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ConfirmClose {
    /// While its agent works or waits for an answer.
    #[default]
    Busy,
    /// Each time.
    Always,
    /// Not at all.
    Never,
}

/// What becomes of text that a program in a pane puts on the clipboard (OSC 52). None is ever told what is on it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ClipboardPolicy {
    /// It goes to the client's terminal.
    #[default]
    Allow,
    /// It waits until the user takes it.
    Ask,
    /// It is dropped.
    Deny,
}

/// The sidebar's settings.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sidebar {
    /// Whether it is shown to a new client.
    pub show: bool,
    /// Its width, 16 to 60 columns.
    pub columns: u16,
    /// At which edge it stands.
    pub side: SidebarSide,
    /// By what its sessions are grouped.
    pub group: Grouping,
    /// In which order they stand.
    pub sort: Sorting,
    /// Whether branch and uncommitted lines of each session's directory are shown.
    pub git: bool,
    /// Whether processor and memory of each session's processes are shown.
    pub usage: bool,
}

impl Default for Sidebar {
    /// 24 columns (chosen, as in `core::sidebar::SidebarView`).
    fn default() -> Self {
        Self {
            show: true,
            columns: 24,
            side: SidebarSide::Left,
            group: Grouping::Project,
            sort: Sorting::Attention,
            git: false,
            usage: false,
        }
    }
}

/// The edge at which the sidebar stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum SidebarSide {
    /// The left edge.
    #[default]
    Left,
    /// The right edge.
    Right,
}

/// How things look.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ui {
    /// Which signs are drawn.
    pub glyphs: Glyphs,
    /// Whether homing's own frame is coloured.
    pub color: ColorChoice,
    /// The theme's name, or `theme::AUTO`.
    pub theme: String,
    /// The theme for a dark terminal.
    pub theme_dark: String,
    /// The theme for a light terminal.
    pub theme_light: String,
    /// Whether the outer terminal's title is set.
    pub title: bool,
}

impl Default for Ui {
    /// The terminal's own colours, light or dark; a title, because the tab of a terminal is where one looks for who needs one.
    fn default() -> Self {
        Self {
            glyphs: Glyphs::default(),
            color: ColorChoice::default(),
            theme: theme::AUTO.to_owned(),
            theme_dark: theme::TERMINAL.to_owned(),
            theme_light: theme::TERMINAL.to_owned(),
            title: true,
        }
    }
}

/// What the user's desktop is told, while no window of homing has the focus.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Notify {
    /// Which kinds of notices.
    pub kinds: BTreeSet<NoticeKind>,
    /// How the outer terminal is asked to show them.
    pub desktop: Desktop,
    /// Whether it rings too.
    pub bell: bool,
    /// A file that is played.
    pub sound: Option<String>,
    /// A command of the user's, run by `sh -c` with the notice as JSON on its standard input.
    pub command: Option<String>,
}

impl Default for Notify {
    /// Everything but what a shell's programs say, by whatever the terminal understands.
    fn default() -> Self {
        let kinds = NoticeKind::ALL.into_iter().filter(|kind| *kind != NoticeKind::Message).collect();
        Self { kinds, desktop: Desktop::Auto, bell: false, sound: None, command: None }
    }
}

impl Notify {
    /// Takes a kind in, or leaves it out.
    pub fn set(&mut self, kind: NoticeKind, is_told: bool) {
        if is_told {
            self.kinds.insert(kind)
        } else {
            self.kinds.remove(&kind)
        };
    }
}

/// The git worktrees of sessions (`homing new --worktree`).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Worktrees {
    /// Where one is made, relative to the repository; `{repo}` and `{branch}` are names, the latter with `-` for `/`.
    pub directory: String,
    /// What a new one gets from the repository: relative paths of files and directories.
    pub copy: Vec<String>,
    /// A command for `/bin/sh` that sets a new one up.
    pub setup: Option<String>,
}

impl Default for Worktrees {
    fn default() -> Self {
        Self { directory: "../{repo}-{branch}".to_owned(), copy: Vec::new(), setup: None }
    }
}

/// What programs may do through `homing mcp`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mcp {
    /// All that they may.
    pub allow: BTreeSet<McpRight>,
}

impl Default for Mcp {
    /// They may look, and change nothing.
    fn default() -> Self {
        Self { allow: BTreeSet::from([McpRight::List, McpRight::Read]) }
    }
}

/// One thing that programs may do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum McpRight {
    /// See which sessions and conversations there are.
    List,
    /// Read screens and evidence.
    Read,
    /// Open sessions.
    Open,
    /// Send prompts.
    Send,
    /// End sessions.
    Close,
}

impl McpRight {
    /// All of them, in the order of the settings.
    pub const ALL: [Self; 5] = [Self::List, Self::Read, Self::Open, Self::Send, Self::Close];

    /// The word for it in the settings.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Read => "read",
            Self::Open => "open",
            Self::Send => "send",
            Self::Close => "close",
        }
    }
}

/// How the outer terminal is asked to show a notification.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Desktop {
    /// As the terminal is known to understand it.
    #[default]
    Auto,
    /// OSC 9 (iTerm2, WezTerm, Ghostty, Windows Terminal).
    Osc9,
    /// OSC 777 (VTE, foot, urxvt).
    Osc777,
    /// OSC 99 (kitty).
    Osc99,
    /// Not at all.
    Off,
}

/// Which signs are drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Glyphs {
    /// Lines, diamonds and dots.
    #[default]
    Unicode,
    /// Only what is in ASCII.
    Ascii,
}

/// Whether homing's own frame is coloured.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ColorChoice {
    /// As the terminal and `NO_COLOR` say.
    #[default]
    Auto,
    /// Never.
    None,
    /// By the terminal's 16 colours.
    Ansi,
    /// By 256.
    Indexed,
    /// By red, green and blue.
    True,
}
