//! The text form of a layout (`.homing.toml`): text → [`Plan`] or what is wrong with it, and back.
//!
//! Unlike settings, of a layout with a mistake nothing is used: half a layout is not what anybody wrote.

use std::fmt::Write as _;

use toml_edit::{Document, Item, TableLike, Value};

use crate::config::field::{describe, or_list};
use crate::config::parse::{Diagnostic, one_line};
use crate::config::position::{LineStarts, Position};
use crate::config::suggest;
use crate::core::plan::{MAX_DEPTH, MAX_WEIGHT, PanePlan, Plan, Shape, TabPlan};
use crate::core::session::SHELL;
use crate::geometry::Axis;

/// What may stand at the top.
const ROOT: &[&str] = &["tab"];

/// What may stand in a tab.
const TAB: &[&str] = &["name", "split", "panes"];

/// What may stand in a pane that is split.
const SPLIT: &[&str] = &["size", "split", "panes"];

/// What may stand in a pane.
const PANE: &[&str] = &["size", "provider", "name", "dir", "model", "args", "prompt", "command"];

/// The words for the axes, in the order of `AXES`.
const SPLITS: &[&str] = &["right", "down"];
const AXES: [Axis; 2] = [Axis::Row, Axis::Column];

/// Reads a layout.
///
/// # Errors
/// All that is wrong with it, in the order of the text.
pub fn parse(text: &str) -> Result<Plan, Vec<Diagnostic>> {
    let mut reader = Reader { starts: LineStarts::of(text), diagnostics: Vec::new() };
    let plan = match Document::parse(text) {
        Ok(document) => reader.plan(document.as_item()),
        Err(error) => {
            let at = error.span().map(|span| reader.starts.position(span.start));
            let message = format!("not valid TOML: {}", one_line(error.message()));
            reader.diagnostics.push(Diagnostic { at, key: String::new(), message });
            Plan::default()
        }
    };
    reader.diagnostics.sort_by_key(|diagnostic| diagnostic.at);
    if reader.diagnostics.is_empty() { Ok(plan) } else { Err(reader.diagnostics) }
}

