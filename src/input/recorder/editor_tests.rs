//! Editors that differ wherever line editors do: what the recorder calls exact must be the same in all of them.

use proptest::prelude::*;
use unicode_segmentation::UnicodeSegmentation;

use super::*;

/// One of two ways to do a thing, drawn at random.
type Choice = bool;

/// A prompt with habits.
#[derive(Clone, Debug)]
struct Editor {
    text: String,
    cursor: usize,
    /// Which characters make a word: any but blanks, letters and digits, or these and underscores.
    word: u8,
    /// Alt+F goes to the next word's beginning, and Alt+D kills up to there.
    goes_to_next_word: Choice,
    /// Words end at line breaks.
    stops_at_line: Choice,
    /// Killing a word in blanks kills just these.
    kills_blanks_alone: Choice,
    /// Home and End scroll.
    scrolls_by_home: Choice,
    /// Home at the beginning of a line goes up a line, End at its end down one.
    goes_on_by_home: Choice,
    /// Ctrl+U and Ctrl+K at a line's edge leave the line break.
    keeps_line_breaks: Choice,
    /// Ctrl+B and Ctrl+F do something else.
    has_no_control_arrows: Choice,
    /// Ctrl+H does nothing.
    has_no_control_h: Choice,
    /// Keys take characters, not graphemes.
    takes_characters: Choice,
    /// Ctrl+Backspace and Ctrl+Delete take no word.
    has_no_control_delete: Choice,
    /// Ctrl+Home and Ctrl+End do nothing.
    has_no_control_home: Choice,
    /// Esc clears, Ctrl+C does.
    clears: (Choice, Choice),
}

impl Editor {
    fn is_word(&self, c: char) -> bool {
        match self.word {
            0 => !c.is_whitespace(),
            1 => c.is_alphanumeric(),
            _ => c.is_alphanumeric() || c == '_',
        }
    }

    fn one_left(&self) -> usize {
        let before = &self.text[..self.cursor];
        let n = before.graphemes(true).next_back().map_or(0, str::len);
        self.cursor - if self.takes_characters { before.chars().next_back().map_or(0, char::len_utf8) } else { n }
    }

    fn one_right(&self) -> usize {
        let after = &self.text[self.cursor..];
        let n = after.graphemes(true).next().map_or(0, str::len);
        self.cursor + if self.takes_characters { after.chars().next().map_or(0, char::len_utf8) } else { n }
    }

    fn line_start(&self) -> usize {
        self.text[..self.cursor].rfind('\n').map_or(0, |at| at + 1)
    }

    fn line_end(&self) -> usize {
        self.text[self.cursor..].find('\n').map_or(self.text.len(), |at| self.cursor + at)
    }

    fn word_left(&self) -> usize {
        let start = self.line_start();
        let floor = if self.stops_at_line && start < self.cursor { start } else { 0 };
        let skipped = self.text[floor..self.cursor].trim_end_matches(|c| !self.is_word(c));
        floor + skipped.trim_end_matches(|c| self.is_word(c)).len()
    }

    fn word_right(&self) -> usize {
        let end = self.line_end();
        let ceiling = if self.stops_at_line && end > self.cursor { end } else { self.text.len() };
        let after = &self.text[self.cursor..ceiling];
        let word = |c| self.is_word(c);
        let rest = if self.goes_to_next_word {
            after.trim_start_matches(word).trim_start_matches(|c| !word(c))
        } else {
            after.trim_start_matches(|c| !word(c)).trim_start_matches(word)
        };
        ceiling - rest.len()
    }

    fn kill_to(&mut self, at: usize) {
        let (from, to) = (at.min(self.cursor), at.max(self.cursor));
        self.text.drain(from..to);
        self.cursor = from;
    }

    fn kill_word(&mut self) {
        let blanks = self.text[..self.cursor].trim_end().len();
        let at = if self.kills_blanks_alone && blanks < self.cursor { blanks } else { self.word_left() };
        self.kill_to(at);
    }

    fn insert(&mut self, text: &str) {
        self.text.insert_str(self.cursor, text);
        self.cursor += text.len();
    }

    fn clear(&mut self) {
        self.text.clear();
        self.cursor = 0;
    }

