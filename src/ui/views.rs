//! Every view at four sizes, in a dark and a light theme: as text, and as runs of styles.
//!
//! A snapshot holds for each size the screen, then its styles: `a12b3` are twelve cells of style a, then three of b, and the
//! legend says what a is in the dark theme and in the light one (`.` is the terminal's own in both). Equal rows that follow
//! each other stand there once.

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

use crate::config::theme::Themes;
use crate::core::client::Toast;
use crate::core::copy::{CopyMode, Entry};
use crate::core::dialog::{
    Confirm, Dialog, DialogKey, Help, Launcher, Placement, Prompt, Switcher, ThemePicker, help_rows, switch_items,
};
use crate::core::mode::Mode;
use crate::core::pane::Phase;
use crate::core::session::{EndReason, Exit, Status};
use crate::core::sidebar::{Grouping, Sorting};
use crate::core::state::ProviderChoice;
use crate::core::steering::Steering;
use crate::geometry::Axis;
use crate::id::{ProviderName, TabId};
use crate::layout::chrome::Side;
use crate::time::{Instant, Wall};
use crate::ui::fixture::{DefaultKeys, Fixture, explanation, finder, notices, text_of};
use crate::ui::hints::{KeyHints, short_keys};
use crate::ui::tests::{browser, found_here, palette, pane};
use crate::ui::theme::{Depth, Glyphs, Theme};

/// The sizes at which every view is looked at.
const SIZES: [(u16, u16); 4] = [(40, 12), (80, 24), (120, 40), (250, 70)];

/// A dark theme and a light one.
const THEMES: [&str; 2] = ["dusk", "paper"];

/// The screen and its styles.
fn styled(mut it: Fixture) -> String {
    let themes = Themes::default();
    let buffers = THEMES.map(|name| {
        let table = themes.get(name).expect("built in");
        it.theme = Theme::of(table, Depth::True, Glyphs::Unicode);
        it.buffer()
    });
    let text = text_of(&buffers[0]);
    assert_eq!(text, text_of(&buffers[1]), "a theme changes colours only");
    let (runs, legend) = runs(&buffers);
    format!("{}\n{}\n{}", folded(text.lines()), folded(runs.iter().map(String::as_str)), legend.join("\n"))
}

/// The styles of each row as runs, and what the letters mean.
fn runs(buffers: &[Buffer; 2]) -> (Vec<String>, Vec<String>) {
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let width = usize::from(buffers[0].area.width);
    let mut known: Vec<String> = vec!["default | default".to_owned()];
    let mut rows = Vec::new();
    for (dark, light) in buffers[0].content.chunks(width).zip(buffers[1].content.chunks(width)) {
        let mut row: Vec<(usize, usize)> = Vec::new();
        for (dark, light) in dark.iter().zip(light) {
            let style = format!("{} | {}", words(dark), words(light));
            let at = known.iter().position(|known| *known == style).unwrap_or_else(|| {
                known.push(style);
                known.len() - 1
            });
            match row.last_mut() {
                Some((last, n)) if *last == at => *n += 1,
                _ => row.push((at, 1)),
            }
        }
        let letter = |at: usize| at.checked_sub(1).map_or('.', |at| char::from(LETTERS[at]));
        rows.push(row.into_iter().map(|(at, n)| format!("{}{n}", letter(at))).collect());
    }
    let legend = known.iter().skip(1).zip(LETTERS).map(|(style, letter)| format!("{} {style}", char::from(*letter)));
    (rows, legend.collect())
}