struct Reader<'a> {
    starts: LineStarts<'a>,
    diagnostics: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn report(&mut self, at: Option<Position>, key: &str, message: impl Into<String>) {
        self.diagnostics.push(Diagnostic { at, key: key.to_owned(), message: message.into() });
    }

    fn report_at(&mut self, item: &Item, key: &str, message: impl Into<String>) {
        let at = item.span().map(|span| self.starts.position(span.start));
        self.report(at, key, message);
    }

    /// Complains about keys that mean nothing there.
    fn check_keys(&mut self, table: &dyn TableLike, path: &str, known: &[&str]) {
        for (name, item) in table.iter().filter(|(name, _)| !known.contains(name)) {
            let span = table.get_key_value(name).and_then(|(key, _)| key.span()).or_else(|| item.span());
            let at = span.map(|span| self.starts.position(span.start));
            let hint = suggest::hint(name, known.iter().copied());
            self.report(at, &join(path, name), format!("unknown here{hint}"));
        }
    }

    fn plan(&mut self, root: &Item) -> Plan {
        let Some(table) = root.as_table_like() else { return Plan::default() };
        self.check_keys(table, "", ROOT);
        let tabs = match table.get("tab") {
            None => {
                self.report(None, "tab", "a layout has one [[tab]] or more");
                Vec::new()
            }
            Some(item) => self.tables(item, "tab"),
        };
        Plan { tabs: tabs.iter().enumerate().map(|(n, tab)| self.tab(tab, &format!("tab {}", n + 1))).collect() }
    }

    /// A list of tables, as `[[name]]` or in brackets.
    fn tables(&mut self, item: &Item, path: &str) -> Vec<Item> {
        if let Item::ArrayOfTables(tables) = item {
            return tables.iter().cloned().map(Item::Table).collect();
        }
        let Some(array) = item.as_array() else {
            self.report_at(item, path, format!("expected a list of tables, found {}", describe(item)));
            return Vec::new();
        };
        let mut found = Vec::new();
        for value in array {
            let item = Item::Value(value.clone());
            if matches!(value, Value::InlineTable(_)) {
                found.push(item);
            } else {
                self.report_at(&item, path, format!("expected a table {{ … }}, found {}", describe(&item)));
            }
        }
        if found.is_empty() && self.diagnostics.is_empty() {
            self.report_at(item, path, "is empty");
        }
        found
    }

    fn tab(&mut self, item: &Item, path: &str) -> TabPlan {
        let fallback = TabPlan { name: None, panes: Shape::Leaf(PanePlan::default()) };
        let Some(table) = item.as_table_like() else { return fallback };
        self.check_keys(table, path, TAB);
        let panes = if table.get("panes").is_some() { self.split(table, path, None, 0) } else { fallback.panes };
        TabPlan { name: self.text(table, path, "name"), panes }
    }

    /// The panes of a tab or of a split within one.
    fn split(&mut self, table: &dyn TableLike, path: &str, outer: Option<Axis>, depth: usize) -> Shape<PanePlan> {
        let axis = self.axis(table, path);
        let items = table.get("panes").map(|panes| self.tables(panes, &join(path, "panes"))).unwrap_or_default();
        let at = table.get("panes").and_then(Item::span).map(|span| self.starts.position(span.start));
        if outer == Some(axis) {
            let word = SPLITS[AXES.iter().position(|known| *known == axis).unwrap_or(0)];
            self.report(at, path, format!("split {word:?} within {word:?}: its panes belong into the outer list"));
        }
        if depth >= MAX_DEPTH {
            self.report(at, path, format!("splits are nested deeper than {MAX_DEPTH}"));
            return Shape::Leaf(PanePlan::default());
        }
        let mut parts = Vec::new();
        for (n, item) in items.iter().enumerate() {
            let path = format!("{path}, pane {}", n + 1);
            let Some(table) = item.as_table_like() else { continue };
            let share = self.share(table, &path);
            if table.get("panes").is_some() {
                self.check_keys(table, &path, SPLIT);
                parts.push((share, self.split(table, &path, Some(axis), depth + 1)));
            } else {
                self.check_keys(table, &path, PANE);
                parts.push((share, Shape::Leaf(self.pane(table, &path))));
            }
        }
        match parts.len() {
            0 => Shape::Leaf(PanePlan::default()),
            1 => {
                if outer.is_some() {
                    self.report(at, path, "a split has two panes or more: write the pane itself here");
                }
                parts.remove(0).1
            }
            _ => Shape::Split { axis, parts },
        }
    }

    fn axis(&mut self, table: &dyn TableLike, path: &str) -> Axis {
        let Some(item) = table.get("split") else { return Axis::Row };
        let at = item.as_str().and_then(|word| SPLITS.iter().position(|known| *known == word));
        at.map_or_else(
            || {
                let expected = or_list(SPLITS.iter().copied());
                self.report_at(item, &join(path, "split"), format!("expected {expected}, found {}", describe(item)));
                Axis::Row
            },
            |at| AXES[at],
        )
    }

    fn share(&mut self, table: &dyn TableLike, path: &str) -> u32 {
        let Some(item) = table.get("size") else { return 1 };
        let share = item.as_integer().and_then(|share| u32::try_from(share).ok());
        share.filter(|share| (1..=MAX_WEIGHT).contains(share)).unwrap_or_else(|| {
            let found = describe(item);
            self.report_at(item, &join(path, "size"), format!("expected a whole number from 1 on, found {found}"));
            1
        })
    }

    fn pane(&mut self, table: &dyn TableLike, path: &str) -> PanePlan {
        let provider = self.text(table, path, "provider").unwrap_or_else(|| SHELL.to_owned());
        let pane = PanePlan {
            name: self.text(table, path, "name"),
            dir: self.text(table, path, "dir"),
            model: self.text(table, path, "model"),
            args: table.get("args").map(|args| self.texts(args, &join(path, "args"))).unwrap_or_default(),
            prompt: self.text(table, path, "prompt"),
            command: self.text(table, path, "command"),
            provider,
        };
        let is_shell = pane.provider == SHELL;
        let misplaced = match (is_shell, &pane) {
            (true, PanePlan { prompt: Some(_), .. }) => Some(("prompt", "a shell takes a command, not a prompt")),
            (true, PanePlan { model: Some(_), .. }) => Some(("model", "a shell has no model")),
            (false, PanePlan { command: Some(_), .. }) => Some(("command", "is for shells; an agent takes a prompt")),
            _ => None,
        };
        if let Some((name, message)) = misplaced
            && let Some(item) = table.get(name)
        {
            self.report_at(item, &join(path, name), message);
        }
        pane
    }

    fn text(&mut self, table: &dyn TableLike, path: &str, name: &str) -> Option<String> {
        let item = table.get(name)?;
        match item.as_str() {
            Some(text) if !text.trim().is_empty() => return Some(text.to_owned()),
            Some(_) => self.report_at(item, &join(path, name), "must not be empty"),
            None => {
                self.report_at(item, &join(path, name), format!("expected a text in quotes, found {}", describe(item)));
            }
        }
        None
    }

    fn texts(&mut self, item: &Item, path: &str) -> Vec<String> {
        let texts: Option<Option<Vec<String>>> =
            item.as_array().map(|list| list.iter().map(|value| value.as_str().map(str::to_owned)).collect());
        texts.flatten().unwrap_or_else(|| {
            self.report_at(item, path, format!("expected a list of texts, found {}", describe(item)));
            Vec::new()
        })
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}: {name}") }
}

