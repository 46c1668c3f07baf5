//! Looks for the sidebar's optional columns, beside the loop.

use std::path::Path;

use tokio::sync::mpsc::UnboundedSender;

use crate::core::event::Event;
use crate::id::SessionId;
use crate::server::Done;
use crate::watch::{PROC, git, usage};

/// Reads what these processes and their descendants use.
pub fn read_usage(processes: Vec<(SessionId, u32)>, done: &UnboundedSender<Done>) {
    let done = done.clone();
    tokio::task::spawn_blocking(move || {
        let roots: Vec<u32> = processes.iter().map(|(_, pid)| *pid).collect();
        let used = usage::of_trees(Path::new(PROC), &roots);
        let readings = processes.into_iter().filter_map(|(session, pid)| {
            let used = used.get(&pid)?;
            Some((session, used.cpu_ms, used.memory_kib))
        });
        let _ = done.send(Done::Event(Box::new(Event::UsageRead(readings.collect()))));
    });
}

/// Asks git about each of the directories.
pub fn read_git(directories: Vec<String>, done: &UnboundedSender<Done>) {
    let done = done.clone();
    tokio::task::spawn_blocking(move || {
        let found = directories.into_iter().map(|directory| {
            let state = git::state_of(Path::new(&directory));
            (directory, state)
        });
        let _ = done.send(Done::Event(Box::new(Event::GitRead(found.collect()))));
    });
}
