//! What no compiler checks: which module may know which, what pure modules keep away from, and that texts which repeat a
//! table equal it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use clap::CommandFactory;
use homing::cli::args::Args;
use homing::config::options::{OPTIONS, OptionRow};
use homing::core::command::COMMANDS;

/// Names of nothing: what a thing is called after has not been thought of yet.
const FORBIDDEN_NAMES: &[&str] = &["utils", "util", "helpers", "helper", "common", "misc", "manager", "shared"];

/// Everything may know these, and they know only each other.
const BASE: &[&str] = &["geometry", "id", "text", "time"];

/// Modules that do no I/O: beside `BASE` and itself, what each may know.
const PURE: &[(&str, &[&str])] = &[
    ("config", &["core", "input", "provider"]),
    ("core", &["config", "input", "layout", "protocol", "provider", "term"]),
    // The key map is from keys to commands.
    ("input", &["core", "term"]),
    ("layout", &[]),
    ("protocol", &["core"]),
    ("provider", &["config", "core"]),
    ("term", &[]),
    ("ui", &["config", "core", "input", "layout", "term"]),
];

/// The edges of the system: beside the pure modules, what each may know.
const EDGES: &[(&str, &[&str])] = &[
    ("hook", &[]),
    ("notice", &[]),
    ("paths", &[]),
    ("pty", &[]),
    ("store", &[]),
    // Databases of agents are opened by the module that knows SQLite; the demo agent's files lie among homing's own.
    ("watch", &["paths", "store"]),
    ("worktree", &[]),
];

/// Processes: beside everything above, what each may know.
const PROCESSES: &[(&str, &[&str])] = &[
    ("keeper", &[]),
    ("server", &["keeper"]),
    ("client", &["keeper"]),
    ("mcp", &["client", "keeper", "server"]),
    ("cli", &["client", "keeper", "mcp", "server"]),
];

/// What pure modules keep away from, as it would stand in the code.
const IMPURE: &[&str] = &[
    "std::fs",
    "std::net",
    "std::os",
    "std::process",
    "std::thread",
    "std::env",
    "std::io::stdin",
    "std::io::stdout",
    "std::time::SystemTime",
    "std::time::Instant",
    "SystemTime::now",
    "Instant::now",
    "tokio::",
    "rusqlite::",
    "crossterm::",
    "rustix::",
    "portable_pty::",
];

