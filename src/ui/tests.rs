//! The screen as text, and what lies under the mouse.

use std::collections::BTreeMap;
use std::sync::Arc;

use ratatui::buffer::Buffer;

use crate::config::FileDialect;
use crate::core::client::Toast;
use crate::core::command::Command;
use crate::core::conversation::{Conversation, Found, Source};
use crate::core::copy::{CopyMode, Entry};
use crate::core::dialog::{
    Browser, BrowserView, Confirm, Dialog, DialogKey, Help, Launcher, OpenIn, Palette as Commands, Placement, Prompt,
    help_rows, palette_rows,
};
use crate::core::hit::Hit;
use crate::core::mode::Mode;
use crate::core::offer::Offer;
use crate::core::pane::Phase;
use crate::core::session::{EndReason, Exit, Status};
use crate::geometry::{Axis, Rect, Size};
use crate::id::{ConversationId, PaneId, ProviderName, TabId};
use crate::term::{Terminal, TerminalOptions};
use crate::time::{Instant, Wall};
use crate::ui::cells::{OuterCursor, draw_pane_rows};
use crate::ui::fixture::{DefaultKeys, Fixture, choices, text_of};
use crate::ui::hints::{KeyHints, short_keys};
use crate::ui::sidebar::SidebarItem;
use crate::ui::theme::{Depth, Glyphs, Theme};
use crate::ui::{copy_mode, draw, shows_live_rows};

pub(super) fn pane(n: u32) -> PaneId {
    PaneId::new(n).expect("not zero")
}

fn with_dialog(mut fixture: Fixture, dialog: Dialog) -> Fixture {
    fixture.client.mode = Mode::Dialog(dialog);
    fixture
}

fn launcher() -> Dialog {
    Dialog::Launcher(Launcher::new(&choices(), "/home/me/src/homing", Placement::Right))
}

fn help() -> Dialog {
    let short = |key: &String| short_keys(key, Glyphs::Unicode);
    Dialog::Help(Help::new(help_rows(|command| DefaultKeys.keys_of(command).iter().map(short).collect())))
}

pub(super) fn palette(fixture: &Fixture, typed: &str) -> Dialog {
    let keys = |command| DefaultKeys.keys_of(command).iter().map(|key| short_keys(key, Glyphs::Unicode)).collect();
    let why = |command| crate::core::applicable::obstacle(&fixture.state, &fixture.client, command);
    let mut palette = Commands::new(palette_rows(keys, why));
    palette.list.paste(typed);
    Dialog::Palette(palette)
}

/// Snapshots of whole screens; the name says which.
#[test]
fn screens_look_as_agreed() {
    insta::assert_snapshot!("too_small_30x10", Fixture::empty(30, 10).text());
    let mut ascii = Fixture::busy(80, 24);
    ascii.theme = Theme::new(Depth::Mono, Glyphs::Ascii);
    insta::assert_snapshot!("ascii_80x24", ascii.text());
}

#[test]
fn panes_that_do_not_run_say_why_and_what_helps() {
    let mut it = Fixture::busy(120, 16);
    it.client.sidebar.wanted = false;
    it.phase(pane(1), Phase::Waiting { note: "resuming 7c2e… (exact, hook)".to_owned() });
    it.phase(pane(2), Phase::Failed { message: "Codex has no conversation 7c2e… any more.".to_owned() });
    let exit = Exit { code: Some(0), signal: None, reason: EndReason::Exited, at: it.state.now.wall };
    it.phase(pane(3), Phase::Ended(exit));
    insta::assert_snapshot!("restoring_120x16", it.text());
}

#[test]
fn a_pane_without_a_note_gives_all_its_rows_to_the_terminal() {
    let mut it = Fixture::busy(120, 32);
    let live = it.text();
    it.phase(pane(1), Phase::Starting { note: String::new() });
    assert_eq!(it.text().lines().nth(30), live.lines().nth(30));
    assert_eq!(it.scene().cursor, Some(OuterCursor { x: 24, y: 2, shape: 0 }));
}

