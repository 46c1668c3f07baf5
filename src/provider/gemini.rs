//! Gemini CLI 0.61.0: homing's hooks in the user's `settings.json`, put there and taken out at the user's command only. It
//! takes no hooks for one launch.
//!
//! The text is edited in place: what the user wrote keeps its form, order and comments. Pure.

use serde_json::{Value, json};

/// The events that are asked for: turns, tools, waits, and which conversation is shown.
const EVENTS: &[&str] =
    &["SessionStart", "BeforeAgent", "AfterAgent", "BeforeTool", "AfterTool", "Notification", "SessionEnd"];

/// The name of our hooks, by which they are known again; Gemini shows it.
const NAME: &str = "homing";

/// Milliseconds that Gemini waits for a hook; `homing hook` gives up after 200 (DESIGN §9).
const TIMEOUT_MS: u64 = 5000;

/// Why settings are left as they are.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SettingsError {
    /// It is no JSON object, with or without comments.
    #[error("it is no JSON object as far as byte {at}; mend it, or add the hooks by hand")]
    Shape {
        /// Where it stops being one.
        at: usize,
    },
    /// `hooks`, or one of its events, is of another kind than Gemini wants.
    #[error("its {name:?} is not what Gemini expects there; mend it first")]
    Kind {
        /// Which member.
        name: String,
    },
}

/// The settings with a hook of ours for each event; `homing` is the program's path, quoted for a shell. An empty text is a
/// missing file. What is there already is written anew, so that it names this program.
///
/// # Errors
/// Where the settings are not of the expected shape; then nothing may be written.
pub fn install(settings: &str, homing: &str) -> Result<String, SettingsError> {
    let mut text = uninstall(if settings.trim().is_empty() { "{}\n" } else { settings })?;
    for event in EVENTS.iter().rev() {
        let entry = entry(homing, event);
        let top = Container::at(&text, start(&text))?;
        let Some(hooks) = top.member("hooks") else {
            text = top.with_first(&text, &format!("  \"hooks\": {{\n    \"{event}\": [\n      {entry}\n    ]\n  }}"));
            continue;
        };
        let hooks = Container::of_kind(&text, hooks.value.0, b'{', "hooks")?;
        text = match hooks.member(event) {
            Some(list) => {
                Container::of_kind(&text, list.value.0, b'[', event)?.with_first(&text, &format!("      {entry}"))
            }
            None => hooks.with_first(&text, &format!("    \"{event}\": [\n      {entry}\n    ]")),
        };
    }
    Ok(text)
}

/// The settings without our hooks, and without the lists that they leave empty; all else stays, byte by byte.
///
/// # Errors
/// Where the settings are not of the expected shape.
pub fn uninstall(settings: &str) -> Result<String, SettingsError> {
    let mut text = settings.to_owned();
    while let Some(shorter) = without_one(&text)? {
        text = shorter;
    }
    Ok(text)
}

/// How many of our hooks the settings hold.
///
/// # Errors
/// Where the settings are not of the expected shape.
pub fn n_installed(settings: &str) -> Result<usize, SettingsError> {
    let (mut n, mut text) = (0, settings.to_owned());
    if text.trim().is_empty() {
        return Ok(0);
    }
    while let Some(shorter) = without_one(&text)? {
        (n, text) = (n + 1, shorter);
    }
    Ok(n)
}

/// How many hooks are installed.
pub fn n_events() -> usize {
    EVENTS.len()
}

fn entry(homing: &str, event: &str) -> String {
    let command = format!("{homing} hook gemini {event}");
    json!({ "hooks": [{ "type": "command", "name": NAME, "command": command, "timeout": TIMEOUT_MS }] }).to_string()
}

fn is_ours(entry: &str, event: &str) -> bool {
    let value: Value = serde_json::from_str(entry).unwrap_or(Value::Null);
    let text = |name: &str| value.pointer(&format!("/hooks/0/{name}")).and_then(Value::as_str).unwrap_or_default();
    text("name") == NAME && text("command").ends_with(&format!(" hook gemini {event}"))
}

