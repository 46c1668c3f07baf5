//! Who says what of a session's status: the voices, what each said when, and which word counts. Told by `homing explain`.
//!
//! Kept in memory only: a server that comes back has the status from the store and hears the voices anew. Pure data and the rule
//! of ranks; what a word means for the status is decided in `provider::status` and `core::presume`.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::core::Core;
use crate::core::session::Status;
use crate::id::SessionId;
use crate::time::Wall;

/// How many words of a session are kept; the oldest go. Chosen: some ten turns' worth.
pub const WORDS_KEPT: usize = 48;

/// A source of what is known of a session's status.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Voice {
    /// A hook of the agent's, or its event stream.
    Hook,
    /// The registry into which running agents write what they do.
    Registry,
    /// What the agent says of itself in its output (OSC 7501).
    InBand,
    /// How the turn ended, by what the agent wrote to disk.
    Files,
    /// The foot of its screen.
    Screen,
    /// Its terminal title.
    Title,
    /// What the user submitted, and what became of it.
    Recorder,
    /// Its process: started, silent, ended.
    Process,
}

impl Voice {
    /// What it is called, for people and in `--json`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hook => "hook",
            Self::Registry => "registry",
            Self::InBand => "in-band",
            Self::Files => "files",
            Self::Screen => "screen",
            Self::Title => "title",
            Self::Recorder => "recorder",
            Self::Process => "process",
        }
    }

    /// Whether it is the agent's own report. Where one of these speaks, the screen is not read.
    const fn is_report(self) -> bool {
        matches!(self, Self::Hook | Self::Registry | Self::InBand)
    }
}

/// What came of a word.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// The status is what it is because of it.
    Counted,
    /// It said what was known, or nothing about the status.
    Known,
    /// It changed nothing, and why.
    Ignored(&'static str),
}

impl Outcome {
    /// For people.
    pub fn describe(self) -> String {
        match self {
            Self::Counted => "counted".to_owned(),
            Self::Known => "changes nothing".to_owned(),
            Self::Ignored(why) => format!("ignored: {why}"),
        }
    }
}

/// Something that a voice said.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Word {
    /// When it was said first.
    pub at: Wall,
    /// When it was said last: the same again is one word.
    pub last_at: Wall,
    /// How often in a row.
    pub times: u32,
    /// Who.
    pub voice: Voice,
    /// What, for people.
    pub what: String,
    /// The status that it names.
    pub status: Option<Status>,
    /// What came of it.
    pub outcome: Outcome,
}

/// What was said of one session in this launch.
#[derive(Debug, Default)]
struct Heard {
    words: VecDeque<Word>,
    /// Who has said something that was the session's own.
    speakers: BTreeSet<Voice>,
    /// The word by which the status is what it is.
    standing: Option<Word>,
}

/// All that was said.
#[derive(Debug, Default)]
pub struct Voices {
    sessions: BTreeMap<SessionId, Heard>,
}

impl Voices {
    /// A new process: nobody has spoken of it yet. What was said of the one before stays to be read.
    pub(super) fn begin(&mut self, session: SessionId) {
        if let Some(heard) = self.sessions.get_mut(&session) {
            heard.speakers.clear();
        }
    }

    /// Forgets a session that has no pane any more.
    pub(super) fn forget(&mut self, session: SessionId) {
        self.sessions.remove(&session);
    }

    /// Whether the agent reports by itself, so that nothing has to be read off its screen.
    pub(super) fn is_reported(&self, session: SessionId) -> bool {
        self.sessions.get(&session).is_some_and(|heard| heard.speakers.iter().any(|voice| voice.is_report()))
    }

    /// Whether the voice has said something of the session's own in this launch.
    pub(super) fn has_spoken(&self, session: SessionId, voice: Voice) -> bool {
        self.sessions.get(&session).is_some_and(|heard| heard.speakers.contains(&voice))
    }

