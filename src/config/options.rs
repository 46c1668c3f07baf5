//! The table of options: name, what it takes, default, help, and where the value goes.
//!
//! The parser, `config.example.toml` and `homing config default` derive from it; adding an option is one row here and one
//! field in `model`.

use crate::config::model::{
    ClipboardPolicy, ColorChoice, Config, ConfirmClose, Desktop, Glyphs, McpRight, ResumePolicy, SidebarSide,
};
use crate::core::notice::NoticeKind;
use crate::core::sidebar::{Grouping, Sorting};

/// What an option takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A text that is not empty.
    Text,
    /// `true` or `false`.
    Switch,
    /// A whole number in this range, ends included.
    Number(usize, usize),
    /// One of these words.
    Word(&'static [&'static str]),
    /// A list of texts that are not empty.
    Texts,
    /// A list of some of these words.
    Words(&'static [&'static str]),
}

/// A value that was checked against its option's [`Kind`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Value {
    /// Of `Kind::Text`.
    Text(String),
    /// Of `Kind::Switch`.
    Switch(bool),
    /// Of `Kind::Number`, in its range.
    Number(usize),
    /// Of `Kind::Word`: which of the words.
    Word(usize),
    /// Of `Kind::Texts`.
    Texts(Vec<String>),
    /// Of `Kind::Words`: which of the words, in the user's order.
    Words(Vec<usize>),
}

/// One option.
#[derive(Clone, Copy, Debug)]
pub struct OptionRow {
    /// The table in which it stands; empty for the top level.
    pub section: &'static str,
    /// Its key.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// Its default as TOML, or a sample where the default is "not set" (then `is_sample`).
    pub default: &'static str,
    /// Whether `default` is only a sample.
    pub is_sample: bool,
    /// One line for the example file.
    pub help: &'static str,
    /// Puts the value into its place. A value of another kind is ignored: the parser never passes one.
    pub apply: fn(&mut Config, Value),
}

const RESUME: &[&str] = &["auto", "ask"];
const CONFIRM: &[&str] = &["busy", "always", "never"];
const CLIPBOARD: &[&str] = &["allow", "ask", "deny"];
const SIDES: &[&str] = &["left", "right"];
const GROUPS: &[&str] = &[Grouping::Project.as_str(), Grouping::Tab.as_str(), Grouping::None.as_str()];
const SORTS: &[&str] = &[Sorting::Attention.as_str(), Sorting::Recent.as_str(), Sorting::Name.as_str()];
const GLYPHS: &[&str] = &["unicode", "ascii"];
const COLORS: &[&str] = &["auto", "none", "16", "256", "true"];
const RIGHTS: &[&str] = &[
    McpRight::List.as_str(),
    McpRight::Read.as_str(),
    McpRight::Open.as_str(),
    McpRight::Send.as_str(),
    McpRight::Close.as_str(),
];
const DESKTOP: &[&str] = &["auto", "osc9", "osc777", "osc99", "off"];

/// Makes the `apply` of a row: takes the value out of its variant and stores it.
macro_rules! store {
    ($variant:ident, |$config:ident, $value:ident| $body:expr) => {
        |$config, value| {
            if let Value::$variant($value) = value {
                $body
            }
        }
    };
}