/// Without the first hook of ours, and what it leaves empty.
fn without_one(text: &str) -> Result<Option<String>, SettingsError> {
    let top = Container::at(text, start(text))?;
    let Some((at_hooks, hooks)) = top.find("hooks") else { return Ok(None) };
    let hooks = Container::of_kind(text, hooks.value.0, b'{', "hooks")?;
    for event in EVENTS {
        let Some((at_event, list)) = hooks.find(event) else { continue };
        let list = Container::of_kind(text, list.value.0, b'[', event)?;
        let is_one = |item: &Item| is_ours(text.get(item.value.0..item.value.1).unwrap_or_default(), event);
        let Some(at) = list.items.iter().position(is_one) else { continue };
        return Ok(Some(match (list.items.len(), hooks.items.len()) {
            (1, 1) => top.without(text, at_hooks),
            (1, _) => hooks.without(text, at_event),
            _ => list.without(text, at),
        }));
    }
    Ok(None)
}

/// A member of an object (with its name) or an item of a list (without), by places in the text.
#[derive(Clone, Debug)]
struct Item {
    name: String,
    /// From its first byte to behind its last.
    value: (usize, usize),
    /// Behind the comma that follows, if one does.
    comma_end: Option<usize>,
    /// Where the one before it ended, in front of the comma.
    before: usize,
}

/// An object or a list in the text.
#[derive(Debug)]
struct Container {
    /// Behind its opening bracket.
    inside: usize,
    items: Vec<Item>,
}

impl Container {
    fn of_kind(text: &str, at: usize, open: u8, name: &str) -> Result<Self, SettingsError> {
        match text.as_bytes().get(at) {
            Some(byte) if *byte == open => Self::at(text, at),
            _ => Err(SettingsError::Kind { name: name.to_owned() }),
        }
    }

    /// Reads the object or list that begins there.
    fn at(text: &str, at: usize) -> Result<Self, SettingsError> {
        let close = match text.as_bytes().get(at) {
            Some(b'{') => b'}',
            Some(b'[') => b']',
            _ => return Err(SettingsError::Shape { at }),
        };
        let (inside, mut items) = (at + 1, Vec::<Item>::new());
        let mut here = blank_end(text, inside);
        while text.as_bytes().get(here) != Some(&close) {
            let before = items.last().map_or(inside, |item| item.value.1);
            let name = if close == b'}' {
                let end = value_end(text, here)?;
                let name = serde_json::from_str(text.get(here..end).unwrap_or_default());
                here = blank_end(text, end);
                if text.as_bytes().get(here) != Some(&b':') {
                    return Err(SettingsError::Shape { at: here });
                }
                here = blank_end(text, here + 1);
                name.map_err(|_| SettingsError::Shape { at: here })?
            } else {
                String::new()
            };
            let value = (here, value_end(text, here)?);
            here = blank_end(text, value.1);
            let comma_end = (text.as_bytes().get(here) == Some(&b',')).then_some(here + 1);
            here = comma_end.map_or(here, |end| blank_end(text, end));
            if comma_end.is_none() && text.as_bytes().get(here) != Some(&close) {
                return Err(SettingsError::Shape { at: here });
            }
            items.push(Item { name, value, comma_end, before });
        }
        Ok(Self { inside, items })
    }

    fn find(&self, name: &str) -> Option<(usize, &Item)> {
        self.items.iter().enumerate().find(|(_, item)| item.name == name)
    }

    fn member(&self, name: &str) -> Option<&Item> {
        self.find(name).map(|(_, item)| item)
    }

    /// The text with something put in front of all items.
    fn with_first(&self, text: &str, item: &str) -> String {
        let (head, tail) = text.split_at(self.inside);
        let comma = if self.items.is_empty() { "" } else { "," };
        format!("{head}\n{item}{comma}{tail}")
    }

    /// The text without an item: the first goes with what [`Self::with_first`] put around it, another with the comma in
    /// front of it.
    fn without(&self, text: &str, index: usize) -> String {
        let Some(item) = self.items.get(index) else { return text.to_owned() };
        let end = if index == 0 { item.comma_end.unwrap_or(item.value.1) } else { item.value.1 };
        let head = text.get(..item.before).unwrap_or_default();
        format!("{head}{}", text.get(end..).unwrap_or_default())
    }
}

/// Where the settings begin.
fn start(text: &str) -> usize {
    blank_end(text, 0)
}

/// Behind blanks and comments (`//`, `/* */`), which Gemini allows.
fn blank_end(text: &str, mut at: usize) -> usize {
    loop {
        let rest = text.get(at..).unwrap_or_default();
        let trimmed = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        let skipped = rest.len() - trimmed.len();
        let comment = if trimmed.starts_with("//") {
            trimmed.find('\n').unwrap_or(trimmed.len())
        } else if trimmed.starts_with("/*") {
            trimmed.find("*/").map_or(trimmed.len(), |end| end + 2)
        } else {
            return at + skipped;
        };
        at += skipped + comment;
    }
}

