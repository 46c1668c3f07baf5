//! Byte offsets of a text as lines.

/// Where the lines of a text begin.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Lines(Vec<usize>);

impl Lines {
    pub(super) fn new(text: &str) -> Self {
        Self(std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect())
    }

    /// The line of a byte offset, from 1, and the offset at which it begins.
    pub(super) fn at(&self, offset: usize) -> (usize, usize) {
        let line = self.0.partition_point(|start| *start <= offset).max(1);
        (line, self.0.get(line - 1).copied().unwrap_or(0))
    }
}