/// All options, in the order of the example file. `[keys]` and `[providers.NAME]` are tables of another shape and have
/// their own parsers.
pub const OPTIONS: &[OptionRow] = &[
    OptionRow {
        section: "",
        name: "prefix",
        kind: Kind::Text,
        default: "\"ctrl+b\"",
        is_sample: false,
        help: "the key that starts a command; press it twice to send it to the agent",
        apply: store!(Text, |config, value| config.prefix = value),
    },
    OptionRow {
        section: "",
        name: "resume",
        kind: Kind::Word(RESUME),
        default: "\"auto\"",
        is_sample: false,
        help: "after a restart: bring every agent back on its conversation (\"auto\"), or wait for a key in each pane (\"ask\")",
        apply: store!(Word, |config, value| config.resume =
            if value == 1 { ResumePolicy::Ask } else { ResumePolicy::Auto }),
    },
    OptionRow {
        section: "",
        name: "restore_at_once",
        kind: Kind::Number(1, 64),
        default: "4",
        is_sample: false,
        help: "how many agents are started at the same time after a restart",
        apply: store!(Number, |config, value| config.restore_at_once = value),
    },
    OptionRow {
        section: "",
        name: "inject_hooks",
        kind: Kind::Switch,
        default: "true",
        is_sample: false,
        help: "give agents homing's hooks at launch (nothing is written to their config); without them status is less exact",
        apply: store!(Switch, |config, value| config.inject_hooks = value),
    },
    OptionRow {
        section: "",
        name: "confirm_close",
        kind: Kind::Word(CONFIRM),
        default: "\"busy\"",
        is_sample: false,
        help: "ask before a pane is closed: while its agent works (\"busy\"), \"always\" or \"never\"",
        apply: store!(Word, |config, value| config.confirm_close = match value {
            1 => ConfirmClose::Always,
            2 => ConfirmClose::Never,
            _ => ConfirmClose::Busy,
        }),
    },
    OptionRow {
        section: "",
        name: "clipboard",
        kind: Kind::Word(CLIPBOARD),
        default: "\"allow\"",
        is_sample: false,
        help: "text that programs in panes put on the clipboard (OSC 52): \"allow\", \"ask\" (a key takes it) or \"deny\"; they never read it",
        apply: store!(Word, |config, value| config.clipboard = match value {
            1 => ClipboardPolicy::Ask,
            2 => ClipboardPolicy::Deny,
            _ => ClipboardPolicy::Allow,
        }),
    },
    OptionRow {
        section: "",
        name: "close_shell_on_exit",
        kind: Kind::Switch,
        default: "true",
        is_sample: false,
        help: "close the pane of a shell when the shell ends; panes of agents stay",
        apply: store!(Switch, |config, value| config.close_shell_on_exit = value),
    },
    OptionRow {
        section: "",
        name: "default_shell",
        kind: Kind::Text,
        default: "\"/bin/bash\"",
        is_sample: true,
        help: "the program of shell panes; $SHELL unless set",
        apply: store!(Text, |config, value| config.default_shell = Some(value)),
    },
    OptionRow {
        section: "",
        name: "history_lines",
        kind: Kind::Number(0, 10_000_000),
        default: "10000",
        is_sample: false,
        help: "lines of history kept per pane",
        apply: store!(Number, |config, value| config.history_lines = value),
    },
    OptionRow {
        section: "",
        name: "history_mib",
        kind: Kind::Number(0, 4096),
        default: "8",
        is_sample: false,
        help: "memory for the (compressed) history of one pane, in MiB",
        apply: store!(Number, |config, value| config.history_mib = value),
    },
    OptionRow {
        section: "sidebar",
        name: "show",
        kind: Kind::Switch,
        default: "true",
        is_sample: false,
        help: "show the sidebar when a client attaches",
        apply: store!(Switch, |config, value| config.sidebar.show = value),
    },
    OptionRow {
        section: "sidebar",
        name: "columns",
        kind: Kind::Number(16, 60),
        default: "24",
        is_sample: false,
        help: "its width, 16 to 60 columns",
        apply: store!(Number, |config, value| config.sidebar.columns = u16::try_from(value).unwrap_or(u16::MAX)),
    },
    OptionRow {
        section: "sidebar",
        name: "side",
        kind: Kind::Word(SIDES),
        default: "\"left\"",
        is_sample: false,
        help: "the edge at which it stands: \"left\" or \"right\"",
        apply: store!(Word, |config, value| config.sidebar.side =
            if value == 1 { SidebarSide::Right } else { SidebarSide::Left }),
    },
    OptionRow {
        section: "sidebar",
        name: "group",
        kind: Kind::Word(GROUPS),
        default: "\"project\"",
        is_sample: false,
        help: "what its sessions are grouped by: the \"project\" (repository) they are in, their \"tab\", or \"none\"",
        apply: store!(Word, |config, value| config.sidebar.group = Grouping::ALL[value.min(2)]),
    },
    OptionRow {
        section: "sidebar",
        name: "sort",
        kind: Kind::Word(SORTS),
        default: "\"attention\"",
        is_sample: false,
        help: "which stand first: those that need you (\"attention\"), those that changed last (\"recent\"), or by \"name\"",
        apply: store!(Word, |config, value| config.sidebar.sort = Sorting::ALL[value.min(2)]),
    },
    OptionRow {
        section: "sidebar",
        name: "git",
        kind: Kind::Switch,
        default: "false",
        is_sample: false,
        help: "show the branch of each session's directory, and how many lines are not committed",
        apply: store!(Switch, |config, value| config.sidebar.git = value),
    },
    OptionRow {
        section: "sidebar",
        name: "usage",
        kind: Kind::Switch,
        default: "false",
        is_sample: false,
        help: "show processor and memory of each session's processes, every 2 s (Linux)",
        apply: store!(Switch, |config, value| config.sidebar.usage = value),
    },
    OptionRow {
        section: "ui",
        name: "glyphs",
        kind: Kind::Word(GLYPHS),
        default: "\"unicode\"",
        is_sample: false,
        help: "\"ascii\" for terminals and fonts without box drawing",
        apply: store!(Word, |config, value| config.ui.glyphs =
            if value == 1 { Glyphs::Ascii } else { Glyphs::Unicode }),
    },
    OptionRow {
        section: "ui",
        name: "color",
        kind: Kind::Word(COLORS),
        default: "\"auto\"",
        is_sample: false,
        help: "colours of homing's own frame: what the terminal says of itself (\"auto\"), none at all (\"none\"; NO_COLOR does it too), its own \"16\", \"256\", or \"true\" colours; the agents keep theirs",
        apply: store!(Word, |config, value| config.ui.color = match value {
            1 => ColorChoice::None,
            2 => ColorChoice::Ansi,
            3 => ColorChoice::Indexed,
            4 => ColorChoice::True,
            _ => ColorChoice::Auto,
        }),
    },
    OptionRow {
        section: "ui",
        name: "theme",
        kind: Kind::Text,
        default: "\"auto\"",
        is_sample: false,
        help: "the theme of homing's frame: its name, or \"auto\" for the two below, by what the terminal is; `prefix C` picks one, your own lie in themes/NAME.toml beside this file",
        apply: store!(Text, |config, value| config.ui.theme = value),
    },
    OptionRow {
        section: "ui",
        name: "theme_dark",
        kind: Kind::Text,
        default: "\"terminal\"",
        is_sample: false,
        help: "the theme for a dark terminal; \"terminal\" is made of the terminal's own colours",
        apply: store!(Text, |config, value| config.ui.theme_dark = value),
    },
    OptionRow {
        section: "ui",
        name: "theme_light",
        kind: Kind::Text,
        default: "\"terminal\"",
        is_sample: false,
        help: "the theme for a light terminal",
        apply: store!(Text, |config, value| config.ui.theme_light = value),
    },
    OptionRow {
        section: "ui",
        name: "title",
        kind: Kind::Switch,
        default: "true",
        is_sample: false,
        help: "give the terminal's window a title: how many sessions need you, the workspace, the session in view",
        apply: store!(Switch, |config, value| config.ui.title = value),
    },
    OptionRow {
        section: "notify",
        name: "desktop",
        kind: Kind::Word(DESKTOP),
        default: "\"auto\"",
        is_sample: false,
        help: "how the terminal is asked to show notifications while no window of homing has the focus: by what it is (\"auto\"), \"osc9\", \"osc777\", \"osc99\" or \"off\"",
        apply: store!(Word, |config, value| config.notify.desktop = match value {
            1 => Desktop::Osc9,
            2 => Desktop::Osc777,
            3 => Desktop::Osc99,
            4 => Desktop::Off,
            _ => Desktop::Auto,
        }),
    },
    OptionRow {
        section: "notify",
        name: "bell",
        kind: Kind::Switch,
        default: "false",
        is_sample: false,
        help: "ring the terminal's bell too",
        apply: store!(Switch, |config, value| config.notify.bell = value),
    },
    OptionRow {
        section: "notify",
        name: "sound",
        kind: Kind::Text,
        default: "\"/usr/share/sounds/freedesktop/stereo/message.oga\"",
        is_sample: true,
        help: "a sound file that is played for each notice, on the machine of the server, by a player found on PATH (paplay, pw-play, aplay, afplay, ffplay, mpv)",
        apply: store!(Text, |config, value| config.notify.sound = Some(value)),
    },
    OptionRow {
        section: "notify",
        name: "command",
        kind: Kind::Text,
        default: "\"notify-send homing \\\"$(jq -r .text)\\\"\"",
        is_sample: true,
        help: "a command that gets each notice as JSON on its standard input (play a sound, write to a phone)",
        apply: store!(Text, |config, value| config.notify.command = Some(value)),
    },
    OptionRow {
        section: "notify",
        name: "permission",
        kind: Kind::Switch,
        default: "true",
        is_sample: false,
        help: "tell when an agent asks for permission",
        apply: store!(Switch, |config, value| config.notify.set(NoticeKind::Permission, value)),
    },
    OptionRow {
        section: "notify",
        name: "question",
        kind: Kind::Switch,
        default: "true",
        is_sample: false,
        help: "tell when an agent asks you something",
        apply: store!(Switch, |config, value| config.notify.set(NoticeKind::Question, value)),
    },
    OptionRow {
        section: "notify",
        name: "done",
        kind: Kind::Switch,
        default: "true",
        is_sample: false,
        help: "tell when a turn ended",
        apply: store!(Switch, |config, value| config.notify.set(NoticeKind::Done, value)),
    },
    OptionRow {
        section: "notify",
        name: "failed",
        kind: Kind::Switch,
        default: "true",
        is_sample: false,
        help: "tell when a turn failed",
        apply: store!(Switch, |config, value| config.notify.set(NoticeKind::Failed, value)),
    },
    OptionRow {
        section: "notify",
        name: "exited",
        kind: Kind::Switch,
        default: "true",
        is_sample: false,
        help: "tell when an agent ended",
        apply: store!(Switch, |config, value| config.notify.set(NoticeKind::Exited, value)),
    },
    OptionRow {
        section: "notify",
        name: "claim",
        kind: Kind::Switch,
        default: "true",
        is_sample: false,
        help: "tell when it is in doubt which conversation a session is on",
        apply: store!(Switch, |config, value| config.notify.set(NoticeKind::Claim, value)),
    },
    OptionRow {
        section: "notify",
        name: "message",
        kind: Kind::Switch,
        default: "false",
        is_sample: false,
        help: "tell when a program in a pane sends a notification of its own",
        apply: store!(Switch, |config, value| config.notify.set(NoticeKind::Message, value)),
    },
    OptionRow {
        section: "worktrees",
        name: "directory",
        kind: Kind::Text,
        default: "\"../{repo}-{branch}\"",
        is_sample: false,
        help: "where a session's worktree is made (`homing new --worktree`), counted from the repository",
        apply: store!(Text, |config, value| config.worktrees.directory = value),
    },
    OptionRow {
        section: "worktrees",
        name: "copy",
        kind: Kind::Texts,
        default: "[]",
        is_sample: false,
        help: "files and directories that a new worktree gets from the repository, such as \".env\"; those that are not there are left out",
        apply: store!(Texts, |config, value| config.worktrees.copy = value),
    },
    OptionRow {
        section: "worktrees",
        name: "setup",
        kind: Kind::Text,
        default: "\"npm ci\"",
        is_sample: true,
        help: "a command for /bin/sh that sets a new worktree up; HOMING_REPOSITORY is the repository",
        apply: store!(Text, |config, value| config.worktrees.setup = Some(value)),
    },
    OptionRow {
        section: "mcp",
        name: "allow",
        kind: Kind::Words(RIGHTS),
        default: "[\"list\", \"read\"]",
        is_sample: false,
        help: "what programs that speak to `homing mcp` may do: \"list\" sessions and conversations, \"read\" screens, \"open\" sessions, \"send\" prompts, \"close\" sessions",
        apply: store!(Words, |config, value| config.mcp.allow =
            value.into_iter().filter_map(|at| McpRight::ALL.get(at).copied()).collect()),
    },
];

/// The option of this name in this section.
pub fn find(section: &str, name: &str) -> Option<&'static OptionRow> {
    OPTIONS.iter().find(|row| row.section == section && row.name == name)
}

/// The names of the sections that hold plain options, without the top level, in the order of the table.
pub fn sections() -> Vec<&'static str> {
    let mut names: Vec<&str> = OPTIONS.iter().map(|row| row.section).filter(|name| !name.is_empty()).collect();
    names.dedup();
    names
}
