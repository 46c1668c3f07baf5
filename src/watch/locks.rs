//! Who holds a lock on a file, from `/proc/locks` (proc(5)): found without taking the lock.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::watch::process;

/// One lock that is held.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Lock {
    pid: u32,
    major: u32,
    minor: u32,
    inode: u64,
}

/// All locks that are held, or why they cannot be told.
pub(super) struct Locks {
    held: Result<Vec<Lock>, String>,
}

impl Locks {
    /// Reads the locks of the moment.
    pub(super) fn read(proc_root: &Path) -> Self {
        let path = proc_root.join("locks");
        let held = match fs::read_to_string(&path) {
            Ok(text) => Ok(text.lines().filter_map(parse).collect()),
            Err(error) => Err(format!("cannot read {}: {error}", path.display())),
        };
        Self { held }
    }

    /// The process that took a lock on the file, if one is held. The reason where it cannot be told.
    pub(super) fn holder(&self, proc_root: &Path, file: &Path) -> Result<Option<u32>, String> {
        let found = match fs::metadata(file) {
            Ok(found) => found,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(format!("cannot look at {}: {error}", file.display())),
        };
        let locks = self.held.as_ref().map_err(Clone::clone)?;
        let (major, minor) = (rustix::fs::major(found.dev()), rustix::fs::minor(found.dev()));
        let mut suspects = locks.iter().filter(|lock| lock.inode == found.ino());
        let on_this_device = suspects.clone().find(|lock| (lock.major, lock.minor) == (major, minor));
        if let Some(lock) = on_this_device {
            return Ok(Some(lock.pid));
        }
        // Some file systems (btrfs, overlayfs) show a file under another device than the lock; then the holder's open
        // files decide.
        let holder = suspects.find(|lock| {
            process::open_files(proc_root, lock.pid).is_ok_and(|files| files.iter().any(|open| open == file))
        });
        Ok(holder.map(|lock| lock.pid))
    }
}

/// `1: FLOCK  ADVISORY  WRITE 708 fd:01:5767169 0 EOF`; a lock that is waited for has `->` after its number.
fn parse(line: &str) -> Option<Lock> {
    let mut words = line.split_ascii_whitespace().skip(1);
    let (kind, _mode, access) = (words.next()?, words.next()?, words.next()?);
    if kind == "->" || access != "WRITE" {
        return None;
    }
    let pid = words.next()?.parse().ok()?;
    let mut place = words.next()?.split(':');
    Some(Lock {
        pid,
        major: u32::from_str_radix(place.next()?, 16).ok()?,
        minor: u32::from_str_radix(place.next()?, 16).ok()?,
        inode: place.next()?.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locks_that_are_waited_for_or_shared_are_left_out() {
        let lock = Lock { pid: 708, major: 0xfd, minor: 1, inode: 5_767_169 };
        assert_eq!(parse("1: FLOCK  ADVISORY  WRITE 708 fd:01:5767169 0 EOF"), Some(lock));
        assert_eq!(parse("1: -> FLOCK  ADVISORY  WRITE 709 fd:01:5767169 0 EOF"), None);
        assert_eq!(parse("2: FLOCK  ADVISORY  READ 708 fd:01:5767169 0 EOF"), None);
        assert_eq!(parse("3: OFDLCK ADVISORY  WRITE -1 08:02:7 0 EOF"), None, "its process is not known");
        assert_eq!(parse(""), None);
        assert_eq!(parse("1: FLOCK ADVISORY WRITE 1 nonsense"), None);
    }
}
