//! The agents: where they are, which version, whether they know the options that homing starts them with, whether their
//! files can be read.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::cli::caller::environment;
use crate::cli::doctor::ask::{NoAnswer, ask};
use crate::cli::doctor::{Finding, LOOK_TIME, Look};
use crate::config::{Config, FileDialect, HookDialect};
use crate::core::event::Env;
use crate::id::ConversationId;
use crate::paths::Paths;
use crate::provider::{Provider, Providers};
use crate::server::facts::{find_program, version_in};
use crate::watch::{Answer, gemini, survey};

const AREA: &str = "agents";

/// A conversation that nobody has: asking for it shows whether an agent's files are laid out as homing knows them.
const NOBODYS: &str = "00000000-0000-4000-8000-000000000000";

/// One look for each agent that is installed, and one line for those that are not.
pub(super) fn looks(paths: &Paths) -> Vec<Look> {
    let text = std::fs::read_to_string(paths.config_file()).unwrap_or_default();
    let (config, _) = crate::config::parse(&text);
    let env = environment();
    let rows: Vec<Provider> = Providers::with_config(&config).0.iter().cloned().collect();
    let agents = rows.into_iter().filter(|row| row.is_agent && row.program().is_some());
    let mut looks = Vec::new();
    let mut missing = Vec::new();
    for row in agents {
        match row.program().and_then(|program| find_program(program, &env)) {
            Some(program) => {
                let name = row.name.to_string();
                let (config, env, paths) = (config.clone(), env.clone(), paths.clone());
                looks.push(Look::new(AREA, &name, move || Agent { row, program, env }.look(&config, &paths)));
            }
            None => missing.push(row.name.to_string()),
        }
    }
    if looks.is_empty() {
        let found = "none of those that homing knows is on PATH";
        let advice = "install one; `homing new NAME` says how. `homing demo` works without";
        let finding = Finding::warn(AREA, "agents", found, advice);
        looks.push(Look::new(AREA, "agents", move || vec![finding]));
    } else {
        let finding = Finding::ok(AREA, "not installed", missing.join(", "));
        looks.push(Look::new(AREA, "not installed", move || vec![finding]));
    }
    looks.push(Look::new(AREA, "homing hook", hook_program));
    looks
}

/// An agent that is installed.
struct Agent {
    row: Provider,
    program: String,
    env: Env,
}

impl Agent {
    fn look(mut self, config: &Config, paths: &Paths) -> Vec<Finding> {
        self.env.retain(|(name, _)| !self.row.env.contains_key(name));
        self.env.extend(self.row.env.clone());
        // Beside each other: some take seconds for either.
        let (version, help) = std::thread::scope(|scope| {
            let version = scope.spawn(|| ask(&self.program, &["--version"], &self.env, LOOK_TIME));
            let help = ask(&self.program, &["--help"], &self.env, LOOK_TIME);
            (version.join(), help)
        });
        let name = self.row.name.as_str();
        let mut found = Vec::new();
        match version {
            Ok(Ok(text)) => {
                let version = version_in(&text).unwrap_or_else(|| "a version that it does not tell".to_owned());
                found.push(Finding::ok(AREA, name, format!("{version}, {}", self.program)));
            }
            Ok(Err(error @ NoAnswer::Late(_))) => {
                let advice = "is the machine busy? try again, or run it with `--version` yourself";
                found.push(Finding::warn(AREA, name, format!("{}: {error}", self.program), advice));
            }
            Ok(Err(error)) => {
                let advice = format!("run `{} --version` yourself", self.program);
                found.push(Finding::bad(AREA, name, format!("{}: {error}", self.program), advice));
            }
            Err(_) => found.push(Finding::bad(AREA, name, "the check itself failed", "report this as a bug")),
        }
        match help {
            Ok(help) => found.extend([self.resume(&help), self.hooks(&help, config)].into_iter().flatten()),
            Err(error) => {
                let advice = "its options could not be checked; try `--help` yourself";
                found.push(Finding::warn(AREA, &self.part("options"), error.to_string(), advice));
            }
        }
        found.extend(self.files());
        if self.row.files == FileDialect::Gemini {
            found.push(gemini_retention(&self.env, paths));
        }
        found
    }

