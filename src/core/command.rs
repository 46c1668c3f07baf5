//! The command table: everything a key can do, with its id, help and default keys.
//!
//! The key map, the help overlay, the hints after the prefix and README's key table derive from it. Pure data.

use crate::layout::preset::Preset;

/// Something the user can ask for by a key.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Command {
    /// Open the launcher.
    Launch,
    /// Split the focused pane to the right with a shell.
    SplitRight,
    /// Split the focused pane downwards with a shell.
    SplitDown,
    /// Open a shell in a new tab.
    NewTab,
    /// Focus the neighbour to the left.
    FocusLeft,
    /// Focus the neighbour to the right.
    FocusRight,
    /// Focus the neighbour above.
    FocusUp,
    /// Focus the neighbour below.
    FocusDown,
    /// Focus the next pane of the tab.
    FocusNext,
    /// Focus the pane that had the focus before.
    FocusLast,
    /// Let the arrow keys move the focused pane's borders until Enter or Esc.
    Resize,
    /// Let the focused pane fill the tab, or give the room back.
    Zoom,
    /// Swap the focused pane with the next one.
    SwapNext,
    /// Swap the focused pane with the one before.
    SwapPrevious,
    /// Make all panes of the tab the same size.
    Equalize,
    /// Put the tab into an arrangement.
    Arrange(Preset),
    /// Put the tab into the next arrangement.
    NextLayout,
    /// Move each pane of the tab to the next one's place.
    Rotate,
    /// Move the focused pane to a tab of its own.
    BreakPane,
    /// Bring a pane of another tab here, picked from a list.
    JoinPane,
    /// Close the focused pane and end its session.
    Close,
    /// Show the next tab.
    NextTab,
    /// Show the previous tab.
    PreviousTab,
    /// Show the n-th tab (1 to 9).
    Tab(u8),
    /// Go to the next session that waits for the user.
    NextAttention,
    /// Show what happened while the user looked elsewhere.
    Notices,
    /// Mark all notices and sessions as seen.
    MarkSeen,
    /// Let nothing leave homing for a while, or let it again.
    Quiet,
    /// Pick a session from a list by typing.
    Switch,
    /// Browse all conversations on disk.
    Browse,
    /// Show the shell that floats over the tab, or put it away.
    Scratch,
    /// Rename the focused session.
    RenameSession,
    /// Rename the tab.
    RenameTab,
    /// Show or hide the sidebar.
    ToggleSidebar,
    /// Give the keys to the sidebar: typing filters it.
    FilterSidebar,
    /// Put the sidebar to the other edge.
    FlipSidebar,
    /// Make the sidebar narrower.
    NarrowSidebar,
    /// Make the sidebar wider.
    WidenSidebar,
    /// Group the sidebar by project, by tab, or not at all.
    GroupSidebar,
    /// Sort the sidebar by attention, time or name.
    SortSidebar,
    /// Let the session stand above all others in the sidebar, or no more.
    Pin,
    /// Move the pinned session up.
    PinUp,
    /// Move the pinned session down.
    PinDown,
    /// Go to the session below in the sidebar.
    NextSession,
    /// Go to the session above in the sidebar.
    PreviousSession,
    /// Read back in the focused pane: scroll, select, copy, search.
    Copy,
    /// Search the focused pane's history upwards.
    Search,
    /// Look for a text in the histories of all sessions.
    Find,
    /// Paste what was copied last.
    Paste,
    /// Let the clipboard have what a program put on it.
    TakeClipboard,
    /// Show why the focused session is on its conversation.
    Explain,
    /// Pick a command from a list by typing.
    Palette,
    /// Pick a theme, and see it at once.
    Theme,
    /// Show all keys.
    Help,
    /// Leave; the agents run on.
    Detach,
    /// End all agents and the server; everything is stored and comes back.
    Stop,
    /// Open a session in a git worktree of its own.
    Worktree,
    /// Stop what is under way.
    CancelWork,
    /// Mark the focused session, or take its mark away.
    Mark,
    /// Send one prompt to all marked sessions.
    SendMarked,
    /// Read the settings again.
    ReloadConfig,
    /// Draw the whole screen anew.
    Redraw,
}