/// Crates that shape the types around them, and the only modules that may use each.
const OWNED_CRATES: &[(&str, &[&str])] = &[
    ("vt100::", &["term"]),
    ("portable_pty::", &["pty"]),
    ("rusqlite::", &["store"]),
    ("toml_edit::", &["config"]),
    // rmcp, the protocol's own crate, runs on tokio.
    ("tokio::", &["server", "mcp"]),
    ("rmcp::", &["mcp"]),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A source file without its tests and comments.
struct Source {
    /// Below the repository's root.
    path: String,
    /// The top-level module that it is part of.
    module: String,
    code: String,
}

fn sources() -> Vec<Source> {
    let mut files = Vec::new();
    walk(&root().join("src"), &mut files);
    let texts: Vec<(PathBuf, String)> =
        files.into_iter().map(|path| (path.clone(), fs::read_to_string(path).expect("UTF-8"))).collect();
    let of_tests: BTreeSet<PathBuf> = texts.iter().flat_map(|(path, text)| test_files(path, text)).collect();
    let is_product = |path: &Path| path.ancestors().all(|part| !of_tests.contains(&part.with_extension("")));
    texts
        .iter()
        .filter(|(path, _)| is_product(path))
        .map(|(path, text)| {
            let path = path.strip_prefix(root()).expect("below the root").display().to_string();
            let module = path.split('/').nth(1).unwrap_or_default().trim_end_matches(".rs").to_owned();
            Source { path, module, code: without_tests_and_comments(text) }
        })
        .collect()
}

fn walk(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).expect("a directory").flatten() {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The files (without their ending) that a file declares as modules for tests only.
fn test_files(path: &Path, text: &str) -> Vec<PathBuf> {
    let directory = path.parent().expect("a file is in a directory");
    let own = match path.file_stem().and_then(|stem| stem.to_str()) {
        Some("mod" | "lib" | "main") | None => directory.to_path_buf(),
        Some(stem) => directory.join(stem),
    };
    let declared = text.split("#[cfg(test)]\n").skip(1).filter_map(|rest| {
        let mut lines = rest.lines().peekable();
        let placed = lines.next_if(|line| line.starts_with("#[path"));
        let line = lines.next()?.trim_start_matches("pub ").trim_start_matches("pub(crate) ");
        let name = line.strip_prefix("mod ")?.strip_suffix(';')?;
        let placed = placed.and_then(|line| line.split('"').nth(1));
        Some(placed.map_or_else(|| own.join(name), |placed| directory.join(placed).with_extension("")))
    });
    declared.collect()
}

fn without_tests_and_comments(text: &str) -> String {
    let product = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let lines = product.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The top-level modules that a piece of code names.
fn known_modules(code: &str) -> BTreeSet<&str> {
    let names = code.split("crate::").skip(1);
    names.map(|rest| rest.split(|c: char| !c.is_ascii_lowercase() && c != '_').next().unwrap_or_default()).collect()
}

#[test]
fn modules_import_only_downward() {
    let pure = PURE.iter().map(|(name, _)| *name);
    let edges = EDGES.iter().map(|(name, _)| *name);
    let mut wrong = Vec::new();
    for source in sources() {
        let of = |table: &[(&str, &'static [&'static str])]| {
            table.iter().find(|(name, _)| *name == source.module).map(|(_, known)| *known)
        };
        let mut may: Vec<&str> = BASE.to_vec();
        if let Some(known) = of(PURE) {
            may.extend(known);
        } else if let Some(known) = of(EDGES) {
            may.extend(pure.clone().chain(known.iter().copied()));
        } else if let Some(known) = of(PROCESSES) {
            may.extend(pure.clone().chain(edges.clone()).chain(known.iter().copied()));
        } else {
            let is_entry = ["lib", "main"].contains(&source.module.as_str());
            assert!(is_entry || BASE.contains(&source.module.as_str()), "{} is in no layer", source.path);
        }
        for name in known_modules(&source.code) {
            if name != source.module && !may.contains(&name) && !name.is_empty() {
                wrong.push(format!("{} knows {name}", source.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn pure_modules_do_no_io() {
    let is_pure = |module: &str| BASE.contains(&module) || PURE.iter().any(|(name, _)| *name == module);
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| is_pure(&source.module)) {
        wrong.extend(
            IMPURE.iter().filter(|part| names(&source.code, part)).map(|part| format!("{}: {part}", source.path)),
        );
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Whether code names a path: not as the end of a longer name.
fn names(code: &str, path: &str) -> bool {
    code.match_indices(path).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        before.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != ':')
    })
}

#[test]
fn a_crate_that_shapes_types_has_one_module() {
    let mut wrong = Vec::new();
    for source in sources() {
        for (name, owners) in OWNED_CRATES {
            if !owners.contains(&source.module.as_str()) && names(&source.code, name) {
                wrong.push(format!("{}: {name}", source.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_file_is_named_after_nothing() {
    let mut files = Vec::new();
    walk(&root().join("src"), &mut files);
    walk(&root().join("tests"), &mut files);
    let is_forbidden = |path: &&PathBuf| {
        let mut parts = path.iter().filter_map(|part| Path::new(part).file_stem()?.to_str());
        parts.any(|part| FORBIDDEN_NAMES.contains(&part))
    };
    let root = root();
    let below = files.iter().map(|path| path.strip_prefix(&root).expect("below the root").to_path_buf());
    let below: Vec<PathBuf> = below.collect();
    assert_eq!(below.iter().filter(is_forbidden).collect::<Vec<_>>(), Vec::<&PathBuf>::new());
}

#[test]
fn the_readme_shows_the_default_keys() {
    let readme = fs::read_to_string(root().join("README.md")).expect("README.md");
    let marked = readme.split_once("<!-- keys -->").and_then(|(_, rest)| rest.split_once("<!-- /keys -->"));
    let (table, _) = marked.expect("README.md has its table of keys between <!-- keys --> and <!-- /keys -->");
    let shown: Vec<&str> = table.trim().lines().skip(2).collect();
    let expected: Vec<String> = COMMANDS
        .iter()
        .filter(|row| !row.keys.is_empty())
        .map(|row| {
            let keys: Vec<_> = row.keys.iter().map(|key| format!("`ctrl+b {}`", key.replace('|', "\\|"))).collect();
            format!("| {} | {} |", keys.join(", "), row.help)
        })
        .collect();
    assert_eq!(shown, expected);
}

#[test]
fn the_example_config_is_what_the_program_prints() {
    let file = fs::read_to_string(root().join("config.example.toml")).expect("config.example.toml");
    assert!(file == homing::config::example(), "run `homing config default > config.example.toml`");
}

/// The table of rules names tests, so that each rule has one: a test that is renamed is renamed there.
#[test]
fn every_rule_of_the_right_conversation_has_tests_that_are_there() {
    let page = fs::read_to_string(root().join("docs/testing.md")).expect("readable");
    let (_, rules) = page.split_once("## What proves the rules").expect("the section is there");
    let rows = rules.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| rule"));
    let named: Vec<&str> = rows.flat_map(|row| row.split('`').filter(|name| name.contains('_'))).collect();
    assert!(named.len() > 30, "the table is read: {named:?}");
    let mut files = Vec::new();
    walk(&root().join("src"), &mut files);
    let code: String = files.iter().map(|path| fs::read_to_string(path).expect("readable")).collect();
    let missing: Vec<&&str> = named.iter().filter(|name| !code.contains(&format!("fn {name}("))).collect();
    assert!(missing.is_empty(), "no tests of these names: {missing:?}");
}

#[test]
fn the_page_on_settings_names_every_option() {
    let page = fs::read_to_string(root().join("docs/configuration.md")).expect("docs/configuration.md");
    let row = |option: &OptionRow| match option.section {
        "" => format!("\n| `{}` |", option.name),
        section => format!("\n| `[{section}] {}` |", option.name),
    };
    let missing: Vec<String> = OPTIONS.iter().map(row).filter(|row| !page.contains(row)).collect();
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn the_readme_shows_every_command() {
    let readme = fs::read_to_string(root().join("README.md")).expect("README.md");
    let homing = Args::command();
    let shown = homing.get_subcommands().filter(|command| !command.is_hide_set());
    let missing: Vec<&str> = shown
        .map(clap::Command::get_name)
        .filter(|name| !readme.contains(&format!("homing {name} ")) && !readme.contains(&format!("homing {name}`")))
        .filter(|name| !readme.contains(&format!("homing {name}\n")))
        .collect();
    assert_eq!(missing, Vec::<&str>::new());
}