#[test]
fn a_pane_too_low_for_its_message_shows_the_keys() {
    let mut it = Fixture::busy(40, 12);
    let words = "the agent ended at once after it was resumed, and said nothing that would explain why it did so";
    it.phase(pane(3), Phase::Failed { message: words.to_owned() });
    let text = it.text();
    assert!(text.lines().nth(10).is_some_and(|row| row.contains("r retry")), "{text}");
}

#[test]
fn modes_show_their_keys() {
    let mut it = Fixture::busy(80, 24);
    it.client.mode = Mode::Prefix { since: Instant::from_millis(59_600) };
    insta::assert_snapshot!("which_key_80x24", it.text());
    let mut wide = Fixture::busy(120, 32);
    wide.client.mode = Mode::Prefix { since: Instant::from_millis(0) };
    insta::assert_snapshot!("which_key_120x32", wide.text());
    let mut narrow = Fixture::busy(40, 12);
    narrow.client.mode = Mode::Prefix { since: Instant::from_millis(0) };
    insta::assert_snapshot!("which_key_40x12", narrow.text());
}

#[test]
fn the_status_bar_tells_the_keys_of_the_mode() {
    let cases = [
        (Mode::Resize, "←↑↓→ move the border · Enter done"),
        (Mode::Copy(reading(&mut Fixture::busy(80, 24), "")), "v V ^v select · / ? search · u links"),
        (Mode::Prefix { since: Instant::from_millis(60_000) }, "^b and … · ? all keys · Esc cancels"),
    ];
    for (mode, expected) in cases {
        let mut it = Fixture::busy(80, 24);
        it.client.mode = mode;
        let text = it.text();
        assert!(text.lines().last().is_some_and(|row| row.contains(expected)), "{text}");
    }
}

#[test]
fn a_screen_that_is_too_large_is_told_so() {
    assert!(Fixture::busy(501, 20).text().contains("at most 500×200; this terminal is 501×20"));
    assert!(Fixture::busy(500, 200).text().contains("SESSIONS"));
}

#[test]
fn the_which_key_panel_waits() {
    let mut it = Fixture::busy(80, 24);
    it.client.mode = Mode::Prefix { since: Instant::from_millis(59_601) };
    assert!(!it.text().contains("split right"));
}

#[test]
fn dialogs_look_as_agreed() {
    let mut filtered = launcher();
    filtered.paste("gem");
    filtered.key(DialogKey::Tab);
    filtered.key(DialogKey::Tab);
    filtered.paste("名前");
    insta::assert_snapshot!("launcher_filtered_80x24", with_dialog(Fixture::busy(80, 24), filtered).text());
}

#[test]
fn a_toast_takes_the_place_of_the_hints_until_its_time() {
    let mut it = Fixture::busy(80, 24);
    let toast = |until| Some(Toast { text: "8 sessions resumed".to_owned(), is_error: false, until });
    it.client.toast = toast(Instant::from_millis(60_001));
    let last_row = |it: &Fixture| it.text().lines().last().map(str::to_owned);
    assert_eq!(last_row(&it), Some(" 8 sessions resumed".to_owned()));
    it.client.toast = toast(Instant::from_millis(60_000));
    assert!(last_row(&it).is_some_and(|row| row.contains("^b c new")));
}

#[test]
fn an_inexact_claim_shows_on_the_border_and_in_the_health() {
    let mut it = Fixture::busy(120, 32);
    it.session(pane(1)).claim = None;
    it.session(pane(1)).first_message = Some("refactor".to_owned());
    let text = it.text();
    assert!(text.lines().nth(1).is_some_and(|row| row.contains("? ●")), "{text}");
    assert!(text.contains("resumable 3/4"));
}

