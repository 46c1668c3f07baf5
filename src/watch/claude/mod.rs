//! What Claude Code leaves behind: its registry of running processes and its transcripts. Facts seen on 2.1.197.
//!
//! - `sessions/<PID>.json` below its directory: written at the start, rewritten on `/clear` and on a resume from inside,
//!   removed on a clean exit, left behind by a kill. `procStart` guards against a pid that is used again.
//! - `projects/<directory>/<id>.jsonl`: the transcript, from the first message on. `--resume` finds it only in the directory
//!   that it was started in.

mod catalogue;
mod registry;
mod stored;
mod transcript;

use std::path::PathBuf;

use crate::watch::directory_of;

pub use catalogue::conversations;
pub use registry::{Activity, Registration, Registry, open_in, registry};
pub use stored::stored_conversations;
pub use transcript::{Transcript, project_name, transcript};

/// Claude's directory for a session with this environment: `CLAUDE_CONFIG_DIR`, else `.claude` in the user's home.
pub fn config_dir(env: &[(String, String)]) -> PathBuf {
    directory_of(env, "CLAUDE_CONFIG_DIR", ".claude")
}
