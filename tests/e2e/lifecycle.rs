//! Sessions from their close on: reopened, refused, forgotten, counted, cleaned up.

use serde_json::Value;

use crate::support::process::{self, Signal};
use crate::support::workspace::{Workspace, number, ran};

/// A field of a list of objects.
fn column<'a>(rows: &'a Value, field: &str) -> Vec<&'a str> {
    rows.as_array().expect("a list").iter().map(|row| row[field].as_str().unwrap_or("-")).collect()
}

#[test]
fn a_closed_session_comes_back_as_it_was() {
    let workspace = Workspace::new();
    let id = workspace.demo(&["--name", "worker", "--task", "T-1"]);
    workspace.say(&id, "remember me", "You said: remember me");
    workspace.say(&id, "big 100", "Printed 100 lines");
    let before = workspace.session(&id);
    workspace.ok(&["close", "worker"]);
    assert!(workspace.sessions().is_empty());
    assert!(workspace.ok(&["ls", "--all"]).contains(&id), "the list says how to address it");

    let closed = workspace.session("worker");
    assert_eq!((closed["status"].as_str(), &closed["pane"]), (Some("terminated"), &Value::Null), "{closed:#}");
    assert_eq!(closed["exit"]["reason"], "closed");
    assert_eq!(column(&closed["conversations"], "end_reason"), ["closed"]);
    workspace.fails(3, &["send", "worker", "x"]);
    workspace.ok(&["rename", "worker", "renamed"]);
    workspace.ok(&["set", "renamed", "--mcp-session", "M-1"]);

    // By the beginning of its id, at once: the process that it had may still be ending.
    assert_eq!(workspace.ok(&["reopen", &id[..id.len() - 2]]), id);
    workspace.wait(&id, "ready");
    assert!(workspace.ok(&["screen", &id, "--history", "1000"]).contains("line 1 of 100"), "its history is there");
    workspace.say(&id, "recall", "First message: remember me");
    let after = workspace.session(&id);
    for field in ["id", "provider_session_id", "cwd", "task_id", "first_message", "created_at"] {
        assert_eq!(after[field], before[field], "{field}");
    }
    assert_eq!((after["name"].as_str(), after["mcp_session_id"].as_str()), (Some("renamed"), Some("M-1")));
    assert_eq!((&after["exit"], column(&after["conversations"], "end_reason")), (&Value::Null, vec!["closed", "-"]));
    workspace.fails(1, &["reopen", "renamed"]);

    // And through a restart.
    workspace.ok(&["close", &id]);
    workspace.ok(&["stop"]);
    workspace.ok(&["start"]);
    assert_eq!(workspace.json(&["reopen", "renamed"])["id"], id.as_str());
    workspace.say(&id, "recall", "First message: remember me");
}

#[test]
fn a_closed_session_whose_conversation_is_open_elsewhere_is_refused() {
    let workspace = Workspace::new();
    let id = workspace.demo(&["--name", "first"]);
    workspace.say(&id, "mine", "You said: mine");
    let conversation = workspace.session(&id)["provider_session_id"].as_str().expect("claimed").to_owned();
    workspace.ok(&["close", &id]);
    let elsewhere = ["new", "demo", "--name", "second", "-w", "b", "--", "--resume", &conversation];
    workspace.ok(&elsewhere);
    let told = workspace.fails(1, &["reopen", "first"]);
    assert!(told.contains("already open in second (pane 1 of workspace b)"), "{told}");
    assert!(workspace.sessions().is_empty());
    let told = workspace.fails(1, &["new", "demo", "--", "--resume", &conversation]);
    assert!(told.contains("already open in second (pane 1 of workspace b)"), "{told}");
    workspace.ok(&["close", "second", "-w", "b"]);
    workspace.ok(&["reopen", "first"]);
    workspace.say(&id, "recall", "First message: mine");
}

#[test]
fn of_two_servers_that_want_one_conversation_exactly_one_gets_it() {
    let workspace = Workspace::new();
    let id = workspace.demo(&[]);
    workspace.say(&id, "wanted", "You said: wanted");
    let conversation = workspace.session(&id)["provider_session_id"].as_str().expect("claimed").to_owned();
    workspace.ok(&["close", &id]);
    let names = ["left", "right"];
    for name in names {
        workspace.ok(&["start", "-w", name]);
    }
    let racers = names.map(|name| {
        let mut command =
            workspace.command(&["new", "demo", "--name", name, "-w", name, "--", "--resume", &conversation]);
        std::thread::spawn(move || ran(&mut command))
    });
    let outcomes = racers.map(|racer| racer.join().expect("no panic"));
    let winner = outcomes.iter().position(|ran| ran.code == 0).unwrap_or_else(|| panic!("nobody won: {outcomes:?}"));
    let (winner, loser, refused) = (names[winner], names[1 - winner], &outcomes[1 - winner]);
    assert_eq!(refused.code, 1, "{refused:?}");
    let words = format!("already open in {winner} (pane 1 of workspace {winner})");
    assert!(refused.stderr.contains(&words), "{refused:?}");
    // Memory follows the store: nothing of the refused session is there.
    assert_eq!(workspace.json(&["ls", "--all", "-w", loser]), Value::Array(Vec::new()));
    assert_eq!(column(&workspace.json(&["ls", "-w", winner]), "provider_session_id"), [conversation.as_str()]);
}

