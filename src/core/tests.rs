use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::config::Config;
use crate::config::theme::Themes;
use crate::core::change::Change;
use crate::core::command::COMMANDS;
use crate::core::effect::Effect;
use crate::core::event::{Ancestry, HookReport, LaunchFacts, Registered};
use crate::core::notice::{NoticeKind, Notices};
use crate::core::pane::Phase;
use crate::core::preferences::Preferences;
use crate::core::probe::{Found, GuestSighting, Sighting};
use crate::core::session::{Session, Status, Witness};
use crate::core::setup::Setup;
use crate::geometry::Size;
use crate::id::{ClientId, ConversationId, ProviderName, TabId};
use crate::input::event::InputEvent;
use crate::input::parse::InputParser;
use crate::time::{Instant, Wall};

#[path = "arrival_tests.rs"]
mod arrived;
#[path = "glance_tests.rs"]
mod glanced;
#[path = "presume_tests.rs"]
mod presumed;
#[path = "recording_tests.rs"]
mod recording;

/// A core with edges that do what is asked at once.
struct World {
    core: Core,
    now: Now,
    pids: u32,
    /// What reached the store, in order.
    stored: Vec<Change>,
    spawned: Vec<Vec<String>>,
    is_store_broken: bool,
    /// Whether processes print nothing when they start.
    is_blank: bool,
    /// Directories that are gone.
    gone: Vec<String>,
    /// What the edges were asked that `perform` does not do.
    asked: Vec<Effect>,
}

const CLIENT: ClientId = ClientId(1);

fn setup() -> Setup {
    Setup {
        workspace: "main".to_owned(),
        tabs: Vec::new(),
        active: None,
        scratch: None,
        panes: Vec::new(),
        sessions: Vec::new(),
        unplaced: Vec::new(),
        screens: BTreeMap::new(),
        evidence: BTreeMap::new(),
        notices: Notices::default(),
        histories: BTreeMap::new(),
        adopted: Vec::new(),
        config: Config::default(),
        preferences: Preferences::default(),
        themes: Themes::default(),
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
        setting_warnings: Vec::new(),
    }
}