    fn part(&self, what: &str) -> String {
        format!("{} {what}", self.row.name)
    }

    /// Whether its help names the words by which homing resumes.
    fn resume(&self, help: &str) -> Option<Finding> {
        let name = self.part("resume");
        if !self.row.can_resume() {
            let advice = "a restart starts it fresh; see docs/providers.md for what an agent needs";
            return Some(Finding::warn(AREA, &name, "homing knows no way to resume it by id", advice));
        }
        let missing: Vec<&str> = words_needed(&self.row).into_iter().filter(|word| !has_word(help, word)).collect();
        Some(match missing.as_slice() {
            [] => Finding::ok(AREA, &name, format!("by `{}`", self.row.resume.join(" "))),
            missing => {
                let found = format!("its help does not name {}", missing.join(", "));
                let advice = format!("another version? set `resume` in [providers.{}] of your config", self.row.name);
                Finding::bad(AREA, &name, found, advice)
            }
        })
    }

    /// Whether its help names the option by which hooks get in.
    fn hooks(&self, help: &str, config: &Config) -> Option<Finding> {
        let name = self.part("hooks");
        let option = match self.row.hooks {
            HookDialect::Claude => "--settings",
            HookDialect::Codex => "--config",
            HookDialect::OpenCode => "--port",
            HookDialect::Demo | HookDialect::None => return None,
        };
        Some(if !self.row.injects_hooks(config) {
            let advice = "its status is less exact; `inject_hooks = true` switches them on";
            Finding::warn(AREA, &name, "switched off by your config", advice)
        } else if has_word(help, option) {
            Finding::ok(AREA, &name, format!("by `{option}`, for each launch"))
        } else {
            let found = format!("its help does not name {option}");
            Finding::bad(
                AREA,
                &name,
                found,
                format!("another version? `inject_hooks = false` in [providers.{}]", self.row.name),
            )
        })
    }

    /// Whether its conversations can be read where they lie.
    fn files(&self) -> Option<Finding> {
        let name = self.part("files");
        let place = survey::place(self.row.files, &self.env)?;
        if !place.exists() {
            return Some(Finding::ok(AREA, &name, format!("none yet ({})", place.display())));
        }
        let cwd = std::env::current_dir().map(|cwd| cwd.display().to_string()).unwrap_or_default();
        if let Answer::Unknown(why) = survey::is_on_disk(self.row.files, &self.env, &cwd, &ConversationId::new(NOBODYS))
        {
            let advice =
                "its conversations cannot be checked before a resume; is this version known (docs/providers.md)?";
            return Some(Finding::warn(AREA, &name, why, advice));
        }
        Some(Finding::ok(AREA, &name, format!("readable ({})", place.display())))
    }
}

/// The words of resume and assign that are options or subcommands, without the place of the id.
fn words_needed(row: &Provider) -> Vec<&str> {
    let words = row.resume.iter().chain(&row.assign).map(|word| word.split('=').next().unwrap_or_default());
    let mut words: Vec<&str> = words.filter(|word| !word.contains("{id}") && !word.is_empty()).collect();
    words.dedup();
    words
}

