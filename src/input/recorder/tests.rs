use proptest::prelude::*;

use super::*;
use crate::input::event::{KeyKind, ModifierKey, MouseButton};

/// A time so many tenths of a second after the first: as people type.
fn tenths(n: usize) -> Instant {
    Instant::from_millis(100 * (n as u64 + 1))
}

/// Plays a script: `<ctrl+a>` is a key, `{text}` a paste, anything else is typed.
fn play(recorder: &mut Recorder, script: &str) -> Vec<(String, bool)> {
    let mut submits = Vec::new();
    let mut rest = script;
    let mut n_keys = 0;
    while let Some(c) = rest.chars().next() {
        let (part, after) = match c {
            '<' => rest.split_once('>').expect("a key ends with >"),
            '{' => rest.split_once('}').expect("a paste ends with }"),
            _ => rest.split_at(c.len_utf8()),
        };
        rest = after;
        if let Some(paste) = part.strip_prefix('{') {
            n_keys += 10;
            recorder.paste(paste.as_bytes(), tenths(n_keys));
            continue;
        }
        let event = match part.strip_prefix('<') {
            Some(key) => key.parse::<KeyPress>().expect(key).to_event(),
            None => KeyEvent::char(c),
        };
        n_keys += 1;
        submits.extend(recorder.key(&event, tenths(n_keys)).map(|submit| (submit.text, submit.exact)));
    }
    submits
}

/// Plays scripts that submit once, in the prompt that does most of what readline does.
fn check(cases: &[(&str, &str, bool)]) {
    check_in(EditDialect::Codex, cases);
}

fn check_in(dialect: EditDialect, cases: &[(&str, &str, bool)]) {
    for (script, text, exact) in cases {
        let submits = play(&mut Recorder::of(dialect), script);
        assert_eq!(submits, [((*text).to_owned(), *exact)], "{dialect:?}: {script:?}");
    }
}

#[test]
fn an_enter_is_blank_only_where_no_draft_and_no_list_can_be() {
    // What was pressed since a turn began.
    let cases = [
        ("", true),
        ("<enter>", true),
        ("x<backspace>", true),
        ("x", false),
        ("/resume<enter>", false),
        ("next<enter>", false),
        ("<left>", false),
        ("<esc>", false),
        ("<up>", false),
        ("{a paste}", false),
    ];
    for (script, is_blank) in cases {
        let mut recorder = Recorder::of(EditDialect::Codex);
        play(&mut recorder, script);
        assert!(!recorder.is_enter_blank(), "before any turn a list may be open");
        let mut recorder = Recorder::of(EditDialect::Codex);
        recorder.turn_began();
        play(&mut recorder, script);
        assert_eq!(recorder.is_enter_blank(), is_blank, "{script:?}");
    }
}

#[test]
fn what_is_typed_and_edited_is_what_is_submitted() {
    check(&[
        ("fix it<enter>", "fix it", true),
        ("fixx<backspace> it<enter>", "fix it", true),
        ("fxx<ctrl+h><left>i<enter>", "fix", true),
        ("bc<home>a<end>d<enter>", "abcd", true),
        ("bc<ctrl+a>a<ctrl+e>d<enter>", "abcd", true),
        ("abc<left><left><delete><enter>", "ac", true),
        ("abc<ctrl+b><ctrl+d>d<enter>", "abd", true),
        ("abc<ctrl+a><ctrl+f><ctrl+k><enter>", "a", true),
        ("junk<ctrl+u>text<enter>", "text", true),
        ("junk text<left><left><left><left><ctrl+u><enter>", "text", true),
        ("one two<ctrl+w>three<enter>", "one three", true),
        ("one two  <ctrl+w>three<enter>", "one three", true),
        ("one two<alt+backspace>three<enter>", "one three", true),
        ("one two<ctrl+backspace>three<enter>", "one three", false),
        ("one two<ctrl+a><ctrl+e><alt+b>x<enter>", "one xtwo", true),
        ("two<alt+left><alt+d>one<enter>", "one", true),
        ("draft<ctrl+c>text<enter>", "text", true),
        ("a<left><left><left>b<right><right><right>c<enter>", "bac", true),
        ("é漢字🙂<backspace><left>x<enter>", "é漢x字", true),
        ("family 👨‍👩‍👧<backspace>gone<enter>", "family gone", true),
        ("a e\u{301}<backspace>b<enter>", "a b", true),
        ("<backspace><delete><ctrl+w><ctrl+u>a<enter>", "a", true),
        ("a<f5><pageup><shift+tab><ctrl+l><ctrl+o>b<enter>", "ab", true),
        ("50% @ noon: a/b, really?!<enter>", "50% @ noon: a/b, really?!", false),
        ("a/b, me@x, really?!<enter>", "a/b, me@x, really?!", true),
        ("a<ctrl+m>", "a", true),
    ]);
}

