//! What each pane printed since its last snapshot, in memory that outlives the server.
//!
//! A journal is an anonymous file whose descriptor the keeper holds beside the PTY: `[u64 at][u64 length]`, then at `at`
//! the snapshot, then what was printed since. A new snapshot goes behind the end and only then into the header, so that a
//! death at any instant leaves a whole journal; what lies before it is given back to the system. A server that takes over
//! rebuilds the exact screen from it: nothing is asked of the program, no size is jiggled, and a program with relative
//! cursor movements finds its cursor where it left it. One `pwrite` a PTY read while alive.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use crate::term::{Terminal, TerminalOptions};

/// A new snapshot is taken once this much was printed since the last one, where the terminal is between two sequences.
const SNAPSHOT_AFTER: u64 = 256 << 10;

/// Beyond this a snapshot is taken even inside a sequence, so that a program that never leaves one cannot fill the memory.
const SNAPSHOT_AT_LATEST: u64 = 2 << 20;

/// Longest snapshot that is believed when read back.
const MAX_SNAPSHOT: u64 = 64 << 20;

/// Bytes of the header.
const HEADER: u64 = 16;

/// A pane's journal.
#[derive(Debug)]
pub struct Journal {
    file: File,
    /// Where the snapshot in force lies.
    at: u64,
    /// Where what was printed since begins.
    since: u64,
    /// Where the file ends.
    end: u64,
}

impl Journal {
    /// A journal of a terminal as it is now.
    pub fn new(terminal: &Terminal) -> io::Result<Self> {
        let mut journal = Self { file: anonymous_file()?, at: HEADER, since: HEADER, end: HEADER };
        journal.snapshot(terminal)?;
        Ok(journal)
    }

    /// Takes over a journal and rebuilds the terminal from it; `history` gives it the stored lines that it had then.
    pub fn take_over(
        file: File,
        options: TerminalOptions,
        history: impl FnOnce(&mut Terminal),
    ) -> io::Result<(Self, Terminal)> {
        let end = file.metadata()?.len();
        let mut header = [0; HEADER as usize];
        file.read_exact_at(&mut header, 0)?;
        let number = |at: usize| u64::from_le_bytes(std::array::from_fn(|i| header[at + i]));
        let (at, length) = (number(0), number(8));
        let since = at.saturating_add(length);
        if length > MAX_SNAPSHOT || since > end {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the journal's header is wrong"));
        }
        let terminal_at = |from: u64, to: u64| {
            let mut bytes = vec![0; usize::try_from(to - from).unwrap_or(0)];
            file.read_exact_at(&mut bytes, from).map(|()| bytes)
        };
        let mut terminal = Terminal::restore_as_it_was(&terminal_at(at, since)?, options)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        history(&mut terminal);
        terminal.feed(&terminal_at(since, end)?);
        // The answers went out when the bytes first came.
        terminal.take_replies();
        terminal.take_events();
        Ok((Self { file, at, since, end }, terminal))
    }

    /// The file, for the keeper.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Notes what the pane's process printed, before it is parsed.
    pub fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all_at(bytes, self.end)?;
        self.end += bytes.len() as u64;
        Ok(())
    }

    /// Takes a snapshot if enough was printed since the last one. Called after the bytes were parsed.
    pub fn tidy(&mut self, terminal: &Terminal) -> io::Result<()> {
        let printed = self.end - self.since;
        if (printed > SNAPSHOT_AFTER && terminal.is_at_rest()) || printed > SNAPSHOT_AT_LATEST {
            self.snapshot(terminal)?;
        }
        Ok(())
    }

    /// Starts over from the terminal as it is now: after a resize, or for a new process.
    pub fn snapshot(&mut self, terminal: &Terminal) -> io::Result<()> {
        let snapshot = terminal.snapshot();
        let at = self.end;
        self.file.write_all_at(&snapshot, at)?;
        let mut header = [0; HEADER as usize];
        header[..8].copy_from_slice(&at.to_le_bytes());
        header[8..].copy_from_slice(&(snapshot.len() as u64).to_le_bytes());
        self.file.write_all_at(&header, 0)?;
        give_back(&self.file, self.at, at)?;
        self.at = at;
        self.since = at + snapshot.len() as u64;
        self.end = self.since;
        Ok(())
    }
}

