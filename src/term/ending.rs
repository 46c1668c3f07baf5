//! The end of a process: what it left on the screen goes to the history, before another one starts on an empty screen.
//!
//! Part of `Terminal`.

use super::Terminal;
use crate::text;

impl Terminal {
    /// Sends what is on the main screen to the history, and a line behind it that tells what happened. Nothing where there is
    /// neither screen nor history.
    pub fn end_here(&mut self, note: &str) {
        // Whatever the process left: an unfinished sequence, the alternate screen, margins, its pen.
        self.feed(b"\x18\x1b[?1049l\x1b[?47l\x1b[!p\x1b[?69l\x1b[r");
        let rows = self.size().rows();
        let n_used = (0..rows).rev().find(|row| !self.is_blank(*row)).map_or(0, |row| row + 1);
        if n_used == 0 && self.history().is_empty() {
            return;
        }
        let note = text::truncate(note, usize::from(self.size().cols()));
        if n_used > 0 {
            self.feed(format!("\x1b[{n_used};1H\r\n").as_bytes());
        }
        let n_gone = (n_used + 1).min(rows);
        self.feed(format!("\x1b[2K\x1b[2m{note}\x1b[m\x1b[{rows};1H").as_bytes());
        self.feed(&b"\n".repeat(usize::from(n_gone)));
        self.take_events();
        self.take_replies();
    }

    fn is_blank(&self, row: u16) -> bool {
        let mut is_blank = true;
        self.row(row, |_, cell| is_blank &= cell.text.trim().is_empty());
        is_blank
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Size;
    use crate::term::TerminalOptions;

    fn ended(printed: &str) -> Vec<String> {
        let mut terminal = Terminal::new(Size::new(20, 4), TerminalOptions::default());
        terminal.feed(printed.as_bytes());
        terminal.end_here("-- ended --");
        assert_eq!(terminal.screen_text().trim(), "");
        (0..terminal.history().n_lines()).map(|line| terminal.history().text(line)).collect()
    }

    #[test]
    fn the_last_screen_and_a_mark_are_in_the_history() {
        assert_eq!(ended("$ ls\r\na b\r\n$ "), ["$ ls", "a b", "$ ", "-- ended --"]);
        assert_eq!(ended("1\r\n2\r\n3\r\n4\r\n5"), ["1", "2", "3", "4", "5", "-- ended --"]);
        assert_eq!(ended("shell\x1b[?1049h\x1b[2;3rfull screen\x1b[41m\x1b[5"), ["shell", "-- ended --"]);
        assert_eq!(ended(""), [""; 0]);
    }
}
