//! The lines at the foot of a pane whose process does not run: what happened, and the keys that help.

use ratatui::buffer::Buffer;

use crate::core::offer::Offer;
use crate::core::pane::{Pane, Phase};
use crate::core::session::{EndReason, Exit};
use crate::geometry::Rect;
use crate::ui::canvas::{clear, columns_of, put};
use crate::ui::theme::{Signal, Theme};
use crate::ui::wrap::wrap;

/// Most lines of a message. Chosen: the last screen above it matters too.
const MESSAGE_LINES: usize = 4;

/// What the user can do with a pane that ended or was not started.
const OFFERS: &[(&str, &str, Offer)] = &[
    ("Enter", "reopen", Offer::Reopen),
    ("f", "start fresh", Offer::Fresh),
    ("p", "pick", Offer::Pick),
    ("s", "shell", Offer::Shell),
    ("x", "close", Offer::Close),
];

/// The same for one whose start failed.
const OFFERS_AFTER_FAILURE: &[(&str, &str, Offer)] = &[
    ("r", "retry", Offer::Reopen),
    ("f", "start fresh", Offer::Fresh),
    ("p", "pick", Offer::Pick),
    ("s", "shell", Offer::Shell),
    ("x", "close", Offer::Close),
];

/// Columns between two keys, and between the message and the first: ` · `.
const GAP_COLUMNS: u16 = 3;

/// What stands at the foot: a message and keys with what they do.
struct Foot {
    message: String,
    keys: &'static [(&'static str, &'static str, Offer)],
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
            Line::Keys => draw_keys(&foot, Rect::new(area.x, y, area.width, 1), theme, buf),
            Line::TextAndKeys(text) => {
                let x = put(buf, area.x, y, area.width, text, style);
                let x = put(buf, x, y, area.right().saturating_sub(x), &separator(theme), theme.muted());
                draw_keys(&foot, Rect::new(x, y, area.right().saturating_sub(x), 1), theme, buf);
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
    let keys = foot.keys.iter().map(|(key, word, _)| key.len() + word.len() + 4).sum::<usize>();
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
        Phase::Failed { message } => Foot { message: message.clone(), keys: OFFERS_AFTER_FAILURE },
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

fn draw_keys(foot: &Foot, row: Rect, theme: &Theme, buf: &mut Buffer) {
    for (k, (rect, key, word, _)) in placed(foot, row).enumerate() {
        if k > 0 {
            let gap = rect.x - GAP_COLUMNS;
            put(buf, gap, row.y, row.right().saturating_sub(gap), &separator(theme), theme.muted());
        }
        let x = put(buf, rect.x, row.y, rect.width, key, theme.key());
        let x = put(buf, x, row.y, rect.right().saturating_sub(x), " ", theme.text());
        put(buf, x, row.y, rect.right().saturating_sub(x), word, theme.text());
    }
}

/// The keys at their places in this row, as far as they fit.
fn placed(foot: &Foot, row: Rect) -> impl Iterator<Item = (Rect, &'static str, &'static str, Offer)> + use<> {
    foot.keys.iter().scan(row.x, move |x, (key, word, offer)| {
        let width = columns_of(key) + 1 + columns_of(word);
        let rect = Rect::new(*x, row.y, width.min(row.right().saturating_sub(*x)), 1);
        *x += width + GAP_COLUMNS;
        (rect.width > 0).then_some((rect, *key, *word, *offer))
    })
}

/// Where the pane's keys stand, and what each offers.
pub fn offers(pane: &Pane, inner: Rect) -> Vec<(Rect, Offer)> {
    let foot = foot(&pane.phase);
    let Some(y) = inner.bottom().checked_sub(1).filter(|_| !foot.keys.is_empty()) else { return Vec::new() };
    let before = match lines(&foot, inner.width).last() {
        Some(Line::TextAndKeys(text)) => columns_of(text) + GAP_COLUMNS,
        Some(Line::Keys | Line::Text(_)) | None => 0,
    };
    let row = Rect::new(inner.x + before, y, inner.width.saturating_sub(before), 1);
    placed(&foot, row).map(|(rect, _, _, offer)| (rect, offer)).collect()
}
