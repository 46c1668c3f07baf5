//! The part of the settings that a trial of agents needs: how they are started, and nothing that acts or lies elsewhere.

use toml_edit::{DocumentMut, Item};

/// The top-level settings that a trial takes over.
const KEPT: [&str; 2] = ["inject_hooks", "providers"];

/// The rows of providers without their `env`, which may point at the user's own files, and whether hooks are injected. What
/// cannot be read is left out: the whole of it is reported elsewhere.
pub fn of_providers(text: &str) -> String {
    let Ok(mut document) = text.parse::<DocumentMut>() else { return String::new() };
    document.retain(|name, _| KEPT.contains(&name));
    if let Some(rows) = document.get_mut("providers").and_then(Item::as_table_like_mut) {
        for (_, row) in rows.iter_mut() {
            if let Some(row) = row.as_table_like_mut() {
                row.remove("env");
            }
        }
    }
    document.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_kept_and_what_acts_or_points_elsewhere_is_not() {
        let text = "inject_hooks = false\nresume = \"ask\"\n[notify]\ncommand = \"rm\"\n\
            [providers.mine]\ncommand = \"mine --fast\"\nenv = { CODEX_HOME = \"/home/me\" }\n";
        let kept = of_providers(text);
        let (config, wrong) = crate::config::parse(&kept);
        assert_eq!((config.inject_hooks, config.providers.len(), wrong.len()), (false, 1, 0), "{kept}");
        assert!(kept.contains("mine --fast") && !kept.contains("/home/me") && !kept.contains("rm"), "{kept}");
        assert_eq!(of_providers("= broken"), "");
    }
}
