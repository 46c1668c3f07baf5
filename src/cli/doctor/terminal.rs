//! What the terminal around this command can do, by asking it. It is in raw mode for the questions, and as before afterwards.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};

use crate::cli::doctor::Finding;

const AREA: &str = "terminal";

/// How long the terminal has for all answers. Chosen: a terminal behind a slow ssh link takes some 300 ms.
const ANSWER_TIME: Duration = Duration::from_millis(1500);

/// A family and a heart that must be drawn as a picture: what terminals disagree about. Both are 2 columns wide for homing.
const WIDE: [(&str, &str); 2] = [("漢", "CJK"), ("\u{2764}\u{fe0f}", "emoji with a variation selector")];

/// What the terminal answered.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct Answers {
    /// The attributes of DA1 (ECMA-48; xterm's list), which every terminal answers: the end of the questions.
    attributes: Option<Vec<u16>>,
    /// XTVERSION's text.
    version: Option<String>,
    /// Whether it answered `CSI ? u` (kitty keyboard protocol).
    kitty_keys: bool,
    /// DECRPM of modes by number: 0 is "not known".
    modes: Vec<(u16, u16)>,
    /// The pen as DECRQSS told it, after a direct colour was set.
    pen: Option<String>,
    /// The columns at which the cursor stood after each text of [`WIDE`], from 1.
    columns: Vec<u16>,
}

/// Asks the terminal; without one it says so.
pub(super) fn look() -> Vec<Finding> {
    let var = |name: &str| std::env::var(name).unwrap_or_default();
    let mut findings = vec![locale(&var)];
    let tty = OpenOptions::new().read(true).write(true).open("/dev/tty");
    let Ok(tty) = tty else {
        findings.push(Finding::ok(AREA, "terminal", "none here: not asked"));
        return findings;
    };
    if matches!(var("TERM").as_str(), "" | "dumb") {
        let advice = "set TERM to what your terminal is; homing cannot draw in it so";
        findings.push(Finding::bad(AREA, "TERM", format!("{:?}", var("TERM")), advice));
        return findings;
    }
    match asked(tty) {
        Ok(answers) => findings.extend(judge(&answers, &var)),
        Err(error) => {
            findings.push(Finding::warn(AREA, "terminal", error.to_string(), "run it in the foreground of a terminal"));
        }
    }
    findings
}

fn locale(var: &impl Fn(&str) -> String) -> Finding {
    let set = ["LC_ALL", "LC_CTYPE", "LANG"].map(|name| (name, var(name)));
    let Some((name, value)) = set.into_iter().find(|(_, value)| !value.is_empty()) else {
        let advice = "set LANG to a UTF-8 locale (C.UTF-8); agents draw wrong signs without";
        return Finding::warn(AREA, "locale", "none is set", advice);
    };
    let lower = value.to_lowercase();
    if lower.contains("utf-8") || lower.contains("utf8") {
        return Finding::ok(AREA, "locale", format!("{name}={value}"));
    }
    Finding::warn(AREA, "locale", format!("{name}={value}"), "set it to a UTF-8 locale (C.UTF-8)")
}

/// The terminal in raw mode; dropped, it is as it was.
struct Raw {
    tty: File,
    before: Termios,
}

impl Raw {
    fn enter(tty: File) -> std::io::Result<Self> {
        let before = tcgetattr(&tty)?;
        let mut raw = before.clone();
        raw.make_raw();
        tcsetattr(&tty, OptionalActions::Flush, &raw)?;
        Ok(Self { tty, before })
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        // Late answers would be typed into the shell.
        let _ = tcsetattr(&self.tty, OptionalActions::Flush, &self.before);
    }
}

/// The questions; all that is drawn is taken away again.
fn questions() -> String {
    let mut text = "\x1b[?u\x1b[>0q\x1b[?2026$p\x1b[?2031$p\x1b[?2027$p\x1b[38;2;1;2;3m\x1bP$qm\x1b\\\x1b[m".to_owned();
    for (wide, _) in WIDE {
        text.push_str(&format!("\r{wide}\x1b[6n"));
    }
    text.push_str("\r\x1b[K\x1b[c");
    text
}

