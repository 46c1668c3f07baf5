//! TOML text → [`Config`] + diagnostics. What cannot be used is reported with its line and its default applies.

use std::fmt;

use toml_edit::{Document, Item, TableLike};

use crate::config::field::{describe, or_list, set_field};
use crate::config::model::{Config, KeyRow};
use crate::config::options::{self, Kind, OPTIONS, OptionRow, Value};
use crate::config::position::{LineStarts, Position};
use crate::config::provider_row::{ProviderEntry, ProviderFields};
use crate::config::suggest;
use crate::core::command::{self, COMMANDS};

/// The tables that are not made of plain options.
const KEYS: &str = "keys";
const PROVIDERS: &str = "providers";

/// Something in the settings that was not used, or not as written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    /// Where; `None` where no place is to blame.
    pub at: Option<Position>,
    /// The dotted key; empty for a syntax error.
    pub key: String,
    /// What is wrong and what applies instead; lower case, no final period.
    pub message: String,
}

impl Diagnostic {
    /// Whether the text is no TOML at all: then nothing of it is used.
    pub fn is_syntax(&self) -> bool {
        self.key.is_empty()
    }

    /// The diagnostic as compilers write it, `file:line:column: key: message`.
    pub fn in_file(&self, file: &str) -> String {
        let place = self.at.map(|at| format!(":{}:{}", at.line, at.column)).unwrap_or_default();
        format!("{file}{place}: {}", self.words())
    }

    fn words(&self) -> String {
        if self.key.is_empty() { self.message.clone() } else { format!("{}: {}", self.key, self.message) }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(at) = self.at {
            write!(f, "{at}: ")?;
        }
        f.write_str(&self.words())
    }
}

/// Reads the settings. Never fails: a text that is not TOML is one diagnostic and all defaults.
pub fn parse(text: &str) -> (Config, Vec<Diagnostic>) {
    let mut config = Config::default();
    let mut reader = Reader::new(text);
    match Document::parse(text) {
        Ok(document) => reader.root(document.as_table(), &mut config),
        Err(error) => {
            let at = error.span().map(|span| reader.starts.position(span.start));
            let message = format!("not valid TOML: {}", one_line(error.message()));
            reader.diagnostics.push(Diagnostic { at, key: String::new(), message });
        }
    }
    reader.diagnostics.sort_by_key(|diagnostic| diagnostic.at);
    (config, reader.diagnostics)
}

/// Reads a text that is nothing but provider rows (`[NAME]` …), such as the built-in table.
pub fn parse_rows(text: &str) -> (Vec<ProviderEntry>, Vec<Diagnostic>) {
    let mut reader = Reader::new(text);
    let mut entries = Vec::new();
    match Document::parse(text) {
        Ok(document) => reader.providers(document.as_table(), "", &mut entries),
        Err(error) => {
            let at = error.span().map(|span| reader.starts.position(span.start));
            reader.diagnostics.push(Diagnostic { at, key: String::new(), message: one_line(error.message()) });
        }
    }
    (entries, reader.diagnostics)
}

/// The parser's messages may have several lines.
pub(super) fn one_line(message: &str) -> String {
    message.split('\n').map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(", ")
}