/// A style in a few words.
fn words(cell: &Cell) -> String {
    const WEIGHTS: [(Modifier, &str); 6] = [
        (Modifier::BOLD, "bold"),
        (Modifier::DIM, "dim"),
        (Modifier::ITALIC, "italic"),
        (Modifier::UNDERLINED, "underline"),
        (Modifier::REVERSED, "reverse"),
        (Modifier::CROSSED_OUT, "strike"),
    ];
    let color = |color: Color| match color {
        Color::Rgb(r, g, b) => format!("#{r:02x}{g:02x}{b:02x}"),
        other => other.to_string().to_lowercase(),
    };
    let mut words: Vec<String> = WEIGHTS
        .iter()
        .filter(|(weight, _)| cell.modifier.contains(*weight))
        .map(|(_, word)| (*word).to_owned())
        .collect();
    if cell.fg != Color::Reset {
        words.push(color(cell.fg));
    }
    if cell.bg != Color::Reset {
        words.push(format!("on {}", color(cell.bg)));
    }
    if words.is_empty() { "default".to_owned() } else { words.join(" ") }
}

/// Equal lines that follow each other stand once, with their number.
fn folded<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    let mut groups: Vec<(&str, usize)> = Vec::new();
    for line in lines {
        match groups.last_mut() {
            Some((last, n)) if *last == line => *n += 1,
            _ => groups.push((line, 1)),
        }
    }
    let shown = groups.into_iter().map(|(line, n)| match n {
        1 => format!("  {line}").trim_end().to_owned(),
        n => format!("{n} times: {line}").trim_end().to_owned(),
    });
    shown.collect::<Vec<_>>().join("\n")
}

/// A view at all sizes.
fn view(name: &str, make: impl Fn(u16, u16) -> Fixture) {
    let shots = SIZES.map(|(cols, rows)| format!("{cols}×{rows}\n\n{}", styled(make(cols, rows))));
    insta::with_settings!({ omit_expression => true }, {
        insta::assert_snapshot!(format!("view_{name}"), shots.join("\n\n"));
    });
}

/// A day's work: long names, wide characters, screens with something on them.
pub(super) fn daily(cols: u16, rows: u16) -> Fixture {
    let mut it = Fixture::busy(cols, rows);
    it.session(pane(1)).title = Some("refactor the auth middleware so that sessions refresh themselves".to_owned());
    it.session(pane(4)).title = Some("文書の再開について、とても長い題名".to_owned());
    fill(&mut it);
    it
}

/// Gives the panes that are shown a screen.
pub(super) fn fill(it: &mut Fixture) {
    let scene = it.scene();
    for placed in scene.solved.panes.iter().chain(&scene.float) {
        let entry = it.state.panes.get_mut(&placed.pane).expect("shown");
        entry.terminal.resize(placed.inner.size());
        let provider = it.state.sessions[&entry.session].provider.as_str().to_owned();
        entry.terminal.feed(match provider.as_str() {
            "claude" => AT_WORK.as_bytes(),
            "codex" => ASKING.as_bytes(),
            _ => SHELL.as_bytes(),
        });
    }
}

const AT_WORK: &str = "\x1b[35m●\x1b[m Reading src/auth/session.rs\r\n\r\n   12  pub fn refresh(&mut self, now: Instant) {\r\n\
    \x1b[31m   13 -    if self.expired() {\x1b[m\r\n\x1b[32m   13 +    if self.expires_at <= now {\x1b[m\r\n\
    \x20  14          self.renew(now);\r\n\r\n\x1b[35m●\x1b[m 期限が切れる前に更新します。 The clock is an argument now, so the test needs no sleep.\r\n\r\n\
    \x1b[2m  running cargo test --lib auth\x1b[m\r\n";
const ASKING: &str = "\x1b[1mAllow command?\x1b[m\r\n\r\n  cargo test -p store -- --nocapture\r\n\r\n\x1b[36m› 1. Yes\x1b[m\r\n  2. Always\r\n  3. No\r\n";
const SHELL: &str = "\x1b[32m~/src/web\x1b[m $ npm run dev\r\n\r\n  ready in 412 ms\r\n  \x1b[1mlocal\x1b[m  http://localhost:5173/\r\n\x1b[?25h";

fn with(mut it: Fixture, dialog: Dialog) -> Fixture {
    it.client.mode = Mode::Dialog(dialog);
    it
}

