//! Sessions → argv and environment: fresh starts and resumes.
//!
//! The order is always: program and fixed arguments, the conversation, what homing adds (hooks), the model, the user's
//! arguments, the first prompt. Nothing here guesses a conversation.

use uuid::Uuid;

use crate::config::{Arity, HookDialect, PromptStyle};
use crate::core::session::{Claim, LaunchOptions};
use crate::id::{ConversationId, SessionId};
use crate::provider::row::Provider;
use crate::provider::strip::{Choice, Stripped, strip};
use crate::provider::{claude, codex, opencode};

/// Variables by which an agent tells the commands that it runs whose they are. A homing started from inside an agent would
/// hand them to every pane, where they make an agent take itself for a nested one (`CLAUDECODE`) or report a stranger's id.
const FOREIGN_ENV: &[&str] = &[
    "CLAUDECODE",
    "CLAUDE_CODE_ENTRYPOINT",
    "CLAUDE_CODE_SESSION_ID",
    "CLAUDE_CODE_CHILD_SESSION",
    "CODEX_THREAD_ID",
    "CODEX_SESSION_ID",
    "GEMINI_CLI",
    "OPENCODE",
];

/// All that a launch depends on.
#[derive(Clone, Copy, Debug)]
pub struct LaunchRequest<'a> {
    /// Which agent.
    pub provider: &'a Provider,
    /// What the user chose. At the first launch its `args` may still choose a conversation and hold a prompt: they are
    /// passed on as they are. A resume strips them by itself.
    pub options: &'a LaunchOptions,
    /// The first prompt, where one was given beside the arguments.
    pub prompt: Option<&'a str>,
    /// A random UUIDv4 that becomes the conversation's id where the provider takes one.
    pub random_id: Uuid,
    /// The user's shell, an absolute path.
    pub shell: &'a str,
    /// How the agent can report.
    pub hooks: &'a HookContext,
    /// What is known about the binary.
    pub facts: &'a BinaryFacts,
}

/// How an agent can report to this server.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HookContext {
    /// The absolute path of homing's own executable.
    pub homing: String,
    /// The path of the server's socket.
    pub socket: String,
    /// The session that is launched.
    pub session: SessionId,
    /// This launch's secret (128 bits in hex): allows reports, nothing else.
    pub token: String,
    /// Whether hooks are injected (`Provider::injects_hooks`). The environment is set all the same.
    pub inject: bool,
}

/// What was found out about an agent's binary.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct BinaryFacts {
    /// Its version, as told by `--version` (digits and dots).
    pub version: Option<String>,
    /// Whether its `--help` mentions `--no-daemon` (Codex).
    pub has_no_daemon: bool,
}

impl BinaryFacts {
    /// What the outputs of `--version` and `--help` tell. A version is the first word that begins like `1.2`
    /// (`codex-cli 0.169.0`, `2.1.197 (Claude Code)`, `v1.0`).
    pub fn read(version_output: &str, help_output: &str) -> Self {
        let is_version = |word: &&str| {
            let number = word.split('.').next().unwrap_or_default();
            word.contains('.') && !number.is_empty() && number.chars().all(|c| c.is_ascii_digit())
        };
        let words =
            version_output.split(|c: char| c.is_whitespace() || c == '/').map(|word| word.trim_start_matches('v'));
        Self {
            version: words.map(|word| word.trim_end_matches([',', ';', ')'])).find(is_version).map(str::to_owned),
            has_no_daemon: help_output.split_whitespace().any(|word| word == "--no-daemon"),
        }
    }

    /// Whether its version is known and at least this one.
    pub fn is_at_least(&self, version: [u64; 3]) -> bool {
        let numbers = self.version.as_deref().and_then(|text| {
            let mut parts = text.trim().splitn(3, '.').map(|part| {
                let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
                digits.parse::<u64>().ok()
            });
            Some([parts.next()??, parts.next()??, parts.next().flatten().unwrap_or(0)])
        });
        numbers.is_some_and(|numbers| numbers >= version)
    }
}

