//! Reading a flood beside the loop: while the loop parses one batch, a thread gathers the next.
//!
//! A PTY holds a few KiB only. Read by the loop itself, a program that prints without end stands still while the loop parses, and its
//! batches stay too small to skip ahead in. The thread lives as long as the flood does and touches nothing but its descriptor.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::sync::Notify;

/// Most bytes that are gathered for one batch: what skip-ahead gains grows up to here (measured).
pub const MOST_BYTES: usize = 256 << 10;

/// From here on a batch is taken at once.
const FULL: usize = MOST_BYTES - READ_BYTES;

/// Longest that what was read waits for more: less than a frame.
const LONGEST_WAIT: Duration = Duration::from_millis(6);

/// What comes more slowly than this in that time is no flood.
const LEAST_BYTES: usize = 32 << 10;

/// After so long without output what there is is taken.
const PAUSE: Timespec = Timespec { tv_sec: 0, tv_nsec: 1_000_000 };

/// After so long without output the flood is over. (On a busy machine its program may just not have had its turn.)
const REST: Timespec = Timespec { tv_sec: 0, tv_nsec: 20_000_000 };

/// Bytes of one read. A PTY gives at most 4 KiB.
const READ_BYTES: usize = 16 << 10;

/// A thread that gathers; it ends soon after this is dropped.
#[derive(Debug)]
pub struct Gatherer {
    shared: Arc<Shared>,
}

/// What was gathered.
#[derive(Debug, PartialEq, Eq)]
pub struct Batch {
    /// The bytes; empty only with an end.
    pub bytes: Vec<u8>,
    /// Why there will be no more from here.
    pub end: Option<End>,
}

/// Why gathering ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    /// The program prints no longer that fast, or the gatherer was told to stop: whoever read before reads on.
    Quiet,
    /// Nothing holds the terminal any more.
    Over,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    taken: Condvar,
    ready: Notify,
}

#[derive(Debug, Default)]
struct State {
    bytes: Vec<u8>,
    end: Option<End>,
    /// What there is has waited long enough.
    is_due: bool,
    is_stopped: bool,
}