#[test]
fn the_mouse_finds_what_is_drawn() {
    let it = Fixture::busy(120, 32);
    let scene = it.scene();
    let session = |n: u32| it.state.panes[&pane(n)].session;
    let cases = [
        ((8, 0), Some(Hit::Tab(TabId(1)))),
        ((20, 0), Some(Hit::Tab(TabId(2)))),
        ((53, 0), Some(Hit::NewTab)),
        ((70, 0), None),
        ((85, 0), Some(Hit::StatusHint(Command::NextAttention))),
        ((3, 1), Some(Hit::SidebarHeading)),
        ((3, 2), Some(Hit::Sidebar)),
        ((3, 3), Some(Hit::SidebarGroup(0))),
        ((3, 4), Some(Hit::Session(session(2)))),
        ((3, 5), Some(Hit::Session(session(2)))),
        ((3, 6), Some(Hit::Session(session(1)))),
        ((23, 10), Some(Hit::SidebarBorder)),
        ((30, 1), Some(Hit::PaneTitle(pane(1)))),
        ((24, 2), Some(Hit::Pane { pane: pane(1), x: 0, y: 0 })),
        ((71, 10), Some(Hit::Separator { pane: pane(1) })),
        ((80, 16), Some(Hit::PaneTitle(pane(3)))),
        ((119, 30), Some(Hit::Pane { pane: pane(3), x: 47, y: 13 })),
        ((2, 31), Some(Hit::StatusHint(Command::NextAttention))),
        ((26, 31), Some(Hit::StatusHint(Command::Launch))),
        ((118, 31), None),
        ((500, 500), None),
    ];
    for ((x, y), expected) in cases {
        assert_eq!(scene.hit(x, y), expected, "{x},{y}");
    }
}

#[test]
fn hidden_tabs_counts_and_the_start_page_are_clickable() {
    let mut it = Fixture::busy(80, 24);
    for n in 0..12 {
        it.tab("codex", Some(&format!("another tab {n}")), "/work", Status::Ready);
    }
    it.client.tab = TabId(6);
    let scene = it.scene();
    let under = |rect: Option<Rect>| rect.and_then(|rect| scene.hit(rect.x, rect.y));
    assert_eq!(under(scene.top_line.before), Some(Hit::StatusHint(Command::PreviousTab)));
    assert_eq!(under(scene.top_line.after), Some(Hit::StatusHint(Command::NextTab)));
    let on_counts: Vec<_> = scene.top_line.counts.iter().map(|count| scene.hit(count.rect.x, count.rect.y)).collect();
    assert!(on_counts.contains(&Some(Hit::StatusHint(Command::Switch))), "{on_counts:?}");
    let it = Fixture::empty(80, 24);
    let scene = it.scene();
    let items: Vec<_> = scene.start.iter().filter_map(|line| scene.hit(line.rect.x, line.rect.y)).collect();
    assert_eq!(items, (0..5).map(Hit::StartItem).collect::<Vec<_>>());
}

#[test]
fn an_open_dialog_takes_every_click() {
    let it = with_dialog(Fixture::busy(80, 24), launcher());
    let scene = it.scene();
    let cases = [
        ((5, 7), Hit::DialogRow(0)),
        ((5, 11), Hit::DialogRow(4)),
        ((5, 13), Hit::DialogField(0)),
        ((20, 16), Hit::DialogField(3)),
        ((5, 5), Hit::Dialog),
        ((0, 0), Hit::OutsideDialog),
    ];
    for ((x, y), expected) in cases {
        assert_eq!(scene.hit(x, y), Some(expected), "{x},{y}");
    }
    let close = Dialog::Confirm(Confirm::close(pane(1), "auth"));
    let scene = with_dialog(Fixture::busy(80, 24), close).scene();
    let footer = scene.dialog.as_ref().expect("a dialog").footer;
    assert_eq!(scene.hit(footer.x, footer.y), Some(Hit::DialogRow(0)));
    assert_eq!(scene.hit(footer.x + 13, footer.y), Some(Hit::DialogRow(1)));
}

/// What lies under the first cell of a text on the screen.
fn hit_on(it: &Fixture, words: &str) -> Option<Hit> {
    let scene = it.scene().with_hints(&it.state, &it.client, &DefaultKeys, &it.theme);
    let text = it.text();
    let (y, line) = text.lines().enumerate().find(|(_, line)| line.contains(words)).expect("it is shown");
    let x = crate::text::width(&line[..line.find(words).expect("found")]);
    scene.hit(x as u16, y as u16)
}

