//! Settings that change while everything runs.

use super::*;
use crate::core::settings::{Asker, SettingsFiles};
use crate::protocol::api::{ApiRequest, ApiResponse};

fn files(text: Result<String, String>) -> SettingsFiles {
    SettingsFiles { name: "config.toml".to_owned(), text, themes: Themes::default(), theme_faults: Vec::new() }
}

impl World {
    fn settings(&mut self, text: &str) {
        self.settings_for(Asker::Nobody, Ok(text.to_owned()));
    }

    fn settings_for(&mut self, asker: Asker, text: Result<String, String>) {
        self.asked.clear();
        self.step(Event::SettingsRead { asker, files: Box::new(files(text)) });
    }

    fn told(&self) -> Option<(&str, bool)> {
        let toast = self.core.state().clients[&CLIENT].toast.as_ref()?;
        Some((toast.text.as_str(), toast.is_error))
    }

    fn warnings(&self) -> Vec<String> {
        self.core.warnings().cloned().collect()
    }
}

#[test]
fn keys_are_others_as_soon_as_they_are_read() {
    let mut world = World::attached(setup());
    world.settings("prefix = \"ctrl+a\"\n[keys]\nnew-tab = \"y\"\n");
    world.type_keys(b"\x01y");
    assert_eq!(world.core.state().panes.len(), 1);
    world.type_keys(b"\x02t");
    assert_eq!(world.core.state().panes.len(), 1);
}

#[test]
fn look_sidebar_and_notices_are_others_at_once() {
    let mut world = World::attached(setup());
    world.settings("[sidebar]\nshow = false\ncolumns = 30\n[ui]\nglyphs = \"ascii\"\n[notify]\ndone = false\n");
    let state = world.core.state();
    let sidebar = state.clients[&CLIENT].sidebar;
    assert_eq!((sidebar.wanted, sidebar.columns), (false, 30));
    assert!(!state.config.notify.kinds.contains(&crate::core::notice::NoticeKind::Done));
}

#[test]
fn a_sidebar_hidden_by_hand_stays_hidden_when_something_else_changes() {
    let mut world = World::attached(setup());
    world.open("shell");
    world.type_keys(b"\x02e");
    world.settings("history_lines = 5\n");
    assert!(!world.core.state().clients[&CLIENT].sidebar.wanted);
}

#[test]
fn the_history_of_every_pane_keeps_to_the_new_limit() {
    let mut world = World::attached(setup());
    let session = world.open("shell").id;
    let pane = world.core.state().pane_of(session).expect("a pane").id;
    let epoch = world.core.state().panes[&pane].epoch;
    world.step(Event::Output { pane, epoch, bytes: b"line\r\n".repeat(100) });
    let n_lines = |world: &World| world.core.state().panes[&pane].terminal.history().n_lines();
    assert!(n_lines(&world) > 50);
    world.settings("history_lines = 7\n");
    assert_eq!(n_lines(&world), 7);
    world.settings("history_lines = 0\n");
    world.step(Event::Output { pane, epoch, bytes: b"line\r\n".repeat(100) });
    assert_eq!(n_lines(&world), 0);
}

#[test]
fn the_next_agent_is_started_by_the_new_rows() {
    let mut world = World::attached(setup());
    world.settings("default_shell = \"/bin/new\"\n[providers.mine]\ncommand = \"mine --quick\"\n");
    assert!(world.asked.iter().any(|effect| matches!(effect, Effect::FindProviders { .. })));
    world.open("mine");
    world.open("shell");
    assert_eq!(world.spawned[0], ["mine", "--quick"]);
    assert!(world.spawned[1][0].ends_with("/bin/new"), "{:?}", world.spawned);
}

