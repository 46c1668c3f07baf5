use super::*;
use crate::core::session::Witness;
use crate::provider::row::Providers;
use crate::time::Wall;

const ID: &str = "7c2e7c2e-1111-4111-8111-111111111112";
const OTHER: &str = "0b0b0b0b-2222-4222-8222-222222222222";

/// A launch of `provider` with a homing at `/opt/homing`, without hooks unless changed.
struct Case {
    provider: &'static str,
    options: LaunchOptions,
    prompt: Option<&'static str>,
    hooks: HookContext,
    facts: BinaryFacts,
}

impl Case {
    fn new(provider: &'static str, args: &[&str]) -> Self {
        Self {
            provider,
            options: LaunchOptions { args: args.iter().map(|word| (*word).to_owned()).collect(), ..Default::default() },
            prompt: None,
            hooks: HookContext {
                homing: "/opt/homing".to_owned(),
                socket: "/run/h.sock".to_owned(),
                session: SessionId::new(0, [0; 10]),
                token: "0123456789abcdef0123456789abcdef".to_owned(),
                inject: false,
            },
            facts: BinaryFacts::default(),
        }
    }

    fn prompt(mut self, prompt: &'static str) -> Self {
        self.prompt = Some(prompt);
        self
    }

    fn hooked(mut self) -> Self {
        self.hooks.inject = true;
        self
    }

