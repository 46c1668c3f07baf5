//! The settings' files: read when a server starts, when somebody asks, and whenever they change.
//!
//! The system tells of changes (inotify(7)) to a thread of its own; nothing is polled. Editors write in place, or a new file that
//! takes the old one's name; the file may be a link, and it or its directory may not be there yet: so the directories are
//! watched in which the next step towards it would show, and after each change it is looked anew which these are.

use std::ffi::{OsStr, OsString};
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::inotify::{self, CreateFlags, WatchFlags};
use rustix::io::Errno;
use tokio::sync::mpsc::UnboundedSender;

use crate::core::event::Event;
use crate::core::settings::{Asker, SettingsFiles};
use crate::server::Done;

/// Bytes for the changes that are read at once. Chosen: some fifty.
const BATCH_BYTES: usize = 4 << 10;

/// The file is read when nothing has changed it for this long. Chosen: editors take a few milliseconds from taking the old file
/// away until the new one is there.
const SETTLED: Timespec = Timespec { tv_sec: 0, tv_nsec: 60_000_000 };

/// What may change what a file's name stands for, or what is in it.
const CHANGES: WatchFlags = WatchFlags::CLOSE_WRITE
    .union(WatchFlags::MOVED_TO)
    .union(WatchFlags::MOVED_FROM)
    .union(WatchFlags::CREATE)
    .union(WatchFlags::DELETE)
    .union(WatchFlags::ATTRIB)
    .union(WatchFlags::DELETE_SELF)
    .union(WatchFlags::MOVE_SELF)
    .union(WatchFlags::ONLYDIR);

/// Most links that are followed from the file's name to the file (as many as Linux follows).
const LINKS_MAX: usize = 40;

/// Where the settings lie.
#[derive(Clone, Debug)]
pub struct SettingsPlaces {
    /// `config.toml`.
    pub file: PathBuf,
    /// The directory of the user's themes.
    pub themes: PathBuf,
}

impl SettingsPlaces {
    /// Reads them.
    pub fn read(&self) -> SettingsFiles {
        let text = match std::fs::read_to_string(&self.file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.to_string()),
            read => Ok(read.unwrap_or_default()),
        };
        let (themes, theme_faults) = crate::server::themes::read(&self.themes);
        SettingsFiles { name: self.file.display().to_string(), text, themes, theme_faults }
    }

    /// Where something may happen that changes what [`Self::read`] gives.
    fn watched(&self) -> Vec<Place> {
        let of_themes = Place { directory: self.themes.clone(), name: None };
        places(&self.file).into_iter().chain(places(&self.themes)).chain([of_themes]).collect()
    }
}

/// Reads the settings beside the loop; what is in them comes as an event.
pub fn read_for(asker: Asker, places: &SettingsPlaces, done: &UnboundedSender<Done>) {
    let (places, done) = (places.clone(), done.clone());
    tokio::task::spawn_blocking(move || {
        let _ = done.send(event(asker, places.read()));
    });
}

/// Tells of each change since the files were as they are known.
pub fn follow(places: &SettingsPlaces, mut known: SettingsFiles, done: &UnboundedSender<Done>) {
    let (places, done) = (places.clone(), done.clone());
    let watcher = match inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK) {
        Ok(watcher) => watcher,
        Err(error) => return tracing::warn!(%error, "changes of the settings are not seen"),
    };
    let followed = std::thread::Builder::new().name("settings".to_owned()).spawn(move || {
        let mut watches = Watches { watcher, list: Vec::new() };
        loop {
            // Watched first and read then: no change is missed.
            watches.renew(&places);
            let files = places.read();
            if files != known {
                known.clone_from(&files);
                if done.send(event(Asker::Nobody, files)).is_err() {
                    return;
                }
            }
            if let Err(error) = watches.wait() {
                return tracing::warn!(%error, "changes of the settings are not seen any more");
            }
        }
    });
    if let Err(error) = followed {
        tracing::warn!(%error, "changes of the settings are not seen");
    }
}

