//! What of an agent's arguments may be replayed: everything but the choice of a conversation and the first prompt.
//!
//! Works by the row's flag table. A known switch never swallows the word after it; a word after an *unknown* flag is taken
//! for that flag's value unless it holds a blank (then it reads like a prompt): replaying a prompt would make the agent do
//! it again, while losing a value is an error that the user sees.

use uuid::Uuid;

use crate::config::{Arity, FlagRole, FlagRow};
use crate::id::ConversationId;
use crate::provider::row::Provider;

/// Arguments, taken apart.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Stripped {
    /// What is stored and replayed, in order.
    pub kept: Vec<String>,
    /// What chose a conversation or belonged to the first prompt, in order.
    pub removed: Vec<String>,
    /// The first prompt, where the arguments held one.
    pub prompt: Option<String>,
    /// Which conversation they chose.
    pub choice: Choice,
    /// Whether they begin with a subcommand that opens no conversation (`doctor`); then everything is kept.
    pub is_command: bool,
}

/// Which conversation the user's own arguments choose.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Choice {
    /// None: the launch is a fresh one.
    #[default]
    None,
    /// The one with this id.
    Exact(ConversationId),
    /// One that only the agent knows (`--last`, a picker, a name, a fork).
    Open,
}

/// Takes the choice of a conversation and the first prompt out of the arguments.
pub fn strip(provider: &Provider, args: &[String]) -> Stripped {
    if !provider.is_agent {
        return Stripped { kept: args.to_vec(), ..Stripped::default() };
    }
    let mut walk = Walk {
        provider,
        out: Stripped::default(),
        prompts: Vec::new(),
        n_positional: 0,
        ids_expected: 0,
        forks: false,
    };
    let mut rest = args;
    while let Some((word, after)) = rest.split_first() {
        if word == "--" {
            // Behind `--` there are only positional words. The marker goes where they go.
            for word in after {
                walk.positional_after_marker(word);
            }
            break;
        }
        let taken = if word.starts_with("--") {
            walk.long(word, after)
        } else if word.len() > 1 && word.starts_with('-') {
            walk.short(word, after)
        } else {
            walk.positional(word);
            0
        };
        if walk.out.is_command {
            return Stripped { kept: args.to_vec(), is_command: true, ..Stripped::default() };
        }
        rest = after.get(taken..).unwrap_or_default();
    }
    walk.finish()
}

struct Walk<'a> {
    provider: &'a Provider,
    out: Stripped,
    prompts: Vec<String>,
    n_positional: usize,
    /// Positional words to come that name a conversation (after `resume`).
    ids_expected: usize,
    forks: bool,
}

