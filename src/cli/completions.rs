//! Shell completions: what clap derives from the arguments, and the names of sessions, which only the server knows.

use clap::CommandFactory;
use clap::builder::PossibleValuesParser;
use clap_complete::Shell;

use crate::cli::args::Args;
use crate::config::FileDialect;
use crate::protocol::api::SessionRow;
use crate::provider::{Provider, Providers};

/// What clap writes for a session's place in zsh; its own names go there. `words` are those of `send`, a session first.
const ZSH_PLACES: [&str; 2] = [":session -- ", ":words -- "];

/// The completions of a shell.
pub fn script(shell: Shell) -> String {
    let mut written = Vec::new();
    clap_complete::generate(shell, &mut with_providers(Args::command()), "homing", &mut written);
    let script = String::from_utf8_lossy(&written).into_owned();
    match shell {
        Shell::Bash => script + &bash(),
        Shell::Zsh => zsh(&script),
        Shell::Fish => script + &fish(),
        _ => script,
    }
}

/// The commands that take a provider, and which they take.
fn provider_names() -> [(&'static str, Vec<String>); 3] {
    let providers = Providers::default();
    let names = |is_offered: fn(&Provider) -> bool| {
        providers.iter().filter(|row| is_offered(row)).map(|row| row.name.to_string()).collect::<Vec<_>>()
    };
    let read = names(|row| row.files != FileDialect::None);
    [("new", names(|_| true)), ("open", read.clone()), ("conversations", read)]
}

/// Names of providers where one is wanted, for the shells to offer; those of the user's config are taken as well.
fn with_providers(args: clap::Command) -> clap::Command {
    provider_names().into_iter().fold(args, |args, (command, names)| {
        // clap keeps only names that live as long as the program, which ends after this.
        let names = PossibleValuesParser::new(names.into_iter().map(|name| &*name.leak()));
        let offered = |argument: clap::Arg| match argument.get_id().as_str() {
            "provider" => argument.value_parser(names.clone()),
            _ => argument,
        };
        // `mut_arg` would put it behind the other arguments, where a first one has no place.
        args.mut_subcommand(command, |command| command.mut_args(offered))
    })
}

/// The commands whose first argument is a session.
fn commands_of_sessions() -> Vec<String> {
    let takes_session = |command: &&clap::Command| {
        command.get_positionals().next().is_some_and(|argument| {
            let named = argument.get_value_names().and_then(|names| names.first());
            argument.get_id().as_str() == "session" || named.is_some_and(|name| name == "SESSION")
        })
    };
    Args::command().get_subcommands().filter(takes_session).map(|command| command.get_name().to_owned()).collect()
}

/// Runs clap's function, and adds the names where the argument is a session.
fn bash() -> String {
    format!(
        "\n_homing_or_session() {{\n    _homing \"$@\"\n    local current=\"${{COMP_WORDS[COMP_CWORD]}}\"\n    case \"${{COMP_WORDS[COMP_CWORD-1]}}\" in\n        \
         {})\n            if [[ \"$current\" != -* ]]; then\n                COMPREPLY=($(compgen -W \"$(homing session-names 2>/dev/null | cut -f1)\" -- \"$current\"))\n            fi ;;\n    \
         esac\n}}\ncomplete -F _homing_or_session -o bashdefault homing\n",
        commands_of_sessions().join("|")
    )
}

/// Puts a function of names where clap knows none.
fn zsh(script: &str) -> String {
    let placed = script.lines().map(|line| match ZSH_PLACES.iter().any(|place| line.contains(place)) {
        true => line.replace(":_default'", ":_homing_session_names'"),
        false => line.to_owned(),
    });
    let names = "_homing_session_names() {\n    local -a names\n    names=(\"${(@f)$(homing session-names 2>/dev/null)}\")\n    \
                 names=(\"${names[@]/$'\\t'/:}\")\n    _describe -t sessions session names\n}\n";
    // The function must be known before clap's last lines, which run the completion.
    let script: Vec<String> = placed.collect();
    let (head, rest) = script.split_first().map_or((String::new(), &[][..]), |(head, rest)| (head.clone(), rest));
    format!("{head}\n\n{names}\n{}\n", rest.join("\n"))
}

/// clap knows no values of positional arguments there.
fn fish() -> String {
    let offer = |command: &str, what: &str| {
        format!("complete -c homing -n \"__fish_homing_using_subcommand {command}\" -f -a \"{what}\"\n")
    };
    let sessions =
        commands_of_sessions().into_iter().map(|command| offer(&command, "(homing session-names 2>/dev/null)"));
    let providers = provider_names().into_iter().filter(|(command, _)| *command != "conversations");
    sessions.chain(providers.map(|(command, names)| offer(command, &names.join(" ")))).collect()
}

/// A line for each way to name a session: its pane's number, and its name where that is one word; behind a tab what it is.
pub fn names(rows: &[SessionRow]) -> String {
    let is_word = |name: &&String| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "-_.".contains(c));
    let lines = rows.iter().flat_map(|row| {
        let what = crate::text::one_line(&format!("{} {}", row.provider, row.title.as_deref().unwrap_or_default()), 60);
        let what = what.replace(':', " ");
        let ways = [row.pane.map(|pane| pane.to_string()), row.name.as_ref().filter(is_word).cloned()];
        ways.into_iter().flatten().map(move |way| format!("{way}\t{}\n", what.trim_end())).collect::<Vec<_>>()
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_of_a_session_completes_names_in_each_shell() {
        let commands = commands_of_sessions();
        for command in ["show", "send", "close", "wait", "rename", "explain"] {
            assert!(commands.iter().any(|known| known == command), "{command}");
        }
        assert!(!commands.iter().any(|known| known == "new" || known == "open"));
        let places = |text: &str| text.matches("_homing_session_names'").count();
        let zsh = script(Shell::Zsh);
        assert_eq!(places(&zsh), commands.len(), "{zsh}");
        assert!(zsh.starts_with("#compdef homing"), "the first line says what it is for");
        let fish = script(Shell::Fish);
        assert_eq!(fish.matches("homing session-names").count(), commands.len());
        assert!(fish.contains("function __fish_homing_using_subcommand"));
        let bash = script(Shell::Bash);
        assert!(
            bash.contains(&format!("        {})", commands.join("|")))
                && bash.contains("complete -F _homing_or_session")
        );
    }

    #[test]
    fn what_takes_a_provider_offers_their_names_in_each_shell() {
        for shell in [Shell::Zsh, Shell::Fish, Shell::Bash] {
            let script = script(shell);
            assert!(script.lines().any(|line| line.contains("codex") && line.contains("goose")), "{shell}");
            assert!(script.lines().any(|line| line.contains("codex") && !line.contains("goose")), "{shell}");
        }
    }
}
