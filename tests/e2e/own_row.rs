//! An agent that only the user's settings know.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::support::workspace::Workspace;

/// Says what it was started with, and how to come back when it is asked to end.
const AGENT: &str = "#!/bin/sh\necho \"started with: $*\"\nwhile read -r line; do\n  [ \"$line\" = bye ] && echo 'come back with: mine --load talk-42' && exit 0\n  echo \"heard $line\"\ndone\n";

#[test]
fn a_row_of_the_users_resumes_its_agent_by_the_id_that_it_said() {
    let workspace = Workspace::new();
    workspace.fails(5, &["ls"]);
    let program = workspace.project().join("mine");
    fs::write(&program, AGENT).expect("written");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("made a program");
    let row = format!(
        "[providers.mine]\ncommand = [{:?}, \"--quiet\"]\nprompt = \"typed\"\nresume = \"--load {{id}}\"\nfarewell = [\"mine --load {{id}}\"]\n",
        program.display().to_string()
    );
    fs::write(workspace.home().join("config.toml"), row).expect("written");
    workspace.ok(&["new", "mine", "--name", "own", "--", "--colour", "blue"]);
    workspace.say("own", "hello", "heard hello");
    workspace.ok(&["send", "own", "bye"]);
    workspace.wait_until("the end", || (workspace.session("own")["status"] == "terminated").then_some(()));
    assert_eq!(workspace.session("own")["provider_session_id"], "talk-42", "{}", workspace.log());
    workspace.ok(&["reopen", "own"]);
    workspace.ok(&[
        "wait",
        "own",
        "--until",
        "text=started with: --quiet --load talk-42 --colour blue",
        "--timeout",
        "20",
    ]);
}
