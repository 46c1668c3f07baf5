//! The server is killed at random moments of ordinary work: it always opens again, with everything that was acknowledged
//! more than a second before.

use std::collections::BTreeMap;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::support::process::{self, Signal};
use crate::support::workspace::{Workspace, number};

/// How old what was acknowledged may be and yet be lost.
const MAY_BE_LOST: Duration = Duration::from_secs(1);

/// Kills in an ordinary run; `HOMING_KILLS` chooses another number.
const KILLS: u32 = 15;

/// Most sessions open at once: the test is about moments, not about size.
const MOST: usize = 5;

/// Numbers that look random and come again with the same seed (xorshift64*, Vigna 2016).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % sides
    }
}

/// What is known of a session: its values by time of acknowledgement. The last one before `MAY_BE_LOST` must be kept, or
/// one that came after it.
#[derive(Default, Debug)]
struct Known {
    opened: Option<Instant>,
    /// When its close was asked for (it may have worked without an answer) and when it was acknowledged.
    close_asked: Option<Instant>,
    closed: Option<Instant>,
    names: Vec<(Instant, String)>,
    /// A name whose answer never came.
    maybe: Option<String>,
    first_message: Option<(Instant, String)>,
}

impl Known {
    /// The name must be the last that is old enough, or one that came after it; later ones are lost then.
    fn check_name(&mut self, name: Option<&str>, killed: Instant, now: Instant) {
        let certain = self.names.iter().rposition(|(at, _)| is_old(*at, killed));
        self.names.drain(..certain.unwrap_or(0));
        // An answer that never came says nothing: it may have been done.
        self.names.extend(self.maybe.take().filter(|maybe| name == Some(maybe)).map(|maybe| (now, maybe)));
        let Some(name) = name else {
            assert!(certain.is_none(), "the name is lost: {self:?}");
            return self.names.clear();
        };
        let at = self.names.iter().rposition(|(_, later)| later == name);
        let ages: Vec<Duration> = self.names.iter().map(|(at, _)| killed.saturating_duration_since(*at)).collect();
        let at = at.unwrap_or_else(|| panic!("the old name {name:?} is back: {self:?}, {ages:?} before the kill"));
        self.names.truncate(at + 1);
    }
}

/// Whether what was acknowledged then must be kept.
fn is_old(at: Instant, killed: Instant) -> bool {
    killed.saturating_duration_since(at) > MAY_BE_LOST
}

struct Model {
    sessions: BTreeMap<String, Known>,
    dice: Dice,
    n: u32,
}

impl Model {
    /// One step of ordinary work. Commands that fail because the server dies meanwhile count as neither done nor undone.
    fn work(&mut self, workspace: &Workspace) {
        let open: Vec<String> =
            self.sessions.iter().filter(|(_, known)| known.close_asked.is_none()).map(|(id, _)| id.clone()).collect();
        let choice = self.dice.roll(8);
        self.n += 1;
        let at = usize::try_from(self.dice.roll(open.len().max(1) as u64)).unwrap_or(0);
        match (open.get(at), choice) {
            (None, _) => self.open(workspace, "tab"),
            (Some(_), 0 | 1) if open.len() < MOST => self.open(workspace, ["right", "down", "tab"][choice as usize]),
            (Some(id), 2) if open.len() > 2 => self.close(workspace, id),
            (Some(id), 3..=5) => self.rename(workspace, id),
            (Some(id), _) => self.talk(workspace, id),
        }
    }

    fn open(&mut self, workspace: &Workspace, split: &str) {
        let provider = if self.n.is_multiple_of(3) { "shell" } else { "demo" };
        let ran = workspace.run(&["new", provider, "--split", split]);
        if ran.code == 0 {
            let known = Known { opened: Some(Instant::now()), ..Known::default() };
            self.sessions.insert(ran.stdout.trim().to_owned(), known);
        }
    }

    fn close(&mut self, workspace: &Workspace, id: &str) {
        let Some(known) = self.sessions.get_mut(id) else { return };
        known.close_asked = Some(Instant::now());
        if workspace.run(&["close", id]).code == 0 {
            known.closed = Some(Instant::now());
        }
    }

    fn rename(&mut self, workspace: &Workspace, id: &str) {
        let Some(known) = self.sessions.get_mut(id) else { return };
        let name = format!("name {}", self.n);
        if workspace.run(&["rename", id, &name]).code == 0 {
            known.names.push((Instant::now(), name));
            known.maybe = None;
        } else {
            known.maybe = Some(name);
        }
    }

