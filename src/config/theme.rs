//! Themes: a table from roles to how they are painted, as a text that users can write too.
//!
//! A role is painted by a few words: `bold accent on ground`. Words are weights (`bold`, `dim`, `italic`, `underline`,
//! `reverse`), colours of the terminal by name (`cyan`, `bright-cyan`), `#rrggbb`, names of the theme's own `[colors]`, and
//! `default`; `on` comes before the background. Pure, and never fails: what is not understood is reported with line and column,
//! and the terminal's own theme applies there.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

use toml_edit::{Document, Item, TableLike};

use crate::config::field::describe;
use crate::config::model::Ui;
use crate::config::parse::Diagnostic;
use crate::config::position::{LineStarts, Position};
use crate::config::suggest;
use crate::input::event::ColorScheme;

/// The theme that is used unless another is chosen, and where another says nothing.
pub const TERMINAL: &str = "terminal";

/// The choice that follows the outer terminal's light and dark.
pub const AUTO: &str = "auto";

/// What is painted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// Ordinary text, and the ground of the whole frame.
    Text,
    /// What matters less: ages, directories.
    Muted,
    /// What was not looked at yet, and headings.
    Strong,
    /// Lines between panes.
    Border,
    /// What has the focus.
    Accent,
    /// A key that can be pressed.
    Key,
    /// The selected row of a list.
    Selected,
    /// The part of a row that matches what was typed.
    Matched,
    /// What a search found on the page.
    Found,
    /// The match that the cursor is on.
    Current,
    /// It waits for the user.
    NeedsYou,
    /// It works.
    Busy,
    /// It is done and was not looked at since.
    Done,
    /// It failed.
    Failed,
}

impl Role {
    /// All roles, in the order of the table.
    pub const ALL: [Self; 14] = [
        Self::Text,
        Self::Muted,
        Self::Strong,
        Self::Border,
        Self::Accent,
        Self::Key,
        Self::Selected,
        Self::Matched,
        Self::Found,
        Self::Current,
        Self::NeedsYou,
        Self::Busy,
        Self::Done,
        Self::Failed,
    ];

    /// Its name in a theme's file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Muted => "muted",
            Self::Strong => "strong",
            Self::Border => "border",
            Self::Accent => "accent",
            Self::Key => "key",
            Self::Selected => "selected",
            Self::Matched => "matched",
            Self::Found => "found",
            Self::Current => "current",
            Self::NeedsYou => "needs-you",
            Self::Busy => "busy",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }
}

/// A colour.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ink {
    /// One of the terminal's 16.
    Ansi(u8),
    /// Red, green and blue.
    Rgb(u8, u8, u8),
}

/// How a role is painted. What is `None` stays as it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Paint {
    /// The colour of the text.
    pub ink: Option<Ink>,
    /// The colour behind it.
    pub ground: Option<Ink>,
    /// Bold.
    pub is_bold: bool,
    /// Dim.
    pub is_dim: bool,
    /// Italic.
    pub is_italic: bool,
    /// Underlined.
    pub is_underlined: bool,
    /// Text and ground change places.
    pub is_reversed: bool,
}

/// A theme.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ThemeTable {
    /// What it is called; its file's name without `.toml`.
    pub name: String,
    /// What it is made for; `None` where it suits both.
    pub scheme: Option<ColorScheme>,
    /// By role, in the order of [`Role::ALL`].
    paints: [Paint; Role::ALL.len()],
}

impl ThemeTable {
    /// How the role is painted.
    pub fn paint(&self, role: Role) -> Paint {
        self.paints[role as usize]
    }

    /// Whether it has colours of its own, beside the terminal's 16.
    pub fn has_own_colors(&self) -> bool {
        let is_own = |ink: Option<Ink>| matches!(ink, Some(Ink::Rgb(..)));
        self.paints.iter().any(|paint| is_own(paint.ink) || is_own(paint.ground))
    }
}

/// Something in a theme's file that was not used.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// Where, from 1.
    pub line: usize,
    /// Where in the line, in characters from 1.
    pub column: usize,
    /// What is wrong; lower case, no final period.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.message)
    }
}

