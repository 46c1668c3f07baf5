//! The server's log: one file a day, a week kept. No keystrokes, and no agent text above debug level.

use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_appender::rolling::{RollingFileAppender, Rotation};

use crate::paths::Paths;

/// Days that are kept.
const DAYS: usize = 7;

/// Lines that may wait for the disk, beyond them lines are lost. Chosen: room for them is made at the start, and the default's
/// 128,000 take 4 MiB.
const WAITING_LINES: usize = 4096;

/// Starts logging to the workspace's log directory; what is returned writes the rest when it is dropped. `HOMING_LOG`
/// chooses the level (error, warn, info, debug, trace; default info).
pub fn start(paths: &Paths, workspace: &str) -> Option<WorkerGuard> {
    let level = std::env::var("HOMING_LOG").ok().and_then(|level| level.parse().ok()).unwrap_or(tracing::Level::INFO);
    let appender = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .max_log_files(DAYS)
        .filename_prefix(workspace)
        .filename_suffix("log")
        .build(paths.log_dir())
        .ok()?;
    let (writer, guard) = NonBlockingBuilder::default().buffered_lines_limit(WAITING_LINES).finish(appender);
    tracing_subscriber::fmt().with_max_level(level).with_writer(writer).with_ansi(false).with_target(false).init();
    Some(guard)
}