/// Whether the help names an option or a subcommand: as a whole word.
fn has_word(help: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    help.match_indices(word).any(|(at, _)| {
        let before = help.get(..at).and_then(|text| text.chars().next_back());
        let after = help.get(at + word.len()..).and_then(|text| text.chars().next());
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

/// Gemini's clean-up at each start deletes chats of the same project (docs/providers.md): whether it is on, and what that
/// means here.
fn gemini_retention(env: &Env, paths: &Paths) -> Finding {
    let name = "gemini retention";
    let own = std::env::current_dir().unwrap_or_default().join(".gemini/settings.json");
    let is_off = [own, gemini::config_dir(env).join("settings.json")].iter().any(|path| is_retention_off(path));
    if is_off {
        return Finding::ok(AREA, name, "its clean-up of chats is off");
    }
    let copies = std::fs::read_dir(paths.data_dir().join("gemini")).into_iter().flatten().flatten();
    let n_copies: usize = copies.map(|project| std::fs::read_dir(project.path()).into_iter().flatten().count()).sum();
    let found = format!(
        "each start of it deletes chats of other Gemini panes in the same project; homing keeps copies of those that it \
         hosts ({n_copies} now) and puts them back, chats from outside are at risk"
    );
    let advice =
        "`\"general\": {\"sessionRetention\": {\"enabled\": false}}` in ~/.gemini/settings.json stops the deleting";
    Finding::warn(AREA, name, found, advice)
}

/// Whether a settings file switches the clean-up off. Comments, which Gemini allows, make it unreadable here: then it counts
/// as on.
fn is_retention_off(path: &Path) -> bool {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let settings: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    settings.pointer("/general/sessionRetention/enabled") == Some(&serde_json::Value::Bool(false))
}

/// `homing hook` as an agent runs it: quick and silent. Outside of a pane it must do nothing and say nothing.
fn hook_program() -> Vec<Finding> {
    let Ok(program) = std::env::current_exe() else {
        return vec![Finding::warn(AREA, "homing hook", "this program does not know where it lies", "install it anew")];
    };
    let started = Instant::now();
    let output = Command::new(&program)
        .args(["hook", "claude", "Doctor"])
        .env_clear()
        .stdin(std::process::Stdio::null())
        .output();
    let took = started.elapsed();
    let is_silent =
        |output: &std::process::Output| output.status.success() && output.stdout.is_empty() && output.stderr.is_empty();
    vec![match output {
        Ok(output) if !is_silent(&output) => Finding::bad(
            AREA,
            "homing hook",
            format!("{} does not run silently", program.display()),
            "agents would notice; install homing anew",
        ),
        // The design's limit for a hook, DESIGN §9.
        Ok(_) if took > Duration::from_millis(200) => Finding::warn(
            AREA,
            "homing hook",
            format!("takes {} ms", took.as_millis()),
            "agents wait that long at each event: is the machine busy, or homing on a slow disk?",
        ),
        Ok(_) => Finding::ok(AREA, "homing hook", format!("silent, {} ms", took.as_millis())),
        Err(error) => Finding::bad(AREA, "homing hook", error.to_string(), "install homing anew"),
    }]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_is_a_whole_word_of_the_help() {
        let help = "  -r, --resume [value]  Resume\n      --session-id <uuid>\n  resume  Resume a session";
        assert!(has_word(help, "--resume") && has_word(help, "resume") && has_word(help, "--session-id"));
        assert!(!has_word(help, "--session") && !has_word("no-resume", "resume"));
    }

    #[test]
    fn what_resume_needs_is_known_for_each_built_in_row() {
        let providers = Providers::default();
        let needed = |name| words_needed(providers.find(name).expect("a row"));
        assert_eq!(needed("claude"), ["--resume", "--session-id"]);
        assert_eq!(needed("codex"), ["resume"]);
        assert_eq!(needed("copilot"), ["--resume", "--session-id"]);
    }

    #[test]
    fn gemini_is_a_danger_unless_its_clean_up_is_switched_off() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("settings.json");
        assert!(!is_retention_off(&path));
        std::fs::write(&path, r#"{"general": {"sessionRetention": {"enabled": true}}}"#).expect("written");
        assert!(!is_retention_off(&path));
        std::fs::write(&path, r#"{"general": {"sessionRetention": {"enabled": false}}}"#).expect("written");
        assert!(is_retention_off(&path));
    }
}