#[test]
fn lines_are_broken_in_all_the_ways_that_agents_know() {
    check(&[
        ("a<shift+enter>b<enter>", "a\nb", true),
        ("a<alt+enter>b<enter>", "a\nb", true),
        ("a<ctrl+j>b<enter>", "a\nb", true),
        ("a<ctrl+enter>b<enter>", "a\nb", false),
        ("a\\b<enter>", "a\\b", true),
        ("a<ctrl+j>bc<home>x<end>y<enter>", "a\nxbcy", true),
        ("a<ctrl+j>bc<ctrl+u>d<enter>", "a\nd", true),
        ("a<ctrl+j><ctrl+u>d<enter>", "a\nd", false),
        ("a<ctrl+j>b<ctrl+a><ctrl+a>d<enter>", "a\ndb", false),
        ("a<ctrl+j>b<left><left><ctrl+k><enter>", "ab", false),
        ("<ctrl+j>a<enter>", "a", true),
    ]);
}

#[test]
fn pastes_are_part_of_the_text() {
    let long = "x".repeat(2000);
    check(&[
        ("see {a\r\nb\rc}!<enter>", "see a\nb\nc!", true),
        ("{/usr/bin is a path}<enter>", "/usr/bin is a path", true),
        ("{a\u{1b}[A\u{7}b}<enter>", "a[Ab", true),
        ("{a\tb}<enter>", "a\tb", false),
        ("look at {/tmp/Shot 1.PNG}<enter>", "look at /tmp/Shot 1.PNG", false),
        ("a{}<enter>", "a", false),
        (&format!("see {{{long}}} please<enter>"), &format!("see {long} please"), true),
        (&format!("{{{long}}}<backspace><enter>"), &long[1..], false),
        (&format!("{{{long}}}<delete>!<enter>"), &format!("{long}!"), true),
        (&format!("{{{long}}}<home>see <enter>"), &format!("see {long}"), false),
        (&format!("{{{long}}}<ctrl+c>a<backspace>b<enter>"), "b", true),
        ("{a\nb\nc\nd}<left>x<enter>", "a\nb\nc\nxd", false),
    ]);
}

#[test]
fn what_comes_from_elsewhere_makes_the_submit_inexact() {
    check(&[
        ("<up>more<enter>", "more", false),
        ("<down>more<enter>", "more", false),
        ("a<ctrl+p>b<enter>", "ab", false),
        ("a<ctrl+n>b<enter>", "ab", false),
        ("<ctrl+r>abc<enter>", "abc", false),
        ("a<tab>b<enter>", "ab", false),
        ("look at @src<enter>", "look at @src", false),
        ("/model<enter>", "/model", false),
        ("!ls<enter>", "!ls", false),
        ("?a<enter>", "?a", false),
        ("a<ctrl+v>b<enter>", "ab", false),
        ("a<ctrl+y><enter>", "a", false),
        ("a<ctrl+_><enter>", "a", false),
        ("a<ctrl+g><enter>", "a", false),
        ("a<alt+u><enter>", "a", false),
        ("<right>a<enter>", "a", false),
        ("one two-three<alt+backspace>x<enter>", "one two-x", false),
        ("one two-three<ctrl+w>x<enter>", "one x", false),
        ("one two<ctrl+a><alt+f>x<enter>", "onex two", false),
        ("draft<esc>text<enter>", "drafttext", false),
        ("draft<esc><esc>text<enter>", "text", false),
        ("draft<esc>text<ctrl+c>new<enter>", "new", true),
        ("<esc>text<enter>", "text", true),
        ("<esc><esc>text<enter>", "text", false),
    ]);
}

