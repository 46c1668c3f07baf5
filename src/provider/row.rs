//! The provider table: the built-in rows of `assets/providers.toml`, with the user's rows laid over them.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::parse::parse_rows;
use crate::config::suggest;
use crate::config::{
    Arity, Confidence, Config, Diagnostic, FileDialect, FlagRole, FlagRow, HookDialect, PasteStyle, PromptStyle,
    ProviderEntry, ProviderFields, ScreenRule, ShiftEnter, TitleRule,
};
use crate::core::notice::NoticeKind;
use crate::core::session::Witness;
use crate::id::ProviderName;

/// The built-in rows.
const BUILT_IN: &str = include_str!("../../assets/providers.toml");

/// One kind of agent CLI, or the shell.
#[derive(Clone, PartialEq, Debug)]
pub struct Provider {
    /// Its name.
    pub name: ProviderName,
    /// What it is called.
    pub title: String,
    /// Program and fixed arguments, never empty; `{homing}` and `{shell}` stand for those programs.
    pub command: Vec<String>,
    /// How a first prompt is passed.
    pub prompt: PromptStyle,
    /// Whether words that belong to no flag are the first prompt (and not, say, a directory).
    pub positional_prompt: bool,
    /// The flag that takes a conversation id of our choice.
    pub assign: Option<String>,
    /// The arguments that resume a conversation, with `{id}` in one of them; empty where it cannot.
    pub resume: Vec<String>,
    /// The flag that takes a model's name.
    pub model: Option<String>,
    /// All known flags, and the subcommands that choose a conversation.
    pub flags: Vec<FlagRow>,
    /// Subcommands that open no conversation (`doctor`, `mcp`): arguments that begin with one are passed on untouched.
    pub commands: Vec<String>,
    /// Environment that is set at each launch.
    pub env: BTreeMap<String, String>,
    /// Names of environment variables of the opener's that are stored with a session and set again on resume.
    pub remember_env: Vec<String>,
    /// What can prove which conversation it is on.
    pub witnesses: Vec<Witness>,
    /// How it says goodbye, with `{id}` (`claude --resume {id}`).
    pub farewell: Vec<String>,
    /// Whose hooks it understands.
    pub hooks: HookDialect,
    /// Whose files and processes homing reads for it.
    pub files: FileDialect,
    /// Whether hooks are injected; `None` leaves it to the global setting.
    pub inject_hooks: Option<bool>,
    /// What Shift+Enter sends where the terminal mode cannot say it.
    pub shift_enter: ShiftEnter,
    /// How a text is typed into it.
    pub paste: PasteStyle,
    /// What the starts of its terminal titles say of its status; the first that fits counts.
    pub title_status: Vec<TitleRule>,
    /// What its screen says of its status where nothing better does; the first that fits counts.
    pub screen_status: Vec<ScreenRule>,
    /// What the foot of its screen shows once it takes a prompt, any of these: until then a launch is not ready.
    pub prompt_shown: Vec<String>,
    /// What in its terminal titles is no part of a session's title; `{dir}` stands for the directory's name.
    pub title_strip: Vec<String>,
    /// Which kinds of notices leave homing; `None` leaves it to the global setting.
    pub notify: Option<BTreeSet<NoticeKind>>,
    /// Whether it is an agent (and not a shell).
    pub is_agent: bool,
    /// How to install it.
    pub install_hint: Option<String>,
    /// How well the row's facts are known.
    pub confidence: Confidence,
}

impl Provider {
    /// The program that is looked for on PATH; `None` for the user's shell and for what is built into homing.
    pub fn program(&self) -> Option<&str> {
        self.command.first().map(String::as_str).filter(|program| !program.starts_with('{'))
    }

    /// The variables among `env` that a session of this provider stores (`CODEX_HOME`, …).
    pub fn remembered<'a>(&self, env: impl IntoIterator<Item = (&'a str, &'a str)>) -> BTreeMap<String, String> {
        env.into_iter()
            .filter(|(name, _)| self.remember_env.iter().any(|remembered| remembered == name))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    /// Whether hooks are injected, given the global setting.
    pub fn injects_hooks(&self, config: &Config) -> bool {
        self.inject_hooks.unwrap_or(config.inject_hooks)
    }

    /// Whether a conversation of its can be brought back by id.
    pub fn can_resume(&self) -> bool {
        !self.resume.is_empty()
    }
}

/// All providers: the built-in ones in their order, then the user's.
#[derive(Clone, PartialEq, Debug)]
pub struct Providers {
    rows: Vec<Provider>,
}

impl Default for Providers {
    /// The built-in rows.
    fn default() -> Self {
        Self::with_config(&Config::default()).0
    }
}

