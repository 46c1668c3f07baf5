//! The text of `config.example.toml`, which `homing config default` prints: every option with its default and its help.

use std::fmt::Write as _;

use crate::config::options::{Kind, OPTIONS, OptionRow};
use crate::core::command::COMMANDS;

/// The example file. Everything is commented out, so that a copy of it changes nothing.
pub fn example() -> String {
    let mut out = String::from(
        "# homing: settings. Every line shows a default; take the # away to change it.\n\
         # A saved change counts at once. Mistakes are reported with their place (`homing config check`); the default applies.\n",
    );
    let mut section = "";
    for row in OPTIONS {
        if row.section != section {
            section = row.section;
            let _ = write!(out, "\n[{section}]\n");
        }
        option(row, &mut out);
    }
    keys(&mut out);
    out.push_str(PROVIDERS);
    out
}

fn option(row: &OptionRow, out: &mut String) {
    if row.section.is_empty() {
        out.push('\n');
    }
    let note = match row.kind {
        Kind::Number(low, high) if !row.help.contains(" to ") => format!(" ({low} to {high})"),
        Kind::Number(..) | Kind::Text | Kind::Switch | Kind::Word(_) | Kind::Texts | Kind::Words(_) => String::new(),
    };
    let _ = write!(out, "# {}{note}\n# {} = {}\n", row.help, row.name, row.default);
}

fn keys(out: &mut String) {
    out.push_str(
        "\n# Keys, pressed after the prefix; a list replaces the default keys, [] takes them away.\n\
         # Notation: \"%\", \"T\", \"ctrl+l\", \"alt+left\", \"f5\", \"space\", \"tab\", \"enter\".\n[keys]\n",
    );
    for row in COMMANDS {
        let keys: Vec<String> = row.keys.iter().map(|key| toml_edit::Value::from(*key).to_string()).collect();
        let _ = writeln!(out, "# {} = [{}]  # {}", row.id, keys.join(", "), row.help);
    }
}

/// The part on provider rows: prose and samples, since their defaults are the built-in rows.
const PROVIDERS: &str = r#"
# Agents: a row of a built-in's name changes the fields that it names; another name adds an agent.
# [providers.claude]
# command = "claude --permission-mode plan"   # program and fixed arguments, or a list of words
# inject_hooks = false                        # over inject_hooks above
#
# [providers.claude-work]
# like = "claude"                             # starts from that row
# title = "Claude (work)"
# env = { CLAUDE_CONFIG_DIR = "/home/me/.claude-work" }
#
# [providers.my-agent]
# title = "My agent"
# command = ["my-agent", "--no-update"]       # {homing} and {shell} stand for those programs
# prompt = "positional"                       # or a flag ("--prompt"), "typed", "none"
# positional_prompt = true                    # words that belong to no flag are the first prompt (not, say, a directory)
# assign = "--session-id"                     # the flag that takes an id of homing's choice, if there is one
# resume = "--resume {id}"                    # the arguments that bring a conversation back
# model = "--model"
# conversation_flags = ["-r, --resume [ID]", "-c, --continue", "--session-id ID"]  # never replayed
# prompt_flags = ["--image FILES..."]         # belong to the first prompt: never replayed
# flags = ["--model NAME", "--verbose"]       # tells the first prompt from a flag's value
# commands = ["login", "update"]              # subcommands that open no conversation
# remember_env = ["MY_AGENT_HOME"]            # stored with a session and set again on resume
# witnesses = ["assigned", "farewell"]        # what can prove its conversation: assigned hook process store farewell
# farewell = ["my-agent --resume {id}"]       # how it says goodbye
# hooks = "none"                              # whose hooks it understands: "claude", "codex", "opencode" or "none"
# files = "none"                              # whose files homing reads for it: a built-in agent's name, or "none"
# shift_enter = "esc-cr"                      # what Shift+Enter sends: "cr", "esc-cr" or "newline"
# paste = "bracketed"                         # how `homing send` types: as one bracketed paste, or as "keys"
# title_status = ["> =busy", "!*=blocked"]     # what its terminal title says of it: START=busy, blocked or ready; * where no title follows
# screen_status = ["Allow? & [y/n]=blocked"]  # what stands at the foot of its screen then, where nothing better tells; & where all must
# prompt_shown = ["Ask anything"]             # what the foot of its screen shows once it takes a prompt: until then it is not ready
# title_strip = ["My agent - ", " - {dir}"]   # what in its terminal title is no part of the session's
# notify = ["permission", "failed"]           # which of its notices leave homing, whatever [notify] says
# agent = true                                # false for what is no agent, such as a shell
# install = "npm install -g my-agent"
# confidence = "high"                         # how well this row is known: "low", "medium" or "high"
"#;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, parse};

    /// The example with the `#` of every line that sets something taken away.
    fn uncommented() -> String {
        let sets = |line: &str| line.split_once(" = ").is_some_and(|(name, _)| !name.contains(' '));
        let lines = example();
        let lines = lines.lines().map(|line| match line.strip_prefix("# ") {
            Some(inner) if sets(inner) || inner.starts_with('[') => inner,
            _ => line,
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn the_example_changes_nothing() {
        assert_eq!(parse(&example()), (Config::default(), vec![]));
    }

    #[test]
    fn the_defaults_shown_are_the_defaults() {
        let (mut config, diagnostics) = parse(&uncommented());
        assert_eq!(diagnostics, vec![]);
        assert_eq!(config.keys.len(), COMMANDS.len());
        for (row, command) in config.keys.iter().zip(COMMANDS) {
            let keys: Vec<&str> = row.keys.iter().map(|(key, _)| key.as_str()).collect();
            assert_eq!((row.command.as_str(), keys.as_slice()), (command.id, command.keys));
        }
        assert_eq!(config.default_shell.take().as_deref(), Some("/bin/bash"));
        assert!(config.notify.command.take().is_some());
        assert!(config.notify.sound.take().is_some());
        assert!(config.worktrees.setup.take().is_some());
        assert_eq!(config.providers.len(), 3);
        config.keys.clear();
        config.providers.clear();
        config.places.clear();
        assert_eq!(config, Config::default());
    }

    #[test]
    fn every_field_of_a_provider_row_is_shown() {
        for field in crate::config::field::FIELDS {
            assert!(PROVIDERS.contains(&format!("# {field} = ")), "{field}");
        }
    }

    #[test]
    fn the_committed_example_is_the_generated_one() {
        let committed = include_str!("../../config.example.toml");
        assert!(committed == example(), "config.example.toml is stale; it must be:\n{}", example());
    }
}