impl World {
    fn new(setup: Setup) -> Self {
        let now = Now { instant: Instant::from_millis(1), wall: Wall { unix_ms: 1_700_000_000_000 } };
        let mut fx = Effects::default();
        let core = Core::new(setup, now, &mut fx);
        let mut world = Self {
            core,
            now,
            pids: 100,
            stored: Vec::new(),
            spawned: Vec::new(),
            is_store_broken: false,
            is_blank: false,
            gone: Vec::new(),
            asked: Vec::new(),
        };
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
                        has_directory: !self.gone.contains(&request.cwd),
                        ..LaunchFacts::default()
                    };
                    self.step(Event::LaunchFacts { pane: request.pane, epoch: request.epoch, facts });
                }
                Effect::Spawn(request) => {
                    self.pids += 1;
                    self.spawned.push(request.argv.clone());
                    self.step(Event::Spawned { pane: request.pane, epoch: request.epoch, pid: self.pids });
                    if !self.is_blank {
                        self.step(Event::Output { pane: request.pane, epoch: request.epoch, bytes: b"$ ".to_vec() });
                    }
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
                other => self.asked.push(other),
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

    /// Types as a person does, after a pause.
    fn type_slowly(&mut self, text: &str) {
        self.now.instant.micros += 5_000_000;
        for c in text.chars() {
            self.now.instant.micros += 150_000;
            self.type_keys(c.to_string().as_bytes());
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
        self.step(Event::Hook(HookReport { session, token, provider, event: None, payload, ancestry, pid: None }));
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
    let session = world.open("antigravity").id;
    world.step(Event::Timer(Timer::Undim(world.core.state().panes.values().next().expect("a pane").id)));
    world.type_keys(b"hello\r");
    assert!(world.core.state().sessions[&session].claim.as_ref().is_some_and(|claim| claim.spoken));
}

#[test]
fn an_agent_that_serves_events_is_ready_when_it_says_so_or_is_not_heard() {
    for is_heard in [true, false] {
        let mut world = World::attached(setup());
        let session = world.open("opencode").id;
        let status = |world: &World| world.core.state().sessions[&session].status;
        world.step(Event::Timer(Timer::Undim(world.core.state().panes.values().next().expect("a pane").id)));
        assert_eq!(status(&world), Status::Starting);
        if is_heard {
            world.report(session, "SessionStart", "", Ancestry::Inside);
        } else {
            world.step(Event::Unheard { session, why: "its events are not heard".to_owned() });
        }
        assert_eq!(status(&world), Status::Starting);
        let pane = world.core.state().panes.values().next().expect("a pane");
        let (pane, epoch) = (pane.id, pane.epoch);
        world.step(Event::Output { pane, epoch, bytes: b"ctrl+p commands".to_vec() });
        for _ in 0..2 {
            world.step(Event::Timer(Timer::Glance(session)));
        }
        assert_eq!(status(&world), Status::Ready);
        assert_eq!(world.core.state().clients[&CLIENT].toast.is_some(), !is_heard);
    }
}

#[test]
fn an_agent_that_works_on_after_its_pane_was_closed_is_killed() {
    for has_ended in [true, false] {
        let mut world = World::attached(setup());
        let session = world.open("opencode").id;
        let pid = world.core.state().sessions[&session].pid.expect("runs");
        let pane = world.core.state().pane_of(session).expect("a pane").id;
        let mut fx = Effects::default();
        world.core.close_pane(pane, &mut fx);
        world.perform(fx);
        if has_ended {
            world.step(Event::ProcessExited { pid, code: Some(0), signal: None });
        }
        let mut fx = Effects::default();
        world.core.step(world.now, Event::Timer(Timer::KillClosed(pid)), &mut fx);
        let is_kill = |effect: &Effect| matches!(effect, Effect::Signal { signal: effect::AgentSignal::Kill, .. });
        assert_eq!(fx.drain().any(|effect| is_kill(&effect)), !has_ended);
    }
}

#[test]
fn what_was_just_said_is_looked_for_while_no_hook_was_heard() {
    let mut world = World::attached(setup());
    let session = world.open("opencode").id;
    world.step(Event::Unheard { session, why: String::new() });
    let epoch = world.core.state().panes.values().next().expect("a pane").epoch;
    let seen = |n_touches: u32, id: &str| Event::Seen {
        session,
        epoch,
        n_touches,
        sightings: vec![probe::Sighting {
            witness: session::Witness::Store,
            found: probe::Found::Exact { conversation: ConversationId::new(id), spoken: true },
            source: String::new(),
            held: Vec::new(),
        }],
    };
    let on = |world: &World| world.core.state().sessions[&session].claim.clone().map(|claim| claim.conversation);
    for id in ["ses_1", "ses_2"] {
        world.type_slowly("hello\r");
        let mut fx = Effects::default();
        world.core.step(world.now, Event::Timer(Timer::Capture(session)), &mut fx);
        let asks = |effect: &Effect| matches!(effect, Effect::Probe(probe) if probe.said.is_some());
        assert!(fx.drain().any(|effect| asks(&effect)), "{id}");
        world.step(seen(world.core.captures.n_touches(session), id));
        assert_eq!(on(&world), Some(ConversationId::new(id)));
        // It says nothing and prints nothing for long: it is at rest again.
        world.now.instant.micros += 16_000_000;
        world.step(Event::Timer(Timer::Presumed(session)));
    }
    world.report(session, "UserPromptSubmit", "ses_3", Ancestry::Inside);
    world.step(seen(world.core.captures.n_touches(session), "ses_2"));
    assert_eq!(on(&world), Some(ConversationId::new("ses_3")));
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

    let world = World::new(relaunched(&before));
    assert_eq!(world.spawned.len(), 1);
    assert!(world.spawned[0].windows(2).any(|words| words == ["--resume", id.as_str()]), "{:?}", world.spawned);
    let held = world.core.state().pane_of(ended).expect("its pane stays");
    assert!(matches!(held.phase, Phase::Held { .. }), "{:?}", held.phase);
}

/// What the edges saw of the session.
fn see(world: &mut World, session: SessionId, witness: Witness, found: Found) {
    let epoch = world.core.state().pane_of(session).expect("a pane").epoch;
    let sightings = vec![Sighting { witness, found, source: "a place".to_owned(), held: Vec::new() }];
    let n_touches = world.core.captures.n_touches(session);
    world.step(Event::Seen { session, epoch, n_touches, sightings });
}

fn exact(id: &str) -> Found {
    Found::Exact { conversation: ConversationId::new(id), spoken: true }
}

fn conversation(world: &World, session: SessionId) -> Option<String> {
    world.core.state().sessions[&session].claim.as_ref().map(|claim| claim.conversation.to_string())
}

fn outcomes(world: &World, session: SessionId) -> Vec<String> {
    let log = world.core.evidence_log(session).expect("evidence was seen");
    log.entries().map(|entry| format!("{}: {}", entry.source, entry.outcome)).collect()
}

#[test]
fn without_hooks_the_process_is_followed_and_several_are_a_doubt_that_the_next_certainty_ends() {
    let mut world = World::attached(setup());
    let session = world.open("codex").id;
    see(&mut world, session, Witness::Process, exact("one-1"));
    world.type_keys(b"\r");
    let several = vec![ConversationId::new("one-1"), ConversationId::new("two-2")];
    see(&mut world, session, Witness::Process, Found::Ambiguous(several.clone()));
    let doubt = world.core.state().sessions[&session].doubt.clone().expect("nobody knows");
    assert_eq!((doubt.candidates, conversation(&world, session)), (several, Some("one-1".to_owned())));
    assert!(!resume::resumable(&world.core.state().sessions[&session], world.core.provider_of(session)).ok);
    let is_stored =
        |change: &Change| matches!(change, Change::Session(stored) if stored.id == session && stored.doubt.is_some());
    assert!(world.stored.iter().any(is_stored), "a relaunch must ask");
    see(&mut world, session, Witness::Process, exact("two-2"));
    assert_eq!(conversation(&world, session).as_deref(), Some("two-2"));
    assert_eq!(world.core.state().sessions[&session].doubt, None);
    let seen = outcomes(&world, session);
    assert_eq!(seen.last().map(String::as_str), Some("a place: moved here, a message of yours is in it"), "{seen:?}");
}

#[test]
fn a_session_in_doubt_is_not_started_at_a_relaunch_and_says_why() {
    let mut before = World::attached(setup());
    let session = before.open("codex").id;
    before.report(session, "UserPromptSubmit", "one-1", Ancestry::Inside);
    before.step(Event::Timer(Timer::Undim(before.core.state().panes.values().next().expect("a pane").id)));
    before.report(session, "Stop", "one-1", Ancestry::Inside);
    before.type_slowly("next\r");
    let several = vec![ConversationId::new("one-1"), ConversationId::new("two-2")];
    see(&mut before, session, Witness::Process, Found::Ambiguous(several));
    let world = World::new(relaunched(&before));
    assert_eq!(world.spawned, Vec::<Vec<String>>::new());
    let pane = world.core.state().pane_of(session).expect("its pane stays");
    assert!(matches!(&pane.phase, Phase::Held { note } if note.contains("2 conversations fit")), "{:?}", pane.phase);
    assert_eq!(world.core.restore_report().panes[0].outcome, "asked");
}

#[test]
fn the_title_on_the_terminal_moves_a_session_and_several_of_that_title_tell_nothing_new() {
    let mut world = World::attached(setup());
    let session = world.open("opencode").id;
    world.report(session, "UserPromptSubmit", "ses_new", Ancestry::Inside);
    let ids = |ids: &[&str]| Found::Titled(ids.iter().map(|id| ConversationId::new(id)).collect());
    see(&mut world, session, Witness::Store, ids(&["ses_new", "ses_twin"]));
    assert_eq!(conversation(&world, session).as_deref(), Some("ses_new"));
    assert_eq!(world.core.state().sessions[&session].doubt, None);
    // The user picks another from the list: no hook says so.
    world.type_slowly("/sessions\r");
    assert!(world.core.state().sessions[&session].doubt.is_some(), "until something tells");
    see(&mut world, session, Witness::Store, ids(&["ses_old"]));
    assert_eq!(conversation(&world, session).as_deref(), Some("ses_old"));
    assert_eq!(world.core.state().sessions[&session].doubt, None);
    see(&mut world, session, Witness::Store, ids(&["ses_1", "ses_2"]));
    assert!(world.core.state().sessions[&session].doubt.is_some(), "one of two that are not its own");
}

#[test]
fn a_title_proves_nothing_while_a_sibling_was_told_the_same() {
    let mut world = World::attached(setup());
    let first = world.open("opencode").id;
    world.type_slowly("hello\r");
    let second = world.open("opencode").id;
    world.type_slowly("hello\r");
    let titled = || Found::Titled(vec![ConversationId::new("ses_1")]);
    see(&mut world, second, Witness::Store, titled());
    assert_eq!(conversation(&world, second), None);
    world.report(second, "UserPromptSubmit", "ses_2", Ancestry::Inside);
    let mut fx = Effects::default();
    world.core.look(second, &mut fx);
    let asks = |effect: &Effect| matches!(effect, Effect::Probe(probe) if probe.said.is_some());
    assert!(!fx.drain().any(|effect| asks(&effect)), "its hook has told");
    assert_eq!(conversation(&world, first), None);
}

/// The session's agent gives the terminal a title; whether that is looked up.
fn retitle(world: &mut World, session: SessionId, title: &str) -> bool {
    let entry = world.core.state().pane_of(session).expect("a pane");
    let (pane, epoch) = (entry.id, entry.epoch);
    let bytes = format!("\x1b]0;{title}\x07").into_bytes();
    let mut fx = Effects::default();
    world.core.step(world.now, Event::Output { pane, epoch, bytes }, &mut fx);
    let effects: Vec<Effect> = fx.drain().collect();
    let is_look = |effect: &Effect| matches!(effect, Effect::Probe(probe) if probe.title.as_deref() == Some(title));
    let looked = effects.iter().any(is_look);
    let mut rest = Effects::default();
    effects.into_iter().for_each(|effect| rest.push(effect));
    world.perform(rest);
    looked
}

#[test]
fn a_new_opencode_conversation_in_which_nothing_is_said_comes_back_fresh() {
    let mut before = World::attached(setup());
    let session = before.open("opencode").id;
    before.report(session, "UserPromptSubmit", "ses_1", Ancestry::Inside);
    retitle(&mut before, session, "OC | apple");
    retitle(&mut before, session, "OpenCode");
    assert_eq!(conversation(&before, session).as_deref(), Some("ses_1"), "nobody asked for another");
    retitle(&mut before, session, "OC | apple");
    before.type_slowly("/new\r");
    assert!(before.core.state().sessions[&session].doubt.is_some());
    retitle(&mut before, session, "OpenCode");
    assert_eq!((conversation(&before, session), before.core.state().sessions[&session].doubt.is_none()), (None, true));
    assert!(before.stored.iter().any(|change| matches!(change, Change::ClaimEnded { .. })), "the ledger keeps it");
    let world = World::new(relaunched(&before));
    assert_eq!(world.core.restore_report().panes[0].outcome, "fresh");
}

#[test]
fn a_new_title_is_looked_up_at_once() {
    let mut world = World::attached(setup());
    let session = world.open("opencode").id;
    let looked = |world: &mut World, title: &str| retitle(world, session, title);
    assert!(looked(&mut world, "OC | apple"));
    assert!(!looked(&mut world, "OC | apple"), "it is no news");
    assert!(looked(&mut world, "OC | banana"));
}

#[test]
fn a_conversation_that_began_after_a_clear_is_the_sessions_unless_a_sibling_cleared_too() {
    let mut world = World::attached(setup());
    let first = world.open("gemini").id;
    let begun = |id: &str| Found::Exact { conversation: ConversationId::new(id), spoken: false };
    world.type_slowly("/clear\r");
    assert!(world.core.state().sessions[&first].doubt.is_some());
    see(&mut world, first, Witness::Store, begun("one-1"));
    let claim = world.core.state().sessions[&first].claim.clone().expect("claimed");
    assert_eq!((claim.conversation.as_str(), claim.spoken), ("one-1", false));
    assert_eq!(world.core.state().sessions[&first].doubt, None);
    world.type_slowly("/clear\r");
    let second = world.open("gemini").id;
    world.type_slowly("/clear\r");
    see(&mut world, first, Witness::Store, begun("two-2"));
    see(&mut world, second, Witness::Store, begun("three-3"));
    assert_eq!(conversation(&world, first).as_deref(), Some("one-1"));
    assert!(
        world.core.state().sessions[&first].doubt.is_some() && world.core.state().sessions[&second].doubt.is_some()
    );
}

#[test]
fn a_pane_that_could_not_be_resumed_is_not_called_resumable() {
    let mut world = World::attached(setup());
    let session = world.open("claude").id;
    let id = world.core.state().sessions[&session].claim.clone().expect("assigned").conversation;
    world.report(session, "UserPromptSubmit", id.as_str(), Ancestry::Inside);
    let row = |world: &World| world.core.session_rows().into_iter().next().expect("a row").resumable;
    assert!(row(&world).ok);
    let record = &world.core.state().sessions[&session];
    let (pid, cwd) = (record.pid.expect("runs"), record.cwd.clone());
    world.gone.push(cwd);
    world.step(Event::ProcessExited { pid, code: None, signal: Some(9) });
    let mut fx = Effects::default();
    world.core.restore_killed(&mut fx);
    world.perform(fx);
    let resumable = row(&world);
    assert!(!resumable.ok && resumable.why.contains("is gone"), "{resumable:?}");
}

#[test]
fn a_text_that_a_sibling_says_too_proves_nothing() {
    let mut world = World::attached(setup());
    let first = world.open("codex").id;
    world.type_slowly("hello\r");
    let second = world.open("codex").id;
    world.type_slowly("hello\r");
    see(&mut world, first, Witness::Store, exact("one-1"));
    assert_eq!(conversation(&world, first), None);
    assert!(world.core.state().sessions[&first].doubt.is_some());
    later(&mut world, 60);
    world.type_slowly("something else\r");
    see(&mut world, second, Witness::Store, exact("two-2"));
    assert_eq!(conversation(&world, second).as_deref(), Some("two-2"));
}

#[test]
fn an_answer_to_the_agents_question_is_no_reason_to_doubt() {
    let mut world = World::attached(setup());
    let session = world.open("codex").id;
    world.report(session, "UserPromptSubmit", "one-1", Ancestry::Inside);
    world.report(session, "PermissionRequest", "one-1", Ancestry::Inside);
    world.type_keys(b"\r");
    let several = vec![ConversationId::new("one-1"), ConversationId::new("two-2")];
    see(&mut world, session, Witness::Process, Found::Ambiguous(several));
    assert_eq!(world.core.state().sessions[&session].doubt, None);
}

#[test]
fn an_exit_line_names_the_conversation_where_nothing_else_did() {
    let mut world = World::attached(setup());
    let session = world.open("opencode").id;
    let (pane, epoch) = world.core.state().pane_of(session).map(|pane| (pane.id, pane.epoch)).expect("a pane");
    let bytes = b"\x1b[2J\x1b[HSession  hello\r\nContinue  opencode -s ses_1a2b\r\n".to_vec();
    world.step(Event::Output { pane, epoch, bytes });
    let pid = world.core.state().sessions[&session].pid.expect("runs");
    world.step(Event::ProcessExited { pid, code: Some(0), signal: None });
    assert_eq!(conversation(&world, session).as_deref(), Some("ses_1a2b"));
}

#[test]
fn a_nested_agents_report_changes_nothing() {
    let mut world = World::attached(setup());
    let session = world.open("codex").id;
    world.report(session, "UserPromptSubmit", "one-1", Ancestry::Inside);
    world.report(session, "Stop", "one-1", Ancestry::Inside);
    world.report(session, "UserPromptSubmit", "two-2", Ancestry::Nested);
    let record = &world.core.state().sessions[&session];
    assert_eq!((conversation(&world, session).as_deref(), record.status), (Some("one-1"), Status::Ready));
    assert!(outcomes(&world, session).iter().any(|outcome| outcome.contains("started")), "explain tells of it");
}

#[test]
fn a_start_brings_back_what_was_killed_and_leaves_what_ended_by_itself() {
    let mut world = World::attached(setup());
    let (killed, left) = (world.open("codex").id, world.open("codex").id);
    for (session, id) in [(killed, "one-1"), (left, "two-2")] {
        world.report(session, "UserPromptSubmit", id, Ancestry::Inside);
    }
    let pid = |world: &World, session| world.core.state().sessions[&session].pid.expect("runs");
    let pids = (pid(&world, killed), pid(&world, left));
    world.step(Event::ProcessExited { pid: pids.0, code: None, signal: Some(9) });
    world.step(Event::ProcessExited { pid: pids.1, code: Some(0), signal: None });
    let body = crate::protocol::api::ApiRequest::Restore;
    world.step(Event::Request { request: effect::RequestId(1), body });
    let last = world.spawned.last().expect("started").join(" ");
    assert!(world.spawned.len() == 3 && last.contains("resume one-1"), "{:?}", world.spawned);
    assert!(world.core.state().sessions[&left].pid.is_none());
}

/// Claude, started by hand in the session's shell.
fn guest(args: &[&str], found: Found) -> GuestSighting {
    GuestSighting {
        provider: ProviderName::new("claude"),
        pid: 4711,
        args: args.iter().map(|arg| (*arg).to_owned()).collect(),
        cwd: "/home/me/project".to_owned(),
        env: Vec::new(),
        sightings: vec![Sighting { witness: Witness::Process, found, source: "registry".to_owned(), held: Vec::new() }],
    }
}

fn see_guest(world: &mut World, session: SessionId, guest: Option<GuestSighting>) {
    let epoch = world.core.state().pane_of(session).expect("a pane").epoch;
    let n_touches = world.core.captures.n_touches(session);
    world.step(Event::GuestSeen { session, epoch, n_touches, guest });
}

#[test]
fn an_agent_in_a_shell_comes_back_in_its_shell_with_its_options() {
    let mut before = World::attached(setup());
    let session = before.open("shell").id;
    see_guest(&mut before, session, Some(guest(&["--continue", "--model", "opus"], exact("one-1"))));
    see_guest(&mut before, session, None);
    assert_eq!(conversation(&before, session).as_deref(), Some("one-1"), "seeing nothing is no news");
    let world = World::new(relaunched(&before));
    let argv = &world.spawned[0];
    assert_eq!(&argv[..3], ["/bin/sh", "-c", "\"$@\"; exec \"$0\""], "{argv:?}");
    assert_eq!(&argv[4..], ["claude", "--resume", "one-1", "--model", "opus"], "{argv:?}");
}

#[test]
fn an_agent_that_was_left_in_its_shell_does_not_come_back() {
    let mut before = World::attached(setup());
    let session = before.open("shell").id;
    see_guest(&mut before, session, Some(guest(&[], exact("one-1"))));
    before.step(Event::GuestExited { session, pid: 4711 });
    before.step(Event::Timer(Timer::GuestGone(session)));
    assert_eq!(conversation(&before, session), None);
    assert!(
        before.stored.iter().any(|change| matches!(change, Change::ClaimEnded { .. })),
        "the id stays in the ledger"
    );
    let world = World::new(relaunched(&before));
    assert_eq!(world.spawned[0].len(), 1, "{:?}", world.spawned);
}

#[test]
fn an_agent_that_ended_with_its_shell_comes_back() {
    let mut before = World::attached(setup());
    let session = before.open("shell").id;
    see_guest(&mut before, session, Some(guest(&[], exact("one-1"))));
    before.step(Event::GuestExited { session, pid: 4711 });
    let pid = before.core.state().sessions[&session].pid.expect("runs");
    before.step(Event::ProcessExited { pid, code: None, signal: Some(1) });
    before.step(Event::Timer(Timer::GuestGone(session)));
    assert_eq!(conversation(&before, session).as_deref(), Some("one-1"));
}

#[test]
fn an_agent_that_answers_once_is_no_guest() {
    let mut world = World::attached(setup());
    let session = world.open("shell").id;
    for args in [&["-p", "what is this"][..], &["mcp", "list"]] {
        see_guest(&mut world, session, Some(guest(args, exact("one-1"))));
        assert_eq!(world.core.state().sessions[&session].guest, None, "{args:?}");
    }
}

fn told(world: &World) -> Vec<(NoticeKind, String)> {
    world.core.state().notices.iter().map(|notice| (notice.kind, notice.text.clone())).collect()
}

/// A Claude that nobody looks at, and the world that it is in.
fn unwatched() -> (World, SessionId) {
    let mut world = World::attached(setup());
    let session = world.open("claude").id;
    world.open("shell");
    (world, session)
}

fn later(world: &mut World, seconds: u64) {
    world.now.instant.micros += seconds * 1_000_000;
    world.now.wall.unix_ms += i64::try_from(seconds * 1000).expect("small");
}

#[test]
fn one_notice_for_each_event_whoever_tells_of_it_first() {
    let (mut world, session) = unwatched();
    let id = conversation(&world, session).expect("assigned");
    let epoch = world.core.state().pane_of(session).expect("a pane").epoch;
    let registered = |world: &mut World, status| {
        let conversation = ConversationId::new(&id);
        let entry = Registered { session, epoch, conversation, status: Some(status), since: None };
        world.step(Event::Registered(entry));
    };
    world.report(session, "UserPromptSubmit", &id, Ancestry::Inside);
    registered(&mut world, Status::Busy);
    registered(&mut world, Status::Blocked);
    world.report(session, "PermissionRequest", &id, Ancestry::Inside);
    world.report(session, "PermissionRequest", &id, Ancestry::Inside);
    assert_eq!(told(&world).len(), 1, "{:?}", told(&world));
    later(&mut world, 5);
    registered(&mut world, Status::Busy);
    world.report(session, "Stop", &id, Ancestry::Inside);
    registered(&mut world, Status::Busy);
    registered(&mut world, Status::Ready);
    let kinds: Vec<NoticeKind> = told(&world).into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, [NoticeKind::Permission, NoticeKind::Done]);
    let is_stored = |change: &Change| matches!(change, Change::Notice(notice) if notice.kind == NoticeKind::Done);
    world.step(Event::Timer(Timer::Save));
    assert!(world.stored.iter().any(is_stored));
}

#[test]
fn nothing_is_told_of_the_pane_in_view_nor_of_what_the_user_stopped() {
    let mut world = World::attached(setup());
    let session = world.open("claude").id;
    let id = conversation(&world, session).expect("assigned");
    world.report(session, "UserPromptSubmit", &id, Ancestry::Inside);
    world.report(session, "Stop", &id, Ancestry::Inside);
    assert_eq!(told(&world), []);
    world.step(Event::ClientInput { client: CLIENT, input: InputEvent::FocusLost, hit: None });
    world.report(session, "UserPromptSubmit", &id, Ancestry::Inside);
    world.type_keys(b"\x1b");
    world.report(session, "Stop", &id, Ancestry::Inside);
    assert_eq!(told(&world), []);
    later(&mut world, 60);
    world.report(session, "UserPromptSubmit", &id, Ancestry::Inside);
    world.report(session, "Stop", &id, Ancestry::Inside);
    assert_eq!(told(&world).len(), 1, "nobody looks at a window without focus");
}

#[test]
fn a_program_that_floods_with_notifications_is_told_a_few_times() {
    let mut world = World::attached(setup());
    let flooding = world.open("shell").id;
    world.open("shell");
    let say = |world: &mut World, text: &str| {
        let mut fx = Effects::default();
        world.core.program_says(flooding, text, &mut fx);
        !fx.is_empty()
    };
    let n_costly = (0..10_000).filter(|n| say(&mut world, &format!("{n}"))).count();
    assert_eq!((told(&world).len(), n_costly), (5, 5), "what is passed over costs nothing");
    later(&mut world, 11);
    world.type_keys(b"x");
    say(&mut world, "later");
    assert_eq!(told(&world).last().map(|(_, text)| text.clone()), Some("later".to_owned()));
}

#[test]
fn a_status_that_flickers_is_told_a_few_times_and_right_in_the_end() {
    let (mut world, session) = unwatched();
    let pane = world.core.state().pane_of(session).expect("a pane");
    let (pane, epoch) = (pane.id, pane.epoch);
    let mut fx = Effects::default();
    world.core.touched(session, &mut fx);
    world.core.set_status(session, Status::Ready, &mut fx);
    world.perform(fx);
    let n_stored = world.stored.len();
    for _ in 0..5000 {
        let bytes = b"\x1b]7501;state=working:app=x\x1b\\\x1b]7501;state=idle:app=x\x1b\\".to_vec();
        world.now.instant.micros -= 900;
        world.step(Event::Output { pane, epoch, bytes });
    }
    assert!(world.stored.len() - n_stored < 60, "{} commits", world.stored.len() - n_stored);
    assert!(told(&world).len() <= 2, "{:?}", told(&world));
    let bytes = b"\x1b]7501;state=working:app=x\x1b\\".to_vec();
    world.step(Event::Output { pane, epoch, bytes });
    later(&mut world, 3);
    world.step(Event::Timer(Timer::Calm(session)));
    assert_eq!(world.core.state().sessions[&session].status, Status::Busy);
    let last = world.core.feed.last_value(session);
    assert_eq!(last.as_deref(), Some("busy"), "programs that follow are told what it is");
}

#[test]
fn do_not_disturb_and_a_provider_of_its_own_mind_keep_notices_at_home() {
    for (provider, is_quiet, n_left) in [("claude", false, 1), ("claude", true, 0), ("codex", false, 0)] {
        let mut setup = setup();
        setup.config = crate::config::parse::parse("[providers.codex]\nnotify = [\"failed\"]\n").0;
        setup.providers = Providers::with_config(&setup.config).0;
        let mut world = World::attached(setup);
        let session = world.open(provider).id;
        world.type_keys(if is_quiet { b"\x02u" } else { b"" });
        world.step(Event::ClientInput { client: CLIENT, input: InputEvent::FocusLost, hit: None });
        world.asked.clear();
        let id = "01a1fcb3-326f-7c60-b4c6-0eb6be2f69d3";
        world.report(session, "UserPromptSubmit", id, Ancestry::Inside);
        world.report(session, "Stop", id, Ancestry::Inside);
        let left = world.asked.iter().filter(|effect| matches!(effect, Effect::Notify { .. })).count();
        assert_eq!((left, told(&world).len()), (n_left, 1), "{provider} {is_quiet}");
    }
}

#[test]
fn looking_at_a_session_reads_its_notices() {
    let (mut world, session) = unwatched();
    let id = conversation(&world, session).expect("assigned");
    world.report(session, "UserPromptSubmit", &id, Ancestry::Inside);
    world.report(session, "Stop", &id, Ancestry::Inside);
    assert_eq!(world.core.state().notices.n_unread(), 1);
    world.type_keys(b"\x02n");
    assert_eq!(world.core.state().notices.n_unread(), 0);
    assert!(!world.core.state().sessions[&session].unseen);
}

/// Which of three agents the round of attention visits, in order: each was prompted, and then this happened to it.
fn round_of(events: [(usize, &str); 3]) -> Vec<usize> {
    let mut world = World::attached(setup());
    let sessions: Vec<SessionId> = (0..3).map(|_| world.open("claude").id).collect();
    world.open("shell");
    for (at, event) in events {
        let id = conversation(&world, sessions[at]).expect("assigned");
        world.report(sessions[at], "UserPromptSubmit", &id, Ancestry::Inside);
        world.report(sessions[at], event, &id, Ancestry::Inside);
        later(&mut world, 10);
    }
    let mut visit = || {
        world.type_keys(b"\x02n");
        let state = world.core.state();
        let focused = state.focused_pane(&state.clients[&CLIENT]).expect("a pane");
        let focused = state.session_of(focused).expect("a session").id;
        sessions.iter().position(|session| *session == focused).expect("an agent")
    };
    (0..4).map(|_| visit()).collect()
}

#[test]
fn attention_goes_round_in_the_order_of_waiting() {
    let visited = round_of([(2, "PermissionRequest"), (0, "PermissionRequest"), (1, "Stop")]);
    assert_eq!(visited, [2, 0, 1, 2], "the last one was seen when it was visited");
}

#[test]
fn the_round_goes_on_behind_one_that_is_seen_with_the_visit() {
    assert_eq!(round_of([(0, "PermissionRequest"), (1, "Stop"), (2, "Stop")]), [0, 1, 2, 0]);
}

#[test]
fn the_list_has_those_who_wait_on_top_longest_first_and_each_once() {
    let mut world = World::attached(setup());
    let sessions: Vec<SessionId> = (0..3).map(|_| world.open("claude").id).collect();
    let in_view = world.open("claude").id;
    let report = |world: &mut World, session, event| {
        let id = conversation(world, session).expect("assigned");
        world.report(session, event, &id, Ancestry::Inside);
        later(world, 10);
    };
    for event in ["PermissionRequest", "PostToolUse", "PermissionRequest"] {
        report(&mut world, sessions[1], event);
    }
    for (session, event) in [(sessions[2], "UserPromptSubmit"), (sessions[2], "Stop"), (in_view, "PermissionRequest")] {
        report(&mut world, session, event);
    }
    world.type_keys(b"\x02a");
    let mode::Mode::Dialog(crate::core::dialog::Dialog::Notices(list)) = &world.core.state().clients[&CLIENT].mode
    else {
        panic!("no list")
    };
    let rows: Vec<_> = list.items.iter().map(|item| (item.session, item.is_open)).collect();
    let expected = [(sessions[1], true), (in_view, true), (sessions[2], false), (sessions[1], false)];
    assert_eq!(rows, expected);
}

#[test]
fn programs_follow_what_changes() {
    let mut world = World::attached(setup());
    let session = world.open("claude").id;
    let id = conversation(&world, session).expect("assigned");
    world.report(session, "UserPromptSubmit", &id, Ancestry::Inside);
    let mut fx = Effects::default();
    let body = crate::protocol::api::ApiRequest::Events { after: 0, wait: true };
    world.core.step(world.now, Event::Request { request: effect::RequestId(1), body }, &mut fx);
    let answer = fx.drain().find_map(|effect| match effect {
        Effect::Respond { response, .. } => Some(*response),
        _ => None,
    });
    let Some(crate::protocol::api::ApiResponse::Events(batch)) = answer else { panic!("{answer:?}") };
    let events: Vec<_> = batch.events.iter().map(|row| format!("{} {}", row.event, row.value)).collect();
    assert!(events.contains(&"opened claude".to_owned()) && events.contains(&"status busy".to_owned()), "{events:?}");
    assert_eq!(batch.last, batch.events.len() as u64);
}

/// The workspace as the next server finds it in the store.
fn relaunched(world: &World) -> Setup {
    let state = world.core.state();
    let mut after = setup();
    after.tabs = state.workspace.tabs.clone();
    after.active = Some(TabId(1));
    after.scratch = state.workspace.scratch;
    after.panes = state.panes.values().map(|pane| (pane.id, pane.session)).collect();
    after.sessions = state.sessions.values().cloned().collect();
    after
}

#[derive(Clone, Debug)]
enum Step {
    Keys(Vec<u8>),
    Resize(u16, u16),
    Exit(usize, i32),
    Focus(bool),
}

/// What the terminal sends for a key of the table.
fn key_bytes(key: &str) -> Vec<u8> {
    match key {
        "alt+left" => b"\x1b[1;3D".to_vec(),
        "alt+right" => b"\x1b[1;3C".to_vec(),
        "alt+up" => b"\x1b[1;3A".to_vec(),
        "alt+down" => b"\x1b[1;3B".to_vec(),
        "left" => b"\x1b[D".to_vec(),
        "right" => b"\x1b[C".to_vec(),
        "up" => b"\x1b[A".to_vec(),
        "down" => b"\x1b[B".to_vec(),
        "tab" => b"\t".to_vec(),
        "space" => b" ".to_vec(),
        key => match (key.strip_prefix("alt+"), key.strip_prefix("ctrl+")) {
            (Some(key), _) => [b"\x1b", key.as_bytes()].concat(),
            (None, Some(letter)) => letter.bytes().map(|letter| letter & 0x1f).collect(),
            (None, None) => key.as_bytes().to_vec(),
        },
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let command = (0..COMMANDS.len()).prop_map(|at| {
        let key = COMMANDS[at].keys[0];
        // Stopping ends the world.
        let bytes = if key == "Q" { b"?".to_vec() } else { key_bytes(key) };
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
mod arranging;
mod browsing;
mod capturing;
mod clicking;
mod clipboard;
mod ends;
mod finding;
mod saving;
mod scratch;
mod settings;
mod several;
mod starting;
mod steering;
mod submitting;
mod theming;
mod vitals;
mod worktrees;
