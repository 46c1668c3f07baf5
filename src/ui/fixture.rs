//! States for tests: a workspace built pane by pane, the default keys, a buffer as text.

use std::collections::BTreeMap;

use ratatui::buffer::Buffer;

use crate::config::Config;
use crate::config::theme::Themes;
use crate::core::client::ClientView;
use crate::core::command::{Command, row_of};
use crate::core::dialog::{ExplanationView, Finder, FoundLine, Line, LineKind, NoticeItem, NoticeList};
use crate::core::mode::Mode;
use crate::core::notice::{NoticeKind, Notices};
use crate::core::pane::{Pane, Phase};
use crate::core::preferences::Preferences;
use crate::core::session::{Claim, LaunchOptions, Session, Status, Witness};
use crate::core::sidebar::SidebarView;
use crate::core::start::StartPage;
use crate::core::state::{OuterColors, ProviderChoice, State};
use crate::core::workspace::{Scratch, Tab, Workspace};
use crate::geometry::{Axis, Size};
use crate::id::{ClientId, ConversationId, PaneId, ProviderName, SessionId, TabId};
use crate::layout::tree::Tree;
use crate::term::{HistoryMark, Terminal, TerminalOptions};
use crate::time::{Instant, Now, Wall};
use crate::ui::hints::KeyHints;
use crate::ui::theme::Theme;
use crate::ui::{Scene, draw, scene};

/// When "now" is: a minute after the server's start, in November 2023.
const NOW: Now = Now { instant: Instant::from_millis(60_000), wall: Wall { unix_ms: 1_700_000_000_000 } };

/// The default keys, as the key map writes them.
pub(crate) struct DefaultKeys;

impl KeyHints for DefaultKeys {
    fn keys_of(&self, command: Command) -> Vec<String> {
        row_of(command).keys.iter().map(|key| format!("ctrl+b {key}")).collect()
    }

    fn prefix(&self) -> String {
        "ctrl+b".to_owned()
    }
}

/// A state with one client.
pub(crate) struct Fixture {
    pub state: State,
    pub client: ClientView,
    pub theme: Theme,
}

impl Fixture {
    /// An empty workspace on a screen of this size.
    pub(crate) fn empty(cols: u16, rows: u16) -> Self {
        let size = Size::new(cols, rows);
        let state = State {
            workspace: Workspace { name: "main".to_owned(), tabs: Vec::new(), active: TabId(1), scratch: None },
            sessions: BTreeMap::new(),
            panes: BTreeMap::new(),
            clients: BTreeMap::new(),
            config: Config::default(),
            choices: choices(),
            works: Vec::new(),
            restoring: None,
            now: NOW,
            home: "/home/me".to_owned(),
            notices: Notices::default(),
            preferences: Preferences::default(),
            projects: BTreeMap::new(),
            themes: Themes::default(),
            last_size: size,
            colors: OuterColors { foreground: (0xd0, 0xd0, 0xd0), background: (0x10, 0x10, 0x10) },
            offered: None,
        };
        let client = ClientView {
            id: ClientId(1),
            pid: None,
            size,
            env: Vec::new(),
            cwd: "/home/me".to_owned(),
            tab: TabId(1),
            focus: BTreeMap::new(),
            last_focus: None,
            shows_scratch: false,
            mode: Mode::Normal,
            sidebar: SidebarView::default(),
            scheme: None,
            marks: std::collections::BTreeSet::new(),
            toast: None,
            start: StartPage::default(),
            held: None,
            has_focus: true,
            typed_at: Instant::default(),
        };
        Self { state, client, theme: Theme::default() }
    }

    /// The workspace of SCREEN.md: two agents and a shell in a tab, further sessions in two more.
    pub(crate) fn busy(cols: u16, rows: u16) -> Self {
        let mut it = Self::empty(cols, rows);
        let first = it.tab("claude", Some("refactor the auth middleware"), "/home/me/src/homing", Status::Busy);
        let second =
            it.split(first, Axis::Row, "codex", Some("flaky test in ci"), "/home/me/src/homing", Status::Blocked);
        it.split(second, Axis::Column, "shell", None, "/home/me/src/web", Status::Ready);
        let docs = it.tab("claude", Some("docs for resume"), "/home/me/src/homing", Status::Ready);
        it.session(docs).unseen = true;
        it.tab("gemini", Some("移行 to vite"), "/home/me/src/web", Status::Busy);
        it.state.workspace.tabs[0].name = Some("api".to_owned());
        it
    }