#[test]
fn a_doubtful_cursor_matters_only_for_edits() {
    check(&[
        ("one two<home><alt+f><enter>", "one two", true),
        ("one two<home><alt+f><end> three<enter>", "one two three", true),
        ("one two<home><alt+f><home>x<enter>", "xone two", true),
        ("one<ctrl+j>two<home><left><left><alt+f><home>x<enter>", "xone\ntwo", false),
    ]);
}

#[test]
fn blank_and_recalled_submits_are_none() {
    assert_eq!(play(&mut Recorder::of(EditDialect::Codex), "<enter>  <enter><ctrl+j><enter><up><enter>"), []);
}

fn check_all(script: &str, expected: &[(&str, bool)]) {
    let submits = play(&mut Recorder::of(EditDialect::Codex), script);
    let expected: Vec<_> = expected.iter().map(|(text, exact)| ((*text).to_owned(), *exact)).collect();
    assert_eq!(submits, expected, "{script:?}");
}

#[test]
fn after_a_doubtful_submit_the_next_one_is_doubtful_too() {
    check_all("<up><enter>a<enter>b<enter>", &[("a", false), ("b", true)]);
    check_all("a<tab>b<enter><enter>c<enter>d<enter>", &[("ab", false), ("c", false), ("d", true)]);
    check_all("/nosuch x<enter>a<enter>b<enter>", &[("/nosuch x", false), ("a", false), ("b", true)]);
    check_all("<ctrl+h><enter><enter>a<enter>", &[("a", true)]);
}

#[test]
fn a_shell_mode_may_last() {
    check_all("!ls<enter>pwd<enter>id<enter>", &[("!ls", false), ("pwd", false), ("id", false)]);
}

#[test]
fn keys_into_a_dialog_make_the_next_submit_inexact() {
    let mut recorder = Recorder::of(EditDialect::Claude);
    recorder.doubt();
    assert_eq!(play(&mut recorder, "go on<enter>"), [("go on".to_owned(), false)]);
    recorder.clear();
    assert_eq!(play(&mut recorder, "go on<enter>"), [("go on".to_owned(), true)]);
}

#[test]
fn enter_right_after_a_burst_may_be_a_line_break() {
    for (dialect, gap_ms, pause_ms, exact) in [
        (EditDialect::Codex, 0, 0, false),
        (EditDialect::Codex, 8, 100, false),
        (EditDialect::Codex, 0, 300, true),
        (EditDialect::Codex, 40, 0, true),
        (EditDialect::OpenCode, 0, 0, true),
    ] {
        let mut recorder = Recorder::of(dialect);
        recorder.key(&KeyEvent::char('a'), Instant::from_millis(1000));
        recorder.key(&KeyEvent::char('b'), Instant::from_millis(1000 + gap_ms));
        let enter = KeyEvent::new(KeyCode::Enter, Modifiers::NONE);
        let submit = recorder.key(&enter, Instant::from_millis(1000 + gap_ms + pause_ms)).expect("submitted");
        assert_eq!(submit.exact, exact, "{dialect:?} {gap_ms} {pause_ms}");
        let next = recorder.key(&KeyEvent::char('c'), Instant::from_millis(5000));
        assert_eq!(next, None);
        let next = recorder.key(&enter, Instant::from_millis(6000)).expect("submitted");
        assert_eq!(next.exact, exact);
    }
}