impl Providers {
    /// The built-in rows with the user's laid over them. A row of the user's that cannot be used is left out, with a
    /// diagnostic, and the built-in of that name stays as it is.
    pub fn with_config(config: &Config) -> (Self, Vec<Diagnostic>) {
        let (built_in, complaints) = parse_rows(BUILT_IN);
        debug_assert!(complaints.is_empty(), "assets/providers.toml: {complaints:?}");
        let mut table = Table::default();
        for entry in built_in {
            table.lay(entry);
        }
        for entry in &config.providers {
            table.lay(entry.clone());
        }
        (Self { rows: table.rows.into_iter().map(|(_, provider)| provider).collect() }, table.diagnostics)
    }

    /// The row of this name.
    pub fn get(&self, name: &ProviderName) -> Option<&Provider> {
        self.rows.iter().find(|row| row.name == *name)
    }

    /// The row of this name, or the name most like it for a message.
    pub fn find(&self, name: &str) -> Result<&Provider, Option<&str>> {
        let nearest = || suggest::nearest(name, self.rows.iter().map(|row| row.name.as_str()));
        self.rows.iter().find(|row| row.name.as_str() == name).ok_or_else(nearest)
    }

    /// All rows.
    pub fn iter(&self) -> impl Iterator<Item = &Provider> + '_ {
        self.rows.iter()
    }
}

/// The table under construction: the fields of each row are kept, so that a later row can start from them.
#[derive(Default)]
struct Table {
    rows: Vec<(ProviderFields, Provider)>,
    diagnostics: Vec<Diagnostic>,
}

impl Table {
    fn lay(&mut self, entry: ProviderEntry) {
        let at = self.rows.iter().position(|(_, row)| row.name.as_str() == entry.name);
        let base = match &entry.fields.like {
            Some(name) => match self.rows.iter().find(|(_, row)| row.name.as_str() == name) {
                Some((fields, _)) => fields.clone(),
                None => {
                    let hint = suggest::hint(name, self.rows.iter().map(|(_, row)| row.name.as_str()));
                    return self.refuse(&entry, "like", &format!("no provider {name:?} above this line{hint}"));
                }
            },
            None => at.and_then(|at| self.rows.get(at)).map(|(fields, _)| fields.clone()).unwrap_or_default(),
        };
        let fields = overlay(base, entry.fields.clone());
        match build(&entry.name, &fields) {
            Ok(provider) => match at.and_then(|at| self.rows.get_mut(at)) {
                Some(row) => *row = (fields, provider),
                None => self.rows.push((fields, provider)),
            },
            Err((field, message)) => self.refuse(&entry, field, message),
        }
    }

    fn refuse(&mut self, entry: &ProviderEntry, field: &str, message: &str) {
        let key = format!("providers.{}.{field}", entry.name);
        let message = format!("{message}; the row is not used");
        self.diagnostics.push(Diagnostic { at: entry.at, key, message });
    }
}

/// The fields of `base` where `over` says nothing.
fn overlay(base: ProviderFields, over: ProviderFields) -> ProviderFields {
    ProviderFields {
        like: None,
        title: over.title.or(base.title),
        command: over.command.or(base.command),
        prompt: over.prompt.or(base.prompt),
        positional_prompt: over.positional_prompt.or(base.positional_prompt),
        assign: over.assign.or(base.assign),
        resume: over.resume.or(base.resume),
        model: over.model.or(base.model),
        conversation_flags: over.conversation_flags.or(base.conversation_flags),
        prompt_flags: over.prompt_flags.or(base.prompt_flags),
        flags: over.flags.or(base.flags),
        commands: over.commands.or(base.commands),
        env: match (over.env, base.env) {
            (Some(mut env), Some(base)) => {
                base.into_iter().for_each(|(name, value)| {
                    env.entry(name).or_insert(value);
                });
                Some(env)
            }
            (over, base) => over.or(base),
        },
        remember_env: over.remember_env.or(base.remember_env),
        witnesses: over.witnesses.or(base.witnesses),
        farewell: over.farewell.or(base.farewell),
        hooks: over.hooks.or(base.hooks),
        files: over.files.or(base.files),
        inject_hooks: over.inject_hooks.or(base.inject_hooks),
        shift_enter: over.shift_enter.or(base.shift_enter),
        paste: over.paste.or(base.paste),
        title_status: over.title_status.or(base.title_status),
        screen_status: over.screen_status.or(base.screen_status),
        prompt_shown: over.prompt_shown.or(base.prompt_shown),
        title_strip: over.title_strip.or(base.title_strip),
        notify: over.notify.or(base.notify),
        is_agent: over.is_agent.or(base.is_agent),
        install: over.install.or(base.install),
        confidence: over.confidence.or(base.confidence),
    }
}

