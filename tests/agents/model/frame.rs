//! What an answer is made of, before a protocol gives it its form.

use serde_json::Value;

use super::rule::Answer;

/// An answer that a protocol can express.
#[derive(Debug)]
pub enum Content {
    Text { pieces: Vec<String>, is_slow: bool },
    Call { name: String, namespace: Option<String>, arguments: Value },
}

/// Characters of a piece of text: enough pieces for an answer to arrive in several reads.
const PIECE: usize = 24;

impl Content {
    /// What of an answer is content; `None` for those that break the exchange.
    pub fn of(answer: Answer) -> Option<Self> {
        match answer {
            Answer::Text(text) => {
                let letters: Vec<char> = text.chars().collect();
                let pieces = letters.chunks(PIECE).map(|piece| piece.iter().collect()).collect();
                Some(Self::Text { pieces, is_slow: false })
            }
            Answer::Slowly(pieces) => Some(Self::Text { pieces, is_slow: true }),
            Answer::Call { name, namespace, arguments } => Some(Self::Call { name, namespace, arguments }),
            Answer::Fail(_) | Answer::Hang => None,
        }
    }
}

/// One server-sent event.
#[derive(Debug)]
pub struct Frame {
    pub name: Option<&'static str>,
    pub data: String,
    /// Whether it comes after a pause.
    pub is_paced: bool,
}

impl Frame {
    /// An event with a name.
    pub fn named(name: &'static str, data: Value) -> Self {
        Self { name: Some(name), data: data.to_string(), is_paced: false }
    }

    /// An event without a name.
    pub fn unnamed(data: Value) -> Self {
        Self { name: None, data: data.to_string(), is_paced: false }
    }

    /// The mark that ends a chat completion.
    pub fn done() -> Self {
        Self { name: None, data: "[DONE]".to_owned(), is_paced: false }
    }

    /// With a pause before it, if the content is said slowly.
    pub fn paced(mut self, content: &Content) -> Self {
        self.is_paced = matches!(content, Content::Text { is_slow: true, .. });
        self
    }
}