fn event(asker: Asker, files: SettingsFiles) -> Done {
    Done::Event(Box::new(Event::SettingsRead { asker, files: Box::new(files) }))
}

/// A directory and what is looked for in it; `None` is anything.
#[derive(PartialEq, Eq, Debug)]
struct Place {
    directory: PathBuf,
    name: Option<OsString>,
}

/// Where something may happen that changes what the file is: the directory of it and of each link on the way to it, and where
/// that is not there, the nearest one above.
fn places(file: &Path) -> Vec<Place> {
    let mut places = Vec::new();
    let mut next = Some(file.to_owned());
    while let Some(path) = next.take().filter(|_| places.len() < LINKS_MAX) {
        let mut missing = path.as_path();
        while let (Some(directory), Some(name)) = (missing.parent(), missing.file_name()) {
            if directory.is_dir() {
                places.push(Place { directory: directory.to_owned(), name: Some(name.to_owned()) });
                break;
            }
            missing = directory;
        }
        let target = std::fs::read_link(&path).ok();
        next = target.and_then(|target| path.parent().map(|directory| directory.join(target)));
    }
    places
}

/// The directories that are watched.
struct Watches {
    watcher: OwnedFd,
    list: Vec<(i32, Place)>,
}

impl Watches {
    /// Watches where the files are now, and no longer where they were.
    fn renew(&mut self, settings: &SettingsPlaces) {
        let mut list = self.add(settings);
        for _ in 0..LINKS_MAX {
            // What was made (a link, a directory) before its place was watched has been told by nobody.
            let again = self.add(settings);
            let is_same = again == list;
            list = again;
            if is_same {
                break;
            }
        }
        for (watch, _) in &self.list {
            if list.iter().all(|(known, _)| known != watch) {
                // One that is gone has no watch any more.
                let _ = inotify::remove_watch(&self.watcher, *watch);
            }
        }
        self.list = list;
    }

    fn add(&self, settings: &SettingsPlaces) -> Vec<(i32, Place)> {
        let add = |place: Place| {
            let watch = inotify::add_watch(&self.watcher, &place.directory, CHANGES).ok()?;
            Some((watch, place))
        };
        settings.watched().into_iter().filter_map(add).collect()
    }

    /// Waits for a change, and then until nothing changes any more.
    fn wait(&self) -> Result<(), Errno> {
        while !self.drain(None)? {}
        while self.drain(Some(&SETTLED))? {}
        Ok(())
    }

