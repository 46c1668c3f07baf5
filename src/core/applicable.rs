//! Whether a command can do anything now, and what stands in its way. Pure: `(&State, &ClientView, Command) → reason`.

use crate::core::client::ClientView;
use crate::core::command::Command;
use crate::core::state::State;
use crate::core::workspace::Tab;
use crate::geometry::Direction;
use crate::layout::chrome::chrome;
use crate::layout::focus::neighbour;
use crate::layout::preset::Preset;
use crate::layout::solve::solve;

/// Why the command would do nothing for this client now, in a few words; `None` where it does something.
pub fn obstacle(state: &State, view: &ClientView, command: Command) -> Option<String> {
    let tab = state.workspace.tab(view.tab);
    let n_tabs = state.workspace.tabs.len();
    let nothing_open = || tab.is_none().then(|| "nothing is open".to_owned());
    let direction = |direction| nothing_open().or_else(|| no_neighbour(state, view, tab, direction));
    match command {
        Command::Launch
        | Command::SplitRight
        | Command::SplitDown
        | Command::NewTab
        | Command::Browse
        | Command::Scratch
        | Command::Find
        | Command::Notices
        | Command::MarkSeen
        | Command::Quiet
        | Command::Palette
        | Command::Theme
        | Command::Help
        | Command::ReloadConfig
        | Command::Worktree
        | Command::Redraw
        | Command::Detach
        | Command::Stop => None,
        Command::Close
        | Command::Mark
        | Command::SendMarked
        | Command::Explain
        | Command::RenameSession
        | Command::RenameTab
        | Command::Switch
        | Command::ToggleSidebar
        | Command::FilterSidebar
        | Command::FlipSidebar
        | Command::NarrowSidebar
        | Command::WidenSidebar
        | Command::GroupSidebar
        | Command::SortSidebar
        | Command::Pin => nothing_open(),
        Command::PinUp | Command::PinDown => nothing_open().or_else(|| not_pinned(state, view)),
        Command::NextSession | Command::PreviousSession => {
            (state.listed_sessions().count() < 2).then(|| "there is no other session".to_owned())
        }
        Command::Copy | Command::Search | Command::Paste => nothing_open(),
        Command::TakeClipboard => {
            state.offered.is_none().then(|| "no program has put anything on the clipboard that waits".to_owned())
        }
        Command::FocusLeft => direction(Direction::Left),
        Command::FocusRight => direction(Direction::Right),
        Command::FocusUp => direction(Direction::Up),
        Command::FocusDown => direction(Direction::Down),
        Command::FocusLast => view.last_focus.is_none().then(|| "no pane was focused before".to_owned()),
        Command::FocusNext
        | Command::Zoom
        | Command::Resize
        | Command::Equalize
        | Command::SwapNext
        | Command::SwapPrevious
        | Command::Rotate
        | Command::NextLayout
        | Command::BreakPane => nothing_open().or_else(|| one_pane(tab)),
        Command::Arrange(preset) => nothing_open().or_else(|| one_pane(tab)).or_else(|| is_so(tab, preset)),
        Command::JoinPane | Command::NextTab | Command::PreviousTab => {
            (n_tabs < 2).then(|| "there is no other tab".to_owned())
        }
        Command::Tab(n) => (usize::from(n) > n_tabs).then(|| format!("there is no tab {n}")),
        Command::CancelWork => {
            (state.works.is_empty() && state.restoring.is_none()).then(|| "nothing is under way".to_owned())
        }
        Command::NextAttention => {
            let counts = state.counts();
            (counts.blocked + counts.failed + counts.done == 0).then(|| "nobody needs you".to_owned())
        }
    }
}

fn not_pinned(state: &State, view: &ClientView) -> Option<String> {
    let session = state.focused_in_tab(view).and_then(|pane| state.session_of(pane))?;
    session.pin.is_none().then(|| "the session is not pinned".to_owned())
}

fn one_pane(tab: Option<&Tab>) -> Option<String> {
    tab.is_some_and(|tab| tab.tree.panes().len() < 2).then(|| "the tab has one pane".to_owned())
}

fn is_so(tab: Option<&Tab>, preset: Preset) -> Option<String> {
    let is_so = tab.is_some_and(|tab| preset.arrange(&tab.tree.panes()).as_ref() == Some(&tab.tree));
    is_so.then(|| "arranged so already".to_owned())
}

fn no_neighbour(state: &State, view: &ClientView, tab: Option<&Tab>, direction: Direction) -> Option<String> {
    let solved = solve(&tab?.tree, chrome(view.size, view.sidebar.shown()).main);
    let found = neighbour(&solved, state.focused_in_tab(view)?, direction);
    found.is_none().then(|| "no pane lies there".to_owned())
}
