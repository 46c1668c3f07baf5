//! Follows what running Claude Codes write into their registry: the system tells of each change (inotify(7)), so nothing is
//! polled. It is right where hooks are silent: after an interrupt, and where no hooks are given.

use std::collections::BTreeMap;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustix::fs::inotify::{self, CreateFlags, ReadFlags, WatchFlags};
use rustix::io::Errno;
use tokio::io::unix::AsyncFd;
use tokio::sync::mpsc::UnboundedSender;

use crate::core::event::{Env, Event, Registered};
use crate::core::session::Status;
use crate::id::{ConversationId, SessionId};
use crate::server::{Done, ready};
use crate::time::Wall;
use crate::watch::claude::{self, Activity};
use crate::watch::last_turn::{self, LastSaid, LastTurn};
use crate::watch::{PROC, process};

/// Bytes for the changes that are read at once. Chosen: some two hundred.
const BATCH_BYTES: usize = 8 << 10;

/// How long a transcript may lag behind the registry before it is not waited for. Measured: mostly some 20 ms, once more than
/// 80 (2.1.197); chosen with room, as a turn whose end is never written is shown as over this much later.
const TRANSCRIPT_LAG: Duration = Duration::from_millis(200);

/// How much later than its turn's end in the registry the last record of a transcript may be dated. Chosen.
const SLACK_MS: i64 = 50;

/// Pause between two looks at a transcript that lags. Chosen.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// A session whose agent is followed.
#[derive(Debug)]
struct Followed {
    epoch: u32,
    pid: u32,
    directory: PathBuf,
    /// The session's directory.
    cwd: String,
    /// Since when it rests, as it said last, and since when it did before that: what was said in the turn between lies behind it.
    rests: Option<Wall>,
    rested_before: Option<Wall>,
}

/// What a changed file says.
#[derive(Debug)]
pub enum Said {
    /// This.
    Event(Event),
    /// The agent is done, and its transcript does not have the end of the turn yet.
    Unfinished,
}

/// The registries that are followed.
#[derive(Debug)]
pub struct Registries {
    /// `None` where the system does not offer it: then hooks and looking after each Enter must do.
    watcher: Option<Arc<AsyncFd<OwnedFd>>>,
    directories: BTreeMap<i32, PathBuf>,
    followed: BTreeMap<SessionId, Followed>,
}

impl Registries {
    /// Follows nothing yet; changes come as [`Done::Registry`].
    pub fn new(done: &UnboundedSender<Done>) -> Self {
        let opened = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK).map_err(std::io::Error::from);
        let watcher = match opened.and_then(ready::register) {
            Ok(watcher) => Some(Arc::new(watcher)),
            Err(error) => {
                tracing::warn!(%error, "registries cannot be followed");
                None
            }
        };
        if let Some(watcher) = &watcher {
            tokio::task::spawn(read(Arc::clone(watcher), done.clone()));
        }
        Self { watcher, directories: BTreeMap::new(), followed: BTreeMap::new() }
    }

    /// Follows the session's agent, and has what it says at this moment looked at: a change may lie between two looks.
    pub fn follow(
        &mut self,
        session: SessionId,
        epoch: u32,
        pid: u32,
        cwd: &str,
        env: &Env,
        done: &UnboundedSender<Done>,
    ) {
        let directory = claude::config_dir(env).join("sessions");
        // The agent makes the directory; until then there is nothing to follow, and the next look tries again.
        let Some(watch) = self.watch(&directory) else { return };
        let descendants = process::descendants(Path::new(PROC), pid).unwrap_or_default();
        for name in [pid].into_iter().chain(descendants).map(|pid| format!("{pid}.json")) {
            if directory.join(&name).exists() {
                let _ = done.send(Done::Registry { watch, name, waited: Duration::ZERO });
            }
        }
        let known = self.followed.remove(&session).filter(|known| known.pid == pid);
        let (rests, rested_before) = known.map_or((None, None), |known| (known.rests, known.rested_before));
        let cwd = cwd.to_owned();
        self.followed.insert(session, Followed { epoch, pid, directory, cwd, rests, rested_before });
    }

    /// The directory as the system numbers it; `None` where it cannot be followed.
    fn watch(&mut self, directory: &Path) -> Option<i32> {
        if let Some((watch, _)) = self.directories.iter().find(|(_, known)| *known == directory) {
            return Some(*watch);
        }
        let flags = WatchFlags::CLOSE_WRITE | WatchFlags::MOVED_TO | WatchFlags::ONLYDIR;
        let watch = inotify::add_watch(self.watcher.as_ref()?.get_ref(), directory, flags).ok()?;
        self.directories.insert(watch, directory.to_owned());
        Some(watch)
    }

    /// What a changed file says, if it is one of a followed agent's; its transcript was waited for this long.
    pub fn changed(&mut self, watch: i32, name: &str, waited: Duration) -> Option<Said> {
        let directory = self.directories.get(&watch)?;
        let pid: u32 = name.strip_suffix(".json")?.parse().ok()?;
        let is_its_own = |followed: &Followed| {
            followed.directory == *directory
                && process::is_descendant(Path::new(PROC), pid, followed.pid).unwrap_or(false)
        };
        let (session, followed) = self.followed.iter_mut().find(|(_, followed)| is_its_own(followed))?;
        followed.said(*session, directory.parent()?, pid, waited)
    }

    /// Forgets a session.
    pub fn forget(&mut self, session: SessionId) {
        self.followed.remove(&session);
    }
}

