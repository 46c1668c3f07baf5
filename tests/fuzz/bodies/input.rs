//! What the outer terminal sends: keys, pastes, mouse, answers.

use homing::input::encode::{encode_key, encode_paste};
use homing::input::event::InputEvent;
use homing::input::parse::InputParser;
use homing::term::Modes;

/// Parses the data whole and in pieces as long as its first byte says; what came of it is written for programs of all modes.
pub fn typed(data: &[u8]) {
    let [length, rest @ ..] = data else { return };
    let mut whole = Vec::new();
    let mut parser = InputParser::new();
    parser.feed(rest, &mut whole);
    parser.timeout(&mut whole);
    let mut cut = Vec::new();
    let mut parser = InputParser::new();
    rest.chunks(usize::from(*length).max(1)).for_each(|piece| parser.feed(piece, &mut cut));
    parser.timeout(&mut cut);
    assert_eq!(whole, cut);
    let modes = (0..32).flat_map(|kitty| (0..3).map(move |level| (kitty, level)));
    for (kitty, modify_other_keys) in modes {
        let modes = Modes { kitty, modify_other_keys, bracketed_paste: kitty % 2 == 0, ..Modes::default() };
        for event in &whole {
            let mut out = Vec::new();
            match event {
                InputEvent::Key(key) => encode_key(key, &modes, &mut out),
                InputEvent::Paste(bytes) => {
                    encode_paste(bytes, &modes, &mut out);
                    let ends = out.windows(6).filter(|window| window == b"\x1b[201~").count();
                    assert!(ends <= 1, "a paste ends once: {out:?}");
                }
                InputEvent::Mouse(_) | InputEvent::FocusGained | InputEvent::FocusLost | InputEvent::Reply(_) => {}
            }
        }
    }
}
