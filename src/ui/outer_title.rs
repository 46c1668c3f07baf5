//! The title of the outer terminal's window: who needs you, the workspace, the session in view. The tab of a terminal is where
//! one looks while homing is out of sight.

use crate::core::client::ClientView;
use crate::core::state::State;
use crate::text;
use crate::ui::theme::{Signal, Theme};

/// Longest label in it, in columns. Chosen: tabs of terminals show less.
const LABEL_COLUMNS: usize = 40;

/// The title; `None` where it is left alone. Texts of agents are stripped of controls.
pub fn outer_title(state: &State, client: &ClientView, theme: &Theme) -> Option<String> {
    state.config.ui.title.then(|| {
        let counts = state.counts();
        let kinds = [(Signal::NeedsYou, counts.blocked), (Signal::Failed, counts.failed), (Signal::Done, counts.done)];
        let counted = kinds.iter().filter(|(_, n)| *n > 0);
        let mut words: Vec<String> = counted.map(|(signal, n)| format!("{}{n}", theme.sign(*signal))).collect();
        words.push(state.workspace.name.clone());
        let focused = state.focused_pane(client).and_then(|pane| state.session_of(pane));
        let label = focused.map(|session| text::truncate(session.label(), LABEL_COLUMNS));
        let left = words.join(" ");
        text::one_line(&label.map_or(left.clone(), |label| format!("{left} · {label}")), 200)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::fixture::Fixture;

    #[test]
    fn those_who_need_you_stand_first_and_nothing_can_end_the_sequence() {
        let mut fixture = Fixture::busy(80, 24);
        let theme = Theme::default();
        let title = |fixture: &Fixture| outer_title(&fixture.state, &fixture.client, &theme);
        let words = title(&fixture).expect("a title");
        assert!(words.starts_with("◆"), "{words}");
        assert!(words.contains(" main · "), "{words}");
        for session in fixture.state.sessions.values_mut() {
            session.name = Some("x\x1b]0;y\x07z".to_owned());
        }
        assert!(!title(&fixture).expect("a title").chars().any(char::is_control));
        fixture.state.config.ui.title = false;
        assert_eq!(title(&fixture), None);
    }
}
