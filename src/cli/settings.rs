//! What commands say of the settings, and what they change in those of agents.

use std::path::Path;

use crate::cli::Failure;
use crate::cli::args::{ConfigCommand, IntegrationsCommand};
use crate::cli::commands::Place;
use crate::cli::integrations::{self, Consent};

impl Place {
    pub(super) fn config(&self, command: ConfigCommand) -> Result<u8, Failure> {
        let path = self.paths.config_file();
        match command {
            ConfigCommand::Path => println!("{}", path.display()),
            ConfigCommand::Default => print!("{}", crate::config::example()),
            ConfigCommand::Check => return self.check_config(&path),
        }
        Ok(0)
    }

    fn check_config(&self, path: &Path) -> Result<u8, Failure> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                println!("{} does not exist; the defaults apply", path.display());
                return Ok(0);
            }
            Err(error) => return Err(Failure::failed(format!("{} cannot be read: {error}", path.display()))),
        };
        let (themes, of_themes) = crate::server::themes::read(&self.paths.themes_dir());
        let (config, _) = crate::config::parse(&text);
        let named = themes.check(&config.ui, &config.places);
        let diagnostics = crate::config::keys::check(&text).into_iter().chain(named);
        let mut told: Vec<String> =
            diagnostics.map(|diagnostic| diagnostic.in_file(&path.display().to_string())).collect();
        told.extend(of_themes);
        if told.is_empty() {
            println!("{} is fine", path.display());
            return Ok(0);
        }
        told.iter().for_each(|line| eprintln!("{line}"));
        Err(Failure::failed(format!("{} problem(s); the defaults apply there", told.len())))
    }
}

/// Hooks in an agent's own settings.
pub(super) fn integrate(command: &IntegrationsCommand) -> Result<u8, Failure> {
    let consent = |yes: bool| if yes { Consent::Given } else { Consent::Ask };
    match command {
        IntegrationsCommand::Install { provider, yes } => {
            integrations::run(integrations::Act::Install, provider, consent(*yes))
        }
        IntegrationsCommand::Uninstall { provider, yes } => {
            integrations::run(integrations::Act::Uninstall, provider, consent(*yes))
        }
        IntegrationsCommand::Status { provider } => {
            integrations::run(integrations::Act::Status, provider, Consent::Ask)
        }
    }
}
