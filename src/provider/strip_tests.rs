use super::*;
use crate::provider::row::Providers;

const ID: &str = "7c2e7c2e-1111-4111-8111-111111111112";

/// Words as a shell splits them.
fn words(line: &str) -> Vec<String> {
    crate::config::provider_row::split_words(line).unwrap()
}

fn strip_line(provider: &str, line: &str) -> Stripped {
    strip(Providers::default().find(provider).unwrap(), &words(line))
}

#[test]
fn the_choice_of_a_conversation_and_the_prompt_are_taken_out() {
    // provider, arguments, what is kept, the prompt
    let cases = [
        ("claude", "", "", ""),
        ("claude", "--model opus 'fix the bug'", "--model opus", "fix the bug"),
        ("claude", "'fix the bug' --model opus", "--model opus", "fix the bug"),
        ("claude", "--verbose fix", "--verbose", "fix"),
        ("claude", "--dangerously-skip-permissions fix", "--dangerously-skip-permissions", "fix"),
        ("claude", "-c", "", ""),
        ("claude", "--continue --model opus", "--model opus", ""),
        ("claude", "--continue fix", "", "fix"),
        ("claude", "-r ID --verbose", "--verbose", ""),
        ("claude", "--resume=ID --verbose", "--verbose", ""),
        ("claude", "-rID", "", ""),
        ("claude", "--resume --verbose", "--verbose", ""),
        ("claude", "--session-id ID --fork-session --resume ID hi", "", "hi"),
        ("claude", "-cp hi", "-p", "hi"),
        ("claude", "-pc hi", "-p", "hi"),
        ("claude", "--add-dir a b --model opus -- 'do it'", "--add-dir a b --model opus", "do it"),
        (
            "claude",
            "--permission-mode plan --allowedTools Bash Edit --effort=high x",
            "--permission-mode plan --allowedTools Bash Edit --effort=high",
            "x",
        ),
        ("claude", "--from-pr 12 --ide", "--ide", ""),
        ("claude", "--settings '{\"a\": 1}' hi", "--settings '{\"a\": 1}'", "hi"),
        ("claude", "-- --resume", "", "--resume"),
        ("claude", "--unknown value 'a prompt'", "--unknown value", "a prompt"),
        ("claude", "--unknown 'a prompt'", "--unknown", "a prompt"),
        ("claude", "--unknown=x hi", "--unknown=x", "hi"),
        ("claude", "-Z value", "-Z value", ""),
        ("codex", "resume ID", "", ""),
        ("codex", "resume ID 'go on' -m o3", "-m o3", "go on"),
        ("codex", "-m o3 resume --last", "-m o3", ""),
        ("codex", "resume --last 'go on'", "", "go on"),
        ("codex", "resume --last --search 'go on'", "--search", "go on"),
        ("codex", "resume --all ID 'go on'", "", "go on"),
        ("codex", "fork ID --search", "--search", ""),
        ("codex", "-c model=o3 -c a.b=1 'fix it'", "-c model=o3 -c a.b=1", "fix it"),
        ("codex", "-cmodel=o3 fix", "-cmodel=o3", "fix"),
        ("codex", "--config=model=o3 --search fix", "--config=model=o3 --search", "fix"),
        ("codex", "-i a.png b.png --search 'look at these'", "--search", "look at these"),
        ("codex", "-i=a.png fix", "", "fix"),
        ("codex", "-- resume", "", "resume"),
        ("codex", "-s workspace-write -a never 'x y'", "-s workspace-write -a never", "x y"),
        ("opencode", "-s ses_1a2b .", ".", ""),
        ("opencode", "--prompt 'do it' --continue ~/src", "~/src", "do it"),
        ("opencode", "--prompt='do it' -m a/b", "-m a/b", "do it"),
        ("gemini", "--resume latest -y", "-y", ""),
        ("gemini", "-i 'explain this' -m pro", "-m pro", "explain this"),
        ("gemini", "--session-id ID explain this", "", "explain this"),
        ("demo", "--session-id ID hello", "", "hello"),
        ("shell", "-c 'npm run dev' --resume x", "-c 'npm run dev' --resume x", ""),
    ];
    for (provider, line, kept, prompt) in cases {
        let stripped = strip_line(provider, &line.replace("ID", ID));
        let expected = (words(kept), (!prompt.is_empty()).then(|| prompt.to_owned()));
        assert_eq!((stripped.kept, stripped.prompt), expected, "{provider} {line}");
    }
}

#[test]
fn the_chosen_conversation_is_known_only_where_it_is_named_by_its_id() {
    let exact = Choice::Exact(ConversationId::new(ID));
    let cases = [
        ("claude", "--model opus", Choice::None),
        ("claude", "--resume ID", exact.clone()),
        ("claude", "--session-id=ID", exact.clone()),
        ("claude", "-rID", exact.clone()),
        ("claude", "--resume ID --fork-session", Choice::Open),
        ("claude", "--resume", Choice::Open),
        ("claude", "--resume auth", Choice::Open),
        ("claude", "-c", Choice::Open),
        ("codex", "resume ID", exact.clone()),
        ("codex", "resume --all ID", exact.clone()),
        ("codex", "--search resume ID go", exact),
        ("codex", "resume", Choice::Open),
        ("codex", "resume --last", Choice::Open),
        ("codex", "fork ID", Choice::Open),
        ("codex", "fix resume", Choice::None),
    ];
    for (provider, line, choice) in cases {
        assert_eq!(strip_line(provider, &line.replace("ID", ID)).choice, choice, "{provider} {line}");
    }
}

#[test]
fn a_subcommand_that_opens_no_conversation_is_left_alone() {
    for (provider, line) in [("claude", "mcp add --resume x"), ("codex", "-m o3 exec 'do it'"), ("claude", "doctor")] {
        let stripped = strip_line(provider, line);
        assert_eq!((stripped.kept, stripped.is_command), (words(line), true), "{provider} {line}");
    }
    assert!(!strip_line("codex", "-- exec").is_command);
    assert!(!strip_line("codex", "fix exec").is_command);
}

#[test]
fn what_is_kept_is_kept_when_stripped_again() {
    for line in ["--model opus 'fix the bug' -c", "--unknown 'a b' -- x", "-cp hi", "--add-dir a b -- x", "-Zx y z"] {
        let once = strip_line("claude", line);
        let twice = strip(Providers::default().find("claude").unwrap(), &once.kept);
        assert_eq!(twice.kept, once.kept, "{line}");
        assert_eq!(twice.prompt, None, "{line}");
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(128))]
    #[test]
    fn any_words_are_taken_apart_without_a_conversation_left(
        args in proptest::collection::vec(
            proptest::sample::select(vec!["-c", "-r", "--resume", "--resume=x", ID, "--", "-", "a b", "x", "--model", "-p", "resume", "--last", "-cr", "é", "-é", "", "--="]), 0..8),
        name in proptest::sample::select(vec!["claude", "codex", "gemini", "opencode", "demo"]),
    ) {
        let args: Vec<String> = args.into_iter().map(str::to_owned).collect();
        let provider = Providers::default();
        let provider = provider.find(name).unwrap();
        let once = strip(provider, &args);
        proptest::prop_assert!(once.kept.len() <= args.len() + 4);
        for word in &once.removed {
            proptest::prop_assert!(!word.is_empty() || args.iter().any(String::is_empty));
        }
    }
}
