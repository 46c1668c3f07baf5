//! What commands take from whoever calls them: environment, directory, standard input.

use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};

use crate::cli::Failure;

/// The environment of this process, as far as it is text.
pub(super) fn environment() -> Vec<(String, String)> {
    std::env::vars_os().filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?))).collect()
}

/// A directory as an absolute path; this process's own where none is given.
pub(super) fn absolute(directory: Option<&Path>) -> Result<String, Failure> {
    let directory = match directory {
        Some(directory) => std::path::absolute(directory),
        None => std::env::current_dir(),
    };
    let directory: PathBuf = directory.map_err(|error| Failure::failed(format!("this directory is gone: {error}")))?;
    directory.into_os_string().into_string().map_err(|path| Failure::usage(format!("{path:?} is not UTF-8")))
}

pub(super) fn standard_input() -> Result<String, Failure> {
    let mut text = String::new();
    if std::io::stdin().is_terminal() {
        return Err(Failure::usage("`-` reads standard input; pipe the text in"));
    }
    std::io::stdin().read_to_string(&mut text).map_err(|error| Failure::failed(format!("standard input: {error}")))?;
    Ok(text)
}
