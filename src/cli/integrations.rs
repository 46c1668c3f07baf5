//! `homing integrations`: what an agent needs in files of the user's own, put there and taken out at the user's command only.
//! The change is shown first; a copy of the file as it was lies beside it.

use std::fs;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use crate::cli::Failure;
use crate::provider::{gemini, shell_quote};

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Our hooks are added.
    Install,
    /// Our hooks are taken out.
    Uninstall,
    /// It is told whether they are there.
    Status,
}

/// Whether the user is asked before a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// Asked on the terminal; without one nothing is written.
    Ask,
    /// Given on the command line.
    Given,
}

/// Does it for a provider; the exit code.
///
/// # Errors
/// Where the provider needs no integration, its settings cannot be read, understood or written, or the user declines.
pub fn run(act: Act, provider: &str, consent: Consent) -> Result<u8, Failure> {
    match provider {
        "gemini" => of_gemini(act, consent),
        "claude" | "codex" | "opencode" => {
            println!("{provider} needs none: it is followed from each launch, without a file of yours");
            Ok(0)
        }
        other => Err(Failure::usage(format!("there is no integration for {other:?}; there is one for gemini"))),
    }
}

fn of_gemini(act: Act, consent: Consent) -> Result<u8, Failure> {
    let path = gemini_settings()?;
    let shown = path.display();
    let before = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(Failure::failed(format!("{shown} cannot be read: {error}"))),
    };
    let refuse = |error: gemini::SettingsError| Failure::failed(format!("{shown}: {error}"));
    let n_there = gemini::n_installed(&before).map_err(refuse)?;
    let after = match act {
        Act::Status => {
            let words = match n_there {
                0 => "not installed",
                n if n == gemini::n_events() => "installed",
                _ => "installed in part; install again",
            };
            println!("gemini: {words} ({shown})");
            return Ok(0);
        }
        Act::Install => gemini::install(&before, &shell_quote(&own_path()?)).map_err(refuse)?,
        Act::Uninstall if n_there == 0 => before.clone(),
        Act::Uninstall => gemini::uninstall(&before).map_err(refuse)?,
    };
    if after == before {
        println!("gemini: nothing to change ({shown})");
        return Ok(0);
    }
    println!("{shown}\n{}", difference(&before, &after));
    if consent == Consent::Ask && !is_wanted()? {
        return Err(Failure::failed("nothing was written; --yes writes without asking"));
    }
    write(&path, &before, &after)?;
    println!(
        "gemini: {}",
        if act == Act::Install { "installed; it counts for panes opened from now on" } else { "uninstalled" }
    );
    Ok(0)
}

/// `~/.gemini/settings.json`, or below `GEMINI_CLI_HOME`.
fn gemini_settings() -> Result<PathBuf, Failure> {
    let home =
        ["GEMINI_CLI_HOME", "HOME"].iter().find_map(|name| std::env::var_os(name).filter(|home| !home.is_empty()));
    let home = home.ok_or_else(|| Failure::failed("no home directory is known; set HOME"))?;
    let path = Path::new(&home).join(".gemini/settings.json");
    // Through a link of the user's, so that the link stays.
    Ok(path.canonicalize().unwrap_or(path))
}

fn own_path() -> Result<String, Failure> {
    let path = std::env::current_exe().map_err(|error| Failure::failed(format!("homing's own path: {error}")))?;
    path.into_os_string().into_string().map_err(|_| Failure::failed("homing's own path is not UTF-8; move it"))
}

/// The lines that go and come. The texts differ at a few places; what they share at both ends is left out.
fn difference(before: &str, after: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let shared =
        |pairs: &mut dyn Iterator<Item = (&&str, &&str)>| pairs.take_while(|(one, other)| one == other).count();
    let head = shared(&mut old.iter().zip(&new));
    let most = old.len().min(new.len()) - head;
    let tail = shared(&mut old.iter().rev().zip(new.iter().rev())).min(most);
    let gone = old.iter().take(old.len() - tail).skip(head).map(|line| format!("- {line}"));
    let come = new.iter().take(new.len() - tail).skip(head).map(|line| format!("+ {line}"));
    gone.chain(come).collect::<Vec<_>>().join("\n")
}

fn is_wanted() -> Result<bool, Failure> {
    if !io::stdin().is_terminal() {
        return Ok(false);
    }
    print!("write this? [y/N] ");
    io::stdout().flush().map_err(Failure::failed)?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).map_err(Failure::failed)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// Writes the file whole or not at all, with the mode that it had; the copy of what was there is never overwritten.
fn write(path: &Path, before: &str, after: &str) -> Result<(), Failure> {
    let failed = |what: &Path, error: io::Error| Failure::failed(format!("{}: {error}", what.display()));
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory).map_err(|error| failed(directory, error))?;
    }
    let beside = |ending: String| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    if !before.is_empty() {
        let free = (1..).map(|n| beside(format!(".before-homing-{n}"))).find(|copy| !copy.exists());
        let copy = free.unwrap_or_else(|| beside(".before-homing".to_owned()));
        fs::copy(path, &copy).map_err(|error| failed(&copy, error))?;
        println!("the file as it was: {}", copy.display());
    }
    let draft = beside(format!(".homing-{}", std::process::id()));
    fs::write(&draft, after).map_err(|error| failed(&draft, error))?;
    if let Ok(metadata) = fs::metadata(path) {
        fs::set_permissions(&draft, metadata.permissions()).map_err(|error| failed(&draft, error))?;
    }
    fs::rename(&draft, path).map_err(|error| failed(path, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_lines_that_differ_are_shown() {
        let cases =
            [("a\nb\nc", "a\nx\ny\nc", "- b\n+ x\n+ y"), ("", "a", "+ a"), ("a\na", "a", "- a"), ("a", "a", "")];
        for (before, after, shown) in cases {
            assert_eq!(difference(before, after), shown);
        }
    }

    #[test]
    fn the_file_keeps_its_mode_and_every_former_one_is_kept_beside_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("settings.json");
        fs::write(&path, "1").expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("a mode");
        write(&path, "1", "2").expect("written");
        write(&path, "2", "3").expect("written");
        let text = |name: &str| fs::read_to_string(directory.path().join(name)).expect(name);
        let all = ["settings.json", "settings.json.before-homing-1", "settings.json.before-homing-2"].map(text);
        assert_eq!(all, ["3", "1", "2"]);
        assert_eq!(fs::metadata(&path).expect("it").permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(directory.path()).expect("it").count(), 3, "no draft is left");
    }
}
