use serde::Serialize;

use super::numbering::Numbering;
use super::text::{Document, LineRange};

/// The official token budget of one chunk, counted per line with the begin-of-sequence token.
pub const DEFAULT_MAX_TOKENS: usize = 1500;

/// Consecutive lines that go to a model together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Chunk {
    /// First line, 0-based.
    pub first_line: usize,
    /// Last line, inclusive.
    pub last_line: usize,
    /// Sum of the token counts of the lines.
    pub tokens: usize,
    /// The chunk is one line that alone exceeds the budget. No model should be called for it: its program is empty.
    pub over_limit: bool,
}

impl Chunk {
    /// The lines of the chunk.
    #[must_use]
    pub const fn lines(&self) -> LineRange {
        LineRange::new(self.first_line, self.last_line)
    }

    /// The text a model is shown: numbered lines joined by `\n`.
    #[must_use]
    pub fn numbered_text(&self, document: &Document<'_>, numbering: Numbering) -> String {
        numbering.lines(document, self.lines())
    }
}

/// Packs lines into chunks greedily, as the official `trunc_text` does.
///
/// `line_tokens[i]` is the token count of the *numbered* line `i` including the begin-of-sequence token; the joining
/// `\n` are not counted. A chunk may hold exactly `max_tokens`. A line above that becomes a chunk of its own.
#[must_use]
pub fn pack(line_tokens: &[usize], max_tokens: usize) -> Vec<Chunk> {
    let mut chunks = Vec::with_capacity(packed(line_tokens, max_tokens).count());
    chunks.extend(packed(line_tokens, max_tokens));
    chunks
}

/// The chunks one after the other, so that they can be counted before room is made for them: a list that grows would
/// hold three times what it needs where every line is a chunk.
fn packed(line_tokens: &[usize], max_tokens: usize) -> impl Iterator<Item = Chunk> {
    let mut first_line = 0;
    std::iter::from_fn(move || {
        let mut tokens = *line_tokens.get(first_line)?;
        let over_limit = tokens > max_tokens;
        let mut last_line = first_line;
        while let Some(&more) = line_tokens.get(last_line + 1).filter(|_| !over_limit) {
            let total = tokens.saturating_add(more);
            if total > max_tokens {
                break;
            }
            tokens = total;
            last_line += 1;
        }
        let chunk = Chunk { first_line, last_line, tokens, over_limit };
        first_line = last_line + 1;
        Some(chunk)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranges(line_tokens: &[usize], max_tokens: usize) -> Vec<(usize, usize, bool)> {
        pack(line_tokens, max_tokens).iter().map(|c| (c.first_line, c.last_line, c.over_limit)).collect()
    }

    #[test]
    fn the_budget_is_inclusive() {
        assert_eq!(ranges(&[4, 6, 1], 10), [(0, 1, false), (2, 2, false)]);
    }

    #[test]
    fn a_long_line_stands_alone() {
        assert_eq!(ranges(&[1, 11, 1, 1], 10), [(0, 0, false), (1, 1, true), (2, 3, false)]);
    }

    #[test]
    fn zero_cost_lines_do_not_join_an_over_limit_chunk() {
        assert_eq!(ranges(&[11, 0], 10), [(0, 0, true), (1, 1, false)]);
    }

    #[test]
    fn sums_saturate() {
        assert_eq!(ranges(&[usize::MAX, usize::MAX], usize::MAX), [(0, 1, false)]);
        assert!(pack(&[], 10).is_empty());
    }
}
