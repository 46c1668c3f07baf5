//! A provider row as it is written: `[providers.NAME]` of the user's, and the built-in table in `assets/providers.toml`.
//!
//! Owns the row's words and their notation. What a row *means* (defaults, completeness, launch) belongs to `provider`.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::position::Position;
use crate::core::notice::NoticeKind;
use crate::core::session::{Status, Witness};
pub use crate::input::encode::ShiftEnter;

/// How a first prompt is handed to an agent.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum PromptStyle {
    /// As the last argument, after `--`.
    Positional,
    /// As the value of this flag.
    Flag(String),
    /// Typed into the agent once it is ready (by the caller; never part of the argv).
    Typed,
    /// It takes none.
    #[default]
    None,
}

/// How well a row's facts are known.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum Confidence {
    /// Told by others.
    #[default]
    Low,
    /// Read in documentation or source.
    Medium,
    /// Seen on the real program.
    High,
}

/// Whose hooks a program understands, and so how they are injected.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum HookDialect {
    /// No hooks are injected.
    #[default]
    None,
    /// Claude Code: `--settings JSON`.
    Claude,
    /// Codex: `-c hooks.X=…` with trust hashes.
    Codex,
    /// OpenCode: the event stream that it serves with `--port`.
    OpenCode,
    /// The built-in demo agent: it reports by itself.
    Demo,
}

/// Whose files and processes homing can read: where the conversations lie, and what says which one a process shows.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum FileDialect {
    /// None that homing knows.
    #[default]
    None,
    /// Claude Code: registry of processes, transcripts.
    Claude,
    /// Codex: lock files, rollouts, state database.
    Codex,
    /// OpenCode: its database.
    OpenCode,
    /// Gemini CLI: chat files.
    Gemini,
    /// Qwen Code: chat files.
    Qwen,
    /// GitHub Copilot CLI: session directories with lock files.
    Copilot,
    /// The built-in demo agent.
    Demo,
}

/// How many words a flag takes after it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Arity {
    /// None: a switch.
    None,
    /// One, always (`--model opus`).
    Value,
    /// One, if the next word is not a flag (`--resume [id]`).
    Optional,
    /// All up to the next flag (`--add-dir a b`).
    Many,
}

/// What a flag is for, as far as a relaunch is concerned.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FlagRole {
    /// It chooses a conversation: it is not replayed.
    Conversation,
    /// It carries the first prompt (`Arity::Value`) or what goes with it (`Arity::Many`): it is not replayed.
    Prompt,
    /// It is the user's choice and is replayed.
    Kept,
}

/// One flag (or subcommand, where its names do not begin with `-`).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FlagRow {
    /// Its names with their dashes (`-r`, `--resume`).
    pub names: Vec<String>,
    /// What it takes.
    pub arity: Arity,
    /// What it is for.
    pub role: FlagRole,
}

impl FlagRow {
    /// Reads the notation of a help text: `-r, --resume [ID]`, `--model NAME`, `--add-dir DIRS...`, `--verbose`.
    /// `None` where it names nothing.
    pub fn parse(text: &str, role: FlagRole) -> Option<Self> {
        let mut names = Vec::new();
        let mut arity = Arity::None;
        for word in text.split([' ', ',', '\t']).filter(|word| !word.is_empty()) {
            if word.starts_with('-') || names.is_empty() {
                names.push(word.to_owned());
            } else if word.ends_with("...") || word.ends_with("...]") || word.ends_with("...>") {
                arity = Arity::Many;
            } else if word.starts_with('[') {
                arity = Arity::Optional;
            } else {
                arity = Arity::Value;
            }
        }
        let is_name = |name: &String| name.trim_start_matches('-').starts_with(|c: char| c.is_ascii_alphanumeric());
        (!names.is_empty() && names.iter().all(is_name)).then_some(Self { names, arity, role })
    }
}

/// What a start of a terminal title says of an agent's status.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TitleRule {
    /// How the title begins, never empty.
    pub start: String,
    /// What the agent is doing then: ready, busy or blocked.
    pub status: Status,
    /// What follows the start.
    pub rest: TitleRest,
}

/// What follows the part of a title that tells the status.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TitleRest {
    /// The session's title.
    Title,
    /// More words for the status: no title.
    Words,
}

