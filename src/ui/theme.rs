//! How things look: a handful of styles by meaning, and the glyphs.
//!
//! Colours are the terminal's own by ANSI index, so that they sit well in light and dark themes; what is less important is
//! dim rather than grey, because bright black is the background in some palettes.

use ratatui::style::{Color, Modifier, Style};

/// Whether the frame may use colour.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Palette {
    /// The terminal's 16 colours.
    #[default]
    Ansi,
    /// None (`NO_COLOR`): weight, reverse and underline only. What agents print keeps its colours.
    Mono,
}

/// Which characters the frame is drawn with.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Glyphs {
    /// Box drawing and signs.
    #[default]
    Unicode,
    /// ASCII only.
    Ascii,
}

/// What a session's sign says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Signal {
    /// It waits for the user.
    NeedsYou,
    /// It works.
    Busy,
    /// It is done and was not looked at since.
    Done,
    /// Its last turn, or its start, failed.
    Failed,
    /// Nothing to say.
    Rest,
    /// It starts or waits to be restored.
    Starting,
    /// Its process has ended.
    Ended,
}

/// How things look.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Theme {
    /// Whether the frame may use colour.
    pub palette: Palette,
    /// Which characters the frame is drawn with.
    pub glyphs: Glyphs,
}

impl Theme {
    /// A theme of these two.
    pub const fn new(palette: Palette, glyphs: Glyphs) -> Self {
        Self { palette, glyphs }
    }

    /// Ordinary text.
    pub fn text(&self) -> Style {
        Style::new()
    }

    /// What matters less: ages, directories, borders.
    pub fn muted(&self) -> Style {
        Style::new().add_modifier(Modifier::DIM)
    }

    /// What was not looked at yet, and headings.
    pub fn strong(&self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// What has the focus.
    pub fn accent(&self) -> Style {
        self.coloured(Color::Cyan).add_modifier(Modifier::BOLD)
    }

    /// A key that can be pressed.
    pub fn key(&self) -> Style {
        self.accent()
    }

    /// The selected row of a list.
    pub fn selected(&self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    /// The part of a row that matches what was typed.
    pub fn matched(&self) -> Style {
        self.coloured(Color::Cyan).add_modifier(Modifier::BOLD.union(Modifier::UNDERLINED))
    }

    /// What a search found on the page.
    pub fn found(&self) -> Style {
        match self.palette {
            Palette::Ansi => Style::new().fg(Color::Black).bg(Color::Yellow),
            Palette::Mono => Style::new().add_modifier(Modifier::UNDERLINED.union(Modifier::BOLD)),
        }
    }

    /// The match that the cursor is on.
    pub fn current_match(&self) -> Style {
        match self.palette {
            Palette::Ansi => Style::new().fg(Color::Black).bg(Color::Cyan).add_modifier(Modifier::BOLD),
            Palette::Mono => Style::new().add_modifier(Modifier::REVERSED.union(Modifier::BOLD)),
        }
    }

    /// Something that went wrong.
    pub fn error(&self) -> Style {
        self.signal(Signal::Failed)
    }

    /// The sign's style.
    pub fn signal(&self, signal: Signal) -> Style {
        let bold = Modifier::BOLD;
        match signal {
            // What asks for attention is never dim, not on a dim line either.
            Signal::NeedsYou => self.coloured(Color::Yellow).add_modifier(bold).remove_modifier(Modifier::DIM),
            Signal::Busy => self.coloured(Color::Blue).remove_modifier(Modifier::DIM),
            Signal::Done => self.coloured(Color::Green).remove_modifier(Modifier::DIM),
            Signal::Failed => self.coloured(Color::Red).add_modifier(bold).remove_modifier(Modifier::DIM),
            Signal::Rest | Signal::Starting | Signal::Ended => self.muted(),
        }
    }

    /// The sign; one column.
    pub const fn sign(&self, signal: Signal) -> &'static str {
        let (unicode, ascii) = match signal {
            Signal::NeedsYou => ("◆", "!"),
            Signal::Busy => ("●", "*"),
            Signal::Done => ("✓", "+"),
            Signal::Failed => ("✗", "x"),
            Signal::Rest => (" ", " "),
            Signal::Starting => ("◌", "."),
            Signal::Ended => ("■", "-"),
        };
        self.pick(unicode, ascii)
    }

    /// The first or the second, as the glyphs ask.
    pub const fn pick(&self, unicode: &'static str, ascii: &'static str) -> &'static str {
        match self.glyphs {
            Glyphs::Unicode => unicode,
            Glyphs::Ascii => ascii,
        }
    }

    /// The line that joins the sides where lines meet.
    pub const fn junction(&self, sides: Sides) -> &'static str {
        let unicode = match (sides.up, sides.down, sides.left, sides.right) {
            (true, true, true, true) => "┼",
            (true, true, true, false) => "┤",
            (true, true, false, true) => "├",
            (true, true, false, false) | (true, false, false, false) | (false, true, false, false) => "│",
            (true, false, true, true) => "┴",
            (false, true, true, true) => "┬",
            (true, false, true, false) => "┘",
            (true, false, false, true) => "└",
            (false, true, true, false) => "┐",
            (false, true, false, true) => "┌",
            (false, false, _, _) => "─",
        };
        let ascii = match (sides.up || sides.down, sides.left || sides.right) {
            (true, true) => "+",
            (true, false) => "|",
            (false, _) => "-",
        };
        self.pick(unicode, ascii)
    }

    fn coloured(&self, color: Color) -> Style {
        match self.palette {
            Palette::Ansi => Style::new().fg(color),
            Palette::Mono => Style::new(),
        }
    }
}

/// The sides on which a line goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Sides {
    /// Above.
    pub up: bool,
    /// Below.
    pub down: bool,
    /// To the left.
    pub left: bool,
    /// To the right.
    pub right: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text;

    const SIGNALS: [Signal; 7] =
        [Signal::NeedsYou, Signal::Busy, Signal::Done, Signal::Failed, Signal::Rest, Signal::Starting, Signal::Ended];

    #[test]
    fn signs_take_one_column_and_differ_without_colour() {
        for glyphs in [Glyphs::Unicode, Glyphs::Ascii] {
            let theme = Theme::new(Palette::Mono, glyphs);
            let signs: std::collections::BTreeSet<_> = SIGNALS.iter().map(|signal| theme.sign(*signal)).collect();
            assert_eq!(signs.len(), SIGNALS.len());
            assert!(signs.iter().all(|sign| text::width(sign) == 1));
        }
    }

    #[test]
    fn without_colour_no_style_has_one() {
        let theme = Theme::new(Palette::Mono, Glyphs::Unicode);
        let mut styles: Vec<_> = SIGNALS.iter().map(|signal| theme.signal(*signal)).collect();
        styles.extend([theme.text(), theme.muted(), theme.strong(), theme.accent(), theme.matched(), theme.error()]);
        assert!(styles.iter().all(|style| style.fg.is_none() && style.bg.is_none()));
    }
}
