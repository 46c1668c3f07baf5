//! Makes and takes away worktrees beside the loop, for the core.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc::UnboundedSender;

use crate::core::event::Event;
use crate::core::worktrees::{Kept, WorkId, WorktreeRemoval, WorktreeRequest};
use crate::server::Done;
use crate::worktree::{self, Audience, Cancel, WorktreeError};

/// What is under way, so that it can be taken back.
#[derive(Clone, Debug, Default)]
pub struct Works(Arc<Mutex<BTreeMap<WorkId, Cancel>>>);

impl Works {
    /// Makes a worktree; its steps and its end come as events.
    pub fn make(&self, request: WorktreeRequest, done: &UnboundedSender<Done>) {
        let cancel = Cancel::default();
        self.list(|works| works.insert(request.work, cancel.clone()));
        let (works, done) = (self.clone(), done.clone());
        tokio::task::spawn_blocking(move || {
            let work = request.work;
            let tell = |step: &str| {
                let event = Event::WorktreeStep { work, step: step.to_owned() };
                let _ = done.send(Done::Event(Box::new(event)));
            };
            let audience = Audience::Told(&tell, &cancel);
            let made = worktree::prepare(Path::new(&request.cwd), &request.branch, &request.settings, &audience);
            works.list(|works| works.remove(&work));
            let made = made.map(|(path, of)| (path.display().to_string(), of)).map_err(|error| error.to_string());
            send(&done, Event::WorktreeMade { work, made });
        });
    }

    /// Takes back what is under way.
    pub fn cancel(&self, work: WorkId) {
        if let Some(cancel) = self.list(|works| works.get(&work).cloned()) {
            cancel.cancel();
        }
    }

    fn list<T>(&self, act: impl FnOnce(&mut BTreeMap<WorkId, Cancel>) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Looks whether a worktree can be taken away; the answer comes as an event.
pub fn check(removal: WorktreeRemoval, done: &UnboundedSender<Done>) {
    let done = done.clone();
    tokio::task::spawn_blocking(move || {
        let found = worktree::check_removable(Path::new(&removal.cwd), removal.discard);
        let found = found.map(drop).map_err(|error| match error {
            WorktreeError::Dirty { n, .. } => Kept::Dirty(n),
            other => Kept::Because(other.to_string()),
        });
        send(&done, Event::WorktreeChecked { removal: Box::new(removal), found });
    });
}

/// Takes a worktree away once its session's process is gone.
pub fn remove(removal: WorktreeRemoval, done: &UnboundedSender<Done>) {
    let done = done.clone();
    tokio::task::spawn_blocking(move || {
        if let Some(pid) = removal.pid {
            worktree::await_end(pid);
        }
        let top = worktree::check_removable(Path::new(&removal.cwd), removal.discard);
        let removed = top.and_then(|top| worktree::remove(&top, removal.discard).map(|()| top.display().to_string()));
        let removed = removed.map_err(|error| error.to_string());
        send(&done, Event::WorktreeRemoved { client: removal.client, removed });
    });
}

fn send(done: &UnboundedSender<Done>, event: Event) {
    let _ = done.send(Done::Event(Box::new(event)));
}