impl Shared {
    fn take(&self, most: usize) -> Option<Batch> {
        let mut state = self.state();
        if state.end.is_none() && !state.is_due && state.bytes.len() < FULL {
            return None;
        }
        state.is_due = false;
        let most = most.min(state.bytes.len());
        let rest = state.bytes.split_off(most);
        let bytes = std::mem::replace(&mut state.bytes, rest);
        self.taken.notify_one();
        let end = state.end.filter(|_| state.bytes.is_empty());
        Some(Batch { bytes, end })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Gatherer {
    /// Starts to gather from a non-blocking descriptor.
    pub fn start(fd: OwnedFd) -> io::Result<Self> {
        let shared = Arc::<Shared>::default();
        let gathering = Arc::clone(&shared);
        std::thread::Builder::new().name("flood".to_owned()).spawn(move || {
            let end = gather(&fd, &gathering);
            let mut state = gathering.state();
            state.end = Some(end);
            drop(state);
            gathering.ready.notify_one();
        })?;
        Ok(Self { shared })
    }

    /// Waits for the next batch and takes it, `most` bytes of it.
    pub async fn batch(&self, most: usize) -> Batch {
        loop {
            if let Some(batch) = self.shared.take(most) {
                return batch;
            }
            self.shared.ready.notified().await;
        }
    }

    /// Lets the thread end; the batches up to its end hold all that it read.
    pub fn stop(&self) {
        self.shared.state().is_stopped = true;
        self.shared.taken.notify_one();
    }
}

impl Drop for Gatherer {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Whether there is something to read within the time.
fn comes_within(fd: &OwnedFd, time: &Timespec) -> bool {
    let mut fds = [PollFd::from_borrowed_fd(fd.as_fd(), PollFlags::IN)];
    !matches!(poll(&mut fds, Some(time)), Ok(0))
}

/// Reads until the flood is over.
fn gather(fd: &OwnedFd, shared: &Shared) -> End {
    let mut chunk = [0; READ_BYTES];
    // When the first byte of the batch at hand was read.
    let mut since = None;
    loop {
        {
            let mut state = shared.state();
            while state.bytes.len() + READ_BYTES > MOST_BYTES && !state.is_stopped {
                state = shared.taken.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            if state.is_stopped {
                return End::Quiet;
            }
        }
        match rustix::io::read(fd, &mut chunk) {
            Ok(0) => return End::Over,
            Ok(n) => {
                let now = Instant::now();
                let mut state = shared.state();
                if state.bytes.is_empty() {
                    since = Some(now);
                }
                state.bytes.extend_from_slice(&chunk[..n]);
                let is_late = since.is_some_and(|since| now.duration_since(since) >= LONGEST_WAIT);
                if is_late && state.bytes.len() < LEAST_BYTES {
                    return End::Quiet;
                }
                state.is_due |= is_late;
                if is_late || state.bytes.len() >= FULL {
                    drop(state);
                    shared.ready.notify_one();
                }
            }
            Err(rustix::io::Errno::INTR) => {}
            Err(rustix::io::Errno::AGAIN) => {
                if !comes_within(fd, &PAUSE) {
                    let mut state = shared.state();
                    state.is_due = !state.bytes.is_empty();
                    drop(state);
                    shared.ready.notify_one();
                    if !comes_within(fd, &REST) {
                        return End::Quiet;
                    }
                }
            }
            // EIO: the last process that held the terminal is gone.
            Err(_) => return End::Over,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gathered(run: impl FnOnce(std::io::PipeWriter) + Send + 'static, most: usize) -> (Vec<u8>, End, usize) {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        rustix::io::ioctl_fionbio(&reader, true).expect("non-blocking");
        let writing = std::thread::spawn(move || run(writer));
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let gatherer = Gatherer::start(reader.into()).expect("a thread");
        let (mut bytes, mut longest) = (Vec::new(), 0);
        let end = runtime.block_on(async {
            loop {
                let batch = gatherer.batch(most).await;
                longest = longest.max(batch.bytes.len());
                bytes.extend(batch.bytes);
                if let Some(end) = batch.end {
                    break end;
                }
            }
        });
        drop(gatherer);
        writing.join().expect("written");
        (bytes, end, longest)
    }

    #[test]
    fn all_that_was_printed_is_gathered_in_order_and_in_batches_of_the_size_asked_for() {
        let printed: Vec<u8> = (0..1_000_000_u32).flat_map(u32::to_le_bytes).collect();
        let expected = printed.clone();
        let write = move |mut writer: std::io::PipeWriter| {
            // What comes slowly ends the flood: the reader may be gone before all is written.
            let _ = std::io::Write::write_all(&mut writer, &printed);
        };
        let (bytes, end, longest) = gathered(write, 100_000);
        assert!(longest <= 100_000, "{longest}");
        assert!(expected.starts_with(&bytes));
        assert!(end == End::Quiet || bytes.len() == expected.len());
    }

    #[test]
    fn a_program_that_ends_is_read_to_its_end() {
        let (bytes, end, _) = gathered(drop, MOST_BYTES);
        assert!(bytes.is_empty());
        // Where the writer was slow to go, the pause came first.
        assert!(matches!(end, End::Over | End::Quiet));
    }

    #[test]
    fn one_that_is_stopped_ends_and_leaves_nothing_unread_behind() {
        let (reader, mut writer) = std::io::pipe().expect("a pipe");
        rustix::io::ioctl_fionbio(&reader, true).expect("non-blocking");
        std::io::Write::write_all(&mut writer, &[7; 5000]).expect("written");
        let kept = reader.try_clone().expect("a descriptor");
        let gatherer = Gatherer::start(reader.into()).expect("a thread");
        gatherer.stop();
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let mut n = 0;
        runtime.block_on(async {
            loop {
                let batch = gatherer.batch(1000).await;
                n += batch.bytes.len();
                if batch.end.is_some() {
                    break;
                }
            }
        });
        let mut rest = [0; 8192];
        n += rustix::io::read(&kept, &mut rest).unwrap_or(0);
        assert_eq!(n, 5000);
    }
}
