//! `homing skill`: a text that teaches an agent to use the command line. A test checks every command and option that it
//! names against the parser.

/// The text, in the form of a skill file (front matter, Markdown).
pub const TEXT: &str = include_str!("../../assets/skill.md");

#[cfg(test)]
mod tests {
    use clap::{Command, CommandFactory};

    use super::TEXT;
    use crate::cli::args::Args;

    /// The commands in the text: each `homing …` within backquotes or at the start of a line of a code block.
    fn lines() -> Vec<Vec<&'static str>> {
        let code = TEXT.split("```").skip(1).step_by(2).flat_map(str::lines);
        let inline = TEXT.split("```").step_by(2).flat_map(|prose| prose.split('`').skip(1).step_by(2));
        let words = |line: &'static str| {
            let line = line.split(" #").next().unwrap_or_default();
            line.split_once("homing ").map(|(_, rest)| rest.split_whitespace().collect::<Vec<_>>())
        };
        code.chain(inline).filter_map(words).collect()
    }

    fn complaint(homing: &Command, line: &[&str]) -> Option<String> {
        let mut words = line.iter().take_while(|word| !["|", "--", "&&"].contains(word));
        let name = words.next()?;
        let Some(mut command) = homing.find_subcommand(name) else { return Some(format!("no command {name}")) };
        for word in words {
            if let Some(inner) = command.find_subcommand(word) {
                command = inner;
            }
            // `-` alone is standard input.
            if *word == "-" {
                continue;
            }
            let Some(option) = word.trim_matches(['[', ']']).strip_prefix('-') else { continue };
            let is_known = command.get_arguments().chain(homing.get_arguments()).any(|argument| {
                option.strip_prefix('-').is_some_and(|long| argument.get_long() == Some(long))
                    || argument.get_short().is_some_and(|short| option == short.to_string())
            });
            if !is_known {
                return Some(format!("{name} has no {word}"));
            }
        }
        None
    }

    #[test]
    fn every_command_and_option_in_the_text_is_one() {
        let homing = Args::command();
        let lines = lines();
        assert!(lines.len() > 15, "{lines:?}");
        let wrong: Vec<_> = lines.iter().filter_map(|line| complaint(&homing, line)).collect();
        assert_eq!(wrong, Vec::<String>::new());
        for bad in [&["lst"][..], &["ls", "--everything"], &["gc", "-x"]] {
            assert!(complaint(&homing, bad).is_some(), "{bad:?}");
        }
    }
}
