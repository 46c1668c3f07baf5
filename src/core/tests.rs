use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::config::Config;
use crate::core::command::COMMANDS;
use crate::core::effect::{Change, Effect};
use crate::core::event::{Ancestry, HookReport, LaunchFacts};
use crate::core::pane::Phase;
use crate::core::session::{Session, Status};
use crate::core::setup::Setup;
use crate::geometry::Size;
use crate::id::{ClientId, ConversationId, TabId};
use crate::input::event::InputEvent;
use crate::input::parse::InputParser;
use crate::time::{Instant, Wall};

/// A core with edges that do what is asked at once.
struct World {
    core: Core,
    now: Now,
    pids: u32,
    /// What reached the store, in order.
    stored: Vec<Change>,
    spawned: Vec<Vec<String>>,
    is_store_broken: bool,
}

const CLIENT: ClientId = ClientId(1);

fn setup() -> Setup {
    Setup {
        workspace: "main".to_owned(),
        tabs: Vec::new(),
        active: None,
        panes: Vec::new(),
        sessions: Vec::new(),
        unplaced: Vec::new(),
        screens: BTreeMap::new(),
        histories: BTreeMap::new(),
        adopted: Vec::new(),
        config: Config::default(),
        providers: Providers::default(),
        keymap: Keymap::default(),
        home: "/home/me".to_owned(),
        seed: [7; 32],
        surroundings: Surroundings {
            exe: "/bin/homing".to_owned(),
            socket: "/run/main.sock".to_owned(),
            server_pid: 1,
            generation: 0,
            env: Vec::new(),
        },
        warnings: Vec::new(),
    }
}

impl World {
    fn new(setup: Setup) -> Self {
        let now = Now { instant: Instant::from_millis(1), wall: Wall { unix_ms: 1_700_000_000_000 } };
        let mut fx = Effects::default();
        let core = Core::new(setup, now, &mut fx);
        let mut world = Self { core, now, pids: 100, stored: Vec::new(), spawned: Vec::new(), is_store_broken: false };
        world.perform(fx);
        world
    }

    fn attached(setup: Setup) -> Self {
        let mut world = Self::new(setup);
        world.step(Event::ClientAttached {
            client: CLIENT,
            pid: None,
            size: Size::new(120, 40),
            env: vec![("SHELL".to_owned(), "/bin/sh".to_owned())],
            cwd: "/home/me".to_owned(),
            open: None,
        });
        world
    }

    fn step(&mut self, event: Event) {
        self.now.instant.micros += 1000;
        self.now.wall.unix_ms += 1;
        let mut fx = Effects::default();
        self.core.step(self.now, event, &mut fx);
        assert_eq!(invariant::broken(self.core.state()), None);
        self.perform(fx);
    }

    fn perform(&mut self, mut fx: Effects) {
        for effect in fx.drain().collect::<Vec<_>>() {
            match effect {
                Effect::GatherFacts(request) => {
                    let facts = LaunchFacts {
                        program: Some(request.program.clone()),
                        has_directory: true,
                        ..LaunchFacts::default()
                    };
                    self.step(Event::LaunchFacts { pane: request.pane, epoch: request.epoch, facts });
                }
                Effect::Spawn(request) => {
                    self.pids += 1;
                    self.spawned.push(request.argv.clone());
                    self.step(Event::Spawned { pane: request.pane, epoch: request.epoch, pid: self.pids });
                    self.step(Event::Output { pane: request.pane, epoch: request.epoch, bytes: b"$ ".to_vec() });
                }
                Effect::Commit { ticket, changes, .. } => {
                    let result = if self.is_store_broken {
                        Err(event::CommitFailure::Store("no room".to_owned()))
                    } else {
                        self.stored.extend(changes);
                        Ok(())
                    };
                    self.step(Event::Committed { ticket, result });
                }
                _ => {}
            }
        }
    }

