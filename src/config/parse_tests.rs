use super::*;
use crate::config::model::{ConfirmClose, Glyphs, ResumePolicy, SidebarSide};
use crate::config::provider_row::{Arity, PromptStyle, ShiftEnter};

/// The diagnostics as `line key: message`.
fn complaints(text: &str) -> Vec<String> {
    let line = |d: &Diagnostic| d.at.map_or(0, |at| at.line);
    parse(text).1.iter().map(|d| format!("{} {}: {}", line(d), d.key, d.message)).collect()
}

fn at(line: usize, column: usize) -> Option<Position> {
    Some(Position { line, column })
}

#[test]
fn a_mistake_is_told_as_compilers_do() {
    let diagnostics = parse("resume = \"auto\"\nhistory_mib = 1.5\n").1;
    let told = diagnostics[0].in_file("config.toml");
    assert!(told.starts_with("config.toml:2:15: history_mib: expected a whole number"), "{told}");
    assert!(diagnostics[0].to_string().starts_with("line 2, column 15: history_mib: "), "{}", diagnostics[0]);
}

#[test]
fn an_empty_file_means_the_defaults() {
    assert_eq!(parse(""), (Config::default(), vec![]));
}

#[test]
fn every_option_is_read() {
    let text = r#"
        prefix = "ctrl+a"
        resume = "ask"
        restore_at_once = 2
        inject_hooks = false
        confirm_close = "never"
        close_shell_on_exit = false
        default_shell = "/bin/zsh"
        history_lines = 500
        history_mib = 1
        sidebar = { show = false, columns = 30, side = "right" }
        [ui]
        glyphs = "ascii"
        color = "none"
    "#;
    let (config, diagnostics) = parse(text);
    assert_eq!(diagnostics, vec![]);
    assert_eq!(config.prefix, "ctrl+a");
    assert_eq!(config.resume, ResumePolicy::Ask);
    assert_eq!(config.confirm_close, ConfirmClose::Never);
    assert_eq!(config.default_shell.as_deref(), Some("/bin/zsh"));
    assert_eq!((config.restore_at_once, config.history_lines, config.history_mib), (2, 500, 1));
    assert_eq!((config.inject_hooks, config.close_shell_on_exit), (false, false));
    assert_eq!((config.sidebar.show, config.sidebar.columns, config.sidebar.side), (false, 30, SidebarSide::Right));
    assert_eq!(config.ui.glyphs, Glyphs::Ascii);
}

#[test]
fn mistakes_are_reported_with_their_line_and_the_rest_counts() {
    let text = "prefix = \"ctrl+a\"\nhistroy_lines = 5\nhistory_mib = -1\nresume = \"atuo\"\ncolumns = 3\n\n[sidebar]\nshow = \"yes\"\ncolumns = 30\nprefix = \"x\"\n[bogus]\nx = 1\n";
    assert_eq!(
        complaints(text),
        [
            "2 histroy_lines: unknown option; did you mean \"history_lines\"?",
            "3 history_mib: expected a whole number from 0 to 4096, found -1; 8 applies",
            "4 resume: expected \"auto\" or \"ask\", found \"atuo\"; did you mean \"auto\"?; \"auto\" applies",
            "5 columns: unknown here; it belongs under [sidebar]",
            "8 sidebar.show: expected true or false, found \"yes\"; true applies",
            "10 sidebar.prefix: unknown here; prefix belongs at the top, before the first [section]",
            "11 bogus: unknown option",
        ]
    );
    let (config, _) = parse(text);
    assert_eq!((config.prefix.as_str(), config.sidebar.columns), ("ctrl+a", 30));
}

#[test]
fn a_syntax_error_is_one_diagnostic_with_its_line_and_all_defaults() {
    let (config, diagnostics) = parse("prefix = \"ctrl+a\"\nresume = \n");
    assert_eq!(config, Config::default());
    assert_eq!(diagnostics.len(), 1);
    assert_eq!((diagnostics[0].at, diagnostics[0].is_syntax()), (at(2, 10), true));
    assert!(diagnostics[0].message.starts_with("not valid TOML: "), "{}", diagnostics[0].message);
}

