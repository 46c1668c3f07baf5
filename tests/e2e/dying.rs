//! Server, keeper and client die; the agents do not notice, and the screen comes back.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use crate::support::process::{self, Signal};
use crate::support::terminal::Terminal;
use crate::support::workspace::{Workspace, number};

/// How long the screen may stand still while a server is replaced, on a machine that has time for it.
const FRESH: Duration = Duration::from_secs(1);

/// The same in requests answered: on a busy machine these are slow too (15 ms on an idle one).
const FRESH_REQUESTS: u32 = 40;

#[test]
fn agents_do_not_notice_the_death_of_the_server() {
    const KILLS: u64 = 20;
    let workspace = Workspace::new();
    let mut terminal = Terminal::attached(&workspace, 120, 40, &["--open", "shell"]);
    workspace.wait_until("a shell", || (!workspace.try_json(&["ls"])?.as_array()?.is_empty()).then_some(()));
    for _ in 0..3 {
        workspace.ok(&["new", "shell", "--split", "tab"]);
    }
    for shell in 1..=4 {
        // What one pane shows is a number that grows; the screen is fresh when it has grown.
        workspace.ok(&["send", &shell.to_string(), "n=0; while :; do n=$((n+1)); echo at $n; done"]);
    }
    let demo = workspace.demo(&["--split", "tab"]);
    workspace.ok(&["send", &demo, "slow 5"]);
    workspace.wait(&demo, "busy");
    workspace.ok(&["focus", "1"]);
    terminal.wait_for("a flood", |screen| newest(&screen.contents()).is_some());

    let agents: BTreeSet<u32> = workspace.agents().into_iter().collect();
    let (keeper, generation) = (workspace.keeper(), number(&workspace.status()["generation"]));
    let descriptors = process::n_descriptors(keeper);
    let mut stood_still = Vec::new();
    for _ in 0..KILLS {
        workspace.kill_server();
        let since = Instant::now();
        let before = newest(&terminal.text());
        terminal.wait_for("output newer than the kill", |screen| newest(&screen.contents()) != before);
        let fresh_after = since.elapsed();
        let since = Instant::now();
        workspace.status();
        stood_still.push((fresh_after, FRESH.max(since.elapsed() * FRESH_REQUESTS)));
    }
    // What one turn of something else on the machine costs is no news of homing; what most of the kills cost is.
    let n_slow = stood_still.iter().filter(|(fresh_after, most)| fresh_after > most).count();
    assert!(n_slow <= 2, "the screen stood still too long (and could at most): {stood_still:?}");
    assert_eq!(workspace.agents().into_iter().collect::<BTreeSet<_>>(), agents);
    assert!(agents.iter().all(|pid| process::is_alive(*pid)));
    assert_eq!(workspace.keeper(), keeper);
    assert_eq!(u64::from(number(&workspace.status()["generation"]) - generation), KILLS);
    workspace
        .wait_until("as many descriptors as before", || (process::n_descriptors(keeper) == descriptors).then_some(()));
    workspace.wait_until("no zombies", || process::zombies_of(keeper).is_empty().then_some(()));
    workspace.wait(&demo, "text=Worked for 5 s");
    workspace.wait(&demo, "ready");
    // The screen is still a terminal: keys reach the shell.
    terminal.press("\x03");
    terminal.press("echo still $((40 + 2))\r");
    terminal.wait_for_text("still 42");
}

/// The largest number that a flooding shell shows.
fn newest(screen: &str) -> Option<u64> {
    screen.split("at ").skip(1).filter_map(|rest| rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()).max()
}

#[test]
fn a_keeper_that_dies_is_replaced() {
    let workspace = Workspace::new();
    let demo = workspace.demo(&[]);
    workspace.say(&demo, "remember me", "You said: remember me");
    let (old, server, agents) = (workspace.keeper(), workspace.server(), workspace.agents());
    process::kill(old, Signal::KILL);
    let new = crate::support::look_for(crate::support::DEADLINE, || {
        Some(number(&workspace.status()["keeper_pid"])).filter(|pid| *pid != old && process::is_alive(*pid))
    });
    let new = new.unwrap_or_else(|| panic!("no new keeper\n{}", workspace.log()));
    assert_eq!((workspace.server(), workspace.agents()), (server, agents.clone()));

    workspace.kill_server();
    assert_eq!((workspace.keeper(), workspace.agents()), (new, agents.clone()));
    workspace.say(&demo, "recall", "First message: remember me");

    // Nobody of ours is the agent's parent any more; its end is noticed all the same.
    process::kill(agents[0], Signal::KILL);
    workspace.wait(&demo, "exited");
}

#[test]
fn the_exit_status_of_an_agent_whose_server_had_died_is_kept() {
    let workspace = Workspace::new();
    let exits = workspace.ok(&["new", "shell", "--name", "exits"]);
    let killed = workspace.demo(&["--name", "killed"]);
    let pid = number(&workspace.session(&killed)["pid"]);
    let server = workspace.server();
    workspace.ok(&["send", &exits, "trap 'exit 137' USR1; while :; do sleep 0.1; done"]);
    let shell = number(&workspace.session(&exits)["pid"]);
    workspace.kill_server();
    process::kill(pid, Signal::KILL);
    workspace.wait(&killed, "exited");
    let exit = workspace.session(&killed)["exit"].clone();
    assert_eq!((exit["signal"].as_i64(), exit["reason"].as_str()), (Some(9), Some("killed")), "{exit}");

    process::kill(shell, Signal::USR1);
    workspace.wait(&exits, "exited");
    assert_eq!(workspace.session(&exits)["exit"]["code"], 137);
    assert!(!process::is_alive(server));
}

#[test]
fn an_agent_that_ends_while_there_is_no_server_is_reported_by_the_next() {
    let workspace = Workspace::new();
    let demo = workspace.demo(&[]);
    let (keeper, server, agent) = (workspace.keeper(), workspace.server(), workspace.agents()[0]);
    // Stopped, the keeper starts no server until the agent has ended, too.
    process::kill(keeper, Signal::STOP);
    process::kill(server, Signal::KILL);
    process::kill(agent, Signal::KILL);
    workspace.wait_until("the end of both", || (!process::is_alive(server) && !process::is_alive(agent)).then_some(()));
    process::kill(keeper, Signal::CONT);
    workspace.wait_until("a new server", || (workspace.try_json(&["status"])?["server_pid"] != server).then_some(()));
    workspace.wait(&demo, "exited");
    assert_eq!(workspace.session(&demo)["exit"]["signal"], 9);
}

#[test]
fn an_end_that_a_server_was_told_of_and_did_not_take_in_is_told_to_the_next() {
    let workspace = Workspace::new();
    let demo = workspace.demo(&[]);
    let agent = workspace.agents()[0];
    // From now on the agent is the keeper's child.
    workspace.kill_server();
    let (keeper, server) = (workspace.keeper(), workspace.server());
    process::kill(server, Signal::STOP);
    process::kill(agent, Signal::KILL);
    let is_reaped = || !process::is_alive(agent) && !process::zombies_of(keeper).contains(&agent);
    workspace.wait_until("the keeper to see the end", || is_reaped().then_some(()));
    process::kill(server, Signal::KILL);
    workspace.wait(&demo, "exited");
    assert_eq!(workspace.session(&demo)["exit"]["signal"], 9);
}
