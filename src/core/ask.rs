//! Dialogs: opening them, and doing what they ask for.

use crate::config::ConfirmClose;
use crate::core::Core;
use crate::core::applicable::obstacle;
use crate::core::dialog::{
    Action, Confirm, Dialog, Help, Launcher, Palette, Placement, Prompt, SwitchFor, Switcher, ThemePicker, help_rows,
    palette_rows, switch_items,
};
use crate::core::effect::{Effect, Effects};
use crate::core::mode::Mode;
use crate::core::open::OpenSpec;
use crate::core::preferences;
use crate::core::session::Status;
use crate::core::several::Sender;
use crate::id::{ClientId, PaneId, SessionId};
use crate::input::event::KeyCode;
use crate::provider;

impl Core {
    /// Does what a dialog asked for.
    pub(super) fn act(&mut self, client: ClientId, action: Action, fx: &mut Effects) {
        match action {
            Action::Launch { provider, cwd, name, prompt, placement } => {
                let (env, here) = self.client_place(client);
                let spec = OpenSpec {
                    provider: provider.as_str().to_owned(),
                    name,
                    cwd: self.absolute(&cwd, &here),
                    placement: Some(placement),
                    prompt,
                    env,
                    client: Some(client),
                    ..OpenSpec::default()
                };
                if let Err(error) = self.open(spec, fx) {
                    self.toast(client, &error.message, fx);
                }
            }
            Action::Go(session) => self.go(client, session, fx),
            Action::GoToLine(found, text) => self.go_to_line(client, &found, text, fx),
            Action::Join(session) => self.join(client, session, fx),
            Action::Allow(session) => self.answer_permission(client, session, KeyCode::Enter, fx),
            Action::Deny(session) => self.answer_permission(client, session, KeyCode::Escape, fx),
            Action::ToggleMark(session) => self.toggle_mark(client, session, fx),
            Action::AskPrompt(session) => self.ask_prompt_to(client, session, fx),
            Action::Prompt(to, text) => self.send_to_several(&to, &text, Sender::Client(client), fx),
            Action::RenameSession(session, name) => self.rename_session(session, name, fx),
            Action::RenameTab(tab, name) => {
                if let Some(tab) = self.state.workspace.tab_mut(tab) {
                    tab.name = name;
                    self.save_layout(fx);
                    fx.redraw_all();
                }
            }
            Action::Worktree { branch, provider } => self.make_worktree(client, branch, provider, fx),
            Action::CloseWithWorktree(pane, discard) => self.close_with_worktree(client, pane, discard, fx),
            Action::Close(pane) => self.close_pane(pane, fx),
            Action::UseTheme(name) => self.use_theme(name, fx),
            Action::Stop => self.stop(None, fx),
            Action::OpenConversation { found, placement } => {
                self.open_found(client, &found, placement, fx);
            }
            Action::PutOn(session, found) => self.ask_put_on(client, session, found, fx),
            Action::EndAndPutOn(session, found) => self.put_on(session, *found, fx),
            Action::Run(command) => self.command(client, command, fx),
        }
    }

    /// A directory as typed: `~` is the home, a relative one starts from `here`.
    pub(super) fn absolute(&self, typed: &str, here: &str) -> String {
        let home = self.state.home.trim_end_matches('/');
        match typed.trim() {
            "" => here.to_owned(),
            "~" => home.to_owned(),
            path if path.starts_with("~/") => format!("{home}/{}", &path[2..]),
            path if path.starts_with('/') => path.to_owned(),
            path => format!("{}/{path}", here.trim_end_matches('/')),
        }
    }

    pub(super) fn rename_session(&mut self, session: SessionId, name: Option<String>, fx: &mut Effects) {
        if let Some(record) = self.state.sessions.get_mut(&session) {
            record.name = name
                .map(|name| crate::text::one_line(&name, crate::core::open::MAX_NAME_CHARS))
                .filter(|name| !name.is_empty());
            self.save_session_soon(session, fx);
            fx.redraw_all();
        }
    }

    pub(super) fn open_shell(&mut self, client: ClientId, placement: Placement, fx: &mut Effects) {
        let (env, cwd) = self.client_place(client);
        let spec = OpenSpec {
            provider: provider::SHELL.to_owned(),
            cwd,
            placement: Some(placement),
            env,
            client: Some(client),
            ..OpenSpec::default()
        };
        if let Err(error) = self.open(spec, fx) {
            self.toast(client, &error.message, fx);
        }
    }

    /// A shell in the place of a pane that could not be started or has ended.
    pub(super) fn shell_instead(&mut self, pane: PaneId, fx: &mut Effects) {
        let Some(session) = self.state.session_of(pane) else { return };
        let env = self.launch(session.id).map_or_else(|| self.surroundings.env.clone(), |launch| launch.env.clone());
        let spec = OpenSpec {
            provider: provider::SHELL.to_owned(),
            cwd: session.cwd.clone(),
            placement: Some(Placement::Down),
            env,
            ..OpenSpec::default()
        };
        if let Err(error) = self.open(spec, fx) {
            self.toast_all(&error.message, fx);
        }
    }

    pub(super) fn find_providers(&mut self, client: ClientId, fx: &mut Effects) {
        let (env, _) = self.client_place(client);
        fx.push(Effect::FindProviders { env });
    }

