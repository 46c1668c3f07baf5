//! Real typing: what was typed into the real agents byte by byte, and what each then had in its own store.
//!
//! A recording says which agent it was and in which protocol the keys came. Its `takes` hold the bytes (a new piece where
//! the terminal fell silent after an ESC), what the agent stored of them, and what it stored of a plain text submitted
//! right after: a draft or a mode that is left over shows there.

use serde::Deserialize;

use super::*;
use crate::input::event::InputEvent;
use crate::input::parse::InputParser;

#[derive(Deserialize)]
struct Recording {
    agent: String,
    takes: Vec<Take>,
}

#[derive(Deserialize)]
struct Take {
    script: String,
    input: Vec<String>,
    stored: Vec<String>,
    next: String,
    next_stored: Vec<String>,
}

#[derive(Default, PartialEq, Eq, Debug)]
struct Tally {
    exact: usize,
    inexact: usize,
    wrong: Vec<String>,
}

fn dialect(agent: &str) -> EditDialect {
    match agent {
        "claude" => EditDialect::Claude,
        "codex" => EditDialect::Codex,
        "opencode" => EditDialect::OpenCode,
        "gemini" => EditDialect::Gemini,
        other => panic!("no dialect for {other}"),
    }
}

fn feed(recorder: &mut Recorder, parser: &mut InputParser, bytes: &str, millis: &mut u64) -> Vec<Submit> {
    let mut events = Vec::new();
    parser.feed(bytes.as_bytes(), &mut events);
    while parser.is_waiting() {
        parser.timeout(&mut events);
    }
    let mut submits = Vec::new();
    for event in events {
        // At a person's pace, as it was typed.
        *millis += 100;
        match event {
            InputEvent::Key(key) => submits.extend(recorder.key(&key, Instant::from_millis(*millis))),
            InputEvent::Paste(bytes) => {
                recorder.paste(&bytes, Instant::from_millis(*millis));
                *millis += 1000;
            }
            InputEvent::Mouse(_) | InputEvent::FocusGained | InputEvent::FocusLost | InputEvent::Reply(_) => {}
        }
    }
    submits
}

/// Every exact text must be in the agent's store, in order.
fn judge(take: &Take, dialect: EditDialect, tally: &mut Tally) {
    let mut recorder = Recorder::of(dialect);
    let mut parser = InputParser::new();
    let mut millis = 0;
    let mut submits: Vec<Submit> =
        take.input.iter().flat_map(|bytes| feed(&mut recorder, &mut parser, bytes, &mut millis)).collect();
    let own = submits.len();
    if take.script.starts_with("slow ") {
        // The model answers slowly: what follows is queued, and the core takes nothing of the queue for exact.
        submits.iter_mut().skip(1).for_each(|submit| submit.exact = false);
    }
    if !take.next_stored.is_empty() {
        // Else the agent was gone, or silent for five seconds: nothing to compare with.
        submits.extend(feed(&mut recorder, &mut parser, &format!("{}\r", take.next), &mut millis));
    }
    let mut stored = take.stored.iter().chain(&take.next_stored);
    let is_told = |submit: &&Submit| submit.exact;
    for submit in submits.iter().filter(is_told) {
        if !stored.by_ref().any(|text| *text == submit.text) {
            let head = |text: &str| text.chars().take(120).collect::<String>();
            let stored: Vec<String> = take.stored.iter().map(|text| head(text)).collect();
            tally.wrong.push(format!("{:?}: {:?}, not {stored:?}", take.script, head(&submit.text)));
            return;
        }
    }
    let is_exact = !take.stored.is_empty() && submits.iter().take(own).filter(is_told).count() >= take.stored.len();
    *if is_exact { &mut tally.exact } else { &mut tally.inexact } += 1;
}

/// The recordings of an agent in the legacy protocol and in kitty's: how many takes are exact, how many are doubted.
fn check_recordings(recordings: [&str; 2], expected: [(usize, usize); 2]) {
    let tallies = recordings.map(|json| {
        let recording: Recording = serde_json::from_str(json).expect("a recording");
        let mut tally = Tally::default();
        for take in &recording.takes {
            judge(take, dialect(&recording.agent), &mut tally);
        }
        tally
    });
    assert_eq!(tallies, expected.map(|(exact, inexact)| Tally { exact, inexact, wrong: Vec::new() }));
}

#[test]
fn typing_into_claude_code_is_rebuilt_or_doubted() {
    check_recordings(
        [
            include_str!("../../../tests/recordings/typing/claude-legacy.json"),
            include_str!("../../../tests/recordings/typing/claude-kitty.json"),
        ],
        [(58, 51), (57, 52)],
    );
}

#[test]
fn typing_into_codex_is_rebuilt_or_doubted() {
    check_recordings(
        [
            include_str!("../../../tests/recordings/typing/codex-legacy.json"),
            include_str!("../../../tests/recordings/typing/codex-kitty.json"),
        ],
        [(60, 49), (59, 50)],
    );
}

#[test]
fn typing_into_opencode_is_rebuilt_or_doubted() {
    check_recordings(
        [
            include_str!("../../../tests/recordings/typing/opencode-legacy.json"),
            include_str!("../../../tests/recordings/typing/opencode-kitty.json"),
        ],
        [(36, 72), (37, 72)],
    );
}

#[test]
fn typing_into_gemini_is_rebuilt_or_doubted() {
    check_recordings(
        [
            include_str!("../../../tests/recordings/typing/gemini-legacy.json"),
            include_str!("../../../tests/recordings/typing/gemini-kitty.json"),
        ],
        [(52, 55), (52, 56)],
    );
}
