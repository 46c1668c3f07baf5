//! What is answered: a function of the request and the number of the turn.
//!
//! Every answer ends in `(turn-N)`. An agent sends the whole conversation with each request, so the numbers in it name the
//! conversation exactly, however much two conversations resemble each other: see `Turn::history`.

use serde_json::{Value, json};

use super::ask::{Ask, Said, Tool};

/// What the model does.
#[derive(Debug, PartialEq)]
pub enum Answer {
    /// Says this.
    Text(String),
    /// Says this piece by piece, a quarter of a second each.
    Slowly(Vec<String>),
    /// Asks for a tool.
    Call { name: String, namespace: Option<String>, arguments: Value },
    /// Answers with this HTTP status.
    Fail(u16),
    /// Never answers.
    Hang,
}

/// One request of a conversation, as the model saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// From 1, over all conversations.
    pub number: u32,
    /// What the user said last.
    pub prompt: String,
    /// The turns before it in its conversation.
    pub history: Vec<u32>,
    /// What the user said just before it and the agent has no answer to: it was killed before it kept it.
    pub unanswered: Option<String>,
}

/// The model of the agents' side jobs (titles, summaries): what it is asked belongs to no conversation.
pub const SMALL_MODEL: &str = "fake-small";

/// Whether the request is a side job of the agent; its answer, if so.
pub fn side_job(ask: &Ask) -> Option<Answer> {
    if let Some(schema) = &ask.schema {
        return Some(Answer::Text(smallest(schema, 0).to_string()));
    }
    let is_small = ask.model.ends_with(SMALL_MODEL) || ask.user().next().is_none();
    // A title is what the conversation is about, so that lists of conversations can be searched.
    is_small.then(|| Answer::Text(ask.user().last().unwrap_or("Side job").to_owned()))
}

/// What Claude Code (2.1.197) says in its user's name where a conversation ends without an answer.
const GO_ON: &str = "Continue from where you left off.";

/// What the request looks like to the oracle.
pub fn turn(ask: &Ask, number: u32) -> Turn {
    let history = ask.model_said().filter_map(turn_number).collect();
    let mut unanswered = None;
    let before = ask.said.split_last().map_or(&[][..], |(_, before)| before);
    for said in before {
        match said {
            // Claude Code puts words of its own where an answer is missing, in the user's name too.
            Said::User(text) if text == GO_ON => {}
            Said::User(text) => unanswered = Some(text.clone()),
            Said::Model(text) if turn_number(text).is_none() => {}
            Said::Model(_) | Said::ToolResult(_) => unanswered = None,
        }
    }
    Turn { number, prompt: ask.user().last().unwrap_or_default().to_owned(), history, unanswered }
}

/// The last turn that a text names.
pub fn turn_number(text: &str) -> Option<u32> {
    turn_numbers(text).last().copied()
}

/// All turns that a text names, in its order.
pub fn turn_numbers(text: &str) -> Vec<u32> {
    let digits = |rest: &str| rest.split(|c: char| !c.is_ascii_digit()).next().and_then(|n| n.parse().ok());
    text.split("(turn-").skip(1).filter_map(digits).collect()
}

/// Decides by the first word of the last message:
///
/// - `recall`: the first message of the conversation
/// - `tool CMD`: asks the agent to run a command with its shell tool; `tool! CMD` outside the sandbox where it has one
/// - `slow N`: N seconds of ticks
/// - `fail N`: HTTP status N, 500 if none is named
/// - `hang`: no answer at all
///
/// Everything else is echoed.
pub fn answer(ask: &Ask, number: u32) -> Answer {
    let signed = |text: String| Answer::Text(format!("{text} (turn-{number})"));
    if let Some(Said::ToolResult(result)) = ask.said.last() {
        return signed(format!("Tool result: {}", result.trim()));
    }
    let prompt = ask.user().last().unwrap_or_default();
    let (word, rest) = prompt.split_once(char::is_whitespace).unwrap_or((prompt, ""));
    match word {
        "recall" => signed(format!("First message: {}", ask.user().next().unwrap_or_default())),
        "tool" | "tool!" => match shell(&ask.tools) {
            Some(tool) => call(tool, rest.trim(), word.ends_with('!')),
            None => signed("No shell tool was offered".to_owned()),
        },
        "slow" => {
            let n = rest.trim().parse().unwrap_or(5) * 4;
            let ticks = (1..=n).map(|tick| format!("tick {tick}/{n} "));
            Answer::Slowly(ticks.chain([format!("(turn-{number})")]).collect())
        }
        "fail" => Answer::Fail(rest.trim().parse().unwrap_or(500)),
        "hang" => Answer::Hang,
        _ => signed(format!("You said: {prompt}")),
    }
}

/// What agents call the tool that runs commands.
const SHELLS: &[&str] = &["exec_command", "shell_command", "shell", "Bash", "bash", "run_shell_command"];

fn shell(tools: &[Tool]) -> Option<&Tool> {
    SHELLS.iter().find_map(|name| tools.iter().find(|tool| tool.name == *name))
}