fn asked(tty: File) -> std::io::Result<Answers> {
    let mut raw = Raw::enter(tty)?;
    raw.tty.write_all(questions().as_bytes())?;
    let until = Instant::now() + ANSWER_TIME;
    let mut bytes = Vec::new();
    let mut chunk = [0; 1024];
    loop {
        let answers = parse(&bytes);
        let left = until.saturating_duration_since(Instant::now());
        if answers.attributes.is_some() || left.is_zero() {
            return Ok(answers);
        }
        let timeout = Timespec::try_from(left).map_err(std::io::Error::other)?;
        let mut fds = [PollFd::new(&raw.tty, PollFlags::IN)];
        match poll(&mut fds, Some(&timeout)) {
            Ok(0) | Err(rustix::io::Errno::INTR) => continue,
            Ok(_) => {}
            Err(error) => return Err(error.into()),
        }
        match raw.tty.read(&mut chunk)? {
            0 => return Ok(answers),
            n => bytes.extend(chunk.iter().take(n)),
        }
    }
}

/// Takes the answers out of what was read; keys that the user pressed meanwhile, and halves, are passed over.
fn parse(bytes: &[u8]) -> Answers {
    let text = String::from_utf8_lossy(bytes);
    let mut answers = Answers::default();
    let mut rest = text.as_ref();
    while let Some(at) = rest.find('\x1b') {
        rest = rest.get(at + 1..).unwrap_or_default();
        if let Some(body) = rest.strip_prefix('[') {
            let Some(end) = body.find(|c: char| ('@'..='~').contains(&c)) else { break };
            let (params, last) = body.split_at(end);
            csi(&mut answers, params, last.chars().next().unwrap_or_default());
            rest = last.get(1..).unwrap_or_default();
        } else if let Some(body) = rest.strip_prefix('P') {
            let Some((body, after)) = body.split_once("\x1b\\") else { break };
            dcs(&mut answers, body);
            rest = after;
        }
    }
    answers
}

fn csi(answers: &mut Answers, params: &str, last: char) {
    let numbers = |text: &str| text.split(';').filter_map(|word| word.parse().ok()).collect::<Vec<u16>>();
    match (params.strip_prefix('?'), last) {
        (Some(params), 'c') => answers.attributes = Some(numbers(params)),
        (Some(_), 'u') => answers.kitty_keys = true,
        (Some(params), 'y') => {
            if let [mode, state] = numbers(params.trim_end_matches('$'))[..] {
                answers.modes.push((mode, state));
            }
        }
        (None, 'R') => {
            if let [_, column] = numbers(params)[..] {
                answers.columns.push(column);
            }
        }
        _ => {}
    }
}

fn dcs(answers: &mut Answers, body: &str) {
    if let Some(version) = body.strip_prefix(">|") {
        answers.version = Some(crate::text::one_line(version, 60));
    } else if let Some(pen) = body.strip_prefix("1$r") {
        answers.pen = Some(pen.to_owned());
    }
}

fn judge(answers: &Answers, var: &impl Fn(&str) -> String) -> Vec<Finding> {
    let Some(attributes) = &answers.attributes else {
        let advice = "is it very slow? what homing cannot ask it takes from TERM";
        return vec![Finding::warn(AREA, "terminal", "it answers no questions", advice)];
    };
    let version = answers.version.clone().unwrap_or_else(|| "it does not tell its name".to_owned());
    let mode = |number| answers.modes.iter().any(|(mode, state)| *mode == number && matches!(state, 1..=3));
    let mut findings = vec![Finding::ok(AREA, "terminal", format!("{version}, TERM={}", var("TERM")))];
    let mut can = |name: &str, is_able: bool, without: &str| {
        findings.push(match is_able {
            true => Finding::ok(AREA, name, "yes"),
            false => Finding::warn(AREA, name, "no", without),
        });
    };
    can(
        "kitty keyboard",
        answers.kitty_keys,
        "keys like shift+enter and ctrl+i are not told apart; some terminals have it as a setting",
    );
    let told =
        answers.pen.as_deref().is_some_and(|pen| pen.replace("::", ":").contains("2:1:2:3") || pen.contains("2;1;2;3"));
    let claimed = matches!(var("COLORTERM").as_str(), "truecolor" | "24bit");
    can("true colour", told || claimed, "colours are rounded; set COLORTERM=truecolor if your terminal has it");
    can("synchronized output", mode(2026), "large changes may be seen half drawn");
    can("colour reports", mode(2031), "homing and agents do not notice when the terminal turns dark or light");
    findings.push(clipboard(attributes, var));
    findings.push(widths(&answers.columns));
    findings
}