impl Walk<'_> {
    fn row(&self, name: &str) -> Option<FlagRow> {
        self.provider.flags.iter().find(|row| row.names.iter().any(|known| known == name)).cloned()
    }

    /// A word that begins with `--`; returns how many words after it belong to it.
    fn long(&mut self, word: &str, after: &[String]) -> usize {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (word, None),
        };
        let Some(row) = self.row(name) else {
            let takes = value.is_none() && after.first().is_some_and(|next| is_value_of_unknown(next));
            let n_taken = usize::from(takes);
            self.out.kept.push(word.to_owned());
            self.out.kept.extend(after.iter().take(n_taken).cloned());
            return n_taken;
        };
        if let Some(value) = value {
            self.file(&row, vec![word.to_owned()], &[value.to_owned()]);
            return 0;
        }
        self.with_values(&row, word, after)
    }

    /// A word that begins with one dash: `-r`, `-rID`, `-r=ID`, or several switches in one (`-cp`).
    fn short(&mut self, word: &str, after: &[String]) -> usize {
        let mut kept = String::from("-");
        let mut letters = word.char_indices().skip(1).peekable();
        while let Some((at, letter)) = letters.next() {
            let rest = word.get(at + letter.len_utf8()..).unwrap_or_default();
            match self.row(&format!("-{letter}")) {
                None => {
                    // Not known: it and what is glued to it stay as they are.
                    kept.push(letter);
                    kept.push_str(rest);
                    let takes = rest.is_empty() && after.first().is_some_and(|next| is_value_of_unknown(next));
                    self.out.kept.push(kept);
                    self.out.kept.extend(after.iter().take(usize::from(takes)).cloned());
                    return usize::from(takes);
                }
                Some(row) if row.arity == Arity::None && row.role == FlagRole::Kept => kept.push(letter),
                Some(row) if row.arity == Arity::None => self.file(&row, vec![format!("-{letter}")], &[]),
                Some(row) => {
                    if kept.len() > 1 {
                        self.out.kept.push(std::mem::take(&mut kept));
                    }
                    if rest.is_empty() {
                        return self.with_values(&row, &format!("-{letter}"), after);
                    }
                    let value = rest.strip_prefix('=').unwrap_or(rest).to_owned();
                    self.file(&row, vec![format!("-{letter}{rest}")], &[value]);
                    return 0;
                }
            }
            if letters.peek().is_none() && kept.len() > 1 {
                self.out.kept.push(std::mem::take(&mut kept));
            }
        }
        if kept.len() > 1 {
            self.out.kept.push(kept);
        }
        0
    }

    /// A known flag without a glued value: takes its values from the words after it.
    fn with_values(&mut self, row: &FlagRow, name: &str, after: &[String]) -> usize {
        let n_taken = match row.arity {
            Arity::None => 0,
            Arity::Value => after.len().min(1),
            Arity::Optional => usize::from(after.first().is_some_and(|next| !is_flag(next))),
            Arity::Many => after.iter().take_while(|next| !is_flag(next)).count(),
        };
        let values: Vec<String> = after.iter().take(n_taken).cloned().collect();
        let mut words = vec![name.to_owned()];
        words.extend(values.iter().cloned());
        self.file(row, words, &values);
        n_taken
    }

    /// Puts the words of a known flag where its role says.
    fn file(&mut self, row: &FlagRow, words: Vec<String>, values: &[String]) {
        match row.role {
            FlagRole::Kept => self.out.kept.extend(words),
            FlagRole::Prompt => {
                self.out.removed.extend(words);
                if row.arity == Arity::Value {
                    self.prompts.extend(values.iter().cloned());
                }
            }
            FlagRole::Conversation => {
                self.out.removed.extend(words);
                self.forks |= row.names.iter().any(|name| name.contains("fork"));
                // A subcommand such as `resume` waits for an id: `--last` takes the place of it.
                if row.names.iter().any(|name| name == "--last") {
                    self.ids_expected = 0;
                }
                self.choose(values.first());
            }
        }
    }

    fn choose(&mut self, value: Option<&String>) {
        let exact = value.filter(|value| Uuid::try_parse(value).is_ok()).map(|value| ConversationId::new(value));
        match exact {
            Some(id) => self.out.choice = Choice::Exact(id),
            None if self.out.choice == Choice::None => self.out.choice = Choice::Open,
            None => {}
        }
    }

    fn positional(&mut self, word: &str) {
        self.n_positional += 1;
        if self.n_positional == 1 {
            if self.provider.commands.iter().any(|command| command == word) {
                self.out.is_command = true;
                return;
            }
            if let Some(row) = self.row(word) {
                self.out.removed.push(word.to_owned());
                self.forks |= word.contains("fork");
                self.ids_expected = usize::from(row.arity != Arity::None);
                self.choose(None);
                return;
            }
        }
        self.positional_after_marker(word);
    }

    fn positional_after_marker(&mut self, word: &str) {
        self.n_positional += 1;
        if self.ids_expected > 0 {
            self.ids_expected -= 1;
            self.out.removed.push(word.to_owned());
            self.choose(Some(&word.to_owned()));
        } else if self.provider.positional_prompt {
            self.out.removed.push(word.to_owned());
            self.prompts.push(word.to_owned());
        } else {
            self.out.kept.push(word.to_owned());
        }
    }

    fn finish(self) -> Stripped {
        let mut out = self.out;
        out.prompt = (!self.prompts.is_empty()).then(|| self.prompts.join(" "));
        if self.forks && out.choice != Choice::None {
            out.choice = Choice::Open;
        }
        out
    }
}

/// Whether the word is a flag and so ends another flag's values. A lone `-` is a value.
fn is_flag(word: &str) -> bool {
    word.len() > 1 && word.starts_with('-')
}

fn is_value_of_unknown(word: &str) -> bool {
    !is_flag(word) && !word.contains(char::is_whitespace)
}

#[cfg(test)]
#[path = "strip_tests.rs"]
mod tests;
