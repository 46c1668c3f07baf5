//! What a hook says about an agent's status.
//!
//! Hooks alone are not enough everywhere: Claude Code sends none when a turn is interrupted (`providers.md`, trap 8), so its
//! pid registry and the title in the terminal correct what is said here.

use crate::config::TitleRest;
use crate::core::session::Status;
use crate::provider::hook::{HookEvent, HookKind};
use crate::provider::row::Provider;

/// The status after the event; `None` where it says nothing about it.
///
/// - An agent that is blocked stays so when another tool *starts* (agents start several at once), and is busy again when a
///   tool has ended, because the one that waited comes first.
/// - Of a sub-agent only its wait for the user counts, and the end of a tool after it: nobody else tells that it waits.
/// - Nothing revives a terminated session but a launch.
pub fn after(current: Status, event: &HookEvent) -> Option<Status> {
    if current == Status::Terminated {
        return None;
    }
    let next = match (&event.kind, event.is_subagent) {
        (HookKind::PermissionRequested { .. } | HookKind::QuestionAsked { .. }, _) => Status::Blocked,
        (HookKind::ToolEnded, true) if current == Status::Blocked => Status::Busy,
        (_, true) => return None,
        (HookKind::SessionStarted { .. }, _) => match current {
            // Codex reports the start with the first prompt, and both agents after a compaction in the middle of a turn.
            Status::Starting => Status::Ready,
            Status::Ready | Status::Busy | Status::Blocked | Status::Error | Status::Terminated => return None,
        },
        (HookKind::PromptSubmitted { .. }, _) => Status::Busy,
        // A tool that was cut off may report after its turn.
        (HookKind::ToolEnded, _) if matches!(current, Status::Ready | Status::Error) => return None,
        (HookKind::ToolEnded, _) => Status::Busy,
        (HookKind::ToolStarted, _) if current == Status::Blocked => return None,
        (HookKind::ToolStarted, _) => Status::Busy,
        (HookKind::TurnEnded { .. } | HookKind::Interrupted | HookKind::Idle, _) => Status::Ready,
        (HookKind::TurnFailed { .. }, _) => Status::Error,
        (HookKind::SessionEnded { .. } | HookKind::SubAgent | HookKind::Other(_), _) => return None,
    };
    // An error stays until the next prompt; being idle says nothing against it.
    let stays = next == current || (current == Status::Error && event.kind == HookKind::Idle);
    (!stays).then_some(next)
}

/// The status that an event names by itself, whatever came of it.
pub fn named(kind: &HookKind) -> Option<Status> {
    match kind {
        HookKind::SessionStarted { .. } | HookKind::TurnEnded { .. } | HookKind::Interrupted | HookKind::Idle => {
            Some(Status::Ready)
        }
        HookKind::PromptSubmitted { .. } | HookKind::ToolStarted | HookKind::ToolEnded => Some(Status::Busy),
        HookKind::PermissionRequested { .. } | HookKind::QuestionAsked { .. } => Some(Status::Blocked),
        HookKind::TurnFailed { .. } => Some(Status::Error),
        HookKind::SessionEnded { .. } | HookKind::SubAgent | HookKind::Other(_) => None,
    }
}

/// What a terminal title says.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TitleReading {
    /// What the agent is doing, where the title tells.
    pub status: Option<Status>,
    /// The title without what tells the status and what says nothing of the session; `None` where nothing is left.
    pub title: Option<String>,
}

/// Reads a terminal title by the provider's row; `directory` is the name of the session's directory. Of a title that no rule
/// fits, nothing but the title is taken.
pub fn of_title(provider: &Provider, title: &str, directory: &str) -> TitleReading {
    let rule = provider.title_status.iter().find(|rule| title.starts_with(&rule.start));
    let status = rule.map(|rule| rule.status);
    let rest = match rule {
        Some(rule) if rule.rest == TitleRest::Words => return TitleReading { status, title: None },
        Some(rule) => title.strip_prefix(rule.start.as_str()).unwrap_or(title),
        None => title,
    };
    // A piece with a blank at its end stands in front of the title, one with a blank at its start behind it.
    let title = provider.title_strip.iter().fold(without_spinner(rest.trim()), |title, piece| {
        let piece = piece.replace("{dir}", directory);
        match () {
            () if title == piece.trim() => "",
            () if piece.ends_with(' ') => title.strip_prefix(piece.as_str()).unwrap_or(title),
            () if piece.starts_with(' ') => title.strip_suffix(piece.as_str()).unwrap_or(title),
            () => title,
        }
    });
    TitleReading { status, title: Some(title.trim().to_owned()).filter(|title| !title.is_empty()) }
}

