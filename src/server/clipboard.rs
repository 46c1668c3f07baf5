//! Texts on their way to the clipboard of a client's terminal.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinHandle;

use crate::core::clipboard::MAX_CLIPBOARD_BYTES;
use crate::core::copied::CopiedText;
use crate::core::event::Event;
use crate::id::ClientId;
use crate::server::Done;

/// A text of this length or more is encoded beside the loop. Chosen: a tenth of a millisecond.
const LONG_TEXT: usize = 64 << 10;

/// The texts for a client's clipboard; they get there in the order in which they were copied.
pub struct Clipboard {
    client: ClientId,
    done: UnboundedSender<Done>,
    waiting: Vec<CopiedText>,
    /// The last one that is read and encoded beside the loop.
    under_way: Option<JoinHandle<()>>,
}

impl Clipboard {
    /// Nothing waits. What cannot be sent is told as an event.
    pub fn new(client: ClientId, done: UnboundedSender<Done>) -> Self {
        Self { client, done, waiting: Vec::new(), under_way: None }
    }

    /// Sends the text behind the next frame: a long one takes a terminal longer than a frame may.
    pub fn push(&mut self, text: CopiedText) {
        self.waiting.push(text);
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Sends what waits.
    pub fn send(&mut self, write: impl Fn(&[u8]) + Clone + Send + 'static) {
        for text in self.waiting.drain(..) {
            let before = self.under_way.take().filter(|before| !before.is_finished());
            let is_short = matches!(&text, CopiedText::Short(text) if text.len() < LONG_TEXT);
            let (client, done, write) = (self.client, self.done.clone(), write.clone());
            let work = move || {
                if text.as_str().len() > MAX_CLIPBOARD_BYTES {
                    let _ = done.send(Done::Event(Box::new(Event::TooLongForClipboard { client })));
                } else {
                    write(sequence(text.as_str()).as_bytes());
                }
            };
            if is_short && before.is_none() {
                work();
                continue;
            }
            self.under_way = Some(tokio::spawn(async move {
                if let Some(before) = before {
                    let _ = before.await;
                }
                let _ = tokio::task::spawn_blocking(work).await;
            }));
        }
    }
}

/// OSC 52: what puts a text on the clipboard of the terminal that gets it.
fn sequence(text: &str) -> String {
    const BEGIN: &str = "\x1b]52;c;";
    const END: &str = "\x1b\\";
    let mut out = String::with_capacity(BEGIN.len() + text.len().div_ceil(3) * 4 + END.len());
    out.push_str(BEGIN);
    BASE64.encode_string(text, &mut out);
    out.push_str(END);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::codec::{Decoder, Kind, encode};

    #[test]
    fn the_sequence_holds_the_text_in_base64() {
        assert_eq!(sequence("h\u{e9}"), "\x1b]52;c;aMOp\x1b\\");
        assert_eq!(sequence("").capacity(), sequence("").len());
    }

    #[test]
    fn texts_get_there_in_the_order_in_which_they_were_copied() {
        let (done, mut told) = tokio::sync::mpsc::unbounded_channel();
        let mut clipboard = Clipboard::new(ClientId(1), done);
        let lengths = [3, LONG_TEXT, 5, MAX_CLIPBOARD_BYTES, MAX_CLIPBOARD_BYTES + 1, 7];
        lengths.into_iter().for_each(|n_bytes| clipboard.push("x".repeat(n_bytes).into()));
        let (sent, written) = std::sync::mpsc::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            clipboard.send(move |sequence| sent.send(sequence.len()).expect("somebody reads"));
            assert!(clipboard.is_empty());
            clipboard.under_way.take().expect("one is long").await.expect("it does not panic");
        });
        let expected = lengths.iter().filter(|n_bytes| **n_bytes <= MAX_CLIPBOARD_BYTES);
        let expected: Vec<_> = expected.map(|n_bytes| sequence(&"x".repeat(*n_bytes)).len()).collect();
        assert_eq!(written.into_iter().collect::<Vec<_>>(), expected);
        let Some(Done::Event(event)) = told.blocking_recv() else { panic!("one is too long") };
        assert!(matches!(*event, Event::TooLongForClipboard { client: ClientId(1) }));
    }

    #[test]
    fn the_longest_text_is_one_frame() {
        let mut bytes = Vec::new();
        encode(Kind::Bytes, sequence(&"x".repeat(MAX_CLIPBOARD_BYTES)).as_bytes(), &mut bytes);
        let mut decoder = Decoder::new();
        decoder.feed(&bytes);
        assert!(matches!(decoder.next_frame(), Some(Ok(_))));
    }
}
