//! `homing doctor --probe`: agents are tried in a home of their own, and nothing of the user's is touched.

use serde_json::Value;

use crate::support::workspace::Workspace;

/// What was found in the trials, by name: grade and words.
fn tried(workspace: &Workspace, names: &[&str]) -> (i32, Vec<(String, String, String)>) {
    let ran = workspace.run(&[&["doctor", "--probe"], names, &["--json"]].concat());
    let report: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    let text = |finding: &Value, field: &str| finding[field].as_str().unwrap_or_default().to_owned();
    let findings = report["findings"].as_array().expect("a list").iter();
    let of_probe = findings.filter(|finding| finding["area"] == "probe");
    (ran.code, of_probe.map(|it| (text(it, "name"), text(it, "grade"), text(it, "found"))).collect())
}

#[test]
fn what_works_and_what_does_not_is_said_of_each_agent() {
    let workspace = Workspace::new();
    std::fs::create_dir_all(workspace.home()).expect("a home");
    let rows = "[providers.refuser]\ncommand = \"sh -c 'echo no such option; exit 2' refuser\"\nresume = \"--resume {id}\"\n\
        [providers.silent]\ncommand = \"cat\"\n";
    std::fs::write(workspace.home().join("config.toml"), rows).expect("written");
    let (code, findings) = tried(&workspace, &["demo", "refuser", "silent"]);
    let grades: Vec<_> = findings.iter().map(|(name, grade, _)| (name.as_str(), grade.as_str())).collect();
    let expected = [
        ("demo starts", "ok"),
        ("demo hooks", "ok"),
        ("demo resume", "ok"),
        ("refuser starts", "bad"),
        ("silent starts", "ok"),
        ("silent resume", "untested"),
    ];
    assert_eq!(grades, expected, "{findings:#?}");
    assert_eq!(code, 1);
    assert!(findings[3].2.contains("no such option"), "{findings:#?}");
    assert!(!workspace.home().join("homing.db").exists(), "the user's own workspace was not started");
    workspace.fails(2, &["doctor", "--probe", "nobody"]);
}