    /// Waits for something to happen, at most so long; whether it may concern the file.
    fn drain(&self, time: Option<&Timespec>) -> Result<bool, Errno> {
        let mut fds = [PollFd::new(&self.watcher, PollFlags::IN)];
        match poll(&mut fds, time) {
            Ok(0) => return Ok(false),
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error),
        }
        let mut buffer = [MaybeUninit::uninit(); BATCH_BYTES];
        let mut reader = inotify::Reader::new(&self.watcher, &mut buffer);
        let mut concerns = false;
        loop {
            match reader.next() {
                Ok(change) => {
                    let name = change.file_name().map(|name| OsStr::from_bytes(name.to_bytes()).to_owned());
                    // What has no name befell the directory itself, or was too much to tell.
                    concerns |= name.is_none_or(|name| {
                        self.list.iter().any(|(watch, place)| {
                            *watch == change.wd() && place.name.as_ref().is_none_or(|wanted| *wanted == name)
                        })
                    });
                }
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => return Ok(concerns),
                Err(error) => return Err(error),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::mpsc::{Receiver, channel};
    use std::time::Duration;

    use super::*;

    type Contents = Result<String, String>;

    fn beside(file: &Path) -> SettingsPlaces {
        SettingsPlaces { file: file.to_owned(), themes: file.with_file_name("themes") }
    }

    /// The texts that a follower tells of, in the order of its telling.
    fn followed(file: &Path) -> Receiver<Contents> {
        let (done, mut inbox) = tokio::sync::mpsc::unbounded_channel();
        let places = beside(file);
        follow(&places, places.read(), &done);
        let (sender, texts) = channel();
        std::thread::spawn(move || {
            while let Some(Done::Event(event)) = inbox.blocking_recv() {
                let Event::SettingsRead { files, .. } = *event else { continue };
                if sender.send(files.text).is_err() {
                    return;
                }
            }
        });
        texts
    }

    /// Waits until the text is told of; what is told before it (a file half written) is passed over.
    fn await_text(texts: &Receiver<Contents>, wanted: &str) {
        let mut told = Vec::new();
        while told.last().is_none_or(|text| *text != Ok(wanted.to_owned())) {
            told.push(
                texts.recv_timeout(Duration::from_secs(20)).unwrap_or_else(|_| panic!("{wanted:?}: only {told:?}")),
            );
        }
    }

    #[test]
    fn a_file_is_followed_however_it_is_written() {
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("config.toml");
        fs::write(&file, "a = 1").expect("written");
        let texts = followed(&file);
        fs::write(&file, "a = 2").expect("written");
        await_text(&texts, "a = 2");
        // As vim and others do.
        fs::rename(&file, dir.path().join("config.toml~")).expect("moved");
        fs::write(&file, "a = 3").expect("written");
        await_text(&texts, "a = 3");
        // As sed does.
        fs::write(dir.path().join("new"), "a = 4").expect("written");
        fs::rename(dir.path().join("new"), &file).expect("moved");
        await_text(&texts, "a = 4");
        fs::remove_file(&file).expect("removed");
        await_text(&texts, "");
        fs::write(&file, "a = 5").expect("written");
        await_text(&texts, "a = 5");
    }

    #[test]
    fn a_file_whose_directory_is_not_there_yet_is_found() {
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("config/homing/config.toml");
        let texts = followed(&file);
        fs::create_dir_all(file.parent().expect("its directory")).expect("made");
        fs::write(&file, "a = 1").expect("written");
        await_text(&texts, "a = 1");
        fs::rename(dir.path().join("config/homing"), dir.path().join("old")).expect("moved");
        await_text(&texts, "");
        fs::create_dir_all(file.parent().expect("its directory")).expect("made");
        fs::write(&file, "a = 2").expect("written");
        await_text(&texts, "a = 2");
    }

    #[test]
    fn a_theme_of_the_users_is_followed_from_its_first_file_on() {
        let dir = tempfile::tempdir().expect("a directory");
        let places = beside(&dir.path().join("config.toml"));
        let (done, mut inbox) = tokio::sync::mpsc::unbounded_channel();
        follow(&places, places.read(), &done);
        fs::create_dir(&places.themes).expect("made");
        for text in ["[roles]\naccent = \"red\"\n", "[roles]\naccent = \"blue\"\n"] {
            fs::write(places.themes.join("mine.toml"), text).expect("written");
            let wanted = places.read().themes;
            loop {
                let Some(Done::Event(event)) = inbox.blocking_recv() else { panic!("nothing comes") };
                let Event::SettingsRead { files, .. } = *event else { continue };
                if files.themes == wanted {
                    break;
                }
            }
        }
    }

    #[test]
    fn a_link_is_followed_at_both_of_its_ends() {
        let dir = tempfile::tempdir().expect("a directory");
        let dotfiles = dir.path().join("dotfiles");
        fs::create_dir_all(&dotfiles).expect("made");
        fs::create_dir(dir.path().join("config")).expect("made");
        fs::write(dotfiles.join("homing.toml"), "a = 1").expect("written");
        let file = dir.path().join("config/config.toml");
        let texts = followed(&file);
        std::os::unix::fs::symlink("../dotfiles/homing.toml", &file).expect("linked");
        await_text(&texts, "a = 1");
        fs::write(dotfiles.join("homing.toml"), "a = 2").expect("written");
        await_text(&texts, "a = 2");
    }
}