    /// The word by which the session's status is what it is; `None` where the status is older than this server.
    pub(super) fn standing(&self, session: SessionId) -> Option<&Word> {
        self.sessions.get(&session)?.standing.as_ref()
    }

    /// All words, oldest first.
    pub(super) fn words(&self, session: SessionId) -> impl DoubleEndedIterator<Item = &Word> + '_ {
        self.sessions.get(&session).into_iter().flat_map(|heard| heard.words.iter())
    }

    fn note(&mut self, session: SessionId, word: Word) {
        let heard = self.sessions.entry(session).or_default();
        if matches!(word.outcome, Outcome::Counted | Outcome::Known) {
            heard.speakers.insert(word.voice);
        }
        if word.outcome == Outcome::Counted {
            heard.standing = Some(word.clone());
        }
        let is_same = |old: &&mut Word| {
            (old.voice, &old.what, old.status, old.outcome) == (word.voice, &word.what, word.status, word.outcome)
        };
        // A title that is said ten times a second, say.
        if word.outcome != Outcome::Counted
            && let Some(old) = heard.words.back_mut().filter(is_same)
        {
            old.last_at = word.at;
            old.times = old.times.saturating_add(1);
            return;
        }
        if heard.words.len() >= WORDS_KEPT {
            heard.words.pop_front();
        }
        heard.words.push_back(word);
    }
}

impl Core {
    /// A voice said something of the session's status, and this came of it.
    pub(super) fn heard(
        &mut self,
        session: SessionId,
        voice: Voice,
        what: impl Into<String>,
        status: Option<Status>,
        outcome: Outcome,
    ) {
        let at = self.state.now.wall;
        let word = Word { at, last_at: at, times: 1, voice, what: what.into(), status, outcome };
        self.voices.note(session, word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(voice: Voice, status: Status, outcome: Outcome, at: i64) -> Word {
        let at = Wall { unix_ms: at };
        Word { at, last_at: at, times: 1, voice, what: "said".to_owned(), status: Some(status), outcome }
    }

    fn session() -> SessionId {
        SessionId::new(1, [1; 10])
    }

    #[test]
    fn the_last_word_that_counted_stands() {
        let mut voices = Voices::default();
        voices.note(session(), word(Voice::Hook, Status::Busy, Outcome::Counted, 1));
        voices.note(session(), word(Voice::Title, Status::Busy, Outcome::Known, 2));
        voices.note(session(), word(Voice::Hook, Status::Ready, Outcome::Ignored("sub-agent"), 3));
        assert_eq!(voices.standing(session()).map(|word| (word.voice, word.at.unix_ms)), Some((Voice::Hook, 1)));
    }

    #[test]
    fn the_same_again_is_one_word_and_a_full_log_lets_the_oldest_go() {
        let mut voices = Voices::default();
        for at in 0..1000 {
            voices.note(session(), word(Voice::Title, Status::Busy, Outcome::Known, at));
        }
        assert_eq!(voices.words(session()).map(|word| word.times).collect::<Vec<_>>(), [1000]);
        for at in 0..2 * WORDS_KEPT as i64 {
            voices.note(session(), word(Voice::Hook, Status::Busy, Outcome::Counted, at));
        }
        assert_eq!(voices.words(session()).count(), WORDS_KEPT);
    }

    #[test]
    fn an_agent_that_reports_by_itself_is_not_read_off_its_screen() {
        for (voice, outcome, is_reported) in [
            (Voice::Hook, Outcome::Known, true),
            (Voice::Registry, Outcome::Counted, true),
            (Voice::InBand, Outcome::Counted, true),
            (Voice::Title, Outcome::Counted, false),
            (Voice::Recorder, Outcome::Counted, false),
            (Voice::Hook, Outcome::Ignored("nested"), false),
        ] {
            let mut voices = Voices::default();
            voices.note(session(), word(voice, Status::Busy, outcome, 1));
            assert_eq!(voices.is_reported(session()), is_reported, "{voice:?}");
            voices.begin(session());
            assert!(!voices.is_reported(session()));
        }
    }
}