/// The built-in themes, in the order of the picker.
const BUILT_IN: [(&str, &str); 10] = [
    (TERMINAL, include_str!("../../assets/themes/terminal.toml")),
    ("dusk", include_str!("../../assets/themes/dusk.toml")),
    ("ink", include_str!("../../assets/themes/ink.toml")),
    ("nord", include_str!("../../assets/themes/nord.toml")),
    ("gruvbox-dark", include_str!("../../assets/themes/gruvbox-dark.toml")),
    ("catppuccin-mocha", include_str!("../../assets/themes/catppuccin-mocha.toml")),
    ("dracula", include_str!("../../assets/themes/dracula.toml")),
    ("paper", include_str!("../../assets/themes/paper.toml")),
    ("gruvbox-light", include_str!("../../assets/themes/gruvbox-light.toml")),
    ("catppuccin-latte", include_str!("../../assets/themes/catppuccin-latte.toml")),
];

static BUILT: LazyLock<Vec<ThemeTable>> =
    LazyLock::new(|| BUILT_IN.iter().map(|(name, text)| built(name, text)).collect());
static MONO: LazyLock<ThemeTable> = LazyLock::new(|| built("mono", include_str!("../../assets/themes/mono.toml")));

fn built(name: &str, text: &str) -> ThemeTable {
    let nothing = ThemeTable { name: name.to_owned(), scheme: None, paints: [Paint::default(); Role::ALL.len()] };
    parse_on(nothing, text).0
}

/// The theme made of the terminal's own colours.
pub fn terminal() -> &'static ThemeTable {
    &BUILT[0]
}

/// The theme without any colour.
pub fn mono() -> &'static ThemeTable {
    &MONO
}

/// All themes there are: the built-in ones and the user's.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Themes(Vec<ThemeTable>);

impl Default for Themes {
    fn default() -> Self {
        Self(BUILT.clone())
    }
}

impl Themes {
    /// Adds a theme, in the place of one that is called the same.
    pub fn add(&mut self, theme: ThemeTable) {
        match self.0.iter_mut().find(|known| known.name == theme.name) {
            Some(known) => *known = theme,
            None => self.0.push(theme),
        }
    }

    /// The theme of this name.
    pub fn get(&self, name: &str) -> Option<&ThemeTable> {
        self.0.iter().find(|theme| theme.name == name)
    }

    /// All of them, in the order of the picker.
    pub fn iter(&self) -> impl Iterator<Item = &ThemeTable> {
        self.0.iter()
    }

    /// The theme by the user's choice, on a terminal that is light or dark (`None`: it did not say, and is taken for dark).
    pub fn choose(&self, choice: &str, ui: &Ui, scheme: Option<ColorScheme>) -> &ThemeTable {
        let name = match (choice, scheme) {
            (AUTO, Some(ColorScheme::Light)) => &ui.theme_light,
            (AUTO, Some(ColorScheme::Dark) | None) => &ui.theme_dark,
            (name, _) => name,
        };
        self.get(name).unwrap_or(terminal())
    }

    /// What is wrong with the themes that the settings name.
    pub fn check(&self, ui: &Ui, places: &BTreeMap<&'static str, Position>) -> Vec<Diagnostic> {
        let named = [("theme", &ui.theme), ("theme_light", &ui.theme_light), ("theme_dark", &ui.theme_dark)];
        let is_unknown =
            |(key, name): &(&str, &String)| self.get(name).is_none() && !(*key == "theme" && *name == AUTO);
        let diagnostic = |(key, name): (&str, &String)| Diagnostic {
            at: places.get(key).copied(),
            key: format!("ui.{key}"),
            message: format!(
                "there is no theme {name:?}{}; {TERMINAL:?} applies",
                suggest::hint(name, self.iter().map(|theme| theme.name.as_str()))
            ),
        };
        named.into_iter().filter(is_unknown).map(diagnostic).collect()
    }
}

/// Reads a theme's file; what it does not say is as in the terminal's own theme.
pub fn parse(name: &str, text: &str) -> (ThemeTable, Vec<Fault>) {
    parse_on(ThemeTable { name: name.to_owned(), ..terminal().clone() }, text)
}

fn parse_on(base: ThemeTable, text: &str) -> (ThemeTable, Vec<Fault>) {
    let mut reader = Reader { starts: LineStarts::of(text), theme: base, colors: BTreeMap::new(), faults: Vec::new() };
    match Document::parse(text) {
        Ok(document) => reader.root(document.as_table()),
        Err(error) => {
            let message = error.message().split_whitespace().collect::<Vec<_>>().join(" ");
            reader.fault(error.span().map_or(0, |span| span.start), format!("not valid TOML: {message}"));
        }
    }
    (reader.theme, reader.faults)
}

