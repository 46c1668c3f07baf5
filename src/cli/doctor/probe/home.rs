//! The home of a trial: settings with which an agent asks nothing at its first start, has no login, and can reach no model.
//! What they are called, and in which version: docs/providers.md.

use std::fs;
use std::io;
use std::path::Path;

use serde_json::json;

use crate::config::FileDialect;

/// A key that no account has.
const NOBODYS_KEY: &str = "sk-homing-probe";

/// Where nothing listens ("discard"): whatever an agent would ask of a model or of anybody else ends here.
const NOWHERE: &str = "http://127.0.0.1:9";

/// The environment of the trial, beside what every program needs.
pub(super) fn env(files: FileDialect) -> Vec<(&'static str, String)> {
    let everybody = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"];
    let mut env: Vec<(&'static str, String)> = everybody.map(|name| (name, NOWHERE.to_owned())).to_vec();
    // Agents talk to parts of themselves there.
    env.extend(["NO_PROXY", "no_proxy"].map(|name| (name, "127.0.0.1,localhost,::1".to_owned())));
    let on = |names: &[&'static str]| names.iter().map(|name| (*name, "1".to_owned())).collect::<Vec<_>>();
    match files {
        FileDialect::Claude => {
            env.extend(on(&[
                "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC",
                "DISABLE_TELEMETRY",
                "DISABLE_ERROR_REPORTING",
                "DISABLE_AUTOUPDATER",
                "CLAUDE_CODE_MAX_RETRIES",
            ]));
            env.extend([("ANTHROPIC_BASE_URL", NOWHERE.to_owned()), ("ANTHROPIC_API_KEY", NOBODYS_KEY.to_owned())]);
        }
        FileDialect::Codex => env.push(("HOMING_PROBE_KEY", NOBODYS_KEY.to_owned())),
        FileDialect::OpenCode => env.extend(on(&[
            "OPENCODE_DISABLE_AUTOUPDATE",
            "OPENCODE_DISABLE_MODELS_FETCH",
            "OPENCODE_DISABLE_LSP_DOWNLOAD",
            "OPENCODE_DISABLE_DEFAULT_PLUGINS",
            "OPENCODE_DISABLE_SHARE",
        ])),
        FileDialect::Gemini => {
            env.extend([("GEMINI_API_KEY", NOBODYS_KEY.to_owned()), ("GOOGLE_GEMINI_BASE_URL", NOWHERE.to_owned())]);
        }
        FileDialect::Qwen | FileDialect::Copilot | FileDialect::Demo | FileDialect::None => {}
    }
    env
}

/// Writes the agent's settings below the home.
pub(super) fn furnish(files: FileDialect, home: &Path, project: &Path) -> io::Result<()> {
    match files {
        FileDialect::Claude => {
            let trusted = json!({"hasTrustDialogAccepted": true, "hasCompletedProjectOnboarding": true});
            let settings = json!({
                "hasCompletedOnboarding": true, "lastOnboardingVersion": "99.0.0", "theme": "dark", "numStartups": 5,
                "autoUpdates": false, "customApiKeyResponses": {"approved": [NOBODYS_KEY], "rejected": []},
                "projects": {project.to_string_lossy(): trusted},
            });
            write(&home.join(".claude.json"), &settings.to_string())
        }
        FileDialect::Codex => write(&home.join(".codex/config.toml"), &codex_settings(project)),
        FileDialect::OpenCode => {
            let provider = json!({"npm": "@ai-sdk/openai-compatible", "name": "nowhere",
                "options": {"baseURL": format!("{NOWHERE}/v1"), "apiKey": NOBODYS_KEY}, "models": {"none": {"name": "none"}}});
            let settings = json!({"autoupdate": false, "share": "disabled", "model": "nowhere/none",
                "small_model": "nowhere/none", "enabled_providers": ["nowhere"], "provider": {"nowhere": provider}});
            write(&home.join(".config/opencode/opencode.json"), &settings.to_string())
        }
        FileDialect::Gemini => {
            let settings = json!({
                "general": {"disableAutoUpdate": true, "disableUpdateNag": true, "enableAutoUpdate": false,
                    "enableAutoUpdateNotification": false, "maxAttempts": 1},
                "privacy": {"usageStatisticsEnabled": false}, "telemetry": {"enabled": false},
                "security": {"auth": {"selectedType": "gemini-api-key"}, "folderTrust": {"enabled": false}},
            });
            write(&home.join(".gemini/settings.json"), &settings.to_string())
        }
        FileDialect::Qwen | FileDialect::Copilot | FileDialect::Demo | FileDialect::None => Ok(()),
    }
}

fn codex_settings(project: &Path) -> String {
    format!(
        "model = \"none\"\nmodel_provider = \"nowhere\"\ncheck_for_update_on_startup = false\n\
         [analytics]\nenabled = false\n[feedback]\nenabled = false\n\
         [model_providers.nowhere]\nname = \"nowhere\"\nbase_url = \"{NOWHERE}/v1\"\nwire_api = \"responses\"\n\
         env_key = \"HOMING_PROBE_KEY\"\nrequest_max_retries = 0\nstream_max_retries = 0\n\
         [projects.{:?}]\ntrust_level = \"trusted\"\n",
        project.to_string_lossy()
    )
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)?;
    }
    fs::write(path, text)
}