/// Whether OSC 52 sets the clipboard cannot be asked without reading it; terminals that say so do it in DA1 (attribute 52).
fn clipboard(attributes: &[u16], var: &impl Fn(&str) -> String) -> Finding {
    let name = "clipboard (OSC 52)";
    if attributes.contains(&52) {
        return Finding::ok(AREA, name, "yes");
    }
    let known = ["iTerm.app", "WezTerm", "ghostty"].contains(&var("TERM_PROGRAM").as_str())
        || ["xterm-kitty", "xterm-ghostty", "alacritty", "foot"].contains(&var("TERM").as_str());
    if known {
        return Finding::ok(AREA, name, "yes, by what the terminal is known for");
    }
    if !var("TMUX").is_empty() {
        let advice = "`set -g set-clipboard on` in tmux lets copies through";
        return Finding::warn(AREA, name, "tmux decides", advice);
    }
    Finding::ok(AREA, name, "the terminal does not tell; try a copy")
}

fn widths(columns: &[u16]) -> Finding {
    let name = "unicode width";
    let wrong = |((_, what), column): &(&(&str, &str), &u16)| {
        (**column != 3).then(|| format!("{what}: {}", column.saturating_sub(1)))
    };
    let wrong: Vec<String> = WIDE.iter().zip(columns).filter_map(|pair| wrong(&pair)).collect();
    if columns.len() != WIDE.len() {
        return Finding::warn(
            AREA,
            name,
            "it does not tell where its cursor stands",
            "columns may shift behind wide signs",
        );
    }
    if wrong.is_empty() {
        return Finding::ok(AREA, name, "as homing counts");
    }
    let advice = "homing counts 2 columns for each; lines with such signs may shift (a setting of some terminals)";
    Finding::warn(AREA, name, wrong.join(", "), advice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::Grade;

    fn grade(findings: &[Finding], name: &str) -> Grade {
        findings.iter().find(|finding| finding.name == name).expect("a finding").grade
    }

    #[test]
    fn answers_are_found_among_keys_and_halves() {
        let bytes = "x\x1b[?1u\x1bP>|foot(1.2)\x1b\\\x1b[?2026;2$y\x1b[?2031;0$y\x1bP1$r0;38:2::1:2:3m\x1b\\\x1b[A\x1b[1;3R\x1b[1;2R\x1b[?62;4;52c\x1b[?20";
        let answers = parse(bytes.as_bytes());
        assert_eq!(answers.version.as_deref(), Some("foot(1.2)"));
        assert_eq!(answers.attributes, Some(vec![62, 4, 52]));
        let findings = judge(&answers, &|_| String::new());
        for (name, expected) in [
            ("kitty keyboard", Grade::Ok),
            ("true colour", Grade::Ok),
            ("synchronized output", Grade::Ok),
            ("colour reports", Grade::Warn),
            ("clipboard (OSC 52)", Grade::Ok),
            ("unicode width", Grade::Warn),
        ] {
            assert_eq!(grade(&findings, name), expected, "{name}");
        }
    }

    #[test]
    fn a_terminal_that_answers_nothing_is_one_line() {
        for noise in ["", "\x1b", "\x1b[", "\x1bPx", "\x1b[\u{1}é"] {
            let findings = judge(&parse(noise.as_bytes()), &|_| String::new());
            assert_eq!((findings.len(), grade(&findings, "terminal")), (1, Grade::Warn), "{noise:?}");
        }
    }

    #[test]
    fn a_locale_without_utf8_is_told() {
        let of = |value: &'static str| {
            locale(&move |name: &str| if name == "LANG" { value.to_owned() } else { String::new() })
        };
        assert_eq!(
            ["C.UTF-8", "de_DE.utf8", "C", ""].map(|value| of(value).grade),
            [Grade::Ok, Grade::Ok, Grade::Warn, Grade::Warn]
        );
    }
}
