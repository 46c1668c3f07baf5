//! F: homing writes nothing into the project, and nothing into the agents' own directories but what the agents write there by
//! themselves: their settings are as they were, byte by byte, and no file says anything of homing's.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::ensure;
use sha2::{Digest, Sha256};

use super::given;
use super::outcome::tell;
use super::scenario;
use super::stage::{Ending, Stage};

/// The settings that the agents read, below a home. They stay as they are; Codex appends what it has found out about the
/// terminal (`screen_reader_detection_done`, 0.169.0, also without homing).
const SETTINGS: &[&str] = &[".codex/config.toml", ".config/opencode/opencode.json", ".gemini/settings.json"];

/// What is set up for hooks or plugins, where somebody does that: no directory may appear, and no file that speaks of hooks. Claude
/// Code writes `settings.json` by itself, for settings that moved there (2.1.197, also without homing).
const INTEGRATIONS: &[&str] = &[
    ".claude/settings.json",
    ".claude/settings.local.json",
    ".codex/hooks.json",
    ".config/opencode/plugin",
    ".config/opencode/plugins",
    ".config/opencode/node_modules",
    ".gemini/hooks",
];

#[test]
fn nothing_of_the_users_is_touched() {
    scenario::run("untouched", |installed| {
        let mut stage = Stage::new(installed, "", given::seed())?;
        scenario::told(&mut stage, |stage| {
            let panes: Vec<_> = installed.agents.iter().map(|agent| (*agent, 1)).collect();
            let (home, project) = (stage.workspace.home(), stage.workspace.project());
            let (before, project_before) = (hashes(&home), hashes(&project));
            let text = |name: &str| fs::read_to_string(home.join(name)).unwrap_or_default();
            let settings: Vec<String> = SETTINGS.iter().map(|name| text(name)).collect();
            stage.open(&panes)?;
            for at in 0..stage.panes.len() {
                stage.say(at, "good morning")?;
            }
            stage.come_back(Ending::Stop)?;
            stage.workspace.homing(&["stop"])?;
            let after = hashes(&home);
            ensure!(hashes(&project) == project_before, "the project has changed: {:?}", hashes(&project).keys());
            for (name, before) in SETTINGS.iter().zip(&settings) {
                let now = text(name);
                let added = now.strip_prefix(before.as_str());
                let is_own = added.is_some_and(|added| !added.contains("homing") && !added.contains("hook"));
                ensure!(is_own, "{name} has changed: {now}");
            }
            for name in INTEGRATIONS {
                let path = home.join(name);
                let is_set_up = path.is_dir() || text(name).contains("hook");
                ensure!(!is_set_up, "{name} has appeared: {}", text(name));
            }
            let new = || after.keys().filter(|path| !before.contains_key(*path));
            for path in new().filter(|path| is_settings_like(path)) {
                let text = fs::read_to_string(path).unwrap_or_default();
                ensure!(!text.contains("homing hook"), "{} names homing's hooks", path.display());
            }
            tell(format!(
                "untouched: {} settings as they were, {} files of the agents' own",
                SETTINGS.len(),
                new().count()
            ));
            Ok(())
        })
    });
}

/// Not a database, a log or a cache: what an agent would read again as its settings.
fn is_settings_like(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ["json", "toml", "yaml", "yml", "md", "js", "ts"].iter().any(|known| ending == *known))
}

/// All files below a directory, with what is in them.
fn hashes(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![root.to_path_buf()];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(&directory).into_iter().flatten().flatten() {
            let path = entry.path();
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => open.push(path),
                Ok(kind) if kind.is_file() => {
                    let digest = Sha256::digest(fs::read(&path).unwrap_or_default());
                    found.insert(path, digest.to_vec());
                }
                _ => {}
            }
        }
    }
    found
}