    fn launch(&self, how: impl Fn(&LaunchRequest<'_>) -> Launch) -> Launch {
        let providers = Providers::default();
        how(&LaunchRequest {
            provider: providers.find(self.provider).unwrap(),
            options: &self.options,
            prompt: self.prompt,
            random_id: Uuid::parse_str(ID).unwrap(),
            shell: "/bin/zsh",
            hooks: &self.hooks,
            facts: &self.facts,
        })
    }

    fn fresh(&self) -> Launch {
        self.launch(fresh)
    }

    fn resume(&self, spoken: bool) -> Launch {
        let conversation = ConversationId::new(OTHER);
        let claim = Claim { conversation, witness: Witness::Hook, since: Wall::default(), spoken };
        self.launch(|request| resume(request, &claim))
    }
}

#[test]
fn fresh_launches() {
    /// Provider, arguments, prompt, argv, the conversation that is named.
    type Row =
        (&'static str, &'static [&'static str], Option<&'static str>, &'static [&'static str], Option<&'static str>);
    let cases: &[Row] = &[
        ("claude", &[], None, &["claude", "--session-id", ID], Some(ID)),
        ("claude", &[], Some("fix it"), &["claude", "--session-id", ID, "fix it"], Some(ID)),
        (
            "claude",
            &["--verbose"],
            Some("fix it"),
            &["claude", "--session-id", ID, "--verbose", "--", "fix it"],
            Some(ID),
        ),
        ("claude", &[], Some("--x y"), &["claude", "--session-id", ID, "--", "--x y"], Some(ID)),
        ("claude", &[], Some("doctor"), &["claude", "--session-id", ID, "doctor "], Some(ID)),
        ("claude", &["--resume", OTHER], None, &["claude", "--resume", OTHER], Some(OTHER)),
        ("claude", &["--session-id", OTHER], None, &["claude", "--session-id", OTHER], Some(OTHER)),
        ("claude", &["-c"], None, &["claude", "-c"], None),
        ("claude", &["from args"], Some("beside"), &["claude", "--session-id", ID, "from args"], Some(ID)),
        ("claude", &["mcp", "list"], Some("x"), &["claude", "mcp", "list"], None),
        ("codex", &[], None, &["codex"], None),
        ("codex", &["-m", "o3"], Some("fix it"), &["codex", "-m", "o3", "--", "fix it"], None),
        ("codex", &["resume", OTHER], None, &["codex", "resume", OTHER], Some(OTHER)),
        ("opencode", &[], Some("-x"), &["opencode", "--prompt=-x"], None),
        ("gemini", &[], Some("x"), &["gemini", "--session-id", ID, "--prompt-interactive=x"], Some(ID)),
        ("shell", &[], None, &["/bin/zsh"], None),
        ("shell", &["-c", "make"], None, &["/bin/zsh", "-c", "make"], None),
        ("demo", &[], Some("hi you"), &["/opt/homing", "demo-agent", "--session-id", ID, "hi you"], Some(ID)),
    ];
    for (provider, args, prompt, argv, assigned) in cases {
        let mut case = Case::new(provider, args);
        case.prompt = *prompt;
        let launch = case.fresh();
        assert_eq!(launch.argv, *argv, "{provider} {args:?}");
        assert_eq!(launch.assigned.as_ref().map(ConversationId::as_str), *assigned, "{provider} {args:?}");
    }
}

#[test]
fn resumes_name_exactly_the_claimed_conversation() {
    let cases: &[(&str, &[&str], &[&str])] = &[
        ("claude", &["--model", "opus", "-c", "old prompt"], &["claude", "--resume", OTHER, "--model", "opus"]),
        ("codex", &["resume", "--last", "-s", "read-only"], &["codex", "resume", OTHER, "-s", "read-only"]),
        ("opencode", &["."], &["opencode", "--session", OTHER, "."]),
        ("gemini", &["-i", "hi"], &["gemini", "--resume", OTHER]),
        ("demo", &["hi"], &["/opt/homing", "demo-agent", "--resume", OTHER]),
    ];
    for (provider, args, argv) in cases {
        let launch = Case::new(provider, args).resume(true);
        assert_eq!(launch.argv, *argv, "{provider} {args:?}");
        assert_eq!(launch.assigned, Some(ConversationId::new(OTHER)));
    }
}

#[test]
fn a_conversation_without_a_message_starts_fresh_and_keeps_its_id_where_that_can_be() {
    let claude = Case::new("claude", &["--resume", ID, "old prompt"]).resume(false);
    assert_eq!(claude.argv, ["claude", "--session-id", OTHER]);
    assert_eq!(claude.assigned, Some(ConversationId::new(OTHER)));
    let codex = Case::new("codex", &["--search"]).resume(false);
    assert_eq!(codex.argv, ["codex", "--search"]);
    assert_eq!(codex.assigned, None);
}

#[test]
fn the_model_is_passed_unless_the_arguments_name_one() {
    for (args, argv) in [(vec![], vec!["codex", "--model", "o3"]), (vec!["--model=o4"], vec!["codex", "--model=o4"])] {
        let mut case = Case::new("codex", &args);
        case.options.model = Some("o3".to_owned());
        assert_eq!(case.fresh().argv, argv);
    }
}

#[test]
fn every_pane_can_report_and_nobody_inherits_another_agents_identity() {
    let mut case = Case::new("shell", &[]);
    case.options.env.insert("CODEX_HOME".to_owned(), "/c".to_owned());
    let launch = case.fresh();
    let env: Vec<(&str, &str)> = launch.env.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let session = SessionId::new(0, [0; 10]).to_string();
    assert_eq!(
        env,
        [
            ("CODEX_HOME", "/c"),
            ("HOMING_SOCKET", "/run/h.sock"),
            ("HOMING_SESSION", session.as_str()),
            ("HOMING_TOKEN", "0123456789abcdef0123456789abcdef")
        ]
    );
    assert!(launch.env_remove.contains(&"CLAUDECODE".to_owned()));
}

/// The JSON behind `--settings`.
fn settings(launch: &Launch) -> serde_json::Value {
    let at = launch.argv.iter().position(|word| word == "--settings").unwrap();
    assert_eq!(launch.argv.iter().filter(|word| word.starts_with("--settings")).count(), 1);
    serde_json::from_str(&launch.argv[at + 1]).unwrap()
}

#[test]
fn claude_gets_its_hooks_by_settings() {
    let mut case = Case::new("claude", &[]).hooked();
    case.hooks.homing = "/opt/it's mine/homing".to_owned();
    let settings = settings(&case.fresh());
    let command = &settings["hooks"]["UserPromptSubmit"][0]["hooks"][0];
    assert_eq!(command["command"], r"'/opt/it'\''s mine/homing' hook claude UserPromptSubmit");
    assert_eq!((command["type"].as_str(), command["timeout"].as_u64()), (Some("command"), Some(5)));
    assert_eq!(settings["hooks"].as_object().unwrap().len(), 9);
}

#[test]
fn events_of_newer_versions_wait_for_such_a_version() {
    for (version, known) in
        [(None, false), (Some("2.1.196"), false), (Some("2.1.197"), true), (Some("2.2"), true), (Some("x"), false)]
    {
        let mut case = Case::new("claude", &[]).hooked();
        case.facts.version = version.map(str::to_owned);
        assert_eq!(settings(&case.fresh())["hooks"].get("StopFailure").is_some(), known, "{version:?}");
    }
}

#[test]
fn the_users_own_settings_are_merged_or_win() {
    let theirs = r#"{"model":"x","hooks":{"Stop":[{"hooks":[]}]}}"#;
    for args in [
        vec!["--settings", theirs, "--verbose"],
        vec!["--settings={\"model\":\"x\",\"hooks\":{\"Stop\":[{}]}}", "--verbose"],
    ] {
        let launch = Case::new("claude", &args).hooked().fresh();
        let merged = settings(&launch);
        assert_eq!(merged["model"], "x");
        assert_eq!(merged["hooks"]["Stop"].as_array().unwrap().len(), 2);
        assert_eq!(merged["hooks"]["SessionStart"].as_array().unwrap().len(), 1);
        assert_eq!(launch.argv.last().map(String::as_str), Some("--verbose"));
        assert!(launch.notes.is_empty());
    }
    for theirs in ["/home/me/settings.json", "[1]", "{\"hooks\":[]}"] {
        let launch = Case::new("claude", &["--settings", theirs]).hooked().fresh();
        assert_eq!(launch.argv, ["claude", "--session-id", ID, "--settings", theirs]);
        assert_eq!(launch.notes.len(), 1);
    }
}

#[test]
fn codex_hooks_equal_the_reference_scripts_byte_for_byte() {
    let expected = include_str!("testdata/codex_hook_args_plain.txt");
    let mut case = Case::new("codex", &["--search"]).hooked();
    case.facts.has_no_daemon = true;
    case.hooks.homing = "/usr/local/bin/homing".to_owned();
    let launch = case.fresh();
    let (first, last) = (launch.argv.first().unwrap().as_str(), launch.argv.last().unwrap().as_str());
    assert_eq!((first, launch.argv[1].as_str(), last), ("codex", "--no-daemon", "--search"));
    assert_eq!(launch.argv[2..launch.argv.len() - 1], expected.lines().collect::<Vec<_>>());

    case.hooks.homing = "/opt/ünï \"x\" it's\\a/homing".to_owned();
    case.hooks.token = "ff".to_owned();
    let launch = case.fresh();
    let expected = include_str!("testdata/codex_hook_args_odd_path.txt");
    assert_eq!(launch.argv[2..launch.argv.len() - 1], expected.lines().collect::<Vec<_>>());
}

#[test]
fn codex_hooks_come_after_the_resumed_id_and_before_the_users_arguments() {
    let mut case = Case::new("codex", &["-m", "o3"]).hooked().prompt("go on");
    case.facts.has_no_daemon = true;
    let argv = case.resume(true).argv;
    assert_eq!(argv[..4], ["codex", "resume", OTHER, "--no-daemon"]);
    assert_eq!(argv[argv.len() - 4..], ["-m", "o3", "--", "go on"]);
}

#[test]
fn codex_is_left_alone_where_hooks_cannot_work() {
    let mut case = Case::new("codex", &["--no-daemon", "-c", "hooks.Stop=[]"]).hooked();
    case.facts.has_no_daemon = true;
    let launch = case.fresh();
    assert_eq!(launch.argv, ["codex", "--no-daemon", "-c", "hooks.Stop=[]"]);
    assert_eq!(launch.notes.len(), 1);
    let launch = Case::new("codex", &["--remote", "ws://x:1"]).hooked().fresh();
    assert_eq!(launch.argv, ["codex", "--remote", "ws://x:1"]);
    let old = Case::new("codex", &[]).fresh();
    assert_eq!(old.argv, ["codex"], "an older version does not know --no-daemon");
}

#[test]
fn opencode_serves_its_events_on_loopback_behind_this_launchs_password() {
    let case = Case::new("opencode", &["--agent", "plan"]).hooked();
    for launch in [case.fresh(), case.resume(true)] {
        let port_at = launch.port_at.unwrap();
        assert_eq!(launch.argv[port_at - 3..=port_at], ["--hostname", "127.0.0.1", "--port", "0"]);
        let password: Vec<_> = launch.env.iter().filter(|(name, _)| name == "OPENCODE_SERVER_PASSWORD").collect();
        let [(_, password)] = password[..] else { panic!("{password:?}") };
        assert_eq!((password.len(), password), (32, &opencode::password(&case.hooks.token)));
        assert_ne!(*password, case.hooks.token);
        assert!(launch.env_remove.iter().any(|name| name == "OPENCODE_SERVER_USERNAME"));
    }
    assert_eq!(case.resume(true).argv[1..3], ["--session".to_owned(), OTHER.to_owned()]);
}

#[test]
fn opencode_is_left_alone_where_the_user_says_where_it_listens() {
    for args in [&["--port", "4096"][..], &["--port=4096"], &["--hostname", "0.0.0.0"], &["--mdns"]] {
        let launch = Case::new("opencode", args).hooked().fresh();
        assert_eq!((launch.port_at, launch.notes.len()), (None, 1), "{args:?}");
        assert_eq!(launch.argv[1..], *args);
        assert!(launch.env.iter().all(|(name, _)| name != "OPENCODE_SERVER_PASSWORD"));
    }
    for case in [Case::new("opencode", &[]), Case::new("opencode", &["run", "x"]).hooked()] {
        assert_eq!(case.fresh().port_at, None);
    }
}

#[test]
fn a_row_like_another_reports_as_itself_and_its_own_fixed_arguments_count() {
    let text = "[providers.work]\nlike = \"claude\"\n[providers.cx]\nlike = \"codex\"\ncommand = \"codex --no-daemon\"\n\
                [providers.set]\nlike = \"claude\"\ncommand = \"claude --settings x.json\"\n";
    let (config, _) = crate::config::parse(text);
    let (providers, _) = Providers::with_config(&config);
    let case = Case::new("claude", &[]).hooked();
    let facts = BinaryFacts { has_no_daemon: true, version: None };
    let launch = |name: &str| {
        fresh(&LaunchRequest {
            provider: providers.find(name).unwrap(),
            options: &case.options,
            prompt: None,
            random_id: Uuid::nil(),
            shell: "/bin/sh",
            hooks: &case.hooks,
            facts: &facts,
        })
    };
    let command = settings(&launch("work"))["hooks"]["Stop"][0]["hooks"][0]["command"].clone();
    assert_eq!(command, "'/opt/homing' hook work Stop");
    let codex = launch("cx").argv;
    assert_eq!(codex.iter().filter(|word| *word == "--no-daemon").count(), 1);
    assert!(codex[3].contains("'/opt/homing' hook cx SessionStart"), "{}", codex[3]);
    let own = launch("set");
    assert_eq!(own.argv.iter().filter(|word| *word == "--settings").count(), 1);
    assert_eq!(own.notes.len(), 1);
}

#[test]
fn versions_are_found_in_what_programs_say() {
    let cases = [
        ("codex-cli 0.169.0\n", Some("0.169.0")),
        ("2.1.197 (Claude Code)", Some("2.1.197")),
        ("aider v0.86.1", Some("0.86.1")),
        ("goose/1.2.3, linux", Some("1.2.3")),
        ("WARNING: no config.toml in ./x", None),
        ("", None),
    ];
    for (output, version) in cases {
        assert_eq!(BinaryFacts::read(output, "").version.as_deref(), version, "{output}");
    }
    assert!(BinaryFacts::read("", "  --no-daemon\n  Run without").has_no_daemon);
    assert!(!BinaryFacts::read("", "--no-daemonize").has_no_daemon);
}

/// Every built-in agent's ways to start and to come back, as its own command line has them.
#[test]
fn each_row_starts_and_resumes_as_its_program_expects() {
    let resumed: &[(&str, &str)] = &[
        ("antigravity", "agy --conversation=ID"),
        ("cursor", "cursor-agent --resume ID"),
        ("copilot", "copilot --resume=ID"),
        ("amp", "amp threads continue ID"),
        ("qwen", "qwen --resume ID"),
        ("droid", "droid --resume ID"),
        ("goose", "goose session --resume --session-id ID"),
        ("crush", "crush --session ID"),
        ("kimi", "kimi --session ID"),
        ("auggie", "auggie --resume ID"),
        ("cline", "cline --id ID"),
        ("grok", "grok --resume ID"),
        ("pi", "pi --session ID"),
        ("kiro", "kiro-cli chat --resume-id ID"),
        ("vibe", "vibe --resume ID"),
        ("hermes", "hermes --resume ID"),
        ("rovodev", "acli rovodev run --restore ID"),
        ("commandcode", "command-code --resume ID"),
        ("qoder", "qodercli -r ID"),
        ("mimocode", "mimo --session ID"),
        ("codebuddy", "codebuddy --resume ID"),
        ("aider", ""),
        ("omp", ""),
        ("kilocode", ""),
        ("devin", ""),
        ("continue", ""),
        ("junie", ""),
        ("letta", ""),
        ("autohand", ""),
        ("codebuff", ""),
        ("freebuff", ""),
        ("jules", ""),
        ("zero", ""),
    ];
    let providers = Providers::default();
    for (name, line) in resumed {
        let row = providers.find(name).unwrap();
        assert_eq!(row.can_resume(), !line.is_empty(), "{name}");
        if !row.can_resume() {
            continue;
        }
        let claim = Claim {
            conversation: ConversationId::new(ID),
            witness: Witness::Farewell,
            since: Wall::default(),
            spoken: true,
        };
        let launch = Case::new(name, &[]).launch(|request| resume(request, &claim));
        assert_eq!(launch.argv.join(" ").replace(ID, "ID"), *line, "{name}");
        // The same words given by the user choose a conversation, and are not replayed.
        let words: Vec<String> = launch.argv.into_iter().skip(row.command.len()).collect();
        let stripped = crate::provider::strip::strip(row, &words);
        assert!(stripped.is_command || stripped.kept.is_empty(), "{name}: would be replayed: {stripped:?}");
    }
}
