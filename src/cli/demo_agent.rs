//! `homing demo-agent`: a small chat agent without a model, to try homing with and to test it by.
//!
//! It behaves as the real ones do where homing is concerned: takes or resumes a conversation by id, keeps it on disk, sets
//! its title, reports by hooks, asks for leave, can be interrupted, says goodbye with the line that resumes it. Plain std
//! and blocking: it is a process of its own in a pane.

mod console;
mod editor;
mod keys;
mod report;
mod store;
mod words;

use std::io::{self, IsTerminal as _};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use uuid::Uuid;

use crate::hook::send::Address;
use crate::text;
use console::{Console, End, Waited};
use editor::Editor;
use report::Reporter;
use store::{Conversation, Role, StoreError};
use words::{HELP, Request, understand};

/// How often `slow` says that it still works.
const TICK: Duration = Duration::from_secs(1);
/// Lines that `big` writes at once, before it looks for an interrupt.
const BIG_CHUNK: u64 = 500;

/// What was asked for on the command line.
#[derive(Clone, PartialEq, Eq, Debug, Default, clap::Args)]
pub struct DemoArgs {
    /// The id of a new conversation.
    #[arg(long, value_name = "ID", conflicts_with = "resume")]
    pub session_id: Option<String>,
    /// The id of a conversation to go on with.
    #[arg(long, value_name = "ID")]
    pub resume: Option<String>,
    /// The first prompt.
    pub prompt: Option<String>,
}

/// Runs the agent until the user leaves; conversations are kept in `dir`. Returns the exit code: 0, 1 (a conversation that
/// cannot be opened or kept), 129 (SIGHUP) or 143 (SIGTERM).
pub fn run(args: DemoArgs, dir: &Path) -> i32 {
    let (conversation, source) = match open(&args, dir) {
        Ok(opened) => opened,
        Err(error) => {
            eprintln!("Error: {error}");
            return 1;
        }
    };
    let mut console = match Console::open() {
        Ok(console) => console,
        Err(error) => {
            eprintln!("Error: cannot use the terminal: {error}");
            return 1;
        }
    };
    let cwd = std::env::current_dir().map(|path| path.display().to_string()).unwrap_or_default();
    let reporter = Reporter::new(Address::from_env(), &cwd);
    let style = Style::of_terminal();
    let mut agent = Agent { conversation, reporter, cwd, dir, style, console: &mut console };
    let end = agent.talk(source, args.prompt.as_deref());
    let farewell = agent.leave(&end);
    console.close();
    match &end {
        End::Failed(message) => eprintln!("Error: {message}"),
        End::Exit | End::Terminated => println!("{farewell}"),
        // The terminal is gone.
        End::Hangup => {}
    }
    end.code()
}

fn open(args: &DemoArgs, dir: &Path) -> Result<(Conversation, &'static str), StoreError> {
    match (&args.resume, &args.session_id) {
        (Some(id), _) => Ok((Conversation::open(dir, id)?, "resume")),
        (None, Some(id)) => Ok((Conversation::create(dir, id)?, "startup")),
        (None, None) => Ok((Conversation::create(dir, &new_id())?, "startup")),
    }
}

fn new_id() -> String {
    Uuid::new_v4().hyphenated().to_string()
}

fn unix_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// Whether text is coloured.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Style {
    Plain,
    Colored,
}

impl Style {
    /// Colours on a terminal, unless `NO_COLOR` (no-color.org) says otherwise.
    fn of_terminal() -> Self {
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        if no_color || !io::stdout().is_terminal() { Self::Plain } else { Self::Colored }
    }

    /// The text in these SGR parameters.
    fn paint(self, sgr: &str, text: &str) -> String {
        match self {
            Self::Plain => text.to_owned(),
            Self::Colored => format!("\x1b[{sgr}m{text}\x1b[0m"),
        }
    }
}

/// How a turn ended.
enum Turn {
    /// With this answer.
    Answered(String),
    /// By the user.
    Interrupted,
    /// With this error.
    Failed(String),
}

struct Agent<'a> {
    conversation: Conversation,
    reporter: Reporter,
    cwd: String,
    dir: &'a Path,
    style: Style,
    console: &'a mut Console,
}