impl TitleRule {
    /// Reads `START=busy`; a `*` behind the start says that what follows is no title. `None` where it is neither.
    pub fn parse(text: &str) -> Option<Self> {
        let (start, word) = text.rsplit_once('=')?;
        let (_, status) = TITLE_STATUSES.iter().find(|(name, _)| *name == word)?;
        let (start, rest) = match start.strip_suffix('*') {
            Some(start) => (start, TitleRest::Words),
            None => (start, TitleRest::Title),
        };
        (!start.is_empty()).then(|| Self { start: start.to_owned(), status: *status, rest })
    }
}

/// What an agent is doing while all of these texts stand at the foot of its screen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ScreenRule {
    /// The texts, at least one, none of them empty.
    pub texts: Vec<String>,
    /// What the agent is doing then: ready, busy or blocked.
    pub status: Status,
}

impl ScreenRule {
    /// Reads `TEXT=blocked`, or `TEXT & TEXT=blocked` where all must be there. `None` where it is neither.
    pub fn parse(text: &str) -> Option<Self> {
        let (texts, word) = text.rsplit_once('=')?;
        let (_, status) = TITLE_STATUSES.iter().find(|(name, _)| *name == word)?;
        let texts: Vec<String> = texts.split(" & ").map(|text| text.trim().to_owned()).collect();
        texts.iter().all(|text| !text.is_empty()).then_some(Self { texts, status: *status })
    }
}

/// The words of `title_status` and `screen_status`.
const TITLE_STATUSES: &[(&str, Status)] =
    &[("ready", Status::Ready), ("busy", Status::Busy), ("blocked", Status::Blocked)];

/// A row under its name, with the place where it begins.
#[derive(Clone, PartialEq, Debug)]
pub struct ProviderEntry {
    /// The provider's name.
    pub name: String,
    /// The place of its header.
    pub at: Option<Position>,
    /// What it says.
    pub fields: ProviderFields,
}

/// The fields of a row; `None` where it says nothing, so that a row of the user's can change one field of a built-in.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct ProviderFields {
    /// Another provider whose fields this one starts from.
    pub like: Option<String>,
    /// What it is called.
    pub title: Option<String>,
    /// Program and fixed arguments; `{homing}` and `{shell}` stand for those programs.
    pub command: Option<Vec<String>>,
    /// How a first prompt is passed.
    pub prompt: Option<PromptStyle>,
    /// Whether words that belong to no flag are the first prompt; by default where the prompt is passed so.
    pub positional_prompt: Option<bool>,
    /// The flag that takes an id of our choice; an empty text takes it away.
    pub assign: Option<String>,
    /// The arguments that resume a conversation; `{id}` stands for its id.
    pub resume: Option<Vec<String>>,
    /// The flag that takes a model's name.
    pub model: Option<String>,
    /// Flags and subcommands that choose a conversation.
    pub conversation_flags: Option<Vec<FlagRow>>,
    /// Flags that carry the first prompt or what belongs to it (pictures).
    pub prompt_flags: Option<Vec<FlagRow>>,
    /// All other flags that are known.
    pub flags: Option<Vec<FlagRow>>,
    /// Subcommands that open no conversation.
    pub commands: Option<Vec<String>>,
    /// Environment that is set at each launch.
    pub env: Option<BTreeMap<String, String>>,
    /// Names of environment variables that are stored with a session.
    pub remember_env: Option<Vec<String>>,
    /// What can prove which conversation it is on.
    pub witnesses: Option<Vec<Witness>>,
    /// The lines in which it says goodbye, with `{id}`.
    pub farewell: Option<Vec<String>>,
    /// Whose hooks it understands.
    pub hooks: Option<HookDialect>,
    /// Whose files homing reads for it.
    pub files: Option<FileDialect>,
    /// Whether hooks are injected (over the global setting).
    pub inject_hooks: Option<bool>,
    /// What Shift+Enter sends.
    pub shift_enter: Option<ShiftEnter>,
    /// How a text is typed into it.
    pub paste: Option<PasteStyle>,
    /// What the starts of its terminal titles say of its status; the first that fits counts.
    pub title_status: Option<Vec<TitleRule>>,
    /// What its screen says of its status where nothing better does; the first that fits counts.
    pub screen_status: Option<Vec<ScreenRule>>,
    /// See `Provider::prompt_shown`.
    pub prompt_shown: Option<Vec<String>>,
    /// What in its terminal titles is no part of a session's title; `{dir}` stands for the directory's name.
    pub title_strip: Option<Vec<String>>,
    /// Which kinds of notices leave homing (over `[notify]`).
    pub notify: Option<BTreeSet<NoticeKind>>,
    /// Whether it is an agent (and not a shell).
    pub is_agent: Option<bool>,
    /// How to install it.
    pub install: Option<String>,
    /// How well the row is known.
    pub confidence: Option<Confidence>,
}