/// A title without the spinner in front of it: the sidebar has its own sign for busy, and a title that changes ten times a
/// second would be a redraw ten times a second.
fn without_spinner(title: &str) -> &str {
    title.trim_start_matches(|c: char| {
        matches!(c, '\u{2800}'..='\u{28ff}' | '\u{2700}'..='\u{27bf}' | '·' | '∗' | '*' | '◐'..='◓')
            || c.is_whitespace()
    })
}

/// How much of a screen's foot is looked at, in lines that are not blank: the questions that were seen take ten. Chosen, so
/// that an answer which quotes such words is soon passed over.
const FOOT_LINES: usize = 12;

/// What the foot of an agent's screen says; `None` where no rule of the provider's fits.
pub fn of_screen(provider: &Provider, screen: &str) -> Option<Status> {
    if provider.screen_status.is_empty() {
        return None;
    }
    let foot = foot(screen);
    let stands = |text: &String| foot.iter().any(|line| line.contains(text.as_str()));
    provider.screen_status.iter().find(|rule| rule.texts.iter().all(stands)).map(|rule| rule.status)
}

/// Whether the foot of an agent's screen shows its prompt, by the provider's row.
pub fn shows_prompt(provider: &Provider, screen: &str) -> bool {
    let foot = foot(screen);
    provider.prompt_shown.iter().any(|text| foot.iter().any(|line| line.contains(text.as_str())))
}

/// The last lines that are not blank.
fn foot(screen: &str) -> Vec<&str> {
    let lines: Vec<&str> = screen.lines().filter(|line| !line.trim().is_empty()).collect();
    lines.get(lines.len().saturating_sub(FOOT_LINES)..).unwrap_or_default().to_vec()
}

/// The status after an agent said by other means than a hook what it is doing; `None` where nothing changes. An error stays until the
/// next prompt, and nothing revives a terminated session.
pub fn after_told(current: Status, told: Status) -> Option<Status> {
    let stays = told == current || current == Status::Terminated || (current == Status::Error && told == Status::Ready);
    (!stays).then_some(told)
}