    fn type_keys(&mut self, bytes: &[u8]) {
        let mut events = Vec::new();
        let mut parser = InputParser::new();
        parser.feed(bytes, &mut events);
        parser.timeout(&mut events);
        for input in events {
            self.step(Event::ClientInput { client: CLIENT, input, hit: None });
        }
    }

    fn open(&mut self, provider: &str) -> &Session {
        let mut fx = Effects::default();
        let spec = open::OpenSpec {
            provider: provider.to_owned(),
            cwd: "/home/me".to_owned(),
            client: Some(CLIENT),
            ..open::OpenSpec::default()
        };
        let pane = self.core.open(spec, &mut fx).expect("a provider");
        self.perform(fx);
        self.core.state().session_of(pane).expect("a session")
    }

    fn report(&mut self, session: SessionId, event: &str, conversation: &str, ancestry: Ancestry) {
        let token = self.core.launch(session).expect("launched").token.clone();
        let provider = self.core.state().sessions[&session].provider.clone();
        let payload = format!(r#"{{"session_id":"{conversation}","hook_event_name":"{event}","prompt":"hi"}}"#);
        self.step(Event::Hook(HookReport { session, token, provider, event: None, payload, ancestry }));
    }
}

#[test]
fn keys_split_and_move() {
    let mut world = World::attached(setup());
    world.type_keys(b"\x02t\x02%\x02\x1b[D");
    let state = world.core.state();
    let view = &state.clients[&CLIENT];
    assert_eq!((state.panes.len(), state.workspace.tabs.len()), (2, 1));
    assert_eq!(state.focused_pane(view).map(PaneId::get), Some(1));
}

#[test]
fn a_session_that_cannot_be_stored_is_not_started() {
    let mut world = World::attached(setup());
    world.is_store_broken = true;
    world.type_keys(b"\x02t");
    assert!(world.core.state().panes.is_empty());
    assert!(world.spawned.is_empty());
    assert!(world.core.state().clients[&CLIENT].toast.is_some());
}

#[test]
fn an_assigned_id_is_stored_before_the_agent_gets_it_and_spoken_by_its_hook() {
    let mut world = World::attached(setup());
    let session = world.open("claude").id;
    let claim = world.core.state().sessions[&session].claim.clone().expect("assigned");
    let is_claim = |change: &Change| matches!(change, Change::Claim { claim: stored, .. } if *stored == claim);
    assert!(world.stored.iter().any(is_claim));
    assert!(world.spawned[0].contains(&claim.conversation.to_string()));
    world.report(session, "UserPromptSubmit", claim.conversation.as_str(), Ancestry::Inside);
    let record = &world.core.state().sessions[&session];
    assert!(record.claim.as_ref().is_some_and(|claim| claim.spoken));
    assert_eq!((record.status, record.first_message.as_deref()), (Status::Busy, Some("hi")));
}

#[test]
fn a_hook_moves_the_session_and_one_from_outside_does_not() {
    let mut world = World::attached(setup());
    let session = world.open("codex").id;
    let on = |world: &World| world.core.state().sessions[&session].claim.clone().map(|claim| claim.conversation);
    world.report(session, "UserPromptSubmit", "conversation-1", Ancestry::Outside);
    assert_eq!(on(&world), None);
    world.report(session, "UserPromptSubmit", "conversation-1", Ancestry::Inside);
    assert_eq!(on(&world), Some(ConversationId::new("conversation-1")));
    world.report(session, "UserPromptSubmit", "conversation-2", Ancestry::Inside);
    assert_eq!(on(&world), Some(ConversationId::new("conversation-2")));
}

#[test]
fn a_conversation_that_a_sibling_holds_is_refused() {
    let mut world = World::attached(setup());
    let first = world.open("codex").id;
    let second = world.open("codex").id;
    world.report(first, "UserPromptSubmit", "conversation-1", Ancestry::Inside);
    world.report(second, "UserPromptSubmit", "conversation-1", Ancestry::Inside);
    assert!(world.core.state().sessions[&second].claim.is_none());
}

#[test]
fn an_agent_without_hooks_is_resumed_on_its_id_once_it_was_spoken_to() {
    let mut world = World::attached(setup());
    let session = world.open("gemini").id;
    world.step(Event::Timer(Timer::Undim(world.core.state().panes.values().next().expect("a pane").id)));
    world.type_keys(b"hello\r");
    assert!(world.core.state().sessions[&session].claim.as_ref().is_some_and(|claim| claim.spoken));
}

#[test]
fn a_stored_workspace_resumes_by_exact_id_and_holds_what_ended_by_itself() {
    let mut before = World::attached(setup());
    let session = before.open("claude").id;
    let id = before.core.state().sessions[&session].claim.clone().expect("assigned").conversation;
    before.report(session, "UserPromptSubmit", id.as_str(), Ancestry::Inside);
    let ended = before.open("claude").id;
    let pid = before.core.state().sessions[&ended].pid.expect("runs");
    before.step(Event::ProcessExited { pid, code: Some(0), signal: None });

    let state = before.core.state();
    let mut after = setup();
    after.tabs = state.workspace.tabs.clone();
    after.active = Some(TabId(1));
    after.panes = state.panes.values().map(|pane| (pane.id, pane.session)).collect();
    after.sessions = state.sessions.values().cloned().collect();
    let world = World::new(after);
    assert_eq!(world.spawned.len(), 1);
    assert!(world.spawned[0].windows(2).any(|words| words == ["--resume", id.as_str()]), "{:?}", world.spawned);
    let held = world.core.state().pane_of(ended).expect("its pane stays");
    assert!(matches!(held.phase, Phase::Held { .. }), "{:?}", held.phase);
}

#[derive(Clone, Debug)]
enum Step {
    Keys(Vec<u8>),
    Resize(u16, u16),
    Exit(usize, i32),
    Focus(bool),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let command = (0..COMMANDS.len()).prop_map(|at| {
        let key = COMMANDS[at].keys[0];
        let bytes = match key {
            "left" => b"\x1b[D".to_vec(),
            "right" => b"\x1b[C".to_vec(),
            "up" => b"\x1b[A".to_vec(),
            "down" => b"\x1b[B".to_vec(),
            "tab" => b"\t".to_vec(),
            "ctrl+l" => vec![12],
            // Stopping ends the world.
            "Q" => b"?".to_vec(),
            key => key.as_bytes().to_vec(),
        };
        Step::Keys([vec![2], bytes].concat())
    });
    let step = prop_oneof![
        6 => command,
        2 => "[a-z\r\x1b]{1,4}".prop_map(|text| Step::Keys(text.into_bytes())),
        1 => (1u16..300, 1u16..100).prop_map(|(cols, rows)| Step::Resize(cols, rows)),
        1 => (0usize..5, 0i32..3).prop_map(|(at, code)| Step::Exit(at, code)),
        1 => any::<bool>().prop_map(Step::Focus),
    ];
    prop::collection::vec(step, 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// `World::step` checks the invariants after every event.
    #[test]
    fn whatever_is_pressed_the_state_stays_whole(steps in steps()) {
        let mut world = World::attached(setup());
        for step in steps {
            match step {
                Step::Keys(bytes) => world.type_keys(&bytes),
                Step::Resize(cols, rows) => {
                    world.step(Event::ClientResized { client: CLIENT, size: Size::new(cols, rows) });
                }
                Step::Exit(at, code) => {
                    let pid = world.core.state().sessions.values().filter_map(|session| session.pid).nth(at);
                    if let Some(pid) = pid {
                        world.step(Event::ProcessExited { pid, code: Some(code), signal: None });
                    }
                }
                Step::Focus(gained) => {
                    let input = if gained { InputEvent::FocusGained } else { InputEvent::FocusLost };
                    world.step(Event::ClientInput { client: CLIENT, input, hit: None });
                }
            }
        }
    }
}

mod archive;
mod ends;