struct Reader<'t> {
    starts: LineStarts<'t>,
    theme: ThemeTable,
    colors: BTreeMap<String, Ink>,
    faults: Vec<Fault>,
}

impl Reader<'_> {
    fn fault(&mut self, offset: usize, message: String) {
        let Position { line, column } = self.starts.position(offset);
        self.faults.push(Fault { line, column, message });
    }

    fn root(&mut self, table: &dyn TableLike) {
        // Names first: roles are made of them, wherever they stand.
        if let Some(colors) = table.get("colors").and_then(Item::as_table_like) {
            self.each(colors, Self::color);
        }
        self.each(table, |reader, name, at, item| match (name, item.as_table_like()) {
            ("colors", Some(_)) => {}
            ("roles", Some(roles)) => reader.each(roles, Self::role),
            ("colors" | "roles", None) => reader.fault(at, format!("{name} is a table: write [{name}]")),
            ("scheme", _) => match item.as_str() {
                Some("dark") => reader.theme.scheme = Some(ColorScheme::Dark),
                Some("light") => reader.theme.scheme = Some(ColorScheme::Light),
                _ => reader.fault(at, format!("expected \"dark\" or \"light\", found {}", describe(item))),
            },
            _ => {
                let hint = suggest::hint(name, ["scheme", "colors", "roles"]);
                reader.fault(at, format!("unknown key {name}{hint}"));
            }
        });
    }

    /// Hands each entry out with the place of its value, or of its key where that is a table.
    fn each(&mut self, table: &dyn TableLike, mut read: impl FnMut(&mut Self, &str, usize, &Item)) {
        for (name, item) in table.iter() {
            let key = table.get_key_value(name).and_then(|(key, _)| key.span());
            let at = if item.is_table_like() { key } else { item.span().or(key) };
            read(self, name, at.map_or(0, |span| span.start), item);
        }
    }

    fn color(&mut self, name: &str, at: usize, item: &Item) {
        match item.as_str().map(|word| self.ink(word)) {
            Some(Some(ink)) => _ = self.colors.insert(name.to_owned(), ink),
            _ => self.fault(at, format!("expected a colour such as \"#88c0d0\" or \"cyan\", found {}", describe(item))),
        }
    }

    fn role(&mut self, name: &str, at: usize, item: &Item) {
        let Some(role) = Role::ALL.into_iter().find(|role| role.as_str() == name) else {
            let hint = suggest::hint(name, Role::ALL.map(Role::as_str));
            return self.fault(at, format!("unknown role {name}{hint}"));
        };
        match item.as_str().map(|words| self.paint(words)) {
            Some(Ok(paint)) => self.theme.paints[role as usize] = paint,
            Some(Err(word)) => {
                self.fault(at, format!("{word:?} is no colour and no weight; {name} is as in \"terminal\""))
            }
            None => self.fault(at, format!("expected a text such as \"bold cyan\", found {}", describe(item))),
        }
    }

    /// A role's words; the word that is not understood.
    fn paint(&self, words: &str) -> Result<Paint, String> {
        let mut paint = Paint::default();
        let mut is_ground = false;
        for word in words.split_whitespace() {
            match word {
                "bold" => paint.is_bold = true,
                "dim" => paint.is_dim = true,
                "italic" => paint.is_italic = true,
                "underline" => paint.is_underlined = true,
                "reverse" => paint.is_reversed = true,
                "on" => is_ground = true,
                "default" => {}
                word => {
                    let ink = Some(self.ink(word).ok_or_else(|| word.to_owned())?);
                    if is_ground {
                        paint.ground = ink
                    } else {
                        paint.ink = ink
                    };
                }
            }
        }
        Ok(paint)
    }

    fn ink(&self, word: &str) -> Option<Ink> {
        const NAMES: [&str; 8] = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];
        if let Some(ink) = self.colors.get(word) {
            return Some(*ink);
        }
        if let Some(digits) = word.strip_prefix('#').filter(|digits| digits.len() == 6) {
            let value = u32::from_str_radix(digits, 16).ok()?;
            let [_, red, green, blue] = value.to_be_bytes();
            return Some(Ink::Rgb(red, green, blue));
        }
        let (name, first) = word.strip_prefix("bright-").map_or((word, 0), |name| (name, 8));
        let at = NAMES.iter().position(|known| *known == name)?;
        u8::try_from(at + first).ok().map(Ink::Ansi)
    }
}

#[cfg(test)]
#[path = "theme_tests.rs"]
mod tests;
