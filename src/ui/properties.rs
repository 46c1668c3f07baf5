//! No state, no size and no key makes drawing fail, leave the screen, or put a control character on it.

use proptest::prelude::{Just, Strategy, any, prop, prop_assert, prop_assert_eq, proptest};

use crate::core::client::Toast;
use crate::core::copy::{CopyMode, Entry};
use crate::core::dialog::{
    Confirm, Dialog, DialogKey, Help, Launcher, Placement, Prompt, Switcher, help_rows, switch_items,
};
use crate::core::mode::Mode;
use crate::core::pane::Phase;
use crate::core::session::{EndReason, Exit, Status};
use crate::core::sidebar::{Grouping, SidebarView, Sorting};
use crate::core::steering::Steering;
use crate::geometry::{Axis, Size};
use crate::id::{PaneId, TabId};
use crate::layout::chrome::Side;
use crate::time::{Instant, Wall};
use crate::ui::fixture::{DefaultKeys, Fixture, choices, explanation, finder, notices};
use crate::ui::hints::KeyHints;
use crate::ui::theme::{Depth, Glyphs, Theme};

const STATUSES: [Status; 6] =
    [Status::Starting, Status::Ready, Status::Busy, Status::Blocked, Status::Error, Status::Terminated];

/// What a pane of a random workspace is.
#[derive(Clone, Debug)]
struct Seed {
    /// A tab of its own, or beside the pane with this number (modulo those there).
    beside: Option<(usize, Axis)>,
    provider: &'static str,
    title: Option<String>,
    cwd: String,
    status: Status,
    unseen: bool,
    phase: Phase,
}

fn words() -> impl Strategy<Value = String> {
    proptest::prop_oneof!["[a-z ]{0,30}", "[a-z漢字👩‍👩‍👧é…\u{301}\u{200d}\u{fe0f}]{0,40}", ".{0,20}",]
}

fn phase() -> impl Strategy<Value = Phase> {
    let exit = |code, signal| Exit { code, signal, reason: EndReason::Exited, at: Wall::default() };
    proptest::prop_oneof![
        4 => Just(Phase::Live),
        1 => words().prop_map(|note| Phase::Waiting { note }),
        1 => words().prop_map(|note| Phase::Held { note }),
        1 => words().prop_map(|note| Phase::Starting { note }),
        1 => (any::<Option<i32>>(), any::<Option<i32>>()).prop_map(move |(c, s)| Phase::Ended(exit(c, s))),
        1 => words().prop_map(|message| Phase::Failed { message }),
    ]
}

fn seed() -> impl Strategy<Value = Seed> {
    let axis = prop::sample::select(vec![Axis::Row, Axis::Column]);
    let beside = prop::option::weighted(0.8, (any::<usize>(), axis));
    let provider = prop::sample::select(vec!["claude", "shell", "codex"]);
    let status = prop::sample::select(STATUSES.to_vec());
    (beside, provider, prop::option::of(words()), words(), status, any::<bool>(), phase()).prop_map(
        |(beside, provider, title, cwd, status, unseen, phase)| Seed {
            beside,
            provider,
            title,
            cwd,
            status,
            unseen,
            phase,
        },
    )
}

fn keys() -> impl Strategy<Value = Vec<DialogKey>> {
    use DialogKey::{BackTab, Backspace, DeleteWord, Down, Home, Left, PageDown, Right, Tab, Up};
    let moves = vec![Tab, BackTab, Up, Down, Left, Right, PageDown, Backspace, DeleteWord, Home];
    let key = proptest::prop_oneof![
        any::<char>().prop_map(DialogKey::Char),
        "[a-z]".prop_map(|s| DialogKey::Char(s.chars().next().unwrap_or('a'))),
        prop::sample::select(moves),
    ];
    prop::collection::vec(key, 0..12)
}

fn dialog(kind: u8, it: &Fixture, words: &str) -> Dialog {
    match kind % 9 {
        0 => Dialog::Launcher(Launcher::new(&choices(), words, Placement::Down)),
        1 => Dialog::Switcher(Switcher::new(switch_items(&it.state))),
        2 => Dialog::Prompt(Prompt::rename_tab(TabId(1), words)),
        3 => Dialog::Confirm(Confirm::stop(words.len())),
        4 => Dialog::Confirm(Confirm::close(PaneId::new(1).expect("not zero"), words)),
        5 => Dialog::Explanation(explanation(words)),
        6 => Dialog::Notices(notices(words)),
        7 => Dialog::Finder(Box::new(finder(words))),
        _ => Dialog::Help(Help::new(help_rows(|command| DefaultKeys.keys_of(command)))),
    }
}

