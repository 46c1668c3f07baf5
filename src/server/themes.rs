//! The user's themes: files beside the settings.

use std::path::Path;

use crate::config::theme::{self, Themes};

/// Most bytes of a theme's file. Chosen: the built-in ones have less than 1 KiB.
const MAX_BYTES: u64 = 64 << 10;

/// The built-in themes and those in the directory (`NAME.toml`), and what was wrong with these, one sentence each. A directory
/// that is not there is empty.
pub fn read(directory: &Path) -> (Themes, Vec<String>) {
    let mut themes = Themes::default();
    let mut warnings = Vec::new();
    let mut paths: Vec<_> = match std::fs::read_dir(directory) {
        Ok(entries) => entries.flatten().map(|entry| entry.path()).collect(),
        Err(_) => Vec::new(),
    };
    paths.sort();
    for path in paths.iter().filter(|path| path.extension().is_some_and(|extension| extension == "toml")) {
        let Some(name) = path.file_stem().and_then(|name| name.to_str()) else { continue };
        match read_text(path) {
            Ok(text) => {
                let (theme, faults) = theme::parse(name, &text);
                warnings.extend(faults.iter().map(|fault| format!("{}: {fault}", path.display())));
                themes.add(theme);
            }
            Err(error) => warnings.push(format!("{} cannot be read: {error}", path.display())),
        }
    }
    (themes, warnings)
}

fn read_text(path: &Path) -> std::io::Result<String> {
    match std::fs::metadata(path)?.len() {
        0..=MAX_BYTES => std::fs::read_to_string(path),
        n => Err(std::io::Error::other(format!("{n} bytes are too many for a theme"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_add_themes_or_replace_them_and_faults_name_the_file() {
        let dir = tempfile::tempdir().expect("a directory");
        std::fs::write(dir.path().join("mine.toml"), "[roles]\naccent = \"bold magenta\"\nbsuy = \"red\"\n")
            .expect("written");
        std::fs::write(dir.path().join("nord.toml"), "[roles]\n").expect("written");
        std::fs::write(dir.path().join("notes.txt"), "x").expect("written");
        std::fs::write(dir.path().join("bad.toml"), [0xff]).expect("written");
        let (themes, warnings) = read(dir.path());
        assert_eq!(themes.iter().count(), Themes::default().iter().count() + 1);
        assert!(themes.get("mine").is_some() && !themes.get("nord").expect("known").has_own_colors());
        assert_eq!(warnings.len(), 2, "{warnings:?}");
        assert!(warnings[0].contains("bad.toml cannot be read"), "{warnings:?}");
        assert!(warnings[1].contains("mine.toml: line 3, column 8: unknown role bsuy"), "{warnings:?}");
        assert_eq!(read(&dir.path().join("none")), (Themes::default(), Vec::new()));
    }
}