/// A process to start.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Launch {
    /// Program and arguments, never empty.
    pub argv: Vec<String>,
    /// Variables to set, over the opener's environment.
    pub env: Vec<(String, String)>,
    /// Variables to take away first.
    pub env_remove: Vec<String>,
    /// The conversation that the argv names: assigned, resumed, or chosen by the user's own arguments.
    pub assigned: Option<ConversationId>,
    /// The index in `argv` of the port on which it is to serve its events, where it serves them; the port is filled in by
    /// whoever starts the process.
    pub port_at: Option<usize>,
    /// Whether the argv gives it hooks of homing's.
    pub has_hooks: bool,
    /// A prompt that the argv cannot carry: to be typed once the agent is ready.
    pub typed_prompt: Option<String>,
    /// What was left out and why, one line each, for `homing explain`.
    pub notes: Vec<String>,
}

/// The first launch of a session, or a relaunch of one on which nothing was ever said and whose provider takes no ids.
pub fn fresh(request: &LaunchRequest<'_>) -> Launch {
    let stripped = strip(request.provider, &request.options.args);
    let assigned = match (&stripped.choice, &request.provider.assign) {
        (Choice::None, Some(_)) => Some(ConversationId::new(&request.random_id.hyphenated().to_string())),
        _ => None,
    };
    start(request, stripped, assigned)
}

/// A relaunch of a session on the conversation that it claims. Where nothing was ever said under the claim there is nothing
/// to resume (`providers.md`, trap 10): the agent starts fresh, with the same id where it takes ids.
pub fn resume(request: &LaunchRequest<'_>, claim: &Claim) -> Launch {
    let provider = request.provider;
    let kept = strip(provider, &request.options.args);
    let options = LaunchOptions { args: kept.kept, ..request.options.clone() };
    let request = LaunchRequest { options: &options, ..*request };
    if !claim.spoken {
        let assigned = provider.assign.is_some().then(|| claim.conversation.clone());
        return start(&request, strip(provider, &options.args), assigned);
    }
    let mut launch = base(&request);
    let id = claim.conversation.as_str();
    launch.argv.extend(provider.resume.iter().map(|word| word.replace("{id}", id)));
    launch.assigned = provider.can_resume().then(|| claim.conversation.clone());
    finish(&request, launch, request.prompt)
}

fn start(request: &LaunchRequest<'_>, stripped: Stripped, assigned: Option<ConversationId>) -> Launch {
    let mut launch = base(request);
    if stripped.is_command {
        launch.argv.extend(request.options.args.iter().cloned());
        launch.notes.push("the arguments name a command that opens no conversation: nothing was added".to_owned());
        return launch;
    }
    if let (Some(flag), Some(id)) = (&request.provider.assign, &assigned) {
        launch.argv.extend([flag.clone(), id.to_string()]);
    }
    launch.assigned = match stripped.choice {
        Choice::Exact(id) => Some(id),
        Choice::None | Choice::Open => assigned,
    };
    // The user's arguments may hold a prompt already; an agent takes one.
    finish(request, launch, request.prompt.filter(|_| stripped.prompt.is_none()))
}

/// Program, fixed arguments and environment.
fn base(request: &LaunchRequest<'_>) -> Launch {
    let HookContext { homing, socket, session, token, .. } = request.hooks;
    let fill = |word: &String| word.replace("{homing}", homing).replace("{shell}", request.shell);
    let mut env: Vec<(String, String)> = Vec::new();
    let chosen = request.provider.env.iter().chain(&request.options.env);
    env.extend(chosen.map(|(name, value)| (name.clone(), value.clone())));
    env.extend([
        ("HOMING_SOCKET".to_owned(), socket.clone()),
        ("HOMING_SESSION".to_owned(), session.to_string()),
        ("HOMING_TOKEN".to_owned(), token.clone()),
    ]);
    Launch {
        argv: request.provider.command.iter().map(fill).collect(),
        env,
        env_remove: FOREIGN_ENV.iter().map(|name| (*name).to_owned()).collect(),
        ..Launch::default()
    }
}