    fn talk(&mut self, workspace: &Workspace, id: &str) {
        let Some(known) = self.sessions.get_mut(id) else { return };
        let is_ready = workspace.run(&["wait", id, "--until", "ready", "--timeout", "2"]).code == 0;
        let text = format!("message {}", self.n);
        if is_ready && workspace.run(&["send", id, &text]).code == 0 && known.first_message.is_none() {
            let row = workspace.try_json(&["show", id]);
            let first = row.as_ref().and_then(|row| row["first_message"].as_str());
            known.first_message = first.map(|first| (Instant::now(), first.to_owned()));
        }
    }

    /// Compares what came back with what was acknowledged before the kill, and goes on from there.
    fn check(&mut self, workspace: &Workspace, killed: Instant) {
        let rows = workspace.sessions();
        // What is seen now may have come with a request that waited for the new server: it counts from now on.
        let now = Instant::now();
        let ids: Vec<&str> = rows.iter().filter_map(|row| row["id"].as_str()).collect();
        let is_old = |at: Instant| is_old(at, killed);
        let mut panes: Vec<u64> = rows.iter().filter_map(|row| row["pane"].as_u64()).collect();
        panes.sort_unstable();
        panes.dedup();
        assert_eq!(panes.len(), rows.len(), "every session has a pane of its own: {rows:#?}");
        for (id, known) in &self.sessions {
            let has = ids.contains(&id.as_str());
            assert!(has || known.close_asked.is_some() || !known.opened.is_some_and(is_old), "{id} is lost: {known:?}");
            assert!(!has || !known.closed.is_some_and(is_old), "{id} was closed and is back: {known:?}");
        }
        for row in &rows {
            let id = row["id"].as_str().expect("an id");
            // One whose opening was never acknowledged may be there all the same.
            let known = self.sessions.entry(id.to_owned()).or_default();
            known.check_name(row["name"].as_str(), killed, now);
            if let Some((at, first)) = &known.first_message {
                assert!(!is_old(*at) || row["first_message"] == first.as_str(), "{row:#}: {known:?}");
            }
            if row["provider"] == "demo" && row["status"] != "terminated" {
                assert!(row["provider_session_id"].is_string(), "the conversation is lost: {row:#}");
            }
            known.opened = known.opened.or(Some(now));
            (known.close_asked, known.closed) = (None, None);
        }
        self.sessions.retain(|id, _| ids.contains(&id.as_str()));
    }
}

/// Kills the server after a while, from a thread of its own, in the middle of whatever is being done.
fn kill_later(server: u32, after: Duration) -> JoinHandle<Instant> {
    std::thread::spawn(move || {
        std::thread::sleep(after);
        let at = Instant::now();
        process::kill(server, Signal::KILL);
        at
    })
}

fn from_env(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn the_store_survives_a_kill_at_any_moment() {
    let kills = from_env("HOMING_KILLS").map_or(KILLS, |kills| u32::try_from(kills).expect("a number of kills"));
    let seed = from_env("HOMING_SEED").unwrap_or_else(|| u64::from_le_bytes(random()));
    println!("HOMING_SEED={seed} HOMING_KILLS={kills}");
    let workspace = Workspace::new();
    workspace.ok(&["start"]);
    let mut model = Model { sessions: BTreeMap::new(), dice: Dice(seed | 1), n: 0 };
    for _ in 0..kills {
        let server = workspace.server();
        let killer = kill_later(server, Duration::from_millis(model.dice.roll(1500)));
        while !killer.is_finished() {
            model.work(&workspace);
        }
        let killed = killer.join().expect("it killed");
        workspace.wait_until("a new server", || {
            workspace.try_json(&["status"]).filter(|status| number(&status["server_pid"]) != server)
        });
        model.check(&workspace, killed);
    }
    // The same from the disk alone: a start without the agents.
    let before: Vec<_> = workspace.sessions().iter().map(|row| [row["id"].clone(), row["tab"].clone()]).collect();
    workspace.ok(&["stop"]);
    workspace.ok(&["start"]);
    let after: Vec<_> = workspace.sessions().iter().map(|row| [row["id"].clone(), row["tab"].clone()]).collect();
    assert_eq!(after, before);
}

fn random() -> [u8; 8] {
    use std::io::Read;
    let mut bytes = [0; 8];
    std::fs::File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut bytes)).expect("randomness");
    bytes
}