    /// Opens a session in a tab of its own.
    pub(crate) fn tab(&mut self, provider: &str, title: Option<&str>, cwd: &str, status: Status) -> PaneId {
        let pane = self.add(provider, title, cwd, status);
        let id = TabId(u32::try_from(self.state.workspace.tabs.len()).expect("few tabs") + 1);
        self.state.workspace.tabs.push(Tab { id, name: None, tree: Tree::single(pane), focus: pane, zoomed: None });
        pane
    }

    /// Opens the scratch shell, and shows it.
    pub(crate) fn float(&mut self, title: &str) -> PaneId {
        let pane = self.add("shell", Some(title), "/home/me/src/web", Status::Ready);
        self.state.workspace.scratch = Some(Scratch { pane, is_shown: true });
        self.client.shows_scratch = true;
        pane
    }

    /// Opens a session beside another.
    pub(crate) fn split(
        &mut self,
        at: PaneId,
        axis: Axis,
        provider: &str,
        title: Option<&str>,
        cwd: &str,
        status: Status,
    ) -> PaneId {
        let pane = self.add(provider, title, cwd, status);
        let tab = self.state.workspace.tabs.iter_mut().find(|tab| tab.tree.contains(at)).expect("the pane has a tab");
        assert!(tab.tree.split(at, axis, pane));
        pane
    }

    /// The session of the pane.
    pub(crate) fn session(&mut self, pane: PaneId) -> &mut Session {
        let id = self.state.panes[&pane].session;
        self.state.sessions.get_mut(&id).expect("the pane has a session")
    }

    /// Puts the pane into the phase.
    pub(crate) fn phase(&mut self, pane: PaneId, phase: Phase) {
        self.state.panes.get_mut(&pane).expect("the pane exists").phase = phase;
    }

    /// Lays out the screen.
    pub(crate) fn scene(&self) -> Scene {
        scene(&self.state, &self.client).with_hints(&self.state, &self.client, &DefaultKeys, &self.theme)
    }

    /// Draws the screen.
    pub(crate) fn buffer(&self) -> Buffer {
        let size = self.client.size;
        let mut buf = Buffer::empty(ratatui::layout::Rect::new(0, 0, size.cols(), size.rows()));
        draw(&self.state, &self.client, &self.scene(), &self.theme, &DefaultKeys, &mut buf);
        buf
    }

    /// The screen as text.
    pub(crate) fn text(&self) -> String {
        text_of(&self.buffer())
    }

    fn add(&mut self, provider: &str, title: Option<&str>, cwd: &str, status: Status) -> PaneId {
        let n = u32::try_from(self.state.panes.len()).expect("few panes") + 1;
        let pane = PaneId::new(n).expect("not zero");
        let id = SessionId::new(u64::from(n), [u8::try_from(n % 256).expect("a byte"); 10]);
        let age_ms = 61_000 * i64::from(n - 1);
        let claim = title.map(|_| Claim {
            conversation: ConversationId::new(&format!("conversation-{n}")),
            witness: Witness::Hook,
            since: NOW.wall,
            spoken: true,
        });
        let session = Session {
            id,
            provider: ProviderName::new(provider),
            name: None,
            title: title.map(str::to_owned),
            first_message: None,
            cwd: cwd.to_owned(),
            options: LaunchOptions::default(),
            status,
            unseen: false,
            claim,
            guest: None,
            pin: None,
            doubt: None,
            pid: Some(n),
            exit: None,
            task_id: None,
            mcp_session_id: None,
            created_at: NOW.wall,
            last_activity_at: Wall { unix_ms: NOW.wall.unix_ms - age_ms },
        };
        self.state.sessions.insert(id, session);
        let size = Size::new(40, 10);
        let terminal = Terminal::new(size, TerminalOptions::default());
        let new = Pane {
            id: pane,
            session: id,
            terminal,
            phase: Phase::Live,
            epoch: 1,
            pty_size: size,
            history_mark: HistoryMark::default(),
            n_unsaved: 0,
            printed_at: Wall::default(),
        };
        self.state.panes.insert(pane, new);
        pane
    }
}