#[test]
fn a_conversation_that_was_left_stays_in_the_ledger() {
    let workspace = Workspace::new();
    let id = workspace.demo(&[]);
    workspace.say(&id, "the first thing", "You said: the first thing");
    let first = workspace.session(&id)["provider_session_id"].as_str().expect("claimed").to_owned();
    workspace.ok(&["send", &id, "/new"]);
    workspace.wait_until("another conversation", || {
        (workspace.session(&id)["provider_session_id"] != first.as_str()).then_some(())
    });
    let row = workspace.session(&id);
    let ledger = &row["conversations"];
    assert_eq!(column(ledger, "id")[0], first);
    assert_eq!((ledger[0]["end_reason"].as_str(), ledger[0]["spoken"].as_bool()), (Some("moved"), Some(true)));
    assert_eq!(ledger[1]["id"], row["provider_session_id"]);
    assert_eq!((&ledger[1]["until"], &ledger[1]["end_reason"]), (&Value::Null, &Value::Null));
    for field in ["provider", "witness", "since"] {
        assert!(ledger[0][field].is_string(), "{field}: {ledger:#}");
    }
    assert!(workspace.ok(&["show", &id]).contains(&first));
}

#[test]
fn what_is_forgotten_is_gone_and_only_what_ended_can_be() {
    let workspace = Workspace::new();
    let closed = workspace.demo(&["--name", "closed"]);
    let ended = workspace.demo(&["--name", "ended"]);
    workspace.say(&closed, "a secret", "You said: a secret");
    let told = workspace.fails(1, &["forget", "closed"]);
    assert!(told.contains("close it first"), "{told}");
    workspace.ok(&["close", "closed"]);
    workspace.ok(&["send", "ended", "exit"]);
    workspace.wait("ended", "exited");
    workspace.ok(&["forget", "closed", "--yes"]);
    workspace.ok(&["forget", "ended"]);
    workspace.fails(3, &["show", &closed]);
    workspace.fails(3, &["reopen", "closed"]);
    workspace.fails(3, &["forget", &ended]);
    assert_eq!(workspace.json(&["ls", "--all"]), Value::Array(Vec::new()));
    let stats = workspace.json(&["stats"]);
    assert_eq!((&stats["total"], &stats["conversations"]["ended_by_reason"]["closed"]), (&0.into(), &1.into()));
}

#[test]
fn ended_sessions_count() {
    let workspace = Workspace::new();
    for name in ["works", "asks", "exits", "is closed", "is killed"] {
        workspace.demo(&["--name", name, "--split", "tab"]);
    }
    workspace.ok(&["new", "shell", "-w", "b"]);
    workspace.ok(&["send", "works", "slow 600"]);
    workspace.wait("works", "busy");
    workspace.ok(&["send", "asks", "permission"]);
    workspace.wait("asks", "blocked");
    workspace.ok(&["send", "exits", "exit"]);
    workspace.wait("exits", "exited");
    workspace.ok(&["close", "is closed"]);
    process::kill(number(&workspace.session("is killed")["pid"]), Signal::KILL);
    workspace.wait("is killed", "exited");

    let stats = workspace.json(&["stats"]);
    for (field, n) in [("total", 5), ("active", 2), ("busy", 1), ("blocked", 1), ("errors", 0), ("ended", 3)] {
        assert_eq!(stats[field], n, "{field}: {stats:#}");
    }
    for (reason, n) in [("exited", 1), ("closed", 1), ("killed", 1), ("crashed", 0), ("shutdown", 0)] {
        assert_eq!(stats["ended_by_reason"][reason], n, "{reason}: {stats:#}");
    }
    assert_eq!((&stats["workspace"], &stats["by_provider"]["demo"]["total"]), (&"main".into(), &5.into()));
    assert!(stats["mean_duration_ms"].as_u64() <= stats["p95_duration_ms"].as_u64(), "{stats:#}");
    assert!(stats["busy_ms"].as_u64() > Some(0), "{stats:#}");
    let all = workspace.json(&["stats", "--all"]);
    assert_eq!(
        (&all["total"], &all["by_provider"]["shell"]["total"], &all["workspace"]),
        (&6.into(), &1.into(), &Value::Null)
    );
    assert!(workspace.ok(&["stats"]).contains("ended          3 (1 closed, 1 exited, 1 killed)"));
    assert_eq!(column(&workspace.json(&["ls", "--all", "--task", "none"]), "id"), Vec::<&str>::new());
}

