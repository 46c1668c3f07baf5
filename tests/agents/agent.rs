//! The agents: how each is set up in a throw-away home, and how one moves between conversations inside it.
//!
//! A further agent is a variant here, an arm in each `match`, and the reading of its protocol in `model/`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::json;

/// An agent that the scenarios know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Agent {
    Codex,
    Claude,
    OpenCode,
    Gemini,
}

/// A key that no account has.
const DUMMY_KEY: &str = "sk-dummy";

/// A way to another conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// A new conversation in the same pane.
    New,
    /// Back to the conversation that was begun with the first message of the pane.
    Older,
    /// A copy of the conversation that goes on by itself.
    Fork,
}

/// One thing that a user does to make a move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Types a command, waits until the agent's menu offers it, and presses Enter.
    Command(&'static str),
    /// Types the first message of the pane: what an agent's list of conversations is searched for.
    TypeFirstMessage,
    /// Presses Enter until the list that matches is gone: one that has just opened may not listen yet.
    Choose(&'static str),
    /// Presses a key, in homing's notation.
    Press(&'static str),
    /// Looks until the screen matches.
    See(&'static str),
    /// Looks until the screen shows no more turns of the conversation that is left.
    SeeCleared,
    /// Looks until the screen shows the pane's first answer again.
    SeeFirstAnswer,
}

impl Agent {
    pub const ALL: [Self; 4] = [Self::Codex, Self::Claude, Self::OpenCode, Self::Gemini];

    /// homing's name of the provider; also the command.
    pub fn name(self) -> &'static str {
        match self {
            Self::Codex => "codex",
            Self::Claude => "claude",
            Self::OpenCode => "opencode",
            Self::Gemini => "gemini",
        }
    }

    /// The agent of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|agent| agent.name() == name)
    }

    /// What its screen shows (a regular expression) once it takes prompts.
    pub fn prompt_box(self) -> &'static str {
        match self {
            Self::Codex => "› Ask Codex",
            Self::Claude => "❯",
            Self::OpenCode => "ctrl\\+p commands|Ask anything",
            Self::Gemini => "Type your message",
        }
    }

    /// Its environment, beside what every program has.
    pub fn env(self, port: u16) -> Vec<(&'static str, String)> {
        let here = format!("http://127.0.0.1:{port}");
        let on = |names: &[&'static str]| names.iter().map(|name| (*name, "1".to_owned())).collect::<Vec<_>>();
        match self {
            Self::Codex => vec![("FAKE_API_KEY", DUMMY_KEY.to_owned())],
            Self::Claude => {
                let mut env = on(&[
                    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC",
                    "DISABLE_TELEMETRY",
                    "DISABLE_ERROR_REPORTING",
                    "DISABLE_AUTOUPDATER",
                    "DISABLE_BUG_COMMAND",
                    "CLAUDE_CODE_MAX_RETRIES",
                ]);
                env.push(("ANTHROPIC_BASE_URL", here));
                env.push(("ANTHROPIC_API_KEY", DUMMY_KEY.to_owned()));
                env.push(("ANTHROPIC_MODEL", "fake-model".to_owned()));
                env.push(("ANTHROPIC_SMALL_FAST_MODEL", super::model::rule::SMALL_MODEL.to_owned()));
                env
            }
            Self::OpenCode => on(&[
                "OPENCODE_DISABLE_AUTOUPDATE",
                "OPENCODE_DISABLE_MODELS_FETCH",
                "OPENCODE_DISABLE_LSP_DOWNLOAD",
                "OPENCODE_DISABLE_DEFAULT_PLUGINS",
                "OPENCODE_DISABLE_SHARE",
            ]),
            Self::Gemini => vec![("GEMINI_API_KEY", DUMMY_KEY.to_owned()), ("GOOGLE_GEMINI_BASE_URL", here)],
        }
    }

    /// Writes its settings: the model server, no questions on first use, nothing that would call out.
    pub fn set_up(self, home: &Path, project: &Path, port: u16) -> io::Result<()> {
        let here = format!("http://127.0.0.1:{port}");
        match self {
            Self::Codex => write(&home.join(".codex/config.toml"), &codex_settings(project, &here)),
            Self::Claude => {
                let project_row = json!({"hasTrustDialogAccepted": true, "hasCompletedProjectOnboarding": true,
                    "projectOnboardingSeenCount": 5, "allowedTools": [], "mcpServers": {}, "history": []});
                let settings = json!({
                    "hasCompletedOnboarding": true, "lastOnboardingVersion": "99.0.0", "theme": "dark", "numStartups": 5,
                    "autoUpdates": false, "hasSeenTasksHint": true,
                    "customApiKeyResponses": {"approved": [DUMMY_KEY], "rejected": []},
                    "projects": {project.to_string_lossy(): project_row},
                });
                write(&home.join(".claude.json"), &settings.to_string())
            }
            Self::OpenCode => {
                let models = json!({"fake-model": {"name": "fake-model"}, "fake-small": {"name": "fake-small"}});
                let provider = json!({"npm": "@ai-sdk/openai-compatible", "name": "fake",
                    "options": {"baseURL": format!("{here}/v1"), "apiKey": DUMMY_KEY}, "models": models});
                let settings = json!({
                    "$schema": "https://opencode.ai/config.json", "autoupdate": false, "share": "disabled",
                    "model": "fake/fake-model", "small_model": "fake/fake-small", "enabled_providers": ["fake"],
                    "permission": {"bash": "ask"}, "provider": {"fake": provider},
                });
                write(&home.join(".config/opencode/opencode.json"), &settings.to_string())
            }
            Self::Gemini => {
                let settings = json!({
                    // Its clean-up at start deletes conversations of open panes (docs/providers.md).
                    "general": {"sessionRetention": {"enabled": false},
                        // Under their old names it would write the file anew at its first start.
                        "enableAutoUpdate": false, "enableAutoUpdateNotification": false,
                        // It tries a request that failed ten times, over minutes.
                        "maxAttempts": 1},
                    "privacy": {"usageStatisticsEnabled": false}, "telemetry": {"enabled": false},
                    "security": {"auth": {"selectedType": "gemini-api-key"}, "folderTrust": {"enabled": false}},
                    "ui": {"hideTips": true, "hideBanner": true}, "model": {"name": "fake-model"},
                });
                write(&home.join(".gemini/settings.json"), &settings.to_string())
            }
        }
    }

    /// How a user makes a move; `None` where the agent has no such move.
    pub fn acts(self, to: Move) -> Option<&'static [Act]> {
        use Act::{Choose, Command, Press, See, SeeCleared, SeeFirstAnswer, TypeFirstMessage};
        match (self, to) {
            (Self::Codex | Self::OpenCode, Move::New) => Some(&[Command("/new"), SeeCleared]),
            (Self::Claude | Self::Gemini, Move::New) => Some(&[Command("/clear"), SeeCleared]),
            (Self::Codex, Move::Older) => Some(&[
                Command("/resume"),
                See("(?i)type to search|enter to resume"),
                TypeFirstMessage,
                Choose("(?i)type to search|enter to resume"),
                SeeFirstAnswer,
            ]),
            // The one that was left last stands first.
            (Self::Claude, Move::Older) => {
                Some(&[Command("/resume"), See("Type to search"), Choose("Type to search"), SeeFirstAnswer])
            }
            // As below; what is typed narrows the list only after a while.
            (Self::OpenCode, Move::Older) => Some(&[
                Command("/sessions"),
                See("Sessions +esc"),
                Press("down"),
                Choose("Sessions +esc"),
                SeeFirstAnswer,
            ]),
            // The current one stands first, then the one that was left last.
            (Self::Gemini, Move::Older) => Some(&[
                Command("/resume"),
                See("Chat Sessions"),
                Press("down"),
                Choose("Chat Sessions"),
                SeeFirstAnswer,
            ]),
            (Self::Codex, Move::Fork) => Some(&[Command("/fork"), See("forked from")]),
            (Self::Claude, Move::Fork) => Some(&[Command("/branch"), See("[Bb]ranched")]),
            (Self::OpenCode | Self::Gemini, Move::Fork) => None,
        }
    }

    /// Its arguments with which it opens a conversation, in a process of its own.
    pub fn resumes(self, id: &str) -> Vec<String> {
        let words: &[&str] = match self {
            Self::Codex => &["--no-daemon", "resume", id],
            Self::Claude | Self::Gemini => &["--resume", id],
            Self::OpenCode => &["--session", id],
        };
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    /// The variable that says where it keeps its conversations.
    pub fn home_variable(self) -> &'static str {
        match self {
            Self::Codex => "CODEX_HOME",
            Self::Claude => "CLAUDE_CONFIG_DIR",
            Self::OpenCode => "XDG_DATA_HOME",
            Self::Gemini => "GEMINI_CLI_HOME",
        }
    }

    /// All that it keeps of conversations below a home: directories and databases, with the files beside these.
    pub fn stores(self, home: &Path) -> Vec<PathBuf> {
        let (directory, starts): (_, &[&str]) = match self {
            Self::Codex => (".codex", &["sessions", "state_", "thread_history_"]),
            Self::Claude => (".claude", &["projects"]),
            Self::OpenCode => (".local/share/opencode", &["opencode.db"]),
            Self::Gemini => (".gemini", &["tmp"]),
        };
        let entries = fs::read_dir(home.join(directory)).into_iter().flatten().flatten().map(|entry| entry.path());
        let is_one = |path: &PathBuf| {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            starts.iter().any(|start| name.starts_with(start))
        };
        let mut found: Vec<PathBuf> = entries.filter(is_one).collect();
        found.sort();
        found
    }

    /// The files in which it keeps conversations, below a home: one a conversation (OpenCode keeps all in one database).
    pub fn conversation_files(self, home: &Path) -> Vec<PathBuf> {
        let (below, ending) = match self {
            Self::Codex => (".codex/sessions", ".jsonl"),
            Self::Claude => (".claude/projects", ".jsonl"),
            Self::OpenCode => (".local/share/opencode", "opencode.db"),
            Self::Gemini => (".gemini/tmp", ".jsonl"),
        };
        let mut found = Vec::new();
        walk(&home.join(below), &mut found);
        found.retain(|path| path.to_string_lossy().ends_with(ending));
        found.sort();
        found
    }
}

fn codex_settings(project: &Path, here: &str) -> String {
    format!(
        r#"model = "fake-model"
model_provider = "fake"
approval_policy = "on-request"
sandbox_mode = "workspace-write"
check_for_update_on_startup = false
[analytics]
enabled = false
[feedback]
enabled = false
[model_providers.fake]
name = "fake"
base_url = "{here}/v1"
wire_api = "responses"
env_key = "FAKE_API_KEY"
request_max_retries = 0
stream_max_retries = 0
[projects."{}"]
trust_level = "trusted"
"#,
        project.display()
    )
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)?;
    }
    fs::write(path, text)
}

fn walk(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, found);
        } else {
            found.push(path);
        }
    }
}