    pub(super) fn providers_found(&mut self, choices: Vec<crate::core::state::ProviderChoice>, fx: &mut Effects) {
        self.state.choices = choices;
        let choices = &self.state.choices;
        for view in self.state.clients.values_mut() {
            if let Mode::Dialog(Dialog::Launcher(launcher)) = &mut view.mode {
                launcher.set_choices(choices);
            }
        }
        fx.redraw_all();
    }

    pub(super) fn open_launcher(&mut self, client: ClientId, fx: &mut Effects) {
        let (_, cwd) = self.client_place(client);
        let placement = if self.state.is_empty() { Placement::Tab } else { Placement::Right };
        let launcher = Launcher::new(&self.state.choices, &cwd, placement);
        self.find_providers(client, fx);
        self.set_mode(client, Mode::Dialog(Dialog::Launcher(launcher)), fx);
    }

    pub(super) fn open_switcher(&mut self, client: ClientId, fx: &mut Effects) {
        let switcher = Switcher::new(switch_items(&self.state));
        self.set_mode(client, Mode::Dialog(Dialog::Switcher(switcher)), fx);
    }

    /// The sessions of the other tabs, to be brought here.
    pub(super) fn ask_join(&mut self, client: ClientId, fx: &mut Effects) {
        let here = self.shown_tab(client).and_then(|id| self.state.workspace.tab(id));
        let is_elsewhere = |session: SessionId| {
            let pane = self.state.pane_of(session).map(|pane| pane.id);
            pane.zip(here).is_some_and(|(pane, here)| !here.tree.contains(pane))
        };
        let items: Vec<_> = switch_items(&self.state).into_iter().filter(|item| is_elsewhere(item.session)).collect();
        if items.is_empty() {
            return self.toast(client, "no pane lies in another tab", fx);
        }
        let switcher = Switcher::picking(SwitchFor::Join, items);
        self.set_mode(client, Mode::Dialog(Dialog::Switcher(switcher)), fx);
    }

    pub(super) fn open_palette(&mut self, client: ClientId, fx: &mut Effects) {
        let Some(view) = self.state.clients.get(&client) else { return };
        let keys = |command| self.keymap.short_keys(command);
        let palette = Palette::new(palette_rows(keys, |command| obstacle(&self.state, view, command)));
        self.set_mode(client, Mode::Dialog(Dialog::Palette(palette)), fx);
    }

    pub(super) fn open_help(&mut self, client: ClientId, fx: &mut Effects) {
        let keys = |command| self.keymap.short_keys(command);
        let help = Help::new(help_rows(keys));
        self.set_mode(client, Mode::Dialog(Dialog::Help(help)), fx);
    }

    pub(super) fn open_themes(&mut self, client: ClientId, fx: &mut Effects) {
        let picker = ThemePicker::new(&self.state.themes, self.state.theme_choice());
        self.set_mode(client, Mode::Dialog(Dialog::Themes(picker)), fx);
    }

    fn use_theme(&mut self, name: String, fx: &mut Effects) {
        let configured = self.state.config.ui.theme.clone();
        self.prefer(preferences::THEME, name, configured, fx);
        fx.redraw_all();
    }

    pub(super) fn ask_close(&mut self, client: ClientId, fx: &mut Effects) {
        let Some(pane) = self.focused(client) else { return };
        let Some(session) = self.state.session_of(pane) else { return };
        let is_busy = matches!(session.status, Status::Busy | Status::Blocked);
        let asks = match self.state.config.confirm_close {
            ConfirmClose::Busy => is_busy,
            ConfirmClose::Always => true,
            ConfirmClose::Never => false,
        };
        if let Some(question) = self.worktree_question(pane) {
            self.set_mode(client, Mode::Dialog(Dialog::Confirm(question)), fx);
        } else if asks {
            let confirm = Confirm::close(pane, session.label());
            self.set_mode(client, Mode::Dialog(Dialog::Confirm(confirm)), fx);
        } else {
            self.close_pane(pane, fx);
        }
    }

    pub(super) fn ask_stop(&mut self, client: ClientId, fx: &mut Effects) {
        let counts = self.state.counts();
        let confirm = Confirm::stop(counts.busy + counts.blocked);
        self.set_mode(client, Mode::Dialog(Dialog::Confirm(confirm)), fx);
    }

    pub(super) fn ask_session_name(&mut self, client: ClientId, fx: &mut Effects) {
        let focused = self.focused(client).and_then(|pane| self.state.session_of(pane)).map(|session| session.id);
        self.ask_name_of(client, focused, fx);
    }

    pub(super) fn ask_name_of(&mut self, client: ClientId, session: Option<SessionId>, fx: &mut Effects) {
        let Some(session) = session.and_then(|id| self.state.sessions.get(&id)) else { return };
        let prompt = Prompt::rename_session(session.id, session.name.as_deref().unwrap_or_default());
        self.set_mode(client, Mode::Dialog(Dialog::Prompt(prompt)), fx);
    }

    pub(super) fn ask_tab_name(&mut self, client: ClientId, fx: &mut Effects) {
        let Some(tab) = self.shown_tab(client).and_then(|id| self.state.workspace.tab(id)) else { return };
        let prompt = Prompt::rename_tab(tab.id, tab.name.as_deref().unwrap_or_default());
        self.set_mode(client, Mode::Dialog(Dialog::Prompt(prompt)), fx);
    }
}
