//! What the terminal has to say: answers for the program, events for homing. Bounded both.
//!
//! Pure.

use super::TermEvent;
use super::scanner::Terminator;

/// Answers beyond this are dropped: a program that asks without reading. Chosen.
const MAX_REPLY_BYTES: usize = 64 << 10;
/// Events beyond this are dropped, the newest first. Chosen.
const MAX_EVENTS: usize = 256;

/// Answers and events since they were last taken.
#[derive(Debug, Default)]
pub struct Outbox {
    replies: Vec<u8>,
    events: Vec<TermEvent>,
}

impl Outbox {
    /// Appends an answer, whole or not at all.
    pub fn reply(&mut self, bytes: &[u8]) {
        if self.replies.len() + bytes.len() <= MAX_REPLY_BYTES {
            self.replies.extend_from_slice(bytes);
        }
    }

    /// Appends `ESC ] TEXT` with the terminator of the question.
    pub fn reply_osc(&mut self, text: &str, terminator: Terminator) {
        let end = match terminator {
            Terminator::Bell => "\x07",
            Terminator::St => "\x1b\\",
        };
        self.reply(format!("\x1b]{text}{end}").as_bytes());
    }

    /// Appends an event. Of titles, directories, progress, clipboard texts and agent states only the last counts.
    pub fn event(&mut self, event: TermEvent) {
        let replaces = matches!(
            event,
            TermEvent::Title(_)
                | TermEvent::Bell
                | TermEvent::Directory(_)
                | TermEvent::Progress(_)
                | TermEvent::Clipboard(_)
                | TermEvent::AgentState(_)
        );
        if replaces {
            let kind = std::mem::discriminant(&event);
            self.events.retain(|known| std::mem::discriminant(known) != kind);
        }
        if self.events.len() < MAX_EVENTS {
            self.events.push(event);
        }
    }

    /// The answers.
    pub fn take_replies(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.replies)
    }

    /// The events, in order.
    pub fn take_events(&mut self) -> Vec<TermEvent> {
        std::mem::take(&mut self.events)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_and_events_are_bounded() {
        let mut outbox = Outbox::default();
        for n in 0..100_000 {
            outbox.reply(b"\x1b[0n");
            outbox.event(TermEvent::PromptMark('A'));
            outbox.event(TermEvent::Title(n.to_string()));
        }
        assert_eq!(outbox.take_replies().len(), MAX_REPLY_BYTES);
        assert!(outbox.take_events().len() <= MAX_EVENTS);
        assert!(outbox.take_replies().is_empty() && outbox.take_events().is_empty());
    }

    #[test]
    fn only_the_last_title_counts() {
        let mut outbox = Outbox::default();
        for title in ["a", "b"] {
            outbox.event(TermEvent::Title(title.into()));
            outbox.event(TermEvent::PromptMark('A'));
        }
        let marks = TermEvent::PromptMark('A');
        assert_eq!(outbox.take_events(), [marks.clone(), TermEvent::Title("b".into()), marks]);
    }
}
