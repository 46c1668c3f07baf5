//! What the demo agent understands. Pure.

/// The most lines that `big` prints, and the most seconds that `slow` takes (chosen).
const BIG_MAX: u64 = 10_000_000;
const SLOW_MAX_S: u64 = 24 * 3600;

/// What the user asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Request {
    /// Anything: it is said back.
    Echo(String),
    /// The first message.
    Recall,
    /// How many messages there are.
    Count,
    /// Work for so many seconds.
    Slow(u64),
    /// Print so many lines.
    Big(u64),
    /// Ask for leave.
    Permission,
    /// Ask a question.
    Question,
    /// Fail.
    Fail,
    /// Show the words.
    Help,
    /// Begin a new conversation.
    New,
    /// Go to another conversation.
    Resume(String),
    /// Leave.
    Exit,
}

/// The words, for `help`.
pub(super) const HELP: &[(&str, &str)] = &[
    ("recall", "the first message of this conversation"),
    ("count", "how many messages you sent"),
    ("slow N", "work for N seconds (esc interrupts)"),
    ("big N", "print N lines"),
    ("permission", "ask for leave to run something"),
    ("question", "ask you something"),
    ("fail", "fail"),
    ("/new", "begin a new conversation"),
    ("/resume ID", "go to another conversation"),
    ("exit", "leave (ctrl+d does too)"),
];

/// Understands what was submitted. Words count in any case, with blanks around; what is almost one is said back.
pub(super) fn understand(submitted: &str) -> Request {
    let lower = submitted.trim().to_lowercase();
    let words: Vec<&str> = lower.split_whitespace().collect();
    let known = match words.as_slice() {
        ["recall"] => Some(Request::Recall),
        ["count"] => Some(Request::Count),
        ["slow", n] => number(n, SLOW_MAX_S).map(Request::Slow),
        ["big", n] => number(n, BIG_MAX).map(Request::Big),
        ["permission"] => Some(Request::Permission),
        ["question"] => Some(Request::Question),
        ["fail"] => Some(Request::Fail),
        ["help" | "/help" | "?"] => Some(Request::Help),
        ["/new" | "/clear"] => Some(Request::New),
        // The id as it was written: file names have a case.
        ["/resume", _] => submitted.split_whitespace().nth(1).map(|id| Request::Resume(id.to_owned())),
        ["exit" | "quit" | "/exit" | "/quit"] => Some(Request::Exit),
        _ => None,
    };
    known.unwrap_or_else(|| Request::Echo(submitted.trim().to_owned()))
}

fn number(word: &str, most: u64) -> Option<u64> {
    word.parse().ok().filter(|n| *n <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_understood_and_the_rest_is_said_back() {
        let echo = |text: &str| Request::Echo(text.to_owned());
        let cases = [
            (" Recall ", Request::Recall),
            ("count", Request::Count),
            ("slow 3", Request::Slow(3)),
            ("slow x", echo("slow x")),
            ("slow -1", echo("slow -1")),
            ("big 99999999999", echo("big 99999999999")),
            ("big 10", Request::Big(10)),
            ("recall the plan", echo("recall the plan")),
            ("/NEW", Request::New),
            ("/resume AbC", Request::Resume("AbC".to_owned())),
            ("quit", Request::Exit),
            ("Hello\nthere ", echo("Hello\nthere")),
        ];
        for (text, request) in cases {
            assert_eq!(understand(text), request, "{text}");
        }
    }
}