/// A heading of the help overlay.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Group {
    /// Opening and closing.
    Sessions,
    /// Moving between panes and tabs.
    Go,
    /// Arranging panes.
    Layout,
    /// The list of sessions.
    Sidebar,
    /// Everything else.
    Homing,
}

impl Group {
    /// All groups in the order of the help overlay.
    pub const ALL: [Self; 5] = [Self::Sessions, Self::Go, Self::Layout, Self::Sidebar, Self::Homing];

    /// Its heading.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Sessions => "Sessions",
            Self::Go => "Go",
            Self::Layout => "Layout",
            Self::Sidebar => "Sidebar",
            Self::Homing => "Homing",
        }
    }
}

/// One row of the command table.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// What is done.
    pub command: Command,
    /// Its name in `config.toml`.
    pub id: &'static str,
    /// One line for the help overlay.
    pub help: &'static str,
    /// One or two words for the hints.
    pub hint: &'static str,
    /// Its heading.
    pub group: Group,
    /// Default keys, pressed after the prefix, in the notation of `input::keymap`.
    pub keys: &'static [&'static str],
}

const fn row(
    command: Command,
    id: &'static str,
    group: Group,
    keys: &'static [&'static str],
    hint: &'static str,
    help: &'static str,
) -> Row {
    Row { command, id, help, hint, group, keys }
}

