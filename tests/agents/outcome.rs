//! The verdict on a pane after a relaunch, and the table of all verdicts.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Write;

use super::agent::Agent;

/// What became of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// The pane is on the conversation that it showed last.
    Right,
    /// homing did not know for certain and waits for the user.
    Asked,
    /// The pane is on another conversation.
    Wrong,
    /// The pane is on none.
    Lost,
}

impl Outcome {
    /// The verdict where the agent cannot be asked, from homing's own words; `None` where it can.
    pub fn without_recall(fate: &str) -> Option<Self> {
        match fate.split(':').next().unwrap_or_default() {
            "asked" | "held" => Some(Self::Asked),
            "failed" => Some(Self::Lost),
            _ => None,
        }
    }

    /// The verdict by the turns that the pane must have and those that it has.
    pub fn of(expected: &[u32], seen: &[u32]) -> Self {
        match seen {
            _ if seen == expected => Self::Right,
            [] => Self::Lost,
            _ => Self::Wrong,
        }
    }
}

/// Verdicts by agent.
#[derive(Debug, Default)]
pub struct Tally(BTreeMap<Agent, BTreeMap<Outcome, usize>>);

impl Tally {
    /// Adds verdicts.
    pub fn add(&mut self, outcomes: &[(Agent, Outcome)]) {
        for (agent, outcome) in outcomes {
            *self.0.entry(*agent).or_default().entry(*outcome).or_default() += 1;
        }
    }

    /// How many have one of these verdicts.
    pub fn n(&self, of: &[Outcome]) -> usize {
        self.0.values().flatten().filter(|(outcome, _)| of.contains(outcome)).map(|(_, n)| n).sum()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<10}{:>7}{:>7}{:>7}{:>7}", "agent", "right", "asked", "wrong", "lost")?;
        for (agent, counts) in &self.0 {
            write!(f, "\n{:<10}", agent.name())?;
            for outcome in [Outcome::Right, Outcome::Asked, Outcome::Wrong, Outcome::Lost] {
                write!(f, "{:>7}", counts.get(&outcome).copied().unwrap_or(0))?;
            }
        }
        Ok(())
    }
}

/// Prints a line at once: a run takes long, and the harness shows what a test prints only when it fails.
pub fn tell(text: impl fmt::Display) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_history_is_wrong_and_none_is_lost() {
        let cases = [
            (&[3, 9][..], &[3, 9][..], Outcome::Right),
            (&[], &[], Outcome::Right),
            (&[3], &[4], Outcome::Wrong),
            // The conversation before the fork, and the one before `/new`.
            (&[3, 9], &[3], Outcome::Wrong),
            (&[], &[3], Outcome::Wrong),
            (&[3], &[], Outcome::Lost),
        ];
        for (expected, seen, outcome) in cases {
            assert_eq!(Outcome::of(expected, seen), outcome, "{expected:?} {seen:?}");
        }
    }

    #[test]
    fn the_table_counts_by_agent() {
        let mut tally = Tally::default();
        tally.add(&[(Agent::Codex, Outcome::Right), (Agent::Codex, Outcome::Asked), (Agent::Claude, Outcome::Right)]);
        let table = "agent       right  asked  wrong   lost\ncodex           1      1      0      0\nclaude          1      0      0      0";
        assert_eq!(tally.to_string(), table);
        assert_eq!(tally.n(&[Outcome::Right]), 2);
    }
}
