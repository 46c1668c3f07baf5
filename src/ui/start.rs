//! The screens without panes: a workspace in which nothing is open, and a terminal of a size that does not do.

use ratatui::buffer::Buffer;
use ratatui::style::Style;

use crate::core::command::{Command, row_of};
use crate::core::state::State;
use crate::geometry::{Rect, Size};
use crate::layout::chrome::{LARGEST, SMALLEST};
use crate::text;
use crate::ui::canvas::put;
use crate::ui::hints::{KeyHints, first_key};
use crate::ui::theme::Theme;
use crate::ui::wrap::wrap;

/// The commands that lead on from an empty workspace.
const WAYS_ON: [Command; 4] = [Command::Launch, Command::NewTab, Command::Help, Command::Detach];

/// A line of parts with a style each.
type Line = Vec<(String, Style)>;

/// Draws what an empty workspace shows: the agents that were found, and the keys that lead on.
pub fn draw_start(state: &State, main: Rect, keys: &dyn KeyHints, theme: &Theme, buf: &mut Buffer) {
    let mut lines: Vec<Line> = vec![
        vec![("homing".to_owned(), theme.accent())],
        vec![("nothing is open here yet".to_owned(), theme.muted())],
        Vec::new(),
    ];
    lines.extend(WAYS_ON.iter().map(|command| {
        let key = first_key(keys, *command, theme.glyphs).unwrap_or_default();
        let pad = " ".repeat(7_usize.saturating_sub(text::width(&key)));
        vec![(key, theme.key()), (pad, theme.text()), (row_of(*command).help.to_owned(), theme.text())]
    }));
    let (found, missing): (Vec<_>, Vec<_>) = state.choices.iter().partition(|choice| choice.is_installed);
    let room = usize::from(main.height).saturating_sub(lines.len() + 1);
    let mut agents: Vec<Line> = Vec::new();
    for choice in found {
        let version = choice.version.as_ref().map(|version| format!("  {version}")).unwrap_or_default();
        agents.push(vec![
            (theme.pick("✓ ", "+ ").to_owned(), theme.signal(crate::ui::theme::Signal::Done)),
            (choice.title.clone(), theme.text()),
            (version, theme.muted()),
        ]);
    }
    for choice in missing {
        let hint = choice.install_hint.as_ref().map(|hint| format!("  {hint}")).unwrap_or_default();
        agents.push(vec![("  ".to_owned(), theme.text()), (choice.title.clone() + &hint, theme.muted())]);
    }
    if !agents.is_empty() && room > 1 {
        agents.truncate(room);
        lines.push(Vec::new());
        lines.extend(agents);
    }
    draw_centred(&lines, main, buf);
}

/// Draws what a terminal of an unsupported size shows.
pub fn draw_unsupported(size: Size, theme: &Theme, buf: &mut Buffer) {
    let times = theme.pick("×", "x");
    let (cols, rows) = (size.cols(), size.rows());
    let is_small = cols < SMALLEST.cols() || rows < SMALLEST.rows();
    let wanted = if is_small {
        format!("homing needs at least {}{times}{}", SMALLEST.cols(), SMALLEST.rows())
    } else {
        format!("homing draws at most {}{times}{}", LARGEST.cols(), LARGEST.rows())
    };
    let message = format!("{wanted}; this terminal is {cols}{times}{rows}. Your agents run on.");
    let area = Rect::new(0, 0, cols, rows);
    let lines: Vec<Line> = wrap(&message, usize::from(cols.min(60)), usize::from(rows))
        .into_iter()
        .map(|line| vec![(line, theme.strong())])
        .collect();
    draw_centred(&lines, area, buf);
}

/// Draws the lines as one block in the middle of the area.
fn draw_centred(lines: &[Line], area: Rect, buf: &mut Buffer) {
    let widths = lines.iter().map(|line| line.iter().map(|(part, _)| text::width(part)).sum::<usize>());
    let width = u16::try_from(widths.max().unwrap_or(0)).unwrap_or(u16::MAX).min(area.width);
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).min(area.height);
    let top = area.y + (area.height - height) / 2;
    let left = area.x + (area.width - width) / 2;
    for (line, y) in lines.iter().zip(top..top + height) {
        let mut x = left;
        for (part, style) in line {
            x = put(buf, x, y, (left + width).saturating_sub(x), part, *style);
        }
    }
}