impl Agent<'_> {
    /// Reads and answers until something ends it.
    fn talk(&mut self, source: &str, prompt: Option<&str>) -> End {
        match self.try_talk(source, prompt) {
            Ok(never) => match never {},
            Err(end) => end,
        }
    }

    fn try_talk(&mut self, source: &str, prompt: Option<&str>) -> Result<std::convert::Infallible, End> {
        self.greet()?;
        self.report("SessionStart", &[("source", source)]);
        let mut editor = Editor::with_history(self.conversation.prompts().map(str::to_owned).collect());
        let mut submitted = prompt.map(str::to_owned).filter(|prompt| !prompt.trim().is_empty());
        if let Some(prompt) = &submitted {
            self.quote(prompt)?;
        }
        let hint = self.style.paint("2", "  ctrl+d leaves");
        loop {
            let text = match submitted.take() {
                Some(text) => text,
                None => {
                    let text = self.console.read_line(&mut editor, &hint)?;
                    self.quote(&text)?;
                    text
                }
            };
            match understand(&text) {
                Request::Exit => return Err(End::Exit),
                Request::Help => self.help()?,
                Request::New => {
                    let conversation = Conversation::create(self.dir, &new_id());
                    self.switch(conversation, "clear")?;
                }
                Request::Resume(id) => {
                    let conversation = Conversation::open(self.dir, &id);
                    self.switch(conversation, "resume")?;
                }
                request => self.turn(&text, request)?,
            }
        }
    }

    fn say(&mut self, text: &str) -> io::Result<()> {
        self.console.print(&format!("{text}\n"))
    }

    fn report(&self, event: &str, fields: &[(&str, &str)]) {
        self.reporter.send(event, &self.conversation.id, fields);
    }

    /// The header, and the end of the conversation so far.
    fn greet(&mut self) -> io::Result<()> {
        let short: String = self.conversation.id.chars().take(8).collect();
        let name = "homing demo agent";
        let columns = self.console.columns().saturating_sub(name.len() + 2);
        let about = text::truncate(&format!("{short} · {}", text::one_line(&self.cwd, 200)), columns);
        self.say(&format!("{}  {}", self.style.paint("1;36", name), self.style.paint("2", &about)))?;
        let hint = wrapped("it repeats what you say; `help` shows its words", self.console.columns());
        let hint = self.style.paint("2", &hint);
        self.say(&format!("{hint}\n"))?;
        let n_earlier = self.conversation.n_messages().saturating_sub(4);
        if n_earlier > 0 {
            let note = self.style.paint("2", &format!("  … {n_earlier} earlier messages"));
            self.say(&note)?;
        }
        for (role, message) in self.conversation.last(4).to_vec() {
            match role {
                Role::User => self.quote(&shown(&message))?,
                Role::Agent => self.answer(&message)?,
            }
        }
        self.show_title()
    }

    fn show_title(&mut self) -> io::Result<()> {
        let first = self.conversation.prompts().next().map(|first| text::truncate(&text::one_line(first, 200), 60));
        match first {
            Some(first) => self.console.set_title(&format!("demo · {first}")),
            None => self.console.set_title("demo"),
        }
    }

    /// Breaks the lines of a text that begins in a column; the others begin there, too.
    fn indented(&self, text: &str, column: usize) -> String {
        wrapped(text, self.console.columns().saturating_sub(column)).replace('\n', &format!("\n{:column$}", ""))
    }

    /// What the user said, as it stands in the transcript.
    fn quote(&mut self, submitted: &str) -> io::Result<()> {
        let mark = self.style.paint("1", "›");
        self.say(&format!("{mark} {}", self.indented(submitted, 2)))
    }

    fn answer(&mut self, text: &str) -> io::Result<()> {
        let dot = self.style.paint("32", "●");
        self.say(&format!("{dot} {}\n", self.indented(&shown(text), 2)))
    }

    fn help(&mut self) -> io::Result<()> {
        for (word, what) in HELP {
            let word = self.style.paint("36", &format!("{word:<12}"));
            self.say(&format!("  {word} {}", self.indented(what, 15)))?;
        }
        self.say("")
    }

    /// Goes to another conversation, as `/new` and `/resume` do in the real ones.
    fn switch(&mut self, to: Result<Conversation, StoreError>, source: &str) -> io::Result<()> {
        match to {
            Ok(conversation) => {
                self.report("SessionEnd", &[("reason", source)]);
                self.conversation = conversation;
                self.say("")?;
                self.greet()?;
                self.report("SessionStart", &[("source", source)]);
                Ok(())
            }
            Err(error) => {
                let line = self.style.paint("31", &format!("✗ {error}"));
                self.say(&format!("{line}\n"))
            }
        }
    }

    /// One prompt and its answer.
    fn turn(&mut self, prompt: &str, request: Request) -> Result<(), End> {
        // `recall` in an empty conversation is itself the first message, as it is for a model.
        self.keep(Role::User, prompt)?;
        self.show_title()?;
        self.report("UserPromptSubmit", &[("prompt", prompt)]);
        match self.respond(request)? {
            Turn::Answered(text) => {
                self.answer(&text)?;
                self.keep(Role::Agent, &text)?;
                self.report("Stop", &[("last_assistant_message", &text)]);
            }
            Turn::Interrupted => {
                let line = self.style.paint("33", "  ■ interrupted");
                self.say(&format!("{line}\n"))?;
                self.report("Interrupt", &[]);
            }
            Turn::Failed(error) => {
                let line = self.style.paint("31", &format!("✗ {error}"));
                self.say(&format!("{line}\n"))?;
                self.report("StopFailure", &[("error", &error)]);
            }
        }
        Ok(())
    }

    fn keep(&mut self, role: Role, text: &str) -> Result<(), End> {
        self.conversation.say(role, text, &self.cwd, unix_ms()).map_err(|error| End::Failed(error.to_string()))
    }

    fn respond(&mut self, request: Request) -> Result<Turn, End> {
        Ok(match request {
            Request::Echo(text) => Turn::Answered(format!("You said: {text}")),
            Request::Recall => {
                let first = self.conversation.prompts().next().unwrap_or_default();
                Turn::Answered(format!("First message: {first}"))
            }
            Request::Count => Turn::Answered(format!("User messages: {}", self.conversation.prompts().count())),
            Request::Slow(seconds) => self.work(seconds)?,
            Request::Big(lines) => self.flood(lines)?,
            Request::Permission => self.ask_permission()?,
            Request::Question => self.ask_question()?,
            Request::Fail => Turn::Failed("the model cannot be reached (you asked for it)".to_owned()),
            Request::Help | Request::New | Request::Resume(_) | Request::Exit => Turn::Answered(String::new()),
        })
    }

    fn work(&mut self, seconds: u64) -> Result<Turn, End> {
        for second in 1..=seconds {
            if self.console.wait(TICK)? == Waited::Interrupted {
                return Ok(Turn::Interrupted);
            }
            // Often at first, then rarely: the line is there to show life, not to fill the history.
            if second < seconds && (second <= 5 || second % 10 == 0) {
                let tick = self.style.paint("2", &format!("  … working {second}/{seconds} s · esc interrupts"));
                self.say(&tick)?;
            }
        }
        Ok(Turn::Answered(format!("Worked for {seconds} s")))
    }

    fn flood(&mut self, lines: u64) -> Result<Turn, End> {
        let mut next = 1;
        while next <= lines {
            let last = lines.min(next + BIG_CHUNK - 1);
            let mut chunk = String::new();
            for n in next..=last {
                chunk.push_str(&format!("line {n} of {lines}: the quick brown fox jumps over the lazy dog\n"));
            }
            self.console.print(&chunk)?;
            if self.console.wait(Duration::ZERO)? == Waited::Interrupted {
                return Ok(Turn::Interrupted);
            }
            next = last + 1;
        }
        Ok(Turn::Answered(format!("Printed {lines} lines")))
    }

    fn ask_permission(&mut self) -> Result<Turn, End> {
        const COMMAND: &str = "touch demo-file";
        self.say("Allow this command?")?;
        self.say(&format!("    {}", self.style.paint("1", COMMAND)))?;
        self.say("  1. Yes   2. Yes, always   3. No")?;
        self.report("PermissionRequest", &[("tool_name", "Bash"), ("message", COMMAND)]);
        loop {
            let answer = match self.console.read_answer()? {
                Some('1' | 'y' | '\n') => "Allowed",
                Some('2' | 'a') => "Allowed, and always",
                Some('3' | 'n') => "Not allowed",
                None => return Ok(Turn::Interrupted),
                Some(_) => continue,
            };
            self.report("PostToolUse", &[("tool_name", "Bash")]);
            return Ok(Turn::Answered(format!("{answer}: {COMMAND} (nothing was run)")));
        }
    }

    fn ask_question(&mut self) -> Result<Turn, End> {
        const QUESTION: &str = "Which way is home?";
        self.say(QUESTION)?;
        self.say("  1. Over the hills   2. Along the river   3. Straight on")?;
        self.report("Elicitation", &[("message", QUESTION)]);
        loop {
            let answer = match self.console.read_answer()? {
                Some('1' | 'y' | '\n') => "over the hills",
                Some('2') => "along the river",
                Some('3' | 'n') => "straight on",
                None => return Ok(Turn::Interrupted),
                Some(_) => continue,
            };
            self.report("ElicitationResult", &[]);
            return Ok(Turn::Answered(format!("Home is {answer}")));
        }
    }

    /// Reports the end; returns the last line.
    fn leave(&mut self, end: &End) -> String {
        self.report("SessionEnd", &[("reason", if matches!(end, End::Exit) { "exit" } else { "other" })]);
        // A conversation without a message cannot be resumed, so nothing is promised.
        match self.conversation.n_messages() {
            0 => "Bye".to_owned(),
            _ => format!("To resume: homing demo-agent --resume {}", self.conversation.id),
        }
    }
}

/// Breaks lines at blanks, as agents do; a word that is longer than a line is the terminal's to break.
fn wrapped(text: &str, columns: usize) -> String {
    let mut out = String::new();
    let mut used = 0;
    for word in text.split_inclusive([' ', '\n']) {
        if used > 0 && used + text::width(word.trim_end()) > columns {
            out.truncate(out.trim_end_matches(' ').len());
            out.push('\n');
            used = 0;
        }
        out.push_str(word);
        used = if word.ends_with('\n') { 0 } else { used + text::width(word) };
    }
    out
}

/// A message as the screen may show it: its lines, without controls.
fn shown(message: &str) -> String {
    message.chars().filter(|c| *c == '\n' || !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_blanks_and_nothing_is_lost() {
        for (text, expected) in [
            ("one two three", "one two\nthree"),
            ("a line\nand another", "a line\nand\nanother"),
            ("  indented stays", "  indented\nstays"),
            ("incomprehensibilities here", "incomprehensibilities\nhere"),
            ("移行 移行 移行", "移行 移行\n移行"),
        ] {
            assert_eq!(wrapped(text, 10), expected);
            assert_eq!(wrapped(text, usize::MAX), text);
        }
    }
}