/// What an agent says of itself in-band: the payload of OSC 7501 (`state=working:app=codex[:kind=permission]`, Codex 0.169.0).
/// `None` where the word is not known. A failed turn is told by this alone: no hook comes of it.
pub fn of_agent_state(payload: &str) -> Option<Status> {
    let state = payload.split([':', ';']).find_map(|part| part.trim().strip_prefix("state="))?;
    match state {
        "working" => Some(Status::Busy),
        "blocked" => Some(Status::Blocked),
        "idle" | "done" => Some(Status::Ready),
        "error" => Some(Status::Error),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::ProviderName;
    use crate::provider::hook::StartSource;

    fn event(kind: HookKind) -> HookEvent {
        let is_subagent = kind == HookKind::SubAgent;
        HookEvent { provider: ProviderName::new("claude"), kind, conversation: None, cwd: None, is_subagent }
    }

    fn permission() -> HookKind {
        HookKind::PermissionRequested { tool: String::new(), summary: String::new() }
    }

    #[test]
    fn statuses_follow_the_turn() {
        use Status::{Blocked, Busy, Error, Ready, Starting, Terminated};
        let text = String::new;
        let prompt = || HookKind::PromptSubmitted { prompt: text() };
        let started = || HookKind::SessionStarted { source: StartSource::Startup };
        let stop = || HookKind::TurnEnded { message: text() };
        let cases = [
            (Starting, started(), Some(Ready)),
            (Busy, started(), None),
            (Ready, prompt(), Some(Busy)),
            (Starting, prompt(), Some(Busy)),
            (Busy, HookKind::ToolStarted, None),
            (Ready, HookKind::ToolStarted, Some(Busy)),
            (Busy, permission(), Some(Blocked)),
            (Blocked, permission(), None),
            (Blocked, HookKind::ToolStarted, None),
            (Blocked, HookKind::ToolEnded, Some(Busy)),
            (Ready, HookKind::ToolEnded, None),
            (Blocked, stop(), Some(Ready)),
            (Busy, stop(), Some(Ready)),
            (Busy, HookKind::Interrupted, Some(Ready)),
            (Busy, HookKind::Idle, Some(Ready)),
            (Busy, HookKind::TurnFailed { message: text() }, Some(Error)),
            (Error, HookKind::Idle, None),
            (Error, prompt(), Some(Busy)),
            (Busy, HookKind::SessionEnded { reason: text() }, None),
            (Busy, HookKind::SubAgent, None),
            (Busy, HookKind::Other(text()), None),
            (Terminated, prompt(), None),
        ];
        for (current, kind, next) in cases {
            assert_eq!(after(current, &event(kind.clone())), next, "{current:?} {kind:?}");
        }
    }

    #[test]
    fn what_codex_says_of_itself_is_understood() {
        let of = of_agent_state;
        assert_eq!(of("state=working:app=codex"), Some(Status::Busy));
        assert_eq!(of("state=blocked:app=codex:kind=permission"), Some(Status::Blocked));
        assert_eq!(of("state=idle:app=codex"), Some(Status::Ready));
        assert_eq!(of("state=dreaming"), None);
        assert_eq!(of("state=error:app=codex"), Some(Status::Error));
    }

    #[test]
    fn titles_tell_status_and_title_apart() {
        use Status::{Blocked, Busy, Ready};
        // As printed by Gemini 0.61.0, Codex 0.169.0, OpenCode 1.18.33, Claude Code 2.1.197, Qwen 0.15.10, Copilot 1.0.102.
        let cases = [
            ("gemini", "◇  Ready (proj)                    ", Some(Ready), ""),
            ("gemini", "✦  Working… (proj)", Some(Busy), ""),
            ("gemini", "✋  Action Required (proj)", Some(Blocked), ""),
            ("gemini", "fix the bug", None, "fix the bug"),
            ("codex", "proj", None, ""),
            ("codex", "⠋ proj", None, ""),
            ("codex", "⠋ fix | proj", None, "fix"),
            ("codex", "fix | proj", None, "fix"),
            ("codex", "[ ! ] Action Required | fix | proj", Some(Blocked), "fix"),
            ("codex", "[ . ] Action Required | proj", Some(Blocked), ""),
            ("opencode", "OpenCode", None, ""),
            ("opencode", "OC | Side job", None, "Side job"),
            ("claude", "✳ Claude Code", None, ""),
            ("claude", "✳ fix", None, "fix"),
            ("qwen", "Qwen - proj", None, ""),
            ("copilot", "GitHub Copilot", None, ""),
            ("copilot", "fix - GitHub Copilot", None, "fix"),
            ("shell", "  ", None, ""),
            ("shell", "✋ vim", None, "vim"),
        ];
        let providers = crate::provider::Providers::default();
        for (name, title, status, left) in cases {
            let reading = of_title(providers.find(name).unwrap(), title, "proj");
            assert_eq!((reading.status, reading.title.as_deref().unwrap_or("")), (status, left), "{name}: {title}");
        }
    }

    #[test]
    fn screens_that_wait_for_the_user_are_told_by_their_foot() {
        use Status::{Blocked, Busy, Ready};
        // Recorded at 80x24: Claude Code 2.1.197, Codex 0.169.0, Gemini 0.61.0, OpenCode 1.18.33.
        let cases = [
            ("claude", include_str!("../../tests/recordings/screens/claude-trust.txt"), Some(Blocked)),
            ("claude", include_str!("../../tests/recordings/screens/claude-login.txt"), Some(Blocked)),
            ("codex", include_str!("../../tests/recordings/screens/codex-trust.txt"), Some(Blocked)),
            ("codex", include_str!("../../tests/recordings/screens/codex-login.txt"), Some(Blocked)),
            ("codex", include_str!("../../tests/recordings/screens/codex-hooks.txt"), Some(Blocked)),
            ("gemini", include_str!("../../tests/recordings/screens/gemini-trust.txt"), Some(Blocked)),
            ("gemini", include_str!("../../tests/recordings/screens/gemini-login.txt"), Some(Blocked)),
            ("opencode", include_str!("../../tests/recordings/screens/opencode-permission.txt"), Some(Blocked)),
            ("opencode", include_str!("../../tests/recordings/screens/opencode-busy.txt"), Some(Busy)),
            ("opencode", include_str!("../../tests/recordings/screens/opencode-interrupting.txt"), Some(Busy)),
            ("opencode", include_str!("../../tests/recordings/screens/opencode-rest.txt"), Some(Ready)),
            ("shell", include_str!("../../tests/recordings/screens/claude-trust.txt"), None),
        ];
        let providers = crate::provider::Providers::default();
        for (name, screen, status) in cases {
            let provider = providers.find(name).unwrap();
            assert_eq!(of_screen(provider, screen), status, "{name}: {screen}");
            // What scrolled up since is an answer that tells of it.
            let above = format!("{screen}\n{}", "an answer\n".repeat(FOOT_LINES));
            assert_eq!(of_screen(provider, &above), None, "{name}");
        }
    }

    #[test]
    fn an_agent_that_takes_a_prompt_is_told_by_its_foot() {
        // Recorded at 80x24: Claude Code 2.1.197, Codex 0.169.0, Gemini 0.61.0, OpenCode 1.18.33.
        let cases = [
            ("claude", include_str!("../../tests/recordings/screens/claude-start.txt"), true),
            ("codex", include_str!("../../tests/recordings/screens/codex-start.txt"), true),
            ("gemini", include_str!("../../tests/recordings/screens/gemini-start.txt"), true),
            ("opencode", include_str!("../../tests/recordings/screens/opencode-start.txt"), true),
            ("opencode", include_str!("../../tests/recordings/screens/opencode-rest.txt"), true),
            ("gemini", include_str!("../../tests/recordings/screens/gemini-trust.txt"), false),
            ("codex", "", false),
            ("shell", "❯ ", false),
        ];
        let providers = crate::provider::Providers::default();
        for (name, screen, is_shown) in cases {
            assert_eq!(shows_prompt(providers.find(name).unwrap(), screen), is_shown, "{name}: {screen}");
        }
    }

    #[test]
    fn what_an_agent_tells_revives_nothing_and_repeats_nothing() {
        use Status::{Blocked, Busy, Error, Ready, Starting, Terminated};
        let cases = [
            (Starting, Ready, Some(Ready)),
            (Ready, Busy, Some(Busy)),
            (Busy, Busy, None),
            (Blocked, Ready, Some(Ready)),
            (Error, Ready, None),
            (Error, Busy, Some(Busy)),
            (Terminated, Ready, None),
        ];
        for (current, told, next) in cases {
            assert_eq!(after_told(current, told), next, "{current:?} {told:?}");
        }
    }

    #[test]
    fn of_a_sub_agent_only_its_wait_counts() {
        let sub = |kind| HookEvent { is_subagent: true, ..event(kind) };
        let stop = HookKind::TurnEnded { message: String::new() };
        let cases = [
            (Status::Busy, permission(), Some(Status::Blocked)),
            (Status::Blocked, HookKind::ToolEnded, Some(Status::Busy)),
            (Status::Ready, HookKind::ToolEnded, None),
            (Status::Busy, stop, None),
            (Status::Ready, HookKind::PromptSubmitted { prompt: String::new() }, None),
        ];
        for (current, kind, next) in cases {
            assert_eq!(after(current, &sub(kind.clone())), next, "{current:?} {kind:?}");
        }
    }
}
