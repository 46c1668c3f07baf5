//! The user's settings as a whole, and taking them over while everything runs.
//!
//! Whatever stands in the file, something applies: of a text that is no TOML nothing is taken, and what applied before stays;
//! a mistake in one option costs that option only.

use std::time::Duration;

use crate::config::theme::Themes;
use crate::config::{self, Config, Diagnostic};
use crate::core::Core;
use crate::core::attend::Tone;
use crate::core::effect::{Effect, Effects, RequestId};
use crate::core::open::failed;
use crate::core::steering::side_of;
use crate::id::ClientId;
use crate::input::keymap::Keymap;
use crate::protocol::api::ApiResponse;
use crate::provider::Providers;

/// How long it is shown what is wrong with the settings.
const COMPLAINT: Duration = Duration::from_secs(10);

/// What a text of settings means.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The options.
    pub config: Config,
    /// The provider table with the user's rows.
    pub providers: Providers,
    /// The key map.
    pub keymap: Keymap,
    /// What was not used, or not as written; in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
}

impl Settings {
    /// Reads a text that may name one of these themes; never fails.
    pub fn of(text: &str, themes: &Themes) -> Self {
        let (config, mut diagnostics) = config::parse(text);
        let (providers, of_rows) = Providers::with_config(&config);
        let (keymap, of_keys) = config::keys::keymap(&config);
        let of_names = themes.check(&config.ui, &config.places);
        diagnostics.extend(of_rows.into_iter().chain(of_keys).chain(of_names));
        diagnostics.sort_by_key(|diagnostic| diagnostic.at);
        Self { config, providers, keymap, diagnostics }
    }

    /// Whether the text is no TOML: then everything in here is a default.
    pub fn is_broken(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_syntax)
    }
}

/// The settings as they lie on disk.
#[derive(Clone, PartialEq, Debug)]
pub struct SettingsFiles {
    /// The name of `config.toml`, for messages.
    pub name: String,
    /// Its text, or why it cannot be read. A file that is not there is empty.
    pub text: Result<String, String>,
    /// The built-in themes and the user's.
    pub themes: Themes,
    /// What is wrong with the user's themes, one sentence each.
    pub theme_faults: Vec<String>,
}

impl SettingsFiles {
    /// What they mean for a server that starts, and what is wrong with them, one sentence each.
    pub fn at_start(&self) -> (Settings, Vec<String>) {
        let settings = Settings::of(self.text.as_deref().unwrap_or_default(), &self.themes);
        let unreadable =
            self.text.as_ref().err().map(|why| format!("{} cannot be read: {why}; the defaults apply", self.name));
        let of_text = settings.diagnostics.iter().map(|diagnostic| {
            let consequence = if diagnostic.is_syntax() { "; all defaults apply" } else { "" };
            format!("{}{consequence}", diagnostic.in_file(&self.name))
        });
        let warnings = unreadable.into_iter().chain(of_text).chain(self.theme_faults.iter().cloned()).collect();
        (settings, warnings)
    }
}

/// Who wants the settings to be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Asker {
    /// Nobody: the file changed.
    Nobody,
    /// A user.
    Client(ClientId),
    /// A program.
    Program(RequestId),
}

impl Core {
    /// The settings were read, or could not be.
    pub(super) fn settings_read(&mut self, asker: Asker, files: SettingsFiles, fx: &mut Effects) {
        let told = self.take_settings(files, fx);
        let had_complaints = !self.setting_warnings.is_empty();
        self.setting_warnings = told.as_ref().err().into_iter().cloned().collect();
        match (asker, told) {
            (Asker::Program(request), told) => {
                let response = match told {
                    Ok(_) => ApiResponse::Done,
                    Err(message) => ApiResponse::Error(failed(message)),
                };
                fx.push(Effect::Respond { request, response: Box::new(response) });
            }
            (Asker::Client(client), Ok(Change::Nothing)) => self.say(client, "the settings are as they were", fx),
            (Asker::Nobody, Ok(Change::Nothing)) if had_complaints => {
                self.toast_all("the settings are in order again", fx);
            }
            (Asker::Nobody, Ok(Change::Nothing)) => {}
            (_, Ok(Change::Some)) => self.toast_all("the settings have been read again", fx),
            (_, Err(message)) => {
                tracing::warn!("{message}");
                self.tell_all(&message, Tone::Trouble, COMPLAINT, fx);
            }
        }
    }

    /// Lets the settings apply as far as they can; what is wrong with them.
    fn take_settings(&mut self, files: SettingsFiles, fx: &mut Effects) -> Result<Change, String> {
        let SettingsFiles { name, text, themes, theme_faults } = files;
        let mut change = Change::Nothing;
        if themes != self.state.themes {
            change = Change::Some;
            self.state.themes = themes;
            fx.redraw_all();
        }
        let text = text.map_err(|why| format!("{name} cannot be read: {why}; the settings stay as they are"))?;
        let settings = Settings::of(&text, &self.state.themes);
        let complaint = complaint(&name, &settings, theme_faults);
        if !settings.is_broken() && settings.config != self.state.config {
            change = Change::Some;
            self.apply(settings, fx);
        }
        complaint.map_or(Ok(change), Err)
    }

    fn apply(&mut self, settings: Settings, fx: &mut Effects) {
        let Settings { config, providers, keymap, diagnostics: _ } = settings;
        let before = std::mem::replace(&mut self.state.config, config);
        self.keymap = keymap;
        if providers != self.providers {
            self.providers = providers;
            let newest = self.client_typed_last().and_then(|client| self.state.clients.get(&client));
            let env = newest.map_or_else(|| self.surroundings.env.clone(), |view| view.env.clone());
            fx.push(Effect::FindProviders { env });
        }
        let options = self.terminal_options();
        for pane in self.state.panes.values_mut() {
            pane.terminal.limit_history(options.history_lines, options.history_bytes);
        }
        // A sidebar that a client has changed stays as it is unless the setting itself is another now.
        let sidebar = self.state.config.sidebar;
        for view in self.state.clients.values_mut() {
            if sidebar.show != before.sidebar.show {
                view.sidebar.wanted = sidebar.show;
            }
            if sidebar.columns != before.sidebar.columns {
                view.sidebar.columns = sidebar.columns;
            }
            if sidebar.side != before.sidebar.side {
                view.sidebar.side = side_of(sidebar.side);
            }
            if sidebar.group != before.sidebar.group {
                view.sidebar.grouping = sidebar.group;
            }
            if sidebar.sort != before.sidebar.sort {
                view.sidebar.sorting = sidebar.sort;
            }
        }
        self.relayout(fx);
        fx.redraw_all();
    }
}

/// Whether the settings are others than before.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Change {
    Nothing,
    Some,
}

/// What is wrong with the settings, in one line.
fn complaint(file: &str, settings: &Settings, theme_faults: Vec<String>) -> Option<String> {
    let of_text = settings.diagnostics.iter().map(|diagnostic| diagnostic.in_file(file));
    let mut all = of_text.chain(theme_faults);
    let mut told = all.next()?;
    if settings.is_broken() {
        told.push_str("; the settings stay as they are");
    }
    if let more @ 1.. = all.count() {
        told.push_str(&format!(" (and {more} more: `homing config check`)"));
    }
    Some(told)
}
