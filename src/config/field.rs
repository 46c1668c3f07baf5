//! The fields of a provider row: TOML value → [`ProviderFields`], or what is wrong with it.

use std::collections::BTreeMap;

use toml_edit::{Item, Value as Toml};

use crate::config::provider_row::{
    CONFIDENCE, FILES, FlagRole, FlagRow, HOOKS, PASTE, ProviderFields, SHIFT_ENTER, ScreenRule, TitleRule, WITNESSES,
    parse_prompt, split_words,
};
use crate::config::suggest;
use crate::core::notice::NoticeKind;

/// All fields of a provider row.
pub(super) const FIELDS: &[&str] = &[
    "like",
    "title",
    "command",
    "prompt",
    "positional_prompt",
    "assign",
    "resume",
    "model",
    "conversation_flags",
    "prompt_flags",
    "flags",
    "commands",
    "env",
    "remember_env",
    "witnesses",
    "farewell",
    "hooks",
    "files",
    "inject_hooks",
    "shift_enter",
    "paste",
    "title_status",
    "screen_status",
    "prompt_shown",
    "title_strip",
    "notify",
    "agent",
    "install",
    "confidence",
];

/// Puts one field of a provider row into its place.
pub(super) fn set_field(fields: &mut ProviderFields, name: &str, item: &Item) -> Result<(), String> {
    match name {
        "like" => fields.like = Some(text(item)?),
        "title" => fields.title = Some(text(item)?),
        "command" => fields.command = Some(words(item)?),
        "prompt" => {
            let word = text(item)?;
            let style = parse_prompt(&word);
            let message = || format!("expected \"positional\", \"typed\", \"none\" or a flag, found {word:?}");
            fields.prompt = Some(style.ok_or_else(message)?);
        }
        "positional_prompt" => fields.positional_prompt = Some(switch(item)?),
        "assign" => fields.assign = Some(flag_name(item)?),
        "resume" => fields.resume = Some(words(item)?),
        "model" => fields.model = Some(flag_name(item)?),
        "conversation_flags" => fields.conversation_flags = Some(flags(item, FlagRole::Conversation)?),
        "prompt_flags" => fields.prompt_flags = Some(flags(item, FlagRole::Prompt)?),
        "flags" => fields.flags = Some(flags(item, FlagRole::Kept)?),
        "commands" => fields.commands = Some(list(item)?),
        "env" => fields.env = Some(environment(item)?),
        "remember_env" => fields.remember_env = Some(list(item)?),
        "witnesses" => {
            let names = list(item)?;
            fields.witnesses = Some(names.iter().map(|word| closed(word, WITNESSES)).collect::<Result<_, _>>()?);
        }
        "farewell" => fields.farewell = Some(list(item)?),
        "hooks" => fields.hooks = Some(closed(&text(item)?, HOOKS)?),
        "files" => fields.files = Some(closed(&text(item)?, FILES)?),
        "inject_hooks" => fields.inject_hooks = Some(switch(item)?),
        "shift_enter" => fields.shift_enter = Some(closed(&text(item)?, SHIFT_ENTER)?),
        "paste" => fields.paste = Some(closed(&text(item)?, PASTE)?),
        "title_status" => {
            let rules = list(item)?.into_iter().map(|line| {
                let message = || format!("expected \"START=busy\" (or blocked, ready), found {line:?}");
                TitleRule::parse(&line).ok_or_else(message)
            });
            fields.title_status = Some(rules.collect::<Result<_, _>>()?);
        }
        "screen_status" => {
            let rules = list(item)?.into_iter().map(|line| {
                let message = || format!("expected \"TEXT=busy\" (or blocked, ready), found {line:?}");
                ScreenRule::parse(&line).ok_or_else(message)
            });
            fields.screen_status = Some(rules.collect::<Result<_, _>>()?);
        }
        "prompt_shown" => fields.prompt_shown = Some(list(item)?),
        "title_strip" => fields.title_strip = Some(list(item)?),
        "notify" => {
            let kinds = list(item)?.into_iter().map(|word| {
                let known = || NoticeKind::ALL.map(NoticeKind::as_str).join(", ");
                NoticeKind::from_word(&word)
                    .ok_or_else(|| format!("{word:?} is no kind of notice; known are {}", known()))
            });
            fields.notify = Some(kinds.collect::<Result<_, _>>()?);
        }
        "agent" => fields.is_agent = Some(switch(item)?),
        "install" => fields.install = Some(text(item)?),
        "confidence" => fields.confidence = Some(closed(&text(item)?, CONFIDENCE)?),
        _ => return Err(format!("unknown field{}", suggest::hint(name, FIELDS.iter().copied()))),
    }
    Ok(())
}