fn grown(seeds: Vec<Seed>) -> Fixture {
    let mut it = Fixture::empty(80, 24);
    for seed in seeds {
        let Seed { beside, provider, title, cwd, status, unseen, phase } = seed;
        let panes: Vec<PaneId> = it.state.panes.keys().copied().collect();
        let pane = match beside {
            Some((at, axis)) if !panes.is_empty() => {
                it.split(panes[at % panes.len()], axis, provider, title.as_deref(), &cwd, status)
            }
            Some(_) | None => it.tab(provider, title.as_deref(), &cwd, status),
        };
        it.session(pane).unseen = unseen;
        it.phase(pane, phase);
    }
    it
}

/// What the client sees beyond the panes.
#[derive(Clone, Debug)]
struct View {
    size: (u16, u16),
    sidebar: SidebarView,
    tab: u32,
    mode: u8,
    keys: Vec<DialogKey>,
    words: String,
    theme: Theme,
}

fn view() -> impl Strategy<Value = View> {
    let theme = prop::sample::select(vec![
        Theme::new(Depth::Ansi, Glyphs::Unicode),
        Theme::new(Depth::Mono, Glyphs::Unicode),
        Theme::new(Depth::Mono, Glyphs::Ascii),
    ]);
    let size = proptest::prop_oneof![4 => (40..=250_u16, 12..=80_u16), 1 => (1..=250_u16, 1..=80_u16)];
    let choice = (0..3_usize, 0..3_usize, any::<bool>());
    let sidebar = (any::<bool>(), 0..80_u16, prop::option::of(0..60_u16), choice).prop_map(
        |(wanted, columns, scroll, (grouping, sorting, is_right))| SidebarView {
            wanted,
            columns,
            side: if is_right { Side::Right } else { Side::Left },
            grouping: Grouping::ALL[grouping],
            sorting: Sorting::ALL[sorting],
            scroll,
            ..SidebarView::default()
        },
    );
    (size, sidebar, 0..5_u32, 0..12_u8, keys(), words(), theme).prop_map(
        |(size, sidebar, tab, mode, keys, words, theme)| View { size, sidebar, tab, mode, keys, words, theme },
    )
}

fn look(it: &mut Fixture, view: View) {
    it.client.size = Size::new(view.size.0, view.size.1);
    it.client.sidebar = view.sidebar;
    it.client.tab = TabId(view.tab);
    it.theme = view.theme;
    let focused = it.state.focused_pane(&it.client);
    it.client.mode = match view.mode {
        0 => Mode::Normal,
        1 => Mode::Prefix { since: Instant::from_millis(1) },
        2 if view.keys.is_empty() => Mode::Resize,
        2 => {
            let mut steering = Steering::default();
            steering.filter.paste(&view.words);
            Mode::Sidebar(steering)
        }
        3 => focused.map_or(Mode::Normal, |pane| {
            let (rows, terminal) = (view.words.len().cast_signed(), &it.state.panes[&pane].terminal);
            let mut copy = CopyMode::new(pane, terminal, Size::new(30, 7), Entry::Key);
            copy.scroll(terminal, -rows);
            Mode::Copy(Box::new(copy))
        }),
        4 => {
            if let Some(tab) = it.state.workspace.tabs.first_mut() {
                tab.zoomed = Some(tab.focus);
            }
            let toast = Toast { text: view.words, is_error: true, until: Instant::from_millis(u64::from(u32::MAX)) };
            it.client.toast = Some(toast);
            Mode::Normal
        }
        kind => {
            let mut dialog = dialog(kind, it, &view.words);
            for key in view.keys {
                dialog.key(key);
            }
            Mode::Dialog(dialog)
        }
    };
}

proptest! {
    #[test]
    fn every_state_can_be_drawn_at_every_size(seeds in prop::collection::vec(seed(), 0..9), view in view()) {
        let mut it = grown(seeds);
        look(&mut it, view);
        let buf = it.buffer();
        let has_control = |symbol: &str| symbol.chars().any(char::is_control);
        prop_assert!(!buf.content.iter().any(|cell| has_control(cell.symbol())));
        let scene = it.scene();
        let (cols, rows) = (it.client.size.cols(), it.client.size.rows());
        prop_assert!(scene.cursor.is_none_or(|cursor| cursor.x < cols && cursor.y < rows));
        for y in 0..rows {
            for x in 0..cols {
                scene.hit(x, y);
            }
        }
    }

    #[test]
    fn no_wide_character_hides_another_or_leaves_the_screen(seeds in prop::collection::vec(seed(), 0..6), view in view()) {
        let mut it = grown(seeds);
        look(&mut it, view);
        let cols = usize::from(it.client.size.cols());
        let buf = it.buffer();
        for row in buf.content.chunks(cols) {
            let mut column = 0;
            while column < cols {
                let width = crate::text::width(row[column].symbol()).max(1);
                let hidden = row.get(column + 1..column + width).unwrap_or_default();
                prop_assert!(hidden.iter().all(|cell| cell.symbol() == " "));
                column += width;
            }
            prop_assert_eq!(column, cols);
        }
    }
}
