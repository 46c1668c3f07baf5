//! How things look: styles by meaning, and the glyphs.
//!
//! What a theme's table says, as far as the terminal can show it: where it has 16 colours, a theme of others gives way to the
//! terminal's own; with `NO_COLOR` there is weight, reverse and underline only.

use ratatui::style::{Color, Modifier, Style};

use crate::config::theme::{self, Ink, Paint, Role, ThemeTable};
use crate::config::{self, ColorChoice};
use crate::core::client::ClientView;
use crate::core::event::Env;
use crate::core::state::State;

/// How many colours the frame may use.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Depth {
    /// None (`NO_COLOR`): weight, reverse and underline only. What agents print keeps its colours.
    Mono,
    /// The terminal's 16 colours.
    #[default]
    Ansi,
    /// xterm's 256 colours.
    Indexed,
    /// Red, green and blue, 8 bits each.
    True,
}

impl Depth {
    /// By the user's settings and what the client's environment says of its terminal: `NO_COLOR` (no-color.org), `COLORTERM`,
    /// `TERM`.
    pub fn of(env: &Env, choice: ColorChoice) -> Self {
        let get = |wanted: &str| env.iter().find(|(name, _)| name == wanted).map_or("", |(_, value)| value.as_str());
        let term = get("TERM");
        // Terminals of which every version shows them.
        let is_true = |name: &&str| term.contains(*name);
        match choice {
            ColorChoice::None => Self::Mono,
            _ if !get("NO_COLOR").is_empty() => Self::Mono,
            ColorChoice::Ansi => Self::Ansi,
            ColorChoice::Indexed => Self::Indexed,
            ColorChoice::True => Self::True,
            ColorChoice::Auto if matches!(get("COLORTERM"), "truecolor" | "24bit") => Self::True,
            ColorChoice::Auto if ["direct", "kitty", "ghostty", "alacritty", "foot", "wezterm"].iter().any(is_true) => {
                Self::True
            }
            ColorChoice::Auto if term.contains("256color") => Self::Indexed,
            ColorChoice::Auto => Self::Ansi,
        }
    }
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
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Theme {
    /// Which characters the frame is drawn with.
    pub glyphs: Glyphs,
    /// By role, in the order of [`Role::ALL`].
    styles: [Style; Role::ALL.len()],
}

impl Default for Theme {
    fn default() -> Self {
        Self::new(Depth::Ansi, Glyphs::Unicode)
    }
}

impl Theme {
    /// The terminal's own theme.
    pub fn new(depth: Depth, glyphs: Glyphs) -> Self {
        Self::of(theme::terminal(), depth, glyphs)
    }

    /// The theme as far as the terminal can show it.
    pub fn of(table: &ThemeTable, depth: Depth, glyphs: Glyphs) -> Self {
        let table = match depth {
            Depth::Mono => theme::mono(),
            Depth::Ansi if table.has_own_colors() => theme::terminal(),
            Depth::Ansi | Depth::Indexed | Depth::True => table,
        };
        Self { glyphs, styles: Role::ALL.map(|role| style(table.paint(role), depth)) }
    }

    /// What the client sees: the theme under its cursor in the picker, else the chosen one.
    pub fn of_client(state: &State, client: &ClientView) -> Self {
        let ui = &state.config.ui;
        let glyphs = match ui.glyphs {
            config::Glyphs::Unicode => Glyphs::Unicode,
            config::Glyphs::Ascii => Glyphs::Ascii,
        };
        let choice = client.tried_theme().unwrap_or_else(|| state.theme_choice());
        let table = state.themes.choose(choice, ui, client.scheme);
        Self::of(table, Depth::of(&client.env, ui.color), glyphs)
    }

    fn role(&self, role: Role) -> Style {
        self.styles[role as usize]
    }

    /// Ordinary text on the frame's ground.
    pub fn text(&self) -> Style {
        self.role(Role::Text)
    }

    /// What matters less: ages, directories.
    pub fn muted(&self) -> Style {
        self.role(Role::Muted)
    }

    /// What was not looked at yet, and headings.
    pub fn strong(&self) -> Style {
        self.role(Role::Strong)
    }

    /// A line between things that do not have the focus.
    pub fn border(&self) -> Style {
        self.role(Role::Border)
    }

    /// What has the focus.
    pub fn accent(&self) -> Style {
        self.role(Role::Accent)
    }

    /// A key that can be pressed.
    pub fn key(&self) -> Style {
        self.role(Role::Key)
    }

    /// The selected row of a list.
    pub fn selected(&self) -> Style {
        self.role(Role::Selected)
    }

