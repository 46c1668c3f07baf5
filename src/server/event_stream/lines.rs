//! Server-sent events (WHATWG HTML, 9.2) → the JSON of the events that are wanted. OpenCode 1.18.33 writes each as one
//! `data:` line.

use crate::provider::opencode::events::{HEAD_BYTES, is_wanted};

/// The longest event that is taken, in bytes (chosen: a prompt with a pasted file fits); a longer one is dropped.
const EVENT_MAX_BYTES: usize = 1 << 20;

const FIELD: &[u8] = b"data:";

/// Splits a stream into events. An event that is not wanted is dropped while it comes in: its bytes are not kept.
#[derive(Debug, Default)]
pub(super) struct Lines {
    line: Vec<u8>,
    is_dropped: bool,
    is_looked_at: bool,
}

impl Lines {
    /// Takes the next bytes of the stream.
    pub(super) fn take(&mut self, mut bytes: &[u8], mut heard: impl FnMut(&str)) {
        while let Some(end) = memchr::memchr(b'\n', bytes) {
            let (line, rest) = bytes.split_at(end);
            self.extend(line);
            self.end(&mut heard);
            bytes = rest.get(1..).unwrap_or_default();
        }
        self.extend(bytes);
    }

    fn extend(&mut self, bytes: &[u8]) {
        if self.is_dropped {
            return;
        }
        if self.line.len() + bytes.len() > EVENT_MAX_BYTES {
            tracing::debug!("an event of an agent is too long");
            return self.drop_line();
        }
        self.line.extend_from_slice(bytes);
        if !self.is_looked_at && self.line.len() >= FIELD.len() + HEAD_BYTES {
            self.is_looked_at = true;
            if !self.line.strip_prefix(FIELD).is_some_and(is_wanted) {
                self.drop_line();
            }
        }
    }

    fn drop_line(&mut self) {
        self.is_dropped = true;
        self.line.clear();
    }

    fn end(&mut self, heard: &mut impl FnMut(&str)) {
        if !self.is_dropped
            && let Some(json) = self.line.strip_prefix(FIELD)
            && (self.is_looked_at || is_wanted(json))
            && let Ok(json) = std::str::from_utf8(json)
        {
            heard(json.trim());
        }
        self.line.clear();
        self.line.shrink_to(HEAD_BYTES << 4);
        self.is_dropped = false;
        self.is_looked_at = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(stream: &[u8], step: usize, expected: &[&str]) {
        let mut lines = Lines::default();
        let mut heard = Vec::new();
        for part in stream.chunks(step) {
            lines.take(part, |json| heard.push(json.chars().take(80).collect::<String>()));
        }
        assert_eq!(heard, expected, "in steps of {step}");
    }

    #[test]
    fn events_are_found_however_the_stream_is_cut() {
        let stream = b": hello\nevent: x\ndata: {\"type\":\"session.idle\"}\r\n\ndata:{\"type\":\"session.diff\"}\n\ndata: {\"type\":\"catalog.updated\"}\n\n";
        for step in [1, 2, 7, 1000] {
            check(stream, step, &["{\"type\":\"session.idle\"}", "{\"type\":\"catalog.updated\"}"]);
        }
    }

    #[test]
    fn an_event_that_is_not_wanted_is_not_kept() {
        let mut lines = Lines::default();
        let stream = format!("data: {{\"id\":\"evt_1\",\"type\":\"message.part.delta\",\"x\":\"{}", "x".repeat(4096));
        lines.take(stream.as_bytes(), |json| panic!("{json}"));
        assert_eq!(lines.line.len(), 0);
        assert!(lines.is_dropped);
    }

    #[test]
    fn an_event_that_is_too_long_is_dropped_and_the_next_is_heard() {
        let long = "x".repeat(EVENT_MAX_BYTES);
        let stream =
            format!("data: {{\"type\":\"session.error\",\"x\":\"{long}\"}}\n\ndata: {{\"type\":\"session.idle\"}}\n\n");
        check(stream.as_bytes(), 1 << 14, &["{\"type\":\"session.idle\"}"]);
    }
}