#[test]
fn enter_soon_after_a_paste_may_be_lost() {
    for (dialect, pause_ms, exact) in
        [(EditDialect::Gemini, 200, false), (EditDialect::Gemini, 800, true), (EditDialect::Codex, 200, true)]
    {
        let mut recorder = Recorder::of(dialect);
        recorder.paste(b"hello", Instant::from_millis(1000));
        let enter = KeyEvent::new(KeyCode::Enter, Modifiers::NONE);
        let submit = recorder.key(&enter, Instant::from_millis(1000 + pause_ms)).expect("submitted");
        assert_eq!(submit.exact, exact, "{dialect:?} {pause_ms}");
    }
}

#[test]
fn keys_soon_after_a_submit_may_be_lost() {
    for (pause_ms, exact) in [(1000, false), (4000, true)] {
        let mut recorder = Recorder::of(EditDialect::OpenCode);
        let mut now = 1000;
        let mut submits = Vec::new();
        for (key, after_ms) in [(KeyCode::Char('a'), 100), (KeyCode::Enter, 100), (KeyCode::Char('b'), pause_ms)] {
            now += after_ms;
            submits.extend(recorder.key(&KeyEvent::new(key, Modifiers::NONE), Instant::from_millis(now)));
        }
        submits.extend(recorder.key(&KeyEvent::new(KeyCode::Enter, Modifiers::NONE), Instant::from_millis(now + 100)));
        assert_eq!(submits.iter().map(|submit| submit.exact).collect::<Vec<_>>(), [true, exact], "{pause_ms}");
    }
}

#[test]
fn prompts_differ() {
    use EditDialect as D;
    check_in(
        D::Claude,
        &[
            ("a\\<enter>b<enter>", "a\nb", true),
            (" a <enter>", " a", true),
            ("draft<ctrl+c>text<enter>", "text", false),
            ("a<ctrl+b>b<enter>", "ba", true),
        ],
    );
    check_in(D::Codex, &[("a\\<enter>", "a\\", true), (" a <enter>", "a", true)]);
    check_in(
        D::OpenCode,
        &[
            ("a\\<enter>", "a\\", true),
            (" a <enter>", " a ", true),
            ("b<home>a<enter>", "ba", false),
            ("b<ctrl+a>a<enter>", "ab", true),
            ("a<ctrl+h>b<enter>", "b", false),
            ("a b<ctrl+w>c<enter>", "a c", true),
            ("a b <ctrl+w>c<enter>", "a c", false),
        ],
    );
    check_in(
        D::Gemini,
        &[("a\\<enter>b<enter>", "a\nb", true), (" a <enter>", "a", true), ("a<ctrl+b>b<enter>", "ab", false)],
    );
    check_in(D::Unknown, &[("a\\<enter>b<enter>", "a\nb", false), ("a <enter>", "a ", false), ("a<enter>", "a", true)]);
}

#[test]
fn after_enter_on_a_file_name_the_next_submit_is_inexact_too() {
    let submits = play(&mut Recorder::of(EditDialect::Codex), "see @ma<enter>and fix it<enter>next<enter>");
    let expected = [("see @ma", false), ("and fix it", false), ("next", true)];
    assert_eq!(submits, expected.map(|(text, exact)| (text.to_owned(), exact)));
}

#[test]
fn releases_and_modifier_keys_do_not_count_and_repeats_do() {
    let mut recorder = Recorder::of(EditDialect::Codex);
    let kind = |kind| KeyEvent { kind, ..KeyEvent::char('a') };
    for (n, each) in [KeyKind::Press, KeyKind::Repeat, KeyKind::Release].into_iter().enumerate() {
        recorder.key(&kind(each), tenths(n));
    }
    recorder.key(&KeyEvent::new(KeyCode::Modifier(ModifierKey::LeftShift), Modifiers::SHIFT), tenths(0));
    let release = KeyEvent { kind: KeyKind::Release, ..KeyEvent::new(KeyCode::Enter, Modifiers::NONE) };
    assert_eq!(recorder.key(&release, tenths(0)), None);
    assert_eq!(play(&mut recorder, "<enter>"), [("aa".to_owned(), true)]);
}

