//! The start page of an empty workspace, and hints that were learnt.

use super::*;
use crate::core::conversation::{Conversation, Source};
use crate::core::hit::Hit;
use crate::core::start::{StartItem, items};
use crate::core::state::ProviderChoice;
use crate::input::event::{Modifiers, MouseButton, MouseEvent, MouseKind};

fn choice(name: &str, is_installed: bool) -> ProviderChoice {
    ProviderChoice {
        name: ProviderName::new(name),
        title: name.to_uppercase(),
        is_installed,
        version: None,
        install_hint: Some(format!("npm install -g {name}")),
    }
}

fn conversation(id: &str, cwd: &str, minute: i64) -> Conversation {
    Conversation {
        provider: ProviderName::new("codex"),
        id: ConversationId::new(id),
        title: Some(format!("about {id}")),
        cwd: cwd.to_owned(),
        created_at: None,
        updated_at: Wall { unix_ms: minute * 60_000 },
        first_message: None,
        last_message: None,
    }
}

fn started() -> World {
    let mut world = World::attached(setup());
    let choices = vec![choice("demo", true), choice("shell", true), choice("codex", false), choice("gemini", false)];
    world.step(Event::ProvidersFound(choices));
    world
}

fn found(world: &mut World, conversations: Vec<Conversation>) {
    let state = world.core.state();
    let generation = state.clients[&CLIENT].start.generation;
    let source = std::sync::Arc::new(Source { files: crate::config::FileDialect::Codex, env: BTreeMap::new() });
    world.step(Event::ConversationsFound { client: CLIENT, generation, source, conversations });
}

fn shown(world: &World) -> Vec<String> {
    let state = world.core.state();
    let word = |item: StartItem<'_>| match item {
        StartItem::Open(choice) => format!("open {}", choice.name),
        StartItem::GoOn(found) => format!("go on {}", found.conversation.id),
        StartItem::Missing(n) => format!("missing {n}"),
        StartItem::Absent(choice) => format!("absent {}", choice.name),
    };
    items(state, &state.clients[&CLIENT]).into_iter().map(word).collect()
}

#[test]
fn it_offers_what_is_found_and_tells_the_rest_in_one_line_that_unfolds() {
    let mut world = started();
    assert_eq!(shown(&world), ["open demo", "open shell", "missing 2"]);
    world.type_keys(b"\x1b[A\r");
    assert_eq!(shown(&world), ["open demo", "open shell", "missing 2", "absent codex", "absent gemini"]);
    world.type_keys(b"\x1b[B\r");
    let toast = world.core.state().clients[&CLIENT].toast.as_ref().map(|toast| toast.text.clone());
    assert_eq!(toast.as_deref(), Some("CODEX is not installed: npm install -g codex"));
    world.type_keys(b"\x1b[A\r");
    assert_eq!(shown(&world).len(), 3);
}

#[test]
fn enter_opens_what_is_selected_and_a_click_does_too() {
    let mut world = started();
    world.type_keys(b"\r");
    assert_eq!(world.core.state().sessions.values().next().map(|session| session.provider.as_str()), Some("demo"));
    let mut world = started();
    let press = MouseEvent { kind: MouseKind::Press(MouseButton::Left), column: 5, row: 5, modifiers: Modifiers::NONE };
    world.step(Event::ClientInput { client: CLIENT, input: InputEvent::Mouse(press), hit: Some(Hit::StartItem(1)) });
    assert_eq!(world.core.state().sessions.values().next().map(|session| session.provider.as_str()), Some("shell"));
}

#[test]
fn the_newest_conversations_of_the_directory_are_offered_and_opened() {
    let mut world = started();
    let here = world.core.state().clients[&CLIENT].cwd.clone();
    let many = (0..7).map(|n| conversation(&format!("c{n}"), &here, n)).collect();
    found(&mut world, many);
    found(&mut world, vec![conversation("elsewhere", "/other", 99), conversation("newest", &here, 50)]);
    assert_eq!(shown(&world)[2..7], ["go on newest", "go on c6", "go on c5", "go on c4", "go on c3"]);
    world.type_keys(b"jj\r");
    let state = world.core.state();
    let claim = state.sessions.values().next().and_then(|session| session.claim.as_ref());
    assert_eq!(claim.map(|claim| claim.conversation.as_str()), Some("newest"));
    world.asked.clear();
    found(&mut world, Vec::new());
    assert!(world.asked.iter().any(|effect| matches!(effect, Effect::StopReading { .. })), "nobody looks any more");
}

#[test]
fn a_hint_goes_once_its_key_was_used_often_and_that_is_stored() {
    use crate::core::command::Command;
    let mut world = started();
    world.type_keys(b"\x02t");
    let is_known = |world: &World, command| world.core.state().is_learnt(command);
    for n in 0..8 {
        assert!(!is_known(&world, Command::Zoom), "{n}");
        world.type_keys(b"\x02z");
    }
    assert!(is_known(&world, Command::Zoom) && !is_known(&world, Command::Switch));
    let last = world.stored.iter().rev().find_map(|change| match change {
        Change::Preference { name: "learnt", entry } => Some(entry.clone()),
        _ => None,
    });
    let n_stored = world.stored.len();
    world.type_keys(b"\x02z");
    let counts = |change: &&Change| matches!(change, Change::Preference { .. });
    assert_eq!(world.stored[n_stored..].iter().filter(counts).count(), 0, "what is learnt is not counted on");
    let mut next = setup();
    next.preferences = Preferences::stored([("learnt".to_owned(), last.expect("stored"))]);
    assert!(is_known(&World::attached(next), Command::Zoom));
}

#[test]
fn only_a_claim_waits_for_the_disk() {
    let mut world = World::attached(setup());
    let mut durability = |provider: &str| {
        let mut fx = Effects::default();
        let provider = provider.to_owned();
        let spec = open::OpenSpec { provider, cwd: "/".to_owned(), client: Some(CLIENT), ..open::OpenSpec::default() };
        world.core.open(spec, &mut fx).expect("a provider");
        let commits = fx.drain().filter_map(|effect| match effect {
            Effect::Commit { durability, .. } => Some(durability),
            _ => None,
        });
        commits.collect::<Vec<_>>()
    };
    assert!(!durability("shell").contains(&change::Durability::Full));
    assert!(durability("claude").contains(&change::Durability::Full), "its id is assigned");
}