/// The words of `shift_enter`.
pub const SHIFT_ENTER: &[(&str, ShiftEnter)] =
    &[("cr", ShiftEnter::Cr), ("esc-cr", ShiftEnter::EscCr), ("newline", ShiftEnter::Newline)];

/// How homing types a text into an agent.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum PasteStyle {
    /// As one bracketed paste, once the agent asks for those.
    #[default]
    Bracketed,
    /// As keys; line breaks as Shift+Enter.
    Keys,
}

/// The words of `paste`.
pub const PASTE: &[(&str, PasteStyle)] = &[("bracketed", PasteStyle::Bracketed), ("keys", PasteStyle::Keys)];

/// The words of `confidence`.
pub const CONFIDENCE: &[(&str, Confidence)] =
    &[("low", Confidence::Low), ("medium", Confidence::Medium), ("high", Confidence::High)];

/// The words of `files`.
pub const FILES: &[(&str, FileDialect)] = &[
    ("none", FileDialect::None),
    ("claude", FileDialect::Claude),
    ("codex", FileDialect::Codex),
    ("opencode", FileDialect::OpenCode),
    ("gemini", FileDialect::Gemini),
    ("qwen", FileDialect::Qwen),
    ("copilot", FileDialect::Copilot),
    ("demo", FileDialect::Demo),
];

/// The words of `hooks`.
pub const HOOKS: &[(&str, HookDialect)] = &[
    ("none", HookDialect::None),
    ("claude", HookDialect::Claude),
    ("codex", HookDialect::Codex),
    ("opencode", HookDialect::OpenCode),
    ("demo", HookDialect::Demo),
];

/// The words of `witnesses`, weakest first.
pub const WITNESSES: &[(&str, Witness)] = &[
    ("farewell", Witness::Farewell),
    ("store", Witness::Store),
    ("process", Witness::Process),
    ("hook", Witness::Hook),
    ("assigned", Witness::Assigned),
];

/// Reads the notation of `prompt`: `positional`, `typed`, `none`, or a flag.
pub fn parse_prompt(text: &str) -> Option<PromptStyle> {
    match text {
        "positional" => Some(PromptStyle::Positional),
        "typed" => Some(PromptStyle::Typed),
        "none" => Some(PromptStyle::None),
        flag if flag.len() > 1 && flag.starts_with('-') && !flag.contains(char::is_whitespace) => {
            Some(PromptStyle::Flag(flag.to_owned()))
        }
        _ => None,
    }
}

/// Splits a command line at blanks; `'…'` and `"…"` hold words together, `\` takes the next character as it is (not
/// inside `'…'`). Nothing is expanded. `None` where a quote is not closed.
pub fn split_words(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None | Some('"'), '\\') => word.get_or_insert_default().push(chars.next()?),
            (None, _) if c.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_read_as_help_texts_write_them() {
        let cases: &[(&str, &[&str], Arity)] = &[
            ("-r, --resume [ID]", &["-r", "--resume"], Arity::Optional),
            ("--model NAME", &["--model"], Arity::Value),
            ("--add-dir <dirs...>", &["--add-dir"], Arity::Many),
            ("--allowedTools, --allowed-tools TOOLS...", &["--allowedTools", "--allowed-tools"], Arity::Many),
            ("--last", &["--last"], Arity::None),
            ("resume [ID]", &["resume"], Arity::Optional),
        ];
        for (text, names, arity) in cases {
            let row = FlagRow::parse(text, FlagRole::Kept).unwrap();
            assert_eq!((row.names, row.arity), (names.iter().map(|s| s.to_string()).collect(), *arity), "{text}");
        }
        assert_eq!(FlagRow::parse(" ", FlagRole::Kept), None);
        assert_eq!(FlagRow::parse("--", FlagRole::Kept), None);
    }

    #[test]
    fn command_lines_are_split_as_a_shell_would_but_nothing_is_expanded() {
        let words = |line| split_words(line);
        assert_eq!(words("aider  --dark"), Some(vec!["aider".into(), "--dark".into()]));
        assert_eq!(words(r#"'/opt/my tools/x' "a b"'c' $HOME"#).unwrap(), ["/opt/my tools/x", "a bc", "$HOME"]);
        assert_eq!(words(r"a\ b ''"), Some(vec!["a b".into(), String::new()]));
        assert_eq!(words("'open"), None);
        assert_eq!(words("  "), Some(vec![]));
    }
}
