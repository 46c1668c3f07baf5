//! The agent's own exit line ("… codex resume ID"), the weakest witness.

use crate::id::ConversationId;
use crate::provider::is_conversation_id;
use crate::provider::row::Provider;

/// The conversations named by the provider's exit lines in the last text of a pane, each once, in the order of the text.
/// The caller hands in what was printed after the agent ended its screen, not the whole history: an agent may well have
/// quoted such a line in a conversation. Two different ids are two candidates, and so no claim.
pub fn find(provider: &Provider, text: &str) -> Vec<ConversationId> {
    let mut found: Vec<ConversationId> = Vec::new();
    for pattern in &provider.farewell {
        let Some((before, _)) = pattern.split_once("{id}") else { continue };
        for (at, _) in text.match_indices(before) {
            let rest = text.get(at + before.len()..).unwrap_or_default();
            let word = rest.split(|c: char| c.is_whitespace() || c.is_control()).next().unwrap_or_default();
            // A sentence or a box may go on right behind it.
            let word = word.trim_end_matches(['.', ',', ';', ':', ')', '"', '\'', '`', '│', '┃']);
            // An id has a digit; a word of prose ("codex resume and select") mostly has none.
            if is_conversation_id(word) && word.contains(|c: char| c.is_ascii_digit()) && !is_cut_uuid(word) {
                let id = ConversationId::new(word);
                if !found.contains(&id) {
                    found.push(id);
                }
            }
        }
    }
    found
}

/// Whether the word is the beginning of a UUID: a program that breaks its lines itself cuts an id in a narrow pane.
fn is_cut_uuid(word: &str) -> bool {
    const FORM: &str = "00000000-0000-0000-0000-000000000000";
    let fits = |(c, form): (char, char)| if form == '-' { c == '-' } else { c.is_ascii_hexdigit() };
    (9..FORM.len()).contains(&word.len()) && word.chars().zip(FORM.chars()).all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::row::Providers;

    #[test]
    fn exit_lines_name_their_conversation() {
        const ID: &str = "7c2e7c2e-1111-4111-8111-111111111112";
        let codex =
            format!("To continue this session, run:\n  codex resume {ID}\nOr run codex resume and select my task.\n");
        let boxed = format!("│ To resume this session: gemini --resume {ID} │");
        let cases = [
            ("codex", codex.as_str(), vec![ID]),
            ("codex", "Session ID: 7c2e\n", vec![]),
            (
                "claude",
                "Resume this session with:\r\nclaude --resume 7c2e7c2e-1111-4111-8111-111111111112\r\n",
                vec![ID],
            ),
            ("gemini", boxed.as_str(), vec![ID]),
            ("opencode", "Session  title\nContinue opencode -s ses_1a2b.", vec!["ses_1a2b"]),
            ("codex", "codex resume 1a\ncodex resume 2b\ncodex resume 1a", vec!["1a", "2b"]),
            ("shell", "codex resume 1a", vec![]),
            ("codex", "codex resume ", vec![]),
            ("gemini", "│ gemini --resume 7c2e7c2e-1111-4111 │\n│ -8111-111111111112 │", vec![]),
            ("claude", "claude --resume 7c2e7c2e-\n1111-4111-8111-111111111112", vec![]),
            ("codex", "codex resume --last1", vec![]),
        ];
        for (provider, text, ids) in cases {
            let ids: Vec<ConversationId> = ids.into_iter().map(ConversationId::new).collect();
            assert_eq!(find(Providers::default().find(provider).unwrap(), text), ids, "{text}");
        }
    }
}
