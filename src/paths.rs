//! Where everything lies: settings, store, logs, sockets.
//!
//! `HOMING_HOME=DIR` puts all of it under one directory; otherwise the platform's own places are used (`directories`).

use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// Longest path that a Unix socket is bound to: the system's limit is 108 bytes with the final NUL on Linux, 104 on macOS.
const MAX_SOCKET_PATH: usize = 100;

/// Longest name of a workspace.
const MAX_WORKSPACE_CHARS: usize = 32;

/// Where everything lies.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Paths {
    config: PathBuf,
    data: PathBuf,
    runtime: PathBuf,
}

/// Why there is no place.
#[derive(Debug, thiserror::Error)]
pub enum PathsError {
    /// Neither HOMING_HOME nor a home directory.
    #[error("no home directory is known; set HOME, or HOMING_HOME to a directory of homing's own")]
    NoHome,
    /// A directory could not be made.
    #[error("the directory {path} cannot be made: {source}; make it, or set HOMING_HOME to another one")]
    Make {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A directory for sockets that others could write to.
    #[error("{path} belongs to another user or is open to others; remove it, or set HOMING_HOME")]
    NotOurs {
        /// Which.
        path: PathBuf,
    },
}

/// A name that no workspace can have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no workspace name: use 1 to 32 letters, digits, - and _")]
pub struct BadWorkspaceName(String);

/// Whether a workspace can have the name: it becomes a part of paths.
pub fn check_workspace_name(name: &str) -> Result<(), BadWorkspaceName> {
    let is_fine = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if (1..=MAX_WORKSPACE_CHARS).contains(&name.len()) && name.chars().all(is_fine) {
        Ok(())
    } else {
        Err(BadWorkspaceName(name.to_owned()))
    }
}

impl Paths {
    /// The places by this process's environment; the directories for data and sockets are made (0700).
    pub fn from_env() -> Result<Self, PathsError> {
        let paths = match std::env::var_os("HOMING_HOME").filter(|home| !home.is_empty()) {
            Some(home) => Self::under(&std::path::absolute(&home).unwrap_or_else(|_| PathBuf::from(&home))),
            None => Self::of_platform()?,
        };
        make_private(&paths.data)?;
        make_private(&paths.runtime)?;
        Ok(paths)
    }

    /// Where a homing with this environment keeps its data; `None` where neither HOMING_HOME nor a home directory is known.
    pub fn data_dir_in(env: &[(String, String)]) -> Option<PathBuf> {
        let home = env.iter().rev().find(|(name, value)| name == "HOMING_HOME" && !value.is_empty());
        match home {
            Some((_, home)) => Some(Self::under(Path::new(home)).data),
            None => Self::of_platform().ok().map(|paths| paths.data),
        }
    }

    /// All places under one directory.
    pub fn under(home: &Path) -> Self {
        Self { config: home.join("config.toml"), data: home.to_path_buf(), runtime: home.join("run") }
    }

    fn of_platform() -> Result<Self, PathsError> {
        let dirs = directories::ProjectDirs::from("", "", "homing").ok_or(PathsError::NoHome)?;
        let runtime = dirs.runtime_dir().map(Path::to_path_buf).unwrap_or_else(temporary_runtime);
        Ok(Self { config: dirs.config_dir().join("config.toml"), data: dirs.data_dir().to_path_buf(), runtime })
    }

    /// The settings.
    pub fn config_file(&self) -> PathBuf {
        self.config.clone()
    }

    /// The user's themes.
    pub fn themes_dir(&self) -> PathBuf {
        self.config.with_file_name("themes")
    }

    /// Store, logs, the demo agent's conversations.
    pub fn data_dir(&self) -> PathBuf {
        self.data.clone()
    }

    /// The store of all workspaces.
    pub fn database(&self) -> PathBuf {
        self.data.join("homing.db")
    }

    /// The logs.
    pub fn log_dir(&self) -> PathBuf {
        self.data.join("log")
    }

    /// A workspace's socket. Where its path would be too long for the system, a short one by a hash in the temporary
    /// directory takes its place.
    pub fn socket(&self, workspace: &str) -> PathBuf {
        let socket = self.runtime.join(format!("{workspace}.sock"));
        if socket.as_os_str().len() <= MAX_SOCKET_PATH {
            return socket;
        }
        let hash = Sha256::digest(socket.as_os_str().as_encoded_bytes());
        let name: String = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        temporary_runtime().join(format!("{name}.sock"))
    }

    /// The lock under which a workspace is started.
    pub fn start_lock(&self, workspace: &str) -> PathBuf {
        self.runtime.join(format!("{workspace}.lock"))
    }
}

/// A directory for sockets where the platform has none: named by user, so that users do not meet.
fn temporary_runtime() -> PathBuf {
    std::env::temp_dir().join(format!("homing-{}", rustix::process::geteuid().as_raw()))
}

/// Makes a directory that only its user can enter; one that exists must be the user's own and closed to writers.
pub fn make_private(path: &Path) -> Result<(), PathsError> {
    let failed = |source| PathsError::Make { path: path.to_path_buf(), source };
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(failed)?;
    let meta = std::fs::metadata(path).map_err(failed)?;
    if meta.uid() != rustix::process::geteuid().as_raw() || meta.permissions().mode() & 0o022 != 0 {
        return Err(PathsError::NotOurs { path: path.to_path_buf() });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_home_gets_a_short_socket() {
        let paths = Paths::under(Path::new(&format!("/{}", "x".repeat(200))));
        assert!(paths.socket("main").as_os_str().len() <= MAX_SOCKET_PATH);
        assert_ne!(paths.socket("main"), paths.socket("other"));
    }

    #[test]
    fn a_workspace_name_is_no_path() {
        for bad in ["", "a/b", "..", "a b", &"x".repeat(33)] {
            assert!(check_workspace_name(bad).is_err(), "{bad}");
        }
        assert!(check_workspace_name("web-2_x").is_ok());
    }

    #[test]
    fn a_directory_open_to_others_is_refused() {
        let dir = tempfile::tempdir().expect("a directory");
        let open = dir.path().join("open");
        make_private(&open).expect("made");
        std::fs::set_permissions(&open, std::fs::Permissions::from_mode(0o777)).expect("opened");
        assert!(matches!(make_private(&open), Err(PathsError::NotOurs { .. })));
    }
}
