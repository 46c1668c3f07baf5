//! As much of HTTP/1.1 (RFC 9112) as an answer that never ends needs: status, and the chunked coding.

/// The longest head of an answer that is taken, in bytes (chosen).
const HEAD_MAX_BYTES: usize = 16 << 10;

/// The longest line before a chunk, in bytes: its size in hex and what servers add (chosen).
const CHUNK_LINE_MAX_BYTES: usize = 256;

/// What is wrong with an answer.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub(super) enum HttpError {
    /// The status is not 200.
    #[error("it answers {0}")]
    Status(String),
    /// It is not HTTP, or its head is too long.
    #[error("it does not answer in HTTP")]
    NotHttp,
    /// A chunk is not as it must be.
    #[error("its answer is cut in a way that is not understood")]
    Chunk,
}

/// The head of an answer.
#[derive(Debug)]
pub(super) struct Head {
    /// Its length in bytes, with the empty line.
    pub n_bytes: usize,
    /// What follows.
    pub body: Body,
}

impl Head {
    /// Reads a head; `None` while there is more to come.
    pub(super) fn read(received: &[u8]) -> Result<Option<Self>, HttpError> {
        let Some(end) = memchr::memmem::find(received, b"\r\n\r\n") else {
            return if received.len() > HEAD_MAX_BYTES { Err(HttpError::NotHttp) } else { Ok(None) };
        };
        let head = received.get(..end).and_then(|head| std::str::from_utf8(head).ok()).ok_or(HttpError::NotHttp)?;
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.strip_prefix("HTTP/1.")).ok_or(HttpError::NotHttp)?;
        let status = status.split(' ').nth(1).unwrap_or_default();
        if status != "200" {
            return Err(HttpError::Status(status.chars().take(3).collect()));
        }
        let is_chunked = lines.filter_map(|line| line.split_once(':')).any(|(name, value)| {
            name.eq_ignore_ascii_case("transfer-encoding") && value.trim().eq_ignore_ascii_case("chunked")
        });
        let body = if is_chunked { Body::Size(Vec::new()) } else { Body::Plain };
        Ok(Some(Self { n_bytes: end + 4, body }))
    }
}

/// Where in the body the stream is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Body {
    /// It comes as it is, until the connection ends.
    Plain,
    /// In the line with a chunk's size.
    Size(Vec<u8>),
    /// In a chunk, with so many bytes to come.
    Chunk(u64),
    /// In the line's end behind a chunk.
    ChunkEnd,
    /// Behind the last chunk.
    Over,
}

impl Body {
    /// Takes the next bytes and appends what they carry to `plain`.
    pub(super) fn decode(&mut self, mut bytes: &[u8], plain: &mut Vec<u8>) -> Result<(), HttpError> {
        while let Some((first, behind_first)) = bytes.split_first() {
            match self {
                Self::Plain => {
                    plain.extend_from_slice(bytes);
                    return Ok(());
                }
                Self::Over => return Ok(()),
                Self::Size(line) => {
                    bytes = behind_first;
                    if *first != b'\n' {
                        line.push(*first);
                        if line.len() > CHUNK_LINE_MAX_BYTES {
                            return Err(HttpError::Chunk);
                        }
                        continue;
                    }
                    *self = match chunk_size(line)? {
                        0 => Self::Over,
                        size => Self::Chunk(size),
                    };
                }
                Self::Chunk(left) => {
                    let n = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                    let (carried, rest) = bytes.split_at(n);
                    plain.extend_from_slice(carried);
                    *left -= n as u64;
                    bytes = rest;
                    if *left == 0 {
                        *self = Self::ChunkEnd;
                    }
                }
                Self::ChunkEnd => {
                    bytes = behind_first;
                    match first {
                        b'\r' => {}
                        b'\n' => *self = Self::Size(Vec::new()),
                        _ => return Err(HttpError::Chunk),
                    }
                }
            }
        }
        Ok(())
    }
}

/// The size in a chunk's first line; an extension behind `;` is ignored.
fn chunk_size(line: &[u8]) -> Result<u64, HttpError> {
    let text = std::str::from_utf8(line).map_err(|_| HttpError::Chunk)?;
    let digits = text.split(';').next().unwrap_or_default().trim();
    u64::from_str_radix(digits, 16).map_err(|_| HttpError::Chunk)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_joined_however_they_are_cut() {
        let stream = b"5\r\nhello\r\n1;x=y\r\n \r\nA\r\nworld12345\r\n0\r\n\r\nrubbish";
        for step in [1, 3, 100] {
            let mut body = Body::Size(Vec::new());
            let mut plain = Vec::new();
            for part in stream.chunks(step) {
                body.decode(part, &mut plain).unwrap();
            }
            assert_eq!(plain, b"hello world12345", "in steps of {step}");
            assert_eq!(body, Body::Over);
        }
    }

    #[test]
    fn what_is_no_chunk_is_an_error() {
        for stream in [&b"zz\r\n"[..], b"-1\r\n", b"2\r\nabc", &[b'1'; 300], b"\r\n"] {
            assert_eq!(Body::Size(Vec::new()).decode(stream, &mut Vec::new()), Err(HttpError::Chunk));
        }
    }

    #[test]
    fn a_head_is_read_once_it_is_whole() {
        let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n";
        assert!(Head::read(&head[..30]).unwrap().is_none());
        let read = Head::read(head).unwrap().unwrap();
        assert_eq!((read.n_bytes, read.body), (head.len() - 3, Body::Size(Vec::new())));
        let plain = Head::read(b"HTTP/1.0 200 OK\r\nX: y\r\n\r\n").unwrap().unwrap();
        assert_eq!(plain.body, Body::Plain);
    }

    #[test]
    fn other_answers_are_errors() {
        let cases = [
            (&b"HTTP/1.1 401 Unauthorized\r\n\r\n"[..], HttpError::Status("401".to_owned())),
            (b"SSH-2.0-x\r\n\r\n", HttpError::NotHttp),
            (&[b'x'; HEAD_MAX_BYTES + 1], HttpError::NotHttp),
        ];
        for (answer, expected) in cases {
            assert_eq!(Head::read(answer).unwrap_err(), expected);
        }
    }
}