    /// What the user selected in a pane: seen on every colour that an agent may have there.
    pub fn marked(&self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    /// The part of a row that matches what was typed.
    pub fn matched(&self) -> Style {
        self.role(Role::Matched)
    }

    /// What a search found on the page.
    pub fn found(&self) -> Style {
        self.role(Role::Found)
    }

    /// The match that the cursor is on.
    pub fn current_match(&self) -> Style {
        self.role(Role::Current)
    }

    /// Something that went wrong.
    pub fn error(&self) -> Style {
        self.signal(Signal::Failed)
    }

    /// The sign's style. What asks for attention is never dim, not on a dim line either.
    pub fn signal(&self, signal: Signal) -> Style {
        let role = match signal {
            Signal::NeedsYou => Role::NeedsYou,
            Signal::Busy => Role::Busy,
            Signal::Done => Role::Done,
            Signal::Failed => Role::Failed,
            Signal::Rest | Signal::Starting | Signal::Ended => return self.muted(),
        };
        self.role(role).remove_modifier(Modifier::DIM)
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
}

fn style(paint: Paint, depth: Depth) -> Style {
    let weights = [
        (paint.is_bold, Modifier::BOLD),
        (paint.is_dim, Modifier::DIM),
        (paint.is_italic, Modifier::ITALIC),
        (paint.is_underlined, Modifier::UNDERLINED),
        (paint.is_reversed, Modifier::REVERSED),
    ];
    let modifier = weights.iter().filter(|(is_set, _)| *is_set).map(|(_, modifier)| *modifier).collect();
    let color = |ink| color(ink, depth);
    Style { fg: paint.ink.map(color), bg: paint.ground.map(color), ..Style::new() }.add_modifier(modifier)
}

fn color(ink: Ink, depth: Depth) -> Color {
    const ANSI: [Color; 16] = [
        Color::Black,
        Color::Red,
        Color::Green,
        Color::Yellow,
        Color::Blue,
        Color::Magenta,
        Color::Cyan,
        Color::Gray,
        Color::DarkGray,
        Color::LightRed,
        Color::LightGreen,
        Color::LightYellow,
        Color::LightBlue,
        Color::LightMagenta,
        Color::LightCyan,
        Color::White,
    ];
    match ink {
        Ink::Ansi(n) => ANSI[usize::from(n % 16)],
        Ink::Rgb(r, g, b) if depth == Depth::Indexed => Color::Indexed(nearest([r, g, b])),
        Ink::Rgb(r, g, b) => Color::Rgb(r, g, b),
    }
}

/// The nearest of xterm's colours 16 to 255: a cube of 6 × 6 × 6, and 24 greys.
fn nearest(rgb: [u8; 3]) -> u8 {
    const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    let distance =
        |other: [u8; 3]| -> u32 { rgb.iter().zip(other).map(|(a, b)| u32::from(a.abs_diff(b)).pow(2)).sum() };
    let cube = (0..216_u8).map(|n| {
        let at = |step: u8| LEVELS[usize::from(n / step % 6)];
        (16 + n, [at(36), at(6), at(1)])
    });
    let greys = (0..24_u8).map(|n| (232 + n, [8 + 10 * n; 3]));
    cube.chain(greys).min_by_key(|(_, color)| distance(*color)).map_or(16, |(n, _)| n)
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
            let theme = Theme::new(Depth::Mono, glyphs);
            let signs: std::collections::BTreeSet<_> = SIGNALS.iter().map(|signal| theme.sign(*signal)).collect();
            assert_eq!(signs.len(), SIGNALS.len());
            assert!(signs.iter().all(|sign| text::width(sign) == 1));
        }
    }

    fn every_style(theme: &Theme) -> Vec<Style> {
        let of_signals = SIGNALS.iter().map(|signal| theme.signal(*signal));
        of_signals.chain(Role::ALL.map(|role| theme.role(role))).collect()
    }

    #[test]
    fn without_colour_no_style_has_one() {
        for table in crate::config::theme::Themes::default().iter() {
            let theme = Theme::of(table, Depth::Mono, Glyphs::Unicode);
            assert!(every_style(&theme).iter().all(|style| style.fg.is_none() && style.bg.is_none()), "{}", table.name);
        }
    }

    #[test]
    fn a_terminal_of_few_colours_gets_only_those_it_has() {
        for table in crate::config::theme::Themes::default().iter() {
            let theme = Theme::of(table, Depth::Ansi, Glyphs::Unicode);
            let is_own = |color: Option<Color>| matches!(color, Some(Color::Rgb(..) | Color::Indexed(_)));
            assert!(!every_style(&theme).iter().any(|style| is_own(style.fg) || is_own(style.bg)), "{}", table.name);
            let theme = Theme::of(table, Depth::Indexed, Glyphs::Unicode);
            let is_rgb = |color: Option<Color>| matches!(color, Some(Color::Rgb(..)));
            assert!(!every_style(&theme).iter().any(|style| is_rgb(style.fg) || is_rgb(style.bg)), "{}", table.name);
        }
        assert_eq!([[0, 0, 0], [255, 255, 255], [95, 135, 175], [41, 39, 40]].map(nearest), [16, 231, 67, 235]);
    }

    #[test]
    fn the_colours_of_a_terminal_are_told_by_its_environment() {
        let auto = ColorChoice::Auto;
        let cases = [
            (&[("TERM", "xterm-256color")][..], auto, Depth::Indexed),
            (&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")], auto, Depth::True),
            (&[("TERM", "xterm-kitty")], auto, Depth::True),
            (&[("TERM", "linux")], auto, Depth::Ansi),
            (&[], auto, Depth::Ansi),
            (&[("COLORTERM", "24bit"), ("NO_COLOR", "1")], auto, Depth::Mono),
            (&[("NO_COLOR", "")], ColorChoice::True, Depth::True),
            (&[("COLORTERM", "truecolor")], ColorChoice::None, Depth::Mono),
            (&[("COLORTERM", "truecolor")], ColorChoice::Ansi, Depth::Ansi),
        ];
        for (env, choice, depth) in cases {
            let env: Env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            assert_eq!(Depth::of(&env, choice), depth, "{env:?} {choice:?}");
        }
    }
}
