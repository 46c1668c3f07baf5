//! Texts from outside: hooks' reports, the user's settings.

use homing::config;
use homing::provider::hook;
use homing::provider::row::Providers;

/// Takes the data for the payload of every provider's hooks.
pub fn report(data: &[u8]) {
    let payload = String::from_utf8_lossy(data);
    let providers = Providers::default();
    for provider in providers.iter() {
        for event in [None, Some("Stop"), Some("Notification")] {
            let event = hook::parse(provider, event, &payload);
            // Texts are cleaned: what is told of an event cannot move the cursor.
            let told = format!("{:?}", event.kind);
            assert!(!told.contains("\\u{1b}") && !told.contains("\\n"), "{told}");
            assert!(event.cwd.is_none_or(|cwd| cwd.starts_with('/')));
        }
    }
}

/// Takes the data for `config.toml`.
pub fn settings(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let n_lines = text.split('\n').count();
    let (config, diagnostics) = config::parse(&text);
    for diagnostic in &diagnostics {
        assert!(diagnostic.at.is_none_or(|at| at.line <= n_lines), "{diagnostic:?} in {n_lines} lines");
        assert!(!diagnostic.message.is_empty());
    }
    let _ = Providers::with_config(&config);
}
