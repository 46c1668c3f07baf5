//! Conversations on which an agent was started elsewhere, and where an agent keeps them.

use super::{World, conversation};
use crate::config::FileDialect;
use crate::watch::{claude, codex, opencode, started};

fn env(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn an_agent_that_was_started_on_a_conversation_elsewhere_is_found_by_its_command_line() {
    const ID: &str = "ses_1a2b";
    let mine = [("HOME", "/home/me")];
    let cases: [(FileDialect, Vec<&str>, _, bool); 8] = [
        (FileDialect::OpenCode, vec!["/x/opencode", "--session", ID], mine, true),
        (FileDialect::OpenCode, vec!["node", "/x/opencode", "-s", ID], mine, true),
        (FileDialect::OpenCode, vec!["opencode", "-s", ID], [("HOME", "/home/you")], false),
        (FileDialect::OpenCode, vec!["opencode", "-s", "ses_1a2c"], mine, false),
        (FileDialect::OpenCode, vec!["vim", ID], mine, false),
        (FileDialect::Gemini, vec!["node", "/x/gemini.js", "--resume=ses_1a2b"], mine, true),
        (FileDialect::Qwen, vec!["qwen", "--session-id", ID], mine, true),
        (FileDialect::Qwen, vec!["gemini", "--session-id", ID], mine, false),
    ];
    for (files, arguments, theirs, is_found) in cases {
        let world = World::new();
        world.process(1, 0, &["init"]);
        world.process(10, 1, &["sh"]);
        world.process(11, 10, &arguments);
        world.environment(11, &theirs);
        let found = |own: &[u32]| started::on(&world.proc(), files, &env(&mine), &conversation(ID), own);
        assert_eq!(found(&[]), is_found.then_some(11), "{arguments:?} {theirs:?}");
        assert_eq!(found(&[10]), None, "of its own agents homing knows better");
    }
}

#[test]
fn a_relative_directory_is_the_sessions() {
    let at = |name, value| env(&[("HOME", "/home/me"), ("PWD", "/src/shop"), (name, value)]);
    let path = |text: &str| std::path::PathBuf::from(text);
    assert_eq!(codex::home(&at("CODEX_HOME", ".codex-work")), path("/src/shop/.codex-work"));
    assert_eq!(codex::home(&at("CODEX_HOME", "/opt/codex")), path("/opt/codex"));
    assert_eq!(claude::config_dir(&at("CLAUDE_CONFIG_DIR", "claude")), path("/src/shop/claude"));
    assert_eq!(opencode::database(&at("XDG_DATA_HOME", "data")), path("/src/shop/data/opencode/opencode.db"));
    assert_eq!(codex::home(&at("OTHER", "x")), path("/home/me/.codex"));
}