#[test]
fn capitals_are_the_same_in_all_protocols() {
    let mut recorder = Recorder::of(EditDialect::Codex);
    recorder.key(&KeyEvent::char('A'), tenths(0));
    recorder.key(&KeyEvent { shifted: Some('B'), ..KeyEvent::new(KeyCode::Char('b'), Modifiers::SHIFT) }, tenths(1));
    recorder.key(
        &KeyEvent { text: Some("C".to_owned()), ..KeyEvent::new(KeyCode::Char('c'), Modifiers::SHIFT) },
        tenths(2),
    );
    recorder
        .key(&KeyEvent { text: Some("@".to_owned()), ..KeyEvent::new(KeyCode::Char('l'), Modifiers::ALT) }, tenths(3));
    assert_eq!(play(&mut recorder, "<enter>"), [("ABC@".to_owned(), true)]);
}

#[test]
fn a_click_makes_the_submit_inexact_and_the_wheel_does_not() {
    for (kind, exact) in [(MouseKind::Press(MouseButton::Left), false), (MouseKind::ScrollUp, true)] {
        let mut recorder = Recorder::of(EditDialect::Codex);
        play(&mut recorder, "ab");
        recorder.mouse(&MouseEvent { kind, column: 0, row: 0, modifiers: Modifiers::NONE });
        assert_eq!(play(&mut recorder, "<enter>"), [("ab".to_owned(), exact)]);
    }
}

#[test]
fn a_draft_is_bounded() {
    let mut recorder = Recorder::of(EditDialect::Codex);
    recorder.paste("漢".repeat(MAX_DRAFT_BYTES).as_bytes(), tenths(0));
    assert!(!recorder.exact);
    play(&mut recorder, "abc");
    let submit =
        recorder.key(&KeyEvent::new(KeyCode::Enter, Modifiers::NONE), tenths(0)).expect("something was submitted");
    assert!(submit.text.len() <= MAX_DRAFT_BYTES && submit.text.len() > MAX_DRAFT_BYTES - 4);
    assert!(!submit.exact);
}

/// A line editor as simple as can be: what is before the cursor, and what is after it in reverse.
#[derive(Default)]
struct Model {
    before: Vec<char>,
    after: Vec<char>,
}

impl Model {
    fn left_while(&mut self, mut go: impl FnMut(char) -> bool) {
        while let Some(c) = self.before.pop_if(|c| go(*c)) {
            self.after.push(c);
        }
    }

    fn right_while(&mut self, mut go: impl FnMut(char) -> bool) {
        while let Some(c) = self.after.pop_if(|c| go(*c)) {
            self.before.push(c);
        }
    }

    fn press(&mut self, key: &str) {
        let word = char::is_alphanumeric;
        match key {
            "left" => {
                let mut n = 0;
                self.left_while(|_| std::mem::replace(&mut n, 1) == 0);
            }
            "right" => {
                let mut n = 0;
                self.right_while(|_| std::mem::replace(&mut n, 1) == 0);
            }
            "home" => self.left_while(|c| c != '\n'),
            "end" => self.right_while(|c| c != '\n'),
            "backspace" => _ = self.before.pop(),
            "delete" => _ = self.after.pop(),
            "alt+b" => {
                self.left_while(|c| !word(c));
                self.left_while(word);
            }
            "alt+f" => {
                self.right_while(|c| !word(c));
                self.right_while(word);
            }
            "ctrl+w" => {
                while self.before.pop_if(|c| c.is_whitespace()).is_some() {}
                while self.before.pop_if(|c| !c.is_whitespace()).is_some() {}
            }
            "alt+d" => {
                while self.after.pop_if(|c| !word(*c)).is_some() {}
                while self.after.pop_if(|c| word(*c)).is_some() {}
            }
            "ctrl+u" => while self.before.pop_if(|c| *c != '\n').is_some() {},
            "ctrl+k" if self.after.last() == Some(&'\n') => _ = self.after.pop(),
            "ctrl+k" => while self.after.pop_if(|c| *c != '\n').is_some() {},
            "ctrl+j" => self.before.push('\n'),
            text => self.before.extend(text.chars()),
        }
    }

