//! Operating system commands: titles, links, colours, directories, notifications, clipboard, marks.
//!
//! Part of `Terminal`. Sources: xterm's ctlseqs (0–12, 52), iTerm2 (9), ConEmu (9;4, 9;9), urxvt (777), kitty (99), FinalTerm
//! (133), the hyperlinks in terminal emulators page (8).

use super::palette::Slot;
use super::scanner::Terminator;
use super::{TermEvent, Terminal, palette};
use crate::text::one_line;

/// Most characters of a title. Chosen.
const MAX_TITLE_CHARS: usize = 256;
/// Most characters of a notification. Chosen.
const MAX_NOTIFICATION_CHARS: usize = 1024;
/// Most titles on the stack (CSI 22 t). xterm: 10; chosen.
const MAX_TITLES: usize = 16;
/// Longest agent state payload. Chosen.
const MAX_STATE_BYTES: usize = 4 << 10;

/// The title and its stack.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Titles {
    /// The title in force.
    pub current: Option<String>,
    /// Titles saved by CSI 22 t.
    pub stack: Vec<Option<String>>,
}

impl Titles {
    /// CSI 22 t.
    pub fn push(&mut self) {
        if self.stack.len() >= MAX_TITLES {
            self.stack.remove(0);
        }
        self.stack.push(self.current.clone());
    }

    /// CSI 23 t; whether there was one.
    pub fn pop(&mut self) -> bool {
        match self.stack.pop() {
            Some(title) => {
                self.current = title;
                true
            }
            None => false,
        }
    }

    /// RIS.
    pub fn clear_stack(&mut self) {
        self.stack.clear();
    }
}

impl Terminal {
    pub(super) fn osc(&mut self, body: &[u8], terminator: Terminator) {
        let (number, rest) = match memchr::memchr(b';', body) {
            Some(at) => (&body[..at], &body[at + 1..]),
            None => (body, &b""[..]),
        };
        let text = || String::from_utf8_lossy(rest);
        match number {
            b"0" | b"2" => self.set_title(&text()),
            b"4" => self.palette(&text(), Slot::indexed, "4", terminator),
            b"5" => self.palette(&text(), Slot::special, "5", terminator),
            b"104" => self.reset_palette(&text(), Slot::indexed),
            b"105" => self.reset_palette(&text(), Slot::special),
            [b'1', b'1', digit @ b'0'..=b'9'] => {
                if let Some(slot) = Slot::dynamic(u16::from(digit - b'0') + 10) {
                    self.palette.reset(slot);
                    self.damage.all();
                }
            }
            b"7" => self.directory(&text()),
            b"8" => self.hyperlink(&text()),
            b"9" => self.notification_or_progress(&text()),
            [b'1', digit @ b'0'..=b'9'] => self.dynamic_colors(u16::from(digit - b'0') + 10, &text(), terminator),
            b"52" => self.clipboard(rest),
            b"99" => self.kitty_notification(&text()),
            b"133" => self.prompt_mark(rest),
            b"777" => self.urxvt_notification(&text()),
            b"7501" if rest.len() <= MAX_STATE_BYTES => self.outbox.event(TermEvent::AgentState(text().into_owned())),
            _ => {}
        }
    }

    fn set_title(&mut self, text: &str) {
        let title = one_line(text, MAX_TITLE_CHARS);
        self.titles.current = (!title.is_empty()).then(|| title.clone());
        self.outbox.event(TermEvent::Title(title));
    }

    /// `OSC 4 ; n ; spec …`, `OSC 5 ; n ; spec …`: sets colours, or tells them where the specification is `?`.
    fn palette(&mut self, text: &str, slot: fn(u16) -> Option<Slot>, osc: &str, terminator: Terminator) {
        let mut fields = text.split(';');
        while let (Some(field), Some(value)) = (fields.next(), fields.next()) {
            let Ok(index) = field.parse::<u16>() else { continue };
            let Some(slot) = slot(index) else { continue };
            if value == "?" {
                let default = || u8::try_from(index).ok().filter(|_| osc == "4").map(palette::color);
                let color = self.palette.get(slot).or_else(default).unwrap_or(self.options.foreground);
                self.outbox.reply_osc(&format!("{osc};{index};{}", palette::spec(color)), terminator);
            } else if let Some(rgb) = palette::parse(value) {
                self.palette.set(slot, rgb);
                self.damage.all();
            }
        }
    }

    /// `OSC 104` and `OSC 105`: the colours named, or all.
    fn reset_palette(&mut self, text: &str, slot: fn(u16) -> Option<Slot>) {
        if text.is_empty() {
            if slot(Slot::LAST_SPECIAL_INDEX + 1).is_some() {
                self.palette.reset_indexed();
            } else {
                self.palette.reset_special();
            }
        }
        for slot in text.split(';').filter_map(|field| field.parse().ok()).filter_map(slot) {
            self.palette.reset(slot);
        }
        self.damage.all();
    }

    /// `OSC 10 ; spec …`: foreground, background, cursor and so on; further values go to the next one. `?` asks.
    fn dynamic_colors(&mut self, first: u16, text: &str, terminator: Terminator) {
        for (n, value) in (first..=19).zip(text.split(';')) {
            let Some(slot) = Slot::dynamic(n) else { continue };
            if value == "?" {
                let color = self.palette.get(slot).unwrap_or_else(|| self.default_dynamic_color(n));
                self.outbox.reply_osc(&format!("{n};{}", palette::spec(color)), terminator);
            } else if let Some(rgb) = palette::parse(value) {
                self.palette.set(slot, rgb);
                self.damage.all();
            }
        }
    }