/// A complete row, or the field that makes it unusable and why.
fn build(name: &str, fields: &ProviderFields) -> Result<Provider, (&'static str, &'static str)> {
    let command = fields.command.clone().unwrap_or_default();
    if command.first().is_none_or(|program| program.is_empty()) {
        return Err(("command", "a program is needed"));
    }
    let resume = fields.resume.clone().unwrap_or_default();
    if !resume.is_empty() && !resume.iter().any(|word| word.contains("{id}")) {
        return Err(("resume", "{id} must stand where the conversation's id goes"));
    }
    let farewell = fields.farewell.clone().unwrap_or_default();
    if farewell.iter().any(|line| line.split_once("{id}").is_none_or(|(before, _)| before.trim().is_empty())) {
        return Err(("farewell", "each line needs {id} with words before it"));
    }
    let assign = fields.assign.clone().filter(|flag| !flag.is_empty());
    let prompt = fields.prompt.clone().unwrap_or_default();
    let hooks = fields.hooks.unwrap_or_default();
    let witnesses = fields.witnesses.clone().unwrap_or_else(|| default_witnesses(assign.is_some(), hooks, &farewell));
    Ok(Provider {
        name: ProviderName::new(name),
        title: fields.title.clone().unwrap_or_else(|| name.to_owned()),
        flags: flag_table(fields, assign.as_deref(), &resume, &prompt),
        command,
        positional_prompt: fields.positional_prompt.unwrap_or(prompt == PromptStyle::Positional),
        prompt,
        assign,
        resume,
        model: fields.model.clone().filter(|flag| !flag.is_empty()),
        commands: fields.commands.clone().unwrap_or_default(),
        env: fields.env.clone().unwrap_or_default(),
        remember_env: fields.remember_env.clone().unwrap_or_default(),
        witnesses,
        farewell,
        hooks,
        files: fields.files.unwrap_or_default(),
        inject_hooks: fields.inject_hooks,
        shift_enter: fields.shift_enter.unwrap_or_default(),
        paste: fields.paste.unwrap_or_default(),
        title_status: fields.title_status.clone().unwrap_or_default(),
        screen_status: fields.screen_status.clone().unwrap_or_default(),
        prompt_shown: fields.prompt_shown.clone().unwrap_or_default(),
        title_strip: fields.title_strip.clone().unwrap_or_default(),
        notify: fields.notify.clone(),
        is_agent: fields.is_agent.unwrap_or(true),
        install_hint: fields.install.clone(),
        confidence: fields.confidence.unwrap_or_default(),
    })
}

/// What a row that names no witnesses has by its other fields.
fn default_witnesses(assigns: bool, hooks: HookDialect, farewell: &[String]) -> Vec<Witness> {
    let known = [
        (Witness::Assigned, assigns),
        (Witness::Hook, hooks != HookDialect::None),
        (Witness::Farewell, !farewell.is_empty()),
    ];
    known.into_iter().filter(|(_, has)| *has).map(|(witness, _)| witness).collect()
}