#[test]
fn a_key_twice_is_a_syntax_error_with_its_line() {
    let (_, diagnostics) = parse("prefix = \"a\"\n\nprefix = \"b\"\n");
    assert_eq!(diagnostics.len(), 1);
    assert_eq!(diagnostics[0].at, at(3, 1));
}

#[test]
fn a_section_that_is_no_table_is_reported() {
    assert_eq!(
        complaints("sidebar = true\nkeys = 1"),
        ["1 sidebar: is a table: write [sidebar]", "2 keys: is a table: write [keys]"]
    );
}

#[test]
fn keys_carry_their_lines() {
    let text =
        "[keys]\nzoom = [\n  \"z\",\n  \"ctrl+z\",\n]\nhelp = \"f1\"\ndetach = false\nlanch = \"c\"\nclose = 3\n";
    let (config, _) = parse(text);
    assert_eq!(config.keys[0].keys, [("z".to_owned(), at(3, 3)), ("ctrl+z".to_owned(), at(4, 3))]);
    assert_eq!((config.keys[1].command.as_str(), config.keys[1].at), ("help", at(6, 1)));
    assert_eq!(config.keys[1].keys, [("f1".to_owned(), at(6, 8))]);
    assert!(config.keys[2].keys.is_empty());
    assert_eq!(
        complaints(text),
        [
            "8 keys.lanch: unknown command; did you mean \"launch\"?",
            "9 keys.close: expected a key or a list of keys; its default keys apply"
        ]
    );
}

#[test]
fn provider_rows_are_read() {
    let text = r#"
[providers.aider]
command = "aider --dark-mode"
prompt = "--message"
conversation_flags = ["--restore-chat-history"]
flags = ["--model NAME"]
shift_enter = "esc-cr"
env = { A = "1" }
"#;
    let (config, diagnostics) = parse(text);
    assert_eq!(diagnostics, vec![]);
    let entry = &config.providers[0];
    assert_eq!((entry.name.as_str(), entry.at), ("aider", at(2, 12)));
    assert_eq!(entry.fields.command.as_deref().unwrap(), ["aider", "--dark-mode"]);
    assert_eq!(entry.fields.prompt, Some(PromptStyle::Flag("--message".into())));
    assert_eq!(entry.fields.shift_enter, Some(ShiftEnter::EscCr));
    assert_eq!(entry.fields.flags.as_ref().unwrap()[0].arity, Arity::Value);
}

#[test]
fn a_bad_field_costs_that_field_only() {
    let text = "[providers.x]\ncommand = \"x\"\npromt = \"typed\"\nshift_enter = \"crr\"\nwitnesses = [\"hok\"]\nassign = \"id\"\nenv = 3\n[providers.\"a/b\"]\ncommand=\"x\"\n";
    assert_eq!(
        complaints(text),
        [
            "3 providers.x.promt: unknown field; did you mean \"prompt\"?",
            "4 providers.x.shift_enter: expected \"cr\", \"esc-cr\" or \"newline\", found \"crr\"; did you mean \"cr\"?",
            "5 providers.x.witnesses: expected \"farewell\", \"store\", \"process\", \"hook\" or \"assigned\", found \"hok\"; did you mean \"hook\"?",
            "6 providers.x.assign: expected a flag such as \"--model\", found \"id\"",
            "7 providers.x.env: expected a table of texts, found a number",
            "8 providers.a/b: a provider's name is made of letters, digits, - and _",
        ]
        .map(|line| line.replace("a number", "3"))
    );
    assert_eq!(parse(text).0.providers[0].fields.command.as_deref().unwrap(), ["x"]);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
    #[test]
    fn no_text_makes_the_parser_panic(text in "(\\[[a-z.]{0,12}\\]\n|[a-z_.]{1,12} ?= ?[\"'a-z0-9\\[\\]{},.-]{0,12}\n|\\PC{0,20}){0,12}") {
        let (_, diagnostics) = parse(&text);
        let lines = text.split('\n').count();
        for diagnostic in diagnostics {
            proptest::prop_assert!(diagnostic.at.is_none_or(|at| at.line <= lines));
        }
    }
}