    fn press(&mut self, key: &str) {
        match key {
            "left" => self.cursor = self.one_left(),
            "right" => self.cursor = self.one_right(),
            "ctrl+b" if !self.has_no_control_arrows => self.cursor = self.one_left(),
            "ctrl+f" if !self.has_no_control_arrows => self.cursor = self.one_right(),
            "backspace" => self.kill_to(self.one_left()),
            "ctrl+h" if !self.has_no_control_h => self.kill_to(self.one_left()),
            "delete" | "ctrl+d" => self.kill_to(self.one_right()),
            "ctrl+backspace" if self.has_no_control_delete => self.kill_to(self.one_left()),
            "ctrl+delete" if self.has_no_control_delete => self.kill_to(self.one_right()),
            "home" | "end" if self.scrolls_by_home => {}
            "home" | "ctrl+a" => {
                let is_there = self.line_start() == self.cursor && self.cursor > 0;
                if is_there && self.goes_on_by_home {
                    self.cursor -= 1;
                }
                self.cursor = self.line_start();
            }
            "end" | "ctrl+e" => {
                let is_there = self.line_end() == self.cursor && self.cursor < self.text.len();
                if is_there && self.goes_on_by_home {
                    self.cursor += 1;
                }
                self.cursor = self.line_end();
            }
            "ctrl+home" if !self.has_no_control_home => self.cursor = 0,
            "ctrl+end" if !self.has_no_control_home => self.cursor = self.text.len(),
            "alt+b" | "ctrl+left" | "alt+left" => self.cursor = self.word_left(),
            "alt+f" | "ctrl+right" | "alt+right" => self.cursor = self.word_right(),
            "ctrl+w" | "alt+backspace" | "ctrl+backspace" => self.kill_word(),
            "alt+d" | "ctrl+delete" => self.kill_to(self.word_right()),
            "ctrl+u" => {
                let start = self.line_start();
                let joins = start == self.cursor && start > 0 && !self.keeps_line_breaks;
                self.kill_to(start - usize::from(joins));
            }
            "ctrl+k" => {
                let end = self.line_end();
                let joins = end == self.cursor && end < self.text.len() && !self.keeps_line_breaks;
                self.kill_to(end + usize::from(joins));
            }
            "shift+enter" | "alt+enter" | "ctrl+j" => self.insert("\n"),
            "esc" if self.clears.0 => self.clear(),
            "ctrl+c" if self.clears.1 => self.clear(),
            "ctrl+b" | "ctrl+f" | "ctrl+h" | "ctrl+home" | "ctrl+end" | "esc" | "ctrl+c" => {}
            text => self.insert(text),
        }
    }
}

const EDITS: &[&str] = &[
    "left",
    "right",
    "ctrl+b",
    "ctrl+f",
    "backspace",
    "ctrl+h",
    "delete",
    "ctrl+d",
    "ctrl+backspace",
    "ctrl+delete",
    "home",
    "end",
    "ctrl+a",
    "ctrl+e",
    "ctrl+home",
    "ctrl+end",
    "alt+b",
    "ctrl+left",
    "alt+left",
    "alt+f",
    "ctrl+right",
    "alt+right",
    "ctrl+w",
    "alt+backspace",
    "alt+d",
    "ctrl+u",
    "ctrl+k",
    "shift+enter",
    "alt+enter",
    "ctrl+j",
    "esc",
    "ctrl+c",
];
/// Joiner and accent make graphemes of several characters.
const TYPED: &[&str] = &["a", "b", "c", " ", "-", "_", ".", "漢", "é", "🙂", "7", "\u{301}", "\u{200d}", "한"];
const PASTED: &[&str] = &["two words", "one\ntwo", "e\u{301}", "x_y.z", " "];

#[derive(Clone, Debug)]
enum Step {
    Key(&'static str),
    Paste(&'static str),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        2 => proptest::sample::select(EDITS).prop_map(Step::Key),
        6 => proptest::sample::select(TYPED).prop_map(Step::Key),
        1 => proptest::sample::select(PASTED).prop_map(Step::Paste),
    ];
    proptest::collection::vec(step, 1..16)
}

fn editor() -> impl Strategy<Value = Editor> {
    (0..3u8, any::<[Choice; 12]>()).prop_map(|(word, c)| Editor {
        text: String::new(),
        cursor: 0,
        word,
        goes_to_next_word: c[0],
        stops_at_line: c[1],
        kills_blanks_alone: c[2],
        scrolls_by_home: c[3],
        goes_on_by_home: c[4],
        keeps_line_breaks: c[5],
        has_no_control_arrows: c[6],
        has_no_control_h: c[7],
        takes_characters: c[8],
        has_no_control_delete: c[9],
        has_no_control_home: c[9] ^ c[10],
        clears: (c[10], c[11]),
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn an_exact_text_is_the_same_in_every_editor(steps in steps(), mut editor in editor()) {
        let mut recorder = Recorder::of(EditDialect::Unknown);
        for step in &steps {
            match step {
                Step::Key(key) => {
                    let event = match key.chars().next().filter(|c| c.len_utf8() == key.len()) {
                        Some(c) => KeyEvent::char(c),
                        None => key.parse::<KeyPress>().expect("a key").to_event(),
                    };
                    prop_assert_eq!(recorder.key(&event, Instant::from_millis(1)), None);
                    editor.press(key);
                }
                Step::Paste(text) => {
                    recorder.paste(text.as_bytes(), Instant::from_millis(1));
                    editor.insert(text);
                }
            }
        }
        if let Some(submit) = recorder.key(&KeyEvent::new(KeyCode::Enter, Modifiers::NONE), Instant::from_millis(1)).filter(|submit| submit.exact) {
            prop_assert_eq!(submit.text, editor.text);
        }
    }
}
