//! Worktrees for the command line: `homing new --worktree` and `homing close --remove-worktree`.

use std::fs;
use std::path::Path;

use crate::cli::Failure;
use crate::cli::asking::{session_row, unexpected};
use crate::cli::commands::Place;
use crate::core::session::WorktreeOf;
use crate::core::worktrees::Discard;
use crate::protocol::api::{ApiRequest, ApiResponse, SessionRow};
use crate::worktree::{Audience, await_end, check_removable, prepare, remove};

impl Place {
    /// The directory of a session that is opened in a worktree of the branch.
    pub(super) fn in_worktree(&self, cwd: &str, branch: &str) -> Result<(String, WorktreeOf), Failure> {
        let text = fs::read_to_string(self.paths.config_file()).unwrap_or_default();
        let (config, _) = crate::config::parse(&text);
        let made = prepare(Path::new(cwd), branch, &config.worktrees, &Audience::Terminal);
        let (path, of) = made.map_err(Failure::failed)?;
        let path = path.into_os_string().into_string();
        Ok((path.map_err(|path| Failure::failed(format!("{path:?} is not UTF-8")))?, of))
    }

    /// Closes a session and takes its worktree away: not while another session is in it, and not if something would be lost.
    pub(super) fn close_with_worktree(&self, session: &str, discard: Discard) -> Result<u8, Failure> {
        let row = session_row(self.ask(ApiRequest::Show { session: session.to_owned() })?)?;
        let checked = check_removable(Path::new(&row.cwd), discard);
        let top = checked.map_err(|error| Failure::failed(error.with_advice("add --discard")))?;
        if let Some(other) = self.open_in(&top)?.into_iter().find(|other| other.id != row.id) {
            let label = other.name.or(other.title).unwrap_or(other.id);
            return Err(Failure::failed(format!("{label} is in {} too; close it first", top.display())));
        }
        self.tell(ApiRequest::Close { session: row.id })?;
        if let Some(pid) = row.pid {
            await_end(pid);
        }
        remove(&top, discard).map_err(|error| Failure::failed(format!("the session is closed, but {error}")))?;
        eprintln!("homing: {} is removed; its branch stays", top.display());
        Ok(0)
    }

    fn open_in(&self, top: &Path) -> Result<Vec<SessionRow>, Failure> {
        match self.ask(ApiRequest::List { all: false })? {
            ApiResponse::Sessions(rows) => {
                Ok(rows.into_iter().filter(|row| Path::new(&row.cwd).starts_with(top)).collect())
            }
            other => Err(unexpected(&other)),
        }
    }
}