/// Knows places, collects diagnostics.
struct Reader<'a> {
    starts: LineStarts<'a>,
    diagnostics: Vec<Diagnostic>,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str) -> Self {
        Self { starts: LineStarts::of(text), diagnostics: Vec::new() }
    }

    /// The place of a key in its table.
    fn place_of(&self, table: &dyn TableLike, name: &str) -> Option<Position> {
        let key = table.get_key_value(name);
        let span = key.and_then(|(key, item)| key.span().or_else(|| item.span()));
        span.map(|span| self.starts.position(span.start))
    }

    /// The place of a value.
    fn place_of_value(&self, item: &Item) -> Option<Position> {
        item.span().map(|span| self.starts.position(span.start))
    }

    fn report(&mut self, at: Option<Position>, key: &str, message: String) {
        self.diagnostics.push(Diagnostic { at, key: key.to_owned(), message });
    }

    fn root(&mut self, table: &dyn TableLike, config: &mut Config) {
        for (name, item) in table.iter() {
            let at = self.place_of(table, name);
            if let Some(row) = options::find("", name) {
                self.option(row, item, name, at, config);
                continue;
            }
            let section = name == KEYS || name == PROVIDERS || options::sections().contains(&name);
            match (section, item.as_table_like()) {
                (true, Some(inner)) if name == KEYS => self.keys(inner, config),
                (true, Some(inner)) if name == PROVIDERS => self.providers(inner, "providers.", &mut config.providers),
                (true, Some(inner)) => self.section(name, inner, config),
                (true, None) => self.report(at, name, format!("is a table: write [{name}]")),
                (false, _) => self.unknown_root(at, name),
            }
        }
    }

    fn unknown_root(&mut self, at: Option<Position>, name: &str) {
        // A key of a section that was written at the top level is a common slip; say where it belongs.
        let home = OPTIONS.iter().find(|row| row.name == name && !row.section.is_empty());
        let message = match home {
            Some(row) => format!("unknown here; it belongs under [{}]", row.section),
            None => {
                let known = OPTIONS.iter().filter(|row| row.section.is_empty()).map(|row| row.name);
                let known = known.chain(options::sections()).chain([KEYS, PROVIDERS]);
                format!("unknown option{}", suggest::hint(name, known))
            }
        };
        self.report(at, name, message);
    }

    fn section(&mut self, section: &str, table: &dyn TableLike, config: &mut Config) {
        for (name, item) in table.iter() {
            let at = self.place_of(table, name);
            let key = format!("{section}.{name}");
            if let Some(row) = options::find(section, name) {
                self.option(row, item, &key, at, config);
            } else if options::find("", name).is_some() {
                // TOML's own trap: what follows a header belongs to it.
                self.report(at, &key, format!("unknown here; {name} belongs at the top, before the first [section]"));
            } else {
                let known = OPTIONS.iter().filter(|row| row.section == section).map(|row| row.name);
                self.report(at, &key, format!("unknown option{}", suggest::hint(name, known)));
            }
        }
    }

    fn option(&mut self, row: &OptionRow, item: &Item, key: &str, at: Option<Position>, config: &mut Config) {
        match check(row.kind, item) {
            Ok(value) => {
                (row.apply)(config, value);
                config.places.extend(at.map(|at| (row.name, at)));
            }
            Err(message) => {
                let default =
                    if row.is_sample { "it stays unset".to_owned() } else { format!("{} applies", row.default) };
                self.report(self.place_of_value(item).or(at), key, format!("{message}; {default}"));
            }
        }
    }

    fn keys(&mut self, table: &dyn TableLike, config: &mut Config) {
        for (name, item) in table.iter() {
            let at = self.place_of(table, name);
            let key = format!("{KEYS}.{name}");
            if command::by_id(name).is_none() {
                let hint = suggest::hint(name, COMMANDS.iter().map(|row| row.id));
                self.report(at, &key, format!("unknown command{hint}"));
                continue;
            }
            let Some(texts) = texts_with_offsets(item) else {
                self.report(at, &key, "expected a key or a list of keys; its default keys apply".to_owned());
                continue;
            };
            let keys = texts
                .into_iter()
                .map(|(text, offset)| (text, offset.map(|offset| self.starts.position(offset)).or(at)))
                .collect();
            config.keys.push(KeyRow { command: name.to_owned(), keys, at });
        }
    }

    fn providers(&mut self, table: &dyn TableLike, path: &str, entries: &mut Vec<ProviderEntry>) {
        for (name, item) in table.iter() {
            let at = self.place_of(table, name);
            let key = format!("{path}{name}");
            let Some(inner) = item.as_table_like() else {
                self.report(at, &key, format!("is a table: write [{key}]"));
                continue;
            };
            if !is_provider_name(name) {
                self.report(at, &key, "a provider's name is made of letters, digits, - and _".to_owned());
                continue;
            }
            let mut fields = ProviderFields::default();
            for (field, item) in inner.iter() {
                let at = self.place_of(inner, field);
                if let Err(message) = set_field(&mut fields, field, item) {
                    self.report(self.place_of_value(item).or(at), &format!("{key}.{field}"), message);
                }
            }
            entries.push(ProviderEntry { name: name.to_owned(), at, fields });
        }
    }
}

/// A name that is safe in a path, on the command line and in the sidebar.
fn is_provider_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 40
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

/// Checks a plain option's value.
fn check(kind: Kind, item: &Item) -> Result<Value, String> {
    let found = describe(item);
    match kind {
        Kind::Text => match item.as_str() {
            Some(text) if !text.trim().is_empty() => Ok(Value::Text(text.to_owned())),
            Some(_) => Err("must not be empty".to_owned()),
            None => Err(format!("expected a text in quotes, found {found}")),
        },
        Kind::Switch => {
            item.as_bool().map(Value::Switch).ok_or_else(|| format!("expected true or false, found {found}"))
        }
        Kind::Number(low, high) => item
            .as_integer()
            .and_then(|number| usize::try_from(number).ok())
            .filter(|number| (low..=high).contains(number))
            .map(Value::Number)
            .ok_or_else(|| format!("expected a whole number from {low} to {high}, found {found}")),
        Kind::Word(words) => {
            let text = item.as_str();
            let at = text.and_then(|text| words.iter().position(|word| *word == text));
            at.map(Value::Word).ok_or_else(|| {
                let hint = text.map(|text| suggest::hint(text, words.iter().copied())).unwrap_or_default();
                format!("expected {}, found {found}{hint}", or_list(words.iter().copied()))
            })
        }
        Kind::Texts => {
            let texts = item.is_array().then(|| texts_with_offsets(item)).flatten();
            let texts = texts.ok_or_else(|| format!("expected a list of texts, found {found}"))?;
            let texts: Vec<String> = texts.into_iter().map(|(text, _)| text).collect();
            if texts.iter().any(String::is_empty) { Err("a text is empty".to_owned()) } else { Ok(Value::Texts(texts)) }
        }
        Kind::Words(words) => {
            let texts = item.is_array().then(|| texts_with_offsets(item)).flatten();
            let texts = texts.ok_or_else(|| format!("expected a list of texts, found {found}"))?;
            let place = |(text, _): &(String, _)| {
                let hint = || suggest::hint(text, words.iter().copied());
                let at = words.iter().position(|word| word == text);
                at.ok_or_else(|| format!("{text:?} is none of {}{}", or_list(words.iter().copied()), hint()))
            };
            texts.iter().map(place).collect::<Result<_, _>>().map(Value::Words)
        }
    }
}

/// A text or a list of texts, each with the offset where it stands. `false` counts as an empty list.
fn texts_with_offsets(item: &Item) -> Option<Vec<(String, Option<usize>)>> {
    let start = |span: Option<std::ops::Range<usize>>| span.map(|span| span.start);
    if let Some(text) = item.as_str() {
        return Some(vec![(text.to_owned(), start(item.span()))]);
    }
    if item.as_bool() == Some(false) {
        return Some(Vec::new());
    }
    item.as_array()?.iter().map(|value| Some((value.as_str()?.to_owned(), start(value.span())))).collect()
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