/// Behind the value that begins there. Brackets are counted, texts are passed over.
fn value_end(text: &str, at: usize) -> Result<usize, SettingsError> {
    let shape = |at| Err(SettingsError::Shape { at });
    match text.as_bytes().get(at) {
        Some(b'"') => {
            let mut is_escaped = false;
            for (offset, byte) in text.bytes().enumerate().skip(at + 1) {
                match byte {
                    _ if is_escaped => is_escaped = false,
                    b'\\' => is_escaped = true,
                    b'"' => return Ok(offset + 1),
                    _ => {}
                }
            }
            shape(text.len())
        }
        Some(b'{' | b'[') => {
            let (mut depth, mut here) = (0_usize, at);
            loop {
                match text.as_bytes().get(here) {
                    Some(b'{' | b'[') => depth += 1,
                    Some(b'}' | b']') if depth == 1 => return Ok(here + 1),
                    Some(b'}' | b']') => depth -= 1,
                    Some(b'"') => here = value_end(text, here)? - 1,
                    Some(_) => {}
                    None => return shape(here),
                }
                here = blank_end(text, here + 1);
            }
        }
        Some(_) => {
            let rest = text.get(at..).unwrap_or_default();
            let length = rest.find(|c: char| matches!(c, ',' | '}' | ']' | '/') || c.is_whitespace());
            match length.unwrap_or(rest.len()) {
                0 => shape(at),
                length => Ok(at + length),
            }
        }
        None => shape(at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOMING: &str = "'/opt/homing'";

    /// Settings as users have them.
    const CASES: &[&str] = &[
        "{}",
        "{}\n",
        "{ \"ui\": {\"theme\": \"x\"} }\n",
        "// mine\n{\n  /* a { brace */ \"general\": {\"vimMode\": true}, // yes\n  \"a\": [1, \"]\", {\"b\": null}],\n}\n",
        "{\"hooks\": {\"BeforeTool\": [{\"matcher\": \"*\", \"hooks\": [{\"type\": \"command\", \"command\": \"mine\"}]}]}, \"x\": -1.5e3}",
        "{\"hooks\": {\"AfterModel\": [ ]}}",
        "{\"é\": \"\\\"{\", \"hooks\": {}}",
    ];

    #[test]
    fn what_is_installed_is_taken_out_again_and_nothing_else() {
        for settings in CASES {
            let installed = install(settings, HOMING).unwrap_or_else(|error| panic!("{settings}: {error}"));
            assert_eq!(n_installed(&installed), Ok(n_events()), "{installed}");
            let left = uninstall(&installed).expect("ours");
            // An empty object that was the user's goes with what is taken out of it.
            if !settings.contains("\"hooks\": {}") {
                assert_eq!(left, **settings);
                assert_eq!(install(&installed, HOMING).as_deref(), Ok(installed.as_str()), "twice is once");
            }
        }
    }

    #[test]
    fn what_the_user_wrote_meanwhile_is_kept() {
        let installed = install("{\"ui\": 1}", HOMING).expect("settings");
        let edited = installed.replacen("{", "{ \"mine\": true,", 1).replace("\"ui\": 1", "\"ui\": 2");
        assert_eq!(uninstall(&edited).as_deref(), Ok("{ \"mine\": true,\"ui\": 2}"));
    }

    #[test]
    fn gemini_can_read_what_is_written() {
        let installed =
            install("{\"a\": 1, \"hooks\": {\"AfterAgent\": [{\"hooks\": []}]}}", HOMING).expect("settings");
        let value: Value = serde_json::from_str(&installed).expect("JSON");
        for event in EVENTS {
            let command = value.pointer(&format!("/hooks/{event}/0/hooks/0/command")).and_then(Value::as_str);
            assert_eq!(command, Some(format!("'/opt/homing' hook gemini {event}").as_str()));
        }
        assert_eq!(value.pointer("/hooks/AfterAgent").and_then(Value::as_array).map(Vec::len), Some(2));
    }

    #[test]
    fn settings_of_another_shape_are_left_alone() {
        for settings in
            ["[]", "{", "nonsense", "{\"hooks\": []}", "{\"hooks\": {\"AfterAgent\": 1}}", "{\"a\" 1}", "{\"a\": }"]
        {
            assert!(install(settings, HOMING).is_err(), "{settings}");
        }
    }
}