    fn text(&self) -> String {
        self.before.iter().chain(self.after.iter().rev()).collect()
    }
}

const EDITS: &[&str] = &[
    "left",
    "right",
    "home",
    "end",
    "backspace",
    "delete",
    "alt+b",
    "alt+f",
    "ctrl+w",
    "alt+d",
    "ctrl+u",
    "ctrl+k",
    "ctrl+j",
];
const TYPED: &[&str] = &["a", "b", " ", "-", "_", "漢", "é", "🙂", "7"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn the_draft_is_that_of_a_simple_line_editor(
        steps in proptest::collection::vec(
            prop_oneof![2 => proptest::sample::select(EDITS), 3 => proptest::sample::select(TYPED)],
            0..60,
        ),
    ) {
        let mut recorder = Recorder::of(EditDialect::Codex);
        let mut model = Model::default();
        for step in &steps {
            let event = step.parse::<KeyPress>().expect("a key").to_event();
            prop_assert_eq!(recorder.key(&event, tenths(0)), None);
            model.press(step);
        }
        let submit = recorder.key(&KeyEvent::new(KeyCode::Enter, Modifiers::NONE), tenths(0));
        let text = model.text().trim().to_owned();
        prop_assert_eq!(submit.map(|submit| submit.text), (!text.is_empty()).then_some(text));
    }

    #[test]
    fn nothing_breaks_the_recorder(
        pastes in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..6),
        keys in proptest::collection::vec((any::<char>(), any::<u8>(), 0..12usize), 0..40),
    ) {
        const CODES: &[KeyCode] = &[
            KeyCode::Enter, KeyCode::Backspace, KeyCode::Delete, KeyCode::Left, KeyCode::Right, KeyCode::Home,
            KeyCode::End, KeyCode::Escape,
        ];
        let mut recorder = Recorder::of(EditDialect::Codex);
        let mut pastes = pastes.iter();
        for (n, (c, bits, which)) in keys.into_iter().enumerate() {
            let code = CODES.get(which).copied().unwrap_or(KeyCode::Char(c));
            if let Some(submit) = recorder.key(&KeyEvent::new(code, Modifiers::from_bits(bits)), tenths(n)) {
                prop_assert!(!submit.text.trim().is_empty());
            }
            if n % 7 == 0 && let Some(paste) = pastes.next() {
                recorder.paste(paste, tenths(n));
            }
        }
    }
}

#[test]
fn what_a_prompt_holds_is_known_or_in_doubt() {
    let cases = [
        ("", Held::Nothing),
        ("abc", Held::Draft),
        ("abc<enter>", Held::Nothing),
        ("ab<backspace><backspace>", Held::Nothing),
        ("{a paste}", Held::Draft),
        ("<up>", Held::Perhaps),
        ("<tab>", Held::Perhaps),
        ("<esc><esc>", Held::Perhaps),
        ("<pageup><shift+tab>", Held::Nothing),
        ("/model<enter>", Held::Perhaps),
        ("<up>abc", Held::Draft),
    ];
    for (script, held) in cases {
        let mut recorder = Recorder::of(EditDialect::Codex);
        play(&mut recorder, script);
        assert_eq!(recorder.held(), held, "{script}");
    }
    let mut recorder = Recorder::of(EditDialect::Codex);
    play(&mut recorder, "/model<enter>");
    recorder.turn_began();
    assert_eq!(recorder.held(), Held::Nothing);
    play(&mut recorder, "ab");
    recorder.turn_began();
    assert_eq!(recorder.held(), Held::Draft, "what was typed during the turn is a draft");
}