    /// What a dynamic colour is until a program sets it: like the text's (10), or like its background (11, the pointer's 14, the
    /// Tektronix window's 16, highlighted text's 19).
    fn default_dynamic_color(&self, osc: u16) -> palette::Rgb {
        if matches!(osc, 11 | 14 | 16 | 19) { self.options.background } else { self.options.foreground }
    }

    /// `OSC 7 ; file://host/path`, percent-encoded; or a bare path.
    fn directory(&mut self, text: &str) {
        let path = match text.strip_prefix("file://") {
            Some(rest) => rest.find('/').map_or("", |at| &rest[at..]),
            None => text,
        };
        let path = percent_decoded(path);
        if path.starts_with('/') && !path.chars().any(char::is_control) {
            self.outbox.event(TermEvent::Directory(path));
        }
    }

    /// `OSC 8 ; parameters ; URI`. The URI may hold semicolons.
    fn hyperlink(&mut self, text: &str) {
        let (parameters, uri) = text.split_once(';').unwrap_or((text, ""));
        self.pen.style.link = if uri.is_empty() || uri.chars().any(char::is_control) {
            0
        } else {
            let id = parameters.split(':').find(|p| p.starts_with("id=")).unwrap_or("");
            match &mut self.main.sink_mut().archive {
                Some(archive) => archive.links.intern(id, uri),
                None => 0,
            }
        };
    }

    fn notification_or_progress(&mut self, text: &str) {
        if let Some(progress) = text.strip_prefix("4;") {
            let mut fields = progress.split(';').map(str::parse::<u8>);
            let state = fields.next().and_then(Result::ok);
            let percent = fields.next().and_then(Result::ok).unwrap_or(0).min(100);
            match state {
                // 1 normal, 2 error, 3 indeterminate, 4 paused.
                Some(1..=4) => self.outbox.event(TermEvent::Progress(Some(percent))),
                Some(0) => self.outbox.event(TermEvent::Progress(None)),
                _ => {}
            }
        } else if let Some(path) = text.strip_prefix("9;") {
            self.directory(path.trim_matches('"'));
        } else {
            self.notify(text);
        }
    }

    fn urxvt_notification(&mut self, text: &str) {
        if let Some(rest) = text.strip_prefix("notify;") {
            let (title, body) = rest.split_once(';').unwrap_or((rest, ""));
            self.notify_with_title(title, body);
        }
    }

    fn notify_with_title(&mut self, title: &str, body: &str) {
        match (title.is_empty(), body.is_empty()) {
            (false, false) => self.notify(&format!("{title}: {body}")),
            (false, true) => self.notify(title),
            _ => self.notify(body),
        }
    }

    /// `OSC 99 ; metadata ; payload`: titles and bodies, one event each; queries and other payloads are not answered.
    fn kitty_notification(&mut self, text: &str) {
        let (metadata, payload) = text.split_once(';').unwrap_or(("", text));
        let field = |key: &str| metadata.split(':').find_map(|f| f.strip_prefix(key)?.strip_prefix('='));
        if !matches!(field("p"), None | Some("title" | "body")) {
            return;
        }
        if field("e") == Some("1") {
            if let Some(decoded) = base64_decoded(payload.as_bytes()) {
                self.notify(&String::from_utf8_lossy(&decoded));
            }
        } else {
            self.notify(payload);
        }
    }

    fn notify(&mut self, text: &str) {
        let text = one_line(text, MAX_NOTIFICATION_CHARS);
        if !text.is_empty() {
            self.outbox.event(TermEvent::Notification(text));
        }
    }

    /// `OSC 52 ; selection ; base64`. Reading (`?`) is never answered.
    fn clipboard(&mut self, body: &[u8]) {
        let data = memchr::memchr(b';', body).map_or(&b""[..], |at| &body[at + 1..]);
        if data == b"?" {
            return;
        }
        if let Some(bytes) = base64_decoded(data)
            && let Ok(text) = String::from_utf8(bytes)
        {
            self.outbox.event(TermEvent::Clipboard(text));
        }
    }

    fn prompt_mark(&mut self, body: &[u8]) {
        if let [mark @ b'A'..=b'D', rest @ ..] = body
            && matches!(rest.first(), None | Some(b';'))
        {
            if *mark == b'A' {
                self.note_prompt();
            }
            self.outbox.event(TermEvent::PromptMark(char::from(*mark)));
        }
    }
}

fn percent_decoded(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let hex = |b: Option<u8>| b.and_then(|b| char::from(b).to_digit(16)).and_then(|n| u8::try_from(n).ok());
        let mut ahead = bytes.clone();
        match (byte, hex(ahead.next()), hex(ahead.next())) {
            (b'%', Some(high), Some(low)) => {
                out.push(high << 4 | low);
                bytes = ahead;
            }
            _ => out.push(byte),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// RFC 4648 base64, padding optional, line breaks skipped; `None` if anything else is in it.
pub(super) fn base64_decoded(data: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(data.len() / 4 * 3);
    let mut bits: u32 = 0;
    let mut n = 0;
    for &byte in data {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' | b'\r' | b'\n' => continue,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        n += 6;
        if n >= 8 {
            n -= 8;
            out.push(u8::try_from(bits >> n & 0xff).unwrap_or(0));
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_and_percent_are_decoded() {
        assert_eq!(base64_decoded(b"aGVsbG8="), Some(b"hello".to_vec()));
        assert_eq!(base64_decoded(b"aGVsbG8"), Some(b"hello".to_vec()));
        assert_eq!(base64_decoded(b"a!"), None);
        assert_eq!(percent_decoded("/a%20b%C3%a9%zz%"), "/a bé%zz%");
    }
}