/// A hundred sessions in ten projects, some of which want something.
pub(super) fn hundred(cols: u16, rows: u16) -> Fixture {
    let mut it = Fixture::empty(cols, rows);
    for n in 0..100_u32 {
        let status = match n % 17 {
            3 => Status::Blocked,
            5 | 11 => Status::Busy,
            13 => Status::Error,
            _ => Status::Ready,
        };
        it.tab(
            "claude",
            Some(&format!("task {n} of the long list")),
            &format!("/home/me/src/project-{}", n / 10),
            status,
        );
    }
    it.session(pane(42)).pin = Some(1);
    it.session(pane(7)).pin = Some(2);
    it.client.sidebar.folded.insert("project-1".to_owned());
    it.client.tab = TabId(36);
    fill(&mut it);
    it
}

/// An empty workspace on a machine with three agents of many.
fn start(cols: u16, rows: u16) -> Fixture {
    let mut it = Fixture::empty(cols, rows);
    it.state.choices = many_choices();
    it.client.cwd = "/home/me/src/homing".to_owned();
    it.client.start.recent = found_here(&it);
    it
}

fn many_choices() -> Vec<ProviderChoice> {
    let mut choices = crate::ui::fixture::choices();
    choices.extend((1..=24).map(|n| ProviderChoice {
        name: ProviderName::new(&format!("agent-{n}")),
        title: format!("Agent {n}"),
        is_installed: false,
        version: None,
        install_hint: Some(format!("npm install -g @example/agent-{n}-with-a-long-name")),
    }));
    choices.sort_by_key(|choice| !choice.is_installed);
    choices
}

#[test]
fn the_workspace() {
    view("daily", daily);
    view("right_by_tab", |cols, rows| {
        let mut it = daily(cols, rows);
        it.client.sidebar.side = Side::Right;
        it.client.sidebar.grouping = Grouping::Tab;
        fill(&mut it);
        it
    });
    view("zoomed", |cols, rows| {
        let mut it = Fixture::busy(cols, rows);
        it.state.workspace.tabs[0].zoomed = Some(pane(2));
        it.client.focus.insert(TabId(1), pane(2));
        fill(&mut it);
        it
    });
    view("scratch", |cols, rows| {
        let mut it = daily(cols, rows);
        it.float("scratch");
        fill(&mut it);
        it
    });
    view("scratch_read", |cols, rows| {
        let mut it = daily(cols, rows);
        let scratch = it.float("scratch");
        fill(&mut it);
        let terminal = &it.state.panes[&scratch].terminal;
        let copy = CopyMode::new(scratch, terminal, terminal.size(), Entry::Key);
        it.client.mode = Mode::Copy(Box::new(copy));
        it
    });
    view("scratch_over_nothing", |cols, rows| {
        let mut it = start(cols, rows);
        it.float("scratch");
        fill(&mut it);
        it
    });
    view("many_tabs", |cols, rows| {
        let mut it = daily(cols, rows);
        for n in 0..12 {
            it.tab("codex", Some(&format!("tab {n} 名前 with a long name")), "/home/me/src/api", Status::Ready);
        }
        it.client.tab = TabId(9);
        fill(&mut it);
        it
    });
}

#[test]
fn the_sidebar_of_a_hundred_sessions() {
    view("hundred", hundred);
    view("hundred_filtered", |cols, rows| {
        let mut it = hundred(cols, rows);
        let mut steering = Steering::default();
        steering.filter.paste("project-3 2");
        it.client.sidebar.sorting = Sorting::Name;
        it.client.mode = Mode::Sidebar(steering);
        it
    });
}

#[test]
fn the_start_page() {
    view("start", start);
    view("start_unfolded", |cols, rows| {
        let mut it = start(cols, rows);
        it.client.start.is_unfolded = true;
        it.client.start.selected = 16;
        it
    });
}