impl Followed {
    /// What it says in the registry below Claude Code's directory, if the file of this process is its own.
    fn said(&mut self, session: SessionId, config_dir: &Path, pid: u32, waited: Duration) -> Option<Said> {
        // An agent that the pane's agent started registers too, and says nothing about the pane.
        let registry = claude::registry(Path::new(PROC), config_dir, self.pid);
        let claude::Registry::One(one) = registry else { return None };
        if one.pid != pid {
            return None;
        }
        let mut since = one.since;
        let status = match one.status {
            // The registry calls a turn that failed idle too.
            Activity::Idle => {
                if self.rests != since {
                    (self.rested_before, self.rests) = (self.rests, since);
                }
                let said = last_said(config_dir, &self.cwd, &one.session_id);
                let Some(status) = at_rest(said, self.rested_before, waited) else { return Some(Said::Unfinished) };
                // A turn of a moment may leave no trace in the registry.
                if said.turn != LastTurn::Open {
                    since = since.max(said.at);
                }
                Some(status)
            }
            Activity::Busy => Some(Status::Busy),
            Activity::Waiting => Some(Status::Blocked),
            Activity::Menu | Activity::Other(_) => None,
        };
        let epoch = self.epoch;
        Some(Said::Event(Event::Registered(Registered { session, epoch, conversation: one.session_id, status, since })))
    }
}

/// Looks at the file again in a moment, when its transcript may be written.
pub fn look_again(watch: i32, name: String, waited: Duration, done: &UnboundedSender<Done>) {
    let done = done.clone();
    tokio::task::spawn(async move {
        tokio::time::sleep(LOOK_AGAIN).await;
        let _ = done.send(Done::Registry { watch, name, waited: waited + LOOK_AGAIN });
    });
}

fn last_said(config_dir: &Path, cwd: &str, conversation: &ConversationId) -> LastSaid {
    let nothing = LastSaid { at: None, turn: LastTurn::Over };
    claude::transcript(config_dir, cwd, conversation).path.map_or(nothing, |path| last_turn::of(&path))
}

/// What an agent is that says that it rests, by the last thing in its transcript; `None` while that is worth waiting for: it lies
/// before the turn, or in it.
fn at_rest(said: LastSaid, rested_before: Option<Wall>, waited: Duration) -> Option<Status> {
    let is_before = |at: Wall, rested: Wall| at.unix_ms <= rested.unix_ms + SLACK_MS;
    let is_old = said.at.zip(rested_before).is_some_and(|(at, rested)| is_before(at, rested));
    match said.turn {
        LastTurn::Failed if !is_old => Some(Status::Error),
        LastTurn::Over if !is_old => Some(Status::Ready),
        _ => (waited >= TRANSCRIPT_LAG).then_some(Status::Ready),
    }
}

async fn read(watcher: Arc<AsyncFd<OwnedFd>>, done: UnboundedSender<Done>) {
    let mut buffer = [MaybeUninit::uninit(); BATCH_BYTES];
    while let Ok(mut ready) = watcher.readable().await {
        let mut reader = inotify::Reader::new(watcher.get_ref(), &mut buffer);
        loop {
            match reader.next() {
                Ok(change) => {
                    let name = change.file_name().and_then(|name| name.to_str().ok()).map(str::to_owned);
                    let is_wanted = !change.events().contains(ReadFlags::IGNORED);
                    if let Some(name) = name.filter(|_| is_wanted) {
                        let _ = done.send(Done::Registry { watch: change.wd(), name, waited: Duration::ZERO });
                    }
                }
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => break ready.clear_ready(),
                Err(error) => return tracing::warn!(%error, "registries are not followed any more"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_a_turn_ended_is_told_by_what_was_said_in_it_and_waited_for() {
        let at = |unix_ms| Some(Wall { unix_ms });
        let said = |turn, ms| LastSaid { at: at(ms), turn };
        let now = Duration::ZERO;
        let cases = [
            (said(LastTurn::Over, 5000), at(1000), now, Some(Status::Ready)),
            (said(LastTurn::Failed, 5000), at(1000), now, Some(Status::Error)),
            (said(LastTurn::Failed, 5000), None, now, Some(Status::Error)),
            (LastSaid { at: None, turn: LastTurn::Over }, at(1000), now, Some(Status::Ready)),
            // The question stands there, or nothing newer than the turn before.
            (said(LastTurn::Open, 5000), at(1000), now, None),
            (said(LastTurn::Failed, 1000), at(1000), now, None),
            (said(LastTurn::Over, 1020), at(1000), now, None),
            (said(LastTurn::Open, 5000), at(1000), TRANSCRIPT_LAG, Some(Status::Ready)),
            (said(LastTurn::Failed, 1000), at(1000), TRANSCRIPT_LAG, Some(Status::Ready)),
        ];
        for (said, rested_before, waited, status) in cases {
            assert_eq!(at_rest(said, rested_before, waited), status, "{said:?} {rested_before:?} {waited:?}");
        }
    }
}