/// All commands, in the order of the help overlay.
pub const COMMANDS: &[Row] = &[
    row(Command::Launch, "launch", Group::Sessions, &["c"], "new", "open an agent or a shell"),
    row(Command::SplitRight, "split-right", Group::Sessions, &["%", "|"], "split right", "open a shell to the right"),
    row(Command::SplitDown, "split-down", Group::Sessions, &["\"", "-"], "split down", "open a shell below"),
    row(Command::NewTab, "new-tab", Group::Sessions, &["t"], "new tab", "open a shell in a new tab"),
    row(
        Command::Worktree,
        "worktree",
        Group::Sessions,
        &["W"],
        "worktree",
        "open a session in a git worktree of its own, in a branch that you name",
    ),
    row(
        Command::Browse,
        "browse",
        Group::Sessions,
        &["o"],
        "browse",
        "open a conversation on disk, whoever started it",
    ),
    row(
        Command::Scratch,
        "scratch",
        Group::Sessions,
        &["f"],
        "scratch",
        "show a shell that floats over the tab, or put it away",
    ),
    row(Command::RenameSession, "rename-session", Group::Sessions, &[","], "rename", "rename the focused session"),
    row(Command::Close, "close", Group::Sessions, &["x"], "close", "close the focused pane and end its session"),
    row(
        Command::Explain,
        "explain",
        Group::Sessions,
        &["i"],
        "explain",
        "show which conversation the session is on, and why",
    ),
    row(Command::Mark, "mark", Group::Sessions, &["M"], "mark", "mark the focused session, or take its mark away"),
    row(
        Command::SendMarked,
        "send-marked",
        Group::Sessions,
        &["S"],
        "prompt marked",
        "send one prompt to all marked sessions",
    ),
    row(Command::FocusLeft, "focus-left", Group::Go, &["left", "h"], "left", "focus the pane to the left"),
    row(Command::FocusRight, "focus-right", Group::Go, &["right", "l"], "right", "focus the pane to the right"),
    row(Command::FocusUp, "focus-up", Group::Go, &["up", "k"], "up", "focus the pane above"),
    row(Command::FocusDown, "focus-down", Group::Go, &["down", "j"], "down", "focus the pane below"),
    row(Command::FocusNext, "focus-next", Group::Go, &["tab"], "next pane", "focus the next pane of the tab"),
    row(Command::FocusLast, "focus-last", Group::Go, &[";"], "last pane", "focus the pane focused before"),
    row(
        Command::NextAttention,
        "next-attention",
        Group::Go,
        &["n"],
        "next needing you",
        "go to the next session that waits for you",
    ),
    row(Command::Notices, "notices", Group::Go, &["a"], "notices", "show what happened while you looked elsewhere"),
    row(Command::Switch, "switch", Group::Go, &["s"], "switch", "pick a session by typing"),
    row(
        Command::NextSession,
        "next-session",
        Group::Go,
        &[")"],
        "next session",
        "go to the next session of the sidebar",
    ),
    row(
        Command::PreviousSession,
        "previous-session",
        Group::Go,
        &["("],
        "previous session",
        "go to the session before it in the sidebar",
    ),
    row(Command::NextTab, "next-tab", Group::Go, &[">"], "next tab", "show the next tab"),
    row(Command::PreviousTab, "previous-tab", Group::Go, &["<"], "previous tab", "show the previous tab"),
    row(Command::Tab(1), "tab-1", Group::Go, &["1"], "tab 1", "show tab 1"),
    row(Command::Tab(2), "tab-2", Group::Go, &["2"], "tab 2", "show tab 2"),
    row(Command::Tab(3), "tab-3", Group::Go, &["3"], "tab 3", "show tab 3"),
    row(Command::Tab(4), "tab-4", Group::Go, &["4"], "tab 4", "show tab 4"),
    row(Command::Tab(5), "tab-5", Group::Go, &["5"], "tab 5", "show tab 5"),
    row(Command::Tab(6), "tab-6", Group::Go, &["6"], "tab 6", "show tab 6"),
    row(Command::Tab(7), "tab-7", Group::Go, &["7"], "tab 7", "show tab 7"),
    row(Command::Tab(8), "tab-8", Group::Go, &["8"], "tab 8", "show tab 8"),
    row(Command::Tab(9), "tab-9", Group::Go, &["9"], "tab 9", "show tab 9"),
    row(Command::Zoom, "zoom", Group::Layout, &["z"], "zoom", "let the pane fill the tab, or give the room back"),
    row(Command::Resize, "resize", Group::Layout, &["r"], "resize", "move the pane's borders with the arrow keys"),
    row(Command::Equalize, "equalize", Group::Layout, &["="], "equalize", "make all panes the same size"),
    row(Command::SwapNext, "swap-next", Group::Layout, &["}"], "swap next", "swap the pane with the next one"),
    row(
        Command::SwapPrevious,
        "swap-previous",
        Group::Layout,
        &["{"],
        "swap previous",
        "swap the pane with the one before",
    ),
    row(
        Command::NextLayout,
        "next-layout",
        Group::Layout,
        &["space"],
        "layout",
        "go through the arrangements of the tab",
    ),
    row(
        Command::Arrange(Preset::EvenHorizontal),
        "even-horizontal",
        Group::Layout,
        &["alt+1"],
        "side by side",
        "put all panes side by side",
    ),
    row(
        Command::Arrange(Preset::EvenVertical),
        "even-vertical",
        Group::Layout,
        &["alt+2"],
        "stacked",
        "put all panes above each other",
    ),
    row(
        Command::Arrange(Preset::MainTop),
        "main-top",
        Group::Layout,
        &["alt+3"],
        "main top",
        "put the first pane on top, the others below it",
    ),
    row(
        Command::Arrange(Preset::MainLeft),
        "main-left",
        Group::Layout,
        &["alt+4"],
        "main left",
        "put the first pane on the left, the others beside it",
    ),
    row(Command::Arrange(Preset::Grid), "grid", Group::Layout, &["alt+5"], "grid", "put the panes into a grid"),
    row(Command::Rotate, "rotate", Group::Layout, &["ctrl+o"], "rotate", "move each pane to the next one's place"),
    row(Command::BreakPane, "break-pane", Group::Layout, &["!"], "to a tab", "move the pane to a tab of its own"),
    row(Command::JoinPane, "join-pane", Group::Layout, &["@"], "join", "bring a pane of another tab here"),
    row(Command::RenameTab, "rename-tab", Group::Layout, &["T"], "rename tab", "rename the tab"),
    row(Command::ToggleSidebar, "toggle-sidebar", Group::Sidebar, &["e"], "sidebar", "show or hide the sidebar"),
    row(
        Command::FilterSidebar,
        "filter-sidebar",
        Group::Sidebar,
        &["w"],
        "filter",
        "filter the sidebar by typing; arrow keys and Enter go to a session",
    ),
    row(
        Command::GroupSidebar,
        "group-sidebar",
        Group::Sidebar,
        &["G"],
        "group by",
        "group the sidebar by project, by tab or not at all",
    ),
    row(
        Command::SortSidebar,
        "sort-sidebar",
        Group::Sidebar,
        &["O"],
        "sort by",
        "sort the sidebar by who needs you, by time or by name",
    ),
    row(Command::Pin, "pin", Group::Sidebar, &["*"], "pin", "pin the session to the top of the sidebar, or unpin it"),
    row(Command::PinUp, "pin-up", Group::Sidebar, &["alt+up"], "pin up", "move the pinned session up"),
    row(Command::PinDown, "pin-down", Group::Sidebar, &["alt+down"], "pin down", "move the pinned session down"),
    row(
        Command::FlipSidebar,
        "flip-sidebar",
        Group::Sidebar,
        &["E"],
        "other side",
        "put the sidebar to the other edge",
    ),
    row(
        Command::NarrowSidebar,
        "narrow-sidebar",
        Group::Sidebar,
        &["alt+left"],
        "narrower",
        "make the sidebar narrower",
    ),
    row(Command::WidenSidebar, "widen-sidebar", Group::Sidebar, &["alt+right"], "wider", "make the sidebar wider"),
    row(Command::Copy, "copy", Group::Homing, &["["], "copy", "read back: scroll, select, copy, search"),
    row(Command::Paste, "paste", Group::Homing, &["]"], "paste", "paste what was copied last"),
    row(
        Command::TakeClipboard,
        "take-clipboard",
        Group::Homing,
        &["y"],
        "take copy",
        "let a program's text onto the clipboard (clipboard = \"ask\")",
    ),
    row(Command::Search, "search", Group::Homing, &["/"], "search", "search upwards in the pane's history"),
    row(Command::Find, "find", Group::Homing, &["F"], "find", "look for a text in all sessions, ended ones too"),
    row(Command::MarkSeen, "mark-seen", Group::Homing, &["m"], "all seen", "mark all sessions and notices as seen"),
    row(
        Command::Quiet,
        "quiet",
        Group::Homing,
        &["u"],
        "quiet",
        "do not disturb: nothing leaves homing, until pressed again",
    ),
    row(
        Command::CancelWork,
        "cancel",
        Group::Homing,
        &["ctrl+c"],
        "cancel",
        "stop what is under way: a worktree's set-up, the rest of a restore",
    ),
    row(Command::Palette, "palette", Group::Homing, &[":", "p"], "commands", "pick a command by typing"),
    row(Command::Help, "help", Group::Homing, &["?"], "help", "show all keys"),
    row(Command::Theme, "theme", Group::Homing, &["C"], "theme", "pick the colours of homing's frame"),
    row(Command::ReloadConfig, "reload-config", Group::Homing, &["ctrl+r"], "reload", "read the settings again"),
    row(Command::Redraw, "redraw", Group::Homing, &["ctrl+l"], "redraw", "draw the whole screen anew"),
    row(Command::Detach, "detach", Group::Homing, &["d"], "detach", "leave; the agents run on"),
    row(Command::Stop, "stop", Group::Homing, &["Q"], "stop", "end all agents; everything is stored and comes back"),
];

/// The row of a command.
pub fn row_of(command: Command) -> &'static Row {
    COMMANDS.iter().find(|row| row.command == command).expect("every command has a row (tested)")
}

/// The command with this id.
pub fn by_id(id: &str) -> Option<Command> {
    COMMANDS.iter().find(|row| row.id == id).map(|row| row.command)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_commands_share_an_id_or_a_default_key() {
        let ids: BTreeSet<_> = COMMANDS.iter().map(|row| row.id).collect();
        assert_eq!(ids.len(), COMMANDS.len());
        let keys: Vec<_> = COMMANDS.iter().flat_map(|row| row.keys).collect();
        assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), keys.len());
    }
}