#[test]
fn panes_without_a_process() {
    view("phases", |cols, rows| {
        let mut it = daily(cols, rows);
        let fifth = it.split(pane(3), Axis::Column, "claude", Some("ended"), "/srv", Status::Terminated);
        it.phase(pane(1), Phase::Waiting { note: "resuming 7c2e… (exact, hook)".to_owned() });
        it.phase(pane(2), Phase::Failed { message: "Codex has no conversation 7c2e… any more.".to_owned() });
        it.phase(pane(3), Phase::Held { note: "which of these 2 conversations?".to_owned() });
        let exit = Exit { code: Some(1), signal: None, reason: EndReason::Exited, at: Wall::default() };
        it.phase(fifth, Phase::Ended(exit));
        fill(&mut it);
        it
    });
}

#[test]
fn modes() {
    view("which_key", |cols, rows| {
        let mut it = daily(cols, rows);
        it.client.mode = Mode::Prefix { since: Instant::from_millis(1) };
        it
    });
    view("resize", |cols, rows| {
        let mut it = daily(cols, rows);
        it.client.mode = Mode::Resize;
        it
    });
    view("copy", |cols, rows| {
        let mut it = daily(cols, rows);
        let entry = &it.state.panes[&pane(1)];
        let size = entry.terminal.size();
        let mut copy = CopyMode::new(pane(1), &entry.terminal, size, Entry::Key);
        copy.scroll(&entry.terminal, -2);
        it.client.mode = Mode::Copy(Box::new(copy));
        it
    });
    view("toast", |cols, rows| {
        let mut it = daily(cols, rows);
        let text = "nothing was opened: 500 panes are open already; close some first".to_owned();
        it.client.toast = Some(Toast { text, is_error: true, until: Instant::from_millis(60_001) });
        it
    });
}

#[test]
fn dialogs_over_the_workspace() {
    view("launcher", |cols, rows| {
        with(
            daily(cols, rows),
            Dialog::Launcher(Launcher::new(&many_choices(), "/home/me/src/homing", Placement::Right)),
        )
    });
    view("launcher_unfolded", |cols, rows| {
        let mut launcher = Launcher::new(&many_choices(), "/home/me/src/homing", Placement::Right);
        launcher.key(DialogKey::Up);
        launcher.key(DialogKey::Enter);
        with(daily(cols, rows), Dialog::Launcher(launcher))
    });
    view("switcher", |cols, rows| {
        let it = daily(cols, rows);
        let mut switcher = Switcher::new(switch_items(&it.state));
        switcher.list.paste("re");
        with(it, Dialog::Switcher(switcher))
    });
    view("notices", |cols, rows| with(daily(cols, rows), Dialog::Notices(notices("all 41 tests pass"))));
    view("finder", |cols, rows| with(daily(cols, rows), Dialog::Finder(Box::new(finder("cannot find `x`")))));
    view("explanation", |cols, rows| with(daily(cols, rows), Dialog::Explanation(explanation("exact, hook"))));
    view("browser", |cols, rows| {
        let it = daily(cols, rows);
        let browser = browser(&it, 1400);
        with(it, Dialog::Browser(Box::new(browser)))
    });
    view("prompt", |cols, rows| with(daily(cols, rows), Dialog::Prompt(Prompt::rename_tab(TabId(1), "名前 of a tab"))));
    view("confirm", |cols, rows| {
        with(daily(cols, rows), Dialog::Confirm(Confirm::close(pane(1), "refactor the auth middleware")))
    });
    view("themes", |cols, rows| {
        let it = daily(cols, rows);
        let mut picker = ThemePicker::new(&it.state.themes, "dusk");
        picker.list.paste("da");
        with(it, Dialog::Themes(picker))
    });
}

#[test]
fn lists_of_commands() {
    view("palette", |cols, rows| {
        let it = daily(cols, rows);
        let dialog = palette(&it, "pane tab");
        with(it, dialog)
    });
    view("help", |cols, rows| {
        let short = |key: &String| short_keys(key, Glyphs::Unicode);
        let rows_of = help_rows(|command| DefaultKeys.keys_of(command).iter().map(short).collect());
        let mut help = Help::new(rows_of);
        help.list.paste("pane");
        with(daily(cols, rows), Dialog::Help(help))
    });
}