/// What a launcher offers: two agents found, one not, shell and demo.
pub(crate) fn choices() -> Vec<ProviderChoice> {
    let choice = |name: &str, title: &str, version: Option<&str>, hint: Option<&str>| ProviderChoice {
        name: ProviderName::new(name),
        title: title.to_owned(),
        is_installed: hint.is_none(),
        version: version.map(str::to_owned),
        install_hint: hint.map(str::to_owned),
    };
    vec![
        choice("claude", "Claude Code", Some("2.1.3"), None),
        choice("codex", "Codex", Some("0.98.0"), None),
        choice("gemini", "Gemini", None, Some("npm install -g @google/gemini-cli")),
        choice("shell", "Shell", None, None),
        choice("demo", "Demo agent", None, None),
    ]
}

/// The buffer's rows, without blanks at their ends.
pub(crate) fn text_of(buf: &Buffer) -> String {
    let mut out = String::new();
    for y in 0..buf.area.height {
        let mut row = String::new();
        let mut skip = 0;
        for x in 0..buf.area.width {
            let symbol = buf[(x, y)].symbol();
            if skip == 0 {
                row.push_str(symbol);
                skip = crate::text::width(symbol).saturating_sub(1);
            } else {
                skip -= 1;
            }
        }
        out.push_str(row.trim_end());
        out.push('\n');
    }
    out
}

/// An explanation with a line of each kind.
pub fn explanation(words: &str) -> ExplanationView {
    let line = |kind, text: &str, age: &str| Line { kind, text: text.to_owned(), age: age.to_owned() };
    ExplanationView::new(vec![
        line(LineKind::Standing, "codex 7c2e1a90-1111-7111-8111-111111111111 (hook)", "3m"),
        line(LineKind::Detail, &format!("after a restart: {words}"), ""),
        line(LineKind::Doubt, "2 conversations fit", "1m"),
        line(LineKind::Detail, "it may be 7c2e1a90-1111-7111-8111-111111111111", ""),
        line(LineKind::Ignored, "lock files of the pane's processes", "1m"),
        line(LineKind::Detail, "7c2e1a90…, 0d4f77aa…: ignored: 2 conversations fit (4 times)", ""),
        line(LineKind::Counted, "hook: prompt submitted (process 4711)", "3m"),
        line(LineKind::Detail, "7c2e1a90…: claimed, a message of yours is in it", ""),
    ])
}

/// Notices of several kinds.
pub fn notices(words: &str) -> NoticeList {
    let item = |kind, label: &str, text: &str, is_unread, is_open| NoticeItem {
        session: SessionId::new(1, [1; 10]),
        label: label.to_owned(),
        kind,
        text: text.to_owned(),
        age: "3m".to_owned(),
        is_unread,
        is_open,
    };
    NoticeList::new(vec![
        item(NoticeKind::Permission, "flaky test in ci", "cargo test --workspace", true, true),
        item(NoticeKind::Done, "docs for resume", words, true, false),
        item(NoticeKind::Permission, "docs for resume", "rm -rf target", false, false),
        item(NoticeKind::Failed, "漢字 のタイトル", "500 Internal Server Error", false, false),
        item(NoticeKind::Exited, "vite config", "exited 1", false, false),
    ])
}

/// The finder, with lines found in an open session and in one that ended.
pub fn finder(words: &str) -> Finder {
    let line = |n: u8, label: &str, is_open, line, text: &str| FoundLine {
        session: SessionId::new(u64::from(n), [n; 10]),
        label: label.to_owned(),
        is_open,
        line,
        text: text.to_owned(),
    };
    let mut finder = Finder::new();
    finder.list.paste("error");
    let _ = finder.next_search();
    let lines = vec![
        line(1, "refactor the auth middleware", true, 17, "error[E0308]: mismatched types"),
        line(1, "refactor the auth middleware", true, 3, &format!("error: {words}")),
        line(2, "漢字 のタイトル", false, 1204, "    error: test failed, to rerun pass `--lib`"),
    ];
    finder.take(lines, true);
    finder
}