#[test]
fn keys_that_are_shown_can_be_clicked() {
    let dialog = with_dialog(Fixture::busy(80, 24), launcher());
    for (words, key) in [("Enter opens", DialogKey::Enter), ("Tab next", DialogKey::Tab), ("Esc", DialogKey::Escape)] {
        assert_eq!(hit_on(&dialog, words), Some(Hit::DialogKey(key)), "{words}");
    }
    let mut it = Fixture::busy(200, 40);
    it.phase(pane(2), Phase::Held { note: "which of these 2 conversations?".to_owned() });
    for (words, offer) in [("Enter reopen", Offer::Reopen), ("f start fresh", Offer::Fresh), ("x close", Offer::Close)]
    {
        assert_eq!(hit_on(&it, words), Some(Hit::PaneOffer { pane: pane(2), offer }), "{words}");
    }
    it.client.toast = Some(Toast {
        text: "ctrl+b g is not bound; ctrl+b ? shows the keys".to_owned(),
        is_error: true,
        until: Instant::from_millis(60_001),
    });
    assert_eq!(hit_on(&it, "ctrl+b ?"), Some(Hit::StatusHint(Command::Help)));
    assert_eq!(hit_on(&it, "ctrl+b g"), None);
}

#[test]
fn a_dialog_over_a_wide_character_leaves_no_half_of_it() {
    for title in ["漢字漢字漢字漢字漢字漢字漢字", "a漢字漢字漢字漢字漢字漢字漢字"] {
        let mut it = Fixture::empty(100, 24);
        it.client.sidebar.wanted = false;
        let first = it.tab("shell", None, "/work", Status::Ready);
        it.split(first, Axis::Column, "shell", Some(title), "/work", Status::Ready);
        let it = with_dialog(it, Dialog::Confirm(Confirm::close(pane(1), "auth")));
        let rect = it.scene().dialog.expect("a dialog").rect;
        let buf = it.buffer();
        // The second pane's title runs into the dialog's border.
        let before = buf[(rect.x - 1, 12)].symbol();
        assert!((rect.x - 4..rect.x - 1).any(|x| "漢字".contains(buf[(x, 12)].symbol())));
        assert_eq!(crate::text::width(before), 1, "{before}");
    }
}

#[test]
fn rows_drawn_alone_are_those_of_the_whole_screen() {
    let it = Fixture::busy(120, 32);
    let whole = it.buffer();
    let mut partial = whole.clone();
    let scene = it.scene();
    for placed in &scene.solved.panes {
        assert!(shows_live_rows(&it.state, &it.client, &scene, placed.pane));
        draw_pane_rows(&it.state.panes[&placed.pane], placed, 0..=u16::MAX, &mut partial);
    }
    assert_eq!(partial, whole);
}

#[test]
fn nothing_is_drawn_row_by_row_under_a_dialog_or_in_a_pane_that_is_read() {
    let mut it = with_dialog(Fixture::busy(120, 32), help());
    assert!(!shows_live_rows(&it.state, &it.client, &it.scene(), pane(1)));
    it.client.mode = Mode::Copy(reading(&mut it, ""));
    assert!(!shows_live_rows(&it.state, &it.client, &it.scene(), pane(1)));
    assert!(shows_live_rows(&it.state, &it.client, &it.scene(), pane(2)));
}

/// Copy mode of pane 1, whose program has printed this.
fn reading(it: &mut Fixture, printed: &str) -> Box<CopyMode> {
    let entry = it.state.panes.get_mut(&pane(1)).expect("a pane");
    entry.terminal.feed(printed.as_bytes());
    Box::new(CopyMode::new(pane(1), &entry.terminal, Size::new(10, 4), Entry::Key))
}

/// The page of copy mode so many rows above the bottom.
fn page_above(printed: &str, rows: isize, width: u16) -> String {
    let mut it = Fixture::busy(80, 24);
    let entry = it.state.panes.get_mut(&pane(1)).expect("a pane");
    entry.terminal = Terminal::new(Size::new(width, 4), TerminalOptions::default());
    let mut copy = reading(&mut it, printed);
    let terminal = &it.state.panes[&pane(1)].terminal;
    copy.resize(terminal, Size::new(width, 4));
    copy.scroll(terminal, -rows);
    let mut buf = Buffer::empty(ratatui::layout::Rect::new(0, 0, width, 4));
    copy_mode::draw(&it.state.panes[&pane(1)], &copy, Rect::new(0, 0, width, 4), &Theme::default(), &mut buf);
    text_of(&buf)
}

