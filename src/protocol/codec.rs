//! Frames: `u32` little-endian length of the rest, one byte kind, payload.
//!
//! Pure and incremental: bytes in as they come, whole frames out. Lengths are bounded by kind, so that a stranger on the
//! socket cannot make anybody allocate.

use serde::Serialize;

/// What a frame holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// The handshake, JSON; stays readable across versions.
    Hello,
    /// A message, JSON.
    Message,
    /// Client to server: what its terminal sent. Server to client: what its terminal is to get.
    Bytes,
    /// A hook's report, JSON.
    Report,
    /// The server refuses the connection, JSON; stays readable across versions.
    Reject,
}

impl Kind {
    const ALL: [Self; 5] = [Self::Hello, Self::Message, Self::Bytes, Self::Report, Self::Reject];

    const fn byte(self) -> u8 {
        match self {
            Self::Hello => 0,
            Self::Message => 1,
            Self::Bytes => 2,
            Self::Report => 3,
            Self::Reject => 4,
        }
    }

    fn from_byte(byte: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.byte() == byte)
    }

    /// Most bytes of a payload of this kind.
    const fn limit(self) -> usize {
        match self {
            Self::Hello | Self::Reject => 64 << 10,
            Self::Report => 2 << 20,
            Self::Message | Self::Bytes => 16 << 20,
        }
    }
}

/// A whole frame.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Frame {
    /// What it holds.
    pub kind: Kind,
    /// The payload, at most its kind's limit.
    pub payload: Vec<u8>,
}

/// Bytes that are no frame.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum FrameError {
    /// The kind is not known.
    #[error("a frame of unknown kind {0}")]
    UnknownKind(u8),
    /// The payload is longer than its kind allows.
    #[error("a frame of {length} bytes; at most {limit} are taken")]
    TooLong {
        /// What it would be.
        length: usize,
        /// What is allowed.
        limit: usize,
    },
    /// A frame without even a kind.
    #[error("an empty frame")]
    Empty,
}

/// Bytes of the length.
const LENGTH: usize = 4;

/// Takes bytes as they come and gives whole frames.
#[derive(Debug, Default)]
pub struct Decoder {
    bytes: Vec<u8>,
    start: usize,
    is_broken: bool,
}

impl Decoder {
    /// A decoder at the start of a stream.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes bytes.
    pub fn feed(&mut self, bytes: &[u8]) {
        if self.start > 0 && (self.start == self.bytes.len() || self.start > 64 << 10) {
            self.bytes.drain(..self.start);
            self.start = 0;
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// The next whole frame, if there is one. After an error the stream has no frames any more.
    pub fn next_frame(&mut self) -> Option<Result<Frame, FrameError>> {
        if self.is_broken {
            return None;
        }
        let rest = self.bytes.get(self.start..)?;
        let length = u32::from_le_bytes(rest.get(..LENGTH)?.try_into().ok()?) as usize;
        if length == 0 {
            return Some(self.broken(FrameError::Empty));
        }
        let byte = *rest.get(LENGTH)?;
        let Some(kind) = Kind::from_byte(byte) else { return Some(self.broken(FrameError::UnknownKind(byte))) };
        let limit = kind.limit();
        if length - 1 > limit {
            return Some(self.broken(FrameError::TooLong { length, limit }));
        }
        let payload = rest.get(LENGTH + 1..LENGTH + length)?.to_vec();
        self.start += LENGTH + length;
        Some(Ok(Frame { kind, payload }))
    }

    fn broken(&mut self, error: FrameError) -> Result<Frame, FrameError> {
        self.is_broken = true;
        Err(error)
    }
}

/// Appends a frame.
pub fn encode(kind: Kind, payload: &[u8], out: &mut Vec<u8>) {
    let length = u32::try_from(payload.len() + 1).unwrap_or(u32::MAX);
    out.extend_from_slice(&length.to_le_bytes());
    out.push(kind.byte());
    out.extend_from_slice(payload);
}

/// Appends a frame with a JSON payload.
pub fn encode_json(kind: Kind, value: &impl Serialize, out: &mut Vec<u8>) {
    let payload = serde_json::to_vec(value).expect("our messages have text keys and no failing parts");
    encode(kind, &payload, out);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decode(bytes: &[u8], cut: usize) -> Vec<Result<Frame, FrameError>> {
        let mut decoder = Decoder::new();
        let mut frames = Vec::new();
        for chunk in bytes.chunks(cut.max(1)) {
            decoder.feed(chunk);
            frames.extend(std::iter::from_fn(|| decoder.next_frame()));
        }
        frames
    }

    #[test]
    fn an_over_long_frame_is_refused_before_it_comes() {
        let mut bytes = u32::MAX.to_le_bytes().to_vec();
        bytes.push(2);
        assert!(matches!(decode(&bytes, 1)[..], [Err(FrameError::TooLong { .. })]));
    }

    #[test]
    fn an_unknown_kind_ends_the_stream() {
        let mut bytes = vec![1, 0, 0, 0, 99];
        encode(Kind::Bytes, b"x", &mut bytes);
        assert_eq!(decode(&bytes, 64), [Err(FrameError::UnknownKind(99))]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn frames_survive_any_cut(payloads in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..8), cut in 1usize..400) {
            let mut bytes = Vec::new();
            for payload in &payloads {
                encode(Kind::Bytes, payload, &mut bytes);
            }
            let frames: Vec<_> = decode(&bytes, cut).into_iter().map(|frame| frame.expect("whole").payload).collect();
            prop_assert_eq!(frames, payloads);
        }

        #[test]
        fn garbage_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..600), cut in 1usize..99) {
            decode(&bytes, cut);
        }
    }
}
