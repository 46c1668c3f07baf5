//! The lines at the foot of a pane whose process does not run: what happened, and the keys that help.

use ratatui::buffer::Buffer;
use ratatui::style::Style;

use crate::core::pane::{Pane, Phase};
use crate::core::session::{EndReason, Exit};
use crate::geometry::Rect;
use crate::ui::canvas::{clear, put};
use crate::ui::theme::{Signal, Theme};
use crate::ui::wrap::wrap;

/// Most lines of a message. Chosen: the last screen above it matters too.
const MESSAGE_LINES: usize = 4;

/// What the user can do with a pane that ended or was not started.
const OFFERS: &[(&str, &str)] =
    &[("Enter", "reopen"), ("f", "start fresh"), ("p", "pick"), ("s", "shell"), ("x", "close")];

/// What stands at the foot: a message and keys with what they do.
struct Foot {
    message: String,
    keys: &'static [(&'static str, &'static str)],
}

/// Rows that the foot takes in a pane with this inside; never more than there are.
pub fn foot_rows(pane: &Pane, inner: Rect) -> u16 {
    if matches!(pane.phase, Phase::Live) {
        return 0;
    }
    let rows = lines(&foot(&pane.phase), inner.width).len();
    u16::try_from(rows).unwrap_or(u16::MAX).min(inner.height)
}

/// Draws the foot over the last rows of the pane.
pub fn draw_foot(pane: &Pane, inner: Rect, theme: &Theme, buf: &mut Buffer) {
    if matches!(pane.phase, Phase::Live) {
        return;
    }
    let foot = foot(&pane.phase);
    let lines = lines(&foot, inner.width);
    let rows = foot_rows(pane, inner);
    let area = Rect::new(inner.x, inner.bottom() - rows, inner.width, rows);
    clear(buf, area, theme.text());
    let style = match &pane.phase {
        Phase::Failed { .. } => theme.error(),
        Phase::Held { .. } => theme.signal(Signal::NeedsYou),
        Phase::Ended(_) | Phase::Waiting { .. } | Phase::Starting { .. } | Phase::Live => theme.strong(),
    };
    // Where not all lines fit, the last ones hold the keys.
    for (y, line) in (area.y..area.bottom()).zip(&lines[lines.len() - usize::from(rows)..]) {
        match line {
            Line::Text(text) => _ = put(buf, area.x, y, area.width, text, style),
            Line::Keys => draw_keys(foot.keys, area.x, area.right(), y, theme, buf),
            Line::TextAndKeys(text) => {
                let x = put(buf, area.x, y, area.width, text, style);
                let x = put(buf, x, y, area.right().saturating_sub(x), &separator(theme), theme.muted());
                draw_keys(foot.keys, x, area.right(), y, theme, buf);
            }
        }
    }
}

enum Line {
    Text(String),
    Keys,
    TextAndKeys(String),
}

fn lines(foot: &Foot, columns: u16) -> Vec<Line> {
    let columns = usize::from(columns);
    let keys = foot.keys.iter().map(|(key, word)| key.len() + word.len() + 4).sum::<usize>();
    let mut message = wrap(&foot.message, columns, MESSAGE_LINES);
    message.retain(|line| !line.is_empty());
    match (message.len(), keys) {
        (_, 0) => message.into_iter().map(Line::Text).collect(),
        (1, _) if crate::text::width(&message[0]) + 3 + keys <= columns => {
            message.drain(..).map(Line::TextAndKeys).collect()
        }
        _ => message.into_iter().map(Line::Text).chain([Line::Keys]).collect(),
    }
}

fn foot(phase: &Phase) -> Foot {
    match phase {
        Phase::Live => Foot { message: String::new(), keys: &[] },
        Phase::Waiting { note } | Phase::Starting { note } => Foot { message: note.clone(), keys: &[] },
        Phase::Held { note } => Foot { message: note.clone(), keys: OFFERS },
        Phase::Ended(exit) => Foot { message: ended(exit), keys: OFFERS },
        Phase::Failed { message } => Foot {
            message: message.clone(),
            keys: &[("r", "retry"), ("f", "start fresh"), ("p", "pick"), ("s", "shell"), ("x", "close")],
        },
    }
}

fn ended(exit: &Exit) -> String {
    match (exit.reason, exit.code, exit.signal) {
        (EndReason::Shutdown, _, _) => "ended with homing".to_owned(),
        (_, _, Some(signal)) => format!("ended by signal {signal}"),
        (_, Some(code), None) => format!("exited {code}"),
        (_, None, None) => "ended".to_owned(),
    }
}

fn separator(theme: &Theme) -> String {
    format!(" {} ", theme.pick("·", "-"))
}

fn draw_keys(keys: &[(&str, &str)], mut x: u16, right: u16, y: u16, theme: &Theme, buf: &mut Buffer) {
    let mut write = |text: &str, style: Style| {
        x = put(buf, x, y, right.saturating_sub(x), text, style);
    };
    for (k, (key, word)) in keys.iter().enumerate() {
        if k > 0 {
            write(&separator(theme), theme.muted());
        }
        write(key, theme.key());
        write(" ", theme.text());
        write(word, theme.text());
    }
}
