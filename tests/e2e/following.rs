//! `homing events --follow`: a line for each change, as it comes.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use serde_json::Value;

use crate::support::DEADLINE;
use crate::support::workspace::Workspace;

/// The program, ended with the test.
struct Follower {
    child: Child,
    rows: Receiver<Value>,
}

impl Follower {
    fn start(workspace: &Workspace) -> Self {
        let mut child =
            workspace.command(&["events", "--follow"]).stdout(Stdio::piped()).spawn().expect("homing starts");
        let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let (sender, rows) = channel();
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let _ = sender.send(serde_json::from_str(&line).expect("JSON"));
            }
        });
        Self { child, rows }
    }

    /// The session's statuses from here on, until this one.
    fn until(&self, session: &str, status: &str) -> Vec<String> {
        let mut seen: Vec<String> = Vec::new();
        while seen.last().map(String::as_str) != Some(status) {
            let row = self.rows.recv_timeout(DEADLINE).unwrap_or_else(|error| panic!("{error} behind {seen:?}"));
            if row["event"] == "status" && row["session"] == session {
                seen.push(row["value"].as_str().expect("a word").to_owned());
            }
        }
        seen
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_program_that_follows_is_told_of_each_change_as_it_comes() {
    let workspace = Workspace::new();
    let session = workspace.demo(&[]);
    let follower = Follower::start(&workspace);
    // It begins with what comes after it was started; nothing says when that is.
    while follower.rows.try_recv().is_err() {
        workspace.say(&session, "hello", "You said: hello");
    }
    workspace.ok(&["send", &session, "permission"]);
    let seen = follower.until(&session, "blocked");
    assert!(seen.ends_with(&["busy".to_owned(), "blocked".to_owned()]), "{seen:?}");
    workspace.ok(&["keys", &session, "y"]);
    assert_eq!(follower.until(&session, "ready"), ["busy", "ready"]);
}
