//! Frames on the workspace's socket.

use homing::protocol::codec::{Decoder, Frame, FrameError, encode};

/// Decodes the data whole and in pieces as long as its first byte says; frames that were taken are written as they came.
pub fn frames(data: &[u8]) {
    let [length, rest @ ..] = data else { return };
    let whole = decoded([rest].into_iter());
    assert_eq!(whole, decoded(rest.chunks(usize::from(*length).max(1))));
    let mut again = Vec::new();
    for frame in whole.iter().flatten() {
        encode(frame.kind, &frame.payload, &mut again);
    }
    assert!(rest.starts_with(&again));
}

/// The frames up to the first that is none.
fn decoded<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Vec<Result<Frame, FrameError>> {
    let mut decoder = Decoder::new();
    let mut frames = Vec::new();
    for piece in pieces {
        decoder.feed(piece);
        while let Some(frame) = decoder.next_frame() {
            let is_end = frame.is_err();
            frames.push(frame);
            if is_end {
                return frames;
            }
        }
    }
    frames
}
