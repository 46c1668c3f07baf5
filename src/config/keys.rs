//! The key map as the settings want it.

use crate::config::{Config, Diagnostic, KeyRow};
use crate::core::command::{self, Command};
use crate::input::keymap::{Binding, Keymap};
use crate::input::keypress::KeyPress;

/// The key map, and what was wrong with the settings' keys.
pub fn keymap(config: &Config) -> (Keymap, Vec<Diagnostic>) {
    let mut diagnostics = Vec::new();
    let default = Keymap::default().prefix();
    let prefix = config.prefix.parse::<KeyPress>().unwrap_or_else(|error| {
        let message = format!("{error}; {default} applies");
        diagnostics.push(Diagnostic { at: config.places.get("prefix").copied(), key: "prefix".to_owned(), message });
        default
    });
    let overrides: Vec<(Command, Vec<Binding>)> =
        config.keys.iter().filter_map(|row| overriding(row, &mut diagnostics)).collect();
    let (keymap, conflicts) = Keymap::new(prefix, &overrides);
    for conflict in conflicts {
        let id = command::row_of(conflict.lost_by).id;
        let at = config.keys.iter().find(|row| row.command == id).and_then(|row| row.at);
        diagnostics.push(Diagnostic { at, key: format!("keys.{id}"), message: conflict.to_string() });
    }
    (keymap, diagnostics)
}

/// What a row of `[keys]` gives its command; keys that are none are reported and left out.
fn overriding(row: &KeyRow, diagnostics: &mut Vec<Diagnostic>) -> Option<(Command, Vec<Binding>)> {
    let command = command::by_id(&row.command)?;
    let mut bindings = Vec::new();
    for (key, at) in &row.keys {
        match key.parse() {
            Ok(binding) => bindings.push(binding),
            Err(error) => {
                let key = format!("keys.{}", row.command);
                diagnostics.push(Diagnostic { at: *at, key, message: format!("{error}; it is left out") });
            }
        }
    }
    Some((command, bindings))
}

/// All that is wrong with a `config.toml`.
pub fn check(text: &str) -> Vec<Diagnostic> {
    let (config, mut diagnostics) = crate::config::parse(text);
    diagnostics.extend(crate::provider::Providers::with_config(&config).1);
    diagnostics.extend(keymap(&config).1);
    diagnostics.sort_by_key(|diagnostic| diagnostic.at);
    diagnostics
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(text: &str) -> Vec<String> {
        check(text).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn keys_can_be_given_to_other_commands() {
        let (config, _) = crate::config::parse("prefix = \"ctrl+a\"\n[keys]\nzoom = [\"g\", \"direct alt+z\"]\n");
        let (keymap, diagnostics) = keymap(&config);
        assert_eq!(diagnostics, []);
        let zoom = Some(Command::Zoom);
        assert_eq!(keymap.lookup_prefixed(&"g".parse().expect("a key")), zoom);
        assert_eq!(keymap.lookup_direct(&"alt+z".parse().expect("a key")), zoom);
        assert_eq!(keymap.prefix().to_string(), "ctrl+a");
    }

    #[test]
    fn what_is_no_key_is_reported_with_its_line() {
        let text = complaints("prefix = \"hyperspace\"\n[keys]\nzoom = [\"nokey\"]\n");
        assert_eq!(text.len(), 2, "{text:?}");
        assert!(text[0].contains("line 1,") && text[0].contains("ctrl+b applies"), "{text:?}");
        assert!(text[1].contains("line 3, column 9") && text[1].contains("keys.zoom"), "{text:?}");
    }
}