fn call(tool: &Tool, command: &str, is_escalated: bool) -> Answer {
    let takes = |name: &str| tool.properties[name].is_object();
    let mut arguments = match (takes("cmd"), tool.properties["command"]["type"] == "array") {
        (true, _) => json!({ "cmd": command }),
        (false, true) => json!({ "command": ["bash", "-lc", command] }),
        (false, false) => json!({ "command": command }),
    };
    if takes("description") {
        arguments["description"] = json!("a command of the test");
    }
    if is_escalated && takes("sandbox_permissions") {
        arguments["sandbox_permissions"] = json!("require_escalated");
        arguments["justification"] = json!("the test asks for approval");
    }
    Answer::Call { name: tool.name.clone(), namespace: tool.namespace.clone(), arguments }
}

/// Deepest nesting of a schema that is followed.
const MAX_DEPTH: usize = 8;

/// The smallest value that fits a schema, as far as agents' schemas go.
fn smallest(schema: &Value, depth: usize) -> Value {
    if depth > MAX_DEPTH {
        return Value::Null;
    }
    let chosen = [&schema["const"], &schema["enum"][0]].into_iter().find(|value| !value.is_null());
    if let Some(value) = chosen {
        return value.clone();
    }
    if let Some(inner) = schema["anyOf"].get(0).or_else(|| schema["oneOf"].get(0)) {
        return smallest(inner, depth + 1);
    }
    let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str()).unwrap_or("object");
    match kind.to_ascii_lowercase().as_str() {
        "object" => {
            let members = schema["properties"].as_object().into_iter().flatten();
            members.map(|(name, inner)| (name.clone(), smallest(inner, depth + 1))).collect()
        }
        "array" => json!([]),
        "string" => json!("Side job"),
        "integer" | "number" => json!(0),
        "boolean" => json!(false),
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(said: Vec<Said>) -> Ask {
        Ask { model: "fake-model".to_owned(), said, ..Ask::default() }
    }

    fn user(text: &str) -> Said {
        Said::User(text.to_owned())
    }

    #[test]
    fn the_first_word_decides() {
        let first = || user("hello");
        let cases = [
            (vec![first()], Answer::Text("You said: hello (turn-7)".to_owned())),
            (vec![first(), user("recall 3")], Answer::Text("First message: hello (turn-7)".to_owned())),
            (vec![first(), user("fail")], Answer::Fail(500)),
            (vec![first(), user("hang")], Answer::Hang),
            (vec![first(), user("tool ls")], Answer::Text("No shell tool was offered (turn-7)".to_owned())),
            (
                vec![user("tool ls"), Said::ToolResult("a\n".to_owned())],
                Answer::Text("Tool result: a (turn-7)".to_owned()),
            ),
        ];
        for (said, expected) in cases {
            assert_eq!(answer(&ask(said), 7), expected);
        }
    }

    #[test]
    fn twins_are_told_by_their_turns() {
        let conversation = |n: u32| {
            let said = vec![user("hello"), Said::Model(format!("You said: hello (turn-{n})")), user("recall")];
            turn(&ask(said), 9)
        };
        assert_eq!(conversation(3).history, [3]);
        assert_eq!(conversation(4).history, [4]);
        assert_eq!(conversation(4).unanswered, None);
        let own_words = [Said::User(GO_ON.to_owned()), Said::Model("No response requested.".to_owned())];
        for between in [vec![], own_words[1..].to_vec(), own_words.to_vec()] {
            let said = [vec![user("hello")], between, vec![user("recall")]].concat();
            let cut_short = turn(&ask(said), 9);
            assert_eq!((cut_short.history, cut_short.unanswered.as_deref()), (vec![], Some("hello")));
        }
        assert_eq!(turn_numbers("(turn-12) and (turn-), (turn-3x"), [12, 3]);
    }

    #[test]
    fn side_jobs_are_no_turns() {
        let schema = json!({"type": "object", "properties": {
            "title": {"type": "string"}, "n": {"anyOf": [{"type": "integer"}, {"type": "null"}]}, "kind": {"enum": ["a", "b"]}}});
        let titled = Ask { schema: Some(schema), ..ask(vec![user("hello")]) };
        let text = json!({"title": "Side job", "n": 0, "kind": "a"}).to_string();
        assert_eq!(side_job(&titled), Some(Answer::Text(text)));
        let small = Ask { model: "models/fake-small".to_owned(), ..ask(vec![user("hello")]) };
        assert!(side_job(&small).is_some());
        assert_eq!(side_job(&ask(vec![user("hello")])), None);
    }

    #[test]
    fn a_tool_gets_the_arguments_that_it_takes() {
        let tool = |properties: Value| Tool { name: "shell".to_owned(), namespace: None, properties };
        let arguments = |properties: Value| match call(&tool(properties), "ls", true) {
            Answer::Call { arguments, .. } => arguments,
            other => panic!("{other:?}"),
        };
        assert_eq!(arguments(json!({"cmd": {"type": "string"}})), json!({"cmd": "ls"}));
        let listed = arguments(json!({"command": {"type": "array"}, "sandbox_permissions": {}}));
        assert_eq!(listed["command"], json!(["bash", "-lc", "ls"]));
        assert_eq!(listed["sandbox_permissions"], "require_escalated");
    }
}
