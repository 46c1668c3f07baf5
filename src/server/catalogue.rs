//! The catalogue: reads the conversations of all providers that lie on disk, beside the loop, in parallel, in batches, for
//! as long as somebody looks. Nothing is kept.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc::UnboundedSender;

use crate::config::FileDialect;
use crate::core::conversation::{Found, Source};
use crate::core::event::{Env, Event};
use crate::id::{ClientId, ProviderName};
use crate::provider::{Provider, Providers};
use crate::server::Done;
use crate::store::{Scope, SessionFilter, StoreHandle};
use crate::watch::survey;

/// What a session stored of the environment that it was opened in.
type Remembered = BTreeMap<String, String>;

/// Whose conversations are read, and by which environment.
pub struct Readers {
    /// The provider table.
    pub providers: Providers,
    /// The environment that says where they lie.
    pub env: Env,
    /// Whose files are read; `None` for all.
    pub only: Option<FileDialect>,
}

/// A place with conversations.
struct Place {
    provider: ProviderName,
    env: Env,
    path: PathBuf,
    source: Arc<Source>,
}

impl Readers {
    /// The places to which the environment leads, each once, with these variables in it.
    fn places(&self, chosen: impl Fn(&Provider) -> Vec<Remembered>) -> Vec<Place> {
        let rows = self.providers.iter().filter(|row| self.only.is_none_or(|only| row.files == only));
        let places = rows.flat_map(|row| chosen(row).into_iter().filter_map(|variables| self.place(row, variables)));
        let mut seen = BTreeSet::new();
        places.filter(|place| seen.insert((place.source.files, place.path.clone()))).collect()
    }

    fn place(&self, row: &Provider, variables: Remembered) -> Option<Place> {
        let mut env = self.env.clone();
        env.retain(|(name, _)| !variables.contains_key(name) && !row.env.contains_key(name));
        env.extend(variables.clone());
        env.extend(row.env.clone());
        let path = survey::place(row.files, &env)?;
        let source = Arc::new(Source { files: row.files, env: variables });
        Some(Place { provider: row.name.clone(), env, path, source })
    }
}

/// The readings under way.
#[derive(Default)]
pub struct Readings {
    running: BTreeMap<u64, Arc<AtomicBool>>,
}

/// A reading: dropped by the last thread that works for it, and then it is over.
struct Reading {
    client: ClientId,
    generation: u64,
    is_stopped: Arc<AtomicBool>,
    looked_in: Mutex<BTreeSet<(FileDialect, PathBuf)>>,
    done: UnboundedSender<Done>,
}

impl Readings {
    /// Begins a reading: the places of the environment at once, then those that only stored sessions know.
    pub fn begin(
        &mut self,
        client: ClientId,
        generation: u64,
        readers: Readers,
        store: &StoreHandle,
        done: &UnboundedSender<Done>,
    ) {
        let is_stopped = Arc::new(AtomicBool::new(false));
        self.running.insert(generation, is_stopped.clone());
        let looked_in = Mutex::default();
        let reading = Arc::new(Reading { client, generation, is_stopped, looked_in, done: done.clone() });
        reading.read(readers.places(|_| vec![Remembered::new()]));
        store.query(move |reader| {
            let sessions = reader.sessions(Scope::Store, SessionFilter::All).unwrap_or_else(|error| {
                tracing::warn!(%error, "directories that only stored sessions know are not looked at");
                Vec::new()
            });
            let mut remembered: BTreeMap<ProviderName, BTreeSet<Remembered>> = BTreeMap::new();
            for stored in sessions {
                let env = stored.session.options.env;
                remembered.entry(stored.session.provider).or_default().insert(env);
            }
            let of_row = |row: &Provider| remembered.get(&row.name).into_iter().flatten().cloned().collect();
            reading.read(readers.places(of_row));
        });
    }

    /// Ends a reading: its threads stop at their next batch.
    pub fn stop(&mut self, generation: u64) {
        if let Some(is_stopped) = self.running.remove(&generation) {
            is_stopped.store(true, Ordering::Relaxed);
        }
    }
}

impl Reading {
    /// Reads the places that were not read yet, each on a thread of its own.
    fn read(self: &Arc<Self>, places: Vec<Place>) {
        for place in places {
            let key = (place.source.files, place.path.clone());
            if !self.looked_in.lock().unwrap_or_else(PoisonError::into_inner).insert(key) {
                continue;
            }
            let reading = self.clone();
            let work = move || reading.read_place(&place);
            if let Err(error) = std::thread::Builder::new().name("conversations".to_owned()).spawn(work) {
                tracing::warn!(%error, "no thread to read conversations");
            }
        }
    }

    fn read_place(&self, place: &Place) {
        survey::conversations(place.source.files, &place.env, &place.provider, &mut |conversations| {
            if self.is_stopped.load(Ordering::Relaxed) {
                return ControlFlow::Break(());
            }
            let (client, generation, source) = (self.client, self.generation, place.source.clone());
            let event = Event::ConversationsFound { client, generation, source, conversations };
            match self.done.send(Done::Event(Box::new(event))) {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(()),
            }
        });
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        let looked_in = self.looked_in.get_mut().unwrap_or_else(PoisonError::into_inner);
        let looked_in = looked_in.iter().map(|(_, path)| path.display().to_string()).collect();
        let (client, generation) = (self.client, self.generation);
        let event = Event::ConversationsRead { client, generation, looked_in };
        let _ = self.done.send(Done::Event(Box::new(event)));
    }
}

/// Reads all conversations of the environment and waits for them: newest first, each once.
pub fn all(readers: &Readers) -> Vec<Found> {
    let mut all: Vec<Found> = std::thread::scope(|scope| {
        let places = readers.places(|_| vec![Remembered::new()]);
        let threads: Vec<_> = places.into_iter().map(|place| scope.spawn(move || all_in(&place))).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap_or_default()).collect()
    });
    all.sort_by_key(|found| std::cmp::Reverse(found.conversation.updated_at));
    let mut seen = BTreeSet::new();
    all.retain(|found| seen.insert((found.source.files, found.conversation.id.clone())));
    all
}

fn all_in(place: &Place) -> Vec<Found> {
    let mut all = Vec::new();
    survey::conversations(place.source.files, &place.env, &place.provider, &mut |conversations| {
        all.extend(conversations.into_iter().map(|conversation| Found { conversation, source: place.source.clone() }));
        ControlFlow::Continue(())
    });
    all
}