fn text(item: &Item) -> Result<String, String> {
    item.as_str().map(str::to_owned).ok_or_else(|| format!("expected a text in quotes, found {}", describe(item)))
}

fn switch(item: &Item) -> Result<bool, String> {
    item.as_bool().ok_or_else(|| format!("expected true or false, found {}", describe(item)))
}

/// A list of texts.
fn list(item: &Item) -> Result<Vec<String>, String> {
    let texts = item.as_array().and_then(|array| array.iter().map(|value| value.as_str().map(str::to_owned)).collect());
    texts.ok_or_else(|| format!("expected a list of texts, found {}", describe(item)))
}

/// A list of words, or a command line.
fn words(item: &Item) -> Result<Vec<String>, String> {
    match item.as_str() {
        Some(line) => split_words(line).ok_or_else(|| "a quote is not closed".to_owned()),
        None => list(item).map_err(|_| format!("expected a command line or a list of words, found {}", describe(item))),
    }
}

/// A flag's name, or an empty text.
fn flag_name(item: &Item) -> Result<String, String> {
    let name = text(item)?;
    if name.is_empty() || (name.starts_with('-') && !name.contains([' ', '='])) {
        return Ok(name);
    }
    Err(format!("expected a flag such as \"--model\", found {name:?}"))
}

fn flags(item: &Item, role: FlagRole) -> Result<Vec<FlagRow>, String> {
    let rows = list(item)?.into_iter().map(|line| {
        FlagRow::parse(&line, role)
            .ok_or_else(|| format!("expected a flag such as \"-r, --resume [ID]\", found {line:?}"))
    });
    rows.collect()
}

fn environment(item: &Item) -> Result<BTreeMap<String, String>, String> {
    let Some(table) = item.as_table_like() else {
        return Err(format!("expected a table of texts, found {}", describe(item)));
    };
    let pairs = table.iter().map(|(name, value)| {
        if name.is_empty() || name.contains(['=', '\0']) {
            return Err(format!("{name:?} is no name for a variable"));
        }
        Ok((name.to_owned(), text(value)?))
    });
    pairs.collect()
}

/// One of a closed set of words.
fn closed<T: Copy>(word: &str, known: &[(&str, T)]) -> Result<T, String> {
    let found = known.iter().find(|(name, _)| *name == word);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let names = || known.iter().map(|(name, _)| *name);
        format!("expected {}, found {word:?}{}", or_list(names()), suggest::hint(word, names()))
    })
}

/// `"a", "b" or "c"`.
pub(super) fn or_list<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = words.into_iter().map(|word| format!("{word:?}")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}

/// A value as a message shows it: short, and its kind where it is not a plain one.
pub(super) fn describe(item: &Item) -> String {
    match item {
        Item::Value(Toml::String(text)) => format!("{:?}", crate::text::one_line(text.value(), 40)),
        Item::Value(Toml::Integer(number)) => number.value().to_string(),
        Item::Value(Toml::Float(number)) => number.value().to_string(),
        Item::Value(Toml::Boolean(value)) => value.value().to_string(),
        Item::Value(Toml::Datetime(_)) => "a date".to_owned(),
        Item::Value(Toml::Array(_)) => "a list".to_owned(),
        Item::Value(Toml::InlineTable(_)) | Item::Table(_) | Item::ArrayOfTables(_) => "a table".to_owned(),
        Item::None => "nothing".to_owned(),
    }
}