/// Gives the memory between two offsets back to the system; offsets stay as they are.
#[cfg(target_os = "linux")]
fn give_back(file: &File, from: u64, to: u64) -> io::Result<()> {
    use rustix::fs::{FallocateFlags, fallocate};
    if to > from {
        fallocate(file, FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE, from, to - from)?;
    }
    Ok(())
}

/// Files without holes keep what they held: the system's temporary files pay for it with disk, not memory.
#[cfg(not(target_os = "linux"))]
fn give_back(_file: &File, _from: u64, _to: u64) -> io::Result<()> {
    Ok(())
}

#[cfg(target_os = "linux")]
fn anonymous_file() -> io::Result<File> {
    use rustix::fs::{MemfdFlags, memfd_create};
    Ok(File::from(memfd_create("homing-journal", MemfdFlags::CLOEXEC)?))
}

#[cfg(not(target_os = "linux"))]
fn anonymous_file() -> io::Result<File> {
    tempfile::tempfile()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Size;

    fn terminal() -> Terminal {
        Terminal::new(Size::new(20, 4), TerminalOptions::default())
    }

    fn taken_over(journal: &Journal) -> Terminal {
        let file = journal.file().try_clone().expect("a descriptor");
        Journal::take_over(file, TerminalOptions::default(), |_| {}).expect("a whole journal").1
    }

    #[test]
    fn the_screen_is_rebuilt_from_snapshot_and_what_was_printed_since() {
        let mut alive = terminal();
        alive.feed(b"before ");
        let mut journal = Journal::new(&alive).expect("an anonymous file");
        for bytes in [&b"\x1b[31mred"[..], b" and\r\nmore", b"\x1b[2"] {
            journal.append(bytes).expect("written");
            alive.feed(bytes);
        }
        let mut rebuilt = taken_over(&journal);
        assert_eq!(rebuilt.screen_text(), alive.screen_text());
        // The sequence that was cut goes on where it stopped.
        alive.feed(b"Dx");
        rebuilt.feed(b"Dx");
        assert_eq!(rebuilt.screen_ansi(), alive.screen_ansi());
    }

    #[test]
    fn a_screen_taller_than_most_keeps_its_size_and_its_history() {
        let mut alive = Terminal::new(Size::new(100, 40), TerminalOptions::default());
        let lines = |from: usize, to: usize| (from..to).map(|n| format!("line {n}\r\n")).collect::<String>();
        alive.feed(lines(0, 300).as_bytes());
        let stored = alive.take_history_blocks(crate::term::HistoryMark::default()).blocks;
        let mut journal = Journal::new(&alive).expect("an anonymous file");
        let more = lines(300, 350);
        journal.append(more.as_bytes()).expect("written");
        alive.feed(more.as_bytes());
        let file = journal.file().try_clone().expect("a descriptor");
        let (_, rebuilt) = Journal::take_over(file, TerminalOptions::default(), |terminal| {
            for block in &stored {
                terminal.load_history_block(&block.bytes).expect("it comes before the screen");
            }
        })
        .expect("a whole journal");
        assert_eq!(rebuilt.size(), alive.size());
        assert_eq!(rebuilt.screen_text(), alive.screen_text());
        let texts = |terminal: &Terminal| -> Vec<String> {
            (0..terminal.history().n_lines()).map(|line| terminal.history().text(line)).collect()
        };
        assert_eq!(texts(&rebuilt), texts(&alive));
    }

    #[test]
    fn a_flood_does_not_fill_the_memory() {
        let mut alive = terminal();
        let mut journal = Journal::new(&alive).expect("an anonymous file");
        let chunk = b"0123456789abcde\r\n".repeat(4096);
        for _ in 0..64 {
            journal.append(&chunk).expect("written");
            alive.feed(&chunk);
            journal.tidy(&alive).expect("tidied");
        }
        let blocks = rustix::fs::fstat(journal.file()).expect("its size").st_blocks;
        assert!(blocks * 512 < 2 << 20, "{blocks} blocks are held");
        assert_eq!(taken_over(&journal).screen_text(), alive.screen_text());
    }
}