#[test]
fn of_a_text_that_is_no_toml_nothing_is_taken_and_its_place_is_told() {
    let mut world = World::attached(setup());
    world.settings("prefix = \"ctrl+a\"\n");
    world.settings("prefix = \"ctrl+x\"\nresume = \n");
    assert_eq!(world.core.state().config.prefix, "ctrl+a");
    let (told, is_error) = world.told().expect("a toast");
    assert!(is_error && told.starts_with("config.toml:2:10: not valid TOML"), "{told}");
    assert!(told.ends_with("the settings stay as they are"), "{told}");
    assert_eq!(world.warnings().len(), 1);
    world.settings("prefix = \"ctrl+a\"\n");
    assert_eq!(world.told(), Some(("the settings are in order again", false)));
    assert_eq!(world.warnings(), Vec::<String>::new());
}

#[test]
fn a_mistake_in_one_option_costs_that_option_only() {
    let mut world = World::attached(setup());
    world.settings("prefix = \"ctrl+a\"\nhistory_mib = -1\nconfirm_close = \"always\"\n");
    assert_eq!(world.core.state().config.prefix, "ctrl+a");
    let (told, is_error) = world.told().expect("a toast");
    assert!(is_error && told.starts_with("config.toml:2:15: history_mib: "), "{told}");
}

#[test]
fn a_theme_that_is_changed_or_missing_is_noticed() {
    let mut world = World::attached(setup());
    let (mine, _) = crate::config::theme::parse("mine", "[roles]\naccent = \"red\"\n");
    let mut read = files(Ok("[ui]\ntheme = \"mine\"\n".to_owned()));
    world.step(Event::SettingsRead { asker: Asker::Nobody, files: Box::new(read.clone()) });
    assert!(world.told().is_some_and(|(told, is_error)| is_error && told.starts_with("config.toml:2:1: ui.theme")));
    read.themes.add(mine);
    world.step(Event::SettingsRead { asker: Asker::Nobody, files: Box::new(read) });
    assert_eq!(world.told(), Some(("the settings have been read again", false)));
    assert!(world.core.state().themes.get("mine").is_some());
}

#[test]
fn a_file_that_cannot_be_read_changes_nothing() {
    let mut world = World::attached(setup());
    world.settings("prefix = \"ctrl+a\"\n");
    world.settings_for(Asker::Nobody, Err("permission denied".to_owned()));
    assert_eq!(world.core.state().config.prefix, "ctrl+a");
    assert!(world.told().is_some_and(|(told, is_error)| is_error && told.contains("permission denied")));
}

#[test]
fn whoever_asks_is_answered_whether_something_changed_or_not() {
    let mut world = World::attached(setup());
    world.type_keys(b"\x02\x12");
    let asked =
        world.asked.iter().any(|effect| matches!(effect, Effect::ReadSettings { asker: Asker::Client(CLIENT) }));
    assert!(asked, "{:?}", world.asked);
    world.settings_for(Asker::Client(CLIENT), Ok(String::new()));
    assert_eq!(world.told(), Some(("the settings are as they were", false)));

    let request = RequestId(1);
    let answer = |world: &mut World, text: &str| {
        world.settings_for(Asker::Program(request), Ok(text.to_owned()));
        world.asked.iter().find_map(|effect| match effect {
            Effect::Respond { request: RequestId(1), response } => Some((**response).clone()),
            _ => None,
        })
    };
    assert_eq!(answer(&mut world, "resume = \"ask\""), Some(ApiResponse::Done));
    let Some(ApiResponse::Error(error)) = answer(&mut world, "resume = \"no\"") else { panic!("an error") };
    assert!(error.message.starts_with("config.toml:1:10: resume"), "{}", error.message);
}

#[test]
fn a_program_can_have_them_read_without_any_client() {
    let mut world = World::new(setup());
    let body = ApiRequest::Run { command: "reload-config".to_owned(), client: None };
    world.step(Event::Request { request: RequestId(4), body });
    let asker = Asker::Program(RequestId(4));
    assert!(world.asked.iter().any(|effect| matches!(effect, Effect::ReadSettings { asker: by } if *by == asker)));
    assert_eq!(world.core.state().last_size, Size::HEADLESS);
}