/// Hooks, model, the user's arguments, prompt.
fn finish(request: &LaunchRequest<'_>, mut launch: Launch, prompt: Option<&str>) -> Launch {
    let provider = request.provider;
    let mut args = request.options.args.clone();
    let has_model = |args: &[String], flag: &str| {
        args.iter().any(|word| word == flag || word.strip_prefix(flag).is_some_and(|rest| rest.starts_with('=')))
    };
    match provider.hooks {
        HookDialect::Claude => claude::inject(request, &mut args, &mut launch),
        HookDialect::Codex => codex::inject(request, &args, &mut launch),
        HookDialect::OpenCode => opencode::inject(request, &args, &mut launch),
        HookDialect::Demo | HookDialect::None => {}
    }
    if let (Some(flag), Some(model)) = (&provider.model, &request.options.model)
        && !has_model(&args, flag)
    {
        launch.argv.extend([flag.clone(), model.clone()]);
    }
    let n_args = args.len();
    launch.argv.extend(args);
    if let Some(prompt) = prompt.filter(|prompt| !prompt.is_empty()) {
        add_prompt(provider, prompt, n_args, &mut launch);
    }
    launch
}

fn add_prompt(provider: &Provider, prompt: &str, n_args: usize, launch: &mut Launch) {
    match &provider.prompt {
        PromptStyle::Positional => {
            // Behind `--` a prompt is neither a flag nor the value of one that takes many; where neither can happen, `--`
            // is left out, for not every program knows it. A single word could be a subcommand, for Claude Code 2.1.197
            // even behind `--` (`claude -- doctor`): it gets a blank, which the agents trim.
            if (prompt.starts_with('-') || n_args > 0) && !launch.argv.iter().any(|word| word == "--") {
                launch.argv.push("--".to_owned());
            }
            let pad = if prompt.contains(char::is_whitespace) { "" } else { " " };
            launch.argv.push(format!("{prompt}{pad}"));
        }
        // With `=` a prompt that begins with a dash is no flag.
        PromptStyle::Flag(flag) if flag.starts_with("--") => launch.argv.push(format!("{flag}={prompt}")),
        PromptStyle::Flag(flag) => launch.argv.extend([flag.clone(), prompt.to_owned()]),
        PromptStyle::Typed => launch.typed_prompt = Some(prompt.to_owned()),
        PromptStyle::None => launch.notes.push(format!("{} takes no first prompt", provider.title)),
    }
}

/// The place and the value of the last use of a flag among arguments, as `--flag VALUE` or `--flag=VALUE`.
pub(super) fn find_value(provider: &Provider, args: &[String], flag: &str) -> Option<FlagUse> {
    let mut found = None;
    let mut at = 0;
    while let Some(word) = args.get(at) {
        if word == "--" {
            break;
        }
        if word == flag {
            found = args.get(at + 1).map(|value| FlagUse { at, n_words: 2, value: value.clone() });
        } else if let Some(value) = word.strip_prefix(flag).and_then(|rest| rest.strip_prefix('=')) {
            found = Some(FlagUse { at, n_words: 1, value: value.to_owned() });
        }
        // The value of another flag is not looked at: `--system-prompt --settings` is odd, but it is the user's.
        let takes_value = provider.flags.iter().any(|row| row.arity == Arity::Value && row.names.contains(word));
        at += if takes_value { 2 } else { 1 };
    }
    found
}

/// Where a flag stands and what it was given.
pub(super) struct FlagUse {
    /// The index of the flag's word.
    pub at: usize,
    /// 1 for `--flag=VALUE`, 2 for `--flag VALUE`.
    pub n_words: usize,
    /// The value.
    pub value: String,
}

#[cfg(test)]
#[path = "launch_tests.rs"]
mod tests;
