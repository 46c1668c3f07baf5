//! Sessions in git worktrees of their own: made, set up, and never taken away with work in them.

use std::path::Path;
use std::process::Command;

use crate::support::terminal::Terminal;
use crate::support::workspace::{Workspace, ran};

/// Runs `git` as nobody in particular, without anybody's settings.
fn git(directory: &Path, args: &[&str]) -> String {
    let mut command = Command::new("git");
    command.arg("-C").arg(directory).args(args).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    for role in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{role}_NAME"), "nobody").env(format!("GIT_{role}_EMAIL"), "nobody@example.com");
    }
    let ran = ran(&mut command);
    assert_eq!(ran.code, 0, "git {args:?}: {}", ran.stderr);
    ran.stdout.trim_end().to_owned()
}

#[test]
fn a_session_gets_a_worktree_and_gives_it_back_only_without_work_in_it() {
    let workspace = Workspace::new();
    let repository = workspace.project().join("shop");
    std::fs::create_dir(&repository).expect("a directory");
    git(&repository, &["init", "-q", "-b", "main"]);
    git(&repository, &["commit", "-q", "--allow-empty", "-m", "begin"]);
    std::fs::write(repository.join(".env"), "KEY=1").expect("written");
    let settings =
        "[worktrees]\ncopy = [\".env\", \"missing\"]\nsetup = \"cat .env > set-up; echo set-up >> .gitignore\"\n";
    std::fs::create_dir_all(workspace.home()).expect("a directory");
    std::fs::write(workspace.home().join("config.toml"), settings).expect("written");
    let here = repository.display().to_string();

    let open = |name: &str, branch: &str| {
        workspace.ok(&["new", "demo", "--name", name, "--cwd", &here, "--worktree", branch]);
        workspace.session(name)["cwd"].as_str().expect("a directory").to_owned()
    };
    let cwd = open("one", "fix/cart");
    let tree = repository.parent().expect("its parent").join("shop-fix-cart");
    assert_eq!(cwd, tree.display().to_string());
    assert_eq!(git(&tree, &["branch", "--show-current"]), "fix/cart");
    assert_eq!(std::fs::read_to_string(tree.join("set-up")).expect("set up"), "KEY=1");
    // The worktree of a branch is made once.
    assert_eq!(open("two", "fix/cart"), cwd);

    let refused = workspace.fails(1, &["close", "one", "--remove-worktree"]);
    assert!(refused.contains("not committed"), "{refused}");
    assert!(tree.join(".env").exists() && workspace.session("one")["status"] != "terminated");
    git(&tree, &["add", "-A"]);
    git(&tree, &["commit", "-q", "-m", "work"]);
    let refused = workspace.fails(1, &["close", "one", "--remove-worktree"]);
    assert!(refused.contains("two is in"), "{refused}");
    workspace.ok(&["close", "two"]);
    workspace.ok(&["close", "one", "--remove-worktree"]);
    assert!(!tree.exists());
    assert_eq!(git(&repository, &["log", "-1", "--format=%s", "fix/cart"]), "work");

    // A branch that is there is taken; what is not committed goes only when that is said.
    assert_eq!(open("three", "fix/cart"), cwd);
    std::fs::write(tree.join("draft"), "words").expect("written");
    workspace.fails(1, &["close", "three", "--remove-worktree"]);
    workspace.ok(&["close", "three", "--remove-worktree", "--discard"]);
    assert!(!tree.exists());

    std::fs::create_dir(&tree).expect("in the way");
    for (branch, why) in [("fix/cart", "is there already"), ("a..b", "cannot be the name"), ("--force", "cannot be")] {
        let worktree = format!("--worktree={branch}");
        let told = workspace.fails(1, &["new", "demo", "--cwd", &here, &worktree]);
        assert!(told.contains(why), "{branch}: {told}");
    }
    let outside = workspace.project().display().to_string();
    assert!(workspace.fails(1, &["new", "demo", "--cwd", &outside, "--worktree", "x"]).contains("no git repository"));
    workspace.ok(&["new", "demo", "--name", "main", "--cwd", &here]);
    assert!(workspace.fails(1, &["close", "main", "--remove-worktree"]).contains("nothing is removed"));
}

#[test]
fn a_branch_and_a_key_open_a_worktree_and_closing_it_loses_no_work() {
    let workspace = Workspace::new();
    let repository = workspace.project().join("shop");
    std::fs::create_dir(&repository).expect("a directory");
    git(&repository, &["init", "-q", "-b", "main"]);
    git(&repository, &["commit", "-q", "--allow-empty", "-m", "begin"]);
    std::fs::create_dir_all(workspace.home()).expect("a directory");
    let gate = workspace.home().join("gate");
    let setup = format!("[worktrees]\nsetup = \"while ! [ -e {} ]; do sleep 0.01; done\"\n", gate.display());
    std::fs::write(workspace.home().join("config.toml"), setup).expect("written");
    let tree = |name: &str| repository.parent().expect("its parent").join(name);

    let mut terminal = Terminal::new(&workspace, 120, 30);
    terminal.start_in(&workspace, &repository, &["--open", "demo"]);
    terminal.wait_for_text("homing demo agent");
    terminal.press("\u{2}W");
    terminal.wait_for_text("opens demo in it");
    terminal.press("fix/cart\r");
    // The set-up waits at its gate; it is taken back, with all that was made.
    terminal.wait_for_text("worktree fix/cart: while");
    assert!(tree("shop-fix-cart").is_dir());
    terminal.press("\u{2}\u{3}");
    terminal.wait_for_text("nothing is left of it");
    assert!(!tree("shop-fix-cart").exists());
    assert_eq!(git(&repository, &["branch", "--list", "fix/*"]), "");

    std::fs::write(&gate, "").expect("open");
    terminal.press("\u{2}W");
    terminal.wait_for_text("opens demo in it");
    terminal.press("fix/cart\r");
    let cwd = tree("shop-fix-cart").display().to_string();
    let opened = |row: &serde_json::Value| row["cwd"] == cwd.as_str();
    workspace.wait_until("a session in the worktree", || workspace.sessions().iter().any(opened).then_some(()));
    workspace.wait("fix/cart", "ready");
    std::fs::write(tree("shop-fix-cart").join("draft"), "words").expect("written");

    terminal.press("\u{2}x");
    terminal.wait_for_text("remove the worktree");
    terminal.press("r");
    terminal.wait_for_text("1 file has changes");
    terminal.press("n");
    terminal.wait_for("no question", |screen| !screen.contents().contains("1 file has changes"));
    assert!(tree("shop-fix-cart").join("draft").exists());
    workspace.session("fix/cart");

    git(&tree("shop-fix-cart"), &["add", "-A"]);
    git(&tree("shop-fix-cart"), &["commit", "-q", "-m", "work"]);
    terminal.press("\u{2}x");
    terminal.wait_for_text("remove the worktree");
    terminal.press("r");
    terminal.wait_for_text("is removed; its branch stays");
    assert!(!tree("shop-fix-cart").exists());
    assert_eq!(git(&repository, &["log", "-1", "--format=%s", "fix/cart"]), "work");
}