#[test]
fn a_pane_that_is_read_shows_history_above_what_is_left_of_its_screen() {
    let lines: String = (0..100).map(|n| format!("line {n}\r\n")).collect();
    let cases = [
        (0, "line 97\nline 98\nline 99\n\n"),
        (2, "line 95\nline 96\nline 97\nline 98\n"),
        (500, "line 0\nline 1\nline 2\nline 3\n"),
    ];
    for (rows, expected) in cases {
        assert_eq!(page_above(&lines, rows, 10), expected);
    }
}

#[test]
fn long_lines_of_the_history_wrap_at_the_panes_edge() {
    let lines = format!("abcdefgh\r\n漢字漢字\r\n\r\n{}", "x".repeat(30));
    assert_eq!(page_above(&lines, 100, 5), "abcde\nfgh\n漢字\n漢字\n");
    assert_eq!(page_above(&lines, 3, 5), "\nxxxxx\nxxxxx\nxxxxx\n");
}

#[test]
fn the_cursor_is_where_the_keys_go() {
    let mut it = Fixture::busy(120, 32);
    assert_eq!(it.scene().cursor, Some(OuterCursor { x: 24, y: 2, shape: 0 }));
    it.client.mode = Mode::Copy(reading(&mut it, "\x1b[3;2H"));
    assert_eq!(it.scene().cursor, Some(OuterCursor { x: 24, y: 4, shape: 0 }));
    it.client.mode = Mode::Dialog(Dialog::Prompt(Prompt::rename_tab(TabId(1), "漢字")));
    let input = it.scene().dialog.expect("a dialog").input;
    assert_eq!(it.scene().cursor, Some(OuterCursor { x: input.x + 4, y: input.y, shape: 0 }));
    it.client.mode = Mode::Normal;
    it.phase(pane(1), Phase::Held { note: "held".to_owned() });
    assert_eq!(it.scene().cursor, None);
}

#[test]
fn who_needs_you_floats_to_the_top_of_its_group() {
    let it = Fixture::busy(120, 32);
    let text = it.text();
    let row = |words: &str| text.lines().skip(2).position(|row| row.contains(words));
    assert!(row("◆ flaky") < row("● refactor"), "{text}");
}

#[test]
fn the_sidebar_of_many_sessions_scrolls_and_stays_inside() {
    let mut it = Fixture::empty(120, 14);
    for n in 0..40 {
        it.tab("claude", Some(&format!("task {n}")), &format!("/work/p{}", n / 4), Status::Ready);
    }
    assert!(it.text().contains("task 0"));
    assert!(it.text().contains("↓ 32 more"), "{}", it.text());
    it.client.sidebar.scroll = Some(1000);
    let scene = it.scene();
    assert!(scene.sidebar.iter().all(|line| scene.chrome.sidebar.contains(line.rect.x, line.rect.y)));
    let last = it.state.panes[&pane(40)].session;
    assert_eq!(scene.sidebar.last().map(|line| line.item.clone()), Some(SidebarItem::Session(last)));
}

#[test]
fn directories_of_the_same_name_are_told_apart() {
    let mut it = Fixture::empty(120, 24);
    it.tab("claude", None, "/work/a/api", Status::Ready);
    it.tab("claude", None, "/work/b/api", Status::Ready);
    let text = it.text();
    assert!(text.contains(" a/api") && text.contains(" b/api"), "{text}");
}

#[test]
fn lines_join_where_they_meet() {
    // Two rows of two panes above a full one.
    let mut it = Fixture::empty(60, 14);
    it.client.sidebar.wanted = false;
    let first = it.tab("shell", None, "/a", Status::Ready);
    let below = it.split(first, Axis::Column, "shell", None, "/c", Status::Ready);
    it.split(below, Axis::Column, "shell", None, "/e", Status::Ready);
    it.split(first, Axis::Row, "shell", None, "/b", Status::Ready);
    it.split(below, Axis::Row, "shell", None, "/d", Status::Ready);
    insta::assert_snapshot!("junctions_60x14", it.text());
}

#[test]
fn a_buffer_smaller_than_the_screen_is_filled_as_far_as_it_goes() {
    let it = with_dialog(Fixture::busy(120, 32), help());
    let mut buf = Buffer::empty(ratatui::layout::Rect::new(0, 0, 50, 9));
    draw(&it.state, &it.client, &it.scene(), &it.theme, &DefaultKeys, &mut buf);
    assert!(text_of(&buf).starts_with(" main ▸"));
}