/// The layout as text; reads back as the same layout.
pub fn print(plan: &Plan) -> String {
    let mut out = String::from("# A layout for homing: `homing up` opens what is not open yet.\n");
    for tab in &plan.tabs {
        out.push_str("\n[[tab]]\n");
        if let Some(name) = &tab.name {
            let _ = writeln!(out, "name = {}", quoted(name));
        }
        match &tab.panes {
            Shape::Leaf(pane) => {
                let _ = writeln!(out, "panes = [{}]", pane_text(pane, None));
            }
            Shape::Split { axis, parts } => {
                let _ = writeln!(out, "split = {:?}", word(*axis));
                out.push_str("panes = ");
                print_parts(parts, 0, &mut out);
                out.push('\n');
            }
        }
    }
    out
}

fn print_parts(parts: &[(u32, Shape<PanePlan>)], depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth + 1);
    // Shares that are all the same need not be told.
    let tells = parts.iter().any(|(share, _)| *share != 1);
    out.push_str("[\n");
    for (share, part) in parts {
        let share = tells.then_some(*share);
        match part {
            Shape::Leaf(pane) => {
                let _ = writeln!(out, "{indent}{},", pane_text(pane, share));
            }
            Shape::Split { axis, parts } => {
                let size = share.map(|share| format!("size = {share}, ")).unwrap_or_default();
                let _ = write!(out, "{indent}{{ {size}split = {:?}, panes = ", word(*axis));
                print_parts(parts, depth + 1, out);
                out.push_str(" },\n");
            }
        }
    }
    let _ = write!(out, "{}]", "  ".repeat(depth));
}

fn word(axis: Axis) -> &'static str {
    match axis {
        Axis::Row => "right",
        Axis::Column => "down",
    }
}

fn pane_text(pane: &PanePlan, share: Option<u32>) -> String {
    let mut fields = Vec::new();
    fields.extend(share.map(|share| format!("size = {share}")));
    fields.push(format!("provider = {}", quoted(&pane.provider)));
    let texts = [("name", &pane.name), ("dir", &pane.dir), ("model", &pane.model)];
    let text =
        |(name, value): (&str, &Option<String>)| value.as_ref().map(|value| format!("{name} = {}", quoted(value)));
    fields.extend(texts.into_iter().filter_map(text));
    if !pane.args.is_empty() {
        let args: Vec<String> = pane.args.iter().map(|arg| quoted(arg)).collect();
        fields.push(format!("args = [{}]", args.join(", ")));
    }
    fields.extend([("prompt", &pane.prompt), ("command", &pane.command)].into_iter().filter_map(text));
    format!("{{ {} }}", fields.join(", "))
}

/// A text as a basic string of TOML, on one line.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
#[path = "plan_text_tests.rs"]
mod tests;