/// All flags of a row. Those that its other fields name (the ones that assign, resume, choose the model, carry the prompt)
/// are known even where no list mentions them.
fn flag_table(fields: &ProviderFields, assign: Option<&str>, resume: &[String], prompt: &PromptStyle) -> Vec<FlagRow> {
    let lists = [&fields.conversation_flags, &fields.prompt_flags, &fields.flags];
    let mut table: Vec<FlagRow> = lists.into_iter().flatten().flatten().cloned().collect();
    let mut imply =
        |name: &str, role: FlagRole| match table.iter_mut().find(|row| row.names.iter().any(|known| known == name)) {
            Some(_) if role == FlagRole::Kept => {}
            Some(row) => row.role = role,
            None => table.push(FlagRow { names: vec![name.to_owned()], arity: Arity::Value, role }),
        };
    if let Some(flag) = assign {
        imply(flag, FlagRole::Conversation);
    }
    if let [flag, id] = resume
        && id == "{id}"
    {
        imply(flag, FlagRole::Conversation);
    } else if let [word] = resume
        && let Some((flag, "{id}")) = word.split_once('=')
    {
        imply(flag, FlagRole::Conversation);
    }
    if let PromptStyle::Flag(flag) = prompt {
        imply(flag, FlagRole::Prompt);
    }
    if let Some(flag) = fields.model.as_deref().filter(|flag| !flag.is_empty()) {
        imply(flag, FlagRole::Kept);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;

    fn with(text: &str) -> (Providers, Vec<String>) {
        let (config, complaints) = parse(text);
        assert_eq!(complaints, vec![]);
        let (providers, diagnostics) = Providers::with_config(&config);
        (providers, diagnostics.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn the_built_in_table_is_sound() {
        let (entries, complaints) = parse_rows(BUILT_IN);
        assert_eq!(complaints, vec![]);
        let providers = Providers::default();
        assert_eq!(providers.iter().count(), entries.len());
        for name in ["claude", "codex", "opencode", "gemini", "shell", "demo"] {
            let row = providers.get(&ProviderName::new(name)).unwrap();
            assert!(row.is_agent == (name != "shell") && row.can_resume() == row.is_agent, "{name}");
            let mut names: Vec<_> = row.flags.iter().flat_map(|flag| &flag.names).collect();
            names.sort();
            let all = names.len();
            names.dedup();
            assert_eq!(names.len(), all, "{name}: a flag is listed twice");
        }
    }

    #[test]
    fn the_page_on_providers_names_every_row_and_nothing_else() {
        let page = include_str!("../../docs/providers.md");
        let rows = page.lines().filter_map(|line| line.strip_prefix("| `")).filter_map(|line| line.split(" | ").next());
        let mut named: Vec<&str> = rows.flat_map(|cell| cell.split('`').filter(|word| !word.contains(' '))).collect();
        named.retain(|word| !word.is_empty() && *word != ",");
        named.sort_unstable();
        let providers = Providers::default();
        let mut rows: Vec<&str> = providers.iter().map(|row| row.name.as_str()).collect();
        rows.sort_unstable();
        assert_eq!(named, rows);
    }

    #[test]
    fn a_row_of_the_users_changes_only_the_fields_that_it_names() {
        let (providers, complaints) =
            with("[providers.claude]\ncommand = \"claude-next --verbose\"\ninject_hooks = false");
        assert_eq!(complaints, Vec::<String>::new());
        let row = providers.find("claude").unwrap();
        assert_eq!(row.command, ["claude-next", "--verbose"]);
        assert_eq!((row.inject_hooks, row.assign.as_deref()), (Some(false), Some("--session-id")));
        assert_eq!(providers.iter().count(), Providers::default().iter().count());
    }

    #[test]
    fn a_row_can_start_from_another() {
        let (providers, _) = with("[providers.work]\nlike = \"codex\"\nenv = { CODEX_HOME = \"/w\" }");
        let row = providers.find("work").unwrap();
        assert_eq!(row.hooks, HookDialect::Codex);
        assert_eq!(row.env["CODEX_HOME"], "/w");
        assert_eq!(row.command, ["codex"]);
    }

    #[test]
    fn a_row_that_cannot_be_used_is_left_out_with_its_reason() {
        let text = "[providers.a]\ntitle = \"A\"\n[providers.codex]\nresume = \"resume --last\"\n[providers.b]\nlike = \"clude\"\n[providers.c]\ncommand = \"c\"\nfarewell = [\"{id}\"]";
        let (providers, complaints) = with(text);
        assert_eq!(
            complaints,
            [
                "line 1, column 12: providers.a.command: a program is needed; the row is not used",
                "line 3, column 12: providers.codex.resume: {id} must stand where the conversation's id goes; the row is not used",
                "line 5, column 12: providers.b.like: no provider \"clude\" above this line; did you mean \"claude\"?; the row is not used",
                "line 7, column 12: providers.c.farewell: each line needs {id} with words before it; the row is not used",
            ]
        );
        assert_eq!(providers, Providers::default());
    }

    #[test]
    fn what_the_fields_imply_need_not_be_listed() {
        let (providers, _) = with(
            "[providers.x]\ncommand = \"x\"\nresume = \"--load={id}\"\nassign = \"--id\"\nprompt = \"--ask\"\nmodel = \"-m\"",
        );
        let row = providers.find("x").unwrap();
        let role = |name: &str| row.flags.iter().find(|flag| flag.names == [name]).map(|flag| flag.role);
        assert_eq!(role("--load"), Some(FlagRole::Conversation));
        assert_eq!(role("--id"), Some(FlagRole::Conversation));
        assert_eq!(role("--ask"), Some(FlagRole::Prompt));
        assert_eq!(role("-m"), Some(FlagRole::Kept));
        assert_eq!(row.witnesses, [Witness::Assigned]);
    }

    #[test]
    fn an_unknown_name_comes_with_the_nearest_one() {
        assert_eq!(Providers::default().find("cluade").unwrap_err(), Some("claude"));
    }

    #[test]
    fn only_what_the_row_names_is_remembered() {
        let providers = Providers::default();
        let env = [("CODEX_HOME", "/c"), ("OPENAI_API_KEY", "secret"), ("PATH", "/bin")];
        let kept = providers.find("codex").unwrap().remembered(env);
        assert_eq!(kept.into_iter().collect::<Vec<_>>(), [("CODEX_HOME".to_owned(), "/c".to_owned())]);
    }
}