#[test]
fn a_tab_without_a_name_is_called_after_the_session_that_this_client_has_focused() {
    let mut it = Fixture::busy(120, 32);
    it.state.workspace.tabs[0].name = None;
    it.client.focus.insert(TabId(1), pane(2));
    assert!(it.text().lines().next().is_some_and(|row| row.contains("1 flaky test in ci")));
}

/// A browser with conversations of several agents; one is open in pane 2.
/// Conversations of one directory, as the start page offers them.
pub(super) fn found_here(fixture: &Fixture) -> Vec<Found> {
    let browser = browser(fixture, 0);
    let all = (0..browser.n_found()).filter_map(|index| browser.row(index));
    all.filter(|found| found.conversation.cwd == fixture.client.cwd).cloned().collect()
}

pub(super) fn browser(fixture: &Fixture, n_more: usize) -> Browser {
    let now = fixture.state.now.wall;
    let row = |provider: &str, id: &str, title: Option<&str>, first: &str, cwd: &str, age_s: i64| Conversation {
        provider: ProviderName::new(provider),
        id: ConversationId::new(id),
        title: title.map(str::to_owned),
        cwd: cwd.to_owned(),
        created_at: Some(Wall { unix_ms: now.unix_ms - age_s * 1000 - 3_600_000 }),
        updated_at: Wall { unix_ms: now.unix_ms - age_s * 1000 },
        first_message: Some(first.to_owned()),
        last_message: Some(format!(
            "Done: {first}. All 214 tests pass, and nothing else was changed on the way there."
        )),
    };
    let second = fixture.state.panes.get(&pane(2));
    let open = second.map(|second| OpenIn { session: second.session, pane: second.id });
    let mut it = Browser::new(BrowserView {
        generation: 1,
        here: "/home/me/src/homing".to_owned(),
        home: fixture.state.home.clone(),
        now,
        open: open
            .map(|open| ((FileDialect::Codex, ConversationId::new("0199a1b2-flaky")), open))
            .into_iter()
            .collect(),
    });
    let source = |files| Arc::new(Source { files, env: BTreeMap::new() });
    it.take(
        &source(FileDialect::Claude),
        vec![
            row(
                "claude",
                "7c2e0d1f-5a77-4f5e-9d0b-2f4b3c1d9e11",
                Some("refactor the auth middleware"),
                "please refactor the auth middleware so that sessions refresh themselves",
                "/home/me/src/homing",
                40,
            ),
            row(
                "claude",
                "88d1",
                None,
                "漢字 のタイトル and a first message that is much longer than any row of the list could ever be",
                "/home/me/src/a-directory-with-a-long-name/that-goes-on/and-on",
                9000,
            ),
        ],
    );
    it.take(
        &source(FileDialect::Codex),
        vec![row("codex", "0199a1b2-flaky", Some("flaky test in ci"), "why is it flaky", "/home/me/src/homing", 300)],
    );
    it.take(
        &source(FileDialect::Gemini),
        (0..n_more)
            .map(|n| row("gemini", &format!("g{n}"), None, &format!("question {n}"), "/srv", 100_000 + n as i64))
            .collect(),
    );
    it.looked_in = Some(vec!["/home/me/.claude".to_owned(), "/home/me/.codex".to_owned()]);
    it
}

#[test]
fn the_conversation_browser_says_how_far_it_is_and_why_it_is_empty() {
    let fixture = Fixture::busy(80, 24);
    let mut reading = browser(&fixture, 1400);
    reading.looked_in = None;
    reading.list.paste("flaky");
    insta::assert_snapshot!("browser_reading_80x24", with_dialog(fixture, Dialog::Browser(Box::new(reading))).text());
    let fixture = Fixture::busy(80, 24);
    let mut empty = Browser::new(browser(&fixture, 0).view);
    empty.looked_in = Some(vec!["/home/me/.claude".to_owned(), "/home/me/.codex".to_owned()]);
    insta::assert_snapshot!("browser_empty_80x24", with_dialog(fixture, Dialog::Browser(Box::new(empty))).text());
}