#[test]
fn old_sessions_are_cleaned_up_when_asked() {
    let workspace = Workspace::new();
    let idle = workspace.demo(&["--name", "idle"]);
    let busy = workspace.demo(&["--name", "busy", "--split", "tab"]);
    let old = workspace.demo(&["--name", "old", "--split", "tab"]);
    workspace.ok(&["close", "old"]);
    workspace.ok(&["send", &busy, "slow 600"]);
    workspace.wait(&busy, "busy");
    for args in [&["gc"][..], &["gc", "--idle", "1y"], &["gc", "--ended", "5"], &["gc", "--idle", "-1s"]] {
        workspace.fails(2, args);
    }
    let nothing = workspace.json(&["gc", "--idle", "1h", "--ended", "30d"]);
    assert_eq!((&nothing["ended"], &nothing["forgotten"]), (&Value::Array(vec![]), &Value::Array(vec![])));
    let dry = workspace.json(&["gc", "--idle", "0s", "--ended", "0s", "--dry-run"]);
    assert_eq!(
        (column(&dry["ended"], "id"), column(&dry["forgotten"], "id")),
        (vec![idle.as_str()], vec![old.as_str()])
    );
    assert_eq!(workspace.sessions().len(), 2, "nothing was done");
    let text = workspace.ok(&["gc", "--idle", "0s", "--ended", "0s"]);
    assert!(text.contains(&format!("closed {idle} idle (demo, idle for")), "{text}");
    assert_eq!(column(&workspace.json(&["ls", "--all"]), "id"), [busy.as_str(), idle.as_str()]);
    workspace.ok(&["reopen", "idle"]);
    workspace.fails(3, &["reopen", "old"]);
}

#[test]
fn an_agent_that_exits_on_a_hang_up_before_the_servers_end_comes_back() {
    let workspace = Workspace::new();
    let id = workspace.demo(&[]);
    workspace.say(&id, "before the logout", "You said: before the logout");
    let (keeper, server) = (workspace.keeper(), workspace.server());
    // As OpenCode and Gemini do on SIGHUP: an end with status 0.
    workspace.ok(&["send", &id, "exit"]);
    workspace.wait(&id, "exited");
    assert_eq!(workspace.session(&id)["exit"]["code"], 0);
    process::kill(server, Signal::HUP);
    workspace
        .wait_until("the end of both", || (!process::is_alive(server) && !process::is_alive(keeper)).then_some(()));
    let report = workspace.json(&["start"]);
    assert_eq!(column(&report["panes"], "outcome"), ["resumed"], "{report:#}\n{}", workspace.log());
    workspace.say(&id, "recall", "First message: before the logout");
}

#[test]
fn a_killed_agent_keeps_its_pane_and_is_resumed_by_the_next_start() {
    let workspace = Workspace::new();
    let id = workspace.demo(&[]);
    workspace.say(&id, "still here", "You said: still here");
    process::kill(number(&workspace.session(&id)["pid"]), Signal::KILL);
    workspace.wait(&id, "exited");
    assert!(workspace.ok(&["screen", &id]).contains("You said: still here"));
    workspace.ok(&["stop"]);
    let report = workspace.json(&["start"]);
    assert_eq!(column(&report["panes"], "outcome"), ["resumed"], "{report:#}");
    workspace.say(&id, "recall", "First message: still here");
}

#[test]
fn a_session_whose_pane_was_lost_waits_in_another() {
    let workspace = Workspace::new();
    let id = workspace.demo(&["--name", "lost"]);
    workspace.say(&id, "find me", "You said: find me");
    workspace.demo(&["--name", "other"]);
    workspace.ok(&["stop"]);
    let database = rusqlite::Connection::open(workspace.home().join("homing.db")).expect("the database");
    database.execute("DELETE FROM panes WHERE session = ?1", [&id]).expect("a damaged table");
    drop(database);

    workspace.ok(&["start"]);
    let row = workspace.session("lost");
    assert_eq!((row["status"].as_str(), &row["pid"]), (Some("terminated"), &Value::Null), "{row:#}");
    assert_ne!(row["tab"], workspace.session("other")["tab"]);
    let warnings = workspace.status()["warnings"].clone();
    assert!(warnings.to_string().contains("had lost its pane"), "{warnings}");
    assert!(workspace.ok(&["screen", "lost"]).contains("You said: find me"), "its last screen is there");
    workspace.ok(&["reopen", "lost"]);
    workspace.say("lost", "recall", "First message: find me");
    workspace.ok(&["stop"]);
    workspace.ok(&["start"]);
    assert_eq!(workspace.status()["warnings"], Value::Array(Vec::new()), "it is told once");
}
